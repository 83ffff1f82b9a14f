// PhaseWriter: phases written into records of which it is known how many will come. Private to the library's sources.
//
// Columns get their length at once, so that a phase is a few numbers put where they belong. What hardly any phase has
// is looked at only where it is said.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

class PhaseWriter {
 public:
  /// Exactly so many are written into `to`, which has none yet and outlives it.
  PhaseWriter(Records::Storage& to, std::size_t rows);

  /// A phase of an object, which outlives it. The subscription and the customer are as `to` knows them.
  void write(const Phase& phase, std::uint32_t subscription, std::uint32_t customer, std::int64_t source_row);
  /// A row of another table, its subscription, customer, plan and end reason as `to` knows them.
  void copy(const PhaseTable& from, std::uint32_t row, std::uint32_t subscription, std::uint32_t customer,
            std::uint32_t plan, std::uint32_t end_reason);
  /// The same of a table in which nothing but what every phase has is said of any.
  void copy_plain(const PhaseTable& from, std::uint32_t row, std::uint32_t subscription,
                  std::uint32_t customer, std::uint32_t plan);

 private:
  template <class Column, class Value>
  void put(Column& column, const Value& value) {
    if (!column.is_default(value)) column.set(row_, value);
  }
  template <class T>
  static std::span<T> resized(PlainColumn<T>& column, std::size_t rows) {
    column.resize(rows);
    return column.writable();
  }
  [[nodiscard]] std::uint32_t plan(std::string_view text);
  void write_more(const Phase& phase);

  Records::Storage& to_;
  std::span<std::uint32_t> subscription_;
  std::span<std::uint32_t> customer_;
  std::span<std::uint32_t> plan_;
  std::span<std::int32_t> starts_on_;
  std::span<std::int32_t> ends_on_;
  std::span<std::int64_t> amount_;
  std::span<std::uint8_t> scale_;
  std::span<std::uint8_t> currency_;
  std::span<BillingInterval> interval_;
  std::size_t row_{0};
  struct Plan {
    std::string_view text;
    std::uint32_t index;
  };
  std::array<Plan, 8> plans_{};  // that were met first
  std::size_t plan_count_{0};
};

}  // namespace churn::inline v0

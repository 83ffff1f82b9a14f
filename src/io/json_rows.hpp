// JsonRows: the elements of a JSON book as objects of the domain, with everything that is wrong reported.
// Private to the readers of io/.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "io/book_rows.hpp"
#include "io/object_fields.hpp"

namespace churn::inline v0 {
namespace reading {

class JsonRows {
 public:
  /// What rejections call the elements of a table.
  using SourceOf = std::function<std::string(std::string_view table)>;

  /// `envelope` is a field that every element may have and that is no part of it; empty: none.
  JsonRows(const SourceOf& source_of, std::string_view envelope, Findings& findings);

  // Each gives nothing for an element that does not read.
  [[nodiscard]] std::optional<Customer> customer(JsonValue value, std::int64_t row);
  [[nodiscard]] std::optional<Invoice> invoice(JsonValue value, std::int64_t row);
  /// Its texts are views of the value's.
  [[nodiscard]] std::optional<EventRecord> event(JsonValue value, std::int64_t row);
  [[nodiscard]] std::optional<FxRate> fx_rate(JsonValue value, std::int64_t row);

  /// Calls `use` with each phase of a subscription that reads; its texts are views of the value's.
  template <class Use>
  void for_each_phase(JsonValue value, std::int64_t row, Use use) {
    if (const auto list = start_subscription(value, row); !list) {
      if (!phases_.good() || !phases_.finish()) return;
      if (const auto phase = phase_of(phases_)) use(*phase);
    } else {
      std::size_t i = 0;
      for (const JsonValue element : *list)
        if (start_phase(element, i++))
          if (const auto phase = phase_of(phases_)) use(*phase);
    }
  }

 private:
  /// Reads what the phases share. Gives the list of phases; none if the subscription is its only phase, or is
  /// rejected.
  [[nodiscard]] std::optional<JsonValue> start_subscription(JsonValue value, std::int64_t row);
  [[nodiscard]] bool start_phase(JsonValue value, std::size_t index);
  /// Gives an array that is a field of the element being read, if it is there; rejects what is none.
  [[nodiscard]] static std::optional<JsonValue> list_in(JsonValue value, std::string_view field,
                                                        ObjectFields& fields);

  /// Reads further fields of the customer that was read last.
  void add_attributes(Customer& customer);
  /// Whether a field is an attribute that the book has no room for; it is reported the first time it comes.
  [[nodiscard]] bool is_one_too_many(JsonValue field);

  std::string envelope_;
  std::set<std::string, std::less<>> attributes_;  // those of the customers so far
  std::set<std::string, std::less<>> left_out_;
  ObjectFields customers_;
  ObjectFields phases_;
  ObjectFields invoices_;
  ObjectFields lines_;
  ObjectFields payments_;
  ObjectFields events_;
  ObjectFields fx_rates_;
};

}  // namespace reading
}  // namespace churn::inline v0

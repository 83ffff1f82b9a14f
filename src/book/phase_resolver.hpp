// Phases of one customer, checked and cut, into parts of constant worth.
#pragma once

#include <churn/book/conventions.hpp>
#include <churn/book/rejections.hpp>

#include <cstdint>
#include <span>
#include <vector>

#include <churn/core/run_rate.hpp>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

/// A span of days in which one phase is worth the same every day.
struct Part {
  std::int32_t from;
  std::int32_t until;  // exclusive; no_day: still running
  std::int64_t ticks;
  bool present;
  std::uint32_t row;  // of the phase
};

class PhaseResolver {
 public:
  PhaseResolver(const Records::Storage& records, const BookRules& rules) : records_(records), rules_(rules) {}

  /// Checks the phases `rows` of one customer (of all accounts merged into it, as one subscription may have
  /// moved between them). Appends the rows that count to `accepted` and their parts to `parts`; what is left
  /// out is added to `rejections`, if given. The result does not depend on the order of `rows`.
  void resolve(std::span<const std::uint32_t> rows, std::vector<std::uint32_t>& accepted,
               std::vector<Part>& parts, Rejections* rejections);

 private:
  [[nodiscard]] bool is_valid(std::uint32_t row, Rejections* rejections) const;
  void drop_repeats_and_conflicts(Rejections* rejections);
  void append_parts(std::uint32_t row, std::int32_t ends_on, std::vector<Part>& parts) const;
  [[nodiscard]] bool is_identical(std::uint32_t a, std::uint32_t b) const;
  [[nodiscard]] bool comes_before(std::uint32_t a, std::uint32_t b) const;
  void reject(Rejections* rejections, RejectionCode code, std::uint32_t row, const char* field,
              std::string reason) const;

  const Records::Storage& records_;
  const BookRules& rules_;
  std::vector<std::uint32_t> sorted_;  // scratch, kept to avoid an allocation a customer
};

}  // namespace churn::inline v0

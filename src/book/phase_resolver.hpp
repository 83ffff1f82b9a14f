// Phases of one customer, checked and cut, into parts of constant worth.
//
// What the book's rules say of a phase is decided here: when its departure is recognised, which discounts lower
// it, what a pause and a debt do, and what it is worth in the reporting currency.
#pragma once

#include <churn/book/conventions.hpp>
#include <churn/book/rejections.hpp>

#include <cstdint>
#include <span>
#include <vector>

#include <churn/core/run_rate.hpp>

#include "book/exchange.hpp"
#include "book/past_due.hpp"
#include "book/phase_source.hpp"

namespace churn::inline v0 {

/// A span of days in which one phase is worth the same every day.
struct Part {
  std::int32_t from;
  std::int32_t until;  // exclusive; no_day: still running
  std::int64_t ticks;
  bool present;
  std::uint32_t row;  // of the phase
};

/// What phases are read by; all of it outlives the resolver.
struct Reading {
  const PhaseSource& phases;
  const BookRules& rules;
  const Exchange& exchange;
  const Debts& debts;
  /// By subscription, its number among the debts; not asked for where there are none.
  std::span<const std::uint32_t> debtors;
  std::int32_t as_of;
};

/// Whether parts are worth what they are in the reporting currency at the constant rate, or as recorded.
enum class Worth : std::uint8_t { converted, recorded };

class PhaseResolver {
 public:
  explicit PhaseResolver(const Reading& reading, Worth worth = Worth::converted);

  /// Checks the phases `rows` of one customer (of all accounts merged into it, as one subscription may have
  /// moved between them). Appends the rows that count to `accepted` and their parts to `parts`; what is left
  /// out is added to `rejections`, if given. The result does not depend on the order of `rows`.
  void resolve(std::uint32_t customer, std::span<const std::uint32_t> rows,
               std::vector<std::uint32_t>& accepted, std::vector<Part>& parts, Rejections* rejections);
  /// Whether a phase can be true by itself.
  [[nodiscard]] bool accepts(std::uint32_t row) const { return is_valid(row, nullptr); }
  /// When each of the phases that the last call accepted is taken to end: at its own end, where the next one of its
  /// subscription starts, or on the request, as the rules say.
  [[nodiscard]] std::span<const std::int32_t> ends() const noexcept { return ends_; }

 private:
  [[nodiscard]] bool is_valid(std::uint32_t row, Rejections* rejections) const;
  void drop_repeats_and_conflicts(Rejections* rejections);
  [[nodiscard]] std::int32_t end_of(std::size_t i) const;
  [[nodiscard]] std::int32_t recognised_end_of(std::size_t i) const;
  [[nodiscard]] bool goes_on(std::size_t i) const;
  [[nodiscard]] bool counts_discount(std::size_t i) const;
  [[nodiscard]] std::int64_t ticks_of(std::uint32_t row, const Discount& discount) const;
  [[nodiscard]] std::int64_t worth(std::uint32_t row, const Discount& discount) const;
  void append_parts(std::size_t i, std::int32_t ends_on, std::vector<Part>& parts) const;
  static void append_without_debts(const Part& part, std::span<const DebtSpan> debts,
                                   std::vector<Part>& parts);
  [[nodiscard]] bool is_identical(std::uint32_t a, std::uint32_t b) const;
  [[nodiscard]] bool comes_before(std::uint32_t a, std::uint32_t b) const;
  void reject(Rejections* rejections, RejectionCode code, std::uint32_t row, const char* field,
              std::string reason) const;

  Reading reading_;
  const PhaseTable& phases_;
  const BookRules& rules_;
  Worth worth_;
  bool are_plain_;  // nothing but starts, ends and prices is recorded of any phase
  std::uint32_t customer_{0};
  std::vector<std::uint32_t> sorted_;  // scratch, kept to avoid an allocation a customer
  std::vector<std::int32_t> ends_;
};

}  // namespace churn::inline v0

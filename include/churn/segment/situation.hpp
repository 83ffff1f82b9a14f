// Situation: what one customer is on one day, for segmenters that look at more than the customer's record.
//
//   by::custom_state("latest plan", [](const Situation& now) {
//     const auto latest = std::max_element(now.phases.begin(), now.phases.end(), [](const auto& a, const auto& b) {
//       return a.phase.starts_on() < b.phase.starts_on();
//     });
//     return latest->phase.plan();
//   });
//
// The phases are those that count on the day: paying, or kept by policy (a pause, a free plan). Within a gap
// that the conventions carry, they are those of the last day before it. They come in order of starts_on, then
// of the subscription's id. A situation is a view: it is valid during the call only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <churn/book/book.hpp>

namespace churn::inline v0 {

struct PhaseSource;

/// One phase of a subscription, as recorded or as made of invoices. A view of the book it comes from.
class PhaseView {
 public:
  /// For the library's own floors.
  PhaseView(const PhaseSource& phases, std::uint32_t row) noexcept : phases_(&phases), row_(row) {}
  /// Of a phase made of invoices that of the lines, else of the invoice, else the customer's id; with `/` and the
  /// plan behind it where several plans of one are paid at once.
  [[nodiscard]] SubscriptionId subscription() const;
  /// As recorded; may be empty.
  [[nodiscard]] std::string plan() const;
  /// The place of its plan in Book::plans().
  [[nodiscard]] std::uint32_t plan_number() const;
  /// The first day in force.
  [[nodiscard]] Date starts_on() const;
  /// The first day not in force as recorded, though a later phase cut it; empty: still running.
  [[nodiscard]] std::optional<Date> ends_on() const;
  /// Of one unit for one cycle, before discount, in the currency that it is recorded in.
  [[nodiscard]] Price price() const;
  /// What the price is paid for.
  [[nodiscard]] BillingCycle cycle() const;
  /// Units, such as seats.
  [[nodiscard]] std::int64_t quantity() const;
  /// Its place among the book's phases; it depends on the order of the records.
  [[nodiscard]] std::uint32_t row() const noexcept { return row_; }

 private:
  const PhaseSource* phases_;
  std::uint32_t row_;
};

/// A phase that counts on a day, and its run rate on it.
struct PhaseOnDay {
  PhaseView phase;     ///< as recorded
  std::int64_t ticks;  ///< after discount, converted where the book converts; 0 if it is kept without paying
};

/// What is known of one customer on one day.
struct Situation {
  const Book& book;        ///< that the customer is in; others it may lack (a live cube asks of small books)
  CustomerIndex customer;  ///< in that book
  Date day;                ///< on which the customer is present
  Date first_present_on;   ///< before records_from, too, where phases tell
  Balance balance;         ///< over all currencies, where the customer pays in several
  std::span<const PhaseOnDay> phases;  ///< that count on the day, in order of starts_on

  /// Days since the first present day; 0 on it.
  [[nodiscard]] std::int32_t tenure_days() const noexcept { return day.days() - first_present_on.days(); }
};

}  // namespace churn::inline v0

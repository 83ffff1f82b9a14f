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
  PhaseView(const PhaseSource& phases, std::uint32_t row) noexcept : phases_(&phases), row_(row) {}
  [[nodiscard]] SubscriptionId subscription() const;
  [[nodiscard]] std::string plan() const;
  /// The place of its plan in Book::plans().
  [[nodiscard]] std::uint32_t plan_number() const;
  [[nodiscard]] Date starts_on() const;
  [[nodiscard]] std::optional<Date> ends_on() const;
  [[nodiscard]] Price price() const;
  [[nodiscard]] BillingCycle cycle() const;
  [[nodiscard]] std::int64_t quantity() const;
  /// Its place among the book's phases; it depends on the order of the records.
  [[nodiscard]] std::uint32_t row() const noexcept { return row_; }

 private:
  const PhaseSource* phases_;
  std::uint32_t row_;
};

/// A phase that counts on a day, and its run rate on it.
struct PhaseOnDay {
  PhaseView phase;
  std::int64_t ticks;
};

struct Situation {
  const Book& book;
  CustomerIndex customer;
  Date day;
  Date first_present_on;
  Balance balance;  ///< over all currencies, where the customer pays in several
  std::span<const PhaseOnDay> phases;

  /// Days since the first present day; 0 on it.
  [[nodiscard]] std::int32_t tenure_days() const noexcept { return day.days() - first_present_on.days(); }
};

}  // namespace churn::inline v0

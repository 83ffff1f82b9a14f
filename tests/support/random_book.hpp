// Random books for properties: small, but with everything that makes books hard. Overlaps, gaps, same-day
// changes, leap days and month ends, all intervals, trials, discounts, pauses, merges, test accounts, bad
// rows. Built in the reference engine's plain form and translated into the library's records.
#pragma once

#include <rapidcheck.h>
#include <churn/churn.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/reference_engine.hpp"

namespace support {

struct RandomCase {
  reference::Book book;
  reference::Rules rules;
};

inline int draw(int low, int high) { return *rc::gen::resize(100, rc::gen::inRange(low, high)); }
inline bool one_in(int n) { return draw(0, n) == 0; }

template <class T>
T one_of(std::initializer_list<T> values) {
  return *(values.begin() + draw(0, static_cast<int>(values.size())));
}

inline const int first_day = reference::day_number(2023, 11, 20);

/// A day of about fifteen months; often one at which months, leap days or other changes lie.
inline int draw_day() {
  if (one_in(2))
    return one_of({reference::day_number(2023, 12, 31), reference::day_number(2024, 1, 1),
                   reference::day_number(2024, 1, 31), reference::day_number(2024, 2, 28),
                   reference::day_number(2024, 2, 29), reference::day_number(2024, 3, 1),
                   reference::day_number(2024, 3, 31), reference::day_number(2024, 4, 1),
                   reference::day_number(2024, 4, 15), reference::day_number(2024, 7, 1)});
  return first_day + draw(0, 460);
}

inline std::optional<int> sometimes_a_day(int one_in_n) {
  if (!one_in(one_in_n)) return std::nullopt;
  return draw_day();
}

inline reference::Phase draw_phase(int customers) {
  reference::Phase phase;
  phase.customer = "c" + std::to_string(draw(0, customers));
  phase.subscription = "s" + std::to_string(draw(0, 3));
  phase.plan = one_of<const char*>({"basic", "pro", "team"});
  phase.starts_on = draw_day();
  if (!one_in(4)) phase.ends_on = one_in(3) ? draw_day() : phase.starts_on + draw(-1, 120);
  phase.amount =
      one_of<const char*>({"10.00", "10.00", "29.99", "100", "0", "0.0051", "33.333", "1200.00", "-5"});
  phase.interval = one_of<const char*>({"month", "month", "year", "day", "week", "quarter", "half_year"});
  phase.interval_count = one_of({1L, 1L, 1L, 2L, 7L, 24L});
  phase.quantity = one_of({1L, 1L, 1L, 3L, 0L, 1'000'000L});
  if (one_in(40)) phase.quantity = -1;
  if (one_in(40)) phase.interval_count = 0;
  phase.discount_percent = one_of<const char*>({"0", "0", "0", "10", "33.3", "100", "150"});
  if (one_in(60)) phase.discount_percent = "-1";
  phase.discount_ends_on = sometimes_a_day(3);
  phase.trial_ends_on = sometimes_a_day(5);
  if (one_in(5)) {
    phase.paused_from = draw_day();
    if (!one_in(3)) phase.paused_until = *phase.paused_from + draw(one_in(10) ? -1 : 1, 60);
  }
  if (one_in(60)) phase.paused_until = draw_day();
  return phase;
}

inline reference::Book draw_book() {
  reference::Book book;
  const int customers = draw(1, 6);
  for (int i = 0; i < customers; ++i) {
    if (one_in(6)) continue;  // known from its phases only
    reference::Customer customer{.id = "c" + std::to_string(i)};
    customer.signed_up_on = sometimes_a_day(2);
    customer.excluded = one_in(12);
    if (one_in(8)) customer.merged_into = "c" + std::to_string(draw(0, customers + 1));
    if (!one_in(4)) customer.attributes["channel"] = one_of<const char*>({"ads", "web", ""});
    if (!one_in(4)) customer.attributes["country"] = one_of<const char*>({"DE", "FR"});
    book.customers.push_back(std::move(customer));
  }
  const int phases = draw(0, 14);
  for (int i = 0; i < phases; ++i) {
    if (!book.phases.empty() && one_in(12)) {
      book.phases.push_back(
          book.phases[static_cast<std::size_t>(draw(0, static_cast<int>(book.phases.size())))]);
      continue;
    }
    book.phases.push_back(draw_phase(customers));
    // Chains: often a phase follows on another of the same subscription, or overlaps it a little.
    if (one_in(3)) {
      reference::Phase next = book.phases.back();
      next.starts_on = next.ends_on.value_or(next.starts_on + 40) + draw(-3, 4);
      next.ends_on.reset();
      if (one_in(2)) next.ends_on = next.starts_on + draw(1, 90);
      next.amount = one_of<const char*>({"20.00", "5.00", "10.00"});
      if (one_in(2)) next.plan = one_of<const char*>({"basic", "pro", "team"});
      book.phases.push_back(std::move(next));
    }
  }
  book.as_of = one_in(3) ? draw_day() : first_day + 460;
  if (one_in(4)) book.records_from = draw_day();
  return book;
}

inline reference::Rules draw_rules() {
  reference::Rules rules;
  rules.pause = one_of({reference::Pause::retained, reference::Pause::absent, reference::Pause::counted});
  rules.free = one_of({reference::Free::absent, reference::Free::absent, reference::Free::customer});
  if (one_in(3)) rules.gap_allowance = draw(0, 40);
  if (one_in(3)) rules.reactivation_window = draw(0, 60);
  rules.netting = one_of({reference::Netting::by_period, reference::Netting::by_day});
  if (rules.netting == reference::Netting::by_period && one_in(3))
    rules.history = reference::History::period_ends;
  return rules;
}

inline RandomCase draw_case() { return {draw_book(), draw_rules()}; }

/// The same periods, once for the library and once for the reference.
inline std::pair<churn::PeriodGrid, reference::Grid> draw_grid() {
  const int from = draw_day();
  const int to = from + 1 + draw(0, 400);
  const churn::Date first = churn::Date::from_days(from);
  const churn::Date last = churn::Date::from_days(to);
  switch (draw(0, 7)) {
    case 0: return {churn::days(first, last), reference::days(from, to)};
    case 1: return {churn::weeks(first, last), reference::weeks(from, to)};
    case 2: return {churn::quarters(first, last), reference::quarters(from, to)};
    case 3: return {churn::years(first, last), reference::years(from, to)};
    case 4: {
      const int n = draw(1, 50);
      return {churn::every_days(n, first, last), reference::every(n, from, to)};
    }
    case 5: {
      std::vector<int> cuts{from};
      while (cuts.back() < to) cuts.push_back(cuts.back() + 1 + draw(0, 70));
      std::vector<churn::Date> dates;
      for (const int cut : cuts) dates.push_back(churn::Date::from_days(cut));
      return {churn::periods_at(dates), reference::at(cuts)};
    }
    default: return {churn::months(first, last), reference::months(from, to)};
  }
}

// ---- translation into the library's types

inline std::optional<churn::Date> to_date(std::optional<int> day) {
  if (!day) return std::nullopt;
  return churn::Date::from_days(*day);
}

inline churn::Customer to_customer(const reference::Customer& customer) {
  churn::Customer result{.id = churn::CustomerId{customer.id}};
  result.signed_up_on = to_date(customer.signed_up_on);
  result.excluded = customer.excluded;
  if (customer.merged_into) result.merged_into = churn::CustomerId{*customer.merged_into};
  result.attributes = customer.attributes;
  return result;
}

inline churn::Subscription to_subscription(const reference::Phase& phase) {
  churn::Phase result{
      .plan = phase.plan,
      .starts_on = churn::Date::from_days(phase.starts_on),
      .ends_on = to_date(phase.ends_on),
      .price = {churn::Decimal::parse(phase.amount).value(), churn::Currency{phase.currency}}};
  result.cycle = {churn::parse_billing_interval(phase.interval).value(),
                  static_cast<std::int32_t>(phase.interval_count)};
  result.quantity = phase.quantity;
  result.discount_percent = churn::Decimal::parse(phase.discount_percent).value();
  result.discount_ends_on = to_date(phase.discount_ends_on);
  result.trial_ends_on = to_date(phase.trial_ends_on);
  result.paused_from = to_date(phase.paused_from);
  result.paused_until = to_date(phase.paused_until);
  return {churn::SubscriptionId{phase.subscription}, churn::CustomerId{phase.customer}, {result}};
}

inline churn::Records to_records(const reference::Book& book) {
  churn::Records records;
  for (const auto& customer : book.customers) records.add(to_customer(customer));
  for (const auto& phase : book.phases) records.add(to_subscription(phase));
  records.set_records_from(to_date(book.records_from));
  return records;
}

inline churn::Conventions to_conventions(const reference::Rules& rules) {
  churn::Conventions conventions;
  conventions.name = "random";
  conventions.book.pause = static_cast<churn::PausePolicy>(rules.pause);
  conventions.book.free = static_cast<churn::FreePolicy>(rules.free);
  conventions.book.gap_allowance_days = rules.gap_allowance;
  conventions.book.reactivation_window_days = rules.reactivation_window;
  conventions.rate.netting = static_cast<churn::Netting>(rules.netting);
  conventions.rate.history = static_cast<churn::History>(rules.history);
  return conventions;
}

inline churn::BuiltBook build(const reference::Book& book, const reference::Rules& rules = {}) {
  return churn::Book::build(to_records(book), churn::Date::from_days(book.as_of), to_conventions(rules));
}

}  // namespace support

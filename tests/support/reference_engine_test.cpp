// Is the reference right? Before anything is compared with it, it has to reproduce the worked figures of the
// definitions, a published book of 121 phases whose answers were computed elsewhere, and the identities that
// hold in every book.

#include "support/reference_engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#ifdef CHURN_ORACLES_DIR
#include <fstream>
#include <set>
#include <sstream>
#endif

namespace {

using reference::Book;
using reference::Cell;
using reference::Cohort;
using reference::CohortBy;
using reference::Customer;
using reference::Cycle;
using reference::day_number;
using reference::Discounts;
using reference::Engine;
using reference::Fraction;
using reference::Free;
using reference::Fx;
using reference::FxRate;
using reference::Grid;
using reference::History;
using reference::Invoice;
using reference::InvoiceLine;
using reference::InvoiceStatus;
using reference::LineKind;
using reference::Netting;
using reference::PastDue;
using reference::Pause;
using reference::Payment;
using reference::PaymentStatus;
using reference::PeriodStatus;
using reference::Phase;
using reference::Recognition;
using reference::Rules;
using reference::Segment;
using reference::SegmentKind;
using reference::Source;
using reference::State;
using reference::SubscriptionCell;
using reference::Usage;

constexpr std::int64_t ticks_per_minor_unit_of_mrr = 12 * 360;
constexpr std::int64_t ticks_per_unit_of_mrr = 100 * ticks_per_minor_unit_of_mrr;

Phase phase(std::string customer, std::string subscription, int starts_on, std::optional<int> ends_on,
            std::string amount, std::string interval = "month") {
  Phase result;
  result.customer = std::move(customer);
  result.subscription = std::move(subscription);
  result.starts_on = starts_on;
  result.ends_on = ends_on;
  result.amount = std::move(amount);
  result.interval = std::move(interval);
  return result;
}

Book book(std::vector<Phase> phases, int as_of) {
  Book result;
  result.phases = std::move(phases);
  result.as_of = as_of;
  return result;
}

Customer customer(std::string id, std::map<std::string, std::string> attributes = {}) {
  Customer result;
  result.id = std::move(id);
  result.attributes = std::move(attributes);
  return result;
}

Customer merged(std::string id, std::string into) {
  Customer result = customer(std::move(id));
  result.merged_into = std::move(into);
  return result;
}

// The MRR in minor units on a day of a book of the one customer "c".
std::int64_t mrr(const std::vector<Phase>& phases, int day, const Rules& rules = {}) {
  const Engine engine(book(phases, day + 1), rules);
  return reference::mrr_in_minor_units(engine.state_on("c", day).ticks);
}

std::int64_t mrr_of(const Engine& engine, const std::string& id, int day) {
  return reference::mrr_in_minor_units(engine.state_on(id, day).ticks);
}

std::int64_t shown(std::int64_t ticks) { return reference::mrr_in_minor_units(ticks); }

// ---- The calendar -----------------------------------------------------------------------------------------

TEST(ReferenceEngine, counts_every_day_of_eight_centuries) {
  int day = day_number(1600, 1, 1);
  EXPECT_EQ(day, -135140);
  for (int year = 1600; year < 2400; ++year) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int lengths[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int month = 1; month <= 12; ++month) {
      for (int of_month = 1; of_month <= lengths[month - 1]; ++of_month) {
        ASSERT_EQ(day_number(year, month, of_month), day);
        ASSERT_EQ(reference::civil_date(day), (reference::CivilDate{year, month, of_month}));
        ++day;
      }
    }
  }
  EXPECT_EQ(day_number(1970, 1, 1), 0);
  EXPECT_EQ(day_number(2000, 2, 29), 11016);
}

TEST(ReferenceEngine, cuts_months_where_they_begin_and_marks_those_that_the_ends_cut_short) {
  const Grid grid = reference::months(day_number(2024, 1, 15), day_number(2024, 4, 10), 1);
  EXPECT_EQ(grid.cuts,
            (std::vector<int>{day_number(2024, 1, 15), day_number(2024, 2, 1), day_number(2024, 3, 1),
                              day_number(2024, 4, 1), day_number(2024, 4, 10)}));
  EXPECT_EQ(grid.whole, (std::vector<bool>{false, true, true, false}));
  ASSERT_EQ(grid.earlier_cuts.size(), 12U);
  EXPECT_EQ(grid.earlier_cuts.front(), day_number(2023, 2, 1));
  EXPECT_EQ(grid.earlier_cuts.back(), day_number(2024, 1, 1));

  const Grid aligned = reference::months(day_number(2024, 1, 1), day_number(2024, 2, 1));
  EXPECT_EQ(aligned.whole, std::vector<bool>{true});
  EXPECT_EQ(aligned.earlier_cuts.back(), day_number(2023, 12, 1));

  const Grid inside = reference::months(day_number(2024, 1, 5), day_number(2024, 1, 9));
  EXPECT_EQ(inside.whole, std::vector<bool>{false});
}

TEST(ReferenceEngine, starts_weeks_on_monday_quarters_and_years_on_their_first_month) {
  const int monday = day_number(2024, 9, 2);
  const Grid weeks = reference::weeks(monday - 1, monday + 8);
  EXPECT_EQ(weeks.cuts, (std::vector<int>{monday - 1, monday, monday + 7, monday + 8}));
  EXPECT_EQ(weeks.whole, (std::vector<bool>{false, true, false}));
  EXPECT_EQ(weeks.earlier_cuts.back(), monday - 7);
  EXPECT_EQ(reference::weeks(day_number(1969, 12, 29), day_number(1970, 1, 12)).whole,
            (std::vector<bool>{true, true}));

  const Grid quarters = reference::quarters(day_number(2023, 12, 1), day_number(2024, 7, 1));
  EXPECT_EQ(quarters.cuts, (std::vector<int>{day_number(2023, 12, 1), day_number(2024, 1, 1),
                                             day_number(2024, 4, 1), day_number(2024, 7, 1)}));
  EXPECT_EQ(quarters.whole, (std::vector<bool>{false, true, true}));

  const Grid years = reference::years(day_number(2023, 1, 1), day_number(2025, 1, 1));
  EXPECT_EQ(years.cuts,
            (std::vector<int>{day_number(2023, 1, 1), day_number(2024, 1, 1), day_number(2025, 1, 1)}));
  EXPECT_EQ(years.whole, (std::vector<bool>{true, true}));
  EXPECT_EQ(years.earlier_cuts.back(), day_number(2022, 1, 1));
}

TEST(ReferenceEngine, cuts_every_so_many_days_and_at_given_days) {
  const Grid tens = reference::every(10, 100, 125);
  EXPECT_EQ(tens.cuts, (std::vector<int>{100, 110, 120, 125}));
  EXPECT_EQ(tens.whole, (std::vector<bool>{true, true, false}));
  EXPECT_EQ(tens.earlier_cuts.back(), 90);
  EXPECT_EQ(reference::every(10, 100, 120).whole, (std::vector<bool>{true, true}));

  const Grid given = reference::at({5, 7, 20});
  EXPECT_EQ(given.whole, (std::vector<bool>{true, true}));
  EXPECT_TRUE(given.earlier_cuts.empty());
  EXPECT_EQ(reference::days(3, 6).cuts, (std::vector<int>{3, 4, 5, 6}));

  EXPECT_THROW(reference::at({5, 5}), std::invalid_argument);
  EXPECT_THROW(reference::at({5}), std::invalid_argument);
  EXPECT_THROW(reference::months(5, 5), std::invalid_argument);
  EXPECT_THROW(reference::every(0, 5, 9), std::invalid_argument);
}

// ---- Worked figures: recurring revenue --------------------------------------------------------------------

TEST(ReferenceEngine, normalises_every_interval_to_a_month) {
  EXPECT_EQ(mrr({phase("c", "s", 0, {}, "1200.00", "year")}, 0), 10000);
  EXPECT_EQ(mrr({phase("c", "s", 0, {}, "600", "year")}, 0), 5000);
  EXPECT_EQ(mrr({phase("c", "s", 0, {}, "600", "half_year")}, 0), 10000);
  EXPECT_EQ(mrr({phase("c", "s", 0, {}, "300", "quarter")}, 0), 10000);
  EXPECT_EQ(mrr({phase("c", "s", 0, {}, "10.00", "week")}, 0), 4333);
  EXPECT_EQ(mrr({phase("c", "s", 0, {}, "10.00", "day")}, 0), 30417);
  Phase two_years = phase("c", "s", 0, {}, "2400.00", "year");
  two_years.interval_count = 2;
  EXPECT_EQ(mrr({two_years}, 0), 10000);
}

TEST(ReferenceEngine, follows_the_decimals_of_the_currency) {
  Phase yen = phase("c", "s", 0, {}, "12000", "year");
  yen.currency = "JPY";
  EXPECT_EQ(mrr({yen}, 0), 1000);
  Phase dinar = phase("c", "s", 0, {}, "1.234");
  dinar.currency = "KWD";
  EXPECT_EQ(mrr({dinar}, 0), 1234);
  // More decimals than the currency has: 0.0015 x 1000 units is 1.50, not 0.
  Phase fine = phase("c", "s", 0, {}, "0.0015");
  fine.quantity = 1000;
  EXPECT_EQ(mrr({fine}, 0), 150);
}

TEST(ReferenceEngine, rounds_ticks_half_to_even_and_once_for_each_part) {
  // One minor unit every 720 years is half a tick.
  Phase half = phase("c", "s", 0, {}, "0.01", "year");
  half.interval_count = 720;
  EXPECT_EQ(reference::run_rate(half, true), 0);  // 0.5 ticks
  half.quantity = 3;
  EXPECT_EQ(reference::run_rate(half, true), 2);  // 1.5 ticks
  half.quantity = 5;
  EXPECT_EQ(reference::run_rate(half, true), 2);  // 2.5 ticks
  half.quantity = 1;
  half.amount = "0.010000000000000000000000000000001";
  EXPECT_EQ(reference::run_rate(half, true), 1);  // a hair above
  EXPECT_EQ(shown(ticks_per_minor_unit_of_mrr / 2), 0);
  EXPECT_EQ(shown(3 * ticks_per_minor_unit_of_mrr / 2), 2);
}

TEST(ReferenceEngine, shows_three_yearly_thousands_as_250_together) {
  std::vector<Phase> phases;
  for (const char* id : {"a", "b", "d"}) {
    phases.push_back(phase(id, "s", 0, {}, "1000.00", "year"));
  }
  const Engine engine(book(phases, 10));
  EXPECT_EQ(shown(engine.total(reference::at({0, 10})).front().closing), 25000);
}

TEST(ReferenceEngine, adds_a_hundred_monthly_and_fifty_yearly_customers_to_12500) {
  std::vector<Phase> phases;
  for (int i = 0; i < 100; ++i) {
    phases.push_back(phase("m" + std::to_string(i), "s", 0, {}, "100"));
  }
  for (int i = 0; i < 50; ++i) {
    phases.push_back(phase("y" + std::to_string(i), "s", 0, {}, "600", "year"));
  }
  const Engine engine(book(phases, 10));
  const Cell cell = engine.total(reference::at({0, 10})).front();
  EXPECT_EQ(shown(cell.closing), 1250000);
  EXPECT_EQ(cell.closing_customers, 150);
  EXPECT_EQ(reference::arpa(cell), (Fraction{12500 * ticks_per_unit_of_mrr, 150}));
  EXPECT_EQ(reference::arr(cell), (Fraction{12500 * ticks_per_unit_of_mrr, 1}));
}

TEST(ReferenceEngine, floors_a_discount_above_the_price_and_a_negative_amount_at_nothing) {
  Phase discounted = phase("c", "s", 0, {}, "50");
  discounted.discount_percent = "120";
  EXPECT_EQ(mrr({discounted}, 0), 0);
  EXPECT_EQ(mrr({phase("c", "s", 0, {}, "-50")}, 0), 0);
  discounted.amount = "-50";
  EXPECT_EQ(mrr({discounted}, 0), 0);
  EXPECT_EQ(mrr({phase("c", "s", 0, {}, "-50"), phase("c", "t", 0, {}, "20")}, 0), 2000);
}

TEST(ReferenceEngine, counts_the_expiry_of_a_coupon_as_expansion) {
  const int start = day_number(2023, 1, 1);
  Phase coupon = phase("c", "s", start, {}, "100");
  coupon.discount_percent = "12.5";
  coupon.discount_ends_on = day_number(2024, 1, 1);
  const Engine engine(book({coupon}, day_number(2024, 3, 1)));
  const auto cells = engine.total(reference::months(start, day_number(2024, 3, 1)));
  EXPECT_EQ(shown(cells[0].new_), 8750);
  EXPECT_EQ(shown(cells[12].expansion), 1250);
  EXPECT_EQ(cells[12].expanded_customers, 1);
  EXPECT_EQ(engine.state_on("c", day_number(2023, 12, 31)).ticks, 8750 * ticks_per_minor_unit_of_mrr);
  EXPECT_EQ(engine.state_on("c", day_number(2024, 1, 1)).ticks, 10000 * ticks_per_minor_unit_of_mrr);
}

TEST(ReferenceEngine, takes_the_first_paid_day_after_a_trial_as_the_first_day) {
  Phase trial = phase("c", "s", 0, 30, "100");
  trial.trial_ends_on = 14;
  for (const Free free : {Free::absent, Free::customer}) {
    Rules rules;
    rules.free = free;
    const Engine engine(book({trial}, 40), rules);
    EXPECT_EQ(engine.state_on("c", 13), (State{false, 0}));
    EXPECT_EQ(engine.state_on("c", 14), (State{true, 100 * ticks_per_unit_of_mrr}));
    EXPECT_EQ(engine.state_on("c", 29), (State{true, 100 * ticks_per_unit_of_mrr}));
    EXPECT_EQ(engine.state_on("c", 30), (State{false, 0}));
  }
}

TEST(ReferenceEngine, counts_a_seat_added_in_mid_month_in_full) {
  Phase more = phase("c", "s", 15, {}, "10");
  more.quantity = 4;
  Phase few = phase("c", "s", 0, {}, "10");
  few.quantity = 3;
  const Engine engine(book({few, more}, 31));
  EXPECT_EQ(shown(engine.total(reference::at({10, 31})).front().expansion), 1000);
}

TEST(ReferenceEngine, never_doubles_a_yearly_plan_that_was_terminated_and_taken_again) {
  const std::vector<Phase> phases{phase("c", "old", 0, 100, "1200", "year"),
                                  phase("c", "new", 100, 465, "1200", "year")};
  const Engine engine(book(phases, 465));
  for (int day = 0; day < 465; ++day) {
    ASSERT_EQ(shown(engine.state_on("c", day).ticks), 10000);
  }
}

// ---- Worked figures: movements ----------------------------------------------------------------------------

TEST(ReferenceEngine, dates_churn_on_the_first_inactive_day) {
  const int april = day_number(2024, 4, 1);
  const Engine engine(book({phase("c", "s", day_number(2024, 1, 1), april, "100")}, april + 30));
  EXPECT_TRUE(engine.state_on("c", april - 1).present);
  EXPECT_FALSE(engine.state_on("c", april).present);
  const auto cells = engine.total(reference::months(day_number(2024, 3, 1), day_number(2024, 5, 1)));
  EXPECT_EQ(cells[0].churn, 0);
  EXPECT_EQ(cells[0].closing_customers, 1);
  EXPECT_EQ(shown(cells[1].churn), 10000);
  EXPECT_EQ(cells[1].churned_customers, 1);
  EXPECT_EQ(cells[1].departures, 1);
  EXPECT_EQ(cells[1].customer_days, 0);
}

TEST(ReferenceEngine, tells_the_story_of_the_yearly_and_monthly_subscriptions) {
  // Four yearly ones at 500; two monthly ones at 30 join and go; the yearly ones end with the paid year;
  // three monthly ones at 50 come back.
  std::vector<Phase> phases;
  for (int i = 0; i < 4; ++i) {
    phases.push_back(phase("c", "year" + std::to_string(i), 0, 365, "500", "year"));
  }
  for (int i = 0; i < 2; ++i) {
    phases.push_back(phase("c", "month" + std::to_string(i), 40, 100, "30"));
  }
  for (int i = 0; i < 3; ++i) {
    phases.push_back(phase("c", "back" + std::to_string(i), 400, {}, "50"));
  }
  const Engine engine(book(phases, 430));
  const auto cells = engine.total(reference::at({0, 30, 60, 120, 365, 395, 430}));
  EXPECT_EQ(shown(cells[0].new_), 16667);
  EXPECT_EQ(shown(cells[1].expansion), 6000);
  EXPECT_EQ(shown(cells[2].contraction), 6000);
  EXPECT_EQ(cells[2].churned_customers, 0);  // some of its subscriptions go on
  EXPECT_EQ(cells[3].churn, 0);
  EXPECT_EQ(shown(cells[4].churn), 16667);
  EXPECT_EQ(cells[4].churned_customers, 1);  // four subscriptions, one customer
  EXPECT_EQ(shown(cells[5].reactivation), 15000);
  EXPECT_EQ(cells[5].new_customers, 0);
}

TEST(ReferenceEngine, gives_20_percent_gross_and_10_percent_net_in_the_textbook_case) {
  const std::vector<Phase> phases{phase("leaves", "s", 0, 10, "10"),   phase("shrinks", "s", 0, 10, "20"),
                                  phase("shrinks", "s", 10, {}, "10"), phase("grows", "s", 0, 10, "20"),
                                  phase("grows", "s", 10, {}, "30"),   phase("stays", "s", 0, {}, "50")};
  const Cell cell = Engine(book(phases, 20)).total(reference::at({5, 20})).front();
  const std::int64_t unit = ticks_per_unit_of_mrr;
  EXPECT_EQ(cell.opening, 100 * unit);
  EXPECT_EQ(cell.churn, 10 * unit);
  EXPECT_EQ(cell.contraction, 10 * unit);
  EXPECT_EQ(cell.expansion, 10 * unit);
  EXPECT_EQ(reference::gross_mrr_churn_rate(cell), (Fraction{20 * unit, 100 * unit}));
  EXPECT_EQ(reference::net_mrr_churn_rate(cell), (Fraction{10 * unit, 100 * unit}));
  EXPECT_EQ(reference::customer_churn_rate(cell), (Fraction{1, 4}));
  EXPECT_EQ(reference::quick_ratio(cell), (Fraction{10 * unit, 20 * unit}));
  EXPECT_EQ(reference::exposure(cell), (Fraction{1, 5 + 3 * 15}));
}

TEST(ReferenceEngine, keeps_retention_per_customer_and_never_on_totals) {
  const std::vector<Phase> phases{phase("a", "s", 0, 10, "100"), phase("b", "s", 0, 10, "100"),
                                  phase("b", "s", 10, {}, "200")};
  const Cell cell = Engine(book(phases, 20)).total(reference::at({5, 20})).front();
  const std::int64_t unit = ticks_per_unit_of_mrr;
  EXPECT_EQ(reference::grr(cell), (Fraction{100 * unit, 200 * unit}));
  EXPECT_EQ(reference::nrr(cell), (Fraction{200 * unit, 200 * unit}));
}

TEST(ReferenceEngine, loses_26_percent_in_thirty_days_at_one_percent_a_day) {
  std::vector<Phase> phases;
  double amount = 1'000'000.0;
  for (int day = 0; day <= 30; ++day) {
    phases.push_back(phase("c", "s", day, {}, std::to_string(amount)));
    amount *= 0.99;
  }
  const Engine engine(book(phases, 31));
  const Fraction rate = reference::gross_mrr_churn_rate(engine.total(reference::at({1, 31})).front());
  EXPECT_NEAR(static_cast<double>(rate.numerator) / static_cast<double>(rate.denominator), 0.260, 0.0005);
}

TEST(ReferenceEngine, reports_a_rate_of_nothing_without_departures_and_no_rate_without_customers) {
  const Cell quiet = Engine(book({phase("c", "s", 0, {}, "10")}, 40)).total(reference::at({5, 35})).front();
  EXPECT_EQ(reference::customer_churn_rate(quiet), (Fraction{0, 1}));
  EXPECT_TRUE(reference::customer_churn_rate(quiet).defined());

  const Engine empty(book({}, 40));
  ASSERT_EQ(empty.total(reference::at({5, 35})).size(), 1U);
  const Cell nobody = empty.total(reference::at({5, 35})).front();
  EXPECT_EQ(nobody, Cell{});
  EXPECT_FALSE(reference::customer_churn_rate(nobody).defined());
  EXPECT_FALSE(reference::arpa(nobody).defined());
  EXPECT_EQ(empty.status(reference::at({5, 35})).front(), (PeriodStatus{true, true}));
}

TEST(ReferenceEngine, calls_whoever_first_pays_leaves_and_returns_inside_one_period_new_in_it) {
  const std::vector<Phase> phases{phase("c", "s", 10, 15, "100"), phase("c", "s", 20, {}, "70")};
  const Engine by_period(book(phases, 60));
  const Cell month = by_period.total(reference::at({0, 30})).front();
  EXPECT_EQ(shown(month.new_), 7000);
  EXPECT_EQ(month.reactivation, 0);
  EXPECT_EQ(month.departures, 1);
  EXPECT_EQ(month.customer_days, 15);
  EXPECT_EQ(reference::customer_churn_rate(month), (Fraction{0, 0}));

  Rules rules;
  rules.netting = Netting::by_day;
  const Cell daily = Engine(book(phases, 60), rules).total(reference::at({0, 30})).front();
  EXPECT_EQ(shown(daily.new_), 10000);
  EXPECT_EQ(shown(daily.churn), 10000);
  EXPECT_EQ(shown(daily.reactivation), 7000);
  EXPECT_EQ(daily.churned_customers, 1);
  EXPECT_EQ(daily.lost_customers, 0);
}

TEST(ReferenceEngine, nets_the_changes_of_one_day_into_one) {
  const std::vector<Phase> phases{phase("c", "s", 0, 20, "100"), phase("c", "t", 20, {}, "70"),
                                  phase("c", "u", 20, {}, "50")};
  Rules rules;
  rules.netting = Netting::by_day;
  const Cell cell = Engine(book(phases, 40), rules).total(reference::at({10, 40})).front();
  EXPECT_EQ(shown(cell.expansion), 2000);
  EXPECT_EQ(cell.expanded_customers, 1);
  EXPECT_EQ(cell.churn + cell.contraction + cell.reactivation, 0);
}

TEST(ReferenceEngine, judges_history_by_closings_when_asked_to) {
  // Present only inside January, back in March: a reactivation by any day, new by month ends.
  const int january = day_number(2024, 1, 1);
  const int march = day_number(2024, 3, 1);
  const std::vector<Phase> phases{phase("c", "s", january + 5, january + 15, "100"),
                                  phase("c", "s", march + 5, {}, "100")};
  const Grid months = reference::months(january, day_number(2024, 5, 1));
  EXPECT_EQ(Engine(book(phases, march + 60)).total(months)[2].reactivated_customers, 1);
  Rules rules;
  rules.history = History::period_ends;
  EXPECT_EQ(Engine(book(phases, march + 60), rules).total(months)[2].new_customers, 1);

  // Over the month end it is a closing, also when that lies before the grid.
  const std::vector<Phase> longer{phase("c", "s", january + 5, january + 35, "100"),
                                  phase("c", "s", march + 5, {}, "100")};
  const Engine engine(book(longer, march + 60), rules);
  EXPECT_EQ(engine.total(months)[2].reactivated_customers, 1);
  EXPECT_EQ(engine.total(reference::months(march, day_number(2024, 5, 1)))[0].reactivated_customers, 1);
  // With given cuts nothing is known of earlier ones, but the opening day counts.
  EXPECT_EQ(engine.total(reference::at({march, march + 31}))[0].new_customers, 1);
  EXPECT_EQ(engine.total(reference::at({january + 10, march, march + 31}))[1].reactivated_customers, 1);

  rules.reactivation_window = 20;
  EXPECT_EQ(Engine(book(longer, march + 60), rules).total(months)[2].new_customers, 1);
  rules.netting = Netting::by_day;
  EXPECT_THROW(Engine(book(longer, march + 60), rules), std::invalid_argument);
}

TEST(ReferenceEngine, calls_a_return_new_only_beyond_the_reactivation_window) {
  const std::vector<Phase> phases{phase("c", "s", 0, 10, "100"), phase("c", "s", 40, {}, "100")};
  Rules rules;
  rules.reactivation_window = 30;  // absent on the thirty days from 10 to 39
  EXPECT_EQ(Engine(book(phases, 60), rules).total(reference::at({20, 60}))[0].reactivated_customers, 1);
  rules.reactivation_window = 29;
  EXPECT_EQ(Engine(book(phases, 60), rules).total(reference::at({20, 60}))[0].new_customers, 1);
}

TEST(ReferenceEngine, carries_a_gap_as_long_as_the_allowance_and_not_a_day_more) {
  const std::vector<Phase> phases{phase("c", "s", 0, 10, "100"), phase("c", "s", 17, {}, "80")};
  const Grid grid = reference::at({5, 12, 30});
  Rules rules;
  rules.gap_allowance = 7;
  const Engine carried(book(phases, 30), rules);
  const auto cells = carried.total(grid);
  EXPECT_EQ(cells[0].churned_customers, 0);
  EXPECT_EQ(cells[0].customer_days, 7);
  EXPECT_EQ(cells[1].departures, 0);
  EXPECT_EQ(shown(cells[1].contraction), 2000);
  EXPECT_EQ(carried.state_on("c", 16), (State{true, 100 * ticks_per_unit_of_mrr}));
  EXPECT_TRUE(carried.status(grid)[0].complete);

  rules.gap_allowance = 6;
  const auto lost = Engine(book(phases, 30), rules).total(grid);
  EXPECT_EQ(lost[0].churned_customers, 1);
  EXPECT_EQ(lost[1].reactivated_customers, 1);
}

TEST(ReferenceEngine, holds_a_gap_at_the_end_of_the_records_pending) {
  const std::vector<Phase> phases{phase("c", "s", 0, 25, "100"), phase("d", "s", 0, {}, "50")};
  const Grid grid = reference::at({5, 25, 30});
  Rules rules;
  rules.gap_allowance = 5;
  const Engine pending(book(phases, 30), rules);
  EXPECT_EQ(pending.total(grid)[1].churned_customers, 0);
  EXPECT_EQ(pending.total(grid)[1].closing_customers, 2);
  EXPECT_EQ(pending.status(grid), (std::vector<PeriodStatus>{{true, true}, {true, false}}));

  rules.gap_allowance = 4;
  const Engine over(book(phases, 30), rules);
  EXPECT_EQ(over.total(grid)[1].churned_customers, 1);
  EXPECT_EQ(over.status(grid), (std::vector<PeriodStatus>{{true, true}, {true, true}}));
}

TEST(ReferenceEngine, keeps_drops_or_counts_a_paused_customer) {
  Phase paused = phase("c", "s", 0, {}, "100");
  paused.paused_from = 10;
  paused.paused_until = 20;
  const std::int64_t full = 100 * ticks_per_unit_of_mrr;
  Rules rules;
  EXPECT_EQ(Engine(book({paused}, 30), rules).state_on("c", 10), (State{true, 0}));
  EXPECT_EQ(Engine(book({paused}, 30), rules).state_on("c", 20), (State{true, full}));
  rules.pause = Pause::absent;
  EXPECT_EQ(Engine(book({paused}, 30), rules).state_on("c", 10), (State{false, 0}));
  rules.pause = Pause::counted;
  EXPECT_EQ(Engine(book({paused}, 30), rules).state_on("c", 10), (State{true, full}));

  paused.paused_until.reset();
  EXPECT_EQ(Engine(book({paused}, 300)).state_on("c", 299), (State{true, 0}));
  // Whoever would pay nothing is not kept by a pause, and whoever leaves during one churns with nothing.
  paused.amount = "0";
  EXPECT_EQ(Engine(book({paused}, 30)).state_on("c", 10), (State{false, 0}));
  paused.amount = "100";
  paused.ends_on = 15;
  const Cell cell = Engine(book({paused}, 30)).total(reference::at({12, 20})).front();
  EXPECT_EQ(cell.churned_customers, 1);
  EXPECT_EQ(cell.churn, 0);
}

TEST(ReferenceEngine, counts_free_customers_only_when_asked_to) {
  Phase free = phase("c", "s", 0, {}, "0");
  EXPECT_EQ(Engine(book({free}, 30)).state_on("c", 10), (State{false, 0}));
  Rules rules;
  rules.free = Free::customer;
  const Engine engine(book({free, phase("c", "s", 10, {}, "40")}, 30), rules);
  EXPECT_EQ(engine.state_on("c", 9), (State{true, 0}));
  const auto cells = engine.total(reference::at({0, 5, 15}));
  EXPECT_EQ(cells[0].new_customers, 1);
  EXPECT_EQ(cells[0].new_, 0);
  EXPECT_EQ(shown(cells[1].expansion), 4000);
  free.paused_from = 5;
  EXPECT_EQ(Engine(book({free}, 30), rules).state_on("c", 10), (State{true, 0}));
  rules.pause = Pause::absent;
  EXPECT_EQ(Engine(book({free}, 30), rules).state_on("c", 10), (State{false, 0}));
}

TEST(ReferenceEngine, is_not_moved_by_what_is_known_of_the_future) {
  const int as_of = day_number(2025, 6, 1);
  const std::vector<Phase> phases{phase("c", "s", day_number(2025, 1, 1), day_number(2027, 1, 1), "100")};
  const Engine engine(book(phases, as_of));
  const Grid grid = reference::months(day_number(2025, 4, 15), day_number(2025, 8, 1));
  EXPECT_EQ(engine.status(grid),
            (std::vector<PeriodStatus>{{true, false}, {true, true}, {false, false}, {false, false}}));
  EXPECT_EQ(engine.total(grid)[2], Cell{});
  EXPECT_FALSE(engine.state_on("c", as_of).present);
  // A period that as_of cuts is computed up to the last known day.
  const Grid cut = reference::at({as_of - 10, as_of + 10});
  EXPECT_EQ(engine.status(cut).front(), (PeriodStatus{true, false}));
  EXPECT_EQ(engine.total(cut).front().customer_days, 10);
  EXPECT_EQ(engine.total(cut).front().churned_customers, 0);
}

TEST(ReferenceEngine, opens_with_the_first_day_that_the_records_cover) {
  Book records = book({phase("before", "s", 80, {}, "10"), phase("first", "s", 100, {}, "20"),
                       phase("after", "s", 101, 105, "40"), phase("gone", "s", 50, 100, "80"),
                       phase("gone", "s", 108, {}, "80")},
                      200);
  records.records_from = 100;
  for (const Netting netting : {Netting::by_period, Netting::by_day}) {
    Rules rules;
    rules.netting = netting;
    const Engine engine(records, rules);
    const Grid grid = reference::at({80, 90, 100, 103, 110});
    EXPECT_EQ(engine.status(grid),
              (std::vector<PeriodStatus>{{false, false}, {false, false}, {true, true}, {true, true}}));
    const auto cells = engine.total(grid);
    EXPECT_EQ(cells[1], Cell{});
    EXPECT_EQ(shown(cells[2].opening), 3000);
    EXPECT_EQ(shown(cells[2].new_), 4000);
    EXPECT_EQ(cells[2].new_customers, 1);
    EXPECT_EQ(cells[2].departures, 0);
    EXPECT_EQ(cells[2].customer_days, 3 + 3 + 2);
    EXPECT_EQ(cells[3].reactivated_customers, 1);  // known to have paid before
    EXPECT_EQ(cells[3].departures, 1);

    const Grid across = reference::at({95, 103});
    EXPECT_EQ(engine.status(across).front(), (PeriodStatus{true, false}));
    EXPECT_EQ(engine.total(across).front(), cells[2]);
  }
}

TEST(ReferenceEngine, knows_the_closing_before_the_records_begin_when_history_is_judged_by_closings) {
  // Paying up to the day before the records begin, not on their first day, back in the first period.
  Book records = book({phase("c", "s", 80, 100, "10"), phase("c", "s", 105, {}, "10")}, 200);
  records.records_from = 100;
  Rules rules;
  rules.history = History::period_ends;
  EXPECT_EQ(Engine(records, rules).total(reference::at({100, 110})).front().reactivated_customers, 1);
}

// ---- Rows, customers, labels ------------------------------------------------------------------------------

TEST(ReferenceEngine, rejects_impossible_phases_with_a_reason) {
  std::vector<Phase> phases(8, phase("c", "s", 10, {}, "10"));
  for (std::size_t i = 0; i < phases.size(); ++i) {
    phases[i].subscription = "s" + std::to_string(i);
  }
  phases[0].ends_on = 10;
  phases[1].quantity = -1;
  phases[2].interval_count = 0;
  phases[3].discount_percent = "-0.5";
  phases[4].paused_until = 20;
  phases[5].paused_from = 20;
  phases[5].paused_until = 20;
  phases[6].interval = "fortnight";
  const Engine engine(book(phases, 30));
  const std::vector<reference::Rejection> expected{{0, "ends_on is not after starts_on"},
                                                   {1, "quantity is negative"},
                                                   {2, "interval_count is below 1"},
                                                   {3, "discount_percent is negative"},
                                                   {4, "paused_until without paused_from"},
                                                   {5, "paused_until is not after paused_from"},
                                                   {6, "unknown interval"}};
  EXPECT_EQ(engine.rejected(), expected);
  EXPECT_EQ(shown(engine.state_on("c", 10).ticks), 1000);
  EXPECT_THROW(Engine(book({phase("c", "s", 0, {}, "1e3")}, 30)), std::invalid_argument);
  EXPECT_THROW(Engine(book({phase("c", "s", 0, {}, "")}, 30)), std::invalid_argument);
  EXPECT_THROW(Engine(book({phase("c", "s", 0, {}, "99999999999999999999")}, 30)), std::overflow_error);
}

TEST(ReferenceEngine, counts_identical_rows_once_and_rejects_contradicting_ones) {
  const Phase row = phase("c", "s", 10, {}, "10");
  Phase same = row;
  same.amount = "10.00";
  const Engine twice(book({row, same}, 30));
  EXPECT_EQ(shown(twice.state_on("c", 10).ticks), 1000);
  EXPECT_TRUE(twice.rejected().empty());
  EXPECT_EQ(twice.duplicates(), std::vector<std::size_t>{1});

  Phase other = row;
  other.plan = "another";
  const Engine both(book({row, other, phase("c", "s", 5, {}, "7"), phase("d", "s", 10, {}, "9")}, 30));
  ASSERT_EQ(both.rejected().size(), 2U);
  EXPECT_EQ(both.rejected()[0], (reference::Rejection{0, "same start, different content"}));
  EXPECT_EQ(both.rejected()[1].phase, 1U);
  EXPECT_EQ(shown(both.state_on("c", 15).ticks), 700);  // what is rejected cuts nothing
  EXPECT_EQ(shown(both.state_on("d", 15).ticks), 900);  // a subscription belongs to its customer
}

TEST(ReferenceEngine, cuts_the_earlier_phase_and_does_not_resume_it) {
  const Engine engine(book({phase("c", "s", 10, 20, "10"), phase("c", "s", 0, 40, "5")}, 50));
  EXPECT_EQ(shown(engine.state_on("c", 9).ticks), 500);
  EXPECT_EQ(shown(engine.state_on("c", 10).ticks), 1000);
  EXPECT_FALSE(engine.state_on("c", 20).present);
}

TEST(ReferenceEngine, takes_a_subscription_of_two_merged_accounts_for_one) {
  Book merging = book({phase("a", "s", 0, {}, "10"), phase("b", "s", 10, {}, "20")}, 40);
  merging.customers = {merged("a", "b")};
  const Engine engine(merging);
  EXPECT_EQ(shown(engine.state_on("b", 9).ticks), 1000);
  EXPECT_EQ(shown(engine.state_on("b", 15).ticks), 2000);
}

TEST(ReferenceEngine, moves_the_phases_of_merged_accounts_to_the_last_one) {
  Book merging = book({phase("a", "s", 0, 20, "10"), phase("b", "t", 10, {}, "20"),
                       phase("x", "s", 0, {}, "1"), phase("to_nowhere", "s", 0, {}, "2")},
                      40);
  merging.customers = {merged("a", "b"), merged("b", "c"), customer("c", {{"region", "north"}}),
                       merged("x", "y"), merged("y", "x"), merged("to_nowhere", "nowhere")};
  merging.customers[0].signed_up_on = 3;
  merging.customers[1].signed_up_on = 2;
  const Engine engine(merging);
  EXPECT_EQ(engine.customers(), (std::vector<std::string>{"c", "nowhere", "x", "y"}));
  EXPECT_EQ(shown(engine.state_on("c", 15).ticks), 3000);  // subscriptions of two accounts add up
  EXPECT_FALSE(engine.state_on("a", 15).present);
  EXPECT_EQ(shown(engine.state_on("x", 15).ticks), 100);
  EXPECT_EQ(shown(engine.state_on("nowhere", 15).ticks), 200);
  const auto by_region = engine.movements(reference::at({0, 15, 40}), {"region"});
  EXPECT_EQ(by_region.size(), 2U);
  EXPECT_EQ(by_region.at(Engine::Labels{"north"})[1].contracted_customers, 1);
  EXPECT_EQ(by_region.at(Engine::Labels{"(none)"})[1].closing_customers, 2);
  EXPECT_EQ(engine.cohorts(reference::at({0, 10}), CohortBy::signed_up)[0].size, 1);
  EXPECT_EQ(engine.cohorts(reference::at({3, 10}), CohortBy::signed_up)[0].size, 0);
}

TEST(ReferenceEngine, leaves_excluded_customers_out_everywhere) {
  Book tests = book({phase("a", "s", 0, {}, "10"), phase("b", "s", 0, {}, "20"), phase("c", "s", 0, {}, "30"),
                     phase("d", "s", 0, {}, "40")},
                    40);
  tests.customers = {merged("a", "b"), merged("b", "c"), customer("c"), customer("d")};
  tests.customers[1].excluded = true;
  tests.customers[0].signed_up_on = 1;
  const Engine engine(tests);
  EXPECT_EQ(engine.customers(), (std::vector<std::string>{"c", "d"}));
  EXPECT_EQ(shown(engine.total(reference::at({0, 40})).front().closing), 7000);
  EXPECT_EQ(engine.cohorts(reference::at({0, 10}), CohortBy::signed_up)[0].size, 0);
}

TEST(ReferenceEngine, labels_customers_by_several_attributes_at_once) {
  Book labelled =
      book({phase("a", "s", 0, {}, "10"), phase("b", "s", 0, {}, "20"), phase("c", "s", 0, {}, "30")}, 40);
  labelled.customers = {customer("a", {{"region", "north"}, {"size", "small"}}),
                        customer("b", {{"region", "north"}, {"size", ""}})};
  const Grid grid = reference::at({0, 40});
  const auto cells = Engine(labelled).movements(grid, {"region", "size"});
  ASSERT_EQ(cells.size(), 3U);
  EXPECT_EQ(shown(cells.at(Engine::Labels{"north", "small"})[0].new_), 1000);
  EXPECT_EQ(shown(cells.at(Engine::Labels{"north", "(none)"})[0].new_), 2000);
  EXPECT_EQ(shown(cells.at(Engine::Labels{"(none)", "(none)"})[0].new_), 3000);
  EXPECT_EQ(shown(Engine(labelled).movements(grid, {}).at(Engine::Labels{""})[0].new_), 6000);
  labelled.customers.push_back(customer("a"));
  EXPECT_THROW(Engine{labelled}, std::invalid_argument);
}

TEST(ReferenceEngine, never_adds_currencies) {
  Phase yen = phase("b", "s", 0, {}, "1000");
  yen.currency = "JPY";
  const Engine engine(book({phase("a", "s", 0, {}, "10"), yen}, 40));
  EXPECT_EQ(engine.movements_by_customer(reference::at({0, 40})).size(), 2U);
  EXPECT_THROW(static_cast<void>(engine.total(reference::at({0, 40}))), std::invalid_argument);
  yen.customer = "a";
  yen.subscription = "t";
  // A customer may pay in two currencies; only its amounts do not add up.
  const Engine mixed(book({phase("a", "s", 0, 20, "10"), yen}, 40));
  EXPECT_THROW(static_cast<void>(mixed.total(reference::at({0, 40}))), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(mixed.movements_by_customer(reference::at({0, 40}))), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(mixed.cohorts(reference::at({0, 40}))), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(mixed.state_on("a", 10)), std::invalid_argument);
  EXPECT_EQ(mrr_of(mixed, "a", 30), 1000);
}

// ---- Cohorts ----------------------------------------------------------------------------------------------

TEST(ReferenceEngine, follows_cohorts_and_leaves_what_is_not_observed_empty) {
  const std::vector<Phase> phases{phase("stays", "s", 2, {}, "10"), phase("gone_at_once", "s", 3, 8, "20"),
                                  phase("returns", "s", 5, 15, "40"), phase("returns", "s", 25, {}, "50"),
                                  phase("later", "s", 12, {}, "80")};
  const Engine engine(book(phases, 35));
  const std::vector<Cohort> cohorts = engine.cohorts(reference::every(10, 0, 40));
  ASSERT_EQ(cohorts.size(), 4U);
  EXPECT_EQ(cohorts[0].size, 3);
  const std::int64_t unit = ticks_per_unit_of_mrr;
  const std::vector<reference::CohortCell> expected{
      {true, 2, 2, 50 * unit}, {true, 1, 1, 10 * unit}, {true, 2, 1, 60 * unit}, {false, 0, 0, 0}};
  EXPECT_EQ(cohorts[0].ages, expected);
  EXPECT_EQ(cohorts[1].size, 1);
  EXPECT_EQ(cohorts[1].ages.size(), 3U);
  EXPECT_EQ(cohorts[2].size, 0);
  EXPECT_TRUE(cohorts[2].ages[0].observed);
  EXPECT_FALSE(cohorts[3].ages[0].observed);
}

TEST(ReferenceEngine, knows_no_cohort_for_whoever_pays_on_the_first_day_of_the_records) {
  Book records =
      book({phase("a", "s", 0, {}, "10"), phase("b", "s", 10, {}, "10"), phase("c", "s", 11, {}, "10")}, 40);
  records.records_from = 10;
  const std::vector<Cohort> cohorts = Engine(records).cohorts(reference::every(10, 0, 40));
  EXPECT_EQ(cohorts[0].size, 0);
  EXPECT_FALSE(cohorts[0].ages[0].observed);
  EXPECT_FALSE(cohorts[0].ages[1].observed);  // nor later: its size is not known
  EXPECT_EQ(cohorts[1].size, 1);
  EXPECT_TRUE(cohorts[1].ages[0].observed);
}

TEST(ReferenceEngine, counts_all_sign_ups_of_a_cohort_whether_they_ever_pay_or_not) {
  Book sign_ups = book({phase("pays", "s", 15, {}, "10")}, 30);
  sign_ups.customers = {customer("pays"), customer("never_pays"), customer("not_yet")};
  sign_ups.customers[0].signed_up_on = 4;
  sign_ups.customers[1].signed_up_on = 9;
  sign_ups.customers[2].signed_up_on = 30;
  const std::vector<Cohort> cohorts =
      Engine(sign_ups).cohorts(reference::every(10, 0, 40), CohortBy::signed_up);
  EXPECT_EQ(cohorts[0].size, 2);
  EXPECT_EQ(cohorts[0].ages[0].paying_at_close, 0);
  EXPECT_EQ(cohorts[0].ages[1].paying_at_close, 1);
  EXPECT_EQ(cohorts[0].ages[1].unbroken, 0);
  EXPECT_EQ(cohorts[3].size, 0);
}

// ---- Segments ---------------------------------------------------------------------------------------------

const Segment plan_lane{SegmentKind::plan};
const Segment interval_lane{SegmentKind::interval};
const Segment currency_lane{SegmentKind::currency};
const Segment primary_plan{SegmentKind::primary_plan};

Segment attribute(std::string name) { return {SegmentKind::attribute, std::move(name)}; }
Segment tenure(std::vector<std::int64_t> days) { return {SegmentKind::tenure, "", std::move(days)}; }
Segment mrr_band(std::vector<std::int64_t> ticks) { return {SegmentKind::mrr_band, "", std::move(ticks)}; }

Phase on_plan(std::string plan, Phase of) {
  of.plan = std::move(plan);
  return of;
}

// A phase of the customer "c" worth so many ticks: one cent in 360 years is one.
Phase worth(std::string plan, std::int64_t ticks, int starts_on, std::optional<int> ends_on) {
  Phase result = on_plan(plan, phase("c", "of " + plan, starts_on, ends_on, "0.01", "year"));
  result.interval_count = 360;
  result.quantity = ticks;
  return result;
}

using Table = std::map<Engine::Labels, std::vector<Cell>>;

// Of a grid of one period; zero where there is no such label.
Cell at_label(const Table& table, const Engine::Labels& labels) {
  const auto found = table.find(labels);
  return found == table.end() ? Cell{} : found->second.front();
}

TEST(ReferenceEngine, moves_50_from_basic_to_pro_and_calls_the_other_30_expansion) {
  const Engine engine(book(
      {on_plan("basic", phase("c", "s", 0, 10, "50")), on_plan("pro", phase("c", "s", 10, {}, "80"))}, 20));
  const Table plans = engine.movements(reference::at({5, 20}), {plan_lane});
  ASSERT_EQ(plans.size(), 2U);
  const std::int64_t unit = ticks_per_unit_of_mrr;

  Cell basic;
  basic.opening = basic.transfer_out = 50 * unit;
  basic.kept = basic.retained = 50 * unit;  // a transfer counts as kept
  basic.opening_customers = basic.transferred_out_customers = 1;
  basic.customer_days = 5;
  EXPECT_EQ(at_label(plans, {"basic"}), basic);

  Cell pro;
  pro.transfer_in = 50 * unit;
  pro.expansion = 30 * unit;  // of nobody who was in it at opening
  pro.closing = 80 * unit;
  pro.closing_customers = pro.transferred_in_customers = pro.expanded_customers = 1;
  pro.customer_days = 10;
  EXPECT_EQ(at_label(plans, {"pro"}), pro);

  // Downwards: what the gaining plan takes is the transfer, the rest of what the other loses is contraction.
  const Engine down(book(
      {on_plan("pro", phase("c", "s", 0, 10, "80")), on_plan("basic", phase("c", "s", 10, {}, "50"))}, 20));
  const Table fallen = down.movements(reference::at({5, 20}), {plan_lane});
  EXPECT_EQ(at_label(fallen, {"pro"}).transfer_out, 50 * unit);
  EXPECT_EQ(at_label(fallen, {"pro"}).contraction, 30 * unit);
  EXPECT_EQ(at_label(fallen, {"pro"}).contracted_customers, 1);
  EXPECT_EQ(at_label(fallen, {"pro"}).kept, 50 * unit);
  EXPECT_EQ(at_label(fallen, {"basic"}).transfer_in, 50 * unit);
  EXPECT_EQ(at_label(fallen, {"basic"}).contraction, 0);
  EXPECT_EQ(at_label(fallen, {"basic"}).kept, 0);
}

TEST(ReferenceEngine, shares_a_transfer_by_largest_remainder_and_ties_by_label) {
  struct Expected {
    std::string plan;
    std::int64_t transfer;
    std::int64_t movement;
  };
  const Grid grid = reference::at({5, 20});
  const auto compare = [&](const std::vector<Phase>& phases, const std::vector<Expected>& rows, bool grows) {
    const Table table = Engine(book(phases, 20)).movements(grid, {plan_lane});
    for (const Expected& row : rows) {
      const Cell cell = at_label(table, {row.plan});
      EXPECT_EQ(grows ? cell.transfer_in : cell.transfer_out, row.transfer) << row.plan;
      EXPECT_EQ(grows ? cell.expansion : cell.contraction, row.movement) << row.plan;
    }
  };
  // 10 lost, 7 + 7 + 7 gained: each quota is 3 1/3, and b is the first label.
  compare({worth("a", 10, 0, 10), worth("d", 7, 10, {}), worth("c", 7, 10, {}), worth("b", 7, 10, {})},
          {{"b", 4, 3}, {"c", 3, 4}, {"d", 3, 4}}, true);
  // 6 lost, 5 + 8 gained: quotas 2 4/13 and 3 9/13.
  compare({worth("a", 6, 0, 10), worth("b", 5, 10, {}), worth("c", 8, 10, {})}, {{"b", 2, 3}, {"c", 4, 4}},
          true);
  // The mirror image of both.
  compare({worth("a", 10, 10, {}), worth("d", 7, 0, 10), worth("c", 7, 0, 10), worth("b", 7, 0, 10)},
          {{"b", 4, 3}, {"c", 3, 4}, {"d", 3, 4}}, false);
  compare({worth("a", 6, 10, {}), worth("b", 5, 0, 10), worth("c", 8, 0, 10)}, {{"b", 2, 3}, {"c", 4, 4}},
          false);
  // As much gained as lost is nothing but transfer. Bytes decide: "B" comes before "a", "\xC3\xA4" after "z".
  compare({worth("a", 3, 0, 10), worth("b", 1, 10, {}), worth("c", 2, 10, {})}, {{"b", 1, 0}, {"c", 2, 0}},
          true);
  compare({worth("m", 1, 0, 10), worth("a", 2, 10, {}), worth("B", 2, 10, {})}, {{"B", 1, 1}, {"a", 0, 2}},
          true);
  compare({worth("m", 1, 0, 10), worth("z", 2, 10, {}), worth("\xC3\xA4", 2, 10, {})},
          {{"z", 1, 1}, {"\xC3\xA4", 0, 2}}, true);
}

TEST(ReferenceEngine, shares_amounts_whose_product_needs_more_than_64_bits) {
  // Gains 3e18 and 3e18 + 1 against a loss of 4e18 + 1: quotas 2e18 + 1/2 - a hair, 2e18 + 1/2 + a hair.
  const std::int64_t quintillion = 1'000'000'000'000'000'000;
  const Table table =
      Engine(book({worth("a", 4 * quintillion + 1, 0, 10), worth("b", 3 * quintillion, 10, {}),
                   worth("c", 3 * quintillion + 1, 10, {})},
                  20))
          .movements(reference::at({5, 20}), {plan_lane});
  EXPECT_EQ(at_label(table, {"b"}).transfer_in, 2 * quintillion);
  EXPECT_EQ(at_label(table, {"c"}).transfer_in, 2 * quintillion + 1);
  EXPECT_EQ(at_label(table, {"c"}).expansion, quintillion);
}

TEST(ReferenceEngine, moves_the_opening_to_the_new_state_and_the_change_with_it) {
  // Ten days old on day 10; 100 becomes 120 on day 8.
  const Engine engine(book({phase("c", "s", 0, 8, "100"), phase("c", "s", 8, 30, "120")}, 40));
  const std::int64_t unit = ticks_per_unit_of_mrr;
  const Table bands = engine.movements(reference::at({5, 15}), {tenure({10, 20})});
  ASSERT_EQ(bands.size(), 2U);
  const Cell young = at_label(bands, {"band0"});
  EXPECT_EQ(young.transfer_out, 100 * unit);
  EXPECT_EQ(young.expansion, 0);
  EXPECT_EQ(young.transferred_out_customers, 1);
  EXPECT_EQ(young.kept, 100 * unit);
  EXPECT_EQ(young.retained, 120 * unit);  // rates ask those who were in it at opening
  EXPECT_EQ(young.customer_days, 5);
  const Cell older = at_label(bands, {"band1"});
  EXPECT_EQ(older.transfer_in, 100 * unit);
  EXPECT_EQ(older.expansion, 20 * unit);
  EXPECT_EQ(older.closing, 120 * unit);
  EXPECT_EQ(older.expanded_customers, 1);
  EXPECT_EQ(older.kept, 0);
  EXPECT_EQ(older.customer_days, 5);

  // It leaves on day 30, as one of band2, but the period opened with band1.
  const Table leaving = engine.movements(reference::at({15, 35}), {tenure({10, 20})});
  EXPECT_EQ(at_label(leaving, {"band1"}).churn, 120 * unit);
  EXPECT_EQ(at_label(leaving, {"band1"}).lost_customers, 1);
  EXPECT_EQ(at_label(leaving, {"band1"}).departures_of_opening, 1);
  EXPECT_EQ(at_label(leaving, {"band2"}).departures, 1);
  EXPECT_EQ(at_label(leaving, {"band2"}).churned_customers, 0);

  // By day it grew as band0, moved on day 10 and left as band2.
  Rules rules;
  rules.netting = Netting::by_day;
  const Engine daily(book({phase("c", "s", 0, 8, "100"), phase("c", "s", 8, 30, "120")}, 40), rules);
  const Table steps = daily.movements(reference::at({5, 35}), {tenure({10, 20})});
  EXPECT_EQ(at_label(steps, {"band0"}).expansion, 20 * unit);
  EXPECT_EQ(at_label(steps, {"band0"}).transfer_out, 120 * unit);
  EXPECT_EQ(at_label(steps, {"band1"}).transfer_in, 120 * unit);
  EXPECT_EQ(at_label(steps, {"band1"}).transfer_out, 120 * unit);
  EXPECT_EQ(at_label(steps, {"band1"}).transferred_in_customers, 1);
  EXPECT_EQ(at_label(steps, {"band2"}).churn, 120 * unit);
  EXPECT_EQ(at_label(steps, {"band0"}).kept, 0);  // opening compared with closing whatever the netting
}

TEST(ReferenceEngine, applies_the_lane_rule_inside_the_new_state) {
  const Engine engine(book(
      {on_plan("basic", phase("c", "s", 0, 10, "50")), on_plan("pro", phase("c", "s", 10, {}, "80"))}, 20));
  const Grid grid = reference::at({5, 20});
  const std::int64_t unit = ticks_per_unit_of_mrr;
  const Table table = engine.movements(grid, {tenure({10}), plan_lane});
  EXPECT_EQ(at_label(table, {"band0", "basic"}).transfer_out, 50 * unit);
  EXPECT_EQ(at_label(table, {"band0", "basic"}).transferred_out_customers, 1);
  const Cell passed = at_label(table, {"band1", "basic"});
  EXPECT_EQ(passed.transfer_in, 50 * unit);
  EXPECT_EQ(passed.transfer_out, 50 * unit);
  EXPECT_EQ(passed.transferred_in_customers, 0);  // nobody is in it at opening or at closing
  EXPECT_EQ(passed.transferred_out_customers, 0);
  const Cell arrived = at_label(table, {"band1", "pro"});
  EXPECT_EQ(arrived.transfer_in, 50 * unit);
  EXPECT_EQ(arrived.expansion, 30 * unit);
  EXPECT_EQ(arrived.transferred_in_customers, 1);
  EXPECT_FALSE(table.contains({"band0", "pro"}));

  // What goes from one lane to another of the same row has not left it.
  const Cell together = at_label(engine.movements(grid, {}, {{plan_lane, "team", false}}), {""});
  EXPECT_EQ(together.transfer_in, 0);
  EXPECT_EQ(together.transfer_out, 0);
  EXPECT_EQ(together.expansion, 30 * unit);
  EXPECT_EQ(together.transferred_in_customers, 0);
  EXPECT_EQ(together.transferred_out_customers, 0);
  EXPECT_EQ(together.expanded_customers, 1);

  // Conditions keep what was allocated: the pro row, though nobody asked for plans.
  const Cell pro = at_label(engine.movements(grid, {}, {{plan_lane, "pro"}}), {""});
  EXPECT_EQ(pro, at_label(engine.movements(grid, {plan_lane}), {"pro"}));
  EXPECT_EQ(pro.transfer_in, 50 * unit);
  EXPECT_EQ(pro.new_, 0);
  EXPECT_EQ(engine.movements(grid, {plan_lane}, {{plan_lane, "pro"}, {plan_lane, "pro", false}}).size(), 0U);
  EXPECT_EQ(at_label(engine.movements(grid, {}, {{plan_lane, "none such"}}), {""}), Cell{});
}

TEST(ReferenceEngine, transfers_day_by_day_when_netting_by_day) {
  const std::vector<Phase> phases{on_plan("basic", phase("c", "s", 0, 10, "50")),
                                  on_plan("pro", phase("c", "s", 10, 15, "80")),
                                  on_plan("basic", phase("c", "s", 15, {}, "50"))};
  const Grid grid = reference::at({5, 20});
  const std::int64_t unit = ticks_per_unit_of_mrr;
  Rules rules;
  rules.netting = Netting::by_day;
  const Table daily = Engine(book(phases, 20), rules).movements(grid, {plan_lane});
  EXPECT_EQ(at_label(daily, {"basic"}).transfer_out, 50 * unit);
  EXPECT_EQ(at_label(daily, {"basic"}).transfer_in, 50 * unit);
  EXPECT_EQ(at_label(daily, {"basic"}).transferred_in_customers, 1);
  EXPECT_EQ(at_label(daily, {"basic"}).transferred_out_customers, 1);
  EXPECT_EQ(at_label(daily, {"pro"}).expansion, 30 * unit);
  EXPECT_EQ(at_label(daily, {"pro"}).contraction, 30 * unit);
  EXPECT_EQ(at_label(daily, {"pro"}).transfer_in, 50 * unit);
  EXPECT_EQ(at_label(daily, {"pro"}).transfer_out, 50 * unit);
  EXPECT_EQ(at_label(daily, {"basic"}).kept, 50 * unit);
  // Opening compared with closing nothing happened at all.
  const Table period = Engine(book(phases, 20)).movements(grid, {plan_lane});
  EXPECT_EQ(at_label(period, {"pro"}), (Cell{.customer_days = 5}));
  EXPECT_EQ(at_label(period, {"basic"}).transfer_out, 0);
}

TEST(ReferenceEngine, counts_a_customer_in_each_of_its_lanes_and_once_in_all) {
  Phase yearly = on_plan("pro", phase("c", "t", 0, 10, "1200", "year"));
  Phase pairs = on_plan("pro", phase("c", "u", 0, {}, "60", "half_year"));
  pairs.interval_count = 2;
  const Engine engine(book({on_plan("basic", phase("c", "s", 0, {}, "50")), yearly, pairs}, 20));
  const Grid grid = reference::at({5, 20});
  const std::int64_t unit = ticks_per_unit_of_mrr;
  const Table plans = engine.movements(grid, {plan_lane});
  EXPECT_EQ(at_label(plans, {"basic"}).opening_customers, 1);
  EXPECT_EQ(at_label(plans, {"pro"}).opening_customers, 1);
  EXPECT_EQ(at_label(plans, {"pro"}).opening, 105 * unit);
  EXPECT_EQ(at_label(plans, {"pro"}).contraction, 100 * unit);
  EXPECT_EQ(at_label(plans, {"pro"}).transferred_out_customers, 0);  // still in it
  const Table pieces = engine.movements(grid, {plan_lane, interval_lane});
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(at_label(pieces, {"basic", "month"}).closing, 50 * unit);
  EXPECT_EQ(at_label(pieces, {"pro", "year"}).contraction, 100 * unit);
  EXPECT_EQ(at_label(pieces, {"pro", "year"}).transferred_out_customers, 1);
  EXPECT_EQ(at_label(pieces, {"pro", "2 half_years"}).closing, 5 * unit);
  EXPECT_EQ(at_label(engine.movements(grid, {}), {""}), engine.total(grid).front());

  // The plan with most of it, until that goes; then the other.
  const Table primary = engine.movements(grid, {primary_plan});
  ASSERT_EQ(primary.size(), 2U);
  EXPECT_EQ(at_label(primary, {"pro"}).transfer_out, 155 * unit);
  EXPECT_EQ(at_label(primary, {"basic"}).transfer_in, 155 * unit);
  EXPECT_EQ(at_label(primary, {"basic"}).contraction, 100 * unit);
  EXPECT_EQ(at_label(primary, {"pro"}).kept, 55 * unit);
  EXPECT_EQ(at_label(primary, {"basic"}).closing_customers, 1);
}

TEST(ReferenceEngine, takes_the_smaller_label_for_the_primary_plan_of_two_equal_ones) {
  const Engine engine(book({worth("b", 7, 0, {}), worth("a", 7, 0, {}), worth("c", 6, 0, {})}, 20));
  const Table primary = engine.movements(reference::at({5, 20}), {primary_plan});
  ASSERT_EQ(primary.size(), 1U);
  EXPECT_EQ(at_label(primary, {"a"}).closing, 20);
}

TEST(ReferenceEngine, bands_the_revenue_of_the_day_with_thresholds_reached_counted) {
  const Engine engine(book({worth("a", 10, 0, 10), worth("a", 9, 10, 12), worth("a", 20, 12, {})}, 20));
  const auto label_on = [&](int day) {
    std::string result;
    for (const auto& [labels, cells] :
         engine.movements(reference::at({day, day + 1}), {mrr_band({10, 20})})) {
      result += cells.front().closing_customers == 1 ? labels.front() : "";
    }
    return result;
  };
  EXPECT_EQ(label_on(9), "band1");
  EXPECT_EQ(label_on(10), "band0");
  EXPECT_EQ(label_on(12), "band2");
}

TEST(ReferenceEngine, labels_customers_by_the_month_in_which_they_began) {
  const int march = day_number(2024, 3, 1);
  Book records = book({phase("a", "s", march - 40, {}, "10"), phase("b", "s", march, {}, "20"),
                       phase("d", "s", march + 1, march + 3, "40"), phase("d", "s", march + 50, {}, "40")},
                      march + 60);
  const Grid grid = reference::at({march + 1, march + 60});
  const Table known = Engine(records).movements(grid, {{SegmentKind::cohort_month}});
  ASSERT_EQ(known.size(), 2U);
  EXPECT_EQ(at_label(known, {"2024-01-01"}).closing_customers, 1);
  EXPECT_EQ(at_label(known, {"2024-03-01"}).closing_customers, 2);
  records.records_from = march;
  const Table cut = Engine(records).movements(grid, {{SegmentKind::cohort_month}});
  ASSERT_EQ(cut.size(), 2U);
  EXPECT_EQ(at_label(cut, {"(before records)"}).closing_customers, 2);
  EXPECT_EQ(at_label(cut, {"2024-03-01"}).new_customers, 1);
}

TEST(ReferenceEngine, never_matches_lanes_of_two_currencies) {
  Phase yen = phase("c", "t", 10, {}, "1000");
  yen.currency = "JPY";
  yen.plan = "basic";
  const Engine engine(book({on_plan("basic", phase("c", "s", 0, 10, "50")), yen}, 20));
  const Grid grid = reference::at({5, 20});
  const Table table = engine.movements(grid, {currency_lane});
  EXPECT_EQ(at_label(table, {"USD"}).contraction, 50 * ticks_per_unit_of_mrr);
  EXPECT_EQ(at_label(table, {"USD"}).transfer_out, 0);
  EXPECT_EQ(at_label(table, {"USD"}).transferred_out_customers, 1);
  EXPECT_EQ(at_label(table, {"USD"}).lost_customers, 0);
  EXPECT_EQ(at_label(table, {"USD"}).churned_customers, 0);
  EXPECT_EQ(at_label(table, {"JPY"}).expansion, 1000 * ticks_per_minor_unit_of_mrr);
  EXPECT_EQ(at_label(table, {"JPY"}).transferred_in_customers, 1);
  EXPECT_EQ(at_label(table, {"JPY"}).transfer_in, 0);

  EXPECT_THROW(static_cast<void>(engine.movements(grid, {plan_lane})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(engine.movements(grid, std::vector<Segment>{})), std::invalid_argument);
  EXPECT_EQ(engine.movements(grid, {plan_lane}, {{currency_lane, "JPY"}}).size(), 1U);
  // A currency that nobody has an amount in, in these periods, is no second one.
  EXPECT_EQ(at_label(engine.movements(reference::at({12, 20}), {plan_lane}), {"basic"}).closing_customers, 1);
}

TEST(ReferenceEngine, carries_the_lanes_of_the_last_day_through_a_gap) {
  Rules rules;
  rules.gap_allowance = 7;
  const Engine engine(
      book({on_plan("basic", phase("c", "s", 0, 10, "50")), on_plan("pro", phase("c", "s", 17, {}, "80"))},
           30),
      rules);
  const Table during = engine.movements(reference::at({5, 15}), {plan_lane});
  ASSERT_EQ(during.size(), 1U);
  EXPECT_EQ(at_label(during, {"basic"}).closing, 50 * ticks_per_unit_of_mrr);
  EXPECT_EQ(at_label(during, {"basic"}).customer_days, 10);
  const Table after = engine.movements(reference::at({15, 30}), {plan_lane, primary_plan});
  EXPECT_EQ(at_label(after, {"basic", "basic"}).transfer_out, 50 * ticks_per_unit_of_mrr);
  EXPECT_EQ(at_label(after, {"pro", "pro"}).expansion, 30 * ticks_per_unit_of_mrr);
  EXPECT_EQ(at_label(after, {"basic", "basic"}).departures, 0);
}

TEST(ReferenceEngine, leaves_trials_and_absent_phases_out_of_every_lane_and_keeps_paused_ones_in) {
  Phase trial = on_plan("trial", phase("c", "s", 0, {}, "10"));
  trial.trial_ends_on = 15;
  Phase paused = on_plan("paused", phase("c", "t", 0, {}, "10"));
  paused.paused_from = 3;
  const std::vector<Phase> phases{trial, paused, on_plan("free", phase("c", "u", 0, {}, "0")),
                                  on_plan("paid", phase("c", "v", 0, {}, "10"))};
  const Grid grid = reference::at({5, 10});
  const Table kept = Engine(book(phases, 20)).movements(grid, {plan_lane});
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(at_label(kept, {"paused"}).opening, 0);
  EXPECT_EQ(at_label(kept, {"paused"}).opening_customers, 1);
  EXPECT_EQ(at_label(kept, {"paused"}).customer_days, 5);
  Rules rules;
  rules.free = Free::customer;
  rules.pause = Pause::absent;
  const Table free = Engine(book(phases, 20), rules).movements(grid, {plan_lane});
  ASSERT_EQ(free.size(), 2U);
  EXPECT_TRUE(free.contains({"free"}));
  EXPECT_FALSE(free.contains({"paused"}));
}

TEST(ReferenceEngine, tells_departures_of_those_at_opening_from_those_of_who_joined) {
  const std::vector<Phase> phases{
      // At opening: leaves and returns twice, leaves for good once.
      on_plan("a", phase("returns", "s", 0, 12, "10")), on_plan("b", phase("returns", "s", 14, 16, "10")),
      on_plan("b", phase("returns", "s", 18, {}, "10")), on_plan("a", phase("leaves", "s", 0, 12, "10")),
      // Joined: stays; leaves; leaves, returns and leaves; back from before and gone.
      on_plan("a", phase("stays", "s", 15, {}, "10")), on_plan("a", phase("goes", "s", 15, 18, "10")),
      on_plan("a", phase("flutters", "s", 11, 12, "10")), on_plan("b", phase("flutters", "s", 13, 14, "10")),
      on_plan("b", phase("back", "s", 0, 5, "10")), on_plan("b", phase("back", "s", 15, 18, "10"))};
  const Engine engine(book(phases, 30));
  const Grid grid = reference::at({10, 20});
  const Cell all = engine.total(grid).front();
  EXPECT_EQ(all.departures, 2 + 1 + 0 + 1 + 2 + 1);
  EXPECT_EQ(all.departures_of_opening, 3);
  EXPECT_EQ(all.lost_customers, 1);
  EXPECT_EQ(all.joined_customers, 4);
  EXPECT_EQ(all.joined_and_left_customers, 3);
  EXPECT_EQ(all.departures_of_joined, 4);
  const Table plans = engine.movements(grid, {plan_lane});
  EXPECT_EQ(at_label(plans, {"a"}).departures, 2 + 1 + 1);  // in the plan of the day before
  EXPECT_EQ(at_label(plans, {"b"}).departures, 1 + 1 + 1);
  EXPECT_EQ(at_label(plans, {"a"}).departures_of_opening, 3);  // in the plan at opening
  EXPECT_EQ(at_label(plans, {"b"}).departures_of_opening, 0);
  EXPECT_EQ(at_label(plans, {"a"}).joined_customers, 3);  // in the plan of the first day
  EXPECT_EQ(at_label(plans, {"a"}).joined_and_left_customers, 2);
  EXPECT_EQ(at_label(plans, {"a"}).departures_of_joined, 3);
  EXPECT_EQ(at_label(plans, {"b"}).joined_customers, 1);
}

TEST(ReferenceEngine, gives_6_and_7_5_and_8_and_10_percent_for_the_same_book) {
  // 200 at opening, 50 new, 20 departures: 12 of the 200 for good, 3 of them returned, 5 of the 50.
  std::vector<Phase> phases;
  for (int i = 0; i < 200; ++i) {
    const std::string id = "old" + std::to_string(i);
    const bool gone = i < 12;
    const bool returned = i >= 12 && i < 15;
    phases.push_back(phase(id, "s", 0, gone || returned ? std::optional<int>(20) : std::nullopt, "10"));
    if (returned) {
      phases.push_back(phase(id, "s", 25, {}, "10"));
    }
  }
  for (int i = 0; i < 50; ++i) {
    phases.push_back(
        phase("new" + std::to_string(i), "s", 15, i < 5 ? std::optional<int>(28) : std::nullopt, "10"));
  }
  const Cell cell = Engine(book(phases, 60)).total(reference::at({10, 40})).front();
  EXPECT_EQ(cell.departures, 20);
  using reference::Base;
  using reference::Part;
  const auto rate = [&](Part joined, Part returned, Base base) {
    return reference::customer_churn_rate(cell, {joined, returned, base});
  };
  EXPECT_EQ(reference::customer_churn_rate(cell, {}), reference::customer_churn_rate(cell));
  EXPECT_EQ(rate(Part::excluded, Part::excluded, Base::opening), (Fraction{12, 200}));           // 6.0 %
  EXPECT_EQ(rate(Part::excluded, Part::counted, Base::opening), (Fraction{15, 200}));            // 7.5 %
  EXPECT_EQ(rate(Part::counted, Part::counted, Base::opening_and_joined), (Fraction{20, 250}));  // 8.0 %
  EXPECT_EQ(rate(Part::counted, Part::counted, Base::opening), (Fraction{20, 200}));             // 10.0 %
  EXPECT_EQ(rate(Part::counted, Part::excluded, Base::opening), (Fraction{17, 200}));
  EXPECT_EQ(rate(Part::excluded, Part::excluded, Base::mean), (Fraction{24, 200 + 233}));
  // Days of those who stay, go, return, join, and join and go.
  const std::int64_t days = 185 * 30 + 12 * 10 + 3 * 25 + 45 * 25 + 5 * 13;
  EXPECT_EQ(rate(Part::excluded, Part::excluded, Base::exposure), (Fraction{20, days}));
}

TEST(ReferenceEngine, counts_every_departure_of_who_left_more_than_once) {
  const std::vector<Phase> phases{phase("old", "s", 0, 12, "10"), phase("old", "s", 14, 16, "10"),
                                  phase("joined", "s", 11, 12, "10"), phase("joined", "s", 13, 14, "10"),
                                  phase("joined", "s", 15, {}, "10")};
  const Cell cell = Engine(book(phases, 30)).total(reference::at({10, 20})).front();
  using reference::Part;
  EXPECT_EQ(reference::customer_churn_rate(cell, {Part::excluded, Part::excluded}), (Fraction{1, 1}));
  EXPECT_EQ(reference::customer_churn_rate(cell, {Part::excluded, Part::counted}), (Fraction{2, 1}));
  EXPECT_EQ(reference::customer_churn_rate(cell, {Part::counted, Part::excluded}), (Fraction{1, 1}));
  EXPECT_EQ(reference::customer_churn_rate(cell, {Part::counted, Part::counted}), (Fraction{4, 1}));
}

TEST(ReferenceEngine, keeps_cohorts_apart_by_what_customers_were_on_their_first_day) {
  Book records =
      book({on_plan("basic", phase("a", "s", 2, 15, "50")), on_plan("pro", phase("a", "s", 15, {}, "80")),
            on_plan("pro", phase("b", "s", 3, {}, "80")), on_plan("basic", phase("b", "t", 3, {}, "10")),
            on_plan("pro", phase("d", "s", 12, {}, "80"))},
           30);
  records.customers = {customer("never")};
  records.customers[0].signed_up_on = 4;
  const Engine engine(records);
  const Grid grid = reference::every(10, 0, 30);
  const auto plans = engine.cohorts(grid, CohortBy::first_paid, {plan_lane});
  ASSERT_EQ(plans.size(), 2U);
  const std::vector<Cohort>& basic = plans.at({"basic"});
  EXPECT_EQ(basic[0].size, 1);
  EXPECT_EQ(basic[0].ages[1].mrr_ticks, 80 * ticks_per_unit_of_mrr);  // on pro by now, still of its cohort
  EXPECT_EQ(basic[1].size, 0);
  EXPECT_EQ(plans.at({"pro"})[0].ages[0].mrr_ticks, 90 * ticks_per_unit_of_mrr);
  EXPECT_EQ(plans.at({"pro"})[1].size, 1);
  const auto signed_up = engine.cohorts(grid, CohortBy::signed_up, {plan_lane, tenure({5}), attribute("x")});
  ASSERT_EQ(signed_up.size(), 1U);
  EXPECT_EQ(signed_up.at({"(none)", "(none)", "(none)"})[0].size, 1);
  EXPECT_EQ(engine.cohorts(grid, CohortBy::first_paid, {}).at({""}), engine.cohorts(grid));
  // Equal amounts on the first day: the smaller labels.
  const Engine tie(book({worth("b", 7, 2, {}), worth("a", 7, 2, {})}, 30));
  EXPECT_TRUE(tie.cohorts(grid, CohortBy::first_paid, {plan_lane}).contains({"a"}));
}

// ---- Trailing windows -------------------------------------------------------------------------------------

TEST(ReferenceEngine, looks_back_over_windows_that_end_with_the_periods) {
  const Engine engine(book({on_plan("basic", phase("c", "s", 0, 22, "50")),
                            on_plan("pro", phase("c", "s", 22, 37, "80")), phase("d", "t", 0, {}, "10")},
                           48));
  const Grid grid = reference::every(10, 10, 55);  // up to 20, 30, 40, 50 and a period cut short
  const Table table = engine.movements_trailing(grid, 15, {plan_lane});
  ASSERT_EQ(table.at({"basic"}).size(), 5U);
  const std::vector<int> ends{20, 30, 40, 50, 55};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const Table window = engine.movements(reference::at({ends[i] - 15, ends[i]}), {plan_lane});
    for (const auto& [labels, cells] : table) {
      EXPECT_EQ(cells[i], at_label(window, labels));
    }
    EXPECT_EQ(engine.movements_trailing(grid, 15, {}).at({""})[i],
              engine.total(reference::at({ends[i] - 15, ends[i]})).front());
  }
  EXPECT_EQ(table.at({"pro"})[1].expansion, 30 * ticks_per_unit_of_mrr);
  EXPECT_EQ(table.at({"pro"})[2].churned_customers, 1);
  EXPECT_EQ(table.at({"pro"})[3].churned_customers, 1);  // windows overlap
  EXPECT_EQ(
      engine.status_trailing(grid, 15),
      (std::vector<PeriodStatus>{{true, true}, {true, true}, {true, true}, {true, false}, {true, false}}));
  EXPECT_EQ(engine.status_trailing(reference::months(5, 20), 3).front(), (PeriodStatus{true, true}));
  const Table only_pro = engine.movements_trailing(grid, 15, {}, {{plan_lane, "pro"}});
  EXPECT_EQ(only_pro.at({""}), table.at({"pro"}));
  EXPECT_THROW(static_cast<void>(engine.movements_trailing(grid, 0, {})), std::invalid_argument);
}

// ---- Subscriptions ----------------------------------------------------------------------------------------

using SubscriptionTable = std::map<Engine::Labels, std::vector<SubscriptionCell>>;

SubscriptionCell at_label(const SubscriptionTable& table, const Engine::Labels& labels) {
  const auto found = table.find(labels);
  return found == table.end() ? SubscriptionCell{} : found->second.front();
}

Phase seats(Phase of, std::int64_t quantity) {
  of.quantity = quantity;
  return of;
}

TEST(ReferenceEngine, loses_subscriptions_that_are_on_at_opening_and_not_at_closing) {
  const std::vector<Phase> phases{
      // Three end together, one of them with another plan by then; one pauses; one is there only in between.
      on_plan("a", phase("c", "one", 0, 10, "10")), on_plan("a", phase("c", "two", 0, 10, "10")),
      on_plan("a", phase("c", "three", 0, 8, "10")), on_plan("b", phase("c", "three", 8, 10, "10")),
      on_plan("b", phase("c", "between", 7, 9, "10")),
      // The same names with another customer; this one goes on in another plan.
      on_plan("a", phase("d", "one", 0, 12, "10")), on_plan("b", phase("d", "one", 12, {}, "10"))};
  const Engine engine(book(phases, 30));
  const Grid grid = reference::at({5, 20});
  const SubscriptionCell all = at_label(engine.subscriptions(grid, {}), {""});
  EXPECT_EQ(all.opening_subscriptions, 4);
  EXPECT_EQ(all.lost_subscriptions, 3);
  EXPECT_EQ(engine.total(grid).front().lost_customers, 1);
  const SubscriptionTable plans = engine.subscriptions(grid, {plan_lane});
  EXPECT_EQ(at_label(plans, {"a"}).opening_subscriptions, 4);
  EXPECT_EQ(at_label(plans, {"a"}).lost_subscriptions, 3);
  EXPECT_EQ(at_label(plans, {"b"}).opening_subscriptions, 0);
  EXPECT_EQ(engine.subscriptions(grid, {}, {{plan_lane, "b"}}).at({""}).front().opening_subscriptions, 0);
  // Nobody carries a subscription through a gap, though the customer is.
  Rules rules;
  rules.gap_allowance = 30;
  const Engine carried(book({phase("c", "s", 0, 10, "10")}, 30), rules);
  EXPECT_EQ(at_label(carried.subscriptions(grid, {}), {""}).lost_subscriptions, 1);
  EXPECT_EQ(at_label(carried.subscriptions(reference::at({15, 20}), {}), {""}), SubscriptionCell{});
  EXPECT_EQ(carried.total(grid).front().lost_customers, 0);
  EXPECT_EQ(at_label(engine.subscriptions(reference::at({40, 50}), {}), {""}), SubscriptionCell{});
  EXPECT_TRUE(engine.subscriptions(reference::at({40, 50}), {plan_lane}).empty());
}

TEST(ReferenceEngine, loses_seats_that_no_other_lane_of_the_customer_takes) {
  const std::vector<Phase> phases{
      // 10 of a become 4 of a, 2 of b and 1 of d, while c falls from 5 to 3: 8 are lost by two, 3 matched.
      on_plan("a", seats(phase("x", "s", 0, 10, "1"), 10)),
      on_plan("a", seats(phase("x", "s", 10, {}, "1"), 4)),
      on_plan("b", seats(phase("x", "t", 10, {}, "1"), 2)),
      on_plan("c", seats(phase("x", "u", 0, 10, "1"), 5)),
      on_plan("c", seats(phase("x", "u", 10, {}, "1"), 3)),
      on_plan("d", seats(phase("x", "v", 10, {}, "1"), 1)),
      // All gone.
      on_plan("a", seats(phase("y", "s", 0, 10, "1"), 7))};
  const Engine engine(book(phases, 30));
  const Grid grid = reference::at({5, 20});
  const SubscriptionTable plans = engine.subscriptions(grid, {plan_lane});
  // Of the matched 3, a has 6 x 3 / 8 = 2 1/4 and c has 2 x 3 / 8 = 3/4.
  EXPECT_EQ(at_label(plans, {"a"}).opening_seats, 17);
  EXPECT_EQ(at_label(plans, {"a"}).lost_seats, 6 - 2 + 7);
  EXPECT_EQ(at_label(plans, {"c"}).opening_seats, 5);
  EXPECT_EQ(at_label(plans, {"c"}).lost_seats, 2 - 1);
  EXPECT_EQ(at_label(plans, {"b"}), SubscriptionCell{});
  const SubscriptionCell all = at_label(engine.subscriptions(grid, {}), {""});
  EXPECT_EQ(all.opening_seats, 22);
  EXPECT_EQ(all.lost_seats, 5 + 7);
  EXPECT_EQ(at_label(engine.subscriptions(grid, {}, {{plan_lane, "a"}}), {""}).lost_seats, 11);
  // In the state at opening.
  EXPECT_EQ(at_label(engine.subscriptions(grid, {tenure({10})}), {"band0"}).lost_seats, 12);
  // Dearer seats of which there are fewer: lost seats without lost revenue.
  const Engine dearer(
      book({seats(phase("x", "s", 0, 10, "1"), 10), seats(phase("x", "s", 10, {}, "5"), 4)}, 30));
  EXPECT_EQ(at_label(dearer.subscriptions(grid, {}), {""}).lost_seats, 6);
  EXPECT_EQ(dearer.total(grid).front().contraction, 0);
}

TEST(ReferenceEngine, renews_on_the_day_of_the_anchor_and_on_the_last_day_of_shorter_months) {
  const int january = day_number(2024, 1, 31);
  const Engine engine(
      book({phase("c", "s", january, day_number(2024, 5, 31), "10")}, day_number(2024, 9, 1)));
  std::vector<int> days_due;
  std::vector<int> days_renewed;
  const Grid grid = reference::days(january - 10, day_number(2024, 9, 1));
  const auto cells = engine.subscriptions(grid, {}).at({""});
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].due == 1) {
      days_due.push_back(grid.cuts[i]);
    }
    if (cells[i].renewed == 1) {
      days_renewed.push_back(grid.cuts[i]);
    }
  }
  std::vector<int> expected{day_number(2024, 2, 29), day_number(2024, 3, 31), day_number(2024, 4, 30)};
  EXPECT_EQ(days_renewed, expected);
  expected.push_back(day_number(2024, 5, 31));  // due on the day on which it ends, and not renewed
  EXPECT_EQ(days_due, expected);
}

TEST(ReferenceEngine, finds_every_interval_due_where_it_should_be) {
  const int start = day_number(2023, 2, 28);
  const auto due_until = [&](std::string interval, long count, int end) {
    Phase next = phase("c", "s", start, {}, "10", std::move(interval));
    next.interval_count = count;
    return at_label(Engine(book({next}, start + 3000)).subscriptions(reference::at({start, end}), {}), {""})
        .due;
  };
  EXPECT_EQ(due_until("day", 3, start + 10), 3);  // on days 3, 6 and 9
  EXPECT_EQ(due_until("week", 2, start + 28), 1);
  EXPECT_EQ(due_until("week", 2, start + 29), 2);
  EXPECT_EQ(due_until("year", 1, day_number(2024, 2, 28)), 0);
  EXPECT_EQ(due_until("year", 1, day_number(2024, 2, 29)), 1);
  EXPECT_EQ(due_until("half_year", 1, day_number(2023, 8, 28)), 0);
  EXPECT_EQ(due_until("half_year", 1, day_number(2023, 8, 29)), 1);
  EXPECT_EQ(due_until("quarter", 3, day_number(2023, 11, 28)), 0);
  EXPECT_EQ(due_until("quarter", 3, day_number(2023, 11, 29)), 1);
  EXPECT_EQ(due_until("month", 24, day_number(2025, 2, 28)), 0);
  EXPECT_EQ(due_until("month", 24, day_number(2025, 3, 1)), 1);
  EXPECT_EQ(due_until("year", 2'000'000'000'000, start + 3000), 0);
}

TEST(ReferenceEngine, renews_a_subscription_whatever_the_phase_and_from_the_first_paid_day_on) {
  // Weekly from day 3, where the trial ended; on day 10 it becomes another plan, which has its own days.
  Phase trial = on_plan("a", phase("c", "s", 0, {}, "10", "week"));
  trial.trial_ends_on = 3;
  const std::vector<Phase> phases{trial, on_plan("b", phase("c", "s", 10, 20, "10", "week"))};
  const Engine engine(book(phases, 40));
  const SubscriptionTable plans = engine.subscriptions(reference::at({0, 30}), {plan_lane, tenure({7})});
  SubscriptionCell a = at_label(plans, {"a", "band0"});  // on day 10: the day before it was six days old
  EXPECT_EQ(a.due, 1);
  EXPECT_EQ(a.renewed, 1);                                     // by the other phase
  const SubscriptionCell b = at_label(plans, {"b", "band1"});  // on day 17
  EXPECT_EQ(b.due, 1);
  EXPECT_EQ(b.renewed, 1);
  EXPECT_EQ(at_label(plans, {"b", "band0"}), SubscriptionCell{});

  // Nothing falls due at or after as_of, nor up to the first day that the records cover.
  const Grid grid = reference::at({0, 60});
  const auto due_in = [&](int as_of, std::optional<int> records_from) {
    Book records = book({phase("c", "s", 0, {}, "10", "week")}, as_of);
    records.records_from = records_from;
    return at_label(Engine(records).subscriptions(grid, {}), {""}).due;
  };
  EXPECT_EQ(due_in(21, {}), 2);
  EXPECT_EQ(due_in(22, {}), 3);
  EXPECT_EQ(due_in(22, 6), 3);
  EXPECT_EQ(due_in(22, 7), 2);

  // A pause over a renewal day: due where it was present the day before, by policy.
  Phase paused = phase("c", "s", 0, {}, "10", "week");
  paused.paused_from = 7;
  paused.paused_until = 21;
  EXPECT_EQ(at_label(Engine(book({paused}, 40)).subscriptions(reference::at({0, 27}), {}), {""}).renewed, 3);
  Rules rules;
  rules.pause = Pause::absent;
  const SubscriptionCell absent =
      at_label(Engine(book({paused}, 40), rules).subscriptions(reference::at({0, 27}), {}), {""});
  EXPECT_EQ(absent.due, 1);  // on day 7; on day 14 and 21 it was away the day before
  EXPECT_EQ(absent.renewed, 0);
}

TEST(ReferenceEngine, converts_trials_whose_customer_pays_by_the_first_paid_day) {
  const auto trial = [](std::string id, int starts_on, int trial_ends_on, std::optional<int> ends_on,
                        std::string amount = "10") {
    Phase result = on_plan("trial", phase(std::move(id), "s", starts_on, ends_on, std::move(amount)));
    result.trial_ends_on = trial_ends_on;
    return result;
  };
  const std::vector<Phase> phases{
      trial("pays", 0, 14, {}),
      trial("leaves", 0, 14, 14),
      trial("leaves_early", 0, 14, 9),
      trial("free", 0, 14, {}, "0"),
      trial("early", 0, 14, 9),  // it pays for something else as soon as the trial is cut
      on_plan("paid", phase("early", "s", 9, {}, "10")),
      trial("no_trial", 5, 5, {}),
      trial("not_yet", 0, 30, {}),
      trial("of_old", 0, 4, {})};
  const Engine engine(book(phases, 20));
  const Grid grid = reference::at({5, 20});
  const SubscriptionCell all = at_label(engine.subscriptions(grid, {}), {""});
  EXPECT_EQ(all.trials_ended, 5);
  EXPECT_EQ(all.trials_converted, 2);
  // Cut short, a trial ends on the day of the cut.
  EXPECT_EQ(at_label(engine.subscriptions(reference::at({5, 10}), {}), {""}).trials_ended, 2);
  EXPECT_EQ(at_label(engine.subscriptions(reference::at({10, 20}), {}), {""}).trials_ended, 3);
  // Whoever is a customer for nothing does not pay.
  Rules free;
  free.free = Free::customer;
  EXPECT_EQ(at_label(Engine(book(phases, 20), free).subscriptions(grid, {}), {""}).trials_converted, 2);
  // Where its plan was; whoever was not there the day before had no state.
  const SubscriptionTable table = engine.subscriptions(grid, {plan_lane, primary_plan, attribute("x")});
  EXPECT_EQ(at_label(table, {"trial", "(none)", "(none)"}).trials_ended, 5);
  EXPECT_EQ(at_label(table, {"trial", "(none)", "(none)"}).trials_converted, 2);

  const auto ended = [&](int as_of, std::optional<int> records_from) {
    Book records = book({trial("c", 0, 14, {})}, as_of);
    records.records_from = records_from;
    return at_label(Engine(records).subscriptions(grid, {}), {""}).trials_ended;
  };
  EXPECT_EQ(ended(15, {}), 1);
  EXPECT_EQ(ended(14, {}), 0);
  EXPECT_EQ(ended(20, 13), 1);
  EXPECT_EQ(ended(20, 14), 0);
  // A gap is carried, but nobody pays in it.
  Rules rules;
  rules.gap_allowance = 10;
  const Engine carried(book({trial("c", 0, 14, 14), phase("c", "t", 0, 12, "10")}, 20), rules);
  EXPECT_EQ(at_label(carried.subscriptions(grid, {}), {""}).trials_ended, 1);
  EXPECT_EQ(at_label(carried.subscriptions(grid, {}), {""}).trials_converted, 0);
}

// ---- Worked figures: discounts ----------------------------------------------------------------------------

Phase coupon(std::string amount, std::string interval, std::string percent, std::string fixed,
             std::optional<int> discount_ends_on) {
  Phase result = phase("c", "s", day_number(2024, 1, 1), {}, std::move(amount), std::move(interval));
  result.discount_percent = std::move(percent);
  result.discount_amount = std::move(fixed);
  result.discount_ends_on = discount_ends_on;
  return result;
}

TEST(ReferenceEngine, takes_a_fixed_amount_off_the_whole_quantity_of_one_cycle) {
  const int day = day_number(2024, 1, 1);
  EXPECT_EQ(mrr({coupon("29.99", "month", "0", "5.00", {})}, day), 2499);
  Phase seats = coupon("10", "month", "0", "5", {});
  seats.quantity = 3;
  EXPECT_EQ(mrr({seats}, day), 2500);                                  // 3 x 10 - 5
  EXPECT_EQ(mrr({coupon("120", "year", "0", "24", {})}, day), 800);    // 96 a year
  EXPECT_EQ(mrr({coupon("100", "month", "10", "5", {})}, day), 8500);  // 100 x 0.9 - 5
  EXPECT_EQ(mrr({coupon("4", "month", "0", "5", {})}, day), 0);        // not below nothing
  EXPECT_EQ(mrr({coupon("4", "month", "150", "5", {})}, day), 0);      // nor from below
  // One minor unit every 720 years is half a tick; four of them less half of one are 1.75 ticks, rounded once.
  Phase fine = coupon("0.01", "year", "0", "0.005", {});
  fine.interval_count = 720;
  fine.quantity = 4;
  EXPECT_EQ(reference::run_rate(fine, true), 2);
}

TEST(ReferenceEngine, rejects_a_discount_of_a_negative_amount) {
  const Engine engine(book({coupon("10", "month", "0", "-1", {})}, day_number(2024, 2, 1)));
  ASSERT_EQ(engine.rejected().size(), 1U);
  EXPECT_EQ(engine.rejected().front().reason, "discount_amount is negative");
}

// The MRR of 1 January 2024 under each policy: all, recurring, forever, none.
std::vector<std::int64_t> under_each_policy(const Phase& discounted) {
  std::vector<std::int64_t> result;
  for (const Discounts discounts :
       {Discounts::all, Discounts::recurring, Discounts::forever, Discounts::none}) {
    Rules rules;
    rules.discounts = discounts;
    result.push_back(mrr({discounted}, day_number(2024, 1, 1), rules));
  }
  return result;
}

TEST(ReferenceEngine, counts_a_coupon_of_twelve_months_on_a_monthly_plan_and_not_on_a_yearly_one) {
  const int end = day_number(2025, 1, 1);
  using Figures = std::vector<std::int64_t>;
  EXPECT_EQ(under_each_policy(coupon("100", "month", "20", "0", end)), (Figures{8000, 8000, 10000, 10000}));
  EXPECT_EQ(under_each_policy(coupon("1200", "year", "20", "0", end)), (Figures{8000, 10000, 10000, 10000}));
  // One day more than the year, and it comes off the second year, too.
  EXPECT_EQ(under_each_policy(coupon("1200", "year", "20", "0", end + 1)),
            (Figures{8000, 8000, 10000, 10000}));
  // A coupon for one month is one-off, one for ever is counted by all but none.
  EXPECT_EQ(under_each_policy(coupon("100", "month", "0", "20", day_number(2024, 2, 1))),
            (Figures{8000, 10000, 10000, 10000}));
  EXPECT_EQ(under_each_policy(coupon("100", "month", "0", "20", {})), (Figures{8000, 8000, 8000, 10000}));
}

TEST(ReferenceEngine, lets_a_discount_begin_with_the_first_phase_that_has_it) {
  Rules rules;
  rules.discounts = Discounts::recurring;
  const int start = day_number(2024, 1, 1);
  const int upgrade = day_number(2024, 2, 15);
  const int end = day_number(2024, 3, 1);
  // Two months off, from 1 January: after the upgrade of 15 February less than a cycle is left of them.
  Phase before = coupon("100", "month", "50", "0", end);
  before.starts_on = start;
  Phase after = coupon("200", "month", "50.0", "0", end);
  after.starts_on = upgrade;
  EXPECT_EQ(mrr({before, after}, start, rules), 5000);
  EXPECT_EQ(mrr({before, after}, upgrade, rules), 10000);
  EXPECT_EQ(mrr({before, after}, end, rules), 20000);
  // Alone, or after a day without service, or after another discount, it began on 15 February.
  EXPECT_EQ(mrr({after}, upgrade, rules), 20000);
  Phase gap = before;
  gap.ends_on = upgrade - 1;
  EXPECT_EQ(mrr({gap, after}, upgrade, rules), 20000);
  Phase other = before;
  other.discount_amount = "1";
  EXPECT_EQ(mrr({other, after}, upgrade, rules), 20000);
  // The cycle is that of the first phase: a year into which a monthly coupon is taken along keeps it.
  after.interval = "year";
  EXPECT_EQ(mrr({before, after}, upgrade, rules), 833);  // 100 a year
}

TEST(ReferenceEngine, lets_a_discount_begin_with_the_first_paid_day_and_last_from_its_anchor) {
  using Figures = std::vector<std::int64_t>;
  Phase trial = coupon("100", "month", "20", "0", day_number(2024, 1, 20));
  trial.starts_on = day_number(2023, 12, 6);
  trial.trial_ends_on = day_number(2023, 12, 20);
  EXPECT_EQ(under_each_policy(trial), (Figures{8000, 10000, 10000, 10000}));
  trial.discount_ends_on = day_number(2024, 1, 21);
  EXPECT_EQ(under_each_policy(trial), (Figures{8000, 8000, 10000, 10000}));

  // 31 January and a month is 29 February.
  Rules rules;
  rules.discounts = Discounts::recurring;
  Phase leap = coupon("100", "month", "20", "0", day_number(2024, 2, 29));
  leap.starts_on = day_number(2024, 1, 31);
  EXPECT_EQ(mrr({leap}, leap.starts_on, rules), 10000);
  leap.discount_ends_on = day_number(2024, 3, 1);
  EXPECT_EQ(mrr({leap}, leap.starts_on, rules), 8000);
}

// ---- Worked figures: cancel requests ----------------------------------------------------------------------

const int may = day_number(2024, 5, 1);
const int june = day_number(2024, 6, 1);

Phase cancelled(int requested_on, std::optional<int> ends_on = june) {
  Phase result = phase("c", "s", day_number(2024, 1, 1), ends_on, "100");
  result.cancel_requested_on = requested_on;
  return result;
}

Rules by_request() {
  Rules rules;
  rules.recognition = Recognition::cancel_request;
  return rules;
}

// The first day of May or June on which the customer "c" is absent.
std::optional<int> leaves_on(const Book& records, const Rules& rules) {
  const Engine engine(records, rules);
  for (int day = may; day < records.as_of; ++day) {
    if (!engine.state_on("c", day).present) {
      return day;
    }
  }
  return std::nullopt;
}

std::optional<int> leaves_on(const std::vector<Phase>& phases, const Rules& rules) {
  return leaves_on(book(phases, june + 30), rules);
}

TEST(ReferenceEngine, dates_a_departure_at_the_request_or_at_the_end_of_service) {
  EXPECT_EQ(leaves_on({cancelled(may + 9)}, Rules{}), june);
  EXPECT_EQ(leaves_on({cancelled(may + 9)}, by_request()), may + 9);
  EXPECT_EQ(leaves_on({cancelled(june + 9)}, by_request()), june);        // never longer
  EXPECT_EQ(leaves_on({cancelled(may + 9, {})}, by_request()), may + 9);  // an end that is not known yet
  const Engine engine(book({cancelled(may + 9)}, june + 30), by_request());
  EXPECT_EQ(shown(engine.total(reference::months(may, june + 30))[0].churn), 10000);
}

TEST(ReferenceEngine, counts_nothing_of_a_phase_that_was_cancelled_before_it_began) {
  const Engine engine(book({cancelled(day_number(2023, 12, 1))}, june + 30), by_request());
  for (int day = day_number(2023, 11, 1); day < june + 30; ++day) {
    EXPECT_FALSE(engine.state_on("c", day).present);
  }
}

TEST(ReferenceEngine, ignores_the_request_of_a_subscription_that_goes_on) {
  // Another phase of it on the day it ends, or within it; a day later it has come back.
  EXPECT_EQ(leaves_on({cancelled(may + 9), phase("c", "s", june, {}, "80")}, by_request()), std::nullopt);
  EXPECT_EQ(leaves_on({cancelled(may + 9), phase("c", "s", may + 20, {}, "80")}, by_request()), std::nullopt);
  EXPECT_EQ(leaves_on({cancelled(may + 9), phase("c", "s", june + 1, {}, "80")}, by_request()), may + 9);
  // Without an end of its own any later phase will do.
  EXPECT_EQ(leaves_on({cancelled(may + 9, {}), phase("c", "s", june + 20, {}, "80")}, by_request()),
            std::nullopt);
  // A row that is rejected is no phase.
  Phase bad = phase("c", "s", june, {}, "80");
  bad.quantity = -1;
  EXPECT_EQ(leaves_on({cancelled(may + 9), bad}, by_request()), may + 9);
}

TEST(ReferenceEngine, ignores_the_request_of_a_customer_who_goes_on_that_day) {
  const auto with = [](const std::string& customer, int starts_on) {
    Book records = book({cancelled(may + 9), phase(customer, "other", starts_on, {}, "80")}, june + 30);
    records.customers = {customer == "c" ? Customer{"c"} : merged(customer, "c")};
    return leaves_on(records, by_request());
  };
  EXPECT_EQ(with("c", june), std::nullopt);
  EXPECT_EQ(with("account", june), std::nullopt);  // which became part of c
  EXPECT_EQ(with("c", june + 1), may + 9);
  // What began before is no going on of this one: the customer stays, the subscription ends.
  const Engine engine(book({cancelled(may + 9), phase("c", "other", june - 1, {}, "80")}, june + 30),
                      by_request());
  EXPECT_EQ(mrr_of(engine, "c", may + 9), 0);
  EXPECT_EQ(mrr_of(engine, "c", june - 1), 8000);
}

TEST(ReferenceEngine, ends_a_trial_where_the_departure_is_recognised) {
  const auto ended_on = [](int requested_on, const Rules& rules) {
    Phase trial = cancelled(requested_on, june + 9);
    trial.starts_on = may;
    trial.trial_ends_on = june;
    const Grid grid = reference::days(may - 10, june + 20);
    const auto cells = Engine(book({trial}, june + 30), rules).subscriptions(grid, {}).at({""});
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].trials_ended != 0) {
        return std::pair<int, std::int64_t>{grid.cuts[i], cells[i].trials_converted};
      }
    }
    return std::pair<int, std::int64_t>{0, 0};
  };
  using Ended = std::pair<int, std::int64_t>;
  EXPECT_EQ(ended_on(may + 9, Rules{}), (Ended{june, 1}));
  EXPECT_EQ(ended_on(may + 9, by_request()), (Ended{may + 9, 0}));
  EXPECT_EQ(ended_on(june + 5, by_request()), (Ended{june, 1}));
  // Asked for before it began: it ends as it begins.
  EXPECT_EQ(ended_on(may - 5, by_request()), (Ended{may, 0}));
}

TEST(ReferenceEngine, measures_gaps_from_the_request_on) {
  // Requested on 20 May, back on 2 June: absent for 13 days.
  const std::vector<Phase> phases{cancelled(may + 19), phase("c", "other", june + 1, {}, "80")};
  Rules rules = by_request();
  rules.gap_allowance = 13;
  EXPECT_EQ(leaves_on(phases, rules), std::nullopt);
  rules.gap_allowance = 12;
  EXPECT_EQ(leaves_on(phases, rules), may + 19);
}

// ---- Worked figures: past due -----------------------------------------------------------------------------

InvoiceLine line(std::string amount, std::optional<int> from = {}, std::optional<int> to = {},
                 std::string plan = "pro", LineKind kind = LineKind::recurring) {
  InvoiceLine result;
  result.plan = std::move(plan);
  result.amount = std::move(amount);
  result.period_start = from;
  result.period_end = to;
  result.kind = kind;
  return result;
}

Invoice invoice(std::string id, int issued_on, std::vector<InvoiceLine> lines,
                InvoiceStatus status = InvoiceStatus::paid) {
  Invoice result;
  result.id = std::move(id);
  result.customer = "c";
  result.issued_on = issued_on;
  result.status = status;
  result.subscription = "s";
  result.lines = std::move(lines);
  return result;
}

Invoice open_invoice(std::string id, int issued_on) {
  return invoice(std::move(id), issued_on, {line("100")}, InvoiceStatus::open);
}

Invoice paid_invoice(std::string id, int issued_on, int paid_on) {
  Invoice result = invoice(std::move(id), issued_on, {line("100")});
  result.paid_on = paid_on;
  return result;
}

Rules dropped_after(int days) {
  Rules rules;
  rules.past_due = PastDue::dropped_after_days;
  rules.past_due_days = days;
  return rules;
}

Rules dropped_when_exhausted() {
  Rules rules;
  rules.past_due = PastDue::dropped_when_exhausted;
  return rules;
}

const int january = day_number(2024, 1, 1);

// The days of 2024, counted from 0, on which the subscription "s" of 100 a month is out of the book of "c" as
// [first, last) pairs, and that day of the year on which the book ends.
std::vector<std::pair<int, int>> absences(const std::vector<Invoice>& invoices, const Rules& rules,
                                          int as_of = 120) {
  Book records = book({phase("c", "s", january - 30, {}, "100")}, january + as_of);
  records.invoices = invoices;
  const Engine engine(records, rules);
  std::vector<std::pair<int, int>> result;
  for (int day = 0; day < as_of; ++day) {
    if (engine.state_on("c", january + day).present) {
      continue;
    }
    if (result.empty() || result.back().second != day) {
      result.emplace_back(day, day);
    }
    result.back().second = day + 1;
  }
  return result;
}

using Absences = std::vector<std::pair<int, int>>;

TEST(ReferenceEngine, drops_what_is_overdue_for_so_many_days_until_it_is_paid) {
  Invoice claim = open_invoice("1", january);
  EXPECT_EQ(absences({claim}, Rules{}), Absences{});
  EXPECT_EQ(absences({claim}, dropped_after(30)), (Absences{{30, 120}}));
  claim.due_on = january + 14;
  EXPECT_EQ(absences({claim}, dropped_after(30)), (Absences{{44, 120}}));
  EXPECT_EQ(absences({claim}, dropped_after(0)), (Absences{{14, 120}}));
  EXPECT_EQ(absences({claim}, dropped_after(30), 44), Absences{});
  claim.status = InvoiceStatus::uncollectible;
  EXPECT_EQ(absences({claim}, dropped_after(30)), (Absences{{44, 120}}));

  EXPECT_EQ(absences({paid_invoice("1", january, january + 50)}, dropped_after(30)), (Absences{{30, 50}}));
  EXPECT_EQ(absences({paid_invoice("1", january, january + 30)}, dropped_after(30)), Absences{});
  // Paid on a day that is not known yet: still open.
  EXPECT_EQ(absences({paid_invoice("1", january, january + 50)}, dropped_after(30), 50),
            (Absences{{30, 50}}));
  EXPECT_EQ(absences({paid_invoice("1", january, january + 200)}, dropped_after(30)), (Absences{{30, 120}}));
  // Paid, nobody knows when: when it was due.
  EXPECT_EQ(absences({invoice("1", january, {line("100")})}, dropped_after(30)), Absences{});
}

TEST(ReferenceEngine, brings_back_what_was_overdue_when_this_or_a_later_invoice_is_paid) {
  const Invoice claim = open_invoice("2", january);
  EXPECT_EQ(absences({claim, paid_invoice("3", january + 31, january + 45)}, dropped_after(30)),
            (Absences{{30, 45}}));
  EXPECT_EQ(absences({claim, paid_invoice("3", january, january + 45)}, dropped_after(30)),
            (Absences{{30, 45}}));
  // The earliest of them, whatever order they were issued in; none from before.
  EXPECT_EQ(absences({claim, paid_invoice("3", january + 31, january + 60),
                      paid_invoice("4", january + 40, january + 45)},
                     dropped_after(30)),
            (Absences{{30, 45}}));
  EXPECT_EQ(absences({claim, paid_invoice("1", january - 31, january + 45)}, dropped_after(90)),
            (Absences{{90, 120}}));
  // Each invoice is a debt of its own.
  EXPECT_EQ(
      absences({paid_invoice("1", january, january + 40), paid_invoice("2", january + 10, january + 60)},
               dropped_after(30)),
      (Absences{{30, 60}}));
}

TEST(ReferenceEngine, hears_no_claim_in_drafts_voids_credit_notes_and_what_is_not_issued_yet) {
  Invoice nothing = open_invoice("1", january);
  for (const InvoiceStatus status : {InvoiceStatus::draft, InvoiceStatus::void_}) {
    nothing.status = status;
    EXPECT_EQ(absences({nothing}, dropped_after(30)), Absences{});
  }
  nothing.status = InvoiceStatus::open;
  nothing.lines = {line("100"), line("-100", {}, {}, "pro", LineKind::one_time)};
  EXPECT_EQ(absences({nothing}, dropped_after(30)), Absences{});
  nothing.lines.front().amount = "100.01";
  EXPECT_EQ(absences({nothing}, dropped_after(30)), (Absences{{30, 120}}));
  nothing.lines.clear();  // nobody says that it asks for nothing
  EXPECT_EQ(absences({nothing}, dropped_after(30)), (Absences{{30, 120}}));
  nothing.issued_on = january + 50;
  nothing.due_on = january;
  EXPECT_EQ(absences({nothing}, dropped_after(30), 50), Absences{});
  EXPECT_EQ(absences({nothing}, dropped_after(30), 51), (Absences{{30, 51}}));
}

TEST(ReferenceEngine, takes_an_invoice_for_the_subscriptions_that_it_names_or_for_all) {
  const std::vector<Phase> phases{phase("c", "s", january, {}, "100"), phase("c", "t", january, {}, "10"),
                                  phase("d", "s", january, {}, "1")};
  const auto left = [&](const Invoice& claim, std::vector<Customer> customers = {}) {
    Book records = book(phases, january + 60);
    records.invoices = {claim};
    records.customers = std::move(customers);
    const Engine engine(records, dropped_after(30));
    return mrr_of(engine, "c", january + 59) + mrr_of(engine, "d", january + 59);
  };
  Invoice claim = open_invoice("1", january);
  EXPECT_EQ(left(claim), 1100);  // the "s" of another customer is not meant
  claim.lines.front().subscription = "t";
  EXPECT_EQ(left(claim), 100);  // both are named
  claim.subscription.reset();
  EXPECT_EQ(left(claim), 10100);
  claim.lines.front().subscription.reset();
  EXPECT_EQ(left(claim), 100);
  claim.customer = "account";
  EXPECT_EQ(left(claim), 11100);
  EXPECT_EQ(left(claim, {merged("account", "c")}), 100);
  claim.subscription = "unknown";
  EXPECT_EQ(left(claim, {merged("account", "c")}), 11100);
}

TEST(ReferenceEngine, drops_what_was_given_up_from_the_last_attempt_to_collect_on) {
  Invoice claim = open_invoice("1", january);
  claim.due_on = january + 10;
  EXPECT_EQ(absences({claim}, dropped_when_exhausted()), Absences{});
  claim.status = InvoiceStatus::uncollectible;
  EXPECT_EQ(absences({claim}, dropped_when_exhausted()), (Absences{{10, 120}}));
  const auto attempt = [](int day, PaymentStatus status) {
    return Payment{(std::int64_t{january} + day) * 86400 + 23 * 3600, status};
  };
  claim.payments = {attempt(5, PaymentStatus::failed)};  // before it was due
  EXPECT_EQ(absences({claim}, dropped_when_exhausted()), (Absences{{10, 120}}));
  claim.payments = {attempt(20, PaymentStatus::failed), attempt(15, PaymentStatus::failed),
                    attempt(25, PaymentStatus::refunded)};
  EXPECT_EQ(absences({claim}, dropped_when_exhausted()), (Absences{{20, 120}}));
  claim.payments.push_back(attempt(70, PaymentStatus::failed));
  EXPECT_EQ(absences({claim}, dropped_when_exhausted()), (Absences{{70, 120}}));
  EXPECT_EQ(absences({claim}, dropped_when_exhausted(), 70), (Absences{{20, 70}}));
  // Eleven in the evening is the next day two hours further east.
  Rules east = dropped_when_exhausted();
  east.utc_offset_hours = 2;
  EXPECT_EQ(absences({claim}, east), (Absences{{71, 120}}));
  EXPECT_EQ(absences({claim, paid_invoice("2", january + 31, january + 80)}, dropped_when_exhausted()),
            (Absences{{70, 80}}));
}

TEST(ReferenceEngine, believes_no_invoice_of_which_two_rows_contradict_each_other) {
  const Invoice claim = open_invoice("1", january);
  Invoice same = claim;
  same.lines.front().amount = "100.00";
  EXPECT_EQ(absences({claim, same}, dropped_after(30)), (Absences{{30, 120}}));
  Invoice other = claim;
  other.due_on = january + 1;
  EXPECT_EQ(absences({claim, other, claim}, dropped_after(30)), Absences{});
}

TEST(ReferenceEngine, counts_a_debt_as_churn_and_its_payment_as_a_return) {
  Book records = book({phase("c", "s", january - 30, {}, "100")}, january + 120);
  records.invoices = {paid_invoice("1", january, january + 50)};
  const Engine engine(records, dropped_after(20));
  const auto cells = engine.total(reference::months(january, january + 91));
  EXPECT_EQ(shown(cells[0].churn), 10000);
  EXPECT_EQ(shown(cells[1].reactivation), 10000);
  Rules rules = dropped_after(20);
  rules.gap_allowance = 30;
  EXPECT_EQ(Engine(records, rules).total(reference::months(january, january + 91))[0].churn, 0);
}

// ---- Worked figures: exchange -----------------------------------------------------------------------------

Phase in(std::string currency, Phase other) {
  other.currency = std::move(currency);
  return other;
}

Rules reported_in(std::string currency, std::map<std::string, std::string> rates = {}) {
  Rules rules;
  rules.currency = std::move(currency);
  rules.rates = std::move(rates);
  return rules;
}

TEST(ReferenceEngine, converts_between_currencies_of_none_two_and_three_decimals) {
  const Phase euro = in("EUR", phase("c", "s", 0, {}, "100"));
  const Phase yen = in("JPY", phase("c", "s", 0, {}, "12000", "year"));
  const Phase dinar = in("KWD", phase("c", "s", 0, {}, "1.234"));
  const Phase dollar = phase("c", "s", 0, {}, "10");
  EXPECT_EQ(mrr({euro}, 0, reported_in("USD", {{"EUR", "1.1"}})), 11000);
  EXPECT_EQ(mrr({yen}, 0, reported_in("USD", {{"JPY", "0.0065"}})), 650);      // 1000 yen
  EXPECT_EQ(mrr({dinar}, 0, reported_in("USD", {{"KWD", "3.25"}})), 401);      // 4.0105
  EXPECT_EQ(mrr({dollar}, 0, reported_in("JPY", {{"USD", "155.25"}})), 1552);  // 1552.5, to the even yen
  EXPECT_EQ(mrr({dollar}, 0, reported_in("KWD", {{"USD", "0.3075"}})), 3075);  // 3.075
  EXPECT_EQ(mrr({dinar}, 0, reported_in("JPY", {{"KWD", "500"}})), 617);
  EXPECT_EQ(mrr({dinar, in("EUR", phase("c", "t", 0, {}, "10")), phase("c", "u", 0, {}, "1")}, 0,
                reported_in("USD", {{"KWD", "3"}, {"EUR", "1.5"}})),
            370 + 1500 + 100);
}

TEST(ReferenceEngine, converts_every_phase_by_itself) {
  // 0.01 in 360 years is one tick: half of one is 0, half of three 1.5 and so 2, and half of one twice is 0.
  const auto ticks = [](std::vector<long> quantities) {
    std::vector<Phase> phases;
    for (const long quantity : quantities) {
      Phase next = in("EUR", phase("c", "s" + std::to_string(phases.size()), 0, {}, "0.01", "year"));
      next.interval_count = 360;
      next.quantity = quantity;
      phases.push_back(next);
    }
    return Engine(book(phases, 1), reported_in("USD", {{"EUR", "0.5"}})).state_on("c", 0).ticks;
  };
  EXPECT_EQ(ticks({1}), 0);
  EXPECT_EQ(ticks({3}), 2);
  EXPECT_EQ(ticks({1, 1}), 0);
  EXPECT_EQ(ticks({3, 3}), 4);
}

TEST(ReferenceEngine, takes_the_rate_of_the_convention_or_the_latest_one_known) {
  const auto value = [](std::vector<FxRate> rows, Rules rules, int as_of = 20) {
    Book records = book({in("EUR", phase("c", "s", 0, {}, "100"))}, as_of);
    records.fx_rates = std::move(rows);
    return mrr_of(Engine(records, rules), "c", as_of - 1);
  };
  const std::vector<FxRate> rows{{10, "EUR", "1.2"}, {5, "EUR", "1.1"}, {15, "USD", "2"}, {20, "EUR", "1.3"}};
  EXPECT_EQ(value(rows, reported_in("USD")), 12000);
  EXPECT_EQ(value(rows, reported_in("USD"), 10), 11000);
  EXPECT_EQ(value(rows, reported_in("USD"), 21), 13000);
  EXPECT_EQ(value(rows, reported_in("USD", {{"EUR", "1.5"}})), 15000);
  EXPECT_THROW(value(rows, reported_in("USD"), 5), std::out_of_range);
  // Two rates of one day are none; the same one twice is one.
  EXPECT_EQ(value({{5, "EUR", "1.1"}, {10, "EUR", "1.2"}, {10, "EUR", "1.25"}}, reported_in("USD")), 11000);
  EXPECT_EQ(value({{10, "EUR", "1.2"}, {10, "EUR", "1.20"}}, reported_in("USD")), 12000);
  // The reporting currency is worth itself.
  EXPECT_EQ(value(rows, reported_in("EUR")), 10000);
  EXPECT_EQ(value({{5, "EUR", "7"}}, reported_in("EUR")), 10000);
}

TEST(ReferenceEngine, converts_nothing_without_a_rate_or_a_currency_to_report_in) {
  const std::vector<Phase> phases{in("EUR", phase("c", "s", 0, {}, "100")), phase("c", "t", 0, {}, "1")};
  const Engine engine(book(phases, 10), reported_in("USD"));
  EXPECT_EQ(mrr_of(engine, "c", 9), 100);
  ASSERT_EQ(engine.rejected().size(), 1U);
  EXPECT_EQ(engine.rejected().front().reason, "a currency that is not reported");
  Rules rates_only;
  rates_only.rates = {{"EUR", "1.1"}};
  EXPECT_THROW(mrr_of(Engine(book(phases, 10), rates_only), "c", 9), std::invalid_argument);
}

TEST(ReferenceEngine, misses_a_rate_only_where_something_has_to_be_converted) {
  Book records = book({in("EUR", phase("c", "s", 0, {}, "0")), phase("c", "t", 0, {}, "1")}, 10);
  records.fx_rates = {{0, "JPY", "0.01"}};
  EXPECT_EQ(mrr_of(Engine(records, reported_in("USD")), "c", 9), 100);
  records.phases.front().amount = "5";
  EXPECT_THROW((void)Engine(records, reported_in("USD")).total(reference::at({0, 10})), std::out_of_range);
}

// 100 EUR a month since 1 December; 1.00 USD for one of them, 1.10 from 15 January, 1.20 from 1 February on.
Book euro_book() {
  Phase euro = in("EUR", phase("c", "s", january - 31, {}, "100"));
  euro.plan = "basic";
  Book records = book({euro}, day_number(2024, 4, 1));
  records.fx_rates = {
      {january - 31, "EUR", "1.00"}, {january + 14, "EUR", "1.10"}, {january + 31, "EUR", "1.20"}};
  return records;
}

Rules dated() {
  Rules rules = reported_in("USD");
  rules.fx = Fx::dated;
  return rules;
}

void expect_balanced(const Cell& cell) {
  EXPECT_EQ(cell.opening + cell.new_ + cell.reactivation + cell.expansion + cell.transfer_in + cell.fx,
            cell.contraction + cell.churn + cell.transfer_out + cell.closing)
      << cell;
}

TEST(ReferenceEngine, tells_what_dated_rates_did_apart_from_what_customers_did) {
  const Grid grid = reference::months(january, day_number(2024, 4, 1));
  Book records = euro_book();
  Phase less = records.phases.front();
  less.starts_on = january + 40;
  less.amount = "50";
  records.phases.push_back(less);
  for (const Netting netting : {Netting::by_period, Netting::by_day}) {
    Rules rules = dated();
    rules.netting = netting;
    const auto cells = Engine(records, rules).total(grid);
    EXPECT_EQ(shown(cells[0].opening), 10000);  // at 1.00
    EXPECT_EQ(shown(cells[0].fx), 1000);
    EXPECT_EQ(shown(cells[0].closing), 11000);  // at 1.10
    EXPECT_EQ(reference::nrr(cells[0]), (Fraction{100 * ticks_per_unit_of_mrr, 100 * ticks_per_unit_of_mrr}));
    EXPECT_EQ(shown(cells[1].opening), 11000);     // at 1.10, as are all movements of February
    EXPECT_EQ(shown(cells[1].contraction), 5500);  // 50 EUR less
    EXPECT_EQ(shown(cells[1].fx), 500);            // 50 EUR are left
    EXPECT_EQ(shown(cells[1].closing), 6000);      // at 1.20
    EXPECT_EQ(cells[2].fx, 0);
    EXPECT_EQ(shown(cells[2].closing), 6000);
    for (const Cell& cell : cells) {
      expect_balanced(cell);
    }
  }
  // One rate makes no movement: 1.20 is the latest.
  const auto constant = Engine(records, reported_in("USD")).total(grid);
  EXPECT_EQ(shown(constant[0].opening), 12000);
  EXPECT_EQ(constant[0].fx, 0);
  EXPECT_EQ(shown(constant[1].contraction), 6000);
  EXPECT_EQ(shown(constant[1].closing), 6000);
}

TEST(ReferenceEngine, values_who_comes_and_who_leaves_at_the_rate_before_the_period) {
  const Grid grid = reference::months(january, day_number(2024, 4, 1));
  Book records = euro_book();
  records.phases.front().starts_on = january + 20;  // at 1.10, but 1.00 is what January counts with
  records.phases.front().ends_on = january + 45;
  const auto cells = Engine(records, dated()).total(grid);
  EXPECT_EQ(shown(cells[0].new_), 10000);
  EXPECT_EQ(shown(cells[0].fx), 1000);
  EXPECT_EQ(shown(cells[1].churn), 11000);
  EXPECT_EQ(cells[1].fx, 0);
  EXPECT_EQ(cells[1].closing, 0);
}

TEST(ReferenceEngine, lets_exchange_rates_fall) {
  Book records = euro_book();
  records.fx_rates.push_back({january + 60, "EUR", "0.70"});
  const auto cells = Engine(records, dated()).total(reference::months(january, day_number(2024, 4, 1)));
  EXPECT_EQ(shown(cells[1].closing), 12000);  // 60 days after 1 January is 1 March
  EXPECT_EQ(shown(-cells[2].fx), 5000);
  EXPECT_EQ(shown(cells[2].closing), 7000);
  expect_balanced(cells[2]);
}

TEST(ReferenceEngine, posts_what_rates_did_in_the_lane_and_the_band_at_closing) {
  Book records = euro_book();
  Phase pro = records.phases.front();
  pro.starts_on = january + 20;
  pro.amount = "80";
  pro.plan = "pro";
  records.phases.push_back(pro);
  const Grid grid = reference::months(january, day_number(2024, 4, 1));
  const Engine engine(records, dated());
  const auto plans = engine.movements(grid, {plan_lane});
  EXPECT_EQ(shown(plans.at({"basic"})[0].transfer_out), 8000);
  EXPECT_EQ(shown(plans.at({"basic"})[0].contraction), 2000);
  EXPECT_EQ(plans.at({"basic"})[0].fx, 0);
  EXPECT_EQ(shown(plans.at({"pro"})[0].transfer_in), 8000);
  EXPECT_EQ(shown(plans.at({"pro"})[0].fx), 800);
  EXPECT_EQ(shown(plans.at({"pro"})[0].closing), 8800);
  // Bands of January are those of 1.00: 88 is told in the band of 80. February opens where January closed, so that
  // going to the band of 88 is a transfer of February.
  const auto bands = engine.movements(grid, {mrr_band({85 * ticks_per_unit_of_mrr})});
  EXPECT_EQ(shown(bands.at({"band0"})[0].closing), 8800);
  EXPECT_EQ(shown(bands.at({"band1"})[0].transfer_out), 10000);
  EXPECT_EQ(shown(bands.at({"band0"})[1].opening), 8800);
  EXPECT_EQ(shown(bands.at({"band0"})[1].transfer_out), 8800);
  EXPECT_EQ(bands.at({"band1"})[1].opening, 0);
  EXPECT_EQ(shown(bands.at({"band1"})[1].transfer_in), 8800);
}

TEST(ReferenceEngine, matches_lanes_of_all_currencies_that_it_converts) {
  // 100 EUR become 110 USD at 1.10: nothing was won or lost.
  const std::vector<Phase> phases{in("EUR", phase("c", "s", 0, 10, "100")), phase("c", "t", 10, {}, "110")};
  const auto lanes = Engine(book(phases, 20), reported_in("USD", {{"EUR", "1.1"}}))
                         .movements(reference::at({5, 20}), {{SegmentKind::currency}});
  EXPECT_EQ(shown(lanes.at({"EUR"}).front().opening), 11000);
  EXPECT_EQ(shown(lanes.at({"EUR"}).front().transfer_out), 11000);
  EXPECT_EQ(shown(lanes.at({"USD"}).front().transfer_in), 11000);
  EXPECT_EQ(lanes.at({"USD"}).front().expansion, 0);
}

TEST(ReferenceEngine, revalues_what_a_gap_carries) {
  Book records = euro_book();
  records.phases.front().ends_on = january + 25;
  records.phases.push_back(in("EUR", phase("c", "s", january + 35, {}, "200")));
  Rules rules = dated();
  rules.gap_allowance = 10;
  const auto cells = Engine(records, rules).total(reference::months(january, day_number(2024, 4, 1)));
  EXPECT_EQ(shown(cells[0].closing), 11000);
  EXPECT_EQ(shown(cells[0].fx), 1000);
  EXPECT_EQ(shown(cells[1].expansion), 11000);
  EXPECT_EQ(shown(cells[1].fx), 2000);
}

TEST(ReferenceEngine, values_windows_by_their_own_days_and_days_by_themselves) {
  const Book records = euro_book();
  const Engine engine(records, dated());
  const Grid grid = reference::months(january, day_number(2024, 4, 1));
  // The ten days to 1 February open on 21 January.
  const Cell window = engine.movements_trailing(grid, 10, {}).at({""})[0];
  EXPECT_EQ(shown(window.opening), 11000);
  EXPECT_EQ(window.fx, 0);
  EXPECT_EQ(shown(engine.movements_trailing(grid, 20, {}).at({""})[0].fx), 1000);
  // A roster is of its day; everything else knows the one rate of the book.
  EXPECT_EQ(shown(engine.roster_on("c", january).ticks), 10000);
  EXPECT_EQ(shown(engine.roster_on("c", january + 14).ticks), 11000);
  EXPECT_EQ(mrr_of(engine, "c", january), 12000);
  EXPECT_EQ(shown(engine.cohorts(reference::months(january - 31, january))[0].ages[0].mrr_ticks), 12000);
}

// ---- Worked figures: invoices -----------------------------------------------------------------------------

// The first day of a month of 2024.
int month(int number) { return day_number(2024, number, 1); }

Book billed(std::vector<Invoice> invoices, int as_of = day_number(2024, 12, 1)) {
  Book result;
  result.invoices = std::move(invoices);
  result.as_of = as_of;
  return result;
}

std::int64_t mrr_billed(const std::vector<Invoice>& invoices, int day, const Rules& rules = {}) {
  return mrr_of(Engine(billed(invoices), rules), "c", day);
}

// 100 a month for each of these months.
std::vector<Invoice> monthly(int first, int last, const std::string& amount = "100") {
  std::vector<Invoice> result;
  for (int number = first; number <= last; ++number) {
    result.push_back(invoice("month " + std::to_string(number), month(number),
                             {line(amount, month(number), month(number + 1))}));
  }
  return result;
}

std::vector<Invoice> operator+(std::vector<Invoice> some, const std::vector<Invoice>& more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
}

InvoiceLine priced(InvoiceLine other, long quantity, std::string unit_price) {
  other.quantity = quantity;
  other.unit_price = std::move(unit_price);
  return other;
}

InvoiceLine every(std::string interval, long count, InvoiceLine other) {
  other.cycle = Cycle{std::move(interval), count};
  return other;
}

TEST(ReferenceEngine, reads_revenue_off_the_service_periods_of_invoices) {
  const Engine engine(billed(monthly(1, 3)));
  for (int day = month(1); day < month(4); ++day) {
    ASSERT_EQ(mrr_of(engine, "c", day), 10000);
  }
  EXPECT_EQ(engine.state_on("c", month(1) - 1), State{});
  EXPECT_EQ(engine.state_on("c", month(4)), State{});
  const auto cells = engine.total(reference::months(month(1), month(5)));
  EXPECT_EQ(shown(cells[0].new_), 10000);
  EXPECT_EQ(cells[1].expansion, 0);
  EXPECT_EQ(shown(cells[3].churn), 10000);
}

TEST(ReferenceEngine, prefers_subscriptions_to_invoices_unless_told) {
  Book records = billed(monthly(1, 3));
  records.phases = {phase("c", "s", month(1), {}, "7")};
  Rules rules;
  EXPECT_EQ(mrr_of(Engine(records, rules), "c", month(2)), 700);
  rules.source = Source::invoices;
  EXPECT_EQ(mrr_of(Engine(records, rules), "c", month(2)), 10000);
  rules.source = Source::subscriptions;
  records.phases.clear();
  EXPECT_EQ(mrr_of(Engine(records, rules), "c", month(2)), 0);
}

TEST(ReferenceEngine, spreads_a_yearly_line_over_its_year) {
  const Engine engine(billed({invoice("1", january, {line("1200", january, day_number(2025, 1, 1))})},
                             day_number(2025, 6, 1)));
  for (int day = january; day < day_number(2025, 1, 1); ++day) {
    ASSERT_EQ(mrr_of(engine, "c", day), 10000);
  }
  EXPECT_EQ(mrr_of(engine, "c", day_number(2025, 1, 1)), 0);
  const auto lanes = engine.movements(reference::years(january, day_number(2025, 1, 1)), {interval_lane});
  EXPECT_EQ(shown(lanes.at({"year"})[0].closing), 10000);
}

TEST(ReferenceEngine, tells_the_cycle_by_the_period) {
  const auto interval = [](int from, int to) {
    const Engine engine(billed({invoice("1", from, {line("1", from, to)})}, from + 1));
    return engine.movements(reference::at({from, from + 1}), {interval_lane}).begin()->first.front();
  };
  EXPECT_EQ(interval(january, month(2)), "month");
  EXPECT_EQ(interval(january, month(3)), "2 months");
  EXPECT_EQ(interval(january, month(4)), "quarter");
  EXPECT_EQ(interval(january, month(7)), "half_year");
  EXPECT_EQ(interval(january, month(10)), "9 months");
  EXPECT_EQ(interval(january, day_number(2025, 7, 1)), "18 months");
  EXPECT_EQ(interval(january, day_number(2026, 1, 1)), "2 years");
  EXPECT_EQ(interval(day_number(2024, 1, 31), day_number(2024, 2, 29)), "month");
  // What began on the 31st or 30th is a month after the end of February, too; what began on the 28th is not.
  EXPECT_EQ(interval(day_number(2024, 2, 29), day_number(2024, 3, 31)), "month");
  EXPECT_EQ(interval(day_number(2024, 2, 29), day_number(2024, 3, 30)), "month");
  EXPECT_EQ(interval(day_number(2024, 2, 29), day_number(2024, 5, 31)), "quarter");
  EXPECT_EQ(interval(day_number(2024, 4, 30), day_number(2024, 5, 31)), "month");
  EXPECT_EQ(interval(day_number(2024, 2, 28), day_number(2024, 3, 31)), "32 days");
  EXPECT_EQ(interval(day_number(2024, 4, 30), day_number(2024, 6, 1)), "32 days");
  EXPECT_EQ(interval(january, january + 7), "week");
  EXPECT_EQ(interval(january, january + 28), "4 weeks");
  EXPECT_EQ(interval(january, january + 1), "day");
  EXPECT_EQ(interval(january, january + 30), "30 days");
}

TEST(ReferenceEngine, makes_a_whole_cycle_of_several_and_of_parts) {
  const auto first_of_january = [](InvoiceLine charged, int day = january) {
    return mrr_billed({invoice("1", january, {std::move(charged)})}, day);
  };
  EXPECT_EQ(first_of_january(every("month", 1, line("30", january, month(4)))), 1000);
  EXPECT_EQ(first_of_january(every("month", 1, line("30", january, month(4))), month(4) - 1), 1000);
  // 16 of 31 days: 5 x 31 / 16 = 9.6875.
  EXPECT_EQ(first_of_january(every("month", 1, line("5", month(1) + 15, month(2))), month(1) + 15), 969);
  // A third of 10.00 has six decimals, before it is made a year of days: 3.333333 x 365 x 100 x 360.
  const Engine engine(billed({invoice("1", january, {every("day", 1, line("10", january, january + 3))})}));
  EXPECT_EQ(engine.state_on("c", january).ticks, 43'799'996);
}

TEST(ReferenceEngine, counts_a_seat_that_was_charged_in_part_in_full) {
  // Three seats at 10 for June; the fourth, charged 5 from 16 June on, is worth 10: said by its price, or by
  // its 15 of 30 days.
  const int mid = day_number(2024, 6, 16);
  const Invoice base = invoice("1", month(6), {priced(line("30", month(6), month(7)), 3, "10")});
  const InvoiceLine part = line("5", mid, month(7), "pro", LineKind::proration);
  for (const InvoiceLine& seat : {priced(part, 1, "10"), part}) {
    const std::vector<Invoice> invoices{base, invoice("2", mid, {seat})};
    EXPECT_EQ(mrr_billed(invoices, mid - 1), 3000);
    EXPECT_EQ(mrr_billed(invoices, mid), 4000);
    EXPECT_EQ(mrr_billed(invoices, month(7)), 0);
  }
}

TEST(ReferenceEngine, scales_25_for_16_of_31_days_to_48_44) {
  const int mid = day_number(2024, 3, 16);
  const std::vector<Invoice> invoices{
      invoice("1", month(3), {line("50", month(3), month(4))}),
      invoice("2", mid, {line("25.00", mid, month(4), "pro", LineKind::proration)})};
  EXPECT_EQ(mrr_billed(invoices, mid - 1), 5000);
  EXPECT_EQ(mrr_billed(invoices, mid), 9844);  // 50 and 48.4375
  const Engine engine(billed(invoices));
  EXPECT_EQ(engine.state_on("c", mid).ticks - engine.state_on("c", mid - 1).ticks,
            484375 * ticks_per_minor_unit_of_mrr / 100);
  // A plan of its own with nothing to compare: the cycle before 1 April has 31 days as well.
  std::vector<Invoice> other = invoices;
  other[1].lines[0].plan = "extra";
  EXPECT_EQ(mrr_billed(other, mid), 9844);
}

TEST(ReferenceEngine, never_doubles_an_invoice_that_was_issued_again) {
  Invoice again = invoice("again", month(2) + 3, {line("120", month(2), month(3))});
  EXPECT_EQ(mrr_billed(monthly(1, 3) + std::vector<Invoice>{again}, month(2)), 12000);
  // The later one holds, whatever order they stand in; on one day the greater id.
  again.issued_on = month(2) - 3;
  EXPECT_EQ(mrr_billed(std::vector<Invoice>{again} + monthly(1, 3), month(2)), 10000);
  again.issued_on = month(2);
  EXPECT_EQ(mrr_billed(monthly(1, 3) + std::vector<Invoice>{again}, month(2)), 10000);
  again.id = "n";
  EXPECT_EQ(mrr_billed(monthly(1, 3) + std::vector<Invoice>{again}, month(2)), 12000);
  // What was made void, or not sent, or is not known, does not replace anything.
  for (const InvoiceStatus status : {InvoiceStatus::draft, InvoiceStatus::void_}) {
    again.status = status;
    EXPECT_EQ(mrr_billed(monthly(1, 3) + std::vector<Invoice>{again}, month(2)), 10000);
  }
  again.status = InvoiceStatus::open;
  again.issued_on = day_number(2024, 12, 1);
  EXPECT_EQ(mrr_billed(monthly(1, 3) + std::vector<Invoice>{again}, month(2)), 10000);
}

TEST(ReferenceEngine, cuts_a_charge_where_the_next_one_starts) {
  // The rest of a terminated year is not there beside the new one.
  const std::vector<Invoice> invoices{
      invoice("1", january, {line("1200", january, day_number(2025, 1, 1))}),
      invoice("2", month(5), {line("1200", month(5), day_number(2025, 5, 1))})};
  for (int day = january; day < day_number(2024, 12, 1); ++day) {
    ASSERT_EQ(mrr_billed(invoices, day), 10000);
  }
  // Another plan of the same subscription is a chain of its own.
  std::vector<Invoice> plans = invoices;
  plans[1].lines[0].plan = "extra";
  EXPECT_EQ(mrr_billed(plans, month(5)), 20000);
}

TEST(ReferenceEngine, adds_up_the_lines_of_one_charge_each_at_its_own_cycle) {
  const std::vector<Invoice> invoices{
      invoice("1", january,
              {line("10", january, month(2)), line("20", january, month(2), "pro"),
               every("year", 1, line("120", january, day_number(2025, 1, 1)))})};
  EXPECT_EQ(mrr_billed(invoices, january), 4000);
  const auto lanes = Engine(billed(invoices)).movements(reference::at({january, month(2)}), {interval_lane});
  EXPECT_EQ(shown(lanes.at({"month"})[0].closing), 3000);
  EXPECT_EQ(shown(lanes.at({"year"})[0].closing), 1000);
  // Each counts on its own days; the next charge is the end of all of them.
  EXPECT_EQ(mrr_billed(invoices, month(4)), 1000);
  EXPECT_EQ(mrr_billed(invoices + monthly(2, 2), month(2)), 10000);
  EXPECT_EQ(mrr_billed(invoices + monthly(2, 2), month(3)), 0);
}

TEST(ReferenceEngine, leaves_revenue_alone_where_a_credit_note_gives_money_back) {
  const Invoice credit = invoice("credit", month(2) + 9, {line("-100", month(2), month(3))});
  EXPECT_EQ(mrr_billed(monthly(1, 3) + std::vector<Invoice>{credit}, month(2) + 10), 10000);
  const Engine engine(billed({credit}));
  EXPECT_EQ(engine.invoice_findings(), (std::vector<reference::InvoiceFinding>{{0, 0, "negative_amount"}}));
}

TEST(ReferenceEngine, follows_a_change_of_plan_that_was_told_by_two_prorations) {
  // 50 a month; on 16 June the unused half goes back and half a month of pro at 80 is charged.
  const int mid = day_number(2024, 6, 16);
  const std::vector<Invoice> invoices{invoice("1", month(6), {line("50", month(6), month(7), "basic")}),
                                      invoice("2", mid,
                                              {line("-25", mid, month(7), "basic", LineKind::proration),
                                               line("40", mid, month(7), "pro", LineKind::proration)}),
                                      invoice("3", month(7), {line("80", month(7), month(8), "pro")})};
  EXPECT_EQ(mrr_billed(invoices, mid - 1), 5000);
  EXPECT_EQ(mrr_billed(invoices, mid), 8000);  // 40 for 15 of 30 days
  EXPECT_EQ(mrr_billed(invoices, month(7) - 1), 8000);
  EXPECT_EQ(mrr_billed(invoices, month(7)), 8000);
  const auto lanes = Engine(billed(invoices)).movements(reference::months(month(6), month(8)), {plan_lane});
  EXPECT_EQ(lanes.at({"basic"})[0].closing, 0);
  EXPECT_EQ(lanes.at({"basic"})[1].opening, 0);  // it did not come back to wait for a renewal
  EXPECT_EQ(shown(lanes.at({"pro"})[0].closing), 8000);
}

TEST(ReferenceEngine, follows_a_change_of_quantity_that_was_told_by_two_prorations) {
  const int mid = day_number(2024, 6, 16);
  const Invoice base = invoice("1", month(6), {line("30", month(6), month(7))});
  const InvoiceLine unused = line("-15", mid, month(7), "pro", LineKind::proration);
  const InvoiceLine rest = line("20", mid, month(7), "pro", LineKind::proration);
  for (const std::vector<InvoiceLine>& lines :
       {std::vector<InvoiceLine>{unused, rest}, std::vector<InvoiceLine>{rest, unused},
        std::vector<InvoiceLine>{priced(unused, 3, "10"), priced(rest, 4, "10")}}) {
    const std::vector<Invoice> invoices{base, invoice("2", mid, lines)};
    EXPECT_EQ(mrr_billed(invoices, mid - 1), 3000);
    EXPECT_EQ(mrr_billed(invoices, mid), 4000);
    EXPECT_EQ(mrr_billed(invoices, month(7) - 1), 4000);
  }
  // A second change takes back what the first one added, too; a third may only take away.
  const int later = mid + 5;
  std::vector<Invoice> twice{base, invoice("2", mid, {unused, rest}),
                             invoice("3", later,
                                     {line("-13.33", later, month(7), "pro", LineKind::proration),
                                      line("16.67", later, month(7), "pro", LineKind::proration)})};
  EXPECT_EQ(mrr_billed(twice, later), 5001);  // 16.67 x 30 / 10 = 50.01
  twice.push_back(invoice("4", later + 3, {line("-7", later + 3, month(7), "pro", LineKind::proration)}));
  EXPECT_EQ(mrr_billed(twice, later + 2), 5001);
  EXPECT_EQ(mrr_billed(twice, later + 3), 0);
}

TEST(ReferenceEngine, takes_back_one_price_where_it_is_told_and_never_more_than_there_is) {
  const int mid = day_number(2024, 6, 16);
  const auto left = [&](long quantity) {
    return mrr_billed(
        {invoice("1", month(6), {line("30", month(6), month(7))}),
         invoice("2", mid, {priced(line("-5", mid, month(7), "pro", LineKind::proration), quantity, "10")})},
        mid);
  };
  EXPECT_EQ(left(1), 2000);
  EXPECT_EQ(left(3), 0);
  EXPECT_EQ(left(9), 0);
}

TEST(ReferenceEngine, bridges_a_renewal_that_comes_within_a_cycle) {
  const auto absent = [](int next_start, const Rules& rules, bool any_next = true) {
    std::vector<Invoice> invoices = monthly(1, 1);
    if (any_next) {
      invoices.push_back(invoice("next", next_start, {line("120", next_start, next_start + 31)}));
    }
    const Engine engine(billed(invoices), rules);
    std::vector<int> days;
    for (int day = month(2); day < next_start; ++day) {
      if (!engine.state_on("c", day).present) {
        days.push_back(day - month(2));
      } else {
        EXPECT_EQ(mrr_of(engine, "c", day), 10000);  // its own price goes on
      }
    }
    return days;
  };
  // 1 February and a month is 1 March, 29 days later.
  EXPECT_EQ(absent(month(2) + 9, Rules{}), std::vector<int>{});
  EXPECT_EQ(absent(month(3) - 1, Rules{}), std::vector<int>{});
  EXPECT_EQ(absent(month(3), Rules{}).size(), 29U);
  EXPECT_EQ(absent(month(3) - 1, dropped_when_exhausted()), std::vector<int>{});
  EXPECT_EQ(absent(month(3), dropped_when_exhausted()).size(), 29U);
  // Days of grace are days of grace, whatever comes.
  EXPECT_EQ(absent(month(2) + 5, dropped_after(5)), std::vector<int>{});
  EXPECT_EQ(absent(month(2) + 7, dropped_after(5)), (std::vector<int>{5, 6}));
  EXPECT_EQ(absent(month(3), dropped_after(27)), (std::vector<int>{27, 28}));
  EXPECT_EQ(absent(month(3), dropped_after(27), false), (std::vector<int>{27, 28}));
  EXPECT_EQ(absent(month(3), Rules{}, false).size(), 29U);
}

TEST(ReferenceEngine, waits_for_the_renewal_of_a_subscription_and_not_of_a_plan) {
  // Both plans are renewed on 10 February, as one other.
  std::vector<Invoice> invoices{
      invoice("1", month(1), {line("10", month(1), month(2), "a"), line("20", month(1), month(2), "b")}),
      invoice("2", month(2) + 9, {line("50", month(2) + 9, month(3) + 9, "c")})};
  EXPECT_EQ(mrr_billed(invoices, month(2) + 8), 3000);
  EXPECT_EQ(mrr_billed(invoices, month(2) + 9), 5000);
  // Where one of them goes on, the other was given up.
  invoices[0].lines[1].period_end = month(3);
  EXPECT_EQ(mrr_billed(invoices, month(2)), 1000);  // 20 for two months
  // A proration does not go on, and usage does not wait.
  invoices[0].lines = {line("10", month(1), month(2), "a"),
                       line("5", month(1) + 15, month(2), "a", LineKind::proration),
                       line("7", month(1), month(2), "a", LineKind::usage)};
  Rules rules;
  rules.usage = Usage::counted;
  EXPECT_EQ(mrr_billed(invoices, month(2) - 1, rules), 1000 + 969 + 700);  // 5 x 31 / 16
  EXPECT_EQ(mrr_billed(invoices, month(2), rules), 1000);
}

TEST(ReferenceEngine, lets_only_the_last_lines_of_a_charge_wait_for_its_renewal) {
  // 10 until 16 January for half a month, 20 until February: 20 waits.
  const std::vector<Invoice> invoices{
      invoice("1", january,
              {every("month", 1, priced(line("5", january, january + 15), 1, "10")),
               line("20", january, month(2))}),
      invoice("2", month(2) + 9, {line("20", month(2) + 9, month(3) + 9)})};
  EXPECT_EQ(mrr_billed(invoices, january + 14), 3000);
  EXPECT_EQ(mrr_billed(invoices, january + 15), 2000);
  EXPECT_EQ(mrr_billed(invoices, month(2)), 2000);
  // How long is for the first line to say: three weeks are not yet over on 21 February, but are on 22 February.
  const auto waits = [](int next) {
    return mrr_billed({invoice("1", january,
                               {every("week", 3, line("1", january, january + 21)),
                                every("month", 1, line("20", january, month(2)))}),
                       invoice("2", next, {line("20", next, next + 30)})},
                      month(2));
  };
  EXPECT_EQ(waits(month(2) + 20), 2000);
  EXPECT_EQ(waits(month(2) + 21), 0);
}

TEST(ReferenceEngine, lets_nothing_wait_that_was_taken_back_or_free) {
  Rules free;
  free.free = Free::customer;
  Rules grace = dropped_after(5);
  grace.free = Free::customer;
  const auto present = [](const std::vector<Invoice>& invoices, const Rules& rules) {
    return Engine(billed(invoices), rules).state_on("c", month(2)).present;
  };
  const std::vector<Invoice> next = {invoice("n", month(2) + 9, {line("20", month(2) + 9, month(3) + 9)})};
  EXPECT_TRUE(present(monthly(1, 1) + next, free));
  EXPECT_FALSE(present(monthly(1, 1, "0") + next, free));
  EXPECT_TRUE(present(monthly(1, 1), grace));
  EXPECT_FALSE(present(monthly(1, 1, "0"), grace));
  const InvoiceLine credit = line("-40", january + 20, month(2), "pro", LineKind::proration);
  for (const InvoiceLine& taken : {credit, priced(credit, 1, "100")}) {
    const std::vector<Invoice> back{invoice("b", january + 20, {taken})};
    EXPECT_FALSE(present(monthly(1, 1) + back + next, free));
    EXPECT_FALSE(present(monthly(1, 1) + back, grace));
  }
}

TEST(ReferenceEngine, tells_what_is_free_from_what_was_taken_back) {
  Rules free;
  free.free = Free::customer;
  const auto present = [&](const std::vector<InvoiceLine>& lines) {
    return Engine(billed({invoice("1", january, lines)}), free).state_on("c", january).present;
  };
  const InvoiceLine nothing = line("0", january, month(2));
  const InvoiceLine ten = line("10", january, month(2));
  InvoiceLine credit = every("month", 1, priced(line("-5", january, month(2)), 1, "10"));
  credit.kind = LineKind::proration;
  EXPECT_TRUE(present({nothing}));
  EXPECT_TRUE(present({ten}));
  EXPECT_FALSE(present({credit}));
  EXPECT_FALSE(present({ten, credit}));
  EXPECT_FALSE(present({nothing, credit}));
  EXPECT_TRUE(present({ten, priced(ten, 1, "5"), credit}));
}

TEST(ReferenceEngine, drops_what_was_billed_and_not_paid) {
  std::vector<Invoice> invoices = monthly(1, 4);
  invoices[1].status = InvoiceStatus::uncollectible;
  for (Invoice& paid : invoices) {
    paid.due_on = paid.issued_on + 14;
  }
  const auto absent_days = [&](const Rules& rules) {
    const Engine engine(billed(invoices), rules);
    std::pair<int, int> days{0, 0};
    for (int day = month(1); day < month(5); ++day) {
      if (!engine.state_on("c", day).present) {
        days.first = days.second == 0 ? day : days.first;
        days.second = day;
      }
    }
    return days;
  };
  EXPECT_EQ(absent_days(Rules{}), (std::pair<int, int>{0, 0}));
  // Due on 15 February; the invoice of March was paid on 15 March.
  EXPECT_EQ(absent_days(dropped_when_exhausted()), (std::pair<int, int>{month(2) + 14, month(3) + 13}));
  EXPECT_EQ(absent_days(dropped_after(10)), (std::pair<int, int>{month(2) + 24, month(3) + 13}));
}

TEST(ReferenceEngine, counts_usage_where_the_convention_does) {
  std::vector<Invoice> invoices = monthly(1, 1);
  invoices[0].lines.push_back(line("7", month(1), month(2), "pro", LineKind::usage));
  invoices[0].lines.push_back(line("99", month(1), month(2), "pro", LineKind::one_time));
  Rules rules;
  EXPECT_EQ(mrr_billed(invoices, month(1), rules), 10000);
  rules.usage = Usage::counted;
  EXPECT_EQ(mrr_billed(invoices, month(1), rules), 10700);
  // Usage that is billed afterwards cuts no charge.
  invoices.push_back(invoice("2", month(2), {line("8", month(1) + 10, month(2), "pro", LineKind::usage)}));
  EXPECT_EQ(mrr_billed(invoices, month(1), rules), 10700);
  EXPECT_EQ(mrr_billed(invoices, month(1) + 10, rules),
            10000 + 1156);  // 8.00 for three weeks: 8 x 52 / 3 / 12 = 11.5556
}

TEST(ReferenceEngine, takes_the_difference_to_the_list_price_for_a_discount) {
  const InvoiceLine less = priced(line("24", month(1), month(2)), 3, "10");
  Rules none;
  none.discounts = Discounts::none;
  EXPECT_EQ(mrr_billed({invoice("1", month(1), {less})}, month(1)), 2400);
  EXPECT_EQ(mrr_billed({invoice("1", month(1), {less})}, month(1), none), 3000);
  Rules forever;
  forever.discounts = Discounts::forever;
  EXPECT_EQ(mrr_billed({invoice("1", month(1), {less})}, month(1), forever), 2400);
  // More than the list price is not believed, and less for less than a cycle is no discount.
  EXPECT_EQ(mrr_billed({invoice("1", month(1), {priced(line("34", month(1), month(2)), 3, "10")})}, month(1)),
            3000);
  EXPECT_EQ(mrr_billed({invoice("1", month(1),
                                {every("month", 1, priced(line("15", month(1) + 15, month(2)), 3, "10"))})},
                       month(1) + 15),
            3000);
}

TEST(ReferenceEngine, finds_the_cycle_of_a_proration_in_the_charges_of_its_plan) {
  const int mid = day_number(2024, 6, 16);
  const auto left = [&](std::vector<Invoice> charges) {
    charges.push_back(invoice("p", mid, {line("5", mid, month(7), "pro", LineKind::proration)}));
    const Engine engine(billed(charges));
    const auto lanes = engine.movements(reference::at({mid, mid + 1}), {plan_lane, interval_lane});
    std::string told;
    for (const auto& [labels, cells] : lanes) {
      told += labels[0] + "/" + labels[1] + " " + std::to_string(shown(cells[0].closing)) + " ";
    }
    return told;
  };
  const Invoice year = invoice("1", january, {line("1200", january, day_number(2025, 1, 1), "pro")});
  const Invoice part = invoice("2", month(6), {line("10", month(6), month(7), "basic")});
  // 5 for 15 days, of a year of 366: 122.00; of a month of 30 days: 10.00.
  EXPECT_EQ(left({year, part}), "basic/month 1000 pro/year 11017 ");
  EXPECT_EQ(left({part}), "basic/month 1000 pro/month 1000 ");
  const Engine nothing(billed({invoice("p", mid, {line("5", mid, month(7), "pro", LineKind::proration)})}));
  EXPECT_EQ(nothing.invoice_findings(), (std::vector<reference::InvoiceFinding>{{0, 0, "no_interval"}}));
  // A charge that begins later is not what it is a part of.
  const Invoice later = invoice("3", mid, {line("10", mid + 1, mid + 8, "pro")});
  EXPECT_EQ(left({part, later}), "basic/month 1000 pro/month 1000 ");
}

TEST(ReferenceEngine, names_the_lines_that_it_cannot_use) {
  InvoiceLine half = line("1", january, {});
  InvoiceLine reversed = line("1", january, january);
  InvoiceLine negative = priced(line("1", january, month(2)), -1, "1");
  const InvoiceLine good = line("5", january, month(2));
  const Engine engine(billed({invoice("1", january, {half, reversed, negative, good, good})}));
  EXPECT_EQ(engine.invoice_findings(), (std::vector<reference::InvoiceFinding>{{0, 0, "no_service_period"},
                                                                               {0, 1, "ends_before_start"},
                                                                               {0, 2, "negative_quantity"},
                                                                               {0, 4, "duplicate_row"}}));
  EXPECT_EQ(mrr_of(engine, "c", january), 500);
}

TEST(ReferenceEngine, joins_lines_by_subscription_or_customer) {
  Invoice first = invoice("1", january, {line("10", january, month(3))});
  Invoice second = invoice("2", month(2), {line("20", month(2), month(3))});
  EXPECT_EQ(mrr_billed({first, second}, month(2)), 2000);
  second.subscription = "t";
  EXPECT_EQ(mrr_billed({first, second}, month(2)), 2500);  // 10 for two months
  second.lines[0].subscription = "s";
  EXPECT_EQ(mrr_billed({first, second}, month(2)), 2000);
  // Without any name the customer's stands for it.
  first.subscription.reset();
  second.subscription = "c";
  second.lines[0].subscription.reset();
  EXPECT_EQ(mrr_billed({first, second}, month(2)), 2000);
}

TEST(ReferenceEngine, converts_what_was_billed_in_other_currencies) {
  Invoice yen = invoice("1", january, {line("1000", january, month(2))});
  yen.currency = "JPY";
  const std::vector<Invoice> invoices{yen, invoice("2", january, {line("10", january, month(2))})};
  // Another currency is another chain: both count.
  EXPECT_EQ(mrr_billed(invoices, january, reported_in("USD", {{"JPY", "0.0065"}})), 1650);
  const Engine engine(billed(invoices), reported_in("USD"));
  EXPECT_EQ(engine.invoice_findings(),
            (std::vector<reference::InvoiceFinding>{{0, 0, "currency_not_reported"}}));
  EXPECT_EQ(mrr_of(engine, "c", january), 1000);
}

TEST(ReferenceEngine, knows_no_seats_and_renewals_of_invoices) {
  const Engine engine(billed(monthly(1, 3)));
  EXPECT_THROW((void)engine.subscriptions(reference::months(month(1), month(3)), {}), std::invalid_argument);
}

// ---- Identities that hold in every book -------------------------------------------------------------------

class RandomBooks {
 public:
  explicit RandomBooks(unsigned seed) : engine_(seed) {}

  int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }
  bool chance(int percent) { return number(1, 100) <= percent; }

  Book make_book() {
    Book result;
    result.as_of = number(200, 420);
    if (chance(40)) {
      result.records_from = number(-20, 300);
    }
    for (int i = 0; i < 10; ++i) {
      Customer next = customer("c" + std::to_string(i), {{"region", chance(50) ? "north" : ""}});
      next.excluded = chance(5);
      if (chance(10)) {
        next.merged_into = "c" + std::to_string(number(0, 11));
      }
      result.customers.push_back(next);
      for (int j = number(0, 5); j > 0; --j) {
        result.phases.push_back(make_phase(next.id));
      }
    }
    return result;
  }

  Rules make_rules() {
    Rules rules;
    rules.pause = static_cast<Pause>(number(0, 2));
    rules.free = static_cast<Free>(number(0, 1));
    rules.gap_allowance = chance(50) ? 0 : number(1, 30);
    if (chance(30)) {
      rules.reactivation_window = number(0, 60);
    }
    rules.netting = static_cast<Netting>(number(0, 1));
    if (rules.netting == Netting::by_period) {
      rules.history = static_cast<History>(number(0, 1));
    }
    return rules;
  }

  // One to three, of any kind; never by currency, of which these books have one.
  std::vector<Segment> make_segments() {
    std::vector<Segment> result;
    for (int i = number(1, 3); i > 0; --i) {
      switch (number(0, 6)) {
        case 0: result.push_back(attribute("region")); break;
        case 1: result.push_back({SegmentKind::cohort_month}); break;
        case 2: result.push_back(primary_plan); break;
        case 3: result.push_back(tenure({20, 50, 100})); break;
        case 4:
          result.push_back(mrr_band({1, 10 * ticks_per_unit_of_mrr, 30 * ticks_per_unit_of_mrr}));
          break;
        case 5: result.push_back(interval_lane); break;
        default: result.push_back(plan_lane); break;
      }
    }
    return result;
  }

  Grid make_grid() {
    const int from = number(-30, 200);
    const int to = from + number(1, 300);
    switch (number(0, 5)) {
      case 0: return reference::days(from, to, 1);
      case 1: return reference::weeks(from, to, 1);
      case 2: return reference::months(from, to, 1);
      case 3: return reference::quarters(from, to, 1);
      case 4: return reference::at({from, to, to + 5});
      default: return reference::every(number(1, 50), from, to, 1);
    }
  }

 private:
  Phase make_phase(const std::string& id) {
    Phase result = phase(id, chance(60) ? "s" : "t", number(0, 380), {}, std::to_string(number(0, 9) * 5));
    if (chance(75)) {
      result.ends_on = result.starts_on + number(0, 120);
    }
    result.quantity = number(0, 3);
    result.plan = std::string(1, static_cast<char>('p' + number(0, 2)));
    result.interval = chance(70) ? "month" : "quarter";
    result.interval_count = chance(80) ? 1 : 7;
    if (chance(20)) {
      result.discount_percent = "33.3";
      result.discount_ends_on = result.starts_on + number(-5, 60);
    }
    if (chance(20)) {
      result.trial_ends_on = result.starts_on + number(-5, 40);
    }
    if (chance(20)) {
      result.paused_from = result.starts_on + number(-5, 60);
      if (chance(70)) {
        result.paused_until = *result.paused_from + number(0, 40);
      }
    }
    return result;
  }

  std::mt19937 engine_;
};

void expect_identities(const Cell& cell, const Rules& rules) {
  EXPECT_EQ(cell.opening + cell.new_ + cell.reactivation + cell.expansion,
            cell.contraction + cell.churn + cell.closing)
      << cell;
  EXPECT_EQ(cell.opening_customers + cell.new_customers + cell.reactivated_customers,
            cell.churned_customers + cell.closing_customers)
      << cell;
  EXPECT_LE(cell.kept, cell.opening);
  EXPECT_LE(cell.kept, cell.retained);
  EXPECT_LE(cell.lost_customers, cell.opening_customers);
  for (const std::int64_t amount :
       {cell.new_, cell.reactivation, cell.expansion, cell.contraction, cell.churn}) {
    EXPECT_GE(amount, 0) << cell;
  }
  if (rules.netting == Netting::by_day) {
    EXPECT_EQ(cell.churned_customers, cell.departures);
  } else {
    EXPECT_EQ(cell.churned_customers, cell.lost_customers);
    EXPECT_EQ(cell.opening - cell.kept, cell.contraction + cell.churn);
    EXPECT_EQ(cell.retained - cell.kept, cell.expansion);
  }
}

TEST(ReferenceEngine, balances_every_customer_label_and_period_of_random_books) {
  RandomBooks random(20240229);
  for (int round = 0; round < 400; ++round) {
    const Book records = random.make_book();
    const Rules rules = random.make_rules();
    const Grid grid = random.make_grid();
    const Engine engine(records, rules);
    const auto by_customer = engine.movements_by_customer(grid);
    const auto by_region = engine.movements(grid, {"region"});
    const auto total = engine.total(grid);
    const auto status = engine.status(grid);
    for (std::size_t i = 0; i < grid.periods(); ++i) {
      Cell over_customers;
      for (const auto& [id, cells] : by_customer) {
        expect_identities(cells[i], rules);
        over_customers += cells[i];
      }
      Cell over_regions;
      for (const auto& [labels, cells] : by_region) {
        over_regions += cells[i];
      }
      EXPECT_EQ(over_customers, total[i]);
      EXPECT_EQ(over_regions, total[i]);
      EXPECT_TRUE(status[i].observable || total[i] == Cell{});
      EXPECT_TRUE(status[i].observable || !status[i].complete);
      if (i > 0 && status[i - 1].observable && status[i].observable) {
        EXPECT_EQ(total[i - 1].closing, total[i].opening);
        EXPECT_EQ(total[i - 1].closing_customers, total[i].opening_customers);
      }
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << "in round " << round;
  }
}

TEST(ReferenceEngine, adds_up_the_days_of_a_period_when_netting_by_day) {
  RandomBooks random(31);
  for (int round = 0; round < 100; ++round) {
    Book records = random.make_book();
    records.records_from.reset();
    Rules rules = random.make_rules();
    rules.netting = Netting::by_day;
    rules.history = History::any_day;
    const Cell period = Engine(records, rules).total(reference::at({50, 150})).front();
    Rules compare_ends = rules;
    compare_ends.netting = Netting::by_period;
    Cell sum;
    for (const Cell& day : Engine(records, compare_ends).total(reference::days(50, 150, 1))) {
      sum += day;
    }
    EXPECT_EQ(period.new_, sum.new_);
    EXPECT_EQ(period.reactivation, sum.reactivation);
    EXPECT_EQ(period.expansion, sum.expansion);
    EXPECT_EQ(period.contraction, sum.contraction);
    EXPECT_EQ(period.churn, sum.churn);
    EXPECT_EQ(period.new_customers, sum.new_customers);
    EXPECT_EQ(period.reactivated_customers, sum.reactivated_customers);
    EXPECT_EQ(period.departures, sum.departures);
    EXPECT_EQ(period.customer_days, sum.customer_days);
    ASSERT_FALSE(testing::Test::HasFailure()) << "in round " << round;
  }
}

TEST(ReferenceEngine, puts_every_first_day_into_one_cohort) {
  RandomBooks random(77);
  for (int round = 0; round < 100; ++round) {
    Book records = random.make_book();
    records.records_from.reset();
    const Rules rules = random.make_rules();
    const Engine engine(records, rules);
    std::int64_t ever_present = 0;
    for (const std::string& id : engine.customers()) {
      bool present = false;
      for (int day = -10; day < records.as_of; ++day) {
        present = present || engine.state_on(id, day).present;
      }
      ever_present += present ? 1 : 0;
    }
    std::int64_t in_cohorts = 0;
    for (const Cohort& cohort : engine.cohorts(reference::months(-30, 430, 1))) {
      in_cohorts += cohort.size;
      for (std::size_t k = 0; k < cohort.ages.size(); ++k) {
        EXPECT_LE(cohort.ages[k].unbroken, cohort.ages[k].paying_at_close);
        EXPECT_LE(cohort.ages[k].paying_at_close, cohort.size);
        if (k > 0 && cohort.ages[k].observed) {
          EXPECT_LE(cohort.ages[k].unbroken, cohort.ages[k - 1].unbroken);
        }
      }
    }
    EXPECT_EQ(in_cohorts, ever_present);
  }
}

void expect_segment_identities(const Cell& cell) {
  EXPECT_EQ(cell.opening + cell.new_ + cell.reactivation + cell.expansion + cell.transfer_in,
            cell.contraction + cell.churn + cell.transfer_out + cell.closing)
      << cell;
  EXPECT_EQ(cell.opening_customers + cell.new_customers + cell.reactivated_customers +
                cell.transferred_in_customers,
            cell.churned_customers + cell.transferred_out_customers + cell.closing_customers)
      << cell;
  for (const std::int64_t amount : {cell.new_, cell.reactivation, cell.expansion, cell.contraction,
                                    cell.churn, cell.transfer_in, cell.transfer_out, cell.kept}) {
    EXPECT_GE(amount, 0) << cell;
  }
  EXPECT_LE(cell.kept, cell.opening) << cell;
  EXPECT_LE(cell.kept, cell.retained) << cell;
  EXPECT_LE(cell.lost_customers, cell.opening_customers) << cell;
  EXPECT_LE(cell.lost_customers, cell.departures_of_opening) << cell;
  EXPECT_LE(cell.joined_and_left_customers, cell.joined_customers) << cell;
  EXPECT_LE(cell.joined_and_left_customers, cell.departures_of_joined) << cell;
}

// The sums over labels that no way to cut a book changes: amounts that no transfer touches.
void expect_same_amounts(const Cell& parts, const Cell& whole) {
  EXPECT_EQ(parts.opening, whole.opening);
  EXPECT_EQ(parts.new_, whole.new_);
  EXPECT_EQ(parts.reactivation, whole.reactivation);
  EXPECT_EQ(parts.expansion, whole.expansion);
  EXPECT_EQ(parts.contraction, whole.contraction);
  EXPECT_EQ(parts.churn, whole.churn);
  EXPECT_EQ(parts.closing, whole.closing);
  EXPECT_EQ(parts.kept, whole.kept);
  EXPECT_EQ(parts.transfer_in, parts.transfer_out);
}

Cell sum_over_labels(const Table& table, std::size_t period) {
  Cell sum;
  for (const auto& [labels, cells] : table) {
    sum += cells[period];
  }
  return sum;
}

TEST(ReferenceEngine, balances_every_segment_of_random_books) {
  RandomBooks random(424242);
  for (int round = 0; round < 250; ++round) {
    const Engine engine(random.make_book(), random.make_rules());
    const Grid grid = random.make_grid();
    const std::vector<Segment> by = random.make_segments();
    const Table table = engine.movements(grid, by);
    const auto total = engine.total(grid);
    EXPECT_EQ(engine.movements(grid, std::vector<Segment>{}).at({""}), total);
    const bool lanes = std::any_of(by.begin(), by.end(), [](const Segment& segment) {
      return segment.kind == SegmentKind::plan || segment.kind == SegmentKind::interval;
    });
    for (std::size_t i = 0; i < grid.periods(); ++i) {
      for (const auto& [labels, cells] : table) {
        EXPECT_EQ(labels.size(), by.size());
        expect_segment_identities(cells[i]);
      }
      const Cell sum = sum_over_labels(table, i);
      expect_same_amounts(sum, total[i]);
      if (!lanes) {  // a customer has one label at a time
        EXPECT_EQ(sum.retained, total[i].retained);
        EXPECT_EQ(sum.opening_customers, total[i].opening_customers);
        EXPECT_EQ(sum.customer_days, total[i].customer_days);
        EXPECT_EQ(sum.departures, total[i].departures);
        EXPECT_EQ(sum.joined_customers, total[i].joined_customers);
        EXPECT_EQ(sum.departures_of_opening, total[i].departures_of_opening);
        EXPECT_EQ(sum.departures_of_joined, total[i].departures_of_joined);
        EXPECT_EQ(sum.expanded_customers, total[i].expanded_customers);
        EXPECT_EQ(sum.contracted_customers, total[i].contracted_customers);
      }
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << "in round " << round;
  }
}

TEST(ReferenceEngine, answers_an_attribute_as_a_segment_like_the_attribute) {
  RandomBooks random(5);
  for (int round = 0; round < 100; ++round) {
    const Engine engine(random.make_book(), random.make_rules());
    const Grid grid = random.make_grid();
    Table by_attribute = engine.movements(grid, {"region"});
    std::erase_if(by_attribute,
                  [&](const auto& row) { return row.second == std::vector<Cell>(grid.periods()); });
    EXPECT_EQ(engine.movements(grid, {attribute("region")}), by_attribute);
  }
}

TEST(ReferenceEngine, keeps_by_a_condition_the_rows_that_the_same_segment_would_show) {
  RandomBooks random(99);
  for (int round = 0; round < 150; ++round) {
    const Engine engine(random.make_book(), random.make_rules());
    const Grid grid = random.make_grid();
    const std::vector<Segment> by = random.make_segments();
    const Segment condition = random.make_segments().front();
    std::vector<Segment> both = by;
    both.push_back(condition);
    std::map<std::string, Table> expected;
    for (const auto& [labels, cells] : engine.movements(grid, both)) {
      expected[labels.back()][Engine::Labels(labels.begin(), labels.end() - 1)] = cells;
    }
    for (const auto& [label, rows] : expected) {
      EXPECT_EQ(engine.movements(grid, by, {{condition, label}}), rows);
    }
    // What one condition keeps and its opposite keeps is everything, amount for amount.
    const std::string label = expected.empty() ? "" : expected.begin()->first;
    const Table kept = engine.movements(grid, {}, {{condition, label}});
    const Table dropped = engine.movements(grid, {}, {{condition, label, false}});
    const auto total = engine.total(grid);
    for (std::size_t i = 0; i < grid.periods(); ++i) {
      expect_segment_identities(kept.at({""})[i]);
      Cell sum = kept.at({""})[i];
      sum += dropped.at({""})[i];
      expect_same_amounts(sum, total[i]);
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << "in round " << round;
  }
}

TEST(ReferenceEngine, balances_every_currency_of_books_in_two_currencies) {
  RandomBooks random(1789);
  for (int round = 0; round < 150; ++round) {
    Book records = random.make_book();
    for (Phase& next : records.phases) {
      next.currency = random.chance(40) ? "EUR" : "USD";
    }
    const Engine engine(records, random.make_rules());
    const Grid grid = random.make_grid();
    std::vector<Segment> by = random.make_segments();
    by.push_back(currency_lane);
    const Table table = engine.movements(grid, by);
    const Table currencies = engine.movements(grid, {currency_lane});
    for (std::size_t i = 0; i < grid.periods(); ++i) {
      std::map<std::string, Cell> sums;
      for (const auto& [labels, cells] : table) {
        expect_segment_identities(cells[i]);
        sums[labels.back()] += cells[i];
      }
      for (const auto& [labels, cells] : currencies) {
        EXPECT_EQ(cells[i].transfer_in, 0);  // currencies never match
        EXPECT_EQ(cells[i].transfer_out, 0);
        expect_same_amounts(sums[labels.front()], cells[i]);
      }
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << "in round " << round;
  }
}

TEST(ReferenceEngine, puts_every_member_of_a_cohort_under_one_label) {
  RandomBooks random(2);
  for (int round = 0; round < 60; ++round) {
    const Engine engine(random.make_book(), random.make_rules());
    const Grid grid = random.make_grid();
    for (const CohortBy by : {CohortBy::first_paid, CohortBy::signed_up}) {
      const std::vector<Cohort> whole = engine.cohorts(grid, by);
      const auto parts = engine.cohorts(grid, by, random.make_segments());
      for (std::size_t c = 0; c < whole.size(); ++c) {
        Cohort sum;
        sum.ages.resize(whole[c].ages.size());
        for (const auto& [labels, cohorts] : parts) {
          sum.size += cohorts[c].size;
          for (std::size_t k = 0; k < sum.ages.size(); ++k) {
            sum.ages[k].paying_at_close += cohorts[c].ages[k].paying_at_close;
            sum.ages[k].unbroken += cohorts[c].ages[k].unbroken;
            sum.ages[k].mrr_ticks += cohorts[c].ages[k].mrr_ticks;
          }
        }
        for (std::size_t k = 0; k < sum.ages.size(); ++k) {
          sum.ages[k].observed = whole[c].ages[k].observed;
        }
        EXPECT_EQ(sum, whole[c]);
      }
    }
  }
}

TEST(ReferenceEngine, keeps_subscriptions_within_their_base_and_adds_them_up_over_labels) {
  RandomBooks random(640);
  for (int round = 0; round < 150; ++round) {
    const Engine engine(random.make_book(), random.make_rules());
    const Grid grid = random.make_grid();
    const std::vector<Segment> by = random.make_segments();
    const SubscriptionTable table = engine.subscriptions(grid, by);
    const auto all = engine.subscriptions(grid, {}).at({""});
    const auto status = engine.status(grid);
    for (std::size_t i = 0; i < grid.periods(); ++i) {
      SubscriptionCell sum;
      for (const auto& [labels, cells] : table) {
        const SubscriptionCell& cell = cells[i];
        EXPECT_LE(cell.lost_subscriptions, cell.opening_subscriptions) << cell;
        EXPECT_GE(cell.lost_seats, 0) << cell;
        EXPECT_LE(cell.lost_seats, cell.opening_seats) << cell;
        EXPECT_LE(cell.renewed, cell.due) << cell;
        EXPECT_LE(cell.trials_converted, cell.trials_ended) << cell;
        sum += cell;
      }
      EXPECT_EQ(sum, all[i]);
      EXPECT_TRUE(status[i].observable || all[i] == SubscriptionCell{});
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << "in round " << round;
  }
}

TEST(ReferenceEngine, counts_renewals_and_trials_of_a_period_as_those_of_its_days) {
  RandomBooks random(12);
  for (int round = 0; round < 60; ++round) {
    const Engine engine(random.make_book(), random.make_rules());
    const SubscriptionCell period = engine.subscriptions(reference::at({50, 150}), {}).at({""}).front();
    SubscriptionCell sum;
    const SubscriptionTable days = engine.subscriptions(reference::days(50, 150, 1), {});
    for (const SubscriptionCell& day : days.at({""})) {
      sum += day;
    }
    EXPECT_EQ(period.due, sum.due);
    EXPECT_EQ(period.renewed, sum.renewed);
    EXPECT_EQ(period.trials_ended, sum.trials_ended);
    EXPECT_EQ(period.trials_converted, sum.trials_converted);
  }
}

// ---- A published book -------------------------------------------------------------------------------------

#ifdef CHURN_ORACLES_DIR

using Row = std::map<std::string, std::string>;

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char symbol : line) {
    if (symbol == ',') {
      fields.emplace_back();
    } else if (symbol != '\r') {
      fields.back().push_back(symbol);
    }
  }
  return fields;
}

// The files have no quoted fields.
std::vector<Row> read_rows(const std::string& file) {
  std::ifstream input(std::string(CHURN_ORACLES_DIR) + "/book_mrr_playbook/" + file);
  if (!input) {
    throw std::runtime_error("cannot open " + file);
  }
  std::string line;
  std::getline(input, line);
  const std::vector<std::string> names = split(line);
  std::vector<Row> rows;
  while (std::getline(input, line)) {
    const std::vector<std::string> fields = split(line);
    Row row;
    for (std::size_t i = 0; i < names.size(); ++i) {
      row[names[i]] = fields.at(i);
    }
    rows.push_back(row);
  }
  return rows;
}

int read_day(const std::string& text) {
  return day_number(std::stoi(text.substr(0, 4)), std::stoi(text.substr(5, 2)), std::stoi(text.substr(8, 2)));
}

std::int64_t number(const Row& row, const std::string& column) { return std::stoll(row.at(column)); }

// "75.00" is 7500 minor units.
std::int64_t cents(const Row& row, const std::string& column) {
  std::string text = row.at(column);
  const std::size_t point = text.find('.');
  if (point == std::string::npos || text.size() - point != 3) {
    throw std::runtime_error("not an amount with two decimals: " + text);
  }
  text.erase(point, 1);
  return std::stoll(text);
}

Book published_book() {
  Book result;
  result.as_of = day_number(2020, 4, 1);
  for (const Row& row : read_rows("subscriptions.csv")) {
    Phase next = phase(row.at("customer_id"), row.at("subscription_id"), read_day(row.at("starts_on")), {},
                       row.at("amount"), row.at("interval"));
    if (!row.at("ends_on").empty()) {
      next.ends_on = read_day(row.at("ends_on"));
    }
    next.plan = row.at("plan");
    next.currency = row.at("currency");
    result.phases.push_back(next);
  }
  return result;
}

Grid published_months() { return reference::months(day_number(2017, 9, 1), day_number(2020, 4, 1)); }

TEST(ReferenceEngine, reproduces_the_movements_of_the_published_book) {
  // All its changes fall on first days of months, so that both ways to judge history must agree.
  for (const History history : {History::any_day, History::period_ends}) {
    Rules rules;
    rules.history = history;
    const Engine engine(published_book(), rules);
    EXPECT_EQ(engine.rejected().size(), read_rows("expected_rejections.csv").size());
    EXPECT_EQ(engine.customers().size(), 55U);
    const auto cells = engine.total(published_months());

    const std::vector<Row> ticks = read_rows("expected_movements_ticks.csv");
    ASSERT_EQ(cells.size(), ticks.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Cell& cell = cells[i];
      const Row& row = ticks[i];
      EXPECT_EQ(published_months().cuts[i], read_day(row.at("period")));
      EXPECT_EQ(cell.opening, number(row, "opening")) << cell;
      EXPECT_EQ(cell.new_, number(row, "new")) << cell;
      EXPECT_EQ(cell.reactivation, number(row, "reactivation")) << cell;
      EXPECT_EQ(cell.expansion, number(row, "expansion")) << cell;
      EXPECT_EQ(cell.contraction, number(row, "contraction")) << cell;
      EXPECT_EQ(cell.churn, number(row, "churn")) << cell;
      EXPECT_EQ(cell.closing, number(row, "closing")) << cell;
      EXPECT_EQ(cell.expanded_customers, number(row, "expanded_customers")) << cell;
      EXPECT_EQ(cell.contracted_customers, number(row, "contracted_customers")) << cell;
    }

    const std::vector<Row> shown_rows = read_rows("expected_movements.csv");
    const std::vector<PeriodStatus> status = engine.status(published_months());
    ASSERT_EQ(cells.size(), shown_rows.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Cell& cell = cells[i];
      const Row& row = shown_rows[i];
      EXPECT_EQ(shown(cell.opening), cents(row, "opening")) << cell;
      EXPECT_EQ(shown(cell.new_), cents(row, "new")) << cell;
      EXPECT_EQ(shown(cell.reactivation), cents(row, "reactivation")) << cell;
      EXPECT_EQ(shown(cell.expansion), cents(row, "expansion")) << cell;
      EXPECT_EQ(shown(cell.contraction), cents(row, "contraction")) << cell;
      EXPECT_EQ(shown(cell.churn), cents(row, "churn")) << cell;
      EXPECT_EQ(shown(cell.closing), cents(row, "closing")) << cell;
      EXPECT_EQ(cell.opening_customers, number(row, "opening_customers")) << cell;
      EXPECT_EQ(cell.new_customers, number(row, "new_customers")) << cell;
      EXPECT_EQ(cell.reactivated_customers, number(row, "reactivated_customers")) << cell;
      EXPECT_EQ(cell.churned_customers, number(row, "churned_customers")) << cell;
      EXPECT_EQ(cell.closing_customers, number(row, "closing_customers")) << cell;
      EXPECT_EQ(status[i].complete, number(row, "complete") == 1);
    }
  }
}

TEST(ReferenceEngine, reproduces_the_by_day_netting_of_the_published_book) {
  Rules rules;
  rules.netting = Netting::by_day;
  const auto cells = Engine(published_book(), rules).total(published_months());
  const std::vector<Row> rows = read_rows("expected_movements_by_day_netting.csv");
  ASSERT_EQ(cells.size(), rows.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    const Row& row = rows[i];
    EXPECT_EQ(shown(cell.new_), cents(row, "new")) << cell;
    EXPECT_EQ(shown(cell.reactivation), cents(row, "reactivation")) << cell;
    EXPECT_EQ(shown(cell.expansion), cents(row, "expansion")) << cell;
    EXPECT_EQ(shown(cell.contraction), cents(row, "contraction")) << cell;
    EXPECT_EQ(shown(cell.churn), cents(row, "churn")) << cell;
    EXPECT_EQ(cell.new_customers, number(row, "new_steps")) << cell;
    EXPECT_EQ(cell.reactivated_customers, number(row, "reactivation_steps")) << cell;
    EXPECT_EQ(cell.expanded_customers, number(row, "expansion_steps")) << cell;
    EXPECT_EQ(cell.contracted_customers, number(row, "contraction_steps")) << cell;
    EXPECT_EQ(cell.churned_customers, number(row, "churn_steps")) << cell;
  }
}

TEST(ReferenceEngine, reproduces_the_rates_of_the_published_book) {
  const std::map<std::string, Fraction (*)(const Cell&)> metrics{
      {"customer_churn_rate", reference::customer_churn_rate},
      {"gross_mrr_churn_rate", reference::gross_mrr_churn_rate},
      {"net_mrr_churn_rate", reference::net_mrr_churn_rate},
      {"grr", reference::grr},
      {"nrr", reference::nrr},
      {"quick_ratio", reference::quick_ratio}};
  const Grid grid = published_months();
  const auto cells = Engine(published_book()).total(grid);
  std::map<int, Cell> by_period;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    by_period[grid.cuts[i]] = cells[i];
  }
  const std::vector<Row> rows = read_rows("expected_rates.csv");
  EXPECT_EQ(rows.size(), metrics.size() * cells.size());
  for (const Row& row : rows) {
    const Fraction rate = metrics.at(row.at("metric"))(by_period.at(read_day(row.at("period"))));
    const Fraction expected{number(row, "numerator_ticks_or_count"),
                            number(row, "denominator_ticks_or_count")};
    EXPECT_EQ(rate, expected) << row.at("metric") << " in " << row.at("period");
    EXPECT_EQ(rate.defined(), !row.at("value").empty());
  }
}

TEST(ReferenceEngine, reproduces_the_cohorts_of_the_published_book) {
  const Grid grid = published_months();
  const std::vector<Cohort> cohorts = Engine(published_book()).cohorts(grid);
  std::map<int, Cohort> by_period;
  for (std::size_t i = 0; i < cohorts.size(); ++i) {
    by_period[grid.cuts[i]] = cohorts[i];
  }
  std::set<std::pair<int, std::int64_t>> listed;
  for (const Row& row : read_rows("expected_cohorts.csv")) {
    const int period = read_day(row.at("cohort"));
    const Cohort& cohort = by_period.at(period);
    const std::int64_t age = number(row, "age");
    listed.insert({period, age});
    EXPECT_EQ(cohort.size, number(row, "size"));
    const reference::CohortCell& cell = cohort.ages.at(static_cast<std::size_t>(age));
    EXPECT_TRUE(cell.observed);
    EXPECT_EQ(cell.paying_at_close, number(row, "paying_at_close")) << row.at("cohort") << " age " << age;
    EXPECT_EQ(cell.unbroken, number(row, "paying_unbroken_at_every_close"));
    EXPECT_EQ(cell.mrr_ticks, number(row, "mrr_ticks"));
    EXPECT_EQ(cohort.ages.front().mrr_ticks, number(row, "mrr_ticks_age0"));
  }
  // Nothing observed is missing from the file.
  for (const auto& [period, cohort] : by_period) {
    for (std::size_t age = 0; cohort.size > 0 && age < cohort.ages.size(); ++age) {
      EXPECT_TRUE(listed.contains({period, static_cast<std::int64_t>(age)}));
    }
  }
}

TEST(ReferenceEngine, reproduces_opening_and_closing_of_every_plan_of_the_published_book) {
  // Every plan as a book of its own: opening and closing of a lane do not depend on how transfers are told.
  const Grid grid = published_months();
  std::map<std::string, std::vector<Phase>> by_plan;
  for (const Phase& next : published_book().phases) {
    by_plan[next.plan].push_back(next);
  }
  std::map<std::pair<std::string, int>, Row> expected;
  for (const Row& row : read_rows("expected_movements_by_plan_ticks.csv")) {
    expected[{row.at("plan"), read_day(row.at("period"))}] = row;
  }
  for (const auto& [plan, phases] : by_plan) {
    const auto cells = Engine(book(phases, day_number(2020, 4, 1))).total(grid);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto row = expected.find({plan, grid.cuts[i]});
      const bool zero = row == expected.end();
      EXPECT_EQ(cells[i].opening, zero ? 0 : number(row->second, "opening")) << plan;
      EXPECT_EQ(cells[i].closing, zero ? 0 : number(row->second, "closing")) << plan;
      EXPECT_EQ(cells[i].opening_customers, zero ? 0 : number(row->second, "opening_customers")) << plan;
      EXPECT_EQ(cells[i].closing_customers, zero ? 0 : number(row->second, "closing_customers")) << plan;
    }
  }
}

TEST(ReferenceEngine, reproduces_the_movements_of_every_plan_of_the_published_book) {
  const Grid grid = published_months();
  const Table plans = Engine(published_book()).movements(grid, {plan_lane});
  std::map<std::pair<std::string, int>, Row> expected;
  for (const Row& row : read_rows("expected_movements_by_plan_ticks.csv")) {
    expected[{row.at("plan"), read_day(row.at("period"))}] = row;
  }
  std::size_t found = 0;
  for (const auto& [labels, cells] : plans) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Cell& cell = cells[i];
      const auto place = expected.find({labels.front(), grid.cuts[i]});
      if (place == expected.end()) {
        EXPECT_EQ(cell, Cell{}) << labels.front();
        continue;
      }
      ++found;
      const Row& row = place->second;
      EXPECT_EQ(cell.opening, number(row, "opening")) << cell;
      EXPECT_EQ(cell.new_, number(row, "new")) << cell;
      EXPECT_EQ(cell.reactivation, number(row, "reactivation")) << cell;
      EXPECT_EQ(cell.expansion, number(row, "expansion")) << cell;
      EXPECT_EQ(cell.transfer_in, number(row, "transfer_in")) << cell;
      EXPECT_EQ(cell.contraction, number(row, "contraction")) << cell;
      EXPECT_EQ(cell.churn, number(row, "churn")) << cell;
      EXPECT_EQ(cell.transfer_out, number(row, "transfer_out")) << cell;
      EXPECT_EQ(cell.closing, number(row, "closing")) << cell;
      EXPECT_EQ(cell.opening_customers, number(row, "opening_customers")) << cell;
      EXPECT_EQ(cell.new_customers, number(row, "new_customers")) << cell;
      EXPECT_EQ(cell.reactivated_customers, number(row, "reactivated_customers")) << cell;
      EXPECT_EQ(cell.churned_customers, number(row, "churned_customers")) << cell;
      EXPECT_EQ(cell.closing_customers, number(row, "closing_customers")) << cell;
      EXPECT_EQ(cell.transferred_in_customers, number(row, "transferred_in_customers")) << cell;
      EXPECT_EQ(cell.transferred_out_customers, number(row, "transferred_out_customers")) << cell;
    }
  }
  EXPECT_EQ(found, expected.size());
}

#endif  // CHURN_ORACLES_DIR

}  // namespace

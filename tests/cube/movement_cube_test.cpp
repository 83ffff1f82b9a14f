#include <churn/cube/movement_cube.hpp>

#include <churn/core/exact.hpp>
#include <churn/metric/movements.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::copies;
using support::day;
using support::error_of;
using support::months_of;
using support::one_period;
using support::shown;
using support::together;

MovementCell cell_of(const Book& book, const PeriodGrid& grid, std::size_t period = 0,
                     const RateRules& rules = {}) {
  return MovementCube::fold(book, grid, {}, {.where = {}, .rules = rules, .threads = 1}).at(0, period);
}

RateRules by_day() { return {.netting = Netting::by_day}; }

// ---- The worked figures of the definitions

TEST(MovementCube, churn_belongs_to_the_month_of_the_first_inactive_day) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("pro").from("2024-01-15").until("2024-04-01").at("50.00")});
  const MovementCube cube = MovementCube::fold(book, months_of("2024-01-01", "2024-07-01"));
  EXPECT_EQ(shown(cube.at(0, 0).new_), "50.00");
  EXPECT_EQ(cube.at(0, 2).churn, 0) << "Active on 31 March.";
  EXPECT_EQ(shown(cube.at(0, 2).closing), "50.00");
  EXPECT_EQ(shown(cube.at(0, 3).churn), "50.00") << "The end lies on 1 April.";
  EXPECT_EQ(cube.at(0, 3).churned_customers, 1);
  EXPECT_EQ(cube.at(0, 3).closing_customers, 0);
}

TEST(MovementCube, from_basic_at_50_to_pro_at_80_is_an_expansion_of_30) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("basic")
                                                  .until("2024-03-10")
                                                  .at("50.00")
                                                  .then_on("pro")
                                                  .from("2024-03-10")
                                                  .at("80.00")});
  for (const RateRules& rules : {RateRules{}, by_day()}) {
    const MovementCell march = cell_of(book, months_of("2024-03-01", "2024-04-01"), 0, rules);
    EXPECT_EQ(shown(march.expansion), "30.00");
    EXPECT_EQ(march.contraction + march.churn + march.new_ + march.reactivation, 0);
    EXPECT_EQ(march.transfer_in + march.transfer_out + march.fx, 0);
  }
}

TEST(MovementCube, three_subscriptions_of_one_customer_that_end_together_are_one_churned_customer) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("a")
                                                  .until("2024-05-03")
                                                  .on("b")
                                                  .until("2024-05-03")
                                                  .on("c")
                                                  .until("2024-05-03")});
  for (const RateRules& rules : {RateRules{}, by_day()}) {
    const MovementCell may = cell_of(book, months_of("2024-05-01", "2024-06-01"), 0, rules);
    EXPECT_EQ(may.churned_customers, 1);
    EXPECT_EQ(may.departures, 1);
    EXPECT_EQ(shown(may.churn), "30.00");
    EXPECT_EQ(may.contraction, 0);
  }
}

TEST(MovementCube, one_of_two_subscriptions_that_ends_is_a_contraction_and_no_churn) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("a").at("30.00").on("b").at("20.00").until("2024-05-03")});
  const MovementCell may = cell_of(book, months_of("2024-05-01", "2024-06-01"));
  EXPECT_EQ(shown(may.contraction), "20.00");
  EXPECT_EQ(may.contracted_customers, 1);
  EXPECT_EQ(may.churn, 0);
  EXPECT_EQ(may.churned_customers, 0);
}

TEST(MovementCube, the_expiry_of_a_coupon_of_twelve_months_is_an_expansion) {
  const Book book = book_as_of("2025-07-01", {a_customer("ann")
                                                  .on("pro")
                                                  .from("2024-01-10")
                                                  .at("100.00")
                                                  .less_percent("25")
                                                  .discounted_until("2025-01-10")});
  const MovementCell january = cell_of(book, months_of("2025-01-01", "2025-02-01"));
  EXPECT_EQ(shown(january.opening), "75.00");
  EXPECT_EQ(shown(january.expansion), "25.00");
  EXPECT_EQ(shown(january.closing), "100.00");
}

TEST(MovementCube, a_seat_added_in_the_middle_of_a_month_is_worth_its_whole_month) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("seats")
                                                  .at("10.00")
                                                  .until("2024-03-16")
                                                  .then_on("seats")
                                                  .from("2024-03-16")
                                                  .at("10.00")
                                                  .times(2)});
  const MovementCell march = cell_of(book, months_of("2024-03-01", "2024-04-01"));
  EXPECT_EQ(shown(march.expansion), "10.00") << "Not the 5.00 that the month's invoice prorates.";
  EXPECT_EQ(shown(march.closing), "20.00");
}

TEST(MovementCube, a_yearly_plan_terminated_early_and_subscribed_again_is_100_and_never_200) {
  const Book book = book_as_of("2025-07-01", {a_customer("ann")
                                                  .on("yearly")
                                                  .from("2024-01-01")
                                                  .until("2024-06-12")
                                                  .at("1200.00")
                                                  .yearly()
                                                  .on("yearly")
                                                  .from("2024-06-12")
                                                  .at("1200.00")
                                                  .yearly()});
  for (const RateRules& rules : {RateRules{}, by_day()}) {
    const MovementCube cube = MovementCube::fold(book, days(day("2024-01-01"), day("2024-07-01")), {},
                                                 {.where = {}, .rules = rules, .threads = 1});
    for (std::size_t p = 0; p < cube.grid().size(); ++p) {
      EXPECT_EQ(shown(cube.at(0, p).closing), "100.00");
      EXPECT_EQ(cube.at(0, p).expansion + cube.at(0, p).contraction + cube.at(0, p).churn, 0);
    }
  }
}

TEST(MovementCube, four_yearly_two_monthly_and_what_becomes_of_them) {
  const Book book = book_as_of("2025-12-01",
                               {a_customer("ann")
                                    .on("yearly")
                                    .from("2024-01-10")
                                    .until("2025-01-10")
                                    .at("500.00")
                                    .yearly()
                                    .times(4)  // paid until then
                                    .on("monthly")
                                    .from("2024-03-05")
                                    .until("2024-05-20")
                                    .at("30.00")
                                    .times(2)
                                    .on("monthly")
                                    .from("2025-06-02")
                                    .at("50.00")
                                    .times(3)});
  const MovementCube cube = MovementCube::fold(book, months_of("2024-01-01", "2025-12-01"));
  EXPECT_EQ(shown(cube.at(0, 0).new_), "166.67");
  EXPECT_EQ(shown(cube.at(0, 2).expansion), "60.00");
  EXPECT_EQ(shown(cube.at(0, 2).closing), "226.67");
  EXPECT_EQ(shown(cube.at(0, 4).contraction), "60.00");
  EXPECT_EQ(shown(cube.at(0, 12).churn), "166.67") << "At the end of the paid year.";
  EXPECT_EQ(cube.at(0, 12).churned_customers, 1);
  EXPECT_EQ(shown(cube.at(0, 17).reactivation), "150.00");
  EXPECT_EQ(cube.at(0, 17).reactivated_customers, 1);
  EXPECT_EQ(cube.at(0, 17).new_, 0);
  EXPECT_TRUE(closes(cube));
}

TEST(MovementCube, a_cancelled_subscription_churns_once_and_when_its_service_ends) {
  const Book book = book_as_of(
      "2024-07-01",
      {a_customer("ann").on("pro").until("2024-04-01").cancelled_on("2024-02-11").because("price")});
  for (const RateRules& rules : {RateRules{}, by_day()}) {
    const MovementCube cube = MovementCube::fold(book, months_of("2024-01-01", "2024-07-01"), {},
                                                 {.where = {}, .rules = rules, .threads = 1});
    std::int64_t churned = 0;
    for (std::size_t p = 0; p < 6; ++p) churned += cube.at(0, p).churned_customers;
    EXPECT_EQ(churned, 1);
    EXPECT_EQ(cube.at(0, 3).churned_customers, 1);
  }
}

TEST(MovementCube, a_cancellation_that_was_scheduled_and_undone_is_no_churn) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("pro")
                                                  .until("2024-04-01")
                                                  .cancelled_on("2024-02-11")
                                                  .then_on("pro")
                                                  .from("2024-04-01")});
  const MovementCell quarter = cell_of(book, one_period("2024-02-01", "2024-06-01"), 0, by_day());
  EXPECT_EQ(quarter.churned_customers, 0);
  EXPECT_EQ(quarter.departures, 0);
  EXPECT_EQ(quarter.opening, quarter.closing);
}

TEST(MovementCube, a_backdated_change_gives_what_it_would_have_given_if_known_at_first) {
  const auto ann = a_customer("ann").on("basic", "s").at("50.00");
  const auto april = a_customer("ann").on("team", "s").from("2024-04-01").at("90.00");
  const auto february = a_customer("ann").on("pro", "s").from("2024-02-15").at("80.00");
  const auto build = [](const support::CustomerSentences& phases) {
    Records records;
    for (const auto& phase : phases) phase.add_phases_to(records);
    return Book::build(records, day("2024-07-01")).book;
  };
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  const MovementCube known_at_first = MovementCube::fold(build({ann, february, april}), grid);
  EXPECT_EQ(shown(known_at_first.at(0, 1).expansion), "30.00");
  EXPECT_EQ(shown(known_at_first.at(0, 3).expansion), "10.00");
  EXPECT_EQ(MovementCube::fold(build({ann, april, february}), grid), known_at_first);
}

TEST(MovementCube, a_month_without_departures_is_there_with_zero_churn) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("pro").at("50.00")});
  const MovementCube cube = MovementCube::fold(book, months_of("2024-02-01", "2024-05-01"));
  for (std::size_t p = 0; p < 3; ++p) {
    EXPECT_EQ(cube.at(0, p).opening_customers, 1);
    EXPECT_EQ(cube.at(0, p).lost_customers, 0);
    EXPECT_TRUE(cube.status(p).complete);
  }
}

TEST(MovementCube, whoever_first_pays_leaves_and_returns_in_one_month_is_new_in_it) {
  const Book book = book_as_of(
      "2024-07-01",
      {a_customer("ann").on("pro").from("2024-03-02").until("2024-03-05").on("pro").from("2024-03-20")});
  const PeriodGrid march = months_of("2024-03-01", "2024-04-01");
  const MovementCell by_period = cell_of(book, march);
  EXPECT_EQ(by_period.new_customers, 1);
  EXPECT_EQ(by_period.reactivated_customers + by_period.churned_customers, 0);
  EXPECT_EQ(by_period.departures, 1);
  const MovementCell daily = cell_of(book, march, 0, by_day());
  EXPECT_EQ(daily.new_customers, 1);
  EXPECT_EQ(daily.churned_customers, 1);
  EXPECT_EQ(daily.reactivated_customers, 1);
}

TEST(MovementCube, whoever_was_there_only_within_one_earlier_month_and_returns_is_a_reactivation) {
  const Book book = book_as_of(
      "2024-07-01",
      {a_customer("ann").on("pro").from("2024-02-02").until("2024-02-05").on("pro").from("2024-03-20")});
  const PeriodGrid grid = months_of("2024-02-01", "2024-04-01");
  EXPECT_EQ(cell_of(book, grid, 1).reactivated_customers, 1);
  EXPECT_EQ(cell_of(book, grid, 1).new_customers, 0);
  const RateRules month_ends{.history = History::period_ends};
  EXPECT_EQ(cell_of(book, grid, 1, month_ends).new_customers, 1) << "As SQL over month ends judges.";
  EXPECT_EQ(cell_of(book, months_of("2024-03-01", "2024-04-01"), 0, month_ends).new_customers, 1)
      << "The months before the grid are closed alike.";
}

TEST(MovementCube, a_return_after_more_than_the_window_is_new) {
  Conventions rules;
  rules.book.reactivation_window_days = 30;
  const auto returning_on = [&](const char* date) {
    const Book book = book_as_of(
        "2024-07-01", {a_customer("ann").on("pro").until("2024-02-01").on("pro").from(date)}, rules);
    return cell_of(book, months_of("2024-03-01", "2024-04-01"));
  };
  EXPECT_EQ(returning_on("2024-03-02").reactivated_customers, 1) << "30 absent days.";
  EXPECT_EQ(returning_on("2024-03-03").new_customers, 1) << "31 absent days.";
}

TEST(MovementCube, a_gap_of_exactly_the_allowance_is_no_churn_and_one_day_more_is) {
  Conventions rules;
  rules.book.gap_allowance_days = 7;
  const auto returning_on = [&](const char* date) {
    const Book book = book_as_of(
        "2024-07-01",
        {a_customer("ann").on("pro").until("2024-03-10").at("50.00").on("pro").from(date).at("80.00")},
        rules);
    return cell_of(book, months_of("2024-03-01", "2024-04-01"), 0, by_day());
  };
  const MovementCell within = returning_on("2024-03-17");
  EXPECT_EQ(within.churned_customers, 0);
  EXPECT_EQ(within.departures, 0);
  EXPECT_EQ(within.customer_days, 31);
  EXPECT_EQ(shown(within.expansion), "30.00");
  const MovementCell beyond = returning_on("2024-03-18");
  EXPECT_EQ(beyond.churned_customers, 1);
  EXPECT_EQ(beyond.reactivated_customers, 1);
  EXPECT_EQ(beyond.customer_days, 31 - 8);
}

TEST(MovementCube, several_changes_of_one_day_are_one_change) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("a")
                                                  .at("50.00")
                                                  .until("2024-03-10")
                                                  .on("b")
                                                  .at("30.00")
                                                  .from("2024-03-10")
                                                  .on("c")
                                                  .at("40.00")
                                                  .from("2024-03-10")});
  const MovementCell march = cell_of(book, months_of("2024-03-01", "2024-04-01"), 0, by_day());
  EXPECT_EQ(shown(march.expansion), "20.00");
  EXPECT_EQ(march.expanded_customers, 1);
  EXPECT_EQ(march.contraction, 0);
}

TEST(MovementCube, subscriptions_on_leap_days_and_month_ends_count_to_the_day) {
  const Book book =
      book_as_of("2025-07-01", {a_customer("leap").on("pro").from("2024-02-29").until("2025-02-28"),
                                a_customer("last").on("pro").from("2024-01-31").until("2024-03-31")});
  const MovementCube cube = MovementCube::fold(book, months_of("2024-01-01", "2025-04-01"));
  EXPECT_EQ(cube.at(0, 0).new_customers, 1);
  EXPECT_EQ(cube.at(0, 0).customer_days, 1) << "31 January.";
  EXPECT_EQ(cube.at(0, 1).new_customers, 1);
  EXPECT_EQ(cube.at(0, 1).customer_days, 29 + 1) << "All of February, and the 29th.";
  EXPECT_EQ(cube.at(0, 2).churned_customers, 1);
  EXPECT_EQ(cube.at(0, 2).customer_days, 30 + 31);
  EXPECT_EQ(cube.at(0, 13).churned_customers, 1) << "28 February 2025.";
  EXPECT_EQ(cube.at(0, 13).customer_days, 27);
}

TEST(MovementCube, who_never_was_present_never_churns) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("free").on("free").at("0").until("2024-03-01"),
                     a_customer("trial").on("pro").until("2024-03-01").on_trial_until("2024-03-01")});
  const MovementCell all = cell_of(book, one_period("2024-01-01", "2024-07-01"));
  EXPECT_EQ(all, MovementCell{});
}

// ---- What can't be known

TEST(MovementCube, what_lies_at_or_after_as_of_is_not_churn) {
  const Book book = book_as_of("2024-03-15", {a_customer("ann").on("pro").until("2024-03-15"),
                                              a_customer("bob").on("pro").until("2024-03-14")});
  const MovementCube cube = MovementCube::fold(book, months_of("2024-02-01", "2024-05-01"));
  EXPECT_EQ(cube.at(0, 1).churned_customers, 1) << "Bob; Ann's end is only scheduled.";
  EXPECT_EQ(cube.at(0, 1).customer_days, 14 + 13);
  EXPECT_FALSE(cube.status(1).complete);
  EXPECT_FALSE(cube.status(2).observable);
  EXPECT_EQ(cube.at(0, 2), MovementCell{});
}

TEST(MovementCube, whoever_pays_on_the_first_recorded_day_opens_the_first_period) {
  const Book book = book_from_until(
      "2024-02-10", "2024-07-01",
      {a_customer("old").on("pro").from("2023-06-01"), a_customer("first").on("pro").from("2024-02-10"),
       a_customer("new").on("pro").from("2024-02-11"),
       a_customer("gone").on("pro").from("2023-06-01").until("2024-01-01").on("pro").from("2024-02-20")});
  const MovementCube cube = MovementCube::fold(book, months_of("2024-01-01", "2024-04-01"));
  EXPECT_FALSE(cube.status(0).observable);
  EXPECT_EQ(cube.at(0, 0), MovementCell{});
  EXPECT_FALSE(cube.status(1).complete);
  EXPECT_EQ(cube.at(0, 1).opening_customers, 2);
  EXPECT_EQ(cube.at(0, 1).new_customers, 1);
  EXPECT_EQ(cube.at(0, 1).reactivated_customers, 1) << "An earlier absence is remembered as was-here-before.";
  EXPECT_EQ(cube.at(0, 1).customer_days, 20 + 20 + 19 + 10);
  EXPECT_TRUE(cube.status(2).complete);
}

// ---- Errors

TEST(MovementCube, a_book_of_several_currencies_has_no_total) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("pro"), a_customer("bob").on("pro").in("EUR")});
  EXPECT_EQ(error_of([&] { return MovementCube::fold(book, months_of("2024-01-01", "2024-02-01")); }),
            ErrorCode::mixed_currencies);
}

/// 2^56 ticks a phase are 2^56 / 360 minor units a year; 127 such phases fit one customer, and two such customers do
/// not fit one cell.
support::CustomerSentence huge(const std::string& id) {
  auto customer = a_customer(id);
  for (int i = 0; i < 127; ++i) customer.on("huge").at("2001599834386.88").yearly();
  return customer;
}

TEST(MovementCube, what_a_filter_leaves_out_and_what_comes_after_the_periods_need_not_fit) {
  const Book book =
      book_as_of("2024-07-01", {huge("ann"), huge("bob"), a_customer("cat").on("pro").at("10.00")});
  const auto id = by::custom("id", [](const Book& of, CustomerIndex c) { return of.customer_id(c).text(); });
  EXPECT_EQ(MovementCube::fold(book, months_of("2024-01-01", "2024-05-01"), {}, {.where = id == "cat"})
                .at(0, 3)
                .closing_customers,
            1);
  const MovementCube earlier = MovementCube::fold(book, months_of("2023-01-01", "2023-12-01"));
  EXPECT_EQ(earlier.at(0, 10).closing, 0);
}

TEST(MovementCube, sums_beyond_64_bits_throw_and_do_not_wrap) {
  const Book one = book_as_of("2024-07-01", {huge("ann").signed_up("2024-01-01")});
  EXPECT_TRUE(one.sums_fit());
  EXPECT_GT(cell_of(one, months_of("2024-01-01", "2024-02-01")).new_, std::int64_t{126} << 56);
  const Book two = book_as_of("2024-07-01", {huge("ann"), huge("bob")});
  EXPECT_FALSE(two.sums_fit());
  for (unsigned threads = 1; threads <= 3; ++threads)
    for (const char* from : {"2024-01-01", "2024-02-01"})
      EXPECT_EQ(error_of([&] {
                  return MovementCube::fold(two, months_of(from, "2024-05-01"), {},
                                            {.where = {}, .rules = {}, .threads = threads});
                }),
                ErrorCode::overflow);
  // In segments of their own they fit.
  const MovementCube apart = MovementCube::fold(
      two, months_of("2024-01-01", "2024-05-01"),
      by::custom("id", [](const Book& book, CustomerIndex c) { return book.customer_id(c).text(); }));
  EXPECT_EQ(apart.at(0, 3).closing, apart.at(1, 3).closing);
  EXPECT_TRUE(closes(apart));
  // So two cubes may each be right, and their sum not exist.
  MovementCube sum = MovementCube::fold(
      two, months_of("2024-01-01", "2024-05-01"), {},
      {.where = Filter::label_is(
           by::custom("id", [](const Book& book, CustomerIndex c) { return book.customer_id(c).text(); }),
           "ann"),
       .rules = {},
       .threads = 1});
  const MovementCube before = sum;
  EXPECT_EQ(error_of([&] { sum += before; }), ErrorCode::overflow);
  EXPECT_EQ(sum, before) << "A sum that throws leaves the cube as it was.";
}

TEST(MovementCube, a_book_whose_gross_changes_do_not_fit_is_right_where_its_cells_do) {
  // The changes add up to more than 64 bits over the months, but no month's do.
  auto ann = a_customer("ann");
  for (int month = 1; month <= 6; ++month)
    for (int i = 0; i < 100; ++i) {
      const std::string first = "2024-0" + std::to_string(month);
      ann.on("huge").from(first + "-05").until(first + "-25").at("2001599834386.88").yearly();
    }
  const Book book = book_as_of("2024-12-01", {ann});
  EXPECT_FALSE(book.sums_fit());
  const MovementCube cube = MovementCube::fold(book, weeks(day("2024-01-01"), day("2024-07-01")));
  EXPECT_TRUE(closes(cube));
  EXPECT_EQ(cube.at(0, 0).new_, cube.at(0, 3).churn);
}

TEST(MovementCube, cubes_that_count_differently_are_not_added) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("pro").with("country", "DE")});
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  const MovementCube cube = MovementCube::fold(book, grid);
  Conventions named;
  named.name = "ours";
  const std::vector<MovementCube> others{
      MovementCube::fold(book, months_of("2024-01-01", "2024-05-01")),
      MovementCube::fold(book, periods_at(grid.cuts())),
      MovementCube::fold(book, grid, by::attribute("country")),
      MovementCube::fold(book, grid, {}, {.where = {}, .rules = by_day(), .threads = 1}),
      MovementCube::fold(book, grid, {},
                         {.where = {}, .rules = RateRules{.history = History::period_ends}, .threads = 1}),
      MovementCube::fold(book_as_of("2024-07-02", {a_customer("ann").on("pro")}), grid),
      MovementCube::fold(book_as_of("2024-07-01", {a_customer("ann").on("pro").in("EUR")}), grid),
      MovementCube::fold(book_as_of("2024-07-01", {a_customer("ann").on("pro")}, named), grid)};
  for (const MovementCube& other : others) {
    MovementCube sum = cube;
    EXPECT_EQ(error_of([&] { sum += other; }), ErrorCode::mismatched_cubes);
    EXPECT_EQ(error_of([&] { sum -= other; }), ErrorCode::mismatched_cubes);
    EXPECT_EQ(sum, cube);
  }
}

TEST(MovementCube, segments_of_two_cubes_are_united) {
  const auto fold = [](const char* id, const char* country) {
    return MovementCube::fold(
        book_as_of("2024-07-01", {a_customer(id).on("pro").at("50.00").with("country", country)}),
        months_of("2024-01-01", "2024-04-01"), by::attribute("country"));
  };
  MovementCube sum = fold("ann", "FR");
  sum += fold("bob", "DE");
  sum += fold("eve", "FR");
  EXPECT_EQ(sum.segments(), (std::vector<Label>{{"DE"}, {"FR"}}));
  EXPECT_EQ(sum.at(sum.segment({"DE"}), 0).new_customers, 1);
  EXPECT_EQ(sum.at(sum.segment({"FR"}), 0).new_customers, 2);
}

TEST(MovementCube, a_period_that_only_one_of_two_cubes_can_know_keeps_them_apart) {
  // The sum would hold amounts in a period that it says it can't know.
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  MovementCube sum = MovementCube::fold(book_as_of("2024-07-01", {a_customer("ann").on("pro")}), grid);
  const MovementCube from_february =
      MovementCube::fold(book_from_until("2024-02-01", "2024-07-01", {a_customer("bob").on("pro")}), grid);
  EXPECT_EQ(error_of([&] { sum += from_february; }), ErrorCode::mismatched_cubes);
}

TEST(MovementCube, cells_and_segments_that_are_not_there_are_errors) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("pro").with("country", "DE")});
  const MovementCube cube =
      MovementCube::fold(book, months_of("2024-01-01", "2024-04-01"), by::attribute("country"));
  EXPECT_EQ(cube.segment({"DE"}), 0U);
  EXPECT_EQ(error_of([&] { return cube.segment({"FR"}); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return cube.segment({}); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return cube.at(1, 0); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return cube.at(0, 3); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return MovementCube::fold(book, cube.grid(), by::attribute("size")); }),
            ErrorCode::unknown_attribute);
}

TEST(MovementCube, more_than_20_million_cells_are_an_error) {
  const Book book = book_as_of("2024-07-01", copies(21, a_customer("c").on("pro")));
  const Segmenter by_id =
      by::custom("id", [](const Book& of, CustomerIndex c) { return of.customer_id(c).text(); });
  const PeriodGrid million = every_days(1, Date::from_days(-700'000), Date::from_days(300'000));
  EXPECT_EQ(error_of([&] { return MovementCube::fold(book, million, by_id); }), ErrorCode::out_of_range);
}

TEST(MovementCube, more_threads_than_customers_change_nothing) {
  const Book book = book_as_of("2024-07-01", copies(3, a_customer("c").on("pro")));
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  for (const unsigned threads : {0U, 5U, 100'000U})
    EXPECT_EQ(MovementCube::fold(book, grid, {}, {.where = {}, .rules = {}, .threads = threads}),
              MovementCube::fold(book, grid));
}

TEST(MovementCube, a_book_of_nobody_has_a_total_of_zeros_and_no_segments) {
  const Book book = book_as_of("2024-07-01", {});
  const MovementCube total = MovementCube::fold(book, months_of("2024-01-01", "2024-03-01"), {},
                                                {.where = {}, .rules = {}, .threads = 4});
  ASSERT_EQ(total.segments().size(), 1U);
  EXPECT_EQ(total.at(0, 1), MovementCell{});
  EXPECT_TRUE(total.status(1).complete);
  EXPECT_TRUE(MovementCube::fold(book, total.grid(), by::cohort()).segments().empty());
}

TEST(MovementCube, an_attribute_that_says_none_in_words_is_in_the_segment_of_those_without) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("pro").with("country", "(none)"), a_customer("bob").on("pro"),
                     a_customer("eve").on("pro").with("country", "DE")});
  MovementCube cube =
      MovementCube::fold(book, months_of("2024-01-01", "2024-02-01"), by::attribute("country"));
  EXPECT_EQ(cube.segments(), (std::vector<Label>{{"(none)"}, {"DE"}}));
  cube += cube;
  std::int64_t customers = 0;
  for (std::size_t s = 0; s < cube.segments().size(); ++s) customers += cube.at(s, 0).new_customers;
  EXPECT_EQ(customers, 2 * 3);
}

TEST(MovementCell, fields_names_every_member_once) {
  std::set<std::int64_t> values;
  MovementCell cell;
  std::int64_t next = 0;
  for (const auto field : MovementCell::fields()) cell.*field = ++next;
  for (const auto field : MovementCell::fields()) values.insert(cell.*field);
  EXPECT_EQ(values.size(), MovementCell::field_count);
}

// ---- Laws on random books

/// A random book in which both attributes are known.
support::RandomCase draw_case_with_attributes() {
  support::RandomCase random = support::draw_case();
  random.book.customers.push_back({.id = "known", .attributes = {{"channel", "ads"}, {"country", "DE"}}});
  return random;
}

void require_equal_sums(const MovementCube& parts, const MovementCube& whole, std::size_t whole_segment,
                        const std::vector<std::size_t>& segments) {
  for (std::size_t p = 0; p < whole.grid().size(); ++p)
    for (const auto field : MovementCell::fields()) {
      std::int64_t sum = 0;
      for (const std::size_t s : segments) sum = checked_add(sum, parts.at(s, p).*field);
      RC_ASSERT(sum == whole.at(whole_segment, p).*field);
    }
}

RC_GTEST_PROP(MovementCubeLaws, segments_by_attribute_add_up_to_the_total_in_every_field, ()) {
  const auto random = draw_case_with_attributes();
  const PeriodGrid grid = support::draw_grid().first;
  const Book book = support::build(random.book, random.rules).book;
  const MovementCube total = MovementCube::fold(book, grid);
  for (const Segmenter& segmenter :
       {by::attribute("channel"), by::cohort(), by::attribute("country") * by::attribute("channel")}) {
    const MovementCube parts = MovementCube::fold(book, grid, segmenter);
    std::vector<std::size_t> all;
    for (std::size_t s = 0; s < parts.segments().size(); ++s) all.push_back(s);
    require_equal_sums(parts, total, 0, all);
  }
}

RC_GTEST_PROP(MovementCubeLaws, crossing_with_one_more_factor_and_adding_up_gives_the_uncrossed, ()) {
  const auto random = draw_case_with_attributes();
  const PeriodGrid grid = support::draw_grid().first;
  const Book book = support::build(random.book, random.rules).book;
  const MovementCube uncrossed = MovementCube::fold(book, grid, by::attribute("channel"));
  const MovementCube crossed =
      MovementCube::fold(book, grid, by::attribute("channel") * by::cohort(PeriodKind::quarter));
  for (std::size_t s = 0; s < uncrossed.segments().size(); ++s) {
    std::vector<std::size_t> same;
    for (std::size_t t = 0; t < crossed.segments().size(); ++t)
      if (crossed.segments()[t].front() == uncrossed.segments()[s].front()) same.push_back(t);
    RC_ASSERT(!same.empty());
    require_equal_sums(crossed, uncrossed, s, same);
  }
}

template <class T>
void shuffle(std::vector<T>& rows) {
  for (std::size_t i = rows.size(); i > 1; --i)
    std::swap(rows[i - 1], rows[static_cast<std::size_t>(support::draw(0, static_cast<int>(i)))]);
}

RC_GTEST_PROP(MovementCubeLaws, any_order_of_rows_gives_the_same_bits, ()) {
  support::RandomCase random = draw_case_with_attributes();
  if (support::one_in(3)) random.book.customers.push_back(random.book.customers.front());
  const PeriodGrid grid = support::draw_grid().first;
  const auto first = support::build(random.book, random.rules);
  shuffle(random.book.customers);
  shuffle(random.book.phases);
  const auto second = support::build(random.book, random.rules);
  for (const Segmenter& segmenter : {Segmenter{}, by::attribute("channel") * by::cohort()})
    RC_ASSERT(MovementCube::fold(first.book, grid, segmenter) ==
              MovementCube::fold(second.book, grid, segmenter));
  RC_ASSERT(first.rejections.rejected() == second.rejections.rejected());
  for (std::size_t code = 0; code < rejection_code_count; ++code)
    RC_ASSERT(first.rejections.count(static_cast<RejectionCode>(code)) ==
              second.rejections.count(static_cast<RejectionCode>(code)));
}

RC_GTEST_PROP(MovementCubeLaws, the_cubes_of_any_two_halves_add_up_to_that_of_the_whole_and_subtract_again,
              ()) {
  support::RandomCase random = support::draw_case();
  // Merged customers would have to stay together, and a pending gap of one half cuts the whole.
  for (auto& customer : random.book.customers) customer.merged_into.reset();
  random.rules.gap_allowance = 0;
  reference::Book a{
      .customers = {}, .phases = {}, .as_of = random.book.as_of, .records_from = random.book.records_from};
  reference::Book b = a;
  const int pattern = support::draw(0, 64);
  const auto half = [&](const std::string& id) -> reference::Book& {
    return ((pattern >> (id.back() - '0')) & 1) != 0 ? a : b;
  };
  for (const auto& customer : random.book.customers) half(customer.id).customers.push_back(customer);
  for (const auto& phase : random.book.phases) half(phase.customer).phases.push_back(phase);
  for (const auto& invoice : random.book.invoices) half(invoice.customer).invoices.push_back(invoice);
  a.fx_rates = b.fx_rates = random.book.fx_rates;
  // A half of invoices alone would read MRR from them.
  if (random.rules.source == reference::Source::automatic)
    random.rules.source =
        random.book.phases.empty() ? reference::Source::invoices : reference::Source::subscriptions;

  const PeriodGrid grid = support::draw_grid().first;
  for (const Segmenter& segmenter : {Segmenter{}, by::cohort()}) {
    const auto fold = [&](const reference::Book& book) {
      return MovementCube::fold(support::build(book, random.rules).book, grid, segmenter);
    };
    const MovementCube whole = fold(random.book);
    const MovementCube of_a = fold(a);
    const MovementCube of_b = fold(b);
    MovementCube sum = of_a;
    sum += of_b;
    RC_ASSERT(sum == whole);
    MovementCube other_order = of_b;
    other_order += of_a;
    RC_ASSERT(other_order == whole);
    sum -= of_b;
    for (std::size_t s = 0; s < sum.segments().size(); ++s) {
      const Label& label = sum.segments()[s];
      const bool in_a =
          std::find(of_a.segments().begin(), of_a.segments().end(), label) != of_a.segments().end();
      for (std::size_t p = 0; p < grid.size(); ++p)
        RC_ASSERT(sum.at(s, p) == (in_a ? of_a.at(of_a.segment(label), p) : MovementCell{}));
    }
  }
}

RC_GTEST_PROP(MovementCubeLaws, any_number_of_threads_gives_the_same_bits, ()) {
  const auto random = draw_case_with_attributes();
  const PeriodGrid grid = support::draw_grid().first;
  const Book book = support::build(random.book, random.rules).book;
  const auto fold = [&](unsigned threads) {
    return MovementCube::fold(book, grid, by::attribute("channel"),
                              {.where = {}, .rules = {}, .threads = threads});
  };
  const MovementCube one = fold(1);
  for (unsigned threads = 2; threads <= 4; ++threads) RC_ASSERT(fold(threads) == one);
  RC_ASSERT(fold(0) == one);
}

RC_GTEST_PROP(MovementCubeLaws, a_filter_keeps_the_row_that_the_segmenter_shows, ()) {
  const auto random = draw_case_with_attributes();
  const PeriodGrid grid = support::draw_grid().first;
  const Book book = support::build(random.book, random.rules).book;
  const MovementCube by_channel = MovementCube::fold(book, grid, by::attribute("channel"));
  for (std::size_t s = 0; s < by_channel.segments().size(); ++s) {
    const std::string& value = by_channel.segments()[s].front();
    const MovementCube kept = MovementCube::fold(
        book, grid, {}, {.where = attribute("channel") == value, .rules = {}, .threads = 1});
    const MovementCube others = MovementCube::fold(
        book, grid, {}, {.where = attribute("channel") != value, .rules = {}, .threads = 1});
    MovementCube all = kept;
    all += others;
    RC_ASSERT(all == MovementCube::fold(book, grid));
    for (std::size_t p = 0; p < grid.size(); ++p) RC_ASSERT(kept.at(0, p) == by_channel.at(s, p));
  }
}

RC_GTEST_PROP(MovementCubeLaws, the_closing_of_a_period_is_the_opening_of_the_next, ()) {
  const auto random = draw_case_with_attributes();
  const PeriodGrid grid = support::draw_grid().first;
  const MovementCube cube =
      MovementCube::fold(support::build(random.book, random.rules).book, grid, by::attribute("country"));
  RC_ASSERT(closes(cube));
  for (std::size_t s = 0; s < cube.segments().size(); ++s)
    for (std::size_t p = 0; p + 1 < grid.size(); ++p) {
      if (!cube.status(p).observable || !cube.status(p + 1).observable) continue;
      RC_ASSERT(cube.at(s, p).closing == cube.at(s, p + 1).opening);
      RC_ASSERT(cube.at(s, p).closing_customers == cube.at(s, p + 1).opening_customers);
    }
}

RC_GTEST_PROP(MovementCubeLaws, both_nettings_lead_from_the_same_opening_to_the_same_closing, ()) {
  const auto random = draw_case_with_attributes();
  const PeriodGrid grid = support::draw_grid().first;
  const Book book = support::build(random.book, random.rules).book;
  const auto fold = [&](Netting netting) {
    return MovementCube::fold(book, grid, {},
                              {.where = {}, .rules = RateRules{.netting = netting}, .threads = 1});
  };
  const MovementCube by_period = fold(Netting::by_period);
  const MovementCube daily = fold(Netting::by_day);
  for (std::size_t p = 0; p < grid.size(); ++p) {
    const MovementCell& a = by_period.at(0, p);
    const MovementCell& b = daily.at(0, p);
    for (const auto field :
         {&MovementCell::opening, &MovementCell::closing, &MovementCell::opening_customers,
          &MovementCell::closing_customers, &MovementCell::lost, &MovementCell::gained,
          &MovementCell::lost_customers, &MovementCell::departures, &MovementCell::customer_days})
      RC_ASSERT((a.*field) == (b.*field));
    RC_ASSERT(b.churned_customers >= a.churned_customers);
    RC_ASSERT(b.churned_customers == b.departures);
    for (const auto field : MovementCell::fields()) RC_ASSERT(((a.*field) >= 0 && (b.*field) >= 0));
  }
}

}  // namespace
}  // namespace churn

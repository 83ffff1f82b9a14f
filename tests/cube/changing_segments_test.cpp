// MovementCube by segments that change over time: the worked figures of the definitions, and what the
// properties against the reference engine (reference_property_test.cpp) can't say.
#include <gtest/gtest.h>

#include <churn/churn.hpp>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::copies;
using support::CustomerSentence;
using support::CustomerSentences;
using support::day;
using support::error_of;
using support::months_of;
using support::shown;

constexpr const char* june = "2024-06-01";
constexpr const char* july = "2024-07-01";

/// One line for a cell: what is not zero, as MRR; then customers.
std::string told(const MovementCell& c) {
  std::string text;
  const auto amount = [&](const char* name, std::int64_t ticks) {
    if (ticks != 0) text += std::string(name) + " " + shown(ticks) + ", ";
  };
  const auto count = [&](const char* name, std::int64_t n) {
    if (n != 0) text += std::string(name) + " " + std::to_string(n) + ", ";
  };
  amount("opening", c.opening), amount("new", c.new_), amount("reactivation", c.reactivation);
  amount("expansion", c.expansion), amount("transfer_in", c.transfer_in);
  amount("contraction", c.contraction), amount("churn", c.churn), amount("transfer_out", c.transfer_out);
  amount("closing", c.closing);
  count("opening customers", c.opening_customers), count("new customers", c.new_customers);
  count("churned customers", c.churned_customers), count("in", c.transferred_in_customers);
  count("out", c.transferred_out_customers), count("closing customers", c.closing_customers);
  return text.empty() ? "nothing" : text.substr(0, text.size() - 2);
}

std::string told(const MovementCube& cube, const Label& label, std::size_t period = 0) {
  return told(cube.at(cube.segment(label), period));
}

Book upgraded() {
  return book_as_of(july, {a_customer("ann")
                               .on("basic")
                               .at("50.00")
                               .until("2024-06-10")
                               .then_on("pro")
                               .from("2024-06-10")
                               .at("80.00")});
}

TEST(ChangingSegments, an_upgrade_moves_what_was_paid_and_grows_by_the_rest) {
  const MovementCube cube = MovementCube::fold(upgraded(), months_of(june, july), by::plan);
  EXPECT_EQ(told(cube, {"basic"}), "opening 50.00, transfer_out 50.00, opening customers 1, out 1");
  EXPECT_EQ(told(cube, {"pro"}),
            "expansion 30.00, transfer_in 50.00, closing 80.00, in 1, closing customers 1");
  EXPECT_TRUE(closes(cube));
}

TEST(ChangingSegments, by_the_primary_plan_all_moves_and_the_movement_shows_at_closing) {
  const MovementCube cube = MovementCube::fold(upgraded(), months_of(june, july), by::primary_plan);
  EXPECT_EQ(told(cube, {"basic"}), "opening 50.00, transfer_out 50.00, opening customers 1, out 1");
  EXPECT_EQ(told(cube, {"pro"}),
            "expansion 30.00, transfer_in 50.00, closing 80.00, in 1, closing customers 1");
}

TEST(ChangingSegments, a_customer_in_two_lanes_is_counted_in_both_and_its_mrr_once) {
  const Book book = book_as_of(july, {a_customer("ann").on("crm").at("20.00").on("desk").at("30.00")});
  const MovementCube cube = MovementCube::fold(book, months_of(june, july), by::plan);
  EXPECT_EQ(told(cube, {"crm"}), "opening 20.00, closing 20.00, opening customers 1, closing customers 1");
  EXPECT_EQ(told(cube, {"desk"}), "opening 30.00, closing 30.00, opening customers 1, closing customers 1");
}

TEST(ChangingSegments, a_new_customer_and_one_who_leaves_make_no_transfers) {
  const Book book = book_as_of(
      july, {a_customer("ann").on("crm").from("2024-06-05").at("20.00").on("desk").from("2024-06-05"),
             a_customer("bob").on("crm").until("2024-06-05").at("40.00")});
  const MovementCube cube = MovementCube::fold(book, months_of(june, july), by::plan);
  EXPECT_EQ(told(cube, {"crm"}),
            "opening 40.00, new 20.00, churn 40.00, closing 20.00, opening customers 1, new customers 1, "
            "churned customers 1, closing customers 1");
  EXPECT_EQ(told(cube, {"desk"}), "new 10.00, closing 10.00, new customers 1, closing customers 1");
}

TEST(ChangingSegments, growing_older_is_a_transfer_between_bands_of_tenure) {
  const Book book = book_as_of(july, {a_customer("ann").on("pro").from("2024-05-20")});
  const MovementCube cube = MovementCube::fold(book, months_of("2024-05-01", july), by::tenure);
  EXPECT_EQ(told(cube, {"000-029 days"}, 0),
            "new 10.00, closing 10.00, new customers 1, closing customers 1");
  EXPECT_EQ(told(cube, {"000-029 days"}, 1), "opening 10.00, transfer_out 10.00, opening customers 1, out 1");
  EXPECT_EQ(told(cube, {"030-089 days"}, 1), "transfer_in 10.00, closing 10.00, in 1, closing customers 1");
  EXPECT_EQ(cube.segments().size(), 2U) << "Bands that nobody reached are not listed.";
}

TEST(ChangingSegments, a_product_of_state_and_lane_moves_the_opening_with_the_state_first) {
  // Turns 30 days old on 9 June and goes from crm 20 to desk 50 on 20 June.
  const Book book = book_as_of(july, {a_customer("ann")
                                          .on("crm")
                                          .from("2024-05-10")
                                          .at("20.00")
                                          .until("2024-06-20")
                                          .then_on("desk")
                                          .from("2024-06-20")
                                          .at("50.00")});
  const MovementCube cube = MovementCube::fold(book, months_of(june, july), by::tenure * by::plan);
  EXPECT_EQ(told(cube, {"000-029 days", "crm"}),
            "opening 20.00, transfer_out 20.00, opening customers 1, out 1");
  EXPECT_EQ(told(cube, {"030-089 days", "crm"}), "transfer_in 20.00, transfer_out 20.00");
  EXPECT_EQ(told(cube, {"030-089 days", "desk"}),
            "expansion 30.00, transfer_in 20.00, closing 50.00, in 1, closing customers 1");
}

TEST(ChangingSegments, by_day_each_change_of_plan_is_a_transfer_of_its_own) {
  const Book book = book_as_of(july, {a_customer("ann")
                                          .on("a")
                                          .until("2024-06-10")
                                          .then_on("b")
                                          .from("2024-06-10")
                                          .until("2024-06-20")
                                          .then_on("a")
                                          .from("2024-06-20")});
  const PeriodGrid grid = months_of(june, july);
  EXPECT_EQ(told(MovementCube::fold(book, grid, by::plan), {"a"}),
            "opening 10.00, closing 10.00, opening customers 1, closing customers 1")
      << "By period only opening and closing are compared.";
  const MovementCube daily = MovementCube::fold(
      book, grid, by::plan, {.where = {}, .rules = RateRules{.netting = Netting::by_day}, .threads = 1});
  EXPECT_EQ(
      told(daily, {"a"}),
      "opening 10.00, transfer_in 10.00, transfer_out 10.00, closing 10.00, opening customers 1, in 1, out "
      "1, closing customers 1");
}

TEST(ChangingSegments, within_a_carried_gap_the_lanes_are_those_before_it) {
  Conventions conventions;
  conventions.book.gap_allowance_days = 10;
  const Book book = book_as_of(
      july, {a_customer("ann").on("a").until("2024-05-28").on("b").from("2024-06-05")}, conventions);
  const MovementCube cube = MovementCube::fold(book, months_of(june, july), by::plan);
  EXPECT_EQ(told(cube, {"a"}), "opening 10.00, transfer_out 10.00, opening customers 1, out 1");
  EXPECT_EQ(told(cube, {"b"}), "transfer_in 10.00, closing 10.00, in 1, closing customers 1");
}

TEST(ChangingSegments, rates_are_of_those_who_were_there_at_opening_and_a_transfer_is_kept) {
  // Of a: one leaves, one falls from 100 to 60 within it, one goes on to b and grows there.
  const Book book = book_as_of(july, {a_customer("leaves").on("a").at("100.00").until("2024-06-10"),
                                      a_customer("falls")
                                          .on("a")
                                          .at("100.00")
                                          .until("2024-06-10")
                                          .then_on("a")
                                          .from("2024-06-10")
                                          .at("60.00"),
                                      a_customer("moves")
                                          .on("a")
                                          .at("100.00")
                                          .until("2024-06-10")
                                          .then_on("b")
                                          .from("2024-06-10")
                                          .at("150.00"),
                                      a_customer("grows")
                                          .on("b")
                                          .at("10.00")
                                          .until("2024-06-10")
                                          .then_on("b")
                                          .from("2024-06-10")
                                          .at("15.00")});
  const auto table = measure(book).over(months_of(june, july)).by(by::plan).compute_all(StandardMetrics{});
  const Period month{day(june), day(july)};
  const auto a = table.at({"a"}, month);
  EXPECT_EQ(a.get<CustomerChurnRate>(), (Proportion{1, 3}));
  EXPECT_DOUBLE_EQ(a.get<GrossMrrChurnRate>().value().value(), 140.0 / 300);
  EXPECT_DOUBLE_EQ(a.get<GrossRevenueRetention>().value().value(), 160.0 / 300);
  const auto b = table.at({"b"}, month);
  EXPECT_EQ(b.get<CustomerChurnRate>(), (Proportion{0, 1}));
  EXPECT_DOUBLE_EQ(b.get<NetRevenueRetention>().value().value(), 1.5)
      << "What grew counts only of those who were in b at opening.";
  EXPECT_EQ(shown(b.cell().expansion), "55.00") << "The bridge shows all of it.";
}

TEST(ChangingSegments, by_states_what_those_at_opening_lose_counts_where_they_were) {
  // Falls from 100 to 5: out of the band in which it is counted.
  const Book book = book_as_of(july, {a_customer("falls")
                                          .on("a")
                                          .at("100.00")
                                          .until("2024-06-10")
                                          .then_on("a")
                                          .from("2024-06-10")
                                          .at("5.00"),
                                      a_customer("stays").on("a").at("100.00")});
  const MovementCube cube = MovementCube::fold(book, months_of(june, july), by::mrr_bands({50}));
  EXPECT_EQ(
      told(cube, {"50+"}),
      "opening 200.00, transfer_out 100.00, closing 100.00, opening customers 2, out 1, closing customers 1");
  EXPECT_EQ(told(cube, {"0-50"}),
            "transfer_in 100.00, contraction 95.00, closing 5.00, in 1, closing customers 1");
  EXPECT_EQ(shown(cube.at(cube.segment({"50+"}), 0).lost), "95.00");
  EXPECT_EQ(cube.at(cube.segment({"0-50"}), 0).lost, 0);
}

TEST(ChangingSegments,
     whoever_goes_from_state_to_state_within_a_period_nets_to_one_move_and_its_days_do_not) {
  // A state of plan and age: basic and young until 8 June, basic and old from the 9th, pro and old from the 20th.
  const Book book = book_as_of(july, {a_customer("ann")
                                          .on("basic")
                                          .from("2024-05-10")
                                          .at("20.00")
                                          .until("2024-06-20")
                                          .then_on("pro")
                                          .from("2024-06-20")
                                          .at("50.00")});
  const MovementCube cube =
      MovementCube::fold(book, months_of(june, july), by::tenure_bands({30}) * by::primary_plan);
  const Label first{"0-29 days", "basic"};
  const Label between{"30+ days", "basic"};
  const Label last{"30+ days", "pro"};
  EXPECT_EQ(told(cube, first), "opening 20.00, transfer_out 20.00, opening customers 1, out 1");
  EXPECT_EQ(told(cube, between), "nothing");
  EXPECT_EQ(told(cube, last), "expansion 30.00, transfer_in 20.00, closing 50.00, in 1, closing customers 1");
  const auto cell = [&](const Label& label) { return cube.at(cube.segment(label), 0); };
  EXPECT_EQ(shown(cell(first).gained), "30.00") << "Rates count it where the customer was at opening.";
  EXPECT_EQ(cell(last).gained, 0);
  EXPECT_EQ(cell(first).customer_days, 8);     // 1 to 8 June
  EXPECT_EQ(cell(between).customer_days, 11);  // 9 to 19
  EXPECT_EQ(cell(last).customer_days, 11);     // 20 to 30
}

TEST(ChangingSegments, whoever_comes_back_to_a_state_within_a_period_has_not_moved) {
  const Book book = book_as_of(july, {a_customer("ann")
                                          .on("a")
                                          .at("20.00")
                                          .until("2024-06-10")
                                          .then_on("a")
                                          .from("2024-06-10")
                                          .at("70.00")
                                          .until("2024-06-15")
                                          .then_on("a")
                                          .from("2024-06-15")
                                          .at("30.00")});
  const MovementCube cube = MovementCube::fold(book, months_of(june, july), by::mrr_bands({50}));
  EXPECT_EQ(told(cube, {"0-50"}),
            "opening 20.00, expansion 10.00, closing 30.00, opening customers 1, closing customers 1");
  EXPECT_EQ(told(cube, {"50+"}), "nothing");
  EXPECT_EQ(cube.at(cube.segment({"50+"}), 0).customer_days, 5);
  EXPECT_EQ(cube.at(cube.segment({"0-50"}), 0).customer_days, 30 - 5);
}

/// What many customers of three kinds add up to is so many times what one of each does.
void expect_so_many_times(const CustomerSentence& a, const CustomerSentence& b, const CustomerSentence& c,
                          const Segmenter& by, const FoldOptions& options) {
  constexpr int many = 700;  // several blocks of them, which begin and end anywhere
  const PeriodGrid grid = months_of("2024-02-01", july);
  const MovementCube one = MovementCube::fold(book_as_of(july, {a, b, c}), grid, by, options);
  CustomerSentences all;
  for (int i = 0; i < many; ++i)
    for (const CustomerSentence& of_kind : {a, b, c})
      all.push_back(CustomerSentence{of_kind}.called(of_kind.id() + "-" + std::to_string(i)));
  for (const unsigned threads : {1U, 3U}) {
    FoldOptions with_threads = options;
    with_threads.threads = threads;
    const MovementCube cube = MovementCube::fold(book_as_of(july, all), grid, by, with_threads);
    ASSERT_EQ(cube.segments(), one.segments());
    for (std::size_t segment = 0; segment < one.segments().size(); ++segment)
      for (std::size_t p = 0; p < grid.size(); ++p)
        for (const MovementCell::Field field : MovementCell::fields())
          ASSERT_EQ(cube.at(segment, p).*field, many * one.at(segment, p).*field) << "segment " << segment;
  }
}

TEST(ChangingSegments, many_customers_are_so_many_times_one) {
  const CustomerSentence moves = a_customer("moves")
                                     .on("basic")
                                     .from("2023-12-20")
                                     .at("20.00")
                                     .until("2024-03-10")
                                     .then_on("pro")
                                     .from("2024-03-10")
                                     .at("90.00")
                                     .until("2024-05-02");
  const CustomerSentence returns = a_customer("returns")
                                       .on("pro")
                                       .from("2024-02-05")
                                       .until("2024-03-01")
                                       .then_on("pro")
                                       .from("2024-04-11")
                                       .at("70.00");
  const CustomerSentence has_two =
      a_customer("two").on("basic", "x").from("2024-01-15").on("pro", "y").from("2024-03-05");
  for (const Netting netting : {Netting::by_period, Netting::by_day})
    for (const Segmenter& by :
         std::vector<Segmenter>{by::tenure, by::mrr_bands({50}), by::primary_plan, by::plan,
                                by::plan * by::tenure, by::primary_plan * by::tenure}) {
      FoldOptions options;
      options.rules = RateRules{.netting = netting};
      expect_so_many_times(moves, returns, has_two, by, options);
    }
}

// ---- currencies

Book in_euros_and_dollars() {
  return book_as_of(july, {a_customer("ann")
                               .on("a")
                               .at("50.00")
                               .until("2024-06-10")
                               .on("a")
                               .from("2024-06-10")
                               .at("80.00")
                               .in("EUR"),
                           a_customer("bob").on("a").in("EUR").at("7.00")});
}

TEST(ChangingSegments, by_currency_a_book_of_several_is_answered_for_each) {
  const MovementCube cube = MovementCube::fold(in_euros_and_dollars(), months_of(june, july), by::currency);
  ASSERT_EQ(cube.segments(), (std::vector<Label>{{"EUR"}, {"USD"}}));
  EXPECT_EQ(cube.currency(0), Currency{"EUR"});
  EXPECT_EQ(cube.currency(1), Currency{"USD"});
  // Ann never left, but fifty dollars are no euros: nothing is transferred.
  EXPECT_EQ(told(cube, {"USD"}), "opening 50.00, contraction 50.00, opening customers 1, out 1");
  EXPECT_EQ(told(cube, {"EUR"}),
            "opening 7.00, expansion 80.00, closing 87.00, opening customers 1, in 1, closing customers 2");
  EXPECT_EQ(error_of([&] { return cube.currency(); }), ErrorCode::mixed_currencies);
  EXPECT_EQ(to_csv(movements_table(cube)).substr(0, 15), "currency,period");
}

TEST(ChangingSegments, without_by_currency_currencies_never_add_up) {
  const Book book = in_euros_and_dollars();
  const PeriodGrid grid = months_of(june, july);
  EXPECT_EQ(error_of([&] { return MovementCube::fold(book, grid); }), ErrorCode::mixed_currencies);
  EXPECT_EQ(error_of([&] { return MovementCube::fold(book, grid, by::plan); }), ErrorCode::mixed_currencies);
  EXPECT_EQ(error_of([&] { return MovementCube::fold(book, grid, by::mrr_band * by::currency); }),
            ErrorCode::mixed_currencies)
      << "Which band would a customer of both be in?";
  const MovementCube euros = MovementCube::fold(book, grid, {}, {by::currency == "EUR", {}, 1});
  EXPECT_EQ(euros.currency(), Currency{"EUR"});
  EXPECT_EQ(shown(euros.at(0, 0).closing), "87.00");
}

TEST(ChangingSegments, cubes_by_currency_add_up) {
  const PeriodGrid grid = months_of(june, july);
  const Book euros = book_as_of(july, {a_customer("bob").on("a").in("EUR").at("7.00")});
  const Book dollars = book_as_of(july, {a_customer("ann").on("a").at("50.00")});
  MovementCube sum = MovementCube::fold(euros, grid, by::currency);
  sum += MovementCube::fold(dollars, grid, by::currency);
  EXPECT_EQ(told(sum, {"EUR"}), "opening 7.00, closing 7.00, opening customers 1, closing customers 1");
  EXPECT_EQ(sum.currency(1), Currency{"USD"});
  MovementCube total = MovementCube::fold(euros, grid);
  EXPECT_EQ(error_of([&] { total += MovementCube::fold(dollars, grid); }), ErrorCode::mismatched_cubes);
}

TEST(ChangingSegments, a_segment_has_one_currency_in_both_of_two_cubes_that_add_up) {
  // Found by a review: cubes whose first segments had the same currency were added, dollars to euros.
  const PeriodGrid grid = months_of(june, july);
  const auto by_plan = [&](const char* currency_of_pro) {
    return MovementCube::fold(book_as_of(july, {a_customer("bob").on("basic").in("EUR"),
                                                a_customer("ann").on("pro").in(currency_of_pro)}),
                              grid, by::plan);
  };
  MovementCube sum = by_plan("USD");
  EXPECT_EQ(error_of([&] { sum += by_plan("EUR"); }), ErrorCode::mismatched_cubes);
  sum += by_plan("USD");
  EXPECT_EQ(told(sum, {"pro"}), "opening 20.00, closing 20.00, opening customers 2, closing customers 2");
  // Of a part without anything paid no currency is known, and none is needed.
  const Book euros = book_as_of(july, {a_customer("bob").on("basic").in("EUR").at("7.00")});
  const Book nothing = book_as_of(july, {});
  for (const Segmenter& by :
       {Segmenter{}, by::custom("all", [](const Book&, CustomerIndex) { return "all"; })}) {
    const MovementCube whole = MovementCube::fold(euros, grid, by);
    MovementCube parts = MovementCube::fold(nothing, grid, by);
    parts += whole;
    EXPECT_EQ(parts, whole);
    parts -= MovementCube::fold(nothing, grid, by);
    EXPECT_EQ(parts, whole);
  }
  CohortCube cohorts = CohortCube::fold(nothing, grid);
  cohorts += CohortCube::fold(euros, grid);
  EXPECT_EQ(cohorts.currency(), Currency{"EUR"});
}

TEST(ChangingSegments, the_answer_does_not_depend_on_how_many_threads_the_cells_leave_room_for) {
  support::CustomerSentences customers;
  for (const char* id : {"ann", "bob", "cid", "dora"})
    customers.push_back(a_customer(id).on("basic").until("2024-03-01").then_on("pro").from("2024-03-01"));
  const Book book = book_as_of(july, customers);
  // Of 20 million cells and 256 threads each has room for one segment, or for none, where days are so many.
  for (const int periods : {78'000, 80'000}) {
    const PeriodGrid grid = days(day("2022-01-01"), day("2022-01-01") + std::chrono::days{periods});
    const MovementCube one = MovementCube::fold(book, grid, by::plan);
    EXPECT_EQ(one.segments().size(), 2u);
    EXPECT_EQ(MovementCube::fold(book, grid, by::plan, {{}, {}, 256}), one) << periods;
  }
}

TEST(ChangingSegments, an_empty_plan_is_none) {
  const Book book = book_as_of(july, {a_customer("ann").on("")});
  const PeriodGrid grid = months_of(june, july);
  EXPECT_EQ(MovementCube::fold(book, grid, by::plan).segments(), (std::vector<Label>{{"(none)"}}));
  EXPECT_EQ(MovementCube::fold(book, grid, by::primary_plan).segments(), (std::vector<Label>{{"(none)"}}));
  EXPECT_EQ(MovementCube::fold(book, grid, {}, {by::plan == "", {}, 1}).at(0, 0).opening_customers, 1);
}

TEST(ChangingSegments, what_a_temporary_cube_is_asked_for_outlives_it) {
  std::string labels;
  for (const Label& label : MovementCube::fold(upgraded(), months_of(june, july), by::plan).segments())
    labels += label.front() + " ";
  EXPECT_EQ(labels, "basic pro ");
  const MovementCell& cell = MovementCube::fold(upgraded(), months_of(june, july)).at(0, 0);
  EXPECT_EQ(cell.opening_customers, 1);
}

// ---- filters

TEST(ChangingSegments, a_filter_keeps_what_the_row_of_its_label_shows) {
  const Book book = upgraded();
  const PeriodGrid grid = months_of(june, july);
  const MovementCube by_plan = MovementCube::fold(book, grid, by::plan);
  for (const char* plan : {"basic", "pro"}) {
    const MovementCube kept = MovementCube::fold(book, grid, {}, {by::plan == plan, {}, 1});
    EXPECT_EQ(kept.at(0, 0), by_plan.at(by_plan.segment({plan}), 0)) << plan;
  }
}

TEST(ChangingSegments, what_goes_from_lane_to_lane_of_one_row_stays_in_it_and_its_growth_counts) {
  // Found by a review: with any filter on plans, the growth of those who changed theirs was no growth of the
  // total, because they had not been in the new plan at opening. They had been in the total.
  const PeriodGrid grid = months_of(june, july);
  const Book book = book_as_of(july, {a_customer("ann")
                                          .on("basic")
                                          .at("50.00")
                                          .until("2024-06-10")
                                          .then_on("pro")
                                          .at("80.00")
                                          .from("2024-06-10")});
  const MovementCube total = MovementCube::fold(book, grid);
  for (const Filter& all : {by::plan != "free", by::plan == "basic" || by::plan == "pro", by::tenure != "x",
                            by::plan != "free" && by::mrr_band != "x"}) {
    const MovementCube kept = MovementCube::fold(book, grid, {}, {all, {}, 1});
    EXPECT_EQ(kept.at(0, 0), total.at(0, 0)) << all.text();
    EXPECT_EQ(shown(kept.at(0, 0).gained), "30.00") << all.text();
  }
  const auto table = measure(book).over(grid).where(by::plan != "free").compute(NetRevenueRetention{});
  EXPECT_EQ(table.at(grid[0]).get<NetRevenueRetention>().value(), 1.6);
}

TEST(ChangingSegments, a_filter_with_many_labels_adds_none_to_a_segment) {
  Records records;
  for (int i = 0; i < 100'001; ++i) {
    Customer customer{.id = CustomerId{std::to_string(i)}};
    customer.attributes["number"] = std::to_string(i);
    records.add(customer);
    records.add(PhaseRecord{.subscription = std::to_string(i),
                            .customer = std::to_string(i),
                            .plan = i % 2 == 0 ? "even" : "odd",
                            .starts_on = day("2024-01-01"),
                            .ends_on = {},
                            .price = {Decimal{1}, Currency{"USD"}}});
  }
  const Book book = Book::build(records, day(july)).book;
  const MovementCube cube =
      MovementCube::fold(book, months_of(june, july), by::plan, {attribute("number") == "7", {}, 1});
  EXPECT_EQ(told(cube, {"odd"}), "opening 1.00, closing 1.00, opening customers 1, closing customers 1");
  EXPECT_EQ(told(cube, {"even"}), "nothing");
}

TEST(ChangingSegments, a_filter_looks_at_shares_of_all_lanes_and_not_only_at_those_it_names) {
  // Fifty less of basic, eighty more of team and twenty more of pro: of the fifty, pro receives a fifth.
  const Book book = book_as_of(july, {a_customer("ann")
                                          .on("basic")
                                          .at("50.00")
                                          .until("2024-06-10")
                                          .on("team")
                                          .at("80.00")
                                          .from("2024-06-10")
                                          .on("pro")
                                          .at("20.00")
                                          .from("2024-06-10")});
  const MovementCube pro = MovementCube::fold(book, months_of(june, july), {}, {by::plan == "pro", {}, 1});
  EXPECT_EQ(told(pro, {}), "expansion 10.00, transfer_in 10.00, closing 20.00, in 1, closing customers 1");
}

TEST(ChangingSegments, of_kept_lanes_amounts_add_up_and_customers_count_once) {
  const Book book = book_as_of(
      july, {a_customer("ann").on("crm").at("20.00").on("desk").at("30.00").on("free").at("1.00")});
  const MovementCube cube = MovementCube::fold(book, months_of(june, july), {}, {by::plan != "free", {}, 1});
  EXPECT_EQ(told(cube, {}), "opening 50.00, closing 50.00, opening customers 1, closing customers 1");
}

TEST(ChangingSegments, what_a_filter_leaves_out_is_a_row_of_zeros_and_a_total_is_always_there) {
  const MovementCube none =
      MovementCube::fold(upgraded(), months_of(june, july), {}, {by::plan == "enterprise", {}, 1});
  ASSERT_EQ(none.segments(), (std::vector<Label>{Label{}}));
  EXPECT_EQ(told(none, {}), "nothing");
  const MovementCube empty =
      MovementCube::fold(book_as_of(july, {}), months_of(june, july), {}, {by::plan == "pro", {}, 1});
  EXPECT_EQ(empty.segments().size(), 1U);
}

// ---- segments of a host's own

TEST(ChangingSegments, a_host_names_lanes_by_its_own_rule) {
  const Segmenter family = by::custom_lane(
      "family", [](const PhaseView& phase) { return phase.plan().substr(0, phase.plan().find('-')); });
  const Book book = book_as_of(july, {a_customer("ann")
                                          .on("crm-s")
                                          .at("20.00")
                                          .until("2024-06-10")
                                          .then_on("crm-l")
                                          .from("2024-06-10")
                                          .at("50.00")});
  const MovementCube cube = MovementCube::fold(book, months_of(june, july), family);
  EXPECT_EQ(told(cube, {"crm"}),
            "opening 20.00, expansion 30.00, closing 50.00, opening customers 1, closing customers 1")
      << "Within a family nothing is transferred.";
}

TEST(ChangingSegments, a_host_names_states_by_its_own_rule) {
  const Segmenter latest = by::custom_state("latest", [](const Situation& now) {
    return now.phases.back().phase.plan();  // they come in order of their start
  });
  const Book book =
      book_as_of(july, {a_customer("ann").on("old").at("90.00").on("new").from("2024-06-10").at("10.00")});
  const MovementCube cube = MovementCube::fold(book, months_of(june, july), latest);
  EXPECT_EQ(told(cube, {"old"}), "opening 90.00, transfer_out 90.00, opening customers 1, out 1");
  EXPECT_EQ(told(cube, {"new"}),
            "expansion 10.00, transfer_in 90.00, closing 100.00, in 1, closing customers 1");
}

TEST(ChangingSegments, an_empty_label_of_a_host_is_none) {
  const auto nothing = [](const auto&) { return std::string{}; };
  const PeriodGrid grid = months_of(june, july);
  EXPECT_EQ(MovementCube::fold(upgraded(), grid, by::custom_lane("x", nothing)).segments(),
            (std::vector<Label>{{"(none)"}}));
  EXPECT_EQ(MovementCube::fold(upgraded(), grid, by::custom_state("x", nothing)).segments(),
            (std::vector<Label>{{"(none)"}}));
}

TEST(ChangingSegments, more_than_100000_labels_are_refused) {
  const Segmenter each_day = by::custom_state(
      "asked", [n = std::make_shared<int>(0)](const Situation&) { return std::to_string(++*n); });
  Records records;
  for (int i = 0; i < 50'001; ++i)
    for (const auto& [starts, ends] : {std::pair{"2024-01-01", "2024-06-05"}, {"2024-06-10", "2024-06-20"}})
      records.add(PhaseRecord{.subscription = std::to_string(i),
                              .customer = std::to_string(i),
                              .plan = "a",
                              .starts_on = day(starts),
                              .ends_on = day(ends),
                              .price = {Decimal{1}, Currency{"USD"}}});
  const Book book = Book::build(records, day(july)).book;
  EXPECT_EQ(error_of([&] { return MovementCube::fold(book, months_of(june, july), each_day); }),
            ErrorCode::out_of_range);
}

TEST(ChangingSegments, attributes_counted_beside_a_lane_are_those_counted_alone) {
  const Book book = book_as_of(july, {a_customer("ann").on("a").with("country", "DE").until("2024-06-10"),
                                      a_customer("bob").on("b").with("country", "FR").from("2024-05-05"),
                                      a_customer("eve").on("a").with("country", "FR").from("2024-06-05")});
  const PeriodGrid grid = months_of("2024-04-01", july);
  const MovementCube alone = MovementCube::fold(book, grid, by::attribute("country"));
  const Segmenter one_lane = by::custom_lane("all", [](const PhaseView&) { return std::string("all"); });
  const MovementCube beside = MovementCube::fold(book, grid, by::attribute("country") * one_lane);
  for (const char* country : {"DE", "FR"})
    for (std::size_t p = 0; p < grid.size(); ++p)
      EXPECT_EQ(beside.at(beside.segment({country, "all"}), p), alone.at(alone.segment({country}), p));
}

// ---- windows

TEST(ChangingSegments, a_trailing_window_is_the_period_of_its_days) {
  const Book book =
      book_as_of("2024-08-01", {a_customer("ann").on("a").until("2024-06-10"), a_customer("bob").on("a")});
  const PeriodGrid grid = months_of(june, "2024-08-01");
  const MovementCube cube = MovementCube::fold_trailing(book, grid, 60, {});
  EXPECT_EQ(cube.trailing_days(), 60);
  EXPECT_EQ(cube.span(1), (Period{day("2024-06-02"), day("2024-08-01")}));
  EXPECT_EQ(cube.at(0, 1).opening_customers, 2);
  EXPECT_EQ(cube.at(0, 1).lost_customers, 1) << "Ann left in June, which the window of July still holds.";
  EXPECT_EQ(error_of([&] { return MovementCube::fold_trailing(book, grid, 0); }), ErrorCode::bad_period);
}

TEST(ChangingSegments, in_a_window_too_who_was_there_at_an_earlier_close_comes_back) {
  // Found by a review: a window knew of no closes before it, so that all who returned were new.
  const Book book =
      book_as_of(july, {a_customer("ann").on("a").until("2024-03-10").then_on("a").from("2024-06-10"),
                        a_customer("between closes")
                            .on("a")
                            .from("2024-04-02")
                            .until("2024-04-20")
                            .then_on("a")
                            .from("2024-06-10")});
  FoldOptions options;
  options.rules = RateRules{.history = History::period_ends};
  for (const auto& grid : {months_of("2024-06-01", july), months_of("2024-02-01", july)}) {
    const std::size_t last = grid.size() - 1;
    const MovementCube window = MovementCube::fold_trailing(book, grid, 30, {}, options);
    EXPECT_EQ(window.at(0, last), MovementCube::fold(book, grid, {}, options).at(0, last));
    EXPECT_EQ(window.at(0, last).reactivated_customers, 1);
    EXPECT_EQ(window.at(0, last).new_customers, 1);
  }
}

TEST(ChangingSegments, in_a_window_of_a_grid_that_starts_within_a_month_its_opening_is_an_earlier_close) {
  // Ann was there on 9 January, when the grid opened: the period of February says that she comes back, and so
  // must the window that is the same days.
  const Book book = book_as_of(
      "2024-04-01",
      {a_customer("ann").on("a").from("2024-01-03").until("2024-01-12").then_on("a").from("2024-02-15"),
       a_customer("bob").on("a").from("2024-01-01")});
  FoldOptions options;
  options.rules = RateRules{.history = History::period_ends};
  const PeriodGrid grid = months_of("2024-01-10", "2024-03-01");
  for (const Segmenter& by : {Segmenter{}, Segmenter{by::plan}}) {
    const MovementCube periods = MovementCube::fold(book, grid, by, options);
    const MovementCube windows = MovementCube::fold_trailing(book, grid, 29, by, options);
    EXPECT_EQ(periods.at(0, 1).reactivated_customers, 1);
    EXPECT_EQ(windows.at(0, 1), periods.at(0, 1));
  }
}

/// A metric of a host's own that asks every step what it is.
struct Reactivations {
  static constexpr std::string_view name = "reactivations";
  struct State {
    std::int64_t steps{0};
    State& operator+=(const State& other) {
      steps += other.steps;
      return *this;
    }
  };
  static void count(State& state, const Step& step) {
    state.steps += step.movement == Movement::reactivation ? 1 : 0;
  }
  Count operator()(const State& state, const CellContext&) const { return {state.steps}; }
};

TEST(ChangingSegments, a_hosts_own_fold_over_windows_knows_the_closes_of_the_grid) {
  Conventions conventions;
  conventions.rate.history = History::period_ends;
  conventions.rate.trailing_days = 29;
  const Book book = book_as_of(
      "2024-04-01",
      {a_customer("ann").on("a").from("2024-01-20").until("2024-02-10").then_on("a").from("2024-03-15")},
      conventions);
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  const auto table = measure(book).over(grid).compute(Reactivations{});
  EXPECT_EQ(table.at(grid[2]).get<Reactivations>().value, 1) << "She was there at the end of January.";
}

// ---- a published book

#ifdef CHURN_ORACLES_DIR
TEST(ChangingSegments, by_plan_the_published_book_gives_the_published_figures) {
  const std::string folder = std::string(CHURN_ORACLES_DIR) + "/book_mrr_playbook";
  Records records;
  for (const auto& row : support::read_csv(folder + "/subscriptions.csv"))
    records.add(PhaseRecord{.subscription = row.at("subscription_id"),
                            .customer = row.at("customer_id"),
                            .plan = row.at("plan"),
                            .starts_on = day(row.at("starts_on")),
                            .ends_on = Date::parse(row.at("ends_on")),
                            .price = {Decimal::parse(row.at("amount")).value(), Currency{row.at("currency")}},
                            .cycle = {parse_billing_interval(row.at("interval")).value(), 1}});
  const Book book = Book::build(records, day("2020-04-01")).book;
  const PeriodGrid grid = months_of("2017-09-01", "2020-04-01");
  const MovementCube cube = MovementCube::fold(book, grid, by::plan);
  EXPECT_TRUE(closes(cube));
  std::map<std::pair<std::string, std::string>, std::map<std::string, std::string>> expected;
  for (const auto& row : support::read_csv(folder + "/expected_movements_by_plan_ticks.csv"))
    expected[{row.at("plan"), row.at("period")}] = row;
  ASSERT_EQ(expected.size(), 182U);
  using C = MovementCell;
  const std::vector<std::pair<const char*, C::Field>> fields{
      {"opening", &C::opening},
      {"new", &C::new_},
      {"reactivation", &C::reactivation},
      {"expansion", &C::expansion},
      {"transfer_in", &C::transfer_in},
      {"contraction", &C::contraction},
      {"churn", &C::churn},
      {"transfer_out", &C::transfer_out},
      {"closing", &C::closing},
      {"opening_customers", &C::opening_customers},
      {"new_customers", &C::new_customers},
      {"reactivated_customers", &C::reactivated_customers},
      {"churned_customers", &C::churned_customers},
      {"closing_customers", &C::closing_customers},
      {"transferred_in_customers", &C::transferred_in_customers},
      {"transferred_out_customers", &C::transferred_out_customers}};
  std::size_t found = 0;
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    const std::string& plan = cube.segments()[s].front();
    const MovementCube kept = MovementCube::fold(book, grid, {}, {by::plan == plan, {}, 1});
    for (std::size_t p = 0; p < grid.size(); ++p) {
      const auto row = expected.find({plan, grid[p].first().to_string()});
      if (row != expected.end()) ++found;
      for (const auto& [name, field] : fields)
        EXPECT_EQ(cube.at(s, p).*field, row == expected.end() ? 0 : std::stoll(row->second.at(name)))
            << plan << " " << grid[p].first().to_string() << " " << name;
      EXPECT_EQ(kept.at(0, p), cube.at(s, p)) << plan;
    }
  }
  EXPECT_EQ(found, expected.size());
}
#endif

TEST(ChangingSegments, a_window_without_amounts_does_not_choose_the_currency_of_its_segment) {
  const Book book =
      book_as_of("2024-04-01", {a_customer("ann")
                                    .with("channel", "ads")
                                    .on("basic")
                                    .from("2024-01-01")
                                    .until("2024-03-01")
                                    .in("USD")
                                    .then_on("pro")
                                    .from("2024-03-01")
                                    .in("USD"),
                                a_customer("bob").with("channel", "search").on("pro").in("EUR")});
  FoldOptions options;
  options.where = by::plan != "basic";
  const MovementCube windows = MovementCube::fold_trailing(book, months_of("2024-01-01", "2024-04-01"), 20,
                                                           by::attribute("channel"), options);
  EXPECT_EQ(windows.currency(windows.segment({"ads"})), Currency{"USD"})
      << "In January all that ann has is left out, and anything might stand for nothing.";
}

}  // namespace
}  // namespace churn

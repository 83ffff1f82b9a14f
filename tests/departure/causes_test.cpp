#include <churn/departure/causes.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::copies;
using support::CustomerSentence;
using support::CustomerSentences;
using support::months_of;

CustomerSentence leaver(const char* id, const char* until, const char* reason, const char* amount = "10.00") {
  return a_customer(id)
      .on("pro")
      .from("2024-01-01")
      .until(until)
      .because(reason)
      .at(amount)
      .with("channel", "ads");
}

/// Ten who left: six chose to (three for the price, two for a competitor, one for a feature), two cards, one project
/// that was done, one of whom nothing is known. And ten who stay.
Book ten_leavers() {
  return book_as_of(
      "2024-07-01",
      support::together(
          {{leaver("a", "2024-02-05", "price"), leaver("b", "2024-02-10", "Too Expensive"),
            leaver("c", "2024-03-05", "cost"), leaver("d", "2024-03-05", "competitor", "100.00"),
            leaver("e", "2024-03-06", "competitor"), leaver("f", "2024-03-07", "missing_feature"),
            leaver("g", "2024-04-01", "card_expired"), leaver("h", "2024-04-02", "card_expired"),
            leaver("i", "2024-05-02", "project_finished"), leaver("j", "2024-05-20", "")},
           copies(10, a_customer("stays").on("pro").from("2024-01-01").with("channel", "search"))}));
}

DepartureCube cube_of(const Book& book, const Segmenter& by = {}, Netting netting = Netting::by_period) {
  RateRules rules = book.conventions().rate;
  rules.netting = netting;
  return DepartureCube::fold(book, months_of("2024-01-01", "2024-07-01"), by, DepartureRules::standard(),
                             {.rules = rules});
}

std::vector<std::string> told(const std::vector<DepartureShare>& shares) {
  std::vector<std::string> lines;
  for (const DepartureShare& share : shares)
    lines.push_back((share.label.empty() ? "" : share.label.front() + ": ") + share.name + " " +
                    std::to_string(share.leavers.customers) + " of " + std::to_string(share.all.customers) +
                    ", " + support::shown(share.leavers.ticks) + " of " + support::shown(share.all.ticks));
  return lines;
}

using Lines = std::vector<std::string>;

TEST(Causes, share_departures_and_their_mrr_out_among_the_four_types) {
  EXPECT_EQ(told(type_shares(cube_of(ten_leavers()))),
            (Lines{"completed 1 of 10, 10.00 of 190.00", "voluntary 6 of 10, 150.00 of 190.00",
                   "involuntary 2 of 10, 20.00 of 190.00", "unknown 1 of 10, 10.00 of 190.00"}));
}

TEST(Causes, rank_reasons_by_the_mrr_that_left_for_them_or_by_customers) {
  const DepartureCube cube = cube_of(ten_leavers());
  EXPECT_EQ(told(reason_shares(cube)),
            (Lines{"competitor 2 of 10, 110.00 of 190.00", "too_expensive 3 of 10, 30.00 of 190.00",
                   "card_expired 2 of 10, 20.00 of 190.00", "project_finished 1 of 10, 10.00 of 190.00",
                   "missing_feature 1 of 10, 10.00 of 190.00", "unknown 1 of 10, 10.00 of 190.00"}));
  EXPECT_EQ(told(reason_shares(cube, RankedBy::customers)).front(), "too_expensive 3 of 10, 30.00 of 190.00");
}

TEST(Causes, tell_three_stories_of_those_who_chose_to_leave) {
  EXPECT_EQ(told(story_shares(cube_of(ten_leavers()))),
            (Lines{"competitor 2 of 6, 110.00 of 150.00", "stale_product 1 of 6, 10.00 of 150.00",
                   "wrong_customer 0 of 6, 0.00 of 150.00", "another 3 of 6, 30.00 of 150.00"}));
  EXPECT_EQ(told(story_shares(cube_of(ten_leavers()), {{"too_expensive", "price"}})),
            (Lines{"price 3 of 6, 30.00 of 150.00", "another 3 of 6, 120.00 of 150.00"}));
  EXPECT_EQ(support::error_of([] {
              (void)story_shares(cube_of(ten_leavers()), {{"quality", ""}});
            }),
            ErrorCode::unknown_name);
}

TEST(Causes, of_types_are_rates_of_the_customers_at_opening_that_add_up_to_the_churn_rate) {
  const Book book = ten_leavers();
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  const MovementCube movements = MovementCube::fold(book, grid);
  const std::vector<TypeRate> rates = type_rates(cube_of(book), movements);
  ASSERT_EQ(rates.size(), 24U);
  EXPECT_EQ(rates[9].type, DepartureType::voluntary);  // of March
  EXPECT_EQ(rates[9].rate, (Proportion{4, 18}));
  for (std::size_t p = 0; p < grid.size(); ++p) {
    std::int64_t lost = 0;
    for (std::size_t t = 0; t < 4; ++t) lost += rates[4 * p + t].rate->numerator();
    EXPECT_EQ(lost, movements.at(0, p).churned_customers);
  }
}

TEST(Causes, are_no_rates_under_netting_by_day_and_not_of_movements_counted_otherwise) {
  const Book book = ten_leavers();
  RateRules by_day = book.conventions().rate;
  by_day.netting = Netting::by_day;
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  const MovementCube movements = MovementCube::fold(book, grid, {}, {.rules = by_day});
  for (const TypeRate& rate : type_rates(cube_of(book, {}, Netting::by_day), movements))
    EXPECT_FALSE(rate.rate.has_value());
  EXPECT_EQ(support::error_of([&] { (void)type_rates(cube_of(book), movements); }),
            ErrorCode::mismatched_cubes);
}

TEST(Causes, print_every_segment_period_and_cause) {
  const Table table = causes_table(cube_of(ten_leavers(), by::attribute("channel")));
  EXPECT_EQ(table.columns,
            (std::vector<std::string>{"channel", "period", "type", "reason", "customers", "mrr", "departures",
                                      "share", "ci_low", "ci_high", "complete"}));
  EXPECT_EQ(table.rows.size(), 2U * 6 * 6);
  const std::string csv = to_csv(table);
  EXPECT_NE(csv.find("ads,2024-03-01,voluntary,competitor,2,110.00,4,0.5,0.1500389891521495"),
            std::string::npos)
      << csv;
  EXPECT_NE(csv.find("search,2024-03-01,voluntary,competitor,0,0.00,0,,,,1"), std::string::npos);
}

TEST(Causes, of_a_book_that_nobody_has_left_still_name_every_period) {
  const Book book = book_as_of("2024-03-01", {a_customer("ann").on("pro").from("2024-01-01")});
  const DepartureCube cube = DepartureCube::fold(book, months_of("2024-01-01", "2024-03-01"));
  EXPECT_EQ(to_csv(causes_table(cube)),
            "period,type,reason,customers,mrr,departures,share,ci_low,ci_high,complete\n"
            "2024-01-01,unknown,unknown,0,0.00,0,,,,1\n"
            "2024-02-01,unknown,unknown,0,0.00,0,,,,1\n");
  EXPECT_EQ(causes_sentence(cube), "Nobody left in these periods.");
  EXPECT_FALSE(test_type_mix(cube).has_value());
}

TEST(Causes, of_a_period_that_is_not_known_are_empty) {
  const Book book = book_as_of("2024-03-01", {leaver("a", "2024-02-05", "price")});
  const std::string csv =
      to_csv(causes_table(DepartureCube::fold(book, months_of("2024-01-01", "2024-04-01"))));
  EXPECT_NE(csv.find("2024-03-01,voluntary,too_expensive,,,,,,,0\n"), std::string::npos) << csv;
  EXPECT_EQ(causes_sentence(DepartureCube::fold(book, months_of("2024-03-01", "2024-05-01"))),
            "Nothing is known of these periods.")
      << "not that nobody left";
}

TEST(Causes, are_said_in_sentences) {
  EXPECT_EQ(
      causes_sentence(cube_of(ten_leavers())),
      "Of 10 departures 60 % chose to (95 %: 31 to 83), 20 % had a payment fail (6 to 51), 10 % were done (2 "
      "to "
      "40), 10 % left nothing on record that says why (2 to 40). Most MRR left for competitor: 110.00 USD a "
      "month with 2 customers.");
}

// 20 yen were more than 10 dollars, as there were more of them.
TEST(Causes, of_several_currencies_are_ranked_in_each) {
  const Book book = book_as_of(
      "2024-07-01", {leaver("a", "2024-02-05", "price"), leaver("b", "2024-03-05", "quality", "2.00"),
                     leaver("c", "2024-03-05", "competitor", "2000").in("JPY")});
  const std::string sentence = causes_sentence(cube_of(book, by::currency));
  EXPECT_NE(
      sentence.find(" Most MRR left for competitor: 2000 JPY a month with 1 customer; for too_expensive: "
                    "10.00 USD a month with 1 customer."),
      std::string::npos)
      << sentence;
}

TEST(Causes, that_differ_between_segments_are_told_by_pearsons_test) {
  // R: chisq.test(matrix(c(30, 10, 10, 30), 2), correct = FALSE) gives X-squared = 20, p-value = 7.744e-06.
  const auto group = [](int count, const char* channel, const char* reason) {
    return copies(count, a_customer(std::string(channel) + reason)
                             .on("pro")
                             .from("2024-01-01")
                             .until("2024-03-05")
                             .because(reason)
                             .with("channel", channel));
  };
  const Book book = book_as_of(
      "2024-07-01", support::together({group(30, "ads", "price"), group(10, "ads", "card_expired"),
                                       group(10, "mail", "price"), group(30, "mail", "card_expired")}));
  const DepartureCube cube = cube_of(book, by::attribute("channel"));
  const auto test = test_type_mix(cube);
  ASSERT_TRUE(test.has_value());
  EXPECT_DOUBLE_EQ(test->statistic, 20);
  EXPECT_NEAR(test->p.value, 7.744e-06, 5e-10);  // as many digits as R prints
  EXPECT_NE(causes_sentence(cube).find("The mix of types differs between the segments (p < 0.0001)."),
            std::string::npos)
      << causes_sentence(cube);
}

}  // namespace
}  // namespace churn

#include <churn/metric/segment_contrast.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <churn/io/book_folder.hpp>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "stats/wording.hpp"
#include "support/build_book.hpp"
#include "support/random_book.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using support::a_customer;
using support::book_as_of;
using support::copies;
using support::months_of;
using support::together;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// Tails of chi-square: R and Boost.Math agree to some 1e-14; sums of Fisher's terms to 1e-10.
constexpr double tolerance = 1e-10;

/// Of 40, 60 and 20 customers there in April and May, 12, 3 and 2 leave in May.
support::CustomerSentences three_channels() {
  const auto group = [](int count, const std::string& name, const std::string& channel, const char* price) {
    return copies(count, a_customer(name).with("channel", channel).on("pro").from("2024-01-01").at(price));
  };
  const auto leavers = [](int count, const std::string& name, const std::string& channel, const char* price) {
    return copies(
        count,
        a_customer(name).with("channel", channel).on("pro").from("2024-01-01").until("2024-05-10").at(price));
  };
  return together({group(28, "a", "ads", "20.00"), leavers(12, "b", "ads", "20.00"),
                   group(57, "c", "web", "10.00"), leavers(3, "d", "web", "10.00"),
                   group(18, "e", "shop", "30.00"), leavers(2, "f", "shop", "30.00")});
}

MovementCube cube_of_channels() {
  return MovementCube::fold(book_as_of("2024-06-01", three_channels()), months_of("2024-04-01", "2024-06-01"),
                            by::attribute("channel"));
}

std::vector<std::string> labels_of(const SegmentContrasts& contrasts) {
  std::vector<std::string> labels;
  for (const SegmentContrast& row : contrasts.rows) labels.push_back(row.label.front());
  return labels;
}

TEST(SegmentContrast, counts_the_lost_of_all_complete_periods_and_ranks_by_what_is_at_stake) {
  const SegmentContrasts channels = segment_contrasts(cube_of_channels());
  EXPECT_THAT(labels_of(channels), ElementsAre("ads", "shop", "web"));
  EXPECT_EQ(channels.basis.periods, 2U);
  EXPECT_EQ(channels.basis.span, Period(support::day("2024-04-01"), support::day("2024-06-01")));
  const SegmentContrast& ads = channels.rows[0];
  EXPECT_EQ(ads.customers.one, Proportion(12, 80)) << "Customers of April and of May.";
  EXPECT_EQ(ads.customers.other, Proportion(5, 160));
  EXPECT_EQ(support::shown(ads.revenue.lost), "240.00");
  EXPECT_EQ(support::shown(ads.revenue.opening), "1600.00");
  // 240 - 90 / 2400 x 1600
  EXPECT_EQ(ads.revenue.mrr_at_stake().value().to_string(), "180.00");
  // 60 - 270 / 2800 x 1200 = -55.714...
  EXPECT_EQ(channels.rows[1].revenue.mrr_at_stake().value().to_string(), "-55.71");
  // 30 - 300 / 2800 x 1200 = -98.571...
  EXPECT_EQ(channels.rows[2].revenue.mrr_at_stake().value().to_string(), "-98.57");
}

TEST(SegmentContrast, tests_equal_the_answers_of_r) {
  const SegmentContrasts channels = segment_contrasts(cube_of_channels());
  const auto p = [&](std::size_t row) { return channels.rows[row].customers.p.value().value; };
  const auto adjusted = [&](std::size_t row) {
    return channels.rows[row].customers.p_adjusted.value().value;
  };
  // prop.test(c(12,5), c(80,160))$p.value, fisher.test(matrix(c(2,38,15,185),2))$p.value,
  // prop.test(c(3,14), c(120,120))$p.value, and p.adjust(, "holm") of the three
  EXPECT_NEAR(p(0), 0.001848694421761405, tolerance);
  EXPECT_NEAR(p(1), 0.745327693050030660, tolerance);
  EXPECT_NEAR(p(2), 0.011865988856350436, tolerance);
  EXPECT_NEAR(adjusted(0), 0.005546083265284215, tolerance);
  EXPECT_NEAR(adjusted(1), 0.745327693050030660, tolerance);
  EXPECT_NEAR(adjusted(2), 0.023731977712700872, tolerance);
  EXPECT_EQ(channels.rows[0].customers.test, ContrastTest::chi_square_yates);
  EXPECT_EQ(channels.rows[1].customers.test, ContrastTest::fisher) << "2.8 departures expected.";
  ASSERT_EQ(channels.overall.size(), 1U);
  EXPECT_EQ(channels.overall[0].customers.test, ContrastTest::fisher);
  // fisher.test(matrix(c(12,3,2,68,117,38),3))$p.value
  EXPECT_NEAR(channels.overall[0].customers.p.value().value, 0.002915840337898642, tolerance);
}

TEST(SegmentContrast, pairs_equal_the_answers_of_r_and_come_in_order_of_labels) {
  const SegmentPairs pairs = segment_pairs(cube_of_channels());
  ASSERT_EQ(pairs.rows.size(), 3U);
  // fisher.test(matrix(c(12,68,2,38),2)), prop.test(c(12,3),c(80,120)), fisher.test(matrix(c(2,38,3,117),2))
  const std::vector<double> p{0.137939454779891696, 0.002578435843870627, 0.599476845985222773};
  const std::vector<double> holm{0.275878909559783392, 0.007735307531611882, 0.599476845985222773};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(pairs.rows[i].customers.p.value().value, p[i], tolerance);
    EXPECT_NEAR(pairs.rows[i].customers.p_adjusted.value().value, holm[i], tolerance);
  }
  EXPECT_THAT(pairs.rows[1].one, ElementsAre("ads"));
  EXPECT_THAT(pairs.rows[1].other, ElementsAre("web"));
  // 240 - 30 / 1200 x 1600
  EXPECT_EQ(pairs.rows[1].revenue.mrr_at_stake().value().to_string(), "200.00");
}

TEST(SegmentContrast, a_table_has_every_figure_and_says_where_counts_are_small) {
  const Table table = contrasts_table(segment_contrasts(cube_of_channels()));
  EXPECT_EQ(to_csv(Table{table.columns, {}}),
            "channel,numerator,denominator,value,ci_low,ci_high,rest_numerator,rest_denominator,rest_value,"
            "difference,low,high,p,p_adjusted,test,mrr_lost,mrr_opening,mrr_at_stake,note\n");
  ASSERT_EQ(table.rows.size(), 3U);
  const auto at = [&](std::size_t row, const std::string& column) {
    const auto found = std::find(table.columns.begin(), table.columns.end(), column);
    return to_text(table.rows[row].at(static_cast<std::size_t>(found - table.columns.begin())));
  };
  EXPECT_EQ(at(0, "channel"), "ads");
  EXPECT_EQ(at(0, "value"), "0.15");
  EXPECT_EQ(at(0, "rest_value"), "0.03125");
  EXPECT_EQ(at(0, "mrr_lost"), "240.00");
  EXPECT_EQ(at(0, "mrr_opening"), "1600.00");
  EXPECT_EQ(at(0, "mrr_at_stake"), "180.00");
  EXPECT_EQ(at(0, "test"), "chi_square_yates");
  EXPECT_EQ(at(0, "note"), "");
  EXPECT_EQ(at(1, "note"), "fewer than 5 departures expected: exact test");
  const Table exact = contrasts_table(segment_contrasts(cube_of_channels()), true);
  EXPECT_EQ(to_text(exact.rows[0][17]), std::to_string(18000 * ticks_per_minor_unit_a_month));
  EXPECT_EQ(exact.rows[0].size(), exact.columns.size());
}

TEST(SegmentContrast, a_table_of_pairs_names_both) {
  const Table table = pairs_table(segment_pairs(cube_of_channels()));
  EXPECT_EQ(
      to_csv(Table{table.columns, {}}),
      "channel,other_channel,numerator,denominator,value,ci_low,ci_high,other_numerator,other_denominator,"
      "other_value,difference,low,high,p,p_adjusted,test,mrr_lost,mrr_opening,mrr_at_stake,note\n");
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(to_text(table.rows[0][0]) + to_text(table.rows[0][1]), "adsshop");
  EXPECT_EQ(table.rows[0].size(), table.columns.size());
}

TEST(SegmentContrast, a_sentence_names_the_segment_that_most_is_at_stake_in) {
  // 12/80 less 5/160 is 11.875 points; Wilson: 0.0879 to 0.2441 and 0.0134 to 0.0711, of which Newcombe.
  EXPECT_EQ(
      contrast_sentence(segment_contrasts(cube_of_channels())),
      "ads loses 11.9 points more of its customers a month than the others (95 %: 4.5 to 21.5; "
      "p = 0.0055 after Holm's correction over 3 segments), and 180.00 USD more MRR than it would have lost "
      "at their rate, over 2 months. 2 of 3 segments differ from the others by more than chance.");
}

TEST(SegmentContrast, a_sentence_without_a_finding_says_what_would_have_been_missed) {
  const Book book = book_as_of(
      "2024-06-01", together({copies(10, a_customer("a").with("channel", "ads").on("pro")),
                              copies(12, a_customer("b").with("channel", "web").on("pro")),
                              {a_customer("c").with("channel", "web").on("pro").until("2024-05-02"),
                               a_customer("d").with("channel", "ads").on("pro").until("2024-05-02")}}));
  const std::string sentence = contrast_sentence(
      segment_contrasts(book, months_of("2024-05-01", "2024-06-01"), by::attribute("channel")));
  EXPECT_THAT(sentence,
              HasSubstr("No segment loses more or fewer customers than the others by more than chance "
                        "over 1 month"));
  EXPECT_THAT(sentence, HasSubstr("points would have been missed in ads."));
}

TEST(SegmentContrast, of_several_that_leak_the_one_with_most_mrr_at_stake_is_named) {
  const auto states = [](const char* name, int stay, int leave, const char* price) {
    return together(
        {copies(stay, a_customer(std::string(name) + "s").with("state", name).on("pro").at(price)),
         copies(leave, a_customer(std::string(name) + "l")
                           .with("state", name)
                           .on("pro")
                           .at(price)
                           .until("2024-05-10"))});
  };
  const Book book = book_as_of(
      "2024-06-01",
      together({states("A", 35, 15, "10.00"), states("B", 40, 10, "99.00"), states("C", 298, 2, "10.00")}));
  const SegmentContrasts contrasts =
      segment_contrasts(book, months_of("2024-05-01", "2024-06-01"), by::attribute("state"));
  EXPECT_THAT(labels_of(contrasts), ElementsAre("B", "A", "C"));
  EXPECT_LT(contrasts.rows[1].customers.p.value().value, contrasts.rows[0].customers.p.value().value);
  EXPECT_THAT(contrast_sentence(contrasts), StartsWith("B loses 15.1 points more"));
  EXPECT_THAT(contrast_sentence(contrasts), HasSubstr("3 of 3 segments differ"));
}

TEST(SegmentContrast, who_holds_better_is_named_where_nobody_leaks) {
  const auto states = [](const char* name, int stay, int leave) {
    return together(
        {copies(stay, a_customer(std::string(name) + "s").with("state", name).on("pro")),
         copies(leave,
                a_customer(std::string(name) + "l").with("state", name).on("pro").until("2024-05-10"))});
  };
  const Book book = book_as_of("2024-06-01", together({states("A", 40, 10), states("B", 40, 10),
                                                       states("C", 40, 10), states("D", 50, 0)}));
  EXPECT_THAT(contrast_sentence(
                  segment_contrasts(book, months_of("2024-05-01", "2024-06-01"), by::attribute("state"))),
              StartsWith("D loses 20 points less of its customers a month than the others (95 %: "));
}

TEST(SegmentContrast, of_a_trailing_cube_only_the_last_complete_window_counts) {
  const Book book = book_as_of("2024-06-15", three_channels());
  const MovementCube cube =
      MovementCube::fold_trailing(book, months_of("2024-04-01", "2024-07-01"), 60, by::attribute("channel"));
  const SegmentContrasts channels = segment_contrasts(cube);
  EXPECT_EQ(channels.basis.periods, 1U);
  EXPECT_EQ(channels.basis.span->last(), support::day("2024-06-01")) << "June is not over.";
  EXPECT_EQ(channels.rows[0].customers.one, Proportion(12, 40));
  EXPECT_THAT(contrast_sentence(channels), HasSubstr("of its customers in 60 days than the others"));
}

TEST(SegmentContrast, the_conventions_of_the_book_say_which_interval_and_window) {
  Conventions conventions;
  conventions.rate.confidence = 0.9;
  conventions.rate.interval = IntervalMethod::jeffreys;
  conventions.rate.trailing_days = 60;
  const Book book = book_as_of("2024-06-01", three_channels(), conventions);
  const SegmentContrasts channels =
      segment_contrasts(book, months_of("2024-04-01", "2024-06-01"), by::attribute("channel"));
  EXPECT_EQ(channels.basis.trailing_days, 60);
  EXPECT_EQ(channels.rows[0].customers.interval, binomial_interval(12, 40, {0.9, IntervalMethod::jeffreys}));
  EXPECT_EQ(channels.rows[0].customers.difference, newcombe_difference(12, 40, 5, 80, 0.9));
  const SegmentContrasts own = segment_contrasts(book, months_of("2024-04-01", "2024-06-01"),
                                                 by::attribute("channel"), {.interval = IntervalRule{0.99}});
  EXPECT_EQ(own.rows[0].customers.interval, binomial_interval(12, 40, 0.99));
}

TEST(SegmentContrast, what_leaves_in_a_period_that_is_not_complete_does_not_count) {
  const Book book = book_as_of("2024-05-20", three_channels());
  const SegmentContrasts channels =
      segment_contrasts(book, months_of("2024-04-01", "2024-07-01"), by::attribute("channel"));
  EXPECT_EQ(channels.basis.periods, 1U);
  EXPECT_EQ(channels.rows[0].customers.one.numerator(), 0);
  EXPECT_EQ(channels.rows[0].customers.p, std::nullopt);
  EXPECT_EQ(contrast_sentence(channels), "Nobody left over 1 month, so no segment loses more than another.");
  for (const auto& row : contrasts_table(channels).rows) EXPECT_EQ(to_text(row.back()), "nobody left");
}

TEST(SegmentContrast, without_a_complete_period_there_are_rows_that_say_so) {
  const Book book = book_as_of("2024-05-20", three_channels());
  const SegmentContrasts channels =
      segment_contrasts(book, months_of("2024-05-01", "2024-06-01"), by::attribute("channel"));
  EXPECT_EQ(channels.basis.periods, 0U);
  EXPECT_EQ(channels.basis.span, std::nullopt);
  for (const auto& row : contrasts_table(channels).rows) EXPECT_EQ(to_text(row.back()), "no complete period");
  EXPECT_EQ(contrast_sentence(channels), "There is no complete period to compare segments in.");
}

TEST(SegmentContrast, a_single_segment_has_no_rest_and_no_p) {
  const SegmentContrasts total = segment_contrasts(book_as_of("2024-06-01", three_channels()),
                                                   months_of("2024-04-01", "2024-06-01"), {});
  ASSERT_EQ(total.rows.size(), 1U);
  EXPECT_EQ(total.rows[0].customers.p, std::nullopt);
  EXPECT_EQ(total.rows[0].revenue.mrr_at_stake(), std::nullopt);
  EXPECT_EQ(to_text(contrasts_table(total).rows[0].back()), "no customers to compare with");
  EXPECT_EQ(contrast_sentence(total),
            "There is only one segment with customers, and nothing to compare it with.");
}

TEST(SegmentContrast, an_empty_book_has_nothing_to_compare) {
  const SegmentContrasts none =
      segment_contrasts(book_as_of("2024-06-01", {}), months_of("2024-04-01", "2024-06-01"), {});
  EXPECT_THAT(contrast_sentence(none), HasSubstr("nothing to compare"));
  for (const auto& row : contrasts_table(none).rows)
    EXPECT_EQ(to_text(row.back()), "no customers at opening; no customers to compare with");
}

TEST(SegmentContrast, where_all_come_and_go_within_a_period_nobody_was_there_to_lose) {
  const Book book = book_as_of(
      "2024-06-01",
      together(
          {copies(3, a_customer("a").with("channel", "ads").on("pro").from("2024-05-03").until("2024-05-20")),
           copies(4, a_customer("b").with("channel", "web").on("pro").from("2024-05-03"))}));
  const SegmentContrasts channels =
      segment_contrasts(book, months_of("2024-05-01", "2024-06-01"), by::attribute("channel"));
  EXPECT_EQ(channels.overall[0].customers.groups, 0U);
  EXPECT_EQ(contrast_sentence(channels),
            "No segment had a customer at the opening of a period, so there is nothing to compare.");
  const SegmentContrasts plans = segment_contrasts(book, months_of("2024-05-01", "2024-06-01"), by::plan);
  EXPECT_EQ(to_text(contrasts_table(plans).rows[0].back()),
            "no customers at opening; no customers to compare with")
      << "Though plans may share customers, there is no p that could be rough.";
}

TEST(SegmentContrast, a_difference_of_a_few_in_a_hundred_thousand_is_told_in_its_digits) {
  // As of a metric that a cube may hold of millions of customers: 0.05 points less 0.04 are not 0.
  const Contrast found = contrast({45'000, 100'000'000}, {42'000, 100'000'000});
  ASSERT_LT(found.p.value().value, 0.001);
  EXPECT_EQ(in_points(found.difference.value().difference), "0.003");
  EXPECT_EQ(in_points(0.0412), "4.12");
  EXPECT_EQ(in_points(0.2345), "23.5");
  EXPECT_EQ(in_points(-1e-9), "0");
  EXPECT_EQ(confidence_in_words(0.9999), "99.99 %");
  EXPECT_EQ(confidence_in_words(0.95), "95 %");
}

TEST(SegmentContrast, where_everybody_leaves_no_segment_differs) {
  const Book book =
      book_as_of("2024-06-01",
                 together({copies(8, a_customer("a").with("channel", "ads").on("pro").until("2024-05-10")),
                           copies(9, a_customer("b").with("channel", "web").on("pro").until("2024-05-10"))}));
  const SegmentContrasts channels =
      segment_contrasts(book, months_of("2024-05-01", "2024-06-01"), by::attribute("channel"));
  EXPECT_EQ(channels.rows[0].customers.p, std::nullopt);
  EXPECT_EQ(channels.rows[0].revenue.mrr_at_stake().value().to_string(), "0.00");
  EXPECT_THAT(labels_of(channels), ElementsAre("ads", "web")) << "Ties by label.";
  EXPECT_EQ(to_text(contrasts_table(channels).rows[0].back()), "everybody left");
  EXPECT_EQ(contrast_sentence(channels),
            "Everybody left over 1 month, so no segment loses more than another.");
}

TEST(SegmentContrast, a_segment_without_customers_at_opening_says_so) {
  auto customers = three_channels();
  customers.push_back(a_customer("late").with("channel", "new").on("pro").from("2024-05-20"));
  const SegmentContrasts channels = segment_contrasts(
      book_as_of("2024-06-01", customers), months_of("2024-04-01", "2024-06-01"), by::attribute("channel"));
  const auto row = std::find_if(channels.rows.begin(), channels.rows.end(),
                                [](const SegmentContrast& r) { return r.label.front() == "new"; });
  ASSERT_NE(row, channels.rows.end());
  EXPECT_EQ(row->customers.p, std::nullopt);
  EXPECT_EQ(row->customers.one, Proportion(0, 0));
  EXPECT_EQ(row->revenue.mrr_at_stake().value().to_string(), "0.00");
  const Table table = contrasts_table(channels);
  EXPECT_EQ(to_text(table.rows[static_cast<std::size_t>(row - channels.rows.begin())].back()),
            "no customers at opening");
  EXPECT_NEAR(channels.rows[0].customers.p_adjusted.value().value, 0.005546083265284215, tolerance)
      << "Who can't be tested is not adjusted for.";
}

TEST(SegmentContrast, where_the_others_pay_nothing_no_money_is_at_stake_that_could_be_told) {
  Conventions conventions;
  conventions.book.free = FreePolicy::customer;
  const Book book = book_as_of("2024-06-01",
                               {a_customer("a").with("channel", "ads").on("pro").until("2024-05-10"),
                                a_customer("b").with("channel", "web").on("free").at("0")},
                               conventions);
  const SegmentContrasts channels =
      segment_contrasts(book, months_of("2024-05-01", "2024-06-01"), by::attribute("channel"));
  EXPECT_THAT(labels_of(channels), ElementsAre("web", "ads")) << "Without a figure last.";
  EXPECT_EQ(channels.rows[1].revenue.mrr_at_stake(), std::nullopt);
  EXPECT_THAT(to_text(contrasts_table(channels).rows[1].back()),
              HasSubstr("no MRR of the others at opening"));
}

TEST(SegmentContrast, one_customer_a_segment_is_no_finding) {
  support::CustomerSentences customers;
  for (const char* name : {"a", "b", "c", "d", "e"})
    customers.push_back(a_customer(name).with("name", name).on("pro"));
  customers.push_back(a_customer("f").with("name", "f").on("pro").until("2024-05-10"));
  const SegmentContrasts names = segment_contrasts(
      book_as_of("2024-06-01", customers), months_of("2024-05-01", "2024-06-01"), by::attribute("name"));
  // fisher.test(matrix(c(1,0,0,5),2))$p.value = 1/6, times six
  EXPECT_NEAR(names.rows[0].customers.p.value().value, 1.0 / 6, tolerance);
  EXPECT_NEAR(names.rows[0].customers.p_adjusted.value().value, 1, tolerance);
  EXPECT_THAT(contrast_sentence(names), HasSubstr("No segment loses more"));
}

TEST(SegmentContrast, segments_of_several_currencies_are_contrasted_within_each) {
  const auto group = [](const char* name, const char* channel, const char* currency, int stay, int leave) {
    return together(
        {copies(stay, a_customer(std::string(name) + "s").with("channel", channel).on("pro").in(currency)),
         copies(leave, a_customer(std::string(name) + "l")
                           .with("channel", channel)
                           .on("pro")
                           .in(currency)
                           .until("2024-05-10"))});
  };
  const Book book =
      book_as_of("2024-06-01", together({group("a", "ads", "USD", 20, 10), group("b", "web", "USD", 38, 2),
                                         group("c", "ads", "EUR", 30, 5), group("d", "web", "EUR", 40, 4)}));
  const SegmentContrasts result =
      segment_contrasts(book, months_of("2024-05-01", "2024-06-01"), by::currency * by::attribute("channel"));
  ASSERT_EQ(result.rows.size(), 4U);
  EXPECT_EQ(result.rows[0].revenue.currency.code(), "EUR");
  EXPECT_EQ(result.rows[0].customers.other, Proportion(4, 44));
  EXPECT_EQ(result.rows[2].revenue.currency.code(), "USD");
  EXPECT_EQ(result.rows[2].customers.other, Proportion(2, 40));
  EXPECT_FALSE(result.basis.overlapping);
  ASSERT_EQ(result.overall.size(), 2U);
  // Both rows of a currency are one comparison seen from two sides.
  EXPECT_EQ(result.basis.comparisons, 2U);
  for (const std::size_t row : {2U, 3U})
    EXPECT_DOUBLE_EQ(result.rows[row].customers.p_adjusted.value().value,
                     2 * result.rows[row].customers.p.value().value);
  EXPECT_THAT(contrast_sentence(result), StartsWith("EUR: "));
  EXPECT_THAT(contrast_sentence(result), HasSubstr("USD: USD / ads loses 28.3 points more"));
  EXPECT_THAT(contrast_sentence(result), HasSubstr("Holm's correction over 2 comparisons"))
      << "of 4 segments";
  EXPECT_EQ(
      segment_pairs(book, months_of("2024-05-01", "2024-06-01"), by::currency * by::attribute("channel"))
          .rows.size(),
      2U);
}

TEST(SegmentContrast, customers_of_two_plans_are_in_both_and_the_result_says_so) {
  const Book book =
      book_as_of("2024-06-01", {a_customer("a").on("basic").until("2024-05-10").on("pro").until("2024-05-10"),
                                a_customer("b").on("basic"), a_customer("c").on("pro")});
  const SegmentContrasts plans = segment_contrasts(book, months_of("2024-05-01", "2024-06-01"), by::plan);
  EXPECT_TRUE(plans.basis.overlapping);
  EXPECT_EQ(plans.rows[0].customers.one, Proportion(1, 2));
  EXPECT_EQ(plans.rows[1].customers.one, Proportion(1, 2)) << "The same departure.";
  EXPECT_THAT(to_text(contrasts_table(plans).rows[0].back()),
              HasSubstr("customers may be in several segments"));
  EXPECT_THAT(contrast_sentence(plans), HasSubstr("Customers may be in several segments at once"));
  EXPECT_TRUE(segments_overlap(by::attribute("x") * by::plan));
  EXPECT_FALSE(segments_overlap(by::primary_plan));
  EXPECT_FALSE(segments_overlap(by::currency));
  EXPECT_FALSE(segments_overlap({}));
}

TEST(SegmentContrast, too_many_segments_make_no_pairs) {
  support::CustomerSentences customers;
  for (std::size_t i = 0; i <= most_groups_in_pairs; ++i)
    customers.push_back(a_customer(std::to_string(i)).with("name", std::to_string(i)).on("pro"));
  const Book book = book_as_of("2024-06-01", customers);
  EXPECT_EQ(error_of([&] {
              (void)segment_pairs(book, months_of("2024-05-01", "2024-06-01"), by::attribute("name"));
            }),
            "out_of_range");
}

TEST(SegmentContrast, what_is_at_stake_is_rounded_half_to_even_once) {
  const Currency usd{"USD"};
  const auto stake = [&](std::int64_t lost, std::int64_t opening, std::int64_t other_lost,
                         std::int64_t other_opening) {
    return RevenueContrast{usd, lost, opening, other_lost, other_opening}.mrr_at_stake()->minor_units();
  };
  EXPECT_EQ(stake(4320 / 2, 0, 0, 1), 0) << "Half a cent, to the even 0.";
  EXPECT_EQ(stake(3 * 4320 / 2, 0, 0, 1), 2);
  EXPECT_EQ(stake(0, 4320, 1, 2), 0) << "Minus half a cent.";
  EXPECT_EQ(stake(0, 3 * 4320, 1, 2), -2);
  EXPECT_EQ(stake(4320 / 2 + 1, 0, 0, 1), 1);
  const RevenueContrast wild{usd, 0, std::numeric_limits<std::int64_t>::max(), 4320 * 10'000, 1};
  EXPECT_EQ(error_of([&] { (void)wild.mrr_at_stake(); }), "overflow");
}

RC_GTEST_PROP(SegmentContrast, what_is_at_stake_equals_the_fraction_to_half_a_unit, ()) {
  using boost::multiprecision::cpp_rational;
  const auto opening = *between<std::int64_t>(0, std::int64_t{1} << 62);
  const auto other_opening = *between<std::int64_t>(1, std::int64_t{1} << 62);
  const RevenueContrast revenue{Currency{"USD"}, *between<std::int64_t>(0, opening + 1), opening,
                                *between<std::int64_t>(0, other_opening + 1), other_opening};
  const cpp_rational exact =
      cpp_rational{revenue.lost} - cpp_rational{revenue.other_lost, other_opening} * opening;
  RC_ASSERT(abs(cpp_rational{revenue.ticks_at_stake().value()} - exact) <= cpp_rational(1, 2));
  RC_ASSERT(abs(cpp_rational{revenue.mrr_at_stake()->minor_units()} - exact / ticks_per_minor_unit_a_month) <=
            cpp_rational(1, 2));
}

support::RandomCase random_case() {
  support::RandomCase random = support::draw_case();
  random.book.customers.push_back({.id = "known", .attributes = {{"channel", "ads"}, {"country", "DE"}}});
  return random;
}

RC_GTEST_PROP(SegmentContrast, segments_and_their_rest_are_the_total_however_a_book_is_split, ()) {
  const auto random = random_case();
  const PeriodGrid grid = support::draw_grid().first;
  const Book book = support::build(random.book, random.rules).book;
  const SegmentContrasts total = segment_contrasts(book, grid, {});
  const SegmentContrast& whole = total.rows.front();
  for (const Segmenter& segmenter :
       {by::attribute("channel"), by::attribute("country") * by::attribute("channel")}) {
    std::int64_t counted = 0;
    const SegmentContrasts parts = segment_contrasts(book, grid, segmenter);
    for (const SegmentContrast& row : parts.rows) {
      RC_ASSERT(row.customers.one.numerator() + row.customers.other.numerator() ==
                whole.customers.one.numerator());
      RC_ASSERT(row.customers.one.denominator() + row.customers.other.denominator() ==
                whole.customers.one.denominator());
      RC_ASSERT(row.revenue.lost + row.revenue.other_lost == whole.revenue.lost);
      RC_ASSERT(row.revenue.opening + row.revenue.other_opening == whole.revenue.opening);
      counted += row.customers.one.numerator();
    }
    RC_ASSERT(counted == whole.customers.one.numerator());
    (void)contrast_sentence(parts);
  }
}

RC_GTEST_PROP(SegmentContrast, the_order_of_rows_changes_nothing, ()) {
  support::RandomCase random = random_case();
  const PeriodGrid grid = support::draw_grid().first;
  const Segmenter segmenter = by::attribute("country") * by::attribute("channel");
  const auto answers = [&] {
    const Book book = support::build(random.book, random.rules).book;
    const SegmentContrasts contrasts = segment_contrasts(book, grid, segmenter);
    return to_csv(contrasts_table(contrasts, true)) +
           to_csv(pairs_table(segment_pairs(book, grid, segmenter), true)) + contrast_sentence(contrasts);
  };
  const std::string first = answers();
  std::reverse(random.book.customers.begin(), random.book.customers.end());
  std::rotate(random.book.phases.begin(),
              random.book.phases.begin() + static_cast<std::ptrdiff_t>(random.book.phases.size() / 2),
              random.book.phases.end());
  RC_ASSERT(answers() == first);
}

/// Three years of the sample book, whose README says what was put in.
SegmentContrasts of_the_sample_book(const Segmenter& segmenter) {
  static const Book book = [] {
    const LoadedBook loaded = read_book_folder(CHURN_SOURCE_DIR "/examples/sample_book");
    return Book::build(loaded.records, support::day("2025-01-01"), loaded.conventions).book;
  }();
  return segment_contrasts(book, months_of("2022-01-01", "2025-01-01"), segmenter);
}

TEST(SegmentContrast, finds_the_channel_and_the_vertical_that_leak_in_the_sample_book) {
  for (const auto& [attribute, leak] : {std::pair{"channel", "paid_social"}, {"industry", "healthcare"}}) {
    const SegmentContrasts contrasts = of_the_sample_book(by::attribute(attribute));
    EXPECT_EQ(contrasts.rows.front().label.front(), leak) << "Most MRR is at stake where it leaks.";
    EXPECT_LT(contrasts.rows.front().customers.p_adjusted.value().value, 1e-9);
    EXPECT_THAT(contrast_sentence(contrasts), StartsWith(std::string(leak) + " loses 3."));
    EXPECT_LT(contrasts.overall.front().customers.p.value().value, 1e-6);
  }
}

TEST(SegmentContrast, finds_nothing_in_the_sample_book_where_nothing_was_put_in) {
  for (const char* attribute : {"country", "size", "sales_region", "success_manager"}) {
    const SegmentContrasts contrasts = of_the_sample_book(by::attribute(attribute));
    EXPECT_THAT(contrast_sentence(contrasts), StartsWith("No segment loses more or fewer customers"))
        << attribute;
  }
}

#ifdef CHURN_ORACLES_DIR
/// The 3333 customers of the oracle as a book: all there at the opening of May, those that churned gone in it, each at
/// its daily charge.
Book book_of_3333() {
  const std::string folder = std::string(CHURN_ORACLES_DIR) + "/churn_bigml/";
  Records records;
  int number = 0;
  for (const auto& file : {"churn_bigml_80.csv", "churn_bigml_20.csv"})
    for (const auto& row : support::read_csv(folder + file)) {
      auto customer = a_customer("c" + std::to_string(++number));
      for (const auto& [attribute, column] : {std::pair{"state", "State"},
                                              {"International_plan", "International plan"},
                                              {"Voice_mail_plan", "Voice mail plan"},
                                              {"Area_code", "Area code"}})
        customer.with(attribute, row.at(column));
      customer.with("service_calls_4plus", std::stoi(row.at("Customer service calls")) >= 4 ? "yes" : "no");
      customer.on("line").from("2024-01-01").at(row.at("Total day charge"));
      if (row.at("Churn") == "TRUE" || row.at("Churn") == "True") customer.until("2024-05-15");
      customer.add_to(records);
    }
  Conventions conventions;
  conventions.book.free = FreePolicy::customer;  // two made no calls by day
  return Book::build(records, support::day("2024-06-01"), conventions).book;
}

TEST(SegmentContrast, from_a_book_of_3333_customers_equals_the_answers_of_r) {
  const Book book = book_of_3333();
  const PeriodGrid may = months_of("2024-05-01", "2024-06-01");
  const std::string folder = std::string(CHURN_ORACLES_DIR) + "/churn_bigml/";
  const ContrastRule fisher{.enough_expected = std::numeric_limits<double>::infinity()};

  std::map<std::string, SegmentContrast> states;
  for (SegmentContrast& row : segment_contrasts(book, may, by::attribute("state"), fisher).rows)
    states.emplace(row.label.front(), std::move(row));
  ASSERT_EQ(states.size(), 51U);
  for (const auto& row : support::read_csv(folder + "state_vs_rest_51_tests.csv")) {
    const Contrast& state = states.at(row.at("state")).customers;
    EXPECT_EQ(state.one, Proportion(std::stoll(row.at("churned")), std::stoll(row.at("n"))));
    EXPECT_NEAR(state.p.value().value / std::stod(row.at("p_fisher_vs_rest")), 1, 1e-9);
    EXPECT_NEAR(state.p_adjusted.value().value / std::stod(row.at("holm")), 1, 1e-9);
  }

  for (const auto& row : support::read_csv(folder + "segment_tests.csv")) {
    const auto contrasts = segment_contrasts(book, may, by::attribute(row.at("segment")));
    const OverallContrast& overall = contrasts.overall.at(0).customers;
    EXPECT_NEAR(overall.p.value().value / std::stod(row.at("p_chisq_yates")), 1, 1e-9) << row.at("segment");
    for (const auto& expected : support::read_csv(folder + "segment_churn_rates.csv")) {
      if (expected.at("segment") != row.at("segment")) continue;
      const bool found =
          std::any_of(contrasts.rows.begin(), contrasts.rows.end(), [&](const SegmentContrast& r) {
            return r.customers.one ==
                       Proportion(std::stoll(expected.at("x")), std::stoll(expected.at("n"))) &&
                   std::abs(r.customers.interval->low - std::stod(expected.at("wilson_lower"))) < 1e-11 &&
                   std::abs(r.customers.interval->high - std::stod(expected.at("wilson_upper"))) < 1e-11;
          });
      EXPECT_TRUE(found) << expected.at("segment") << ' ' << expected.at("level");
    }
  }

  for (const auto& row : support::read_csv(folder + "segment_pairwise.csv")) {
    for (const SegmentPair& pair : segment_pairs(book, may, by::attribute(row.at("segment")), fisher).rows) {
      if (pair.one.front() != row.at("level1") || pair.other.front() != row.at("level2")) continue;
      EXPECT_NEAR(pair.customers.p.value().value / std::stod(row.at("p_fisher")), 1, 1e-9);
      EXPECT_NEAR(pair.customers.difference->difference, std::stod(row.at("diff")), 1e-15);
      EXPECT_NEAR(pair.customers.difference->interval.low, std::stod(row.at("newcombe_lower")), 1e-12);
      EXPECT_NEAR(pair.customers.difference->interval.high, std::stod(row.at("newcombe_upper")), 1e-12);
    }
  }

  EXPECT_THAT(contrast_sentence(segment_contrasts(book, may, by::attribute("state"))),
              testing::Not(HasSubstr("nan")));
}
#endif

}  // namespace
}  // namespace churn

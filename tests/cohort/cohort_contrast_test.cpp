#include <churn/cohort/cohort_contrast.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <churn/io/book_folder.hpp>

#include "core/error_of.hpp"
#include "support/build_book.hpp"
#include "support/random_book.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using core_test::error_of;
using support::a_customer;
using support::book_as_of;
using support::copies;
using support::day;
using support::months_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr double tolerance = 1e-10;  // as in segment_contrast_test.cpp

std::string month(int number) {
  return "2024-" + std::string(number < 10 ? "0" : "") + std::to_string(number);
}

/// A cohort of `size` a month from January on, of whom so many leave on the tenth of the next month.
support::CustomerSentences cohorts_that_lose(int size, const std::vector<int>& lost) {
  support::CustomerSentences customers;
  for (std::size_t i = 0; i < lost.size(); ++i) {
    const int number = static_cast<int>(i) + 1;
    const std::string from = month(number) + "-05";
    const std::string until = month(number + 1) + "-10";
    for (const auto& stays : copies(size - lost[i], a_customer(from + "s").on("a").from(from)))
      customers.push_back(stays);
    for (const auto& leaves : copies(lost[i], a_customer(from + "l").on("a").from(from).until(until)))
      customers.push_back(leaves);
  }
  return customers;
}

CohortCube cube_of(const std::vector<int>& lost, int size = 20) {
  const std::string end = month(static_cast<int>(lost.size()) + 2) + "-01";
  return CohortCube::fold(book_as_of(end, cohorts_that_lose(size, lost)), months_of("2024-01-01", end));
}

TEST(CohortContrast, the_newest_cohort_is_compared_with_all_earlier_at_equal_age) {
  // The last cohort has lost half of its customers by the close of age 1, the others 12 of 100.
  const CohortContrasts cohorts = cohort_contrasts(cube_of({2, 3, 2, 3, 2, 10}));
  ASSERT_EQ(cohorts.ages.size(), 6U);
  const CohortAge& first = cohorts.ages[1];
  EXPECT_EQ(first.age, 1U);
  EXPECT_EQ(first.cohorts, 6U);
  EXPECT_EQ(first.newest, 1U);
  EXPECT_EQ(first.first_of_newest, day("2024-06-01"));
  EXPECT_EQ(first.retained.one, Proportion(10, 20));
  EXPECT_EQ(first.retained.other, Proportion(88, 100));
  EXPECT_EQ(first.retained.difference, newcombe_difference(10, 20, 88, 100));
  EXPECT_EQ(first.retained.test, ContrastTest::fisher) << "22 of 120 left: 3.7 expected.";
  // fisher.test(matrix(c(10,10,88,12),2))$p.value
  EXPECT_NEAR(first.retained.p.value().value, 0.0003487780411676938, tolerance);
  EXPECT_EQ(cohorts.ages[2].first_of_newest, day("2024-05-01")) << "June's cohort is not that old yet.";
  EXPECT_EQ(cohorts.ages[0].retained.p, std::nullopt) << "At the close of age 0 all are there.";
}

TEST(CohortContrast, p_is_adjusted_over_the_ages_that_have_one) {
  const CohortContrasts cohorts = cohort_contrasts(cube_of({2, 3, 2, 3, 2, 10}));
  std::vector<PValue> p;
  for (const CohortAge& at : cohorts.ages)
    if (at.retained.p) p.push_back(*at.retained.p);
  ASSERT_EQ(p.size(), 5U) << "Ages 1 to 5.";
  EXPECT_EQ(cohorts.ages[1].retained.p_adjusted, adjusted_p(p, Adjustment::holm)[0]);
  EXPECT_DOUBLE_EQ(cohorts.ages[1].retained.p_adjusted->value, 5 * p[0].value);
}

TEST(CohortContrast, several_cohorts_may_be_the_newest) {
  const CohortContrasts cohorts = cohort_contrasts(cube_of({2, 3, 2, 3, 8, 10}), {.newest = 2});
  EXPECT_EQ(cohorts.ages[1].retained.one, Proportion(22, 40));
  EXPECT_EQ(cohorts.ages[1].retained.other, Proportion(70, 80));
  EXPECT_EQ(cohorts.ages[1].first_of_newest, day("2024-05-01"));
  EXPECT_THAT(cohort_contrast_sentence(cohorts),
              StartsWith("Of the 2 cohorts from 2024-05-01 on 55 % were there"));
}

TEST(CohortContrast, a_series_is_who_had_left_of_each_cohort) {
  const CohortCube cube = cube_of({2, 3, 2, 3, 2, 10});
  EXPECT_THAT(cohort_series(cube, 1), ElementsAre(Ratio{2, 20}, Ratio{3, 20}, Ratio{2, 20}, Ratio{3, 20},
                                                  Ratio{2, 20}, Ratio{10, 20}));
  EXPECT_EQ(cohort_series(cube, 2).size(), 5U) << "It ends with the last that is known.";
  EXPECT_EQ(cohort_series(cube, 6).size(), 1U);
  EXPECT_TRUE(
      cohort_series(CohortCube::fold(book_as_of("2024-04-01", {}), months_of("2024-01-01", "2024-04-01")), 1)
          .empty());
}

TEST(CohortContrast, a_month_without_new_customers_keeps_its_place) {
  const CohortCube cube = CohortCube::fold(
      book_as_of("2024-05-01", {a_customer("ann").on("a"),
                                a_customer("bob").on("a").from("2024-03-01").until("2024-04-10")}),
      months_of("2024-01-01", "2024-05-01"));
  EXPECT_THAT(cohort_series(cube, 1), ElementsAre(Ratio{0, 1}, std::nullopt, Ratio{1, 1}));
  EXPECT_EQ(cohort_contrasts(cube).ages[1].cohorts, 2U);
}

TEST(CohortContrast, who_came_back_is_retained_unless_only_unbroken_counts) {
  const CohortCube cube = CohortCube::fold(
      book_as_of("2024-04-01", {a_customer("ann").on("a"),
                                a_customer("bob").on("a").until("2024-02-10").on("a").from("2024-03-10")}),
      months_of("2024-01-01", "2024-04-01"));
  EXPECT_THAT(cohort_series(cube, 2), ElementsAre(Ratio{0, 2}));
  EXPECT_THAT(cohort_series(cube, 2, Retention::unbroken), ElementsAre(Ratio{1, 2}));
}

TEST(CohortContrast, a_slow_slide_is_found_by_the_trend) {
  const CohortCube cube = cube_of({2, 3, 4, 6, 8, 10});
  const CohortContrasts cohorts = cohort_contrasts(cube);
  const Trend trend = trend_of(cohort_series(cube, 1), ChartKind::p);
  EXPECT_EQ(cohorts.ages[1].trend.line.value().slope, trend.line.value().slope);
  EXPECT_EQ(cohorts.ages[1].trend.test.value().p, trend.test.value().p);
  // cor.test(1:6, c(.1,.15,.2,.3,.4,.5), method = "kendall")$p.value
  EXPECT_NEAR(trend.test->p.value().value, 0.002777777777777768, tolerance);
  EXPECT_GT(cohorts.ages[1].trend_p.value().value, 0.0027) << "Adjusted over the ages.";
  const Table table = cohort_contrasts_table(cohorts);
  EXPECT_EQ(table.rows[1][15], Cell{-trend.line->slope}) << "Of retention, which falls.";
  EXPECT_THAT(
      cohort_contrast_sentence(cohorts),
      HasSubstr("Retention at age 1 over 6 cohorts falls by 8.33 points a cohort (p = 0.014 after Holm's "
                "correction over 5 ages)."));
}

TEST(CohortContrast, a_table_has_a_row_an_age_and_says_where_counts_are_small) {
  const Table table = cohort_contrasts_table(cohort_contrasts(cube_of({2, 3, 2, 3, 2, 10})));
  EXPECT_EQ(to_csv(Table{table.columns, {}}),
            "age,cohorts,newest_cohort,numerator,denominator,value,earlier_numerator,earlier_denominator,"
            "earlier_value,difference,low,high,p,p_adjusted,test,slope,slope_p,slope_p_adjusted,note\n");
  ASSERT_EQ(table.rows.size(), 6U);
  const auto text = [&](std::size_t row, std::size_t column) { return to_text(table.rows[row].at(column)); };
  EXPECT_EQ(text(0, 18), "nobody left");
  EXPECT_EQ(text(1, 0) + " " + text(1, 1) + " " + text(1, 2), "1 6 2024-06-01");
  EXPECT_EQ(text(1, 5), "0.5");
  EXPECT_EQ(text(1, 8), "0.88");
  EXPECT_EQ(text(1, 9), shortest(0.5 - 0.88));
  EXPECT_EQ(text(1, 14), "fisher");
  EXPECT_EQ(text(1, 18), "fewer than 5 departures expected: exact test");
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
}

TEST(CohortContrast, a_sentence_tells_how_much_worse_the_newest_are) {
  EXPECT_THAT(
      cohort_contrast_sentence(cohort_contrasts(cube_of({2, 3, 2, 3, 2, 10}))),
      StartsWith("Of the cohort of 2024-06-01 50 % were there at the close of age 1, 38 points less than of "
                 "earlier ones (95 %: "));
  EXPECT_THAT(
      cohort_contrast_sentence(cohort_contrasts(cube_of({10, 9, 10, 9, 11, 0}))),
      StartsWith("Of the cohort of 2024-06-01 100 % were there at the close of age 1, 49 points more than"));
}

TEST(CohortContrast, a_sentence_tells_of_a_fall_before_a_rise_that_is_surer) {
  const CohortContrasts cohorts = cohort_contrasts(cube_of({50, 50, 50, 50, 95, 0}, 100));
  EXPECT_LT(cohorts.ages[1].retained.p.value().log10, cohorts.ages[2].retained.p.value().log10);
  EXPECT_THAT(cohort_contrast_sentence(cohorts),
              StartsWith("Of the cohort of 2024-05-01 5 % were there at the close of age 2, 45 points less"));
}

TEST(CohortContrast, a_sentence_without_a_finding_says_what_would_have_been_missed) {
  const std::string sentence = cohort_contrast_sentence(cohort_contrasts(cube_of({2, 3, 2, 3, 2, 3})));
  EXPECT_THAT(sentence,
              StartsWith("The newest cohorts keep no fewer and no more of their customers than earlier ones "
                         "by more than chance. At age "));
  EXPECT_THAT(sentence, HasSubstr("points would have been missed. At no age does retention rise or fall"));
}

TEST(CohortContrast, cohorts_that_vary_by_more_than_chance_make_the_test_too_sure) {
  const CohortContrasts cohorts = cohort_contrasts(cube_of({10, 190, 20, 180, 30, 170, 20, 190, 100}, 200));
  EXPECT_GT(cohorts.ages[1].trend.overdispersion, 2);
  EXPECT_EQ(to_text(cohort_contrasts_table(cohorts).rows[1].back()),
            "cohorts vary by more than chance: p against earlier ones is too sure");
}

TEST(CohortContrast, one_cohort_has_nothing_to_be_compared_with) {
  const CohortContrasts cohorts = cohort_contrasts(cube_of({5}));
  ASSERT_EQ(cohorts.ages.size(), 2U);
  EXPECT_EQ(cohorts.ages[1].retained.one, Proportion(15, 20));
  EXPECT_EQ(cohorts.ages[1].retained.p, std::nullopt);
  EXPECT_EQ(cohorts.ages[1].trend_p, std::nullopt);
  EXPECT_EQ(to_text(cohort_contrasts_table(cohorts).rows[1].back()),
            "no earlier cohort to compare with; too few cohorts for a trend");
  EXPECT_EQ(cohort_contrast_sentence(cohorts), "There are not two cohorts of an age to compare.");
}

TEST(CohortContrast, where_nobody_leaves_or_everybody_there_is_no_difference_to_find) {
  for (const int lost : {0, 20}) {
    const CohortContrasts cohorts = cohort_contrasts(cube_of({lost, lost, lost}));
    for (const CohortAge& at : cohorts.ages) EXPECT_EQ(at.retained.p, std::nullopt);
    EXPECT_EQ(cohort_contrast_sentence(cohorts),
              "At these ages all cohorts have kept everyone or no one: there is no difference to find.");
  }
  EXPECT_THAT(to_text(cohort_contrasts_table(cohort_contrasts(cube_of({20, 20, 20}))).rows[1].back()),
              StartsWith("everybody left"));
}

TEST(CohortContrast, an_empty_book_has_no_ages) {
  const CohortContrasts cohorts =
      cohort_contrasts(CohortCube::fold(book_as_of("2024-04-01", {}), months_of("2024-01-01", "2024-04-01")));
  EXPECT_TRUE(cohorts.ages.empty());
  EXPECT_TRUE(cohort_contrasts_table(cohorts).rows.empty());
  EXPECT_EQ(cohort_contrast_sentence(cohorts), "There are not two cohorts of an age to compare.");
}

TEST(CohortContrast, a_segment_is_looked_at_by_itself) {
  const CohortCube cube = CohortCube::fold(
      book_as_of("2024-03-01", {a_customer("ann").with("channel", "ads").on("a"),
                                a_customer("bob").with("channel", "web").on("a").until("2024-02-10")}),
      months_of("2024-01-01", "2024-03-01"), CohortBy::first_paid, by::attribute("channel"));
  EXPECT_THAT(cohort_series(cube, 1, Retention::returning, 0), ElementsAre(Ratio{0, 1}));
  EXPECT_THAT(cohort_series(cube, 1, Retention::returning, 1), ElementsAre(Ratio{1, 1}));
  EXPECT_EQ(cohort_contrasts(cube, {}, 1).ages[1].retained.one, Proportion(0, 1));
  EXPECT_EQ(error_of([&] { (void)cohort_contrasts(cube, {}, 2); }), "out_of_range");
}

TEST(CohortContrast, what_can_not_be_asked_is_refused) {
  const CohortCube cube = cube_of({2, 3});
  EXPECT_EQ(error_of([&] { (void)cohort_series(cube, 4); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)cohort_series(cube, 0, Retention::returning, 1); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)cohort_contrasts(cube, {.ages = 0}); }), "bad_number");
  EXPECT_EQ(error_of([&] { (void)cohort_contrasts(cube, {.newest = 0}); }), "bad_number");
}

TEST(CohortContrast, the_conventions_say_which_interval) {
  Conventions conventions;
  conventions.rate.confidence = 0.9;
  const CohortCube cube =
      CohortCube::fold(book_as_of("2024-05-01", cohorts_that_lose(20, {2, 5, 3}), conventions),
                       months_of("2024-01-01", "2024-05-01"));
  EXPECT_EQ(cohort_contrasts(cube).ages[1].retained.difference, newcombe_difference(17, 20, 33, 40, 0.9));
}

RC_GTEST_PROP(CohortContrast, the_newest_and_the_earlier_are_all_that_the_matrix_shows, ()) {
  const auto random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  if (grid.size() > 60) return;
  const CohortCube cube = CohortCube::fold(support::build(random.book, random.rules).book, grid);
  const Retention retention = support::one_in(2) ? Retention::unbroken : Retention::returning;
  const CohortMatrix matrix = logo_retention(cube, retention);
  const CohortContrasts cohorts = cohort_contrasts(cube, {.retention = retention, .newest = 2});
  for (const CohortAge& at : cohorts.ages) {
    const auto age = static_cast<Eigen::Index>(at.age);
    RC_ASSERT(at.retained.one.numerator() + at.retained.other.numerator() == matrix.numerator.col(age).sum());
    RC_ASSERT(at.retained.one.denominator() + at.retained.other.denominator() ==
              matrix.denominator.col(age).sum());
    RC_ASSERT(static_cast<Eigen::Index>(at.cohorts) == matrix.observed.col(age).count());
    RC_ASSERT(at.newest <= 2U);
  }
  (void)cohort_contrast_sentence(cohorts);
}

RC_GTEST_PROP(CohortContrast, the_order_of_rows_changes_nothing, ()) {
  auto random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  if (grid.size() > 60) return;
  const auto answers = [&] {
    const auto cohorts =
        cohort_contrasts(CohortCube::fold(support::build(random.book, random.rules).book, grid));
    return to_csv(cohort_contrasts_table(cohorts)) + cohort_contrast_sentence(cohorts);
  };
  const std::string first = answers();
  std::reverse(random.book.customers.begin(), random.book.customers.end());
  std::reverse(random.book.phases.begin(), random.book.phases.end());
  RC_ASSERT(answers() == first);
}

#ifdef CHURN_ORACLES_DIR
TEST(CohortContrast, of_a_public_book_counts_as_its_cohorts_were_published) {
  const std::filesystem::path folder = std::filesystem::path(CHURN_ORACLES_DIR) / "book_mrr_playbook";
  std::map<std::size_t, std::map<std::string, Ratio>> left;  // by age and cohort
  std::string last;
  std::string first;
  for (const auto& row : support::read_csv((folder / "expected_cohorts.csv").string())) {
    const std::int64_t size = std::stoll(row.at("size"));
    left[std::stoul(row.at("age"))][row.at("cohort")] = {size - std::stoll(row.at("paying_at_close")), size};
    if (first.empty() || row.at("cohort") < first) first = row.at("cohort");
  }
  const LoadedBook loaded{read_book_folder(folder)};
  const Book book = Book::build(loaded.records, day("2020-04-01")).book;
  const CohortCube cube = CohortCube::fold(book, months_of(first, "2020-04-01"));
  const CohortContrasts cohorts = cohort_contrasts(cube, {.newest = 3, .ages = 12});
  ASSERT_EQ(cohorts.ages.size(), 12U);
  for (const CohortAge& at : cohorts.ages) {
    const auto& expected = left.at(at.age);
    ASSERT_EQ(at.cohorts, expected.size());
    Ratio newest{0, 0};
    Ratio earlier{0, 0};
    std::size_t to_come = expected.size();
    for (const auto& [cohort, counts] : expected) {
      Ratio& sum = to_come-- <= 3 ? newest : earlier;
      sum = {sum.numerator + counts.denominator - counts.numerator, sum.denominator + counts.denominator};
    }
    EXPECT_EQ(at.retained.one, Proportion(newest.numerator, newest.denominator)) << at.age;
    EXPECT_EQ(at.retained.other, Proportion(earlier.numerator, earlier.denominator)) << at.age;
  }
}
#endif

}  // namespace
}  // namespace churn

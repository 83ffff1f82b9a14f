#include <churn/lever/levers.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <churn/io/book_folder.hpp>
#include <churn/report/report.hpp>

#include "support/build_past.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::did;
using support::error_of;
using support::TestBook;
using ::testing::HasSubstr;

const LeverRow& row_of(const LeverReport& report, const std::string& lever, const std::string& name) {
  const auto at = std::find_if(report.rows.begin(), report.rows.end(), [&](const LeverRow& row) {
    return row.exposure.lever == lever && row.exposure.name == name;
  });
  if (at == report.rows.end()) throw Error(ErrorCode::unknown_name, lever + " " + name);
  return *at;
}

Book sample_of_levers() {
  const LoadedBook loaded = read_book_folder(std::string(CHURN_SOURCE_DIR) + "/examples/sample_book");
  return Book::build(loaded.records, Date::of(2025, 1, 1), loaded.conventions).book;
}

// What was planted: paying by the year and early activation keep; each integration does, too, which 1000 customers show
// by its direction only; campaigns do nothing.
TEST(Levers, of_the_sample_book_have_the_planted_directions) {
  const LeverReport report = levers(sample_of_levers());
  EXPECT_EQ(row_of(report, "annual_plan", "by_the_year").verdict, LeverVerdict::keeps);
  EXPECT_EQ(row_of(report, "activation", "activated").verdict, LeverVerdict::keeps);
  EXPECT_LT(*row_of(report, "integrations", "connected").effect.adjusted.value, 1);
  EXPECT_GT(*row_of(report, "first_deal", "started_larger").effect.adjusted.value, 1);
  EXPECT_EQ(row_of(report, "campaigns", "engaged").verdict, LeverVerdict::unclear);
  for (const LeverRow& row : report.rows)
    EXPECT_TRUE(row.exposure.lever != "product_health" || row.verdict == LeverVerdict::unclear)
        << row.exposure.name;
  EXPECT_THAT(levers_sentence(report), HasSubstr("association, not cause"));
}

// Who pays by the year never leaves, so its hazard ratio has no end, and the difference alone tells.
TEST(Levers, a_report_shows_those_that_differ_first) {
  support::CustomerSentences customers;
  for (int i = 0; i < 60; ++i) {
    const std::string id = std::to_string(100 + i);
    customers.push_back(a_customer("y" + id).on("p").from("2022-01-01").at("1200.00").yearly());
    customers.push_back(a_customer("m" + id).on("p").from("2022-01-01").at("100.00"));
    if (i < 40) customers.back().until(Date::from_days(Date::of(2022, 3, 1).days() + 7 * i).to_string());
  }
  const Report report = make_report(support::book_as_of("2023-07-01", customers), {});
  const auto section =
      std::find_if(report.sections.begin(), report.sections.end(),
                   [](const ReportSection& s) { return s.title == "What goes with staying"; });
  ASSERT_NE(section, report.sections.end());
  EXPECT_EQ(section->rows.at(0).at(0).text, "annual_plan: by_the_year");
  EXPECT_EQ(section->rows.at(0).at(1).text, "100.0 %");
  EXPECT_EQ(section->rows.at(0).at(2).text, "33.3 %");
  EXPECT_EQ(section->rows.at(0).at(5).text, "-");
  EXPECT_THAT(section->note, HasSubstr("points more stay"));
}

TEST(Levers, at_stake_is_who_is_without_it_now_and_their_mrr) {
  const TestBook book{{a_customer("ann")
                           .on("p", "A")
                           .from("2024-01-01")
                           .at("100.00")
                           .on("q", "B")
                           .from("2024-01-01")
                           .at("20.00"),
                       a_customer("bob").on("p").from("2024-01-01").at("30.00"),
                       a_customer("cid").on("p").from("2024-01-01").at("50.00").until("2024-06-01")}};
  const LeverReport report = levers(book.book);
  const LeverRow& products = row_of(report, "breadth", "products");
  EXPECT_EQ(products.customers_at_stake, 1);  // bob: ann has two, cid is gone
  EXPECT_EQ(products.at_stake->mrr().to_string(), "30.00");
}

TEST(Levers, without_the_records_it_says_which_ones_to_record) {
  const TestBook book{
      {a_customer("ann").on("p").from("2024-01-01"), a_customer("bob").on("p").from("2024-01-01")}};
  const LeverReport report = levers(book.book);
  for (const char* lever : {"campaigns", "activation", "integrations", "product_health"}) {
    const auto at = std::find_if(report.rows.begin(), report.rows.end(),
                                 [&](const LeverRow& row) { return row.exposure.lever == lever; });
    ASSERT_NE(at, report.rows.end());
    EXPECT_EQ(at->verdict, LeverVerdict::no_data);
    EXPECT_THAT(at->note, HasSubstr("It takes events of the kind")) << lever;
  }
  EXPECT_THAT(row_of(report, "annual_plan", "by_the_year").note, HasSubstr("No customer was exposed"));
  EXPECT_THAT(levers_sentence(report), HasSubstr("Can't be said"));
}

TEST(Levers, a_book_of_new_customers_is_told_to_ask_again_later) {
  const TestBook book{
      {a_customer("ann").on("p").from("2024-06-25"), a_customer("bob").on("p").from("2024-06-25")}};
  EXPECT_THAT(row_of(levers(book.book), "breadth", "products").note, HasSubstr("ask again later"));
}

// Of ann it is not known what she began with, or when.
TEST(Levers, who_was_there_before_the_records_is_counted_and_harms_nothing) {
  const TestBook book{{a_customer("ann").on("p").from("2022-01-01").at("10.00"),
                       a_customer("bob").on("p").from("2023-02-01").at("30.00").until("2023-12-01"),
                       a_customer("cid").on("p").from("2023-02-01").at("40.00")},
                      {did("bob", "2023-02-05T10:00:00Z", "feature_used", "1", "export")},
                      {},
                      "2025-07-01",
                      {},
                      {},
                      "2023-01-01"};
  const LeverReport report = levers(book.book);
  for (const LeverRow& row : report.rows) EXPECT_EQ(row.before_records, 1U) << row.exposure.name;
  EXPECT_EQ(row_of(report, "annual_plan", "by_the_year").at_stake->mrr().to_string(), "50.00");
}

TEST(Levers, p_is_adjusted_over_all_exposures_that_have_one) {
  const LeverReport report = levers(sample_of_levers(), {.adjustment = Adjustment::bonferroni});
  std::size_t tested = 0;
  for (const LeverRow& row : report.rows) tested += row.effect.p ? 1U : 0U;
  EXPECT_EQ(report.tested, tested);
  for (const LeverRow& row : report.rows) {
    if (!row.effect.p) continue;
    EXPECT_NEAR(row.p_adjusted->value, std::min(1.0, static_cast<double>(tested) * row.effect.p->value),
                1e-12);
  }
}

TEST(Levers, an_exposure_of_a_host_comes_after_those_of_the_library) {
  const TestBook book{
      {a_customer("ann").on("p").from("2024-01-01"), a_customer("bob").on("p").from("2024-01-01")},
      {did("ann", "2024-01-05T10:00:00Z", "coaching")}};
  Exposure coached{.lever = "campaigns",
                   .name = "coached",
                   .landmark = 60,
                   .horizon = 90,
                   .level = [](const Past& past) -> std::optional<std::uint32_t> {
                     return past.events_of("coaching").empty() ? 0 : 1;
                   }};
  const LeverReport report = levers(book.book, {.exposures = {coached}});
  EXPECT_EQ(report.rows.back().exposure.name, "coached");
  EXPECT_EQ(report.rows.back().effect.retained.one, (Proportion{1, 1}));
  EXPECT_EQ(levers(book.book, {.standard_levers = false, .exposures = {coached}}).rows.size(), 1U);
  EXPECT_EQ(error_of([&] {
              (void)levers(book.book, {.exposures = {coached, coached}});
            }),
            ErrorCode::unknown_name);
}

TEST(Levers, tables_have_a_row_an_exposure_and_a_row_a_level) {
  const LeverReport report = levers(sample_of_levers());
  const Table table = levers_table(report);
  ASSERT_EQ(table.rows.size(),
            report.rows.size() + 2);  // paid_social and healthcare, the segments that differ
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
  std::size_t arms = 0;
  for (const LeverRow& row : report.rows) arms += row.exposure.levels.size();
  const Table by_level = lever_levels_table(report);
  EXPECT_EQ(by_level.rows.size(), arms);
  for (const auto& row : by_level.rows) EXPECT_EQ(row.size(), by_level.columns.size());
}

TEST(Levers, work_that_the_host_ends_is_cancelled) {
  const TestBook book{{a_customer("ann").on("p").from("2024-01-01")}};
  EXPECT_EQ(error_of([&] { (void)levers(book.book, {.progress = [](double) { return false; }}); }),
            ErrorCode::cancelled);
}

}  // namespace
}  // namespace churn

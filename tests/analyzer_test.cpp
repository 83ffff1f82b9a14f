#include <churn/analyzer.hpp>

#include <churn/io/book_folder.hpp>
#include <churn/io/csv.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::day;
using support::months_of;

Book three_customers() {
  return book_as_of(
      "2024-07-01",
      {a_customer("ann").on("pro").from("2024-01-15").at("50.00").with("country", "DE"),
       a_customer("bob").on("pro").from("2024-02-10").until("2024-05-03").at("30.00").with("country", "FR"),
       a_customer("eve")
           .on("pro")
           .from("2024-03-01")
           .until("2024-09-01")
           .at("20.00")
           .signed_up("2024-02-20")
           .with("country", "FR")});
}

TEST(Analyzer, one_call_a_question_gives_what_the_free_functions_give) {
  const Book book = three_customers();
  const Analyzer analyzer{book};
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  const Filter french = attribute("country") == "FR";
  EXPECT_EQ(analyzer.mrr_movements(grid), MovementCube::fold(book, grid));
  EXPECT_EQ(analyzer.mrr_movements(grid, by::attribute("country")),
            MovementCube::fold(book, grid, by::attribute("country")));
  EXPECT_EQ(
      to_csv(analyzer.churn_rates(grid, by::cohort(), french).table()),
      to_csv(measure(book).over(grid).by(by::cohort()).where(french).compute_all(StandardMetrics{}).table()));
  const auto kept = measure(book).over(grid).where(french).compute(NetRevenueRetention{});
  EXPECT_EQ(trend_sentence(analyzer.trend(grid, NetRevenueRetention{}, french)),
            trend_sentence(trends_of(kept.cube(), kept.rows(), "nrr").front()));
  EXPECT_EQ(analyzer.cohorts(grid).cube(), CohortCube::fold(book, grid));
  EXPECT_EQ(analyzer.cohorts(grid, CohortBy::signed_up).cube().size(0, 1), 1);
  EXPECT_EQ(to_csv(roster_table(analyzer.roster(day("2024-04-01"), french))),
            to_csv(roster_table(roster(book, day("2024-04-01"), french))));
  EXPECT_EQ(analyzer.scheduled_ends().size(), 1U);
  EXPECT_EQ(to_csv(explanations_table(analyzer.explain(grid, 4, Movement::churn))),
            to_csv(explanations_table(explain(book, grid, {}, {}, 4, Movement::churn))));
  EXPECT_EQ(analyzer.explain(grid, 4, Movement::churn, by::attribute("country"), {"FR"}).front().customer,
            CustomerId{"bob"});
  EXPECT_EQ(analyzer.book().customer_count(), 3U);
}

TEST(Analyzer, stays_of_a_segment_are_those_of_its_life_table) {
  const Book book = three_customers();
  const Stays stays = Analyzer{book}.stays(by::attribute("country"));
  const LifeTable table = LifeTable::fold(book, by::attribute("country"));
  EXPECT_EQ(stays.table(), table);
  EXPECT_EQ(to_csv(survival_table(stays.curve({"FR"}))),
            to_csv(survival_table(kaplan_meier(table, table.segment({"FR"})))));
  EXPECT_EQ(stays.curve({"FR"}).at(83), 0.5) << "Bob left after 83 days";
  EXPECT_EQ(stays.incidence({"FR"}).at(83, 0)->value, 0.5);
  EXPECT_EQ(hazard_sentence(stays.hazard({"FR"})),
            hazard_sentence(hazard_by_tenure(risk_table(table, table.segment({"FR"})))));
  EXPECT_EQ(stays.log_rank().groups.size(), 2U);
  EXPECT_EQ(support::error_of([&] { (void)stays.curve({"ES"}); }), ErrorCode::out_of_range);
  EXPECT_EQ(Analyzer{book}.stays().curve().spells, 3);
}

TEST(Analyzer, a_forecast_is_that_of_the_whole_book) {
  const Book book = three_customers();
  const PeriodGrid whole = Analyzer::whole_book(book, PeriodKind::month);
  EXPECT_EQ(to_csv(forecast_table(Analyzer{book}.forecast(PeriodKind::month, {.horizon = 3}))),
            to_csv(forecast_table(forecast_mrr(book, whole, {.horizon = 3}))));
  EXPECT_EQ(Analyzer{book}.customer_value({.horizon = 3}).value,
            horizon_value(book, whole, {.horizon = 3}).value);
  EXPECT_EQ(backtest_sentence(Analyzer{book}.backtest(PeriodKind::month)),
            backtest_sentence(backtest_forecast(book, whole)));
}

TEST(Analyzer, contrasts_are_those_of_the_free_functions) {
  const Book book = three_customers();
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  EXPECT_EQ(to_csv(contrasts_table(Analyzer{book}.contrasts(grid, by::attribute("country")))),
            to_csv(contrasts_table(segment_contrasts(book, grid, by::attribute("country")))));
  const Cohorts cohorts = Analyzer{book}.cohorts(grid);
  EXPECT_EQ(to_csv(cohort_contrasts_table(cohorts.contrasts())),
            to_csv(cohort_contrasts_table(cohort_contrasts(cohorts.cube()))));
}

TEST(Analyzer, rates_are_asked_by_period_and_label) {
  const Analyzer analyzer{three_customers()};
  const auto rates = analyzer.churn_rates(months_of("2024-05-01", "2024-06-01"), by::attribute("country"));
  const auto french = rates.at({"FR"}, Period{day("2024-05-01"), day("2024-06-01")});
  EXPECT_EQ(french.get<CustomerChurnRate>(), (Proportion{1, 2}));
  EXPECT_EQ(french.get<GrossMrrChurnRate>().value(), 0.6);
}

TEST(Analyzer, cohorts_of_the_whole_book_are_ready_to_be_asked) {
  const Cohorts cohorts = Analyzer{three_customers()}.cohorts(PeriodKind::month);
  EXPECT_EQ(cohorts.cube().grid(), months_of("2024-01-01", "2024-07-01"));
  const CohortMatrix logo = cohorts.logo_retention();
  EXPECT_EQ(logo.value(1, 2), 1.0);
  EXPECT_EQ(logo.value(1, 3), 0.0) << "Bob left in May.";
  EXPECT_EQ(cohorts.logo_retention(Retention::unbroken).value(1, 3), 0.0);
  EXPECT_EQ(cohorts.revenue_retention().value(0, 5), 1.0);
}

TEST(Analyzer, the_whole_book_reaches_from_the_first_change_to_the_last_known_day) {
  EXPECT_EQ(Analyzer::whole_book(three_customers(), PeriodKind::month),
            months_of("2024-01-01", "2024-07-01"));
  EXPECT_EQ(Analyzer::whole_book(three_customers(), PeriodKind::quarter),
            quarters(day("2024-01-01"), day("2024-07-01")));
  EXPECT_EQ(Analyzer::whole_book(three_customers(), PeriodKind::week),
            weeks(day("2024-01-15"), day("2024-07-01")));
  EXPECT_EQ(Analyzer::whole_book(book_as_of("2024-07-02", {a_customer("ann").on("pro")}), PeriodKind::year),
            years(day("2024-01-01"), day("2025-01-01")));
}

TEST(Analyzer, the_whole_book_begins_with_its_records) {
  const Book book = book_from_until("2024-03-05", "2024-07-01",
                                    {a_customer("ann").on("pro").from("2023-01-01").until("2024-05-05"),
                                     a_customer("bob").on("pro").from("2023-01-01")});
  EXPECT_EQ(Analyzer::whole_book(book, PeriodKind::month).to(), day("2024-07-01"));
  EXPECT_EQ(Analyzer::whole_book(book, PeriodKind::month).from(), day("2024-03-01"))
      << "Months in which nothing changed yet are known, and whoever stood there paid in them.";
}

TEST(Analyzer, a_book_of_nobody_has_one_period) {
  EXPECT_EQ(Analyzer::whole_book(book_as_of("2024-07-01", {}), PeriodKind::month),
            months_of("2024-06-01", "2024-07-01"));
  const Book future = book_as_of("2024-07-01", {a_customer("ann").on("pro").from("2024-08-01")});
  EXPECT_EQ(Analyzer::whole_book(future, PeriodKind::month), months_of("2024-06-01", "2024-07-01"));
}

TEST(Analyzer, keeps_its_book_alive) {
  std::optional<Book> book = three_customers();
  const Analyzer analyzer{*book};
  book.reset();
  EXPECT_EQ(analyzer.roster(day("2024-06-30")).size(), 2U);
}

#ifdef CHURN_ORACLES_DIR

// ---- A book with published answers: every figure is equal, not close

class PlaybookBook : public testing::Test {
 protected:
  using Row = std::map<std::string, std::string>;

  static std::string read(const std::string& name) {
    std::ifstream file(std::filesystem::path(CHURN_ORACLES_DIR) / "book_mrr_playbook" / name,
                       std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::vector<Row> rows(const std::string& name) {
    const std::string text = read(name);
    Rejections rejections;
    CsvReader csv{text, name, rejections};
    std::vector<Row> all;
    for (CsvRow row; csv.next(row);) {
      Row named;
      for (std::size_t i = 0; i < row.fields.size(); ++i)
        named.emplace(csv.header()[i], std::string(row.fields[i]));
      all.push_back(std::move(named));
    }
    EXPECT_TRUE(rejections.empty());
    return all;
  }
  /// A table without all columns but the first so many.
  static std::string first_columns(Table table, std::size_t count) {
    table.columns.resize(count);
    for (auto& row : table.rows) row.resize(count);
    return to_csv(table);
  }

  LoadedBook loaded{read_book_folder(std::filesystem::path(CHURN_ORACLES_DIR) / "book_mrr_playbook")};
  BuiltBook built{Book::build(loaded.records, day("2020-04-01"))};
  PeriodGrid grid{months_of("2017-09-01", "2020-04-01")};
  Analyzer analyzer{built.book};
};

TEST_F(PlaybookBook, rejects_nothing) {
  EXPECT_TRUE(rows("expected_rejections.csv").empty());
  EXPECT_TRUE(loaded.rejections.empty());
  EXPECT_TRUE(built.rejections.empty());
  EXPECT_EQ(loaded.records.phase_count(), 121U);
  EXPECT_EQ(Analyzer::whole_book(built.book, PeriodKind::month), grid);
}

TEST_F(PlaybookBook, movements_as_shown) {
  EXPECT_EQ(first_columns(movements_table(analyzer.mrr_movements(grid)), 17), read("expected_movements.csv"));
}

TEST_F(PlaybookBook, movements_in_ticks) {
  const MovementCube cube = analyzer.mrr_movements(grid);
  EXPECT_TRUE(closes(cube));
  const auto expected = rows("expected_movements_ticks.csv");
  ASSERT_EQ(expected.size(), grid.size());
  using C = MovementCell;
  const std::map<std::string, C::Field> fields{{"opening", &C::opening},
                                               {"new", &C::new_},
                                               {"reactivation", &C::reactivation},
                                               {"expansion", &C::expansion},
                                               {"contraction", &C::contraction},
                                               {"churn", &C::churn},
                                               {"closing", &C::closing},
                                               {"expanded_customers", &C::expanded_customers},
                                               {"contracted_customers", &C::contracted_customers}};
  for (std::size_t p = 0; p < grid.size(); ++p) {
    EXPECT_EQ(expected[p].at("period"), grid[p].first().to_string());
    for (const auto& [name, field] : fields)
      EXPECT_EQ(std::to_string(cube.at(0, p).*field), expected[p].at(name))
          << name << " of " << expected[p].at("period");
  }
}

TEST_F(PlaybookBook, movements_by_day) {
  const MovementCube cube = analyzer.mrr_movements(
      grid, {}, {.where = {}, .rules = RateRules{.netting = Netting::by_day}, .threads = 2});
  const auto expected = rows("expected_movements_by_day_netting.csv");
  ASSERT_EQ(expected.size(), grid.size());
  for (std::size_t p = 0; p < grid.size(); ++p) {
    const MovementCell& cell = cube.at(0, p);
    const std::vector<std::pair<std::string, std::string>> actual{
        {"period", grid[p].first().to_string()},
        {"new", support::shown(cell.new_)},
        {"reactivation", support::shown(cell.reactivation)},
        {"expansion", support::shown(cell.expansion)},
        {"contraction", support::shown(cell.contraction)},
        {"churn", support::shown(cell.churn)},
        {"new_steps", std::to_string(cell.new_customers)},
        {"reactivation_steps", std::to_string(cell.reactivated_customers)},
        {"expansion_steps", std::to_string(cell.expanded_customers)},
        {"contraction_steps", std::to_string(cell.contracted_customers)},
        {"churn_steps", std::to_string(cell.churned_customers)}};
    for (const auto& [name, value] : actual)
      EXPECT_EQ(value, expected[p].at(name)) << name << " of " << expected[p].at("period");
  }
}

TEST_F(PlaybookBook, rates) {
  const auto rates = analyzer.churn_rates(grid);
  std::map<std::pair<std::string, std::string>, MeasuredRow> actual;
  for (const MeasuredRow& row : rates.rows())
    actual.emplace(std::pair(grid[row.period].first().to_string(), row.metric), row);
  const auto expected = rows("expected_rates.csv");
  EXPECT_EQ(expected.size(), 186U);
  for (const Row& row : expected) {
    const auto found = actual.find({row.at("period"), row.at("metric")});
    ASSERT_NE(found, actual.end());
    const Measurement& m = found->second.measurement;
    const std::string place = row.at("metric") + " of " + row.at("period");
    EXPECT_EQ(std::to_string(m.numerator), row.at("numerator_ticks_or_count")) << place;
    EXPECT_EQ(std::to_string(m.denominator), row.at("denominator_ticks_or_count")) << place;
    EXPECT_EQ(m.value.has_value(), !row.at("value").empty()) << place;
    if (m.value && !row.at("value").empty()) {
      EXPECT_EQ(*m.value, std::stod(row.at("value")))
          << place << ": one division of integers, so the same bits.";
    }
    EXPECT_EQ(rates.cube().status(found->second.period).complete, row.at("complete") == "1") << place;
  }
}

TEST_F(PlaybookBook, cohorts) {
  const Cohorts cohorts = analyzer.cohorts(grid);
  const CohortMatrix logo = cohorts.logo_retention();
  const CohortMatrix revenue = cohorts.revenue_retention();
  const auto expected = rows("expected_cohorts.csv");
  EXPECT_EQ(expected.size(), 326U);
  EXPECT_EQ(cohorts_table(cohorts.cube(), CohortMeasure::logo, Retention::returning).rows.size(),
            expected.size());
  for (const Row& row : expected) {
    const auto i = static_cast<Eigen::Index>(
        std::find(logo.cohorts.begin(), logo.cohorts.end(), day(row.at("cohort"))) - logo.cohorts.begin());
    ASSERT_LT(i, logo.value.rows());
    const Eigen::Index age = std::stol(row.at("age"));
    const std::string place = row.at("cohort") + " age " + row.at("age");
    const CohortCell& cell = cohorts.cube().at(0, static_cast<std::size_t>(i), static_cast<std::size_t>(age));
    EXPECT_EQ(std::to_string(logo.sizes(i)), row.at("size")) << place;
    EXPECT_EQ(std::to_string(cell.present), row.at("paying_at_close")) << place;
    EXPECT_EQ(std::to_string(cell.unbroken), row.at("paying_unbroken_at_every_close")) << place;
    EXPECT_EQ(std::to_string(cell.ticks), row.at("mrr_ticks")) << place;
    EXPECT_EQ(std::to_string(cohorts.cube().at(0, static_cast<std::size_t>(i), 0).ticks),
              row.at("mrr_ticks_age0"))
        << place;
    ASSERT_TRUE(logo.observed(i, age)) << place;
    EXPECT_EQ(logo.value(i, age), std::stod(row.at("logo_retention_returning"))) << place;
    EXPECT_EQ(revenue.observed(i, age), !row.at("revenue_retention").empty()) << place;
    if (revenue.observed(i, age)) {
      EXPECT_EQ(revenue.value(i, age), std::stod(row.at("revenue_retention"))) << place;
    }
  }
}

#endif

// Sign-ups before the first payment used to be lost from cohorts over the whole book.
TEST(Analyzer, cohorts_by_sign_up_begin_with_the_earliest_sign_up) {
  const Book book = support::book_as_of(
      "2024-04-01", {support::a_customer("a").signed_up("2023-11-05").on("pro").from("2024-01-01")});
  const Cohorts cohorts = Analyzer{book}.cohorts(PeriodKind::month, CohortBy::signed_up);
  EXPECT_EQ(cohorts.cube().grid().from(), support::day("2023-11-01"));
  EXPECT_EQ(cohorts.cube().size(0, 0), 1);
}

}  // namespace
}  // namespace churn

#include <churn/survival/kaplan_meier.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"
#include "support/read_csv.hpp"
#include "survival/answers_of_survfit.hpp"
#include "survival/random_spells.hpp"
#include "survival/spell_data.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::day;
using support::error_of;

/// One line a row: `31: 1 of 4, 2 censored, 0.75`.
std::vector<std::string> told(const SurvivalCurve& curve) {
  std::vector<std::string> lines;
  for (const SurvivalRow& row : curve.rows)
    lines.push_back(std::to_string(row.time) + ": " + std::to_string(row.events) + " of " +
                    std::to_string(row.at_risk) + ", " + std::to_string(row.censored) + " censored, " +
                    shortest(row.survival));
  return lines;
}
using Lines = std::vector<std::string>;

support::CustomerSentences four_customers() {
  return {a_customer("a").on("pro").from("2024-01-01").until("2024-01-11").because("price"),
          a_customer("b").on("pro").from("2024-01-01").until("2024-01-21").because("completed"),
          a_customer("c").on("pro").from("2024-01-01").until("2024-01-21").because("price"),
          a_customer("d").on("pro").from("2024-01-01")};
}

TEST(KaplanMeier, multiplies_the_shares_that_stay_and_knows_nothing_behind_the_last_day) {
  const SurvivalCurve curve = kaplan_meier(LifeTable::fold(book_as_of("2024-02-01", four_customers())));
  EXPECT_EQ(told(curve), (Lines{"10: 1 of 4, 0 censored, 0.75", "20: 2 of 3, 0 censored, 0.25",
                                "30: 0 of 1, 1 censored, 0.25"}));
  EXPECT_EQ(curve.at(0), 1);
  EXPECT_EQ(curve.at(9), 1);
  EXPECT_EQ(curve.at(10), 0.75);
  EXPECT_EQ(curve.at(19), 0.75);
  EXPECT_EQ(curve.at(30), 0.25);
  EXPECT_EQ(curve.at(31), std::nullopt);
}

TEST(KaplanMeier, who_is_censored_is_at_risk_on_the_day) {
  const LifeTable table = LifeTable::fold(book_as_of("2024-02-01", four_customers()), {},
                                          {.exits = {{{"completed", ExitTypes::censored}}}});
  EXPECT_EQ(told(kaplan_meier(table)), (Lines{"10: 1 of 4, 0 censored, 0.75", "20: 1 of 3, 1 censored, 0.5",
                                              "30: 0 of 1, 1 censored, 0.5"}));
}

TEST(KaplanMeier, types_that_are_not_asked_for_censor) {
  const LifeTable table = LifeTable::fold(book_as_of("2024-02-01", four_customers()), {},
                                          {.exits = {{{"price", "voluntary"}}, "other"}});
  EXPECT_EQ(
      told(kaplan_meier(table, 0, {"voluntary"})),
      (Lines{"10: 1 of 4, 0 censored, 0.75", "20: 1 of 3, 1 censored, 0.5", "30: 0 of 1, 1 censored, 0.5"}));
  EXPECT_EQ(told(kaplan_meier(table, 0, {"voluntary", "other"})), told(kaplan_meier(table)));
  EXPECT_EQ(error_of([&] { (void)kaplan_meier(table, 0, {"departed"}); }), ErrorCode::unknown_name);
  EXPECT_EQ(error_of([&] { (void)kaplan_meier(table, 1); }), ErrorCode::out_of_range);
}

TEST(KaplanMeier, all_that_left_stays_known_for_ever_and_of_nobody_nothing_is_known) {
  const SurvivalCurve all =
      kaplan_meier(LifeTable::fold(book_as_of("2024-02-01", {four_customers()[0], four_customers()[2]})));
  EXPECT_EQ(all.at(20), 0);
  EXPECT_EQ(all.at(5000), 0);
  EXPECT_EQ(all.died_out_at, std::nullopt);
  const SurvivalCurve none = kaplan_meier(LifeTable::fold(book_as_of("2024-02-01", {})));
  EXPECT_TRUE(none.rows.empty());
  EXPECT_EQ(none.at(0), std::nullopt);
}

TEST(KaplanMeier, who_came_on_the_last_known_day_has_a_row_at_0) {
  const SurvivalCurve curve =
      kaplan_meier(LifeTable::fold(book_as_of("2024-02-01", {a_customer("a").on("pro").from("2024-01-31"),
                                                             a_customer("b").on("pro").from("2024-01-30")})));
  EXPECT_EQ(told(curve), (Lines{"0: 0 of 2, 1 censored, 1", "1: 0 of 1, 1 censored, 1"}));
}

TEST(KaplanMeier, who_enters_late_is_at_risk_after_its_entry_and_not_before) {
  // On the first recorded day, 2024-02-01, old is 31 days old and older 62.
  const Book book = book_from_until("2024-02-01", "2024-05-01",
                                    {a_customer("older").on("pro").from("2023-12-01").until("2024-02-02"),
                                     a_customer("old").on("pro").from("2024-01-01").until("2024-02-03"),
                                     a_customer("new").on("pro").from("2024-02-01").until("2024-03-03"),
                                     a_customer("also new").on("pro").from("2024-02-01")});
  EXPECT_EQ(told(kaplan_meier(LifeTable::fold(book))),
            (Lines{"31: 1 of 2, 0 censored, 0.5", "33: 1 of 2, 0 censored, 0.25",
                   "63: 1 of 2, 0 censored, 0.125", "89: 0 of 1, 1 censored, 0.125"}))
      << "At 31 days old has been seen, but is at risk from the next day on only.";
}

TEST(KaplanMeier, says_where_all_at_risk_have_left_though_others_enter_later) {
  const Book book = book_from_until("2024-02-01", "2024-05-01",
                                    {a_customer("old").on("pro").from("2023-02-01"),
                                     a_customer("young").on("pro").from("2024-01-31").until("2024-02-10")});
  const SurvivalCurve curve = kaplan_meier(LifeTable::fold(book));
  EXPECT_EQ(curve.died_out_at, 10);
  EXPECT_EQ(told(curve), (Lines{"10: 1 of 1, 0 censored, 0", "454: 0 of 1, 1 censored, 0"}));
}

TEST(KaplanMeier, who_has_not_been_seen_for_any_time_is_not_counted) {
  const Book book = book_from_until(
      "2024-02-01", "2024-02-02",
      {a_customer("old").on("pro").from("2024-01-01"), a_customer("new").on("pro").from("2024-02-01")});
  const LifeTable table = LifeTable::fold(book);
  EXPECT_EQ(told(kaplan_meier(table)), (Lines{"0: 0 of 1, 1 censored, 1"}));
  EXPECT_EQ(told(kaplan_meier(table.aged_to(day("2024-02-03")))),
            (Lines{"1: 0 of 1, 1 censored, 1", "32: 0 of 1, 1 censored, 1"}));
}

TEST(KaplanMeier, of_less_than_nothing_is_an_error) {
  const Book few = book_as_of("2024-02-01", {four_customers()[3]});
  const Book many = book_as_of("2024-02-01", four_customers());
  LifeTable table = LifeTable::fold(few);
  table -= LifeTable::fold(many);
  EXPECT_EQ(error_of([&] { (void)kaplan_meier(table); }), ErrorCode::out_of_range);
}

/// Counted for each time by looking at every spell.
std::vector<SurvivalRow> naive_curve(const Book& book, SpellUnit unit) {
  struct One {
    int entry, exit;
    bool event;
  };
  std::vector<One> spells;
  for_each_spell(book, unit, [&](const Spell& spell) {
    const One one{spell.entry, spell.tenure, spell.ends_on.has_value()};
    if (one.entry == 0 || one.exit > one.entry) spells.push_back(one);
  });
  std::set<int> times;
  for (const One& one : spells) times.insert(one.exit);
  std::vector<SurvivalRow> rows;
  for (const int time : times) {
    SurvivalRow row{.time = time, .at_risk = 0, .events = 0, .censored = 0, .survival = 1};
    for (const One& one : spells) {
      row.at_risk += (one.entry < time || one.entry == 0) && one.exit >= time ? 1 : 0;
      row.events += one.event && one.exit == time ? 1 : 0;
      row.censored += !one.event && one.exit == time ? 1 : 0;
    }
    row.survival = (rows.empty() ? 1 : rows.back().survival) *
                   (static_cast<double>(row.at_risk - row.events) / static_cast<double>(row.at_risk));
    rows.push_back(row);
  }
  return rows;
}

RC_GTEST_PROP(RandomBooks, kaplan_meier_equals_a_product_over_single_spells, ()) {
  const support::RandomCase random = support::draw_case();
  const Book book = support::build(random.book, random.rules).book;
  const auto unit = support::one_of({SpellUnit::first_of_customer, SpellUnit::every_of_customer,
                                     SpellUnit::first_subscription, SpellUnit::every_subscription});
  const std::vector<SurvivalRow> expected = naive_curve(book, unit);
  const SurvivalCurve curve = kaplan_meier(LifeTable::fold(book, {}, {.unit = unit}));
  RC_ASSERT(curve.rows.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    RC_ASSERT(curve.rows[i].time == expected[i].time);
    RC_ASSERT(curve.rows[i].at_risk == expected[i].at_risk);
    RC_ASSERT(curve.rows[i].events == expected[i].events);
    RC_ASSERT(curve.rows[i].censored == expected[i].censored);
    // A few dozen factors, each rounded once or twice in another way.
    RC_ASSERT(std::abs(curve.rows[i].survival - expected[i].survival) <= 1e-14);
  }
}

// ---- of rows

using survival_test::random_spells;
using survival_test::SpellData;

constexpr std::array every_interval{SurvivalInterval::log_log, SurvivalInterval::log, SurvivalInterval::plain,
                                    SurvivalInterval::logit, SurvivalInterval::arcsine};

SpellData spells(std::vector<std::int32_t> exit, std::vector<std::uint8_t> event) {
  return {.exit = std::move(exit), .event = std::move(event)};
}

SurvivalCurve curve_of(const SpellData& data, const SurvivalOptions& options = {}) {
  return kaplan_meier(risk_table(data.columns()), options);
}

SpellData aml() {
  return spells({9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45},
                {1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1});
}

// Values of R's tests/doaml.Rout.save, printed with three or four digits.
TEST(KaplanMeier, of_maintained_leukaemia_equals_the_published_curve) {
  const SurvivalCurve curve =
      curve_of(spells({9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161}, {1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0}));
  const std::array<std::int32_t, 7> time{9, 13, 18, 23, 31, 34, 48};
  const std::array survival{.909, .818, .716, .614, .491, .368, .184};
  const std::array std_error{.0867, .1163, .1397, .1526, .1642, .1627, .1535};
  for (std::size_t i = 0; i < time.size(); ++i) {
    EXPECT_NEAR(curve.row_at(time[i])->survival, survival[i], 5e-4);
    EXPECT_NEAR(curve.row_at(time[i])->std_error.value(), std_error[i], 5e-5);
  }
  const SurvivalQuantile median = survival_quantile(curve);
  EXPECT_EQ(median.time, 31);
  EXPECT_EQ(survival_quantile(curve_of(aml())).time, 27);
}

// All 23 at day 23, seven digits, and the median's intervals of three types; the others were recomputed in R.
TEST(KaplanMeier, of_leukaemia_equals_published_intervals_of_several_types) {
  const auto at_23 = [](SurvivalInterval type) {
    return curve_of(aml(), {.interval = type}).row_at(23)->interval.value();
  };
  EXPECT_NEAR(curve_of(aml()).at(23).value(), .5465838509, 5e-11);
  EXPECT_NEAR(at_23(SurvivalInterval::log).low, .3720781, 5e-8);
  EXPECT_NEAR(at_23(SurvivalInterval::log).high, .8029334, 5e-8);
  EXPECT_NEAR(at_23(SurvivalInterval::log_log).low, .3192504, 5e-8);
  EXPECT_NEAR(at_23(SurvivalInterval::log_log).high, .7264492, 5e-8);
  EXPECT_NEAR(at_23(SurvivalInterval::plain).low, .3363765, 5e-8);
  EXPECT_NEAR(at_23(SurvivalInterval::plain).high, .7567912, 5e-8);
  const auto median = [](SurvivalInterval type) {
    const SurvivalQuantile quantile = survival_quantile(curve_of(aml(), {.interval = type}));
    return std::pair{quantile.low, quantile.high};
  };
  EXPECT_EQ(median(SurvivalInterval::log_log), (std::pair{std::optional{13.0}, std::optional{34.0}}));
  EXPECT_EQ(median(SurvivalInterval::log), (std::pair{std::optional{18.0}, std::optional{48.0}}))
      << "the upper bound turns back at 45; R's print of the curve has 45, its quantile 48";
  EXPECT_EQ(median(SurvivalInterval::plain), (std::pair{std::optional{18.0}, std::optional{34.0}}));
}

// R: summary(survfit(Surv(futime, fustat) ~ 1, ovarian))$surv; published in three digits in R's tests.
TEST(KaplanMeier, of_ovarian_cancer_equals_the_published_curve) {
  const SurvivalCurve curve =
      curve_of(spells({59,  115, 156, 421,  431,  448,  464,  475,  477, 563, 638, 744, 769,
                       770, 803, 855, 1040, 1106, 1129, 1206, 1227, 268, 329, 353, 365, 377},
                      {1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0}));
  const std::array expected{0.961538461538462, 0.923076923076923, 0.884615384615385, 0.846153846153846,
                            0.807692307692308, 0.769230769230769, 0.730769230769231, 0.687782805429864,
                            0.641930618401207, 0.596078431372549, 0.546405228758170, 0.496732026143791};
  std::size_t i = 0;
  for (const SurvivalRow& row : curve.rows) {
    if (row.events == 0) continue;
    ASSERT_LT(i, expected.size());
    EXPECT_NEAR(row.survival, expected[i++], 1e-14);  // printed to 15 digits
  }
  EXPECT_EQ(i, expected.size());
}

// R: survfit(Surv(c(1, 2, 4, 0, 0), c(2, 10, 5, 4, 3), rep(1, 5)) ~ 1)
TEST(KaplanMeier, of_five_that_entered_at_different_times_equals_r) {
  SpellData data = spells({2, 10, 5, 4, 3}, {1, 1, 1, 1, 1});
  data.entry = {1, 2, 4, 0, 0};
  EXPECT_EQ(told(curve_of(data)).size(), 5U);
  const SurvivalCurve curve = curve_of(data);
  const std::array expected{6 / 9.0, 4 / 9.0, 2 / 9.0, 1 / 9.0, 0.0};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(curve.rows[i].survival, expected[i], 1e-15);  // five factors
  EXPECT_EQ(curve.died_out_at, std::nullopt);
}

TEST(KaplanMeier, of_nobody_that_left_is_1_and_says_nothing_of_how_sure_that_is) {
  for (const SurvivalInterval type : every_interval) {
    const SurvivalCurve curve = curve_of(spells({10, 20, 20}, {0, 0, 0}), {.interval = type});
    EXPECT_EQ(curve.at(20), 1);
    EXPECT_EQ(curve.rows[1].std_error, 0);
    const bool has_interval = type == SurvivalInterval::log || type == SurvivalInterval::plain;
    EXPECT_EQ(curve.rows[1].interval, (has_interval ? std::optional{Interval{1, 1}} : std::nullopt));
    EXPECT_EQ(curve.row_at(5)->interval, curve.rows[1].interval) << "the row before the first";
    EXPECT_EQ(survival_quantile(curve).time, std::nullopt);
    EXPECT_EQ(survival_quantile(curve).low, std::nullopt);
    EXPECT_EQ(restricted_mean(curve, 20).mean, 20);
    EXPECT_EQ(restricted_mean(curve, 20).std_error, 0);
    EXPECT_EQ(restricted_mean(curve, 20).interval, std::nullopt);
    EXPECT_EQ(conditional_survival(curve, 5, 10).survival, 1);
    EXPECT_EQ(conditional_survival(curve, 5, 10).at_risk, 3);
  }
}

TEST(KaplanMeier, of_all_that_left_on_one_day_is_0_from_there_on_and_without_an_error) {
  for (const SurvivalInterval type : every_interval) {
    const SurvivalCurve curve = curve_of(spells({1, 1, 1}, {1, 1, 1}), {.interval = type});
    EXPECT_EQ(told(curve), (Lines{"1: 3 of 3, 0 censored, 0"}));
    EXPECT_EQ(curve.rows[0].std_error, std::nullopt);
    EXPECT_EQ(curve.rows[0].interval, std::nullopt);
    EXPECT_EQ(curve.died_out_at, std::nullopt);
    EXPECT_EQ(curve.at(0), 1);
    EXPECT_EQ(curve.at(1000), 0);
    // As R: quantile(survfit(Surv(c(2, 2, 2), c(1, 1, 1)) ~ 1), c(.1, .5, 1)) is 2 three times, without ends.
    for (const double share : {0.1, 0.5, 1.0}) {
      EXPECT_EQ(survival_quantile(curve, share).time, 1);
      EXPECT_EQ(survival_quantile(curve, share).low, std::nullopt);
      EXPECT_EQ(survival_quantile(curve, share).high, std::nullopt);
    }
    const RestrictedMean mean = restricted_mean(curve, 365);
    EXPECT_EQ(mean.mean, 1);
    EXPECT_EQ(mean.std_error, 0);
    EXPECT_EQ(mean.interval, std::nullopt);
    EXPECT_EQ(mean.events, 3);
    EXPECT_EQ(conditional_survival(curve, 1, 10).survival, std::nullopt);
    EXPECT_EQ(conditional_survival(curve, 0, 10).survival, 0);
    EXPECT_EQ(conditional_survival(curve, 0, 10).interval, std::nullopt);
  }
}

TEST(KaplanMeier, of_all_that_left_at_tenure_0_is_0_at_once) {
  const SurvivalCurve curve = curve_of(spells({0, 0}, {1, 1}));
  EXPECT_EQ(curve.at(0), 0);
  EXPECT_EQ(survival_quantile(curve).time, 0);
  EXPECT_EQ(restricted_mean(curve, 10).mean, 0);
  EXPECT_EQ(restricted_mean(curve, 0).mean, 0);
}

TEST(KaplanMeier, of_one_customer_is_1_and_then_0) {
  EXPECT_EQ(told(curve_of(spells({7}, {1}))), (Lines{"7: 1 of 1, 0 censored, 0"}));
  EXPECT_EQ(told(curve_of(spells({7}, {0}))), (Lines{"7: 0 of 1, 1 censored, 1"}));
  EXPECT_EQ(curve_of(spells({7}, {1})).spells, 1);
}

TEST(KaplanMeier, of_nobody_has_no_rows_and_nothing_is_known) {
  SpellData never = spells({5}, {1});
  never.entry = {5};  // entry is exit: never at risk
  for (const SurvivalCurve& curve : {curve_of({}), curve_of(never)}) {
    EXPECT_TRUE(curve.rows.empty());
    EXPECT_EQ(curve.spells, 0);
    EXPECT_EQ(curve.row_at(0), std::nullopt);
    EXPECT_EQ(survival_quantile(curve).time, std::nullopt);
    EXPECT_EQ(restricted_mean(curve, 0).mean, std::nullopt);
    EXPECT_EQ(restricted_mean(curve, 0).known_until, std::nullopt);
    EXPECT_EQ(conditional_survival(curve, 0, 0).survival, std::nullopt);
    EXPECT_TRUE(survival_table(curve).rows.empty());
    EXPECT_EQ(survival_table(curve).columns.size(), 8U);
  }
}

TEST(KaplanMeier, behind_the_last_row_nothing_is_drawn_on) {
  const SurvivalCurve curve = curve_of(spells({10, 20, 30}, {1, 0, 0}));
  EXPECT_TRUE(restricted_mean(curve, 30).mean);
  EXPECT_EQ(restricted_mean(curve, 31).mean, std::nullopt);
  EXPECT_EQ(restricted_mean(curve, 31).known_until, 30);
  EXPECT_TRUE(conditional_survival(curve, 10, 20).survival);
  EXPECT_EQ(conditional_survival(curve, 10, 21).survival, std::nullopt);
  EXPECT_EQ(conditional_survival(curve, 31, 0).survival, std::nullopt);
}

TEST(KaplanMeier, what_can_not_be_asked_is_refused) {
  const SurvivalCurve curve = curve_of(aml());
  for (const double share : {0.0, -0.5, 1.5, std::nan("")})
    EXPECT_EQ(error_of([&] { (void)survival_quantile(curve, share); }), ErrorCode::bad_number);
  EXPECT_EQ(error_of([&] { (void)restricted_mean(curve, -1); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)conditional_survival(curve, -1, 5); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)conditional_survival(curve, 5, -1); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)conditional_survival(curve, 2147483647, 1); }), ErrorCode::out_of_range);
  for (const double confidence : {0.0, 1.0, 95.0, std::nan("")})
    EXPECT_EQ(error_of([&] { (void)curve_of(aml(), {.confidence = confidence}); }), ErrorCode::bad_number);
}

// R: quantile(survfit(Surv(1:4, c(1, 1, 1, 1)) ~ 1), c(.1, .25, .5, .75, 1)), conf.type = "log"
TEST(KaplanMeier, a_quantile_is_in_the_middle_where_the_curve_stays_at_its_level) {
  const SurvivalCurve curve =
      curve_of(spells({1, 2, 3, 4}, {1, 1, 1, 1}), {.interval = SurvivalInterval::log});
  EXPECT_EQ(survival_quantile(curve, 0.1).time, 1);
  EXPECT_EQ(survival_quantile(curve, 0.25).time, 1.5);
  EXPECT_EQ(survival_quantile(curve, 0.5).time, 2.5);
  EXPECT_EQ(survival_quantile(curve, 0.75).time, 3.5);
  EXPECT_EQ(survival_quantile(curve, 1).time, 4);
  EXPECT_EQ(survival_quantile(curve, 0.75).low, 2);
  EXPECT_EQ(survival_quantile(curve, 0.75).high, std::nullopt);
  // R: quantile(survfit(Surv(1:6, c(1, 1, 1, 0, 0, 0)) ~ 1), .5): it is at a half from 3 up to the end.
  EXPECT_EQ(survival_quantile(curve_of(spells({1, 2, 3, 4, 5, 6}, {1, 1, 1, 0, 0, 0}))).time, 4.5);
}

// R: summary(survfit(Surv(time, status) ~ 1, aml), rmean = 48)$table
TEST(KaplanMeier, the_mean_up_to_a_horizon_equals_r) {
  const RestrictedMean mean = restricted_mean(curve_of(aml()), 48);
  EXPECT_NEAR(mean.mean.value(), 27.00621118012422, 1e-13);  // a sum of a dozen products
  EXPECT_NEAR(mean.std_error.value(), 3.20514022345086, 1e-13);
  EXPECT_NEAR(mean.interval->low, 27.00621118012422 - 1.959963984540054 * 3.20514022345086, 1e-12);
  EXPECT_EQ(mean.events, 18);
  EXPECT_EQ(mean.spells, 23);
}

// R: survfit(Surv(time, status) ~ 1, aml[aml$time > 13, ], conf.type = "log-log") at 23 and 45.
TEST(KaplanMeier, of_those_that_stayed_equals_r_s_curve_of_them_alone) {
  const SurvivalCurve curve = curve_of(aml());
  const ConditionalSurvival at_23 = conditional_survival(curve, 13, 10);
  EXPECT_EQ(at_23.at_risk, 15);
  EXPECT_EQ(at_23.events, 3);
  EXPECT_NEAR(at_23.survival.value(), 0.785714285714286, 1e-14);  // printed to 15 digits
  EXPECT_NEAR(at_23.std_error.value(), 0.1096642105112483, 1e-14);
  EXPECT_NEAR(at_23.interval->low, 0.47246367991426069, 1e-14);
  EXPECT_NEAR(at_23.interval->high, 0.925365226255237, 1e-14);
  const ConditionalSurvival at_45 = conditional_survival(curve, 13, 32);
  EXPECT_NEAR(at_45.survival.value(), 0.238095238095238, 1e-14);
  EXPECT_NEAR(at_45.interval->low, 0.05819750052896039, 1e-14);
}

TEST(KaplanMeier, a_table_has_a_row_a_row_and_empty_cells_where_nothing_is_defined) {
  const Table table =
      survival_table(curve_of(spells({10, 20}, {1, 1}), {.interval = SurvivalInterval::plain}));
  EXPECT_EQ(table.columns, (std::vector<std::string>{"time", "at_risk", "events", "censored", "survival",
                                                     "std_error", "ci_low", "ci_high"}));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0][4], Cell{0.5});
  EXPECT_EQ(table.rows[0][6], Cell{0.0});
  EXPECT_EQ(table.rows[0][7], Cell{1.0});
  EXPECT_EQ(table.rows[1], (std::vector<Cell>{std::int64_t{20}, std::int64_t{1}, std::int64_t{1},
                                              std::int64_t{0}, 0.0, Cell{}, Cell{}, Cell{}}));
}

TEST(KaplanMeier, counts_of_a_million_customers_and_more_stay_exact) {
  RiskTable table;
  const std::int64_t n = 1'000'000'000'000;
  for (std::int32_t t = 1; t <= 1000; ++t) table.rows.push_back({t, n - t + 1, 1, 0});
  const SurvivalCurve curve = kaplan_meier(table);
  // (n - 1000) / n; a thousand factors within 1.1e-16 each, and so are their roundings.
  EXPECT_NEAR(curve.rows.back().survival, 1 - 1e-9, 2.3e-13);
  // Without censoring Greenwood's is the binomial sqrt(S (1 - S) / n) = sqrt(1e-9 / 1e12).
  EXPECT_NEAR(curve.rows.back().std_error.value() / std::sqrt(1e-21), 1, 1e-9);
}

RC_GTEST_PROP(KaplanMeier, without_censoring_is_the_share_that_is_left_with_the_binomial_error, ()) {
  SpellData data = random_spells(60, 30, false);
  std::fill(data.event.begin(), data.event.end(), std::uint8_t{1});
  const SurvivalCurve curve = curve_of(data);
  const auto n = static_cast<double>(data.exit.size());
  for (const SurvivalRow& row : curve.rows) {
    const auto left = static_cast<double>(std::count_if(data.exit.begin(), data.exit.end(),
                                                        [&](std::int32_t exit) { return exit <= row.time; }));
    const double share = 1 - left / n;
    // A few dozen factors with roundings of 1e-16; the error's square root makes them no more.
    RC_ASSERT(std::abs(row.survival - share) <= 1e-14);
    if (row.std_error) RC_ASSERT(std::abs(*row.std_error - std::sqrt(share * (1 - share) / n)) <= 1e-13);
    RC_ASSERT(row.std_error.has_value() == (row.survival > 0));
  }
}

RC_GTEST_PROP(KaplanMeier, lies_between_its_bounds_falls_and_is_surer_with_less_confidence, ()) {
  const SpellData data = random_spells(60, 30, true);
  const auto type = *rc::gen::elementOf(every_interval);
  const SurvivalCurve curve = curve_of(data, {.interval = type});
  const SurvivalCurve less = curve_of(data, {.interval = type, .confidence = 0.8});
  double before = 1;
  for (std::size_t i = 0; i < curve.rows.size(); ++i) {
    const SurvivalRow& row = curve.rows[i];
    RC_ASSERT(row.survival >= 0 && row.survival <= before);
    before = row.survival;
    if (!row.interval) continue;
    RC_ASSERT(0 <= row.interval->low && row.interval->high <= 1);
    // The bounds are turned back and forth, by some roundings.
    RC_ASSERT(row.interval->low <= row.survival + 1e-14 && row.survival <= row.interval->high + 1e-14);
    RC_ASSERT(row.interval->low <= less.rows[i].interval->low + 1e-14);
    RC_ASSERT(row.interval->high >= less.rows[i].interval->high - 1e-14);
  }
}

RC_GTEST_PROP(KaplanMeier, of_spells_cut_in_two_is_the_same_curve, ()) {
  const SpellData whole = random_spells(40, 30, true);
  SpellData parts;
  for (std::size_t i = 0; i < whole.exit.size(); ++i) {
    std::int32_t from = whole.entry[i];
    if (whole.exit[i] - from > 1 && *rc::gen::arbitrary<bool>()) {
      const auto cut = *rc::gen::inRange<std::int32_t>(from + 1, whole.exit[i]);
      parts.entry.push_back(from);
      parts.exit.push_back(cut);
      parts.event.push_back(0);
      from = cut;
    }
    parts.entry.push_back(from);
    parts.exit.push_back(whole.exit[i]);
    parts.event.push_back(whole.event[i]);
  }
  const SurvivalCurve expected = curve_of(whole);
  const SurvivalCurve curve = curve_of(parts);
  for (const SurvivalRow& row : expected.rows) {
    const SurvivalRow same = curve.row_at(row.time).value();
    RC_ASSERT(same.survival == row.survival && same.std_error == row.std_error &&
              same.interval == row.interval);
    if (row.events > 0) RC_ASSERT(same.at_risk == row.at_risk && same.events == row.events);
  }
}

RC_GTEST_PROP(KaplanMeier, of_rows_in_another_order_has_the_same_bits, ()) {
  const SpellData data = random_spells(40, 30, true);
  SpellData turned = data;
  std::reverse(turned.entry.begin(), turned.entry.end());
  std::reverse(turned.exit.begin(), turned.exit.end());
  std::reverse(turned.event.begin(), turned.event.end());
  RC_ASSERT(survival_table(curve_of(data)) == survival_table(curve_of(turned)));
}

RC_GTEST_PROP(KaplanMeier, of_those_that_stayed_is_the_curve_of_them_alone, ()) {
  const SpellData data = random_spells(40, 30, false);
  const auto after = *rc::gen::inRange<std::int32_t>(0, 30);
  SpellData stayed;
  for (std::size_t i = 0; i < data.exit.size(); ++i) {
    if (data.exit[i] <= after) continue;
    stayed.exit.push_back(data.exit[i]);
    stayed.event.push_back(data.event[i]);
  }
  const auto type = *rc::gen::elementOf(every_interval);
  const SurvivalCurve all = curve_of(data, {.interval = type});
  const SurvivalCurve alone = curve_of(stayed, {.interval = type});
  for (std::int32_t time = 0; time <= 32; ++time) {
    const ConditionalSurvival share = conditional_survival(all, after, time);
    const std::optional<SurvivalRow> expected = alone.row_at(after + time);
    if (stayed.exit.empty()) {
      // All left: S(after) is 0. Or the last are still there: only they themselves are known.
      RC_ASSERT(!share.survival || (time == 0 && !all.rows.empty() && after == all.rows.back().time));
      continue;
    }
    RC_ASSERT(share.survival.has_value() == expected.has_value());
    if (!expected) continue;
    RC_ASSERT(*share.survival == expected->survival);
    RC_ASSERT(share.std_error == expected->std_error);
    RC_ASSERT(share.interval == expected->interval);
    RC_ASSERT(share.at_risk == static_cast<std::int64_t>(stayed.exit.size()));
  }
}

/// Day by day: the days of (0, horizon] that each of S stays.
RC_GTEST_PROP(KaplanMeier, the_mean_up_to_a_horizon_is_the_sum_of_the_days_and_without_censoring_the_mean,
              ()) {
  const SpellData data = random_spells(40, 30, true);
  const auto horizon = *rc::gen::inRange<std::int32_t>(0, 40);
  const SurvivalCurve curve = curve_of(data);
  const RestrictedMean mean = restricted_mean(curve, horizon);
  RC_ASSERT(mean.mean.has_value() == curve.at(horizon).has_value());
  if (!mean.mean) return;
  double sum = 0;
  for (std::int32_t day = 0; day < horizon; ++day) sum += curve.at(day).value();
  RC_ASSERT(std::abs(*mean.mean - sum) <= 1e-12);  // 40 summands of at most 1
  if (mean.interval)
    RC_ASSERT(mean.interval->low <= *mean.mean && *mean.mean <= mean.interval->high &&
              mean.interval->high <= horizon);

  SpellData all_left = random_spells(40, 30, false);
  std::fill(all_left.event.begin(), all_left.event.end(), std::uint8_t{1});
  double stays = 0;
  for (const std::int32_t exit : all_left.exit) stays += std::min(exit, horizon);
  if (!all_left.exit.empty())
    RC_ASSERT(std::abs(restricted_mean(curve_of(all_left), horizon).mean.value() -
                       stays / static_cast<double>(all_left.exit.size())) <= 1e-12);
}

#ifdef CHURN_ORACLES_DIR
using survival_test::known_groups;
using survival_test::KnownGroup;
using survival_test::number;

/// Both empty, or within the oracles' tolerance.
void expect_same(const std::optional<double>& value, const std::optional<double>& expected, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(value.has_value(), expected.has_value()) << what;
  if (value) {
    EXPECT_NEAR(*value, *expected, tolerance * std::abs(*expected)) << what;
  }
}

const std::vector<std::pair<SurvivalInterval, std::string>> interval_columns{
    {SurvivalInterval::plain, "plain"},
    {SurvivalInterval::log, "log"},
    {SurvivalInterval::log_log, "loglog"},
    {SurvivalInterval::logit, "logit"},
    {SurvivalInterval::arcsine, "arcsin"}};

TEST(KaplanMeier, equals_r_in_all_groups_with_errors_and_intervals_of_every_type) {
  std::size_t compared = 0;
  for (const KnownGroup& group : known_groups()) {
    const auto answers = group.answers("km");
    for (const auto& [type, column] : interval_columns) {
      const SurvivalCurve curve = kaplan_meier(group.table, {.interval = type});
      ASSERT_EQ(curve.rows.size(), answers.size()) << group.folder << group.stratum;
      for (std::size_t i = 0; i < answers.size(); ++i) {
        const SurvivalRow& row = curve.rows[i];
        const std::string what =
            group.folder + " " + group.stratum + " " + column + " " + std::to_string(row.time);
        EXPECT_EQ(std::to_string(row.time), answers[i].at("time")) << what;
        EXPECT_EQ(std::to_string(row.at_risk), answers[i].at("n_risk")) << what;
        EXPECT_EQ(std::to_string(row.events), answers[i].at("n_event")) << what;
        EXPECT_EQ(std::to_string(row.censored), answers[i].at("n_censor")) << what;
        // Tolerances of the oracles: hundreds of rounded factors and summands, then logarithms of them.
        expect_same(row.survival, number(answers[i], "surv"), 1e-12, what);
        expect_same(row.std_error, number(answers[i], "se_surv"), 1e-12, what);
        const auto low = row.interval ? std::optional{row.interval->low} : std::nullopt;
        const auto high = row.interval ? std::optional{row.interval->high} : std::nullopt;
        expect_same(low, number(answers[i], "lower_" + column), 1e-11, what);
        expect_same(high, number(answers[i], "upper_" + column), 1e-11, what);
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 5U * (186 + 206 + 18 + 20 + 125 + 114 + 290 + 345));
}

TEST(KaplanMeier, quantiles_and_their_ends_equal_r_in_all_groups) {
  std::size_t compared = 0;
  for (const KnownGroup& group : known_groups()) {
    for (const auto& answer : group.answers("km_quantiles")) {
      std::string column = answer.at("conf_type");
      std::erase(column, '-');
      const auto type = std::find_if(interval_columns.begin(), interval_columns.end(),
                                     [&](const auto& pair) { return pair.second == column; });
      ASSERT_NE(type, interval_columns.end()) << column;
      const SurvivalQuantile quantile = survival_quantile(
          kaplan_meier(group.table, {.interval = type->first}), std::stod(answer.at("prob_dead")));
      const std::string what =
          group.folder + " " + group.stratum + " " + column + " " + answer.at("prob_dead");
      EXPECT_EQ(quantile.time, number(answer, "time")) << what;
      EXPECT_EQ(quantile.low, number(answer, "lower")) << what;
      EXPECT_EQ(quantile.high, number(answer, "upper")) << what;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 25U + 50 + 25 + 50 + 50 + 100 + 50 + 50);
}

TEST(KaplanMeier, means_up_to_a_horizon_equal_r_in_all_groups) {
  std::size_t compared = 0;
  for (const KnownGroup& group : known_groups()) {
    if (group.folder == "survival_channing_left_truncated") continue;  // has no such answers
    for (const auto& answer : group.answers("rmst")) {
      const RestrictedMean mean = restricted_mean(kaplan_meier(group.table), std::stoi(answer.at("tau")));
      const std::string what = group.folder + " " + group.stratum + " " + answer.at("tau");
      expect_same(mean.mean, number(answer, "rmst"), 1e-12, what);
      expect_same(mean.std_error, number(answer, "se_rmst"), 1e-12, what);
      ++compared;
    }
  }
  EXPECT_EQ(compared, 2U + 4 + 2 + 4 + 4 + 8 + 4);
}

// Published: S at 100, 365 and 730 days in seven digits, the median with its `log` interval, the mean of two years.
TEST(KaplanMeier, of_lung_cancer_equals_published_values) {
  for (const KnownGroup& group : known_groups()) {
    if (group.folder + group.tag != "survival_lung_all") continue;
    const SurvivalCurve curve = kaplan_meier(group.table, {.interval = SurvivalInterval::log});
    EXPECT_NEAR(curve.at(100).value(), .8639690, 5e-8);
    EXPECT_NEAR(curve.at(365).value(), .4092416, 5e-8);
    EXPECT_NEAR(curve.at(730).value(), .1156931, 5e-8);
    EXPECT_EQ(survival_quantile(curve).time, 310);
    EXPECT_EQ(survival_quantile(curve).low, 285);
    EXPECT_EQ(survival_quantile(curve).high, 363);
    EXPECT_EQ(survival_quantile(curve).events, 165);
    EXPECT_NEAR(restricted_mean(curve, 730).mean.value(), 357.0733, 5e-5);
    EXPECT_NEAR(restricted_mean(curve, 730).std_error.value(), 16.2193, 5e-5);
  }
}

// R: summary(survfit(Surv(entry, exit, cens) ~ sex, channing), rmean = 1000)$table
TEST(KaplanMeier, the_mean_with_late_entry_and_of_a_curve_that_died_out_equals_r) {
  for (const KnownGroup& group : known_groups()) {
    if (group.folder != "survival_channing_left_truncated") continue;
    const SurvivalCurve curve = kaplan_meier(group.table);
    const bool men = group.stratum == "sex=Male";
    EXPECT_EQ(curve.died_out_at, men ? std::optional{781} : std::nullopt);
    const RestrictedMean mean = restricted_mean(curve, 1000);
    EXPECT_NEAR(mean.mean.value(), men ? 779.0 : 961.2819, 5e-5);  // printed so
    EXPECT_NEAR(mean.std_error.value(), men ? 1.414214 : 9.935647, 5e-7);
  }
}

// R's `survfit` on known data: subjects as customers, their times as tenures. Needs CHURN_ORACLES_DIR.

using Rows = std::vector<std::map<std::string, std::string>>;

Rows rows_of(const std::string& file) {
  Rows plain;
  for (const auto& row : support::read_csv(std::string(CHURN_ORACLES_DIR) + "/" + file)) {
    auto& fields = plain.emplace_back();
    for (const auto& [name, value] : row) {
      std::string key = name;
      std::string text = value;
      std::erase(key, '"');
      std::erase(text, '"');
      fields[key] = text;
    }
  }
  return plain;
}

const Date known_until = Date::of(2020, 1, 1);

/// Everybody leaves on, or is still there on, the last known day.
Book book_of(const Rows& rows, const std::string& time, const std::string& status, int censored,
             const std::string& group) {
  Records records;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const CustomerId id{i + 1};
    Customer customer{.id = id};
    if (!group.empty()) customer.attributes = {{group, rows[i].at(group)}};
    records.add(customer);
    Phase phase{.plan = "p",
                .starts_on = Date::from_days(known_until.days() - std::stoi(rows[i].at(time))),
                .ends_on = {},
                .price = {Decimal{1}, Currency{"USD"}}};
    phase.end_reason = rows[i].at(status);
    if (std::stoi(phase.end_reason) != censored) phase.ends_on = known_until;
    records.add(Subscription{SubscriptionId{i + 1}, id, {phase}});
  }
  return Book::build(records, Date::from_days(known_until.days() + 1)).book;
}

/// `answers` has the columns of R's tables; all of a stratum are compared.
void expect_answers(const SurvivalCurve& curve, const Rows& answers, const std::string& stratum) {
  std::size_t i = 0;
  for (const auto& answer : answers) {
    if (answer.at("stratum") != stratum) continue;
    ASSERT_LT(i, curve.rows.size()) << stratum;
    const SurvivalRow& row = curve.rows[i++];
    EXPECT_EQ(std::to_string(row.time), answer.at("time")) << stratum;
    EXPECT_EQ(std::to_string(row.at_risk), answer.at("n_risk")) << stratum << " " << row.time;
    EXPECT_EQ(std::to_string(row.events), answer.at("n_event")) << stratum << " " << row.time;
    EXPECT_EQ(std::to_string(row.censored), answer.at("n_censor")) << stratum << " " << row.time;
    const double expected = std::stod(answer.at("surv"));  // of some hundred rounded factors
    EXPECT_NEAR(row.survival, expected, 1e-12 * expected) << stratum << " " << row.time;
  }
  EXPECT_EQ(i, curve.rows.size()) << stratum;
  EXPECT_GT(i, 0U) << stratum;
}

TEST(KaplanMeier, equals_r_on_lung_cancer) {
  const Rows lung = rows_of("survival_lung/lung.csv");
  expect_answers(kaplan_meier(LifeTable::fold(book_of(lung, "time", "status", 1, ""))),
                 rows_of("survival_lung/km_all.csv"), "all");
  const LifeTable by_sex =
      LifeTable::fold(book_of(lung, "time", "status", 1, "sex"), by::attribute("sex"), {}, {.threads = 2});
  for (const std::string sex : {"1", "2"})
    expect_answers(kaplan_meier(by_sex, by_sex.segment({sex})), rows_of("survival_lung/km_by_sex.csv"),
                   "sex=" + sex);
}

TEST(KaplanMeier, equals_r_on_leukaemia_and_its_ties) {
  const LifeTable table =
      LifeTable::fold(book_of(rows_of("survival_aml/aml.csv"), "time", "status", 0, "x"), by::attribute("x"));
  for (const std::string x : {"Maintained", "Nonmaintained"})
    expect_answers(kaplan_meier(table, table.segment({x})), rows_of("survival_aml/km_by_x.csv"), "x=" + x);
}

TEST(KaplanMeier, equals_r_on_four_groups_of_veterans) {
  const LifeTable table =
      LifeTable::fold(book_of(rows_of("survival_veteran/veteran.csv"), "time", "status", 0, "celltype"),
                      by::attribute("celltype"));
  ASSERT_EQ(table.segments().size(), 4U);
  for (const std::string type : {"squamous", "smallcell", "adeno", "large"})
    expect_answers(kaplan_meier(table, table.segment({type})), rows_of("survival_veteran/km_by_celltype.csv"),
                   "celltype=" + type);
}

TEST(KaplanMeier, equals_r_with_late_entry) {
  // Months as days. Records begin when everybody is as old as it was at entry.
  Records records;
  const Date records_from = Date::of(2010, 1, 1);
  int number = 0;
  for (const auto& row : rows_of("survival_channing_left_truncated/channing.csv")) {
    const int entry = std::stoi(row.at("entry"));
    const int exit = std::stoi(row.at("exit"));
    if (exit <= entry) continue;  // R leaves them out
    const CustomerId id{++number};
    records.add(Customer{.id = id, .attributes = {{"sex", row.at("sex")}}});
    Phase phase{.plan = "p",
                .starts_on = Date::from_days(records_from.days() - entry),
                .ends_on = Date::from_days(records_from.days() - entry + exit),
                .price = {Decimal{1}, Currency{"USD"}}};
    phase.end_reason = row.at("cens") == "1" ? "died" : "left the study";
    records.add(Subscription{SubscriptionId{number}, id, {phase}});
  }
  records.set_records_from(records_from);
  const LifeTable table =
      LifeTable::fold(Book::build(records, Date::of(2020, 1, 1)).book, by::attribute("sex"),
                      {.exits = {{{"left the study", ExitTypes::censored}}}});
  const Rows answers = rows_of("survival_channing_left_truncated/km_by_sex.csv");
  expect_answers(kaplan_meier(table, table.segment({"Female"})), answers, "sex=Female");
  expect_answers(kaplan_meier(table, table.segment({"Male"})), answers, "sex=Male");
  EXPECT_EQ(kaplan_meier(table, table.segment({"Male"})).died_out_at, 781);
  EXPECT_EQ(kaplan_meier(table, table.segment({"Female"})).died_out_at, std::nullopt);
}

TEST(KaplanMeier, of_competing_types_equals_r_event_free) {
  const LifeTable table = LifeTable::fold(
      book_of(rows_of("survival_mgus2_competing/mgus2_competing.csv"), "etime", "event", 0, ""), {},
      {.exits = {{{"1", "progression"}, {"2", "death"}}}});
  const SurvivalCurve all = kaplan_meier(table, 0, {"progression", "death"});
  const SurvivalCurve progression = kaplan_meier(table, 0, {"progression"});
  const Rows answers = rows_of("survival_mgus2_competing/aalen_johansen_all.csv");
  ASSERT_EQ(all.rows.size(), answers.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(std::to_string(all.rows[i].time), answers[i].at("time"));
    EXPECT_EQ(std::to_string(all.rows[i].at_risk), answers[i].at("n_risk"));
    EXPECT_EQ(std::to_string(progression.rows[i].events), answers[i].at("n_event_1"));
    EXPECT_EQ(std::to_string(all.rows[i].events - progression.rows[i].events), answers[i].at("n_event_2"));
    const double expected = std::stod(answers[i].at("p_event_free"));  // of some hundred rounded factors
    EXPECT_NEAR(all.rows[i].survival, expected, 1e-12 * expected);
  }
}
#endif

TEST(KaplanMeier, says_in_a_sentence_when_half_have_left_or_how_many_stay_as_far_as_is_known) {
  const auto sentence = [](const std::vector<std::int32_t>& exit, const std::vector<std::uint8_t>& event,
                           const std::vector<std::int32_t>& entry = {}) {
    return survival_sentence(kaplan_meier(risk_table({.entry = entry, .exit = exit, .event = event})));
  };
  EXPECT_EQ(sentence({}, {}), "Nobody was observed.");
  EXPECT_EQ(sentence({10, 20, 30, 40}, {0, 0, 0, 0}),
            "100 % stay longer than 40 days, which is as far as is known; 0 of 4 left.");
  EXPECT_EQ(
      sentence({1, 1, 1, 1}, {1, 0, 0, 0}).find("75 % stay longer than 1 day, which is as far as is known"),
      0U);
  EXPECT_EQ(sentence({10, 20, 30, 40}, {1, 1, 1, 1}).find("Half have left by day 25 ("), 0U)
      << "R takes the middle where the curve stays at a half";
  const std::string died_out = sentence({10, 40, 50}, {1, 1, 0}, {0, 20, 20});
  EXPECT_NE(died_out.find(" On day 10 all who were at risk left, though others entered later"),
            std::string::npos)
      << died_out;
}

}  // namespace
}  // namespace churn

#include <churn/survival/nelson_aalen.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <churn/survival/hazard.hpp>
#include <churn/survival/kaplan_meier.hpp>

#include "core/error_of.hpp"
#include "survival/answers_of_survfit.hpp"
#include "survival/random_spells.hpp"
#include "survival/spell_data.hpp"

namespace churn {
namespace {

using core_test::error_of;
using survival_test::random_spells;
using survival_test::SpellData;

constexpr double z = 1.959963984540054;

CumulativeHazard hazard_of(const std::vector<std::int32_t>& exit, const std::vector<std::uint8_t>& event,
                           const CumulativeHazardOptions& options = {}) {
  return nelson_aalen(risk_table({.exit = exit, .event = event}), options);
}

TEST(NelsonAalen, adds_the_shares_that_leave) {
  const CumulativeHazard hazard = hazard_of({10, 10, 20, 30}, {1, 1, 0, 1});
  ASSERT_EQ(hazard.rows.size(), 3U);
  EXPECT_EQ(hazard.rows[0].hazard, 0.5);
  EXPECT_EQ(hazard.rows[0].std_error, std::sqrt(2.0 / 16));
  EXPECT_EQ(hazard.rows[1].hazard, 0.5);
  EXPECT_EQ(hazard.rows[2].hazard, 1.5);
  EXPECT_EQ(hazard.rows[2].survival, std::exp(-1.5));
  EXPECT_EQ(hazard.at(9), 0);
  EXPECT_EQ(hazard.at(10), 0.5);
  EXPECT_EQ(hazard.at(30), 1.5);
  EXPECT_EQ(hazard.at(31), std::nullopt) << "that all have left says nothing of the hazard behind";
  EXPECT_EQ(hazard.spells, 4);
  EXPECT_EQ(hazard.events, 3);
}

TEST(NelsonAalen, and_other_curves_refuse_a_table_that_does_not_add_up) {
  const RiskTable sound =
      risk_table({.exit = std::array{10, 10, 20}, .event = std::array<std::uint8_t, 3>{1, 0, 1}});
  const auto refused = [&](auto change) {
    RiskTable table = sound;
    change(table);
    const std::string error = error_of([&] { (void)nelson_aalen(table); });
    EXPECT_EQ(error_of([&] { (void)kaplan_meier(table); }), error);
    EXPECT_EQ(error_of([&] { (void)hazard_by_tenure(table); }), error);
    EXPECT_EQ(error_of([&] { (void)smooth_hazard(table); }), error);
    return error;
  };
  EXPECT_EQ(refused([](RiskTable&) {}), "");
  EXPECT_EQ(refused([](RiskTable& t) { t.rows[0].at_risk = 0; }), "bad_number") << "would divide by 0";
  EXPECT_EQ(refused([](RiskTable& t) { t.rows[0].events = 4; }), "bad_number");
  EXPECT_EQ(refused([](RiskTable& t) { t.rows[1].time = 9; }), "bad_number");
  EXPECT_EQ(refused([](RiskTable& t) { t.rows[1].events = std::numeric_limits<std::int64_t>::min(); }),
            "bad_number");
}

TEST(NelsonAalen, takes_ties_for_an_order_where_asked) {
  const CumulativeHazard hazard =
      hazard_of({10, 10, 20, 30}, {1, 1, 0, 1}, {.ties = HazardTies::fleming_harrington});
  EXPECT_EQ(hazard.rows[0].hazard, 1 / 3.0 + 1 / 4.0);
  EXPECT_EQ(hazard.rows[0].std_error, std::sqrt(1 / 9.0 + 1 / 16.0));
}

// The intervals by their formulas, of H = 1/2 with an error of sqrt(2) / 4.
TEST(NelsonAalen, has_intervals_of_two_types) {
  const double width = z * std::sqrt(2.0) / 4;
  const CumulativeHazardRow log = hazard_of({10, 10, 20, 30}, {1, 1, 0, 1}).rows[0];
  EXPECT_NEAR(log.interval->low, 0.5 * std::exp(-width / 0.5), 1e-15);
  EXPECT_NEAR(log.interval->high, 0.5 * std::exp(width / 0.5), 1e-15);
  EXPECT_EQ(log.survival_interval->low, std::exp(-log.interval->high));
  EXPECT_EQ(log.survival_interval->high, std::exp(-log.interval->low));
  const CumulativeHazardRow plain =
      hazard_of({10, 10, 20, 30}, {1, 1, 0, 1}, {.interval = HazardInterval::plain}).rows[0];
  EXPECT_EQ(plain.interval->low, 0) << "cut: 0.5 - 0.69";
  EXPECT_NEAR(plain.interval->high, 0.5 + width, 1e-15);
}

TEST(NelsonAalen, of_nobody_that_left_is_0_without_an_interval) {
  for (const HazardInterval type : {HazardInterval::log, HazardInterval::plain}) {
    const CumulativeHazard hazard = hazard_of({10, 20}, {0, 0}, {.interval = type});
    EXPECT_EQ(hazard.rows[1].hazard, 0);
    EXPECT_EQ(hazard.rows[1].survival, 1);
    EXPECT_EQ(hazard.rows[1].interval, std::nullopt);
    EXPECT_EQ(hazard.rows[1].survival_interval, std::nullopt);
  }
}

TEST(NelsonAalen, of_all_on_one_day_is_1_or_with_ties_one_by_one_the_harmonic_number) {
  EXPECT_EQ(hazard_of({1, 1, 1}, {1, 1, 1}).rows[0].hazard, 1);
  EXPECT_EQ(hazard_of({1, 1, 1}, {1, 1, 1}, {.ties = HazardTies::fleming_harrington}).rows[0].hazard,
            1 + 1 / 2.0 + 1 / 3.0);
  EXPECT_EQ(hazard_of({7}, {1}).rows[0].hazard, 1);
  EXPECT_EQ(hazard_of({0}, {1}).at(0), 1);
}

TEST(NelsonAalen, of_nobody_has_no_rows) {
  const CumulativeHazard hazard = nelson_aalen({});
  EXPECT_TRUE(hazard.rows.empty());
  EXPECT_EQ(hazard.at(0), std::nullopt);
  EXPECT_TRUE(cumulative_hazard_table(hazard).rows.empty());
}

TEST(NelsonAalen, a_confidence_that_is_none_is_refused) {
  for (const double confidence : {0.0, 1.0, std::nan("")})
    EXPECT_EQ(error_of([&] { (void)nelson_aalen({}, {.confidence = confidence}); }), "bad_number");
}

// Two ways of adding 1 / k and 1 / k^2. The plain sum runs from the smallest on in long double.
TEST(NelsonAalen, many_ties_are_added_as_if_one_by_one) {
  for (const std::int64_t events : {200, 201, 5000, 1'000'000}) {
    for (const std::int64_t stay : {0, 1, 7, 1000, 3'000'000}) {
      RiskTable table;
      table.rows = {{1, events + stay, events, 0}};
      const CumulativeHazardRow row = nelson_aalen(table, {.ties = HazardTies::fleming_harrington}).rows[0];
      long double sum = 0;
      long double squares = 0;
      for (std::int64_t k = events + stay; k > stay; --k) {
        sum += 1 / static_cast<long double>(k);
        squares += 1 / (static_cast<long double>(k) * static_cast<long double>(k));
      }
      const auto hazard = static_cast<double>(sum);
      const auto error = static_cast<double>(std::sqrt(squares));
      EXPECT_NEAR(row.hazard, hazard, 1e-13 * hazard)
          << events << " of " << events + stay;  // hundreds of roundings
      EXPECT_NEAR(row.std_error, error, 1e-13 * error) << events << " of " << events + stay;
    }
  }
}

TEST(NelsonAalen, as_many_ties_as_there_can_be_take_no_longer) {
  RiskTable table;
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  table.rows = {{1, most, most, 0}};
  const CumulativeHazardRow row = nelson_aalen(table, {.ties = HazardTies::fleming_harrington}).rows[0];
  EXPECT_NEAR(row.hazard, std::log(9223372036854775807.0) + 0.5772156649015329, 1e-13);  // Euler's constant
}

TEST(NelsonAalen, a_table_has_a_row_a_row) {
  const Table table = cumulative_hazard_table(hazard_of({10, 20}, {0, 1}));
  EXPECT_EQ(table.columns[4], "cumulative_hazard");
  EXPECT_EQ(table.rows[0], (std::vector<Cell>{std::int64_t{10}, std::int64_t{2}, std::int64_t{0},
                                              std::int64_t{1}, 0.0, 0.0, Cell{}, Cell{}}));
  EXPECT_EQ(table.rows[1][4], Cell{1.0});
}

// log(1 - x) <= -x, and the order of ties is between: events / at_risk <= one by one <= -log(1 - events / at_risk).
RC_GTEST_PROP(NelsonAalen, is_below_minus_the_logarithm_of_kaplan_meier_and_closer_with_ties_one_by_one, ()) {
  const RiskTable table = risk_table(random_spells(60, 20, true).columns());
  const SurvivalCurve curve = kaplan_meier(table);
  const CumulativeHazard days = nelson_aalen(table);
  const CumulativeHazard one_by_one = nelson_aalen(table, {.ties = HazardTies::fleming_harrington});
  double before = 0;
  for (std::size_t i = 0; i < curve.rows.size(); ++i) {
    const CumulativeHazardRow& row = days.rows[i];
    RC_ASSERT(row.hazard >= before);
    before = row.hazard;
    // Roundings of a few dozen summands below 1 each.
    RC_ASSERT(row.hazard <= one_by_one.rows[i].hazard + 1e-13);
    if (curve.rows[i].survival > 0)
      RC_ASSERT(one_by_one.rows[i].hazard <= -std::log(curve.rows[i].survival) + 1e-13);
    RC_ASSERT(row.survival >= curve.rows[i].survival - 1e-14);
    RC_ASSERT(row.interval.has_value() == (row.hazard > 0));
    if (!row.interval) continue;
    RC_ASSERT(0 < row.interval->low && row.interval->low < row.hazard && row.hazard < row.interval->high);
    RC_ASSERT(row.survival_interval->low < row.survival && row.survival < row.survival_interval->high);
  }
}

#ifdef CHURN_ORACLES_DIR
TEST(NelsonAalen, equals_r_in_all_groups_with_either_way_of_ties) {
  std::size_t compared = 0;
  for (const survival_test::KnownGroup& group : survival_test::known_groups()) {
    const auto answers = group.answers("nelson_aalen");
    const CumulativeHazard days = nelson_aalen(group.table);
    const CumulativeHazard one_by_one = nelson_aalen(group.table, {.ties = HazardTies::fleming_harrington});
    ASSERT_EQ(days.rows.size(), answers.size()) << group.folder << group.stratum;
    const auto expect = [&](double value, std::size_t i, const char* column) {
      const double expected = std::stod(answers[i].at(column));
      // The oracles' tolerance: hundreds of rounded summands.
      EXPECT_NEAR(value, expected, 1e-12 * expected) << group.folder << " " << group.stratum << " " << column;
      ++compared;
    };
    for (std::size_t i = 0; i < answers.size(); ++i) {
      EXPECT_EQ(std::to_string(days.rows[i].time), answers[i].at("time"));
      expect(days.rows[i].hazard, i, "cumhaz_nelson_aalen");
      expect(days.rows[i].std_error, i, "se_cumhaz");
      expect(days.rows[i].survival, i, "surv_breslow_exp_minus_na");
      expect(one_by_one.rows[i].hazard, i, "cumhaz_fleming_harrington_ties");
      expect(one_by_one.rows[i].std_error, i, "se_cumhaz_fh");
    }
  }
  EXPECT_EQ(compared, 5U * (186 + 206 + 18 + 20 + 125 + 114 + 290 + 345));
}

// Published for all 23 of aml at 48: 2.161024 with an error of .686651.
TEST(NelsonAalen, of_leukaemia_equals_the_published_sum) {
  for (const survival_test::KnownGroup& group : survival_test::known_groups()) {
    if (group.folder + group.tag != "survival_aml_all") continue;
    const CumulativeHazard hazard = nelson_aalen(group.table);
    EXPECT_NEAR(hazard.at(48).value(), 2.161024, 5e-7);
    for (const CumulativeHazardRow& row : hazard.rows)
      if (row.time == 48) {
        EXPECT_NEAR(row.std_error, .686651, 5e-7);
      }
  }
}
#endif

}  // namespace
}  // namespace churn

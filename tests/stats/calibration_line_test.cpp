#include <churn/stats/calibration_line.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "core/error_of.hpp"

#ifdef CHURN_ORACLES_DIR
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/read_csv.hpp"
#endif

namespace churn {
namespace {

using core_test::error_of;

struct Told {
  std::vector<double> p{};
  std::vector<std::uint8_t> outcome{};
  std::vector<std::uint32_t> group{};
};

/// Fixed numbers that are neither right nor wrong altogether.
Told some_chances() {
  Told told;
  for (unsigned i = 1; i <= 60; ++i) {
    told.p.push_back(((i * 7) % 19 + 0.5) / 20);
    told.outcome.push_back((i * 5) % 17 + (i * 7) % 19 > 17 ? 1 : 0);
    told.group.push_back((i * 3) % 8);
  }
  return told;
}

TEST(CalibrationLine, of_some_chances_as_r_has_it) {
  const Told told = some_chances();
  const CalibrationLine line = calibration_line(told.p, told.outcome);
  // glm(y ~ l, binomial) and glm(y ~ 1, binomial, offset = l) with l = qlogis(p), epsilon = 1e-15; intervals are
  // coef - qnorm(0.975) * sqrt(diag(vcov)). R's steps leave less than 1e-10.
  EXPECT_NEAR(line.intercept.value(), -0.4827154808276226, 1e-10);
  EXPECT_NEAR(line.slope.value(), 1.3782148150697817, 1e-10);
  EXPECT_NEAR(line.in_the_large.value(), -0.4135959052607113, 1e-10);
  EXPECT_NEAR(line.intercept_interval->low, -1.1660921406980529, 1e-9);
  EXPECT_NEAR(line.slope_interval->low, 0.6650398031722949, 1e-9);
  EXPECT_NEAR(line.in_the_large_interval->low, -1.025776341814697, 1e-9);
}

TEST(CalibrationLine, rows_of_a_customer_are_a_cluster) {
  const Told told = some_chances();
  const CalibrationLine line = calibration_line(told.p, told.outcome, told.group, 0.9);
  // The same fits; the sandwich of sums of scores by cluster (rowsum), times 8 / 7, and qnorm(0.95).
  EXPECT_NEAR(line.intercept_interval->high, -0.1743754806189138, 1e-9);
  EXPECT_NEAR(line.slope_interval->high, 1.7883561893112012, 1e-9);
  EXPECT_NEAR(line.in_the_large_interval->high, -0.1414861574076554, 1e-9);
  const std::vector<std::uint32_t> one(told.p.size(), 7);
  const CalibrationLine alone = calibration_line(told.p, told.outcome, one);
  EXPECT_EQ(alone.slope, line.slope);
  EXPECT_FALSE(alone.slope_interval || alone.intercept_interval || alone.in_the_large_interval);
}

TEST(CalibrationLine, chances_that_are_the_rates_they_tell_are_on_the_line) {
  // 1 of 4 and 3 of 5: both conditions of the maximum hold at slope 1 and intercept 0.
  const std::vector<double> p{0.25, 0.25, 0.25, 0.25, 0.6, 0.6, 0.6, 0.6, 0.6};
  const std::vector<std::uint8_t> outcome{1, 0, 0, 0, 1, 1, 1, 0, 0};
  const CalibrationLine line = calibration_line(p, outcome);
  // Newton's last step leaves rounding only.
  EXPECT_NEAR(line.slope.value(), 1, 1e-12);
  EXPECT_NEAR(line.intercept.value(), 0, 1e-12);
  EXPECT_NEAR(line.in_the_large.value(), 0, 1e-12);
}

TEST(CalibrationLine, log_odds_that_are_twice_too_large_have_a_slope_of_a_half) {
  Told told = some_chances();
  const CalibrationLine before = calibration_line(told.p, told.outcome);
  for (double& p : told.p) {
    const double odds = p / (1 - p) * (p / (1 - p));
    p = odds / (1 + odds);
  }
  const CalibrationLine after = calibration_line(told.p, told.outcome);
  // The same model in other units; squaring odds loses a digit or two.
  EXPECT_NEAR(after.slope.value(), before.slope.value() / 2, 1e-10);
  EXPECT_NEAR(after.intercept.value(), before.intercept.value(), 1e-10);
  EXPECT_NEAR(after.slope_interval->low, before.slope_interval->low / 2, 1e-10);
}

TEST(CalibrationLine, chances_of_0_and_1_count_as_nearly_that) {
  const std::vector<double> p{0, 0, 1, 1, 0.5, 0.5};
  const std::vector<double> kept{1e-12, 1e-12, 1 - 1e-12, 1 - 1e-12, 0.5, 0.5};
  const std::vector<std::uint8_t> outcome{0, 1, 1, 0, 1, 0};
  const CalibrationLine line = calibration_line(p, outcome);
  EXPECT_EQ(line.slope, calibration_line(kept, outcome).slope);
  EXPECT_TRUE(line.slope && line.intercept && line.in_the_large);
}

TEST(CalibrationLine, is_empty_where_there_is_one_outcome_or_none) {
  for (const std::vector<std::uint8_t>& outcome :
       {std::vector<std::uint8_t>{}, std::vector<std::uint8_t>{1, 1}, std::vector<std::uint8_t>{0, 0}}) {
    const std::vector<double> p = outcome.empty() ? std::vector<double>{} : std::vector<double>{0.2, 0.7};
    const CalibrationLine line = calibration_line(p, outcome);
    EXPECT_FALSE(line.slope || line.intercept || line.in_the_large);
    EXPECT_FALSE(line.slope_interval || line.intercept_interval || line.in_the_large_interval);
  }
}

TEST(CalibrationLine, chances_all_alike_have_a_level_and_no_slope) {
  const std::vector<double> p{0.2, 0.2, 0.2, 0.2};
  const std::vector<std::uint8_t> outcome{1, 0, 0, 1};
  const CalibrationLine line = calibration_line(p, outcome);
  EXPECT_FALSE(line.slope || line.intercept || line.slope_interval || line.intercept_interval);
  // Half of them left: log-odds of 0 instead of log(1 / 4).
  EXPECT_NEAR(line.in_the_large.value(), std::log(4.0), 1e-12);
  // The information is n p (1 - p) = 1, and 1.96 a quantile of the normal distribution.
  EXPECT_NEAR(line.in_the_large_interval->high - line.in_the_large_interval->low, 2 * 1.959963984540054,
              1e-12);
}

TEST(CalibrationLine, a_ranking_without_a_fault_has_no_slope) {
  const std::vector<double> p{0.1, 0.2, 0.3, 0.4};
  const std::vector<std::uint8_t> outcome{0, 0, 1, 1};
  const CalibrationLine line = calibration_line(p, outcome);
  EXPECT_FALSE(line.slope || line.intercept);
  EXPECT_GT(line.in_the_large.value(), 0);
}

TEST(CalibrationLine, refuses_what_is_no_chance) {
  const std::vector<std::uint8_t> outcome{0, 1};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double wrong : {-0.1, 1.1, nan}) {
    const std::vector<double> p{0.5, wrong};
    EXPECT_EQ(error_of([&] { (void)calibration_line(p, outcome); }), "bad_number");
  }
  const std::vector<double> p{0.5, 0.4};
  const std::vector<double> short_p{0.5};
  const std::vector<std::uint32_t> cluster{1};
  EXPECT_EQ(error_of([&] { (void)calibration_line(short_p, outcome); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)calibration_line(p, outcome, cluster); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)calibration_line(p, outcome, {}, 1); }), "bad_number");
}

#ifdef CHURN_ORACLES_DIR
TEST(CalibrationLineOracles, of_chances_of_customers_of_a_telecom) {
  const std::string folder = std::string(CHURN_ORACLES_DIR) + "/churn_bigml/";
  std::ifstream file(folder + "prediction_quality.json");
  const nlohmann::json answers = nlohmann::json::parse(file);
  const auto rows = support::read_csv(folder + "logistic_predictions.csv");
  for (const auto& [split, name] :
       {std::pair{"train80", "train80_in_sample"}, std::pair{"test20", "test20_out_of_sample"}}) {
    Told told;
    for (const auto& row : rows) {
      if (row.at("split") != split) continue;
      told.p.push_back(std::stod(row.at("p")));
      told.outcome.push_back(row.at("churn") == "1" ? 1 : 0);
    }
    const nlohmann::json& answer = answers.at(name);
    ASSERT_EQ(told.p.size(), answer.at("n").get<std::size_t>());
    const CalibrationLine line = calibration_line(told.p, told.outcome);
    // R's own steps end within 1e-9.
    EXPECT_NEAR(line.slope.value(), answer.at("calibration_slope").get<double>(), 1e-9) << name;
    EXPECT_NEAR(line.intercept.value(), answer.at("calibration_intercept_joint").get<double>(), 1e-9) << name;
    EXPECT_NEAR(line.in_the_large.value(), answer.at("calibration_in_the_large").get<double>(), 1e-9) << name;
  }
}
#endif

}  // namespace
}  // namespace churn

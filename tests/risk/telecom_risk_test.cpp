// Customers of a telecom, of whom R has trained a model on four fifths and predicted the rest (reference data churn_bigml,
// CHURN_ORACLES_DIR): trained here, predicted here and measured here, the numbers are R's.
#ifdef CHURN_ORACLES_DIR

#include <churn/risk/risk_model.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <churn/stats/auc.hpp>
#include <churn/stats/average_precision.hpp>
#include <churn/stats/calibration_line.hpp>
#include <churn/stats/lift.hpp>
#include <churn/stats/logistic.hpp>
#include <churn/stats/probability_score.hpp>
#include <churn/stats/reliability.hpp>

#include "stats/prediction_sets.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

const std::string telecom = std::string(CHURN_ORACLES_DIR) + "/churn_bigml";

/// The terms of R's full model, and where they stand in the data.
const std::vector<std::pair<std::string, std::string>> terms{
    {"intl", "International plan"},
    {"vmail", "Voice mail plan"},
    {"Number_vmail_messages", "Number vmail messages"},
    {"Total_day_minutes", "Total day minutes"},
    {"Total_eve_minutes", "Total eve minutes"},
    {"Total_night_minutes", "Total night minutes"},
    {"Total_intl_minutes", "Total intl minutes"},
    {"Total_intl_calls", "Total intl calls"},
    {"Customer_service_calls", "Customer service calls"}};

/// A customer a row, all on one day.
Observations customers_of(const std::string& file) {
  const auto rows = support::read_csv(telecom + file);
  Observations data;
  const auto n = static_cast<Eigen::Index>(rows.size());
  const auto k = static_cast<Eigen::Index>(terms.size());
  data.values.resize(n, k);
  data.missing = MissingMask::Constant(n, k, false);
  for (const auto& [name, column] : terms) data.columns.push_back({name, Direction::raises});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < terms.size(); ++j) {
      const std::string& field = rows[i].at(terms[j].second);
      const bool is_plan = j < 2;
      data.values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
          is_plan ? (field == "Yes" ? 1 : 0) : std::stod(field);
    }
    const std::string& left = rows[i].at("Churn");
    data.customers.push_back("customer " + std::to_string(i));
    data.customer.push_back(static_cast<std::uint32_t>(i));
    data.day.push_back(Date::of(2024, 1, 1));
    data.tenure.push_back(std::stoi(rows[i].at("Account length")));
    data.ticks.push_back(0);
    data.departed.push_back(left == "TRUE" || left == "True" ? 1 : 0);
    data.departs_in.push_back(data.departed.back() == 1 ? 0 : -1);
  }
  return data;
}

/// No ridge and no calibration: then the likelihood alone decides, and the chances at its peak are the same in whatever
/// units columns are. No column here is skewed beyond 4, so that all enter as they are, but for scale.
RiskModel model_of(const Observations& training) {
  RiskOptions options;
  options.ridges = {0};
  options.calibration = Calibration::none;
  return train_risk_model(training, options);
}

/// The coefficients are good to 1e-8 of themselves, and so are chances, of which each moves by less than its log-odds.
constexpr double as_predicted = 1e-9;

TEST(TelecomRisk, of_customers_it_was_trained_on_the_model_says_what_R_says) {
  const Observations training = customers_of("/churn_bigml_80.csv");
  const RiskModel model = model_of(training);
  EXPECT_EQ(model.why_flat, "");
  for (const RiskTerm& term : model.terms) EXPECT_EQ(term.transform.shape, Shape::none) << term.column.name;
  const auto answer = stats_test::predictions_of(telecom, "train80_in_sample", "train80");
  const std::vector<double> risk = model.risks(training);
  ASSERT_EQ(risk.size(), answer.p.size());
  EXPECT_EQ(training.departed, answer.outcome);
  for (std::size_t i = 0; i < risk.size(); ++i) ASSERT_NEAR(risk[i], answer.p[i], as_predicted) << i;
}

TEST(TelecomRisk,
     of_customers_it_has_never_seen_the_model_says_what_R_says_unless_they_are_beyond_all_it_saw) {
  const Observations training = customers_of("/churn_bigml_80.csv");
  const Observations fresh = customers_of("/churn_bigml_20.csv");
  const RiskModel model = model_of(training);
  const auto answer = stats_test::predictions_of(telecom, "test20_out_of_sample", "test20");
  const std::vector<double> risk = model.risks(fresh);
  ASSERT_EQ(risk.size(), answer.p.size());
  EXPECT_EQ(fresh.departed, answer.outcome);
  // Values beyond those of the training rows count as the ends do, which R's do not.
  const Eigen::RowVectorXd lowest = training.values.colwise().minCoeff();
  const Eigen::RowVectorXd highest = training.values.colwise().maxCoeff();
  Observations beyond_none = fresh;
  int beyond = 0;
  for (Eigen::Index i = 0; i < fresh.values.rows(); ++i) {
    const Eigen::RowVectorXd drawn_in = fresh.values.row(i).cwiseMax(lowest).cwiseMin(highest);
    const auto row = static_cast<std::size_t>(i);
    if (drawn_in == fresh.values.row(i))
      ASSERT_NEAR(risk[row], answer.p[row], as_predicted) << row;
    else
      ++beyond;
    beyond_none.values.row(i) = drawn_in;
  }
  EXPECT_GT(beyond, 0);
  EXPECT_LT(beyond, 7);  // one in a hundred
  EXPECT_EQ(model.risks(beyond_none), risk);
}

TEST(TelecomRisk, a_regression_fitted_here_predicts_fresh_customers_as_well_as_R_measured) {
  const Observations training = customers_of("/churn_bigml_80.csv");
  const Observations fresh = customers_of("/churn_bigml_20.csv");
  std::vector<std::string> names;
  names.reserve(terms.size());
  for (const auto& [name, column] : terms) names.push_back(name);
  const LogisticFit fit = logistic_regression(training.values, {training.departed}, names);
  ASSERT_TRUE(fit.converged);
  const auto told = stats_test::predictions_of(telecom, "test20_out_of_sample", "test20");
  std::vector<double> p;
  for (Eigen::Index i = 0; i < fresh.values.rows(); ++i) {
    double line = fit.coefficients.front().value.value();
    for (Eigen::Index j = 0; j < fresh.values.cols(); ++j)
      line += fresh.values(i, j) * fit.coefficients[static_cast<std::size_t>(j) + 1].value.value();
    p.push_back(1 / (1 + std::exp(-line)));
    ASSERT_NEAR(p.back(), told.p[static_cast<std::size_t>(i)], as_predicted) << i;
  }
  const auto answer = stats_test::read_json(telecom + "/prediction_quality.json").at("test20_out_of_sample");
  const auto is = [&](const char* name, double value, double tolerance) {
    EXPECT_NEAR(value, answer.at(name).get<double>(), tolerance) << name;
  };
  // Ranks do not feel the last digits, as no two chances are that near to each other; means of functions of chances move
  // as they do, and what is divided by small numbers of expected departures by some more.
  const Auc area = auc(p, fresh.departed);
  is("auc", area.value.value(), 1e-13);
  is("auc_se_delong", area.std_error.value(), 1e-11);
  is("average_precision", average_precision(p, fresh.departed).value(), 1e-12);
  const ProbabilityScore score = probability_score(p, fresh.departed);
  is("brier", score.brier.value(), as_predicted);
  is("brier_skill_vs_base_rate", score.brier_skill.value(), 10 * as_predicted);
  is("log_loss", score.log_loss.value(), 10 * as_predicted);
  is("top_decile_lift", lift_at(p, fresh.departed).value(), 1e-12);
  const CalibrationLine line = calibration_line(p, fresh.departed);
  is("calibration_slope", line.slope.value(), 1e-7);
  is("calibration_intercept_joint", line.intercept.value(), 1e-7);
  is("calibration_in_the_large", line.in_the_large.value(), 1e-7);
  EXPECT_NEAR(reliability(p, fresh.departed, Bins::equal_width).expected_calibration_error.value(),
              answer.at("ece_10_equal_width").at("ece").get<double>(), as_predicted);
  EXPECT_NEAR(reliability(p, fresh.departed).expected_calibration_error.value(),
              answer.at("ece_10_equal_count").at("ece").get<double>(), as_predicted);
  const HosmerLemeshow test = hosmer_lemeshow(p, fresh.departed);
  EXPECT_NEAR(test.chi_square.value(), answer.at("hosmer_lemeshow_10").at("chisq").get<double>(), 1e-6);
  EXPECT_NEAR(test.p.value().value, answer.at("hosmer_lemeshow_10").at("p").get<double>(), 1e-6);
}

TEST(TelecomRisk, with_its_usual_ridges_and_calibration_it_is_about_as_good) {
  const RiskModel model = train_risk_model(customers_of("/churn_bigml_80.csv"));
  const Observations fresh = customers_of("/churn_bigml_20.csv");
  const std::vector<double> risk = model.risks(fresh);
  const auto answer = stats_test::read_json(telecom + "/prediction_quality.json").at("test20_out_of_sample");
  const ProbabilityScore score = probability_score(risk, fresh.departed);
  // A ridge of a few units against 388 departures, and a calibration line near 1, change little; by how much is no law,
  // but half of the standard error (0.022 of the AUC) would be more than little.
  EXPECT_NEAR(auc_value(risk, fresh.departed).value(), answer.at("auc").get<double>(), 0.005);
  EXPECT_NEAR(score.brier.value(), answer.at("brier").get<double>(), 0.001);
  EXPECT_NEAR(score.log_loss.value(), answer.at("log_loss").get<double>(), 0.003);
}

}  // namespace
}  // namespace churn

#endif

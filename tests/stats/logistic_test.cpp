#include <churn/stats/logistic.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"

#ifdef CHURN_ORACLES_DIR
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/read_csv.hpp"
#endif

namespace churn {
namespace {

void expect_close(double value, double expected, double relative, const std::string& what) {
  EXPECT_NEAR(value, expected, relative * std::max(std::abs(expected), 1e-12)) << what;
}

#ifdef CHURN_ORACLES_DIR
/// Customers of a telecom, by the names of the oracle's terms.
struct Telecom {
  Eigen::MatrixXd x;
  std::vector<std::uint8_t> outcome;
  std::vector<std::string> names;
};

Telecom telecom(const std::vector<std::string>& terms) {
  const auto rows = support::read_csv(std::string(CHURN_ORACLES_DIR) + "/churn_bigml/churn_bigml_80.csv");
  Telecom data;
  data.names.assign(terms.begin() + 1, terms.end());
  data.x.resize(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(data.names.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    data.outcome.push_back(rows[i].at("Churn") == "TRUE" ? 1 : 0);
    for (std::size_t j = 0; j < data.names.size(); ++j) {
      std::string column = data.names[j];
      std::replace(column.begin(), column.end(), '_', ' ');
      double value = 0;
      if (column == "intl")
        value = rows[i].at("International plan") == "Yes" ? 1 : 0;
      else if (column == "vmail")
        value = rows[i].at("Voice mail plan") == "Yes" ? 1 : 0;
      else
        value = std::stod(rows[i].at(column));
      data.x(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = value;
    }
  }
  return data;
}

void expect_as_in_r(const std::string& model, LogisticLink link) {
  std::ifstream file(std::string(CHURN_ORACLES_DIR) + "/churn_bigml/logistic.json");
  const nlohmann::json answer = nlohmann::json::parse(file).at(model);
  const Telecom data = telecom(answer.at("terms").get<std::vector<std::string>>());
  LogisticOptions options;
  options.link = link;
  const LogisticFit fit = logistic_regression(data.x, {data.outcome}, data.names, options);
  EXPECT_TRUE(fit.converged);
  EXPECT_EQ(fit.rows, answer.at("n").get<std::size_t>());
  // The tolerances that the oracle names: what R's own steps leave.
  for (std::size_t j = 0; j < fit.coefficients.size(); ++j) {
    const LogisticCoefficient& coefficient = fit.coefficients[j];
    expect_close(coefficient.value.value(), answer.at("coef").at(j), 1e-8, coefficient.name);
    expect_close(coefficient.std_error.value(), answer.at("se").at(j), 1e-8, coefficient.name);
    expect_close(coefficient.z.value(), answer.at("z").at(j), 1e-8, coefficient.name);
    // d log p is about z dz, which magnifies the last digits of z.
    expect_close(coefficient.p.value().value, answer.at("p").at(j), 1e-6, coefficient.name);
    for (std::size_t k = 0; k < fit.coefficients.size(); ++k)
      EXPECT_NEAR(fit.covariance(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(k)),
                  answer.at("vcov").at(j).at(k).get<double>(),
                  1e-8 * *coefficient.std_error * fit.coefficients[k].std_error.value())
          << coefficient.name;
  }
  expect_close(fit.deviance, answer.at("deviance"), 1e-11, "deviance");
  expect_close(fit.loglik, answer.at("loglik"), 1e-11, "loglik");
  expect_close(-2 * fit.loglik_null, answer.at("null_deviance"), 1e-11, "null deviance");
}

TEST(LogisticOracles, of_customers_of_a_telecom) {
  expect_as_in_r("model_full", LogisticLink::logit);
  expect_as_in_r("model_small", LogisticLink::logit);
}
TEST(LogisticOracles, of_hazards_of_customers_of_a_telecom) {
  expect_as_in_r("model_full_cloglog", LogisticLink::cloglog);
}
#endif

}  // namespace
}  // namespace churn

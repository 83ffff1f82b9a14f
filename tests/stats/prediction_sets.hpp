// The three sets of predictions whose quality R has measured. Needs CHURN_ORACLES_DIR.
#pragma once

#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/read_csv.hpp"

namespace stats_test {

struct PredictionSet {
  std::string name;
  std::vector<double> p{};
  std::vector<std::uint8_t> outcome{};
};

inline nlohmann::json read_json(const std::string& file) {
  std::ifstream in(file);
  return nlohmann::json::parse(in);
}

inline PredictionSet predictions_of(const std::string& folder, const std::string& name,
                                    const std::string& split) {
  PredictionSet set{name};
  for (auto& row : support::read_csv(folder + "/logistic_predictions.csv")) {
    if (row["split"] != split) continue;
    set.p.push_back(std::stod(row["p"]));
    set.outcome.push_back(row["churn"] == "1" ? 1 : 0);
  }
  return set;
}

/// Of a model of two columns, of which most customers share their values: many are equal.
inline PredictionSet tied_predictions(const std::string& folder) {
  const auto coef =
      read_json(folder + "/logistic.json").at("model_small").at("coef").get<std::vector<double>>();
  PredictionSet set{"test20_small_model_many_ties"};
  for (auto& row : support::read_csv(folder + "/churn_bigml_20.csv")) {
    const double line = coef.at(0) + (row["International plan"] == "Yes" ? coef.at(1) : 0) +
                        std::stod(row["Customer service calls"]) * coef.at(2);
    set.p.push_back(1 / (1 + std::exp(-line)));
    set.outcome.push_back(row["Churn"] == "True" ? 1 : 0);
  }
  return set;
}

/// `folder` is that of the telecom customers.
inline std::vector<PredictionSet> prediction_sets(const std::string& folder) {
  return {predictions_of(folder, "train80_in_sample", "train80"),
          predictions_of(folder, "test20_out_of_sample", "test20"), tied_predictions(folder)};
}

}  // namespace stats_test

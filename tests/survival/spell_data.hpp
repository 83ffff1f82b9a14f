// Columns of spells and covariates that own what they hold, for tests.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <string>
#include <vector>

#include <churn/survival/spell_columns.hpp>

namespace survival_test {

struct SpellData {
  std::vector<std::int32_t> entry{};
  std::vector<std::int32_t> exit{};
  std::vector<std::uint8_t> event{};
  std::vector<std::int32_t> stratum{};
  std::vector<double> weight{};
  std::vector<std::uint64_t> cluster{};
  std::vector<std::vector<double>> rows{};  ///< covariates
  std::vector<std::string> names{};

  [[nodiscard]] churn::SpellColumns columns() const { return {entry, exit, event, stratum, weight, cluster}; }
  [[nodiscard]] Eigen::MatrixXd covariates() const {
    Eigen::MatrixXd x(static_cast<Eigen::Index>(exit.size()), static_cast<Eigen::Index>(names.size()));
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (std::size_t j = 0; j < names.size(); ++j)
        x(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = rows[i][j];
    return x;
  }
};

}  // namespace survival_test

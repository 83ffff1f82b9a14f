// Observations written down in a test, or drawn with known effects.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <churn/row/observations.hpp>

namespace risk_test {

/// A row as a test writes it down. Values that are not a number are missing.
struct WrittenRow {
  std::string customer;
  const char* day;
  std::vector<double> values;
  bool departed;
  std::int32_t tenure{100};
};

inline churn::Observations written(const std::vector<std::string>& columns,
                                   const std::vector<WrittenRow>& rows) {
  churn::Observations all;
  for (const std::string& name : columns) all.columns.push_back({name, churn::Direction::raises});
  all.values.setZero(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(columns.size()));
  all.missing.setConstant(all.values.rows(), all.values.cols(), false);
  std::map<std::string, std::uint32_t> numbers;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto [place, is_new] =
        numbers.emplace(rows[i].customer, static_cast<std::uint32_t>(all.customers.size()));
    if (is_new) all.customers.push_back(rows[i].customer);
    all.customer.push_back(place->second);
    all.day.push_back(*churn::Date::parse(rows[i].day));
    all.tenure.push_back(rows[i].tenure);
    all.ticks.push_back(0);
    all.departed.push_back(rows[i].departed ? 1 : 0);
    all.departs_in.push_back(rows[i].departed ? 10 : -1);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const auto row = static_cast<Eigen::Index>(i);
      const auto column = static_cast<Eigen::Index>(k);
      if (std::isnan(rows[i].values[k]))
        all.missing(row, column) = true;
      else
        all.values(row, column) = rows[i].values[k];
    }
  }
  return all;
}

/// Customers seen weekly until they leave; for each that leaves another comes. In each week a customer's values are drawn
/// anew about a level of its own. A year is run before the first row, so that those who are there are not of another kind
/// in the beginning than later.
struct Drawn {
  std::size_t customers{300};  ///< at once
  std::size_t weeks{30};
  std::vector<double> effects{0, 0, 0};  ///< of each column on the log-odds of leaving in a week
  double log_odds{-4};                   ///< of leaving in a week where all values are 0
  double missing{0};                     ///< share of values
  std::uint32_t seed{1};

  [[nodiscard]] churn::Observations observations() const;
};

inline churn::Observations Drawn::observations() const {
  std::mt19937 random{seed};
  // Sums of uniform numbers, because the standard's normal distribution differs from library to library.
  const auto uniform = [&] { return (static_cast<double>(random()) + 0.5) / 4294967296.0; };
  const auto normal = [&] {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  };
  const churn::Date start = churn::Date::of(2023, 1, 1);
  const std::int32_t horizon = 30;
  const std::int32_t run_up = 52 * 7;
  const auto last_day = static_cast<std::int32_t>(7 * weeks) + horizon;
  struct Row {
    std::uint32_t customer;
    std::int32_t day;
    std::int32_t joined;
    std::vector<double> values;
    std::vector<bool> missing;
  };
  std::vector<Row> rows;
  std::vector<std::int32_t> left_on;
  churn::Observations all;
  for (std::size_t place = 0; place < customers; ++place) {
    std::int32_t day = -run_up;
    while (day < last_day) {
      const auto customer = static_cast<std::uint32_t>(left_on.size());
      const std::int32_t joined = day;
      all.customers.push_back("customer " + std::to_string(customer));
      left_on.push_back(-1);
      std::vector<double> level;
      for (std::size_t k = 0; k < effects.size(); ++k) level.push_back(0.9 * normal());
      for (bool stays = true; stays && day < last_day; day += 7) {
        Row row{customer, day, joined, {}, {}};
        double odds = log_odds;
        for (std::size_t k = 0; k < effects.size(); ++k) {
          row.values.push_back(level[k] + 0.4 * normal());
          row.missing.push_back(uniform() < missing);
          odds += effects[k] * row.values[k];
        }
        stays = uniform() >= 1 / (1 + std::exp(-odds));
        if (!stays) left_on.back() = day + static_cast<std::int32_t>(uniform() * 7);
        if (day >= 0 && day + horizon <= last_day) rows.push_back(std::move(row));
      }
    }
  }
  for (std::size_t k = 0; k < effects.size(); ++k)
    all.columns.push_back({"column " + std::to_string(k),
                           effects[k] < 0 ? churn::Direction::lowers : churn::Direction::raises});
  all.values.setZero(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(effects.size()));
  all.missing.setConstant(all.values.rows(), all.values.cols(), false);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    for (std::size_t k = 0; k < effects.size(); ++k) {
      const auto at = static_cast<Eigen::Index>(i);
      const auto column = static_cast<Eigen::Index>(k);
      all.missing(at, column) = row.missing[k];
      if (!row.missing[k]) all.values(at, column) = row.values[k];
    }
    const std::int32_t left = left_on[row.customer];
    all.customer.push_back(row.customer);
    all.day.push_back(start + std::chrono::days{row.day});
    all.tenure.push_back(row.day - row.joined);
    all.ticks.push_back(0);
    all.departs_in.push_back(left < 0 ? -1 : left - row.day);
    all.departed.push_back(left >= 0 && left - row.day < horizon ? 1 : 0);
  }
  all.horizon = horizon;
  all.as_of = start + std::chrono::days{last_day};
  return all;
}

}  // namespace risk_test

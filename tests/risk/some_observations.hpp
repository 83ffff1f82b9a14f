// Observations for tests of risk models: a small data set of R's, so that R can be asked about it, and simulated ones.
#pragma once

#include <churn/row/observations.hpp>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace risk_test {

/// Room for rows and columns c0, c1, ..., none of them missing.
inline churn::Observations empty_observations(Eigen::Index rows, Eigen::Index columns) {
  churn::Observations result;
  for (Eigen::Index k = 0; k < columns; ++k)
    result.columns.push_back({"c" + std::to_string(k), churn::Direction::raises});
  result.values = Eigen::MatrixXd::Zero(rows, columns);
  result.missing = churn::MissingMask::Constant(rows, columns, false);
  return result;
}

inline void add_row(churn::Observations& into, std::uint32_t customer, bool left,
                    std::int32_t departs_in = -1, std::int32_t tenure = 100, std::int32_t day = 19000) {
  into.customer.push_back(customer);
  into.day.push_back(churn::Date::from_days(day));
  into.tenure.push_back(tenure);
  into.ticks.push_back(1000);
  into.departed.push_back(left ? 1 : 0);
  into.departs_in.push_back(departs_in);
}

struct Car {
  const char* name;
  int vs;
  double mpg, drat, wt;
};

/// R's `mtcars`: vs, mpg, drat and wt.
inline const std::vector<Car>& cars() {
  static const std::vector<Car> all{{"Mazda RX4", 0, 21, 3.9, 2.62},
                                    {"Mazda RX4 Wag", 0, 21, 3.9, 2.875},
                                    {"Datsun 710", 1, 22.8, 3.85, 2.32},
                                    {"Hornet 4 Drive", 1, 21.4, 3.08, 3.215},
                                    {"Hornet Sportabout", 0, 18.7, 3.15, 3.44},
                                    {"Valiant", 1, 18.1, 2.76, 3.46},
                                    {"Duster 360", 0, 14.3, 3.21, 3.57},
                                    {"Merc 240D", 1, 24.4, 3.69, 3.19},
                                    {"Merc 230", 1, 22.8, 3.92, 3.15},
                                    {"Merc 280", 1, 19.2, 3.92, 3.44},
                                    {"Merc 280C", 1, 17.8, 3.92, 3.44},
                                    {"Merc 450SE", 0, 16.4, 3.07, 4.07},
                                    {"Merc 450SL", 0, 17.3, 3.07, 3.73},
                                    {"Merc 450SLC", 0, 15.2, 3.07, 3.78},
                                    {"Cadillac Fleetwood", 0, 10.4, 2.93, 5.25},
                                    {"Lincoln Continental", 0, 10.4, 3, 5.424},
                                    {"Chrysler Imperial", 0, 14.7, 3.23, 5.345},
                                    {"Fiat 128", 1, 32.4, 4.08, 2.2},
                                    {"Honda Civic", 1, 30.4, 4.93, 1.615},
                                    {"Toyota Corolla", 1, 33.9, 4.22, 1.835},
                                    {"Toyota Corona", 1, 21.5, 3.7, 2.465},
                                    {"Dodge Challenger", 0, 15.5, 2.76, 3.52},
                                    {"AMC Javelin", 0, 15.2, 3.15, 3.435},
                                    {"Camaro Z28", 0, 13.3, 3.73, 3.84},
                                    {"Pontiac Firebird", 0, 19.2, 3.08, 3.845},
                                    {"Fiat X1-9", 1, 27.3, 4.08, 1.935},
                                    {"Porsche 914-2", 0, 26, 4.43, 2.14},
                                    {"Lotus Europa", 1, 30.4, 3.77, 1.513},
                                    {"Ford Pantera L", 0, 15.8, 4.22, 3.17},
                                    {"Ferrari Dino", 0, 19.7, 3.62, 2.77},
                                    {"Maserati Bora", 0, 15, 3.54, 3.57},
                                    {"Volvo 142E", 1, 21.4, 4.11, 2.78}};
  return all;
}

/// Each car a customer that is called as it is, and left if its vs is 1.
inline churn::Observations observed_cars() {
  auto result = empty_observations(static_cast<Eigen::Index>(cars().size()), 3);
  result.columns = {{"mpg"}, {"drat"}, {"wt"}};
  for (std::size_t i = 0; i < cars().size(); ++i) {
    const Car& car = cars()[i];
    const auto row = static_cast<Eigen::Index>(i);
    result.values(row, 0) = car.mpg;
    result.values(row, 1) = car.drat;
    result.values(row, 2) = car.wt;
    result.customers.emplace_back(car.name);
    add_row(result, static_cast<std::uint32_t>(i), car.vs == 1, car.vs == 1 ? 5 : -1);
  }
  return result;
}

/// The standard leaves open what its distributions draw, but not what the generator does.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : generator_(seed) {}
  double uniform() { return static_cast<double>(generator_() >> 11U) * 0x1p-53; }
  double normal() {
    return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(6.283185307179586 * uniform());
  }
  bool happens(double chance) { return uniform() < chance; }

 private:
  std::mt19937_64 generator_;
};

inline double chance_of(double log_odds) { return 1 / (1 + std::exp(-log_odds)); }

/// Rows of customers that have five each. Of six columns c0 and c1 say who leaves, c2 is heavy-tailed and says it in its
/// logarithm, c3 is missing in a fifth of the rows, who leave more often; c4 and c5 say nothing.
inline churn::Observations simulated(Eigen::Index rows, std::uint64_t seed) {
  Draws draw(seed);
  auto result = empty_observations(rows, 6);
  for (Eigen::Index row = 0; row < rows; ++row) {
    const auto customer = static_cast<std::uint32_t>(row / 5);
    if (row % 5 == 0) result.customers.push_back("customer " + std::to_string(customer));
    for (Eigen::Index k = 0; k < 6; ++k) result.values(row, k) = draw.normal();
    double log_odds = -2.5 + 0.8 * result.values(row, 0) - 0.5 * result.values(row, 1);
    const double tail = std::exp(2 * result.values(row, 2));
    result.values(row, 2) = tail;
    log_odds += 0.3 * std::log1p(tail);
    if (draw.happens(0.2)) {
      result.missing(row, 3) = true;
      result.values(row, 3) = 0;
      log_odds += 0.9;
    }
    const bool left = draw.happens(chance_of(log_odds));
    add_row(result, customer, left, left ? static_cast<std::int32_t>(30 * draw.uniform()) : -1,
            static_cast<std::int32_t>(1000 * draw.uniform()),
            19000 + static_cast<std::int32_t>(7 * (row % 5)));
  }
  return result;
}

/// Weekly rows of customers, until they leave or the book ends after 60 weeks. c0 moves slowly and says who leaves, those
/// who are new leave more often, and c1 says nothing. Rows whose horizon of 28 days is not over are left out.
inline churn::Observations simulated_weeks(std::uint32_t customers, std::uint64_t seed) {
  constexpr std::int32_t weeks = 60;
  Draws draw(seed);
  struct Row {
    std::uint32_t customer;
    double c0, c1;
    std::int32_t week, began;
  };
  std::vector<Row> rows;
  std::vector<std::int32_t> left_on;  // day
  for (std::uint32_t c = 0; c < customers; ++c) {
    double state = draw.normal();
    const auto began = static_cast<std::int32_t>(400 * draw.uniform()) - 400;
    left_on.push_back(-1);
    for (std::int32_t week = 0; week < weeks; ++week) {
      rows.push_back({c, state, draw.normal(), week, began});
      const double chance = chance_of(-4.6 + 0.8 * state + (7 * week - began < 180 ? 0.7 : 0));
      if (draw.happens(chance)) {
        left_on.back() = 7 * week + static_cast<std::int32_t>(7 * draw.uniform());
        break;
      }
      state = 0.98 * state + std::sqrt(1 - 0.98 * 0.98) * draw.normal();
    }
  }
  std::erase_if(rows, [](const Row& row) { return 7 * row.week + 28 > 7 * weeks; });
  auto result = empty_observations(static_cast<Eigen::Index>(rows.size()), 2);
  result.horizon = 28;
  for (std::uint32_t c = 0; c < customers; ++c) result.customers.push_back("customer " + std::to_string(c));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    result.values(static_cast<Eigen::Index>(i), 0) = row.c0;
    result.values(static_cast<Eigen::Index>(i), 1) = row.c1;
    const std::int32_t in = left_on[row.customer] < 0 ? -1 : left_on[row.customer] - 7 * row.week;
    add_row(result, row.customer, in >= 0 && in < 28, in, 7 * row.week - row.began, 19000 + 7 * row.week);
  }
  return result;
}

}  // namespace risk_test

// Tenures of customers with eight covariates from a generator that survival.R has, too.
//
// Exponential tenures with a mean of 400 days at x = 0, censored at up to three years; four covariates are yes or no.
// Who has an entry is seen from a third of its stay on.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

struct Tenures {
  static constexpr int covariates = 8;
  std::vector<std::int32_t> entry;
  std::vector<std::int32_t> exit;
  std::vector<std::uint8_t> event;
  std::vector<double> x;  ///< row by row
};

/// Lehmer's generator with modulus 2^31 - 1: exact also in R's doubles.
class Uniform {
 public:
  double next() {
    state_ = state_ * 16807 % 2147483647;
    return static_cast<double>(state_) / 2147483647.0;
  }

 private:
  std::int64_t state_{20240101};
};

inline Tenures make_tenures(std::int64_t rows) {
  Tenures made;
  Uniform uniform;
  for (std::int64_t i = 0; i < rows; ++i) {
    double log_hazard = 0;
    for (int j = 0; j < Tenures::covariates; ++j) {
      const double u = uniform.next();
      made.x.push_back(j < 4 ? (u < 0.3 ? 1 : 0) : 2 * u - 1);
      log_hazard += made.x.back() * (j % 2 == 0 ? 0.1 : -0.1) * (j + 1);
    }
    const double stay = std::floor(-400 * std::log(uniform.next()) * std::exp(-log_hazard)) + 1;
    const double known = std::floor(1095 * uniform.next()) + 1;
    made.exit.push_back(static_cast<std::int32_t>(stay < known ? stay : known));
    made.event.push_back(stay <= known ? 1 : 0);
    made.entry.push_back(made.exit.back() / 3);
  }
  return made;
}

}  // namespace bench

// log(Gamma(z + step) / Gamma(z)) without the cancellation of two large logarithms. Private to the library's sources.
#pragma once

#include <cmath>

namespace churn::inline v0 {

/// z > 0, step >= 0. Good to about 1e-15 of itself, and 1e-15 absolutely near 0.
inline double log_gamma_step(double z, double step) {
  if (step == 0) return 0;
  // Gamma(x + 1) = x Gamma(x) leads to where Stirling's series is good to the last digit.
  double passed = 0;
  while (z < 16) {
    passed += std::log1p(step / z);
    z += 1;
  }
  const auto rest = [](double x) {  // of Stirling's series, behind (x - 1/2) log x - x
    const double inverse = 1 / x;
    const double square = inverse * inverse;
    return inverse *
           (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))));
  };
  const double stirling =
      (z - 0.5) * std::log1p(step / z) + step * (std::log(z + step) - 1) + (rest(z + step) - rest(z));
  return stirling - passed;
}

}  // namespace churn::inline v0

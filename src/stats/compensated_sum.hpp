// A sum that carries along what rounding takes off each step. Private to the library's sources.
#pragma once

#include <cmath>

namespace churn::inline v0 {

/// A. Neumaier (1974), Zeitschrift fuer Angewandte Mathematik und Mechanik 54, 39-51.
class CompensatedSum {
 public:
  void add(double term) {
    const double sum = sum_ + term;
    rest_ += std::abs(sum_) >= std::abs(term) ? (sum_ - sum) + term : (term - sum) + sum_;
    sum_ = sum;
  }
  [[nodiscard]] double value() const { return sum_ + rest_; }

 private:
  double sum_{0};
  double rest_{0};
};

}  // namespace churn::inline v0

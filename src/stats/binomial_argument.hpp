// What intervals of a proportion have in common. Private to the library's sources.
#pragma once

#include <cstdint>
#include <stdexcept>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

inline void require_binomial(std::int64_t successes, std::int64_t trials, double confidence) {
  if (successes < 0 || successes > trials || !(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::bad_number, "An interval needs 0 <= successes <= trials and 0 < confidence < 1.");
}

/// A quantile as the maths library finds it; for enormous counts it may give up.
template <class Find>
double quantile(Find&& find) {
  try {
    return find();
  } catch (const std::runtime_error&) {
    throw Error(ErrorCode::out_of_range,
                "There are too many trials for an exact interval. Take Wilson's, which is as good there.");
  }
}

}  // namespace churn::inline v0

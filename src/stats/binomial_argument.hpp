// What every interval of a proportion asks of its arguments. Private to the library's sources.
#pragma once

#include <cstdint>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

inline void require_binomial(std::int64_t successes, std::int64_t trials, double confidence) {
  if (successes < 0 || successes > trials || !(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::bad_number, "An interval needs 0 <= successes <= trials and 0 < confidence < 1.");
}

}  // namespace churn::inline v0

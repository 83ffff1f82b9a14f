// The first and second derivative of the logarithm of the gamma function. Private to the library's sources.
#pragma once

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

#include "stats/maths_policy.hpp"

namespace churn::inline v0 {

inline double digamma(double x) { return boost::math::digamma(x, MathsPolicy{}); }
inline double trigamma(double x) { return boost::math::trigamma(x, MathsPolicy{}); }

}  // namespace churn::inline v0

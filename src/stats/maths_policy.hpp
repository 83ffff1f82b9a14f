// How Boost.Math behaves inside the library: in double precision, an unreachably small result is 0, and a
// caller's mistake has been refused before. Private to the library's sources.
#pragma once

#include <boost/math/policies/policy.hpp>

namespace churn::inline v0 {

using MathsPolicy =
    boost::math::policies::policy<boost::math::policies::promote_double<false>,
                                  boost::math::policies::underflow_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::denorm_error<boost::math::policies::ignore_error>>;

}  // namespace churn::inline v0

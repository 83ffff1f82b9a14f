#include <churn/stats/p_value.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error_of.hpp"

namespace churn {
namespace {

using core_test::error_of;

constexpr double infinity = std::numeric_limits<double>::infinity();

// A logarithm of R is good to the last digits; ours is of a tail good to some 1e-14 of itself, which moves the
// logarithm by that much, or is reckoned as a logarithm in a dozen steps.
double tolerance(double log10) { return 1e-13 * std::max(1.0, std::abs(log10)); }

TEST(PValue, tails_of_chi_square_are_those_of_r_also_below_the_smallest_double) {
  struct Tail {
    double x;
    double degrees_of_freedom;
    double log10;
  };
  // R 4.2.2: pchisq(x, df, lower.tail = FALSE, log.p = TRUE) / log(10)
  for (const Tail& of_r : {Tail{0, 1, 0},
                           {1e-08, 3, -1.1550562030432611e-13},
                           {3.841458820694124, 1, -1.3010299956639813},
                           {18.307038053275146, 10, -1.301029995663981},
                           {300, 50, -36.635611043312934},
                           {1400, 1, -305.67757094696975},
                           {1500, 1, -327.40725604416645},
                           {1500, 7, -319.0533363489057},
                           {5000, 1, -1087.6838365143219},
                           {5000, 60, -1018.1374181245882},
                           {1e6, 200, -216739.01283885271}}) {
    const PValue p = chi_square_p_value(of_r.x, of_r.degrees_of_freedom);
    EXPECT_NEAR(p.log10, of_r.log10, tolerance(of_r.log10)) << of_r.x;
    EXPECT_NEAR(p.value, std::pow(10, of_r.log10), 1e-12 * p.value) << of_r.x;
  }
}

TEST(PValue, two_sided_tails_of_the_normal_are_those_of_r_for_either_sign) {
  struct Tail {
    double z;
    double log10;
  };
  // R 4.2.2: (log(2) + pnorm(z, lower.tail = FALSE, log.p = TRUE)) / log(10)
  for (const Tail& of_r : {Tail{0, 0},
                           {1e-09, -3.4651685127579203e-10},
                           {1.959963984540054, -1.3010299956639808},
                           {5, -6.2416156767266724},
                           {37, -298.94115118294593},
                           {38, -315.23875970829852},
                           {40, -349.13597646368186},
                           {1000, -217150.3390119987}}) {
    EXPECT_NEAR(normal_p_value(of_r.z).log10, of_r.log10, tolerance(of_r.log10)) << of_r.z;
    EXPECT_EQ(normal_p_value(-of_r.z), normal_p_value(of_r.z));
  }
}

TEST(PValue, the_square_of_a_normal_variate_is_chi_square_with_one_degree_of_freedom) {
  // On both sides of where double precision ends, at z = 37.5.
  for (double z = 0; z < 60; z += 0.125)
    EXPECT_NEAR(normal_p_value(z).log10, chi_square_p_value(z * z, 1).log10,
                tolerance(normal_p_value(z).log10))
        << z;
}

TEST(PValue, of_0_has_a_finite_logarithm) {
  EXPECT_EQ(p_value(0).value, 0);
  EXPECT_LT(p_value(0).log10, -307);
  EXPECT_TRUE(std::isfinite(p_value(0).log10));
  EXPECT_EQ(p_value(1), (PValue{1, 0}));
}

TEST(PValue, refuses_what_is_no_statistic) {
  EXPECT_EQ(error_of([] { (void)p_value(-0.1); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)p_value(1.1); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)p_value(std::nan("")); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)chi_square_p_value(-1, 1); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)chi_square_p_value(1, 0); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)chi_square_p_value(infinity, 1); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)normal_p_value(std::nan("")); }), "bad_number");
}

}  // namespace
}  // namespace churn

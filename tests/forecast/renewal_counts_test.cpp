#include <churn/forecast/renewal_counts.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using Active = std::vector<std::int64_t>;

RenewalCounts any_counts() {
  std::vector<RenewalCount> opportunities;
  for (auto left = *between<int>(0, 8); left > 0; --left) {
    const auto at_risk = *between<std::int64_t>(0, 1000);
    opportunities.push_back({at_risk, *between<std::int64_t>(0, at_risk + 1)});
  }
  return RenewalCounts(opportunities);
}

TEST(RenewalCounts, of_a_cohort_are_those_lost_between_two_ages) {
  const RenewalCounts counts = RenewalCounts::of_active(Active{1000, 631, 468, 468});
  EXPECT_EQ(counts.opportunities(), (std::vector<RenewalCount>{{1000, 369}, {631, 163}, {468, 0}}));
  EXPECT_EQ(counts.at(2).kept(), 468);
  EXPECT_EQ(counts.lost_of_all(), Proportion(532, 2099));
}

TEST(RenewalCounts, of_a_cohort_that_has_met_no_renewal_are_none) {
  EXPECT_EQ(RenewalCounts::of_active(Active{}), RenewalCounts{});
  EXPECT_EQ(RenewalCounts::of_active(Active{100}), RenewalCounts{});
  EXPECT_FALSE(RenewalCounts{}.lost_of_all().value());
}

TEST(RenewalCounts, of_cohorts_of_different_ages_add_opportunity_by_opportunity) {
  RenewalCounts counts = RenewalCounts::of_active(Active{100, 80, 70});
  counts += RenewalCounts::of_active(Active{50, 45});
  EXPECT_EQ(counts, RenewalCounts({{150, 25}, {80, 10}}));
}

RC_GTEST_PROP(RenewalCounts, add_in_any_order, ()) {
  const RenewalCounts a = any_counts();
  const RenewalCounts b = any_counts();
  const RenewalCounts c = any_counts();
  RC_ASSERT(a + b == b + a);
  RC_ASSERT((a + b) + c == a + (b + c));
  RC_ASSERT(a + RenewalCounts{} == a);
  RC_ASSERT((a + b).lost_of_all() ==
            Proportion(a.lost_of_all().numerator() + b.lost_of_all().numerator(),
                       a.lost_of_all().denominator() + b.lost_of_all().denominator()));
}

TEST(RenewalCounts, refuse_what_can_not_be_counted) {
  EXPECT_EQ(error_of([] { (void)RenewalCounts::of_active(Active{100, 101}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)RenewalCounts::of_active(Active{-1}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)RenewalCounts({{10, 11}}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)RenewalCounts({{10, -1}}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)RenewalCounts{}.at(1); }), "out_of_range");
  EXPECT_EQ(error_of([] { (void)RenewalCounts({{1, 0}}).at(0); }), "out_of_range");
}

TEST(RenewalCounts, beyond_64_bits_are_refused_and_change_nothing) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  RenewalCounts counts({{most, 1}});
  const RenewalCounts before = counts;
  EXPECT_EQ(error_of([&] { counts += RenewalCounts({{0, 0}, {1, 0}}); }), "overflow");
  EXPECT_EQ(counts, before);
  EXPECT_EQ(error_of([] { (void)RenewalCounts({{most, 0}, {most, 0}}); }), "overflow");
}

}  // namespace
}  // namespace churn

#include <churn/core/boost_date.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <stdexcept>

#include "core/error_of.hpp"
#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::error_of;

// Boost reckons its calendar by code of its own, so that the way through it checks ours as well.
RC_GTEST_PROP(BoostDate, is_the_same_day_there_and_back, ()) {
  const Date day = *core_test::any_date_between(Date::of(1400, 1, 1), Date::of(9999, 12, 31));
  const boost::gregorian::date theirs = to_boost_date(day);
  RC_ASSERT(to_date(theirs) == day);
  RC_ASSERT((theirs - boost::gregorian::date(1970, 1, 1)).days() == day.days());
}

TEST(BoostDate, covers_the_years_that_both_calendars_know) {
  for (const Date day :
       {Date::of(1400, 1, 1), Date::of(1970, 1, 1), Date::of(2024, 2, 29), Date::of(9999, 12, 31)})
    EXPECT_EQ(to_date(to_boost_date(day)), day);
  EXPECT_THROW((void)to_boost_date(Date::of(1399, 12, 31)), std::out_of_range);
}

TEST(BoostDate, that_is_no_day_is_refused) {
  using namespace boost::date_time;
  for (const special_values special : {not_a_date_time, pos_infin, neg_infin})
    EXPECT_EQ(error_of([special] { (void)to_date(boost::gregorian::date(special)); }), "bad_date");
}

}  // namespace
}  // namespace churn

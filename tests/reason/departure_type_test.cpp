#include <churn/reason/departure_type.hpp>

#include <gtest/gtest.h>

#include "support/build_book.hpp"

namespace churn {
namespace {

TEST(DepartureType, is_read_by_the_name_that_it_is_written_by) {
  for (const DepartureType type : departure_types)
    EXPECT_EQ(parse_departure_type(departure_type_name(type)), type);
  for (const char* name : {"", "Voluntary", "active", "unknown "})
    EXPECT_EQ(support::error_of([&] { (void)parse_departure_type(name); }), ErrorCode::unknown_name) << name;
}

TEST(DepartureType, says_how_hard_it_is_to_win_back_and_what_fits) {
  using enum DepartureType;
  EXPECT_EQ(recovery_effort_name(recovery_effort(completed)), "low to medium");
  EXPECT_EQ(fitting_action(completed), "invite back");
  EXPECT_EQ(recovery_effort_name(recovery_effort(voluntary)), "high");
  EXPECT_EQ(fitting_action(voluntary), "talk");
  EXPECT_EQ(recovery_effort_name(recovery_effort(involuntary)), "low");
  EXPECT_EQ(fitting_action(involuntary), "remind and update the payment method");
  EXPECT_EQ(recovery_effort_name(recovery_effort(unknown)), "not known");
  EXPECT_EQ(fitting_action(unknown), "ask why");
}

}  // namespace
}  // namespace churn

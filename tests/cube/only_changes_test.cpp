#include "cube/only_changes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

TEST(OnlyChanges, each_kind_adds_what_it_is) {
  OnlyChanges<true> changes;
  changes.resize(2);
  changes.add(0, 10, {0, false}, {500, true}, true);    // new
  changes.add(0, 12, {0, false}, {300, true}, false);   // back
  changes.add(0, 13, {500, true}, {700, true}, false);  // more
  changes.add(0, 14, {700, true}, {600, true}, false);  // less
  changes.add(0, 20, {600, true}, {0, false}, false);   // gone
  changes.add(0, 21, {300, true}, {300, true}, false);  // another phase for the same price
  changes.add(1, 45, {0, false}, {9, true}, true);
  MovementCell cell;
  changes.add_to(cell, 0, 31, true);
  EXPECT_EQ(cell.new_, 500);
  EXPECT_EQ(cell.reactivation, 300);
  EXPECT_EQ(cell.expansion, 200);
  EXPECT_EQ(cell.contraction, 100);
  EXPECT_EQ(cell.churn, 600);
  EXPECT_EQ(cell.new_customers, 1);
  EXPECT_EQ(cell.reactivated_customers, 1);
  EXPECT_EQ(cell.expanded_customers, 1);
  EXPECT_EQ(cell.contracted_customers, 1);
  EXPECT_EQ(cell.churned_customers, 1);
  EXPECT_EQ(cell.joined_customers, 2);
  EXPECT_EQ(cell.departures, 1);
  EXPECT_EQ(cell.departures_of_opening, 1);
  EXPECT_EQ(cell.customer_days, (31 - 10) + (31 - 12) - (31 - 20));
  EXPECT_EQ(cell.gained, 200);
  EXPECT_EQ(cell.lost, 700);
  EXPECT_EQ(cell.lost_customers, 1);
}

TEST(OnlyChanges, whoever_comes_or_goes_for_free_is_counted_without_an_amount) {
  OnlyChanges<true> changes;
  changes.resize(1);
  changes.add(0, 10, {0, false}, {0, true}, true);
  changes.add(0, 20, {0, true}, {0, false}, false);
  MovementCell cell;
  changes.add_to(cell, 0, 31, true);
  EXPECT_EQ(cell.new_customers, 1);
  EXPECT_EQ(cell.churned_customers, 1);
  EXPECT_EQ(cell.new_ + cell.churn, 0);
}

TEST(OnlyChanges, a_sum_beyond_64_bits_throws) {
  OnlyChanges<true> changes;
  changes.resize(1);
  changes.add(0, 10, {0, false}, {INT64_MAX, true}, true);
  EXPECT_EQ(support::error_of([&] { changes.add(0, 11, {0, false}, {1, true}, true); }), ErrorCode::overflow);
}

RC_GTEST_PROP(OnlyChanges, kinds_are_those_of_classify, ()) {
  const auto balance = [] {
    const bool present = *rc::gen::arbitrary<bool>();
    return Balance{present ? *rc::gen::inRange<std::int64_t>(0, 3) : 0, present};
  };
  const Balance before = balance();
  const Balance after = balance();
  const bool is_new = *rc::gen::arbitrary<bool>();
  OnlyChanges<false> changes;
  changes.resize(1);
  changes.add(0, 3, before, after, is_new);
  MovementCell cell;
  changes.add_to(cell, 0, 10, true);
  const Movement movement = classify(before, after, is_new);
  RC_ASSERT((cell.new_customers == 1) == (movement == Movement::new_));
  RC_ASSERT((cell.reactivated_customers == 1) == (movement == Movement::reactivation));
  RC_ASSERT((cell.expanded_customers == 1) == (movement == Movement::expansion));
  RC_ASSERT((cell.contracted_customers == 1) == (movement == Movement::contraction));
  RC_ASSERT((cell.churned_customers == 1) == (movement == Movement::churn));
  RC_ASSERT(cell.new_ + cell.reactivation + cell.expansion - cell.contraction - cell.churn ==
            after.ticks - before.ticks);
}

}  // namespace
}  // namespace churn

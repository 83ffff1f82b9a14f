#include "cube/only_changes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>

#include "support/build_book.hpp"

namespace churn {
namespace {

template <bool Checked>
void add(OnlyChanges<Checked>& changes, std::size_t cell, std::int32_t day, Balance before, Balance after,
         bool is_new) {
  changes.add(cell, classify(before, after, is_new), after.ticks - before.ticks, day);
}

TEST(OnlyChanges, each_kind_adds_what_it_is) {
  OnlyChanges<true> changes;
  changes.resize(2);
  add(changes, 0, 10, {0, false}, {500, true}, true);    // new
  add(changes, 0, 12, {0, false}, {300, true}, false);   // back
  add(changes, 0, 13, {500, true}, {700, true}, false);  // more
  add(changes, 0, 14, {700, true}, {600, true}, false);  // less
  add(changes, 0, 20, {600, true}, {0, false}, false);   // gone
  add(changes, 0, 21, {300, true}, {300, true}, false);  // another phase for the same price
  add(changes, 1, 45, {0, false}, {9, true}, true);
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
  add(changes, 0, 10, {0, false}, {0, true}, true);
  add(changes, 0, 20, {0, true}, {0, false}, false);
  MovementCell cell;
  changes.add_to(cell, 0, 31, true);
  EXPECT_EQ(cell.new_customers, 1);
  EXPECT_EQ(cell.churned_customers, 1);
  EXPECT_EQ(cell.new_ + cell.churn, 0);
}

TEST(OnlyChanges, days_of_others_count_beside_them) {
  OnlyChanges<true> changes;
  changes.resize(1);
  add(changes, 0, 10, {0, false}, {500, true}, true);
  changes.add_days(0, 7);
  changes.add_days(0, -2);
  MovementCell cell;
  changes.add_to(cell, 0, 31, true);
  EXPECT_EQ(cell.customer_days, (31 - 10) + 7 - 2);
  EXPECT_EQ(cell.new_customers, 1);
}

TEST(OnlyChanges, a_sum_beyond_64_bits_throws) {
  OnlyChanges<true> changes;
  changes.resize(1);
  add(changes, 0, 10, {0, false}, {INT64_MAX, true}, true);
  EXPECT_EQ(support::error_of([&] {
              add(changes, 0, 11, {0, false}, {1, true}, true);
            }),
            ErrorCode::overflow);
}

/// What a book's timeline says of a step.
std::uint8_t state_of(Balance before, Balance after, bool is_new) {
  unsigned state = after.present ? Timeline::present : 0U;
  if (!before.present && after.present) state |= Timeline::enters;
  if (!before.present && after.present && is_new) state |= Timeline::enters_as_new;
  if (before.present && !after.present) state |= Timeline::leaves;
  if (before == after) state |= Timeline::same_balance;
  if (after.ticks > before.ticks) state |= Timeline::grows;
  return static_cast<std::uint8_t>(state);
}

RC_GTEST_PROP(OnlyChanges, kinds_are_those_of_classify, ()) {
  const auto balance = [] {
    const bool present = *rc::gen::arbitrary<bool>();
    return Balance{present ? *rc::gen::inRange<std::int64_t>(0, 3) : 0, present};
  };
  const Balance before = balance();
  const Balance after = balance();
  RC_PRE(before.present || after.present);
  const bool is_new = *rc::gen::arbitrary<bool>();
  const Movement movement = OnlyChanges<false>::movement_of(state_of(before, after, is_new));
  RC_ASSERT(movement == classify(before, after, is_new));
  OnlyChanges<false> changes;
  changes.resize(1);
  changes.add(0, movement, after.ticks - before.ticks, 3);
  MovementCell cell;
  changes.add_to(cell, 0, 10, true);
  RC_ASSERT((cell.new_customers == 1) == (movement == Movement::new_));
  RC_ASSERT((cell.reactivated_customers == 1) == (movement == Movement::reactivation));
  RC_ASSERT((cell.expanded_customers == 1) == (movement == Movement::expansion));
  RC_ASSERT((cell.contracted_customers == 1) == (movement == Movement::contraction));
  RC_ASSERT((cell.churned_customers == 1) == (movement == Movement::churn));
  RC_ASSERT(cell.new_ + cell.reactivation + cell.expansion - cell.contraction - cell.churn ==
            after.ticks - before.ticks);
}

TEST(OnlyMoves, take_all_that_a_customer_had_from_one_row_to_another) {
  OnlyMoves<true> moves;
  moves.resize(2);
  moves.leave(0, 500, 200, 10);  // and pays 200 more from then on
  moves.enter(1, 500, 200, 10);
  MovementCell from;
  moves.add_to(from, 0, 31);
  EXPECT_EQ(from.transfer_out, 500);
  EXPECT_EQ(from.transferred_out_customers, 1);
  EXPECT_EQ(from.gained, 200) << "Rates count it where the customer was at opening.";
  EXPECT_EQ(from.customer_days, -(31 - 10));
  OnlyChanges<true> changes;
  changes.resize(2);
  changes.add(1, Movement::expansion, 200, 10);
  MovementCell to;
  changes.add_to(to, 1, 31, true);
  moves.add_to(to, 1, 31);
  EXPECT_EQ(to.transfer_in, 500);
  EXPECT_EQ(to.transferred_in_customers, 1);
  EXPECT_EQ(to.expansion, 200);
  EXPECT_EQ(to.gained, 0);
  EXPECT_EQ(to.customer_days, 31 - 10);
}

}  // namespace
}  // namespace churn

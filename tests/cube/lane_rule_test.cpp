#include "cube/lane_rule.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::error_of;

using Amounts = std::vector<std::int64_t>;

/// What is transferred of each lane's change, for lanes 0, 1, 2, … of one currency.
Amounts transferred(const std::vector<std::pair<std::int64_t, std::int64_t>>& before_and_after) {
  std::vector<LaneChange> changes;
  for (const auto& [before, after] : before_and_after)
    changes.push_back({static_cast<std::uint32_t>(changes.size()), 0, before, after});
  share_out(changes);
  Amounts amounts;
  for (const LaneChange& change : changes) amounts.push_back(change.transferred);
  return amounts;
}

TEST(LaneRule, basic_50_to_pro_80_moves_50) { EXPECT_EQ(transferred({{50, 0}, {0, 80}}), (Amounts{50, 50})); }

TEST(LaneRule, pro_80_to_basic_50_moves_50_too) {
  EXPECT_EQ(transferred({{0, 50}, {80, 0}}), (Amounts{50, 50}));
}

TEST(LaneRule, what_only_grows_or_only_falls_moves_nothing) {
  EXPECT_EQ(transferred({{50, 60}, {10, 40}}), (Amounts{0, 0}));
  EXPECT_EQ(transferred({{50, 0}, {10, 0}}), (Amounts{0, 0}));
  EXPECT_EQ(transferred({{50, 50}}), (Amounts{0}));
}

TEST(LaneRule, gains_receive_in_shares_and_the_largest_remainder_gets_the_rest) {
  // 10 is lost; gains of 10, 20 and 30 receive 10/6, 20/6 and 30/6: 1, 3 and 5, and one more for the first.
  EXPECT_EQ(transferred({{10, 0}, {0, 10}, {0, 20}, {0, 30}}), (Amounts{10, 2, 3, 5}));
}

TEST(LaneRule, of_equal_remainders_the_first_lane_gets_the_rest) {
  EXPECT_EQ(transferred({{1, 0}, {0, 1}, {0, 1}}), (Amounts{1, 1, 0}));
}

TEST(LaneRule, lanes_of_different_currencies_never_match) {
  std::vector<LaneChange> changes{{0, 1, 50, 0}, {1, 2, 0, 50}, {2, 1, 0, 20}};
  share_out(changes);
  EXPECT_EQ(changes[0].transferred, 20);
  EXPECT_EQ(changes[1].transferred, 0);
  EXPECT_EQ(changes[2].transferred, 20);
}

TEST(LaneRule, products_beyond_64_bits_are_exact) {
  constexpr std::int64_t big = std::int64_t{1} << 61;
  EXPECT_EQ(transferred({{big + 1, 0}, {0, big}, {0, big}}), (Amounts{big + 1, big / 2 + 1, big / 2}));
}

TEST(LaneRule, a_sum_beyond_64_bits_is_an_error) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(error_of([&] { return transferred({{most, 0}, {most, 0}, {0, 1}}); }), ErrorCode::overflow);
}

RC_GTEST_PROP(LaneRule, as_much_leaves_lanes_as_enters_lanes_and_no_lane_moves_more_than_its_change, ()) {
  const int lanes = support::draw(1, 6);
  std::vector<LaneChange> changes;
  for (int i = 0; i < lanes; ++i) {
    const auto amount = [] {
      return support::one_in(3)
                 ? std::int64_t{0}
                 : *rc::gen::inRange<std::int64_t>(0, support::one_in(2) ? 7 : 1'000'000'000'000);
    };
    changes.push_back({static_cast<std::uint32_t>(i), 0, amount(), amount()});
  }
  share_out(changes);
  std::int64_t gained = 0, lost = 0, received = 0, given = 0;
  for (const LaneChange& change : changes) {
    RC_ASSERT(change.transferred >= 0);
    RC_ASSERT(change.transferred <= change.gain() + change.loss());
    gained += change.gain();
    lost += change.loss();
    (change.gain() > 0 ? received : given) += change.transferred;
  }
  RC_ASSERT(received == std::min(gained, lost));
  RC_ASSERT(given == std::min(gained, lost));
}

}  // namespace
}  // namespace churn

#include <churn/decision/decision_placebos.hpp>

#include <gtest/gtest.h>

#include "decision/decision_books.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::day;
using support::DecisionBook;
using support::error_of;

// Records from January 2022 on are enough from 3 July on (183 days), and a window of six months (182 days) must end by the true
// announcement on 1 December 2023, a month before the effect.
TEST(DecisionPlacebos, they_are_on_first_days_of_months_with_room_on_both_sides) {
  const Book book = DecisionBook{.customers = 120}.built(1);
  Decision decision = DecisionBook::decision();
  decision.announced_on = day("2023-12-01");
  const DecisionEffect effect = decision_effect(decision_rows(book, decision));
  const DecisionPlacebos placebos = decision_placebos(book, decision, effect);
  ASSERT_EQ(placebos.placebos.size(), 10U);
  EXPECT_EQ(placebos.placebos.front().effective_on,
            day("2022-09-01"));  // a month earlier, 1 July comes too soon
  EXPECT_EQ(placebos.placebos.back().effective_on, day("2023-06-01"));
  EXPECT_EQ(placebos.placebos.back().until, day("2023-11-30"));
  const DecisionPlacebos fewer = decision_placebos(book, decision, effect, {.most = 2});
  ASSERT_EQ(fewer.placebos.size(), 2U);
  EXPECT_EQ(fewer.placebos.front().effective_on, day("2023-05-01"));

  // Each is what would have been found on that day.
  Decision pretended = decision;
  pretended.effective_on = day("2023-05-01");
  pretended.announced_on = day("2023-03-31");
  pretended.until = day("2023-10-30");
  EXPECT_EQ(decision_effect(decision_rows(book, pretended)).affected.rate_ratio,
            fewer.placebos.front().affected.rate_ratio);
}

TEST(DecisionPlacebos, an_effect_stands_out_among_them_and_nothing_does_not) {
  const auto share = [](double effect) {
    const Book book = DecisionBook{.customers = 500, .effect = effect, .yearly = 0.2}.built(11);
    const Decision decision = DecisionBook::decision();
    return decision_placebos(book, decision, decision_effect(decision_rows(book, decision)), {.most = 12});
  };
  const DecisionPlacebos found = share(3);
  EXPECT_EQ(found.as_extreme, 0U);
  EXPECT_DOUBLE_EQ(found.share.value(), 1.0 / static_cast<double>(1 + found.comparable));
  const DecisionPlacebos nothing = share(1);
  EXPECT_GT(nothing.share.value(), 0.1);
  EXPECT_DOUBLE_EQ(nothing.share.value(),
                   static_cast<double>(1 + nothing.as_extreme) / static_cast<double>(1 + nothing.comparable));
}

TEST(DecisionPlacebos, without_room_or_effect_there_is_no_share) {
  const Book book = DecisionBook{.customers = 400}.built(1);
  Decision decision = DecisionBook::decision();
  EXPECT_EQ(decision_placebos(book, decision, {}, {.most = 1}).why_not,
            "There is no effect to compare with.");
  const DecisionEffect effect = decision_effect(decision_rows(book, decision));
  EXPECT_EQ(decision_placebos(book, decision, effect, {.most = 0}).why_not,
            "No earlier days were asked for.");
  decision.from = day("2023-06-01");
  const DecisionPlacebos placebos =
      decision_placebos(book, decision, decision_effect(decision_rows(book, decision)));
  EXPECT_TRUE(placebos.placebos.empty());
  EXPECT_EQ(placebos.why_not.substr(0, 22), "Records begin too late");
}

// 1 July 2023 is 183 days after 30 December; the window from there on ends by the decision.
TEST(DecisionPlacebos, half_a_year_before_is_enough_and_one_that_is_alike_is_as_extreme) {
  const Book book = DecisionBook{.customers = 400}.built(1);
  Decision decision = DecisionBook::decision();
  decision.from = day("2022-12-31");
  EXPECT_TRUE(decision_placebos(book, decision, {}).placebos.empty());
  decision.from = day("2022-12-30");
  const DecisionPlacebos one = decision_placebos(book, decision, {});
  ASSERT_EQ(one.placebos.size(), 1U);
  ASSERT_TRUE(one.placebos.front().affected.p);
  DecisionEffect alike;
  alike.affected = one.placebos.front().affected;
  EXPECT_EQ(decision_placebos(book, decision, alike).as_extreme, 1U);
}

TEST(DecisionPlacebos, a_host_may_end_them) {
  const Book book = DecisionBook{.customers = 60}.built(1);
  DecisionPlaceboOptions options;
  options.progress = [](double) { return false; };
  EXPECT_EQ(error_of([&] { (void)decision_placebos(book, DecisionBook::decision(), {}, options); }),
            ErrorCode::cancelled);
}

}  // namespace
}  // namespace churn

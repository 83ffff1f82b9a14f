#include <churn/domain/subscription.hpp>

#include <gtest/gtest.h>

#include <type_traits>

namespace churn {
namespace {

static_assert(std::is_aggregate_v<Phase> && std::is_aggregate_v<Subscription>);
static_assert(!std::is_default_constructible_v<Phase>, "a phase has a first day and a price");
static_assert(!std::is_default_constructible_v<Subscription>);
static_assert(!std::is_assignable_v<decltype(Subscription::customer)&, SubscriptionId>,
              "ids can't be swapped");

TEST(Phase, is_one_unit_a_month_at_full_price_unless_said_otherwise) {
  const Phase phase{
      .plan = "pro", .starts_on = Date::of(2024, 1, 1), .ends_on = {}, .price = Money{4900, Currency{"USD"}}};
  EXPECT_EQ(phase.cycle, (BillingCycle{BillingInterval::month, 1}));
  EXPECT_EQ(phase.quantity, 1);
  EXPECT_EQ(phase.discount_percent, Decimal{0});
  EXPECT_EQ(phase.price, Price(49, Currency{"USD"}));
  EXPECT_FALSE(phase.discount_ends_on || phase.trial_ends_on || phase.cancel_requested_on ||
               phase.paused_from || phase.paused_until || phase.term_ends_on);
  EXPECT_TRUE(phase.end_reason.empty());
}

TEST(Subscription, is_a_chain_of_phases) {
  const Currency usd{"USD"};
  const Subscription subscription{
      .id = SubscriptionId{"s1"},
      .customer = CustomerId{"c1"},
      .phases = {{.plan = "basic",
                  .starts_on = Date::of(2024, 1, 1),
                  .ends_on = Date::of(2024, 3, 1),
                  .price = Price(9, usd)},
                 {.plan = "pro", .starts_on = Date::of(2024, 3, 1), .ends_on = {}, .price = Price(49, usd)}}};
  ASSERT_EQ(subscription.phases.size(), 2U);
  EXPECT_EQ(subscription.phases[0].ends_on, subscription.phases[1].starts_on);
}

// With = and a double it would compile by way of Decimal, and 12.5 % would quietly be 12 %.
TEST(Phase, takes_no_double_for_its_discount) {
  EXPECT_FALSE((std::is_assignable_v<decltype(Phase::discount_percent)&, double>));
}

}  // namespace
}  // namespace churn

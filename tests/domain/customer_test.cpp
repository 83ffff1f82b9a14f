#include <churn/domain/customer.hpp>

#include <gtest/gtest.h>

#include <type_traits>

namespace churn {
namespace {

static_assert(std::is_aggregate_v<Customer>, "a host fills in what it has, by name");
static_assert(!std::is_default_constructible_v<Customer>, "nobody is a customer without an id");
static_assert(!std::is_assignable_v<decltype(Customer::merged_into)&, SubscriptionId>);

TEST(Customer, is_known_by_its_id_alone) {
  const Customer customer{.id = CustomerId{"c1"}};
  EXPECT_EQ(customer.id.text(), "c1");
  EXPECT_FALSE(customer.signed_up_on || customer.excluded || customer.merged_into);
  EXPECT_TRUE(customer.name.empty() && customer.attributes.empty());
}

TEST(Customer, carries_any_attribute) {
  const Customer customer{.id = CustomerId{7}, .attributes = {{"channel", "ads"}, {"country", "DE"}}};
  EXPECT_EQ(customer.attributes.at("channel"), "ads");
  EXPECT_EQ(customer.id, CustomerId{"7"});
}

}  // namespace
}  // namespace churn

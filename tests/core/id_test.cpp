#include <churn/core/id.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <type_traits>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "core/operators.hpp"

namespace churn {
namespace {

using core_test::error_of;

static_assert(!core_test::Comparable<CustomerId, SubscriptionId> &&
              !core_test::Comparable<SubscriptionId, InvoiceId>);
static_assert(!core_test::Ordered<CustomerId, SubscriptionId> && !core_test::Addable<CustomerId, CustomerId>);
static_assert(!std::is_constructible_v<CustomerId, SubscriptionId> &&
              !std::is_assignable_v<CustomerId&, InvoiceId>);
static_assert(!std::is_convertible_v<std::string, CustomerId> && !std::is_convertible_v<int, CustomerId>,
              "a text becomes an id only where somebody says so");
static_assert(!std::is_convertible_v<CustomerId, std::string> &&
              !std::is_constructible_v<std::int64_t, CustomerId>);
static_assert(!std::is_constructible_v<CustomerId, double> && !std::is_default_constructible_v<CustomerId>);

RC_GTEST_PROP(Id, of_a_number_is_that_of_its_decimal_text, ()) {
  const auto number = *core_test::any_int64();
  RC_ASSERT(CustomerId(number) == CustomerId(std::to_string(number)));
  RC_ASSERT(CustomerId(number).text() == std::to_string(number));
}

RC_GTEST_PROP(Id, keeps_every_byte_of_its_text_and_orders_by_them, ()) {
  const auto a = *rc::gen::nonEmpty<std::string>();
  const auto b = *rc::gen::nonEmpty<std::string>();
  RC_ASSERT(CustomerId(a).text() == a);
  RC_ASSERT((CustomerId(a) == CustomerId(b)) == (a == b));
  RC_ASSERT((CustomerId(a) < CustomerId(b)) == (a < b));
}

TEST(Id, without_text_is_refused) {
  EXPECT_EQ(error_of([] { (void)CustomerId(""); }), "bad_id");
  EXPECT_EQ(error_of([] { (void)SubscriptionId(std::string{}); }), "bad_id");
  EXPECT_EQ(error_of([] { (void)InvoiceId(std::string_view{}); }), "bad_id");
}

TEST(Id, is_made_of_any_integer_and_any_text) {
  EXPECT_EQ(CustomerId(42), CustomerId("42"));
  EXPECT_EQ(CustomerId(0), CustomerId("0"));
  EXPECT_EQ(CustomerId(std::uint64_t{18446744073709551615U}), CustomerId("18446744073709551615"));
  EXPECT_EQ(CustomerId(std::string_view("c1")), CustomerId(std::string("c1")));
  EXPECT_NE(CustomerId("042"), CustomerId(42));
  EXPECT_NE(CustomerId(" 42"), CustomerId(42));
}

// A letter is an integral type too: CustomerId('x') would be the customer "120".
TEST(Id, is_not_made_of_a_single_letter_or_a_truth_value) {
  EXPECT_FALSE((std::is_constructible_v<CustomerId, char>));
  EXPECT_FALSE((std::is_constructible_v<CustomerId, bool>));
}

}  // namespace
}  // namespace churn

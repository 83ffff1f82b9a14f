#include <churn/segment/customer_groups.hpp>

#include <churn/stats/p_value.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::error_of;

// By the same formula in Python, whose integers have no end, reduced modulo 2^64 at each step.
TEST(CustomerGroups, the_group_of_an_id_is_the_same_everywhere) {
  EXPECT_EQ(customer_group("1", 50), 24U);
  EXPECT_EQ(customer_group("2", 50), 37U);
  EXPECT_EQ(customer_group("42", 50), 25U);
  EXPECT_EQ(customer_group("cus_NffrFeUfNV2Hib", 50), 27U);
  EXPECT_EQ(customer_group("cus_NffrFeUfNV2Hib", 1000), 542U);
  EXPECT_EQ(customer_group("Zo\xC3\xAB", 50), 12U) << "Bytes above 127 are positive.";
  EXPECT_EQ(customer_group("", 50), 46U);
}

RC_GTEST_PROP(CustomerGroups, a_group_is_one_of_those_there_are, (const std::string& id)) {
  const auto groups = *rc::gen::inRange<std::uint32_t>(1, 2000);
  RC_ASSERT(customer_group(id, groups) < groups);
  RC_ASSERT(customer_group(id, 1) == 0U);
}

TEST(CustomerGroups, consecutive_ids_fall_into_groups_as_if_at_random) {
  for (const std::string prefix : {"", "cus_", "0000000"}) {
    std::vector<int> count(50);
    std::vector<int> pairs(100);  // of a customer and the next one, by tenths
    for (int i = 1; i <= 100'000; ++i) {
      ++count[customer_group(prefix + std::to_string(i), 50)];
      ++pairs[customer_group(prefix + std::to_string(i), 10) * 10 +
              customer_group(prefix + std::to_string(i + 1), 10)];
    }
    const auto p = [](const std::vector<int>& counts, double expected) {
      double x = 0;
      for (const int n : counts) x += (n - expected) * (n - expected) / expected;
      return chi_square_p_value(x, static_cast<double>(counts.size() - 1)).value;
    };
    // Neither uneven nor evener than chance would be.
    EXPECT_GT(p(count, 2000), 0.001) << prefix;
    EXPECT_LT(p(count, 2000), 0.999) << prefix;
    EXPECT_GT(p(pairs, 1000), 0.001) << prefix;
  }
}

TEST(CustomerGroups, groups_are_segments_whose_labels_are_in_order) {
  const Book book = book_as_of("2024-07-01", {a_customer("1"), a_customer("2"), a_customer("42")});
  const Labelling groups = by::customer_group(50)(book);
  EXPECT_EQ(groups.names, (std::vector<std::string>{"customer_group"}));
  EXPECT_EQ(groups.labels, (std::vector<Label>{{"24"}, {"25"}, {"37"}}));
  const auto label_of = [&](const char* id) {
    return groups.labels.at(groups(static_cast<std::size_t>(book.find(CustomerId{id}).value()))).front();
  };
  EXPECT_EQ(label_of("1"), "24");
  EXPECT_EQ(label_of("42"), "25");
  EXPECT_EQ(by::customer_group(1000)(book).labels, (std::vector<Label>{{"485"}, {"504"}, {"740"}}));
  EXPECT_EQ(by::customer_group(1001)(book).labels, (std::vector<Label>{{"0485"}, {"0504"}, {"0741"}}));
  EXPECT_EQ(by::customer_group(1)(book).labels, (std::vector<Label>{{"0"}}));
  EXPECT_FALSE(by::customer_group(50).changes());
}

TEST(CustomerGroups, a_book_of_nobody_has_no_groups) {
  EXPECT_TRUE(by::customer_group(50)(book_as_of("2024-07-01", {})).labels.empty());
}

TEST(CustomerGroups, refuses_no_group_and_more_than_labels_may_be) {
  EXPECT_EQ(error_of([] { (void)by::customer_group(0); }), ErrorCode::bad_number);
  EXPECT_EQ(error_of([] { (void)by::customer_group(100'001); }), ErrorCode::bad_number);
}

}  // namespace
}  // namespace churn

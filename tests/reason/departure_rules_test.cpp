// What the rules decide is tested where departures are read (tests/row/departure_test.cpp); here, how they are put together.
#include <churn/reason/departure_rules.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>

#include "support/build_book.hpp"

namespace churn {
namespace {

TEST(DepartureRules, refuse_names_that_are_not_there_or_twice) {
  DepartureRules rules = DepartureRules::standard();
  const auto nothing = [](const DepartureFacts&) { return std::optional<Finding>{}; };
  EXPECT_EQ(support::error_of([&] { rules.remove("no_such_rule"); }), ErrorCode::unknown_name);
  EXPECT_EQ(support::error_of([&] { rules.append({"term_ran_out", nothing}); }), ErrorCode::unknown_name);
  EXPECT_EQ(support::error_of([&] { rules.append({"", nothing}); }), ErrorCode::unknown_name);
  EXPECT_EQ(support::error_of([&] { rules.append({"mine", {}}); }), ErrorCode::unknown_name);
  EXPECT_EQ(support::error_of([&] {
              rules.first({"term_ran_out", "term_ran_out"});
            }),
            ErrorCode::unknown_name);
  EXPECT_EQ(rules, DepartureRules::standard());
}

TEST(DepartureRules, have_the_same_fingerprint_if_they_are_equal_and_another_if_not) {
  const std::uint64_t standard = DepartureRules::standard().fingerprint();
  EXPECT_EQ(DepartureRules::standard().fingerprint(), standard);
  DepartureRules rules = DepartureRules::standard();
  rules.first({"term_ran_out"});
  EXPECT_NE(rules.fingerprint(), standard);
  rules = DepartureRules::standard();
  rules.tables.stated.set("moved house", DepartureType::voluntary, "business_changed");
  EXPECT_NE(rules.fingerprint(), standard);
  rules = DepartureRules::standard();
  rules.tables.dunning_days = 31;
  EXPECT_NE(rules.fingerprint(), standard);
}

TEST(DepartureRules, share_their_tables_until_one_of_them_is_written_to) {
  const DepartureRules before = DepartureRules::standard();
  DepartureRules rules = before;
  rules.tables.stated.set("moved house", DepartureType::voluntary, "business_changed");
  rules.tables.codes.set("bank_17", "card_expired");
  EXPECT_EQ(before, DepartureRules::standard());
  EXPECT_EQ(before.tables.stated.find("moved house"), nullptr);
  EXPECT_EQ(StatedReasons::standard().find("moved house"), nullptr);
  EXPECT_EQ(FailureCodes::standard().find("bank_17"), "");
  EXPECT_EQ(rules.tables.codes.find("bank_17"), "card_expired");
  EXPECT_NE(rules, before);
}

}  // namespace
}  // namespace churn

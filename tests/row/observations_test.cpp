#include <churn/row/observations.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include <churn/core/error.hpp>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::error_of;

/// Two columns, three rows of two customers.
Observations small() {
  Observations o;
  o.columns = {{"use", Direction::lowers}, {"tickets", Direction::raises}};
  o.values.resize(3, 2);
  o.values << 1, 2, 3, 0, 5, 6;
  o.missing = MissingMask::Constant(3, 2, false);
  o.missing(1, 1) = true;
  o.customers = {"ann", "bob"};
  o.customer = {0, 0, 1};
  o.day = {Date::of(2024, 1, 1), Date::of(2024, 1, 8), Date::of(2024, 1, 1)};
  o.tenure = {10, 17, 3};
  o.ticks = {100, 200, 300};
  o.departed = {0, 1, 0};
  o.departs_in = {12, 5, -1};
  o.horizon = 7;
  o.as_of = Date::of(2024, 3, 1);
  o.not_yet_known = 4;
  return o;
}

TEST(Observations, count_rows_and_departures) {
  EXPECT_EQ(small().rows(), 3U);
  EXPECT_EQ(small().departures(), 1U);
  EXPECT_EQ(Observations{}.rows(), 0U);
  EXPECT_EQ(Observations{}.departures(), 0U);
}

TEST(Observations, name_their_columns) {
  EXPECT_EQ(small().column("tickets"), 1U);
  try {
    (void)small().column("logins");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unknown_name);
    EXPECT_NE(std::string{error.what()}.find("use, tickets"), std::string::npos);
  }
  EXPECT_EQ(error_of([] { (void)Observations{}.column("x"); }), ErrorCode::unknown_name);
}

TEST(Observations, of_some_rows_keep_everything_else) {
  const Observations some = small().only({2, 1, 1});
  some.validate();
  EXPECT_EQ(some.rows(), 3U);
  EXPECT_EQ(some.values, (Eigen::MatrixXd(3, 2) << 5, 6, 3, 0, 3, 0).finished());
  EXPECT_FALSE(some.missing(0, 1));
  EXPECT_TRUE(some.missing(1, 1));
  EXPECT_EQ(some.customers, small().customers);
  EXPECT_EQ(some.customer, (std::vector<std::uint32_t>{1, 0, 0}));
  EXPECT_EQ(some.day[1], Date::of(2024, 1, 8));
  EXPECT_EQ(some.tenure, (std::vector<std::int32_t>{3, 17, 17}));
  EXPECT_EQ(some.ticks, (std::vector<std::int64_t>{300, 200, 200}));
  EXPECT_EQ(some.departed, (std::vector<std::uint8_t>{0, 1, 1}));
  EXPECT_EQ(some.departs_in, (std::vector<std::int32_t>{-1, 5, 5}));
  EXPECT_EQ(some.horizon, 7);
  EXPECT_EQ(some.as_of, Date::of(2024, 3, 1));
  EXPECT_EQ(some.not_yet_known, 4U);
  EXPECT_EQ(small().only({}).rows(), 0U);
  small().only({}).validate();
}

TEST(Observations, without_outcomes_stay_without) {
  Observations o = small();
  o.departed.clear();
  o.departs_in.clear();
  o.validate();
  EXPECT_TRUE(o.only({0, 2}).departed.empty());
  EXPECT_TRUE(o.only({0, 2}).departs_in.empty());
  o.only({0, 2}).validate();
}

TEST(Observations, have_no_rows_beyond_their_own) {
  EXPECT_EQ(error_of([] { (void)small().only({0, 3}); }), ErrorCode::out_of_range);
}

TEST(Observations, are_refused_where_their_parts_do_not_fit) {
  const auto code = [](auto change) {
    Observations o = small();
    change(o);
    return error_of([&] { o.validate(); });
  };
  EXPECT_EQ(code([](Observations&) {}), std::nullopt);
  EXPECT_EQ(code([](Observations& o) { o.values.resize(2, 2); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([](Observations& o) { o.values.resize(3, 1); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([](Observations& o) { o.missing.resize(3, 3); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([](Observations& o) { o.columns.pop_back(); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([](Observations& o) { o.customer.pop_back(); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([](Observations& o) { o.customer[1] = 2; }), ErrorCode::out_of_range);
  EXPECT_EQ(code([](Observations& o) { o.day.pop_back(); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([](Observations& o) { o.tenure.pop_back(); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([](Observations& o) { o.ticks.push_back(0); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([](Observations& o) { o.departed.pop_back(); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([](Observations& o) { o.departs_in.pop_back(); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([](Observations& o) { o.departed[0] = 2; }), ErrorCode::bad_number);
  EXPECT_EQ(code([](Observations& o) { o.values(2, 1) = std::numeric_limits<double>::quiet_NaN(); }),
            ErrorCode::bad_number);
  EXPECT_EQ(code([](Observations& o) { o.values(0, 0) = std::numeric_limits<double>::infinity(); }),
            ErrorCode::bad_number);
}

}  // namespace
}  // namespace churn

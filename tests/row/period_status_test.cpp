#include <churn/row/period_status.hpp>

#include <gtest/gtest.h>

#include <string>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::day;
using support::months_of;

/// One letter a period: `c` complete, `o` observable but not complete, `-` not observable.
std::string statuses(const Book& book, const PeriodGrid& grid) {
  std::string text;
  for (const PeriodStatus status : status_of(book, grid)) {
    EXPECT_TRUE(status.observable || !status.complete);
    text += status.complete ? 'c' : status.observable ? 'o' : '-';
  }
  return text;
}

Book plain(const char* as_of) { return book_as_of(as_of, {a_customer("ann").on("pro").from("2023-01-01")}); }

TEST(PeriodStatus, as_of_is_the_first_unknown_day) {
  const PeriodGrid grid = months_of("2024-01-01", "2024-05-01");
  EXPECT_EQ(statuses(plain("2024-05-01"), grid), "cccc");
  EXPECT_EQ(statuses(plain("2024-04-30"), grid), "ccco");
  EXPECT_EQ(statuses(plain("2024-03-02"), grid), "cco-");
  EXPECT_EQ(statuses(plain("2024-03-01"), grid), "cc--");
  EXPECT_EQ(statuses(plain("2023-06-01"), grid), "----");
}

TEST(PeriodStatus, periods_that_the_grid_cuts_are_not_complete) {
  EXPECT_EQ(statuses(plain("2024-07-01"), months_of("2024-01-15", "2024-04-15")), "occo");
  EXPECT_EQ(statuses(plain("2024-07-01"), every_days(30, day("2024-01-15"), day("2024-04-01"))), "cco");
  EXPECT_EQ(
      statuses(plain("2024-07-01"), periods_at({day("2024-01-15"), day("2024-01-17"), day("2024-04-01")})),
      "cc");
}

TEST(PeriodStatus, days_before_the_records_are_not_known) {
  const PeriodGrid grid = months_of("2024-01-01", "2024-05-01");
  const auto with = [&](const char* from) {
    return statuses(book_from_until(from, "2024-07-01", {a_customer("ann").on("pro")}), grid);
  };
  EXPECT_EQ(with("2024-01-01"), "cccc");
  EXPECT_EQ(with("2024-02-01"), "-ccc");
  EXPECT_EQ(with("2024-02-02"), "-occ");
  EXPECT_EQ(with("2024-02-29"), "-occ");
  EXPECT_EQ(with("2024-07-01"), "----") << "Nothing lies between the records and as_of.";
}

TEST(PeriodStatus, a_pending_gap_leaves_what_holds_it_incomplete) {
  Conventions rules;
  rules.book.gap_allowance_days = 60;
  const auto with_end_on = [&](const char* end) {
    return statuses(
        book_as_of("2024-05-01",
                   {a_customer("ann").on("pro").until(end), a_customer("bob").on("pro").until("2024-04-20")},
                   rules),
        months_of("2024-01-01", "2024-06-01"));
  };
  EXPECT_EQ(with_end_on("2024-03-02"), "ccoo-") << "60 absent days: Ann may still return.";
  EXPECT_EQ(with_end_on("2024-03-01"), "ccco-") << "61 days: she is gone, and only Bob may return.";
  EXPECT_EQ(with_end_on("2024-04-01"), "ccco-") << "The gap begins with April.";
}

TEST(PeriodStatus, a_book_of_nobody_has_complete_periods) {
  EXPECT_EQ(statuses(book_as_of("2024-03-01", {}), months_of("2024-01-01", "2024-04-01")), "cc-");
}

}  // namespace
}  // namespace churn

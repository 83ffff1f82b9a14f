#include "book/phase_resolver.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::day;
using support::records_of;

struct Resolved {
  std::vector<std::uint32_t> accepted;
  std::vector<Part> parts;
  Rejections rejections;
};

Resolved resolve(const Records& records, const BookRules& rules = {}) {
  Resolved resolved;
  std::vector<std::uint32_t> rows(records.phase_count());
  std::iota(rows.begin(), rows.end(), 0U);
  const PhaseSource phases = phases_of(records.storage());
  const Exchange exchange;
  const Debts debts;
  const std::vector<std::uint32_t> debtors;
  PhaseResolver{Reading{phases, rules, exchange, debts, debtors, day("2030-01-01").days()}}.resolve(
      0, rows, resolved.accepted, resolved.parts, &resolved.rejections);
  return resolved;
}
Resolved resolve(const support::CustomerSentence& customer, const BookRules& rules = {}) {
  return resolve(records_of({customer}), rules);
}

/// The parts as `2024-01-01..2024-03-01 10.00`, one a line.
std::string parts_of(const Resolved& resolved) {
  std::string text;
  for (const Part& part : resolved.parts)
    text += Date::from_days(part.from).to_string() + ".." +
            (part.until == no_day ? "" : Date::from_days(part.until).to_string()) + " " +
            support::shown(part.ticks) + "\n";
  return text;
}
std::string parts_of(const support::CustomerSentence& customer, const BookRules& rules = {}) {
  return parts_of(resolve(customer, rules));
}

// ---- Parts

TEST(PhaseResolver, a_plain_phase_is_one_part) {
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").from("2024-01-15").at("50.00")), "2024-01-15.. 50.00\n");
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").until("2024-01-02")), "2024-01-01..2024-01-02 10.00\n")
      << "One day long.";
}

TEST(PhaseResolver, the_later_start_cuts_the_earlier_phase_of_the_same_subscription) {
  EXPECT_EQ(parts_of(a_customer("ann")
                         .on("basic")
                         .at("50.00")
                         .then_on("pro")
                         .from("2024-03-01")
                         .until("2024-04-01")
                         .at("80.00")),
            "2024-01-01..2024-03-01 50.00\n2024-03-01..2024-04-01 80.00\n")
      << "And what it cut does not come back after it.";
  EXPECT_EQ(parts_of(a_customer("ann").on("basic").on("pro").from("2024-03-01")),
            "2024-01-01.. 10.00\n2024-03-01.. 10.00\n")
      << "Subscriptions of their own add up.";
}

TEST(PhaseResolver, a_trial_counts_from_its_first_paid_day) {
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").on_trial_until("2024-01-15")), "2024-01-15.. 10.00\n");
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").until("2024-02-01").on_trial_until("2024-02-01")), "")
      << "All of it was a trial.";
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").until("2024-02-01").on_trial_until("2024-05-01")), "");
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").on_trial_until("2023-05-01")), "2024-01-01.. 10.00\n");
}

TEST(PhaseResolver, a_discount_splits_a_phase_where_it_ends) {
  EXPECT_EQ(
      parts_of(a_customer("ann").on("pro").at("100.00").less_percent("25").discounted_until("2024-03-01")),
      "2024-01-01..2024-03-01 75.00\n2024-03-01.. 100.00\n");
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").at("100.00").less_percent("33.3")), "2024-01-01.. 66.70\n");
  EXPECT_EQ(
      parts_of(a_customer("ann").on("pro").at("100.00").less_percent("25").discounted_until("2023-03-01")),
      "2024-01-01.. 100.00\n");
}

TEST(PhaseResolver, a_discount_above_the_price_floors_at_zero) {
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").less_percent("150").discounted_until("2024-03-01")),
            "2024-03-01.. 10.00\n");
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").less_percent("100")), "");
}

TEST(PhaseResolver, whoever_pays_nothing_is_present_only_if_free_customers_count) {
  BookRules rules;
  rules.free = FreePolicy::customer;
  EXPECT_EQ(parts_of(a_customer("ann").on("free").at("0")), "");
  EXPECT_EQ(parts_of(a_customer("ann").on("free").at("0"), rules), "2024-01-01.. 0.00\n");
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").times(0), rules), "2024-01-01.. 0.00\n");
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").less_percent("100").discounted_until("2024-02-01"), rules),
            "2024-01-01..2024-02-01 0.00\n2024-02-01.. 10.00\n");
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").on_trial_until("2024-02-01"), rules), "2024-02-01.. 10.00\n")
      << "A trial is no free plan.";
}

TEST(PhaseResolver, a_pause_keeps_the_customer_or_takes_it_away_or_counts_on) {
  const auto paused = a_customer("ann").on("pro").paused_from("2024-02-01").paused_until("2024-03-01");
  BookRules rules;
  EXPECT_EQ(parts_of(paused, rules),
            "2024-01-01..2024-02-01 10.00\n2024-02-01..2024-03-01 0.00\n2024-03-01.. 10.00\n");
  rules.pause = PausePolicy::absent;
  EXPECT_EQ(parts_of(paused, rules), "2024-01-01..2024-02-01 10.00\n2024-03-01.. 10.00\n");
  rules.pause = PausePolicy::counted;
  EXPECT_EQ(parts_of(paused, rules),
            "2024-01-01..2024-02-01 10.00\n2024-02-01..2024-03-01 10.00\n2024-03-01.. 10.00\n");
}

TEST(PhaseResolver, a_pause_without_an_end_lasts_as_long_as_the_phase) {
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").until("2024-05-01").paused_from("2024-02-01")),
            "2024-01-01..2024-02-01 10.00\n2024-02-01..2024-05-01 0.00\n");
}

TEST(PhaseResolver, a_paused_free_plan_is_not_kept_by_the_pause) {
  EXPECT_EQ(parts_of(a_customer("ann").on("free").at("0").paused_from("2024-02-01")), "");
}

TEST(PhaseResolver, normalisation_is_a_rule_of_the_book) {
  BookRules rules;
  rules.normalisation.per_year[static_cast<std::size_t>(BillingInterval::week)] = {48, 1};
  EXPECT_EQ(parts_of(a_customer("ann").on("pro").weekly(), rules), "2024-01-01.. 40.00\n");
}

TEST(PhaseResolver, the_result_does_not_depend_on_the_order_of_rows) {
  const auto first = a_customer("ann").on("a", "s").on("b", "t").from("2024-02-01").at("20.00");
  const auto second = a_customer("ann").on("c", "s").from("2024-03-01").at("30.00");
  EXPECT_EQ(parts_of(resolve(records_of({first, second}))), parts_of(resolve(records_of({second, first}))));
}

// ---- Rejections: the row is named, the others are kept

void expect_rejected(const support::CustomerSentence& bad, const Rejection& expected) {
  Records records = records_of({a_customer("good").on("pro").at("20.00")});
  bad.add_to(records);
  const Resolved resolved = resolve(records);
  EXPECT_EQ(parts_of(resolved), "2024-01-01.. 20.00\n");
  EXPECT_EQ(resolved.accepted, (std::vector<std::uint32_t>{0}));
  ASSERT_EQ(resolved.rejections.entries().size(), 1U);
  EXPECT_EQ(resolved.rejections.entries().front(), expected);
  EXPECT_EQ(resolved.rejections.rejected(), 1U);
}

TEST(PhaseResolver, an_end_on_or_before_the_start_is_rejected) {
  expect_rejected(a_customer("bad").on("pro").until("2024-01-01"),
                  {RejectionCode::ends_before_start, "subscriptions", 2, "ends_on",
                   "The phase ends on 2024-01-01, not after its start on 2024-01-01."});
  expect_rejected(a_customer("bad").on("pro").until("2023-01-01"),
                  {RejectionCode::ends_before_start, "subscriptions", 2, "ends_on",
                   "The phase ends on 2023-01-01, not after its start on 2024-01-01."});
}

TEST(PhaseResolver, a_negative_quantity_is_rejected) {
  expect_rejected(a_customer("bad").on("pro").times(-1), {RejectionCode::negative_quantity, "subscriptions",
                                                          2, "quantity", "The quantity is negative."});
}

TEST(PhaseResolver, an_interval_count_below_1_is_rejected) {
  expect_rejected(a_customer("bad").on("pro").every(0, BillingInterval::month),
                  {RejectionCode::bad_interval_count, "subscriptions", 2, "interval_count",
                   "The interval count is below 1."});
  expect_rejected(a_customer("bad").on("pro").every(-3, BillingInterval::year),
                  {RejectionCode::bad_interval_count, "subscriptions", 2, "interval_count",
                   "The interval count is below 1."});
}

TEST(PhaseResolver, a_negative_discount_is_rejected) {
  expect_rejected(
      a_customer("bad").on("pro").less_percent("-0.1"),
      {RejectionCode::bad_discount, "subscriptions", 2, "discount_percent", "The discount is negative."});
}

TEST(PhaseResolver, a_pause_that_ends_without_or_not_after_its_start_is_rejected) {
  const Rejection expected{RejectionCode::bad_pause, "subscriptions", 2, "paused_until",
                           "The pause ends without, or not after, its start."};
  expect_rejected(a_customer("bad").on("pro").paused_until("2024-02-01"), expected);
  expect_rejected(a_customer("bad").on("pro").paused_from("2024-02-01").paused_until("2024-02-01"), expected);
  expect_rejected(a_customer("bad").on("pro").paused_from("2024-02-01").paused_until("2024-01-31"), expected);
}

TEST(PhaseResolver, a_run_rate_that_no_price_can_have_is_rejected) {
  const Rejection expected{RejectionCode::run_rate_out_of_range, "subscriptions", 2, "amount",
                           "Price x quantity is larger than any price can be."};
  expect_rejected(a_customer("bad").on("pro").at("2001599834386.89").yearly(), expected);
  expect_rejected(a_customer("bad").on("pro").at("1000000").times(INT64_MAX), expected);
  expect_rejected(a_customer("bad").on("pro").at("2001599834386.89").yearly().less_percent("50"), expected);
}

TEST(PhaseResolver, the_first_problem_of_a_row_is_the_one_that_is_named) {
  expect_rejected(
      a_customer("bad").on("pro").times(-1).less_percent("-1").paused_until("2024-02-01"),
      {RejectionCode::negative_quantity, "subscriptions", 2, "quantity", "The quantity is negative."});
}

TEST(PhaseResolver, a_negative_price_counts_as_zero_with_a_notice) {
  BookRules rules;
  rules.free = FreePolicy::customer;
  const Resolved resolved = resolve(a_customer("ann").on("pro").at("-5.00").on("pro").at("20.00"), rules);
  EXPECT_EQ(parts_of(resolved), "2024-01-01.. 0.00\n2024-01-01.. 20.00\n");
  ASSERT_EQ(resolved.rejections.entries().size(), 1U);
  EXPECT_EQ(resolved.rejections.entries().front(),
            (Rejection{RejectionCode::negative_amount, "subscriptions", 1, "amount",
                       "The price is negative and counts as 0."}));
  EXPECT_EQ(resolved.rejections.rejected(), 0U);
}

TEST(PhaseResolver, identical_rows_count_once_and_are_reported) {
  const auto ann = a_customer("ann").on("pro", "s").at("50.00").less_percent("10");
  Records records = records_of({ann});
  ann.add_phases_to(records);
  // Written differently, but the same.
  a_customer("ann").on("pro", "s").at("50").less_percent("10.0").add_phases_to(records);
  const Resolved resolved = resolve(records);
  EXPECT_EQ(parts_of(resolved), "2024-01-01.. 45.00\n");
  EXPECT_EQ(resolved.accepted.size(), 1U);
  ASSERT_EQ(resolved.rejections.entries().size(), 2U);
  EXPECT_EQ(resolved.rejections.entries()[0], (Rejection{RejectionCode::duplicate_row, "subscriptions", 2, "",
                                                         "The row repeats row 1 and counts once."}));
  EXPECT_EQ(resolved.rejections.entries()[1].row, 3);
  EXPECT_EQ(resolved.rejections.rejected(), 0U);
}

TEST(PhaseResolver, different_phases_of_one_start_reject_each_other) {
  const auto good = a_customer("ann").on("pro", "s").from("2024-03-01").at("80.00");
  const auto expect_conflict = [&](support::CustomerSentence one, const support::CustomerSentence& other) {
    Records records = records_of({one, good});
    other.add_phases_to(records);
    const Resolved resolved = resolve(records);
    EXPECT_EQ(parts_of(resolved), "2024-03-01.. 80.00\n");
    ASSERT_EQ(resolved.rejections.entries().size(), 2U);
    EXPECT_EQ(
        resolved.rejections.entries()[0],
        (Rejection{RejectionCode::conflicting_phases, "subscriptions", 1, "starts_on",
                   "Subscription s has different phases that start on 2024-01-01; none of them counts."}));
    EXPECT_EQ(resolved.rejections.entries()[1].row, 3);
    EXPECT_EQ(resolved.rejections.rejected(), 2U);
  };
  const auto plain = a_customer("ann").on("pro", "s");
  expect_conflict(plain, a_customer("ann").on("team", "s"));
  expect_conflict(plain, a_customer("ann").on("pro", "s").at("11.00"));
  expect_conflict(plain, a_customer("ann").on("pro", "s").in("EUR"));
  expect_conflict(plain, a_customer("ann").on("pro", "s").until("2024-09-01"));
  expect_conflict(plain, a_customer("ann").on("pro", "s").yearly());
  expect_conflict(plain, a_customer("ann").on("pro", "s").times(2));
  expect_conflict(plain, a_customer("ann").on("pro", "s").less_percent("5"));
  expect_conflict(plain, a_customer("ann").on("pro", "s").discounted_until("2024-02-01"));
  expect_conflict(plain, a_customer("ann").on("pro", "s").on_trial_until("2024-01-05"));
  expect_conflict(plain, a_customer("ann").on("pro", "s").cancelled_on("2024-01-05"));
  expect_conflict(plain, a_customer("ann").on("pro", "s").because("price"));
  expect_conflict(plain, a_customer("ann").on("pro", "s").paused_from("2024-02-01"));
}

TEST(PhaseResolver, a_row_that_is_rejected_by_itself_conflicts_with_nobody) {
  Records records = records_of({a_customer("ann").on("pro", "s")});
  a_customer("ann").on("pro", "s").times(-1).add_phases_to(records);
  const Resolved resolved = resolve(records);
  EXPECT_EQ(parts_of(resolved), "2024-01-01.. 10.00\n");
  EXPECT_EQ(resolved.rejections.count(RejectionCode::conflicting_phases), 0U);
}

TEST(PhaseResolver, rows_carry_the_number_that_their_source_gave_them) {
  Records records;
  records.set_source(RecordTable::subscriptions, "subscriptions.csv");
  records.add(PhaseRecord{.subscription = "s",
                          .customer = "ann",
                          .plan = "pro",
                          .starts_on = day("2024-01-01"),
                          .ends_on = day("2023-01-01"),
                          .price = Money{1000, Currency{"USD"}},
                          .row = 17});
  const Resolved resolved = resolve(records);
  ASSERT_EQ(resolved.rejections.entries().size(), 1U);
  EXPECT_EQ(resolved.rejections.entries().front().source, "subscriptions.csv");
  EXPECT_EQ(resolved.rejections.entries().front().row, 17);
}

// A subscription moved with its account: both accounts hold it, and it used to count twice.
TEST(PhaseResolver, one_subscription_of_two_merged_accounts_is_one_subscription) {
  const Book book = support::book_as_of(
      "2024-06-01",
      {support::a_customer("old").merged_into("new").on("pro", "s1").from("2024-01-01").at("100"),
       support::a_customer("new").on("pro", "s1").from("2024-03-01").at("100")});
  const MovementCube cube = MovementCube::fold(book, support::months_of("2024-01-01", "2024-06-01"));
  EXPECT_EQ(cube.at(0, 2).expansion, 0);
  EXPECT_EQ(cube.at(0, 4).closing, run_rate(Price{Decimal{100}, Currency{"USD"}}).ticks());
}

}  // namespace
}  // namespace churn

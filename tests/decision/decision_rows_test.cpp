#include <churn/decision/decision_rows.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "support/build_book.hpp"

#include <churn/churn.hpp>

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::CustomerSentences;
using support::day;
using support::error_of;
using ::testing::ElementsAre;

/// "before 2024-01: 30 days, 1 left".
std::vector<std::string> told(const DecisionRows& rows, bool concerned = true) {
  std::vector<std::string> lines;
  for (const DecisionRow& row : rows.rows)
    if (row.concerned == concerned)
      lines.push_back(std::string(decision_phase_name(row.phase)) + " " + row.month.to_string().substr(0, 7) +
                      ": " + std::to_string(row.risk_days) + " days, " + std::to_string(row.departures) +
                      " left");
  return lines;
}

Decision on(std::string_view effective, std::optional<std::string_view> announced = {}) {
  Decision decision{.effective_on = day(effective)};
  if (announced) decision.announced_on = day(*announced);
  return decision;
}

// Renewals on the 20th. At risk from 21 January on; 10 March to 19 March are announced, the 20th is the renewal.
TEST(DecisionRows, a_risk_day_is_before_announced_or_affected) {
  const Book book =
      book_as_of("2024-05-01", {a_customer("ann").on("p").from("2024-01-20").until("2024-04-20")});
  EXPECT_THAT(told(decision_rows(book, on("2024-03-10"))),
              ElementsAre("before 2024-01: 11 days, 0 left", "before 2024-02: 29 days, 0 left",
                          "before 2024-03: 9 days, 0 left", "announced 2024-03: 10 days, 0 left",
                          "affected 2024-03: 12 days, 0 left", "affected 2024-04: 20 days, 1 left"));
}

TEST(DecisionRows, who_leaves_at_the_first_affected_renewal_is_affected_and_a_day_earlier_is_not) {
  const Book book =
      book_as_of("2024-05-01", {a_customer("ann").on("p").from("2024-01-20").until("2024-03-20"),
                                a_customer("bob").on("p").from("2024-01-20").until("2024-03-19")});
  EXPECT_THAT(told(decision_rows(book, on("2024-03-10"))),
              ElementsAre("before 2024-01: 22 days, 0 left", "before 2024-02: 58 days, 0 left",
                          "before 2024-03: 18 days, 0 left", "announced 2024-03: 20 days, 1 left",
                          "affected 2024-03: 1 days, 1 left"));
}

TEST(DecisionRows,
     a_renewal_on_the_effective_day_is_affected_and_one_between_announcement_and_effect_is_not) {
  const Book book = book_as_of("2024-05-01", {a_customer("ann").on("p").from("2024-01-20")});
  EXPECT_THAT(told(decision_rows(book, on("2024-04-20", "2024-03-01"))),
              ElementsAre("before 2024-01: 11 days, 0 left", "before 2024-02: 29 days, 0 left",
                          "announced 2024-03: 31 days, 0 left", "announced 2024-04: 19 days, 0 left",
                          "affected 2024-04: 11 days, 0 left"));
}

TEST(DecisionRows, who_pays_by_the_year_waits_for_its_own_renewal) {
  const Book book = book_as_of("2024-05-01", {a_customer("ann").on("p").yearly().from("2023-11-20")});
  const DecisionRows rows = decision_rows(book, on("2024-04-01"));
  EXPECT_EQ(told(rows).back(), "announced 2024-04: 30 days, 0 left");
  EXPECT_EQ(rows.concerned.waiting, 1);
  EXPECT_EQ(rows.concerned.next_renewal_on, day("2024-11-20"));
}

TEST(DecisionRows, who_began_on_the_last_of_a_month_renews_on_the_last_of_shorter_ones) {
  const auto affected_from = [](const auto& customer, std::string_view effective) {
    Decision decision = on(effective);
    decision.until = decision.effective_on + std::chrono::days{31};
    std::int64_t days = 0;
    for (const DecisionRow& row : decision_rows(book_as_of("2025-01-01", {customer}), decision).rows)
      days += row.phase == DecisionPhase::affected ? row.risk_days : 0;
    return (*decision.until - std::chrono::days{days}).to_string();
  };
  const auto ann = a_customer("ann").on("p").from("2023-10-31");
  EXPECT_EQ(affected_from(ann, "2024-02-29"), "2024-02-29");
  EXPECT_EQ(affected_from(ann, "2024-03-01"), "2024-03-31");
  EXPECT_EQ(affected_from(ann, "2024-03-31"), "2024-03-31");
  const auto leap = a_customer("leap").on("p").yearly().from("2020-02-29");
  EXPECT_EQ(affected_from(leap, "2023-02-15"), "2023-02-28");
  EXPECT_EQ(affected_from(leap, "2024-02-15"), "2024-02-29");
}

TEST(DecisionRows, who_renews_on_the_day_after_the_last_waits) {
  const Book book = book_as_of("2024-05-01", {a_customer("ann").on("p").from("2024-01-20")});
  Decision decision = on("2024-04-01");
  decision.until = day("2024-04-20");
  const DecisionSide waits = decision_rows(book, decision).concerned;
  EXPECT_EQ(waits.waiting, 1);
  EXPECT_EQ(waits.next_renewal_on, day("2024-04-20"));
  decision.until = day("2024-04-21");
  EXPECT_EQ(decision_rows(book, decision).concerned.waiting, 0);
}

TEST(DecisionRows, more_seats_in_the_middle_of_a_month_do_not_move_its_renewal_and_another_interval_does) {
  const auto last = [](auto&& change) {
    auto ann =
        a_customer("ann").on("p").from("2024-01-20").until("2024-04-05").then_on("p").from("2024-04-05");
    change(ann);
    return told(decision_rows(book_as_of("2024-05-01", {ann}), on("2024-04-01"))).back();
  };
  EXPECT_EQ(last([](auto& ann) { ann.at("30.00"); }), "affected 2024-04: 11 days, 0 left");  // the 20th
  EXPECT_EQ(last([](auto& ann) { ann.yearly(); }), "affected 2024-04: 26 days, 0 left");     // the 5th
}

TEST(DecisionRows, who_comes_back_within_the_allowance_has_stayed_and_renews_with_what_it_comes_back_to) {
  Conventions conventions;
  conventions.book.gap_allowance_days = 30;
  const Book book = book_as_of("2024-06-01",
                               {a_customer("ann")
                                    .on("p", "S1")
                                    .from("2024-01-20")
                                    .until("2024-03-20")
                                    .on("p", "S2")
                                    .from("2024-04-11")},
                               conventions);
  EXPECT_THAT(told(decision_rows(book, on("2024-04-01"))),
              ElementsAre("before 2024-01: 11 days, 0 left", "before 2024-02: 29 days, 0 left",
                          "before 2024-03: 31 days, 0 left", "announced 2024-04: 10 days, 0 left",
                          "affected 2024-04: 20 days, 0 left", "affected 2024-05: 31 days, 0 left"));
}

// On the eve ann is on basic, and bob, who comes on the day of the announcement, on what it comes on.
TEST(DecisionRows, a_plan_changed_on_the_day_of_the_announcement_comes_too_late) {
  const Book book = book_as_of(
      "2024-06-01",
      {a_customer("ann").on("basic").from("2024-01-01").until("2024-04-01").then_on("pro").from("2024-04-01"),
       a_customer("bob").on("pro").from("2024-04-01")});
  Decision decision = on("2024-05-01", "2024-04-01");
  decision.where = by::primary_plan == "pro";
  EXPECT_THAT(told(decision_rows(book, decision)),
              ElementsAre("announced 2024-04: 29 days, 0 left", "affected 2024-05: 31 days, 0 left"));
}

TEST(DecisionRows, what_is_newly_bought_after_the_effective_day_is_bought_under_the_decision) {
  const Book book = book_as_of("2024-05-01", {a_customer("ann")
                                                  .on("p", "S1")
                                                  .yearly()
                                                  .from("2023-11-20")
                                                  .until("2024-04-11")
                                                  .then_on("q")
                                                  .from("2024-04-11")});
  const auto lines = told(decision_rows(book, on("2024-04-01")));
  EXPECT_EQ(lines[lines.size() - 2], "announced 2024-04: 10 days, 0 left");
  EXPECT_EQ(lines.back(), "affected 2024-04: 20 days, 0 left");
}

TEST(DecisionRows, who_joins_or_returns_after_it_is_no_existing_customer) {
  const Book book = book_as_of("2024-05-01", {a_customer("ann")
                                                  .on("p", "S1")
                                                  .from("2024-01-20")
                                                  .until("2024-02-20")
                                                  .on("p", "S2")
                                                  .from("2024-04-10"),
                                              a_customer("bob").on("p").from("2024-04-01"),
                                              a_customer("cid").on("p").from("2024-03-31")});
  EXPECT_THAT(told(decision_rows(book, on("2024-04-01"))),
              ElementsAre("before 2024-01: 11 days, 0 left", "before 2024-02: 20 days, 1 left",
                          "announced 2024-04: 29 days, 0 left",  // cid, who renews on the 30th
                          "affected 2024-04: 1 days, 0 left", "joined_after 2024-04: 49 days, 0 left"));
}

TEST(DecisionRows, days_that_were_not_observed_are_not_at_risk) {
  const Book book =
      book_from_until("2024-02-01", "2024-04-01", {a_customer("ann").on("p").from("2023-06-20")});
  EXPECT_EQ(told(decision_rows(book, on("2024-03-01"))).front(), "before 2024-02: 28 days, 0 left");
}

TEST(DecisionRows, it_begins_and_ends_where_it_is_told_to) {
  const Book book =
      book_as_of("2024-05-01", {a_customer("ann").on("p").from("2024-01-01").until("2024-04-01")});
  Decision decision = on("2024-03-01");
  decision.from = day("2024-02-11");
  decision.until = day("2024-04-01");  // exclusive, so that the departure is behind it
  EXPECT_THAT(told(decision_rows(book, decision)),
              ElementsAre("before 2024-02: 19 days, 0 left", "affected 2024-03: 31 days, 0 left"));
}

TEST(DecisionRows, who_never_pays_is_affected_from_the_effective_day_on) {
  Conventions conventions;
  conventions.book.free = FreePolicy::customer;
  const Book book =
      book_as_of("2024-05-01", {a_customer("ann").on("p").at("0").from("2024-03-20")}, conventions);
  EXPECT_THAT(told(decision_rows(book, on("2024-04-10"))),
              ElementsAre("before 2024-03: 11 days, 0 left", "before 2024-04: 9 days, 0 left",
                          "affected 2024-04: 21 days, 0 left"));
}

TEST(DecisionRows, who_rests_is_affected_when_it_pays_again) {
  const Book book = book_as_of(
      "2024-06-01",
      {a_customer("ann").on("p").from("2024-01-20").paused_from("2024-03-20").paused_until("2024-05-20")});
  const auto lines = told(decision_rows(book, on("2024-04-01")));
  EXPECT_EQ(lines[lines.size() - 2], "announced 2024-05: 19 days, 0 left");
  EXPECT_EQ(lines.back(), "affected 2024-05: 12 days, 0 left");
}

// The window from the announcement on has 61 days, and so have those before it: from 31 January, and from 1 December. Upgraded
// on 1 March ann is one of pro from the window of April on, and stays it to its end.
TEST(DecisionRows, in_a_window_a_customer_belongs_to_what_it_was_on_its_eve_before_the_decision_as_after_it) {
  const Book book = book_as_of("2024-06-01", {a_customer("ann")
                                                  .on("basic")
                                                  .from("2024-01-01")
                                                  .until("2024-03-01")
                                                  .then_on("pro")
                                                  .from("2024-03-01")
                                                  .until("2024-05-01")
                                                  .then_on("basic")
                                                  .from("2024-05-01"),
                                              a_customer("bob")
                                                  .on("pro")
                                                  .from("2024-01-31")
                                                  .until("2024-02-29")
                                                  .then_on("basic")
                                                  .from("2024-02-29")
                                                  .until("2024-03-31")});
  Decision decision = on("2024-04-01");
  decision.where = by::primary_plan == "pro";
  decision.control = by::primary_plan == "basic";
  const DecisionRows rows = decision_rows(book, decision);
  EXPECT_THAT(told(rows),
              ElementsAre("before 2024-02: 29 days, 0 left", "before 2024-03: 31 days, 1 left",
                          "affected 2024-04: 30 days, 0 left", "affected 2024-05: 31 days, 0 left"));
  EXPECT_THAT(told(rows, false),
              ElementsAre("before 2024-01: 30 days, 0 left", "before 2024-02: 29 days, 0 left",
                          "before 2024-03: 31 days, 0 left"));
}

// Nothing was decided: every fourth day somebody comes on pro, steps down after 5 to 9 months, and leaves a month later; or
// leaves from pro.
TEST(DecisionRows, who_steps_down_before_leaving_leaves_as_often_before_a_day_as_after_it) {
  CustomerSentences customers;
  for (int i = 0; i < 300; ++i) {
    const Date start = day("2021-01-01") + std::chrono::days{4 * i};
    const Date down = anniversary(start, 5 + i % 5);
    auto& one = customers.emplace_back(a_customer("c" + std::to_string(i)).on("pro"));
    one.from(start.to_string()).until(down.to_string());
    if (i % 3 > 0)
      one.then_on("basic").from(down.to_string()).until(anniversary(start, 6 + i % 5).to_string());
  }
  Decision decision = on("2023-07-01");
  decision.where = by::primary_plan == "pro";
  double departures = 0;
  double expected = 0;
  for (const DecisionRow& row : decision_rows(book_as_of("2024-01-01", customers), decision).rows) {
    if (row.phase == DecisionPhase::before || row.phase == DecisionPhase::joined_after) continue;
    departures += static_cast<double>(row.departures);
    expected += row.expected.value();
  }
  EXPECT_GT(departures, 25);
  EXPECT_NEAR(departures / expected, 1, 0.1);  // twice as many, where only the time before follows the plan
}

TEST(DecisionRows, who_is_on_both_sides_is_on_none_and_counted) {
  const Book book = book_as_of("2024-03-01", {a_customer("ann").on("p").from("2024-01-01")});
  Decision decision = on("2024-02-01");
  decision.control = Filter{};
  const DecisionRows rows = decision_rows(book, decision);
  EXPECT_TRUE(rows.rows.empty());
  EXPECT_EQ(rows.in_both, 59);
}

// Before: 4 renewals of one month, of which one is lost, in 121 risk days. By stratum (days since renewal, tenure):
//   0 days      4 renewals, tenure 31, 60, 91, 121: one of the first band, two of the second, one of the third; lost: the last
//   1 to 7      28 days; 8 to 31 the other days. Nothing beside the month, so band and cycle are the same strata.
TEST(DecisionRows, what_is_expected_is_drawn_from_rates_of_strata_towards_those_of_all) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("p").from("2024-01-01").until("2024-05-01"),
                                a_customer("bob").on("p").from("2024-06-01")});
  const DecisionRows rows = decision_rows(book, on("2024-06-01"));
  ASSERT_EQ(rows.rows.back().phase, DecisionPhase::joined_after);
  ASSERT_EQ(rows.rows.back().risk_days, 29);
  const double all = 1.0 / 121;
  const double of_late = 1 / (89 + 1 / all);             // 8 to 31 days
  const double of_late_months = 1 / (89 + 1 / of_late);  // of monthly cycles: the same days again
  const double of_soon = 1 / (28 + 1 / all);
  const double of_soon_months = 1 / (28 + 1 / of_soon);
  // bob's 29 days: 7 soon after the start, 22 later, of the first tenure, in which ann had 7 and 23.
  const double expected = 7 / (7 + 1 / of_soon_months) + 22 / (23 + 1 / of_late_months);
  EXPECT_NEAR(rows.rows.back().expected.value(), expected, 1e-12);  // sums of a few terms
  EXPECT_EQ(rows.concerned.borrowed_days, 0);
}

TEST(DecisionRows, where_nobody_left_before_nothing_is_expected) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("p").from("2024-01-01").until("2024-06-01")});
  for (const DecisionRow& row : decision_rows(book, on("2024-05-15")).rows) EXPECT_FALSE(row.expected);
}

TEST(DecisionRows, days_that_contradict_each_other_are_refused) {
  const Book book = book_as_of("2024-05-01", {a_customer("ann").on("p").from("2024-01-20")});
  const auto refused = [&](auto&& change) {
    Decision decision = on("2024-03-01");
    change(decision);
    return error_of([&] { (void)decision_rows(book, decision); });
  };
  EXPECT_EQ(refused([](Decision&) {}), std::nullopt);
  EXPECT_EQ(refused([](Decision& d) { d.announced_on = day("2024-03-02"); }), ErrorCode::bad_period);
  EXPECT_EQ(refused([](Decision& d) { d.until = day("2024-03-01"); }), ErrorCode::bad_period);
  EXPECT_EQ(refused([](Decision& d) { d.until = day("2024-05-02"); }), ErrorCode::out_of_range);
  EXPECT_EQ(refused([](Decision& d) { d.from = day("2024-03-01"); }), ErrorCode::bad_period);
  EXPECT_EQ(refused([](Decision& d) { d.from = day("1924-03-01"); }), ErrorCode::out_of_range);
  EXPECT_EQ(refused([](Decision& d) { d.where = attribute("area") == "north"; }),
            ErrorCode::unknown_attribute);
}

TEST(DecisionRows, books_without_days_have_no_rows) {
  EXPECT_TRUE(decision_rows(Book::build({}, day("2024-05-01")).book, on("2024-03-01")).rows.empty());
  const Book book = book_as_of("2024-05-01", {a_customer("ann").on("p").from("2024-04-20")});
  EXPECT_THAT(told(decision_rows(book, on("2024-03-01"))),
              ElementsAre("joined_after 2024-04: 10 days, 0 left"));
  EXPECT_THAT(told(decision_rows(book, on("2024-06-01"))), ElementsAre("before 2024-04: 10 days, 0 left"));
}

// ---- a second opinion: day by day, from the header alone

struct PlainPhase {
  std::string subscription;
  std::string plan;
  int start;
  int end;  // exclusive
  int anchor;
  int cycle;  // 0 week, 1 month, 2 quarter, 3 year
  int price;  // a year
  std::vector<int> renewals{};
};

struct PlainCustomer {
  std::vector<PlainPhase> phases;
};

const int plain_end = Date::of(2024, 7, 1).days();
const int plain_begin = Date::of(2023, 1, 1).days();

void note_renewals(PlainPhase& phase) {
  constexpr int months[] = {0, 1, 3, 12};
  for (int n = 0, at = phase.anchor; at <= phase.end; ++n) {
    at = phase.cycle == 0 ? phase.anchor + 7 * n
                          : anniversary(Date::from_days(phase.anchor), months[phase.cycle] * n).days();
    phase.renewals.push_back(at);
  }
}

bool is_renewal(const PlainPhase& phase, int on) {
  return std::binary_search(phase.renewals.begin(), phase.renewals.end(), on);
}

class PlainDays {
 public:
  explicit PlainDays(std::mt19937& random) : random_(random) {}

  int draw(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  void draw_customers() {
    for (int c = 0; c < 8; ++c) {
      PlainCustomer customer;
      const int subscriptions = 1 + draw(2);
      for (int s = 0; s < subscriptions; ++s) {
        int start = plain_begin + draw(480);
        int anchor = start;
        const int phases = 1 + draw(3);
        PlainPhase phase{
            "c" + std::to_string(c) + "/" + std::to_string(s), "basic", start, 0, start, draw(4), 0};
        for (int p = 0; p < phases; ++p) {
          const int before = phase.cycle;
          const int gap = p == 0 || draw(2) == 0 ? 0 : 1 + draw(60);
          if (p > 0 && draw(2) == 0) phase.cycle = draw(4);
          if (gap > 0 || phase.cycle != before) anchor = start + gap;
          phase.start = start + gap;
          phase.anchor = anchor;
          phase.end = phase.start + 1 + draw(200);
          phase.plan = std::vector<std::string>{"basic", "pro", "team"}[static_cast<std::size_t>(draw(3))];
          phase.price = 5200 + 1200 * draw(5) + s;  // no two subscriptions alike
          customer.phases.push_back(phase);
          note_renewals(customer.phases.back());
          start = phase.end;
        }
      }
      customers.push_back(customer);
    }
  }

  [[nodiscard]] Book built(std::optional<int> records_from) const {
    constexpr BillingInterval intervals[] = {BillingInterval::week, BillingInterval::month,
                                             BillingInterval::quarter, BillingInterval::year};
    constexpr int per_year[] = {52, 12, 4, 1};
    Records records;
    for (std::size_t c = 0; c < customers.size(); ++c)
      for (const PlainPhase& phase : customers[c].phases) {
        Phase one{.plan = phase.plan,
                  .starts_on = Date::from_days(phase.start),
                  .ends_on = Date::from_days(phase.end),
                  .price = {Decimal{phase.price * 156 / per_year[phase.cycle]}, Currency{"USD"}}};
        one.cycle = {intervals[phase.cycle], 1};
        records.add(
            Subscription{SubscriptionId{phase.subscription}, CustomerId{"c" + std::to_string(c)}, {one}});
      }
    if (records_from) records.set_records_from(Date::from_days(*records_from));
    return Book::build(records, Date::from_days(plain_end)).book;
  }

  std::vector<PlainCustomer> customers;

 private:
  std::mt19937& random_;
};

bool present_on(const PlainCustomer& customer, int on) {
  return std::any_of(customer.phases.begin(), customer.phases.end(),
                     [&](const PlainPhase& phase) { return phase.start <= on && on < phase.end; });
}

std::string plan_on(const PlainCustomer& customer, int on) {
  const PlainPhase* most = nullptr;
  for (const PlainPhase& phase : customer.phases)
    if (phase.start <= on && on < phase.end && (most == nullptr || phase.price > most->price)) most = &phase;
  return most == nullptr ? "(none)" : most->plan;
}

int band_of(int value, std::initializer_list<int> last) {
  int band = 0;
  for (const int end : last) band += value > end ? 1 : 0;
  return band;
}

using PlainKey = std::tuple<bool, int, std::string>;  // control, phase, month
using PlainStratum = std::tuple<int, int, int>;       // band, cycle, tenure

struct PlainCell {
  long days{0};
  long departures{0};
  std::map<PlainStratum, long> days_of{};
  double expected{0};
};

PlainStratum plain_stratum(const PlainCustomer& customer, int on, int since) {
  constexpr int length[] = {7, 30, 91, 365};
  int shortest = 1000;
  int last = 1000;
  for (const PlainPhase& phase : customer.phases) {
    if (!(phase.start <= on - 1 && on - 1 < phase.end)) continue;
    int ago = 0;
    while (!is_renewal(phase, on - ago)) ++ago;
    if (length[phase.cycle] > shortest) continue;
    if (length[phase.cycle] < shortest) last = 1000;
    shortest = length[phase.cycle];
    last = std::min(last, ago);
  }
  return {band_of(last, {0, 7, 31}), band_of(shortest, {7, 31, 92, 184, 366}),
          band_of(on - since, {31, 92, 183, 366, 731})};
}

/// Of one decision, counted day by day.
class PlainCount {
 public:
  PlainCount(const PlainDays& plain, const Decision& decision, int from)
      : effective_(decision.effective_on.days()),
        announced_(decision.announced_on->days()),
        until_(decision.until->days()),
        records_from_(from - 1) {
    for (const PlainCustomer& customer : plain.customers)
      for (int on = from; on < decision.until->days(); ++on)
        if (present_on(customer, on - 1)) add(customer, on);
    for (auto& [key, cell] : cells)
      for (const auto& [stratum, days] : cell.days_of)
        cell.expected += static_cast<double>(days) * rate(std::get<0>(key), stratum);
  }

  std::map<PlainKey, PlainCell> cells{};

  /// Risk days after the announcement, and of these those in strata without any before it.
  [[nodiscard]] std::pair<long, long> days_after(bool control) const {
    std::pair<long, long> days{0, 0};
    for (const auto& [key, cell] : cells)
      for (const auto& [stratum, of_it] : cell.days_of) {
        if (std::get<0>(key) != control || std::get<1>(key) == 0) continue;
        days.first += of_it;
        if (before_.at(control).count(stratum) == 0) days.second += of_it;
      }
    return days;
  }

  /// Sum of w^2 / (departures + 1) - 1 / (departures of all + 1).
  [[nodiscard]] double rate_variance(bool control, int phase) const {
    std::map<PlainStratum, double> expected;
    double all = 0;
    for (const auto& [key, cell] : cells)
      for (const auto& [stratum, days] : cell.days_of) {
        if (std::get<0>(key) != control || std::get<1>(key) != phase) continue;
        expected[stratum] += static_cast<double>(days) * rate(control, stratum);
        all += static_cast<double>(days) * rate(control, stratum);
      }
    double departures = 0;
    for (const auto& [stratum, of] : before_.at(control)) departures += of.first;
    double sum = 0;
    for (const auto& [stratum, part] : expected) {
      const auto of = before_.at(control).find(stratum);
      const double left = of == before_.at(control).end() ? 0 : of->second.first;
      sum += part / all * part / all / (left + 1);
    }
    return departures > 0 && all > 0 ? std::max(0.0, sum - 1 / (departures + 1)) : 0;
  }

 private:
  void add(const PlainCustomer& customer, int on) {
    int since = on - 1;
    while (present_on(customer, since - 1)) --since;
    const int phase = phase_on(customer, since, on);
    int begin = announced_;  // of the window
    while (begin > on) begin -= std::max(31, until_ - announced_);
    const std::string plan = plan_on(customer, std::max({since, begin - 1, records_from_}));
    if (plan == "team") return;
    const bool control = plan == "basic";
    const bool leaves = !present_on(customer, on);
    const PlainStratum stratum = plain_stratum(customer, on, since);
    PlainCell& cell = cells[{control, phase, Date::from_days(on).to_string().substr(0, 7)}];
    ++cell.days;
    cell.departures += leaves ? 1 : 0;
    ++cell.days_of[stratum];
    if (phase > 0) return;
    before_[control][stratum].first += leaves ? 1 : 0;
    before_[control][stratum].second += 1;
  }

  int phase_on(const PlainCustomer& customer, int since, int on) {
    if (since >= effective_) return 3;
    if (on < announced_) return 0;
    const auto [place, is_new] = affected_.try_emplace({&customer, since}, plain_end);
    for (int renewal = is_new ? std::max(effective_, since) : plain_end; renewal < place->second; ++renewal)
      if (renews_on(customer, since, renewal)) place->second = renewal;
    return on >= place->second ? 2 : 1;
  }

  static bool renews_on(const PlainCustomer& customer, int since, int on) {
    return std::any_of(customer.phases.begin(), customer.phases.end(), [&](const PlainPhase& paid) {
      return paid.start <= on && on <= paid.end && paid.end > since && is_renewal(paid, on);
    });
  }

  [[nodiscard]] double rate(bool control, const PlainStratum& stratum) const {
    double departures[4] = {};
    double days[4] = {};
    for (const auto& [other, of] : before_.at(control)) {
      const bool same_band = std::get<0>(other) == std::get<0>(stratum);
      const bool same_cycle = same_band && std::get<1>(other) == std::get<1>(stratum);
      const bool belongs[4] = {true, same_band, same_cycle, other == stratum};
      for (int level = 0; level < 4; ++level) {
        departures[level] += belongs[level] ? of.first : 0;
        days[level] += belongs[level] ? of.second : 0;
      }
    }
    double rate = departures[0] / days[0];
    for (int level = 1; level < 4; ++level) rate = (departures[level] + 1) / (days[level] + 1 / rate);
    return rate;
  }

  int effective_;
  int announced_;
  int until_;
  int records_from_;
  std::map<bool, std::map<PlainStratum, std::pair<double, double>>> before_{{false, {}}, {true, {}}};
  std::map<std::pair<const PlainCustomer*, int>, int> affected_;  // by stay, the first day
};

void expect_the_same(const DecisionRows& rows, const std::map<PlainKey, PlainCell>& expected) {
  ASSERT_EQ(rows.rows.size(), expected.size());
  for (const DecisionRow& row : rows.rows) {
    const auto found =
        expected.find({!row.concerned, static_cast<int>(row.phase), row.month.to_string().substr(0, 7)});
    ASSERT_NE(found, expected.end()) << row.month.to_string();
    const PlainCell& cell = found->second;
    EXPECT_EQ(row.risk_days, cell.days) << row.month.to_string();
    EXPECT_EQ(row.departures, cell.departures) << row.month.to_string();
    ASSERT_EQ(row.expected.has_value(), std::isfinite(cell.expected) && cell.expected > 0);
    // The same sums in another order.
    EXPECT_NEAR(row.expected.value_or(0), row.expected ? cell.expected : 0, 1e-9);
  }
}

TEST(DecisionRows, they_are_what_a_walk_over_every_day_counts) {
  std::mt19937 random{20240601};
  for (int number = 0; number < 12; ++number) {
    SCOPED_TRACE(number);
    PlainDays plain{random};
    plain.draw_customers();
    std::optional<int> records_from;
    if (plain.draw(3) == 0) records_from = plain_begin + plain.draw(200);
    Decision decision{.effective_on = Date::from_days(plain_begin + 250 + plain.draw(200)),
                      .where = by::primary_plan == "pro",
                      .control = by::primary_plan == "basic"};
    decision.announced_on = decision.effective_on - std::chrono::days{plain.draw(2) * plain.draw(60)};
    decision.until =
        std::min(Date::from_days(plain_end), decision.effective_on + std::chrono::days{1 + plain.draw(300)});
    const int from = records_from ? *records_from + 1 : plain_begin;
    const DecisionRows rows = decision_rows(plain.built(records_from), decision);
    const PlainCount count{plain, decision, from};
    expect_the_same(rows, count.cells);
    for (const bool control : {false, true}) {
      const DecisionSide& side = control ? rows.control : rows.concerned;
      EXPECT_EQ(std::pair(side.days_after, side.borrowed_days),
                (std::pair<std::int64_t, std::int64_t>{count.days_after(control)}));
      for (int phase = 1; phase < 4; ++phase)
        EXPECT_NEAR(side.rate_variance[static_cast<std::size_t>(phase)], count.rate_variance(control, phase),
                    1e-9);
    }
  }
}

}  // namespace
}  // namespace churn

#include "book/plain_timelines.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "book/book_data.hpp"
#include "core/generators.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using core_test::between;
using support::a_customer;
using support::day;
using support::records_of;

/// A customer's phases, under rules, both ways.
struct BothWays {
  Records records;
  BookRules rules{};
  std::optional<Date> records_from{};
  std::size_t mixing{0};

  struct Built {
    bool taken{true};
    std::uint8_t paid_in{Book::Data::never_paid};
    TimelineColumns timeline;
    std::vector<std::uint32_t> rows;
    bool any_rejected{false};
    FirstStay first_stay{};
  };

  [[nodiscard]] Built as_plain() const {
    return with_reading([&](const Reading& reading, const std::vector<std::uint32_t>& rows) {
      Built built;
      std::vector<PlainPhase> phases(rows.size());
      PlainPhaseReader{reading, records_from}.read(0, phases);
      for (std::size_t i = phases.size(); i > 1; --i)  // in any order
        std::swap(phases[i - 1], phases[mixing % i]);
      PlainTimelines plain{reading};
      built.taken = plain.append(phases, built.timeline);
      built.first_stay = plain.first_stay();
      built.paid_in = plain.paid_in();
      for (const PlainPhase& phase : phases) built.rows.push_back(phase.row);
      return built;
    });
  }
  [[nodiscard]] Built as_any() const {
    return with_reading([&](const Reading& reading, const std::vector<std::uint32_t>& rows) {
      Built built;
      std::vector<Part> parts;
      Rejections rejections;
      PhaseResolver{reading}.resolve(0, rows, built.rows, parts, &rejections);
      TimelineBuilder{Date::from_days(reading.as_of), records_from, rules}.append(parts, built.timeline);
      for (const Part& part : parts) {
        const std::uint8_t currency = reading.phases.table->currency[part.row];
        if (part.from >= reading.as_of || currency == built.paid_in) continue;
        built.paid_in = built.paid_in == Book::Data::never_paid ? currency : Book::Data::paid_in_several;
      }
      built.any_rejected = rejections.rejected() + rejections.notices() > 0;
      return built;
    });
  }

 private:
  template <class Do>
  Built with_reading(Do&& build) const {
    const PhaseSource phases = phases_of(records.storage());
    const Exchange exchange;
    const Debts debts;
    const std::vector<std::uint32_t> debtors;
    std::vector<std::uint32_t> rows(records.phase_count());
    std::iota(rows.begin(), rows.end(), 0U);
    return build(Reading{phases, rules, exchange, debts, debtors, day("2024-06-01").days()}, rows);
  }
};

void require_the_same(const BothWays::Built& a, const BothWays::Built& b) {
  RC_ASSERT(a.rows == b.rows);
  RC_ASSERT(a.timeline.first_step == b.timeline.first_step);
  RC_ASSERT(a.timeline.day == b.timeline.day);
  RC_ASSERT(a.timeline.level == b.timeline.level);
  RC_ASSERT(a.timeline.state == b.timeline.state);
  RC_ASSERT(a.timeline.phase == b.timeline.phase);
  RC_ASSERT(a.paid_in == b.paid_in);
  RC_ASSERT(a.timeline.changes.size() == b.timeline.changes.size());
  for (std::size_t i = 0; i < a.timeline.changes.size(); ++i) {
    const PhaseChange& one = a.timeline.changes[i];
    const PhaseChange& other = b.timeline.changes[i];
    RC_ASSERT(std::tuple(one.ticks, one.row, one.begins, one.is_last) ==
              std::tuple(other.ticks, other.row, other.begins, other.is_last));
  }
  RC_ASSERT(a.timeline.first_present == b.timeline.first_present);
  RC_ASSERT(a.timeline.pending_gaps.size() == b.timeline.pending_gaps.size());
  for (std::size_t i = 0; i < a.timeline.pending_gaps.size(); ++i)
    RC_ASSERT(a.timeline.pending_gaps[i].since == b.timeline.pending_gaps[i].since);
  RC_ASSERT(a.timeline.sums_fit == b.timeline.sums_fit);
  RC_ASSERT(a.timeline.sum_of_changes == b.timeline.sum_of_changes);
}

/// Phases that meet, overlap, repeat or lie apart, in any order; few of them have more than a price.
Records any_phases() {
  Records records;
  const std::int32_t origin = day("2024-01-01").days();
  const bool are_plain = *rc::gen::arbitrary<bool>();
  for (int n = *between(0, 6); n > 0; --n) {
    const std::string subscription = *rc::gen::element<std::string>("s1", "s1", "s2");
    const std::int32_t start = *between(0, 200);
    PhaseRecord phase{.subscription = subscription,
                      .customer = "ann",
                      .plan = "pro",
                      .starts_on = Date::from_days(origin + start),
                      .ends_on = {},
                      .price = {Decimal{*rc::gen::element(0, 1000, 1000, 2000, -5), 2},
                                Currency{*rc::gen::element<std::string>("USD", "USD", "USD", "EUR")}}};
    if (*between(0, 4) > 0) phase.ends_on = Date::from_days(origin + start + *between(0, 60));
    phase.cycle = *rc::gen::element(BillingCycle{}, BillingCycle{BillingInterval::year, 1},
                                    BillingCycle{BillingInterval::month, 3});
    if (are_plain) phase.price.amount = Decimal{*rc::gen::element(1000, 1000, 2000), 2};
    const int special = are_plain ? 30 : *between(0, 30);
    if (special == 0) phase.trial_ends_on = Date::from_days(origin + start + 3);
    if (special == 1) phase.discount_percent = Decimal{50, 0};
    if (special == 2) phase.paused_from = Date::from_days(origin + start + 1);
    if (special == 3) phase.quantity = *rc::gen::element(-1, 0, 3);
    if (special == 4) phase.cancel_requested_on = Date::from_days(origin + start + 1);
    records.add(phase);
  }
  return records;
}

RC_GTEST_PROP(PlainTimelines, says_of_whom_it_takes_what_resolver_and_builder_say_of_anybody, ()) {
  BothWays both{.records = any_phases()};
  both.mixing = *rc::gen::arbitrary<std::size_t>();
  both.rules.gap_allowance_days = *rc::gen::element(0, 0, 5, 40);
  both.rules.free = *rc::gen::element(FreePolicy::absent, FreePolicy::customer);
  both.rules.recognition = *rc::gen::element(Recognition::service_end, Recognition::cancel_request);
  if (*rc::gen::arbitrary<bool>()) both.rules.reactivation_window_days = *between(0, 40);
  if (*between(0, 3) == 0) both.rules.currency = Currency{"USD"};
  if (*between(0, 5) == 0) both.records_from = day("2024-02-01");
  const BothWays::Built plain = both.as_plain();
  RC_TAG(!plain.taken ? "left" : plain.timeline.changes.empty() ? "one by one" : "side by side");
  if (!plain.taken) {
    RC_ASSERT(plain.timeline.day.empty() && plain.timeline.first_present.empty());
    return;
  }
  const BothWays::Built any = both.as_any();
  RC_ASSERT(!any.any_rejected);
  require_the_same(plain, any);
}

TEST(PlainTimelines, takes_phases_that_follow_each_other_with_and_without_gaps) {
  const BothWays both{.records = records_of({a_customer("ann")
                                                 .on("basic")
                                                 .at("10.00")
                                                 .until("2024-02-01")
                                                 .then_on("pro")
                                                 .from("2024-02-01")
                                                 .at("20.00")
                                                 .until("2024-03-01")
                                                 .then_on("pro")
                                                 .from("2024-04-01")
                                                 .at("20.00")})};
  EXPECT_TRUE(both.as_plain().taken);
}

TEST(PlainTimelines, whoever_ends_on_the_first_day_that_is_not_known_is_still_there) {
  const BothWays both{.records = records_of({a_customer("ann").on("pro").until("2024-06-01")})};
  const BothWays::Built built = both.as_plain();
  ASSERT_TRUE(built.taken);
  EXPECT_EQ(built.timeline.day.size(), 1U) << "It came, and has not left by 2024-05-31.";
  EXPECT_TRUE(built.timeline.pending_gaps.empty());
  EXPECT_EQ(built.first_stay.ends_on, no_day);
}

TEST(PlainTimelines, leaves_alone_who_is_to_be_rejected_or_has_more_than_prices) {
  for (const auto& customer :
       {a_customer("ann").on("pro").until("2023-12-31"), a_customer("ann").on("pro").at("0.00"),
        a_customer("ann").on("pro").on_trial_until("2024-02-01")}) {
    const BothWays both{.records = records_of({customer})};
    EXPECT_FALSE(both.as_plain().taken);
  }
}

TEST(PlainTimelines, tells_the_first_stay_in_the_first_subscription) {
  const Records records = records_of({a_customer("ann")
                                          .on("basic")
                                          .from("2024-01-01")
                                          .until("2024-02-01")
                                          .because("upgraded")
                                          .then_on("pro")
                                          .from("2024-02-01")
                                          .until("2024-03-01")
                                          .because("moved")
                                          .on("pro")
                                          .from("2024-03-01")
                                          .until("2024-04-01")});
  const PhaseSource phases = phases_of(records.storage());
  const Exchange exchange;
  const Debts debts;
  const BookRules rules;
  TimelineColumns timeline;
  const Reading reading{phases, rules, exchange, debts, {}, day("2024-06-01").days()};
  std::vector<PlainPhase> read(3);
  PlainPhaseReader{reading, {}}.read(0, read);
  PlainTimelines plain{reading};
  ASSERT_TRUE(plain.append(read, timeline));
  const FirstStay stay = plain.first_stay();
  EXPECT_EQ(stay.starts_on, day("2024-01-01").days());
  EXPECT_EQ(stay.ends_on, day("2024-03-01").days());
  EXPECT_EQ(stay.first_phase, 0U);
  EXPECT_EQ(records.storage().texts.text(stay.end_reason), "moved");
}

}  // namespace
}  // namespace churn

#include "book/plain_phase.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/generators.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using core_test::between;
using support::a_customer;
using support::day;
using support::records_of;

std::vector<PlainPhase> read(const Records& records, const BookRules& rules,
                             std::optional<Date> records_from = {}) {
  const PhaseSource source = phases_of(records.storage());
  const Exchange exchange;
  const Debts debts;
  PlainPhaseReader reader{Reading{source, rules, exchange, debts, {}, day("2030-01-01").days()},
                          records_from};
  std::vector<PlainPhase> phases(records.phase_count());
  const std::size_t half = phases.size() / 2;  // rows are read in several pieces
  reader.read(0, std::span{phases}.first(half));
  reader.read(half, std::span{phases}.subspan(half));
  return phases;
}

/// Prices of several currencies, scales, cycles and quantities, that a book may or may not take.
PhaseRecord any_price() {
  const auto scale = *between(0, 5);
  const auto coefficient =
      *rc::gen::oneOf(between<std::int64_t>(-3, 100'000), between<std::int64_t>(2'147'483'000, 2'147'484'000),
                      between<std::int64_t>(0, 1'000'000'000'000));
  return {
      .subscription = "s",
      .customer = "ann",
      .plan = "pro",
      .starts_on = day("2024-01-01"),
      .ends_on = {},
      .price = {Decimal{coefficient, scale}, Currency{*rc::gen::element<std::string>("USD", "JPY", "KWD")}},
      .cycle = {*rc::gen::element(BillingInterval::day, BillingInterval::week, BillingInterval::month,
                                  BillingInterval::year),
                *rc::gen::element(1, 1, 3)},
      .quantity = *rc::gen::element<std::int64_t>(1, 1, 0, 12, 5000)};
}

RC_GTEST_PROP(PlainPhase, is_worth_its_run_rate_in_ticks, ()) {
  Records records;
  std::vector<PhaseRecord> prices;
  const bool of_one_unit = *rc::gen::arbitrary<bool>();
  for (int n = *between(1, 12); n > 0; --n) {
    prices.push_back(any_price());
    if (of_one_unit) prices.back().quantity = prices.back().cycle.count = 1;
    records.add(prices.back());
  }
  BookRules rules;
  if (*rc::gen::arbitrary<bool>())
    rules.normalisation.per_year[static_cast<std::size_t>(BillingInterval::week)] = {36525, 700};
  const std::vector<PlainPhase> read_ones = read(records, rules);
  int plain = 0;
  for (std::size_t i = 0; i < prices.size(); ++i) {
    const PhaseRecord& price = prices[i];
    RC_ASSERT(read_ones[i].row == i);
    RC_ASSERT(read_ones[i].from == price.starts_on.days());
    RC_ASSERT(read_ones[i].until == no_day);
    RC_ASSERT(read_ones[i].currency == price.price.currency.index());
    if (!read_ones[i].is_plain()) continue;
    ++plain;
    RC_ASSERT(read_ones[i].ticks ==
              run_rate_ticks(price.price, price.quantity, price.cycle, {}, rules.normalisation));
  }
  RC_TAG(plain > 0 ? "some are plain" : "none is plain");
}

TEST(PlainPhase, prices_as_businesses_have_them_are_plain) {
  const Records records = records_of({a_customer("ann").on("pro").at("49.00"),
                                      a_customer("bob").on("pro").at("9999999.99").yearly(),
                                      a_customer("eve").on("pro").at("5.00").times(12)});
  for (const PlainPhase& phase : read(records, {})) EXPECT_TRUE(phase.is_plain());
}

TEST(PlainPhase, what_has_more_than_a_price_or_is_not_to_count_is_not_plain) {
  for (const auto& customer :
       {a_customer("ann").on("pro").until("2023-12-31"), a_customer("ann").on("pro").at("0.00"),
        a_customer("ann").on("pro").on_trial_until("2024-02-01"),
        a_customer("ann").on("pro").at("5.00").in("EUR")}) {
    BookRules rules;
    rules.currency = Currency{"USD"};
    EXPECT_FALSE(read(records_of({customer}), rules).front().is_plain());
  }
  EXPECT_FALSE(read(records_of({a_customer("ann").on("pro")}), {}, day("2023-01-01")).front().is_plain())
      << "What was before the records begin takes more than a look at the phase.";
}

}  // namespace
}  // namespace churn

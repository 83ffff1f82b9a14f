// Books with a known truth, for tests of decisions.
//
//   const Book book = DecisionBook{.customers = 600, .effect = 2}.built(7);
//
// Customers come all the time over three years and pay by the month or the year, two in five of them. They leave at renewals
// alone: by the month with 4 %, by the year with 25 %. From 2024-01-01 on, the end being 2024-07-01, renewals of those who had
// come before and are `treated` (attribute arm=a, every other one) are lost `effect` times as often, and those of
// everybody `shock` times.
#pragma once

#include <churn/churn.hpp>

#include <cstdint>
#include <random>
#include <string>

#include "support/build_book.hpp"

namespace support {

struct DecisionBook {
  int customers{600};
  double effect{1};         ///< on existing customers of the arm a
  double effect_on_new{1};  ///< on those of it who come later
  double shock{1};
  double yearly{0.4};

  [[nodiscard]] churn::Records records(unsigned seed) const {
    std::mt19937 random{seed};
    const auto chance = [&] { return static_cast<double>(random()) / 4294967296.0; };
    const churn::Date effective = day("2024-01-01");
    const churn::Date begin = day("2021-07-01");
    churn::Records records;
    for (int i = 0; i < customers; ++i) {
      const bool treated = i % 2 == 0;
      const bool by_year = chance() < yearly;
      const churn::Date start = begin + std::chrono::days{static_cast<int>(chance() * 1096)};
      churn::Phase phase{.plan = "p",
                         .starts_on = start,
                         .ends_on = {},
                         .price = {churn::Decimal{10}, churn::Currency{"USD"}}};
      if (by_year) phase.cycle = {churn::BillingInterval::year, 1};
      for (int renewal = 1; !phase.ends_on; ++renewal) {
        const churn::Date on = churn::anniversary(start, (by_year ? 12 : 1) * renewal);
        if (on >= day("2024-07-01")) break;
        double leaves = by_year ? 0.25 : 0.04;
        if (on >= effective) leaves *= shock;
        if (on >= effective && treated) leaves *= start < effective ? effect : effect_on_new;
        if (chance() < leaves) phase.ends_on = on;
      }
      const std::string id = "c" + std::to_string(10000 + i);
      churn::Customer customer{.id = churn::CustomerId{id}};
      customer.attributes["arm"] = treated ? "a" : "b";
      records.add(customer);
      records.add(churn::Subscription{churn::SubscriptionId{id + "/1"}, customer.id, {phase}});
    }
    return records;
  }
  [[nodiscard]] churn::Book built(unsigned seed) const {
    return churn::Book::build(records(seed), day("2024-07-01")).book;
  }
  static churn::Decision decision(bool with_control = false) {
    churn::Decision decision{.effective_on = day("2024-01-01"),
                             .name = "the price change",
                             .where = churn::attribute("arm") == "a",
                             .from = day("2022-01-01")};
    if (with_control) decision.control = churn::attribute("arm") == "b";
    return decision;
  }
};

}  // namespace support

// An invented subscription business of any size, for benchmarks: the same numbers on every machine.
//
//   SyntheticBusiness business{{.customers = 100'000}};
//   business.for_each_customer([](const SyntheticCustomer& customer) { … });
//
// 60 months, 2020-01-01 to 2024-12-31, the last observed day. Customers are numbered in order of sign-up, of which
// there are five times as many a day at the end as at the beginning. A subscription starts with a trial of mostly
// 14 days; its plan, seats and price change in about one month of five. Three of four are charged by the month and
// may end in any; the others by the year, and end on an anniversary. The hazard falls with tenure to 40 % and differs
// by plan, industry and channel; 70 % of departures are wanted, 26 % are failed payments, 4 % are agreed ends. Of those
// who left, 30 % return, after about three months; 4 % of customers take a second subscription beside the first.
// Some customers have events: some 100 each, of ten kinds, fewer in the 75 days before a departure, and then more
// tickets and late payments among them.
//
// A customer is a function of seed and number; only integers are computed, so that no machine rounds otherwise.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bench {

constexpr std::int32_t first_day = 18262;  // 2020-01-01, since 1970-01-01
constexpr std::int32_t last_day = 20088;   // 2024-12-31
constexpr std::int32_t day_count = last_day - first_day + 1;
constexpr std::int32_t open_end = INT32_MAX;  // still running

constexpr std::array<std::string_view, 6> plan_names{"basic", "starter",  "team",
                                                     "pro",   "business", "enterprise"};
constexpr std::array<std::string_view, 2> interval_names{"month", "year"};
constexpr std::array<std::string_view, 4> reason_names{"", "voluntary", "payment_failed", "completed"};
constexpr std::array<std::string_view, 12> industry_names{"software",  "retail", "finance",       "health",
                                                          "education", "media",  "manufacturing", "travel",
                                                          "logistics", "energy", "public",        "other"};
constexpr std::array<std::string_view, 8> channel_names{"organic", "paid_search", "paid_social", "referral",
                                                        "partner", "outbound",    "marketplace", "event"};
constexpr std::array<std::string_view, 20> country_names{"US", "GB", "DE", "FR", "CA", "AU", "IN",
                                                         "BR", "NL", "ES", "IT", "SE", "JP", "MX",
                                                         "PL", "CH", "IE", "DK", "NO", "ZA"};
constexpr std::array<std::string_view, 4> size_names{"1-10", "11-50", "51-250", "251+"};
constexpr std::array<std::string_view, 10> kind_names{
    "login",  "session_minutes", "feature_a",     "feature_b",    "feature_c",
    "export", "invite_sent",     "ticket_opened", "late_payment", "integration_connected"};

/// Terms of a subscription that do not change. In the order of customer, start and subscription.
struct SyntheticPeriod {
  std::int64_t subscription;
  std::int32_t starts_on;
  std::int32_t ends_on;  ///< exclusive, or open_end
  std::uint8_t plan;
  std::uint8_t interval;
  std::uint8_t reason;  ///< of the last period of a subscription that ended
  std::int64_t mrr;     ///< cents a month
};

struct SyntheticEvent {
  std::int64_t at;  ///< seconds since 1970-01-01 00:00 UTC
  std::uint8_t kind;
  std::int32_t quarters;  ///< its value times 4, so that sums are exact
};

struct SyntheticCustomer {
  std::int64_t id{0};
  std::int32_t signed_up_on{0};
  std::uint8_t industry{0};
  std::uint8_t channel{0};
  std::uint8_t country{0};
  std::uint8_t size{0};
  std::vector<SyntheticPeriod> periods;
  std::vector<SyntheticEvent> events;
};

struct BusinessSize {
  std::int64_t customers{100'000};
  std::int64_t with_events{0};  ///< spread evenly over the customers
  std::uint64_t seed{1};
};

class SyntheticBusiness {
 public:
  explicit SyntheticBusiness(BusinessSize size) : size_(size) {
    std::uint64_t signups = 0;
    std::uint64_t a_day = 1'000'000;  // in 1/1000
    for (std::uint64_t& up_to : signups_up_to_) {
      up_to = signups += a_day / 1000;
      a_day += a_day / 1140;
    }
  }

  /// In order of id. What is shown is valid during the call.
  template <class Visitor>
  void for_each_customer(Visitor&& visit) {
    for (std::int64_t i = 0; i < size_.customers; ++i) {
      make(i);
      visit(static_cast<const SyntheticCustomer&>(customer_));
    }
  }

 private:
  /// splitmix64.
  struct Random {
    std::uint64_t state;
    std::uint64_t operator()() {
      std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
      return z ^ (z >> 31);
    }
    /// From 0 to n - 1.
    std::int32_t below(std::int32_t n) {
      return static_cast<std::int32_t>(((*this)() >> 32) * static_cast<std::uint64_t>(n) >> 32);
    }
    bool chance(std::int32_t in_a_million) { return below(1'000'000) < in_a_million; }
    /// An index with a probability in proportion to its weight.
    template <std::size_t N>
    std::uint8_t pick(const std::array<std::int32_t, N>& weights) {
      std::int32_t total = 0;
      for (const std::int32_t weight : weights) total += weight;
      std::int32_t drawn = below(total);
      std::size_t i = 0;
      while (drawn >= weights[i]) drawn -= weights[i++];
      return static_cast<std::uint8_t>(i);
    }
  };

  /// What a subscription costs.
  struct Terms {
    std::uint8_t plan;
    std::uint8_t interval;
    std::int32_t seats;
    std::int64_t rise;  ///< prices of this customer, in 1/1000 of the list's
    [[nodiscard]] std::int64_t mrr() const {
      static constexpr std::array<std::int64_t, 6> price{900, 2900, 4900, 9900, 19900, 49900};
      return price[plan] * seats * (interval == 1 ? 85 : 100) * rise / 100'000;
    }
  };

  void make(std::int64_t i) {
    Random random{(size_.seed << 40) + static_cast<std::uint64_t>(i)};
    random.state = random();
    customer_.id = i + 1;
    customer_.signed_up_on = signed_up_on(i, random);
    customer_.industry = random.pick(std::array{30, 18, 12, 9, 7, 6, 5, 4, 3, 3, 2, 1});
    customer_.channel = random.pick(std::array{30, 20, 14, 12, 9, 7, 5, 3});
    customer_.country =
        random.pick(std::array{80, 24, 18, 12, 10, 8, 8, 6, 6, 4, 4, 4, 3, 3, 2, 2, 2, 2, 1, 1});
    customer_.size = random.pick(std::array{55, 28, 12, 5});
    customer_.periods.clear();
    customer_.events.clear();
    has_events_ = (i + 1) * size_.with_events / size_.customers != i * size_.with_events / size_.customers;
    events_a_day_ = random.below(205'000) + random.below(205'000);

    const std::int32_t trial = random.chance(600'000) ? 14 : random.below(31);
    std::int32_t start = customer_.signed_up_on + trial;
    std::int32_t beside = random.chance(40'000) ? start + 30 + random.below(300) : open_end;
    for (int n = 0; n < 3 && start <= last_day; ++n) {
      const std::int32_t end = subscribe(start, random);
      if (beside < std::min(end, last_day + 1)) {
        const std::int32_t end_beside = n < 2 ? subscribe(beside, random) : end;
        ++n;
        beside = open_end;
        start = std::max(end, end_beside);
      } else {
        start = end;
      }
      if (start == open_end || !random.chance(300'000)) break;
      start += 3 + random.below(62);
      while (random.chance(500'000)) start += 62;
    }
    std::sort(customer_.periods.begin(), customer_.periods.end(), [](const auto& a, const auto& b) {
      return a.starts_on != b.starts_on ? a.starts_on < b.starts_on : a.subscription < b.subscription;
    });
  }

  [[nodiscard]] std::int32_t signed_up_on(std::int64_t i, Random& random) const {
    const std::uint64_t place =
        static_cast<std::uint64_t>(i) * 65536U + static_cast<std::uint64_t>(random.below(65536));
    const std::uint64_t share =
        place * signups_up_to_.back() / (static_cast<std::uint64_t>(size_.customers) * 65536U);
    const auto day = std::upper_bound(signups_up_to_.begin(), signups_up_to_.end(), share);
    return first_day + static_cast<std::int32_t>(day - signups_up_to_.begin());
  }

  /// The chance to leave in the k-th month, in a million.
  [[nodiscard]] std::int32_t hazard(std::uint8_t plan, std::int32_t k) const {
    static constexpr std::array<std::int64_t, 6> of_plan{160, 125, 100, 80, 60, 40};
    static constexpr std::array<std::int64_t, 12> of_industry{90, 125, 80,  85, 95, 130,
                                                              90, 140, 100, 80, 60, 110};
    static constexpr std::array<std::int64_t, 8> of_channel{85, 115, 140, 75, 80, 100, 120, 95};
    // 40 % + 60 % x 0.85^k
    static constexpr std::array<std::int64_t, 24> of_tenure{100, 91, 83, 77, 71, 67, 63, 59, 56, 54, 52, 50,
                                                            49,  47, 46, 45, 44, 44, 43, 43, 42, 42, 42, 41};
    const std::int64_t tenure = k < 24 ? of_tenure[static_cast<std::size_t>(k)] : 40;
    return static_cast<std::int32_t>(53'000 * of_plan[plan] / 100 * of_industry[customer_.industry] / 100 *
                                     of_channel[customer_.channel] / 100 * tenure / 100);
  }

  /// Adds the periods of one subscription; its end, or open_end.
  std::int32_t subscribe(std::int32_t start, Random& random) {
    const std::int64_t id =
        customer_.id * 4 + (customer_.periods.empty() ? 0 : customer_.periods.back().subscription % 4 + 1);
    Terms terms{.plan = random.pick(std::array{22, 28, 22, 15, 9, 4}),
                .interval = static_cast<std::uint8_t>(random.chance(280'000) ? 1 : 0),
                .seats = 1,
                .rise = 1000};
    if (customer_.size >= 2 && terms.plan < 2 && random.chance(600'000)) terms.plan += 2;
    terms.seats += random.below(1 + customer_.size * 4 + terms.plan);

    std::int32_t from = start;
    for (std::int32_t k = 0;; ++k) {
      const std::int32_t month = start + k / 12 * 365 + k % 12 * 30;
      if (month > last_day) break;
      std::int32_t end = open_end;
      const std::int32_t leaves = hazard(terms.plan, k);
      if (terms.interval == 0) {
        if (random.chance(leaves)) end = std::max(from, month + random.below(30)) + 1;
      } else if (k > 0 && k % 12 == 0 && random.chance(std::min(6 * leaves, 700'000))) {
        end = std::max(from + 1, month);
      }
      const std::int32_t change = month + 1 + random.below(29);
      if (random.chance(192'000) && change > from && change < end && change <= last_day) {
        const Terms before = terms;
        renegotiate(terms, random);
        if (terms.mrr() != before.mrr()) {
          add_period(id, from, change, before, 0);
          from = change;
        }
      }
      if (end <= last_day) {
        add_period(id, from, end, terms, static_cast<std::uint8_t>(1 + random.pick(std::array{70, 26, 4})));
        if (has_events_) add_events(start, end, true, random);
        return end;
      }
    }
    add_period(id, from, open_end, terms, 0);
    if (has_events_) add_events(start, last_day + 1, false, random);
    return open_end;
  }

  static void renegotiate(Terms& terms, Random& random) {
    switch (random.pick(std::array{48, 22, 15, 6, 9})) {
      case 0: terms.seats += 1 + random.below(1 + terms.seats / 3); break;
      case 1: terms.seats = std::max(1, terms.seats - 1 - random.below(1 + terms.seats / 4)); break;
      case 2: terms.plan = static_cast<std::uint8_t>(std::min(terms.plan + 1, 5)); break;
      case 3: terms.plan = static_cast<std::uint8_t>(std::max(terms.plan - 1, 0)); break;
      default: terms.rise = terms.rise * 105 / 100;
    }
  }

  void add_period(std::int64_t id, std::int32_t from, std::int32_t until, const Terms& terms,
                  std::uint8_t reason) {
    customer_.periods.push_back({id, from, until, terms.plan, terms.interval, reason, terms.mrr()});
  }

  void add_events(std::int32_t from, std::int32_t until, bool left, Random& random) {
    constexpr std::int64_t day = 86'400;
    const std::int64_t expected = static_cast<std::int64_t>(events_a_day_) * (until - from);
    const std::int64_t count =
        expected / 1'000'000 + (random.chance(static_cast<std::int32_t>(expected % 1'000'000)) ? 1 : 0);
    for (std::int64_t n = 0; n < count; ++n) {
      const std::int32_t on = from + random.below(until - from);
      const std::int32_t days_left = until - on;
      if (left && days_left < 75 && random.below(1000) > 150 + 850 * days_left / 75) continue;
      std::uint8_t kind = random.pick(std::array{68, 44, 24, 18, 14, 10, 8, 6, 3, 5});
      if (left && days_left < 60 && random.chance(80'000)) kind = random.chance(500'000) ? 7 : 8;
      const std::int32_t quarters = kind == 1   ? 1 + random.below(480)
                                    : kind == 8 ? 4 * (1 + random.below(30))
                                                : 4;
      customer_.events.push_back({on * day + random.below(static_cast<std::int32_t>(day)), kind, quarters});
    }
  }

  BusinessSize size_;
  std::array<std::uint64_t, day_count> signups_up_to_{};
  SyntheticCustomer customer_;
  bool has_events_{false};
  std::int32_t events_a_day_{0};  // in a million
};

}  // namespace bench

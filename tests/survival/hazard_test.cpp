#include <churn/survival/hazard.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <churn/stats/poisson_interval.hpp>
#include <churn/survival/nelson_aalen.hpp>

#include "core/error_of.hpp"
#include "support/build_book.hpp"
#include "survival/random_spells.hpp"
#include "survival/spell_data.hpp"

namespace churn {
namespace {

using core_test::error_of;
using survival_test::random_spells;
using survival_test::SpellData;

RiskTable table_of(const std::vector<std::int32_t>& exit, const std::vector<std::uint8_t>& event,
                   const std::vector<std::int32_t>& entry = {}) {
  return risk_table({.entry = entry, .exit = exit, .event = event});
}

// ---- by intervals of tenure

TEST(Hazard, divides_departures_by_the_days_at_risk) {
  const HazardByTenure hazard = hazard_by_tenure(table_of({10, 30, 31, 70}, {1, 1, 0, 1}));
  ASSERT_EQ(hazard.rows.size(), 3U);
  EXPECT_EQ(hazard.rows[0].from, 0);
  EXPECT_EQ(hazard.rows[0].to, 30);
  EXPECT_EQ(hazard.rows[0].spells, 4);
  EXPECT_EQ(hazard.rows[0].events, 2) << "a departure at the end belongs to the interval before";
  EXPECT_EQ(hazard.rows[0].days_at_risk, 10 + 3 * 30);
  EXPECT_EQ(hazard.rows[0].rate, 0.02);
  EXPECT_EQ(hazard.rows[0].interval, poisson_interval(2, 100));
  EXPECT_EQ(hazard.rows[1].spells, 2);
  EXPECT_EQ(hazard.rows[1].events, 0);
  EXPECT_EQ(hazard.rows[1].days_at_risk, 1 + 30);
  EXPECT_EQ(hazard.rows[1].rate, 0);
  EXPECT_EQ(hazard.rows[1].interval->low, 0);
  EXPECT_EQ(hazard.rows[2].to, 90);
  EXPECT_EQ(hazard.rows[2].days_at_risk, 10);
}

// R: poisson.test(2, 100)$conf.int
TEST(Hazard, has_the_exact_interval_of_r) {
  const HazardByTenure hazard = hazard_by_tenure(table_of({10, 30, 31, 70}, {1, 1, 0, 1}));
  EXPECT_NEAR(hazard.rows[0].interval->low, 0.00242209278543965, 1e-15);
  EXPECT_NEAR(hazard.rows[0].interval->high, 0.07224687667723959, 1e-15);
}

TEST(Hazard, of_late_entries_counts_only_days_after_them) {
  const HazardByTenure hazard =
      hazard_by_tenure(table_of({40, 50}, {1, 1}, {35, 10}), {.cuts = {0, 10, 20, 45, 100, 200}});
  ASSERT_EQ(hazard.rows.size(), 5U);
  EXPECT_EQ(hazard.rows[0].days_at_risk, 0);
  EXPECT_EQ(hazard.rows[0].spells, 0);
  EXPECT_EQ(hazard.rows[0].rate, std::nullopt);
  EXPECT_EQ(hazard.rows[1].days_at_risk, 10);
  EXPECT_EQ(hazard.rows[1].spells, 1);
  EXPECT_EQ(hazard.rows[2].days_at_risk, 25 + 5);
  EXPECT_EQ(hazard.rows[2].spells, 2);
  EXPECT_EQ(hazard.rows[2].events, 1);
  EXPECT_EQ(hazard.rows[3].days_at_risk, 5);
  EXPECT_EQ(hazard.rows[4].rate, std::nullopt) << "nobody was observed for so long";
}

TEST(Hazard, of_cuts_that_begin_later_leaves_out_what_was_before) {
  const HazardByTenure hazard = hazard_by_tenure(table_of({5, 10, 20}, {1, 1, 1}), {.cuts = {10, 30}});
  ASSERT_EQ(hazard.rows.size(), 1U);
  EXPECT_EQ(hazard.rows[0].spells, 1);
  EXPECT_EQ(hazard.rows[0].events, 1);
  EXPECT_EQ(hazard.rows[0].days_at_risk, 10);
}

TEST(Hazard, departures_at_tenure_0_count_but_have_no_days) {
  const HazardByTenure mixed = hazard_by_tenure(table_of({0, 10}, {1, 0}));
  EXPECT_EQ(mixed.rows[0].spells, 2);
  EXPECT_EQ(mixed.rows[0].events, 1);
  EXPECT_EQ(mixed.rows[0].days_at_risk, 10);
  const HazardByTenure at_once = hazard_by_tenure(table_of({0, 0}, {1, 1}));
  ASSERT_EQ(at_once.rows.size(), 1U);
  EXPECT_EQ(at_once.rows[0].events, 2);
  EXPECT_EQ(at_once.rows[0].rate, std::nullopt);
  EXPECT_EQ(hazard_peak(at_once), std::nullopt);
  EXPECT_TRUE(smooth_hazard(table_of({0, 0}, {1, 1})).rows.empty());
}

TEST(Hazard, of_everybody_leaving_on_day_one_is_1_a_day) {
  const HazardByTenure hazard = hazard_by_tenure(table_of({1, 1, 1}, {1, 1, 1}));
  EXPECT_EQ(hazard.rows[0].rate, 1);
  EXPECT_EQ(hazard_peak(hazard)->rate_elsewhere, std::nullopt);
  const SmoothHazard smooth = smooth_hazard(table_of({1, 1, 1}, {1, 1, 1}));
  ASSERT_EQ(smooth.rows.size(), 2U);
  EXPECT_NEAR(smooth.rows[0].rate.value(), 1, 1e-15);
  EXPECT_NEAR(smooth.rows[1].rate.value(), 1, 1e-15);
}

TEST(Hazard, of_nobody_that_left_is_0_and_has_no_peak) {
  const HazardByTenure hazard = hazard_by_tenure(table_of({50, 60}, {0, 0}));
  EXPECT_EQ(hazard.rows[1].rate, 0);
  EXPECT_EQ(hazard.rows[1].interval->low, 0);
  EXPECT_GT(hazard.rows[1].interval->high, 0);
  EXPECT_FALSE(hazard_peak(hazard));
  for (const SmoothHazardRow& row : smooth_hazard(table_of({50, 60}, {0, 0})).rows) {
    EXPECT_EQ(row.rate, 0);
    EXPECT_EQ(row.interval->low, 0);
    EXPECT_GT(row.interval->high, 0) << "nobody of two says little";
  }
}

TEST(Hazard, of_nobody_has_no_rows_and_of_one_customer_has) {
  EXPECT_TRUE(hazard_by_tenure({}).rows.empty());
  EXPECT_EQ(hazard_by_tenure({}, {.cuts = {0, 30}}).rows[0].rate, std::nullopt);
  EXPECT_FALSE(hazard_peak(hazard_by_tenure({})));
  EXPECT_TRUE(hazard_table(hazard_by_tenure({})).rows.empty());
  EXPECT_TRUE(smooth_hazard({}).rows.empty());
  EXPECT_TRUE(hazard_by_tenure(table_of({5}, {1}, {5})).rows.empty()) << "entry is exit";
  EXPECT_EQ(hazard_by_tenure(table_of({40}, {1})).rows[1].rate, 0.1);
}

TEST(Hazard, what_can_not_be_asked_is_refused) {
  const RiskTable table = table_of({10, 30}, {1, 1});
  EXPECT_EQ(error_of([&] { (void)hazard_by_tenure(table, {.days = 0}); }), "bad_number");
  EXPECT_EQ(error_of([&] { (void)hazard_by_tenure(table, {.confidence = 1}); }), "bad_number");
  for (const std::vector<std::int32_t>& cuts :
       std::vector<std::vector<std::int32_t>>{{5}, {-1, 5}, {5, 5}, {9, 5}})
    EXPECT_EQ(error_of([&] { (void)hazard_by_tenure(table, {.cuts = cuts}); }), "bad_period");
  RiskTable without_entries = table;
  without_entries.entries.clear();
  EXPECT_EQ(error_of([&] { (void)hazard_by_tenure(without_entries); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)smooth_hazard(without_entries); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)smooth_hazard(table, {.confidence = 0}); }), "bad_number");
  EXPECT_EQ(error_of([&] { (void)smooth_hazard(table, {.step = 0}); }), "bad_number");
  for (const double bandwidth : {0.0, -1.0, 15.1, std::nan("")})
    EXPECT_EQ(error_of([&] { (void)smooth_hazard(table, {.bandwidth = bandwidth}); }), "bad_number");
  for (const std::int32_t until : {0, 31, -5})
    EXPECT_EQ(error_of([&] { (void)smooth_hazard(table, {.until = until}); }), "out_of_range");
  RiskTable huge;
  huge.entries = {{0, std::numeric_limits<std::int64_t>::max()}};
  huge.rows = {{30, huge.entries[0].count, 1, huge.entries[0].count - 1}};
  EXPECT_EQ(error_of([&] { (void)hazard_by_tenure(huge); }), "overflow");
}

TEST(Hazard, the_longest_tenure_that_there_can_be_ends_the_last_interval) {
  const std::int32_t longest = std::numeric_limits<std::int32_t>::max();
  const HazardByTenure hazard = hazard_by_tenure(table_of({longest}, {1}), {.days = 1'500'000'000});
  ASSERT_EQ(hazard.rows.size(), 2U);
  EXPECT_EQ(hazard.rows[1].to, longest);
  EXPECT_EQ(hazard.rows[0].days_at_risk + hazard.rows[1].days_at_risk, longest);
}

/// For each spell and day by itself.
RC_GTEST_PROP(Hazard, counts_the_days_of_every_spell_one_by_one, ()) {
  SpellData data = random_spells(30, 40, true);
  for (std::int32_t& exit : data.exit)
    if (*rc::gen::inRange(0, 8) == 0) exit = 0;  // tenure 0 where the entry allows it
  for (std::size_t i = 0; i < data.exit.size(); ++i) data.entry[i] = std::min(data.entry[i], data.exit[i]);
  const auto days = *rc::gen::inRange<std::int32_t>(1, 20);
  const HazardByTenure hazard = hazard_by_tenure(risk_table(data.columns()), {.days = days});
  for (const HazardRow& row : hazard.rows) {
    std::int64_t spells = 0;
    std::int64_t events = 0;
    std::int64_t at_risk = 0;
    for (std::size_t i = 0; i < data.exit.size(); ++i) {
      const bool at_once = data.exit[i] == 0 && row.from == 0;
      std::int64_t mine = 0;
      for (std::int32_t day = row.from + 1; day <= row.to; ++day)
        mine += data.entry[i] < day && day <= data.exit[i] ? 1 : 0;
      at_risk += mine;
      spells += mine > 0 || at_once ? 1 : 0;
      const bool ends_here = (mine > 0 && data.exit[i] <= row.to) || at_once;
      events += data.event[i] != 0 && ends_here ? 1 : 0;
    }
    RC_ASSERT(row.days_at_risk == at_risk);
    RC_ASSERT(row.spells == spells);
    RC_ASSERT(row.events == events);
    RC_ASSERT(row.rate.has_value() == (at_risk > 0));
    if (row.rate) RC_ASSERT(row.interval->low <= *row.rate && *row.rate <= row.interval->high);
  }
}

RC_GTEST_PROP(Hazard, adds_up_over_intervals, ()) {
  const RiskTable table = risk_table(random_spells(40, 60, true).columns());
  std::int64_t events = 0;
  std::int64_t days = 0;
  for (const HazardRow& row : hazard_by_tenure(table, {.days = 7}).rows) {
    events += row.events;
    days += row.days_at_risk;
  }
  RC_ASSERT(events == table.events);
  if (!table.rows.empty())
    RC_ASSERT(days == hazard_by_tenure(table, {.cuts = {0, 1000}}).rows[0].days_at_risk);
}

TEST(Hazard, of_a_book_is_that_of_its_spells) {
  const Book book = support::book_as_of(
      "2024-02-01", {support::a_customer("a").on("pro").from("2024-01-01").until("2024-01-11"),
                     support::a_customer("b").on("pro").from("2024-01-02")});
  const HazardByTenure hazard = hazard_by_tenure(risk_table(LifeTable::fold(book)));
  EXPECT_EQ(hazard.rows[0].events, 1);
  EXPECT_EQ(hazard.rows[0].days_at_risk, 10 + 29);
}

// ---- where most leave

TEST(Hazard, the_peak_is_where_the_rate_is_high_for_sure_and_not_where_few_are_left) {
  // 100 of 1000 leave on day 5 and 30 on day 45; of the last two, one leaves on day 61: the highest rate of all.
  std::vector<std::int32_t> exit(100, 5);
  exit.insert(exit.end(), 30, 45);
  exit.insert(exit.end(), 868, 60);
  exit.insert(exit.end(), {61, 62});
  std::vector<std::uint8_t> event(1000, 1);
  std::fill(event.begin() + 130, event.begin() + 998, std::uint8_t{0});
  event[999] = 0;
  const HazardByTenure hazard = hazard_by_tenure(table_of(exit, event));
  ASSERT_EQ(hazard.rows.size(), 3U);
  EXPECT_GT(hazard.rows[2].rate, hazard.rows[0].rate);
  const std::optional<HazardPeak> peak = hazard_peak(hazard);
  ASSERT_TRUE(peak);
  EXPECT_EQ(peak->row.from, 0);
  EXPECT_EQ(peak->row.events, 100);
  EXPECT_EQ(peak->row.spells, 1000);
  EXPECT_EQ(peak->row.days_at_risk, 100 * 5 + 900 * 30);
  EXPECT_EQ(peak->among, 3U);
  EXPECT_EQ(peak->events_elsewhere, 31);
  EXPECT_EQ(peak->days_elsewhere, 30 * 15 + 870 * 30 + 1 + 2);
  EXPECT_EQ(peak->interval, poisson_interval(100, 27500, 1 - 0.05 / 3)) << "raised for three";
  EXPECT_LT(peak->interval.low, peak->row.interval->low);
  EXPECT_GT(peak->interval.low, peak->rate_elsewhere.value());
}

// ---- smoothed

/// Each day 10 of 1000 leave and 10 come: at risk there are always 1000.
RiskTable constant_hazard(std::int32_t days) {
  RiskTable table;
  table.entries.push_back({0, 1000});
  table.late_entry = true;
  for (std::int32_t day = 1; day <= days; ++day) {
    table.rows.push_back({day, 1000, 10, day == days ? 990 : 0});
    if (day < days) table.entries.push_back({day, 10});
  }
  return table;
}

TEST(Hazard, smoothed_a_constant_one_is_constant_up_to_both_ends) {
  const RiskTable table = constant_hazard(200);
  for (const double bandwidth : {0.3, 1.0, 7.5, 60.0, 100.0}) {
    const SmoothHazard smooth = smooth_hazard(table, {.bandwidth = bandwidth, .step = 1});
    ASSERT_EQ(smooth.rows.size(), 201U);
    EXPECT_EQ(smooth.rows.front().time, 0);
    EXPECT_EQ(smooth.rows.back().time, 200);
    // Kernels have the mass 1; some hundred differences of their integral are added, each below 10.
    for (const SmoothHazardRow& row : smooth.rows) {
      EXPECT_NEAR(row.rate.value(), 0.01, 1e-14) << bandwidth << " " << row.time;
      EXPECT_EQ(row.at_risk, 1000);
      EXPECT_TRUE(row.interval);
    }
  }
}

// At day t a share of (2t - 1) / 10^6 leaves, the integral of 2u / 10^6 over the day. Days are steps, so what the
// kernel makes of them differs from the line by less than a step, 2e-6, and much less inside.
TEST(Hazard, smoothed_a_line_stays_a_line_up_to_both_ends) {
  RiskTable table;
  table.entries.push_back({0, 1'000'000});
  table.late_entry = true;
  for (std::int32_t day = 1; day <= 200; ++day) {  // as many come as leave
    table.rows.push_back({day, 1'000'000, 2 * day - 1, day == 200 ? 1'000'000 - 399 : 0});
    if (day < 200) table.entries.push_back({day, 2 * day - 1});
  }
  const SmoothHazard smooth = smooth_hazard(table, {.bandwidth = 40, .step = 1});
  ASSERT_EQ(smooth.rows.size(), 201U);
  for (const SmoothHazardRow& row : smooth.rows) {
    EXPECT_NEAR(row.rate.value(), 2e-6 * row.time, 2e-7) << row.time;
  }
}

/// Mueller's and Wang's kernel as published.
double kernel(double q, double x) {
  if (x < -1 || x > q) return 0;
  return 12 * (x + 1) * (x * (1 - 2 * q) + (3 * q * q - 2 * q + 1) / 2) / std::pow(1 + q, 4);
}

/// The weight of (day - 1, day] at s, by Simpson's rule over the part where the kernel is not 0, where it is exact.
double slow_weight(double s, double b, double from, double until, double day) {
  const bool at_the_end = s + b > until;
  const double q = std::min({1.0, (s - from) / b, (until - s) / b});
  const double reach_left = at_the_end ? b : q * b;
  const double reach_right = at_the_end ? q * b : b;
  const double u0 = std::max(day - 1, s - reach_left);
  const double u1 = std::min(day, s + reach_right);
  if (u1 <= u0) return 0;
  const auto k = [&](double u) {
    const double x = (at_the_end ? u - s : s - u) / b;
    return kernel(q, std::clamp(x, -1.0, q)) / b;
  };
  return (u1 - u0) / 6 * (k(u0) + 4 * k((u0 + u1) / 2) + k(u1));
}

RC_GTEST_PROP(Hazard, smoothed_equals_the_formula, ()) {
  const SpellData data = random_spells(40, 50, true);
  const RiskTable table = risk_table(data.columns());
  if (table.rows.empty()) return;
  const std::int32_t from = table.entries.front().day;
  const std::int32_t until = table.rows.back().time;
  const double half = (until - from) / 2.0;
  const double b = half * *rc::gen::element(0.03, 0.2, 0.5, 1.0);
  const SmoothHazard smooth = smooth_hazard(table, {.bandwidth = b, .until = until, .step = 1});
  RC_ASSERT(smooth.from == from && smooth.until == until);
  RC_ASSERT(smooth.rows.size() == static_cast<std::size_t>(until - from) + 1);
  for (const SmoothHazardRow& row : smooth.rows) {
    double rate = 0;
    double variance = 0;
    for (const RiskRow& at : table.rows) {
      const double weight = slow_weight(row.time, b, from, until, std::max(at.time, from + 1));
      const auto n = static_cast<double>(at.at_risk);
      rate += weight * static_cast<double>(at.events) / n;
      variance += weight * weight * static_cast<double>(at.events) / (n * n);
    }
    std::int64_t at_risk = 0;
    const std::int32_t day = std::max(row.time, from + 1);
    for (std::size_t i = 0; i < data.exit.size(); ++i)
      at_risk += data.entry[i] < day && day <= data.exit[i] ? 1 : 0;
    RC_ASSERT(row.at_risk == at_risk);
    RC_ASSERT(row.rate.has_value() == (at_risk > 0));
    if (!row.rate) continue;
    // Some dozen weights of at most 1; those of small bandwidths are differences of numbers near 1.
    RC_ASSERT(std::abs(*row.rate - std::max(rate, 0.0)) <= 1e-12);
    RC_ASSERT(std::abs(*row.std_error - std::sqrt(variance)) <= 1e-7);  // a root of what may be 1e-16 off 0
    RC_ASSERT(0 <= row.interval->low && row.interval->low <= *row.rate && *row.rate <= row.interval->high);
  }
}

// Departures of one day weigh the same, so the lower end is that of their count. The upper end would be, too, if none
// could weigh more than they do; in the middle, on day 10, none can.
TEST(Hazard, smoothed_has_the_exact_interval_where_all_weigh_the_same) {
  std::vector<std::int32_t> exit(5, 10);
  exit.insert(exit.end(), 95, 19);
  std::vector<std::uint8_t> event(100, 0);
  std::fill(event.begin(), event.begin() + 5, std::uint8_t{1});
  const SmoothHazard smooth = smooth_hazard(table_of(exit, event), {.bandwidth = 6, .step = 1});
  const SmoothHazardRow& row = smooth.rows[9];
  const double weight = row.rate.value() / 5;
  const Interval exact = poisson_interval(5, 1 / weight).value();
  EXPECT_NEAR(row.interval->low, exact.low, 1e-14);
  EXPECT_NEAR(row.interval->high, exact.high, 1e-14);
  EXPECT_NEAR(row.std_error.value(), weight * std::sqrt(5.0), 1e-15);
}

// At tenure 0 the boundary kernel takes what happens from half its bandwidth on as a sign of less before it.
TEST(Hazard, smoothed_below_0_is_0_with_an_upper_end_as_wide_as_its_error) {
  std::vector<std::int32_t> exit(5000, 8);
  exit.insert(exit.end(), 15000, 21);
  std::vector<std::uint8_t> event(20000, 0);
  std::fill(event.begin(), event.begin() + 5000, std::uint8_t{1});
  const SmoothHazardRow row = smooth_hazard(table_of(exit, event), {.bandwidth = 10, .step = 1}).rows[0];
  EXPECT_EQ(row.rate, 0);
  EXPECT_GT(row.std_error.value(), 1e-4);
  EXPECT_EQ(row.interval->low, 0);
  EXPECT_GT(row.interval->high, 1.96 * row.std_error.value());
  EXPECT_LT(row.interval->high, 3 * row.std_error.value());
}

// Inside, the kernel only moves what comes together: over all tenures the smoothed hazard has the area of
// Nelson-Aalen. A row a day, by the trapezoid; the ends are corrected, so the area is kept only roughly there.
TEST(Hazard, smoothed_has_nearly_the_area_of_nelson_aalen) {
  SpellData data;
  std::int64_t state = 20240101;  // Lehmer's generator
  for (int i = 0; i < 2000; ++i) {
    state = state * 16807 % 2147483647;
    const double u = static_cast<double>(state) / 2147483647.0;
    state = state * 16807 % 2147483647;
    const double stay = -200 * std::log(u);
    const double known = 300 * static_cast<double>(state) / 2147483647.0;
    data.exit.push_back(static_cast<std::int32_t>(std::min(stay, known)) + 1);
    data.event.push_back(stay < known ? 1 : 0);
  }
  const RiskTable table = risk_table(data.columns());
  const SmoothHazard smooth = smooth_hazard(table, {.until = 250, .step = 1});
  double area = 0;
  std::size_t holds = 0;
  for (std::size_t i = 0; i < smooth.rows.size(); ++i) {
    area += smooth.rows[i].rate.value() * (i == 0 || i + 1 == smooth.rows.size() ? 0.5 : 1);
    if (smooth.rows[i].interval->low <= 1 / 200.0 && 1 / 200.0 <= smooth.rows[i].interval->high) ++holds;
  }
  EXPECT_NEAR(area, nelson_aalen(table).at(250).value(), 0.02);
  // The bandwidth by its rule.
  EXPECT_NEAR(smooth.bandwidth, 250 / (8 * std::pow(static_cast<double>(smooth.events), 0.2)), 1e-12);
  // The true hazard is 1/200 a day: of 95 % intervals that lean on each other most hold it.
  EXPECT_GT(holds, smooth.rows.size() * 8 / 10);
}

TEST(Hazard, smoothed_ends_where_ten_were_at_risk_last_and_has_about_a_hundred_rows) {
  std::vector<std::int32_t> exit;
  for (std::int32_t i = 0; i < 100; ++i) exit.push_back(10 * (i + 1));
  const SmoothHazard smooth = smooth_hazard(table_of(exit, std::vector<std::uint8_t>(100, 1)));
  EXPECT_EQ(smooth.until, 910);
  EXPECT_EQ(smooth.rows.size(), 92U);
  EXPECT_EQ(smooth.rows[1].time, 10);
  EXPECT_EQ(smooth.rows.back().time, 910);
  EXPECT_EQ(smooth.events, 91);
  const SmoothHazard few = smooth_hazard(table_of({10, 20}, {1, 1}));
  EXPECT_EQ(few.until, 20) << "there never were ten";
}

TEST(Hazard, smoothed_is_not_known_where_nobody_was_at_risk) {
  const SmoothHazard smooth =
      smooth_hazard(table_of({10, 100}, {1, 1}, {0, 50}), {.bandwidth = 5, .step = 10});
  ASSERT_EQ(smooth.rows.size(), 11U);
  EXPECT_TRUE(smooth.rows[1].rate);
  EXPECT_EQ(smooth.rows[3].rate, std::nullopt);
  EXPECT_EQ(smooth.rows[3].at_risk, 0);
  EXPECT_EQ(smooth.rows[6].rate, 0);
}

TEST(Hazard, says_in_a_sentence_where_most_leave_or_that_nothing_stands_out) {
  // 100 spells: 40 end on day 45, the others run to day 90 but for one that ends on day 75.
  std::vector<std::int32_t> exit(100, 90);
  std::vector<std::uint8_t> event(100, 0);
  std::fill_n(exit.begin(), 40, 45);
  std::fill_n(event.begin(), 40, std::uint8_t{1});
  exit[40] = 75;
  event[40] = 1;
  // 40 in 100 x 30 - 40 x 15 days: 50 of 100 in 30 days; elsewhere 1 in 3000 + 60 x 30 - 15. The interval is exact
  // Poisson's at 1 - 0.05 / 3: poisson.test(40, 2400 / 30, conf.level = 1 - 0.05 / 3)$conf.int.
  EXPECT_EQ(hazard_sentence(hazard_by_tenure(table_of(exit, event))),
            "Most leave from day 30 to 60: 50 of 100 in 30 days (95 %, as the highest of 3: 33.1 to 72.4), "
            "and 0.63 at "
            "other tenures.");
  // 3 * pbinom(39, 41, 2400 / (2400 + 4785), lower.tail = FALSE), printed with seven digits.
  EXPECT_NEAR(hazard_peak(hazard_by_tenure(table_of(exit, event)))->p->value, 7.413439e-18, 5e-25);
  // One that leaves, and none elsewhere, is no peak: by chance one time in three, of three intervals.
  event[40] = 0;
  std::fill_n(event.begin(), 39, std::uint8_t{0});
  const HazardByTenure one = hazard_by_tenure(table_of(exit, event));
  EXPECT_EQ(hazard_sentence(one),
            "No tenure stands out: the surest high is day 30 to 60, where 1 left, but that may be chance.");
  EXPECT_EQ(hazard_peak(one)->p->value, 1);
  EXPECT_EQ(hazard_sentence(hazard_by_tenure(table_of({10, 20}, {0, 0}))),
            "Nobody left in the days that were observed.");
  EXPECT_EQ(hazard_sentence(hazard_by_tenure(table_of({10, 40, 70}, {1, 1, 1}))).find("No tenure stands out"),
            0U);
}

TEST(Hazard, tables_have_a_row_a_row) {
  const RiskTable table = table_of({10, 70}, {1, 1}, {0, 60});
  const Table by_tenure = hazard_table(hazard_by_tenure(table));
  EXPECT_EQ(by_tenure.columns, (std::vector<std::string>{"from", "to", "spells", "events", "days_at_risk",
                                                         "rate", "ci_low", "ci_high"}));
  EXPECT_EQ(by_tenure.rows[0][5], Cell{0.1});
  EXPECT_EQ(by_tenure.rows[1][5], Cell{});
  EXPECT_EQ(by_tenure.rows[1][6], Cell{});
  const Table smoothed = smooth_hazard_table(smooth_hazard(table, {.step = 35}));
  EXPECT_EQ(smoothed.columns, (std::vector<std::string>{"time", "at_risk", "events", "rate", "std_error",
                                                        "ci_low", "ci_high"}));
  EXPECT_EQ(smoothed.rows[1][3], Cell{});
  EXPECT_EQ(smoothed.rows.size(), 3U);
}

}  // namespace
}  // namespace churn

#include <churn/stats/change_point.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include <churn/stats/binomial_interval.hpp>

#include "core/error_of.hpp"
#include "stats/some_series.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using stats_test::any_series;

/// The least cost over all ways to cut, tried one by one: every subset of places at which a level may begin.
double least_cost(const Series& series, const ChangeRule& rule) {
  std::vector<Ratio> counts;
  for (const auto& period : series)
    if (period && period->denominator > 0) counts.push_back(*period);
  const std::size_t n = counts.size();
  if (n == 0) return 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::uint32_t cuts = 0; cuts < (1U << (n - 1)); ++cuts) {
    double cost = 0;
    bool allowed = true;
    std::size_t levels = 0;
    double x = 0;
    double base = 0;
    std::size_t length = 0;
    for (std::size_t i = 0; i < n; ++i) {
      x += static_cast<double>(counts[i].numerator);
      base += static_cast<double>(counts[i].denominator);
      ++length;
      const bool ends = i + 1 == n || ((cuts >> i) & 1U) != 0;
      if (!ends) continue;
      const double r = x / base;
      double likelihood = x > 0 ? x * std::log(r) : 0;
      if (rule.model == CountModel::binomial)
        likelihood += base - x > 0 ? (base - x) * std::log(1 - r) : 0;
      else
        likelihood -= x;
      cost += -2 * likelihood / rule.overdispersion;
      if (rule.penalty == ChangePenalty::modified_bic)
        cost += std::log(static_cast<double>(length) / static_cast<double>(n));
      allowed = allowed && (length >= rule.shortest || cuts == 0);
      ++levels;
      x = base = 0;
      length = 0;
    }
    cost += static_cast<double>(levels - 1) * (rule.penalty == ChangePenalty::bic ? 2 : 3) *
            std::log(static_cast<double>(n));
    if (allowed) least = std::min(least, cost);
  }
  return least;
}

// Costs are below 10^4 and sums of some ten logarithms: good to some 1e-11.
RC_GTEST_PROP(ChangePoint, no_other_way_to_cut_is_better, ()) {
  const Series series = any_series(0, 11, *rc::gen::element<std::int64_t>(3, 40, 400));
  ChangeRule rule;
  rule.model = *rc::gen::element(CountModel::binomial, CountModel::poisson);
  rule.penalty = *rc::gen::element(ChangePenalty::bic, ChangePenalty::modified_bic);
  rule.shortest = *between<std::size_t>(1, 5);
  rule.overdispersion = *rc::gen::element(0.5, 1.0, 4.0);
  const auto found = change_points(series, rule);
  RC_ASSERT(std::abs(found.cost - least_cost(series, rule)) < 1e-9);
}

RC_GTEST_PROP(ChangePoint, levels_cover_every_period_once_and_hold_all_counts, ()) {
  const Series series = any_series(0, 40, *rc::gen::element<std::int64_t>(3, 400));
  const auto found = change_points(series);
  RC_ASSERT(found.levels.empty() == (periods_with_value(series) == 0));
  std::size_t at = 0;
  for (const Level& level : found.levels) {
    RC_ASSERT(level.first == at && level.end > at);
    RC_ASSERT(level.gain.has_value() == (level.first > 0));
    std::int64_t lost = 0;
    std::int64_t present = 0;
    for (; at < level.end; ++at) {
      if (!series[at]) continue;
      lost += series[at]->numerator;
      present += series[at]->denominator;
    }
    RC_ASSERT(lost == level.numerator && present == level.denominator);
    RC_ASSERT(level.interval.low <= level.rate && level.rate <= level.interval.high);
  }
  if (!found.levels.empty()) RC_ASSERT(at == series.size());
}

TEST(ChangePoint, a_step_is_found_where_it_is_with_its_gain) {
  Series series(20, Ratio{4, 100});
  for (std::size_t i = 10; i < 20; ++i) series[i] = Ratio{8, 100};
  series[10] = Ratio{8, 100};
  const auto found = change_points(series);
  ASSERT_EQ(found.levels.size(), 2U);
  EXPECT_EQ(found.levels[0].end, 10U);
  EXPECT_EQ(found.levels[1].first, 10U);
  EXPECT_EQ(found.levels[1].numerator, 80);
  EXPECT_EQ(found.levels[1].denominator, 1000);
  EXPECT_EQ(found.levels[1].rate, 0.08);
  EXPECT_EQ(found.levels[0].gain, std::nullopt);
  // R 4.2.2: L <- function(x, n) -2*(x*log(x/n) + (n-x)*log(1-x/n)); L(120, 2000) - L(40, 1000) - L(80, 1000).
  // Differences of logarithms of some 900, good to some 1e-12.
  EXPECT_NEAR(found.levels[1].gain.value(), 14.443050996897114, 1e-11);
  EXPECT_NEAR(found.penalty, 3 * std::log(20.0), 1e-14);
  EXPECT_EQ(found.levels[1].interval, binomial_interval(80, 1000).value());
  ChangeRule events;
  events.model = CountModel::poisson;
  const auto of_events = change_points(series, events);
  ASSERT_EQ(of_events.levels.size(), 2U);
  EXPECT_NEAR(of_events.levels[1].gain.value(), 13.591922943631744, 1e-11);
}

TEST(ChangePoint, steps_of_random_counts_are_found_within_a_period_or_two) {
  std::mt19937 random(7);
  Series series;
  for (int i = 0; i < 60; ++i) {
    const double share = i < 20 ? 0.03 : i < 45 ? 0.06 : 0.02;
    series.emplace_back(Ratio{std::binomial_distribution<int>(2000, share)(random), 2000});
  }
  const auto found = change_points(series);
  ASSERT_EQ(found.levels.size(), 3U);
  EXPECT_NEAR(static_cast<double>(found.levels[1].first), 20, 1);
  EXPECT_NEAR(static_cast<double>(found.levels[2].first), 45, 1);
}

TEST(ChangePoint, noise_above_the_binomial_brings_false_changes_unless_it_is_told) {
  // Shares that differ from month to month by a fifth, around the same mean.
  std::mt19937 random(11);
  std::uniform_real_distribution<double> share(0.035, 0.065);
  Series series;
  for (int i = 0; i < 60; ++i)
    series.emplace_back(Ratio{std::binomial_distribution<int>(20'000, share(random))(random), 20'000});
  EXPECT_GT(change_points(series).levels.size(), 1U);
  ChangeRule rule;
  rule.overdispersion =
      1 + 20'000 * 0.03 * 0.03 / 12 / (0.05 * 0.95);  // variance between over variance within
  EXPECT_EQ(change_points(series, rule).levels.size(), 1U);
}

TEST(ChangePoint, overdispersion_widens_intervals_by_its_root) {
  const Series series(10, Ratio{5, 100});
  ChangeRule rule;
  rule.overdispersion = 4;
  const Interval plain = change_points(series).levels.at(0).interval;
  const Interval wide = change_points(series, rule).levels.at(0).interval;
  // Two subtractions and a product of numbers below 1.
  EXPECT_NEAR(wide.high - 0.05, 2 * (plain.high - 0.05), 1e-15);
  EXPECT_NEAR(0.05 - wide.low, 2 * (0.05 - plain.low), 1e-15);
}

TEST(ChangePoint, gaps_belong_to_the_level_around_them) {
  Series series(24, Ratio{20, 1000});
  for (std::size_t i = 12; i < 24; ++i) series[i] = Ratio{80, 1000};
  series[0] = series[11] = series[23] = std::nullopt;
  series[5] = Ratio{0, 0};
  const auto found = change_points(series);
  ASSERT_EQ(found.levels.size(), 2U);
  EXPECT_EQ(found.levels[0].first, 0U);
  EXPECT_EQ(found.levels[0].end, 12U);
  EXPECT_EQ(found.levels[1].end, 24U);
}

TEST(ChangePoint, of_nothing_there_are_no_levels_and_of_one_period_one) {
  EXPECT_TRUE(change_points({}).levels.empty());
  EXPECT_TRUE(change_points(Series{std::nullopt, Ratio{0, 0}}).levels.empty());
  EXPECT_EQ(change_points(Series{Ratio{0, 3}}).levels.size(), 1U);
  EXPECT_EQ(change_points(Series(30, Ratio{0, 3})).levels.size(), 1U);
  EXPECT_EQ(change_points(Series(30, Ratio{3, 3})).levels.size(), 1U);
}

TEST(ChangePoint, refuses_what_is_no_count_and_no_rule) {
  const auto with = [](auto&& change) {
    ChangeRule rule;
    change(rule);
    return error_of([&] { (void)change_points({}, rule); });
  };
  EXPECT_EQ(with([](ChangeRule& rule) { rule.shortest = 0; }), "bad_number");
  EXPECT_EQ(with([](ChangeRule& rule) { rule.overdispersion = 0; }), "bad_number");
  EXPECT_EQ(with([](ChangeRule& rule) { rule.confidence = 1; }), "bad_number");
  EXPECT_EQ(error_of([] { (void)change_points(Series{Ratio{3, 2}}); }), "bad_number");
  ChangeRule events;
  events.model = CountModel::poisson;
  EXPECT_EQ(error_of([&] { (void)change_points(Series{Ratio{3, 2}}, events); }), "");
  EXPECT_EQ(error_of([&] { (void)change_points(Series{Ratio{-3, 2}}, events); }), "bad_number");
}

}  // namespace
}  // namespace churn

#include <churn/stats/control_chart.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "core/error_of.hpp"
#include "stats/some_series.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using stats_test::any_series;
using stats_test::thirty_months;
using stats_test::whole;

// Shares, and z-scores below 100, of a dozen operations.
constexpr double tolerance = 1e-13;

std::vector<std::size_t> marked(const ControlChart& chart, Signal signal) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < chart.points.size(); ++i)
    if (chart.points[i].signal == signal) places.push_back(i);
  return places;
}

// R 4.2.2: p <- sum(x)/sum(n); s <- sqrt(p*(1-p)/n); z <- (x/n-p)/s; sz <- mean(abs(diff(z)))/1.128;
// pmax(0, p - 3*sz*s); p + 3*sz*s
TEST(ControlChart, centre_sigma_z_and_limits_of_the_p_chart_are_those_of_r) {
  const auto chart = p_chart(thirty_months()).value();
  EXPECT_EQ(chart.kind, ChartKind::p);
  EXPECT_NEAR(chart.centre, 0.046015958028199806, tolerance);
  EXPECT_NEAR(chart.sigma_z, 1.6583367088461651, tolerance);
  const std::vector<double> high{0.11330016488599817, 0.11180929250319299, 0.11066053297447284,
                                 0.11129122668952002};
  for (std::size_t i = 0; i < high.size(); ++i) {
    EXPECT_EQ(chart.points[i].limits.value().low, 0);
    EXPECT_NEAR(chart.points[i].limits.value().high, high[i], tolerance);
  }
  EXPECT_TRUE(marked(chart, Signal::high).empty());
}

TEST(ControlChart, plain_limits_cry_wolf_where_corrected_ones_do_not) {
  EXPECT_EQ(marked(p_chart(thirty_months(), {3, 8, false}).value(), Signal::high),
            (std::vector<std::size_t>{3, 11, 23}));
  EXPECT_EQ(marked(p_chart(thirty_months(), {2, 8, true}).value(), Signal::high),
            (std::vector<std::size_t>{11}));
}

TEST(ControlChart, of_events_over_an_exposure_is_that_of_r) {
  // The same with s <- sqrt(u/n)
  const auto chart = u_chart(thirty_months()).value();
  EXPECT_NEAR(chart.sigma_z, 1.6197323990729511, tolerance);
  EXPECT_NEAR(chart.points[0].limits.value().high, 0.11330016488599817, tolerance);
  const auto above_one = u_chart(Series{Ratio{30, 10}, Ratio{41, 10}, Ratio{35, 10}}).value();
  EXPECT_GT(above_one.points[0].limits.value().high, 1);
}

TEST(ControlChart, of_values_is_that_of_r) {
  // mean(v), mean(abs(diff(v)))/1.128
  const auto chart = individuals_chart(thirty_months()).value();
  EXPECT_NEAR(chart.centre, 0.046397204548070912, tolerance);
  EXPECT_NEAR(chart.points[5].limits.value().high, 0.046397204548070912 + 3 * 0.020000137467329898,
              tolerance);
  EXPECT_NEAR(chart.points[5].limits.value().low, 0.046397204548070912 - 3 * 0.020000137467329898, tolerance);
  // The value of month 11 is 30 / 295 = 0.1017, below 0.1064.
  EXPECT_TRUE(marked(chart, Signal::high).empty());
  EXPECT_EQ(marked(individuals_chart(thirty_months(), {2.5}).value(), Signal::high),
            (std::vector<std::size_t>{11}));
}

TEST(ControlChart, sigma_z_of_binomial_counts_is_about_1_and_of_noisier_ones_above) {
  // Over 4000 periods sigma_z has a standard error of about 0.015: 0.05 is more than three of them.
  std::mt19937 random(20240131);
  Series fair;
  Series noisy;
  for (int i = 0; i < 4000; ++i) {
    const int base = 400 + i % 300;
    fair.emplace_back(Ratio{std::binomial_distribution<int>(base, 0.1)(random), base});
    const double share = i % 2 == 0 ? 0.05 : 0.15;
    noisy.emplace_back(Ratio{std::binomial_distribution<int>(base, share)(random), base});
  }
  EXPECT_NEAR(p_chart(fair).value().sigma_z, 1, 0.05);
  EXPECT_GT(p_chart(noisy).value().sigma_z, 3);
}

TEST(ControlChart, eight_in_a_row_on_one_side_are_a_run) {
  // Above 5 in nine periods in a row, across one without a value; never beyond the limits.
  Series series;
  for (const std::int64_t lost : {4, 4, 4, 6, 6, 6, 6, 0, 6, 6, 6, 6, 6, 4, 4, 4, 4, 4, 4}) {
    if (lost == 0)
      series.emplace_back(std::nullopt);
    else
      series.emplace_back(Ratio{lost, 100});
  }
  const auto chart = p_chart(series, {3, 8, false}).value();
  EXPECT_NEAR(chart.centre, 0.05, tolerance);
  EXPECT_EQ(marked(chart, Signal::run_high), (std::vector<std::size_t>{11, 12}));
  EXPECT_TRUE(marked(chart, Signal::run_low).empty());
  EXPECT_EQ(marked(p_chart(series, {3, 6, false}).value(), Signal::run_low), (std::vector<std::size_t>{18}));
  EXPECT_EQ(marked(p_chart(series, {3, 0, false}).value(), Signal::none).size(), series.size());
}

TEST(ControlChart, a_value_at_the_centre_ends_a_run) {
  const auto chart =
      p_chart(Series{Ratio{6, 100}, Ratio{6, 100}, Ratio{5, 100}, Ratio{6, 100}, Ratio{2, 100}},
              {3, 3, false})
          .value();
  EXPECT_NEAR(chart.centre, 0.05, tolerance);
  EXPECT_EQ(marked(chart, Signal::none).size(), 5U);
}

TEST(ControlChart, a_value_beyond_a_limit_is_marked_with_its_direction) {
  Series series(20, Ratio{500, 10'000});
  series[3] = Ratio{400, 10'000};
  series[12] = Ratio{600, 10'000};
  const auto chart = p_chart(series, {3, 0, false}).value();
  EXPECT_EQ(marked(chart, Signal::low), (std::vector<std::size_t>{3}));
  EXPECT_EQ(marked(chart, Signal::high), (std::vector<std::size_t>{12}));
}

TEST(ControlChart, one_departure_of_a_handful_is_no_signal_and_none_for_months_no_run) {
  // A segment of four, one of whom leaves in two years: 0.04 are expected a month. The limit is 0.7 of one.
  Series series(24, Ratio{0, 4});
  series[11] = Ratio{1, 4};
  for (const auto& chart : {p_chart(series), u_chart(series)}) {
    EXPECT_GT(chart.value().points[11].value.value(), chart->points[11].limits.value().high);
    for (const ChartPoint& point : chart->points) EXPECT_EQ(point.signal, Signal::none);
  }
  Series mirrored;
  for (const auto& period : series) mirrored.emplace_back(Ratio{4 - period->numerator, 4});
  const auto upside_down = p_chart(mirrored);
  for (const ChartPoint& point : upside_down.value().points) EXPECT_EQ(point.signal, Signal::none);
}

TEST(ControlChart, several_departures_of_a_handful_at_once_are_a_signal) {
  // Three of four, of whom 0.125 are expected to leave: 1 - pbinom(2, 4, 1 / 32) is 0.00012.
  Series series(24, Ratio{0, 4});
  series[11] = Ratio{3, 4};
  for (const auto& chart : {p_chart(series), u_chart(series)})
    for (std::size_t i = 0; i < series.size(); ++i)
      EXPECT_EQ(chart.value().points[i].signal, i == 11 ? Signal::high : Signal::none) << i;
}

TEST(ControlChart, none_for_eight_months_is_a_run_where_one_a_month_is_expected) {
  const auto quiet_after = [](std::int64_t a_month) {
    Series series;
    for (int i = 0; i < 16; ++i) series.emplace_back(Ratio{i < 8 ? a_month : 0, 100});
    return p_chart(series).value().points.back().signal;
  };
  EXPECT_EQ(quiet_after(2), Signal::run_low) << "Twice as many in the first half are one a month.";
  EXPECT_EQ(quiet_after(1), Signal::none);
}

TEST(ControlChart, of_a_handful_finds_something_about_as_often_as_of_many) {
  // Of 400 segments of 10 over 24 months, one in a hundred leaving by chance: a limit of 0.00135 is passed in some 3 %
  // of them. It had been 81 %. Four standard deviations of such a share are 4 points.
  std::mt19937 random{7};
  int found = 0;
  for (int segment = 0; segment < 400; ++segment) {
    Series series;
    for (int month = 0; month < 24; ++month) {
      std::int64_t left = 0;
      for (int customer = 0; customer < 10; ++customer) left += random() % 100 == 0 ? 1 : 0;
      series.emplace_back(Ratio{left, 10});
    }
    const auto chart = p_chart(series).value();
    found += std::any_of(chart.points.begin(), chart.points.end(),
                         [](const ChartPoint& point) { return point.signal != Signal::none; })
                 ? 1
                 : 0;
  }
  EXPECT_LE(found, 400 * 7 / 100);
}

TEST(ControlChart, rates_that_never_move_have_plain_limits_and_no_signal) {
  // The same share of different bases: every z is what rounding left of 0.
  const Series series{Ratio{3, 30}, Ratio{7, 70}, Ratio{10, 100}, Ratio{1, 10}, Ratio{9, 90}};
  const auto chart = p_chart(series, {3, 2, true}).value();
  EXPECT_EQ(chart.sigma_z, 1);
  EXPECT_EQ(marked(chart, Signal::none).size(), 5U);
  EXPECT_EQ(chart.points[2].limits, p_chart(series, {3, 2, false}).value().points[2].limits);
  EXPECT_EQ(marked(individuals_chart(series, {3, 2}).value(), Signal::none).size(), 5U);
}

TEST(ControlChart, where_nobody_or_everybody_leaves_the_limits_are_the_centre) {
  for (const std::int64_t lost : {0, 20}) {
    const auto chart = p_chart(Series{Ratio{lost, 20}, Ratio{lost, 20}, Ratio{lost, 20}}, {3, 2}).value();
    EXPECT_EQ(chart.points[0].limits, (lost == 0 ? Interval{0, 0} : Interval{1, 1}));
    EXPECT_EQ(marked(chart, Signal::none).size(), 3U);
  }
}

RC_GTEST_PROP(ControlChart, limits_hold_the_centre_within_0_and_1_and_gaps_have_neither, ()) {
  const Series series = any_series(0, 40);
  const auto chart = p_chart(series);
  RC_ASSERT(chart.has_value() == (periods_with_value(series) > 0));
  if (!chart) return;
  RC_ASSERT(chart->points.size() == series.size());
  for (std::size_t i = 0; i < series.size(); ++i) {
    const ChartPoint& point = chart->points[i];
    RC_ASSERT(point.value.has_value() == (series[i] && series[i]->denominator > 0));
    RC_ASSERT(point.value.has_value() == point.limits.has_value());
    if (!point.value) {
      RC_ASSERT(point.signal == Signal::none);
      continue;
    }
    RC_ASSERT(0 <= point.limits->low && point.limits->low <= chart->centre);
    RC_ASSERT(chart->centre <= point.limits->high && point.limits->high <= 1);
    const auto base = static_cast<double>(series[i]->denominator);
    const bool few = std::min(chart->centre, 1 - chart->centre) * base < 5;
    const bool above = *point.value > point.limits->high;
    const bool below = *point.value < point.limits->low;
    if (above && !few) RC_ASSERT(point.signal == Signal::high);
    if (below && !few) RC_ASSERT(point.signal == Signal::low);
    if (point.signal == Signal::high) RC_ASSERT(above);
    if (point.signal == Signal::low) RC_ASSERT(below);
  }
}

// Whoever stays is whoever does not leave: the chart of retention is that of churn upside down.
RC_GTEST_PROP(ControlChart, of_the_complement_is_the_mirror_image, ()) {
  Series lost = any_series(2, 40);
  Series kept = lost;
  for (auto& period : kept)
    if (period) period->numerator = period->denominator - period->numerator;
  const auto one = p_chart(lost);
  const auto other = p_chart(kept);
  RC_ASSERT(one.has_value() == other.has_value());
  if (!one) return;
  RC_ASSERT(std::abs(one->centre + other->centre - 1) < tolerance);
  for (std::size_t i = 0; i < lost.size(); ++i)
    if (one->points[i].limits)
      RC_ASSERT(std::abs(one->points[i].limits->low + other->points[i].limits->high - 1) < 1e-9);
}

TEST(ControlChart, of_nothing_is_empty) {
  EXPECT_FALSE(p_chart({}).has_value());
  EXPECT_FALSE(u_chart(Series{Ratio{0, 0}, std::nullopt}).has_value());
  EXPECT_FALSE(individuals_chart(whole({4})).has_value());
  EXPECT_FALSE(individuals_chart(Series{Ratio{1, 2}, std::nullopt, Ratio{1, 2}}).has_value());
  EXPECT_EQ(p_chart(Series{Ratio{1, 2}}).value().sigma_z, 1);
}

TEST(ControlChart, refuses_what_is_no_count) {
  EXPECT_EQ(error_of([] { (void)p_chart(Series{Ratio{3, 2}}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)u_chart(Series{Ratio{-1, 2}}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)p_chart({}, {0}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)individuals_chart({}, {std::nan("")}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)u_chart(Series{Ratio{1, INT64_MAX}, Ratio{1, 1}}); }), "overflow");
}

TEST(ControlChart, names_are_stable) {
  EXPECT_EQ(chart_name(ChartKind::p), "p");
  EXPECT_EQ(chart_name(ChartKind::u), "u");
  EXPECT_EQ(chart_name(ChartKind::individuals), "individuals");
  EXPECT_EQ(signal_name(Signal::none), "");
  EXPECT_EQ(signal_name(Signal::high), "high");
  EXPECT_EQ(signal_name(Signal::low), "low");
  EXPECT_EQ(signal_name(Signal::run_high), "run_high");
  EXPECT_EQ(signal_name(Signal::run_low), "run_low");
}

}  // namespace
}  // namespace churn

#include <churn/stats/seasonality.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>

#include "core/error_of.hpp"
#include "stats/some_series.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using stats_test::any_series;
using stats_test::nottingham;
using stats_test::thirty_months;
using stats_test::whole;

// An index is a mean of some twenty ratios, each good to some 1e-15.
constexpr double tolerance = 1e-13;

void expect_near(const std::vector<double>& ours, const std::vector<double>& theirs) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], theirs[i], tolerance) << i;
}

TEST(Seasonality, indices_by_means_are_those_of_r_decompose) {
  // R 4.2.2: decompose(round(nottem * 10), type = "multiplicative")$figure
  const auto seasonal = seasonal_indices(whole(nottingham()), 12, SeasonalAverage::mean);
  expect_near(seasonal.index,
              {0.80944013525501324, 0.79770057752361845, 0.85821722942697243, 0.94372300530832787,
               1.0709577978768565, 1.1833075483164077, 1.2645688217739823, 1.2339230830770624,
               1.1509697999901176, 1.013506256429449, 0.86490743584914287, 0.80877830917304994});
  EXPECT_EQ(seasonal.ratios, std::vector<std::size_t>(12, 19));
  EXPECT_EQ(seasonal.gap, SeasonalGap::none);
  // and with an odd number of seasons: decompose(ts(c(…), frequency = 5), "multiplicative")$figure
  expect_near(
      seasonal_indices(whole({112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141}), 5,
                       SeasonalAverage::mean)
          .index,
      {0.93973232674261198, 1.0501936387970789, 1.0418646732811567, 1.0323943469437153, 0.93581501423543723});
}

TEST(Seasonality, indices_by_medians_are_those_of_the_same_ratios_in_r) {
  // R 4.2.2: m <- apply(matrix(x / decompose(x, "multiplicative")$trend, nrow = 12), 1, median, na.rm = TRUE);
  // m / mean(m)
  expect_near(seasonal_indices(whole(nottingham())).index,
              {0.80556974895129818, 0.7937040641089147, 0.85433820804617677, 0.94831537778924013,
               1.0663209368843811, 1.1874937554975415, 1.2639597961321414, 1.2432370116165807,
               1.1508461059020105, 1.0101921035943262, 0.86827037298172294, 0.80775251849566665});
}

TEST(Seasonality, indices_begin_with_24_months) {
  auto numbers = nottingham();
  numbers.resize(23);
  const auto short_one = seasonal_indices(whole(numbers));
  EXPECT_TRUE(short_one.index.empty());
  EXPECT_EQ(short_one.gap, SeasonalGap::too_short);
  numbers.push_back(398);
  const auto seasonal = seasonal_indices(whole(numbers));
  EXPECT_EQ(seasonal.gap, SeasonalGap::none);
  EXPECT_EQ(seasonal.ratios, std::vector<std::size_t>(12, 1));
}

TEST(Seasonality, says_why_there_are_no_indices) {
  Series series = whole(nottingham());
  series.resize(30);
  series[12] = std::nullopt;
  EXPECT_EQ(seasonal_indices(series).gap, SeasonalGap::missing);
  series[12] = Ratio{-100'000, 1};
  EXPECT_EQ(seasonal_indices(series).gap, SeasonalGap::not_positive);
  EXPECT_EQ(seasonal_indices(whole(std::vector<std::int64_t>(24, 0))).gap, SeasonalGap::not_positive);
  EXPECT_EQ(seasonal_indices({}).gap, SeasonalGap::too_short);
  // A gap takes the ratios of a season around it; with enough years others are left.
  Series long_one = whole(nottingham());
  long_one[120] = std::nullopt;
  EXPECT_EQ(seasonal_indices(long_one).gap, SeasonalGap::none);
  EXPECT_LT(seasonal_indices(long_one).ratios[0], 19U);
}

RC_GTEST_PROP(Seasonality, indices_average_to_1, ()) {
  const auto season = *between<std::size_t>(2, 7);
  Series series = any_series(2 * season, 60);
  for (auto& period : series)  // positive and complete
    period = Ratio{1 + (period ? period->numerator : 0), 50};
  const auto seasonal = seasonal_indices(series, season);
  RC_ASSERT(seasonal.index.size() == season);
  RC_ASSERT(std::abs(std::accumulate(seasonal.index.begin(), seasonal.index.end(), 0.0) -
                     static_cast<double>(season)) < tolerance * static_cast<double>(season));
}

TEST(Seasonality, a_season_without_trend_and_noise_is_found_as_it_is) {
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < 36; ++i) numbers.push_back(i % 4 == 0 ? 160 : 80);
  expect_near(seasonal_indices(whole(numbers), 4).index, {1.6, 0.8, 0.8, 0.8});
}

TEST(Seasonality, tests_are_those_of_r) {
  // R 4.2.2: chisq.test(rbind(X, N - X), correct = FALSE) of the counts summed by month
  const auto counts = seasonality_by_counts(thirty_months()).value();
  EXPECT_NEAR(counts.statistic, 67.69805948737249, 1e-11);
  EXPECT_EQ(counts.degrees_of_freedom, 11);
  EXPECT_NEAR(counts.p.value, 3.3381197596934821e-10, 1e-20);
  EXPECT_NEAR(seasonality_by_counts(thirty_months(), 12, 2).value().statistic, 67.69805948737249 / 2, 1e-11);
  // kruskal.test(x / n - b * (0:29), factor(month)), b the median of the slopes between equal months
  const auto ranks = seasonality_by_ranks(thirty_months()).value();
  EXPECT_NEAR(ranks.statistic, 21.787096774193543, 1e-11);
  EXPECT_EQ(ranks.degrees_of_freedom, 11);
  EXPECT_NEAR(ranks.p.value, 0.026075492351549569, 1e-14);
}

TEST(Seasonality, tests_of_what_does_not_vary_are_empty) {
  EXPECT_FALSE(seasonality_by_counts({}).has_value());
  EXPECT_FALSE(seasonality_by_counts(Series{Ratio{0, 5}, Ratio{0, 7}}).has_value());
  EXPECT_FALSE(seasonality_by_counts(Series{Ratio{5, 5}, Ratio{7, 7}}).has_value());
  EXPECT_FALSE(seasonality_by_counts(Series{Ratio{1, 5}, Ratio{2, 7}}, 1).has_value());
  EXPECT_TRUE(seasonality_by_counts(Series{Ratio{1, 5}, Ratio{2, 7}}).has_value());
  EXPECT_FALSE(seasonality_by_ranks({}).has_value());
  EXPECT_FALSE(seasonality_by_ranks(whole({1, 2, 3})).has_value());
  EXPECT_FALSE(seasonality_by_ranks(whole({4, 4, 4, 4}), 2).has_value());
  EXPECT_FALSE(seasonality_by_ranks(whole({1, 2, 4, 4}), 1).has_value());
}

TEST(Seasonality, refuses_what_is_no_season_and_no_proportion) {
  EXPECT_EQ(error_of([] { (void)seasonal_indices({}, 1); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)seasonality_by_counts({}, 0); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)seasonality_by_counts({}, 12, 0); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)seasonality_by_counts(Series{Ratio{3, 2}}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)seasonality_by_ranks({}, 0); }), "bad_number");
  EXPECT_EQ(error_of([] {
              (void)seasonality_by_counts(Series{Ratio{1, INT64_MAX}, Ratio{1, INT64_MAX}});
            }),
            "overflow");
}

}  // namespace
}  // namespace churn

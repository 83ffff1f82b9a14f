#include <churn/forecast/mrr_forecast.hpp>

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

#include <churn/core/error.hpp>
#include <churn/core/run_rate.hpp>

#include "forecast/book_triangles.hpp"
#include "forecast/grid_year.hpp"
#include "forecast/rounded_money.hpp"
#include "stats/maths_policy.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::size_t least_steps = 4;
constexpr std::size_t longest_horizon = 1200;

void require_rule(const ForecastRule& rule) {
  if (rule.horizon == 0 || rule.horizon > longest_horizon)
    throw Error(ErrorCode::bad_number, "A forecast is of 1 to 1200 periods.");
  if (!(rule.confidence > 0 && rule.confidence < 1))
    throw Error(ErrorCode::bad_number, "An interval needs 0 < confidence < 1.");
  if (rule.new_business_periods == 0)
    throw Error(ErrorCode::bad_number, "New business is averaged over one period or more.");
  if (rule.new_business && (rule.new_business->ticks < 0 || rule.new_business->customers < 0))
    throw Error(ErrorCode::bad_number, "New business is not negative.");
}

/// The periods after a day, by the rule of a grid.
std::vector<Period> periods_after(Date day, const PeriodGrid& grid, std::size_t count) {
  if (grid.kind() == PeriodKind::cuts)
    throw Error(ErrorCode::bad_period, "Given cut points say nothing of the periods to come.");
  std::vector<Period> periods;
  for (std::size_t i = 0; i < count; ++i) {
    const Date end = grid.kind() == PeriodKind::every_days ? day + std::chrono::days{grid[0].length_in_days()}
                                                           : next_period_start(grid.kind(), day);
    periods.emplace_back(day, end);
    day = end;
  }
  return periods;
}

/// Within plus and minus which a variate of Student's t lies with that probability.
double student_quantile(double confidence, std::size_t degrees_of_freedom) {
  const boost::math::students_t_distribution<double, MathsPolicy> t(static_cast<double>(degrees_of_freedom));
  return boost::math::quantile(t, (1 + confidence) / 2);
}

/// The last values at age 0: their mean, or the line through them, and how they spread around it.
Inflow inflow_of(const CohortTriangle& triangle, std::size_t periods, NewBusinessTrend trend) {
  const std::size_t n = std::min(periods, triangle.size());
  const auto count = static_cast<double>(n);
  const double centre = (count - 1) / 2;
  Inflow inflow;
  inflow.distance = count - centre;
  std::vector<double> values;
  for (std::size_t i = triangle.size() - n; i < triangle.size(); ++i)
    values.push_back(static_cast<double>(triangle.cohorts[i][0]));
  for (const double value : values) inflow.mean += value / count;
  const std::size_t estimates = trend == NewBusinessTrend::line ? 2 : 1;
  if (n <= estimates) return inflow;
  double squares = 0;  // of the distances from the centre
  for (std::size_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(i) - centre;
    squares += x * x;
    inflow.slope += x * (values[i] - inflow.mean);
  }
  inflow.slope = trend == NewBusinessTrend::line ? inflow.slope / squares : 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double rest = values[i] - inflow.mean - inflow.slope * (static_cast<double>(i) - centre);
    inflow.variance += rest * rest / static_cast<double>(n - estimates);
  }
  inflow.error_variance = inflow.variance / count;
  if (trend == NewBusinessTrend::line) inflow.slope_error_variance = inflow.variance / squares;
  return inflow;
}

/// The slope of the line, where one so steep comes by chance in less than one of twenty.
std::optional<double> clear_slope(const CohortTriangle& triangle, std::size_t periods) {
  const std::size_t n = std::min(periods, triangle.size());
  if (n < 4) return std::nullopt;
  const Inflow line = inflow_of(triangle, n, NewBusinessTrend::line);
  if (std::abs(line.slope) <= student_quantile(0.95, n - 2) * std::sqrt(line.slope_error_variance))
    return std::nullopt;
  return line.slope;
}

/// Makes amounts of projections, in units of so many.
struct AmountMaker {
  double quantile;
  double unit;
  double now;  ///< what there is today

  /// Log-normal with that mean and variance. Where the mean is 0 there is no such: from 0 to as far as chance goes.
  [[nodiscard]] std::optional<ForecastAmount> operator()(const Projection& projection) const {
    const double mean = projection.mean / unit;
    const double deviation = std::sqrt(projection.variance()) / unit;
    if (!(std::isfinite(mean) && deviation <= std::max(mean / 2, now / unit))) return std::nullopt;
    if (mean == 0) return ForecastAmount{0, {0, quantile * deviation}};
    const double log_variance = std::log1p(deviation / mean * (deviation / mean));
    const double width = quantile * std::sqrt(log_variance);
    const double centre = mean * std::exp(-log_variance / 2);
    return ForecastAmount{mean, {centre * std::exp(-width), centre * std::exp(width)}};
  }
};

constexpr double ticks_per_unit = ticks_per_minor_unit_a_month;

/// What is assumed of new customers, and what speaks against it.
std::string new_business_sentence(const MrrForecast& forecast) {
  const auto text = [&](double ticks) {
    return rounded_money(ticks / ticks_per_unit, forecast.currency).to_string();
  };
  const Inflow& inflow = forecast.new_mrr;
  const std::string periods =
      std::to_string(std::min(forecast.rule.new_business_periods, forecast.steps + 1)) + " periods";
  if (forecast.rule.new_business)
    return inflow.mean == 0 ? "It is assumed that nobody new comes."
                            : "It is assumed that new customers bring " + text(inflow.mean) + " a period.";
  if (forecast.rule.trend == NewBusinessTrend::line)
    return "It is assumed that what new customers bring goes on along the line of the last " + periods +
           ", from " + text(inflow.mean + inflow.slope * inflow.distance) + " on by " + text(inflow.slope) +
           " a period.";
  std::string sentence = "It is assumed that new customers bring " + text(inflow.mean) +
                         " a period, the mean of the last " + periods + ".";
  if (forecast.new_mrr_slope)
    sentence += std::string(" But that has been ") + (*forecast.new_mrr_slope > 0 ? "rising" : "falling") +
                " by " + text(std::abs(*forecast.new_mrr_slope)) +
                " a period, which the forecast does not follow.";
  return sentence;
}

/// The periods and cohorts of a forecast whose ladders and new business are known.
void fill_in(MrrForecast& forecast, const CohortTriangles& triangles) {
  const double quantile = student_quantile(forecast.rule.confidence, forecast.steps - 1);
  const std::size_t ahead = std::min(forecast.rule.horizon, forecast.steps);
  const AmountMaker amount{quantile, ticks_per_unit,
                           static_cast<double>(triangles.mrr.total(forecast.steps))};
  const AmountMaker people{quantile, 1, static_cast<double>(forecast.customers)};
  const CohortState now = state_of(triangles.mrr);
  const auto mrr = project(*forecast.mrr_ladder, now, ahead, forecast.new_mrr);
  const auto existing = project(*forecast.mrr_ladder, now, ahead);
  const auto customers =
      project(*forecast.customers_ladder, state_of(triangles.customers), ahead, forecast.new_customers);
  for (std::size_t h = 0; h < forecast.periods.size(); ++h) {
    ForecastPeriod& period = forecast.periods[h];
    period.outcome = ForecastPeriodOutcome::beyond_history;
    if (h >= ahead) continue;
    period.mrr = amount(mrr[h]);
    period.outcome = period.mrr ? ForecastPeriodOutcome::known : ForecastPeriodOutcome::too_uncertain;
    if (!period.mrr) continue;
    period.existing = amount(existing[h]);
    period.customers = people(customers[h]);
  }
  for (std::size_t i = 0; i < triangles.mrr.size(); ++i) {
    if (triangles.mrr.cohorts[i].back() == 0) continue;
    CohortForecast cohort{triangles.periods[i], {}};
    for (const Projection& projection : project(*forecast.mrr_ladder, state_of(triangles.mrr, i), ahead))
      cohort.mrr.push_back(amount(projection));
    forecast.cohorts.push_back(std::move(cohort));
  }
}

}  // namespace

MrrForecast forecast_mrr(const CohortTriangles& triangles, const PeriodGrid& grid, Currency currency,
                         const ForecastRule& rule) {
  require_rule(rule);
  const std::size_t known = triangles.periods.size();
  MrrForecast forecast{.outcome = ForecastOutcome::too_few_periods,
                       .rule = rule,
                       .currency = currency,
                       .steps = known == 0 ? 0 : known - 1,
                       .mrr = Money{0, currency}};
  if (triangles.mrr.size() != known || triangles.customers.size() != known)
    throw Error(ErrorCode::bad_number, "MRR and customers of the same periods are needed.");
  if (known == 0) return forecast;
  forecast.last_period = triangles.periods.back();
  forecast.mrr = RunRate{triangles.mrr.total(known - 1), currency}.mrr();
  forecast.customers = triangles.customers.total(known - 1);
  for (const Period& period : periods_after(forecast.last_period->last(), grid, rule.horizon))
    forecast.periods.push_back(ForecastPeriod{.period = period});
  if (forecast.steps < least_steps) return forecast;

  ChainLadderRule ladder = rule.ladder;
  if (!ladder.year) ladder.year = periods_of_a_year(grid);
  forecast.mrr_ladder = fit_chain_ladder(triangles.mrr, &triangles.customers, ladder);
  forecast.customers_ladder = fit_chain_ladder(triangles.customers, &triangles.customers, ladder);
  if (!forecast.mrr_ladder || !forecast.customers_ladder) {
    forecast.outcome = ForecastOutcome::nobody_paid;
    return forecast;
  }
  forecast.outcome = ForecastOutcome::known;
  if (rule.new_business) {
    forecast.new_mrr.mean = static_cast<double>(rule.new_business->ticks);
    forecast.new_customers.mean = static_cast<double>(rule.new_business->customers);
  } else {
    forecast.new_mrr = inflow_of(triangles.mrr, rule.new_business_periods, rule.trend);
    forecast.new_mrr_slope = clear_slope(triangles.mrr, rule.new_business_periods);
    forecast.new_customers = inflow_of(triangles.customers, rule.new_business_periods, rule.trend);
  }

  fill_in(forecast, triangles);
  return forecast;
}

MrrForecast forecast_mrr(const CohortCube& cohorts, const MovementCube& movements, const ForecastRule& rule,
                         std::size_t segment) {
  return forecast_mrr(cohort_triangles(cohorts, movements, segment), cohorts.grid(), cohorts.currency(),
                      rule);
}

MrrForecast forecast_mrr(const Book& book, const PeriodGrid& grid, const ForecastRule& rule,
                         const FoldOptions& options) {
  return forecast_mrr(book_triangles(book, grid, options), grid, book.currency(), rule);
}

Table forecast_table(const MrrForecast& forecast) {
  Table table{{"period", "mrr", "low", "high", "customers"}, {}};
  const auto money = [&](double minor_units) { return Cell{rounded_money(minor_units, forecast.currency)}; };
  for (const ForecastPeriod& period : forecast.periods) {
    std::vector<Cell> row{period.period.first(), Cell{}, Cell{}, Cell{}, Cell{}};
    if (period.mrr) {
      row[1] = money(period.mrr->value);
      row[2] = money(period.mrr->interval.low);
      row[3] = money(period.mrr->interval.high);
    }
    if (period.customers) row[4] = rounded_half_even(period.customers->value);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string forecast_sentence(const MrrForecast& forecast) {
  if (forecast.outcome == ForecastOutcome::too_few_periods)
    return "There is no forecast: it takes " + std::to_string(least_steps + 1) +
           " complete periods side by side, and there are " +
           std::to_string(forecast.last_period ? forecast.steps + 1 : 0) + ".";
  if (forecast.outcome == ForecastOutcome::nobody_paid)
    return "There is no forecast: nobody has paid at any close but the last.";
  const auto last = std::find_if(forecast.periods.rbegin(), forecast.periods.rend(),
                                 [](const ForecastPeriod& period) { return period.mrr.has_value(); });
  if (last == forecast.periods.rend())
    return "There is no forecast: what was seen varies so much that MRR may be anything.";
  const auto text = [&](double minor_units) {
    return rounded_money(minor_units, forecast.currency).to_string();
  };
  const Interval& interval = last->mrr->interval;
  std::string sentence = "MRR is expected to go from " + forecast.mrr.to_string() + " to " +
                         text(last->mrr->value) + " " + std::string(forecast.currency.code()) +
                         " in the period from " + last->period.first().to_string() + " (" +
                         shortest(std::round(100'000 * forecast.rule.confidence) / 1000) + " % interval " +
                         text(interval.low) + " to " + text(interval.high) + ")";
  if (last->existing)
    sentence += ", of which " + text(last->existing->value) + " are paid by today's customers";
  sentence += ". " + new_business_sentence(forecast);
  if (last == forecast.periods.rbegin()) return sentence;
  if (forecast.periods.back().outcome == ForecastPeriodOutcome::beyond_history)
    return sentence + " Nothing is said of later periods: history goes back no further than that.";
  return sentence + " Nothing is said of later periods: they may be anything.";
}

}  // namespace churn::inline v0

#include <churn/survival/kaplan_meier.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include <churn/core/error.hpp>

#include "stats/normal_quantile.hpp"
#include "stats/wording.hpp"
#include "survival/sound_risk_table.hpp"
#include "survival/survival_interval.hpp"

namespace churn::inline v0 {

namespace {

/// Of Greenwood's sum; nothing where all left, as S is 0 from there on.
template <class Row>
double greenwood_term(const Row& row) {
  if (row.events == row.at_risk) return 0;
  const auto events = static_cast<double>(row.events);
  const auto stay = static_cast<double>(row.at_risk - row.events);
  return events / (static_cast<double>(row.at_risk) * stay);
}

constexpr double as_equal = 1.4901161193847656e-08;  // 2^-26, R's square root of the precision of doubles

/// The first time with `left(row)` of the share or more. `left` may be empty, and may fall again.
template <class Left>
std::optional<double> first_time(const SurvivalCurve& curve, double share, Left&& left) {
  const SurvivalRow* reached = nullptr;  // of the smallest value that is the share or more, or as good as it
  const SurvivalRow* passed = nullptr;   // and that is surely more
  double reached_at = std::numeric_limits<double>::infinity();
  double passed_at = reached_at;
  for (const SurvivalRow& row : curve.rows) {
    const std::optional<double> value = left(row);
    if (!value) continue;
    if (*value + as_equal >= share && *value < reached_at) {
      reached = &row;
      reached_at = *value;
    }
    if (*value - as_equal >= share && *value < passed_at) {
      passed = &row;
      passed_at = *value;
    }
  }
  if (reached == nullptr) return std::nullopt;
  const double from = reached->time;
  const std::optional<double> last = left(curve.rows.back());
  if (last && std::abs(share - *last) < as_equal) return from / 2 + curve.rows.back().time / 2.0;
  if (passed == nullptr) return std::nullopt;
  return from / 2 + passed->time / 2.0;
}

}  // namespace

SurvivalCurve kaplan_meier(const RiskTable& table, const SurvivalOptions& options) {
  const double z = two_sided_quantile(options.confidence);
  require_sound(table);
  SurvivalCurve curve{.rows = {}, .spells = table.spells, .events = table.events, .options = options};
  curve.rows.reserve(table.rows.size());
  double survival = 1;
  double greenwood = 0;
  std::optional<double> std_error = 0.0;
  std::optional<Interval> interval = survival_interval(options.interval, 1, 0);
  for (const RiskRow& row : table.rows) {
    if (row.events > 0) {
      survival *= 1 - static_cast<double>(row.events) / static_cast<double>(row.at_risk);
      greenwood += greenwood_term(row);
      const double log_error = std::sqrt(greenwood);
      std_error = survival > 0 ? std::optional{survival * log_error} : std::nullopt;
      interval = survival_interval(options.interval, survival, z * log_error);
      if (row.events == row.at_risk && !curve.died_out_at && row.time < table.rows.back().time)
        curve.died_out_at = row.time;
    }
    curve.rows.push_back({row.time, row.at_risk, row.events, row.censored, survival, std_error, interval});
  }
  return curve;
}

SurvivalCurve kaplan_meier(const LifeTable& table, std::size_t segment,
                           const std::vector<std::string>& events, const SurvivalOptions& options) {
  return kaplan_meier(risk_table(table, segment, events), options);
}

std::optional<double> SurvivalCurve::at(std::int32_t time) const {
  const std::optional<SurvivalRow> row = row_at(time);
  return row ? std::optional{row->survival} : std::nullopt;
}

std::optional<SurvivalRow> SurvivalCurve::row_at(std::int32_t time) const {
  if (rows.empty() || (time > rows.back().time && rows.back().survival > 0)) return std::nullopt;
  const auto after = std::upper_bound(rows.begin(), rows.end(), time,
                                      [](std::int32_t t, const SurvivalRow& row) { return t < row.time; });
  if (after != rows.begin()) return *std::prev(after);
  return SurvivalRow{0, rows.front().at_risk, 0, 0, 1, 0.0, survival_interval(options.interval, 1, 0)};
}

Table survival_table(const SurvivalCurve& curve) {
  Table table{{"time", "at_risk", "events", "censored", "survival", "std_error", "ci_low", "ci_high"}, {}};
  table.rows.reserve(curve.rows.size());
  for (const SurvivalRow& row : curve.rows)
    table.rows.push_back({std::int64_t{row.time}, row.at_risk, row.events, row.censored, row.survival,
                          row.std_error ? Cell{*row.std_error} : Cell{},
                          row.interval ? Cell{row.interval->low} : Cell{},
                          row.interval ? Cell{row.interval->high} : Cell{}});
  return table;
}

SurvivalQuantile survival_quantile(const SurvivalCurve& curve, double share_left) {
  if (!(share_left > 0 && share_left <= 1))
    throw Error(ErrorCode::bad_number, "A share that has left is above 0 and at most 1.");
  SurvivalQuantile quantile{.share_left = share_left, .spells = curve.spells, .events = curve.events};
  if (curve.rows.empty()) return quantile;
  quantile.time =
      first_time(curve, share_left, [](const SurvivalRow& row) { return std::optional{1 - row.survival}; });
  const auto end = [&](double Interval::*side) {
    return first_time(curve, share_left, [side](const SurvivalRow& row) {
      return row.interval ? std::optional{1 - (*row.interval).*side} : std::nullopt;
    });
  };
  quantile.low = end(&Interval::low);
  quantile.high = end(&Interval::high);
  return quantile;
}

RestrictedMean restricted_mean(const SurvivalCurve& curve, std::int32_t horizon) {
  if (horizon < 0) throw Error(ErrorCode::out_of_range, "A horizon is not before tenure 0.");
  RestrictedMean result{.horizon = horizon, .spells = curve.spells};
  if (curve.rows.empty()) return result;
  result.known_until = curve.rows.back().time;
  const auto end = std::upper_bound(curve.rows.begin(), curve.rows.end(), horizon,
                                    [](std::int32_t t, const SurvivalRow& row) { return t < row.time; });
  for (auto row = curve.rows.begin(); row != end; ++row) result.events += row->events;
  if (!curve.at(horizon)) return result;
  double area = 0;  // from a row to the horizon
  double variance = 0;
  double until = horizon;
  for (auto row = std::make_reverse_iterator(end); row != curve.rows.rend(); ++row) {
    area += row->survival * (until - row->time);
    until = row->time;
    variance += area * area * greenwood_term(*row);
  }
  result.mean = area + until;  // S is 1 up to the first row
  result.std_error = std::sqrt(variance);
  if (variance > 0) {
    const double half_width = two_sided_quantile(curve.options.confidence) * *result.std_error;
    result.interval = Interval{std::max(*result.mean - half_width, 0.0),
                               std::min(*result.mean + half_width, static_cast<double>(horizon))};
  }
  return result;
}

ConditionalSurvival conditional_survival(const SurvivalCurve& curve, std::int32_t after, std::int32_t time) {
  if (after < 0 || time < 0 || after > std::numeric_limits<std::int32_t>::max() - time)
    throw Error(ErrorCode::out_of_range, "Days that were stayed, and days more, are not negative.");
  ConditionalSurvival result{.after = after, .time = time};
  double share = 1;
  double greenwood = 0;
  bool is_first = true;
  for (const SurvivalRow& row : curve.rows) {
    if (row.time <= after) continue;
    if (is_first) result.at_risk = row.at_risk;
    is_first = false;
    if (row.time > after + time) break;
    result.events += row.events;
    if (row.events == 0) continue;
    share *= 1 - static_cast<double>(row.events) / static_cast<double>(row.at_risk);
    greenwood += greenwood_term(row);
  }
  const std::optional<double> before = curve.at(after);
  if (!before || *before <= 0 || !curve.at(after + time)) return result;
  result.survival = share;
  if (share <= 0) return result;
  const double log_error = std::sqrt(greenwood);
  result.std_error = share * log_error;
  result.interval = survival_interval(curve.options.interval, share,
                                      two_sided_quantile(curve.options.confidence) * log_error);
  return result;
}

std::string survival_sentence(const SurvivalCurve& curve) {
  if (curve.rows.empty()) return "Nobody was observed.";
  const std::string confidence = confidence_in_words(curve.options.confidence);
  const std::string counts = std::to_string(curve.events) + " of " + std::to_string(curve.spells) + " left";
  const SurvivalQuantile median = survival_quantile(curve);
  std::string text;
  if (median.time) {
    text = "Half have left by day " + shortest(*median.time);
    if (median.low || median.high)
      text += " (" + confidence + ": " + (median.low ? shortest(*median.low) : "unknown") + " to " +
              (median.high ? shortest(*median.high) : "unknown") + ")";
    text += "; " + counts + ".";
  } else {
    const SurvivalRow& last = curve.rows.back();
    text = in_points(last.survival) + " % stay longer than " + std::to_string(last.time) +
           (last.time == 1 ? " day" : " days") + ", which is as far as is known";
    if (last.interval)
      text += " (" + confidence + ": " + in_points(last.interval->low) + " to " +
              in_points(last.interval->high) + " %)";
    text += "; " + counts + ".";
  }
  if (curve.died_out_at)
    text += " On day " + std::to_string(*curve.died_out_at) +
            " all who were at risk left, though others entered later: from there on the curve says nothing "
            "of those.";
  return text;
}

}  // namespace churn::inline v0

#include <churn/survival/nelson_aalen.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "stats/normal_quantile.hpp"
#include "survival/sound_risk_table.hpp"
#include "survival/survival_interval.hpp"

namespace churn::inline v0 {

namespace {

struct Increment {
  double hazard;
  double variance;
};

Increment of_days(const RiskRow& row) {
  const auto at_risk = static_cast<double>(row.at_risk);
  const double share = static_cast<double>(row.events) / at_risk;
  return {share, share / at_risk};
}

/// Sums of 1 / k and 1 / k^2 for k from n - d + 1 to n. Of many departures the first hundred and smallest k are added
/// one by one; the rest is the difference of psi and psi' at the halves around it, by their asymptotic series (DLMF
/// 5.11.2, at k + 1/2), whose next term is below 10^-14 of the sum from k = 100 on.
Increment one_by_one(const RiskRow& row) {
  constexpr std::int64_t few = 100;
  std::int64_t k = row.at_risk - row.events + 1;
  Increment sum{0, 0};
  for (std::int64_t added = 0; k <= row.at_risk && (row.events <= 2 * few || added < few); ++k, ++added) {
    const double part = 1 / static_cast<double>(k);
    sum.hazard += part;
    sum.variance += part * part;
  }
  if (k > row.at_risk) return sum;
  const double from = static_cast<double>(k) - 0.5;
  const double to = static_cast<double>(row.at_risk) + 0.5;
  const auto rest = static_cast<double>(row.at_risk - k + 1);
  const auto difference = [&](int power) { return std::pow(from, -power) - std::pow(to, -power); };
  sum.hazard += std::log1p(rest / from) - difference(2) / 24 + difference(4) * 7 / 960;
  sum.variance += rest / (from * to) - difference(3) / 12 + difference(5) * 7 / 240;
  return sum;
}

std::optional<Interval> interval_of(HazardInterval type, double hazard, double width) {
  if (hazard <= 0) return std::nullopt;
  if (type == HazardInterval::plain) return Interval{std::max(hazard - width, 0.0), hazard + width};
  const double factor = std::exp(width / hazard);
  return Interval{hazard / factor, hazard * factor};
}

}  // namespace

CumulativeHazard nelson_aalen(const RiskTable& table, const CumulativeHazardOptions& options) {
  const double z = two_sided_quantile(options.confidence);
  require_sound(table);
  CumulativeHazard result{.rows = {}, .spells = table.spells, .events = table.events, .options = options};
  result.rows.reserve(table.rows.size());
  double variance = 0;
  CumulativeHazardRow last{
      .time = 0, .at_risk = 0, .events = 0, .censored = 0, .hazard = 0, .std_error = 0, .survival = 1};
  for (const RiskRow& row : table.rows) {
    last.time = row.time;
    last.at_risk = row.at_risk;
    last.events = row.events;
    last.censored = row.censored;
    if (row.events > 0) {
      const Increment step = options.ties == HazardTies::nelson_aalen ? of_days(row) : one_by_one(row);
      last.hazard += step.hazard;
      variance += step.variance;
      last.std_error = std::sqrt(variance);
      last.survival = std::exp(-last.hazard);
      last.interval = interval_of(options.interval, last.hazard, z * last.std_error);
      last.survival_interval.reset();
      if (last.interval)
        last.survival_interval = Interval{std::exp(-last.interval->high), std::exp(-last.interval->low)};
    }
    result.rows.push_back(last);
  }
  return result;
}

std::optional<double> CumulativeHazard::at(std::int32_t time) const {
  if (rows.empty() || time > rows.back().time) return std::nullopt;
  const auto after =
      std::upper_bound(rows.begin(), rows.end(), time,
                       [](std::int32_t t, const CumulativeHazardRow& row) { return t < row.time; });
  return after == rows.begin() ? 0 : std::prev(after)->hazard;
}

Table cumulative_hazard_table(const CumulativeHazard& hazard) {
  Table table{
      {"time", "at_risk", "events", "censored", "cumulative_hazard", "std_error", "ci_low", "ci_high"}, {}};
  table.rows.reserve(hazard.rows.size());
  for (const CumulativeHazardRow& row : hazard.rows)
    table.rows.push_back({std::int64_t{row.time}, row.at_risk, row.events, row.censored, row.hazard,
                          row.std_error, row.interval ? Cell{row.interval->low} : Cell{},
                          row.interval ? Cell{row.interval->high} : Cell{}});
  return table;
}

}  // namespace churn::inline v0

#include <churn/survival/hazard.hpp>

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <span>

#include <churn/core/exact.hpp>
#include <churn/stats/poisson_interval.hpp>

#include "stats/maths_policy.hpp"
#include "stats/normal_quantile.hpp"
#include "stats/wording.hpp"
#include "survival/sound_risk_table.hpp"

namespace churn::inline v0 {

namespace {

// ---- by intervals of tenure

/// Walks through tenures and knows how many spells are at risk.
class AtRisk {
 public:
  explicit AtRisk(const RiskTable& table) : rows_(table.rows), entries_(table.entries) {}

  /// What happens in (from, to], and at 0 if from is 0; `from` is where the walk has come to.
  [[nodiscard]] HazardRow walk(std::int32_t from, std::int32_t to) {
    HazardRow row{from, to, present_, 0, 0, {}, {}};
    std::int32_t at = from;
    while (true) {
      std::int32_t next = to;
      if (!entries_.empty()) next = std::min(next, entries_.front().day);
      if (!rows_.empty()) next = std::min(next, rows_.front().time);
      row.days_at_risk = checked_add(row.days_at_risk, checked_multiply(present_, next - at));
      at = next;
      const bool enter = !entries_.empty() && entries_.front().day == at && at < to;
      if (enter) {
        present_ = checked_add(present_, entries_.front().count);
        row.spells = checked_add(row.spells, entries_.front().count);
        entries_ = entries_.subspan(1);
      }
      const bool leave = !rows_.empty() && rows_.front().time == at;
      if (leave) {
        row.events = checked_add(row.events, rows_.front().events);
        present_ -= rows_.front().events + rows_.front().censored;
        rows_ = rows_.subspan(1);
      }
      if (!enter && !leave) return row;
    }
  }

 private:
  std::span<const RiskRow> rows_;
  std::span<const DayCount> entries_;
  std::int64_t present_{0};
};

void check_confidence(double confidence) { (void)two_sided_quantile(confidence); }

/// A table that was put together by hand may lack what days at risk come of.
void require_entries(const RiskTable& table) {
  require_sound(table);
  std::int64_t present = 0;
  for (const DayCount& at : table.entries) present = checked_add(present, at.count);
  for (const RiskRow& row : table.rows)
    present = checked_subtract(present, checked_add(row.events, row.censored));
  if (present != 0)
    throw Error(ErrorCode::out_of_range, "In a table of those at risk as many spells enter as leave.");
}

std::vector<std::int32_t> cuts_of(const RiskTable& table, const HazardOptions& options) {
  if (!options.cuts.empty()) {
    const bool ascend = std::adjacent_find(options.cuts.begin(), options.cuts.end(),
                                           std::greater_equal<>{}) == options.cuts.end();
    if (options.cuts.size() < 2 || options.cuts.front() < 0 || !ascend)
      throw Error(ErrorCode::bad_period,
                  "Intervals of tenure are cut at two tenures or more, which ascend from 0 or later.");
    return options.cuts;
  }
  if (options.days < 1) throw Error(ErrorCode::bad_number, "An interval of tenure lasts a day or more.");
  if (table.rows.empty()) return {};
  std::vector<std::int32_t> cuts{0};
  const std::int64_t last = table.rows.back().time;
  for (std::int64_t cut = options.days; cuts.back() < last || cuts.size() == 1; cut += options.days)
    cuts.push_back(
        static_cast<std::int32_t>(std::min<std::int64_t>(cut, std::numeric_limits<std::int32_t>::max())));
  return cuts;
}

// ---- smoothed

/// The integral of the kernel K_q of hazard.hpp from -1 to x.
class KernelMass {
 public:
  explicit KernelMass(double q)
      : q_(q), scale_(12 / std::pow(1 + q, 4)), slope_(1 - 2 * q), level_((3 * q * q - 2 * q + 1) / 2) {}

  [[nodiscard]] double up_to(double x) const {
    const double v = std::clamp(x, -1.0, q_) + 1;  // (x + 1) (slope x + level), from 0 to v in x + 1
    return scale_ * v * v * (slope_ * v / 3 + (level_ - slope_) / 2);
  }

 private:
  double q_;
  double scale_;
  double slope_;
  double level_;
};

/// How much of what happens on a day counts at a tenure.
class DayWeights {
 public:
  DayWeights(double at, double bandwidth, double from, double until)
      : at_(at),
        bandwidth_(bandwidth),
        at_the_end_(at + bandwidth > until),
        kernel_(std::min({1.0, (at - from) / bandwidth, (until - at) / bandwidth})) {}

  /// Of (day - 1, day].
  [[nodiscard]] double of(std::int32_t day) const {
    const double begin = (day - 1 - at_) / bandwidth_;
    const double end = (day - at_) / bandwidth_;
    return at_the_end_ ? kernel_.up_to(end) - kernel_.up_to(begin)
                       : kernel_.up_to(-begin) - kernel_.up_to(-end);
  }

 private:
  double at_;
  double bandwidth_;
  bool at_the_end_;
  KernelMass kernel_;
};

/// A sum of departures that weigh differently.
struct WeightedCount {
  double value{0};
  double variance{0};
  double largest{0};  ///< weight that a departure could have

  void add(std::int64_t events, double weight) {
    const auto count = static_cast<double>(events);
    value += weight * count;
    variance += weight * weight * count;
    largest = std::max(largest, weight);
  }
  /// Of Fay and Feuer. Weights below 0 can make the upper gamma variate flatter than that of a single departure, and
  /// its quantile small; then the normal one serves.
  [[nodiscard]] std::optional<Interval> interval(double confidence) const {
    if (largest <= 0) return std::nullopt;
    const double tail = (1 - confidence) / 2;
    const double sum = std::max(value, 0.0);
    const double more = sum + largest;
    const double spread = variance + largest * largest;
    const double shape = more * more / spread;
    Interval ends{0, shape < 1 ? more + two_sided_quantile(confidence) * std::sqrt(spread)
                               : boost::math::gamma_q_inv(shape, tail, MathsPolicy{}) * spread / more};
    if (sum * sum > 1e-3 * variance)  // else the quantile is below the smallest double
      ends.low = boost::math::gamma_p_inv(sum * sum / variance, tail, MathsPolicy{}) * variance / sum;
    return ends;
  }
};

/// Chooses what was not given, and refuses what can't be.
void settle(SmoothHazard& smooth, const RiskTable& table) {
  const SmoothHazardOptions& options = smooth.options;
  smooth.from = table.entries.empty() ? 0 : table.entries.front().day;
  smooth.until = table.rows.back().time;
  if (options.until) {
    if (*options.until <= smooth.from || *options.until > smooth.until)
      throw Error(ErrorCode::out_of_range,
                  "A hazard is smoothed up to a tenure that is behind the first entry and not "
                  "behind the last that was observed.");
    smooth.until = *options.until;
  } else {
    const auto enough = std::find_if(table.rows.rbegin(), table.rows.rend(), [&](const RiskRow& row) {
      return row.at_risk >= 10 && row.time > smooth.from;
    });
    if (enough != table.rows.rend()) smooth.until = enough->time;
  }
  for (const RiskRow& row : table.rows)
    if (row.time <= smooth.until) smooth.events += row.events;

  const double half = (static_cast<double>(smooth.until) - smooth.from) / 2;
  if (options.bandwidth) {
    if (!(*options.bandwidth > 0 && *options.bandwidth <= half))
      throw Error(ErrorCode::bad_number,
                  "A bandwidth is above 0 and at most half of the tenures that a hazard is smoothed over.");
    smooth.bandwidth = *options.bandwidth;
  } else {
    const auto events = static_cast<double>(std::max<std::int64_t>(smooth.events, 1));
    smooth.bandwidth = std::min(std::max(half / (4 * std::pow(events, 0.2)), 1.0), half);
  }
}

}  // namespace

HazardByTenure hazard_by_tenure(const RiskTable& table, const HazardOptions& options) {
  check_confidence(options.confidence);
  require_entries(table);
  const std::vector<std::int32_t> cuts = cuts_of(table, options);
  HazardByTenure hazard{.rows = {}, .options = options};
  if (cuts.empty()) return hazard;
  hazard.rows.reserve(cuts.size() - 1);
  AtRisk at_risk{table};
  if (cuts.front() > 0) (void)at_risk.walk(0, cuts.front());
  for (std::size_t i = 1; i < cuts.size(); ++i) {
    HazardRow row = at_risk.walk(cuts[i - 1], cuts[i]);
    if (row.days_at_risk > 0) {
      const auto days = static_cast<double>(row.days_at_risk);
      row.rate = static_cast<double>(row.events) / days;
      row.interval = poisson_interval(row.events, days, options.confidence);
    }
    hazard.rows.push_back(row);
  }
  return hazard;
}

std::optional<HazardPeak> hazard_peak(const HazardByTenure& hazard) {
  std::int64_t events = 0;
  std::int64_t days = 0;
  std::size_t among = 0;
  for (const HazardRow& row : hazard.rows) {
    events = checked_add(events, row.events);
    days = checked_add(days, row.days_at_risk);
    if (row.rate) ++among;
  }
  std::optional<HazardPeak> peak;
  for (const HazardRow& row : hazard.rows) {
    if (!row.rate || row.events == 0) continue;
    const double confidence = 1 - (1 - hazard.options.confidence) / static_cast<double>(among);
    const auto interval = poisson_interval(row.events, static_cast<double>(row.days_at_risk), confidence);
    if (peak && interval->low <= peak->interval.low) continue;
    peak = HazardPeak{row, *interval, among, events - row.events, days - row.days_at_risk, {}, {}};
  }
  if (peak && peak->days_elsewhere > 0) {
    const auto elsewhere = static_cast<double>(peak->days_elsewhere);
    const auto here = static_cast<double>(peak->row.days_at_risk);
    peak->rate_elsewhere = static_cast<double>(peak->events_elsewhere) / elsewhere;
    const double tail = boost::math::ibeta(static_cast<double>(peak->row.events),
                                           static_cast<double>(peak->events_elsewhere) + 1,
                                           here / (here + elsewhere), MathsPolicy{});
    peak->p = p_value(std::min(1.0, tail * static_cast<double>(peak->among)));
  }
  return peak;
}

std::string hazard_sentence(const HazardByTenure& hazard) {
  const auto peak = hazard_peak(hazard);
  if (!peak) return "Nobody left in the days that were observed.";
  const auto a_month = [](double rate) { return in_points(30 * rate); };
  const std::string days = "day " + std::to_string(peak->row.from) + " to " + std::to_string(peak->row.to);
  if (!peak->p || peak->p->value >= 1 - hazard.options.confidence)
    return "No tenure stands out: the surest high is " + days + ", where " +
           std::to_string(peak->row.events) + " left, but that may be chance.";
  return "Most leave from " + days + ": " + a_month(*peak->row.rate) + " of 100 in 30 days (" +
         confidence_in_words(hazard.options.confidence) + ", as the highest of " +
         std::to_string(peak->among) + ": " + a_month(peak->interval.low) + " to " +
         a_month(peak->interval.high) + "), and " + a_month(*peak->rate_elsewhere) + " at other tenures.";
}

Table hazard_table(const HazardByTenure& hazard) {
  Table table{{"from", "to", "spells", "events", "days_at_risk", "rate", "ci_low", "ci_high"}, {}};
  table.rows.reserve(hazard.rows.size());
  for (const HazardRow& row : hazard.rows)
    table.rows.push_back({std::int64_t{row.from}, std::int64_t{row.to}, row.spells, row.events,
                          row.days_at_risk, row.rate ? Cell{*row.rate} : Cell{},
                          row.interval ? Cell{row.interval->low} : Cell{},
                          row.interval ? Cell{row.interval->high} : Cell{}});
  return table;
}

SmoothHazard smooth_hazard(const RiskTable& table, const SmoothHazardOptions& options) {
  check_confidence(options.confidence);
  if (options.step && *options.step < 1)
    throw Error(ErrorCode::bad_number, "Rows of a smoothed hazard are a day or more apart.");
  SmoothHazard smooth{.rows = {}, .options = options};
  require_entries(table);
  // An exit behind the first entry is what makes a day at risk.
  if (table.rows.empty() || table.entries.empty() || table.rows.back().time <= table.entries.front().day)
    return smooth;
  settle(smooth, table);

  const std::int32_t length = smooth.until - smooth.from;
  const std::int32_t step = options.step.value_or(length / 100 + (length % 100 != 0 ? 1 : 0));
  auto entered = table.entries.begin();
  auto left = table.rows.begin();
  auto first = table.rows.begin();  // row that may count
  std::int64_t at_risk = 0;
  for (std::int64_t next = smooth.from;; next += step) {
    const auto time = static_cast<std::int32_t>(std::min<std::int64_t>(next, smooth.until));
    const std::int32_t day =
        std::max(time, smooth.from + 1);  // at risk on it: entered before, leaves on it or later
    for (; entered != table.entries.end() && entered->day < day; ++entered) at_risk += entered->count;
    for (; left != table.rows.end() && left->time < day; ++left) at_risk -= left->events + left->censored;

    SmoothHazardRow row{time, at_risk, 0, {}, {}, {}};
    const DayWeights weights{static_cast<double>(time), smooth.bandwidth, static_cast<double>(smooth.from),
                             static_cast<double>(smooth.until)};
    while (first != table.rows.end() && std::max(first->time, smooth.from + 1) <= time - smooth.bandwidth)
      ++first;
    WeightedCount sum;
    if (at_risk > 0) sum.largest = weights.of(day) / static_cast<double>(at_risk);
    for (auto at = first; at != table.rows.end() && at->time < time + smooth.bandwidth + 1; ++at) {
      if (at->time > smooth.until) break;
      if (at->at_risk == 0) continue;
      const double weight = weights.of(std::max(at->time, smooth.from + 1));
      if (weight == 0) continue;
      sum.add(at->events, weight / static_cast<double>(at->at_risk));
      row.events += at->events;
    }
    if (at_risk > 0) {
      row.rate = std::max(sum.value, 0.0);
      row.std_error = std::sqrt(sum.variance);
      row.interval = sum.interval(options.confidence);
    }
    smooth.rows.push_back(row);
    if (time == smooth.until) return smooth;
  }
}

Table smooth_hazard_table(const SmoothHazard& hazard) {
  Table table{{"time", "at_risk", "events", "rate", "std_error", "ci_low", "ci_high"}, {}};
  table.rows.reserve(hazard.rows.size());
  for (const SmoothHazardRow& row : hazard.rows)
    table.rows.push_back({std::int64_t{row.time}, row.at_risk, row.events,
                          row.rate ? Cell{*row.rate} : Cell{}, row.std_error ? Cell{*row.std_error} : Cell{},
                          row.interval ? Cell{row.interval->low} : Cell{},
                          row.interval ? Cell{row.interval->high} : Cell{}});
  return table;
}

}  // namespace churn::inline v0

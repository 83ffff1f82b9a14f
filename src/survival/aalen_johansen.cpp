#include <churn/survival/aalen_johansen.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>

#include <churn/core/error.hpp>

#include "stats/normal_quantile.hpp"
#include "survival/sound_risk_table.hpp"
#include "survival/survival_interval.hpp"

namespace churn::inline v0 {

namespace {

/// One type, with its variance and its covariance with the event-free share.
struct Course {
  std::int64_t events{0};  // so far
  double value{0};
  double variance{0};
  double covariance{0};
};

/// The shares from day to day. What is uncertain of yesterday's is passed on by today's rates, and today's
/// departures add their own, which is as if drawn from those at risk.
class Walk {
 public:
  explicit Walk(std::size_t types) : courses(types) {}

  void day(const RiskTable& table, std::size_t row) {
    const RiskRow& now = table.rows[row];
    const auto n = static_cast<double>(now.at_risk);
    const double h = static_cast<double>(now.events) / n;
    const double stay = 1 - h;
    const double drawn = event_free * event_free / n;
    for (std::size_t k = 0; k < courses.size(); ++k) {
      Course& course = courses[k];
      const std::int64_t count = table.by_type[row * courses.size() + k];
      const double hk = static_cast<double>(count) / n;
      course.variance += 2 * hk * course.covariance + hk * hk * variance + drawn * hk * (1 - hk);
      course.covariance = stay * (course.covariance + hk * variance) - drawn * hk * stay;
      course.value += event_free * hk;
      course.events += count;
    }
    variance = stay * stay * variance + drawn * h * stay;
    event_free *= stay;
    events += now.events;
  }
  /// Where no other type has been seen, F is 1 - S, and rounding must not tell them apart.
  [[nodiscard]] double std_error(const Course& course) const {
    return std::sqrt(std::max(0.0, course.events == events ? variance : course.variance));
  }
  [[nodiscard]] double value(const Course& course) const {
    return course.events == events ? 1 - event_free : std::min(course.value, 1.0);
  }

  double event_free{1};
  double variance{0};
  std::int64_t events{0};
  std::vector<Course> courses;
};

/// The last row at a time or before it; `rows.end()` before the first.
std::optional<std::size_t> row_at(const std::vector<IncidenceRow>& rows, std::int32_t time) {
  const auto after = std::upper_bound(rows.begin(), rows.end(), time,
                                      [](std::int32_t t, const IncidenceRow& row) { return t < row.time; });
  if (after == rows.begin()) return std::nullopt;
  return static_cast<std::size_t>(after - rows.begin()) - 1;
}

bool is_known(const std::vector<IncidenceRow>& rows, std::int32_t time) {
  return !rows.empty() && (time <= rows.back().time || rows.back().event_free == 0);
}

}  // namespace

Incidence CumulativeIncidence::of(std::size_t row, std::size_t type) const {
  if (row >= rows.size() || type >= types.size())
    throw Error(ErrorCode::out_of_range, "There are " + std::to_string(rows.size()) + " rows and " +
                                             std::to_string(types.size()) + " types of exit.");
  return incidences[row * types.size() + type];
}

std::optional<Incidence> CumulativeIncidence::at(std::int32_t time, std::size_t type) const {
  if (type >= types.size())
    throw Error(ErrorCode::out_of_range, "There are " + std::to_string(types.size()) + " types of exit.");
  if (!is_known(rows, time)) return std::nullopt;
  const auto row = row_at(rows, time);
  if (!row) return Incidence{0, 0, 0, std::nullopt};
  Incidence found = of(*row, type);
  if (rows[*row].time != time) found.events = 0;
  return found;
}

std::optional<double> CumulativeIncidence::event_free_at(std::int32_t time) const {
  if (!is_known(rows, time)) return std::nullopt;
  const auto row = row_at(rows, time);
  return row ? rows[*row].event_free : 1;
}

CumulativeIncidence aalen_johansen(const RiskTable& table, const IncidenceOptions& options) {
  const double z = two_sided_quantile(options.confidence);
  require_sound(table);
  if (table.types.empty() &&
      std::any_of(table.rows.begin(), table.rows.end(), [](const RiskRow& row) { return row.events > 0; }))
    throw Error(ErrorCode::unknown_name,
                "The events of this table of those at risk have no types. Make it with their names.");
  CumulativeIncidence result;
  result.types = table.types;
  result.rows.reserve(table.rows.size());
  result.incidences.reserve(table.by_type.size());
  Walk walk{table.types.size()};
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const RiskRow& row = table.rows[i];
    if (row.at_risk > 0) walk.day(table, i);
    const bool all_left = row.events > 0 && row.events == row.at_risk;
    if (all_left && !result.died_out_at && i + 1 < table.rows.size()) result.died_out_at = row.time;
    result.rows.push_back({row.time, row.at_risk, row.events, row.censored, walk.event_free});
    for (std::size_t k = 0; k < table.types.size(); ++k) {
      const Course& course = walk.courses[k];
      const double value = walk.value(course);
      const double std_error = walk.std_error(course);
      const bool is_sure = !(value > 0) || !(std_error > 0);
      result.incidences.push_back(
          {table.by_type[i * table.types.size() + k], value, std_error,
           is_sure ? std::nullopt : survival_interval(options.interval, value, z * std_error / value)});
    }
  }
  return result;
}

Table incidence_table(const CumulativeIncidence& incidence) {
  Table table{
      {"time", "at_risk", "event_free", "type", "events", "incidence", "std_error", "ci_low", "ci_high"}, {}};
  for (std::size_t i = 0; i < incidence.rows.size(); ++i)
    for (std::size_t k = 0; k < incidence.types.size(); ++k) {
      const IncidenceRow& row = incidence.rows[i];
      const Incidence of_type = incidence.of(i, k);
      table.rows.push_back({std::int64_t{row.time}, row.at_risk, row.event_free, incidence.types[k],
                            of_type.events, of_type.value, of_type.std_error,
                            of_type.interval ? Cell{of_type.interval->low} : Cell{},
                            of_type.interval ? Cell{of_type.interval->high} : Cell{}});
    }
  return table;
}

}  // namespace churn::inline v0

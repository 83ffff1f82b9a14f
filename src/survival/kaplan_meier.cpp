#include <churn/survival/kaplan_meier.hpp>

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>

#include <churn/core/exact.hpp>

namespace churn::inline v0 {

namespace {

constexpr std::int32_t no_time = std::numeric_limits<std::int32_t>::max();

/// Counts in order of time, read from the front.
struct Upcoming {
  std::span<const DayCount> counts;
  bool is_event;

  [[nodiscard]] std::int32_t time() const { return counts.empty() ? no_time : counts.front().day; }
  [[nodiscard]] std::int64_t take(std::int32_t time) {
    if (this->time() != time) return 0;
    const std::int64_t count = counts.front().count;
    counts = counts.subspan(1);
    return count;
  }
};

std::vector<bool> chosen(const LifeTable& table, const std::vector<std::string>& events) {
  const std::vector<std::string>& types = table.exit_types();
  std::vector<bool> is_event(types.size(), events.empty());
  for (const std::string& name : events) {
    const auto at = std::lower_bound(types.begin(), types.end(), name);
    if (at == types.end() || *at != name) {
      std::string known;
      for (const std::string& type : types) known += (known.empty() ? "" : ", ") + type;
      throw Error(ErrorCode::unknown_name,
                  "\"" + name + "\" is no type of exit that counts as an event. There are: " + known + ".");
    }
    is_event[static_cast<std::size_t>(at - types.begin())] = true;
  }
  return is_event;
}

}  // namespace

SurvivalCurve kaplan_meier(const LifeTable& table, std::size_t segment,
                           const std::vector<std::string>& events) {
  const std::vector<bool> is_event = chosen(table, events);
  const std::int32_t last_day = table.as_of().days() - 1;
  // Who is running leaves at the tenure of the last known day: the latest starts first.
  std::vector<DayCount> running{table.running(segment).begin(), table.running(segment).end()};
  std::reverse(running.begin(), running.end());
  for (DayCount& at : running) at.day = last_day - at.day;

  std::vector<Upcoming> leaving{{running, false}, {table.censored(segment), false}};
  for (std::size_t k = 0; k < is_event.size(); ++k) leaving.push_back({table.exits(segment, k), is_event[k]});
  std::span<const DayCount> entering = table.entries(segment);
  const bool just_begun = table.records_from() && table.records_from()->days() == last_day;

  SurvivalCurve curve;
  std::int64_t at_risk = 0;
  double survival = 1;
  while (true) {
    std::int32_t time = no_time;
    for (const Upcoming& column : leaving) time = std::min(time, column.time());
    if (time == no_time) return curve;
    for (; !entering.empty() && (entering.front().day < time || entering.front().day == 0);
         entering = entering.subspan(1))
      at_risk = checked_add(at_risk, entering.front().count);
    SurvivalRow row{time, at_risk, 0, 0, survival};
    std::int64_t unobserved = 0;
    if (just_begun && time > 0) unobserved = leaving.front().take(time);
    for (Upcoming& column : leaving) {
      std::int64_t& sum = column.is_event ? row.events : row.censored;
      sum = checked_add(sum, column.take(time));
    }
    at_risk = checked_subtract(at_risk, checked_add(checked_add(row.events, row.censored), unobserved));
    if (row.events < 0 || row.censored < 0 || row.events + row.censored > row.at_risk)
      throw Error(ErrorCode::out_of_range,
                  "More spells leave than have entered. Subtract from a table only what is in it.");
    if (row.events == 0 && row.censored == 0) continue;
    survival *= 1 - static_cast<double>(row.events) / static_cast<double>(row.at_risk);
    if (row.events > 0 && row.events == row.at_risk) {
      survival = 0;
      if (!curve.died_out_at && !entering.empty()) curve.died_out_at = time;
    }
    row.survival = survival;
    curve.rows.push_back(row);
  }
}

std::optional<double> SurvivalCurve::at(std::int32_t time) const {
  if (rows.empty() || (time > rows.back().time && rows.back().survival > 0)) return std::nullopt;
  const auto after = std::upper_bound(rows.begin(), rows.end(), time,
                                      [](std::int32_t t, const SurvivalRow& row) { return t < row.time; });
  return after == rows.begin() ? 1 : std::prev(after)->survival;
}

}  // namespace churn::inline v0

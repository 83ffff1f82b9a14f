#include <churn/survival/risk_table.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include <churn/core/exact.hpp>

#include "survival/risk_sets.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::int32_t no_time = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t no_event = std::numeric_limits<std::size_t>::max();

// ---- of counts

/// Counts in order of time, read from the front.
struct Upcoming {
  std::span<const DayCount> counts;
  std::size_t type;  ///< of the events that they are; no_event: they censor

  [[nodiscard]] std::int32_t time() const { return counts.empty() ? no_time : counts.front().day; }
  [[nodiscard]] std::int64_t take(std::int32_t time) {
    if (this->time() != time) return 0;
    const std::int64_t count = counts.front().count;
    counts = counts.subspan(1);
    return count;
  }
};

/// For each type of exit the number of the event that it is; no_event where it censors.
std::vector<std::size_t> chosen(const LifeTable& table, const std::vector<std::string>& events) {
  const std::vector<std::string>& types = table.exit_types();
  std::vector<std::size_t> number(types.size(), no_event);
  for (const std::string& name : events) {
    const auto at = std::lower_bound(types.begin(), types.end(), name);
    if (at == types.end() || *at != name) {
      std::string known;
      for (const std::string& type : types) known += (known.empty() ? "" : ", ") + type;
      throw Error(ErrorCode::unknown_name,
                  "\"" + name + "\" is no type of exit that counts as an event. There are: " + known + ".");
    }
    number[static_cast<std::size_t>(at - types.begin())] = 0;
  }
  std::size_t next = 0;
  for (std::size_t& n : number)
    if (events.empty() || n == 0) n = next++;
  return number;
}

/// Entries but those that are not observed for any time: who was there before records began on the last known
/// day, and leaves as running on the day of its entry. `running` is ascending by tenure.
std::vector<DayCount> observed_entries(std::span<const DayCount> entries, std::span<const DayCount> running) {
  std::vector<DayCount> observed;
  observed.reserve(entries.size());
  for (DayCount at : entries) {
    while (!running.empty() && running.front().day < at.day) running = running.subspan(1);
    if (at.day > 0 && !running.empty() && running.front().day == at.day)
      at.count = checked_subtract(at.count, running.front().count);
    if (at.count != 0) observed.push_back(at);
  }
  return observed;
}

// ---- of rows

/// Counts of single rows added up by day, ascending.
std::vector<DayCount> added_up(std::vector<DayCount> counts) {
  std::int32_t last = 0;
  for (const DayCount& at : counts) last = std::max(last, at.day);
  std::vector<DayCount> sums;
  if (static_cast<std::size_t>(last) < 4 * counts.size() + 4096) {
    std::vector<std::int64_t> by_day(static_cast<std::size_t>(last) + 1, 0);
    for (const DayCount& at : counts) by_day[static_cast<std::size_t>(at.day)] += at.count;
    for (std::int32_t t = 0; t <= last; ++t)
      if (by_day[static_cast<std::size_t>(t)] != 0) sums.push_back({t, by_day[static_cast<std::size_t>(t)]});
    return sums;
  }
  std::sort(counts.begin(), counts.end(), [](const DayCount& a, const DayCount& b) { return a.day < b.day; });
  for (const DayCount& at : counts) {
    if (sums.empty() || sums.back().day != at.day)
      sums.push_back(at);
    else
      sums.back().count += at.count;
  }
  return sums;
}

/// The distinct tenures at which rows leave, and where a tenure lies among them.
class ExitTimes {
 public:
  ExitTimes(const SpellColumns& columns, std::span<const std::uint32_t> rows) {
    std::int32_t last = 0;
    for (const std::uint32_t i : rows) last = std::max(last, columns.exit[i]);
    if (static_cast<std::size_t>(last) < 4 * rows.size() + 4096) {
      before_.assign(static_cast<std::size_t>(last) + 2, 0);
      for (const std::uint32_t i : rows) before_[static_cast<std::size_t>(columns.exit[i]) + 1] = 1;
      for (std::int32_t t = 0; t <= last; ++t)
        if (before_[static_cast<std::size_t>(t) + 1] != 0) times_.push_back(t);
      std::partial_sum(before_.begin(), before_.end(), before_.begin());
      return;
    }
    times_.reserve(rows.size());
    for (const std::uint32_t i : rows) times_.push_back(columns.exit[i]);
    std::sort(times_.begin(), times_.end());
    times_.erase(std::unique(times_.begin(), times_.end()), times_.end());
  }

  [[nodiscard]] const std::vector<std::int32_t>& times() const { return times_; }
  /// The first of them at `time` or after it, which is not behind the last.
  [[nodiscard]] std::size_t from(std::int32_t time) const {
    if (!before_.empty()) return before_[static_cast<std::size_t>(time)];
    return static_cast<std::size_t>(std::lower_bound(times_.begin(), times_.end(), time) - times_.begin());
  }

 private:
  std::vector<std::int32_t> times_;
  std::vector<std::uint32_t> before_;  // by tenure, how many are before it
};

std::int64_t whole(double weight) {
  constexpr double limit = 9007199254740992.0;  // 2^53, up to which doubles hold every integer
  if (!(weight <= limit) || weight != std::floor(weight))
    throw Error(ErrorCode::bad_number, "Weights of spells that are counted have to be whole.");
  return static_cast<std::int64_t>(weight);
}

RiskTable table_of(const SpellColumns& columns, std::span<const std::uint32_t> rows,
                   const std::vector<std::string>& types) {
  const ExitTimes exits{columns, rows};
  const std::size_t n = exits.times().size();
  const std::size_t kinds = std::max<std::size_t>(types.size(), 1);
  std::vector<std::int64_t> entering(n, 0);
  std::vector<std::int64_t> leaving(n * (kinds + 1), 0);  // censored, then by type

  RiskTable table;
  table.types = types;
  DayCount from_the_start{0, 0};
  std::vector<DayCount> late;
  for (const std::uint32_t i : rows) {
    const std::size_t event = types.empty() ? std::size_t{columns.event[i] != 0 ? 1U : 0U} : columns.event[i];
    if (event > kinds)
      throw Error(ErrorCode::out_of_range, "Row " + std::to_string(i) + " has an event of type " +
                                               std::to_string(event) + ", and there are " +
                                               std::to_string(kinds) + " types.");
    const std::int64_t count = columns.weight.empty() ? 1 : whole(columns.weight[i]);
    const std::int32_t exit = columns.exit[i];
    const std::int32_t entry = enters_after(columns, i);
    if (entry == exit || count == 0) continue;        // never at risk
    table.spells = checked_add(table.spells, count);  // so no other sum runs over
    if (entry > 0)
      late.push_back({entry, count});
    else
      from_the_start.count += count;
    entering[exits.from(entry + 1)] += count;
    leaving[exits.from(exit) * (kinds + 1) + event] += count;
  }
  table.late_entry = !late.empty();
  table.entries = added_up(std::move(late));
  if (from_the_start.count > 0) table.entries.insert(table.entries.begin(), from_the_start);
  std::int64_t at_risk = 0;
  table.rows.reserve(n);
  for (std::size_t t = 0; t < n; ++t) {
    at_risk += entering[t];
    const std::int64_t* const left = &leaving[t * (kinds + 1)];
    const std::int64_t events = std::accumulate(left + 1, left + 1 + kinds, std::int64_t{0});
    if (events == 0 && left[0] == 0) continue;
    table.rows.push_back({exits.times()[t], at_risk, events, left[0]});
    if (!types.empty()) table.by_type.insert(table.by_type.end(), left + 1, left + 1 + kinds);
    table.events += events;
    at_risk -= events + left[0];
  }
  return table;
}

std::vector<std::uint32_t> every_row(const SpellColumns& columns) {
  std::vector<std::uint32_t> rows(columns.exit.size());
  std::iota(rows.begin(), rows.end(), std::uint32_t{0});
  return rows;
}

}  // namespace

std::int64_t RiskTable::events_of(std::size_t row, std::size_t type) const {
  if (row >= rows.size() || type >= types.size())
    throw Error(ErrorCode::out_of_range, "The table of those at risk has " + std::to_string(rows.size()) +
                                             " rows and " + std::to_string(types.size()) + " types of exit.");
  return by_type[row * types.size() + type];
}

RiskTable risk_table(const LifeTable& life, std::size_t segment, const std::vector<std::string>& events) {
  const std::vector<std::size_t> number = chosen(life, events);
  const std::int32_t last_day = life.as_of().days() - 1;
  // Who is running leaves at the tenure of the last known day: the latest starts first.
  std::vector<DayCount> running{life.running(segment).begin(), life.running(segment).end()};
  std::reverse(running.begin(), running.end());
  for (DayCount& at : running) at.day = last_day - at.day;

  RiskTable table;
  if (life.records_from() && life.records_from()->days() == last_day) {
    table.entries = observed_entries(life.entries(segment), running);
    std::erase_if(running, [](const DayCount& at) { return at.day > 0; });
  } else {
    table.entries.assign(life.entries(segment).begin(), life.entries(segment).end());
  }
  std::vector<Upcoming> leaving{{running, no_event}, {life.censored(segment), no_event}};
  std::size_t days = running.size() + life.censored(segment).size();
  for (std::size_t k = 0; k < number.size(); ++k) {
    leaving.push_back({life.exits(segment, k), number[k]});
    days += life.exits(segment, k).size();
    if (number[k] != no_event) table.types.push_back(life.exit_types()[k]);
  }
  for (const DayCount& at : table.entries) table.spells = checked_add(table.spells, at.count);
  table.late_entry = !table.entries.empty() && table.entries.back().day > 0;
  table.rows.reserve(days);
  const std::size_t kinds = table.types.size();
  table.by_type.reserve(days * kinds);

  std::span<const DayCount> entering = table.entries;
  std::int64_t at_risk = 0;
  while (true) {
    std::int32_t time = no_time;
    for (const Upcoming& column : leaving) time = std::min(time, column.time());
    if (time == no_time) return table;
    for (; !entering.empty() && (entering.front().day < time || entering.front().day == 0);
         entering = entering.subspan(1))
      at_risk = checked_add(at_risk, entering.front().count);
    RiskRow row{time, at_risk, 0, 0};
    const std::size_t first = table.by_type.size();
    table.by_type.resize(first + kinds, 0);
    bool negative = false;
    for (Upcoming& column : leaving) {
      const std::int64_t count = column.take(time);
      negative = negative || count < 0;
      std::int64_t& sum = column.type == no_event ? row.censored : row.events;
      sum = checked_add(sum, count);
      if (column.type != no_event) table.by_type[first + column.type] = count;
    }
    at_risk = checked_subtract(at_risk, checked_add(row.events, row.censored));
    if (negative || at_risk < 0)
      throw Error(ErrorCode::out_of_range,
                  "More spells leave than have entered. Subtract from a table only what is in it.");
    table.events = checked_add(table.events, row.events);
    table.rows.push_back(row);
  }
}

RiskTable risk_table(const SpellColumns& columns, const std::vector<std::string>& types) {
  require_spell_columns(columns);
  return table_of(columns, every_row(columns), types);
}

std::vector<RiskTable> risk_tables(const SpellColumns& columns, const std::vector<std::string>& types) {
  require_spell_columns(columns);
  const Strata strata = number_strata(columns);
  std::vector<std::size_t> place(strata.names.size() + 1, 0);
  for (const std::uint32_t stratum : strata.of_row) ++place[stratum + 1];
  std::partial_sum(place.begin(), place.end(), place.begin());
  const std::vector<std::size_t> begin = place;
  std::vector<std::uint32_t> rows(columns.exit.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) rows[place[strata.of_row[i]]++] = i;
  std::vector<RiskTable> tables;
  tables.reserve(strata.names.size());
  for (std::size_t s = 0; s + 1 < begin.size(); ++s)
    tables.push_back(table_of(columns, std::span{rows}.subspan(begin[s], begin[s + 1] - begin[s]), types));
  return tables;
}

}  // namespace churn::inline v0

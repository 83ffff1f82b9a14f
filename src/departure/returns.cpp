#include <churn/departure/returns.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/cell_of.hpp"
#include "departure/departure_segments.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

void check(const Absence& absence, Date as_of) {
  if (absence.departed_on >= as_of)
    throw Error(ErrorCode::bad_period, "A departure on " + absence.departed_on.to_string() +
                                           " is not known before " + as_of.to_string() + ".");
  if (absence.returned_on && (*absence.returned_on <= absence.departed_on || *absence.returned_on >= as_of))
    throw Error(ErrorCode::bad_period, "A return on " + absence.returned_on->to_string() +
                                           " does not lie between the departure on " +
                                           absence.departed_on.to_string() + " and " + as_of.to_string() +
                                           ".");
}

void check(const ReturnRule& rule) {
  const auto is_none = [](std::int32_t days) { return days < 1; };
  if (is_none(rule.window) || std::any_of(rule.horizons.begin(), rule.horizons.end(), is_none))
    throw Error(ErrorCode::out_of_range, "Returns are asked for within one day or more.");
}

ReturnShare share_within(const SurvivalCurve& away, std::int32_t days) {
  ReturnShare share{.days = days};
  const auto row = away.row_at(days - 1);
  if (!row) return share;
  share.share = 1 - row->survival;
  if (row->interval) share.interval = Interval{1 - row->interval->high, 1 - row->interval->low};
  return share;
}

/// What departures of one label and group come to.
struct Gathered {
  std::vector<Absence> absences;
  std::set<std::uint32_t> customers;
};
/// Nothing is before something, so all together come first.
using Key = std::pair<Label, std::optional<std::string>>;

std::string percent(double share) { return in_points(share) + " %"; }

}  // namespace

ReturnRate return_rate(std::span<const Absence> absences, Date as_of, const ReturnRule& rule) {
  check(rule);
  std::vector<std::int32_t> days;
  std::vector<std::uint8_t> is_back;
  std::int64_t returned = 0;
  std::int64_t within = 0;
  std::int64_t whole = 0;
  for (const Absence& absence : absences) {
    check(absence, as_of);
    const std::int32_t known = as_of.days() - absence.departed_on.days();
    const std::int32_t away =
        absence.returned_on ? absence.returned_on->days() - absence.departed_on.days() : known - 1;
    days.push_back(away);
    is_back.push_back(absence.returned_on ? 1 : 0);
    if (absence.returned_on) ++returned;
    if (rule.window > known) continue;
    ++whole;
    if (absence.returned_on && away < rule.window) ++within;
  }
  ReturnRate rate;
  rate.departures = static_cast<std::int64_t>(absences.size());
  rate.returned = returned;
  rate.within_window = Proportion{within, whole};
  rate.away = kaplan_meier(risk_table(SpellColumns{.exit = days, .event = is_back}), rule.curve);
  rate.median = survival_quantile(rate.away);
  for (const std::int32_t horizon : rule.horizons) rate.shares.push_back(share_within(rate.away, horizon));
  return rate;
}

const ReturnGroup& Returns::at(const std::optional<std::string>& group, const Label& label) const {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const ReturnGroup& candidate) {
    return candidate.group == group && candidate.label == label;
  });
  if (found == groups.end())
    throw Error(ErrorCode::out_of_range, "No departure is of such a group. Ask for one that is listed.");
  return *found;
}

Returns returns(const Book& book, const ReturnsOptions& options) {
  check(options.rule);
  DepartureSegments segments{book, options.by, options.where};
  std::map<Key, Gathered> gathered;
  if (options.by.factors().empty()) gathered[{}];  // the total is always there
  for_each_departure(book, options.rules, [&](const Departure& departure) {
    if (options.within && !options.within->contains(departure.departed_on)) return;
    const auto parts = segments.parts_of(departure);
    if (parts.empty()) return;
    const std::string group =
        options.group ? options.group(departure) : std::string(departure_type_name(departure.type));
    for (const DepartureSegments::Part& part : parts) {
      const Label& label = segments.labels()[part.label];
      for (const Key& key : {Key{label, std::nullopt}, Key{label, group}}) {
        Gathered& rows = gathered[key];
        rows.absences.push_back({departure.departed_on, departure.returned_on});
        rows.customers.insert(static_cast<std::uint32_t>(departure.customer));
      }
    }
  });
  Returns all{segments.names(),
              options.group_name,
              book.as_of(),
              options.rule,
              options.interval.value_or(book.conventions().rate.interval_rule()),
              {}};
  for (const auto& [key, rows] : gathered)
    all.groups.push_back({key.first, key.second, static_cast<std::int64_t>(rows.customers.size()),
                          return_rate(rows.absences, book.as_of(), options.rule)});
  return all;
}

Table returns_table(const Returns& returns) {
  Table table;
  table.columns = returns.segment_names;
  table.columns.push_back(returns.group_name);
  for (const char* name : {"departures", "customers", "returned", "window", "numerator", "denominator",
                           "value", "ci_low", "ci_high", "median_days"})
    table.columns.emplace_back(name);
  for (const std::int32_t days : returns.rule.horizons)
    for (const char* end : {"", "_low", "_high"})
      table.columns.push_back("within_" + std::to_string(days) + end);
  for (const ReturnGroup& group : returns.groups) {
    std::vector<Cell> row(group.label.begin(), group.label.end());
    const ReturnRate& rate = group.rate;
    const auto interval = rate.within_window.interval(returns.interval);
    for (Cell cell : {Cell{group.group.value_or("(all)")}, Cell{rate.departures}, Cell{group.customers},
                      Cell{rate.returned}, Cell{std::int64_t{returns.rule.window}},
                      Cell{rate.within_window.numerator()}, Cell{rate.within_window.denominator()},
                      cell_of(rate.within_window.value()), interval ? Cell{interval->low} : Cell{},
                      interval ? Cell{interval->high} : Cell{}, cell_of(rate.median.time)})
      row.push_back(std::move(cell));
    for (const ReturnShare& share : rate.shares) {
      row.push_back(cell_of(share.share));
      row.push_back(share.interval ? Cell{share.interval->low} : Cell{});
      row.push_back(share.interval ? Cell{share.interval->high} : Cell{});
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string returns_sentence(const Returns& returns) {
  const std::string window =
      std::to_string(returns.rule.window) + (returns.rule.window == 1 ? " day" : " days");
  std::vector<const ReturnGroup*> known;
  std::int64_t departures = 0;
  for (const ReturnGroup& group : returns.groups) {
    if (!group.group) departures += group.rate.departures;
    if (group.group && group.rate.within_window.denominator() > 0) known.push_back(&group);
  }
  if (departures == 0) return "No departure is among those asked about, so nobody can have come back.";
  if (known.empty())
    return "No departure lies " + window + " back, so how many come back within that time is not known yet.";
  std::stable_sort(known.begin(), known.end(), [](const ReturnGroup* a, const ReturnGroup* b) {
    return *a->rate.within_window.value() > *b->rate.within_window.value();
  });
  std::string text = "Came back within " + window + ": ";
  constexpr std::size_t most_told = 6;
  for (std::size_t i = 0; i < known.size() && i < most_told; ++i) {
    const ReturnGroup* const group = known[i];
    const Proportion& rate = group->rate.within_window;
    const Interval interval = *rate.interval(returns.interval);
    if (i > 0) text += "; ";
    std::string name = *group->group;
    for (const std::string& part : group->label) name += ", " + part;
    text += percent(*rate.value()) + " of " + name + " departures (" + std::to_string(rate.numerator()) +
            " of " + std::to_string(rate.denominator()) + "; " +
            confidence_in_words(returns.interval.confidence) + ": " + in_points(interval.low) + " to " +
            in_points(interval.high) + ")";
  }
  if (known.size() > most_told)
    text += "; and of " + std::to_string(known.size() - most_told) +
            (known.size() == most_told + 1 ? " more group" : " more groups") + " no more often";
  return text + ". Departures, not customers, are counted; who left less than " + window +
         " ago is not in these shares.";
}

}  // namespace churn::inline v0

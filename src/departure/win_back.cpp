#include <churn/departure/win_back.hpp>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <churn/departure/departure_list.hpp>
#include <churn/departure/returns.hpp>
#include <churn/metric/measurement.hpp>

#include "departure/departure_segments.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

void check(const WinBackOptions& options) {
  if (options.within_days < 1 || options.window < 1 || options.min_departures < 1)
    throw Error(ErrorCode::out_of_range, "A win-back list needs days and departures of at least one.");
}

std::string plural(std::int64_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

/// MRR x rate, rounded half-even once.
RunRate expected_of(RunRate run_rate, const Proportion& rate) {
  // Ticks are integers like minor units, so what divides these divides ticks.
  const Money share =
      Money{run_rate.ticks(), run_rate.currency()}.scaled(rate.numerator(), rate.denominator());
  return {share.minor_units(), run_rate.currency()};
}

bool is_on(const WinBackList& list, DepartureType type) {
  return std::any_of(list.rows.begin(), list.rows.end(),
                     [type](const WinBackRow& row) { return row.type == type; });
}

/// Why the rates of the known types on the list are not enough; empty if they are.
std::string lacking(const WinBackList& list, std::int64_t min_departures) {
  std::string text;
  for (const TypeReturns& type : list.rates) {
    if (type.type == DepartureType::unknown || !is_on(list, type.type) ||
        type.rate.denominator() >= min_departures)
      continue;
    text += (text.empty() ? "" : ", ") + std::to_string(type.rate.denominator()) + " " +
            std::string(departure_type_name(type.type));
  }
  return text;
}

void put_in_order(WinBackList& list, std::int64_t min_departures) {
  const std::string window = plural(list.window, "day");
  const std::string lacks = lacking(list, min_departures);
  const auto is_measured = [&](DepartureType type) {
    return list.rate_of(type).denominator() >= min_departures;
  };
  const bool any_is_measured = std::any_of(list.rows.begin(), list.rows.end(),
                                           [&](const WinBackRow& row) { return is_measured(row.type); });
  list.order = lacks.empty() && any_is_measured ? WinBackOrder::by_return_rate : WinBackOrder::by_effort;
  if (list.rows.empty())
    list.why = "Nobody is on the list.";
  else if (list.order == WinBackOrder::by_return_rate)
    list.why = "Ordered by MRR times the share of departures of the type that came back within " + window +
               ", each measured of " + std::to_string(min_departures) + " or more" +
               (is_on(list, DepartureType::unknown) && !is_measured(DepartureType::unknown)
                    ? "; those of unknown type, with " +
                          std::to_string(list.rate_of(DepartureType::unknown).denominator()) +
                          " measured, come last."
                    : ".");
  else
    list.why =
        "Ordered by effort, then MRR: return rates within " + window + " need " +
        plural(min_departures, "departure") + " of each type on the list, and there are " +
        (lacks.empty() ? std::to_string(list.rate_of(DepartureType::unknown).denominator()) + " unknown"
                       : lacks) +
        ".";
  if (list.order == WinBackOrder::by_return_rate)
    for (WinBackRow& row : list.rows)
      if (is_measured(row.type)) row.expected = expected_of(row.run_rate, list.rate_of(row.type));
  std::sort(list.rows.begin(), list.rows.end(), [&](const WinBackRow& a, const WinBackRow& b) {
    const auto key = [&](const WinBackRow& row) {
      const std::int64_t first = row.expected ? -row.expected->ticks()
                                 : list.order == WinBackOrder::by_effort
                                     ? static_cast<std::int64_t>(row.effort)
                                     : 0;
      return std::tuple(list.order == WinBackOrder::by_return_rate && !row.expected, first,
                        -row.run_rate.ticks(), row.days_since);
    };
    const auto of_a = key(a);
    const auto of_b = key(b);
    return of_a != of_b ? of_a < of_b : a.customer < b.customer;
  });
}

}  // namespace

std::string_view win_back_order_name(WinBackOrder order) noexcept {
  return order == WinBackOrder::by_return_rate ? "by return rate" : "by effort";
}

WinBackList win_back(const Book& book, const WinBackOptions& options) {
  check(options);
  const Currency currency = book.currency();
  DepartureSegments segments{book, {}, options.where};
  std::array<std::vector<Absence>, departure_types.size()> absences;
  WinBackList list;
  list.window = options.window;
  list.within_days = options.within_days;
  list.interval = book.conventions().rate.interval_rule();
  for_each_departure(book, options.rules, [&](const Departure& gone) {
    absences.at(static_cast<std::size_t>(gone.type)).push_back({gone.departed_on, gone.returned_on});
    const std::int32_t days_since = book.as_of().days() - gone.departed_on.days();
    if (gone.returned_on || days_since > options.within_days) return;
    const auto parts = segments.parts_of(gone);
    if (parts.empty()) return;
    list.rows.push_back({book.customer_id(gone.customer), gone.departed_on, days_since,
                         RunRate{ticks_of(parts), currency}, gone.type, std::string(gone.reason),
                         std::string(gone.rule), evidence_text(book, gone.evidence),
                         recovery_effort(gone.type), std::string(fitting_action(gone.type))});
  });
  const ReturnRule rule{.window = options.window, .horizons = {}};
  for (const DepartureType type : departure_types)
    list.rates.push_back(
        {type, return_rate(absences.at(static_cast<std::size_t>(type)), book.as_of(), rule).within_window});
  put_in_order(list, options.min_departures);
  return list;
}

Table win_back_table(const WinBackList& list, bool exact) {
  Table table{{"rank", "customer_id", "mrr", "expected_mrr", "type", "reason", "action", "recovery_effort",
               "departed_on", "days_since", "return_rate", "ci_low", "ci_high", "rule", "evidence"},
              {}};
  const auto amount = [exact](const RunRate& run_rate) {
    return to_cell(run_rate.ticks(), Unit::run_rate, run_rate.currency(), exact);
  };
  std::int64_t rank = 0;
  for (const WinBackRow& row : list.rows) {
    const Proportion& rate = list.rate_of(row.type);
    const auto interval = row.expected ? rate.interval(list.interval) : std::nullopt;
    table.rows.push_back(
        {++rank, row.customer.text(), amount(row.run_rate), row.expected ? amount(*row.expected) : Cell{},
         std::string(departure_type_name(row.type)), row.reason, row.action,
         std::string(recovery_effort_name(row.effort)), row.departed_on, std::int64_t{row.days_since},
         row.expected ? Cell{*rate.value()} : Cell{}, interval ? Cell{interval->low} : Cell{},
         interval ? Cell{interval->high} : Cell{}, row.rule.empty() ? Cell{} : Cell{row.rule},
         row.evidence.empty() ? Cell{} : Cell{row.evidence}});
  }
  return table;
}

std::string win_back_sentence(const WinBackList& list) {
  const std::string days = plural(list.within_days, "day");
  if (list.rows.empty()) return "Nobody who left within the last " + days + " is still away.";
  RunRate at_stake{0, list.rows.front().run_rate.currency()};
  std::optional<RunRate> expected;
  for (const WinBackRow& row : list.rows) {
    at_stake = at_stake + row.run_rate;
    if (row.expected) expected = expected ? *expected + *row.expected : *row.expected;
  }
  const std::string code{at_stake.currency().code()};
  const WinBackRow& first = list.rows.front();
  const auto count = static_cast<std::int64_t>(list.rows.size());
  std::string text = plural(count, "customer") + " with " + at_stake.mrr().to_string() + " " + code +
                     " of MRR left within the last " + days + " and " + (count == 1 ? "is" : "are") +
                     " still away";
  if (expected)
    text += "; at the shares seen so far " + expected->mrr().to_string() + " " + code + " would come back";
  text += ". First: " + first.customer.text() + " (" + first.run_rate.mrr().to_string() + " " + code + ", " +
          std::string(departure_type_name(first.type)) + "): " + first.action + ". " + list.why;
  if (expected) text += " What was seen in the past is not what asking them would do.";
  return text;
}

}  // namespace churn::inline v0

#include "report/levers.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <churn/lever/levers.hpp>
#include <churn/lever/what_if.hpp>
#include <churn/report/lever_chart.hpp>

#include "report/words.hpp"

namespace churn::inline v0 {

namespace {

using namespace words;

std::string two_places(const std::optional<double>& x) {
  return x ? shortest(std::round(*x * 100) / 100) : undefined;
}

std::string points_of(double share) { return shortest(std::round(share * 1000) / 10); }

/// "integrations: connected".
std::string named(const Exposure& exposure) { return exposure.lever + ": " + exposure.name; }

void add_levers(const LeverReport& report, LeverVerdict verdict, ReportSection& section) {
  for (const LeverRow& row : report.rows) {
    if (row.verdict != verdict || section.rows.size() == rows_shown) continue;
    const Contrast& retained = row.effect.retained;
    const auto& difference = retained.difference;
    const LandmarkHazardRatio& ratio = row.effect.adjusted.value ? row.effect.adjusted : row.effect.plain;
    section.rows.push_back(
        {{named(row.exposure)},
         {percent(retained.one.value())},
         {percent(retained.other.value())},
         {difference ? points_of(difference->difference) : undefined},
         {difference ? points_of(difference->interval.low) + " to " + points_of(difference->interval.high)
                     : undefined},
         {two_places(ratio.value)},
         {p_cell(row.p_adjusted)},
         {row.at_stake ? grouped(row.at_stake->mrr()) : undefined}});
  }
}

}  // namespace

std::vector<ReportSection> lever_sections(const Book& book, const ReportOptions& options) {
  // A page is not to wait for the last check: that of weights is left to the command.
  LeversOptions question{.where = options.where, .rule = {.weighted = false}};
  const LeverReport report = levers(book, question);
  if (report.tested == 0) return {};
  ReportSection section{"What goes with staying",
                        levers_sentence(report),
                        {"lever", "kept with", "without", "points", interval_name(report.interval.confidence),
                         "leaves times as often", "p", "MRR at stake"},
                        {},
                        {false, true, true, true, true, true, true, true}};
  for (const LeverVerdict verdict : {LeverVerdict::keeps, LeverVerdict::loses, LeverVerdict::unclear})
    add_levers(report, verdict, section);
  section.charts = {lever_chart(report)};
  return {std::move(section)};
}

std::vector<ReportSection> what_if_sections(const Book& book, const PeriodGrid& whole,
                                            const ReportOptions& options) {
  constexpr std::size_t most_periods = 150;  // work grows with their square
  if (options.where.changes() || whole.size() > most_periods) return {};
  ForecastRule rule;
  rule.confidence = book.conventions().rate.confidence;
  const WhatIfReport report = what_if(book, whole, standard_what_ifs(),
                                      {.forecast = rule, .fold = {options.where, {}, options.threads}});
  const std::string period{period_kind_name(options.period)};
  ReportSection section{"If one thing changed",
                        "",
                        {"if", "MRR", "instead of", "more", interval_name(rule.confidence), "customers more"},
                        {},
                        {false, true, true, true, true, true}};
  const auto amount = [&](double minor_units) {
    return grouped(Money{static_cast<std::int64_t>(std::llround(minor_units)), report.baseline.currency});
  };
  std::size_t furthest = 0;
  for (const WhatIfScenario& scenario : report.scenarios) {
    std::size_t last = 0;
    while (last < scenario.periods.size() && scenario.periods[last].mrr_difference) ++last;
    if (scenario.outcome != WhatIfOutcome::known || last == 0) continue;
    furthest = std::max(furthest, last);
    const WhatIfPeriod& at = scenario.periods[last - 1];
    const auto& interval = at.mrr_difference->interval;
    section.rows.push_back(
        {{scenario.premise},
         {amount(at.mrr->value)},
         {amount(report.baseline.periods[last - 1].mrr->value)},
         {amount(at.mrr_difference->value)},
         {interval ? amount(interval->low) + " to " + amount(interval->high) : undefined},
         {at.customers_difference ? shortest(std::round(at.customers_difference->value * 10) / 10)
                                  : undefined}});
  }
  if (section.rows.empty()) return {};
  section.note = "After " + std::to_string(furthest) + " " + period + (furthest == 1 ? "" : "s") +
                 ", against the forecast, each change by itself and from the next " + period +
                 " on. What a change costs is not in it, nor whether it can be made.";
  return {std::move(section)};
}

}  // namespace churn::inline v0

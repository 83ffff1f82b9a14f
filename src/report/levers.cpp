#include "report/levers.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <churn/lever/levers.hpp>

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
  return {std::move(section)};
}

}  // namespace churn::inline v0

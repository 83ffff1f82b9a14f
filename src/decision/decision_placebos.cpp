#include <churn/decision/decision_placebos.hpp>

#include <algorithm>

#include <churn/core/period_grid.hpp>

#include "core/watch.hpp"
#include "decision/decision_walk.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::int32_t days_before_a_placebo = 183;

/// The latest first days of months that leave room for a window, in order.
std::vector<Date> placebo_dates(const DecisionDays& days, std::size_t most) {
  const std::int32_t length = days.until - days.effective;
  const std::int32_t lead = days.effective - days.announced;
  std::vector<Date> dates;
  if (length <= 0) return dates;
  const std::int64_t latest = std::int64_t{days.announced} - length;
  const std::int64_t earliest = std::int64_t{days.from} + days_before_a_placebo + lead;
  if (latest < earliest || latest < Date::min_days) return dates;
  for (Date date = period_start(PeriodKind::month, Date::from_days(latest));
       date.days() >= earliest && dates.size() < most;
       date = period_start(PeriodKind::month, date - std::chrono::days{1}))
    dates.push_back(date);
  std::reverse(dates.begin(), dates.end());
  return dates;
}

}  // namespace

DecisionPlacebos decision_placebos(const Book& book, const Decision& decision, const DecisionEffect& effect,
                                   const DecisionPlaceboOptions& options) {
  const DecisionDays days = days_of(book, decision);
  DecisionPlacebos result;
  const std::vector<Date> dates = placebo_dates(days, options.most);
  Watch watch{options.progress, dates.size()};
  for (const Date date : dates) {
    Decision pretended = decision;
    pretended.from = Date::from_days(days.from);
    pretended.effective_on = date;
    pretended.announced_on = date - std::chrono::days{days.effective - days.announced};
    pretended.until = date + std::chrono::days{days.until - days.effective};
    const DecisionEffect found = decision_effect(decision_rows(book, pretended), options.effect);
    result.placebos.push_back({date, *pretended.until, found.affected});
    if (found.affected.p) {
      ++result.comparable;
      if (effect.affected.p && found.affected.p->log10 <= effect.affected.p->log10) ++result.as_extreme;
    }
    watch.add(1);
  }
  if (!effect.affected.p)
    result.why_not = "There is no effect to compare with.";
  else if (options.most == 0)
    result.why_not = "No earlier days were asked for.";
  else if (dates.empty())
    result.why_not =
        "Records begin too late before the announcement for a window as long: half a year and that window.";
  else if (result.comparable == 0)
    result.why_not = "On none of the days before an effect could have been told.";
  else
    result.share = static_cast<double>(1 + result.as_extreme) / static_cast<double>(1 + result.comparable);
  return result;
}

}  // namespace churn::inline v0

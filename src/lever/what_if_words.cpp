#include "lever/what_if_words.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "forecast/rounded_money.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

std::string in_percent(double share) { return in_points(share) + " %"; }

/// "+1 point", "-2.5 points".
std::string signed_points(double points) {
  return (points < 0 ? "-" : "+") + shortest(std::abs(points)) +
         (std::abs(points) == 1 ? " point" : " points");
}

/// Both in percent, with as many digits as it takes to tell them apart, up to six decimals.
std::pair<std::string, std::string> told_apart(double one, double other) {
  std::pair<std::string, std::string> texts{in_percent(one), in_percent(other)};
  for (double parts = 1e3; parts <= 1e6 && one != other && texts.first == texts.second; parts *= 10) {
    const auto text = [parts](double share) {
      return shortest(std::round(100 * share * parts) / parts) + " %";
    };
    texts = {text(one), text(other)};
  }
  return texts;
}

std::string named_share(const std::optional<double>& share, double points) {
  return share ? in_percent(*share) : signed_points(points);
}

std::string whose(const Filter& where) {
  return where.keeps_everyone() ? "" : " of customers with " + where.text();
}

struct NameInWords {
  std::string operator()(const RaiseRetention& change) const {
    return "retention" + (change.where.keeps_everyone() ? "" : " of " + change.where.text()) + " " +
           signed_points(change.points);
  }
  std::string operator()(const AnnualShare& change) const {
    return "annual share " + named_share(change.share, change.points) +
           (change.discount > 0 ? " at " + in_percent(change.discount) + " less" : "");
  }
  std::string operator()(const RecoverPayments& change) const {
    return "recovered payments " + named_share(change.share, change.points);
  }
};

struct PremiseInWords {
  const WhatIfScenario& scenario;

  std::string operator()(const RaiseRetention& change) const {
    const auto [after, before] = told_apart(*scenario.after, *scenario.before);
    return "annual retention" + whose(change.where) + " were " + after + " instead of " + before;
  }
  std::string operator()(const AnnualShare& change) const {
    const auto [after, before] = told_apart(*scenario.after, *scenario.before);
    return after + " of new customers paid by the year" +
           (change.discount > 0 && *scenario.after >= *scenario.before
                ? ", at " + in_percent(change.discount) + " less,"
                : "") +
           " instead of " + before;
  }
  std::string operator()(const RecoverPayments&) const {
    const auto [after, before] = told_apart(*scenario.after, *scenario.before);
    return after + " of failed payments were recovered instead of " + before;
  }
};

/// As in_points, but never more.
std::string points_within(double share) {
  const double points = 100 * share;
  const double parts = points >= 10 ? 10 : points >= 0.1 ? 100 : 10'000;
  return shortest(std::floor(points * parts) / parts);
}

std::string of_hundred(double factor) {
  return "where 100 left, " + shortest(std::round(1000 * factor) / 10) + " will";
}

struct AssumptionsInWords {
  const WhatIfScenario& scenario;
  const PremiseFacts& facts;

  [[nodiscard]] std::string_view periods() const { return periods_in_words(facts.kind); }
  [[nodiscard]] std::string period() const { return std::string(periods().substr(0, periods().size() - 1)); }
  [[nodiscard]] std::string who_is_saved(const std::string& why = {}) const {
    const bool fewer = *scenario.factor <= 1;
    std::string text = fewer ? "Whoever is saved goes on like the others of the cohort."
                             : "Whoever leaves besides would have gone on like the others of the cohort.";
    if (facts.back > 0)
      text += " " + in_percent(facts.back) + " of those who left" + why + " came back" +
              (fewer ? ", and are not saved twice." : ", and as many of these will.");
    return text;
  }
  [[nodiscard]] std::string from_now_on() const {
    return "From the next " + period() +
           " on, at every age, and nothing else changes: not who comes, nor what is paid.";
  }

  [[nodiscard]] double churn_seen() const {
    return static_cast<double>(facts.retention.lost) / static_cast<double>(facts.retention.opening);
  }

  std::vector<std::string> operator()(const RaiseRetention& change) const {
    std::vector<std::string> texts;
    const double seen = churn_seen();
    texts.push_back("Annual retention" + whose(change.where) + " is " + in_percent(*scenario.before) + ": " +
                    std::to_string(facts.retention.lost) + " of " + std::to_string(facts.retention.opening) +
                    " who were there at the opening of a " + period() + " were gone at its close, in " +
                    counted_periods(facts.retention.periods, periods()) + " to " +
                    facts.last_day.to_string() + ". It becomes " + in_percent(*scenario.after) +
                    ", so that " + of_hundred(facts.churn_after / seen) + ".");
    constexpr double alike = 0.1;
    if (std::abs(facts.forecast_churn / seen - 1) > alike)
      texts.push_back("The forecast goes by all history, in which such customers left at " +
                      in_percent(facts.forecast_churn) + " a " + period() + ", not " + in_percent(seen) +
                      ". It is given as many points " + (*scenario.factor <= 1 ? "fewer" : "more") + ": " +
                      of_hundred(*scenario.factor) + ".");
    if (*scenario.factor == 0 && facts.churn_after > 0)
      texts.emplace_back("That is all of the churn that the forecast has, and less than was meant.");
    if (facts.is_limited)
      texts.emplace_back(
          "At some ages more would leave than there are: nobody stays, and retention falls by less.");
    if (change.where.changes())
      texts.emplace_back("Customers belong to the segment by what they were on their first day.");
    texts.push_back(from_now_on());
    texts.push_back(who_is_saved());
    return texts;
  }

  std::vector<std::string> operator()(const AnnualShare& change) const {
    const std::int64_t all = facts.newcomers + facts.other_newcomers;
    const bool to_the_year = *scenario.after >= *scenario.before;
    const double moved = facts.new_a_period * std::abs(*scenario.after - *scenario.before);
    std::vector<std::string> texts;
    texts.push_back(in_percent(*scenario.before) + " of new customers pay by the year: " +
                    std::to_string(facts.newcomers) + " of " + std::to_string(all) + " in " +
                    counted_periods(facts.new_periods, periods()) + " to " + facts.last_day.to_string() +
                    ". It becomes " + in_percent(*scenario.after) + ", which moves " + three_digits(moved) +
                    " of " + three_digits(facts.new_a_period) + " a " + period() + ".");
    texts.push_back("Each of them pays " + rounded_money(facts.each_pays, facts.currency).to_string() + " " +
                    std::string(facts.currency.code()) + " of MRR, as new customers do who " +
                    (to_the_year ? "don't pay" : "pay") + " by the year" +
                    (to_the_year && change.discount > 0 ? ", less " + in_percent(change.discount) : "") +
                    ".");
    texts.emplace_back(
        to_the_year ? "They stay as those have who chose the year themselves: that is an upper end, "
                      "for these meant to stay."
                    : "They stay as those do who don't pay by the year: they may well stay longer, for "
                      "they would have chosen the year.");
    texts.emplace_back("Customers of today don't change, and as many come as in the forecast.");
    return texts;
  }

  std::vector<std::string> operator()(const RecoverPayments&) const {
    std::vector<std::string> texts;
    texts.push_back(in_percent(*scenario.before) + " of failed payments are recovered within " +
                    counted_periods(static_cast<std::size_t>(facts.window_days), "days") + ": " +
                    std::to_string(facts.recovered) + " of " + std::to_string(facts.failed) +
                    ". It becomes " + in_percent(*scenario.after) + ".");
    texts.push_back("Because a payment failed, " + of_hundred(*scenario.factor) + ". That was so with " +
                    std::to_string(facts.lost_involuntary) + " of " + std::to_string(facts.lost) +
                    " who left from one close to the next; nobody else stays " +
                    (*scenario.factor <= 1 ? "longer." : "less long."));
    if (facts.is_limited) texts.emplace_back("At some ages more would leave than there are: nobody stays.");
    texts.push_back(from_now_on());
    texts.push_back(who_is_saved(" for that"));
    return texts;
  }
};

std::string money_text(double minor_units, const MrrForecast& baseline) {
  return rounded_money(minor_units, baseline.currency).to_string();
}

/// "2200.00 more (95 %: 1500.00 to 2900.00)"; where the ends differ in sign "(95 %: 10.00 less to 90.00 more)".
std::string difference_in_words(const WhatIfAmount& difference, const MrrForecast& baseline) {
  const auto size = [&](double value) { return money_text(std::abs(value), baseline); };
  const auto side = [](double value) { return value < 0 ? " less" : " more"; };
  const auto is_nothing = [](double value) { return rounded_half_even(value) == 0; };
  if (is_nothing(difference.value) && (!difference.interval || (is_nothing(difference.interval->low) &&
                                                                is_nothing(difference.interval->high))))
    return "no difference";
  std::string text = size(difference.value) + side(difference.value);
  if (!difference.interval) return text + " (no interval: too little to say)";
  auto [low, high] = *difference.interval;
  text += " (" + confidence_in_words(baseline.rule.confidence) + ": ";
  if (low < 0 && high > 0) return text + size(low) + " less to " + size(high) + " more)";
  if (high <= 0) std::swap(low, high);
  return text + size(low) + " to " + size(high) + ")";
}

std::string sentence_of(const WhatIfScenario& scenario, const WhatIfReport& report) {
  if (scenario.outcome != WhatIfOutcome::known) return scenario.name + ": " + scenario.note;
  const MrrForecast& baseline = report.baseline;
  std::size_t last = scenario.periods.size();
  while (last > 0 && !scenario.periods[last - 1].mrr) --last;
  if (last == 0)
    return scenario.name + ": nothing can be said, as MRR may be anything without the change already.";
  const WhatIfPeriod& period = scenario.periods[last - 1];
  std::string text = "If " + scenario.premise + ", MRR in " +
                     counted_periods(last, periods_in_words(report.kind)) + " would be " +
                     money_text(period.mrr->value, baseline) + " " + std::string(baseline.currency.code()) +
                     " instead of " + money_text(baseline.periods[last - 1].mrr->value, baseline) + ": " +
                     difference_in_words(*period.mrr_difference, baseline) + ".";
  if (!scenario.note.empty()) text += " " + scenario.note;
  return text;
}

double in_tenths(double value) {
  const double rounded = std::round(10 * value) / 10;
  return rounded == 0 ? 0 : rounded;  // no "-0"
}

}  // namespace

std::string_view periods_in_words(PeriodKind kind) noexcept {
  switch (kind) {
    case PeriodKind::day: return "days";
    case PeriodKind::week: return "weeks";
    case PeriodKind::month: return "months";
    case PeriodKind::quarter: return "quarters";
    case PeriodKind::year: return "years";
    default: return "periods";
  }
}

std::string counted_periods(std::size_t count, std::string_view periods) {
  return std::to_string(count) + " " + std::string(periods.substr(0, periods.size() - (count == 1 ? 1 : 0)));
}

std::string out_of_reach_in_words(double retention) {
  return "Annual retention is " + in_percent(retention) + ": it can rise by " + points_within(1 - retention) +
         " points and fall by " + points_within(retention) + " at most.";
}

std::string name_in_words(const WhatIfChange& change) { return std::visit(NameInWords{}, change); }

std::string premise_in_words(const WhatIfScenario& scenario) {
  return std::visit(PremiseInWords{scenario}, scenario.change);
}

std::vector<std::string> assumptions_in_words(const WhatIfScenario& scenario, const PremiseFacts& facts) {
  std::vector<std::string> texts = std::visit(AssumptionsInWords{scenario, facts}, scenario.change);
  if (!scenario.note.empty()) texts.push_back(scenario.note);
  texts.emplace_back(
      "Intervals are of the expected difference, given the change; by chance it will be more or less.");
  return texts;
}

std::string_view what_if_outcome_name(WhatIfOutcome outcome) noexcept {
  switch (outcome) {
    case WhatIfOutcome::known: return "known";
    case WhatIfOutcome::no_forecast: return "no_forecast";
    case WhatIfOutcome::no_data: return "no_data";
    case WhatIfOutcome::out_of_reach: break;
  }
  return "out_of_reach";
}

Table what_if_table(const WhatIfReport& report) {
  Table table{{"scenario", "period", "baseline_mrr", "mrr", "difference", "ci_low", "ci_high",
               "baseline_customers", "customers", "customers_difference", "customers_ci_low",
               "customers_ci_high", "mrr_ci_low", "mrr_ci_high", "outcome", "note"},
              {}};
  const MrrForecast& baseline = report.baseline;
  const auto money = [&](double minor_units) { return Cell{rounded_money(minor_units, baseline.currency)}; };
  for (const WhatIfScenario& scenario : report.scenarios) {
    const auto add = [&](std::vector<Cell> row) {
      row[0] = scenario.name;
      row[14] = std::string(what_if_outcome_name(scenario.outcome));
      table.rows.push_back(std::move(row));
    };
    if (scenario.outcome != WhatIfOutcome::known) {
      std::vector<Cell> row(table.columns.size());
      row.back() = scenario.note;
      add(std::move(row));
      continue;
    }
    for (std::size_t h = 0; h < scenario.periods.size(); ++h) {
      const ForecastPeriod& forecast = baseline.periods[h];
      const WhatIfPeriod& period = scenario.periods[h];
      std::vector<Cell> row(table.columns.size());
      row[1] = forecast.period.first();
      row.back() = scenario.note;
      if (forecast.mrr) row[2] = money(forecast.mrr->value);
      if (period.mrr) row[3] = money(period.mrr->value);
      if (period.mrr && period.mrr->interval) {
        row[12] = money(period.mrr->interval->low);
        row[13] = money(period.mrr->interval->high);
      }
      if (period.mrr_difference) row[4] = money(period.mrr_difference->value);
      if (period.mrr_difference && period.mrr_difference->interval) {
        row[5] = money(period.mrr_difference->interval->low);
        row[6] = money(period.mrr_difference->interval->high);
      }
      if (forecast.customers) row[7] = in_tenths(forecast.customers->value);
      if (period.customers) row[8] = in_tenths(period.customers->value);
      if (period.customers_difference) row[9] = in_tenths(period.customers_difference->value);
      if (period.customers_difference && period.customers_difference->interval) {
        row[10] = in_tenths(period.customers_difference->interval->low);
        row[11] = in_tenths(period.customers_difference->interval->high);
      }
      add(std::move(row));
    }
  }
  return table;
}

Table what_if_assumptions_table(const WhatIfReport& report) {
  Table table{{"scenario", "assumption"}, {}};
  for (const WhatIfScenario& scenario : report.scenarios)
    for (const std::string& assumption : scenario.assumptions)
      table.rows.push_back({scenario.name, assumption});
  return table;
}

std::string what_if_sentence(const WhatIfReport& report) {
  std::string text;
  for (const WhatIfScenario& scenario : report.scenarios)
    text += (text.empty() ? "" : " ") + sentence_of(scenario, report);
  return text.empty() ? "Nothing was asked." : text;
}

}  // namespace churn::inline v0

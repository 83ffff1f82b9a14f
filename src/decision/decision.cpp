#include <churn/decision/decision.hpp>

#include <array>
#include <cmath>
#include <utility>

#include "core/cell_of.hpp"
#include "risk/counted.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

/// Of many customers whole ones.
std::string customers_in_words(double customers) {
  return std::abs(customers) >= 10 ? shortest(std::round(customers)) : three_digits(customers);
}

std::string name_in_words(const DecisionReport& report) {
  return report.decision.name.empty() ? "the decision" : report.decision.name;
}

bool is_found(const std::optional<PValue>& p, const DecisionReport& report) {
  return p && p->value < 1 - report.confidence;
}

std::string interval_in_words(const Interval& interval, double confidence) {
  return confidence_in_words(confidence) + ": " + three_digits(interval.low) + " to " +
         three_digits(interval.high);
}

/// "96 left, where 45.1 would have: 2.13 times as many (95 %: 1.5 to 3.1, p = 0.0007), 51 customers lost by it (32 to 65)".
std::string ratio_in_words(const DecisionPhaseEffect& phase, const DecisionReport& report) {
  std::string text = std::to_string(phase.departures) + " left, where without " + name_in_words(report) +
                     " " + three_digits(*phase.expected) + " would have: " + three_digits(*phase.rate_ratio) +
                     " times as many";
  if (!phase.interval) return text + ", but how sure that is can't be said";
  text += " (" + interval_in_words(*phase.interval, report.confidence) + ", " + p_in_words(*phase.p) + ")";
  if (!is_found(phase.p, report)) return text + ", no more than chance";
  const bool lost = *phase.customers_change > 0;
  const double change = std::abs(*phase.customers_change);
  text += ", " + customers_in_words(change) + " customers " + (lost ? "lost" : "kept") + " by it";
  if (phase.customers_change_interval) {
    const double low = lost ? phase.customers_change_interval->low : -phase.customers_change_interval->high;
    const double high = lost ? phase.customers_change_interval->high : -phase.customers_change_interval->low;
    text += " (" + customers_in_words(low) + " to " + customers_in_words(high) + ")";
  }
  return text;
}

std::string phase_in_words(const std::string& who, const DecisionPhaseEffect& phase,
                           const DecisionReport& report) {
  if (phase.rate_ratio) return who + " " + ratio_in_words(phase, report) + ".";
  return who + " " + phase.note;
}

std::string slope_in_words(const DecisionReport& report) {
  const DecisionDrift& slope = report.effect.slope;
  if (!slope.ratio || !is_found(slope.p, report)) return {};
  return " That " + std::string(*slope.ratio > 1 ? "grows" : "fades") + ": the ratio is " +
         three_digits(*slope.ratio) + " times that of a month before (" + p_in_words(*slope.p) + ").";
}

std::string money_in_words(const RunRate& rate) {
  return rate.mrr().to_string() + " " + std::string(rate.currency().code());
}

std::string mrr_in_words(const DecisionReport& report) {
  const DecisionMrr& mrr = report.mrr;
  if (!mrr.change) return mrr.why_not.empty() ? "" : " MRR can't be compared: " + mrr.why_not;
  std::string text = " With what those who stayed pay more or less, MRR changed by " +
                     money_in_words(*mrr.change) + " a month against " +
                     (mrr.control_after ? "both the time before and the control" : "the time before");
  if (mrr.change_low && mrr.change_high) {
    text += " (" + confidence_in_words(report.confidence) + ": " + mrr.change_low->mrr().to_string() +
            " to " + mrr.change_high->mrr().to_string() + ")";
    if (mrr.change_low->ticks() <= 0 && mrr.change_high->ticks() >= 0) text += ", no more than chance";
  }
  return text + ".";
}

std::string placebos_in_words(const DecisionReport& report) {
  const DecisionPlacebos& placebos = report.placebos;
  if (!placebos.share) return {};
  return " Of " + counted(placebos.comparable, "earlier day", "earlier days") + " without a decision " +
         (placebos.as_extreme == 0 ? std::string("none") : std::to_string(placebos.as_extreme)) +
         (placebos.as_extreme <= 1 ? " shows" : " show") + " as much.";
}

std::string caveats_in_words(const DecisionReport& report) {
  std::string text;
  if (is_found(report.effect.pre_trend.p, report))
    text += " Both sides drifted apart before it already (" + p_in_words(*report.effect.pre_trend.p) +
            "): choose a control that is more alike.";
  if (report.rows.has_control)
    return text + " What came at that date to those concerned alone is in it, too.";
  // Without a control: what both sides have in common is in neither.
  const DecisionEffect& effect = report.effect;
  if (effect.why_not.empty() && !(effect.trend && effect.season))
    text += effect.trend    ? " What the season does anyway is in it, too."
            : effect.season ? " What the trend does anyway is in it, too."
                            : " What trend and season do anyway is in it, too.";
  return text +
         " Before and after: whatever else came at that date is in it, too. A control would take that out.";
}

std::vector<std::pair<const char*, const DecisionPhaseEffect*>> groups_of(const DecisionEffect& effect) {
  return {{"existing_announced", &effect.announced},
          {"existing_affected", &effect.affected},
          {"joined_after", &effect.joined_after}};
}

Cell note_cell(const std::string& note) { return note.empty() ? Cell{} : Cell{note}; }

}  // namespace

DecisionReport analyse_decision(const Book& book, const Decision& decision, const DecisionOptions& options) {
  DecisionEffectOptions effect_options = options.effect;
  effect_options.confidence = options.confidence.value_or(book.conventions().rate.interval_rule().confidence);
  DecisionRows rows = decision_rows(book, decision);
  DecisionEffect effect = decision_effect(rows, effect_options);
  DecisionMrr mrr = decision_mrr(book, decision, effect_options.confidence);
  DecisionPlacebos placebos = decision_placebos(
      book, decision, effect,
      {.most = options.most_placebos, .effect = effect_options, .progress = options.progress});
  return {decision,       std::move(rows),     std::move(effect),
          std::move(mrr), std::move(placebos), effect_options.confidence};
}

Table decision_table(const DecisionReport& report) {
  Table table{{"group", "departures", "expected", "rate_ratio", "ci_low", "ci_high", "p", "customers_change",
               "change_low", "change_high", "risk_days", "at_rates_before", "note"},
              {}};
  for (const auto& [group, phase] : groups_of(report.effect))
    table.rows.push_back({std::string(group), phase->departures, cell_of(phase->expected),
                          cell_of(phase->rate_ratio), low_of(phase->interval), high_of(phase->interval),
                          cell_of(phase->p), cell_of(phase->customers_change),
                          low_of(phase->customers_change_interval), high_of(phase->customers_change_interval),
                          phase->risk_days, cell_of(phase->at_rates_before), note_cell(phase->note)});
  return table;
}

Table decision_mrr_table(const DecisionReport& report) {
  Table table{{"side",    "window",      "from",       "until",      "customers",   "churned",   "eve_mrr",
               "churn",   "contraction", "expansion",  "gross",      "net",         "gross_low", "gross_high",
               "net_low", "net_high",    "mrr_change", "change_low", "change_high", "note"},
              {}};
  const DecisionMrr& mrr = report.mrr;
  const auto money = [&](std::int64_t ticks) {
    return mrr.currency ? Cell{RunRate{ticks, *mrr.currency}.mrr()} : Cell{};
  };
  const auto add = [&](const char* side, const char* name, const DecisionMrrWindow& window) {
    table.rows.push_back({std::string(side), std::string(name), window.from, window.until, window.customers,
                          window.churned, money(window.eve), money(window.churn), money(window.contraction),
                          money(window.expansion), cell_of(window.gross()), cell_of(window.net())});
    table.rows.back().resize(table.columns.size());
  };
  add("concerned", "after", mrr.after);
  add("concerned", "mirror", mrr.mirror);
  if (mrr.control_after) add("control", "after", *mrr.control_after);
  if (mrr.control_mirror) add("control", "mirror", *mrr.control_mirror);
  const auto rate = [](const std::optional<RunRate>& value) { return value ? Cell{value->mrr()} : Cell{}; };
  table.rows.push_back({std::string("difference"),
                        {},
                        {},
                        {},
                        {},
                        {},
                        {},
                        {},
                        {},
                        {},
                        cell_of(mrr.gross.value),
                        cell_of(mrr.net.value),
                        low_of(mrr.gross.error.interval),
                        high_of(mrr.gross.error.interval),
                        low_of(mrr.net.error.interval),
                        high_of(mrr.net.error.interval),
                        rate(mrr.change),
                        rate(mrr.change_low),
                        rate(mrr.change_high),
                        note_cell(mrr.why_not)});
  return table;
}

Table decision_placebo_table(const DecisionReport& report) {
  Table table{
      {"effective_on", "until", "departures", "expected", "rate_ratio", "ci_low", "ci_high", "p", "note"},
      {}};
  const auto add = [&](Date effective_on, Date until, const DecisionPhaseEffect& affected) {
    table.rows.push_back({effective_on, until, affected.departures, cell_of(affected.expected),
                          cell_of(affected.rate_ratio), low_of(affected.interval), high_of(affected.interval),
                          cell_of(affected.p), note_cell(affected.note)});
  };
  for (const DecisionPlacebo& placebo : report.placebos.placebos)
    add(placebo.effective_on, placebo.until, placebo.affected);
  add(report.rows.effective_on, report.rows.until, report.effect.affected);
  return table;
}

Table decision_months_table(const DecisionReport& report) {
  Table table{{"month", "phase", "side", "departures", "expected", "ratio", "risk_days"}, {}};
  for (const DecisionRow& row : report.rows.rows) {
    std::optional<double> ratio;
    if (row.expected && *row.expected > 0) ratio = static_cast<double>(row.departures) / *row.expected;
    table.rows.push_back({row.month, std::string(decision_phase_name(row.phase)),
                          std::string(row.concerned ? "concerned" : "control"), row.departures,
                          cell_of(row.expected), cell_of(ratio), row.risk_days});
  }
  return table;
}

std::string decision_sentence(const DecisionReport& report) {
  const DecisionEffect& effect = report.effect;
  if (!effect.why_not.empty())
    return "What " + name_in_words(report) + " did can't be said. " + effect.why_not;
  std::string text =
      phase_in_words("Existing customers, from their first affected renewal on:", effect.affected, report) +
      slope_in_words(report) + " " +
      phase_in_words("Customers who joined after it:", effect.joined_after, report);
  if (is_found(effect.announced.p, report))
    text += " " + phase_in_words("Between announcement and renewal:", effect.announced, report);
  return text + mrr_in_words(report) + placebos_in_words(report) + caveats_in_words(report);
}

}  // namespace churn::inline v0

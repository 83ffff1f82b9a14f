#include "decision.hpp"

#include <cmath>
#include <locale>
#include <sstream>

#include <churn/decision/decision.hpp>
#include <churn/lever/what_if.hpp>

#include "commands.hpp"
#include "departures.hpp"
#include "progress.hpp"
#include "risk.hpp"
#include "statistics.hpp"

namespace churn::cli {

namespace {

enum class DecisionPart : std::uint8_t { effect, mrr, placebos, months };
DecisionPart parse_decision_part(const Options& options) {
  return static_cast<DecisionPart>(shown(options, {"effect", "mrr", "placebos", "months"}));
}

enum class WhatIfPart : std::uint8_t { periods, assumptions };
WhatIfPart parse_what_if_part(const Options& options) {
  return static_cast<WhatIfPart>(shown(options, {"periods", "assumptions"}));
}

double parse_number(const std::string& text, const std::string& option, const std::string& what) {
  std::istringstream in{text};
  in.imbue(std::locale::classic());
  double value = 0;
  in >> value;
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof() || !std::isfinite(value))
    throw Error(ErrorCode::bad_number, option + " takes " + what + ", not \"" + text + "\".");
  return value;
}

double parse_percent(const std::string& text, const std::string& option) {
  const double percent = parse_number(text, option, "a number of percent");
  if (percent < 0 || percent > 100) throw Error(ErrorCode::bad_number, option + " takes 0 to 100 percent.");
  return percent / 100;
}

/// `5`, or `plan=pro:5`.
RaiseRetention parse_retention(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  RaiseRetention retention;
  if (colon != std::string::npos) retention.where = Filter::parse(text.substr(0, colon));
  retention.points = parse_number(colon == std::string::npos ? text : text.substr(colon + 1), "--retention",
                                  "points a year, or CONDITION:POINTS");
  return retention;
}

std::vector<WhatIf> changes_asked(const Options& options) {
  std::vector<WhatIf> changes;
  changes.reserve(options.retention_rises.size() + 2);
  for (const std::string& text : options.retention_rises)
    changes.push_back({.name = {}, .change = parse_retention(text)});
  if (!options.annual_share.empty()) {
    AnnualShare annual{.share = parse_percent(options.annual_share, "--annual-share")};
    if (!options.discount.empty()) annual.discount = parse_percent(options.discount, "--discount");
    changes.push_back({.name = {}, .change = annual});
  }
  if (!options.recovery.empty())
    changes.push_back(
        {.name = {}, .change = RecoverPayments{.share = parse_percent(options.recovery, "--recovery")}});
  return changes.empty() ? standard_what_ifs() : changes;
}

void check_decision(const Options& options) {
  (void)parse_decision_part(options);
  if (options.on.empty())
    throw Error(ErrorCode::bad_date, "decision takes the day on which it took effect: --on DATE.");
  const Date on = parse_date(options.on, "--on");
  if (!options.announced.empty() && parse_date(options.announced, "--announced") > on)
    throw Error(ErrorCode::bad_period,
                "--announced " + options.announced + " is after --on " + options.on + ".");
  if (!options.control.empty()) (void)Filter::parse(options.control);
  refuse_if(options.period_given, options, "--period", "It counts by month.");
  refuse_if(options.exact, options, "--exact", "Its amounts are rounded to the currency.");
}

void check_what_if(const Options& options) {
  (void)parse_what_if_part(options);
  (void)changes_asked(options);
  (void)forecast_rule(options);
  refuse_if(!options.discount.empty() && options.annual_share.empty(), options,
            "--discount without --annual-share", "It is what those get who are moved to pay by the year.");
  refuse_if(options.exact, options, "--exact", "Its amounts are rounded to the currency.");
}

}  // namespace

void check_decisions(const Options& options) {
  if (options.command == "decision") check_decision(options);
  if (options.command == "whatif") check_what_if(options);
}

std::string run_decision(const Session& session) {
  const Options& options = session.options;
  Decision decision{
      .effective_on = parse_date(options.on, "--on"), .name = options.name, .where = session.where};
  if (!options.announced.empty()) decision.announced_on = parse_date(options.announced, "--announced");
  if (!options.control.empty()) {
    decision.control = Filter::parse(options.control);
    warn_of_unknown_values("--control", *decision.control, session.book);
  }
  if (!options.from.empty()) decision.from = parse_date(options.from, "--from");
  if (!options.to.empty()) decision.until = parse_date(options.to, "--to");
  const DecisionReport report =
      analyse_decision(session.book, decision, {.progress = progress_of("comparing")});
  say(decision_sentence(report));
  switch (parse_decision_part(options)) {
    case DecisionPart::mrr: return print(decision_mrr_table(report), session.format);
    case DecisionPart::placebos: return print(decision_placebo_table(report), session.format);
    case DecisionPart::months: return print(decision_months_table(report), session.format);
    case DecisionPart::effect: break;
  }
  return print(decision_table(report), session.format);
}

std::string run_what_if(const Session& session) {
  const Options& options = session.options;
  require_fixed(session.where);
  ForecastRule rule = forecast_rule(options);
  rule.confidence = session.book.conventions().rate.confidence;
  const WhatIfReport report =
      what_if(session.book, session.grid(), changes_asked(options),
              {.forecast = rule, .fold = session.fold_options(), .rules = departure_rules_for(options)});
  say(what_if_sentence(report));
  return print(parse_what_if_part(options) == WhatIfPart::assumptions ? what_if_assumptions_table(report)
                                                                      : what_if_table(report),
               session.format);
}

}  // namespace churn::cli

#include "risk.hpp"

#include <churn/io/playbook_json.hpp>
#include <churn/io/risk_model_json.hpp>
#include <churn/risk/feature_use.hpp>
#include <churn/risk/lead.hpp>
#include <churn/risk/onboarding_funnel.hpp>
#include <churn/risk/playbook.hpp>
#include <churn/risk/risk_backtest.hpp>
#include <churn/risk/risk_list.hpp>
#include <churn/row/observe.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>

#include "commands.hpp"
#include "progress.hpp"
#include "suggestion.hpp"
#include "terminal.hpp"

namespace churn::cli {

namespace {

constexpr const char* stages_are_events =
    " Add events of the kind stage_reached to events.csv (customer_id, at, kind, value, label), the stage as "
    "label.";
constexpr const char* uses_are_events =
    " Add events of the kind feature_used to events.csv (customer_id, at, kind, value, label), the feature "
    "as "
    "label.";

constexpr std::size_t most_rows = 1'000'000;  // of the calendar grid

enum class Leads : std::uint8_t { leads, deciles, stability, funnel, features, playbook, bands, list };
Leads parse_leads(const Options& options) {
  return static_cast<Leads>(
      shown(options, {"leads", "deciles", "stability", "funnel", "features", "playbook", "bands", "list"}));
}

enum class Tested : std::uint8_t { metrics, reliability, lift, costs, cuts, playbook, bands };
Tested parse_tested(const Options& options) {
  return static_cast<Tested>(
      shown(options, {"metrics", "reliability", "lift", "costs", "cuts", "playbook", "bands"}));
}

/// What a team's own thresholds are worth needs a file of them, and nothing else does.
void check_playbook(const Options& options, bool is_shown) {
  if (options.playbook.empty() && is_shown)
    throw Error(ErrorCode::unknown_name, options.command + " --show " + options.show +
                                             " needs --playbook FILE, a JSON file with your thresholds.");
  refuse_if(!options.playbook.empty() && !is_shown, options, "--playbook",
            "It goes with --show playbook and --show bands.");
}

bool at_renewals(const Options& options) {
  return parse_choice(options.at, "--at", {"renewals", "weekly"}) == 0;
}

RiskOptions model_options(const Options& options) {
  RiskOptions model;
  model.kind = static_cast<RiskKind>(parse_choice(options.kind, "--kind", {"logistic", "hazard"}));
  model.calibration = static_cast<Calibration>(
      parse_choice(options.calibration, "--calibration", {"none", "platt", "isotonic"}));
  return model;
}

/// All, or those that --indicators names, in its order.
std::vector<Indicator> chosen_indicators(const Options& options) {
  std::vector<Indicator> all = standard_indicators();
  if (options.indicators.empty()) return all;
  std::vector<Indicator> chosen;
  for (const std::string& name : split_commas(options.indicators)) {
    const auto at = std::find_if(all.begin(), all.end(),
                                 [&](const Indicator& indicator) { return indicator.column.name == name; });
    if (at == all.end()) {
      std::string known;
      std::vector<std::string> names;
      for (const Indicator& indicator : all) {
        known += (known.empty() ? "" : ", ") + indicator.column.name;
        names.push_back(indicator.column.name);
      }
      throw Error(ErrorCode::unknown_name, "--indicators: there is none called \"" + name +
                                               "\". There are: " + known + "." + suggestion_for(name, names));
    }
    if (std::any_of(chosen.begin(), chosen.end(),
                    [&](const Indicator& indicator) { return indicator.column.name == name; }))
      throw Error(ErrorCode::unknown_name, "--indicators names " + name + " twice.");
    chosen.push_back(*at);
  }
  return chosen;
}

ObserveOptions observe_options(const Session& session) {
  return {.horizon = session.options.horizon_days,
          .kinds = event_kinds(session.options),
          .where = session.where,
          .one_in = observation_sample(session.book, most_rows),
          .threads = session.options.threads,
          .progress = progress_of("reading what was known")};
}

void say_sample(const Session& session) {
  const std::uint32_t one_in = observation_sample(session.book, most_rows);
  if (one_in > 1)
    say("learnt from one in " + std::to_string(one_in) +
        " customers, by the hash of their ids: of all there are more than a million customer-weeks");
}

/// Half of the signs are in files that a book may lack.
void say_what_is_missing(const Session& session) {
  if (!session.options.indicators.empty()) return;  // whoever names them knows
  if (session.events_read == 0)
    say("the book has no events, so half of the indicators are missing: use, time in the product, tickets, "
        "features, onboarding, integrations, campaigns, NPS and expiring cards. Add events.csv "
        "(customer_id, at, kind, value, label)");
  if (session.invoices_read == 0)
    say("the book has no invoices, so late payments, arrears and failed payments are missing. Add "
        "invoices.csv, invoice_lines.csv and payments.csv");
}

bool is_asked_for(Date day, const Options& options) {
  return (options.from.empty() || day >= parse_date(options.from, "--from")) &&
         (options.to.empty() || day < parse_date(options.to, "--to"));
}

/// --from and --to must leave something of the book.
void check_days(const Session& session) {
  const Options& options = session.options;
  const std::vector<Date> days = observation_days(session.book);
  if (days.empty()) return;
  const Date as_of = session.book.as_of();
  if (!options.from.empty() && parse_date(options.from, "--from") >= as_of)
    throw Error(ErrorCode::bad_period,
                "--from " + options.from + " is not before " + as_of.to_string() + ", where the book ends.");
  if (!options.to.empty() && parse_date(options.to, "--to") <= days.front())
    throw Error(ErrorCode::bad_period, "--to " + options.to + " is not after " + days.front().to_string() +
                                           ", where the book begins.");
}

/// The rows of the calendar grid, from --from to before --to.
Observations weekly_rows(const Session& session, const std::vector<Indicator>& indicators) {
  std::vector<Date> days;
  for (const Date day : observation_days(session.book))
    if (is_asked_for(day, session.options)) days.push_back(day);
  return observe(session.book, indicators, days, observe_options(session));
}

Observations renewal_rows(const Session& session, const std::vector<Indicator>& indicators) {
  Observations all =
      observe_at_renewals(session.book, indicators, observe_options(session), session.options.lead);
  if (session.options.from.empty() && session.options.to.empty()) return all;
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < all.rows(); ++i)
    if (is_asked_for(all.day[i], session.options)) rows.push_back(i);
  Observations asked_for = all.only(rows);
  const std::int32_t last_known = session.book.as_of().days() - all.horizon;
  if (!session.options.to.empty() && parse_date(session.options.to, "--to").days() <= last_known + 1)
    asked_for.not_yet_known = 0;  // those came later
  return asked_for;
}

Table indicators_table(const std::vector<Indicator>& indicators) {
  Table table{{"indicator", "direction", "about"}, {}};
  for (const Indicator& indicator : indicators)
    table.rows.push_back({indicator.column.name,
                          std::string(indicator.column.direction == Direction::raises ? "raises" : "lowers"),
                          indicator.about});
  return table;
}

void say_not_yet_known(const Observations& rows) {
  if (rows.not_yet_known == 0) return;
  const bool one = rows.not_yet_known == 1;
  say(std::to_string(rows.not_yet_known) + (one ? " row" : " rows") + " of the last " +
      std::to_string(rows.horizon) + " days " + (one ? "is" : "are") +
      " left out: who stays is not known yet, and to count only who left would mislead");
}

void refuse_exact(const Options& options) {
  refuse_if(options.exact, options, "--exact", "It shows no amounts of MRR.");
}

/// Of an answer that no weeks or renewals are behind.
void refuse_rows(const Options& options, const std::string& instead) {
  refuse_if(options.horizon_given, options, "--horizon", instead);
  refuse_if(options.at != "renewals", options, "--at", instead);
  refuse_if(options.lead_given, options, "--lead", instead);
  refuse_if(!options.from.empty(), options, "--from", instead);
  refuse_if(!options.to.empty(), options, "--to", instead);
}

void check_indicators(const Options& options) {
  const Leads show = parse_leads(options);
  (void)at_renewals(options);
  check_playbook(options, show == Leads::playbook || show == Leads::bands);
  refuse_exact(options);
  refuse_if(options.lead_given && !at_renewals(options), options, "--lead", "It goes with --at renewals.");
  if (show == Leads::list) {
    const std::string instead = "It is the same for every book.";
    refuse_rows(options, instead);
    refuse_if(!options.where.empty(), options, "--where", instead);
  }
  if (show == Leads::funnel || show == Leads::features) refuse_rows(options, "It looks at the whole book.");
  refuse_if(!options.indicators.empty() && (show == Leads::funnel || show == Leads::features), options,
            "--indicators", "It looks at stages and features alone.");
  if (options.lead < 0 || options.lead > 365)
    throw Error(ErrorCode::bad_number, "--lead takes 0 to 365 days.");
}

void check_score(const Options& options) {
  const std::string instead = "The model of a file is what it is. Leave out --model to train one.";
  const bool is_loaded = !options.model.empty();
  refuse_if(is_loaded && options.horizon_given, options, "--horizon", instead);
  refuse_if(is_loaded && options.kind != "logistic", options, "--kind", instead);
  refuse_if(is_loaded && options.calibration != "platt", options, "--calibration", instead);
  refuse_if(is_loaded && !options.indicators.empty(), options, "--indicators", instead);
  refuse_if(is_loaded && !options.output.empty(), options, "--output", instead);
  refuse_if(!options.from.empty() || !options.to.empty(), options, "--from or --to",
            "It is of the last known day. For another day use --as-of.");
  if (options.departed < 0 || options.departed > 36500)
    throw Error(ErrorCode::bad_number, "--departed takes 0 to 36500 days.");
}

void check_backtest(const Options& options) {
  const Tested show = parse_tested(options);
  (void)parse_choice(options.customers, "--customers", {"disjoint", "grouped"});
  check_playbook(options, show == Tested::playbook || show == Tested::bands);
  refuse_exact(options);
  refuse_if(options.costs_given && show != Tested::costs, options,
            "--contact-cost, --save-value or --save-rate", "They go with --show costs.");
  if (options.cuts < 1 || options.cuts > 1000) throw Error(ErrorCode::bad_number, "--cuts takes 1 to 1000.");
  if (options.spacing < 1 || options.spacing > 3650)
    throw Error(ErrorCode::bad_number, "--spacing takes 1 to 3650 days.");
  if (!(options.save_rate >= 0 && options.save_rate <= 1))
    throw Error(ErrorCode::bad_number, "--save-rate takes 0 to 1: 0.3 is 30 %.");
  if (!std::isfinite(options.contact_cost) || !std::isfinite(options.save_value))
    throw Error(ErrorCode::bad_number, "--contact-cost and --save-value take numbers.");
}

void write_model(const RiskModel& model, const std::string& path) {
  const Unbroken until_written{path};
  std::ofstream file{path, std::ios::binary};
  file << to_json(model);
  file.flush();
  if (!file) throw Error(ErrorCode::unreadable, "The model could not be written to " + path + ".");
}

/// What the model comes of, and where to read what it is worth.
std::string where_from(const RiskModel& model) {
  const RiskProvenance& from = model.provenance;
  std::string text = "The model learnt from " + std::to_string(from.rows) + " rows of " +
                     std::to_string(from.customers) + " customers, " + std::to_string(from.departures) +
                     " of them in the " + std::to_string(model.horizon) + " days before a departure";
  if (from.last_day) text += ", up to " + from.last_day->to_string();
  return text + ". What such scores have been worth: churn backtest";
}

}  // namespace

EventKindMap event_kinds(const Options& options) {
  EventKindMap kinds;
  for (const std::string& pair : split_commas(options.event_kinds)) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size())
      throw Error(
          ErrorCode::unknown_name,
          "--event-kinds takes pairs like signed_in=login, separated by commas; \"" + pair + "\" is none.");
    if (!kinds.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second)
      throw Error(ErrorCode::unknown_name, "--event-kinds names " + pair.substr(0, equals) + " twice.");
  }
  return kinds;
}

void check_risk(const Options& options) {
  const bool is_one =
      options.command == "indicators" || options.command == "score" || options.command == "backtest";
  if (!is_one) return;
  refuse_if(options.period_given, options, "--period", "Its rows are weeks and renewals.");
  (void)model_options(options);
  (void)chosen_indicators(options);
  (void)event_kinds(options);
  if (options.horizon_days < 1 || options.horizon_days > 3650)
    throw Error(ErrorCode::bad_number, "--horizon takes 1 to 3650 days.");
  if (options.command == "indicators") check_indicators(options);
  if (options.command == "score") check_score(options);
  if (options.command == "backtest") check_backtest(options);
  if (!options.playbook.empty()) (void)read_playbook(options.playbook);
}

std::string list_indicators(const Options& options) {
  check_risk(options);
  const auto format = static_cast<Format>(parse_choice(options.format, "--format", {"table", "csv", "json"}));
  return print(indicators_table(chosen_indicators(options)), format);
}

std::string run_indicators(const Session& session) {
  const Options& options = session.options;
  const std::vector<Indicator> indicators = chosen_indicators(options);
  switch (parse_leads(options)) {
    case Leads::list: return print(indicators_table(indicators), session.format);
    case Leads::funnel: {
      const OnboardingFunnel funnel =
          onboarding_funnel(session.book, {.where = session.where, .kinds = event_kinds(options)});
      say(onboarding_sentence(funnel) +
          (funnel.stages.empty() && options.where.empty() ? stages_are_events : ""));
      return print(onboarding_table(funnel), session.format);
    }
    case Leads::features: {
      const FeatureUse use =
          feature_use(session.book, {.where = session.where, .kinds = event_kinds(options)});
      say(feature_use_sentence(use) + (use.recorded_since ? "" : uses_are_events));
      return print(feature_use_table(use), session.format);
    }
    default: break;
  }
  check_days(session);
  say_what_is_missing(session);
  say_sample(session);
  const Observations calendar = weekly_rows(session, indicators);
  const Observations rows = at_renewals(options) ? renewal_rows(session, indicators) : calendar;
  say_not_yet_known(rows);
  const Leads show = parse_leads(options);
  if (show == Leads::playbook || show == Leads::bands) {
    const PlaybookWorth worth = playbook_worth(read_playbook(options.playbook), rows);
    say(playbook_sentence(worth));
    return print(show == Leads::bands ? playbook_bands_table(worth) : playbook_table(worth), session.format);
  }
  const LeadReport report = does_it_lead(rows, calendar);
  say(lead_sentence(report));
  switch (show) {
    case Leads::deciles: return print(lead_deciles_table(report), session.format);
    case Leads::stability: return print(lead_stability_table(report), session.format);
    default: return print(lead_table(report), session.format);
  }
}

std::string run_score(const Session& session) {
  const Options& options = session.options;
  const std::vector<Indicator> indicators = chosen_indicators(options);
  say_what_is_missing(session);
  const RiskModel model = [&] {
    if (!options.model.empty()) return read_risk_model(options.model);
    say_sample(session);
    // Everybody teaches it, whoever is asked about.
    ObserveOptions everybody = observe_options(session);
    everybody.where = {};
    return train_risk_model(observe(session.book, indicators, observation_days(session.book), everybody),
                            model_options(options));
  }();
  if (!options.output.empty()) write_model(model, options.output);
  const RiskList list = risk_list(session.book, model, indicators,
                                  {.with_departed = options.departed > 0,
                                   .departed_within = options.departed,
                                   .kinds = event_kinds(options),
                                   .where = session.where,
                                   .threads = options.threads});
  say(list.rows.empty() && !options.where.empty()
          ? "Nobody who matches --where is a customer on the day before " + list.as_of.to_string() + "."
          : risk_list_sentence(list));
  if (list.is_known()) say(where_from(model));
  return print(risk_list_table(list, options.exact), session.format);
}

std::string run_backtest(const Session& session) {
  const Options& options = session.options;
  check_days(session);
  say_what_is_missing(session);
  say_sample(session);
  const Observations rows = weekly_rows(session, chosen_indicators(options));
  say_not_yet_known(rows);
  RiskBacktestRule rule;
  rule.cuts = options.cuts;
  rule.spacing = options.spacing;
  rule.customers =
      static_cast<BacktestCustomers>(parse_choice(options.customers, "--customers", {"disjoint", "grouped"}));
  rule.model = model_options(options);
  rule.contact_cost = options.contact_cost;
  rule.save_value = options.save_value;
  rule.save_rate = options.save_rate;
  if (!options.playbook.empty()) rule.playbook = read_playbook(options.playbook);
  rule.threads = options.threads;
  rule.progress = progress_of("testing models");
  const RiskBacktest test = backtest_risk(rows, rule);
  say(backtest_sentence(test));
  switch (parse_tested(options)) {
    case Tested::reliability: return print(backtest_reliability_table(test), session.format);
    case Tested::lift: return print(backtest_lift_table(test), session.format);
    case Tested::costs: return print(backtest_costs_table(test), session.format);
    case Tested::cuts: return print(backtest_cuts_table(test), session.format);
    case Tested::playbook:
    case Tested::bands: {
      const bool bands = parse_tested(options) == Tested::bands;
      const PlaybookWorth worth = test.playbook.value_or(PlaybookWorth{});
      if (test.playbook) say(playbook_sentence(worth));
      return print(bands ? playbook_bands_table(worth) : playbook_table(worth), session.format);
    }
    default: return print(backtest_table(test), session.format);
  }
}

}  // namespace churn::cli

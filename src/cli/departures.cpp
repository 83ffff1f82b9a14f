#include "departures.hpp"

#include <churn/departure/arrears.hpp>
#include <churn/departure/causes.hpp>
#include <churn/departure/departure_list.hpp>
#include <churn/departure/departure_season.hpp>
#include <churn/departure/dunning.hpp>
#include <churn/departure/exit_surveys.hpp>
#include <churn/departure/expiring_cards.hpp>
#include <churn/departure/reason_coverage.hpp>
#include <churn/departure/returns.hpp>
#include <churn/departure/win_back.hpp>
#include <churn/io/reasons_json.hpp>

#include "commands.hpp"
#include "suggestion.hpp"

namespace churn::cli {

namespace {

enum class Causes : std::uint8_t {
  periods,
  types,
  reasons,
  stories,
  rates,
  departures,
  returns,
  season,
  words
};
Causes parse_causes(const Options& options) {
  return static_cast<Causes>(shown(options, {"periods", "types", "reasons", "stories", "rates", "departures",
                                             "returns", "season", "words"}));
}

enum class DunningShown : std::uint8_t { periods, totals, reasons, attempts, days, invoices, arrears, cards };
DunningShown parse_dunning(const Options& options) {
  return static_cast<DunningShown>(
      shown(options, {"periods", "totals", "reasons", "attempts", "days", "invoices", "arrears", "cards"}));
}

enum class SurveyShown : std::uint8_t { periods, types, reasons, disagreement, words };
SurveyShown parse_survey(const Options& options) {
  return static_cast<SurveyShown>(shown(options, {"periods", "types", "reasons", "disagreement", "words"}));
}

RankedBy parse_rank(const Options& options) {
  return static_cast<RankedBy>(parse_choice(options.rank, "--rank", {"mrr", "customers"}));
}

void say_if(const std::string& sentence) {
  if (!sentence.empty()) say(sentence);
}

Period span_of(const PeriodGrid& grid) { return Period{grid.from(), grid.to()}; }

/// Of an answer that has no periods, because it is of the whole book or of one day.
void refuse_periods(const Options& options, const std::string& instead) {
  refuse_if(!options.from.empty(), options, "--from", instead);
  refuse_if(!options.to.empty(), options, "--to", instead);
  refuse_if(options.period_given, options, "--period", instead);
}

void check_causes(const Options& options) {
  const Causes show = parse_causes(options);
  (void)parse_rank(options);
  if (!options.type.empty())
    suggesting(options.type, {"completed", "voluntary", "involuntary", "unknown"},
               [&] { (void)parse_departure_type(options.type); });
  refuse_if(options.rank != "mrr" && show != Causes::reasons, options, "--rank",
            "It goes with --show reasons.");
  refuse_if(!options.type.empty() && show != Causes::season, options, "--type",
            "It goes with --show season.");
  refuse_if(options.window_given && show != Causes::returns, options, "--window",
            "It goes with --show returns.");
  const std::string whole = show == Causes::words ? "Words are those of the whole book."
                                                  : "Seasons are those of all complete months of the book.";
  if (show == Causes::words || show == Causes::season) refuse_periods(options, whole);
  refuse_if(show == Causes::words && !options.where.empty(), options, "--where", whole);
  if (show == Causes::words || show == Causes::season || show == Causes::departures)
    refuse_if(!options.by.empty(), options, "--by",
              show == Causes::words ? whole : "Use --where to ask about some of them.");
}

void check_dunning(const Options& options) {
  const DunningShown show = parse_dunning(options);
  const bool is_of_today = show == DunningShown::arrears || show == DunningShown::cards;
  refuse_if(options.within_given && show != DunningShown::cards, options, "--within",
            "It goes with --show cards.");
  refuse_if(options.window_given && is_of_today, options, "--window", "It is of payments that failed.");
  if (is_of_today) refuse_periods(options, "It is of the last known day. For another day use --as-of.");
  if (show != DunningShown::periods)
    refuse_if(!options.by.empty(), options, "--by", "Use --where to ask about some customers.");
}

void check_survey(const Options& options) {
  const SurveyShown show = parse_survey(options);
  if (show == SurveyShown::disagreement || show == SurveyShown::words)
    refuse_if(!options.by.empty(), options, "--by", "Use --where to ask about some of them.");
}

void check_winback(const Options& options) {
  refuse_periods(options,
                 "It is of who left in the last days before as_of. To say in how many, use --within.");
}

/// What a cube of departures says. `movements` gives those of the same segments and periods.
template <class Movements>
std::string print_causes(const DepartureCube& cube, Movements&& movements, const Options& options,
                         Format format) {
  say(causes_sentence(cube));
  switch (parse_causes(options)) {
    case Causes::types: return print(type_shares_table(cube, options.exact), format);
    case Causes::reasons: return print(reason_shares_table(cube, parse_rank(options), options.exact), format);
    case Causes::stories: return print(story_shares_table(cube, standard_stories(), options.exact), format);
    case Causes::rates:
      if (cube.conventions().rate.netting == Netting::by_day)
        say("netted by day, departures are not of the customers at opening alone, so there are no rates; for "
            "them "
            "use --netting period");
      return print(type_rates_table(cube, movements(), options.exact), format);
    default: return print(causes_table(cube, options.exact), format);
  }
}

}  // namespace

void check_departures(const Options& options) {
  if (options.window < 1 || options.window > 3650)
    throw Error(ErrorCode::bad_number, "--window takes 1 to 3650 days.");
  if (options.within < 1 || options.within > 36500)
    throw Error(ErrorCode::bad_number, "--within takes 1 to 36500 days.");
  if (options.command == "causes") check_causes(options);
  if (options.command == "dunning") check_dunning(options);
  if (options.command == "survey") check_survey(options);
  if (options.command == "winback") check_winback(options);
  refuse_if(options.command == "explain" && !options.reasons.empty() && options.movement != "churn", options,
            "--reasons with --movement " + options.movement, "Reasons are those of churn.");
  refuse_if(options.command == "survival" && !options.reasons.empty() && options.exits != "types", options,
            "--reasons", "It goes with --exits types.");
  if (!options.reasons.empty()) (void)departure_rules_for(options);
}

bool takes_segments(const Options& options) {
  if (options.command != "causes") return true;
  const Causes show = parse_causes(options);
  return show != Causes::departures && show != Causes::season && show != Causes::words;
}

DepartureRules departure_rules_for(const Options& options) {
  return options.reasons.empty() ? DepartureRules::standard() : read_departure_rules(options.reasons);
}

std::string run_causes(const Session& session) {
  const Options& options = session.options;
  const DepartureRules rules = departure_rules_for(options);
  const PeriodGrid grid = session.grid();
  const Causes show = parse_causes(options);
  if (show == Causes::words) {
    const std::vector<RecordedReason> words = reason_coverage(session.book, rules.tables);
    say_if(reason_coverage_sentence(words));
    return print(reason_coverage_table(words), session.format);
  }
  if (const std::string unknown = reason_coverage_sentence(reason_coverage(session.book, rules.tables));
      !unknown.empty())
    say(unknown + " To see all: causes --show words.");
  switch (show) {
    case Causes::departures:
      return print(
          departures_table(
              departure_list(session.book, {.within = span_of(grid), .where = session.where, .rules = rules}),
              options.exact),
          session.format);
    case Causes::returns: {
      const Returns found =
          returns(session.book, {.by = session.segmenter,
                                 .where = session.where,
                                 .within = span_of(grid),
                                 .rule = {.window = options.window_given ? options.window : 90},
                                 .rules = rules});
      say_if(returns_sentence(found));
      return print(returns_table(found), session.format);
    }
    case Causes::season: {
      std::optional<DepartureType> type;
      if (!options.type.empty()) type = parse_departure_type(options.type);
      const DepartureSeason season =
          departure_season(session.book, type, {.where = session.where, .rules = rules});
      say_if(season_sentence(season));
      return print(season_table(season), session.format);
    }
    default: break;
  }
  const DepartureCube cube =
      DepartureCube::fold(session.book, grid, session.segmenter, rules, session.fold_options());
  return print_causes(
      cube, [&] { return MovementCube::fold(session.book, grid, session.segmenter, session.fold_options()); },
      options, session.format);
}

std::string causes_from_cubes(const CubeFile& file, const Options& options) {
  switch (parse_causes(options)) {
    case Causes::departures:
    case Causes::returns:
    case Causes::season:
    case Causes::words:
      throw Error(ErrorCode::unknown_name,
                  "causes --show " + options.show +
                      " is about single customers, which cubes don't know. Give it a "
                      "BOOK; periods, types, reasons, stories and rates can be "
                      "answered from cubes.");
    default: break;
  }
  const DepartureCube& cube = file.departures();
  if (!options.reasons.empty() && departure_rules_for(options).fingerprint() != cube.rules())
    throw Error(
        ErrorCode::mismatched_cubes,
        "--reasons asks for rules of departures by which the cubes were not counted. Leave it out, or "
        "count the book anew.");
  return print_causes(
      cube, [&] { return file.movements(); }, options,
      static_cast<Format>(parse_choice(options.format, "--format", {"table", "csv", "json"})));
}

std::string run_dunning(const Session& session) {
  const Options& options = session.options;
  const ReasonTables tables = departure_rules_for(options).tables;
  const DunningShown show = parse_dunning(options);
  const DunningRule rule{.window_days = options.window_given ? options.window : 30, .codes = tables.codes};
  switch (show) {
    case DunningShown::arrears: {
      const Arrears found = arrears(session.book, {.codes = tables.codes, .where = session.where});
      say_if(arrears_sentence(found));
      return print(arrears_table(found, options.exact), session.format);
    }
    case DunningShown::cards: {
      const ExpiringCards cards =
          expiring_cards(session.book, {.days = options.within_given ? options.within : 30,
                                        .kinds = tables.event_kinds,
                                        .where = session.where});
      say_if(expiring_cards_sentence(cards));
      return print(expiring_cards_table(cards, options.exact), session.format);
    }
    case DunningShown::invoices:
      return print(
          failed_payments_table(failed_payments(session.book, rule,
                                                {.within = span_of(session.grid()), .where = session.where}),
                                options.exact),
          session.format);
    default: break;
  }
  std::optional<Currency> currency;
  if (!options.currency.empty()) currency = Currency{options.currency};
  const Dunning dunning = dunning_of(session.book, session.grid(), session.segmenter,
                                     {.rule = rule,
                                      .where = session.where,
                                      .currency = currency,
                                      .interval = session.book.conventions().rate.interval_rule()});
  say_if(dunning_sentence(dunning));
  switch (show) {
    case DunningShown::totals: return print(dunning_totals_table(dunning, options.exact), session.format);
    case DunningShown::reasons: return print(dunning_reasons_table(dunning, options.exact), session.format);
    case DunningShown::attempts: return print(dunning_attempts_table(dunning), session.format);
    case DunningShown::days: return print(dunning_days_table(dunning), session.format);
    default: return print(dunning_table(dunning, options.exact), session.format);
  }
}

std::string run_survey(const Session& session) {
  const Options& options = session.options;
  const SurveyShown show = parse_survey(options);
  const PeriodGrid grid = session.grid();
  const ExitSurveys surveys = exit_surveys(session.book, {.by = session.segmenter,
                                                          .where = session.where,
                                                          .within = span_of(grid),
                                                          .rules = departure_rules_for(options),
                                                          .with_free_text = show == SurveyShown::words});
  say_if(survey_sentence(surveys));
  switch (show) {
    case SurveyShown::reasons: return print(survey_reasons_table(surveys, options.exact), session.format);
    case SurveyShown::disagreement:
      return print(survey_disagreement_table(surveys, options.exact), session.format);
    case SurveyShown::words: return print(free_answers_table(surveys), session.format);
    case SurveyShown::types:
      return print(survey_table(surveys, {.by_type = true}, options.exact), session.format);
    case SurveyShown::periods: break;
  }
  return print(survey_table(surveys, {.periods = grid}, options.exact), session.format);
}

std::string run_winback(const Session& session) {
  const Options& options = session.options;
  const WinBackList list = win_back(session.book, {.within_days = options.within_given ? options.within : 365,
                                                   .where = session.where,
                                                   .window = options.window_given ? options.window : 90,
                                                   .rules = departure_rules_for(options)});
  say_if(win_back_sentence(list));
  return print(win_back_table(list, options.exact), session.format);
}

}  // namespace churn::cli

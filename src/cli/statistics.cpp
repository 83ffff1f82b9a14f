#include "statistics.hpp"

#include <churn/cohort/cohort_contrast.hpp>
#include <churn/forecast/forecast_backtest.hpp>
#include <churn/forecast/mrr_forecast.hpp>
#include <churn/metric/segment_contrast.hpp>
#include <churn/metric/trend.hpp>
#include <churn/survival/aalen_johansen.hpp>
#include <churn/survival/hazard.hpp>
#include <churn/survival/kaplan_meier.hpp>
#include <churn/survival/log_rank.hpp>

#include <algorithm>

#include "commands.hpp"
#include "departures.hpp"

namespace churn::cli {

namespace {

std::string metric_asked_for(const Options& options) {
  return options.metric.empty() ? std::string(CustomerChurnRate::name) : options.metric;
}

/// `basic, monthly: ` in front of what is said of a segment.
std::string words_of(const Label& label) {
  std::string words;
  for (const std::string& part : label) words += (words.empty() ? "" : ", ") + part;
  return words.empty() ? "" : words + ": ";
}

std::string print_trends(const MovementCube& cube, const std::vector<MeasuredRow>& rows,
                         const std::string& metric, Format format) {
  const std::vector<Trend> trends = trends_of(cube, rows, metric);
  for (std::size_t s = 0; s < trends.size(); ++s)
    say(words_of(cube.segments()[s]) + trend_sentence(trends[s], cube.grid().first_days()));
  return print_with_lines(
      trends_table(cube, trends, format == Format::json ? TrendColumns::all : TrendColumns::chart), "value",
      format);
}

bool asks_for_pairs(const Options& options) {
  return parse_choice(options.compare, "--compare", {"rest", "pairs"}) == 1;
}

void require_segments(bool has_segments) {
  if (!has_segments)
    throw Error(ErrorCode::unknown_name, "--compare needs --by, which says by what the segments are made.");
}

std::string print_contrasts(const SegmentContrasts& contrasts, Format format, bool exact) {
  say(contrast_sentence(contrasts));
  return print(contrasts_table(contrasts, exact), format);
}

/// `types`: what the rules of departures find.
constexpr const char* by_departures = "types";

/// `price=voluntary,*=unknown`.
ExitTypes parse_exits(const std::string& text) {
  ExitTypes exits;
  if (text == by_departures) return exits;
  for (const std::string& part : split_commas(text)) {
    const std::size_t equals = part.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == part.size())
      throw Error(ErrorCode::unknown_name,
                  "--exits takes REASON=TYPE, separated by commas; * is every other reason. \"" + part +
                      "\" is none. Or types, for what the records of each departure say.");
    const std::string reason = part.substr(0, equals);
    (reason == "*" ? exits.otherwise : exits.type_of[reason]) = part.substr(equals + 1);
  }
  return exits;
}

SpellUnit parse_unit(const std::string& text) {
  return static_cast<SpellUnit>(
      parse_choice(text, "--unit", {"first", "every", "first_subscription", "every_subscription"}));
}

SurvivalInterval parse_interval(const Options& options) {
  return static_cast<SurvivalInterval>(
      parse_choice(options.ci, "--ci", {"log-log", "log", "plain", "logit", "arcsine"}));
}

enum class Shown : std::uint8_t { curve, incidence, hazard, pairs };
Shown parse_shown(const Options& options) {
  if (options.command != "survival" || options.show.empty()) return Shown::curve;
  return static_cast<Shown>(parse_choice(options.show, "--show", {"curve", "incidence", "hazard", "pairs"}));
}

enum class NewBusinessAsked : std::uint8_t { level, line, none };
NewBusinessAsked parse_new_business(const Options& options) {
  return static_cast<NewBusinessAsked>(
      parse_choice(options.new_business, "--new-business", {"level", "line", "none"}));
}

/// The tables of all segments, one below the other, with the segments' columns in front of those that each has.
template <class Cube, class TableOf>
Table of_segments(const Cube& cube, const std::vector<std::string>& columns, TableOf&& table_of) {
  Table all{cube.segment_names(), {}};
  all.columns.insert(all.columns.end(), columns.begin(), columns.end());
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    const Label& label = cube.segments()[s];
    Table part = table_of(s);
    for (std::vector<Cell>& row : part.rows) {
      row.insert(row.begin(), label.begin(), label.end());
      all.rows.push_back(std::move(row));
    }
  }
  return all;
}

/// Pairs by their labels: those of the second segment have `other_` in front.
Table pairs_of(const LifeTable& life, const std::vector<LogRankPair>& pairs) {
  Table table = log_rank_pairs_table(pairs);
  std::vector<std::string> columns = life.segment_names();
  for (const std::string& name : life.segment_names()) columns.push_back("other_" + name);
  table.columns.erase(table.columns.begin(), table.columns.begin() + 2);  // numbers of the segments
  table.columns.insert(table.columns.begin(), columns.begin(), columns.end());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    std::vector<Cell>& row = table.rows[i];
    row.erase(row.begin(), row.begin() + 2);
    Label labels = life.segments()[pairs[i].first];
    const Label& second = life.segments()[pairs[i].second];
    labels.insert(labels.end(), second.begin(), second.end());
    row.insert(row.begin(), labels.begin(), labels.end());
  }
  return table;
}

std::string print_forecasts(const CohortCube& cohorts, const MovementCube& movements, const Options& options,
                            Format format) {
  ForecastRule rule = forecast_rule(options);
  rule.confidence = movements.conventions().rate.confidence;
  std::vector<std::string> columns{"period", "mrr", "low", "high", "customers"};
  if (options.backtest)
    columns = {"ahead", "forecasts",       "covered",          "mean_absolute_error",
               "bias",  "unchanged_error", "same_growth_error"};
  return print(of_segments(cohorts, columns,
                           [&](std::size_t s) {
                             const std::string segment = words_of(cohorts.segments()[s]);
                             const ForecastBacktest test = backtest_forecast(cohorts, movements, rule, {}, s);
                             if (options.backtest) {
                               say(segment + backtest_sentence(test));
                               return backtest_table(test);
                             }
                             const MrrForecast forecast = forecast_mrr(cohorts, movements, rule, s);
                             say(segment + forecast_sentence(forecast));
                             if (forecast.outcome == ForecastOutcome::known)
                               say(segment + backtest_sentence(test));
                             return forecast_table(forecast);
                           }),
               format);
}

/// Who moves from segment to segment has no one future in any of them.
template <class Factors>
void require_fixed(const Factors& factors, const std::string& option) {
  for (const auto& factor : factors)
    if (factor.kind != Segmenter::Kind::fixed)
      throw Error(ErrorCode::unknown_name,
                  option + " " + factor.name +
                      ": a forecast is of attributes and cohorts, which customers keep; " + factor.name +
                      " may change under way.");
}

}  // namespace

void check_statistics(const Options& options) {
  (void)parse_interval(options);
  (void)parse_shown(options);
  (void)parse_unit(options.unit);
  (void)parse_exits(options.exits);
  if (options.exits == by_departures && options.unit.find("subscription") != std::string::npos)
    throw Error(ErrorCode::unknown_name,
                "--exits types are those of customers. It goes with --unit first or every.");
  (void)parse_new_business(options);
  if (options.command == "survival" && !(options.from.empty() && options.to.empty()))
    throw Error(ErrorCode::unknown_name,
                "survival is of every stay in the book. To tell apart when they began, use --by cohort.");
  if (options.compare.empty()) return;
  if (options.command == "cohorts") {
    (void)parse_choice(options.compare, "--compare", {"ages"});
    if (options.measure == "revenue")
      throw Error(ErrorCode::unknown_name,
                  "Cohorts are compared by customers: revenue is no count. Leave --measure out.");
    return;
  }
  (void)asks_for_pairs(options);
  require_segments(!options.by.empty() || !options.from_cubes.empty());
  if (options.money_intervals > 0)
    throw Error(ErrorCode::unknown_name, "--compare takes no --money-intervals: money is no sample here.");
}

std::string run_trend(const Session& session) {
  std::string text;
  with_metric(metric_asked_for(session.options), [&](const auto& metric) {
    const auto table = measure(session.book)
                           .over(session.grid())
                           .by(session.segmenter)
                           .where(session.where)
                           .threads(session.options.threads)
                           .compute(metric);
    text = print_trends(table.cube(), table.rows(), std::string(metric.name), session.format);
  });
  return text;
}

std::string trend_from_cubes(const CubeFile& file, const Options& options) {
  const auto format = static_cast<Format>(parse_choice(options.format, "--format", {"table", "csv", "json"}));
  std::string text;
  with_metric(metric_asked_for(options), [&](const auto& metric) {
    const CubeFile::MeasuredCube measured = file.measured(std::tuple{metric});
    text = print_trends(measured.cube, measured.rows, std::string(metric.name), format);
  });
  return text;
}

std::string run_contrasts(const Session& session) {
  const Options& options = session.options;
  if (asks_for_pairs(options))
    return print(pairs_table(segment_pairs(session.book, session.grid(), session.segmenter, {},
                                           session.fold_options()),
                             options.exact),
                 session.format);
  return print_contrasts(
      segment_contrasts(session.book, session.grid(), session.segmenter, {}, session.fold_options()),
      session.format, options.exact);
}

std::string contrasts_from_cubes(const CubeFile& file, const Options& options) {
  const auto format = static_cast<Format>(parse_choice(options.format, "--format", {"table", "csv", "json"}));
  require_segments(!file.segments().empty());
  // As segments_overlap has it, for the factors that a file knows.
  const bool overlapping =
      std::any_of(file.segments().begin(), file.segments().end(), [](const CubeFile::Factor& factor) {
        return factor.kind == Segmenter::Kind::lane && factor.name != "currency";
      });
  if (asks_for_pairs(options))
    return print(pairs_table(segment_pairs(file.rates(), {}, overlapping), options.exact), format);
  return print_contrasts(segment_contrasts(file.rates(), {}, overlapping), format, options.exact);
}

std::string print_cohort_contrasts(const CohortCube& cube, const Options& options, Format format) {
  const CohortQuestion question = cohort_question(options);
  return print(of_segments(cube, cohort_contrasts_table({}).columns,
                           [&](std::size_t s) {
                             const CohortContrasts contrasts =
                                 cohort_contrasts(cube, {.retention = question.retention}, s);
                             say(words_of(cube.segments()[s]) + cohort_contrast_sentence(contrasts));
                             return cohort_contrasts_table(contrasts);
                           }),
               format);
}

std::string run_survival(const Session& session) {
  const Options& options = session.options;
  const SurvivalInterval interval = parse_interval(options);
  const Shown show = parse_shown(options);
  const double confidence = session.book.conventions().rate.confidence;
  LifeOptions asked{.unit = parse_unit(options.unit), .exits = parse_exits(options.exits), .departures = {}};
  if (options.exits == by_departures) asked.departures = departure_rules_for(options);
  const LifeTable life = LifeTable::fold(session.book, session.segmenter, asked, session.fold_options());
  const GroupedRiskTables groups = grouped_risk_tables(life, split_commas(options.events));
  const std::vector<RiskTable>& tables = groups.tables.front();
  // The test takes the cube of the number of segments, and of thousands of small ones it says nothing.
  const bool are_tested = tables.size() <= most_groups_in_pairs;
  if (show == Shown::pairs && !are_tested)
    throw Error(ErrorCode::out_of_range, "Pairs are made of at most " + std::to_string(most_groups_in_pairs) +
                                             " segments, and here are " + std::to_string(tables.size()) +
                                             ". Keep fewer.");
  Table table;
  switch (show) {
    case Shown::incidence:
      table = of_segments(life, incidence_table({}).columns, [&](std::size_t s) {
        return incidence_table(aalen_johansen(tables[s], {SurvivalInterval::log, confidence}));
      });
      break;
    case Shown::hazard:
      table = of_segments(life, hazard_table({}).columns, [&](std::size_t s) {
        const HazardByTenure hazard = hazard_by_tenure(tables[s], {.confidence = confidence});
        say(words_of(life.segments()[s]) + hazard_sentence(hazard));
        return hazard_table(hazard);
      });
      break;
    case Shown::pairs:
      table = pairs_of(life, log_rank_pairs(tables, {}, Adjustment::holm, confidence));
      break;
    case Shown::curve:
      table = of_segments(life, survival_table({}).columns, [&](std::size_t s) {
        const SurvivalCurve curve = kaplan_meier(tables[s], {interval, confidence});
        say(words_of(life.segments()[s]) + survival_sentence(curve));
        return survival_table(curve);
      });
  }
  if (!are_tested)
    say("Whether they differ in how long they stay is tested of at most " +
        std::to_string(most_groups_in_pairs) + " segments, and here are " + std::to_string(tables.size()) +
        ".");
  else if (tables.size() > 1)
    say(log_rank_sentence(log_rank(tables)));
  return print(table, session.format);
}

ForecastRule forecast_rule(const Options& options) {
  ForecastRule rule;
  rule.horizon = options.horizon;
  switch (parse_new_business(options)) {
    case NewBusinessAsked::level: break;
    case NewBusinessAsked::line: rule.trend = NewBusinessTrend::line; break;
    case NewBusinessAsked::none: rule.new_business = NewBusiness{}; break;
  }
  return rule;
}

void require_fixed(const Filter& where) { require_fixed(CubeFile::condition_of(where).factors, "--where"); }

std::string run_forecast(const Session& session) {
  require_fixed(session.segmenter.factors(), "--by");
  require_fixed(session.where);
  const PeriodGrid grid = session.grid();
  return print_forecasts(
      CohortCube::fold(session.book, grid, CohortBy::first_paid, session.segmenter, session.fold_options()),
      MovementCube::fold(session.book, grid, session.segmenter, session.fold_options()), session.options,
      session.format);
}

std::string forecast_from_cubes(const CubeFile& file, const Options& options) {
  const auto format = static_cast<Format>(parse_choice(options.format, "--format", {"table", "csv", "json"}));
  require_fixed(file.segments(), "--by");
  require_fixed(file.where().factors, "--where");
  return print_forecasts(file.cohorts(CohortBy::first_paid), file.movements(), options, format);
}

}  // namespace churn::cli

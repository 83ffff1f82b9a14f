#include "statistics.hpp"

#include <churn/cohort/cohort_contrast.hpp>
#include <churn/metric/segment_contrast.hpp>
#include <churn/metric/trend.hpp>
#include <churn/survival/aalen_johansen.hpp>
#include <churn/survival/hazard.hpp>
#include <churn/survival/kaplan_meier.hpp>
#include <churn/survival/log_rank.hpp>

#include <algorithm>

#include "commands.hpp"

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
  return print(trends_table(cube, trends, format == Format::json ? TrendColumns::all : TrendColumns::chart),
               format);
}

bool asks_for_pairs(const Options& options, bool has_segments) {
  if (!has_segments)
    throw Error(ErrorCode::unknown_name, "--compare needs --by, which says by what the segments are made.");
  if (options.money_intervals > 0)
    throw Error(ErrorCode::unknown_name, "--compare takes no --money-intervals: money is no sample here.");
  return parse_choice(options.compare, "--compare", {"rest", "pairs"}) == 1;
}

std::string print_contrasts(const SegmentContrasts& contrasts, Format format, bool exact) {
  say(contrast_sentence(contrasts));
  return print(contrasts_table(contrasts, exact), format);
}

/// `price=voluntary,*=unknown`.
ExitTypes parse_exits(const std::string& text) {
  ExitTypes exits;
  for (const std::string& part : split_commas(text)) {
    const std::size_t equals = part.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == part.size())
      throw Error(ErrorCode::unknown_name,
                  "--exits takes REASON=TYPE, separated by commas; * is every other reason. \"" + part +
                      "\" is none.");
    const std::string reason = part.substr(0, equals);
    (reason == "*" ? exits.otherwise : exits.type_of[reason]) = part.substr(equals + 1);
  }
  return exits;
}

SpellUnit parse_unit(const std::string& text) {
  return static_cast<SpellUnit>(
      parse_choice(text, "--unit", {"first", "every", "first_subscription", "every_subscription"}));
}

/// The tables of all segments, one below the other, with the segments' columns in front.
template <class Cube, class TableOf>
Table of_segments(const Cube& cube, TableOf&& table_of) {
  Table all{cube.segment_names(), {}};
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    const Label& label = cube.segments()[s];
    Table part = table_of(s);
    if (s == 0) all.columns.insert(all.columns.end(), part.columns.begin(), part.columns.end());
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

}  // namespace

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
  if (asks_for_pairs(options, !session.by.empty()))
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
  // As segments_overlap has it, for the factors that a file knows.
  const bool overlapping =
      std::any_of(file.segments().begin(), file.segments().end(), [](const CubeFile::Factor& factor) {
        return factor.kind == Segmenter::Kind::lane && factor.name != "currency";
      });
  if (asks_for_pairs(options, !file.segments().empty()))
    return print(pairs_table(segment_pairs(file.rates(), {}, overlapping), options.exact), format);
  return print_contrasts(segment_contrasts(file.rates(), {}, overlapping), format, options.exact);
}

std::string print_cohort_contrasts(const CohortCube& cube, const Options& options, Format format) {
  const CohortQuestion question = cohort_question(options);
  if (question.measure == CohortMeasure::revenue)
    throw Error(ErrorCode::unknown_name,
                "Cohorts are compared by customers: revenue is no count. Leave --measure out.");
  return print(of_segments(cube,
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
  if (!options.from.empty() || !options.to.empty())
    throw Error(ErrorCode::unknown_name,
                "survival is of every stay in the book. To tell apart when they began, use --by cohort.");
  const auto interval = static_cast<SurvivalInterval>(
      parse_choice(options.ci, "--ci", {"log-log", "log", "plain", "logit", "arcsine"}));
  const std::size_t show = parse_choice(options.show, "--show", {"curve", "incidence", "hazard", "pairs"});
  const double confidence = session.book.conventions().rate.confidence;
  const LifeTable life =
      LifeTable::fold(session.book, session.segmenter, {parse_unit(options.unit), parse_exits(options.exits)},
                      session.fold_options());
  const GroupedRiskTables groups = grouped_risk_tables(life, split_commas(options.events));
  const std::vector<RiskTable>& tables = groups.tables.front();
  Table table;
  switch (show) {
    case 1:
      table = of_segments(life, [&](std::size_t s) {
        return incidence_table(aalen_johansen(tables[s], {SurvivalInterval::log, confidence}));
      });
      break;
    case 2:
      table = of_segments(life, [&](std::size_t s) {
        const HazardByTenure hazard = hazard_by_tenure(tables[s], {.confidence = confidence});
        say(words_of(life.segments()[s]) + hazard_sentence(hazard));
        return hazard_table(hazard);
      });
      break;
    case 3: table = pairs_of(life, log_rank_pairs(tables, {}, Adjustment::holm, confidence)); break;
    default:
      table = of_segments(life, [&](std::size_t s) {
        const SurvivalCurve curve = kaplan_meier(tables[s], {interval, confidence});
        say(words_of(life.segments()[s]) + survival_sentence(curve));
        return survival_table(curve);
      });
  }
  if (tables.size() > 1) say(log_rank_sentence(log_rank(tables)));
  return print(table, session.format);
}

}  // namespace churn::cli

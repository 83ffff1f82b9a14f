#include "commands.hpp"

#include "departures.hpp"
#include "shown_table.hpp"
#include "statistics.hpp"
#include "suggestion.hpp"
#include "terminal.hpp"

#include <churn/io/conventions_json.hpp>

namespace churn::cli {

std::string print(const Table& table, Format format) {
  switch (format) {
    case Format::csv: return to_csv(table);
    case Format::json: return to_json(table);
    case Format::markdown:  // of reports only
    case Format::table: break;
  }
  return lay_out(shown_table(table), out_terminal());
}

std::string print_with_lines(const Table& table, const std::string& value, Format format) {
  std::string text = print(table, format);
  if (format != Format::table) return text;
  const std::string lines = sparklines_of(table, value, out_terminal());
  return lines.empty() ? text : text + "\n" + lines;
}

CohortQuestion cohort_question(const Options& options) {
  return {static_cast<CohortMeasure>(parse_choice(options.measure, "--measure", {"logo", "revenue"})),
          static_cast<CohortBy>(parse_choice(options.cohort, "--cohort", {"first_paid", "signed_up"})),
          static_cast<Retention>(parse_choice(options.retention, "--retention", {"returning", "unbroken"}))};
}

namespace {

/// The period that holds a day; by default the last complete one.
std::size_t period_for(const Session& session, const PeriodGrid& grid) {
  if (!session.options.period_of.empty()) {
    const Date day = parse_date(session.options.period_of, "--period-of");
    const std::ptrdiff_t period = grid.index_of(day);
    if (period < 0 || period >= static_cast<std::ptrdiff_t>(grid.size()))
      throw Error(ErrorCode::out_of_range, "--period-of " + day.to_string() + " lies outside of " +
                                               grid.from().to_string() + " to " + grid.to().to_string() +
                                               ".");
    return static_cast<std::size_t>(period);
  }
  const auto status = status_of(session.book, grid);
  for (std::size_t p = status.size(); p-- > 0;)
    if (status[p].complete) return p;
  throw Error(ErrorCode::out_of_range, "No period is complete. Name one with --period-of DATE.");
}

Label label_for(const Session& session) {
  // A single label may hold a comma; of several, each ends at one.
  Label label =
      session.by.size() == 1 ? Label{session.options.segment} : split_commas(session.options.segment);
  if (label.size() != session.by.size())
    throw Error(ErrorCode::unknown_name,
                session.by.empty() ? "--segment needs --by, which says by what the segments are made."
                                   : "--segment needs a label for each part of --by, separated by commas.");
  return label;
}

std::string label_in_words(const Label& label) {
  std::string words;
  for (const std::string& part : label) words += (words.empty() ? "" : ",") + part;
  return words;
}

/// That there is no such segment, and which there are.
[[noreturn]] void refuse_segment(const Session& session, const PeriodGrid& grid, const Label& label) {
  const MovementCube cube = MovementCube::fold(session.book, grid, session.segmenter, session.fold_options());
  std::vector<std::string> names;
  std::string listed;
  for (const Label& known : cube.segments()) {
    names.push_back(label_in_words(known));
    if (names.size() <= 10) listed += (listed.empty() ? "" : ", ") + names.back();
  }
  throw Error(ErrorCode::unknown_name, "There is no segment \"" + label_in_words(label) +
                                           "\". There are: " + listed + (names.size() > 10 ? ", ..." : ".") +
                                           suggestion_for(label_in_words(label), names));
}

/// Whether every period and segment closes, as far as that can be asked.
void add_closing_check(const Session& session, Table& table) {
  if (session.book.currencies().size() > 1) {
    std::string names;
    for (const Currency currency : session.book.currencies())
      names += (names.empty() ? "" : ", ") + std::string(currency.code());
    table.rows.push_back({std::string("currencies, which never add (choose one with --currency)"), names});
    return;
  }
  const PeriodGrid grid = session.grid();
  constexpr std::size_t most_cells = 1'000'000;
  std::string left_out;
  bool identity = closes(MovementCube::fold(session.book, grid, {}, session.fold_options()));
  for (const Segmenter& segmenter : {Segmenter{by::tenure}, Segmenter{by::primary_plan}})
    identity = identity && closes(MovementCube::fold(session.book, grid, segmenter, session.fold_options()));
  for (const std::string& name : session.book.attribute_names()) {
    const std::size_t labels = session.book.attribute(name).labels.size();
    if (labels > 10'000 || labels * grid.size() > most_cells)
      left_out += (left_out.empty() ? "" : ", ") + name;
    else
      identity = identity &&
                 closes(MovementCube::fold(session.book, grid, by::attribute(name), session.fold_options()));
  }
  table.rows.push_back({std::string("every period and segment closes to the tick"), identity});
  if (!left_out.empty())
    table.rows.push_back({std::string("attributes with too many values to check"), left_out});
}

/// A table of one segment, with the segment's columns in front, as tables of many have them.
Table with_segment(const Session& session, const Label& label, Table table) {
  const std::vector<std::string> names = session.segmenter.names();
  table.columns.insert(table.columns.begin(), names.begin(), names.end());
  for (auto& row : table.rows) row.insert(row.begin(), label.begin(), label.end());
  return table;
}

}  // namespace

std::string run_check(const Session& session) {
  Table table{{"check", "value"}, {}};
  const auto add = [&table](std::string name, Cell value) {
    table.rows.push_back({std::move(name), std::move(value)});
  };
  const auto count = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  add("customers read", count(session.customers_read));
  add("phases read", count(session.phases_read));
  add("invoices read", count(session.invoices_read));
  add("events read", count(session.events_read));
  add("exchange rates read", count(session.fx_rates_read));
  add("rows rejected", count(session.rejections.rejected()));
  add("notices", count(session.rejections.notices()));
  for (std::size_t code = 0; code < rejection_code_count; ++code) {
    const auto rejection = static_cast<RejectionCode>(code);
    const std::size_t n = session.rejections.count(rejection);
    if (n > 0) add("  " + std::string(rejection_name(rejection)), count(n));
  }
  add("MRR read from",
      std::string(session.book.revenue_source() == RevenueSource::invoices ? "invoices" : "subscriptions") +
          (session.phases_read > 0 && session.invoices_read > 0 ? ", both being there" : ""));
  add("conventions", session.book.conventions().name + ", version " + session.book.conventions().version);
  add("as of", session.book.as_of());
  add("customers in the book", count(session.book.customer_count()));
  add("test accounts left out", count(session.book.excluded_customer_count()));
  const Date last = session.book.as_of() - std::chrono::days{1};
  std::int64_t present = 0;
  for (std::uint32_t c = 0; c < session.book.customer_count(); ++c)
    present += session.book.balance_on(CustomerIndex{c}, last).present ? 1 : 0;
  add("customers on the last day", present);
  if (const auto since = session.book.pending_gap_since())
    add("periods that end after this day are incomplete, as an absence may still be a gap", *since);
  add_closing_check(session, table);
  if (session.format != Format::table) return print(table, session.format);
  std::string text = print(table, session.format);
  if (!session.rejections.empty()) text += "\n" + print(session.rejections.table(), session.format);
  return text;
}

std::string run_roster(const Session& session) {
  const Date on = session.options.on.empty() ? session.book.as_of() - std::chrono::days{1}
                                             : parse_date(session.options.on, "--on");
  return print(roster_table(roster(session.book, on, session.where), session.options.exact), session.format);
}

std::string run_movements(const Session& session) {
  const MovementCube cube =
      MovementCube::fold(session.book, session.grid(), session.segmenter, session.fold_options());
  return print_with_lines(movements_table(cube, session.options.exact), "closing", session.format);
}

std::string run_rates(const Session& session) {
  if (!session.options.compare.empty()) return run_contrasts(session);
  Measure question = measure(session.book)
                         .over(session.grid())
                         .by(session.segmenter)
                         .where(session.where)
                         .threads(session.options.threads);
  if (session.options.money_intervals > 0)
    question = question.money_intervals(session.options.money_intervals);
  const auto rates = question.compute_all(StandardMetrics{});
  return print_with_lines(rates.table(session.options.exact), "value", session.format);
}

std::string run_cohorts(const Session& session) {
  const CohortQuestion question = cohort_question(session.options);
  const CohortCube cube = CohortCube::fold(session.book, session.grid(), question.cohort_by,
                                           session.segmenter, session.fold_options());
  if (!session.options.compare.empty()) return print_cohort_contrasts(cube, session.options, session.format);
  return print(cohorts_table(cube, question.measure, question.retention, session.options.exact),
               session.format);
}

std::string run_explain(const Session& session) {
  const Label label = label_for(session);
  const Movement movement = parse_movement(session.options.movement);
  const PeriodGrid grid = session.grid();
  const std::size_t period = period_for(session, grid);
  std::vector<Explanation> explanations;
  try {
    explanations = explain(session.book, grid, session.segmenter, label, period, movement,
                           session.fold_options(), departure_rules_for(session.options));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::out_of_range) throw;  // the period is there
    refuse_segment(session, grid, label);
  }
  return print(
      with_segment(session, label,
                   explanations_table(explanations, session.options.exact, movement == Movement::churn)),
      session.format);
}

std::string run_compare(const Session& session) {
  const PeriodGrid grid = session.grid();
  const std::size_t period = period_for(session, grid);
  const Options& options = session.options;
  if (options.between.empty()) {
    if (!options.metric.empty()) with_metric(options.metric, [](const auto&) {});
    Comparison comparison =
        compare(session.book, grid, period, Conventions::presets(), session.where, options.threads);
    if (!options.metric.empty())
      std::erase_if(comparison.rows, [&](const ComparedMetric& row) { return row.metric != options.metric; });
    say("of " + grid[period].first().to_string() + " to " + grid[period].last().to_string() +
        (comparison.complete ? "" : ", which is not complete") +
        "; who makes two of them differ: --between A,B --metric NAME");
    return print(comparison_table(comparison, options.exact), session.format);
  }
  const std::vector<std::string> names = split_commas(options.between);
  if (names.size() != 2)
    throw Error(ErrorCode::unknown_name, "--between takes two presets or files, such as stripe,recurly.");
  const BookRules& facts = session.book.conventions().book;
  const Conventions first = conventions_called(names[0], facts);
  const Conventions second = conventions_called(names[1], facts);
  for (const RuleDifference& rule : differing_rules(first, second))
    say(rule.field + ": " + rule.first + " (" + names[0] + "), " + rule.second + " (" + names[1] + ")");
  std::vector<DifferingCustomer> customers;
  with_metric(options.metric.empty() ? CustomerChurnRate::name : options.metric, [&](const auto& metric) {
    customers =
        who_differs(session.book, grid, period, first, second, metric, session.where, options.threads);
  });
  return print(differing_customers_table(customers, options.exact), session.format);
}

std::string run_conventions(const Options& options) {
  const auto format = static_cast<Format>(parse_choice(options.format, "--format", {"table", "csv", "json"}));
  if (!options.conventions.empty()) return rules_to_json(conventions_called(options.conventions, {})) + "\n";
  Table table{{"preset", "version", "rule", "value", "standard"}, {}};
  for (const Conventions& preset : Conventions::presets()) {
    const std::vector<RuleDifference> rules = differing_rules(preset, Conventions::standard());
    for (const RuleDifference& rule : rules)
      table.rows.push_back({preset.name, preset.version, rule.field, rule.first, rule.second});
    if (rules.empty()) table.rows.push_back({preset.name, preset.version, Cell{}, Cell{}, Cell{}});
  }
  return print(table, format);
}

}  // namespace churn::cli

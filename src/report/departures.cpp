#include "report/departures.hpp"

#include <algorithm>
#include <utility>

#include <churn/departure/arrears.hpp>
#include <churn/departure/causes.hpp>
#include <churn/departure/dunning.hpp>
#include <churn/departure/exit_surveys.hpp>
#include <churn/departure/expiring_cards.hpp>
#include <churn/departure/returns.hpp>
#include <churn/departure/win_back.hpp>
#include <churn/report/customer_charts.hpp>
#include <churn/report/departure_chart.hpp>

#include "report/words.hpp"

namespace churn::inline v0 {

namespace {

using namespace words;

std::string percent_of(const Proportion& share) { return percent(share.value()); }

void append_sentence(std::string& note, const std::string& sentence) {
  if (sentence.empty()) return;
  if (!note.empty()) note += " ";
  note += sentence;
}

ReportSection types_section(const DepartureCube& cube, IntervalRule rule) {
  ReportSection section{"Why they left",
                        causes_sentence(cube),
                        {"type", "departures", "share", interval_name(rule.confidence), "MRR", "share of MRR",
                         "effort to win back", "what to do"},
                        {},
                        {false, true, true, true, true, true, false, false}};
  for (const DepartureShare& share : type_shares(cube)) {
    ReportCell of_all{percent_of(share.customers())};
    of_all.shade = share.customers().value();
    section.rows.push_back({{share.name},
                            {std::to_string(share.leavers.customers)},
                            std::move(of_all),
                            {range(share.customers().interval(rule))},
                            {mrr(share.leavers.ticks, share.currency)},
                            {percent(share.mrr())},
                            {std::string(recovery_effort_name(recovery_effort(share.type)))},
                            {std::string(fitting_action(share.type))}});
  }
  return section;
}

ReportSection reasons_section(const DepartureCube& cube, IntervalRule rule) {
  ReportSection section{"For which reasons",
                        "What most MRR left for first. A reason that nobody gave is unknown, of each type.",
                        {"reason", "type", "departures", "share", interval_name(rule.confidence), "MRR"},
                        {},
                        {false, false, true, true, true, true}};
  for (const DepartureShare& share : reason_shares(cube)) {
    if (section.rows.size() == rows_shown) {
      section.note += " The first " + std::to_string(rows_shown) + ":";
      break;
    }
    section.rows.push_back({{share.name},
                            {std::string(departure_type_name(share.type))},
                            {std::to_string(share.leavers.customers)},
                            {percent_of(share.customers())},
                            {range(share.customers().interval(rule))},
                            {mrr(share.leavers.ticks, share.currency)}});
  }
  return section;
}

ReportSection payments_section(const Book& book, const Dunning& dunning, const Filter& where) {
  ReportSection section{"Failed payments", dunning_sentence(dunning), {}, {}, {}};
  append_sentence(section.note, arrears_sentence(arrears(book, {.where = where})));
  append_sentence(section.note, expiring_cards_sentence(expiring_cards(book, {.where = where})));
  if (dunning.total.failed.invoices == 0 || !dunning.currency) return section;
  const auto amount = [&](std::int64_t minor_units) {
    return grouped(Money{minor_units, *dunning.currency});
  };
  for (const auto& [name, cell] : {std::pair{"first payments", &dunning.first_payments},
                                   {"renewals", &dunning.renewals},
                                   {"all", &dunning.total}})
    section.rows.push_back({{name},
                            {percent_of(cell->failing_rate())},
                            {std::to_string(cell->failed.invoices)},
                            {percent_of(cell->recovery_rate())},
                            {range(cell->recovery_rate().interval(dunning.interval))},
                            {amount(cell->saved_minor_units())},
                            {amount(cell->lost.minor_units)},
                            {amount(cell->at_risk.minor_units)}});
  section.columns = {
      "",     "failed at first", "failed", "recovered", interval_name(dunning.interval.confidence), "saved",
      "lost", "at risk"};
  section.right_aligned = {false, true, true, true, true, true, true, true};
  return section;
}

ReportSection survey_section(const ExitSurveys& surveys) {
  ReportSection section{
      "What leavers said",
      survey_sentence(surveys),
      {"reason", "type", "said so", "of answers", interval_name(surveys.interval.confidence)},
      {},
      {false, false, true, true, true}};
  for (const SurveyReason& reason : survey_reasons(surveys)) {
    if (section.rows.size() == rows_shown) {
      section.note += " The first " + std::to_string(rows_shown) + ":";
      break;
    }
    section.rows.push_back({{reason.reason},
                            {std::string(departure_type_name(reason.type))},
                            {std::to_string(reason.customers.numerator())},
                            {percent_of(reason.customers)},
                            {range(reason.customers.interval(surveys.interval))}});
  }
  return section;
}

ReportSection win_back_section(const WinBackList& list) {
  ReportSection section{"Whom to win back first",
                        win_back_sentence(list),
                        {"customer", "left on", "MRR", "type", "reason", "what to do"},
                        {},
                        {false, false, true, false, false, false}};
  for (std::size_t i = 0; i < std::min(list.rows.size(), rows_shown); ++i) {
    const WinBackRow& row = list.rows[i];
    section.rows.push_back({{row.customer.text()},
                            {row.departed_on.to_string()},
                            {grouped(row.run_rate.mrr())},
                            {std::string(departure_type_name(row.type))},
                            {row.reason},
                            {row.action}});
  }
  if (list.rows.size() > rows_shown) section.note += " The first " + std::to_string(rows_shown) + ":";
  section.charts = {win_back_chart(list)};
  return section;
}

}  // namespace

std::vector<ReportSection> departure_sections(const Book& book, const PeriodGrid& shown,
                                              const std::vector<Segmenter>& cuts,
                                              const ReportOptions& options) {
  std::vector<ReportSection> sections;
  const IntervalRule rule = book.conventions().rate.interval_rule();
  FoldOptions fold_options{options.where, book.conventions().rate, options.threads};
  fold_options.rules->netting = Netting::by_period;  // as the bridge
  const DepartureRules rules = DepartureRules::standard();
  const DepartureCube cube = DepartureCube::fold(book, shown, {}, rules, fold_options);
  const Period span{shown.from(), shown.to()};
  if (cube.causes().empty()) {
    sections.push_back({"Why they left", "Nobody left in the periods shown.", {}, {}, {}});
  } else {
    sections.push_back(types_section(cube, rule));
    Chart chart = departure_types_chart(cube);
    for (const Segmenter& cut : cuts)
      add_segments(chart, departure_types_chart(DepartureCube::fold(book, shown, cut, rules, fold_options)));
    sections.back().charts = {std::move(chart)};
    sections.push_back(reasons_section(cube, rule));
  }
  // Invoices can be in currencies in which nobody subscribes: a page is of one, and has to stand all the same.
  const Dunning dunning =
      dunning_of(book, shown, {}, {.where = options.where, .currency = book.currency(), .interval = rule});
  if (dunning.total.failing_rate().denominator() > 0)
    sections.push_back(payments_section(book, dunning, options.where));
  const ExitSurveys surveys = exit_surveys(book, {.where = options.where, .within = span, .rules = rules});
  if (surveys.sendings.total() + surveys.answers.total() > 0) sections.push_back(survey_section(surveys));
  if (const WinBackList list = win_back(book, {.where = options.where, .rules = rules}); !list.rows.empty())
    sections.push_back(win_back_section(list));
  return sections;
}

}  // namespace churn::inline v0

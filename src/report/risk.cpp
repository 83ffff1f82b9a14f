#include "report/risk.hpp"

#include <algorithm>
#include <utility>

#include <churn/report/calibration_chart.hpp>
#include <churn/report/customer_charts.hpp>
#include <churn/report/lead_chart.hpp>
#include <churn/risk/lead.hpp>
#include <churn/risk/risk_backtest.hpp>
#include <churn/risk/risk_list.hpp>
#include <churn/risk/risk_model.hpp>
#include <churn/row/observe.hpp>

#include "report/words.hpp"

namespace churn::inline v0 {

namespace {

using namespace words;

/// A page is not to wait for the last digit: every second week, of as many customers as make so many rows.
constexpr std::int32_t step_days = 14;
constexpr std::size_t most_rows = 200'000;
constexpr std::size_t leads_drawn = 3;
/// Nor for the last check: three cuts, each two months apart, instead of six.
constexpr std::size_t cuts_tested = 3;

ReportSection list_section(const RiskList& list) {
  ReportSection section{"Who is next",
                        risk_list_sentence(list),
                        {"customer", "risk", "MRR", "expected loss", "what raises it most"},
                        {},
                        {false, true, true, true, false}};
  for (const RiskListRow& row : list.rows) {
    if (section.rows.size() == rows_shown) {
      section.note += " The first " + std::to_string(rows_shown) + ":";
      break;
    }
    std::string reasons;
    if (row.cancel_requested_on) reasons = "asked to leave on " + row.cancel_requested_on->to_string();
    for (const RiskReason& reason : row.reasons) reasons += (reasons.empty() ? "" : "; ") + reason.words;
    ReportCell risk{percent(row.risk)};
    risk.shade = row.risk;
    section.rows.push_back({{row.customer.text()},
                            std::move(risk),
                            {row.run_rate ? grouped(row.run_rate->mrr()) : undefined},
                            {row.expected ? grouped(row.expected->mrr()) : undefined},
                            {reasons.empty() ? undefined : reasons}});
  }
  return section;
}

ReportSection leads_section(const LeadReport& leads) {
  ReportSection section{
      "Which signs lead",
      lead_sentence(leads),
      {"indicator", "known", "AUC", interval_name(leads.rule.confidence), "lift", "days before leaving", "p"},
      {},
      {false, true, true, true, true, true, true}};
  const auto places = [](const std::optional<double>& x, double scale) {
    return x ? shortest(std::round(*x * scale) / scale) : undefined;
  };
  for (const IndicatorLead& lead : leads.rows) {
    if (!lead.leads || section.rows.size() == rows_shown) break;
    std::string range = undefined;
    if (lead.auc.interval)
      range = places(lead.auc.interval->low, 1000) + " to " + places(lead.auc.interval->high, 1000);
    section.rows.push_back({{lead.column.name},
                            {percent(lead.coverage.value())},
                            {places(lead.auc.value, 1000)},
                            {std::move(range)},
                            {places(lead.lift, 10)},
                            {places(lead.lead_days, 1)},
                            {p_cell(lead.p_adjusted)}});
  }
  if (section.rows.empty()) section.columns = {}, section.right_aligned = {};
  return section;
}

ReportSection calibration_section(const Observations& rows, const ReportOptions& options) {
  const RiskBacktest test =
      backtest_risk(rows, {.cuts = cuts_tested, .spacing = 60, .threads = options.threads});
  ReportSection section{"Can the risk be trusted", backtest_sentence(test), {}, {}, {}};
  if (!test.why_not.empty()) return section;
  section.columns = {"told", "left", interval_name(test.rule.confidence), "who left", "of"};
  section.right_aligned.assign(section.columns.size(), true);
  for (const ReliabilityBin& bin : test.reliability.bins)
    section.rows.push_back({{percent(bin.mean_p)},
                            {percent(bin.share)},
                            {range(bin.interval)},
                            {std::to_string(bin.yes)},
                            {std::to_string(bin.rows)}});
  section.charts = {calibration_chart(test)};
  return section;
}

}  // namespace

std::vector<ReportSection> risk_sections(const Book& book, const ReportOptions& options) {
  const std::vector<Indicator> indicators = standard_indicators();
  const ObserveOptions observing{.one_in = observation_sample(book, most_rows, step_days),
                                 .threads = options.threads};
  const Observations rows = observe(book, indicators, observation_days(book, step_days), observing);
  if (rows.departures() == 0) return {};
  const RiskModel model = train_risk_model(rows);
  std::vector<ReportSection> sections;
  const RiskList list =
      risk_list(book, model, indicators, {.where = options.where, .threads = options.threads});
  if (list.rows.empty()) return {};
  sections.push_back(list_section(list));
  sections.back().charts = {risk_chart(list)};
  const LeadReport leads = does_it_lead(observe_at_renewals(book, indicators, observing), rows);
  sections.push_back(leads_section(leads));
  for (const IndicatorLead& lead : leads.rows)
    if (lead.leads && sections.back().charts.size() < leads_drawn)
      sections.back().charts.push_back(lead_chart(leads, lead));
  sections.push_back(calibration_section(rows, options));
  return sections;
}

}  // namespace churn::inline v0

#include <churn/risk/lead.hpp>

#include <algorithm>
#include <cmath>

#include "risk/counted.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

bool points_the_other_way(const IndicatorLead& lead, const LeadRule& rule) {
  return !lead.leads && lead.p_adjusted && lead.p_adjusted->value < 1 - rule.confidence;
}

std::string note(const IndicatorLead& lead, const LeadRule& rule) {
  if (!lead.why_not.empty()) return lead.why_not;
  if (!points_the_other_way(lead, rule)) return "";
  return lead.column.direction == Direction::raises
             ? "Those with more of it left less often, unlike expected."
             : "Those with more of it left more often, unlike expected.";
}

std::string percent(double share) { return in_points(share) + " %"; }

/// "38 days", "38.5 days".
std::string in_days(double days) { return shortest(days) + (days == 1 ? " day" : " days"); }

std::string first_in_words(const LeadReport& report) {
  const IndicatorLead& lead = report.rows.front();
  const bool raises = lead.column.direction == Direction::raises;
  const auto of_pairs = [&](double auc) { return raises ? auc : 1 - auc; };
  std::string text = lead.column.name + ". Of one who left and one who stayed, the one who left had " +
                     (raises ? "more" : "less") + " of it " + percent(of_pairs(*lead.auc.value)) +
                     " of the time";
  if (lead.auc.interval) {
    const double one = of_pairs(lead.auc.interval->low);
    const double other = of_pairs(lead.auc.interval->high);
    text += " (" + confidence_in_words(report.rule.confidence) + " interval " +
            in_points(std::min(one, other)) + " to " + percent(std::max(one, other)) + ")";
  }
  if (lead.lift)
    text += ", and among the tenth of rows with the " + std::string{raises ? "most" : "least"} + " of it " +
            three_digits(*lead.lift) + " times as many left as among all";
  text += ".";
  if (lead.lead_days)
    text += " It turned a median of " + in_days(*lead.lead_days) + " before they left, in " +
            std::to_string(lead.turned.numerator()) + " of " +
            counted(static_cast<std::size_t>(lead.turned.denominator()), "departure", "departures") + ".";
  return text;
}

}  // namespace

Table lead_table(const LeadReport& report) {
  Table table{
      {"indicator",    "coverage",      "auc",        "auc_low",   "auc_high",   "lift_top_decile",
       "hazard_ratio", "ci_low",        "ci_high",    "lead_days", "p_adjusted", "leads",
       "direction",    "rows",          "departures", "lift_low",  "lift_high",  "adjusted_hazard_ratio",
       "adjusted_low", "adjusted_high", "turned",     "trend_p",   "same_way",   "stretches",
       "note"},
      {}};
  for (const IndicatorLead& lead : report.rows) {
    const std::string why = note(lead, report.rule);
    table.rows.push_back({lead.column.name,
                          cell_of(lead.coverage.value()),
                          cell_of(lead.auc.value),
                          low_of(lead.auc.interval),
                          high_of(lead.auc.interval),
                          cell_of(lead.lift),
                          cell_of(lead.hazard_ratio),
                          low_of(lead.hazard_ratio_interval),
                          high_of(lead.hazard_ratio_interval),
                          cell_of(lead.lead_days),
                          cell_of(lead.p_adjusted),
                          lead.leads,
                          std::string{lead.column.direction == Direction::raises ? "raises" : "lowers"},
                          lead.coverage.numerator(),
                          lead.departures,
                          low_of(lead.lift_interval),
                          high_of(lead.lift_interval),
                          cell_of(lead.adjusted_hazard_ratio),
                          low_of(lead.adjusted_hazard_ratio_interval),
                          high_of(lead.adjusted_hazard_ratio_interval),
                          cell_of(lead.turned.value()),
                          cell_of(lead.trend.p),
                          lead.same_way.numerator(),
                          lead.same_way.denominator(),
                          why.empty() ? Cell{} : Cell{why}});
  }
  return table;
}

Table lead_deciles_table(const LeadReport& report) {
  Table table{
      {"indicator", "decile", "lowest", "highest", "mean", "departed", "rows", "rate", "ci_low", "ci_high"},
      {}};
  for (const IndicatorLead& lead : report.rows)
    for (std::size_t i = 0; i < lead.deciles.size(); ++i) {
      const LeadDecile& decile = lead.deciles[i];
      const std::optional<Interval> interval = decile.departed.interval(report.rule.confidence);
      table.rows.push_back({lead.column.name, count_of(i + 1), decile.lowest, decile.highest, decile.mean,
                            decile.departed.numerator(), decile.departed.denominator(),
                            cell_of(decile.departed.value()), low_of(interval), high_of(interval)});
    }
  return table;
}

Table lead_stability_table(const LeadReport& report) {
  Table table{{"indicator", "from", "to", "rows", "departures", "auc", "auc_low", "auc_high"}, {}};
  for (const IndicatorLead& lead : report.rows)
    for (const LeadStretch& stretch : lead.stability)
      table.rows.push_back({lead.column.name, stretch.period.first(), stretch.period.last(),
                            stretch.auc.yes + stretch.auc.no, stretch.auc.yes, cell_of(stretch.auc.value),
                            low_of(stretch.auc.interval), high_of(stretch.auc.interval)});
  return table;
}

std::string lead_sentence(const LeadReport& report) {
  if (report.rows.empty()) return "There are no indicators to ask about.";
  const std::string asked = counted(report.rows.size(), "indicator", "indicators");
  const std::string seen = counted(report.departures, "departure", "departures") + " in " +
                           counted(report.observations, "row", "rows");
  const auto with = [&](auto what) {
    return static_cast<std::size_t>(std::count_if(report.rows.begin(), report.rows.end(), what));
  };
  const std::size_t tested = with([](const IndicatorLead& lead) { return lead.p_adjusted.has_value(); });
  const std::size_t leading = with([](const IndicatorLead& lead) { return lead.leads; });
  const std::size_t other_way =
      with([&](const IndicatorLead& lead) { return points_the_other_way(lead, report.rule); });
  if (tested == 0)
    return (report.rows.size() == 1 ? "The one indicator can't be tested on "
                                    : "None of " + asked + " can be tested on ") +
           seen + ", so there is no evidence that any leads. " + report.rows.front().why_not;
  const std::string contrary = other_way == 0 ? ""
                                              : " " + std::to_string(other_way) +
                                                    (other_way == 1 ? " points" : " point") +
                                                    " the other way than expected.";
  if (leading == 0)
    return "There is no evidence that " +
           (report.rows.size() == 1 ? "the one indicator" : "any of " + asked) + " leads, among " + seen +
           "." + contrary;
  return "Of " + asked + " " + std::to_string(leading) + (leading == 1 ? " leads" : " lead") + ", among " +
         seen + ". First: " + first_in_words(report) + contrary + " This is association, not cause.";
}

}  // namespace churn::inline v0

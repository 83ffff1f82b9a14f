#include "report/trust.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <churn/io/conventions_json.hpp>

namespace churn::inline v0 {

ReportSection completeness_section(const Book& book, const MovementCube& all, const ReportOptions& options) {
  constexpr std::size_t open_periods_named = 12;
  ReportSection section{"Which periods are complete", "", {}, {}, {}};
  std::size_t complete = 0;
  std::string open;
  for (std::size_t p = 0; p < all.grid().size(); ++p) {
    if (all.status(p).complete)
      ++complete;
    else
      open += (open.empty() ? "" : ", ") + all.grid()[p].first().to_string();
  }
  const std::size_t periods = all.grid().size();
  section.note = std::to_string(complete) + " of the " + std::to_string(periods) + " " +
                 std::string(period_kind_name(options.period)) +
                 "s that the book touches are complete: recorded from their first day to their last.";
  if (!open.empty() && periods - complete <= open_periods_named)
    section.note += " Not complete, and in no rate: " + open + ".";
  section.note += " What is known ends before " + book.as_of().to_string() + ".";
  if (book.records_from()) section.note += " Records begin on " + book.records_from()->to_string() + ".";
  return section;
}

ReportSection rejections_section(const Rejections& rejections) {
  ReportSection section{"What was left out", "", {"code", "rows", "example"}, {}, {false, true, false}};
  std::map<RejectionCode, std::pair<std::size_t, const Rejection*>> by_code;
  for (const Rejection& r : rejections.entries()) {
    auto& [count, example] = by_code[r.code];
    if (count++ == 0) example = &r;
  }
  section.note = rejections.rejected() == 0
                     ? "No row was rejected."
                     : std::to_string(rejections.rejected()) +
                           (rejections.rejected() == 1 ? " row was rejected." : " rows were rejected.");
  if (rejections.notices() > 0)
    section.note +=
        " " + std::to_string(rejections.notices()) + (rejections.notices() == 1 ? " notice." : " notices.");
  for (const auto& [code, found] : by_code)
    section.rows.push_back(
        {{std::string(rejection_name(code)) + (is_notice(code) ? " (notice)" : "")},
         {std::to_string(found.first)},
         {found.second->source + " row " + std::to_string(found.second->row) + ": " + found.second->reason}});
  if (section.rows.empty()) {
    section.columns.clear();
    section.right_aligned.clear();
  }
  return section;
}

ReportSection conventions_section(const Conventions& conventions) {
  ReportSection section{"By which rules it was counted", "", {}, {}, {}};
  const std::vector<RuleDifference> differences = differing_rules(conventions, Conventions::standard());
  section.note = "The conventions \"" + conventions.name + "\", version " + conventions.version + ". ";
  if (differences.empty()) {
    section.note += "They are those of the standard.";
    return section;
  }
  section.note += "They differ from the standard in:";
  section.columns = {"rule", "here", "standard"};
  section.right_aligned = {false, false, false};
  for (const RuleDifference& rule : differences)
    section.rows.push_back({{rule.field}, {rule.first}, {rule.second}});
  return section;
}

}  // namespace churn::inline v0

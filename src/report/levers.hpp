// The sections of a report about what would change it. Private to the library's sources.
#pragma once

#include <churn/report/report.hpp>

#include <vector>

namespace churn::inline v0 {

/// Levers that go with staying or leaving first, then the unclear ones. None where nothing can be compared.
[[nodiscard]] std::vector<ReportSection> lever_sections(const Book& book, const ReportOptions& options);

/// Where MRR would be if retention, payments or annual plans changed, against the forecast. None where nothing can be said, of
/// a condition on states or lanes, and of periods so short that there are very many.
[[nodiscard]] std::vector<ReportSection> what_if_sections(const Book& book, const PeriodGrid& whole,
                                                          const ReportOptions& options);

}  // namespace churn::inline v0

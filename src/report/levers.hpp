// The section of a report about what would change it. Private to the library's sources.
#pragma once

#include <churn/report/report.hpp>

#include <vector>

namespace churn::inline v0 {

/// Levers that go with staying or leaving first, then the unclear ones. None where nothing can be compared.
[[nodiscard]] std::vector<ReportSection> lever_sections(const Book& book, const ReportOptions& options);

}  // namespace churn::inline v0

// The sections of a report about who is next: whom to call, and which signs tell early. Private to the library's sources.
#pragma once

#include <churn/report/report.hpp>

#include <vector>

namespace churn::inline v0 {

/// As of the last known day. None where nobody is present, or where nobody has left from whom anything could be learnt.
[[nodiscard]] std::vector<ReportSection> risk_sections(const Book& book, const ReportOptions& options);

}  // namespace churn::inline v0

// The sections of a report about departures: why customers left, which payments failed, what leavers said, and whom to
// win back. Private to the library's sources.
#pragma once

#include <churn/report/report.hpp>

#include <vector>

namespace churn::inline v0 {

/// Of the periods that are shown; the chart of types also of the segments of each of `cuts`. Sections about which a book has nothing on record are left out.
[[nodiscard]] std::vector<ReportSection> departure_sections(const Book& book, const PeriodGrid& shown,
                                                            const std::vector<Segmenter>& cuts,
                                                            const ReportOptions& options);

}  // namespace churn::inline v0

// The sections of a report whose numbers are statistics. Private to the library's sources.
#pragma once

#include <vector>

#include <churn/cube/movement_cube.hpp>
#include <churn/report/report.hpp>

#include <cstddef>

namespace churn::inline v0 {

/// What the page's rates do from the period `first` of the book's own periods to before `end`.
[[nodiscard]] ReportSection trend_section(const Book& book, const PeriodGrid& whole, std::size_t first,
                                          std::size_t end, const ReportOptions& options);

/// The charts of it: the three rates, of the whole page and, over the last periods, of each segmentation.
[[nodiscard]] std::vector<Chart> trend_charts(const Book& book, const PeriodGrid& shown,
                                              const std::vector<Segmenter>& cuts,
                                              const ReportOptions& options);

/// How long customers stay, together and by the plan that they began with.
[[nodiscard]] ReportSection survival_section(const Book& book, const ReportOptions& options);

/// What MRR comes to in the periods to come, and what such forecasts have been worth. Of a condition on states or lanes
/// there is none.
[[nodiscard]] ReportSection forecast_section(const Book& book, const PeriodGrid& whole,
                                             const MovementCube& known, const ReportOptions& options);

}  // namespace churn::inline v0

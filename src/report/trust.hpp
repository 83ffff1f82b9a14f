// The sections of a report about whether it can be believed. Private to the library's sources.
#pragma once

#include <churn/book/rejections.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/report/report.hpp>

namespace churn::inline v0 {

/// Which of a cube's periods, those of the whole book, can't be compared yet.
[[nodiscard]] ReportSection completeness_section(const Book& book, const MovementCube& all,
                                                 const ReportOptions& options);

/// Rows that were rejected and notices, by code.
[[nodiscard]] ReportSection rejections_section(const Rejections& rejections);

/// The rules by which all of the page was counted, where they are not the standard's.
[[nodiscard]] ReportSection conventions_section(const Conventions& conventions);

}  // namespace churn::inline v0

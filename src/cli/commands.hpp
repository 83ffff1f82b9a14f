// The commands: each turns an open book into text for stdout.
#pragma once

#include <string>

#include "options.hpp"

namespace churn::cli {

/// A table in the format that was asked for.
[[nodiscard]] std::string print(const Table& table, Format format);

/// The same with, in a terminal's format, a sparkline of this column for each segment and metric below it.
[[nodiscard]] std::string print_with_lines(const Table& table, const std::string& value, Format format);

/// What --measure, --cohort and --retention ask for.
struct CohortQuestion {
  CohortMeasure measure;
  CohortBy cohort_by;
  Retention retention;
};
[[nodiscard]] CohortQuestion cohort_question(const Options& options);

[[nodiscard]] std::string run_check(const Session& session);
[[nodiscard]] std::string run_roster(const Session& session);
[[nodiscard]] std::string run_movements(const Session& session);
[[nodiscard]] std::string run_rates(const Session& session);
[[nodiscard]] std::string run_cohorts(const Session& session);
[[nodiscard]] std::string run_compare(const Session& session);
/// The rules in which presets differ from the standard, or the conventions of a name or file as JSON.
[[nodiscard]] std::string run_conventions(const Options& options);
[[nodiscard]] std::string run_explain(const Session& session);

}  // namespace churn::cli

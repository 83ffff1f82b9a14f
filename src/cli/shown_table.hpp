// A table as a terminal shows it: numbers stand point under point, an interval is one column (`0.018 to 0.047`), and what
// is wider than the terminal comes in blocks, each with the columns that say what a row is. CSV and JSON have none of
// that.
#pragma once

#include <churn/core/table.hpp>
#include <churn/report/report.hpp>

#include <optional>
#include <string>
#include <vector>

#include "terminal.hpp"

namespace churn::cli {

struct ShownCell {
  std::string text;
  Paint paint{Paint::plain};
};

struct ShownTable {
  std::vector<std::string> columns;
  std::vector<std::vector<ShownCell>> rows;  ///< each as long as `columns`
  std::vector<bool> right_aligned;           ///< by column
};

/// Joins `ci_low` and `ci_high` to `interval`, `hazard_low` and `hazard_high` to `hazard_interval`, `low` and `high` to
/// `low to high`; paints signals, verdicts, differences that are more than chance, and periods that are not complete.
[[nodiscard]] ShownTable shown_table(const Table& table);

/// Lines under a header. Control characters in texts become spaces (core/printable.hpp).
[[nodiscard]] std::string lay_out(ShownTable table, const Terminal& terminal);

/// What is drawn as one line of heights (report/sparkline.hpp).
struct ShownSeries {
  std::vector<std::string> labels;
  std::vector<std::optional<double>> values;
  std::vector<std::string> texts;  ///< of the values
};

/// A line for each, with the lowest, the highest and the latest value; nothing for those that are undefined throughout. The
/// latest 60 values, or as many as fit.
[[nodiscard]] std::string lay_out(const std::vector<ShownSeries>& all, const std::vector<std::string>& names,
                                  const std::string& what, const std::vector<std::string>& periods,
                                  const Terminal& terminal);

/// The same for each segment and metric of a table with a column `period`. Nothing for fewer than three periods
/// or more than 200 lines.
[[nodiscard]] std::string sparklines_of(const Table& table, const std::string& value,
                                        const Terminal& terminal);

/// As to_text has it, with paragraphs that fit the terminal.
[[nodiscard]] std::string shown_report(const Report& report, const Terminal& terminal);

}  // namespace churn::cli

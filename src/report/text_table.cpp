#include <churn/report/text_table.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <churn/core/printable.hpp>
#include <churn/report/display_width.hpp>

#include "stats/wording.hpp"

namespace churn::inline v0 {

std::string to_short_text(const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return "-";
  if (const auto* number = std::get_if<double>(&cell)) {
    // Four decimals are what a reader compares, three digits where these would be fewer; CSV and JSON carry all.
    if (!std::isfinite(*number)) return to_text(cell);
    if (std::abs(*number) < 0.01) return three_digits(*number);
    return shortest(std::round(*number * 1e4) / 1e4);
  }
  return to_text(cell);
}

std::string to_aligned_text(const std::vector<std::string>& columns,
                            const std::vector<std::vector<std::string>>& rows,
                            const std::vector<bool>& right_aligned) {
  std::vector<std::vector<std::string>> lines{columns};
  lines.insert(lines.end(), rows.begin(), rows.end());
  std::vector<std::size_t> widths(columns.size(), 0);
  for (auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) {
      line[i] = printable(line[i]);
      widths[i] = std::max(widths[i], display_width(line[i]));
    }
  std::string out;
  for (const auto& fields : lines) {
    std::string line;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string padding(widths[i] - display_width(fields[i]), ' ');
      if (i > 0) line += "  ";
      line += right_aligned[i] ? padding + fields[i] : fields[i] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string to_aligned_text(const Table& table) {
  std::vector<bool> right_aligned(table.columns.size(), true);
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : table.rows) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (std::holds_alternative<std::string>(row[i]) || std::holds_alternative<Date>(row[i]))
        right_aligned[i] = false;
      texts.push_back(to_short_text(row[i]));
    }
    rows.push_back(std::move(texts));
  }
  return to_aligned_text(table.columns, rows, right_aligned);
}

}  // namespace churn::inline v0

// A Table as aligned text for a terminal: texts to the left, numbers to the right, empty cells as `-`.
// Control characters in texts become spaces (core/printable.hpp).
#pragma once

#include <string>
#include <vector>

#include <churn/core/table.hpp>

namespace churn::inline v0 {

/// One line a row under a header line. Widths are those of report/display_width.hpp. O(cells).
[[nodiscard]] std::string to_aligned_text(const Table& table);

/// The same for cells that are text already; `right_aligned` says for each column where it stands.
[[nodiscard]] std::string to_aligned_text(const std::vector<std::string>& columns,
                                          const std::vector<std::vector<std::string>>& rows,
                                          const std::vector<bool>& right_aligned);

/// One cell as these lines have it: `-` where there is no value, four decimals of a double, or three digits where it is less
/// than a hundredth.
[[nodiscard]] std::string to_short_text(const Cell& cell);

}  // namespace churn::inline v0

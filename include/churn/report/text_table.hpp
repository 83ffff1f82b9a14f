// A Table as aligned text for a terminal: texts to the left, numbers to the right, empty cells as `-`.
// Control characters in texts become spaces (core/printable.hpp).
#pragma once

#include <string>
#include <vector>

#include <churn/core/table.hpp>

namespace churn::inline v0 {

/// One line a row under a header line. Widths count UTF-8 characters, not bytes. O(cells).
[[nodiscard]] std::string to_aligned_text(const Table& table);

/// The same for cells that are text already; `right_aligned` says for each column where it stands.
[[nodiscard]] std::string to_aligned_text(const std::vector<std::string>& columns,
                                          const std::vector<std::vector<std::string>>& rows,
                                          const std::vector<bool>& right_aligned);

}  // namespace churn::inline v0

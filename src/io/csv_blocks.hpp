// Where a CSV text can be cut, so that its pieces are read on several threads. Private to the readers of io/.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace churn::inline v0 {
namespace reading {

/// Places behind `from`, in order, about `block_bytes` apart, at each of which a row seems to begin; `from` is where
/// one does. A place behind a line end inside of quotes is none. Guesses: where rows are wrong, an unclosed quote
/// above all, a place may lie inside a row, so who starts there must make sure that whoever reads what is before stops
/// at that place. O(bytes), shared out among `threads`.
[[nodiscard]] std::vector<std::size_t> row_starts(std::string_view text, std::size_t from,
                                                  std::size_t block_bytes, unsigned threads);

}  // namespace reading
}  // namespace churn::inline v0

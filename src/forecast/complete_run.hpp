// The periods that triangles of cohorts are of. Private to the library's sources.
#pragma once

#include <cstddef>
#include <utility>

namespace churn::inline v0 {

/// The first and one past the last of the latest complete periods that lie side by side, out of so many.
template <class IsComplete>
std::pair<std::size_t, std::size_t> last_complete_run(std::size_t periods, const IsComplete& is_complete) {
  std::size_t end = periods;
  while (end > 0 && !is_complete(end - 1)) --end;
  std::size_t first = end;
  while (first > 0 && is_complete(first - 1)) --first;
  return {first, end};
}

}  // namespace churn::inline v0

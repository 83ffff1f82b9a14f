// Memory of columns. Private to the library's sources.
//
// A large column is written once from its first value to its last, so that the first touch of each of its pages is a
// good part of what filling it costs. Where the system has large pages, they are asked for: a touch then brings two
// megabytes in the place of four kilobytes. Small columns are memory like any other.
#pragma once

#include <cstddef>

namespace churn::inline v0 {

/// Memory for so many values of so many bytes each, that are not set. `before` is what it gave earlier, or nothing: as
/// many bytes of it as fit are in what it gives now, often without a copy, and it is gone. Throws std::bad_alloc; then
/// `before` is as it was.
[[nodiscard]] void* take_memory(void* before, std::size_t count, std::size_t bytes_each);
/// What take_memory gave; nothing for nothing.
void give_back_memory(void* memory) noexcept;

}  // namespace churn::inline v0

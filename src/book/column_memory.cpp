#include "book/column_memory.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace churn::inline v0 {

namespace {

constexpr std::size_t large_page = std::size_t{1} << 21U;

}  // namespace

void* take_memory(void* before, std::size_t count, std::size_t bytes_each) {
  if (count > PTRDIFF_MAX / bytes_each) throw std::bad_alloc();
  const std::size_t bytes = count * bytes_each;
  // Nothing else makes memory larger where it is, or moves whole pages of it.
  void* const memory = std::realloc(before, bytes);  // NOLINT(cppcoreguidelines-no-malloc)
  if (memory == nullptr) throw std::bad_alloc();
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  // Of the large pages that lie in it as a whole. A wish: it may be refused.
  void* whole = memory;
  std::size_t left = bytes;
  if (std::align(large_page, large_page, whole, left) != nullptr)
    ::madvise(whole, left / large_page * large_page, MADV_HUGEPAGE);
#endif
  return memory;
}

void give_back_memory(void* memory) noexcept {
  std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}

}  // namespace churn::inline v0

#include "book/column_memory.hpp"

#include <cstdint>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace churn::inline v0 {

namespace {

constexpr std::size_t large_page = std::size_t{1} << 21U;

}  // namespace

void* take_memory(std::size_t count, std::size_t bytes_each) {
  if (count > PTRDIFF_MAX / bytes_each) throw std::bad_alloc();
  const std::size_t bytes = count * bytes_each;
  void* const memory = ::operator new(bytes);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  // Of the large pages that lie in it as a whole. A wish: it may be refused.
  void* whole = memory;
  std::size_t left = bytes;
  if (std::align(large_page, large_page, whole, left) != nullptr)
    ::madvise(whole, left / large_page * large_page, MADV_HUGEPAGE);
#endif
  return memory;
}

void give_back_memory(void* memory) noexcept { ::operator delete(memory); }

}  // namespace churn::inline v0

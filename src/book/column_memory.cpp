#include "book/column_memory.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace churn::inline v0 {

namespace {

#if defined(__linux__) && defined(MADV_HUGEPAGE)

constexpr std::size_t large_page = ColumnMemory::large_page;

/// What is smaller would waste more of a large page than it takes.
constexpr bool is_mapped(std::size_t bytes) noexcept { return bytes >= large_page / 2; }

/// Whole large pages.
constexpr std::size_t rounded(std::size_t bytes) noexcept {
  return is_mapped(bytes) ? (bytes + large_page - 1) / large_page * large_page : bytes;
}

void unmap(void* pages, std::size_t bytes) noexcept { ::munmap(pages, bytes); }

/// New pages, from a large page on. The system chooses any address, so a page more is asked for, and what is not needed
/// before and behind is given back.
void* map(std::size_t bytes) {
  std::size_t room = bytes + large_page;
  void* const all = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) throw std::bad_alloc();  // NOLINT: the system's macro casts a number
  void* pages = all;
  std::align(large_page, bytes, pages, room);
  if (pages != all) unmap(all, bytes + large_page - room);
  if (room != bytes) unmap(static_cast<char*>(pages) + bytes, room - bytes);
  ::madvise(pages, bytes, MADV_HUGEPAGE);  // a wish: it may be refused
  return pages;
}

/// Pages that are so many as before, more or fewer, with what those before held.
void* remap(void* before, std::size_t bytes_before, std::size_t bytes) {
  if (bytes <= bytes_before) {
    if (bytes < bytes_before) unmap(static_cast<char*>(before) + bytes, bytes_before - bytes);
    return before;
  }
  void* const pages = map(bytes);
  if (::mremap(before, bytes_before, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, pages) != MAP_FAILED)  // NOLINT
    return pages;
  throw std::bad_alloc();  // whether the new pages are there still is not known: they are left alone
}

#else  // all columns are memory like any other

constexpr bool is_mapped(std::size_t /*bytes*/) noexcept { return false; }
constexpr std::size_t rounded(std::size_t bytes) noexcept { return bytes; }
void unmap(void* /*pages*/, std::size_t /*bytes*/) noexcept {}
void* map(std::size_t /*bytes*/) { throw std::bad_alloc(); }
void* remap(void* /*before*/, std::size_t /*bytes_before*/, std::size_t /*bytes*/) { throw std::bad_alloc(); }

#endif

// NOLINTBEGIN(cppcoreguidelines-no-malloc): nothing else makes memory larger where it is

void* take(std::size_t bytes) {
  if (is_mapped(bytes)) return map(bytes);
  void* const memory = std::malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void give_back(void* memory, std::size_t bytes) noexcept {
  if (is_mapped(bytes))
    unmap(memory, bytes);
  else
    std::free(memory);
}

/// Memory of another size, with what fits of the one before, which is gone.
void* resized(void* before, std::size_t bytes_before, std::size_t bytes) {
  if (is_mapped(bytes_before) && is_mapped(bytes)) return remap(before, bytes_before, bytes);
  if (is_mapped(bytes_before) || is_mapped(bytes)) {
    void* const memory = take(bytes);
    std::memcpy(memory, before, std::min(bytes_before, bytes));
    give_back(before, bytes_before);
    return memory;
  }
  void* const memory = std::realloc(before, bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

// NOLINTEND(cppcoreguidelines-no-malloc)

}  // namespace

ColumnMemory::~ColumnMemory() {
  if (data_ != nullptr) give_back(data_, size_);
}

void ColumnMemory::resize(std::size_t count, std::size_t bytes_each) {
  if (count > (PTRDIFF_MAX - 2 * large_page) / bytes_each) throw std::bad_alloc();
  const std::size_t bytes = rounded(count * bytes_each);
  if (bytes == 0) {
    ColumnMemory{}.swap(*this);
    return;
  }
  data_ = data_ == nullptr ? take(bytes) : resized(data_, size_, bytes);
  size_ = bytes;
}

}  // namespace churn::inline v0

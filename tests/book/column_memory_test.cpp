#include "book/column_memory.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <utility>
#include <vector>

namespace churn {
namespace {

constexpr std::size_t large = ColumnMemory::large_page;

std::span<unsigned char> bytes_of(const ColumnMemory& memory) {
  return {static_cast<unsigned char*>(memory.data()), memory.size()};
}

/// Sizes around those at which memory begins to be whole large pages, or takes one more.
std::size_t some_size() {
  const std::size_t around = *rc::gen::element<std::size_t>(0, 64, large / 2, large, 2 * large, 5 * large);
  const std::size_t more = *rc::gen::inRange<std::size_t>(0, 40);
  return around < 20 ? more : around + more - 20;
}

// However often it is made larger or smaller, it holds what was written and still fits, from a first byte that any value
// may begin at.
RC_GTEST_PROP(ColumnMemory, keeps_what_fits_whatever_its_size_becomes, ()) {
  ColumnMemory memory;
  std::vector<unsigned char> model;
  for (int n = *rc::gen::inRange(1, 12); n > 0; --n) {
    const std::size_t size = some_size();
    memory.resize(size, 1);
    RC_ASSERT(memory.size() >= size);
    RC_ASSERT((memory.data() == nullptr) == (size == 0));
    RC_ASSERT(reinterpret_cast<std::uintptr_t>(memory.data()) % alignof(std::max_align_t) == 0);
    const std::size_t kept = std::min(model.size(), size);
    RC_ASSERT(std::equal(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(kept),
                         bytes_of(memory).begin()));
    const auto byte = static_cast<unsigned char>(n);
    model.resize(kept);
    model.resize(memory.size(), byte);
    std::fill(bytes_of(memory).begin() + static_cast<std::ptrdiff_t>(kept), bytes_of(memory).end(), byte);
  }
}

#if defined(__linux__)
TEST(ColumnMemory, begins_at_a_large_page_and_is_whole_ones_if_it_is_large) {
  ColumnMemory memory;
  for (const std::size_t size : {large / 2, large + 1, 3 * large, 40 * large + 7, 2 * large}) {
    memory.resize(size, 1);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % large, 0U) << size;
    EXPECT_EQ(memory.size(), (size + large - 1) / large * large);
  }
}
#endif

TEST(ColumnMemory, takes_no_more_than_it_is_asked_for_if_it_is_small) {
  ColumnMemory memory;
  memory.resize(1000, 12);
  EXPECT_EQ(memory.size(), 12'000U);
  memory.resize(10, 12);
  EXPECT_EQ(memory.size(), 120U);
}

TEST(ColumnMemory, stays_as_it_is_where_there_is_not_so_much) {
  for (const std::size_t size : {std::size_t{100}, 2 * large}) {
    ColumnMemory memory;
    memory.resize(size, 1);
    std::memset(memory.data(), 7, size);
    const void* const before = memory.data();
    EXPECT_THROW(memory.resize(std::size_t{1} << 61U, 8), std::bad_alloc);  // more than can be counted
    EXPECT_THROW(memory.resize(std::size_t{1} << 58U, 8), std::bad_alloc);  // more than any system has
    EXPECT_EQ(memory.data(), before);
    EXPECT_TRUE(std::all_of(bytes_of(memory).begin(), bytes_of(memory).end(),
                            [](unsigned char c) { return c == 7; }));
  }
}

TEST(ColumnMemory, is_nothing_where_it_went_from) {
  ColumnMemory memory;
  memory.resize(3 * large, 1);
  ColumnMemory other{std::move(memory)};
  EXPECT_EQ(memory.data(), nullptr);  // NOLINT: that is what is asked
  EXPECT_EQ(memory.size(), 0U);
  EXPECT_EQ(other.size(), 3 * large);
  other = ColumnMemory{};
  EXPECT_EQ(other.data(), nullptr);
}

}  // namespace
}  // namespace churn

// ColumnMemory: the bytes of a column. Private to the library's sources.
//
// A large column is written once from its first value to its last, so that the first touch of each of its pages is a
// good part of what filling it costs; on a virtual machine, which has to ask its host as well, it can be most of it.
// So a column of a megabyte or more begins at a large page, where the system has such, and is as many whole ones: a
// touch then brings two megabytes in the place of four kilobytes. It grows and shrinks by moving pages, without a copy.
// Small columns are memory like any other.
#pragma once

#include <cstddef>
#include <utility>

namespace churn::inline v0 {

class ColumnMemory {
 public:
  static constexpr std::size_t large_page = std::size_t{1} << 21U;

  ColumnMemory() noexcept = default;
  ColumnMemory(ColumnMemory&& other) noexcept { swap(other); }
  ColumnMemory& operator=(ColumnMemory other) noexcept {
    swap(other);
    return *this;
  }
  ~ColumnMemory();

  [[nodiscard]] void* data() const noexcept { return data_; }
  /// In bytes.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Makes it of so many values of so many bytes each, or some more. Of the bytes so far those stay that fit, others are
  /// not set. Throws std::bad_alloc; then all is as it was.
  void resize(std::size_t count, std::size_t bytes_each);
  void swap(ColumnMemory& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

 private:
  void* data_{nullptr};
  std::size_t size_{0};
};

}  // namespace churn::inline v0

// PlainColumn: values beside each other, its own or viewed where they are. Private to the library's sources.
//
// A column mostly owns its values, as a std::vector does. One that was opened from a file views them in the file's
// memory, which it keeps alive, and takes a copy of its own at the first write. Reading is the same for both: a
// pointer and a size, as cheap as of a vector. So only reading has an operator[]; what is to be written in place
// says so with `writable`.
//
// A copy of a view is a view, a copy of values is values. Strong exception guarantee.
//
// What fills millions of rows asks for them all at once, `extend`, and writes into what it gets: nothing is set to 0
// beforehand that is to be written anyhow.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "book/column_memory.hpp"

namespace churn::inline v0 {

template <class T>
class PlainColumn {
  static_assert(std::is_trivially_copyable_v<T>, "A file holds the bytes of a column's values.");

 public:
  using value_type = T;
  using const_iterator = const T*;
  using iterator = const_iterator;

  PlainColumn() noexcept = default;
  PlainColumn(const std::vector<T>& values) { append(values); }  // NOLINT: a column
  PlainColumn(std::initializer_list<T> values) { append(values); }
  /// Views values that `keeper` keeps alive.
  PlainColumn(std::span<const T> values, std::shared_ptr<const void> keeper) noexcept
      : keeper_(std::move(keeper)), values_(values.data()), size_(values.size()) {}

  PlainColumn(const PlainColumn& other) : keeper_(other.keeper_) {
    if (keeper_ == nullptr) {
      append(other);
    } else {
      values_ = other.values_;
      size_ = other.size_;
    }
  }
  PlainColumn(PlainColumn&& other) noexcept { swap(other); }
  PlainColumn& operator=(PlainColumn other) noexcept {
    swap(other);
    return *this;
  }
  ~PlainColumn() = default;

  [[nodiscard]] const T* data() const noexcept { return values_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return values_[i]; }
  /// Throws std::out_of_range, as a vector does.
  [[nodiscard]] const T& at(std::size_t i) const {
    if (i >= size_) throw std::out_of_range("PlainColumn::at");
    return values_[i];
  }
  [[nodiscard]] const T& front() const noexcept { return values_[0]; }
  [[nodiscard]] const T& back() const noexcept { return values_[size_ - 1]; }
  [[nodiscard]] const T* begin() const noexcept { return values_; }
  [[nodiscard]] const T* end() const noexcept { return values_ + size_; }

  /// The values, to be written in place; good until the next call that changes the size.
  [[nodiscard]] std::span<T> writable() {
    make_room(size_);
    return {own(), size_};
  }
  void reserve(std::size_t count) { make_room(count); }
  void push_back(T value) {
    if (size_ >= room_) grow(1);
    own()[size_++] = value;
  }
  /// As many more values, which are whatever they are until they are written: all of them, before any is read.
  [[nodiscard]] std::span<T> extend(std::size_t count) {
    if (size_ + count > room_) grow(count);
    size_ += count;
    return {own() + (size_ - count), count};
  }
  /// None of `values` may be the column's own.
  template <class Range>
  void append(const Range& values) {
    const std::span<T> more = extend(static_cast<std::size_t>(std::size(values)));
    std::copy(std::begin(values), std::end(values), more.begin());
  }
  void append(std::size_t count, T value) {
    const std::span<T> more = extend(count);
    std::fill(more.begin(), more.end(), value);
  }
  void resize(std::size_t count, T value = T{}) {
    if (count > size_)
      append(count - size_, value);
    else
      truncate(count);
  }
  /// Gives back the room that it has beyond its values. Throws std::bad_alloc, where the system has none to move them to.
  void shrink_to_fit() {
    if (room_ > size_) set_room(size_);  // else it views, or has none
  }
  /// Lets go of all behind the first `count`.
  void truncate(std::size_t count) noexcept { size_ = std::min(size_, count); }

  friend bool operator==(const PlainColumn& a, const PlainColumn& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  void swap(PlainColumn& other) noexcept {
    keeper_.swap(other.keeper_);
    own_.swap(other.own_);
    std::swap(values_, other.values_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
  }
  void grow(std::size_t count) { make_room(std::max(size_ + count, room_ + room_ / 2)); }
  /// Room of its own for `count` values at least, and its values in it.
  void make_room(std::size_t count) {
    if (count <= room_) return;
    count = std::max(count, size_);
    if (room_ == 0) {  // viewed so far, or none
      ColumnMemory copy;
      copy.resize(count, sizeof(T));
      std::copy(values_, values_ + size_, static_cast<T*>(copy.data()));
      own_.swap(copy);
    }
    set_room(count);
    keeper_.reset();
  }
  void set_room(std::size_t count) {
    own_.resize(count, sizeof(T));
    values_ = own();
    room_ = own_.size() / sizeof(T);
  }
  [[nodiscard]] T* own() const noexcept { return static_cast<T*>(own_.data()); }

  std::shared_ptr<const void> keeper_;  // of what is viewed; empty where the values are its own
  ColumnMemory own_;                    // nothing where it views
  const T* values_{nullptr};
  std::size_t size_{0};
  std::size_t room_{0};  // 0 where it views
};

}  // namespace churn::inline v0

// PlainColumn: values beside each other, its own or viewed where they are. Private to the library's sources.
//
// A column mostly owns its values, as a std::vector. One that was opened from a file views them in the file's
// memory, which it keeps alive, and takes a copy of its own at the first write. Reading is the same for both: a
// pointer and a size, as cheap as of a vector. So only reading has an operator[]; what is to be written in place
// says so with `writable`.
//
// A copy of a view is a view, a copy of values is values. Strong exception guarantee.
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

namespace churn::inline v0 {

template <class T>
class PlainColumn {
  static_assert(std::is_trivially_copyable_v<T>, "A file holds the bytes of a column's values.");

 public:
  using value_type = T;
  using const_iterator = const T*;
  using iterator = const_iterator;

  PlainColumn() noexcept = default;
  PlainColumn(std::vector<T> values) noexcept : own_(std::move(values)), values_(own_) {}  // NOLINT: a column
  PlainColumn(std::initializer_list<T> values) : own_(values), values_(own_) {}
  /// Views values that `keeper` keeps alive.
  PlainColumn(std::span<const T> values, std::shared_ptr<const void> keeper) noexcept
      : keeper_(std::move(keeper)), values_(values) {}

  PlainColumn(const PlainColumn& other)
      : own_(other.own_),
        keeper_(other.keeper_),
        values_(keeper_ ? other.values_ : std::span<const T>(own_)) {}
  PlainColumn(PlainColumn&& other) noexcept
      : own_(std::move(other.own_)),
        keeper_(std::move(other.keeper_)),
        values_(std::exchange(other.values_, {})) {
    other.own_.clear();
  }
  PlainColumn& operator=(PlainColumn other) noexcept {
    own_.swap(other.own_);
    keeper_.swap(other.keeper_);
    std::swap(values_, other.values_);
    return *this;
  }
  ~PlainColumn() = default;

  [[nodiscard]] const T* data() const noexcept { return values_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return values_[i]; }
  /// Throws std::out_of_range, as a vector does.
  [[nodiscard]] const T& at(std::size_t i) const {
    if (i >= size()) throw std::out_of_range("PlainColumn::at");
    return values_[i];
  }
  [[nodiscard]] const T& front() const noexcept { return values_.front(); }
  [[nodiscard]] const T& back() const noexcept { return values_.back(); }
  [[nodiscard]] const T* begin() const noexcept { return data(); }
  [[nodiscard]] const T* end() const noexcept { return data() + size(); }

  /// The values, to be written in place; good until the next call that changes the size.
  [[nodiscard]] std::span<T> writable() {
    own();
    return own_;
  }
  void reserve(std::size_t count) {
    own();
    own_.reserve(count);
    values_ = own_;
  }
  void push_back(T value) {
    own();
    own_.push_back(value);
    values_ = own_;
  }
  /// None of `values` may be the column's own.
  template <class Range>
  void append(const Range& values) {
    own();
    own_.insert(own_.end(), values.begin(), values.end());
    values_ = own_;
  }
  void append(std::size_t count, T value) { resize(size() + count, value); }
  void resize(std::size_t count, T value = T{}) {
    own();
    own_.resize(count, value);
    values_ = own_;
  }
  /// Lets go of all behind the first `count`.
  void truncate(std::size_t count) noexcept {
    if (count >= size()) return;
    if (keeper_ == nullptr) own_.erase(own_.begin() + static_cast<std::ptrdiff_t>(count), own_.end());
    values_ = values_.first(count);
  }

  friend bool operator==(const PlainColumn& a, const PlainColumn& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  void own() {
    if (keeper_ == nullptr) return;
    own_.assign(values_.begin(), values_.end());
    values_ = own_;
    keeper_.reset();
  }

  std::vector<T> own_;
  std::shared_ptr<const void> keeper_;  // of what is viewed; empty where the values are its own
  std::span<const T> values_;
};

}  // namespace churn::inline v0

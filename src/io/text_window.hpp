// A window on a text, which shows a stretch of it at a time. Private to the readers of io/.
//
// Of a file, no more is in memory than what is shown. That memory is used again and again, so it stays in the cache,
// where in that for a whole file each page would be touched for the first time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <churn/io/csv.hpp>

#include "book/plain_column.hpp"
#include "io/findings.hpp"

namespace churn::inline v0 {
namespace reading {

/// On a text in memory, shown where it is.
class TextWindow {
 public:
  explicit TextWindow(std::string_view text) : all_(text) {}

  /// Of the text, in bytes.
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  /// Shows so many bytes from a place on, or as many as there are.
  void show(std::size_t begin, std::size_t bytes) {
    begin_ = begin;
    room_ = bytes;
  }
  /// Moves on by so many bytes. If that is none, twice as many are shown.
  void move(std::size_t bytes) {
    begin_ += bytes;
    if (bytes == 0) room_ *= 2;
  }
  [[nodiscard]] std::string_view shown() const { return all_.substr(begin_, room_); }
  /// Behind those that are shown.
  [[nodiscard]] std::size_t bytes_behind() const { return all_.size() - begin_ - shown().size(); }

 private:
  std::string_view all_;
  std::size_t begin_{0};
  std::size_t room_{0};
};

/// The same on a file; `name` is what sentences call it. All throw Error(unreadable).
class FileWindow {
 public:
  FileWindow(const std::filesystem::path& file, std::string name) : name_(std::move(name)) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) fail(name_ + " is not a file.");
    size_ = static_cast<std::size_t>(std::filesystem::file_size(file, error));
    in_.open(file, std::ios::binary);
    if (error || !in_) fail(name_ + " can't be opened.");
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void show(std::size_t begin, std::size_t bytes) {
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(begin));
    bytes_.truncate(0);
    room_ = bytes;
    behind_ = size_ - begin;
    read_on();
  }
  void move(std::size_t bytes) {
    const std::span<char> before = bytes_.writable();
    std::copy(before.begin() + static_cast<std::ptrdiff_t>(bytes), before.end(), before.begin());
    bytes_.truncate(before.size() - bytes);
    if (bytes == 0) room_ *= 2;
    read_on();
  }
  [[nodiscard]] std::string_view shown() const noexcept { return {bytes_.data(), bytes_.size()}; }
  [[nodiscard]] std::size_t bytes_behind() const noexcept { return behind_; }

 private:
  void read_on() {
    const std::size_t wanted = std::min(room_ - bytes_.size(), behind_);
    in_.read(bytes_.extend(wanted).data(), static_cast<std::streamsize>(wanted));
    if (in_.bad()) fail(name_ + " can't be read.");
    const auto missing = wanted - static_cast<std::size_t>(in_.gcount());  // if it became shorter meanwhile
    bytes_.truncate(bytes_.size() - missing);
    behind_ = missing > 0 ? 0 : behind_ - wanted;
  }

  std::string name_;
  std::ifstream in_;
  std::size_t size_{0};
  std::size_t room_{0};
  std::size_t behind_{0};
  PlainColumn<char> bytes_;  // a string would write zeros over all of it first
};

/// Whether the text goes on behind what is shown.
template <class Window>
[[nodiscard]] CsvReader::Extent extent_of(const Window& window) {
  return window.bytes_behind() == 0 ? CsvReader::Extent::whole : CsvReader::Extent::beginning;
}

}  // namespace reading
}  // namespace churn::inline v0

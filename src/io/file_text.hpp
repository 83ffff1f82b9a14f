// The bytes of one file, all of them or a stretch at a time. Private to the readers of io/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <churn/io/csv.hpp>

#include "book/plain_column.hpp"
#include "io/findings.hpp"

namespace churn::inline v0 {
namespace reading {

/// A window on a file, which is in memory as far as it shows it, moved along from the beginning to the end. Memory that
/// is used again and again is in the cache, where that for a whole file is each page for the first time.
class FileWindow {
 public:
  /// Shows the first bytes, so many, at least one; `name` is what sentences call it. Throws Error(unreadable), here and
  /// below.
  FileWindow(const std::filesystem::path& file, std::string name, std::size_t bytes)
      : name_(std::move(name)), room_(bytes) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) fail(name_ + " is not a file.");
    behind_ = static_cast<std::size_t>(std::filesystem::file_size(file, error));
    in_.open(file, std::ios::binary);
    if (error || !in_) fail(name_ + " can't be opened.");
    read_on();
  }
  [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), bytes_.size()}; }
  /// Of the file, behind what is shown.
  [[nodiscard]] std::size_t bytes_behind() const noexcept { return behind_; }
  [[nodiscard]] CsvReader::Extent extent() const noexcept {
    return behind_ == 0 ? CsvReader::Extent::whole : CsvReader::Extent::beginning;
  }
  /// Moves on by so many bytes, and shows more behind those that stay. If it is to move by none, it becomes twice as large.
  void move(std::size_t bytes) {
    const std::span<char> shown = bytes_.writable();
    std::copy(shown.begin() + static_cast<std::ptrdiff_t>(bytes), shown.end(), shown.begin());
    bytes_.truncate(shown.size() - bytes);
    if (bytes == 0) room_ *= 2;
    read_on();
  }

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
  std::size_t room_;
  std::size_t behind_{0};
  PlainColumn<char> bytes_;  // a string would write zeros over all of it first
};

/// A file in memory, read at once. Throws Error(unreadable).
class FileText {
 public:
  FileText(const std::filesystem::path& file, const std::string& name)
      : all_(file, name, std::numeric_limits<std::size_t>::max()) {}
  operator std::string_view() const noexcept { return all_.text(); }  // NOLINT: it is one

 private:
  FileWindow all_;
};

inline std::string text_of_file(const std::filesystem::path& file, const std::string& name) {
  return std::string(std::string_view{FileText{file, name}});
}

}  // namespace reading
}  // namespace churn::inline v0

// The bytes of one file. Private to the readers of io/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "book/plain_column.hpp"
#include "io/findings.hpp"

namespace churn::inline v0 {
namespace reading {

/// A file in memory, read at once; `name` is what sentences call it. Throws Error(unreadable).
class FileText {
 public:
  FileText(const std::filesystem::path& file, const std::string& name) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) fail(name + " is not a file.");
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    std::ifstream in(file, std::ios::binary);
    if (error || !in) fail(name + " can't be opened.");
    in.read(bytes_.extend(static_cast<std::size_t>(size)).data(), static_cast<std::streamsize>(size));
    if (in.bad()) fail(name + " can't be read.");
    bytes_.truncate(static_cast<std::size_t>(in.gcount()));
  }
  operator std::string_view() const noexcept { return {bytes_.data(), bytes_.size()}; }  // NOLINT: it is one

 private:
  PlainColumn<char> bytes_;  // a string would write zeros over all of it first
};

inline std::string text_of_file(const std::filesystem::path& file, const std::string& name) {
  return std::string(std::string_view{FileText{file, name}});
}

}  // namespace reading
}  // namespace churn::inline v0

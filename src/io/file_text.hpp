// The bytes of one file. Private to the readers of io/.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "io/text_window.hpp"

namespace churn::inline v0 {
namespace reading {

/// A file in memory, read at once. Throws Error(unreadable).
class FileText {
 public:
  FileText(const std::filesystem::path& file, const std::string& name) : all_(file, name) {
    all_.show(0, all_.size());
  }
  operator std::string_view() const noexcept { return all_.shown(); }  // NOLINT: it is one

 private:
  FileWindow all_;
};

inline std::string text_of_file(const std::filesystem::path& file, const std::string& name) {
  return std::string(std::string_view{FileText{file, name}});
}

}  // namespace reading
}  // namespace churn::inline v0

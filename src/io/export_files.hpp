// ExportFiles: the files of an export, by their names. Private to the readers of io/.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/io/book_folder.hpp>

namespace churn::inline v0 {
namespace reading {

class ExportFiles {
 public:
  /// Those of a folder. Throws Error(unreadable) if it is none.
  explicit ExportFiles(const std::filesystem::path& folder);
  /// Those that lie in memory.
  explicit ExportFiles(const BookFiles& files);

  /// The files that the first of the patterns with any fits, in the order of their names. `*` in a pattern
  /// stands for any letters; capitals make no difference.
  [[nodiscard]] std::vector<std::string> matching(const std::vector<std::string>& patterns) const;
  [[nodiscard]] std::string read(const std::string& name) const { return read_(name); }
  /// `The folder "x"`, for sentences.
  [[nodiscard]] const std::string& shown() const noexcept { return shown_; }

 private:
  std::string shown_;
  std::vector<std::string> names_;
  std::function<std::string(const std::string&)> read_;
};

}  // namespace reading
}  // namespace churn::inline v0

#include "io/export_files.hpp"

#include <algorithm>
#include <system_error>

#include "io/file_text.hpp"
#include "io/letters.hpp"

namespace churn::inline v0 {
namespace reading {

namespace {

bool fits(std::string_view pattern, std::string_view name) {
  // Behind the last star, with the place to go on from when what follows it does not fit.
  std::string_view after_star;
  std::string_view retry;
  bool starred = false;
  while (!name.empty() || !pattern.empty()) {
    if (!pattern.empty() && pattern.front() == '*') {
      pattern.remove_prefix(1);
      starred = true;
      after_star = pattern;
      retry = name;
    } else if (!pattern.empty() && !name.empty() && pattern.front() == name.front()) {
      pattern.remove_prefix(1);
      name.remove_prefix(1);
    } else {
      if (!starred || retry.empty()) return false;
      retry.remove_prefix(1);
      name = retry;
      pattern = after_star;
    }
  }
  return true;
}

}  // namespace

ExportFiles::ExportFiles(const std::filesystem::path& folder)
    : shown_("The folder \"" + folder.string() + "\"") {
  std::error_code error;
  if (!std::filesystem::exists(folder, error))
    fail("There is no folder \"" + folder.string() +
         "\". Name the folder that holds the export's CSV files.");
  if (!std::filesystem::is_directory(folder, error))
    fail("\"" + folder.string() + "\" is not a folder. Name the folder that holds the export's CSV files.");
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    names_.push_back(entry.path().filename().string());
  if (error) fail(shown_ + " can't be read.");
  std::sort(names_.begin(), names_.end());
  read_ = [folder](const std::string& name) { return text_of_file(folder / name, name); };
}

ExportFiles::ExportFiles(const BookFiles& files) : shown_("What is given") {
  for (const auto& [name, text] : files) names_.push_back(name);
  read_ = [&files](const std::string& name) { return std::string(files.at(name)); };
}

std::vector<std::string> ExportFiles::matching(const std::vector<std::string>& patterns) const {
  std::vector<std::string> found;
  for (const std::string& pattern : patterns) {
    for (const std::string& name : names_)
      if (fits(small_letters(pattern), small_letters(name))) found.push_back(name);
    if (!found.empty()) break;
  }
  return found;
}

}  // namespace reading
}  // namespace churn::inline v0

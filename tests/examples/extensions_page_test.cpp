// The page of examples/extensions shows the code of its programs and what they print.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

using Lines = std::vector<std::string>;

const std::filesystem::path folder{CHURN_SOURCE_DIR "/examples/extensions"};

Lines lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  Lines lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Lines without the spaces that all of them begin with.
std::string unindented(const Lines& lines) {
  std::size_t indent = std::string::npos;
  for (const std::string& line : lines) indent = std::min(indent, line.find_first_not_of(' '));
  std::string text;
  for (const std::string& line : lines) text += (line.empty() ? line : line.substr(indent)) + "\n";
  return text;
}

/// The blocks of the page that are fenced as a language.
std::vector<std::string> blocks_of_page(const std::string& language) {
  std::vector<std::string> blocks;
  bool inside = false;
  for (const std::string& line : lines_of(folder / "README.md"))
    if (!inside && line == "```" + language)
      inside = true, blocks.emplace_back();
    else if (inside && line == "```")
      inside = false;
    else if (inside)
      blocks.back() += line + "\n";
  return blocks;
}

/// What stands between `// [name]` and `// [/name]` in the programs.
std::vector<std::string> marked_parts_of_programs() {
  std::vector<std::string> parts;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".cpp") continue;
    Lines part;
    std::string open;
    for (const std::string& line : lines_of(file.path())) {
      const std::string text = line.substr(std::min(line.size(), line.find_first_not_of(' ')));
      if (open.empty() && text.starts_with("// [") && text.ends_with("]"))
        open = text.substr(4);
      else if (!open.empty() && text == "// [/" + open) {
        parts.push_back(unindented(part));
        part.clear();
        open.clear();
      } else if (!open.empty())
        part.push_back(line);
    }
    EXPECT_TRUE(open.empty()) << file.path() << " does not end [" << open;
  }
  return parts;
}

TEST(ExtensionsPage, shows_every_marked_part_of_the_programs_and_no_other_code) {
  const std::vector<std::string> blocks = blocks_of_page("cpp");
  EXPECT_GE(blocks.size(), 10U);
  EXPECT_THAT(blocks, testing::UnorderedElementsAreArray(marked_parts_of_programs()));
}

TEST(ExtensionsPage, shows_what_the_programs_print) {
  std::string printed;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    if (file.path().extension() == ".expected")
      for (const std::string& line : lines_of(file.path())) printed += line + "\n";
  const std::vector<std::string> blocks = blocks_of_page("text");
  EXPECT_GE(blocks.size(), 4U);
  for (const std::string& block : blocks) EXPECT_THAT(printed, testing::HasSubstr(block));
}

}  // namespace

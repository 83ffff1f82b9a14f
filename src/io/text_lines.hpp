// The lines of a text. Private to the library's sources.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace churn::inline v0 {

inline bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// The line at the front, without its end; takes it off the text.
inline std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace churn::inline v0

// Texts without regard to capitals. Private to the readers of io/.
#pragma once

#include <string>
#include <string_view>

namespace churn::inline v0 {
namespace reading {

/// ASCII letters in small; other bytes stay.
[[nodiscard]] inline std::string small_letters(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

}  // namespace reading
}  // namespace churn::inline v0

// The fingerprint of departure rules as text: 16 hexadecimal digits, for numbers of JSON hold 53 bits in many readers.
// Private to the sources of io/.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace churn::inline v0 {

inline std::string text_of_rules(std::uint64_t fingerprint) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; fingerprint >>= 4)
    text[i] = "0123456789abcdef"[fingerprint % 16];
  return text;
}

/// Empty unless it was written like this.
inline std::optional<std::uint64_t> rules_of_text(std::string_view text) {
  std::uint64_t fingerprint = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fingerprint, 16);
  if (error != std::errc{} || end != text.data() + text.size() || text_of_rules(fingerprint) != text)
    return std::nullopt;
  return fingerprint;
}

}  // namespace churn::inline v0

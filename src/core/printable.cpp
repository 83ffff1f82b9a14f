#include <churn/core/printable.hpp>

namespace churn::inline v0 {

namespace {

/// How many bytes from `i` on are one character that moves what stands around it, on a terminal or in a reader of text; 0: it
/// is none.
std::size_t length_of_control(std::string_view text, std::size_t i) {
  const auto byte_at = [&](std::size_t at) {
    return static_cast<unsigned char>(at < text.size() ? text[at] : 0);
  };
  const unsigned char first = byte_at(i);
  const unsigned char second = byte_at(i + 1);
  const unsigned char third = byte_at(i + 2);
  if (first < 0x20 || first == 0x7F) return 1;
  if (first == 0xC2 && second >= 0x80 && second <= 0x9F) return 2;  // U+0080 to U+009F
  if (first != 0xE2) return 0;
  if (second == 0x80 && third >= 0xA8 && third <= 0xAE) return 3;   // U+2028 to U+202E
  return second == 0x81 && third >= 0xA6 && third <= 0xA9 ? 3 : 0;  // U+2066 to U+2069
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = length_of_control(text, i);
    shown += length > 0 ? ' ' : text[i];
    i += length > 0 ? length : 1;
  }
  return shown;
}

}  // namespace churn::inline v0

#include <churn/core/printable.hpp>

namespace churn::inline v0 {

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    const bool two_bytes = byte == 0xC2 && next >= 0x80 && next <= 0x9F;  // U+0080 to U+009F
    shown += byte < 0x20 || byte == 0x7F || two_bytes ? ' ' : text[i];
    if (two_bytes) ++i;
  }
  return shown;
}

}  // namespace churn::inline v0

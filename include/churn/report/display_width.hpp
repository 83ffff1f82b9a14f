// How many columns of a terminal a text takes, so that tables stand straight whatever names they hold.
//
//   display_width("Zoë")    // 3, also where the ë is an e with a combining ¨ behind it
//   display_width("株式会社")  // 8: most terminals show a Chinese, Japanese or Korean character as wide as two others
//
// Marks that combine with the character before them and characters that only steer how text is laid out take none
// (general categories Mn, Me and Cf, and the vowels and finals of Hangul syllables written apart), East Asian wide and
// fullwidth ones two (Unicode Standard Annex #11), all others one. A byte that is no UTF-8 counts as one character. It
// knows no locale. An escape sequence counts as what it is made of: texts from the data go through core/printable.hpp
// first, and colours are put on afterwards. O(bytes).
#pragma once

#include <cstddef>
#include <string_view>

namespace churn::inline v0 {

/// In columns; never more than bytes.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

}  // namespace churn::inline v0

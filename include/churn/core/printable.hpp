// printable: a text from the data, fit for a terminal. Names and ids may hold anything; written as they are,
// an escape sequence among them would colour, move or overwrite what a reader sees, and a line break would
// end a row.
//
//   printable("\x1b[31mred")   // " [31mred"
#pragma once

#include <string>
#include <string_view>

namespace churn::inline v0 {

/// The text with a space in the place of every control character: U+0000 to U+001F, U+007F and U+0080 to U+009F, the
/// separators of lines and paragraphs, and what turns the direction of text (U+2028 to U+202E, U+2066 to U+2069).
/// CSV, JSON and HTML have ways of their own to hold these, and keep them.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace churn::inline v0

// What the command knows of the streams that it writes to. Everything that asks the environment or the system is in
// terminal.cpp; where there is no POSIX, nothing is a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace churn::cli {

struct Terminal {
  bool is_terminal{false};
  bool colour{false};
  bool unicode{true};    ///< in a pipe always, so that its bytes do not hang on the locale
  std::size_t width{0};  ///< in columns; 0: lines have no end
};

enum class ColourAsked : std::uint8_t { automatic, always, never };

/// Colours are on where asked for, and by themselves on a terminal that is not `dumb`, unless NO_COLOR is set
/// (https://no-color.org). A locale that is not UTF-8 makes signs ASCII on a terminal.
[[nodiscard]] const Terminal& out_terminal();
[[nodiscard]] const Terminal& err_terminal();
/// What --color says, and whether the output is for a program, which never gets colours.
void use_colour(ColourAsked asked, bool for_a_program);

/// What a colour says is said in words as well: it only helps to find them.
enum class Paint : std::uint8_t { plain, heading, good, bad, warning, faint };
[[nodiscard]] std::string painted(std::string_view text, Paint paint, const Terminal& terminal);

/// A paragraph in lines that fit the terminal, which breaks between words; every line but the first is indented. With
/// unlimited width the text as it is.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width, std::size_t indent = 0);

/// Ctrl-C and a polite kill end the process with 128 + the signal, and leave no line of progress behind.
void end_cleanly_when_interrupted();

/// While one of them lives, interrupts wait: a file is written to its end or not begun. Of what is no file (a pipe, which
/// may never be read) they don't.
class Unbroken {
 public:
  explicit Unbroken(const std::string& path);
  ~Unbroken();
  Unbroken(const Unbroken&) = delete;
  Unbroken& operator=(const Unbroken&) = delete;

 private:
  bool holds_{false};
};

}  // namespace churn::cli

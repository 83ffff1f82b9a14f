#include "terminal.hpp"

#include <churn/report/display_width.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#if __has_include(<unistd.h>) && __has_include(<sys/ioctl.h>)
#define CHURN_COMMAND_HAS_POSIX
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <string_view>
#endif

namespace churn::cli {

namespace {

enum class Stream : std::uint8_t { out, err };

std::string environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets it
  return value == nullptr ? "" : value;
}

bool locale_is_utf8() {
  std::string locale;
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"})  // the first that says something
    if (locale.empty()) locale = environment(name);
  std::transform(locale.begin(), locale.end(), locale.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

#ifdef CHURN_COMMAND_HAS_POSIX

std::size_t columns_of(int descriptor) {
  winsize size{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system has no other way to ask
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const unsigned long told = std::strtoul(environment("COLUMNS").c_str(), nullptr, 10);
  return told > 0 && told < 10'000 ? told : 80;
}

Terminal terminal_of(Stream stream) {
  const int descriptor = stream == Stream::out ? STDOUT_FILENO : STDERR_FILENO;
  if (isatty(descriptor) != 1) return {};
  const std::string kind = environment("TERM");
  return {.is_terminal = true,
          .colour = environment("NO_COLOR").empty() && kind != "dumb" && !kind.empty(),
          .unicode = locale_is_utf8(),
          .width = std::max<std::size_t>(20, columns_of(descriptor))};
}

constexpr std::array ending_signals{SIGINT, SIGTERM};

/// Only what a signal handler may do.
extern "C" void end_now(int signal) {
  constexpr std::string_view wipe = "\r\x1b[K";
  [[maybe_unused]] ssize_t written = 0;
  if (err_terminal().is_terminal) written = write(STDERR_FILENO, wipe.data(), wipe.size());
  _exit(128 + signal);
}

sigset_t ending_set() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : ending_signals) sigaddset(&set, signal);
  return set;
}

#else

Terminal terminal_of(Stream) { return {}; }

#endif

Terminal& known_terminal(Stream stream) {
  static Terminal out = terminal_of(Stream::out);
  static Terminal err = terminal_of(Stream::err);
  return stream == Stream::out ? out : err;
}

}  // namespace

const Terminal& out_terminal() { return known_terminal(Stream::out); }
const Terminal& err_terminal() { return known_terminal(Stream::err); }

void use_colour(ColourAsked asked, bool for_a_program) {
  if (for_a_program) known_terminal(Stream::out).colour = false;
  if (asked == ColourAsked::automatic) return;
  const bool on = asked == ColourAsked::always;
  known_terminal(Stream::out).colour = on && !for_a_program;
  known_terminal(Stream::err).colour = on && err_terminal().is_terminal;
}

std::string painted(std::string_view text, Paint paint, const Terminal& terminal) {
  if (!terminal.colour || paint == Paint::plain || text.empty()) return std::string(text);
  const char* start = "";
  switch (paint) {
    case Paint::plain: break;
    case Paint::heading: start = "\x1b[1m"; break;
    case Paint::good: start = "\x1b[32m"; break;
    case Paint::bad: start = "\x1b[31m"; break;
    case Paint::warning: start = "\x1b[33m"; break;
    case Paint::faint: start = "\x1b[2m"; break;
  }
  return start + std::string(text) + "\x1b[0m";
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  if (width == 0) return std::string(text);
  std::string lines;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    const std::size_t wide = display_width(word);
    if (column > indent && column + 1 + wide > width) {
      lines += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!lines.empty()) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += wide;
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return lines;
}

#ifdef CHURN_COMMAND_HAS_POSIX

void end_cleanly_when_interrupted() {
  (void)err_terminal();  // asked for before a handler does
  for (const int signal : ending_signals) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;  // as nohup and a shell's background have it
    struct sigaction action {};
    action.sa_handler = end_now;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
  }
}

Unbroken::Unbroken(const std::string& path) {
  std::error_code unknown;
  const auto status = std::filesystem::status(path, unknown);
  holds_ = !std::filesystem::exists(status) || std::filesystem::is_regular_file(status) ||
           std::filesystem::is_directory(status);
  if (!holds_) return;
  const sigset_t set = ending_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Unbroken::~Unbroken() {
  if (!holds_) return;
  const sigset_t set = ending_set();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

#else

void end_cleanly_when_interrupted() {}
Unbroken::Unbroken(const std::string&) {}
Unbroken::~Unbroken() = default;

#endif

}  // namespace churn::cli

// A program run on a terminal of the test's own, as a person would see it.
//
//   PseudoTerminal terminal{"churn roster book", {.columns = 80}};
//   const PseudoTerminal::Seen seen = terminal.finish();   // what came, escape sequences and all
#pragma once

#include <gtest/gtest.h>

#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace support {

class PseudoTerminal {
 public:
  struct Kind {
    unsigned short columns{80};
    /// Set over TERM=xterm and LC_ALL=C.UTF-8; NO_COLOR and COLUMNS are unset.
    std::vector<std::pair<std::string, std::string>> environment{};
  };
  struct Seen {
    int status;  ///< of the program; that of a signal is negative
    std::string text;
  };

  /// What a shell makes of the words; the program takes the shell's place.
  PseudoTerminal(const std::string& words, const Kind& kind) {
    winsize size{};
    size.ws_row = 40;
    size.ws_col = kind.columns;
    child_ = forkpty(&master_, nullptr, nullptr, &size);
    if (child_ != 0) return;
    termios settings{};
    tcgetattr(STDIN_FILENO, &settings);
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);  // no \r in front of \n
    tcsetattr(STDIN_FILENO, TCSANOW, &settings);
    setenv("TERM", "xterm", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("NO_COLOR");
    unsetenv("COLUMNS");
    for (const auto& [name, value] : kind.environment) setenv(name.c_str(), value.c_str(), 1);
    const std::string line = "exec " + words;
    execl("/bin/sh", "sh", "-c", line.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  ~PseudoTerminal() {
    if (master_ >= 0) ::close(master_);
  }
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  void type(const std::string& text) const {
    ASSERT_EQ(::write(master_, text.data(), text.size()), ssize_t(text.size()));
  }

  /// Waits for a text; false if the program ended without it.
  [[nodiscard]] bool has_shown(const std::string& text) {
    while (text_.find(text) == std::string::npos)
      if (!read_some()) return false;
    return true;
  }

  [[nodiscard]] Seen finish() {
    while (read_some()) {
    }
    int status = 0;
    ::waitpid(child_, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), text_};
  }

 private:
  bool read_some() {
    std::array<char, 4096> bytes{};
    const ssize_t n = ::read(master_, bytes.data(), bytes.size());
    if (n <= 0) return false;  // EIO: nobody holds the other end any more
    text_.append(bytes.data(), static_cast<std::size_t>(n));
    return true;
  }

  int master_{-1};
  pid_t child_{-1};
  std::string text_;
};

}  // namespace support

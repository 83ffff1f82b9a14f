// What the command is doing, for who waits: one line on stderr, if that is a terminal and half a second has passed,
// drawn a few times a second and wiped away before anything else is said. In a pipe there is none.
#pragma once

#include <churn/core/progress.hpp>

#include <string>

namespace churn::cli {

/// From here on work takes long. The line is drawn by a thread of its own.
void begin_progress();
/// Wipes the line away for good.
void end_progress();

/// Says what is being done, in a word or two, and how much of it; empty in a pipe. When it is done, or without a share, the
/// line tells the seconds instead.
[[nodiscard]] Progress progress_of(const std::string& work);
void now_doing(const std::string& work);

/// A line on stderr that nothing is drawn over.
void write_line(const std::string& line);

}  // namespace churn::cli

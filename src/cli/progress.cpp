#include "progress.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

#include "terminal.hpp"

namespace churn::cli {

namespace {

using std::chrono::steady_clock;

constexpr auto silent_for = std::chrono::milliseconds{500};
constexpr auto between_drawings = std::chrono::milliseconds{200};

/// The line and the thread that draws it.
class ProgressLine {
 public:
  ProgressLine() : drawer_([this] { draw_until_ended(); }) {}
  ~ProgressLine() {
    {
      const std::lock_guard lock{mutex_};
      ended_ = true;
    }
    wake_.notify_one();
    drawer_.join();
    wipe();
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void set_work(const std::string& work) {
    const std::lock_guard lock{mutex_};
    work_ = work;
    done_ = -1;
  }
  void set_done(double done) { done_ = done; }
  void write_line(const std::string& line) {
    const std::lock_guard lock{mutex_};
    wipe();
    std::cerr << line << "\n";
  }

 private:
  void draw_until_ended() {
    std::unique_lock lock{mutex_};
    if (wake_.wait_for(lock, silent_for, [this] { return ended_; })) return;
    do {
      draw();
    } while (!wake_.wait_for(lock, between_drawings, [this] { return ended_; }));
  }
  void draw() {
    const double done = done_;
    std::string line = "churn: " + work_;
    if (done >= 0 && done < 1)
      line += " " + std::to_string(static_cast<int>(done * 100)) + " %";
    else
      line += ", " +
              std::to_string(
                  std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - began_).count()) +
              " s";
    line.resize(std::min(line.size(), err_terminal().width - 1));
    if (line == drawn_) return;
    drawn_ = line;
    std::cerr << "\r\x1b[K" << line << std::flush;
  }
  void wipe() {
    if (!drawn_.empty()) std::cerr << "\r\x1b[K" << std::flush;
    drawn_.clear();
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::string work_{"starting"};
  std::atomic<double> done_{-1};
  std::string drawn_;  ///< empty: the line is clear
  bool ended_{false};
  steady_clock::time_point began_{steady_clock::now()};
  std::thread drawer_;  // the last, for it reads the others
};

/// The one of the process; none in a pipe.
std::unique_ptr<ProgressLine>& progress_line() {
  static std::unique_ptr<ProgressLine> line;
  return line;
}

}  // namespace

void begin_progress() {
  if (!err_terminal().is_terminal) return;
  const Unbroken for_the_thread{
      ""};  // signals go to the thread that works: the new one inherits that they wait
  progress_line() = std::make_unique<ProgressLine>();
}

void end_progress() { progress_line().reset(); }

void now_doing(const std::string& work) {
  if (progress_line() != nullptr) progress_line()->set_work(work);
}

Progress progress_of(const std::string& work) {
  if (progress_line() == nullptr) return {};
  return [work, is_set = false](double done) mutable {
    if (progress_line() == nullptr) return true;
    if (!is_set || done <= 0) progress_line()->set_work(work);
    is_set = true;
    progress_line()->set_done(done);
    return true;
  };
}

void write_line(const std::string& line) {
  if (progress_line() != nullptr)
    progress_line()->write_line(line);
  else
    std::cerr << line << "\n";
}

}  // namespace churn::cli

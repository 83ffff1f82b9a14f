// Watch: work of several threads, counted for a Progress. Private to the library's sources.
#pragma once

#include <churn/core/error.hpp>
#include <churn/core/progress.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>

namespace churn::inline v0 {

class Watch {
 public:
  /// Of `total` pieces of work. The thread that makes it is the one that reports. `progress` outlives it.
  Watch(const Progress& progress, std::size_t total) : progress_(progress), total_(total) {}

  /// So many more are done. Throws Error(cancelled), in every thread, once the host has had enough.
  void add(std::size_t pieces) {
    if (!progress_) return;
    const std::size_t done = done_.fetch_add(pieces) + pieces;
    if (!cancelled_ && std::this_thread::get_id() == reporter_ && !progress_(share(done))) cancelled_ = true;
    if (cancelled_) throw Error(ErrorCode::cancelled, "The work was ended before it was done.");
  }

  /// Calls work(from, until) for all from `first` to before `last`, in pieces where there is someone to be told.
  template <class Work>
  void pieces(std::size_t first, std::size_t last, Work&& work) {
    constexpr std::size_t at_once = 8192;
    const std::size_t step = progress_ ? at_once : last - first;
    for (std::size_t from = first; from < last; from += std::min(step, last - from)) {
      const std::size_t until = from + std::min(step, last - from);
      work(from, until);
      add(until - from);
    }
  }

 private:
  [[nodiscard]] double share(std::size_t done) const {
    return total_ == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  }
  const Progress& progress_;
  std::size_t total_;
  std::thread::id reporter_{std::this_thread::get_id()};
  std::atomic<std::size_t> done_{0};
  std::atomic<bool> cancelled_{false};
};

}  // namespace churn::inline v0

// Work shared out among threads. Private to the library's sources.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

namespace churn::inline v0 {

/// Does the shares 0 to `count` - 1 on up to 256 threads, the caller's being one of them. Each thread makes a
/// worker of its own, which keeps its scratch memory, and calls worker(share) for one share after the other.
/// An exception is rethrown after all threads have ended.
template <class MakeWorker>
void do_shares(std::size_t count, unsigned threads, MakeWorker&& make_worker) {
  const std::size_t used = std::clamp<std::size_t>(std::min<std::size_t>(threads, count), 1, 256);
  std::atomic<std::size_t> next{0};
  std::vector<std::exception_ptr> errors(used);
  const auto run = [&](std::size_t thread) noexcept {
    try {
      auto worker = make_worker();
      for (std::size_t share = next++; share < count; share = next++) worker(share);
    } catch (...) {
      errors[thread] = std::current_exception();
      next = count;
    }
  };
  std::vector<std::thread> others;
  others.reserve(used - 1);
  try {
    for (std::size_t thread = 1; thread < used; ++thread) others.emplace_back(run, thread);
  } catch (...) {  // no more threads to be had: those that run must be waited for
    next = count;
    for (std::thread& thread : others) thread.join();
    throw;
  }
  run(0);
  for (std::thread& thread : others) thread.join();
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace churn::inline v0

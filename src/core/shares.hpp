// Work shared out among threads. Private to the library's sources.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <thread>
#include <vector>

namespace churn::inline v0 {

/// How many threads are used where so many are allowed.
[[nodiscard]] inline std::size_t chunks_for(unsigned threads) noexcept {
  return std::clamp(threads, 1U, 256U);
}

/// Where `chunks` contiguous ranges with about as many rows each begin, and where the last ends. Of what is shared out,
/// item i has the rows first_row[i] to first_row[i + 1].
[[nodiscard]] inline std::vector<std::size_t> chunk_bounds(std::span<const std::uint32_t> first_row,
                                                           std::size_t chunks) {
  std::vector<std::size_t> bounds{0};
  for (std::size_t k = 1; k < chunks; ++k) {
    const auto share = static_cast<std::uint32_t>(std::uint64_t{first_row.back()} * k / chunks);
    const auto at = std::lower_bound(first_row.begin(), first_row.end() - 1, share) - first_row.begin();
    bounds.push_back(std::max(bounds.back(), static_cast<std::size_t>(at)));
  }
  bounds.push_back(first_row.size() - 1);
  return bounds;
}

/// Does the shares 0 to `count` - 1 on up to 256 threads, the caller's being the first. Each thread makes a worker of
/// its own, which keeps its scratch memory, and calls worker(share) for the share of its own number, then for whatever
/// share is next.
/// What the lowest of the shares that fail has thrown is rethrown after all threads have ended.
template <class MakeWorker>
void do_shares(std::size_t count, unsigned threads, MakeWorker&& make_worker) {
  const std::size_t used = std::clamp<std::size_t>(std::min<std::size_t>(threads, count), 1, 256);
  std::atomic<std::size_t> next{used};
  struct Failure {
    std::size_t share{SIZE_MAX};
    std::exception_ptr error;
  };
  std::vector<Failure> failures(used);
  const auto run = [&](std::size_t thread) noexcept {
    std::size_t share = thread;
    try {
      auto worker = make_worker();
      for (; share < count; share = next++) worker(share);
    } catch (...) {
      failures[thread] = {share, std::current_exception()};
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
  const auto first = std::min_element(failures.begin(), failures.end(),
                                      [](const Failure& a, const Failure& b) { return a.share < b.share; });
  if (first->error) std::rethrow_exception(first->error);
}

}  // namespace churn::inline v0

// Customers shared out among threads. Private to the library's sources.
#pragma once

#include <churn/book/book.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

namespace churn::inline v0 {

/// How many threads are used where so many are allowed.
[[nodiscard]] inline std::size_t chunks_for(unsigned threads) noexcept {
  return std::clamp(threads, 1U, 256U);
}

/// Calls work(chunk, first, last) for `chunks` contiguous ranges of customers with about as many changes
/// each, on as many threads (the caller's is one of them). The first exception of the lowest chunk is
/// rethrown after all have ended.
template <class Work>
void for_each_chunk(const Book& book, std::size_t chunks, Work&& work) {
  const auto& first_step = book.timeline().first_step;
  std::vector<std::size_t> bounds{0};
  for (std::size_t k = 1; k < chunks; ++k) {
    const auto share = static_cast<std::uint32_t>(std::uint64_t{first_step.back()} * k / chunks);
    const auto at = std::lower_bound(first_step.begin(), first_step.end() - 1, share) - first_step.begin();
    bounds.push_back(std::max(bounds.back(), static_cast<std::size_t>(at)));
  }
  bounds.push_back(book.customer_count());

  std::vector<std::exception_ptr> errors(chunks);
  const auto run = [&](std::size_t k) noexcept {
    try {
      work(k, bounds[k], bounds[k + 1]);
    } catch (...) {
      errors[k] = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(chunks - 1);
  try {
    for (std::size_t k = 1; k < chunks; ++k) threads.emplace_back(run, k);
  } catch (...) {  // no more threads to be had: those that run must be waited for
    for (std::thread& thread : threads) thread.join();
    throw;
  }
  run(0);
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace churn::inline v0

// Customers shared out among threads. Private to the library's sources.
#pragma once

#include <churn/book/book.hpp>

#include <cstddef>
#include <vector>

#include "core/shares.hpp"

namespace churn::inline v0 {

/// Calls work(chunk, first, last) for `chunks` contiguous ranges of customers with about as many changes each, on as
/// many threads (the caller's is one of them). The first exception of the lowest chunk is rethrown after all have ended.
template <class Work>
void for_each_chunk(const Book& book, std::size_t chunks, Work&& work) {
  const std::vector<std::size_t> bounds = chunk_bounds(book.timeline().first_step, chunks);
  do_shares(chunks, static_cast<unsigned>(chunks),
            [&] { return [&](std::size_t chunk) { work(chunk, bounds[chunk], bounds[chunk + 1]); }; });
}

}  // namespace churn::inline v0

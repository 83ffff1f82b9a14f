// What all ways of appending rows to a table have in common. Private to the library's sources.
#pragma once

#include <cstddef>

#include <churn/core/error.hpp>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

/// Runs an append; if it throws, `undo` takes its beginnings back, so that columns stay of one length.
template <class Append, class Undo>
void append_or_undo(Append&& append, Undo&& undo) {
  try {
    append();
  } catch (...) {
    undo();
    throw;
  }
}

inline void require_room(std::size_t rows) {
  if (rows >= no_index) throw Error(ErrorCode::overflow, "A table holds at most 4 thousand million rows.");
}

}  // namespace churn::inline v0

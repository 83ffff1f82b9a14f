// What must hold of any book, whatever bytes it was read from. Shared by the fuzz targets.
#pragma once

#include <cstdint>

#include <churn/io/loaded_book.hpp>

namespace fuzz {

/// Aborts with a sentence on stderr.
[[noreturn]] void fail(const char* sentence);
inline void require(bool holds, const char* sentence) {
  if (!holds) fail(sentence);
}

/// Builds a book under conventions that `choice` selects and asks it all kinds of questions. Aborts if an
/// identity does not hold. Lets pass what the library throws, which may only be churn::Error.
void examine(const churn::LoadedBook& loaded, std::uint8_t choice);

}  // namespace fuzz

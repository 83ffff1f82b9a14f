// A book as it was known on an earlier day. Private to the library's sources.
#pragma once

#include <churn/book/book.hpp>
#include <churn/core/date.hpp>

namespace churn::inline v0 {

/// Whether what a book says of a day may depend on what came later.
[[nodiscard]] bool reads_ahead(const Book& book);

/// The book built of what was known before `day`. O(records).
[[nodiscard]] Book known_on(Date day, const Book& book);

}  // namespace churn::inline v0

// The timelines of all customers of a book. Private to the library's sources.
#pragma once

#include "book/book_data.hpp"

namespace churn::inline v0 {

/// Checks, cuts and nets the phases of every customer: all of a book's data that is told by customer or by step, its
/// currencies, and which phases count. The rest of it is there already.
void build_timelines(Book::Data& data, const BuildOptions& options, Rejections& rejections);

}  // namespace churn::inline v0

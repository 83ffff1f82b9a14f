// Whether columns that were filled from outside are those of a book. Private to the library's sources.
//
// What folds and lists rely on, and do not ask again: that indices lead into their columns, that the steps of a
// customer rise and say what their levels do, that the phases in force add up to these, and that the phases a book
// counts are those that its checks let through. What passes may be a wrong book; it is none that leads anywhere
// else. All throw Error(unreadable).
#pragma once

#include "book/book_data.hpp"

namespace churn::inline v0 {

/// That columns which belong together have one length. O(columns).
void require_sizes(const Book::Data& data);

/// All of the above; to be called after `require_sizes`. Sets whether the sums fit. O(phases + steps + ids).
void require_sound(Book::Data& data);

}  // namespace churn::inline v0

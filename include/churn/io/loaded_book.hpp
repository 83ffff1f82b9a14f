// LoadedBook: what every reader of books gives, whatever form the book came in.
//
//   LoadedBook loaded = read_book_folder("my_book");          // io/book_folder.hpp
//   LoadedBook loaded = read_book_json("my_book.ndjson");     // io/book_json.hpp
//   LoadedBook loaded = read_stripe("my_export");             // io/stripe.hpp
//   LoadedBook loaded = read_mapped("export", mapping_named("recurly"));  // io/mapping.hpp
//   auto built = Book::build(loaded.records, as_of, loaded.conventions);
//
// The same book gives the same LoadedBook from every reader, but for the sources, rows and fields by which
// rejections call what was read.
#pragma once

#include <cstddef>
#include <optional>

#include <churn/book/conventions.hpp>
#include <churn/book/records.hpp>
#include <churn/book/rejections.hpp>
#include <churn/core/progress.hpp>

namespace churn::inline v0 {

/// How a book is read.
struct ReadOptions {
  bool strict{false};  ///< throw Error(unreadable) at the first rejection
  /// How many threads may read one CSV file of a book, from 1 to 256, each a block of it at a time; other forms are
  /// read by one. What is read does not depend on either.
  unsigned threads{1};
  /// Of what a thread reads at a time; a megabyte fits the cache. More where a row is longer.
  std::size_t block_bytes{std::size_t{1} << 20U};
  /// Told of the bytes read of a book's CSV files; reading any other form tells nothing.
  Progress progress{};
};

/// What a reader of books gives.
struct LoadedBook {
  Records records{};          ///< what Book::build takes
  Rejections rejections{};    ///< in the order in which they were found
  Conventions conventions{};  ///< the standard's, unless the book says otherwise
  /// The day after the last one that the source tells of as past. Empty where records.day_after_latest() says it.
  std::optional<Date> as_of{};
};

}  // namespace churn::inline v0

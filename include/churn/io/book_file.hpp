// BookFile: a built book as one file, opened in milliseconds.
//
//   auto [book, rejections] = Book::build(records, as_of);
//   write_book_file({book, rejections}, "today.book");          // once, where the book is built
//
//   const Book book = read_book_file("today.book").book;        // in every service that answers from it
//
// Building reads, checks, sorts and nets every record; a file holds what came of it, the records too. The book that
// is read answers everything as the one that was written, to the byte: movements, cohorts, spells, explanations,
// lists, events. Its records() can be built again as of another day or under other conventions, and appended to.
//
// The file is mapped, not read: columns are viewed where they lie, and what is never asked for is never loaded. They
// are shared by all processes that open the same file. A column that is written to (Records::add) is copied first.
// Invoices, exchange rates, labels of attributes and rejections are read on opening; a book read from a million
// invoices takes as long as these do.
//
// Numbers are little-endian; a machine with another order of bytes refuses the file.
//
//   8 bytes    89 42 4F 4F 4B 0D 0A 1A (a byte that is no text, BOOK, a line end, the end of a text)
//   4 bytes    version of the format, now 2
//   4 bytes    0
//   8 bytes    length of the file
//   8 bytes    length of its head
//   8 bytes    checksum of all that stands here and of the head (64 bits; src/io/checksum.hpp)
//   8 bytes    checksum of the columns
//   16 bytes   0
//   head       conventions as JSON, days, names, invoices, exchange rates, rejections, and how long each column is
//   columns    of ids, records and timelines, one behind the other
//
// The head and each column begin at a multiple of 64, with zeros before them. The same book always gives the same
// bytes. One that was built from the same records in another order has other columns, and so other bytes.
//
// What is cut off, damaged, of a later version, written by a library with other currencies, or was never a book file
// throws Error(unreadable), which says so. `BookFileCheck::everything` reads all of the file once: its checksums, and
// that no index leads out of a column, days rise, and levels are the sums of their phases; so that a file that
// somebody has made up may give wrong answers, but reads no memory but its own. `BookFileCheck::head` is for files
// that nobody else can write: it checks the head alone, and opening costs the same for a small book and a large one;
// in return a damaged column is believed, and may do anything.
//
// A file must not be changed in place while it is open. write_book_file never does: it writes beside the file and
// renames, so that whoever has it open keeps the old one, and whoever opens it gets one of the two.
//
// Cost: writing and checking are O(bytes), some 90 bytes a phase. Opening is O(head), and that of the check.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <churn/book/book.hpp>
#include <churn/book/rejections.hpp>

namespace churn::inline v0 {

/// A built book, and what was said of its records.
struct BookFile {
  Book book;                   ///< with its records and conventions
  Rejections rejections{};     ///< of Book::build
  Rejections found_reading{};  ///< of what read the records before, where that is worth keeping
};

/// How much of a file is looked at before it is believed.
enum class BookFileCheck : std::uint8_t {
  everything,  ///< all of it, once: for a file that anybody may have written
  head         ///< the head alone: for a file that nobody else can write
};

/// Throws Error(unreadable) if the file can't be written; then what was there still is. Conventions whose texts are
/// not UTF-8 can't be.
void write_book_file(const BookFile& file, const std::filesystem::path& path);
/// Opens a file. Throws Error(unreadable) for one that is not there or is refused, as said above.
[[nodiscard]] BookFile read_book_file(const std::filesystem::path& path,
                                      BookFileCheck check = BookFileCheck::everything);

/// True if the file begins as a book file does, whatever follows. False for what can't be read.
[[nodiscard]] bool is_book_file(const std::filesystem::path& path);

/// The same bytes in memory.
[[nodiscard]] std::string to_bytes(const BookFile& file);
/// Takes a copy of the bytes, which the book keeps.
[[nodiscard]] BookFile book_file_from_bytes(std::string_view bytes,
                                            BookFileCheck check = BookFileCheck::everything);

}  // namespace churn::inline v0

// write_book_folder: a book as a folder of CSV files, which io/book_folder.hpp reads.
//
//   LoadedBook book = read_book_json("my_book.json");
//   write_book_folder(book, "my_book");
//   read_book_folder("my_book");                      // the same records under the same conventions
//
// Written are the tables that have rows, each with all of its columns; subscriptions.csv also where there is
// neither a phase nor an invoice, so that there is always a book to read. Rows keep their order, customers
// have a column for every attribute, in the order of the attributes' names. book.json has the currency, the
// time zone and the first day of the records, and the conventions if they differ from the standard's in
// anything else.
//
// The same book gives the same bytes. What is written reads back to equal customers, phases, invoices,
// events, rates and conventions, without a rejection; sources and row numbers are those of the new files.
// What was rejected before is not written.
//
// Errors: Error(unreadable) for what such files can't hold, before anything is written: a text with a byte 0
// or that is not UTF-8, a phase without a plan or an event without a kind, an attribute without a name or
// called as a column of customers.csv, more than 1,000 attributes, a number that its column does not take, an
// exchange rate of 0 or below, two invoices of one id of which the second has lines or payments too.
// Error(currency_mismatch) for a line or payment in another currency than its invoice. So is
// Error(unreadable) a folder that can't be written, or that holds something already.
//
// Cost: O(bytes), all of them in memory at once.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <churn/io/loaded_book.hpp>

namespace churn::inline v0 {

/// The bytes of the files, by their names.
[[nodiscard]] std::map<std::string, std::string> write_book_files(const LoadedBook& book);

/// What becomes of a folder that holds something already.
enum class Overwrite : std::uint8_t {
  nothing,  ///< it is an error
  a_book,  ///< a book with its book.json is replaced as a whole; where there is any other file it is an error
};

/// Writes them into a folder, which is made if it is not there.
void write_book_folder(const LoadedBook& book, const std::filesystem::path& folder,
                       Overwrite overwrite = Overwrite::nothing);

}  // namespace churn::inline v0

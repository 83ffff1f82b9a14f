// read_book_json, write_book_json: a book as JSON, as one document or as lines (NDJSON).
//
//   LoadedBook loaded = read_book_json("my_book.json");
//   auto built = Book::build(loaded.records, as_of, loaded.conventions);
//
// A document is one object:
//
//   {
//     "book": {"currency": "USD", "time_zone": "UTC0", "records_from": "2022-01-01", "conventions": {…}},
//     "customers": [{"customer_id": "c1", "signed_up_on": "2024-01-01", "industry": "retail"}],
//     "subscriptions": [{"subscription_id": "s1", "customer_id": "c1", "phases": [
//         {"plan": "pro", "starts_on": "2024-01-01", "amount": "49.00", "currency": "USD",
//          "interval": "month"}]}],
//     "invoices": [{"invoice_id": "i1", …, "lines": [{…}], "payments": [{…}]}],
//     "events": [{…}],
//     "fx_rates": [{…}]
//   }
//
// and as lines each of these objects stands on a line of its own, in any order, with a field `type` that names
// its table:
//
//   {"type": "book", "currency": "USD"}
//   {"type": "customers", "customer_id": "c1", "industry": "retail"}
//
// Fields, their defaults and their checks are those of the columns in io/book_folder.hpp: an object reads as the
// line of CSV with the same texts does, and the same book gives the same LoadedBook. A document must have
// `subscriptions` or `invoices`, lines must have one of any table. What differs:
//
//   values      texts or numbers; a number stands for its literal text, so 0.1 is exact, with an exponent
//               written out: 1e1 reads as 10 (as a text, "1e1" is no number). `excluded` may also be true or
//               false. null, "" and a field that is not there are the same: nothing.
//   ends_on     may be left out, as anything that is not required.
//   phases      a phase has the values of its subscription where it has none of its own. So a subscription
//               without `phases` is one phase, as a row of a table is, and what all phases share may stand in
//               the subscription.
//   attributes  further fields of a customer. Numbers and truth values become their text (`1.50`, `true`); an
//               object or array is rejected, and its customer kept. So is each attribute beyond the first 1,000
//               of the book (`too_many_attributes`), the first time that it comes; then it is left out.
//   others      further fields elsewhere are reported the first time that they come, and then ignored.
//
// Rejections name a table of a document as `my_book.json:subscriptions`, with the element's place in its array
// as the row, counted from 1; in lines, the file and the line. A field inside of the element has its path,
// such as `phases[0].starts_on`, counted from 0 as in JSON. A phase, line or payment that does not read costs
// itself only; an invoice that does not read is left out with its lines and payments, a subscription of the wrong
// kind with its phases. A field that comes twice costs its object (`duplicate_column`). A line that is not
// JSON costs itself (`bad_json`, `invalid_utf8`, `nul_byte`, `out_of_range`), as does one of an unknown type
// (`unknown_table`); an empty line is skipped.
//
// Errors: Error(unreadable) where there is no book to be had: no such file, a document that is not JSON to its
// end (with line and column: what is cut off could not be told from what never was) or holds a number beyond
// what a double does, such as 1e400, one without the required arrays, or with a table that is not an array or
// comes twice; settings of the book that are not right, as in io/book_folder.hpp. In strict mode the first
// rejection is thrown, too.
//
// Cost: O(bytes), and 4 bytes a customer and attribute, of which there are at most 1,000. Of lines only one is
// in memory at a time; of a document its text, and one element.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>

#include <churn/io/loaded_book.hpp>

namespace churn::inline v0 {

/// What a text holds. `automatic`: lines if the first one is a whole object with a `type`, else a document.
enum class JsonLayout : std::uint8_t {
  automatic,  ///< told by its first line; written as a document
  document,   ///< one object
  lines       ///< an object a line
};

/// Reads a file: `.ndjson` and `.jsonl` (in letters of either case) hold lines, others are looked into.
[[nodiscard]] LoadedBook read_book_json(const std::filesystem::path& file, const ReadOptions& options = {});

/// Reads a stream to its end; `source` is what rejections call it.
[[nodiscard]] LoadedBook read_book_json(std::istream& in, const std::string& source,
                                        JsonLayout layout = JsonLayout::automatic,
                                        const ReadOptions& options = {});

/// Reads a text that lies in memory.
[[nodiscard]] LoadedBook parse_book_json(std::string_view text, const std::string& source = "book.json",
                                         JsonLayout layout = JsonLayout::automatic,
                                         const ReadOptions& options = {});

/// Writes records and the conventions that they are read under, so that they read back to the same book:
/// `automatic` writes a document, one element a line. Phases of one subscription that follow each other are
/// written together. Rows are not kept: they are those of the new text. Throws Error(unreadable) for texts that
/// JSON can't hold (not UTF-8) or that would not read back (an attribute without a name, or named as a field
/// of customers; in lines, as `type`); what is written by then stays in the stream.
void write_book_json(std::ostream& out, const Records& records, const Conventions& conventions = {},
                     JsonLayout layout = JsonLayout::document);

}  // namespace churn::inline v0

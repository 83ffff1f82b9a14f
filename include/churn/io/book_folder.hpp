// read_book_folder: a book kept as a folder of CSV files, the form in which the command line takes one.
//
//   LoadedBook loaded = read_book_folder("my_book");
//   auto built = Book::build(loaded.records, as_of, loaded.conventions);
//
// subscriptions.csv, or invoices.csv with invoice_lines.csv, is required; the others are read where they are
// there. MRR is read from subscriptions, without any from invoices, or as the conventions say (source). A column marked * must be there and, ends_on aside, filled in every row; their order is
// free.
//
//   customers.csv      customer_id*, signed_up_on, name, excluded (1 / 0), merged_into, any attributes
//   subscriptions.csv  subscription_id*, customer_id*, plan*, starts_on*, ends_on*, amount*, currency*,
//                      interval*, interval_count (1), quantity (1), discount_percent (0),
//                      discount_amount (0), discount_ends_on, trial_ends_on, cancel_requested_on, end_reason,
//                      paused_from, paused_until, term_ends_on
//   invoices.csv       invoice_id*, customer_id*, issued_on*, due_on, paid_on, currency*, status*,
//                      subscription_id
//   invoice_lines.csv  invoice_id*, line_id, subscription_id, plan, amount*, tax, quantity, unit_amount,
//                      interval, interval_count (1), period_start, period_end, kind (recurring)
//   payments.csv       invoice_id*, at*, status*, amount, failure_code
//   events.csv         customer_id*, at*, kind*, value (1), label
//   fx_rates.csv       on*, currency*, rate*
//   book.json          currency, time_zone, records_from, conventions
//
// Further columns are attributes in customers.csv, up to 1,000 of them (those behind are rejected as
// too_many_attributes, their customers kept), and elsewhere a notice and ignored; columns without a name
// are ignored in both.
//
// Rows are judged by themselves: are required values there, do dates, amounts and names read? A row that does
// not pass is rejected with its first problem, and the others are kept. What can't be true (an end before the
// start) is Book::build's to say. An empty value is an absent one.
//
// Lines and payments join their invoice by its id and take its currency; one whose invoice is not there, or
// was rejected, is rejected as unknown_invoice. Where invoices.csv as a whole is not there, that is said
// once, row 0. Where rows of invoices.csv share an id, the first gets the lines and payments, and rows that repeat
// it are dropped with a notice.
//
// book.json may set currency, time_zone, records_from and conventions (a preset's name, or an object as in
// io/conventions_json.hpp); its currency and time_zone go before those of its conventions.
//
// Errors: Error(unreadable) where there is no book to be had: no such folder, no required file, a required
// file that is empty, has no usable header or lacks a required column, a file that can't be opened, a
// book.json that is not right; Error(bad_conventions) and Error(unknown_name) for its conventions. Other
// files with an unusable header are left out as a whole, with one rejection. In strict mode the first
// rejection is thrown as Error(unreadable) with its place and sentence; notices are not.
//
// Cost: O(bytes), and 4 bytes a customer and attribute. No string is made per phase or customer. Customers,
// subscriptions, events and exchange rates are read a megabyte at a time, on as many threads as the options allow;
// whatever their number, records and rejections are the same. Of a file with a quote that never closes all that follows
// is in memory, too, as files of invoices are.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <churn/io/loaded_book.hpp>

namespace churn::inline v0 {

/// Reads the files of a folder (see above).
[[nodiscard]] LoadedBook read_book_folder(const std::filesystem::path& folder,
                                          const ReadOptions& options = {});

/// Bytes by the names of the files above, for a host that holds them in memory (an upload, an archive).
using BookFiles = std::map<std::string, std::string_view, std::less<>>;

/// Reads files that lie in memory, as if they were those of a folder. Other names are not looked at.
[[nodiscard]] LoadedBook read_book_files(const BookFiles& files, const ReadOptions& options = {});

}  // namespace churn::inline v0

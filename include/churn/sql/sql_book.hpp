// read_book_sql: a book kept in a database, as tables or views.
//
//   LoadedBook loaded = read_book_sql("postgresql://billing@db.example.com/shop");
//   LoadedBook loaded = read_book_sql("sqlite:///var/lib/billing/book.db");
//   auto built = Book::build(loaded.records, as_of, loaded.conventions);
//
// Tables and columns have the names of the files and columns in io/book_folder.hpp: customers, subscriptions,
// invoices, invoice_lines, payments, events, fx_rates. `subscriptions`, or `invoices` with `invoice_lines`, must be
// there; which columns must, their defaults and their checks are the same, and the same rows give the same
// LoadedBook. A schema of another shape is shown as ours by views:
//
//   CREATE VIEW events AS SELECT account_id AS customer_id, created_at AS at, action AS kind FROM audit_log;
//
// A table `book`, if it is there, has at most one row, and of the columns currency, time_zone, records_from and
// conventions (a preset's name, or a JSON object) those that it needs: it is book.json.
//
// Values. NULL and the empty text are absent. Any type will do whose text is what a CSV file would hold: texts, whole
// numbers, numeric, uuid, enumerations, json. Beyond that
//
//   numeric            is exact, with as many digits as a Decimal takes
//   real, double       read as their shortest decimal, without an exponent: the 12.34 that somebody wrote is 12.34
//                      again as long as it has no more than 15 digits (6 for a PostgreSQL real). So are SQLite's
//                      numbers, in whatever column. Sums that were made in binary need not be what they look like
//                      (0.1 + 0.2 is 0.30000000000000004) and are then rejected for their decimals.
//   money              by way of numeric, so without the locale's signs
//   boolean            1 or 0 in `excluded`, true or false in an attribute
//   date               a day; `infinity` is absent
//   timestamp          UTC. Where a day is asked for, the one that it shows.
//   timestamptz        an instant. Where a day is asked for, its day in the book's time zone.
//   SQLite             dates and instants are texts, as in a CSV file; in a column declared as DATETIME or TIMESTAMP
//                      they may be instants where a day is asked for, those with an offset or Z counting as
//                      timestamptz. Show seconds since 1970 by a view (datetime(at, 'unixepoch')).
//
// Rejections name the table, and as its row the place of a row in the order of all its columns, beginning with its
// key, by the bytes of their texts whatever the collation; the same data always gives the same places. Row 0 is the
// table as a whole. Further columns are attributes of customers, up to 1,000, and elsewhere a notice; the column
// `updated_at` (sql/sql_changes.hpp) is neither.
//
// All is read inside of one snapshot: of PostgreSQL in a transaction that is read only and repeatable, of SQLite in
// one read transaction. What others write meanwhile is not seen, and PostgreSQL does not keep them from it; a SQLite
// file that is not in WAL mode does.
//
// Errors: Error(unreadable) where there is no book to be had: no such file or server, a wrong password, a table that
// must be there and is not or lacks a column, a right that is missing, a lock that was not lifted in time, a
// connection that is lost. The sentence says what to do and never holds a password. Nothing is kept then.
// Error(bad_conventions) and Error(unknown_name) for the book's conventions, Error(cancelled) by `progress`. In
// strict mode the first rejection is thrown, too.
//
// Cost: O(rows log rows), the sorting done by the database. Beside the records one page of rows is in memory, and the
// invoices while lines and payments are joined to them.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include <churn/io/loaded_book.hpp>
#include <churn/sql/database_url.hpp>

namespace churn::inline v0 {

/// How a database is read.
struct SqlReadOptions {
  bool strict{false};  ///< throw Error(unreadable) at the first rejection
  /// Where the tables are. Empty: where the connection finds them (PostgreSQL's search_path).
  std::string schema{};
  /// The column that says when a row changed last; it is no attribute. Empty: there is none.
  std::string updated_at{"updated_at"};
  std::chrono::seconds lock_timeout{10};  ///< how long a lock of somebody else's is waited for; up to a day
  std::size_t page_rows{5000};            ///< how many rows come at once, from 2 to 1,000,000
  /// Told of the rows read after each page; they are counted first then, which costs a pass over each table.
  Progress progress{};
};

/// Reads all tables of a book, in one snapshot. Throws what is said above.
[[nodiscard]] LoadedBook read_book_sql(const DatabaseUrl& url, const SqlReadOptions& options = {});

}  // namespace churn::inline v0

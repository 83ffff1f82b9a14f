// read_changes_sql: what changed in a database since it was read last, as what a live book takes.
//
//   const SqlWatermark since = current_watermark_sql(url);         // first the watermark,
//   LoadedBook loaded = read_book_sql(url);                        // then the book: what comes between is read twice
//   LiveBook live{Book::build(loaded.records, as_of, loaded.conventions).book};
//   …
//   auto [changes, rejections, next] = read_changes_sql(url, since);
//   live.apply(changes, today);
//   store(next.text);                                              // for the next time
//
// Tables say when a row changed last in a column `updated_at` (its name is an option): a timestamp, with a zone or in
// UTC, or a date; in SQLite a text that its date functions read, or seconds since 1970. A row in which it is NULL
// always counts as changed. A customer is *touched* by a changed row in customers, subscriptions, invoices or events of
// its own, and by one in invoice_lines or payments of an invoice of its own. The changes remove every touched customer
// and give all that is there of it again, so that
//
//   - the same changes may come twice, or overlap, and leave the same book;
//   - rows that were deleted are missed only as long as nothing else of their customer changes. Touch a row of the
//     customer with the deletion, or keep the row and say so in it (a status, an ends_on, `excluded`). So with an
//     event, or an invoice's line, that moves to another customer; a subscription or invoice that moves may just be
//     changed.
//
// Book followed by changes is then the book read anew. A table without the column is read for touched customers only,
// and a notice (`absent_column`) says that its changes touch nobody; exchange rates without it are given in full each
// time, and with it where they changed. Rates and settings can't be removed or changed so; read the book anew.
//
// The watermark is the latest instant of a change that was seen, and never ahead of the server's clock. A row is
// stamped when its transaction begins and seen when it ends, so rows of a long one come into sight behind the
// watermark: therefore each read goes back `overlap` before it, and includes what is as old as that. Choose `overlap` longer
// than your longest writing transaction and than the clocks of what stamps rows may differ.
//
// Errors: as in sql/sql_book.hpp. Also Error(unreadable) if no table has the column, or a subscription of a touched
// customer has phases of another one, which changes can't say; Error(bad_date) for a watermark that no call gave.
//
// Cost: the changed rows, by an index on updated_at where there is one (PostgreSQL; SQLite passes over the table), and
// all rows of touched customers, by indexes on customer_id and invoice_id where these are texts, whole numbers or uuid.
// An index on (customer_id) in events is worth having.
#pragma once

#include <chrono>
#include <string>

#include <churn/book/changes.hpp>
#include <churn/book/rejections.hpp>
#include <churn/sql/sql_book.hpp>

namespace churn::inline v0 {

/// Up to where a database has been read. The text may be stored.
struct SqlWatermark {
  std::string
      text{};  ///< an instant such as 2024-05-06T07:08:09.123456Z; empty: the beginning, so everything
  friend bool operator==(const SqlWatermark&, const SqlWatermark&) = default;
};

/// How changes are read.
struct SqlChangesOptions {
  SqlReadOptions read{};              ///< how the tables are read
  std::chrono::seconds overlap{300};  ///< how far before the watermark to begin, from 0 to 30 days
};

/// What changed, and from where to go on.
struct SqlChanges {
  Changes changes{};        ///< touched customers as a whole, and rates: what LiveBook::apply takes
  Rejections rejections{};  ///< of the rows of touched customers, as in read_book_sql
  SqlWatermark next{};      ///< where the next read begins
};

/// The latest change that there is. Read the book after it.
[[nodiscard]] SqlWatermark current_watermark_sql(const DatabaseUrl& url, const SqlReadOptions& options = {});

/// What changed since then. Throws what is said above.
[[nodiscard]] SqlChanges read_changes_sql(const DatabaseUrl& url, const SqlWatermark& since,
                                          const SqlChangesOptions& options = {});

}  // namespace churn::inline v0

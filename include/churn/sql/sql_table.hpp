// write_table_sql: an answer as a table in a database, for dashboards and joins.
//
//   write_table_sql("postgresql://billing@db.example.com/shop", "churn_rates", rates.table());
//
// The table is made, or what an earlier call wrote under the name is replaced, all in one transaction: whoever reads
// it sees the old rows or the new ones. A table that was not written by this function is never touched; it is told by
// a note (in PostgreSQL its comment, in SQLite a comment inside of its definition).
//
// Columns are those of the Table, in its order, and of a type by what their cells hold:
//
//   whole numbers        bigint                    days     date (SQLite: a text YYYY-MM-DD)
//   doubles, or both     double precision          amounts  numeric, in the currency's major unit
//   truth values         boolean (SQLite: 1, 0)    texts, nothing, or a mixture of others: text
//
// An undefined cell, and a double that is not finite, is NULL. Names are taken as they are, in quotes, so anything may
// stand in them: `customer id`, `Robert'); DROP TABLE`. Where a column's name comes again further right, it gets `by_`
// in front, as in to_json (core/table.hpp).
//
// Errors: Error(unreadable) for a name that is empty, holds a byte 0, is longer than PostgreSQL's 63 bytes or is that
// of one of a book's own tables, for a table that somebody else made, and for what keeps the database from taking it
// (as in sql/sql_book.hpp); Error(out_of_range) for an amount of more than 15 digits in SQLite, whose numbers hold no
// more, for more than 1,000 columns, none at all, or a row that is not as long as `columns`. Then what was there
// still is.
//
// Cost: O(cells), some hundred rows a statement.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <churn/core/table.hpp>
#include <churn/sql/database_url.hpp>

namespace churn::inline v0 {

/// Where a table is written.
struct SqlWriteOptions {
  std::string schema{};  ///< empty: where the connection makes tables (the first of PostgreSQL's search_path)
  std::chrono::seconds lock_timeout{10};  ///< how long a lock of somebody else's is waited for; up to a day
};

/// Makes the table, or replaces what an earlier call wrote under the name. Throws what is said above.
void write_table_sql(const DatabaseUrl& url, std::string_view name, const Table& table,
                     const SqlWriteOptions& options = {});

}  // namespace churn::inline v0

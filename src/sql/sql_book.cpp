#include <churn/sql/sql_book.hpp>

#include "sql/book_reader.hpp"

namespace churn::inline v0 {

LoadedBook read_book_sql(const DatabaseUrl& url, const SqlReadOptions& options) {
  database::check_options(options);
  database::Session session(url, database::Access::read, options.lock_timeout);
  const database::BookTables tables(session, options.schema);
  LoadedBook book;
  database::BookReader reader(session, tables, options, book);
  reader.read_settings();
  reader.read_all();
  return book;
}

}  // namespace churn::inline v0

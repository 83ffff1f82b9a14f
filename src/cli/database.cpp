#include "database.hpp"

#include <churn/core/error.hpp>

#ifdef CHURN_COMMAND_KNOWS_SQL
#include <churn/sql/database_url.hpp>
#include <churn/sql/sql_book.hpp>

#include "progress.hpp"
#endif

namespace churn::cli {

bool is_database(const std::string& book) { return book.find("://") != std::string::npos; }

#ifdef CHURN_COMMAND_KNOWS_SQL

std::string name_of_database(const std::string& url) {
  const std::string shown = DatabaseUrl{url}.shown();
  return shown.substr(shown.rfind('/') + 1);
}

LoadedBook read_database(const std::string& url) {
  return read_book_sql(DatabaseUrl{url}, {.progress = progress_of("reading the database")});
}

#else

std::string name_of_database(const std::string&) { return ""; }

LoadedBook read_database(const std::string&) {  // which may hold a password, so it is not repeated
  throw Error(
      ErrorCode::unreadable,
      "This command was built without databases (SOCI was not there). A book is a folder of CSV files, a "
      ".json or .ndjson file, - for one of these files on standard input, or a file that `snapshot` wrote.");
}

#endif

}  // namespace churn::cli

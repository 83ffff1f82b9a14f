#include "sql/session.hpp"

#include <algorithm>
#include <filesystem>

#include <churn/core/printable.hpp>

#include "io/findings.hpp"
#include "sql/row_pages.hpp"

namespace churn::inline v0 {
namespace database {

namespace {

using reading::fail;

/// The five letters by which PostgreSQL names what is wrong; empty if the database is another, or did not say.
std::string sql_state(const soci::soci_error& error) {
  const auto* postgresql = dynamic_cast<const soci::postgresql_soci_error*>(&error);
  return postgresql == nullptr ? std::string{} : postgresql->sqlstate();
}

/// The number by which SQLite does; 0 if it did not say.
int sqlite_result(const soci::soci_error& error) {
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  return sqlite == nullptr ? 0 : sqlite->result() & 0xFF;
}

constexpr int sqlite_busy = 5;
constexpr int sqlite_locked = 6;
constexpr int sqlite_read_only = 8;
constexpr int sqlite_not_a_database = 26;

bool is_lock(const soci::soci_error& error) {
  const int result = sqlite_result(error);
  return sql_state(error) == "55P03" || result == sqlite_busy || result == sqlite_locked;
}

/// Whether the connection is gone: the server ended it, or nobody answers.
bool is_lost(const soci::soci_error& error) {
  const std::string state = sql_state(error);
  return state.starts_with("08") || state == "57P01" || state == "57P02" || state == "57P03";
}

}  // namespace

Session::Session(const DatabaseUrl& url, Access access, std::chrono::seconds patience)
    : url_(url), access_(access), patience_(patience) {
  if (patience.count() < 0 || patience > std::chrono::hours{24})
    throw Error(ErrorCode::out_of_range, "One waits for a lock from 0 seconds to a day.");
  const std::string seconds = std::to_string(patience.count());
  try {
    if (is_postgresql()) {
      session_ = std::make_unique<soci::session>(soci::postgresql, url.connection());
    } else {
      std::error_code ignored;
      const std::filesystem::path file{url.file()};
      if (access == Access::read && !std::filesystem::exists(file, ignored))
        fail("There is no file " + url.shown() + ". Name the file that holds the database.");
      if (std::filesystem::is_directory(file, ignored))
        fail(url.shown() + " is a folder. Name the file that holds the database.");
      session_ = std::make_unique<soci::session>(
          soci::sqlite3,
          "db=\"" + url.file() + "\" timeout=" + seconds + (access == Access::read ? " readonly=true" : ""));
    }
  } catch (const soci::soci_error& error) {
    fail_to_open(error);
  }

  constexpr std::string_view opening = "Opening a transaction";
  if (!is_postgresql()) {
    run(access == Access::read ? "BEGIN" : "BEGIN IMMEDIATE", opening);
    return;
  }
  run("SET client_min_messages = error", opening);  // libpq prints others, and no library should
  run(access == Access::read ? "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY" : "BEGIN",
      opening);
  // How values look as texts, whatever the server, the database or the user has set.
  for (const char* setting :
       {"DateStyle = 'ISO, YMD'", "TimeZone = 'UTC'", "extra_float_digits = 3", "bytea_output = 'hex'",
        "client_encoding = 'UTF8'", "standard_conforming_strings = on", "cursor_tuple_fraction = 1.0"})
    run("SET LOCAL " + std::string(setting), opening);
  // There, 0 would be for ever.
  run("SET LOCAL lock_timeout = '" + (patience.count() == 0 ? "1ms" : seconds + "s") + "'", opening);
}

Session::~Session() = default;  // closing takes back what was not committed

void Session::run(const std::string& statement, std::string_view doing) {
  attempt(doing, [&] { session_->once << statement; });
}

void Session::commit(std::string_view doing) { run("COMMIT", doing); }

std::vector<std::vector<std::string>> Session::rows_of(const std::string& query, std::size_t columns,
                                                       std::string_view doing) {
  constexpr std::size_t at_once = 1000;
  std::vector<std::vector<std::string>> rows;
  for (RowPages pages(*this, query, columns, at_once, std::string(doing)); pages.fetch();)
    for (std::size_t row = 0; row < pages.row_count(); ++row) {
      auto& texts = rows.emplace_back();
      for (std::size_t column = 0; column < columns; ++column) texts.emplace_back(pages.cell(row, column));
    }
  return rows;
}

std::string Session::said(const soci::soci_error& error) const {
  std::string text = error.get_error_message();
  // What SOCI puts in front tells nobody anything, and what stands in further lines is where in the statement.
  for (const std::string_view prefix :
       {"Cannot establish connection to the database.", "Cannot execute query.", "Cannot prepare statement.",
        "error executing", "sqlite3_statement_backend::prepare:", "sqlite3_statement_backend::loadRS:",
        "sqlite3_statement_backend::loadOne:", " Fatal error.", " Connection failed."})
    if (const std::size_t at = text.find(prefix); at != std::string::npos) text.erase(at, prefix.size());
  text = printable(url_.without_secrets(std::move(text)));
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  text = text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
  constexpr std::size_t longest = 400;
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  return " The database says: " + text + (text.back() == '.' ? "" : ".");
}

void Session::fail_to_open(const soci::soci_error& error) const {
  if (is_postgresql())
    fail("The database " + shown() + " can't be opened." + said(error) +
         " See that the server runs and takes connections from here, and that host, port, database, user and "
         "password are right; the password is read from the URL, PGPASSWORD or ~/.pgpass.");
  fail("The database " + shown() + " can't be opened." + said(error) +
       " See that its folder is there and that this process may read the file.");
}

void Session::fail_for(const soci::soci_error& error, std::string_view doing) const {
  const std::string what = std::string(doing) + " in " + shown() + " failed: ";
  const std::string kept = access_ == Access::read ? "Nothing was kept of it; " : "Nothing was changed; ";
  const std::string state = sql_state(error);
  if (is_lock(error))
    fail(what + "what is needed is locked by another program, and was for " +
         std::to_string(patience_.count()) + " seconds. " + kept + "try again, or wait longer for locks." +
         said(error));
  if (is_lost(error)) fail(what + "the connection was lost. " + kept + "try again." + said(error));
  if (state == "42501")
    fail(what + "the user may not. Grant it the right, or name another user." + said(error));
  if (state.starts_with("40") || state == "57014")
    fail(what + "the server ended the transaction. " + kept + "try again." + said(error));
  if (sqlite_result(error) == sqlite_read_only)
    fail(what + "the file can't be written. See that this process may write it, and its folder." +
         said(error));
  if (sqlite_result(error) == sqlite_not_a_database)
    fail(what + "the file is not a SQLite database. Name one that is." + said(error));
  fail(what + kept + "see what the database says." + said(error));
}

std::string quoted_name(std::string_view name) {
  if (name.empty()) fail("A table or column in a database needs a name.");
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '\0') fail("The name of a table or column holds a byte 0, which no name does.");
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + '"';
}

std::string quoted_name(std::string_view schema, std::string_view name) {
  return schema.empty() ? quoted_name(name) : quoted_name(schema) + "." + quoted_name(name);
}

std::string quoted_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += c;
    quoted += c;
  }
  return quoted + '\'';
}

}  // namespace database
}  // namespace churn::inline v0

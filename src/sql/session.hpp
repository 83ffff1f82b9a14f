// Session: one connection to a database inside of one transaction, whose failures are Errors that say what to do and
// tell no secret. Private to the sources of sql/.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <churn/sql/database_url.hpp>

#include "sql/soci_headers.hpp"

namespace churn::inline v0 {
namespace database {

enum class Access : std::uint8_t { read, write };

/// Opens, begins, and forgets what was not committed when it goes.
class Session {
 public:
  /// To read: one snapshot, in which nothing changes. Waits for locks no longer than `patience`.
  Session(const DatabaseUrl& url, Access access, std::chrono::seconds patience);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  [[nodiscard]] bool is_postgresql() const noexcept { return url_.kind() == DatabaseKind::postgresql; }
  [[nodiscard]] const std::string& shown() const noexcept { return url_.shown(); }
  [[nodiscard]] soci::session& soci() noexcept { return *session_; }

  /// Runs a statement that gives no rows. `doing` is what a sentence says failed: `Reading events`.
  void run(const std::string& statement, std::string_view doing);
  void commit(std::string_view doing);
  /// All rows of a query that gives few of them; what is NULL is empty.
  [[nodiscard]] std::vector<std::vector<std::string>> rows_of(const std::string& query, std::size_t columns,
                                                              std::string_view doing);

  /// Does some work with SOCI; what it throws becomes an Error.
  template <class Work>
  decltype(auto) attempt(std::string_view doing, Work work) {
    try {
      return work();
    } catch (const soci::soci_error& error) {
      fail_for(error, doing);
    }
  }

 private:
  [[noreturn]] void fail_for(const soci::soci_error& error, std::string_view doing) const;
  [[noreturn]] void fail_to_open(const soci::soci_error& error) const;
  /// What the database said, on one line, ready to follow a sentence; empty if it can't be told.
  [[nodiscard]] std::string said(const soci::soci_error& error) const;

  DatabaseUrl url_;
  Access access_;
  std::chrono::seconds patience_;
  std::unique_ptr<soci::session> session_;
};

/// A name as an identifier. Throws Error(unreadable) for one that no identifier can be.
[[nodiscard]] std::string quoted_name(std::string_view name);
/// `"schema"."name"`, or the name alone where there is no schema.
[[nodiscard]] std::string quoted_name(std::string_view schema, std::string_view name);
/// A text as a literal. It holds no byte 0.
[[nodiscard]] std::string quoted_text(std::string_view text);

}  // namespace database
}  // namespace churn::inline v0

// TestDatabase: an empty database for one test, of either kind, with the words in which the two differ.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <churn/sql/database_url.hpp>

namespace support {

/// The server that all tests of a program share; started for the first of them.
class PostgresqlServer;
PostgresqlServer& shared_server();

class TestDatabase {
 public:
  explicit TestDatabase(churn::DatabaseKind kind);
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  ~TestDatabase();

  [[nodiscard]] churn::DatabaseKind kind() const noexcept { return kind_; }
  [[nodiscard]] bool is_postgresql() const noexcept { return kind_ == churn::DatabaseKind::postgresql; }
  [[nodiscard]] const std::string& url() const noexcept { return url_; }

  void run(const std::string& sql);
  /// What a query gives, `|` between columns, a row an element; NULL is `NULL`.
  [[nodiscard]] std::vector<std::string> rows(const std::string& query);

  [[nodiscard]] std::vector<double> numbers(const std::string& query);

  /// Makes a table of a book with the types that a schema of its kind would have, and columns of its own as text.
  void make_table(const std::string& name, const std::vector<std::string>& columns,
                  const std::string& further = {});
  /// Empty texts are NULL.
  void insert(const std::string& table, const std::vector<std::string>& columns,
              const std::vector<std::vector<std::string>>& rows);
  /// All CSV files of a folder as tables.
  void load_folder(const std::string& folder);

 private:
  struct Connection;
  churn::DatabaseKind kind_;
  std::string url_;
  std::string place_;  // a file or a schema
  std::unique_ptr<Connection> connection_;
};

[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace support

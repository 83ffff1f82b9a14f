// RowPages: the rows of a query as texts, some thousand at a time. Private to the sources of sql/.
//
// The query runs once and the rows come page by page: from a cursor of PostgreSQL's, or step by step out of SQLite. So
// the memory taken here is that of one page, the server sorts once however many pages there are, and as a cursor does
// not ask for "rows behind the last key", rows of one key can't be lost or come twice between two pages.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "sql/session.hpp"

namespace churn::inline v0 {
namespace database {

class RowPages {
 public:
  /// Every column of the query is a text. `doing` is what a sentence says failed.
  RowPages(Session& session, const std::string& query, std::size_t columns, std::size_t page_rows,
           std::string doing);
  RowPages(const RowPages&) = delete;
  RowPages& operator=(const RowPages&) = delete;
  ~RowPages();

  /// The next rows, in the place of those before; false at the end.
  [[nodiscard]] bool fetch();
  [[nodiscard]] std::size_t row_count() const noexcept { return rows_; }
  /// Empty for NULL. Stays where it is until the next fetch.
  [[nodiscard]] std::string_view cell(std::size_t row, std::size_t column) const {
    if (there_[column][row] != soci::i_ok) return {};
    return texts_[column][row];
  }

 private:
  Session* session_;
  std::string doing_;
  std::size_t page_rows_;
  std::size_t rows_{0};
  bool begun_{false};
  bool ended_{false};
  std::deque<std::vector<std::string>> texts_;  // by column; the statement points to them
  std::deque<std::vector<soci::indicator>> there_;
  soci::statement statement_;
};

}  // namespace database
}  // namespace churn::inline v0

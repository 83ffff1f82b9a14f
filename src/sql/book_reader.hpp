// BookReader: the tables of a book in a database, as a LoadedBook: all of them, or what they say of some customers.
// Private to the sources of sql/.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <churn/sql/sql_book.hpp>

#include "core/watch.hpp"
#include "io/findings.hpp"
#include "sql/session.hpp"
#include "sql/table_rows.hpp"
#include "sql/table_shape.hpp"

namespace churn::inline v0 {
namespace database {

/// The tables of a book that are there.
class BookTables {
 public:
  /// Throws Error(unreadable) if they are no book.
  BookTables(Session& session, const std::string& schema);
  [[nodiscard]] const TableShape* find(const std::string& table) const;
  [[nodiscard]] const std::map<std::string, TableShape>& all() const noexcept { return shapes_; }

 private:
  std::map<std::string, TableShape> shapes_;
};

class BookReader {
 public:
  BookReader(Session& session, const BookTables& tables, const SqlReadOptions& options, LoadedBook& book);

  void read_settings();
  void read_all();
  /// Of the customers, and the subscriptions of these, whoever has them; and all exchange rates, if asked for.
  void read_some(const Keys& customers, bool rates);

 private:
  template <class Read>
  void read_table(const std::string& name, std::span<const reading::Column> columns,
                  reading::Importance importance, std::optional<Restriction> restriction, Read read);
  void read_customers(const Keys* customers);
  void read_phases(const Keys* subscriptions);
  void read_invoices(const Keys* customers);
  void read_events(const Keys* customers);
  void read_fx_rates();
  [[nodiscard]] Keys subscriptions_of(const Keys& customers);
  [[nodiscard]] TableRows::Setting setting();

  Session* session_;
  const BookTables* tables_;
  const SqlReadOptions* options_;
  LoadedBook* book_;
  reading::Findings findings_;
  Watch watch_;
};

/// Throws Error(out_of_range) for options that can't be.
void check_options(const SqlReadOptions& options);

}  // namespace database
}  // namespace churn::inline v0

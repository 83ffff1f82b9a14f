#include <churn/sql/sql_table.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <churn/core/error.hpp>

#include "io/findings.hpp"
#include "sql/session.hpp"

namespace churn::inline v0 {

namespace {

using database::Session;
using reading::fail;
using reading::in_quotes;

/// By which a table of ours is known again.
constexpr std::string_view note = "written by libchurn";

enum class CellType : std::uint8_t { nothing, boolean, whole, real, date, money, text };

CellType type_of(const Cell& cell) {
  if (std::holds_alternative<bool>(cell)) return CellType::boolean;
  if (std::holds_alternative<std::int64_t>(cell)) return CellType::whole;
  if (const double* real = std::get_if<double>(&cell))
    return std::isfinite(*real) ? CellType::real : CellType::nothing;
  if (std::holds_alternative<Date>(cell)) return CellType::date;
  if (std::holds_alternative<Money>(cell)) return CellType::money;
  return std::holds_alternative<std::string>(cell) ? CellType::text : CellType::nothing;
}

CellType common_type(CellType a, CellType b) {
  if (a == CellType::nothing || a == b) return b;
  if (b == CellType::nothing) return a;
  const auto is_number = [](CellType type) { return type == CellType::whole || type == CellType::real; };
  return is_number(a) && is_number(b) ? CellType::real : CellType::text;
}

std::string type_name(CellType type) {
  switch (type) {
    case CellType::boolean: return "boolean";
    case CellType::whole: return "bigint";
    case CellType::real: return "double precision";
    case CellType::date: return "date";
    case CellType::money: return "numeric";
    case CellType::nothing:
    case CellType::text: break;
  }
  return "text";
}

/// More digits are not kept by a number of SQLite's.
void check_digits(const std::string& amount) {
  constexpr auto most = 15;
  if (std::count_if(amount.begin(), amount.end(), [](char c) { return c >= '0' && c <= '9'; }) > most)
    throw Error(ErrorCode::out_of_range,
                "The amount " + amount +
                    " has more than 15 digits, which SQLite does not keep. Write it to "
                    "PostgreSQL, or as a text.");
}

/// Rows on their way into a table, some at a time.
class Inserts {
 public:
  Inserts(Session& session, const std::string& table, std::vector<CellType> types, std::string doing)
      : session_(session),
        insert_("INSERT INTO " + table + " VALUES "),
        types_(std::move(types)),
        doing_(std::move(doing)) {}

  void add(const std::vector<Cell>& row) {
    constexpr std::size_t most_bytes = std::size_t{1} << 16U;
    constexpr std::size_t most_values = 900;  // of a statement, in a SQLite that is not new
    if (statement_.size() > most_bytes || values_.size() + row.size() > most_values) flush();
    statement_ += statement_.empty() ? insert_ + "(" : ", (";
    for (std::size_t i = 0; i < row.size(); ++i)
      statement_ += (i == 0 ? "" : ", ") + written(row[i], types_[i]);
    statement_ += ")";
  }

  void flush() {
    if (statement_.empty()) return;
    session_.attempt(doing_, [&] {
      soci::statement statement(session_.soci());
      for (const double& value : values_) statement.exchange(soci::use(value));
      statement.alloc();
      statement.prepare(statement_, soci::details::st_one_time_query);
      statement.define_and_bind();
      statement.execute(true);
    });
    statement_.clear();
    values_.clear();
  }

 private:
  std::string written(const Cell& cell, CellType column);

  Session& session_;
  std::string insert_;
  std::vector<CellType> types_;
  std::string doing_;
  std::string statement_;
  std::deque<double> values_;  // that stand as `?` in the statement, which points to them
};

std::string Inserts::written(const Cell& cell, CellType column) {
  if (type_of(cell) == CellType::nothing) return "NULL";
  // SQLite loses the last bits of some numbers that it reads as texts.
  if (column == CellType::real && !session_.is_postgresql()) {
    const double* real = std::get_if<double>(&cell);
    values_.push_back(real != nullptr ? *real : static_cast<double>(std::get<std::int64_t>(cell)));
    return "?";
  }
  std::string text = to_text(cell);
  if (text.find('\0') != std::string::npos) fail("A text holds a byte 0, which no text in a database does.");
  if (column == CellType::money && !session_.is_postgresql()) check_digits(text);
  if (column == CellType::boolean && session_.is_postgresql()) return text == "1" ? "TRUE" : "FALSE";
  if (column == CellType::boolean || column == CellType::whole) return text;
  return database::quoted_text(text);
}

/// Each once, as to_json has it.
std::vector<std::string> distinct_names(std::vector<std::string> names, bool fold_case) {
  const auto folded = [&](std::string name) {
    if (fold_case)
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return name;
  };
  std::unordered_set<std::string> taken;
  for (const std::string& name : names) taken.insert(folded(name));
  std::unordered_set<std::string> seen;
  for (std::size_t i = names.size(); i-- > 0;) {
    if (seen.insert(folded(names[i])).second) continue;
    while (!taken.insert(folded(names[i])).second) names[i].insert(0, "by_");
  }
  return names;
}

void check_name(std::string_view name, const Session& session) {
  constexpr std::size_t longest = 63;
  if (session.is_postgresql() && name.size() > longest)
    fail("The name " + in_quotes(name) + " is longer than the 63 bytes that PostgreSQL keeps.");
}

void check_table(std::string_view name, const Table& table) {
  constexpr std::array<std::string_view, 8> of_a_book{
      "book", "customers", "subscriptions", "invoices", "invoice_lines", "payments", "events", "fx_rates"};
  if (std::find(of_a_book.begin(), of_a_book.end(), name) != of_a_book.end())
    fail("An answer can't be called " + in_quotes(name) +
         ", as a table of the book is. Choose another name.");
  if (table.columns.empty() || table.columns.size() > 1000)
    throw Error(ErrorCode::out_of_range, "A table in a database has from 1 to 1,000 columns.");
  for (const auto& row : table.rows)
    if (row.size() != table.columns.size())
      throw Error(ErrorCode::out_of_range, "A row of the table is not as long as its columns.");
}

/// Drops what an earlier call wrote; what somebody else made is an error.
void make_room(Session& session, const std::string& schema, std::string_view name, const std::string& quoted,
               const std::string& doing) {
  const std::string query = session.is_postgresql()
                                ? "SELECT c.relkind::text, COALESCE(obj_description(c.oid, 'pg_class'), '') "
                                  "FROM pg_catalog.pg_class c "
                                  "WHERE c.oid = to_regclass(" +
                                      database::quoted_text(database::quoted_name(schema, name)) + ")"
                                : "SELECT type, COALESCE(sql, '') FROM " +
                                      (schema.empty() ? std::string{"main"} : database::quoted_name(schema)) +
                                      ".sqlite_master WHERE lower(name) = lower(" +
                                      database::quoted_text(name) + ")";
  const auto found = session.rows_of(query, 2, doing);
  if (found.empty()) return;
  const bool is_table = found[0][0] == "r" || found[0][0] == "table";
  const bool is_ours = session.is_postgresql()
                           ? found[0][1] == note
                           : found[0][1].find("/* " + std::string(note) + " */") != std::string::npos;
  if (!is_table || !is_ours)
    fail("There is a table or view " + in_quotes(name) + " in " + session.shown() +
         " that was not written by this library. It stays as it is; choose another name, or drop it "
         "yourself.");
  session.run("DROP TABLE " + quoted, doing);
}

}  // namespace

void write_table_sql(const DatabaseUrl& url, std::string_view name, const Table& table,
                     const SqlWriteOptions& options) {
  check_table(name, table);
  const std::string quoted = database::quoted_name(options.schema, name);
  Session session(url, database::Access::write, options.lock_timeout);
  const std::string doing = "Writing " + in_quotes(name);
  check_name(name, session);

  const std::vector<std::string> names = distinct_names(table.columns, !session.is_postgresql());
  std::vector<CellType> types(names.size(), CellType::nothing);
  for (const auto& row : table.rows)
    for (std::size_t i = 0; i < row.size(); ++i) types[i] = common_type(types[i], type_of(row[i]));

  std::string definition;
  for (std::size_t i = 0; i < names.size(); ++i) {
    check_name(names[i], session);
    definition += (i == 0 ? "" : ", ") + database::quoted_name(names[i]) + " " + type_name(types[i]);
  }
  make_room(session, options.schema, name, quoted, doing);
  // SQLite keeps the text of a definition, and with it the note.
  session.run("CREATE TABLE " + quoted + " (" +
                  (session.is_postgresql() ? "" : "/* " + std::string(note) + " */ ") + definition + ")",
              doing);
  if (session.is_postgresql())
    session.run("COMMENT ON TABLE " + quoted + " IS " + database::quoted_text(note), doing);

  Inserts inserts(session, quoted, types, doing);
  for (const auto& row : table.rows) inserts.add(row);
  inserts.flush();
  session.commit(doing);
}

}  // namespace churn::inline v0

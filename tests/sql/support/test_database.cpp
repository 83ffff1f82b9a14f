#include "sql/support/test_database.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

#include <unistd.h>

#include <churn/book/rejections.hpp>
#include <churn/io/csv.hpp>

#include "sql/soci_headers.hpp"
#include "sql/support/postgresql_server.hpp"

namespace support {

namespace {

int count = 0;

soci::session open(churn::DatabaseKind kind, const std::string& url, const std::string& file) {
  if (kind == churn::DatabaseKind::postgresql) return {soci::postgresql, url};
  return {soci::sqlite3, "db=\"" + file + "\" timeout=10"};
}

/// What a column of each name would be declared as.
std::string type_of(const std::string& column, bool postgresql) {
  const auto ends_with = [&](std::string_view end) {
    return column.size() >= end.size() && column.ends_with(end);
  };
  if (column == "at" || column == "updated_at") return postgresql ? "timestamptz" : "TIMESTAMP";
  if (column == "on" || ends_with("_on") || column == "paused_from" || column == "paused_until" ||
      column == "period_start" || column == "period_end")
    return "date";
  if (column == "amount" || column == "unit_amount" || column == "tax" || column == "value" ||
      column == "rate" || column == "discount_percent" || column == "discount_amount")
    return "numeric";
  if (column == "interval_count") return "integer";
  if (column == "quantity") return "bigint";
  if (column == "excluded") return "boolean";
  if (column == "currency") return postgresql ? "char(3)" : "varchar(3)";
  return column.ends_with("_id") && postgresql ? "varchar(40)" : "text";
}

}  // namespace

PostgresqlServer& shared_server() {
  static PostgresqlServer server;
  return server;
}

struct TestDatabase::Connection {
  soci::session session;
};

TestDatabase::TestDatabase(churn::DatabaseKind kind) : kind_(kind) {
  const std::string number = std::to_string(::getpid()) + "_" + std::to_string(++count);
  if (is_postgresql()) {
    place_ = "test_" + number;
    shared_server().run("CREATE SCHEMA " + place_);
    url_ = shared_server().url("options=-csearch_path%3D" + place_);
  } else {
    place_ = (std::filesystem::temp_directory_path() / ("churn sql " + number + ".db")).string();
    std::filesystem::remove(place_);
    url_ = "sqlite://" + place_;
  }
  connection_.reset(new Connection{open(kind_, url_, place_)});
  run(is_postgresql() ? "SET client_min_messages = error" : "PRAGMA synchronous = OFF");
}

TestDatabase::~TestDatabase() {
  connection_.reset();
  try {
    if (is_postgresql())
      shared_server().run("SET client_min_messages = error; DROP SCHEMA " + place_ + " CASCADE");
    else
      std::filesystem::remove(place_);
  } catch (const std::exception&) {  // the whole server goes soon
  }
}

void TestDatabase::run(const std::string& sql) { connection_->session << sql; }

std::vector<std::string> TestDatabase::rows(const std::string& query) {
  std::vector<std::string> texts;
  for (const soci::row& row : soci::rowset<soci::row>(connection_->session.prepare << query)) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i)
      text += (i == 0 ? "" : "|") +
              (row.get_indicator(i) == soci::i_null ? std::string{"NULL"} : row.get<std::string>(i));
    texts.push_back(text);
  }
  return texts;
}

std::vector<double> TestDatabase::numbers(const std::string& query) {
  std::vector<double> values(10'000);
  connection_->session << query, soci::into(values);
  return values;
}

void TestDatabase::make_table(const std::string& name, const std::vector<std::string>& columns,
                              const std::string& further) {
  std::string list;
  for (const std::string& column : columns)
    list += (list.empty() ? "\"" : ", \"") + column + "\" " + type_of(column, is_postgresql());
  run("CREATE TABLE " + name + " (" + list + (further.empty() ? "" : ", " + further) + ")");
}

void TestDatabase::insert(const std::string& table, const std::vector<std::string>& columns,
                          const std::vector<std::vector<std::string>>& rows) {
  std::string names;
  for (const std::string& column : columns) names += (names.empty() ? "\"" : ", \"") + column + "\"";
  std::string statement;
  for (const auto& row : rows) {
    statement += statement.empty() ? "INSERT INTO " + table + " (" + names + ") VALUES (" : ", (";
    for (std::size_t i = 0; i < columns.size(); ++i)
      statement += (i == 0 ? "" : ", ") + (row[i].empty() ? std::string{"NULL"} : support::quoted(row[i]));
    statement += ")";
    if (statement.size() < 100'000) continue;
    run(statement);
    statement.clear();
  }
  if (!statement.empty()) run(statement);
}

void TestDatabase::load_folder(const std::string& folder) {
  for (const char* name :
       {"customers", "subscriptions", "invoices", "invoice_lines", "payments", "events", "fx_rates"}) {
    std::ifstream in(folder + "/" + name + ".csv", std::ios::binary);
    if (!in) continue;
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    churn::Rejections rejections;
    churn::CsvReader csv(text, name, rejections);
    std::vector<std::vector<std::string>> rows;
    for (churn::CsvRow row; csv.next(row);) rows.emplace_back(row.fields.begin(), row.fields.end());
    make_table(name, csv.header());
    insert(name, csv.header(), rows);
  }
}

std::string quoted(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'') literal += c;
    literal += c;
  }
  return literal + "'";
}

}  // namespace support

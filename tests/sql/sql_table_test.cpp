#include <churn/sql/sql_table.hpp>

#include <churn/core/error.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "sql/support/both_databases.hpp"

namespace churn {
namespace {

class SqlTable : public support::OnBothDatabases {
 protected:
  std::string refusal(std::string_view name, const Table& table, ErrorCode code = ErrorCode::unreadable,
                      const SqlWriteOptions& options = {}) {
    try {
      write_table_sql(url(), name, table, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
  }
  /// The declared types of a table's columns.
  std::vector<std::string> types_of(const std::string& table) {
    return database().rows(
        is_postgresql() ? "SELECT format_type(atttypid, atttypmod)::text FROM pg_attribute WHERE attrelid = "
                          "to_regclass(" +
                              support::quoted("\"" + table + "\"") + ") AND attnum > 0 ORDER BY attnum"
                        : "SELECT lower(type) FROM pragma_table_info(" + support::quoted(table) + ")");
  }
};
INSTANTIATE_TEST_SUITE_P(Databases, SqlTable, support::both_kinds(), support::name_of);

const Currency usd{"USD"};

TEST_P(SqlTable, has_a_type_for_each_kind_of_cell) {
  const Table table{{"label", "count", "rate", "mixed", "on", "mrr", "complete", "none"},
                    {{std::string("pro"),
                      std::int64_t{-3},
                      0.1,
                      std::int64_t{2},
                      Date::of(2024, 2, 29),
                      Money{-1250, usd},
                      true,
                      {}},
                     {std::monostate{}, std::monostate{}, std::nan(""), 0.5, {}, {}, {}, {}},
                     {std::string("é'; --"), INT64_MAX, 1e300, {}, {}, Money{7, usd}, false, {}}}};
  write_table_sql(url(), "rates", table);
  EXPECT_EQ(types_of("rates"),
            (std::vector<std::string>{"text", "bigint", "double precision", "double precision", "date",
                                      "numeric", "boolean", "text"}));
  const std::string as_text = is_postgresql() ? "::text" : " || ''";
  const auto rows = database().rows("SELECT label, count" + as_text + ", rate" + as_text + ", mixed" +
                                    as_text + ", \"on\"" + as_text + ", mrr" + as_text + ", complete" +
                                    as_text + ", none FROM rates ORDER BY count IS NULL, count");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0], is_postgresql() ? "pro|-3|0.1|2|2024-02-29|-12.50|true|NULL"
                                     : "pro|-3|0.1|2.0|2024-02-29|-12.5|1|NULL");
  EXPECT_EQ(rows[1], is_postgresql() ? "é'; --|9223372036854775807|1e+300|NULL|NULL|0.07|false|NULL"
                                     : "é'; --|9223372036854775807|1.0e+300|NULL|NULL|0.07|0|NULL");
  EXPECT_EQ(rows[2], is_postgresql() ? "NULL|NULL|NULL|0.5|NULL|NULL|NULL|NULL"
                                     : "NULL|NULL|NULL|0.5|NULL|NULL|NULL|NULL");
}

TEST_P(SqlTable, replaces_what_it_wrote_and_nothing_else) {
  write_table_sql(url(), "answer", {{"a"}, {{std::int64_t{1}}, {std::int64_t{2}}}});
  write_table_sql(url(), "answer", {{"b"}, {{std::string("x")}}});
  EXPECT_EQ(database().rows("SELECT * FROM answer"), std::vector<std::string>{"x"});

  database().run("CREATE TABLE users (name text)");
  database().run("INSERT INTO users VALUES ('Ann')");
  EXPECT_NE(refusal("users", {{"b"}, {}}).find("was not written by this library"), std::string::npos);
  EXPECT_EQ(database().rows("SELECT * FROM users"), std::vector<std::string>{"Ann"});
  database().run("CREATE VIEW seen AS SELECT * FROM users");
  (void)refusal("seen", {{"b"}, {}});
  (void)refusal("customers", {{"b"}, {}});
  EXPECT_EQ(database().rows("SELECT * FROM seen"), std::vector<std::string>{"Ann"});
}

TEST_P(SqlTable, keeps_the_old_rows_if_the_new_ones_can_not_be_written) {
  write_table_sql(url(), "answer", {{"a"}, {{std::string("old")}}});
  const Table bad{{"a"}, {{std::string("new")}, {std::string("with a \0 in it", 13)}}};
  EXPECT_NE(refusal("answer", bad).find("byte 0"), std::string::npos);
  EXPECT_EQ(database().rows("SELECT a FROM answer"), std::vector<std::string>{"old"});
  // A view on it is somebody's.
  if (is_postgresql()) {
    database().run("CREATE VIEW dashboard AS SELECT * FROM answer");
    EXPECT_NE(refusal("answer", {{"a"}, {}}).find("other objects depend on it"), std::string::npos);
    EXPECT_EQ(database().rows("SELECT a FROM dashboard"), std::vector<std::string>{"old"});
  }
}

TEST_P(SqlTable, takes_any_name) {
  const std::string name = "Robert'); DROP TABLE \"x\" :y; --";
  write_table_sql(url(), name,
                  {{name, "size", "size"}, {{std::string(":z"), std::int64_t{1}, std::int64_t{2}}}});
  write_table_sql(url(), name,
                  {{name, "size", "size"}, {{std::string(":z"), std::int64_t{1}, std::int64_t{2}}}});
  const std::string quoted = "\"Robert'); DROP TABLE \"\"x\"\" :y; --\"";
  EXPECT_EQ(database().rows("SELECT " + quoted + " FROM " + quoted + " WHERE by_size = 1 AND size = 2"),
            std::vector<std::string>{":z"});
}

TEST_P(SqlTable, refuses_names_and_shapes_that_no_table_has) {
  (void)refusal("", {{"a"}, {}});
  (void)refusal("t", {{""}, {}});
  (void)refusal(std::string_view("a\0b", 3), {{"a"}, {}});
  (void)refusal("t", {{}, {}}, ErrorCode::out_of_range);
  (void)refusal("t", {{"a"}, {{}}}, ErrorCode::out_of_range);
  if (is_postgresql()) {
    (void)refusal(std::string(64, 'n'), {{"a"}, {}});
    (void)refusal("t", {{std::string(64, 'n')}, {}});
  }
}

TEST_P(SqlTable, keeps_every_bit_of_a_double) {
  Table table{{"n", "value"}, {}};
  std::vector<double> values{0.1,     1.0 / 3, 1e-300, 5e-324,    1.7976931348623157e308, 123456789.123456789,
                             -2.5e-8, 1e22,    1e23,   0.1 + 0.2, 9007199254740993.0};
  std::uint64_t state = 1;  // any bits that are a number
  for (int i = 0; i < 2000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    double value = 0;
    std::memcpy(&value, &state, sizeof value);
    if (std::isfinite(value)) values.push_back(value);
  }
  for (std::size_t i = 0; i < values.size(); ++i)
    table.rows.push_back({static_cast<std::int64_t>(i), values[i]});
  write_table_sql(url(), "bits", table);
  const std::vector<double> read = database().numbers("SELECT value FROM bits ORDER BY n");
  ASSERT_EQ(read.size(), values.size());
  std::size_t differ = 0;
  for (std::size_t i = 0; i < values.size(); ++i) differ += read[i] == values[i] ? 0U : 1U;
  EXPECT_EQ(differ, 0U);
}

TEST_P(SqlTable, writes_many_rows) {
  Table table{{"n", "mrr"}, {}};
  for (std::int64_t i = 0; i < 20000; ++i) table.rows.push_back({i, Money{i, usd}});
  write_table_sql(url(), "many", table);
  EXPECT_EQ(database().rows("SELECT CAST(count(*) AS text) FROM many WHERE round(mrr * 100) = n"),
            std::vector<std::string>{"20000"});
}

TEST_P(SqlTable, waits_for_a_lock_from_0_seconds_to_a_day) {
  for (const std::chrono::seconds patience : {std::chrono::seconds{-1}, std::chrono::seconds{90'000}})
    EXPECT_NE(refusal("rates", {}, ErrorCode::out_of_range, {.lock_timeout = patience}), "");
}

TEST_P(SqlTable, refuses_amounts_that_a_number_of_sqlite_does_not_hold) {
  const Table table{{"mrr"}, {{Money{1234567890123456789, usd}}}};
  if (!is_postgresql()) {
    (void)refusal("answer", table, ErrorCode::out_of_range);
    return;
  }
  write_table_sql(url(), "answer", table);
  EXPECT_EQ(database().rows("SELECT mrr::text FROM answer"),
            std::vector<std::string>{"12345678901234567.89"});
}

TEST(SqlTableOfSqlite, makes_the_file_that_is_not_there) {
  const auto file = std::filesystem::temp_directory_path() / "churn_sql_new_file.db";
  std::filesystem::remove(file);
  write_table_sql("sqlite://" + file.string(), "answer", {{"a"}, {{std::int64_t{1}}}});
  EXPECT_TRUE(std::filesystem::exists(file));
  std::filesystem::remove(file);
  EXPECT_THROW(write_table_sql("sqlite:///no/such/folder/x.db", "answer", {{"a"}, {}}), Error);
}

}  // namespace
}  // namespace churn

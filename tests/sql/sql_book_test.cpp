#include <churn/sql/sql_book.hpp>

#include <churn/churn.hpp>
#include <churn/io/book_folder.hpp>
#include <churn/io/book_writer.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "sql/soci_headers.hpp"
#include "sql/support/both_databases.hpp"

namespace churn {
namespace {

using support::OnBothDatabases;

class SqlBook : public OnBothDatabases {};
INSTANTIATE_TEST_SUITE_P(Databases, SqlBook, support::both_kinds(), support::name_of);

std::string sentence_of_error(const DatabaseUrl& url, const SqlReadOptions& options = {},
                              ErrorCode code = ErrorCode::unreadable) {
  try {
    (void)read_book_sql(url, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

testing::AssertionResult says(const std::string& sentence, const std::string& words) {
  if (sentence.find(words) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << '"' << sentence << "\" does not say \"" << words << '"';
}

/// The files of a book, each with its rows in order.
std::map<std::string, std::vector<std::string>> sorted_files(const LoadedBook& book) {
  std::map<std::string, std::vector<std::string>> files;
  for (const auto& [name, text] : write_book_files(book)) {
    std::vector<std::string>& lines = files[name];
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::sort(lines.begin() + 1, lines.end());
  }
  return files;
}

std::string sample_folder() { return std::string(CHURN_SOURCE_DIR) + "/examples/sample_book"; }

/// Codes, rows and fields of what was found.
std::vector<std::string> found_in(const LoadedBook& book) {
  std::vector<std::string> found;
  for (const Rejection& r : book.rejections.entries())
    found.push_back(std::string(rejection_name(r.code)) + " " + r.source + " " + std::to_string(r.row) + " " +
                    r.field);
  return found;
}

const std::vector<std::string> phase_columns{"subscription_id", "customer_id", "plan",     "starts_on",
                                             "ends_on",         "amount",      "currency", "interval"};

// ---- the same book

TEST_P(SqlBook, is_to_the_tick_that_of_the_folder_it_was_loaded_from) {
  database().load_folder(sample_folder());
  database().run("CREATE TABLE book (currency text, time_zone text)");
  database().run("INSERT INTO book VALUES ('USD', 'UTC0')");
  const LoadedBook folder = read_book_folder(sample_folder());
  const LoadedBook sql = read_book_sql(url());

  EXPECT_EQ(found_in(sql), found_in(folder));
  EXPECT_EQ(sql.conventions, folder.conventions);
  EXPECT_EQ(sql.records.event_count(), folder.records.event_count());
  const auto files = sorted_files(sql);
  const auto expected = sorted_files(folder);
  for (const auto& [name, lines] : expected) EXPECT_TRUE(files.at(name) == lines) << name;
  EXPECT_EQ(files.size(), expected.size());

  const Date as_of = Date::of(2025, 1, 1);
  const Book a = Book::build(folder.records, as_of, folder.conventions).book;
  const Book b = Book::build(sql.records, as_of, sql.conventions).book;
  const PeriodGrid grid = months(Date::of(2022, 1, 1), as_of);
  const Analyzer of_folder{a};
  const Analyzer of_sql{b};
  EXPECT_EQ(to_csv(movements_table(of_sql.mrr_movements(grid, by::plan), true)),
            to_csv(movements_table(of_folder.mrr_movements(grid, by::plan), true)));
  EXPECT_EQ(to_csv(of_sql.churn_rates(grid).table()), to_csv(of_folder.churn_rates(grid).table()));
}

TEST_P(SqlBook, does_not_depend_on_how_many_rows_come_at_once) {
  database().make_table("events", {"customer_id", "at", "kind"});
  database().make_table("subscriptions", phase_columns);
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < 50; ++i)  // mostly of one customer, and many alike
    rows.push_back({i % 7 == 0 ? "c" + std::to_string(i) : "same",
                    "2024-01-0" + std::to_string(1 + i % 3) + " 10:00:00", i % 2 == 0 ? "login" : "nps"});
  database().insert("events", {"customer_id", "at", "kind"}, rows);
  const auto expected = sorted_files(read_book_sql(url()));
  EXPECT_EQ(expected.at("events.csv").size(), 51U);
  for (const std::size_t page : {2U, 3U, 7U, 49U, 50U, 51U}) {
    const LoadedBook book = read_book_sql(url(), {.page_rows = page});
    EXPECT_EQ(sorted_files(book), expected) << page;
  }
}

TEST_P(SqlBook, reads_views_as_tables) {
  database().run("CREATE TABLE accounts (id bigint, plan_name text, price_cents bigint, began date)");
  database().run(
      "INSERT INTO accounts VALUES (17, 'pro', 4905, '2024-01-31'), (18, 'basic', 1200, '2024-02-01')");
  database().run(
      "CREATE VIEW subscriptions AS SELECT id AS subscription_id, id AS customer_id, plan_name AS plan, "
      "began AS starts_on, NULL AS ends_on, price_cents / 100.0 AS amount, 'USD' AS currency, "
      "'month' AS \"interval\" FROM accounts");
  const LoadedBook book = read_book_sql(url());
  EXPECT_TRUE(book.rejections.empty());
  const auto files = write_book_files(book);
  EXPECT_TRUE(says(files.at("subscriptions.csv"), "17,17,pro,2024-01-31,,49.05,USD,month"));
  EXPECT_TRUE(says(files.at("subscriptions.csv"), "18,18,basic,2024-02-01,,12,USD,month"));
}

// ---- types

TEST_P(SqlBook, reads_every_type_of_column_exactly) {
  if (is_postgresql()) database().run("CREATE TYPE kind_of_plan AS ENUM ('pro');");
  database().run(
      is_postgresql()
          ? "CREATE TABLE subscriptions (subscription_id uuid, customer_id bigint, plan kind_of_plan, "
            "starts_on timestamp, ends_on timestamptz, amount double precision, currency char(3), "
            "\"interval\" "
            "varchar(10), interval_count smallint, quantity numeric(10,2), discount_percent real, "
            "discount_amount money, term_ends_on date)"
          : "CREATE TABLE subscriptions (subscription_id blob, customer_id integer, plan varchar, starts_on "
            "timestamp, ends_on datetime, amount double, currency char(3), \"interval\" clob, interval_count "
            "smallint, quantity numeric(10,2), discount_percent real, discount_amount, term_ends_on date)");
  database().run(
      "INSERT INTO subscriptions VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 42, 'pro', "
      "'2024-01-31 00:00:00', '2024-03-01T02:30:00+05:00', 1234.07, 'USD', 'month', 3, 2.00, 12.5, 3.25, "
      "NULL)");
  const LoadedBook book = read_book_sql(url());
  EXPECT_EQ(found_in(book), std::vector<std::string>{});
  EXPECT_TRUE(says(
      write_book_files(book).at("subscriptions.csv"),
      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,42,pro,2024-01-31,2024-02-29,1234.07,USD,month,3,2,12.5,3.25"));
}

TEST_P(SqlBook, takes_instants_for_days_of_the_books_time_zone) {
  database().run("CREATE TABLE book (time_zone text)");
  database().run("INSERT INTO book VALUES ('EST-05')");
  database().make_table("subscriptions", phase_columns);
  database().run(is_postgresql() ? "CREATE TABLE customers (customer_id text, signed_up_on timestamptz)"
                                 : "CREATE TABLE customers (customer_id text, signed_up_on datetime)");
  database().insert("customers", {"customer_id", "signed_up_on"},
                    {{"a", "2024-05-06T03:00:00Z"}, {"b", "2024-05-06T06:00:00Z"}});
  EXPECT_EQ(write_book_files(read_book_sql(url())).at("customers.csv"),
            "customer_id,signed_up_on,name,excluded,merged_into\na,2024-05-05,,,\nb,2024-05-06,,,\n");
}

TEST_P(SqlBook, reads_doubles_by_their_shortest_decimal_and_rejects_what_is_none) {
  database().make_table("subscriptions", phase_columns);
  database().run(is_postgresql() ? "CREATE TABLE fx_rates (\"on\" date, currency text, rate double precision)"
                                 : "CREATE TABLE fx_rates (\"on\" date, currency text, rate double)");
  database().run(
      "INSERT INTO fx_rates VALUES ('2024-01-01', 'EUR', 1.1), ('2024-01-02', 'EUR', 0.00001), "
      "('2024-01-03', 'EUR', 123456789012), ('2024-01-04', 'EUR', 0.1 + 0.2), ('2024-01-05', 'EUR', 1e300), "
      "('2024-01-06', 'EUR', 0.1234567890123456)");
  if (is_postgresql())
    database().run(
        "INSERT INTO fx_rates VALUES ('2024-01-07', 'EUR', 'NaN'), ('2024-01-08', 'EUR', 'Infinity')");
  const LoadedBook book = read_book_sql(url());
  EXPECT_TRUE(says(write_book_files(book).at("fx_rates.csv"),
                   "2024-01-01,EUR,1.1\n2024-01-02,EUR,0.00001\n2024-01-03,EUR,123456789012\n"));
  // SQLite adds 0.1 and 0.2 as it finds them; PostgreSQL adds decimals before they become a double.
  std::vector<std::string> expected{"out_of_range fx_rates 5 rate", "out_of_range fx_rates 6 rate"};
  if (is_postgresql())
    expected.insert(expected.end(), {"bad_number fx_rates 7 rate", "bad_number fx_rates 8 rate"});
  else
    expected.insert(expected.begin(), "out_of_range fx_rates 4 rate");
  EXPECT_EQ(found_in(book), expected);
}

TEST_P(SqlBook, has_booleans_as_flags_and_as_attributes) {
  database().make_table("subscriptions", phase_columns);
  database().run("CREATE TABLE customers (customer_id text, excluded boolean, vip boolean, seats real)");
  database().run(is_postgresql()
                     ? "INSERT INTO customers VALUES ('a', true, false, 1.5), ('b', NULL, true, 2)"
                     : "INSERT INTO customers VALUES ('a', 1, 'false', 1.5), ('b', NULL, 'true', 2)");
  EXPECT_EQ(write_book_files(read_book_sql(url())).at("customers.csv"),
            "customer_id,signed_up_on,name,excluded,merged_into,seats,vip\na,,,1,,1.5,false\nb,,,,,2,true\n");
}

TEST(SqlBookOfPostgresql, takes_an_infinite_end_for_none) {
  if (!support::PostgresqlServer::programs()) GTEST_SKIP() << "PostgreSQL is not installed.";
  support::TestDatabase database(DatabaseKind::postgresql);
  database.make_table("subscriptions", phase_columns);
  database.insert("subscriptions", phase_columns,
                  {{"s1", "c1", "pro", "2024-01-01", "infinity", "10", "USD", "month"},
                   {"s2", "c1", "pro", "-infinity", "", "10", "USD", "month"},
                   {"s3", "c1", "pro", "0044-03-15 BC", "", "10", "USD", "month"}});
  const LoadedBook book = read_book_sql(database.url());
  EXPECT_EQ(book.records.phase_count(), 1U);
  EXPECT_EQ(found_in(book), (std::vector<std::string>{"bad_date subscriptions 2 starts_on",
                                                      "bad_date subscriptions 3 starts_on"}));
}

TEST(SqlBookOfPostgresql, does_not_depend_on_the_settings_of_the_user) {
  if (!support::PostgresqlServer::programs()) GTEST_SKIP() << "PostgreSQL is not installed.";
  support::TestDatabase database(DatabaseKind::postgresql);
  database.load_folder(sample_folder());
  const std::string odd = database.url() +
                          "%20-cdatestyle%3DSQL%2CDMY%20-ctimezone%3DAsia%2FTokyo%20-cextra_float_digits%3D-5"
                          "%20-cstandard_conforming_strings%3Doff";
  EXPECT_EQ(sorted_files(read_book_sql(odd)), sorted_files(read_book_sql(database.url())));
}

TEST_P(SqlBook, orders_texts_by_their_bytes_whatever_the_collation) {
  const std::string collation = is_postgresql() ? "\"und-x-icu\"" : "NOCASE";
  database().make_table("subscriptions", phase_columns);
  database().run("CREATE TABLE customers (customer_id text COLLATE " + collation + ", excluded text)");
  database().insert("customers", {"customer_id", "excluded"},
                    {{"b", ""}, {"B", ""}, {"a", ""}, {"C", "x"}, {"é", ""}});
  const LoadedBook book = read_book_sql(url(), {.page_rows = 2});
  EXPECT_EQ(found_in(book), std::vector<std::string>{"bad_flag customers 2 excluded"});  // B, C, a, b, é
  EXPECT_EQ(write_book_files(book).at("customers.csv"),
            "customer_id,signed_up_on,name,excluded,merged_into\nB,,,,\na,,,,\nb,,,,\né,,,,\n");
}

// ---- names

TEST_P(SqlBook, keeps_names_that_look_like_sql) {
  const std::string name = "Robert'); DROP TABLE customers; --";
  database().make_table("subscriptions", phase_columns);
  database().run("CREATE TABLE customers (customer_id text, name text, \"a \"\"b\"\" :c; --\" text)");
  database().insert("customers", {"customer_id", "name", "a \"\"b\"\" :c; --"},
                    {{name, name, ":x \\ \"y\""}});
  const LoadedBook book = read_book_sql(url());
  EXPECT_EQ(write_book_files(book).at("customers.csv"),
            "customer_id,signed_up_on,name,excluded,merged_into,\"a \"\"b\"\" :c; --\"\n" + name + ",," +
                name + ",,,\":x \\ \"\"y\"\"\"\n");
  EXPECT_EQ(database().rows("SELECT customer_id FROM customers"), std::vector<std::string>{name});
}

// ---- settings

TEST_P(SqlBook, reads_its_settings_from_one_row) {
  database().make_table("subscriptions", phase_columns);
  database().run("CREATE TABLE book (currency text, records_from date, conventions text)");
  database().run("INSERT INTO book VALUES ('EUR', '2024-02-01', 'stripe')");
  LoadedBook book = read_book_sql(url());
  EXPECT_EQ(book.conventions.name, "stripe");
  EXPECT_EQ(book.conventions.book.currency, Currency{"EUR"});
  EXPECT_EQ(book.records.records_from(), Date::of(2024, 2, 1));

  database().run("INSERT INTO book VALUES ('EUR', '2024-02-01', 'stripe')");
  EXPECT_TRUE(says(sentence_of_error(url()), "The table book has 2 rows. It takes one."));
  database().run("DELETE FROM book");
  EXPECT_EQ(read_book_sql(url()).conventions, Conventions{});
  database().run("INSERT INTO book VALUES (NULL, NULL, '{\"base\": ')");
  EXPECT_TRUE(says(sentence_of_error(url()), "book, conventions: "));
}

// ---- what is not right

TEST_P(SqlBook, rejects_rows_by_table_and_place) {
  database().make_table("subscriptions", phase_columns);
  database().insert("subscriptions", phase_columns,
                    {{"s2", "c1", "pro", "2024-01-01", "", "10", "XXQ", "month"},
                     {"s1", "c1", "pro", "2024-01-01", "", "10", "USD", "fortnight"},
                     {"s3", "", "pro", "2024-01-01", "", "10", "USD", "month"},
                     {"s4", "c1", "pro", "2024-01-01", "", "10", "USD", "month"}});
  database().make_table("payments", {"invoice_id", "at", "status", "colour"});
  database().run("CREATE TABLE events (customer_id text)");
  const LoadedBook book = read_book_sql(url());
  EXPECT_EQ(found_in(book),
            (std::vector<std::string>{"unknown_interval subscriptions 1 interval",
                                      "unknown_currency subscriptions 2 currency",
                                      "missing_value subscriptions 3 customer_id",
                                      "unknown_invoice payments 0 ", "missing_column events 0 at"}));
  EXPECT_EQ(book.records.phase_count(), 1U);
  EXPECT_TRUE(
      says(sentence_of_error(url(), {.strict = true}), "subscriptions, row 1, interval: \"fortnight\""));
}

TEST_P(SqlBook, needs_the_tables_and_columns_of_a_book) {
  EXPECT_TRUE(says(sentence_of_error(url()), "holds no book. It needs a table or view called subscriptions"));
  database().run("CREATE TABLE subscriptions (subscription_id text)");
  const std::string sentence = sentence_of_error(url());
  EXPECT_TRUE(says(sentence, "subscriptions: The columns \"customer_id\", \"plan\""));
  EXPECT_TRUE(says(sentence_of_error(url(), {.schema = "elsewhere"}),
                   is_postgresql() ? "in the schema \"elsewhere\"" : ""));
}

TEST_P(SqlBook, joins_lines_and_payments_to_invoices) {
  database().make_table("invoices", {"invoice_id", "customer_id", "issued_on", "currency", "status"});
  database().make_table("invoice_lines",
                        {"invoice_id", "amount", "plan", "interval", "period_start", "period_end"});
  database().make_table("payments", {"invoice_id", "at", "status"});
  database().insert("invoices", {"invoice_id", "customer_id", "issued_on", "currency", "status"},
                    {{"i1", "c1", "2024-01-01", "USD", "paid"}});
  database().insert("invoice_lines",
                    {"invoice_id", "amount", "plan", "interval", "period_start", "period_end"},
                    {{"i1", "10.50", "pro", "month", "2024-01-01", "2024-02-01"},
                     {"i2", "10", "pro", "month", "2024-01-01", "2024-02-01"}});
  database().insert("payments", {"invoice_id", "at", "status"},
                    {{"i1", "2024-01-01T00:00:00Z", "succeeded"}});
  const LoadedBook book = read_book_sql(url());
  EXPECT_EQ(book.records.invoice_count(), 1U);
  EXPECT_EQ(found_in(book), std::vector<std::string>{"unknown_invoice invoice_lines 2 invoice_id"});
  const auto files = write_book_files(book);
  EXPECT_TRUE(says(files.at("invoice_lines.csv"), "10.50"));
  EXPECT_TRUE(says(files.at("payments.csv"), "2024-01-01T00:00:00Z,succeeded"));
}

TEST(SqlBookOfSqlite, rejects_bytes_that_are_no_text) {
  support::TestDatabase database(DatabaseKind::sqlite);
  database.make_table("subscriptions", phase_columns);
  database.run("CREATE TABLE customers (customer_id text, name text)");
  database.run(
      "INSERT INTO customers VALUES ('a', CAST(x'ff' AS TEXT)), ('b', 'x' || char(0) || 'y'), ('c', 'z')");
  const LoadedBook book = read_book_sql(database.url());
  EXPECT_EQ(found_in(book),
            (std::vector<std::string>{"invalid_utf8 customers 1 name", "nul_byte customers 2 name"}));
}

TEST(SqlBookOfSqlite, says_what_is_wrong_with_a_file) {
  EXPECT_TRUE(
      says(sentence_of_error("sqlite:///no/such/file.db"), "There is no file sqlite:///no/such/file.db."));
  EXPECT_FALSE(std::filesystem::exists("/no/such/file.db"));
  EXPECT_TRUE(says(sentence_of_error("sqlite:///tmp"), "is a folder"));
  const auto file = std::filesystem::temp_directory_path() / "churn_sql_no_database.db";
  std::ofstream(file) << std::string(5000, 'x');
  EXPECT_TRUE(says(sentence_of_error("sqlite://" + file.string()), "the file is not a SQLite database"));
  std::filesystem::remove(file);
}

TEST_P(SqlBook, does_not_wait_for_a_lock_for_ever) {
  database().make_table("subscriptions", phase_columns);
  if (is_postgresql()) {
    database().run("BEGIN");
    database().run("LOCK TABLE subscriptions IN ACCESS EXCLUSIVE MODE");
  } else {
    database().run("BEGIN EXCLUSIVE");
  }
  // To PostgreSQL a wait of 0 would be one for ever.
  for (const int seconds : {1, 0})
    EXPECT_TRUE(says(sentence_of_error(url(), {.lock_timeout = std::chrono::seconds{seconds}}),
                     "is locked by another program"));
  database().run("ROLLBACK");
  EXPECT_EQ(read_book_sql(url()).records.phase_count(), 0U);
}

TEST_P(SqlBook, sees_one_moment_however_long_it_reads) {
  database().make_table("subscriptions", phase_columns);
  database().make_table("events", {"customer_id", "at", "kind"});
  if (!is_postgresql()) database().run("PRAGMA journal_mode = WAL");
  std::vector<std::vector<std::string>> rows(20, {"s", "c", "pro", "2024-01-01", "", "10", "USD", "month"});
  database().insert("subscriptions", phase_columns, rows);
  bool written = false;
  const auto write = [&](double /*done*/) {
    if (!written)
      database().insert("events", {"customer_id", "at", "kind"}, {{"c", "2024-01-01T00:00:00Z", "login"}});
    written = true;
    return true;
  };
  const LoadedBook book = read_book_sql(url(), {.page_rows = 5, .progress = write});
  EXPECT_TRUE(written);
  EXPECT_EQ(book.records.event_count(), 0U);
  EXPECT_EQ(read_book_sql(url()).records.event_count(), 1U);
}

TEST_P(SqlBook, tells_how_far_it_is_and_ends_when_it_is_told_to) {
  database().make_table("subscriptions", phase_columns);
  database().insert(
      "subscriptions", phase_columns,
      std::vector<std::vector<std::string>>(20, {"s", "c", "pro", "2024-01-01", "", "10", "USD", "month"}));
  std::vector<double> told;
  (void)read_book_sql(url(), {.page_rows = 5, .progress = [&](double done) {
                                told.push_back(done);
                                return true;
                              }});
  EXPECT_EQ(told, (std::vector<double>{0.25, 0.5, 0.75, 1}));
  (void)sentence_of_error(url(), {.progress = [](double) { return false; }}, ErrorCode::cancelled);
  (void)sentence_of_error(url(), {.page_rows = 1}, ErrorCode::out_of_range);
}

// ---- a server

class SqlBookServer : public testing::Test {
 protected:
  void SetUp() override {
    if (!support::PostgresqlServer::programs()) GTEST_SKIP() << "PostgreSQL is not installed.";
  }
};

TEST_F(SqlBookServer, refuses_a_wrong_password_without_repeating_it) {
  const support::PostgresqlServer& server = support::shared_server();
  const std::string sentence = sentence_of_error(server.url_by_port("wr0ng/pass@word"));
  EXPECT_TRUE(says(sentence, "password authentication failed"));
  EXPECT_TRUE(says(sentence, "PGPASSWORD or ~/.pgpass"));
  EXPECT_EQ(sentence.find("wr0ng"), std::string::npos) << sentence;
  EXPECT_EQ(sentence.find("word@"), std::string::npos) << sentence;
  // The right one gets as far as the tables.
  EXPECT_TRUE(
      says(sentence_of_error(server.url_by_port(support::PostgresqlServer::password())), "holds no book"));
}

TEST_F(SqlBookServer, takes_the_password_from_the_environment) {
  const support::PostgresqlServer& server = support::shared_server();
  EXPECT_TRUE(says(sentence_of_error(server.url_by_port("")), "no password supplied"));
  ::setenv("PGPASSWORD", support::PostgresqlServer::password().c_str(), 1);
  EXPECT_TRUE(says(sentence_of_error(server.url_by_port("")), "holds no book"));
  ::unsetenv("PGPASSWORD");
}

TEST_F(SqlBookServer, says_when_there_is_none) {
  const std::string sentence = sentence_of_error("postgresql://churn:s3cret@127.0.0.1:1/shop");
  EXPECT_TRUE(says(sentence, "postgresql://churn@127.0.0.1:1/shop can't be opened"));
  EXPECT_TRUE(says(sentence, "Connection refused"));
  EXPECT_EQ(sentence.find("s3cret"), std::string::npos);
  EXPECT_TRUE(
      says(sentence_of_error(support::shared_server().url("dbname=nowhere")), "\"nowhere\" does not exist"));
}

TEST_F(SqlBookServer, says_which_right_is_missing) {
  support::TestDatabase database(DatabaseKind::postgresql);
  database.make_table("subscriptions", phase_columns);
  database.run("DROP ROLE IF EXISTS stranger");
  database.run("CREATE ROLE stranger LOGIN");
  const std::string schema = database.rows("SELECT current_schema()::text").front();
  database.run("GRANT USAGE ON SCHEMA " + schema + " TO stranger");
  EXPECT_TRUE(says(sentence_of_error(database.url() + "&user=stranger"),
                   "permission denied for table subscriptions"));
  database.run("REVOKE ALL ON SCHEMA " + schema + " FROM stranger");
  database.run("DROP ROLE stranger");
}

TEST_F(SqlBookServer, that_ends_a_connection_leaves_nothing_half_read) {
  support::TestDatabase database(DatabaseKind::postgresql);
  database.load_folder(sample_folder());
  bool ended = false;
  const auto end = [&](double done) {
    if (done < 0.3 || ended) return true;
    ended = true;
    database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'libchurn'");
    return true;
  };
  EXPECT_TRUE(says(sentence_of_error(database.url(), {.page_rows = 500, .progress = end}),
                   "the connection was lost. Nothing was kept of it; try again."));
  EXPECT_TRUE(ended);
}

TEST_F(SqlBookServer, that_dies_in_the_middle_leaves_nothing_half_read) {
  support::PostgresqlServer server;
  server.run(
      "CREATE TABLE subscriptions (subscription_id text, customer_id text, plan text, starts_on date, "
      "ends_on "
      "date, amount numeric, currency text, \"interval\" text)");
  server.run(
      "INSERT INTO subscriptions SELECT 's' || n, 'c' || n, 'pro', '2024-01-01', NULL, 10, 'USD', 'month' "
      "FROM "
      "generate_series(1, 20000) AS n");
  LoadedBook book = read_book_sql(server.url());  // what a host has already
  const auto before = write_book_files(book);
  bool killed = false;
  const auto kill = [&](double done) {
    if (done > 0.4 && !killed) server.kill();
    killed = killed || done > 0.4;
    return true;
  };
  try {
    book = read_book_sql(server.url(), {.page_rows = 1000, .progress = kill});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unreadable);
    EXPECT_TRUE(says(error.what(), "the connection was lost"));
  }
  EXPECT_TRUE(killed);
  EXPECT_EQ(write_book_files(book), before);
}

}  // namespace
}  // namespace churn

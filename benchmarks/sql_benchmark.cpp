// How fast is a book read out of a database, and what of that is the database's, what SOCI's, what ours?
//
//   churn-sql-benchmark sqlite:///tmp/bench.db --rows 1000000            makes the tables if they are not there
//   churn-sql-benchmark postgresql://user@host/empty_database --rows 1000000
//
// The book has so many phases, a tenth as many customers, and twice as many events. Each line is the best of some
// runs, in rows of the three tables together a second:
//
//   read_book_sql        everything: sorted by the database, sent, made into records
//   rows as texts        the same queries through SOCI, and nothing made of the texts
//   count(*)             the database passes over its tables and sends nothing: a bound from below
//   read_book_folder     the same rows out of CSV files, on one thread: what making records costs
//
// Beside them one may run COPY and `sqlite3 -csv`, which no reader of texts can be faster than:
//
//   time psql -c "COPY (SELECT * FROM events ORDER BY customer_id) TO STDOUT CSV" … > /dev/null
//   time sqlite3 -csv bench.db "SELECT * FROM events ORDER BY customer_id" > /dev/null
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>

#include <churn/io/book_folder.hpp>
#include <churn/io/book_writer.hpp>
#include <churn/sql/sql_book.hpp>

#include "sql/book_reader.hpp"

namespace {

using churn::DatabaseKind;
using churn::DatabaseUrl;

void make_tables(const DatabaseUrl& url, long rows) {
  churn::database::Session session(url, churn::database::Access::write, std::chrono::seconds{10});
  const std::string doing = "Making tables";
  const bool postgresql = session.is_postgresql();
  const std::string numbers =
      postgresql ? "generate_series(1::bigint, " + std::to_string(rows) + ") AS t(n)"
                 : "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < " +
                       std::to_string(rows) + ") SELECT n FROM c)";
  const std::string day = postgresql ? "date '2020-01-01' + (n * 7919 % 1700)::int"
                                     : "date('2020-01-01', '+' || (n * 7919 % 1700) || ' days')";
  const std::string instant =
      postgresql ? "timestamptz '2020-01-01 00:00Z' + (n * 7919 % 100000000) * interval '1 second'"
                 : "datetime('2020-01-01', '+' || (n * 7919 % 100000000) || ' seconds')";
  session.run(
      "CREATE TABLE customers (customer_id text PRIMARY KEY, signed_up_on date, name text, country text)",
      doing);
  session.run(
      "CREATE TABLE subscriptions (subscription_id text, customer_id text, plan text, starts_on date, "
      "ends_on "
      "date, amount numeric(10, 2), currency char(3), \"interval\" text, quantity integer)",
      doing);
  session.run("CREATE TABLE events (customer_id text, at timestamp, kind text)", doing);
  session.run("INSERT INTO customers SELECT 'C' || n, " + day +
                  ", 'Customer ' || n, CASE n % 3 WHEN 0 THEN 'DE' ELSE 'US' END FROM " + numbers +
                  " WHERE n <= " + std::to_string(rows / 10),
              doing);
  session.run("INSERT INTO subscriptions SELECT 'S' || n, 'C' || (n % " + std::to_string(rows / 10) +
                  " + 1), " + "CASE n % 3 WHEN 0 THEN 'basic' WHEN 1 THEN 'pro' ELSE 'enterprise' END, " +
                  day + ", NULL, 10 + n % 90 + 0.5, 'USD', 'month', 1 + n % 9 FROM " + numbers,
              doing);
  for (int twice = 0; twice < 2; ++twice)
    session.run("INSERT INTO events SELECT 'C' || (n % " + std::to_string(rows / 10) + " + 1), " + instant +
                    ", CASE n % 2 WHEN 0 THEN 'login' ELSE 'feature_used' END FROM " + numbers,
                doing);
  session.commit(doing);
}

template <class Work>
double best_of(int runs, Work work) {
  double best = 1e300;
  for (int run = 0; run < runs; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

void print(const std::string& what, double seconds, double rows) {
  std::cout << what << ": " << seconds << " s, " << static_cast<long>(rows / seconds) << " rows/s\n";
}

/// The rows of a table through SOCI, as read_book_sql asks for them.
std::size_t texts_of(churn::database::Session& session, const churn::database::TableShape& shape) {
  std::string list;
  std::string order;
  for (std::size_t i = 0; i < shape.columns.size(); ++i) {
    list += (i == 0 ? "" : ", ") + text_of_column(session, shape.columns[i], false);
    order += (i == 0 ? "" : ", ") + std::to_string(i + 1);
  }
  std::size_t bytes = 0;
  churn::database::RowPages pages(session, "SELECT " + list + " FROM " + shape.quoted + " ORDER BY " + order,
                                  shape.columns.size(), 5000, "Reading " + shape.name);
  while (pages.fetch()) bytes += pages.cell(0, 0).size();
  return bytes;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::cerr << "usage: churn-sql-benchmark URL [--rows N] [--runs N]\n";
    return 2;
  }
  const DatabaseUrl url{argv[1]};
  long rows = 1'000'000;
  int runs = 3;
  for (int i = 2; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--rows") rows = std::atol(argv[i + 1]);
    if (std::string(argv[i]) == "--runs") runs = std::atoi(argv[i + 1]);
  }
  try {
    (void)churn::read_book_sql(url, {.progress = [](double) { return false; }});
  } catch (const churn::Error& error) {
    if (error.code() != churn::ErrorCode::cancelled) make_tables(url, rows);
  }

  const churn::LoadedBook book = churn::read_book_sql(url);
  const auto all = static_cast<double>(book.records.customer_count() + book.records.phase_count() +
                                       book.records.event_count());
  std::cout << all << " rows, rejected " << book.rejections.rejected() << "\n";
  print("read_book_sql", best_of(runs, [&] { (void)churn::read_book_sql(url); }), all);
  print("rows as texts",
        best_of(runs,
                [&] {
                  churn::database::Session session(url, churn::database::Access::read,
                                                   std::chrono::seconds{10});
                  const churn::database::BookTables tables(session, "");
                  for (const auto& [name, shape] : tables.all()) (void)texts_of(session, shape);
                }),
        all);
  print("count(*)",
        best_of(runs,
                [&] {
                  churn::database::Session session(url, churn::database::Access::read,
                                                   std::chrono::seconds{10});
                  for (const char* table : {"customers", "subscriptions", "events"})
                    (void)session.rows_of("SELECT CAST(count(*) AS TEXT) FROM " + std::string(table), 1,
                                          "Counting");
                }),
        all);
  const auto folder = std::filesystem::temp_directory_path() / "churn_sql_benchmark_folder";
  std::filesystem::remove_all(folder);
  churn::write_book_folder(book, folder);
  print("read_book_folder", best_of(runs, [&] { (void)churn::read_book_folder(folder); }), all);
  std::filesystem::remove_all(folder);
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}

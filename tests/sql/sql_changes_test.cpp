#include <churn/sql/sql_changes.hpp>

#include <churn/churn.hpp>
#include <churn/io/book_writer.hpp>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "sql/support/both_databases.hpp"

namespace churn {
namespace {

using Names = std::vector<std::string>;

const Names stamped_customers{"customer_id", "name", "country", "updated_at"};
const Names stamped_phases{"subscription_id", "customer_id", "plan",     "starts_on", "ends_on",
                           "amount",          "currency",    "interval", "updated_at"};
const Names stamped_invoices{"invoice_id", "customer_id", "issued_on", "currency", "status", "updated_at"};
const Names plain_lines{"invoice_id", "amount", "plan"};
const Names stamped_payments{"invoice_id", "at", "status", "updated_at"};
const Names stamped_events{"customer_id", "at", "kind", "updated_at"};
const Names plain_rates{"on", "currency", "rate"};

class SqlChangesRead : public support::OnBothDatabases {
 protected:
  void make_tables() {
    database().make_table("customers", stamped_customers);
    database().make_table("subscriptions", stamped_phases);
    database().make_table("invoices", stamped_invoices);
    database().make_table("invoice_lines", plain_lines);
    database().make_table("payments", stamped_payments);
    database().make_table("events", stamped_events);
    database().make_table("fx_rates", plain_rates);
  }
  void add_phase(const std::string& id, const std::string& customer, const std::string& plan,
                 const std::string& starts_on, const std::string& stamp) {
    database().insert("subscriptions", stamped_phases,
                      {{id, customer, plan, starts_on, "", "10", "USD", "month", stamp}});
  }
  void add_event(const std::string& customer, const std::string& at, const std::string& stamp) {
    database().insert("events", stamped_events, {{customer, at, "login", stamp}});
  }
};
INSTANTIATE_TEST_SUITE_P(Databases, SqlChangesRead, support::both_kinds(), support::name_of);

/// All that records hold, as the sorted rows of files. (An attribute that nobody has any more stays known to a live book.)
std::map<std::string, Names> rows_in(const Records& records) {
  LoadedBook book;
  book.records = records;
  std::map<std::string, Names> files;
  for (const auto& [name, text] : write_book_files(book)) {
    Names& lines = files[name];
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    if (lines.size() == 1) files.erase(name);  // a header alone
  }
  return files;
}

std::vector<std::string> ids_of(const std::vector<CustomerId>& customers) {
  std::vector<std::string> ids;
  for (const CustomerId& id : customers) ids.push_back(id.text());
  return ids;
}

SqlChangesOptions overlapping(long seconds) { return {.read = {}, .overlap = std::chrono::seconds{seconds}}; }

ErrorCode refusal_of(const DatabaseUrl& url, const SqlWatermark& since, const SqlChangesOptions& options = {},
                     std::string* sentence = nullptr) {
  try {
    (void)read_changes_sql(url, since, options);
  } catch (const Error& error) {
    if (sentence != nullptr) *sentence = error.what();
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::cancelled;
}

TEST_P(SqlChangesRead, begin_with_everything) {
  make_tables();
  add_phase("s1", "a", "pro", "2024-01-01", "2024-01-01T10:00:00Z");
  add_event("b", "2024-01-02T10:00:00Z", "2024-01-03T10:00:00Z");
  const SqlChanges all = read_changes_sql(url(), {});
  EXPECT_EQ(ids_of(all.changes.removed_customers), (Names{"a", "b"}));
  EXPECT_EQ(all.changes.subscriptions.size(), 1U);
  EXPECT_EQ(all.changes.events.size(), 1U);
  EXPECT_EQ(all.next, current_watermark_sql(url()));
  EXPECT_EQ(all.next.text.substr(0, 19), "2024-01-03T10:00:00");
}

TEST_P(SqlChangesRead, give_all_of_each_customer_that_was_touched) {
  make_tables();
  add_phase("s1", "a", "basic", "2024-01-01", "2024-01-01T10:00:00Z");
  add_phase("s2", "b", "basic", "2024-01-01", "2024-01-01T10:00:00Z");
  add_event("a", "2024-01-02T10:00:00Z", "2024-01-02T10:00:00Z");
  database().insert("invoices", stamped_invoices,
                    {{"i1", "a", "2024-01-01", "USD", "open", "2024-01-01T10:00:00Z"}});
  const SqlWatermark since = current_watermark_sql(url());
  add_phase("s1", "a", "pro", "2024-02-01", "2024-02-01T10:00:00Z");
  const SqlChanges news = read_changes_sql(url(), since, overlapping(0));
  EXPECT_EQ(ids_of(news.changes.removed_customers), Names{"a"});
  ASSERT_EQ(news.changes.subscriptions.size(), 1U);
  EXPECT_EQ(news.changes.subscriptions[0].phases.size(), 2U);
  EXPECT_EQ(news.changes.invoices.size(), 1U);
  EXPECT_EQ(news.changes.events.size(), 1U);

  // By a payment of an invoice that says nothing itself.
  database().insert("payments", stamped_payments,
                    {{"i1", "2024-03-01T10:00:00Z", "succeeded", "2024-03-01T10:00:00Z"}});
  const SqlChanges paid = read_changes_sql(url(), news.next, {.overlap = std::chrono::seconds{1}});
  EXPECT_EQ(ids_of(paid.changes.removed_customers), Names{"a"});
  ASSERT_EQ(paid.changes.invoices.size(), 1U);
  EXPECT_EQ(paid.changes.invoices[0].payments.size(), 1U);
}

TEST_P(SqlChangesRead, include_what_is_as_old_as_the_watermark_and_nothing_older) {
  make_tables();
  add_event("a", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00.250Z");
  const SqlWatermark since = current_watermark_sql(url());
  add_event("tie", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00.250Z");
  add_event("older", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00.249Z");
  EXPECT_EQ(ids_of(read_changes_sql(url(), since, overlapping(0)).changes.removed_customers),
            (Names{"a", "tie"}));
  // A transaction that began before it was read and ended after.
  add_event("late", "2024-01-01T10:00:00Z", "2024-01-01T09:56:00Z");
  EXPECT_EQ(ids_of(read_changes_sql(url(), since, overlapping(300)).changes.removed_customers),
            (Names{"a", "late", "older", "tie"}));
  EXPECT_EQ(read_changes_sql(url(), since, overlapping(300)).next, since);
}

TEST_P(SqlChangesRead, count_rows_without_an_instant_as_changed) {
  make_tables();
  add_event("a", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z");
  add_event("unknown", "2023-01-01T10:00:00Z", "");
  const SqlWatermark since{is_postgresql() ? "2024-02-01T00:00:00.000000Z" : "2024-02-01T00:00:00.000Z"};
  EXPECT_EQ(ids_of(read_changes_sql(url(), since).changes.removed_customers), Names{"unknown"});
}

TEST_P(SqlChangesRead, never_run_ahead_of_the_clock) {
  make_tables();
  add_event("a", "2024-01-01T10:00:00Z", "2999-01-01T10:00:00Z");
  EXPECT_LT(current_watermark_sql(url()).text, "2999");
  const SqlChanges news = read_changes_sql(url(), {});
  EXPECT_LT(news.next.text, "2999");
  EXPECT_EQ(ids_of(read_changes_sql(url(), news.next).changes.removed_customers), Names{"a"});
}

TEST_P(SqlChangesRead, follow_a_column_of_another_name_and_type) {
  database().run(
      "CREATE TABLE subscriptions (subscription_id text, customer_id bigint, plan text, starts_on date, "
      "ends_on date, "
      "amount numeric, currency text, \"interval\" text, \"Changed\" " +
      std::string(is_postgresql() ? "timestamp" : "integer") + ")");
  const auto add = [&](const std::string& customer, const std::string& stamp) {
    database().run("INSERT INTO subscriptions VALUES ('s" + customer + "', " + customer +
                   ", 'pro', '2024-01-01', NULL, 10, 'USD', 'month', " + stamp + ")");
  };
  add("7", is_postgresql() ? "'2024-01-01 10:00:00'" : "1704103200");
  const SqlChangesOptions options{.read = {.updated_at = is_postgresql() ? "Changed" : "changed"},
                                  .overlap = std::chrono::seconds{0}};
  const SqlWatermark since = current_watermark_sql(url(), options.read);
  EXPECT_EQ(since.text.substr(0, 19), "2024-01-01T10:00:00");
  add("8", is_postgresql() ? "'2024-01-01 10:00:01'" : "1704103201");
  add("9", is_postgresql() ? "'2024-01-01 09:59:59'" : "1704103199");
  const SqlChanges news = read_changes_sql(url(), since, options);
  EXPECT_EQ(ids_of(news.changes.removed_customers), (Names{"7", "8"}));
  EXPECT_TRUE(news.rejections.empty());
}

TEST_P(SqlChangesRead, say_which_tables_can_not_be_followed) {
  database().make_table("subscriptions", {stamped_phases.begin(), stamped_phases.end() - 1});
  std::string sentence;
  EXPECT_EQ(refusal_of(url(), {}, {}, &sentence), ErrorCode::unreadable);
  EXPECT_NE(sentence.find("has a column \"updated_at\""), std::string::npos) << sentence;
  database().make_table("customers", stamped_customers);
  const SqlChanges news = read_changes_sql(url(), {});
  ASSERT_EQ(news.rejections.count(RejectionCode::absent_column), 1U);
  EXPECT_EQ(news.rejections.entries()[0].source, "subscriptions");
  EXPECT_EQ(news.rejections.rejected(), 0U);
}

TEST_P(SqlChangesRead, refuse_what_they_can_not_say) {
  make_tables();
  add_phase("s1", "a", "basic", "2024-01-01", "2024-01-01T10:00:00Z");
  add_phase("s1", "b", "pro", "2024-02-01", "2024-02-01T10:00:00Z");
  std::string sentence;
  EXPECT_EQ(refusal_of(url(), {}, {}, &sentence), ErrorCode::unreadable);
  EXPECT_NE(sentence.find("The subscription \"s1\" has phases of \"a\" and of \"b\""), std::string::npos)
      << sentence;
  for (const char* text :
       {"yesterday", "2024-01-01", "2024-01-01'; DROP TABLE--Z", "2024-13-01T00:00:00.000Z"})
    EXPECT_EQ(refusal_of(url(), {text}), ErrorCode::bad_date) << text;
  EXPECT_EQ(refusal_of(url(), {}, overlapping(-1)), ErrorCode::out_of_range);
}

TEST_P(SqlChangesRead, tell_ids_apart_that_the_database_takes_for_one) {
  database().run("CREATE TABLE subscriptions (subscription_id text, customer_id text" +
                 std::string(is_postgresql() ? "" : " COLLATE NOCASE") +
                 ", plan text, starts_on date, ends_on date, amount numeric, currency text, \"interval\" "
                 "text, updated_at " +
                 (is_postgresql() ? "timestamptz" : "timestamp") + ")");
  const std::string robert = "Robert'); DROP TABLE subscriptions; --";
  add_phase("s1", "a", "pro", "2024-01-01", "2024-01-01T10:00:00Z");
  add_phase("s2", "A", "pro", "2024-01-01", "2024-02-01T10:00:00Z");
  add_phase("s3", robert, "pro", "2024-01-01", "2024-02-01T10:00:00Z");
  const SqlWatermark since{is_postgresql() ? "2024-02-01T10:00:00.000000Z" : "2024-02-01T10:00:00.000Z"};
  const SqlChanges news = read_changes_sql(url(), since, overlapping(0));
  EXPECT_EQ(ids_of(news.changes.removed_customers), (Names{"A", robert}));
  EXPECT_EQ(news.changes.subscriptions.size(), 2U);
  EXPECT_EQ(database().rows("SELECT CAST(count(*) AS text) FROM subscriptions"), Names{"3"});
}

// ---- the property

int some(int low, int high) { return *rc::gen::resize(100, rc::gen::inRange(low, high)); }

/// A billing system that writes into a database, each row stamped by its clock or up to the overlap before it.
class RandomWriter {
 public:
  explicit RandomWriter(support::TestDatabase& database) : database_(&database) {
    for (const char* table :
         {"customers", "subscriptions", "invoices", "invoice_lines", "payments", "events", "fx_rates"})
      database.run("DELETE FROM " + std::string(table));
  }

  void write() {
    clock_ += std::chrono::seconds{some(0, 600)};
    for (int n = some(1, 4); n > 0; --n) write_one();
  }

 private:
  void write_one() {
    switch (some(0, 7)) {
      case 0: return customer();
      case 1: return subscription();
      case 2: return event();
      case 3: return invoice();
      case 4: return payment();
      case 5: return lost_subscription();
      default: return rate();
    }
  }
  [[nodiscard]] static std::string a_customer() { return "c" + std::to_string(some(0, 4)); }
  [[nodiscard]] static std::string a_day() { return Date::from_days(19723 + some(0, 200)).to_string(); }
  [[nodiscard]] std::string stamp() const {
    std::string text = Timestamp::from_seconds(clock_.count() - some(0, 299)).to_string();
    text.back() = '.';
    return text + std::to_string(some(100, 1000)) + "Z";
  }
  void customer_row(const std::string& id) {
    database_->run("DELETE FROM customers WHERE customer_id = '" + id + "'");
    database_->insert("customers", stamped_customers,
                      {{id, "n" + std::to_string(some(0, 3)), some(0, 2) == 0 ? "DE" : "US", stamp()}});
  }
  void customer() { customer_row(a_customer()); }
  void subscription() {
    const std::string id = "s" + std::to_string(some(0, 4));
    const std::string customer = a_customer();  // perhaps another one than before
    database_->run("DELETE FROM subscriptions WHERE subscription_id = '" + id + "'");
    for (int n = some(1, 4); n > 0; --n)
      database_->insert(
          "subscriptions", stamped_phases,
          {{id, customer, some(0, 2) == 0 ? "pro" : "basic", some(0, 12) == 0 ? "" : a_day(),
            some(0, 2) == 0 ? a_day() : "", std::to_string(some(1, 50)) + ".50", "USD", "month", stamp()}});
  }
  void event() {
    database_->insert("events", stamped_events, {{a_customer(), a_day() + "T08:00:00Z", "login", stamp()}});
  }
  void invoice() {
    const std::string id = "i" + std::to_string(some(0, 3));
    database_->run("DELETE FROM invoices WHERE invoice_id = '" + id + "'");
    database_->run("DELETE FROM invoice_lines WHERE invoice_id = '" + id + "'");
    database_->insert("invoices", stamped_invoices,
                      {{id, a_customer(), a_day(), "USD", some(0, 2) == 0 ? "open" : "paid", stamp()}});
    for (int n = some(0, 3); n > 0; --n)
      database_->insert("invoice_lines", plain_lines, {{id, std::to_string(some(1, 9)), "pro"}});
  }
  void payment() {
    database_->insert("payments", stamped_payments,
                      {{"i" + std::to_string(some(0, 3)), a_day() + "T09:00:00Z", "failed", stamp()}});
  }
  /// Rows that go leave a trace in another row of their customer.
  void lost_subscription() {
    const std::string id = "s" + std::to_string(some(0, 4));
    for (const std::string& customer : database_->rows(
             "SELECT DISTINCT customer_id FROM subscriptions WHERE subscription_id = '" + id + "'"))
      customer_row(customer);
    database_->run("DELETE FROM subscriptions WHERE subscription_id = '" + id + "'");
  }
  void rate() {
    const std::string day = a_day();
    database_->run("DELETE FROM fx_rates WHERE \"on\" = '" + day + "'");
    database_->insert("fx_rates", plain_rates, {{day, "EUR", "1." + std::to_string(some(1, 9))}});
  }

  support::TestDatabase* database_;
  std::chrono::seconds clock_{1704103200};
};

TEST_P(SqlChangesRead, make_of_a_book_the_one_that_is_read_anew) {
  make_tables();
  const bool good = rc::check("a book followed by changes equals the book read anew", [&] {
    RandomWriter writer(database());
    for (int n = some(0, 6); n > 0; --n) writer.write();
    Date today = Date::of(2024, 4, 1);
    SqlWatermark since = current_watermark_sql(url());
    if (some(0, 3) == 0) writer.write();  // between the watermark and the book
    LiveBook live{Book::build(read_book_sql(url()).records, today).book};
    const PeriodGrid grid = months(Date::of(2024, 1, 1), Date::of(2024, 9, 1));
    LiveCube cube{live, grid, by::plan};
    for (int round = some(1, 4); round > 0; --round) {
      for (int n = some(0, 3); n > 0; --n) writer.write();
      today = today + std::chrono::days{some(0, 40)};
      const SqlChanges news =
          read_changes_sql(url(), since, {.read = {.page_rows = 3}, .overlap = std::chrono::seconds{300}});
      live.apply(news.changes, today);
      if (some(0, 2) == 0) live.apply(news.changes, today);  // twice
      if (some(0, 4) != 0) since = news.next;                // or from the old watermark again
      const Book anew = Book::build(read_book_sql(url()).records, today).book;
      RC_ASSERT(rows_in(live.book().records()) == rows_in(anew.records()));
      RC_ASSERT(cube.cube() == MovementCube::fold(anew, grid, by::plan));
    }
  });
  EXPECT_TRUE(good);
}

}  // namespace
}  // namespace churn

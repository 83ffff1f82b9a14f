// The billing system of examples/sqlite_billing: what libchurn answers from its views, against queries on its own tables
// that know nothing of libchurn, and against figures made by hand.
#include <churn/churn.hpp>
#include <churn/sql/sql_book.hpp>

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "sql/soci_headers.hpp"

namespace churn {
namespace {

namespace fs = std::filesystem;

const Date end_of_june = Date::of(2024, 7, 1);

int run_billing(const fs::path& file) {
  return std::system((CHURN_SQLITE_BILLING " '" CHURN_SOURCE_DIR "/examples/sqlite_billing' '" +
                      file.string() + "' >/dev/null 2>&1")
                         .c_str());
}

class SqliteBilling : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = fs::temp_directory_path() / ("churn billing " + std::to_string(::getpid()));
    fs::create_directories(folder);
    ran = run_billing(folder / "billing.db");
  }
  static void TearDownTestSuite() { fs::remove_all(folder); }

  void SetUp() override {
    ASSERT_EQ(ran, 0);
    sql_.open(soci::sqlite3, "db=\"" + (folder / "billing.db").string() + "\"");
  }

  [[nodiscard]] static Book book() {
    const LoadedBook loaded = read_book_sql("sqlite://" + (folder / "billing.db").string());
    BuiltBook built = Book::build(loaded.records, end_of_june, loaded.conventions);
    EXPECT_EQ(loaded.rejections.rejected() + built.rejections.rejected(), 0U);
    return std::move(built.book);
  }
  std::int64_t number(const std::string& query) {
    long long value = 0;
    sql_ << query, soci::into(value);
    return value;
  }
  /// Who has a contract on a day, tests aside.
  static std::string present_on(Date day) {
    return "SELECT c.account_id FROM contracts c JOIN accounts a ON a.id = c.account_id WHERE NOT "
           "a.is_internal AND "
           "c.started_on <= '" +
           day.to_string() + "' AND COALESCE(c.ended_on, '9999') > '" + day.to_string() + "'";
  }
  /// Cents a month, of contracts that are not paused.
  static std::string mrr_on(Date day) {
    const std::string on = "'" + day.to_string() + "'";
    return "SELECT SUM(p.cents * t.seats / p.months) FROM contracts c JOIN accounts a ON a.id = c.account_id "
           "JOIN contract_terms t ON t.contract_id = c.id JOIN prices p ON p.id = t.price_id "
           "WHERE NOT a.is_internal AND c.started_on <= " +
           on + " AND COALESCE(c.ended_on, '9999') > " + on + " AND t.effective_on <= " + on +
           " AND NOT EXISTS (SELECT 1 FROM contract_terms l WHERE l.contract_id = c.id AND l.effective_on "
           "<= " +
           on +
           " AND l.effective_on > t.effective_on) AND c.id NOT IN (SELECT contract_id FROM pauses WHERE "
           "from_on <= " +
           on + " AND until_on > " + on + ")";
  }

  static fs::path folder;
  static int ran;
  soci::session sql_;
};
fs::path SqliteBilling::folder;
int SqliteBilling::ran = -1;

TEST_F(SqliteBilling, has_the_mrr_and_customers_that_its_own_tables_have_at_every_months_close) {
  const MovementCube cube = MovementCube::fold(book(), months(Date::of(2024, 1, 1), end_of_june));
  for (std::size_t month = 0; month < cube.grid().size(); ++month) {
    const MovementCell& cell = cube.at(0, month);
    const Date close = cube.grid()[month].last() - std::chrono::days{1};
    EXPECT_EQ(cell.closing, number(mrr_on(close)) * ticks_per_minor_unit_a_month) << close.to_string();
    EXPECT_EQ(cell.closing_customers,
              number("SELECT COUNT(DISTINCT account_id) FROM (" + present_on(close) + ")"))
        << close.to_string();
    if (month == 0) continue;  // nobody was there on the day before
    const Date opening = cube.grid()[month].first() - std::chrono::days{1};
    EXPECT_EQ(cell.churned_customers,
              number("SELECT COUNT(*) FROM (" + present_on(opening) + " EXCEPT " + present_on(close) + ")"))
        << close.to_string();
  }
}

TEST_F(SqliteBilling, has_the_june_that_was_made_by_hand) {
  // Opening: 3 starters besides Heron and Moss at 20 (Aspen, Ember, Iris), Heron and Moss at 20, Birch, Garnet and Juniper
  // at 50, Cobalt 3 x 50, Delta 2 x 480 a year.
  const MovementCube cube = MovementCube::fold(book(), months(Date::of(2024, 6, 1), end_of_june));
  const MovementCell& june = cube.at(0, 0);
  const auto dollars = [](std::int64_t amount) { return amount * 100 * ticks_per_minor_unit_a_month; };
  EXPECT_EQ(june.opening, dollars(5 * 20 + 3 * 50 + 150 + 80));
  EXPECT_EQ(june.new_, dollars(24));              // Kestrel
  EXPECT_EQ(june.reactivation, dollars(24));      // Fjord
  EXPECT_EQ(june.expansion, dollars(30));         // Heron, 20 to 50
  EXPECT_EQ(june.contraction, dollars(50 + 20));  // Cobalt, 3 seats to 2; Iris pauses
  EXPECT_EQ(june.churn, dollars(50 + 20 + 50));   // Juniper, Ember, Garnet
  EXPECT_EQ(june.closing, dollars(368));
  EXPECT_EQ(june.opening_customers, 10);
  EXPECT_EQ(june.closing_customers, 9);
}

TEST_F(SqliteBilling, knows_of_each_departure_why) {
  std::map<std::string, std::string> found;
  const Book known = book();
  for (const ListedDeparture& gone : departure_list(known))
    found[known.customer_name(*known.find(gone.customer))] =
        std::string(departure_type_name(gone.type)) + " " + gone.reason;
  EXPECT_EQ(found, (std::map<std::string, std::string>{{"Fjord Travel", "completed season_over"},
                                                       {"Juniper Events", "completed project_finished"},
                                                       {"Ember Gym", "involuntary card_expired"},
                                                       {"Garnet Books", "voluntary too_expensive"}}));
}

TEST_F(SqliteBilling, has_in_arrears_whoever_has_an_invoice_that_is_not_paid) {
  std::map<std::string, std::int64_t> owed;
  for (const ArrearsEntry& entry : arrears(book()).entries)
    for (const Money& amount : entry.owed) owed[entry.customer_id.text()] += amount.minor_units();
  std::map<std::string, std::int64_t> expected;
  const soci::rowset<soci::row> rows =
      (sql_.prepare
       << "SELECT CAST(c.account_id AS TEXT), i.cents FROM billing_invoices i JOIN contracts c ON "
          "c.id = i.contract_id WHERE i.state <> 'paid'");
  for (const soci::row& row : rows) expected[row.get<std::string>(0)] += row.get<int>(1);
  EXPECT_EQ(owed, expected);
  EXPECT_EQ(owed.size(), 2U);
}

TEST_F(SqliteBilling, charged_what_was_agreed) {
  // An invoice of every month of service that was not paused, at the price and seats of its first day.
  EXPECT_EQ(number("SELECT COUNT(*) FROM billing_invoices i JOIN contracts c ON c.id = i.contract_id WHERE "
                   "c.account_id = "
                   "(SELECT id FROM accounts WHERE name = 'Iris Optics')"),
            3);  // March, April, May
  EXPECT_EQ(number("SELECT SUM(cents) FROM billing_invoices i JOIN contracts c ON c.id = i.contract_id WHERE "
                   "c.account_id = "
                   "(SELECT id FROM accounts WHERE name = 'Cobalt Studio')"),
            5 * 15000 + 10000);
  EXPECT_EQ(number("SELECT COUNT(*) FROM charges WHERE decline_code IS NOT NULL"),
            3 + 1 + 1);  // Ember, Birch, Moss
  EXPECT_EQ(number("SELECT COUNT(*) FROM billing_invoices i WHERE state = 'paid' AND NOT EXISTS (SELECT 1 "
                   "FROM charges "
                   "WHERE invoice_id = i.id AND decline_code IS NULL AND cents = i.cents)"),
            0);
}

TEST_F(SqliteBilling, replaces_no_file_of_anybody_else) {
  const fs::path letter = folder / "letter.txt";
  std::ofstream(letter) << "Dear customer";
  EXPECT_NE(run_billing(letter), 0);
  std::ifstream in(letter);
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{in}, {}}), "Dear customer");
  EXPECT_EQ(run_billing(folder / "again.db"), 0);
  EXPECT_EQ(run_billing(folder / "again.db"), 0);
}

}  // namespace
}  // namespace churn

#include <churn/io/book_writer.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <churn/io/book_folder.hpp>
#include <churn/io/book_json.hpp>

#include "io/stored_records.hpp"
#include "support/domain_objects.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

LoadedBook read_back(const std::map<std::string, std::string>& files) {
  BookFiles views;
  for (const auto& [name, text] : files) views.emplace(name, text);
  return read_book_files(views, {.strict = true});
}

// Values of the two books, row by row.
std::vector<Customer> customers_of(const LoadedBook& book) {
  std::vector<Customer> all;
  for (std::size_t i = 0; i < book.records.customer_count(); ++i)
    all.push_back(reading::stored_customer(book.records.storage(), i));
  return all;
}
std::vector<Subscription> phases_of(const LoadedBook& book) {
  const Records::Storage& storage = book.records.storage();
  std::vector<Subscription> all;
  for (std::size_t i = 0; i < book.records.phase_count(); ++i)
    all.push_back({SubscriptionId{storage.subscription_ids.text(storage.phases.subscription[i])},
                   CustomerId{storage.customer_ids.text(storage.phases.customer[i])},
                   {reading::stored_phase(storage, i)}});
  return all;
}
std::vector<Invoice> invoices_of(const LoadedBook& book) {
  std::vector<Invoice> all;
  for (const auto& [invoice, row] : book.records.storage().invoices) all.push_back(invoice);
  return all;
}
std::vector<Event> events_of(const LoadedBook& book) {
  std::vector<Event> all;
  for (std::size_t i = 0; i < book.records.event_count(); ++i)
    all.push_back(reading::stored_event(book.records.storage(), i));
  return all;
}
std::vector<FxRate> rates_of(const LoadedBook& book) {
  std::vector<FxRate> all;
  for (const auto& [rate, row] : book.records.storage().fx_rates) all.push_back(rate);
  return all;
}

void check_same(const LoadedBook& a, const LoadedBook& b) {
  RC_ASSERT(customers_of(a) == customers_of(b));
  RC_ASSERT(phases_of(a) == phases_of(b));
  RC_ASSERT(invoices_of(a) == invoices_of(b));
  RC_ASSERT(events_of(a) == events_of(b));
  RC_ASSERT(rates_of(a) == rates_of(b));
  RC_ASSERT(a.conventions == b.conventions);
  RC_ASSERT(a.records.records_from() == b.records.records_from());
}

bool is_column_of_customers(const std::string& name) {
  return std::set<std::string>{"customer_id", "signed_up_on", "name", "excluded", "merged_into"}.contains(
      name);
}

LoadedBook any_book() {
  using namespace domain_objects;
  LoadedBook book;
  Records& records = book.records;
  for (int n = *between(0, 4); n > 0; --n) {
    Customer customer = any_customer();
    std::erase_if(customer.attributes, [](const auto& a) { return is_column_of_customers(a.first); });
    records.add(customer);
  }
  for (int n = *between(0, 4); n > 0; --n) records.add(any_subscription());
  std::set<std::string> ids;
  for (int n = *between(0, 4); n > 0; --n)
    if (const Invoice invoice = any_invoice(); ids.insert(invoice.id.text()).second) records.add(invoice);
  for (int n = *between(0, 4); n > 0; --n) records.add(any_event());
  for (int n = *between(0, 3); n > 0; --n) records.add(any_rate());
  if (one_in(2)) records.set_records_from(any_day());
  if (one_in(2)) book.conventions = support::to_conventions(support::draw_rules());
  if (one_in(2)) book.conventions.book.time_zone = TimeZone{"EST-05EDT,M3.2.0,M11.1.0"};
  if (one_in(3)) book.conventions.book.currency = any_currency();
  return book;
}

RC_GTEST_PROP(BookWriter, what_is_written_reads_back_to_equal_records_without_a_rejection, ()) {
  const LoadedBook book = any_book();
  const auto files = write_book_files(book);
  const LoadedBook again = read_back(files);
  RC_ASSERT(again.rejections.empty());
  check_same(book, again);
  RC_ASSERT(write_book_files(again) == files);
}

RC_GTEST_PROP(BookWriter, a_book_is_the_same_whether_it_went_through_csv_or_json, ()) {
  support::RandomCase random = support::draw_case();
  std::set<std::string> ids;  // of an invoice that comes again files can't tell whose its lines are
  std::erase_if(random.book.invoices, [&](const auto& invoice) { return !ids.insert(invoice.id).second; });
  const LoadedBook book{.records = support::to_records(random.book),
                        .rejections = {},
                        .conventions = support::to_conventions(random.rules)};
  std::ostringstream json;
  write_book_json(json, book.records, book.conventions);
  check_same(read_back(write_book_files(book)), parse_book_json(json.str()));
}

LoadedBook small_book() {
  LoadedBook book;
  book.records.add(Customer{.id = CustomerId{"c1"}, .name = "Lee, \"Ann\"", .attributes = {{"size", "5"}}});
  book.records.add(Subscription{SubscriptionId{"s1"},
                                CustomerId{"c1"},
                                {Phase{.plan = "pro",
                                       .starts_on = Date::of(2024, 1, 1),
                                       .ends_on = {},
                                       .price = {Decimal{45, 4}, Currency{"USD"}}}}});
  return book;
}

TEST(BookWriter, writes_the_tables_that_have_rows_with_all_of_their_columns) {
  const auto files = write_book_files(small_book());
  EXPECT_EQ(files, (std::map<std::string, std::string>{
                       {"book.json", "{\n  \"time_zone\": \"UTC\"\n}\n"},
                       {"customers.csv",
                        "customer_id,signed_up_on,name,excluded,merged_into,size\n"
                        "c1,,\"Lee, \"\"Ann\"\"\",,,5\n"},
                       {"subscriptions.csv",
                        "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval,"
                        "interval_count,quantity,discount_percent,discount_amount,discount_ends_on,"
                        "trial_ends_on,cancel_requested_on,end_reason,paused_from,paused_until,term_ends_on\n"
                        "s1,c1,pro,2024-01-01,,0.0045,USD,month,,,,,,,,,,,\n"}}));
}

TEST(BookWriter, a_book_of_nothing_can_be_read_again) {
  const auto files = write_book_files({});
  EXPECT_EQ(files.size(), 2U);
  EXPECT_EQ(read_back(files).records.phase_count(), 0U);
}

TEST(BookWriter, a_book_of_invoices_has_no_table_of_subscriptions) {
  LoadedBook book;
  book.records.add(Invoice{.id = InvoiceId{"i1"},
                           .customer = CustomerId{"c1"},
                           .issued_on = Date::of(2024, 1, 1),
                           .currency = Currency{"JPY"},
                           .status = InvoiceStatus::open});
  const auto files = write_book_files(book);
  EXPECT_TRUE(files.contains("invoices.csv"));
  EXPECT_TRUE(files.contains("invoice_lines.csv")) << "without it there would be no book to read";
  EXPECT_FALSE(files.contains("payments.csv"));
  EXPECT_FALSE(files.contains("subscriptions.csv"));
  EXPECT_EQ(read_back(files).records.invoice_count(), 1U);
}

std::string error_of_writing(const LoadedBook& book) {
  try {
    (void)write_book_files(book);
  } catch (const Error& error) {
    return std::string(error_name(error.code())) + ": " + error.what();
  }
  return "";
}

TEST(BookWriter, what_the_files_can_not_hold_is_an_error_and_nothing_less) {
  LoadedBook book;
  book.records.add(Customer{.id = CustomerId{"c"}, .attributes = {{"name", "x"}}});
  EXPECT_EQ(error_of_writing(book),
            "unreadable: An attribute can't be called \"name\", as a column of customers.csv is called so.");
  book = {};
  book.records.add(Customer{.id = CustomerId{"\xFF"}});
  EXPECT_EQ(error_of_writing(book), "unreadable: A text is not UTF-8, so CSV can't hold it.");
  book = {};
  book.records.add(Customer{.id = CustomerId{std::string_view("a\0b", 3)}});
  EXPECT_EQ(error_of_writing(book), "unreadable: A text holds a byte 0, so CSV can't hold it.");
  book = {};
  book.records.add(Event{CustomerId{"c"}, Timestamp::from_seconds(0), ""});
  EXPECT_EQ(error_of_writing(book), "unreadable: A row has no kind, without which it can't be read back.");
  book = {};
  book.records.add(FxRate{Date::of(2024, 1, 1), Currency{"EUR"}, Decimal{}});
  EXPECT_EQ(error_of_writing(book), "unreadable: An exchange rate of 0 or below can't be read back.");
}

TEST(BookWriter, two_invoices_of_one_id_with_lines_of_their_own_can_not_be_told_apart) {
  LoadedBook book;
  Invoice invoice{.id = InvoiceId{"i1"},
                  .customer = CustomerId{"c1"},
                  .issued_on = Date::of(2024, 1, 1),
                  .currency = Currency{"USD"},
                  .status = InvoiceStatus::open,
                  .lines = {{.amount = Money{500, Currency{"USD"}}}}};
  book.records.add(invoice);
  invoice.issued_on = Date::of(2024, 2, 1);
  book.records.add(invoice);
  EXPECT_EQ(error_of_writing(book),
            "unreadable: Two invoices are called \"i1\", and files can't tell which lines and payments are "
            "whose.");
  invoice.lines[0].amount = Money{500, Currency{"EUR"}};
  invoice.id = InvoiceId{"i2"};
  book = {};
  book.records.add(invoice);
  EXPECT_EQ(error_of_writing(book), "currency_mismatch: amount is in EUR, its invoice in USD.");
}

class BookWriterFolder : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) / (std::string("churn_writer_") + test->name());
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string error(Overwrite overwrite) const {
    try {
      write_book_folder(small_book(), folder_, overwrite);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  std::filesystem::path folder_;
};

TEST_F(BookWriterFolder, is_made_and_reads_back) {
  write_book_folder(small_book(), folder_ / "deeper");
  EXPECT_EQ(read_book_folder(folder_ / "deeper", {.strict = true}).records.phase_count(), 1U);
}

TEST_F(BookWriterFolder, that_holds_something_is_not_overwritten) {
  write_book_folder(small_book(), folder_);
  const std::string shown = "\"" + folder_.string() + "\"";
  EXPECT_EQ(error(Overwrite::nothing),
            "The folder " + shown + " is not empty. Name a new one, so that nothing is overwritten.");
  std::ofstream(folder_ / "events.csv") << "of an older book";
  EXPECT_EQ(error(Overwrite::a_book), "");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "events.csv")) << "nothing of the older book stays";
  std::ofstream(folder_ / "notes.txt") << "mine";
  EXPECT_EQ(error(Overwrite::a_book),
            "The folder " + shown +
                " holds \"notes.txt\", which is no file of a book, so nothing in it "
                "is overwritten.");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "subscriptions.csv"));
  std::filesystem::remove(folder_ / "notes.txt");
  std::filesystem::remove(folder_ / "book.json");
  EXPECT_EQ(error(Overwrite::a_book),
            "The folder " + shown + " holds files, but no book.json, so it is no book that can be replaced.")
      << "it may be an export";
  std::filesystem::remove_all(folder_);
  std::ofstream(folder_.string()) << "a file";
  EXPECT_EQ(error(Overwrite::a_book), shown + " is a file. Name a folder for the book.");
}

}  // namespace
}  // namespace churn

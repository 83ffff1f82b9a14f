#include <churn/book/book.hpp>
#include <churn/io/book_folder.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "book/records_storage.hpp"

namespace churn {
namespace {

const std::string phase_header =
    "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval";
const std::string good_phase = "s1,c1,pro,2024-01-01,,49.00,USD,month";
const std::string invoice_header = "invoice_id,customer_id,issued_on,currency,status";
const std::string line_header = "invoice_id,amount";

/// A folder of its own for each test, gone afterwards.
class BookFolder : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) / (std::string("churn_book_folder_") + test->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  void write_phases(const std::string& rows) const {
    write("subscriptions.csv", phase_header + "\n" + rows + "\n");
  }

  [[nodiscard]] LoadedBook load() const { return read_book_folder(folder_); }

  /// The error of reading the folder, as `code: sentence`; empty if it is read.
  [[nodiscard]] std::string error(ReadOptions options = {}) const { return error_of(folder_, options); }
  [[nodiscard]] static std::string error_of(const std::filesystem::path& folder, ReadOptions options = {}) {
    try {
      (void)read_book_folder(folder, options);
    } catch (const Error& error) {
      return std::string(error_name(error.code())) + ": " + error.what();
    }
    return "";
  }

  std::filesystem::path folder_;
};

/// `code row field` of each finding.
std::vector<std::string> places(const Rejections& rejections) {
  std::vector<std::string> found;
  for (const Rejection& r : rejections.entries())
    found.push_back(std::string(rejection_name(r.code)) + " " + r.source + " " + std::to_string(r.row) + " " +
                    r.field);
  return found;
}

using Places = std::vector<std::string>;

/// `a1,a2,…`, or a value for each.
std::string list_of(const std::string& name, int count) {
  std::string list;
  for (int i = 1; i <= count; ++i) list += "," + name + std::to_string(i);
  return list;
}

TEST_F(BookFolder, KeepsAThousandAttributesAndRejectsTheOthersOnce) {
  write_phases(good_phase);
  write("customers.csv", "customer_id" + list_of("a", 1002) + "\nc1" + list_of("v", 1002) + "\nc2" +
                             list_of("w", 1002) + "\n");
  const LoadedBook loaded = load();
  EXPECT_EQ(places(loaded.rejections), (Places{"too_many_attributes customers.csv 1 a1001",
                                               "too_many_attributes customers.csv 1 a1002"}));
  EXPECT_EQ(loaded.records.customer_count(), 2U) << "their customers stay";
  EXPECT_EQ(loaded.records.storage().customers.attributes.size(), max_attributes);
}

// Such a file is all header; that its columns are missing was no help to who wrote it.
TEST_F(BookFolder, OfLinesThatEndInCrAloneSaysSo) {
  write("subscriptions.csv", phase_header + "\r" + good_phase + "\r");
  EXPECT_NE(error().find("Lines must end in LF or CRLF, not in CR alone."), std::string::npos) << error();
}

TEST_F(BookFolder, ReadsEveryFieldOfAPhase) {
  write(
      "subscriptions.csv",
      "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval,interval_count,quantity,"
      "discount_percent,discount_ends_on,trial_ends_on,cancel_requested_on,end_reason,paused_from,paused_"
      "until,"
      "term_ends_on\n"
      "s1,c1,pro,2024-01-01,2025-01-01,0.0045,KWD,quarter,2,1000,12.5,2024-03-01,2024-01-15,2024-11-30,price,"
      "2024-05-01,2024-06-01,2024-12-31\n"
      "s2,c2,\"basic, old\",2024-02-01,,12000,JPY,year,,,,,,,,,,\n");
  const LoadedBook book = load();
  EXPECT_TRUE(book.rejections.empty());
  const auto& storage = book.records.storage();
  const PhaseTable& phases = storage.phases;
  ASSERT_EQ(book.records.phase_count(), 2u);
  EXPECT_EQ(storage.subscription_ids.text(phases.subscription[0]), "s1");
  EXPECT_EQ(storage.customer_ids.text(phases.customer[0]), "c1");
  EXPECT_EQ(storage.plans.text(phases.plan[1]), "basic, old");
  EXPECT_EQ(phases.starts_on[0], Date::of(2024, 1, 1).days());
  EXPECT_EQ(phases.ends_on[0], Date::of(2025, 1, 1).days());
  EXPECT_EQ(phases.ends_on[1], no_day);
  EXPECT_EQ(phases.price(0), (Price{Decimal{45, 4}, Currency{"KWD"}}));
  EXPECT_EQ(phases.price(1), (Price{Decimal{12000}, Currency{"JPY"}}));
  EXPECT_EQ(phases.cycle(0), (BillingCycle{BillingInterval::quarter, 2}));
  EXPECT_EQ(phases.cycle(1), (BillingCycle{BillingInterval::year, 1}));
  EXPECT_EQ(phases.quantity[0], 1000);
  EXPECT_EQ(phases.quantity[1], 1);
  EXPECT_EQ(phases.discount_percent[0], (Decimal{125, 1}));
  EXPECT_EQ(phases.discount_percent[1], Decimal{});
  EXPECT_EQ(phases.discount_ends_on[0], Date::of(2024, 3, 1).days());
  EXPECT_EQ(phases.trial_ends_on[0], Date::of(2024, 1, 15).days());
  EXPECT_EQ(phases.cancel_requested_on[0], Date::of(2024, 11, 30).days());
  EXPECT_EQ(storage.texts.text(phases.end_reason[0]), "price");
  EXPECT_EQ(phases.paused_from[0], Date::of(2024, 5, 1).days());
  EXPECT_EQ(phases.paused_until[0], Date::of(2024, 6, 1).days());
  EXPECT_EQ(phases.term_ends_on[0], Date::of(2024, 12, 31).days());
  EXPECT_EQ(phases.term_ends_on[1], no_day);
  EXPECT_EQ(phases.source_row(0), 2);
  EXPECT_EQ(phases.source_row(1), 3);
  EXPECT_EQ(book.records.source(RecordTable::subscriptions), "subscriptions.csv");
}

TEST_F(BookFolder, TheOrderOfColumnsIsFree) {
  write("subscriptions.csv",
        "interval,ends_on,quantity,currency,amount,starts_on,plan,customer_id,subscription_id\n"
        "month,,3,USD,49.00,2024-01-01,pro,c1,s1\n");
  const LoadedBook book = load();
  EXPECT_TRUE(book.rejections.empty());
  const auto& phases = book.records.storage().phases;
  ASSERT_EQ(book.records.phase_count(), 1u);
  EXPECT_EQ(phases.quantity[0], 3);
  EXPECT_EQ(phases.price(0), (Price{Decimal{49}, Currency{"USD"}}));
}

TEST_F(BookFolder, ReadsCustomersWithTheirAttributes) {
  write_phases(good_phase);
  write("customers.csv",
        "\xEF\xBB\xBF"
        "customer_id,industry,signed_up_on,name,excluded,merged_into,,size\r\n"
        "c1,\"retail\nand \"\"more\"\"\",2023-12-31,\"Acme, Inc\",0,,ignored,\r\n"
        "c2,,,,1,c1,,small\r\n");
  const LoadedBook book = load();
  EXPECT_TRUE(book.rejections.empty());
  const auto& storage = book.records.storage();
  const CustomerTable& customers = storage.customers;
  ASSERT_EQ(book.records.customer_count(), 2u);
  EXPECT_EQ(customers.signed_up_on[0], Date::of(2023, 12, 31).days());
  EXPECT_EQ(customers.signed_up_on[1], no_day);
  EXPECT_EQ(storage.texts.text(customers.name[0]), "Acme, Inc");
  EXPECT_EQ(customers.excluded[0], 0);
  EXPECT_EQ(customers.excluded[1], 1);
  EXPECT_EQ(storage.customer_ids.text(customers.merged_into[1]), "c1");
  EXPECT_EQ(customers.merged_into[0], no_index);
  EXPECT_EQ(customers.source_row(1), 3);
  ASSERT_EQ(customers.attributes.size(), 2u);
  const AttributeColumn& industry = customers.attributes[0];
  EXPECT_EQ(industry.name, "industry");
  EXPECT_EQ(industry.values.text(industry.value[0]), "retail\nand \"more\"");
  EXPECT_EQ(industry.value[1], no_index) << "an empty attribute is absent";
  EXPECT_EQ(customers.attributes[1].name, "size");
}

TEST_F(BookFolder, JoinsLinesAndPaymentsToTheirInvoices) {
  write("invoices.csv",
        "invoice_id,customer_id,issued_on,due_on,paid_on,currency,status,subscription_id\n"
        "i1,c1,2024-01-01,2024-01-15,2024-01-10,EUR,paid,s1\n"
        "i2,c2,2024-02-01,,,JPY,void,\n");
  write("invoice_lines.csv",
        "invoice_id,line_id,subscription_id,plan,amount,tax,quantity,unit_amount,interval,interval_count,"
        "period_start,period_end,kind\n"
        "i2,,,,1000,,,,,,,,\n"
        "i1,l1,s1,pro,-10.50,1.99,3,0.00125,month,3,2024-01-01,2024-04-01,proration\n"
        "i1,l2,,,5,,,,year,,,,one_time\n");
  write("payments.csv",
        "invoice_id,at,status,amount,failure_code\n"
        "i1,2024-01-10T12:00:00+02:00,succeeded,12.49,\n"
        "i1,2024-01-09,failed,,card_declined\n");
  const LoadedBook book = load();
  EXPECT_TRUE(book.rejections.empty());
  ASSERT_EQ(book.records.invoice_count(), 2u);
  const Invoice& first = book.records.storage().invoices[0].invoice;
  const Currency eur{"EUR"};
  EXPECT_EQ(book.records.storage().invoices[1].row, 3);
  EXPECT_EQ(first.customer, CustomerId{"c1"});
  EXPECT_EQ(first.due_on, Date::of(2024, 1, 15));
  EXPECT_EQ(first.paid_on, Date::of(2024, 1, 10));
  EXPECT_EQ(first.status, InvoiceStatus::paid);
  EXPECT_EQ(first.subscription, SubscriptionId{"s1"});
  ASSERT_EQ(first.lines.size(), 2u);
  const InvoiceLine& line = first.lines[0];
  EXPECT_EQ(line.id, "l1");
  EXPECT_EQ(line.subscription, SubscriptionId{"s1"});
  EXPECT_EQ(line.plan, "pro");
  EXPECT_EQ(line.amount, (Money{-1050, eur}));
  EXPECT_EQ(line.tax, (Money{199, eur}));
  EXPECT_EQ(line.quantity, 3);
  EXPECT_EQ(line.unit_price, (Price{Decimal{125, 5}, eur}));
  EXPECT_EQ(line.cycle, (BillingCycle{BillingInterval::month, 3}));
  EXPECT_EQ(line.period_start, Date::of(2024, 1, 1));
  EXPECT_EQ(line.period_end, Date::of(2024, 4, 1));
  EXPECT_EQ(line.kind, LineKind::proration);
  EXPECT_EQ(first.lines[1].cycle, (BillingCycle{BillingInterval::year, 1}));
  ASSERT_EQ(first.payments.size(), 2u);
  EXPECT_EQ(first.payments[0].at, Timestamp::parse("2024-01-10T10:00:00Z"));
  EXPECT_EQ(first.payments[0].amount, (Money{1249, eur}));
  EXPECT_EQ(first.payments[1].status, PaymentStatus::failed);
  EXPECT_EQ(first.payments[1].amount, std::nullopt);
  EXPECT_EQ(first.payments[1].failure_code, "card_declined");
  const Invoice& second = book.records.storage().invoices[1].invoice;
  EXPECT_EQ(second.status, InvoiceStatus::void_);
  ASSERT_EQ(second.lines.size(), 1u);
  EXPECT_EQ(second.lines[0].amount, (Money{1000, Currency{"JPY"}}));
  EXPECT_EQ(second.lines[0].kind, LineKind::recurring);
  EXPECT_EQ(second.lines[0].cycle, std::nullopt);
  EXPECT_EQ(second.lines[0].unit_price, std::nullopt);
}

// All rows of an id used to get copies of its lines, which took gigabytes for a file of 100 kB.
TEST_F(BookFolder, AnInvoiceRowThatRepeatsAnotherIsDroppedWithANotice) {
  write("invoices.csv", invoice_header + "\ni1,c1,2024-01-01,EUR,paid\ni1,c1,2024-01-01,EUR,paid\n");
  write("invoice_lines.csv", line_header + "\ni1,10\ni1,20\n");
  write("payments.csv", "invoice_id,at,status\ni1,2024-01-02,succeeded\n");
  const LoadedBook book = load();
  ASSERT_EQ(book.records.invoice_count(), 1u);
  EXPECT_EQ(book.records.storage().invoices[0].invoice.lines.size(), 2u);
  EXPECT_EQ(book.records.storage().invoices[0].invoice.payments.size(), 1u);
  EXPECT_EQ(book.rejections.count(RejectionCode::duplicate_row), 1u);
  EXPECT_EQ(book.rejections.entries()[0].row, 3);
}

TEST_F(BookFolder, InvoiceRowsOfOneIdThatDifferAreLeftToTheBook) {
  write("invoices.csv", invoice_header + "\ni1,c1,2024-01-01,EUR,paid\ni1,c1,2024-01-01,EUR,open\n");
  write("invoice_lines.csv", line_header + "\ni1,10\n");
  const LoadedBook book = load();
  EXPECT_EQ(book.records.invoice_count(), 2u);
  const auto built = Book::build(book.records, Date::of(2024, 2, 1));
  EXPECT_EQ(built.rejections.count(RejectionCode::duplicate_id), 2u);
}

TEST_F(BookFolder, ReadsEventsAndExchangeRates) {
  write_phases(good_phase);
  write("events.csv",
        "customer_id,at,kind,value,label\n"
        "c1,2024-01-02T03:04:05Z,session_minutes,12.5,\n"
        "c1,2024-01-03,feature_used,,export\n");
  write("fx_rates.csv", "on,currency,rate\n2024-01-01,EUR,1.0956\n");
  const LoadedBook book = load();
  EXPECT_TRUE(book.rejections.empty());
  const auto& storage = book.records.storage();
  ASSERT_EQ(book.records.event_count(), 2u);
  EXPECT_EQ(storage.events.at[0], Timestamp::parse("2024-01-02T03:04:05Z")->seconds());
  EXPECT_EQ(storage.texts.text(storage.events.kind[1]), "feature_used");
  EXPECT_EQ(storage.events.value[0], (Decimal{125, 1}));
  EXPECT_EQ(storage.events.value[1], Decimal{1});
  EXPECT_EQ(storage.texts.text(storage.events.label[1]), "export");
  ASSERT_EQ(book.records.fx_rate_count(), 1u);
  EXPECT_EQ(storage.fx_rates[0].rate.rate, (Decimal{10956, 4}));
  EXPECT_EQ(storage.fx_rates[0].row, 2);
}

TEST_F(BookFolder, RejectsEachBadValueOfAPhaseAndKeepsTheOthers) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {",c1,pro,2024-01-01,,49,USD,month,,,,", "missing_value subscription_id"},
      {"s1,,pro,2024-01-01,,49,USD,month,,,,", "missing_value customer_id"},
      {"s1,c1,,2024-01-01,,49,USD,month,,,,", "missing_value plan"},
      {"s1,c1,pro,,,49,USD,month,,,,", "missing_value starts_on"},
      {"s1,c1,pro,2024-01-01,,,USD,month,,,,", "missing_value amount"},
      {"s1,c1,pro,2024-01-01,,49,,month,,,,", "missing_value currency"},
      {"s1,c1,pro,2024-01-01,,49,USD,,,,,", "missing_value interval"},
      {"s1,c1,pro,2024-13-01,,49,USD,month,,,,", "bad_date starts_on"},
      {"s1,c1,pro,2024-01-01,2023-02-29,49,USD,month,,,,", "bad_date ends_on"},
      {"s1,c1,pro, 2024-01-01,,49,USD,month,,,,", "bad_date starts_on"},
      {"s1,c1,pro,2024-01-01,,\"1,000\",USD,month,,,,", "bad_number amount"},
      {"s1,c1,pro,2024-01-01,,$49,USD,month,,,,", "bad_number amount"},
      {"s1,c1,pro,2024-01-01,,1e3,USD,month,,,,", "bad_number amount"},
      {"s1,c1,pro,2024-01-01,,99999999999999999999,USD,month,,,,", "out_of_range amount"},
      {"s1,c1,pro,2024-01-01,,49,usd,month,,,,", "unknown_currency currency"},
      {"s1,c1,pro,2024-01-01,,49,USD,monthly,,,,", "unknown_interval interval"},
      {"s1,c1,pro,2024-01-01,,49,USD,month,1.5,,,", "bad_number interval_count"},
      {"s1,c1,pro,2024-01-01,,49,USD,month,3000000000,,,", "out_of_range interval_count"},
      {"s1,c1,pro,2024-01-01,,49,USD,month,,two,,", "bad_number quantity"},
      {"s1,c1,pro,2024-01-01,,49,USD,month,,,10%,", "bad_number discount_percent"},
      {"s1,c1,pro,2024-01-01,,49,USD,month,,,,soon", "bad_date cancel_requested_on"}};
  std::string text = phase_header + ",interval_count,quantity,discount_percent,cancel_requested_on\n";
  for (const auto& [row, place] : cases) text += row + "\n";
  write("subscriptions.csv", text + "s9,c9,pro,2024-01-01,,49,USD,month,1.0,2,50,2024-02-01\n");
  const LoadedBook book = load();
  EXPECT_EQ(book.records.phase_count(), 1u);
  ASSERT_EQ(book.rejections.entries().size(), cases.size());
  EXPECT_EQ(book.rejections.rejected(), cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Rejection& rejection = book.rejections.entries()[i];
    EXPECT_EQ(std::string(rejection_name(rejection.code)) + " " + rejection.field, cases[i].second)
        << cases[i].first;
    EXPECT_EQ(rejection.row, static_cast<std::int64_t>(i) + 2);
    EXPECT_EQ(rejection.source, "subscriptions.csv");
  }
}

TEST_F(BookFolder, LeavesWhatCannotBeTrueToTheBook) {
  write("subscriptions.csv", phase_header + ",interval_count,quantity,discount_percent\n" +
                                 "s1,c1,pro,2024-01-01,2023-01-01,-49,USD,month,0,-1,-5\n");
  const LoadedBook book = load();
  EXPECT_TRUE(book.rejections.empty());
  EXPECT_EQ(book.records.phase_count(), 1u);
}

TEST_F(BookFolder, ARowWithSeveralProblemsIsRejectedOnce) {
  write_phases("s1,c1,pro,yesterday,tomorrow,much,bitcoin,fortnight");
  EXPECT_EQ(places(load().rejections), (Places{"bad_date subscriptions.csv 2 starts_on"}));
}

TEST_F(BookFolder, SentencesQuoteTheTextOnOneLineAndCutIt) {
  write_phases("s1,c1,pro,2024-13-01,,49,USD,month\ns1,c1,pro,\"a\nb\",,49,USD,month\ns1,c1,pro," +
               std::string(39, 'x') + "\xC3\xA9" + std::string(99, 'y') + ",,49,USD,month");
  const LoadedBook book = load();
  ASSERT_EQ(book.rejections.entries().size(), 3u);
  EXPECT_EQ(book.rejections.entries()[0].reason, "\"2024-13-01\" is not a date. Write YYYY-MM-DD.");
  EXPECT_EQ(book.rejections.entries()[1].reason, "\"a b\" is not a date. Write YYYY-MM-DD.");
  EXPECT_EQ(book.rejections.entries()[2].reason,
            "\"" + std::string(39, 'x') + "...\" is not a date. Write YYYY-MM-DD.");
}

TEST_F(BookFolder, RejectsBadRowsOfEveryOtherFile) {
  write_phases(good_phase);
  write("customers.csv", "customer_id,signed_up_on,excluded\n,,\nc1,1 May,\nc2,,yes\nc3,,0\n");
  write("invoices.csv",
        invoice_header + ",due_on\ni1,c1,2024-01-01,USD,paid,\ni2,c1,2024-01-01,USD,settled,\n" +
            "i3,c1,,USD,paid,\ni4,c1,2024-01-01,USD,paid,later\ni5,c1,2024-01-01,KWD,open,\n");
  write("invoice_lines.csv",
        line_header +
            ",tax,kind,interval,period_end\ni1,1.005,,,,\ni1,1,x,,,\ni1,1,,refund,,\ni1,1,,,never,\n" +
            "i1,1,,,,never\ni2,1,,,,\ni9,1,,,,\n,1,,,,\ni5,1.005,,,,\ni1,1.000,,,,\ni1,99999999999999999,,,,"
            "\n");
  write("payments.csv",
        "invoice_id,at,status,amount\ni1,noon,failed,\ni1,2024-01-01,done,\ni1,2024-01-01,failed,0.001\n"
        "i2,2024-01-01,failed,\ni1,2024-01-01,failed,\n");
  write("events.csv",
        "customer_id,at,kind,value\nc1,2024-01-01T25:00,login,\nc1,2024-01-01,,\nc1,2024-01-01,login,x\n"
        "c1,2024-01-01,login,\n");
  write("fx_rates.csv",
        "on,currency,rate\n2024-01-01,EUR,0\n2024-01-01,EUR,-1\n2024-01-01,XXX,1\n2024-01-01,EUR,1\n");
  const LoadedBook book = load();
  EXPECT_EQ(places(book.rejections), (Places{"missing_value customers.csv 2 customer_id",
                                             "bad_date customers.csv 3 signed_up_on",
                                             "bad_flag customers.csv 4 excluded",
                                             "unknown_status invoices.csv 3 status",
                                             "missing_value invoices.csv 4 issued_on",
                                             "bad_date invoices.csv 5 due_on",
                                             "bad_number invoice_lines.csv 2 amount",
                                             "bad_number invoice_lines.csv 3 tax",
                                             "unknown_kind invoice_lines.csv 4 kind",
                                             "unknown_interval invoice_lines.csv 5 interval",
                                             "bad_date invoice_lines.csv 6 period_end",
                                             "unknown_invoice invoice_lines.csv 7 invoice_id",
                                             "unknown_invoice invoice_lines.csv 8 invoice_id",
                                             "missing_value invoice_lines.csv 9 invoice_id",
                                             "out_of_range invoice_lines.csv 12 amount",
                                             "bad_timestamp payments.csv 2 at",
                                             "unknown_status payments.csv 3 status",
                                             "bad_number payments.csv 4 amount",
                                             "unknown_invoice payments.csv 5 invoice_id",
                                             "bad_timestamp events.csv 2 at",
                                             "missing_value events.csv 3 kind",
                                             "bad_number events.csv 4 value",
                                             "out_of_range fx_rates.csv 2 rate",
                                             "out_of_range fx_rates.csv 3 rate",
                                             "unknown_currency fx_rates.csv 4 currency"}));
  EXPECT_EQ(book.records.customer_count(), 1u);
  EXPECT_EQ(book.records.invoice_count(), 2u);
  EXPECT_EQ(book.records.event_count(), 1u);
  EXPECT_EQ(book.records.fx_rate_count(), 1u);
}

TEST_F(BookFolder, ReportsRowsThatAreNoGoodCsvAndKeepsTheOthers) {
  write("subscriptions.csv", phase_header + "\r\n\r\n" + good_phase + ",1\r\n" + good_phase + "\r\n" +
                                 "\"s2,c1,pro,2024-01-01,,49.00,USD,month\r\n" +
                                 "s3,caf\xE9,pro,2024-01-01,,49.00,USD,month\r\n" + good_phase);
  const LoadedBook book = load();
  EXPECT_EQ(places(book.rejections), (Places{"wrong_field_count subscriptions.csv 3 ",
                                             "unclosed_quote subscriptions.csv 5 subscription_id",
                                             "invalid_utf8 subscriptions.csv 6 customer_id"}));
  ASSERT_EQ(book.records.phase_count(), 2u);
  EXPECT_EQ(book.records.storage().phases.source_row(1), 7);
}

TEST_F(BookFolder, NoticesUnknownColumnsOnceElsewhereThanInCustomers) {
  write("subscriptions.csv",
        "color," + phase_header + ",\nred," + good_phase + ",\nblue," + good_phase + ",\n");
  write("customers.csv", "customer_id,color\nc1,red\n");
  const LoadedBook book = load();
  EXPECT_EQ(places(book.rejections), (Places{"unknown_column subscriptions.csv 1 color"}));
  EXPECT_EQ(book.rejections.rejected(), 0u);
  EXPECT_EQ(book.records.phase_count(), 2u);
  EXPECT_EQ(error(ReadOptions{.strict = true}), "") << "a notice does not stop a strict reader";
}

TEST_F(BookFolder, ARequiredFileWithoutAUsableHeaderIsAnError) {
  const auto error_with = [this](std::string_view text) {
    write("subscriptions.csv", text);
    return error();
  };
  EXPECT_EQ(error_with(""),
            "unreadable: subscriptions.csv: The file is empty. It needs a row of column names.");
  EXPECT_EQ(error_with("subscription_id,customer_id,plan,starts_on,ends_on,amount,interval\n"),
            "unreadable: subscriptions.csv: The column \"currency\" is missing.");
  EXPECT_EQ(error_with("subscription_id,customer_id,plan,starts_on,amount,interval\n"),
            "unreadable: subscriptions.csv: The columns \"ends_on\", \"currency\" are missing.");
  EXPECT_EQ(error_with(phase_header + ",plan\n"),
            "unreadable: subscriptions.csv: The column \"plan\" is there twice.");
  EXPECT_NE(error_with("subscription_id;customer_id\n").find("separated by commas"), std::string::npos);
  EXPECT_NE(error_with("subscription_id,\"customer_id\n").find("never closes"), std::string::npos);
  EXPECT_NE(error_with("\xFF\xFEs\n").find("UTF-16"), std::string::npos);
}

TEST_F(BookFolder, InvoicesAreRequiredWithoutSubscriptionsOnly) {
  write("invoices.csv", "invoice_id,customer_id\ni1,c1\n");
  write("invoice_lines.csv", line_header + "\ni1,1\n");
  EXPECT_EQ(error(),
            "unreadable: invoices.csv: The columns \"issued_on\", \"currency\", \"status\" are missing.");
  write_phases(good_phase);
  EXPECT_EQ(places(load().rejections),
            (Places{"missing_column invoices.csv 0 issued_on", "unknown_invoice invoice_lines.csv 0 "}));

  std::filesystem::remove(folder_ / "subscriptions.csv");
  write("invoices.csv", invoice_header + "\ni1,c1,2024-01-01,USD,paid\n");
  write("invoice_lines.csv", "invoice_id\ni1\n");
  EXPECT_EQ(error(), "unreadable: invoice_lines.csv: The column \"amount\" is missing.");
}

TEST_F(BookFolder, OtherFilesWithoutAUsableHeaderAreLeftOutWithOneRejection) {
  write_phases(good_phase);
  write("customers.csv", "customer_id,industry,industry\nc1,a,b\nc2,a,b\n");
  write("events.csv", "customer_id,at,other\nc1,2024-01-01,x\n");
  write("fx_rates.csv", "\n\n");
  write("payments.csv", "invoice_id,at,status\ni1,2024-01-01,failed\ni2,2024-01-01,failed\n");
  const LoadedBook book = load();
  EXPECT_EQ(places(book.rejections),
            (Places{"duplicate_column customers.csv 0 industry", "unknown_invoice payments.csv 0 ",
                    "missing_column events.csv 0 kind", "empty_file fx_rates.csv 0 "}));
  EXPECT_EQ(book.records.customer_count(), 0u);
  EXPECT_EQ(book.records.phase_count(), 1u);
}

TEST_F(BookFolder, SaysWhatToDoWhereThereIsNoBook) {
  EXPECT_EQ(error_of(folder_ / "nowhere"), "unreadable: There is no folder \"" +
                                               (folder_ / "nowhere").string() +
                                               "\". Name the folder that holds the book's CSV files.");
  EXPECT_NE(error_of("").find("There is no folder"), std::string::npos);
  const std::string no_book =
      "unreadable: The folder \"" + folder_.string() +
      "\" holds no book. It needs subscriptions.csv, or invoices.csv and invoice_lines.csv.";
  EXPECT_EQ(error(), no_book);
  write("customers.csv", "customer_id\nc1\n");
  EXPECT_EQ(error(), no_book);
  write("invoices.csv", invoice_header + "\n");
  EXPECT_EQ(error(), no_book);
  write_phases(good_phase);
  EXPECT_EQ(error(), "");
  EXPECT_EQ(error_of(folder_ / "subscriptions.csv"),
            "unreadable: \"" + (folder_ / "subscriptions.csv").string() +
                "\" is not a folder. Name the folder that holds the book's CSV files.");
}

TEST_F(BookFolder, AFolderInThePlaceOfAFileIsAnError) {
  std::filesystem::create_directory(folder_ / "subscriptions.csv");
  EXPECT_EQ(error(), "unreadable: subscriptions.csv is not a file.");
  std::filesystem::remove(folder_ / "subscriptions.csv");
  write_phases(good_phase);
  std::filesystem::create_directory(folder_ / "events.csv");
  EXPECT_EQ(error(), "unreadable: events.csv is not a file.");
}

TEST_F(BookFolder, FilesWithAHeaderOnlyAreAnEmptyBook) {
  write_phases("");
  const LoadedBook book = load();
  EXPECT_TRUE(book.rejections.empty());
  EXPECT_EQ(book.records.phase_count(), 0u);
}

TEST_F(BookFolder, StrictThrowsAtTheFirstRejection) {
  const ReadOptions strict{.strict = true};
  write_phases(good_phase + "\n" + "s1,c1,pro,tomorrow,,49.00,USD,month\ns1,c1,,tomorrow,,49.00,USD,month");
  EXPECT_EQ(error(), "");
  EXPECT_EQ(error(strict),
            "unreadable: subscriptions.csv, row 3, starts_on: \"tomorrow\" is not a date. Write YYYY-MM-DD.");
  write_phases(good_phase + ",1");
  EXPECT_EQ(error(strict), "unreadable: subscriptions.csv, row 2: The row has 9 fields, the header has 8.");
  write_phases(good_phase);
  EXPECT_EQ(error(strict), "");
  write("payments.csv", "invoice_id,at,status\ni1,2024-01-01,failed\n");
  EXPECT_EQ(error(strict),
            "unreadable: payments.csv: The file is left out, as there is no invoices.csv that can be read.");
  write("customers.csv", "id\nc1\n");
  EXPECT_EQ(error(strict), "unreadable: customers.csv: The column \"customer_id\" is missing.");
}

TEST_F(BookFolder, BookJsonSetsCurrencyZoneStartAndConventions) {
  write_phases(good_phase);
  EXPECT_EQ(load().conventions.name, "standard");
  EXPECT_EQ(load().records.records_from(), std::nullopt);

  write("book.json",
        R"({"currency": "EUR", "time_zone": "EST-05EDT,M3.2.0,M11.1.0", "records_from": "2024-01-01",
                         "conventions": {"name": "ours",
                                         "book": {"currency": "USD", "gap_allowance_days": 7}}})");
  const LoadedBook book = load();
  EXPECT_EQ(book.conventions.name, "ours");
  EXPECT_EQ(book.conventions.book.gap_allowance_days, 7);
  EXPECT_EQ(book.conventions.book.currency, Currency{"EUR"}) << "the book's own currency goes first";
  EXPECT_EQ(book.conventions.book.time_zone, TimeZone{"EST-05EDT,M3.2.0,M11.1.0"});
  EXPECT_EQ(book.records.records_from(), Date::of(2024, 1, 1));

  write("book.json", R"({"currency": null, "time_zone": null, "records_from": null, "conventions": null})");
  EXPECT_EQ(load().conventions.book.currency, std::nullopt);
  write("book.json", R"({"conventions": "standard"})");
  EXPECT_EQ(load().conventions.name, "standard");
}

TEST_F(BookFolder, BookJsonThatIsNotRightIsAnError) {
  write_phases(good_phase);
  const auto error_with = [this](std::string_view text) {
    write("book.json", text);
    return error();
  };
  EXPECT_EQ(error_with(""),
            "unreadable: book.json: Line 1, column 1: It ends too early: a value, a bracket or a quote is "
            "missing.");
  EXPECT_EQ(error_with("[]"), "unreadable: book.json is not a JSON object.");
  EXPECT_EQ(
      error_with(R"({"curency": "USD"})"),
      "unreadable: book.json has an unknown field \"curency\". Known: currency, time_zone, records_from, "
      "conventions.");
  EXPECT_EQ(error_with(R"({"currency": 1})"),
            "unreadable: book.json, currency: This must be a text in quotes.");
  EXPECT_EQ(error_with(R"({"currency": "usd"})"),
            "unreadable: book.json: \"usd\" is not an ISO 4217 currency code.");
  EXPECT_EQ(error_with(R"({"time_zone": "Mars/Olympus"})").substr(0, 37),
            "unreadable: book.json: \"Mars/Olympus\"");
  EXPECT_EQ(error_with(R"({"records_from": "2024"})"),
            "unreadable: book.json, records_from: \"2024\" is not a date. Write YYYY-MM-DD.");
  EXPECT_EQ(error_with(R"({"conventions": "ours"})").substr(0, 37), "unknown_name: book.json, conventions:");
  EXPECT_EQ(error_with(R"({"conventions": {"pause": 1}})").substr(0, 40),
            "bad_conventions: book.json, conventions:");
  EXPECT_EQ(error_with(R"({"conventions": 7})").substr(0, 40), "bad_conventions: book.json, conventions:");
}

TEST_F(BookFolder, BookJsonWithAFieldTwiceOrNestedWithoutEndIsAnError) {
  write_phases(good_phase);
  write("book.json", R"({"currency": "USD", "currency": "EUR"})");
  EXPECT_EQ(error(), "unreadable: book.json: The field \"currency\" is there twice.");
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  write("book.json", R"({"conventions": )" + deep + "}");
  EXPECT_EQ(error(), "unreadable: book.json: It is nested more than 24 levels deep.");
}

TEST_F(BookFolder, FilesInMemoryReadAsThoseOfAFolder) {
  const std::string phases = phase_header + "\n" + good_phase + "\ns2,,pro,2024-01-01,,1,USD,month\n";
  write("subscriptions.csv", phases);
  write("book.json", R"({"records_from": "2023-01-01"})");
  const LoadedBook from_folder = load();
  const LoadedBook from_memory = read_book_files({{"subscriptions.csv", phases},
                                                  {"book.json", R"({"records_from": "2023-01-01"})"},
                                                  {"notes.txt", "x"}});
  EXPECT_EQ(from_memory.records.phase_count(), 1U);
  EXPECT_EQ(from_memory.records.records_from(), from_folder.records.records_from());
  EXPECT_EQ(from_memory.rejections.entries(), from_folder.rejections.entries());
  try {
    (void)read_book_files({{"customers.csv", "customer_id\n"}});
    FAIL() << "there is no book";
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "The files hold no book. It needs subscriptions.csv, or invoices.csv and invoice_lines.csv.");
  }
}

TEST_F(BookFolder, AnyShuffleOfGoodAndBadRowsKeepsTheGoodOnes) {
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::string> rows;
    const std::size_t good = random() % 20;
    for (std::size_t i = 0; i < good; ++i)
      rows.push_back("s" + std::to_string(i) + ",\"c\"\"\n" + std::to_string(i) +
                     "\",pro,2024-01-01,,1,USD,month");
    const std::vector<std::string> bad{"s,c,pro,2024-01-01,,1,USD", "s,c,pro,x,,1,USD,month",
                                       "s,c,\"pro,2024-01-01,,1,USD,month",
                                       "s,c,\xFF,2024-01-01,,1,USD,month"};
    rows.insert(rows.end(), bad.begin(), bad.end());
    std::shuffle(rows.begin(), rows.end(), random);
    std::string text;
    for (const std::string& row : rows) text += row + "\n";
    write_phases(text);
    const LoadedBook book = load();
    // A quote that never closes meets the opening quote of a later row, and is found out there.
    ASSERT_EQ(book.records.phase_count(), good) << text;
    ASSERT_EQ(book.rejections.rejected(), bad.size()) << text;
  }
}

}  // namespace
}  // namespace churn

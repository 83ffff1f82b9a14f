#include <churn/departure/reason_coverage.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <churn/io/book_folder.hpp>

#include "reason/sample_texts.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::day;

Event answer(const char* customer, const char* at, const char* label, const char* kind = "exit_survey") {
  return Event{
      .customer = CustomerId{customer}, .at = Timestamp::parse(at).value(), .kind = kind, .label = label};
}

Invoice failing(const char* id, const char* customer, const char* at, const char* code,
                InvoiceStatus status = InvoiceStatus::open) {
  return Invoice{
      .id = InvoiceId{id},
      .customer = CustomerId{customer},
      .issued_on = day("2024-01-01"),
      .currency = Currency{"USD"},
      .status = status,
      .payments = {Payment{
          .at = Timestamp::parse(at).value(), .status = PaymentStatus::failed, .failure_code = code}}};
}

/// Three customers and a test account whose stays ended, and one that goes on.
Records records_of_four() {
  return support::records_of(
      {a_customer("ann").on("pro").from("2024-01-01").until("2024-02-01").because("competiter"),
       a_customer("bob").on("pro").from("2024-01-01").until("2024-02-10").because("price"),
       a_customer("cid").on("pro").from("2024-01-01").until("2024-02-10").because("competiter"),
       a_customer("test")
           .on("pro")
           .from("2024-01-01")
           .until("2024-02-01")
           .because("rubbish")
           .who_is_a_test_account(),
       a_customer("zoe").on("pro").from("2024-01-01")});
}
Book book_of(const Records& records, std::string_view as_of = "2024-03-01",
             const Conventions& conventions = {}) {
  return Book::build(records, day(as_of), conventions).book;
}

using Row = std::tuple<ReasonSource, std::string, std::int64_t, std::string, std::string>;
std::vector<Row> rows_of(const std::vector<RecordedReason>& reasons) {
  std::vector<Row> rows;
  rows.reserve(reasons.size());
  for (const RecordedReason& r : reasons)
    rows.emplace_back(r.source, r.text, r.records,
                      r.type ? std::string(departure_type_name(*r.type)) : "not known",
                      r.is_known() ? r.reason : r.closest);
  return rows;
}

constexpr auto end_reason = ReasonSource::end_reason;
constexpr auto exit_survey = ReasonSource::exit_survey;
constexpr auto failure_code = ReasonSource::failure_code;

TEST(ReasonCoverage, shows_what_is_on_record_and_what_it_means_unknown_first) {
  Records records = records_of_four();
  records.add(answer("ann", "2024-02-01T10:00:00Z", "Too expensive"));
  records.add(answer("bob", "2024-02-02T10:00:00Z", "other"));
  records.add(answer("cid", "2024-02-02T10:00:00Z", "aliens"));
  records.add(failing("i1", "ann", "2024-01-20T00:00:00Z", "expired_card"));
  records.add(failing("i2", "bob", "2024-01-20T00:00:00Z", "expired_card"));
  records.add(failing("i3", "cid", "2024-01-20T00:00:00Z", "expierd_card"));
  records.add(failing("i4", "cid", "2024-01-21T00:00:00Z", "4711"));
  const auto found = reason_coverage(book_of(records));
  EXPECT_EQ(rows_of(found), (std::vector<Row>{
                                {end_reason, "competiter", 2, "not known", "competitor"},
                                {failure_code, "4711", 1, "not known", ""},  // no number is like another
                                {exit_survey, "aliens", 1, "not known", ""},
                                {failure_code, "expierd_card", 1, "not known", "expired_card"},
                                {failure_code, "expired_card", 2, "involuntary", "card_expired"},
                                {exit_survey, "Too expensive", 1, "voluntary", "too_expensive"},
                                {exit_survey, "other", 1, "unknown", "unknown"},
                                {end_reason, "price", 1, "voluntary", "too_expensive"},
                            }));
  EXPECT_EQ(reason_coverage_sentence(found),
            "4 texts are not known, on 5 records: \"competiter\" (did you mean competitor?), \"4711\", "
            "\"expierd_card\" (did you mean expired_card?) and 1 more. Name them in a file for --reasons.");
}

// `churn causes` put what customers had written in exit surveys on stderr, where logs keep it.
TEST(ReasonCoverage, the_sentence_does_not_repeat_what_people_said_in_their_own_words) {
  const RecordedReason words{exit_survey, "My boss J. Doe hated it", 1};
  EXPECT_EQ(reason_coverage_sentence({words}),
            "1 text is not known, on 1 record. Name it in a file for --reasons.");
  const RecordedReason misspelt{exit_survey, "competiter", 1, {}, "", "competitor"};
  EXPECT_EQ(
      reason_coverage_sentence({words, misspelt}),
      "2 texts are not known, on 2 records: \"competiter\" (did you mean competitor?) and 1 more. Name them "
      "in a file for --reasons.");
  const RecordedReason code{end_reason, words.text, 1};
  EXPECT_EQ(
      reason_coverage_sentence({words, code}),
      "1 text is not known, on 2 records: \"My boss J. Doe hated it\". Name it in a file for --reasons.")
      << "an end reason is the house's own text";
}

TEST(ReasonCoverage, leaves_out_what_is_not_known_before_as_of) {
  Records records = records_of_four();
  records.add(answer("zoe", "2024-02-09T23:59:59Z", "early"));
  records.add(answer("zoe", "2024-02-10T00:00:00Z", "late"));
  records.add(failing("i1", "zoe", "2024-02-09T23:59:59Z", "code_early"));
  records.add(failing("i2", "zoe", "2024-02-10T00:00:00Z", "code_late"));
  // What ended on as_of ended after the last known day.
  EXPECT_EQ(rows_of(reason_coverage(book_of(records, "2024-02-10"))),
            (std::vector<Row>{{failure_code, "code_early", 1, "not known", ""},
                              {end_reason, "competiter", 1, "not known", "competitor"},
                              {exit_survey, "early", 1, "not known", ""}}));
}

TEST(ReasonCoverage, days_are_those_of_the_books_time_zone) {
  Records records = records_of_four();
  records.add(answer("zoe", "2024-02-10T03:00:00Z", "late in New York"));
  Conventions conventions;
  EXPECT_TRUE(std::ranges::none_of(reason_coverage(book_of(records, "2024-02-10", conventions)),
                                   [](const auto& r) { return r.source == exit_survey; }));
  conventions.book.time_zone = TimeZone("EST-05EDT,M3.2.0,M11.1.0");
  EXPECT_TRUE(std::ranges::any_of(reason_coverage(book_of(records, "2024-02-10", conventions)),
                                  [](const auto& r) { return r.source == exit_survey; }));
}

TEST(ReasonCoverage, leaves_out_test_accounts_and_strangers_and_joins_merged_ones) {
  Records records = records_of_four();
  records.add(Customer{.id = CustomerId{"second"}, .merged_into = CustomerId{"zoe"}});
  records.add(answer("test", "2024-01-02T00:00:00Z", "of a test"));
  records.add(failing("i1", "test", "2024-01-02T00:00:00Z", "of_a_test"));
  records.add(answer("second", "2024-01-02T00:00:00Z", "of a second account"));
  const auto found = reason_coverage(book_of(records));
  for (const RecordedReason& reason : found)
    EXPECT_EQ(reason.text.find("test"), std::string::npos) << reason.text;
  EXPECT_TRUE(std::ranges::none_of(found, [](const auto& r) { return r.text == "rubbish"; }));
  EXPECT_TRUE(std::ranges::any_of(found, [](const auto& r) { return r.text == "of a second account"; }));
}

TEST(ReasonCoverage, counts_failed_payments_of_invoices_that_claim_something) {
  Records records = records_of_four();
  records.add(failing("i1", "ann", "2024-01-20T00:00:00Z", "lost_card", InvoiceStatus::void_));
  records.add(failing("i2", "ann", "2024-01-20T00:00:00Z", "lost_card", InvoiceStatus::draft));
  records.add(failing("i3", "ann", "2024-01-20T00:00:00Z", "lost_card", InvoiceStatus::uncollectible));
  Invoice paid = failing("i4", "ann", "2024-01-20T00:00:00Z", "lost_card", InvoiceStatus::paid);
  paid.payments.push_back(Payment{.at = Timestamp::parse("2024-01-22T00:00:00Z").value(),
                                  .status = PaymentStatus::succeeded,
                                  .failure_code = "stolen_card"});
  records.add(paid);
  records.add(failing("i5", "ann", "2024-01-20T00:00:00Z", ""));
  for (const RecordedReason& reason : reason_coverage(book_of(records))) {
    if (reason.source != failure_code) continue;
    EXPECT_EQ(reason.text, "lost_card");
    EXPECT_EQ(reason.records, 2);
  }
}

TEST(ReasonCoverage, texts_stand_as_they_were_recorded_and_those_without_a_letter_say_nothing) {
  const Book book = book_as_of(
      "2024-03-01", {a_customer("ann").on("pro").from("2024-01-01").until("2024-02-01").because("Price"),
                     a_customer("bob").on("pro").from("2024-01-01").until("2024-02-01").because("price"),
                     a_customer("cid").on("pro").from("2024-01-01").until("2024-02-01").because("-")});
  EXPECT_EQ(rows_of(reason_coverage(book)),
            (std::vector<Row>{{end_reason, "Price", 1, "voluntary", "too_expensive"},
                              {end_reason, "price", 1, "voluntary", "too_expensive"}}));
}

TEST(ReasonCoverage, a_host_that_names_its_texts_codes_and_events_finds_all_known) {
  Records records = records_of_four();
  records.add(answer("ann", "2024-02-01T10:00:00Z", "aliens", "cancel_form"));
  records.add(failing("i1", "ann", "2024-01-20T00:00:00Z", "bank 17"));
  const Book book = book_of(records);
  ReasonTables tables;
  tables.event_kinds["cancel_form"] = "exit_survey";
  EXPECT_TRUE(std::ranges::none_of(reason_coverage(book), [](const auto& r) { return r.text == "aliens"; }));
  EXPECT_TRUE(
      std::ranges::any_of(reason_coverage(book, tables), [](const auto& r) { return r.text == "aliens"; }));
  tables.stated.set("competiter", DepartureType::voluntary, "competitor")
      .set("aliens", DepartureType::voluntary, "business_changed");
  tables.codes.set("bank_17", "processor_error");
  const auto found = reason_coverage(book, tables);
  EXPECT_TRUE(std::ranges::all_of(found, &RecordedReason::is_known));
  EXPECT_EQ(found.size(), 4U);
  EXPECT_EQ(reason_coverage_sentence(found), "");
}

TEST(ReasonCoverage, a_book_without_reasons_has_none) {
  const Book book = book_as_of("2024-03-01", {a_customer("ann").on("pro").until("2024-02-01")});
  EXPECT_TRUE(reason_coverage(book).empty());
  EXPECT_EQ(reason_coverage_sentence({}), "");
  EXPECT_TRUE(reason_coverage_table({}).rows.empty());
}

TEST(ReasonCoverage, the_sentence_names_five_and_counts_the_rest) {
  const RecordedReason one{end_reason, "zork", 1};
  EXPECT_EQ(reason_coverage_sentence({one}),
            "1 text is not known, on 1 record: \"zork\". Name it in a file for --reasons.");
  RecordedReason again = one;
  again.source = exit_survey;
  again.records = 2;
  EXPECT_EQ(reason_coverage_sentence({one, again}),
            "1 text is not known, on 3 records: \"zork\". Name it in a file for --reasons.")
      << "one text in two places is named once";
  std::vector<RecordedReason> many;
  for (const char* text : {"a", "b", "c", "d", "e\n"}) many.push_back({end_reason, text, 10});
  EXPECT_EQ(
      reason_coverage_sentence(many),
      "5 texts are not known, on 50 records: \"a\", \"b\", \"c\", \"d\" and \"e \". Name them in a file for "
      "--reasons.");
  many.push_back({end_reason, "f", 10});
  many.push_back({end_reason, "g", 10});
  EXPECT_EQ(reason_coverage_sentence(many),
            "7 texts are not known, on 70 records: \"a\", \"b\", \"c\", \"d\", \"e \" and 2 more. Name them "
            "in a file for "
            "--reasons.");
}

TEST(ReasonCoverage, the_table_has_a_row_a_text) {
  const Table table =
      reason_coverage_table({{end_reason, "competiter", 2, {}, "", "competitor"},
                             {failure_code, "x,y", 1},
                             {exit_survey, "price", 3, DepartureType::voluntary, "too_expensive", ""}});
  EXPECT_EQ(to_csv(table),
            "source,text,records,type,reason,closest\n"
            "end_reason,competiter,2,not known,,competitor\n"
            "failure_code,\"x,y\",1,not known,,\n"
            "exit_survey,price,3,voluntary,too_expensive,\n");
}

/// By the column `excluded`, the eighth from the right: names on its left may have a comma.
std::set<std::string> sample_test_accounts() {
  std::ifstream in(CHURN_SOURCE_DIR "/examples/sample_book/customers.csv");
  std::set<std::string> accounts;
  for (std::string line; std::getline(in, line);) {
    const std::vector<std::string> fields = support::split_fields(line);
    if (fields.at(fields.size() - 8) == "1") accounts.insert(fields.front());
  }
  return accounts;
}

TEST(ReasonCoverage, of_the_sample_book_all_is_known_and_counted_as_in_its_files) {
  const LoadedBook loaded = read_book_folder(CHURN_SOURCE_DIR "/examples/sample_book");
  // After the last agreed end, so that all end reasons are known.
  const Book book = Book::build(loaded.records, day("2027-01-01"), loaded.conventions).book;
  std::map<ReasonSource, std::map<std::string, std::size_t>> counts;
  for (const RecordedReason& reason : reason_coverage(book)) {
    EXPECT_TRUE(reason.is_known()) << reason.text;
    counts[reason.source][reason.text] = static_cast<std::size_t>(reason.records);
  }
  const std::set<std::string> test_accounts = sample_test_accounts();
  ASSERT_EQ(test_accounts.size(), 10U);
  const SampleTexts texts =
      sample_texts_of([&](const std::string& customer) { return !test_accounts.contains(customer); });
  EXPECT_EQ(counts[end_reason], texts.end_reasons);
  EXPECT_EQ(counts[exit_survey], texts.answers);
  EXPECT_EQ(counts[failure_code], texts.codes);
  const Book known = Book::build(loaded.records, day("2025-01-01"), loaded.conventions).book;
  EXPECT_EQ(reason_coverage_sentence(reason_coverage(known)), "");
}

RC_GTEST_PROP(ReasonCoverage, the_order_of_records_makes_no_difference, ()) {
  const auto text = rc::gen::element(std::string("price"), std::string("prize"), std::string("Price"),
                                     std::string("-"), std::string("competitor"), std::string("zork"));
  std::vector<Event> events;
  const int count = *rc::gen::inRange(0, 12);
  events.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    events.push_back(
        answer(*rc::gen::element("ann", "bob", "test"), "2024-01-15T00:00:00Z", (*text).c_str()));
  const auto found_in = [&] {
    Records records = records_of_four();
    for (const Event& event : events) records.add(event);
    return reason_coverage(book_of(records));
  };
  const auto before = found_in();
  std::ranges::reverse(events);
  RC_ASSERT(found_in() == before);
  // Unknown ones come first, and within each part no row has more records than the one before it.
  RC_ASSERT(std::ranges::is_sorted(
      before, {}, [](const RecordedReason& r) { return std::pair(r.is_known(), -r.records); }));
}

}  // namespace
}  // namespace churn

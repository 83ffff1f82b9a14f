#include <churn/io/book_json.hpp>
#include <churn/io/conventions_json.hpp>
#include <churn/io/domain_json.hpp>
#include <churn/io/result_json.hpp>

#ifdef INCLUDE_NLOHMANN_JSON_HPP_
#error "Headers reach nlohmann/json.hpp; json_fwd.hpp is enough for them."
#endif

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <churn/churn.hpp>
#include <churn/io/book_folder.hpp>
#include <churn/io/csv.hpp>

#include "book/records_storage.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using nlohmann::json;

/// What was found, one a line: `code source:row field: reason`.
std::string findings(const LoadedBook& book) {
  std::string text;
  for (const Rejection& r : book.rejections.entries())
    text += std::string(rejection_name(r.code)) + " " + r.source + " " + std::to_string(r.row) +
            (r.field.empty() ? "" : " " + r.field) + ": " + r.reason + "\n";
  return text;
}

template <class Read>
std::string error_of(Read read) {
  try {
    (void)read();
  } catch (const Error& error) {
    return std::string(error_name(error.code())) + ": " + error.what();
  }
  return "";
}
std::string error_of_text(std::string_view text, ReadOptions options = {}) {
  return error_of([&] { return parse_book_json(text, "book.json", JsonLayout::automatic, options); });
}
std::string error_of_lines(std::string_view text, ReadOptions options = {}) {
  return error_of([&] { return parse_book_json(text, "book.ndjson", JsonLayout::lines, options); });
}

const std::string phase =
    R"("plan":"pro","starts_on":"2024-01-01","amount":"49.00","currency":"USD","interval":"month")";
const std::string subscription = R"({"subscription_id":"s1","customer_id":"c1",)" + phase + "}";

/// A document with these subscriptions.
std::string document(const std::string& subscriptions, const std::string& more = "") {
  return R"({"subscriptions":[)" + subscriptions + "]" + more + "}";
}
LoadedBook read(const std::string& text) { return parse_book_json(text); }
LoadedBook read_lines(const std::string& text) {
  return parse_book_json(text, "book.ndjson", JsonLayout::lines);
}

const Records::Storage& storage_of(const LoadedBook& book) { return book.records.storage(); }

// ---- what is read

TEST(BookJson, reads_every_table_of_a_document) {
  const LoadedBook loaded = read(R"({
    "book": {"currency": "USD", "time_zone": "EST-05EDT,M3.2.0,M11.1.0", "records_from": "2023-01-01",
             "conventions": {"name": "ours", "book": {"gap_allowance_days": 3}}},
    "customers": [{"customer_id": "c1", "signed_up_on": "2023-12-24", "name": "Ann", "excluded": true,
                   "merged_into": "c2", "industry": "retail"}],
    "subscriptions": [
      {"subscription_id": "s1", "customer_id": "c1", "phases": [
        {"plan": "basic", "starts_on": "2024-01-01", "ends_on": "2024-02-01", "amount": "10", "currency": "USD",
         "interval": "month"},
        {"plan": "pro", "starts_on": "2024-02-01", "ends_on": null, "amount": "49.00", "currency": "USD",
         "interval": "quarter", "interval_count": 2, "quantity": 3, "discount_percent": "12.5",
         "discount_ends_on": "2024-05-01", "trial_ends_on": "2024-02-15", "cancel_requested_on": "2024-03-01",
         "end_reason": "price", "paused_from": "2024-03-05", "paused_until": "2024-03-06",
         "term_ends_on": "2025-02-01"}]}],
    "invoices": [{"invoice_id": "i1", "customer_id": "c1", "issued_on": "2024-01-01", "due_on": "2024-01-15",
      "paid_on": "2024-01-10", "currency": "USD", "status": "paid", "subscription_id": "s1",
      "lines": [{"line_id": "l1", "subscription_id": "s1", "plan": "basic", "amount": "10.00", "tax": "1.90",
                 "quantity": 1, "unit_amount": "10.0001", "interval": "month", "interval_count": 1,
                 "period_start": "2024-01-01", "period_end": "2024-02-01", "kind": "usage"}],
      "payments": [{"at": "2024-01-10T08:00:00+02:00", "status": "failed", "amount": "11.90",
                    "failure_code": "card_expired"}]}],
    "events": [{"customer_id": "c1", "at": "2024-01-02", "kind": "nps", "value": "8.5", "label": "x"}],
    "fx_rates": [{"on": "2024-01-01", "currency": "EUR", "rate": "1.0956"}]
  })");
  EXPECT_EQ(findings(loaded), "");
  EXPECT_EQ(loaded.conventions.name, "ours");
  EXPECT_EQ(loaded.conventions.book.gap_allowance_days, 3);
  EXPECT_EQ(loaded.conventions.book.currency, Currency{"USD"});
  EXPECT_EQ(loaded.conventions.book.time_zone.name(), "EST-05EDT,M3.2.0,M11.1.0");
  EXPECT_EQ(loaded.records.records_from(), Date::of(2023, 1, 1));
  EXPECT_EQ(loaded.records.customer_count(), 1U);
  EXPECT_EQ(loaded.records.phase_count(), 2U);
  EXPECT_EQ(loaded.records.event_count(), 1U);
  const auto& invoice = storage_of(loaded).invoices.at(0).invoice;
  EXPECT_EQ(invoice.lines.at(0).unit_price, (Price{Decimal{100001, 4}, Currency{"USD"}}));
  EXPECT_EQ(invoice.lines.at(0).kind, LineKind::usage);
  EXPECT_EQ(invoice.payments.at(0).at, Timestamp::parse("2024-01-10T06:00:00Z"));
  EXPECT_EQ(storage_of(loaded).fx_rates.at(0).rate.rate, (Decimal{10956, 4}));
}

TEST(BookJson, reads_lines_of_all_tables_in_any_order) {
  const LoadedBook loaded = read_lines(
      "{\"customer_id\":\"c1\",\"at\":\"2024-01-02\",\"kind\":\"login\",\"type\":\"events\"}\r\n"
      "\n   \n"
      "{\"type\":\"subscriptions\"," +
      subscription.substr(1) +
      "\n"
      "{\"type\":\"fx_rates\",\"on\":\"2024-01-01\",\"currency\":\"EUR\",\"rate\":1.1}\n"
      "{\"type\":\"customers\",\"customer_id\":\"c1\",\"country\":\"DE\"}\n"
      "{\"type\":\"book\",\"records_from\":\"2023-06-01\"}\n"
      "{\"type\":\"invoices\",\"invoice_id\":\"i\",\"customer_id\":\"c1\",\"issued_on\":\"2024-01-01\","
      "\"currency\":\"USD\",\"status\":\"open\"}");
  EXPECT_EQ(findings(loaded), "");
  EXPECT_EQ(loaded.records.phase_count(), 1U);
  EXPECT_EQ(loaded.records.event_count(), 1U);
  EXPECT_EQ(loaded.records.fx_rate_count(), 1U);
  EXPECT_EQ(loaded.records.invoice_count(), 1U);
  EXPECT_EQ(loaded.records.records_from(), Date::of(2023, 6, 1));
  EXPECT_EQ(storage_of(loaded).phases.row[0], 4) << "the line";
  EXPECT_EQ(loaded.records.source(RecordTable::subscriptions), "book.ndjson");
  const Book book = Book::build(loaded.records, Date::of(2024, 6, 1)).book;
  EXPECT_EQ(book.attribute_names(), std::vector<std::string>{"country"}) << "type is no attribute";
}

TEST(BookJson, tells_a_document_from_lines_by_its_first_line) {
  const std::string line = R"({"type":"subscriptions",)" + subscription.substr(1);
  EXPECT_EQ(read("\n \n" + line + "\n" + line).records.phase_count(), 2U);
  EXPECT_EQ(read(line).records.phase_count(), 1U) << "a single line";
  EXPECT_EQ(read(document(subscription)).records.phase_count(), 1U) << "a document on one line";
  EXPECT_EQ(read("{\n\"subscriptions\":\n[" + subscription + "]}").records.phase_count(), 1U);
  EXPECT_EQ(read("\xEF\xBB\xBF" + line).records.phase_count(), 1U) << "a byte order mark";
  EXPECT_EQ(read("\xEF\xBB\xBF" + document(subscription)).records.phase_count(), 1U);
  const std::string typed = R"({"customers":[{"customer_id":"c1","type":"shop"}],"subscriptions":[]})";
  const LoadedBook loaded = read(typed);
  EXPECT_EQ(storage_of(loaded).customers.attributes.at(0).name, "type") << "in a document it is an attribute";
}

TEST(BookJson, a_number_stands_for_its_literal_text) {
  const auto amount_of = [](const std::string& literal) {
    const LoadedBook loaded =
        read(document(R"({"subscription_id":1,"customer_id":2,"plan":3,"starts_on":"2024-01-01","amount":)" +
                      literal + R"(,"currency":"USD","interval":"month"})"));
    return loaded.records.phase_count() == 1 ? storage_of(loaded).phases.price(0).amount.to_string()
                                             : findings(loaded);
  };
  EXPECT_EQ(amount_of("0.1"), "0.1");
  EXPECT_EQ(amount_of("49"), "49");
  EXPECT_EQ(amount_of("-0"), "0");
  EXPECT_EQ(amount_of("1e3"), "1000");
  EXPECT_EQ(amount_of("4.5E-3"), "0.0045");
  EXPECT_EQ(amount_of("9007199254740993"), "9007199254740993") << "no double holds it";
  EXPECT_EQ(amount_of("90071992547.40993"), "90071992547.40993");
  EXPECT_EQ(amount_of("0.3000000000000"), "0.3");
  EXPECT_EQ(
      amount_of("123456789012345678901234567890"),
      "out_of_range book.json:subscriptions 1 amount: \"123456789012345678901234567890\" has more digits "
      "than can be kept.\n");
  EXPECT_EQ(amount_of("1e300").substr(0, 46), "out_of_range book.json:subscriptions 1 amount:");
}

TEST(BookJson, ids_that_are_numbers_are_their_decimal_text) {
  const LoadedBook loaded =
      read(R"({"customers":[{"customer_id":42}],"subscriptions":[{"subscription_id":7,"customer_id":"42",)" +
           phase + "}]}");
  const Book book = Book::build(loaded.records, Date::of(2024, 6, 1)).book;
  EXPECT_EQ(book.customer_count(), 1U);
}

TEST(BookJson, a_phase_has_the_values_of_its_subscription_where_it_has_none) {
  const LoadedBook loaded = read(document(
      R"({"subscription_id":"s","customer_id":"c","currency":"USD","interval":"year","amount":"120","phases":[
            {"plan":"a","starts_on":"2024-01-01","ends_on":"2024-02-01"},
            {"plan":"b","starts_on":"2024-02-01","amount":"240","interval":null}]})"));
  EXPECT_EQ(findings(loaded), "");
  const PhaseTable& phases = storage_of(loaded).phases;
  ASSERT_EQ(phases.size(), 2U);
  EXPECT_EQ(phases.amount[0], 120);
  EXPECT_EQ(phases.amount[1], 240);
  EXPECT_EQ(phases.interval[1], BillingInterval::year);
  EXPECT_EQ(phases.ends_on[1], no_day) << "the first phase lends nothing to the second";
}

TEST(BookJson, excluded_may_be_a_truth_value_or_a_digit) {
  const auto excluded = [](const std::string& value) {
    const LoadedBook loaded =
        read(R"({"subscriptions":[],"customers":[{"customer_id":"c","excluded":)" + value + "}]}");
    return findings(loaded) + std::to_string(storage_of(loaded).customers.excluded[0]);
  };
  EXPECT_EQ(excluded("true"), "1");
  EXPECT_EQ(excluded("1"), "1");
  EXPECT_EQ(excluded("\"1\""), "1");
  EXPECT_EQ(excluded("false"), "0");
  EXPECT_EQ(excluded("null"), "0");
  EXPECT_EQ(excluded("\"true\""), "bad_flag book.json:customers 1 excluded: \"true\" is neither 0 nor 1.\n0");
}

// Lines with a new field each made a table of customers x fields: 10,000 short lines took 600 MB.
TEST(BookJson, a_book_has_at_most_a_thousand_attributes) {
  std::string text;
  for (int i = 0; i < 1003; ++i)
    text += R"({"type":"customers","customer_id":"c)" + std::to_string(i) + R"(","k)" + std::to_string(i) +
            R"(":"v","k1002":"w","empty":""})" + "\n";
  const LoadedBook loaded = read_lines(text);
  EXPECT_EQ(
      findings(loaded),
      "too_many_attributes book.ndjson 1000 k999: The book has 1000 attributes already; this one is left "
      "out.\n"
      "too_many_attributes book.ndjson 1001 k1000: The book has 1000 attributes already; this one is left "
      "out.\n"
      "too_many_attributes book.ndjson 1002 k1001: The book has 1000 attributes already; this one is left "
      "out.\n"
      "duplicate_column book.ndjson 1003 k1002: The attribute is there twice; the first one counts.\n");
  EXPECT_EQ(loaded.records.customer_count(), 1003U) << "their customers stay";
  EXPECT_EQ(storage_of(loaded).customers.attributes.size(), max_attributes);
}

TEST(BookJson, attributes_are_texts_numbers_and_truth_values) {
  const LoadedBook loaded = read(
      R"({"subscriptions":[],"customers":[{"customer_id":"c","size":1.50,"seats":12,"vip":true,"empty":"",
          "none":null,"":"nameless","address":{"city":"Bonn"},"tags":["a"],"size2":"\u00e9"}]})");
  EXPECT_EQ(
      findings(loaded),
      "bad_json book.json:customers 1 address: An object can't be an attribute. Write a text or a number.\n"
      "bad_json book.json:customers 1 tags: An array can't be an attribute. Write a text or a number.\n");
  EXPECT_EQ(loaded.records.customer_count(), 1U) << "the customer is kept";
  std::map<std::string, std::string> attributes;
  for (const AttributeColumn& column : storage_of(loaded).customers.attributes)
    attributes[column.name] = column.values.text(column.value[0]);
  EXPECT_EQ(attributes, (std::map<std::string, std::string>{
                            {"size", "1.50"}, {"seats", "12"}, {"vip", "true"}, {"size2", "\u00e9"}}));
}

// ---- what is rejected

TEST(BookJson, a_bad_element_is_rejected_by_its_place_and_the_others_are_kept) {
  const LoadedBook loaded = read(document(
      subscription + R"(,{"subscription_id":"s2","customer_id":"c2","phases":[{)" + phase +
      R"(},{"plan":"pro","starts_on":"tomorrow","amount":"1","currency":"USD","interval":"month"},{"plan":"x"}]})"
      R"(,{"subscription_id":"s3",)" +
      phase +
      R"(},7,[],{"subscription_id":"s4","customer_id":"c",)"
      R"("phases":{}},{"subscription_id":"s5","customer_id":"c","phases":[]},)"
      R"({"subscription_id":"s6","customer_id":"c","phases":[3]},)" +
      R"({"subscription_id":["s7"],"customer_id":"c",)" + phase + "}"));
  EXPECT_EQ(loaded.records.phase_count(), 2U);
  EXPECT_EQ(
      findings(loaded),
      "bad_date book.json:subscriptions 2 phases[1].starts_on: \"tomorrow\" is not a date. Write "
      "YYYY-MM-DD.\n"
      "missing_value book.json:subscriptions 2 phases[2].starts_on: starts_on is empty. Every row needs "
      "one.\n"
      "missing_value book.json:subscriptions 3 customer_id: customer_id is empty. Every row needs one.\n"
      "bad_json book.json:subscriptions 4: A number stands where an object belongs.\n"
      "bad_json book.json:subscriptions 5: An array stands where an object belongs.\n"
      "bad_json book.json:subscriptions 6 phases: An object stands where an array belongs.\n"
      "missing_value book.json:subscriptions 7 phases: phases is empty. Every subscription needs one.\n"
      "bad_json book.json:subscriptions 8 phases[0]: A number stands where an object belongs.\n"
      "bad_json book.json:subscriptions 9 subscription_id: An array stands where a text or a number "
      "belongs.\n");
}

TEST(BookJson, a_bad_line_or_payment_costs_itself_and_a_bad_invoice_what_it_holds) {
  const std::string head = R"("customer_id":"c","issued_on":"2024-01-01","currency":"JPY","status":"open")";
  const LoadedBook loaded = read(
      R"({"invoices":[{"invoice_id":"i1",)" + head +
      R"(,"lines":[{"amount":"5"},{"amount":"5.5"},{}],"payments":[{"at":"2024-01-01","status":"lost"}]},)"
      R"({"invoice_id":"i2","lines":[{"amount":"5"}]},{"invoice_id":"i3",)" +
      head + R"(,"lines":"none"}]})");
  EXPECT_EQ(
      findings(loaded),
      "bad_number book.json:invoices 1 lines[1].amount: \"5.5\" has more decimals than JPY.\n"
      "missing_value book.json:invoices 1 lines[2].amount: amount is empty. Every row needs one.\n"
      "unknown_status book.json:invoices 1 payments[0].status: \"lost\" is not a payment's status. Write "
      "succeeded, failed or refunded.\n"
      "missing_value book.json:invoices 2 customer_id: customer_id is empty. Every row needs one.\n"
      "bad_json book.json:invoices 3 lines: A text stands where an array belongs.\n");
  ASSERT_EQ(loaded.records.invoice_count(), 1U);
  EXPECT_EQ(storage_of(loaded).invoices[0].invoice.lines.size(), 1U);
}

TEST(BookJson, what_is_not_used_is_said_once) {
  const LoadedBook loaded = read(document(
      R"({"subscription_id":"s1","customer_id":"c1","colour":"red","phases":[{"note":[1,{"a":2}],)" + phase +
          R"(},{"note":"","colour":1,)" + phase + R"(}]},{"colour":"blue",)" + subscription.substr(1),
      R"(,"plans":[{"plan":"pro","nested":{"a":[1,2]}}],"version":3,"customers":null)"));
  EXPECT_EQ(findings(loaded),
            "unknown_column book.json:subscriptions 1 colour: The field \"colour\" is not used.\n"
            "unknown_column book.json:subscriptions 1 phases[0].note: The field \"note\" is not used.\n"
            "unknown_column book.json 0 plans: The field \"plans\" is not used.\n"
            "unknown_column book.json 0 version: The field \"version\" is not used.\n");
  EXPECT_EQ(loaded.records.phase_count(), 3U);
  EXPECT_EQ(loaded.rejections.rejected(), 0U);
}

TEST(BookJson, a_field_that_comes_twice_costs_its_object) {
  EXPECT_EQ(findings(read(document(R"({"plan":"basic",)" + subscription.substr(1)))),
            "duplicate_column book.json:subscriptions 1 plan: The field is there twice.\n");
  EXPECT_EQ(findings(read(document(R"({"subscription_id":"s","customer_id":"c","phases":[],"phases":[]})")))
                .substr(0, 57),
            "duplicate_column book.json:subscriptions 1 phases: The fi");
  EXPECT_EQ(findings(read_lines(R"({"type":"subscriptions","type":"events",)" + subscription.substr(1))),
            "duplicate_column book.ndjson 1 type: The field is there twice.\n");
  const LoadedBook loaded =
      read(R"({"subscriptions":[],"customers":[{"customer_id":"c","size":"1","size":"2"}]})");
  EXPECT_EQ(
      findings(loaded),
      "duplicate_column book.json:customers 1 size: The attribute is there twice; the first one counts.\n");
  EXPECT_EQ(loaded.records.customer_count(), 1U);
}

TEST(BookJson, a_byte_0_in_a_text_is_rejected) {
  const LoadedBook loaded = read(
      R"({"subscriptions":[],"customers":[{"customer_id":"a\u0000b"},{"customer_id":"c","size":"\u0000","\u0000":1}]})");
  EXPECT_EQ(findings(loaded),
            "nul_byte book.json:customers 1 customer_id: The text holds a byte 0, which no text does.\n"
            "nul_byte book.json:customers 2 size: The text holds a byte 0, which no text does.\n" +
                std::string("nul_byte book.json:customers 2 ") + '\0' +
                ": The text holds a byte 0, which no text does.\n");
}

TEST(BookJson, a_bad_line_costs_itself) {
  const std::string good = R"({"type":"subscriptions",)" + subscription.substr(1) + "\n";
  const LoadedBook loaded = read_lines(
      good + "{\"type\":\n" + good +
      "not json\n[1]\n{}\n{\"type\":7}\n{\"type\":null}\n{\"type\":\"subscription\"}\n" + "{\"type\":{}}\n" +
      good.substr(0, good.size() - 1) + "x\n" + "{\"type\":\"events\",\"label\":\"\xC3(\"}\n" +
      "{\"type\":\"events\"}" + std::string(1, '\0') + "\n" + "{\"type\":\"events\",\"value\":1e999}\n" +
      good + R"({"type":"subscriptions","customer_id":"c)");
  EXPECT_EQ(
      findings(loaded),
      "bad_json book.ndjson 2: Column 9: It ends too early: a value, a bracket or a quote is missing.\n"
      "bad_json book.ndjson 4: Column 2: This is not JSON, from \"ot json\" on.\n"
      "bad_json book.ndjson 5: An array stands where an object belongs.\n"
      "missing_value book.ndjson 6 type: The line has no type. Write book, customers, subscriptions, "
      "invoices, "
      "events or fx_rates.\n"
      "unknown_table book.ndjson 7 type: \"7\" is no table. Write book, customers, subscriptions, invoices, "
      "events "
      "or fx_rates.\n"
      "missing_value book.ndjson 8 type: The line has no type. Write book, customers, subscriptions, "
      "invoices, "
      "events or fx_rates.\n"
      "unknown_table book.ndjson 9 type: \"subscription\" is no table. Write book, customers, subscriptions, "
      "invoices, events or fx_rates.\n"
      "unknown_table book.ndjson 10 type: An object is no table. Write book, customers, subscriptions, "
      "invoices, "
      "events or fx_rates.\n"
      "bad_json book.ndjson 11: Column 158: This is not JSON, from \"x\" on.\n"
      "invalid_utf8 book.ndjson 12: Column 28: Bytes that are not UTF-8. Save the text as UTF-8.\n"
      "nul_byte book.ndjson 13: Column 18: A byte 0, which no JSON holds.\n"
      "out_of_range book.ndjson 14: Column 30: A number is too large.\n"
      "bad_json book.ndjson 16: Column 41: It ends too early: a value, a bracket or a quote is missing.\n");
  EXPECT_EQ(loaded.records.phase_count(), 3U);
}

TEST(BookJson, nesting_without_end_is_no_danger) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  const LoadedBook loaded =
      read(R"({"x":)" + deep + R"(,"subscriptions":[],"customers":[{"customer_id":"c","a":)" + deep +
           R"(,"b":"kept"},)" + deep + "]}");
  EXPECT_EQ(loaded.rejections.count(RejectionCode::bad_json), 2U);
  EXPECT_EQ(loaded.records.customer_count(), 1U);
  EXPECT_EQ(error_of_text(R"({"subscriptions":[],"book":{"conventions":)" + deep + "}}"),
            "unreadable: book.json, book: It is nested more than 24 levels deep.");
  EXPECT_NE(error_of_text(std::string(200'000, '[')), "");
  EXPECT_NE(error_of_text(R"({"a":)" + std::string(200'000, '[')), "");
}

// ---- where there is no book

TEST(BookJson, a_text_without_a_book_is_an_error) {
  EXPECT_EQ(error_of_text(""), "unreadable: book.json is empty. It holds no book.");
  EXPECT_EQ(error_of_text(" \n\t\r\n"), "unreadable: book.json is empty. It holds no book.");
  EXPECT_EQ(error_of_text("\xEF\xBB\xBF"), "unreadable: book.json is empty. It holds no book.");
  EXPECT_EQ(error_of_text(std::string_view("\xFF\xFE{\0", 4)),
            "unreadable: book.json is UTF-16. Save it as UTF-8.");
  EXPECT_EQ(error_of_text("{}"), "unreadable: book.json holds no book. It needs subscriptions or invoices.");
  EXPECT_EQ(error_of_text(R"({"customers":[]})"),
            "unreadable: book.json holds no book. It needs subscriptions or invoices.");
  EXPECT_EQ(error_of_text(R"({"subscriptions":null})"),
            "unreadable: book.json holds no book. It needs subscriptions or invoices.");
  EXPECT_EQ(error_of_lines("{\"type\":\"plans\"\n{"),
            "unreadable: book.ndjson holds no book. It needs subscriptions or invoices. First of what was "
            "rejected: "
            "book.ndjson, row 1: Column 16: It ends too early: a value, a bracket or a quote is missing.");
  EXPECT_EQ(error_of_lines(R"({"type":"customers","customer_id":"c"})"), "")
      << "a table without rows leaves no trace in lines";
  for (const char* text : {"[]", "7", "\"text\"", "null"})
    EXPECT_EQ(error_of_text(text),
              "unreadable: book.json is not a JSON object with arrays such as \"subscriptions\".");
}

TEST(BookJson, a_document_that_breaks_names_line_and_column) {
  EXPECT_EQ(error_of_text("{\n  \"subscriptions\": [\n    {\"plan\": }\n]}"),
            "unreadable: book.json, line 3, column 14: This is not JSON, from \"} ]}\" on.");
  EXPECT_EQ(error_of_text("{\"subscriptions\": [\n"),
            "unreadable: book.json, line 2, column 1: It ends too early: a value, a bracket or a quote is "
            "missing.");
  EXPECT_EQ(error_of_text("{\n  \"subscriptions"),
            "unreadable: book.json, line 2, column 17: It ends too early: a value, a bracket or a quote is "
            "missing.");
  EXPECT_EQ(error_of_text("{\n  \"subscriptions\n\": []}"),
            "unreadable: book.json, line 2, column 17: This is not JSON: a text is not closed in its line, "
            "or holds a "
            "control character.");
  EXPECT_EQ(error_of_text(document(subscription) + "\n{}"),
            "unreadable: book.json, line 2, column 1: This is not JSON, from \"{}\" on.");
  EXPECT_EQ(error_of_text("{\"subscriptions\": [],\n\"customers\": [{\"customer_id\": \"\xFF\"}]}"),
            "unreadable: book.json, line 2, column 32: Bytes that are not UTF-8. Save the text as UTF-8.");
  EXPECT_EQ(error_of_text("{\"subscriptions\": [1e999]}"),
            "unreadable: book.json, line 1, column 24: A number is too large.");
  EXPECT_EQ(error_of_text("{\"subscriptions\": []}" + std::string(1, '\0') + "{"),
            "unreadable: book.json, line 1, column 22: A byte 0, which no JSON holds.");
}

TEST(BookJson, a_document_of_the_wrong_shape_is_an_error) {
  EXPECT_EQ(error_of_text(R"({"subscriptions":{}})"),
            "unreadable: book.json: \"subscriptions\" must be an array of objects.");
  EXPECT_EQ(error_of_text(R"({"subscriptions":[],"customers":"c"})"),
            "unreadable: book.json: \"customers\" must be an array of objects.");
  EXPECT_EQ(error_of_text(R"({"subscriptions":[],"subscriptions":[]})"),
            "unreadable: book.json: The field \"subscriptions\" is there twice.");
  EXPECT_EQ(error_of_text(R"({"subscriptions":[],"book":[]})"),
            "unreadable: book.json, book is not a JSON object.");
  EXPECT_EQ(error_of_text(R"({"subscriptions":[],"book":{"curency":"USD"}})"),
            "unreadable: book.json, book has an unknown field \"curency\". Known: currency, time_zone, "
            "records_from, "
            "conventions.");
  EXPECT_EQ(error_of_text(R"({"subscriptions":[],"book":{"currency":"USD","currency":"EUR"}})"),
            "unreadable: book.json, book: The field \"currency\" is there twice.");
  EXPECT_EQ(
      error_of_lines("{\"type\":\"book\"}\n{\"type\":\"book\"}"),
      "unreadable: book.ndjson, line 2: What the book says about itself is there already. Write it once.");
  EXPECT_EQ(error_of_lines(R"({"type":"book","records_from":"soon"})"),
            "unreadable: book.ndjson, line 1, records_from: \"soon\" is not a date. Write YYYY-MM-DD.");
}

TEST(BookJson, strict_reading_throws_the_first_rejection) {
  EXPECT_EQ(
      error_of_text(document(R"({"subscription_id":"s","customer_id":"c","phases":[{}]})"), {.strict = true}),
      "unreadable: book.json:subscriptions, row 1, phases[0].plan: plan is empty. Every row needs one.");
  EXPECT_EQ(error_of_lines("{\"type\":\"events\"}", {.strict = true}),
            "unreadable: book.ndjson, row 1, customer_id: customer_id is empty. Every row needs one.");
  EXPECT_EQ(error_of_text(document(subscription, R"(,"plans":1)"), {.strict = true}), "")
      << "a notice is none";
}

// ---- files and streams

class JsonFile : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) / (std::string("churn_json_") + test->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::filesystem::path write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  std::filesystem::path folder_;
};

TEST_F(JsonFile, is_read_by_its_name_and_content) {
  const std::string line = R"({"type":"subscriptions",)" + subscription.substr(1) + "\n";
  EXPECT_EQ(read_book_json(write("a.json", document(subscription))).records.phase_count(), 1U);
  EXPECT_EQ(read_book_json(write("b.json", "\xEF\xBB\xBF\n" + line + line)).records.phase_count(), 2U);
  EXPECT_EQ(read_book_json(write("c.ndjson", "\n" + line)).records.phase_count(), 1U);
  const LoadedBook broken_first = read_book_json(write("d.jsonl", "{\n" + line));
  EXPECT_EQ(broken_first.records.phase_count(), 1U) << "its name says lines, so the first one costs itself";
  EXPECT_EQ(broken_first.rejections.entries().at(0).source, "d.jsonl");
}

TEST_F(JsonFile, that_is_not_there_is_an_error) {
  const std::string shown = "\"" + (folder_ / "x.json").string() + "\"";
  EXPECT_EQ(error_of([&] { return read_book_json(folder_ / "x.json"); }),
            "unreadable: There is no file " + shown + ".");
  EXPECT_EQ(error_of([&] { return read_book_json(folder_); }),
            "unreadable: \"" + folder_.string() + "\" is a folder. Name a JSON file.");
}

TEST(BookJson, a_stream_reads_as_its_text_does) {
  const std::string line = R"({"type":"subscriptions",)" + subscription.substr(1);
  for (const std::string& text :
       {"\n\n" + line + "\n{\n" + line, line, "\xEF\xBB\xBF \n" + line + "\r\n\r\n{",
        "\n{\n\"subscriptions\":[7,\n" + subscription + "\n]}", document(subscription)}) {
    std::istringstream in(text);
    const LoadedBook streamed = read_book_json(in, "in");
    const LoadedBook parsed = parse_book_json(text, "in");
    EXPECT_EQ(streamed.rejections.entries(), parsed.rejections.entries()) << text;
    EXPECT_EQ(streamed.records.phase_count(), parsed.records.phase_count()) << text;
    EXPECT_EQ(storage_of(streamed).phases.row[0], storage_of(parsed).phases.row[0]) << text;
  }
  std::istringstream empty("\n \n");
  EXPECT_EQ(error_of([&] { return read_book_json(empty, "in"); }),
            "unreadable: in is empty. It holds no book.");
}

// ---- the same book in every form

/// The rows of a CSV file as objects, every value a text.
std::vector<json> rows_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  Rejections rejections;
  CsvReader csv(text, file.filename().string(), rejections);
  std::vector<json> rows;
  for (CsvRow row; csv.next(row);) {
    json object = json::object();
    for (std::size_t i = 0; i < row.fields.size(); ++i) object[csv.header()[i]] = std::string(row.fields[i]);
    rows.push_back(std::move(object));
  }
  EXPECT_TRUE(rejections.empty()) << file;
  return rows;
}

/// All that can be asked of a book, in few numbers.
void expect_same_book(const LoadedBook& a, const LoadedBook& b) {
  EXPECT_EQ(a.conventions, b.conventions);
  EXPECT_EQ(a.rejections.entries().size(), b.rejections.entries().size());
  const auto as_of = a.records.day_after_latest(a.conventions.book.time_zone);
  ASSERT_EQ(as_of, b.records.day_after_latest(b.conventions.book.time_zone));
  if (!as_of) return;
  const auto [book_a, rejections_a] = Book::build(a.records, *as_of, a.conventions);
  const auto [book_b, rejections_b] = Book::build(b.records, *as_of, b.conventions);
  for (std::size_t code = 0; code < rejection_code_count; ++code)
    EXPECT_EQ(rejections_a.count(static_cast<RejectionCode>(code)),
              rejections_b.count(static_cast<RejectionCode>(code)))
        << rejection_name(static_cast<RejectionCode>(code));
  ASSERT_EQ(book_a.attribute_names(), book_b.attribute_names());
  ASSERT_EQ(book_a.currencies(), book_b.currencies());
  if (book_a.currencies().size() > 1 || !book_a.first_change_on()) return;
  const PeriodGrid grid = Analyzer::whole_book(book_a, PeriodKind::month);
  EXPECT_TRUE(MovementCube::fold(book_a, grid) == MovementCube::fold(book_b, grid));
  for (const std::string& name : book_a.attribute_names())
    EXPECT_TRUE(MovementCube::fold(book_a, grid, by::attribute(name)) ==
                MovementCube::fold(book_b, grid, by::attribute(name)))
        << name;
  const Date last = *as_of - std::chrono::days{1};
  if (book_a.records_from() && last < *book_a.records_from()) return;
  EXPECT_EQ(to_csv(roster_table(roster(book_a, last), true)),
            to_csv(roster_table(roster(book_b, last), true)));
}

TEST(BookJson, the_sample_book_is_the_same_as_csv_as_a_document_and_as_lines) {
  const std::filesystem::path folder = std::filesystem::path(CHURN_SOURCE_DIR) / "examples/sample_book";
  const LoadedBook csv = read_book_folder(folder);
  json book;
  std::ifstream(folder / "book.json") >> book;
  json as_document{{"book", book}};
  std::string as_lines = json{{"type", "book"}}.dump() + "\n";
  if (!book.empty()) {
    book["type"] = "book";
    as_lines = book.dump() + "\n";
  }
  for (const auto& [file, table] : {std::pair{"events.csv", "events"},
                                    {"subscriptions.csv", "subscriptions"},
                                    {"customers.csv", "customers"}}) {
    for (json row : rows_of(folder / file)) {
      row["type"] = table;
      as_lines += row.dump() + "\n";
      row.erase("type");
      auto& elements = as_document[table];
      if (std::string_view(table) != "subscriptions") {
        elements.push_back(row);
        continue;
      }
      // Phases that follow each other are together in their subscription.
      const json ids{{"subscription_id", row["subscription_id"]}, {"customer_id", row["customer_id"]}};
      row.erase("subscription_id");
      row.erase("customer_id");
      if (elements.empty() || elements.back()["subscription_id"] != ids["subscription_id"] ||
          elements.back()["customer_id"] != ids["customer_id"]) {
        elements.push_back(ids);
      }
      elements.back()["phases"].push_back(row);
    }
  }
  for (const LoadedBook& loaded : {parse_book_json(as_document.dump()), parse_book_json(as_document.dump(1)),
                                   parse_book_json(as_lines)}) {
    EXPECT_EQ(loaded.records.customer_count(), csv.records.customer_count());
    EXPECT_EQ(loaded.records.phase_count(), csv.records.phase_count());
    EXPECT_EQ(loaded.records.event_count(), csv.records.event_count());
    expect_same_book(loaded, csv);
  }
}

TEST(BookJson, invoices_are_the_same_as_csv_and_as_json) {
  const LoadedBook csv = read_book_files(
      {{"invoices.csv", "invoice_id,customer_id,issued_on,currency,status\ni1,c1,2024-01-01,USD,paid\n"},
       {"invoice_lines.csv", "invoice_id,amount,interval\ni1,10.00,month\ni1,-2.50,\n"},
       {"payments.csv", "invoice_id,at,status,amount\ni1,2024-01-02T03:04:05Z,succeeded,7.50\n"}});
  const LoadedBook loaded = read(
      R"({"invoices":[{"invoice_id":"i1","customer_id":"c1","issued_on":"2024-01-01","currency":"USD",
           "status":"paid","lines":[{"amount":10.00,"interval":"month"},{"amount":-2.5}],
           "payments":[{"at":"2024-01-02T03:04:05Z","status":"succeeded","amount":"7.5"}]}]})");
  ASSERT_EQ(loaded.records.invoice_count(), 1U);
  EXPECT_EQ(storage_of(loaded).invoices[0].invoice, storage_of(csv).invoices[0].invoice);
  EXPECT_EQ(loaded.records.day_after_latest(), csv.records.day_after_latest());
}

// ---- writing

std::string written(const Records& records, const Conventions& conventions = {},
                    JsonLayout layout = JsonLayout::document) {
  std::ostringstream out;
  write_book_json(out, records, conventions, layout);
  return out.str();
}

RC_GTEST_PROP(BookJson, what_is_written_reads_back_to_the_same_book, ()) {
  const support::RandomCase random = support::draw_case();
  LoadedBook original{.records = support::to_records(random.book),
                      .rejections = {},
                      .conventions = support::to_conventions(random.rules)};
  original.records.add(
      Event{CustomerId{"c0"}, Timestamp::from_seconds(1'704'000'000), "nps", Decimal{85, 1}, "x"});
  original.records.add(FxRate{Date::of(2024, 1, 1), Currency{"EUR"}, Decimal{11, 1}});
  for (const JsonLayout layout : {JsonLayout::document, JsonLayout::lines}) {
    const std::string text = written(original.records, original.conventions, layout);
    const LoadedBook again = parse_book_json(text, "b", layout);
    RC_ASSERT(again.rejections.empty());
    RC_ASSERT(again.records.records_from() == original.records.records_from());
    expect_same_book(again, original);
    RC_ASSERT(!testing::Test::HasFailure());
    RC_ASSERT(written(again.records, again.conventions, layout) == text);
    RC_ASSERT(parse_book_json(text).records.phase_count() == original.records.phase_count());
  }
}

TEST(BookJson, what_json_can_not_hold_is_not_written) {
  Records records;
  records.add(Customer{.id = CustomerId{"c"}, .attributes = {{"type", "shop"}}});
  EXPECT_EQ(error_of([&] { return written(records, {}, JsonLayout::lines); }),
            "unreadable: An attribute can't be called \"type\" where lines name their table so.");
  EXPECT_NE(written(records).find("shop"), std::string::npos);
  records.add(Customer{.id = CustomerId{"\xFF"}});
  EXPECT_EQ(error_of([&] { return written(records); }),
            "unreadable: A text is not UTF-8, so JSON can't hold it.");
}

}  // namespace
}  // namespace churn

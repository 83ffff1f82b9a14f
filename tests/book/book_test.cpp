#include <churn/book/book.hpp>

#include <churn/cube/movement_cube.hpp>
#include <churn/metric/roster.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::built_as_of;
using support::day;
using support::error_of;
using support::mrr_on;
using support::records_of;

// ---- States

TEST(Book, the_mrr_of_a_day_is_the_run_rate_in_force) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("pro").from("2024-01-15").until("2024-04-01").at("50.00")});
  EXPECT_EQ(mrr_on(book, "ann", "2024-01-14"), "absent");
  EXPECT_EQ(mrr_on(book, "ann", "2024-01-15"), "50.00");
  EXPECT_EQ(mrr_on(book, "ann", "2024-03-31"), "50.00");
  EXPECT_EQ(mrr_on(book, "ann", "2024-04-01"), "absent") << "The first inactive day.";
}

TEST(Book, prices_become_mrr_as_the_definitions_say) {
  const Book book = book_as_of(
      "2024-07-01",
      {a_customer("annual").on("pro").at("1200").yearly(), a_customer("half").on("pro").at("600").yearly(),
       a_customer("weekly").on("pro").at("10.00").weekly(), a_customer("daily").on("pro").at("10.00").daily(),
       a_customer("two years").on("pro").at("2400.00").every(2, BillingInterval::year),
       a_customer("over").on("pro").at("50.00").less_percent("150")});
  EXPECT_EQ(mrr_on(book, "annual", "2024-06-01"), "100.00");
  EXPECT_EQ(mrr_on(book, "half", "2024-06-01"), "50.00");
  EXPECT_EQ(mrr_on(book, "weekly", "2024-06-01"), "43.33");
  EXPECT_EQ(mrr_on(book, "daily", "2024-06-01"), "304.17");
  EXPECT_EQ(mrr_on(book, "two years", "2024-06-01"), "100.00");
  EXPECT_EQ(mrr_on(book, "over", "2024-06-01"), "absent") << "A discount above the price floors at 0.";
  const Book yen = book_as_of("2024-07-01", {a_customer("ann").on("pro").at("12000").in("JPY").yearly()});
  EXPECT_EQ(mrr_on(yen, "ann", "2024-06-01"), "1000");
}

TEST(Book, a_hundred_at_100_a_month_and_fifty_at_600_a_year_are_12500) {
  const Book book =
      book_as_of("2024-07-01",
                 support::together({support::copies(100, a_customer("month").on("pro").at("100")),
                                    support::copies(50, a_customer("year").on("pro").at("600").yearly())}));
  std::int64_t ticks = 0;
  for (const RosterEntry& entry : roster(book, day("2024-06-30"))) ticks += entry.run_rate.ticks();
  EXPECT_EQ(support::shown(ticks), "12500.00");
}

TEST(Book, three_customers_at_1000_a_year_show_250_together) {
  const Book book =
      book_as_of("2024-07-01", support::copies(3, a_customer("c").on("pro").at("1000.00").yearly()));
  std::int64_t ticks = 0;
  for (const RosterEntry& entry : roster(book, day("2024-06-30"))) {
    EXPECT_EQ(entry.run_rate.mrr().to_string(), "83.33");
    ticks += entry.run_rate.ticks();
  }
  EXPECT_EQ(support::shown(ticks), "250.00");
}

TEST(Book, as_of_is_exclusive_and_truncates_by_effect) {
  const auto ann = a_customer("ann")
                       .on("basic")
                       .at("50.00")
                       .until("2024-03-10")
                       .then_on("pro")
                       .from("2024-03-10")
                       .at("80.00");
  const Book before = book_as_of("2024-03-10", {ann});
  EXPECT_EQ(mrr_on(before, "ann", "2024-03-09"), "50.00");
  EXPECT_EQ(before.timeline().day.size(), 1U) << "Neither the end nor the new plan is known yet.";
  const Book after = book_as_of("2024-03-11", {ann});
  EXPECT_EQ(mrr_on(after, "ann", "2024-03-10"), "80.00");
  EXPECT_EQ(after.as_of(), day("2024-03-11"));
}

TEST(Book, a_contract_into_the_future_does_not_move_as_of) {
  const Records records = records_of(
      {a_customer("ann").on("pro").from("2025-01-10").until("2027-01-10").cancelled_on("2025-02-01"),
       a_customer("bob").signed_up("2025-01-20")});
  EXPECT_EQ(records.day_after_latest(), day("2025-02-02"));
}

TEST(Book, first_present_on_looks_behind_the_first_recorded_day) {
  const Book book = book_from_until("2024-02-01", "2024-07-01",
                                    {a_customer("ann").on("pro").from("2023-05-06"),
                                     a_customer("bob").signed_up("2024-01-01").named("Bob & Co")});
  EXPECT_EQ(book.records_from(), day("2024-02-01"));
  const CustomerIndex ann = book.find(CustomerId{"ann"}).value();
  const CustomerIndex bob = book.find(CustomerId{"bob"}).value();
  EXPECT_EQ(book.first_present_on(ann), day("2023-05-06"));
  EXPECT_EQ(book.first_present_on(bob), std::nullopt);
  EXPECT_EQ(book.signed_up_on(bob), day("2024-01-01"));
  EXPECT_EQ(book.signed_up_on(ann), std::nullopt);
  EXPECT_EQ(book.customer_name(bob), "Bob & Co");
  EXPECT_EQ(book.customer_name(ann), "");
  EXPECT_EQ(book.customer_id(ann), CustomerId{"ann"});
  EXPECT_EQ(book.find(CustomerId{"eve"}), std::nullopt);
  EXPECT_EQ(book.first_change_on(), std::nullopt) << "What stood before the records is no change.";
}

TEST(Book, customers_by_id_are_in_order_of_bytes) {
  const Book book = book_as_of("2024-07-01", {a_customer("b").on("pro"), a_customer("10").on("pro"),
                                              a_customer("9").on("pro"), a_customer("B").on("pro")});
  std::vector<std::string> ids;
  for (const CustomerIndex customer : book.customers_by_id())
    ids.push_back(book.customer_id(customer).text());
  EXPECT_EQ(ids, (std::vector<std::string>{"10", "9", "B", "b"}));
}

TEST(Book, a_gap_at_as_of_that_may_still_close_is_pending) {
  Conventions rules;
  rules.book.gap_allowance_days = 10;
  const auto pending_as_of = [&](const char* as_of) {
    return book_as_of(as_of, {a_customer("ann").on("pro").until("2024-03-01")}, rules).pending_gap_since();
  };
  EXPECT_EQ(pending_as_of("2024-03-01"), std::nullopt) << "The end is not known yet.";
  EXPECT_EQ(pending_as_of("2024-03-02"), day("2024-03-01"));
  EXPECT_EQ(pending_as_of("2024-03-11"), day("2024-03-01")) << "Ten absent days.";
  EXPECT_EQ(pending_as_of("2024-03-12"), std::nullopt) << "Eleven are churn.";
}

// ---- Attributes

TEST(Book, attributes_are_columns_with_a_visible_none) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("pro").with("size", "small").with("country", "DE"),
                                a_customer("bob").on("pro").with("country", "")});
  EXPECT_EQ(book.attribute_names(), (std::vector<std::string>{"country", "size"}));
  const Book::Attribute country = book.attribute("country");
  const auto label_of = [&](const char* id) {
    return country.labels[country.code[static_cast<std::size_t>(book.find(CustomerId{id}).value())]];
  };
  EXPECT_EQ(label_of("ann"), "DE");
  EXPECT_EQ(label_of("bob"), "(none)");
  EXPECT_EQ(country.labels.front(), "(none)");
}

TEST(Book, an_unknown_attribute_throws_naming_those_that_exist) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("pro").with("size", "small").with("country", "DE")});
  try {
    static_cast<void>(book.attribute("contry"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unknown_attribute);
    EXPECT_NE(std::string(error.what()).find("contry"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("country, size"), std::string::npos);
  }
}

// ---- Currencies

TEST(Book, several_currencies_have_no_common_one_and_are_named) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("pro").in("USD"), a_customer("bob").on("pro").in("EUR"),
                                a_customer("eve").on("pro").in("USD")});
  EXPECT_EQ(book.currencies().size(), 2U);
  try {
    static_cast<void>(book.currency());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::mixed_currencies);
    EXPECT_NE(std::string(error.what()).find("EUR"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("USD"), std::string::npos);
  }
  EXPECT_EQ(error_of([&] { return roster(book, day("2024-06-01")); }), ErrorCode::mixed_currencies);
}

TEST(Book, a_reporting_currency_rejects_phases_in_others_and_keeps_the_rest) {
  Conventions rules;
  rules.book.currency = Currency{"EUR"};
  const auto [book, rejections] = built_as_of(
      "2024-07-01", {a_customer("ann").on("pro"), a_customer("bob").on("pro").in("EUR").at("30.00")}, rules);
  EXPECT_EQ(book.currency(), Currency{"EUR"});
  EXPECT_EQ(mrr_on(book, "bob", "2024-06-01"), "30.00");
  EXPECT_EQ(mrr_on(book, "ann", "2024-06-01"), "absent");
  ASSERT_EQ(rejections.entries().size(), 1U);
  EXPECT_EQ(rejections.entries().front(),
            (Rejection{RejectionCode::currency_not_reported, "subscriptions", 1, "currency",
                       "USD is not the reporting currency EUR, and there are no exchange rates."}));
}

TEST(Book, a_book_without_phases_reports_in_dollars_or_as_it_is_told) {
  EXPECT_EQ(book_as_of("2024-07-01", {}).currency(), Currency{"USD"});
  Conventions rules;
  rules.book.currency = Currency{"EUR"};
  EXPECT_EQ(book_as_of("2024-07-01", {}, rules).currency(), Currency{"EUR"});
}

TEST(Book, the_currency_of_a_rejected_phase_does_not_count) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("pro"), a_customer("bob").on("pro").in("EUR").times(-1),
                                a_customer("test").on("pro").in("JPY").who_is_a_test_account()});
  EXPECT_EQ(book.currency(), Currency{"USD"});
}

// ---- Rejections that concern the book as a whole

TEST(Book, customers_that_their_table_lacks_are_kept_and_reported_once_each) {
  const auto [book, rejections] =
      built_as_of("2024-07-01", {a_customer("ann").on("pro").with("country", "DE"),
                                 a_customer("bob").on("pro").on("basic").known_from_phases_only(),
                                 a_customer("eve").merged_into("dan")});
  EXPECT_EQ(mrr_on(book, "bob", "2024-06-01"), "20.00");
  EXPECT_EQ(rejections.rejected(), 0U);
  ASSERT_EQ(rejections.entries().size(), 2U);
  EXPECT_EQ(rejections.entries()[0],
            (Rejection{RejectionCode::unknown_customer, "customers", 2, "customer_id",
                       "Customer dan has no row in customers; it counts, without attributes."}));
  EXPECT_EQ(rejections.entries()[1],
            (Rejection{RejectionCode::unknown_customer, "subscriptions", 2, "customer_id",
                       "Customer bob has no row in customers; it counts, without attributes."}));
}

TEST(Book, without_a_table_of_customers_nobody_is_missing_from_it) {
  EXPECT_TRUE(
      built_as_of("2024-07-01", {a_customer("ann").on("pro").known_from_phases_only()}).rejections.empty());
}

Invoice invoice_of(const char* id, const char* issued_on) {
  return Invoice{.id = InvoiceId{id},
                 .customer = CustomerId{"ann"},
                 .issued_on = day(issued_on),
                 .currency = Currency{"USD"},
                 .status = InvoiceStatus::paid};
}

TEST(Book, invoices_of_one_id_that_differ_are_rejected) {
  Records records = records_of({a_customer("ann").on("pro")});
  records.set_source(RecordTable::invoices, "invoices.csv");
  records.add(invoice_of("i1", "2024-02-01"), 2);
  records.add(invoice_of("i2", "2024-02-01"), 3);
  records.add(invoice_of("i1", "2024-03-01"), 4);
  const auto [book, rejections] = Book::build(records, day("2024-07-01"));
  EXPECT_EQ(rejections.count(RejectionCode::duplicate_id), rejections.entries().size());
  ASSERT_FALSE(rejections.empty());
  EXPECT_EQ(rejections.entries().back().source, "invoices.csv");
  EXPECT_EQ(rejections.entries().back().row, 4);
  EXPECT_EQ(rejections.entries().back().field, "invoice_id");
  EXPECT_EQ(mrr_on(book, "ann", "2024-06-01"), "10.00");
}

TEST(Book, identical_invoices_count_once_and_are_no_rejection) {
  Records records = records_of({a_customer("ann").on("pro")});
  records.add(invoice_of("i1", "2024-02-01"));
  records.add(invoice_of("i1", "2024-02-01"));
  const auto [book, rejections] = Book::build(records, day("2024-07-01"));
  EXPECT_EQ(rejections.rejected(), 0U);
  EXPECT_EQ(rejections.count(RejectionCode::duplicate_row), 1U);
}

TEST(Book, rejections_are_ordered_by_source_and_row_and_good_rows_are_kept) {
  const auto [book, rejections] = built_as_of(
      "2024-07-01", {a_customer("ann").on("pro").times(-1).on("pro").at("20.00").on("pro").less_percent("-5"),
                     a_customer("test").who_is_a_test_account().on("pro").times(-1)});
  EXPECT_EQ(mrr_on(book, "ann", "2024-06-01"), "20.00");
  ASSERT_EQ(rejections.entries().size(), 3U) << "Phases of test accounts are not looked at.";
  EXPECT_EQ(rejections.rejected(), 2U);
  EXPECT_EQ(rejections.notices(), 1U);
  EXPECT_EQ(rejections.entries()[0].code, RejectionCode::excluded_customer);
  EXPECT_EQ(rejections.entries()[1].code, RejectionCode::negative_quantity);
  EXPECT_EQ(rejections.entries()[1].row, 1);
  EXPECT_EQ(rejections.entries()[2].code, RejectionCode::bad_discount);
  EXPECT_EQ(rejections.entries()[2].row, 3);
}

// ---- Sharing and limits

TEST(Book, appending_to_records_does_not_change_a_book_built_before) {
  Records records = records_of({a_customer("ann").on("pro").with("country", "DE")});
  const Book book = Book::build(records, day("2024-07-01")).book;
  const Records copy = records;
  a_customer("bob").on("pro").from("2024-02-01").with("size", "small").add_to(records);
  a_customer("ann").on("pro").from("2024-03-01").add_phases_to(records);
  records.set_records_from(day("2024-05-01"));
  records.set_source(RecordTable::subscriptions, "elsewhere.csv");
  EXPECT_EQ(book.customer_count(), 1U);
  EXPECT_EQ(book.find(CustomerId{"bob"}), std::nullopt);
  EXPECT_EQ(mrr_on(book, "ann", "2024-06-01"), "10.00");
  EXPECT_EQ(book.attribute_names(), (std::vector<std::string>{"country"}));
  EXPECT_EQ(book.records_from(), std::nullopt);
  EXPECT_EQ(copy.phase_count(), 1U);
  EXPECT_EQ(copy.source(RecordTable::subscriptions), "subscriptions");
  const Book later = Book::build(records, day("2024-07-01")).book;
  EXPECT_EQ(later.customer_count(), 2U);
  EXPECT_EQ(mrr_on(later, "ann", "2024-06-01"), "10.00")
      << "The same subscription id: the later start cuts the earlier.";
}

TEST(Book, a_book_outlives_its_records) {
  std::optional<Records> records = records_of({a_customer("ann").on("pro").with("country", "DE")});
  const Book book = Book::build(*records, day("2024-07-01")).book;
  const Book copy = book;
  records.reset();
  EXPECT_EQ(copy.customer_id(CustomerIndex{0}), CustomerId{"ann"});
  EXPECT_EQ(copy.attribute("country").labels.back(), "DE");
}

TEST(Book, conventions_that_contradict_themselves_are_refused) {
  const auto error_with = [](auto change) {
    Conventions rules;
    change(rules);
    return error_of([&] { return book_as_of("2024-07-01", {}, rules); });
  };
  EXPECT_EQ(error_with([](Conventions& rules) { rules.book.gap_allowance_days = -1; }),
            ErrorCode::bad_conventions);
  EXPECT_EQ(error_with([](Conventions& rules) { rules.book.reactivation_window_days = -1; }),
            ErrorCode::bad_conventions);
  EXPECT_EQ(error_with([](Conventions& rules) { rules.book.normalisation.per_year[0].denominator = 0; }),
            ErrorCode::bad_conventions);
  EXPECT_EQ(error_with([](Conventions& rules) { rules.rate.confidence = 1; }), ErrorCode::bad_conventions);
  EXPECT_EQ(error_with([](Conventions&) {}), std::nullopt);
}

/// So many subscriptions of 2^56 ticks, the largest that a phase may have.
support::CustomerSentence huge(support::CustomerSentence customer, int subscriptions, const char* from,
                               const char* until) {
  for (int i = 0; i < subscriptions; ++i)
    customer.on("huge").from(from).until(until).at("2001599834386.88").yearly();
  return customer;
}

TEST(Book, a_customer_whose_run_rate_is_beyond_64_bits_is_an_overflow) {
  EXPECT_EQ(error_of([] {
              return book_as_of("2024-07-01", {huge(a_customer("ann"), 127, "2024-01-01", "2024-06-01")});
            }),
            std::nullopt);
  EXPECT_EQ(error_of([] {
              return book_as_of("2024-07-01", {huge(a_customer("ann"), 129, "2024-01-01", "2024-06-01")});
            }),
            ErrorCode::overflow);
}

TEST(Book, only_what_is_in_force_together_counts_towards_an_overflow) {
  // 100 subscriptions end on the day on which 100 others begin: the run rate never is more than 100 of them.
  const auto before = [](support::CustomerSentence ann) {
    return huge(std::move(ann), 100, "2024-01-01", "2024-03-01");
  };
  const auto after = [](support::CustomerSentence ann) {
    return huge(std::move(ann), 100, "2024-03-01", "2024-06-01");
  };
  EXPECT_EQ(error_of([&] { return book_as_of("2024-07-01", {after(before(a_customer("ann")))}); }),
            std::nullopt);
  EXPECT_EQ(error_of([&] { return book_as_of("2024-07-01", {before(after(a_customer("ann")))}); }),
            std::nullopt);
}

TEST(Book, sums_fit_as_long_as_all_changes_together_do) {
  const auto ann = huge(a_customer("ann"), 60, "2024-01-01", "2024-02-01");
  EXPECT_TRUE(book_as_of("2024-07-01", {ann}).sums_fit()) << "120 x 2^56.";
  EXPECT_FALSE(book_as_of("2024-07-01", {huge(ann, 5, "2024-04-01", "2024-05-01")}).sums_fit())
      << "130 x 2^56.";
  EXPECT_TRUE(book_as_of("2024-01-02", {huge(ann, 5, "2024-04-01", "2024-05-01")}).sums_fit())
      << "60 so far.";
}

// A phase in another currency that starts later, or costs nothing, used to make every total an error.
TEST(Book, has_only_the_currencies_that_add_to_some_sum_before_as_of) {
  const Book book =
      support::book_as_of("2024-02-01", {support::a_customer("a").on("pro").from("2024-01-01").in("USD"),
                                         support::a_customer("b").on("pro").from("2024-02-10").in("EUR"),
                                         support::a_customer("c").on("free").at("0").in("GBP")});
  EXPECT_EQ(book.currency(), Currency{"USD"});
}

// Long chains of merges used to be walked once for every account on them.
TEST(Book, follows_a_chain_of_a_hundred_thousand_merges) {
  Records records;
  constexpr int length = 100'000;
  for (int i = 0; i < length; ++i) {
    Customer customer{.id = CustomerId{i}};
    if (i + 1 < length) customer.merged_into = CustomerId{i + 1};
    records.add(customer);
  }
  EXPECT_EQ(Book::build(records, Date::of(2024, 1, 1)).book.customer_count(), 1U);
}

}  // namespace
}  // namespace churn

#include <churn/segment/segmenter.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::error_of;

Label label_of(const Book& book, const Segmenter& segmenter, const char* id) {
  const Labelling labelling = segmenter(book);
  return labelling.labels.at(labelling(static_cast<std::size_t>(book.find(CustomerId{id}).value())));
}

Book three_customers() {
  return book_as_of(
      "2024-07-01",
      {a_customer("ann").on("pro").from("2024-01-15").with("country", "FR").with("size", "small"),
       a_customer("bob").on("pro").from("2024-02-29").with("country", "DE"),
       a_customer("eve").with("size", "big")});
}

TEST(Segmenter, the_default_is_one_segment_without_a_name) {
  const Labelling labelling = Segmenter{}(three_customers());
  EXPECT_TRUE(labelling.names.empty());
  EXPECT_EQ(labelling.labels, (std::vector<Label>{Label{}}));
  EXPECT_EQ(labelling(2), 0U);
}

TEST(Segmenter, an_attribute_labels_everyone_and_labels_are_in_order_of_bytes) {
  const Book book = three_customers();
  const Labelling labelling = by::attribute("country")(book);
  EXPECT_EQ(labelling.names, (std::vector<std::string>{"country"}));
  EXPECT_EQ(labelling.labels, (std::vector<Label>{{"(none)"}, {"DE"}, {"FR"}}));
  EXPECT_EQ(label_of(book, by::attribute("country"), "ann"), Label{"FR"});
  EXPECT_EQ(label_of(book, by::attribute("country"), "eve"), Label{"(none)"});
}

TEST(Segmenter, an_unknown_attribute_throws_when_it_is_applied) {
  const Segmenter segmenter = by::attribute("contry");
  EXPECT_EQ(segmenter.names(), (std::vector<std::string>{"contry"}));
  EXPECT_EQ(error_of([&] { return segmenter(three_customers()); }), ErrorCode::unknown_attribute);
}

TEST(Segmenter, a_product_lists_only_the_pairs_that_occur) {
  const Book book = three_customers();
  const Segmenter product = by::attribute("country") * by::attribute("size");
  const Labelling labelling = product(book);
  EXPECT_EQ(labelling.names, (std::vector<std::string>{"country", "size"}));
  EXPECT_EQ(labelling.labels, (std::vector<Label>{{"(none)", "big"}, {"DE", "(none)"}, {"FR", "small"}}));
  EXPECT_EQ(label_of(book, product, "bob"), (Label{"DE", "(none)"}));
  EXPECT_EQ(label_of(book, Segmenter{} * by::attribute("size"), "ann"), Label{"small"})
      << "The total is the one of the product.";
}

TEST(Segmenter, only_labels_that_occur_are_listed) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").with("country", "FR"),
                                a_customer("test").who_is_a_test_account().with("country", "DE"),
                                a_customer("old").merged_into("ann").with("country", "IT")});
  EXPECT_EQ(by::attribute("country")(book).labels, (std::vector<Label>{{"FR"}}));
}

TEST(Segmenter, a_cohort_is_the_calendar_period_of_the_first_present_day) {
  const Book book = three_customers();
  EXPECT_EQ(label_of(book, by::cohort(), "ann"), Label{"2024-01-01"});
  EXPECT_EQ(label_of(book, by::cohort(), "bob"), Label{"2024-02-01"});
  EXPECT_EQ(label_of(book, by::cohort(), "eve"), Label{"(none)"}) << "Never present.";
  EXPECT_EQ(label_of(book, by::cohort(PeriodKind::quarter), "bob"), Label{"2024-01-01"});
  EXPECT_EQ(label_of(book, by::cohort(PeriodKind::week), "bob"), Label{"2024-02-26"});
  EXPECT_EQ(label_of(book, by::cohort(PeriodKind::year), "bob"), Label{"2024-01-01"});
  EXPECT_EQ(label_of(book, by::cohort(PeriodKind::day), "bob"), Label{"2024-02-29"});
  EXPECT_EQ(by::cohort().names(), (std::vector<std::string>{"cohort"}));
}

TEST(Segmenter, a_cohort_of_given_cuts_is_an_error) {
  EXPECT_EQ(error_of([] { return by::cohort(PeriodKind::cuts)(three_customers()); }), ErrorCode::bad_period);
}

TEST(Segmenter, whoever_was_there_on_the_first_recorded_day_came_before_the_records) {
  const Book book = book_from_until(
      "2024-02-01", "2024-07-01",
      {a_customer("old").on("pro").from("2023-05-06"), a_customer("first").on("pro").from("2024-02-01"),
       a_customer("gone").on("pro").from("2023-05-06").until("2023-06-06"),
       a_customer("new").on("pro").from("2024-02-02")});
  for (const char* id : {"old", "first", "gone"})
    EXPECT_EQ(label_of(book, by::cohort(), id), Label{"(before records)"});
  EXPECT_EQ(label_of(book, by::cohort(), "new"), Label{"2024-02-01"});
}

TEST(Segmenter, a_hosts_own_rule_is_asked_once_a_customer) {
  const Book book = three_customers();
  int asked = 0;
  const Segmenter initial = by::custom("initial", [&asked](const Book& of, CustomerIndex customer) {
    ++asked;
    const std::string id = of.customer_id(customer).text();
    return id == "bob" ? std::string{} : id.substr(0, 1);
  });
  EXPECT_EQ(initial(book).labels, (std::vector<Label>{{"(none)"}, {"a"}, {"e"}}));
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(label_of(book, initial, "bob"), Label{"(none)"}) << "An empty label is a visible one.";
}

TEST(Segmenter, an_attribute_that_says_none_in_words_is_the_label_of_those_without) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").with("country", "(none)"), a_customer("bob"),
                                              a_customer("eve").with("country", "DE")});
  EXPECT_EQ(by::attribute("country")(book).labels, (std::vector<Label>{{"(none)"}, {"DE"}}));
}

TEST(Segmenter, more_than_100000_labels_are_refused) {
  // Columns, because a hundred thousand sentences take a while.
  constexpr std::size_t rows = 100'001;
  std::vector<std::int64_t> ids(rows);
  for (std::size_t i = 0; i < rows; ++i) ids[i] = static_cast<std::int64_t>(i);
  const std::vector<std::uint8_t> plan(rows, 0);
  const std::vector<std::string_view> plan_names{"pro"};
  const std::vector<std::int32_t> starts_on(rows, support::day("2024-01-01").days());
  const std::vector<std::int32_t> ends_on(rows, PhaseColumns::no_day);
  const std::vector<std::int64_t> amount(rows, 1000);
  const std::vector<BillingCycle> cycle(1);
  Records records;
  records.add(PhaseColumns{.subscription = ids,
                           .customer = ids,
                           .plan = plan,
                           .plan_names = plan_names,
                           .starts_on = starts_on,
                           .ends_on = ends_on,
                           .amount = amount,
                           .currency = Currency{"USD"},
                           .cycle = cycle});
  const Book book = Book::build(records, support::day("2024-07-01")).book;
  const auto labels = [&](std::uint32_t from) {
    return by::custom("id", [from](const Book&, CustomerIndex customer) {
      return std::to_string(std::max(from, static_cast<std::uint32_t>(customer)));
    });
  };
  EXPECT_EQ(error_of([&] { return labels(0)(book); }), ErrorCode::out_of_range);
  EXPECT_EQ(labels(1)(book).labels.size(), 100'000U);
  const auto modulo = [](const char* name, std::uint32_t n) {
    return by::custom(name, [n](const Book&, CustomerIndex customer) {
      return std::to_string(static_cast<std::uint32_t>(customer) % n);
    });
  };
  EXPECT_EQ(error_of([&] { return (modulo("a", 400) * modulo("b", 401))(book); }), ErrorCode::out_of_range)
      << "Together they tell everyone apart.";
}

}  // namespace
}  // namespace churn

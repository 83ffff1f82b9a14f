#include <churn/departure/expiring_cards.hpp>

#include <churn/io/book_folder.hpp>
#include <churn/io/loaded_book.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::CustomerSentences;
using support::day;
using support::error_of;

struct Added {
  std::string customer;
  std::string at;  // a day stands for noon UTC
  std::string expiry;
  std::string kind{"card_added"};
};

Book book_with_cards(std::string_view as_of, const CustomerSentences& customers,
                     const std::vector<Added>& cards, const Conventions& conventions = {}) {
  Records records = support::records_of(customers);
  for (const Added& card : cards)
    records.add(Event{.customer = CustomerId{card.customer},
                      .at = Timestamp::parse(card.at.size() == 10 ? card.at + "T12:00:00Z" : card.at).value(),
                      .kind = card.kind,
                      .label = card.expiry});
  return Book::build(records, day(as_of), conventions).book;
}

CustomerSentences ann() { return {a_customer("ann").on("pro")}; }

/// `ann 2024-07-31 10.00`, with `expired` in front of those that have.
std::string in_words(const ExpiringCards& cards) {
  std::string text;
  for (const ExpiringCard& card : cards.cards)
    text += std::string(text.empty() ? "" : "; ") + (card.expired ? "expired " : "") +
            card.customer_id.text() + " " + card.expires_on.to_string() + " " +
            card.run_rate.value().mrr().to_string();
  return text;
}

std::string of_ann(std::string_view as_of, const std::vector<Added>& cards,
                   const ExpiringCardsOptions& options = {}) {
  return in_words(expiring_cards(book_with_cards(as_of, ann(), cards), options));
}

TEST(ExpiringCards, a_card_is_valid_through_the_end_of_its_month) {
  EXPECT_EQ(card_expires_on("2024-02"), day("2024-02-29"));
  EXPECT_EQ(card_expires_on("2023-02"), day("2023-02-28"));
  EXPECT_EQ(card_expires_on("2024-12"), day("2024-12-31"));
  EXPECT_EQ(card_expires_on("9999-12"), day("9999-12-31"));
  for (const char* label : {"", "2024", "2024-13", "2024-00", "2024-1", "0000-05", "02/24", "2024-02-01",
                            "2024/02", " 2024-02", "2024-0x"})
    EXPECT_EQ(card_expires_on(label), std::nullopt) << label;
}

TEST(ExpiringCards, expire_in_the_next_days_or_have_expired_already) {
  const std::vector<Added> card{{"ann", "2024-02-01", "2024-07"}};
  EXPECT_EQ(of_ann("2024-07-01", card), "") << "The 31st is the thirty-first of the next days.";
  EXPECT_EQ(of_ann("2024-07-01", card, {.days = 31}), "ann 2024-07-31 10.00");
  EXPECT_EQ(of_ann("2024-07-02", card), "ann 2024-07-31 10.00");
  EXPECT_EQ(of_ann("2024-07-31", card, {.days = 1}), "ann 2024-07-31 10.00") << "Its last day is today.";
  EXPECT_EQ(of_ann("2024-07-31", card, {.days = 0}), "") << "In no days nothing expires.";
  EXPECT_EQ(of_ann("2024-08-01", card, {.days = 0}), "expired ann 2024-07-31 10.00");
  const ExpiringCards cards = expiring_cards(book_with_cards("2024-08-03", ann(), card));
  EXPECT_EQ(cards.cards.front().days_left, -3);
  EXPECT_EQ(cards.cards.front().expiry, "2024-07");
  EXPECT_EQ(cards.cards.front().added_on, day("2024-02-01"));
}

TEST(ExpiringCards, the_latest_card_replaces_the_earlier_ones) {
  EXPECT_EQ(of_ann("2024-07-15", {{"ann", "2024-03-01", "2027-01"}, {"ann", "2024-02-01", "2024-07"}}), "");
  EXPECT_EQ(of_ann("2024-07-15", {{"ann", "2024-02-01", "2027-01"}, {"ann", "2024-03-01", "2024-07"}}),
            "ann 2024-07-31 10.00");
  EXPECT_EQ(of_ann("2024-07-15", {{"ann", "2024-02-01", "2027-01"}, {"ann", "2024-02-01", "2024-07"}}), "")
      << "Of two in one second the one that lasts longer counts.";
  EXPECT_EQ(
      of_ann("2024-07-15", {{"ann", "2024-02-01", "2024-07"}, {"ann", "2024-07-15T00:00:00Z", "2027-01"}}),
      "ann 2024-07-31 10.00")
      << "Of today's nothing is known yet.";
}

TEST(ExpiringCards, a_label_that_cannot_be_read_is_counted_and_replaces_what_was_known) {
  const ExpiringCards cards = expiring_cards(book_with_cards(
      "2024-07-15", {a_customer("ann").on("pro"), a_customer("bob").on("pro"), a_customer("cid").on("pro")},
      {{"ann", "2024-02-01", "2024-07"},
       {"ann", "2024-03-01", "07/27"},
       {"bob", "2024-02-01", ""},
       {"bob", "2024-03-01", "2024-07"}}));
  EXPECT_EQ(in_words(cards), "bob 2024-07-31 10.00");
  EXPECT_EQ(cards.unreadable, 2);
  EXPECT_EQ(cards.unknown_card, 1);
  EXPECT_EQ(cards.with_card, 1);
  EXPECT_EQ(cards.without_card, 1);
}

TEST(ExpiringCards, only_present_customers_have_one_that_matters) {
  const CustomerSentences customers{a_customer("ann").on("pro"), a_customer("ann2").merged_into("ann"),
                                    a_customer("gone").on("pro").until("2024-07-15"),
                                    a_customer("leaving").on("pro").until("2024-07-16"),
                                    a_customer("test").on("pro").who_is_a_test_account()};
  std::vector<Added> cards;
  for (const char* id : {"ann2", "gone", "leaving", "test", "stranger"})
    cards.push_back({id, "2024-02-01", "2024-07"});
  const ExpiringCards expiring = expiring_cards(book_with_cards("2024-07-16", customers, cards));
  EXPECT_EQ(in_words(expiring), "ann 2024-07-31 10.00; leaving 2024-07-31 10.00");
  EXPECT_EQ(expiring.with_card, 2);
}

TEST(ExpiringCards, a_filter_asks_what_customers_are_on_the_last_known_day) {
  const CustomerSentences customers{
      a_customer("ann").on("pro").then_on("team").from("2024-07-15").with("channel", "ads"),
      a_customer("bob").on("pro").with("channel", "web")};
  const Book book = book_with_cards("2024-07-16", customers,
                                    {{"ann", "2024-02-01", "2024-07"}, {"bob", "2024-02-01", "never"}});
  const auto kept = [&](const Filter& where) { return expiring_cards(book, {.where = where}); };
  EXPECT_EQ(in_words(kept(attribute("channel") == "ads")), "ann 2024-07-31 10.00");
  EXPECT_EQ(kept(attribute("channel") == "ads").unreadable, 0);
  EXPECT_EQ(in_words(kept(by::plan == "team")), "ann 2024-07-31 10.00");
  EXPECT_EQ(in_words(kept(by::plan == "pro")), "");
  EXPECT_EQ(kept(by::plan == "pro").unknown_card, 1);
}

TEST(ExpiringCards, come_in_order_of_expiry_then_of_mrr_then_of_id) {
  const CustomerSentences customers{
      a_customer("c").on("pro"), a_customer("b").on("pro"), a_customer("a").on("pro").at("5.00"),
      a_customer("late").on("pro").at("99.00"), a_customer("old").on("pro").at("1.00")};
  const ExpiringCards cards = expiring_cards(book_with_cards("2024-07-16", customers,
                                                             {{"c", "2024-02-01", "2024-07"},
                                                              {"b", "2024-02-01", "2024-07"},
                                                              {"a", "2024-02-01", "2024-07"},
                                                              {"late", "2024-02-01", "2024-08"},
                                                              {"old", "2024-02-01", "2024-06"}}),
                                             {.days = 60});
  EXPECT_EQ(in_words(cards),
            "expired old 2024-06-30 1.00; b 2024-07-31 10.00; c 2024-07-31 10.00; a 2024-07-31 5.00; "
            "late 2024-08-31 99.00");
  EXPECT_EQ(cards.expiring().cards, 4);
  EXPECT_EQ(cards.expiring().run_rates.at(0).mrr().to_string(), "124.00");
  EXPECT_EQ(cards.expired().cards, 1);
  EXPECT_EQ(to_csv({expiring_cards_table(cards).columns, {expiring_cards_table(cards).rows.at(0)}}),
            "customer_id,expiry,expires_on,days_left,expired,added_on,mrr,mrr_currency\n"
            "old,2024-06,2024-06-30,-16,1,2024-02-01,1.00,USD\n");
  EXPECT_EQ(expiring_cards_table(cards, true).rows.at(0).at(6),
            Cell{std::int64_t{100} * ticks_per_minor_unit_a_month});
  EXPECT_EQ(expiring_cards_sentence(cards),
            "Of 5 known cards 4 expire in the next 60 days, with 124.00 USD of MRR behind them; 1 has "
            "expired already, "
            "with 1.00 USD of MRR.");
}

TEST(ExpiringCards, a_host_says_which_of_its_events_are_cards) {
  const std::vector<Added> cards{{"ann", "2024-02-01", "2024-07", "payment_method.attached"},
                                 {"ann", "2024-03-01", "2027-07", "card_added"}};
  EXPECT_EQ(of_ann("2024-07-15", cards), "") << "Without a map only the library's own kind counts.";
  EXPECT_EQ(of_ann("2024-07-15", {cards[0]}), "");
  EXPECT_EQ(of_ann("2024-07-15", {cards[0]}, {.kinds = {{"payment_method.attached", "card_added"}}}),
            "ann 2024-07-31 10.00");
  EXPECT_EQ(of_ann("2024-07-15", cards,
                   {.kinds = {{"payment_method.attached", "card_added"}, {"card_added", "badge"}}}),
            "ann 2024-07-31 10.00")
      << "Its own `card_added` is something else.";
}

TEST(ExpiringCards, instants_become_days_in_the_books_time_zone) {
  Conventions five_behind;
  five_behind.book.time_zone = TimeZone{"EST-05"};
  const std::vector<Added> cards{{"ann", "2024-02-01", "2024-07"},
                                 {"ann", "2024-07-15T04:59:59Z", "2024-08"}};
  const auto there = [&](std::string_view as_of) {
    return in_words(expiring_cards(book_with_cards(as_of, ann(), cards, five_behind), {.days = 60}));
  };
  EXPECT_EQ(there("2024-07-14"), "ann 2024-07-31 10.00");
  EXPECT_EQ(there("2024-07-15"), "ann 2024-08-31 10.00") << "It was the evening of the 14th.";
}

TEST(ExpiringCards, of_several_currencies_totals_stand_side_by_side) {
  const ExpiringCards cards = expiring_cards(book_with_cards(
      "2024-07-15", {a_customer("ann").on("pro"), a_customer("bob").on("pro").in("EUR").at("7.00")},
      {{"ann", "2024-02-01", "2024-07"}, {"bob", "2024-02-01", "2024-07"}}));
  EXPECT_EQ(
      expiring_cards_sentence(cards),
      "Of 2 known cards 2 expire in the next 30 days, with 7.00 EUR and 10.00 USD of MRR behind them; 0 have "
      "expired already, with no MRR.");
}

TEST(ExpiringCards, a_book_without_cards_has_none) {
  const ExpiringCards cards = expiring_cards(book_with_cards("2024-07-15", ann(), {}));
  EXPECT_TRUE(cards.cards.empty());
  EXPECT_EQ(cards.without_card, 1);
  EXPECT_EQ(expiring_cards_sentence(cards), "No card of a present customer is known.");
  EXPECT_EQ(error_of([] { return of_ann("2024-07-15", {}, {.days = -1}); }), ErrorCode::bad_number);
}

TEST(ExpiringCards, of_the_sample_book_are_what_another_program_counts) {
  const LoadedBook loaded = read_book_folder(CHURN_SOURCE_DIR "/examples/sample_book");
  const Book book = Book::build(loaded.records, day("2025-01-01"), loaded.conventions).book;
  // Counted in Python from customers.csv (without `excluded`; `merged_into` joined), events.csv (the latest
  // `card_added` of each) and subscriptions.csv (in force on 2024-12-31, not in a trial or pause, less discounts; /
  // 12 for a
  const ExpiringCards january = expiring_cards(book, {.days = 31});
  EXPECT_EQ(january.with_card, 549);
  EXPECT_EQ(january.with_card + january.without_card, 583);
  EXPECT_EQ(january.unreadable, 0);
  EXPECT_EQ(january.expiring().cards, 15);
  EXPECT_EQ(january.expiring().run_rates.at(0).mrr(), (Money{557217, Currency{"USD"}}));
  EXPECT_EQ(january.expired().cards, 1);
  EXPECT_EQ(january.expired().run_rates.at(0).mrr(), (Money{10400, Currency{"USD"}}));
  const ExpiringCards february = expiring_cards(book, {.days = 59});
  EXPECT_EQ(february.expiring().cards, 15 + 13);
  EXPECT_EQ(february.expiring().run_rates.at(0).mrr(), (Money{557217 + 455533, Currency{"USD"}}));
}

RC_GTEST_PROP(ExpiringCardsLaws, neither_the_order_of_rows_nor_what_is_added_later_changes_anything, ()) {
  using support::draw;
  const CustomerSentences customers{a_customer("a").on("pro"), a_customer("b").on("pro")};
  std::vector<Added> cards;
  const int count = draw(0, 8);
  for (int i = 0; i < count; ++i)
    cards.push_back({draw(0, 2) == 0 ? "a" : "b",
                     (day("2024-01-01") + std::chrono::days{draw(0, 30)}).to_string(),
                     draw(0, 5) == 0 ? "?" : "2024-0" + std::to_string(draw(1, 10))});
  const Table before =
      expiring_cards_table(expiring_cards(book_with_cards("2024-03-20", customers, cards), {.days = 90}));
  std::reverse(cards.begin(), cards.end());
  cards.push_back({"a", "2024-03-20", "2025-01"});
  RC_ASSERT(expiring_cards_table(expiring_cards(
                book_with_cards("2024-03-20", {customers[1], customers[0]}, cards), {.days = 90})) == before);
}

}  // namespace
}  // namespace churn

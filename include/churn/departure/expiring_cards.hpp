// Expiring cards: whose card expires in the next days, or has expired already, and what MRR is behind it.
//
//   const ExpiringCards cards = expiring_cards(book, {.days = 60});
//   for (const ExpiringCard& card : cards.cards) remind(card.customer_id, card.expiry);
//   std::cout << expiring_cards_sentence(cards);
//
// Cards are known from events `card_added`, whose label is the expiry, `YYYY-MM`: the card is valid through the end of
// that month, and `expires_on` is the last day of it. The latest card of a customer, of those added before
// as_of, replaces the earlier ones; of two in one second the one that lasts longer does. A label that can't be read is
// counted; as the latest card of a customer it replaces the earlier ones, too, since they may no longer be charged, so
// nothing is known of that customer's card.
//
//   expiring   as_of <= expires_on < as_of + days
//   expired    expires_on < as_of, and no newer card
//
// Only customers who are present on the last known day; MRR is that of this day. Cards are in order of expiry, then of
// MRR, greatest first, then of id. A host whose events have other names says which stand for `card_added`, as it does
// for an EventIndex. O(events + customers log customers).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/book/event_index.hpp>
#include <churn/core/table.hpp>
#include <churn/segment/filter.hpp>

namespace churn::inline v0 {

/// How far ahead is looked, and at whose cards.
struct ExpiringCardsOptions {
  std::int32_t days{30};  ///< from as_of on, 0 or more
  EventKindMap kinds{};   ///< a host's kinds that stand for `card_added`
  Filter where{};         ///< what customers are on the last known day: of lanes, the one with the most MRR
};

/// The latest card of a present customer, expired or about to expire.
struct ExpiringCard {
  CustomerIndex customer;           ///< its place in the book that was asked
  CustomerId customer_id;           ///< its id in the records
  std::string expiry;               ///< as it was given, `2025-01`
  Date expires_on;                  ///< the last day on which it is valid
  Date added_on;                    ///< in the book's time zone
  std::int32_t days_left;           ///< from as_of to that day; below 0: expired
  bool expired;                     ///< before as_of
  std::optional<RunRate> run_rate;  ///< empty for a customer of several currencies that are not converted

  friend bool operator==(const ExpiringCard&, const ExpiringCard&) = default;
};

/// Cards and the MRR behind them, by currency.
struct CardTotal {
  std::int64_t cards{0};           ///< one a customer
  std::vector<RunRate> run_rates;  ///< in order of the currencies' codes
};

/// Cards that have expired or will soon, and how many cards are known at all.
struct ExpiringCards {
  Date as_of;                       ///< the book's: days before it are known
  std::int32_t days;                ///< that were asked for
  std::vector<ExpiringCard> cards;  ///< expired and expiring
  std::int64_t with_card{0};        ///< present customers whose card is known, whenever it expires
  std::int64_t unknown_card{0};     ///< present customers whose latest card has a label that can't be read
  std::int64_t without_card{0};     ///< present customers who never added one
  std::int64_t unreadable{0};       ///< events with such a label, of all customers, present or not

  [[nodiscard]] CardTotal expiring() const;  ///< those still valid on as_of
  [[nodiscard]] CardTotal expired() const;   ///< those that expired before as_of
};

/// The last day of the month that a label `YYYY-MM` names; empty for anything else.
[[nodiscard]] std::optional<Date> card_expires_on(std::string_view label) noexcept;

/// Throws Error(bad_number) for days below 0, and what filters throw.
[[nodiscard]] ExpiringCards expiring_cards(const Book& book, const ExpiringCardsOptions& options = {});

/// Columns customer_id, expiry, expires_on, days_left, expired, added_on, mrr (ticks if `exact`), mrr_currency.
[[nodiscard]] Table expiring_cards_table(const ExpiringCards& cards, bool exact = false);

/// Of how many known cards how many expire soon or have expired, with the MRR behind them.
[[nodiscard]] std::string expiring_cards_sentence(const ExpiringCards& cards);

}  // namespace churn::inline v0

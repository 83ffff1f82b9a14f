#include <churn/departure/expiring_cards.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

#include <churn/metric/measurement.hpp>

#include "book/book_data.hpp"
#include "core/card_expiry.hpp"
#include "departure/claim_history.hpp"
#include "departure/sums.hpp"
#include "segment/labels_on_days.hpp"

namespace churn::inline v0 {

namespace {

/// The latest card of a customer.
struct Card {
  std::int64_t at{INT64_MIN};
  std::optional<Date> expires_on;
  std::uint32_t label{no_index};
  [[nodiscard]] bool is_known() const noexcept { return at != INT64_MIN; }
};

/// By text of the records, whether it names the kind.
std::vector<bool> texts_of_kind(const Records::Storage& records, const EventKindMap& kinds,
                                std::string_view kind) {
  std::vector<bool> names(records.texts.size(), false);
  const auto name = [&](std::string_view text) {
    if (const auto number = records.texts.find(text)) names[*number] = true;
  };
  if (!kinds.contains(std::string(kind))) name(kind);
  for (const auto& [from, to] : kinds)
    if (to == kind) name(from);
  return names;
}

CardTotal total_of(const std::vector<ExpiringCard>& cards, bool expired) {
  CardTotal total;
  for (const ExpiringCard& card : cards) {
    if (card.expired != expired) continue;
    ++total.cards;
    if (card.run_rate && card.run_rate->ticks() != 0) sums::add_to(total.run_rates, *card.run_rate);
  }
  return total;
}

}  // namespace

std::optional<Date> card_expires_on(std::string_view label) noexcept { return card_expiry(label); }

ExpiringCards expiring_cards(const Book& book, const ExpiringCardsOptions& options) {
  if (options.days < 0)
    throw Error(ErrorCode::bad_number, "Cards expire in the next days, of which there are 0 or more.");
  const Book::Data& data = book.data();
  const Records::Storage& records = *data.records;
  const TimeZone& zone = book.conventions().book.time_zone;
  const Date as_of = book.as_of();
  const std::int64_t until = zone.start_of(as_of).seconds();
  ExpiringCards result{as_of, options.days, {}};

  const std::vector<bool> is_card = texts_of_kind(records, options.kinds, "card_added");
  const std::int32_t last_day = as_of.days() - 1;
  const std::vector<bool> kept = kept_on(book, options.where, last_day);
  std::vector<Card> latest(book.customer_count());
  const EventTable& events = records.events;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!is_card[events.kind[i]] || events.at[i] >= until) continue;
    const std::uint32_t customer = data.accounts.customer_of[events.customer[i]];
    if (customer == no_index || !kept[customer]) continue;
    Card card{events.at[i], {}, events.label[i]};
    const std::string label =
        card.label == no_index ? std::string{} : std::string(records.texts.text(card.label));
    card.expires_on = card_expires_on(label);
    if (!card.expires_on) ++result.unreadable;
    Card& so_far = latest[customer];
    if (std::pair(so_far.at, so_far.expires_on) < std::pair(card.at, card.expires_on)) so_far = card;
  }

  if (last_day < Date::min_days) return result;
  for (std::uint32_t c = 0; c < latest.size(); ++c) {
    const CustomerIndex customer{c};
    if (!kept[c] || !book.balance_on(customer, Date::from_days(last_day)).present) continue;
    const Card& card = latest[c];
    if (!card.expires_on) {
      ++(card.is_known() ? result.unknown_card : result.without_card);
      continue;
    }
    ++result.with_card;
    const std::int32_t days_left = card.expires_on->days() - as_of.days();
    if (days_left >= options.days && days_left >= 0) continue;
    result.cards.push_back({customer, book.customer_id(customer), std::string(records.texts.text(card.label)),
                            *card.expires_on, zone.day_of(Timestamp::from_seconds(card.at)), days_left,
                            days_left < 0, paid_on_day(book, customer, last_day)});
  }
  std::sort(result.cards.begin(), result.cards.end(), [](const ExpiringCard& a, const ExpiringCard& b) {
    const auto falling = [](const ExpiringCard& card) { return card.run_rate ? -card.run_rate->ticks() : 0; };
    return std::tuple(a.expires_on, falling(a), a.customer_id) <
           std::tuple(b.expires_on, falling(b), b.customer_id);
  });
  return result;
}

CardTotal ExpiringCards::expiring() const { return total_of(cards, false); }
CardTotal ExpiringCards::expired() const { return total_of(cards, true); }

Table expiring_cards_table(const ExpiringCards& cards, bool exact) {
  Table table{
      {"customer_id", "expiry", "expires_on", "days_left", "expired", "added_on", "mrr", "mrr_currency"}, {}};
  for (const ExpiringCard& card : cards.cards) {
    const auto& rate = card.run_rate;
    table.rows.push_back({card.customer_id.text(), card.expiry, card.expires_on, std::int64_t{card.days_left},
                          card.expired, card.added_on,
                          rate ? to_cell(rate->ticks(), Unit::run_rate, rate->currency(), exact) : Cell{},
                          rate ? Cell{std::string(rate->currency().code())} : Cell{}});
  }
  return table;
}

std::string expiring_cards_sentence(const ExpiringCards& cards) {
  const std::int64_t known = cards.with_card;
  if (known == 0) return "No card of a present customer is known.";
  const CardTotal soon = cards.expiring();
  const CardTotal gone = cards.expired();
  return "Of " + sums::counted(known, "known card") + " " + std::to_string(soon.cards) +
         (soon.cards == 1 ? " expires" : " expire") + " in the next " + sums::counted(cards.days, "day") +
         ", with " + sums::in_words(soon.run_rates) + " behind " + (soon.cards == 1 ? "it" : "them") + "; " +
         std::to_string(gone.cards) + (gone.cards == 1 ? " has" : " have") + " expired already, with " +
         sums::in_words(gone.run_rates) + ".";
}

}  // namespace churn::inline v0

// Spell: one stay, from its first present day to the first absent one, with how it ended.
//
//   for_each_spell(book, SpellUnit::first_of_customer, [&](const Spell& spell) {
//     if (spell.ends_on) std::cout << spell.tenure << " days, " << spell.end_reason << '\n';
//   });
//
// A spell of a customer is an unbroken stretch of presence by the book's conventions: a gap within the allowance
// is carried, and one that is pending at as_of goes on. A spell of a subscription runs over its phases, joined
// where they touch; no gap is carried for it, because only a customer's absence can be a gap. A subscription is
// present while one of its phases is; a trial, a free plan or a pause is what the conventions make of it.
//
// Tenure is counted in days since the first present one, 0 on it. A spell that ended has the tenure of its first
// absent day; one that is running has that of the last known day, the day before as_of: it is known not to have
// ended up to then. Nothing at or after as_of is looked at.
//
// Where records begin later than a spell (records_from), it is seen only because it was still running then: it is
// at risk after `entry`, the tenure it had on records_from, and no earlier (left truncation). A spell that had
// ended by then was not observed, and is left out; if it was the customer's first, the customer has no first one.
//
// The end reason is what the records say: `end_reason` of the phase that ended on the spell's last day. Where
// several ended, that of the one which began last, among those that give a reason; of equals the first reason by
// its bytes. A reason is known from its phase's end on, so one that ends at or after as_of gives none.
//
// Spells of a customer come in order of their starts (of equals by the subscription's id); customers come in the
// order of the book's columns. O(changes), with subscriptions O(phases); no allocation a spell.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <churn/book/book.hpp>
#include <churn/segment/situation.hpp>

namespace churn::inline v0 {

/// What a spell is of. A customer's first subscription is the one with the earliest present day, of equals the
/// first id by its bytes; the spell is its first.
enum class SpellUnit : std::uint8_t {
  first_of_customer,   ///< the first spell of every customer
  every_of_customer,   ///< every spell of every customer
  first_subscription,  ///< the first spell of every customer's first subscription
  every_subscription   ///< every spell of every subscription
};

/// One stay of a customer or subscription, seen up to as_of.
struct Spell {
  CustomerIndex customer;       ///< who stayed
  Date starts_on;               ///< the first present day; before records_from, too
  std::optional<Date> ends_on;  ///< the first absent day; empty: running at as_of
  std::int32_t tenure;          ///< days at the end, or on the last known day
  std::int32_t entry;           ///< tenure in days after which it is observed; 0: from its start
  std::string_view end_reason;  ///< empty: the records say nothing, or it is running
  /// Of a subscription's spell: the phase on its first day, which knows the subscription and its plan.
  std::optional<PhaseView> first_phase;
};

/// Reads the spells of one customer after the other, for folds of a host's own. One reader a thread.
class SpellReader {
 public:
  /// The book must outlive the reader.
  SpellReader(const Book& book, SpellUnit unit);
  SpellReader(const Book&&, SpellUnit) = delete;
  ~SpellReader();
  SpellReader(const SpellReader&) = delete;
  SpellReader& operator=(const SpellReader&) = delete;

  /// Valid until the next call; texts as long as the reader.
  [[nodiscard]] std::span<const Spell> of(CustomerIndex customer);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Calls `visitor(const Spell&)` for every spell. The spell is valid during the call only.
template <class Visitor>
void for_each_spell(const Book& book, SpellUnit unit, Visitor&& visitor) {
  SpellReader reader{book, unit};
  for (std::uint32_t c = 0; c < book.customer_count(); ++c)
    for (const Spell& spell : reader.of(CustomerIndex{c})) visitor(spell);
}

}  // namespace churn::inline v0

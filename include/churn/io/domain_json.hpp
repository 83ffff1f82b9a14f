// The objects of a book as JSON trees: customers, subscriptions with phases, invoices with lines and payments,
// events, exchange rates. Their fields are those of io/book_json.hpp.
//
//   nlohmann::json json = customer;                        // {"customer_id": "c1", "industry": "retail"}
//   auto same = json.get<Customer>();
//   auto also = from_json<Customer>(json);
//
// Ids, days and currencies have no default value, so objects can't be made first and filled later:
// `from_json` returns them, and an adl_serializer tells nlohmann's library so.
//
// With ordered_json the fields come in the order of the columns, with json in order of their names. A line or
// payment by itself has a field that its invoice has for it: `currency` (a payment only if it has an amount).
//
// Amounts, prices, percentages and rates are exact decimals and written as texts; counts are numbers. What is
// absent or has its default value is left out, but a phase that still runs says `"ends_on": null`.
//
// Reading is strict where a book's reader rejects: Error(unreadable) names object, field and reason. An amount
// may be a text or a whole number. A JSON number with a point is refused, as it has been a double by the time
// that the tree holds it; io/book_json.hpp, which reads texts, takes it as it is written. Unknown fields are
// ignored, but a customer's are its attributes.
//
// `from_json(to_json(x)) == x` for every object that a book can hold. What it can't hold: empty plans and
// kinds, a byte 0 inside of a text, attributes without name or value, a quantity of -2^63, an exchange
// rate of 0 or below. Writing throws Error(unreadable) for an attribute without a name or named as a field of
// customers, and Error(currency_mismatch) for a line or payment in another currency than its invoice.
#pragma once

#include <concepts>

#include <nlohmann/json_fwd.hpp>

#include <churn/domain/customer.hpp>
#include <churn/domain/event.hpp>
#include <churn/domain/fx_rate.hpp>
#include <churn/domain/invoice.hpp>
#include <churn/domain/subscription.hpp>

namespace churn::inline v0 {

/// Objects of a book that are written and read back.
template <class T>
concept BookObject = std::same_as<T, Customer> || std::same_as<T, Phase> || std::same_as<T, Subscription> ||
    std::same_as<T, Invoice> || std::same_as<T, InvoiceLine> || std::same_as<T, Payment> ||
    std::same_as<T, Event> || std::same_as<T, FxRate>;

/// Fields in order of their names. Throws Error(unreadable) and Error(currency_mismatch), as said above.
template <BookObject T>
void to_json(nlohmann::json& json, const T& object);
/// The same, with fields in the order of the columns.
template <BookObject T>
void to_json(nlohmann::ordered_json& json, const T& object);
/// Throws Error(unreadable), which names object, field and reason.
template <BookObject T>
[[nodiscard]] T from_json(const nlohmann::json& json);
/// The same of an ordered tree.
template <BookObject T>
[[nodiscard]] T from_json(const nlohmann::ordered_json& json);

}  // namespace churn::inline v0

/// `json = customer;` and `json.get<Customer>()`, though such objects have no default value.
template <churn::BookObject T>
struct nlohmann::adl_serializer<T> {
  /// As churn::to_json does.
  template <class Json>
  static void to_json(Json& json, const T& object) {
    churn::to_json(json, object);
  }
  /// As churn::from_json does.
  template <class Json>
  static T from_json(const Json& json) {
    return churn::from_json<T>(json);
  }
};

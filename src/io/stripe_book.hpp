// What an export comes to as a book: customers, subscriptions, invoices with payments, cards. Private to the
// reader of Stripe's exports.
#pragma once

#include <string>

#include <churn/io/loaded_book.hpp>

#include "io/stripe_export.hpp"
#include "io/stripe_phases.hpp"

namespace churn::inline v0 {
namespace stripe {

/// Adds all that an export tells to the records of a book; what can't be used is among its findings. Rejections
/// of the book call the tables `source:subscriptions`, ….
void add_to_book(StripeExport& all, const std::string& source, const TimeZone& zone, LoadedBook& book);

/// Invoices with their lines, charges and refunds.
void add_invoices(StripeExport& all, const PriceBook& prices, const std::map<std::string, ItemNames>& names,
                  const TimeZone& zone, Records& records);

}  // namespace stripe
}  // namespace churn::inline v0

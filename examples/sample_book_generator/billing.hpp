// Invoices, their lines and payments, and the cards that pay them.
#pragma once

#include <span>

#include "records.hpp"

namespace sample_book {

/// Bills the subscriptions of one customer up to the last day of the book.
void bill(const Settings& settings, const Customer& customer, std::span<const Stay> stays,
          std::span<const Subscription> subscriptions, Book& book);

}  // namespace sample_book

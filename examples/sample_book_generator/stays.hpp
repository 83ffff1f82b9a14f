// How customers stay, leave and come back.
#pragma once

#include "records.hpp"

namespace sample_book {

/// Adds the subscriptions of one customer to the book and gives its stays.
std::vector<Stay> live(const Settings& settings, const Customer& customer, Book& book);

}  // namespace sample_book

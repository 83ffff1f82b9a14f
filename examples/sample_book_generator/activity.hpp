// What customers do and say: onboarding, use, tickets, opinions, answers when they leave.
#pragma once

#include <span>

#include "records.hpp"

namespace sample_book {

/// Writes the events of one customer, and into its stays the days from which use falls. The events come after
/// the stays because they have to fit the outcome. Nothing is dated before the sign-up or after the book.
void act(const Settings& settings, const Customer& customer, std::span<Stay> stays, Book& book);

}  // namespace sample_book

// The truth beside the book: what was put in, and what came of it. No code of the library reads it.
#pragma once

#include <string>

#include "records.hpp"

namespace sample_book {

/// The departures up to the last day, by day and customer: the ends of unbroken presence, with accounts that
/// were merged taken as one and test accounts left out. `coming` gives those that were settled within the book
/// but lie after it.
std::vector<Departure> departures(const Settings& settings, const Book& book, bool coming);

/// truth.json: every effect with its size and what was realised, counts of departures, the payment codes.
/// Sums up the decisions of the book first.
std::string truth_json(const Settings& settings, Book& book);

/// customer_id, departed_on, type, reason, use_falls_on
std::string departures_csv(const std::vector<Departure>& rows);

}  // namespace sample_book

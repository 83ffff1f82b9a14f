// The stays of a customer as days of the timeline. Private to the library's sources.
#pragma once

#include <churn/book/book.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

/// Calls visit(first day, first absent day or no_day) for each in order. One that began before the records is taken to
/// begin on the customer's first present day.
template <class Visit>
void for_each_stay(const Book& book, std::size_t customer, Visit&& visit) {
  const Timeline& timeline = book.timeline();
  std::int32_t since = no_day;
  for (std::size_t i = timeline.first_step[customer]; i < timeline.first_step[customer + 1]; ++i) {
    // The step that stands for everything before the records says who is present, not who enters.
    const bool present = (timeline.state[i] & Timeline::present) != 0;
    if (present && since == no_day) {
      since = timeline.day[i];
      if (since == Timeline::before_records) {
        const auto known = book.first_present_on(CustomerIndex{static_cast<std::uint32_t>(customer)});
        since = known ? known->days() : Date::min_days;
      }
    } else if (!present && since != no_day) {
      visit(since, timeline.day[i]);
      since = no_day;
    }
  }
  if (since != no_day) visit(since, no_day);
}

}  // namespace churn::inline v0

#include <churn/forecast/repeat_buyer.hpp>

#include <cmath>
#include <set>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

void require_sound(const RepeatBuyer& buyer) {
  const bool in_order =
      buyer.repeats >= 0 && buyer.recency >= 0 && buyer.recency <= buyer.age && buyer.age <= 1e100;
  if (!in_order || (buyer.repeats == 0) != (buyer.recency == 0))
    throw Error(
        ErrorCode::bad_number,
        "A buyer needs 0 <= recency <= age <= 1e100, and a recency of 0 exactly if it has bought only once.");
}

RepeatBuyer repeat_buyer(std::span<const Date> purchases, Date as_of, double days_a_unit) {
  if (!(days_a_unit > 0 && std::isfinite(days_a_unit)))
    throw Error(ErrorCode::bad_number, "A unit of time is longer than nothing.");
  std::set<std::int32_t> days;
  for (const Date day : purchases)
    if (day < as_of) days.insert(day.days());
  if (days.empty()) throw Error(ErrorCode::out_of_range, "Who has not bought yet is no buyer.");
  return {static_cast<std::int64_t>(days.size()) - 1, (*days.rbegin() - *days.begin()) / days_a_unit,
          (as_of.days() - 1 - *days.begin()) / days_a_unit};
}

}  // namespace churn::inline v0

// What answers by a landmark share: who was there on its day, whether they then left, and how that is shown. Private to
// the library's sources.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/table.hpp>
#include <churn/stats/contrast.hpp>

#include "book/records_storage.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

/// Days on which a customer was present, without a gap.
struct StayDays {
  std::int32_t from;   ///< Timeline::before_records for one that was running when the records began
  std::int32_t until;  ///< the first absent day; no_day: it has not ended
};

/// The stays of a customer before as_of, in order, into `stays`.
inline void read_stays(const Book& book, CustomerIndex customer, std::vector<StayDays>& stays) {
  stays.clear();
  const Timeline& timeline = book.timeline();
  const auto c = static_cast<std::size_t>(customer);
  bool is_open = false;
  for (std::size_t i = timeline.first_step[c]; i < timeline.first_step[c + 1]; ++i) {
    const bool present = (timeline.state[i] & Timeline::present) != 0;
    if (present == is_open) continue;
    if (present)
      stays.push_back({timeline.day[i], no_day});
    else
      stays.back().until = timeline.day[i];
    is_open = present;
  }
}

/// The stay that a day is in; none: the customer was absent.
inline const StayDays* stay_on(std::span<const StayDays> stays, std::int64_t day) noexcept {
  for (const StayDays& stay : stays)
    if (stay.from <= day && day < stay.until) return &stay;
  return nullptr;
}

/// The last present day before as_of of a customer who has one, else the last known day: the day whose states and lanes
/// a filter looks at. Those who left would else be in no plan, and be missing.
inline std::int32_t day_to_filter_by(std::span<const StayDays> stays, std::int32_t last_day) noexcept {
  return stays.empty() || stays.back().until == no_day ? last_day : stays.back().until - 1;
}

/// Counts of a group whose departures are looked at.
struct Departing {
  std::int64_t customers{0};
  std::int64_t departed{0};
  void add(bool left) noexcept {
    ++customers;
    if (left) ++departed;
  }
  [[nodiscard]] Proportion share() const { return {departed, customers}; }
};

namespace cells {

inline Cell of(const std::optional<double>& value) { return value ? Cell{*value} : Cell{}; }
inline Cell of(const std::optional<Date>& day) { return day ? Cell{*day} : Cell{}; }

/// Numerator, denominator, value, low, high.
inline void add_share(std::vector<Cell>& row, const Proportion& share, const IntervalRule& rule) {
  const auto interval = share.interval(rule);
  row.emplace_back(share.numerator());
  row.emplace_back(share.denominator());
  row.push_back(of(share.value()));
  row.push_back(interval ? Cell{interval->low} : Cell{});
  row.push_back(interval ? Cell{interval->high} : Cell{});
}

/// Difference, low, high, p, p_adjusted, test.
inline void add_difference(std::vector<Cell>& row, const Contrast& contrast) {
  const auto& difference = contrast.difference;
  row.push_back(difference ? Cell{difference->difference} : Cell{});
  row.push_back(difference ? Cell{difference->interval.low} : Cell{});
  row.push_back(difference ? Cell{difference->interval.high} : Cell{});
  row.push_back(contrast.p ? Cell{contrast.p->value} : Cell{});
  row.push_back(contrast.p_adjusted ? Cell{contrast.p_adjusted->value} : Cell{});
  const std::string test{contrast_test_name(contrast.test)};
  row.push_back(test.empty() ? Cell{} : Cell{test});
}

}  // namespace cells

namespace words {

/// "1 day", "90 days".
inline std::string counted(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// "36.9 % (93 of 252; 95 %: 31.2 to 43)"; of a base that is not empty.
inline std::string share(const Proportion& share, const IntervalRule& rule) {
  std::string text = in_points(share.value().value_or(0)) + " % (" + std::to_string(share.numerator()) +
                     " of " + std::to_string(share.denominator());
  if (const auto interval = share.interval(rule))
    text += "; " + confidence_in_words(rule.confidence) + ": " + in_points(interval->low) + " to " +
            in_points(interval->high);
  return text + ")";
}

/// "12.1 points more (95 %: 3.2 to 20; p = 0.01)", seen from `one`; of one that has a difference.
inline std::string difference(const Contrast& contrast, const IntervalRule& rule) {
  if (!contrast.difference) return {};
  const double size = contrast.difference->difference;
  const Interval& interval = contrast.difference->interval;
  const Interval shown = size < 0 ? Interval{-interval.high, -interval.low} : interval;
  std::string text = in_points(std::abs(size)) + (size < 0 ? " points less (" : " points more (") +
                     confidence_in_words(rule.confidence) + ": " + in_points(shown.low) + " to " +
                     in_points(shown.high);
  if (contrast.p_adjusted) text += "; " + p_in_words(*contrast.p_adjusted);
  return text + ")";
}

}  // namespace words

}  // namespace churn::inline v0

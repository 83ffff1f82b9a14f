// When customers started and when they reached each stage of onboarding, and the order of the stages. Private to the
// library's sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/date.hpp>
#include <churn/indicator/past.hpp>

namespace churn::inline v0 {

inline constexpr std::int32_t not_reached = std::numeric_limits<std::int32_t>::max();

struct Reached {
  std::size_t stage;  ///< its place in Onboarded::stages
  std::int32_t day;
};

struct Person {
  CustomerIndex customer;
  std::int32_t start;
  std::vector<Reached> reached;  ///< each stage once
};

/// What the book says of stages, whatever is asked of it.
struct Onboarded {
  std::vector<std::string> stages;           ///< in the order in which they were met
  std::vector<std::int32_t> recorded;        ///< by stage, the day of its first event in the book
  std::vector<Person> people;                ///< who have a start
  std::vector<CustomerIndex> without_start;  ///< who have a stage
  std::int64_t events_without_stage{0};
  std::optional<Date> recorded_since{};  ///< of any stage
};

/// As known at as_of, which is after the first day of the calendar. O(events + customers).
[[nodiscard]] Onboarded read_onboarding(PastReader& reader);

/// By the median of the days from start to stage of those who started since stages are on record, `activated` last.
[[nodiscard]] std::vector<std::string> stage_order(const Onboarded& all, std::optional<Date> recorded_from);

/// Throws Error(unknown_name) for a stage that is empty, comes twice or is called as the start of a funnel.
void require_stage_names(const std::vector<std::string>& stages);

}  // namespace churn::inline v0

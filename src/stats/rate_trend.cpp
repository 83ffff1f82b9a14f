#include <churn/stats/rate_trend.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>

namespace churn::inline v0 {

namespace {

struct Group {
  double score;
  double rows;
  double yes;
};

void require_groups(std::span<const std::int64_t> yes, std::span<const std::int64_t> rows,
                    std::span<const double> scores) {
  if (yes.size() != rows.size() || (!scores.empty() && scores.size() != rows.size()))
    throw Error(ErrorCode::out_of_range,
                "Each group needs its yes, its rows, and a score where others have one.");
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (yes[i] < 0 || yes[i] > rows[i])
      throw Error(ErrorCode::bad_number, "Counts of a share need 0 <= yes <= rows.");
  if (!std::all_of(scores.begin(), scores.end(), [](double s) { return std::isfinite(s); }))
    throw Error(ErrorCode::bad_number, "A score is no finite number.");
}

/// Those that have rows. z does not change with where scores begin and how wide they are: here they begin at 0 with
/// the first of them and are at most 1 wide, so that what is far from 0 loses no digits and nothing overflows.
std::vector<Group> groups_of(std::span<const std::int64_t> yes, std::span<const std::int64_t> rows,
                             std::span<const double> scores) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == 0) continue;
    const double score = scores.empty() ? static_cast<double>(i) : scores[i];
    groups.push_back({score, static_cast<double>(rows[i]), static_cast<double>(yes[i])});
  }
  double largest = 0;
  const double first = groups.empty() ? 0 : groups.front().score;
  for (Group& group : groups) {
    group.score = group.score / 2 - first / 2;  // halves, as a difference of doubles may be none
    largest = std::max(largest, std::abs(group.score));
  }
  for (Group& group : groups) group.score = largest > 0 ? group.score / largest : 0;
  return groups;
}

}  // namespace

RateTrend rate_trend(std::span<const std::int64_t> yes, std::span<const std::int64_t> rows,
                     std::span<const double> scores) {
  require_groups(yes, rows, scores);
  std::int64_t all = 0;
  std::int64_t all_yes = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    all = checked_add(all, rows[i]);
    all_yes += yes[i];
  }
  if (all_yes == 0 || all_yes == all) return {};
  const auto n = static_cast<double>(all);
  const double share = static_cast<double>(all_yes) / n;
  const double rest = static_cast<double>(all - all_yes) / n;

  const std::vector<Group> groups = groups_of(yes, rows, scores);
  double mean = 0;
  for (const Group& group : groups) mean += group.rows * group.score / n;
  double t = 0;
  double squares = 0;
  for (const Group& group : groups) {
    const double from_mean = group.score - mean;
    t += from_mean * (group.yes - group.rows * share);
    squares += group.rows * from_mean * from_mean;
  }
  RateTrend result;
  if (!(squares > 0)) return result;  // one group, or one score
  result.z = t / std::sqrt(share * rest * squares);
  result.p = normal_p_value(*result.z);
  return result;
}

}  // namespace churn::inline v0

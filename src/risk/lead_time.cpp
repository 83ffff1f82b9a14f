#include "risk/lead_time.hpp"

#include <algorithm>
#include <tuple>

#include "stats/sample_quantile.hpp"

namespace churn::inline v0 {

LeadTimes::LeadTimes(const Observations& calendar, std::int32_t look_back) : calendar_(calendar) {
  if (calendar.rows() == 0) return;
  const std::int64_t last = std::max_element(calendar.day.begin(), calendar.day.end())->days();
  const auto left_on = [&](std::uint32_t row) {
    return std::int64_t{calendar.day[row].days()} + calendar.departs_in[row];
  };
  for (std::uint32_t row = 0; row < calendar.rows(); ++row) {
    const std::int32_t departs_in = calendar.departs_in[row];
    if (departs_in < 0 || departs_in > look_back) stayed_.push_back(row);
    // Of who left later not all rows are there: their indicators might have turned on those that are not.
    else if (left_on(row) <= last)
      rows_.push_back(row);
  }
  const auto key = [&](std::uint32_t row) {
    return std::tuple{calendar.customer[row], left_on(row), calendar.day[row], row};
  };
  std::sort(rows_.begin(), rows_.end(), [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const bool same_stay = i > 0 && calendar.customer[rows_[i]] == calendar.customer[rows_[i - 1]] &&
                           left_on(rows_[i]) == left_on(rows_[i - 1]);
    if (!same_stay) stays_.push_back({i, i});
    stays_.back().last = i + 1;
  }
}

LeadTimes::Found LeadTimes::of(std::size_t column) const {
  const auto c = static_cast<Eigen::Index>(column);
  const bool higher_is_worse = calendar_.columns[column].direction == Direction::raises;
  const auto is_known = [&](std::uint32_t row) {
    return !calendar_.missing(static_cast<Eigen::Index>(row), c);
  };
  const auto badness = [&](std::uint32_t row) {
    const double value = calendar_.values(static_cast<Eigen::Index>(row), c);
    return higher_is_worse ? value : -value;
  };

  std::vector<double> usual;
  for (const std::uint32_t row : stayed_)
    if (is_known(row)) usual.push_back(badness(row));
  if (usual.empty()) return {};
  std::sort(usual.begin(), usual.end());
  const double is_fine = sample_quantile(usual, 3, 4);
  const double is_bad = sample_quantile(usual, 9, 10);

  std::int64_t asked = 0;
  std::vector<double> days;
  std::vector<std::uint32_t> known;
  for (const Stay& stay : stays_) {
    known.clear();
    for (std::size_t i = stay.first; i < stay.last; ++i)
      if (is_known(rows_[i])) known.push_back(rows_[i]);
    if (known.empty()) continue;
    ++asked;
    // Of equals the last: what went back to normal before it is another story.
    const auto worst = std::min_element(known.rbegin(), known.rend(), [&](std::uint32_t a, std::uint32_t b) {
      return badness(a) > badness(b);
    });
    if (!(badness(*worst) > is_bad)) continue;
    const auto fine =
        std::find_if(worst, known.rend(), [&](std::uint32_t row) { return badness(row) <= is_fine; });
    // Who was never better has not turned: who knows when that was, or whether.
    if (fine != known.rend()) days.push_back(calendar_.departs_in[*fine]);
  }
  Found found{{}, {static_cast<std::int64_t>(days.size()), asked}};
  if (days.empty()) return found;
  std::sort(days.begin(), days.end());
  found.days = sample_quantile(days, 1, 2);
  return found;
}

}  // namespace churn::inline v0

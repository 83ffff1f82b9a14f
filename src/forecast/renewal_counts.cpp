#include <churn/forecast/renewal_counts.hpp>

#include <algorithm>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>

namespace churn::inline v0 {

RenewalCounts::RenewalCounts(std::vector<RenewalCount> opportunities)
    : opportunities_(std::move(opportunities)) {
  for (const RenewalCount& count : opportunities_) {
    if (count.lost < 0 || count.lost > count.at_risk)
      throw Error(ErrorCode::bad_number, "A renewal opportunity needs 0 <= lost <= at risk.");
    at_risk_ = checked_add(at_risk_, count.at_risk);
    lost_ += count.lost;
  }
}

RenewalCounts RenewalCounts::of_active(std::span<const std::int64_t> active) {
  std::vector<RenewalCount> opportunities;
  for (std::size_t t = 0; t < active.size(); ++t) {
    if (active[t] < 0) throw Error(ErrorCode::bad_number, "A cohort can't have less than no customers.");
    if (t == 0) continue;
    if (active[t] > active[t - 1])
      throw Error(ErrorCode::bad_number,
                  "The active customers of a cohort can't rise with its age: count those who stayed without "
                  "a break.");
    opportunities.push_back({active[t - 1], active[t - 1] - active[t]});
  }
  return RenewalCounts(std::move(opportunities));
}

const RenewalCount& RenewalCounts::at(std::size_t opportunity) const& {
  if (opportunity < 1 || opportunity > opportunities_.size())
    throw Error(ErrorCode::out_of_range, "There are counts from opportunity 1 to the last that was seen.");
  return opportunities_[opportunity - 1];
}

RenewalCounts& RenewalCounts::operator+=(const RenewalCounts& other) {
  RenewalCounts sum;
  sum.at_risk_ = checked_add(at_risk_, other.at_risk_);  // bounds every sum below
  sum.lost_ = lost_ + other.lost_;
  sum.opportunities_.resize(std::max(size(), other.size()), RenewalCount{0, 0});
  for (const std::vector<RenewalCount>* part : {&std::as_const(opportunities_), &other.opportunities_})
    for (std::size_t i = 0; i < part->size(); ++i) {
      sum.opportunities_[i].at_risk += (*part)[i].at_risk;
      sum.opportunities_[i].lost += (*part)[i].lost;
    }
  *this = std::move(sum);
  return *this;
}

}  // namespace churn::inline v0

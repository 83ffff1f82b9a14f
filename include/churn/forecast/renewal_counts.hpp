// RenewalCounts: at each renewal opportunity, how many could renew and how many left. All that a retention curve is
// fitted to.
//
//   RenewalCounts counts = RenewalCounts::of_active(std::vector<std::int64_t>{1000, 631, 468, 382});
//   counts.at(2);        // {at_risk 631, lost 163}
//   counts += younger;   // cohorts of other ages: opportunity by opportunity
//
// Opportunity t = 1, 2, … is the end of the t-th billing interval: a customer who has renewed t - 1 times renews
// once more, or is lost. A cohort that has seen T opportunities gives T counts. If a customer that has reached
// opportunity t stays with probability r(t), the likelihood of any number of cohorts is
//
//   product over t of r(t)^kept(t) x (1 - r(t))^lost(t),     kept = at_risk - lost
//
// so the sums over cohorts hold all there is to know, also where the cohorts are of different ages. At risk may
// rise from one opportunity to the next: customers whose first opportunities were not recorded come in late.
//
// Count whoever stays without a break. Who left and came back would be somebody who was lost and is not.
// Adding throws Error(overflow) and then changes nothing. All functions are O(opportunities).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <churn/core/proportion.hpp>

namespace churn::inline v0 {

/// One opportunity of some customers.
struct RenewalCount {
  std::int64_t at_risk;  ///< who could renew
  std::int64_t lost;     ///< of these, who did not
  /// Who renewed.
  [[nodiscard]] constexpr std::int64_t kept() const noexcept { return at_risk - lost; }
  friend constexpr bool operator==(const RenewalCount&, const RenewalCount&) noexcept = default;
};

/// Counts of all opportunities, of one cohort or several.
class RenewalCounts {
 public:
  /// Nothing seen yet: what sums start from.
  RenewalCounts() = default;
  /// One count an opportunity. Throws Error(bad_number) unless 0 <= lost <= at_risk at each, Error(overflow) if
  /// all together are more than 64 bits can hold.
  explicit RenewalCounts(std::vector<RenewalCount> opportunities);
  /// From the active customers of one cohort at ages 0, 1, 2, …. Throws Error(bad_number) for a negative number or
  /// one that rises. Fewer than two numbers are no opportunity.
  [[nodiscard]] static RenewalCounts of_active(std::span<const std::int64_t> active);

  /// How many opportunities somebody has had or could have had.
  [[nodiscard]] std::size_t size() const noexcept { return opportunities_.size(); }
  /// Of opportunity 1, 2, …. Throws Error(out_of_range).
  [[nodiscard]] const RenewalCount& at(std::size_t opportunity) const&;
  /// The same, as a copy.
  [[nodiscard]] RenewalCount at(std::size_t opportunity) const&& { return at(opportunity); }
  /// All of them, opportunity 1 first.
  [[nodiscard]] const std::vector<RenewalCount>& opportunities() const& noexcept { return opportunities_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<RenewalCount> opportunities() && { return std::move(opportunities_); }
  /// Opportunities that ended in a loss, of all opportunities. The churn rate of somebody who takes all ages alike.
  [[nodiscard]] Proportion lost_of_all() const { return {lost_, at_risk_}; }

  /// Opportunity by opportunity; those that only one of the two has stay as they are.
  RenewalCounts& operator+=(const RenewalCounts& other);
  /// Likewise, of two.
  friend RenewalCounts operator+(RenewalCounts a, const RenewalCounts& b) { return a += b; }
  friend bool operator==(const RenewalCounts&, const RenewalCounts&) = default;

 private:
  std::vector<RenewalCount> opportunities_;
  std::int64_t at_risk_{0};
  std::int64_t lost_{0};
};

}  // namespace churn::inline v0

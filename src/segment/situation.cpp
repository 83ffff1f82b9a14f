#include <churn/segment/situation.hpp>

#include "book/phase_source.hpp"

namespace churn::inline v0 {

SubscriptionId PhaseView::subscription() const { return SubscriptionId{phases_->subscription(row_)}; }
std::string PhaseView::plan() const { return phases_->plan(row_); }
std::uint32_t PhaseView::plan_number() const { return phases_->table->plan[row_]; }
Date PhaseView::starts_on() const { return Date::from_days(phases_->table->starts_on[row_]); }
std::optional<Date> PhaseView::ends_on() const {
  const std::int32_t day = phases_->table->ends_on[row_];
  if (day == no_day) return std::nullopt;
  return Date::from_days(day);
}
Price PhaseView::price() const { return phases_->table->price(row_); }
BillingCycle PhaseView::cycle() const { return phases_->table->cycle(row_); }
std::int64_t PhaseView::quantity() const { return phases_->table->quantity[row_]; }

}  // namespace churn::inline v0

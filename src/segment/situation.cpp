#include <churn/segment/situation.hpp>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

SubscriptionId PhaseView::subscription() const {
  return SubscriptionId{records_->subscription_ids.text(records_->phases.subscription[row_])};
}
std::string PhaseView::plan() const { return records_->plans.text(records_->phases.plan[row_]); }
Date PhaseView::starts_on() const { return Date::from_days(records_->phases.starts_on[row_]); }
std::optional<Date> PhaseView::ends_on() const {
  const std::int32_t day = records_->phases.ends_on[row_];
  if (day == no_day) return std::nullopt;
  return Date::from_days(day);
}
Price PhaseView::price() const { return records_->phases.price(row_); }
BillingCycle PhaseView::cycle() const { return records_->phases.cycle(row_); }
std::int64_t PhaseView::quantity() const { return records_->phases.quantity[row_]; }

}  // namespace churn::inline v0

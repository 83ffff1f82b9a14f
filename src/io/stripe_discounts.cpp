#include "io/stripe_discounts.hpp"

#include <algorithm>
#include <numeric>

#include <boost/multiprecision/cpp_int.hpp>

namespace churn::inline v0 {
namespace stripe {

namespace {

using Integer = boost::multiprecision::cpp_int;

Integer power_of_ten(int n) {
  Integer power = 1;
  for (; n > 0; --n) power *= 10;
  return power;
}

/// A number at scale 12; |x| < 2^63 x 10^12.
Integer at_full_scale(Decimal number) {
  return Integer{number.coefficient()} * power_of_ten(Decimal::max_scale - number.scale());
}

/// Back from scale 12, if it fits.
std::optional<Decimal> decimal_of(Integer value) {
  int scale = Decimal::max_scale;
  while (scale > 0 && value % 10 == 0) {
    value /= 10;
    --scale;
  }
  if (value > INT64_MAX || value <= INT64_MIN) return std::nullopt;
  return Decimal{static_cast<std::int64_t>(value), scale};
}

/// a x (100 - percent) / 100, rounded down beyond 12 decimals.
Integer less_percent(const Integer& a, Decimal percent) {
  const Integer hundred = 100 * power_of_ten(Decimal::max_scale);
  return a * (hundred - at_full_scale(percent)) / hundred;
}

Problem bad_discount(std::string reason) {
  return {RejectionCode::bad_discount, "discounts", std::move(reason)};
}

}  // namespace

DiscountBook::DiscountBook(const StripeExport& all) : all_(&all) {
  for (const auto& [id, version] : all.discounts) {
    DiscountFacts discount = version.facts;
    discount.id = id;
    if (discount.subscription.empty()) continue;
    const auto found = known(discount);
    const auto* const told = std::get_if<KnownDiscount>(&found);
    if (told == nullptr || (!told->end && told->coupon.duration == "forever")) continue;
    by_subscription_[discount.subscription].push_back(std::move(discount));
  }
}

const std::vector<DiscountFacts>& DiscountBook::of_subscription(const std::string& id) const {
  const auto found = by_subscription_.find(id);
  return found == by_subscription_.end() ? none_ : found->second;
}

std::variant<KnownDiscount, Problem> DiscountBook::known(const DiscountFacts& discount) const {
  const std::string name =
      "The discount " + (discount.id.empty() ? "without id" : printable(discount.id.substr(0, 80)));
  if (discount.problem) return bad_discount(name + ": " + discount.problem->reason);
  DiscountFacts facts = discount;
  if (const auto found = all_->discounts.find(facts.id); found != all_->discounts.end()) {
    const DiscountFacts& from = found->second.facts;
    if (!facts.coupon) facts.coupon = from.coupon;
    if (facts.coupon_id.empty()) facts.coupon_id = from.coupon_id;
    if (!facts.start) facts.start = from.start;
    if (!facts.end) facts.end = from.end;
  }
  if (const auto ended = all_->ended_discounts.find(facts.id); ended != all_->ended_discounts.end())
    facts.end = facts.end ? std::min(*facts.end, ended->second) : ended->second;
  if (!facts.coupon)
    if (const auto found = all_->coupons.find(facts.coupon_id); found != all_->coupons.end())
      facts.coupon = found->second.facts;
  if (!facts.coupon)
    return Problem{RejectionCode::incomplete_history, "discounts",
                   name + " is not in the export with its coupon, so the full price counts."};
  const CouponFacts& coupon = *facts.coupon;
  const bool has_percent = coupon.percent_off && !coupon.percent_off->is_negative();
  if (coupon.percent_off && (!has_percent || at_full_scale(*coupon.percent_off) > 100 * power_of_ten(12)))
    return bad_discount(name + " takes off no percentage from 0 to 100.");
  if (coupon.amount_off && (coupon.amount_off->is_negative() || coupon.amount_off->scale() != 0))
    return bad_discount(name + " takes off no amount of 0 or more.");
  if (!coupon.percent_off && !coupon.amount_off) return bad_discount(name + " takes nothing off.");
  if (facts.start && facts.end && *facts.end <= *facts.start)
    return bad_discount(name + " ends before it starts.");
  if (coupon.duration == "repeating" && !facts.end && (!coupon.months || *coupon.months < 1))
    return bad_discount(name + " repeats for no number of months.");
  return KnownDiscount{facts.id, coupon, facts.start, facts.end};
}

bool applies(const CouponFacts& coupon, const ItemPrice& item) noexcept {
  return coupon.products.empty() ||
         std::find(coupon.products.begin(), coupon.products.end(), item.product) != coupon.products.end();
}

std::optional<Date> cycle_after(Date day, BillingCycle cycle) noexcept {
  constexpr std::int64_t most = 120'000;  // months in the calendar
  const std::int64_t count = cycle.count;
  std::int64_t months = 0;
  std::int64_t days = 0;
  switch (cycle.interval) {
    case BillingInterval::day: days = count; break;
    case BillingInterval::week: days = count * 7; break;
    case BillingInterval::month: months = count; break;
    case BillingInterval::quarter: months = count * 3; break;
    case BillingInterval::half_year: months = count * 6; break;
    case BillingInterval::year: months = count * 12; break;
  }
  try {
    if (months > 0) return anniversary(day, static_cast<int>(std::min(months, most)));
    return Date::from_days(day.days() + days);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<Date> end_of(const KnownDiscount& discount, Date from, std::optional<Date> ends_on,
                           BillingCycle cycle) noexcept {
  if (ends_on) return ends_on;
  if (discount.coupon.duration == "once") return cycle_after(from, cycle);
  if (discount.coupon.duration != "repeating") return std::nullopt;
  constexpr std::int64_t most = 120'000;
  const auto months =
      static_cast<std::int32_t>(std::clamp<std::int64_t>(discount.coupon.months.value_or(1), 1, most));
  return cycle_after(from, {BillingInterval::month, months});
}

std::optional<Discount> together(const std::vector<Discount>& discounts) {
  const Integer hundred = 100 * power_of_ten(Decimal::max_scale);
  Integer left = hundred;  // percent that is still to be paid
  Integer off = 0;
  for (const Discount& discount : discounts) {
    left = less_percent(left, discount.percent);
    off = less_percent(off, discount.percent) + at_full_scale(discount.amount);
  }
  const auto percent = decimal_of(hundred - left);
  const auto amount = decimal_of(off);
  if (!percent || !amount) return std::nullopt;
  return Discount{*percent, *amount};
}

std::vector<std::int64_t> shared(std::int64_t amount, const std::vector<std::int64_t>& weights) {
  Integer total = 0;
  for (const std::int64_t weight : weights) total += weight;
  std::vector<std::int64_t> shares(weights.size(), 0);
  if (total == 0) return shares;
  std::vector<std::pair<Integer, std::size_t>> rests;  // largest first, then in order
  std::int64_t given = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Integer exact = Integer{amount} * weights[i];
    shares[i] = static_cast<std::int64_t>(exact / total);
    rests.emplace_back(-(exact % total), i);
    given += shares[i];
  }
  std::sort(rests.begin(), rests.end());
  for (std::size_t i = 0; given < amount; ++i, ++given) ++shares[rests[i].second];
  return shares;
}

}  // namespace stripe
}  // namespace churn::inline v0

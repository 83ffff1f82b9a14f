// Discounts of Stripe's, as what they take off an item, from when and until when. Private to the reader of
// Stripe's exports.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <churn/core/date.hpp>
#include <churn/core/price.hpp>

#include "io/stripe_export.hpp"
#include "io/stripe_prices.hpp"

namespace churn::inline v0 {
namespace stripe {

/// A discount with its coupon, looked up where only its id was there.
struct KnownDiscount {
  std::string id;
  CouponFacts coupon;
  std::optional<Timestamp> start;
  std::optional<Timestamp> end;
};

/// What is taken off an item on days [from, until).
struct ItemDiscount {
  Date from;
  std::optional<Date> until;
  Discount value;
};

class DiscountBook {
 public:
  explicit DiscountBook(const StripeExport& all);

  /// Or why it is worth nothing.
  [[nodiscard]] std::variant<KnownDiscount, Problem> known(const DiscountFacts& discount) const;
  /// Discounts that name a subscription and have an end.
  [[nodiscard]] const std::vector<DiscountFacts>& of_subscription(const std::string& id) const;

 private:
  const StripeExport* all_;
  std::map<std::string, std::vector<DiscountFacts>> by_subscription_;
  std::vector<DiscountFacts> none_;
};

/// Whether a coupon is for an item.
[[nodiscard]] bool applies(const CouponFacts& coupon, const ItemPrice& item) noexcept;

/// The first day on which a discount that starts `from` no longer holds; empty: it has no end.
[[nodiscard]] std::optional<Date> end_of(const KnownDiscount& discount, Date from,
                                         std::optional<Date> ends_on, BillingCycle cycle) noexcept;

/// `cycle` after a day, by the anchor rule. Empty beyond the calendar.
[[nodiscard]] std::optional<Date> cycle_after(Date day, BillingCycle cycle) noexcept;

/// One after the other, as Stripe takes them off; empty if that has too many digits.
[[nodiscard]] std::optional<Discount> together(const std::vector<Discount>& discounts);

/// A fixed amount, shared in proportion to `weights` with nothing lost.
[[nodiscard]] std::vector<std::int64_t> shared(std::int64_t amount, const std::vector<std::int64_t>& weights);

}  // namespace stripe
}  // namespace churn::inline v0

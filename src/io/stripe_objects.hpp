// What is kept of Stripe's objects, and how it is read. Every type of object has a struct of facts; what its
// object may leave out is optional. Private to the reader of Stripe's exports.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <churn/core/billing_cycle.hpp>
#include <churn/domain/invoice.hpp>

#include "io/stripe_money.hpp"
#include "io/stripe_value.hpp"

namespace churn::inline v0 {
namespace stripe {

/// What a version says, if it says it.
template <class T>
[[nodiscard]] std::optional<T> told(const Said<std::optional<T>>& said) {
  return said ? *said : std::nullopt;
}

/// Packages of several units: a quantity is divided by `size`.
struct Package {
  std::int64_t size;
  bool round_up;
  friend bool operator==(const Package&, const Package&) = default;
};

/// A price, or an old plan.
struct PriceFacts {
  std::string id{};
  std::string product{};
  std::string nickname{};
  std::string lookup_key{};
  std::optional<Currency> currency{};
  std::optional<Decimal> unit_amount{};  ///< minor units
  std::map<std::string, Decimal> in_other_currencies{};
  std::optional<BillingCycle> cycle{};
  std::optional<bool> metered{};
  std::optional<bool> tiered{};
  std::optional<Package> package{};
};

struct CouponFacts {
  std::string id{};
  std::optional<Decimal> percent_off{};
  std::optional<Decimal> amount_off{};  ///< minor units
  std::optional<Currency> currency{};
  std::string duration{};
  std::optional<std::int64_t> months{};
  std::vector<std::string> products{};  ///< the only ones that it is for; none: all
};

/// A discount: that a coupon was given. With its id alone, it is looked up.
struct DiscountFacts {
  std::string id{};
  std::string coupon_id{};
  std::optional<CouponFacts> coupon{};
  std::optional<Timestamp> start{};
  std::optional<Timestamp> end{};
  std::string subscription{};
  std::optional<Problem> problem{};
};

struct CustomerFacts {
  std::string name{};
  std::optional<Timestamp> created{};
  std::map<std::string, std::string> attributes{};
  std::vector<DiscountFacts> discounts{};
};

struct ItemFacts {
  std::string id{};
  std::string subscription{};
  std::optional<PriceFacts> price{};
  std::optional<PriceFacts> plan{};
  Said<std::optional<std::int64_t>> quantity{};
  Said<std::vector<DiscountFacts>> discounts{};
  std::optional<Timestamp> created{};
  std::optional<Timestamp> period_start{};
  std::optional<Timestamp> period_end{};
  std::optional<Problem> problem{};
};

struct PauseFacts {
  std::optional<Timestamp> resumes_at{};
};

/// A subscription, or what a version of it says of it.
struct SubscriptionFacts {
  Said<std::optional<std::string>> customer{};
  Said<std::string> status{};
  Said<std::optional<Currency>> currency{};
  Said<std::optional<Timestamp>> created{}, start{}, ended_at{}, canceled_at{}, cancel_at{};
  Said<std::optional<Timestamp>> trial_start{}, trial_end{}, period_start{}, period_end{};
  Said<bool> cancel_at_period_end{};
  Said<std::vector<ItemFacts>> items{};
  bool items_go_on{false};
  Said<std::optional<PriceFacts>> plan{};        ///< of an old subscription with one item
  Said<std::optional<std::int64_t>> quantity{};  ///< the same
  Said<std::vector<DiscountFacts>> discounts{};
  Said<std::optional<PauseFacts>> pause{};
  Said<std::string> reason{}, feedback{};
};

struct SchedulePhase {
  Timestamp start;
  std::optional<Timestamp> end{};
  std::vector<ItemFacts> items{};
  Said<std::vector<DiscountFacts>> discounts{};
  std::optional<Timestamp> trial_end{};
};

struct ScheduleFacts {
  std::string subscription{};
  std::string customer{};
  std::string status{};
  bool cancels{false};                  ///< the subscription ends with the last phase
  std::optional<Timestamp> given_up{};  ///< released or canceled: what starts later does not happen
  std::vector<SchedulePhase> phases{};
};

struct LineFacts {
  std::string id{};
  std::string subscription{};
  std::string item{};
  std::optional<PriceFacts> price{};
  std::optional<Decimal> unit_amount{};  ///< minor units
  std::int64_t amount{0};                ///< before discounts
  std::int64_t discount{0};
  bool tells_discounts{false};
  std::int64_t tax{0};
  std::int64_t inclusive_tax{0};
  std::optional<std::int64_t> quantity{};
  std::optional<Timestamp> period_start{};
  std::optional<Timestamp> period_end{};
  bool proration{false};
  bool of_subscription{false};
};

struct InvoiceFacts {
  std::string customer{};
  std::string subscription{};
  std::optional<Currency> currency{};
  InvoiceStatus status{InvoiceStatus::open};
  std::optional<Timestamp> created{}, finalized{}, due{}, paid{};
  std::optional<Timestamp> given_up{};  ///< voided, or marked as uncollectible
  std::int64_t discount{0};             ///< of the invoice, where its lines tell none
  std::vector<LineFacts> lines{};
  std::vector<std::pair<std::string, Problem>> bad_lines{};  ///< by id
  bool lines_go_on{false};
  std::vector<std::string> payments{};  ///< ids of charges and payment intents
};

/// A charge, or a refund.
struct ChargeFacts {
  std::string invoice{};
  std::string intent{};
  std::string charge{};  ///< of a refund
  std::optional<Timestamp> created{};
  std::string status{};
  std::optional<Currency> currency{};
  std::int64_t amount{0};
  std::int64_t refunded{0};
  std::string failure_code{};
};

// Each gives what it can; a problem of the whole is in the fields.

[[nodiscard]] PriceFacts price_of(StripeFields& fields);
[[nodiscard]] CouponFacts coupon_of(StripeFields& fields);
/// Problems stay inside of it.
[[nodiscard]] DiscountFacts discount_of(JsonValue value);
[[nodiscard]] std::vector<DiscountFacts> discounts_of(StripeFields& fields);
[[nodiscard]] CustomerFacts customer_of(StripeFields& fields);
[[nodiscard]] ItemFacts item_of(JsonValue value, const std::string& path);
[[nodiscard]] SubscriptionFacts subscription_of(StripeFields& fields);
[[nodiscard]] ScheduleFacts schedule_of(StripeFields& fields);
[[nodiscard]] LineFacts line_of(StripeFields& fields);
[[nodiscard]] InvoiceFacts invoice_of(StripeFields& fields);
[[nodiscard]] ChargeFacts charge_of(StripeFields& fields);

/// What a later or fuller version knows, but for what `patch` says itself.
[[nodiscard]] SubscriptionFacts patched(const SubscriptionFacts& patch, const SubscriptionFacts& base);
/// What `price` leaves out, as `known` has it.
void complete(PriceFacts& price, const PriceFacts& known);

}  // namespace stripe
}  // namespace churn::inline v0

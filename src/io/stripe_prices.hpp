// PriceBook: prices with what the export says elsewhere of them, what they are called, and what an item of a
// subscription comes to. Private to the reader of Stripe's exports.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include <churn/core/price.hpp>

#include "io/stripe_export.hpp"

namespace churn::inline v0 {
namespace stripe {

/// What one cycle of an item costs.
struct ItemPrice {
  std::string plan;
  Price price;
  BillingCycle cycle;
  std::int64_t quantity;
  std::string product;
  bool metered;
};

class PriceBook {
 public:
  explicit PriceBook(const StripeExport& all) : all_(&all) {}

  /// With what is known by its id: of the price, else of the plan, else as another object mentions it.
  [[nodiscard]] PriceFacts known(PriceFacts price) const;
  /// The nickname, else the product's name, else the lookup key, else the id.
  [[nodiscard]] std::string plan_of(const PriceFacts& price) const;
  /// What an item costs, or why that is not known. `currency` is the subscription's.
  [[nodiscard]] std::variant<ItemPrice, Problem> price_of(const ItemFacts& item,
                                                          std::optional<Currency> currency) const;

 private:
  const StripeExport* all_;
};

/// A number of units, in packages.
[[nodiscard]] std::int64_t packaged(std::int64_t quantity, const std::optional<Package>& package) noexcept;

}  // namespace stripe
}  // namespace churn::inline v0

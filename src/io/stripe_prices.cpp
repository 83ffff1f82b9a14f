#include "io/stripe_prices.hpp"

#include <algorithm>
#include <utility>

namespace churn::inline v0 {
namespace stripe {

namespace {

Problem no_price(std::string reason) { return {RejectionCode::no_price, "price", std::move(reason)}; }

std::string price_named(const PriceFacts& price) {
  return price.id.empty() ? "The price" : "The price " + printable(price.id.substr(0, 80));
}

/// The unit amount in the currency of the subscription, in minor units.
std::variant<std::pair<Decimal, Currency>, Problem> amount_in(const PriceFacts& price,
                                                              std::optional<Currency> currency) {
  if (!price.currency && !currency)
    return Problem{RejectionCode::unknown_currency, "price.currency",
                   price_named(price) + " has no currency."};
  const Currency wanted = currency ? *currency : *price.currency;
  if (price.currency && wanted != *price.currency) {
    std::string code(wanted.code());
    for (char& c : code) c = static_cast<char>(c - 'A' + 'a');
    const auto other = price.in_other_currencies.find(code);
    if (other == price.in_other_currencies.end())
      return no_price(price_named(price) + " is in " + std::string(price.currency->code()) +
                      ", and the subscription in " + std::string(wanted.code()) + ".");
    return std::pair(other->second, wanted);
  }
  if (!price.unit_amount)
    return no_price(price_named(price) +
                    (price.tiered.value_or(false)
                         ? " has tiers and no unit amount, so what it comes to is not known."
                     : price.cycle ? " has no unit amount."
                                   : " is not in the export."));
  return std::pair(*price.unit_amount, wanted);
}

}  // namespace

std::int64_t packaged(std::int64_t quantity, const std::optional<Package>& package) noexcept {
  if (!package || quantity < 0) return quantity;
  const std::int64_t whole = quantity / package->size;
  return whole + (package->round_up && quantity % package->size != 0 ? 1 : 0);
}

PriceFacts PriceBook::known(PriceFacts price) const {
  if (price.id.empty()) return price;
  for (const Versions<PriceFacts>* const table : {&all_->prices, &all_->plans, &all_->mentioned_prices})
    if (const auto found = table->find(price.id); found != table->end()) complete(price, found->second.facts);
  return price;
}

std::string PriceBook::plan_of(const PriceFacts& price) const {
  // As the latest object has it, so that a new name does not look like another plan.
  const PriceFacts* named = &price;
  for (const Versions<PriceFacts>* const table : {&all_->mentioned_prices, &all_->plans, &all_->prices})
    if (const auto found = table->find(price.id); found != table->end()) named = &found->second.facts;
  if (!named->nickname.empty()) return named->nickname;
  const std::string& product = named->product.empty() ? price.product : named->product;
  if (const auto found = all_->products.find(product); found != all_->products.end())
    if (!found->second.facts.empty()) return found->second.facts;
  if (!named->lookup_key.empty()) return named->lookup_key;
  if (!price.id.empty()) return price.id;
  return product;
}

std::variant<ItemPrice, Problem> PriceBook::price_of(const ItemFacts& item,
                                                     std::optional<Currency> currency) const {
  if (item.problem) return *item.problem;
  if (!item.price && !item.plan) return no_price("There is no price.");
  const PriceFacts price = known(item.price ? *item.price : *item.plan);
  if (!price.cycle)
    return no_price(price_named(price) +
                    (price.unit_amount ? " recurs at no interval." : " is not in the export."));
  const bool metered = price.metered.value_or(false);
  const std::int64_t quantity =
      metered ? 1 : packaged(item.quantity && *item.quantity ? **item.quantity : 1, price.package);
  if (quantity < 0) return Problem{RejectionCode::negative_quantity, "quantity", "The quantity is negative."};
  std::string plan = plan_of(price);
  if (plan.empty()) plan = item.id.empty() ? "(no name)" : item.id;
  const auto amount = amount_in(price, currency);
  if (const auto* const problem = std::get_if<Problem>(&amount)) {
    const auto any = price.currency ? price.currency : currency;
    if (!metered || !any) return *problem;
    return ItemPrice{std::move(plan), Price{Decimal{}, *any}, *price.cycle, quantity, price.product, metered};
  }
  const auto& [minor, in] = std::get<std::pair<Decimal, Currency>>(amount);
  const auto major = in_major_units(metered ? Decimal{} : minor, in);
  if (!major)
    return Problem{RejectionCode::out_of_range, "price.unit_amount_decimal",
                   price_named(price) + " has more digits than can be kept."};
  return ItemPrice{std::move(plan), Price{*major, in}, *price.cycle, quantity, price.product, metered};
}

}  // namespace stripe
}  // namespace churn::inline v0

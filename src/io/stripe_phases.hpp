// SubscriptionPhases: the phases that the history of a subscription comes to, by days, for each of its items.
// Private to the reader of Stripe's exports.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <churn/book/records.hpp>
#include <churn/core/exact.hpp>

#include "io/stripe_discounts.hpp"
#include "io/stripe_history.hpp"
#include "io/stripe_prices.hpp"

namespace churn::inline v0 {
namespace stripe {

/// The items of a subscription that are subscriptions of their own, for lines that name them, or their price.
struct ItemNames {
  std::set<std::string> items{};
  std::map<std::string, std::string> item_of_price{};
};

class SubscriptionPhases {
 public:
  SubscriptionPhases(StripeExport& all, const PriceBook& prices, const DiscountBook& discounts,
                     const TimeZone& zone, Records& records)
      : all_(&all), prices_(&prices), discounts_(&discounts), zone_(&zone), records_(&records) {}

  /// Adds the phases of a subscription, or reports why there are none. `row` stands for it in the records.
  void add(const std::string& id, const SubscriptionHistory& history, std::int64_t row);

  /// By subscription, of those with several items.
  [[nodiscard]] const std::map<std::string, ItemNames>& names() const noexcept { return names_; }

 private:
  /// Days [from, until) of one price, with one discount.
  struct Segment {
    Date from;
    std::optional<Date> until;
    ItemPrice item;
    Discount discount;
    std::optional<Date> discount_until;
    std::optional<Date> trial_until;
  };
  struct Pause {
    Date from;
    std::optional<Date> until;
  };
  /// What holds for all items.
  struct Ending {
    std::optional<Date> on;
    std::optional<Date> requested_on;
    std::string reason;
    std::optional<Date> term;
  };
  struct Subject {
    std::string id;
    const SubscriptionHistory* history;
    std::set<std::string> reported{};  ///< so that each finding about it is said once
  };
  /// The items of a state, with what they cost.
  struct PricedItem {
    const ItemFacts* facts;
    std::optional<ItemPrice> price;
  };

  [[nodiscard]] Date day_of(Timestamp moment) const { return zone_->day_of(moment); }
  [[nodiscard]] std::optional<Date> day_of(std::optional<Timestamp> moment) const {
    return moment ? std::optional(zone_->day_of(*moment)) : std::nullopt;
  }
  void report(Subject& subject, RejectionCode code, std::string field, const std::string& reason);

  [[nodiscard]] static bool was_never_paid(const SubscriptionHistory& history);
  [[nodiscard]] bool find_ending(Subject& subject, Date start, Ending& ending);
  [[nodiscard]] std::optional<Date> end_told(const SubscriptionFacts& facts,
                                             const SubscriptionHistory& history) const;
  [[nodiscard]] static std::optional<Timestamp> request_told(const SubscriptionHistory& history);
  [[nodiscard]] std::vector<Pause> pauses_of(Subject& subject) const;
  [[nodiscard]] std::vector<PricedItem> priced_items(Subject& subject, const std::vector<ItemFacts>& items,
                                                     const SubscriptionFacts& facts);
  [[nodiscard]] std::vector<ItemDiscount> discounts_on(Subject& subject, const std::vector<PricedItem>& items,
                                                       std::size_t which, const SubscriptionFacts& facts,
                                                       Date from);
  void add_segments(Subject& subject, const std::vector<ItemDiscount>& discounts, const Segment& whole,
                    std::vector<Segment>& segments);
  void add_item(Subject& subject, const std::string& id, const std::vector<Segment>& segments,
                const std::vector<Pause>& pauses, const Ending& ending, std::int64_t row);

  StripeExport* all_;
  const PriceBook* prices_;
  const DiscountBook* discounts_;
  const TimeZone* zone_;
  Records* records_;
  std::map<std::string, ItemNames> names_;
};

/// The items of a state; those of an old subscription are its one plan.
[[nodiscard]] std::vector<ItemFacts> items_of(const SubscriptionFacts& facts);

}  // namespace stripe
}  // namespace churn::inline v0

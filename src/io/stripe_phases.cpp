#include "io/stripe_phases.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace churn::inline v0 {
namespace stripe {

namespace {

bool same_price(const ItemPrice& a, const ItemPrice& b) {
  return a.plan == b.plan && a.price == b.price && a.cycle == b.cycle && a.quantity == b.quantity;
}

/// Minor units of a whole cycle, as a weight; as much as fits.
std::int64_t weight_of(const ItemPrice& item) {
  const Decimal amount = item.price.amount;
  std::int64_t minor = amount.coefficient();
  for (int scale = amount.scale(); scale > stripe_decimals(item.price.currency); --scale) minor /= 10;
  try {
    for (int scale = amount.scale(); scale < stripe_decimals(item.price.currency); ++scale)
      minor = checked_multiply(minor, 10);
    minor = checked_multiply(minor, item.quantity);
  } catch (const Error&) {
    minor = INT64_MAX;
  }
  return std::max<std::int64_t>(minor, 0);
}

std::string status_of(const SubscriptionFacts& facts) { return facts.status.value_or(std::string()); }

bool is_incomplete(const std::string& status) {
  return status == "incomplete" || status == "incomplete_expired";
}

}  // namespace

std::vector<ItemFacts> items_of(const SubscriptionFacts& facts) {
  if (facts.items && !facts.items->empty()) {
    std::vector<ItemFacts> items = *facts.items;
    for (ItemFacts& item : items)
      if (item.id.empty()) item.id = item.price ? item.price->id : item.plan ? item.plan->id : std::string();
    return items;
  }
  const auto plan = told(facts.plan);
  if (!plan) return {};
  ItemFacts item;
  item.price = plan;
  item.quantity = facts.quantity;
  return {item};
}

void SubscriptionPhases::report(Subject& subject, RejectionCode code, std::string field,
                                const std::string& reason) {
  if (!subject.reported.insert(field + reason).second) return;
  all_->report(subject.history->origin, code, std::move(field),
               name_of("subscription", subject.id) + ": " + reason);
}

bool SubscriptionPhases::was_never_paid(const SubscriptionHistory& history) {
  if (is_incomplete(status_of(history.states.back().facts))) return true;
  bool incomplete = false;
  for (const SubscriptionState& state : history.states) {
    const std::string status = status_of(state.facts);
    if (is_incomplete(status))
      incomplete = true;
    else if (status != "canceled")
      return false;
  }
  return incomplete;
}

std::vector<SubscriptionPhases::PricedItem> SubscriptionPhases::priced_items(
    Subject& subject, const std::vector<ItemFacts>& items, const SubscriptionFacts& facts) {
  std::vector<PricedItem> priced;
  for (const ItemFacts& item : items) {
    auto price = prices_->price_of(item, told(facts.currency));
    if (const auto* const problem = std::get_if<Problem>(&price)) {
      report(subject, problem->code, problem->field,
             (item.id.empty() ? "" : name_of("item", item.id) + ": ") + problem->reason);
      priced.push_back({&item, std::nullopt});
    } else {
      priced.push_back({&item, std::get<ItemPrice>(std::move(price))});
    }
  }
  return priced;
}

/// What is taken off one item of a state: its own discounts, then its part of the subscription's, or customer's.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): one case after the other, as the API has them
std::vector<ItemDiscount> SubscriptionPhases::discounts_on(Subject& subject,
                                                           const std::vector<PricedItem>& items,
                                                           std::size_t which, const SubscriptionFacts& facts,
                                                           Date from) {
  std::vector<ItemDiscount> result;
  const ItemPrice& item = *items[which].price;
  const auto trial_until = day_of(told(facts.trial_end));
  const auto add = [&](const DiscountFacts& discount, bool of_all) {
    const auto found = discounts_->known(discount);
    if (const auto* const problem = std::get_if<Problem>(&found))
      return report(subject, problem->code, problem->field, problem->reason);
    const auto& known = std::get<KnownDiscount>(found);
    if (!applies(known.coupon, item)) return;
    ItemDiscount taken{from, {}, {}};
    if (known.start) taken.from = std::max(taken.from, day_of(*known.start));
    if (known.coupon.percent_off) {
      taken.value.percent = *known.coupon.percent_off;
    } else {
      const Currency currency = known.coupon.currency.value_or(item.price.currency);
      if (currency != item.price.currency)
        return report(subject, RejectionCode::bad_discount, "discounts",
                      "The discount " + printable(known.id.substr(0, 80)) + " is in another currency.");
      std::int64_t amount = known.coupon.amount_off->coefficient();
      if (of_all) {
        std::vector<std::int64_t> weights;
        weights.reserve(items.size());
        for (const PricedItem& other : items)
          weights.push_back(other.price && applies(known.coupon, *other.price) ? weight_of(*other.price) : 0);
        amount = shared(amount, weights)[which];
      }
      const auto major = in_major_units(amount, currency);
      if (!major) return;  // no more than three decimals: can't be
      taken.value.amount = *major;
    }
    // What is for one cycle, or some months, is for those that are paid.
    Date begins = known.start ? day_of(*known.start) : from;
    if (known.coupon.duration == "once" && trial_until) begins = std::max(begins, *trial_until);
    taken.until = end_of(known, begins, day_of(known.end), item.cycle);
    if (!taken.value.is_none() && (!taken.until || taken.from < *taken.until)) result.push_back(taken);
  };
  if (items[which].facts->discounts)
    for (const DiscountFacts& discount : *items[which].facts->discounts) add(discount, false);
  std::set<std::string> here;
  bool any = false;
  if (facts.discounts)
    for (const DiscountFacts& discount : *facts.discounts) {
      here.insert(discount.id);
      any = true;
      add(discount, true);
    }
  for (const DiscountFacts& discount : discounts_->of_subscription(subject.id))
    if (here.insert(discount.id).second) {
      any = true;
      add(discount, true);
    }
  if (any) return result;
  const auto customer = all_->customers.find(told(facts.customer).value_or(std::string()));
  if (customer != all_->customers.end())
    for (const DiscountFacts& discount : customer->second.facts.discounts) add(discount, true);
  return result;
}

/// Cuts the days of one price where its discounts change, unless `discount_until` can say so.
void SubscriptionPhases::add_segments(Subject& subject, const std::vector<ItemDiscount>& discounts,
                                      const Segment& whole, std::vector<Segment>& segments) {
  const auto is_before = [&](Date day) { return !whole.until || day < *whole.until; };
  std::set<Date> starts;
  for (const ItemDiscount& discount : discounts)
    if (discount.from > whole.from && is_before(discount.from)) starts.insert(discount.from);
  Date from = whole.from;
  while (is_before(from)) {
    Segment segment = whole;
    segment.from = from;
    const auto next = starts.upper_bound(from);
    if (next != starts.end()) segment.until = *next;
    std::vector<Discount> active;
    std::optional<Date> first_end;
    bool same_end = true;
    for (const ItemDiscount& discount : discounts) {
      if (discount.from > from || (discount.until && *discount.until <= from)) continue;
      if (!active.empty() && discount.until != first_end) same_end = false;
      if (active.empty() || (discount.until && (!first_end || *discount.until < *first_end)))
        first_end = discount.until;
      active.push_back(discount.value);
    }
    const auto taken = together(active);
    if (taken)
      segment.discount = *taken;
    else
      report(subject, RejectionCode::bad_discount, "discounts",
             "The discounts have more digits than can be kept.");
    if (taken && !taken->is_none()) segment.discount_until = first_end;
    if (!same_end && first_end && (!segment.until || *first_end < *segment.until)) segment.until = first_end;
    // Once it has ended, the rest would be at full price: where others start, they are cut anyway.
    segments.push_back(segment);
    if (!segment.until || !is_before(*segment.until)) break;
    from = *segment.until;
  }
}

// NOLINTNEXTLINE(readability-function-cognitive-complexity): one case after the other, as the API has them
void SubscriptionPhases::add(const std::string& id, const SubscriptionHistory& history, std::int64_t row) {
  Subject subject{id, &history};
  const std::vector<SubscriptionState>& states = history.states;
  const SubscriptionFacts& last = states.back().facts;
  if (was_never_paid(history)) return all_->leave_out("of subscriptions that were never paid (incomplete)");
  if (!told(last.customer) || told(last.customer)->empty())
    return report(subject, RejectionCode::missing_value, "customer", "There is no customer.");
  constexpr std::string_view known_status[] = {"trialing", "active", "past_due",   "unpaid",
                                               "canceled", "paused", "not_started"};
  if (std::find(std::begin(known_status), std::end(known_status), status_of(last)) == std::end(known_status))
    return report(subject, RejectionCode::unknown_status, "status",
                  reading::in_quotes(status_of(last)) + " is not a subscription's status.");
  if (status_of(last) == "trialing" && !told(last.trial_end))
    return report(subject, RejectionCode::missing_value, "trial_end",
                  "It is in its trial, whose end is not there.");
  const Date start = day_of(states.front().from);
  Ending ending;
  if (!find_ending(subject, start, ending)) return;

  std::vector<std::vector<ItemFacts>> items;
  bool several = false;
  for (const SubscriptionState& state : states) {
    items.push_back(items_of(state.facts));
    several = several || items.back().size() > 1;
    if (state.facts.items_go_on)
      report(subject, RejectionCode::incomplete_history, "items",
             "Its list of items goes on in a page of its own.");
  }
  std::map<std::string, std::vector<Segment>> by_item;
  bool any_item = false;
  for (std::size_t s = 0; s < states.size(); ++s) {
    const SubscriptionFacts& facts = states[s].facts;
    const Date from = day_of(states[s].from);
    std::optional<Date> until = s + 1 < states.size() ? std::optional(day_of(states[s + 1].from)) : ending.on;
    if (until && ending.on) until = std::min(*until, *ending.on);
    any_item = any_item || !items[s].empty();
    if (until && *until <= from) continue;
    const std::vector<PricedItem> priced = priced_items(subject, items[s], facts);
    const auto trial_until = day_of(told(facts.trial_end));
    std::set<std::string> here;
    for (std::size_t i = 0; i < priced.size(); ++i) {
      if (several && !here.insert(priced[i].facts->id).second) {
        report(subject, RejectionCode::duplicate_id, "items",
               name_of("item", priced[i].facts->id) + " is there twice; the first counts.");
        continue;
      }
      if (!priced[i].price) continue;
      Segment whole{from, until, *priced[i].price, {}, {}, {}};
      const auto discounts = discounts_on(subject, priced, i, facts, from);
      auto& segments = by_item[several ? priced[i].facts->id : std::string()];
      // A trial in the middle: what comes before it is paid.
      const auto trial_from = day_of(told(facts.trial_start));
      if (trial_until && trial_from && *trial_from > from && *trial_from < *trial_until &&
          (!until || *trial_from < *until)) {
        Segment before = whole;
        before.until = trial_from;
        add_segments(subject, discounts, before, segments);
        whole.from = *trial_from;
      }
      if (trial_until && *trial_until > whole.from) whole.trial_until = trial_until;
      add_segments(subject, discounts, whole, segments);
    }
  }
  if (!any_item)
    return report(subject, RejectionCode::no_price, "items",
                  "It has no items, so what it costs is not known.");
  const std::vector<Pause> pauses = pauses_of(subject);
  for (const auto& [item, segments] : by_item)
    add_item(subject, several ? id + "/" + item : id, segments, pauses, ending, row);
  if (!several) return;
  ItemNames& names = names_[id];
  for (const auto& of_state : items)
    for (const ItemFacts& item : of_state) {
      names.items.insert(item.id);
      if (item.price) names.item_of_price.emplace(item.price->id, item.id);
    }
}

// NOLINTNEXTLINE(readability-function-cognitive-complexity): one case after the other, as the API has them
void SubscriptionPhases::add_item(Subject& subject, const std::string& id,
                                  const std::vector<Segment>& segments, const std::vector<Pause>& pauses,
                                  const Ending& ending, std::int64_t row) {
  std::vector<Segment> joined;
  for (const Segment& next : segments) {
    if (!joined.empty()) {
      Segment& last = joined.back();
      const bool adjacent = last.until && *last.until == next.from;
      const bool same_discount = last.discount == next.discount && last.discount_until == next.discount_until;
      const bool over = next.discount.is_none() && last.discount_until && *last.discount_until <= next.from;
      const bool trial_goes_on = last.trial_until && *last.trial_until >= next.from;
      const bool same_trial = last.trial_until == next.trial_until || trial_goes_on ||
                              (last.trial_until && *last.trial_until <= next.from && !next.trial_until);
      if (adjacent && same_price(last.item, next.item) && (same_discount || over) && same_trial) {
        if (trial_goes_on) last.trial_until = std::max(next.trial_until.value_or(next.from), next.from);
        last.until = next.until;
        continue;
      }
    }
    joined.push_back(next);
  }
  const std::string customer = *told(subject.history->states.back().facts.customer);
  for (std::size_t i = 0; i < joined.size(); ++i) {
    const Segment& segment = joined[i];
    // A phase has one pause: it is cut where another begins.
    std::vector<Pause> inside;
    for (const Pause& pause : pauses)
      if ((!segment.until || pause.from < *segment.until) && (!pause.until || *pause.until > segment.from))
        inside.push_back(pause);
    for (std::size_t p = 0; p < std::max<std::size_t>(inside.size(), 1); ++p) {
      const Date from = p == 0 ? segment.from : inside[p].from;
      const auto until = p + 1 < inside.size() ? std::optional(inside[p + 1].from) : segment.until;
      const bool is_last = i + 1 == joined.size() && p + 1 >= inside.size();
      const bool is_ended = is_last && until == ending.on;  // not an item that was taken off before
      PhaseRecord phase{.subscription = id,
                        .customer = customer,
                        .plan = segment.item.plan,
                        .starts_on = from,
                        .ends_on = until,
                        .price = segment.item.price,
                        .cycle = segment.item.cycle,
                        .quantity = segment.item.quantity,
                        .discount_percent = segment.discount.percent,
                        .discount_amount = segment.discount.amount,
                        .discount_ends_on = segment.discount_until,
                        .row = row};
      if (segment.trial_until && *segment.trial_until > from) phase.trial_ends_on = segment.trial_until;
      if (!inside.empty()) {
        phase.paused_from = inside[p].from;
        phase.paused_until = inside[p].until;
      }
      if (is_ended) {
        phase.cancel_requested_on = ending.requested_on;
        phase.end_reason = ending.reason;
        phase.term_ends_on = ending.term;
      }
      records_->add(phase);
    }
  }
}

}  // namespace stripe
}  // namespace churn::inline v0

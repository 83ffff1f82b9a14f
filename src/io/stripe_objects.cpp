#include "io/stripe_objects.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace churn::inline v0 {
namespace stripe {

namespace {

std::optional<Currency> read_currency(StripeFields& fields) {
  const auto code = fields.text("currency");
  if (!code || code->empty()) return std::nullopt;
  const auto currency = currency_of(*code);
  if (!currency)
    fields.report(RejectionCode::unknown_currency, "currency",
                  reading::in_quotes(*code) + " is not a currency of ISO 4217.");
  return currency;
}

std::optional<BillingCycle> read_cycle(StripeFields& fields) {
  const auto name = fields.text("interval");
  if (!name) return std::nullopt;
  const auto interval = parse_billing_interval(*name);
  if (!interval)
    fields.report(RejectionCode::unknown_interval, "interval",
                  reading::in_quotes(*name) + " is not day, week, month or year.");
  const std::int64_t count = fields.integer("interval_count").value_or(1);
  if (count < 1 || count > INT32_MAX)
    fields.report(RejectionCode::bad_interval_count, "interval_count",
                  std::to_string(count) + " is no number of intervals.");
  if (!interval || !fields.good()) return std::nullopt;
  return BillingCycle{*interval, static_cast<std::int32_t>(count)};
}

std::optional<Package> read_package(StripeFields& fields, std::string_view key) {
  auto inside = fields.inside(key);
  if (!inside) return std::nullopt;
  const auto size = inside->integer("divide_by");
  if (!size) return std::nullopt;
  if (*size < 1) inside->report(RejectionCode::bad_number, "divide_by", "A package holds at least 1.");
  return Package{std::max<std::int64_t>(*size, 1), inside->text("round").value_or("up") == "up"};
}

/// The exact fraction of a minor unit, where it is told.
std::optional<Decimal> read_amount(StripeFields& fields, std::string_view exact, std::string_view whole) {
  auto amount = fields.decimal(exact);
  return amount ? amount : fields.decimal(whole);
}

template <class T>
Said<std::optional<T>> said(const StripeFields& fields, std::string_view key, std::optional<T> value) {
  return fields.has(key) ? Said<std::optional<T>>(std::move(value)) : std::nullopt;
}

std::string text_or_empty(StripeFields& fields, std::string_view key) {
  return fields.text(key).value_or(std::string());
}

std::string id_or_empty(StripeFields& fields, std::string_view key) {
  return fields.id(key).value_or(std::string());
}

std::vector<ItemFacts> read_items(StripeFields& fields) {
  std::vector<ItemFacts> items;
  fields.for_each(
      "items", [&](JsonValue element, const std::string& path) { items.push_back(item_of(element, path)); });
  return items;
}

/// The price of an item or line: an object, or an id.
std::optional<PriceFacts> read_price(StripeFields& fields, std::string_view key) {
  const auto value = fields.value(key);
  if (!value) return std::nullopt;
  if (auto inside = fields.inside(key)) return price_of(*inside);
  PriceFacts price;
  price.id = id_or_empty(fields, key);
  return price;
}

}  // namespace

PriceFacts price_of(StripeFields& fields) {
  PriceFacts price;
  price.id = id_or_empty(fields, "id");
  price.product = id_or_empty(fields, "product");
  price.nickname = text_or_empty(fields, "nickname");
  price.lookup_key = text_or_empty(fields, "lookup_key");
  price.currency = read_currency(fields);
  price.unit_amount = read_amount(fields, "unit_amount_decimal", "unit_amount");
  if (!price.unit_amount) price.unit_amount = read_amount(fields, "amount_decimal", "amount");
  if (const auto scheme = fields.text("billing_scheme")) price.tiered = *scheme == "tiered";
  // A price has its interval in `recurring`, a plan in itself.
  auto recurring = fields.inside("recurring");
  StripeFields& cycle = recurring ? *recurring : fields;
  price.cycle = read_cycle(cycle);
  if (const auto usage = cycle.text("usage_type")) price.metered = *usage == "metered";
  price.package =
      read_package(fields, fields.has("transform_quantity") ? "transform_quantity" : "transform_usage");
  if (auto options = fields.inside("currency_options"))
    for (const JsonValue option : options->object())
      if (option.kind() == JsonKind::object) {
        std::optional<Problem> ignored;
        StripeFields of_currency(option, ignored);
        if (const auto amount = read_amount(of_currency, "unit_amount_decimal", "unit_amount"))
          price.in_other_currencies.emplace(std::string(option.key()), *amount);
      }
  return price;
}

CouponFacts coupon_of(StripeFields& fields) {
  CouponFacts coupon;
  coupon.id = id_or_empty(fields, "id");
  coupon.percent_off = fields.decimal("percent_off");
  coupon.amount_off = fields.decimal("amount_off");
  if (coupon.amount_off) coupon.currency = read_currency(fields);
  coupon.duration = text_or_empty(fields, "duration");
  coupon.months = fields.integer("duration_in_months");
  if (auto applies = fields.inside("applies_to"))
    applies->for_each("products", [&](JsonValue product, const std::string& /*path*/) {
      if (product.kind() == JsonKind::text) coupon.products.emplace_back(product.text());
    });
  return coupon;
}

DiscountFacts discount_of(JsonValue value) {
  DiscountFacts discount;
  if (value.kind() == JsonKind::text) {
    discount.id = value.text();
    return discount;
  }
  StripeFields fields(value, discount.problem);
  discount.id = id_or_empty(fields, "id");
  if (discount.id.empty()) discount.id = id_or_empty(fields, "discount");  // in phases of schedules
  discount.start = fields.time("start");
  discount.end = fields.time("end");
  discount.subscription = id_or_empty(fields, "subscription");
  auto source = fields.inside("source");
  StripeFields& holder = source && source->value("coupon") ? *source : fields;
  discount.coupon_id = id_or_empty(holder, "coupon");
  if (auto coupon = holder.inside("coupon")) discount.coupon = coupon_of(*coupon);
  return discount;
}

std::vector<DiscountFacts> discounts_of(StripeFields& fields) {
  std::vector<DiscountFacts> discounts;
  fields.for_each("discounts", [&](JsonValue element, const std::string& /*path*/) {
    discounts.push_back(discount_of(element));
  });
  if (const auto old = fields.value("discount"); old && discounts.empty()) {
    if (old->kind() == JsonKind::object || old->kind() == JsonKind::text)
      discounts.push_back(discount_of(*old));
  }
  return discounts;
}

CustomerFacts customer_of(StripeFields& fields) {
  CustomerFacts customer;
  customer.created = fields.time("created");
  customer.name = text_or_empty(fields, "name");
  if (customer.name.empty()) customer.name = text_or_empty(fields, "email");
  customer.discounts = discounts_of(fields);
  if (auto address = fields.inside("address"))
    if (auto country = address->text("country"); country && !country->empty())
      customer.attributes.emplace("country", *country);
  fields.for_each("preferred_locales", [&](JsonValue locale, const std::string& /*path*/) {
    if (locale.kind() == JsonKind::text && !locale.text().empty())
      customer.attributes.emplace("locale", locale.text());  // the first stays
  });
  if (const auto metadata = fields.inside("metadata"))
    for (const JsonValue field : metadata->object()) {
      constexpr std::string_view taken[] = {"customer_id", "signed_up_on", "name",
                                            "excluded",    "merged_into",  "type"};
      const bool is_taken = std::find(std::begin(taken), std::end(taken), field.key()) != std::end(taken);
      const bool has_nul = reading::has_nul(field.key()) || reading::has_nul(field.text());
      if (field.is_container() || field.text().empty() || field.key().empty() || has_nul) continue;
      customer.attributes.insert_or_assign((is_taken ? "metadata." : "") + std::string(field.key()),
                                           std::string(field.text()));
    }
  return customer;
}

ItemFacts item_of(JsonValue value, const std::string& path) {
  ItemFacts item;
  StripeFields fields(value, item.problem, path);
  item.id = id_or_empty(fields, "id");
  item.subscription = id_or_empty(fields, "subscription");
  item.price = read_price(fields, "price");
  if (!item.price) item.plan = read_price(fields, "plan");
  item.quantity = said(fields, "quantity", fields.integer("quantity"));
  if (fields.has("discounts")) item.discounts = discounts_of(fields);
  item.created = fields.time("created");
  item.period_start = fields.time("current_period_start");
  item.period_end = fields.time("current_period_end");
  return item;
}

SubscriptionFacts subscription_of(StripeFields& fields) {
  SubscriptionFacts facts;
  const auto time = [&fields](std::string_view key) { return said(fields, key, fields.time(key)); };
  facts.customer = said(fields, "customer", fields.id("customer"));
  facts.status = fields.text("status");
  facts.currency = said(fields, "currency", read_currency(fields));
  facts.created = time("created");
  facts.start = fields.has("start_date") ? time("start_date") : time("start");
  facts.ended_at = time("ended_at");
  facts.canceled_at = time("canceled_at");
  facts.cancel_at = time("cancel_at");
  facts.trial_start = time("trial_start");
  facts.trial_end = time("trial_end");
  facts.period_start = time("current_period_start");
  facts.period_end = time("current_period_end");
  facts.cancel_at_period_end = fields.flag("cancel_at_period_end");
  if (fields.value("items")) facts.items = read_items(fields);
  facts.items_go_on = fields.goes_on("items");
  if (!facts.items || facts.items->empty()) {
    facts.plan = said(fields, "plan", read_price(fields, "plan"));
    facts.quantity = said(fields, "quantity", fields.integer("quantity"));
  }
  if (fields.has("discounts") || fields.has("discount")) facts.discounts = discounts_of(fields);
  if (fields.has("pause_collection")) {
    facts.pause.emplace();
    if (auto pause = fields.inside("pause_collection"))
      facts.pause->emplace(PauseFacts{pause->time("resumes_at")});
  }
  if (auto details = fields.inside("cancellation_details")) {
    if (details->has("reason")) facts.reason = text_or_empty(*details, "reason");
    if (details->has("feedback")) facts.feedback = text_or_empty(*details, "feedback");
  }
  return facts;
}

ScheduleFacts schedule_of(StripeFields& fields) {
  ScheduleFacts schedule;
  schedule.subscription = id_or_empty(fields, "subscription");
  if (schedule.subscription.empty()) schedule.subscription = id_or_empty(fields, "released_subscription");
  schedule.customer = id_or_empty(fields, "customer");
  schedule.status = text_or_empty(fields, "status");
  schedule.cancels = text_or_empty(fields, "end_behavior") == "cancel";
  const auto released = fields.time("released_at");
  const auto canceled = fields.time("canceled_at");
  if (schedule.status == "released") schedule.given_up = released;
  if (schedule.status == "canceled") schedule.given_up = canceled;
  fields.for_each("phases", [&](JsonValue element, const std::string& path) {
    std::optional<Problem> problem;
    StripeFields inside(element, problem, path);
    const auto start = inside.time("start_date");
    inside.require(start.has_value(), "start_date");
    const auto end = inside.time("end_date");
    const auto trial_end = inside.time("trial_end");
    auto items = read_items(inside);
    Said<std::vector<DiscountFacts>> discounts;
    if (inside.has("discounts") || inside.has("coupon")) discounts = discounts_of(inside);
    if (const auto coupon = inside.id("coupon"); coupon && discounts->empty())
      discounts->push_back({.coupon_id = *coupon, .start = start});
    if (problem) return fields.report(problem->code, problem->field, problem->reason);
    schedule.phases.push_back({*start, end, std::move(items), std::move(discounts), trial_end});
  });
  std::stable_sort(schedule.phases.begin(), schedule.phases.end(),
                   [](const SchedulePhase& a, const SchedulePhase& b) { return a.start < b.start; });
  return schedule;
}

ChargeFacts charge_of(StripeFields& fields) {
  ChargeFacts charge;
  charge.invoice = id_or_empty(fields, "invoice");
  charge.intent = id_or_empty(fields, "payment_intent");
  charge.charge = id_or_empty(fields, "charge");
  charge.created = fields.time("created");
  fields.require(charge.created.has_value(), "created");
  charge.status = text_or_empty(fields, "status");
  charge.currency = read_currency(fields);
  charge.amount = fields.integer("amount").value_or(0);
  charge.refunded = fields.integer("amount_refunded").value_or(0);
  charge.failure_code = text_or_empty(fields, "failure_code");
  if (charge.failure_code == "card_declined")
    if (auto outcome = fields.inside("outcome"))
      if (const auto reason = outcome->text("reason"); reason && !reason->empty())
        charge.failure_code = *reason;
  return charge;
}

void complete(PriceFacts& price, const PriceFacts& known) {
  const auto fill = [](auto& to, const auto& from) {
    if (!to) to = from;
  };
  // An amount and its currency belong together.
  if (!price.unit_amount) price.unit_amount = known.unit_amount;
  fill(price.currency, known.currency);
  fill(price.cycle, known.cycle);
  fill(price.metered, known.metered);
  fill(price.tiered, known.tiered);
  fill(price.package, known.package);
  if (price.product.empty()) price.product = known.product;
  if (price.in_other_currencies.empty()) price.in_other_currencies = known.in_other_currencies;
}

namespace {

/// Items of a patch may be told by id and what differs alone.
std::vector<ItemFacts> patched_items(std::vector<ItemFacts> items, const std::vector<ItemFacts>& base) {
  std::map<std::string_view, const ItemFacts*> known;
  for (const ItemFacts& item : base) known.emplace(item.id, &item);
  for (ItemFacts& item : items) {
    const auto found = known.find(item.id);
    if (found == known.end()) continue;
    const ItemFacts& from = *found->second;
    if (!item.price && !item.plan) {
      item.price = from.price;
      item.plan = from.plan;
    }
    if (!item.quantity) item.quantity = from.quantity;
    if (!item.discounts) item.discounts = from.discounts;
    if (!item.created) item.created = from.created;
  }
  return items;
}

}  // namespace

SubscriptionFacts patched(const SubscriptionFacts& patch, const SubscriptionFacts& base) {
  SubscriptionFacts facts = patch;
  const auto fill = [](auto& to, const auto& from) {
    if (!to) to = from;
  };
  fill(facts.customer, base.customer);
  fill(facts.status, base.status);
  fill(facts.currency, base.currency);
  fill(facts.created, base.created);
  fill(facts.start, base.start);
  fill(facts.ended_at, base.ended_at);
  fill(facts.canceled_at, base.canceled_at);
  fill(facts.cancel_at, base.cancel_at);
  fill(facts.trial_start, base.trial_start);
  fill(facts.trial_end, base.trial_end);
  fill(facts.period_start, base.period_start);
  fill(facts.period_end, base.period_end);
  fill(facts.cancel_at_period_end, base.cancel_at_period_end);
  fill(facts.discounts, base.discounts);
  fill(facts.pause, base.pause);
  fill(facts.reason, base.reason);
  fill(facts.feedback, base.feedback);
  if (facts.items && base.items) facts.items = patched_items(std::move(*facts.items), *base.items);
  if (!facts.items && base.items) {
    facts.items = base.items;
    facts.items_go_on = base.items_go_on;
    if (facts.items->size() == 1) {  // what an old version says of the subscription is of its item
      ItemFacts& item = facts.items->front();
      if (facts.quantity) item.quantity = facts.quantity;
      if (facts.plan && *facts.plan) {
        PriceFacts plan = **facts.plan;
        if (plan.id.empty()) {
          const PriceFacts* const now = item.price ? &*item.price : item.plan ? &*item.plan : nullptr;
          if (now != nullptr) complete(plan, *now);
          if (now != nullptr) plan.id = now->id;
        }
        item.price = std::move(plan);
      }
    }
  }
  fill(facts.plan, base.plan);
  fill(facts.quantity, base.quantity);
  return facts;
}

}  // namespace stripe
}  // namespace churn::inline v0

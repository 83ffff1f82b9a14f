#include "io/stripe_export.hpp"

#include <algorithm>
#include <array>

#include "io/stripe_hash.hpp"

namespace churn::inline v0 {
namespace stripe {

namespace {

using reading::ObjectFields;

/// The type of an object that does not say it, by its id.
std::string type_of_id(std::string_view id) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 16> prefixes{
      {{"cus_", "customer"},
       {"sub_sched_", "subscription_schedule"},
       {"sub_", "subscription"},
       {"si_", "subscription_item"},
       {"in_", "invoice"},
       {"il_", "line_item"},
       {"price_", "price"},
       {"plan_", "plan"},
       {"prod_", "product"},
       {"ch_", "charge"},
       {"py_", "charge"},
       {"re_", "refund"},
       {"pi_", "payment_intent"},
       {"pm_", "payment_method"},
       {"di_", "discount"},
       {"inpay_", "invoice_payment"}}};
  for (const auto& [prefix, type] : prefixes)
    if (id.starts_with(prefix)) return std::string(type);
  return {};
}

std::string text_in(JsonValue object, std::string_view key) {
  const auto found = object.find(key);
  return found && found->kind() == JsonKind::text ? std::string(found->text()) : std::string();
}

/// A field that is there twice; which of the two holds can't be known.
std::optional<std::string> repeated_field(JsonValue object) {
  std::vector<std::string_view> keys;
  for (const JsonValue field : object) keys.push_back(field.key());
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice == keys.end()) return std::nullopt;
  return std::string(*twice);
}

std::string too_deep() {
  return " that is nested more than " + std::to_string(JsonDocument::deepest) + " levels deep.";
}

}  // namespace

std::string name_of(std::string_view type, std::string_view id) {
  std::string name(type.empty() ? "object" : type);
  std::replace(name.begin(), name.end(), '_', ' ');
  if (name.front() >= 'a' && name.front() <= 'z') name.front() = static_cast<char>(name.front() - 'a' + 'A');
  return name + (id.empty() ? " without id" : " " + printable(id.substr(0, 80)));
}

bool StripeExport::accepted(const Told& told, const std::optional<Problem>& problem) {
  if (!problem) return true;
  report(told.origin, problem->code, problem->field, name_of(told.type, told.id) + ": " + problem->reason);
  return false;
}

void StripeExport::add(const JsonDocument& document) {
  too_deep_ = document.too_deep();
  const std::int64_t before = row_;
  walk(document.root());
  if (!too_deep_ || row_ > before) return;
  ++row_;  // nothing but brackets, as far as they were kept
  report(here(), RejectionCode::bad_json, "", "A text" + too_deep());
}

void StripeExport::walk(JsonValue value) {
  if (value.kind() == JsonKind::array) {
    for (const JsonValue element : value) walk(element);
    return;
  }
  if (value.kind() != JsonKind::object) {
    ++row_;
    return report(here(), RejectionCode::bad_json, "",
                  ObjectFields::name_of_kind(value) + " stands where an object of Stripe's belongs.");
  }
  const std::string type = text_in(value, "object");
  const auto data = value.find("data");
  if (type == "list" || type == "search_result" ||
      (type.empty() && data && data->kind() == JsonKind::array)) {
    if (data && data->kind() == JsonKind::array) return walk(*data);
    ++row_;
    return report(here(), RejectionCode::bad_json, "data", "A list without data.");
  }
  const auto inside = data ? data->find("object") : std::nullopt;
  const bool is_event = type == "event" || (inside && inside->kind() == JsonKind::object);
  const bool is_object = is_event || !type.empty() || value.find("id");
  bool has_parts = false;
  if (!is_object)
    for (const JsonValue part : value)
      if (part.is_container()) {
        has_parts = true;
        walk(part);
      }
  if (has_parts) return;
  ++row_;
  if (too_deep_)
    return report(here(), RejectionCode::bad_json, "",
                  name_of(type, text_in(value, "id")) + ": It stands in a text" + too_deep());
  if (is_event) return event(value);
  object(value, std::nullopt, here());
}

void StripeExport::event(JsonValue value) {
  std::optional<Problem> problem;
  StripeFields fields(value, problem);
  const std::string id = text_in(value, "id");
  const std::string type = text_in(value, "type");
  if (const auto twice = repeated_field(value))
    fields.report(RejectionCode::duplicate_column, *twice, "The field is there twice.");
  const auto at = fields.time("created");
  const auto data = fields.value("data");
  const auto inside = data ? data->find("object") : std::nullopt;
  if (!inside) fields.report(RejectionCode::missing_value, "data.object", "The event is about nothing.");
  const Told told{"event", id, fields, at, here()};
  if (!accepted(told, problem)) return;
  see(at);
  if (inside->kind() != JsonKind::object)
    return report(here(), RejectionCode::bad_json, "data.object",
                  name_of("event", id) + ": " + ObjectFields::name_of_kind(*inside) +
                      " stands where an object belongs.");
  std::string about = text_in(*inside, "object");
  if (about.empty()) about = type_of_id(text_in(*inside, "id"));
  if (about.empty() && type.starts_with("customer.subscription.")) about = "subscription";
  if (about == "subscription" && at) return change(told, fields, *data);
  if (type == "customer.discount.deleted" && at)
    if (const std::string discount = text_in(*inside, "id"); !discount.empty()) {
      const auto [ended, is_new] = ended_discounts.try_emplace(discount, *at);
      if (!is_new) ended->second = std::min(ended->second, *at);
    }
  if (type == "invoice.payment_failed" && at)
    if (const std::string invoice = text_in(*inside, "id"); !invoice.empty())
      failed_attempts[invoice].insert(*at);
  object(*inside, at, here());
}

void StripeExport::change(const Told& told, StripeFields& event, JsonValue data) {
  std::optional<Problem> problem;
  StripeFields fields(*data.find("object"), problem, "data.object.");
  const auto id = fields.id("id");
  fields.require(id.has_value(), "id");
  if (const auto twice = repeated_field(fields.object()))
    fields.report(RejectionCode::duplicate_column, *twice, "The field is there twice.");
  SubscriptionFacts after = subscription_of(fields);
  SubscriptionFacts before;
  if (const auto previous = data.find("previous_attributes");
      previous && previous->kind() != JsonKind::null) {
    StripeFields changed(*previous, problem, "data.previous_attributes.");
    if (changed.good()) before = subscription_of(changed);
  }
  if (!accepted(told, problem)) return;
  const std::string type = event.text("type").value_or(std::string());
  const int order = type.ends_with(".created") ? 0 : type.ends_with(".deleted") ? 2 : 1;
  if (order == 2 && !(after.ended_at && *after.ended_at)) {
    after.status = "canceled";
    after.ended_at = told.at;
  }
  see(stripe::told(after.created));
  if (after.items) mention_prices(*after.items, told.at->seconds(), told.origin);
  if (before.items) mention_prices(*before.items, told.at->seconds(), told.origin);
  subscriptions[*id].changes.push_back(
      {*told.at, order, told.id, std::move(after), std::move(before), hash_of(event.object()), told.origin});
}

void StripeExport::object(JsonValue value, std::optional<Timestamp> at, Origin origin) {
  std::optional<Problem> problem;
  StripeFields fields(value, problem, at ? "data.object." : "");
  std::string type = text_in(value, "object");
  const auto id = fields.id("id");
  if (type.empty()) type = type_of_id(id.value_or(std::string()));
  const Told told{type, id.value_or(std::string()), fields, at, origin};
  if (type.empty())
    fields.report(RejectionCode::missing_value, "object", "There is no type.");
  else if (const auto twice = repeated_field(value))
    fields.report(RejectionCode::duplicate_column, *twice, "The field is there twice.");
  if (!accepted(told, problem)) return;
  read(told);
}

void StripeExport::mention_prices(const std::vector<ItemFacts>& told_items, std::int64_t at, Origin origin) {
  for (const ItemFacts& item : told_items) {
    if (item.problem) continue;
    if (item.price) mention(*item.price, at, origin);
    if (item.plan) mention(*item.plan, at, origin);
  }
}

void StripeExport::mention(const PriceFacts& price, std::int64_t at, Origin origin) {
  if (price.id.empty() || !price.cycle) return;
  std::string told = price.product + '\n' + price.nickname + '\n' + price.lookup_key + '\n' +
                     std::string(billing_interval_name(price.cycle->interval)) +
                     std::to_string(price.cycle->count) +
                     std::string(price.currency ? price.currency->code() : "") +
                     (price.unit_amount ? price.unit_amount->to_string() : "") +
                     (price.metered.value_or(false) ? "m" : "") + (price.tiered.value_or(false) ? "t" : "");
  if (price.package) told += std::to_string(price.package->size) + (price.package->round_up ? "up" : "down");
  for (const auto& [code, amount] : price.in_other_currencies) told += code + amount.to_string();
  Version<PriceFacts> version{price, at, false, hash_of(told), origin};
  const auto [found, is_new] = mentioned_prices.try_emplace(price.id, version);
  if (!is_new && version.is_later_than(found->second)) found->second = std::move(version);
}

void StripeExport::link(const std::string& payment, const std::string& invoice) {
  const auto [found, is_new] = invoice_of_payment.try_emplace(payment, invoice);
  if (!is_new) found->second = std::min(found->second, invoice);
}

void StripeExport::finish() {
  for (const auto& [kind, count] : unused_)
    findings_->add({RejectionCode::unused_object, files_.empty() ? std::string() : files_.front(), 0, "",
                    std::to_string(count) + (count == 1 ? " object " : " objects ") +
                        printable(kind.substr(0, 80)) + (count == 1 ? " is" : " are") + " not used."});
}

}  // namespace stripe
}  // namespace churn::inline v0

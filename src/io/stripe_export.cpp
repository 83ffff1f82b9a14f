#include "io/stripe_export.hpp"

#include <algorithm>
#include <array>

namespace churn::inline v0 {
namespace stripe {

namespace {

using reading::ObjectFields;

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return mixed(hash);
}

/// The same for objects that differ in the order of their fields only.
std::uint64_t hash_of(JsonValue value) {
  std::uint64_t hash = hash_of(value.text()) + static_cast<std::uint64_t>(value.kind());
  if (value.is_container())
    for (const JsonValue part : value)
      hash = value.kind() == JsonKind::array ? mixed(hash + hash_of(part))
                                             : hash + mixed(hash_of(part.key()) * 3 + hash_of(part));
  return mixed(hash);
}

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

std::int64_t seconds_of(std::optional<Timestamp> moment) { return moment ? moment->seconds() : 0; }

std::optional<Timestamp> moment_of(const Said<std::optional<Timestamp>>& said) {
  return said ? *said : std::nullopt;
}

/// The start of the current period, if it can be one.
std::optional<Timestamp> period_start_of(std::optional<Timestamp> start, std::optional<Timestamp> end) {
  return start && end && *start < *end ? start : std::nullopt;
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

template <class Facts>
void StripeExport::tell_duplicate(const Told& told, const Version<Facts>& kept,
                                  const Version<Facts>& dropped) {
  if (!kept.by_itself || !dropped.by_itself) return;  // events repeat what they are about
  report(dropped.origin, RejectionCode::duplicate_row, "id",
         name_of(told.type, told.id) + (kept.hash == dropped.hash
                                            ? " is there already, the same; it counts once."
                                            : " is there in a later version, which counts."));
}

template <class Facts>
void StripeExport::put(Versions<Facts>& versions, const Told& told, Facts facts,
                       std::initializer_list<std::optional<Timestamp>> past) {
  std::int64_t known_at = 0;
  for (const auto moment : past) {
    known_at = std::max(known_at, seconds_of(moment));
    see(moment);
  }
  if (told.at) known_at = told.at->seconds();
  Version<Facts> version{std::move(facts), known_at, !told.at, hash_of(told.fields.object()), told.origin};
  const auto [found, is_new] = versions.try_emplace(told.id, version);
  if (is_new) return;
  Version<Facts>& kept = found->second;
  if (version.is_later_than(kept)) {
    tell_duplicate(told, version, kept);  // NOLINT(readability-suspicious-call-argument): the older one goes
    kept = std::move(version);
  } else {
    tell_duplicate(told, kept, version);
  }
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
  see(moment_of(after.created));
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

// NOLINTNEXTLINE(readability-function-cognitive-complexity): a type of objects after the other
void StripeExport::read(const Told& told) {
  constexpr std::array used{"customer",       "subscription",   "subscription_item", "subscription_schedule",
                            "price",          "plan",           "product",           "coupon",
                            "discount",       "invoice",        "line_item",         "charge",
                            "refund",         "payment_intent", "payment_method",    "card",
                            "invoice_payment"};
  if (std::find(used.begin(), used.end(), told.type) == used.end()) return leave_out("of type " + told.type);
  StripeFields& fields = told.fields;
  std::optional<Problem> problem;
  const bool is_stub = fields.flag("deleted").value_or(false);
  if (is_stub && told.type != "customer" && told.type != "subscription") return;  // known otherwise, or not
  if (told.id.empty()) {
    if (fields.good()) fields.report(RejectionCode::missing_value, "id", "There is no id.");
    problem = Problem{RejectionCode::missing_value, "id", "There is no id."};
    (void)accepted(told, problem);
    return;
  }
  StripeFields own(fields.object(), problem, fields.path());
  const Told it{told.type, told.id, own, told.at, told.origin};
  const auto created = own.time("created");
  if (told.type == "subscription") return read_subscription(it);
  if (told.type == "customer") {
    CustomerFacts customer = customer_of(own);
    if (accepted(it, problem)) put(customers, it, std::move(customer), {created});
    return read_embedded(it, "subscriptions");
  }
  if (told.type == "price" || told.type == "plan") {
    PriceFacts price = price_of(own);
    if (accepted(it, problem)) put(told.type == "price" ? prices : plans, it, std::move(price), {created});
  } else if (told.type == "product") {
    std::string name = own.text("name").value_or(std::string());
    const auto updated = own.time("updated");
    if (accepted(it, problem)) put(products, it, std::move(name), {created, updated});
  } else if (told.type == "coupon") {
    CouponFacts coupon = coupon_of(own);
    if (accepted(it, problem)) put(coupons, it, std::move(coupon), {created});
  } else if (told.type == "discount") {
    DiscountFacts discount = discount_of(own.object());
    if (accepted(it, discount.problem)) {
      const auto start = discount.start;
      put(discounts, it, std::move(discount), {start});
    }
  } else if (told.type == "subscription_item") {
    ItemFacts item = item_of(own.object(), {});
    if (item.subscription.empty() && !item.problem)
      item.problem = Problem{RejectionCode::missing_value, "subscription", "There is no subscription."};
    if (accepted(it, item.problem)) {
      mention_prices({item}, seconds_of(created), it.origin);
      put(items, it, std::move(item), {created});
    }
  } else if (told.type == "subscription_schedule") {
    ScheduleFacts schedule = schedule_of(own);
    if (!accepted(it, problem)) return;
    const auto given_up = schedule.given_up;
    put(schedules, it, std::move(schedule), {created, given_up});
  } else if (told.type == "invoice") {
    InvoiceFacts invoice = invoice_of(own);
    if (!accepted(it, problem)) return;
    const auto finalized = invoice.finalized;
    const auto paid = invoice.paid;
    for (const LineFacts& line : invoice.lines)
      if (line.price) mention(*line.price, seconds_of(created), it.origin);
    put(invoices, it, std::move(invoice), {created, finalized, paid});
  } else if (told.type == "line_item") {
    const auto invoice = own.id("invoice");
    own.require(invoice.has_value(), "invoice");
    LineFacts line = line_of(own);
    if (accepted(it, problem)) put(lines, it, std::pair(*invoice, std::move(line)), {});
  } else if (told.type == "payment_method" || told.type == "card") {
    read_card(it);
  } else {
    read_payment(it);
  }
}

void StripeExport::read_subscription(const Told& told) {
  std::optional<Problem> problem;
  StripeFields fields(told.fields.object(), problem, told.fields.path());
  SubscriptionFacts facts = subscription_of(fields);
  if (!accepted(told, problem)) return;
  std::int64_t known_at = 0;
  std::vector<std::optional<Timestamp>> past{
      moment_of(facts.created), moment_of(facts.ended_at), moment_of(facts.canceled_at),
      period_start_of(moment_of(facts.period_start), moment_of(facts.period_end))};
  if (facts.items)
    for (const ItemFacts& item : *facts.items)
      past.push_back(period_start_of(item.period_start, item.period_end));
  for (const auto moment : past) {
    known_at = std::max(known_at, seconds_of(moment));
    see(moment);
  }
  if (facts.items) mention_prices(*facts.items, known_at, told.origin);
  Version<SubscriptionFacts> version{std::move(facts), known_at, true, hash_of(fields.object()), told.origin};
  auto& kept = subscriptions[told.id].by_itself;
  if (kept && !version.is_later_than(*kept)) return tell_duplicate(told, *kept, version);
  if (kept) tell_duplicate(told, version, *kept);
  kept = std::move(version);
}

void StripeExport::read_payment(const Told& told) {
  std::optional<Problem> problem;
  StripeFields fields(told.fields.object(), problem, told.fields.path());
  if (told.type == "payment_intent") {
    if (const auto invoice = fields.id("invoice")) link(told.id, *invoice);
    read_embedded(told, "charges");
    if (const auto latest_charge = fields.value("latest_charge");
        latest_charge && latest_charge->kind() == JsonKind::object)
      object(*latest_charge, told.at, told.origin);
    return;
  }
  if (told.type == "invoice_payment") {
    const auto invoice = fields.id("invoice");
    fields.require(invoice.has_value(), "invoice");
    if (!accepted(told, problem)) return;
    if (auto payment = fields.inside("payment"))
      for (const std::string_view key : {"charge", "payment_intent"})
        if (const auto id = payment->id(key)) link(*id, *invoice);
    return;
  }
  ChargeFacts charge = charge_of(fields);
  if (!accepted(told, problem)) return;
  const auto created = charge.created;
  put(told.type == "charge" ? charges : refunds, told, std::move(charge), {created});
  if (told.type == "charge") read_embedded(told, "refunds");
}

void StripeExport::read_card(const Told& told) {
  std::optional<Problem> problem;
  StripeFields fields(told.fields.object(), problem, told.fields.path());
  const auto customer = fields.id("customer");
  const auto created = fields.time("created");
  auto card = fields.inside("card");
  StripeFields& holder = card ? *card : fields;
  const auto month = holder.integer("exp_month");
  const auto year = holder.integer("exp_year");
  if (!accepted(told, problem)) return;
  if (!customer || !created || !month || !year)
    return leave_out("of type " + told.type + " without customer or expiry");
  if (*month < 1 || *month > 12 || *year < 1000 || *year > 9999)
    return report(told.origin, RejectionCode::bad_date, "exp_month",
                  name_of(told.type, told.id) + ": There is no month of its expiry.");
  const std::string label = std::to_string(*year) + (*month < 10 ? "-0" : "-") + std::to_string(*month);
  put(cards, told,
      Event{.customer = CustomerId{*customer}, .at = *created, .kind = "card_added", .label = label},
      {created});
}

void StripeExport::read_embedded(const Told& told, std::string_view list) {
  told.fields.for_each(list, [&](JsonValue element, const std::string& /*path*/) {
    if (element.kind() == JsonKind::object) object(element, told.at, told.origin);
  });
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

// Objects of an export, by their type.
#include <algorithm>
#include <array>

#include "io/stripe_export.hpp"
#include "io/stripe_hash.hpp"

namespace churn::inline v0 {
namespace stripe {

namespace {

std::int64_t seconds_of(std::optional<Timestamp> moment) { return moment ? moment->seconds() : 0; }

/// The start of the current period, if it can be one.
std::optional<Timestamp> period_start_of(std::optional<Timestamp> start, std::optional<Timestamp> end) {
  return start && end && *start < *end ? start : std::nullopt;
}

}  // namespace

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
    const auto given_up = invoice.given_up;
    for (const LineFacts& line : invoice.lines)
      if (line.price) mention(*line.price, seconds_of(created), it.origin);
    put(invoices, it, std::move(invoice), {created, finalized, paid, given_up});
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
      stripe::told(facts.created), stripe::told(facts.ended_at), stripe::told(facts.canceled_at),
      period_start_of(stripe::told(facts.period_start), stripe::told(facts.period_end))};
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

}  // namespace stripe
}  // namespace churn::inline v0

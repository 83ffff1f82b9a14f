// Invoices and their lines, in the shapes of all versions of the API.
#include <algorithm>
#include <string_view>

#include <churn/core/exact.hpp>

#include "io/stripe_objects.hpp"

namespace churn::inline v0 {
namespace stripe {

namespace {

/// The sum of `amount` in a list of objects, of those that `counts` says.
template <class Counts>
std::int64_t sum_of(StripeFields& fields, std::string_view list, Counts counts) {
  std::int64_t sum = 0;
  fields.for_each(list, [&](JsonValue element, const std::string& path) {
    std::optional<Problem> problem;
    StripeFields inside(element, problem, path);
    const std::int64_t amount = inside.integer("amount").value_or(0);
    if (problem) return fields.report(problem->code, problem->field, problem->reason);
    if (!counts(inside)) return;
    try {
      sum = checked_add(sum, amount);
    } catch (const Error&) {
      fields.report(RejectionCode::out_of_range, list, "The amounts add up to more than can be kept.");
    }
  });
  return sum;
}

void read_taxes(StripeFields& fields, LineFacts& line) {
  const auto all = [](StripeFields&) { return true; };
  if (fields.value("taxes")) {  // since 2025
    line.tax = sum_of(fields, "taxes", all);
    line.inclusive_tax = sum_of(fields, "taxes", [](StripeFields& tax) {
      return tax.text("tax_behavior").value_or(std::string()) == "inclusive";
    });
  } else {
    line.tax = sum_of(fields, "tax_amounts", all);
    line.inclusive_tax = sum_of(fields, "tax_amounts",
                                [](StripeFields& tax) { return tax.flag("inclusive").value_or(false); });
  }
}

/// What it is a line of: since 2025 in `parent`, before in the line itself.
void read_origin(StripeFields& fields, LineFacts& line) {
  const std::string type = fields.text("type").value_or(std::string());
  line.subscription = fields.id("subscription").value_or(std::string());
  line.item = fields.id("subscription_item").value_or(std::string());
  line.proration = fields.flag("proration").value_or(false);
  line.of_subscription = type == "subscription";
  if (line.of_subscription && line.subscription.empty() && line.id.starts_with("sub_"))
    line.subscription = line.id;  // before 2018
  auto parent = fields.inside("parent");
  if (!parent) return;
  const std::string kind = parent->text("type").value_or(std::string());
  line.of_subscription = kind == "subscription_item_details";
  auto details = parent->inside(kind);
  if (!details) return;
  if (const auto id = details->id("subscription")) line.subscription = *id;
  if (const auto id = details->id("subscription_item")) line.item = *id;
  line.proration = details->flag("proration").value_or(line.proration);
}

void read_line_price(StripeFields& fields, LineFacts& line) {
  for (const std::string_view key : {"price", "plan"}) {
    if (line.price || !fields.value(key)) continue;
    if (auto inside = fields.inside(key)) {
      // Stripe fills what does not matter with anything: a plan that does not read costs the line nothing.
      std::optional<Problem> problem;
      StripeFields apart(inside->object(), problem, inside->path());
      PriceFacts price = price_of(apart);
      if (!problem) line.price = std::move(price);
    } else if (const auto id = fields.id(key)) {
      line.price.emplace().id = *id;
    }
  }
  if (line.price && line.price->unit_amount) line.unit_amount = line.price->unit_amount;
  auto pricing = fields.inside("pricing");
  if (!pricing) return;
  if (const auto amount = pricing->decimal("unit_amount_decimal")) line.unit_amount = amount;
  auto details = pricing->inside("price_details");
  if (!details || line.price) return;
  line.price.emplace().id = details->id("price").value_or(std::string());
  line.price->product = details->id("product").value_or(std::string());
}

InvoiceStatus read_status(StripeFields& fields) {
  const auto name = fields.text("status");
  if (!name || name->empty())  // before 2018
    return fields.flag("paid").value_or(false) ? InvoiceStatus::paid : InvoiceStatus::open;
  const auto status = parse_invoice_status(*name);
  if (status) return *status;
  if (*name == "deleted") return InvoiceStatus::void_;
  fields.report(RejectionCode::unknown_status, "status",
                reading::in_quotes(*name) + " is not an invoice's status.");
  return InvoiceStatus::open;
}

/// What discounts took off the invoice as a whole, for lines that do not tell their own.
std::int64_t read_discount(StripeFields& fields) {
  if (fields.value("total_discount_amounts"))
    return sum_of(fields, "total_discount_amounts", [](StripeFields&) { return true; });
  const auto subtotal = fields.integer("subtotal");
  const auto total = fields.integer("total");
  const std::int64_t tax = fields.integer("tax").value_or(0);
  if (!fields.is_object("discount") || !subtotal || !total) return 0;
  try {
    const std::int64_t off = checked_subtract(checked_add(*subtotal, tax), *total);
    return off > 0 ? off : 0;
  } catch (const Error&) {
    return 0;
  }
}

}  // namespace

LineFacts line_of(StripeFields& fields) {
  LineFacts line;
  line.id = fields.id("id").value_or(std::string());
  const auto amount = fields.integer("amount");
  fields.require(amount.has_value() || !fields.good(), "amount");
  line.amount = amount.value_or(0);
  line.tells_discounts = fields.value("discount_amounts").has_value();
  line.discount = sum_of(fields, "discount_amounts", [](StripeFields&) { return true; });
  line.quantity = fields.integer("quantity");
  read_taxes(fields, line);
  read_origin(fields, line);
  read_line_price(fields, line);
  if (auto period = fields.inside("period")) {
    line.period_start = period->time("start");
    line.period_end = period->time("end");
  }
  return line;
}

InvoiceFacts invoice_of(StripeFields& fields) {
  InvoiceFacts invoice;
  invoice.customer = fields.id("customer").value_or(std::string());
  fields.require(!invoice.customer.empty(), "customer");
  const auto code = fields.text("currency");
  invoice.currency = code ? currency_of(*code) : std::nullopt;
  fields.require(code.has_value(), "currency");
  if (code && !invoice.currency)
    fields.report(RejectionCode::unknown_currency, "currency",
                  reading::in_quotes(*code) + " is not a currency of ISO 4217.");
  invoice.status = read_status(fields);
  invoice.created = fields.time(fields.has("created") ? "created" : "date");
  fields.require(invoice.created.has_value(), "created");
  invoice.due = fields.time("due_date");
  if (auto moments = fields.inside("status_transitions")) {
    invoice.finalized = moments->time("finalized_at");
    invoice.paid = moments->time("paid_at");
    const auto voided = moments->time("voided_at");
    invoice.given_up = std::max(voided, moments->time("marked_uncollectible_at"));
  }
  invoice.subscription = fields.id("subscription").value_or(std::string());
  if (auto parent = fields.inside("parent"))
    if (auto details = parent->inside("subscription_details");
        details && parent->text("type").value_or(std::string()) == "subscription_details")
      if (const auto id = details->id("subscription")) invoice.subscription = *id;
  invoice.discount = read_discount(fields);
  invoice.lines_go_on = fields.goes_on("lines");
  fields.for_each("lines", [&](JsonValue element, const std::string& path) {
    std::optional<Problem> problem;
    StripeFields inside(element, problem, path);
    LineFacts line = line_of(inside);
    if (problem)
      invoice.bad_lines.emplace_back(std::move(line.id), std::move(*problem));
    else
      invoice.lines.push_back(std::move(line));
  });
  for (const std::string_view key : {"charge", "payment_intent"})
    if (auto id = fields.id(key)) invoice.payments.push_back(std::move(*id));
  fields.for_each("payments", [&](JsonValue element, const std::string& path) {
    std::optional<Problem> ignored;
    StripeFields inside(element, ignored, path);
    auto payment = inside.inside("payment");
    if (!payment) return;
    for (const std::string_view key : {"charge", "payment_intent"})
      if (auto id = payment->id(key)) invoice.payments.push_back(std::move(*id));
  });
  return invoice;
}

}  // namespace stripe
}  // namespace churn::inline v0

#include <churn/io/domain_json.hpp>

#include <array>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "io/json_rows.hpp"
#include "io/stored_records.hpp"

namespace churn::inline v0 {

using nlohmann::json;

namespace {

using namespace reading;

// ---- writing

void set(json& tree, const char* field, const std::string& text) {
  if (!text.empty()) tree[field] = text;
}
void set(json& tree, const char* field, const std::optional<Date>& day) {
  if (day) tree[field] = day->to_string();
}
template <class Tag>
void set(json& tree, const char* field, const std::optional<Id<Tag>>& id) {
  if (id) tree[field] = id->text();
}
void set(json& tree, const char* field, std::int64_t count, std::int64_t usual) {
  if (count != usual) tree[field] = count;
}
void set(json& tree, const char* field, Decimal number, Decimal usual) {
  if (number != usual) tree[field] = number.to_string();
}

void set_cycle(json& tree, BillingCycle cycle) {
  tree["interval"] = billing_interval_name(cycle.interval);
  set(tree, "interval_count", cycle.count, 1);
}

void set(json& tree, const char* field, const std::optional<Money>& amount, Currency of_the_invoice) {
  if (!amount) return;
  if (amount->currency() != of_the_invoice)
    throw Error(ErrorCode::currency_mismatch,
                std::string(field) + " is in " + std::string(amount->currency().code()) +
                    ", its invoice in " + std::string(of_the_invoice.code()) + ".");
  tree[field] = amount->to_string();
}

json tree_of(const InvoiceLine& line, Currency of_the_invoice) {
  json tree = json::object();
  set(tree, "line_id", line.id);
  set(tree, "subscription_id", line.subscription);
  set(tree, "plan", line.plan);
  set(tree, "amount", std::optional(line.amount), of_the_invoice);
  set(tree, "tax", line.tax, of_the_invoice);
  if (line.quantity) tree["quantity"] = *line.quantity;
  if (line.unit_price) {
    if (line.unit_price->currency != of_the_invoice)
      throw Error(ErrorCode::currency_mismatch, "unit_amount is not in the currency of its invoice.");
    tree["unit_amount"] = line.unit_price->amount.to_string();
  }
  if (line.cycle) set_cycle(tree, *line.cycle);
  set(tree, "period_start", line.period_start);
  set(tree, "period_end", line.period_end);
  if (line.kind != LineKind::recurring) tree["kind"] = line_kind_name(line.kind);
  return tree;
}

json tree_of(const Payment& payment, Currency of_the_invoice) {
  json tree = json::object();
  tree["at"] = payment.at.to_string();
  tree["status"] = payment_status_name(payment.status);
  set(tree, "amount", payment.amount, of_the_invoice);
  set(tree, "failure_code", payment.failure_code);
  return tree;
}

// ---- reading

/// One tree, read as the readers of books do; the first thing that is wrong is thrown.
class TreeReader {
 public:
  TreeReader(const json& tree, std::string noun) : noun_(std::move(noun)) { document_.assign(tree); }

  template <class Read>
  auto read(Read read_value) {
    Findings findings(rejections_, false);
    JsonRows rows([this](std::string_view) { return noun_; }, {}, findings);
    auto object = read_value(rows, findings, document_.root());
    for (const Rejection& r : rejections_.entries())
      if (!is_notice(r.code)) fail(noun_ + (r.field.empty() ? "" : ", " + r.field) + ": " + r.reason);
    return std::move(*object);
  }

 private:
  std::string noun_;
  JsonDocument document_;
  Rejections rejections_;
};

/// The columns of a phase that need not say whose it is.
constexpr auto phase_columns = [] {
  auto columns = phase_column::all;
  columns[phase_column::subscription_id].need = Need::nothing;
  columns[phase_column::customer_id].need = Need::nothing;
  return columns;
}();

constexpr std::array<Column, 2> subscription_columns{phase_column::all[phase_column::subscription_id],
                                                     phase_column::all[phase_column::customer_id]};

}  // namespace

void to_json(json& tree, const Customer& customer) {
  json object = json::object();
  object["customer_id"] = customer.id.text();
  set(object, "signed_up_on", customer.signed_up_on);
  set(object, "name", customer.name);
  if (customer.excluded) object["excluded"] = true;
  set(object, "merged_into", customer.merged_into);
  for (const auto& [name, value] : customer.attributes) {
    if (value.empty()) continue;
    if (name.empty()) fail("An attribute of customer " + in_quotes(customer.id.text()) + " has no name.");
    for (const Column& column : customer_column::all)
      if (column.name == name)
        fail("An attribute can't be called " + in_quotes(name) + ", which is a field of customers.");
    object[name] = value;
  }
  tree = std::move(object);
}

void to_json(json& tree, const Phase& phase) {
  json object = json::object();
  object["plan"] = phase.plan;
  object["starts_on"] = phase.starts_on.to_string();
  object["ends_on"] = phase.ends_on ? json(phase.ends_on->to_string()) : json(nullptr);
  object["amount"] = phase.price.amount.to_string();
  object["currency"] = phase.price.currency.code();
  set_cycle(object, phase.cycle);
  set(object, "quantity", phase.quantity, 1);
  set(object, "discount_percent", phase.discount_percent, Decimal{});
  set(object, "discount_amount", phase.discount_amount, Decimal{});
  set(object, "discount_ends_on", phase.discount_ends_on);
  set(object, "trial_ends_on", phase.trial_ends_on);
  set(object, "cancel_requested_on", phase.cancel_requested_on);
  set(object, "end_reason", phase.end_reason);
  set(object, "paused_from", phase.paused_from);
  set(object, "paused_until", phase.paused_until);
  set(object, "term_ends_on", phase.term_ends_on);
  tree = std::move(object);
}

void to_json(json& tree, const Subscription& subscription) {
  json object = json::object();
  object["subscription_id"] = subscription.id.text();
  object["customer_id"] = subscription.customer.text();
  object["phases"] = json::array();
  for (const Phase& phase : subscription.phases) object["phases"].push_back(phase);
  tree = std::move(object);
}

void to_json(json& tree, const Invoice& invoice) {
  json object = json::object();
  object["invoice_id"] = invoice.id.text();
  object["customer_id"] = invoice.customer.text();
  object["issued_on"] = invoice.issued_on.to_string();
  set(object, "due_on", invoice.due_on);
  set(object, "paid_on", invoice.paid_on);
  object["currency"] = invoice.currency.code();
  object["status"] = invoice_status_name(invoice.status);
  set(object, "subscription_id", invoice.subscription);
  for (const InvoiceLine& line : invoice.lines) object["lines"].push_back(tree_of(line, invoice.currency));
  for (const Payment& payment : invoice.payments)
    object["payments"].push_back(tree_of(payment, invoice.currency));
  tree = std::move(object);
}

void to_json(json& tree, const Event& event) {
  json object = json::object();
  object["customer_id"] = event.customer.text();
  object["at"] = event.at.to_string();
  object["kind"] = event.kind;
  set(object, "value", event.value, Decimal{1});
  set(object, "label", event.label);
  tree = std::move(object);
}

void to_json(json& tree, const FxRate& rate) {
  tree = {{"on", rate.on.to_string()}, {"currency", rate.currency.code()}, {"rate", rate.rate.to_string()}};
}

template <>
Customer from_json<Customer>(const json& tree) {
  return TreeReader(tree, "customer").read([](JsonRows& rows, Findings&, JsonValue value) {
    return rows.customer(value, 0);
  });
}

template <>
Phase from_json<Phase>(const json& tree) {
  return TreeReader(tree, "phase").read([](JsonRows&, Findings& findings, JsonValue value) {
    ObjectFields fields("phase", phase_columns, findings);
    fields.start(0);
    fields.take(value);
    std::optional<Phase> phase;
    if (fields.finish())
      if (const auto record = phase_of(fields)) phase = phase_in(*record);
    return phase;
  });
}

template <>
Subscription from_json<Subscription>(const json& tree) {
  return TreeReader(tree, "subscription").read([](JsonRows& rows, Findings& findings, JsonValue value) {
    ObjectFields ids("subscription", subscription_columns, findings);
    ids.start(0);
    ids.take(value);
    std::optional<Subscription> subscription;
    if (!ids.finish()) return subscription;
    subscription = Subscription{SubscriptionId{ids.text(0)}, CustomerId{ids.text(1)}, {}};
    const auto list = value.find("phases");
    const bool has_none = list && list->kind() == JsonKind::array && list->begin() == list->end();
    if (!has_none)  // a book would refuse it, a host may be about to fill it
      rows.for_each_phase(value, 0, [&subscription](const PhaseRecord& record) {
        subscription->phases.push_back(phase_in(record));
      });
    return subscription;
  });
}

template <>
Invoice from_json<Invoice>(const json& tree) {
  return TreeReader(tree, "invoice").read([](JsonRows& rows, Findings&, JsonValue value) {
    return rows.invoice(value, 0);
  });
}

template <>
Event from_json<Event>(const json& tree) {
  return TreeReader(tree, "event").read([](JsonRows& rows, Findings&, JsonValue value) {
    return rows.event(value, 0);
  });
}

template <>
FxRate from_json<FxRate>(const json& tree) {
  return TreeReader(tree, "fx_rate").read([](JsonRows& rows, Findings&, JsonValue value) {
    return rows.fx_rate(value, 0);
  });
}

}  // namespace churn::inline v0

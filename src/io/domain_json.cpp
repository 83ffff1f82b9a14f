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
using nlohmann::ordered_json;

namespace {

using namespace reading;

// ---- writing

template <class Json>
void set(Json& tree, const char* field, const std::string& text) {
  if (!text.empty()) tree[field] = text;
}
template <class Json>
void set(Json& tree, const char* field, const std::optional<Date>& day) {
  if (day) tree[field] = day->to_string();
}
template <class Json, class Tag>
void set(Json& tree, const char* field, const std::optional<Id<Tag>>& id) {
  if (id) tree[field] = id->text();
}
template <class Json>
void set(Json& tree, const char* field, std::int64_t count, std::int64_t usual) {
  if (count != usual) tree[field] = count;
}
template <class Json>
void set(Json& tree, const char* field, Decimal number, Decimal usual) {
  if (number != usual) tree[field] = number.to_string();
}

template <class Json>
void set_cycle(Json& tree, BillingCycle cycle) {
  tree["interval"] = billing_interval_name(cycle.interval);
  set(tree, "interval_count", cycle.count, 1);
}

template <class Json>
void set(Json& tree, const char* field, const std::optional<Money>& amount, Currency of_the_invoice) {
  if (!amount) return;
  if (amount->currency() != of_the_invoice)
    throw Error(ErrorCode::currency_mismatch,
                std::string(field) + " is in " + std::string(amount->currency().code()) +
                    ", its invoice in " + std::string(of_the_invoice.code()) + ".");
  tree[field] = amount->to_string();
}

template <class Json>
Json tree_of(const InvoiceLine& line, Currency of_the_invoice) {
  Json tree = Json::object();
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

template <class Json>
Json tree_of(const Payment& payment, Currency of_the_invoice) {
  Json tree = Json::object();
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
  template <class Json>
  TreeReader(const Json& tree, std::string noun) : noun_(std::move(noun)) {
    document_.assign(tree);
  }

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

/// Outside of an invoice a line and a payment have a currency of their own.
template <std::size_t N>
constexpr std::array<Column, N + 1> by_itself(const std::array<Column, N>& columns, Need currency) {
  std::array<Column, N + 1> all;
  for (std::size_t i = 0; i < N; ++i) all[i] = columns[i];
  all[0].need = Need::nothing;  // the invoice
  all[N] = {"currency", currency};
  return all;
}
constexpr auto line_columns = by_itself(line_column::all, Need::value);
constexpr auto payment_columns = by_itself(payment_column::all, Need::nothing);

template <class Json>
Json tree_of(const Customer& customer) {
  Json object = Json::object();
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
  return object;
}

template <class Json>
Json tree_of(const Phase& phase) {
  Json object = Json::object();
  object["plan"] = phase.plan;
  object["starts_on"] = phase.starts_on.to_string();
  object["ends_on"] = phase.ends_on ? Json(phase.ends_on->to_string()) : Json(nullptr);
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
  return object;
}

template <class Json>
Json tree_of(const Subscription& subscription) {
  Json object = Json::object();
  object["subscription_id"] = subscription.id.text();
  object["customer_id"] = subscription.customer.text();
  object["phases"] = Json::array();
  for (const Phase& phase : subscription.phases) object["phases"].push_back(tree_of<Json>(phase));
  return object;
}

template <class Json>
Json tree_of(const Invoice& invoice) {
  Json object = Json::object();
  object["invoice_id"] = invoice.id.text();
  object["customer_id"] = invoice.customer.text();
  object["issued_on"] = invoice.issued_on.to_string();
  set(object, "due_on", invoice.due_on);
  set(object, "paid_on", invoice.paid_on);
  object["currency"] = invoice.currency.code();
  object["status"] = invoice_status_name(invoice.status);
  set(object, "subscription_id", invoice.subscription);
  for (const InvoiceLine& line : invoice.lines)
    object["lines"].push_back(tree_of<Json>(line, invoice.currency));
  for (const Payment& payment : invoice.payments)
    object["payments"].push_back(tree_of<Json>(payment, invoice.currency));
  return object;
}

template <class Json>
Json tree_of(const InvoiceLine& line) {
  Json object = tree_of<Json>(line, line.amount.currency());
  object["currency"] = line.amount.currency().code();
  return object;
}

template <class Json>
Json tree_of(const Payment& payment) {
  if (!payment.amount) return tree_of<Json>(payment, Currency{"USD"});  // which then plays no part
  Json object = tree_of<Json>(payment, payment.amount->currency());
  object["currency"] = payment.amount->currency().code();
  return object;
}

template <class Json>
Json tree_of(const Event& event) {
  Json object = Json::object();
  object["customer_id"] = event.customer.text();
  object["at"] = event.at.to_string();
  object["kind"] = event.kind;
  set(object, "value", event.value, Decimal{1});
  set(object, "label", event.label);
  return object;
}

template <class Json>
Json tree_of(const FxRate& rate) {
  return {{"on", rate.on.to_string()}, {"currency", rate.currency.code()}, {"rate", rate.rate.to_string()}};
}

// How each is read, from either kind of tree.

template <class T>
struct RecordReading;

template <>
struct RecordReading<Customer> {
  static constexpr const char* noun = "customer";
  static std::optional<Customer> read(JsonRows& rows, Findings&, JsonValue value) {
    return rows.customer(value, 0);
  }
};

template <>
struct RecordReading<Phase> {
  static constexpr const char* noun = "phase";
  static std::optional<Phase> read(JsonRows&, Findings& findings, JsonValue value) {
    ObjectFields fields("phase", phase_columns, findings);
    fields.start(0);
    fields.take(value);
    std::optional<Phase> phase;
    if (fields.finish())
      if (const auto record = phase_of(fields)) phase = phase_in(*record);
    return phase;
  }
};

template <>
struct RecordReading<Subscription> {
  static constexpr const char* noun = "subscription";
  static std::optional<Subscription> read(JsonRows& rows, Findings& findings, JsonValue value) {
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
  }
};

template <>
struct RecordReading<Invoice> {
  static constexpr const char* noun = "invoice";
  static std::optional<Invoice> read(JsonRows& rows, Findings&, JsonValue value) {
    return rows.invoice(value, 0);
  }
};

template <>
struct RecordReading<InvoiceLine> {
  static constexpr const char* noun = "invoice line";
  static std::optional<InvoiceLine> read(JsonRows&, Findings& findings, JsonValue value) {
    ObjectFields fields("invoice line", line_columns, findings);
    fields.start(0);
    fields.take(value);
    if (!fields.finish()) return std::nullopt;
    const auto currency = fields.currency(line_column::count);
    return currency ? line_of(fields, *currency) : std::nullopt;
  }
};

template <>
struct RecordReading<Payment> {
  static constexpr const char* noun = "payment";
  static std::optional<Payment> read(JsonRows&, Findings& findings, JsonValue value) {
    ObjectFields fields("payment", payment_columns, findings);
    fields.start(0);
    fields.take(value);
    const auto currency = fields.currency(payment_column::count);
    if (fields.good() && !currency && !fields.text(payment_column::amount).empty())
      fields.reject(RejectionCode::missing_value, payment_column::count,
                    "currency is empty. An amount needs one.");
    if (!fields.finish()) return std::nullopt;
    return payment_of(fields, currency.value_or(Currency{"USD"}));
  }
};

template <>
struct RecordReading<Event> {
  static constexpr const char* noun = "event";
  static std::optional<Event> read(JsonRows& rows, Findings&, JsonValue value) {
    const auto record = rows.event(value, 0);
    return record ? std::optional{event_in(*record)} : std::nullopt;
  }
};

template <>
struct RecordReading<FxRate> {
  static constexpr const char* noun = "fx_rate";
  static std::optional<FxRate> read(JsonRows& rows, Findings&, JsonValue value) {
    return rows.fx_rate(value, 0);
  }
};

}  // namespace

template <BookObject T>
void to_json(json& tree, const T& object) {
  tree = tree_of<json>(object);
}
template <BookObject T>
void to_json(ordered_json& tree, const T& object) {
  tree = tree_of<ordered_json>(object);
}
template <BookObject T>
T from_json(const json& tree) {
  return TreeReader(tree, RecordReading<T>::noun).read(RecordReading<T>::read);
}
template <BookObject T>
T from_json(const ordered_json& tree) {
  return TreeReader(tree, RecordReading<T>::noun).read(RecordReading<T>::read);
}

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): a list of instantiations
#define CHURN_BOOK_OBJECT(T)                         \
  template void to_json<T>(json&, const T&);         \
  template void to_json<T>(ordered_json&, const T&); \
  template T from_json<T>(const json&);              \
  template T from_json<T>(const ordered_json&)

CHURN_BOOK_OBJECT(Customer);
CHURN_BOOK_OBJECT(Phase);
CHURN_BOOK_OBJECT(Subscription);
CHURN_BOOK_OBJECT(Invoice);
CHURN_BOOK_OBJECT(InvoiceLine);
CHURN_BOOK_OBJECT(Payment);
CHURN_BOOK_OBJECT(Event);
CHURN_BOOK_OBJECT(FxRate);
#undef CHURN_BOOK_OBJECT

}  // namespace churn::inline v0

#include "io/json_rows.hpp"

#include <array>
#include <utility>

namespace churn::inline v0 {
namespace reading {

namespace {

/// The columns of a table whose rows stand inside of their invoice, and so need not name it.
template <std::size_t N>
constexpr std::array<Column, N> without_invoice_id(std::array<Column, N> columns) {
  columns[0].need = Need::nothing;
  return columns;
}
constexpr auto line_columns = without_invoice_id(line_column::all);
constexpr auto payment_columns = without_invoice_id(payment_column::all);

std::string element(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "].";
}

}  // namespace

/// One that can't be an attribute is rejected, not its customer.
void JsonRows::add_attributes(Customer& customer) {
  ObjectFields& fields = customers_;
  for (const JsonValue field : fields.others()) {
    if (field.key().empty()) continue;
    if (field.is_container())
      fields.report_value(
          RejectionCode::bad_json, field,
          ObjectFields::name_of_kind(field) + " can't be an attribute. Write a text or a number.");
    else if (has_nul(field.key()) || has_nul(field.text()))
      fields.report_value(RejectionCode::nul_byte, field, "The text holds a byte 0, which no text does.");
    else if (field.text().empty() || is_one_too_many(field))
      continue;
    else if (!customer.attributes.emplace(field.key(), field.text()).second)
      fields.report_value(RejectionCode::duplicate_column, field,
                          "The attribute is there twice; the first one counts.");
  }
}

bool JsonRows::is_one_too_many(JsonValue field) {
  if (attributes_.contains(field.key())) return false;
  if (attributes_.size() < max_attributes) return attributes_.emplace(field.key()), false;
  if (left_out_.emplace(field.key()).second)
    customers_.report_value(RejectionCode::too_many_attributes, field, too_many_attributes());
  return true;
}

JsonRows::JsonRows(const SourceOf& source_of, std::string_view envelope, Findings& findings)
    : envelope_(envelope),
      customers_(source_of("customers"), customer_column::all, findings),
      phases_(source_of("subscriptions"), phase_column::all, findings),
      invoices_(source_of("invoices"), invoice_column::all, findings),
      lines_(source_of("invoices"), line_columns, findings),
      payments_(source_of("invoices"), payment_columns, findings),
      events_(source_of("events"), event_column::all, findings),
      fx_rates_(source_of("fx_rates"), fx_column::all, findings) {}

std::optional<Customer> JsonRows::customer(JsonValue value, std::int64_t row) {
  customers_.start(row);
  customers_.take(value, {envelope_});
  if (!customers_.finish()) return std::nullopt;
  auto customer = customer_of(customers_);
  if (customer) add_attributes(*customer);
  return customer;
}

std::optional<JsonValue> JsonRows::start_subscription(JsonValue value, std::int64_t row) {
  phases_.start(row);
  phases_.take(value, {envelope_, "phases"});
  phases_.report_others();
  const auto list = list_in(value, "phases", phases_);
  if (list && list->begin() == list->end())
    phases_.reject(RejectionCode::missing_value, "phases", "phases is empty. Every subscription needs one.");
  if (!phases_.good()) return std::nullopt;
  phases_.lend();
  return list;
}

bool JsonRows::start_phase(JsonValue value, std::size_t index) {
  phases_.start_inside(element("phases", index));
  phases_.take(value);
  phases_.report_others();
  return phases_.finish();
}

std::optional<Invoice> JsonRows::invoice(JsonValue value, std::int64_t row) {
  invoices_.start(row);
  invoices_.take(value, {envelope_, "lines", "payments"});
  invoices_.report_others();
  const auto lines = list_in(value, "lines", invoices_);
  const auto payments = list_in(value, "payments", invoices_);
  if (!invoices_.finish()) return std::nullopt;
  auto invoice = invoice_of(invoices_);
  if (!invoice) return std::nullopt;
  const auto read_list = [row](const std::optional<JsonValue>& list, std::string_view name,
                               ObjectFields& fields, const auto& use) {
    std::size_t i = 0;
    if (!list) return;
    for (const JsonValue part : *list) {
      fields.start(row, element(name, i++));
      fields.take(part);
      fields.report_others();
      if (fields.finish()) use(fields);
    }
  };
  read_list(lines, "lines", lines_, [&invoice](ObjectFields& fields) {
    if (auto line = line_of(fields, invoice->currency)) invoice->lines.push_back(std::move(*line));
  });
  read_list(payments, "payments", payments_, [&invoice](ObjectFields& fields) {
    if (auto payment = payment_of(fields, invoice->currency))
      invoice->payments.push_back(std::move(*payment));
  });
  return invoice;
}

std::optional<EventRecord> JsonRows::event(JsonValue value, std::int64_t row) {
  events_.start(row);
  events_.take(value, {envelope_});
  events_.report_others();
  if (!events_.finish()) return std::nullopt;
  return event_of(events_);
}

std::optional<FxRate> JsonRows::fx_rate(JsonValue value, std::int64_t row) {
  fx_rates_.start(row);
  fx_rates_.take(value, {envelope_});
  fx_rates_.report_others();
  if (!fx_rates_.finish()) return std::nullopt;
  return fx_rate_of(fx_rates_);
}

std::optional<JsonValue> JsonRows::list_in(JsonValue value, std::string_view field, ObjectFields& fields) {
  const auto list = value.find(field);
  if (!list || list->kind() == JsonKind::null) return std::nullopt;
  if (list->kind() == JsonKind::array) return list;
  fields.reject(RejectionCode::bad_json, field,
                ObjectFields::name_of_kind(*list) + " stands where an array belongs.");
  return std::nullopt;
}

}  // namespace reading
}  // namespace churn::inline v0

#include "io/book_rows.hpp"

#include <string>
#include <utility>

namespace churn::inline v0 {
namespace reading {

namespace {

template <class Id>
std::optional<Id> optional_id(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return Id{text};
}

}  // namespace

std::optional<CustomerRecord> customer_record_of(Fields& fields) {
  namespace column = customer_column;
  const auto signed_up_on = fields.date(column::signed_up_on);
  const bool excluded = fields.flag(column::excluded);
  if (!fields.good()) return std::nullopt;
  return CustomerRecord{.id = fields.text(column::customer_id),
                        .signed_up_on = signed_up_on,
                        .name = fields.text(column::name),
                        .excluded = excluded,
                        .merged_into = fields.text(column::merged_into),
                        .row = fields.row()};
}

std::optional<Customer> customer_of(Fields& fields) {
  const auto record = customer_record_of(fields);
  if (!record) return std::nullopt;
  return Customer{.id = CustomerId{record->id},
                  .signed_up_on = record->signed_up_on,
                  .name = std::string(record->name),
                  .excluded = record->excluded,
                  .merged_into = optional_id<CustomerId>(record->merged_into)};
}

std::optional<PhaseRecord> phase_of(Fields& fields) {
  namespace column = phase_column;
  const auto starts_on = fields.date(column::starts_on);
  const auto ends_on = fields.date(column::ends_on);
  const auto amount = fields.decimal(column::amount);
  const auto currency = fields.currency(column::currency);
  const auto cycle = fields.cycle(column::interval, column::interval_count);
  const auto quantity = fields.whole<std::int64_t>(column::quantity);
  const auto discount_percent = fields.decimal(column::discount_percent);
  const auto discount_amount = fields.decimal(column::discount_amount);
  const auto discount_ends_on = fields.date(column::discount_ends_on);
  const auto trial_ends_on = fields.date(column::trial_ends_on);
  const auto cancel_requested_on = fields.date(column::cancel_requested_on);
  const auto paused_from = fields.date(column::paused_from);
  const auto paused_until = fields.date(column::paused_until);
  const auto term_ends_on = fields.date(column::term_ends_on);
  if (!fields.good()) return std::nullopt;
  return PhaseRecord{.subscription = fields.text(column::subscription_id),
                     .customer = fields.text(column::customer_id),
                     .plan = fields.text(column::plan),
                     .starts_on = *starts_on,
                     .ends_on = ends_on,
                     .price = Price{*amount, *currency},
                     .cycle = *cycle,
                     .quantity = quantity.value_or(1),
                     .discount_percent = discount_percent.value_or(Decimal{}),
                     .discount_amount = discount_amount.value_or(Decimal{}),
                     .discount_ends_on = discount_ends_on,
                     .trial_ends_on = trial_ends_on,
                     .cancel_requested_on = cancel_requested_on,
                     .end_reason = fields.text(column::end_reason),
                     .paused_from = paused_from,
                     .paused_until = paused_until,
                     .term_ends_on = term_ends_on,
                     .row = fields.row()};
}

std::optional<Invoice> invoice_of(Fields& fields) {
  namespace column = invoice_column;
  const auto issued_on = fields.date(column::issued_on);
  const auto due_on = fields.date(column::due_on);
  const auto paid_on = fields.date(column::paid_on);
  const auto currency = fields.currency(column::currency);
  const auto status = fields.invoice_status(column::status);
  if (!fields.good()) return std::nullopt;
  return Invoice{.id = InvoiceId{fields.text(column::invoice_id)},
                 .customer = CustomerId{fields.text(column::customer_id)},
                 .issued_on = *issued_on,
                 .due_on = due_on,
                 .paid_on = paid_on,
                 .currency = *currency,
                 .status = *status,
                 .subscription = optional_id<SubscriptionId>(fields.text(column::subscription_id))};
}

std::optional<InvoiceLine> line_of(Fields& fields, Currency of_the_invoice) {
  namespace column = line_column;
  const auto amount = fields.money(column::amount, of_the_invoice);
  const auto tax = fields.money(column::tax, of_the_invoice);
  const auto quantity = fields.whole<std::int64_t>(column::quantity);
  const auto unit_amount = fields.decimal(column::unit_amount);
  const auto cycle = fields.cycle(column::interval, column::interval_count);
  const auto period_start = fields.date(column::period_start);
  const auto period_end = fields.date(column::period_end);
  const auto kind = fields.line_kind(column::kind);
  if (!fields.good()) return std::nullopt;
  InvoiceLine line{.id = std::string(fields.text(column::line_id)),
                   .subscription = optional_id<SubscriptionId>(fields.text(column::subscription_id)),
                   .plan = std::string(fields.text(column::plan)),
                   .amount = *amount,
                   .tax = tax,
                   .quantity = quantity,
                   .cycle = cycle,
                   .period_start = period_start,
                   .period_end = period_end,
                   .kind = kind.value_or(LineKind::recurring)};
  if (unit_amount) line.unit_price = Price{*unit_amount, of_the_invoice};
  return line;
}

std::optional<Payment> payment_of(Fields& fields, Currency of_the_invoice) {
  namespace column = payment_column;
  const auto at = fields.timestamp(column::at);
  const auto status = fields.payment_status(column::status);
  const auto amount = fields.money(column::amount, of_the_invoice);
  if (!fields.good()) return std::nullopt;
  return Payment{.at = *at,
                 .status = *status,
                 .amount = amount,
                 .failure_code = std::string(fields.text(column::failure_code))};
}

std::optional<EventRecord> event_of(Fields& fields) {
  namespace column = event_column;
  const auto at = fields.timestamp(column::at);
  const auto value = fields.decimal(column::value);
  if (!fields.good()) return std::nullopt;
  return EventRecord{.customer = fields.text(column::customer_id),
                     .at = *at,
                     .kind = fields.text(column::kind),
                     .value = value.value_or(Decimal{1}),
                     .label = fields.text(column::label),
                     .row = fields.row()};
}

std::optional<FxRate> fx_rate_of(Fields& fields) {
  namespace column = fx_column;
  const auto on = fields.date(column::on);
  const auto currency = fields.currency(column::currency);
  const auto rate = fields.decimal(column::rate);
  if (rate && rate->coefficient() <= 0)
    fields.reject(RejectionCode::out_of_range, column::rate, "An exchange rate must be above 0.");
  if (!fields.good()) return std::nullopt;
  return FxRate{.on = *on, .currency = *currency, .rate = *rate};
}

}  // namespace reading
}  // namespace churn::inline v0

#include "io/packed_records.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "io/findings.hpp"

namespace churn::inline v0 {

namespace {

using reading::fail;

template <class T, class Pack>
void pack_optional(PackedWriter& out, const std::optional<T>& value, Pack&& pack_value) {
  out.varint(value ? 1 : 0);
  if (value) pack_value(*value);
}
template <class Unpack>
auto unpack_optional(PackedReader& in, Unpack&& unpack_value) -> std::optional<decltype(unpack_value())> {
  if (in.size(1) == 0) return std::nullopt;
  return unpack_value();
}

template <class List, class Pack>
void pack_list(PackedWriter& out, const List& list, Pack&& pack_item) {
  out.varint(list.size());
  for (const auto& item : list) pack_item(item);
}
template <class Unpack>
auto unpack_list(PackedReader& in, Unpack&& unpack_item) {
  std::vector<decltype(unpack_item())> list;
  for (std::size_t left = in.size(in.rest()); left > 0; --left) list.push_back(unpack_item());
  return list;
}

void pack(PackedWriter& out, const Decimal& value) {
  out.number(value.coefficient());
  out.varint(static_cast<std::uint64_t>(value.scale()));
}
Decimal unpack_decimal(PackedReader& in) {
  const std::int64_t coefficient = in.number();
  return {coefficient, static_cast<int>(in.size(Decimal::max_scale))};
}

void pack(PackedWriter& out, const Money& money) {
  out.number(money.minor_units());
  pack(out, money.currency());
}
Money unpack_money(PackedReader& in) {
  const std::int64_t minor_units = in.number();
  return {minor_units, unpack_currency(in)};
}

template <class TextId>
void pack_id(PackedWriter& out, const std::optional<TextId>& id) {
  pack_optional(out, id, [&](const TextId& given) { out.text(given.text()); });
}
std::optional<SubscriptionId> unpack_subscription(PackedReader& in) {
  return unpack_optional(in, [&] { return SubscriptionId{in.text()}; });
}

void pack(PackedWriter& out, const InvoiceLine& line) {
  out.text(line.id);
  pack_id(out, line.subscription);
  out.text(line.plan);
  pack(out, line.amount);
  pack_optional(out, line.tax, [&](const Money& tax) { pack(out, tax); });
  pack_optional(out, line.quantity, [&](std::int64_t quantity) { out.number(quantity); });
  pack_optional(out, line.unit_price, [&](const Price& price) {
    pack(out, price.amount);
    pack(out, price.currency);
  });
  pack_optional(out, line.cycle, [&](const BillingCycle& cycle) {
    out.varint(static_cast<std::uint64_t>(cycle.interval));
    out.number(cycle.count);
  });
  pack(out, line.period_start);
  pack(out, line.period_end);
  out.varint(static_cast<std::uint64_t>(line.kind));
}
InvoiceLine unpack_line(PackedReader& in) {
  std::string id{in.text()};
  auto subscription = unpack_subscription(in);
  std::string plan{in.text()};
  InvoiceLine line{.id = std::move(id),
                   .subscription = std::move(subscription),
                   .plan = std::move(plan),
                   .amount = unpack_money(in)};
  line.tax = unpack_optional(in, [&] { return unpack_money(in); });
  line.quantity = unpack_optional(in, [&] { return in.number(); });
  line.unit_price = unpack_optional(in, [&] {
    const Decimal amount = unpack_decimal(in);
    return Price{amount, unpack_currency(in)};
  });
  line.cycle = unpack_optional(in, [&] {
    const auto interval =
        static_cast<BillingInterval>(in.size(static_cast<std::size_t>(BillingInterval::year)));
    const std::int64_t count = in.number();
    if (count < INT32_MIN || count > INT32_MAX) fail("An interval count is beyond 32 bits.");
    return BillingCycle{interval, static_cast<std::int32_t>(count)};
  });
  line.period_start = unpack_optional_day(in);
  line.period_end = unpack_optional_day(in);
  line.kind = static_cast<LineKind>(in.size(static_cast<std::size_t>(LineKind::one_time)));
  return line;
}

void pack(PackedWriter& out, const Payment& payment) {
  out.number(payment.at.seconds());
  out.varint(static_cast<std::uint64_t>(payment.status));
  pack_optional(out, payment.amount, [&](const Money& amount) { pack(out, amount); });
  out.text(payment.failure_code);
}
Payment unpack_payment(PackedReader& in) {
  const Timestamp at = Timestamp::from_seconds(in.number());
  Payment payment{at, static_cast<PaymentStatus>(in.size(static_cast<std::size_t>(PaymentStatus::refunded)))};
  payment.amount = unpack_optional(in, [&] { return unpack_money(in); });
  payment.failure_code = in.text();
  return payment;
}

Invoice unpack_invoice(PackedReader& in) {
  InvoiceId id{in.text()};
  CustomerId customer{in.text()};
  const Date issued_on = unpack_day(in);
  const auto due_on = unpack_optional_day(in);
  const auto paid_on = unpack_optional_day(in);
  const Currency currency = unpack_currency(in);
  const auto status = static_cast<InvoiceStatus>(in.size(static_cast<std::size_t>(InvoiceStatus::void_)));
  Invoice invoice{.id = std::move(id),
                  .customer = std::move(customer),
                  .issued_on = issued_on,
                  .due_on = due_on,
                  .paid_on = paid_on,
                  .currency = currency,
                  .status = status};
  invoice.subscription = unpack_subscription(in);
  invoice.lines = unpack_list(in, [&] { return unpack_line(in); });
  invoice.payments = unpack_list(in, [&] { return unpack_payment(in); });
  return invoice;
}

RejectionCode unpack_code(PackedReader& in) {
  const std::string_view name = in.text();
  for (std::size_t code = 0; code < rejection_code_count; ++code)
    if (rejection_name(static_cast<RejectionCode>(code)) == name) return static_cast<RejectionCode>(code);
  fail("There is no rejection of the code " + reading::in_quotes(name) + ".");
}

}  // namespace

void pack(PackedWriter& out, Date day) { out.number(day.days()); }
Date unpack_day(PackedReader& in) { return Date::from_days(in.number()); }

void pack(PackedWriter& out, const std::optional<Date>& day) {
  pack_optional(out, day, [&](Date given) { pack(out, given); });
}
std::optional<Date> unpack_optional_day(PackedReader& in) {
  return unpack_optional(in, [&] { return unpack_day(in); });
}

void pack(PackedWriter& out, Currency currency) { out.text(currency.code()); }
Currency unpack_currency(PackedReader& in) { return Currency{in.text()}; }

void pack(PackedWriter& out, const std::optional<Currency>& currency) {
  pack_optional(out, currency, [&](Currency given) { pack(out, given); });
}
std::optional<Currency> unpack_optional_currency(PackedReader& in) {
  return unpack_optional(in, [&] { return unpack_currency(in); });
}

void pack(PackedWriter& out, const std::vector<Currency>& currencies) {
  pack_list(out, currencies, [&](Currency currency) { pack(out, currency); });
}
std::vector<Currency> unpack_currencies(PackedReader& in) {
  return unpack_list(in, [&] { return unpack_currency(in); });
}

void pack(PackedWriter& out, const std::vector<std::string>& texts) {
  pack_list(out, texts, [&](const std::string& text) { out.text(text); });
}
std::vector<std::string> unpack_texts(PackedReader& in) {
  return unpack_list(in, [&] { return std::string(in.text()); });
}

void pack(PackedWriter& out, const std::vector<InvoiceRow>& invoices) {
  pack_list(out, invoices, [&](const InvoiceRow& row) {
    const Invoice& invoice = row.invoice;
    out.text(invoice.id.text());
    out.text(invoice.customer.text());
    pack(out, invoice.issued_on);
    pack(out, invoice.due_on);
    pack(out, invoice.paid_on);
    pack(out, invoice.currency);
    out.varint(static_cast<std::uint64_t>(invoice.status));
    pack_id(out, invoice.subscription);
    pack_list(out, invoice.lines, [&](const InvoiceLine& line) { pack(out, line); });
    pack_list(out, invoice.payments, [&](const Payment& payment) { pack(out, payment); });
    out.number(row.row);
  });
}
std::vector<InvoiceRow> unpack_invoices(PackedReader& in) {
  return unpack_list(in, [&] {
    Invoice invoice = unpack_invoice(in);
    return InvoiceRow{std::move(invoice), in.number()};
  });
}

void pack(PackedWriter& out, const std::vector<FxRateRow>& rates) {
  pack_list(out, rates, [&](const FxRateRow& row) {
    pack(out, row.rate.on);
    pack(out, row.rate.currency);
    pack(out, row.rate.rate);
    out.number(row.row);
  });
}
std::vector<FxRateRow> unpack_fx_rates(PackedReader& in) {
  return unpack_list(in, [&] {
    const Date on = unpack_day(in);
    const Currency currency = unpack_currency(in);
    const Decimal rate = unpack_decimal(in);
    return FxRateRow{{on, currency, rate}, in.number()};
  });
}

void pack(PackedWriter& out, const Rejections& rejections) {
  pack_list(out, rejections.entries(), [&](const Rejection& rejection) {
    out.text(rejection_name(rejection.code));
    out.text(rejection.source);
    out.number(rejection.row);
    out.text(rejection.field);
    out.text(rejection.reason);
  });
}
Rejections unpack_rejections(PackedReader& in) {
  Rejections rejections;
  for (std::size_t left = in.size(in.rest()); left > 0; --left) {
    const RejectionCode code = unpack_code(in);
    std::string source{in.text()};
    const std::int64_t row = in.number();
    std::string field{in.text()};
    rejections.add({code, std::move(source), row, std::move(field), std::string(in.text())});
  }
  return rejections;
}

}  // namespace churn::inline v0

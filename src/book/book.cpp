#include <churn/book/book.hpp>

#include <algorithm>
#include <utility>

#include "book/book_data.hpp"
#include "book/book_timelines.hpp"
#include "book/counted_invoices.hpp"

namespace churn::inline v0 {

namespace {

std::size_t at(CustomerIndex customer) { return static_cast<std::size_t>(customer); }

std::optional<Date> date_or_empty(std::int32_t day) {
  if (day == no_day) return std::nullopt;
  return Date::from_days(day);
}

void copy_attributes(Book::Data& data) {
  std::vector<const AttributeColumn*> columns;
  for (const AttributeColumn& column : data.records->customers.attributes) columns.push_back(&column);
  std::sort(columns.begin(), columns.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  for (const AttributeColumn* column : columns) {
    AttributeCodes codes;
    codes.labels.emplace_back("(none)");
    // A value that says "(none)" in words is the label of those without one.
    std::vector<std::uint32_t> code_of;
    for (std::uint32_t i = 0; i < column->values.size(); ++i) {
      std::string label = column->values.text(i);
      const bool is_none = label == codes.labels.front();
      code_of.push_back(is_none ? 0 : static_cast<std::uint32_t>(codes.labels.size()));
      if (!is_none) codes.labels.push_back(std::move(label));
    }
    const std::size_t customers = data.accounts.id.size();
    codes.code.reserve(customers);
    for (std::size_t c = 0; c < customers; ++c) {
      const std::uint32_t row = data.accounts.row_of(c);
      const std::uint32_t value = row == no_index ? no_index : column->value[row];
      codes.code.push_back(value == no_index ? 0 : code_of[value]);
    }
    data.attribute_names.push_back(column->name);
    data.attributes.push_back(std::move(codes));
  }
}

/// Where there is a table of customers, those that it lacks are worth a word each.
void report_unknown_customers(const Book::Data& data, Rejections& rejections) {
  const Records::Storage& records = *data.records;
  if (records.customers.size() == 0) return;
  std::vector<bool> known(records.customer_ids.size(), false);
  for (const std::uint32_t id : records.customers.id) known[id] = true;
  const auto report = [&](std::uint32_t id, RecordTable table, std::int64_t row) {
    if (known[id]) return;
    known[id] = true;
    rejections.add({RejectionCode::unknown_customer, records.source(table), row, "customer_id",
                    "Customer " + records.customer_ids.text(id) + " has no row in " +
                        records.source(RecordTable::customers) + "; it counts, without attributes."});
  };
  for (std::size_t i = 0; i < records.phases.size(); ++i)
    report(records.phases.customer[i], RecordTable::subscriptions, records.phases.source_row(i));
  for (std::size_t i = 0; i < records.customers.size(); ++i)
    if (records.customers.merged_into[i] != no_index)
      report(records.customers.merged_into[i], RecordTable::customers, records.customers.source_row(i));
  for (const auto& [invoice, row] : records.invoices)
    report(*records.customer_ids.find(invoice.customer.text()), RecordTable::invoices, row);
  for (std::size_t i = 0; i < records.events.at.size(); ++i)
    report(records.events.customer[i], RecordTable::events, records.events.row[i]);
}

/// Where the phases come from, what they are converted by, and who owes.
void read_records(Book::Data& data, RevenueSource source, Rejections& rejections) {
  const BookRules& rules = data.conventions.book;
  const Records::Storage& records = *data.records;
  const std::vector<const InvoiceRow*> invoices = counted_invoices(records, data.as_of, rejections);
  const bool from_invoices = reads_invoices(source, records.phases.size(), records.invoices.size());
  if (from_invoices)
    data.invoice_phases = phases_of_invoices(records, invoices, data.accounts, rules, data.as_of, rejections);
  data.phases = from_invoices ? data.invoice_phases->source(records) : phases_of(records);
  data.exchange = Exchange{records, rules, data.as_of, rejections};
  data.debts = Debts{records, invoices, data.accounts, rules, data.as_of};
  if (data.debts.empty()) return;
  const IdTable& ids = *data.phases.subscription_ids;
  for (std::uint32_t i = 0; i < ids.size(); ++i)
    data.debtors.push_back(data.debts.number(
        from_invoices ? data.invoice_phases->named.text(data.invoice_phases->named_of[i]) : ids.text(i)));
}

}  // namespace

std::vector<Part> parts_of(const Book::Data& data, CustomerIndex customer) {
  const std::span rows{data.phase_rows.data() + data.first_phase[at(customer)],
                       data.phase_rows.data() + data.first_phase[at(customer) + 1]};
  std::vector<std::uint32_t> accepted;
  std::vector<Part> parts;
  PhaseResolver{data.reading()}.resolve(static_cast<std::uint32_t>(customer), rows, accepted, parts, nullptr);
  return parts;
}

std::shared_ptr<Book::Data> build_data(std::shared_ptr<const Records::Storage> records, Date as_of,
                                       const Conventions& conventions, std::optional<RevenueSource> source,
                                       const BuildOptions& options, Rejections& rejections) {
  conventions.validate();
  if (!conventions.book.currency &&
      (!conventions.book.rates.empty() || conventions.book.fx == FxPolicy::dated))
    throw Error(ErrorCode::bad_conventions,
                "Exchange rates need a currency to report in. Set currency in the conventions or the book.");
  const Records::Storage& storage = *records;
  auto data = std::make_shared<Book::Data>(Book::Data{.records = std::move(records),
                                                      .as_of = as_of,
                                                      .records_from = storage.records_from,
                                                      .conventions = conventions,
                                                      .phases = phases_of(storage)});
  data->accounts = resolve_accounts(storage, rejections);
  read_records(*data, source.value_or(conventions.book.source), rejections);
  build_timelines(*data, options, rejections);
  copy_attributes(*data);
  report_unknown_customers(*data, rejections);
  rejections.sort();
  return data;
}

BuiltBook Book::build(const Records& records, Date as_of, const Conventions& conventions,
                      const BuildOptions& options) {
  Rejections rejections;
  auto data = build_data(records.shared_storage(), as_of, conventions, std::nullopt, options, rejections);
  return {Book{std::move(data), as_of}, std::move(rejections)};
}

Book::Book(std::shared_ptr<const Data> data, Date as_of)
    : data_(std::move(data)),
      as_of_(as_of),
      timeline_{data_->timeline.first_step, data_->timeline.day, data_->timeline.level,
                data_->timeline.state} {}

std::optional<Date> Book::records_from() const noexcept { return data_->records_from; }
Records Book::records() const { return Records{data_->records}; }
const Conventions& Book::conventions() const& noexcept { return data_->conventions; }
const std::vector<Currency>& Book::currencies() const& noexcept { return data_->currencies; }

Currency Book::currency() const {
  if (data_->currencies.empty()) return data_->conventions.book.currency.value_or(Currency{"USD"});
  if (data_->currencies.size() == 1) return data_->currencies.front();
  std::string names;
  for (const Currency currency : data_->currencies)
    names += (names.empty() ? "" : ", ") + std::string(currency.code());
  throw Error(ErrorCode::mixed_currencies,
              "The book holds " + names + ", which never add up. Report one of them at a time.");
}

RevenueSource Book::revenue_source() const noexcept {
  return data_->invoice_phases ? RevenueSource::invoices : RevenueSource::subscriptions;
}

std::vector<AppliedRate> Book::exchange_rates() const {
  std::vector<bool> met(256, false);
  std::vector<Currency> currencies;
  const PlainColumn<std::uint8_t>& recorded = data_->phases.table->currency;
  for (const std::uint32_t row : data_->phase_rows) {
    if (met[recorded[row]] || data_->phases.table->starts_on[row] >= data_->as_of.days()) continue;
    met[recorded[row]] = true;
    currencies.push_back(Currency::from_index(recorded[row]));
  }
  std::sort(currencies.begin(), currencies.end(), [](Currency a, Currency b) { return a.code() < b.code(); });
  return data_->exchange.used(currencies);
}

std::size_t Book::excluded_customer_count() const noexcept { return data_->accounts.excluded; }

CustomerId Book::customer_id(CustomerIndex customer) const {
  return CustomerId{data_->records->customer_ids.text(data_->accounts.id.at(at(customer)))};
}

std::optional<CustomerIndex> Book::find(const CustomerId& id) const {
  const auto interned = data_->records->customer_ids.find(id.text());
  if (!interned || *interned >= data_->accounts.customer_of.size()) return std::nullopt;
  const std::uint32_t customer = data_->accounts.customer_of[*interned];
  if (customer == no_index || data_->accounts.id[customer] != *interned) return std::nullopt;
  return CustomerIndex{customer};
}

std::string Book::customer_name(CustomerIndex customer) const {
  static_cast<void>(data_->accounts.id.at(at(customer)));
  const std::uint32_t row = data_->accounts.row_of(at(customer));
  const std::uint32_t name = row == no_index ? no_index : data_->records->customers.name[row];
  return name == no_index ? std::string{} : data_->records->texts.text(name);
}

std::optional<Date> Book::signed_up_on(CustomerIndex customer) const {
  static_cast<void>(data_->accounts.id.at(at(customer)));
  const PlainColumn<std::int32_t>& days = data_->accounts.signed_up_on;
  return days.empty() ? std::nullopt : date_or_empty(days[at(customer)]);
}

std::optional<Date> Book::first_present_on(CustomerIndex customer) const {
  return date_or_empty(data_->timeline.first_present.at(at(customer)));
}

std::vector<CustomerIndex> Book::customers_by_id() const {
  std::vector<std::pair<std::string, CustomerIndex>> keyed;
  keyed.reserve(customer_count());
  for (std::uint32_t c = 0; c < customer_count(); ++c)
    keyed.emplace_back(data_->records->customer_ids.text(data_->accounts.id[c]), CustomerIndex{c});
  std::sort(keyed.begin(), keyed.end());
  std::vector<CustomerIndex> order;
  order.reserve(keyed.size());
  for (const auto& [id, customer] : keyed) order.push_back(customer);
  return order;
}

std::vector<std::string> Book::plans() const {
  const IdTable& plans = *data_->phases.plans;
  std::vector<std::string> texts;
  texts.reserve(plans.size());
  for (std::uint32_t i = 0; i < plans.size(); ++i) texts.push_back(plans.text(i));
  return texts;
}

const std::vector<std::string>& Book::attribute_names() const& noexcept { return data_->attribute_names; }

Book::Attribute Book::attribute(std::string_view name) const& {
  const auto& names = data_->attribute_names;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    std::string known;
    for (const std::string& other : names) known += (known.empty() ? "" : ", ") + other;
    throw Error(ErrorCode::unknown_attribute,
                "No customer has the attribute \"" + std::string(name) + "\". " +
                    (known.empty() ? "The book has none." : "There are: " + known + "."));
  }
  const AttributeCodes& codes = data_->attributes[static_cast<std::size_t>(found - names.begin())];
  return {codes.code, codes.labels};
}

Balance Book::balance_on(CustomerIndex customer, Date day) const {
  const auto first = timeline_.day.begin() + timeline_.first_step[at(customer)];
  const auto last = timeline_.day.begin() + timeline_.first_step[at(customer) + 1];
  const auto after = std::upper_bound(first, last, day.days());
  if (after == first) return {};
  const auto step = static_cast<std::size_t>(after - timeline_.day.begin()) - 1;
  return {timeline_.level[step], (timeline_.state[step] & Timeline::present) != 0};
}

std::optional<Date> Book::first_change_on() const noexcept {
  std::int32_t first = no_day;
  for (const std::int32_t day : timeline_.day)
    if (day != Timeline::before_records) first = std::min(first, day);
  if (first == no_day) return std::nullopt;
  return Date::from_days(first);
}

std::optional<Date> Book::pending_gap_since() const noexcept {
  std::int32_t since = no_day;
  for (const TimelineColumns::PendingGap& gap : data_->timeline.pending_gaps)
    since = std::min(since, gap.since);
  return date_or_empty(since);
}
bool Book::sums_fit() const noexcept { return data_->timeline.sums_fit; }

}  // namespace churn::inline v0

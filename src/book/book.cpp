#include <churn/book/book.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "book/book_data.hpp"
#include "book/counted_invoices.hpp"
#include "book/plain_timelines.hpp"
#include "core/shares.hpp"
#include "core/watch.hpp"

namespace churn::inline v0 {

namespace {

std::size_t at(CustomerIndex customer) { return static_cast<std::size_t>(customer); }

std::optional<Date> date_or_empty(std::int32_t day) {
  if (day == no_day) return std::nullopt;
  return Date::from_days(day);
}

/// Phase rows by customer, in order of row: a counting sort, that finds most hosts' rows in order already.
void group_phases(const PhaseTable& phases, Book::Data& data) {
  const std::span customer_of{data.accounts.customer_of.data(), data.accounts.customer_of.size()};
  const std::span ids{phases.customer.data(), phases.customer.size()};
  data.first_phase = {};
  data.first_phase.append(data.accounts.id.size() + 1, 0U);
  const std::span<std::uint32_t> first = data.first_phase.writable();
  bool in_order = true;
  std::uint32_t before = 0;
  for (const std::uint32_t id : ids) {
    const std::uint32_t customer = customer_of[id];
    in_order &= customer >= before && customer != no_index;
    before = customer;
    if (customer != no_index) ++first[customer + 1];
  }
  std::partial_sum(first.begin(), first.end(), first.begin());
  data.phase_rows = {};
  const std::span<std::uint32_t> rows = data.phase_rows.extend(first.back());
  if (in_order) {
    std::iota(rows.begin(), rows.end(), 0U);
    return;
  }
  std::vector<std::uint32_t> next(first.begin(), first.end() - 1);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::uint32_t customer = customer_of[ids[i]];
    if (customer != no_index) rows[next[customer]++] = static_cast<std::uint32_t>(i);
  }
}

/// Reads what is asked of phases that lie apart, so that all of it is on its way from memory at once rather than a
/// phase at a time. Gives something of it all, as what comes to nothing need not be read.
std::int64_t bring_near(const PhaseTable& phases, std::span<const std::uint32_t> rows) {
  std::int64_t all = 0;
  for (const std::uint32_t row : rows)
    all ^= std::int64_t{phases.subscription[row]} ^ phases.starts_on[row] ^ phases.ends_on[row] ^
           phases.amount[row] ^ phases.scale[row] ^ phases.currency[row] ^
           static_cast<std::int64_t>(phases.interval[row]);
  return all;
}

/// What the customers of one thread come to.
struct BuiltShare {
  TimelineColumns timeline;
  PlainColumn<std::uint8_t> paid_in;
  PlainColumn<FirstStay> first_stays;
  std::vector<bool> has_currency = std::vector<bool>(256, false);
  Rejections rejections;
  std::size_t kept{0};  // rows that count
};

void reserve(BuiltShare& share, std::size_t customers, std::size_t phases) {
  share.timeline.first_step.reserve(customers + 1);
  share.timeline.first_present.reserve(customers);
  share.paid_in.reserve(customers);
  share.first_stays.reserve(customers);
  const std::size_t expected_steps = phases + phases / 4 + customers / 4;
  share.timeline.day.reserve(expected_steps);
  share.timeline.level.reserve(expected_steps);
  share.timeline.state.reserve(expected_steps);
  share.timeline.phase.reserve(expected_steps);
}

/// Checks, cuts and nets the phases of customers, one after the other.
class ShareBuilder {
 public:
  explicit ShareBuilder(const Book::Data& data)
      : data_(data),
        resolver_(data.reading()),
        plain_(data.reading(), data.records_from),
        timelines_(data.as_of, data.records_from, data.conventions.book) {}

  /// `rows`: the phases of the customer. Gives those of them that count, in their places or elsewhere.
  [[nodiscard]] std::span<const std::uint32_t> add(std::uint32_t customer, std::span<std::uint32_t> rows,
                                                   BuiltShare& to) {
    if (plain_.append(rows, to.timeline)) {
      to.paid_in.push_back(plain_.paid_in());
      to.first_stays.push_back(plain_.first_stay());
      return rows;
    }
    accepted_.clear();
    parts_.clear();
    resolver_.resolve(customer, rows, accepted_, parts_, &to.rejections);
    try {
      timelines_.append(parts_, to.timeline);
    } catch (const Error&) {
      throw Error(ErrorCode::overflow, "The run rate of customer " +
                                           data_.records->customer_ids.text(data_.accounts.id[customer]) +
                                           " is larger than 64 bits can hold.");
    }
    std::uint8_t paid_in = Book::Data::never_paid;
    for (const Part& part : parts_) {  // what is free, or starts later, adds to no sum
      if (part.ticks <= 0 || part.from >= data_.as_of.days()) continue;
      const std::uint8_t currency = data_.currency_of(part.row).index();
      to.has_currency[currency] = true;
      paid_in =
          paid_in == Book::Data::never_paid || paid_in == currency ? currency : Book::Data::paid_in_several;
    }
    to.paid_in.push_back(paid_in);
    to.first_stays.push_back(plain_.first_stay());
    return accepted_;
  }

  /// To be called after the last customer.
  void finish(BuiltShare& share) const {
    for (std::size_t i = 0; i < share.has_currency.size(); ++i)
      share.has_currency[i] = share.has_currency[i] || plain_.has_currency(i);
  }

 private:
  const Book::Data& data_;
  PhaseResolver resolver_;
  PlainTimelines plain_;
  TimelineBuilder timelines_;
  std::vector<std::uint32_t> accepted_;
  std::vector<Part> parts_;
};

/// The steps of later customers behind those of earlier ones.
void append(TimelineColumns& to, const TimelineColumns& more) {
  const std::size_t steps = to.day.size();
  const auto first = static_cast<std::uint32_t>(steps);
  const auto changes = static_cast<std::uint32_t>(to.changes.size());
  const auto customers = static_cast<std::uint32_t>(to.first_present.size());
  to.day.append(more.day);
  to.level.append(more.level);
  to.state.append(more.state);
  to.phase.append(more.phase);
  to.changes.append(more.changes);
  to.first_present.append(more.first_present);
  const std::span<std::uint32_t> phase = to.phase.writable();
  for (std::size_t i = steps; i < to.day.size(); ++i)
    if ((to.state[i] & Timeline::of_several) != 0) phase[i] += changes;
  for (std::size_t c = 1; c < more.first_step.size(); ++c)
    to.first_step.push_back(first + more.first_step[c]);
  for (const TimelineColumns::PendingGap& gap : more.pending_gaps)
    to.pending_gaps.push_back({customers + gap.customer, gap.since});
  to.sums_fit = to.sums_fit && more.sums_fit &&
                to.sum_of_changes <= std::numeric_limits<std::int64_t>::max() - more.sum_of_changes;
  if (to.sums_fit) to.sum_of_changes += more.sum_of_changes;
}

/// Checks, cuts and nets the phases of every customer; `phase_rows` keeps those that count.
void build_timelines(Book::Data& data, const BuildOptions& options, Rejections& rejections) {
  const std::span<std::uint32_t> first_phase = data.first_phase.writable();
  const std::span<std::uint32_t> phase_rows = data.phase_rows.writable();
  const std::size_t chunks = chunks_for(options.threads);
  const std::vector<std::size_t> bounds = chunk_bounds(first_phase, chunks);
  std::vector<std::size_t> row_bounds;
  row_bounds.reserve(bounds.size());
  for (const std::size_t customer : bounds) row_bounds.push_back(first_phase[customer]);
  const bool lie_apart = !std::is_sorted(phase_rows.begin(), phase_rows.end());
  std::vector<BuiltShare> shares(chunks);
  Watch watch{options.progress, bounds.back()};

  const auto build = [&](std::size_t chunk) {
    BuiltShare& share = shares[chunk];
    if (chunk == 0)  // what the others come to is appended to it
      reserve(share, bounds.back(), phase_rows.size());
    else
      reserve(share, bounds[chunk + 1] - bounds[chunk], row_bounds[chunk + 1] - row_bounds[chunk]);
    ShareBuilder builder{data};
    std::size_t kept = row_bounds[chunk];
    // Where a chunk ends, the next one writes what its first row becomes.
    const auto first_row = [&](std::size_t c) {
      return c == bounds[chunk + 1] ? row_bounds[chunk + 1] : std::size_t{first_phase[c]};
    };
    [[maybe_unused]] volatile std::int64_t seen = 0;
    watch.pieces(bounds[chunk], bounds[chunk + 1], [&](std::size_t from, std::size_t until) {
      for (std::size_t c = from; c < until; ++c) {
        constexpr std::size_t together = 64;
        if (lie_apart && (c - from) % together == 0) {
          const std::size_t behind = first_row(std::min(c + together, until));
          seen = bring_near(*data.phases.table, phase_rows.subspan(first_row(c), behind - first_row(c)));
        }
        const auto rows = phase_rows.subspan(first_row(c), first_row(c + 1) - first_row(c));
        const auto counted = builder.add(static_cast<std::uint32_t>(c), rows, share);
        first_phase[c] = static_cast<std::uint32_t>(kept);
        if (counted.data() == phase_rows.data() + kept)
          kept += counted.size();
        else
          for (const std::uint32_t row : counted)
            phase_rows[kept++] = row;  // never ahead of those to be read
      }
    });
    builder.finish(share);
    share.kept = kept - row_bounds[chunk];
  };
  do_shares(chunks, options.threads, [&] { return build; });

  data.timeline = std::move(shares.front().timeline);
  data.paid_in = std::move(shares.front().paid_in);
  data.first_stays = std::move(shares.front().first_stays);
  std::vector<bool> has_currency(256, false);
  std::size_t kept = 0;
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    const BuiltShare share = std::move(shares[chunk]);  // to be gone before the next one is copied
    if (chunk > 0) {
      append(data.timeline, share.timeline);
      data.paid_in.append(share.paid_in);
      data.first_stays.append(share.first_stays);
    }
    rejections.append(share.rejections);
    for (std::size_t i = 0; i < has_currency.size(); ++i)
      has_currency[i] = has_currency[i] || share.has_currency[i];
    const std::size_t gap = row_bounds[chunk] - kept;
    for (std::size_t c = bounds[chunk]; gap > 0 && c < bounds[chunk + 1]; ++c)
      first_phase[c] -= static_cast<std::uint32_t>(gap);
    const auto rows = phase_rows.begin() + static_cast<std::ptrdiff_t>(row_bounds[chunk]);
    std::copy(rows, rows + static_cast<std::ptrdiff_t>(share.kept),
              phase_rows.begin() + static_cast<std::ptrdiff_t>(kept));
    kept += share.kept;
  }
  first_phase.back() = static_cast<std::uint32_t>(kept);
  data.phase_rows.truncate(kept);
  for (std::size_t i = 0; i < has_currency.size(); ++i)
    if (has_currency[i]) data.currencies.push_back(Currency::from_index(static_cast<std::uint8_t>(i)));
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
  group_phases(*data->phases.table, *data);
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

#include <churn/book/records.hpp>

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "book/append_rows.hpp"
#include "book/records_storage.hpp"
#include "core/words.hpp"

namespace churn::inline v0 {

namespace {

std::size_t length(const IdColumn& ids) {
  return std::visit([](const auto& column) { return column.size(); }, ids);
}

void intern_all(IdTable& table, const IdColumn& ids, PlainColumn<std::uint32_t>& out) {
  const std::span<std::uint32_t> indices = out.extend(length(ids));
  if (const auto* numbers = std::get_if<std::span<const std::int64_t>>(&ids)) {
    table.intern(*numbers, indices);
    return;
  }
  // The first rows tell about how many ids there are. Of rows in no order, each id has a few.
  const auto& texts = std::get<std::span<const std::string_view>>(ids);
  const std::size_t first = texts.size() / 16;
  const std::size_t known = table.size();
  table.intern(texts.first(first), indices);
  table.reserve(table.size() + std::min(15 * (table.size() - known), texts.size() / 4));
  table.intern(texts.subspan(first), indices.subspan(first));
}

void require_ids(const IdColumn& ids) {
  if (const auto* texts = std::get_if<std::span<const std::string_view>>(&ids))
    if (std::any_of(texts->begin(), texts->end(), [](std::string_view id) { return id.empty(); }))
      throw Error(ErrorCode::bad_id, "An id can't be empty.");
}

void require_lengths(const PhaseColumns& phases) {
  const std::size_t rows = phases.starts_on.size();
  const auto is_long = [rows](std::size_t size) { return size == rows; };
  if (!is_long(length(phases.subscription)) || !is_long(length(phases.customer)) ||
      !is_long(phases.plan.size()) || !is_long(phases.ends_on.size()) || !is_long(phases.amount.size()) ||
      !(is_long(phases.cycle.size()) || phases.cycle.size() == 1) ||
      !(is_long(phases.quantity.size()) || phases.quantity.empty()))
    throw Error(ErrorCode::bad_number, "The columns of phases differ in length.");
}

/// Appends a column and looks at each value on the way: as fast as either alone. True if all of them pass.
template <class T, class Passes>
bool append_all(PlainColumn<T>& to, std::span<const T> values, Passes&& passes) {
  const std::span<T> more = to.extend(values.size());
  bool all_pass = true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    more[i] = values[i];
    all_pass &= passes(values[i]);
  }
  return all_pass;
}

void append_days(PhaseTable& table, const PhaseColumns& phases) {
  const auto is_day = [](std::int32_t day) { return day >= Date::min_days && day <= Date::max_days; };
  const bool start = append_all(table.starts_on, phases.starts_on, is_day);
  const bool end = append_all(table.ends_on, phases.ends_on,
                              [=](std::int32_t day) { return is_day(day) || day == no_day; });
  if (!start || !end) throw Error(ErrorCode::bad_date, "A day lies outside of the years 1 to 9999.");
}

void append_plans(Records::Storage& storage, const PhaseColumns& phases) {
  bool is_named = true;
  for (const std::uint8_t plan : phases.plan) is_named &= plan < phases.plan_names.size();
  if (!is_named) throw Error(ErrorCode::bad_number, "A plan index is beyond the plan names.");
  std::vector<std::uint32_t> indices;
  for (const std::string_view name : phases.plan_names) indices.push_back(storage.plans.intern(name));
  const std::span<std::uint32_t> more = storage.phases.plan.extend(phases.plan.size());
  for (std::size_t i = 0; i < more.size(); ++i) more[i] = indices[phases.plan[i]];
}

void append_amounts(PhaseTable& table, const PhaseColumns& phases) {
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  if (!append_all(table.amount, phases.amount, [](std::int64_t amount) { return amount != lowest; }))
    throw Error(ErrorCode::bad_number, "An amount is beyond the range of decimals.");
}

void check(const EventColumns& events) {
  const std::size_t rows = events.at.size();
  const auto is_long = [rows](std::size_t size) { return size == rows; };
  if (!is_long(length(events.customer)) || !is_long(events.kind.size()) ||
      !(is_long(events.value.size()) || events.value.empty()) ||
      !(is_long(events.label.size()) || events.label.empty()))
    throw Error(ErrorCode::bad_number, "The columns of events differ in length.");
  if (std::any_of(events.kind.begin(), events.kind.end(),
                  [&](std::uint16_t kind) { return kind >= events.kind_names.size(); }))
    throw Error(ErrorCode::bad_number, "A kind index is beyond the kind names.");
  [[maybe_unused]] const Decimal has_such_decimals{0, events.decimals};
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  if (std::find(events.value.begin(), events.value.end(), lowest) != events.value.end())
    throw Error(ErrorCode::bad_number, "A value is beyond the range of decimals.");
  for (const std::int64_t at : events.at) static_cast<void>(Timestamp::from_seconds(at));
  require_ids(events.customer);
}

}  // namespace

Records::Records() : storage_(std::make_shared<Storage>()) {}
Records::Records(std::shared_ptr<const Storage> storage) : storage_(std::move(storage)) {}

Records::Storage& Records::writable() {
  if (storage_.use_count() > 1) storage_ = std::make_shared<Storage>(*storage_);
  return const_cast<Storage&>(*storage_);  // NOLINT: made above or in the constructor, as no constant
}

/// Customers mostly have the same attributes in the same order, so it is looked for at `guess` first.
AttributeColumn& Records::Storage::attribute(std::string_view name, std::size_t guess) {
  if (guess < customers.attributes.size() && customers.attributes[guess].name == name)
    return customers.attributes[guess];
  const std::size_t at = customers.attribute_names.intern(name);
  while (customers.attributes.size() <= at)
    customers.attributes.push_back(
        {customers.attribute_names.text(static_cast<std::uint32_t>(customers.attributes.size()))});
  return customers.attributes[at];
}

void Records::Storage::add(const Customer& customer, std::int64_t row) {
  const std::vector<std::pair<std::string_view, std::string_view>> attributes(customer.attributes.begin(),
                                                                              customer.attributes.end());
  add(CustomerRecord{
      .id = customer.id.text(),
      .signed_up_on = customer.signed_up_on,
      .name = customer.name,
      .excluded = customer.excluded,
      .merged_into = customer.merged_into ? std::string_view{customer.merged_into->text()} : "",
      .attributes = attributes,
      .row = row});
}

void Records::Storage::add(const CustomerRecord& customer) {
  if (customer.id.empty()) throw Error(ErrorCode::bad_id, "An id can't be empty.");
  CustomerTable& table = customers;
  const std::size_t i = table.size();
  require_room(i);
  const std::uint32_t id = customer_ids.intern(customer.id);
  table.signed_up_on.set(i, day_or_none(customer.signed_up_on));
  table.excluded.set(i, customer.excluded ? 1 : 0);
  table.merged_into.set(i,
                        customer.merged_into.empty() ? no_index : customer_ids.intern(customer.merged_into));
  table.name.set(i, customer.name.empty() ? no_index : texts.intern(customer.name));
  table.row.set(i, customer.row);
  const auto add_attributes = [&] {
    std::size_t guess = 0;
    for (const auto& [name, value] : customer.attributes) {
      if (value.empty()) continue;
      AttributeColumn& column = attribute(name, guess);
      guess = static_cast<std::size_t>(&column - customers.attributes.data()) + 1;
      column.value.set(i, column.values.intern(value));
    }
    table.id.push_back(id);  // last: a row exists once its id does
  };
  append_or_undo(add_attributes, [&] {
    for (AttributeColumn& column : table.attributes) column.value.set(i, no_index);
  });
}

void Records::Storage::add(const Subscription& subscription, std::int64_t row) {
  std::optional<std::uint32_t> id;  // interned with the first phase: without any, nothing is known
  std::uint32_t customer = no_index;
  for (const Phase& phase : subscription.phases) {
    const std::size_t first = phases.size();
    require_room(first);
    if (!id) {
      id = subscription_ids.intern(subscription.id.text());
      customer = customer_ids.intern(subscription.customer.text());
    }
    append_or_undo([&] { append_phase(*id, customer, phase, row); }, [&] { phases.truncate(first); });
  }
}

void Records::Storage::append_phase(std::uint32_t subscription, std::uint32_t customer, const Phase& phase,
                                    std::int64_t row) {
  PhaseTable& table = phases;
  const std::size_t i = table.size();
  table.subscription.push_back(subscription);
  table.customer.push_back(customer);
  table.plan.push_back(plans.intern(phase.plan));
  table.ends_on.push_back(day_or_none(phase.ends_on));
  table.amount.push_back(phase.price.amount.coefficient());
  table.scale.push_back(static_cast<std::uint8_t>(phase.price.amount.scale()));
  table.currency.push_back(phase.price.currency.index());
  table.interval.push_back(phase.cycle.interval);
  table.interval_count.set(i, phase.cycle.count);
  table.quantity.set(i, phase.quantity);
  table.discount_percent.set(i, phase.discount_percent);
  table.discount_amount.set(i, phase.discount_amount);
  table.discount_ends_on.set(i, day_or_none(phase.discount_ends_on));
  table.trial_ends_on.set(i, day_or_none(phase.trial_ends_on));
  table.cancel_requested_on.set(i, day_or_none(phase.cancel_requested_on));
  table.end_reason.set(i, phase.end_reason.empty() ? no_index : texts.intern(phase.end_reason));
  table.paused_from.set(i, day_or_none(phase.paused_from));
  table.paused_until.set(i, day_or_none(phase.paused_until));
  table.term_ends_on.set(i, day_or_none(phase.term_ends_on));
  table.row.set(i, row);
  table.starts_on.push_back(phase.starts_on.days());  // last: a row exists once its start does
}

void Records::Storage::add(const PhaseRecord& phase) { add(std::span{&phase, 1}); }

void Records::Storage::add(std::span<const PhaseRecord> records) {
  for (const PhaseRecord& phase : records)
    if (phase.subscription.empty() || phase.customer.empty())
      throw Error(ErrorCode::bad_id, "An id can't be empty.");
  PhaseTable& table = phases;
  const std::size_t before = table.size();
  require_room(before + records.size());

  const auto fill = [&](auto& column, auto value_of) {
    column.resize(before + records.size());
    const auto values = column.writable();
    for (std::size_t i = 0; i < records.size(); ++i) values[before + i] = value_of(records[i]);
  };
  // Rows of one id, plan or reason mostly follow each other: then the table need not be asked.
  const auto intern = [&](IdTable& table_of_ids, std::string_view PhaseRecord::*text) {
    return [&table_of_ids, text, last = std::string_view{}, index = no_index](const PhaseRecord& p) mutable {
      if (index == no_index || !is_same(p.*text, last)) {
        last = p.*text;
        index = table_of_ids.intern(last);
      }
      return index;
    };
  };
  const auto set = [&](auto& column, auto value_of) {
    if (column.size() <= before)
      if (std::all_of(records.begin(), records.end(),
                      [&](const auto& p) { return column.is_default(value_of(p)); }))
        return;
    for (std::size_t i = 0; i < records.size(); ++i) column.set(before + i, value_of(records[i]));
  };
  const auto append = [&] {
    fill(table.subscription, intern(subscription_ids, &PhaseRecord::subscription));
    fill(table.customer, intern(customer_ids, &PhaseRecord::customer));
    fill(table.plan, intern(plans, &PhaseRecord::plan));
    fill(table.ends_on, [](const auto& p) { return day_or_none(p.ends_on); });
    fill(table.amount, [](const auto& p) { return p.price.amount.coefficient(); });
    fill(table.scale, [](const auto& p) { return static_cast<std::uint8_t>(p.price.amount.scale()); });
    fill(table.currency, [](const auto& p) { return p.price.currency.index(); });
    fill(table.interval, [](const auto& p) { return p.cycle.interval; });
    set(table.interval_count, [](const auto& p) { return p.cycle.count; });
    set(table.quantity, [](const auto& p) { return p.quantity; });
    set(table.discount_percent, [](const auto& p) { return p.discount_percent; });
    set(table.discount_amount, [](const auto& p) { return p.discount_amount; });
    set(table.discount_ends_on, [](const auto& p) { return day_or_none(p.discount_ends_on); });
    set(table.trial_ends_on, [](const auto& p) { return day_or_none(p.trial_ends_on); });
    set(table.cancel_requested_on, [](const auto& p) { return day_or_none(p.cancel_requested_on); });
    set(table.end_reason, [reason = intern(texts, &PhaseRecord::end_reason)](const auto& p) mutable {
      return p.end_reason.empty() ? no_index : reason(p);
    });
    set(table.paused_from, [](const auto& p) { return day_or_none(p.paused_from); });
    set(table.paused_until, [](const auto& p) { return day_or_none(p.paused_until); });
    set(table.term_ends_on, [](const auto& p) { return day_or_none(p.term_ends_on); });
    for (std::size_t i = 0; i < records.size(); ++i) table.row.set(before + i, records[i].row);
    // Last: a row exists once its start does.
    fill(table.starts_on, [](const auto& p) { return p.starts_on.days(); });
  };
  append_or_undo(append, [&] { table.truncate(before); });
}

void Records::add(const PhaseColumns& phases) {
  require_lengths(phases);
  require_ids(phases.subscription);
  require_ids(phases.customer);
  Storage& storage = writable();
  PhaseTable& table = storage.phases;
  const std::size_t rows = phases.starts_on.size();
  const std::size_t before = table.size();
  if (before == 0) reserve_phases(rows);  // later batches grow geometrically

  require_room(before + rows);
  const auto append = [&] {
    append_days(table, phases);
    append_amounts(table, phases);
    append_plans(storage, phases);
    table.scale.append(rows, static_cast<std::uint8_t>(phases.currency.decimals()));
    table.currency.append(rows, phases.currency.index());
    const bool is_one_cycle = phases.cycle.size() == 1;
    if (is_one_cycle)
      table.interval.append(rows, phases.cycle.front().interval);
    else
      for (const BillingCycle& cycle : phases.cycle) table.interval.push_back(cycle.interval);
    if (!is_one_cycle || phases.cycle.front().count != 1)
      for (std::size_t i = 0; i < rows; ++i)
        table.interval_count.set(before + i, phases.cycle[is_one_cycle ? 0 : i].count);
    if (rows > 0) table.row.set(before, 0);
    for (std::size_t i = 0; i < phases.quantity.size(); ++i)
      table.quantity.set(before + i, phases.quantity[i]);
    // Last: an id that is there is known to every book, whether or not its rows are.
    intern_all(storage.subscription_ids, phases.subscription, table.subscription);
    intern_all(storage.customer_ids, phases.customer, table.customer);
  };
  append_or_undo(append, [&] { table.truncate(before); });
}

void Records::Storage::add(const Invoice& invoice, std::int64_t row) {
  customer_ids.intern(invoice.customer.text());  // so that the customer is known to every book
  invoices.push_back({invoice, row != 0 ? row : static_cast<std::int64_t>(invoices.size()) + 1});
}

void Records::add(const Event& event, std::int64_t row) {
  add(EventRecord{.customer = event.customer.text(),
                  .at = event.at,
                  .kind = event.kind,
                  .value = event.value,
                  .label = event.label,
                  .row = row});
}

void Records::Storage::add(const EventRecord& event) {
  if (event.customer.empty()) throw Error(ErrorCode::bad_id, "An id can't be empty.");
  EventTable& table = events;
  const std::size_t i = table.size();
  require_room(i);
  const auto append = [&] {
    table.customer.push_back(customer_ids.intern(event.customer));
    table.kind.push_back(texts.intern(event.kind));
    table.value.set(i, event.value);
    table.label.set(i, event.label.empty() ? no_index : texts.intern(event.label));
    table.row.set(i, event.row);
    table.at.push_back(event.at.seconds());  // last: a row exists once its instant does
  };
  append_or_undo(append, [&] { table.truncate(i); });
}

void Records::add(const EventColumns& events) {
  check(events);
  Storage& storage = writable();
  EventTable& table = storage.events;
  const std::size_t rows = events.at.size();
  const std::size_t before = table.size();
  if (before == 0) reserve_events(rows);  // later batches grow geometrically

  require_room(before + rows);
  const auto append = [&] {
    std::vector<std::uint32_t> kinds;
    for (const std::string_view name : events.kind_names) kinds.push_back(storage.texts.intern(name));
    intern_all(storage.customer_ids, events.customer, table.customer);
    for (const std::uint16_t kind : events.kind) table.kind.push_back(kinds[kind]);
    for (std::size_t i = 0; i < rows; ++i)
      table.value.set(before + i,
                      events.value.empty() ? Decimal{1} : Decimal{events.value[i], events.decimals});
    for (std::size_t i = 0; i < rows; ++i) {
      const bool labelled = !events.label.empty() && !events.label[i].empty();
      table.label.set(before + i, labelled ? storage.texts.intern(events.label[i]) : no_index);
    }
    if (rows > 0) table.row.set(before, 0);
    table.at.append(events.at);
  };
  append_or_undo(append, [&] { table.truncate(before); });
}

void Records::Storage::add(const FxRate& rate, std::int64_t row) {
  fx_rates.push_back({rate, row != 0 ? row : static_cast<std::int64_t>(fx_rates.size()) + 1});
}

void Records::add(const Customer& customer, std::int64_t row) { writable().add(customer, row); }
void Records::add(const Subscription& subscription) { writable().add(subscription, 0); }
void Records::add(const CustomerRecord& customer) { writable().add(customer); }
void Records::add(const PhaseRecord& phase) { writable().add(phase); }
void Records::add(std::span<const PhaseRecord> phases) { writable().add(phases); }
void Records::add(const Invoice& invoice, std::int64_t row) { writable().add(invoice, row); }
void Records::add(const EventRecord& event) { writable().add(event); }
void Records::add(const FxRate& rate, std::int64_t row) { writable().add(rate, row); }

void Records::reserve_customers(std::size_t count) {
  Storage& storage = writable();
  storage.customers.id.reserve(count);
  storage.customer_ids.reserve(count);
}

void Records::reserve_phases(std::size_t count) {
  PhaseTable& table = writable().phases;
  table.subscription.reserve(count);
  table.customer.reserve(count);
  table.plan.reserve(count);
  table.starts_on.reserve(count);
  table.ends_on.reserve(count);
  table.amount.reserve(count);
  table.scale.reserve(count);
  table.currency.reserve(count);
  table.interval.reserve(count);
}

void Records::reserve_events(std::size_t count) {
  EventTable& table = writable().events;
  table.customer.reserve(count);
  table.at.reserve(count);
  table.kind.reserve(count);
}

void Records::set_source(RecordTable table, std::string name) {
  writable().sources[static_cast<std::size_t>(table)] = std::move(name);
}
const std::string& Records::source(RecordTable table) const noexcept { return storage_->source(table); }

void Records::set_rates_currency(std::optional<Currency> currency) { writable().rates_currency = currency; }
std::optional<Currency> Records::rates_currency() const noexcept { return storage_->rates_currency; }

void Records::set_records_from(std::optional<Date> day) { writable().records_from = day; }
std::optional<Date> Records::records_from() const noexcept { return storage_->records_from; }

std::size_t Records::customer_count() const noexcept { return storage_->customers.size(); }
std::size_t Records::phase_count() const noexcept { return storage_->phases.size(); }
std::size_t Records::invoice_count() const noexcept { return storage_->invoices.size(); }
std::size_t Records::event_count() const noexcept { return storage_->events.at.size(); }
std::size_t Records::fx_rate_count() const noexcept { return storage_->fx_rates.size(); }

std::optional<Date> Records::day_after_latest(const TimeZone& zone) const {
  std::int32_t latest = Date::min_days - 1;
  const auto see = [&latest](std::int32_t day) {
    if (day != no_day) latest = std::max(latest, day);
  };
  const auto see_date = [&see](const std::optional<Date>& day) { see(day_or_none(day)); };
  const PhaseTable& phases = storage_->phases;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases.ends_on[i] <= phases.starts_on[i]) continue;  // will be rejected, and must not set the day
    see(phases.starts_on[i]);
    see(phases.cancel_requested_on[i]);
  }
  for (std::size_t i = 0; i < storage_->customers.size(); ++i) see(storage_->customers.signed_up_on[i]);
  std::int64_t last_instant = std::numeric_limits<std::int64_t>::min();
  for (const std::int64_t at : storage_->events.at) last_instant = std::max(last_instant, at);
  for (const auto& [invoice, row] : storage_->invoices) {
    see(invoice.issued_on.days());
    see_date(invoice.paid_on);
    for (const Payment& payment : invoice.payments)
      last_instant = std::max(last_instant, payment.at.seconds());
  }
  if (last_instant != std::numeric_limits<std::int64_t>::min())
    see(zone.day_of(Timestamp::from_seconds(last_instant)).days());
  if (latest < Date::min_days) return std::nullopt;
  return Date::from_days(std::min<std::int64_t>(std::int64_t{latest} + 1, Date::max_days));
}

}  // namespace churn::inline v0

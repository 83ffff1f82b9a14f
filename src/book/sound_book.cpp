#include "book/sound_book.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include <churn/core/exact.hpp>

namespace churn::inline v0 {

namespace {

[[noreturn]] void fail(const std::string& sentence) { throw Error(ErrorCode::unreadable, sentence); }

void require(bool holds, const char* sentence) {
  if (!holds) fail(sentence);
}

bool is_day(std::int32_t day) { return day >= Date::min_days && day <= Date::max_days; }

/// Whether every value passes. Without an early end, so that the loop is as fast as memory is.
template <class T, class Passes>
bool all(const PlainColumn<T>& column, Passes&& passes) {
  bool sound = true;
  for (const T& value : column) sound &= passes(value);
  return sound;
}
bool all_below(const PlainColumn<std::uint32_t>& column, std::size_t end) {
  return all(column, [end](std::uint32_t value) { return value < end; });
}
bool all_below_or_none(const PlainColumn<std::uint32_t>& column, std::size_t end) {
  return all(column, [end](std::uint32_t value) { return value < end || value == no_index; });
}
bool all_below_or_none(const OptionalColumn<std::uint32_t>& column, std::size_t end) {
  return all_below_or_none(column.values(), end);
}
bool all_days_or_none(const PlainColumn<std::int32_t>& column) {
  return all(column, [](std::int32_t day) { return is_day(day) || day == no_day; });
}
bool all_days_or_none(const OptionalColumn<std::int32_t>& column) {
  return all_days_or_none(column.values());
}
bool are_amounts(const PlainColumn<std::int64_t>& coefficients, const PlainColumn<std::uint8_t>& scales) {
  return all(coefficients, [](std::int64_t c) { return c != INT64_MIN; }) &&
         all(scales, [](std::uint8_t scale) { return scale <= Decimal::max_scale; });
}
bool are_decimals(const OptionalDecimals& decimals) {
  return are_amounts(decimals.coefficients().values(), decimals.scales().values());
}

/// Of the currencies that there are, by number, how many decimals they have.
std::vector<int> decimals_of_currencies() {
  std::vector<int> decimals;
  try {
    while (decimals.size() < 256)
      decimals.push_back(Currency::from_index(static_cast<std::uint8_t>(decimals.size())).decimals());
  } catch (const Error&) {  // the first that is none
  }
  return decimals;
}

/// Whether its flags are 0 or 1, asked before they are read as flags.
bool has_flags(const PhaseChange& change) noexcept {
  static_assert(sizeof(bool) == 1);
  std::uint8_t begins = 0;
  std::uint8_t is_last = 0;
  std::memcpy(&begins, &change.begins, 1);
  std::memcpy(&is_last, &change.is_last, 1);
  return begins <= 1 && is_last <= 1;
}

// ---- sizes

template <class... Columns>
bool all_of_size(std::size_t size, const Columns&... columns) {
  return ((columns.size() == size) && ...);
}
template <class... Columns>
bool none_beyond(std::size_t size, const Columns&... columns) {
  return ((columns.values().size() <= size) && ...);
}

void require_phase_sizes(const PhaseTable& table) {
  require(table.size() < no_index &&
              all_of_size(table.size(), table.subscription, table.customer, table.plan, table.ends_on,
                          table.amount, table.scale, table.currency, table.interval) &&
              none_beyond(table.size(), table.interval_count, table.quantity,
                          table.discount_percent.coefficients(), table.discount_percent.scales(),
                          table.discount_amount.coefficients(), table.discount_amount.scales(),
                          table.discount_ends_on, table.trial_ends_on, table.cancel_requested_on,
                          table.end_reason, table.paused_from, table.paused_until, table.term_ends_on),
          "The columns of phases differ in length.");
}

void require_record_sizes(const Records::Storage& records) {
  require_phase_sizes(records.phases);
  const CustomerTable& customers = records.customers;
  bool sound = customers.size() < no_index &&
               none_beyond(customers.size(), customers.signed_up_on, customers.excluded,
                           customers.merged_into, customers.name) &&
               customers.attributes.size() == customers.attribute_names.size();
  for (const AttributeColumn& column : customers.attributes)
    sound = sound && none_beyond(customers.size(), column.value);
  require(sound, "The columns of customers differ in length.");
  const EventTable& events = records.events;
  require(events.size() < no_index && all_of_size(events.size(), events.customer, events.kind) &&
              none_beyond(events.size(), events.value.coefficients(), events.value.scales(), events.label),
          "The columns of events differ in length.");
}

// ---- what records hold

void require_phases(const PhaseTable& table, const IdTable& subscriptions, const IdTable& plans,
                    const Records::Storage& records, std::size_t currencies) {
  require(all_below(table.subscription, subscriptions.size()) &&
              all_below(table.customer, records.customer_ids.size()) && all_below(table.plan, plans.size()) &&
              all_below_or_none(table.end_reason, records.texts.size()),
          "A phase has an id or a text that is not there.");
  require(all(table.starts_on, is_day) && all_days_or_none(table.ends_on) &&
              all_days_or_none(table.discount_ends_on) && all_days_or_none(table.trial_ends_on) &&
              all_days_or_none(table.cancel_requested_on) && all_days_or_none(table.paused_from) &&
              all_days_or_none(table.paused_until) && all_days_or_none(table.term_ends_on),
          "A day of a phase lies outside of the years 1 to 9999.");
  require(are_amounts(table.amount, table.scale) && are_decimals(table.discount_percent) &&
              are_decimals(table.discount_amount) &&
              all(table.currency, [=](std::uint8_t index) { return index < currencies; }) &&
              all(table.interval, [](BillingInterval i) { return i <= BillingInterval::year; }) &&
              table.row.is_sound(table.size()),
          "A phase has a price, an interval or a row that there is not.");
}

void require_customers(const Records::Storage& records) {
  const CustomerTable& table = records.customers;
  bool sound = all_below(table.id, records.customer_ids.size()) && all_days_or_none(table.signed_up_on) &&
               all_below_or_none(table.merged_into, records.customer_ids.size()) &&
               all_below_or_none(table.name, records.texts.size()) && table.row.is_sound(table.size()) &&
               table.attribute_names.is_sound();
  for (const AttributeColumn& column : table.attributes)
    sound = sound && column.values.is_sound() && all_below_or_none(column.value, column.values.size());
  require(sound, "A customer has an id, a day or a text that is not there.");
}

void require_events(const Records::Storage& records) {
  const EventTable& table = records.events;
  const std::int64_t first = std::int64_t{Date::min_days} * 86400;
  const std::int64_t end = (std::int64_t{Date::max_days} + 1) * 86400;
  require(all_below(table.customer, records.customer_ids.size()) &&
              all_below(table.kind, records.texts.size()) &&
              all(table.at, [=](std::int64_t at) { return at >= first && at < end; }) &&
              are_decimals(table.value) && all_below_or_none(table.label, records.texts.size()) &&
              table.row.is_sound(table.size()),
          "An event has an id, an instant, a value or a text that there is not.");
}

void require_records(const Records::Storage& records, std::size_t currencies) {
  require(records.customer_ids.is_sound() && records.subscription_ids.is_sound() &&
              records.plans.is_sound() && records.texts.is_sound(),
          "A table of ids or texts leads out of itself.");
  require_phases(records.phases, records.subscription_ids, records.plans, records, currencies);
  require_customers(records);
  require_events(records);
  for (const InvoiceRow& row : records.invoices)
    require(records.customer_ids.find(row.invoice.customer.text()).has_value(),
            "An invoice is of a customer that has no id.");
}

// ---- what was made of them

void require_accounts(const Book::Data& data) {
  const Accounts& accounts = data.accounts;
  require(all_below_or_none(accounts.customer_of, accounts.id.size()) &&
              all_below(accounts.id, data.records->customer_ids.size()) &&
              all_below_or_none(accounts.row, data.records->customers.size()) &&
              all_days_or_none(accounts.signed_up_on),
          "A customer is of an account that is not there.");
  for (const AttributeCodes& attribute : data.attributes)
    require(all_below(attribute.code, attribute.labels.size()), "A customer has a label that is not there.");
}

/// Whether all phases are so plain and so cheap that one can only be wrong in its days. Mostly they are, and then
/// none needs to be worked out.
bool can_only_be_reversed(const Book::Data& data, const std::vector<int>& decimals) {
  const PhaseTable& table = *data.phases.table;
  const BookRules& rules = data.conventions.book;
  bool plain = table.quantity.empty() && table.interval_count.empty() && table.discount_percent.empty() &&
               table.discount_amount.empty() && table.paused_from.empty() && table.paused_until.empty() &&
               (!rules.currency || data.exchange.on());
  for (const Fraction& per_year : rules.normalisation.per_year) plain = plain && per_year.numerator <= 1000;
  for (std::size_t i = 0; plain && i < table.size(); ++i)
    plain = table.amount[i] < std::int64_t{1} << 31 && table.scale[i] >= decimals[table.currency[i]];
  return plain;  // below 2^31 minor units x 2^10 x 360 ticks
}

/// The phases that count are those that the checks of a build let through, in its order; then resolving them again
/// gives the same.
void require_accepted(const Book::Data& data, const std::vector<int>& decimals) {
  require(data.first_phase.front() == 0 && data.first_phase.back() == data.phase_rows.size() &&
              std::is_sorted(data.first_phase.begin(), data.first_phase.end()) &&
              all_below(data.phase_rows, data.phases.table->size()),
          "A customer has phases that are not there.");
  const PhaseTable& table = *data.phases.table;
  const PhaseResolver resolver{data.reading()};
  const std::span<const std::uint32_t> rows{data.phase_rows};
  const bool is_quick = can_only_be_reversed(data, decimals);
  bool sound = true;
  for (std::size_t c = 0; c + 1 < data.first_phase.size(); ++c) {
    const std::size_t end = data.first_phase[c + 1];
    for (std::size_t i = data.first_phase[c]; i < end; ++i) {
      sound &= is_quick ? table.starts_on[rows[i]] < table.ends_on[rows[i]] : resolver.accepts(rows[i]);
      if (i + 1 == end) continue;
      const std::uint32_t subscription = table.subscription[rows[i]];
      const std::uint32_t next = table.subscription[rows[i + 1]];
      sound &= subscription < next ||
               (subscription == next && table.starts_on[rows[i]] < table.starts_on[rows[i + 1]]);
    }
  }
  require(sound, "A phase counts that can't, or phases are out of order.");
}

/// Goes through the steps of all customers as the builder wrote them.
class StepCheck {
 public:
  explicit StepCheck(const Book::Data& data) : data_(data), steps_(data.timeline) {}

  /// The sum of all changes; empty if it is beyond 64 bits.
  std::optional<std::int64_t> run() {
    require(begin_where_customers_do() && follow_each_other() && next_change_ == steps_.changes.size() &&
                all_days_or_none(steps_.first_present),
            "The steps of a customer contradict each other.");
    return sum_;
  }

 private:
  /// Whether the first step of each customer, and no other, says that it is.
  [[nodiscard]] bool begin_where_customers_do() const {
    const PlainColumn<std::uint32_t>& first = steps_.first_step;
    if (first.front() != 0 || first.back() != steps_.day.size() ||
        !std::is_sorted(first.begin(), first.end()))
      return false;
    std::size_t begun = 0;
    bool sound = true;
    for (std::size_t c = 0; c + 1 < first.size(); ++c) {
      if (first[c] == first[c + 1]) continue;
      ++begun;
      sound &= (steps_.state[first[c]] & Timeline::first_of_customer) != 0 &&
               data_.first_phase[c] < data_.first_phase[c + 1] && is_day(steps_.first_present[c]);
    }
    std::size_t said = 0;
    for (const std::uint8_t state : steps_.state) said += (state & Timeline::first_of_customer) != 0 ? 1 : 0;
    return sound && said == begun;
  }

  /// What a step says of itself, as far as the one before it decides that.
  static int expected(std::uint8_t state, std::uint8_t state_before, Balance before, Balance now,
                      std::int32_t day) {
    const bool is_first = (state & Timeline::first_of_customer) != 0;
    const bool is_opening = day == Timeline::before_records;
    const bool enters = now.present && !before.present && !is_opening;
    return (now.present ? Timeline::present : 0) | (enters ? Timeline::enters : 0) |
           (enters ? state & Timeline::enters_as_new : 0) |
           (before.present && !now.present ? Timeline::leaves : 0) |
           (before == now && !is_opening ? Timeline::same_balance : 0) |
           ((is_first ? state : state_before) & Timeline::of_several) |
           (is_first ? Timeline::first_of_customer : 0) | (now.ticks > before.ticks ? Timeline::grows : 0);
  }

  /// In one loop over all of them, for which it is enough to know the step before.
  bool follow_each_other() {
    const std::int32_t as_of = data_.as_of.days();
    const std::int32_t earliest = data_.records_from ? Timeline::before_records : Date::min_days;
    const std::size_t phases = data_.phases.table->size();
    const std::span<const std::int32_t> days = steps_.day;
    const std::span<const std::int64_t> levels = steps_.level;
    const std::span<const std::uint8_t> states = steps_.state;
    std::int64_t sum = 0;
    bool fits = true;
    Balance before{};
    std::int32_t day_before = 0;
    std::uint8_t state_before = 0;
    for (std::size_t i = 0; i < days.size(); ++i) {
      const std::uint8_t state = states[i];
      const std::int32_t day = days[i];
      const bool is_first = (state & Timeline::first_of_customer) != 0;
      if (is_first) before = {};
      const Balance now{levels[i], (state & Timeline::present) != 0};
      const bool follows =
          is_first ? day == earliest || day >= Date::min_days : day > day_before && day >= Date::min_days;
      if (state != expected(state, state_before, before, now, day) || !follows || day >= as_of ||
          now.ticks < 0 || (!now.present && now.ticks != 0))
        return false;
      const std::int64_t change =
          now.ticks > before.ticks ? now.ticks - before.ticks : before.ticks - now.ticks;
      fits = fits && sum <= std::numeric_limits<std::int64_t>::max() - change;
      if (fits) sum += change;
      const std::uint32_t phase = steps_.phase[i];
      if ((state & Timeline::of_several) != 0) {
        if (is_first) in_force_.clear();
        if (!add_up(phase, now)) return false;
      } else if (now.present ? phase >= phases : phase != no_index) {
        return false;
      }
      before = now;
      day_before = day;
      state_before = state;
    }
    if (fits) sum_ = sum;
    return true;
  }

  /// What begins and ends with a step leaves in force what its level is the sum of.
  bool add_up(std::uint32_t place, Balance now) {
    if (place != next_change_) return false;
    for (bool is_last = false; !is_last; ++next_change_) {
      if (next_change_ == steps_.changes.size()) return false;
      const PhaseChange& change = steps_.changes[next_change_];
      is_last = change.is_last;
      if (change.row >= data_.phases.table->size() || change.ticks < 0) return false;
      if (change.begins) {
        in_force_.push_back(change);
        continue;
      }
      const auto ended = std::find_if(in_force_.begin(), in_force_.end(), [&](const PhaseChange& other) {
        return other.row == change.row && other.ticks == change.ticks;
      });
      if (ended == in_force_.end()) return false;
      in_force_.erase(ended);
    }
    std::int64_t rest = now.ticks;
    for (const PhaseChange& phase : in_force_) {
      if (phase.ticks > rest) return false;
      rest -= phase.ticks;
    }
    return rest == 0 && now.present == !in_force_.empty();
  }

  const Book::Data& data_;
  const TimelineColumns& steps_;
  std::optional<std::int64_t> sum_;
  std::size_t next_change_{0};
  std::vector<PhaseChange> in_force_;
};

}  // namespace

void require_sizes(const Book::Data& data) {
  require_record_sizes(*data.records);
  const std::size_t customers = data.accounts.id.size();
  const TimelineColumns& steps = data.timeline;
  bool sound =
      data.accounts.customer_of.size() == data.records->customer_ids.size() &&
      all_of_size(customers, steps.first_present, data.paid_in) &&
      all_of_size(data.accounts.row.empty() ? 0 : customers, data.accounts.row, data.accounts.signed_up_on) &&
      all_of_size(customers + 1, steps.first_step, data.first_phase) &&
      all_of_size(steps.day.size(), steps.level, steps.state, steps.phase) &&
      data.attributes.size() == data.attribute_names.size();
  for (const AttributeCodes& attribute : data.attributes)
    sound = sound && attribute.code.size() == customers && !attribute.labels.empty();
  if (!data.debts.empty()) sound = sound && data.debtors.size() == data.phases.subscription_ids->size();
  if (data.invoice_phases) {
    require_phase_sizes(data.invoice_phases->phases);
    sound = sound && data.invoice_phases->named_of.size() == data.invoice_phases->subscription_ids.size();
  }
  require(sound, "The columns of the book differ in length.");
}

void require_sound(Book::Data& data) {
  const std::vector<int> decimals = decimals_of_currencies();
  const std::size_t currencies = decimals.size();
  require_records(*data.records, currencies);
  if (const auto& made = data.invoice_phases) {
    require(made->subscription_ids.is_sound() && made->plans.is_sound() && made->named.is_sound() &&
                all_below(made->named_of, made->named.size()),
            "A table of ids leads out of itself.");
    require_phases(made->phases, made->subscription_ids, made->plans, *data.records, currencies);
  }
  require(data.debts.is_sound(), "The debts of a customer are not there.");
  require_accounts(data);
  require_accepted(data, decimals);
  require(std::all_of(data.timeline.changes.begin(), data.timeline.changes.end(), has_flags),
          "A flag is neither set nor not.");
  const std::optional<std::int64_t> sum = StepCheck{data}.run();
  data.timeline.sums_fit = sum.has_value();
  data.timeline.sum_of_changes = sum.value_or(data.timeline.sum_of_changes);
  require(all(data.paid_in,
              [=](std::uint8_t paid) { return paid < currencies || paid >= Book::Data::paid_in_several; }),
          "A customer paid in a currency that there is not.");
  std::int64_t customer_before = -1;
  for (const TimelineColumns::PendingGap& gap : data.timeline.pending_gaps) {
    require(gap.customer > customer_before && gap.customer < data.accounts.id.size() && is_day(gap.since),
            "A gap is of a customer that is not there.");
    customer_before = gap.customer;
  }
}

}  // namespace churn::inline v0

// Records::append: other records behind those that are there, on several threads.
#include <churn/book/records.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "book/append_rows.hpp"
#include "core/shares.hpp"

namespace churn::inline v0 {

namespace {

/// What an index of other records is here, where there may be none.
auto converted_by(const std::vector<std::uint32_t>& index_of) {
  return [&index_of](std::uint32_t index) { return index == no_index ? no_index : index_of[index]; };
}

/// Records that are appended, and where their rows go.
struct Appended {
  std::shared_ptr<const Records::Storage> storage;  // stays as it is if it is that of the records appended to
  std::int64_t rows_before{0};
  std::size_t customers{0};  // how many rows there are before
  std::size_t phases{0};
  std::size_t events{0};
  // What its indices are in the records appended to.
  std::vector<std::uint32_t> customer_ids{};
  std::vector<std::uint32_t> subscription_ids{};
  std::vector<std::uint32_t> plans{};
  std::vector<std::uint32_t> texts{};
};

using AppendedIndices = std::vector<std::uint32_t> Appended::*;

/// The work of appending, in shares that each write columns or tables of their own.
class Appending {
 public:
  Appending(Records::Storage& to, std::vector<Appended>& parts) : to_(to), parts_(parts) {
    std::size_t customers = to.customers.size();
    std::size_t phases = to.phases.size();
    std::size_t events = to.events.size();
    for (Appended& part : parts) {
      part.customers = std::exchange(customers, customers + part.storage->customers.size());
      part.phases = std::exchange(phases, phases + part.storage->phases.size());
      part.events = std::exchange(events, events + part.storage->events.size());
    }
    require_room(customers);
    require_room(phases);
    require_room(events);
  }

  void run(unsigned threads) {
    intern_ids(threads);
    append_columns(threads);
    for (const Appended& part : parts_) {
      for (const auto& [invoice, row] : part.storage->invoices)
        to_.invoices.push_back({invoice, row + part.rows_before});
      for (const auto& [rate, row] : part.storage->fx_rates)
        to_.fx_rates.push_back({rate, row + part.rows_before});
    }
  }

 private:
  using Share = std::function<void()>;

  static void do_all(const std::vector<Share>& shares, unsigned threads) {
    do_shares(shares.size(), threads, [&] { return [&](std::size_t i) { shares[i](); }; });
  }

  /// Where much is to come. Small parts that are appended one by one must not each move what is there.
  template <class Table>
  static void make_room(Table& table, std::size_t more) {
    if (more > table.size()) table.reserve(table.size() + more);
  }

  /// All ids of a table in the order of the parts, so that they have the indices that row by row they would get.
  [[nodiscard]] Share interning(IdTable Records::Storage::*table, AppendedIndices indices) {
    return [this, table, indices] {
      for (Appended& part : parts_) part.*indices = (to_.*table).intern_all((*part.storage).*table);
    };
  }

  void intern_ids(unsigned threads) {
    using Storage = Records::Storage;
    std::size_t customers = 0;
    for (const Appended& part : parts_) customers += part.storage->customers.size();
    make_room(to_.customer_ids, customers);
    std::vector<Share> shares{interning(&Storage::subscription_ids, &Appended::subscription_ids),
                              interning(&Storage::customer_ids, &Appended::customer_ids),
                              interning(&Storage::texts, &Appended::texts),
                              interning(&Storage::plans, &Appended::plans)};
    for (const Appended& part : parts_)
      for (const AttributeColumn& column : part.storage->customers.attributes)
        static_cast<void>(to_.attribute(column.name));
    for (AttributeColumn& column : to_.customers.attributes)
      shares.emplace_back([this, &column] { append_attribute(column); });
    do_all(shares, threads);
  }

  void append_attribute(AttributeColumn& column) {
    for (const Appended& part : parts_)
      for (const AttributeColumn& more : part.storage->customers.attributes)
        if (more.name == column.name) {
          const std::vector<std::uint32_t> values = column.values.intern_all(more.values);
          column.value.append(part.customers, more.value, converted_by(values));
        }
  }

  // How a column of each kind is appended. `table` and `rows` tell of which table it is a column.

  template <class Table, class T>
  [[nodiscard]] Share values(Table Records::Storage::*table, PlainColumn<T> Table::*column) {
    return [this, table, column] {
      auto& to = to_.*table.*column;
      make_room(to, total(table, column));
      for (const Appended& part : parts_) to.append((*part.storage).*table.*column);
    };
  }
  template <class Table>
  [[nodiscard]] Share indices(Table Records::Storage::*table, PlainColumn<std::uint32_t> Table::*column,
                              AppendedIndices index_of) {
    return [this, table, column, index_of] {
      auto& to = to_.*table.*column;
      std::size_t at = to.size();
      to.resize(at + total(table, column));
      const auto values = to.writable();
      for (const Appended& part : parts_)
        for (const std::uint32_t index : (*part.storage).*table.*column)
          values[at++] = (part.*index_of)[index];
    };
  }
  template <class Table, class Column>
  [[nodiscard]] Share optional(Table Records::Storage::*table, std::size_t Appended::*rows,
                               Column Table::*column) {
    return [this, table, rows, column] {
      for (const Appended& part : parts_)
        (to_.*table.*column).append(part.*rows, (*part.storage).*table.*column);
    };
  }
  template <class Table>
  [[nodiscard]] Share optional_indices(Table Records::Storage::*table, std::size_t Appended::*rows,
                                       OptionalColumn<std::uint32_t> Table::*column,
                                       AppendedIndices index_of) {
    return [this, table, rows, column, index_of] {
      for (const Appended& part : parts_)
        (to_.*table.*column).append(part.*rows, (*part.storage).*table.*column, converted_by(part.*index_of));
    };
  }
  template <class Table>
  [[nodiscard]] Share row_numbers(Table Records::Storage::*table, std::size_t Appended::*rows) {
    return [this, table, rows] {
      for (const Appended& part : parts_)
        (to_.*table)
            .row.append(part.*rows, ((*part.storage).*table).row, ((*part.storage).*table).size(),
                        part.rows_before);
    };
  }
  template <class Table, class T>
  [[nodiscard]] std::size_t total(Table Records::Storage::*table, PlainColumn<T> Table::*column) const {
    std::size_t rows = 0;
    for (const Appended& part : parts_) rows += ((*part.storage).*table.*column).size();
    return rows;
  }

  /// The largest first.
  void append_columns(unsigned threads) {
    const auto phases = &Records::Storage::phases;
    const auto customers = &Records::Storage::customers;
    const auto events = &Records::Storage::events;
    const auto phase_rows = &Appended::phases;
    const auto customer_rows = &Appended::customers;
    const auto event_rows = &Appended::events;
    const auto customer_ids = &Appended::customer_ids;
    const auto texts = &Appended::texts;
    do_all({values(phases, &PhaseTable::amount),
            indices(phases, &PhaseTable::subscription, &Appended::subscription_ids),
            indices(phases, &PhaseTable::customer, customer_ids),
            indices(phases, &PhaseTable::plan, &Appended::plans),
            values(phases, &PhaseTable::starts_on),
            values(phases, &PhaseTable::ends_on),
            values(events, &EventTable::at),
            indices(events, &EventTable::customer, customer_ids),
            indices(events, &EventTable::kind, texts),
            optional(events, event_rows, &EventTable::value),
            optional_indices(events, event_rows, &EventTable::label, texts),
            row_numbers(events, event_rows),
            indices(customers, &CustomerTable::id, customer_ids),
            optional(customers, customer_rows, &CustomerTable::signed_up_on),
            optional(customers, customer_rows, &CustomerTable::excluded),
            optional_indices(customers, customer_rows, &CustomerTable::merged_into, customer_ids),
            optional_indices(customers, customer_rows, &CustomerTable::name, texts),
            row_numbers(customers, customer_rows),
            values(phases, &PhaseTable::scale),
            values(phases, &PhaseTable::currency),
            values(phases, &PhaseTable::interval),
            optional(phases, phase_rows, &PhaseTable::interval_count),
            optional(phases, phase_rows, &PhaseTable::quantity),
            optional(phases, phase_rows, &PhaseTable::discount_percent),
            optional(phases, phase_rows, &PhaseTable::discount_amount),
            optional(phases, phase_rows, &PhaseTable::discount_ends_on),
            optional(phases, phase_rows, &PhaseTable::trial_ends_on),
            optional(phases, phase_rows, &PhaseTable::cancel_requested_on),
            optional_indices(phases, phase_rows, &PhaseTable::end_reason, texts),
            optional(phases, phase_rows, &PhaseTable::paused_from),
            optional(phases, phase_rows, &PhaseTable::paused_until),
            optional(phases, phase_rows, &PhaseTable::term_ends_on),
            row_numbers(phases, phase_rows)},
           threads);
  }

  Records::Storage& to_;
  std::vector<Appended>& parts_;
};

/// Takes back what an interrupted append of customers left behind the first `rows` rows.
void truncate(CustomerTable& table, std::size_t rows) {
  for (AttributeColumn& column : table.attributes)
    for (std::size_t i = column.value.size(); i-- > rows;) column.value.set(i, no_index);
  table.id.truncate(rows);
}

}  // namespace

void Records::append(const Records& more, std::int64_t rows_before) {
  const RecordsPart part{&more, rows_before};
  append(std::span{&part, 1}, 1);
}

void Records::append(std::span<const RecordsPart> more, unsigned threads) {
  std::vector<Appended> parts;
  for (const RecordsPart& part : more) parts.push_back({part.records->shared_storage(), part.rows_before});
  Storage& storage = writable();
  Appending appending(storage, parts);
  const std::size_t customers = storage.customers.size();
  const std::size_t phases = storage.phases.size();
  const std::size_t events = storage.events.size();
  const std::size_t invoices = storage.invoices.size();
  const std::size_t rates = storage.fx_rates.size();
  append_or_undo([&] { appending.run(threads); },
                 [&] {
                   truncate(storage.customers, customers);
                   storage.phases.truncate(phases);
                   storage.events.truncate(events);
                   const auto cut = [](auto& rows, std::size_t count) {
                     rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end());
                   };
                   cut(storage.invoices, invoices);
                   cut(storage.fx_rates, rates);
                 });
}

}  // namespace churn::inline v0

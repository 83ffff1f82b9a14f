// Records::add of rows that a reader of the library's own has in columns.
#include <churn/book/records.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "book/append_rows.hpp"
#include "book/customer_block.hpp"
#include "book/phase_block.hpp"
#include "core/words.hpp"

namespace churn::inline v0 {

namespace {

/// Of texts of which a few come again and again, such as plans: the table is asked for each of them once.
class FewTexts {
 public:
  explicit FewTexts(IdTable& table) : table_(table) {}

  std::uint32_t index_of(std::string_view text) {
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15U;  // spreads bits upwards
    Known& known = known_[word_of(text.substr(0, 8)) * odd >> 59];
    if (known.index == no_index || !is_same(known.text, text)) known = {text, table_.intern(text)};
    return known.index;
  }

 private:
  struct Known {
    std::string_view text{};
    std::uint32_t index{no_index};
  };
  IdTable& table_;
  std::array<Known, 32> known_{};  // the last text of a kind
};

/// Interns the texts that are not empty; of the others, there is no index.
void intern_given(IdTable& table, std::span<const std::string_view> texts, std::span<std::uint32_t> indices) {
  FewTexts few(table);
  for (std::size_t i = 0; i < texts.size(); ++i)
    indices[i] = texts[i].empty() ? no_index : few.index_of(texts[i]);
}

/// Makes the values of a block, or none of them, those of the rows from `before` on.
template <class T>
void set_values(OptionalColumn<T>& column, std::size_t before, std::span<const T> values) {
  const auto is_default = [&column](const T& value) { return column.is_default(value); };
  const auto given = std::find_if_not(values.rbegin(), values.rend(), is_default);  // the last
  const auto count = static_cast<std::size_t>(values.rend() - given);
  if (count == 0 && column.size() <= before) return;
  const T fallback = column[column.size()];  // behind the last of them
  OptionalColumn<T>::each_column(column, [&](PlainColumn<T>& own) {
    own.truncate(before);  // what an interrupted append left behind
    if (count == 0) return;
    own.resize(before, fallback);
    own.append(values.first(count));
  });
}
void set_values(OptionalDecimals& column, std::size_t before, std::span<const Decimal> values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!column.is_default(values[i]) || before + i < column.size()) column.set(before + i, values[i]);
}

/// Sets the numbers of rows, which count up: they break at the first of them only, unless some are left out.
void set_rows(RowNumbers& numbers, std::size_t before, std::span<const std::int64_t> rows) {
  const auto last = static_cast<std::int64_t>(rows.size()) - 1;
  const bool left_out = !rows.empty() && rows.back() - rows.front() != last;
  for (std::size_t i = 0; i < (left_out ? rows.size() : std::min<std::size_t>(rows.size(), 1)); ++i)
    numbers.set(before + i, rows[i]);
}

/// The columns of a block's attributes. Those that there are not yet are made in the order in which customer by
/// customer they would be, and none as long as no customer has a value.
std::vector<std::size_t> columns_of(const CustomerBlock& block, std::size_t count,
                                    Records::Storage& storage) {
  std::vector<std::size_t> columns(block.attributes.size(), no_index);
  std::vector<std::pair<std::size_t, std::size_t>> missing;  // the first that has a value, the attribute
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const auto& [name, values] = block.attributes[k];
    if (const auto found = storage.customers.attribute_names.find(name);
        found && *found < storage.customers.attributes.size()) {
      columns[k] = *found;
      continue;
    }
    const auto first = std::find_if(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count),
                                    [](std::string_view value) { return !value.empty(); });
    missing.emplace_back(static_cast<std::size_t>(first - values.begin()), k);
  }
  std::sort(missing.begin(), missing.end());
  for (const auto& [first, k] : missing)
    if (first < count)
      columns[k] = static_cast<std::size_t>(&storage.attribute(block.attributes[k].name) -
                                            storage.customers.attributes.data());
  return columns;
}

}  // namespace

void Records::add(const CustomerBlock& block, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (block.id[i].empty()) throw Error(ErrorCode::bad_id, "An id can't be empty.");
  Storage& storage = writable();
  CustomerTable& table = storage.customers;
  const std::size_t before = table.size();
  require_room(before + count);

  const auto set = [&](auto& column, const auto& values) {
    set_values(column, before, std::span{values}.first(values.empty() ? 0 : count));
  };
  std::vector<std::uint32_t> indices(count);
  const auto append = [&] {
    const std::vector<std::size_t> columns = columns_of(block, count, storage);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      if (columns[k] == no_index) continue;
      AttributeColumn& column = table.attributes[columns[k]];
      intern_given(column.values, std::span{block.attributes[k].value}.first(count), indices);
      set(column.value, indices);
    }
    set(table.signed_up_on, block.signed_up_on);
    set(table.excluded, block.excluded);
    if (!block.name.empty()) {
      intern_given(storage.texts, std::span{block.name}.first(count), indices);
      set(table.name, indices);
    }
    std::vector<std::uint32_t> ids(count);
    const auto merged = std::span{block.merged_into}.first(block.merged_into.empty() ? 0 : count);
    if (std::all_of(merged.begin(), merged.end(), [](std::string_view id) { return id.empty(); })) {
      storage.customer_ids.intern(std::span{block.id}.first(count), ids);
    } else {  // in the order in which they come row by row
      for (std::size_t i = 0; i < count; ++i) {
        ids[i] = storage.customer_ids.intern(block.id[i]);
        indices[i] = merged[i].empty() ? no_index : storage.customer_ids.intern(merged[i]);
      }
      set(table.merged_into, indices);
    }
    set_rows(table.row, before, std::span{block.row}.first(count));
    table.id.append(ids);  // last: a row exists once its id does
  };
  append_or_undo(append, [&] {
    for (AttributeColumn& column : table.attributes)
      for (std::size_t i = column.value.size(); i-- > before;) column.value.set(i, no_index);
  });
}

void Records::add(const PhaseBlock& phases, std::size_t count) {
  const auto first = [count](const auto& column) { return std::span{column}.first(count); };
  for (const auto* ids : {&phases.subscription, &phases.customer})
    for (const std::string_view id : first(*ids))
      if (id.empty()) throw Error(ErrorCode::bad_id, "An id can't be empty.");
  Storage& storage = writable();
  PhaseTable& table = storage.phases;
  const std::size_t before = table.size();
  require_room(before + count);

  std::vector<std::uint32_t> answers(count);
  const auto intern = [&](IdTable& ids, const auto& texts, PlainColumn<std::uint32_t>& out) {
    out.resize(before);  // without what an interrupted append left behind
    ids.intern(first(texts), out.extend(count));
  };
  const auto set = [&](auto& column, const auto& values) {
    set_values(column, before, std::span{values}.first(values.empty() ? 0 : count));
  };
  const auto append = [&] {
    intern(storage.subscription_ids, phases.subscription, table.subscription);
    intern(storage.customer_ids, phases.customer, table.customer);
    table.plan.resize(before + count);
    const auto plans = table.plan.writable().subspan(before);
    FewTexts few(storage.plans);
    for (std::size_t i = 0; i < count; ++i) plans[i] = few.index_of(phases.plan[i]);
    table.ends_on.append(first(phases.ends_on));
    table.amount.append(first(phases.amount));
    table.scale.append(first(phases.scale));
    table.currency.append(first(phases.currency));
    table.interval.append(first(phases.interval));
    set(table.interval_count, phases.interval_count);
    set(table.quantity, phases.quantity);
    set(table.discount_percent, phases.discount_percent);
    set(table.discount_amount, phases.discount_amount);
    set(table.discount_ends_on, phases.discount_ends_on);
    set(table.trial_ends_on, phases.trial_ends_on);
    set(table.cancel_requested_on, phases.cancel_requested_on);
    if (!phases.end_reason.empty()) {
      intern_given(storage.texts, first(phases.end_reason), answers);
      set(table.end_reason, answers);
    }
    set(table.paused_from, phases.paused_from);
    set(table.paused_until, phases.paused_until);
    set(table.term_ends_on, phases.term_ends_on);
    set_rows(table.row, before, first(phases.row));
    table.starts_on.append(first(phases.starts_on));  // last: a row exists once its start does
  };
  append_or_undo(append, [&] { table.truncate(before); });
}

}  // namespace churn::inline v0

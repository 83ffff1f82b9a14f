// AccountRows: which rows of the records are those of an account. Private to the library's sources.
//
// Accounts are the interned ids of customers; merged ones keep their rows apart here.
#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

/// Numbers of rows by a key of theirs, in order of row: a counting sort.
class RowsByKey {
 public:
  RowsByKey() = default;
  /// `key_of(row)` is below `keys`.
  template <class KeyOf>
  RowsByKey(std::size_t keys, std::size_t rows, KeyOf&& key_of) : first_(keys + 1, 0), rows_(rows) {
    for (std::size_t i = 0; i < rows; ++i) ++first_[key_of(i) + 1];
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
    for (std::size_t i = 0; i < rows; ++i) rows_[next[key_of(i)]++] = static_cast<std::uint32_t>(i);
  }
  [[nodiscard]] std::span<const std::uint32_t> of(std::uint32_t key) const noexcept {
    if (std::size_t{key} + 1 >= first_.size()) return {};
    return {rows_.data() + first_[key], rows_.data() + first_[key + 1]};
  }

 private:
  std::vector<std::uint32_t> first_;
  std::vector<std::uint32_t> rows_;
};

/// Rows of events that somebody heeds, by account.
class HeededEvents {
 public:
  HeededEvents() = default;
  /// `heeds(kind)` says which kinds are; each is asked for once.
  template <class Heeds>
  HeededEvents(const Records::Storage& records, Heeds&& heeds) {
    enum class Answer : std::uint8_t { not_asked, no, yes };
    std::vector<Answer> is_heeded(records.texts.size());
    const EventTable& events = records.events;
    for (std::size_t i = 0; i < events.size(); ++i) {
      Answer& answer = is_heeded[events.kind[i]];
      if (answer == Answer::not_asked)
        answer = heeds(std::string_view{records.texts.text(events.kind[i])}) ? Answer::yes : Answer::no;
      if (answer == Answer::yes) rows_.push_back(static_cast<std::uint32_t>(i));
    }
    by_account_ = RowsByKey{records.customer_ids.size(), rows_.size(),
                            [&](std::size_t i) { return events.customer[rows_[i]]; }};
  }
  /// Calls use(row) for each of an account, in order of row.
  template <class Use>
  void each_of(std::uint32_t account, Use&& use) const {
    for (const std::uint32_t i : by_account_.of(account)) use(rows_[i]);
  }

 private:
  std::vector<std::uint32_t> rows_;
  RowsByKey by_account_;
};

struct AccountRows {
  AccountRows() = default;
  explicit AccountRows(const Records::Storage& records);

  RowsByKey phases;
  RowsByKey customers;
  RowsByKey invoices;
};

}  // namespace churn::inline v0

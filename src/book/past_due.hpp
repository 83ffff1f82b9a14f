// Debts: the days on which subscriptions do not count because an invoice is overdue. Private to the library's
// sources.
//
// An invoice is a claim on the subscriptions that it or its lines name, or on all of its customer's if it names
// none; not one if its lines add up to nothing. Its due day is due_on, else issued_on; its paid day, for the
// status paid, paid_on, else the due day. What is paid on or after as_of is open. Under a PastDuePolicy other
// than `counted` its subscriptions do not count on the days [from, until):
//
//   dropped_after_days       from = due day + past_due_days
//   dropped_when_exhausted   only uncollectible invoices: from = the day of the last failed payment, or the due
//                            day, whichever is later
//   until                    the first paid day of the invoice or of one that was not issued earlier, for the
//                            same subscription; never, without one
#pragma once

#include <churn/book/conventions.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "book/account_resolver.hpp"
#include "book/records_storage.hpp"

namespace churn::inline v0 {

struct DebtSpan {
  std::int32_t from;
  std::int32_t until;  // exclusive; no_day: until as_of
};

/// The first of those days, of an invoice that is never paid; no_day: the rules drop nothing for it.
[[nodiscard]] std::int32_t first_dropped_day(const Invoice& invoice, const BookRules& rules,
                                             std::int32_t as_of);

class Debts {
 public:
  /// Nobody owes anything.
  Debts() = default;
  Debts(const Records::Storage& records, const std::vector<const InvoiceRow*>& invoices,
        const Accounts& accounts, const BookRules& rules, Date as_of);

  [[nodiscard]] bool empty() const noexcept { return spans_.empty(); }
  /// The number by which `of` knows a subscription; any other is one that no invoice names.
  [[nodiscard]] std::uint32_t number(std::string_view subscription) const {
    return names_.find(subscription).value_or(no_index);
  }
  /// In order of day; they may overlap.
  [[nodiscard]] std::span<const DebtSpan> of(std::uint32_t customer, std::uint32_t subscription) const;

  /// Shows its parts to what keeps them, or fills them again.
  template <class Self, class Visit>
  static void each_column(Self& self, Visit&& visit) {
    IdTable::each_column(self.names_, visit);
    visit(self.keys_);
    visit(self.spans_);
  }
  /// Of columns that were filled from outside: whether nothing that is asked of them leads out of them.
  [[nodiscard]] bool is_sound() const noexcept;

 private:
  struct Key {  // of the spans from `first` to that of the next key
    std::uint32_t customer;
    std::uint32_t subscription;
    std::uint64_t first;
  };
  IdTable names_;
  PlainColumn<Key> keys_;  // in order; with one behind the last
  PlainColumn<DebtSpan> spans_;
};

}  // namespace churn::inline v0

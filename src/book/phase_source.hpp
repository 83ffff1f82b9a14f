// The phases that a book counts, and the names in them. Private to the library's sources.
//
// They are those of the records or, where MRR is read from invoices, made of invoice lines. Whoever looks at a
// phase of a book looks here, never into the records.
#pragma once

#include <cstdint>
#include <string>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

struct PhaseSource {
  const PhaseTable* table;
  const IdTable* subscription_ids;
  const IdTable* plans;
  RecordTable from;         // subscriptions or invoices
  const std::string* name;  // what rejections and explanations call it

  [[nodiscard]] std::string subscription(std::uint32_t row) const {
    return subscription_ids->text(table->subscription[row]);
  }
  [[nodiscard]] std::string plan(std::uint32_t row) const { return plans->text(table->plan[row]); }
};

[[nodiscard]] inline PhaseSource phases_of(const Records::Storage& records) noexcept {
  return {&records.phases, &records.subscription_ids, &records.plans, RecordTable::subscriptions,
          &records.source(RecordTable::subscriptions)};
}

}  // namespace churn::inline v0

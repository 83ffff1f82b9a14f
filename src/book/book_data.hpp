// The columns behind Book. Private to the library's sources.
#pragma once

#include <churn/book/book.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "book/account_resolver.hpp"
#include "book/exchange.hpp"
#include "book/invoice_phases.hpp"
#include "book/past_due.hpp"
#include "book/phase_resolver.hpp"
#include "book/timeline_builder.hpp"

namespace churn::inline v0 {

struct AttributeCodes {
  PlainColumn<std::uint32_t> code;  // by customer, 0: none
  std::vector<std::string> labels;  // "(none)" first
};

struct Book::Data {
  std::shared_ptr<const Records::Storage> records;
  Date as_of;
  std::optional<Date> records_from{};
  Conventions conventions{};
  std::vector<Currency> currencies{};
  Accounts accounts{};
  std::optional<InvoicePhases> invoice_phases{};  // where MRR is read from them
  PhaseSource phases;                             // these, or those of the records
  Exchange exchange{};
  Debts debts{};
  PlainColumn<std::uint32_t> debtors{};  // by subscription, its number among the debts
  TimelineColumns timeline{};
  PlainColumn<std::uint32_t> phase_rows{};   // that count, by customer
  PlainColumn<std::uint32_t> first_phase{};  // customers + 1
  std::vector<std::string> attribute_names{};
  std::vector<AttributeCodes> attributes{};

  [[nodiscard]] Reading reading() const {
    return {phases, conventions.book, exchange, debts, debtors, as_of.days()};
  }
  /// What the amounts of a phase are shown in.
  [[nodiscard]] Currency currency_of(std::uint32_t row) const {
    return exchange.shown_in(Currency::from_index(phases.table->currency[row]));
  }
};

/// The parts of one customer, worked out again from its phases: for lists, which need plans and records.
[[nodiscard]] std::vector<Part> parts_of(const Book::Data& data, CustomerIndex customer);

}  // namespace churn::inline v0

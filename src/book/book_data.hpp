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

/// The first stay of a customer in the subscription that it had first, where building a book came upon it; else there
/// is no first phase, and whoever asks works it out.
struct FirstStay {
  std::int32_t starts_on{no_day};
  std::int32_t ends_on{no_day};         // no_day: running at as_of
  std::uint32_t first_phase{no_index};  // its row
  std::uint32_t end_reason{no_index};   // among the records' texts; no_index: none, or running
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
  /// By customer, the currency in which it ever paid, or one of the next two.
  PlainColumn<std::uint8_t> paid_in{};
  static constexpr std::uint8_t paid_in_several = 254;
  static constexpr std::uint8_t never_paid = 255;
  PlainColumn<FirstStay> first_stays{};      // by customer; empty for a book out of a file
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

/// What Book::build gives, before it is shared. `source`, where it is given, is not worked out from the records.
[[nodiscard]] std::shared_ptr<Book::Data> build_data(std::shared_ptr<const Records::Storage> records,
                                                     Date as_of, const Conventions& conventions,
                                                     std::optional<RevenueSource> source,
                                                     const BuildOptions& options, Rejections& rejections);

/// Whether MRR is read from invoices, in a book of so many phases and invoices.
[[nodiscard]] inline bool reads_invoices(RevenueSource source, std::size_t phases, std::size_t invoices) {
  return source == RevenueSource::invoices ||
         (source == RevenueSource::automatic && phases == 0 && invoices > 0);
}

/// Where what a book has worked out and what its phases say meet, and don't agree: only a file that somebody has
/// made up can bring that about (sound_book.hpp).
[[noreturn]] inline void throw_made_up() {
  throw Error(
      ErrorCode::unreadable,
      "The days of a customer are not those that its phases lead to. Build the book from its records.");
}

/// The parts of one customer, worked out again from its phases: for lists, which need plans and records.
[[nodiscard]] std::vector<Part> parts_of(const Book::Data& data, CustomerIndex customer);

}  // namespace churn::inline v0

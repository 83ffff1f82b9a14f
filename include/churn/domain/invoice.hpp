// Invoice: what was billed, with its lines and payments. Amounts are exact and carry their currency.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/core/billing_cycle.hpp>
#include <churn/core/date.hpp>
#include <churn/core/id.hpp>
#include <churn/core/money.hpp>
#include <churn/core/price.hpp>
#include <churn/core/timestamp.hpp>

namespace churn::inline v0 {

/// What became of an invoice.
enum class InvoiceStatus : std::uint8_t {
  draft,          ///< not sent yet: it says nothing
  open,           ///< owed
  paid,           ///< on `paid_on`, or if that is empty when it was due
  uncollectible,  ///< owed, and collecting was given up
  void_           ///< taken back: it says nothing; `void` in files
};
/// What a line charges for.
enum class LineKind : std::uint8_t {
  recurring,  ///< a service period of what is charged again and again
  proration,  ///< a change inside a service period: what it adds, or what is given back
  usage,      ///< what was metered in a service period; MRR only if the conventions count it
  one_time    ///< set-up, goods, services: never MRR
};
/// What came of a payment.
enum class PaymentStatus : std::uint8_t {
  succeeded,  ///< the money came
  failed,     ///< an attempt that brought none
  refunded    ///< money that went back
};

/// The names of the interchange files: `draft`, …, `void`; `recurring`, …; `succeeded`, ….
[[nodiscard]] std::optional<InvoiceStatus> parse_invoice_status(std::string_view name) noexcept;
/// The same for lines.
[[nodiscard]] std::optional<LineKind> parse_line_kind(std::string_view name) noexcept;
/// The same for payments.
[[nodiscard]] std::optional<PaymentStatus> parse_payment_status(std::string_view name) noexcept;
/// The name that is read back as this.
[[nodiscard]] std::string_view invoice_status_name(InvoiceStatus status) noexcept;
/// The same for lines.
[[nodiscard]] std::string_view line_kind_name(LineKind kind) noexcept;
/// The same for payments.
[[nodiscard]] std::string_view payment_status_name(PaymentStatus status) noexcept;

/// One charge or credit of an invoice.
struct InvoiceLine {
  std::string id{};                              ///< for messages about the line; may be empty
  std::optional<SubscriptionId> subscription{};  ///< empty: that of the invoice, without one the customer's
  std::string plan{};                            ///< may be empty
  Money amount;                                  ///< after discount, before tax
  std::optional<Money> tax{};                    ///< on top of `amount`; never MRR
  std::optional<std::int64_t> quantity{};        ///< units, such as seats; empty: not known
  std::optional<Price> unit_price{};  ///< of one unit for one cycle, before discount; empty: not known
  /// Empty: the service period is one; of a proration, that of the recurring line before it.
  std::optional<BillingCycle> cycle{};
  std::optional<Date> period_start{};  ///< first day of service; a line of which MRR is read needs both
  std::optional<Date> period_end{};    ///< exclusive
  LineKind kind{LineKind::recurring};  ///< whether it makes MRR, and how

  friend bool operator==(const InvoiceLine&, const InvoiceLine&) = default;
};

/// One attempt to collect an invoice, or a refund of it.
struct Payment {
  Timestamp at;                   ///< in UTC; the book's time zone makes it a day
  PaymentStatus status;           ///< what came of it
  std::optional<Money> amount{};  ///< empty: not recorded
  std::string failure_code{};     ///< of a failed one, in the processor's words; may be empty

  friend bool operator==(const Payment&, const Payment&) = default;
};

/// One bill with what it charges for and how it was paid.
struct Invoice {
  InvoiceId id;                   ///< by which lines and payments in files name it
  CustomerId customer;            ///< who owes it
  Date issued_on;                 ///< the day from which on it is known
  std::optional<Date> due_on{};   ///< it is overdue after this day; empty: due when issued
  std::optional<Date> paid_on{};  ///< for the status paid; empty: when it was due
  Currency currency;              ///< what it is billed in
  InvoiceStatus status;           ///< the latest; paid on or after as_of counts as owed
  /// That it is for, beside those of its lines. Empty, and none in these: all of the customer's.
  std::optional<SubscriptionId> subscription{};
  std::vector<InvoiceLine> lines{};  ///< without any it makes no MRR, but may be owed
  std::vector<Payment> payments{};   ///< in any order

  friend bool operator==(const Invoice&, const Invoice&) = default;
};

}  // namespace churn::inline v0

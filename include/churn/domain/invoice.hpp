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

enum class InvoiceStatus : std::uint8_t { draft, open, paid, uncollectible, void_ };
enum class LineKind : std::uint8_t { recurring, proration, usage, one_time };
enum class PaymentStatus : std::uint8_t { succeeded, failed, refunded };

/// The names of the interchange files: `draft`, …, `void`; `recurring`, …; `succeeded`, ….
[[nodiscard]] std::optional<InvoiceStatus> parse_invoice_status(std::string_view name) noexcept;
[[nodiscard]] std::optional<LineKind> parse_line_kind(std::string_view name) noexcept;
[[nodiscard]] std::optional<PaymentStatus> parse_payment_status(std::string_view name) noexcept;
[[nodiscard]] std::string_view invoice_status_name(InvoiceStatus status) noexcept;
[[nodiscard]] std::string_view line_kind_name(LineKind kind) noexcept;
[[nodiscard]] std::string_view payment_status_name(PaymentStatus status) noexcept;

struct InvoiceLine {
  std::string id{};
  std::optional<SubscriptionId> subscription{};
  std::string plan{};
  Money amount;  ///< after discount, before tax
  std::optional<Money> tax{};
  std::optional<std::int64_t> quantity{};
  std::optional<Price> unit_price{};
  std::optional<BillingCycle> cycle{};
  std::optional<Date> period_start{};
  std::optional<Date> period_end{};  ///< exclusive
  LineKind kind{LineKind::recurring};

  friend bool operator==(const InvoiceLine&, const InvoiceLine&) = default;
};

struct Payment {
  Timestamp at;
  PaymentStatus status;
  std::optional<Money> amount{};
  std::string failure_code{};

  friend bool operator==(const Payment&, const Payment&) = default;
};

struct Invoice {
  InvoiceId id;
  CustomerId customer;
  Date issued_on;
  std::optional<Date> due_on{};
  std::optional<Date> paid_on{};
  Currency currency;
  InvoiceStatus status;
  std::optional<SubscriptionId> subscription{};
  std::vector<InvoiceLine> lines{};
  std::vector<Payment> payments{};

  friend bool operator==(const Invoice&, const Invoice&) = default;
};

}  // namespace churn::inline v0

#include <churn/domain/invoice.hpp>

#include <array>
#include <string_view>

namespace churn::inline v0 {

namespace {

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

constexpr std::array<std::string_view, 5> invoice_statuses{"draft", "open", "paid", "uncollectible", "void"};
constexpr std::array<std::string_view, 4> line_kinds{"recurring", "proration", "usage", "one_time"};
constexpr std::array<std::string_view, 3> payment_statuses{"succeeded", "failed", "refunded"};

}  // namespace

std::optional<InvoiceStatus> parse_invoice_status(std::string_view name) noexcept {
  return find_name<InvoiceStatus>(invoice_statuses, name);
}
std::optional<LineKind> parse_line_kind(std::string_view name) noexcept {
  return find_name<LineKind>(line_kinds, name);
}
std::optional<PaymentStatus> parse_payment_status(std::string_view name) noexcept {
  return find_name<PaymentStatus>(payment_statuses, name);
}

std::string_view invoice_status_name(InvoiceStatus status) noexcept {
  return invoice_statuses[static_cast<std::size_t>(status)];
}
std::string_view line_kind_name(LineKind kind) noexcept { return line_kinds[static_cast<std::size_t>(kind)]; }
std::string_view payment_status_name(PaymentStatus status) noexcept {
  return payment_statuses[static_cast<std::size_t>(status)];
}

}  // namespace churn::inline v0

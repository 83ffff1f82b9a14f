#include <churn/domain/invoice.hpp>

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace churn {
namespace {

static_assert(std::is_aggregate_v<Invoice> && std::is_aggregate_v<InvoiceLine> &&
              std::is_aggregate_v<Payment>);
static_assert(!std::is_default_constructible_v<Invoice> && !std::is_default_constructible_v<InvoiceLine> &&
              !std::is_default_constructible_v<Payment>);
static_assert(!std::is_convertible_v<InvoiceStatus, int> &&
              !std::is_assignable_v<InvoiceStatus&, PaymentStatus>);

TEST(InvoiceStatus, is_read_from_the_names_of_the_interchange_files) {
  EXPECT_EQ(parse_invoice_status("draft"), InvoiceStatus::draft);
  EXPECT_EQ(parse_invoice_status("open"), InvoiceStatus::open);
  EXPECT_EQ(parse_invoice_status("paid"), InvoiceStatus::paid);
  EXPECT_EQ(parse_invoice_status("uncollectible"), InvoiceStatus::uncollectible);
  EXPECT_EQ(parse_invoice_status("void"), InvoiceStatus::void_);
}

TEST(LineKind, is_read_from_the_names_of_the_interchange_files) {
  EXPECT_EQ(parse_line_kind("recurring"), LineKind::recurring);
  EXPECT_EQ(parse_line_kind("proration"), LineKind::proration);
  EXPECT_EQ(parse_line_kind("usage"), LineKind::usage);
  EXPECT_EQ(parse_line_kind("one_time"), LineKind::one_time);
}

TEST(PaymentStatus, is_read_from_the_names_of_the_interchange_files) {
  EXPECT_EQ(parse_payment_status("succeeded"), PaymentStatus::succeeded);
  EXPECT_EQ(parse_payment_status("failed"), PaymentStatus::failed);
  EXPECT_EQ(parse_payment_status("refunded"), PaymentStatus::refunded);
}

TEST(Invoice, words_that_are_no_names_are_empty) {
  for (const char* word : {"", "Paid", "PAID", " paid", "paid ", "void_", "one-time", "success", "pending"}) {
    EXPECT_FALSE(parse_invoice_status(word)) << word;
    EXPECT_FALSE(parse_line_kind(word)) << word;
    EXPECT_FALSE(parse_payment_status(word)) << word;
  }
}

TEST(Invoice, holds_lines_and_payments_in_its_own_terms) {
  const Currency usd{"USD"};
  const Invoice invoice{
      .id = InvoiceId{"i1"},
      .customer = CustomerId{"c1"},
      .issued_on = Date::of(2024, 1, 1),
      .currency = usd,
      .status = InvoiceStatus::open,
      .lines = {{.amount = Money{4900, usd}}},
      .payments = {{.at = Timestamp::at_midnight(Date::of(2024, 1, 2)), .status = PaymentStatus::failed}}};
  EXPECT_EQ(invoice.lines.at(0).kind, LineKind::recurring);
  EXPECT_EQ(invoice.lines.at(0).amount, Money(4900, usd));
  EXPECT_FALSE(invoice.paid_on || invoice.due_on || invoice.subscription || invoice.lines[0].unit_price);
  EXPECT_EQ(invoice.payments.at(0).status, PaymentStatus::failed);
}

}  // namespace
}  // namespace churn

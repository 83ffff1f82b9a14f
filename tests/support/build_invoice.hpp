// Invoices for tests, said in sentences:
//
//   an_invoice("i1", "2024-06-16", {A::proration("pro", "5.00").from("2024-06-16").until("2024-07-01")})
//
// is one of customer ann for her subscription s1, in US dollars, paid on the day it was issued.
#pragma once

#include <churn/churn.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"

namespace support {

/// A line of an invoice.
class A {
 public:
  static A charge(std::string plan, const char* amount) {
    return A{std::move(plan), amount, churn::LineKind::recurring};
  }
  static A proration(std::string plan, const char* amount) {
    return A{std::move(plan), amount, churn::LineKind::proration};
  }
  static A usage(std::string plan, const char* amount) {
    return A{std::move(plan), amount, churn::LineKind::usage};
  }
  static A once(std::string plan, const char* amount) {
    return A{std::move(plan), amount, churn::LineKind::one_time};
  }

  A& from(const char* start) { return line_.period_start = day(start), *this; }
  A& until(const char* end) { return line_.period_end = day(end), *this; }
  A& of(std::int64_t quantity, const char* unit) {
    line_.quantity = quantity;
    line_.unit_price = churn::Price{churn::Decimal::parse(unit).value(), churn::Currency{"USD"}};
    return *this;
  }
  A& every(std::int32_t count, churn::BillingInterval interval) {
    return line_.cycle = churn::BillingCycle{interval, count}, *this;
  }
  A& monthly() { return every(1, churn::BillingInterval::month); }
  A& for_subscription(const char* id) { return line_.subscription = churn::SubscriptionId{id}, *this; }
  operator churn::InvoiceLine() const { return line_; }  // NOLINT: a sentence is a line

 private:
  A(std::string plan, const char* amount, churn::LineKind kind)
      : line_{.plan = std::move(plan),
              .amount = churn::Money::parse(amount, churn::Currency{"USD"}).value(),
              .kind = kind} {}
  churn::InvoiceLine line_;
};

inline churn::Invoice an_invoice(const char* id, const char* issued_on, std::vector<churn::InvoiceLine> lines,
                                 churn::InvoiceStatus status = churn::InvoiceStatus::paid) {
  churn::Invoice invoice{.id = churn::InvoiceId{id},
                         .customer = churn::CustomerId{"ann"},
                         .issued_on = day(issued_on),
                         .currency = churn::Currency{"USD"},
                         .status = status,
                         .subscription = churn::SubscriptionId{"s1"},
                         .lines = std::move(lines)};
  if (status == churn::InvoiceStatus::paid) invoice.paid_on = invoice.issued_on;
  return invoice;
}

}  // namespace support

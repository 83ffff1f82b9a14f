// Invoices and the attempts to collect them for tests, said in sentences:
//
//   an_invoice_of("ann").billed("50.00").failed("2024-03-01", "expired_card").paid("2024-03-04")
//
// is open, of 2024-03-01 and without a subscription unless something else is said. Days stand for noon UTC; instants
// can be given, too.
#pragma once

#include <churn/churn.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/build_book.hpp"

namespace support {

class ClaimSentence {
 public:
  ClaimSentence(std::string id, std::string customer)
      : invoice_{.id = churn::InvoiceId{std::move(id)},
                 .customer = churn::CustomerId{std::move(customer)},
                 .issued_on = day("2024-03-01"),
                 .currency = churn::Currency{"USD"},
                 .status = churn::InvoiceStatus::open} {}

  ClaimSentence& in(std::string_view currency) {
    return invoice_.currency = churn::Currency{currency}, *this;
  }
  ClaimSentence& issued(std::string_view on) { return invoice_.issued_on = day(on), *this; }
  ClaimSentence& due(std::string_view on) { return invoice_.due_on = day(on), *this; }
  ClaimSentence& for_subscription(const char* id) {
    return invoice_.subscription = churn::SubscriptionId{id}, *this;
  }
  /// Another line.
  ClaimSentence& billed(std::string_view amount, std::optional<std::string_view> tax = {}) {
    churn::InvoiceLine line{.id = std::to_string(invoice_.lines.size() + 1), .amount = money(amount)};
    if (tax) line.tax = money(*tax);
    invoice_.lines.push_back(std::move(line));
    return *this;
  }
  ClaimSentence& failed(std::string_view at, std::string code = {}, std::string_view amount = {}) {
    return attempt(at, churn::PaymentStatus::failed, amount, std::move(code));
  }
  ClaimSentence& succeeded(std::string_view at, std::string_view amount = {}) {
    return attempt(at, churn::PaymentStatus::succeeded, amount);
  }
  ClaimSentence& refunded(std::string_view at, std::string_view amount = {}) {
    return attempt(at, churn::PaymentStatus::refunded, amount);
  }
  /// By an attempt that succeeded, and by its status.
  ClaimSentence& paid(std::string_view on) { return succeeded(on).marked_paid(on); }
  /// By its status alone.
  ClaimSentence& marked_paid(std::optional<std::string_view> on = {}) {
    invoice_.status = churn::InvoiceStatus::paid;
    if (on) invoice_.paid_on = day(on->substr(0, 10));
    return *this;
  }
  ClaimSentence& is(churn::InvoiceStatus status) { return invoice_.status = status, *this; }

  operator churn::Invoice() const { return invoice_; }  // NOLINT: a sentence is an invoice

 private:
  [[nodiscard]] churn::Money money(std::string_view amount) const {
    return churn::Money::parse(amount, invoice_.currency).value();
  }
  ClaimSentence& attempt(std::string_view at, churn::PaymentStatus status, std::string_view amount,
                         std::string code = {}) {
    const std::string text = at.size() == 10 ? std::string(at) + "T12:00:00Z" : std::string(at);
    churn::Payment payment{churn::Timestamp::parse(text).value(), status};
    if (!amount.empty()) payment.amount = money(amount);
    payment.failure_code = std::move(code);
    invoice_.payments.push_back(std::move(payment));
    return *this;
  }

  churn::Invoice invoice_;
};

/// Called like its customer, unless an id is given.
inline ClaimSentence an_invoice_of(const std::string& customer, const std::string& id = {}) {
  return {id.empty() ? customer : id, customer};
}

using Claims = std::vector<churn::Invoice>;

inline churn::Book book_with_claims(std::string_view as_of, const CustomerSentences& customers,
                                    const Claims& claims, const churn::Conventions& conventions = {},
                                    std::optional<std::string_view> records_from = {}) {
  churn::Records records = records_of(customers, records_from);
  for (const churn::Invoice& claim : claims) records.add(claim);
  return churn::Book::build(records, day(as_of), conventions).book;
}

}  // namespace support

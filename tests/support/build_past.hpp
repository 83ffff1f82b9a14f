// What customers did and owed, for tests of what was known of them:
//
//   const TestBook book{{a_customer("ann")}, {did("ann", "2024-03-01T10:00:00Z", "login")}};
//   book.past("ann", "2024-03-10").count("login", 28)
//
// The book is as of 2024-07-01 unless it is said.
#pragma once

#include <churn/churn.hpp>
#include <churn/indicator/past.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/build_book.hpp"

namespace support {

inline churn::Event did(std::string customer, std::string_view at, std::string kind,
                        std::string_view value = "1", std::string label = {}) {
  return {churn::CustomerId{std::move(customer)}, churn::Timestamp::parse(at).value(), std::move(kind),
          churn::Decimal::parse(value).value(), std::move(label)};
}

/// Of one line, 10.00 USD.
inline churn::Invoice a_bill(std::string customer, std::string id, std::string_view issued_on,
                             churn::InvoiceStatus status, std::optional<std::string_view> due_on = {},
                             std::optional<std::string_view> paid_on = {}, const char* amount = "10.00") {
  const churn::Currency usd{"USD"};
  churn::Invoice invoice{.id = churn::InvoiceId{std::move(id)},
                         .customer = churn::CustomerId{std::move(customer)},
                         .issued_on = day(issued_on),
                         .currency = usd,
                         .status = status,
                         .lines = {churn::InvoiceLine{.amount = churn::Money::parse(amount, usd).value()}}};
  if (due_on) invoice.due_on = day(*due_on);
  if (paid_on) invoice.paid_on = day(*paid_on);
  return invoice;
}

/// A book and a reader of it. A customer of whom no subscription is told has one of 10.00 a month from 2024-01-01.
struct TestBook {
  TestBook(CustomerSentences customers, const std::vector<churn::Event>& events = {},
           const std::vector<churn::Invoice>& invoices = {}, std::string_view as_of = "2024-07-01",
           const churn::Conventions& conventions = {}, churn::EventKindMap mapped = {},
           std::optional<std::string_view> records_from = {})
      : book(built(std::move(customers), events, invoices, as_of, conventions, records_from)),
        kinds(std::move(mapped)),
        reader_(std::make_unique<churn::PastReader>(book, kinds)) {}

  TestBook(TestBook&&) = delete;  // the reader refers to the book

  [[nodiscard]] const churn::Past& past(const std::string& customer, std::string_view on) const {
    return reader_->at(book.find(churn::CustomerId{customer}).value(), day(on));
  }
  [[nodiscard]] const churn::PastReader& reader() const { return *reader_; }

  churn::Book book;
  churn::EventKindMap kinds;

 private:
  static churn::Book built(CustomerSentences customers, const std::vector<churn::Event>& events,
                           const std::vector<churn::Invoice>& invoices, std::string_view as_of,
                           const churn::Conventions& conventions,
                           std::optional<std::string_view> records_from) {
    for (CustomerSentence& customer : customers)
      if (!customer.has_subscription()) customer.on("basic");
    churn::Records records = records_of(customers, records_from);
    for (const churn::Event& event : events) records.add(event);
    for (const churn::Invoice& invoice : invoices) records.add(invoice);
    return churn::Book::build(records, day(as_of), conventions).book;
  }

  std::unique_ptr<churn::PastReader> reader_;
};

}  // namespace support

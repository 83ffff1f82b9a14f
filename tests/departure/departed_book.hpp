// Books in which customers leave, are asked why and answer, said in sentences:
//
//   const Book book = DepartedBook{a_customer("ann").on("pro").until("2024-03-01").because("competitor")}
//                         .asked("ann", "2024-03-02").answered("ann", "2024-03-05", "too_expensive")
//                         .as_of("2024-07-01");
#pragma once

#include <churn/churn.hpp>
#include <churn/io/book_folder.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

#include "support/build_book.hpp"

namespace departure_test {

class DepartedBook {
 public:
  DepartedBook(std::initializer_list<support::CustomerSentence> customers)
      : records_(support::records_of(customers)) {}

  /// At noon, or at the instant given.
  DepartedBook& event(const std::string& customer, std::string_view at, std::string kind,
                      std::string label = {}) {
    const std::string instant = at.size() == 10 ? std::string(at) + "T12:00" : std::string(at);
    records_.add(churn::Event{churn::CustomerId{customer}, churn::Timestamp::parse(instant).value(),
                              std::move(kind), churn::Decimal{1}, std::move(label)});
    return *this;
  }
  DepartedBook& asked(const std::string& customer, std::string_view at) {
    return event(customer, at, "exit_survey_sent");
  }
  DepartedBook& answered(const std::string& customer, std::string_view at, std::string label) {
    return event(customer, at, "exit_survey", std::move(label));
  }
  DepartedBook& with(const support::CustomerSentence& customer) {
    customer.add_to(records_);
    return *this;
  }
  [[nodiscard]] churn::Book as_of(std::string_view day, const churn::Conventions& conventions = {}) const {
    return churn::Book::build(records_, support::day(day), conventions).book;
  }
  [[nodiscard]] churn::Records& records() noexcept { return records_; }

 private:
  churn::Records records_;
};

/// The bundled sample book as of its natural day.
inline const churn::Book& sample_book() {
  static const churn::Book book = [] {
    const churn::LoadedBook loaded = churn::read_book_folder(CHURN_SOURCE_DIR "/examples/sample_book");
    return churn::Book::build(loaded.records, support::day("2025-01-01"), loaded.conventions).book;
  }();
  return book;
}

/// CSV without its header, which has to be this one.
inline std::string rows_under(const std::string& header, const churn::Table& table) {
  const std::string text = churn::to_csv(table);
  return text.starts_with(header + "\n") ? text.substr(header.size() + 1) : "other columns: " + text;
}

}  // namespace departure_test

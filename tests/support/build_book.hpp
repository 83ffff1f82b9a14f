// Small books for tests, said in sentences:
//
//   const Book book = book_as_of("2024-07-01", {
//       a_customer("ann").on("basic").from("2024-01-01").until("2024-03-01").at("50.00"),
//       a_customer("bob").on("pro").from("2024-02-01").at("1200.00").yearly().with("country", "DE")});
//
// `on` begins a subscription, `then_on` the next phase of the same one, and what follows speaks of that
// phase. Whatever is not said has a plain value: from 2024-01-01, still running, one unit at 10.00 USD a
// month.
#pragma once

#include <churn/churn.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

inline churn::Date day(std::string_view text) { return churn::Date::parse(text).value(); }
inline churn::PeriodGrid months_of(std::string_view from, std::string_view to) {
  return churn::months(day(from), day(to));
}
inline churn::PeriodGrid one_period(std::string_view from, std::string_view to) {
  return churn::periods_at({day(from), day(to)});
}

class CustomerSentence {
 public:
  explicit CustomerSentence(std::string id) : customer_{.id = churn::CustomerId{std::move(id)}} {}

  // Of the customer.
  CustomerSentence& with(const std::string& attribute, std::string value) {
    customer_.attributes[attribute] = std::move(value);
    return *this;
  }
  CustomerSentence& named(std::string name) { return customer_.name = std::move(name), *this; }
  CustomerSentence& signed_up(std::string_view on) { return customer_.signed_up_on = day(on), *this; }
  CustomerSentence& who_is_a_test_account() { return customer_.excluded = true, *this; }
  CustomerSentence& merged_into(std::string id) {
    customer_.merged_into = churn::CustomerId{std::move(id)};
    return *this;
  }
  /// Leaves out the row in the table of customers.
  CustomerSentence& known_from_phases_only() { return has_row_ = false, *this; }
  CustomerSentence& called(std::string id) { return customer_.id = churn::CustomerId{std::move(id)}, *this; }

  // Of its subscriptions.
  CustomerSentence& on(std::string plan, std::string subscription = {}) {
    subscriptions_.push_back({std::move(subscription), {}});
    return then_on(std::move(plan));
  }
  CustomerSentence& then_on(std::string plan) {
    phases().push_back(churn::Phase{.plan = std::move(plan),
                                    .starts_on = churn::Date::of(2024, 1, 1),
                                    .ends_on = {},
                                    .price = {churn::Decimal{10}, churn::Currency{"USD"}}});
    return *this;
  }

  // Of the phase.
  CustomerSentence& from(std::string_view date) { return phase().starts_on = day(date), *this; }
  CustomerSentence& until(std::string_view date) { return phase().ends_on = day(date), *this; }
  CustomerSentence& at(std::string_view amount) {
    phase().price.amount = churn::Decimal::parse(amount).value();
    return *this;
  }
  CustomerSentence& in(std::string_view currency) {
    phase().price.currency = churn::Currency{currency};
    return *this;
  }
  CustomerSentence& every(std::int32_t count, churn::BillingInterval interval) {
    phase().cycle = {interval, count};
    return *this;
  }
  CustomerSentence& daily() { return every(1, churn::BillingInterval::day); }
  CustomerSentence& weekly() { return every(1, churn::BillingInterval::week); }
  CustomerSentence& yearly() { return every(1, churn::BillingInterval::year); }
  CustomerSentence& times(std::int64_t quantity) { return phase().quantity = quantity, *this; }
  CustomerSentence& less_percent(std::string_view percent) {
    phase().discount_percent = churn::Decimal::parse(percent).value();
    return *this;
  }
  CustomerSentence& less_amount(std::string_view amount) {
    phase().discount_amount = churn::Decimal::parse(amount).value();
    return *this;
  }
  CustomerSentence& discounted_until(std::string_view date) {
    return phase().discount_ends_on = day(date), *this;
  }
  CustomerSentence& on_trial_until(std::string_view date) { return phase().trial_ends_on = day(date), *this; }
  CustomerSentence& paused_from(std::string_view date) { return phase().paused_from = day(date), *this; }
  CustomerSentence& paused_until(std::string_view date) { return phase().paused_until = day(date), *this; }
  CustomerSentence& cancelled_on(std::string_view date) {
    return phase().cancel_requested_on = day(date), *this;
  }
  CustomerSentence& agreed_until(std::string_view date) { return phase().term_ends_on = day(date), *this; }
  CustomerSentence& because(std::string reason) { return phase().end_reason = std::move(reason), *this; }

  void add_to(churn::Records& records) const {
    if (has_row_) records.add(customer_);
    add_phases_to(records);
  }
  void add_phases_to(churn::Records& records) const {
    int number = 0;
    for (const auto& [id, phases] : subscriptions_) {
      const std::string own = customer_.id.text() + "/" + std::to_string(++number);
      records.add(churn::Subscription{churn::SubscriptionId{id.empty() ? own : id}, customer_.id, phases});
    }
  }
  [[nodiscard]] const std::string& id() const { return customer_.id.text(); }
  [[nodiscard]] bool has_subscription() const { return !subscriptions_.empty(); }

 private:
  struct Chain {
    std::string id;  // empty: the customer's id and a number
    std::vector<churn::Phase> phases;
  };
  std::vector<churn::Phase>& phases() { return subscriptions_.back().phases; }
  churn::Phase& phase() { return phases().back(); }

  churn::Customer customer_;
  std::vector<Chain> subscriptions_;
  bool has_row_{true};
};

using CustomerSentences = std::vector<CustomerSentence>;

inline CustomerSentence a_customer(std::string id) { return CustomerSentence{std::move(id)}; }

/// So many customers alike, called ID-1, ID-2, ….
inline CustomerSentences copies(int count, const CustomerSentence& customer) {
  CustomerSentences all;
  for (int i = 1; i <= count; ++i)
    all.push_back(CustomerSentence{customer}.called(customer.id() + "-" + std::to_string(i)));
  return all;
}
inline CustomerSentences together(std::initializer_list<CustomerSentences> groups) {
  CustomerSentences all;
  for (const CustomerSentences& group : groups) all.insert(all.end(), group.begin(), group.end());
  return all;
}

/// The table of customers first, then the phases in the order in which they are said.
inline churn::Records records_of(const CustomerSentences& customers,
                                 std::optional<std::string_view> records_from = {}) {
  churn::Records records;
  for (const CustomerSentence& customer : customers) customer.add_to(records);
  if (records_from) records.set_records_from(day(*records_from));
  return records;
}

inline churn::BuiltBook built_as_of(std::string_view as_of, const CustomerSentences& customers,
                                    const churn::Conventions& conventions = {}) {
  return churn::Book::build(records_of(customers), day(as_of), conventions);
}
inline churn::Book book_as_of(std::string_view as_of, const CustomerSentences& customers,
                              const churn::Conventions& conventions = {}) {
  return built_as_of(as_of, customers, conventions).book;
}
inline churn::Book book_from_until(std::string_view records_from, std::string_view as_of,
                                   const CustomerSentences& customers,
                                   const churn::Conventions& conventions = {}) {
  return churn::Book::build(records_of(customers, records_from), day(as_of), conventions).book;
}

/// MRR of US dollars as it is shown: `166.67`.
inline std::string shown(std::int64_t ticks) {
  return churn::RunRate{ticks, churn::Currency{"USD"}}.mrr().to_string();
}
/// The MRR of one customer on a day as it is shown, `absent` if it is none.
inline std::string mrr_on(const churn::Book& book, const std::string& customer, std::string_view date) {
  const churn::Balance balance = book.balance_on(book.find(churn::CustomerId{customer}).value(), day(date));
  return balance.present ? churn::RunRate{balance.ticks, book.currency()}.mrr().to_string() : "absent";
}

/// The changes of the MRR of one customer, `2024-01-01 10.00, 2024-03-31 absent`.
inline std::string life_of(const churn::Book& book, const std::string& customer = "ann") {
  const churn::Timeline& timeline = book.timeline();
  const auto c = static_cast<std::size_t>(book.find(churn::CustomerId{customer}).value());
  std::string text;
  for (std::size_t i = timeline.first_step[c]; i < timeline.first_step[c + 1]; ++i)
    if ((timeline.state[i] & churn::Timeline::same_balance) == 0)
      text += (text.empty() ? "" : ", ") + churn::Date::from_days(timeline.day[i]).to_string() + " " +
              ((timeline.state[i] & churn::Timeline::present) != 0 ? shown(timeline.level[i]) : "absent");
  return text;
}

/// The code that a call throws; empty if it throws nothing.
template <class Call>
std::optional<churn::ErrorCode> error_of(Call&& call) {
  try {
    std::forward<Call>(call)();
  } catch (const churn::Error& error) {
    return error.code();
  }
  return std::nullopt;
}

}  // namespace support

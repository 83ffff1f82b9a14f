#include <churn/io/domain_json.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/domain_objects.hpp"

namespace churn {
namespace {

using namespace domain_objects;
using nlohmann::json;
using nlohmann::ordered_json;

template <class T>
std::string error_of(const json& tree) {
  try {
    (void)tree.get<T>();
  } catch (const Error& error) {
    return std::string(error_name(error.code())) + ": " + error.what();
  }
  return "";
}
template <class T>
std::string error_of_writing(const T& object) {
  try {
    const json tree = object;
  } catch (const Error& error) {
    return std::string(error_name(error.code())) + ": " + error.what();
  }
  return "";
}

/// Through the tree, and through its text.
template <class T>
void check_round_trip(const T& object) {
  const json tree = object;
  RC_ASSERT(tree.get<T>() == object);
  RC_ASSERT(from_json<T>(json::parse(tree.dump())) == object);
  const ordered_json ordered = object;
  RC_ASSERT(ordered.get<T>() == object);
  RC_ASSERT(from_json<T>(ordered_json::parse(ordered.dump())) == object);
  RC_ASSERT(json::parse(ordered.dump()) == tree);
}

RC_GTEST_PROP(DomainJson, customers_come_back_as_they_were, ()) { check_round_trip(any_customer()); }
RC_GTEST_PROP(DomainJson, phases_come_back_as_they_were, ()) { check_round_trip(any_phase()); }
RC_GTEST_PROP(DomainJson, subscriptions_come_back_as_they_were, ()) { check_round_trip(any_subscription()); }
RC_GTEST_PROP(DomainJson, invoices_come_back_as_they_were, ()) { check_round_trip(any_invoice()); }
RC_GTEST_PROP(DomainJson, lines_by_themselves_come_back_as_they_were, ()) {
  check_round_trip(any_line(any_currency()));
}
RC_GTEST_PROP(DomainJson, payments_by_themselves_come_back_as_they_were, ()) {
  check_round_trip(any_payment(any_currency()));
}
RC_GTEST_PROP(DomainJson, events_come_back_as_they_were, ()) { check_round_trip(any_event()); }
RC_GTEST_PROP(DomainJson, rates_come_back_as_they_were, ()) { check_round_trip(any_rate()); }

// ---- what it looks like

const Phase plain_phase{.plan = "pro",
                        .starts_on = Date::of(2024, 1, 1),
                        .ends_on = {},
                        .price = {Decimal{45, 4}, Currency{"USD"}}};

TEST(DomainJson, amounts_are_texts_and_what_is_usual_is_left_out) {
  EXPECT_EQ(
      json(Subscription{SubscriptionId{"s"}, CustomerId{"c"}, {plain_phase}}).dump(),
      R"({"customer_id":"c","phases":[{"amount":"0.0045","currency":"USD","ends_on":null,"interval":"month",)"
      R"("plan":"pro","starts_on":"2024-01-01"}],"subscription_id":"s"})");
  EXPECT_EQ(
      json(Customer{.id = CustomerId{"c"}, .excluded = true, .attributes = {{"size", "5"}, {"none", ""}}})
          .dump(),
      R"({"customer_id":"c","excluded":true,"size":"5"})");
  EXPECT_EQ(json(Event{CustomerId{"c"}, Timestamp::from_seconds(0), "nps", Decimal{85, 1}}).dump(),
            R"({"at":"1970-01-01T00:00:00Z","customer_id":"c","kind":"nps","value":"8.5"})");
  EXPECT_EQ(json(FxRate{Date::of(2024, 1, 1), Currency{"EUR"}, Decimal{11, 1}}).dump(),
            R"({"currency":"EUR","on":"2024-01-01","rate":"1.1"})");
  EXPECT_EQ(json(Invoice{.id = InvoiceId{"i"},
                         .customer = CustomerId{"c"},
                         .issued_on = Date::of(2024, 1, 1),
                         .currency = Currency{"JPY"},
                         .status = InvoiceStatus::void_,
                         .lines = {{.amount = Money{500, Currency{"JPY"}}, .quantity = 2}}})
                .dump(),
            R"({"currency":"JPY","customer_id":"c","invoice_id":"i","issued_on":"2024-01-01",)"
            R"("lines":[{"amount":"500","quantity":2}],"status":"void"})");
}

TEST(DomainJson,
     a_line_or_payment_by_itself_says_its_currency_and_an_ordered_tree_keeps_the_columns_in_order) {
  const Currency yen{"JPY"};
  EXPECT_EQ(ordered_json(InvoiceLine{.plan = "pro", .amount = Money{500, yen}, .quantity = 2}).dump(),
            R"({"plan":"pro","amount":"500","quantity":2,"currency":"JPY"})");
  EXPECT_EQ(
      ordered_json(Payment{Timestamp::from_seconds(0), PaymentStatus::failed, {}, "card_expired"}).dump(),
      R"({"at":"1970-01-01T00:00:00Z","status":"failed","failure_code":"card_expired"})");
  EXPECT_EQ(
      ordered_json(Payment{Timestamp::from_seconds(0), PaymentStatus::succeeded, Money{500, yen}}).dump(),
      R"({"at":"1970-01-01T00:00:00Z","status":"succeeded","amount":"500","currency":"JPY"})");
  EXPECT_EQ(ordered_json(plain_phase).dump(),
            R"({"plan":"pro","starts_on":"2024-01-01","ends_on":null,"amount":"0.0045","currency":"USD",)"
            R"("interval":"month"})");
}

TEST(DomainJson, containers_of_objects_convert_too) {
  const std::vector<Subscription> both{{SubscriptionId{"s"}, CustomerId{"c"}, {plain_phase}},
                                       {SubscriptionId{"t"}, CustomerId{"d"}, {}}};
  const json tree = both;
  EXPECT_EQ(tree.get<std::vector<Subscription>>(), both);
}

TEST(DomainJson, a_flat_subscription_is_its_one_phase) {
  const auto subscription =
      json::parse(R"({"subscription_id": 1, "customer_id": "c", "plan": "pro", "amount": 5,
      "starts_on": "2024-01-01", "currency": "USD", "interval": "month"})")
          .get<Subscription>();
  ASSERT_EQ(subscription.phases.size(), 1U);
  EXPECT_EQ(subscription.id.text(), "1");
  EXPECT_EQ(subscription.phases[0].price.amount, Decimal{5});
}

// ---- what is refused

TEST(DomainJson, what_does_not_read_names_object_field_and_reason) {
  EXPECT_EQ(error_of<Customer>(json::object()),
            "unreadable: customer, customer_id: customer_id is empty. Every row needs one.");
  EXPECT_EQ(error_of<Customer>(json::array()),
            "unreadable: customer: An array stands where an object belongs.");
  EXPECT_EQ(error_of<Customer>({{"customer_id", "c"}, {"tags", json::array()}}),
            "unreadable: customer, tags: An array can't be an attribute. Write a text or a number.");
  EXPECT_EQ(error_of<Customer>({{"customer_id", "c"}, {"signed_up_on", "today"}}),
            "unreadable: customer, signed_up_on: \"today\" is not a date. Write YYYY-MM-DD.");
  EXPECT_EQ(
      error_of<Subscription>({{"subscription_id", "s"}, {"customer_id", "c"}, {"phases", {json::object()}}}),
      "unreadable: subscription, phases[0].plan: plan is empty. Every row needs one.");
  EXPECT_EQ(error_of<Subscription>({{"subscription_id", "s"}, {"phases", json::array()}}),
            "unreadable: subscription, customer_id: customer_id is empty. Every row needs one.");
  EXPECT_EQ(error_of<Event>({{"customer_id", "c"}, {"kind", "nps"}, {"at", 7}}),
            "unreadable: event, at: \"7\" is not a point in time. Write YYYY-MM-DDThh:mm:ssZ.");
  EXPECT_EQ(error_of<FxRate>({{"on", "2024-01-01"}, {"currency", "EUR"}, {"rate", "0"}}),
            "unreadable: fx_rate, rate: An exchange rate must be above 0.");
  EXPECT_EQ(error_of<Invoice>({{"invoice_id", "i"},
                               {"customer_id", "c"},
                               {"issued_on", "2024-01-01"},
                               {"currency", "USD"},
                               {"status", "paid"},
                               {"lines", {{{"amount", "0.001"}}}}}),
            "unreadable: invoice, lines[0].amount: \"0.001\" has more decimals than USD.");
  EXPECT_EQ(error_of<InvoiceLine>({{"amount", "5"}}),
            "unreadable: invoice line, currency: currency is empty. Every row needs one.");
  EXPECT_EQ(error_of<Payment>({{"at", "2024-01-01T00:00:00Z"}, {"status", "failed"}, {"amount", "5"}}),
            "unreadable: payment, currency: currency is empty. An amount needs one.");
  EXPECT_EQ(error_of<Phase>({{"plan", "p"}}),
            "unreadable: phase, starts_on: starts_on is empty. Every row needs one.");
}

TEST(DomainJson, a_number_that_has_been_a_double_is_refused) {
  json tree = plain_phase;
  tree["amount"] = 0.1;
  EXPECT_EQ(
      error_of<Phase>(tree),
      "unreadable: phase, amount: 0.1 came as a binary fraction, which is not exact. Give it as a text.");
  tree["amount"] = 9007199254740993;
  EXPECT_EQ(tree.get<Phase>().price.amount, Decimal{9007199254740993});
}

TEST(DomainJson, what_would_not_read_back_is_not_written) {
  EXPECT_EQ(error_of_writing(Customer{.id = CustomerId{"c"}, .attributes = {{"name", "x"}}}),
            "unreadable: An attribute can't be called \"name\", which is a field of customers.");
  EXPECT_EQ(error_of_writing(Customer{.id = CustomerId{"c"}, .attributes = {{"", "x"}}}),
            "unreadable: An attribute of customer \"c\" has no name.");
  Invoice invoice{.id = InvoiceId{"i"},
                  .customer = CustomerId{"c"},
                  .issued_on = Date::of(2024, 1, 1),
                  .currency = Currency{"USD"},
                  .status = InvoiceStatus::paid,
                  .lines = {{.amount = Money{500, Currency{"EUR"}}}}};
  EXPECT_EQ(error_of_writing(invoice), "currency_mismatch: amount is in EUR, its invoice in USD.");
  invoice.lines = {{.amount = Money{500, Currency{"USD"}}, .unit_price = Price{Decimal{5}, Currency{"EUR"}}}};
  EXPECT_EQ(error_of_writing(invoice),
            "currency_mismatch: unit_amount is not in the currency of its invoice.");
}

TEST(DomainJson, a_tree_without_end_is_refused_and_no_danger) {
  json deep = "x";
  for (int i = 0; i < 10'000; ++i) deep = json::array({std::move(deep)});
  json tree = json::object();
  tree["customer_id"] = std::move(deep);
  ordered_json deep_and_ordered = "x";
  for (int i = 0; i < 10'000; ++i) deep_and_ordered = ordered_json::array({std::move(deep_and_ordered)});
  EXPECT_THROW((void)from_json<Customer>(deep_and_ordered), Error);
  EXPECT_EQ(error_of<Customer>(tree),
            "unreadable: customer, customer_id: An array stands where a text or a number belongs.");
}

}  // namespace
}  // namespace churn

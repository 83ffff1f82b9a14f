#include <churn/io/domain_json.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::any_int64;
using core_test::between;
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

// ---- objects of any kind that a book can hold

bool one_in(int n) { return *between(0, n) == 0; }

/// A text that is not empty, with quotes, commas, line ends and letters of several bytes.
std::string any_text() {
  static const std::vector<std::string> parts{"a",  "B7", " ",  "\"",   "\\", ",",   "\n",
                                              "\t", "é",  "漢", "🙂", "/",  "\x01"};
  std::string text;
  for (int n = *between(1, 6); n > 0; --n)
    text += parts[static_cast<std::size_t>(*between(0, static_cast<int>(parts.size())))];
  return text;
}
std::string perhaps_text() { return one_in(2) ? "" : any_text(); }
Date any_day() { return Date::from_days(*between(Date::min_days, Date::max_days + 1)); }
std::optional<Date> perhaps_day() {
  if (one_in(2)) return std::nullopt;
  return any_day();
}
Currency any_currency() {
  static const std::vector<Currency> all{Currency{"USD"}, Currency{"JPY"}, Currency{"KWD"}, Currency{"CLF"}};
  return all[static_cast<std::size_t>(*between(0, 4))];
}
Decimal any_decimal() {
  const std::int64_t coefficient = *any_int64();
  return {coefficient == std::numeric_limits<std::int64_t>::min() ? 0 : coefficient, *between(0, 13)};
}
Timestamp any_instant() {
  return Timestamp::from_seconds(std::int64_t{any_day().days()} * 86400 + *between(0, 86400));
}
BillingCycle any_cycle() {
  return {static_cast<BillingInterval>(*between(0, 6)),
          *between(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max())};
}
template <class T>
std::optional<T> perhaps(T value) {
  if (one_in(2)) return std::nullopt;
  return value;
}

/// Counts come back through decimals, which have no -2^63.
std::int64_t any_count() { return any_decimal().coefficient(); }

Customer any_customer() {
  Customer customer{.id = CustomerId{any_text()},
                    .signed_up_on = perhaps_day(),
                    .name = perhaps_text(),
                    .excluded = one_in(2),
                    .merged_into = perhaps(CustomerId{any_text()})};
  for (int n = *between(0, 4); n > 0; --n) customer.attributes.emplace(any_text(), any_text());
  return customer;
}

Phase any_phase() {
  return {.plan = any_text(),
          .starts_on = any_day(),
          .ends_on = perhaps_day(),
          .price = Price{any_decimal(), any_currency()},
          .cycle = any_cycle(),
          .quantity = any_count(),
          .discount_percent = any_decimal(),
          .discount_ends_on = perhaps_day(),
          .trial_ends_on = perhaps_day(),
          .cancel_requested_on = perhaps_day(),
          .end_reason = perhaps_text(),
          .paused_from = perhaps_day(),
          .paused_until = perhaps_day(),
          .term_ends_on = perhaps_day()};
}

Subscription any_subscription() {
  Subscription subscription{SubscriptionId{any_text()}, CustomerId{any_text()}, {}};
  for (int n = *between(0, 4); n > 0; --n) subscription.phases.push_back(any_phase());
  return subscription;
}

/// An amount that decimals hold, or the lowest amount, which only Money does.
Money any_amount(Currency currency) {
  const Money amount{*any_int64(), currency};
  return Money::parse(amount.to_string(), currency) == amount ? amount : Money{7, currency};
}

InvoiceLine any_line(Currency currency) {
  return {.id = perhaps_text(),
          .subscription = perhaps(SubscriptionId{any_text()}),
          .plan = perhaps_text(),
          .amount = any_amount(currency),
          .tax = perhaps(any_amount(currency)),
          .quantity = perhaps(any_count()),
          .unit_price = perhaps(Price{any_decimal(), currency}),
          .cycle = perhaps(any_cycle()),
          .period_start = perhaps_day(),
          .period_end = perhaps_day(),
          .kind = static_cast<LineKind>(*between(0, 4))};
}

Payment any_payment(Currency currency) {
  return {.at = any_instant(),
          .status = static_cast<PaymentStatus>(*between(0, 3)),
          .amount = perhaps(any_amount(currency)),
          .failure_code = perhaps_text()};
}

Invoice any_invoice() {
  const Currency currency = any_currency();
  Invoice invoice{.id = InvoiceId{any_text()},
                  .customer = CustomerId{any_text()},
                  .issued_on = any_day(),
                  .due_on = perhaps_day(),
                  .paid_on = perhaps_day(),
                  .currency = currency,
                  .status = static_cast<InvoiceStatus>(*between(0, 5)),
                  .subscription = perhaps(SubscriptionId{any_text()})};
  for (int n = *between(0, 4); n > 0; --n) invoice.lines.push_back(any_line(currency));
  for (int n = *between(0, 3); n > 0; --n) invoice.payments.push_back(any_payment(currency));
  return invoice;
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
RC_GTEST_PROP(DomainJson, events_come_back_as_they_were, ()) {
  check_round_trip(Event{CustomerId{any_text()}, any_instant(), any_text(), any_decimal(), perhaps_text()});
}
RC_GTEST_PROP(DomainJson, rates_come_back_as_they_were, ()) {
  const Decimal drawn = any_decimal();
  const Decimal rate = drawn.coefficient() > 0 ? drawn : Decimal{1};
  check_round_trip(FxRate{any_day(), any_currency(), rate});
}

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

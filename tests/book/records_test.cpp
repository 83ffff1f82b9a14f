#include <churn/book/book.hpp>
#include <churn/book/records.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "book/records_storage.hpp"
#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "io/stored_records.hpp"
#include "support/contents.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;

static_assert(std::is_copy_constructible_v<Records> && std::is_nothrow_move_constructible_v<Records>);

Currency usd() { return Currency("USD"); }

PhaseRecord phase(Date starts_on, std::optional<Date> ends_on, std::int64_t row = 0) {
  return {.subscription = "s1",
          .customer = "c1",
          .plan = "pro",
          .starts_on = starts_on,
          .ends_on = ends_on,
          .price = Money{4900, usd()},
          .row = row};
}

/// Columns of two phases, which tests then spoil.
struct TwoPhases {
  std::vector<std::string_view> subscription{"s1", "s2"};
  std::vector<std::string_view> customer{"c1", "c2"};
  std::vector<std::uint8_t> plan{0, 1};
  std::vector<std::string_view> plan_names{"basic", "pro"};
  std::vector<std::int32_t> starts_on{19'723, 19'724};  // 2024-01-01 and 2024-01-02
  std::vector<std::int32_t> ends_on{PhaseColumns::no_day, 19'800};
  std::vector<std::int64_t> amount{900, 4900};
  std::vector<BillingCycle> cycle{BillingCycle{}};
  std::vector<std::int64_t> quantity{};

  [[nodiscard]] PhaseColumns columns() const {
    return {.subscription = std::span<const std::string_view>(subscription),
            .customer = std::span<const std::string_view>(customer),
            .plan = plan,
            .plan_names = plan_names,
            .starts_on = starts_on,
            .ends_on = ends_on,
            .amount = amount,
            .currency = usd(),
            .cycle = cycle,
            .quantity = quantity};
  }
};

template <class Spoil>
std::string error_of_columns(Spoil spoil) {
  TwoPhases data;
  spoil(data);
  Records records;
  records.add(phase(Date::of(2024, 1, 1), {}));
  const std::string error = error_of([&] { records.add(data.columns()); });
  EXPECT_EQ(records.phase_count(), error.empty() ? 3U : 1U) << "nothing may be added of what is refused";
  return error;
}

/// What a book says of everybody on every day, as text.
std::string states(const Records& records) {
  const auto [book, rejections] = Book::build(records, Date::of(2025, 1, 1));
  std::string out = to_csv(rejections.table());
  for (const CustomerIndex customer : book.customers_by_id()) {
    out += book.customer_id(customer).text();
    for (Date day = Date::of(2023, 12, 30); day < book.as_of(); day = day + std::chrono::days{1})
      out += ' ' + std::to_string(book.balance_on(customer, day).ticks);
    out += '\n';
  }
  return out;
}

TEST(Records, take_any_number_of_attributes) {
  Records records;
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    records.add(
        Customer{.id = CustomerId{"c" + number}, .attributes = {{number, "own"}, {"shared", number}}});
  }
  const CustomerTable& table = records.storage().customers;
  ASSERT_EQ(table.attributes.size(), 3001U);
  for (std::uint32_t i = 0; i < table.attributes.size(); ++i) {
    EXPECT_EQ(table.attributes[i].name, table.attribute_names.text(i));
    EXPECT_EQ(table.attributes[i].values.size(), table.attributes[i].name == "shared" ? 3000U : 1U);
  }
}

TEST(Records, are_counted_by_table) {
  Records records;
  EXPECT_EQ(records.phase_count() + records.customer_count() + records.invoice_count() +
                records.event_count() + records.fx_rate_count(),
            0U);
  records.add(Customer{.id = CustomerId{"c1"}});
  records.add(Customer{.id = CustomerId{"c2"}, .merged_into = CustomerId{"c3"}});
  records.add(Subscription{
      .id = SubscriptionId{"s1"},
      .customer = CustomerId{"c1"},
      .phases = {{.plan = "a", .starts_on = Date::of(2024, 1, 1), .ends_on = {}, .price = Price(1, usd())},
                 {.plan = "b", .starts_on = Date::of(2024, 2, 1), .ends_on = {}, .price = Price(2, usd())}}});
  records.add(phase(Date::of(2024, 3, 1), {}));
  records.add(Event{.customer = CustomerId{"c1"}, .at = Timestamp::from_seconds(0), .kind = "login"});
  records.add(FxRate{.on = Date::of(2024, 1, 1), .currency = Currency("EUR"), .rate = Decimal(108, 2)});
  records.add(Invoice{.id = InvoiceId{"i1"},
                      .customer = CustomerId{"c1"},
                      .issued_on = Date::of(2024, 1, 1),
                      .currency = usd(),
                      .status = InvoiceStatus::open});
  EXPECT_EQ(records.customer_count(), 2U);  // c3 has no row of its own
  EXPECT_EQ(records.phase_count(), 3U);
  EXPECT_EQ(records.event_count(), 1U);
  EXPECT_EQ(records.fx_rate_count(), 1U);
  EXPECT_EQ(records.invoice_count(), 1U);
}

TEST(Records, of_a_subscription_without_phases_hold_nothing) {
  Records records;
  records.add(Subscription{.id = SubscriptionId{"s1"}, .customer = CustomerId{"c1"}, .phases = {}});
  EXPECT_EQ(records.phase_count(), 0U);
  EXPECT_FALSE(records.day_after_latest());
}

TEST(Records, copied_do_not_see_what_is_added_afterwards) {
  Records original;
  original.add(phase(Date::of(2024, 1, 1), {}));
  Records copy = original;
  original.add(phase(Date::of(2024, 2, 1), {}));
  original.set_source(RecordTable::subscriptions, "later.csv");
  original.set_records_from(Date::of(2024, 1, 1));
  EXPECT_EQ(copy.phase_count(), 1U);
  EXPECT_EQ(copy.source(RecordTable::subscriptions), "subscriptions");
  EXPECT_FALSE(copy.records_from());
  copy.add(Customer{.id = CustomerId{"c1"}});
  EXPECT_EQ(original.customer_count(), 0U);
  EXPECT_EQ(original.phase_count(), 2U);
}

TEST(Records, may_grow_while_a_book_of_them_stands) {
  Records records;
  records.add(phase(Date::of(2024, 1, 1), {}));
  const auto [book, rejections] = Book::build(records, Date::of(2024, 6, 1));
  records.add(Customer{.id = CustomerId{"another"}});
  records.add(phase(Date::of(2024, 2, 1), Date::of(2024, 3, 1)));
  EXPECT_EQ(book.customer_count(), 1U);
  EXPECT_EQ(book.customer_id(*book.find(CustomerId{"c1"})), CustomerId{"c1"});
  EXPECT_TRUE(book.balance_on(*book.find(CustomerId{"c1"}), Date::of(2024, 5, 1)).present);
}

TEST(Records, name_their_sources_by_table_unless_told_otherwise) {
  Records records;
  EXPECT_EQ(records.source(RecordTable::customers), "customers");
  EXPECT_EQ(records.source(RecordTable::subscriptions), "subscriptions");
  EXPECT_EQ(records.source(RecordTable::invoices), "invoices");
  EXPECT_EQ(records.source(RecordTable::events), "events");
  EXPECT_EQ(records.source(RecordTable::fx_rates), "fx_rates");
  records.set_source(RecordTable::events, "clicks.csv");
  EXPECT_EQ(records.source(RecordTable::events), "clicks.csv");
}

TEST(Records, keep_the_day_from_which_on_they_are_complete) {
  Records records;
  EXPECT_FALSE(records.records_from());
  records.set_records_from(Date::of(2024, 1, 1));
  EXPECT_EQ(records.records_from(), Date::of(2024, 1, 1));
  records.set_records_from({});
  EXPECT_FALSE(records.records_from());
}

TEST(Records, with_an_empty_id_are_refused) {
  PhaseRecord nobody = phase(Date::of(2024, 1, 1), {});
  nobody.customer = "";
  PhaseRecord nothing = phase(Date::of(2024, 1, 1), {});
  nothing.subscription = "";
  Records records;
  EXPECT_EQ(error_of([&] { records.add(nobody); }), "bad_id");
  EXPECT_EQ(error_of([&] { records.add(nothing); }), "bad_id");
  EXPECT_EQ(records.phase_count(), 0U);
}

TEST(PhaseColumns, that_fit_are_taken) {
  EXPECT_EQ(error_of_columns([](TwoPhases&) {}), "");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.cycle.resize(2); }), "");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.quantity = {1, 5}; }), "");
}

TEST(PhaseColumns, of_no_rows_add_nothing) {
  Records records;
  TwoPhases data;
  data.subscription.clear(), data.customer.clear(), data.plan.clear();
  data.starts_on.clear(), data.ends_on.clear(), data.amount.clear();
  records.add(data.columns());
  data.cycle.clear();
  records.add(data.columns());
  EXPECT_EQ(records.phase_count(), 0U);
}

TEST(PhaseColumns, of_different_lengths_are_refused) {
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.subscription.pop_back(); }), "bad_number");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.customer.push_back("c3"); }), "bad_number");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.plan.clear(); }), "bad_number");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.starts_on.pop_back(); }), "bad_number");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.ends_on.clear(); }), "bad_number");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.amount.pop_back(); }), "bad_number");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.cycle.clear(); }), "bad_number");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.cycle.resize(3); }), "bad_number");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.quantity = {1}; }), "bad_number");
}

TEST(PhaseColumns, with_a_plan_beyond_the_names_are_refused) {
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.plan[1] = 2; }), "bad_number");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.plan_names.clear(); }), "bad_number");
}

TEST(PhaseColumns, with_a_day_outside_of_the_calendar_are_refused) {
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.starts_on[0] = Date::min_days - 1; }), "bad_date");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.starts_on[0] = PhaseColumns::no_day; }), "bad_date");
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.ends_on[1] = Date::max_days + 1; }), "bad_date");
}

TEST(PhaseColumns, with_an_empty_customer_are_refused) {
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.customer[1] = ""; }), "bad_id");
}

/// Two events of which the second has everything.
struct TwoEvents {
  std::vector<std::string_view> customer{"c1", "c2"};
  std::vector<std::int64_t> at{0, 86'400};
  std::vector<std::uint16_t> kind{1, 0};
  std::vector<std::string_view> kind_names{"nps", "login"};
  std::vector<std::int64_t> value{10, -85};
  int decimals{1};
  std::vector<std::string_view> label{"", "x"};

  [[nodiscard]] EventColumns columns() const {
    return {.customer = std::span<const std::string_view>(customer),
            .at = at,
            .kind = kind,
            .kind_names = kind_names,
            .value = value,
            .decimals = decimals,
            .label = label};
  }
};

const Event first_event{CustomerId{"c1"}, Timestamp::from_seconds(0), "login"};
const Event second_event{CustomerId{"c2"}, Timestamp::from_seconds(86'400), "nps", Decimal{-85, 1}, "x"};

std::vector<Event> events_in(const Records& records) {
  std::vector<Event> events;
  for (std::size_t i = 0; i < records.event_count(); ++i)
    events.push_back(reading::stored_event(records.storage(), i));
  return events;
}

template <class Spoil>
std::string error_of_events(Spoil spoil) {
  TwoEvents data;
  spoil(data);
  Records records;
  records.add(second_event);
  const std::string error = error_of([&] { records.add(data.columns()); });
  if (!error.empty()) {
    EXPECT_EQ(events_in(records), std::vector{second_event}) << "nothing may be added of what is refused";
    records.add(first_event);
    EXPECT_EQ(events_in(records), (std::vector{second_event, first_event})) << "nor be left behind";
  }
  return error;
}

TEST(EventColumns, are_the_same_as_one_event_after_the_other) {
  Records records;
  records.add(TwoEvents{}.columns());
  EXPECT_EQ(events_in(records), (std::vector{first_event, second_event}));
  EXPECT_EQ(records.day_after_latest(), Date::of(1970, 1, 3));
}

TEST(EventColumns, without_values_and_labels_count_one_each) {
  TwoEvents data;
  data.value.clear(), data.label.clear();
  Records records;
  records.add(second_event);
  records.add(data.columns());
  EXPECT_EQ(
      events_in(records),
      (std::vector{second_event, first_event, {CustomerId{"c2"}, Timestamp::from_seconds(86'400), "nps"}}));
}

TEST(EventColumns, of_integers_are_of_the_same_customers_as_texts) {
  const std::vector<std::int64_t> customers{42, 7};
  TwoEvents data;
  EventColumns columns = data.columns();
  columns.customer = std::span{customers};
  Records records;
  records.add(columns);
  EXPECT_EQ(events_in(records).front().customer, CustomerId{"42"});
}

TEST(EventColumns, of_no_rows_add_nothing) {
  Records records;
  records.add(EventColumns{});
  EXPECT_EQ(records.event_count(), 0U);
}

TEST(EventColumns, that_cannot_be_right_are_refused_as_a_whole) {
  EXPECT_EQ(error_of_events([](TwoEvents&) {}), "");
  EXPECT_EQ(error_of_events([](TwoEvents& data) { data.customer.pop_back(); }), "bad_number");
  EXPECT_EQ(error_of_events([](TwoEvents& data) { data.at.push_back(0); }), "bad_number");
  EXPECT_EQ(error_of_events([](TwoEvents& data) { data.kind.pop_back(); }), "bad_number");
  EXPECT_EQ(error_of_events([](TwoEvents& data) { data.value.pop_back(); }), "bad_number");
  EXPECT_EQ(error_of_events([](TwoEvents& data) { data.label.pop_back(); }), "bad_number");
  EXPECT_EQ(error_of_events([](TwoEvents& data) { data.kind[0] = 2; }), "bad_number");
  EXPECT_EQ(error_of_events([](TwoEvents& data) { data.decimals = 13; }), "bad_number");
  EXPECT_EQ(error_of_events([](TwoEvents& data) { data.value[1] = INT64_MIN; }), "bad_number");
  EXPECT_EQ(error_of_events([](TwoEvents& data) { data.at[1] = INT64_MAX; }), "bad_date");
  EXPECT_EQ(error_of_events([](TwoEvents& data) { data.customer[1] = ""; }), "bad_id");
}

// As one phase at a time.
TEST(PhaseColumns, with_an_empty_subscription_are_refused) {
  EXPECT_EQ(error_of_columns([](TwoPhases& data) { data.subscription[1] = ""; }), "bad_id");
}

// The three ways in are one: whole columns (with ids as integers or texts), rows, and objects.
RC_GTEST_PROP(Records, say_the_same_whichever_way_they_came_in, ()) {
  const auto count = *between<std::size_t>(0, 12);
  std::vector<std::int64_t> subscription;
  std::vector<std::int64_t> customer;
  std::vector<std::uint8_t> plan;
  std::vector<std::int32_t> starts_on;
  std::vector<std::int32_t> ends_on;
  std::vector<std::int64_t> amount;
  std::vector<BillingCycle> cycle;
  std::vector<std::int64_t> quantity;
  const std::array<std::string_view, 2> plan_names{"basic", "pro"};
  for (std::size_t i = 0; i < count; ++i) {
    customer.push_back(*between<std::int64_t>(0, 3));
    subscription.push_back(10 * customer.back() + *between<std::int64_t>(0, 2));
    plan.push_back(*between<std::uint8_t>(0, 2));
    starts_on.push_back(19'723 + *between(0, 300));
    ends_on.push_back(*between(0, 3) == 0 ? PhaseColumns::no_day : starts_on.back() + *between(-2, 100));
    amount.push_back(*between<std::int64_t>(-2, 20) * 100);
    cycle.push_back({*rc::gen::element(BillingInterval::month, BillingInterval::year), *between(0, 4)});
    quantity.push_back(*between<std::int64_t>(-1, 4));
  }
  PhaseColumns columns{.subscription = std::span<const std::int64_t>(subscription),
                       .customer = std::span<const std::int64_t>(customer),
                       .plan = plan,
                       .plan_names = plan_names,
                       .starts_on = starts_on,
                       .ends_on = ends_on,
                       .amount = amount,
                       .currency = usd(),
                       .cycle = cycle,
                       .quantity = quantity};
  Records from_columns;
  from_columns.add(columns);

  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) texts.push_back(std::to_string(subscription[i]));
  for (std::size_t i = 0; i < count; ++i) texts.push_back(std::to_string(customer[i]));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  columns.subscription = std::span<const std::string_view>(views).first(count);
  columns.customer = std::span<const std::string_view>(views).last(count);
  Records from_texts;
  from_texts.add(columns);

  Records from_rows;
  Records from_objects;
  if (*rc::gen::arbitrary<bool>()) from_rows.reserve_phases(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::optional<Date> end;
    if (ends_on[i] != PhaseColumns::no_day) end = Date::from_days(ends_on[i]);
    const Price price = Money{amount[i], usd()};
    from_rows.add(PhaseRecord{.subscription = views[i],
                              .customer = views[count + i],
                              .plan = plan_names[plan[i]],
                              .starts_on = Date::from_days(starts_on[i]),
                              .ends_on = end,
                              .price = price,
                              .cycle = cycle[i],
                              .quantity = quantity[i]});
    from_objects.add(Subscription{.id = SubscriptionId{subscription[i]},
                                  .customer = CustomerId{customer[i]},
                                  .phases = {{.plan = std::string(plan_names[plan[i]]),
                                              .starts_on = Date::from_days(starts_on[i]),
                                              .ends_on = end,
                                              .price = price,
                                              .cycle = cycle[i],
                                              .quantity = quantity[i]}}});
  }
  RC_ASSERT(from_rows.phase_count() == count);
  const std::string expected = states(from_rows);
  RC_ASSERT(states(from_objects) == expected);
  RC_ASSERT(states(from_columns) == expected);
  RC_ASSERT(states(from_texts) == expected);
}

// So that several threads can each read a part of a source.
RC_GTEST_PROP(Records, appended_to_others_are_as_if_added_row_by_row, ()) {
  const auto id = [](const char* prefix) { return prefix + std::to_string(*between(0, 6)); };
  const auto day = [] { return Date::from_days(19'723 + *between(0, 50)); };
  const auto maybe_day = [&] { return *between(0, 3) == 0 ? std::optional{day()} : std::nullopt; };
  Records whole;
  Records parts;
  Records part;
  std::int64_t row = 0;
  std::int64_t rows_before = 0;
  for (int n = *between(0, 40); n > 0; --n) {
    row += *between(1, 3);
    const auto add_to_both = [&](auto&& add) {
      add(whole, row);
      add(part, row - rows_before);
    };
    switch (*between(0, 6)) {
      case 0: {
        Customer customer{.id = CustomerId{id("c")}, .signed_up_on = maybe_day(), .name = id("")};
        if (*between(0, 2) == 0) customer.merged_into = CustomerId{id("m")};
        for (int a = *between(0, 3); a > 0; --a) customer.attributes[id("a")] = id("");
        add_to_both([&](Records& to, std::int64_t at) { to.add(customer, at); });
        break;
      }
      case 1: {
        const Event event{.customer = CustomerId{id("c")},
                          .at = Timestamp::from_seconds(*between(0, 99)),
                          .kind = id("k"),
                          .value = Decimal{*between(0, 3)},
                          .label = id("")};
        add_to_both([&](Records& to, std::int64_t at) { to.add(event, at); });
        break;
      }
      case 2: {
        const FxRate rate{.on = day(), .currency = usd(), .rate = Decimal{*between(1, 9)}};
        add_to_both([&](Records& to, std::int64_t at) { to.add(rate, at); });
        break;
      }
      case 3: {
        const Invoice invoice{.id = InvoiceId{id("i")},
                              .customer = CustomerId{id("c")},
                              .issued_on = day(),
                              .currency = usd(),
                              .status = InvoiceStatus::open};
        add_to_both([&](Records& to, std::int64_t at) { to.add(invoice, at); });
        break;
      }
      case 4: {
        parts.append(part, rows_before);
        part = Records{};
        rows_before = row;
        break;
      }
      default: {
        const std::string subscription = id("s");
        const std::string customer = id("c");
        const std::string plan = id("p");
        const std::string reason = id("");
        PhaseRecord phase{.subscription = subscription,
                          .customer = customer,
                          .plan = plan,
                          .starts_on = day(),
                          .ends_on = maybe_day(),
                          .price = Price{Decimal{*between(0, 99), 1}, usd()}};
        if (*between(0, 2) == 0) phase.quantity = 3;
        if (*between(0, 2) == 0) phase.end_reason = reason;
        if (*between(0, 2) == 0) phase.discount_percent = Decimal{*between(0, 99)};
        phase.trial_ends_on = maybe_day();
        phase.paused_from = maybe_day();
        add_to_both([&](Records& to, std::int64_t at) {
          phase.row = at;
          to.add(phase);
        });
      }
    }
  }
  parts.append(part, rows_before);
  RC_ASSERT(support::contents(parts) == support::contents(whole));
}

/// A part of a source: customers with attributes, phases and events, of ids that other parts have too.
Records random_part(std::mt19937& random) {
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const auto id = [&](const std::string& prefix) { return prefix + std::to_string(below(30)); };
  Records part;
  for (std::size_t row = 1, rows = below(40); row <= rows; ++row) {
    const std::string customer = id("c");
    const std::string subscription = id("s");
    const std::string plan = id("p");
    const std::string text = below(2) == 0 ? "" : id("t");
    const auto at = static_cast<std::int64_t>(row + below(2) * 100);
    switch (below(3)) {
      case 0: {
        Customer named{.id = CustomerId{customer}, .name = text};
        for (std::size_t n = below(4); n > 0; --n) named.attributes[id("a")] = id("v");
        if (below(3) == 0) named.merged_into = CustomerId{id("m")};
        part.add(named, at);
        break;
      }
      case 1:
        part.add(Event{.customer = CustomerId{customer},
                       .at = Timestamp::from_seconds(1),
                       .kind = id("k"),
                       .label = text},
                 at);
        break;
      default: {
        PhaseRecord added{.subscription = subscription,
                          .customer = customer,
                          .plan = plan,
                          .starts_on = Date::of(2024, 1, 1),
                          .ends_on = {},
                          .price = Price{Decimal{static_cast<std::int64_t>(below(99))}, usd()},
                          .end_reason = text,
                          .row = at};
        if (below(3) == 0) added.discount_percent = Decimal{static_cast<std::int64_t>(below(99)), 1};
        if (below(3) == 0) added.quantity = 2;
        part.add(added);
      }
    }
  }
  return part;
}

TEST(Records, appended_at_once_on_any_threads_are_those_appended_one_by_one) {
  std::mt19937 random(23);
  for (int round = 0; round < 100; ++round) {
    std::vector<Records> held;
    for (std::size_t n = random() % 6; n > 0; --n) held.push_back(random_part(random));
    const Records before = random_part(random);
    Records expected = before;
    std::vector<RecordsPart> parts;
    for (const Records& part : held) {
      const auto rows_before = static_cast<std::int64_t>(parts.size() * 1000);
      parts.push_back({&part, rows_before});
      expected.append(part, rows_before);
    }
    for (const unsigned threads : {1U, 2U, 7U}) {
      Records appended = before;
      appended.append(parts, threads);
      ASSERT_EQ(support::contents(appended), support::contents(expected));
    }
  }
}

TEST(Records, appended_to_themselves_are_there_twice) {
  Records records;
  records.add(Customer{.id = CustomerId{"c1"}, .attributes = {{"size", "big"}}}, 2);
  records.append(records, 1);
  EXPECT_EQ(records.customer_count(), 2U);
  EXPECT_EQ(records.storage().customers.source_row(1), 3);
}

// Each phase ends before it starts, so that the rejections tell the row of every one.
RC_GTEST_PROP(Records, remember_the_row_of_their_source_and_count_from_1_where_none_is_given, ()) {
  Records records;
  std::vector<std::int64_t> expected;
  for (int n = *between(1, 12); n > 0; --n) {
    const auto ordinal = static_cast<std::int64_t>(expected.size()) + 1;
    if (*between(0, 4) == 0) {
      TwoPhases data;
      data.ends_on = {19'723, 19'724};
      records.add(data.columns());
      expected.push_back(ordinal);
      expected.push_back(ordinal + 1);
      continue;
    }
    const auto row = *rc::gen::oneOf(rc::gen::just<std::int64_t>(0), rc::gen::just(ordinal + 1),
                                     between<std::int64_t>(1, 1'000'000'000'000));
    records.add(phase(Date::of(2024, 1, 2), Date::of(2024, 1, 1), row));
    expected.push_back(row == 0 ? ordinal : row);
  }
  const auto [book, rejections] = Book::build(records, Date::of(2025, 1, 1));
  std::vector<std::int64_t> rows;
  for (const Rejection& rejection : rejections.entries())
    if (rejection.code == RejectionCode::ends_before_start) rows.push_back(rejection.row);
  std::sort(rows.begin(), rows.end());
  std::sort(expected.begin(), expected.end());
  RC_ASSERT(rows == expected);
}

TEST(DayAfterLatest, of_no_records_is_empty) {
  EXPECT_FALSE(Records{}.day_after_latest());
  Records rates_only;  // a rate of exchange is nothing that happened to anybody
  rates_only.add(FxRate{.on = Date::of(2030, 1, 1), .currency = Currency("EUR"), .rate = Decimal(1)});
  rates_only.add(Customer{.id = CustomerId{"c1"}});
  EXPECT_FALSE(rates_only.day_after_latest());
}

TEST(DayAfterLatest, looks_at_everything_that_happened) {
  const Date day = Date::of(2024, 5, 6);
  const Date next = Date::of(2024, 5, 7);
  const auto invoice = [&] {
    return Invoice{.id = InvoiceId{"i1"},
                   .customer = CustomerId{"c1"},
                   .issued_on = Date::of(2024, 1, 1),
                   .currency = usd(),
                   .status = InvoiceStatus::paid};
  };
  const auto after = [](const auto& record) {
    Records records;
    records.add(record);
    return records.day_after_latest();
  };
  EXPECT_EQ(after(Customer{.id = CustomerId{"c1"}, .signed_up_on = day}), next);
  EXPECT_EQ(after(phase(day, {})), next);
  PhaseRecord cancelled = phase(Date::of(2024, 1, 1), {});
  cancelled.cancel_requested_on = day;
  EXPECT_EQ(after(cancelled), next);
  EXPECT_EQ(after(Event{.customer = CustomerId{"c1"},
                        .at = Timestamp::parse("2024-05-06T23:59Z").value(),
                        .kind = "login"}),
            next);
  Invoice issued = invoice();
  issued.issued_on = day;
  EXPECT_EQ(after(issued), next);
  Invoice paid = invoice();
  paid.paid_on = day;
  EXPECT_EQ(after(paid), next);
  Invoice tried = invoice();
  tried.payments = {{.at = Timestamp::at_midnight(day), .status = PaymentStatus::failed}};
  EXPECT_EQ(after(tried), next);
}

TEST(DayAfterLatest, never_looks_at_what_may_lie_ahead) {
  Records records;
  PhaseRecord contract = phase(Date::of(2025, 1, 1), Date::of(2027, 1, 1));
  contract.term_ends_on = Date::of(2027, 1, 1);
  contract.discount_ends_on = Date::of(2026, 1, 1);
  contract.trial_ends_on = Date::of(2025, 2, 1);
  contract.paused_from = Date::of(2026, 6, 1);
  contract.paused_until = Date::of(2026, 7, 1);
  records.add(contract);
  records.add(Invoice{.id = InvoiceId{"i1"},
                      .customer = CustomerId{"c1"},
                      .issued_on = Date::of(2025, 1, 1),
                      .due_on = Date::of(2029, 1, 1),
                      .currency = usd(),
                      .status = InvoiceStatus::open,
                      .lines = {{.amount = Money{1, usd()}, .period_end = Date::of(2030, 1, 1)}}});
  EXPECT_EQ(records.day_after_latest(), Date::of(2025, 1, 2));
}

TEST(DayAfterLatest, is_a_day_of_the_books_time_zone) {
  Records records;
  records.add(Event{
      .customer = CustomerId{"c1"}, .at = Timestamp::parse("2024-05-06T02:00Z").value(), .kind = "login"});
  EXPECT_EQ(records.day_after_latest(), Date::of(2024, 5, 7));
  EXPECT_EQ(records.day_after_latest(TimeZone("EST-05")), Date::of(2024, 5, 6));
}

TEST(DayAfterLatest, stays_within_the_calendar) {
  Records records;
  records.add(phase(Date::of(9999, 12, 31), {}));
  EXPECT_EQ(records.day_after_latest(), Date::of(9999, 12, 31));
}

// A typo in a start used to move the default as_of by two centuries, although its row was rejected.
TEST(Records, a_phase_that_ends_before_it_starts_does_not_set_the_latest_day) {
  Records records;
  const auto add = [&records](Date from, std::optional<Date> until) {
    records.add(Subscription{
        SubscriptionId{"s"},
        CustomerId{"c"},
        {Phase{.plan = "pro", .starts_on = from, .ends_on = until, .price = Money{100, Currency{"USD"}}}}});
  };
  add(Date::of(2024, 1, 15), {});
  add(Date::of(2204, 2, 10), Date::of(2024, 9, 1));
  EXPECT_EQ(records.day_after_latest(), Date::of(2024, 1, 16));
}

}  // namespace
}  // namespace churn

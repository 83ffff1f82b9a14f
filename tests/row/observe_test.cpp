#include <churn/row/observe.hpp>

#include <gtest/gtest.h>

#include <churn/segment/customer_groups.hpp>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "support/build_past.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::day;
using support::did;
using support::error_of;
using support::TestBook;

ObserveOptions within(std::int32_t horizon) {
  ObserveOptions options;
  options.horizon = horizon;
  return options;
}

const Indicator& tenure_days() {
  static const Indicator indicator{
      .column = {"tenure_days", Direction::lowers},
      .value = [](const Past& past) -> std::optional<double> { return past.tenure(); }};
  return indicator;
}

/// `ann 2024-01-08 1 in 5, …`: who, when, the outcome, how far off.
std::string told(const Observations& o) {
  std::string text;
  for (std::size_t i = 0; i < o.rows(); ++i) {
    text += (text.empty() ? "" : ", ") + o.customers[o.customer[i]] + " " + o.day[i].to_string();
    if (!o.departed.empty()) text += " " + std::to_string(o.departed[i]);
    if (!o.departs_in.empty() && o.departs_in[i] >= 0) text += " in " + std::to_string(o.departs_in[i]);
  }
  return text;
}

std::vector<Date> days_of(std::initializer_list<const char*> texts) {
  std::vector<Date> days;
  for (const char* text : texts) days.push_back(day(text));
  return days;
}

// ---- days

TEST(ObservationDays, lie_on_a_grid_that_holds_as_of) {
  const Book book = book_as_of("2024-02-01", {a_customer("ann").on("pro").from("2024-01-10")});
  EXPECT_EQ(observation_days(book), days_of({"2024-01-11", "2024-01-18", "2024-01-25", "2024-02-01"}));
  EXPECT_EQ(observation_days(book, 20), days_of({"2024-01-12", "2024-02-01"}));
  EXPECT_EQ(observation_days(book, 1000), days_of({"2024-02-01"}));
  EXPECT_EQ(error_of([&] { (void)observation_days(book, 0); }), ErrorCode::bad_number);
}

TEST(ObservationDays, begin_with_the_records) {
  const Book book =
      book_from_until("2024-01-20", "2024-02-01", {a_customer("ann").on("pro").from("2023-01-10")});
  EXPECT_EQ(observation_days(book), days_of({"2024-01-25", "2024-02-01"}));
}

TEST(ObservationDays, are_none_of_a_book_without_movement) {
  EXPECT_TRUE(observation_days(book_as_of("2024-02-01", {})).empty());
}

// ---- rows

TEST(Observe, rows_are_customers_present_on_the_day_before_in_order_of_id_then_day) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("zoe").on("pro").from("2024-02-01"),
                                a_customer("ann").on("pro").from("2024-01-01").until("2024-02-15"),
                                a_customer("test").who_is_a_test_account().on("pro")});
  const Observations o = observe(
      book, {tenure_days()}, days_of({"2024-02-01", "2024-02-02", "2024-02-15", "2024-02-16"}), within(14));
  o.validate();
  EXPECT_EQ(told(o),
            "ann 2024-02-01 0 in 14, ann 2024-02-02 1 in 13, ann 2024-02-15 1 in 0, zoe 2024-02-02 0, zoe "
            "2024-02-15 0, zoe 2024-02-16 0");
  EXPECT_EQ(o.customers, (std::vector<std::string>{"ann", "zoe"}));
  EXPECT_EQ(o.tenure, (std::vector<std::int32_t>{31, 32, 45, 1, 14, 15}));
  EXPECT_EQ(o.ticks.front(), 10 * 100 * 12 * 360);
  EXPECT_EQ(o.values.col(0).transpose(), (Eigen::RowVectorXd(6) << 31, 32, 45, 1, 14, 15).finished());
  EXPECT_FALSE(o.missing.any());
  EXPECT_EQ(o.columns, (std::vector<IndicatorColumn>{tenure_days().column}));
  EXPECT_EQ(o.horizon, 14);
  EXPECT_EQ(o.as_of, day("2024-07-01"));
  EXPECT_EQ(o.not_yet_known, 0U);
}

TEST(Observe, of_a_large_book_a_sample_of_whole_customers_is_as_it_would_be_among_all) {
  Records records;
  for (int i = 0; i < 200; ++i) {
    auto customer = a_customer("c" + std::to_string(i)).on("pro").from("2024-01-01");
    if (i % 3 == 0) customer.until("2024-03-01");
    customer.add_to(records);
  }
  const Book book = Book::build(records, day("2024-07-01")).book;
  const std::vector<Date> days = observation_days(book, 14);
  const Observations all = observe(book, {tenure_days()}, days);
  ObserveOptions some;
  some.one_in = 4;
  const Observations sample = observe(book, {tenure_days()}, days, some);
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < all.rows(); ++i)
    if (customer_group(all.customers[all.customer[i]], 4) == 0) rows.push_back(i);
  EXPECT_EQ(told(sample), told(all.only(rows)));
  EXPECT_GT(sample.customers.size(), 30U);  // about 50
  EXPECT_LT(sample.customers.size(), 70U);
  EXPECT_LT(sample.not_yet_known, all.not_yet_known);

  // 67 stay 60 days, 133 stay 182: 28,226 days, of which a day in 14 is a row.
  EXPECT_EQ(observation_sample(book, 2100, 14), 1U);
  EXPECT_EQ(observation_sample(book, 2000, 14), 2U);
  EXPECT_EQ(observation_sample(book, 500, 14), 5U);
  some.one_in = 0;
  EXPECT_EQ(error_of([&] { (void)observe(book, {}, days, some); }), ErrorCode::bad_number);
  EXPECT_EQ(error_of([&] { (void)observation_sample(book, 0); }), ErrorCode::bad_number);
  EXPECT_EQ(error_of([&] { (void)observation_sample(book, 1, 0); }), ErrorCode::bad_number);
}

TEST(Observe, what_is_not_known_yet_is_left_out_whoever_left_already) {
  // Of 2 June 29 days are known, of 1 June 30. ann left on 3 June, which says nothing about who would leave in 30.
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("pro").until("2024-06-03"), a_customer("bob").on("pro")});
  const Observations o = observe(book, {}, days_of({"2024-06-01", "2024-06-02", "2024-07-01"}));
  EXPECT_EQ(told(o), "ann 2024-06-01 1 in 2, bob 2024-06-01 0");
  EXPECT_EQ(o.not_yet_known, 3U);  // both on 2 June, bob on 1 July
}

TEST(Observe, a_return_does_not_undo_a_departure) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("pro").until("2024-02-01").on("pro").from("2024-02-02")});
  EXPECT_EQ(told(observe(book, {}, days_of({"2024-01-20", "2024-02-02", "2024-02-03"}))),
            "ann 2024-01-20 1 in 12, ann 2024-02-03 0");
}

TEST(Observe, what_is_scheduled_has_not_happened) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("pro").until("2024-07-01"),
                                              a_customer("bob").on("pro").until("2024-06-30")});
  EXPECT_EQ(told(observe(book, {}, days_of({"2024-05-01"}), within(61))),
            "ann 2024-05-01 0, bob 2024-05-01 1 in 60");
}

TEST(Observe, customers_who_were_there_before_the_records_have_rows) {
  const Book book = book_from_until(
      "2024-03-01", "2024-07-01",
      {a_customer("ann").on("pro").from("2024-01-01").until("2024-04-01"),
       a_customer("bob").on("pro").from("2024-01-01").until("2024-02-01").on("pro").from("2024-03-20")});
  const Observations o = observe(book, {tenure_days()}, days_of({"2024-03-01", "2024-03-02", "2024-03-21"}));
  EXPECT_EQ(
      told(o),
      "ann 2024-03-02 0 in 30, ann 2024-03-21 1 in 11, bob 2024-03-21 0");  // of February nothing is known
  EXPECT_EQ(o.tenure, (std::vector<std::int32_t>{61, 80, 1}));
}

TEST(Observe, types_make_other_departures_stays) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("done").on("pro").until("2024-02-01").because("project_finished"),
                                a_customer("gone").on("pro").until("2024-02-01").because("competitor"),
                                a_customer("who").on("pro").until("2024-02-01")});
  const auto rows = [&](std::vector<DepartureType> types) {
    ObserveOptions options;
    options.types = std::move(types);
    return told(observe(book, {}, days_of({"2024-01-10"}), options));
  };
  EXPECT_EQ(rows({}), "done 2024-01-10 1 in 22, gone 2024-01-10 1 in 22, who 2024-01-10 1 in 22");
  EXPECT_EQ(rows({DepartureType::voluntary}), "done 2024-01-10 0, gone 2024-01-10 1 in 22, who 2024-01-10 0");
  EXPECT_EQ(rows({DepartureType::completed, DepartureType::unknown}),
            "done 2024-01-10 1 in 22, gone 2024-01-10 0, who 2024-01-10 1 in 22");
}

TEST(Observe, filters_see_customers_as_they_were_on_the_day_before) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .with("channel", "ads")
                                                  .on("pro")
                                                  .until("2024-02-01")
                                                  .then_on("team")
                                                  .from("2024-02-01"),
                                              a_customer("bob").with("channel", "web").on("team")});
  const auto rows = [&](const char* where) {
    ObserveOptions options;
    options.where = Filter::parse(where);
    return told(observe(book, {}, days_of({"2024-02-01", "2024-02-02"}), options));
  };
  EXPECT_EQ(rows("channel=ads"), "ann 2024-02-01 0, ann 2024-02-02 0");
  EXPECT_EQ(rows("channel!=ads"), "bob 2024-02-01 0, bob 2024-02-02 0");
  EXPECT_EQ(rows("plan=pro"), "ann 2024-02-01 0");
  EXPECT_EQ(rows("plan=team"), "ann 2024-02-02 0, bob 2024-02-01 0, bob 2024-02-02 0");
  EXPECT_EQ(rows("plan=team and channel=ads"), "ann 2024-02-02 0");
  ObserveOptions options;
  options.where = Filter::parse("colour=red");
  EXPECT_EQ(error_of([&] { (void)observe(book, {}, days_of({"2024-02-01"}), options); }),
            ErrorCode::unknown_attribute);
}

TEST(Observe, an_indicator_without_a_value_is_missing_and_not_zero) {
  const Indicator odd{.column = {"odd", Direction::raises},
                      .value = [](const Past& past) -> std::optional<double> {
                        return *past.tenure() % 2 == 1 ? std::optional<double>{7} : std::nullopt;
                      }};
  const Observations o = observe(book_as_of("2024-07-01", {a_customer("ann").on("pro")}), {odd},
                                 days_of({"2024-02-01", "2024-02-02"}));
  EXPECT_FALSE(o.missing(0, 0));
  EXPECT_EQ(o.values(0, 0), 7);
  EXPECT_TRUE(o.missing(1, 0));
  EXPECT_EQ(o.values(1, 0), 0);
}

TEST(Observe, kinds_of_events_stand_for_others) {
  const TestBook book{
      {a_customer("ann")},
      {did("ann", "2024-01-01T00:00:00Z", "opened"), did("ann", "2024-02-20T00:00:00Z", "opened")}};
  ObserveOptions options;
  options.kinds = {{"opened", "ticket_opened"}};
  const Indicator tickets = event_indicator("tickets", "ticket_opened", Direction::raises);
  const Observations o = observe(book.book, {tickets}, days_of({"2024-03-01"}), options);
  ASSERT_FALSE(o.missing(0, 0));
  EXPECT_EQ(o.values(0, 0), 1);
  EXPECT_TRUE(observe(book.book, {tickets}, days_of({"2024-03-01"})).missing(0, 0));
}

TEST(Observe, now_is_as_of_without_outcomes) {
  const Observations o = observe_now(
      book_as_of("2024-07-01", {a_customer("ann").on("pro"), a_customer("bob").on("pro").until("2024-07-01"),
                                a_customer("cat").on("pro").until("2024-06-30")}),
      {tenure_days()});
  o.validate();
  EXPECT_EQ(told(o), "ann 2024-07-01, bob 2024-07-01");
  EXPECT_TRUE(o.departed.empty());
  EXPECT_TRUE(o.departs_in.empty());
  EXPECT_EQ(o.not_yet_known, 0U);
}

TEST(Observe, nobody_gives_no_rows) {
  const Observations o =
      observe(book_as_of("2024-07-01", {}), standard_indicators(), days_of({"2024-02-01"}));
  o.validate();
  EXPECT_EQ(o.rows(), 0U);
  EXPECT_EQ(o.columns.size(), 22U);
  EXPECT_EQ(observe(book_as_of("2024-07-01", {a_customer("ann").on("pro")}), {}, {}).rows(), 0U);
  EXPECT_EQ(observe_now(book_as_of("2024-07-01", {}), standard_indicators()).rows(), 0U);
  EXPECT_EQ(observe_at_renewals(book_as_of("2024-07-01", {}), standard_indicators()).rows(), 0U);
}

// ---- conventions under which the past depends on what came later

TEST(Observe, a_gap_is_none_before_the_customer_came_back) {
  Conventions conventions;
  conventions.book.gap_allowance_days = 7;
  const Book book = book_as_of("2024-07-01",
                               {a_customer("ann").on("pro").until("2024-02-01").on("pro").from("2024-02-05"),
                                a_customer("bob").on("pro").until("2024-02-01")},
                               conventions);
  // On 3 February both are away for two days, which may be a gap. On the 10th it is known that bob left on the 1st.
  const Observations o =
      observe(book, {tenure_days()}, days_of({"2024-02-01", "2024-02-03", "2024-02-10"}), within(10));
  EXPECT_EQ(
      told(o),
      "ann 2024-02-01 0, ann 2024-02-03 0, ann 2024-02-10 0, bob 2024-02-01 1 in 0, bob 2024-02-03 1 in 0");
  EXPECT_EQ(o.tenure, (std::vector<std::int32_t>{31, 33, 40, 31, 33}));
}

TEST(Observe, a_request_counts_until_it_comes_to_nothing) {
  Conventions conventions;
  conventions.book.recognition = Recognition::cancel_request;
  const Book book = book_as_of("2024-07-01",
                               {a_customer("ann")
                                    .on("pro")
                                    .cancelled_on("2024-01-20")
                                    .until("2024-02-01")
                                    .on("pro")
                                    .from("2024-02-01"),
                                a_customer("bob").on("pro").cancelled_on("2024-01-20").until("2024-02-01")},
                               conventions);
  // Between the request and 1 February, ann had left for all that was known.
  EXPECT_EQ(told(observe(book, {}, days_of({"2024-01-20", "2024-01-25", "2024-02-02"}))),
            "ann 2024-01-20 0, ann 2024-02-02 0, bob 2024-01-20 1 in 0");
}

TEST(Observe, an_invoice_that_is_taken_back_later_was_there) {
  Conventions conventions;
  conventions.book.source = RevenueSource::invoices;
  Records records;
  for (const char* id : {"ann", "bob"}) {
    Invoice invoice = support::a_bill(id, std::string("i-") + id, "2024-01-10", InvoiceStatus::paid);
    invoice.lines[0].plan = "pro";
    invoice.lines[0].period_start = day("2024-01-10");
    invoice.lines[0].period_end = day("2024-02-10");
    records.add(invoice);
    invoice.id = InvoiceId{std::string("c-") + id};
    invoice.issued_on = day("2024-01-25");
    invoice.lines[0].kind = LineKind::proration;
    invoice.lines[0].amount = Money::parse("-10.00", Currency{"USD"}).value();
    if (id == std::string("ann")) records.add(invoice);
  }
  const Book book = Book::build(records, day("2024-07-01"), conventions).book;
  ASSERT_FALSE(book.balance_on(book.find(CustomerId{"ann"}).value(), day("2024-01-15")).present);
  EXPECT_EQ(told(observe(book, {}, days_of({"2024-01-20"}))),
            "ann 2024-01-20 1 in 0, bob 2024-01-20 1 in 21");
}

// ---- at renewals

TEST(ObserveAtRenewals, rows_lie_five_days_before_each_renewal_from_the_day_the_stay_began) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("month").on("pro").from("2024-01-31").until("2024-05-01")});
  // Renewals on 29 February, 31 March, 30 April (and 31 May, when it is gone).
  EXPECT_EQ(told(observe_at_renewals(book, {})),
            "month 2024-02-24 0 in 67, month 2024-03-26 0 in 36, month 2024-04-25 1 in 6");
  EXPECT_EQ(told(observe_at_renewals(book, {}, {}, 0)),
            "month 2024-02-29 0 in 62, month 2024-03-31 0 in 31, month 2024-04-30 1 in 1");
}

TEST(ObserveAtRenewals, the_cycle_is_that_of_what_most_is_paid_for_and_days_and_weeks_are_months) {
  const Book book = book_as_of(
      "2025-03-01", {a_customer("both")
                         .on("pro")
                         .from("2024-01-10")
                         .at("1200.00")
                         .yearly()
                         .on("add-on")
                         .from("2024-01-10")
                         .at("5"),
                     a_customer("change")
                         .on("pro")
                         .from("2024-01-10")
                         .until("2024-03-10")
                         .then_on("pro")
                         .from("2024-03-10")
                         .at("100")
                         .yearly(),
                     a_customer("quarter").on("pro").from("2024-08-31").every(1, BillingInterval::quarter),
                     a_customer("week").on("pro").from("2024-11-20").weekly()});
  EXPECT_EQ(told(observe_at_renewals(book, {}, within(10))),
            "both 2025-01-05 0, change 2024-02-05 0, change 2024-03-05 0, change 2025-01-05 0, "
            "quarter 2024-11-25 0, week 2024-12-15 0, week 2025-01-15 0, week 2025-02-15 0");
}

TEST(ObserveAtRenewals, each_stay_has_its_own) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("pro")
                                                  .from("2024-01-01")
                                                  .until("2024-02-10")
                                                  .on("pro")
                                                  .from("2024-03-15")
                                                  .until("2024-05-01")});
  EXPECT_EQ(told(observe_at_renewals(book, {})), "ann 2024-01-27 1 in 14, ann 2024-04-10 1 in 21");
}

TEST(ObserveAtRenewals, of_which_the_outcome_is_not_known_are_counted) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("pro").from("2024-04-10")});
  const Observations o = observe_at_renewals(book, {});
  EXPECT_EQ(told(o), "ann 2024-05-05 0");
  EXPECT_EQ(o.not_yet_known, 1U);  // 5 June; 5 July is not there yet
}

TEST(ObserveAtRenewals, the_lead_is_at_most_a_year) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("pro")});
  EXPECT_EQ(error_of([&] { (void)observe_at_renewals(book, {}, {}, -1); }), ErrorCode::bad_number);
  EXPECT_EQ(error_of([&] { (void)observe_at_renewals(book, {}, {}, 366); }), ErrorCode::bad_number);
  // A lead that is as long as the cycle, or longer, leaves days before the stay out.
  EXPECT_EQ(told(observe_at_renewals(book, {}, {}, 60)),
            "ann 2024-02-01 0, ann 2024-03-02 0, ann 2024-04-02 0, ann 2024-05-02 0");
}

// ---- errors

TEST(Observe, refuses_what_has_no_answer) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("pro")});
  const auto code = [&](std::vector<Indicator> indicators, std::vector<Date> days,
                        ObserveOptions options = {}) {
    return error_of([&] { (void)observe(book, indicators, days, options); });
  };
  EXPECT_EQ(code({}, days_of({"2024-02-01", "2024-02-01"})), ErrorCode::bad_period);
  EXPECT_EQ(code({}, days_of({"2024-02-02", "2024-02-01"})), ErrorCode::bad_period);
  EXPECT_EQ(code({}, days_of({"2024-07-02"})), ErrorCode::out_of_range);
  EXPECT_EQ(code({}, {Date::from_days(Date::min_days)}), ErrorCode::out_of_range);
  EXPECT_EQ(code({}, {}, within(0)), ErrorCode::bad_number);
  EXPECT_EQ(code({tenure_days(), tenure_days()}, {}), ErrorCode::unknown_name);
  EXPECT_EQ(code({Indicator{.column = {"empty", Direction::raises}}}, {}), ErrorCode::unknown_name);
  const Indicator unprepared{.column = {"unprepared", Direction::raises},
                             .prepare = [](const PastReader&) { return IndicatorValue{}; }};
  EXPECT_EQ(code({unprepared}, days_of({"2024-02-01"})), ErrorCode::unknown_name);
  const auto constant = [](double value) {
    return [value](const Past&) -> std::optional<double> { return value; };
  };
  for (const double bad :
       {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    const Indicator wrong{.column = {"wrong", Direction::raises}, .value = constant(bad)};
    try {
      (void)observe(book, {wrong}, days_of({"2024-02-01"}));
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_number);
      EXPECT_NE(std::string{error.what()}.find("wrong"), std::string::npos);
    }
    Observer observer{book, {wrong}};
    EXPECT_EQ(error_of([&] { (void)observer.row(CustomerIndex{0}, day("2024-02-01")); }),
              ErrorCode::bad_number);
  }
}

TEST(Observe, ends_where_it_is_told_to) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("pro")});
  ObserveOptions options;
  options.progress = [](double) { return false; };
  EXPECT_EQ(error_of([&] { (void)observe(book, {}, days_of({"2024-02-01"}), options); }),
            ErrorCode::cancelled);
}

// ---- single rows

TEST(Observer, knows_one_customer_as_rows_of_all_do) {
  const TestBook book{
      {a_customer("ann"), a_customer("bob").on("pro").until("2024-06-01")},
      {did("ann", "2024-06-20T00:00:00Z", "login"), did("bob", "2024-01-01T00:00:00Z", "login")}};
  const std::vector<Indicator> indicators = standard_indicators();
  Observer observer{book.book, indicators};
  EXPECT_EQ(observer.indicators().size(), indicators.size());
  const auto row = observer.row(book.book.find(CustomerId{"ann"}).value(), day("2024-07-01"));
  ASSERT_TRUE(row.has_value());
  const Observations now = observe_now(book.book, indicators);
  ASSERT_EQ(now.rows(), 1U);
  EXPECT_EQ(row->tenure, now.tenure[0]);
  EXPECT_EQ(row->ticks, now.ticks[0]);
  for (std::size_t k = 0; k < indicators.size(); ++k) {
    EXPECT_EQ(row->values[k], now.values(0, static_cast<Eigen::Index>(k))) << indicators[k].column.name;
    EXPECT_EQ(row->missing[k] != 0, now.missing(0, static_cast<Eigen::Index>(k)))
        << indicators[k].column.name;
  }
  EXPECT_EQ(observer.row(book.book.find(CustomerId{"bob"}).value(), day("2024-07-01")), std::nullopt);
  EXPECT_EQ(error_of([&] { (void)observer.row(CustomerIndex{0}, day("2024-07-02")); }),
            ErrorCode::out_of_range);
}

TEST(Observer, takes_changed_records_of_one_customer_and_everything_else_from_the_book) {
  const TestBook whole{
      {a_customer("ann"), a_customer("bob")},
      {did("bob", "2024-01-01T00:00:00Z", "login"), did("ann", "2024-06-20T00:00:00Z", "login")}};
  Observer observer{whole.book, standard_indicators()};
  // Her last month again, with nine logins more.
  std::vector<Event> events{did("ann", "2024-06-20T00:00:00Z", "login")};
  for (int i = 0; i < 9; ++i) events.push_back(did("ann", "2024-07-01T00:00:00Z", "login"));
  const TestBook changed{{a_customer("ann")}, events, {}, "2024-07-02"};
  const auto row =
      observer.row(changed.book, changed.book.find(CustomerId{"ann"}).value(), day("2024-07-02"));
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->missing[0], 0);
  EXPECT_DOUBLE_EQ(row->values[0], -std::log(11.0));
}

}  // namespace
}  // namespace churn

#include "book/exchange.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::day;
using support::error_of;
using support::months_of;
using support::mrr_on;

struct RateRow {
  const char* on;
  const char* currency;
  const char* rate;
};

Records with_rates(const support::CustomerSentences& customers, const std::vector<RateRow>& rates) {
  Records records = support::records_of(customers);
  for (const auto& [on, currency, rate] : rates)
    records.add(FxRate{day(on), Currency{currency}, Decimal::parse(rate).value()});
  return records;
}

Conventions in(const char* currency, FxPolicy policy = FxPolicy::constant) {
  Conventions conventions;
  conventions.book.currency = Currency{currency};
  conventions.book.fx = policy;
  return conventions;
}

Book build(const Records& records, const Conventions& conventions, const char* as_of = "2024-06-01") {
  return Book::build(records, day(as_of), conventions).book;
}

std::string mrr(std::int64_t ticks, const char* currency = "USD") {
  return RunRate{ticks, Currency{currency}}.mrr().to_string();
}

// ---- One rate

TEST(Exchange, amounts_are_converted_at_the_latest_rate_before_as_of) {
  const Records records = with_rates(
      {a_customer("ann").on("pro").at("100.00").in("EUR"), a_customer("bob").on("pro").at("50.00")},
      {{"2024-01-01", "EUR", "1.10"}, {"2024-05-31", "EUR", "1.20"}, {"2024-06-01", "EUR", "9"}});
  const Book book = build(records, in("USD"));
  EXPECT_EQ(book.currency(), Currency{"USD"});
  EXPECT_EQ(mrr_on(book, "ann", "2024-01-15"), "120.00") << "The rate of as_of itself is not known.";
  EXPECT_EQ(mrr_on(book, "bob", "2024-01-15"), "50.00");
  ASSERT_EQ(book.exchange_rates().size(), 1U);
  EXPECT_EQ(book.exchange_rates()[0].currency, Currency{"EUR"});
  EXPECT_EQ(book.exchange_rates()[0].rate, (Decimal{12, 1}));
  EXPECT_EQ(book.exchange_rates()[0].on, day("2024-05-31"));
}

TEST(Exchange, rates_of_the_conventions_go_before_those_of_the_records) {
  Conventions conventions = in("USD");
  conventions.book.rates = {{Currency{"EUR"}, Decimal{2}}};
  const Book book =
      build(with_rates({a_customer("ann").on("pro").at("100.00").in("EUR")}, {{"2024-01-01", "EUR", "1.10"}}),
            conventions);
  EXPECT_EQ(mrr_on(book, "ann", "2024-01-15"), "200.00");
  EXPECT_FALSE(book.exchange_rates()[0].on);
}

TEST(Exchange, currencies_without_decimals_and_with_three_keep_their_magnitude) {
  // 1000 JPY x 0.0067 = 6.70 USD; 10.500 KWD x 3.25 = 34.125 USD, shown half-even.
  const Book book = build(with_rates({a_customer("yen").on("pro").at("1000").in("JPY"),
                                      a_customer("dinar").on("pro").at("10.500").in("KWD")},
                                     {{"2024-01-01", "JPY", "0.0067"}, {"2024-01-01", "KWD", "3.25"}}),
                          in("USD"));
  EXPECT_EQ(mrr_on(book, "yen", "2024-02-01"), "6.70");
  EXPECT_EQ(mrr_on(book, "dinar", "2024-02-01"), "34.12");
  // The other way round: 100.00 USD x 149.5 = 14950 JPY.
  const Book yen = build(
      with_rates({a_customer("ann").on("pro").at("100.00")}, {{"2024-01-01", "USD", "149.5"}}), in("JPY"));
  EXPECT_EQ(mrr_on(yen, "ann", "2024-02-01"), "14950");
}

TEST(Exchange, a_value_is_rounded_half_to_even_once_a_phase) {
  const Records records = with_rates({}, {{"2024-01-01", "EUR", "0.5"}});
  Rejections rejections;
  const Exchange exchange{records.storage(), in("USD").book, day("2024-06-01"), rejections};
  const Currency eur{"EUR"};
  EXPECT_EQ(exchange.value(1, eur), 0) << "0.5 to the even neighbour";
  EXPECT_EQ(exchange.value(3, eur), 2) << "1.5 as well";
  EXPECT_EQ(exchange.value(5, eur), 2);
  EXPECT_EQ(exchange.value(7, Currency{"USD"}), 7);
}

TEST(Exchange, a_missing_rate_is_an_error_that_names_currency_and_day) {
  const Records records =
      with_rates({a_customer("ann").on("pro").in("EUR"), a_customer("bob").on("pro").in("GBP")},
                 {{"2024-01-01", "EUR", "1.10"}, {"2024-06-01", "GBP", "1.3"}});
  try {
    (void)build(records, in("USD"));
    FAIL() << "never 1.0";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::missing_rate);
    EXPECT_NE(std::string(error.what()).find("GBP"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("2024-05-31"), std::string::npos) << error.what();
  }
}

TEST(Exchange, what_is_free_or_not_known_yet_needs_no_rate) {
  const Records records = with_rates(
      {a_customer("ann").on("pro").at("0").in("GBP"),
       a_customer("bob").on("pro").from("2024-06-01").in("GBP"), a_customer("eve").on("pro").in("EUR")},
      {{"2024-01-01", "EUR", "1.10"}});
  EXPECT_EQ(build(records, in("USD")).currencies(), std::vector{Currency{"USD"}});
}

TEST(Exchange, without_any_rate_other_currencies_are_rejected_as_before) {
  const Records records =
      support::records_of({a_customer("ann").on("pro").in("EUR"), a_customer("bob").on("pro")});
  const auto [book, rejections] = Book::build(records, day("2024-06-01"), in("USD"));
  EXPECT_EQ(rejections.count(RejectionCode::currency_not_reported), 1U);
  EXPECT_EQ(mrr_on(book, "ann", "2024-02-01"), "absent");
}

TEST(Exchange, rates_without_a_currency_to_report_in_are_a_contradiction) {
  Conventions conventions;
  conventions.book.fx = FxPolicy::dated;
  EXPECT_EQ(error_of([&] { (void)build(Records{}, conventions); }), ErrorCode::bad_conventions);
  conventions.book.fx = FxPolicy::constant;
  conventions.book.rates = {{Currency{"EUR"}, Decimal{2}}};
  EXPECT_EQ(error_of([&] { (void)build(Records{}, conventions); }), ErrorCode::bad_conventions);
  conventions.book.currency = Currency{"USD"};
  EXPECT_FALSE(error_of([&] { (void)build(Records{}, conventions); }));
  conventions.book.rates.push_back({Currency{"EUR"}, Decimal{3}});
  EXPECT_EQ(error_of([&] { (void)build(Records{}, conventions); }), ErrorCode::bad_conventions);
}

// A host's own records were not looked at as rows of files are: a rate of 0 ended in a division by it.
TEST(Exchange, rates_that_are_not_above_0_are_rejected_and_those_beside_them_count) {
  for (const char* rate : {"0", "-1.10"}) {
    const Records records = with_rates({a_customer("ann").on("pro").at("100.00").in("EUR")},
                                       {{"2024-01-01", "EUR", "1.10"}, {"2024-02-01", "EUR", rate}});
    const auto [book, rejections] = Book::build(records, day("2024-06-01"), in("USD"));
    EXPECT_EQ(rejections.count(RejectionCode::out_of_range), 1U);
    EXPECT_EQ(mrr_on(book, "ann", "2024-03-01"), mrr_on(book, "ann", "2024-01-15"));
  }
}

TEST(Exchange, rates_of_one_day_that_differ_count_not_at_all_and_repeated_ones_once) {
  const Records records =
      with_rates({a_customer("ann").on("pro").at("100.00").in("EUR")}, {{"2024-01-01", "EUR", "1.10"},
                                                                        {"2024-01-01", "EUR", "1.10"},
                                                                        {"2024-02-01", "EUR", "1.20"},
                                                                        {"2024-02-01", "EUR", "1.30"}});
  const auto [book, rejections] = Book::build(records, day("2024-06-01"), in("USD"));
  EXPECT_EQ(rejections.count(RejectionCode::conflicting_rates), 2U);
  EXPECT_EQ(rejections.count(RejectionCode::duplicate_row), 1U);
  EXPECT_EQ(mrr_on(book, "ann", "2024-03-01"), "110.00");
}

TEST(Exchange, rates_to_one_currency_serve_a_report_in_another_as_quotients) {
  // 1 EUR = 1.20 USD and 1 GBP = 1.50 USD: 100 USD = 66.67 GBP, 100 EUR = 80 GBP.
  Records records = with_rates(
      {a_customer("ann").on("pro").at("100.00").in("EUR"), a_customer("bob").on("pro").at("100.00"),
       a_customer("eve").on("pro").at("100.00").in("GBP")},
      {{"2024-01-01", "EUR", "1.20"}, {"2024-01-01", "GBP", "1.50"}});
  records.set_rates_currency(Currency{"USD"});
  const Book book = build(records, in("GBP"));
  EXPECT_EQ(mrr_on(book, "ann", "2024-03-01"), "80.00");
  EXPECT_EQ(mrr_on(book, "bob", "2024-03-01"), "66.67");
  EXPECT_EQ(mrr_on(book, "eve", "2024-03-01"), "100.00");
}

TEST(Exchange, movements_at_constant_rates_are_made_by_customers_only) {
  const Records records = with_rates({a_customer("ann").on("pro").at("100.00").in("EUR")},
                                     {{"2023-12-01", "EUR", "1.10"}, {"2024-02-01", "EUR", "1.20"}});
  const MovementCube cube =
      MovementCube::fold(build(records, in("USD")), months_of("2024-01-01", "2024-04-01"));
  for (std::size_t p = 0; p < 3; ++p) {
    EXPECT_EQ(cube.at(0, p).fx, 0);
    EXPECT_EQ(cube.at(0, p).expansion, 0);
    EXPECT_EQ(mrr(cube.at(0, p).closing), "120.00");
  }
}

TEST(Exchange, a_switch_to_a_plan_in_another_currency_is_a_transfer_at_what_it_is_worth) {
  // 100 EUR = 120 USD goes to 150 USD: by currency 120 moves and 30 is growth.
  const Records records = with_rates({a_customer("ann")
                                          .on("pro")
                                          .at("100.00")
                                          .in("EUR")
                                          .until("2024-02-10")
                                          .then_on("pro")
                                          .from("2024-02-10")
                                          .at("150.00")},
                                     {{"2023-12-01", "EUR", "1.20"}});
  const MovementCube cube =
      MovementCube::fold(build(records, in("USD")), months_of("2024-02-01", "2024-03-01"), by::currency);
  const MovementCell& eur = cube.at(cube.segment({"EUR"}), 0);
  const MovementCell& usd = cube.at(cube.segment({"USD"}), 0);
  EXPECT_EQ(mrr(eur.transfer_out), "120.00");
  EXPECT_EQ(mrr(usd.transfer_in), "120.00");
  EXPECT_EQ(mrr(usd.expansion), "30.00");
}

// ---- Dated rates

Records three_currencies() {
  return with_rates({a_customer("ann").on("pro").at("100.00").in("EUR"),
                     a_customer("bob").on("pro").at("50.00").until("2024-03-15"),
                     a_customer("yen").on("basic").at("1000").in("JPY").from("2024-02-10")},
                    {{"2023-12-31", "EUR", "1.10"},
                     {"2024-01-31", "EUR", "1.20"},
                     {"2024-02-29", "EUR", "1.00"},
                     {"2024-01-01", "JPY", "0.007"},
                     {"2024-03-01", "JPY", "0.008"}});
}

TEST(Exchange, dated_movements_are_valued_at_the_opening_rate_and_the_rest_is_fx) {
  const Book book = build(three_currencies(), in("USD", FxPolicy::dated));
  const MovementCube cube = MovementCube::fold(book, months_of("2024-01-01", "2024-05-01"));
  // January at 1.10: new 110 + 50; EUR closes at 1.20: fx 100 x 0.10.
  EXPECT_EQ(mrr(cube.at(0, 0).new_), "160.00");
  EXPECT_EQ(mrr(cube.at(0, 0).fx), "10.00");
  EXPECT_EQ(mrr(cube.at(0, 0).closing), "170.00");
  // February at 1.20 and 0.007: new 7; EUR falls to 1.00: fx -20.
  EXPECT_EQ(mrr(cube.at(0, 1).new_), "7.00");
  EXPECT_EQ(mrr(cube.at(0, 1).fx), "-20.00");
  EXPECT_EQ(mrr(cube.at(0, 1).closing), "157.00");
  // March: 50 leave; 1000 JPY go from 7 to 8.
  EXPECT_EQ(mrr(cube.at(0, 2).churn), "50.00");
  EXPECT_EQ(mrr(cube.at(0, 2).fx), "1.00");
  EXPECT_EQ(mrr(cube.at(0, 2).closing), "108.00");
  EXPECT_EQ(cube.at(0, 3).fx, 0);
  EXPECT_TRUE(closes(cube));
}

TEST(Exchange, what_retention_is_made_of_leaves_fx_out) {
  const Book book = build(three_currencies(), in("USD", FxPolicy::dated));
  const auto table = measure(book)
                         .over(months_of("2024-02-01", "2024-03-01"))
                         .compute(NetRevenueRetention{}, GrossRevenueRetention{});
  const Period february = months_of("2024-02-01", "2024-03-01")[0];
  EXPECT_EQ(table.at(february).get<NetRevenueRetention>().value(), 1.0);
  EXPECT_EQ(table.at(february).get<GrossRevenueRetention>().value(), 1.0);
}

TEST(Exchange, every_segment_closes_with_its_own_fx_and_segments_add_up) {
  const Book book = build(three_currencies(), in("USD", FxPolicy::dated));
  const PeriodGrid grid = months_of("2024-01-01", "2024-05-01");
  const MovementCube total = MovementCube::fold(book, grid);
  for (const Segmenter& segmenter :
       {Segmenter{by::plan}, Segmenter{by::currency}, Segmenter{by::primary_plan}, by::tenure_bands({30, 60}),
        by::mrr_bands({105, 115})}) {
    const MovementCube cube = MovementCube::fold(book, grid, segmenter);
    EXPECT_TRUE(closes(cube));
    for (std::size_t p = 0; p < grid.size(); ++p) {
      std::int64_t fx = 0;
      std::int64_t closing = 0;
      for (std::size_t s = 0; s < cube.segments().size(); ++s) {
        fx += cube.at(s, p).fx;
        closing += cube.at(s, p).closing;
      }
      EXPECT_EQ(fx, total.at(0, p).fx);
      EXPECT_EQ(closing, total.at(0, p).closing);
    }
  }
}

TEST(Exchange, a_band_that_rates_alone_have_crossed_is_a_transfer_of_the_next_period) {
  // 100 EUR: 110 USD in January, 120 from its close on; the band 115+ is entered on 1 February.
  const Book book = build(three_currencies(), in("USD", FxPolicy::dated));
  const MovementCube cube =
      MovementCube::fold(book, months_of("2024-01-01", "2024-03-01"), by::mrr_bands({60, 115}));
  const std::size_t below = cube.segment({"060-115"});
  const std::size_t above = cube.segment({"115+"});
  EXPECT_EQ(mrr(cube.at(below, 0).closing), "120.00") << "Where it was when it was valued.";
  EXPECT_EQ(mrr(cube.at(below, 1).transfer_out), "120.00");
  EXPECT_EQ(mrr(cube.at(above, 1).transfer_in), "120.00");
  EXPECT_EQ(mrr(cube.at(above, 1).fx), "-20.00");
}

// It was missed in every period but the first, whose rates are no new ones.
TEST(Exchange, tenure_that_grows_within_a_period_of_new_rates_is_a_transfer) {
  const Records records = with_rates({a_customer("ann").on("pro").at("100.00").in("EUR").from("2024-01-20")},
                                     {{"2023-12-31", "EUR", "1.10"}, {"2024-01-31", "EUR", "1.20"}});
  const MovementCube cube = MovementCube::fold(build(records, in("USD", FxPolicy::dated)),
                                               months_of("2024-01-01", "2024-03-01"), by::tenure_bands({30}));
  EXPECT_EQ(mrr(cube.at(cube.segment({"0-29 days"}), 1).transfer_out), "120.00");
  EXPECT_EQ(mrr(cube.at(cube.segment({"30+ days"}), 1).closing), "120.00");
}

TEST(Exchange, a_period_that_as_of_cuts_is_valued_on_its_last_known_day) {
  const Records records = with_rates(
      {a_customer("ann").on("pro").at("100.00").in("EUR")},
      {{"2023-12-31", "EUR", "1.10"}, {"2024-01-10", "EUR", "1.30"}, {"2024-01-20", "EUR", "9.99"}});
  const Book book = build(records, in("USD", FxPolicy::dated), "2024-01-20");
  const MovementCube cube = MovementCube::fold(book, months_of("2024-01-01", "2024-02-01"));
  EXPECT_EQ(mrr(cube.at(0, 0).fx), "20.00");
  EXPECT_EQ(mrr(cube.at(0, 0).closing), "130.00");
  EXPECT_FALSE(cube.status(0).complete);
}

TEST(Exchange, a_dated_rate_that_is_missing_is_an_error_of_the_period_that_needs_it) {
  const Book book = build(three_currencies(), in("USD", FxPolicy::dated));
  const auto fold_from = [&](const char* from) {
    return error_of([&] { (void)MovementCube::fold(book, months_of(from, "2024-05-01")); });
  };
  EXPECT_FALSE(fold_from("2024-01-01"));
  EXPECT_EQ(fold_from("2023-12-01"), std::nullopt) << "Nothing had to be converted then.";
  const Records late = with_rates({a_customer("ann").on("pro").in("EUR")}, {{"2024-01-01", "EUR", "1.10"}});
  const Book late_book = build(late, in("USD", FxPolicy::dated));
  EXPECT_EQ(error_of([&] { (void)MovementCube::fold(late_book, months_of("2024-01-01", "2024-02-01")); }),
            ErrorCode::missing_rate)
      << "January is valued at the rate of 31 December.";
}

TEST(Exchange, a_roster_is_valued_on_its_day_and_equals_what_movements_close_with) {
  const Book book = build(three_currencies(), in("USD", FxPolicy::dated));
  const PeriodGrid grid = months_of("2024-01-01", "2024-05-01");
  const MovementCube cube = MovementCube::fold(book, grid);
  for (std::size_t p = 0; p < grid.size(); ++p) {
    std::int64_t ticks = 0;
    for (const RosterEntry& entry : roster(book, grid[p].last() - std::chrono::days{1}))
      ticks += entry.run_rate.ticks();
    EXPECT_EQ(ticks, cube.at(0, p).closing);
  }
}

TEST(Exchange, the_customers_behind_fx_are_listed) {
  const Book book = build(three_currencies(), in("USD", FxPolicy::dated));
  const auto behind = explain(book, months_of("2024-01-01", "2024-05-01"), {}, {}, 1, Movement::fx, {});
  ASSERT_EQ(behind.size(), 1U);
  EXPECT_EQ(behind[0].customer.text(), "ann");
  EXPECT_EQ(mrr(behind[0].amount.ticks()), "-20.00");
  EXPECT_EQ(mrr(behind[0].from.ticks()), "120.00");
  EXPECT_EQ(mrr(behind[0].to.ticks()), "100.00");
}

TEST(Exchange, dated_books_fold_alike_with_any_number_of_threads) {
  const Book book = build(three_currencies(), in("USD", FxPolicy::dated));
  const PeriodGrid grid = months_of("2024-01-01", "2024-05-01");
  const MovementCube one = MovementCube::fold(book, grid, by::plan);
  for (const unsigned threads : {2U, 3U, 7U})
    EXPECT_EQ(MovementCube::fold(book, grid, by::plan, {.threads = threads}), one);
}

}  // namespace
}  // namespace churn

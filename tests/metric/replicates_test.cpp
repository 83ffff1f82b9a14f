#include <churn/metric/replicates.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <churn/metric/measure.hpp>
#include <churn/segment/customer_groups.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <numbers>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::CustomerSentences;
using support::day;
using support::error_of;
using support::months_of;
using support::one_period;

const Period june{day("2024-06-01"), day("2024-07-01")};

// ---- the cube by groups

Segmenter draw_factor(const Book& book) {
  switch (support::draw(0, 7)) {
    case 0: return by::plan;
    case 1: return by::interval;
    case 2: return by::tenure_bands({10, 45, 100});
    case 3: return by::primary_plan;
    case 4: return by::mrr_bands({10, 30, 1000});
    case 5:
      if (!book.attribute_names().empty()) return by::attribute(book.attribute_names().front());
      [[fallthrough]];
    default: return by::cohort();
  }
}

struct Question {
  Segmenter by;
  FoldOptions options;
};

Question draw_question(const Book& book, bool one_currency) {
  Question question;
  const int factors = support::draw(0, 3);
  for (int i = 0; i < factors && one_currency; ++i) question.by = question.by * draw_factor(book);
  if (!one_currency) question.by = (support::one_in(2) ? by::plan : by::interval) * by::currency;
  if (support::one_in(3))
    question.options.where = Filter::label_is(
        one_currency ? draw_factor(book) : Segmenter{by::plan},
        support::one_of<const char*>({"basic", "pro", "month", "010-044 days", "0010-0030", "ads", "(none)"}),
        support::one_in(2));
  question.options.threads = support::one_in(4) ? 3 : 1;
  return question;
}

/// Every cell of a cube is the sum of those of its groups, and these have no segment of their own.
void require_same_sums(const MovementCube& whole, const Replicates& replicates) {
  const MovementCube& parts = replicates.cube();
  std::map<Label, std::vector<MovementCell>> sums;
  for (std::size_t s = 0; s < parts.segments().size(); ++s) {
    Label segment = parts.segments()[s];
    segment.pop_back();
    auto& row = sums.try_emplace(segment, whole.grid().size()).first->second;
    for (std::size_t p = 0; p < row.size(); ++p)
      for (const auto field : MovementCell::fields()) row[p].*field += parts.at(s, p).*field;
  }
  for (const auto& [segment, row] : sums) RC_ASSERT(whole.segment(segment) < whole.segments().size());
  for (std::size_t s = 0; s < whole.segments().size(); ++s) {
    const auto at = sums.find(whole.segments()[s]);
    for (std::size_t p = 0; p < whole.grid().size(); ++p)
      RC_ASSERT(whole.at(s, p) == (at == sums.end() ? MovementCell{} : at->second[p]));
  }
}

RC_GTEST_PROP(ReplicatesLaws, groups_add_up_to_the_whole_to_the_tick_by_any_segments, ()) {
  support::RandomCase random = support::draw_case();
  const bool one_currency = !support::one_in(4);
  if (!one_currency)
    for (reference::Phase& phase : random.book.phases)
      phase.currency = support::one_of<const char*>({"USD", "USD", "EUR", "JPY"});
  const PeriodGrid grid = support::draw_grid().first;
  RC_PRE(grid.size() <= 120);
  const Book book = support::build(random.book, random.rules).book;
  const Question question = draw_question(book, one_currency);
  const std::uint32_t groups = support::one_of({10U, 50U, 200U});
  FoldOptions by_day = question.options;  // rules that only the cube knows
  by_day.rules = book.conventions().rate;
  by_day.rules->netting = Netting::by_day;
  for (const FoldOptions& options : {question.options, by_day}) {
    const MovementCube whole = MovementCube::fold(book, grid, question.by, options);
    require_same_sums(whole, Replicates::fold(book, whole, question.by, question.options, groups));
  }
  if (grid.size() > 6) return;  // windows are folded one by one
  const MovementCube windows =
      MovementCube::fold_trailing(book, grid, support::draw(1, 90), question.by, question.options);
  require_same_sums(windows, Replicates::fold(book, windows, question.by, question.options, groups));
}

// The cell without a group, by another way: a filter leaves the group out before anything is counted.
RC_GTEST_PROP(ReplicatesLaws, without_a_group_a_cell_is_that_of_the_other_customers, ()) {
  const support::RandomCase random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  RC_PRE(grid.size() <= 60);
  const Book book = support::build(random.book, random.rules).book;
  const Question question = draw_question(book, true);
  const MovementCube whole = MovementCube::fold(book, grid, question.by, question.options);
  const Replicates replicates = Replicates::fold(book, whole, question.by, question.options, 10);
  std::vector<std::vector<std::vector<MovementCell>>> expected(
      whole.segments().size(), std::vector<std::vector<MovementCell>>(grid.size()));
  for (int group = 0; group < 10; ++group) {
    FoldOptions others = question.options;
    others.where = others.where && by::customer_group(10) != std::to_string(group);
    const MovementCube without = MovementCube::fold(book, grid, question.by, others);
    for (std::size_t s = 0; s < whole.segments().size(); ++s) {
      const auto at = std::find(without.segments().begin(), without.segments().end(), whole.segments()[s]);
      for (std::size_t p = 0; p < grid.size(); ++p) {
        const MovementCell cell =
            at == without.segments().end()
                ? MovementCell{}
                : without.at(static_cast<std::size_t>(at - without.segments().begin()), p);
        if (cell != whole.at(s, p)) expected[s][p].push_back(cell);
      }
    }
  }
  for (std::size_t s = 0; s < whole.segments().size(); ++s)
    for (std::size_t p = 0; p < grid.size(); ++p)
      RC_ASSERT(replicates.without_each_group(whole.segments()[s], p, whole.at(s, p)) == expected[s][p]);
}

TEST(Replicates, a_label_that_begins_like_another_is_not_taken_for_it) {
  const Book book = book_as_of("2024-07-01", {a_customer("1").on("pro"), a_customer("2").on("pro plus"),
                                              a_customer("3").on("pr"), a_customer("4").on("pro")});
  const MovementCube whole = MovementCube::fold(book, months_of("2024-06-01", "2024-07-01"), by::plan);
  const Replicates replicates = Replicates::fold(book, whole, by::plan);
  const auto count = [&](const Label& label) {
    return replicates.without_each_group(label, 0, whole.at(whole.segment(label), 0)).size();
  };
  EXPECT_EQ(count({"pr"}), 1U);
  EXPECT_EQ(count({"pro"}), 2U);
  EXPECT_EQ(count({"pro plus"}), 1U);
  EXPECT_TRUE(replicates.without_each_group({"p"}, 0, {}).empty());
}

TEST(Replicates, too_many_or_too_few_groups_are_an_error_before_anything_is_counted) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("pro")});
  const PeriodGrid grid = days(Date::of(1960, 1, 1), Date::of(2024, 7, 1));  // 23,558
  const MovementCube whole = MovementCube::fold(book, grid, by::plan);
  EXPECT_EQ(error_of([&] { return Replicates::fold(book, whole, by::plan, {}, 1000); }),
            ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return Replicates::fold(book, whole, by::plan, {}, 800); }), std::nullopt);
  const MovementCube total = MovementCube::fold(book, grid);
  EXPECT_EQ(error_of([&] { return Replicates::fold(book, total, {}, {}, 1000); }), std::nullopt)
      << "One customer makes one row where segments stay.";
  for (const std::uint32_t groups : {0U, 9U, 1001U})
    EXPECT_EQ(error_of([&] { return Replicates::fold(book, total, {}, {}, groups); }), ErrorCode::bad_number);
}

TEST(Replicates, more_segments_times_groups_than_labels_may_be_are_an_error) {
  auto customer = a_customer("ann");
  for (int plan = 0; plan < 101; ++plan) customer.on("plan " + std::to_string(plan));
  const Book book = book_as_of("2024-07-01", {customer});
  const MovementCube whole = MovementCube::fold(book, months_of("2024-06-01", "2024-07-01"), by::plan);
  EXPECT_EQ(error_of([&] { return Replicates::fold(book, whole, by::plan, {}, 1000); }),
            ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return Replicates::fold(book, whole, by::plan, {}, 900); }), std::nullopt);
}

// ---- the interval of a ratio

struct Part {
  std::int64_t numerator;
  std::int64_t denominator;
};
Jackknife interval_of(const std::vector<Part>& groups, Unit numerator_unit, Unit denominator_unit,
                      Scale scale) {
  const auto measured = [&](std::int64_t numerator, std::int64_t denominator) {
    return Measurement{
        numerator, denominator, numerator_unit, denominator_unit, Ratio{numerator, denominator}.value(), {}};
  };
  Part whole{0, 0};
  for (const Part& part : groups)
    whole = {whole.numerator + part.numerator, whole.denominator + part.denominator};
  std::vector<Measurement> without;
  without.reserve(groups.size());
  for (const Part& part : groups)
    without.push_back(measured(whole.numerator - part.numerator, whole.denominator - part.denominator));
  return ratio_interval(measured(whole.numerator, whole.denominator), without, scale);
}

TEST(RatioInterval, groups_that_change_neither_part_are_left_out) {
  std::vector<Part> groups;
  for (std::int64_t g = 0; g < 12; ++g) groups.push_back({1 + g % 3, 10});
  const Jackknife alone = interval_of(groups, Unit::run_rate, Unit::run_rate, Scale::logit);
  groups.insert(groups.end(), 20, {0, 0});
  const Jackknife with_others = interval_of(groups, Unit::run_rate, Unit::run_rate, Scale::logit);
  EXPECT_EQ(with_others.groups, 12U);
  EXPECT_EQ(with_others.interval.value(), alone.interval.value());
}

TEST(RatioInterval, both_parts_must_come_from_ten_groups) {
  std::vector<Part> groups(15, Part{7, 0});
  for (std::size_t g = 0; g < 9; ++g) groups[g].denominator = 3 + static_cast<std::int64_t>(g);
  EXPECT_EQ(interval_of(groups, Unit::run_rate, Unit::run_rate, Scale::log).why_not,
            NoInterval::too_few_groups);
  groups[9].denominator = 5;
  EXPECT_TRUE(interval_of(groups, Unit::run_rate, Unit::run_rate, Scale::log).interval.has_value());
  for (Part& part : groups) std::swap(part.numerator, part.denominator);
  EXPECT_TRUE(interval_of(groups, Unit::run_rate, Unit::run_rate, Scale::log).interval.has_value());
  groups[9].numerator = 0;
  EXPECT_EQ(interval_of(groups, Unit::run_rate, Unit::run_rate, Scale::log).why_not,
            NoInterval::too_few_groups);
}

TEST(RatioInterval, money_and_customers_may_be_equal_in_number) {
  std::vector<Part> groups(9, Part{5, 5});
  groups.insert(groups.end(), 3, {9, 2});
  EXPECT_TRUE(interval_of(groups, Unit::run_rate, Unit::count, Scale::log).interval.has_value());
  EXPECT_EQ(interval_of(groups, Unit::run_rate, Unit::run_rate, Scale::log).why_not,
            NoInterval::too_few_groups);
}

// ---- which metrics, and on what scale

struct ExpansionRate {
  static constexpr std::string_view name = "expansion_rate";
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    return {{cell.gained, at.currency}, {cell.opening, at.currency}};
  }
};
/// Departures per customer-day are no proportion; a host may ask for an interval all the same.
struct Departures {
  static constexpr std::string_view name = "departures";
  static constexpr Scale interval_scale = Scale::log;
  Ratio operator()(const MovementCell& cell, const CellContext&) const {
    return {cell.departures, cell.customer_days};
  }
};

static_assert(MoneyRatio<GrossMrrChurnRate> && MoneyRatio<NetMrrChurnRate> &&
              MoneyRatio<GrossRevenueRetention> && MoneyRatio<NetRevenueRetention> &&
              MoneyRatio<QuickRatio> && MoneyRatio<AverageRevenuePerAccount> && MoneyRatio<ExpansionRate> &&
              MoneyRatio<Departures>);
static_assert(!MoneyRatio<CustomerChurnRate> && !MoneyRatio<AnnualRecurringRevenue> &&
              !MoneyRatio<LifetimeValueByRate> && !MoneyRatio<AnnualisedCustomerChurnRate> &&
              !MoneyRatio<ExposureChurnRate> && !MoneyRatio<SubscriptionChurnRate>);

// ---- intervals of a book

std::string dollars(double amount) {
  const auto cents = static_cast<long>(std::lround(100 * amount));
  const std::string rest = std::to_string(cents % 100);
  return std::to_string(cents / 100) + "." + std::string(2 - rest.size(), '0') + rest;
}

/// Of one customer in June: what it paid before and after it, in dollars.
struct OneOfMany {
  std::string id;
  double before;
  double after;
};

/// Prices that repeat every 97 customers, 6 % of which leave, 4 % shrink, 8 % grow and 5 % are new.
std::vector<OneOfMany> many(int count) {
  std::vector<OneOfMany> all;
  for (int i = 0; i < count; ++i) {
    const double price = 5 + static_cast<double>((i * 31) % 97) + ((i * 7) % 101 == 0 ? 400 : 0);
    OneOfMany one{"c" + std::to_string(i), price, price};
    const int fate = (i * 53) % 100;
    if (fate < 6) one.after = 0;
    if (fate >= 10 && fate < 14) one.after = price / 2;
    if (fate >= 20 && fate < 28) one.after = price * 1.4;
    if (fate >= 30 && fate < 35) one.before = 0;
    one.before = std::round(100 * one.before) / 100;
    one.after = std::round(100 * one.after) / 100;
    all.push_back(one);
  }
  return all;
}

Book book_of(const std::vector<OneOfMany>& customers) {
  CustomerSentences sentences;
  for (const OneOfMany& one : customers) {
    auto sentence = a_customer(one.id).with("channel", one.id.back() < '5' ? "ads" : "web");
    if (one.before > 0) {
      sentence.on("pro").at(dollars(one.before));
      if (one.after != one.before) sentence.until("2024-06-15");
      if (one.after > 0 && one.after != one.before)
        sentence.then_on("pro").from("2024-06-15").at(dollars(one.after));
    } else {
      sentence.on("pro").from("2024-06-15").at(dollars(one.after));
    }
    sentences.push_back(std::move(sentence));
  }
  return book_as_of("2024-07-01", sentences);
}

Measure asked(const Book& book) { return measure(book).over(months_of("2024-06-01", "2024-07-01")); }

// Var of sum a / sum b by linearisation: sum over customers of (a - R b)^2 / (sum b)^2.
template <class A, class B>
double linearised_error(const std::vector<OneOfMany>& customers, A&& a, B&& b) {
  double numerator = 0;
  double denominator = 0;
  for (const OneOfMany& one : customers) numerator += a(one), denominator += b(one);
  double squares = 0;
  for (const OneOfMany& one : customers) {
    const double residual = a(one) - numerator / denominator * b(one);
    squares += residual * residual;
  }
  return std::sqrt(squares) / denominator;
}

TEST(MoneyIntervals, standard_errors_are_the_linearised_ones_where_there_are_many_customers) {
  const std::vector<OneOfMany> customers = many(20'000);
  const auto table = asked(book_of(customers)).money_intervals(1000).compute_all(StandardMetrics{});
  const auto at = table.at(june);
  // The standard deviation of a variance from 1000 groups is some sqrt(2 / 999) = 4.5 % of it, so that of the standard
  // error 2.2 %; fixed ids make it always the same. Terms beyond the linear ones are of the order of 1/1000.
  constexpr double near_enough = 0.07;
  const auto expect_near = [&](const Jackknife& jackknife, double expected) {
    EXPECT_NEAR(jackknife.std_error.value() / expected, 1, near_enough);
    EXPECT_GT(jackknife.groups, 950U) << "In some nothing moved, which the quick ratio leaves out.";
  };
  const auto before = [](const OneOfMany& one) { return one.before; };
  const auto lost = [](const OneOfMany& one) { return std::max(0.0, one.before - one.after); };
  const auto gained = [](const OneOfMany& one) { return std::max(0.0, one.after - one.before); };
  const auto kept = [](const OneOfMany& one) { return one.before > 0 ? one.after : 0; };
  expect_near(at.money_interval<GrossMrrChurnRate>(), linearised_error(customers, lost, before));
  expect_near(at.money_interval<GrossRevenueRetention>(), linearised_error(customers, lost, before));
  expect_near(at.money_interval<NetRevenueRetention>(), linearised_error(customers, kept, before));
  expect_near(at.money_interval<NetMrrChurnRate>(), linearised_error(customers, kept, before));
  expect_near(at.money_interval<QuickRatio>(), linearised_error(customers, gained, lost));
  expect_near(at.money_interval<AverageRevenuePerAccount>(),
              linearised_error(
                  customers, [](const OneOfMany& one) { return one.after; },
                  [](const OneOfMany& one) { return one.after > 0 ? 1.0 : 0.0; }));
}

TEST(MoneyIntervals, every_ratio_of_money_has_one_and_contains_the_value) {
  const auto rows = asked(book_of(many(1000)))
                        .by(by::attribute("channel"))
                        .money_intervals()
                        .compute_all(StandardMetrics{})
                        .rows();
  const std::set<std::string> of_money{
      "gross_mrr_churn_rate", "net_mrr_churn_rate", "grr", "nrr", "quick_ratio", "arpa"};
  std::size_t found = 0;
  for (const MeasuredRow& row : rows) {
    if (!of_money.contains(row.metric)) continue;
    ++found;
    ASSERT_TRUE(row.measurement.interval.has_value()) << row.metric;
    EXPECT_LT(row.measurement.interval->low, *row.measurement.value) << row.metric;
    EXPECT_GT(row.measurement.interval->high, *row.measurement.value) << row.metric;
  }
  EXPECT_EQ(found, 12U);
}

TEST(MoneyIntervals, nothing_else_in_the_rows_changes_by_them) {
  const Book book = book_of(many(1000));
  const auto plain = asked(book).by(by::attribute("channel")).compute_all(StandardMetrics{}).rows();
  auto with =
      asked(book).by(by::attribute("channel")).money_intervals().compute_all(StandardMetrics{}).rows();
  ASSERT_EQ(plain.size(), with.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const Measurement& measured = plain[i].measurement;
    const bool is_ratio_of_money = measured.numerator_unit == Unit::run_rate && !measured.interval;
    if (is_ratio_of_money) with[i].measurement.interval.reset();
    EXPECT_EQ(with[i].measurement, measured) << plain[i].metric;
  }
}

TEST(MoneyIntervals, shares_of_money_that_is_lost_and_kept_mirror_each_other) {
  const auto table = asked(book_of(many(1000))).money_intervals().compute_all(StandardMetrics{});
  const auto at = table.at(june);
  const auto expect_mirrored = [](const Jackknife& churn, const Jackknife& retention) {
    // 1 - x is good to one part in 10^16, and a logit near 0.05 to 10^-14 of it.
    EXPECT_NEAR(churn.interval.value().low, 1 - retention.interval.value().high, 1e-11);
    EXPECT_NEAR(churn.interval.value().high, 1 - retention.interval.value().low, 1e-11);
  };
  expect_mirrored(at.money_interval<GrossMrrChurnRate>(), at.money_interval<GrossRevenueRetention>());
  expect_mirrored(at.money_interval<NetMrrChurnRate>(), at.money_interval<NetRevenueRetention>());
}

TEST(MoneyIntervals, the_order_of_the_records_changes_no_bit) {
  std::vector<OneOfMany> customers = many(500);
  const auto intervals = [&] {
    std::vector<Measurement> all;
    const auto rows = asked(book_of(customers))
                          .by(by::plan)
                          .money_intervals()
                          .threads(2)
                          .compute_all(StandardMetrics{})
                          .rows();
    all.reserve(rows.size());
    for (const MeasuredRow& row : rows) all.push_back(row.measurement);
    return all;
  };
  const std::vector<Measurement> forwards = intervals();
  std::reverse(customers.begin(), customers.end());
  EXPECT_EQ(intervals(), forwards);
}

TEST(MoneyIntervals, the_confidence_of_the_book_is_theirs) {
  Book book = book_of(many(500));
  Conventions surer = book.conventions();
  surer.rate.confidence = 0.99;
  const Book sure = Book::build(book.records(), book.as_of(), surer).book;
  const auto width = [](const Book& of) {
    const auto table = asked(of).money_intervals().compute(GrossMrrChurnRate{});
    const auto ends = table.at(june).money_interval<GrossMrrChurnRate>().interval.value();
    return ends.high - ends.low;
  };
  EXPECT_GT(width(sure), 1.2 * width(book)) << "2.58 / 1.96 = 1.31 standard errors";
}

TEST(MoneyIntervals, trailing_windows_have_them_too) {
  const std::vector<OneOfMany> customers = many(600);
  const Book book = book_of(customers);
  Conventions conventions = book.conventions();
  conventions.rate.trailing_days = 30;
  const auto interval = [](const Book& of) {
    const auto table = asked(of).money_intervals().compute(GrossMrrChurnRate{});
    return table.at(june).money_interval<GrossMrrChurnRate>().interval;
  };
  ASSERT_TRUE(interval(book).has_value());
  EXPECT_EQ(interval(Book::build(book.records(), book.as_of(), conventions).book), interval(book))
      << "June has 30 days.";
}

TEST(MoneyIntervals, a_metric_of_a_hosts_own_has_one) {
  const auto table =
      asked(book_of(many(1000))).money_intervals().compute(ExpansionRate{}, Departures{}, NetMrrChurnRate{});
  const auto expansion = table.at(june).money_interval<ExpansionRate>();
  const double value = table.at(june).get<ExpansionRate>().value().value();
  EXPECT_NEAR(expansion.interval.value().high - value, value - expansion.interval.value().low, 1e-12)
      << "plain unless it says otherwise";
  const auto departures = table.at(june).money_interval<Departures>().interval.value();
  const double rate = table.at(june).get<Departures>().value().value();
  EXPECT_NEAR(departures.high / rate, rate / departures.low, 1e-9);
  EXPECT_EQ(table.rows()[1].measurement.interval, departures);
}

// ---- where there is too little to say

std::string reason(const Jackknife& none) {
  EXPECT_FALSE(none.interval.has_value());
  return none.why_not ? std::string(no_interval_name(*none.why_not)) : "";
}

TEST(MoneyIntervals, where_nobody_lost_anything_there_is_none) {
  CustomerSentences customers;
  for (int i = 0; i < 300; ++i) customers.push_back(a_customer("c" + std::to_string(i)).on("pro"));
  const auto table =
      asked(book_as_of("2024-07-01", customers)).money_intervals().compute_all(StandardMetrics{});
  const auto at = table.at(june);
  EXPECT_EQ(reason(at.money_interval<GrossMrrChurnRate>()), "at_a_bound");
  EXPECT_EQ(reason(at.money_interval<GrossRevenueRetention>()), "at_a_bound");
  EXPECT_EQ(reason(at.money_interval<NetMrrChurnRate>()), "too_few_groups");
  EXPECT_EQ(reason(at.money_interval<NetRevenueRetention>()), "too_few_groups");
  EXPECT_EQ(reason(at.money_interval<QuickRatio>()), "no_estimate");
  EXPECT_EQ(reason(at.money_interval<AverageRevenuePerAccount>()), "no_spread") << "All pay the same.";
}

TEST(MoneyIntervals, ten_groups_must_have_lost_something) {
  const auto gross = [](std::uint32_t groups_that_lose) {
    CustomerSentences customers;
    std::set<std::uint32_t> losing;
    for (int i = 0; i < 400; ++i) {
      const std::string id = "c" + std::to_string(i);
      auto customer = a_customer(id).on("pro").at(std::to_string(10 + i % 7));
      const std::uint32_t group = customer_group(id, 50);
      if (losing.size() < groups_that_lose && losing.insert(group).second) customer.until("2024-06-15");
      customers.push_back(std::move(customer));
    }
    const auto table =
        asked(book_as_of("2024-07-01", customers)).money_intervals().compute_all(StandardMetrics{});
    return std::pair{table.at(june).money_interval<GrossMrrChurnRate>(),
                     table.at(june).money_interval<GrossRevenueRetention>()};
  };
  EXPECT_EQ(reason(gross(9).first), "too_few_groups");
  EXPECT_EQ(reason(gross(9).second), "too_few_groups") << "What was kept is of many, what it lacks of few.";
  EXPECT_TRUE(gross(10).first.interval.has_value());
  EXPECT_TRUE(gross(10).second.interval.has_value());
}

TEST(MoneyIntervals, books_of_nobody_and_of_one_customer_have_none) {
  for (const CustomerSentences& customers :
       {CustomerSentences{}, CustomerSentences{a_customer("ann").on("pro").until("2024-06-15")},
        CustomerSentences{a_customer("ann").on("pro")}}) {
    const auto table =
        asked(book_as_of("2024-07-01", customers)).money_intervals().compute_all(StandardMetrics{});
    for (const MeasuredRow& row : table.rows()) {
      if (row.measurement.denominator_unit != Unit::run_rate) continue;
      EXPECT_EQ(row.measurement.interval, std::nullopt) << row.metric;
    }
    EXPECT_EQ(reason(table.at(june).money_interval<NetRevenueRetention>()),
              customers.empty() ? "no_estimate" : "too_few_groups");
  }
  const auto unknown = measure(book_of(many(300)))
                           .over(months_of("2024-06-01", "2024-08-01"))
                           .money_intervals()
                           .compute(GrossMrrChurnRate{});
  const Period july{day("2024-07-01"), day("2024-08-01")};
  EXPECT_EQ(reason(unknown.at(july).money_interval<GrossMrrChurnRate>()), "no_estimate");
}

TEST(MoneyIntervals, whoever_did_not_ask_for_them_is_told) {
  const auto table = asked(book_of(many(20))).compute(GrossMrrChurnRate{});
  EXPECT_EQ(error_of([&] { return table.at(june).money_interval<GrossMrrChurnRate>(); }),
            ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return asked(book_of(many(20))).money_intervals(5).compute(QuickRatio{}); }),
            ErrorCode::bad_number);
}

// ---- coverage

/// Numbers that are the same with every standard library, whose distributions are not.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : bits_(seed) {}
  double uniform() { return static_cast<double>(bits_() >> 11U) * 0x1.0p-53; }
  double normal() {
    return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(2 * std::numbers::pi * uniform());
  }
  std::uint64_t bits() { return bits_(); }

 private:
  std::mt19937_64 bits_;
};

/// A month of customers with lognormal MRR, of whom 6 % leave, 4 % lose up to half, and 8 % grow by 10 to 60 %; new
/// ones are 8 % of them. So gross churn is 0.07, net churn 0.042 and the quick ratio (0.08 + 0.028) / 0.07.
constexpr std::array<double, 3> truth{0.07, 0.042, 0.108 / 0.07};

struct Coverage {
  std::array<double, 3> share;  ///< of the intervals that hold the truth: gross, net, quick
  std::array<double, 3> there;  ///< share of the months that have an interval
};

Coverage coverage(int customers, double sigma, int months, std::uint64_t seed) {
  Chance chance{seed};
  const CellContext context{june, 30, Currency{"USD"}, {}};
  std::array<int, 3> held{};
  std::array<int, 3> there{};
  const auto count = [&](std::size_t metric, const Jackknife& jackknife) {
    if (!jackknife.interval) return;
    ++there[metric];
    if (jackknife.interval->low <= truth[metric] && truth[metric] <= jackknife.interval->high) ++held[metric];
  };
  for (int month = 0; month < months; ++month) {
    std::array<MovementCell, 50> groups{};
    for (int i = 0; i < customers + customers * 8 / 100; ++i) {
      MovementCell& cell = groups[chance.bits() % groups.size()];
      const auto ticks =
          static_cast<std::int64_t>(std::lround(20'000'000 * std::exp(sigma * chance.normal())));
      const double fate = chance.uniform();
      const double size = chance.uniform();
      if (i >= customers) {
        cell.new_ += ticks;
        continue;
      }
      cell.opening += ticks;
      if (fate < 0.06) cell.lost += ticks, cell.churn += ticks;
      if (fate >= 0.06 && fate < 0.1) {
        const std::int64_t loss = std::lround(0.5 * size * static_cast<double>(ticks));
        cell.lost += loss, cell.contraction += loss;
      }
      if (fate >= 0.1 && fate < 0.18) {
        const std::int64_t gain = std::lround((0.1 + 0.5 * size) * static_cast<double>(ticks));
        cell.gained += gain, cell.expansion += gain;
      }
    }
    MovementCell whole;
    for (const MovementCell& cell : groups)
      for (const auto field : MovementCell::fields()) whole.*field += cell.*field;
    std::vector<MovementCell> without(groups.size(), whole);
    for (std::size_t g = 0; g < groups.size(); ++g)
      for (const auto field : MovementCell::fields()) without[g].*field -= groups[g].*field;
    count(0, money_interval(GrossMrrChurnRate{}, whole, without, context));
    count(1, money_interval(NetMrrChurnRate{}, whole, without, context));
    count(2, money_interval(QuickRatio{}, whole, without, context));
  }
  Coverage result{};
  for (std::size_t m = 0; m < 3; ++m) {
    result.share[m] = static_cast<double>(held[m]) / there[m];
    result.there[m] = static_cast<double>(there[m]) / months;
  }
  return result;
}

/// Measured over so many months with another seed that its own error is 0.002 (20,000 months of 300 customers) or 0.004
/// (4000 of 3000). What is allowed is three standard deviations of a share of 0.94 of `months`.
void expect_coverage(int customers, double sigma, int months, const std::array<double, 3>& measured) {
  const Coverage found = coverage(customers, sigma, months, 7);
  const double allowed = 3 * std::sqrt(0.94 * 0.06 / months);
  for (std::size_t m = 0; m < 3; ++m) {
    EXPECT_NEAR(found.share[m], measured[m], allowed) << "metric " << m;
    EXPECT_GT(found.there[m], 0.99) << "metric " << m;
  }
}

// Nominal: 0.95. Heavy tails cost most where there is no transformation and few customers.
TEST(MoneyIntervals, intervals_of_300_customers_hold_the_truth_nearly_as_often_as_they_say) {
  expect_coverage(300, 1.0, 2000, {0.955, 0.938, 0.969});
  expect_coverage(300, 1.5, 2000, {0.929, 0.915, 0.960});
}
TEST(MoneyIntervals, intervals_of_3000_customers_hold_the_truth_nearly_as_often_as_they_say) {
  expect_coverage(3000, 1.0, 500, {0.952, 0.949, 0.964});
  expect_coverage(3000, 1.5, 500, {0.933, 0.944, 0.957});
}

}  // namespace
}  // namespace churn

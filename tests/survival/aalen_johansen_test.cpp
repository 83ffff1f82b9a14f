#include <churn/survival/aalen_johansen.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <churn/survival/kaplan_meier.hpp>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "support/build_book.hpp"

#ifdef CHURN_ORACLES_DIR
#include "support/read_csv.hpp"
#endif

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using support::a_customer;
using support::book_as_of;

/// Spells; an event is 0 for who is still there, or the number of its type.
struct Spells {
  std::vector<std::int32_t> entry{};
  std::vector<std::int32_t> exit{};
  std::vector<std::uint8_t> event{};
  std::vector<std::string> types{"a", "b"};

  [[nodiscard]] RiskTable table() const {
    return risk_table({.entry = entry, .exit = exit, .event = event}, types);
  }
};

// --- Of a book ---

Book five_customers() {
  return book_as_of("2024-02-01",
                    {a_customer("a").on("pro").from("2024-01-01").until("2024-01-11").because("price"),
                     a_customer("b").on("pro").from("2024-01-01").until("2024-01-21").because("card expired"),
                     a_customer("c").on("pro").from("2024-01-01").until("2024-01-21").because("price"),
                     a_customer("d").on("pro").from("2024-01-01").until("2024-01-26").because("card expired"),
                     a_customer("e").on("pro").from("2024-01-17")});
}

LifeTable by_will() {
  return LifeTable::fold(five_customers(), {}, {.exits = {{{"price", "voluntary"}}, "involuntary"}});
}

TEST(AalenJohansen, of_a_book_tells_voluntary_from_involuntary) {
  // At risk: 5 at 10, e is censored at 14, 3 at 20 and 1 at 25.
  const CumulativeIncidence left = aalen_johansen(risk_table(by_will()));
  EXPECT_EQ(left.types, (std::vector<std::string>{"involuntary", "voluntary"}));
  ASSERT_EQ(left.rows.size(), 4U);
  EXPECT_EQ(left.rows[2].time, 20);
  EXPECT_EQ(left.rows[2].at_risk, 3);
  EXPECT_EQ(left.rows[2].events, 2);
  EXPECT_EQ(left.rows[1].censored, 1);
  // A few sums and products of rounded fractions.
  EXPECT_NEAR(left.rows[2].event_free, 4.0 / 15, 1e-15);
  EXPECT_NEAR(left.at(19, 0)->value, 0, 0);
  EXPECT_NEAR(left.at(19, 1)->value, 1.0 / 5, 1e-15);
  EXPECT_NEAR(left.at(20, 0)->value, 4.0 / 15, 1e-15);
  EXPECT_NEAR(left.at(20, 1)->value, 7.0 / 15, 1e-15);
  EXPECT_EQ(left.at(20, 1)->events, 1);
  EXPECT_EQ(left.at(22, 1)->events, 0);
  EXPECT_EQ(left.at(22, 1)->value, left.of(2, 1).value);
  EXPECT_NEAR(left.at(9999, 0)->value, 8.0 / 15, 1e-15) << "all have left, so it is known for ever";
  EXPECT_EQ(left.event_free_at(9), 1);
  EXPECT_EQ(left.event_free_at(9999), 0);
  EXPECT_EQ(left.died_out_at, std::nullopt);
  EXPECT_EQ(left.at(3, 1)->value, 0);
  EXPECT_EQ(left.at(3, 1)->interval, std::nullopt);
  EXPECT_EQ(error_of([&] { (void)left.at(3, 2); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)left.of(4, 0); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)left.of(0, 2); }), "out_of_range");
}

TEST(AalenJohansen, is_not_one_less_kaplan_meier_of_one_type) {
  const CumulativeIncidence left = aalen_johansen(risk_table(by_will()));
  const double voluntary = 1 - kaplan_meier(by_will(), 0, {"voluntary"}).rows.back().survival;
  const double involuntary = 1 - kaplan_meier(by_will(), 0, {"involuntary"}).rows.back().survival;
  EXPECT_NEAR(voluntary, 7.0 / 15, 1e-15);  // equal here, as nobody left for other reasons before
  EXPECT_NEAR(involuntary, 1, 0) << "as if all would leave so in the end";
  EXPECT_NEAR(left.at(25, 0)->value, 8.0 / 15, 1e-15);
  EXPECT_GT(voluntary + involuntary, 1.4) << "more than there are";
}

TEST(AalenJohansen, its_table_has_a_row_for_each_time_and_type) {
  const CumulativeIncidence left = aalen_johansen(risk_table(by_will()));
  const Table table = incidence_table(left);
  EXPECT_EQ(table.columns, (std::vector<std::string>{"time", "at_risk", "event_free", "type", "events",
                                                     "incidence", "std_error", "ci_low", "ci_high"}));
  ASSERT_EQ(table.rows.size(), 8U);
  const Incidence voluntary = left.of(0, 1);
  EXPECT_EQ(table.rows[1],
            (std::vector<Cell>{std::int64_t{10}, std::int64_t{5}, 0.8, std::string{"voluntary"},
                               std::int64_t{1}, voluntary.value, voluntary.std_error, voluntary.interval->low,
                               voluntary.interval->high}));
  EXPECT_EQ(table.rows[0][7], Cell{}) << "nobody has left involuntarily at 10";
}

// --- R's `survfit` on ten spells ---

/// survfit(Surv(exit, factor(event)) ~ 1), R's survival 3.5-3, printed with 17 digits.
Spells ten_spells() {
  return {.entry = {}, .exit = {1, 3, 3, 5, 4, 6, 7, 7, 8, 8}, .event = {1, 0, 2, 1, 2, 1, 2, 0, 1, 0}};
}

TEST(AalenJohansen, equals_r_on_ten_spells_with_each_interval) {
  const CumulativeIncidence log = aalen_johansen(ten_spells().table());
  ASSERT_EQ(log.rows.size(), 7U);
  // Some ten rounded steps.
  const double close = 1e-14;
  EXPECT_NEAR(log.rows[6].event_free, 0.17142857142857146, close);
  EXPECT_NEAR(log.of(6, 0).value, 0.5, close);
  EXPECT_NEAR(log.of(6, 1).value, 0.32857142857142857, close);
  EXPECT_NEAR(log.of(0, 0).std_error, 0.09486832980505136, close);
  EXPECT_NEAR(log.of(2, 1).std_error, 0.135041295919057808, close);
  EXPECT_NEAR(log.of(6, 0).std_error, 0.18098370656171325, close);
  EXPECT_NEAR(log.of(6, 1).std_error, 0.156184461473703934, close);
  EXPECT_NEAR(log.of(6, 0).interval->low, 0.245959036831841948, 1e-12);
  EXPECT_EQ(log.of(6, 0).interval->high, 1);
  EXPECT_NEAR(log.of(0, 0).interval->high, 0.64197880100399041, 1e-12);
  const CumulativeIncidence log_log =
      aalen_johansen(ten_spells().table(), {.interval = SurvivalInterval::log_log});
  EXPECT_NEAR(log_log.of(6, 0).interval->low, 0.1452947146985193450, 1e-12);
  EXPECT_NEAR(log_log.of(6, 0).interval->high, 0.77952572613182824, 1e-12);
  EXPECT_NEAR(log_log.of(0, 0).interval->low, 0.0057234563743347507, 1e-12);
  const CumulativeIncidence plain =
      aalen_johansen(ten_spells().table(), {.interval = SurvivalInterval::plain});
  EXPECT_NEAR(plain.of(6, 0).interval->low, 0.145278453350476733, 1e-12);
  EXPECT_NEAR(plain.of(6, 0).interval->high, 0.85472154664952349, 1e-12);
  EXPECT_EQ(plain.of(0, 0).interval->low, 0) << "cut";
}

TEST(AalenJohansen, equals_r_with_late_entry_but_for_errors_that_counts_cannot_tell) {
  Spells spells = ten_spells();
  spells.entry = {0, 0, 0, 0, 2, 2, 3, 1, 4, 0};
  const CumulativeIncidence left = aalen_johansen(spells.table());
  // survfit(Surv(entry, exit, factor(event)) ~ 1, id = 1:10)
  EXPECT_NEAR(left.rows[6].event_free, 0.14285714285714290, 1e-14);
  EXPECT_NEAR(left.of(3, 0).value, 0.29523809523809524, 1e-14);
  EXPECT_NEAR(left.of(6, 0).value, 0.53333333333333344, 1e-14);
  EXPECT_NEAR(left.of(6, 1).value, 0.32380952380952388, 1e-14);
  EXPECT_NEAR(left.of(0, 0).std_error, 0.17888543819998318, 1e-14) << "before anybody has come late";
  // The infinitesimal jackknife, which knows the entry of who leaves.
  EXPECT_NEAR(left.of(6, 0).std_error, 0.18460665489629022, 0.01);
  EXPECT_NEAR(left.of(6, 1).std_error, 0.15931140742767649, 0.01);
}

// --- Properties ---

/// By the definition in the header: what each departure up to a row changes of the share at that row.
double std_error_slowly(const RiskTable& table, const CumulativeIncidence& left, std::size_t row,
                        std::size_t type) {
  double variance = 0;
  double before = 1;
  for (std::size_t u = 0; u <= row; ++u) {
    const auto n = static_cast<double>(table.rows[u].at_risk);
    const double after = left.rows[u].event_free;
    const double later = after > 0 ? (left.of(row, type).value - left.of(u, type).value) / after : 0;
    double mean = 0;
    double squares = 0;
    for (std::size_t k = 0; k < table.types.size(); ++k) {
      const double share = static_cast<double>(table.events_of(u, k)) / n;
      const double change = before * ((k == type ? 1 : 0) - later);
      mean += share * change;
      squares += share * change * change;
    }
    variance += (squares - mean * mean) / n;
    before = after;
  }
  return std::sqrt(std::max(0.0, variance));
}

Spells any_spells(std::uint8_t types) {
  const auto n = *rc::gen::inRange<std::size_t>(0, 50);
  const bool late = *rc::gen::arbitrary<bool>();
  Spells spells;
  spells.types.clear();
  for (int k = 0; k < types; ++k) spells.types.push_back("t" + std::to_string(k));
  for (std::size_t i = 0; i < n; ++i) {
    spells.exit.push_back(*between<std::int32_t>(0, 15));
    spells.entry.push_back(late ? *between<std::int32_t>(0, spells.exit.back() + 1) : 0);
    spells.event.push_back(*between<std::uint8_t>(0, static_cast<std::uint8_t>(types + 1)));
  }
  return spells;
}

RC_GTEST_PROP(AalenJohansen, shares_are_one_together_and_errors_are_the_sum_over_departures, ()) {
  const RiskTable table = any_spells(*between<std::uint8_t>(1, 4)).table();
  const CumulativeIncidence left = aalen_johansen(table);
  RC_ASSERT(left.rows.size() == table.rows.size());
  for (std::size_t i = 0; i < left.rows.size(); ++i) {
    double together = left.rows[i].event_free;
    for (std::size_t k = 0; k < left.types.size(); ++k) {
      const Incidence here = left.of(i, k);
      together += here.value;
      RC_ASSERT(here.value >= 0 && here.value <= 1);
      RC_ASSERT(here.events == table.events_of(i, k));
      if (i > 0) RC_ASSERT(here.value >= left.of(i - 1, k).value - 1e-15);
      // Variances are below 1, of at most 15 steps, each rounded some ten times; a root doubles the digits.
      const double expected = std_error_slowly(table, left, i, k);
      RC_ASSERT(std::abs(here.std_error * here.std_error - expected * expected) < 1e-14);
      if (here.interval) {
        RC_ASSERT(0 <= here.interval->low && here.interval->low <= here.value);
        RC_ASSERT(here.value <= here.interval->high && here.interval->high <= 1);
      }
    }
    RC_ASSERT(std::abs(together - 1) < 1e-14);
  }
}

RC_GTEST_PROP(AalenJohansen, of_one_type_is_one_less_kaplan_meier_and_its_error_greenwoods, ()) {
  const RiskTable table = any_spells(1).table();
  const CumulativeIncidence left = aalen_johansen(table);
  double survival = 1;
  double sum = 0;
  for (std::size_t i = 0; i < left.rows.size(); ++i) {
    const auto n = static_cast<double>(table.rows[i].at_risk);
    const auto d = static_cast<double>(table.rows[i].events);
    survival *= (n - d) / n;
    sum += survival > 0 ? d / n / (n - d) : 0;
    RC_ASSERT(left.of(i, 0).value == 1 - left.rows[i].event_free);
    RC_ASSERT(std::abs(left.of(i, 0).value - (1 - survival)) < 1e-14);
    RC_ASSERT(std::abs(left.of(i, 0).std_error - survival * std::sqrt(sum)) < 1e-14);
  }
}

RC_GTEST_PROP(AalenJohansen, intervals_of_one_type_are_those_of_kaplan_meier_turned, ()) {
  Spells spells{.types = {"a"}};
  const int count = *between(2, 12);
  for (int i = 0; i < count; ++i) {
    spells.exit.push_back(*between(1, 6));
    spells.event.push_back(static_cast<std::uint8_t>(*between(0, 1)));
  }
  // These three are alike in F and 1 - F; the logarithms of either are not.
  for (const SurvivalInterval type :
       {SurvivalInterval::plain, SurvivalInterval::logit, SurvivalInterval::arcsine}) {
    const CumulativeIncidence left = aalen_johansen(spells.table(), {.interval = type});
    const SurvivalCurve stay = kaplan_meier(spells.table(), {.interval = type});
    for (std::size_t i = 0; i < stay.rows.size(); ++i) {
      const std::optional<Interval>& interval = left.of(i, 0).interval;
      RC_ASSERT(interval.has_value() == (left.of(i, 0).value > 0 && stay.rows[i].survival > 0));
      if (!interval) continue;
      // Both add up a dozen terms, and F = 1 - S loses no more than the digits of F itself.
      RC_ASSERT(std::abs(interval->low - (1 - stay.rows[i].interval->high)) < 1e-13);
      RC_ASSERT(std::abs(interval->high - (1 - stay.rows[i].interval->low)) < 1e-13);
    }
  }
}

RC_GTEST_PROP(AalenJohansen, does_not_depend_on_the_order_of_types, ()) {
  Spells spells = any_spells(3);
  const CumulativeIncidence one = aalen_johansen(spells.table());
  for (std::uint8_t& event : spells.event)
    if (event != 0) event = static_cast<std::uint8_t>(4 - event);
  const CumulativeIncidence other = aalen_johansen(spells.table());
  for (std::size_t i = 0; i < one.rows.size(); ++i)
    for (std::size_t k = 0; k < 3; ++k) {
      RC_ASSERT(one.of(i, k).value == other.of(i, 2 - k).value);
      RC_ASSERT(one.of(i, k).std_error == other.of(i, 2 - k).std_error);
    }
}

// --- Where there is little or nothing ---

TEST(AalenJohansen, of_nobody_says_nothing) {
  const CumulativeIncidence none = aalen_johansen(Spells{}.table());
  EXPECT_TRUE(none.rows.empty());
  EXPECT_EQ(none.at(0, 1), std::nullopt);
  EXPECT_EQ(none.event_free_at(0), std::nullopt);
  EXPECT_TRUE(incidence_table(none).rows.empty());
  EXPECT_TRUE(aalen_johansen(risk_table(LifeTable::fold(book_as_of("2024-02-01", {})))).rows.empty());
}

TEST(AalenJohansen, where_nobody_leaves_all_stay_as_long_as_they_are_seen) {
  const CumulativeIncidence left = aalen_johansen(Spells{.exit = {4, 9}, .event = {0, 0}}.table());
  EXPECT_EQ(left.at(9, 0)->value, 0);
  EXPECT_EQ(left.at(9, 0)->std_error, 0);
  EXPECT_EQ(left.at(9, 0)->interval, std::nullopt);
  EXPECT_EQ(left.event_free_at(9), 1);
  EXPECT_EQ(left.at(10, 0), std::nullopt) << "nobody was observed so long";
  EXPECT_EQ(left.event_free_at(10), std::nullopt);
}

TEST(AalenJohansen, where_all_leave_on_the_first_day_shares_are_binomial) {
  const CumulativeIncidence left =
      aalen_johansen(Spells{.exit = {0, 0, 0, 0}, .event = {1, 1, 1, 2}}.table());
  ASSERT_EQ(left.rows.size(), 1U);
  EXPECT_EQ(left.rows[0].event_free, 0);
  EXPECT_EQ(left.of(0, 0).value, 0.75);
  EXPECT_NEAR(left.of(0, 0).std_error, std::sqrt(0.75 * 0.25 / 4), 1e-16);
  EXPECT_EQ(left.of(0, 1).value, 0.25);
  EXPECT_EQ(left.at(77, 1)->value, 0.25);
}

TEST(AalenJohansen, of_one_customer_is_all_or_nothing_and_never_sure) {
  const CumulativeIncidence left = aalen_johansen(Spells{.exit = {7}, .event = {2}}.table());
  EXPECT_EQ(left.at(6, 1)->value, 0);
  EXPECT_EQ(left.at(7, 1)->value, 1);
  EXPECT_EQ(left.at(7, 1)->std_error, 0);
  EXPECT_EQ(left.at(7, 1)->interval, std::nullopt) << "the formula has no spread to give";
  EXPECT_EQ(left.at(7, 0)->value, 0);
}

TEST(AalenJohansen, a_type_that_is_all_there_is_ends_at_exactly_one_and_without_error) {
  // 1/3 and its like are rounded: the recursion alone would end a rounding away from 1 and from 0.
  const CumulativeIncidence left =
      aalen_johansen(Spells{.exit = {1, 2, 2, 3, 5, 7, 9}, .event = {1, 1, 1, 1, 1, 0, 1}}.table());
  EXPECT_EQ(left.of(left.rows.size() - 1, 0).value, 1);
  EXPECT_EQ(left.of(left.rows.size() - 1, 0).std_error, 0);
}

TEST(AalenJohansen, a_spell_whose_entry_is_its_exit_is_not_there) {
  const CumulativeIncidence left =
      aalen_johansen(Spells{.entry = {0, 5}, .exit = {5, 5}, .event = {1, 2}}.table());
  EXPECT_EQ(left.at(5, 0)->value, 1);
  EXPECT_EQ(left.at(5, 1)->value, 0);
}

TEST(AalenJohansen, says_where_all_at_risk_have_left_though_others_enter_later) {
  const CumulativeIncidence left =
      aalen_johansen(Spells{.entry = {0, 20, 20}, .exit = {10, 30, 40}, .event = {1, 2, 0}}.table());
  EXPECT_EQ(left.died_out_at, 10);
  EXPECT_EQ(left.at(30, 1)->value, 0) << "nothing is left to be shared out";
  EXPECT_EQ(left.at(30, 0)->value, 1);
  EXPECT_TRUE(std::isfinite(left.at(40, 1)->std_error));
}

TEST(AalenJohansen, refuses_events_without_types_and_what_does_not_add_up) {
  const std::vector<std::int32_t> exit{4, 9};
  const std::vector<std::uint8_t> event{1, 0};
  EXPECT_EQ(error_of([&] { (void)aalen_johansen(risk_table({.exit = exit, .event = event})); }),
            "unknown_name");
  const RiskTable table = ten_spells().table();
  for (const double bad : {0.0, 1.0, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_EQ(error_of([&] { (void)aalen_johansen(table, {.confidence = bad}); }), "bad_number");
  RiskTable other = table;
  other.by_type[0] = 0;
  EXPECT_EQ(error_of([&] { (void)aalen_johansen(other); }), "bad_number") << "types are fewer than events";
  other = table;
  other.by_type[1] = -1;
  other.by_type[0] = 2;
  EXPECT_EQ(error_of([&] { (void)aalen_johansen(other); }), "bad_number");
  other = table;
  other.by_type.pop_back();
  EXPECT_EQ(error_of([&] { (void)aalen_johansen(other); }), "bad_number");
}

#ifdef CHURN_ORACLES_DIR
// --- R's `survfit` on known data ---

const std::string oracles = CHURN_ORACLES_DIR;
const std::string folder = oracles + "/survival_mgus2_competing";

Spells mgus2(const std::string& sex) {
  Spells spells;
  spells.types = {"progression", "death"};
  for (const auto& row : support::read_csv(folder + "/mgus2_competing.csv")) {
    if (!sex.empty() && row.at("sex") != sex) continue;
    spells.exit.push_back(std::stoi(row.at("etime")));
    spells.event.push_back(static_cast<std::uint8_t>(std::stoi(row.at("event"))));
  }
  return spells;
}

/// The oracles' tolerances: 1e-12 relative for shares and errors, 1e-11 for intervals. Near its end the
/// share of who stays is what is left after some hundred subtractions from 1.
void expect_answers(const CumulativeIncidence& left, const std::string& file, const std::string& stratum) {
  std::size_t i = 0;
  for (const auto& answer : support::read_csv(folder + "/" + file)) {
    if (answer.at("stratum") != stratum) continue;
    ASSERT_LT(i, left.rows.size());
    const IncidenceRow& row = left.rows[i];
    const std::string what = stratum + " " + answer.at("time");
    EXPECT_EQ(std::to_string(row.time), answer.at("time"));
    EXPECT_EQ(std::to_string(row.at_risk), answer.at("n_risk")) << what;
    const double event_free = std::stod(answer.at("p_event_free"));
    EXPECT_NEAR(row.event_free, event_free, 1e-12 * event_free + 1e-15) << what;
    for (std::size_t k = 0; k < 2; ++k) {
      const std::string number = std::to_string(k + 1);
      const Incidence here = left.of(i, k);
      EXPECT_EQ(std::to_string(here.events), answer.at("n_event_" + number)) << what;
      const double value = std::stod(answer.at("cif_" + number));
      EXPECT_NEAR(here.value, value, 1e-12 * value) << what;
      const double std_error = std::stod(answer.at("se_cif_" + number));
      EXPECT_NEAR(here.std_error, std_error, 1e-12 * std_error) << what;
      ASSERT_EQ(here.interval.has_value(), !answer.at("lower_log_" + number).empty()) << what;
      if (!here.interval) continue;
      EXPECT_NEAR(here.interval->low, std::stod(answer.at("lower_log_" + number)), 1e-11) << what;
      EXPECT_NEAR(here.interval->high, std::stod(answer.at("upper_log_" + number)), 1e-11) << what;
    }
    ++i;
  }
  EXPECT_EQ(i, left.rows.size());
  EXPECT_GT(i, 100U);
}

TEST(AalenJohansen, equals_r_on_plasma_cells) {
  expect_answers(aalen_johansen(mgus2("").table()), "aalen_johansen_all.csv", "all");
  expect_answers(aalen_johansen(mgus2("F").table()), "aalen_johansen_by_sex.csv", "sex=F");
  expect_answers(aalen_johansen(mgus2("M").table()), "aalen_johansen_by_sex.csv", "sex=M");
}

TEST(AalenJohansen, equals_r_with_other_intervals) {
  // survfit(…, conf.type = "log-log") and "plain" with conf.int = 0.9 at 120 months, 17 digits.
  const CumulativeIncidence log_log =
      aalen_johansen(mgus2("").table(), {.interval = SurvivalInterval::log_log});
  EXPECT_NEAR(log_log.at(120, 0)->value, 0.063722168013112923, 1e-13);
  EXPECT_NEAR(log_log.at(120, 1)->std_error, 0.0140596451620305721, 1e-13);
  EXPECT_NEAR(log_log.at(120, 0)->interval->low, 0.051281676084897636, 1e-12);
  EXPECT_NEAR(log_log.at(120, 0)->interval->high, 0.077933024595965655, 1e-12);
  const CumulativeIncidence plain =
      aalen_johansen(mgus2("").table(), {.interval = SurvivalInterval::plain, .confidence = 0.9});
  EXPECT_NEAR(plain.at(120, 1)->interval->low, 0.508691645741790932, 1e-12);
  EXPECT_NEAR(plain.at(120, 1)->interval->high, 0.554943762418624420, 1e-12);
}

TEST(AalenJohansen, one_less_kaplan_meier_says_that_four_times_as_many_progress) {
  // R: 1 - the last of survfit(Surv(etime, ev == "pcm") ~ 1)$surv, and of "death".
  const auto alone = [](std::uint8_t type) {
    Spells spells = mgus2("");
    for (std::uint8_t& event : spells.event) event = event == type ? 1 : 0;
    const CumulativeIncidence of_one = aalen_johansen(spells.table());
    return 1 - of_one.rows.back().event_free;
  };
  const CumulativeIncidence left = aalen_johansen(mgus2("").table());
  EXPECT_NEAR(left.of(left.rows.size() - 1, 0).value, 0.16129168060658439, 1e-13);
  EXPECT_NEAR(left.of(left.rows.size() - 1, 1).value, 0.83870831939341595, 1e-13);
  EXPECT_NEAR(alone(1), 0.61655796059823764, 1e-13);
  EXPECT_EQ(alone(2), 1);
}
#endif

}  // namespace
}  // namespace churn

#include <churn/lever/time_to_value.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <churn/survival/cox.hpp>

#include "support/build_past.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::day;
using support::did;
using support::error_of;
using support::TestBook;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Event got_to(const std::string& who, const std::string& stage, std::string_view on) {
  return did(who, std::string(on) + "T09:00:00Z", "stage_reached", "0", stage);
}

std::vector<std::size_t> counted_out(const TimeToValueRow& row) {
  return {row.before_records, row.filtered, row.left_before, row.too_new, row.not_known};
}

// As of 2024-07-01; activations are on record since 2024-01-01, so that gil's counts for nothing. Kim signed up on 01-01 and
// is there from 01-06: her tenth day is over before her landmark, in which she gets there.
TestBook eleven_customers() {
  return {{a_customer("ann"), a_customer("bob").on("p").until("2024-02-01"), a_customer("cid"),
           a_customer("dan").on("p").until("2024-01-08"), a_customer("eve").on("p").until("2024-01-11"),
           a_customer("fay"), a_customer("gil").on("p").from("2023-12-31"),
           a_customer("hal").on("p").from("2024-06-15"), a_customer("ian").on("p").from("2024-06-25"),
           a_customer("jim").on("p").from("2024-06-15"),
           a_customer("kim").signed_up("2024-01-01").on("p").from("2024-01-06")},
          {got_to("ann", "activated", "2024-01-01"), got_to("bob", "activated", "2024-01-10"),
           got_to("cid", "activated", "2024-01-11"), got_to("gil", "activated", "2024-01-05"),
           got_to("hal", "activated", "2024-06-20"), got_to("kim", "activated", "2024-01-12"),
           got_to("bob", "activated", "2024-01-25"), got_to("fay", "activated", "2024-07-01")}};
}

TimeToValueOptions in_ten_or_twenty_days() {
  TimeToValueOptions options;
  options.days = {20, 10};
  options.horizon = 60;
  return options;
}

void expect_reached(const TimeToValueRow& row, const Proportion& all, const Proportion& of_there,
                    const Proportion& there) {
  EXPECT_EQ(row.reached, all);
  EXPECT_EQ(row.reached_of_there, of_there);
  EXPECT_EQ(row.there, there);
}

TEST(TimeToValue, each_day_compares_who_had_reached_the_stage_within_it_with_who_had_not) {
  const TestBook book = eleven_customers();
  const TimeToValue value = time_to_value(book.book, in_ten_or_twenty_days());
  EXPECT_THAT(value.days, ElementsAre(10, 20));
  ASSERT_EQ(value.rows.size(), 2U);
  const TimeToValueRow& ten = value.at("activated", 10);
  EXPECT_EQ(ten.effect.retained.one, (Proportion{1, 2}));          // ann and bob; of hal it is not known yet
  EXPECT_EQ(ten.effect.retained.other, (Proportion{3, 4}));        // cid, eve, fay, kim; not jim
  EXPECT_THAT(counted_out(ten), ElementsAre(0U, 0U, 1U, 1U, 1U));  // dan, ian, gil
  expect_reached(ten, {3, 9}, {3, 8}, {8, 9});                     // not there: dan
  EXPECT_EQ(ten.customers_at_stake, 1);                            // ian
  const TimeToValueRow& twenty = value.at("activated", 20);
  EXPECT_EQ(twenty.effect.retained.one, (Proportion{3, 4}));
  EXPECT_EQ(twenty.effect.retained.other, (Proportion{1, 1}));
  EXPECT_THAT(counted_out(twenty), ElementsAre(0U, 0U, 2U, 3U, 1U));
  expect_reached(twenty, {4, 7}, {4, 5}, {5, 7});
  EXPECT_EQ(twenty.customers_at_stake, 2);  // ian and jim
  EXPECT_EQ(error_of([&] { (void)value.at("activated", 21); }), ErrorCode::unknown_name);
}

/// "day 0 to 9: 1 of 2".
std::vector<std::string> bands_of(const TimeToValueStage& stage) {
  std::vector<std::string> bands;
  bands.reserve(stage.bands.size());
  for (const TimeToValueBand& band : stage.bands)
    bands.push_back("day " + std::to_string(band.from) + " to " + std::to_string(band.until - 1) + ": " +
                    std::to_string(band.arm.retained.numerator()) + " of " +
                    std::to_string(band.arm.retained.denominator()));
  return bands;
}

TEST(TimeToValue, bands_are_of_those_there_at_the_last_day) {
  const TestBook book = eleven_customers();
  const TimeToValue value = time_to_value(book.book, in_ten_or_twenty_days());
  const TimeToValueStage& stage = value.stages.at(0);
  EXPECT_EQ(stage.recorded_from, day("2024-01-01"));
  EXPECT_EQ(stage.not_reached.retained, (Proportion{1, 1}));  // fay
  EXPECT_THAT(bands_of(stage),
              ElementsAre("day 0 to 9: 1 of 2", "day 10 to 19: 2 of 2"));  // ann, bob; cid, kim
  EXPECT_EQ(stage.bands.at(0).arm.level, "day 0 to 9");
  const Table table = time_to_value_bands_table(value);
  ASSERT_EQ(table.rows.size(), 3U);
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
}

TEST(TimeToValue, a_filter_leaves_customers_out_of_every_count) {
  const TestBook book{{a_customer("ann").with("area", "north").on("p").from("2024-01-01"),
                       a_customer("bob").with("area", "south").on("p").from("2024-01-01"),
                       a_customer("cid").with("area", "south").on("p").from("2024-06-28"),
                       a_customer("dan").with("area", "north").on("p").from("2024-06-28")},
                      {got_to("ann", "activated", "2024-01-01"), got_to("bob", "activated", "2024-01-01")}};
  TimeToValueOptions options = in_ten_or_twenty_days();
  options.where = by::attribute("area") == "north";
  const TimeToValue value = time_to_value(book.book, options);
  const TimeToValueRow& ten = value.at("activated", 10);
  EXPECT_EQ(ten.filtered, 2U);
  EXPECT_EQ(ten.reached, (Proportion{1, 1}));
  EXPECT_EQ(ten.customers_at_stake, 1);
}

// Invitations came with a release in March: who started before has not failed to invite anybody.
TEST(TimeToValue, a_stage_is_not_known_of_who_started_before_it_was_on_record) {
  const TestBook book{
      {a_customer("ann").on("p").from("2024-01-01"), a_customer("bob").on("p").from("2024-02-28"),
       a_customer("cid").on("p").from("2024-03-01"), a_customer("dan").on("p").from("2024-03-02")},
      {got_to("ann", "activated", "2024-01-01"), got_to("bob", "invited", "2024-03-03"),
       got_to("cid", "invited", "2024-03-01")}};
  TimeToValueOptions options = in_ten_or_twenty_days();
  TimeToValue value = time_to_value(book.book, options);
  EXPECT_EQ(value.at("activated", 10).not_known, 0U);
  EXPECT_EQ(value.at("invited", 10).not_known, 2U);
  EXPECT_EQ(value.at("invited", 10).reached, (Proportion{1, 2}));
  options.recorded_from = day("2024-02-28");
  value = time_to_value(book.book, options);
  EXPECT_EQ(value.at("activated", 10).not_known, 1U);
  EXPECT_EQ(value.at("invited", 10).reached, (Proportion{2, 3}));
}

TEST(TimeToValue, without_stages_on_record_it_says_what_to_record) {
  const TestBook none{{a_customer("ann"), a_customer("bob")}};
  const TimeToValue nothing = time_to_value(none.book);
  EXPECT_TRUE(nothing.rows.empty());
  EXPECT_THAT(time_to_value_sentence(nothing),
              HasSubstr("It takes events of the kind stage_reached with the stage"));
  TimeToValueOptions options;
  options.stages = {"invited"};
  const TimeToValue one = time_to_value(none.book, options);
  ASSERT_EQ(one.rows.size(), 7U);
  for (const TimeToValueRow& row : one.rows) {
    EXPECT_EQ(row.verdict, LeverVerdict::no_data);
    EXPECT_EQ(row.not_known, 2U);
    EXPECT_THAT(row.note, HasSubstr("stage_reached with the label invited"));
  }
  EXPECT_THAT(time_to_value_sentence(one), StartsWith("No stage can be compared on any day"));
}

TEST(TimeToValue, a_stage_that_everybody_reaches_at_once_compares_nobody) {
  const TestBook book{{a_customer("ann"), a_customer("bob").on("p").until("2024-03-01")},
                      {got_to("ann", "signed_up", "2024-01-01"), got_to("bob", "signed_up", "2024-01-01")}};
  const TimeToValue value = time_to_value(book.book, in_ten_or_twenty_days());
  EXPECT_EQ(value.tested, 0U);
  EXPECT_EQ(value.rows[0].note, "Every customer was exposed: there is nobody to compare with.");
  EXPECT_EQ(value.best, std::nullopt);
}

TEST(TimeToValue, a_book_of_before_the_first_day_or_of_nobody_is_no_error) {
  EXPECT_FALSE(time_to_value_sentence(time_to_value(support::book_as_of("2024-01-01", {}))).empty());
  EXPECT_TRUE(time_to_value_table(time_to_value(support::book_as_of("2024-01-01", {}))).rows.empty());
}

TEST(TimeToValue, what_makes_no_sense_is_refused) {
  const TestBook book = eleven_customers();
  const auto refused = [&](auto&& change) {
    TimeToValueOptions options;
    change(options);
    return error_of([&] { (void)time_to_value(book.book, options); });
  };
  EXPECT_EQ(refused([](auto& o) { o.days = {}; }), ErrorCode::bad_number);
  EXPECT_EQ(refused([](auto& o) { o.days = {0, 7}; }), ErrorCode::bad_number);
  EXPECT_EQ(refused([](auto& o) { o.days = {7, 14, 7}; }), ErrorCode::bad_number);
  EXPECT_EQ(refused([](auto& o) { o.horizon = 0; }), ErrorCode::bad_number);
  EXPECT_EQ(refused([](auto& o) { o.stages = {"a", "a"}; }), ErrorCode::unknown_name);
  EXPECT_EQ(refused([](auto& o) { o.stages = {""}; }), ErrorCode::unknown_name);
  EXPECT_EQ(refused([](auto& o) { o.progress = [](double) { return false; }; }), ErrorCode::cancelled);
}

/// Draws that are the same everywhere.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : bits_(seed) {}
  double unit() { return static_cast<double>(bits_() >> 11U) * 0x1p-53; }
  std::int32_t below(std::int32_t n) { return static_cast<std::int32_t>(unit() * n); }

 private:
  std::mt19937_64 bits_;
};

struct PlantedStage {
  std::string name;
  double reached_by_45;   ///< share of customers who get there, on any of days 0 to 44
  double hazard_if_soon;  ///< times the hazard after it of who did by day 20; later does nothing
};

/// Customers of 2022 and 2023 as of 2025-07-01, who leave at 1 in 300 a day.
TestBook planted(std::uint64_t seed, int customers, const std::vector<PlantedStage>& stages) {
  constexpr double hazard = 1.0 / 300;
  Draws draw{seed};
  support::CustomerSentences sentences;
  std::vector<Event> events;
  for (int i = 0; i < customers; ++i) {
    const std::string id = "c" + std::to_string(1000 + i);
    const std::int32_t start = Date::of(2022, 1, 1).days() + 700 * i / customers;
    std::vector<std::int32_t> on;
    for (const PlantedStage& stage : stages) {
      on.push_back(i == 0 ? 0 : draw.unit() < stage.reached_by_45 ? draw.below(45) : 100'000);
      if (on.back() < 45)
        events.push_back(got_to(id, stage.name, Date::from_days(start + on.back()).to_string()));
    }
    std::int32_t stayed = 1;
    for (; stayed < 1000; ++stayed) {
      double times = 1;
      for (std::size_t s = 0; s < stages.size(); ++s)
        if (on[s] <= 20 && stayed > on[s]) times *= stages[s].hazard_if_soon;
      if (draw.unit() < hazard * times) break;
    }
    sentences.push_back(a_customer(id).on("p").from(Date::from_days(start).to_string()));
    if (start + stayed < Date::of(2025, 7, 1).days())
      sentences.back().until(Date::from_days(start + stayed).to_string());
  }
  return {std::move(sentences), events, {}, "2025-07-01"};
}

TimeToValueOptions unadjusted() {
  TimeToValueOptions options;
  options.adjust_for.emplace();
  return options;
}

TEST(TimeToValue, finds_the_day_by_which_a_stage_has_to_be_reached) {
  const TestBook book = planted(1, 900, {{"activated", 0.8, 0.5}});
  const TimeToValue value = time_to_value(book.book, unadjusted());
  ASSERT_TRUE(value.best);
  EXPECT_EQ(value.rows[*value.best].day, 21);
  EXPECT_TRUE(value.rows[*value.best].as_good);
  EXPECT_NEAR(*value.rows[*value.best].effect.plain.value, 0.5, 0.1);
  EXPECT_LT(value.held_out_ratio.interval->high, 1);
  EXPECT_GT(*value.late.plain.value, 0.75);
  EXPECT_FALSE(value.at("activated", 60).as_good);
  const std::string sentence = time_to_value_sentence(value);
  EXPECT_THAT(sentence,
              StartsWith("Reaching activated within 21 days separates best: those who did left 0."));
  EXPECT_THAT(sentence, HasSubstr("It was chosen among 7 stages and days; in the customers that had no say"));
  EXPECT_THAT(sentence, HasSubstr("That is association, not cause."));
  const TimeToValueStage& stage = value.stages[0];
  EXPECT_EQ(stage.bands[1].verdict, LeverVerdict::keeps);    // days 7 to 13
  EXPECT_EQ(stage.bands[4].verdict, LeverVerdict::unclear);  // days 30 to 44
}

TEST(TimeToValue, where_a_stage_does_nothing_nothing_is_claimed) {
  const TestBook book = planted(2, 500, {{"activated", 0.6, 1}});
  const TimeToValue value = time_to_value(book.book, unadjusted());
  EXPECT_EQ(value.best, std::nullopt);
  EXPECT_TRUE(value.late.arms.empty());
  for (const TimeToValueRow& row : value.rows) {
    EXPECT_EQ(row.verdict, LeverVerdict::unclear);
    EXPECT_FALSE(row.as_good);
  }
  EXPECT_EQ(time_to_value_sentence(value),
            "Of 7 stages and days that can be compared none goes with staying by more than chance.");
}

Exposure within(const std::string& stage, std::int32_t days, std::int32_t horizon) {
  return {.lever = "x",
          .name = stage,
          .landmark = days,
          .horizon = horizon,
          .level = [stage, days](const Past& past) -> std::optional<std::uint32_t> {
            for (const PastEvent& event : past.events_of("stage_reached"))
              if (past.label(event) == stage)
                return event.at.seconds() / 86400 - past.known_since()->days() < days ? 1 : 0;
            return 0;
          }};
}

void expect_same_ratio(const LandmarkHazardRatio& a, const LandmarkHazardRatio& b) {
  ASSERT_EQ(a.value.has_value(), b.value.has_value());
  if (!a.value) return;
  EXPECT_NEAR(*a.value, *b.value, 1e-8);  // Newton's last step
  EXPECT_NEAR(a.interval->low, b.interval->low, 1e-8);
  EXPECT_NEAR(a.interval->high, b.interval->high, 1e-8);
}

void expect_same(const LandmarkEffect& a, const LandmarkEffect& b) {
  EXPECT_EQ(a.retained.one, b.retained.one);
  EXPECT_EQ(a.retained.other, b.retained.other);
  EXPECT_EQ(a.retained.difference, b.retained.difference);
  expect_same_ratio(a.plain, b.plain);
  expect_same_ratio(a.adjusted, b.adjusted);
}

TEST(TimeToValue, every_row_is_the_landmark_effect_of_its_exposure) {
  const TestBook book = planted(3, 300, {{"invited", 0.7, 1}, {"activated", 0.7, 0.4}});
  TimeToValueOptions options = unadjusted();
  options.days = {10, 30};
  options.horizon = 200;
  const TimeToValue value = time_to_value(book.book, options);
  ASSERT_EQ(value.rows.size(), 4U);
  PastReader reader{book.book};
  std::vector<PValue> p;
  for (const TimeToValueRow& row : value.rows) {
    const LandmarkRows rows = landmark_rows(reader, within(row.stage, row.day, 200));
    const LandmarkEffect effect =
        landmark_effect(rows, {.contrast = {.interval = book.book.conventions().rate.interval_rule()}});
    expect_same(row.effect, effect);
    EXPECT_EQ(row.effect.weighted, effect.weighted);
    EXPECT_EQ(row.reached_of_there.denominator(), static_cast<std::int64_t>(rows.rows()));
    p.push_back(*effect.p);
  }
  const std::vector<PValue> adjusted = adjusted_p(p, Adjustment::holm);
  for (std::size_t r = 0; r < p.size(); ++r)
    EXPECT_NEAR(value.rows[r].p_adjusted->value, adjusted[r].value, 1e-9);
}

// One day and one stage, so that both halves choose alike.
TEST(TimeToValue, halves_share_nobody_and_are_all_together) {
  const TestBook book = planted(4, 400, {{"activated", 0.7, 0.4}});
  TimeToValueOptions options = unadjusted();
  options.days = {21};
  const TimeToValue value = time_to_value(book.book, options);
  ASSERT_EQ(value.held_out.size(), 2U);
  const TimeToValueRow& row = value.rows.at(0);
  std::int64_t with = 0;
  std::int64_t without = 0;
  double weights = 0;
  double sum = 0;
  PastReader reader{book.book};
  for (const HeldOutValue& half : value.held_out) {
    EXPECT_EQ(half.row, 0U);
    without += half.effect.arms[0].customers;
    with += half.effect.arms[1].customers;
    const LandmarkRows rows = landmark_rows(reader, within("activated", 21, 365),
                                            {.where = by::customer_group(2) == std::to_string(half.half)});
    const LandmarkEffect effect = landmark_effect(rows);
    expect_same(half.effect, effect);
    const double error =
        std::log(effect.adjusted.interval->high / effect.adjusted.interval->low) / (2 * 1.959963984540054);
    weights += 1 / (error * error);
    sum += std::log(*effect.adjusted.value) / (error * error);
  }
  EXPECT_EQ(with, row.effect.arms[1].customers);
  EXPECT_EQ(without, row.effect.arms[0].customers);
  EXPECT_EQ(value.held_out_retained.one, row.effect.retained.one);
  EXPECT_EQ(value.held_out_retained.other, row.effect.retained.other);
  EXPECT_NEAR(*value.held_out_ratio.value, std::exp(sum / weights), 1e-7);  // Newton's last step
  EXPECT_NEAR(value.held_out_ratio.interval->high,
              std::exp(sum / weights + 1.959963984540054 / std::sqrt(weights)), 1e-7);
}

TEST(TimeToValue, rows_are_told_from_the_best_in_one_regression) {
  const TestBook book = planted(5, 400, {{"invited", 0.7, 0.5}, {"activated", 0.7, 0.3}});
  TimeToValueOptions options = unadjusted();
  options.days = {21, 45};
  const TimeToValue value = time_to_value(book.book, options);
  ASSERT_TRUE(value.best);
  const TimeToValueRow& best = value.rows[*value.best];
  EXPECT_EQ(best.stage, "activated");
  EXPECT_EQ(best.day, 21);
  const TimeToValueRow& other = value.at("activated", 45);
  ASSERT_EQ(other.verdict, LeverVerdict::keeps);
  // Both at day 45, of the customers there.
  PastReader reader{book.book};
  const LandmarkRows rows = landmark_rows(reader, within("activated", 45, 365));
  Exposure soon = within("activated", 21, 365);
  soon.landmark = 45;
  const LandmarkRows soon_rows = landmark_rows(reader, soon);
  ASSERT_EQ(rows.names, std::vector<std::string>{"years_ago"});
  std::vector<std::int32_t> exit;
  std::vector<std::uint8_t> left;
  Eigen::MatrixXd x(static_cast<Eigen::Index>(rows.rows()), 3);
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    left.push_back(rows.departs_in[r] >= 0 && rows.departs_in[r] < 365 ? 1 : 0);
    exit.push_back(left.back() == 1 ? rows.departs_in[r] + 1 : std::min(rows.known_for[r], 365));
    const auto at = static_cast<Eigen::Index>(r);
    x.row(at) << rows.level[r], soon_rows.level[r], rows.covariates(at, 0);
  }
  const CoxFit fit = cox_regression({.exit = exit, .event = left}, x, {"by 45", "by 21", "years_ago"});
  EXPECT_NEAR(*other.beside_best.value, *fit.coefficients[0].hazard_ratio, 1e-7);
  EXPECT_NEAR(*other.best_beside.value, *fit.coefficients[1].hazard_ratio, 1e-7);
  EXPECT_FALSE(other.as_good);
}

TEST(TimeToValue, tables_have_a_cell_for_every_column) {
  const TestBook book = planted(6, 200, {{"invited", 0.7, 1}, {"activated", 0.7, 0.4}});
  TimeToValueOptions options = unadjusted();
  options.days = {14, 28};
  const TimeToValue value = time_to_value(book.book, options);
  const Table table = time_to_value_table(value);
  ASSERT_EQ(table.rows.size(), 4U);
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
  EXPECT_EQ(table.columns[13], "reached_share");
  EXPECT_EQ(std::get<double>(table.rows[0][13]), *value.rows[0].reached.value());
  EXPECT_THAT(to_csv(table), Not(HasSubstr("nan")));
}

TEST(TimeToValue, kinds_of_a_host_stand_for_stages) {
  const TestBook book{{a_customer("ann"), a_customer("bob")},
                      {did("ann", "2024-01-02T09:00:00Z", "milestone", "0", "live"),
                       did("bob", "2024-01-01T09:00:00Z", "milestone", "0", "live")}};
  TimeToValueOptions options = in_ten_or_twenty_days();
  options.kinds = {{"milestone", "stage_reached"}};
  EXPECT_EQ(time_to_value(book.book, options).rows.at(0).reached, (Proportion{2, 2}));
}

}  // namespace
}  // namespace churn

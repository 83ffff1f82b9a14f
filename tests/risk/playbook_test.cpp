#include <churn/risk/playbook.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "risk/drawn_observations.hpp"

namespace churn {
namespace {

using core_test::error_of;
using risk_test::Drawn;
using risk_test::written;
using testing::HasSubstr;
using testing::StartsWith;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

Playbook seats_and_tickets() {
  return {{{.name = "licence use",
            .indicator = "seat_use",
            .bands = {{0, "red", 1}, {0.5, "yellow", 0.5}, {0.75, "green", 0}}},
           {.name = "tickets", .indicator = "tickets", .bands = {{0, "green", 0}, {5, "red", 1}}}}};
}

/// Ten rows of ten customers.
Observations ten_rows() {
  return written({"seat_use", "tickets"}, {{"a", "2024-01-01", {0.1, 6}, true},
                                           {"b", "2024-01-01", {0.2, 0}, true},
                                           {"c", "2024-01-01", {0.3, 9}, false},
                                           {"d", "2024-01-01", {0.5, 1}, true},
                                           {"e", "2024-01-01", {0.6, 5}, false},
                                           {"f", "2024-01-01", {0.74, 2}, false},
                                           {"g", "2024-01-01", {0.75, 4.9}, false},
                                           {"h", "2024-01-01", {1, none}, false},
                                           {"i", "2024-01-01", {none, 1}, false},
                                           {"j", "2024-01-01", {none, none}, true}});
}

TEST(Playbook, the_band_of_a_value_is_the_last_that_does_not_begin_above_it) {
  const PlaybookRule rule{
      .name = "r", .indicator = "x", .bands = {{0, "red", 1}, {0.5, "yellow", 0.5}, {0.75, "green", 0}}};
  const Observations rows = written({"x"}, {{"a", "2024-01-01", {0}, false},
                                            {"a", "2024-01-02", {0.49}, false},
                                            {"a", "2024-01-03", {0.5}, false},
                                            {"a", "2024-01-04", {0.75}, false},
                                            {"a", "2024-01-05", {1e9}, false},
                                            {"a", "2024-01-06", {-3}, false},
                                            {"a", "2024-01-07", {none}, false}});
  EXPECT_EQ(bands_of(rule, rows), (std::vector<std::int32_t>{0, 0, 1, 2, 2, 0, -1}))
      << "values below the first band are in it";
}

TEST(Playbook, a_rule_is_for_its_tenures_alone) {
  PlaybookRule rule{.name = "r", .indicator = "x", .bands = {{0, "red", 1}}};
  Observations rows = written({"x"}, {{"a", "2024-01-01", {0}, false, 29},
                                      {"b", "2024-01-01", {0}, false, 30},
                                      {"c", "2024-01-01", {0}, false, 179},
                                      {"d", "2024-01-01", {0}, false, 180}});
  EXPECT_EQ(bands_of(rule, rows), (std::vector<std::int32_t>{0, 0, 0, 0}));
  rule.tenure_from = 30;
  EXPECT_EQ(bands_of(rule, rows), (std::vector<std::int32_t>{-1, 0, 0, 0}));
  rule.tenure_until = 180;
  EXPECT_EQ(bands_of(rule, rows), (std::vector<std::int32_t>{-1, 0, 0, -1}));
}

TEST(Playbook, a_score_is_the_weighted_mean_of_the_rules_that_have_a_value) {
  Playbook playbook = seats_and_tickets();
  playbook.rules[1].weight = 3;
  const std::vector<std::optional<double>> scores = playbook_scores(playbook, ten_rows());
  const std::vector<std::optional<double>> expected{1,     0.25, 1, 0.125, (0.5 + 3) / 4,
                                                    0.125, 0,    0, 0,     std::nullopt};
  EXPECT_EQ(scores, expected);
}

// Counted by hand.
TEST(Playbook, what_a_rule_is_worth_is_counted_over_the_rows_that_have_a_value) {
  const PlaybookWorth worth = playbook_worth(seats_and_tickets(), ten_rows());
  ASSERT_EQ(worth.rules.size(), 3U);
  EXPECT_EQ(worth.observations, 10U);
  EXPECT_EQ(worth.departures, 4U);

  const RuleWorth& seats = worth.rules[0];
  EXPECT_EQ(seats.name, "licence use");
  EXPECT_EQ(seats.coverage, Proportion(8, 10));
  ASSERT_EQ(seats.bands.size(), 3U);
  EXPECT_EQ(seats.bands[0].level, "red");
  EXPECT_EQ(seats.bands[0].departed, Proportion(2, 3));
  EXPECT_EQ(seats.bands[1].departed, Proportion(1, 3));
  EXPECT_EQ(seats.bands[2].departed, Proportion(0, 2));
  EXPECT_EQ(seats.precision, Proportion(2, 3));
  EXPECT_EQ(seats.recall, Proportion(2, 3));
  // Of 3 x 5 pairs: a and b are above e, f, g, h and equal to c; d is above g, h and equal to e, f.
  EXPECT_DOUBLE_EQ(seats.auc.value.value(), (2 * 4.5 + 3) / 15);
  EXPECT_DOUBLE_EQ(seats.lift.value(), (2.0 / 3) / (3.0 / 8));

  const RuleWorth& tickets = worth.rules[1];
  EXPECT_EQ(tickets.coverage, Proportion(8, 10));
  EXPECT_EQ(tickets.precision, Proportion(1, 3));
  EXPECT_EQ(tickets.recall, Proportion(1, 3));

  const RuleWorth& all = worth.rules[2];
  EXPECT_EQ(all.name, "playbook");
  EXPECT_TRUE(all.bands.empty());
  EXPECT_EQ(all.coverage, Proportion(9, 10));
  EXPECT_EQ(all.precision, Proportion(2, 4)) << "a, b, c and e have at least half of the points";
  EXPECT_EQ(all.recall, Proportion(2, 3));
}

TEST(Playbook, the_bands_of_a_rule_hold_each_row_with_a_value_once) {
  const PlaybookWorth worth = playbook_worth(seats_and_tickets(), ten_rows());
  for (std::size_t rule = 0; rule < 2; ++rule) {
    std::int64_t rows = 0;
    for (const BandWorth& band : worth.rules[rule].bands) rows += band.departed.denominator();
    EXPECT_EQ(rows, worth.rules[rule].coverage.numerator());
  }
}

TEST(Playbook, a_mean_of_halves_is_flagged_whatever_the_weights) {
  // 0.1 x 0.5 + 0.2 x 0.5 + 0.4 x 0.5 over 0.1 + 0.2 + 0.4 need not be 0.5 to the last bit.
  Playbook playbook;
  for (const double weight : {0.1, 0.2, 0.4, 0.7, 1.1})
    playbook.rules.push_back({.name = "rule of " + std::to_string(weight),
                              .indicator = "x",
                              .bands = {{0, "yellow", 0.5}},
                              .weight = weight});
  const Observations rows = written({"x"}, {{"a", "2024-01-01", {1}, true}, {"b", "2024-01-01", {1}, false}});
  EXPECT_EQ(playbook_worth(playbook, rows).rules.back().precision, Proportion(1, 2));
}

TEST(Playbook, a_rule_whose_bands_have_no_points_flags_nobody) {
  const Playbook playbook{
      {{.name = "off", .indicator = "tickets", .bands = {{0, "grey", 0}, {3, "grey", 0}}}}};
  const RuleWorth worth = playbook_worth(playbook, ten_rows()).rules.front();
  EXPECT_EQ(worth.precision, Proportion(0, 0));
  EXPECT_FALSE(worth.lift.has_value());
  EXPECT_FALSE(worth.works);
}

TEST(Playbook, a_rule_that_looks_at_what_makes_customers_leave_works_and_one_that_looks_at_noise_does_not) {
  const Observations rows = Drawn{.customers = 400, .effects = {1, 0}, .seed = 5}.observations();
  const std::vector<PlaybookBand> bands{{-9, "green", 0}, {0, "yellow", 0.5}, {1, "red", 1}};
  const PlaybookWorth worth = playbook_worth({{{.name = "cause", .indicator = "column 0", .bands = bands},
                                               {.name = "noise", .indicator = "column 1", .bands = bands}}},
                                             rows);
  EXPECT_TRUE(worth.rules[0].works);
  EXPECT_FALSE(worth.rules[1].works);
  EXPECT_GT(worth.rules[0].lift.value(), 1.5);
  EXPECT_GE(worth.rules[1].p_adjusted->value, worth.rules[1].auc.p->value);
  EXPECT_THAT(playbook_sentence(worth), StartsWith("Of 2 rules 1 tells who leaves: cause. "));
}

TEST(Playbook, a_rule_the_wrong_way_round_does_not_work_and_is_named) {
  const Observations rows = Drawn{.customers = 400, .effects = {1}, .seed = 5}.observations();
  const Playbook playbook{
      {{.name = "reversed", .indicator = "column 0", .bands = {{-9, "red", 1}, {0, "green", 0}}}}};
  const PlaybookWorth worth = playbook_worth(playbook, rows);
  EXPECT_FALSE(worth.rules[0].works);
  EXPECT_LT(worth.rules[0].p_adjusted->value, 0.05);
  EXPECT_THAT(playbook_sentence(worth), StartsWith("There is no evidence that the rule tells who leaves ("));
  EXPECT_THAT(playbook_sentence(worth),
              HasSubstr("reversed points the wrong way: those with more points stay more often."));
}

/// So many customers with many tickets, all of whom leave, and as many with few, all of whom stay.
Observations told_apart(std::size_t customers) {
  std::vector<risk_test::WrittenRow> rows;
  for (std::size_t i = 0; i < customers; ++i) {
    rows.push_back({"leaver " + std::to_string(i), "2024-01-01", {0.1, 9}, true});
    rows.push_back({"stayer " + std::to_string(i), "2024-01-01", {0.9, 1}, false});
  }
  return written({"seat_use", "tickets"}, rows);
}

TEST(Playbook, a_rule_without_a_miss_works_if_enough_customers_stand_behind_it) {
  const RuleWorth eight = playbook_worth(seats_and_tickets(), told_apart(8)).rules[1];
  EXPECT_EQ(eight.auc.value, 1);
  EXPECT_FALSE(eight.auc.interval.has_value());
  // wilcox.test(9:16, 1:8, exact = FALSE, correct = FALSE), times the three that are tested. Printed with 10 digits.
  ASSERT_TRUE(eight.auc.p.has_value());
  EXPECT_NEAR(eight.auc.p->value, 0.0007775304469, 1e-12);
  EXPECT_NEAR(eight.p_adjusted->value, 3 * eight.auc.p->value, 1e-15);
  EXPECT_TRUE(eight.works);

  const RuleWorth three = playbook_worth(seats_and_tickets(), told_apart(3)).rules[1];
  EXPECT_EQ(three.auc.value, 1);
  EXPECT_TRUE(three.p_adjusted.has_value());
  EXPECT_FALSE(three.works) << "of three and three luck does that, one way or the other, once in ten times";

  const RuleWorth one = playbook_worth(seats_and_tickets(), told_apart(1)).rules[1];
  EXPECT_EQ(one.auc.value, 1);
  EXPECT_FALSE(one.p_adjusted.has_value());
  EXPECT_FALSE(one.works);
}

TEST(Playbook, many_rows_of_few_customers_are_no_evidence) {
  std::vector<risk_test::WrittenRow> rows;
  for (const char* day : {"2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"})
    for (int i = 0; i < 3; ++i) {
      rows.push_back({"leaver " + std::to_string(i), day, {0.1, 9}, true});
      rows.push_back({"stayer " + std::to_string(i), day, {0.9, 1}, false});
    }
  const Observations weekly = written({"seat_use", "tickets"}, rows);
  EXPECT_EQ(playbook_worth(seats_and_tickets(), weekly).rules[1].auc.p->value,
            playbook_worth(seats_and_tickets(), told_apart(3)).rules[1].auc.p->value);
}

TEST(Playbook, a_playbook_that_points_the_wrong_way_is_said_to) {
  Playbook playbook = seats_and_tickets();
  playbook.rules[0].bands = {{0, "green", 0}, {0.5, "red", 1}};
  playbook.rules[0].weight = 9;
  EXPECT_EQ(
      playbook_sentence(playbook_worth(playbook, told_apart(12))),
      "Of 2 rules 1 tells who leaves: tickets. licence use points the wrong way: those with more points "
      "stay more often. The playbook as a whole points the wrong way.");
}

TEST(Playbook, without_evidence_it_says_how_many_rows_there_were) {
  EXPECT_EQ(
      playbook_sentence(playbook_worth(seats_and_tickets(), ten_rows())),
      "There is no evidence that any of the 2 rules by itself tells who leaves (10 rows, of which 4 came "
      "before a departure).");
}

// Each data set has three rules that look at noise, and the playbook: by Holm's correction at most 5 % of data sets
// should have any that works. Of 200, more than 20 would have a chance of less than 0.2 % (binomial).
TEST(Playbook, rules_that_look_at_noise_seldom_work) {
  Playbook playbook;
  for (const char* column : {"column 0", "column 1", "column 2"})
    playbook.rules.push_back(
        {.name = column, .indicator = column, .bands = {{-9, "green", 0}, {0, "red", 1}}});
  int found = 0;
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    const PlaybookWorth worth =
        playbook_worth(playbook, Drawn{.customers = 150, .weeks = 8, .seed = seed}.observations());
    bool any = false;
    for (const RuleWorth& rule : worth.rules) any = any || rule.works;
    found += any ? 1 : 0;
  }
  EXPECT_LE(found, 20);
}

TEST(Playbook, the_order_of_rows_changes_nothing) {
  const Observations rows = Drawn{.customers = 60, .weeks = 6, .effects = {1, 0}, .seed = 3}.observations();
  std::vector<std::size_t> backwards(rows.rows());
  std::iota(backwards.rbegin(), backwards.rend(), std::size_t{0});
  const Playbook playbook{
      {{.name = "a", .indicator = "column 0", .bands = {{-9, "green", 0.1}, {0, "red", 0.7}}},
       {.name = "b", .indicator = "column 1", .bands = {{-9, "green", 0}, {1, "red", 1}}, .weight = 0.3}}};
  const PlaybookWorth one = playbook_worth(playbook, rows);
  const PlaybookWorth other = playbook_worth(playbook, rows.only(backwards));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(one.rules[i].precision, other.rules[i].precision);
    EXPECT_EQ(one.rules[i].recall, other.rules[i].recall);
    EXPECT_EQ(one.rules[i].coverage, other.rules[i].coverage);
    // Sums of rows are taken in another order.
    EXPECT_NEAR(one.rules[i].auc.value.value(), other.rules[i].auc.value.value(), 1e-12);
  }
}

TEST(Playbook, tables_have_a_row_a_rule_and_a_row_a_band) {
  const PlaybookWorth worth = playbook_worth(seats_and_tickets(), ten_rows());
  const Table rules = playbook_table(worth);
  EXPECT_EQ(rules.columns,
            (std::vector<std::string>{"rule", "coverage", "auc", "auc_low", "auc_high", "flagged", "departed",
                                      "precision", "recall", "lift", "p_adjusted", "works"}));
  ASSERT_EQ(rules.rows.size(), 3U);
  for (const auto& row : rules.rows) EXPECT_EQ(row.size(), rules.columns.size());
  EXPECT_EQ(rules.rows[0][5], Cell{std::int64_t{3}});
  EXPECT_EQ(rules.rows[0][6], Cell{std::int64_t{2}});
  const Table bands = playbook_bands_table(worth);
  EXPECT_EQ(bands.columns, (std::vector<std::string>{"rule", "level", "points", "departed", "rows", "rate",
                                                     "ci_low", "ci_high"}));
  ASSERT_EQ(bands.rows.size(), 5U);
  EXPECT_EQ(to_text(bands.rows[0][0]) + " " + to_text(bands.rows[0][1]) + " " + to_text(bands.rows[0][3]) +
                " of " + to_text(bands.rows[0][4]),
            "licence use red 2 of 3");
}

TEST(Playbook, a_playbook_without_outcomes_can_be_scored_but_not_tested) {
  Observations rows = ten_rows();
  rows.departed.clear();
  rows.departs_in.clear();
  EXPECT_EQ(playbook_scores(seats_and_tickets(), rows).size(), 10U);
  EXPECT_EQ(error_of([&] { (void)playbook_worth(seats_and_tickets(), rows); }), "out_of_range");
}

TEST(Playbook, where_there_is_nothing_to_find_it_says_why) {
  const auto sentence = [](const Playbook& playbook, const Observations& rows) {
    return playbook_sentence(playbook_worth(playbook, rows));
  };
  EXPECT_EQ(sentence({}, ten_rows()), "The playbook has no rules.");
  EXPECT_EQ(sentence(seats_and_tickets(), written({"seat_use", "tickets"}, {})),
            "There are no observations to test the playbook on.");
  EXPECT_EQ(
      sentence(seats_and_tickets(), written({"seat_use", "tickets"}, {{"a", "2024-01-01", {0.1, 6}, false}})),
      "Nobody left, so nothing can be said of the playbook.");
  EXPECT_EQ(
      sentence(seats_and_tickets(), written({"seat_use", "tickets"}, {{"a", "2024-01-01", {0.1, 6}, true}})),
      "Everybody left, so nothing can be said of the playbook.");
  const Observations blank = written({"seat_use", "tickets"}, {{"a", "2024-01-01", {none, none}, true},
                                                               {"b", "2024-01-01", {none, none}, false}});
  EXPECT_EQ(sentence(seats_and_tickets(), blank), "No rule of the playbook has a value in any row.");
  const PlaybookWorth worth = playbook_worth(seats_and_tickets(), blank);
  EXPECT_EQ(worth.rules[0].coverage, Proportion(0, 2));
  EXPECT_FALSE(worth.rules[0].auc.value.has_value());
  EXPECT_FALSE(worth.rules[0].p_adjusted.has_value());
  EXPECT_FALSE(worth.rules[0].works);
}

TEST(Playbook, what_a_team_got_wrong_is_refused) {
  const auto error = [](auto&& change) {
    Playbook playbook = seats_and_tickets();
    change(playbook.rules[0]);
    return error_of([&] { playbook.validate(); });
  };
  EXPECT_EQ(error([](PlaybookRule&) {}), "");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.bands.clear(); }), "bad_number");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.bands[1].from = 0; }), "bad_number");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.bands[2].from = 0.4; }), "bad_number");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.bands[0].from = none; }), "bad_number");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.bands[0].points = 1.01; }), "bad_number");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.bands[0].points = -0.01; }), "bad_number");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.bands[0].points = none; }), "bad_number");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.weight = 0; }), "bad_number");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.weight = none; }), "bad_number");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.weight = std::numeric_limits<double>::infinity(); }),
            "bad_number");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.tenure_from = -1; }), "bad_number");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.tenure_until = 0; }), "bad_number");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.name = ""; }), "unknown_name");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.name = "tickets"; }), "unknown_name");
  EXPECT_EQ(error([](PlaybookRule& rule) { rule.name = "playbook"; }), "unknown_name");
}

TEST(Playbook, an_indicator_that_is_no_column_is_refused_by_name) {
  Playbook playbook = seats_and_tickets();
  playbook.rules[1].indicator = "complaints";
  EXPECT_NO_THROW(playbook.validate());
  EXPECT_EQ(error_of([&] { (void)playbook_scores(playbook, ten_rows()); }), "unknown_name");
  EXPECT_EQ(error_of([&] { (void)playbook_worth(playbook, ten_rows()); }), "unknown_name");
  EXPECT_EQ(error_of([&] { (void)bands_of(playbook.rules[1], ten_rows()); }), "unknown_name");
  EXPECT_EQ(error_of([&] { (void)playbook_worth(seats_and_tickets(), ten_rows(), 1); }), "bad_number");
}

// The score lies between the points of the rules that speak, and a weight common to all changes nothing.
RC_GTEST_PROP(Playbook, scores_lie_between_the_points_and_do_not_depend_on_the_unit_of_weights, ()) {
  const auto value = rc::gen::inRange(-3, 12);
  Playbook playbook = seats_and_tickets();
  playbook.rules[0].weight = *rc::gen::inRange(1, 50);
  playbook.rules[1].weight = *rc::gen::inRange(1, 50);
  const Observations rows = written(
      {"seat_use", "tickets"},
      {{"a", "2024-01-01", {*value / 10.0, static_cast<double>(*value)}, *rc::gen::arbitrary<bool>()}});
  const double score = playbook_scores(playbook, rows)[0].value();
  const auto points = [&](std::size_t rule) {
    return playbook.rules[rule]
        .bands[static_cast<std::size_t>(bands_of(playbook.rules[rule], rows)[0])]
        .points;
  };
  RC_ASSERT(score >= std::min(points(0), points(1)) - 1e-12);
  RC_ASSERT(score <= std::max(points(0), points(1)) + 1e-12);
  for (PlaybookRule& rule : playbook.rules) rule.weight *= 8;  // exact in binary
  RC_ASSERT(playbook_scores(playbook, rows)[0].value() == score);
}

}  // namespace
}  // namespace churn

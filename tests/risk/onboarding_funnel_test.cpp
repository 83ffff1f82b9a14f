#include <churn/risk/onboarding_funnel.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "departure/departed_book.hpp"
#include "risk/sample_accounts.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using departure_test::DepartedBook;
using departure_test::sample_book;
using support::a_customer;
using support::day;
using support::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string shown(const Proportion& share) {
  return std::to_string(share.numerator()) + " of " + std::to_string(share.denominator());
}
/// "stopped 1 of 2, went on 0 of 1, absent 2, unknown 1".
std::string departed(const OnboardingStage& stage) {
  return "stopped " + shown(stage.departed.one) + ", went on " + shown(stage.departed.other) + ", absent " +
         std::to_string(stage.absent) + ", unknown " + std::to_string(stage.outcome_unknown);
}
std::string stands(const OnboardingStage& stage) {
  return std::to_string(stage.present) + " " + std::to_string(stage.left) + " " +
         std::to_string(stage.never_present);
}
std::vector<std::string> names(const OnboardingFunnel& funnel) {
  std::vector<std::string> stages;
  for (const OnboardingStage& stage : funnel.stages) stages.push_back(stage.stage);
  return stages;
}

DepartedBook& reached(DepartedBook& book, const std::string& customer, std::string_view at,
                      std::string stage) {
  return book.event(customer, at, "stage_reached", std::move(stage));
}

// Stages are on record since 2024-01-01, so gil's first ones are not known. Bob is invited too late to have gone on by a
// landmark of ten days, dan leaves before it, eve skips a stage and never pays, fay came lately.
DepartedBook seven_customers() {
  DepartedBook book{a_customer("ann").on("pro"),
                    a_customer("bob").on("pro").until("2024-01-21"),
                    a_customer("cid").on("basic"),
                    a_customer("dan").on("basic").until("2024-01-08"),
                    a_customer("eve").signed_up("2024-01-02"),
                    a_customer("fay").on("pro").from("2024-06-25"),
                    a_customer("gil").on("pro").from("2023-12-31")};
  for (const char* customer : {"ann", "bob", "cid", "dan"})
    reached(book, customer, "2024-01-01", "signed_up");
  reached(book, "eve", "2024-01-02", "signed_up");
  reached(book, "fay", "2024-06-25", "signed_up");
  reached(book, "ann", "2024-01-03", "invited");
  reached(book, "ann", "2024-03-03", "invited");  // the first one counts
  reached(book, "bob", "2024-01-15", "invited");
  reached(book, "gil", "2024-02-01", "invited");
  reached(book, "ann", "2024-01-05", "activated");
  reached(book, "eve", "2024-01-04", "activated");
  reached(book, "cid", "2024-07-01T00:00", "activated");  // on as_of: not known yet
  reached(book, "cid", "2024-05-01", "");
  return book;
}
OnboardingOptions of_ten_days() {
  OnboardingOptions options;
  options.landmark = 10;
  options.horizon = 30;
  return options;
}

TEST(OnboardingFunnel, finds_the_order_of_stages_and_counts_who_reached_them) {
  const OnboardingFunnel funnel = onboarding_funnel(seven_customers().as_of("2024-07-01"), of_ten_days());
  EXPECT_EQ(funnel.customers, 6);
  EXPECT_EQ(funnel.before_recording, 1);
  EXPECT_EQ(funnel.without_start, 0);
  EXPECT_EQ(funnel.events_without_stage, 1);
  EXPECT_EQ(funnel.recorded_from, day("2024-01-01"));
  ASSERT_THAT(names(funnel), ElementsAre("(start)", "signed_up", "invited", "activated"))
      << "Activated is the last, although its median of 3 days is before the 8 of invited.";
  EXPECT_EQ(funnel.stages[0].reached, 6);
  EXPECT_EQ(shown(funnel.stages[0].of_before), "0 of 0");
  EXPECT_EQ(funnel.stages[1].reached, 6);
  EXPECT_EQ(shown(funnel.stages[1].of_before), "6 of 6");
  EXPECT_EQ(funnel.stages[2].reached, 2);
  EXPECT_EQ(shown(funnel.stages[2].of_before), "2 of 6");
  EXPECT_EQ(funnel.stages[3].reached, 2);
  EXPECT_EQ(shown(funnel.stages[3].of_before), "1 of 2");
  EXPECT_EQ(funnel.stages[3].skipped, 1) << "Eve was activated without having invited anybody.";
}

TEST(OnboardingFunnel, tells_where_customers_stand_now) {
  const OnboardingFunnel funnel = onboarding_funnel(seven_customers().as_of("2024-07-01"), of_ten_days());
  EXPECT_EQ(stands(funnel.at(onboarding_start)), "0 0 0");
  EXPECT_EQ(stands(funnel.at("signed_up")), "2 1 0");
  EXPECT_EQ(stands(funnel.at("invited")), "0 1 0");
  EXPECT_EQ(stands(funnel.at("activated")), "1 0 1");
}

// By hand. Invited, from the start: ann after 2 days, fay censored after 5, bob after 14, the others far later:
// S is 5/6, then 5/6 x 3/4. Activated, from invited: ann after 2 days, bob censored on 06-30, 167 days after: S is 1/2 from
// 2 days to the last row, of which the median is the middle.
TEST(OnboardingFunnel, times_are_of_all_and_not_only_of_those_who_get_there) {
  const OnboardingFunnel funnel = onboarding_funnel(seven_customers().as_of("2024-07-01"), of_ten_days());
  EXPECT_EQ(funnel.at("signed_up").days_from_start.time, 0);
  const OnboardingStage& invited = funnel.at("invited");
  EXPECT_NEAR(*invited.from_start.at(2), 5.0 / 6, 1e-15);  // one rounding
  EXPECT_NEAR(*invited.from_start.at(14), 0.625, 1e-15);
  EXPECT_EQ(invited.days_from_start.time, std::nullopt) << "Fewer than half get there.";
  EXPECT_EQ(invited.from_start.rows.back().time, 181);
  EXPECT_EQ(funnel.at("activated").days_from_before.time, 84.5);
  EXPECT_EQ(funnel.at("activated").from_before.spells, 2);
}

// A landmark of 10 days and an outcome by day 30.
TEST(OnboardingFunnel, compares_departures_by_what_was_reached_before_the_landmark) {
  const OnboardingFunnel funnel = onboarding_funnel(seven_customers().as_of("2024-07-01"), of_ten_days());
  EXPECT_EQ(departed(funnel.at("(start)")), "stopped 0 of 0, went on 1 of 3, absent 2, unknown 1");
  EXPECT_EQ(departed(funnel.at("signed_up")), "stopped 1 of 2, went on 0 of 1, absent 2, unknown 1")
      << "Bob went on after the landmark only.";
  EXPECT_EQ(departed(funnel.at("invited")), "stopped 0 of 0, went on 0 of 1, absent 1, unknown 0");
  EXPECT_EQ(departed(funnel.at("activated")), "stopped 0 of 1, went on 0 of 0, absent 1, unknown 0");
  EXPECT_EQ(funnel.comparisons, 1U);
  EXPECT_EQ(funnel.at("signed_up").departed.difference->difference, 0.5);
  EXPECT_FALSE(funnel.at("(start)").departed.difference);
}

// Reached on 2024-01-01, landmark 01-11, outcome known until before 01-31.
TEST(OnboardingFunnel, the_days_at_the_edges_of_landmark_and_horizon) {
  const auto with = [](const char* until, const char* next, const char* as_of = "2024-07-01") {
    DepartedBook book{a_customer("ann").on("pro").until(until)};
    reached(book, "ann", "2024-01-01", "first");
    reached(book, "ann", next, "second");
    OnboardingOptions options = of_ten_days();
    options.stages = {"first", "second"};
    return departed(onboarding_funnel(book.as_of(as_of), options).at("first"));
  };
  EXPECT_EQ(with("2024-06-01", "2024-01-10T23:59:59"), "stopped 0 of 0, went on 0 of 1, absent 0, unknown 0");
  EXPECT_EQ(with("2024-06-01", "2024-01-11T00:00"), "stopped 0 of 1, went on 0 of 0, absent 0, unknown 0");
  EXPECT_EQ(with("2024-01-10", "2024-06-01"), "stopped 0 of 0, went on 0 of 0, absent 1, unknown 0");
  EXPECT_EQ(with("2024-01-11", "2024-06-01"), "stopped 1 of 1, went on 0 of 0, absent 0, unknown 0");
  EXPECT_EQ(with("2024-01-30", "2024-06-01"), "stopped 1 of 1, went on 0 of 0, absent 0, unknown 0");
  EXPECT_EQ(with("2024-01-31", "2024-06-01"), "stopped 0 of 1, went on 0 of 0, absent 0, unknown 0");
  EXPECT_EQ(with("2024-01-20", "2024-06-01", "2024-01-30"),
            "stopped 0 of 0, went on 0 of 0, absent 0, unknown 1")
      << "Also who left early is not counted until all would be known.";
  EXPECT_EQ(with("2024-01-20", "2024-06-01", "2024-01-31"),
            "stopped 1 of 1, went on 0 of 0, absent 0, unknown 0");
}

TEST(OnboardingFunnel, stages_may_be_given_and_others_are_not_looked_at) {
  OnboardingOptions options = of_ten_days();
  options.stages = {"activated", "celebrated", "signed_up"};
  const OnboardingFunnel funnel = onboarding_funnel(seven_customers().as_of("2024-07-01"), options);
  EXPECT_THAT(names(funnel), ElementsAre("(start)", "activated", "celebrated", "signed_up"));
  EXPECT_EQ(shown(funnel.at("activated").of_before), "2 of 6");
  EXPECT_EQ(shown(funnel.at("celebrated").of_before), "0 of 2");
  EXPECT_EQ(shown(funnel.at("signed_up").of_before), "0 of 0");
  EXPECT_EQ(funnel.at("signed_up").skipped, 6);
  EXPECT_EQ(funnel.at("celebrated").days_from_before.time, std::nullopt);
  EXPECT_EQ(funnel.at("activated").left, 0) << "The furthest stage is the last in the order given.";
  EXPECT_EQ(error_of([&] { (void)funnel.at("invited"); }), ErrorCode::unknown_name);
}

TEST(OnboardingFunnel, a_host_may_know_better_since_when_stages_are_on_record) {
  OnboardingOptions options = of_ten_days();
  options.recorded_from = day("2023-01-01");
  const OnboardingFunnel funnel = onboarding_funnel(seven_customers().as_of("2024-07-01"), options);
  EXPECT_EQ(funnel.customers, 7);
  EXPECT_EQ(funnel.before_recording, 0);
  EXPECT_EQ(funnel.at("invited").skipped, 1);
}

// At the landmark, by the plan of the day before it; else by that of the last present day.
TEST(OnboardingFunnel, a_filter_does_not_lose_those_who_left) {
  OnboardingOptions options = of_ten_days();
  options.where = by::primary_plan == "pro";
  const OnboardingFunnel funnel = onboarding_funnel(seven_customers().as_of("2024-07-01"), options);
  EXPECT_EQ(funnel.customers, 3) << "Ann, bob who is gone, and fay.";
  EXPECT_EQ(departed(funnel.at("signed_up")), "stopped 1 of 1, went on 0 of 1, absent 0, unknown 1");
  EXPECT_THAT(names(funnel), ElementsAre("(start)", "signed_up", "invited", "activated"));
}

TEST(OnboardingFunnel, asks_about_those_who_started_on_some_days) {
  OnboardingOptions options = of_ten_days();
  options.started = Period{day("2024-01-02"), day("2024-07-01")};
  const OnboardingFunnel funnel = onboarding_funnel(seven_customers().as_of("2024-07-01"), options);
  EXPECT_EQ(funnel.customers, 2);
  EXPECT_EQ(funnel.before_recording, 0);
  EXPECT_EQ(funnel.at("activated").reached, 1);
}

TEST(OnboardingFunnel, a_stage_before_the_start_is_reached_at_the_start) {
  DepartedBook book{a_customer("ann").on("pro").from("2024-02-01"),
                    a_customer("bob").on("pro").from("2024-02-01"), a_customer("zoe")};
  reached(book, "ann", "2024-01-01", "demo");
  reached(book, "bob", "2024-02-04", "demo");
  reached(book, "zoe", "2024-02-04", "demo");
  const OnboardingFunnel funnel = onboarding_funnel(book.as_of("2024-07-01"));
  EXPECT_EQ(funnel.customers, 2);
  EXPECT_EQ(funnel.without_start, 1) << "Zoe never signed up and was never present.";
  EXPECT_EQ(funnel.at("demo").from_start.rows.front().time, 0);
  EXPECT_EQ(funnel.at("demo").days_from_start.time, 1.5);  // S is 1/2 from day 0 to day 3
  EXPECT_EQ(departed(funnel.at("demo")), "stopped 0 of 2, went on 0 of 0, absent 0, unknown 0")
      << "Ann's landmark is 30 days after her start, not after the demo.";
}

TEST(OnboardingFunnel, of_equal_medians_the_one_that_more_reached_comes_first) {
  DepartedBook book{a_customer("ann").on("pro"), a_customer("bob").on("pro")};
  reached(book, "ann", "2024-01-01", "a");
  reached(book, "ann", "2024-01-01", "z");
  reached(book, "bob", "2024-01-01", "z");
  reached(book, "bob", "2024-01-01", "b");
  EXPECT_THAT(names(onboarding_funnel(book.as_of("2024-07-01"))), ElementsAre("(start)", "z", "a", "b"));
}

TEST(OnboardingFunnel, who_was_there_before_the_records_is_there) {
  DepartedBook book{a_customer("ann").on("pro").from("2024-01-01").until("2024-04-20"),
                    a_customer("bob").on("pro").from("2024-01-01").until("2024-02-01")};
  reached(book, "ann", "2024-01-01", "demo");
  reached(book, "bob", "2024-01-01", "demo");
  reached(book, "ann", "2024-03-25", "activated");
  book.records().set_records_from(day("2024-04-01"));
  OnboardingOptions options = of_ten_days();
  const OnboardingFunnel funnel = onboarding_funnel(book.as_of("2024-07-01"), options);
  EXPECT_EQ(funnel.customers, 2);
  EXPECT_EQ(departed(funnel.at("demo")), "stopped 0 of 0, went on 0 of 0, absent 0, unknown 2")
      << "Who was there on 01-10 is not in the records.";
  EXPECT_EQ(departed(funnel.at("activated")), "stopped 1 of 1, went on 0 of 0, absent 0, unknown 0");
  EXPECT_EQ(stands(funnel.at("demo")), "0 1 0") << "Bob was a customer, if before the records.";
}

// The first day that is on record must be before the landmark, 2024-01-11.
TEST(OnboardingFunnel, a_landmark_on_the_first_day_of_the_records_is_too_early) {
  const auto with = [](const char* records_from) {
    DepartedBook book{a_customer("ann").on("pro").from("2024-01-01").until("2024-01-20")};
    reached(book, "ann", "2024-01-01", "demo");
    book.records().set_records_from(day(records_from));
    return departed(onboarding_funnel(book.as_of("2024-07-01"), of_ten_days()).at("demo"));
  };
  EXPECT_EQ(with("2024-01-10"), "stopped 1 of 1, went on 0 of 0, absent 0, unknown 0");
  EXPECT_EQ(with("2024-01-11"), "stopped 0 of 0, went on 0 of 0, absent 0, unknown 1");
}

TEST(OnboardingFunnel, of_no_stages_of_nobody_and_of_one_stage) {
  const Book no_stages = support::book_as_of("2024-07-01", {a_customer("ann").on("pro")});
  const OnboardingFunnel none = onboarding_funnel(no_stages);
  EXPECT_TRUE(none.stages.empty());
  EXPECT_EQ(onboarding_sentence(none),
            "No onboarding stage is on record, so where customers stop is not known.");
  EXPECT_TRUE(onboarding_table(none).rows.empty());

  OnboardingOptions known;
  known.stages = {"activated"};
  EXPECT_TRUE(onboarding_funnel(no_stages, known).stages.empty());
  known.recorded_from = day("2023-01-01");  // then it is known that nobody got there
  EXPECT_EQ(shown(onboarding_funnel(no_stages, known).at("activated").of_before), "0 of 1");

  EXPECT_TRUE(onboarding_funnel(support::book_as_of("2024-07-01", {})).stages.empty());
  EXPECT_TRUE(onboarding_funnel(support::book_as_of("0001-01-01", {})).stages.empty());

  DepartedBook before{a_customer("ann").on("pro")};
  reached(before, "ann", "2024-03-01", "activated");
  const OnboardingFunnel nobody = onboarding_funnel(before.as_of("2024-07-01"));
  EXPECT_EQ(nobody.customers, 0);
  EXPECT_EQ(nobody.at("activated").of_before.value(), std::nullopt);
  EXPECT_EQ(onboarding_sentence(nobody),
            "All customers asked about started before stages were on record, on 2024-03-01.");

  DepartedBook one{a_customer("ann").on("pro").until("2024-02-01")};
  reached(one, "ann", "2024-01-01", "activated");
  const OnboardingFunnel single = onboarding_funnel(one.as_of("2024-07-01"));
  EXPECT_EQ(onboarding_sentence(single),
            "Of 1 customer, 1 reached activated. Nobody failed to take a step. Nobody of them is present "
            "now. Whether "
            "those who stop leave more often can't be compared at any stage.");
}

TEST(OnboardingFunnel, refuses_days_and_stages_that_can_not_be) {
  const Book book = support::book_as_of("2024-07-01", {});
  const auto of = [&](std::int32_t landmark, std::int32_t horizon, std::vector<std::string> stages = {}) {
    OnboardingOptions options;
    options.landmark = landmark;
    options.horizon = horizon;
    options.stages = std::move(stages);
    return error_of([&] { (void)onboarding_funnel(book, options); });
  };
  EXPECT_EQ(of(0, 90), ErrorCode::out_of_range);
  EXPECT_EQ(of(30, 30), ErrorCode::out_of_range);
  EXPECT_EQ(of(30, 31), std::nullopt);
  EXPECT_EQ(of(30, INT32_MAX), std::nullopt);
  EXPECT_EQ(of(30, 90, {"a", "b", "a"}), ErrorCode::unknown_name);
  EXPECT_EQ(of(30, 90, {""}), ErrorCode::unknown_name);
  EXPECT_EQ(of(30, 90, {"(start)"}), ErrorCode::unknown_name);
}

TEST(OnboardingFunnel, says_what_it_found) {
  const OnboardingFunnel funnel = onboarding_funnel(seven_customers().as_of("2024-07-01"), of_ten_days());
  EXPECT_EQ(onboarding_sentence(funnel),
            "Of 6 customers, 6 reached signed_up, 2 invited, 2 activated. Fewest went on from signed_up to "
            "invited: 33.3 % "
            "(2 of 6; 95 %: 9.68 to 70); who got there lately may still go on. Of 3 who are present now, 2 "
            "stand at "
            "signed_up and came no further. Those who stopped did not leave more or less often than those "
            "who went on by "
            "more than chance, 1 stage compared.");
  const Table table = onboarding_table(funnel);
  ASSERT_EQ(table.columns.size(), 35U);
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
  EXPECT_THAT(to_csv(table), HasSubstr("\n(start),6,0,0,0,,,,,,,,,,0,0,0,0,0,,,,1,3,"));
  EXPECT_THAT(to_csv(table), HasSubstr("\nsigned_up,6,0,6,6,1,"));
}

TEST(OnboardingFunnel, does_not_depend_on_the_order_of_events) {
  struct Step {
    std::string customer, at, stage;
  };
  std::vector<Step> steps;
  for (int i = 0; i < 40; ++i)
    steps.push_back({std::string(1, static_cast<char>('a' + i % 5)),
                     "2024-01-" + std::to_string(10 + i * 7 % 20), "s" + std::to_string(i * i % 6)});
  std::string first;
  std::mt19937 shuffle{7};
  for (int round = 0; round < 4; ++round) {
    DepartedBook book{a_customer("a").on("pro"), a_customer("b").on("pro").until("2024-02-20"),
                      a_customer("c").on("pro"), a_customer("d").on("pro").until("2024-03-20"),
                      a_customer("e").on("pro").from("2024-01-10")};
    for (const Step& step : steps) reached(book, step.customer, step.at, step.stage);
    OnboardingOptions options = of_ten_days();
    options.recorded_from = day("2024-01-01");
    const OnboardingFunnel funnel = onboarding_funnel(book.as_of("2024-07-01"), options);
    const std::string csv = to_csv(onboarding_table(funnel)) + onboarding_sentence(funnel);
    if (round == 0) first = csv;
    EXPECT_EQ(csv, first);
    std::shuffle(steps.begin(), steps.end(), shuffle);
  }
}

// Counted by plain loops over the files; presence day by day from the book.
TEST(OnboardingFunnel, equals_plain_loops_over_the_files_of_the_sample_book) {
  const Book& book = sample_book();
  const risk_test::SampleAccounts accounts = risk_test::sample_accounts();
  std::map<std::string, std::map<std::string, Date>> reached_on;  // stage, customer
  for (const auto& row : support::read_csv(CHURN_SOURCE_DIR "/examples/sample_book/events.csv")) {
    const std::string id = accounts.owner(row.at("customer_id"));
    if (row.at("kind") != "stage_reached" || id.empty() || row.at("at") >= "2025-01-01") continue;
    const Date on = day(row.at("at").substr(0, 10));
    const auto [at, is_new] = reached_on[row.at("label")].try_emplace(id, on);
    at->second = std::min(at->second, on);
  }
  const auto days = [](int n) { return std::chrono::days{n}; };
  const std::vector<std::string> order{"(start)", "signed_up", "invited_team", "first_project", "activated"};
  std::map<std::string, Date>& start = reached_on["(start)"];
  for (const auto& [id, signed_up] : accounts.signed_up) {
    start.emplace(id, day(signed_up));
    if (const auto present = book.first_present_on(*book.find(CustomerId{id})))
      start.at(id) = std::min(start.at(id), *present);
  }
  const OnboardingFunnel funnel = onboarding_funnel(book);
  ASSERT_THAT(names(funnel), ::testing::ElementsAreArray(order));
  EXPECT_EQ(funnel.customers, 985);
  EXPECT_EQ(funnel.before_recording, 0);
  std::map<std::string, std::size_t> furthest;
  for (std::size_t s = 0; s < order.size(); ++s)
    for (const auto& [id, on] : reached_on[order[s]]) furthest[id] = s;
  for (std::size_t s = 0; s < order.size(); ++s) {
    const OnboardingStage& stage = funnel.stages[s];
    std::int64_t both = 0;
    std::int64_t stopped = 0, stopped_left = 0, went_on = 0, went_on_left = 0, absent = 0, unknown = 0;
    std::int64_t present = 0;
    for (const auto& [id, on] : reached_on[order[s]]) {
      if (s > 0 && reached_on[order[s - 1]].contains(id)) ++both;
      if (furthest[id] == s) present += risk_test::sample_is_present(id, day("2024-12-31"));
      if (on + days(90) > day("2025-01-01")) {
        ++unknown;
        continue;
      }
      if (!risk_test::sample_is_present(id, on + days(29))) {
        ++absent;
        continue;
      }
      bool gone_on = false;
      for (std::size_t later = s + 1; later < order.size(); ++later) {
        const auto at = reached_on[order[later]].find(id);
        gone_on = gone_on || (at != reached_on[order[later]].end() && at->second < on + days(30));
      }
      const bool left = risk_test::sample_was_absent(id, on + days(30), on + days(90));
      ++(gone_on ? went_on : stopped);
      (gone_on ? went_on_left : stopped_left) += left;
    }
    EXPECT_EQ(stage.reached, static_cast<std::int64_t>(reached_on[order[s]].size())) << order[s];
    if (s > 0) {
      EXPECT_EQ(stage.of_before, Proportion(both, static_cast<std::int64_t>(reached_on[order[s - 1]].size())))
          << order[s];
    }
    EXPECT_EQ(stage.present, present) << order[s];
    EXPECT_EQ(stage.departed.one, Proportion(stopped_left, stopped)) << order[s];
    EXPECT_EQ(stage.departed.other, Proportion(went_on_left, went_on)) << order[s];
    EXPECT_EQ(stage.absent, absent) << order[s];
    EXPECT_EQ(stage.outcome_unknown, unknown) << order[s];
  }
  std::int64_t all = 0;
  for (const OnboardingStage& stage : funnel.stages) all += stage.present + stage.left + stage.never_present;
  EXPECT_EQ(all, funnel.customers);
  EXPECT_THAT(onboarding_sentence(funnel), StartsWith("Of 985 customers, 985 reached signed_up, "));
}

}  // namespace
}  // namespace churn

#include <churn/risk/feature_use.hpp>

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

DepartedBook& used(DepartedBook& book, const std::string& customer, std::string_view at,
                   std::string feature) {
  return book.event(customer, at, "feature_used", std::move(feature));
}

// As of 2024-07-01 with windows of 30 days: the window is [06-01, 07-01), the landmark 06-01, the window before it
// [05-02, 06-01). Ann, bob and cid are present, dan left on 06-11, eve on 03-01, fay was never present.
DepartedBook five_customers() {
  DepartedBook book{a_customer("ann").on("pro"),
                    a_customer("bob").on("pro"),
                    a_customer("cid").on("basic"),
                    a_customer("dan").on("basic").until("2024-06-11"),
                    a_customer("eve").on("pro").until("2024-03-01"),
                    a_customer("fay").signed_up("2024-01-01")};
  used(book, "eve", "2024-02-01", "export");
  used(book, "ann", "2024-05-02", "reports");
  used(book, "ann", "2024-06-30T23:59:59", "reports");
  used(book, "bob", "2024-06-01T00:00", "reports");  // in the window, not before the landmark
  used(book, "cid", "2024-05-31T23:59:59", "reports");
  used(book, "cid", "2024-05-01T23:59:59", "api");  // before the window before the landmark
  used(book, "dan", "2024-05-20", "api");
  used(book, "fay", "2024-06-20", "api");
  used(book, "ann", "2024-07-01T00:00", "mobile");  // on as_of: not known yet
  used(book, "ann", "2024-06-02", "");
  return book;
}
FeatureUseOptions of_30_days() { return {.window = 30, .horizon = 30}; }

TEST(FeatureUse, tells_who_uses_who_stopped_and_who_never_did) {
  const FeatureUse use = feature_use(five_customers().as_of("2024-07-01"), of_30_days());
  EXPECT_EQ(use.present, 3);
  EXPECT_EQ(use.events, 9);
  EXPECT_EQ(use.without_label, 1);
  EXPECT_EQ(use.recorded_since, day("2024-02-01"));
  EXPECT_TRUE(use.window_is_recorded);
  ASSERT_EQ(use.features.size(), 3U) << "What happens on as_of is not known yet.";
  EXPECT_EQ(use.features[0].feature, "api");
  EXPECT_EQ(use.features[1].feature, "export");
  EXPECT_EQ(use.features[2].feature, "reports");

  const UsedFeature& reports = use.at("reports");
  EXPECT_EQ(reports.first_used, day("2024-05-02"));
  EXPECT_EQ(reports.last_used, day("2024-06-30"));
  EXPECT_EQ(shown(reports.in_window), "2 of 3");
  EXPECT_EQ(reports.stopped, 1);
  EXPECT_EQ(reports.never, 0);
  EXPECT_EQ(reports.ever, 3);

  const UsedFeature& api = use.at("api");
  EXPECT_EQ(shown(api.in_window), "0 of 3") << "Fay used it, but is not present.";
  EXPECT_EQ(api.last_used, day("2024-06-20"));
  EXPECT_EQ(api.stopped, 1);
  EXPECT_EQ(api.never, 2);
  EXPECT_EQ(api.ever, 3);
  EXPECT_THAT(use.unused(), ElementsAre("api", "export"));
}

// Present before the landmark: ann, bob, cid, dan, of whom dan left. Users of reports before it: ann and cid; of api: dan.
TEST(FeatureUse, compares_departures_by_use_before_the_landmark_only) {
  const FeatureUse use = feature_use(five_customers().as_of("2024-07-01"), of_30_days());
  EXPECT_EQ(use.at_landmark, 4);
  EXPECT_EQ(use.landmark_note, "");
  EXPECT_EQ(shown(use.at("reports").departed.one), "0 of 2") << "Bob used it after the landmark.";
  EXPECT_EQ(shown(use.at("reports").departed.other), "1 of 2");
  EXPECT_EQ(shown(use.at("api").departed.one), "1 of 1") << "Cid used it before the window.";
  EXPECT_EQ(shown(use.at("api").departed.other), "0 of 3");
  EXPECT_EQ(shown(use.at("export").departed.one), "0 of 0");
  EXPECT_FALSE(use.at("export").departed.difference);
  EXPECT_FALSE(use.at("export").departed.p);
  EXPECT_EQ(use.comparisons, 2U);
  // By hand: one in four left. Fisher's p of 0/2 against 1/2 is 1, of 1/1 against 0/3 it is 1/4; by Holm 2 x 1/4.
  EXPECT_NEAR(use.at("api").departed.p->value, 0.25, 1e-12);
  EXPECT_NEAR(use.at("api").departed.p_adjusted->value, 0.5, 1e-12);
  EXPECT_NEAR(use.at("reports").departed.p_adjusted->value, 1, 1e-12);
  EXPECT_EQ(use.at("api").departed.difference->difference, 1);
}

// Dan left on 06-11: horizons of 20 days (landmark 06-11) find him present the day before, and leaving on the landmark.
TEST(FeatureUse, a_departure_on_the_landmark_counts_and_one_before_it_does_not) {
  const auto departed = [](std::int32_t horizon) {
    const FeatureUse use =
        feature_use(five_customers().as_of("2024-07-01"), {.window = 30, .horizon = horizon});
    return shown(use.at("api").departed.one) + ", " + std::to_string(use.at_landmark);
  };
  EXPECT_EQ(departed(20), "1 of 1, 4");
  EXPECT_EQ(departed(19), "0 of 0, 3");
}

TEST(FeatureUse, names_what_is_offered_and_nobody_ever_used) {
  FeatureUseOptions options = of_30_days();
  options.features = {"single sign-on", "reports"};
  const FeatureUse use = feature_use(five_customers().as_of("2024-07-01"), options);
  EXPECT_EQ(use.features.size(), 4U);
  const UsedFeature& never = use.at("single sign-on");
  EXPECT_EQ(never.first_used, std::nullopt);
  EXPECT_EQ(never.ever, 0);
  EXPECT_EQ(never.never, 3);
  EXPECT_TRUE(never.is_unused());
  EXPECT_THAT(
      feature_use_sentence(use),
      StartsWith("Unused by the 3 customers present in the last 30 days: api (last used on 2024-06-20), "
                 "export (last used on 2024-02-01) and single sign-on (never used). Of those that are used, "
                 "reports is used least, by 66.7 % (2 of 3; 95 %: 20.8 to 93.9). Most stopped using api: 1 "
                 "customer who did before."));
}

// By plan of the last present day; at the landmark of the day before it.
TEST(FeatureUse, a_filter_looks_at_the_last_day_and_at_the_landmark_at_the_day_before_it) {
  FeatureUseOptions options = of_30_days();
  options.where = by::primary_plan == "basic";
  const FeatureUse use = feature_use(five_customers().as_of("2024-07-01"), options);
  EXPECT_EQ(use.present, 1);
  EXPECT_EQ(use.at_landmark, 2) << "Dan was on basic, and is not missing for having left.";
  EXPECT_EQ(shown(use.at("api").departed.one), "1 of 1");
  EXPECT_EQ(use.at("api").ever, 2) << "Cid, and dan who is gone; fay was never on a plan.";
  EXPECT_EQ(error_of([&] { (void)use.at("export"); }), ErrorCode::unknown_name);
}

TEST(FeatureUse, a_window_that_is_not_on_record_is_said_and_compares_nothing) {
  DepartedBook book{a_customer("ann").on("pro"), a_customer("bob").on("pro").until("2024-06-11")};
  used(book, "ann", "2024-05-20", "reports");
  used(book, "bob", "2024-05-21", "api");
  const FeatureUse late = feature_use(book.as_of("2024-07-01"), of_30_days());
  EXPECT_TRUE(late.window_is_recorded);
  EXPECT_THAT(late.landmark_note, StartsWith("Use is on record since 2024-05-20, which is later than"));
  EXPECT_FALSE(late.at("api").departed.difference);
  EXPECT_EQ(late.comparisons, 0U);
  const FeatureUse later = feature_use(book.as_of("2024-07-01"), {.window = 43, .horizon = 10});
  EXPECT_FALSE(later.window_is_recorded);
  EXPECT_THAT(feature_use_sentence(later), HasSubstr("Use is on record since 2024-05-20 only"));
  EXPECT_TRUE(feature_use(book.as_of("2024-07-01"), {.window = 42, .horizon = 10}).window_is_recorded);
}

TEST(FeatureUse, before_the_records_begin_nobody_is_compared) {
  DepartedBook book{a_customer("ann").on("pro")};
  used(book, "ann", "2024-01-01", "reports");
  book.records().set_records_from(day("2024-06-01"));
  EXPECT_THAT(feature_use(book.as_of("2024-07-01"), of_30_days()).landmark_note,
              StartsWith("The records begin on 2024-06-01"));
  EXPECT_EQ(feature_use(book.as_of("2024-07-01"), {.window = 30, .horizon = 29}).landmark_note, "");
}

TEST(FeatureUse, of_no_events_and_of_nobody) {
  const FeatureUse none = feature_use(support::book_as_of("2024-07-01", {a_customer("ann").on("pro")}),
                                      {.features = {"reports"}});
  EXPECT_EQ(none.recorded_since, std::nullopt);
  EXPECT_EQ(none.at("reports").in_window.value(), std::nullopt);
  EXPECT_FALSE(none.at("reports").is_unused()) << "Not known, as no use is on record.";
  EXPECT_EQ(none.landmark_note, "No use of a feature is on record.");
  EXPECT_EQ(feature_use_sentence(none),
            "No use of a feature is on record, so whether the features listed lie unused is not known.");
  EXPECT_THAT(to_csv(feature_use_table(none)), HasSubstr("\nreports,,,0,0,0,,,,0,0,,,,,"));

  const FeatureUse empty = feature_use(support::book_as_of("2024-07-01", {}));
  EXPECT_TRUE(empty.features.empty());
  EXPECT_EQ(feature_use_sentence(empty),
            "No use of a feature is on record, so which ones lie unused is not known.");
  EXPECT_TRUE(feature_use_table(empty).rows.empty());
  EXPECT_TRUE(feature_use(support::book_as_of("0001-01-01", {})).features.empty());

  DepartedBook gone{a_customer("ann").on("pro").until("2024-02-01")};
  used(gone, "ann", "2024-01-10", "reports");
  const FeatureUse nobody = feature_use(gone.as_of("2024-07-01"), of_30_days());
  EXPECT_EQ(nobody.at("reports").in_window.value(), std::nullopt);
  EXPECT_TRUE(nobody.unused().empty());
  EXPECT_EQ(feature_use_sentence(nobody),
            "No customer is present, so which features lie unused can't be said. Who leaves is not compared: "
            "Nobody "
            "was present before the landmark, 2024-06-01.");
}

TEST(FeatureUse, refuses_days_and_features_that_can_not_be) {
  const Book book = support::book_as_of("2024-07-01", {});
  EXPECT_EQ(error_of([&] { (void)feature_use(book, {.window = 0}); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)feature_use(book, {.horizon = 0}); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)feature_use(book, {.features = {""}}); }), ErrorCode::unknown_name);
}

TEST(FeatureUse, windows_longer_than_the_calendar_are_windows_since_its_beginning) {
  const FeatureUse use =
      feature_use(five_customers().as_of("2024-07-01"), {.window = INT32_MAX, .horizon = INT32_MAX});
  EXPECT_EQ(shown(use.at("reports").in_window), "3 of 3");
  EXPECT_FALSE(use.window_is_recorded);
  EXPECT_EQ(use.landmark_note, "The window before the landmark begins before the calendar does.");
}

TEST(FeatureUse, joins_merged_accounts_and_takes_a_hosts_own_kinds) {
  DepartedBook book{a_customer("ann").on("pro"), a_customer("ann2").merged_into("ann"),
                    a_customer("tom").on("pro").who_is_a_test_account()};
  book.event("ann2", "2024-06-10", "used", "reports");
  book.event("tom", "2024-06-10", "used", "secret");
  FeatureUseOptions options = of_30_days();
  options.kinds = {{"used", "feature_used"}};
  const FeatureUse use = feature_use(book.as_of("2024-07-01"), options);
  ASSERT_EQ(use.features.size(), 1U);
  EXPECT_EQ(shown(use.at("reports").in_window), "1 of 1");
}

TEST(FeatureUse, days_are_those_of_the_books_time_zone) {
  Conventions conventions;
  conventions.book.time_zone = TimeZone{"LOC+02"};  // two hours ahead: the window begins at 22:00 UTC
  DepartedBook book{a_customer("ann").on("pro"), a_customer("bob").on("pro")};
  used(book, "ann", "2024-05-31T22:00", "reports");
  used(book, "bob", "2024-05-31T21:59:59", "reports");
  const FeatureUse use = feature_use(book.as_of("2024-07-01", conventions), of_30_days());
  EXPECT_EQ(shown(use.at("reports").in_window), "1 of 2");
  EXPECT_EQ(use.at("reports").first_used, day("2024-05-31"));
}

TEST(FeatureUse, a_table_has_a_row_a_feature) {
  const FeatureUse use = feature_use(five_customers().as_of("2024-07-01"), of_30_days());
  const Table table = feature_use_table(use);
  ASSERT_EQ(table.columns.size(), 28U);
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
  // The Wilson interval of 0 of 3 is [0, z^2 / (3 + z^2)], z = 1.95996.
  EXPECT_THAT(to_csv(table), HasSubstr("\nexport,2024-02-01,2024-02-01,1,0,3,0,0,0.561"));
  EXPECT_THAT(to_csv(table), HasSubstr(",0,3,1,0,0,,,,1,4,0.25,"));
}

// The book is the same, whatever the order of its rows.
TEST(FeatureUse, does_not_depend_on_the_order_of_events) {
  struct Use {
    std::string customer, at, feature;
  };
  std::vector<Use> uses;
  for (int i = 0; i < 60; ++i)
    uses.push_back({std::string(1, static_cast<char>('a' + i % 5)),
                    "2024-0" + std::to_string(2 + i % 5) + "-" + std::to_string(10 + i * 7 % 18),
                    "f" + std::to_string(i * i % 7)});
  std::string first;
  std::mt19937 shuffle{7};
  for (int round = 0; round < 4; ++round) {
    DepartedBook book{a_customer("a").on("pro"), a_customer("b").on("pro").until("2024-06-20"),
                      a_customer("c").on("pro"), a_customer("d").on("pro").until("2024-05-20"),
                      a_customer("e").on("pro")};
    for (const Use& use : uses) used(book, use.customer, use.at, use.feature);
    const FeatureUse use = feature_use(book.as_of("2024-07-01"), of_30_days());
    const std::string csv = to_csv(feature_use_table(use)) + feature_use_sentence(use);
    if (round == 0) first = csv;
    EXPECT_EQ(csv, first);
    std::shuffle(uses.begin(), uses.end(), shuffle);
  }
}

// Counted by plain loops over the files: no test account, second accounts joined, present by the book.
TEST(FeatureUse, equals_plain_loops_over_the_files_of_the_sample_book) {
  const std::string folder = CHURN_SOURCE_DIR "/examples/sample_book/";
  const Book& book = sample_book();
  struct Days {
    std::string first{"9999"};
    std::string last{};
    bool before_landmark{false};
  };
  // 2025-01-01 less 90 days is 2024-10-03, less 90 more 2024-07-05; ISO days are in order as texts.
  std::map<std::string, std::map<std::string, Days>> used_by;  // feature, customer
  const risk_test::SampleAccounts accounts = risk_test::sample_accounts();
  ASSERT_EQ(accounts.excluded.size(), 10U);
  ASSERT_EQ(accounts.merged.size(), 5U);
  for (const auto& row : support::read_csv(folder + "events.csv")) {
    if (row.at("kind") != "feature_used") continue;
    const std::string id = accounts.owner(row.at("customer_id"));
    const std::string on = row.at("at").substr(0, 10);
    if (id.empty() || on >= "2025-01-01") continue;
    Days& days = used_by[row.at("label")][id];
    days.first = std::min(days.first, on);
    days.last = std::max(days.last, on);
    if (on >= "2024-07-05" && on < "2024-10-03") days.before_landmark = true;
  }
  const auto present_on = [](const std::string& id, const char* on) {
    return risk_test::sample_is_present(id, day(on));
  };
  const auto left_after = [](const std::string& id) {
    return risk_test::sample_was_absent(id, day("2024-10-03"), day("2025-01-01"));
  };
  std::int64_t present = 0;
  std::int64_t at_landmark = 0;
  std::int64_t departed = 0;
  for (const auto& [id, signed_up] : accounts.signed_up) {
    present += present_on(id, "2024-12-31");
    if (!present_on(id, "2024-10-02")) continue;
    ++at_landmark;
    departed += left_after(id);
  }
  const FeatureUse use = feature_use(book);
  EXPECT_EQ(use.present, present);
  EXPECT_EQ(use.at_landmark, at_landmark);
  EXPECT_EQ(use.landmark_note, "");
  ASSERT_EQ(use.features.size(), used_by.size());
  for (const auto& [name, by_customer] : used_by) {
    std::int64_t in_window = 0;
    std::int64_t stopped = 0;
    std::int64_t users = 0;
    std::int64_t users_departed = 0;
    std::string first = "9999";
    std::string last;
    for (const auto& [id, days] : by_customer) {
      first = std::min(first, days.first);
      last = std::max(last, days.last);
      if (present_on(id, "2024-12-31")) ++(days.last >= "2024-10-03" ? in_window : stopped);
      if (!days.before_landmark || !present_on(id, "2024-10-02")) continue;
      ++users;
      users_departed += left_after(id);
    }
    const UsedFeature& feature = use.at(name);
    EXPECT_EQ(feature.first_used->to_string(), first) << name;
    EXPECT_EQ(feature.last_used->to_string(), last) << name;
    EXPECT_EQ(feature.ever, static_cast<std::int64_t>(by_customer.size())) << name;
    EXPECT_EQ(feature.in_window, Proportion(in_window, present)) << name;
    EXPECT_EQ(feature.stopped, stopped) << name;
    EXPECT_EQ(feature.never, present - in_window - stopped) << name;
    EXPECT_EQ(feature.departed.one, Proportion(users_departed, users)) << name;
    EXPECT_EQ(feature.departed.other, Proportion(departed - users_departed, at_landmark - users)) << name;
  }
  EXPECT_THAT(feature_use_sentence(use),
              StartsWith("Every feature was used by someone of the 583 customers present"));
}

}  // namespace
}  // namespace churn

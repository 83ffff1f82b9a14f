// `churn survival` as other programs rely on it.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <churn/core/date.hpp>

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

using churn::Date;
using support::lines_of;

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields{""};
  for (const char c : line) {
    if (c == ',')
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

/// A book of the 23 spells of R's `aml`, a tenure of so many weeks being one of so many days: who left, and who is
/// still there on the last known day, 2020-12-31.
class SurvivalCommand : public support::CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    std::string subscriptions =
        "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval,end_reason\n";
    std::string customers = "customer_id,arm\n";
    int id = 0;
    const auto add = [&](const std::string& arm, int days, bool left) {
      const std::string name = "c" + std::to_string(++id);
      const Date first = left ? Date::of(2020, 1, 1) : Date::of(2020, 12, 31) - std::chrono::days{days};
      subscriptions += name + "," + name + ",pro," + first.to_string() + "," +
                       (left ? (first + std::chrono::days{days}).to_string() : "") + ",10.00,USD,month," +
                       (left ? (days % 2 == 0 ? "price" : "bug") : "") + "\n";
      customers += name + "," + arm + "\n";
    };
    for (const int days : {9, 13, 18, 23, 31, 34, 48}) add("Maintained", days, true);
    for (const int days : {13, 28, 45, 161}) add("Maintained", days, false);
    for (const int days : {5, 5, 8, 8, 12, 23, 27, 30, 33, 43, 45}) add("Nonmaintained", days, true);
    add("Nonmaintained", 16, false);
    write("book/subscriptions.csv", subscriptions);
    write("book/customers.csv", customers);
  }
  [[nodiscard]] Outcome survival(const std::string& options) const {
    return ask("survival", "--as-of 2021-01-01 " + options);
  }
};

TEST_F(SurvivalCommand, has_the_documented_columns_and_the_curve_that_r_prints) {
  const Outcome outcome = survival("--by arm --ci log --format csv");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 1U + 10 + 10);
  EXPECT_EQ(lines[0], "arm,time,at_risk,events,censored,survival,std_error,ci_low,ci_high");
  // survfit(Surv(time, status) ~ x, aml): survival, std.err, lower 95 % CI, upper 95 % CI, to the digits printed.
  const std::map<std::pair<std::string, int>, std::vector<double>> expected{
      {{"Maintained", 9}, {0.909, 0.0867, 0.7541, 1.000}},
      {{"Maintained", 23}, {0.614, 0.1526, 0.3769, 0.999}},
      {{"Maintained", 48}, {0.184, 0.1535, 0.0359, 0.944}},
      {{"Nonmaintained", 5}, {0.8333, 0.1076, 0.6470, 1.000}},
      {{"Nonmaintained", 27}, {0.3889, 0.1470, 0.1854, 0.816}},
      {{"Nonmaintained", 43}, {0.0972, 0.0919, 0.0153, 0.620}}};
  std::size_t found = 0;
  for (const std::string& line : lines) {
    const std::vector<std::string> fields = fields_of(line);
    const auto row = fields[1] == "time" ? expected.end() : expected.find({fields[0], std::stoi(fields[1])});
    if (row == expected.end()) continue;
    ++found;
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(std::stod(fields[5 + i]), row->second[i], 5e-4) << line;
  }
  EXPECT_EQ(found, expected.size());
  EXPECT_EQ(lines[20], "Nonmaintained,45,1,1,0,0,,,") << "nothing is known of the error where nobody is left";
}

TEST_F(SurvivalCommand, says_the_medians_and_whether_segments_differ_on_stderr) {
  const Outcome outcome = survival("--by arm --ci log");
  // print(survfit(...)): medians 31 (18, NA) and 23 (8, NA); survdiff: chisq 3.4 on 1 degree of freedom, p = 0.07.
  EXPECT_NE(
      outcome.err.find("churn: Maintained: Half have left by day 31 (95 %: 18 to unknown); 7 of 11 left.\n"),
      std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find(
                "churn: Nonmaintained: Half have left by day 23 (95 %: 8 to unknown); 11 of 12 left.\n"),
            std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("churn: How long they stay differs by no more than chance: log-rank test of 2 "
                             "groups, chi-square = 3.4 on 1 degree of freedom, p = 0.065."),
            std::string::npos)
      << outcome.err;
}

TEST_F(SurvivalCommand, types_of_exit_compete_or_censor_as_asked) {
  const std::string exits = "--exits price=voluntary,*=other ";
  const Outcome incidence = survival(exits + "--show incidence --format csv");
  const std::vector<std::string> lines = lines_of(incidence.out);
  EXPECT_EQ(lines[0], "time,at_risk,event_free,type,events,incidence,std_error,ci_low,ci_high");
  double together = 0;
  for (std::size_t i = lines.size() - 2; i < lines.size(); ++i) together += std::stod(fields_of(lines[i])[5]);
  EXPECT_NEAR(together + std::stod(fields_of(lines.back())[2]), 1, 1e-12);

  // Departures after an even number of days only; the others censor.
  const Outcome voluntary = survival(exits + "--events voluntary --format csv");
  EXPECT_EQ(fields_of(lines_of(voluntary.out)[1])[2], "0") << "day 5";
  EXPECT_EQ(fields_of(lines_of(voluntary.out)[1])[3], "2");
  const Outcome unknown = survival("--events voluntary");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("\"voluntary\" is no type of exit"), std::string::npos) << unknown.err;
  EXPECT_EQ(survival("--exits price").status, 2);
}

TEST_F(SurvivalCommand, the_hazard_counts_departures_and_days_by_tenure) {
  const std::vector<std::string> lines = lines_of(survival("--show hazard --format csv").out);
  EXPECT_EQ(lines[0], "from,to,spells,events,days_at_risk,rate,ci_low,ci_high");
  // In the first 30 days 11 leave. Days: of the 12 who went or were seen less than 30 days 5 + 5 + 8 + 8 + 9 + 12 +
  // 13 + 13 + 16 + 18 + 23 + 23 + 27 + 28, then 30 of each of the 9 others.
  const std::vector<std::string> first = fields_of(lines[1]);
  EXPECT_EQ(first[2], "23");
  EXPECT_EQ(first[3], "12") << "5 5 8 8 9 12 13 18 23 23 27 30";
  EXPECT_EQ(first[4], std::to_string(208 + 9 * 30));
}

// The test takes the cube of the number of segments: ten thousand of them ran for minutes.
TEST_F(SurvivalCommand, of_hundreds_of_segments_is_shown_but_not_tested) {
  std::string subscriptions = "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n";
  for (int i = 0; i < 201; ++i) {
    const std::string id = std::to_string(i);
    subscriptions += id + "," + id + ",plan " + id + ",2020-01-01,,10.00,USD,month\n";
  }
  write("many/subscriptions.csv", subscriptions);
  const Outcome curves = run("survival '" + file("many") + "' --as-of 2020-02-01 --by plan --format csv");
  EXPECT_EQ(curves.status, 0);
  EXPECT_EQ(lines_of(curves.out).size(), 202U);
  EXPECT_NE(curves.err.find("at most 200 segments, and here are 201."), std::string::npos) << curves.err;
  expect_refused("survival '" + file("many") + "' --as-of 2020-02-01 --by plan --show pairs",
                 "at most 200 segments");
}

TEST_F(SurvivalCommand, of_nobody_has_its_columns_and_no_row) {
  const Outcome outcome = survival("--by arm --where arm=none --format csv");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "arm,time,at_risk,events,censored,survival,std_error,ci_low,ci_high\n");
}

TEST_F(SurvivalCommand, pairs_are_named_by_their_segments) {
  const std::vector<std::string> lines = lines_of(survival("--by arm --show pairs --format csv").out);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "arm,other_arm,chi_square,p,adjusted_p,hazard_ratio,ci_low,ci_high");
  const std::vector<std::string> pair = fields_of(lines[1]);
  EXPECT_EQ(pair[0], "Maintained");
  EXPECT_EQ(pair[1], "Nonmaintained");
  EXPECT_NEAR(std::stod(pair[2]), 3.39638869898, 1e-9);
  EXPECT_NEAR(std::stod(pair[3]), 0.06533932, 1e-8);
}

TEST_F(SurvivalCommand, of_periods_or_cubes_or_an_unknown_interval_there_is_none) {
  expect_refused("survival '" + file("book") + "' --as-of 2021-01-01 --from 2020-01-01", "use --by cohort");
  expect_refused("survival '" + file("book") + "' --as-of 2021-01-01 --ci wilson", "log-log, log, plain");
  expect_refused("survival --from-cubes x.cubes", "counts single stays");
}

}  // namespace

#endif

// `churn trend` as other programs rely on it.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <nlohmann/json.hpp>

namespace {

using support::lines_of;

class TrendCommand : public support::CommandTest {
 protected:
  /// 40 customers from January 2023 on; of `basic` one leaves in the middle of every month up to August 2024.
  void SetUp() override {
    CommandTest::SetUp();
    std::string rows = "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n";
    for (int i = 0; i < 20; ++i) {
      const std::string number = std::to_string(i);
      const std::string month = std::to_string(101 + i % 12).substr(1);
      rows += "b" + number + ",b" + number + ",basic,2023-01-01," + (i < 12 ? "2023-" : "2024-") + month +
              "-15,10.00,USD,month\n";
      rows += "p" + number + ",p" + number + ",pro,2023-01-01,,10.00,USD,month\n";
    }
    write("book/subscriptions.csv", rows);
  }
  static constexpr const char* as_of = "--as-of 2024-10-10 ";
};

TEST_F(TrendCommand, has_a_row_for_every_segment_and_period_in_the_documented_columns) {
  const Outcome outcome = ask("trend", std::string(as_of) + "--by plan --format csv");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::vector<std::string> rows = lines_of(outcome.out);
  ASSERT_EQ(rows.size(), 1U + 2 * 22U);
  EXPECT_EQ(rows[0], "plan,period,value,centre,low,high,signal");
  EXPECT_EQ(rows[1].substr(0, 18), "basic,2023-01-01,,") << "nobody was there at opening";
  // In February 2023 19 are left and one leaves; centre 19 / (19 + ... + 1).
  EXPECT_EQ(rows[2].substr(0, 38), "basic,2023-02-01,0.05263157894736842,0") << rows[2];
  EXPECT_EQ(rows[22].substr(0, 18), "basic,2024-10-01,,") << "not complete";
  EXPECT_EQ(rows[24].substr(0, 18), "pro,2023-02-01,0,0") << rows[24];
}

TEST_F(TrendCommand, says_what_was_found_of_each_segment_on_stderr_and_as_json) {
  const Outcome csv = ask("trend", std::string(as_of) + "--by plan");
  EXPECT_NE(csv.err.find("churn: basic: It rises by "), std::string::npos) << csv.err;
  EXPECT_NE(csv.err.find("churn: pro: No change was detected over 20 periods: the slope is 0 a period"),
            std::string::npos)
      << csv.err;
  const auto json = nlohmann::json::parse(ask("trend", std::string(as_of) + "--by plan --format json").out);
  ASSERT_EQ(json.size(), 44U);
  EXPECT_GT(json[3]["slope"].get<double>(), 0);
  EXPECT_LT(json[3]["p"].get<double>(), 0.05);
  EXPECT_EQ(json[3]["finding"].get<std::string>().find("It rises by "), 0U);
  EXPECT_EQ(json[43]["slope"], 0);
  EXPECT_TRUE(json[0]["value"].is_null());
}

TEST_F(TrendCommand, takes_any_metric_that_is_one_count_over_another) {
  EXPECT_NE(ask("trend", std::string(as_of) + "--metric nrr").out.find("2023-02-01"), std::string::npos);
  const Outcome ltv = ask("trend", std::string(as_of) + "--metric ltv");
  EXPECT_EQ(ltv.status, 2);
  EXPECT_NE(ltv.err.find("Look at the metrics that it is made of."), std::string::npos) << ltv.err;
  const Outcome unknown = ask("trend", std::string(as_of) + "--metric churn");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("There is no metric \"churn\""), std::string::npos) << unknown.err;
}

TEST_F(TrendCommand, of_cubes_is_that_of_the_book_byte_for_byte) {
  const std::string cubes = (folder_ / "all.cubes").string();
  ASSERT_EQ(ask("partial", std::string(as_of) + "--by plan -o '" + cubes + "'").status, 0);
  for (const char* metric : {"customer_churn_rate", "renewal_rate", "arpa"})
    for (const char* format : {"csv", "json", "table"}) {
      const std::string options = std::string("--metric ") + metric + " --format " + format;
      const Outcome of_cubes = run("trend --from-cubes '" + cubes + "' " + options);
      EXPECT_EQ(of_cubes.out, ask("trend", as_of + ("--by plan " + options)).out);
      EXPECT_FALSE(of_cubes.out.empty()) << of_cubes.err;
    }
}

TEST_F(TrendCommand, over_few_periods_says_that_they_are_too_few) {
  const Outcome years = ask("trend", std::string(as_of) + "--period year");
  EXPECT_EQ(years.status, 0);
  EXPECT_NE(years.err.find("There are too few periods with a value to tell a trend: it takes 5."),
            std::string::npos)
      << years.err;
}

}  // namespace

#endif

// `churn rates --compare`, `rates --money-intervals` and `cohorts --compare` as other programs rely on them.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace {

using support::lines_of;

const std::string sample = CHURN_SOURCE_DIR "/examples/sample_book";

class ContrastCommand : public support::CommandTest {
 protected:
  /// In March 2024 30 of 100 leave who came by ads, 10 of 100 by the web and 4 of 40 by a partner; all pay 10.00, but
  /// for one of ads that pays 100.00 and stays.
  void SetUp() override {
    CommandTest::SetUp();
    std::string subscriptions =
        "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n";
    std::string customers = "customer_id,channel\n";
    const auto add = [&](const std::string& channel, int leaving, int all) {
      for (int i = 0; i < all; ++i) {
        const std::string id = channel + std::to_string(i);
        subscriptions += id + "," + id + ",pro,2024-01-01," + (i < leaving ? "2024-03-10" : "") + "," +
                         (channel == "ads" && i + 1 == all ? "100.00" : "10.00") + ",USD,month\n";
        customers += id + "," + channel + "\n";
      }
    };
    add("ads", 30, 100);
    add("web", 10, 100);
    add("partner", 4, 40);
    write("book/subscriptions.csv", subscriptions);
    write("book/customers.csv", customers);
  }
  static constexpr const char* march = "--as-of 2024-04-01 --from 2024-03-01 --to 2024-04-01 ";
};

TEST_F(ContrastCommand, has_a_row_for_every_segment_ranked_by_mrr_at_stake) {
  const Outcome outcome = ask("rates", std::string(march) + "--by channel --compare --format json");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto rows = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(rows.size(), 3U);
  const auto& ads = rows[0];
  EXPECT_EQ(ads["channel"], "ads");
  EXPECT_EQ(ads["numerator"], 30);
  EXPECT_EQ(ads["denominator"], 100);
  EXPECT_EQ(ads["rest_numerator"], 14);
  EXPECT_EQ(ads["rest_denominator"], 140);
  EXPECT_DOUBLE_EQ(ads["difference"].get<double>(), 0.2);
  // chisq.test(matrix(c(30, 70, 14, 126), 2))$p.value = 0.0001577615427
  EXPECT_NEAR(ads["p"].get<double>(), 0.0001577615427, 1e-12);
  EXPECT_NEAR(ads["p_adjusted"].get<double>(), 3 * 0.0001577615427, 1e-12);
  EXPECT_EQ(ads["test"], "chi_square_yates");
  // It lost 300.00 of 1090.00; at the rate of the others, 140.00 of 1400.00, it would have lost 109.00.
  EXPECT_EQ(ads["mrr_lost"], "300.00");
  EXPECT_EQ(ads["mrr_opening"], "1090.00");
  EXPECT_EQ(ads["mrr_at_stake"], "191.00");
  EXPECT_NE(outcome.err.find("churn: ads loses 20 points more of its customers a month than the others"),
            std::string::npos)
      << outcome.err;
}

TEST_F(ContrastCommand, pairs_are_of_every_two_segments) {
  const Outcome outcome = ask("rates", std::string(march) + "--by channel --compare=pairs --format csv");
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 4U) << outcome.err;
  EXPECT_EQ(lines[0].substr(0, 31), "channel,other_channel,numerator");
  EXPECT_EQ(lines[1].substr(0, 19), "ads,partner,30,100,");
  EXPECT_EQ(lines[3].substr(0, 18), "partner,web,4,40,0");
}

TEST_F(ContrastCommand, of_cubes_is_that_of_the_book_to_the_byte) {
  const std::string cubes = file("march.cubes");
  for (const char* by : {"channel", "plan"}) {
    ASSERT_EQ(ask("partial", march + ("--by " + std::string(by)) + " -o '" + cubes + "'").status, 0);
    for (const char* compare : {"--compare", "--compare=pairs"})
      EXPECT_EQ(run("rates --from-cubes '" + cubes + "' " + compare).out,
                ask("rates", march + ("--by " + std::string(by)) + " " + compare).out);
    EXPECT_EQ(run("cohorts --from-cubes '" + cubes + "' --compare").out,
              ask("cohorts", march + ("--by " + std::string(by)) + " --compare").out);
  }
  expect_refused("rates --from-cubes '" + cubes + "' --money-intervals",
                 "--money-intervals does not go with");
}

TEST_F(ContrastCommand, says_what_it_needs) {
  const std::string book = "'" + file("book") + "' " + march;
  expect_refused("rates " + book + "--compare", "--compare needs --by");
  expect_refused("rates " + book + "--by channel --compare=all", "There are: rest, pairs.");
  expect_refused("rates " + book + "--by channel --compare --money-intervals", "takes no --money-intervals");
  expect_refused("cohorts " + book + "--compare --measure revenue", "Cohorts are compared by customers");
  expect_refused("rates " + book + "--money-intervals=5", "10 to 1000 groups");
}

// Values of the six other columns don't change; gross churn and GRR mirror each other.
TEST_F(ContrastCommand, money_intervals_fill_the_rows_of_money_and_change_no_other_digit) {
  const std::string question =
      "rates " + sample + " --as-of 2025-01-01 --period year --from 2024-01-01 --format json";
  const auto plain = nlohmann::json::parse(run(question).out);
  auto with = nlohmann::json::parse(run(question + " --money-intervals").out);
  ASSERT_EQ(with.size(), plain.size());
  std::size_t filled = 0;
  double gross_low = 0;
  double grr_high = 0;
  for (std::size_t i = 0; i < with.size(); ++i) {
    const std::string metric = with[i]["metric"];
    if (metric == "gross_mrr_churn_rate") gross_low = with[i]["ci_low"];
    if (metric == "grr") grr_high = with[i]["ci_high"];
    if (plain[i]["ci_low"].is_null() && !with[i]["ci_low"].is_null()) {
      ++filled;
      EXPECT_LT(with[i]["ci_low"].get<double>(), with[i]["value"].get<double>());
      EXPECT_GT(with[i]["ci_high"].get<double>(), with[i]["value"].get<double>());
      with[i]["ci_low"] = with[i]["ci_high"] = nullptr;
    }
    EXPECT_EQ(with[i], plain[i]) << metric;
  }
  EXPECT_EQ(filled, 6U) << "gross, net, grr, nrr, quick ratio, arpa";
  EXPECT_NEAR(gross_low, 1 - grr_high, 1e-12);
}

TEST_F(ContrastCommand, cohorts_are_compared_at_equal_age) {
  const Outcome outcome =
      run("cohorts " + sample + " --as-of 2025-01-01 --period quarter --compare --format csv");
  EXPECT_EQ(outcome.status, 0);
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[0],
            "age,cohorts,newest_cohort,numerator,denominator,value,earlier_numerator,earlier_denominator,"
            "earlier_value,difference,low,high,p,p_adjusted,test,slope,slope_p,slope_p_adjusted,note");
  // Counted in the cells of `churn cohorts --period quarter`.
  EXPECT_EQ(lines[2].substr(0, 23), "1,11,2024-07-01,69,83,0");
  EXPECT_NE(lines[2].find(",618,732,"), std::string::npos) << lines[2];
  EXPECT_NE(outcome.err.find("The newest cohort"), std::string::npos) << outcome.err;
}

}  // namespace

#endif

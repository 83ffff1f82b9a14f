// `churn forecast` as other programs rely on it.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <string>
#include <vector>

namespace {

using support::lines_of;

const std::string sample = CHURN_SOURCE_DIR "/examples/sample_book --as-of 2025-01-01 ";

class ForecastCommand : public support::CommandTest {};

TEST_F(ForecastCommand, has_a_row_for_each_period_to_come_in_the_documented_columns) {
  const Outcome outcome = run("forecast " + sample + "--horizon 3 --format csv");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0], "period,mrr,low,high,customers");
  EXPECT_EQ(lines[1].substr(0, 11), "2025-01-01,");
  EXPECT_EQ(lines[3].substr(0, 11), "2025-03-01,");
  EXPECT_NE(outcome.err.find("churn: MRR is expected to go from 180348.57 to "), std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("churn: Tested on 6 hidden periods from 12 starting points: "),
            std::string::npos);
}

// The last complete months are held back: what the command says of them from an earlier day is known by now.
TEST_F(ForecastCommand, of_an_earlier_day_holds_what_came) {
  const std::string as_of = CHURN_SOURCE_DIR "/examples/sample_book --as-of 2024-10-01 ";
  const std::vector<std::string> forecast =
      lines_of(run("forecast " + as_of + "--horizon 3 --format csv").out);
  const std::vector<std::string> came =
      lines_of(run("movements " + sample + "--from 2024-10-01 --to 2025-01-01 --format csv").out);
  ASSERT_EQ(forecast.size(), 4U);
  ASSERT_EQ(came.size(), 4U);
  for (std::size_t i = 1; i < 4; ++i) {
    std::vector<double> numbers;  // mrr, low, high, customers
    for (std::size_t at = 10; at < forecast[i].size(); at = forecast[i].find(',', at + 1))
      numbers.push_back(std::stod(forecast[i].substr(at + 1)));
    ASSERT_EQ(numbers.size(), 4U) << forecast[i];
    std::size_t at = 0;
    for (int comma = 0; comma < 10; ++comma) at = came[i].find(',', at) + 1;
    const double closing = std::stod(came[i].substr(at));
    EXPECT_LT(numbers[1], closing) << forecast[i] << came[i];
    EXPECT_GT(numbers[2], closing) << forecast[i] << came[i];
  }
}

TEST_F(ForecastCommand, without_new_business_only_todays_customers_are_left) {
  const auto last = [&](const std::string& options) {
    const std::vector<std::string> lines =
        lines_of(run("forecast " + sample + "--format csv " + options).out);
    return std::stod(lines.back().substr(11));
  };
  EXPECT_LT(last("--new-business none"), last(""));
  EXPECT_NE(last("--new-business line"), last(""));
  expect_refused("forecast " + sample + "--new-business lots", "There are: level, line, none.");
}

TEST_F(ForecastCommand, by_attributes_has_one_of_each_and_by_what_changes_none) {
  const Outcome channels = run("forecast " + sample + "--by channel --horizon 1 --format csv");
  EXPECT_EQ(lines_of(channels.out).size(), 7U);
  EXPECT_EQ(lines_of(channels.out)[0], "channel,period,mrr,low,high,customers");
  EXPECT_NE(channels.err.find("churn: paid_social: MRR is expected"), std::string::npos) << channels.err;
  for (const char* option : {"--by plan", "--where plan=pro"}) {
    const Outcome refused = run("forecast " + sample + option);
    EXPECT_EQ(refused.status, 2);
    EXPECT_EQ(refused.out, "");
    EXPECT_NE(refused.err.find("plan: a forecast is of attributes and cohorts"), std::string::npos)
        << refused.err;
  }
}

TEST_F(ForecastCommand, tells_what_it_has_been_worth) {
  const std::vector<std::string> lines = lines_of(run("forecast " + sample + "--backtest --format csv").out);
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[0], "ahead,forecasts,covered,mean_absolute_error,bias,unchanged_error,same_growth_error");
  EXPECT_EQ(lines[1].substr(0, 5), "1,12,");
}

TEST_F(ForecastCommand, of_cubes_is_that_of_the_book_to_the_byte) {
  const std::string cubes = file("all.cubes");
  ASSERT_EQ(run("partial " + sample + "--by channel -o '" + cubes + "'").status, 0);
  for (const char* options : {"", "--backtest", "--format csv --horizon 30"})
    EXPECT_EQ(run("forecast --from-cubes '" + cubes + "' " + options).out,
              run("forecast " + sample + "--by channel " + options).out);
}

TEST_F(ForecastCommand, without_history_says_why_there_is_none) {
  write("book/subscriptions.csv",
        "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n"
        "s1,c1,pro,2024-01-01,,10.00,USD,month\n");
  const Outcome outcome = ask("forecast", "--as-of 2024-03-10 --horizon 2 --format csv");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "period,mrr,low,high,customers\n2024-03-01,,,,\n2024-04-01,,,,\n");
  EXPECT_NE(outcome.err.find("churn: "), std::string::npos);
}

}  // namespace

#endif

// `churn decision` and `churn whatif` as other programs rely on them.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <gmock/gmock.h>

#include <string>

namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class DecisionCommand : public support::CommandTest {
 protected:
  [[nodiscard]] Outcome of_sample(const std::string& command, const std::string& options) const {
    return run(command + " '" + std::string(CHURN_SOURCE_DIR) + "/examples/sample_book' --format csv " +
               options);
  }
  /// Two who pay by the month, one of them gone before the first of April.
  void write_small_book() const {
    write("book/subscriptions.csv",
          "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n"
          "s1,c1,pro,2023-01-01,,10.00,USD,month\n"
          "s2,c2,basic,2023-01-01,2023-03-01,10.00,USD,month\n");
  }
};

TEST_F(DecisionCommand, names_the_columns_that_others_read_first) {
  const Outcome decision = of_sample(
      "decision",
      "--on 2024-06-01 --where primary_plan=pro --control primary_plan=basic --name 'the new price'");
  EXPECT_EQ(decision.status, 0);
  EXPECT_THAT(decision.out,
              StartsWith("group,departures,expected,rate_ratio,ci_low,ci_high,p,customers_change,"
                         "change_low,change_high,risk_days,at_rates_before,note\n"
                         "existing_announced,"));
  EXPECT_THAT(decision.out, HasSubstr("\nexisting_affected,47,"));
  EXPECT_THAT(decision.out, HasSubstr("\njoined_after,6,"));
  EXPECT_THAT(decision.err, HasSubstr("without the new price"));
}

TEST_F(DecisionCommand, shows_mrr_placebos_and_months) {
  const std::string question = "--on 2024-06-01 --announced 2024-05-01 --where primary_plan=pro ";
  EXPECT_THAT(of_sample("decision", question + "--show mrr").out,
              StartsWith("side,window,from,until,customers,churned,eve_mrr,"));
  EXPECT_THAT(of_sample("decision", question + "--show placebos").out,
              StartsWith("effective_on,until,departures,expected,rate_ratio,"));
  const Outcome months = of_sample("decision", question + "--show months --from 2023-01-01 --to 2024-10-01");
  EXPECT_THAT(months.out, HasSubstr("\n2023-01-01,before,concerned,"));
  EXPECT_THAT(months.out, HasSubstr("\n2024-05-01,announced,concerned,"));
  EXPECT_THAT(months.out, HasSubstr("\n2024-09-01,affected,concerned,"));
  EXPECT_THAT(months.out, Not(HasSubstr("2022-")));
  EXPECT_THAT(months.out, Not(HasSubstr("2024-10-")));
}

TEST_F(DecisionCommand, a_value_of_the_control_that_nobody_has_is_said) {
  write_small_book();
  EXPECT_THAT(ask("decision", "--on 2023-02-01 --as-of 2023-06-01 --control plan=gold").err,
              HasSubstr("--control: no plan is called \"gold\""));
}

TEST_F(DecisionCommand, a_small_book_gets_a_sentence_and_no_number) {
  write_small_book();
  const Outcome decision = ask("decision", "--on 2023-04-01 --as-of 2023-06-01 --format csv");
  EXPECT_EQ(decision.status, 0);
  EXPECT_THAT(decision.out, HasSubstr("\nexisting_affected,0,"));
  EXPECT_THAT(decision.out, Not(HasSubstr("nan")));
}

TEST_F(DecisionCommand, refuses_what_it_does_not_take) {
  expect_refused("decision nowhere", "decision takes the day on which it took effect: --on DATE.");
  expect_refused("decision nowhere --on someday", "--on");
  expect_refused("decision nowhere --on 2024-06-01 --announced 2024-07-01",
                 "--announced 2024-07-01 is after --on 2024-06-01.");
  expect_refused("decision nowhere --on 2024-06-01 --control plan", "plan");
  expect_refused("decision nowhere --on 2024-06-01 --period month", "decision takes no --period");
  expect_refused("decision nowhere --on 2024-06-01 --show nothing", "--show");
}

TEST_F(DecisionCommand, what_if_has_a_row_a_period_and_the_baseline_of_the_forecast) {
  const Outcome what_if = of_sample("whatif", "--horizon 3");
  EXPECT_EQ(what_if.status, 0);
  EXPECT_THAT(what_if.out, StartsWith("scenario,period,baseline_mrr,mrr,difference,ci_low,ci_high,"
                                      "baseline_customers,customers,customers_difference,"));
  const std::string forecast = of_sample("forecast", "--horizon 3").out;
  const std::size_t line = forecast.find("\n2025-03-01,");
  ASSERT_NE(line, std::string::npos);
  const std::string mrr = forecast.substr(line + 1, forecast.find(',', line + 12) - line - 1);
  EXPECT_THAT(what_if.out, HasSubstr("\nretention +1 point," + mrr + ","));
  EXPECT_THAT(what_if.out, HasSubstr("\nannual share +10 points," + mrr + ","));
  EXPECT_THAT(what_if.err, HasSubstr("If annual retention were "));
}

TEST_F(DecisionCommand, what_if_takes_the_changes_that_are_asked_about) {
  const std::string question =
      "--retention channel=paid_social:5 --retention 2 --annual-share 70 --discount 15 --recovery 90 "
      "--horizon 1 ";
  const Outcome what_if = of_sample("whatif", question);
  EXPECT_THAT(what_if.out, HasSubstr("\nretention of channel = paid_social +5 points,2025-01-01,"));
  EXPECT_THAT(what_if.out, HasSubstr("\nretention +2 points,2025-01-01,"));
  EXPECT_THAT(what_if.out, HasSubstr("\nannual share 70 % at 15 % less,2025-01-01,"));
  EXPECT_THAT(what_if.out, HasSubstr("\nrecovered payments 90 %,2025-01-01,"));
  const Outcome assumptions = of_sample("whatif", question + "--show assumptions");
  EXPECT_THAT(assumptions.out, StartsWith("scenario,assumption\n"));
  EXPECT_THAT(assumptions.out, HasSubstr("They stay as those have who chose the year themselves"));
}

TEST_F(DecisionCommand, what_if_of_a_small_book_says_why_there_is_no_answer) {
  write_small_book();
  const Outcome what_if = ask("whatif", "--as-of 2023-06-01 --format csv");
  EXPECT_EQ(what_if.status, 0);
  EXPECT_THAT(what_if.out, HasSubstr(",no_"));
}

TEST_F(DecisionCommand, what_if_refuses_what_it_does_not_take) {
  expect_refused("whatif nowhere --retention many", "--retention takes points a year, or CONDITION:POINTS");
  expect_refused("whatif nowhere --retention plan:3", "plan");
  expect_refused("whatif nowhere --annual-share 170", "--annual-share takes 0 to 100 percent.");
  expect_refused("whatif nowhere --recovery x", "--recovery takes a number of percent");
  expect_refused("whatif nowhere --discount 10", "takes no --discount without --annual-share");
  expect_refused("whatif nowhere --new-business much", "--new-business");
  EXPECT_THAT(of_sample("whatif", "--where plan=pro").err,
              HasSubstr("--where plan: a forecast is of attributes"));
}

}  // namespace

#endif

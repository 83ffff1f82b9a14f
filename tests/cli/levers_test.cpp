// `churn levers` as other programs rely on it.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <gmock/gmock.h>

#include <string>

namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class LeversCommand : public support::CommandTest {
 protected:
  [[nodiscard]] Outcome of_sample(const std::string& options = "") const {
    return run("levers '" + std::string(CHURN_SOURCE_DIR) + "/examples/sample_book' --format csv " + options);
  }
};

TEST_F(LeversCommand, names_the_columns_that_others_read_first) {
  const Outcome levers = of_sample();
  EXPECT_EQ(levers.status, 0);
  EXPECT_THAT(levers.out, StartsWith("lever,exposure,exposed,unexposed,retention_exposed,retention_unexposed,"
                                     "difference,ci_low,ci_high,hazard_ratio,p_adjusted,mrr_at_stake,"));
  EXPECT_THAT(levers.out, HasSubstr("\nideal_customer,channel=paid_social,118,457,"));
  EXPECT_THAT(levers.out, HasSubstr("\nannual_plan,by_the_year,145,414,"));
  EXPECT_THAT(levers.err, HasSubstr("That is association, not cause."));
}

TEST_F(LeversCommand, shows_levels_profile_and_list) {
  EXPECT_THAT(of_sample("--show levels").out, HasSubstr("\nintegrations,connected,3+,"));
  EXPECT_THAT(of_sample("--show profile").out, StartsWith("kind,rank,name,label,"));
  EXPECT_THAT(of_sample("--show list --landmark 45").out,
              HasSubstr("\ncampaigns,engaged,engaged with a campaign by day 45,45,365,"));
}

TEST_F(LeversCommand, says_which_stage_and_day_separate) {
  const Outcome activation = of_sample("--show activation");
  EXPECT_EQ(activation.status, 0);
  EXPECT_THAT(activation.out, StartsWith("stage,day,exposed,unexposed,retention_exposed,retention_unexposed,"
                                         "difference,ci_low,ci_high,hazard_ratio,"));
  EXPECT_THAT(activation.out, HasSubstr("\nactivated,30,"));
  EXPECT_THAT(activation.err, HasSubstr("within"));
  EXPECT_THAT(of_sample("--show bands").out, HasSubstr("\nactivated,"));
}

TEST_F(LeversCommand, a_book_without_events_says_what_to_record) {
  write("book/subscriptions.csv",
        "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n"
        "s1,c1,pro,2023-01-01,,10.00,USD,month\n"
        "s2,c2,pro,2023-01-01,2023-09-01,10.00,USD,month\n");
  const Outcome levers = ask("levers", "--as-of 2025-01-01 --format csv");
  EXPECT_EQ(levers.status, 0);
  EXPECT_THAT(levers.out, HasSubstr("It takes events of the kind integration_connected."));
  EXPECT_THAT(levers.err, HasSubstr("Can't be said: "));
}

TEST_F(LeversCommand, refuses_what_it_does_not_take) {
  expect_refused("levers nowhere --from 2024-01-01", "levers takes no --from");
  expect_refused("levers nowhere --period month", "levers takes no --period");
  expect_refused("levers nowhere --landmark 0", "--landmark takes 1 to 3650 days.");
  expect_refused("levers nowhere --horizon 0", "--horizon takes 1 to 3650 days.");
  expect_refused("levers nowhere --show profile --landmark 30", "known from the first day on");
  expect_refused("levers nowhere --show activation --landmark 30", "It asks at several days.");
  expect_refused("levers nowhere --show nothing", "--show");
}

}  // namespace

#endif

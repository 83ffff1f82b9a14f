#include <churn/report/lead_chart.hpp>

#include <gtest/gtest.h>

#include "report/chart_support.hpp"

namespace churn {
namespace {

TEST(LeadChart, has_a_bar_for_each_tenth_and_the_average_of_all) {
  IndicatorLead lead{.column = {"Days since_login", Direction::raises}};
  lead.deciles = {{0, 1, 0.5, Proportion{1, 100}}, {1, 9, 4, Proportion{11, 100}}};
  lead.lift = 1.84;
  lead.lead_days = 28;
  lead.leads = true;
  const Chart chart = lead_chart(LeadReport{.horizon = 30}, lead);
  support::expect_sound(chart);
  EXPECT_EQ(chart.name, "lead--ays-since-login") << "fit to be an id of a page";
  EXPECT_EQ(chart.finding,
            "Days since_login leads: its worst tenth leaves 1.8 times as often as all, and it turns 28 days "
            "before.");
  EXPECT_EQ(support::cell_of(chart, 1, "rate"), "0.11");
  EXPECT_EQ(support::cell_of(chart, 0, "average"), "0.06");
  EXPECT_EQ(support::cell_of(chart, 1, "ci_low"), to_text(Cell{Proportion{11, 100}.interval(0.95)->low}));
}

TEST(LeadChart, of_one_that_does_not_lead_says_so) {
  EXPECT_EQ(lead_chart({}, {.column = {"noise", Direction::raises}}).finding, "noise does not lead.");
}

}  // namespace
}  // namespace churn

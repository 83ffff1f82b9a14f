#include <churn/risk/lead.hpp>
#include <gtest/gtest.h>
TEST(Lead, x){ churn::LeadReport r = churn::does_it_lead({}, {}); EXPECT_EQ(churn::lead_sentence(r), "There are no indicators to ask about."); }

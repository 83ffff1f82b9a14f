#include <churn/decision/decision_rows.hpp>
#include <gtest/gtest.h>
TEST(X, y) {}

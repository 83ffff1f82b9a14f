#include <churn/stats/adjusted_p.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;

constexpr std::pair<const char*, Adjustment> columns_of_r[] = {{"bonferroni", Adjustment::bonferroni},
                                                               {"holm", Adjustment::holm},
                                                               {"hochberg", Adjustment::hochberg},
                                                               {"BH", Adjustment::benjamini_hochberg},
                                                               {"BY", Adjustment::benjamini_yekutieli}};

std::vector<PValue> p_values(const std::vector<double>& values) {
  std::vector<PValue> all;
  all.reserve(values.size());
  for (const double value : values) all.push_back(p_value(value));
  return all;
}

TEST(AdjustedP, equals_a_case_worked_by_hand_in_the_order_given) {
  const auto p = p_values({0.01, 0.04, 0.03, 0.005});
  const auto holm = adjusted_p(p, Adjustment::holm);
  const std::vector<double> expected{0.03, 0.06, 0.06, 0.02};
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_DOUBLE_EQ(holm[i].value, expected[i]);
  const auto found = adjusted_p(p, Adjustment::benjamini_hochberg);
  for (std::size_t i = 0; i < p.size(); ++i)
    EXPECT_DOUBLE_EQ(found[i].value, (std::vector<double>{0.02, 0.04, 0.04, 0.02})[i]);
  EXPECT_EQ(adjusted_p(p, Adjustment::none), p);
  EXPECT_TRUE(adjusted_p({}, Adjustment::holm).empty());
}

TEST(AdjustedP, keeps_the_order_of_those_below_the_smallest_double) {
  const std::vector<PValue> p{chi_square_p_value(6000, 1), chi_square_p_value(5000, 1), p_value(0.5)};
  const auto holm = adjusted_p(p, Adjustment::holm);
  EXPECT_NEAR(holm[0].log10, p[0].log10 + 0.47712125471966244, 1e-12);  // log10 3
  EXPECT_NEAR(holm[1].log10, p[1].log10 + 0.30102999566398120, 1e-12);  // log10 2
  EXPECT_EQ(holm[2], p[2]);
}

RC_GTEST_PROP(AdjustedP, never_gets_smaller_and_keeps_the_order, ()) {
  std::vector<double> values;
  for (int i = *between(1, 30); i > 0; --i) values.push_back(*between(0, 1001) / 1000.0);
  const auto p = p_values(values);
  for (const auto& [name, adjustment] : columns_of_r) {
    const auto adjusted = adjusted_p(p, adjustment);
    for (std::size_t i = 0; i < p.size(); ++i) {
      RC_ASSERT(adjusted[i].value >= p[i].value && adjusted[i].value <= 1);
      for (std::size_t j = 0; j < p.size(); ++j)
        if (p[i].value < p[j].value) RC_ASSERT(adjusted[i].value <= adjusted[j].value);
    }
  }
  const auto holm = adjusted_p(p, Adjustment::holm);
  const auto hochberg = adjusted_p(p, Adjustment::hochberg);
  const auto bonferroni = adjusted_p(p, Adjustment::bonferroni);
  for (std::size_t i = 0; i < p.size(); ++i)
    RC_ASSERT(hochberg[i].value <= holm[i].value && holm[i].value <= bonferroni[i].value);
}

TEST(AdjustedP, refuses_what_is_no_p_value) {
  EXPECT_EQ(error_of([] {
              (void)adjusted_p(std::vector<PValue>{{1.5, 0}}, Adjustment::holm);
            }),
            "bad_number");
}

#ifdef CHURN_ORACLES_DIR
void expect_as_in_r(const std::vector<std::map<std::string, std::string>>& rows,
                    const std::string& p_column) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(std::stod(row.at(p_column)));
  for (const auto& [name, adjustment] : columns_of_r) {
    const auto adjusted = adjusted_p(p_values(values), adjustment);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double expected = std::stod(rows[i].at(name));
      // Two products of doubles, in one order or the other.
      EXPECT_NEAR(adjusted[i].value, expected, 1e-14 * expected) << name << ' ' << i;
    }
  }
}

TEST(AdjustedP, equals_all_answers_of_r) {
  std::map<std::string, std::vector<std::map<std::string, std::string>>> cases;
  for (auto& row :
       support::read_csv(std::string(CHURN_ORACLES_DIR) + "/proportions_small/p_adjust_cases.csv"))
    cases[row.at("case")].push_back(row);
  ASSERT_EQ(cases.size(), 5U);
  for (const auto& [name, rows] : cases) expect_as_in_r(rows, "p");
  const auto states =
      support::read_csv(std::string(CHURN_ORACLES_DIR) + "/churn_bigml/state_vs_rest_51_tests.csv");
  ASSERT_EQ(states.size(), 51U);
  expect_as_in_r(states, "p_fisher_vs_rest");
}
#endif

}  // namespace
}  // namespace churn

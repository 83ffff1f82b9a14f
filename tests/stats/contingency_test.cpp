#include <churn/stats/contingency.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
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
using Rows = std::vector<std::vector<std::int64_t>>;

// A log factorial is good to some 1e-15 of itself; of a few thousand customers it is some 25,000, so that a
// probability is good to 1e-10 of itself. R's own answers are no better.
constexpr double fisher_tolerance = 1e-9;

TEST(Contingency, chi_square_equals_an_answer_of_r) {
  // R 4.2.2: chisq.test(matrix(c(122, 236, 125, 716, 1419, 715), 3))
  const ChiSquareTest test = chi_square_test(ContingencyTable{{{122, 716}, {236, 1419}, {125, 715}}}).value();
  EXPECT_NEAR(test.statistic, 0.17754069117425395, 1e-12);
  EXPECT_EQ(test.degrees_of_freedom, 2);
  EXPECT_NEAR(test.p.value, 0.9150556960243712, 1e-12);
  EXPECT_NEAR(test.cramers_v, 0.0072984610779044884, 1e-12);
  EXPECT_NEAR(test.smallest_expected, 838.0 * 483 / 3333, 1e-9);
}

TEST(Contingency, rows_and_columns_of_nobody_are_left_out) {
  const ContingencyTable with{{{5, 0, 3}, {0, 0, 0}, {2, 0, 9}}};
  const ContingencyTable without{{{5, 3}, {2, 9}}};
  EXPECT_EQ(chi_square_test(with)->statistic, chi_square_test(without)->statistic);
  EXPECT_EQ(chi_square_test(with)->degrees_of_freedom, 1);
  EXPECT_EQ(fisher_test(with), fisher_test(without));
}

TEST(Contingency, where_there_is_nothing_to_compare_nothing_is_said) {
  for (const Rows& counts : {Rows{}, {{3, 4}}, {{0, 4}, {0, 7}}, {{0, 0}, {0, 0}}}) {
    EXPECT_FALSE(chi_square_test(ContingencyTable{counts}));
    EXPECT_EQ(fisher_test(ContingencyTable{counts}), (PValue{1, 0}));
  }
}

TEST(Contingency, refuses_what_is_no_table_of_counts) {
  EXPECT_EQ(error_of([] { (void)ContingencyTable{{{1, -1}, {1, 1}}}; }), "bad_number");
  EXPECT_EQ(error_of([] { (void)ContingencyTable{{{1, 1}, {1}}}; }), "bad_number");
  EXPECT_EQ(error_of([] {
              (void)ContingencyTable{{{std::numeric_limits<std::int64_t>::max(), 1}}};
            }),
            "overflow");
}

TEST(Contingency, the_correction_takes_no_more_than_the_difference) {
  EXPECT_EQ(chi_square_test(ContingencyTable{{{5, 5}, {5, 5}}}, Continuity::yates)->statistic, 0);
}

TEST(Contingency, fisher_equals_answers_of_r_for_larger_tables) {
  // R 4.2.2: fisher.test(matrix(counts, byrow = TRUE, ...)); the job satisfaction table of its help page first.
  EXPECT_NEAR(
      fisher_test(ContingencyTable{{{1, 2, 1, 0}, {3, 3, 6, 1}, {10, 10, 14, 9}, {6, 7, 12, 11}}})->value,
      0.78268493896653246, fisher_tolerance);
  EXPECT_NEAR(fisher_test(ContingencyTable{{{3, 1}, {0, 6}, {5, 2}}})->value, 0.010900863842040297,
              fisher_tolerance);
  EXPECT_NEAR(fisher_test(ContingencyTable{{{8, 1, 3}, {2, 9, 4}}})->value, 0.0052293334161687176,
              fisher_tolerance);
}

TEST(Contingency, fisher_gives_up_where_there_are_too_many_tables) {
  EXPECT_EQ(fisher_test(ContingencyTable{{{10, 20, 30}, {30, 20, 10}, {20, 20, 20}}}, 100), std::nullopt);
}

TEST(Contingency, fisher_is_exactly_1_where_no_table_is_more_probable) {
  // fisher.test gives 1 for each; sums of what logarithms give had left 0.9999999999998.
  for (const Rows& counts : {Rows{{500, 5000}, {600, 6000}}, Rows{{1, 3000}, {1, 3100}},
                             Rows{{33, 3}, {34, 3}}, Rows{{4, 40}, {5, 50}, {6, 60}}})
    EXPECT_EQ(fisher_test(ContingencyTable{counts}), (PValue{1, 0})) << counts[0][0];
  EXPECT_LT(fisher_test(ContingencyTable{{{498, 5002}, {602, 5998}}})->value, 1);
}

TEST(Contingency, fisher_counts_the_table_at_hand_among_hundreds_of_millions) {
  // Logarithms of such factorials are good to some 1e-6, by which the table at hand seemed to be more probable than
  // itself: p was 0.095 and 1.9e-6 where 1 and 1.1e-4 are right. R:
  //   d <- dhyper(0:10, 3e6 + x, 3e8 + 10 - x, 10); sum(d[d <= d[x + 1] * (1 + 1e-7)])
  const std::vector<double> answers{1, 0.09471307, 0.004184354, 0.0001105588};
  for (std::size_t x = 0; x < answers.size(); ++x) {
    const auto counted = static_cast<std::int64_t>(x);
    const ContingencyTable table{{{counted, 10 - counted}, {3'000'000, 300'000'000}}};
    EXPECT_NEAR(fisher_test(table).value().value / answers[x], 1, 1e-4) << x;
  }
}

TEST(Contingency, fisher_of_thousands_of_small_rows_is_the_share_of_more_even_ones) {
  // Three in one group each of 3000 groups. Each step had gone through all the rows behind it. With sizes of 10, 20 and
  // 30, all of three different groups have a probability by the product of their sizes, so those that are as rare as
  // 10, 20 and 30 are: that product or less, two of one group of n, by n (n - 1) / 2 times the other, and three of one.
  constexpr std::int64_t of_each = 1000;
  Rows counts;
  for (const std::int64_t size : {10, 20, 30})
    for (std::int64_t i = 0; i < of_each; ++i) counts.push_back({i == 0 ? 1 : 0, i == 0 ? size - 1 : size});
  double rare = 0;
  const std::vector<double> sizes{10, 20, 30};
  const double n = 1000;
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      for (std::size_t c = 0; c < 3; ++c) {  // ordered groups of three, of which six are the same
        const double ways = n * (n - (a == b ? 1 : 0)) * (n - (a == c ? 1 : 0) - (b == c ? 1 : 0)) / 6;
        const double product = sizes[a] * sizes[b] * sizes[c];
        if (product <= 6000) rare += ways * product;
      }
      const double product = sizes[a] * (sizes[a] - 1) / 2 * sizes[b];
      if (product <= 6000) rare += n * (n - (a == b ? 1 : 0)) * product;
    }
    rare += n * sizes[a] * (sizes[a] - 1) * (sizes[a] - 2) / 6;
  }
  const double all = n * 60;
  const double p = rare / (all * (all - 1) * (all - 2) / 6);
  // Logarithms of factorials of 60,000 are good to 1e-10, of which thousands are added up.
  EXPECT_NEAR(fisher_test(ContingencyTable{counts}).value().value, p, 1e-6);
}

/// The sum over all tables with the same totals, one by one.
double fisher_by_enumeration(const Rows& counts) {
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> columns(counts.front().size(), 0);
  for (const auto& row : counts) {
    std::int64_t sum = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      sum += row[j];
      columns[j] += row[j];
    }
    rows.push_back(sum);
  }
  const auto log_factorial = [](std::int64_t n) {
    double sum = 0;
    for (std::int64_t i = 2; i <= n; ++i) sum += std::log(static_cast<double>(i));
    return sum;
  };
  double observed = 0;
  for (const auto& row : counts)
    for (const std::int64_t n : row) observed -= log_factorial(n);
  double all = 0;
  double rare = 0;
  const std::function<void(std::size_t, std::size_t, std::int64_t, double)> go =
      [&](std::size_t i, std::size_t j, std::int64_t left, double log) {
        if (j == columns.size()) {
          if (left > 0) return;
          if (i + 1 < rows.size()) return go(i + 1, 0, rows[i + 1], log);
          all += std::exp(log);
          if (log <= observed + 1e-7) rare += std::exp(log);
          return;
        }
        for (std::int64_t n = 0; n <= left && n <= columns[j]; ++n) {
          columns[j] -= n;
          go(i, j + 1, left - n, log - log_factorial(n));
          columns[j] += n;
        }
      };
  go(0, 0, rows[0], 0);
  return rare / all;
}

RC_GTEST_PROP(Contingency, fisher_equals_the_sum_over_all_tables, ()) {
  const auto height = *between<std::size_t>(2, 5);
  const auto width = *between<std::size_t>(2, 4);
  Rows counts(height, std::vector<std::int64_t>(width));
  for (auto& row : counts)
    for (auto& count : row) count = *between<std::int64_t>(0, 5);
  RC_ASSERT(std::abs(fisher_test(ContingencyTable{counts})->value - fisher_by_enumeration(counts)) < 1e-10);
}

#ifdef CHURN_ORACLES_DIR
ContingencyTable two_by_two(std::int64_t x1, std::int64_t n1, std::int64_t x2, std::int64_t n2) {
  return ContingencyTable{{{x1, n1 - x1}, {x2, n2 - x2}}};
}

TEST(Contingency, both_tests_equal_the_answers_of_r_for_pairs) {
  const std::string folder = CHURN_ORACLES_DIR;
  for (const auto& [file, fisher] :
       {std::pair{"/proportions_small/newcombe_1998_cases.csv", "p_fisher_two_sided"},
        {"/churn_bigml/segment_pairwise.csv", "p_fisher"}}) {
    for (const auto& row : support::read_csv(folder + file)) {
      const auto count = [&](const char* name) { return std::stoll(row.at(name)); };
      const ContingencyTable table = two_by_two(count("x1"), count("n1"), count("x2"), count("n2"));
      const double expected = std::stod(row.at(fisher));
      EXPECT_NEAR(fisher_test(table)->value, expected, fisher_tolerance * expected);
      const auto chi_square = chi_square_test(table);
      EXPECT_EQ(chi_square.has_value(), !row.at("chisq").empty());
      if (chi_square) {
        EXPECT_NEAR(chi_square->statistic, std::stod(row.at("chisq")), 1e-12 * chi_square->statistic);
      }
    }
  }
}

TEST(Contingency, both_tests_equal_the_answers_of_r_for_segments) {
  const std::string folder = std::string(CHURN_ORACLES_DIR) + "/churn_bigml";
  std::map<std::string, Rows> segments;
  for (const auto& row : support::read_csv(folder + "/segment_churn_rates.csv")) {
    const std::int64_t left = std::stoll(row.at("x"));
    segments[row.at("segment")].push_back({left, std::stoll(row.at("n")) - left});
  }
  for (const auto& row : support::read_csv(folder + "/segment_tests.csv")) {
    const ContingencyTable table{segments.at(row.at("segment"))};
    const ChiSquareTest test = chi_square_test(table).value();
    EXPECT_NEAR(test.statistic, std::stod(row.at("chisq")), 1e-11 * test.statistic);
    EXPECT_NEAR(test.p.log10, std::stod(row.at("log10_p_chisq")), 1e-11 * std::abs(test.p.log10) + 1e-13);
    EXPECT_NEAR(test.cramers_v, std::stod(row.at("cramers_v")), 1e-12);
    const double yates = chi_square_test(table, Continuity::yates)->statistic;
    EXPECT_NEAR(yates, std::stod(row.at("chisq_yates")), 1e-11 * yates);
    const double exact = std::stod(row.at("p_fisher"));
    EXPECT_NEAR(fisher_test(table)->value, exact, fisher_tolerance * exact) << row.at("segment");
  }
}

TEST(Contingency, fisher_equals_the_answers_of_r_for_states_against_the_rest) {
  const std::string folder = std::string(CHURN_ORACLES_DIR) + "/churn_bigml";
  int states = 0;
  for (const auto& row : support::read_csv(folder + "/state_vs_rest_51_tests.csv")) {
    const std::int64_t n = std::stoll(row.at("n"));
    const double exact = std::stod(row.at("p_fisher_vs_rest"));
    const std::int64_t left = std::stoll(row.at("churned"));
    EXPECT_NEAR(fisher_test(two_by_two(left, n, 483 - left, 3333 - n))->value, exact,
                fisher_tolerance * exact);
    ++states;
  }
  EXPECT_EQ(states, 51);
}
#endif

}  // namespace
}  // namespace churn

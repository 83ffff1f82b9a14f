#include <churn/stats/contrast.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <churn/stats/contingency.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;

using Groups = std::vector<Proportion>;

constexpr double infinity = std::numeric_limits<double>::infinity();
// Tails of chi-square: R and Boost.Math agree to some 1e-14, Fisher's sums of a thousand terms to 1e-10.
constexpr double chi_square_tolerance = 1e-11;
constexpr double fisher_tolerance = 1e-9;

ContrastRule always_fisher(Adjustment adjustment = Adjustment::holm) {
  return {.adjustment = adjustment, .enough_expected = infinity};
}
ContrastRule always_chi_square() { return {.adjustment = Adjustment::holm, .enough_expected = 0}; }

TEST(Contrast, of_two_shares_gathers_what_the_statistics_say) {
  const Contrast result = contrast({73, 1200}, {45, 1190});
  EXPECT_EQ(result.one, Proportion(73, 1200));
  EXPECT_EQ(result.other, Proportion(45, 1190));
  EXPECT_EQ(result.interval, binomial_interval(73, 1200));
  EXPECT_EQ(result.difference, newcombe_difference(73, 1200, 45, 1190));
  const ContingencyTable table{{{73, 1127}, {45, 1145}}};
  EXPECT_EQ(result.test, ContrastTest::chi_square_yates);
  EXPECT_EQ(result.p, chi_square_test(table, Continuity::yates).value().p);
  EXPECT_EQ(result.p_adjusted, result.p);
  EXPECT_DOUBLE_EQ(result.smallest_expected.value(), 118.0 * 1190 / 2390);
  EXPECT_EQ(result.detectable.value().base, (Ratio{45, 1190}));
  EXPECT_EQ(result.detectable->trials, 1200);
}

TEST(Contrast, is_exact_where_one_expected_count_is_below_five_and_only_there) {
  // 10 of 100 in all: half of them 5 expected.
  EXPECT_EQ(contrast({3, 50}, {7, 50}).test, ContrastTest::chi_square_yates);
  EXPECT_EQ(contrast({3, 49}, {7, 51}).test, ContrastTest::fisher);
  EXPECT_EQ(contrast({3, 51}, {7, 49}).test, ContrastTest::fisher) << "The other group counts, too.";
  EXPECT_EQ(contrast({46, 49}, {44, 51}).test, ContrastTest::fisher) << "And those who are not counted.";
  // fisher.test(matrix(c(3, 46, 7, 44), 2))$p.value
  EXPECT_NEAR(contrast({3, 49}, {7, 51}).p.value().value, 0.3189195765640203, fisher_tolerance);
  EXPECT_EQ(contrast({3, 50}, {7, 50}, {.enough_expected = infinity}).test, ContrastTest::fisher);
}

TEST(Contrast, that_would_take_too_long_to_be_exact_says_that_it_is_rough) {
  const ContrastRule impatient{.enough_expected = infinity, .work = 10};
  const Contrast result = contrast({300, 1000}, {350, 1000}, impatient);
  EXPECT_EQ(result.test, ContrastTest::rough_chi_square);
  EXPECT_EQ(result.p, contrast({300, 1000}, {350, 1000}).p);
}

/// 600 groups of 3, 8 and 20, of so many of each size one is counted.
Groups sparse(int of_3, int of_8, int of_20) {
  Groups groups;
  for (int i = 0; i < 200; ++i) {
    groups.emplace_back(i < of_3 ? 1 : 0, 3);
    groups.emplace_back(i < of_8 ? 1 : 0, 8);
    groups.emplace_back(i < of_20 ? 1 : 0, 20);
  }
  return groups;
}

TEST(Contrast, of_hundreds_of_small_groups_is_not_sure_of_what_is_chance) {
  // R 4.2.2, of 100,000 draws of 40 out of 6200, x being how many of each group:
  //   sizes <- rep(c(3, 8, 20), 200); statistic <- sum((x - sizes * p)^2 / (sizes * p * (1 - p))), p = 40 / 6200
  // as large as here or larger: 0.0860 and 0.3247 of them. Chi-square would say 0.0004 and 0.16. Such a share of
  // draws is good to 0.003; that the statistic moves in steps makes more than that between the two.
  const ContrastRule impatient{.work = 1000};
  const OverallContrast rare = overall_contrast(sparse(7, 12, 21), impatient);
  EXPECT_EQ(rare.test, ContrastTest::rough_chi_square);
  EXPECT_NEAR(rare.p.value().value, 0.0860, 0.012);
  EXPECT_NEAR(overall_contrast(sparse(5, 12, 23), impatient).p.value().value, 0.3247, 0.012);
}

TEST(Contrast, of_many_groups_has_the_mean_and_variance_of_all_ways_to_count) {
  // Where expected counts are large, they are those of chi-square: both say nearly the same.
  Groups groups;
  for (int i = 0; i < 40; ++i) groups.emplace_back(50 + (i * 7) % 23, 120 + i);
  const OverallContrast rough = overall_contrast(groups, {.enough_expected = infinity, .work = 1000});
  EXPECT_EQ(rough.test, ContrastTest::rough_chi_square);
  const double plain = overall_contrast(groups).p.value().value;
  EXPECT_NEAR(std::log(rough.p.value().value / plain), 0, 0.05);
}

TEST(Contrast, of_a_handful_in_three_groups_has_a_p_even_without_any_step) {
  for (const Groups& groups : {Groups{{1, 1}, {0, 1}, {0, 1}}, Groups{{1, 1}, {1, 1}, {0, 1}, {0, 1}},
                               Groups{{1, 2}, {0, 1}, {0, 1}}}) {
    const auto p = overall_contrast(groups, {.work = 0}).p;
    EXPECT_GE(p.value().value, 0);
    EXPECT_LE(p->value, 1);
    EXPECT_TRUE(std::isfinite(p->log10));
  }
}

TEST(Contrast, with_an_empty_group_has_no_difference_and_no_p) {
  for (const Contrast& result :
       {contrast({0, 0}, {3, 10}), contrast({3, 10}, {0, 0}), contrast({0, 0}, {0, 0})}) {
    EXPECT_EQ(result.difference, std::nullopt);
    EXPECT_EQ(result.p, std::nullopt);
    EXPECT_EQ(result.p_adjusted, std::nullopt);
    EXPECT_EQ(result.detectable, std::nullopt);
    EXPECT_EQ(result.test, ContrastTest::none);
  }
  EXPECT_TRUE(contrast({3, 10}, {0, 0}).interval);
}

TEST(Contrast, where_nobody_or_everybody_is_counted_has_a_difference_of_0_and_no_p) {
  for (const Contrast& result : {contrast({0, 40}, {0, 60}), contrast({40, 40}, {60, 60})}) {
    EXPECT_EQ(result.difference.value().difference, 0);
    EXPECT_LT(result.difference->interval.low, 0);
    EXPECT_GT(result.difference->interval.high, 0);
    EXPECT_EQ(result.p, std::nullopt);
    EXPECT_EQ(result.test, ContrastTest::none);
  }
}

TEST(Contrast, a_single_group_has_no_rest_and_no_groups_have_no_contrasts) {
  const Groups one{{3, 10}};
  const auto results = contrasts_with_rest(one);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].p, std::nullopt);
  EXPECT_EQ(results[0].other, Proportion(0, 0));
  EXPECT_TRUE(contrasts_of_pairs(one).empty());
  EXPECT_EQ(overall_contrast(one).p, std::nullopt);
  EXPECT_EQ(overall_contrast(one).groups, 1U);
  EXPECT_TRUE(contrasts_with_rest({}).empty());
  EXPECT_TRUE(contrasts_of_pairs({}).empty());
  EXPECT_EQ(overall_contrast({}).test, ContrastTest::none);
}

TEST(Contrast, groups_without_a_p_are_not_among_those_it_is_adjusted_for) {
  const auto results = contrasts_with_rest(Groups{{5, 10}, {0, 0}, {1, 20}, {6, 20}});
  EXPECT_EQ(results[1].p_adjusted, std::nullopt);
  const std::vector<PValue> known{results[0].p.value(), results[2].p.value(), results[3].p.value()};
  const auto adjusted = adjusted_p(known, Adjustment::holm);
  EXPECT_EQ(results[0].p_adjusted, adjusted[0]);
  EXPECT_EQ(results[2].p_adjusted, adjusted[1]);
  EXPECT_EQ(results[3].p_adjusted, adjusted[2]);
}

TEST(Contrast, two_groups_are_one_comparison) {
  const auto results = contrasts_with_rest(Groups{{5, 10}, {0, 0}, {1, 20}});
  EXPECT_EQ(results[0].p_adjusted, results[0].p) << "Each is the other's rest.";
  EXPECT_EQ(results[2].p_adjusted, results[0].p);
  EXPECT_EQ(results[2].p, results[0].p);
  EXPECT_EQ(results[0].detectable.value().rule.level, 0.05);
}

TEST(Contrast, more_comparisons_leave_less_to_be_detected) {
  const Groups groups{{30, 400}, {30, 400}, {30, 400}, {30, 400}};
  const auto holm = contrasts_with_rest(groups)[0].detectable.value();
  const auto none = contrasts_with_rest(groups, {.adjustment = Adjustment::none})[0].detectable.value();
  EXPECT_DOUBLE_EQ(holm.rule.level, 0.05 / 4);
  EXPECT_EQ(none.rule.level, 0.05);
  EXPECT_GT(holm.rise.value(), none.rise.value());
}

TEST(Contrast, groups_of_one_customer_each_can_be_compared) {
  const auto results = contrasts_with_rest(Groups{{1, 1}, {0, 1}, {0, 1}});
  // fisher.test(matrix(c(1, 0, 0, 2), 2))$p.value
  EXPECT_NEAR(results[0].p.value().value, 1.0 / 3, fisher_tolerance);
  EXPECT_EQ(results[0].test, ContrastTest::fisher);
  EXPECT_NEAR(overall_contrast(Groups{{1, 1}, {0, 1}, {0, 1}}).p.value().value, 1, fisher_tolerance);
}

TEST(Contrast, what_can_not_be_computed_is_refused) {
  EXPECT_EQ(error_of([] { (void)contrast({1, 2}, {1, 2}, {.enough_expected = -1}); }), "bad_number");
  EXPECT_EQ(error_of([] {
              (void)contrast({1, 2}, {1, 2}, {.enough_expected = std::nan("")});
            }),
            "bad_number");
  EXPECT_EQ(error_of([] { (void)contrast({1, 2}, {1, 2}, {.interval = IntervalRule{1.0}}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)contrast({1, 2}, {1, 2}, {.detection = {.level = 0}}); }), "bad_number");
  const Groups many(most_groups_in_pairs + 1, Proportion{1, 2});
  EXPECT_EQ(error_of([&] { (void)contrasts_of_pairs(many); }), "out_of_range");
  const std::int64_t large = std::numeric_limits<std::int64_t>::max() / 2 + 1;
  EXPECT_EQ(error_of([&] { (void)contrasts_with_rest(Groups{{0, large}, {0, large}}); }), "overflow");
}

TEST(Contrast, the_tests_have_names) {
  EXPECT_EQ(contrast_test_name(ContrastTest::none), "");
  EXPECT_EQ(contrast_test_name(ContrastTest::chi_square_yates), "chi_square_yates");
  EXPECT_EQ(contrast_test_name(ContrastTest::chi_square), "chi_square");
  EXPECT_EQ(contrast_test_name(ContrastTest::fisher), "fisher");
  EXPECT_EQ(contrast_test_name(ContrastTest::rough_chi_square), "rough_chi_square");
}

/// Whoever is counted of so many with that chance, the same on every machine.
std::int64_t drawn(std::mt19937& random, std::int64_t trials, double chance) {
  std::int64_t counted = 0;
  for (std::int64_t i = 0; i < trials; ++i)
    counted += static_cast<double>(random()) < chance * 4294967296.0 ? 1 : 0;
  return counted;
}

TEST(Contrast, finds_something_in_at_most_one_of_twenty_books_in_which_there_is_nothing) {
  std::mt19937 random{1};
  int found = 0;
  constexpr int books = 1000;
  for (int book = 0; book < books; ++book) {
    Groups groups;
    for (const std::int64_t n : {40, 80, 150, 300, 500, 700}) {
      // Customer-months: who left is not there in the next one.
      std::int64_t left = 0;
      std::int64_t months = 0;
      for (std::int64_t there = n, month = 0; month < 6; ++month) {
        const std::int64_t lost = drawn(random, there, 0.04);
        left += lost;
        months += there;
        there -= lost;
      }
      groups.emplace_back(left, months);
    }
    const auto results = contrasts_with_rest(groups);
    found += std::any_of(results.begin(), results.end(),
                         [](const Contrast& each) { return each.p_adjusted->value < 0.05; })
                 ? 1
                 : 0;
  }
  // 5 % of 1000, and two standard errors of 6.9.
  EXPECT_LE(found, 64);
  EXPECT_GE(found, 15)
      << "Yates' correction and Holm's are careful, but not to the point of finding nothing.";
}

TEST(Contrast, finds_what_it_says_is_detectable_four_times_out_of_five) {
  std::mt19937 random{2};
  const Groups groups{{20, 400}, {45, 900}, {60, 1200}};
  const DetectableChange detectable = contrasts_with_rest(groups)[0].detectable.value();
  EXPECT_DOUBLE_EQ(detectable.rule.level, 0.05 / 3);
  int found = 0;
  constexpr int books = 1000;
  for (int book = 0; book < books; ++book) {
    const Groups drawn_groups{{drawn(random, 400, 0.05 + *detectable.rise), 400},
                              {drawn(random, 900, 0.05), 900},
                              {drawn(random, 1200, 0.05), 1200}};
    found += contrasts_with_rest(drawn_groups)[0].p_adjusted->value < 0.05 ? 1 : 0;
  }
  // 80 % and four standard errors of 13; Yates' correction costs some points that the formula does not know.
  EXPECT_GE(found, 700);
  EXPECT_LE(found, 852);
}

Groups some_groups() {
  Groups groups;
  const auto size = *between<std::size_t>(0, 7);
  while (groups.size() < size) {
    const auto n = *between<std::int64_t>(0, 60);
    groups.emplace_back(*between<std::int64_t>(0, n + 1), n);
  }
  return groups;
}

RC_GTEST_PROP(Contrast, each_group_and_its_rest_are_the_whole, ()) {
  const Groups groups = some_groups();
  std::int64_t counted = 0;
  std::int64_t all = 0;
  for (const Proportion& group : groups) {
    counted += group.numerator();
    all += group.denominator();
  }
  for (const Contrast& each : contrasts_with_rest(groups)) {
    RC_ASSERT(each.one.numerator() + each.other.numerator() == counted);
    RC_ASSERT(each.one.denominator() + each.other.denominator() == all);
    if (each.p) RC_ASSERT(each.p_adjusted->value >= each.p->value);
  }
}

RC_GTEST_PROP(Contrast, a_pair_turned_round_is_its_mirror_image, ()) {
  Groups groups = some_groups();
  const auto pairs = contrasts_of_pairs(groups);
  std::reverse(groups.begin(), groups.end());
  const auto turned = contrasts_of_pairs(groups);
  const std::size_t last = groups.size() - 1;
  std::map<std::pair<std::size_t, std::size_t>, const Contrast*> by_place;
  for (const PairContrast& pair : turned) by_place[{last - pair.other, last - pair.one}] = &pair.contrast;
  for (const PairContrast& pair : pairs) {
    const Contrast& there = *by_place.at({pair.one, pair.other});
    RC_ASSERT(there.one == pair.contrast.other);
    RC_ASSERT(there.test == pair.contrast.test);
    RC_ASSERT(there.p.has_value() == pair.contrast.p.has_value());
    // The same sum in another order: rounding of a few terms.
    if (there.p) RC_ASSERT(std::abs(there.p->value - pair.contrast.p->value) < 1e-12);
    if (there.p) RC_ASSERT(std::abs(there.p_adjusted->value - pair.contrast.p_adjusted->value) < 1e-10);
    if (!there.difference) continue;
    RC_ASSERT(std::abs(there.difference->difference + pair.contrast.difference->difference) < 1e-12);
    RC_ASSERT(std::abs(there.difference->interval.low + pair.contrast.difference->interval.high) < 1e-12);
  }
}

RC_GTEST_PROP(Contrast, of_two_groups_the_overall_test_is_that_of_the_pair, ()) {
  const auto n1 = *between<std::int64_t>(1, 400);
  const auto n2 = *between<std::int64_t>(1, 400);
  const Groups two{{*between<std::int64_t>(0, n1 + 1), n1}, {*between<std::int64_t>(0, n2 + 1), n2}};
  const OverallContrast overall = overall_contrast(two);
  const Contrast pair = contrast(two[0], two[1]);
  RC_ASSERT(overall.p == pair.p);
  RC_ASSERT(overall.test == pair.test);
}

#ifdef CHURN_ORACLES_DIR
using Rows = std::vector<std::map<std::string, std::string>>;

Rows oracle(const std::string& file) {
  return support::read_csv(std::string(CHURN_ORACLES_DIR) + "/churn_bigml/" + file);
}
double number(const std::map<std::string, std::string>& row, const std::string& name) {
  return std::stod(row.at(name));
}

std::map<std::string, Groups> groups_by_segment() {
  std::map<std::string, Groups> groups;
  for (const auto& row : oracle("segment_churn_rates.csv"))
    groups[row.at("segment")].emplace_back(std::stoll(row.at("x")), std::stoll(row.at("n")));
  return groups;
}

void expect_near_relative(double actual, double expected, double tolerance) {
  EXPECT_NEAR(actual / expected, 1, tolerance) << actual << ' ' << expected;
}

TEST(Contrast, overall_tests_equal_the_answers_of_r) {
  const auto groups = groups_by_segment();
  const Rows rows = oracle("segment_tests.csv");
  ASSERT_EQ(rows.size(), 4U);
  for (const auto& row : rows) {
    const Groups& of_segment = groups.at(row.at("segment"));
    const OverallContrast chi_square = overall_contrast(of_segment, always_chi_square());
    const OverallContrast fisher =
        overall_contrast(of_segment, {.enough_expected = infinity, .work = 20'000'000});
    EXPECT_EQ(std::to_string(chi_square.groups), row.at("levels"));
    expect_near_relative(chi_square.p.value().value, number(row, "p_chisq_yates"), chi_square_tolerance);
    expect_near_relative(chi_square.cramers_v.value(), number(row, "cramers_v"), 1e-12);
    EXPECT_EQ(fisher.test, ContrastTest::fisher);
    expect_near_relative(fisher.p.value().value, number(row, "p_fisher"), fisher_tolerance);
  }
}

TEST(Contrast, rates_and_their_intervals_equal_the_answers_of_r) {
  const Rows rows = oracle("segment_churn_rates.csv");
  ASSERT_EQ(rows.size(), 9U);
  for (const auto& row : rows) {
    const Proportion one{std::stoll(row.at("x")), std::stoll(row.at("n"))};
    const Proportion other{483 - one.numerator(), 3333 - one.denominator()};
    for (const auto& [method, name] : {std::pair{IntervalMethod::wilson, "wilson"},
                                       {IntervalMethod::jeffreys, "jeffreys"},
                                       {IntervalMethod::clopper_pearson, "clopper_pearson"}}) {
      const Contrast result = contrast(one, other, {.interval = IntervalRule{0.95, method}});
      EXPECT_NEAR(result.interval.value().low, number(row, std::string(name) + "_lower"), 1e-11);
      EXPECT_NEAR(result.interval.value().high, number(row, std::string(name) + "_upper"), 1e-11);
      EXPECT_NEAR(result.one.value().value(), number(row, "p"), 1e-15);
    }
  }
}

TEST(Contrast, pairs_equal_the_answers_of_r) {
  const auto groups = groups_by_segment();
  const Rows rows = oracle("segment_pairwise.csv");
  ASSERT_EQ(rows.size(), 6U);
  std::map<std::string, std::vector<PValue>> all;  // R adjusted over the pairs of all four
  for (const auto& row : rows) {
    const Groups& of_segment = groups.at(row.at("segment"));
    const auto place = [&](const char* x, const char* n) {
      const Proportion group{std::stoll(row.at(x)), std::stoll(row.at(n))};
      return static_cast<std::size_t>(std::find(of_segment.begin(), of_segment.end(), group) -
                                      of_segment.begin());
    };
    for (const auto& [rule, column, tolerance] :
         {std::tuple{always_chi_square(), "p_prop_test_cc", chi_square_tolerance},
          {always_fisher(), "p_fisher", fisher_tolerance}}) {
      bool found = false;
      for (const PairContrast& pair : contrasts_of_pairs(of_segment, rule)) {
        if (pair.one != place("x1", "n1") || pair.other != place("x2", "n2")) continue;
        found = true;
        const Contrast& result = pair.contrast;
        EXPECT_NEAR(result.difference.value().difference, number(row, "diff"), 1e-15);
        EXPECT_NEAR(result.difference->interval.low, number(row, "newcombe_lower"), 1e-12);
        EXPECT_NEAR(result.difference->interval.high, number(row, "newcombe_upper"), 1e-12);
        expect_near_relative(result.p.value().value, number(row, column), tolerance);
        all[column].push_back(*result.p);
      }
      EXPECT_TRUE(found) << row.at("level1") << ' ' << row.at("level2");
    }
  }
  for (const auto& [adjustment, name] : {std::pair{Adjustment::holm, "holm"},
                                         {Adjustment::hochberg, "hochberg"},
                                         {Adjustment::benjamini_hochberg, "BH"},
                                         {Adjustment::benjamini_yekutieli, "BY"},
                                         {Adjustment::bonferroni, "bonferroni"}}) {
    const auto adjusted = adjusted_p(all.at("p_fisher"), adjustment);
    for (std::size_t i = 0; i < rows.size(); ++i)
      expect_near_relative(adjusted[i].value, number(rows[i], std::string("p_fisher_adj_") + name),
                           fisher_tolerance);
  }
}

TEST(Contrast, fifty_one_states_against_the_rest_equal_the_answers_of_r) {
  const Rows rows = oracle("state_vs_rest_51_tests.csv");
  ASSERT_EQ(rows.size(), 51U);
  Groups states;
  for (const auto& row : rows) states.emplace_back(std::stoll(row.at("churned")), std::stoll(row.at("n")));
  for (const auto& [adjustment, name] : {std::pair{Adjustment::holm, "holm"},
                                         {Adjustment::hochberg, "hochberg"},
                                         {Adjustment::benjamini_hochberg, "BH"},
                                         {Adjustment::benjamini_yekutieli, "BY"},
                                         {Adjustment::bonferroni, "bonferroni"}}) {
    const auto results = contrasts_with_rest(states, always_fisher(adjustment));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(results[i].test, ContrastTest::fisher);
      expect_near_relative(results[i].p.value().value, number(rows[i], "p_fisher_vs_rest"), fisher_tolerance);
      expect_near_relative(results[i].p_adjusted.value().value, number(rows[i], name), fisher_tolerance);
    }
  }
}
#endif

}  // namespace
}  // namespace churn

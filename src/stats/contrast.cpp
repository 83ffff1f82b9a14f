#include <churn/stats/contrast.hpp>

#include <string>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>
#include <churn/stats/contingency.hpp>

#include "stats/adjust_contrasts.hpp"

namespace churn::inline v0 {

namespace {

void require_rule(const ContrastRule& rule) {
  if (!(rule.enough_expected >= 0))
    throw Error(ErrorCode::bad_number, "An expected count that is enough for chi-square is 0 or more.");
}

long double falling(std::int64_t n, int factors) {
  long double product = 1;
  for (int i = 0; i < factors; ++i) product *= static_cast<long double>(n - i);
  return product;
}

/// Where few are expected, the statistic of many groups varies far more than chi-square does: one that leaves out of
/// ten is 10,000 to it. With the groups' sizes and the number counted as they are, its mean and variance are known
/// exactly (from the factorial moments of the hypergeometric distribution; Haldane 1940), so chi-square is taken with
/// these. Empty where there is no such variance.
std::optional<PValue> p_of_few_expected(std::span<const Proportion> groups, double statistic) {
  std::int64_t all = 0;
  std::int64_t counted = 0;
  long double k = 0;
  long double reciprocals = 0;
  for (const Proportion& group : groups) {
    if (group.denominator() == 0) continue;
    all += group.denominator();
    counted += group.numerator();
    ++k;
    reciprocals += 1 / static_cast<long double>(group.denominator());
  }
  if (all < 4) return std::nullopt;
  const auto n = static_cast<long double>(all);
  const auto chance = [&](int factors) { return falling(counted, factors) / falling(all, factors); };
  const long double q1 = chance(1);
  const long double q2 = chance(2);
  const long double q3 = chance(3);
  const long double q4 = chance(4);
  // Of the sum of squares over sizes.
  const long double others = n - k;
  const long double first = q2 * others + q1 * k;
  const long double second = q4 * (others * others - 4 * n + 10 * k - 6 * reciprocals) +
                             6 * q3 * (n - 3 * k + 2 * reciprocals) + 7 * q2 * (k - reciprocals) +
                             q1 * reciprocals + 2 * q3 * others * (k - 1) + q2 * k * (k - 1);
  const long double per_square =
      1 / (q1 * (1 - q1));  // the statistic is so many times the sum, less a constant
  const auto variance = static_cast<double>((second - first * first) * per_square * per_square);
  const auto mean = static_cast<double>((k - 1) * n / (n - 1));
  if (!(variance > 0)) return std::nullopt;
  return chi_square_p_value(statistic * 2 * mean / variance, 2 * mean * mean / variance);
}

/// One test of all groups, and with two of them the test of their contrast.
OverallContrast test_of(std::span<const Proportion> groups, const ContrastRule& rule) {
  OverallContrast result;
  std::vector<std::vector<std::int64_t>> counts;
  for (const Proportion& group : groups) {
    if (group.denominator() == 0) continue;
    ++result.groups;
    counts.push_back({group.numerator(), group.denominator() - group.numerator()});
  }
  const ContingencyTable table{std::move(counts)};
  const bool two = result.groups == 2;
  const auto chi_square = chi_square_test(table, two ? Continuity::yates : Continuity::plain);
  if (!chi_square) return result;
  result.smallest_expected = chi_square->smallest_expected;
  result.cramers_v = chi_square->cramers_v;
  if (chi_square->smallest_expected >= rule.enough_expected) {
    result.test = two ? ContrastTest::chi_square_yates : ContrastTest::chi_square;
    result.p = chi_square->p;
    return result;
  }
  result.p = fisher_test(table, rule.work);
  result.test = result.p ? ContrastTest::fisher : ContrastTest::rough_chi_square;
  if (!result.p && !two) result.p = p_of_few_expected(groups, chi_square->statistic);
  if (!result.p) result.p = chi_square->p;
  return result;
}

/// Without what depends on how many comparisons there are.
Contrast compare_two(const Proportion& one, const Proportion& other, const ContrastRule& rule) {
  const IntervalRule interval = rule.interval.value_or(IntervalRule{});
  Contrast result{one, other};
  result.interval = one.interval(interval);
  result.difference = newcombe_difference(one.numerator(), one.denominator(), other.numerator(),
                                          other.denominator(), interval.confidence);
  const std::vector<Proportion> both{one, other};
  const OverallContrast tested = test_of(both, rule);
  result.smallest_expected = tested.smallest_expected;
  result.test = tested.test;
  result.p = tested.p;
  return result;
}

}  // namespace

std::string_view contrast_test_name(ContrastTest test) noexcept {
  switch (test) {
    case ContrastTest::none: break;
    case ContrastTest::chi_square_yates: return "chi_square_yates";
    case ContrastTest::chi_square: return "chi_square";
    case ContrastTest::fisher: return "fisher";
    case ContrastTest::rough_chi_square: return "rough_chi_square";
  }
  return "";
}

Contrast contrast(const Proportion& one, const Proportion& other, const ContrastRule& rule) {
  require_rule(rule);
  std::vector<Contrast> only{compare_two(one, other, rule)};
  adjust_contrasts(only, rule, [](Contrast& item) -> Contrast& { return item; });
  return only.front();
}

std::vector<Contrast> contrasts_with_rest(std::span<const Proportion> groups, const ContrastRule& rule) {
  require_rule(rule);
  std::int64_t counted = 0;
  std::int64_t all = 0;
  for (const Proportion& group : groups) {
    counted = checked_add(counted, group.numerator());
    all = checked_add(all, group.denominator());
  }
  std::vector<Contrast> result;
  result.reserve(groups.size());
  for (const Proportion& group : groups)
    result.push_back(compare_two(group, {counted - group.numerator(), all - group.denominator()}, rule));
  adjust_contrasts(
      result, rule, [](Contrast& item) -> Contrast& { return item; }, is_mirror);
  return result;
}

std::vector<PairContrast> contrasts_of_pairs(std::span<const Proportion> groups, const ContrastRule& rule) {
  require_rule(rule);
  if (groups.size() > most_groups_in_pairs)
    throw Error(ErrorCode::out_of_range, "Pairs are made of at most " + std::to_string(most_groups_in_pairs) +
                                             " groups. Compare each with the rest, or keep fewer.");
  std::vector<PairContrast> result;
  for (std::size_t i = 0; i < groups.size(); ++i)
    for (std::size_t j = i + 1; j < groups.size(); ++j)
      result.push_back({i, j, compare_two(groups[i], groups[j], rule)});
  adjust_contrasts(result, rule, [](PairContrast& item) -> Contrast& { return item.contrast; });
  return result;
}

OverallContrast overall_contrast(std::span<const Proportion> groups, const ContrastRule& rule) {
  require_rule(rule);
  return test_of(groups, rule);
}

}  // namespace churn::inline v0

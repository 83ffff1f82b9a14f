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

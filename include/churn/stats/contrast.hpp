// Contrast: two groups' shares side by side, with how far they differ and how often chance alone would do that.
//
//   std::vector<Proportion> left{{122, 838}, {236, 1655}, {125, 840}};   // by area
//   overall_contrast(left).p->value;                  // 0.915: do they differ at all?
//   contrasts_with_rest(left)[0].difference;          // the first against the other two together
//   contrasts_of_pairs(left)[1].contrast.p_adjusted;  // the first against the third
//
//   difference   share of one less share of the other, with Newcombe's interval (stats/newcombe.hpp)
//   p            of equal shares (stats/contingency.hpp): where every expected count is `enough_expected` or more, by
//                chi-square with Yates' correction, which of three groups and more has none; else by Fisher's exact
//                test. `test` says which was taken. Where Fisher's would take more than `work` steps it is chi-square
//                after all, and `rough`; of three groups and more with the mean and the variance that the statistic
//                has where few are expected (J. B. S. Haldane, Biometrika 31 (1940) 346-355), as among thousands of
//                small segments it varies far more than chi-square does.
//   p_adjusted   for being one of many (stats/adjusted_p.hpp), over those of one call that have a p at all. Where two
//                groups are not empty, each is the other's rest: that is one comparison, and counts as one.
//   detectable   what difference would have been found, at the level divided by the number of those comparisons where
//                p is adjusted: what is said of a difference that was not found (stats/detectable_change.hpp)
//
// Where a group is empty there is no difference and no p; where nobody or everybody in both is counted there is a
// difference of 0, an interval of it, and no p: there was nothing that chance could have put elsewhere.
//
// Groups share no one and whoever is counted is so once, on its own account. Where that does not hold (a customer in
// two groups, several users of one account), p is too small and the interval too narrow. A difference is no cause.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <churn/core/proportion.hpp>
#include <churn/stats/adjusted_p.hpp>
#include <churn/stats/binomial_interval.hpp>
#include <churn/stats/detectable_change.hpp>
#include <churn/stats/newcombe.hpp>
#include <churn/stats/p_value.hpp>

namespace churn::inline v0 {

/// Which test a p is of.
enum class ContrastTest : std::uint8_t {
  none,              ///< nothing to test
  chi_square_yates,  ///< of two groups
  chi_square,        ///< of three and more
  fisher,            ///< exact, as expected counts are small
  rough_chi_square,  ///< though expected counts are small, because Fisher's would take too long
};

/// "" for none, `chi_square_yates`, `chi_square`, `fisher`, `rough_chi_square`.
[[nodiscard]] std::string_view contrast_test_name(ContrastTest test) noexcept;

/// How groups are compared.
struct ContrastRule {
  Adjustment adjustment{Adjustment::holm};  ///< of p, over the comparisons of one call
  /// Chi-square from this expected count on. 0: always; infinity: always Fisher's, if the work is not too much.
  double enough_expected{5};
  /// Steps of one exact test at most: a million take from half a second to a few.
  std::size_t work{1'000'000};
  /// Of each share; its confidence is also that of differences. Empty: Wilson's at 95 %, or what the conventions of a
  /// cube say.
  std::optional<IntervalRule> interval{};
  DetectionRule detection{};  ///< power and level of what is `detectable`
};

/// Two groups' shares, and whether they differ by more than chance.
struct Contrast {
  Proportion one;                                    ///< the share that is asked about
  Proportion other;                                  ///< what it is compared with
  std::optional<Interval> interval{};                ///< of the share of one
  std::optional<ProportionDifference> difference{};  ///< one less other; empty where either is of nobody
  std::optional<double> smallest_expected{};  ///< of the four counts; empty where there is nothing to test
  ContrastTest test{ContrastTest::none};      ///< that p is of
  std::optional<PValue> p{};                  ///< of equal shares; empty where there is nothing to test
  std::optional<PValue> p_adjusted{};         ///< of a single contrast: p
  /// How far from other's share one's would have to lie to be found; empty where either is of nobody.
  std::optional<DetectableChange> detectable{};
};

/// Throws Error(bad_number) for what adjustment, intervals and detection refuse, and for an `enough_expected` below 0;
/// so do the others.
[[nodiscard]] Contrast contrast(const Proportion& one, const Proportion& other,
                                const ContrastRule& rule = {});

/// Each group against all the others together, in the order given. Throws Error(overflow) where sums leave 64 bits.
/// O(groups) and the work of the tests.
[[nodiscard]] std::vector<Contrast> contrasts_with_rest(std::span<const Proportion> groups,
                                                        const ContrastRule& rule = {});

/// One group against a later one.
struct PairContrast {
  std::size_t one;    ///< places of the groups; one < other
  std::size_t other;  ///< place of the later group
  Contrast contrast;  ///< of the first against the second
};

/// More would be some 20,000 comparisons, of which nothing is left once they are adjusted.
inline constexpr std::size_t most_groups_in_pairs = 200;

/// Each group against each later one. Throws Error(out_of_range) for more than `most_groups_in_pairs` groups.
/// O(groups^2) and the work of the tests.
[[nodiscard]] std::vector<PairContrast> contrasts_of_pairs(std::span<const Proportion> groups,
                                                           const ContrastRule& rule = {});

/// Do the groups differ at all? One test of all of them.
struct OverallContrast {
  std::size_t groups{0};                      ///< that are not empty
  std::optional<double> smallest_expected{};  ///< of all counts; empty where there is nothing to test
  ContrastTest test{ContrastTest::none};      ///< that p is of
  std::optional<PValue> p{};                  ///< of equal shares in all groups; not adjusted
  std::optional<double> cramers_v{};          ///< 0 no difference, 1 complete
};

/// One test of all groups at once, as said above. Throws what `contrast` throws, and Error(overflow) where sums leave
/// 64 bits.
[[nodiscard]] OverallContrast overall_contrast(std::span<const Proportion> groups,
                                               const ContrastRule& rule = {});

}  // namespace churn::inline v0

// LogRank: do groups leave at different rates, over all tenures together, more than chance would part them?
//
//   GroupedRiskTables by_plan = grouped_risk_tables(table);      // of a LifeTable; each segment is a group
//   LogRank plans = log_rank(by_plan.tables[0]);
//   plans.test->p.value;                           // 0.0013: the plans are not left alike
//   plans.groups[0].events;                        // 112 left, and had the plans been alike,
//   plans.groups[0].expected;                      //  91.6 would have
//   log_rank_pairs(by_plan.tables[0]);             // which of them differ
//
// At each tenure t with departures, n at risk and d leaving in all groups, n_g and d_g in group g:
//   observed   sum of w d_g
//   expected   sum of w d n_g / n
//   variance   of their differences: sum of w^2 d (n - d) / (n - 1) x (n_g / n if g = h, less n_g n_h / n^2)
//   chi-square (observed - expected)' variance^- (observed - expected)
// The weight w says which tenures count most:
//   log_rank            1: best where one group leaves a constant factor faster
//   gehan               n, Gehan's and Breslow's generalised Wilcoxon test: early tenures, but censoring, too
//   tarone_ware         sqrt(n)
//   peto                product over u <= t of 1 - d / (n + 1): early tenures, whatever the censoring. This
//                       is the test of Peto and Peto as Prentice modified it, and as Stata's
//   fleming_harrington  S(t-)^rho (1 - S(t-))^gamma of the Kaplan-Meier curve of all groups: rho = 1,
//                       gamma = 0 is R's `survdiff(rho = 1)`; rho = 0, gamma = 1 counts late tenures
// Choose before looking. Hazards that cross may cancel out in any of them: look at the curves, too.
//
// In strata, groups are compared within each stratum (among those who came in the same year, say), with
// weights of the stratum's own, and the sums of all strata make one test.
//
// Groups that were never at risk together with another when some left and some stayed say nothing, and drop
// out of the degrees of freedom: these are the groups compared less the number of sets of groups that are
// in no way connected, one in the usual case. The test is undefined where nothing is left. The variance is
// never inverted: taking one group after the other out of the sums needs no subtraction, so nothing
// cancels.
//
// With late entry (left truncation) at risk is who has entered, and all formulas stay the same, as in
// Andersen, Borgan, Gill, Keiding (1993); R's `survdiff` takes no entries. While few are at risk the curve
// may fall to 0; from there on a weight by rho > 0 counts nobody: take log_rank then.
//
// Source: Mantel (1966), Cancer Chemother. Rep. 50; Peto, Peto (1972), J. R. Stat. Soc. A 135; Gehan (1965)
// and Breslow (1970), Biometrika 52 and 57; Tarone, Ware (1977), Biometrika 64; Prentice (1978), Biometrika
// 65; Harrington, Fleming (1982), Biometrika 69. Equals R's `survdiff`. O(rows + times x groups + times
// with departures x groups^2 + groups^3), whatever the number of customers.
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <churn/core/table.hpp>
#include <churn/stats/adjusted_p.hpp>
#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>
#include <churn/survival/grouped_risk_tables.hpp>
#include <churn/survival/risk_table.hpp>

namespace churn::inline v0 {

/// Which tenures count most, by the formulas above.
enum class LogRankWeights : std::uint8_t {
  log_rank,           ///< all alike
  gehan,              ///< early ones, by the number at risk
  tarone_ware,        ///< early ones, by the root of that
  peto,               ///< early ones, whatever the censoring
  fleming_harrington  ///< by rho and gamma
};

/// Which test it is.
struct LogRankOptions {
  LogRankWeights weights{LogRankWeights::log_rank};  ///< which tenures count most
  double rho{0};                                     ///< of fleming_harrington
  double gamma{0};                                   ///< of fleming_harrington
};

/// What one group did, and what it would have done, had all been alike.
struct LogRankGroup {
  std::int64_t spells{0};  ///< at risk for some time, in all strata
  std::int64_t events{0};  ///< departures, without weights
  double observed{0};      ///< events, each with its weight
  double expected{0};      ///< the same, were the groups alike
  double excess{0};        ///< observed - expected; above 0 more left, or earlier ones
  bool compared{false};    ///< was at risk together with another group when some left and some stayed
};

/// Why there is no test: nobody left, or no two groups were ever at risk together when some left and some
/// stayed (at a tenure that weighs anything).
enum class LogRankTrouble : std::uint8_t {
  none,           ///< there is a test
  no_events,      ///< nobody left
  never_together  ///< no two groups were at risk together when some left and some stayed
};

/// Whether groups leave alike.
struct LogRankTest {
  double chi_square;                ///< of the excesses, by their variance
  std::int64_t degrees_of_freedom;  ///< groups compared less the sets of them that are in no way connected
  PValue p;                         ///< upper tail
};

/// Groups side by side, and the test of whether they leave alike.
struct LogRank {
  std::vector<LogRankGroup> groups{};            ///< in the order given
  Eigen::MatrixXd variance{};                    ///< of the excesses
  LogRankTrouble trouble{LogRankTrouble::none};  ///< why there is no test
  std::optional<LogRankTest> test{};             ///< of all groups at once; empty where `trouble` says why
  LogRankOptions options{};                      ///< as they were given
};

/// A sentence on why there is no test; empty if there is.
[[nodiscard]] std::string reason(const LogRank& result);

/// Of groups that have nobody in common. Throws Error(bad_number) for a rho or gamma that is negative or not
/// finite, and for a table whose rows are out of order or don't add up, and Error(overflow) for counts beyond
/// 64 bits.
[[nodiscard]] LogRank log_rank(std::span<const RiskTable> groups, const LogRankOptions& options = {});

/// `strata[s][g]` is group g in stratum s; an empty table where a stratum has nobody of it. Throws
/// Error(out_of_range) unless every stratum has as many groups, and what log_rank does.
[[nodiscard]] LogRank log_rank_stratified(std::span<const std::vector<RiskTable>> strata,
                                          const LogRankOptions& options = {});

/// How many times as often the first of two groups leaves as the second.
struct HazardRatio {
  double value;       ///< above 1: the first leaves faster
  Interval interval;  ///< at the confidence that was asked for
};

/// Peto's one-step estimate exp(excess / variance) of a result of two groups, also of strata. It is
/// approximate: good near 1, and too near to 1 where hazards differ threefold or more, or groups in size;
/// cox.hpp has the estimate itself. Empty where there is no test, with other weights than log_rank, and
/// beyond the range of doubles. Throws Error(out_of_range) unless there are two groups, Error(bad_number)
/// unless 0 < confidence < 1.
[[nodiscard]] std::optional<HazardRatio> peto_hazard_ratio(const LogRank& result, double confidence = 0.95);

/// Whether leaving goes with the groups' scores.
struct LogRankTrend {
  double z;  ///< above 0: groups with higher scores leave faster
  PValue p;  ///< two-sided
};

/// Of groups in an order (seats, price): does leaving go with their scores? One degree of freedom, so it
/// finds a trend where the test of any difference does not. z = sum of score x excess / sqrt(score'
/// variance score), Tarone (1975), Biometrika 62. Empty where there is no test, or where no two groups that
/// were compared differ in their score. Throws Error(out_of_range) unless there is a score a group,
/// Error(bad_number) for one that is not finite.
[[nodiscard]] std::optional<LogRankTrend> log_rank_trend(const LogRank& result,
                                                         std::span<const double> scores);

/// Two of the groups, on their own.
struct LogRankPair {
  std::size_t first;                             ///< place of one group
  std::size_t second;                            ///< place of a later one
  LogRankTrouble trouble{LogRankTrouble::none};  ///< why there is no test
  std::optional<LogRankTest> test{};             ///< of these two alone
  std::optional<PValue> adjusted_p{};            ///< p of `test`, adjusted over the pairs that have one
  std::optional<HazardRatio> hazard_ratio{};     ///< of the first to the second; see peto_hazard_ratio
};

/// Each two groups on their own, (0, 1), (0, 2), …, (1, 2), …; p is adjusted for being as many as have a
/// test. Throws what log_rank does, and Error(bad_number) unless 0 < confidence < 1. O(groups x rows).
[[nodiscard]] std::vector<LogRankPair> log_rank_pairs(std::span<const RiskTable> groups,
                                                      const LogRankOptions& options = {},
                                                      Adjustment adjustment = Adjustment::holm,
                                                      double confidence = 0.95);

/// Whether groups differ (p below 0.05), in a sentence.
[[nodiscard]] std::string log_rank_sentence(const LogRank& result);

/// Columns: group, spells, events, observed, expected; a row a group, numbered from 0.
[[nodiscard]] Table log_rank_table(const LogRank& result);
/// Columns: first, second, chi_square, p, adjusted_p, hazard_ratio, ci_low, ci_high.
[[nodiscard]] Table log_rank_pairs_table(const std::vector<LogRankPair>& pairs);

}  // namespace churn::inline v0

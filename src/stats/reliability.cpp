#include <churn/stats/reliability.hpp>

#include <algorithm>
#include <cmath>

#include <churn/stats/wilson.hpp>

#include "stats/compensated_sum.hpp"
#include "stats/normal_quantile.hpp"
#include "stats/ranked.hpp"

namespace churn::inline v0 {

namespace {

/// Of n rows in order: floor(bins x i / n), without a product that may be too large.
std::size_t first_of(std::size_t bin, std::size_t bins, std::size_t n) {
  // The least i with bins x i >= bin x n.
  return bin * (n / bins) + (bin * (n % bins) + bins - 1) / bins;
}

std::size_t width_bin(double p, std::size_t bins) {
  const double bin = std::floor(static_cast<double>(bins) * p);
  return bin >= static_cast<double>(bins) ? bins - 1 : static_cast<std::size_t>(bin);
}

/// Rows of one bin, in order of p: sums do not depend on how they came.
ReliabilityBin bin_of(std::span<const RankedRow> rows, std::span<const std::uint8_t> outcome,
                      double confidence) {
  ReliabilityBin bin;
  if (rows.empty()) return bin;
  CompensatedSum sum;
  for (const RankedRow& row : rows) {
    sum.add(row.score);
    bin.yes += outcome[row.row] != 0 ? 1 : 0;
  }
  bin.rows = static_cast<std::int64_t>(rows.size());
  bin.mean_p = sum.value() / static_cast<double>(rows.size());
  bin.share = static_cast<double>(bin.yes) / static_cast<double>(rows.size());
  bin.interval = wilson_interval(bin.yes, bin.rows, confidence);
  return bin;
}

void measure_errors(ReliabilityTable& table, std::size_t n) {
  if (n == 0) return;
  CompensatedSum sum;
  double largest = 0;
  for (const ReliabilityBin& bin : table.bins) {
    if (bin.rows == 0) continue;
    const double miss = std::abs(*bin.mean_p - *bin.share);
    sum.add(static_cast<double>(bin.rows) * miss);
    largest = std::max(largest, miss);
  }
  table.expected_calibration_error = sum.value() / static_cast<double>(n);
  table.largest_calibration_error = largest;
}

/// Where groups of Hosmer and Lemeshow end in the order of p. A quantile lies on a p of the rows, or strictly between
/// two of them, and which of both is told by whole numbers: so no rounding decides in which group a row is.
std::vector<std::size_t> group_ends(const std::vector<RankedRow>& order, std::size_t groups) {
  std::vector<std::size_t> ends;
  const std::size_t n = order.size();
  if (n == 0) return ends;
  double last_p = order.front().score;  // at, or next below, the quantile before
  for (std::size_t group = 1; group <= groups; ++group) {
    const std::size_t rest = group * ((n - 1) % groups);
    const std::size_t at = group * ((n - 1) / groups) + rest / groups;
    const double p = order[at].score;
    const bool is_p = rest % groups == 0 || p == order[at + 1].score;
    if (is_p && p == last_p) continue;  // the same quantile once more
    last_p = p;
    const auto after = std::upper_bound(order.begin(), order.end(), p,
                                        [](double value, const RankedRow& row) { return value < row.score; });
    const auto end = static_cast<std::size_t>(after - order.begin());
    if (ends.empty() || end > ends.back()) ends.push_back(end);
  }
  if (ends.empty()) ends.push_back(n);  // all p are equal
  return ends;
}

}  // namespace

ReliabilityTable reliability(std::span<const double> p, std::span<const std::uint8_t> outcome, Bins kind,
                             std::size_t bins, double confidence) {
  require_probabilities(p, outcome);
  if (bins == 0) throw Error(ErrorCode::out_of_range, "A reliability table has at least one bin.");
  (void)two_sided_quantile(confidence);  // refused also where no row asks for it
  const std::vector<RankedRow> order = ranked(p);
  const std::span<const RankedRow> rows{order};
  ReliabilityTable table{kind};
  std::size_t first = 0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    std::size_t last = first;
    if (kind == Bins::equal_count)
      last = first_of(bin + 1, bins, order.size());
    else
      while (last < order.size() && width_bin(order[last].score, bins) == bin) ++last;
    table.bins.push_back(bin_of(rows.subspan(first, last - first), outcome, confidence));
    first = last;
  }
  measure_errors(table, order.size());
  return table;
}

HosmerLemeshow hosmer_lemeshow(std::span<const double> p, std::span<const std::uint8_t> outcome,
                               std::size_t groups, std::size_t spent) {
  require_probabilities(p, outcome);
  if (groups == 0) throw Error(ErrorCode::out_of_range, "A test needs at least one group.");
  const std::vector<RankedRow> order = ranked(p);
  HosmerLemeshow result;
  std::size_t row = 0;
  double chi_square = 0;
  bool expects_some = true;
  for (const std::size_t end : group_ends(order, groups)) {
    const auto n = static_cast<double>(end - row);
    CompensatedSum sum;
    std::int64_t yes = 0;
    result.rows.push_back(static_cast<std::int64_t>(end - row));
    for (; row < end; ++row) {
      sum.add(order[row].score);
      yes += outcome[order[row].row] != 0 ? 1 : 0;
    }
    const double expected = sum.value();
    const double variance = expected * (1 - expected / n);
    const double miss = static_cast<double>(yes) - expected;
    result.observed.push_back(yes);
    result.expected.push_back(expected);
    expects_some = expects_some && variance > 0;
    if (variance > 0) chi_square += miss * miss / variance;
  }
  if (result.rows.size() <= spent) return result;
  result.degrees_of_freedom = static_cast<double>(result.rows.size() - spent);
  if (!expects_some || !std::isfinite(chi_square)) return result;
  result.chi_square = chi_square;
  result.p = chi_square_p_value(chi_square, result.degrees_of_freedom);
  return result;
}

}  // namespace churn::inline v0

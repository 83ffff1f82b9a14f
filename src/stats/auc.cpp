#include <churn/stats/auc.hpp>

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstddef>
#include <limits>
#include <vector>

#include "stats/normal_quantile.hpp"
#include "stats/ranked.hpp"

namespace churn::inline v0 {

namespace {

/// Rows of equal score, with twice the rows of the other outcome that a yes and a no of them are on the right side of,
/// equals counted once: whole numbers, so that no sum of them depends on its order.
struct Placed {
  std::int64_t yes;
  std::int64_t no;
  std::int64_t of_yes;
  std::int64_t of_no;
};

struct Counts {
  std::int64_t yes{0};
  std::int64_t no{0};
};

Counts counts_of(std::span<const std::uint8_t> outcome) {
  const auto yes = std::count_if(outcome.begin(), outcome.end(), [](std::uint8_t o) { return o != 0; });
  return {yes, static_cast<std::int64_t>(outcome.size()) - yes};
}

std::vector<Placed> placed(const std::vector<Tie>& ties, const Counts& all) {
  std::vector<Placed> result;
  result.reserve(ties.size());
  Counts below;
  for (const Tie& tie : ties) {
    const std::int64_t no = tie.rows - tie.yes;
    result.push_back({tie.yes, no, 2 * below.no + no, 2 * (all.yes - below.yes) - tie.yes});
    below.yes += tie.yes;
    below.no += no;
  }
  return result;
}

/// Twice the pairs fit 64 bits up to 4 billion rows.
std::optional<double> value_of(const std::vector<Placed>& ties, const Counts& all) {
  if (all.yes == 0 || all.no == 0) return std::nullopt;
  std::uint64_t twice = 0;
  for (const Placed& tie : ties)
    twice += static_cast<std::uint64_t>(tie.yes) * static_cast<std::uint64_t>(tie.of_yes);
  return static_cast<double>(twice) / 2 / (static_cast<double>(all.yes) * static_cast<double>(all.no));
}

/// Of v among rows of one outcome, the mean's.
double delong_part(const std::vector<Placed>& ties, double value, double rows, double others, bool of_yes) {
  double squares = 0;
  for (const Placed& tie : ties) {
    const double v = static_cast<double>(of_yes ? tie.of_yes : tie.of_no) / (2 * others);
    squares += static_cast<double>(of_yes ? tie.yes : tie.no) * (v - value) * (v - value);
  }
  return squares / (rows - 1) / rows;
}

std::optional<double> delong_variance(const std::vector<Placed>& ties, const Counts& all, double value) {
  if (all.yes < 2 || all.no < 2) return std::nullopt;
  const auto yes = static_cast<double>(all.yes);
  const auto no = static_cast<double>(all.no);
  return delong_part(ties, value, yes, no, true) + delong_part(ties, value, no, yes, false);
}

struct Cluster {
  std::int64_t yes{0};
  std::int64_t no{0};
  std::int64_t of_yes{0};
  std::int64_t of_no{0};
  friend auto operator<=>(const Cluster&, const Cluster&) = default;
};

/// In an order that knows neither rows nor the numbers of clusters.
std::vector<Cluster> clusters_of(const std::vector<RankedRow>& order, const std::vector<Tie>& ties,
                                 const std::vector<Placed>& places, std::span<const std::uint8_t> outcome,
                                 std::span<const std::uint32_t> cluster) {
  struct Member {
    std::uint32_t cluster;
    bool yes;
    std::int64_t of_row;
  };
  std::vector<Member> members;
  members.reserve(order.size());
  for (std::size_t t = 0; t < ties.size(); ++t)
    for (std::size_t i = ties[t].first; i < ties[t].first + static_cast<std::size_t>(ties[t].rows); ++i) {
      const bool yes = outcome[order[i].row] != 0;
      members.push_back({cluster[order[i].row], yes, yes ? places[t].of_yes : places[t].of_no});
    }
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.cluster < b.cluster; });
  std::vector<Cluster> clusters;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i == 0 || members[i].cluster != members[i - 1].cluster) clusters.emplace_back();
    Cluster& sums = clusters.back();
    (members[i].yes ? sums.yes : sums.no) += 1;
    (members[i].yes ? sums.of_yes : sums.of_no) += members[i].of_row;
  }
  std::sort(clusters.begin(), clusters.end());
  return clusters;
}

double small_sample(double clusters) { return clusters / (clusters - 1); }

/// Clusters that hold a yes, and that hold a no.
Counts holders(const std::vector<Cluster>& clusters) {
  const auto with = [&](std::int64_t Cluster::*outcome) {
    return std::count_if(clusters.begin(), clusters.end(), [&](const Cluster& c) { return c.*outcome > 0; });
  };
  return {with(&Cluster::yes), with(&Cluster::no)};
}

std::optional<double> obuchowski_variance(const std::vector<Cluster>& clusters, const Counts& all,
                                          double value) {
  const auto yes = static_cast<double>(all.yes);
  const auto no = static_cast<double>(all.no);
  const Counts holding = holders(clusters);
  const auto with_yes = static_cast<double>(holding.yes);
  const auto with_no = static_cast<double>(holding.no);
  double of_yes = 0;
  double of_no = 0;
  double of_both = 0;
  for (const Cluster& cluster : clusters) {
    const double a =
        static_cast<double>(cluster.of_yes) / (2 * no) - static_cast<double>(cluster.yes) * value;
    const double b = static_cast<double>(cluster.of_no) / (2 * yes) - static_cast<double>(cluster.no) * value;
    of_yes += a / yes * (a / yes);
    of_no += b / no * (b / no);
    of_both += a / yes * (b / no);
  }
  if (with_yes < 2 || with_no < 2) return std::nullopt;
  const double apart = small_sample(with_yes) * of_yes + small_sample(with_no) * of_no;
  const double variance = apart + 2 * small_sample(static_cast<double>(clusters.size())) * of_both;
  // It is a sum of squares and never below 0. What two sums leave that make up for each other is rounding.
  constexpr double rounding = 64 * std::numeric_limits<double>::epsilon();
  return variance <= rounding * apart ? 0 : variance;
}

/// Mann and Whitney's variance of the value if it is 0.5.
double null_variance(const std::vector<Tie>& ties, const Counts& all) {
  const double n = static_cast<double>(all.yes) + static_cast<double>(all.no);
  double taken = 0;
  for (const Tie& tie : ties) {
    const auto alike = static_cast<double>(tie.rows);
    taken += (alike * alike - 1) / (n - 1) * (alike / n);
  }
  return (n + 1 - taken) / (12 * static_cast<double>(all.yes) * static_cast<double>(all.no));
}

/// Whether chance alone would do it: auc.hpp says how. `apart` is the variance without clusters.
std::optional<PValue> test_of(double value, const std::vector<Tie>& ties, const Counts& all, double apart,
                              double variance, const Counts& holding) {
  const double distance = value - 0.5;
  if (apart == 0 && distance != 0) return normal_p_value(distance / std::sqrt(null_variance({}, holding)));
  if (variance == 0) return std::nullopt;
  return normal_p_value(distance / std::sqrt(null_variance(ties, all) * (variance / apart)));
}

}  // namespace

Auc auc(std::span<const double> score, std::span<const std::uint8_t> outcome,
        std::span<const std::uint32_t> cluster, double confidence) {
  require_scores(score, outcome);
  if (!cluster.empty())
    require_lengths(cluster.size(), score.size(), "Each row needs a cluster, or none does.");
  const double z = two_sided_quantile(confidence);
  const Counts all = counts_of(outcome);
  Auc result{all.yes, all.no};
  if (all.yes == 0 || all.no == 0) return result;

  const std::vector<RankedRow> order = ranked(score);
  const std::vector<Tie> ties = ties_of(order, outcome);
  const std::vector<Placed> places = placed(ties, all);
  const double value = *value_of(places, all);
  result.value = value;
  const std::optional<double> apart = delong_variance(places, all, value);
  std::optional<double> variance = apart;
  Counts holding = all;
  if (!cluster.empty()) {
    const std::vector<Cluster> clusters = clusters_of(order, ties, places, outcome, cluster);
    variance = obuchowski_variance(clusters, all, value);
    holding = holders(clusters);
  }
  if (!variance || !apart) return result;
  const double error = std::sqrt(*variance);
  result.std_error = error;
  result.p = test_of(value, ties, all, *apart, *variance, holding);
  if (error == 0) return result;
  result.interval = Interval{std::max(0.0, value - z * error), std::min(1.0, value + z * error)};
  return result;
}

std::optional<double> auc_value(std::span<const double> score, std::span<const std::uint8_t> outcome) {
  require_scores(score, outcome);
  const Counts all = counts_of(outcome);
  return value_of(placed(ties_of(ranked(score), outcome), all), all);
}

}  // namespace churn::inline v0

#include "risk/measured_quality.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>

#include <churn/stats/average_precision.hpp>
#include <churn/stats/jackknife.hpp>

#include "core/shares.hpp"

namespace churn::inline v0 {

namespace {

/// Measures whose intervals are by the jackknife.
enum Measure : std::size_t {
  brier,
  brier_skill,
  ece,
  lift_top_decile,
  log_loss,
  mean_precision,
  precision_top_decile,
  measures
};
constexpr std::array<Scale, measures> scales{Scale::logit, Scale::plain, Scale::logit, Scale::log,
                                             Scale::log,   Scale::logit, Scale::logit};
using Measures = std::array<std::optional<double>, measures>;

Measures measures_of(std::span<const double> risk, std::span<const std::uint8_t> departed) {
  Measures all;
  const ProbabilityScore score = probability_score(risk, departed);
  all[brier] = score.brier;
  all[brier_skill] = score.brier_skill;
  all[log_loss] = score.log_loss;
  all[ece] = reliability(risk, departed).expected_calibration_error;
  all[mean_precision] = average_precision(risk, departed);
  const LiftRow top = precision_at(risk, departed, risk.size() / 10);
  all[lift_top_decile] = top.lift;
  all[precision_top_decile] = top.precision;
  return all;
}

/// Rows in the order of their risk. What is left of them without a group is in order, too, and quick to sort.
struct Sorted {
  std::vector<double> risk{};
  std::vector<std::uint8_t> departed{};
  std::vector<std::uint32_t> group{};
};

Sorted sorted_by(std::span<const double> risk, const TestedRows& rows) {
  std::vector<std::size_t> order(risk.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return risk[a] < risk[b]; });
  Sorted sorted;
  for (const std::size_t row : order) {
    sorted.risk.push_back(risk[row]);
    sorted.departed.push_back(rows.departed[row]);
    sorted.group.push_back(rows.group[row]);
  }
  return sorted;
}

Measures measures_without(std::uint32_t group, const Sorted& sorted) {
  Sorted kept;
  kept.risk.reserve(sorted.risk.size());
  kept.departed.reserve(sorted.risk.size());
  for (std::size_t i = 0; i < sorted.risk.size(); ++i) {
    if (sorted.group[i] == group) continue;
    kept.risk.push_back(sorted.risk[i]);
    kept.departed.push_back(sorted.departed[i]);
  }
  return measures_of(kept.risk, kept.departed);
}

MeasuredQuality by_jackknife(std::string name, std::optional<double> value,
                             std::span<const std::optional<double>> replicates, Scale scale,
                             double confidence) {
  return {std::move(name), value, jackknife(value, replicates, scale, confidence).interval};
}

/// Of a function of two sums over rows.
template <class Part, class Ratio>
MeasuredQuality of_sums(std::string name, const TestedRows& rows, double confidence, Part&& part,
                        Ratio&& ratio) {
  struct Sums {
    double one{0};
    double other{0};
  };
  std::vector<Sums> of_group(rows.groups);
  Sums all;
  for (std::size_t row = 0; row < rows.departed.size(); ++row) {
    const auto [one, other] = part(row);
    of_group[rows.group[row]].one += one;
    of_group[rows.group[row]].other += other;
    all.one += one;
    all.other += other;
  }
  std::vector<std::optional<double>> replicates;
  replicates.reserve(of_group.size());
  for (const Sums& group : of_group)
    replicates.push_back(ratio(all.one - group.one, all.other - group.other));
  return by_jackknife(std::move(name), ratio(all.one, all.other), replicates, Scale::plain, confidence);
}

double loss_of(double p, std::uint8_t departed) {
  constexpr double least = 1e-15;  // as probability_score has it
  const double kept = std::clamp(p, least, 1 - least);
  return departed != 0 ? -std::log(kept) : -std::log1p(-kept);
}

}  // namespace

std::vector<MeasuredQuality> measured_quality(std::span<const double> risk, const TestedRows& rows,
                                              double confidence, unsigned threads) {
  const Sorted sorted = sorted_by(risk, rows);
  const Measures values = measures_of(sorted.risk, sorted.departed);
  std::vector<Measures> without(rows.groups);
  do_shares(without.size(), threads, [&] {
    return [&](std::size_t group) {
      without[group] = measures_without(static_cast<std::uint32_t>(group), sorted);
    };
  });
  const auto jackknifed = [&](std::string name, Measure measure) {
    std::vector<std::optional<double>> replicates;
    replicates.reserve(without.size());
    for (const Measures& replicate : without) replicates.push_back(replicate[measure]);
    return by_jackknife(std::move(name), values[measure], replicates, scales[measure], confidence);
  };
  const Auc area = auc(risk, rows.departed, rows.customer, confidence);
  const CalibrationLine line = calibration_line(risk, rows.departed, rows.customer, confidence);
  return {{"auc", area.value, area.interval},
          jackknifed("brier", brier),
          jackknifed("brier_skill", brier_skill),
          jackknifed("ece", ece),
          jackknifed("lift_top_decile", lift_top_decile),
          {"calibration_slope", line.slope, line.slope_interval},
          {"calibration_intercept", line.intercept, line.intercept_interval},
          jackknifed("log_loss", log_loss),
          jackknifed("average_precision", mean_precision),
          {"calibration_in_the_large", line.in_the_large, line.in_the_large_interval},
          jackknifed("precision_top_decile", precision_top_decile)};
}

MeasuredQuality skill_over(std::span<const double> risk, std::span<const double> base, const TestedRows& rows,
                           double confidence) {
  return of_sums(
      "gain_over_base_rate", rows, confidence,
      [&](std::size_t row) {
        const double y = rows.departed[row];
        return std::pair{(risk[row] - y) * (risk[row] - y), (base[row] - y) * (base[row] - y)};
      },
      [](double model, double without) {
        return without > 0 ? std::optional{1 - model / without} : std::nullopt;
      });
}

MeasuredQuality log_loss_gain(std::span<const double> risk, std::span<const double> other,
                              const TestedRows& rows, double confidence) {
  return of_sums(
      "gain_over_single", rows, confidence,
      [&](std::size_t row) {
        return std::pair{loss_of(other[row], rows.departed[row]) - loss_of(risk[row], rows.departed[row]),
                         1.0};
      },
      [](double gained, double count) { return count > 0 ? std::optional{gained / count} : std::nullopt; });
}

}  // namespace churn::inline v0

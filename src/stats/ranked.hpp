// Rows in order of a score, and those of equal score together. Private to the library's sources.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

inline void require_lengths(std::size_t a, std::size_t b, const char* sentence) {
  if (a != b) throw Error(ErrorCode::out_of_range, sentence);
}

/// Throws Error(out_of_range) where lengths differ and Error(bad_number) for a score that is not finite.
inline void require_scores(std::span<const double> score, std::span<const std::uint8_t> outcome) {
  require_lengths(score.size(), outcome.size(), "Each row needs a score and an outcome.");
  if (!std::all_of(score.begin(), score.end(), [](double s) { return std::isfinite(s); }))
    throw Error(ErrorCode::bad_number, "A score is no finite number.");
}

/// Throws Error(out_of_range) where lengths differ and Error(bad_number) for a p outside of [0, 1].
inline void require_probabilities(std::span<const double> p, std::span<const std::uint8_t> outcome) {
  require_lengths(p.size(), outcome.size(), "Each row needs a p and an outcome.");
  if (!std::all_of(p.begin(), p.end(), [](double chance) { return chance >= 0 && chance <= 1; }))
    throw Error(ErrorCode::bad_number, "A probability is between 0 and 1.");
}

struct RankedRow {
  double score;
  std::size_t row;
};

/// From the lowest score on; rows of equal score as they came. The score lies beside the row, so that sorting jumps
/// to no other place.
inline std::vector<RankedRow> ranked(std::span<const double> score) {
  std::vector<RankedRow> rows;
  rows.reserve(score.size());
  for (std::size_t i = 0; i < score.size(); ++i) rows.push_back({score[i], i});
  std::sort(rows.begin(), rows.end(), [](const RankedRow& a, const RankedRow& b) {
    return a.score != b.score ? a.score < b.score : a.row < b.row;
  });
  return rows;
}

/// Rows of equal score.
struct Tie {
  double score;
  std::size_t first;  ///< place in the order
  std::int64_t rows;
  std::int64_t yes;
};

/// From the lowest score on. What is counted by ties does not depend on the order in which rows came.
inline std::vector<Tie> ties_of(const std::vector<RankedRow>& order, std::span<const std::uint8_t> outcome) {
  std::vector<Tie> ties;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || order[i].score != order[i - 1].score) ties.push_back({order[i].score, i, 0, 0});
    ++ties.back().rows;
    ties.back().yes += outcome[order[i].row] != 0 ? 1 : 0;
  }
  return ties;
}

}  // namespace churn::inline v0

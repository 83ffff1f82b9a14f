#include <churn/survival/concordance.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include <churn/core/error.hpp>

#include "survival/risk_sets.hpp"

namespace churn::inline v0 {

namespace {

/// Weights by rank, with the sums below and above a rank in logarithmic time. Sums are of two sums, in a tree,
/// and never had by subtraction: what is gone leaves nothing behind, and what is not there weighs exactly 0.
class Ranks {
 public:
  explicit Ranks(std::size_t count) : sums_(2 * std::bit_ceil(count + 1), 0), held_(count, 0) {}
  void add(std::size_t rank, double weight) { change(rank, weight, held_[rank] + 1); }
  void remove(std::size_t rank, double weight) { change(rank, -weight, held_[rank] - 1); }
  struct Around {
    double below, same, above;
  };
  [[nodiscard]] Around around(std::size_t rank) const {
    std::size_t node = sums_.size() / 2 + rank;
    Around sums{0, sums_[node], 0};
    for (; node > 1; node /= 2) {
      if (node % 2 == 1)
        sums.below += sums_[node - 1];
      else
        sums.above += sums_[node + 1];
    }
    return sums;
  }

 private:
  void change(std::size_t rank, double weight, std::uint32_t held) {
    held_[rank] = held;
    std::size_t node = sums_.size() / 2 + rank;
    double sum = held == 0 ? 0 : std::max(0.0, sums_[node] + weight);
    sums_[node] = sum;
    while (node > 1) {
      sum += sums_[node ^ 1];
      node /= 2;
      sums_[node] = sum;
    }
  }

  std::vector<double> sums_;  // 1 is of all, 2 n and 2 n + 1 are the halves of n, and the last half are ranks
  std::vector<std::uint32_t> held_;
};

/// Of one stratum.
class Pairs {
 public:
  Pairs(const SpellColumns& columns, std::span<const double> score, std::vector<std::uint32_t> rows)
      : columns_(columns), rows_(std::move(rows)), rank_(rows_.size()) {
    std::vector<std::uint32_t> order(rows_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return score[rows_[a]] < score[rows_[b]]; });
    std::uint32_t rank = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i > 0 && score[rows_[order[i]]] != score[rows_[order[i - 1]]]) ++rank;
      rank_[order[i]] = rank;
    }
    ranks_ = order.empty() ? 0 : rank + std::size_t{1};
  }

  /// Backwards in time: who has a later exit is at risk, until its entry.
  void count(Concordance& sums, std::vector<Ranks::Around>& of_row) {
    std::vector<std::uint32_t> exits(rows_.size());
    std::iota(exits.begin(), exits.end(), 0U);
    std::vector<std::uint32_t> entries = exits;
    std::sort(exits.begin(), exits.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(exit(b), event(a)) < std::pair(exit(a), event(b));  // who is censored first
    });
    std::sort(entries.begin(), entries.end(),
              [&](std::uint32_t a, std::uint32_t b) { return entry(a) > entry(b); });
    Ranks at_risk{ranks_};
    Ranks left{ranks_};
    std::vector<Ranks::Around> at_exit(rows_.size());
    std::size_t next_entry = 0;
    const auto remove_until = [&](std::int32_t time) {  // who was not at risk before it had entered
      for (; next_entry < entries.size() && entry(entries[next_entry]) >= time; ++next_entry) {
        const std::uint32_t i = entries[next_entry];
        at_risk.remove(rank_[i], weight(i));
        note_end(i, left.around(rank_[i]), at_exit[i], of_row);
      }
    };
    for (std::size_t i = 0; i < exits.size();) {
      const std::int32_t time = exit(exits[i]);
      remove_until(time);
      for (; i < exits.size() && exit(exits[i]) == time && event(exits[i]) == 0; ++i) {
        at_risk.add(rank_[exits[i]], weight(exits[i]));
        at_exit[exits[i]] = left.around(rank_[exits[i]]);
      }
      const std::size_t begin = i;
      for (; i < exits.size() && exit(exits[i]) == time; ++i) {
        const Ranks::Around others = at_risk.around(rank_[exits[i]]);
        const double own = weight(exits[i]);
        sums.concordant += own * others.below;
        sums.tied_score += own * others.same;
        sums.discordant += own * others.above;
        Ranks::Around& row = of_row[rows_[exits[i]]];
        row.below += others.below;
        row.same += others.same;
        row.above += others.above;
      }
      count_tied(std::span{exits}.subspan(begin, i - begin), sums);
      for (std::size_t k = begin; k < i; ++k) left.add(rank_[exits[k]], weight(exits[k]));
      for (std::size_t k = begin; k < i; ++k) {
        at_exit[exits[k]] = left.around(rank_[exits[k]]);
        at_risk.add(rank_[exits[k]], weight(exits[k]));
      }
    }
    remove_until(-1);
  }

 private:
  [[nodiscard]] std::int32_t exit(std::uint32_t i) const { return columns_.exit[rows_[i]]; }
  [[nodiscard]] std::int32_t entry(std::uint32_t i) const { return enters_after(columns_, rows_[i]); }
  [[nodiscard]] int event(std::uint32_t i) const { return columns_.event[rows_[i]] != 0 ? 1 : 0; }
  [[nodiscard]] double weight(std::uint32_t i) const {
    return columns_.weight.empty() ? 1 : columns_.weight[rows_[i]];
  }

  /// Of those who left while i was at risk: a lower score than that of i is discordant for i.
  void note_end(std::uint32_t i, const Ranks::Around& now, const Ranks::Around& then,
                std::vector<Ranks::Around>& of_row) const {
    Ranks::Around& row = of_row[rows_[i]];
    row.below += now.above - then.above;
    row.same += now.same - then.same;
    row.above += now.below - then.below;
  }

  /// Pairs of those who left on the same day, by whether their scores are equal.
  void count_tied(std::span<std::uint32_t> together, Concordance& sums) const {
    std::sort(together.begin(), together.end(),
              [&](std::uint32_t a, std::uint32_t b) { return rank_[a] < rank_[b]; });
    double before = 0;
    double same = 0;
    for (std::size_t k = 0; k < together.size(); ++k) {
      if (k > 0 && rank_[together[k]] != rank_[together[k - 1]]) {
        before += same;
        same = 0;
      }
      sums.tied_time += weight(together[k]) * before;
      sums.tied_both += weight(together[k]) * same;
      same += weight(together[k]);
    }
  }

  const SpellColumns& columns_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> rank_;
  std::size_t ranks_{0};
};

}  // namespace

Concordance concordance(const SpellColumns& columns, std::span<const double> score) {
  require_spell_columns(columns);
  if (score.size() != columns.exit.size())
    throw Error(ErrorCode::out_of_range, "Concordance needs a score for each row.");
  if (!std::all_of(score.begin(), score.end(), [](double s) { return std::isfinite(s); }))
    throw Error(ErrorCode::bad_number, "A score is no number.");

  const Strata strata = number_strata(columns);
  std::vector<std::vector<std::uint32_t>> rows(strata.names.size());
  for (std::uint32_t i = 0; i < score.size(); ++i) {
    const bool counts = columns.weight.empty() || columns.weight[i] > 0;
    if (counts && enters_after(columns, i) < columns.exit[i]) rows[strata.of_row[i]].push_back(i);
  }
  Concordance result{0, 0, 0, 0, 0, {}, {}};
  std::vector<Ranks::Around> of_row(score.size(), {0, 0, 0});
  std::vector<std::uint32_t> counted;
  for (const std::vector<std::uint32_t>& of_stratum : rows)
    counted.insert(counted.end(), of_stratum.begin(), of_stratum.end());
  std::sort(counted.begin(), counted.end());
  for (std::vector<std::uint32_t>& of_stratum : rows)
    Pairs{columns, score, std::move(of_stratum)}.count(result, of_row);

  const double pairs = result.concordant + result.discordant + result.tied_score;
  if (!(pairs > 0)) return result;
  result.value = (result.concordant + result.tied_score / 2) / pairs;
  // What a row moves the value by: its own pairs, beside its share in all of them.
  std::vector<std::pair<std::uint64_t, double>> moves;
  moves.reserve(counted.size());
  for (const std::uint32_t i : counted) {
    const Ranks::Around& of = of_row[i];
    const double weight = columns.weight.empty() ? 1 : columns.weight[i];
    moves.emplace_back(
        columns.cluster.empty() ? i : columns.cluster[i],
        weight * (of.below + of.same / 2 - *result.value * (of.below + of.same + of.above)) / pairs);
  }
  if (!columns.cluster.empty())
    std::stable_sort(moves.begin(), moves.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
  double variance = 0;
  std::size_t clusters = 0;
  for (std::size_t i = 0; i < moves.size(); ++clusters) {
    double move = 0;
    const std::uint64_t cluster = moves[i].first;
    for (; i < moves.size() && moves[i].first == cluster; ++i) move += moves[i].second;
    variance += move * move;
  }
  if (clusters > 1) result.std_error = std::sqrt(variance);
  return result;
}

}  // namespace churn::inline v0

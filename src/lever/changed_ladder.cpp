#include "lever/changed_ladder.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "forecast/ladder_tail.hpp"

namespace churn::inline v0 {

namespace {

/// What shares a factor.
struct PooledFlows {
  double now{0};
  double lost{0};
  double returned{0};

  void add(const FlowCell& cell, FlowMeasure measure, LossKind kind) {
    now += static_cast<double>(cell.at_close.*measure);
    lost += static_cast<double>((kind == LossKind::any ? cell.lost : cell.lost_involuntary).*measure);
    returned += static_cast<double>(cell.returned.*measure);
  }
  void add(const PooledFlows& other) {
    now += other.now;
    lost += other.lost;
    returned += other.returned;
  }
  [[nodiscard]] LadderShares shares(double factor) const {
    if (!(now > 0)) return {now, factor, 0, 0};
    return {now, factor, std::min(1.0, lost / now), std::min(factor, returned / now)};
  }
};

/// Of what was lost with so many steps known after it, the share that returned after them; together at most all of it.
std::vector<double> back_after(const CohortFlows& flows, FlowMeasure measure, LossKind kind) {
  std::vector<double> lost;  // by step
  for (std::size_t t = 0; t + 1 < flows.size(); ++t) {
    const FlowCell cell = flows.total(t);
    lost.push_back(static_cast<double>((kind == LossKind::any ? cell.lost : cell.lost_involuntary).*measure));
  }
  std::vector<double> back;
  double followed = std::accumulate(lost.begin(), lost.end(), 0.0);
  for (std::size_t l = 1; l < lost.size(); ++l) {
    followed -= lost[lost.size() - l];
    const FlowReturns& returns = flows.returns[l - 1];
    const auto returned =
        static_cast<double>((kind == LossKind::any ? returns.all : returns.involuntary).*measure);
    back.push_back(followed > 0 ? returned / followed : 0);
  }
  const double all = std::accumulate(back.begin(), back.end(), 0.0);
  if (all > 1)
    for (double& share : back) share /= all;
  return back;
}

}  // namespace

std::optional<ChangedLadder> ChangedLadder::fit(const CohortFlows& flows, FlowMeasure measure, LossKind kind,
                                                const ChainLadderRule& rule) {
  const CohortTriangles triangles = flows.triangles();
  auto fitted = fit_chain_ladder(measure == &FlowAmount::ticks ? triangles.mrr : triangles.customers,
                                 &triangles.customers, rule);
  if (!fitted) return std::nullopt;
  ChangedLadder result{*std::move(fitted)};
  // As fit_chain_ladder pools: ages of their own, the older ones together, and those without an age. A test holds the
  // sums to AgeFactor::now.
  const ChainLadder& ladder = result.ladder_;
  const std::size_t ages = flows.size() - 1;
  const std::size_t own = ladder.ages.size();
  std::vector<PooledFlows> by_age(ages);
  PooledFlows earlier;
  for (std::size_t i = 0; i < ages; ++i)
    for (std::size_t k = 0; k < ages - i; ++k) by_age[k].add(flows.cohorts[i][k], measure, kind);
  for (std::size_t t = 0; t < ages; ++t) earlier.add(flows.earlier[t], measure, kind);
  const std::size_t year = rule.year.value_or(12);
  const std::size_t first_of_tail = first_age_of_tail(ages, own, year);
  PooledFlows older;
  PooledFlows all = earlier;
  for (std::size_t k = 0; k < ages; ++k) {
    if (k >= first_of_tail) older.add(by_age[k]);
    all.add(by_age[k]);
  }
  for (std::size_t k = 0; k < own; ++k) result.ages_.push_back(by_age[k].shares(ladder.ages[k].factor));
  result.ages_.push_back((older.now > 0 ? older : all).shares(ladder.tail.factor));
  result.earlier_ = earlier.now > 0 ? earlier.shares(ladder.earlier.factor) : result.ages_.back();
  result.back_ = back_after(flows, measure, kind);
  return result;
}

double ChangedLadder::expected_losses(const CohortFlows& flows, std::size_t steps) const {
  double lost = 0;
  const auto add = [&](const FlowCell& cell, const LadderShares& shares) {
    lost += static_cast<double>(cell.at_close.customers) * shares.lost;
  };
  const std::size_t last = flows.size() - 1;
  for (std::size_t t = last - std::min(steps, last); t < last; ++t) {
    add(flows.earlier[t], earlier_);
    for (std::size_t i = 0; i <= t; ++i) add(flows.cohorts[i][t - i], at(t - i));
  }
  return lost;
}

std::vector<double> ChangedLadder::path(const CohortState& now, std::span<const double> entering) const {
  std::vector<double> amounts = now.ages;  // by age
  double earlier = now.earlier;
  std::vector<double> result;
  for (const double comes : entering) {
    std::vector<double> next{comes};
    double sum = comes;
    for (std::size_t age = 0; age < amounts.size(); ++age) {
      next.push_back(amounts[age] * at(age).factor);
      sum += next.back();
    }
    amounts = std::move(next);
    earlier *= earlier_.factor;
    result.push_back(sum + earlier);
  }
  return result;
}

std::vector<double> ChangedLadder::difference(double m, const CohortState& now,
                                              std::span<const double> entering) const {
  std::vector<double> result(entering.size(), 0.0);
  std::vector<double> saved;  // by step: how much less is lost
  // What was there at the close before period `from`.
  const auto follow = [&](double amount, std::size_t from, auto&& shares_after) {
    if (amount == 0) return;
    double more = 0;
    saved.clear();
    for (std::size_t h = from; h < result.size(); ++h) {
      const LadderShares& shares = shares_after(h - from);
      const double lost = shares.lost_times(m);
      double next = (shares.factor - shares.returned) * more + (shares.lost - lost) * (amount + more);
      for (std::size_t l = 1; l <= std::min(saved.size(), back_.size()); ++l)
        next -= back_[l - 1] * saved[saved.size() - l];
      saved.push_back(shares.lost * amount - lost * (amount + more));
      amount *= shares.factor;
      more = next;
      result[h] += more;
    }
  };
  for (std::size_t age = 0; age < now.ages.size(); ++age)
    follow(now.ages[age], 0, [&](std::size_t step) -> const LadderShares& { return at(age + step); });
  follow(now.earlier, 0, [&](std::size_t) -> const LadderShares& { return earlier_; });
  for (std::size_t h = 0; h < entering.size(); ++h)
    follow(entering[h], h + 1, [&](std::size_t step) -> const LadderShares& { return at(step); });
  return result;
}

}  // namespace churn::inline v0

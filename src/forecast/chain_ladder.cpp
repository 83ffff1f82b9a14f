#include <churn/forecast/chain_ladder.hpp>

#include <algorithm>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>

#include "forecast/ladder_tail.hpp"

namespace churn::inline v0 {

namespace {

/// A value and what it became one close later, of amounts and of customers.
struct Step {
  std::int64_t now;
  std::int64_t next;
  std::int64_t customers_now;
  std::int64_t customers_next;
};

/// Steps that share a factor.
struct Group {
  std::vector<Step> steps;

  [[nodiscard]] std::optional<AgeFactor> estimate(bool customers_known) const {
    AgeFactor result{0, 0, 0, 0, 0, 0};
    std::int64_t customers_now = 0;
    std::int64_t customers_next = 0;
    for (const Step& step : steps) {
      result.now = checked_add(result.now, step.now);
      result.next = checked_add(result.next, step.next);
      result.cohorts += step.now > 0 ? 1 : 0;
      customers_now = checked_add(customers_now, step.customers_now);
      customers_next = checked_add(customers_next, step.customers_next);
    }
    if (result.now == 0) return std::nullopt;
    const auto now = static_cast<double>(result.now);
    result.factor = static_cast<double>(result.next) / now;
    double squares = 0;
    for (const Step& step : steps) {
      if (step.now == 0) continue;
      const auto own = static_cast<double>(step.now);
      const double deviation = static_cast<double>(step.next) - result.factor * own;
      squares += deviation * deviation / own;
    }
    if (result.cohorts > 1) result.sigma_squared = squares / static_cast<double>(result.cohorts - 1);
    if (customers_known && customers_now > 0) {
      const auto n = static_cast<double>(customers_now);
      const auto lost = static_cast<double>(std::max<std::int64_t>(0, customers_now - customers_next));
      const double q = (lost + 0.5) / (n + 1);
      result.sigma_squared = std::max(result.sigma_squared, now / n * q * (1 - q));
    }
    result.error_variance = result.sigma_squared / now;
    return result;
  }
};

Step step_of(const std::vector<std::int64_t>& amounts, const std::vector<std::int64_t>* customers,
             std::size_t k) {
  return {amounts[k], amounts[k + 1], customers == nullptr ? 0 : (*customers)[k],
          customers == nullptr ? 0 : (*customers)[k + 1]};
}

/// The mean over periods of (sum of deviations)^2 / sum of variances, at least 1.
double phi_of(const ChainLadder& ladder, const CohortTriangle& amounts) {
  double sum = 0;
  double periods = 0;
  for (std::size_t t = 0; t + 1 < amounts.size(); ++t) {
    double deviation = 0;
    double variance = 0;
    const auto add = [&](std::int64_t now, std::int64_t next, const AgeFactor& factor) {
      deviation += static_cast<double>(next) - factor.factor * static_cast<double>(now);
      variance += factor.sigma_squared * static_cast<double>(now);
    };
    add(amounts.earlier[t], amounts.earlier[t + 1], ladder.earlier);
    for (std::size_t i = 0; i <= t; ++i)
      add(amounts.cohorts[i][t - i], amounts.cohorts[i][t - i + 1], ladder.at(t - i));
    if (!(variance > 0)) continue;
    sum += deviation * deviation / variance;
    ++periods;
  }
  return periods > 0 ? std::max(1.0, sum / periods) : 1;
}

/// What there will be of one age: the mean, the variance by chance, and how the mean changes with each estimate: the
/// factors of the ages, the tail's, the earlier customers', the inflow's mean and slope. What is of one age is of
/// one cohort, so chance adds up over ages.
struct Stage {
  double mean;
  double variance;
  std::vector<double> by;

  void advance(const AgeFactor& factor, double phi, std::size_t estimate) {
    if (mean == 0 && variance == 0) return;
    variance = factor.factor * factor.factor * variance + phi * factor.sigma_squared * mean;
    for (double& slope : by) slope *= factor.factor;
    by[estimate] += mean;
    mean *= factor.factor;
  }
  void add(const Stage& other) {
    if (other.mean == 0 && other.variance == 0) return;
    mean += other.mean;
    variance += other.variance;
    for (std::size_t j = 0; j < by.size(); ++j) by[j] += other.by[j];
  }
};

/// What comes in the h-th period from now, counted from 0. The last two estimates are the inflow's mean and slope.
Stage entering_stage(const Inflow& inflow, std::size_t h, std::size_t estimates) {
  const double distance = inflow.distance + static_cast<double>(h);
  const double mean = inflow.mean + inflow.slope * distance;
  Stage stage{std::max(0.0, mean), inflow.variance, std::vector<double>(estimates, 0.0)};
  stage.by[estimates - 2] = 1;
  stage.by[estimates - 1] = distance;
  return stage;
}

}  // namespace

std::size_t ChainLadder::index_of(std::size_t age) const noexcept {
  if (age < ages.size()) return age;
  return cycle == 0 ? ages.size() : ages.size() - cycle + (age - ages.size()) % cycle;
}

const AgeFactor& ChainLadder::at(std::size_t age) const& noexcept {
  const std::size_t index = index_of(age);
  return index < ages.size() ? ages[index] : tail;
}

std::optional<ChainLadder> fit_chain_ladder(const CohortTriangle& amounts, const CohortTriangle* customers,
                                            ChainLadderRule rule) {
  amounts.require_sound();
  if (customers != nullptr) customers->require_sound();
  if (rule.least_cohorts == 0 || (customers != nullptr && customers->size() != amounts.size()))
    throw Error(ErrorCode::bad_number, "Amounts and customers of the same periods, and at least one cohort.");
  const std::size_t periods = amounts.size();
  if (periods < 2) return std::nullopt;
  const bool known = customers != nullptr;

  std::vector<Group> by_age(periods - 1);
  for (std::size_t i = 0; i + 1 < periods; ++i)
    for (std::size_t k = 0; k + 1 < periods - i; ++k)
      by_age[k].steps.push_back(step_of(amounts.cohorts[i], known ? &customers->cohorts[i] : nullptr, k));
  Group without_age;
  for (std::size_t t = 0; t + 1 < periods; ++t)
    without_age.steps.push_back(step_of(amounts.earlier, known ? &customers->earlier : nullptr, t));

  ChainLadder ladder{};
  ladder.steps = periods - 1;
  std::size_t own = 0;
  for (; own < by_age.size(); ++own) {
    const auto factor = by_age[own].estimate(known);
    if (!factor || factor->cohorts < static_cast<std::int64_t>(rule.least_cohorts)) break;
    ladder.ages.push_back(*factor);
  }
  const std::size_t year = rule.year.value_or(12);
  const std::size_t ages = by_age.size();
  const std::size_t first_of_tail = first_age_of_tail(ages, own, year);
  Group older;
  Group all = without_age;
  for (std::size_t k = 0; k < ages; ++k) {
    if (k >= first_of_tail)
      older.steps.insert(older.steps.end(), by_age[k].steps.begin(), by_age[k].steps.end());
    all.steps.insert(all.steps.end(), by_age[k].steps.begin(), by_age[k].steps.end());
  }
  // Where nothing was ever that old, or nobody came before, all that is known has to do.
  const auto of_all = all.estimate(known);
  if (!of_all) return std::nullopt;
  ladder.tail = older.estimate(known).value_or(*of_all);
  ladder.earlier = without_age.estimate(known).value_or(ladder.tail);
  // One value has no spread: it is given that of all.
  for (AgeFactor* factor : {&ladder.tail, &ladder.earlier})
    if (factor->cohorts == 1) {
      factor->sigma_squared = std::max(factor->sigma_squared, of_all->sigma_squared);
      factor->error_variance = factor->sigma_squared / static_cast<double>(factor->now);
    }
  if (year > 1 && own >= 2 * year) ladder.cycle = year;
  ladder.phi = phi_of(ladder, amounts);
  return ladder;
}

CohortState state_of(const CohortTriangle& triangle) {
  CohortState state{std::vector<double>(triangle.size(), 0.0), 0};
  for (std::size_t i = 0; i < triangle.size(); ++i)
    state.ages[triangle.size() - 1 - i] = static_cast<double>(triangle.cohorts[i].back());
  if (triangle.size() > 0) state.earlier = static_cast<double>(triangle.earlier.back());
  return state;
}

CohortState state_of(const CohortTriangle& triangle, std::size_t cohort) {
  if (cohort >= triangle.size()) throw Error(ErrorCode::out_of_range, "There is no such cohort.");
  CohortState state{std::vector<double>(triangle.cohorts[cohort].size(), 0.0), 0};
  state.ages.back() = static_cast<double>(triangle.cohorts[cohort].back());
  return state;
}

std::vector<Projection> project(const ChainLadder& ladder, const CohortState& now, std::size_t horizon,
                                const Inflow& inflow) {
  const std::size_t own = ladder.ages.size();
  const std::size_t of_earlier = own + 1;
  std::vector<double> error;
  error.reserve(own + 4);
  for (const AgeFactor& factor : ladder.ages) error.push_back(ladder.phi * factor.error_variance);
  error.push_back(ladder.phi * ladder.tail.error_variance);
  error.push_back(ladder.phi * ladder.earlier.error_variance);
  error.push_back(inflow.error_variance);
  error.push_back(inflow.slope_error_variance);

  struct Cohort {
    std::size_t age;
    Stage stage;
  };
  std::vector<Cohort> cohorts;
  for (std::size_t age = 0; age < now.ages.size(); ++age)
    if (now.ages[age] != 0)
      cohorts.push_back({age, {now.ages[age], 0, std::vector<double>(error.size(), 0.0)}});
  Stage earlier{now.earlier, 0, std::vector<double>(error.size(), 0.0)};
  const bool anything_comes = inflow.mean != 0 || inflow.slope != 0 || inflow.variance != 0;
  std::vector<Projection> result;
  for (std::size_t h = 0; h < horizon; ++h) {
    earlier.advance(ladder.earlier, ladder.phi, of_earlier);
    Stage sum = earlier;
    for (Cohort& cohort : cohorts) {
      cohort.stage.advance(ladder.at(cohort.age), ladder.phi, ladder.index_of(cohort.age));
      ++cohort.age;
      sum.add(cohort.stage);
    }
    if (anything_comes) {
      cohorts.push_back({0, entering_stage(inflow, h, error.size())});
      sum.add(cohorts.back().stage);
    }
    Projection projection{sum.mean, sum.variance, 0};
    for (std::size_t j = 0; j < error.size(); ++j)
      projection.error_variance += sum.by[j] * sum.by[j] * error[j];
    result.push_back(projection);
  }
  return result;
}

}  // namespace churn::inline v0

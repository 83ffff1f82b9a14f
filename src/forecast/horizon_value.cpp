#include <churn/forecast/horizon_value.hpp>

#include <boost/math/special_functions/erf.hpp>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>
#include <churn/forecast/cohort_renewals.hpp>
#include <churn/forecast/cohort_triangle.hpp>

#include "forecast/kept_filter.hpp"
#include "forecast/renewal_likelihood.hpp"
#include "forecast/rounded_money.hpp"
#include "stats/maths_policy.hpp"

namespace churn::inline v0 {

namespace {

/// The sum of the header for retention at opportunities 1, 2, …, less the average revenue.
template <class Retention>
double payments(const HorizonValueTerms& terms, const Retention& retention) {
  const double factor = (1 + terms.growth) / (1 + terms.discount_rate);
  double sum = 0;
  double payment = 1;
  for (std::int32_t t = 0; t < terms.horizon; ++t) {
    if (t > 0) payment *= factor * retention(t);
    sum += payment;
    if (payment == 0) break;
  }
  return sum;
}

double average_of(const AverageRevenue& revenue) {
  return static_cast<double>(revenue.total.minor_units()) / static_cast<double>(revenue.customers);
}

/// How many of the payments were never observed: the first needs no opportunity, each other has one before it.
std::int32_t extrapolated(const RenewalCounts& counts, std::int32_t horizon) {
  std::size_t seen = counts.size();
  while (seen > 0 && counts.at(seen).at_risk == 0) --seen;
  const auto needed = static_cast<std::size_t>(horizon) - 1;
  return needed > seen ? static_cast<std::int32_t>(needed - seen) : 0;
}

/// Checks the arguments; without a curve so far.
HorizonValue prepared(const RenewalCounts& counts, const AverageRevenue& revenue,
                      const HorizonValueTerms& terms) {
  if (terms.horizon < 1) throw Error(ErrorCode::bad_number, "A lifetime value counts at least one payment.");
  if (!(terms.growth > -1 && std::isfinite(terms.growth) && terms.discount_rate > -1 &&
        std::isfinite(terms.discount_rate)))
    throw Error(ErrorCode::bad_number, "Growth and discount rate must be above -1.");
  if (revenue.customers < 0) throw Error(ErrorCode::bad_number, "There can't be less than no customers.");
  HorizonValue value{HorizonValueOutcome::no_curve,
                     terms,
                     revenue,
                     std::nullopt,
                     std::nullopt,
                     extrapolated(counts, terms.horizon),
                     std::nullopt,
                     counts.lost_of_all(),
                     std::nullopt};
  if (revenue.customers == 0) {
    value.outcome = HorizonValueOutcome::no_customers;
  } else if (value.churn.numerator() > 0) {
    value.naive = rounded_money(average_of(revenue) * static_cast<double>(value.churn.denominator()) /
                                    static_cast<double>(value.churn.numerator()),
                                revenue.total.currency());
  }
  return value;
}

void know(HorizonValue& value, double payments) {
  value.outcome = HorizonValueOutcome::known;
  value.minor_units = average_of(value.revenue) * payments;
  value.value = rounded_money(*value.minor_units, value.revenue.total.currency());
}

/// A negative revenue turns the ends around.
Interval ordered(double one_end, double other_end) {
  if (!std::isfinite(one_end) || !std::isfinite(other_end))
    throw Error(ErrorCode::overflow, "The interval of a value is larger than any number.");
  return one_end < other_end ? Interval{one_end, other_end} : Interval{other_end, one_end};
}

}  // namespace

HorizonValue horizon_value(const ShiftedBetaGeometricFit& fit, const AverageRevenue& revenue,
                           const HorizonValueTerms& terms, double confidence) {
  HorizonValue value = prepared(fit.counts, revenue, terms);
  const double level = profile_level(fit.log_likelihood.value_or(0), confidence);
  if (!fit.model || revenue.customers == 0) return value;
  const auto of_model = [&](const ShiftedBetaGeometric& model) {
    return payments(terms, [&](std::int32_t t) { return model.retention(t); });
  };
  know(value, of_model(*fit.model));
  const Interval range = range_of(RenewalLikelihood(fit.counts), *fit.model, level, of_model);
  const double average = average_of(revenue);
  value.interval = ordered(average * range.low, average * range.high);
  return value;
}

HorizonValue horizon_value(const BetaDiscreteWeibullFit& fit, const AverageRevenue& revenue,
                           const HorizonValueTerms& terms) {
  HorizonValue value = prepared(fit.counts, revenue, terms);
  if (!fit.model || revenue.customers == 0) return value;
  know(value, payments(terms, [&](std::int32_t t) { return fit.model->retention(t); }));
  return value;
}

HorizonValue horizon_value(const RenewalCounts& observed, const AverageRevenue& revenue,
                           const HorizonValueTerms& terms) {
  HorizonValue value = prepared(observed, revenue, terms);
  if (revenue.customers == 0 || observed.size() == 0 || observed.at(1).at_risk == 0) return value;
  bool unknown = false;
  const double sum = payments(terms, [&](std::int32_t t) {
    const auto opportunity = static_cast<std::size_t>(t);
    if (opportunity > observed.size() || observed.at(opportunity).at_risk == 0) {
      unknown = true;  // and ends the sum
      return 0.0;
    }
    const RenewalCount& count = observed.at(opportunity);
    return static_cast<double>(count.kept()) / static_cast<double>(count.at_risk);
  });
  if (unknown)
    value.outcome = HorizonValueOutcome::beyond_observed;
  else
    know(value, sum);
  return value;
}

HorizonValue horizon_value(const ChainLadder& ladder, const RenewalCounts& observed,
                           const AverageRevenue& revenue, const HorizonValueTerms& terms, double confidence) {
  HorizonValue value = prepared(observed, revenue, terms);
  if (!(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::bad_number, "An interval needs 0 < confidence < 1.");
  const auto needed = static_cast<std::size_t>(terms.horizon) - 1;
  value.extrapolated = needed > ladder.steps ? static_cast<std::int32_t>(needed - ladder.steps) : 0;
  if (revenue.customers == 0) return value;

  // The sum, and how it and its last term change with the factor of each age and of the tail.
  const std::size_t own = ladder.ages.size();
  const double weight = (1 + terms.growth) / (1 + terms.discount_rate);
  std::vector<double> term_by(own + 1, 0.0);
  std::vector<double> sum_by(own + 1, 0.0);
  double term = 1;
  double sum = 1;
  for (std::size_t age = 0; age < needed; ++age) {
    const std::size_t j = ladder.index_of(age);
    const AgeFactor& factor = ladder.at(age);
    for (double& slope : term_by) slope *= weight * factor.factor;
    term_by[j] += weight * term;
    term *= weight * factor.factor;
    sum += term;
    for (std::size_t k = 0; k <= own; ++k) sum_by[k] += term_by[k];
  }
  know(value, sum);
  double variance = 0;
  for (std::size_t k = 0; k <= own; ++k)
    variance += ladder.phi * sum_by[k] * sum_by[k] * (k < own ? ladder.ages[k] : ladder.tail).error_variance;
  const double log_variance = std::log1p(variance / (sum * sum));
  const double z = std::numbers::sqrt2 * boost::math::erf_inv(confidence, MathsPolicy{});
  const double centre = average_of(revenue) * sum * std::exp(-log_variance / 2);
  const double width = z * std::sqrt(log_variance);
  value.interval = ordered(centre * std::exp(-width), centre * std::exp(width));
  return value;
}

HorizonValue horizon_value(const Book& book, const PeriodGrid& months, const HorizonValueTerms& terms,
                           const FoldOptions& options, double confidence) {
  require_kept(options.where);
  if (months.kind() != PeriodKind::month)
    throw Error(ErrorCode::bad_period,
                "A customer's value is counted by months, in which its MRR is paid once.");
  const CohortCube cohorts = CohortCube::fold(book, months, CohortBy::first_paid, {}, options);
  const CohortTriangles triangles = cohort_triangles(cohorts, MovementCube::fold(book, months, {}, options));
  RunRate first{0, book.currency()};
  std::int64_t customers = 0;
  for (std::size_t i = 0; i < triangles.periods.size(); ++i) {
    first = first + RunRate{triangles.mrr.cohorts[i].front(), first.currency()};
    customers = checked_add(customers, triangles.customers.cohorts[i].front());
  }
  const AverageRevenue revenue{first.mrr(), customers};
  const RenewalCounts renewals = pooled_renewals(cohorts);
  std::optional<ChainLadder> ladder;
  if (!triangles.periods.empty()) ladder = fit_chain_ladder(triangles.mrr, &triangles.customers);
  return ladder ? horizon_value(*ladder, renewals, revenue, terms, confidence)
                : prepared(renewals, revenue, terms);
}

}  // namespace churn::inline v0

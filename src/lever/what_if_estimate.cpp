#include "lever/what_if_estimate.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace churn::inline v0 {

namespace {

constexpr double whole_percent = 100;
constexpr FlowMeasure measures[] = {&FlowAmount::ticks, &FlowAmount::customers};

/// What some of the new customers bring in each period to come, `some` being those of the sample.
std::vector<double> entering_of(const WhatIfFrame& frame, const WhatIfSample& sample, FlowAmount some,
                                FlowMeasure measure) {
  const auto whole = static_cast<double>((frame.is_stated ? sample.newcomers : frame.all_newcomers).*measure);
  const double share = whole > 0 ? static_cast<double>(some.*measure) / whole : 0;
  std::vector<double> result;
  for (const double comes : frame.entering(measure))
    result.push_back(comes * share * (frame.is_stated ? 1 : sample.scale));
  return result;
}

/// What churn times m makes of those who are there and those to come.
std::optional<WhatIfEffect> effect_of_churn(const WhatIfFrame& frame, const WhatIfSample& sample,
                                            const FlowsByInterval& today, double m, LossKind kind) {
  WhatIfEffect effect;
  bool is_known = false;
  for (const FlowMeasure measure : measures) {
    std::vector<double>& difference = effect.of(measure);
    difference.assign(frame.ahead, 0);
    for (const std::size_t interval : {by_year, by_less}) {
      const CohortFlows& flows = sample.of[interval];
      const auto ladder = ChangedLadder::fit(flows, measure, kind, frame.ladder);
      if (!ladder) continue;
      is_known = true;
      const CohortTriangles now = today[interval].triangles();
      const CohortState state = state_of(measure == &FlowAmount::ticks ? now.mrr : now.customers);
      const std::vector<double> entering = entering_of(
          frame, sample, like_those_to_come(flows, frame.new_periods, frame.is_as_today), measure);
      const std::vector<double> more = ladder->difference(m, state, entering);
      for (std::size_t h = 0; h < difference.size(); ++h) difference[h] += more[h];
    }
  }
  if (!is_known) return std::nullopt;
  return effect;
}

WhatIfEstimate refused(WhatIfOutcome outcome, std::string note) {
  return {.outcome = outcome, .note = std::move(note)};
}

double share_after(const std::optional<double>& share, double points, double now) {
  return share ? *share : std::clamp(now + points / whole_percent, 0.0, 1.0);
}

WhatIfEstimate with_churn(const WhatIfFrame& frame, const WhatIfSample& sample, const FlowsByInterval& today,
                          double m, LossKind kind, double before, double after) {
  WhatIfEstimate estimate{.before = before, .after = after, .factor = m};
  estimate.effect = effect_of_churn(frame, sample, today, m, kind);
  if (!estimate.effect)
    return refused(WhatIfOutcome::no_data, "Nobody of them has paid at any close but the last.");
  return estimate;
}

struct EstimateChange {
  const WhatIfFrame& frame;
  const WhatIfSample& sample;
  const FlowsByInterval& today;  ///< of all whom the change concerns
  std::string_view periods;      ///< "months"

  WhatIfEstimate operator()(const RaiseRetention& change) const {
    const LastYear seen = last_year_of(sample.of, frame.year);
    if (seen.opening == 0)
      return refused(WhatIfOutcome::no_data, "Nobody of them was a customer in the last year.");
    if (seen.lost == 0)
      return refused(WhatIfOutcome::no_data, "Nobody of them has left in the last " +
                                                 counted_periods(seen.periods, periods) +
                                                 ", so nothing can be changed about it.");
    const double h = static_cast<double>(seen.lost) / static_cast<double>(seen.opening);
    const double before = std::pow(1 - h, frame.exact_year);
    double after = before + change.points / whole_percent;
    constexpr double rounding = 1e-12;
    // Of the customers of a replicate retention may be higher than of all: then it rises as far as it can.
    if (!sample.is_replicate && (after > 1 + rounding || after < -rounding))
      return refused(WhatIfOutcome::out_of_reach, out_of_reach_in_words(before));
    after = std::clamp(after, 0.0, 1.0);
    const double fewer = h - (1 - std::pow(after, 1 / frame.exact_year));
    const double in_forecast = churn_in_forecast(sample.of, frame);
    if (!(in_forecast > 0))
      return refused(WhatIfOutcome::no_data, "The forecast reckons with no churn of them.");
    // What goes to a root and back may differ in the last digit.
    const double m = change.points == 0 ? 1 : std::max(0.0, 1 - fewer / in_forecast);
    return with_churn(frame, sample, today, m, LossKind::any, before, after);
  }

  WhatIfEstimate operator()(const RecoverPayments& change) const {
    const WhatIfFailed& seen = sample.payments;
    if (seen.failed == 0)
      return refused(WhatIfOutcome::no_data,
                     "No payment is known to have failed whose window is over. It takes invoices with their "
                     "payments, failed ones too.");
    if (total_of(sample.of, &FlowCell::lost_involuntary).customers == 0)
      return refused(WhatIfOutcome::no_data,
                     "Nobody is known to have left because a payment failed. It takes invoices that were not "
                     "paid, or the reasons of departures.");
    if (seen.recovered == seen.failed)
      return refused(WhatIfOutcome::out_of_reach,
                     "All failed payments were recovered, so there are none to recover.");
    const double before = static_cast<double>(seen.recovered) / static_cast<double>(seen.failed);
    const double after = share_after(change.share, change.points, before);
    return with_churn(frame, sample, today, (1 - after) / (1 - before), LossKind::involuntary, before, after);
  }

  WhatIfEstimate operator()(const AnnualShare& change) const {
    const FlowAmount yearly = newcomers_of(sample.of[by_year], frame.new_periods);
    const FlowAmount others = newcomers_of(sample.of[by_less], frame.new_periods);
    if (yearly.customers == 0 && others.customers == 0)
      return refused(WhatIfOutcome::no_data, "Nobody new has come in the last " +
                                                 counted_periods(frame.new_periods, periods) +
                                                 ", so nobody can be moved.");
    if (others.customers == 0)
      return refused(WhatIfOutcome::no_data,
                     "No new customer pays otherwise than by the year, so nobody can be moved.");
    const auto ladders_of = [&](const CohortFlows& flows) {
      return std::pair{ChangedLadder::fit(flows, &FlowAmount::ticks, LossKind::any, frame.ladder),
                       ChangedLadder::fit(flows, &FlowAmount::customers, LossKind::any, frame.ladder)};
    };
    const auto to = ladders_of(sample.of[by_year]);
    const auto from = ladders_of(sample.of[by_less]);
    if (!to.first || !to.second)
      return refused(WhatIfOutcome::no_data,
                     "No customer has paid by the year and been seen for more than a period, so how such "
                     "customers stay is not known.");
    if (!from.first || !from.second)
      return refused(WhatIfOutcome::no_data,
                     "Nobody who pays otherwise has been seen for more than a period.");
    const double before =
        static_cast<double>(yearly.customers) / static_cast<double>(yearly.customers + others.customers);
    const double after = share_after(change.share, change.points, before);
    const bool to_the_year = after >= before;
    const FlowAmount& like = to_the_year ? others : yearly;  // who moves
    const double each = static_cast<double>(like.ticks) / static_cast<double>(like.customers);
    const double each_by_year = to_the_year ? each * (1 - change.discount) : each;
    const std::vector<double> everyone = entering_of(frame, sample, sample.newcomers, &FlowAmount::customers);
    const auto difference = [&](const ChangedLadder& yes, const ChangedLadder& no, double each_to,
                                double each_from) {
      std::vector<double> coming;
      std::vector<double> going;
      for (const double n : everyone) {
        coming.push_back(n * (after - before) * each_to);
        going.push_back(n * (after - before) * each_from);
      }
      std::vector<double> result = yes.path({}, coming);
      const std::vector<double> lost = no.path({}, going);
      for (std::size_t h = 0; h < result.size(); ++h) result[h] -= lost[h];
      return result;
    };
    WhatIfEstimate estimate{.before = before, .after = after};
    estimate.effect = WhatIfEffect{difference(*to.first, *from.first, each_by_year, each),
                                   difference(*to.second, *from.second, 1, 1)};
    return estimate;
  }
};

}  // namespace

FlowAmount newcomers_of(const CohortFlows& flows, std::size_t periods) {
  FlowAmount sum;
  for (std::size_t i = flows.size() - std::min(periods, flows.size()); i < flows.size(); ++i)
    sum += flows.cohorts[i][0].at_close;
  return sum;
}

FlowAmount like_those_to_come(const CohortFlows& flows, std::size_t periods, bool as_today) {
  if (!as_today || flows.size() == 0) return newcomers_of(flows, periods);
  return flows.total(flows.size() - 1).at_close;
}

FlowAmount total_of(const FlowsByInterval& flows, FlowAmount FlowCell::*what) {
  FlowAmount sum;
  for (const CohortFlows& of : flows)
    for (std::size_t t = 0; t < of.size(); ++t) sum += of.total(t).*what;
  return sum;
}

LastYear last_year_of(const FlowsByInterval& flows, std::size_t periods_a_year) {
  LastYear seen;
  for (const CohortFlows& of : flows) {
    if (of.size() < 2) continue;
    seen.periods = std::min(periods_a_year, of.size() - 1);
    for (std::size_t t = of.size() - 1 - seen.periods; t + 1 < of.size(); ++t) {
      const FlowCell cell = of.total(t);
      seen.opening += cell.at_close.customers;
      seen.lost += cell.lost.customers;
    }
  }
  return seen;
}

double churn_in_forecast(const FlowsByInterval& flows, const WhatIfFrame& frame) {
  const LastYear seen = last_year_of(flows, frame.year);
  double lost = 0;
  for (const CohortFlows& of : flows)
    if (const auto ladder = ChangedLadder::fit(of, &FlowAmount::customers, LossKind::any, frame.ladder))
      lost += ladder->expected_losses(of, seen.periods);
  return seen.opening > 0 ? lost / static_cast<double>(seen.opening) : 0;
}

bool is_limited(const FlowsByInterval& flows, const WhatIfFrame& frame, bool of_payments, double m) {
  const LossKind kind = of_payments ? LossKind::involuntary : LossKind::any;
  return std::any_of(flows.begin(), flows.end(), [&](const CohortFlows& of) {
    const auto ladder = ChangedLadder::fit(of, &FlowAmount::customers, kind, frame.ladder);
    return ladder && (ladder->earlier().is_limited(m) ||
                      std::any_of(ladder->ages().begin(), ladder->ages().end(),
                                  [&](const LadderShares& shares) { return shares.is_limited(m); }));
  });
}

WhatIfEstimate estimate_of_change(const WhatIfChange& change, const WhatIfFrame& frame,
                                  const WhatIfSample& sample, const FlowsByInterval& today,
                                  std::string_view periods) {
  return std::visit(EstimateChange{frame, sample, today, periods}, change);
}

}  // namespace churn::inline v0

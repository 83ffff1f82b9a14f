#include <churn/lever/what_if.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/core/run_rate.hpp>
#include <churn/lever/cohort_flows.hpp>
#include <churn/segment/customer_groups.hpp>

#include "forecast/grid_year.hpp"
#include "forecast/kept_filter.hpp"
#include "lever/terms_of_a_year.hpp"
#include "lever/what_if_estimate.hpp"
#include "lever/what_if_words.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::uint32_t fewest_what_if_groups = 10;
constexpr std::uint32_t most_what_if_groups = 1000;
constexpr double ticks_a_unit = ticks_per_minor_unit_a_month;

void require_own_names(const std::vector<WhatIfScenario>& scenarios) {
  std::set<std::string_view> names;
  for (const WhatIfScenario& scenario : scenarios)
    if (!names.insert(scenario.name).second)
      throw Error(ErrorCode::unknown_name, "The scenario \"" + scenario.name + "\" comes twice.");
}

void require_share(const std::optional<double>& share, double points) {
  if ((share && !(*share >= 0 && *share <= 1)) || !std::isfinite(points))
    throw Error(ErrorCode::bad_number, "A share is from 0 to 1, and points are a number.");
}

struct RequireSound {
  void operator()(const RaiseRetention& change) const { require_share({}, change.points); }
  void operator()(const AnnualShare& change) const {
    require_share(change.share, change.points);
    if (!(change.discount >= 0 && change.discount < 1))
      throw Error(ErrorCode::bad_number, "A discount is from 0 to below 1.");
  }
  void operator()(const RecoverPayments& change) const { require_share(change.share, change.points); }
};

Filter by_the_year() {
  static const char* const yes = "year";
  return by::custom_lane("by_the_year", [](const PhaseView& phase) {
           return std::string(is_by_the_year(phase.cycle()) ? yes : "shorter");
         }) == yes;
}

/// The flows of some customers, all together and by group.
struct GroupedFlows {
  CohortFlows all;
  std::vector<CohortFlows> groups;
  [[nodiscard]] CohortFlows without(std::size_t group) const {
    CohortFlows rest = all;
    return rest -= groups[group];
  }
};

/// The flows of a book by whatever is asked about at once, and by group.
class SegmentedFlows {
 public:
  /// Whom each column of `in` holds is a class of its own.
  SegmentedFlows(const Book& book, const PeriodGrid& grid, const std::vector<bool>& kept,
                 const std::vector<std::vector<bool>>& in, const WhatIfOptions& options)
      : groups_(options.groups) {
    std::map<std::vector<bool>, std::uint32_t> number;
    std::vector<std::uint32_t> part_of(book.customer_count(), no_flow_part);
    for (std::uint32_t c = 0; c < part_of.size(); ++c) {
      if (!kept[c]) continue;
      std::vector<bool> own(in.size());
      for (std::size_t i = 0; i < in.size(); ++i) own[i] = in[i][c];
      const auto at = number.try_emplace(std::move(own), static_cast<std::uint32_t>(number.size())).first;
      part_of[c] = at->second * groups_ + customer_group(book.customer_id(CustomerIndex{c}).text(), groups_);
    }
    if (number.size() > UINT32_MAX / groups_)
      throw Error(ErrorCode::out_of_range, "The scenarios are of too many segments at once.");
    holds_.resize(number.size());
    for (const auto& [own, place] : number) holds_[place] = own;
    const auto parts = static_cast<std::uint32_t>(std::max<std::size_t>(1, number.size())) * groups_;
    parts_ =
        cohort_flows(book, grid, part_of, parts, {.rules = options.rules, .progress = options.fold.progress});
  }

  /// All for whom `holds(own)` is true, own being their row of the columns.
  template <class Holds>
  [[nodiscard]] GroupedFlows of(Holds&& holds) const {
    CohortFlows nothing = parts_.front();
    nothing -= parts_.front();
    GroupedFlows result{nothing, std::vector<CohortFlows>(groups_, nothing)};
    for (std::size_t m = 0; m < holds_.size(); ++m) {
      if (!holds(holds_[m])) continue;
      for (std::uint32_t g = 0; g < groups_; ++g) result.groups[g] += parts_[m * groups_ + g];
    }
    for (const CohortFlows& group : result.groups) result.all += group;
    return result;
  }

 private:
  std::uint32_t groups_;
  std::vector<std::vector<bool>> holds_;  // by combination
  std::vector<CohortFlows> parts_;        // by combination and group
};

bool holds_any(const CohortFlows& flows, FlowAmount FlowCell::*what, bool cohorts_alone = false) {
  const auto has = [&](const FlowCell& cell) { return (cell.*what).customers > 0; };
  return (!cohorts_alone && std::any_of(flows.earlier.begin(), flows.earlier.end(), has)) ||
         std::any_of(flows.cohorts.begin(), flows.cohorts.end(),
                     [&](const auto& row) { return std::any_of(row.begin(), row.end(), has); });
}

/// A scenario's customers and payments, by group.
struct Concerned {
  std::array<GroupedFlows, 2> of;  ///< as FlowsByInterval
  const std::vector<WhatIfFailed>& payments;

  [[nodiscard]] WhatIfSample all(const WhatIfFrame& frame) const {
    WhatIfSample sample{.of = {of[by_year].all, of[by_less].all}, .newcomers = frame.all_newcomers};
    for (const WhatIfFailed& group : payments) add(sample.payments, group, 1);
    return sample;
  }
  /// `newcomers` are the group's, of the whole book.
  [[nodiscard]] WhatIfSample without(const WhatIfFrame& frame, std::size_t group, std::size_t groups,
                                     FlowAmount newcomers) const {
    WhatIfSample sample{.of = {of[by_year].without(group), of[by_less].without(group)},
                        .newcomers = frame.all_newcomers};
    sample.newcomers -= newcomers;
    for (const WhatIfFailed& one : payments) add(sample.payments, one, 1);
    if (!payments.empty()) add(sample.payments, payments[group], -1);
    sample.scale = static_cast<double>(groups) / static_cast<double>(groups - 1);
    sample.is_replicate = true;
    return sample;
  }
  static void add(WhatIfFailed& sum, const WhatIfFailed& more, std::int64_t sign) {
    sum.failed += sign * more.failed;
    sum.recovered += sign * more.recovered;
  }

  /// Whether what counts is of enough groups.
  [[nodiscard]] bool say_enough(const WhatIfChange& change) const {
    const auto groups_where = [&](auto&& says) {
      std::size_t count = 0;
      for (std::size_t g = 0; g < of[by_year].groups.size(); ++g) count += says(g) ? 1U : 0U;
      return count;
    };
    const auto either = [&](FlowAmount FlowCell::*what) {
      return groups_where([&](std::size_t g) {
        return holds_any(of[by_year].groups[g], what) || holds_any(of[by_less].groups[g], what);
      });
    };
    std::size_t fewest = 0;
    if (std::holds_alternative<RaiseRetention>(change)) {
      fewest = either(&FlowCell::lost);
    } else if (std::holds_alternative<RecoverPayments>(change)) {
      fewest = std::min(either(&FlowCell::lost_involuntary),
                        groups_where([&](std::size_t g) { return payments[g].failed > 0; }));
    } else {
      const auto in_cohorts = [&](std::size_t interval) {
        return groups_where(
            [&](std::size_t g) { return holds_any(of[interval].groups[g], &FlowCell::at_close, true); });
      };
      fewest = std::min(in_cohorts(by_year), in_cohorts(by_less));
    }
    return fewest >= fewest_what_if_groups;
  }
};

/// Half-widths joined as if the two were independent.
Interval joined_interval(const ForecastAmount& baseline, double value, double difference,
                         const Interval& of_difference) {
  const double down = std::hypot(baseline.value - baseline.interval.low, difference - of_difference.low);
  const double up = std::hypot(baseline.interval.high - baseline.value, of_difference.high - difference);
  return {std::max(0.0, value - down), std::max(0.0, value + up)};
}

struct Intervals {
  double confidence;
  bool say_enough;
  std::vector<std::optional<WhatIfEffect>> replicates;

  [[nodiscard]] WhatIfAmount amount(double value, FlowMeasure measure, std::size_t h, double unit) const {
    WhatIfAmount result{value / unit, {}, {}};
    if (!say_enough) {
      result.why_not = NoInterval::too_few_groups;
      return result;
    }
    std::vector<std::optional<double>> values;
    values.reserve(replicates.size());
    for (const std::optional<WhatIfEffect>& replicate : replicates) {
      if (!replicate) {
        values.emplace_back();
        continue;
      }
      const double own = (measure == &FlowAmount::ticks ? replicate->ticks : replicate->customers)[h] / unit;
      values.push_back(std::isfinite(own) ? std::optional{own} : std::nullopt);
    }
    const Jackknife found = jackknife(result.value, values, Scale::plain, confidence);
    result.interval = found.interval;
    result.why_not = found.why_not;
    return result;
  }
};

WhatIfAmount changed(const ForecastAmount& baseline, const WhatIfAmount& difference) {
  WhatIfAmount result{baseline.value + difference.value, {}, difference.why_not};
  if (difference.interval)
    result.interval = joined_interval(baseline, result.value, difference.value, *difference.interval);
  return result;
}

void fill_in(WhatIfScenario& scenario, const MrrForecast& baseline, WhatIfEffect effect, std::size_t known,
             const Intervals& intervals) {
  for (std::size_t h = 0; h < std::min(known, effect.ticks.size()); ++h) {
    const ForecastPeriod& forecast = baseline.periods[h];
    WhatIfPeriod& period = scenario.periods[h];
    if (!forecast.mrr || !std::isfinite(effect.ticks[h])) continue;
    period.mrr_difference = intervals.amount(effect.ticks[h], &FlowAmount::ticks, h, ticks_a_unit);
    period.mrr = changed(*forecast.mrr, *period.mrr_difference);
    if (!forecast.customers || !std::isfinite(effect.customers[h])) continue;
    period.customers_difference = intervals.amount(effect.customers[h], &FlowAmount::customers, h, 1);
    period.customers = changed(*forecast.customers, *period.customers_difference);
  }
}

/// True where somebody of a cohort has been seen to come to the end of a year.
bool sees_a_renewal(const CohortFlows& flows, std::size_t year) {
  for (const auto& row : flows.cohorts)
    for (std::size_t k = year - 1; k + 1 < row.size(); ++k)
      if (row[k].at_close.customers > 0) return true;
  return false;
}

std::vector<double> entering_mean(const Inflow& inflow, std::size_t ahead) {
  std::vector<double> result;
  for (std::size_t h = 0; h < ahead; ++h)
    result.push_back(std::max(0.0, inflow.mean + inflow.slope * (inflow.distance + static_cast<double>(h))));
  return result;
}

std::vector<WhatIfFailed> failed_by_group(const Book& book, const PeriodGrid& grid,
                                          const WhatIfOptions& options) {
  std::vector<WhatIfFailed> result(options.groups);
  const FailedPayments failed = failed_payments(
      book, options.dunning, {.within = Period{grid.from(), grid.to()}, .where = options.fold.where});
  for (const FailedPayment& row : failed.rows) {
    if (!failed.is_whole(row.first_failed_on)) continue;
    WhatIfFailed& group = result[customer_group(row.customer_id.text(), options.groups)];
    ++group.failed;
    group.recovered += failed.in_window(row) ? 1 : 0;
  }
  return result;
}

/// Whom each scenario concerns, and who pays by the year.
std::vector<std::vector<bool>> columns_of(const Book& book, const std::vector<WhatIf>& scenarios) {
  std::vector<std::vector<bool>> columns;
  for (const WhatIf& scenario : scenarios) {
    const auto* retention = std::get_if<RaiseRetention>(&scenario.change);
    columns.push_back((retention != nullptr ? retention->where : Filter{})(book));
  }
  columns.push_back(by_the_year()(book));
  return columns;
}

/// Everything that scenarios are answered from.
class Answers {
 public:
  Answers(const Book& book, const PeriodGrid& grid, const std::vector<WhatIf>& scenarios,
          const WhatIfOptions& options, const SegmentedFlows& flows, GroupedFlows everyone,
          WhatIfReport& report)
      : report_(report),
        options_(options),
        year_of_grid_(periods_of_a_year(grid)),
        exact_year_(exact_periods_of_a_year(grid)),
        flows_(flows),
        everyone_(std::move(everyone)) {
    frame_ = frame();
    for (std::size_t g = 0; g < everyone_.groups.size(); ++g)
      if (holds_any(everyone_.groups[g], &FlowCell::at_close)) groups_.push_back(g);
    report_.groups = groups_.size();
    if (std::any_of(scenarios.begin(), scenarios.end(),
                    [](const WhatIf& one) { return std::holds_alternative<RecoverPayments>(one.change); }))
      payments_ = failed_by_group(book, grid, options);
  }

  void answer(std::size_t number, WhatIfScenario& scenario) const {
    const auto held = [number](bool is_by_year) {
      return [number, is_by_year](const std::vector<bool>& own) {
        return own[number] && own.back() == is_by_year;
      };
    };
    const bool is_annual = std::holds_alternative<AnnualShare>(scenario.change);
    const Concerned concerned{.of = {flows_.of(held(true)), flows_.of(held(false))}, .payments = payments_};
    const WhatIfSample all = concerned.all(frame_);
    const std::string_view periods = periods_in_words(report_.kind);
    const auto estimate_of = [&](const WhatIfSample& sample) {
      return estimate_of_change(scenario.change, frame_, sample, all.of, periods);
    };
    WhatIfEstimate whole = estimate_of(all);
    scenario.outcome = whole.outcome;
    scenario.note = whole.note;
    scenario.before = whole.before;
    scenario.after = whole.after;
    scenario.factor = whole.factor;
    if (!whole.effect) return;
    std::size_t known = frame_.ahead;
    if (is_annual) note_renewals(scenario, all, known);
    describe(scenario, all);
    Intervals intervals{options_.forecast.confidence, concerned.say_enough(scenario.change), {}};
    if (intervals.say_enough)
      for (const std::size_t group : groups_)
        intervals.replicates.push_back(
            estimate_of(concerned.without(frame_, group, groups_.size(),
                                          like_those_to_come(everyone_.groups[group], frame_.new_periods,
                                                             frame_.is_as_today)))
                .effect);
    fill_in(scenario, report_.baseline, *std::move(whole.effect), known, intervals);
  }

 private:
  [[nodiscard]] WhatIfFrame frame() const {
    const MrrForecast& baseline = report_.baseline;
    const std::size_t ahead = std::min(baseline.periods.size(), baseline.steps);
    const std::size_t new_periods = std::min(options_.forecast.new_business_periods, everyone_.all.size());
    const bool is_stated = options_.forecast.new_business.has_value();
    const bool is_as_today = is_stated && newcomers_of(everyone_.all, new_periods).ticks == 0;
    WhatIfFrame frame{.ahead = ahead,
                      .year = year_of_grid_,
                      .exact_year = exact_year_,
                      .ladder = options_.forecast.ladder,
                      .new_periods = new_periods,
                      .is_stated = is_stated,
                      .is_as_today = is_as_today,
                      .all_newcomers = like_those_to_come(everyone_.all, new_periods, is_as_today),
                      .entering_ticks = entering_mean(baseline.new_mrr, ahead),
                      .entering_customers = entering_mean(baseline.new_customers, ahead)};
    if (!frame.ladder.year) frame.ladder.year = year_of_grid_;
    return frame;
  }

  void describe(WhatIfScenario& scenario, const WhatIfSample& all) const {
    const FlowAmount yearly = newcomers_of(all.of[by_year], frame_.new_periods);
    const FlowAmount others = newcomers_of(all.of[by_less], frame_.new_periods);
    const FlowAmount& moved = *scenario.after >= *scenario.before ? others : yearly;
    const double each = moved.customers == 0 ? 0
                                             : static_cast<double>(moved.ticks) /
                                                   static_cast<double>(moved.customers) / ticks_a_unit;
    double a_period = 0;
    for (const double n : frame_.entering_customers) a_period += n / static_cast<double>(frame_.ahead);
    const bool of_payments = std::holds_alternative<RecoverPayments>(scenario.change);
    const auto lost = total_of(all.of, of_payments ? &FlowCell::lost_involuntary : &FlowCell::lost).customers;
    std::int64_t back = 0;
    for (const CohortFlows& flows : all.of)
      for (const FlowReturns& returns : flows.returns)
        back += (of_payments ? returns.involuntary : returns.all).customers;
    const PremiseFacts facts{
        .kind = report_.kind,
        .currency = report_.baseline.currency,
        .last_day = report_.baseline.last_period->last() - std::chrono::days{1},
        .retention = last_year_of(all.of, frame_.year),
        .newcomers = yearly.customers,
        .other_newcomers = others.customers,
        .new_periods = frame_.new_periods,
        .new_a_period = a_period,
        .each_pays = each,
        .failed = all.payments.failed,
        .recovered = all.payments.recovered,
        .window_days = options_.dunning.window_days,
        .lost = total_of(all.of, &FlowCell::lost).customers,
        .lost_involuntary = total_of(all.of, &FlowCell::lost_involuntary).customers,
        .back = lost > 0 ? static_cast<double>(back) / static_cast<double>(lost) : 0,
        .is_limited = is_limited(all.of, frame_, of_payments, scenario.factor.value_or(1)),
        .churn_after = 1 - std::pow(*scenario.after, 1 / exact_year_),
        .forecast_churn = churn_in_forecast(all.of, frame_)};
    scenario.premise = premise_in_words(scenario);
    scenario.assumptions = assumptions_in_words(scenario, facts);
  }

  void note_renewals(WhatIfScenario& scenario, const WhatIfSample& all, std::size_t& known) const {
    const std::string a_year = counted_periods(frame_.year, periods_in_words(report_.kind));
    if (!sees_a_renewal(all.of[by_year], frame_.year)) {
      scenario.note =
          "No renewal of customers who pay by the year has been seen, so nothing is said of more than " +
          a_year + ".";
      known = std::min(known, frame_.year);
    } else if (frame_.ahead <= frame_.year) {
      scenario.note = "Nobody who is moved comes to a renewal within " +
                      counted_periods(frame_.ahead, periods_in_words(report_.kind)) +
                      ": the difference is that the year is not over yet. It takes a longer horizon.";
    }
  }

  WhatIfReport& report_;
  const WhatIfOptions& options_;
  std::size_t year_of_grid_;
  double exact_year_;
  const SegmentedFlows& flows_;
  GroupedFlows everyone_;
  WhatIfFrame frame_{};
  std::vector<std::size_t> groups_;     // that hold anybody
  std::vector<WhatIfFailed> payments_;  // by group; empty where nobody asks
};

}  // namespace

std::vector<WhatIf> standard_what_ifs() {
  return {{.change = RaiseRetention{}}, {.change = RecoverPayments{}}, {.change = AnnualShare{}}};
}

WhatIfReport what_if(const Book& book, const PeriodGrid& grid, const std::vector<WhatIf>& scenarios,
                     const WhatIfOptions& options) {
  for (const WhatIf& scenario : scenarios) std::visit(RequireSound{}, scenario.change);
  if (options.groups < fewest_what_if_groups || options.groups > most_what_if_groups)
    throw Error(ErrorCode::bad_number, "Intervals of what would be take 10 to 1000 groups of customers.");
  require_kept(options.fold.where);
  const SegmentedFlows flows{book, grid, options.fold.where(book), columns_of(book, scenarios), options};
  GroupedFlows everyone = flows.of([](const auto&) { return true; });
  // Of the flows, not of cubes: these have movements at dated exchange rates where the conventions say so.
  WhatIfReport report{
      .baseline = forecast_mrr(everyone.all.triangles(), grid, book.currency(), options.forecast),
      .kind = grid.kind()};
  for (const WhatIf& scenario : scenarios) {
    WhatIfScenario& row = report.scenarios.emplace_back(
        WhatIfScenario{.name = scenario.name.empty() ? name_in_words(scenario.change) : scenario.name,
                       .change = scenario.change});
    row.periods.resize(report.baseline.periods.size());
  }
  require_own_names(report.scenarios);
  if (report.baseline.outcome != ForecastOutcome::known) {
    for (WhatIfScenario& row : report.scenarios) {
      row.outcome = WhatIfOutcome::no_forecast;
      row.note = forecast_sentence(report.baseline);
    }
    return report;
  }
  const Answers answers{book, grid, scenarios, options, flows, std::move(everyone), report};
  for (std::size_t i = 0; i < report.scenarios.size(); ++i) answers.answer(i, report.scenarios[i]);
  return report;
}

}  // namespace churn::inline v0

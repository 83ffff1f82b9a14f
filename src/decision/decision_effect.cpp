#include <churn/decision/decision_effect.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include <churn/core/error.hpp>
#include <churn/core/period_grid.hpp>
#include <churn/core/table.hpp>

#include "risk/counted.hpp"
#include "stats/normal_quantile.hpp"
#include "stats/student_t.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

constexpr double days_in_a_year = 365.25;
constexpr std::size_t waves = 4;
constexpr double departures_a_column = 10;
/// Of less than two years a line is drawn by their seasons.
constexpr std::int32_t days_for_a_term = 730;

/// One row of the regression: a month, or several.
struct EffectRow {
  DecisionPhase phase{DecisionPhase::before};
  bool concerned{true};
  double departures{0};
  double expected{0};
  double years{0};  // since the effective day; sums, weighted by what is expected, until they are closed
  std::array<double, waves> wave{};

  void add(const EffectRow& other) {
    departures += other.departures;
    expected += other.expected;
    years += other.years;
    for (std::size_t w = 0; w < waves; ++w) wave[w] += other.wave[w];
  }
  void close() {
    years /= expected;
    for (double& value : wave) value /= expected;
  }
};

EffectRow effect_row_of(const DecisionRow& row, const DecisionRows& rows) {
  EffectRow result{.phase = row.phase,
                   .concerned = row.concerned,
                   .departures = static_cast<double>(row.departures),
                   .expected = row.expected.value_or(0)};
  // The middle of what of the month is in the phase.
  Date first = std::max(row.month, rows.from);
  Date last = std::min(next_period_start(PeriodKind::month, row.month), rows.until);
  if (row.phase == DecisionPhase::before) last = std::min(last, rows.announced_on);
  if (row.phase == DecisionPhase::announced) first = std::max(first, rows.announced_on);
  if (row.phase >= DecisionPhase::affected) first = std::max(first, rows.effective_on);
  const double middle = (static_cast<double>(first.days()) + static_cast<double>(last.days())) / 2;
  result.years = result.expected * (middle - rows.effective_on.days()) / days_in_a_year;
  const double new_year = Date::of(row.month.year(), 1, 1).days();
  const double angle = 2 * std::numbers::pi * (middle - new_year) / days_in_a_year;
  result.wave = {result.expected * std::sin(angle), result.expected * std::cos(angle),
                 result.expected * std::sin(2 * angle), result.expected * std::cos(2 * angle)};
  return result;
}

/// Months of one side and phase, those that expect little joined to the next ones; what is left at the end to the last.
std::vector<EffectRow> joined_rows(const DecisionRows& rows, double fewest_expected) {
  std::vector<DecisionRow> sorted;
  for (const DecisionRow& row : rows.rows)
    if (row.expected && *row.expected > 0) sorted.push_back(row);
  const auto group = [](const DecisionRow& row) { return std::pair{!row.concerned, row.phase}; };
  std::stable_sort(sorted.begin(), sorted.end(), [&](const DecisionRow& a, const DecisionRow& b) {
    return std::pair{group(a), a.month} < std::pair{group(b), b.month};
  });
  std::vector<EffectRow> result;
  for (std::size_t first = 0, last = 0; first < sorted.size(); first = last) {
    const std::size_t first_of_group = result.size();
    bool is_open = false;
    for (; last < sorted.size() && group(sorted[last]) == group(sorted[first]); ++last) {
      const EffectRow row = effect_row_of(sorted[last], rows);
      if (is_open)
        result.back().add(row);
      else
        result.push_back(row);
      is_open = result.back().expected < fewest_expected;
    }
    if (is_open && result.size() > first_of_group + 1) {
      const EffectRow rest = result.back();
      result.pop_back();
      result.back().add(rest);
    }
  }
  for (EffectRow& row : result) row.close();
  return result;
}

/// Columns of a regression.
class EffectDesign {
 public:
  explicit EffectDesign(const std::vector<EffectRow>& rows) : rows_(rows) {}

  template <class Value>
  void add(std::string name, Value&& value) {
    names_.push_back(std::move(name));
    std::vector<double>& column = columns_.emplace_back();
    column.reserve(rows_.size());
    for (const EffectRow& row : rows_) column.push_back(static_cast<double>(value(row)));
  }
  [[nodiscard]] std::size_t size() const { return columns_.size(); }
  [[nodiscard]] QuasiPoissonFit fit(const DecisionEffectOptions& options) const {
    Eigen::MatrixXd x(static_cast<Eigen::Index>(rows_.size()), static_cast<Eigen::Index>(columns_.size()));
    std::vector<double> count;
    std::vector<double> expected;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      for (std::size_t c = 0; c < columns_.size(); ++c)
        x(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c)) = columns_[c][r];
      count.push_back(rows_[r].departures);
      expected.push_back(rows_[r].expected);
    }
    return quasi_poisson_regression(x, {count, expected}, names_,
                                    {.dispersion = options.dispersion, .confidence = options.confidence});
  }

 private:
  const std::vector<EffectRow>& rows_;
  std::vector<std::string> names_;
  std::vector<std::vector<double>> columns_;
};

const QuasiPoissonCoefficient* coefficient_of(const QuasiPoissonFit& fit, std::string_view name) {
  const auto at = std::find_if(fit.coefficients.begin(), fit.coefficients.end(),
                               [&](const QuasiPoissonCoefficient& one) { return one.name == name; });
  return at == fit.coefficients.end() ? nullptr : &*at;
}

std::string no_error_note(const QuasiPoissonFit& fit) {
  return fit.degrees_of_freedom == 0 ? "There are too few months with departures to say how sure that is."
                                     : "How sure that is can't be said.";
}

DecisionDrift drift_of(const QuasiPoissonFit& fit, std::string_view name) {
  const QuasiPoissonCoefficient* const found = coefficient_of(fit, name);
  if (found == nullptr) return {.note = "It was not asked for."};
  DecisionDrift drift{.ratio = found->rate_ratio, .interval = found->rate_ratio_interval, .p = found->p};
  if (!drift.ratio)
    drift.note = reason(*found);
  else if (!drift.interval)
    drift.note = no_error_note(fit);
  return drift;
}

class EffectFit {
 public:
  EffectFit(const DecisionRows& rows, const DecisionEffectOptions& options, DecisionEffect& effect)
      : given_(rows), options_(options), effect_(effect), rows_(joined_rows(rows, options.fewest_expected)) {}
  void fit();

 private:
  [[nodiscard]] bool has(DecisionPhase phase, bool concerned) const {
    return std::any_of(rows_.begin(), rows_.end(), [&](const EffectRow& row) {
      return row.phase == phase && row.concerned == concerned;
    });
  }
  void sum_up(DecisionPhaseEffect& phase) const;
  void choose_columns();
  [[nodiscard]] EffectDesign design() const;
  void read(DecisionPhaseEffect& phase) const;
  void fit_slope();
  void fit_pre_trend();
  [[nodiscard]] std::string why_not() const;

  const DecisionRows& given_;
  const DecisionEffectOptions& options_;
  DecisionEffect& effect_;
  std::vector<EffectRow> rows_;
};

void EffectFit::sum_up(DecisionPhaseEffect& phase) const {
  for (const DecisionRow& row : given_.rows) {
    if (!row.concerned || row.phase != phase.phase) continue;
    phase.departures += row.departures;
    phase.risk_days += row.risk_days;
    if (row.expected) phase.at_rates_before = phase.at_rates_before.value_or(0) + *row.expected;
  }
}

std::string EffectFit::why_not() const {
  bool any_before = false;
  bool any_after = false;
  for (const DecisionRow& row : given_.rows) {
    if (!row.concerned) continue;
    (row.phase == DecisionPhase::before ? any_before : any_after) = true;
  }
  if (given_.until <= given_.announced_on && any_before)
    return "The decision lies ahead: ask again after " + given_.announced_on.to_string() + ".";
  if (!any_before && !any_after) return "Nobody whom the decision concerns was there.";
  if (!any_before && given_.from >= given_.announced_on)
    return "Of the time before " + given_.announced_on.to_string() + " nothing is recorded to compare with.";
  if (!any_before)
    return "Nobody whom the decision concerns was there before " + given_.announced_on.to_string() +
           ", so that there is nothing to compare with.";
  if (!any_after)
    return "Nobody whom the decision concerns was still there on " + given_.announced_on.to_string() +
           ", or has come since.";
  if (!has(DecisionPhase::before, true))
    return "Nobody whom the decision concerns left before " + given_.announced_on.to_string() +
           ", so that there is no rate to compare with.";
  if (given_.has_control && !has(DecisionPhase::before, false))
    return "No customer of the control left before " + given_.announced_on.to_string() +
           ", so that it has no rate to compare with.";
  return {};
}

void EffectFit::choose_columns() {
  double departures = 0;
  std::size_t columns = given_.has_control ? 8 : 4;
  Date first = given_.announced_on;
  for (const DecisionRow& row : given_.rows) {
    if (row.phase != DecisionPhase::before) continue;
    departures += static_cast<double>(row.departures);
    first = std::min(first, std::max(row.month, given_.from));
  }
  const std::int32_t days = given_.announced_on.days() - first.days();
  const auto choose = [&](DecisionTerm term, std::size_t more, const char* what, std::string& note) {
    const double fewest = departures_a_column * static_cast<double>(columns + more);
    if (term == DecisionTerm::always) return true;
    if (term == DecisionTerm::never)
      note = std::string("No ") + what + " was asked for.";
    else if (days < days_for_a_term)
      note = std::string("A ") + what + " would need 24 months before the announcement.";
    else if (departures < fewest)
      note = std::string("A ") + what + " would need " +
             counted(static_cast<std::size_t>(fewest), "departure", "departures") +
             " before the announcement: there are " + shortest(departures) + ".";
    return note.empty();
  };
  effect_.trend = choose(options_.trend, 1, "trend", effect_.trend_note);
  if (effect_.trend) ++columns;
  effect_.season = choose(options_.season, waves, "season", effect_.season_note);
}

constexpr std::array<DecisionPhase, 3> phases_after{DecisionPhase::announced, DecisionPhase::affected,
                                                    DecisionPhase::joined_after};

std::string effect_name(DecisionPhase phase, bool has_control) {
  return (has_control ? "concerned x " : "") + std::string(decision_phase_name(phase));
}

EffectDesign EffectFit::design() const {
  EffectDesign columns{rows_};
  if (given_.has_control) {
    columns.add("concerned", [](const EffectRow& row) { return row.concerned ? 1 : 0; });
    // Of a phase without control the effect can't be told from what happened to everybody.
    for (const DecisionPhase phase : phases_after)
      if (has(phase, true) || has(phase, false))
        columns.add(std::string(decision_phase_name(phase)),
                    [&](const EffectRow& row) { return row.phase == phase ? 1 : 0; });
  }
  for (const DecisionPhase phase : phases_after)
    if (has(phase, true))
      columns.add(effect_name(phase, given_.has_control),
                  [&](const EffectRow& row) { return row.concerned && row.phase == phase ? 1 : 0; });
  if (effect_.trend) columns.add("trend", [](const EffectRow& row) { return row.years; });
  if (effect_.season) {
    constexpr std::array<const char*, waves> names{"sine", "cosine", "sine of half a year",
                                                   "cosine of half a year"};
    for (std::size_t w = 0; w < waves; ++w)
      columns.add(names[w], [w](const EffectRow& row) { return row.wave[w]; });
  }
  return columns;
}

void EffectFit::read(DecisionPhaseEffect& phase) const {
  if (phase.risk_days == 0) {
    switch (phase.phase) {
      case DecisionPhase::announced: phase.note = "Nobody had to wait for a renewal."; break;
      case DecisionPhase::affected:
        phase.note = "Nobody has come to an affected renewal before " + given_.until.to_string() + ".";
        if (given_.concerned.next_renewal_on)
          phase.note += " Of " +
                        counted(static_cast<std::size_t>(given_.concerned.waiting), "customer", "customers") +
                        " who wait for one the first comes to it on " +
                        given_.concerned.next_renewal_on->to_string() + ".";
        break;
      default: phase.note = "Nobody has joined since " + given_.effective_on.to_string() + ".";
    }
    return;
  }
  if (given_.has_control && !has(phase.phase, false)) {
    phase.note = "No customer of the control was in this phase, so that there is nothing to compare with.";
    return;
  }
  if (phase.departures == 0 && phase.at_rates_before) {
    phase.note = "Nobody left, where rates before the decision expect " +
                 three_digits(*phase.at_rates_before) + " departures.";
    return;
  }
  const QuasiPoissonCoefficient* const found =
      coefficient_of(effect_.fit, effect_name(phase.phase, given_.has_control));
  if (found == nullptr || !found->rate_ratio || !(*found->rate_ratio > 0)) {
    phase.note = found == nullptr ? "Nothing was expected of this phase." : reason(*found);
    if (phase.note.empty()) phase.note = "The ratio is beyond what a number can hold.";
    return;
  }
  const auto departures = static_cast<double>(phase.departures);
  const auto change_of = [&](double ratio) { return departures * (1 - 1 / ratio); };
  phase.rate_ratio = found->rate_ratio;
  phase.expected = departures / *found->rate_ratio;
  phase.customers_change = change_of(*found->rate_ratio);
  const QuasiPoissonFit& fit = effect_.fit;
  if (!found->std_error || !fit.dispersion) {
    phase.note = no_error_note(fit);
    return;
  }
  const auto at = static_cast<std::size_t>(phase.phase);
  const double of_rates =
      given_.concerned.rate_variance[at] + (given_.has_control ? given_.control.rate_variance[at] : 0);
  const double error = std::sqrt(*found->std_error * *found->std_error + *fit.dispersion * of_rates);
  const double t = *found->value / error;
  phase.p = fit.t_degrees_of_freedom ? student_p_value(t, *fit.t_degrees_of_freedom) : normal_p_value(t);
  const double width = error * (fit.t_degrees_of_freedom ? two_sided_student_quantile(
                                                               options_.confidence, *fit.t_degrees_of_freedom)
                                                         : two_sided_quantile(options_.confidence));
  const Interval interval{std::exp(*found->value - width), std::exp(*found->value + width)};
  if (!(interval.low > 0) || !std::isfinite(interval.high)) {
    phase.note = no_error_note(fit);
    return;
  }
  phase.interval = interval;
  phase.customers_change_interval = {change_of(interval.low), change_of(interval.high)};
}

void EffectFit::fit_slope() {
  constexpr double months_in_a_year = 12;
  EffectDesign columns = design();
  const auto months = [](const EffectRow& row) {
    return row.phase == DecisionPhase::affected ? months_in_a_year * row.years : 0;
  };
  if (given_.has_control) columns.add("months of affected", months);
  columns.add("slope", [&](const EffectRow& row) { return row.concerned ? months(row) : 0; });
  if (has(DecisionPhase::affected, true))
    effect_.slope = drift_of(columns.fit(options_), "slope");
  else
    effect_.slope.note = effect_.affected.note;
}

void EffectFit::fit_pre_trend() {
  std::vector<EffectRow> before;
  std::copy_if(rows_.begin(), rows_.end(), std::back_inserter(before),
               [](const EffectRow& row) { return row.phase == DecisionPhase::before; });
  EffectDesign columns{before};
  columns.add("concerned", [](const EffectRow& row) { return row.concerned ? 1 : 0; });
  columns.add("trend", [](const EffectRow& row) { return row.years; });
  columns.add("concerned x trend", [](const EffectRow& row) { return row.concerned ? row.years : 0; });
  effect_.pre_trend = drift_of(columns.fit(options_), "concerned x trend");
}

void EffectFit::fit() {
  for (DecisionPhaseEffect* phase : {&effect_.announced, &effect_.affected, &effect_.joined_after})
    sum_up(*phase);
  effect_.why_not = why_not();
  if (!effect_.why_not.empty()) {
    for (DecisionPhaseEffect* phase : {&effect_.announced, &effect_.affected, &effect_.joined_after})
      phase->note = effect_.why_not;
    effect_.slope.note = effect_.pre_trend.note = effect_.why_not;
    return;
  }
  choose_columns();
  effect_.fit = design().fit(options_);
  for (DecisionPhaseEffect* phase : {&effect_.announced, &effect_.affected, &effect_.joined_after})
    read(*phase);
  fit_slope();
  if (given_.has_control)
    fit_pre_trend();
  else
    effect_.pre_trend.note = "There is no control.";
}

}  // namespace

DecisionEffect decision_effect(const DecisionRows& rows, const DecisionEffectOptions& options) {
  if (!(options.fewest_expected >= 0) || !std::isfinite(options.fewest_expected))
    throw Error(ErrorCode::bad_number, "The fewest expected departures are a number of 0 or more.");
  if (!(options.confidence > 0 && options.confidence < 1))
    throw Error(ErrorCode::bad_number, "A confidence is between 0 and 1.");
  for (const DecisionRow& row : rows.rows)
    if (row.departures < 0 || row.risk_days < 0 ||
        (row.expected && (!(*row.expected >= 0) || !std::isfinite(*row.expected))))
      throw Error(ErrorCode::bad_number, "Departures, days and what is expected are numbers of 0 or more.");
  DecisionEffect effect;
  EffectFit{rows, options, effect}.fit();
  return effect;
}

}  // namespace churn::inline v0

#include <churn/cohort/cohort_contrast.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>

#include "core/cell_of.hpp"
#include "metric/wording.hpp"
#include "stats/adjust_contrasts.hpp"

namespace churn::inline v0 {

namespace {

/// Fewer cohorts than that say little about how much cohorts vary.
constexpr std::size_t cohorts_of_a_spread = 8;
constexpr double wide_spread = 2;

Proportion retained_of(const Ratio& left) { return {left.denominator - left.numerator, left.denominator}; }

Proportion together(const Proportion& a, const Proportion& b) {
  return {checked_add(a.numerator(), b.numerator()), checked_add(a.denominator(), b.denominator())};
}

/// Empty if no cohort was observed at that age.
std::optional<CohortAge> at_age(const CohortCube& cube, std::size_t age, const CohortContrastRule& rule,
                                std::size_t segment) {
  const Series left = cohort_series(cube, age, rule.retention, segment);
  const std::size_t cohorts = periods_with_value(left);
  if (cohorts == 0) return std::nullopt;
  const std::size_t newest = std::min(rule.newest, cohorts);
  std::size_t to_come = cohorts;
  std::optional<Date> first_of_newest;
  Proportion one{0, 0};
  Proportion other{0, 0};
  for (std::size_t c = 0; c < left.size(); ++c) {
    if (!left[c]) continue;
    const bool is_new = to_come-- <= newest;
    if (is_new && !first_of_newest) first_of_newest = cube.grid()[c].first();
    Proportion& sum = is_new ? one : other;
    sum = together(sum, retained_of(*left[c]));
  }
  return CohortAge{age,
                   cohorts,
                   newest,
                   *first_of_newest,
                   contrast(one, other, rule.contrast),
                   trend_of(left, ChartKind::p, rule.trend)};
}

void adjust_trends(std::vector<CohortAge>& ages, Adjustment adjustment) {
  std::vector<PValue> known;
  for (const CohortAge& at : ages)
    if (at.trend.test && at.trend.test->p) known.push_back(*at.trend.test->p);
  const auto adjusted = adjusted_p(known, adjustment);
  std::size_t next = 0;
  for (CohortAge& at : ages)
    if (at.trend.test && at.trend.test->p) at.trend_p = adjusted[next++];
}

std::string note_of(const CohortAge& at) {
  std::string note;
  const Contrast& retained = at.retained;
  const std::int64_t all = retained.one.denominator() + retained.other.denominator();
  const std::int64_t stayed = retained.one.numerator() + retained.other.numerator();
  if (retained.other.denominator() == 0)
    remark(note, "no earlier cohort to compare with");
  else if (stayed == all)
    remark(note, "nobody left");
  else if (stayed == 0)
    remark(note, "everybody left");
  const std::string few = few_expected_in_words(retained, Counted::stays);
  if (!few.empty())
    remark(note, few);
  else if (retained.test == ContrastTest::rough_chi_square)
    remark(note, "an exact test would take too long: rough test");
  if (!at.trend.line) remark(note, "too few cohorts for a trend");
  if (at.cohorts >= cohorts_of_a_spread && at.trend.overdispersion > wide_spread)
    remark(note, "cohorts vary by more than chance: p against earlier ones is too sure");
  return note;
}

/// Of retention, which falls as what has left rises.
std::optional<double> slope_of(const CohortAge& at) {
  if (!at.trend.line) return std::nullopt;
  const double slope = at.trend.line->slope;
  return slope == 0 ? 0 : -slope;
}

bool is_sure(const std::optional<PValue>& p, double level) { return p && p->value < level; }

/// Before `than`, the surest so far: a fall before a rise, then the smaller p.
bool is_surer(const CohortAge& at, const CohortAge& than) {
  const bool falls = at.retained.difference->difference < 0;
  const bool than_falls = than.retained.difference->difference < 0;
  if (falls != than_falls) return falls;
  return at.retained.p_adjusted->log10 < than.retained.p_adjusted->log10;
}

std::string newest_sentence(const CohortAge& at, const CohortContrastRule& rule, std::size_t tests) {
  const ProportionDifference& difference = *at.retained.difference;
  const bool fewer = difference.difference < 0;
  const std::string day = at.first_of_newest.to_string();
  const std::string age = std::to_string(at.age);
  const Interval interval =
      fewer ? Interval{-difference.interval.high, -difference.interval.low} : difference.interval;
  return "Of the " +
         (at.newest == 1 ? "cohort of " + day : std::to_string(at.newest) + " cohorts from " + day + " on") +
         " " + in_points(*at.retained.one.value()) + " % were there at " +
         (rule.retention == Retention::returning ? "the close of age " : "every close up to age ") + age +
         ", " + in_points(std::abs(difference.difference)) + " points " + (fewer ? "less" : "more") +
         " than of earlier ones (" + evidence_in_words(at.retained, interval, rule.contrast, tests, "ages") +
         ").";
}

/// What was not found, at the age where most could have been.
std::string missed_sentence(const std::vector<CohortAge>& ages) {
  std::string text =
      "The newest cohorts keep no fewer and no more of their customers than earlier ones by more than "
      "chance.";
  const CohortAge* most = nullptr;
  for (const CohortAge& at : ages) {
    if (!at.retained.p || !at.retained.detectable || !at.retained.detectable->fall) continue;
    if (most == nullptr || *at.retained.detectable->fall < *most->retained.detectable->fall) most = &at;
  }
  if (most == nullptr) return text + " There are too few customers for any fall to be found.";
  return text + " At age " + std::to_string(most->age) + " a fall of less than " +
         in_points(*most->retained.detectable->fall) + " points would have been missed.";
}

std::string trend_sentence_of(const std::vector<CohortAge>& ages, const CohortContrastRule& rule) {
  const CohortAge* surest = nullptr;
  std::size_t tests = 0;
  for (const CohortAge& at : ages) {
    if (!at.trend_p || !at.trend.line) continue;
    ++tests;
    if (surest == nullptr || at.trend_p->log10 < surest->trend_p->log10) surest = &at;
  }
  if (surest == nullptr) return "";
  const std::string correction = correction_in_words(rule.contrast.adjustment, tests, "ages");
  const std::string evidence =
      p_in_words(*surest->trend_p) + (correction.empty() ? "" : " after " + correction);
  const std::string where =
      "at age " + std::to_string(surest->age) + " over " + std::to_string(surest->cohorts) + " cohorts";
  if (!is_sure(surest->trend_p, rule.contrast.detection.level))
    return " At no age does retention rise or fall from cohort to cohort by more than chance (most " + where +
           ": " + evidence + ").";
  const double slope = *slope_of(*surest);
  return " Retention " + where + (slope < 0 ? " falls by " : " rises by ") + in_points(std::abs(slope)) +
         " points a cohort (" + evidence + ").";
}

}  // namespace

Series cohort_series(const CohortCube& cube, std::size_t age, Retention retention, std::size_t segment) {
  const std::size_t periods = cube.grid().size();
  if (segment >= cube.segments().size())
    throw Error(ErrorCode::out_of_range, "The cube has no segment of that number.");
  if (age >= periods) throw Error(ErrorCode::out_of_range, "The cube has fewer ages than that.");
  Series series(periods);
  std::size_t end = 0;
  for (std::size_t c = 0; c + age < periods; ++c) {
    const std::int64_t size = cube.size(segment, c);
    if (!cube.observed(c, age) || size == 0) continue;
    const CohortCell& cell = cube.at(segment, c, age);
    const std::int64_t there = retention == Retention::unbroken ? cell.unbroken : cell.present;
    series[c] = Ratio{checked_subtract(size, there), size};
    end = c + 1;
  }
  series.resize(end);
  return series;
}

CohortContrasts cohort_contrasts(const CohortCube& cube, const CohortContrastRule& rule,
                                 std::size_t segment) {
  if (rule.ages == 0 || rule.newest == 0)
    throw Error(ErrorCode::bad_number,
                "Cohorts are compared at one age or more, and one or more are the newest.");
  if (segment >= cube.segments().size())
    throw Error(ErrorCode::out_of_range, "The cube has no segment of that number.");
  CohortContrasts result{rule, {}};
  if (!result.rule.contrast.interval) result.rule.contrast.interval = cube.conventions().rate.interval_rule();
  result.rule.trend.season = season_of(cube.grid().kind());
  for (std::size_t age = 0; age < std::min(rule.ages, cube.grid().size()); ++age)
    if (auto at = at_age(cube, age, result.rule, segment)) result.ages.push_back(*std::move(at));
  adjust_contrasts(result.ages, result.rule.contrast, [](CohortAge& at) -> Contrast& { return at.retained; });
  adjust_trends(result.ages, rule.contrast.adjustment);
  return result;
}

Table cohort_contrasts_table(const CohortContrasts& cohorts) {
  Table table{{"age", "cohorts", "newest_cohort", "numerator", "denominator", "value", "earlier_numerator",
               "earlier_denominator", "earlier_value", "difference", "low", "high", "p", "p_adjusted", "test",
               "slope", "slope_p", "slope_p_adjusted", "note"},
              {}};
  for (const CohortAge& at : cohorts.ages) {
    const Contrast& retained = at.retained;
    const auto& difference = retained.difference;
    table.rows.push_back(
        {static_cast<std::int64_t>(at.age), static_cast<std::int64_t>(at.cohorts), at.first_of_newest,
         retained.one.numerator(), retained.one.denominator(), cell_of(retained.one.value()),
         retained.other.numerator(), retained.other.denominator(), cell_of(retained.other.value()),
         difference ? Cell{difference->difference} : Cell{},
         difference ? Cell{difference->interval.low} : Cell{},
         difference ? Cell{difference->interval.high} : Cell{}, cell_of(retained.p),
         cell_of(retained.p_adjusted), std::string(contrast_test_name(retained.test)), cell_of(slope_of(at)),
         cell_of(at.trend.test ? at.trend.test->p : std::nullopt), cell_of(at.trend_p), note_of(at)});
  }
  return table;
}

std::string cohort_contrast_sentence(const CohortContrasts& cohorts) {
  std::size_t tests = 0;
  const CohortAge* surest = nullptr;
  bool comparable = false;
  for (const CohortAge& at : cohorts.ages) {
    comparable = comparable || at.retained.difference.has_value();
    if (at.retained.p) ++tests;
    if (!is_sure(at.retained.p_adjusted, cohorts.rule.contrast.detection.level)) continue;
    if (surest == nullptr || is_surer(at, *surest)) surest = &at;
  }
  if (!comparable) return "There are not two cohorts of an age to compare.";
  if (tests == 0)
    return "At these ages all cohorts have kept everyone or no one: there is no difference to find.";
  return (surest != nullptr ? newest_sentence(*surest, cohorts.rule, tests) : missed_sentence(cohorts.ages)) +
         trend_sentence_of(cohorts.ages, cohorts.rule);
}

}  // namespace churn::inline v0

#include <churn/lever/time_to_value.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/row/spell.hpp>
#include <churn/segment/customer_groups.hpp>

#include "core/cell_of.hpp"
#include "core/watch.hpp"
#include "lever/lever_effects.hpp"
#include "risk/counted.hpp"
#include "risk/onboarding_stages.hpp"
#include "segment/labels_on_days.hpp"
#include "stats/normal_quantile.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::uint32_t customer_halves = 2;

std::vector<std::int32_t> rising_days(std::vector<std::int32_t> days) {
  std::sort(days.begin(), days.end());
  if (days.empty() || days.front() < 1 || std::adjacent_find(days.begin(), days.end()) != days.end())
    throw Error(ErrorCode::bad_number, "Days to reach a stage in are one or more, each once.");
  return days;
}

/// By customer and stage: on which of its days it got there.
class DaysToStages {
 public:
  DaysToStages(const Book& book, const Onboarded& all, const std::vector<std::string>& stages,
               std::optional<Date> recorded_from)
      : stages_(stages.size()),
        start_(book.customer_count(), not_reached),
        day_(book.customer_count() * stages.size(), not_reached) {
    std::vector<std::size_t> place(all.stages.size(), stages.size());
    for (std::size_t s = 0; s < stages.size(); ++s) {
      const auto at = std::find(all.stages.begin(), all.stages.end(), stages[s]);
      recorded_.push_back(recorded_from ? recorded_from->days() : not_reached);
      if (at == all.stages.end()) continue;
      const auto found = static_cast<std::size_t>(at - all.stages.begin());
      place[found] = s;
      if (!recorded_from) recorded_.back() = all.recorded[found];
    }
    for (const Person& person : all.people) {
      const auto c = static_cast<std::size_t>(person.customer);
      start_[c] = person.start;
      for (const Reached& reached : person.reached)
        if (place[reached.stage] < stages_)
          day_[c * stages_ + place[reached.stage]] = std::max(0, reached.day - person.start);
    }
  }

  /// Days from the start to the stage; `not_reached` of who has not; empty where the start is before the stage was
  /// recorded.
  [[nodiscard]] std::optional<std::int32_t> operator()(CustomerIndex customer, std::size_t stage) const {
    const auto c = static_cast<std::size_t>(customer);
    if (start_[c] == not_reached || recorded_[stage] == not_reached || start_[c] < recorded_[stage])
      return std::nullopt;
    return day_[c * stages_ + stage];
  }
  [[nodiscard]] std::int32_t start(CustomerIndex customer) const {
    return start_[static_cast<std::size_t>(customer)];
  }
  [[nodiscard]] std::optional<Date> recorded_from(std::size_t stage) const {
    if (recorded_[stage] == not_reached) return std::nullopt;
    return Date::from_days(recorded_[stage]);
  }

 private:
  std::size_t stages_;
  std::vector<std::int32_t> start_;     // by customer
  std::vector<std::int32_t> day_;       // by customer, then by stage
  std::vector<std::int32_t> recorded_;  // by stage
};

std::string records_of_stage(const std::string& stage) {
  return "events of the kind stage_reached with the label " + stage;
}

/// The rows of one half of the customers, without covariates that say nothing in it.
LandmarkRows rows_of_half(const Book& book, const LandmarkRows& rows, std::uint32_t half) {
  LandmarkRows part{.levels = rows.levels, .horizon = rows.horizon, .at_horizon = rows.at_horizon};
  std::vector<Eigen::Index> taken;
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    if (customer_group(book.customer_id(rows.customer[r]).text(), customer_halves) != half) continue;
    taken.push_back(static_cast<Eigen::Index>(r));
    part.level.push_back(rows.level[r]);
    part.departs_in.push_back(rows.departs_in[r]);
    part.known_for.push_back(rows.known_for[r]);
    part.ticks.push_back(rows.ticks[r]);
    part.customer.push_back(rows.customer[r]);
    part.day.push_back(rows.day[r]);
  }
  std::vector<Eigen::Index> varying;
  for (std::size_t k = 0; k < rows.names.size(); ++k) {
    const auto at = static_cast<Eigen::Index>(k);
    const bool varies = std::any_of(taken.begin(), taken.end(), [&](Eigen::Index r) {
      return rows.covariates(r, at) != rows.covariates(taken.front(), at);
    });
    if (!varies) continue;
    varying.push_back(at);
    part.names.push_back(rows.names[k]);
  }
  part.covariates.resize(static_cast<Eigen::Index>(taken.size()), static_cast<Eigen::Index>(varying.size()));
  for (std::size_t k = 0; k < varying.size(); ++k)
    for (std::size_t r = 0; r < taken.size(); ++r)
      part.covariates(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(k)) =
          rows.covariates(taken[r], varying[k]);
  return part;
}

/// Of effects the one that goes with staying and has the smallest p; of equals the larger difference, then the first.
/// `effect_of(i)` gives the i-th of so many.
template <class EffectOf>
std::optional<std::size_t> separates_best(std::size_t count, EffectOf&& effect_of) {
  std::optional<std::size_t> best;
  const auto difference = [](const LandmarkEffect& effect) {
    return effect.retained.difference ? effect.retained.difference->difference : -1;
  };
  for (std::size_t i = 0; i < count; ++i) {
    const LandmarkEffect& effect = effect_of(i);
    if (!effect.p || !goes_with_staying(effect).value_or(false)) continue;
    if (best) {
      const LandmarkEffect& before = effect_of(*best);
      if (effect.p->log10 > before.p->log10) continue;
      if (effect.p->log10 == before.p->log10 && !(difference(effect) > difference(before))) continue;
    }
    best = i;
  }
  return best;
}

/// Independent estimates of a ratio as one: the mean of their logarithms, weighted by their precision.
LandmarkHazardRatio ratios_together(const std::vector<LandmarkHazardRatio>& ratios, double confidence) {
  const double z = two_sided_quantile(confidence);
  double weights = 0;
  double sum = 0;
  for (const LandmarkHazardRatio& ratio : ratios) {
    if (!ratio.value || !ratio.interval || !(ratio.interval->low > 0) || !std::isfinite(ratio.interval->high))
      continue;
    const double error = std::log(ratio.interval->high / ratio.interval->low) / (2 * z);
    if (!(error > 0)) continue;
    weights += 1 / (error * error);
    sum += std::log(*ratio.value) / (error * error);
  }
  if (!(weights > 0)) return {};
  const double mean = sum / weights;
  const double error = 1 / std::sqrt(weights);
  return {std::exp(mean), Interval{std::exp(mean - z * error), std::exp(mean + z * error)},
          normal_p_value(mean / error)};
}

class ValueFinder {
 public:
  ValueFinder(PastReader& reader, const TimeToValueOptions& options, const Onboarded& all,
              const std::vector<std::string>& stages, TimeToValue& value)
      : book_(reader.book()),
        reader_(reader),
        options_(options),
        value_(value),
        reached_(std::make_shared<DaysToStages>(book_, all, stages, options.recorded_from)),
        rule_(rule_of(options, value, options.rule.weighted)),
        plain_rule_(rule_of(options, value, false)),
        watch_(options.progress, stages.size() * (2 * value.days.size() + 1)) {
    landmark_.where = options.where;
    landmark_.adjust_for =
        options.adjust_for ? *options.adjust_for : usual_covariates(book_, options.most_labels);
    value.adjusted_for = covariate_names(landmark_.adjust_for);
    for (std::size_t s = 0; s < stages.size(); ++s)
      value_.stages.push_back({.stage = stages[s], .recorded_from = reached_->recorded_from(s)});
  }

  void find() {
    for (std::size_t s = 0; s < value_.stages.size(); ++s)
      for (const std::int32_t day : value_.days) measure(s, day);
    count_customers();
    judge();
    estimate_held_out();
    measure_bands();
    measure_late();
    tell_apart();
  }

 private:
  static LandmarkEffectRule rule_of(const TimeToValueOptions& options, const TimeToValue& value,
                                    bool weighted) {
    LandmarkEffectRule rule = options.rule;
    rule.contrast.interval = value.interval;
    rule.weighted = weighted;
    return rule;
  }
  [[nodiscard]] double level() const { return 1 - value_.interval.confidence; }
  [[nodiscard]] std::size_t row_of(std::size_t stage, std::size_t day) const {
    return stage * value_.days.size() + day;
  }
  [[nodiscard]] Exposure exposure_of(std::size_t stage, std::int32_t landmark,
                                     std::vector<std::string> levels) const {
    return {.lever = "activation",
            .name = value_.stages[stage].stage,
            .levels = std::move(levels),
            .landmark = landmark,
            .horizon = options_.horizon,
            .records = records_of_stage(value_.stages[stage].stage)};
  }
  void measure(std::size_t stage, std::int32_t day);
  struct ReachCounts {
    std::int64_t all{0};
    std::int64_t reached{0};
    std::int64_t there{0};
  };
  void count_reached(CustomerIndex customer, std::size_t d, bool there,
                     std::vector<ReachCounts>& counts) const;
  void count_at_stake(CustomerIndex customer);
  void count_customers();
  void judge();
  void estimate_held_out();
  void measure_bands();
  void measure_late();
  [[nodiscard]] LandmarkHazardRatio beside(std::size_t row, std::size_t other);
  void tell_apart();

  const Book& book_;
  PastReader& reader_;
  const TimeToValueOptions& options_;
  TimeToValue& value_;
  std::shared_ptr<const DaysToStages> reached_;
  LandmarkOptions landmark_;
  LandmarkEffectRule rule_;
  LandmarkEffectRule plain_rule_;
  std::array<std::vector<LandmarkEffect>, customer_halves> in_half_;  // by row
  Watch watch_;
};

void ValueFinder::measure(std::size_t stage, std::int32_t day) {
  // What is read as of today was known at the landmark: a start is before it, and so is a day of less than `day`.
  Exposure exposure = exposure_of(stage, day, {"not reached", "reached"});
  exposure.level = [reached = reached_, stage, day](const Past& past) -> std::optional<std::uint32_t> {
    const auto after = (*reached)(past.customer(), stage);
    return after ? std::optional{*after < day ? 1U : 0U} : std::nullopt;
  };
  const LandmarkRows rows = landmark_rows(reader_, exposure, landmark_);
  TimeToValueRow row{.stage = value_.stages[stage].stage, .day = day, .effect = landmark_effect(rows, rule_)};
  row.reached_of_there =
      Proportion{row.effect.arms[1].customers, row.effect.arms[0].customers + row.effect.arms[1].customers};
  row.before_records = rows.before_records;
  row.filtered = rows.filtered;
  row.too_new = rows.too_new;
  row.left_before = rows.left_before;
  row.not_known = rows.not_known;
  row.note = note_of_effect(row, day, row.effect.arms[1].customers > 0 ? "" : exposure.records);
  value_.rows.push_back(std::move(row));
  for (std::uint32_t half = 0; half < customer_halves; ++half)
    in_half_[half].push_back(landmark_effect(rows_of_half(book_, rows, half), plain_rule_));
  watch_.add(1);
}

/// One whose landmark of the day at place `d` is over, whether there on it or not.
void ValueFinder::count_reached(CustomerIndex customer, std::size_t d, bool there,
                                std::vector<ReachCounts>& counts) const {
  for (std::size_t s = 0; s < value_.stages.size(); ++s) {
    const auto after = (*reached_)(customer, s);
    if (!after) continue;
    ReachCounts& count = counts[row_of(s, d)];
    ++count.all;
    if (*after < value_.days[d]) ++count.reached;
    if (there) ++count.there;
  }
}

/// One who is present at as_of.
void ValueFinder::count_at_stake(CustomerIndex customer) {
  const std::int32_t age = book_.as_of().days() - reached_->start(customer);
  for (std::size_t s = 0; s < value_.stages.size(); ++s) {
    if ((*reached_)(customer, s) != not_reached) continue;
    for (std::size_t d = 0; d < value_.days.size(); ++d)
      if (age < value_.days[d]) ++value_.rows[row_of(s, d)].customers_at_stake;
  }
}

void ValueFinder::count_customers() {
  std::vector<ReachCounts> counts(value_.rows.size());
  const std::int32_t as_of = book_.as_of().days();
  const Segmenter everyone;
  LabelsOnDays kept{book_, everyone, options_.where};
  SpellReader spells{book_, SpellUnit::first_of_customer};
  for (std::uint32_t c = 0; c < book_.customer_count(); ++c) {
    const CustomerIndex customer{c};
    const auto stays = spells.of(customer);
    if (stays.empty() || stays.front().entry > 0) continue;
    const Spell& stay = stays.front();
    const std::int64_t until = stay.ends_on ? stay.ends_on->days() : std::numeric_limits<std::int32_t>::max();
    for (std::size_t d = 0; d < value_.days.size(); ++d) {
      const std::int64_t t = std::int64_t{stay.starts_on.days()} + value_.days[d];
      if (t <= as_of && kept(customer, static_cast<std::int32_t>(std::min(t, until) - 1)))
        count_reached(customer, d, until >= t, counts);
    }
    if (!stay.ends_on && kept(customer, as_of - 1)) count_at_stake(customer);
  }
  for (std::size_t r = 0; r < counts.size(); ++r) {
    value_.rows[r].reached = Proportion{counts[r].reached, counts[r].all};
    value_.rows[r].there = Proportion{counts[r].there, counts[r].all};
  }
}

void ValueFinder::judge() {
  std::vector<PValue> known;
  for (const TimeToValueRow& row : value_.rows)
    if (row.effect.p) known.push_back(*row.effect.p);
  const std::vector<PValue> adjusted = adjusted_p(known, options_.adjustment);
  value_.tested = known.size();
  std::size_t next = 0;
  for (TimeToValueRow& row : value_.rows) {
    if (row.effect.p) row.p_adjusted = adjusted[next++];
    row.verdict = lever_verdict(row.effect, row.p_adjusted, level());
  }
  for (std::size_t s = 0; s < value_.stages.size(); ++s)
    for (std::size_t d = value_.days.size(); d-- > 0;)
      if (value_.rows[row_of(s, d)].verdict == LeverVerdict::keeps)
        value_.stages[s].earliest_day = value_.days[d];
  value_.best = separates_best(value_.rows.size(),
                               [&](std::size_t r) -> const LandmarkEffect& { return value_.rows[r].effect; });
  if (value_.best && value_.rows[*value_.best].verdict != LeverVerdict::keeps) value_.best.reset();
}

void ValueFinder::estimate_held_out() {
  std::vector<LandmarkHazardRatio> ratios;
  std::array<std::int64_t, 4> counts{};
  for (std::uint32_t half = 0; half < customer_halves; ++half) {
    const auto& choosing = in_half_[1 - half];
    const auto chosen =
        separates_best(choosing.size(), [&](std::size_t r) -> const LandmarkEffect& { return choosing[r]; });
    if (!chosen || !in_half_[half][*chosen].p) continue;
    const LandmarkEffect& effect = in_half_[half][*chosen];
    value_.held_out.push_back({*chosen, half, effect});
    ratios.push_back(ratio_of_effect(effect));
    counts[0] += effect.retained.one.numerator();
    counts[1] += effect.retained.one.denominator();
    counts[2] += effect.retained.other.numerator();
    counts[3] += effect.retained.other.denominator();
  }
  value_.held_out_ratio = ratios_together(ratios, value_.interval.confidence);
  value_.held_out_retained = contrast({counts[0], counts[1]}, {counts[2], counts[3]}, rule_.contrast);
}

void ValueFinder::measure_bands() {
  const std::vector<std::int32_t>& days = value_.days;
  std::vector<PValue> known;
  for (std::size_t s = 0; s < value_.stages.size(); ++s) {
    // More of it is sooner: the last level is the first band.
    std::vector<std::string> levels{"not before day " + std::to_string(days.back())};
    for (std::size_t d = days.size(); d-- > 0;)
      levels.push_back("day " + std::to_string(d == 0 ? 0 : days[d - 1]) + " to " +
                       std::to_string(days[d] - 1));
    Exposure exposure = exposure_of(s, days.back(), levels);
    exposure.level = [reached = reached_, s, &days](const Past& past) -> std::optional<std::uint32_t> {
      const auto after = (*reached)(past.customer(), s);
      if (!after) return std::nullopt;
      const auto later = days.end() - std::upper_bound(days.begin(), days.end(), *after);
      return static_cast<std::uint32_t>(later);
    };
    LandmarkEffect effect = landmark_effect(landmark_rows(reader_, exposure, landmark_), plain_rule_);
    TimeToValueStage& stage = value_.stages[s];
    stage.not_reached = std::move(effect.arms[0]);
    for (std::size_t d = 0; d < days.size(); ++d) {
      stage.bands.push_back({d == 0 ? 0 : days[d - 1], days[d], std::move(effect.arms[days.size() - d])});
      if (const auto& p = stage.bands.back().arm.step.p) known.push_back(*p);
    }
    watch_.add(1);
  }
  const std::vector<PValue> adjusted = adjusted_p(known, options_.adjustment);
  std::size_t next = 0;
  for (TimeToValueStage& stage : value_.stages)
    for (TimeToValueBand& band : stage.bands) {
      if (!band.arm.step.p) continue;
      band.p_adjusted = adjusted[next++];
      band.verdict = !(band.p_adjusted->value < level())   ? LeverVerdict::unclear
                     : band.arm.step.value.value_or(0) < 1 ? LeverVerdict::keeps
                                                           : LeverVerdict::loses;
    }
}

void ValueFinder::measure_late() {
  if (!value_.best) return;
  const std::size_t s = *value_.best / value_.days.size();
  const std::int32_t soon = value_.rows[*value_.best].day;
  const std::int32_t last = value_.days.back();
  Exposure exposure = exposure_of(s, last, {"not reached", "reached later"});
  exposure.level = [reached = reached_, s, soon, last](const Past& past) -> std::optional<std::uint32_t> {
    const auto after = (*reached)(past.customer(), s);
    if (!after || *after < soon) return std::nullopt;
    return *after < last ? 1 : 0;
  };
  value_.late = landmark_effect(landmark_rows(reader_, exposure, landmark_), rule_);
}

/// What reaching the stage of one row is worth beside that of another, of those there at the later landmark.
LandmarkHazardRatio ValueFinder::beside(std::size_t row, std::size_t other) {
  const std::size_t stage = row / value_.days.size();
  const std::size_t stage_of_other = other / value_.days.size();
  const std::int32_t day = value_.rows[row].day;
  const std::int32_t day_of_other = value_.rows[other].day;
  Exposure exposure = exposure_of(stage, std::max(day, day_of_other), {"not reached", "reached"});
  exposure.level = [&](const Past& past) -> std::optional<std::uint32_t> {
    const auto after = (*reached_)(past.customer(), stage);
    if (!after || !(*reached_)(past.customer(), stage_of_other)) return std::nullopt;
    return *after < day ? 1 : 0;
  };
  LandmarkRows rows = landmark_rows(reader_, exposure, landmark_);
  Eigen::MatrixXd covariates(static_cast<Eigen::Index>(rows.rows()), rows.covariates.cols() + 1);
  if (rows.covariates.size() > 0) covariates.rightCols(rows.covariates.cols()) = rows.covariates;
  for (std::size_t r = 0; r < rows.rows(); ++r)  // first, so that it is not left out where departures are few
    covariates(static_cast<Eigen::Index>(r), 0) =
        *(*reached_)(rows.customer[r], stage_of_other) < day_of_other ? 1 : 0;
  rows.covariates = std::move(covariates);
  rows.names.insert(rows.names.begin(), "the other");
  return landmark_effect(rows, plain_rule_).adjusted;
}

/// Which rows could be the best one as well.
void ValueFinder::tell_apart() {
  if (!value_.best) return;
  std::vector<PValue> known;
  for (std::size_t r = 0; r < value_.rows.size(); ++r) {
    watch_.add(1);
    TimeToValueRow& row = value_.rows[r];
    if (row.verdict != LeverVerdict::keeps || r == *value_.best) continue;
    row.beside_best = beside(r, *value_.best);
    row.best_beside = beside(*value_.best, r);
    for (const auto& p : {row.beside_best.p, row.best_beside.p})
      if (p) known.push_back(*p);
  }
  const std::vector<PValue> adjusted = adjusted_p(known, options_.adjustment);
  std::size_t next = 0;
  const auto matters = [&](const LandmarkHazardRatio& ratio) {
    return ratio.p && adjusted[next++].value < level() && ratio.value.value_or(1) < 1;
  };
  for (TimeToValueRow& row : value_.rows) {
    if (row.verdict != LeverVerdict::keeps) continue;
    const bool says_more = matters(row.beside_best);
    row.as_good = !matters(row.best_beside) || says_more;  // of the best, which is beside nothing, as well
  }
}

/// "0.52 times as often (95 %: 0.45 to 0.6)".
std::string times_as_often(const LandmarkHazardRatio& ratio, double confidence) {
  return three_digits(*ratio.value) + " times as often (" + confidence_in_words(confidence) + ": " +
         three_digits(ratio.interval->low) + " to " + three_digits(ratio.interval->high) + ")";
}

/// "12.1 points more (95 %: 3.2 to 20)"; of those who stayed.
std::string points_stayed(const Contrast& retained, double confidence) {
  const ProportionDifference& difference = *retained.difference;
  const bool more = difference.difference >= 0;
  const Interval shown =
      more ? difference.interval : Interval{-difference.interval.high, -difference.interval.low};
  return in_points(std::abs(difference.difference)) + " points " + (more ? "more" : "fewer") + " stayed (" +
         confidence_in_words(confidence) + ": " + in_points(shown.low) + " to " + in_points(shown.high) + ")";
}

std::string within_days(const TimeToValueRow& row) {
  return row.stage + " within " + counted(static_cast<std::size_t>(row.day), "day", "days");
}

std::string best_in_words(const TimeToValue& value) {
  const TimeToValueRow& row = value.rows[*value.best];
  const LandmarkHazardRatio& ratio = ratio_of_effect(row.effect);
  const Contrast& retained = row.effect.retained;
  const double confidence = value.interval.confidence;
  std::string text = "Reaching " + within_days(row) + " separates best";
  if (ratio.value && ratio.interval)
    text += ": those who did left " + times_as_often(ratio, confidence);
  else if (retained.difference)
    text += ": of those who did " + points_stayed(retained, confidence);
  const auto with = retained.one.value();
  const auto without = retained.other.value();
  if (with && without)
    text += "; " + in_points(*with) + " % of them stayed for " +
            counted(static_cast<std::size_t>(value.horizon), "day", "days") + " after, " +
            in_points(*without) + " % of the others";
  return text + ".";
}

std::string held_out_in_words(const TimeToValue& value) {
  std::string text = " It was chosen among " + counted(value.tested, "stage and day", "stages and days");
  const double confidence = value.interval.confidence;
  std::string estimate;
  if (value.held_out_ratio.value)
    estimate = "left " + times_as_often(value.held_out_ratio, confidence);
  else if (value.held_out_retained.difference)
    estimate = points_stayed(value.held_out_retained, confidence);
  if (value.held_out.empty() || estimate.empty())
    return text + "; halves of the customers are too few to check the choice.";
  std::vector<std::string> chosen;
  for (const HeldOutValue& half : value.held_out)
    if (const std::string name = within_days(value.rows[half.row]); chosen.empty() || chosen.back() != name)
      chosen.push_back(name);
  const bool alike = chosen.size() == 1 && value.held_out.front().row == *value.best;
  return text + "; in the customers that had no say in choosing" +
         (alike ? "" : " (their other half chose " + listed(chosen) + ")") + ": " + estimate + ".";
}

/// "activated within 14, 30 or 45 days", for each stage.
std::string as_good_in_words(const TimeToValue& value) {
  std::vector<std::string> stages;
  for (const TimeToValueStage& stage : value.stages) {
    std::vector<std::string> days;
    for (const TimeToValueRow& row : value.rows)
      if (row.stage == stage.stage && row.as_good && &row != &value.rows[*value.best])
        days.push_back(std::to_string(row.day));
    if (!days.empty()) stages.push_back(stage.stage + " within " + listed(days) + " days");
  }
  return stages.empty() ? "" : " These customers can't tell it from " + listed(stages) + ".";
}

std::string late_in_words(const TimeToValue& value) {
  const LandmarkHazardRatio& ratio = ratio_of_effect(value.late);
  if (!ratio.value || !ratio.interval) return {};
  return " Of those who had not reached it by then, those who did before day " +
         std::to_string(value.days.back()) + " left " + times_as_often(ratio, value.interval.confidence) +
         ".";
}

std::string earliest_in_words(const TimeToValue& value) {
  std::vector<std::string> stages;
  for (const TimeToValueStage& stage : value.stages)
    if (stage.earliest_day)
      stages.push_back(stage.stage + " from day " + std::to_string(*stage.earliest_day));
  return stages.empty() ? "" : " The difference shows for " + listed(stages) + " on.";
}

}  // namespace

const TimeToValueRow& TimeToValue::at(std::string_view stage, std::int32_t day) const {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const TimeToValueRow& candidate) {
    return candidate.stage == stage && candidate.day == day;
  });
  if (row == rows.end())
    throw Error(ErrorCode::unknown_name,
                "There is no row of \"" + std::string(stage) + "\" and day " + std::to_string(day) + ".");
  return *row;
}

TimeToValue time_to_value(const Book& book, const TimeToValueOptions& options) {
  require_stage_names(options.stages);
  if (options.horizon < 1) throw Error(ErrorCode::bad_number, "A horizon is one day or more.");
  TimeToValue value{
      .horizon = options.horizon,
      .interval = options.rule.contrast.interval.value_or(book.conventions().rate.interval_rule()),
      .days = rising_days(options.days)};
  if (book.as_of().days() == Date::min_days) {
    value.note = "Nothing is known before the first day of the calendar.";
    return value;
  }
  PastReader reader{book, options.kinds};
  const Onboarded all = read_onboarding(reader);
  const std::vector<std::string> stages =
      options.stages.empty()
          ? stage_order(all, options.recorded_from ? options.recorded_from : all.recorded_since)
          : options.stages;
  if (stages.empty()) {
    value.note =
        "No onboarding stage is on record, so when customers reach value is not known. It takes events of "
        "the "
        "kind stage_reached with the stage as label.";
    return value;
  }
  ValueFinder{reader, options, all, stages, value}.find();
  if (value.tested == 0) value.note = "No stage can be compared on any day: " + value.rows.back().note;
  return value;
}

Table time_to_value_table(const TimeToValue& value) {
  Table table{{"stage",
               "day",
               "exposed",
               "unexposed",
               "retention_exposed",
               "retention_unexposed",
               "difference",
               "ci_low",
               "ci_high",
               "hazard_ratio",
               "hazard_low",
               "hazard_high",
               "p_adjusted",
               "reached_share",
               "customers_at_stake",
               "verdict",
               "note",
               "reached_of_there_share",
               "there_share",
               "customers",
               "departures",
               "not_known",
               "too_new",
               "left_before",
               "before_records",
               "as_good",
               "beside_best",
               "beside_best_low",
               "beside_best_high",
               "best_beside",
               "best_beside_low",
               "best_beside_high"},
              {}};
  for (const TimeToValueRow& row : value.rows) {
    const Contrast& retained = row.effect.retained;
    const LandmarkHazardRatio& ratio = ratio_of_effect(row.effect);
    const auto& difference = retained.difference;
    table.rows.push_back({row.stage,
                          std::int64_t{row.day},
                          retained.one.denominator(),
                          retained.other.denominator(),
                          cell_of(retained.one.value()),
                          cell_of(retained.other.value()),
                          difference ? Cell{difference->difference} : Cell{},
                          difference ? Cell{difference->interval.low} : Cell{},
                          difference ? Cell{difference->interval.high} : Cell{},
                          cell_of(ratio.value),
                          low_of(ratio.interval),
                          high_of(ratio.interval),
                          cell_of(row.p_adjusted),
                          cell_of(row.reached.value()),
                          row.customers_at_stake,
                          std::string(lever_verdict_name(row.verdict)),
                          row.note.empty() ? Cell{} : Cell{row.note},
                          cell_of(row.reached_of_there.value()),
                          cell_of(row.there.value()),
                          row.reached_of_there.denominator(),
                          count_of(row.effect.departures),
                          count_of(row.not_known),
                          count_of(row.too_new),
                          count_of(row.left_before),
                          count_of(row.before_records),
                          std::int64_t{row.as_good ? 1 : 0},
                          cell_of(row.beside_best.value),
                          low_of(row.beside_best.interval),
                          high_of(row.beside_best.interval),
                          cell_of(row.best_beside.value),
                          low_of(row.best_beside.interval),
                          high_of(row.best_beside.interval)});
  }
  return table;
}

Table time_to_value_bands_table(const TimeToValue& value) {
  Table table{{"stage", "from_day", "until_day", "customers", "followed", "retained", "retention", "ci_low",
               "ci_high", "hazard_ratio", "hazard_low", "hazard_high", "p_adjusted", "verdict"},
              {}};
  const auto add = [&](const std::string& stage, std::int32_t from, Cell until, const LandmarkArm& arm,
                       const std::optional<PValue>& p, Cell verdict) {
    table.rows.push_back({stage, std::int64_t{from}, std::move(until), arm.customers,
                          arm.retained.denominator(), arm.retained.numerator(), cell_of(arm.retained.value()),
                          low_of(arm.interval), high_of(arm.interval), cell_of(arm.step.value),
                          low_of(arm.step.interval), high_of(arm.step.interval), cell_of(p),
                          std::move(verdict)});
  };
  for (const TimeToValueStage& stage : value.stages) {
    for (const TimeToValueBand& band : stage.bands)
      add(stage.stage, band.from, std::int64_t{band.until}, band.arm, band.p_adjusted,
          std::string(lever_verdict_name(band.verdict)));
    add(stage.stage, value.days.back(), {}, stage.not_reached, {}, {});
  }
  return table;
}

std::string time_to_value_sentence(const TimeToValue& value) {
  if (!value.note.empty()) return value.note;
  if (!value.best) {
    std::string text = "Of " + counted(value.tested, "stage and day", "stages and days") +
                       " that can be compared none goes with staying by more than chance.";
    const auto loses = std::find_if(value.rows.begin(), value.rows.end(), [](const TimeToValueRow& row) {
      return row.verdict == LeverVerdict::loses;
    });
    if (loses != value.rows.end())
      text += " Reaching " + within_days(*loses) + " goes with leaving. That is association, not cause.";
    return text;
  }
  const TimeToValueRow& best = value.rows[*value.best];
  std::string text = best_in_words(value) + held_out_in_words(value) + as_good_in_words(value) +
                     late_in_words(value) + earliest_in_words(value);
  if (best.customers_at_stake > 0)
    text += " " + counted(static_cast<std::size_t>(best.customers_at_stake), "customer", "customers") +
            " can still reach " + best.stage + " in time.";
  return text + " That is association, not cause.";
}

}  // namespace churn::inline v0

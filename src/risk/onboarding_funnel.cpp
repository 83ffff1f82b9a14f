#include <churn/risk/onboarding_funnel.hpp>

#include <churn/indicator/past.hpp>

#include <algorithm>
#include <utility>

#include "risk/landmark_answer.hpp"
#include "risk/onboarding_stages.hpp"
#include "segment/labels_on_days.hpp"
#include "stats/adjust_contrasts.hpp"

namespace churn::inline v0 {

namespace {

void check(const OnboardingOptions& options) {
  if (options.landmark < 1 || options.horizon <= options.landmark)
    throw Error(ErrorCode::out_of_range,
                "A landmark is one day or more after a stage is reached, and the horizon ends after it.");
  require_stage_names(options.stages);
}

/// Days until something is reached, or so far.
struct Waits {
  std::vector<std::int32_t> days;
  std::vector<std::uint8_t> is_reached;
  void add(std::int32_t from, std::int32_t until, std::int32_t last_day) {
    const bool known = until != not_reached;
    days.push_back(std::max(0, (known ? until : last_day) - from));
    is_reached.push_back(known ? 1 : 0);
  }
  [[nodiscard]] SurvivalCurve curve(const SurvivalOptions& options) const {
    return kaplan_meier(risk_table(SpellColumns{.exit = days, .event = is_reached}), options);
  }
};

struct StageCounts {
  std::int64_t reached{0};
  std::int64_t before{0};
  std::int64_t both{0};
  Waits from_before{};
  Waits from_start{};
  Departing stopped{};
  Departing went_on{};
};

class FunnelCount {
 public:
  FunnelCount(const Book& book, const OnboardingOptions& options, OnboardingFunnel& funnel)
      : book_(book),
        options_(options),
        funnel_(funnel),
        labels_(book, all_, options.where),
        as_of_(book.as_of()),
        last_day_(as_of_.days() - 1),
        counts_(funnel.stages.size()) {}

  void count(const Person& person, const std::vector<std::optional<std::size_t>>& place);
  void count_without_start(CustomerIndex customer) {
    read_stays(book_, customer, stays_);
    if (labels_(customer, day_to_filter_by(stays_, last_day_))) ++funnel_.without_start;
  }
  void finish();

 private:
  /// Also before the records.
  [[nodiscard]] bool was_present(CustomerIndex customer) const {
    const auto first = book_.first_present_on(customer);
    return first && *first < as_of_;
  }
  void count_far(CustomerIndex customer);
  void count_landmark(CustomerIndex customer, std::size_t stage, bool kept);

  const Book& book_;
  const OnboardingOptions& options_;
  OnboardingFunnel& funnel_;
  Segmenter all_;
  LabelsOnDays labels_;
  Date as_of_;
  std::int32_t last_day_;
  std::vector<StageCounts> counts_;
  std::vector<StayDays> stays_;    // of the person at hand
  std::vector<std::int32_t> day_;  // by row, when the person at hand reached it
};

/// `place` gives a stage's row by its number.
void FunnelCount::count(const Person& person, const std::vector<std::optional<std::size_t>>& place) {
  if (options_.started && !options_.started->contains(Date::from_days(person.start))) return;
  read_stays(book_, person.customer, stays_);
  const bool kept = labels_(person.customer, day_to_filter_by(stays_, last_day_)).has_value();
  if (funnel_.recorded_from && person.start < funnel_.recorded_from->days()) {
    if (kept) ++funnel_.before_recording;
    return;
  }
  day_.assign(counts_.size(), not_reached);
  day_[0] = person.start;
  for (const Reached& reached : person.reached)
    if (const auto row = place[reached.stage]) day_[*row] = std::max(person.start, reached.day);
  if (kept) count_far(person.customer);
  for (std::size_t s = 0; s < counts_.size(); ++s)
    if (day_[s] != not_reached) count_landmark(person.customer, s, kept);
}

void FunnelCount::count_far(CustomerIndex customer) {
  ++funnel_.customers;
  std::size_t furthest = 0;
  for (std::size_t s = 0; s < counts_.size(); ++s) {
    StageCounts& counts = counts_[s];
    const bool reached = day_[s] != not_reached;
    if (reached) {
      ++counts.reached;
      furthest = s;
    }
    if (s == 0) continue;
    counts.from_start.add(day_[0], day_[s], last_day_);
    if (day_[s - 1] == not_reached) continue;
    ++counts.before;
    if (reached) ++counts.both;
    counts.from_before.add(day_[s - 1], day_[s], last_day_);
  }
  OnboardingStage& stage = funnel_.stages[furthest];
  if (stay_on(stays_, last_day_) != nullptr)
    ++stage.present;
  else
    ++(was_present(customer) ? stage.left : stage.never_present);
}

void FunnelCount::count_landmark(CustomerIndex customer, std::size_t stage, bool kept) {
  const std::int64_t landmark = std::int64_t{day_[stage]} + options_.landmark;
  const std::int64_t end = std::int64_t{day_[stage]} + options_.horizon;
  const auto records_from = book_.records_from();
  if (end > as_of_.days() || (records_from && landmark <= records_from->days())) {
    if (kept) ++funnel_.stages[stage].outcome_unknown;
    return;
  }
  const StayDays* const stay = stay_on(stays_, landmark - 1);
  if (stay == nullptr) {
    if (kept) ++funnel_.stages[stage].absent;
    return;
  }
  if (!labels_(customer, static_cast<std::int32_t>(landmark - 1))) return;
  const bool went_on = std::any_of(day_.begin() + static_cast<std::ptrdiff_t>(stage) + 1, day_.end(),
                                   [&](std::int32_t day) { return day < landmark; });
  StageCounts& counts = counts_[stage];
  (went_on ? counts.went_on : counts.stopped).add(stay->until < end);
}

void FunnelCount::finish() {
  ContrastRule rule = options_.rule;
  rule.interval = funnel_.interval;
  for (std::size_t s = 0; s < counts_.size(); ++s) {
    const StageCounts& counts = counts_[s];
    OnboardingStage& stage = funnel_.stages[s];
    stage.reached = counts.reached;
    stage.departed = contrast(counts.stopped.share(), counts.went_on.share(), rule);
    if (s == 0) continue;
    stage.skipped = counts.reached - counts.both;
    stage.of_before = Proportion{counts.both, counts.before};
    stage.from_before = counts.from_before.curve(options_.curve);
    stage.from_start = counts.from_start.curve(options_.curve);
    stage.days_from_before = survival_quantile(stage.from_before);
    stage.days_from_start = survival_quantile(stage.from_start);
  }
  funnel_.comparisons = adjust_contrasts(funnel_.stages, rule,
                                         [](OnboardingStage& stage) -> Contrast& { return stage.departed; });
}

void add_median(std::vector<Cell>& row, const SurvivalQuantile& median) {
  for (const auto& time : {median.time, median.low, median.high}) row.push_back(cells::of(time));
}

/// "829 reached invited_team, 745 first_project".
std::string reached_in_words(const OnboardingFunnel& funnel) {
  constexpr std::size_t most_told = 8;
  std::string text = "Of " + words::counted(funnel.customers, "customer");
  for (std::size_t s = 1; s < funnel.stages.size() && s <= most_told; ++s)
    text += ", " + std::to_string(funnel.stages[s].reached) + (s == 1 ? " reached " : " ") +
            funnel.stages[s].stage;
  if (funnel.stages.size() > most_told + 1)
    text +=
        ", and so on to " + std::to_string(funnel.stages.back().reached) + " " + funnel.stages.back().stage;
  return text + ".";
}

std::string loss_in_words(const OnboardingFunnel& funnel) {
  const OnboardingStage* least = nullptr;
  std::string before;
  for (std::size_t s = 1; s < funnel.stages.size(); ++s) {
    const auto share = funnel.stages[s].of_before.value();
    if (!share || (least != nullptr && *share >= *least->of_before.value())) continue;
    least = &funnel.stages[s];
    before = funnel.stages[s - 1].stage;
  }
  if (least == nullptr) return {};
  if (*least->of_before.value() == 1) return " Nobody failed to take a step.";
  std::string text = " Fewest went on from " + before + " to " + least->stage + ": " +
                     words::share(least->of_before, funnel.interval);
  if (least->days_from_before.time)
    text += ", in " + three_digits(*least->days_from_before.time) + " days at the median";
  return text + "; who got there lately may still go on.";
}

std::string standing_in_words(const OnboardingFunnel& funnel) {
  const OnboardingStage* most = nullptr;
  std::int64_t present = 0;
  for (std::size_t s = 0; s < funnel.stages.size(); ++s) {
    present += funnel.stages[s].present;
    if (s + 1 < funnel.stages.size() && (most == nullptr || funnel.stages[s].present > most->present))
      most = &funnel.stages[s];
  }
  if (present == 0) return " Nobody of them is present now.";
  if (most == nullptr || most->present == 0)
    return " All " + std::to_string(present) + " who are present now have reached the last stage.";
  return " Of " + std::to_string(present) + " who are present now, " + std::to_string(most->present) +
         (most->present == 1 ? " stands at " : " stand at ") + most->stage + " and came no further.";
}

std::string departures_in_words(const OnboardingFunnel& funnel) {
  if (funnel.comparisons == 0)
    return " Whether those who stop leave more often can't be compared at any stage.";
  const OnboardingStage* told = nullptr;
  for (const OnboardingStage& stage : funnel.stages) {
    const Contrast& departed = stage.departed;
    if (!departed.p_adjusted || departed.p_adjusted->value >= 0.05) continue;
    if (told == nullptr || departed.difference->difference > told->departed.difference->difference)
      told = &stage;
  }
  if (told == nullptr)
    return " Those who stopped did not leave more or less often than those who went on by more than "
           "chance, " +
           words::counted(static_cast<std::int64_t>(funnel.comparisons), "stage") + " compared.";
  return " Of those who were still at " + told->stage + " " + words::counted(funnel.landmark, "day") +
         " after reaching it, " + words::share(told->departed.one, funnel.interval) + " left by day " +
         std::to_string(funnel.horizon) + ", against " + words::share(told->departed.other, funnel.interval) +
         " of those who had gone on: " + words::difference(told->departed, funnel.interval) +
         ". That is an association, not a cause.";
}

}  // namespace

const OnboardingStage& OnboardingFunnel::at(std::string_view stage) const {
  std::string names;
  for (const OnboardingStage& candidate : stages) {
    if (candidate.stage == stage) return candidate;
    names += (names.empty() ? "" : ", ") + candidate.stage;
  }
  throw Error(ErrorCode::unknown_name, "There is no stage \"" + std::string(stage) + "\". " +
                                           (names.empty() ? "There are none." : "There are: " + names + "."));
}

OnboardingFunnel onboarding_funnel(const Book& book, const OnboardingOptions& options) {
  check(options);
  OnboardingFunnel funnel{
      .as_of = book.as_of(),
      .landmark = options.landmark,
      .horizon = options.horizon,
      .interval = options.rule.interval.value_or(book.conventions().rate.interval_rule())};
  if (book.as_of().days() == Date::min_days) {
    funnel.note = "Nothing is known before the first day of the calendar.";
    return funnel;
  }
  PastReader reader{book, options.kinds};
  const Onboarded all = read_onboarding(reader);
  funnel.events_without_stage = all.events_without_stage;
  funnel.recorded_from = options.recorded_from ? options.recorded_from : all.recorded_since;
  const std::vector<std::string> order =
      options.stages.empty() ? stage_order(all, funnel.recorded_from) : options.stages;
  if (!funnel.recorded_from || order.empty()) {
    funnel.note = "No onboarding stage is on record, so where customers stop is not known.";
    return funnel;
  }
  funnel.stages.push_back({.stage = std::string(onboarding_start)});
  for (const std::string& stage : order) funnel.stages.push_back({.stage = stage});
  std::vector<std::optional<std::size_t>> place;
  for (const std::string& stage : all.stages) {
    const auto at = std::find(order.begin(), order.end(), stage);
    place.push_back(at == order.end() ? std::nullopt
                                      : std::optional{static_cast<std::size_t>(at - order.begin()) + 1});
  }
  FunnelCount count{book, options, funnel};
  for (const Person& person : all.people) count.count(person, place);
  for (const CustomerIndex customer : all.without_start) count.count_without_start(customer);
  count.finish();
  if (funnel.customers == 0)
    funnel.note = funnel.before_recording > 0
                      ? "All customers asked about started before stages were on record, on " +
                            funnel.recorded_from->to_string() + "."
                      : "No customer is among those asked about.";
  return funnel;
}

Table onboarding_table(const OnboardingFunnel& funnel) {
  Table table{{"stage",
               "reached",
               "skipped",
               "numerator",
               "denominator",
               "value",
               "ci_low",
               "ci_high",
               "days_from_before",
               "days_from_before_low",
               "days_from_before_high",
               "days_from_start",
               "days_from_start_low",
               "days_from_start_high",
               "present",
               "left",
               "never_present",
               "stopped_departed",
               "stopped",
               "stopped_share",
               "stopped_low",
               "stopped_high",
               "went_on_departed",
               "went_on",
               "went_on_share",
               "went_on_low",
               "went_on_high",
               "difference",
               "difference_low",
               "difference_high",
               "p",
               "p_adjusted",
               "test",
               "absent",
               "outcome_unknown"},
              {}};
  for (const OnboardingStage& stage : funnel.stages) {
    std::vector<Cell> row{stage.stage, stage.reached, stage.skipped};
    cells::add_share(row, stage.of_before, funnel.interval);
    add_median(row, stage.days_from_before);
    add_median(row, stage.days_from_start);
    for (const std::int64_t count : {stage.present, stage.left, stage.never_present}) row.emplace_back(count);
    cells::add_share(row, stage.departed.one, funnel.interval);
    cells::add_share(row, stage.departed.other, funnel.interval);
    cells::add_difference(row, stage.departed);
    row.emplace_back(stage.absent);
    row.emplace_back(stage.outcome_unknown);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string onboarding_sentence(const OnboardingFunnel& funnel) {
  if (!funnel.note.empty()) return funnel.note;
  return reached_in_words(funnel) + loss_in_words(funnel) + standing_in_words(funnel) +
         departures_in_words(funnel);
}

}  // namespace churn::inline v0

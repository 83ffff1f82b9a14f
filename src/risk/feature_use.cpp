#include <churn/risk/feature_use.hpp>

#include <churn/indicator/past.hpp>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "risk/landmark_answer.hpp"
#include "segment/labels_on_days.hpp"
#include "stats/adjust_contrasts.hpp"

namespace churn::inline v0 {

namespace {

constexpr const char* use_kind = "feature_used";

void check(const FeatureUseOptions& options) {
  if (options.window < 1 || options.horizon < 1)
    throw Error(ErrorCode::out_of_range, "Use and departures are counted within one day or more.");
  if (std::find(options.features.begin(), options.features.end(), std::string{}) != options.features.end())
    throw Error(ErrorCode::unknown_name, "A feature needs a name.");
}

/// The first second of a day, which may lie before the calendar.
std::int64_t start_of(const TimeZone& zone, std::int64_t day) {
  return day < Date::min_days ? INT64_MIN : zone.start_of(Date::from_days(day)).seconds();
}

/// What is counted of one feature.
struct Counted {
  std::int64_t first{INT64_MAX};  // instants
  std::int64_t last{INT64_MIN};
  std::int64_t ever{0};
  std::int64_t in_window{0};
  std::int64_t stopped{0};
  Departing users;
};

/// What one customer did with one feature.
struct Touched {
  std::int64_t first{INT64_MAX};
  std::int64_t last{INT64_MIN};
  bool at_landmark{false};
};

class FeatureCount {
 public:
  FeatureCount(const Book& book, const FeatureUseOptions& options, FeatureUse& use)
      : options_(options),
        use_(use),
        reader_(book, options.kinds),
        labels_(book, all_, options.where),
        as_of_(book.as_of()),
        landmark_(std::int64_t{as_of_.days()} - options.horizon) {
    const TimeZone& zone = book.conventions().book.time_zone;
    window_from_ = start_of(zone, std::int64_t{as_of_.days()} - options.window);
    landmark_from_ = start_of(zone, landmark_ - options.window);
    landmark_until_ = start_of(zone, landmark_);
    for (const std::string& feature : options.features) features_[feature];
  }

  void count() {
    const Book& book = reader_.book();
    for (std::uint32_t c = 0; c < book.customer_count(); ++c) count(CustomerIndex{c});
    finish();
  }

 private:
  void count(CustomerIndex customer);
  void touch(const Past& past);
  void finish();
  [[nodiscard]] Counted& of(const Past& past, const PastEvent& event) {
    Counted*& at = of_label_[event.label];
    if (at == nullptr) at = &features_[past.label(event)];
    return *at;
  }
  [[nodiscard]] std::string why_no_landmark() const;

  const FeatureUseOptions& options_;
  FeatureUse& use_;
  PastReader reader_;
  Segmenter all_;
  LabelsOnDays labels_;
  std::vector<StayDays> stays_;  // of the customer at hand
  Date as_of_;
  std::int64_t landmark_;
  std::int64_t window_from_;
  std::int64_t landmark_from_;
  std::int64_t landmark_until_;
  std::map<std::string, Counted> features_;
  std::unordered_map<std::uint32_t, Counted*> of_label_;
  std::unordered_map<Counted*, Touched> touched_;  // by the customer at hand
  std::int64_t events_{0};                         // of that customer
  std::int64_t without_label_{0};
  Departing at_landmark_;
};

/// Takes in what a customer used.
void FeatureCount::touch(const Past& past) {
  touched_.clear();
  events_ = 0;
  without_label_ = 0;
  const auto kind = past.kind(use_kind);
  if (!kind) return;
  for (const PastEvent& event : past.events()) {
    if (event.kind != *kind) continue;
    ++events_;
    if (past.label(event).empty()) {
      ++without_label_;
      continue;
    }
    const std::int64_t at = event.at.seconds();
    Touched& touched = touched_[&of(past, event)];
    touched.first = std::min(touched.first, at);
    touched.last = std::max(touched.last, at);
    if (at >= landmark_from_ && at < landmark_until_) touched.at_landmark = true;
  }
}

void FeatureCount::count(CustomerIndex customer) {
  const Past& past = reader_.at(customer, as_of_);
  const std::int32_t last_day = as_of_.days() - 1;
  read_stays(reader_.book(), customer, stays_);
  const bool present = stay_on(stays_, last_day) != nullptr;
  touch(past);
  const StayDays* const stay = landmark_ > Date::min_days ? stay_on(stays_, landmark_ - 1) : nullptr;
  if (stay != nullptr && labels_(customer, static_cast<std::int32_t>(landmark_ - 1))) {
    const bool left = stay->until != no_day;
    at_landmark_.add(left);
    for (auto& [feature, touched] : touched_)
      if (touched.at_landmark) feature->users.add(left);
  }
  if (!labels_(customer, day_to_filter_by(stays_, last_day))) return;
  use_.events += events_;
  use_.without_label += without_label_;
  if (present) ++use_.present;
  for (auto& [feature, touched] : touched_) {
    feature->first = std::min(feature->first, touched.first);
    feature->last = std::max(feature->last, touched.last);
    ++feature->ever;
    if (present) ++(touched.last >= window_from_ ? feature->in_window : feature->stopped);
  }
}

std::string FeatureCount::why_no_landmark() const {
  if (!use_.recorded_since) return "No use of a feature is on record.";
  if (landmark_ <= Date::min_days || landmark_ - options_.window < Date::min_days)
    return "The window before the landmark begins before the calendar does.";
  const std::string landmark = Date::from_days(landmark_).to_string();
  const auto records_from = reader_.book().records_from();
  if (records_from && landmark_ <= records_from->days())
    return "The records begin on " + records_from->to_string() + ", and who was there before the landmark, " +
           landmark + ", is not known.";
  if (use_.recorded_since->days() > landmark_ - options_.window)
    return "Use is on record since " + use_.recorded_since->to_string() + ", which is later than the " +
           words::counted(options_.window, "day") + " before the landmark, " + landmark + ", begin.";
  if (at_landmark_.customers == 0) return "Nobody was present before the landmark, " + landmark + ".";
  return {};
}

void FeatureCount::finish() {
  const Book& book = reader_.book();
  const TimeZone& zone = book.conventions().book.time_zone;
  use_.at_landmark = at_landmark_.customers;
  if (book.customer_count() > 0)
    use_.recorded_since = reader_.at(CustomerIndex{0}, as_of_).recorded_since(use_kind);
  use_.window_is_recorded =
      use_.recorded_since && use_.recorded_since->days() <= std::int64_t{as_of_.days()} - options_.window;
  use_.landmark_note = why_no_landmark();
  ContrastRule rule = options_.rule;
  rule.interval = use_.interval;
  for (const auto& [name, counted] : features_) {
    // Labels that only customers have whom the filter leaves out are no features of those who are asked about.
    const bool listed =
        std::find(options_.features.begin(), options_.features.end(), name) != options_.features.end();
    if (!listed && counted.ever == 0 && counted.users.customers == 0) continue;
    UsedFeature feature{.feature = name};
    if (counted.ever > 0) {
      feature.first_used = zone.day_of(Timestamp::from_seconds(counted.first));
      feature.last_used = zone.day_of(Timestamp::from_seconds(counted.last));
    }
    feature.ever = counted.ever;
    const std::int64_t known = use_.recorded_since ? use_.present : 0;
    feature.in_window = Proportion{counted.in_window, known};
    feature.stopped = counted.stopped;
    feature.never = known - counted.in_window - counted.stopped;
    if (use_.landmark_note.empty())
      feature.departed = contrast(counted.users.share(),
                                  Proportion{at_landmark_.departed - counted.users.departed,
                                             at_landmark_.customers - counted.users.customers},
                                  rule);
    use_.features.push_back(std::move(feature));
  }
  use_.comparisons = adjust_contrasts(use_.features, rule,
                                      [](UsedFeature& feature) -> Contrast& { return feature.departed; });
  std::stable_sort(use_.features.begin(), use_.features.end(),
                   [](const UsedFeature& a, const UsedFeature& b) {
                     return a.in_window.numerator() < b.in_window.numerator();
                   });
}

std::string listed(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i)
    text += (i == 0 ? "" : i + 1 == items.size() ? " and " : ", ") + items[i];
  return text;
}

std::string unused_in_words(const FeatureUse& use, const std::string& window) {
  constexpr std::size_t most_told = 6;
  std::vector<std::string> names;
  std::size_t more = 0;
  for (const UsedFeature& feature : use.features) {
    if (!feature.is_unused()) continue;
    if (names.size() == most_told) {
      ++more;
      continue;
    }
    names.push_back(feature.feature + (feature.last_used
                                           ? " (last used on " + feature.last_used->to_string() + ")"
                                           : " (never used)"));
  }
  const std::string who = words::counted(use.present, "customer") + " present";
  if (names.empty())
    return "Every feature was used by someone of the " + who + " in the last " + window + ".";
  if (more > 0) names.push_back(std::to_string(more) + " more");
  return "Unused by the " + who + " in the last " + window + ": " + listed(names) + ".";
}

/// Of the features that are used, the least, and the one given up by most.
std::string little_used_in_words(const FeatureUse& use) {
  const UsedFeature* least = nullptr;
  const UsedFeature* given_up = nullptr;
  for (const UsedFeature& feature : use.features) {
    if (!feature.is_unused() && least == nullptr) least = &feature;
    if (feature.stopped > 0 && (given_up == nullptr || feature.stopped > given_up->stopped))
      given_up = &feature;
  }
  std::string text;
  if (least != nullptr)
    text += " Of those that are used, " + least->feature + " is used least, by " +
            words::share(least->in_window, use.interval) + ".";
  if (given_up != nullptr)
    text += " Most stopped using " + given_up->feature + ": " +
            words::counted(given_up->stopped, "customer") + " who did before.";
  return text;
}

std::string departures_in_words(const FeatureUse& use) {
  if (!use.landmark_note.empty()) return " Who leaves is not compared: " + use.landmark_note;
  std::vector<const UsedFeature*> told;
  for (const UsedFeature& feature : use.features)
    if (feature.departed.p_adjusted && feature.departed.p_adjusted->value < 0.05) told.push_back(&feature);
  std::stable_sort(told.begin(), told.end(), [](const UsedFeature* a, const UsedFeature* b) {
    return a->departed.p_adjusted->log10 < b->departed.p_adjusted->log10;
  });
  const std::string span = words::counted(use.horizon, "day");
  if (told.empty())
    return " No feature's users left more or less often than the others within " + span +
           " by more than chance, " + words::counted(static_cast<std::int64_t>(use.comparisons), "feature") +
           " compared.";
  constexpr std::size_t most_told = 3;
  std::string text = " Departures within " + span + " of those present " + span + " ago: ";
  for (std::size_t i = 0; i < told.size() && i < most_told; ++i) {
    const Contrast& departed = told[i]->departed;
    text += (i > 0 ? "; " : "") + words::share(departed.one, use.interval) + " of users of " +
            told[i]->feature + " against " + words::share(departed.other, use.interval) + " of the others, " +
            words::difference(departed, use.interval);
  }
  if (told.size() > most_told) text += "; and " + std::to_string(told.size() - most_told) + " more";
  return text + ". That is an association, not a cause.";
}

}  // namespace

const UsedFeature& FeatureUse::at(const std::string& feature) const {
  std::vector<std::string> names;
  for (const UsedFeature& candidate : features) {
    if (candidate.feature == feature) return candidate;
    names.push_back(candidate.feature);
  }
  std::sort(names.begin(), names.end());
  throw Error(ErrorCode::unknown_name,
              "There is no feature \"" + feature + "\". " +
                  (names.empty() ? "There are none." : "There are: " + listed(names) + "."));
}

std::vector<std::string> FeatureUse::unused() const {
  std::vector<std::string> names;
  for (const UsedFeature& feature : features)
    if (feature.is_unused()) names.push_back(feature.feature);
  return names;
}

FeatureUse feature_use(const Book& book, const FeatureUseOptions& options) {
  check(options);
  FeatureUse use{.as_of = book.as_of(),
                 .window = options.window,
                 .horizon = options.horizon,
                 .interval = options.rule.interval.value_or(book.conventions().rate.interval_rule())};
  if (book.as_of().days() == Date::min_days) {
    use.landmark_note = "Nothing is known before the first day of the calendar.";
    return use;
  }
  FeatureCount{book, options, use}.count();
  return use;
}

Table feature_use_table(const FeatureUse& use) {
  Table table{{"feature",         "first_used",
               "last_used",       "ever",
               "numerator",       "denominator",
               "value",           "ci_low",
               "ci_high",         "stopped",
               "never",           "unused",
               "users_departed",  "users",
               "users_share",     "users_low",
               "users_high",      "others_departed",
               "others",          "others_share",
               "others_low",      "others_high",
               "difference",      "difference_low",
               "difference_high", "p",
               "p_adjusted",      "test"},
              {}};
  for (const UsedFeature& feature : use.features) {
    std::vector<Cell> row{feature.feature, cells::of(feature.first_used), cells::of(feature.last_used),
                          feature.ever};
    cells::add_share(row, feature.in_window, use.interval);
    row.emplace_back(feature.stopped);
    row.emplace_back(feature.never);
    row.push_back(feature.in_window.denominator() > 0 ? Cell{feature.is_unused()} : Cell{});
    if (use.landmark_note.empty()) {
      cells::add_share(row, feature.departed.one, use.interval);
      cells::add_share(row, feature.departed.other, use.interval);
      cells::add_difference(row, feature.departed);
    }
    row.resize(table.columns.size());  // what was not compared is empty
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string feature_use_sentence(const FeatureUse& use) {
  if (use.features.empty())
    return use.recorded_since || use.events > 0
               ? "No feature is on record of those asked about."
               : "No use of a feature is on record, so which ones lie unused is not known.";
  const std::string window = words::counted(use.window, "day");
  std::string text;
  if (!use.recorded_since)
    text = "No use of a feature is on record, so whether the features listed lie unused is not known.";
  else if (use.present == 0)
    text = "No customer is present, so which features lie unused can't be said.";
  else
    text = unused_in_words(use, window) + little_used_in_words(use);
  if (!use.recorded_since) return text;
  if (use.present > 0 && !use.window_is_recorded)
    text += " Use is on record since " + use.recorded_since->to_string() +
            " only, so before that it is not known.";
  return text + departures_in_words(use);
}

}  // namespace churn::inline v0

// FeatureUse: which features lie unused, who stopped using them, and whether those who use one leave less often.
//
//   FeatureUse use = feature_use(book, {.window = 90, .features = {"single sign-on"}});
//   use.unused();                    // features that nobody present used in the last 90 days
//   use.at("reports").in_window;     // 312 of 583 customers
//   feature_use_sentence(use);
//
// Use is an event `feature_used` whose label is the feature (a host's own kinds are named in `kinds`); what has no
// label is counted and in no feature. Features are those found in the book before as_of, and those that `features`
// adds: one that nobody ever used is in no event, so only the host knows of it.
//
// As of as_of, of the customers present on the last known day, with the window [as_of - window, as_of) in civil days:
//   in_window   used it in the window, of those present: a proportion with an interval
//   stopped     used it before the window and not in it
//   never       never used it. in_window + stopped + never = present
// `ever` also counts who is gone or was never present. A feature is *unused* if somebody is present and nobody of them
// used it in the window.
//
// By a landmark, the day as_of - horizon: of the customers present on the day before it, who used the feature in the
// window before it ([landmark - window, landmark)) against who did not; outcome is whether that stay ended within
// [landmark, as_of). Use after the landmark counts for nothing, so nobody is a user for having stayed long enough to
// become one. The difference is share of users less share of the others, with Newcombe's interval; p is adjusted over
// the features by Holm (stats/contrast.hpp). It is an association: who uses much may be who needs it most.
//
// No event is no use only where use was recorded. `recorded_since` is the day of the book's first event of use. Where
// that lies behind the beginning of a window, the window is not known whole: the counts as of as_of then speak of the
// days on record (`window_is_recorded` is false, and the sentence says so), and the landmark compares nothing
// (`landmark_note` says why); so it does where it lies on or before the beginning of the records. Where no use is on
// record at all, shares are of nobody. A single feature that came later than the rest is simply one that nobody used
// before.
//
// `where` looks at states and lanes of the last known day; of those who left at their last present day; for the
// landmark at the day before it: those of today would leave out all who left since. Events of merged accounts are
// joined, excluded accounts are left out, and nothing on or after as_of counts. Absences are what the book knows at
// as_of.
//
// O(events + customers + changes), and the tests' work for each feature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/book/event_index.hpp>
#include <churn/core/proportion.hpp>
#include <churn/core/table.hpp>
#include <churn/segment/filter.hpp>
#include <churn/stats/contrast.hpp>

namespace churn::inline v0 {

/// What is asked, and of whom.
struct FeatureUseOptions {
  std::int32_t window{90};   ///< days in which a feature counts as used
  std::int32_t horizon{90};  ///< days from the landmark to as_of
  std::vector<std::string>
      features{};        ///< besides those found: what is offered, whether anyone used it or not
  Filter where{};        ///< who is asked about, as said above; default: everybody
  EventKindMap kinds{};  ///< a host's own names of `feature_used` and other kinds
  ContrastRule rule{};   ///< without an interval: that of the book's conventions
};

/// One feature: who uses it, and whether its users leave less often.
struct UsedFeature {
  std::string feature;               ///< the label of its events
  std::optional<Date> first_used{};  ///< by those that the filter keeps; empty: never
  std::optional<Date> last_used{};   ///< the same, of the latest use
  std::int64_t ever{0};              ///< customers, also those who are gone
  Proportion in_window{0, 0};        ///< of those present
  std::int64_t stopped{0};           ///< of those present
  std::int64_t never{0};             ///< of those present
  /// Departures of users (`one`) and of the others, by the landmark.
  Contrast departed{.one = {0, 0}, .other = {0, 0}};

  /// Whether somebody is present and nobody of them used it in the window.
  [[nodiscard]] bool is_unused() const noexcept {
    return in_window.denominator() > 0 && in_window.numerator() == 0;
  }
};

/// The features of a book as of a day, and what they were counted over.
struct FeatureUse {
  Date as_of;                            ///< exclusive: use before it counts
  std::int32_t window;                   ///< days before as_of, as asked
  std::int32_t horizon;                  ///< days from the landmark to as_of, as asked
  IntervalRule interval;                 ///< of the shares; its confidence is that of differences, too
  std::vector<UsedFeature> features{};   ///< fewest users in the window first, then in order of their bytes
  std::int64_t present{0};               ///< customers on the last known day
  std::int64_t at_landmark{0};           ///< customers present on the day before the landmark
  std::int64_t events{0};                ///< of use, before as_of, of those that the filter keeps
  std::int64_t without_label{0};         ///< of these
  std::optional<Date> recorded_since{};  ///< by any customer of the book; empty: there is no event of use
  /// Whether use is on record from the window's first day on; else only part of it is.
  bool window_is_recorded{false};
  std::size_t comparisons{0};   ///< that p is adjusted over
  std::string landmark_note{};  ///< why nothing is compared at the landmark; empty: something is

  /// Throws Error(unknown_name), naming those that there are.
  [[nodiscard]] const UsedFeature& at(const std::string& feature) const;
  /// In order.
  [[nodiscard]] std::vector<std::string> unused() const;
};

/// Throws Error(out_of_range) for a window or horizon below 1 day, Error(unknown_name) for an empty feature, and what
/// filter and contrasts throw.
[[nodiscard]] FeatureUse feature_use(const Book& book, const FeatureUseOptions& options = {});

/// Columns: feature, first_used, last_used, ever, then of those present numerator (users in the window), denominator,
/// value, ci_low, ci_high, stopped, never, unused; by the landmark users_departed, users, users_share, users_low,
/// users_high, others_departed, others, others_share, others_low, others_high, difference, difference_low,
/// difference_high, p, p_adjusted, test. What is undefined is empty. Shares and differences are of 1.
[[nodiscard]] Table feature_use_table(const FeatureUse& use);

/// What lies unused, what is used least, what was given up most, and whose users left more or less often, where that is
/// more than chance (adjusted p below 0.05); or why none of it can be said.
[[nodiscard]] std::string feature_use_sentence(const FeatureUse& use);

}  // namespace churn::inline v0

// Conventions: the rules under which records become a book and a book becomes rates. Two people who disagree
// on a churn rate mostly disagree here, so every result names its conventions.
//
//   BookRules  what counts as being a customer and as MRR: pauses, free plans, gaps, normalisation, zone
//   RateRules  how states become movements and rates: netting, what "before" means, which departures count,
//              out of whom, over which days, with which interval
//
// A preset is a value; no code asks for its name. Take one and change what differs in your house:
//   Conventions mine = Conventions::standard();
//   mine.name = "ours";  mine.book.gap_allowance_days = 7;
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <churn/core/billing_cycle.hpp>
#include <churn/core/currency.hpp>
#include <churn/core/time_zone.hpp>
#include <churn/stats/binomial_interval.hpp>

namespace churn::inline v0 {

/// A paused subscription keeps the customer with an MRR of 0, takes it away, or counts on as if not paused.
enum class PausePolicy : std::uint8_t { retained, absent, counted };
/// Whoever has a phase in force that is free or 100 % off (and no trial) is absent, or a customer at MRR 0.
enum class FreePolicy : std::uint8_t { absent, customer };
/// Movements compare opening with closing of each period, or add up every day's net change.
enum class Netting : std::uint8_t { by_period, by_day };
/// Who "was present before" a period: anyone present on an earlier day, or at the close of an earlier period
/// (as SQL over month-end snapshots judges). Days before records_from count under both. By-day netting
/// always judges by days.
enum class History : std::uint8_t { any_day, period_ends };

struct BookRules {
  PausePolicy pause{PausePolicy::retained};
  FreePolicy free{FreePolicy::absent};
  /// An absence of the customer of at most so many days is no churn and no return.
  std::int32_t gap_allowance_days{0};
  /// A return after more than so many absent days is new; empty: it is always a reactivation.
  std::optional<std::int32_t> reactivation_window_days{};
  Normalisation normalisation{};
  TimeZone time_zone{};
  /// Report in this currency; phases in others are rejected. Empty: as recorded.
  std::optional<Currency> currency{};

  friend bool operator==(const BookRules&, const BookRules&) = default;
};

/// Whether departures of a kind count in the customer churn rate.
enum class Counting : std::uint8_t { excluded, counted };
/// What the customer churn rate divides by: those present at opening; these and everyone who joined in the
/// period; the mean of opening and closing; or customer-days, for departures in 30 days of presence.
enum class ChurnBase : std::uint8_t { opening, opening_and_joined, mean, exposure };

struct RateRules {
  Netting netting{Netting::by_period};
  History history{History::any_day};
  /// Departures of those who were absent at opening, joined in the period and left again in it.
  Counting joined_and_left{Counting::excluded};
  /// Departures that were followed by a return within the period.
  Counting left_and_returned{Counting::excluded};
  ChurnBase base{ChurnBase::opening};
  /// Rates over the last so many days of each period; empty: over the period.
  std::optional<std::int32_t> trailing_days{};
  /// Whether net MRR churn is less reactivation, besides expansion. (NRR stays: it knows those at opening.)
  bool net_subtracts_reactivation{false};
  double confidence{0.95};
  IntervalMethod interval{IntervalMethod::wilson};

  [[nodiscard]] IntervalRule interval_rule() const noexcept { return {confidence, interval}; }

  friend bool operator==(const RateRules&, const RateRules&) = default;
};

struct Conventions {
  std::string name{"standard"};
  std::string version{"1"};
  BookRules book{};
  RateRules rate{};

  [[nodiscard]] static Conventions standard() { return {}; }
  /// Throws Error(bad_conventions) for negative day counts, a trailing window of no days, fractions that are
  /// not positive, or a confidence outside of (0, 1).
  void validate() const;

  friend bool operator==(const Conventions&, const Conventions&) = default;
};

}  // namespace churn::inline v0

// Conventions: the rules under which records become a book and a book becomes rates. Two people who disagree
// on a churn rate mostly disagree here, so every result names its conventions.
//
//   BookRules  what counts as being a customer and as MRR: when a departure is recognised, pauses, free plans,
//              past due, discounts, usage, gaps, currencies, normalisation, zone
//   RateRules  how states become movements and rates: netting, what "before" means, which departures count,
//              out of whom, over which days, with which interval
//
// A preset is a value; no code asks for its name. It has a version, says where it was read, and lists what its
// source leaves undocumented and so stays at our default, or does beyond these rules. Take one and change what
// differs in your house:
//   Conventions mine = Conventions::standard();
//   mine.name = "ours";  mine.book.gap_allowance_days = 7;
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/billing_cycle.hpp>
#include <churn/core/currency.hpp>
#include <churn/core/decimal.hpp>
#include <churn/core/time_zone.hpp>
#include <churn/stats/binomial_interval.hpp>

namespace churn::inline v0 {

/// Where MRR is read from: subscriptions, or the service periods of invoice lines (book/invoice_phases.hpp). A
/// book that has both says which it used; `automatic` prefers subscriptions.
enum class RevenueSource : std::uint8_t { automatic, subscriptions, invoices };
/// A departure is dated at the end of service, or on the day the end was asked for. A request is void if the
/// customer goes on: if a later phase of the subscription cuts the cancelled one, or a phase of the customer's
/// starts on the day it ends.
enum class Recognition : std::uint8_t { service_end, cancel_request };
/// A paused subscription keeps the customer with an MRR of 0, takes it away, or counts on as if not paused.
enum class PausePolicy : std::uint8_t { retained, absent, counted };
/// Whoever has a phase in force that is free or 100 % off (and no trial) is absent, or a customer at MRR 0.
enum class FreePolicy : std::uint8_t { absent, customer };
/// A subscription with an overdue invoice counts until it is cancelled; or no longer from `past_due_days` days
/// after the due day on; or no longer once collecting was given up (book/past_due.hpp). It counts again from
/// the day on which that invoice, or a later one of the subscription, is paid.
enum class PastDuePolicy : std::uint8_t { counted, dropped_after_days, dropped_when_exhausted };
/// Which discounts lower MRR: all; those that outlast one billing cycle; those without an end; none. When a
/// discount that counts ends, that is an expansion.
enum class DiscountPolicy : std::uint8_t { all, recurring, forever, none };
/// Metered usage is no MRR, or what was billed for a service period counts in it.
enum class UsagePolicy : std::uint8_t { excluded, counted };
/// How amounts in other currencies become the reporting one: at one rate a currency, so that no movement is
/// made by rates; or those of a period at the rate of the day before it, and what rates changed is the movement
/// `fx` (book/exchange.hpp).
enum class FxPolicy : std::uint8_t { constant, dated };
/// Movements compare opening with closing of each period, or add up every day's net change.
enum class Netting : std::uint8_t { by_period, by_day };
/// Who "was present before" a period: anyone present on an earlier day, or at the close of an earlier period
/// (as SQL over month-end snapshots judges). Days before records_from count under both. By-day netting
/// always judges by days.
enum class History : std::uint8_t { any_day, period_ends };

/// Units of the reporting currency for one unit of another.
struct ExchangeRate {
  Currency currency;
  Decimal rate;
  friend bool operator==(const ExchangeRate&, const ExchangeRate&) = default;
};

struct BookRules {
  RevenueSource source{RevenueSource::automatic};
  Recognition recognition{Recognition::service_end};
  PausePolicy pause{PausePolicy::retained};
  FreePolicy free{FreePolicy::absent};
  PastDuePolicy past_due{PastDuePolicy::counted};
  std::int32_t past_due_days{30};
  DiscountPolicy discounts{DiscountPolicy::all};
  UsagePolicy usage{UsagePolicy::excluded};
  /// An absence of the customer of at most so many days is no churn and no return.
  std::int32_t gap_allowance_days{0};
  /// A return after more than so many absent days is new; empty: it is always a reactivation.
  std::optional<std::int32_t> reactivation_window_days{};
  Normalisation normalisation{};
  TimeZone time_zone{};
  /// Report in this currency. Phases in others are converted if the records or `rates` have any exchange rate,
  /// and rejected if not. Empty: as recorded.
  std::optional<Currency> currency{};
  FxPolicy fx{FxPolicy::constant};
  /// Under FxPolicy::constant these go before the records' rates. Each currency once.
  std::vector<ExchangeRate> rates{};

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
  /// Whether reactivation is among the gains of the quick ratio.
  bool quick_ratio_counts_reactivation{true};
  double confidence{0.95};
  IntervalMethod interval{IntervalMethod::wilson};

  [[nodiscard]] IntervalRule interval_rule() const noexcept { return {confidence, interval}; }

  friend bool operator==(const RateRules&, const RateRules&) = default;
};

struct Conventions {
  std::string name{"standard"};
  std::string version{"1"};
  /// Where the rules were read; empty for our own.
  std::string source{};
  /// What the source does not say, or does in a way these rules can't: sentences.
  std::vector<std::string> undocumented{};
  BookRules book{};
  RateRules rate{};

  [[nodiscard]] static Conventions standard() { return {}; }
  [[nodiscard]] static Conventions chartmogul();
  [[nodiscard]] static Conventions stripe();
  [[nodiscard]] static Conventions baremetrics();
  [[nodiscard]] static Conventions profitwell();
  [[nodiscard]] static Conventions recurly();
  [[nodiscard]] static Conventions maxio();
  [[nodiscard]] static Conventions mrr_playbook();
  [[nodiscard]] static Conventions fight_churn();
  /// All of the above, in this order.
  [[nodiscard]] static std::vector<Conventions> presets();

  /// These rules for a book whose zone, currency, exchange rates and source of MRR are as in `facts`: they are
  /// facts of the book, on which no preset has an opinion.
  [[nodiscard]] Conventions with_facts_of(const BookRules& facts) const;

  /// Throws Error(bad_conventions) for negative day counts, a trailing window of no days, fractions or rates
  /// that are not positive, a currency with two rates, or a confidence outside of (0, 1).
  void validate() const;

  friend bool operator==(const Conventions&, const Conventions&) = default;
};

}  // namespace churn::inline v0

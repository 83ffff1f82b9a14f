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

/// Where MRR is read from: subscriptions, or the service periods of invoice lines. A
/// book that has both says which it used; `automatic` prefers subscriptions.
enum class RevenueSource : std::uint8_t {
  automatic,      ///< subscriptions where there are any, else invoices
  subscriptions,  ///< their phases, though there be invoices
  invoices        ///< their lines, though there be subscriptions
};
/// A departure is dated at the end of service, or on the day the end was asked for. A request is void if the
/// customer goes on: if a later phase of the subscription cuts the cancelled one, or a phase of the customer's
/// starts on the day it ends.
enum class Recognition : std::uint8_t {
  service_end,    ///< the first day not in force
  cancel_request  ///< the day of the request, not before the phase starts
};
/// A paused subscription keeps the customer with an MRR of 0, takes it away, or counts on as if not paused.
enum class PausePolicy : std::uint8_t {
  retained,  ///< present at MRR 0
  absent,    ///< not there while it lasts
  counted    ///< as if there were no pause
};
/// Whoever has a phase in force that is free or 100 % off (and no trial) is absent, or a customer at MRR 0.
enum class FreePolicy : std::uint8_t {
  absent,   ///< as if the phase were not there
  customer  ///< present at MRR 0
};
/// A subscription with an overdue invoice counts until it is cancelled; or no longer from `past_due_days` days
/// after the due day on; or no longer once collecting was given up. It counts again from
/// the day on which that invoice, or a later one of the subscription, is paid.
enum class PastDuePolicy : std::uint8_t {
  counted,                ///< whatever is owed
  dropped_after_days,     ///< not counted from due day + `past_due_days` on
  dropped_when_exhausted  ///< not counted from the last failed payment of an uncollectible invoice on
};
/// Which discounts lower MRR: all; those that outlast one billing cycle; those without an end; none. When a
/// discount that counts ends, that is an expansion.
enum class DiscountPolicy : std::uint8_t {
  all,        ///< every discount, for as long as it lasts
  recurring,  ///< those that outlast their first billing cycle
  forever,    ///< only those without `discount_ends_on`
  none        ///< MRR is of full prices
};
/// Metered usage is no MRR, or what was billed for a service period counts in it.
enum class UsagePolicy : std::uint8_t {
  excluded,  ///< metered lines are left out
  counted    ///< spread over the service period as any line
};
/// How amounts in other currencies become the reporting one: at one rate a currency, so that no movement is
/// made by rates; or those of a period at the rate of the day before it, and what rates changed is the movement
/// `fx`.
enum class FxPolicy : std::uint8_t {
  constant,  ///< one rate a currency: the conventions', else the latest before as_of
  dated      ///< the rate of the day before each period
};
/// Movements compare opening with closing of each period, or add up every day's net change.
enum class Netting : std::uint8_t {
  by_period,  ///< closing compared with opening
  by_day      ///< each day compared with the day before, and added up
};
/// Who "was present before" a period: anyone present on an earlier day, or at the close of an earlier period
/// (as SQL over month-end snapshots judges). Days before records_from count under both. By-day netting
/// always judges by days.
enum class History : std::uint8_t {
  any_day,     ///< whoever was present on some earlier day
  period_ends  ///< only who was present at the close of an earlier period
};

/// Units of the reporting currency for one unit of another.
struct ExchangeRate {
  Currency currency;  ///< of which one unit is worth `rate`
  Decimal rate;       ///< above 0
  friend bool operator==(const ExchangeRate&, const ExchangeRate&) = default;
};

/// What counts as being a customer, and as MRR.
struct BookRules {
  RevenueSource source{RevenueSource::automatic};     ///< what MRR is read from
  Recognition recognition{Recognition::service_end};  ///< when a departure with a cancel request is dated
  PausePolicy pause{PausePolicy::retained};           ///< what a paused subscription is
  FreePolicy free{FreePolicy::absent};                ///< what a phase without a price to pay is
  PastDuePolicy past_due{PastDuePolicy::counted};     ///< when somebody who owes stops counting
  std::int32_t past_due_days{30};                     ///< of `dropped_after_days`, from the due day on
  DiscountPolicy discounts{DiscountPolicy::all};      ///< which of them lower MRR
  UsagePolicy usage{UsagePolicy::excluded};           ///< of MRR from invoices only
  /// An absence of the customer of at most so many days is no churn and no return.
  std::int32_t gap_allowance_days{0};
  /// A return after more than so many absent days is new; empty: it is always a reactivation.
  std::optional<std::int32_t> reactivation_window_days{};
  Normalisation normalisation{};  ///< by which prices of any interval become run rates
  TimeZone time_zone{};           ///< in which instants become days
  /// Report in this currency. Phases in others are converted if the records or `rates` have any exchange rate,
  /// and rejected if not. Empty: as recorded.
  std::optional<Currency> currency{};
  FxPolicy fx{FxPolicy::constant};  ///< by the rate of which day amounts are converted
  /// Under FxPolicy::constant these go before the records' rates. Each currency once.
  std::vector<ExchangeRate> rates{};

  friend bool operator==(const BookRules&, const BookRules&) = default;
};

/// Whether departures of a kind count in the customer churn rate.
enum class Counting : std::uint8_t {
  excluded,  ///< they are left out of the numerator
  counted    ///< each is in it
};
/// What the customer churn rate divides by: those present at opening; these and everyone who joined in the
/// period; the mean of opening and closing; or customer-days, for departures in 30 days of presence.
enum class ChurnBase : std::uint8_t {
  opening,             ///< present on the day before the period
  opening_and_joined,  ///< these, and who was absent then and present on some day of it
  mean,                ///< half of opening and closing together
  exposure             ///< 30 days of presence
};

/// How states become movements, and movements rates.
struct RateRules {
  Netting netting{Netting::by_period};  ///< of movements; rates compare opening with closing in any case
  History history{History::any_day};    ///< what tells a reactivation from a new customer
  /// Departures of those who were absent at opening, joined in the period and left again in it.
  Counting joined_and_left{Counting::excluded};
  /// Departures that were followed by a return within the period.
  Counting left_and_returned{Counting::excluded};
  ChurnBase base{ChurnBase::opening};  ///< what the customer churn rate divides by
  /// Rates over the last so many days of each period; empty: over the period.
  std::optional<std::int32_t> trailing_days{};
  /// Whether net MRR churn is less reactivation, besides expansion. (NRR stays: it knows those at opening.)
  bool net_subtracts_reactivation{false};
  /// Whether reactivation is among the gains of the quick ratio.
  bool quick_ratio_counts_reactivation{true};
  double confidence{0.95};                          ///< of the intervals of rates, between 0 and 1
  IntervalMethod interval{IntervalMethod::wilson};  ///< of shares of customers and subscriptions

  /// Confidence and method as one.
  [[nodiscard]] IntervalRule interval_rule() const noexcept { return {confidence, interval}; }

  friend bool operator==(const RateRules&, const RateRules&) = default;
};

/// Rules that have a name, and say where they come from.
struct Conventions {
  std::string name{"standard"};  ///< shown with results; cubes of other names do not add up
  std::string version{"1"};      ///< of the rules under that name; neither do those of other versions
  /// Where the rules were read; empty for our own.
  std::string source{};
  /// What the source does not say, or does in a way these rules can't: sentences.
  std::vector<std::string> undocumented{};
  BookRules book{};  ///< of records becoming a book
  RateRules rate{};  ///< of a book becoming movements and rates

  /// The defaults of every member here.
  [[nodiscard]] static Conventions standard() { return {}; }
  /// ChartMogul: movements by day, free plans are customers, net churn is less reactivation.
  [[nodiscard]] static Conventions chartmogul();
  /// Stripe: recognised at the cancel request, base with joiners, trailing 30 days, every departure counts.
  [[nodiscard]] static Conventions stripe();
  /// Baremetrics: trailing 30 days, every departure counts, past due drops out after 30 days.
  [[nodiscard]] static Conventions baremetrics();
  /// ProfitWell: paused is absent, returns within the period do not undo a departure, weeks are 4.33 a month.
  [[nodiscard]] static Conventions profitwell();
  /// Recurly: month ends compared for who is new, every departure counts, 30 days a month.
  [[nodiscard]] static Conventions recurly();
  /// Maxio: movements by day, every departure counts, a return after more than 90 days is new.
  [[nodiscard]] static Conventions maxio();
  /// The MRR playbook for dbt: the standard with month ends deciding who is new.
  [[nodiscard]] static Conventions mrr_playbook();
  /// Fighting Churn with Data, chapter 2: the standard; `undocumented` says what differs.
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

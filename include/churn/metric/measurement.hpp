// Measurement: the common form of every metric's result: what was divided by what, the value, and its
// interval where one exists. Metrics return the typed results below; tables are made of Measurements.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include <churn/core/proportion.hpp>
#include <churn/core/ratio.hpp>
#include <churn/core/run_rate.hpp>
#include <churn/core/table.hpp>

namespace churn::inline v0 {

/// What an integer counts.
enum class Unit : std::uint8_t {
  count,            ///< customers, days, …
  run_rate,         ///< ticks, shown as MRR
  annual_run_rate,  ///< ticks, shown as ARR
  none,             ///< there is no such part
};

/// A result, and the integers that it was divided from.
struct Measurement {
  std::int64_t numerator{0};           ///< run rates in ticks
  std::int64_t denominator{0};         ///< 0 also where there is none (`Unit::none`)
  Unit numerator_unit{Unit::count};    ///< what the numerator counts
  Unit denominator_unit{Unit::count};  ///< what the denominator counts
  std::optional<double> value{};       ///< a share or ratio; major units of the currency for amounts
  std::optional<Interval> interval{};  ///< of the value; empty: there is none
  std::optional<Currency> currency{};  ///< of run rates; of a ratio of two, that of the numerator

  friend bool operator==(const Measurement&, const Measurement&) = default;
};

/// One run rate over another: the share of MRR that was lost, kept, …. A ratio, without binomial interval.
struct RunRateRatio {
  RunRate numerator;    ///< may be negative, or above the denominator
  RunRate denominator;  ///< 0: there is no value
  /// The quotient of the ticks; empty for a denominator of 0.
  [[nodiscard]] std::optional<double> value() const noexcept {
    return Ratio{numerator.ticks(), denominator.ticks()}.value();
  }
  friend bool operator==(const RunRateRatio&, const RunRateRatio&) = default;
};

/// A number of something, for a metric of a host's own.
struct Count {
  std::int64_t value;  ///< as it is shown
  friend bool operator==(const Count&, const Count&) = default;
};

/// A run rate to be shown per month, as MRR; a bare RunRate is shown per year.
struct MonthlyRevenue {
  RunRate run_rate;  ///< of a year, as any
  friend bool operator==(const MonthlyRevenue&, const MonthlyRevenue&) = default;
};

/// A run rate shared among customers, per month: ARPA.
struct RunRatePerCustomer {
  RunRate total;           ///< of all of them together
  std::int64_t customers;  ///< who share it; 0: there is no value
  /// MRR per customer in minor units, rounded half-even once; empty without customers.
  [[nodiscard]] std::optional<Money> value() const {
    if (customers == 0) return std::nullopt;
    return Money{divide_half_even(total.ticks(), checked_multiply(customers, ticks_per_minor_unit_a_month)),
                 total.currency()};
  }
  friend bool operator==(const RunRatePerCustomer&, const RunRatePerCustomer&) = default;
};

/// Departures out of those who could depart, as the rate rules count both. Where every departure is of someone
/// in the base, and counted once, it is a proportion with an interval; else a ratio, which may exceed 1.
class CustomerRate {
 public:
  /// Departures out of a base that holds them.
  // NOLINTNEXTLINE(google-explicit-constructor): a proportion is the usual kind of rate
  constexpr CustomerRate(Proportion share) noexcept
      : numerator_(share.numerator()), denominator_(share.denominator()), is_proportion_(true) {}
  /// A ratio; its value is `scale` times the quotient.
  constexpr CustomerRate(Ratio ratio, std::int32_t scale = 1) noexcept
      : numerator_(ratio.numerator), denominator_(ratio.denominator), scale_(scale) {}

  /// Departures, doubled for the mean base.
  [[nodiscard]] constexpr std::int64_t numerator() const noexcept { return numerator_; }
  /// The base: customers, opening and closing together for the mean, or customer-days.
  [[nodiscard]] constexpr std::int64_t denominator() const noexcept { return denominator_; }
  /// Whether it has an interval.
  [[nodiscard]] constexpr bool is_proportion() const noexcept { return is_proportion_; }
  /// What the quotient is multiplied by: 30 for exposure, else 1.
  [[nodiscard]] constexpr std::int32_t scale() const noexcept { return scale_; }
  /// Empty for an empty base.
  [[nodiscard]] constexpr std::optional<double> value() const noexcept {
    const auto quotient = Ratio{numerator_, denominator_}.value();
    if (!quotient) return std::nullopt;
    return scale_ * *quotient;
  }
  /// Empty for an empty base, and for a ratio.
  [[nodiscard]] std::optional<Interval> interval(IntervalRule rule = {}) const {
    if (!is_proportion_) return std::nullopt;
    return binomial_interval(numerator_, denominator_, rule);
  }
  friend constexpr bool operator==(const CustomerRate&, const CustomerRate&) noexcept = default;

 private:
  std::int64_t numerator_;
  std::int64_t denominator_;
  std::int32_t scale_{1};
  bool is_proportion_{false};
};

/// A share lost in so many days, as that of another span: 1 - (1 - share)^(target / days), never a multiple.
/// Empty for a share above 1, which is of no one group of people.
[[nodiscard]] inline std::optional<double> rescaled_share(double share, double days, double target) noexcept {
  if (share > 1) return std::nullopt;
  return 1 - std::pow(1 - share, target / days);
}

/// A share lost in one period, rescaled to a year: 1 - (1 - r)^(365/days), never r x 12.
struct AnnualisedRate {
  CustomerRate rate;  ///< of the period
  std::int32_t days;  ///< of the period
  /// The share of a year; empty for an empty base and a ratio above 1.
  [[nodiscard]] std::optional<double> value() const noexcept {
    const auto share = rate.value();
    return share ? rescaled_share(*share, days, 365) : std::nullopt;
  }
  /// The interval of the period's rate, both ends rescaled.
  [[nodiscard]] std::optional<Interval> interval(IntervalRule rule = {}) const {
    const auto ends = rate.interval(rule);
    if (!ends) return std::nullopt;
    return Interval{*rescaled_share(ends->low, days, 365), *rescaled_share(ends->high, days, 365)};
  }
  friend bool operator==(const AnnualisedRate&, const AnnualisedRate&) = default;
};

/// What a customer brings until it leaves, if it goes on as in this period: ARPA / monthly churn rate. Undefined
/// without churn, where no one knows how long they would stay.
struct LifetimeValue {
  RunRatePerCustomer arpa;  ///< at the close of the period
  CustomerRate rate;        ///< of the period or, for exposure, of 30 days
  std::int32_t days;        ///< that the rate is of
  /// In major units of the currency.
  [[nodiscard]] std::optional<double> value() const noexcept;
  /// From the ends of the rate's interval; empty where the lower one is 0.
  [[nodiscard]] std::optional<Interval> interval(IntervalRule rule = {}) const;
  friend bool operator==(const LifetimeValue&, const LifetimeValue&) = default;
};

/// Departures per 30 days of presence. A customer may depart more than once, so it is no proportion.
struct ExposureRate {
  std::int64_t departures;     ///< days on which a customer, present the day before, was absent
  std::int64_t customer_days;  ///< days on which a customer was present, over all customers
  /// For 30 days of presence; empty where there was none. May exceed 1.
  [[nodiscard]] std::optional<double> value() const noexcept {
    if (customer_days == 0) return std::nullopt;
    return 30.0 * static_cast<double>(departures) / static_cast<double>(customer_days);
  }
  friend bool operator==(const ExposureRate&, const ExposureRate&) = default;
};

/// Counts, with the binomial interval of the rule.
[[nodiscard]] Measurement to_measurement(const Proportion& result, IntervalRule rule);
/// Counts without the scale, which is in the value; an interval for a proportion.
[[nodiscard]] Measurement to_measurement(const CustomerRate& result, IntervalRule rule);
/// Numerator and denominator of the ARPA; value and interval are of the LTV, in major units.
[[nodiscard]] Measurement to_measurement(const LifetimeValue& result, IntervalRule rule);
/// Two counts, without an interval; the rule plays no part here and where nothing else is said below.
[[nodiscard]] Measurement to_measurement(const Ratio& result, IntervalRule rule);
/// Ticks over ticks.
[[nodiscard]] Measurement to_measurement(const RunRateRatio& result, IntervalRule rule);
/// Ticks over customers; the value is of a month, in major units, not rounded.
[[nodiscard]] Measurement to_measurement(const RunRatePerCustomer& result, IntervalRule rule);
/// A numerator alone.
[[nodiscard]] Measurement to_measurement(const Count& result, IntervalRule rule);
/// Ticks alone; the value is of a month, in major units, not rounded.
[[nodiscard]] Measurement to_measurement(const MonthlyRevenue& result, IntervalRule rule);
/// Ticks alone; the value is of a year, in major units, not rounded.
[[nodiscard]] Measurement to_measurement(const RunRate& annual, IntervalRule rule);
/// Counts of the period; value and interval, by the rule, are of a year.
[[nodiscard]] Measurement to_measurement(const AnnualisedRate& result, IntervalRule rule);
/// Departures over customer-days; the value is for 30 of these.
[[nodiscard]] Measurement to_measurement(const ExposureRate& result, IntervalRule rule);

/// An integer of some unit as a cell of a table: counts as they are; run rates as MRR or ARR, or as ticks if
/// `exact`.
[[nodiscard]] Cell to_cell(std::int64_t amount, Unit unit, Currency currency, bool exact);

}  // namespace churn::inline v0

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

struct Measurement {
  std::int64_t numerator{0};
  std::int64_t denominator{0};
  Unit numerator_unit{Unit::count};
  Unit denominator_unit{Unit::count};
  std::optional<double> value{};  ///< a share or ratio; major units of the currency for amounts
  std::optional<Interval> interval{};

  friend bool operator==(const Measurement&, const Measurement&) = default;
};

/// One run rate over another: the share of MRR that was lost, kept, …. A ratio, without binomial interval.
struct RunRateRatio {
  RunRate numerator;
  RunRate denominator;
  [[nodiscard]] std::optional<double> value() const noexcept {
    return Ratio{numerator.ticks(), denominator.ticks()}.value();
  }
};

/// A run rate shared among customers, per month: ARPA.
struct RunRatePerCustomer {
  RunRate total;
  std::int64_t customers;
  /// MRR per customer in minor units, rounded half-even once; empty without customers.
  [[nodiscard]] std::optional<Money> value() const {
    if (customers == 0) return std::nullopt;
    return Money{divide_half_even(total.ticks(), checked_multiply(customers, ticks_per_minor_unit_a_month)),
                 total.currency()};
  }
};

/// A share lost in one period, rescaled to a year: 1 - (1 - r)^(365/days), never r x 12.
struct AnnualisedRate {
  Proportion rate;
  std::int32_t days;  ///< of the period
  [[nodiscard]] double rescaled(double share) const noexcept { return 1 - std::pow(1 - share, 365.0 / days); }
  [[nodiscard]] std::optional<double> value() const noexcept {
    const auto share = rate.value();
    if (!share) return std::nullopt;
    return rescaled(*share);
  }
  /// Wilson's interval of the period's rate, both ends rescaled.
  [[nodiscard]] std::optional<Interval> interval(double confidence = 0.95) const {
    const auto ends = rate.interval(confidence);
    if (!ends) return std::nullopt;
    return Interval{rescaled(ends->low), rescaled(ends->high)};
  }
};

/// Departures per 30 days of presence. A customer may depart more than once, so it is no proportion.
struct ExposureRate {
  std::int64_t departures;
  std::int64_t customer_days;
  [[nodiscard]] std::optional<double> value() const noexcept {
    if (customer_days == 0) return std::nullopt;
    return 30.0 * static_cast<double>(departures) / static_cast<double>(customer_days);
  }
};

[[nodiscard]] Measurement to_measurement(const Proportion& result, double confidence);
[[nodiscard]] Measurement to_measurement(const Ratio& result, double confidence);
[[nodiscard]] Measurement to_measurement(const RunRateRatio& result, double confidence);
[[nodiscard]] Measurement to_measurement(const RunRatePerCustomer& result, double confidence);
[[nodiscard]] Measurement to_measurement(const RunRate& annual, double confidence);
[[nodiscard]] Measurement to_measurement(const AnnualisedRate& result, double confidence);
[[nodiscard]] Measurement to_measurement(const ExposureRate& result, double confidence);

/// An integer of some unit as a cell of a table: counts as they are; run rates as MRR or ARR, or as ticks if
/// `exact`.
[[nodiscard]] Cell to_cell(std::int64_t amount, Unit unit, Currency currency, bool exact);

}  // namespace churn::inline v0

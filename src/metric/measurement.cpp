#include <churn/metric/measurement.hpp>

namespace churn::inline v0 {

namespace {

/// Ticks as major units per month or year. For reading, not for sums: those stay in ticks.
double major_units(double ticks, std::int64_t ticks_per_minor_unit, Currency currency) {
  return ticks / static_cast<double>(ticks_per_minor_unit) / std::pow(10.0, currency.decimals());
}

}  // namespace

std::optional<double> LifetimeValue::value() const noexcept {
  const auto share = rate.value();
  const auto monthly = share ? rescaled_share(*share, days, 365.0 / 12) : std::nullopt;
  const auto monthly_revenue = to_measurement(arpa, {}).value;
  if (!monthly || !(*monthly > 0) || !monthly_revenue) return std::nullopt;
  return *monthly_revenue / *monthly;
}

std::optional<Interval> LifetimeValue::interval(IntervalRule rule) const {
  const auto ends = rate.interval(rule);
  const auto monthly_revenue = to_measurement(arpa, rule).value;
  if (!ends || !(ends->low > 0) || !monthly_revenue) return std::nullopt;
  return Interval{*monthly_revenue / *rescaled_share(ends->high, days, 365.0 / 12),
                  *monthly_revenue / *rescaled_share(ends->low, days, 365.0 / 12)};
}

Measurement to_measurement(const Proportion& result, IntervalRule rule) {
  return to_measurement(CustomerRate{result}, rule);
}

Measurement to_measurement(const CustomerRate& result, IntervalRule rule) {
  return {result.numerator(), result.denominator(), Unit::count,
          Unit::count,        result.value(),       result.interval(rule)};
}

Measurement to_measurement(const LifetimeValue& result, IntervalRule rule) {
  Measurement measurement = to_measurement(result.arpa, rule);
  measurement.value = result.value();
  measurement.interval = result.interval(rule);
  return measurement;
}

Measurement to_measurement(const Ratio& result, IntervalRule) {
  return {result.numerator, result.denominator, Unit::count, Unit::count, result.value(), {}};
}

Measurement to_measurement(const RunRateRatio& result, IntervalRule) {
  return {result.numerator.ticks(),
          result.denominator.ticks(),
          Unit::run_rate,
          Unit::run_rate,
          result.value(),
          {},
          result.numerator.currency()};
}

Measurement to_measurement(const RunRatePerCustomer& result, IntervalRule) {
  Measurement measurement{result.total.ticks(),   result.customers, Unit::run_rate, Unit::count, {}, {},
                          result.total.currency()};
  if (result.customers != 0)
    measurement.value = major_units(static_cast<double>(result.total.ticks()), ticks_per_minor_unit_a_month,
                                    result.total.currency()) /
                        static_cast<double>(result.customers);
  return measurement;
}

Measurement to_measurement(const Count& result, IntervalRule) {
  return {result.value, 0, Unit::count, Unit::none, static_cast<double>(result.value), {}};
}

Measurement to_measurement(const MonthlyRevenue& result, IntervalRule) {
  const auto ticks = static_cast<double>(result.run_rate.ticks());
  return {result.run_rate.ticks(),
          0,
          Unit::run_rate,
          Unit::none,
          major_units(ticks, ticks_per_minor_unit_a_month, result.run_rate.currency()),
          {},
          result.run_rate.currency()};
}

Measurement to_measurement(const RunRate& annual, IntervalRule) {
  return {annual.ticks(),
          0,
          Unit::annual_run_rate,
          Unit::none,
          major_units(static_cast<double>(annual.ticks()), ticks_per_minor_unit_a_year, annual.currency()),
          {},
          annual.currency()};
}

Measurement to_measurement(const AnnualisedRate& result, IntervalRule rule) {
  return {result.rate.numerator(), result.rate.denominator(), Unit::count, Unit::count,
          result.value(),          result.interval(rule)};
}

Measurement to_measurement(const ExposureRate& result, IntervalRule) {
  return {result.departures, result.customer_days, Unit::count, Unit::count, result.value(), {}};
}

Cell to_cell(std::int64_t amount, Unit unit, Currency currency, bool exact) {
  if (unit == Unit::none) return std::monostate{};
  if (unit == Unit::count || exact) return amount;
  const RunRate rate{amount, currency};
  return unit == Unit::annual_run_rate ? rate.arr() : rate.mrr();
}

}  // namespace churn::inline v0

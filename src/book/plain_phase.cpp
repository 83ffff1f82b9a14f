#include "book/plain_phase.hpp"

#include <algorithm>

#include "core/plain_run_rate.hpp"

namespace churn::inline v0 {

PlainPhaseReader::PlainPhaseReader(const Reading& reading, std::optional<Date> records_from)
    : phases_(*reading.phases.table),
      rules_(reading.rules),
      any_(!records_from && !reading.exchange.on() && reading.debts.empty() &&
           (rules_.recognition == Recognition::service_end || phases_.cancel_requested_on.empty())),
      only_prices_(phases_.trial_ends_on.empty() && phases_.discount_percent.empty() &&
                   phases_.discount_amount.empty() && phases_.paused_from.empty() &&
                   phases_.paused_until.empty()),
      only_single_ones_(phases_.quantity.empty() && phases_.interval_count.empty()) {
  look_up_factors(currency_, scale_);
}

void PlainPhaseReader::look_up_factors(std::uint8_t currency, std::uint8_t scale) {
  currency_ = currency;
  scale_ = scale;
  const Currency of = Currency::from_index(currency);
  decimals_ = rules_.currency && of != *rules_.currency ? -1 : of.decimals();
  for (std::size_t k = 0; k < factors_.size(); ++k) {
    const Fraction per_year = rules_.normalisation[static_cast<BillingInterval>(k)];
    const std::int64_t unit = decimals_ < 0 ? -1 : plain_run_rate(1, scale, decimals_, 1, 1, per_year);
    factors_[k] = unit <= 0 ? Factor{} : Factor{largest_plain_amount(scale, decimals_), unit};
  }
}

bool PlainPhaseReader::has_only_a_price(std::size_t row) const noexcept {
  return phases_.trial_ends_on[row] == no_day && phases_.discount_percent.coefficient(row) == 0 &&
         phases_.discount_amount.coefficient(row) == 0 && phases_.paused_from[row] == no_day &&
         phases_.paused_until[row] == no_day;
}

/// Of a phase that may be of several units or cycles.
std::int64_t PlainPhaseReader::ticks_of(std::size_t row) const noexcept {
  const std::int64_t quantity = phases_.quantity[row];
  const std::int32_t interval_count = phases_.interval_count[row];
  if (decimals_ < 0 || quantity < 0 || interval_count < 1) return 0;
  const std::int64_t ticks = plain_run_rate(phases_.amount[row], phases_.scale[row], decimals_, quantity,
                                            interval_count, rules_.normalisation[phases_.interval[row]]);
  return ticks <= max_phase_ticks ? std::max<std::int64_t>(ticks, 0) : 0;
}

void PlainPhaseReader::read(std::size_t first, std::span<PlainPhase> phases) {
  const std::uint32_t* const subscription = phases_.subscription.data() + first;
  const std::int32_t* const starts_on = phases_.starts_on.data() + first;
  const std::int32_t* const ends_on = phases_.ends_on.data() + first;
  const std::int64_t* const amount = phases_.amount.data() + first;
  const std::uint8_t* const scale = phases_.scale.data() + first;
  const std::uint8_t* const currency = phases_.currency.data() + first;
  const BillingInterval* const interval = phases_.interval.data() + first;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    PlainPhase& phase = phases[i];
    phase.subscription = subscription[i];
    phase.from = starts_on[i];
    phase.until = ends_on[i];
    phase.row = static_cast<std::uint32_t>(first + i);
    phase.currency = currency[i];
    if (currency[i] != currency_ || scale[i] != scale_) look_up_factors(currency[i], scale[i]);
    const Factor& factor = factors_[static_cast<std::size_t>(interval[i])];
    const bool is_small = amount[i] > 0 && amount[i] <= factor.largest_amount;
    phase.ticks = is_small ? amount[i] * factor.ticks : 0;
    if (!only_single_ones_) phase.ticks = ticks_of(first + i);
    const bool is_plain = any_ && ends_on[i] > starts_on[i] && (only_prices_ || has_only_a_price(first + i));
    phase.ticks = is_plain ? phase.ticks : 0;
  }
}

}  // namespace churn::inline v0

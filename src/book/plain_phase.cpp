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
  place_.fill(not_met);
}

const PlainPhaseReader::CurrencyFactors& PlainPhaseReader::look_up_factors(std::uint8_t currency) {
  const Currency of = Currency::from_index(currency);
  CurrencyFactors factors{.decimals = rules_.currency && of != *rules_.currency ? -1 : of.decimals()};
  for (int scale = 0; scale <= factors.decimals; ++scale)
    for (std::size_t k = 0; k < factors.factor.front().size(); ++k) {
      const Fraction per_year = rules_.normalisation[static_cast<BillingInterval>(k)];
      const std::int64_t unit = plain_run_rate(1, scale, factors.decimals, 1, 1, per_year);
      if (unit > 0)
        factors.factor[static_cast<std::size_t>(scale)][k] = {largest_plain_amount(scale, factors.decimals),
                                                              unit};
    }
  factors_.push_back(factors);
  place_[currency] = static_cast<std::uint8_t>(factors_.size() - 1);
  return factors_.back();
}

bool PlainPhaseReader::has_only_a_price(std::size_t row) const noexcept {
  return phases_.trial_ends_on[row] == no_day && phases_.discount_percent.coefficient(row) == 0 &&
         phases_.discount_amount.coefficient(row) == 0 && phases_.paused_from[row] == no_day &&
         phases_.paused_until[row] == no_day;
}

/// Of a phase that may be of several units or cycles.
std::int64_t PlainPhaseReader::ticks_of(std::size_t row, int decimals) const {
  const std::int64_t quantity = phases_.quantity[row];
  const std::int32_t interval_count = phases_.interval_count[row];
  if (decimals < 0 || quantity < 0 || interval_count < 1) return 0;
  const std::int64_t ticks = plain_run_rate(phases_.amount[row], phases_.scale[row], decimals, quantity,
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
    const CurrencyFactors& factors = factors_of(currency[i]);
    const Factor& factor = factors.factor[scale[i]][static_cast<std::size_t>(interval[i])];
    const bool is_small = amount[i] > 0 && amount[i] <= factor.largest_amount;
    phase.ticks = is_small ? amount[i] * factor.ticks : 0;
    if (!only_single_ones_) phase.ticks = ticks_of(first + i, factors.decimals);
    const bool is_plain = any_ && ends_on[i] > starts_on[i] && (only_prices_ || has_only_a_price(first + i));
    phase.ticks = is_plain ? phase.ticks : 0;
  }
}

}  // namespace churn::inline v0

#include "hazard.hpp"

#include <algorithm>

namespace sample_book {

namespace {

/// What multiplies the hazard: nothing of what does not apply.
Factors factors_of(const Settings& settings, const Customer& customer, const Situation& situation) {
  Factors factors{};
  const auto when = [&](Effect effect, bool applies) {
    if (applies) factors[index(effect)] = settings.effects[effect];
  };
  const auto before = [&](const auto& row) { return row.day <= situation.decided_on; };
  const bool yearly = situation.phase->yearly;
  when(Effect::leaky_channel, customer.channel == leaky_channel_label);
  when(Effect::misfit_vertical, customer.industry == misfit_industry);
  when(Effect::basic_plan, situation.phase->plan == Plan::basic);
  when(Effect::early_months, !yearly && situation.tenure_months < 3);
  when(Effect::early_activation, customer.activated_early());
  when(Effect::campaign, std::any_of(customer.engagements.begin(), customer.engagements.end(), before));
  when(Effect::annual_plan, yearly);
  when(Effect::oversold_first_deal, situation.oversold && situation.tenure_months < 24);
  when(Effect::price_change, situation.price_is_rising);
  when(Effect::january, civil(situation.term_ends_on).month() == std::chrono::January);
  auto& integrated = factors[index(Effect::integrations)];
  for (const Connection& connection : customer.integrations) {
    if (before(connection))
      integrated = integrated.value_or(1000) * settings.effects[Effect::integrations] / 1000;
  }
  const int month_of_book = (situation.decided_on - settings.first_day()) / 30;
  const std::int64_t slope = settings.effects[Effect::trend] * (month_of_book - settings.months / 2);
  factors[index(Effect::trend)] = std::clamp<std::int64_t>(1000 + slope, 300, 3000);
  return factors;
}

DepartureType draw_type(const Settings& settings, const Customer& customer, Random& random) {
  const bool projects = std::find(project_industries.begin(), project_industries.end(), customer.industry) !=
                        project_industries.end();
  const std::int64_t involuntary = settings.effects[Effect::involuntary_share];
  const std::int64_t completed = settings.effects[Effect::completed_share] * (projects ? 3 : 1);
  const std::int64_t unknown = settings.effects[Effect::unknown_share];
  const int luck = random.below(1000);
  if (luck < involuntary) return DepartureType::involuntary;
  if (luck < involuntary + completed) return DepartureType::completed;
  if (luck < involuntary + completed + unknown) return DepartureType::unknown;
  return DepartureType::voluntary;
}

std::string_view voluntary_reason(const Customer& customer, const Decision& decision, const Phase& phase,
                                  const Effects& effects, Random& random) {
  const bool dearer = decision.factors[index(Effect::price_change)].value_or(1000) > 1000;
  const bool misfit = customer.industry == misfit_industry && effects[Effect::misfit_vertical] > 1000;
  const bool leaky = customer.channel == leaky_channel_label && effects[Effect::leaky_channel] > 1000;
  const std::array<Choice, 7> reasons{{{"too_expensive", dearer ? 90 : 20},
                                       {"missing_feature", phase.plan == Plan::basic ? 24 : 14},
                                       {"competitor", 18},
                                       {"too_complex", 12},
                                       {"business_changed", 12},
                                       {"wrong_fit", misfit  ? 60
                                                     : leaky ? 40
                                                             : 8},
                                       {"quality", 10}}};
  return pick(reasons, random).label;
}

std::string_view payment_reason(int tenure_months, const Phase& phase, Random& random) {
  std::array<Choice, payment_reasons.size()> choices{};
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const PaymentReason& row = payment_reasons[i];
    const bool fits = row.without_card || phase.plan != Plan::enterprise;
    // No card is taken that expires in its first weeks.
    const bool too_early = row.reason == "card_expired" && tenure_months < 3;
    choices[i] = {row.reason, fits && !too_early ? row.weight : 0};
  }
  return pick(choices, random).label;
}

}  // namespace

std::int64_t leaving_within(std::int64_t month_hazard, int months) {
  std::int64_t staying = 1'000'000;
  for (int month = 0; month < months; ++month) staying = staying * (1'000'000 - month_hazard) / 1'000'000;
  return 1'000'000 - staying;
}

Decision face(const Settings& settings, const Customer& customer, const Situation& situation) {
  Decision decision;
  decision.customer = customer.number;
  decision.leaving_on = situation.term_ends_on;
  decision.months = situation.phase->yearly ? 12 : 1;
  decision.factors = factors_of(settings, customer, situation);
  decision.month_hazard = base_hazard;
  for (const std::optional<std::int64_t> factor : decision.factors) {
    decision.month_hazard =
        std::min<std::int64_t>(decision.month_hazard * factor.value_or(1000) / 1000, highest_hazard);
  }
  return decision;
}

Ending draw_ending(const Settings& settings, const Customer& customer, const Decision& decision,
                   const Phase& phase, int tenure_months, Random& random) {
  Ending ending;
  ending.how = How::left;
  ending.type = draw_type(settings, customer, random);
  switch (ending.type) {
    case DepartureType::voluntary:
      ending.reason = voluntary_reason(customer, decision, phase, settings.effects, random);
      if (random.percent(72)) ending.recorded_reason = ending.reason;
      break;
    case DepartureType::involuntary:
      ending.reason = payment_reason(tenure_months, phase, random);
      if (random.percent(62)) ending.recorded_reason = ending.reason;
      break;
    case DepartureType::completed:
      ending.reason = "project_finished";
      if (random.percent(85)) ending.recorded_reason = ending.reason;
      break;
    case DepartureType::unknown: break;
  }
  return ending;
}

}  // namespace sample_book

#include "stays.hpp"

#include <algorithm>

#include "subscription_life.hpp"

namespace sample_book {

namespace {

void add_discount(Offer& offer, Random& random) {
  constexpr std::array<int, 3> percents{10, 20, 30};
  constexpr std::array<int, 3> months{3, 6, 12};
  offer.discount_percent = percents[static_cast<std::size_t>(random.below(3))];
  offer.discount_months = offer.yearly ? 12 : months[static_cast<std::size_t>(random.below(3))];
}

void draw_plan(Offer& offer, const SizeBand& size, Random& random) {
  std::array<Choice, 4> plans{};
  for (std::size_t i = 0; i < plans.size(); ++i) plans[i] = {plan_names[i], size.plan_weights[i]};
  offer.plan = static_cast<Plan>(&pick(plans, random) - plans.data());
  offer.quantity = random.between(size.fewest_seats, size.most_seats);
}

Offer first_offer(const Settings& settings, const Customer& customer, Random& random) {
  Offer offer;
  offer.starts_on = customer.signed_up_on;
  draw_plan(offer, *customer.size, random);
  offer.yearly = random.percent(27);
  if (random.percent(30)) {
    offer.trial_days = 14;
    offer.trial_converts = random.percent(60);
  } else {
    offer.starts_on = std::min(settings.last_day(), customer.signed_up_on + random.below(10));
  }
  const bool projects = std::find(project_industries.begin(), project_industries.end(), customer.industry) !=
                        project_industries.end();
  if (!offer.yearly && !customer.oversold && random.percent(projects ? 10 : 2)) {
    offer.fixed_months = 3 * random.between(1, 4);
  } else if (random.percent(20)) {
    add_discount(offer, random);
  }
  if (customer.oversold) {
    offer.oversold = true;
    offer.quantity = 3 * offer.quantity + 2;
  }
  return offer;
}

void count_return(const Settings& settings, const Customer& customer, const Ending& ending, bool returned,
                  Book& book) {
  if (!ending.happened(settings) || customer.excluded || customer.merged_into != 0) return;
  const auto count = [&](Counted& counted) {
    ++counted.base;
    if (returned) ++counted.events;
  };
  auto& completed = book.realised[index(Effect::completed_return)];
  auto& involuntary = book.realised[index(Effect::involuntary_return)];
  if (ending.type == DepartureType::completed) {
    count(completed.exposed);
  } else if (ending.type == DepartureType::involuntary) {
    count(involuntary.exposed);
  } else {
    count(completed.unexposed);
    count(involuntary.unexposed);
  }
}

/// Whoever was done or lost by accident comes back more often than whoever was unhappy.
std::optional<Offer> return_offer(const Settings& settings, const Phase& last, const Ending& ending,
                                  Random& random) {
  const bool done = ending.type == DepartureType::completed;
  const bool by_accident = ending.type == DepartureType::involuntary;
  std::int64_t share = base_return;
  if (done) share = share * settings.effects[Effect::completed_return] / 1000;
  if (by_accident) share = share * settings.effects[Effect::involuntary_return] / 1000;
  if (!random.per_mille(share)) return {};
  Offer offer;
  const int absence = by_accident ? random.between(4, 45)
                      : done      ? random.between(40, 200)
                                  : random.between(45, 300);
  offer.starts_on = ending.on + absence;
  if (offer.starts_on > settings.last_day()) return {};
  offer.plan = last.plan;
  offer.quantity = std::max(1, last.quantity - random.below(1 + last.quantity / 3));
  offer.yearly = random.percent(15);
  if (random.percent(30)) add_discount(offer, random);
  return offer;
}

Offer offer_after_switch(const Phase& old, const Offer& earlier, Day day, int months_lived) {
  Offer offer;
  offer.starts_on = day;
  offer.plan = static_cast<Plan>(static_cast<int>(old.plan) + 1);
  offer.quantity = old.quantity;
  offer.earlier_tenure = earlier.earlier_tenure + months_lived;
  return offer;
}

/// Runs the subscriptions of one stay: one, or several that replace each other on the same day.
std::optional<Stay> live_stay(const Settings& settings, const Customer& customer, Offer offer, Book& book,
                              Random& random) {
  std::optional<Stay> stay;
  while (true) {
    const int number = static_cast<int>(book.subscriptions.size()) + 1;
    SubscriptionLife life(settings, customer, offer, number, random, book);
    const Ending ending = life.run();
    const Subscription& subscription = life.subscription();
    book.subscriptions.push_back(subscription);
    if (!subscription.paid) return {};
    if (!stay) stay = Stay{subscription.anchor, {}, {}};
    stay->ending = ending;
    if (ending.how != How::switched) return stay;
    offer = offer_after_switch(subscription.phases.back(), offer, ending.on, life.months_lived());
  }
}

/// Ends a second subscription together with the first stay, whatever its own plans were.
void cut_phases(std::vector<Phase>& phases, const Ending& ending) {
  std::erase_if(phases, [&](const Phase& phase) { return phase.starts_on >= ending.on; });
  if (phases.empty()) return;
  Phase& last = phases.back();
  if (last.ends_on && *last.ends_on < ending.on) return;
  last.ends_on = ending.on;
  last.end_reason = ending.recorded_reason;
  last.cancel_requested_on = ending.requested_on;
  if (last.cancel_requested_on && *last.cancel_requested_on < last.starts_on) {
    last.cancel_requested_on = last.starts_on;
  }
  if (last.paused_from && *last.paused_from >= ending.on) {
    last.paused_from.reset();
    last.paused_until.reset();
  }
  if (last.paused_until) last.paused_until = std::min(*last.paused_until, ending.on);
}

/// A few customers have a second team with a subscription of its own.
void add_second_subscription(const Settings& settings, const Customer& customer, const Stay& stay,
                             Book& book) {
  Random random(settings.seed, customer.number, 3);
  if (!random.percent(6)) return;
  Offer offer;
  offer.second = true;
  offer.starts_on = stay.from + random.between(60, 420);
  offer.plan = random.percent(50) ? Plan::basic : Plan::pro;
  offer.quantity = random.between(2, 6);
  // Nobody opens a second subscription after asking to cancel the first, or after its payments failed.
  const Ending& ending = stay.ending;
  if (offer.starts_on > settings.last_day()) return;
  if (ending.how == How::left) {
    const Day settled_on = ending.requested_on.value_or(ending.unpaid_from.value_or(ending.on));
    if (offer.starts_on >= settled_on) return;
  }
  const int number = static_cast<int>(book.subscriptions.size()) + 1;
  SubscriptionLife life(settings, customer, offer, number, random, book);
  life.run();
  Subscription subscription = life.subscription();
  if (ending.on_record(settings)) cut_phases(subscription.phases, ending);
  book.subscriptions.push_back(subscription);
}

}  // namespace

std::vector<Stay> live(const Settings& settings, const Customer& customer, Book& book) {
  Random random(settings.seed, customer.number, 2);
  std::vector<Stay> stays;
  std::optional<Offer> offer = first_offer(settings, customer, random);
  while (offer) {
    const std::optional<Stay> stay = live_stay(settings, customer, *offer, book, random);
    if (!stay) break;
    const Phase last = book.subscriptions.back().phases.back();
    if (stays.empty()) add_second_subscription(settings, customer, *stay, book);
    stays.push_back(*stay);
    if (!stay->ending.happened(settings)) break;
    offer = return_offer(settings, last, stay->ending, random);
    count_return(settings, customer, stay->ending, offer.has_value(), book);
  }
  return stays;
}

}  // namespace sample_book

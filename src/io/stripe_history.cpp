#include "io/stripe_history.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace churn::inline v0 {
namespace stripe {

namespace {

/// The changes in order, each event once.
std::vector<const SubscriptionChange*> in_order(const std::vector<SubscriptionChange>& changes) {
  std::vector<const SubscriptionChange*> ordered;
  ordered.reserve(changes.size());
  for (const SubscriptionChange& change : changes) ordered.push_back(&change);
  // Of contradicting events of one id always the same one, whichever comes first.
  const auto key = [](const SubscriptionChange* c) { return std::tie(c->at, c->order, c->event, c->hash); };
  std::stable_sort(ordered.begin(), ordered.end(),
                   [&](const auto* a, const auto* b) { return key(a) < key(b); });
  const auto repeats = [&](const auto* a, const auto* b) {
    return a->event.empty() ? key(a) == key(b) : std::tie(a->at, a->event) == std::tie(b->at, b->event);
  };
  ordered.erase(std::unique(ordered.begin(), ordered.end(), repeats), ordered.end());
  return ordered;
}

/// The states that events and the object itself tell. The first starts nowhere yet.
std::vector<SubscriptionState> told_states(const SubscriptionRecord& record, Timestamp& known_from,
                                           Timestamp& known_until) {
  const auto changes = in_order(record.changes);
  const auto& by_itself = record.by_itself;
  const std::optional<Timestamp> object_at =
      by_itself ? std::optional(Timestamp::from_seconds(by_itself->known_at)) : std::nullopt;
  SubscriptionFacts newest = by_itself ? by_itself->facts : SubscriptionFacts{};
  std::vector<SubscriptionState> backwards;
  if (changes.empty()) {
    known_from = known_until = *object_at;
    return {{*object_at, std::move(newest)}};
  }
  known_until = changes.back()->at;
  if (object_at && *object_at > known_until) {
    known_until = *object_at;
    backwards.push_back({known_until, newest});
  }
  SubscriptionFacts next = std::move(newest);
  // NOLINTNEXTLINE(modernize-loop-convert): from the last to the first
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    SubscriptionFacts after = patched((*change)->after, next);
    next = patched((*change)->before, after);
    backwards.push_back({(*change)->at, std::move(after)});
  }
  known_from = changes.front()->at;
  if (changes.front()->order != 0) backwards.push_back({known_from, std::move(next)});
  std::reverse(backwards.begin(), backwards.end());
  return backwards;
}

std::optional<Timestamp> start_of(const std::vector<SubscriptionState>& states) {
  const SubscriptionFacts& last = states.back().facts;
  if (const auto start = told(last.start)) return start;
  if (const auto created = told(last.created)) return created;
  std::optional<Timestamp> first;
  for (const SubscriptionState& state : states)
    if (state.facts.items)
      for (const ItemFacts& item : *state.facts.items)
        if (item.created && (!first || *item.created < *first)) first = item.created;
  return first;
}

/// Items of a phase have no ids; a single one is the subscription's, others go by their price.
std::vector<ItemFacts> items_of(const SchedulePhase& phase, const SubscriptionFacts& facts) {
  std::vector<ItemFacts> items = phase.items;
  const bool single = items.size() == 1 && facts.items && facts.items->size() == 1;
  for (ItemFacts& item : items) {
    const std::string price = item.price ? item.price->id : item.plan ? item.plan->id : std::string();
    item.id = single ? facts.items->front().id : price;
    if (!single && facts.items)
      for (const ItemFacts& known : *facts.items)
        if (known.price && known.price->id == price) item.id = known.id;
  }
  return items;
}

SubscriptionFacts in_phase(const SchedulePhase& phase, const SubscriptionFacts& facts) {
  SubscriptionFacts result = facts;
  if (!phase.items.empty()) result.items = items_of(phase, facts);
  if (phase.discounts && !phase.discounts->empty()) result.discounts = phase.discounts;
  if (phase.trial_end) {
    result.trial_start = std::optional(phase.start);
    result.trial_end = phase.trial_end;
  }
  return result;
}

/// Phases that are over when the subscription is first known, and those that begin after it was last known.
void add_phases(const ScheduleFacts& schedule, Timestamp start, Timestamp known_from, Timestamp known_until,
                SubscriptionHistory& history) {
  std::vector<SubscriptionState>& states = history.states;
  std::vector<SubscriptionState> past;
  std::vector<SubscriptionState> future;
  const SubscriptionFacts first = states.front().facts;
  for (std::size_t i = 0; i < schedule.phases.size(); ++i) {
    const SchedulePhase& phase = schedule.phases[i];
    const bool is_last = i + 1 == schedule.phases.size();
    if (schedule.given_up && phase.start >= *schedule.given_up) break;
    if (!is_last && schedule.phases[i + 1].start <= known_from && schedule.phases[i + 1].start > start)
      past.push_back({past.empty() ? start : phase.start, in_phase(phase, first)});
    else if (phase.start > known_until)
      future.push_back({phase.start, in_phase(phase, states.back().facts)});
    else if (!past.empty() && phase.start <= known_from)
      states.front().from = phase.start;
  }
  states.insert(states.begin(), past.begin(), past.end());
  states.insert(states.end(), future.begin(), future.end());
  if (schedule.cancels && !schedule.given_up && !schedule.phases.empty() && schedule.phases.back().end)
    history.term_ends = schedule.phases.back().end;
}

/// A schedule whose subscription does not exist yet.
std::variant<SubscriptionHistory, Problem> scheduled_history(const ScheduleFacts& schedule) {
  if (schedule.customer.empty())
    return Problem{RejectionCode::missing_value, "customer", "There is no customer."};
  SubscriptionFacts facts;
  facts.customer = std::optional(schedule.customer);
  facts.status = "not_started";
  SubscriptionHistory history;
  for (const SchedulePhase& phase : schedule.phases) {
    facts.start = facts.start ? facts.start : Said<std::optional<Timestamp>>(std::optional(phase.start));
    history.states.push_back({phase.start, in_phase(phase, facts)});
  }
  if (history.states.empty()) return Problem{RejectionCode::missing_value, "phases", "There are no phases."};
  if (schedule.cancels) history.term_ends = schedule.phases.back().end;
  return history;
}

}  // namespace

std::variant<SubscriptionHistory, Problem> history_of(const SubscriptionRecord& record,
                                                      const std::vector<const ScheduleFacts*>& schedules) {
  if (!record.by_itself && record.changes.empty()) return scheduled_history(*schedules.front());
  SubscriptionHistory history;
  history.origin = record.by_itself ? record.by_itself->origin : record.changes.back().origin;
  Timestamp known_from = Timestamp::from_seconds(0);
  Timestamp known_until = known_from;
  history.states = told_states(record, known_from, known_until);
  const auto start = start_of(history.states);
  if (!start) return Problem{RejectionCode::missing_value, "start_date", "There is no start."};
  history.states.front().from = *start;
  // Of several, the one that started last: before it another one was released.
  for (const ScheduleFacts* const schedule : schedules)
    add_phases(*schedule, *start, known_from, known_until, history);
  for (SubscriptionState& state : history.states) state.from = std::max(state.from, *start);
  std::stable_sort(history.states.begin(), history.states.end(),
                   [](const SubscriptionState& a, const SubscriptionState& b) { return a.from < b.from; });
  return history;
}

}  // namespace stripe
}  // namespace churn::inline v0

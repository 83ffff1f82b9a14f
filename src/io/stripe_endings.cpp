// How a subscription ends, and when it was paused.
#include <algorithm>

#include "io/stripe_phases.hpp"

namespace churn::inline v0 {
namespace stripe {

namespace {

bool is_paused(const SubscriptionFacts& facts) {
  return told(facts.pause).has_value() || facts.status.value_or(std::string()) == "paused";
}

bool will_end(const SubscriptionFacts& facts) {
  return facts.cancel_at_period_end.value_or(false) || told(facts.cancel_at).has_value();
}

bool is_canceled(const SubscriptionFacts& facts) {
  return facts.status.value_or(std::string()) == "canceled";
}

/// Whether its end was agreed when it began: nobody has asked for it since.
bool is_fixed_term(const SubscriptionHistory& history) {
  const SubscriptionFacts& last = history.states.back().facts;
  const auto end = told(last.cancel_at);
  const auto ended = told(last.ended_at);
  if (!end || told(history.states.front().facts.cancel_at) != end || (ended && *ended < *end)) return false;
  constexpr std::int64_t a_minute = 60;
  const auto asked = told(last.canceled_at);
  const auto created = told(last.created);
  return !asked || (created && asked->seconds() <= created->seconds() + a_minute);
}

/// The current period, which the subscription or its items have.
std::optional<Timestamp> latest_of(const SubscriptionFacts& facts, const Said<std::optional<Timestamp>>& own,
                                   std::optional<Timestamp> ItemFacts::*of_item) {
  std::optional<Timestamp> latest = told(own);
  if (!latest && facts.items)
    for (const ItemFacts& item : *facts.items)
      if (item.*of_item && (!latest || *latest < *(item.*of_item))) latest = item.*of_item;
  return latest;
}

}  // namespace

std::optional<Date> SubscriptionPhases::end_told(const SubscriptionFacts& facts,
                                                 const SubscriptionHistory& history) const {
  if (is_canceled(facts)) {
    if (const auto ended = told(facts.ended_at)) return day_of(ended);
    return day_of(told(facts.canceled_at));
  }
  if (const auto at = told(facts.cancel_at)) return day_of(at);
  if (facts.cancel_at_period_end.value_or(false))
    return day_of(latest_of(facts, facts.period_end, &ItemFacts::period_end));
  return day_of(history.term_ends);
}

/// When the end was asked for: as it is told, else when it first was known to come, if that was seen.
std::optional<Timestamp> SubscriptionPhases::request_told(const SubscriptionHistory& history) {
  const SubscriptionFacts& last = history.states.back().facts;
  const std::string reason = last.reason.value_or(std::string());
  if (reason == "payment_failed" || reason == "payment_disputed") return std::nullopt;
  if (!is_canceled(last) && !will_end(last)) return std::nullopt;
  if (is_fixed_term(history)) return std::nullopt;
  if (const auto at = told(last.canceled_at)) return at;
  std::optional<Timestamp> since;
  for (std::size_t s = history.states.size(); s-- > 0 && will_end(history.states[s].facts);) {
    if (s == 0) return std::nullopt;
    since = history.states[s].from;
  }
  return since;
}

bool SubscriptionPhases::find_ending(Subject& subject, Date start, Ending& ending) {
  const SubscriptionHistory& history = *subject.history;
  const SubscriptionFacts& last = history.states.back().facts;
  const bool canceled = is_canceled(last);
  const auto refuse = [&](RejectionCode code, const char* field, const std::string& reason) {
    report(subject, code, field, reason);
    return false;
  };
  const auto ended_at = told(last.ended_at);
  if (ended_at && !canceled)
    return refuse(RejectionCode::unknown_status, "status",
                  "Its status is " + last.status.value_or(std::string()) + ", but it ended on " +
                      day_of(*ended_at).to_string() + ".");
  ending.on = end_told(last, history);
  if (canceled && !ending.on)
    return refuse(RejectionCode::missing_value, "ended_at", "It is canceled, but its end is not there.");
  if (ending.on && *ending.on <= start)
    return refuse(
        RejectionCode::ends_before_start, canceled ? "ended_at" : "cancel_at",
        "It ends on " + ending.on->to_string() + ", not after its start on " + start.to_string() + ".");
  if (!ending.on && will_end(last))
    report(subject, RejectionCode::incomplete_history, "current_period_end",
           "It is to end with its period, whose end is not there.");
  ending.term = day_of(is_fixed_term(history) ? told(last.cancel_at) : history.term_ends);
  if (!canceled && !will_end(last)) return true;
  ending.reason = last.feedback.value_or(std::string());
  if (ending.reason.empty()) ending.reason = last.reason.value_or(std::string());
  const auto requested = day_of(request_told(history));
  if (requested && (*requested < start || (ending.on && *requested > *ending.on)))
    report(subject, RejectionCode::incomplete_history, "canceled_at",
           "Its end was asked for on " + requested->to_string() + ", outside of its days; that is left out.");
  else
    ending.requested_on = requested;
  return true;
}

std::vector<SubscriptionPhases::Pause> SubscriptionPhases::pauses_of(Subject& subject) const {
  const std::vector<SubscriptionState>& states = subject.history->states;
  std::vector<Pause> pauses;
  for (std::size_t s = 0; s < states.size(); ++s) {
    const SubscriptionFacts& facts = states[s].facts;
    if (!is_paused(facts)) continue;
    std::optional<Date> from = day_of(states[s].from);
    if (s == 0) {  // nobody saw it begin
      const auto begins = facts.status.value_or(std::string()) == "paused" && told(facts.trial_end)
                              ? told(facts.trial_end)
                              : latest_of(facts, facts.period_start, &ItemFacts::period_start);
      const auto ends = latest_of(facts, facts.period_end, &ItemFacts::period_end);
      const bool believed = begins && *begins >= states[s].from && (!ends || *begins < *ends);
      all_->report(
          subject.history->origin, RejectionCode::incomplete_history, "pause_collection",
          name_of("subscription", subject.id) + ": It is paused; since when is not in the export" +
              (believed ? ", so from the start of its period on." : ", so it counts as not paused."));
      if (!believed) continue;
      from = day_of(begins);
    }
    std::optional<Date> until =
        s + 1 < states.size() ? std::optional(day_of(states[s + 1].from)) : std::nullopt;
    const auto pause = told(facts.pause);
    const auto resumes = pause ? day_of(pause->resumes_at) : std::nullopt;
    if (resumes && (!until || *resumes < *until)) until = resumes;
    if (until && *until <= *from) continue;
    if (!pauses.empty() && pauses.back().until == from)
      pauses.back().until = until;
    else
      pauses.push_back({*from, until});
  }
  return pauses;
}

}  // namespace stripe
}  // namespace churn::inline v0

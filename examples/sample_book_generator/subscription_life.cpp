#include "subscription_life.hpp"

#include <algorithm>

namespace sample_book {

SubscriptionLife::SubscriptionLife(const Settings& settings, const Customer& customer, const Offer& offer,
                                   int number, Random& random, Book& book)
    : settings_(settings), customer_(customer), offer_(offer), random_(random), book_(book) {
  subscription_.number = number;
  subscription_.customer = customer.number;
  subscription_.anchor = offer.starts_on + offer.trial_days;
  Phase phase;
  phase.plan = offer.plan;
  phase.starts_on = offer.starts_on;
  phase.yearly = offer.yearly;
  phase.quantity = offer.quantity;
  phase.month_cents = current_price(offer.plan, offer.starts_on);
  subscription_.phases.push_back(phase);
}

Ending SubscriptionLife::run() {
  if (offer_.trial_days > 0 && !run_trial()) return {};
  agree_terms();
  while (renewal(month_) <= settings_.last_day()) {
    begin_term();
    for (; month_ < term_end_ && renewal(month_) <= settings_.last_day(); ++month_) {
      if (month_ == decided_in_month_) decide();
      if (live_one_month()) return ending_;
    }
    if (ending_.how != How::running) return close();
  }
  return {};
}

std::int64_t SubscriptionLife::current_price(Plan plan, Day day) const {
  const bool raised = plan == Plan::pro && day >= settings_.raised_for_new();
  return raised ? raised_pro_price : list_price[static_cast<std::size_t>(plan)];
}

/// A trial is a phase of its own. False if nothing was paid after it.
bool SubscriptionLife::run_trial() {
  const Day anchor = subscription_.anchor;
  current().trial_ends_on = anchor;
  if (anchor > settings_.last_day()) return false;
  if (offer_.trial_converts) {
    change_phase(anchor);
    current().trial_ends_on.reset();
    return true;
  }
  current().ends_on = anchor;
  if (random_.percent(50)) {
    constexpr std::array<Choice, 4> reasons{
        {{"too_expensive", 30}, {"missing_feature", 30}, {"too_complex", 20}, {"", 20}}};
    current().cancel_requested_on = random_.between(offer_.starts_on + 1, anchor - 1);
    current().end_reason = pick(reasons, random_).label;
  }
  return false;
}

void SubscriptionLife::agree_terms() {
  subscription_.paid = true;
  if (offer_.discount_percent > 0) {
    current().discount_percent = offer_.discount_percent;
    current().discount_ends_on = renewal(offer_.discount_months);
  }
  if (offer_.fixed_months > 0) current().term_ends_on = renewal(offer_.fixed_months);
  // Most of those who were sold too much notice after some months; by the year they are bound until renewal.
  if (offer_.oversold && random_.percent(75)) {
    contracts_in_month_ = offer_.yearly ? 12 : random_.between(2, 4);
  }
}

/// From `day` on something is different: closes the phase and opens a copy, ready to be changed. A phase
/// that began on the same day is changed itself, since an empty phase would be no record of anything.
void SubscriptionLife::change_phase(Day day) {
  if (current().starts_on == day) return;
  Phase next = current();
  current().ends_on = day;
  next.starts_on = day;
  next.paused_from.reset();
  next.paused_until.reset();
  if (next.discount_ends_on && *next.discount_ends_on <= day) {
    next.discount_percent = 0;
    next.discount_ends_on.reset();
  }
  subscription_.phases.push_back(next);
}

void SubscriptionLife::begin_term() {
  fixed_ = month_ == 0 && offer_.fixed_months > 0;
  paused_ = false;
  if (month_ > 0) renew();
  if (fixed_) {
    term_end_ = offer_.fixed_months;
    decided_in_month_ = term_end_ - 1;
  } else if (!current().yearly && pauses()) {
    paused_ = true;
    decided_in_month_ = -1;
  } else {
    term_end_ = month_ + (current().yearly ? 12 : 1);
    decided_in_month_ = current().yearly ? term_end_ - 4 : month_;
  }
}

void SubscriptionLife::renew() {
  const Day day = renewal(month_);
  if (current().term_ends_on) {
    change_phase(day);
    current().term_ends_on.reset();
  }
  const bool settled = month_ > std::max(2, contracts_in_month_);
  if (!current().yearly && settled && random_.per_million(5500)) {
    change_phase(day);
    current().yearly = true;
    // A year is cheaper by itself: what was left of a discount on the months is gone.
    current().discount_percent = 0;
    current().discount_ends_on.reset();
  }
  raise_price(day);
}

void SubscriptionLife::raise_price(Day day) {
  const bool due = current().plan == Plan::pro && current().month_cents < raised_pro_price &&
                   day >= settings_.raised_for_old();
  if (!due) return;
  change_phase(day);
  current().month_cents = raised_pro_price;
  raised_in_month_ = month_;
}

/// Monthly customers may rest for a month or two. One rest a phase, because a phase has room for one.
bool SubscriptionLife::pauses() {
  if (month_ < 2 || current().paused_from || !random_.per_million(4500)) return false;
  term_end_ = month_ + random_.between(1, 2);
  current().paused_from = renewal(month_);
  current().paused_until = renewal(term_end_);
  return true;
}

void SubscriptionLife::decide() {
  if (fixed_)
    decide_fixed_term();
  else
    decide_term();
}

void SubscriptionLife::decide_fixed_term() {
  if (!random_.percent(60)) return;
  ending_.how = How::left;
  ending_.type = DepartureType::completed;
  ending_.on = renewal(term_end_);
  ending_.reason = "project_finished";
  ending_.term_ran_out = true;
  if (random_.percent(65)) ending_.recorded_reason = ending_.reason;
}

/// The renewal at the end of this term is at the new price, or one of the three before this one was.
bool SubscriptionLife::price_is_rising() const {
  const Phase& phase = subscription_.phases.back();
  if (phase.plan != Plan::pro) return false;
  if (phase.month_cents < raised_pro_price) return renewal(term_end_) >= settings_.raised_for_old();
  return raised_in_month_ && term_end_ - *raised_in_month_ <= 3;
}

void SubscriptionLife::decide_term() {
  Situation situation;
  situation.phase = &current();
  situation.tenure_months = offer_.earlier_tenure + month_;
  situation.term_ends_on = renewal(term_end_);
  // What happened in the last month of a year comes too late to change its end.
  situation.decided_on = renewal(term_end_ - 1);
  situation.oversold = offer_.oversold;
  situation.price_is_rising = price_is_rising();
  Decision decision = face(settings_, customer_, situation);
  decision.left = random_.per_million(leaving_within(decision.month_hazard, decision.months));
  if (decision.left) leave(decision);
  if (offer_.second) return;
  if (decision.left) decision.leaving_on = ending_.on;
  book_.decisions.push_back(decision);
}

void SubscriptionLife::leave(const Decision& decision) {
  const Day end = renewal(term_end_);
  ending_ = draw_ending(settings_, customer_, decision, current(), offer_.earlier_tenure + month_, random_);
  if (offer_.second) ending_.type = DepartureType::voluntary;
  ending_.on = end;
  if (ending_.type == DepartureType::involuntary) {
    // Reminders pass before the service stops.
    ending_.unpaid_from = end;
    ending_.on = end + dunning_days + (current().plan == Plan::enterprise ? invoice_terms_days : 0);
    return;
  }
  if (ending_.type == DepartureType::unknown) return;
  // Who chooses to leave says so or says why, mostly both.
  const bool asks = ending_.recorded_reason.empty() || random_.percent(88);
  const int most_notice = current().yearly ? 100 : end - renewal(month_) - 1;
  if (asks) ending_.requested_on = end - random_.between(current().yearly ? 5 : 1, most_notice);
}

/// True if the subscription ended inside the month, by a switch to another one.
bool SubscriptionLife::live_one_month() {
  if (paused_) return false;
  if (ending_.how != How::running) {
    shrink_before_leaving();
    return false;
  }
  if (month_ == 0 || contract_to_need()) return false;
  if (change_plan()) return true;
  change_seats();
  return false;
}

/// Some of those who are about to cancel try with less first.
void SubscriptionLife::shrink_before_leaving() {
  const bool voluntary = ending_.type == DepartureType::voluntary;
  if (!voluntary || current().yearly || month_ == 0 || current().quantity < 3) return;
  const bool shrinks = random_.per_mille(settings_.effects[Effect::shrink_before_leaving]);
  if (ending_.on_record(settings_) && !offer_.second && !customer_.excluded) {
    Counted& counted = book_.realised[index(Effect::shrink_before_leaving)].exposed;
    ++counted.base;
    if (shrinks) ++counted.events;
  }
  if (!shrinks) return;
  change_phase(renewal(month_));
  current().quantity -= 1 + current().quantity / 4;
}

/// True as long as an over-sold customer has not got rid of the seats it does not need, which is the only
/// change it thinks of.
bool SubscriptionLife::contract_to_need() {
  if (month_ > contracts_in_month_) return false;
  if (month_ == contracts_in_month_) {
    change_phase(renewal(month_));
    current().quantity = std::max(1, current().quantity / 3);
  }
  return true;
}

bool SubscriptionLife::change_plan() {
  const Day day = renewal(month_);
  const bool can_rise = current().plan != Plan::enterprise && current().quantity >= 2;
  // A year is paid in advance: it can be extended at any time, but reduced at its renewal only.
  const bool can_fall = current().plan != Plan::basic && (!current().yearly || month_ + 12 == term_end_);
  if (can_rise && random_.per_million(current().plan == Plan::business ? 7000 : 19000)) {
    const Plan higher = static_cast<Plan>(static_cast<int>(current().plan) + 1);
    if (switches_subscription(day)) {
      ending_.how = How::switched;
      ending_.on = day;
      current().ends_on = day;
      return true;
    }
    move_to(higher, day);
  } else if (can_fall && random_.per_million(7500)) {
    move_to(static_cast<Plan>(static_cast<int>(current().plan) - 1), day);
  }
  return false;
}

/// A few upgrades are made as a new subscription that starts on the day when the old one ends.
bool SubscriptionLife::switches_subscription(Day day) {
  return !current().yearly && !current().term_ends_on && day > current().starts_on && random_.percent(22);
}

void SubscriptionLife::move_to(Plan plan, Day day) {
  change_phase(day);
  current().plan = plan;
  current().month_cents = current_price(plan, day);
}

void SubscriptionLife::change_seats() {
  const Day begin = renewal(month_);
  const bool yearly = current().yearly;
  const Day day = yearly || random_.percent(50) ? begin : random_.between(begin + 1, renewal(month_ + 1) - 1);
  const bool grows = random_.per_million(current().plan == Plan::basic ? 48'000 : 70'000);
  const bool can_shrink = current().quantity > 1 && (!yearly || month_ + 12 == term_end_);
  const bool shrinks = !grows && can_shrink && random_.per_million(yearly ? 150'000 : 26'000);
  if (day > settings_.last_day() || !(grows || shrinks)) return;
  const int step = 1 + random_.below(1 + current().quantity / 5);
  change_phase(day);
  current().quantity = grows ? current().quantity + step : std::max(1, current().quantity - step);
}

/// The end is on record if it has happened, or if it was asked for before the book ends. An invoice that is
/// never paid shows before the end that it leads to.
Ending SubscriptionLife::close() {
  if (ending_.unpaid_from) {
    subscription_.unpaid_from = ending_.unpaid_from;
    subscription_.payment_reason = ending_.reason;
  }
  if (!ending_.on_record(settings_)) return ending_;
  current().ends_on = ending_.on;
  current().cancel_requested_on = ending_.requested_on;
  current().end_reason = ending_.recorded_reason;
  return ending_;
}

}  // namespace sample_book

// One subscription from its first day to its end or to the end of the book.
#pragma once

#include "hazard.hpp"

namespace sample_book {

/// What a new subscription starts with.
struct Offer {
  Day starts_on = 0;
  Plan plan = Plan::basic;
  int quantity = 1;
  bool yearly = false;
  int trial_days = 0;
  bool trial_converts = true;
  int discount_percent = 0;
  int discount_months = 0;
  int fixed_months = 0;
  int earlier_tenure = 0;
  bool oversold = false;
  /// Beside another subscription: its end is no departure, and its payments never fail for good.
  bool second = false;
};

/// Time advances by months of the anchor day. A *term* is what the customer has agreed to pay for: a month, a
/// year, or the months of a fixed contract. Whether it is the last one is decided when it begins, for a year
/// four months before it is over. What is recorded is a row a phase.
class SubscriptionLife {
 public:
  SubscriptionLife(const Settings& settings, const Customer& customer, const Offer& offer, int number,
                   Random& random, Book& book);

  /// How it ends; that may lie after the book, and is then on record only if it was asked for before.
  Ending run();

  const Subscription& subscription() const { return subscription_; }
  int months_lived() const { return month_; }

 private:
  Day renewal(int month) const { return add_months(subscription_.anchor, month); }
  Phase& current() { return subscription_.phases.back(); }
  std::int64_t current_price(Plan plan, Day day) const;

  bool run_trial();
  void agree_terms();
  void change_phase(Day day);
  void begin_term();
  void renew();
  void raise_price(Day day);
  bool pauses();
  void decide();
  void decide_fixed_term();
  void decide_term();
  bool price_is_rising() const;
  void leave(const Decision& decision);
  bool live_one_month();
  void shrink_before_leaving();
  bool contract_to_need();
  bool change_plan();
  bool switches_subscription(Day day);
  void move_to(Plan plan, Day day);
  void change_seats();
  Ending close();

  const Settings& settings_;
  const Customer& customer_;
  Offer offer_;
  Random& random_;
  Book& book_;
  Subscription subscription_;
  Ending ending_;
  std::optional<int> raised_in_month_;
  int month_ = 0;
  int term_end_ = 0;
  int decided_in_month_ = 0;
  int contracts_in_month_ = -1;
  bool fixed_ = false;
  bool paused_ = false;
};

}  // namespace sample_book

// The presets: values only. Each says where its rules were read and what is left open there.
#include <churn/book/conventions.hpp>

// Sentences longer than a line stand in several literals.
// NOLINTBEGIN(bugprone-suspicious-missing-comma)
namespace churn::inline v0 {

namespace {

void set_per_year(Conventions& conventions, BillingInterval interval, Fraction fraction) {
  conventions.book.normalisation.per_year[static_cast<std::size_t>(interval)] = fraction;
}

void count_every_departure(RateRules& rules) {
  rules.joined_and_left = Counting::counted;
  rules.left_and_returned = Counting::counted;
}

}  // namespace

Conventions Conventions::chartmogul() {
  Conventions c;
  c.name = "chartmogul";
  c.source =
      "ChartMogul's help centre: customer churn rate, net and gross MRR churn rate, past due, free plans";
  c.undocumented = {
      "When a departure is recognised can be set; one page calls the end of service the default, another the "
      "billing system's status. It is the end of service here.",
      "Movements within 60 minutes are one; here those of a day are.",
      "How many weeks and days make a month is not said; it is 52 and 365 a year here.",
      "What a pause does to MRR is not said; it keeps the customer at 0 here.",
      "Amounts are converted at the rate of the day an invoice is paid, and no movement shows what rates "
      "change.",
      "LTV takes the mean churn rate of the six months before; here that of the period."};
  c.book.free = FreePolicy::customer;
  c.rate.netting = Netting::by_day;
  c.rate.net_subtracts_reactivation = true;
  return c;
}

Conventions Conventions::stripe() {
  Conventions c;
  c.name = "stripe";
  c.source =
      "Stripe's support pages on billing analytics: subscriber churn rate, MRR, cancellations, metrics "
      "settings; and ProfitWell's comparison with it";
  c.undocumented = {
      "Recognition can be set to the cancellation or the end of the cycle; it is the cancellation here.",
      "Whether discounts with an end lower MRR can be set; they do not here.",
      "How many weeks and days make a month is not said; it is 52 and 365 a year here.",
      "What a pause of collection does to MRR is not said; it keeps the customer at 0 here.",
      "A trial converts once its first invoice is paid; here if the customer pays on the first paid day."};
  c.book.recognition = Recognition::cancel_request;
  c.book.past_due = PastDuePolicy::dropped_when_exhausted;
  c.book.discounts = DiscountPolicy::forever;
  c.rate.netting = Netting::by_day;  // who is new and gone within a month is both
  count_every_departure(c.rate);
  c.rate.base = ChurnBase::opening_and_joined;
  c.rate.trailing_days = 30;
  return c;
}

Conventions Conventions::baremetrics() {
  Conventions c;
  c.name = "baremetrics";
  c.source = "Baremetrics' help centre and changelog: user and revenue churn, data settings, quick ratio";
  c.undocumented = {
      "Plans that are not monthly have a window of 365 days instead of 30; here all have 30.",
      "Whether a return within the window takes a departure back is not said; it does not here.",
      "How many weeks and days make a month is not said; it is 52 and 365 a year here.",
      "What a pause does to MRR is not said; it keeps the customer at 0 here.",
      "Past due drops out after 30 days, after two months or never, as set; it is 30 days here."};
  c.book.past_due = PastDuePolicy::dropped_after_days;
  c.book.past_due_days = 30;
  count_every_departure(c.rate);
  c.rate.trailing_days = 30;
  c.rate.quick_ratio_counts_reactivation = false;
  return c;
}

Conventions Conventions::profitwell() {
  Conventions c;
  c.name = "profitwell";
  c.source =
      "ProfitWell and Paddle help: churn, cancellations in the first month, MRR, comparisons with other "
      "tools";
  c.undocumented = {
      "Whether those who joined and left are in the denominator is not said; they are not here.",
      "Whether a return within the month takes a departure back is not said; it does not here.",
      "Metered usage is rolled in on one page and not supported on another; it is left out here.",
      "How long past due counts is the dunning window of the account; here until collecting is given up.",
      "LTV is smoothed in a way that is not published; here it is ARPA by the rate of the period."};
  c.book.pause = PausePolicy::absent;
  c.book.past_due = PastDuePolicy::dropped_when_exhausted;
  set_per_year(c, BillingInterval::week, {1299, 25});  // 4.33 a month
  set_per_year(c, BillingInterval::day, {360, 1});
  c.rate.left_and_returned = Counting::counted;
  return c;
}

Conventions Conventions::recurly() {
  Conventions c;
  c.name = "recurly";
  c.source = "Recurly's documentation: churn, monthly recurring revenue, subscriber and plan analytics";
  c.undocumented = {
      "Whether a return within the month takes a departure back is not said; it does not here.",
      "MRR knows a reactivation after a whole month at 0, subscriber counts after a day; month ends are "
      "compared here.",
      "Usage, taxes and failed charges can be set to count or not; the defaults are taken.",
      "A prorated line counts with what was charged, and for its days only; here with its full price."};
  set_per_year(c, BillingInterval::day, {360, 1});
  c.rate.history = History::period_ends;
  count_every_departure(c.rate);
  return c;
}

Conventions Conventions::maxio() {
  Conventions c;
  c.name = "maxio";
  c.source = "Maxio (Chargify) help: churn analytics, MRR; and ProfitWell's comparison with it";
  c.undocumented = {
      "A comparison by another vendor says that MRR drops at the cancellation; here it does at the end of "
      "service.",
      "Whether a return within the month takes a departure back is not said; it does not here.",
      "How many weeks and days make a month is not said; it is 52 and 365 a year here.",
      "How long past due counts is not said; here until it is cancelled."};
  c.book.pause = PausePolicy::counted;
  c.book.reactivation_window_days = 90;
  c.rate.netting = Netting::by_day;  // who is new and gone within a month is both
  count_every_departure(c.rate);
  c.rate.net_subtracts_reactivation = true;
  return c;
}

Conventions Conventions::mrr_playbook() {
  Conventions c;
  c.name = "mrr_playbook";
  c.source = "The SQL of the MRR playbook for dbt: customer and month, by month ends";
  c.undocumented = {
      "It knows whole months and one subscription at a time; everything else is as in our standard.",
      "It has no churn rate; its movements stand for it."};
  c.rate.history = History::period_ends;
  return c;
}

Conventions Conventions::fight_churn() {
  Conventions c;
  c.name = "fight_churn";
  c.source = "The listings of chapter 2 of Fighting Churn with Data: net retention, churn and MRR churn";
  c.undocumented = {
      "Gaps between subscriptions are joined in later chapters, with an allowance that differs between them; "
      "here "
      "there is none, as in chapter 2.",
      "A longer bill period at a lower price is an extension there, and a contraction here."};
  return c;
}

std::vector<Conventions> Conventions::presets() {
  return {standard(), chartmogul(), stripe(),       baremetrics(), profitwell(),
          recurly(),  maxio(),      mrr_playbook(), fight_churn()};
}

}  // namespace churn::inline v0
// NOLINTEND(bugprone-suspicious-missing-comma)

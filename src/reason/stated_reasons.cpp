#include <churn/reason/stated_reasons.hpp>

#include <initializer_list>

#include <churn/core/error.hpp>
#include <churn/core/printable.hpp>

#include "reason/closest_text.hpp"

namespace churn::inline v0 {

namespace {

constexpr bool is_kept(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) > 127;
}

using Texts = std::initializer_list<std::string_view>;

/// A reason by its own name, and by others.
void add(StatedReasons& table, DepartureType type, std::string_view reason, Texts others) {
  table.set(reason, type, reason);
  for (const std::string_view text : others) table.set(text, type, reason);
}

void add_completed(StatedReasons& table) {
  constexpr auto completed = DepartureType::completed;
  add(table, completed, "project_finished",
      {"project finished", "finished project", "project complete", "project completed", "project done",
       "project ended", "project end", "project over", "project is over", "end of project", "job done",
       "campaign ended", "campaign finished", "campaign over", "project based"});
  add(table, completed, "event_over",
      {"event ended", "event finished", "event done", "event completed", "event is over", "end of event",
       "conference over", "event took place"});
  add(table, completed, "season_over",
      {"season ended", "season finished", "end of season", "season is over", "off season", "seasonal",
       "seasonal business", "seasonal use"});
  add(table, completed, "term_ended",
      {"term over", "term expired", "end of term", "contract ended", "contract expired", "contract end",
       "end of contract", "contract over", "fixed term", "fixed term ended", "billing cycles completed"});
  add(table, completed, "goal_reached",
      {"goal achieved", "goals reached", "goals achieved", "goal met", "mission accomplished",
       "got what I needed", "achieved our goal", "reached our goal"});
}

void add_voluntary(StatedReasons& table) {
  constexpr auto voluntary = DepartureType::voluntary;
  add(table, voluntary, "competitor",
      {"competition",
       "competitors",
       "went to competitor",
       "went to a competitor",
       "moved to competitor",
       "moved to a competitor",
       "switched to competitor",
       "switched to a competitor",
       "switching to a competitor",
       "switching competitor",
       "lost to competitor",
       "lost to a competitor",
       "chose a competitor",
       "found alternative",
       "found an alternative",
       "found a better alternative",
       "found better alternative",
       "better alternative",
       "better product",
       "found a better product",
       "using another product",
       "using another tool",
       "using a different tool",
       "using a different product",
       "using a different service",
       "switching to a different service",
       "switched to another product",
       "switched to another service",
       "switched to another tool",
       "switched provider",
       "switching provider",
       "changed provider",
       "switched tools",
       "switched product",
       "switched vendor"});
  add(table, voluntary, "too_expensive",
      {"price",
       "prices",
       "pricing",
       "cost",
       "costs",
       "costs too much",
       "cost too much",
       "cost too high",
       "too costly",
       "expensive",
       "it is too expensive",
       "it's too expensive",
       "price too high",
       "prices too high",
       "high price",
       "price is too high",
       "price increase",
       "price increased",
       "price change",
       "too pricey",
       "budget",
       "no budget",
       "budget cut",
       "budget cuts",
       "budget constraints",
       "budget reasons",
       "insufficient budget",
       "out of budget",
       "over budget",
       "lack of budget",
       "can't afford",
       "can't afford it",
       "cannot afford",
       "cant afford",
       "unaffordable",
       "not affordable",
       "not worth the price",
       "not worth the money",
       "poor value",
       "value for money",
       "too little value for money",
       "cost cutting",
       "cost reduction",
       "cost savings",
       "saving money",
       "save money",
       "too high price",
       "too much money"});
  add(table, voluntary, "missing_feature", {"missing features",       "feature missing",
                                            "features missing",       "missing functionality",
                                            "missing functions",      "missing integration",
                                            "missing integrations",   "lack of features",
                                            "lacks features",         "lacking features",
                                            "lack of functionality",  "feature gap",
                                            "feature gaps",           "features",
                                            "not enough features",    "need more features",
                                            "needs more features",    "key features are missing",
                                            "key feature missing",    "some features are missing",
                                            "I need more features",   "missing a feature I need",
                                            "missing features I need"});
  add(table, voluntary, "too_complex",
      {"complex",
       "complexity",
       "complicated",
       "too complicated",
       "too difficult",
       "too difficult to use",
       "difficult to use",
       "difficulty of use",
       "hard to use",
       "too hard",
       "too hard to use",
       "hard to understand",
       "did not understand",
       "did not understand it",
       "did not understand the product",
       "confusing",
       "too confusing",
       "usability",
       "poor usability",
       "not easy to use",
       "not user friendly",
       "steep learning curve",
       "ease of use",
       "too hard to set up",
       "difficult to set up"});
  add(table, voluntary, "business_changed",
      {"business change",
       "business closed",
       "business closing",
       "closed business",
       "closing business",
       "closing down",
       "company closed",
       "company closing",
       "company shut down",
       "shut down",
       "shutting down",
       "out of business",
       "went out of business",
       "going out of business",
       "bankrupt",
       "bankruptcy",
       "insolvent",
       "insolvency",
       "changed direction",
       "change of direction",
       "new direction",
       "changed strategy",
       "strategy changed",
       "business model changed",
       "changed business model",
       "pivot",
       "pivoted",
       "restructuring",
       "reorganisation",
       "reorganization",
       "acquired",
       "acquisition",
       "company acquired",
       "merger",
       "merged",
       "downsizing",
       "downsized",
       "needs changed",
       "changed needs",
       "change in needs",
       "requirements changed",
       "change in requirements"});
  add(table, voluntary, "wrong_fit",
      {"bad fit",
       "poor fit",
       "no fit",
       "not a fit",
       "not a good fit",
       "not the right fit",
       "wrong customer",
       "wrong product",
       "wrong tool",
       "does not fit",
       "doesn't fit",
       "not suitable",
       "unsuitable",
       "not right for us",
       "not as expected",
       "not what I expected",
       "not what we expected",
       "did not meet expectations",
       "expectations not met",
       "unmet expectations",
       "does not meet needs",
       "does not meet our needs",
       "doesn't meet our needs",
       "did not meet our needs",
       "not what I was looking for",
       "not what we were looking for"});
  add(table, voluntary, "quality",
      {"low quality",
       "poor quality",
       "bad quality",
       "product quality",
       "quality issues",
       "quality problems",
       "quality was less than expected",
       "product unsatisfactory",
       "bugs",
       "buggy",
       "too buggy",
       "too many bugs",
       "technical issue",
       "technical issues",
       "technical problem",
       "technical problems",
       "technical problems and bugs",
       "performance",
       "poor performance",
       "slow",
       "too slow",
       "unreliable",
       "reliability",
       "unstable",
       "stability",
       "outage",
       "outages",
       "downtime",
       "errors",
       "too many errors",
       "does not work",
       "doesn't work",
       "did not work"});
  add(table, voluntary, "service",
      {"customer service", "customer support", "support", "bad service", "poor service", "bad support",
       "poor support", "slow support", "lack of support", "unhelpful support", "support not helpful",
       "bad customer service", "poor customer service", "bad customer support", "poor customer support",
       "customer service was less than expected", "service unsatisfactory"});
  add(table, voluntary, "not_used",
      {"unused",
       "not using",
       "not using it",
       "not using it enough",
       "not use",
       "don't use it",
       "don't use it enough",
       "I don't use it enough",
       "I don't use the service enough",
       "do not use it",
       "no longer used",
       "no longer using",
       "no longer using it",
       "no longer use it",
       "no use",
       "no usage",
       "low usage",
       "low use",
       "lack of use",
       "lack of usage",
       "not enough use",
       "not enough usage",
       "rarely used",
       "rarely use it",
       "seldom used",
       "hardly used",
       "never used",
       "never used it",
       "didn't use it",
       "did not use it",
       "stopped using",
       "stopped using it",
       "no time",
       "no time to use it",
       "not enough time"});
  // That the customer asked is all that these say.
  for (const std::string_view text :
       {"customer request", "customer requested", "requested by customer", "at customer request",
        "customer cancelled", "customer canceled", "cancelled by customer", "canceled by customer",
        "user request", "user requested", "user cancelled", "user canceled", "cancelled by user",
        "canceled by user", "voluntary", "voluntarily cancelled", "voluntarily canceled", "customer choice"})
    table.set(text, voluntary, unknown_reason);
}

void add_involuntary(StatedReasons& table) {
  constexpr auto involuntary = DepartureType::involuntary;
  add(table, involuntary, "card_expired",
      {"expired card", "credit card expired", "expired credit card", "card has expired", "card is expired",
       "expired payment method", "payment method expired"});
  add(table, involuntary, "no_new_card",
      {"no card", "no card on file", "no valid card", "card lost", "lost card", "card stolen", "stolen card",
       "card lost or stolen", "lost or stolen card", "pickup card", "pick up card", "card withdrawn",
       "no payment method", "payment method missing", "missing payment method", "payment method removed",
       "no payment details", "no billing information"});
  // Not "limit reached": that may be one of the product's.
  add(table, involuntary, "credit_limit",
      {"credit limit reached", "credit limit exceeded", "card limit", "card limit reached",
       "card limit exceeded", "credit card limit", "credit card limit reached", "payment limit exceeded",
       "card velocity exceeded", "withdrawal count limit exceeded"});
  add(table, involuntary, "outdated_details",
      {"outdated payment details", "outdated billing details", "payment details outdated", "outdated card",
       "outdated card details", "wrong payment details", "wrong card details", "wrong card number",
       "invalid payment details", "invalid card", "invalid card details", "invalid card number",
       "incorrect card number", "incorrect number", "incorrect cvc", "incorrect zip", "invalid account"});
  add(table, involuntary, "processor_error",
      {"processing error", "payment processing error", "payment processor error", "payment gateway error",
       "gateway error", "bank error", "bank unavailable", "issuer unavailable", "issuer not available"});
  add(table, involuntary, "insufficient_funds",
      {"insufficient fund", "not enough funds", "not sufficient funds", "non sufficient funds", "no funds",
       "nsf", "lack of funds", "insufficient balance", "not enough balance", "insufficient credit"});
  add(table, involuntary, "other_payment",
      {"payment failure",  "failed payment",   "payment failures", "failed payments", "payment declined",
       "declined payment", "payment issue",    "payment issues",   "payment problem", "payment problems",
       "payment error",    "billing error",    "card declined",    "declined card",   "card refused",
       "do not honor",     "do not honour",    "generic decline",  "unpaid",          "unpaid invoice",
       "invoice unpaid",   "invoice not paid", "no payment",       "past due",        "overdue",
       "delinquent",       "delinquency",      "chargeback",       "payment dispute", "involuntary"});
}

/// Known, and of no use: nothing of why, or of several stories.
void add_unknown(StatedReasons& table) {
  add(table, DepartureType::unknown, unknown_reason,
      {"other", "others", "other reason", "other reasons", "something else", "misc", "miscellaneous",
       "various", "none", "none of the above", "no reason", "no reason given", "reason unknown",
       "unknown reason", "not known", "not specified", "unspecified", "not stated", "not given", "n/a", "na",
       "null", "nil", "nothing", "no answer", "no comment", "no comments", "no feedback", "no response",
       "prefer not to say", "rather not say", "declined to answer", "don't know", "i don't know",
       // That it has ended was known before.
       "cancel", "canceled", "cancelled", "cancellation", "churn", "churned", "closed", "ended", "expired",
       "terminated", "inactive",
       // It may have done its work, or never have had any.
       "no longer needed", "no longer need it", "no longer required", "not needed", "not needed anymore",
       "not needed any more", "no need", "don't need it", "don't need it anymore", "I no longer need it"});
}

// The names that vendors publish. Braintree and Paddle record no reason of a cancellation that they have a list of.
void add_vendors(StatedReasons& table) {
  const auto set = [&table](DepartureType type, std::string_view reason, Texts texts) {
    for (const std::string_view text : texts) table.set(text, type, reason);
  };
  constexpr auto voluntary = DepartureType::voluntary;
  constexpr auto involuntary = DepartureType::involuntary;
  constexpr auto unknown = DepartureType::unknown;

  // Stripe, subscription.cancellation_details.feedback: https://docs.stripe.com/api/subscriptions/object
  set(voluntary, "too_expensive", {"too_expensive"});
  set(voluntary, "missing_feature", {"missing_features"});
  set(voluntary, "competitor", {"switched_service"});
  set(voluntary, "not_used", {"unused"});
  set(voluntary, "service", {"customer_service"});
  set(voluntary, "too_complex", {"too_complex"});
  set(voluntary, "quality", {"low_quality"});
  set(unknown, unknown_reason, {"other"});
  // …and .reason
  set(voluntary, unknown_reason, {"cancellation_requested"});
  set(involuntary, "other_payment", {"payment_disputed", "payment_failed"});

  // Chargebee, subscription.cancel_reason: https://apidocs.chargebee.com/docs/api/subscriptions. All of them are set
  // by Chargebee itself, and count as involuntary there.
  set(involuntary, "no_new_card", {"no_card"});
  set(involuntary, "other_payment",
      {"not_paid", "fraud_review_failed", "non_compliant_eu_customer", "tax_calculation_failed",
       "currency_incompatible_with_gateway", "non_compliant_customer"});

  // Recurly, expiration_reason of the export of expired subscriptions: Canceled, Non-payment, Fixed billing cycles, Tax
  // Location Invalid, Nonpayment_gift, Nonpayment_trial: https://docs.recurly.com/docs/subscriptions-export. Gifts and
  // trials without a card ran out: nobody failed to pay. Canceled, and the state of a closed account, don't say by whom.
  set(involuntary, "other_payment", {"non_payment", "nonpayment", "tax_location_invalid"});
  set(DepartureType::completed, "term_ended", {"fixed_billing_cycles"});
  set(unknown, unknown_reason, {"canceled", "account_closed", "nonpayment_gift", "nonpayment_trial"});

  // Maxio (Chargify), subscription.cancellation_method: https://developers.maxio.com, enumeration Cancellation Method.
  // Its reason codes are each site's own.
  set(involuntary, "other_payment", {"dunning"});
  set(voluntary, unknown_reason, {"billing_portal"});
  set(unknown, unknown_reason, {"merchant_ui", "merchant_api", "imported", "unknown"});
}

}  // namespace

std::string StatedReasons::normalised(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool between = false;
  for (const char c : text) {
    if (!is_kept(c)) {
      between = !result.empty();
      continue;
    }
    if (between) result += '_';
    between = false;
    result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

StatedReasons& StatedReasons::set(std::string_view text, DepartureType type, std::string_view reason) {
  std::string key = normalised(text);
  std::string name = normalised(reason);
  if (key.empty() || name.empty())
    throw Error(ErrorCode::unknown_name, std::string(key.empty() ? "The text" : "The reason") + " \"" +
                                             printable(key.empty() ? text : reason) +
                                             "\" has no letter and no digit, so nothing can be told by it.");
  if (all_.use_count() > 1) all_ = std::make_shared<Table>(*all_);
  all_->insert_or_assign(std::move(key), StatedReason{type, std::move(name)});
  return *this;
}

const StatedReason* StatedReasons::find(std::string_view text) const {
  const auto found = all_->find(normalised(text));
  return found == all_->end() ? nullptr : &found->second;
}

std::optional<std::string> StatedReasons::closest(std::string_view text) const {
  return closest_key(*all_, normalised(text));
}

const StatedReasons& StatedReasons::standard() {
  static const StatedReasons table = [] {
    StatedReasons made;
    add_completed(made);
    add_voluntary(made);
    add_involuntary(made);
    add_unknown(made);
    add_vendors(made);
    return made;
  }();
  return table;
}

}  // namespace churn::inline v0

#include "reference_departures.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <tuple>

namespace reference {
namespace {

// ---- Who is who ----------------------------------------------------------------------------------------

const Customer* find(const Book& book, const std::string& id) {
  for (const Customer& customer : book.customers) {
    if (customer.id == id) {
      return &customer;
    }
  }
  return nullptr;
}

// Nobody's, if an account on the way is left out. Accounts that are merged in a circle stay what they are.
std::string owner_of(const Book& book, const std::string& id) {
  std::set<std::string> seen;
  std::string owner = id;
  bool left_out = false;
  for (;;) {
    if (!seen.insert(owner).second) {
      owner = id;
      left_out = find(book, id)->excluded;
      break;
    }
    const Customer* const customer = find(book, owner);
    left_out = left_out || (customer != nullptr && customer->excluded);
    if (customer == nullptr || !customer->merged_into || customer->merged_into->empty()) {
      break;
    }
    owner = *customer->merged_into;
  }
  return left_out ? "" : owner;
}

bool reads_invoices(const Book& book, const Rules& rules) {
  return rules.source == Source::invoices ||
         (rules.source == Source::automatic && book.phases.empty() && !book.invoices.empty());
}

bool is_present(const Book& book, Rules rules, const std::string& customer, int day) {
  rules.gap_allowance = 0;
  return Engine(book, rules).state_on(customer, day).present;
}

// ---- What ended ----------------------------------------------------------------------------------------

struct Ended {
  std::string subscription{};
  int starts_on{0};
  std::string reason{};
  std::optional<int> requested_on{};
  std::optional<int> term_ends_on{};
};

// The phases of a customer that can be believed, each with the day on which it is taken to end.
struct Believed {
  Phase phase{};
  std::optional<int> taken_to_end{};
};

std::vector<Believed> believed_phases(const Engine& engine, const Book& book, const Rules& rules,
                                      const std::string& customer) {
  std::set<std::size_t> left_out(engine.duplicates().begin(), engine.duplicates().end());
  for (const Rejection& rejection : engine.rejected()) {
    left_out.insert(rejection.phase);
  }
  std::vector<Phase> phases;
  for (std::size_t i = 0; i < book.phases.size(); ++i) {
    if (!left_out.contains(i) && owner_of(book, book.phases[i].customer) == customer) {
      phases.push_back(book.phases[i]);
    }
  }
  std::vector<Believed> result;
  for (const Phase& phase : phases) {
    Believed believed{phase, phase.ends_on};
    bool goes_on = false;
    for (const Phase& other : phases) {
      const bool follows = other.subscription == phase.subscription && other.starts_on > phase.starts_on;
      if (follows && (!believed.taken_to_end || other.starts_on < *believed.taken_to_end)) {
        believed.taken_to_end = other.starts_on;
      }
      goes_on = goes_on || (follows && (!phase.ends_on || other.starts_on <= *phase.ends_on)) ||
                phase.ends_on == other.starts_on;
    }
    if (rules.recognition == Recognition::cancel_request && phase.cancel_requested_on && !goes_on) {
      const int request = std::max(*phase.cancel_requested_on, phase.starts_on);
      believed.taken_to_end = std::min(request, believed.taken_to_end.value_or(request));
    }
    result.push_back(believed);
  }
  return result;
}

// Of each subscription by itself: is it there on the last day? Then what began last of it has ended.
std::vector<Ended> ended_phases(const Engine& engine, const Book& book, const Rules& rules,
                                const Reasons& reasons, const std::string& customer, int departed_on,
                                int known_before) {
  const std::vector<Believed> believed = believed_phases(engine, book, rules, customer);
  std::set<std::string> subscriptions;
  for (const Believed& one : believed) {
    subscriptions.insert(one.phase.subscription);
  }
  std::vector<Ended> result;
  for (const std::string& subscription : subscriptions) {
    Book alone = book;
    alone.phases.clear();
    const Phase* last = nullptr;
    for (const Believed& one : believed) {
      if (one.phase.subscription != subscription) {
        continue;
      }
      alone.phases.push_back(one.phase);
      alone.phases.back().ends_on = one.taken_to_end;
      alone.phases.back().cancel_requested_on.reset();
      if (one.phase.starts_on < departed_on && (last == nullptr || one.phase.starts_on > last->starts_on)) {
        last = &one.phase;
      }
    }
    Rules own = rules;
    own.source = Source::subscriptions;
    if (last == nullptr || !is_present(alone, own, customer, departed_on - 1)) {
      continue;
    }
    Ended ended{.subscription = subscription, .starts_on = last->starts_on};
    const auto said = reasons.endings.find({subscription, last->starts_on});
    if (said != reasons.endings.end()) {
      if (last->ends_on && *last->ends_on < known_before) {
        ended.reason = said->second.reason;
      }
      ended.term_ends_on = said->second.term_ends_on;
    }
    if (last->cancel_requested_on && *last->cancel_requested_on < known_before) {
      ended.requested_on = last->cancel_requested_on;
    }
    result.push_back(ended);
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const Ended& a, const Ended& b) { return a.starts_on > b.starts_on; });
  return result;
}

std::string name_of(const Invoice& invoice, const InvoiceLine& line) {
  return line.subscription ? *line.subscription : invoice.subscription.value_or(invoice.customer);
}

// The same where a subscription is what invoices say of it.
std::vector<Ended> ended_by_invoices(const Book& book, const Rules& rules, const std::string& customer,
                                     int departed_on) {
  std::set<std::string> names;
  for (const Invoice& invoice : book.invoices) {
    for (const InvoiceLine& line : invoice.lines) {
      if (owner_of(book, invoice.customer) == customer) {
        names.insert(name_of(invoice, line));
      }
    }
  }
  std::vector<Ended> result;
  for (const std::string& name : names) {
    Book alone = book;
    for (Invoice& invoice : alone.invoices) {
      std::erase_if(invoice.lines, [&](const InvoiceLine& line) { return name_of(invoice, line) != name; });
    }
    std::erase_if(alone.invoices, [](const Invoice& invoice) { return invoice.lines.empty(); });
    Rules own = rules;
    own.source = Source::invoices;
    if (!alone.invoices.empty() && is_present(alone, own, customer, departed_on - 1)) {
      result.push_back({.subscription = name});
    }
  }
  return result;
}

// ---- What is owed --------------------------------------------------------------------------------------

int day_of(const Rules& rules, std::int64_t instant) {
  const std::int64_t seconds = instant + std::int64_t{3600} * rules.utc_offset_hours;
  return static_cast<int>(seconds >= 0 ? seconds / 86400 : -((-seconds + 86399) / 86400));
}

bool same(const Invoice& a, const Invoice& b) {
  const auto lines = [](const Invoice& invoice) {
    std::vector<std::tuple<std::string, std::optional<std::string>, std::string, std::string,
                           std::optional<int>, std::optional<int>, LineKind, std::optional<long>,
                           std::optional<std::string>, std::optional<Cycle>>>
        all;
    for (const InvoiceLine& line : invoice.lines) {
      all.emplace_back(line.id, line.subscription, line.plan, line.amount, line.period_start, line.period_end,
                       line.kind, line.quantity, line.unit_price, line.cycle);
    }
    return all;
  };
  return a.customer == b.customer && a.issued_on == b.issued_on && a.due_on == b.due_on &&
         a.paid_on == b.paid_on && a.currency == b.currency && a.status == b.status &&
         a.subscription == b.subscription && a.payments == b.payments && lines(a) == lines(b);
}

// Amounts of these books have at most 3 decimals.
std::int64_t thousandths(const std::string& amount) {
  std::int64_t value = 0;
  int decimals = -1;
  for (const char c : amount) {
    if (c == '.') {
      decimals = 0;
    } else if (c != '-' && c != '+') {
      value = value * 10 + (c - '0');
      decimals += decimals < 0 ? 0 : 1;
    }
  }
  for (int i = std::max(decimals, 0); i < 3; ++i) {
    value *= 10;
  }
  return amount.starts_with('-') ? -value : value;
}

bool asks_for_money(const Invoice& invoice) {
  std::int64_t sum = 0;
  for (const InvoiceLine& line : invoice.lines) {
    sum += thousandths(line.amount);
  }
  return invoice.status != InvoiceStatus::draft && invoice.status != InvoiceStatus::void_ &&
         (invoice.lines.empty() || sum > 0);
}

std::set<std::string> named_by(const Invoice& invoice) {
  std::set<std::string> names;
  if (invoice.subscription) {
    names.insert(*invoice.subscription);
  }
  for (const InvoiceLine& line : invoice.lines) {
    if (line.subscription) {
      names.insert(*line.subscription);
    }
  }
  return names;
}

struct Owed {
  const Invoice* invoice{nullptr};
  bool overdue_at_the_end{false};
  std::optional<int> trouble_on{};                        // of its first failure, or the first day overdue
  std::string code{};                                     // of the last failed attempt that has one
  std::vector<std::pair<std::int64_t, bool>> attempts{};  // near the end: when, and whether it failed
};

// By the conventions its subscriptions are gone from this day on, if it stays unpaid.
std::optional<int> drops_on(const Book& book, const Rules& rules, const Invoice& invoice) {
  int day = invoice.due_on.value_or(invoice.issued_on);
  if (rules.past_due == PastDue::dropped_after_days) {
    return day + rules.past_due_days;
  }
  if (rules.past_due == PastDue::counted || invoice.status != InvoiceStatus::uncollectible) {
    return std::nullopt;
  }
  for (const Payment& payment : invoice.payments) {
    const int on = day_of(rules, payment.at);
    if (payment.status == PaymentStatus::failed && on < book.as_of) {
      day = std::max(day, on);
    }
  }
  return day;
}

// The day on which a cycle that began on this one is over, if the calendar goes that far.
int one_cycle_later(int day, const Cycle& cycle) {
  const long count = cycle.count < 1 ? 1 : cycle.count;
  const std::string interval = cycle.count < 1 ? "month" : cycle.interval;
  const int last = day_number(9999, 12, 31);
  const long days = interval == "day" ? count : interval == "week" ? 7 * count : 0;
  if (days > 0) {
    return static_cast<int>(std::min<long>(last, day + days));
  }
  const long a_count = interval == "quarter" ? 3 : interval == "half_year" ? 6 : interval == "year" ? 12 : 1;
  const CivilDate date = civil_date(day);
  const long month = date.year * 12L + date.month - 1 + a_count * count;
  if (month / 12 > 9999) {
    return last;
  }
  const int year = static_cast<int>(month / 12);
  int in_month = date.day;
  while (civil_date(day_number(year, static_cast<int>(month % 12) + 1, 1) + in_month - 1).month !=
         static_cast<int>(month % 12) + 1) {
    --in_month;
  }
  return day_number(year, static_cast<int>(month % 12) + 1, 1) + in_month - 1;
}

bool is_at_the_end(const Book& book, const Rules& rules, const Invoice& invoice, int departed_on) {
  if (drops_on(book, rules, invoice) == departed_on) {
    return true;
  }
  bool says_a_period = false;
  bool recurs = invoice.lines.empty();
  int renews_on = one_cycle_later(invoice.issued_on, {"month", 1});
  bool first = true;
  for (const InvoiceLine& line : invoice.lines) {
    if (line.kind == LineKind::one_time) {
      continue;
    }
    recurs = true;
    const int renews = one_cycle_later(invoice.issued_on, line.cycle.value_or(Cycle{"month", 1}));
    renews_on = first ? renews : std::max(renews_on, renews);
    first = false;
    if (line.period_start && line.period_end) {
      says_a_period = true;
      const bool covers = *line.period_start < departed_on && departed_on <= *line.period_end;
      if (covers || *line.period_start == departed_on) {
        return true;
      }
    }
  }
  return recurs && !says_a_period && invoice.issued_on <= departed_on && departed_on <= renews_on;
}

Owed owed_of(const Book& book, const Invoice& invoice, const Rules& rules, const Reasons& reasons,
             int departed_on, int known_before) {
  Owed owed{.invoice = &invoice};
  const int due = invoice.due_on.value_or(invoice.issued_on);
  const bool paid = invoice.status == InvoiceStatus::paid && invoice.paid_on.value_or(due) < known_before;
  const bool overdue = !paid && due < known_before;
  owed.overdue_at_the_end = overdue && is_at_the_end(book, rules, invoice, departed_on);
  if (overdue) {
    owed.trouble_on = due + 1;
  }
  const auto codes = reasons.codes.find(invoice.id);
  std::optional<std::int64_t> coded_at;
  for (std::size_t i = 0; i < invoice.payments.size(); ++i) {
    const Payment& payment = invoice.payments[i];
    const int on = day_of(rules, payment.at);
    if (payment.status == PaymentStatus::refunded || on >= known_before) {
      continue;
    }
    const bool failed = payment.status == PaymentStatus::failed;
    if (on >= departed_on - reasons.dunning_days && on <= departed_on + reasons.dunning_days) {
      owed.attempts.emplace_back(payment.at, failed && !paid);
    }
    if (!failed) {
      continue;
    }
    owed.trouble_on = std::min(owed.trouble_on.value_or(on), on);
    const std::string code = codes != reasons.codes.end() && i < codes->second.size() ? codes->second[i] : "";
    const bool later = !coded_at || payment.at > *coded_at || (payment.at == *coded_at && code < owed.code);
    if (!code.empty() && later) {
      coded_at = payment.at;
      owed.code = code;
    }
  }
  return owed;
}

std::vector<Owed> invoices_of(const Book& book, const Rules& rules, const Reasons& reasons,
                              const std::string& customer, const std::vector<Ended>& ended, int starts_on,
                              int departed_on, int known_before) {
  std::vector<Owed> result;
  for (std::size_t i = 0; i < book.invoices.size(); ++i) {
    const Invoice& invoice = book.invoices[i];
    bool counts = asks_for_money(invoice) && owner_of(book, invoice.customer) == customer &&
                  invoice.issued_on < known_before;
    for (std::size_t other = 0; other < book.invoices.size(); ++other) {
      if (book.invoices[other].id == invoice.id) {
        counts = counts && same(book.invoices[other], invoice) && other >= i;
      }
    }
    const std::set<std::string> names = named_by(invoice);
    const bool about = names.empty() || std::any_of(ended.begin(), ended.end(), [&](const Ended& one) {
                         return names.contains(one.subscription);
                       });
    const bool of_the_stay =
        invoice.issued_on >= starts_on || is_at_the_end(book, rules, invoice, departed_on);
    if (counts && about && of_the_stay) {
      result.push_back(owed_of(book, invoice, rules, reasons, departed_on, known_before));
    }
  }
  std::sort(result.begin(), result.end(), [](const Owed& a, const Owed& b) {
    return std::tie(a.invoice->issued_on, a.invoice->id) < std::tie(b.invoice->issued_on, b.invoice->id);
  });
  return result;
}

// ---- Why -----------------------------------------------------------------------------------------------

// What is known of one departure.
struct Known {
  std::vector<Ended> phases{};
  std::vector<Owed> invoices{};
  std::vector<std::string> answers{};  // the latest first
};

const Owed* overdue(const Known& known) {
  const Owed* first = nullptr;
  for (const Owed& owed : known.invoices) {
    if (owed.overdue_at_the_end && (first == nullptr || *owed.trouble_on < *first->trouble_on)) {
      first = &owed;
    }
  }
  return first;
}

// Of attempts at one instant one that succeeded comes last.
const Owed* last_failed(const Known& known) {
  const Owed* last = nullptr;
  std::int64_t last_at = 0;
  bool last_succeeded = false;
  for (const Owed& owed : known.invoices) {
    for (const auto& [at, failed] : owed.attempts) {
      if (last == nullptr || at > last_at) {
        last = &owed;
        last_at = at;
        last_succeeded = !failed;
      } else if (at == last_at) {
        last_succeeded = last_succeeded || !failed;
      }
    }
  }
  return last == nullptr || last_succeeded ? nullptr : last;
}

std::string payment_reason(const Owed& owed, const Reasons& reasons) {
  const auto found = reasons.code_reasons.find(owed.code);
  return found == reasons.code_reasons.end() ? "other_payment" : found->second;
}

using Stated = std::pair<LeaveType, std::string>;

std::optional<Stated> meaning(const Reasons& reasons, const std::string& text) {
  const auto found = reasons.stated.find(text);
  if (found == reasons.stated.end()) {
    return std::nullopt;
  }
  return found->second;
}

std::optional<std::string> end_reason(const Known& known, const Reasons& reasons, LeaveType type) {
  for (const Ended& ended : known.phases) {
    const std::optional<Stated> stated = meaning(reasons, ended.reason);
    if (stated && stated->first == type) {
      return stated->second;
    }
  }
  return std::nullopt;
}

std::optional<std::string> answer(const Known& known, const Reasons& reasons, LeaveType type) {
  for (const std::string& text : known.answers) {
    const std::optional<Stated> stated = meaning(reasons, text);
    if (stated && stated->first != LeaveType::unknown) {
      return stated->first == type ? std::optional(stated->second) : std::nullopt;
    }
  }
  return std::nullopt;
}

void decide(Leaving& leaving, const Known& known, const Reasons& reasons) {
  const auto is = [&](LeaveType type, std::string reason, const char* rule) {
    leaving.type = type;
    leaving.reason = std::move(reason);
    leaving.rule = rule;
  };
  std::optional<int> requested_on;
  bool term_is_over = false;
  for (const Ended& ended : known.phases) {
    if (ended.requested_on) {
      requested_on = std::min(requested_on.value_or(*ended.requested_on), *ended.requested_on);
    }
    term_is_over = term_is_over || ended.term_ends_on == leaving.departed_on;
  }
  const Owed* const unpaid = overdue(known);
  const Owed* const failed = last_failed(known);
  std::optional<int> trouble_on;
  for (const Owed* const owed : {unpaid, failed}) {
    if (owed != nullptr && owed->trouble_on) {
      trouble_on = std::min(trouble_on.value_or(*owed->trouble_on), *owed->trouble_on);
    }
  }

  if (const auto done = end_reason(known, reasons, LeaveType::completed)) {
    return is(LeaveType::completed, *done, "completed_end_reason");
  }
  if (const auto said_done = answer(known, reasons, LeaveType::completed)) {
    return is(LeaveType::completed, *said_done, "completed_survey");
  }
  if (term_is_over && !requested_on) {
    return is(LeaveType::completed, "term_ended", "term_ran_out");
  }
  if (const auto chosen = end_reason(known, reasons, LeaveType::voluntary)) {
    return is(LeaveType::voluntary, *chosen, "voluntary_end_reason");
  }
  if (const auto said_chosen = answer(known, reasons, LeaveType::voluntary)) {
    return is(LeaveType::voluntary, *said_chosen, "voluntary_survey");
  }
  if (requested_on && (!trouble_on || *requested_on < *trouble_on)) {
    return is(LeaveType::voluntary, "unknown", "cancel_before_trouble");
  }
  const Owed* const evidence = unpaid != nullptr ? unpaid : failed;
  if (auto payment = end_reason(known, reasons, LeaveType::involuntary)) {
    if (*payment == "other_payment" && evidence != nullptr) {
      payment = payment_reason(*evidence, reasons);
    }
    return is(LeaveType::involuntary, *payment, "payment_end_reason");
  }
  if (evidence != nullptr) {
    is(LeaveType::involuntary, payment_reason(*evidence, reasons),
       unpaid != nullptr ? "invoice_overdue" : "last_attempt_failed");
  }
}

std::vector<std::string> answers_of(const Book& book, const Rules& rules, const Reasons& reasons,
                                    const Leaving& leaving, int known_before) {
  std::vector<const Answer*> answers;
  const int first = std::max(leaving.starts_on, leaving.departed_on - reasons.survey_days);
  for (const Answer& given : reasons.answers) {
    const int on = day_of(rules, given.at);
    if (owner_of(book, given.customer) == leaving.customer && on >= first && on < known_before) {
      answers.push_back(&given);
    }
  }
  std::sort(answers.begin(), answers.end(), [](const Answer* a, const Answer* b) {
    return a->at != b->at ? a->at > b->at : a->reason < b->reason;
  });
  std::vector<std::string> texts;
  for (const Answer* const given : answers) {
    texts.push_back(given->reason);
  }
  return texts;
}

// The customer's stays that ended, and were seen: what was over when the records begin was not.
std::vector<Leaving> stays_of(const Engine& engine, const Book& book, const std::string& customer) {
  int first = book.as_of;
  for (const Phase& phase : book.phases) {
    first = std::min(first, phase.starts_on);
  }
  for (const Invoice& invoice : book.invoices) {
    first = std::min(first, invoice.issued_on);
    for (const InvoiceLine& line : invoice.lines) {
      first = std::min(first, line.period_start.value_or(first));
    }
  }
  std::vector<Leaving> stays;
  bool before = false;
  for (int day = first; day < book.as_of; ++day) {
    const bool now = engine.state_on(customer, day).present;
    if (now && !before) {
      if (!stays.empty()) {
        stays.back().returned_on = day;
      }
      stays.push_back({.customer = customer, .starts_on = day, .departed_on = book.as_of});
    }
    if (!now && before) {
      stays.back().departed_on = day;
      stays.back().ticks = engine.state_on(customer, day - 1).ticks;
    }
    before = now;
  }
  std::erase_if(stays, [&](const Leaving& stay) {
    const bool unseen =
        book.records_from && (book.as_of <= *book.records_from || stay.departed_on <= *book.records_from);
    return stay.departed_on == book.as_of || unseen;
  });
  return stays;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Leaving& leaving) {
  const auto date = [](int day) {
    const CivilDate civil = civil_date(day);
    return std::to_string(civil.year) + "-" + std::to_string(civil.month) + "-" + std::to_string(civil.day);
  };
  out << leaving.customer << " from " << date(leaving.starts_on) << " to " << date(leaving.departed_on) << " "
      << leaving.ticks << " type " << static_cast<int>(leaving.type) << " " << leaving.reason << " by "
      << leaving.rule;
  if (leaving.returned_on) {
    out << ", back on " << date(*leaving.returned_on);
  }
  return out;
}

std::vector<Leaving> departures(const Book& book, const Rules& rules, const Reasons& reasons) {
  const Engine engine(book, rules);
  std::vector<Leaving> result;
  for (const std::string& customer : engine.customers()) {
    for (Leaving leaving : stays_of(engine, book, customer)) {
      const int known_before = leaving.returned_on.value_or(book.as_of);
      Known known;
      known.phases =
          reads_invoices(book, rules)
              ? ended_by_invoices(book, rules, customer, leaving.departed_on)
              : ended_phases(engine, book, rules, reasons, customer, leaving.departed_on, known_before);
      known.invoices = invoices_of(book, rules, reasons, customer, known.phases, leaving.starts_on,
                                   leaving.departed_on, known_before);
      known.answers = answers_of(book, rules, reasons, leaving, known_before);
      decide(leaving, known, reasons);
      result.push_back(std::move(leaving));
    }
  }
  return result;
}

}  // namespace reference

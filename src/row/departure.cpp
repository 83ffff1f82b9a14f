#include <churn/row/departure.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "book/book_data.hpp"
#include "book/claim.hpp"
#include "book/counted_invoices.hpp"
#include "book/event_kinds.hpp"
#include "book/past_due.hpp"
#include "row/spell_walk.hpp"

namespace churn::inline v0 {

namespace {

struct Claim {
  std::uint32_t customer;
  std::int32_t issued_on;
  std::int64_t reaches;   // the last day of a departure that it can be at the end of; no_reach: of none
  std::int32_t drops_on;  // when it ends a stay by the conventions, if it stays unpaid; no_day: never
  const InvoiceRow* row;

  [[nodiscard]] bool is_at_the_end(std::int32_t departed_on) const;
};
constexpr std::int64_t no_reach = INT64_MIN;

struct Answer {
  std::uint32_t customer;
  std::int32_t on;
  Timestamp at;
  std::string_view reason;
  std::int64_t row;
};

/// By customer, whether it has a departure at all: of most customers nothing needs to be kept.
std::vector<bool> those_who_left(const Book& book) {
  const Timeline& timeline = book.timeline();
  std::vector<bool> left(book.customer_count());
  for (std::size_t c = 0; c < left.size(); ++c)
    for (std::size_t i = timeline.first_step[c]; i < timeline.first_step[c + 1] && !left[c]; ++i)
      left[c] = (timeline.state[i] & Timeline::leaves) != 0;
  return left;
}

/// What the invoices and events of a book say of departures: read once, and shared by all readers.
struct Dossiers {
  std::vector<Claim> claims;    // by customer, in order of issue
  std::vector<Answer> answers;  // by customer, the latest first
  std::unordered_map<std::uint32_t, std::string> labels;

  explicit Dossiers(const Book& book, const ReasonTables& tables) {
    const std::vector<bool> left = those_who_left(book);
    read_claims(book, left);
    read_answers(book, tables, left);
  }

 private:
  void read_claims(const Book& book, const std::vector<bool>& left);
  void read_answers(const Book& book, const ReasonTables& tables, const std::vector<bool>& left);
};

/// What the lines of an invoice say of the end of a stay: what they cover, or that it is one of their cycles.
struct Coverage {
  explicit Coverage(const Invoice& invoice) : recurs(invoice.lines.empty()) {
    if (recurs) add_cycle(invoice.issued_on, {});
    for (const InvoiceLine& line : invoice.lines) {
      if (line.kind == LineKind::one_time) continue;
      recurs = true;
      has_period = has_period || (line.period_start && line.period_end);
      add_cycle(invoice.issued_on, line.cycle.value_or(BillingCycle{}));
    }
  }
  bool recurs;
  bool has_period{false};
  std::int32_t renews_on{Date::min_days};  // the latest of the lines, where they say no period

 private:
  void add_cycle(Date issued_on, BillingCycle cycle) {
    if (cycle.count < 1) cycle = {};
    const std::optional<Date> next = renewal_day(issued_on, cycle, 1);
    renews_on = std::max(renews_on, next ? next->days() : Date::max_days);
  }
};

template <class Use>
void for_each_period(const Invoice& invoice, Use&& use) {
  for (const InvoiceLine& line : invoice.lines)
    if (line.kind != LineKind::one_time && line.period_start && line.period_end)
      use(line.period_start->days(), line.period_end->days());
}

bool covers_the_end(const Invoice& invoice, std::int32_t departed_on) {
  const Coverage coverage{invoice};
  if (!coverage.has_period)
    return coverage.recurs && invoice.issued_on.days() <= departed_on && departed_on <= coverage.renews_on;
  bool is = false;
  for_each_period(invoice, [&](std::int32_t start, std::int32_t end) {
    is = is || (start < departed_on && departed_on <= end) || start == departed_on;
  });
  return is;
}

bool Claim::is_at_the_end(std::int32_t departed_on) const {
  return drops_on == departed_on || covers_the_end(row->invoice, departed_on);
}

/// The last day for which the lines can say so.
std::int64_t reach_of(const Invoice& invoice) {
  const Coverage coverage{invoice};
  if (!coverage.recurs) return no_reach;
  if (!coverage.has_period) return coverage.renews_on;
  std::int64_t last = no_reach;
  for_each_period(invoice, [&](std::int32_t start, std::int32_t end) {
    last = std::max<std::int64_t>(last, std::max(start, end));
  });
  return last;
}

/// Leaves those of one customer in their order.
void sort_by_customer(std::vector<Claim>& claims, std::size_t customers) {
  std::vector<std::size_t> place(customers + 1);
  for (const Claim& claim : claims) ++place[claim.customer + 1];
  std::partial_sum(place.begin(), place.end(), place.begin());
  std::vector<Claim> sorted(claims.size());
  for (const Claim& claim : claims) sorted[place[claim.customer]++] = claim;
  claims.swap(sorted);
}

void Dossiers::read_claims(const Book& book, const std::vector<bool>& left) {
  const Book::Data& data = book.data();
  Rejections already_told;
  for (const InvoiceRow* row : counted_invoices(*data.records, book.as_of(), already_told)) {
    const std::uint32_t customer =
        data.accounts.customer_of[*data.records->customer_ids.find(row->invoice.customer.text())];
    if (customer == no_index || !left[customer] || !is_claim(row->invoice)) continue;
    const std::int32_t drops_on =
        first_dropped_day(row->invoice, book.conventions().book, book.as_of().days());
    std::int64_t reach = reach_of(row->invoice);
    if (drops_on != no_day) reach = std::max<std::int64_t>(reach, drops_on);
    claims.push_back({customer, row->invoice.issued_on.days(), reach, drops_on, row});
  }
  // They come in order of id, so that only those of one customer need to be compared.
  const auto of_customer = [](const Claim& a, const Claim& b) { return a.customer < b.customer; };
  sort_by_customer(claims, book.customer_count());
  for (auto first = claims.begin(); first != claims.end();) {
    const auto last = std::upper_bound(first, claims.end(), *first, of_customer);
    std::stable_sort(first, last, [](const Claim& a, const Claim& b) { return a.issued_on < b.issued_on; });
    first = last;
  }
}

void Dossiers::read_answers(const Book& book, const ReasonTables& tables, const std::vector<bool>& left) {
  const Records::Storage& records = *book.data().records;
  const EventTable& events = records.events;
  const std::vector<bool> is_answer = kinds_that_are(survey_answer_kind, records.texts, tables.event_kinds);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!is_answer[events.kind[i]] || events.label[i] == no_index) continue;
    const std::uint32_t customer = book.data().accounts.customer_of[events.customer[i]];
    if (customer == no_index || !left[customer]) continue;
    const Timestamp at = Timestamp::from_seconds(events.at[i]);
    const Date on = book.conventions().book.time_zone.day_of(at);
    if (on >= book.as_of()) continue;
    const auto [label, is_new] = labels.try_emplace(events.label[i]);
    if (is_new) label->second = records.texts.text(events.label[i]);
    answers.push_back({customer, on.days(), at, label->second, events.row[i]});
  }
  std::sort(answers.begin(), answers.end(), [](const Answer& a, const Answer& b) {
    return std::tie(a.customer, b.at, a.reason, a.row) < std::tie(b.customer, a.at, b.reason, b.row);
  });
}

template <class Row>
std::span<const Row> rows_of(const std::vector<Row>& rows, std::uint32_t customer) {
  const auto [first, last] =
      std::equal_range(rows.begin(), rows.end(), customer, [](const auto& a, const auto& b) {
        if constexpr (std::is_same_v<std::decay_t<decltype(a)>, Row>)
          return a.customer < b;
        else
          return a < b.customer;
      });
  return {first, last};
}

bool names_one_of(const Invoice& invoice, const std::vector<std::string>& subscriptions) {
  bool names_any = false;
  const auto names = [&](const std::optional<SubscriptionId>& subscription) {
    if (!subscription) return false;
    names_any = true;
    return std::find(subscriptions.begin(), subscriptions.end(), subscription->text()) != subscriptions.end();
  };
  const bool names_one = names(invoice.subscription) ||
                         std::any_of(invoice.lines.begin(), invoice.lines.end(),
                                     [&](const InvoiceLine& line) { return names(line.subscription); });
  return names_one || !names_any;
}

}  // namespace

struct DepartureReader::Parts {
  Parts(const Book& given, std::shared_ptr<const DepartureRules> asked, std::shared_ptr<const Dossiers> known)
      : book(given),
        rules(std::move(asked)),
        dossiers(std::move(known)),
        walk(given, SpellUnit::every_of_customer, {.first_phase = false, .end_reason = false}) {}

  /// Calls visit(facts) for every stay that ended.
  template <class Visit>
  void each(CustomerIndex customer, Visit&& visit);
  void read_phases(const DepartureFacts& facts);
  void read_invoices(CustomerIndex customer, const DepartureFacts& facts);
  void read_answers(CustomerIndex customer, const DepartureFacts& facts);
  [[nodiscard]] ClaimedInvoice known_of(const Claim& claim, const DepartureFacts& facts) const;
  [[nodiscard]] std::string_view text_of(std::uint32_t reason);
  [[nodiscard]] std::string name_in_invoices(std::uint32_t row) const;
  /// The day before which facts count.
  [[nodiscard]] Date known_before(const DepartureFacts& facts) const {
    return facts.returned_on.value_or(book.as_of());
  }

  const Book& book;
  std::shared_ptr<const DepartureRules> rules;
  std::shared_ptr<const Dossiers> dossiers;
  SpellWalk walk;
  std::unordered_map<std::uint32_t, std::string> texts;  // end reasons; their places do not move
  std::unordered_set<std::string> reasons;               // that were found; their places do not move
  // Of the customer at hand.
  std::vector<Part> parts;
  std::vector<EndedPhase> phases;
  std::vector<std::string> subscriptions;  // of the phases, as invoices name them
  std::vector<ClaimedInvoice> invoices;
  std::vector<SurveyAnswer> answers;
  std::vector<std::vector<Evidence>> evidence;
  std::vector<Departure> departures;
};

std::string_view DepartureReader::Parts::text_of(std::uint32_t reason) {
  if (reason == no_index) return {};
  const auto [at, is_new] = texts.try_emplace(reason);
  if (is_new) at->second = book.data().records->texts.text(reason);
  return at->second;
}

/// Of a book that is read from invoices, several plans of one subscription are subscriptions of their own.
std::string DepartureReader::Parts::name_in_invoices(std::uint32_t row) const {
  const Book::Data& data = book.data();
  const std::uint32_t subscription = data.phases.table->subscription[row];
  return data.phases.from == RecordTable::invoices
             ? data.invoice_phases->named.text(data.invoice_phases->named_of[subscription])
             : data.phases.subscription(row);
}

/// Those of which a part ends on the day. A phase that goes on after the return may have been left once more: what its
/// record says of that is not known yet.
void DepartureReader::Parts::read_phases(const DepartureFacts& facts) {
  phases.clear();
  subscriptions.clear();
  const PhaseTable& table = *book.data().phases.table;
  const std::int32_t known = known_before(facts).days();
  for (const Part& part : parts) {
    if (part.until != facts.departed_on.days()) continue;
    const std::uint32_t row = part.row;
    EndedPhase phase{.phase = PhaseView{book.data().phases, row},
                     .end_reason = table.ends_on[row] < known ? text_of(table.end_reason[row]) : "",
                     .cancel_requested_on = {},
                     .term_ends_on = {},
                     .row = table.source_row(row)};
    if (table.cancel_requested_on[row] < known)
      phase.cancel_requested_on = Date::from_days(table.cancel_requested_on[row]);
    if (table.term_ends_on[row] != no_day) phase.term_ends_on = Date::from_days(table.term_ends_on[row]);
    phases.push_back(phase);
    subscriptions.push_back(name_in_invoices(row));
  }
  std::sort(phases.begin(), phases.end(), [](const EndedPhase& a, const EndedPhase& b) {
    if (a.phase.starts_on() != b.phase.starts_on()) return a.phase.starts_on() > b.phase.starts_on();
    return a.phase.subscription().text() < b.phase.subscription().text();
  });
}

ClaimedInvoice DepartureReader::Parts::known_of(const Claim& known, const DepartureFacts& facts) const {
  const Invoice& invoice = known.row->invoice;
  const Date until = known_before(facts);
  ClaimedInvoice claim{.invoice = &invoice,
                       .row = known.row->row,
                       .due_on = due_on(invoice),
                       .paid_on = paid_on(invoice, until),
                       .overdue = false,
                       .at_the_end = known.is_at_the_end(facts.departed_on.days()),
                       .first_failed_on = {},
                       .last_attempt = {},
                       .last_attempt_failed = false,
                       .failure_code = {}};
  claim.overdue = !claim.paid_on && claim.due_on < until;
  std::optional<Timestamp> coded_at;
  for (const Payment& payment : invoice.payments) {
    if (payment.status == PaymentStatus::refunded) continue;
    const Date on = book.conventions().book.time_zone.day_of(payment.at);
    if (on >= until) continue;
    const bool failed = payment.status == PaymentStatus::failed;
    if (failed) {
      claim.first_failed_on = std::min(claim.first_failed_on.value_or(on), on);
      const bool comes_later = !coded_at || payment.at > *coded_at ||
                               (payment.at == *coded_at && payment.failure_code < claim.failure_code);
      if (!payment.failure_code.empty() && comes_later) {
        coded_at = payment.at;
        claim.failure_code = payment.failure_code;
      }
    }
    if (std::abs(on.days() - facts.departed_on.days()) > rules->tables.dunning_days) continue;
    if (!claim.last_attempt || payment.at > *claim.last_attempt) {
      claim.last_attempt = payment.at;
      claim.last_attempt_failed = failed;
    } else if (payment.at == *claim.last_attempt) {
      claim.last_attempt_failed = claim.last_attempt_failed && failed;
    }
  }
  if (claim.paid_on) claim.last_attempt_failed = false;  // made good, though no payment of it is on record
  return claim;
}

void DepartureReader::Parts::read_invoices(CustomerIndex customer, const DepartureFacts& facts) {
  invoices.clear();
  const std::int32_t starts_on = facts.stay_starts_on.days();
  const std::int32_t departed_on = facts.departed_on.days();
  const std::int32_t known = known_before(facts).days();
  for (const Claim& claim : rows_of(dossiers->claims, static_cast<std::uint32_t>(customer))) {
    if (claim.issued_on >= known) break;
    const bool is_earlier = claim.issued_on < starts_on;
    if (is_earlier && claim.reaches < departed_on) continue;
    if (is_earlier && !claim.is_at_the_end(departed_on)) continue;
    if (names_one_of(claim.row->invoice, subscriptions)) invoices.push_back(known_of(claim, facts));
  }
}

void DepartureReader::Parts::read_answers(CustomerIndex customer, const DepartureFacts& facts) {
  answers.clear();
  const std::int64_t first = std::max<std::int64_t>(
      facts.stay_starts_on.days(), std::int64_t{facts.departed_on.days()} - rules->tables.survey_days);
  const std::int32_t known = known_before(facts).days();
  for (const Answer& answer : rows_of(dossiers->answers, static_cast<std::uint32_t>(customer)))
    if (answer.on >= first && answer.on < known)
      answers.push_back({answer.at, Date::from_days(answer.on), answer.reason, answer.row});
}

template <class Visit>
void DepartureReader::Parts::each(CustomerIndex customer, Visit&& visit) {
  const std::span<const Stay> stays = walk.of(customer);
  if (stays.empty() || stays.front().ends_on == no_day) return;
  parts = parts_of(book.data(), customer);
  for (std::size_t i = 0; i < stays.size() && stays[i].ends_on != no_day; ++i) {
    DepartureFacts facts{.book = book,
                         .tables = rules->tables,
                         .customer = customer,
                         .stay_starts_on = Date::from_days(stays[i].starts_on),
                         .departed_on = Date::from_days(stays[i].ends_on),
                         .returned_on = {},
                         .source_of_phases = book.data().phases.from,
                         .phases = {},
                         .invoices = {},
                         .answers = {}};
    if (i + 1 < stays.size()) facts.returned_on = Date::from_days(stays[i + 1].starts_on);
    read_phases(facts);
    facts.phases = phases;
    read_invoices(customer, facts);
    read_answers(customer, facts);
    facts.invoices = invoices;
    facts.answers = answers;
    visit(std::as_const(facts));
  }
}

DepartureReader::DepartureReader(const Book& book, DepartureRules rules) {
  auto shared = std::make_shared<const DepartureRules>(std::move(rules));
  auto dossiers = std::make_shared<const Dossiers>(book, shared->tables);
  parts_ = std::make_unique<Parts>(book, std::move(shared), std::move(dossiers));
}
DepartureReader::DepartureReader(const DepartureReader& other)
    : parts_(std::make_unique<Parts>(other.parts_->book, other.parts_->rules, other.parts_->dossiers)) {}
DepartureReader::DepartureReader(DepartureReader&&) noexcept = default;
DepartureReader::~DepartureReader() = default;

std::span<const Departure> DepartureReader::of(CustomerIndex customer) {
  Parts& parts = *parts_;
  parts.departures.clear();
  parts.evidence.clear();
  parts.each(customer, [&](const DepartureFacts& facts) {
    DepartureRules::Decision decision = parts.rules->decide(facts);
    parts.evidence.push_back(std::move(decision.finding.evidence));
    const std::string_view reason = *parts.reasons.insert(std::move(decision.finding.reason)).first;
    const Date last_day = facts.departed_on - std::chrono::days{1};
    parts.departures.push_back({.customer = customer,
                                .stay_starts_on = facts.stay_starts_on,
                                .departed_on = facts.departed_on,
                                .tenure = facts.departed_on.days() - facts.stay_starts_on.days(),
                                .ticks = parts.book.balance_on(customer, last_day).ticks,
                                .type = decision.finding.type,
                                .reason = reason,
                                .rule = decision.rule,
                                .evidence = {},
                                .returned_on = facts.returned_on});
  });
  for (std::size_t i = 0; i < parts.departures.size(); ++i) parts.departures[i].evidence = parts.evidence[i];
  return parts.departures;
}

void DepartureReader::visit_facts(CustomerIndex customer,
                                  const std::function<void(const DepartureFacts&)>& visitor) {
  parts_->each(customer, visitor);
}

const DepartureRules& DepartureReader::rules() const noexcept { return *parts_->rules; }

}  // namespace churn::inline v0

#include <churn/row/departure.hpp>

#include <algorithm>
#include <chrono>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "book/book_data.hpp"
#include "book/claim.hpp"
#include "book/counted_invoices.hpp"
#include "row/spell_walk.hpp"

namespace churn::inline v0 {

namespace {

struct Claim {
  std::uint32_t customer;
  const InvoiceRow* row;
};

struct Answer {
  std::uint32_t customer;
  Timestamp at;
  std::string_view reason;
  std::int64_t row;
};

/// What the invoices and events of a book say of departures: read once, and shared by all readers.
struct Dossiers {
  std::vector<Claim> claims;    // by customer, in order of issue
  std::vector<Answer> answers;  // by customer, the latest first
  std::unordered_map<std::uint32_t, std::string> labels;

  explicit Dossiers(const Book& book, const ReasonTables& tables) {
    read_claims(book);
    read_answers(book, tables);
  }

 private:
  void read_claims(const Book& book);
  void read_answers(const Book& book, const ReasonTables& tables);
};

void Dossiers::read_claims(const Book& book) {
  const Book::Data& data = book.data();
  Rejections already_told;
  for (const InvoiceRow* row : counted_invoices(*data.records, book.as_of(), already_told)) {
    const std::uint32_t customer =
        data.accounts.customer_of[*data.records->customer_ids.find(row->invoice.customer.text())];
    if (customer != no_index && is_claim(row->invoice)) claims.push_back({customer, row});
  }
  std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
    return std::tie(a.customer, a.row->invoice.issued_on, a.row->invoice.id) <
           std::tie(b.customer, b.row->invoice.issued_on, b.row->invoice.id);
  });
}

/// Kinds of events, as the records number them, that stand for the answer to an exit survey.
std::vector<bool> answer_kinds(const IdTable& texts, const EventKindMap& mapped) {
  static constexpr const char* answered = "exit_survey";
  std::vector<bool> is_answer(texts.size());
  const auto set = [&](std::string_view kind, bool value) {
    if (const auto index = texts.find(kind)) is_answer[*index] = value;
  };
  set(answered, true);
  for (const auto& [kind, stands_for] : mapped) set(kind, stands_for == answered);
  return is_answer;
}

void Dossiers::read_answers(const Book& book, const ReasonTables& tables) {
  const Records::Storage& records = *book.data().records;
  const EventTable& events = records.events;
  const std::vector<bool> is_answer = answer_kinds(records.texts, tables.event_kinds);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!is_answer[events.kind[i]] || events.label[i] == no_index) continue;
    const std::uint32_t customer = book.data().accounts.customer_of[events.customer[i]];
    const Timestamp at = Timestamp::from_seconds(events.at[i]);
    if (customer == no_index || book.conventions().book.time_zone.day_of(at) >= book.as_of()) continue;
    const auto [label, is_new] = labels.try_emplace(events.label[i]);
    if (is_new) label->second = records.texts.text(events.label[i]);
    answers.push_back({customer, at, label->second, events.row[i]});
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

/// What the lines of an invoice say of the end of a stay.
bool is_at_the_end(const Invoice& invoice, Date departed_on, std::int32_t dunning_days) {
  const Date last_day = departed_on - std::chrono::days{1};
  bool is_recurring = invoice.lines.empty();
  bool has_period = false;
  for (const InvoiceLine& line : invoice.lines) {
    if (line.kind == LineKind::one_time) continue;
    is_recurring = true;
    if (!line.period_start || !line.period_end) continue;
    has_period = true;
    if ((*line.period_start <= last_day && last_day < *line.period_end) || *line.period_start == departed_on)
      return true;
  }
  return is_recurring && !has_period && invoice.issued_on <= departed_on &&
         departed_on - invoice.issued_on <= std::chrono::days{dunning_days};
}

bool names_one_of(const Invoice& invoice, const std::vector<std::string>& subscriptions) {
  const std::vector<std::string_view> names = subscriptions_of(invoice);
  return names.empty() || std::any_of(names.begin(), names.end(), [&](std::string_view name) {
           return std::find(subscriptions.begin(), subscriptions.end(), name) != subscriptions.end();
         });
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
  void read_phases(CustomerIndex customer, std::int32_t starts_on, std::int32_t departed_on);
  void read_invoices(CustomerIndex customer, const DepartureFacts& facts);
  void read_answers(CustomerIndex customer, const DepartureFacts& facts);
  [[nodiscard]] ClaimedInvoice known_of(const InvoiceRow& row, const DepartureFacts& facts) const;
  [[nodiscard]] std::string_view text_of(std::uint32_t reason);
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
  std::vector<std::string> subscriptions;  // of the phases
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

/// Those of which a part ends on the day; where none does, those of the last part before it.
void DepartureReader::Parts::read_phases(CustomerIndex, std::int32_t starts_on, std::int32_t departed_on) {
  phases.clear();
  subscriptions.clear();
  std::int32_t last = starts_on;
  for (const Part& part : parts)
    if (part.until <= departed_on) last = std::max(last, part.until);
  const PhaseTable& table = *book.data().phases.table;
  const std::int32_t as_of = book.as_of().days();
  const auto day = [](std::int32_t days) { return std::optional{Date::from_days(days)}; };
  for (const Part& part : parts) {
    if (part.until != last) continue;
    const std::uint32_t row = part.row;
    EndedPhase phase{.phase = PhaseView{book.data().phases, row},
                     .end_reason = table.ends_on[row] < as_of ? text_of(table.end_reason[row]) : "",
                     .cancel_requested_on = {},
                     .term_ends_on = {},
                     .row = table.source_row(row)};
    if (table.cancel_requested_on[row] < as_of)
      phase.cancel_requested_on = day(table.cancel_requested_on[row]);
    if (table.term_ends_on[row] != no_day) phase.term_ends_on = day(table.term_ends_on[row]);
    phases.push_back(phase);
  }
  std::sort(phases.begin(), phases.end(), [](const EndedPhase& a, const EndedPhase& b) {
    if (a.phase.starts_on() != b.phase.starts_on()) return a.phase.starts_on() > b.phase.starts_on();
    return a.phase.subscription().text() < b.phase.subscription().text();
  });
  for (const EndedPhase& phase : phases) subscriptions.push_back(phase.phase.subscription().text());
}

ClaimedInvoice DepartureReader::Parts::known_of(const InvoiceRow& row, const DepartureFacts& facts) const {
  const Invoice& invoice = row.invoice;
  const Date until = known_before(facts);
  ClaimedInvoice claim{.invoice = &invoice,
                       .row = row.row,
                       .due_on = due_on(invoice),
                       .paid_on = paid_on(invoice, until),
                       .overdue = false,
                       .at_the_end = is_at_the_end(invoice, facts.departed_on, rules->tables.dunning_days),
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
    const std::chrono::days distance = on - facts.departed_on;
    if (distance < std::chrono::days{-rules->tables.dunning_days} ||
        distance > std::chrono::days{rules->tables.dunning_days})
      continue;
    if (!claim.last_attempt || payment.at > *claim.last_attempt) {
      claim.last_attempt = payment.at;
      claim.last_attempt_failed = failed;
    } else if (payment.at == *claim.last_attempt) {
      claim.last_attempt_failed = claim.last_attempt_failed && failed;
    }
  }
  return claim;
}

void DepartureReader::Parts::read_invoices(CustomerIndex customer, const DepartureFacts& facts) {
  invoices.clear();
  for (const Claim& claim : rows_of(dossiers->claims, static_cast<std::uint32_t>(customer))) {
    const Invoice& invoice = claim.row->invoice;
    if (invoice.issued_on >= known_before(facts)) break;
    if (!names_one_of(invoice, subscriptions)) continue;
    const ClaimedInvoice known = known_of(*claim.row, facts);
    if (invoice.issued_on >= facts.stay_starts_on || known.at_the_end) invoices.push_back(known);
  }
}

void DepartureReader::Parts::read_answers(CustomerIndex customer, const DepartureFacts& facts) {
  answers.clear();
  const Date first =
      std::max(facts.stay_starts_on, facts.departed_on - std::chrono::days{rules->tables.survey_days});
  for (const Answer& answer : rows_of(dossiers->answers, static_cast<std::uint32_t>(customer))) {
    const Date on = book.conventions().book.time_zone.day_of(answer.at);
    if (on >= first && on < known_before(facts))
      answers.push_back({answer.at, on, answer.reason, answer.row});
  }
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
    read_phases(customer, stays[i].starts_on, stays[i].ends_on);
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

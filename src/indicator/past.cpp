#include <churn/indicator/past.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include <churn/core/exact.hpp>

#include "book/billing_anchor.hpp"
#include "book/book_data.hpp"
#include "book/claim.hpp"
#include "book/counted_invoices.hpp"
#include "indicator/timeline_stays.hpp"

namespace churn::inline v0 {

namespace {

/// Kinds that mean something else than use.
constexpr std::array<std::string_view, 10> no_use{
    "campaign_engaged",    "card_added", "exit_survey",     "exit_survey_sent", "integration_connected",
    "integration_removed", "nps",        "session_minutes", "stage_reached",    "ticket_opened"};
constexpr std::string_view minutes_kind = "session_minutes";

struct Claim {
  const Invoice* invoice;
  std::int32_t issued_on;
  std::int32_t due_on;
  std::int32_t paid_on;  // no_day: never
};

/// A failed attempt to collect a claim. Some are dated before the invoice that they are known from.
struct Failure {
  std::int64_t at;
  std::int32_t issued_on;
};

/// Rows by customer: those of customer c are first[c] to before first[c + 1].
template <class Row>
struct ByCustomer {
  std::vector<std::uint32_t> first;
  std::vector<Row> rows;

  [[nodiscard]] std::span<const Row> of(std::size_t customer) const {
    return std::span{rows}.subspan(first[customer], first[customer + 1] - first[customer]);
  }
};

struct Owned {
  std::uint32_t customer;
  std::size_t row;
};

/// Moves what fill(i) gives of each of the owned rows to its customer's place.
template <class Row, class Fill>
ByCustomer<Row> by_customer(std::size_t customers, const std::vector<Owned>& owned, Fill&& fill) {
  ByCustomer<Row> result{std::vector<std::uint32_t>(customers + 1), {}};
  for (const Owned& row : owned) ++result.first[row.customer + 1];
  for (std::size_t c = 0; c < customers; ++c) result.first[c + 1] += result.first[c];
  std::vector<std::uint32_t> next(result.first.begin(), result.first.end() - 1);
  std::vector<std::size_t> place(owned.size());
  for (const Owned& row : owned) place[next[row.customer]++] = row.row;
  result.rows.reserve(owned.size());
  for (const std::size_t row : place) result.rows.push_back(fill(row));
  return result;
}

template <class Row, class Less>
void sort_each(ByCustomer<Row>& rows, Less&& less) {
  for (std::size_t c = 0; c + 1 < rows.first.size(); ++c) {
    const auto first = rows.rows.begin() + rows.first[c];
    const auto last = rows.rows.begin() + rows.first[c + 1];
    if (!std::is_sorted(first, last, less)) std::stable_sort(first, last, less);
  }
}

std::int32_t earlier(std::int32_t a, std::int32_t b) noexcept {
  return a == no_day ? b : b == no_day ? a : std::min(a, b);
}

/// What the records say by customer: read once, and shared by all readers.
struct KnownFacts {
  KnownFacts(const Book& book, const EventKindMap& mapped, const KnownFacts* whole = nullptr)
      : zone(book.conventions().book.time_zone) {
    read_events(book, mapped, whole);
    read_invoices(book);
    if (whole != nullptr) return;  // of a few customers few days are asked for
    const std::int32_t last = book.as_of().days();
    first_day_ = last;
    if (first_event_seconds_ != INT64_MAX)
      first_day_ = zone.day_of(Timestamp::from_seconds(first_event_seconds_)).days();
    first_day_ = std::max({first_day_, std::int64_t{last} - max_table_days, std::int64_t{Date::min_days}});
    starts_.reserve(static_cast<std::size_t>(last - first_day_ + 1));
    for (std::int64_t day = first_day_; day <= last; ++day)
      starts_.push_back(zone.start_of(Date::from_days(day)).seconds());
  }

  /// The day of the first event of a kind; no_day: there is none.
  [[nodiscard]] std::int32_t first_of(const std::string& kind) const {
    const auto at = std::lower_bound(kinds.begin(), kinds.end(), kind);
    return at == kinds.end() || *at != kind ? no_day
                                            : first_day_of[static_cast<std::size_t>(at - kinds.begin())];
  }
  /// The first second of a day, which may lie before the calendar.
  [[nodiscard]] std::int64_t start_of(std::int64_t day) const {
    if (day >= first_day_ && day < first_day_ + static_cast<std::int64_t>(starts_.size()))
      return starts_[static_cast<std::size_t>(day - first_day_)];
    if (day < Date::min_days) return INT64_MIN;
    return zone.start_of(Date::from_days(day)).seconds();
  }

  TimeZone zone;
  std::vector<std::string> kinds;
  std::vector<std::uint8_t> is_use;        // by kind
  std::vector<std::int32_t> first_day_of;  // by kind, of its first event in the book
  std::int32_t first_use_day{no_day};      // of any kind that is use
  ByCustomer<PastEvent> events;
  std::map<std::string, std::vector<Date>> first_seen;  // by kind that has labels
  ByCustomer<Claim> claims;
  ByCustomer<Failure> failures;

 private:
  static constexpr std::int32_t max_table_days = 40000;
  void read_events(const Book& book, const EventKindMap& mapped, const KnownFacts* whole);
  void note_first_days(const KnownFacts* whole);
  void read_invoices(const Book& book);

  std::int64_t first_event_seconds_{INT64_MAX};
  std::int64_t first_day_{0};
  std::vector<std::int64_t> starts_;
};

void KnownFacts::read_events(const Book& book, const EventKindMap& mapped, const KnownFacts* whole) {
  const Book::Data& data = book.data();
  const Records::Storage& records = *data.records;
  const EventTable& table = records.events;
  const std::int64_t until = zone.start_of(book.as_of()).seconds();

  // Kinds that occur, by the names that they stand for.
  std::vector<std::uint8_t> occurs(records.texts.size());
  for (std::size_t i = 0; i < table.size(); ++i) occurs[table.kind[i]] = 1;
  std::map<std::string, std::uint32_t> number;
  if (whole != nullptr)
    for (const std::string& kind : whole->kinds) number.emplace(kind, 0);
  std::vector<std::string> name_of(occurs.size());
  for (std::uint32_t text = 0; text < occurs.size(); ++text) {
    if (occurs[text] == 0) continue;
    name_of[text] = records.texts.text(text);
    if (const auto to = mapped.find(name_of[text]); to != mapped.end()) name_of[text] = to->second;
    number.emplace(name_of[text], 0);
  }
  for (auto& [name, place] : number) {
    place = static_cast<std::uint32_t>(kinds.size());
    kinds.push_back(name);
    is_use.push_back(std::find(no_use.begin(), no_use.end(), name) == no_use.end() ? 1 : 0);
  }
  std::vector<std::uint32_t> kind_of(occurs.size());
  for (std::uint32_t text = 0; text < occurs.size(); ++text)
    if (occurs[text] != 0) kind_of[text] = number.at(name_of[text]);

  std::vector<Owned> owned;
  owned.reserve(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    const std::uint32_t customer = data.accounts.customer_of[table.customer[i]];
    if (customer != no_index && table.at[i] < until) owned.push_back({customer, i});
  }
  std::array<double, 20> power{};
  for (std::size_t k = 0; k < power.size(); ++k) power[k] = std::pow(10.0, static_cast<double>(k));
  events = by_customer<PastEvent>(book.customer_count(), owned, [&](std::size_t i) {
    const auto scale = static_cast<std::size_t>(table.value.scale(i));
    const auto coefficient = static_cast<double>(table.value.coefficient(i));
    return PastEvent{Timestamp::from_seconds(table.at[i]), kind_of[table.kind[i]], table.label[i],
                     scale < power.size() ? coefficient / power[scale] : 0};
  });
  const auto text_of = [&](std::uint32_t label) {
    return label == no_index ? std::string{} : records.texts.text(label);
  };
  sort_each(events, [&](const PastEvent& a, const PastEvent& b) {
    const auto key = [](const PastEvent& e) { return std::tuple(e.at, e.kind, e.value); };
    if (key(a) != key(b)) return key(a) < key(b);
    return a.label != b.label && text_of(a.label) < text_of(b.label);
  });
  note_first_days(whole);
}

void KnownFacts::note_first_days(const KnownFacts* whole) {
  std::vector<std::int64_t> first(kinds.size(), INT64_MAX);
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> first_label;
  for (const PastEvent& event : events.rows) {
    const std::int64_t at = event.at.seconds();
    first[event.kind] = std::min(first[event.kind], at);
    if (event.label == no_index) continue;
    const auto [seen, is_new] = first_label.try_emplace({event.kind, event.label}, at);
    seen->second = std::min(seen->second, at);
  }
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    first_event_seconds_ = std::min(first_event_seconds_, first[k]);
    std::int32_t day = first[k] == INT64_MAX ? no_day : zone.day_of(Timestamp::from_seconds(first[k])).days();
    if (whole != nullptr) day = earlier(day, whole->first_of(kinds[k]));
    first_day_of.push_back(day);
    if (is_use[k] != 0) first_use_day = earlier(first_use_day, day);
  }
  for (const auto& [what, at] : first_label)
    first_seen[kinds[what.first]].push_back(zone.day_of(Timestamp::from_seconds(at)));
  for (auto& [kind, days] : first_seen) std::sort(days.begin(), days.end());
}

void KnownFacts::read_invoices(const Book& book) {
  const Book::Data& data = book.data();
  Rejections already_told;
  const std::vector<const InvoiceRow*> rows = counted_invoices(*data.records, book.as_of(), already_told);
  const std::int64_t until = zone.start_of(book.as_of()).seconds();
  std::vector<Owned> claimed;
  std::vector<std::pair<std::uint32_t, Failure>> failed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Invoice& invoice = rows[i]->invoice;
    const std::uint32_t customer =
        data.accounts.customer_of[*data.records->customer_ids.find(invoice.customer.text())];
    if (customer == no_index || !is_claim(invoice)) continue;
    claimed.push_back({customer, i});
    for (const Payment& payment : invoice.payments)
      if (payment.status == PaymentStatus::failed && payment.at.seconds() < until)
        failed.push_back({customer, {payment.at.seconds(), invoice.issued_on.days()}});
  }
  claims = by_customer<Claim>(book.customer_count(), claimed, [&](std::size_t i) {
    const Invoice& invoice = rows[i]->invoice;
    const std::optional<Date> paid = paid_on(invoice, book.as_of());
    return Claim{&invoice, invoice.issued_on.days(), due_on(invoice).days(), paid ? paid->days() : no_day};
  });
  // They come in order of id.
  sort_each(claims, [](const Claim& a, const Claim& b) { return a.issued_on < b.issued_on; });
  std::vector<Owned> owners;
  owners.reserve(failed.size());
  for (std::size_t i = 0; i < failed.size(); ++i) owners.push_back({failed[i].first, i});
  failures =
      by_customer<Failure>(book.customer_count(), owners, [&](std::size_t i) { return failed[i].second; });
  sort_each(failures, [](const Failure& a, const Failure& b) { return a.at < b.at; });
}

/// Of a customer's phases what does not depend on the day.
struct CountedPhase {
  std::uint32_t row;
  std::int32_t anchor;
};

}  // namespace

struct Past::Parts {
  Parts(const Book& given, std::shared_ptr<const KnownFacts> known)
      : book(given), facts(std::move(known)), resolver(given.data().reading()) {}
  Parts(const Parts& other) : Parts(other.book, other.facts) {}

  void load(CustomerIndex which);
  void resolve();
  void sort_by_kind();
  [[nodiscard]] const CountedPhase* phase_of(std::uint32_t row) const {
    const auto at = std::find_if(phases.begin(), phases.end(),
                                 [&](const CountedPhase& phase) { return phase.row == row; });
    return at == phases.end() ? nullptr : &*at;
  }
  /// Of events in order of time those on days from `from` to before `until`.
  [[nodiscard]] std::span<const PastEvent> between(std::span<const PastEvent> all, std::int64_t from,
                                                   std::int64_t until) const {
    const auto before = [&](std::int64_t day) {
      return [instant = facts->start_of(day)](const PastEvent& e) { return e.at.seconds() < instant; };
    };
    const auto end = std::partition_point(all.begin(), all.end(), before(until));
    return {std::partition_point(all.begin(), end, before(from)), end};
  }
  [[nodiscard]] std::span<const PastEvent> of_kind(std::uint32_t kind) {
    sort_by_kind();
    return std::span{by_kind}.subspan(first_of_kind[kind], first_of_kind[kind + 1] - first_of_kind[kind]);
  }

  const Book& book;
  std::shared_ptr<const KnownFacts> facts;
  PhaseResolver resolver;
  std::optional<CustomerIndex> customer{};
  std::span<const PastEvent> events;  // of the customer, all of them
  bool sorted_by_kind{false};
  std::vector<PastEvent> by_kind;
  std::vector<std::uint32_t> first_of_kind;  // kinds + 1
  std::vector<std::uint32_t> next_of_kind;
  std::vector<PastEvent> uses;
  bool resolved{false};
  std::vector<std::uint32_t> accepted;
  std::vector<Part> parts;
  std::vector<CountedPhase> phases;
  std::optional<Past> past;
  // What was asked of the day at hand.
  mutable std::vector<PastStay> stays;
  mutable std::vector<PastPhase> phases_on_day;
  mutable std::vector<PastInvoice> invoices;
  mutable bool has_invoices{false};
};

void Past::Parts::load(CustomerIndex which) {
  if (customer == which) return;
  customer = which;
  events = facts->events.of(static_cast<std::size_t>(which));
  sorted_by_kind = false;
  resolved = false;
}

void Past::Parts::sort_by_kind() {
  if (sorted_by_kind) return;
  sorted_by_kind = true;
  first_of_kind.assign(facts->kinds.size() + 1, 0);
  for (const PastEvent& event : events) ++first_of_kind[event.kind + 1];
  for (std::size_t k = 1; k < first_of_kind.size(); ++k) first_of_kind[k] += first_of_kind[k - 1];
  next_of_kind.assign(first_of_kind.begin(), first_of_kind.end());
  by_kind.assign(events.begin(), events.end());
  uses.clear();
  for (const PastEvent& event : events) {
    by_kind[next_of_kind[event.kind]++] = event;
    if (facts->is_use[event.kind] != 0) uses.push_back(event);
  }
}

void Past::Parts::resolve() {
  if (resolved) return;
  resolved = true;
  const Book::Data& data = book.data();
  const PhaseTable& table = *data.phases.table;
  const auto c = static_cast<std::size_t>(*customer);
  accepted.clear();
  parts.clear();
  phases.clear();
  const std::span rows{data.phase_rows.data() + data.first_phase[c],
                       data.phase_rows.data() + data.first_phase[c + 1]};
  resolver.resolve(static_cast<std::uint32_t>(*customer), rows, accepted, parts, nullptr);
  for (std::size_t i = 0; i < accepted.size(); ++i) {
    const std::uint32_t row = accepted[i];
    const bool keeps = i > 0 && keeps_billing_anchor(table, accepted[i - 1], resolver.ends()[i - 1], row);
    phases.push_back({row, keeps ? phases.back().anchor : first_paid_day(table, row)});
  }
  // Subscriptions have numbers in the order in which they were recorded.
  const auto& ids = *data.phases.subscription_ids;
  std::stable_sort(parts.begin(), parts.end(), [&](const Part& a, const Part& b) {
    const std::uint32_t x = table.subscription[a.row];
    const std::uint32_t y = table.subscription[b.row];
    return x != y && ids.text(x) < ids.text(y);
  });
}

namespace {

void refuse_later(Date asked, Date day) {
  if (asked >= day)
    throw Error(ErrorCode::out_of_range,
                "Of " + asked.to_string() + " nothing is known before " + day.to_string() + ".");
}

struct Window {
  std::int64_t from;   // days
  std::int64_t until;  // exclusive
};

Window window_of(Date day, std::int32_t days, std::int32_t before) {
  if (days < 0 || before < 0)
    throw Error(ErrorCode::out_of_range,
                "A window looks back over 0 or more days, and ends 0 or more before.");
  return {std::int64_t{day.days()} - before - days, std::int64_t{day.days()} - before};
}

/// The first renewal on or after a day.
Date renewal_from(Date anchor, BillingCycle cycle, Date day) {
  constexpr std::array<std::int32_t, 6> longest{1, 7, 31, 92, 184, 366};
  const std::int64_t length =
      std::int64_t{longest[static_cast<std::size_t>(cycle.interval)]} * std::max(cycle.count, 1);
  // No cycle has more days, so that this one is not too late.
  std::int64_t n = std::max<std::int64_t>(0, (std::int64_t{day.days()} - anchor.days()) / length);
  for (;; ++n) {
    const auto at = renewal_day(anchor, cycle, n);
    if (!at) return Date::from_days(Date::max_days);
    if (*at >= day) return *at;
  }
}

}  // namespace

const Book& Past::book() const noexcept { return parts_->book; }
CustomerIndex Past::customer() const noexcept { return *parts_->customer; }
Date Past::last_day() const { return day_ - std::chrono::days{1}; }

Balance Past::balance_on(Date day) const {
  refuse_later(day, day_);
  return parts_->book.balance_on(customer(), day);
}

std::span<const PastStay> Past::stays() const {
  std::vector<PastStay>& stays = parts_->stays;
  stays.clear();
  for_each_stay(parts_->book, static_cast<std::size_t>(customer()),
                [&](std::int32_t from, std::int32_t until) {
                  if (from >= day_.days()) return;
                  stays.push_back({Date::from_days(from), {}});
                  if (until < day_.days()) stays.back().ends_on = Date::from_days(until);
                });
  return stays;
}

std::optional<std::int32_t> Past::tenure() const {
  if (!present()) return std::nullopt;
  const std::span<const PastStay> all = stays();
  if (all.empty()) return std::nullopt;
  return day_.days() - all.back().starts_on.days();
}

std::optional<Date> Past::known_since() const {
  std::optional<Date> since = parts_->book.signed_up_on(customer());
  const std::optional<Date> present = parts_->book.first_present_on(customer());
  if (present && (!since || *present < *since)) since = present;
  if (since && *since >= day_) since.reset();
  return since;
}

std::span<const PastPhase> Past::phases() const {
  parts_->resolve();
  const Book::Data& data = parts_->book.data();
  const PhaseTable& table = *data.phases.table;
  const std::int32_t last = last_day().days();
  std::vector<PastPhase>& phases = parts_->phases_on_day;
  phases.clear();
  for (const Part& part : parts_->parts) {
    if (!part.present || part.from > last || (part.until != no_day && part.until <= last)) continue;
    const CountedPhase* const counted = parts_->phase_of(part.row);
    if (counted == nullptr) throw_made_up();
    PastPhase phase{.starts_on = Date::from_days(table.starts_on[part.row]),
                    .cycle = table.cycle(part.row),
                    .currency = data.exchange.shown_in(Currency::from_index(table.currency[part.row])),
                    .quantity = table.quantity[part.row],
                    .ticks = part.ticks,
                    .cancel_requested_on = {},
                    .term_ends_on = {},
                    .renews_on = renewal_from(Date::from_days(counted->anchor), table.cycle(part.row), day_),
                    .plan = table.plan[part.row]};
    if (const std::int32_t asked = table.cancel_requested_on[part.row]; asked != no_day && asked <= last)
      phase.cancel_requested_on = Date::from_days(asked);
    if (const std::int32_t term = table.term_ends_on[part.row]; term != no_day)
      phase.term_ends_on = Date::from_days(term);
    phases.push_back(phase);
  }
  return phases;
}

std::int64_t Past::quantity_on(Date day) const {
  refuse_later(day, day_);
  parts_->resolve();
  const PhaseTable& table = *parts_->book.data().phases.table;
  std::int64_t sum = 0;
  for (const Part& part : parts_->parts) {
    const bool in_force =
        part.present && part.from <= day.days() && (part.until == no_day || day.days() < part.until);
    if (in_force) sum = checked_add(sum, table.quantity[part.row]);
  }
  return sum;
}

std::int32_t Past::contractions(std::int32_t days, std::int32_t before) const {
  const auto [from, until] = window_of(day_, days, before);
  const Timeline& timeline = parts_->book.timeline();
  const auto c = static_cast<std::size_t>(customer());
  std::int32_t count = 0;
  for (std::size_t i = timeline.first_step[c] + 1; i < timeline.first_step[c + 1]; ++i) {
    const std::int32_t day = timeline.day[i];
    if (day < from || day >= until) continue;
    const bool stays =
        (timeline.state[i] & Timeline::present) != 0 && (timeline.state[i - 1] & Timeline::present) != 0;
    if (stays && timeline.level[i] < timeline.level[i - 1]) ++count;
  }
  return count;
}

std::optional<Date> Past::next_renewal() const {
  std::optional<Date> next;
  for (const PastPhase& phase : phases())
    if (phase.ticks > 0 && (!next || phase.renews_on < *next)) next = phase.renews_on;
  return next;
}

std::optional<Date> Past::cancel_requested_on() const {
  std::optional<Date> last;
  for (const PastPhase& phase : phases()) {
    if (!phase.cancel_requested_on) return std::nullopt;
    if (!last || *phase.cancel_requested_on > *last) last = phase.cancel_requested_on;
  }
  return last;
}

std::span<const PastEvent> Past::events() const {
  return parts_->between(parts_->events, std::int64_t{Date::min_days} - 1, day_.days());
}

std::span<const PastEvent> Past::events(std::int32_t days, std::int32_t before) const {
  const auto [from, until] = window_of(day_, days, before);
  return parts_->between(parts_->events, from, until);
}

std::span<const PastEvent> Past::events_of(std::string_view name) const {
  const auto wanted = kind(name);
  if (!wanted) return {};
  return parts_->between(parts_->of_kind(*wanted), std::int64_t{Date::min_days} - 1, day_.days());
}

std::span<const PastEvent> Past::events_of(std::string_view name, std::int32_t days,
                                           std::int32_t before) const {
  const auto [from, until] = window_of(day_, days, before);
  const auto wanted = kind(name);
  if (!wanted) return {};
  return parts_->between(parts_->of_kind(*wanted), from, until);
}

std::string Past::label(const PastEvent& event) const {
  return event.label == no_index ? std::string{} : parts_->book.data().records->texts.text(event.label);
}

std::optional<std::uint32_t> Past::kind(std::string_view name) const {
  const std::vector<std::string>& kinds = parts_->facts->kinds;
  const auto at = std::lower_bound(kinds.begin(), kinds.end(), name);
  if (at == kinds.end() || *at != name) return std::nullopt;
  return static_cast<std::uint32_t>(at - kinds.begin());
}

std::int64_t Past::count(std::string_view name, std::int32_t days, std::int32_t before) const {
  return static_cast<std::int64_t>(events_of(name, days, before).size());
}

double Past::sum(std::string_view name, std::int32_t days, std::int32_t before) const {
  double sum = 0;
  for (const PastEvent& event : events_of(name, days, before)) sum += event.value;
  return sum;
}

std::int64_t Past::uses(std::int32_t days, std::int32_t before) const {
  const auto [from, until] = window_of(day_, days, before);
  parts_->sort_by_kind();
  return static_cast<std::int64_t>(parts_->between(parts_->uses, from, until).size());
}

std::optional<std::int32_t> Past::days_since_use() const {
  parts_->sort_by_kind();
  const auto uses = parts_->between(parts_->uses, std::int64_t{Date::min_days} - 1, day_.days());
  const PastEvent* const session = last(minutes_kind);
  if (uses.empty() && session == nullptr) return std::nullopt;
  Timestamp at = session != nullptr ? session->at : uses.back().at;
  if (!uses.empty() && uses.back().at > at) at = uses.back().at;
  return day_.days() - parts_->facts->zone.day_of(at).days();
}

const PastEvent* Past::last(std::string_view name) const {
  const std::span<const PastEvent> known = events_of(name);
  return known.empty() ? nullptr : &known.back();
}

std::optional<Date> Past::recorded_since(std::string_view name) const {
  const auto wanted = kind(name);
  if (!wanted) return std::nullopt;
  const std::int32_t first = parts_->facts->first_day_of[*wanted];
  if (first == no_day || first >= day_.days()) return std::nullopt;
  return Date::from_days(first);
}

std::optional<Date> Past::use_recorded_since() const {
  const std::int32_t first = parts_->facts->first_use_day;
  if (first == no_day || first >= day_.days()) return std::nullopt;
  return Date::from_days(first);
}

bool Past::recorded(std::string_view name, std::int32_t days, std::int32_t before) const {
  const std::optional<Date> since = recorded_since(name);
  return since && since->days() < window_of(day_, days, before).from;
}

bool Past::use_recorded(std::int32_t days, std::int32_t before) const {
  const std::optional<Date> since = use_recorded_since();
  return since && since->days() < window_of(day_, days, before).from;
}

std::span<const PastInvoice> Past::invoices() const {
  std::vector<PastInvoice>& invoices = parts_->invoices;
  if (std::exchange(parts_->has_invoices, true)) return invoices;
  invoices.clear();
  for (const Claim& claim : parts_->facts->claims.of(static_cast<std::size_t>(customer()))) {
    if (claim.issued_on >= day_.days()) break;
    PastInvoice invoice{claim.invoice, Date::from_days(claim.due_on), {}};
    if (claim.paid_on != no_day && claim.paid_on < day_.days())
      invoice.paid_on = Date::from_days(claim.paid_on);
    invoices.push_back(invoice);
  }
  return invoices;
}

std::int32_t Past::failed_payments(std::int32_t days, std::int32_t before) const {
  const auto [from, until] = window_of(day_, days, before);
  const std::span<const Failure> failed = parts_->facts->failures.of(static_cast<std::size_t>(customer()));
  if (failed.empty()) return 0;
  const std::int64_t first = parts_->facts->start_of(from);
  const std::int64_t end = parts_->facts->start_of(until);
  return static_cast<std::int32_t>(std::count_if(failed.begin(), failed.end(), [&](const Failure& failure) {
    return failure.at >= first && failure.at < end && failure.issued_on < day_.days();
  }));
}

PastReader::PastReader(const Book& book, const EventKindMap& kinds)
    : parts_(std::make_unique<Past::Parts>(book, std::make_shared<const KnownFacts>(book, kinds))) {}
PastReader::PastReader(const Book& book, const PastReader& whole, const EventKindMap& kinds)
    : parts_(std::make_unique<Past::Parts>(
          book, std::make_shared<const KnownFacts>(book, kinds, whole.parts_->facts.get()))) {}
PastReader::PastReader(const PastReader& other) : parts_(std::make_unique<Past::Parts>(*other.parts_)) {}
PastReader::PastReader(PastReader&&) noexcept = default;
PastReader::~PastReader() = default;

const Past& PastReader::at(CustomerIndex customer, Date day) {
  const bool is_known = day <= parts_->book.as_of() && day.days() > Date::min_days &&
                        static_cast<std::size_t>(customer) < parts_->book.customer_count();
  if (!is_known)
    throw Error(ErrorCode::out_of_range, "What was known before " + day.to_string() +
                                             " is not in a book as of " + parts_->book.as_of().to_string() +
                                             ", or the customer is not.");
  parts_->load(customer);
  parts_->has_invoices = false;
  parts_->past = Past{*parts_, day};
  return *parts_->past;
}

const Book& PastReader::book() const noexcept { return parts_->book; }
std::span<const std::string> PastReader::kinds() const noexcept { return parts_->facts->kinds; }

std::span<const Date> PastReader::first_seen_labels(std::string_view kind) const {
  const auto at = parts_->facts->first_seen.find(std::string(kind));
  if (at == parts_->facts->first_seen.end()) return {};
  return at->second;
}

}  // namespace churn::inline v0

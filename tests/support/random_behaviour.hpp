// Random books in which customers do something, too: logins, minutes, features, tickets, stages, integrations, campaigns,
// answers, cards, and kinds of which the library knows nothing. And what of such a book is known before a day, by
// cutting its records row by row.
#pragma once

#include <rapidcheck.h>
#include <churn/churn.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/random_book.hpp"

namespace support {

struct ActiveCase {
  RandomCase random;
  std::vector<churn::Event> events;
  std::map<std::pair<std::string, int>, std::string> end_reasons;  // by subscription and start
};

inline const std::map<std::string, std::string>& host_kinds() {
  static const std::map<std::string, std::string> kinds{{"click", "feature_used"},
                                                        {"help!", "ticket_opened"}};
  return kinds;
}

inline churn::Event draw_event_on(int day) {
  churn::Event event{
      churn::CustomerId{one_in(20) ? "nobody" : "c" + std::to_string(draw(0, one_of({1, 2, 6})))},
      churn::Timestamp::from_seconds(draw_instant(day)),
      one_of<const char*>({"login", "feature_used", "session_minutes", "session_minutes", "ticket_opened",
                           "stage_reached", "integration_connected", "integration_removed",
                           "campaign_engaged", "nps", "card_added", "exit_survey", "click", "help!",
                           "export"}),
      {},
      ""};
  event.value = churn::Decimal{draw(0, 60)};
  const std::string& kind = event.kind;
  if (kind == "feature_used" || kind == "click") event.label = one_of<const char*>({"a", "b", "c", "d", ""});
  if (kind == "stage_reached") event.label = one_of<const char*>({"signed", "invited", "activated"});
  if (kind.starts_with("integration")) event.label = one_of<const char*>({"crm", "chat", ""});
  if (kind == "card_added") event.label = one_of<const char*>({"2024-03", "2024-07", "2025-01", "?"});
  return event;
}

/// Most of them near a few days, so that windows are seldom empty.
inline std::vector<churn::Event> draw_events(int most) {
  std::vector<churn::Event> events;
  const int centre = first_day + draw(60, 400);
  for (int i = draw(0, most + 1); i > 0; --i) {
    events.push_back(draw_event_on(one_in(4) ? draw_day() : centre + draw(-60, 20)));
    if (one_in(15)) events.push_back(events.back());
  }
  return events;
}

/// Makes of a random book one whose rows can be cut: a row that is no row because of what it says of a later day, a
/// customer who is known from later rows alone, or rows that contradict each other only later are taken out.
inline ActiveCase draw_behaviour(RandomCase random, int most_events) {
  ActiveCase its{std::move(random), draw_events(most_events), {}};
  reference::Book& book = its.random.book;
  its.random.rules.source =
      book.phases.empty() ? reference::Source::invoices : reference::Source::subscriptions;
  std::set<std::pair<std::string, int>> starts;
  std::erase_if(book.phases, [&](const reference::Phase& phase) {
    return !starts.emplace(phase.subscription, phase.starts_on).second;
  });
  std::set<std::string> ids;
  std::erase_if(book.invoices, [&](const reference::Invoice& i) { return !ids.insert(i.id).second; });
  for (reference::Phase& phase : book.phases) {
    if (!phase.paused_from || (phase.paused_until && *phase.paused_until <= *phase.paused_from))
      phase.paused_until.reset();
    if (one_in(3))
      its.end_reasons[{phase.subscription, phase.starts_on}] =
          one_of<const char*>({"project_finished", "competitor", "card_expired"});
  }
  for (int i = 0; i < 6; ++i) {
    const std::string id = "c" + std::to_string(i);
    if (std::none_of(book.customers.begin(), book.customers.end(), [&](const auto& c) { return c.id == id; }))
      book.customers.push_back({.id = id});
  }
  return its;
}

inline ActiveCase draw_active_case(int most_events = 100) { return draw_behaviour(draw_case(), most_events); }

/// What does not look ahead by itself: no gaps, departures at the end of service, nobody dropped for debts.
inline void make_plain(reference::Rules& rules) {
  rules.gap_allowance = 0;
  rules.recognition = reference::Recognition::service_end;
  rules.past_due = reference::PastDue::counted;
}

inline churn::Records to_records(const ActiveCase& its, bool backwards = false) {
  const reference::Book& book = its.random.book;
  churn::Records records;
  const auto each = [&](const auto& rows, const auto& add) {
    if (backwards)
      std::for_each(rows.rbegin(), rows.rend(), add);
    else
      std::for_each(rows.begin(), rows.end(), add);
  };
  each(book.customers, [&](const auto& row) { records.add(to_customer(row)); });
  each(book.phases, [&](const auto& row) {
    churn::Subscription subscription = to_subscription(row);
    const auto reason = its.end_reasons.find({row.subscription, row.starts_on});
    if (reason != its.end_reasons.end()) subscription.phases.front().end_reason = reason->second;
    records.add(subscription);
  });
  each(book.invoices, [&](const auto& row) { records.add(to_invoice(row)); });
  each(its.events, [&](const auto& row) { records.add(row); });
  for (const auto& rate : book.fx_rates) records.add(to_rate(rate));
  records.set_records_from(to_date(book.records_from));
  return records;
}

inline churn::Book build(const ActiveCase& its, bool backwards = false) {
  RC_LOG() << describe(its.random.book, its.random.rules);
  for (const churn::Event& event : its.events)
    RC_LOG() << event.at.to_string() << " " << event.customer.text() << " " << event.kind << " "
             << event.value.to_string() << " " << event.label << "\n";
  return churn::Book::build(to_records(its, backwards), churn::Date::from_days(its.random.book.as_of),
                            to_conventions(its.random.rules))
      .book;
}

/// The first second of a day under these rules.
inline std::int64_t start_of(int day, const reference::Rules& rules) {
  return std::int64_t{day} * 86400 - std::int64_t{rules.utc_offset_hours} * 3600;
}

/// The records as they stood before a day.
inline ActiveCase known_before(int day, ActiveCase its) {
  reference::Book& book = its.random.book;
  const std::int64_t begins = start_of(day, its.random.rules);
  const auto forget = [&](std::optional<int>& when) {
    if (when && *when >= day) when.reset();
  };
  std::erase_if(book.phases, [&](const auto& phase) { return phase.starts_on >= day; });
  for (reference::Phase& phase : book.phases) {
    if (!phase.ends_on || *phase.ends_on >= day) its.end_reasons.erase({phase.subscription, phase.starts_on});
    forget(phase.ends_on);
    forget(phase.cancel_requested_on);
    forget(phase.paused_from);
    forget(phase.paused_until);
  }
  std::erase_if(book.invoices, [&](const auto& invoice) { return invoice.issued_on >= day; });
  for (reference::Invoice& invoice : book.invoices) {
    const bool is_paid = invoice.status == reference::InvoiceStatus::paid;
    if (is_paid && invoice.paid_on.value_or(invoice.due_on.value_or(invoice.issued_on)) >= day)
      invoice.status = reference::InvoiceStatus::open;
    forget(invoice.paid_on);
    std::erase_if(invoice.payments, [&](const auto& payment) { return payment.at >= begins; });
  }
  std::erase_if(book.fx_rates, [&](const auto& rate) { return rate.on >= day; });
  std::erase_if(its.events, [&](const churn::Event& event) { return event.at.seconds() >= begins; });
  book.as_of = day;
  return its;
}

/// Another future: what is dated on or after a day is taken away, moved, or other than it was.
inline ActiveCase with_another_future(int day, ActiveCase its) {
  reference::Book& book = its.random.book;
  const std::int64_t begins = start_of(day, its.random.rules);
  const auto later = [&] { return day + draw(0, 60); };
  const auto move = [&](std::optional<int>& when) {
    if (when && *when < day) return;
    when.reset();
    if (one_in(2)) when = later();
  };
  std::erase_if(book.phases, [&](const auto& phase) { return phase.starts_on >= day && one_in(2); });
  for (reference::Phase& phase : book.phases) {
    if (phase.starts_on >= day) continue;
    if (!phase.ends_on || *phase.ends_on >= day)
      its.end_reasons[{phase.subscription, phase.starts_on}] =
          one_of<const char*>({"", "price", "event_over"});
    move(phase.ends_on);
    move(phase.cancel_requested_on);
    if (phase.paused_from && *phase.paused_from < day) {
      move(phase.paused_until);
      if (phase.paused_until && *phase.paused_until <= *phase.paused_from) phase.paused_until.reset();
    } else {
      move(phase.paused_from);
      phase.paused_until.reset();
    }
  }
  for (int i = draw(0, 4); i > 0; --i) {
    reference::Phase phase = draw_phase(6);
    const int length = draw(1, 90);
    phase.subscription = one_in(2) ? "later" + std::to_string(i) : phase.subscription;
    phase.starts_on = later();
    phase.ends_on.reset();
    phase.currency = book.phases.empty() ? "USD" : book.phases.front().currency;
    if (one_in(2)) phase.ends_on = phase.starts_on + length;
    if (!book.phases.empty()) book.phases.push_back(phase);
  }
  std::erase_if(book.invoices, [&](const auto& invoice) { return invoice.issued_on >= day && one_in(2); });
  for (reference::Invoice& invoice : book.invoices) {
    const bool is_paid = invoice.status == reference::InvoiceStatus::paid;
    const int paid_on = invoice.paid_on.value_or(invoice.due_on.value_or(invoice.issued_on));
    if ((is_paid && paid_on >= day) || invoice.status == reference::InvoiceStatus::open) {
      invoice.status = one_of({reference::InvoiceStatus::open, reference::InvoiceStatus::paid});
      invoice.paid_on = later();
    }
    std::erase_if(invoice.payments, [&](const auto& payment) { return payment.at >= begins && one_in(2); });
    if (one_in(3))
      invoice.payments.push_back(
          {begins + draw(0, 90) * std::int64_t{43200},
           one_of({reference::PaymentStatus::failed, reference::PaymentStatus::succeeded})});
  }
  if (!book.phases.empty())
    for (int i = draw(0, 3); i > 0; --i) {
      reference::Invoice invoice = draw_claim(6, "later" + std::to_string(i));
      invoice.issued_on = later();
      if (one_in(2)) invoice.due_on = day - draw(0, 20);
      book.invoices.push_back(std::move(invoice));
    }
  std::erase_if(book.fx_rates, [&](const auto& rate) { return rate.on >= day && one_in(2); });
  std::erase_if(its.events,
                [&](const churn::Event& event) { return event.at.seconds() >= begins && one_in(2); });
  for (int i = draw(0, 10); i > 0; --i) {
    its.events.push_back(draw_event_on(day + 2 + draw(0, 40)));
    if (one_in(3)) its.events.back().at = churn::Timestamp::from_seconds(begins);
  }
  book.as_of = day + draw(1, 80);
  return its;
}

}  // namespace support

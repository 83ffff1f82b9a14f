#include <algorithm>

#include "book/claim.hpp"
#include "book/live_state.hpp"

namespace churn::inline v0 {

namespace {

/// The least of the days that were seen and are not before `from`.
class NextDay {
 public:
  explicit NextDay(std::int32_t from) : from_(from) {}
  void see(std::int32_t day) noexcept {
    if (day >= from_ && day < next_) next_ = day;
  }
  void see(const std::optional<Date>& day) noexcept {
    if (day) see(day->days());
  }
  [[nodiscard]] std::int32_t get() const noexcept { return next_; }

 private:
  std::int32_t from_;
  std::int32_t next_{no_day};
};

/// Days that hardly any phase has; where none has, they need not be asked for.
bool have_more_days(const PhaseTable& phases) {
  return !(phases.trial_ends_on.empty() && phases.discount_ends_on.empty() && phases.paused_from.empty() &&
           phases.paused_until.empty() && phases.cancel_requested_on.empty());
}

void see_phase(const PhaseTable& phases, std::uint32_t row, bool more, NextDay& next) {
  next.see(phases.starts_on[row]);
  next.see(phases.ends_on[row]);
  if (!more) return;
  next.see(phases.trial_ends_on[row]);
  next.see(phases.discount_ends_on[row]);
  next.see(phases.paused_from[row]);
  next.see(phases.paused_until[row]);
  next.see(phases.cancel_requested_on[row]);
}

/// Services begin and end, what is owed is due and paid, and days of grace end.
void see_invoice(const Invoice& invoice, const BookRules& rules, NextDay& next) {
  const auto with_grace = [&](const std::optional<Date>& day) {
    if (!day) return;
    next.see(day->days());
    next.see(static_cast<std::int32_t>(
        std::min<std::int64_t>(std::int64_t{day->days()} + rules.past_due_days, Date::max_days)));
  };
  with_grace(invoice.issued_on);
  with_grace(invoice.due_on);
  next.see(invoice.paid_on);
  for (const InvoiceLine& line : invoice.lines) {
    next.see(line.period_start);
    with_grace(line.period_end);
  }
  for (const Payment& payment : invoice.payments) next.see(rules.time_zone.day_of(payment.at).days());
}

/// An invoice as evidence of why somebody left: it becomes known, due and paid, and payments are tried.
void see_evidence(const Invoice& invoice, const BookRules& rules, NextDay& next) {
  next.see(invoice.issued_on.days());
  next.see(due_on(invoice).days());
  next.see(invoice.paid_on);
  for (const Payment& payment : invoice.payments) next.see(rules.time_zone.day_of(payment.at).days());
}

bool has_left(const Timeline& timeline, std::size_t customer) {
  const auto state = timeline.state.begin();
  return std::any_of(state + static_cast<std::ptrdiff_t>(timeline.first_step[customer]),
                     state + static_cast<std::ptrdiff_t>(timeline.first_step[customer + 1]),
                     [](std::uint8_t step) { return (step & Timeline::leaves) != 0; });
}

/// What becomes known of why those who left did. It is little: nobody is asked before having left.
void see_departures(const LiveLayer& layer, std::int32_t as_of, std::vector<std::int32_t>& days) {
  const Book::Data& data = layer.book.data();
  const Records::Storage& records = layer.records();
  const BookRules& rules = data.conventions.book;
  const Timeline& timeline = layer.book.timeline();
  const PlainColumn<std::uint32_t>& customer_of = data.accounts.customer_of;
  for (std::uint32_t account = 0; account < customer_of.size(); ++account) {
    const std::uint32_t customer = customer_of[account];
    if (customer == no_index || !has_left(timeline, customer)) continue;
    NextDay next{as_of};
    for (const std::uint32_t row : layer.rows.invoices.of(account))
      see_evidence(records.invoices[row].invoice, rules, next);
    layer.heeded.each_of(account, [&](std::uint32_t row) {
      next.see(rules.time_zone.day_of(Timestamp::from_seconds(records.events.at[row])).days());
    });
    days[customer] = std::min(days[customer], next.get());
  }
}

}  // namespace

std::vector<std::int32_t> next_days(const LiveLayer& layer, std::int32_t as_of,
                                    std::span<const std::int32_t> tenure_cuts, bool asks_why) {
  const Book::Data& data = layer.book.data();
  const Records::Storage& records = layer.records();
  const BookRules& rules = data.conventions.book;
  const bool reads_invoices = data.invoice_phases || rules.past_due != PastDuePolicy::counted;
  const PlainColumn<std::uint32_t>& customer_of = data.accounts.customer_of;
  const bool more = have_more_days(records.phases);
  std::vector<std::int32_t> days(data.accounts.id.size(), no_day);
  for (std::uint32_t account = 0; account < customer_of.size(); ++account) {
    const std::uint32_t customer = customer_of[account];
    if (customer == no_index) continue;
    NextDay next{as_of};
    for (const std::uint32_t row : layer.rows.phases.of(account)) see_phase(records.phases, row, more, next);
    if (reads_invoices)
      for (const std::uint32_t row : layer.rows.invoices.of(account))
        see_invoice(records.invoices[row].invoice, rules, next);
    days[customer] = std::min(days[customer], next.get());
  }
  if (!tenure_cuts.empty())
    for (std::size_t customer = 0; customer < days.size(); ++customer) {
      const std::int32_t first = data.timeline.first_present[customer];
      if (first == no_day) continue;
      NextDay next{as_of};
      for (const std::int32_t cut : tenure_cuts)
        if (cut <= Date::max_days - first) next.see(first + cut);
      days[customer] = std::min(days[customer], next.get());
    }
  for (const TimelineColumns::PendingGap& gap : data.timeline.pending_gaps) {
    NextDay next{as_of};
    next.see(static_cast<std::int32_t>(
        std::min<std::int64_t>(std::int64_t{gap.since} + rules.gap_allowance_days, Date::max_days)));
    days[gap.customer] = std::min(days[gap.customer], next.get());
  }
  if (asks_why) see_departures(layer, as_of, days);
  return days;
}

}  // namespace churn::inline v0

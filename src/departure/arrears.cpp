#include <churn/departure/arrears.hpp>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <churn/metric/measurement.hpp>

#include "book/book_data.hpp"
#include "book/claim.hpp"
#include "book/counted_invoices.hpp"
#include "departure/claim_history.hpp"
#include "departure/sums.hpp"
#include "segment/labels_on_days.hpp"

namespace churn::inline v0 {

namespace {

/// The last failed attempt with a code.
struct LastFailure {
  std::optional<Date> on;  // of any failed attempt
  std::int64_t at{INT64_MIN};
  std::string_view code;

  void see(const DatedAttempt& attempt) {
    if (attempt.payment->status != PaymentStatus::failed) return;
    if (!on || *on < attempt.on) on = attempt.on;
    const std::string_view its_code = attempt.payment->failure_code;
    const std::int64_t seconds = attempt.payment->at.seconds();
    if (its_code.empty() || std::pair(seconds, its_code) < std::pair(at, code)) return;
    at = seconds;
    code = its_code;
  }
};

/// Of two that owe the same as far as the currencies of one go, the other owes more.
bool owes_more(const std::vector<Money>& a, const std::vector<Money>& b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end()) return x != a.end();
  if (x->currency() != y->currency()) return x->currency().code() < y->currency().code();
  return x->minor_units() > y->minor_units();
}

}  // namespace

Arrears arrears(const Book& book, const ArrearsOptions& options) {
  const Book::Data& data = book.data();
  const Records::Storage& records = *data.records;
  const Date as_of = book.as_of();
  const std::int32_t last_day = as_of.days() - 1;
  std::map<std::uint32_t, std::pair<ArrearsEntry, LastFailure>> by_customer;
  const std::vector<bool> kept = kept_on(book, options.where, last_day);
  Rejections seen;  // reported when the book was built
  for (const InvoiceRow* row : counted_invoices(records, as_of, seen)) {
    const Invoice& invoice = row->invoice;
    const std::uint32_t c = data.accounts.customer_of[*records.customer_ids.find(invoice.customer.text())];
    const bool given_up = invoice.status == InvoiceStatus::uncollectible;
    const Date due = due_on(invoice);
    if (c == no_index || !kept[c] || !is_claim(invoice) || due >= as_of) continue;
    if (given_up && !options.uncollectible) continue;
    const ClaimHistory history = read_claim(invoice, book.conventions().book.time_zone, as_of);
    if (history.met_on) continue;
    const CustomerIndex customer{c};
    auto at = by_customer.find(c);
    if (at == by_customer.end()) {
      const bool present =
          last_day >= Date::min_days && book.balance_on(customer, Date::from_days(last_day)).present;
      ArrearsEntry entry{customer, book.customer_id(customer),
                         0,        0,
                         0,        {},
                         due,      0,
                         present,  paid_on_day(book, customer, last_day),
                         {},       {}};
      at = by_customer.emplace(c, std::pair{std::move(entry), LastFailure{}}).first;
    }
    auto& [entry, failure] = at->second;
    ++entry.invoices;
    if (given_up) ++entry.uncollectible;
    if (due < entry.oldest_due_on) entry.oldest_due_on = due;
    if (history.billed)
      sums::add_to(entry.owed,
                   shown_in_book(book, Money{checked_subtract(history.billed->minor_units(), history.paid),
                                             history.billed->currency()}));
    else
      ++entry.without_amount;
    for (const DatedAttempt& attempt : history.attempts) failure.see(attempt);
  }

  Arrears result{as_of, {}};
  for (auto& [c, found] : by_customer) {
    auto& [entry, failure] = found;
    entry.days_overdue = as_of.days() - entry.oldest_due_on.days();
    entry.last_failed_on = failure.on;
    if (!failure.code.empty()) {
      entry.reason = options.codes.find(failure.code);
      if (entry.reason.empty()) entry.reason = "other_payment";
    }
    result.entries.push_back(std::move(entry));
  }
  std::sort(result.entries.begin(), result.entries.end(), [](const ArrearsEntry& a, const ArrearsEntry& b) {
    const auto ticks = [](const ArrearsEntry& e) { return e.run_rate ? e.run_rate->ticks() : 0; };
    if (ticks(a) != ticks(b)) return ticks(a) > ticks(b);
    if (owes_more(a.owed, b.owed)) return true;
    if (owes_more(b.owed, a.owed)) return false;
    return a.customer_id < b.customer_id;
  });
  return result;
}

std::vector<Money> Arrears::owed() const {
  std::vector<Money> sums;
  for (const ArrearsEntry& entry : entries)
    for (const Money& amount : entry.owed) sums::add_to(sums, amount);
  return sums;
}

std::vector<RunRate> Arrears::run_rates() const {
  std::vector<RunRate> sums;
  for (const ArrearsEntry& entry : entries)
    if (entry.run_rate && entry.run_rate->ticks() != 0) sums::add_to(sums, *entry.run_rate);
  return sums;
}

Table arrears_table(const Arrears& arrears, bool exact) {
  Table table{{"customer_id", "invoices", "uncollectible", "without_amount", "currency", "owed",
               "oldest_due_on", "days_overdue", "present", "mrr", "mrr_currency", "reason", "last_failed_on"},
              {}};
  for (const ArrearsEntry& entry : arrears.entries) {
    const auto add_row = [&](const std::optional<Money>& owed) {
      const auto& rate = entry.run_rate;
      table.rows.push_back({entry.customer_id.text(), entry.invoices, entry.uncollectible,
                            entry.without_amount, owed ? Cell{std::string(owed->currency().code())} : Cell{},
                            owed ? Cell{*owed} : Cell{}, entry.oldest_due_on,
                            std::int64_t{entry.days_overdue}, entry.present,
                            rate ? to_cell(rate->ticks(), Unit::run_rate, rate->currency(), exact) : Cell{},
                            rate ? Cell{std::string(rate->currency().code())} : Cell{},
                            entry.reason.empty() ? Cell{} : Cell{entry.reason},
                            entry.last_failed_on ? Cell{*entry.last_failed_on} : Cell{}});
    };
    for (const Money& owed : entry.owed) add_row(owed);
    if (entry.owed.empty()) add_row({});
  }
  return table;
}

std::string arrears_sentence(const Arrears& arrears) {
  if (arrears.entries.empty()) return "Nobody is in arrears.";
  const auto present = std::count_if(arrears.entries.begin(), arrears.entries.end(),
                                     [](const ArrearsEntry& entry) { return entry.present; });
  const auto customers = static_cast<std::int64_t>(arrears.entries.size());
  std::int64_t without_amount = 0;
  for (const ArrearsEntry& entry : arrears.entries) without_amount += entry.without_amount;
  const std::vector<Money> owed = arrears.owed();
  std::string text =
      sums::counted(customers, "customer") + (customers == 1 ? " owes " : " owe ") + sums::in_words(owed);
  if (!owed.empty() && without_amount > 0)
    text += ", without " + sums::counted(without_amount, "invoice") + " of no known amount";
  return text + "; " + std::to_string(present) + " of them " + (present == 1 ? "is" : "are") +
         " still there, with " + sums::in_words(arrears.run_rates()) + ".";
}

}  // namespace churn::inline v0

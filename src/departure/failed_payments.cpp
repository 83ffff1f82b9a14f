#include <churn/departure/failed_payments.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <churn/metric/measurement.hpp>

#include "book/book_data.hpp"
#include "book/claim.hpp"
#include "book/counted_invoices.hpp"
#include "departure/claim_history.hpp"
#include "segment/labels_on_days.hpp"

namespace churn::inline v0 {

namespace {

/// A claim that was tried or paid.
struct Tried {
  const InvoiceRow* row;
  std::uint32_t customer;
  ClaimHistory history;
  bool is_first_payment{false};

  [[nodiscard]] bool was_attempted() const noexcept { return !history.attempts.empty(); }
  /// When it was first tried: paid otherwise, at the end of the day on which it was.
  [[nodiscard]] std::pair<Date, std::int64_t> tried() const {
    if (was_attempted()) return {history.attempts.front().on, history.attempts.front().payment->at.seconds()};
    return {*history.met_on, INT64_MAX};
  }
};

/// Since when subscriptions and customers paid, of those who did before the records begin.
class PaidBeforeRecords {
 public:
  explicit PaidBeforeRecords(const Book& book) : book_(book) {
    if (!book.records_from()) return;
    const Records::Storage& records = *book.data().records;
    const PhaseTable& phases = records.phases;
    for (std::size_t i = 0; i < phases.size(); ++i) {
      if (phases.amount[i] <= 0) continue;  // a free plan is not paid for
      const std::int32_t trial_ends_on = phases.trial_ends_on[i];
      const std::int32_t paid_from =
          trial_ends_on == no_day ? phases.starts_on[i] : std::max(phases.starts_on[i], trial_ends_on);
      if (paid_from < book.records_from()->days() && paid_from < phases.ends_on[i])
        subscriptions_.insert(phases.subscription[i]);
    }
  }
  [[nodiscard]] bool has(std::string_view subscription) const {
    if (subscriptions_.empty()) return false;
    const auto number = book_.data().records->subscription_ids.find(subscription);
    return number && subscriptions_.contains(*number);
  }
  [[nodiscard]] bool has(CustomerIndex customer) const {
    const auto first = book_.records_from() ? book_.first_present_on(customer) : std::nullopt;
    return first && *first < *book_.records_from();
  }

 private:
  const Book& book_;
  std::set<std::uint32_t> subscriptions_;
};

/// The claims that were tried or paid, in order of that and of their ids.
std::vector<Tried> tried_claims(const Book& book) {
  const Book::Data& data = book.data();
  const Records::Storage& records = *data.records;
  const TimeZone& zone = book.conventions().book.time_zone;
  Rejections seen;  // reported when the book was built
  std::vector<Tried> claims;
  for (const InvoiceRow* row : counted_invoices(records, book.as_of(), seen)) {
    const Invoice& invoice = row->invoice;
    const std::uint32_t customer =
        data.accounts.customer_of[*records.customer_ids.find(invoice.customer.text())];
    if (customer == no_index || !is_claim(invoice)) continue;
    Tried claim{row, customer, read_claim(invoice, zone, book.as_of())};
    if (claim.was_attempted() || claim.history.met_on) claims.push_back(std::move(claim));
  }
  std::sort(claims.begin(), claims.end(), [](const Tried& a, const Tried& b) {
    return std::tuple(a.tried(), a.row->invoice.issued_on, std::string_view{a.row->invoice.id.text()}) <
           std::tuple(b.tried(), b.row->invoice.issued_on, std::string_view{b.row->invoice.id.text()});
  });
  return claims;
}

void find_first_payments(const Book& book, std::vector<Tried>& claims) {
  const PaidBeforeRecords before{book};
  std::set<std::uint32_t> customers;
  std::set<std::pair<std::uint32_t, std::string_view>> subscriptions;
  for (Tried& claim : claims) {
    const std::vector<std::string_view> names = subscriptions_of(claim.row->invoice);
    const bool is_new_customer = customers.insert(claim.customer).second;
    claim.is_first_payment =
        !names.empty() || (is_new_customer && !before.has(CustomerIndex{claim.customer}));
    for (const std::string_view name : names) {
      const bool is_new = subscriptions.insert({claim.customer, name}).second;
      claim.is_first_payment = claim.is_first_payment && is_new && !before.has(name);
    }
  }
}

/// The attempts as rows show them; codes that are not known are counted.
std::vector<PaymentAttempt> shown_attempts(const ClaimHistory& history, const FailureCodes& codes,
                                           std::map<std::string, std::int64_t>& unknown) {
  std::vector<PaymentAttempt> attempts;
  for (const DatedAttempt& attempt : history.attempts) {
    const Payment& payment = *attempt.payment;
    const bool succeeded = payment.status == PaymentStatus::succeeded;
    std::string reason;
    if (!succeeded && !payment.failure_code.empty()) {
      reason = codes.find(payment.failure_code);
      if (reason.empty()) {
        ++unknown[payment.failure_code];
        reason = "other_payment";
      }
    }
    attempts.push_back({payment.at, attempt.on, succeeded, payment.failure_code, std::move(reason)});
  }
  return attempts;
}

DunningOutcome outcome_of(const Tried& claim, bool window_is_over) {
  if (claim.history.met_on) return DunningOutcome::recovered;
  if (window_is_over || claim.row->invoice.status == InvoiceStatus::uncollectible)
    return DunningOutcome::lost;
  return DunningOutcome::at_risk;
}

std::optional<Money> refunded_of(const ClaimHistory& history) {
  if (!history.billed) return std::nullopt;
  // What was paid twice and given back once is still there.
  const std::int64_t missing = checked_subtract(history.billed->minor_units(), history.paid);
  const std::int64_t refunded = std::min(history.refunded, missing);
  return refunded > 0 ? std::optional{Money{refunded, history.billed->currency()}} : std::nullopt;
}

/// The day whose MRR counts.
std::int32_t paying_day(Date on, bool is_first_payment) { return on.days() - (is_first_payment ? 0 : 1); }

/// What is within the scope. Claims are asked about in any order of customers.
class InScope {
 public:
  InScope(const Book& book, const FailedPaymentsScope& scope) : within_(scope.within) {
    if (!scope.where.keeps_everyone()) label_.emplace(book, all_, scope.where);
  }
  [[nodiscard]] bool operator()(CustomerIndex customer, Date on, bool is_first_payment) {
    if (within_ && (on < within_->first() || on >= within_->last())) return false;
    return !label_ || (*label_)(customer, paying_day(on, is_first_payment)).has_value();
  }

 private:
  Segmenter all_;
  std::optional<Period> within_;
  std::optional<LabelsOnDays> label_;
};

}  // namespace

std::string_view dunning_outcome_name(DunningOutcome outcome) noexcept {
  constexpr std::array<std::string_view, 3> names{"recovered", "lost", "at_risk"};
  return names[static_cast<std::size_t>(outcome)];
}

FailedPayments failed_payments(const Book& book, const DunningRule& rule, const FailedPaymentsScope& scope) {
  if (rule.window_days < 1) throw Error(ErrorCode::bad_number, "A dunning window has at least one day.");
  std::vector<Tried> claims = tried_claims(book);
  find_first_payments(book, claims);
  FailedPayments failed{book.as_of(), rule.window_days, {}, {}, {}};
  InScope in_scope{book, scope};
  for (const Tried& claim : claims) {
    if (!claim.was_attempted()) continue;
    const Invoice& invoice = claim.row->invoice;
    const ClaimHistory& history = claim.history;
    const CustomerIndex customer{claim.customer};
    const auto is_failure = [](const DatedAttempt& attempt) {
      return attempt.payment->status == PaymentStatus::failed;
    };
    const Date first_attempt_on = history.attempts.front().on;
    if (in_scope(customer, first_attempt_on, claim.is_first_payment))
      failed.attempted.push_back({customer, invoice.currency, first_attempt_on,
                                  is_failure(history.attempts.front()), claim.is_first_payment});
    const auto first = std::find_if(history.attempts.begin(), history.attempts.end(), is_failure);
    if (first == history.attempts.end()) continue;
    if (!in_scope(customer, first->on, claim.is_first_payment)) continue;
    FailedPayment row{customer,
                      book.customer_id(customer),
                      invoice.id,
                      claim.row->row,
                      invoice.currency,
                      history.billed,
                      refunded_of(history),
                      invoice.issued_on,
                      due_on(invoice),
                      first_attempt_on,
                      first->on,
                      shown_attempts(history, rule.codes, failed.unknown_codes),
                      {},
                      claim.is_first_payment,
                      outcome_of(claim, failed.is_whole(first->on)),
                      history.met_on,
                      {},
                      paid_on_day(book, customer, paying_day(first->on, claim.is_first_payment))};
    for (const PaymentAttempt& attempt : row.attempts)
      if (!attempt.reason.empty()) row.reason = attempt.reason;
    if (history.met_by) row.recovered_at = static_cast<std::int64_t>(*history.met_by) + 1;
    failed.rows.push_back(std::move(row));
  }
  std::sort(failed.rows.begin(), failed.rows.end(), [](const FailedPayment& a, const FailedPayment& b) {
    return std::tie(a.first_failed_on, a.invoice) < std::tie(b.first_failed_on, b.invoice);
  });
  return failed;
}

Table failed_payments_table(const FailedPayments& failed, bool exact) {
  Table table{{"customer_id", "invoice_id", "row", "currency", "amount", "issued_on", "due_on",
               "first_failed_on", "attempts", "reason", "payment", "outcome", "recovered_on", "recovered_at",
               "days", "refunded", "mrr", "mrr_currency"},
              {}};
  const auto known = [](const auto& value) { return value ? Cell{*value} : Cell{}; };
  for (const FailedPayment& row : failed.rows) {
    const auto days = row.days_to_recovery();
    const auto& rate = row.run_rate;
    table.rows.push_back(
        {row.customer_id.text(), row.invoice.text(), row.source_row, std::string(row.currency.code()),
         known(row.amount), row.issued_on, row.due_on, row.first_failed_on,
         static_cast<std::int64_t>(row.attempts.size()), row.reason.empty() ? Cell{} : Cell{row.reason},
         std::string(row.is_first_payment ? "first" : "renewal"),
         std::string(dunning_outcome_name(row.outcome)), known(row.recovered_on), known(row.recovered_at),
         days ? Cell{std::int64_t{*days}} : Cell{}, known(row.refunded),
         rate ? to_cell(rate->ticks(), Unit::run_rate, rate->currency(), exact) : Cell{},
         rate ? Cell{std::string(rate->currency().code())} : Cell{}});
  }
  return table;
}

}  // namespace churn::inline v0

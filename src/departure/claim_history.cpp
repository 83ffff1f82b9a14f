#include "departure/claim_history.hpp"

#include <algorithm>
#include <tuple>

#include "book/book_data.hpp"
#include "book/claim.hpp"

namespace churn::inline v0 {

namespace {

/// At one instant what failed comes before what succeeded, and that before what went back.
int rank_of(PaymentStatus status) noexcept {
  return status == PaymentStatus::failed ? 0 : status == PaymentStatus::succeeded ? 1 : 2;
}

/// Payments before as_of, in an order that does not depend on that of the rows.
std::vector<DatedAttempt> payments_before(const Invoice& invoice, const TimeZone& zone, Date as_of) {
  std::vector<DatedAttempt> payments;
  for (const Payment& payment : invoice.payments)
    if (const Date on = zone.day_of(payment.at); on < as_of) payments.push_back({&payment, on});
  const auto key = [](const DatedAttempt& a) {
    return std::tuple(a.payment->at.seconds(), rank_of(a.payment->status),
                      std::string_view{a.payment->failure_code}, a.payment->amount.has_value(),
                      a.payment->amount ? a.payment->amount->minor_units() : 0);
  };
  std::sort(payments.begin(), payments.end(),
            [&](const DatedAttempt& a, const DatedAttempt& b) { return key(a) < key(b); });
  return payments;
}

std::optional<Money> billed_by_lines(const Invoice& invoice) {
  Money sum{0, invoice.currency};
  for (const InvoiceLine& line : invoice.lines) {
    const bool is_of_invoice =
        line.amount.currency() == invoice.currency && (!line.tax || line.tax->currency() == invoice.currency);
    if (!is_of_invoice) return std::nullopt;
    sum = sum + line.amount;
    if (line.tax) sum = sum + *line.tax;
  }
  return sum;
}

std::optional<Money> amount_of(const Invoice& invoice, const Payment& payment) {
  const bool is_known = payment.amount && payment.amount->currency() == invoice.currency;
  return is_known ? payment.amount : std::nullopt;
}

/// What attempts asked for, where no line says what was billed. Who asks for nothing tries the card, not the claim.
std::optional<Money> billed_by_attempts(const Invoice& invoice, const std::vector<DatedAttempt>& payments) {
  for (const PaymentStatus status : {PaymentStatus::failed, PaymentStatus::succeeded})
    for (const DatedAttempt& payment : payments)
      if (payment.payment->status == status)
        if (const auto amount = amount_of(invoice, *payment.payment); amount && amount->minor_units() > 0)
          return amount;
  return std::nullopt;
}

/// What came in and went back, payment after payment.
class Received {
 public:
  Received(const Invoice& invoice, const std::optional<Money>& billed) : invoice_(invoice), billed_(billed) {}

  void see(const Payment& payment) {
    if (payment.status == PaymentStatus::failed) return;
    const auto amount = amount_of(invoice_, payment);
    const bool comes_in = payment.status == PaymentStatus::succeeded;
    if (!billed_) {
      is_met_ = comes_in;
      return;
    }
    // An amount that is not said is that of the whole invoice.
    const std::int64_t moved = amount ? amount->minor_units() : billed_->minor_units();
    if (comes_in)
      paid_ = checked_add(paid_, moved);
    else
      give_back(moved < 0 ? checked_subtract(0, moved) : moved);  // some write refunds below 0
    is_met_ = paid_ >= billed_->minor_units();
  }
  [[nodiscard]] bool is_met() const noexcept { return is_met_; }
  [[nodiscard]] std::int64_t paid() const noexcept { return paid_; }
  [[nodiscard]] std::int64_t refunded() const noexcept { return refunded_; }

 private:
  /// More than came in can't go back: the rest is of a payment that is not on record, or a kindness, and no debt.
  void give_back(std::int64_t amount) {
    paid_ = std::max<std::int64_t>(0, checked_subtract(paid_, amount));
    refunded_ = checked_add(refunded_, amount);
  }

  const Invoice& invoice_;
  const std::optional<Money>& billed_;
  std::int64_t paid_{0};
  std::int64_t refunded_{0};
  bool is_met_{false};
};

/// The payment that met the claim, of those in order of time. `paid`: since when it is known as paid.
std::optional<std::size_t> meeting_payment(const Invoice& invoice, const std::optional<Money>& billed,
                                           const std::vector<DatedAttempt>& payments,
                                           const std::optional<Date>& paid) {
  Received received{invoice, billed};
  std::optional<std::size_t> met;
  std::optional<std::size_t> last_success;
  bool failed_since = false;
  for (std::size_t i = 0; i < payments.size(); ++i) {
    const Payment& payment = *payments[i].payment;
    const bool succeeded = payment.status == PaymentStatus::succeeded;
    if (paid && payment.status == PaymentStatus::refunded) continue;  // refunds don't open what was paid
    if (succeeded) last_success = i;
    failed_since = !succeeded && last_success.has_value();
    received.see(payment);
    if (!received.is_met())
      met.reset();
    else if (!met && succeeded)
      met = i;
  }
  if (met || !paid || !last_success) return met;
  // A part of it, which did not spare it further attempts: what it was paid with in the end is not on record.
  const bool is_part = failed_since && invoice.paid_on && payments[*last_success].on < *invoice.paid_on;
  return is_part ? std::nullopt : last_success;
}

}  // namespace

ClaimHistory read_claim(const Invoice& invoice, const TimeZone& zone, Date as_of) {
  const std::vector<DatedAttempt> payments = payments_before(invoice, zone, as_of);
  ClaimHistory history{
      invoice.lines.empty() ? billed_by_attempts(invoice, payments) : billed_by_lines(invoice), {}, {}, {}};
  const std::optional<Date> paid = paid_on(invoice, as_of);
  const auto met = meeting_payment(invoice, history.billed, payments, paid);
  Received received{invoice, history.billed};
  for (std::size_t i = 0; i < payments.size(); ++i) {
    const DatedAttempt& payment = payments[i];
    received.see(*payment.payment);
    if (payment.payment->status == PaymentStatus::refunded || (met && i > *met)) continue;
    // Paid otherwise, on a day that is known: what was tried after it was not needed.
    if (!met && paid && invoice.paid_on && payment.on > *invoice.paid_on) continue;
    if (met == i) history.met_by = history.attempts.size();
    history.attempts.push_back(payment);
  }
  history.paid = received.paid();
  history.refunded = received.refunded();
  if (history.met_by)
    history.met_on = history.attempts.back().on;
  else if (paid)
    history.met_on =
        invoice.paid_on || history.attempts.empty() ? *paid : std::max(*paid, history.attempts.back().on);
  return history;
}

Money shown_in_book(const Book& book, Money amount) {
  const Exchange& exchange = book.data().exchange;
  return {exchange.value(amount.minor_units(), amount.currency()), exchange.shown_in(amount.currency())};
}

std::optional<RunRate> paid_on_day(const Book& book, CustomerIndex customer, std::int32_t day) {
  const std::uint8_t paid_in = book.data().paid_in[static_cast<std::size_t>(customer)];
  const bool is_one = book.currencies().size() <= 1;
  if (!is_one && paid_in == Book::Data::paid_in_several) return std::nullopt;
  const std::int64_t ticks = day < Date::min_days ? 0 : book.balance_on(customer, Date::from_days(day)).ticks;
  if (is_one) return RunRate{ticks, book.currency()};
  // Who never paid anything pays nothing in whichever currency comes first.
  return RunRate{
      ticks, paid_in == Book::Data::never_paid ? book.currencies().front() : Currency::from_index(paid_in)};
}

}  // namespace churn::inline v0

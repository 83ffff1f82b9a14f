#include "billing.hpp"

#include <algorithm>

namespace sample_book {

namespace {

/// Half away from zero.
std::int64_t rounded(std::int64_t numerator, std::int64_t denominator) {
  const std::int64_t half = denominator / 2;
  return numerator < 0 ? -((-numerator + half) / denominator) : (numerator + half) / denominator;
}

int tax_percent(const Customer& customer) {
  if (customer.country == "DE") return 19;
  if (customer.country == "GB") return 20;
  return 0;
}

const Phase* phase_on(const Subscription& subscription, Day day) {
  for (const Phase& phase : subscription.phases) {
    if (phase.starts_on <= day && (!phase.ends_on || day < *phase.ends_on)) return &phase;
  }
  return nullptr;
}

bool rests(const Phase& phase, Day day) {
  return phase.paused_from && *phase.paused_from <= day && day < *phase.paused_until;
}

/// Of all units for one interval, with the discount taken off. Whole cents, as prices are whole units of 100.
std::int64_t full_amount(const Phase& phase, Day day) {
  const bool discounted =
      phase.discount_percent > 0 && (!phase.discount_ends_on || day < *phase.discount_ends_on);
  const int percent = discounted ? 100 - phase.discount_percent : 100;
  return phase.unit_cents() * phase.quantity * percent / 100;
}

/// Writes what the subscriptions of one customer were billed, paid or not; what was paid is settled after.
class InvoiceWriter {
 public:
  InvoiceWriter(const Settings& settings, const Customer& customer, std::vector<Invoice>& invoices)
      : settings_(settings), customer_(customer), invoices_(invoices) {}

  void write(const Subscription& subscription) {
    std::optional<InvoiceLine> carried;
    for (int month = 0;;) {
      const Day date = add_months(subscription.anchor, month);
      const Phase* phase = phase_on(subscription, date);
      if (phase == nullptr || date > settings_.last_day()) return;
      const int months = phase->yearly ? 12 : 1;
      month += months;
      if (rests(*phase, date)) continue;
      const Day until = add_months(subscription.anchor, month);
      Invoice invoice = start(subscription, *phase, date);
      invoice.lines.push_back(line(*phase, "recurring", full_amount(*phase, date), date, until));
      if (month == months && phase->plan == Plan::enterprise) {
        invoice.lines.push_back(line(*phase, "one_time", set_up_fee, date, date));
      }
      if (carried) invoice.lines.push_back(*carried);
      invoices_.push_back(invoice);
      carried = prorate(subscription, *phase, date, until);
    }
  }

 private:
  static constexpr std::int64_t set_up_fee = 25'000;

  Invoice start(const Subscription& subscription, const Phase& phase, Day date) const {
    Invoice invoice;
    invoice.subscription = subscription.number;
    invoice.customer = subscription.customer;
    invoice.issued_on = date;
    invoice.by_card = phase.plan != Plan::enterprise;
    invoice.due_on = date + (invoice.by_card ? 0 : invoice_terms_days);
    return invoice;
  }

  InvoiceLine line(const Phase& phase, std::string_view kind, std::int64_t amount, Day from,
                   Day until) const {
    InvoiceLine line;
    line.plan = phase.plan;
    line.kind = kind;
    line.amount = amount;
    line.tax = rounded(amount * tax_percent(customer_), 100);
    line.quantity = kind == "one_time" ? 1 : phase.quantity;
    line.unit_cents = kind == "one_time" ? set_up_fee : phase.unit_cents();
    line.yearly = phase.yearly;
    line.from = from;
    line.until = until;
    return line;
  }

  /// Seats and plans that change inside of a billing period are charged for the rest of it: on the next
  /// invoice of a monthly plan, at once on a yearly one.
  std::optional<InvoiceLine> prorate(const Subscription& subscription, const Phase& billed, Day from,
                                     Day until) {
    std::optional<InvoiceLine> carried;
    const Phase* before = &billed;
    for (const Phase& phase : subscription.phases) {
      if (phase.starts_on <= from || phase.starts_on >= until) continue;
      const Day day = phase.starts_on;
      const std::int64_t change = full_amount(phase, day) - full_amount(*before, day);
      InvoiceLine share = line(phase, "proration", rounded(change * (until - day), until - from), day, until);
      if (phase.plan == before->plan) share.quantity = phase.quantity - before->quantity;
      before = &phase;
      if (!phase.yearly) {
        carried = share;
      } else if (share.amount > 0 && day <= settings_.last_day()) {
        Invoice invoice = start(subscription, phase, day);
        invoice.lines.push_back(share);
        invoices_.push_back(invoice);
      }
    }
    return carried;
  }

  const Settings& settings_;
  const Customer& customer_;
  std::vector<Invoice>& invoices_;
};

/// Settles the invoices of one stay in the order of their days.
class Cashier {
 public:
  Cashier(const Settings& settings, const Customer& customer, const Stay& stay, Random& random, Book& book)
      : settings_(settings), customer_(customer), stay_(stay), random_(random), book_(book) {}

  void settle(Invoice& invoice, bool never_paid, std::string_view reason) {
    if (invoice.by_card) present_card(invoice.issued_on, never_paid);
    if (never_paid) {
      remind(invoice, reason);
    } else if (!invoice.by_card) {
      pay(invoice, invoice.issued_on + random_.between(3, 19));
    } else if (card_failed_) {
      recover(invoice, "expired_card", expired_card_days_);
    } else if (random_.per_mille(settings_.effects[Effect::recovered_failures])) {
      const std::string_view code = passing_code();
      recover(invoice, code, random_.between(1, 10));
    } else {
      pay(invoice, invoice.issued_on);
    }
    count(invoice, never_paid);
  }

  /// The card on file is replaced in time for the next billing date, which this book does not see.
  void look_ahead() {
    if (expiry_) present_card(settings_.last_day() + 31, false);
  }

 private:
  int working_second() { return random_.between(7 * 3600, 19 * 3600); }

  void attempt(Invoice& invoice, Day day, std::string_view status, std::string_view code) {
    if (day > settings_.last_day()) return;
    invoice.payments.push_back({day, working_second(), status, invoice.total(), code});
  }

  void pay(Invoice& invoice, Day day) {
    attempt(invoice, day, "succeeded", "");
    const bool paid = day <= settings_.last_day();
    invoice.status = paid ? "paid" : "open";
    if (!paid) return;
    invoice.paid_on = day;
    if (random_.per_mille(4)) attempt(invoice, day + random_.between(2, 20), "refunded", "");
  }

  /// Failed, tried again, and paid late.
  void recover(Invoice& invoice, std::string_view code, int days) {
    for (const int after : payment_attempts) {
      if (after < days) attempt(invoice, invoice.issued_on + after, "failed", code);
    }
    pay(invoice, invoice.issued_on + days);
  }

  /// Tried until the service stops, in vain.
  void remind(Invoice& invoice, std::string_view reason) {
    const auto found = std::find_if(payment_reasons.begin(), payment_reasons.end(),
                                    [&](const PaymentReason& row) { return row.reason == reason; });
    const std::string_view code = found->codes[static_cast<std::size_t>(random_.below(3))];
    for (const int after : payment_attempts) attempt(invoice, invoice.due_on + after, "failed", code);
    const bool given_up = stay_.ending.happened(settings_) && random_.percent(70);
    invoice.status = given_up ? "uncollectible" : "open";
  }

  std::string_view passing_code() {
    constexpr std::array<Choice, 5> codes{{{"insufficient_funds", 40},
                                           {"processing_error", 15},
                                           {"card_velocity_exceeded", 15},
                                           {"incorrect_cvc", 10},
                                           {"card_declined", 20}}};
    return pick(codes, random_).label;
  }

  /// Sees to it that a card is on file. Most replace theirs before it expires; some do when a payment has
  /// failed; and those who are lost to an expired card never do.
  void present_card(Day billed_on, bool never_paid) {
    card_failed_ = false;
    if (!expiry_) add_card(billed_on);
    // The card that is lost stays the last one, also for what else is billed in its last month.
    if (never_paid || (loses_card() && billed_on >= month_of(*stay_.ending.unpaid_from))) return;
    while (*expiry_ < month_of(billed_on)) {
      const Day lapses_on = add_months(*expiry_, 1);
      // Nobody who is about to be lost to an expired card gets a new one so late that it cannot expire.
      const bool lost_soon = loses_card() && *stay_.ending.unpaid_from - billed_on < 80;
      if (!lost_soon && billed_on <= settings_.last_day() && random_.percent(14)) {
        card_failed_ = true;
        expired_card_days_ = random_.between(1, 9);
        add_card(billed_on + expired_card_days_);
      } else {
        add_card(std::max(stay_.from, lapses_on - random_.between(1, 25)));
      }
    }
  }

  bool loses_card() const {
    return stay_.ending.type == DepartureType::involuntary && stay_.ending.reason == "card_expired";
  }

  void add_card(Day day) {
    Day expiry = add_months(month_of(day), random_.between(12, 44));
    if (loses_card()) {
      const Day fails_in = month_of(*stay_.ending.unpaid_from);
      if (expiry >= fails_in) expiry = std::max(month_of(day), add_months(fails_in, -1));
    }
    expiry_ = expiry;
    if (day > settings_.last_day()) return;
    book_.events.push_back({day, working_second(), customer_.number, "card_added", 1, month_text(expiry)});
  }

  void count(const Invoice& invoice, bool never_paid) {
    if (!invoice.by_card || never_paid || customer_.excluded || invoice.status != "paid") return;
    Counted& counted = book_.realised[index(Effect::recovered_failures)].exposed;
    ++counted.base;
    if (invoice.payments.front().status == "failed") ++counted.events;
  }

  const Settings& settings_;
  const Customer& customer_;
  const Stay& stay_;
  Random& random_;
  Book& book_;
  /// The first day of the month in which the card on file expires.
  std::optional<Day> expiry_;
  bool card_failed_ = false;
  int expired_card_days_ = 0;
};

/// A few invoices were written wrongly and voided, on the day on which the right one was issued.
void void_some(std::vector<Invoice>& invoices, Random& random) {
  std::vector<Invoice> wrong;
  for (const Invoice& invoice : invoices) {
    if (!random.per_mille(3)) continue;
    wrong.push_back(invoice);
    wrong.back().status = "void";
    wrong.back().paid_on.reset();
    wrong.back().payments.clear();
  }
  invoices.insert(invoices.end(), wrong.begin(), wrong.end());
}

}  // namespace

void bill(const Settings& settings, const Customer& customer, std::span<const Stay> stays,
          std::span<const Subscription> subscriptions, Book& book) {
  Random random(settings.seed, customer.number, 5);
  std::vector<Invoice> invoices;
  InvoiceWriter writer(settings, customer, invoices);
  for (const Subscription& subscription : subscriptions) {
    if (subscription.paid) writer.write(subscription);
  }
  std::stable_sort(invoices.begin(), invoices.end(),
                   [](const Invoice& a, const Invoice& b) { return a.issued_on < b.issued_on; });
  std::size_t next = 0;
  for (const Stay& stay : stays) {
    Cashier cashier(settings, customer, stay, random, book);
    const bool left = stay.ending.how == How::left;
    for (; next < invoices.size() && (!left || invoices[next].issued_on < stay.ending.on); ++next) {
      Invoice& invoice = invoices[next];
      const bool never_paid =
          stay.ending.unpaid_from == invoice.issued_on &&
          std::any_of(subscriptions.begin(), subscriptions.end(), [&](const Subscription& row) {
            return row.number == invoice.subscription && row.unpaid_from == invoice.issued_on;
          });
      cashier.settle(invoice, never_paid, stay.ending.reason);
    }
    if (!stay.ending.happened(settings)) cashier.look_ahead();
  }
  void_some(invoices, random);
  book.invoices.insert(book.invoices.end(), invoices.begin(), invoices.end());
}

}  // namespace sample_book

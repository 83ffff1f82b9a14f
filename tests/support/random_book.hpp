// Random books for properties: small, but with everything that makes books hard. Overlaps, gaps, same-day
// changes, leap days and month ends, all intervals, trials, discounts, pauses, cancel requests, merges, test
// accounts, invoices that are late, never paid or issued again, currencies with their rates, bad rows. Built in
// the reference engine's plain form and translated into the library's records.
#pragma once

#include <rapidcheck.h>
#include <churn/churn.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "support/reference_engine.hpp"

namespace support {

struct RandomCase {
  reference::Book book;
  reference::Rules rules;
};

inline int draw(int low, int high) { return *rc::gen::resize(100, rc::gen::inRange(low, high)); }
/// Shrinks to what happens not: the smaller book is the simpler one.
inline bool one_in(int n) { return draw(0, n) == n - 1; }

template <class T>
T one_of(std::initializer_list<T> values) {
  return *(values.begin() + draw(0, static_cast<int>(values.size())));
}

inline const int first_day = reference::day_number(2023, 11, 20);

/// A day of about fifteen months; often one at which months, leap days or other changes lie.
inline int draw_day() {
  if (one_in(2))
    return one_of({reference::day_number(2023, 12, 31), reference::day_number(2024, 1, 1),
                   reference::day_number(2024, 1, 31), reference::day_number(2024, 2, 28),
                   reference::day_number(2024, 2, 29), reference::day_number(2024, 3, 1),
                   reference::day_number(2024, 3, 31), reference::day_number(2024, 4, 1),
                   reference::day_number(2024, 4, 15), reference::day_number(2024, 7, 1)});
  return first_day + draw(0, 460);
}

inline std::optional<int> sometimes_a_day(int one_in_n) {
  if (!one_in(one_in_n)) return std::nullopt;
  return draw_day();
}

inline reference::Phase draw_phase(int customers) {
  reference::Phase phase;
  phase.customer = "c" + std::to_string(draw(0, customers));
  phase.subscription = "s" + std::to_string(draw(0, 3));
  phase.plan = one_of<const char*>({"basic", "pro", "team"});
  phase.starts_on = draw_day();
  if (!one_in(4)) phase.ends_on = one_in(3) ? draw_day() : phase.starts_on + draw(-1, 120);
  phase.amount =
      one_of<const char*>({"10.00", "10.00", "29.99", "100", "0", "0.0051", "33.333", "1200.00", "-5"});
  phase.interval = one_of<const char*>({"month", "month", "year", "day", "week", "quarter", "half_year"});
  phase.interval_count = one_of({1L, 1L, 1L, 2L, 7L, 24L});
  phase.quantity = one_of({1L, 1L, 1L, 3L, 0L, 1'000'000L});
  if (one_in(40)) phase.quantity = -1;
  if (one_in(40)) phase.interval_count = 0;
  phase.discount_percent = one_of<const char*>({"0", "0", "0", "10", "33.3", "100", "150"});
  if (one_in(60)) phase.discount_percent = "-1";
  if (one_in(5)) phase.discount_amount = one_of<const char*>({"5.00", "0.01", "0.0003", "2000"});
  if (one_in(60)) phase.discount_amount = "-0.01";
  phase.discount_ends_on = sometimes_a_day(3);
  if (one_in(6)) phase.discount_ends_on = phase.starts_on + one_of({28, 29, 30, 31, 32, 61, 365, 366, 367});
  if (one_in(3)) {
    phase.cancel_requested_on = phase.starts_on + draw(-5, 60);
    if (phase.ends_on && one_in(2)) phase.cancel_requested_on = *phase.ends_on - draw(-3, 40);
  }
  phase.trial_ends_on = sometimes_a_day(5);
  if (one_in(5)) {
    phase.paused_from = draw_day();
    if (!one_in(3)) phase.paused_until = *phase.paused_from + draw(one_in(10) ? -1 : 1, 60);
  }
  if (one_in(60)) phase.paused_until = draw_day();
  return phase;
}

inline std::vector<reference::Customer> draw_customers(int customers) {
  std::vector<reference::Customer> result;
  for (int i = 0; i < customers; ++i) {
    if (one_in(6)) continue;  // known from its phases only
    reference::Customer customer{.id = "c" + std::to_string(i)};
    customer.signed_up_on = sometimes_a_day(2);
    customer.excluded = one_in(12);
    if (one_in(8)) customer.merged_into = "c" + std::to_string(draw(0, customers + 1));
    if (!one_in(4)) customer.attributes["channel"] = one_of<const char*>({"ads", "web", ""});
    if (!one_in(4)) customer.attributes["country"] = one_of<const char*>({"DE", "FR"});
    result.push_back(std::move(customer));
  }
  return result;
}

inline std::int64_t draw_instant(int day) { return std::int64_t{day} * 86400 + draw(0, 24) * 3600; }

/// An invoice as far as past due looks at it: when it is due and paid, and about what.
inline reference::Invoice draw_claim(int customers, const std::string& id) {
  using Status = reference::InvoiceStatus;
  reference::Invoice invoice{.id = id, .customer = "c" + std::to_string(draw(0, customers))};
  invoice.issued_on = draw_day();
  if (!one_in(3)) invoice.due_on = invoice.issued_on + draw(-3, 40);
  invoice.status = one_of({Status::paid, Status::paid, Status::open, Status::uncollectible,
                           Status::uncollectible, Status::draft, Status::void_});
  if (!one_in(4)) invoice.paid_on = invoice.issued_on + draw(-3, 120);
  if (!one_in(3)) invoice.subscription = "s" + std::to_string(draw(0, 4));
  const int lines = draw(0, 3);
  for (int i = 0; i < lines; ++i) {
    reference::InvoiceLine line{.plan = "basic", .amount = one_of<const char*>({"10", "10", "25", "-10"})};
    line.kind = one_of({reference::LineKind::recurring, reference::LineKind::one_time});
    if (one_in(3)) line.subscription = "s" + std::to_string(draw(0, 4));
    invoice.lines.push_back(std::move(line));
  }
  const int payments = draw(0, 3);
  for (int i = 0; i < payments; ++i)
    invoice.payments.push_back(
        {draw_instant(invoice.issued_on + draw(0, 80)),
         one_of({reference::PaymentStatus::failed, reference::PaymentStatus::failed,
                 reference::PaymentStatus::succeeded, reference::PaymentStatus::refunded})});
  return invoice;
}

inline std::vector<reference::Invoice> draw_claims(int customers) {
  std::vector<reference::Invoice> result;
  const int invoices = one_in(2) ? 0 : draw(1, 8);
  for (int i = 0; i < invoices; ++i) {
    if (!result.empty() && one_in(10)) {  // the same row, or one that contradicts it
      result.push_back(result.back());
      if (one_in(2)) result.back().due_on = draw_day();
      continue;
    }
    result.push_back(draw_claim(customers, "i" + std::to_string(i)));
  }
  return result;
}

inline reference::Book draw_book() {
  reference::Book book;
  const int customers = draw(1, 6);
  book.customers = draw_customers(customers);
  const int phases = draw(0, 14);
  for (int i = 0; i < phases; ++i) {
    if (!book.phases.empty() && one_in(12)) {
      book.phases.push_back(
          book.phases[static_cast<std::size_t>(draw(0, static_cast<int>(book.phases.size())))]);
      continue;
    }
    book.phases.push_back(draw_phase(customers));
    // Chains: often a phase follows on another of the same subscription, or overlaps it a little.
    if (one_in(3)) {
      reference::Phase next = book.phases.back();
      next.starts_on = next.ends_on.value_or(next.starts_on + 40) + draw(-3, 4);
      next.ends_on.reset();
      if (one_in(2)) next.ends_on = next.starts_on + draw(1, 90);
      next.amount = one_of<const char*>({"20.00", "5.00", "10.00"});
      if (one_in(2)) next.plan = one_of<const char*>({"basic", "pro", "team"});
      if (one_in(3)) next.cancel_requested_on.reset();
      book.phases.push_back(std::move(next));
    }
  }
  // Without a phase the invoices would be the source of what is counted: draw_invoice_book() draws such.
  if (!book.phases.empty()) book.invoices = draw_claims(customers);
  book.as_of = one_in(3) ? draw_day() : first_day + 460;
  if (one_in(4)) book.records_from = draw_day();
  return book;
}

inline reference::Rules draw_rules() {
  using Discounts = reference::Discounts;
  using PastDue = reference::PastDue;
  reference::Rules rules;
  rules.discounts = one_of({Discounts::all, Discounts::all, Discounts::recurring, Discounts::recurring,
                            Discounts::forever, Discounts::none});
  rules.recognition = one_of({reference::Recognition::service_end, reference::Recognition::cancel_request});
  rules.past_due = one_of({PastDue::counted, PastDue::dropped_after_days, PastDue::dropped_when_exhausted});
  rules.past_due_days = draw(0, 40);
  rules.usage = one_of({reference::Usage::excluded, reference::Usage::counted});
  if (one_in(3)) rules.utc_offset_hours = draw(-11, 13);
  rules.pause = one_of({reference::Pause::retained, reference::Pause::absent, reference::Pause::counted});
  rules.free = one_of({reference::Free::absent, reference::Free::absent, reference::Free::customer});
  if (one_in(3)) rules.gap_allowance = draw(0, 40);
  if (one_in(3)) rules.reactivation_window = draw(0, 60);
  rules.netting = one_of({reference::Netting::by_period, reference::Netting::by_day});
  if (rules.netting == reference::Netting::by_period && one_in(3))
    rules.history = reference::History::period_ends;
  return rules;
}

inline RandomCase draw_case() { return {draw_book(), draw_rules()}; }

// ---- several currencies

/// Units of one currency for one of the other, more or less.
inline std::string draw_rate(const std::string& from, const std::string& to) {
  static const std::map<std::pair<std::string, std::string>, std::array<const char*, 3>> rates{
      {{"EUR", "USD"}, {"1.0837", "1.1", "0.97"}},     {{"JPY", "USD"}, {"0.0064", "0.0071", "0.00655"}},
      {{"KWD", "USD"}, {"3.2512", "3.3", "3.25"}},     {{"USD", "EUR"}, {"0.92", "0.9134", "1.03"}},
      {{"JPY", "EUR"}, {"0.0059", "0.0061", "0.006"}}, {{"KWD", "EUR"}, {"2.99", "3.0517", "3"}},
      {{"USD", "JPY"}, {"151.37", "140", "155.25"}},   {{"EUR", "JPY"}, {"163.9", "158.125", "170"}},
      {{"KWD", "JPY"}, {"490.1", "512.75", "500"}},    {{"USD", "KWD"}, {"0.3075", "0.31", "0.3"}},
      {{"EUR", "KWD"}, {"0.3333", "0.34", "0.35"}},    {{"JPY", "KWD"}, {"0.00205", "0.0021", "0.002"}}};
  const auto found = rates.find({from, to});
  return found == rates.end() ? "7" : found->second[static_cast<std::size_t>(draw(0, 3))];
}

/// Makes a book of several currencies of one, and lets the rules convert it into one of them. Every currency has
/// some rate from before the first day that anybody can ask for.
inline void draw_exchange(RandomCase& random) {
  const std::string to = one_of<const char*>({"USD", "USD", "EUR", "JPY", "KWD"});
  const auto draw_currency = [&] {
    return one_in(3) ? to : std::string(one_of<const char*>({"USD", "EUR", "JPY", "KWD"}));
  };
  random.rules.currency = to;
  random.rules.fx = one_of({reference::Fx::constant, reference::Fx::dated});
  for (reference::Phase& phase : random.book.phases) {
    phase.currency = draw_currency();
    // A million at 1200.000 a day is more than the library takes for a price.
    if (phase.currency == "KWD") phase.quantity = std::min(phase.quantity, 1000L);
  }
  for (const std::string from : {"USD", "EUR", "JPY", "KWD"}) {
    if (from == to && !one_in(8)) continue;  // a rate of the reporting currency, which nobody is to believe
    random.book.fx_rates.push_back({first_day - 2000, from, draw_rate(from, to)});
    const int rows = draw(0, 5);
    for (int i = 0; i < rows; ++i) {
      random.book.fx_rates.push_back({draw_day(), from, draw_rate(from, to)});
      if (!one_in(8)) continue;
      random.book.fx_rates.push_back(random.book.fx_rates.back());
      if (one_in(2)) random.book.fx_rates.back().rate = draw_rate(from, to);
    }
    if (one_in(6)) random.rules.rates[from] = draw_rate(from, to);
  }
}

// ---- books of invoices

/// Of 2 decimals, 3 or none, as the currency has.
inline std::string draw_amount(const std::string& currency, int low, int high) {
  const int units = draw(low, high);
  if (currency == "JPY") return std::to_string(units);
  const std::string parts = one_of<const char*>({".00", ".00", ".50", ".99", ".33"});
  return std::to_string(units) + parts + (currency == "KWD" ? "0" : "");
}

/// Cycles of every kind, the k-th from an anchor on.
inline int cycle_start(const reference::Cycle& cycle, int anchor, int k) {
  const int count = static_cast<int>(cycle.count) * k;
  if (cycle.interval == "day") return anchor + count;
  if (cycle.interval == "week") return anchor + 7 * count;
  const int months = cycle.interval == "month"       ? count
                     : cycle.interval == "quarter"   ? 3 * count
                     : cycle.interval == "half_year" ? 6 * count
                                                     : 12 * count;
  const reference::CivilDate date = reference::civil_date(anchor);
  const int month = date.year * 12 + date.month - 1 + months;
  const int first = reference::day_number(month / 12, month % 12 + 1, 1);
  const int next = reference::day_number((month + 1) / 12, (month + 1) % 12 + 1, 1);
  return std::min(first + date.day - 1, next - 1);
}

inline reference::Cycle draw_cycle() {
  return one_of<reference::Cycle>({{"month", 1},
                                   {"month", 1},
                                   {"month", 1},
                                   {"year", 1},
                                   {"quarter", 1},
                                   {"half_year", 1},
                                   {"month", 2},
                                   {"week", 2},
                                   {"day", 10}});
}

/// Something that is billed again and again, with what happens in between.
struct Billing {
  std::string customer{};
  std::optional<std::string> subscription{};
  std::string plan{};
  std::string currency{"USD"};
  reference::Cycle cycle{};
};

inline reference::InvoiceLine draw_line(const Billing& billing, int from, int to) {
  reference::InvoiceLine line{.id = one_in(4) ? "l" : ""};
  line.plan = billing.plan;
  line.amount = draw_amount(billing.currency, 0, 120);
  line.period_start = from;
  line.period_end = to;
  if (one_in(3)) line.cycle = billing.cycle;
  if (one_in(3)) line.quantity = draw(0, 4);
  if (one_in(3)) line.unit_price = one_of<const char*>({"10", "10", "9.995", "33.3333", "0"});
  return line;
}

inline std::string negated(const std::string& amount) {
  return amount.front() == '-' ? amount.substr(1) : "-" + amount;
}

inline void draw_slip(reference::InvoiceLine& line) {
  switch (draw(0, 40)) {
    case 0: line.period_start.reset(); break;
    case 1: line.period_end.reset(); break;
    case 2: line.period_end = line.period_start; break;
    case 3: line.quantity = -1; break;
    case 4: line.amount = negated(line.amount); break;
    case 5: line.kind = reference::LineKind::one_time; break;
    case 6: line.kind = reference::LineKind::proration; break;
    case 7: line.cycle = draw_cycle(); break;
    default: break;
  }
}

inline reference::Invoice draw_bill(const Billing& billing, int issued_on) {
  using Status = reference::InvoiceStatus;
  reference::Invoice invoice{.customer = billing.customer, .issued_on = issued_on};
  invoice.currency = billing.currency;
  invoice.subscription = billing.subscription;
  invoice.status = one_of({Status::paid, Status::paid, Status::paid, Status::paid, Status::paid, Status::open,
                           Status::uncollectible, Status::void_, Status::draft});
  if (one_in(2)) invoice.due_on = issued_on + draw(0, 30);
  if (one_in(2)) invoice.paid_on = issued_on + draw(0, 60);
  if (one_in(6))
    invoice.payments = {{draw_instant(issued_on + draw(0, 40)), reference::PaymentStatus::failed}};
  return invoice;
}

/// A run of renewals, some late, missing, double or told otherwise, with prorations in between.
inline void draw_bills(const Billing& billing, std::vector<reference::Invoice>& bills) {
  using Kind = reference::LineKind;
  const int anchor = draw_day();
  const int cycles = draw(1, 5);
  int shift = 0;
  for (int k = 0; k < cycles; ++k) {
    if (one_in(8)) continue;              // never billed
    if (one_in(6)) shift += draw(0, 20);  // late from here on
    const int from = cycle_start(billing.cycle, anchor, k) + shift;
    const int to = cycle_start(billing.cycle, anchor, k + 1) + shift;
    reference::Invoice bill = draw_bill(billing, from - (one_in(4) ? draw(-5, 10) : 0));
    bill.lines.push_back(draw_line(billing, from, to));
    if (one_in(8)) bill.lines.push_back(bill.lines.back());
    if (one_in(8)) bill.lines.push_back(draw_line(billing, from, one_in(2) ? to : from + draw(1, 60)));
    if (one_in(8)) bill.lines.back().plan = one_of<const char*>({"basic", "pro", "team"});
    if (one_in(6)) {
      bill.lines.push_back(draw_line(billing, from, to));
      bill.lines.back().kind = Kind::usage;
    }
    if (one_in(10)) bill.lines.back().subscription = "s" + std::to_string(draw(0, 3));
    for (reference::InvoiceLine& line : bill.lines) draw_slip(line);
    if (one_in(6)) {  // the same again, or a little else
      reference::Invoice again = bill;
      again.issued_on += draw(0, 3);
      if (one_in(2)) again.lines.front().amount = draw_amount(billing.currency, 0, 120);
      if (one_in(4)) bill.status = reference::InvoiceStatus::void_;
      bills.push_back(std::move(again));
    }
    if (one_in(6)) {  // a credit note
      reference::Invoice credit = bill;
      credit.issued_on += draw(0, 20);
      for (reference::InvoiceLine& line : credit.lines) line.amount = negated(line.amount);
      bills.push_back(std::move(credit));
    }
    bills.push_back(std::move(bill));
    if (one_in(3)) {  // something changes within the cycle
      const int day = from + draw(0, std::max(1, to - from));
      reference::Invoice change = draw_bill(billing, day + (one_in(6) ? draw(-3, 10) : 0));
      const int parts = draw(1, 4);
      for (int i = 0; i < parts; ++i) {
        reference::InvoiceLine part = draw_line(billing, day, std::max(to, day + 1));
        part.kind = Kind::proration;
        if (one_in(2)) part.amount = negated(part.amount);
        if (one_in(4)) part.plan = one_of<const char*>({"basic", "pro", "team"});
        if (one_in(8)) part.period_start = day - draw(0, 10);
        if (one_in(8)) part.period_end = *part.period_start + draw(1, 50);
        draw_slip(part);
        change.lines.push_back(std::move(part));
      }
      bills.push_back(std::move(change));
    }
  }
}

/// Invoices with prorations, re-issues, voids, credit notes, usage, years, and no subscription now and then.
inline reference::Book draw_invoice_book() {
  reference::Book book;
  const int customers = draw(1, 4);
  book.customers = draw_customers(customers);
  const int runs = draw(0, 4);
  for (int i = 0; i < runs; ++i) {
    Billing billing{.customer = "c" + std::to_string(draw(0, customers))};
    if (!one_in(4)) billing.subscription = "s" + std::to_string(draw(0, 2));
    billing.plan = one_of<const char*>({"basic", "basic", "pro"});
    billing.cycle = draw_cycle();
    draw_bills(billing, book.invoices);
  }
  for (std::size_t i = 0; i < book.invoices.size(); ++i) book.invoices[i].id = "i" + std::to_string(i);
  if (!book.invoices.empty() && one_in(6)) {
    book.invoices.push_back(
        book.invoices[static_cast<std::size_t>(draw(0, static_cast<int>(book.invoices.size())))]);
    if (one_in(2)) book.invoices.back().issued_on += 1;
  }
  book.as_of = one_in(3) ? draw_day() : first_day + 460;
  if (one_in(4)) book.records_from = draw_day();
  return book;
}

/// The same in several currencies, all lines of a customer and subscription in one or not.
inline void draw_currencies_of_invoices(RandomCase& random) {
  for (reference::Invoice& invoice : random.book.invoices) {
    invoice.currency = one_of<const char*>({"USD", "USD", "EUR", "JPY", "KWD"});
    for (reference::InvoiceLine& line : invoice.lines) {
      const std::string::size_type point = line.amount.find('.');
      if (invoice.currency == "JPY" && point != std::string::npos) line.amount.resize(point);
    }
  }
  draw_exchange(random);
}

/// Phases of whole cycles without trials and pauses, whose gaps are whole cycles, too: what render_invoices()
/// can say in invoices.
inline reference::Book draw_simple_book() {
  reference::Book book;
  const int customers = draw(1, 5);
  book.customers = draw_customers(customers);
  const int chains = draw(0, 6);
  for (int i = 0; i < chains; ++i) {
    int day = draw_day();
    const std::string customer = "c" + std::to_string(draw(0, customers));
    const std::string currency = "USD";
    const int phases = draw(1, 4);
    for (int k = 0; k < phases; ++k) {
      reference::Phase phase;
      phase.customer = customer;
      phase.subscription = "s" + std::to_string(i);
      phase.plan = one_of<const char*>({"basic", "pro", "team"});
      const reference::Cycle cycle = draw_cycle();
      phase.interval = cycle.interval;
      phase.interval_count = cycle.count;
      phase.quantity = draw(0, 5);
      phase.amount = one_of<const char*>({"10.00", "29.99", "0", "1200", "33.30"});
      if (one_in(3)) {
        if (one_in(2)) phase.discount_percent = "10";
        if (one_in(2)) phase.discount_amount = one_of<const char*>({"5.00", "0.50", "9999"});
        if (phase.amount == "29.99") phase.amount = "30";
      }
      phase.starts_on = day;
      day = cycle_start(cycle, day, draw(1, 5));
      phase.ends_on = day;
      book.phases.push_back(std::move(phase));
      if (one_in(5)) day = cycle_start(cycle, day, draw(1, 3));
    }
  }
  book.as_of = one_in(3) ? draw_day() : first_day + 460;
  if (one_in(4)) book.records_from = draw_day();
  return book;
}

/// In minor units: price x quantity less discounts, of which these books have no fractions.
inline std::int64_t charged(const reference::Phase& phase) {
  const auto minor_units = [](const std::string& text) {
    return churn::Money::parse(text, churn::Currency{"USD"}).value().minor_units();
  };
  const std::int64_t percent_left = phase.discount_percent == "0" ? 100 : 90;
  const std::int64_t full = minor_units(phase.amount) * phase.quantity * percent_left;
  RC_ASSERT(full % 100 == 0);
  return std::max<std::int64_t>(0, full / 100 - minor_units(phase.discount_amount));
}

/// An invoice for every cycle of every phase, issued where it begins.
inline std::vector<reference::Invoice> render_invoices(const std::vector<reference::Phase>& phases) {
  std::vector<reference::Invoice> invoices;
  for (const reference::Phase& phase : phases) {
    const reference::Cycle cycle{phase.interval, phase.interval_count};
    const bool is_discounted = phase.discount_percent != "0" || phase.discount_amount != "0";
    const bool tells_price = is_discounted || one_in(2);
    for (int k = 0; cycle_start(cycle, phase.starts_on, k) < *phase.ends_on; ++k) {
      reference::InvoiceLine line{.plan = phase.plan};
      line.amount = churn::Money{charged(phase), churn::Currency{"USD"}}.to_string();
      if (tells_price) line.unit_price = phase.amount;
      if (tells_price) line.quantity = phase.quantity;
      line.period_start = cycle_start(cycle, phase.starts_on, k);
      line.period_end = cycle_start(cycle, phase.starts_on, k + 1);
      if (one_in(2)) line.cycle = cycle;  // it is told by the period as well
      reference::Invoice invoice{.id = "i" + std::to_string(invoices.size()), .customer = phase.customer};
      invoice.issued_on = *line.period_start;
      invoice.subscription = phase.subscription;
      invoice.currency = phase.currency;
      invoice.lines = {std::move(line)};
      invoices.push_back(std::move(invoice));
    }
  }
  return invoices;
}

/// The same periods, once for the library and once for the reference.
inline std::pair<churn::PeriodGrid, reference::Grid> draw_grid() {
  const int from = draw_day();
  const int to = from + 1 + draw(0, 400);
  const churn::Date first = churn::Date::from_days(from);
  const churn::Date last = churn::Date::from_days(to);
  switch (draw(0, 7)) {
    case 0: return {churn::days(first, last), reference::days(from, to)};
    case 1: return {churn::weeks(first, last), reference::weeks(from, to)};
    case 2: return {churn::quarters(first, last), reference::quarters(from, to)};
    case 3: return {churn::years(first, last), reference::years(from, to)};
    case 4: {
      const int n = draw(1, 50);
      return {churn::every_days(n, first, last), reference::every(n, from, to)};
    }
    case 5: {
      std::vector<int> cuts{from};
      while (cuts.back() < to) cuts.push_back(cuts.back() + 1 + draw(0, 70));
      std::vector<churn::Date> dates;
      for (const int cut : cuts) dates.push_back(churn::Date::from_days(cut));
      return {churn::periods_at(dates), reference::at(cuts)};
    }
    default: return {churn::months(first, last), reference::months(from, to)};
  }
}

// ---- what a failure prints

/// A case in words, one row a line: what RapidCheck prints by itself is the numbers that were drawn.
inline std::string describe(const reference::Book& book, const reference::Rules& rules) {
  std::ostringstream out;
  const auto day = [](std::optional<int> days) {
    return days ? churn::Date::from_days(*days).to_string() : std::string("-");
  };
  const auto text = [](const std::optional<std::string>& value) { return value.value_or("-"); };
  out << "as of " << day(book.as_of) << ", records from " << day(book.records_from) << "\nrules: pause "
      << static_cast<int>(rules.pause) << ", free " << static_cast<int>(rules.free) << ", discounts "
      << static_cast<int>(rules.discounts) << ", recognition " << static_cast<int>(rules.recognition)
      << ", past due " << static_cast<int>(rules.past_due) << " after " << rules.past_due_days << ", usage "
      << static_cast<int>(rules.usage) << ", source " << static_cast<int>(rules.source) << ", currency "
      << text(rules.currency) << ", fx " << static_cast<int>(rules.fx) << ", offset "
      << rules.utc_offset_hours << ", gaps " << rules.gap_allowance << ", returns "
      << rules.reactivation_window.value_or(-1) << ", netting " << static_cast<int>(rules.netting)
      << ", history " << static_cast<int>(rules.history) << "\n";
  for (const auto& [currency, rate] : rules.rates) out << "rule rate " << currency << " " << rate << "\n";
  for (const auto& row : book.fx_rates)
    out << "rate " << day(row.on) << " " << row.currency << " " << row.rate << "\n";
  for (const auto& customer : book.customers) {
    out << "customer " << customer.id << " signed up " << day(customer.signed_up_on)
        << (customer.excluded ? " excluded" : "") << " into " << text(customer.merged_into);
    for (const auto& [name, value] : customer.attributes) out << " " << name << "=" << value;
    out << "\n";
  }
  for (const auto& phase : book.phases)
    out << "phase " << phase.customer << "/" << phase.subscription << " " << phase.plan << " "
        << day(phase.starts_on) << " " << day(phase.ends_on) << " " << phase.amount << " " << phase.currency
        << " x " << phase.quantity << " a " << phase.interval_count << " " << phase.interval << ", less "
        << phase.discount_percent << " % and " << phase.discount_amount << " until "
        << day(phase.discount_ends_on) << ", trial " << day(phase.trial_ends_on) << ", requested "
        << day(phase.cancel_requested_on) << ", paused " << day(phase.paused_from) << " "
        << day(phase.paused_until) << "\n";
  for (const auto& invoice : book.invoices) {
    out << "invoice " << invoice.id << " " << invoice.customer << "/" << text(invoice.subscription)
        << " issued " << day(invoice.issued_on) << " due " << day(invoice.due_on) << " paid "
        << day(invoice.paid_on) << " status " << static_cast<int>(invoice.status) << "\n";
    for (const auto& line : invoice.lines) {
      out << "  line " << line.id << " kind " << static_cast<int>(line.kind) << " " << text(line.subscription)
          << " " << line.plan << " " << line.amount << " " << invoice.currency << " = "
          << (line.quantity ? std::to_string(*line.quantity) : "-") << " x " << text(line.unit_price) << ", "
          << day(line.period_start) << " " << day(line.period_end);
      if (line.cycle) out << " a " << line.cycle->count << " " << line.cycle->interval;
      out << "\n";
    }
    for (const auto& payment : invoice.payments)
      out << "  payment " << churn::Timestamp::from_seconds(payment.at).to_string() << " "
          << static_cast<int>(payment.status) << "\n";
  }
  return out.str();
}

// ---- translation into the library's types

inline std::optional<churn::Date> to_date(std::optional<int> day) {
  if (!day) return std::nullopt;
  return churn::Date::from_days(*day);
}

inline churn::Customer to_customer(const reference::Customer& customer) {
  churn::Customer result{.id = churn::CustomerId{customer.id}};
  result.signed_up_on = to_date(customer.signed_up_on);
  result.excluded = customer.excluded;
  if (customer.merged_into) result.merged_into = churn::CustomerId{*customer.merged_into};
  result.attributes = customer.attributes;
  return result;
}

inline churn::Subscription to_subscription(const reference::Phase& phase) {
  churn::Phase result{
      .plan = phase.plan,
      .starts_on = churn::Date::from_days(phase.starts_on),
      .ends_on = to_date(phase.ends_on),
      .price = {churn::Decimal::parse(phase.amount).value(), churn::Currency{phase.currency}}};
  result.cycle = {churn::parse_billing_interval(phase.interval).value(),
                  static_cast<std::int32_t>(phase.interval_count)};
  result.quantity = phase.quantity;
  result.discount_percent = churn::Decimal::parse(phase.discount_percent).value();
  result.discount_amount = churn::Decimal::parse(phase.discount_amount).value();
  result.discount_ends_on = to_date(phase.discount_ends_on);
  result.trial_ends_on = to_date(phase.trial_ends_on);
  result.cancel_requested_on = to_date(phase.cancel_requested_on);
  result.paused_from = to_date(phase.paused_from);
  result.paused_until = to_date(phase.paused_until);
  return {churn::SubscriptionId{phase.subscription}, churn::CustomerId{phase.customer}, {result}};
}

inline std::optional<churn::SubscriptionId> to_subscription_id(const std::optional<std::string>& id) {
  if (!id) return std::nullopt;
  return churn::SubscriptionId{*id};
}

inline churn::InvoiceLine to_line(const reference::InvoiceLine& line, churn::Currency currency) {
  churn::InvoiceLine result{.id = line.id, .amount = churn::Money::parse(line.amount, currency).value()};
  result.subscription = to_subscription_id(line.subscription);
  result.plan = line.plan;
  result.quantity = line.quantity;
  if (line.unit_price) result.unit_price = {churn::Decimal::parse(*line.unit_price).value(), currency};
  if (line.cycle)
    result.cycle = churn::BillingCycle{churn::parse_billing_interval(line.cycle->interval).value(),
                                       static_cast<std::int32_t>(line.cycle->count)};
  result.period_start = to_date(line.period_start);
  result.period_end = to_date(line.period_end);
  result.kind = static_cast<churn::LineKind>(line.kind);
  return result;
}

inline churn::Invoice to_invoice(const reference::Invoice& invoice) {
  const churn::Currency currency{invoice.currency};
  churn::Invoice result{.id = churn::InvoiceId{invoice.id},
                        .customer = churn::CustomerId{invoice.customer},
                        .issued_on = churn::Date::from_days(invoice.issued_on),
                        .due_on = to_date(invoice.due_on),
                        .paid_on = to_date(invoice.paid_on),
                        .currency = currency,
                        .status = static_cast<churn::InvoiceStatus>(invoice.status)};
  result.subscription = to_subscription_id(invoice.subscription);
  for (const auto& line : invoice.lines) result.lines.push_back(to_line(line, currency));
  for (const auto& payment : invoice.payments)
    result.payments.push_back(
        {churn::Timestamp::from_seconds(payment.at), static_cast<churn::PaymentStatus>(payment.status)});
  return result;
}

inline churn::FxRate to_rate(const reference::FxRate& rate) {
  return {churn::Date::from_days(rate.on), churn::Currency{rate.currency},
          churn::Decimal::parse(rate.rate).value()};
}

inline churn::Records to_records(const reference::Book& book) {
  churn::Records records;
  for (const auto& customer : book.customers) records.add(to_customer(customer));
  for (const auto& phase : book.phases) records.add(to_subscription(phase));
  for (const auto& invoice : book.invoices) records.add(to_invoice(invoice));
  for (const auto& rate : book.fx_rates) records.add(to_rate(rate));
  records.set_records_from(to_date(book.records_from));
  return records;
}

inline churn::Conventions to_conventions(const reference::Rules& rules) {
  churn::Conventions conventions;
  conventions.name = "random";
  conventions.book.pause = static_cast<churn::PausePolicy>(rules.pause);
  conventions.book.free = static_cast<churn::FreePolicy>(rules.free);
  conventions.book.discounts = static_cast<churn::DiscountPolicy>(rules.discounts);
  conventions.book.recognition = static_cast<churn::Recognition>(rules.recognition);
  conventions.book.past_due = static_cast<churn::PastDuePolicy>(rules.past_due);
  conventions.book.past_due_days = rules.past_due_days;
  conventions.book.usage = static_cast<churn::UsagePolicy>(rules.usage);
  conventions.book.source = static_cast<churn::RevenueSource>(rules.source);
  if (rules.currency) conventions.book.currency = churn::Currency{*rules.currency};
  conventions.book.fx = static_cast<churn::FxPolicy>(rules.fx);
  for (const auto& [currency, rate] : rules.rates)
    conventions.book.rates.push_back({churn::Currency{currency}, churn::Decimal::parse(rate).value()});
  if (rules.utc_offset_hours != 0) {
    const int hours = std::abs(rules.utc_offset_hours);
    conventions.book.time_zone = churn::TimeZone{(rules.utc_offset_hours < 0 ? "LOC-" : "LOC+") +
                                                 std::string(hours < 10 ? "0" : "") + std::to_string(hours)};
  }
  conventions.book.gap_allowance_days = rules.gap_allowance;
  conventions.book.reactivation_window_days = rules.reactivation_window;
  conventions.rate.netting = static_cast<churn::Netting>(rules.netting);
  conventions.rate.history = static_cast<churn::History>(rules.history);
  return conventions;
}

inline churn::BuiltBook build(const reference::Book& book, const reference::Rules& rules = {}) {
  RC_LOG() << describe(book, rules);  // printed where the case fails
  return churn::Book::build(to_records(book), churn::Date::from_days(book.as_of), to_conventions(rules));
}

}  // namespace support

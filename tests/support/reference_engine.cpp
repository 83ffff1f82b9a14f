#include "reference_engine.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <limits>
#include <ostream>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace reference {
namespace {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

// ---- Numbers -------------------------------------------------------------------------------------------

std::int64_t plus(std::int64_t a, std::int64_t b) {
  using Limits = std::numeric_limits<std::int64_t>;
  if (b > 0 ? a > Limits::max() - b : a < Limits::min() - b) {
    throw std::overflow_error("a sum of ticks does not fit in 64 bits");
  }
  return a + b;
}

// digits / scale, the scale being a power of ten.
struct Decimal {
  Integer digits{0};
  Integer scale{1};
};

Decimal read_decimal(const std::string& text) {
  Decimal result;
  std::size_t position = 0;
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    position = 1;
  }
  bool any_digit = false;
  bool after_point = false;
  for (; position < text.size(); ++position) {
    const char symbol = text[position];
    if (symbol == '.' && !after_point) {
      after_point = true;
    } else if (symbol >= '0' && symbol <= '9') {
      any_digit = true;
      result.digits = result.digits * 10 + (symbol - '0');
      if (after_point) {
        result.scale *= 10;
      }
    } else {
      throw std::invalid_argument("not a decimal number: " + text);
    }
  }
  if (!any_digit) {
    throw std::invalid_argument("not a decimal number: " + text);
  }
  if (negative) {
    result.digits = -result.digits;
  }
  return result;
}

// By value: "50" and "50.00" say the same.
bool same_number(const std::string& a, const std::string& b) {
  const Decimal x = read_decimal(a);
  const Decimal y = read_decimal(b);
  return x.digits * y.scale == y.digits * x.scale;
}

// For numerators from 0 on and positive denominators.
Integer divide_half_even(const Integer& numerator, const Integer& denominator) {
  const Integer quotient = numerator / denominator;
  const Integer twice_the_rest = 2 * (numerator % denominator);
  const bool odd = quotient % 2 == 1;
  const bool up = twice_the_rest > denominator || (twice_the_rest == denominator && odd);
  return up ? Integer(quotient + 1) : quotient;
}

Integer round_half_even(const Rational& value) {
  const Integer numerator = boost::multiprecision::numerator(value);
  const Integer denominator = boost::multiprecision::denominator(value);
  return numerator < 0 ? Integer(-divide_half_even(-numerator, denominator))
                       : divide_half_even(numerator, denominator);
}

Rational to_rational(const std::string& text) {
  const Decimal decimal = read_decimal(text);
  return Rational(decimal.digits, decimal.scale);
}

std::int64_t to_int64(const Integer& value) {
  if (value > std::numeric_limits<std::int64_t>::max() || value < std::numeric_limits<std::int64_t>::min()) {
    throw std::overflow_error("a run rate does not fit in 64 bits");
  }
  return static_cast<std::int64_t>(value);
}

int minor_units_per_unit(const std::string& currency) {
  if (currency == "JPY") {
    return 1;
  }
  if (currency == "KWD") {
    return 1000;
  }
  return 100;
}

std::optional<int> intervals_per_year(const std::string& interval) {
  if (interval == "year") {
    return 1;
  }
  if (interval == "half_year") {
    return 2;
  }
  if (interval == "quarter") {
    return 4;
  }
  if (interval == "month") {
    return 12;
  }
  if (interval == "week") {
    return 52;
  }
  if (interval == "day") {
    return 365;
  }
  return std::nullopt;
}

// ---- Phases --------------------------------------------------------------------------------------------

// Why a phase cannot be used by itself; the first reason that holds.
std::optional<std::string> fault_of(const Phase& phase) {
  if (phase.ends_on && *phase.ends_on <= phase.starts_on) {
    return "ends_on is not after starts_on";
  }
  if (phase.quantity < 0) {
    return "quantity is negative";
  }
  if (phase.interval_count < 1) {
    return "interval_count is below 1";
  }
  if (read_decimal(phase.discount_percent).digits < 0) {
    return "discount_percent is negative";
  }
  if (read_decimal(phase.discount_amount).digits < 0) {
    return "discount_amount is negative";
  }
  if (phase.paused_until && !phase.paused_from) {
    return "paused_until without paused_from";
  }
  if (phase.paused_until && *phase.paused_until <= *phase.paused_from) {
    return "paused_until is not after paused_from";
  }
  if (!intervals_per_year(phase.interval)) {
    return "unknown interval";
  }
  return std::nullopt;
}

bool same_subscription(const Phase& a, const Phase& b) {
  return a.customer == b.customer && a.subscription == b.subscription;
}

bool same_discount(const Phase& a, const Phase& b) {
  return same_number(a.discount_percent, b.discount_percent) &&
         same_number(a.discount_amount, b.discount_amount) && a.discount_ends_on == b.discount_ends_on;
}

bool same_content(const Phase& a, const Phase& b) {
  return a.subscription == b.subscription && a.customer == b.customer && a.plan == b.plan &&
         a.starts_on == b.starts_on && a.ends_on == b.ends_on && same_number(a.amount, b.amount) &&
         a.currency == b.currency && a.interval == b.interval && a.interval_count == b.interval_count &&
         a.quantity == b.quantity && same_discount(a, b) && a.trial_ends_on == b.trial_ends_on &&
         a.cancel_requested_on == b.cancel_requested_on && a.paused_from == b.paused_from &&
         a.paused_until == b.paused_until;
}

bool in_force(const Phase& phase, int day) {
  return phase.starts_on <= day && (!phase.ends_on || day < *phase.ends_on);
}

bool on_trial(const Phase& phase, int day) { return phase.trial_ends_on && day < *phase.trial_ends_on; }

bool paused(const Phase& phase, int day) {
  return phase.paused_from && *phase.paused_from <= day && (!phase.paused_until || day < *phase.paused_until);
}

bool discount_over(const Phase& phase, int day) {
  return phase.discount_ends_on && *phase.discount_ends_on <= day;
}

void expect_one_currency(const std::set<std::string>& currencies) {
  if (currencies.size() > 1) {
    throw std::invalid_argument("amounts in " + *currencies.begin() + " and " + *currencies.rbegin() +
                                " do not add up");
  }
}

// ---- Segments ------------------------------------------------------------------------------------------

bool is_lane(SegmentKind kind) {
  return kind == SegmentKind::plan || kind == SegmentKind::interval || kind == SegmentKind::currency;
}

std::string interval_label(const Phase& phase) {
  return phase.interval_count == 1 ? phase.interval
                                   : std::to_string(phase.interval_count) + " " + phase.interval + "s";
}

std::string lane_label(SegmentKind kind, const Phase& phase) {
  switch (kind) {
    case SegmentKind::plan: return phase.plan;
    case SegmentKind::interval: return interval_label(phase);
    case SegmentKind::currency: return phase.currency;
    default: return "";
  }
}

std::string band_label(const std::vector<std::int64_t>& thresholds, std::int64_t value) {
  const auto reached = std::count_if(thresholds.begin(), thresholds.end(),
                                     [&](std::int64_t threshold) { return threshold <= value; });
  return "band" + std::to_string(reached);
}

std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// ---- Grids ---------------------------------------------------------------------------------------------

int floor_divide(int a, int b) {
  const int quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

int start_of_day(int day) { return day; }

// Day 0 was a Thursday, so day -3 was a Monday.
int start_of_week(int day) { return floor_divide(day + 3, 7) * 7 - 3; }

int start_of_month(int day) {
  const CivilDate date = civil_date(day);
  return day_number(date.year, date.month, 1);
}

int start_of_quarter(int day) {
  const CivilDate date = civil_date(day);
  return day_number(date.year, (date.month - 1) / 3 * 3 + 1, 1);
}

int start_of_year(int day) { return day_number(civil_date(day).year, 1, 1); }

int limit_of_history(int from, int years_back) { return from - 366 * years_back; }

Grid calendar_grid(int from, int to, int years_back, int (*start_of)(int)) {
  if (from >= to) {
    throw std::invalid_argument("a grid needs at least one day");
  }
  Grid grid;
  grid.cuts.push_back(from);
  for (int day = from + 1; day < to; ++day) {
    if (start_of(day) == day) {
      grid.cuts.push_back(day);
    }
  }
  grid.cuts.push_back(to);
  for (std::size_t i = 0; i + 1 < grid.cuts.size(); ++i) {
    const int begin = grid.cuts[i];
    const int end = grid.cuts[i + 1];
    grid.whole.push_back(start_of(begin) == begin && start_of(end) == end);
  }
  for (int cut = start_of(from - 1); cut >= limit_of_history(from, years_back); cut = start_of(cut - 1)) {
    grid.earlier_cuts.push_back(cut);
  }
  std::reverse(grid.earlier_cuts.begin(), grid.earlier_cuts.end());
  return grid;
}

void check_grid(const Grid& grid) {
  if (grid.cuts.size() < 2 || grid.whole.size() + 1 != grid.cuts.size()) {
    throw std::invalid_argument("a grid needs two cuts at least and one flag for each period");
  }
  for (std::size_t i = 0; i + 1 < grid.cuts.size(); ++i) {
    if (grid.cuts[i] >= grid.cuts[i + 1]) {
      throw std::invalid_argument("the cuts of a grid must ascend");
    }
  }
}

Grid trailing_window(const Grid& grid, std::size_t period, int days) {
  const int end = grid.cuts[period + 1];
  Grid window = at({end - days, end});
  for (const std::vector<int>& cuts : {grid.earlier_cuts, grid.cuts}) {
    for (const int cut : cuts) {
      if (cut <= end - days) {
        window.earlier_cuts.push_back(cut);
      }
    }
  }
  return window;
}

// ---- Renewals ------------------------------------------------------------------------------------------

// Months are added to the anchor itself: the 31st is cut to a shorter month's last day, and comes back.
std::int64_t months_after(int anchor, std::int64_t months) {
  const CivilDate date = civil_date(anchor);
  const std::int64_t month = date.year * std::int64_t{12} + date.month - 1 + months;
  const int first = day_number(static_cast<int>(month / 12), static_cast<int>(month % 12) + 1, 1);
  const int next = day_number(static_cast<int>((month + 1) / 12), static_cast<int>((month + 1) % 12) + 1, 1);
  return std::min(first + date.day - 1, next - 1);
}

int first_paid_day(const Phase& phase) {
  return std::max(phase.starts_on, phase.trial_ends_on.value_or(phase.starts_on));
}

bool is_trial(const Phase& phase) { return phase.trial_ends_on && *phase.trial_ends_on > phase.starts_on; }

// The k-th day on which a cycle begins anew after an anchor; before it, if k is negative. Whoever pays for a
// million intervals at once never comes to one.
std::int64_t cycle_day(const Cycle& cycle, int anchor, std::int64_t k) {
  if (cycle.count >= 1'000'000) {
    return k > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  }
  const std::int64_t intervals = k * cycle.count;
  if (cycle.interval == "day") {
    return anchor + intervals;
  }
  if (cycle.interval == "week") {
    return anchor + 7 * intervals;
  }
  if (cycle.interval == "month") {
    return months_after(anchor, intervals);
  }
  if (cycle.interval == "quarter") {
    return months_after(anchor, 3 * intervals);
  }
  if (cycle.interval == "half_year") {
    return months_after(anchor, 6 * intervals);
  }
  return months_after(anchor, 12 * intervals);
}

// The k-th renewal day after an anchor, of a phase that goes on for ever.
std::int64_t renewal_day(const Phase& phase, int anchor, std::int64_t k) {
  return cycle_day({phase.interval, phase.interval_count}, anchor, k);
}

// ---- Invoices ------------------------------------------------------------------------------------------

bool same_optional_number(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  return a.has_value() == b.has_value() && (!a || same_number(*a, *b));
}

bool same_line(const InvoiceLine& a, const InvoiceLine& b) {
  return a.id == b.id && a.subscription == b.subscription && a.plan == b.plan &&
         same_number(a.amount, b.amount) && a.quantity == b.quantity &&
         same_optional_number(a.unit_price, b.unit_price) && a.cycle == b.cycle &&
         a.period_start == b.period_start && a.period_end == b.period_end && a.kind == b.kind;
}

bool same_invoice(const Invoice& a, const Invoice& b) {
  return a.id == b.id && a.customer == b.customer && a.issued_on == b.issued_on && a.due_on == b.due_on &&
         a.paid_on == b.paid_on && a.currency == b.currency && a.status == b.status &&
         a.subscription == b.subscription && a.payments == b.payments &&
         std::equal(a.lines.begin(), a.lines.end(), b.lines.begin(), b.lines.end(), same_line);
}

// Draft and void ones say nothing; neither does what asks for no money.
bool is_claim(const Invoice& invoice) {
  Rational sum = 0;
  for (const InvoiceLine& line : invoice.lines) {
    sum += to_rational(line.amount);
  }
  return invoice.status != InvoiceStatus::draft && invoice.status != InvoiceStatus::void_ &&
         (invoice.lines.empty() || sum > 0);
}

int due_day(const Invoice& invoice) { return invoice.due_on.value_or(invoice.issued_on); }

// What comes first, where several things are for the same service: by the day on which they begin to hold, then
// by when they were written.
struct Order {
  int start{0};
  int issued_on{0};
  std::string invoice{};
  friend auto operator<=>(const Order&, const Order&) = default;
};

// A line that makes recurring revenue. `full` is the price of one whole cycle, below 0 for what is taken back.
struct ServiceLine {
  std::size_t invoice_index{0};
  std::size_t line_index{0};
  std::string customer{};
  std::string subscription{};
  std::string plan{};
  std::string currency{};
  LineKind kind{LineKind::recurring};
  Order order{};
  int end{0};
  Rational amount{0};
  std::optional<Rational> list_price{};  // unit price x quantity
  std::optional<Cycle> cycle{};
  Rational full{0};
};

// A proration of nothing takes nothing back; whether it gives something is for its price to say.
bool takes_back(const ServiceLine& line) { return line.kind == LineKind::proration && line.amount < 0; }

// What began on the 31st is charged from 29 February to 31 March, a month that no anchor on the 29th knows: a span
// from the last day of a month may end later in the month in which it has to end.
bool is_cycles(const Cycle& cycle, int start, int end, std::int64_t n) {
  const std::int64_t by_anchor = cycle_day(cycle, start, n);
  if (by_anchor == end || by_anchor > end || cycle.interval == "day" || cycle.interval == "week") {
    return by_anchor == end;
  }
  const bool on_the_last = start_of_month(start + 1) == start + 1;
  return on_the_last && start_of_month(static_cast<int>(by_anchor)) == start_of_month(end);
}

// n whole cycles are from `start` to `end`.
std::optional<std::int64_t> whole_cycles(const Cycle& cycle, int start, int end) {
  for (std::int64_t n = 1; cycle_day(cycle, start, n) <= end; ++n) {
    if (is_cycles(cycle, start, end, n)) {
      return n;
    }
  }
  return std::nullopt;
}

Cycle cycle_of_period(int start, int end) {
  if (const std::optional<std::int64_t> months = whole_cycles({"month", 1}, start, end)) {
    const long n = static_cast<long>(*months);
    if (n == 6) {
      return {"half_year", 1};
    }
    if (n == 3) {
      return {"quarter", 1};
    }
    return n % 12 == 0 ? Cycle{"year", n / 12} : Cycle{"month", n};
  }
  const long n = end - start;
  return n % 7 == 0 ? Cycle{"week", n / 7} : Cycle{"day", n};
}

// The recurring line that holds latest, of those that fit; of lines of one invoice the first. (Credit notes are
// not among the lines. What was billed with nothing says as well as others how often it is.)
template <class Fits>
const ServiceLine* latest_line(const std::vector<ServiceLine>& lines, const Fits& fits) {
  const ServiceLine* latest = nullptr;
  for (const ServiceLine& line : lines) {
    if (line.kind == LineKind::recurring && fits(line) && (latest == nullptr || latest->order < line.order)) {
      latest = &line;
    }
  }
  return latest;
}

bool same_subscription(const ServiceLine& a, const ServiceLine& b) {
  return a.customer == b.customer && a.subscription == b.subscription;
}

// A proration is charged as what it is a part of.
std::optional<Cycle> cycle_of_proration(const std::vector<ServiceLine>& lines, const ServiceLine& proration) {
  const auto before = [&](const ServiceLine& line) {
    return same_subscription(line, proration) && line.order.start <= proration.order.start;
  };
  const ServiceLine* line = latest_line(
      lines, [&](const ServiceLine& other) { return before(other) && other.plan == proration.plan; });
  if (line == nullptr) {
    line = latest_line(lines, before);
  }
  return line == nullptr ? std::nullopt : line->cycle;
}

Rational full_price(const std::vector<ServiceLine>& lines, const ServiceLine& line, Discounts discounts) {
  const Cycle& cycle = *line.cycle;
  const int start = line.order.start;
  if (line.list_price) {
    const bool one_cycle = is_cycles(cycle, start, line.end, 1);
    const bool discounted = line.kind == LineKind::recurring && one_cycle && line.amount >= 0 &&
                            line.amount < *line.list_price && discounts != Discounts::none;
    if (discounted) {
      return line.amount;
    }
    return takes_back(line) ? Rational(-*line.list_price) : *line.list_price;
  }
  Rational scaled = 0;
  const std::optional<std::int64_t> n = whole_cycles(cycle, start, line.end);
  if (n && line.kind != LineKind::proration) {
    scaled = line.amount / *n;
  } else {
    const ServiceLine* whole = latest_line(lines, [&](const ServiceLine& other) {
      return same_subscription(other, line) && other.plan == line.plan && other.cycle == line.cycle &&
             is_cycles(cycle, other.order.start, other.end, 1) && other.order.start <= start &&
             line.end <= other.end;
    });
    const std::int64_t days_of_cycle =
        whole != nullptr ? whole->end - whole->order.start : line.end - cycle_day(cycle, line.end, -1);
    scaled = line.amount * days_of_cycle / (line.end - start);
  }
  const Integer scale = Integer(10'000) * minor_units_per_unit(line.currency);
  return Rational(round_half_even(scaled * scale), scale);
}

// A line of a charge, on the days that it was charged for.
struct ChargePart {
  Cycle cycle{};
  Rational price{0};
  int end{0};
  std::optional<int> goes_on_until{};  // where the renewal is late
};

// What one invoice charges for one plan from one day on. Its lines add up, each until it ends; where another
// charge cuts it, all of them end.
struct Charge {
  std::string customer{};
  std::string subscription{};
  int start{0};
  std::vector<ChargePart> parts{};
  bool taken_back{false};
};

// Customer, subscription, plan, currency, and whether it is usage.
using ChainKey = std::tuple<std::string, std::string, std::string, std::string, bool>;

struct Chain {
  std::map<Order, Charge> charges{};
  std::vector<ServiceLine> prorations{};
};

std::map<ChainKey, Chain> chains_of(const std::vector<ServiceLine>& lines) {
  std::map<ChainKey, Chain> chains;
  for (const ServiceLine& line : lines) {
    Chain& chain =
        chains[{line.customer, line.subscription, line.plan, line.currency, line.kind == LineKind::usage}];
    if (line.kind == LineKind::proration) {
      chain.prorations.push_back(line);
      continue;
    }
    Charge& charge =
        chain.charges.try_emplace(line.order, Charge{line.customer, line.subscription, line.order.start})
            .first->second;
    charge.parts.push_back({*line.cycle, line.full, line.end});
  }
  return chains;
}

// A charge ends where the next one starts. Of those for the same start the last one holds.
void cut_charges(Chain& chain) {
  for (auto charge = chain.charges.begin(); charge != chain.charges.end();) {
    const auto next = std::next(charge);
    if (next != chain.charges.end() && next->first.start == charge->first.start) {
      chain.charges.erase(charge);
    } else if (next != chain.charges.end()) {
      for (ChargePart& part : charge->second.parts) {
        part.end = std::min(part.end, next->first.start);
      }
    }
    charge = next;
  }
}

// What is taken back without saying of what price and quantity is all that there was before.
void take_back(Chain& chain) {
  const std::vector<ServiceLine> prorations = chain.prorations;
  for (const ServiceLine& credit : prorations) {
    if (!takes_back(credit) || credit.list_price) {
      continue;
    }
    for (auto& [order, charge] : chain.charges) {
      for (ChargePart& part : charge.parts) {
        if (order < credit.order && credit.order.start < part.end) {
          part.end = credit.order.start;
          charge.taken_back = true;
        }
      }
    }
    for (ServiceLine& other : chain.prorations) {
      if (other.order < credit.order && other.order.invoice != credit.order.invoice) {
        other.end = std::min(other.end, credit.order.start);
      }
    }
  }
}

// The prices of one cycle of a chain on every day before `end` on which it is in force: where something was
// charged, also if for nothing, and was not taken back to the last.
std::map<int, Rational> prices_of(const Chain& chain, const Cycle& cycle, int end) {
  std::map<int, Rational> sums;
  std::set<int> charged;
  std::set<int> taken_back;
  const auto add = [&](int first, int last, const Rational& price, std::set<int>& days) {
    for (int day = first; day < std::min(last, end); ++day) {
      sums[day] += price;
      days.insert(day);
    }
  };
  for (const auto& [order, charge] : chain.charges) {
    for (const ChargePart& part : charge.parts) {
      if (part.cycle == cycle) {
        add(charge.start, part.goes_on_until.value_or(part.end), part.price, charged);
      }
    }
  }
  for (const ServiceLine& line : chain.prorations) {
    if (line.cycle == cycle && !(takes_back(line) && !line.list_price)) {
      add(line.order.start, line.end, line.full, takes_back(line) ? taken_back : charged);
    }
  }
  std::map<int, Rational> prices;
  for (const int day : charged) {
    if (sums[day] > 0 || !taken_back.contains(day)) {
      prices[day] = std::max(sums[day], Rational(0));
    }
  }
  return prices;
}

std::set<Cycle> cycles_of(const Chain& chain) {
  std::set<Cycle> cycles;
  for (const auto& [order, charge] : chain.charges) {
    for (const ChargePart& part : charge.parts) {
      cycles.insert(part.cycle);
    }
  }
  for (const ServiceLine& line : chain.prorations) {
    cycles.insert(*line.cycle);
  }
  return cycles;
}

// A charge ends with the last of its lines. Nothing if it has no days at all.
std::optional<int> end_of(const Charge& charge) {
  std::optional<int> end;
  for (const ChargePart& part : charge.parts) {
    if (part.end > charge.start) {
      end = std::max(end.value_or(part.end), part.end);
    }
  }
  return end;
}

// Renewals that come late, or not at all. What was taken back has ended and waits for no renewal: otherwise
// the plan that a customer left in mid-month would come back until the new plan is renewed. Nor does what was worth
// nothing on its last day.
void wait_for_renewals(std::map<ChainKey, Chain>& chains, const Rules& rules) {
  std::vector<std::pair<Chain*, Charge*>> charges;
  for (auto& [key, chain] : chains) {
    for (auto& [order, charge] : chain.charges) {
      if (!std::get<4>(key) && end_of(charge)) {
        charges.emplace_back(&chain, &charge);
      }
    }
  }
  for (const auto& [chain, charge] : charges) {
    const int end = end_of(*charge).value();
    bool covered = false;
    std::optional<int> next;
    for (const auto& [other_chain, other] : charges) {
      if (other->customer != charge->customer || other->subscription != charge->subscription) {
        continue;
      }
      covered = covered || (other->start <= end && end < end_of(*other).value());
      if (other->start > end && (!next || other->start < *next)) {
        next = other->start;
      }
    }
    bool is_worth_something = false;
    for (const Cycle& cycle : cycles_of(*chain)) {
      const std::map<int, Rational> prices = prices_of(*chain, cycle, end);
      const auto last = prices.find(end - 1);
      is_worth_something = is_worth_something || (last != prices.end() && last->second > 0);
    }
    if (covered || charge->taken_back || !is_worth_something) {
      continue;
    }
    std::optional<int> until;
    if (rules.past_due == PastDue::dropped_after_days) {
      until = std::min(next.value_or(end + rules.past_due_days), end + rules.past_due_days);
    } else if (next && *next < cycle_day(charge->parts.front().cycle, end, 1)) {
      until = next;
    }
    for (ChargePart& part : charge->parts) {
      if (part.end == end) {
        part.goes_on_until = until;
      }
    }
  }
}

// The run rate of one cycle of a chain on each of these days.
std::map<int, std::int64_t> levels_of(const Chain& chain, const std::string& currency, const Cycle& cycle,
                                      int as_of) {
  std::map<int, std::int64_t> levels;
  std::map<Rational, std::int64_t> known;  // most days are like the day before
  for (const auto& [day, price] : prices_of(chain, cycle, as_of)) {
    auto found = known.find(price);
    if (found == known.end()) {
      const Rational ticks = price * minor_units_per_unit(currency) * 360 *
                             intervals_per_year(cycle.interval).value() / cycle.count;
      found = known.emplace(price, to_int64(round_half_even(ticks))).first;
    }
    levels[day] = found->second;
  }
  return levels;
}

}  // namespace

// Days are counted in years that begin in March, so that the leap day is the last day of its year.
int day_number(int year, int month, int day) {
  const int march_year = month >= 3 ? year : year - 1;
  const int months_since_march = month >= 3 ? month - 3 : month + 9;
  const int leap_days =
      floor_divide(march_year, 4) - floor_divide(march_year, 100) + floor_divide(march_year, 400);
  const int days_before_month = (153 * months_since_march + 2) / 5;
  const int days_from_year_0_to_1970 = 719468;
  return 365 * march_year + leap_days + days_before_month + (day - 1) - days_from_year_0_to_1970;
}

// Guess the year, correct the guess, then look for the month.
CivilDate civil_date(int day) {
  int year = 1970 + floor_divide(day, 366);
  if (day < 0) {
    year = 1970 + floor_divide(day, 365);
  }
  while (day_number(year + 1, 1, 1) <= day) {
    ++year;
  }
  while (day_number(year, 1, 1) > day) {
    --year;
  }
  int month = 12;
  while (day_number(year, month, 1) > day) {
    --month;
  }
  return CivilDate{year, month, day - day_number(year, month, 1) + 1};
}

Grid days(int from, int to, int years_back) { return calendar_grid(from, to, years_back, start_of_day); }
Grid weeks(int from, int to, int years_back) { return calendar_grid(from, to, years_back, start_of_week); }
Grid months(int from, int to, int years_back) { return calendar_grid(from, to, years_back, start_of_month); }
Grid quarters(int from, int to, int years_back) {
  return calendar_grid(from, to, years_back, start_of_quarter);
}
Grid years(int from, int to, int years_back) { return calendar_grid(from, to, years_back, start_of_year); }

Grid every(int n, int from, int to, int years_back) {
  if (n < 1 || from >= to) {
    throw std::invalid_argument("a grid needs at least one day and periods of at least one day");
  }
  Grid grid;
  for (int cut = from; cut < to; cut += n) {
    grid.cuts.push_back(cut);
    grid.whole.push_back(cut + n <= to);
  }
  grid.cuts.push_back(to);
  for (int cut = from - n; cut >= limit_of_history(from, years_back); cut -= n) {
    grid.earlier_cuts.push_back(cut);
  }
  std::reverse(grid.earlier_cuts.begin(), grid.earlier_cuts.end());
  return grid;
}

Grid at(std::vector<int> cuts) {
  Grid grid;
  grid.cuts = std::move(cuts);
  grid.whole.assign(grid.cuts.empty() ? 0 : grid.cuts.size() - 1, true);
  check_grid(grid);
  return grid;
}

// ---- Cells and rates -----------------------------------------------------------------------------------

Cell& operator+=(Cell& sum, const Cell& part) {
  for (const auto field : {&Cell::opening,
                           &Cell::new_,
                           &Cell::reactivation,
                           &Cell::expansion,
                           &Cell::contraction,
                           &Cell::churn,
                           &Cell::transfer_in,
                           &Cell::transfer_out,
                           &Cell::fx,
                           &Cell::closing,
                           &Cell::opening_customers,
                           &Cell::new_customers,
                           &Cell::reactivated_customers,
                           &Cell::churned_customers,
                           &Cell::closing_customers,
                           &Cell::expanded_customers,
                           &Cell::contracted_customers,
                           &Cell::transferred_in_customers,
                           &Cell::transferred_out_customers,
                           &Cell::kept,
                           &Cell::retained,
                           &Cell::lost_customers,
                           &Cell::departures,
                           &Cell::customer_days,
                           &Cell::departures_of_opening,
                           &Cell::joined_customers,
                           &Cell::joined_and_left_customers,
                           &Cell::departures_of_joined}) {
    sum.*field = plus(sum.*field, part.*field);
  }
  return sum;
}

std::ostream& operator<<(std::ostream& out, const Cell& cell) {
  return out << "{ticks: opening " << cell.opening << ", new " << cell.new_ << ", reactivation "
             << cell.reactivation << ", expansion " << cell.expansion << ", contraction " << cell.contraction
             << ", churn " << cell.churn << ", transfer in " << cell.transfer_in << ", transfer out "
             << cell.transfer_out << ", fx " << cell.fx << ", closing " << cell.closing
             << "; customers: opening " << cell.opening_customers << ", new " << cell.new_customers
             << ", reactivated " << cell.reactivated_customers << ", churned " << cell.churned_customers
             << ", closing " << cell.closing_customers << ", expanded " << cell.expanded_customers
             << ", contracted " << cell.contracted_customers << ", transferred in "
             << cell.transferred_in_customers << ", transferred out " << cell.transferred_out_customers
             << "; kept " << cell.kept << ", retained " << cell.retained << ", lost customers "
             << cell.lost_customers << ", departures " << cell.departures << ", customer days "
             << cell.customer_days << ", departures of opening " << cell.departures_of_opening << ", joined "
             << cell.joined_customers << ", joined and left " << cell.joined_and_left_customers
             << ", departures of joined " << cell.departures_of_joined << "}";
}

SubscriptionCell& operator+=(SubscriptionCell& sum, const SubscriptionCell& part) {
  for (const auto field :
       {&SubscriptionCell::opening_subscriptions, &SubscriptionCell::lost_subscriptions,
        &SubscriptionCell::opening_seats, &SubscriptionCell::lost_seats, &SubscriptionCell::due,
        &SubscriptionCell::renewed, &SubscriptionCell::trials_ended, &SubscriptionCell::trials_converted}) {
    sum.*field = plus(sum.*field, part.*field);
  }
  return sum;
}

std::ostream& operator<<(std::ostream& out, const SubscriptionCell& cell) {
  return out << "{subscriptions: opening " << cell.opening_subscriptions << ", lost "
             << cell.lost_subscriptions << "; seats: opening " << cell.opening_seats << ", lost "
             << cell.lost_seats << "; due " << cell.due << ", renewed " << cell.renewed << "; trials ended "
             << cell.trials_ended << ", converted " << cell.trials_converted << "}";
}

std::ostream& operator<<(std::ostream& out, const Fraction& fraction) {
  return out << fraction.numerator << "/" << fraction.denominator;
}

Fraction customer_churn_rate(const Cell& cell) { return {cell.lost_customers, cell.opening_customers}; }

Fraction customer_churn_rate(const Cell& cell, const RateParts& parts) {
  const bool joined = parts.joined_and_left == Part::counted;
  const bool returned = parts.left_and_returned == Part::counted;
  std::int64_t numerator = cell.lost_customers;
  if (joined) {
    numerator += cell.joined_and_left_customers;
  }
  if (returned) {
    numerator += cell.departures_of_opening - cell.lost_customers;
  }
  if (joined && returned) {
    numerator += cell.departures_of_joined - cell.joined_and_left_customers;
  }
  switch (parts.base) {
    case Base::opening: break;
    case Base::opening_and_joined: return {numerator, cell.opening_customers + cell.joined_customers};
    case Base::mean: return {2 * numerator, cell.opening_customers + cell.closing_customers};
    case Base::exposure: return {cell.departures, cell.customer_days};
  }
  return {numerator, cell.opening_customers};
}

Fraction gross_mrr_churn_rate(const Cell& cell) { return {cell.opening - cell.kept, cell.opening}; }
Fraction net_mrr_churn_rate(const Cell& cell) { return {cell.opening - cell.retained, cell.opening}; }
Fraction grr(const Cell& cell) { return {cell.kept, cell.opening}; }
Fraction nrr(const Cell& cell) { return {cell.retained, cell.opening}; }

Fraction quick_ratio(const Cell& cell) {
  return {plus(plus(cell.new_, cell.reactivation), cell.expansion), plus(cell.contraction, cell.churn)};
}

Fraction arpa(const Cell& cell) { return {cell.closing, cell.closing_customers}; }
Fraction arr(const Cell& cell) { return {cell.closing, 1}; }
Fraction exposure(const Cell& cell) { return {cell.departures, cell.customer_days}; }

std::optional<std::int64_t> run_rate(const Phase& phase, bool with_discount) {
  const std::optional<int> per_year = intervals_per_year(phase.interval);
  if (!per_year || phase.interval_count < 1) {
    return std::nullopt;
  }
  const Rational amount = to_rational(phase.amount);
  const Rational percent_left = 100 - (with_discount ? to_rational(phase.discount_percent) : Rational(0));
  // Each factor floors the worth: two negative ones must not make a positive.
  if (amount <= 0 || phase.quantity <= 0 || percent_left <= 0) {
    return 0;
  }
  const Rational price = amount * phase.quantity * percent_left / 100 -
                         (with_discount ? to_rational(phase.discount_amount) : Rational(0));
  if (price <= 0) {
    return 0;
  }
  return to_int64(
      round_half_even(price * minor_units_per_unit(phase.currency) * *per_year * 360 / phase.interval_count));
}

std::int64_t mrr_in_minor_units(std::int64_t ticks) { return to_int64(divide_half_even(ticks, 12 * 360)); }

// ---- Reading the book ----------------------------------------------------------------------------------

Engine::Engine(Book book, Rules rules) : book_(std::move(book)), rules_(std::move(rules)) {
  if (rules_.history == History::period_ends && rules_.netting == Netting::by_day) {
    throw std::invalid_argument("history by period ends is defined for netting by period only");
  }
  std::set<std::string> ids;
  for (const Customer& customer : book_.customers) {
    if (!ids.insert(customer.id).second) {
      throw std::invalid_argument("two customers with the id " + customer.id);
    }
  }
  // A subscription may have moved with its account: it is one subscription of the final customer. Phases of
  // accounts that are left out keep their own name, which no final customer has.
  for (Phase& phase : book_.phases) {
    const Identity identity = identify(phase.customer);
    if (!identity.left_out) phase.customer = identity.id;
  }
  converting_ = rules_.currency && (!rules_.rates.empty() || !book_.fx_rates.empty());
  from_invoices_ = rules_.source == Source::invoices ||
                   (rules_.source == Source::automatic && book_.phases.empty() && !book_.invoices.empty());
  accept_invoices();
  const std::vector<std::size_t> accepted = from_invoices_ ? std::vector<std::size_t>{} : accepted_phases();
  gather_people(accepted);
  if (from_invoices_) {
    place_rows_of_invoices();
  } else {
    place_rows(accepted);
  }
  for (auto& [id, person] : people_) {
    walk_days(person);
    fill_gaps(person);
    if (person.pending_gap_from && (!first_pending_gap_ || *person.pending_gap_from < *first_pending_gap_)) {
      first_pending_gap_ = person.pending_gap_from;
    }
  }
}

const Customer* Engine::find_customer(const std::string& id) const {
  for (const Customer& customer : book_.customers) {
    if (customer.id == id) {
      return &customer;
    }
  }
  return nullptr;
}

// Follow the merges to their end. Whoever runs into a cycle has no end and stays itself.
Engine::Identity Engine::identify(const std::string& id) const {
  std::vector<std::string> path{id};
  for (;;) {
    const Customer* customer = find_customer(path.back());
    if (customer == nullptr || !customer->merged_into || customer->merged_into->empty()) {
      break;
    }
    const std::string& next = *customer->merged_into;
    if (std::find(path.begin(), path.end(), next) != path.end()) {
      path = {id};
      break;
    }
    path.push_back(next);
  }
  Identity identity{path.back(), false};
  for (const std::string& step : path) {
    const Customer* customer = find_customer(step);
    if (customer != nullptr && customer->excluded) {
      identity.left_out = true;
    }
  }
  return identity;
}

// Sorts the phases into faulty ones, further copies of a row, rows that contradict each other, and the rest.
std::vector<std::size_t> Engine::accepted_phases() {
  const std::vector<Phase>& phases = book_.phases;
  std::map<std::size_t, std::string> reasons;

  std::vector<std::size_t> sound;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    static_cast<void>(read_decimal(phases[i].amount));  // throws on text that is no number
    if (const std::optional<std::string> fault = fault_of(phases[i])) {
      reasons[i] = *fault;
    } else if (rules_.currency && !converting_ && phases[i].currency != *rules_.currency) {
      reasons[i] = "a currency that is not reported";
    } else {
      sound.push_back(i);
    }
  }

  std::vector<std::size_t> distinct;
  for (const std::size_t i : sound) {
    const bool copy = std::any_of(distinct.begin(), distinct.end(), [&](std::size_t earlier) {
      return same_subscription(phases[earlier], phases[i]) &&
             phases[earlier].starts_on == phases[i].starts_on && same_content(phases[earlier], phases[i]);
    });
    if (copy) {
      duplicates_.push_back(i);
    } else {
      distinct.push_back(i);
    }
  }

  std::vector<std::size_t> accepted;
  for (const std::size_t i : distinct) {
    const bool contradicted = std::any_of(distinct.begin(), distinct.end(), [&](std::size_t other) {
      return other != i && same_subscription(phases[other], phases[i]) &&
             phases[other].starts_on == phases[i].starts_on;
    });
    if (contradicted) {
      reasons[i] = "same start, different content";
    } else {
      accepted.push_back(i);
    }
  }

  for (const auto& [phase, reason] : reasons) {
    rejected_.push_back({phase, reason});
  }
  return accepted;
}

// Everybody who is named anywhere exists, under the last name of its merges, unless left out.
void Engine::gather_people(const std::vector<std::size_t>& accepted) {
  std::set<std::string> named;
  for (const Customer& customer : book_.customers) {
    named.insert(customer.id);
    if (customer.merged_into && !customer.merged_into->empty()) {
      named.insert(*customer.merged_into);
    }
  }
  for (const std::size_t i : accepted) {
    named.insert(book_.phases[i].customer);
  }

  std::map<std::string, std::optional<int>> earliest_sign_up;
  for (const std::string& name : named) {
    const Identity identity = identify(name);
    if (identity.left_out) {
      continue;
    }
    people_[identity.id];
    const Customer* customer = find_customer(name);
    if (customer != nullptr && customer->signed_up_on) {
      std::optional<int>& earliest = earliest_sign_up[identity.id];
      if (!earliest || *customer->signed_up_on < *earliest) {
        earliest = customer->signed_up_on;
      }
    }
  }
  for (auto& [id, person] : people_) {
    if (const Customer* customer = find_customer(id)) {
      person.attributes = customer->attributes;
      person.signed_up_on = customer->signed_up_on;
    }
    if (!person.signed_up_on) {
      person.signed_up_on = earliest_sign_up[id];
    }
  }
}

// Gives every customer its phases, each cut where the next phase of the same subscription starts.
void Engine::place_rows(const std::vector<std::size_t>& accepted) {
  std::vector<Row> rows;
  for (const std::size_t i : accepted) {
    const Phase& phase = book_.phases[i];
    Row row{phase, run_rate(phase, true).value(), run_rate(phase, false).value(), {}, {}};
    for (const std::size_t other : accepted) {
      const Phase& next = book_.phases[other];
      const bool later = same_subscription(next, phase) && next.starts_on > phase.starts_on;
      if (later && (!row.phase.ends_on || next.starts_on < *row.phase.ends_on)) {
        row.phase.ends_on = next.starts_on;
      }
    }
    rows.push_back(std::move(row));
  }

  // Where a discount began is told by the phases as they were cut, not by when leaving was asked for.
  const std::vector<Row> cut = rows;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    Row& row = rows[k];
    const Phase& phase = book_.phases[accepted[k]];
    const Identity identity = identify(phase.customer);
    if (identity.left_out) {
      continue;
    }
    if (!discount_counts(cut, cut[k])) {
      row.discounted = row.undiscounted;
    }
    if (rules_.recognition == Recognition::cancel_request && phase.cancel_requested_on &&
        !is_void(phase, accepted)) {
      const int until = std::max(*phase.cancel_requested_on, phase.starts_on);
      row.phase.ends_on = std::min(row.phase.ends_on.value_or(until), until);
    }
    row.debts = debts_of(identity.id, phase.subscription);
    Person& person = people_.at(identity.id);
    person.currencies.insert(currency_of(phase));
    person.rows.push_back(std::move(row));
  }
}

// Whether a discount of this kind lowers what is counted, as long as it lasts.
bool Engine::discount_counts(const std::vector<Row>& rows, const Row& row) const {
  switch (rules_.discounts) {
    case Discounts::all: return true;
    case Discounts::none: return false;
    case Discounts::forever: return !row.phase.discount_ends_on;
    case Discounts::recurring: break;
  }
  if (!row.phase.discount_ends_on) {
    return true;
  }
  // The phases that hand the discount on, back to the first: one more cycle of that one has to fit.
  const Phase* first = &row.phase;
  for (std::size_t k = 0; k < rows.size();) {
    const Phase& before = rows[k].phase;
    if (same_subscription(before, *first) && before.starts_on < first->starts_on &&
        before.ends_on == first->starts_on && same_discount(before, *first)) {
      first = &before;
      k = 0;
    } else {
      ++k;
    }
  }
  const Cycle cycle{first->interval, first->interval_count};
  return *row.phase.discount_ends_on > cycle_day(cycle, first_paid_day(*first), 1);
}

// Whoever goes on has not left, whatever was asked for. The end is the one that was recorded.
bool Engine::is_void(const Phase& request, const std::vector<std::size_t>& accepted) const {
  return std::any_of(accepted.begin(), accepted.end(), [&](std::size_t other) {
    const Phase& phase = book_.phases[other];
    const bool goes_on = same_subscription(phase, request) && phase.starts_on > request.starts_on &&
                         (!request.ends_on || phase.starts_on <= *request.ends_on);
    return goes_on || (phase.customer == request.customer && request.ends_on == phase.starts_on);
  });
}

// ---- What invoices say ---------------------------------------------------------------------------------

// One of each id. Rows of one id that contradict each other say nothing.
void Engine::accept_invoices() {
  for (std::size_t i = 0; i < book_.invoices.size(); ++i) {
    bool copy = false;
    bool contradicted = false;
    for (std::size_t other = 0; other < book_.invoices.size(); ++other) {
      if (book_.invoices[other].id != book_.invoices[i].id) {
        continue;
      }
      const bool same = same_invoice(book_.invoices[other], book_.invoices[i]);
      contradicted = contradicted || !same;
      copy = copy || (same && other < i);
    }
    if (!copy && !contradicted) {
      invoices_.push_back(i);
    }
  }
}

int Engine::day_of(std::int64_t instant) const {
  const std::int64_t seconds = instant + std::int64_t{3600} * rules_.utc_offset_hours;
  const std::int64_t day = seconds / 86400;
  return static_cast<int>(seconds % 86400 < 0 ? day - 1 : day);
}

std::optional<int> Engine::known_paid_day(const Invoice& invoice) const {
  const int day = invoice.paid_on.value_or(due_day(invoice));
  return invoice.status == InvoiceStatus::paid && day < book_.as_of ? std::optional<int>(day) : std::nullopt;
}

// Of the customer's own subscriptions: those that the invoice or its lines name, or all if they name none.
bool Engine::is_about(const Invoice& invoice, const std::string& subscription) {
  std::set<std::string> named;
  if (invoice.subscription) {
    named.insert(*invoice.subscription);
  }
  for (const InvoiceLine& line : invoice.lines) {
    if (line.subscription) {
      named.insert(*line.subscription);
    }
  }
  return named.empty() || named.contains(subscription);
}

// The days on which a subscription does not count because an invoice about it is overdue.
std::vector<Engine::Span> Engine::debts_of(const std::string& customer,
                                           const std::string& subscription) const {
  std::vector<Span> debts;
  if (rules_.past_due == PastDue::counted) {
    return debts;
  }
  std::vector<Invoice> claims;
  for (const std::size_t i : invoices_) {
    const Invoice& invoice = book_.invoices[i];
    const Identity identity = identify(invoice.customer);
    if (identity.id == customer && !identity.left_out && is_claim(invoice) &&
        invoice.issued_on < book_.as_of && is_about(invoice, subscription)) {
      claims.push_back(invoice);
    }
  }
  for (const Invoice& claim : claims) {
    int from = due_day(claim);
    if (rules_.past_due == PastDue::dropped_after_days) {
      from += rules_.past_due_days;
    } else if (claim.status != InvoiceStatus::uncollectible) {
      continue;
    } else {
      for (const Payment& payment : claim.payments) {
        const int day = day_of(payment.at);
        if (payment.status == PaymentStatus::failed && day < book_.as_of) {
          from = std::max(from, day);
        }
      }
    }
    int until = std::numeric_limits<int>::max();
    for (const Invoice& payer : claims) {
      const std::optional<int> paid = known_paid_day(payer);
      if (paid && payer.issued_on >= claim.issued_on) {
        until = std::min(until, *paid);
      }
    }
    debts.push_back({from, until});
  }
  return debts;
}

// Makes the phases of the lines of invoices. Spans of service that were billed are the only thing known: what a
// whole cycle costs is worked out for every line, and added up for every day.
void Engine::place_rows_of_invoices() {
  std::vector<ServiceLine> usable;
  const auto find = [&](std::size_t invoice, std::optional<std::size_t> line, const char* reason) {
    invoice_findings_.push_back({invoice, line, reason});
  };
  for (const std::size_t i : invoices_) {
    const Invoice& invoice = book_.invoices[i];
    const Identity identity = identify(invoice.customer);
    const bool nothing = invoice.status == InvoiceStatus::draft || invoice.status == InvoiceStatus::void_;
    if (identity.left_out || nothing || invoice.issued_on >= book_.as_of) {
      continue;
    }
    for (std::size_t l = 0; l < invoice.lines.size(); ++l) {
      const InvoiceLine& line = invoice.lines[l];
      const auto here = invoice.lines.begin() + static_cast<std::ptrdiff_t>(l);
      if (line.kind == LineKind::one_time ||
          (line.kind == LineKind::usage && rules_.usage == Usage::excluded)) {
        continue;
      }
      if (std::any_of(invoice.lines.begin(), here,
                      [&](const InvoiceLine& earlier) { return same_line(earlier, line); })) {
        find(i, l, "duplicate_row");
        continue;
      }
      const Rational amount = to_rational(line.amount);
      if (!line.period_start || !line.period_end) {
        find(i, l, "no_service_period");
      } else if (*line.period_end <= *line.period_start) {
        find(i, l, "ends_before_start");
      } else if (line.quantity && *line.quantity < 0) {
        find(i, l, "negative_quantity");
      } else if (rules_.currency && !converting_ && invoice.currency != *rules_.currency) {
        find(i, l, "currency_not_reported");
      } else if (amount < 0 && line.kind != LineKind::proration) {
        find(i, l, "negative_amount");
      } else {
        ServiceLine service{i, l, identity.id, {}, line.plan, invoice.currency, line.kind, {}, {}, amount};
        service.subscription = line.subscription.value_or(invoice.subscription.value_or(invoice.customer));
        service.order = {*line.period_start, invoice.issued_on, invoice.id};
        service.end = *line.period_end;
        if (line.unit_price && line.quantity) {
          service.list_price = to_rational(*line.unit_price) * *line.quantity;
        }
        service.cycle = line.cycle;
        if (!service.cycle && line.kind != LineKind::proration) {
          service.cycle = cycle_of_period(*line.period_start, *line.period_end);
        }
        usable.push_back(std::move(service));
      }
    }
  }
  std::vector<ServiceLine> lines;
  for (const ServiceLine& line : usable) {
    ServiceLine service = line;
    if (!service.cycle) {
      service.cycle = cycle_of_proration(usable, service);
    }
    if (!service.cycle) {
      find(service.invoice_index, service.line_index, "no_interval");
      continue;
    }
    service.full = full_price(usable, service, rules_.discounts);
    lines.push_back(std::move(service));
  }
  std::sort(invoice_findings_.begin(), invoice_findings_.end(),
            [](const InvoiceFinding& a, const InvoiceFinding& b) {
              return std::tie(a.invoice, a.line) < std::tie(b.invoice, b.line);
            });

  std::map<ChainKey, Chain> chains = chains_of(lines);
  for (auto& [key, chain] : chains) {
    cut_charges(chain);
    take_back(chain);
  }
  wait_for_renewals(chains, rules_);

  for (const auto& [key, chain] : chains) {
    const auto& [customer, subscription, plan, currency, is_usage] = key;
    Person& person = people_[customer];
    for (const Cycle& cycle : cycles_of(chain)) {
      Row row;
      row.levels = levels_of(chain, currency, cycle, book_.as_of);
      if (row.levels->empty()) {
        continue;
      }
      row.phase.subscription = subscription;
      row.phase.customer = customer;
      row.phase.plan = plan;
      row.phase.currency = currency;
      row.phase.interval = cycle.interval;
      row.phase.interval_count = cycle.count;
      row.phase.starts_on = row.levels->begin()->first;
      row.debts = debts_of(customer, subscription);
      person.currencies.insert(currency_of(row.phase));
      person.rows.push_back(std::move(row));
    }
  }
}

// ---- Exchange ------------------------------------------------------------------------------------------

bool Engine::converts(const std::string& currency) const {
  return converting_ && currency != *rules_.currency;
}

std::string Engine::currency_of(const Phase& phase) const {
  return converting_ ? *rules_.currency : phase.currency;
}

// The latest row on or before the day, or before as_of. Rows of one day that contradict each other are none.
std::string Engine::rate_of(const std::string& currency, Rates rates) const {
  if (!rates.of_day && rules_.rates.contains(currency)) {
    return rules_.rates.at(currency);
  }
  const int last = rates.of_day.value_or(book_.as_of - 1);
  const FxRate* latest = nullptr;
  for (const FxRate& row : book_.fx_rates) {
    const bool contradicted =
        std::any_of(book_.fx_rates.begin(), book_.fx_rates.end(), [&](const FxRate& other) {
          return other.on == row.on && other.currency == row.currency && !same_number(other.rate, row.rate);
        });
    if (row.currency == currency && row.on <= last && !contradicted &&
        (latest == nullptr || row.on > latest->on)) {
      latest = &row;
    }
  }
  if (latest == nullptr) {
    throw std::out_of_range("no rate of " + currency + " on day " + std::to_string(last));
  }
  return latest->rate;
}

std::int64_t Engine::value_of(const Phase& phase, std::int64_t ticks, Rates rates) const {
  if (ticks == 0 || !converts(phase.currency)) {
    return ticks;
  }
  const Decimal rate = read_decimal(rate_of(phase.currency, rates));
  return to_int64(divide_half_even(rate.digits * ticks * minor_units_per_unit(*rules_.currency),
                                   rate.scale * minor_units_per_unit(phase.currency)));
}

Engine::Rates Engine::rates_on(int day) const { return rules_.fx == Fx::dated ? Rates{day} : Rates{}; }

// ---- Days ----------------------------------------------------------------------------------------------

State Engine::state_of_row(const Row& row, int day) const {
  const bool in_debt = std::any_of(row.debts.begin(), row.debts.end(),
                                   [&](const Span& debt) { return debt.first <= day && day < debt.last; });
  if (in_debt) {
    return {};
  }
  if (row.levels) {
    const auto level = row.levels->find(day);
    return level == row.levels->end()
               ? State{}
               : State{level->second > 0 || rules_.free == Free::customer, level->second};
  }
  if (!in_force(row.phase, day) || on_trial(row.phase, day)) {
    return {};
  }
  const std::int64_t worth = discount_over(row.phase, day) ? row.undiscounted : row.discounted;
  const State running{worth > 0 || rules_.free == Free::customer, worth};
  if (!paused(row.phase, day)) {
    return running;
  }
  switch (rules_.pause) {
    case Pause::retained: return {running.present, 0};
    case Pause::absent: return {};
    case Pause::counted: break;
  }
  return running;
}

void Engine::walk_days(Person& person) const {
  if (person.rows.empty()) {
    return;
  }
  person.first_day = person.rows.front().phase.starts_on;
  for (const Row& row : person.rows) {
    person.first_day = std::min(person.first_day, row.phase.starts_on);
  }
  for (int day = person.first_day; day < book_.as_of; ++day) {
    person.present.push_back(std::any_of(person.rows.begin(), person.rows.end(),
                                         [&](const Row& row) { return state_of_row(row, day).present; }));
    person.carried_from.push_back(day);
  }
}

// An absence that ends is a gap, carried if it is short enough. One that is not over at as_of may yet become
// such a gap: carried too, and pending.
void Engine::fill_gaps(Person& person) const {
  std::vector<bool>& present = person.present;
  const std::size_t allowance = static_cast<std::size_t>(std::max(rules_.gap_allowance, 0));
  std::optional<std::size_t> last_present;
  for (std::size_t i = 0; i <= present.size(); ++i) {
    const bool at_as_of = i == present.size();
    if (!at_as_of && !present[i]) {
      continue;
    }
    if (!last_present && !at_as_of) {
      person.first_present = person.first_day + static_cast<int>(i);
    }
    if (last_present) {
      const std::size_t absent_from = *last_present + 1;
      const std::size_t length = i - absent_from;
      if (length > 0 && length <= allowance) {
        for (std::size_t day = absent_from; day < i; ++day) {
          present[day] = true;
          person.carried_from[day] = person.first_day + static_cast<int>(*last_present);
        }
        if (at_as_of) {
          person.pending_gap_from = person.first_day + static_cast<int>(absent_from);
        }
      }
    }
    last_present = i;
  }
}

bool Engine::present_on(const Person& person, int day) {
  if (day < person.first_day) {
    return false;
  }
  const std::size_t index = static_cast<std::size_t>(day - person.first_day);
  return index < person.present.size() && person.present[index];
}

// Presence is a matter of the currency that is paid in; rates only say what it is worth.
State Engine::state_of(const Person& person, int day, Rates rates) const {
  State sum;
  if (!present_on(person, day)) {
    return sum;
  }
  sum.present = true;
  const int counted_day = person.carried_from[static_cast<std::size_t>(day - person.first_day)];
  for (const Row& row : person.rows) {
    sum.ticks = plus(sum.ticks, value_of(row.phase, state_of_row(row, counted_day).ticks, rates));
  }
  return sum;
}

std::optional<int> Engine::last_present_before(const Person& person, int day) {
  for (int earlier = day - 1; earlier >= person.first_day; --earlier) {
    if (present_on(person, earlier)) {
      return earlier;
    }
  }
  return std::nullopt;
}

// ---- Periods -------------------------------------------------------------------------------------------

// Some day of the period is both covered by the records and before as_of.
bool Engine::observable(int begin, int end) const {
  int first = begin;
  if (book_.records_from) {
    first = std::max(first, *book_.records_from);
  }
  return first < std::min(end, book_.as_of);
}

// Where the records begin inside the period, it opens with the first day that they cover: whoever pays on
// that day was there before, as far as anybody can tell.
Engine::Window Engine::window(int begin, int end) const {
  int opening = begin - 1;
  if (book_.records_from) {
    opening = std::max(opening, *book_.records_from);
  }
  return {opening, std::min(end, book_.as_of) - 1};
}

std::vector<PeriodStatus> Engine::status(const Grid& grid) const {
  check_grid(grid);
  std::vector<PeriodStatus> result;
  for (std::size_t i = 0; i < grid.periods(); ++i) {
    const int begin = grid.cuts[i];
    const int end = grid.cuts[i + 1];
    PeriodStatus period;
    period.observable = observable(begin, end);
    const bool cut_by_as_of = end > book_.as_of;
    const bool cut_by_records = book_.records_from && begin < *book_.records_from;
    const bool cut_by_pending_gap = first_pending_gap_ && *first_pending_gap_ < end;
    period.complete =
        period.observable && grid.whole[i] && !cut_by_as_of && !cut_by_records && !cut_by_pending_gap;
    result.push_back(period);
  }
  return result;
}

// ---- Movements -----------------------------------------------------------------------------------------

bool Engine::beyond_reactivation_window(const Person& person, int entry) const {
  const std::optional<int> last = last_present_before(person, entry);
  return rules_.reactivation_window && last && entry - *last - 1 > *rules_.reactivation_window;
}

// The entry happens on the day `entry` of the period that begins on `begin`.
bool Engine::is_new(const Person& person, const Grid& grid, int begin, int entry) const {
  if (beyond_reactivation_window(person, entry)) {
    return true;
  }
  if (rules_.history == History::any_day) {
    return !last_present_before(person, entry).has_value();
  }
  const auto present_at_a_closing = [&](const std::vector<int>& cuts) {
    return std::any_of(cuts.begin(), cuts.end(),
                       [&](int cut) { return cut <= begin && present_on(person, cut - 1); });
  };
  // What is known from before the records begin counts as before, however periods lie.
  const bool before_records = book_.records_from && last_present_before(person, *book_.records_from + 1);
  return !before_records && !present_at_a_closing(grid.earlier_cuts) && !present_at_a_closing(grid.cuts);
}

// Adds one step from `before` to `after`.
void Engine::classify(Cell& cell, State before, State after, bool entry_is_new) const {
  if (!before.present && after.present) {
    if (entry_is_new) {
      cell.new_ = plus(cell.new_, after.ticks);
      ++cell.new_customers;
    } else {
      cell.reactivation = plus(cell.reactivation, after.ticks);
      ++cell.reactivated_customers;
    }
  }
  if (before.present && !after.present) {
    cell.churn = plus(cell.churn, before.ticks);
    ++cell.churned_customers;
  }
  if (before.present && after.present && after.ticks > before.ticks) {
    cell.expansion = plus(cell.expansion, after.ticks - before.ticks);
    ++cell.expanded_customers;
  }
  if (before.present && after.present && after.ticks < before.ticks) {
    cell.contraction = plus(cell.contraction, before.ticks - after.ticks);
    ++cell.contracted_customers;
  }
}

Cell Engine::cell_of(const Person& person, const Grid& grid, std::size_t period) const {
  const int begin = grid.cuts[period];
  const int end = grid.cuts[period + 1];
  Cell cell;
  if (!observable(begin, end)) {
    return cell;
  }
  const Window span = window(begin, end);
  const Rates rates = rates_on(begin - 1);
  const State opening = state_of(person, span.opening, rates);
  const State closing = state_of(person, span.closing, rates);

  cell.opening = opening.ticks;
  cell.closing = state_of(person, span.closing, rates_on(span.closing)).ticks;
  cell.fx = cell.closing - closing.ticks;
  cell.opening_customers = opening.present ? 1 : 0;
  cell.closing_customers = closing.present ? 1 : 0;
  if (opening.present) {
    cell.kept = std::min(opening.ticks, closing.ticks);
    cell.retained = closing.ticks;
    cell.lost_customers = closing.present ? 0 : 1;
  }

  std::int64_t Cell::*const departures_here =
      opening.present ? &Cell::departures_of_opening : &Cell::departures_of_joined;
  std::optional<int> first_entry;
  for (int day = span.opening + 1; day <= span.closing; ++day) {
    const State before = state_of(person, day - 1, rates);
    const State after = state_of(person, day, rates);
    const bool entry = !before.present && after.present;
    if (entry && !first_entry) {
      first_entry = day;
    }
    if (before.present && !after.present) {
      ++cell.departures;
      ++(cell.*departures_here);
    }
    if (rules_.netting == Netting::by_day) {
      classify(cell, before, after, entry && is_new(person, grid, begin, day));
    }
  }
  if (!opening.present && first_entry) {
    cell.joined_customers = 1;
    cell.joined_and_left_customers = closing.present ? 0 : 1;
  }
  if (rules_.netting == Netting::by_period) {
    const bool entered = !opening.present && closing.present;
    classify(cell, opening, closing, entered && is_new(person, grid, begin, first_entry.value()));
  }

  // The opening day is no day of the period, save where the records begin with it.
  for (int day = std::max(begin, span.opening); day <= span.closing; ++day) {
    if (present_on(person, day)) {
      ++cell.customer_days;
    }
  }
  return cell;
}

std::vector<Cell> Engine::cells_of(const Person& person, const Grid& grid) const {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < grid.periods(); ++i) {
    cells.push_back(cell_of(person, grid, i));
  }
  return cells;
}

std::map<std::string, std::vector<Cell>> Engine::movements_by_customer(const Grid& grid) const {
  check_grid(grid);
  std::map<std::string, std::vector<Cell>> result;
  for (const auto& [id, person] : people_) {
    expect_one_currency(person.currencies);
    result[id] = cells_of(person, grid);
  }
  return result;
}

std::map<Engine::Labels, std::vector<Cell>> Engine::movements(
    const Grid& grid, const std::vector<std::string>& attributes) const {
  check_grid(grid);
  std::map<Labels, std::vector<Cell>> result;
  std::map<Labels, std::set<std::string>> currencies;
  if (attributes.empty()) {
    result[Labels{""}].resize(grid.periods());  // a book without customers still has a total
  }
  for (const auto& [id, person] : people_) {
    Labels labels;
    for (const std::string& attribute : attributes) {
      const auto found = person.attributes.find(attribute);
      const bool missing = found == person.attributes.end() || found->second.empty();
      labels.push_back(missing ? "(none)" : found->second);
    }
    if (attributes.empty()) {
      labels = Labels{""};
    }
    currencies[labels].insert(person.currencies.begin(), person.currencies.end());
    expect_one_currency(currencies[labels]);
    std::vector<Cell>& sums = result[labels];
    sums.resize(grid.periods());
    const std::vector<Cell> cells = cells_of(person, grid);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      sums[i] += cells[i];
    }
  }
  return result;
}

std::map<Engine::Labels, std::vector<Cell>> Engine::movements(
    const Grid& grid, std::initializer_list<const char*> attributes) const {
  return movements(grid, std::vector<std::string>(attributes.begin(), attributes.end()));
}

std::vector<Cell> Engine::total(const Grid& grid) const { return movements(grid, {}).at(Labels{""}); }

// ---- Movements by segment ------------------------------------------------------------------------------

Engine::Question Engine::question(const std::vector<Segment>& by, const std::vector<Condition>& where) {
  Question asked{by, by.size(), where};
  for (const Condition& condition : where) {
    asked.segments.push_back(condition.segment);
  }
  return asked;
}

// Without a day the customer has no state.
std::string Engine::fixed_or_state_label(const Segment& segment, const Person& person, std::optional<int> day,
                                         Rates rates) const {
  const std::string none = "(none)";
  switch (segment.kind) {
    case SegmentKind::attribute: {
      const auto found = person.attributes.find(segment.name);
      return found == person.attributes.end() || found->second.empty() ? none : found->second;
    }
    case SegmentKind::cohort_month: {
      if (!person.first_present) {
        return none;
      }
      if (book_.records_from && *person.first_present <= *book_.records_from) {
        return "(before records)";
      }
      const CivilDate date = civil_date(*person.first_present);
      return std::to_string(date.year) + "-" + two_digits(date.month) + "-01";
    }
    case SegmentKind::primary_plan: {
      if (!day) {
        return none;
      }
      std::map<std::string, std::int64_t> plans;
      for (const auto& [lane, ticks] : look(question({{SegmentKind::plan}}, {}), person, *day, rates).lanes) {
        plans[lane.labels.front()] = plus(plans[lane.labels.front()], ticks);
      }
      // The first of equal ones is the one with the smaller label.
      return std::max_element(plans.begin(), plans.end(),
                              [](const auto& a, const auto& b) { return a.second < b.second; })
          ->first;
    }
    case SegmentKind::latest_plan: {
      if (!day) {
        return none;
      }
      const int counted_day = person.carried_from[static_cast<std::size_t>(*day - person.first_day)];
      const Phase* latest = nullptr;
      for (const Row& row : person.rows) {
        if (!state_of_row(row, counted_day).present) {
          continue;
        }
        const bool later = latest == nullptr || row.phase.starts_on > latest->starts_on;
        const bool smaller = !later && row.phase.starts_on == latest->starts_on &&
                             row.phase.subscription < latest->subscription;
        if (later || smaller) {
          latest = &row.phase;
        }
      }
      return lane_label(SegmentKind::plan, *latest);
    }
    case SegmentKind::tenure:
      return day ? band_label(segment.thresholds, *day - *person.first_present) : none;
    case SegmentKind::mrr_band:
      return day ? band_label(segment.thresholds, state_of(person, *day, rates).ticks) : none;
    default: return "";
  }
}

Engine::Labels Engine::state_labels(const Question& asked, const Person& person, std::optional<int> day,
                                    Rates rates) const {
  Labels labels;
  for (const Segment& segment : asked.segments) {
    labels.push_back(fixed_or_state_label(segment, person, day, rates));
  }
  return labels;
}

Engine::Lane Engine::lane_of(const Question& asked, const Phase& phase) const {
  Lane lane;
  for (const Segment& segment : asked.segments) {
    lane.labels.push_back(lane_label(segment.kind, phase));
  }
  lane.currency = currency_of(phase);
  return lane;
}

Engine::Snapshot Engine::look(const Question& asked, const Person& person, int day, Rates rates) const {
  Snapshot snapshot;
  snapshot.present = present_on(person, day);
  if (!snapshot.present) {
    return snapshot;
  }
  snapshot.state = state_labels(asked, person, day, rates);
  const int counted_day = person.carried_from[static_cast<std::size_t>(day - person.first_day)];
  for (const Row& row : person.rows) {
    const State part = state_of_row(row, counted_day);
    if (part.present) {
      std::int64_t& ticks = snapshot.lanes[lane_of(asked, row.phase)];
      ticks = plus(ticks, value_of(row.phase, part.ticks, rates));
    }
  }
  return snapshot;
}

// The label under which an elementary cell (a state and a lane) is told; nothing where the conditions drop
// it.
std::optional<Engine::Labels> Engine::target(const Question& asked, const Labels& state, const Lane& lane) {
  Labels labels;
  for (std::size_t i = 0; i < asked.segments.size(); ++i) {
    labels.push_back(is_lane(asked.segments[i].kind) ? lane.labels[i] : state[i]);
  }
  for (std::size_t i = 0; i < asked.where.size(); ++i) {
    const bool same = labels[asked.asked_for + i] == asked.where[i].label;
    if (same != asked.where[i].equal) {
      return std::nullopt;
    }
  }
  labels.resize(asked.asked_for);
  return labels.empty() ? Labels{""} : labels;
}

std::set<Engine::Labels> Engine::targets(const Question& asked, const Snapshot& snapshot) {
  std::set<Labels> result;
  for (const auto& [lane, ticks] : snapshot.lanes) {
    if (const std::optional<Labels> labels = target(asked, snapshot.state, lane)) {
      result.insert(*labels);
    }
  }
  return result;
}

void Engine::add_amount(Sums& sums, const Question& asked, const Labels& state, const Lane& lane,
                        std::int64_t Cell::*field, std::int64_t amount) {
  const std::optional<Labels> labels = target(asked, state, lane);
  if (!labels || amount == 0) {
    return;
  }
  sums.currencies[*labels].insert(lane.currency);
  Cell& cell = sums.cells[*labels];
  cell.*field = plus(cell.*field, amount);
}

void Engine::add_count(Sums& sums, const std::set<Labels>& where, std::int64_t Cell::*field,
                       std::int64_t count) {
  for (const Labels& labels : where) {
    sums.cells[labels].*field += count;
  }
}

void Engine::add_sums(Sums& sums, const Sums& part) {
  for (const auto& [labels, cell] : part.cells) {
    sums.cells[labels] += cell;
  }
  for (const auto& [labels, currencies] : part.currencies) {
    sums.currencies[labels].insert(currencies.begin(), currencies.end());
  }
}

// What some lanes gain and others lose in one step: the smaller of the two sides was transferred in full; of
// the larger side every lane takes its share of that, by largest remainder, and the rest is movement.
std::map<Engine::Lane, Engine::LaneChange> Engine::match_lanes(const LaneAmounts& opening,
                                                               const LaneAmounts& closing) {
  std::map<Lane, Integer> gains;
  std::map<Lane, Integer> losses;
  std::set<Lane> lanes;
  for (const LaneAmounts& side : {opening, closing}) {
    for (const auto& [lane, amount] : side) {
      lanes.insert(lane);
    }
  }
  Integer gained = 0;
  Integer lost = 0;
  for (const Lane& lane : lanes) {
    const Integer before = opening.contains(lane) ? opening.at(lane) : 0;
    const Integer after = closing.contains(lane) ? closing.at(lane) : 0;
    if (after > before) {
      gains[lane] = after - before;
      gained += after - before;
    }
    if (after < before) {
      losses[lane] = before - after;
      lost += before - after;
    }
  }

  const bool grows = gained >= lost;
  const Integer matched = grows ? lost : gained;
  const Integer larger = grows ? gained : lost;
  std::map<Lane, Integer> shares;
  std::map<Lane, Integer> remainders;
  std::vector<Lane> takers;
  Integer left = matched;
  for (const auto& [lane, amount] : grows ? gains : losses) {
    shares[lane] = amount * matched / larger;
    remainders[lane] = amount * matched % larger;
    takers.push_back(lane);
    left -= shares[lane];
  }
  // Of equal remainders the smaller label comes first: that is their order already.
  std::stable_sort(takers.begin(), takers.end(),
                   [&](const Lane& a, const Lane& b) { return remainders.at(a) > remainders.at(b); });
  for (std::size_t i = 0; left > 0; ++i) {
    shares[takers.at(i)] += 1;
    left -= 1;
  }

  std::map<Lane, LaneChange> changes;
  for (const auto& [lane, amount] : gains) {
    const Integer transferred = grows ? shares.at(lane) : amount;
    changes[lane].transfer_in = to_int64(transferred);
    changes[lane].expansion = to_int64(amount - transferred);
  }
  for (const auto& [lane, amount] : losses) {
    const Integer transferred = grows ? amount : shares.at(lane);
    changes[lane].transfer_out = to_int64(transferred);
    changes[lane].contraction = to_int64(amount - transferred);
  }
  return changes;
}

std::map<Engine::Lane, Engine::LaneChange> Engine::match_lanes_of_each_currency(const LaneAmounts& opening,
                                                                                const LaneAmounts& closing) {
  std::map<std::string, std::pair<LaneAmounts, LaneAmounts>> currencies;
  for (const auto& [lane, ticks] : opening) {
    currencies[lane.currency].first[lane] = ticks;
  }
  for (const auto& [lane, ticks] : closing) {
    currencies[lane.currency].second[lane] = ticks;
  }
  std::map<Lane, LaneChange> changes;
  for (const auto& [currency, sides] : currencies) {
    changes.merge(match_lanes(sides.first, sides.second));
  }
  return changes;
}

// One customer's step. Whether it came, went or stayed is decided for the customer as a whole; its lanes only
// say where the amounts belong.
void Engine::add_step(Sums& sums, const Question& asked, const Snapshot& before, const Snapshot& after,
                      bool entry_is_new) {
  const std::set<Labels> targets_before = targets(asked, before);
  const std::set<Labels> targets_after = targets(asked, after);
  if (!before.present && after.present) {
    for (const auto& [lane, ticks] : after.lanes) {
      add_amount(sums, asked, after.state, lane, entry_is_new ? &Cell::new_ : &Cell::reactivation, ticks);
    }
    add_count(sums, targets_after, entry_is_new ? &Cell::new_customers : &Cell::reactivated_customers);
  }
  if (before.present && !after.present) {
    for (const auto& [lane, ticks] : before.lanes) {
      add_amount(sums, asked, before.state, lane, &Cell::churn, ticks);
    }
    add_count(sums, targets_before, &Cell::churned_customers);
  }
  if (!before.present || !after.present) {
    return;
  }

  // The whole opening moves with the state first; the lanes change inside the new state. What ends in the row
  // that it came from has not moved.
  Sums step;
  if (before.state != after.state) {
    for (const auto& [lane, ticks] : before.lanes) {
      if (target(asked, before.state, lane) == target(asked, after.state, lane)) {
        continue;
      }
      add_amount(step, asked, before.state, lane, &Cell::transfer_out, ticks);
      add_amount(step, asked, after.state, lane, &Cell::transfer_in, ticks);
    }
  }
  Sums between_lanes;
  for (const auto& [lane, change] : match_lanes_of_each_currency(before.lanes, after.lanes)) {
    add_amount(step, asked, after.state, lane, &Cell::expansion, change.expansion);
    add_amount(step, asked, after.state, lane, &Cell::contraction, change.contraction);
    add_amount(between_lanes, asked, after.state, lane, &Cell::transfer_in, change.transfer_in);
    add_amount(between_lanes, asked, after.state, lane, &Cell::transfer_out, change.transfer_out);
  }
  for (auto& [labels, cell] : between_lanes.cells) {
    const std::int64_t stayed = std::min(cell.transfer_in, cell.transfer_out);
    cell.transfer_in -= stayed;
    cell.transfer_out -= stayed;
  }
  add_sums(step, between_lanes);
  for (auto& [labels, cell] : step.cells) {
    cell.expanded_customers = cell.expansion > 0 ? 1 : 0;
    cell.contracted_customers = cell.contraction > 0 ? 1 : 0;
  }
  for (const Labels& labels : targets_after) {
    step.cells[labels].transferred_in_customers = targets_before.contains(labels) ? 0 : 1;
  }
  for (const Labels& labels : targets_before) {
    step.cells[labels].transferred_out_customers = targets_after.contains(labels) ? 0 : 1;
  }
  add_sums(sums, step);
}

// What rates are made of, where the customer was at opening.
void Engine::add_rates(Sums& sums, const Question& asked, const Snapshot& opening, const Snapshot& closing) {
  std::map<Lane, LaneChange> changes;
  if (closing.present) {
    changes = match_lanes_of_each_currency(opening.lanes, closing.lanes);
  } else {
    add_count(sums, targets(asked, opening), &Cell::lost_customers);
  }
  for (const auto& [lane, ticks] : opening.lanes) {
    const std::int64_t lost = closing.present ? changes[lane].contraction : ticks;
    add_amount(sums, asked, opening.state, lane, &Cell::kept, ticks - lost);
    add_amount(sums, asked, opening.state, lane, &Cell::retained, ticks - lost);
  }
  // Growth counts in the rows that the customer was in, through whatever lane of theirs.
  const std::set<Labels> rows = targets(asked, opening);
  for (const auto& [lane, change] : changes) {
    const std::optional<Labels> labels = target(asked, opening.state, lane);
    if (labels && rows.contains(*labels)) {
      add_amount(sums, asked, opening.state, lane, &Cell::retained, change.expansion);
    }
  }
}

// One customer in one period.
void Engine::add_period(Sums& sums, const Question& asked, const Person& person, const Grid& grid,
                        std::size_t period) const {
  const int begin = grid.cuts[period];
  const int end = grid.cuts[period + 1];
  if (!observable(begin, end)) {
    return;
  }
  const Window span = window(begin, end);
  const PeriodRates labels_by = period_rates(grid, period);
  const Rates rates = labels_by.inside;
  Snapshot opening = look(asked, person, span.opening, rates);
  opening.state = look(asked, person, span.opening, labels_by.opening).state;
  const Snapshot closing = look(asked, person, span.closing, rates);
  for (const auto& [lane, ticks] : opening.lanes) {
    add_amount(sums, asked, opening.state, lane, &Cell::opening, ticks);
  }
  // The closing is the only thing that is told at its own rates, and what those changed is a movement.
  for (const auto& [lane, ticks] : look(asked, person, span.closing, rates_on(span.closing)).lanes) {
    add_amount(sums, asked, closing.state, lane, &Cell::fx, ticks - closing.lanes.at(lane));
    add_amount(sums, asked, closing.state, lane, &Cell::closing, ticks);
  }
  add_count(sums, targets(asked, opening), &Cell::opening_customers);
  add_count(sums, targets(asked, closing), &Cell::closing_customers);
  if (opening.present) {
    add_rates(sums, asked, opening, closing);
  }
  if (span.opening >= begin) {  // where the records begin the opening day is a day of the period
    add_count(sums, targets(asked, opening), &Cell::customer_days);
  }

  std::int64_t departures = 0;
  std::optional<int> entry;
  Snapshot joining;
  Snapshot yesterday = opening;
  for (int day = span.opening + 1; day <= span.closing; ++day) {
    Snapshot today = look(asked, person, day, rates);
    add_count(sums, targets(asked, today), &Cell::customer_days);
    const bool entered = !yesterday.present && today.present;
    if (entered && !entry) {
      entry = day;
      joining = today;
    }
    if (yesterday.present && !today.present) {
      ++departures;
      add_count(sums, targets(asked, yesterday), &Cell::departures);
    }
    if (rules_.netting == Netting::by_day) {
      add_step(sums, asked, yesterday, today, entered && is_new(person, grid, begin, day));
    }
    yesterday = std::move(today);
  }
  if (rules_.netting == Netting::by_period) {
    const bool entered = !opening.present && closing.present;
    add_step(sums, asked, opening, closing, entered && is_new(person, grid, begin, entry.value()));
  }

  if (opening.present) {
    add_count(sums, targets(asked, opening), &Cell::departures_of_opening, departures);
  } else if (entry) {
    add_count(sums, targets(asked, joining), &Cell::joined_customers);
    add_count(sums, targets(asked, joining), &Cell::joined_and_left_customers, closing.present ? 0 : 1);
    add_count(sums, targets(asked, joining), &Cell::departures_of_joined, departures);
  }
}

// A label stands for one currency in all periods, or its figures could not be compared.
std::map<Engine::Labels, std::vector<Cell>> Engine::tabulate(const Answer& answer, const Question& asked) {
  std::map<Labels, std::vector<Cell>> result;
  std::map<Labels, std::set<std::string>> currencies;
  if (asked.asked_for == 0) {
    result[Labels{""}].resize(answer.size());
  }
  for (std::size_t i = 0; i < answer.size(); ++i) {
    for (const auto& [labels, cell] : answer[i].cells) {
      if (cell != Cell{}) {
        std::vector<Cell>& cells = result[labels];
        cells.resize(answer.size());
        cells[i] = cell;
      }
    }
    for (const auto& [labels, here] : answer[i].currencies) {
      currencies[labels].insert(here.begin(), here.end());
      expect_one_currency(currencies[labels]);
    }
  }
  return result;
}

std::map<Engine::Labels, std::vector<Cell>> Engine::movements(const Grid& grid,
                                                              const std::vector<Segment>& by,
                                                              const std::vector<Condition>& where) const {
  check_grid(grid);
  const Question asked = question(by, where);
  Answer answer(grid.periods());
  for (std::size_t i = 0; i < grid.periods(); ++i) {
    for (const auto& [id, person] : people_) {
      add_period(answer[i], asked, person, grid, i);
    }
  }
  return tabulate(answer, asked);
}

std::map<Engine::Labels, std::vector<Cell>> Engine::movements_trailing(
    const Grid& grid, int days, const std::vector<Segment>& by, const std::vector<Condition>& where) const {
  check_grid(grid);
  const Question asked = question(by, where);
  Answer answer(grid.periods());
  for (std::size_t i = 0; i < grid.periods(); ++i) {
    const Grid trailing = trailing_window(grid, i, days);
    for (const auto& [id, person] : people_) {
      add_period(answer[i], asked, person, trailing, 0);
    }
  }
  return tabulate(answer, asked);
}

std::vector<PeriodStatus> Engine::status_trailing(const Grid& grid, int days) const {
  check_grid(grid);
  std::vector<PeriodStatus> result;
  for (std::size_t i = 0; i < grid.periods(); ++i) {
    result.push_back(status(trailing_window(grid, i, days)).front());
  }
  return result;
}

// ---- Subscriptions -------------------------------------------------------------------------------------

std::set<std::string> Engine::subscriptions_on(const Person& person, int day) const {
  std::set<std::string> result;
  for (const Row& row : person.rows) {
    if (state_of_row(row, day).present) {
      result.insert(row.phase.subscription);
    }
  }
  return result;
}

Engine::LaneAmounts Engine::seats_on(const Question& asked, const Person& person, int day) const {
  LaneAmounts seats;
  for (const Row& row : person.rows) {
    if (state_of_row(row, day).present) {
      std::int64_t& sum = seats[lane_of(asked, row.phase)];
      sum = plus(sum, row.phase.quantity);
    }
  }
  return seats;
}

// A period opens where the one before it closed: a label that new rates change is changed in this period.
Engine::PeriodRates Engine::period_rates(const Grid& grid, std::size_t period) const {
  const int begin = grid.cuts[period];
  const Rates inside = rates_on(begin - 1);
  const bool is_followed = period > 0 && observable(grid.cuts[period - 1], begin);
  return {window(begin, grid.cuts[period + 1]).opening,
          is_followed ? rates_on(grid.cuts[period - 1] - 1) : inside, inside};
}

void Engine::add_subscriptions_and_seats(SubscriptionSums& sums, const Question& asked, const Person& person,
                                         Window span, const PeriodRates& rates) const {
  const Snapshot opening = look(asked, person, span.opening, rates.on(span.opening));
  const std::set<std::string> on_at_closing = subscriptions_on(person, span.closing);
  for (const Row& row : person.rows) {
    if (!state_of_row(row, span.opening).present) {
      continue;
    }
    if (const std::optional<Labels> labels = target(asked, opening.state, lane_of(asked, row.phase))) {
      ++sums[*labels].opening_subscriptions;
      sums[*labels].lost_subscriptions += on_at_closing.contains(row.phase.subscription) ? 0 : 1;
    }
  }

  // Seats have no currency, but their lanes have: what moves from one to the other is not lost.
  const LaneAmounts seats = seats_on(asked, person, span.opening);
  std::map<Lane, LaneChange> changes = match_lanes(seats, seats_on(asked, person, span.closing));
  for (const auto& [lane, quantity] : seats) {
    if (const std::optional<Labels> labels = target(asked, opening.state, lane)) {
      SubscriptionCell& cell = sums[*labels];
      cell.opening_seats = plus(cell.opening_seats, quantity);
      cell.lost_seats = plus(cell.lost_seats, changes[lane].contraction);
    }
  }
}

// The first paid day of the phases that lead to this one without a gap, charged at the same interval: all paid
// or all free.
int Engine::anchor_of(const Person& person, const Phase& phase) {
  const auto is_free = [](const Phase& a) { return read_decimal(a.amount).digits <= 0; };
  for (const Row& row : person.rows) {
    const Phase& before = row.phase;
    if (before.subscription == phase.subscription && before.ends_on == phase.starts_on &&
        before.interval == phase.interval && before.interval_count == phase.interval_count &&
        is_free(before) == is_free(phase) && first_paid_day(before) < *before.ends_on) {
      return anchor_of(person, before);
    }
  }
  return first_paid_day(phase);
}

void Engine::add_renewals(SubscriptionSums& sums, const Question& asked, const Person& person, Window span,
                          const PeriodRates& rates) const {
  for (const Row& row : person.rows) {
    const int anchor = anchor_of(person, row.phase);
    for (std::int64_t k = 1; renewal_day(row.phase, anchor, k) <= span.closing; ++k) {
      const int day = static_cast<int>(renewal_day(row.phase, anchor, k));
      if (day <= span.opening || !state_of_row(row, day - 1).present) {
        continue;
      }
      const Snapshot before = look(asked, person, day - 1, rates.on(day - 1));
      if (const std::optional<Labels> labels = target(asked, before.state, lane_of(asked, row.phase))) {
        ++sums[*labels].due;
        sums[*labels].renewed += subscriptions_on(person, day).contains(row.phase.subscription) ? 1 : 0;
      }
    }
  }
}

void Engine::add_trials(SubscriptionSums& sums, const Question& asked, const Person& person, Window span,
                        const PeriodRates& rates) const {
  for (const Row& row : person.rows) {
    if (!is_trial(row.phase)) {
      continue;
    }
    const int day = std::min(*row.phase.trial_ends_on, row.phase.ends_on.value_or(*row.phase.trial_ends_on));
    if (day <= span.opening || day > span.closing) {
      continue;
    }
    const bool goes_on = std::any_of(person.rows.begin(), person.rows.end(), [&](const Row& next) {
      return &next != &row && next.phase.subscription == row.phase.subscription &&
             next.phase.starts_on == day && row.phase.ends_on == day && is_trial(next.phase);
    });
    if (goes_on) {
      continue;
    }
    const bool pays = std::any_of(person.rows.begin(), person.rows.end(),
                                  [&](const Row& any) { return state_of_row(any, day).ticks > 0; });
    const bool was_present = present_on(person, day - 1);
    const Labels labels_of_state = state_labels(
        asked, person, was_present ? std::optional<int>(day - 1) : std::nullopt, rates.on(day - 1));
    if (const std::optional<Labels> labels = target(asked, labels_of_state, lane_of(asked, row.phase))) {
      ++sums[*labels].trials_ended;
      sums[*labels].trials_converted += pays ? 1 : 0;
    }
  }
}

std::map<Engine::Labels, std::vector<SubscriptionCell>> Engine::subscriptions(
    const Grid& grid, const std::vector<Segment>& by, const std::vector<Condition>& where) const {
  check_grid(grid);
  if (from_invoices_) {
    throw std::invalid_argument("of invoices neither seats nor renewals nor trials are known");
  }
  const Question asked = question(by, where);
  std::map<Labels, std::vector<SubscriptionCell>> result;
  if (by.empty()) {
    result[Labels{""}].resize(grid.periods());
  }
  for (std::size_t i = 0; i < grid.periods(); ++i) {
    if (!observable(grid.cuts[i], grid.cuts[i + 1])) {
      continue;
    }
    const Window span = window(grid.cuts[i], grid.cuts[i + 1]);
    const PeriodRates rates = period_rates(grid, i);
    SubscriptionSums sums;
    for (const auto& [id, person] : people_) {
      add_subscriptions_and_seats(sums, asked, person, span, rates);
      add_renewals(sums, asked, person, span, rates);
      add_trials(sums, asked, person, span, rates);
    }
    for (const auto& [labels, cell] : sums) {
      if (cell != SubscriptionCell{}) {
        std::vector<SubscriptionCell>& cells = result[labels];
        cells.resize(grid.periods());
        cells[i] = cell;
      }
    }
  }
  return result;
}

// ---- Cohorts -------------------------------------------------------------------------------------------

// The day that decides to which cohort a customer belongs.
std::optional<int> Engine::cohort_day(const Person& person, CohortBy by) const {
  if (by == CohortBy::signed_up) {
    const bool known = person.signed_up_on && *person.signed_up_on < book_.as_of;
    return known ? person.signed_up_on : std::nullopt;
  }
  const std::optional<int> first = person.first_present;
  // Who is present when the records begin may have begun at any time before.
  const bool hidden = first && book_.records_from && *first <= *book_.records_from;
  return hidden ? std::nullopt : first;
}

std::vector<Cohort> Engine::cohorts_among(const Grid& grid, CohortBy by,
                                          const std::vector<const Person*>& people) const {
  const std::vector<PeriodStatus> periods = status(grid);
  std::vector<Cohort> result;
  for (std::size_t c = 0; c < grid.periods(); ++c) {
    std::vector<const Person*> members;
    std::set<std::string> currencies;
    for (const Person* person : people) {
      const std::optional<int> day = cohort_day(*person, by);
      if (day && grid.cuts[c] <= *day && *day < grid.cuts[c + 1]) {
        members.push_back(person);
        currencies.insert(person->currencies.begin(), person->currencies.end());
      }
    }
    expect_one_currency(currencies);
    Cohort cohort;
    cohort.size = static_cast<std::int64_t>(members.size());
    for (std::size_t k = 0; c + k < grid.periods(); ++k) {
      CohortCell cell;
      cell.observed = periods[c].complete && periods[c + k].complete;
      if (cell.observed) {
        for (const Person* person : members) {
          const State closing = state_of(*person, grid.cuts[c + k + 1] - 1, Rates{});
          bool unbroken = true;
          for (std::size_t age = 0; age <= k; ++age) {
            unbroken = unbroken && present_on(*person, grid.cuts[c + age + 1] - 1);
          }
          cell.paying_at_close += closing.present ? 1 : 0;
          cell.unbroken += unbroken ? 1 : 0;
          cell.mrr_ticks = plus(cell.mrr_ticks, closing.ticks);
        }
      }
      cohort.ages.push_back(cell);
    }
    result.push_back(std::move(cohort));
  }
  return result;
}

std::vector<Cohort> Engine::cohorts(const Grid& grid, CohortBy by) const {
  std::vector<const Person*> everybody;
  for (const auto& [id, person] : people_) {
    everybody.push_back(&person);
  }
  return cohorts_among(grid, by, everybody);
}

// A customer has one label even where it is in several lanes: the lane with most ticks on the first present
// day. The first of equal ones is the one with the smaller labels.
std::map<Engine::Labels, std::vector<Cohort>> Engine::cohorts(const Grid& grid, CohortBy by,
                                                              const std::vector<Segment>& segments) const {
  const Question asked = question(segments, {});
  std::map<Labels, std::vector<const Person*>> people;
  if (segments.empty()) {
    people[Labels{""}] = {};
  }
  for (const auto& [id, person] : people_) {
    const std::optional<int> first = person.first_present;
    Lane largest;
    for (const Segment& segment : segments) {
      largest.labels.emplace_back(is_lane(segment.kind) ? "(none)" : "");
    }
    if (first) {
      const Snapshot snapshot = look(asked, person, *first, Rates{});
      largest =
          std::max_element(snapshot.lanes.begin(), snapshot.lanes.end(), [](const auto& a, const auto& b) {
            return a.second < b.second;
          })->first;
    }
    people[target(asked, state_labels(asked, person, first, Rates{}), largest).value()].push_back(&person);
  }

  std::map<Labels, std::vector<Cohort>> result;
  for (const auto& [labels, members] : people) {
    std::vector<Cohort> cohorts = cohorts_among(grid, by, members);
    const bool inhabited =
        std::any_of(cohorts.begin(), cohorts.end(), [](const Cohort& cohort) { return cohort.size > 0; });
    if (inhabited || segments.empty()) {
      result[labels] = std::move(cohorts);
    }
  }
  return result;
}

State Engine::checked_state(const std::string& customer, int day, Rates rates) const {
  const auto found = people_.find(customer);
  if (found == people_.end()) {
    return {};
  }
  std::set<std::string> currencies;
  for (const auto& [lane, ticks] : look(question({}, {}), found->second, day, rates).lanes) {
    if (ticks != 0) {
      currencies.insert(lane.currency);
    }
  }
  expect_one_currency(currencies);
  return state_of(found->second, day, rates);
}

State Engine::state_on(const std::string& customer, int day) const {
  return checked_state(customer, day, Rates{});
}

State Engine::roster_on(const std::string& customer, int day) const {
  return checked_state(customer, day, rates_on(day));
}

std::vector<std::string> Engine::customers() const {
  std::vector<std::string> ids;
  for (const auto& [id, person] : people_) {
    ids.push_back(id);
  }
  return ids;
}

}  // namespace reference

#include "reference_engine.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <limits>
#include <ostream>
#include <set>
#include <stdexcept>
#include <utility>

namespace reference {
namespace {

using Integer = boost::multiprecision::cpp_int;

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

bool same_content(const Phase& a, const Phase& b) {
  return a.subscription == b.subscription && a.customer == b.customer && a.plan == b.plan &&
         a.starts_on == b.starts_on && a.ends_on == b.ends_on && same_number(a.amount, b.amount) &&
         a.currency == b.currency && a.interval == b.interval && a.interval_count == b.interval_count &&
         a.quantity == b.quantity && same_number(a.discount_percent, b.discount_percent) &&
         a.discount_ends_on == b.discount_ends_on && a.trial_ends_on == b.trial_ends_on &&
         a.paused_from == b.paused_from && a.paused_until == b.paused_until;
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

// The k-th renewal day after an anchor, of a phase that goes on for ever. Whoever pays for a million intervals
// at once never comes to one.
std::int64_t renewal_day(const Phase& phase, int anchor, std::int64_t k) {
  if (phase.interval_count >= 1'000'000) {
    return std::numeric_limits<std::int64_t>::max();
  }
  const std::int64_t intervals = k * phase.interval_count;
  if (phase.interval == "day") {
    return anchor + intervals;
  }
  if (phase.interval == "week") {
    return anchor + 7 * intervals;
  }
  if (phase.interval == "month") {
    return months_after(anchor, intervals);
  }
  if (phase.interval == "quarter") {
    return months_after(anchor, 3 * intervals);
  }
  if (phase.interval == "half_year") {
    return months_after(anchor, 6 * intervals);
  }
  return months_after(anchor, 12 * intervals);
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
             << cell.transfer_out << ", closing " << cell.closing << "; customers: opening "
             << cell.opening_customers << ", new " << cell.new_customers << ", reactivated "
             << cell.reactivated_customers << ", churned " << cell.churned_customers << ", closing "
             << cell.closing_customers << ", expanded " << cell.expanded_customers << ", contracted "
             << cell.contracted_customers << ", transferred in " << cell.transferred_in_customers
             << ", transferred out " << cell.transferred_out_customers << "; kept " << cell.kept
             << ", retained " << cell.retained << ", lost customers " << cell.lost_customers
             << ", departures " << cell.departures << ", customer days " << cell.customer_days
             << ", departures of opening " << cell.departures_of_opening << ", joined "
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
  const Decimal amount = read_decimal(phase.amount);
  const Decimal discount = with_discount ? read_decimal(phase.discount_percent) : Decimal{};
  const Integer percent_left = 100 * discount.scale - discount.digits;  // of 100 * discount.scale
  // Each factor floors the worth: two negative ones must not make a positive.
  if (amount.digits <= 0 || phase.quantity <= 0 || percent_left <= 0) {
    return 0;
  }
  const Integer numerator =
      amount.digits * minor_units_per_unit(phase.currency) * phase.quantity * *per_year * 360 * percent_left;
  const Integer denominator = amount.scale * phase.interval_count * 100 * discount.scale;
  return to_int64(divide_half_even(numerator, denominator));
}

std::int64_t mrr_in_minor_units(std::int64_t ticks) { return to_int64(divide_half_even(ticks, 12 * 360)); }

// ---- Reading the book ----------------------------------------------------------------------------------

Engine::Engine(Book book, Rules rules) : book_(std::move(book)), rules_(rules) {
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
  const std::vector<std::size_t> accepted = accepted_phases();
  gather_people(accepted);
  place_rows(accepted);
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
  for (const std::size_t i : accepted) {
    const Phase& phase = book_.phases[i];
    const Identity identity = identify(phase.customer);
    if (identity.left_out) {
      continue;
    }
    Row row{phase, run_rate(phase, true).value(), run_rate(phase, false).value()};
    for (const std::size_t other : accepted) {
      const Phase& next = book_.phases[other];
      const bool later = same_subscription(next, phase) && next.starts_on > phase.starts_on;
      if (later && (!row.phase.ends_on || next.starts_on < *row.phase.ends_on)) {
        row.phase.ends_on = next.starts_on;
      }
    }
    Person& person = people_.at(identity.id);
    person.currencies.insert(phase.currency);
    person.rows.push_back(std::move(row));
  }
}

// ---- Days ----------------------------------------------------------------------------------------------

State Engine::state_of_row(const Row& row, int day) const {
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
    State sum;
    for (const Row& row : person.rows) {
      const State part = state_of_row(row, day);
      sum.present = sum.present || part.present;
      sum.ticks = plus(sum.ticks, part.ticks);
    }
    person.states.push_back(sum);
    person.carried_from.push_back(day);
  }
}

// An absence that ends is a gap, carried if it is short enough. One that is not over at as_of may yet become
// such a gap: carried too, and pending.
void Engine::fill_gaps(Person& person) const {
  std::vector<State>& states = person.states;
  const std::size_t allowance = static_cast<std::size_t>(std::max(rules_.gap_allowance, 0));
  std::optional<std::size_t> last_present;
  for (std::size_t i = 0; i <= states.size(); ++i) {
    const bool at_as_of = i == states.size();
    if (!at_as_of && !states[i].present) {
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
          states[day] = states[*last_present];
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

State Engine::state_of(const Person& person, int day) {
  if (day < person.first_day) {
    return {};
  }
  const std::size_t index = static_cast<std::size_t>(day - person.first_day);
  return index < person.states.size() ? person.states[index] : State{};
}

std::optional<int> Engine::last_present_before(const Person& person, int day) {
  for (int earlier = day - 1; earlier >= person.first_day; --earlier) {
    if (state_of(person, earlier).present) {
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
                       [&](int cut) { return cut <= begin && state_of(person, cut - 1).present; });
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
  const State opening = state_of(person, span.opening);
  const State closing = state_of(person, span.closing);

  cell.opening = opening.ticks;
  cell.closing = closing.ticks;
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
    const State before = state_of(person, day - 1);
    const State after = state_of(person, day);
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
    if (state_of(person, day).present) {
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
std::string Engine::fixed_or_state_label(const Segment& segment, const Person& person,
                                         std::optional<int> day) const {
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
      for (const auto& [lane, ticks] : look(question({{SegmentKind::plan}}, {}), person, *day).lanes) {
        plans[lane.labels.front()] = plus(plans[lane.labels.front()], ticks);
      }
      // The first of equal ones is the one with the smaller label.
      return std::max_element(plans.begin(), plans.end(),
                              [](const auto& a, const auto& b) { return a.second < b.second; })
          ->first;
    }
    case SegmentKind::tenure:
      return day ? band_label(segment.thresholds, *day - *person.first_present) : none;
    case SegmentKind::mrr_band:
      return day ? band_label(segment.thresholds, state_of(person, *day).ticks) : none;
    default: return "";
  }
}

Engine::Labels Engine::state_labels(const Question& asked, const Person& person,
                                    std::optional<int> day) const {
  Labels labels;
  for (const Segment& segment : asked.segments) {
    labels.push_back(fixed_or_state_label(segment, person, day));
  }
  return labels;
}

Engine::Lane Engine::lane_of(const Question& asked, const Phase& phase) {
  Lane lane;
  for (const Segment& segment : asked.segments) {
    lane.labels.push_back(lane_label(segment.kind, phase));
  }
  lane.currency = phase.currency;
  return lane;
}

Engine::Snapshot Engine::look(const Question& asked, const Person& person, int day) const {
  Snapshot snapshot;
  snapshot.present = state_of(person, day).present;
  if (!snapshot.present) {
    return snapshot;
  }
  snapshot.state = state_labels(asked, person, day);
  const int counted_day = person.carried_from[static_cast<std::size_t>(day - person.first_day)];
  for (const Row& row : person.rows) {
    const State part = state_of_row(row, counted_day);
    if (part.present) {
      std::int64_t& ticks = snapshot.lanes[lane_of(asked, row.phase)];
      ticks = plus(ticks, part.ticks);
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
  const Snapshot opening = look(asked, person, span.opening);
  const Snapshot closing = look(asked, person, span.closing);
  for (const auto& [lane, ticks] : opening.lanes) {
    add_amount(sums, asked, opening.state, lane, &Cell::opening, ticks);
  }
  for (const auto& [lane, ticks] : closing.lanes) {
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
    Snapshot today = look(asked, person, day);
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

void Engine::add_subscriptions_and_seats(SubscriptionSums& sums, const Question& asked, const Person& person,
                                         Window span) const {
  const Snapshot opening = look(asked, person, span.opening);
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

void Engine::add_renewals(SubscriptionSums& sums, const Question& asked, const Person& person,
                          Window span) const {
  for (const Row& row : person.rows) {
    const int anchor = anchor_of(person, row.phase);
    for (std::int64_t k = 1; renewal_day(row.phase, anchor, k) <= span.closing; ++k) {
      const int day = static_cast<int>(renewal_day(row.phase, anchor, k));
      if (day <= span.opening || !state_of_row(row, day - 1).present) {
        continue;
      }
      const Snapshot before = look(asked, person, day - 1);
      if (const std::optional<Labels> labels = target(asked, before.state, lane_of(asked, row.phase))) {
        ++sums[*labels].due;
        sums[*labels].renewed += subscriptions_on(person, day).contains(row.phase.subscription) ? 1 : 0;
      }
    }
  }
}

void Engine::add_trials(SubscriptionSums& sums, const Question& asked, const Person& person,
                        Window span) const {
  for (const Row& row : person.rows) {
    if (!is_trial(row.phase)) {
      continue;
    }
    const int day = std::min(*row.phase.trial_ends_on, row.phase.ends_on.value_or(*row.phase.trial_ends_on));
    if (day <= span.opening || day > span.closing) {
      continue;
    }
    const bool goes_on = std::any_of(person.rows.begin(), person.rows.end(), [&](const Row& next) {
      return next.phase.subscription == row.phase.subscription && next.phase.starts_on == day &&
             row.phase.ends_on == day && is_trial(next.phase);
    });
    if (goes_on) {
      continue;
    }
    const bool pays = std::any_of(person.rows.begin(), person.rows.end(),
                                  [&](const Row& any) { return state_of_row(any, day).ticks > 0; });
    const State before = state_of(person, day - 1);
    const Labels labels_of_state =
        state_labels(asked, person, before.present ? std::optional<int>(day - 1) : std::nullopt);
    if (const std::optional<Labels> labels = target(asked, labels_of_state, lane_of(asked, row.phase))) {
      ++sums[*labels].trials_ended;
      sums[*labels].trials_converted += pays ? 1 : 0;
    }
  }
}

std::map<Engine::Labels, std::vector<SubscriptionCell>> Engine::subscriptions(
    const Grid& grid, const std::vector<Segment>& by, const std::vector<Condition>& where) const {
  check_grid(grid);
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
    SubscriptionSums sums;
    for (const auto& [id, person] : people_) {
      add_subscriptions_and_seats(sums, asked, person, span);
      add_renewals(sums, asked, person, span);
      add_trials(sums, asked, person, span);
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
          const State closing = state_of(*person, grid.cuts[c + k + 1] - 1);
          bool unbroken = true;
          for (std::size_t age = 0; age <= k; ++age) {
            unbroken = unbroken && state_of(*person, grid.cuts[c + age + 1] - 1).present;
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
      const Snapshot snapshot = look(asked, person, *first);
      largest =
          std::max_element(snapshot.lanes.begin(), snapshot.lanes.end(), [](const auto& a, const auto& b) {
            return a.second < b.second;
          })->first;
    }
    people[target(asked, state_labels(asked, person, first), largest).value()].push_back(&person);
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

State Engine::state_on(const std::string& customer, int day) const {
  const auto found = people_.find(customer);
  if (found == people_.end()) {
    return {};
  }
  std::set<std::string> currencies;
  for (const auto& [lane, ticks] : look(question({}, {}), found->second, day).lanes) {
    if (ticks != 0) {
      currencies.insert(lane.currency);
    }
  }
  expect_one_currency(currencies);
  return state_of(found->second, day);
}

std::vector<std::string> Engine::customers() const {
  std::vector<std::string> ids;
  for (const auto& [id, person] : people_) {
    ids.push_back(id);
  }
  return ids;
}

}  // namespace reference

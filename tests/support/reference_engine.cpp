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

void join_currency(std::string& so_far, const std::string& further) {
  if (so_far.empty()) {
    so_far = further;
  }
  if (!further.empty() && so_far != further) {
    throw std::invalid_argument("amounts in " + so_far + " and " + further + " do not add up");
  }
}

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
  for (const auto field :
       {&Cell::opening, &Cell::new_, &Cell::reactivation, &Cell::expansion, &Cell::contraction, &Cell::churn,
        &Cell::closing, &Cell::opening_customers, &Cell::new_customers, &Cell::reactivated_customers,
        &Cell::churned_customers, &Cell::closing_customers, &Cell::expanded_customers,
        &Cell::contracted_customers, &Cell::kept, &Cell::retained, &Cell::lost_customers, &Cell::departures,
        &Cell::customer_days}) {
    sum.*field = plus(sum.*field, part.*field);
  }
  return sum;
}

std::ostream& operator<<(std::ostream& out, const Cell& cell) {
  return out << "{ticks: opening " << cell.opening << ", new " << cell.new_ << ", reactivation "
             << cell.reactivation << ", expansion " << cell.expansion << ", contraction " << cell.contraction
             << ", churn " << cell.churn << ", closing " << cell.closing << "; customers: opening "
             << cell.opening_customers << ", new " << cell.new_customers << ", reactivated "
             << cell.reactivated_customers << ", churned " << cell.churned_customers << ", closing "
             << cell.closing_customers << ", expanded " << cell.expanded_customers << ", contracted "
             << cell.contracted_customers << "; kept " << cell.kept << ", retained " << cell.retained
             << ", lost customers " << cell.lost_customers << ", departures " << cell.departures
             << ", customer days " << cell.customer_days << "}";
}

std::ostream& operator<<(std::ostream& out, const Fraction& fraction) {
  return out << fraction.numerator << "/" << fraction.denominator;
}

Fraction customer_churn_rate(const Cell& cell) { return {cell.lost_customers, cell.opening_customers}; }
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
    join_currency(person.currency, phase.currency);
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
    if (last_present) {
      const std::size_t absent_from = *last_present + 1;
      const std::size_t length = i - absent_from;
      if (length > 0 && length <= allowance) {
        for (std::size_t day = absent_from; day < i; ++day) {
          states[day] = states[*last_present];
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

std::optional<int> Engine::first_present(const Person& person) {
  for (std::size_t i = 0; i < person.states.size(); ++i) {
    if (person.states[i].present) {
      return person.first_day + static_cast<int>(i);
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
    }
    if (rules_.netting == Netting::by_day) {
      classify(cell, before, after, entry && is_new(person, grid, begin, day));
    }
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
    result[id] = cells_of(person, grid);
  }
  return result;
}

std::map<Engine::Labels, std::vector<Cell>> Engine::movements(
    const Grid& grid, const std::vector<std::string>& attributes) const {
  check_grid(grid);
  std::map<Labels, std::vector<Cell>> result;
  std::map<Labels, std::string> currencies;
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
    join_currency(currencies[labels], person.currency);
    std::vector<Cell>& sums = result[labels];
    sums.resize(grid.periods());
    const std::vector<Cell> cells = cells_of(person, grid);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      sums[i] += cells[i];
    }
  }
  return result;
}

std::vector<Cell> Engine::total(const Grid& grid) const { return movements(grid, {}).at(Labels{""}); }

// ---- Cohorts -------------------------------------------------------------------------------------------

// The day that decides to which cohort a customer belongs.
std::optional<int> Engine::cohort_day(const Person& person, CohortBy by) const {
  if (by == CohortBy::signed_up) {
    const bool known = person.signed_up_on && *person.signed_up_on < book_.as_of;
    return known ? person.signed_up_on : std::nullopt;
  }
  const std::optional<int> first = first_present(person);
  // Who is present when the records begin may have begun at any time before.
  const bool hidden = first && book_.records_from && *first <= *book_.records_from;
  return hidden ? std::nullopt : first;
}

std::vector<Cohort> Engine::cohorts(const Grid& grid, CohortBy by) const {
  const std::vector<PeriodStatus> periods = status(grid);
  std::vector<Cohort> result;
  for (std::size_t c = 0; c < grid.periods(); ++c) {
    std::vector<const Person*> members;
    std::string currency;
    for (const auto& [id, person] : people_) {
      const std::optional<int> day = cohort_day(person, by);
      if (day && grid.cuts[c] <= *day && *day < grid.cuts[c + 1]) {
        members.push_back(&person);
        join_currency(currency, person.currency);
      }
    }
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

State Engine::state_on(const std::string& customer, int day) const {
  const auto found = people_.find(customer);
  return found == people_.end() ? State{} : state_of(found->second, day);
}

std::vector<std::string> Engine::customers() const {
  std::vector<std::string> ids;
  for (const auto& [id, person] : people_) {
    ids.push_back(id);
  }
  return ids;
}

}  // namespace reference

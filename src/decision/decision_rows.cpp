#include <churn/decision/decision_rows.hpp>

#include <algorithm>

#include <churn/core/error.hpp>
#include <churn/core/period_grid.hpp>
#include <churn/row/spell.hpp>

#include "decision/decision_walk.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::size_t cycle_classes = 7;  // the last: nothing is paid for
constexpr std::size_t renewal_bands = 4;
constexpr std::size_t tenure_bands = 6;
/// Of less than a month nothing is told, and the time before would be cut into days.
constexpr std::int32_t shortest_window = 31;
constexpr std::size_t strata = cycle_classes * renewal_bands * tenure_bands;

/// The band of a number of days, and the first number behind it.
struct DayBand {
  std::size_t number;
  std::int32_t ends;
};

template <std::size_t n>
DayBand band_in(const std::array<std::int32_t, n>& last_of, std::int32_t days) {
  for (std::size_t i = 0; i < n; ++i)
    if (days <= last_of[i]) return {i, last_of[i] + 1};
  return {n, no_day};
}

constexpr std::array<std::int32_t, renewal_bands - 1> renewal_band_ends{0, 7, 31};
constexpr std::array<std::int32_t, tenure_bands - 1> tenure_band_ends{31, 92, 183, 366, 731};

std::size_t class_of_length(std::int64_t length) {
  constexpr std::array<std::int64_t, cycle_classes - 2> longest{7, 31, 92, 184, 366};
  return static_cast<std::size_t>(std::lower_bound(longest.begin(), longest.end(), length) - longest.begin());
}

/// Which cycle is running, and since when, as time goes on in one stay.
class RunningCycle {
 public:
  struct Place {
    std::size_t stratum;  // without tenure
    std::int32_t until;   // the first day on which it may be another
  };

  void begin(std::span<const PaidSpan> spans, std::int32_t day) {
    spans_ = spans;
    next_ = 0;
    running_.clear();
    move_to(day);
  }
  /// Of a risk day, days never falling.
  [[nodiscard]] Place on(std::int32_t day) {
    move_to(day);
    std::int32_t until = no_day;
    if (next_ < spans_.size()) until = spans_[next_].from + 1;
    std::size_t cycle = cycle_classes - 1;
    std::size_t band = renewal_bands - 1;
    std::int64_t shortest = 0;
    for (Running& one : running_) {
      const PaidSpan& span = spans_[one.span];
      if (span.until != no_day) until = std::min(until, span.until + 1);
      if (shortest == 0 || span.length < shortest) shortest = span.length;
    }
    for (Running& one : running_) {
      const PaidSpan& span = spans_[one.span];
      if (span.length != shortest) continue;
      one.place.advance_to(span, day);
      const DayBand since = band_in(renewal_band_ends, day - one.place.last);
      cycle = class_of_length(span.length);
      band = std::min(band, since.number);
      until = std::min(until, one.place.next);
      if (since.ends != no_day) until = std::min(until, one.place.last + since.ends);
    }
    return {(cycle * renewal_bands + band) * tenure_bands, until};
  }

 private:
  struct Running {
    std::size_t span;
    RenewalPlace place;
  };
  /// Those in force on the day before.
  void move_to(std::int32_t day) {
    for (; next_ < spans_.size() && spans_[next_].from < day; ++next_)
      if (spans_[next_].until >= day) running_.push_back({next_, RenewalPlace::at(spans_[next_], day)});
    std::erase_if(running_, [&](const Running& one) { return spans_[one.span].until < day; });
  }

  std::span<const PaidSpan> spans_;
  std::size_t next_{0};
  std::vector<Running> running_;
};

/// Departures and days, by stratum before the decision, and by month.
class DecisionCount {
 public:
  DecisionCount(const Book& book, const Decision& decision, const DecisionDays& days, DecisionRows& rows)
      : book_(book),
        days_(days),
        rows_(rows),
        window_(std::max(shortest_window, days.until - days.announced)),
        sides_(book, decision),
        spans_(book),
        grid_(months(Date::from_days(days.from), Date::from_days(days.until))),
        days_at_risk_(2 * decision_phase_count * grid_.size() * strata),
        departures_(2 * decision_phase_count * grid_.size()) {
    for (auto& side : departures_before_) side.resize(strata);
  }

  void count();

 private:
  /// The days from lo to hi of a stay, of which an end on hi is a departure.
  struct Stretch {
    std::int32_t starts_on;
    std::int32_t known_from;  // its first day in the records
    std::int32_t lo;
    std::int32_t hi;
    bool departs;
    std::int32_t affected_on;
  };
  void count_stay(const Stretch& stay);
  [[nodiscard]] std::pair<DecisionPhase, std::int32_t> phase_on(const Stretch& stay, std::int32_t day) const;
  [[nodiscard]] std::pair<DecisionSideOf, std::int32_t> side_on(const Stretch& stay, std::int32_t day) const;
  void note_waiting(const Spell& spell, std::int32_t affected_on);
  [[nodiscard]] DecisionSide& side(std::size_t number) const {
    return number == 0 ? rows_.concerned : rows_.control;
  }
  [[nodiscard]] std::size_t row(std::size_t side, std::size_t phase, std::size_t month) const {
    return (side * decision_phase_count + phase) * grid_.size() + month;
  }
  struct SideRates {
    std::vector<std::int64_t> days_before;     // by stratum
    std::optional<std::vector<double>> rates;  // empty if nobody left
  };
  [[nodiscard]] SideRates rates_of(std::size_t side) const;
  struct Place {
    std::size_t side;
    std::size_t phase;
    std::size_t month;
  };
  [[nodiscard]] DecisionRow row_of(const Place& place, const SideRates& of);
  void add_rows();
  [[nodiscard]] double rate_variance_of(std::size_t side, std::size_t phase,
                                        const std::vector<double>& rates) const;

  const Book& book_;
  DecisionDays days_;
  DecisionRows& rows_;
  std::int32_t window_;  // days for which a customer stays on a side
  DecisionSides sides_;
  PaidSpans spans_;
  PeriodGrid grid_;
  RunningCycle cycle_;
  std::vector<std::int64_t> days_at_risk_;  // by side, phase, month and stratum
  std::vector<std::int64_t> departures_;    // by side, phase and month
  std::array<std::vector<std::int64_t>, 2> departures_before_;
  std::array<bool, 2> seen_{};  // of the customer at hand
};

std::pair<DecisionPhase, std::int32_t> DecisionCount::phase_on(const Stretch& stay, std::int32_t day) const {
  if (stay.starts_on >= days_.effective) return {DecisionPhase::joined_after, no_day};
  if (day < days_.announced) return {DecisionPhase::before, days_.announced};
  if (day < stay.affected_on) return {DecisionPhase::announced, stay.affected_on};
  return {DecisionPhase::affected, no_day};
}

std::pair<DecisionSideOf, std::int32_t> DecisionCount::side_on(const Stretch& stay, std::int32_t day) const {
  const std::int32_t since = day - days_.announced;
  const std::int32_t number = since >= 0 ? since / window_ : -((window_ - 1 - since) / window_);
  const std::int32_t begin = days_.announced + number * window_;
  return {sides_.on(std::max(begin - 1, stay.known_from)), begin + window_};
}

void DecisionCount::count_stay(const Stretch& stay) {
  auto month = static_cast<std::size_t>(grid_.index_of(Date::from_days(stay.lo)));
  for (std::int32_t day = stay.lo; day <= stay.hi;) {
    while (grid_.cuts()[month + 1].days() <= day) ++month;
    const auto [phase, phase_ends] = phase_on(stay, day);
    const auto [who, side_ends] = side_on(stay, day);
    const RunningCycle::Place cycle = cycle_.on(day);
    const DayBand tenure = band_in(tenure_band_ends, day - stay.starts_on);
    std::int32_t next =
        std::min({stay.hi + 1, grid_.cuts()[month + 1].days(), phase_ends, side_ends, cycle.until});
    if (tenure.ends != no_day) next = std::min(next, stay.starts_on + tenure.ends);
    const std::int64_t days = next - day;
    const bool departs = stay.departs && next > stay.hi;
    day = next;
    if (who == DecisionSideOf::both) rows_.in_both += days;
    if (who == DecisionSideOf::both || who == DecisionSideOf::none) continue;
    const std::size_t number = who == DecisionSideOf::control ? 1 : 0;
    const std::size_t stratum = cycle.stratum + tenure.number;
    const std::size_t at = row(number, static_cast<std::size_t>(phase), month);
    days_at_risk_[at * strata + stratum] += days;
    if (!seen_[number]) ++side(number).customers;
    seen_[number] = true;
    if (!departs) continue;
    ++departures_[at];
    if (phase == DecisionPhase::before) ++departures_before_[number][stratum];
  }
}

/// Whether a stay that is there at the end still waits for its renewal.
void DecisionCount::note_waiting(const Spell& spell, std::int32_t affected_on) {
  const std::int32_t starts_on = spell.starts_on.days();
  const bool waits = starts_on < days_.until && starts_on < days_.effective && affected_on >= days_.until &&
                     (!spell.ends_on || spell.ends_on->days() >= days_.until);
  if (!waits) return;
  const DecisionSideOf who =
      sides_.on(std::max(std::min(days_.announced, days_.until) - 1, starts_on + spell.entry));
  if (who == DecisionSideOf::both || who == DecisionSideOf::none) return;
  DecisionSide& to = side(who == DecisionSideOf::control ? 1 : 0);
  ++to.waiting;
  if (affected_on == no_day) return;
  const Date renewal = Date::from_days(affected_on);
  if (!to.next_renewal_on || renewal < *to.next_renewal_on) to.next_renewal_on = renewal;
}

void DecisionCount::count() {
  SpellReader spells{book_, SpellUnit::every_of_customer};
  for (std::uint32_t c = 0; c < book_.customer_count(); ++c) {
    const CustomerIndex customer{c};
    const auto found = spells.of(customer);
    if (found.empty()) continue;
    sides_.load(customer);
    const std::span<const PaidSpan> paid = spans_.of(customer);
    seen_ = {};
    for (const Spell& spell : found) {
      const std::int32_t starts_on = spell.starts_on.days();
      const std::int32_t ends_on = spell.ends_on ? spell.ends_on->days() : no_day;
      const std::int32_t affected_on =
          starts_on < days_.effective ? first_renewal_of(paid, starts_on, ends_on, days_.effective) : no_day;
      note_waiting(spell, affected_on);
      const std::int32_t known_from = starts_on + spell.entry;
      const Stretch stay{starts_on,
                         known_from,
                         std::max(known_from + 1, days_.from),
                         std::min(ends_on, days_.until - 1),
                         ends_on < days_.until,
                         affected_on};
      if (stay.lo > stay.hi) continue;
      cycle_.begin(paid, stay.lo);
      count_stay(stay);
    }
  }
  add_rows();
}

/// (departures + 1) / (days + 1 / rate of what it is part of).
double drawn_rate(std::int64_t departures, std::int64_t days, double whole) {
  return (static_cast<double>(departures) + 1) / (static_cast<double>(days) + 1 / whole);
}

DecisionCount::SideRates DecisionCount::rates_of(std::size_t side) const {
  SideRates result{std::vector<std::int64_t>(strata), {}};
  std::vector<std::int64_t>& days = result.days_before;
  for (std::size_t m = 0; m < grid_.size(); ++m)
    for (std::size_t s = 0; s < strata; ++s) days[s] += days_at_risk_[row(side, 0, m) * strata + s];
  const std::vector<std::int64_t>& departures = departures_before_[side];
  const auto sum = [](const std::vector<std::int64_t>& of, std::size_t first, std::size_t count) {
    std::int64_t total = 0;
    for (std::size_t i = 0; i < count; ++i) total += of[first + i];
    return total;
  };
  const std::int64_t all = sum(departures, 0, strata);
  if (all == 0) return result;
  const double overall = static_cast<double>(all) / static_cast<double>(sum(days, 0, strata));
  std::vector<double>& rates = result.rates.emplace(strata);
  for (std::size_t band = 0; band < renewal_bands; ++band) {
    std::int64_t gone = 0;
    std::int64_t at_risk = 0;
    for (std::size_t cycle = 0; cycle < cycle_classes; ++cycle) {
      const std::size_t first = (cycle * renewal_bands + band) * tenure_bands;
      gone += sum(departures, first, tenure_bands);
      at_risk += sum(days, first, tenure_bands);
    }
    const double of_band = drawn_rate(gone, at_risk, overall);
    for (std::size_t cycle = 0; cycle < cycle_classes; ++cycle) {
      const std::size_t first = (cycle * renewal_bands + band) * tenure_bands;
      const double of_cycle =
          drawn_rate(sum(departures, first, tenure_bands), sum(days, first, tenure_bands), of_band);
      for (std::size_t s = first; s < first + tenure_bands; ++s)
        rates[s] = drawn_rate(departures[s], days[s], of_cycle);
    }
  }
  return result;
}

double DecisionCount::rate_variance_of(std::size_t side, std::size_t phase,
                                       const std::vector<double>& rates) const {
  double expected = 0;
  double squares = 0;
  std::int64_t departures = 0;
  for (std::size_t s = 0; s < strata; ++s) {
    std::int64_t days = 0;
    for (std::size_t m = 0; m < grid_.size(); ++m) days += days_at_risk_[row(side, phase, m) * strata + s];
    const double part = static_cast<double>(days) * rates[s];
    expected += part;
    squares += part * part / (static_cast<double>(departures_before_[side][s]) + 1);
    departures += departures_before_[side][s];
  }
  if (!(expected > 0)) return 0;
  return std::max(0.0, squares / (expected * expected) - 1 / (static_cast<double>(departures) + 1));
}

DecisionRow DecisionCount::row_of(const Place& place, const SideRates& of) {
  const std::size_t at = row(place.side, place.phase, place.month);
  DecisionRow result{.month = period_start(PeriodKind::month, grid_[place.month].first()),
                     .phase = static_cast<DecisionPhase>(place.phase),
                     .concerned = place.side == 0,
                     .departures = departures_[at]};
  double expected = 0;
  std::int64_t borrowed = 0;
  for (std::size_t s = 0; s < strata; ++s) {
    const std::int64_t days = days_at_risk_[at * strata + s];
    result.risk_days += days;
    if (of.rates) expected += static_cast<double>(days) * (*of.rates)[s];
    if (of.days_before[s] == 0) borrowed += days;
  }
  if (of.rates && result.risk_days > 0) result.expected = expected;
  if (result.phase != DecisionPhase::before) {
    side(place.side).borrowed_days += borrowed;
    side(place.side).days_after += result.risk_days;
  }
  return result;
}

void DecisionCount::add_rows() {
  for (std::size_t number = 0; number < (rows_.has_control ? 2U : 1U); ++number) {
    const SideRates of = rates_of(number);
    for (std::size_t phase = 0; phase < decision_phase_count; ++phase) {
      if (of.rates && phase > 0)
        side(number).rate_variance[phase] = rate_variance_of(number, phase, *of.rates);
      for (std::size_t m = 0; m < grid_.size(); ++m) {
        const DecisionRow one = row_of({number, phase, m}, of);
        if (one.risk_days > 0) rows_.rows.push_back(one);
      }
    }
  }
}

}  // namespace

std::string_view decision_phase_name(DecisionPhase phase) noexcept {
  switch (phase) {
    case DecisionPhase::before: return "before";
    case DecisionPhase::announced: return "announced";
    case DecisionPhase::affected: return "affected";
    case DecisionPhase::joined_after: break;
  }
  return "joined_after";
}

DecisionRows decision_rows(const Book& book, const Decision& decision) {
  const DecisionDays days = days_of(book, decision);
  DecisionRows rows{.effective_on = decision.effective_on,
                    .announced_on = Date::from_days(days.announced),
                    .from = Date::from_days(days.from),
                    .until = Date::from_days(days.until),
                    .has_control = decision.control.has_value()};
  if (days.from < days.until) DecisionCount{book, decision, days, rows}.count();
  return rows;
}

}  // namespace churn::inline v0

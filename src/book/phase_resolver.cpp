#include "book/phase_resolver.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/plain_run_rate.hpp"

namespace churn::inline v0 {

namespace {

std::string day_text(std::int32_t day) { return Date::from_days(day).to_string(); }

}  // namespace

PhaseResolver::PhaseResolver(const Reading& reading, Worth worth)
    : reading_(reading),
      phases_(*reading.phases.table),
      rules_(reading.rules),
      worth_(worth),
      are_plain_(!reading.exchange.on() && reading.debts.empty() && phases_.trial_ends_on.empty() &&
                 phases_.discount_percent.empty() && phases_.discount_amount.empty() &&
                 phases_.paused_from.empty()) {}

void PhaseResolver::reject(Rejections* rejections, RejectionCode code, std::uint32_t row, const char* field,
                           std::string reason) const {
  if (rejections != nullptr)
    rejections->add({code, *reading_.phases.name, phases_.source_row(row), field, std::move(reason)});
}

bool PhaseResolver::is_valid(std::uint32_t row, Rejections* rejections) const {
  const PhaseTable& phases = phases_;
  const auto fails = [&](RejectionCode code, const char* field, std::string reason) {
    reject(rejections, code, row, field, std::move(reason));
    return false;
  };
  const std::int32_t start = phases.starts_on[row];
  if (phases.ends_on[row] <= start)
    return fails(RejectionCode::ends_before_start, "ends_on",
                 "The phase ends on " + day_text(phases.ends_on[row]) + ", not after its start on " +
                     day_text(start) + ".");
  if (phases.quantity[row] < 0)
    return fails(RejectionCode::negative_quantity, "quantity", "The quantity is negative.");
  if (phases.interval_count[row] < 1)
    return fails(RejectionCode::bad_interval_count, "interval_count", "The interval count is below 1.");
  if (phases.discount_percent[row].is_negative())
    return fails(RejectionCode::bad_discount, "discount_percent", "The discount is negative.");
  if (phases.discount_amount[row].is_negative())
    return fails(RejectionCode::bad_discount, "discount_amount", "The discount is negative.");
  const std::int32_t paused_from = phases.paused_from[row];
  const std::int32_t paused_until = phases.paused_until[row];
  if (paused_until != no_day && (paused_from == no_day || paused_until <= paused_from))
    return fails(RejectionCode::bad_pause, "paused_until",
                 "The pause ends without, or not after, its start.");
  const Currency currency = Currency::from_index(phases.currency[row]);
  if (rules_.currency && currency != *rules_.currency && !reading_.exchange.on())
    return fails(RejectionCode::currency_not_reported, "currency",
                 std::string(currency.code()) + " is not the reporting currency " +
                     std::string(rules_.currency->code()) + ", and there are no exchange rates.");
  if (ticks_of(row, {}) < 0)
    return fails(RejectionCode::run_rate_out_of_range, "amount",
                 "Price x quantity is larger than any price can be.");
  return true;
}

bool PhaseResolver::comes_before(std::uint32_t a, std::uint32_t b) const {
  const PhaseTable& phases = phases_;
  if (phases.subscription[a] != phases.subscription[b])
    return phases.subscription[a] < phases.subscription[b];
  if (phases.starts_on[a] != phases.starts_on[b]) return phases.starts_on[a] < phases.starts_on[b];
  return std::pair(phases.source_row(a), a) < std::pair(phases.source_row(b), b);
}

bool PhaseResolver::is_identical(std::uint32_t a, std::uint32_t b) const {
  const PhaseTable& p = phases_;
  return p.plan[a] == p.plan[b] && p.ends_on[a] == p.ends_on[b] && p.price(a) == p.price(b) &&
         p.cycle(a) == p.cycle(b) && p.quantity[a] == p.quantity[b] && p.discount(a) == p.discount(b) &&
         p.discount_ends_on[a] == p.discount_ends_on[b] && p.trial_ends_on[a] == p.trial_ends_on[b] &&
         p.cancel_requested_on[a] == p.cancel_requested_on[b] && p.end_reason[a] == p.end_reason[b] &&
         p.paused_from[a] == p.paused_from[b] && p.paused_until[a] == p.paused_until[b] &&
         p.term_ends_on[a] == p.term_ends_on[b];
}

/// `sorted_` holds valid rows by subscription and start. Rows of one subscription and start are either the
/// same row several times (it counts once) or contradict each other (none can be believed).
void PhaseResolver::drop_repeats_and_conflicts(Rejections* rejections) {
  const PhaseTable& phases = phases_;
  const auto same_start = [&](std::uint32_t a, std::uint32_t b) {
    return phases.subscription[a] == phases.subscription[b] && phases.starts_on[a] == phases.starts_on[b];
  };
  std::size_t kept = 0;
  for (std::size_t i = 0; i < sorted_.size();) {
    std::size_t end = i + 1;
    bool conflict = false;
    for (; end < sorted_.size() && same_start(sorted_[i], sorted_[end]); ++end)
      conflict = conflict || !is_identical(sorted_[i], sorted_[end]);
    const std::uint32_t first = sorted_[i];
    if (!conflict) sorted_[kept++] = first;
    for (std::size_t j = conflict ? i : i + 1; j < end; ++j) {
      if (conflict)
        reject(rejections, RejectionCode::conflicting_phases, sorted_[j], "starts_on",
               "Subscription " + reading_.phases.subscription(first) +
                   " has different phases that start on " + day_text(phases.starts_on[first]) +
                   "; none of them counts.");
      else
        reject(rejections, RejectionCode::duplicate_row, sorted_[j], "",
               "The row repeats row " + std::to_string(phases.source_row(first)) + " and counts once.");
    }
    i = end;
  }
  sorted_.resize(kept);
}

/// The later start cuts the earlier phase of the same subscription.
std::int32_t PhaseResolver::end_of(std::size_t i) const {
  const std::int32_t ends_on = phases_.ends_on[sorted_[i]];
  if (i + 1 == sorted_.size()) return ends_on;
  const std::uint32_t next = sorted_[i + 1];
  return phases_.subscription[next] == phases_.subscription[sorted_[i]]
             ? std::min(ends_on, phases_.starts_on[next])
             : ends_on;
}

/// Whether the customer goes on where the phase ends, so that a request to cancel it was none to leave.
bool PhaseResolver::goes_on(std::size_t i) const {
  const std::uint32_t row = sorted_[i];
  const std::int32_t ends_on = phases_.ends_on[row];
  if (i + 1 < sorted_.size() && phases_.subscription[sorted_[i + 1]] == phases_.subscription[row] &&
      phases_.starts_on[sorted_[i + 1]] <= ends_on)
    return true;
  return std::any_of(sorted_.begin(), sorted_.end(),
                     [&](std::uint32_t other) { return phases_.starts_on[other] == ends_on; });
}

std::int32_t PhaseResolver::recognised_end_of(std::size_t i) const {
  const std::int32_t end = end_of(i);
  const std::int32_t requested = phases_.cancel_requested_on[sorted_[i]];
  if (rules_.recognition == Recognition::service_end || requested == no_day || goes_on(i)) return end;
  return std::min(end, std::max(requested, phases_.starts_on[sorted_[i]]));
}

/// Whether the policy lets the discount of a phase lower MRR. A discount for one cycle is told from a longer one
/// by its whole length, which may have begun in earlier phases.
bool PhaseResolver::counts_discount(std::size_t i) const {
  const std::uint32_t row = sorted_[i];
  const std::int32_t ends_on = phases_.discount_ends_on[row];
  switch (rules_.discounts) {
    case DiscountPolicy::all: return true;
    case DiscountPolicy::none: return false;
    case DiscountPolicy::forever: return ends_on == no_day;
    case DiscountPolicy::recurring: break;
  }
  if (ends_on == no_day) return true;
  std::size_t first = i;
  while (first > 0) {
    const std::uint32_t before = sorted_[first - 1];
    if (phases_.subscription[before] != phases_.subscription[row] ||
        end_of(first - 1) != phases_.starts_on[sorted_[first]] ||
        phases_.discount(before) != phases_.discount(row) || phases_.discount_ends_on[before] != ends_on)
      break;
    --first;
  }
  const std::uint32_t began = sorted_[first];
  const std::int32_t trial_ends_on = phases_.trial_ends_on[began];
  const std::int32_t from =
      trial_ends_on == no_day ? phases_.starts_on[began] : std::max(phases_.starts_on[began], trial_ends_on);
  const auto cycle_ends = renewal_day(Date::from_days(from), phases_.cycle(began), 1);
  return cycle_ends && ends_on > cycle_ends->days();
}

/// What a phase is worth as recorded; below 0 if that is beyond any price.
std::int64_t PhaseResolver::ticks_of(std::uint32_t row, const Discount& discount) const {
  const PhaseTable& phases = phases_;
  if (discount.is_none()) {
    const std::int64_t ticks = plain_run_rate(
        phases.amount[row], phases.scale[row], Currency::from_index(phases.currency[row]).decimals(),
        phases.quantity[row], phases.interval_count[row], rules_.normalisation[phases.interval[row]]);
    if (ticks > max_phase_ticks) return -1;
    if (ticks >= 0) return ticks;
  }
  return run_rate_ticks(phases.price(row), phases.quantity[row], phases.cycle(row), discount,
                        rules_.normalisation)
      .value_or(-1);
}

std::int64_t PhaseResolver::worth(std::uint32_t row, const Discount& discount) const {
  // A discount only lowers what is_valid has found to fit.
  const std::int64_t ticks = std::max<std::int64_t>(ticks_of(row, discount), 0);
  return worth_ == Worth::recorded
             ? ticks
             : reading_.exchange.value(ticks, Currency::from_index(phases_.currency[row]));
}

void PhaseResolver::append_without_debts(const Part& part, std::span<const DebtSpan> debts,
                                         std::vector<Part>& parts) {
  Part rest = part;
  for (const DebtSpan debt : debts) {  // in order of their first days
    if (debt.until <= rest.from) continue;
    if (debt.from >= rest.until) break;
    if (debt.from > rest.from) {
      parts.push_back(rest);
      parts.back().until = debt.from;
    }
    if (debt.until >= rest.until) return;
    rest.from = debt.until;
  }
  parts.push_back(rest);
}

void PhaseResolver::append_parts(std::size_t i, std::int32_t ends_on, std::vector<Part>& parts) const {
  const std::uint32_t row = sorted_[i];
  const std::int32_t starts_on = phases_.starts_on[row];
  if (are_plain_) {
    const std::int64_t ticks = worth(row, {});
    if (starts_on < ends_on && (ticks > 0 || rules_.free == FreePolicy::customer))
      parts.push_back({starts_on, ends_on, ticks, true, row});
    return;
  }
  if (reading_.exchange.on() && starts_on >= reading_.as_of) return;  // nothing is known of its rate
  const std::int32_t trial_ends_on = phases_.trial_ends_on[row];
  const std::int32_t discount_ends_on = phases_.discount_ends_on[row];
  const std::int32_t paused_from = phases_.paused_from[row];
  const std::int32_t paused_until = phases_.paused_until[row];
  const Discount discount = phases_.discount(row);
  std::span<const DebtSpan> debts;
  if (!reading_.debts.empty())
    debts = reading_.debts.of(customer_, reading_.debtors[phases_.subscription[row]]);

  const std::int64_t full = worth(row, {});
  const std::int64_t discounted = discount.is_none() || !counts_discount(i) ? full : worth(row, discount);

  std::array<std::int32_t, 6> cuts{starts_on,   trial_ends_on, discount_ends_on,
                                   paused_from, paused_until,  ends_on};
  std::sort(cuts.begin(), cuts.end());
  for (std::size_t c = 0; c < cuts.size(); ++c) {
    const std::int32_t from = cuts[c];
    const std::int32_t until = c + 1 < cuts.size() ? cuts[c + 1] : no_day;
    if (from < starts_on || from >= ends_on || from == until) continue;
    if (trial_ends_on != no_day && from < trial_ends_on) continue;
    const bool is_discounted = discount_ends_on == no_day || from < discount_ends_on;
    const bool is_paused =
        paused_from != no_day && from >= paused_from && (paused_until == no_day || from < paused_until);
    std::int64_t ticks = is_discounted ? discounted : full;
    bool present = ticks > 0 || rules_.free == FreePolicy::customer;
    if (is_paused && rules_.pause != PausePolicy::counted) {
      ticks = 0;
      present = present && rules_.pause == PausePolicy::retained;
    }
    if (present) append_without_debts({from, until, ticks, present, row}, debts, parts);
  }
}

void PhaseResolver::resolve(std::uint32_t customer, std::span<const std::uint32_t> rows,
                            std::vector<std::uint32_t>& accepted, std::vector<Part>& parts,
                            Rejections* rejections) {
  customer_ = customer;
  sorted_.clear();
  ends_.clear();
  for (const std::uint32_t row : rows)
    if (is_valid(row, rejections)) sorted_.push_back(row);
  const auto before = [this](std::uint32_t a, std::uint32_t b) { return comes_before(a, b); };
  if (!std::is_sorted(sorted_.begin(), sorted_.end(), before))
    std::sort(sorted_.begin(), sorted_.end(), before);
  drop_repeats_and_conflicts(rejections);

  for (std::size_t i = 0; i < sorted_.size(); ++i) {
    const std::uint32_t row = sorted_[i];
    ends_.push_back(recognised_end_of(i));
    append_parts(i, ends_.back(), parts);
    accepted.push_back(row);
    if (phases_.amount[row] < 0)
      reject(rejections, RejectionCode::negative_amount, row, "amount",
             "The price is negative and counts as 0.");
  }
}

}  // namespace churn::inline v0

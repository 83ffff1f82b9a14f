#include "book/phase_resolver.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <utility>

namespace churn::inline v0 {

namespace {

std::string day_text(std::int32_t day) { return Date::from_days(day).to_string(); }

}  // namespace

void PhaseResolver::reject(Rejections* rejections, RejectionCode code, std::uint32_t row, const char* field,
                           std::string reason) const {
  if (rejections != nullptr)
    rejections->add({code, records_.source(RecordTable::subscriptions), records_.phases.source_row(row),
                     field, std::move(reason)});
}

bool PhaseResolver::is_valid(std::uint32_t row, Rejections* rejections) const {
  const PhaseTable& phases = records_.phases;
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
  const Price price = phases.price(row);
  if (rules_.currency && price.currency != *rules_.currency)
    return fails(RejectionCode::currency_not_reported, "currency",
                 std::string(price.currency.code()) + " is not the reporting currency " +
                     std::string(rules_.currency->code()) + ", and amounts are not converted yet.");
  if (!run_rate_ticks(price, phases.quantity[row], phases.cycle(row), {}, rules_.normalisation))
    return fails(RejectionCode::run_rate_out_of_range, "amount",
                 "Price x quantity is larger than any price can be.");
  return true;
}

bool PhaseResolver::comes_before(std::uint32_t a, std::uint32_t b) const {
  const PhaseTable& phases = records_.phases;
  const auto key = [&phases](std::uint32_t row) {
    return std::tuple(phases.subscription[row], phases.starts_on[row], phases.source_row(row), row);
  };
  return key(a) < key(b);
}

bool PhaseResolver::is_identical(std::uint32_t a, std::uint32_t b) const {
  const PhaseTable& p = records_.phases;
  return p.plan[a] == p.plan[b] && p.ends_on[a] == p.ends_on[b] && p.price(a) == p.price(b) &&
         p.cycle(a) == p.cycle(b) && p.quantity[a] == p.quantity[b] &&
         p.discount(a) == p.discount(b) && p.discount_ends_on[a] == p.discount_ends_on[b] &&
         p.trial_ends_on[a] == p.trial_ends_on[b] && p.cancel_requested_on[a] == p.cancel_requested_on[b] &&
         p.end_reason[a] == p.end_reason[b] && p.paused_from[a] == p.paused_from[b] &&
         p.paused_until[a] == p.paused_until[b] && p.term_ends_on[a] == p.term_ends_on[b];
}

/// `sorted_` holds valid rows by subscription and start. Rows of one subscription and start are either the
/// same row several times (it counts once) or contradict each other (none can be believed).
void PhaseResolver::drop_repeats_and_conflicts(Rejections* rejections) {
  const PhaseTable& phases = records_.phases;
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
               "Subscription " + records_.subscription_ids.text(phases.subscription[first]) +
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

void PhaseResolver::append_parts(std::uint32_t row, std::int32_t ends_on, std::vector<Part>& parts) const {
  const PhaseTable& phases = records_.phases;
  const std::int32_t starts_on = phases.starts_on[row];
  const std::int32_t trial_ends_on = phases.trial_ends_on[row];
  const std::int32_t discount_ends_on = phases.discount_ends_on[row];
  const std::int32_t paused_from = phases.paused_from[row];
  const std::int32_t paused_until = phases.paused_until[row];
  const Decimal discount = phases.discount_percent[row];

  const Price price = phases.price(row);
  // A discount only lowers what is_valid has found to fit.
  const auto ticks_with = [&](Decimal percent) {
    return run_rate_ticks(price, phases.quantity[row], phases.cycle(row), percent, rules_.normalisation)
        .value_or(0);
  };
  const std::int64_t full = ticks_with({});
  const std::int64_t discounted = discount.coefficient() == 0 ? full : ticks_with(discount);

  std::array<std::int32_t, 6> cuts{starts_on,   trial_ends_on, discount_ends_on,
                                   paused_from, paused_until,  ends_on};
  std::sort(cuts.begin(), cuts.end());
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    const std::int32_t from = cuts[i];
    const std::int32_t until = i + 1 < cuts.size() ? cuts[i + 1] : no_day;
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
    if (present) parts.push_back({from, until, ticks, present, row});
  }
}

void PhaseResolver::resolve(std::span<const std::uint32_t> rows, std::vector<std::uint32_t>& accepted,
                            std::vector<Part>& parts, Rejections* rejections) {
  sorted_.clear();
  for (const std::uint32_t row : rows)
    if (is_valid(row, rejections)) sorted_.push_back(row);
  const auto before = [this](std::uint32_t a, std::uint32_t b) { return comes_before(a, b); };
  if (!std::is_sorted(sorted_.begin(), sorted_.end(), before))
    std::sort(sorted_.begin(), sorted_.end(), before);
  drop_repeats_and_conflicts(rejections);

  const PhaseTable& phases = records_.phases;
  for (std::size_t i = 0; i < sorted_.size(); ++i) {
    const std::uint32_t row = sorted_[i];
    std::int32_t ends_on = phases.ends_on[row];
    if (i + 1 < sorted_.size()) {  // the later start cuts the earlier phase of the same subscription
      const std::uint32_t next = sorted_[i + 1];
      if (phases.subscription[next] == phases.subscription[row])
        ends_on = std::min(ends_on, phases.starts_on[next]);
    }
    append_parts(row, ends_on, parts);
    accepted.push_back(row);
    if (phases.amount[row] < 0)
      reject(rejections, RejectionCode::negative_amount, row, "amount",
             "The price is negative and counts as 0.");
  }
}

}  // namespace churn::inline v0

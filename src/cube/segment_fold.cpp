#include "cube/segment_fold.hpp"

#include <churn/core/exact.hpp>

#include <algorithm>
#include <iterator>

namespace churn::inline v0 {

using Counts = MovementCell;

void SegmentFold::begin(std::uint32_t period) {
  period_ = period;
  day_ = grid_[period].first().days();
}

Contribution& SegmentFold::at(std::uint32_t target) {
  for (Contribution& contribution : contributions_)
    if (contribution.target == target) return contribution;
  contributions_.push_back({target, period_, day_});
  return contributions_.back();
}

void SegmentFold::post(std::uint32_t target, Counts::Field field, std::int64_t amount) {
  if (target == SegmentTable::none || amount == 0) return;
  std::int64_t& sum = cell(target).*field;
  sum = checked_add(sum, amount);
}

void SegmentFold::post(const Targets& targets, Counts::Field field, std::int64_t amount) {
  for (const std::uint32_t target : targets) cell(target).*field += amount;
}

Targets SegmentFold::targets_of(const DayState& state) {
  Targets targets;
  for (const LaneBalance& lane : state.lanes) {
    const std::uint32_t target = table_.target(state.segment, lane.lane);
    if (target != SegmentTable::none) targets.push_back(target);
  }
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  return targets;
}

void SegmentFold::post_opening(const DayState& now) {
  for (const LaneBalance& lane : now.lanes) post(now.segment, lane.lane, &Counts::opening, lane.ticks);
  post(targets_of(now), &Counts::opening_customers, 1);
}

namespace {

Targets in_first_only(const Targets& a, const Targets& b) {
  Targets rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest));
  return rest;
}

}  // namespace

void SegmentFold::post_step(const DayState& before, const DayState& after, bool as_new) {
  if (!before.balance.present && !after.balance.present) return;
  if (!before.balance.present) {
    for (const LaneBalance& lane : after.lanes)
      post(after.segment, lane.lane, as_new ? &Counts::new_ : &Counts::reactivation, lane.ticks);
    post(targets_of(after), as_new ? &Counts::new_customers : &Counts::reactivated_customers, 1);
  } else if (!after.balance.present) {
    for (const LaneBalance& lane : before.lanes) post(before.segment, lane.lane, &Counts::churn, lane.ticks);
    post(targets_of(before), &Counts::churned_customers, 1);
  } else {
    post_stay(before, after);
  }
}

/// The lanes of two states side by side, in order, their changes shared out.
void SegmentFold::compare_lanes(const DayState& before, const DayState& after) {
  changes_.clear();
  auto a = before.lanes.begin();
  auto b = after.lanes.begin();
  while (a != before.lanes.end() || b != after.lanes.end()) {
    const bool from_a = b == after.lanes.end() || (a != before.lanes.end() && a->lane <= b->lane);
    const bool from_b = a == before.lanes.end() || (b != after.lanes.end() && b->lane <= a->lane);
    const std::uint32_t lane = from_a ? a->lane : b->lane;
    changes_.push_back({lane, applied_.currency_of_lane(lane), from_a ? a->ticks : 0, from_b ? b->ticks : 0});
    if (from_a) ++a;
    if (from_b) ++b;
  }
  share_out(changes_);
}

/// All that was there moves along with the customer. Where a filter alone tells two states apart, both may be
/// of one row, and what stays in a row is no transfer.
void SegmentFold::post_move(const DayState& before, std::uint32_t segment) {
  if (before.segment == segment) return;
  for (const LaneBalance& lane : before.lanes) {
    const std::uint32_t from = table_.target(before.segment, lane.lane);
    const std::uint32_t to = table_.target(segment, lane.lane);
    if (from == to) continue;
    post(from, &Counts::transfer_out, lane.ticks);
    post(to, &Counts::transfer_in, lane.ticks);
  }
}

/// What the lanes that fall give to those that rise; again, not what lanes of one row give each other.
void SegmentFold::post_transfers(std::uint32_t segment) {
  transfers_.clear();
  for (const LaneChange& change : changes_) {
    if (change.transferred == 0) continue;
    const std::uint32_t target = table_.target(segment, change.lane);
    auto row = std::find_if(transfers_.begin(), transfers_.end(),
                            [target](const Transfer& transfer) { return transfer.target == target; });
    if (row == transfers_.end()) row = transfers_.insert(row, {target, 0, 0});
    (change.gain() > 0 ? row->in : row->out) += change.transferred;  // parts of a sum that fits
  }
  for (const Transfer& transfer : transfers_) {
    const std::int64_t stays = std::min(transfer.in, transfer.out);
    post(transfer.target, &Counts::transfer_in, transfer.in - stays);
    post(transfer.target, &Counts::transfer_out, transfer.out - stays);
  }
}

void SegmentFold::post_stay(const DayState& before, const DayState& after) {
  post_move(before, after.segment);
  compare_lanes(before, after);
  post_transfers(after.segment);
  for (const LaneChange& change : changes_) {
    if (change.gain() > 0)
      post(after.segment, change.lane, &Counts::expansion, change.gain() - change.transferred);
    else
      post(after.segment, change.lane, &Counts::contraction, change.loss() - change.transferred);
  }
  // Nothing else posts an expansion or contraction between two flushes.
  for (Contribution& contribution : contributions_) {
    contribution.cell.expanded_customers = contribution.cell.expansion > 0 ? 1 : 0;
    contribution.cell.contracted_customers = contribution.cell.contraction > 0 ? 1 : 0;
  }
  const Targets was_in = targets_of(before);
  const Targets is_in = targets_of(after);
  post(in_first_only(is_in, was_in), &Counts::transferred_in_customers, 1);
  post(in_first_only(was_in, is_in), &Counts::transferred_out_customers, 1);
}

/// What rates have changed of the customer at the close of a period.
void SegmentFold::post_revaluation(const DayState& before, const DayState& after) {
  begin(static_cast<std::uint32_t>(after.revalues));
  day_ = after.day - 1;
  for (std::size_t i = 0; i < after.lanes.size(); ++i)  // the same lanes: nothing but their worth has changed
    post(before.segment, after.lanes[i].lane, &Counts::fx,
         checked_subtract(after.lanes[i].ticks, before.lanes[i].ticks));
  note_balances(before, after);
}

/// Rates ask for those who were in a segment at opening: what they lose and gain counts there, wherever the
/// movement itself is shown. What a lane gains counts if the customer was in the lane's row at opening.
void SegmentFold::post_rates(const DayState& opening, const DayState& closing, const Presence& presence) {
  if (!opening.balance.present) {
    if (presence.entry == 0) return;
    post(presence.joined, &Counts::joined_customers, 1);
    post(presence.joined, &Counts::departures_of_joined, presence.departures);
    if (!closing.balance.present) post(presence.joined, &Counts::joined_and_left_customers, 1);
    return;
  }
  const Targets was_in = targets_of(opening);
  post(was_in, &Counts::departures_of_opening, presence.departures);
  if (!closing.balance.present) {
    for (const LaneBalance& lane : opening.lanes) post(opening.segment, lane.lane, &Counts::lost, lane.ticks);
    post(was_in, &Counts::lost_customers, 1);
    return;
  }
  compare_lanes(opening, closing);
  for (const LaneChange& change : changes_) {
    const auto rest = (change.gain() > 0 ? change.gain() : change.loss()) - change.transferred;
    if (change.loss() > 0) post(opening.segment, change.lane, &Counts::lost, rest);
    const std::uint32_t target = table_.target(opening.segment, change.lane);
    const bool was_there = std::binary_search(was_in.begin(), was_in.end(), target);
    if (change.gain() > 0 && was_there) post(target, &Counts::gained, rest);
  }
}

/// Exposure, by the day.
void SegmentFold::note_presence(Presence& presence, const DayState& before, const DayState& after) {
  const Targets was_in = targets_of(before);
  const Targets is_in = targets_of(after);
  if (before.balance.present && !after.balance.present) {
    ++presence.departures;
    post(was_in, &Counts::departures, 1);
  }
  if (!before.balance.present && after.balance.present && presence.entry == 0) {
    presence.entry = after.entry;
    presence.joined = is_in;
  }
  const std::int64_t days_left = ends_[period_] - after.day;
  post(in_first_only(is_in, was_in), &Counts::customer_days, days_left);
  post(in_first_only(was_in, is_in), &Counts::customer_days, -days_left);
}

void SegmentFold::note_balances(const DayState& before, const DayState& after) {
  for (Contribution& contribution : contributions_) contribution.before = contribution.after = 0;
  const auto note = [&](const DayState& state, std::int64_t Contribution::*sum) {
    for (const LaneBalance& lane : state.lanes) {
      const std::uint32_t target = table_.target(state.segment, lane.lane);
      if (target == SegmentTable::none) continue;
      for (Contribution& contribution : contributions_)
        if (contribution.target == target) contribution.*sum = checked_add(contribution.*sum, lane.ticks);
    }
  };
  note(before, &Contribution::before);
  note(after, &Contribution::after);
}

}  // namespace churn::inline v0

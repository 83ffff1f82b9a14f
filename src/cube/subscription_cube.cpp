#include <churn/cube/subscription_cube.hpp>

#include <churn/core/exact.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "cube/lane_rule.hpp"
#include "cube/parallel.hpp"
#include "segment/customer_days.hpp"

namespace churn::inline v0 {

SubscriptionCell& SubscriptionCell::operator+=(const SubscriptionCell& other) {
  SubscriptionCell sum = *this;
  for (const auto field :
       {&SubscriptionCell::opening_subscriptions, &SubscriptionCell::lost_subscriptions,
        &SubscriptionCell::opening_seats, &SubscriptionCell::lost_seats, &SubscriptionCell::due,
        &SubscriptionCell::renewed, &SubscriptionCell::trials_ended, &SubscriptionCell::trials_converted})
    sum.*field = checked_add(sum.*field, other.*field);
  return *this = sum;
}

namespace {

constexpr std::size_t max_cells = 20'000'000;

/// The n-th renewal day after the first paid one; none beyond the calendar.
std::optional<std::int32_t> renewal_day(Date anchor, BillingCycle cycle, std::int64_t n) {
  constexpr std::int64_t calendar = Date::max_days - std::int64_t{Date::min_days};
  const std::int64_t intervals = n * cycle.count;  // both fit 32 bits
  const auto after_days = [&](std::int64_t days) -> std::optional<std::int32_t> {
    if (days > calendar || anchor.days() + days > Date::max_days) return std::nullopt;
    return static_cast<std::int32_t>(anchor.days() + days);
  };
  const auto after_months = [&](std::int64_t months) -> std::optional<std::int32_t> {
    if (months > 12 * (9999 - std::int64_t{anchor.year()})) return std::nullopt;
    return anniversary(anchor, static_cast<int>(months)).days();
  };
  switch (cycle.interval) {
    case BillingInterval::day: return after_days(intervals);
    case BillingInterval::week: return after_days(7 * intervals);
    case BillingInterval::month: return after_months(intervals);
    case BillingInterval::quarter: return after_months(3 * intervals);
    case BillingInterval::half_year: return after_months(6 * intervals);
    case BillingInterval::year: return after_months(12 * intervals);
  }
  return std::nullopt;
}

/// Counts the customers of one thread.
class SubscriptionFold {
 public:
  SubscriptionFold(const Book& book, const PeriodGrid& grid, const std::vector<PeriodStatus>& status,
                   const AppliedSegments& applied, SegmentTable& table)
      : book_(book),
        grid_(grid),
        status_(status),
        applied_(applied),
        table_(table),
        days_(book, applied, table),
        phases_(book.data().records->phases) {}

  void count(CustomerIndex customer) {
    states_ = days_.of(customer);
    for (std::size_t p = 0; p < grid_.size(); ++p)
      if (status_[p].observable) count_period(p);
    const std::span<const std::uint32_t> rows = days_.accepted();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::int32_t ends_on = phases_.ends_on[rows[i]];
      if (i + 1 < rows.size() && phases_.subscription[rows[i + 1]] == phases_.subscription[rows[i]])
        ends_on = std::min(ends_on, phases_.starts_on[rows[i + 1]]);
      count_renewals(rows[i], ends_on);
      count_trial(customer, rows[i], ends_on);
    }
  }

  /// By target, then period.
  [[nodiscard]] std::vector<SubscriptionCell> take() {
    cells_.resize(table_.targets().size() * grid_.size());
    return std::move(cells_);
  }

 private:
  [[nodiscard]] SubscriptionCell* cell(std::uint32_t segment, std::uint32_t lane, std::size_t period) {
    const std::uint32_t target = table_.target(segment, lane);
    if (target == SegmentTable::none) return nullptr;
    const std::size_t needed = table_.targets().size() * grid_.size();
    if (needed > max_cells)
      throw Error(
          ErrorCode::out_of_range,
          "The segments and periods make more than 20 million cells. Take longer periods or fewer segments.");
    if (cells_.size() < needed) cells_.resize(needed);
    return &cells_[target * grid_.size() + period];
  }

  [[nodiscard]] static bool pays_on(const Part& part, std::int32_t day) {
    return part.from <= day && day < part.until;
  }
  [[nodiscard]] bool subscription_pays_on(std::uint32_t row, std::int32_t day) const {
    const auto parts = days_.parts();
    return std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
      return phases_.subscription[part.row] == phases_.subscription[row] && pays_on(part, day);
    });
  }

  void count_period(std::size_t period) {
    const std::int32_t records_from =
        book_.records_from() ? book_.records_from()->days() : Date::min_days - 1;
    const std::int32_t opening = std::max(grid_[period].first().days() - 1, records_from);
    const std::int32_t closing = std::min(grid_[period].last(), book_.as_of()).days() - 1;
    std::optional<std::uint32_t> segment;
    seats_.clear();
    for (const Part& part : days_.parts()) {
      const bool was = pays_on(part, opening);
      const bool is = pays_on(part, closing);
      if (!was && !is) continue;
      const std::uint32_t lane = applied_.lane(part.row);
      note_seats(lane, phases_.quantity[part.row], was, is);
      if (!was) continue;
      if (!segment) segment = state_on(states_, opening).segment;
      if (SubscriptionCell* const to = cell(*segment, lane, period)) {
        ++to->opening_subscriptions;  // a subscription has one phase a day
        if (!subscription_pays_on(part.row, closing)) ++to->lost_subscriptions;
      }
    }
    if (!segment) return;
    share_out(seats_);
    for (const LaneChange& lane : seats_)
      if (SubscriptionCell* const to = cell(*segment, lane.lane, period)) {
        to->opening_seats = checked_add(to->opening_seats, lane.before);
        if (lane.loss() > 0) to->lost_seats = checked_add(to->lost_seats, lane.loss() - lane.transferred);
      }
  }

  void note_seats(std::uint32_t lane, std::int64_t quantity, bool was, bool is) {
    const auto at = std::lower_bound(seats_.begin(), seats_.end(), lane,
                                     [](const LaneChange& a, std::uint32_t b) { return a.lane < b; });
    const auto to =
        at != seats_.end() && at->lane == lane ? at : seats_.insert(at, LaneChange{lane, 0, 0, 0});
    if (was) to->before = checked_add(to->before, quantity);
    if (is) to->after = checked_add(to->after, quantity);
  }

  [[nodiscard]] bool is_known(std::int32_t day) const {
    return day < book_.as_of().days() && (!book_.records_from() || day > book_.records_from()->days());
  }

  void count_renewals(std::uint32_t row, std::int32_t ends_on) {
    const std::int32_t trial_ends_on = phases_.trial_ends_on[row];
    const std::int32_t anchor =
        std::max(phases_.starts_on[row], trial_ends_on == no_day ? phases_.starts_on[row] : trial_ends_on);
    const std::int32_t last = std::min({ends_on, book_.as_of().days() - 1, grid_.to().days() - 1});
    if (anchor >= last) return;
    const Date first_paid = Date::from_days(anchor);
    for (std::int64_t n = 1;; ++n) {
      const auto day = renewal_day(first_paid, phases_.cycle(row), n);
      if (!day || *day > last) return;
      if (*day < grid_.from().days() || !is_known(*day)) continue;
      const auto parts = days_.parts();
      const bool paid = std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
        return part.row == row && pays_on(part, *day - 1);
      });
      if (!paid) continue;
      const auto period = static_cast<std::size_t>(grid_.index_of(Date::from_days(*day)));
      if (SubscriptionCell* const to =
              cell(state_on(states_, *day - 1).segment, applied_.lane(row), period)) {
        ++to->due;
        to->renewed += subscription_pays_on(row, *day) ? 1 : 0;
      }
    }
  }

  void count_trial(CustomerIndex customer, std::uint32_t row, std::int32_t ends_on) {
    const std::int32_t trial_ends_on = phases_.trial_ends_on[row];
    if (trial_ends_on == no_day || trial_ends_on <= phases_.starts_on[row]) return;
    const std::int32_t day = std::min(trial_ends_on, ends_on);
    if (!is_known(day) || day < grid_.from().days() || day >= grid_.to().days()) return;
    const DayState state = state_on(states_, day);
    const std::uint32_t segment = state.balance.present ? state.segment : table_.segment_of_absent(customer);
    const auto period = static_cast<std::size_t>(grid_.index_of(Date::from_days(day)));
    if (SubscriptionCell* const to = cell(segment, applied_.lane(row), period)) {
      ++to->trials_ended;
      to->trials_converted += state.balance.ticks > 0 ? 1 : 0;
    }
  }

  const Book& book_;
  const PeriodGrid& grid_;
  const std::vector<PeriodStatus>& status_;
  const AppliedSegments& applied_;
  SegmentTable& table_;
  CustomerDays days_;
  const PhaseTable& phases_;
  std::span<const DayState> states_;
  std::vector<LaneChange> seats_;
  std::vector<SubscriptionCell> cells_;
};

}  // namespace

SubscriptionCube fold_subscriptions(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                    const FoldOptions& options) {
  const AppliedSegments applied{book, segmenter, options.where};
  const std::vector<PeriodStatus> status = status_of(book, grid);
  struct Share {
    std::optional<SegmentTable> table;
    std::vector<SubscriptionCell> cells;
  };
  std::vector<Share> shares(chunks_for(options.threads));
  for_each_chunk(book, shares.size(), [&](std::size_t chunk, std::size_t first, std::size_t last) {
    SubscriptionFold fold{book, grid, status, applied, shares[chunk].table.emplace(applied)};
    for (std::size_t c = first; c < last; ++c) fold.count(CustomerIndex{static_cast<std::uint32_t>(c)});
    shares[chunk].cells = fold.take();
  });

  std::map<Label, std::size_t> place;
  for (const Share& share : shares)
    for (const Label& label : share.table->targets()) place.emplace(label, 0);
  if (segmenter.factors().empty()) place.emplace(Label{}, 0);
  std::vector<Label> labels;
  for (auto& [label, at] : place) {
    at = labels.size();
    labels.push_back(label);
  }
  if (labels.size() > max_cells / grid.size())
    throw Error(
        ErrorCode::out_of_range,
        "The segments and periods make more than 20 million cells. Take longer periods or fewer segments.");
  SubscriptionCube cube{book, grid, applied.names(), std::move(labels)};
  for (const Share& share : shares)
    for (std::size_t t = 0; t < share.table->targets().size(); ++t) {
      const std::size_t to = place.at(share.table->targets()[t]);
      for (std::size_t p = 0; p < grid.size(); ++p) cube.at(to, p) += share.cells[t * grid.size() + p];
    }
  return cube;
}

}  // namespace churn::inline v0

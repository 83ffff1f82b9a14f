#include <churn/cube/subscription_cube.hpp>

#include <churn/core/exact.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "book/billing_anchor.hpp"
#include "core/watch.hpp"
#include "cube/lane_rule.hpp"
#include "cube/parallel.hpp"
#include "segment/customer_days.hpp"
#include "segment/labelling.hpp"

namespace churn::inline v0 {

const std::array<SubscriptionCell::Field, SubscriptionCell::field_count>&
SubscriptionCell::fields() noexcept {
  using C = SubscriptionCell;
  static constexpr std::array<Field, field_count> all{&C::opening_subscriptions,
                                                      &C::lost_subscriptions,
                                                      &C::opening_seats,
                                                      &C::lost_seats,
                                                      &C::due,
                                                      &C::renewed,
                                                      &C::trials_ended,
                                                      &C::trials_converted};
  return all;
}

SubscriptionCell& SubscriptionCell::operator+=(const SubscriptionCell& other) {
  SubscriptionCell sum = *this;
  for (const auto field : fields()) sum.*field = checked_add(sum.*field, other.*field);
  return *this = sum;
}

namespace {

constexpr std::size_t max_subscription_cells = 20'000'000;

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
        days_(book, applied, table, {.with_parts = true, .valued_by = &grid}),
        phases_(*book.data().phases.table) {
    const std::int32_t records_from = book.records_from() ? book.records_from()->days() : Date::min_days - 1;
    for (std::size_t p = 0; p < grid.size(); ++p) {
      openings_.push_back(std::max(grid[p].first().days() - 1, records_from));
      closings_.push_back(std::min(grid[p].last(), book.as_of()).days() - 1);
    }
  }

  void count(CustomerIndex customer) {
    states_ = days_.of(customer);
    group_by_subscription();
    count_periods();
    paid_days_.reset();
    for (const Group& group : groups_) {
      count_renewals(group);
      for (std::size_t i = 0; i < group.rows.size(); ++i) count_trial(customer, group, i);
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
    if (needed > max_subscription_cells)
      throw Error(
          ErrorCode::out_of_range,
          "The segments and periods make more than 20 million cells. Take longer periods or fewer segments.");
    if (cells_.size() < needed) cells_.resize(needed);
    return &cells_[target * grid_.size() + period];
  }

  /// One subscription of the customer: its phases and their parts, both in order of time.
  struct Group {
    std::span<const std::uint32_t> rows;
    std::span<const std::int32_t> ends;  // of the rows, as the book's rules recognise them
    std::span<const Part> parts;

    /// The part that counts on a day; none if the subscription does not pay on it.
    [[nodiscard]] const Part* on(std::int32_t day) const {
      const auto after = std::upper_bound(parts.begin(), parts.end(), day,
                                          [](std::int32_t d, const Part& part) { return d < part.from; });
      return after != parts.begin() && day < std::prev(after)->until ? &*std::prev(after) : nullptr;
    }
  };

  void group_by_subscription() {
    groups_.clear();
    const std::span<const std::uint32_t> rows = days_.accepted();
    const std::span<const Part> parts = days_.parts();
    for (std::size_t row = 0, part = 0; row < rows.size();) {
      const std::size_t first_row = row;
      const std::size_t first_part = part;
      const std::uint32_t subscription = phases_.subscription[rows[row]];
      while (row < rows.size() && phases_.subscription[rows[row]] == subscription) ++row;
      while (part < parts.size() && phases_.subscription[parts[part].row] == subscription) ++part;
      groups_.push_back({rows.subspan(first_row, row - first_row),
                         days_.ends().subspan(first_row, row - first_row),
                         parts.subspan(first_part, part - first_part)});
    }
  }

  /// Only those in which something is paid for at opening or at closing.
  void count_periods() {
    const std::span<const Part> parts = days_.parts();
    if (parts.empty()) return;
    std::int32_t from = parts.front().from;
    std::int32_t until = parts.front().until;
    for (const Part& part : parts) {
      from = std::min(from, part.from);
      until = std::max(until, part.until);
    }
    const auto first = std::lower_bound(closings_.begin(), closings_.end(), from) - closings_.begin();
    for (auto p = static_cast<std::size_t>(first); p < grid_.size() && openings_[p] < until; ++p)
      if (status_[p].observable) count_period(p, openings_[p], closings_[p]);
  }

  void count_period(std::size_t period, std::int32_t opening, std::int32_t closing) {
    std::optional<std::uint32_t> segment;
    seats_.clear();
    for (const Group& group : groups_) {
      const Part* const was = group.on(opening);
      const Part* const is = group.on(closing);
      if (is != nullptr) note_seats(is->row, &LaneChange::after);
      if (was == nullptr) continue;
      note_seats(was->row, &LaneChange::before);
      if (!segment) segment = state_on(states_, opening).segment;
      if (SubscriptionCell* const to = cell(*segment, applied_.lane(was->row), period)) {
        ++to->opening_subscriptions;
        if (is == nullptr) ++to->lost_subscriptions;
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

  void note_seats(std::uint32_t row, std::int64_t LaneChange::*side) {
    const std::uint32_t lane = applied_.lane(row);
    const auto at = std::lower_bound(seats_.begin(), seats_.end(), lane,
                                     [](const LaneChange& a, std::uint32_t b) { return a.lane < b; });
    const auto to =
        at != seats_.end() && at->lane == lane ? at : seats_.insert(at, LaneChange{lane, 0, 0, 0});
    (*to).*side = checked_add((*to).*side, phases_.quantity[row]);
  }

  [[nodiscard]] bool is_known(std::int32_t day) const {
    return day < book_.as_of().days() && (!book_.records_from() || day > book_.records_from()->days());
  }

  void count_renewals(const Group& group) {
    for (std::size_t first = 0, last = 0; first < group.rows.size(); first = last) {
      last = first + 1;
      while (last < group.rows.size() &&
             keeps_billing_anchor(phases_, group.rows[last - 1], group.ends[last - 1], group.rows[last]))
        ++last;
      count_renewals(group, first, last);
    }
  }

  /// Of the phases from `first` to before `last`, which share an anchor.
  void count_renewals(const Group& group, std::size_t first, std::size_t last) {
    const std::int32_t anchor = first_paid_day(phases_, group.rows[first]);
    const std::int32_t last_day =
        std::min({group.ends[last - 1], book_.as_of().days() - 1, grid_.to().days() - 1});
    if (anchor >= last_day) return;
    const Date first_paid = Date::from_days(anchor);
    const BillingCycle cycle = phases_.cycle(group.rows[first]);
    for (std::int64_t n = 1;; ++n) {
      const auto day = renewal_day(first_paid, cycle, n);
      if (!day || day->days() > last_day) return;
      if (*day < grid_.from() || !is_known(day->days())) continue;
      const Part* const paid = group.on(day->days() - 1);
      if (paid == nullptr) continue;
      const auto period = static_cast<std::size_t>(grid_.index_of(*day));
      if (SubscriptionCell* const to =
              cell(state_on(states_, day->days() - 1).segment, applied_.lane(paid->row), period)) {
        ++to->due;
        to->renewed += group.on(day->days()) != nullptr ? 1 : 0;
      }
    }
  }

  void count_trial(CustomerIndex customer, const Group& group, std::size_t i) {
    const std::uint32_t row = group.rows[i];
    if (!is_trial(row)) return;
    const std::int32_t ends_on = group.ends[i];
    const std::int32_t day = std::min(phases_.trial_ends_on[row], ends_on);
    const bool goes_on = day == ends_on && i + 1 < group.rows.size() &&
                         phases_.starts_on[group.rows[i + 1]] == day && is_trial(group.rows[i + 1]);
    if (goes_on || !is_known(day) || day < grid_.from().days() || day >= grid_.to().days()) return;
    const DayState before = state_on(states_, day - 1);
    const std::uint32_t segment =
        before.balance.present ? before.segment : table_.segment_of_absent(customer);
    const auto period = static_cast<std::size_t>(grid_.index_of(Date::from_days(day)));
    if (SubscriptionCell* const to = cell(segment, applied_.lane(row), period)) {
      ++to->trials_ended;
      to->trials_converted += customer_pays_on(day) ? 1 : 0;
    }
  }

  [[nodiscard]] bool is_trial(std::uint32_t row) const {
    return phases_.trial_ends_on[row] != no_day && phases_.trial_ends_on[row] > phases_.starts_on[row];
  }

  /// On the day itself: a gap that is carried is not paid for.
  [[nodiscard]] bool customer_pays_on(std::int32_t day) {
    if (!paid_days_) paid_days_ = spans_paid();
    const auto after = std::upper_bound(paid_days_->begin(), paid_days_->end(), day,
                                        [](std::int32_t d, const Span& span) { return d < span.from; });
    return after != paid_days_->begin() && day < std::prev(after)->until;
  }

  struct Span {
    std::int32_t from;
    std::int32_t until;
  };
  /// The days with MRR, as spans apart from each other, in order.
  [[nodiscard]] std::vector<Span> spans_paid() const {
    std::vector<Span> spans;
    for (const Part& part : days_.parts())
      if (part.ticks > 0) spans.push_back({part.from, part.until});
    std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
    std::vector<Span> joined;
    for (const Span& span : spans) {
      if (joined.empty() || span.from > joined.back().until)
        joined.push_back(span);
      else
        joined.back().until = std::max(joined.back().until, span.until);
    }
    return joined;
  }

  const Book& book_;
  const PeriodGrid& grid_;
  const std::vector<PeriodStatus>& status_;
  const AppliedSegments& applied_;
  SegmentTable& table_;
  CustomerDays days_;
  const PhaseTable& phases_;
  std::vector<std::int32_t> openings_;  // the day at whose end each period opens
  std::vector<std::int32_t> closings_;  // and that at whose end it closes
  std::span<const DayState> states_;
  std::vector<Group> groups_;
  std::optional<std::vector<Span>> paid_days_;  // of the customer at hand, once asked for
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
  Watch watch{options.progress, book.customer_count()};
  for_each_chunk(book, shares.size(), [&](std::size_t chunk, std::size_t first, std::size_t last) {
    SubscriptionFold fold{book, grid, status, applied, shares[chunk].table.emplace(applied)};
    watch.pieces(first, last, [&](std::size_t from, std::size_t until) {
      for (std::size_t c = from; c < until; ++c) fold.count(CustomerIndex{static_cast<std::uint32_t>(c)});
    });
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
  require_room_for_labels(labels.size());
  if (labels.size() > max_subscription_cells / grid.size())
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

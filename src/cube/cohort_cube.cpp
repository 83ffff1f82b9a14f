#include <churn/cube/cohort_cube.hpp>

#include <algorithm>
#include <span>
#include <utility>

#include <churn/core/exact.hpp>
#include <churn/row/step.hpp>

#include "core/watch.hpp"
#include "cube/combine.hpp"
#include "cube/parallel.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::size_t max_cohort_cells = 50'000'000;
/// The cohort of every customer, as a period of the grid; the grid's size for those in none.
std::vector<std::uint32_t> cohorts_of(const Book& book, const PeriodGrid& grid, CohortBy cohort_by,
                                      const std::vector<bool>& keep) {
  const PeriodLookup period_of{book, grid};
  const auto none = static_cast<std::uint32_t>(grid.size());
  std::vector<std::uint32_t> cohort(book.customer_count(), none);
  for (std::uint32_t c = 0; c < cohort.size(); ++c) {
    if (!keep.empty() && !keep[c]) continue;
    const CustomerIndex customer{c};
    const auto day =
        cohort_by == CohortBy::signed_up ? book.signed_up_on(customer) : book.first_present_on(customer);
    if (!day || *day >= book.as_of()) continue;
    if (cohort_by == CohortBy::first_paid && book.records_from() && *day <= *book.records_from()) continue;
    cohort[c] = std::min(static_cast<std::uint32_t>(period_of(day->days())), none);  // -1: before the grid
  }
  return cohort;
}

/// A sum of changes that may be larger on the way than in the end. Fewer than 2^31 of them are added.
class WideSum {
 public:
  void operator+=(std::int64_t change) noexcept {
    high_ += change >> 32;
    low_ += change & 0xFFFFFFFF;
  }
  void operator+=(const WideSum& other) noexcept {
    high_ += other.high_;
    low_ += other.low_;
  }
  /// Throws Error(overflow) if it does not fit.
  [[nodiscard]] std::int64_t get() const {
    const std::int64_t high = high_ + (low_ >> 32);
    return checked_add(checked_multiply(high, std::int64_t{1} << 32), low_ & 0xFFFFFFFF);
  }

 private:
  std::int64_t high_{0};
  std::int64_t low_{0};
};

/// What changes at one age, before running sums make balances of it.
struct Posted {
  std::int64_t present{0};
  std::int64_t unbroken{0};
  WideSum ticks;
};

/// What one thread has counted, by segment and cohort (one more: who is in none), then by age. What is after the grid
/// goes to the first age that ends behind it, of which nobody asks. What a cohort is at a close is the sum of all
/// changes up to it, so these need not be netted by period; those up to the end of a cohort's own period belong to
/// age 0.
class CohortCounts {
 public:
  CohortCounts(std::size_t segments, std::size_t periods)
      : stride_(periods + 1), sizes_(stride_), cells_(segments * stride_ * stride_) {}

  [[nodiscard]] const Posted& at(std::size_t segment, std::size_t cohort, std::size_t age) const {
    return cells_[(segment * stride_ + cohort) * stride_ + age];
  }
  /// How many customers have come, by cohort. Known after post_by_first_step alone.
  [[nodiscard]] std::int64_t size(std::size_t cohort) const { return sizes_[cohort]; }

  /// Customers first to last (exclusive), each in the cohort of its first step, and all in one segment.
  void post_by_first_step(const Timeline& timeline, const PeriodLookup& period_of, std::size_t first,
                          std::size_t last) {
    const auto none = static_cast<std::uint32_t>(stride_ - 1);
    std::uint32_t cohort = none;
    post(timeline, period_of, first, last, [&](std::size_t, bool is_first, std::int32_t period) {
      const std::uint32_t own = std::min(static_cast<std::uint32_t>(period), none);  // -1: before the grid
      cohort = is_first ? own : cohort;
      sizes_[cohort] += is_first ? 1 : 0;
      return std::pair{std::size_t{cohort}, cohort};
    });
  }

  /// Each in a cohort and a segment that are known.
  void post_known(const Timeline& timeline, const PeriodLookup& period_of, std::size_t first,
                  std::size_t last, const std::vector<std::uint32_t>& cohort_of, const Labelling& labelling) {
    std::size_t c = first;
    post(timeline, period_of, first, last, [&](std::size_t step, bool, std::int32_t) {
      c += static_cast<std::size_t>(timeline.first_step[c + 1] <= step);
      while (timeline.first_step[c + 1] <= step) ++c;  // hardly ever: those without any step
      return std::pair{labelling(c) * stride_ + cohort_of[c], cohort_of[c]};
    });
  }

 private:
  /// row_of(step, whether it is its customer's first, period) gives the row and the cohort of its customer.
  template <class RowOf>
  void post(const Timeline& timeline, const PeriodLookup& period_of, std::size_t first, std::size_t last,
            RowOf&& row_of) {
    const std::span<const std::int32_t> day = timeline.day;
    const std::span<const std::int64_t> level = timeline.level;
    const std::span<const std::uint8_t> state = timeline.state;
    const std::size_t end = timeline.first_step[last];
    std::size_t i = timeline.first_step[first];
    if (i == end) return;
    std::int64_t ticks = 0;
    std::int64_t present = 0;
    std::int64_t unbroken = 0;
    std::int32_t next_period = period_of(day[i]);
    for (; i < end; ++i) {
      const std::int32_t period = next_period;
      const bool is_first = (state[i] & Timeline::first_of_customer) != 0;
      const bool is_last = i + 1 == end || (state[i + 1] & Timeline::first_of_customer) != 0;
      next_period = i + 1 == end ? 0 : period_of(day[i + 1]);
      const std::int64_t kept = is_first ? 0 : -1;  // as bits: nothing is, of the customer before
      ticks &= kept;
      present &= kept;
      unbroken &= kept;
      const auto [row, cohort] = row_of(i, is_first, period);
      const auto own = static_cast<std::int32_t>(cohort);
      Posted& cell = cells_[row * stride_ + static_cast<std::size_t>(std::max(period, own) - own)];
      // Whoever is there at the close of age 0 begins unbroken; whoever is not at a later one no longer is.
      const std::int64_t is_present = (state[i] & Timeline::present) != 0 ? 1 : 0;
      const std::int64_t at_close = period <= own ? is_present : unbroken & is_present;
      const bool is_open = !is_last & (period == next_period);
      const std::int64_t goes_on = is_open ? unbroken : at_close;
      cell.present += is_present - present;
      cell.unbroken += goes_on - unbroken;
      cell.ticks += level[i] - ticks;
      ticks = level[i];
      present = is_present;
      unbroken = goes_on;
    }
  }

  std::size_t stride_;
  std::vector<std::int64_t> sizes_;
  std::vector<Posted> cells_;
};

}  // namespace

CohortCube::CohortCube(const Book& book, const PeriodGrid& grid, CohortBy cohort_by,
                       const Labelling& labelling)
    : grid_(grid),
      cohort_by_(cohort_by),
      currency_(book.currency()),
      as_of_(book.as_of()),
      conventions_(book.conventions()),
      status_(status_of(book, grid)),
      segment_names_(labelling.names),
      segments_(labelling.labels) {
  const std::size_t cells_a_segment = grid.size() * grid.size();
  if (cells_a_segment > max_cohort_cells || cells_a_segment * segments_.size() > max_cohort_cells)
    throw Error(ErrorCode::out_of_range,
                "The cohorts have more than 50 million cells. Take longer periods or fewer segments.");
  sizes_.assign(segments_.size() * grid.size(), 0);
  cells_.assign(segments_.size() * cells_a_segment, {});
}

CohortCube CohortCube::fold(const Book& book, const PeriodGrid& grid, CohortBy cohort_by,
                            const Segmenter& segmenter, const FoldOptions& options) {
  const Labelling labelling = segmenter(book);
  CohortCube cube{book, grid, cohort_by, labelling};
  cube.count(book, labelling, options);
  cube.run_balances();
  return cube;
}

void CohortCube::count(const Book& book, const Labelling& labelling, const FoldOptions& options) {
  const RateRules rules = options.rules.value_or(book.conventions().rate);
  conventions_.rate = rules;
  const std::vector<bool> keep = options.where.keeps_everyone() ? std::vector<bool>{} : options.where(book);
  const std::size_t periods = grid_.size();
  // Unless there is more to know of a customer, the first step tells its cohort.
  const bool by_first_step = cohort_by_ == CohortBy::first_paid && keep.empty() && labelling.names.empty();
  std::vector<std::uint32_t> cohort_of;
  if (!by_first_step) {
    cohort_of = cohorts_of(book, grid_, cohort_by_, keep);
    for (std::size_t c = 0; c < cohort_of.size(); ++c)
      if (cohort_of[c] < periods) ++sizes_[labelling(c) * periods + cohort_of[c]];
  }

  const PeriodLookup period_of{book, grid_};
  // Each thread counts into cells of its own, so there are fewer threads where there are many cells.
  const std::size_t room =
      std::max<std::size_t>(1, max_cohort_cells / std::max<std::size_t>(1, cells_.size()));
  const std::size_t chunks = std::min(chunks_for(options.threads), room);
  std::vector<CohortCounts> partial(chunks, CohortCounts{segments_.size(), periods});
  Watch watch{options.progress, book.customer_count()};
  for_each_chunk(book, chunks, [&](std::size_t chunk, std::size_t first, std::size_t last) {
    watch.pieces(first, last, [&](std::size_t from, std::size_t until) {
      if (by_first_step)
        partial[chunk].post_by_first_step(book.timeline(), period_of, from, until);
      else
        partial[chunk].post_known(book.timeline(), period_of, from, until, cohort_of, labelling);
    });
  });
  for (const CohortCounts& part : partial)
    if (by_first_step)
      for (std::size_t cohort = 0; cohort < periods; ++cohort) sizes_.at(cohort) += part.size(cohort);
  for (std::size_t segment = 0; segment < segments_.size(); ++segment)
    for (std::size_t cohort = 0; cohort < periods; ++cohort)
      for (std::size_t age = 0; age < periods - cohort; ++age) {
        CohortCell& cell = cells_[index(segment, cohort, age)];
        WideSum ticks;
        for (const CohortCounts& part : partial) {
          const Posted& posted = part.at(segment, cohort, age);
          cell.present += posted.present;
          cell.unbroken += posted.unbroken;
          ticks += posted.ticks;
        }
        cell.ticks = ticks.get();
      }
}

void CohortCube::run_balances() {
  const std::size_t periods = grid_.size();
  for (std::size_t row = 0; row < segments_.size() * periods; ++row)
    for (std::size_t age = 1; age < periods; ++age) {
      CohortCell& cell = cells_[row * periods + age];
      const CohortCell& before = cells_[row * periods + age - 1];
      cell.present += before.present;
      cell.unbroken += before.unbroken;
      cell.ticks = checked_add(cell.ticks, before.ticks);
    }
}

std::int64_t CohortCube::size(std::size_t segment, std::size_t cohort) const {
  if (segment >= segments_.size() || cohort >= grid_.size())
    throw Error(ErrorCode::out_of_range, "The cube has fewer segments or cohorts than that.");
  return sizes_[segment * grid_.size() + cohort];
}

const CohortCell& CohortCube::at(std::size_t segment, std::size_t cohort, std::size_t age) const& {
  if (segment >= segments_.size() || cohort >= grid_.size() || age >= grid_.size())
    throw Error(ErrorCode::out_of_range, "The cube has fewer segments, cohorts or ages than that.");
  static constexpr CohortCell unknown{};
  return observed(cohort, age) ? cells_[index(segment, cohort, age)] : unknown;
}

bool CohortCube::observed(std::size_t cohort, std::size_t age) const {
  const std::size_t periods = grid_.size();
  return cohort < periods && age < periods - cohort && status_[cohort].complete &&
         status_[cohort + age].complete;
}

CohortCube CohortCube::combined(const CohortCube& other,
                                std::int64_t (*operation)(std::int64_t, std::int64_t)) const {
  const auto is_empty = [](const CohortCube& cube) {
    return std::all_of(cube.cells_.begin(), cube.cells_.end(),
                       [](const CohortCell& cell) { return cell == CohortCell{}; });
  };
  const bool same_currency = currency_ == other.currency_ || is_empty(*this) || is_empty(other);
  if (grid_ != other.grid_ || cohort_by_ != other.cohort_by_ || !same_currency || as_of_ != other.as_of_ ||
      conventions_.name != other.conventions_.name || conventions_.version != other.conventions_.version ||
      conventions_.book != other.conventions_.book || segment_names_ != other.segment_names_ ||
      !observe_the_same(status_, other.status_))
    throw Error(
        ErrorCode::mismatched_cubes,
        "Cubes can be combined if they have the same periods, currency, as_of, conventions and segments.");
  CohortCube result = *this;
  if (currency_ != other.currency_ && is_empty(*this)) result.currency_ = other.currency_;
  keep_what_is_complete_in_both(result.status_, other.status_);
  const SegmentUnion all = unite(segments_, other.segments_);
  const auto& place = all.place;
  result.segments_ = all.labels;
  const std::size_t periods = grid_.size();
  result.sizes_.assign(place.size() * periods, 0);
  result.cells_.assign(place.size() * periods * periods, {});
  const auto post = [&](const CohortCube& cube, auto combine) {
    for (std::size_t s = 0; s < cube.segments_.size(); ++s) {
      const std::size_t to = place.at(cube.segments_[s]);
      for (std::size_t c = 0; c < periods; ++c) {
        combine(result.sizes_[to * periods + c], cube.sizes_[s * periods + c]);
        for (std::size_t k = 0; k < periods; ++k) {
          CohortCell& sum = result.cells_[index(to, c, k)];
          const CohortCell& cell = cube.cells_[index(s, c, k)];
          combine(sum.present, cell.present);
          combine(sum.unbroken, cell.unbroken);
          combine(sum.ticks, cell.ticks);
        }
      }
    }
  };
  post(*this, [](std::int64_t& sum, std::int64_t value) { sum = value; });
  post(other, [operation](std::int64_t& sum, std::int64_t value) { sum = operation(sum, value); });
  return result;
}

CohortCube& CohortCube::operator+=(const CohortCube& other) { return *this = combined(other, checked_add); }
CohortCube& CohortCube::operator-=(const CohortCube& other) {
  return *this = combined(other, checked_subtract);
}

bool operator==(const CohortCube& a, const CohortCube& b) {
  return a.grid_ == b.grid_ && a.cohort_by_ == b.cohort_by_ && a.currency_ == b.currency_ &&
         a.as_of_ == b.as_of_ && a.status_ == b.status_ && a.segment_names_ == b.segment_names_ &&
         a.segments_ == b.segments_ && a.sizes_ == b.sizes_ && a.cells_ == b.cells_;
}

}  // namespace churn::inline v0

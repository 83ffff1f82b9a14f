#include <churn/cube/cohort_cube.hpp>

#include <algorithm>
#include <utility>

#include <churn/core/exact.hpp>
#include <churn/row/step.hpp>

#include "core/watch.hpp"
#include "cube/combine.hpp"
#include "cube/parallel.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::size_t max_cells = 50'000'000;
constexpr std::int32_t no_cohort = -1;

/// The cohort of every customer, as a period of the grid; no_cohort for those in none.
std::vector<std::int32_t> cohorts_of(const Book& book, const PeriodGrid& grid, CohortBy cohort_by,
                                     const std::vector<bool>& keep) {
  std::vector<std::int32_t> cohort(book.customer_count(), no_cohort);
  for (std::uint32_t c = 0; c < cohort.size(); ++c) {
    if (!keep.empty() && !keep[c]) continue;
    const CustomerIndex customer{c};
    const auto day =
        cohort_by == CohortBy::signed_up ? book.signed_up_on(customer) : book.first_present_on(customer);
    if (!day || *day >= book.as_of()) continue;
    if (cohort_by == CohortBy::first_paid && book.records_from() && *day <= *book.records_from()) continue;
    const std::ptrdiff_t period = grid.index_of(*day);
    if (period < static_cast<std::ptrdiff_t>(grid.size())) cohort[c] = static_cast<std::int32_t>(period);
  }
  return cohort;
}

/// What changes at one age, before running sums make balances of it. Gains and losses are kept apart, so
/// that whether a sum fits 64 bits does not depend on the order of customers.
struct Posted {
  std::int64_t present{0};
  std::int64_t unbroken{0};
  std::int64_t gained{0};
  std::int64_t lost{0};
};

/// Posts the steps of a range of customers.
class Poster {
 public:
  Poster(const std::vector<std::int32_t>& cohort_of, const Labelling& labelling, std::size_t periods,
         std::vector<Posted>& cells)
      : cohort_of_(cohort_of), labelling_(labelling), periods_(periods), cells_(cells) {}

  void opening(CustomerIndex customer, Balance balance) {
    begin(customer);
    if (row_ != nullptr) first_close_ = balance;
  }
  void change(CustomerIndex, std::uint32_t, std::int32_t, Balance, Balance, std::uint8_t) const noexcept {}
  void step(const Step& step) {
    begin(step.customer);
    if (row_ == nullptr) return;
    const std::int64_t age = std::int64_t{step.period} - cohort_of_[static_cast<std::size_t>(customer_)];
    if (age <= 0) {  // who paid before signing up (it happens) enters with what they pay at the first close
      first_close_ = step.closing;
      return;
    }
    post_first_close();
    post(age, step.opening, step.closing);
    if (!step.closing.present && unbroken_until_ == 0) unbroken_until_ = age;
  }
  /// To be called after the last step.
  void finish() {
    if (row_ == nullptr) return;
    post_first_close();
    if (!first_close_.present) return;
    ++row_[0].unbroken;  // up to the first close without them
    if (unbroken_until_ > 0) --row_[unbroken_until_].unbroken;
  }

 private:
  void begin(CustomerIndex customer) {
    if (customer == customer_) return;
    finish();
    customer_ = customer;
    first_close_ = {};
    is_first_close_posted_ = false;
    unbroken_until_ = 0;
    const auto c = static_cast<std::size_t>(customer);
    row_ = cohort_of_[c] == no_cohort
               ? nullptr
               : &cells_[(labelling_(c) * periods_ + static_cast<std::size_t>(cohort_of_[c])) * periods_];
  }
  void post_first_close() {
    if (!is_first_close_posted_) post(0, {}, first_close_);
    is_first_close_posted_ = true;
  }
  void post(std::int64_t age, Balance before, Balance after) {
    Posted& cell = row_[age];
    cell.present += static_cast<std::int64_t>(after.present) - static_cast<std::int64_t>(before.present);
    const std::int64_t growth = after.ticks - before.ticks;  // run rates are not negative
    cell.gained = checked_add(cell.gained, std::max<std::int64_t>(growth, 0));
    cell.lost = checked_add(cell.lost, std::max<std::int64_t>(-growth, 0));
  }

  const std::vector<std::int32_t>& cohort_of_;
  const Labelling& labelling_;
  std::size_t periods_;
  std::vector<Posted>& cells_;
  // Of the customer at hand.
  CustomerIndex customer_{UINT32_MAX};
  Posted* row_{nullptr};
  Balance first_close_{};
  bool is_first_close_posted_{false};
  std::int64_t unbroken_until_{0};
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
  if (cells_a_segment > max_cells || cells_a_segment * segments_.size() > max_cells)
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
  const std::vector<std::int32_t> cohort_of = cohorts_of(book, grid_, cohort_by_, keep);
  for (std::size_t c = 0; c < cohort_of.size(); ++c)
    if (cohort_of[c] != no_cohort)
      ++sizes_[labelling(c) * grid_.size() + static_cast<std::size_t>(cohort_of[c])];

  const PeriodLookup period_of{book, grid_};
  // Each thread counts into cells of its own, so there are fewer threads where there are many cells.
  const std::size_t room = std::max<std::size_t>(1, max_cells / std::max<std::size_t>(1, cells_.size()));
  const std::size_t chunks = std::min(chunks_for(options.threads), room);
  std::vector<std::vector<Posted>> partial(chunks, std::vector<Posted>(cells_.size()));
  Watch watch{options.progress, book.customer_count()};
  for_each_chunk(book, chunks, [&](std::size_t chunk, std::size_t first, std::size_t last) {
    Poster poster{cohort_of, labelling, grid_.size(), partial[chunk]};
    watch.pieces(first, last, [&](std::size_t from, std::size_t until) {
      walk_steps(book, grid_, period_of, History::any_day, from, until, poster);
    });
    poster.finish();
  });
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    Posted sum;
    for (const auto& part : partial) {
      sum.present += part[i].present;
      sum.unbroken += part[i].unbroken;
      sum.gained = checked_add(sum.gained, part[i].gained);
      sum.lost = checked_add(sum.lost, part[i].lost);
    }
    cells_[i] = {sum.present, sum.unbroken, sum.gained - sum.lost};
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

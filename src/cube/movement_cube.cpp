#include <churn/cube/movement_cube.hpp>

#include <algorithm>
#include <utility>

#include <churn/core/exact.hpp>
#include <churn/row/step.hpp>

#include "cube/combine.hpp"
#include "cube/parallel.hpp"

namespace churn::inline v0 {

const std::array<MovementCell::Field, MovementCell::field_count>& MovementCell::fields() noexcept {
  using C = MovementCell;
  static constexpr std::array<Field, field_count> all{&C::opening,
                                                      &C::new_,
                                                      &C::reactivation,
                                                      &C::expansion,
                                                      &C::transfer_in,
                                                      &C::fx,
                                                      &C::contraction,
                                                      &C::churn,
                                                      &C::transfer_out,
                                                      &C::closing,
                                                      &C::opening_customers,
                                                      &C::new_customers,
                                                      &C::reactivated_customers,
                                                      &C::expanded_customers,
                                                      &C::contracted_customers,
                                                      &C::churned_customers,
                                                      &C::closing_customers,
                                                      &C::transferred_in_customers,
                                                      &C::transferred_out_customers,
                                                      &C::lost,
                                                      &C::gained,
                                                      &C::lost_customers,
                                                      &C::departures,
                                                      &C::customer_days};
  static_assert(sizeof(MovementCell) == field_count * sizeof(std::int64_t), "fields() names every member");
  return all;
}

namespace {

constexpr std::size_t max_cells = 20'000'000;

/// Posts the steps of a range of customers into the cells of one chunk. `Checked` is for books whose sums
/// may not fit 64 bits; for all others the build has proved that nothing here can overflow.
template <bool Checked>
class Poster {
 public:
  Poster(const Book& book, const PeriodGrid& grid, const Labelling& labelling, const std::vector<bool>& keep,
         bool by_day, std::vector<MovementCell>& cells)
      : labelling_(labelling), keep_(keep), by_day_(by_day), periods_(grid.size()), cells_(cells) {
    for (std::size_t p = 0; p < periods_; ++p) ends_.push_back(std::min(grid[p].last(), book.as_of()).days());
  }

  void opening(CustomerIndex customer, Balance balance) {
    if (!keeps(customer)) return;
    MovementCell& cell = at(customer, 0);
    add(cell.opening, balance.ticks);
    ++cell.opening_customers;
  }

  void change(CustomerIndex customer, std::uint32_t period, std::int32_t day, Balance before, Balance after,
              std::uint8_t state) {
    if (!keeps(customer)) return;
    MovementCell& cell = at(customer, period);
    if (before.present != after.present) {
      const std::int64_t days_left = ends_[period] - day;
      cell.customer_days += after.present ? days_left : -days_left;
      cell.departures += before.present ? 1 : 0;
    }
    if (by_day_) post(cell, classify(before, after, (state & Timeline::enters_as_new) != 0), before, after);
  }

  void step(const Step& step) {
    if (!keeps(step.customer)) return;
    MovementCell& cell = at(step.customer, step.period);
    if (!by_day_) {
      post(cell, step.movement, step.opening, step.closing);
    } else if (step.opening.present) {
      const std::int64_t growth = step.closing.ticks - step.opening.ticks;
      if (growth > 0) add(cell.gained, growth);
      if (growth < 0) add(cell.lost, -growth);
      if (!step.closing.present) ++cell.lost_customers;
    }
  }

 private:
  [[nodiscard]] bool keeps(CustomerIndex customer) const {
    return keep_.empty() || keep_[static_cast<std::size_t>(customer)];
  }
  [[nodiscard]] MovementCell& at(CustomerIndex customer, std::size_t period) {
    return cells_[labelling_(static_cast<std::size_t>(customer)) * periods_ + period];
  }
  static void add(std::int64_t& sum, std::int64_t amount) {
    if constexpr (Checked)
      sum = checked_add(sum, amount);
    else
      sum += amount;
  }
  static void post(MovementCell& cell, Movement movement, Balance from, Balance to) {
    switch (movement) {
      case Movement::none: return;
      case Movement::new_:
        add(cell.new_, to.ticks);
        ++cell.new_customers;
        return;
      case Movement::reactivation:
        add(cell.reactivation, to.ticks);
        ++cell.reactivated_customers;
        return;
      case Movement::expansion:
        add(cell.expansion, to.ticks - from.ticks);
        ++cell.expanded_customers;
        return;
      case Movement::contraction:
        add(cell.contraction, from.ticks - to.ticks);
        ++cell.contracted_customers;
        return;
      case Movement::churn:
        add(cell.churn, from.ticks);
        ++cell.churned_customers;
        return;
    }
  }

  const Labelling& labelling_;
  const std::vector<bool>& keep_;
  bool by_day_;
  std::size_t periods_;
  std::vector<std::int32_t> ends_;  // of what is known of each period
  std::vector<MovementCell>& cells_;
};

template <bool Checked>
void post_all(const Book& book, const PeriodGrid& grid, const Labelling& labelling,
              const std::vector<bool>& keep, const RateRules& rules, unsigned threads,
              std::vector<MovementCell>& cells) {
  const PeriodLookup period_of{book, grid};
  // Each thread counts into cells of its own, so there are fewer threads where there are many cells.
  const std::size_t room = std::max<std::size_t>(1, max_cells / std::max<std::size_t>(1, cells.size()));
  const std::size_t chunks = std::min(chunks_for(threads), room);
  std::vector<std::vector<MovementCell>> partial(chunks, std::vector<MovementCell>(cells.size()));
  for_each_chunk(book, chunks, [&](std::size_t chunk, std::size_t first, std::size_t last) {
    Poster<Checked> poster{book, grid, labelling, keep, rules.netting == Netting::by_day, partial[chunk]};
    walk_steps(book, grid, period_of, rules.history, first, last, poster);
  });
  for (const auto& part : partial)
    for (std::size_t i = 0; i < cells.size(); ++i)
      for (const auto field : MovementCell::fields())
        cells[i].*field =
            Checked ? checked_add(cells[i].*field, part[i].*field) : cells[i].*field + part[i].*field;
}

/// From what moved to what stood: balances are running sums over the periods of a segment.
void run_balances(const Book& book, const PeriodGrid& grid, const std::vector<PeriodStatus>& status,
                  bool by_day, std::vector<MovementCell>& cells) {
  const std::size_t periods = grid.size();
  for (std::size_t segment = 0; segment * periods < cells.size(); ++segment) {
    MovementCell* const row = &cells[segment * periods];
    std::int64_t ticks = row[0].opening;
    std::int64_t customers = row[0].opening_customers;
    for (std::size_t p = 0; p < periods; ++p) {
      MovementCell& cell = row[p];
      cell.opening = ticks;
      cell.opening_customers = customers;
      // Two sums of two, so that not even a sum on the way is larger than what came into the segment.
      ticks = checked_add(checked_subtract(ticks, checked_add(cell.contraction, cell.churn)),
                          checked_add(checked_add(cell.new_, cell.reactivation), cell.expansion));
      customers += cell.new_customers + cell.reactivated_customers - cell.churned_customers;
      cell.closing = ticks;
      cell.closing_customers = customers;
      if (!by_day) {
        cell.lost = checked_add(cell.contraction, cell.churn);
        cell.gained = cell.expansion;
        cell.lost_customers = cell.churned_customers;
      }
      if (!status[p].observable) {
        cell = {};
        continue;
      }
      const Date first = std::max(grid[p].first(), book.records_from().value_or(grid[p].first()));
      const Date last = std::min(grid[p].last(), book.as_of());
      cell.customer_days += cell.opening_customers * (last.days() - first.days());
    }
  }
}

}  // namespace

MovementCube::MovementCube(const Book& book, const PeriodGrid& grid, const Labelling& labelling,
                           const RateRules& rules)
    : grid_(grid),
      currency_(book.currency()),
      as_of_(book.as_of()),
      conventions_(book.conventions()),
      status_(status_of(book, grid)),
      segment_names_(labelling.names),
      segments_(labelling.labels) {
  conventions_.rate = rules;
  if (segments_.size() > max_cells / grid.size())
    throw Error(
        ErrorCode::out_of_range,
        "The segments and periods make more than 20 million cells. Take longer periods or fewer segments.");
  cells_.resize(segments_.size() * grid.size());
}

MovementCube MovementCube::fold(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                const FoldOptions& options) {
  const RateRules rules = options.rules.value_or(book.conventions().rate);
  const Labelling labelling = segmenter(book);
  MovementCube cube{book, grid, labelling, rules};
  const std::vector<bool> keep = options.where.keeps_everyone() ? std::vector<bool>{} : options.where(book);
  if (book.sums_fit())
    post_all<false>(book, grid, labelling, keep, rules, options.threads, cube.cells_);
  else
    post_all<true>(book, grid, labelling, keep, rules, options.threads, cube.cells_);
  run_balances(book, grid, cube.status_, rules.netting == Netting::by_day, cube.cells_);
  return cube;
}

std::size_t MovementCube::segment(const Label& label) const {
  const auto at = std::lower_bound(segments_.begin(), segments_.end(), label);
  if (at == segments_.end() || *at != label) {
    std::string text;
    for (const std::string& part : label) text += (text.empty() ? "" : ", ") + part;
    throw Error(ErrorCode::out_of_range, "There is no segment \"" + text + "\".");
  }
  return static_cast<std::size_t>(at - segments_.begin());
}

const MovementCell& MovementCube::at(std::size_t segment, std::size_t period) const {
  if (segment >= segments_.size() || period >= grid_.size())
    throw Error(ErrorCode::out_of_range, "The cube has fewer segments or periods than that.");
  return cells_[segment * grid_.size() + period];
}

MovementCube MovementCube::combined(const MovementCube& other,
                                    std::int64_t (*operation)(std::int64_t, std::int64_t)) const {
  const bool same_rules = conventions_.name == other.conventions_.name &&
                          conventions_.version == other.conventions_.version &&
                          conventions_.rate.netting == other.conventions_.rate.netting &&
                          conventions_.rate.history == other.conventions_.rate.history;
  if (grid_ != other.grid_ || !observe_the_same(status_, other.status_) || currency_ != other.currency_ ||
      as_of_ != other.as_of_ || !same_rules || segment_names_ != other.segment_names_)
    throw Error(
        ErrorCode::mismatched_cubes,
        "Cubes can be combined if they have the same periods, currency, as_of, conventions and segments.");
  MovementCube result = *this;
  const SegmentUnion all = unite(segments_, other.segments_);
  const auto& place = all.place;
  result.segments_ = all.labels;
  const std::size_t periods = grid_.size();
  result.cells_.assign(place.size() * periods, {});
  for (std::size_t s = 0; s < segments_.size(); ++s)
    std::copy_n(cells_.begin() + static_cast<std::ptrdiff_t>(s * periods), periods,
                result.cells_.begin() + static_cast<std::ptrdiff_t>(place.at(segments_[s]) * periods));
  for (std::size_t s = 0; s < other.segments_.size(); ++s)
    for (std::size_t p = 0; p < periods; ++p)
      for (const auto field : MovementCell::fields()) {
        std::int64_t& value = result.cells_[place.at(other.segments_[s]) * periods + p].*field;
        value = operation(value, other.cells_[s * periods + p].*field);
      }
  keep_what_is_complete_in_both(result.status_, other.status_);
  return result;
}

MovementCube& MovementCube::operator+=(const MovementCube& other) {
  return *this = combined(other, checked_add);
}
MovementCube& MovementCube::operator-=(const MovementCube& other) {
  return *this = combined(other, checked_subtract);
}

bool operator==(const MovementCube& a, const MovementCube& b) {
  return a.grid_ == b.grid_ && a.currency_ == b.currency_ && a.as_of_ == b.as_of_ && a.status_ == b.status_ &&
         a.segment_names_ == b.segment_names_ && a.segments_ == b.segments_ && a.cells_ == b.cells_;
}

}  // namespace churn::inline v0

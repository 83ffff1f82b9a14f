#include <churn/cube/movement_cube.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <churn/core/exact.hpp>

#include "cube/combine.hpp"
#include "cube/movement_fold.hpp"

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
                                                      &C::departures_of_opening,
                                                      &C::joined_customers,
                                                      &C::joined_and_left_customers,
                                                      &C::departures_of_joined,
                                                      &C::departures,
                                                      &C::customer_days};
  static_assert(sizeof(MovementCell) == field_count * sizeof(std::int64_t), "fields() names every member");
  return all;
}

MovementCube::MovementCube(const Book& book, const PeriodGrid& grid, const RateRules& rules)
    : grid_(grid), as_of_(book.as_of()), conventions_(book.conventions()), status_(status_of(book, grid)) {
  conventions_.rate = rules;
}

void MovementCube::set_segments(std::vector<std::string> names, std::vector<Label> labels,
                                std::vector<Currency> currencies) {
  segment_names_ = std::move(names);
  segments_ = std::move(labels);
  currencies_ = std::move(currencies);
  if (segments_.size() > max_cells / grid_.size()) throw_too_many_cells();
  cells_.resize(segments_.size() * grid_.size());
}

MovementCube MovementCube::fold(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                const FoldOptions& options) {
  MovementCube cube{book, grid, options.rules.value_or(book.conventions().rate)};
  const MovementFold fold{book, grid, segmenter, options.where, cube.conventions_.rate};
  MovementRows rows = fold.everyone(options.threads, options.progress);
  cube.set_segments(fold.names(), std::move(rows.labels), std::move(rows.currencies));
  cube.cells_ = std::move(rows.cells);
  run_balances(grid, cube.as_of_, book.records_from(), cube.status_, cube.cells_);
  return cube;
}

MovementCube MovementCube::fold_trailing(const Book& book, const PeriodGrid& grid, std::int32_t days,
                                         const Segmenter& segmenter, const FoldOptions& options) {
  MovementCube result{book, grid, options.rules.value_or(book.conventions().rate)};
  result.trailing_days_ = days;
  struct Found {
    Currency currency;
    bool is_settled;  // by a window in which there is something
  };
  std::vector<MovementCube> windows;
  std::map<Label, Found> found;
  for (std::size_t p = 0; p < grid.size(); ++p) {
    FoldOptions of_window = options;
    if (options.progress)
      of_window.progress = [&](double done) {
        return options.progress((static_cast<double>(p) + done) / static_cast<double>(grid.size()));
      };
    windows.push_back(fold(book, grid.trailing(p, days), segmenter, of_window));
    const MovementCube& window = windows.back();
    result.status_[p] = window.status(0);
    for (std::size_t s = 0; s < window.segments_.size(); ++s) {
      Found& all = found.try_emplace(window.segments_[s], Found{window.currencies_[s], false}).first->second;
      if (window.is_empty(s)) continue;
      if (all.is_settled && all.currency != window.currencies_[s])
        throw_mixed_currencies(all.currency, window.currencies_[s]);
      all = {window.currencies_[s], true};
    }
  }
  std::vector<Label> labels;
  std::vector<Currency> currencies;
  for (const auto& [label, all] : found) {
    labels.push_back(label);
    currencies.push_back(all.currency);
  }
  result.set_segments(segmenter.names(), std::move(labels), std::move(currencies));
  for (std::size_t p = 0; p < grid.size(); ++p)
    for (std::size_t s = 0; s < windows[p].segments_.size(); ++s)
      result.cells_[result.segment(windows[p].segments_[s]) * grid.size() + p] = windows[p].at(s, 0);
  return result;
}

Period MovementCube::span(std::size_t period) const {
  return trailing_days_ ? grid_.trailing(period, *trailing_days_)[0] : grid_[period];
}

Currency MovementCube::currency() const {
  if (currencies_.empty()) return conventions_.book.currency.value_or(Currency{"USD"});
  for (const Currency other : currencies_)
    if (other != currencies_.front()) throw_mixed_currencies(currencies_.front(), other);
  return currencies_.front();
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

const MovementCell& MovementCube::at(std::size_t segment, std::size_t period) const& {
  if (segment >= segments_.size() || period >= grid_.size())
    throw Error(ErrorCode::out_of_range, "The cube has fewer segments or periods than that.");
  return cells_[segment * grid_.size() + period];
}

bool MovementCube::is_empty(std::size_t segment) const {
  const auto row = cells_.begin() + static_cast<std::ptrdiff_t>(segment * grid_.size());
  return std::all_of(row, row + static_cast<std::ptrdiff_t>(grid_.size()),
                     [](const MovementCell& cell) { return cell == MovementCell{}; });
}

/// A segment has one currency, whichever cube it comes from. Where there is nothing in it, any will do.
bool MovementCube::same_currencies(const MovementCube& other) const {
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const auto at = std::lower_bound(other.segments_.begin(), other.segments_.end(), segments_[s]);
    if (at == other.segments_.end() || *at != segments_[s]) continue;
    const auto there = static_cast<std::size_t>(at - other.segments_.begin());
    if (other.currencies_[there] != currencies_[s] && !is_empty(s) && !other.is_empty(there)) return false;
  }
  return true;
}

MovementCube MovementCube::combined(const MovementCube& other,
                                    std::int64_t (*operation)(std::int64_t, std::int64_t)) const {
  const bool same_rules = conventions_.name == other.conventions_.name &&
                          conventions_.version == other.conventions_.version &&
                          conventions_.book == other.conventions_.book &&
                          conventions_.rate.netting == other.conventions_.rate.netting &&
                          conventions_.rate.history == other.conventions_.rate.history;
  if (grid_ != other.grid_ || trailing_days_ != other.trailing_days_ ||
      !observe_the_same(status_, other.status_) || !same_currencies(other) || as_of_ != other.as_of_ ||
      !same_rules || segment_names_ != other.segment_names_)
    throw Error(
        ErrorCode::mismatched_cubes,
        "Cubes can be combined if they have the same periods, currency, as_of, conventions and segments.");
  MovementCube result = *this;
  const SegmentUnion all = unite(segments_, other.segments_);
  const auto& place = all.place;
  result.segments_ = all.labels;
  result.currencies_.assign(place.size(), Currency{"USD"});
  std::vector<bool> settled(place.size());
  for (const MovementCube* cube : {this, &other})
    for (std::size_t s = 0; s < cube->segments_.size(); ++s) {
      const std::size_t to = place.at(cube->segments_[s]);
      if (settled[to]) continue;
      result.currencies_[to] = cube->currencies_[s];
      settled[to] = !cube->is_empty(s);
    }
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

void MovementCube::include(const std::vector<Label>& labels) {
  const SegmentUnion all = unite(segments_, labels);
  if (all.labels.size() == segments_.size()) return;
  const std::size_t periods = grid_.size();
  std::vector<Currency> currencies(all.labels.size(), currencies_.empty() ? currency() : currencies_.front());
  std::vector<MovementCell> cells(all.labels.size() * periods);
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const std::size_t to = all.place.at(segments_[s]);
    currencies[to] = currencies_[s];
    std::copy_n(cells_.begin() + static_cast<std::ptrdiff_t>(s * periods), periods,
                cells.begin() + static_cast<std::ptrdiff_t>(to * periods));
  }
  segments_ = all.labels;
  currencies_.swap(currencies);
  cells_.swap(cells);
}

MovementCube& MovementCube::operator+=(const MovementCube& other) {
  return *this = combined(other, checked_add);
}
MovementCube& MovementCube::operator-=(const MovementCube& other) {
  return *this = combined(other, checked_subtract);
}

bool operator==(const MovementCube& a, const MovementCube& b) {
  return a.grid_ == b.grid_ && a.trailing_days_ == b.trailing_days_ && a.currencies_ == b.currencies_ &&
         a.as_of_ == b.as_of_ && a.status_ == b.status_ && a.segment_names_ == b.segment_names_ &&
         a.segments_ == b.segments_ && a.cells_ == b.cells_;
}

}  // namespace churn::inline v0

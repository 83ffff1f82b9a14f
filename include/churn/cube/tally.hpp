// Tally: for every segment and period, a state of a host's own that adds up.
//
//   struct Largest {                                   // any type that starts at nothing and can be merged
//     std::int64_t ticks{0};
//     Largest& operator+=(const Largest& other) { ticks = std::max(ticks, other.ticks); return *this; }
//   };
//   auto largest = tally_steps<Largest>(book, months(from, to), by::attribute("channel"), {},
//                                       [](Largest& state, const Step& step) {
//                                         if (step.movement == Movement::churn)
//                                           state.ticks = std::max(state.ticks, step.opening.ticks);
//                                       });
//   largest.at(segment, period).ticks
//
// What MovementCube is for the library's own counts, for anything else that a row fold can gather. Merging
// must be associative and commutative and the empty state neutral; then partial tallies of threads or machines
// add up to the whole, in any order. A customer is in one segment here: of states and lanes in that of its
// first present day, as in cohorts.
//
// `+=` needs the same periods, as_of and segment names; segments are united. Otherwise
// Error(mismatched_cubes), and the tally stays as it was.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <churn/cube/movement_cube.hpp>
#include <churn/row/step.hpp>

namespace churn::inline v0 {

template <class State>
concept Mergeable = std::default_initializable<State> && std::copyable<State> &&
    requires(State& sum, const State& part) {
  sum += part;
};

template <Mergeable State>
class Tally {
 public:
  /// Empty states for labels in order of their bytes.
  Tally(const Book& book, PeriodGrid grid, std::vector<std::string> segment_names,
        std::vector<Label> segments)
      : grid_(std::move(grid)),
        as_of_(book.as_of()),
        status_(status_of(book, grid_)),
        segment_names_(std::move(segment_names)),
        segments_(std::move(segments)),
        states_(segments_.size() * grid_.size()) {}

  [[nodiscard]] const PeriodGrid& grid() const noexcept { return grid_; }
  [[nodiscard]] const std::vector<std::string>& segment_names() const noexcept { return segment_names_; }
  [[nodiscard]] const std::vector<Label>& segments() const noexcept { return segments_; }
  [[nodiscard]] PeriodStatus status(std::size_t period) const { return status_.at(period); }
  /// The place of a label; empty if it does not occur.
  [[nodiscard]] std::optional<std::size_t> find(const Label& label) const {
    const auto at = std::lower_bound(segments_.begin(), segments_.end(), label);
    if (at == segments_.end() || *at != label) return std::nullopt;
    return static_cast<std::size_t>(at - segments_.begin());
  }
  /// Throws Error(out_of_range).
  [[nodiscard]] const State& at(std::size_t segment, std::size_t period) const {
    require_place(segment, period);
    return states_[segment * grid_.size() + period];
  }
  [[nodiscard]] State& at(std::size_t segment, std::size_t period) {
    require_place(segment, period);
    return states_[segment * grid_.size() + period];
  }

  Tally& operator+=(const Tally& other) {
    if (grid_ != other.grid_ || as_of_ != other.as_of_ || segment_names_ != other.segment_names_)
      throw Error(ErrorCode::mismatched_cubes,
                  "Tallies can be added if they have the same periods, as_of and segments.");
    std::map<Label, std::vector<State>> rows;
    for (const Tally* tally : {static_cast<const Tally*>(this), &other})
      for (std::size_t s = 0; s < tally->segments_.size(); ++s) {
        std::vector<State>& row = rows[tally->segments_[s]];
        row.resize(grid_.size());
        for (std::size_t p = 0; p < grid_.size(); ++p) row[p] += tally->at(s, p);
      }
    std::vector<Label> labels;
    std::vector<State> states;
    for (auto& [label, row] : rows) {
      labels.push_back(label);
      for (State& state : row) states.push_back(std::move(state));
    }
    for (std::size_t p = 0; p < status_.size(); ++p)
      status_[p].complete = status_[p].complete && other.status_[p].complete;
    segments_.swap(labels);
    states_.swap(states);
    return *this;
  }

 private:
  void require_place(std::size_t segment, std::size_t period) const {
    if (segment >= segments_.size() || period >= grid_.size())
      throw Error(ErrorCode::out_of_range, "The tally has fewer segments or periods than that.");
  }

  PeriodGrid grid_;
  Date as_of_;
  std::vector<PeriodStatus> status_;
  std::vector<std::string> segment_names_;
  std::vector<Label> segments_;
  std::vector<State> states_;  // segment x period
};

/// Folds every step under the rules' netting: count(state, step). Throws what the segmenter and the filter
/// throw. O(changes), one thread.
template <Mergeable State, std::invocable<State&, const Step&> Count>
[[nodiscard]] Tally<State> tally_steps(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                       const FoldOptions& options, Count&& count) {
  const Labelling labelling = segmenter(book);
  const std::vector<bool> keep = options.where(book);
  Tally<State> tally{book, grid, labelling.names, labelling.labels};
  for_each_step(book, grid, options.rules.value_or(book.conventions().rate), [&](const Step& step) {
    const auto customer = static_cast<std::size_t>(step.customer);
    if (keep[customer] && tally.status(step.period).observable)
      count(tally.at(labelling(customer), step.period), step);
  });
  return tally;
}

}  // namespace churn::inline v0

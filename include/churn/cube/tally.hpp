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
// add up to the whole, in any order.
//
// A step is counted once: where the customer was before it, of lanes in the one with the most MRR; where it
// was absent then, in the segment of its first present day in the period. `where` keeps what matches there. A
// step has amounts of one currency: a book of several needs by::currency among the segments, and a customer
// that pays in several throws Error(mixed_currencies); MovementCube can tell its parts apart.
//
// `+=` needs the same periods, observable ones too, as_of, conventions, segment names and currencies (which
// may differ where a segment is called `currency`, or where the state says `holds_no_amounts = true`); segments
// are united. Otherwise Error(mismatched_cubes), and the tally stays as it was. More than 20 million cells
// throw Error(out_of_range).
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <churn/cube/movement_cube.hpp>
#include <churn/row/step.hpp>

namespace churn::inline v0 {

/// Whatever begins at nothing, can be copied, and adds up by +=.
template <class State>
concept Mergeable = std::default_initializable<State> && std::copyable<State> &&
    requires(State& sum, const State& part) {
  sum += part;
};

namespace detail {
/// A state that counts, and holds no amounts of any currency, says so.
template <class State>
concept WithoutAmounts = State::holds_no_amounts;
}  // namespace detail

/// A state for each segment and period, of what a fold gathers in it.
template <Mergeable State>
class Tally {
 public:
  /// Empty states for labels in order of their bytes.
  Tally(const Book& book, PeriodGrid grid, std::vector<std::string> segment_names,
        std::vector<Label> segments)
      : grid_(std::move(grid)),
        as_of_(book.as_of()),
        currencies_(book.currencies()),
        conventions_(book.conventions()),
        status_(status_of(book, grid_)),
        segment_names_(std::move(segment_names)),
        segments_(std::move(segments)) {
    order_currencies(currencies_);
    if (segments_.size() > 20'000'000 / grid_.size())
      throw Error(ErrorCode::out_of_range,
                  "The segments and periods make more than 20 million cells. Take longer periods or fewer "
                  "segments.");
    states_.resize(segments_.size() * grid_.size());
  }

  /// The periods that are counted by.
  [[nodiscard]] const PeriodGrid& grid() const& noexcept { return grid_; }
  /// The same, moved out.
  [[nodiscard]] PeriodGrid grid() && { return std::move(grid_); }
  /// The book's: the first day that is not counted.
  [[nodiscard]] Date as_of() const noexcept { return as_of_; }
  /// Of the book, in order of their codes.
  [[nodiscard]] const std::vector<Currency>& currencies() const& noexcept { return currencies_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<Currency> currencies() && { return std::move(currencies_); }
  /// Of the book; rate rules that a fold was given instead of its own are not in them.
  [[nodiscard]] const Conventions& conventions() const& noexcept { return conventions_; }
  /// The same, moved out.
  [[nodiscard]] Conventions conventions() && { return std::move(conventions_); }
  /// What the labels' parts are called: the segmenter's factors.
  [[nodiscard]] const std::vector<std::string>& segment_names() const& noexcept { return segment_names_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<std::string> segment_names() && { return std::move(segment_names_); }
  /// In order of their bytes.
  [[nodiscard]] const std::vector<Label>& segments() const& noexcept { return segments_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<Label> segments() && { return std::move(segments_); }
  /// What of a period the book knew.
  [[nodiscard]] PeriodStatus status(std::size_t period) const { return status_.at(period); }
  /// The place of a label; empty if it does not occur.
  [[nodiscard]] std::optional<std::size_t> find(const Label& label) const {
    const auto at = std::lower_bound(segments_.begin(), segments_.end(), label);
    if (at == segments_.end() || *at != label) return std::nullopt;
    return static_cast<std::size_t>(at - segments_.begin());
  }
  /// Throws Error(out_of_range).
  [[nodiscard]] const State& at(std::size_t segment, std::size_t period) const& {
    require_place(segment, period);
    return states_[segment * grid_.size() + period];
  }
  /// The same, to be filled.
  [[nodiscard]] State& at(std::size_t segment, std::size_t period) & {
    require_place(segment, period);
    return states_[segment * grid_.size() + period];
  }
  /// The same as a copy.
  [[nodiscard]] State at(std::size_t segment, std::size_t period) const&& { return at(segment, period); }

  /// Merges the states of another tally. Throws Error(mismatched_cubes), or what merging throws, and is then as it
  /// was.
  Tally& operator+=(const Tally& other) {
    if (!fits(other))
      throw Error(ErrorCode::mismatched_cubes,
                  "Tallies can be added if they have the same periods, as_of, currencies, conventions and "
                  "segments.");
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
    std::vector<Currency> currencies = currencies_;
    for (const Currency currency : other.currencies_)
      if (std::find(currencies.begin(), currencies.end(), currency) == currencies.end())
        currencies.push_back(currency);
    order_currencies(currencies);
    currencies_.swap(currencies);
    segments_.swap(labels);
    states_.swap(states);
    for (std::size_t p = 0; p < status_.size(); ++p)
      status_[p].complete = status_[p].complete && other.status_[p].complete;
    return *this;
  }
  /// Memberwise, where states can be compared.
  friend bool operator==(const Tally&, const Tally&) requires std::equality_comparable<State>
  = default;

 private:
  friend struct Stored;
  Tally(PeriodGrid grid, Date as_of, Conventions conventions)
      : grid_(std::move(grid)), as_of_(as_of), conventions_(std::move(conventions)) {}

  static void order_currencies(std::vector<Currency>& currencies) {
    std::sort(currencies.begin(), currencies.end(),
              [](Currency a, Currency b) { return a.code() < b.code(); });
  }
  [[nodiscard]] bool fits(const Tally& other) const {
    const auto is_known_to_both = [](PeriodStatus a, PeriodStatus b) { return a.observable == b.observable; };
    const bool kept_apart =
        std::find(segment_names_.begin(), segment_names_.end(), "currency") != segment_names_.end();
    const bool same_currencies = detail::WithoutAmounts<State> || kept_apart || currencies_.empty() ||
                                 other.currencies_.empty() ||
                                 std::is_permutation(currencies_.begin(), currencies_.end(),
                                                     other.currencies_.begin(), other.currencies_.end());
    return grid_ == other.grid_ && as_of_ == other.as_of_ && same_currencies &&
           conventions_ == other.conventions_ && segment_names_ == other.segment_names_ &&
           std::equal(status_.begin(), status_.end(), other.status_.begin(), other.status_.end(),
                      is_known_to_both);
  }
  void require_place(std::size_t segment, std::size_t period) const {
    if (segment >= segments_.size() || period >= grid_.size())
      throw Error(ErrorCode::out_of_range, "The tally has fewer segments or periods than that.");
  }

  PeriodGrid grid_;
  Date as_of_;
  std::vector<Currency> currencies_;
  Conventions conventions_;
  std::vector<PeriodStatus> status_;
  std::vector<std::string> segment_names_;
  std::vector<Label> segments_;
  std::vector<State> states_;  // segment x period
};

/// Where steps are counted (see the head of this file), one after the other in the order of for_each_step.
class StepPlaces {
 public:
  /// Throws what the segmenter and the filter throw, and Error(mixed_currencies) for a book of several
  /// currencies where neither looks at lanes or states.
  StepPlaces(const Book& book, const PeriodGrid& grid, const RateRules& rules, const Segmenter& segmenter,
             const Filter& where);
  ~StepPlaces();
  StepPlaces(const StepPlaces&) = delete;
  StepPlaces& operator=(const StepPlaces&) = delete;

  /// An index into `labels()`; empty where the filter leaves the step out. Throws Error(mixed_currencies) for
  /// a customer that pays in several, and where a segment would hold several.
  [[nodiscard]] std::optional<std::size_t> operator()(const Step& step);
  /// Labels by index. With states or lanes they grow in number as steps are asked for.
  [[nodiscard]] const std::vector<Label>& labels() const noexcept;

 private:
  struct Places;
  std::unique_ptr<Places> places_;
};

/// Folds every step under the rules' netting: count(state, step). Throws what the segmenter and the filter
/// throw, and Error(mixed_currencies). O(changes), one thread.
template <Mergeable State, std::invocable<State&, const Step&> Count>
[[nodiscard]] Tally<State> tally_steps(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                       const FoldOptions& options, Count&& count) {
  const RateRules rules = options.rules.value_or(book.conventions().rate);
  const std::vector<PeriodStatus> status = status_of(book, grid);
  StepPlaces places{book, grid, rules, segmenter, options.where};
  std::vector<std::vector<State>> rows;
  for_each_step(book, grid, rules, [&](const Step& step) {
    if (!status[step.period].observable) return;
    const std::optional<std::size_t> place = places(step);
    if (!place) return;
    if (rows.size() <= *place) rows.resize(*place + 1, std::vector<State>(grid.size()));
    count(rows[*place][step.period], step);
  });
  std::vector<Label> labels = places.labels();
  std::sort(labels.begin(), labels.end());
  Tally<State> tally{book, grid, segmenter.names(), std::move(labels)};
  for (std::size_t place = 0; place < rows.size(); ++place)
    for (std::size_t p = 0; p < grid.size(); ++p)
      tally.at(*tally.find(places.labels()[place]), p) = std::move(rows[place][p]);
  return tally;
}

}  // namespace churn::inline v0

#include "cube/segment_places.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace churn::inline v0 {

SegmentPlaces::SegmentPlaces(const AppliedSegments& applied, SegmentTable& table)
    : applied_(applied),
      table_(table),
      lanes_(static_cast<std::uint32_t>(std::max<std::size_t>(1, applied.lanes().labels().size()))) {
  std::size_t places = lanes_;
  for (const Segmenter::State& state : applied.states()) {
    if (!state.code || state.labels.empty() || places > most_places / state.labels.size()) return;
    places *= state.labels.size();
  }
  are_worked_out_ = places <= most_places / std::max<std::size_t>(1, applied.fixed().labels().size());
  if (!are_worked_out_) return;
  rows_.resize(places * std::max<std::size_t>(1, applied.fixed().labels().size()), not_asked);

  const auto digit = [this](std::span<const std::uint32_t> codes, std::span<const std::uint32_t> numbers,
                            std::uint32_t weight) {
    std::vector<std::uint32_t>& place_of = places_of_.emplace_back(numbers.begin(), numbers.end());
    for (std::uint32_t& place : place_of) place *= weight;
    return Digit{codes, place_of};
  };
  auto weight = static_cast<std::uint32_t>(places);
  customers_ = digit(applied.fixed().codes(), applied.fixed().places(), weight);
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = 0; i < applied.states().size(); ++i) {
    const Segmenter::State& state = applied.states()[i];
    weight /= static_cast<std::uint32_t>(state.labels.size());
    if (state.alone.codes().empty()) {
      asked_.push_back({i, weight});
      continue;
    }
    numbers.resize(state.labels.size());
    std::iota(numbers.begin(), numbers.end(), 0U);
    phases_.push_back(digit(state.alone.codes(), numbers, weight));
  }
  if (lanes_ > 1 || phases_.empty())
    phases_.push_back(digit(applied.lanes().codes(), applied.lanes().places(), 1));
  are_columns_ = asked_.empty() && applied.tenure_cuts().empty();
}

std::uint32_t SegmentPlaces::of_several(const Situation& situation) {
  std::uint32_t place = 0;
  for (std::size_t state = 0; state < applied_.states().size(); ++state) {
    place *= static_cast<std::uint32_t>(applied_.states()[state].labels.size());
    place += table_.state_code(state, situation);
  }
  return place;  // in the one lane that there is
}

std::uint32_t SegmentPlaces::of(std::uint32_t segment, std::uint32_t lane) {
  return numbers_.get(segment, lane, [&] {
    pairs_.push_back({segment, lane});
    rows_.push_back(not_asked);
    return static_cast<std::uint32_t>(pairs_.size() - 1);
  });
}

std::uint32_t SegmentPlaces::ask_row(std::uint32_t place) {
  std::uint32_t segment = 0;
  if (are_worked_out_) {
    std::uint32_t rest = place / lanes_;
    codes_.resize(applied_.states().size());
    for (std::size_t state = codes_.size(); state-- > 0;) {
      const auto labels = static_cast<std::uint32_t>(applied_.states()[state].labels.size());
      codes_[state] = rest % labels;
      rest /= labels;
    }
    segment = table_.segment(rest, codes_);
  } else {
    segment = pairs_[place].segment;
  }
  const std::uint32_t target = table_.target(segment, lane(place));
  const std::uint32_t row = target == SegmentTable::none ? 0 : target + 1;
  if (!table_.counts_customers()) rows_[place] = row;  // else it is to hear of each customer
  return row;
}

}  // namespace churn::inline v0

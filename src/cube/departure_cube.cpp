#include <churn/cube/departure_cube.hpp>

#include <algorithm>
#include <map>
#include <tuple>

#include <churn/core/exact.hpp>

#include "book/book_data.hpp"
#include "core/watch.hpp"
#include "cube/churn_fold.hpp"
#include "cube/combine.hpp"
#include "cube/departure_count.hpp"
#include "cube/parallel.hpp"

namespace churn::inline v0 {

namespace {

bool comes_before(const DepartureCube::Entry& a, const DepartureCube::Entry& b) {
  return std::tie(a.segment, a.period, a.cause) < std::tie(b.segment, b.period, b.cause);
}

}  // namespace

void DepartureCount::add(CustomerIndex customer) {
  if (!fold_.left(customer)) return;
  bool is_read = false;
  std::span<const Departure> departures;
  fold_.of(customer, [&](std::uint32_t row, std::uint32_t period, std::int32_t day, std::int64_t ticks) {
    if (!is_read) departures = reader_.of(customer);
    is_read = true;
    const auto after = std::upper_bound(
        departures.begin(), departures.end(), day,
        [](std::int32_t last, const Departure& departure) { return last < departure.departed_on.days(); });
    if (after == departures.begin()) throw_made_up();
    const Departure& departure = *std::prev(after);
    entries_.push_back({row, period, cause_of(departure), {1, ticks}});
  });
}

std::uint32_t DepartureCount::cause_of(const Departure& departure) {
  std::uint32_t place = 0;
  while (place < causes_.size() &&
         (causes_[place].type != departure.type || causes_[place].reason != departure.reason))
    ++place;
  if (place == causes_.size()) causes_.push_back({departure.type, std::string(departure.reason)});
  return place;
}

DepartureCube DepartureCube::fold(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                  const DepartureRules& rules, const FoldOptions& options) {
  return of_movements(book, MovementCube::fold(book, grid, segmenter, options), segmenter, rules, options);
}

DepartureCube DepartureCube::of_movements(const Book& book, const MovementCube& movements,
                                          const Segmenter& segmenter, const DepartureRules& rules,
                                          const FoldOptions& options) {
  const PeriodGrid& grid = movements.grid();
  DepartureCube cube{grid, book.as_of(), movements.conventions(), rules.fingerprint()};
  cube.segment_names_ = movements.segment_names();
  cube.segments_ = movements.segments();
  for (std::size_t s = 0; s < cube.segments_.size(); ++s) cube.currencies_.push_back(movements.currency(s));
  for (std::size_t p = 0; p < grid.size(); ++p) cube.status_.push_back(movements.status(p));

  const ChurnFoldParts parts{book, grid, segmenter, options.where, cube.conventions_.rate};
  const DepartureReader reader{book, rules};
  std::vector<std::optional<DepartureCount>> counts(chunks_for(options.threads));
  Watch watch{options.progress, book.customer_count()};
  for_each_chunk(book, counts.size(), [&](std::size_t chunk, std::size_t first, std::size_t last) {
    DepartureCount& count = counts[chunk].emplace(parts, reader);
    watch.pieces(first, last, [&](std::size_t from, std::size_t until) {
      for (std::size_t c = from; c < until; ++c) count.add(CustomerIndex{static_cast<std::uint32_t>(c)});
    });
  });
  std::vector<Cause> causes;
  std::vector<Entry> entries;
  for (const std::optional<DepartureCount>& count : counts) {
    const auto before = static_cast<std::uint32_t>(causes.size());
    causes.insert(causes.end(), count->causes().begin(), count->causes().end());
    std::vector<std::uint32_t> place;
    for (const Label& label : count->labels()) {
      const auto at = std::lower_bound(cube.segments_.begin(), cube.segments_.end(), label);
      place.push_back(static_cast<std::uint32_t>(at - cube.segments_.begin()));
    }
    for (Entry entry : count->entries()) {
      if (!cube.status_[entry.period].observable) continue;
      entry.segment = place[entry.segment];
      entry.cause += before;
      entries.push_back(entry);
    }
  }
  cube.take(std::move(causes), std::move(entries));
  return cube;
}

void DepartureCube::take(std::vector<Cause> causes, std::vector<Entry> entries) {
  std::map<Cause, std::uint32_t> places;
  for (const Cause& cause : causes) places.emplace(cause, 0);
  std::uint32_t count = 0;
  for (auto& [cause, place] : places) place = count++;
  std::vector<std::uint32_t> place;
  place.reserve(causes.size());
  for (const Cause& cause : causes) place.push_back(places.at(cause));
  for (Entry& entry : entries) entry.cause = place[entry.cause];
  std::sort(entries.begin(), entries.end(), comes_before);

  std::vector<Entry> sums;
  for (const Entry& entry : entries) {
    if (sums.empty() || comes_before(sums.back(), entry)) {
      sums.push_back(entry);
      continue;
    }
    Leavers& sum = sums.back().leavers;
    sum.customers = checked_add(sum.customers, entry.leavers.customers);
    sum.ticks = checked_add(sum.ticks, entry.leavers.ticks);
  }
  std::erase_if(sums, [](const Entry& entry) { return entry.leavers == Leavers{}; });

  // Causes for which nobody is left.
  std::vector<bool> is_used(places.size());
  for (const Entry& entry : sums) is_used[entry.cause] = true;
  std::vector<std::uint32_t> kept(places.size());
  causes.clear();
  for (const auto& [cause, at] : places) {
    kept[at] = static_cast<std::uint32_t>(causes.size());
    if (is_used[at]) causes.push_back(cause);
  }
  for (Entry& entry : sums) entry.cause = kept[entry.cause];
  causes_ = std::move(causes);
  entries_ = std::move(sums);
}

std::size_t DepartureCube::segment(const Label& label) const {
  const auto at = std::lower_bound(segments_.begin(), segments_.end(), label);
  if (at == segments_.end() || *at != label)
    throw Error(ErrorCode::out_of_range, "The cube of departures has no segment of that label.");
  return static_cast<std::size_t>(at - segments_.begin());
}

std::span<const DepartureCube::Entry> DepartureCube::cell(std::size_t segment, std::size_t period) const {
  if (segment >= segments_.size() || period >= grid_.size())
    throw Error(ErrorCode::out_of_range, "The cube of departures has fewer segments or periods than that.");
  const auto s = static_cast<std::uint32_t>(segment);
  const auto p = static_cast<std::uint32_t>(period);
  const auto first = std::lower_bound(entries_.begin(), entries_.end(), Entry{s, p, 0, {}}, comes_before);
  auto last = first;
  while (last != entries_.end() && last->segment == s && last->period == p) ++last;
  return {first, last};
}

Leavers DepartureCube::at(std::size_t segment, std::size_t period, std::size_t cause) const {
  if (cause >= causes_.size())
    throw Error(ErrorCode::out_of_range, "The cube of departures has fewer causes than that.");
  for (const Entry& entry : cell(segment, period))
    if (entry.cause == cause) return entry.leavers;
  return {};
}

Leavers DepartureCube::of_type(std::size_t segment, std::size_t period, DepartureType type) const {
  Leavers sum;
  for (const Entry& entry : cell(segment, period)) {
    if (causes_[entry.cause].type != type) continue;
    sum.customers = checked_add(sum.customers, entry.leavers.customers);
    sum.ticks = checked_add(sum.ticks, entry.leavers.ticks);
  }
  return sum;
}

Leavers DepartureCube::total(std::size_t segment, std::size_t period) const {
  Leavers sum;
  for (const Entry& entry : cell(segment, period)) {
    sum.customers = checked_add(sum.customers, entry.leavers.customers);
    sum.ticks = checked_add(sum.ticks, entry.leavers.ticks);
  }
  return sum;
}

bool DepartureCube::is_empty(std::size_t segment) const {
  const auto s = static_cast<std::uint32_t>(segment);
  const auto first = std::lower_bound(entries_.begin(), entries_.end(), Entry{s, 0, 0, {}}, comes_before);
  return first == entries_.end() || first->segment != s;
}

DepartureCube DepartureCube::combined(const DepartureCube& other,
                                      std::int64_t (*operation)(std::int64_t, std::int64_t)) const {
  const bool same_rules = rules_ == other.rules_ && conventions_.name == other.conventions_.name &&
                          conventions_.version == other.conventions_.version &&
                          conventions_.book == other.conventions_.book &&
                          conventions_.rate.netting == other.conventions_.rate.netting &&
                          conventions_.rate.history == other.conventions_.rate.history;
  bool same_currencies = true;
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const auto at = std::lower_bound(other.segments_.begin(), other.segments_.end(), segments_[s]);
    if (at == other.segments_.end() || *at != segments_[s]) continue;
    const auto there = static_cast<std::size_t>(at - other.segments_.begin());
    same_currencies = same_currencies &&
                      (currencies_[s] == other.currencies_[there] || is_empty(s) || other.is_empty(there));
  }
  if (grid_ != other.grid_ || as_of_ != other.as_of_ || !observe_the_same(status_, other.status_) ||
      !same_rules || !same_currencies || segment_names_ != other.segment_names_)
    throw Error(ErrorCode::mismatched_cubes,
                "Cubes of departures can be combined if they have the same periods, currency, as_of, "
                "conventions, segments and rules of departures.");
  const SegmentUnion all = unite(segments_, other.segments_);
  DepartureCube result = *this;
  result.segments_ = all.labels;
  result.currencies_.assign(all.labels.size(), Currency{"USD"});
  std::vector<bool> is_settled(all.labels.size());
  std::vector<Cause> causes;
  std::vector<Entry> entries;
  for (const DepartureCube* cube : {this, &other}) {
    for (std::size_t s = 0; s < cube->segments_.size(); ++s) {
      const std::size_t to = all.place.at(cube->segments_[s]);
      if (is_settled[to]) continue;
      result.currencies_[to] = cube->currencies_[s];
      is_settled[to] = !cube->is_empty(s);
    }
    const auto before = static_cast<std::uint32_t>(causes.size());
    causes.insert(causes.end(), cube->causes_.begin(), cube->causes_.end());
    for (Entry entry : cube->entries_) {
      entry.segment = static_cast<std::uint32_t>(all.place.at(cube->segments_[entry.segment]));
      entry.cause += before;
      if (cube == &other)
        entry.leavers = {operation(0, entry.leavers.customers), operation(0, entry.leavers.ticks)};
      entries.push_back(entry);
    }
  }
  result.take(std::move(causes), std::move(entries));
  keep_what_is_complete_in_both(result.status_, other.status_);
  return result;
}

DepartureCube& DepartureCube::operator+=(const DepartureCube& other) {
  return *this = combined(other, checked_add);
}
DepartureCube& DepartureCube::operator-=(const DepartureCube& other) {
  return *this = combined(other, checked_subtract);
}

bool operator==(const DepartureCube& a, const DepartureCube& b) {
  return a.grid_ == b.grid_ && a.as_of_ == b.as_of_ && a.rules_ == b.rules_ && a.status_ == b.status_ &&
         a.segment_names_ == b.segment_names_ && a.segments_ == b.segments_ &&
         a.currencies_ == b.currencies_ && a.causes_ == b.causes_ && a.entries_ == b.entries_;
}

}  // namespace churn::inline v0

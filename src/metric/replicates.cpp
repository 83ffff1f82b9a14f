#include <churn/metric/replicates.hpp>

#include <algorithm>
#include <optional>
#include <string>

#include <churn/core/exact.hpp>
#include <churn/segment/customer_groups.hpp>

#include "cube/movement_fold.hpp"
#include "segment/labelling.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::uint32_t fewest_groups = 10;
constexpr std::uint32_t most_groups = 1000;

void require_room(const Book& book, const MovementCube& whole, bool segments_change, std::uint32_t groups) {
  std::size_t rows = whole.segments().size() * groups;
  if (!segments_change) rows = std::min(rows, book.customer_count());  // each customer makes one
  if (rows <= max_labels && rows <= max_cells / whole.grid().size()) return;
  throw Error(ErrorCode::out_of_range,
              std::to_string(whole.segments().size()) + " segments, " + std::to_string(groups) +
                  " groups of customers and " + std::to_string(whole.grid().size()) +
                  " periods are too many for intervals: they need fewer than 20 million cells and 100,000 "
                  "segments times groups. Take fewer groups, fewer segments or longer periods.");
}

/// To be compared only: what it wraps by is the same for equal ones.
std::uint64_t difference(std::int64_t a, std::int64_t b) {
  return static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b);
}

}  // namespace

Replicates Replicates::fold(const Book& book, const MovementCube& whole, const Segmenter& segmenter,
                            const FoldOptions& options, std::uint32_t groups) {
  if (groups < fewest_groups || groups > most_groups)
    throw Error(ErrorCode::bad_number, "Intervals of money ratios take 10 to 1000 groups of customers.");
  require_room(book, whole, segmenter.changes() || options.where.changes(), groups);
  const Segmenter by_group = segmenter * by::customer_group(groups);
  FoldOptions as_whole = options;
  as_whole.rules = whole.conventions().rate;
  if (whole.trailing_days())
    return {MovementCube::fold_trailing(book, whole.grid(), *whole.trailing_days(), by_group, as_whole),
            groups};
  return {MovementCube::fold(book, whole.grid(), by_group, as_whole), groups};
}

std::vector<MovementCell> Replicates::without_each_group(const Label& segment, std::size_t period,
                                                         const MovementCell& whole) const {
  const std::vector<Label>& rows = cube_.segments();
  std::vector<MovementCell> cells;
  // The rows of a segment stand together: its label, which is before them all, and then the group.
  auto row = std::lower_bound(rows.begin(), rows.end(), segment);
  for (; row != rows.end() && std::equal(segment.begin(), segment.end(), row->begin(), row->end() - 1);
       ++row) {
    const MovementCell& of_group = cube_.at(static_cast<std::size_t>(row - rows.begin()), period);
    if (of_group == MovementCell{}) continue;
    MovementCell& rest = cells.emplace_back(whole);
    for (const auto field : MovementCell::fields())
      rest.*field = checked_subtract(rest.*field, of_group.*field);
  }
  return cells;
}

Jackknife ratio_interval(const Measurement& whole, std::span<const Measurement> replicates, Scale scale,
                         double confidence) {
  const bool of_one_unit = whole.numerator_unit == whole.denominator_unit;
  std::vector<std::optional<double>> values;
  // Groups that say something of the numerator and of the denominator; and, where one is a part of the other, of
  // what is between them, so that a rate and what it lacks to 1 have an interval or none together.
  std::size_t in_numerator = 0;
  std::size_t in_denominator = 0;
  std::size_t in_difference = 0;
  for (const Measurement& without : replicates) {
    const bool moves_numerator = without.numerator != whole.numerator;
    const bool moves_denominator = without.denominator != whole.denominator;
    if (!moves_numerator && !moves_denominator) continue;
    values.push_back(without.value);
    in_numerator += moves_numerator ? 1U : 0U;
    in_denominator += moves_denominator ? 1U : 0U;
    const bool moves_difference =
        difference(whole.numerator, without.numerator) != difference(whole.denominator, without.denominator);
    in_difference += !of_one_unit || moves_difference ? 1U : 0U;
  }
  Jackknife result = jackknife(whole.value, values, scale, confidence);
  const bool says_enough =
      in_numerator >= fewest_groups && in_denominator >= fewest_groups && in_difference >= fewest_groups;
  const bool is_at_hand =
      result.why_not != NoInterval::no_estimate && result.why_not != NoInterval::at_a_bound;
  if (says_enough || !is_at_hand) return result;
  return {.std_error = {},
          .interval = {},
          .groups = values.size(),
          .degrees_of_freedom = 0,
          .why_not = NoInterval::too_few_groups};
}

}  // namespace churn::inline v0

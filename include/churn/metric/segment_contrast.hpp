// Segments compared: which vertical, plan or channel leaks, is it more than chance, and how much money is it?
//
//   MovementCube cube = MovementCube::fold(book, months(from, to), by::attribute("channel"));
//   SegmentContrasts channels = segment_contrasts(cube);     // each against all the others together
//   contrast_sentence(channels);   // "ads loses 4.1 points more of its customers a month than the others (95 %: …"
//   segment_pairs(cube);           // each against each
//
//   customers        lost_customers of opening_customers: those present at the opening of a period and absent at its
//                    close, whatever the rate rules say; who changed to another segment is kept. The complete
//                    periods are added up, so it is of customer-periods: who stayed six months is six times in the
//                    base and can be lost once in each. Of a trailing cube, whose windows overlap, only the last
//                    complete one counts.
//   their contrast   difference, interval, test and adjusted p of stats/contrast.hpp, over all segments shown
//   MRR              lost of opening, the numerator and base of the gross MRR churn rate, in ticks
//   MRR at stake     lost - (lost of the others / opening MRR of the others) x opening: what it lost above what it
//                    would have lost at the others' rate, over all these periods. Exact and rounded half-even once;
//                    below 0 it held better than they. Empty where the others have no opening MRR.
//
// Money is no sample and has no p; a segment may lose many small customers and little MRR, or the other way round.
//
// Segments of several currencies are contrasted within each currency only, and p is adjusted over all of them. Rows are
// in order of currency, then of MRR at stake, greatest first, those without one last, ties by label.
//
// Where segments are lanes (by::plan), a customer in two of them is counted in both: groups overlap, intervals are too
// narrow and p too small. A cube does not know; what is asked of a book does (`overlapping`), and for cubes a caller
// says so.
//
// Months of one customer are not quite independent, as customers differ in ways that no segment names. In books made
// with known effects, chi-square over three years came out some 10 % above its degrees of freedom where nothing was,
// over one year 5 %: a p just below the level is weaker than it looks, the more so the longer the span.
//
// What this is not: a cause. Ads may leak because they bring small firms. Nor does it know which segment grew in months
// that were bad for all. Look at products of segments, and at what would change it (levers).
//
// O(segments x periods) and the work of the tests; pairs are O(segments^2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/table.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/stats/contrast.hpp>

namespace churn::inline v0 {

/// MRR of two groups, in run-rate ticks summed over periods.
struct RevenueContrast {
  Currency currency;              ///< that ticks are of
  std::int64_t lost{0};           ///< by churn and contraction of those present at opening
  std::int64_t opening{0};        ///< what they paid then
  std::int64_t other_lost{0};     ///< the same of the other group
  std::int64_t other_opening{0};  ///< the same of the other group

  /// What was lost above the other's rate, as MRR; empty if the other has no opening MRR. Throws Error(overflow) beyond
  /// 64 bits, which takes losses above openings.
  [[nodiscard]] std::optional<Money> mrr_at_stake() const;
  /// The same in ticks, rounded once.
  [[nodiscard]] std::optional<std::int64_t> ticks_at_stake() const;
  friend bool operator==(const RevenueContrast&, const RevenueContrast&) = default;
};

/// What contrasts are made of.
struct ContrastBasis {
  std::vector<std::string> segment_names;       ///< what the labels' parts are called
  std::size_t periods{0};                       ///< that are complete and were added up
  std::optional<Period> span{};                 ///< from the first of them to the last
  PeriodKind kind{PeriodKind::month};           ///< of the periods
  std::optional<std::int32_t> trailing_days{};  ///< of the window, of a trailing cube
  bool overlapping{false};                      ///< a customer may be in several segments
  std::size_t comparisons{0};                   ///< that p is adjusted for
  ContrastRule rule{};                          ///< with the interval that was used
};

/// One segment against all others of its currency.
struct SegmentContrast {
  Label label;              ///< of the one
  Contrast customers;       ///< lost of opening; `one` is the segment, `other` all the others
  RevenueContrast revenue;  ///< the same in MRR
};

/// Whether the segments of a currency differ at all.
struct CurrencyContrast {
  Currency currency;          ///< whose segments they are
  OverallContrast customers;  ///< lost of opening, over all segments at once
};

/// Every segment against the rest.
struct SegmentContrasts {
  ContrastBasis basis;                    ///< what was compared, and how
  std::vector<SegmentContrast> rows;      ///< by currency, then most at stake first
  std::vector<CurrencyContrast> overall;  ///< in order of the currencies' codes
};

/// True if some factor is a lane, so that a customer may be in several segments at once. A lane called `currency` is no
/// such, as segments are contrasted within a currency.
[[nodiscard]] bool segments_overlap(const Segmenter& segmenter);

/// Throws Error(overflow) where sums leave 64 bits, and what contrasts_with_rest throws.
[[nodiscard]] SegmentContrasts segment_contrasts(const MovementCube& cube, const ContrastRule& rule = {},
                                                 bool overlapping = false);
/// Of a book under its conventions. Throws also what MovementCube::fold throws.
[[nodiscard]] SegmentContrasts segment_contrasts(const Book& book, const PeriodGrid& grid,
                                                 const Segmenter& segmenter, const ContrastRule& rule = {},
                                                 const FoldOptions& options = {});

/// One segment against one other.
struct SegmentPair {
  Label one;                ///< before the other in order of bytes
  Label other;              ///< of the same currency
  Contrast customers;       ///< lost of opening
  RevenueContrast revenue;  ///< the same in MRR
};

/// Every segment against every other.
struct SegmentPairs {
  ContrastBasis basis;            ///< what was compared, and how
  std::vector<SegmentPair> rows;  ///< in order of currency and labels
};

/// Every two segments of one currency, the first label before the second, in order of currency and labels; p is
/// adjusted over all pairs. Throws as above, and Error(out_of_range) for more than `most_groups_in_pairs` segments.
[[nodiscard]] SegmentPairs segment_pairs(const MovementCube& cube, const ContrastRule& rule = {},
                                         bool overlapping = false);
/// Of a book under its conventions. Throws also what MovementCube::fold throws.
[[nodiscard]] SegmentPairs segment_pairs(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                         const ContrastRule& rule = {}, const FoldOptions& options = {});

/// Columns: the segments' names, then numerator, denominator, value, ci_low, ci_high, rest_numerator, rest_denominator,
/// rest_value, difference, low, high, p, p_adjusted, test, mrr_lost, mrr_opening, mrr_at_stake, note. What is undefined
/// is empty, and the note says why. Amounts are MRR, or ticks if `exact`.
[[nodiscard]] Table contrasts_table(const SegmentContrasts& contrasts, bool exact = false);

/// Columns: the segments' names, the same with `other_` in front, then as above with `other_` for `rest_`.
[[nodiscard]] Table pairs_table(const SegmentPairs& pairs, bool exact = false);

/// The finding in a sentence or two, of each currency: the segment that most money is at stake in among those that lose
/// more customers than the others (adjusted p below the rule's level), else the one that holds best; or that none
/// differs, with what would have been missed.
[[nodiscard]] std::string contrast_sentence(const SegmentContrasts& contrasts);

}  // namespace churn::inline v0

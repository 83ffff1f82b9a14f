// LandmarkRows: who was there at a certain age, what they had by then, and whether they left after it.
//
//   PastReader reader{book};
//   LandmarkRows rows = landmark_rows(reader, exposure, {.adjust_for = {by::attribute("industry")}});
//   landmark_effect(rows);                      // lever/landmark_effect.hpp
//
// To compare those who ever connected an integration with those who never did is to be fooled: one has to stay to get
// round to it, so that users look loyal though it does nothing (immortal time). By a landmark nobody's exposure depends on
// what comes after it: a row is a customer who, on the day t = (first day of its first stay) + landmark, had not left before
// t; its level is what was known before t, and its outcome is what came from t on.
//
// Not rows, but counted, in this order:
//   before_records  the stay was running when the records began, so its age is not known
//   filtered        the filter leaves it out, by what it was on the day before t (of those who left before that, on their
//                   last present day; of those not old enough yet, on the last known day)
//   left_before     the stay ended before t
//   too_new         t is after as_of
//   not_known       the exposure has no level
// Whoever was never present is in none. A customer has one row at most; later stays are another story.
//
// Covariates are what the segmenters of `adjust_for` say, as columns of 0 and 1 for each label but the most frequent one
// (labels of fewer than `fewest` rows are one, "(few)"); of states and lanes what they say on the first present day; then
// the logarithm of 1 + the MRR on the day before the landmark, in major units (one currency only), and the day on which the
// stay began, in years before as_of, where such columns are asked for.
//
// The struct is plain: a host may fill it from data of its own. O(customers x (the exposure + segmenters)).
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/date.hpp>
#include <churn/lever/exposure.hpp>
#include <churn/segment/filter.hpp>
#include <churn/segment/segmenter.hpp>

namespace churn::inline v0 {

/// Who is in the rows, and what covariates they have.
struct LandmarkOptions {
  Filter where{};  ///< about the day before the landmark, or before that the last present or known one
  std::vector<Segmenter> adjust_for{};  ///< whose labels are covariates, unless the exposure says the same
  bool adjust_for_mrr{true};            ///< for log(1 + MRR) on the day before it; not of several currencies
  bool adjust_for_start{true};          ///< for the years from the landmark to as_of
  std::int64_t fewest{20};              ///< rows of a label with a column of its own
};

/// Customers there at a landmark, by column, and how many customers are no row.
struct LandmarkRows {
  std::vector<std::string> levels{"without", "with"};  ///< what they are called; the first is without
  std::int32_t horizon{365};                           ///< days from t on within which departures count
  bool at_horizon{false};                              ///< as of the exposure
  std::vector<std::uint32_t> level{};                  ///< by row, a place in `levels`
  std::vector<std::int32_t> departs_in{};  ///< days from t to the end of the stay; -1: not before as_of
  std::vector<std::int32_t> known_for{};   ///< days from t to as_of
  std::vector<std::int64_t> ticks{};       ///< run rate on the day before t
  std::vector<CustomerIndex> customer{};   ///< of a book; a host's own rows may leave it empty
  std::vector<Date> day{};                 ///< t; likewise
  Eigen::MatrixXd covariates{};            ///< rows x names
  std::vector<std::string> names{};        ///< of the columns of covariates

  std::size_t before_records{0};  ///< their age is not known
  std::size_t filtered{0};        ///< that `where` leaves out
  std::size_t too_new{0};         ///< t is after as_of
  std::size_t left_before{0};     ///< before t
  std::size_t not_known{0};       ///< whose level is not

  [[nodiscard]] std::size_t rows() const noexcept { return level.size(); }  ///< customers in the columns
  /// Throws Error(out_of_range) where columns are not of one length or a level is none, and Error(bad_number) for a
  /// horizon below 1, a departure after what is known, or a covariate that is not finite.
  void validate() const;
};

/// Throws Error(bad_number) for a landmark or horizon below 1, Error(unknown_name) for an exposure without function or
/// with fewer than two levels, Error(out_of_range) for a level that is none of them, and what segmenters and filter throw.
[[nodiscard]] LandmarkRows landmark_rows(PastReader& reader, const Exposure& exposure,
                                         const LandmarkOptions& options = {});

}  // namespace churn::inline v0

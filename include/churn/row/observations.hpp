// Observations: what was known of customers before certain days, and whether they then left.
//
// A row is one customer on one observation day t. Its values are the indicators' (a column each), read from what is
// known before t: nothing on or after t is looked at. Its outcome is whether the stay that the customer was in on the day
// before t ended within [t, t + horizon). Rows whose outcome is not known at as_of, those with t + horizon > as_of, are
// left out and counted, whatever is already known of them: who left early would otherwise be there and who stayed not.
//
// Rows of one customer are not independent: `customer` is what intervals are clustered by.
//
// They are made by observe() (row/observe.hpp), or by a host from data of its own: everything that asks about them
// (risk/) takes this plain struct.
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/date.hpp>
#include <churn/indicator/indicator.hpp>

namespace churn::inline v0 {

/// Rows x columns: true where an indicator has no value.
using MissingMask = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>;

/// Rows, their values, and what became of them.
struct Observations {
  std::vector<IndicatorColumn> columns{};  ///< names and expected directions of the indicators
  Eigen::MatrixXd values{};                ///< rows x columns; 0 where missing
  MissingMask missing{};                   ///< of the same shape

  std::vector<std::string> customers{};   ///< ids, each once
  std::vector<std::uint32_t> customer{};  ///< of each row its place in `customers`
  std::vector<Date> day{};                ///< t
  std::vector<std::int32_t> tenure{};     ///< days since the stay began, at t
  std::vector<std::int64_t> ticks{};      ///< run rate on the day before t
  /// Whether the stay ended within the horizon (1), or not (0). Empty: outcomes were not asked for, as of rows to be
  /// scored.
  std::vector<std::uint8_t> departed{};
  /// Days from t to the end of the stay, if that is before as_of, however late; -1: it is not. Empty as `departed`.
  std::vector<std::int32_t> departs_in{};

  std::int32_t horizon{30};      ///< days
  std::optional<Date> as_of{};   ///< of the book
  std::size_t not_yet_known{0};  ///< rows left out because t + horizon > as_of

  /// One a customer and day.
  [[nodiscard]] std::size_t rows() const noexcept { return day.size(); }
  /// Rows whose outcome is 1; 0 where outcomes were not asked for.
  [[nodiscard]] std::size_t departures() const noexcept {
    std::size_t count = 0;
    for (const std::uint8_t d : departed) count += d;
    return count;
  }
  /// The place of a column. Throws Error(unknown_name), naming those that there are.
  [[nodiscard]] std::size_t column(const std::string& name) const;
  /// These rows alone, in the order given. Customers keep their numbers. Throws Error(out_of_range).
  [[nodiscard]] Observations only(const std::vector<std::size_t>& rows) const;
  /// Throws Error(out_of_range) where columns and vectors are not of one length or a row's customer is none, and
  /// Error(bad_number) for a value that is not finite, or an outcome that is neither 0 nor 1.
  void validate() const;
};

}  // namespace churn::inline v0

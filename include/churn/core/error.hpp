// Error: a caller's mistake, thrown with a stable code.
//
// libchurn knows three kinds of "wrong". A mistake of the caller (adding euros to dollars, an unknown
// attribute, a grid whose end is before its start) throws `Error`. Bad *data* is never thrown: it is
// rejected with a reason (book/rejections.hpp). A statistic that has no value (a rate over nobody) is an
// empty `std::optional`. Nothing prints, aborts or reads a clock.
//
//   try { usd + eur; } catch (const churn::Error& e) { e.code() == churn::ErrorCode::currency_mismatch; }
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace churn::inline v0 {

/// What went wrong, for programs. The names (`error_name`) are stable; sentences are not.
enum class ErrorCode : std::uint8_t {
  bad_date,           ///< not a day of the civil calendar, years 1 to 9999
  bad_period,         ///< a span that is empty or reversed, or cut points out of order
  bad_currency,       ///< not an ISO 4217 code
  bad_number,         ///< not a decimal number, or a value out of its range
  bad_id,             ///< an empty identifier
  bad_time_zone,      ///< not a POSIX time zone string
  currency_mismatch,  ///< two currencies met in one sum
  missing_rate,       ///< an amount is to be converted and its currency has no exchange rate on the day
  mixed_currencies,   ///< a total was asked of a book that holds several currencies
  overflow,           ///< an amount beyond 64 bits
  unknown_attribute,  ///< no customer has an attribute of that name
  unknown_name,       ///< a metric, segment, preset, option value … that does not exist
  bad_filter,         ///< a `where` expression that cannot be read
  bad_conventions,    ///< conventions that contradict themselves, or an unknown field in their file
  out_of_range,       ///< an index, label or day outside of what the result holds
  mismatched_cubes,   ///< two cubes of different grids, segments or conventions were added
  unreadable,         ///< a file that is missing, empty, or not in the format
  cancelled,          ///< the host ended what it had asked for (core/progress.hpp)
};

/// The stable name of a code, such as `currency_mismatch`.
[[nodiscard]] std::string_view error_name(ErrorCode code) noexcept;

/// A mistake of the caller: a code for programs, and in what() a sentence for people.
class Error : public std::runtime_error {
 public:
  /// `what` is a whole sentence.
  Error(ErrorCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
  /// What to tell mistakes apart by; sentences may change.
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace churn::inline v0

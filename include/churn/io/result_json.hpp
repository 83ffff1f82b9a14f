// Answers as JSON trees, for a host that puts them into a message of its own, and back:
//
//   nlohmann::ordered_json answer;
//   answer["movements"] = analyzer.mrr_movements(grid);
//   answer["rejections"] = rejections;
//   auto same = answer["movements"].get<MovementCube>();       // or from_json<MovementCube>(tree)
//
// What is undefined is null, never 0 or nan. Amounts of money are exact decimals and so texts; counts and ticks
// are whole numbers. With ordered_json the fields come in the order said here, with json in order of their
// names.
//
//   Table         an array with an object a row, as `to_json(table)` of core/table.hpp has it
//   Rejections    its table: code, source, row, field, reason
//   Measurement   numerator, denominator, value, ci_low, ci_high, numerator_unit, denominator_unit, currency;
//                 parts are counts or run-rate ticks, null where there is no such part
//   Proportion, Ratio, RunRateRatio       numerator, denominator, value
//   CustomerRate  the same, with is_proportion and scale
//   RunRate       ticks, currency, mrr
//   RunRatePerCustomer, MonthlyRevenue, AnnualisedRate, LifetimeValue, ExposureRate, Count
//                 their members, and the value
//   Explanation, RosterEntry, ScheduledEnd    their members
//   CohortMatrix  cohorts, sizes, ages; numerator, denominator and value by row, null where nothing is observed
//   PeriodGrid    kind, from, to; and what its kind takes besides
//   MovementCube  format, version, what it was counted by; in `segments` the counts of every cell in ticks,
//                 named by `counts`, null for a cell without any; and its table in `movements`, to be read
//   CohortCube    the same, with sizes, and cells of present, unbroken, ticks
//   SubscriptionCube    the same, with the currencies of its book, and nothing that is only to be read
//   DepartureCube    the same, with `rules`, their fingerprint as a text of 16 hexadecimal digits (many readers
//                 keep 53 bits of a number); `causes` of type and reason; and of each segment `entries`, of what
//                 is not zero: place of the period, place of the cause, customers, ticks
//   Comparison    period, complete; in `presets` the conventions, each with its currency and metrics
//   Error         code, message (not read back)
//
// What comes back is equal to what was written. Of what follows from other fields (value, mrr, movements)
// reading takes no notice. A Table comes back as one that prints the same: days and amounts as texts, with json
// its columns in order of their names, and none if it has no row. What is not finite comes back undefined.
//
// A cube may be kept or sent on, and added to others where it arrives: it is refused unless it has the format
// and version that this library writes, conventions that hold, a grid that its rule makes, as many cells as
// segments and periods, labels in order, movements that lead from opening to closing in every cell, and departures
// in order, of somebody, in periods that are known (where subtraction left less than nobody, it is of no book). All
// the cubes of a part of a book, with what must agree before they are added, are a CubeFile (io/cube_file.hpp).
// Whatever is refused throws Error(unreadable), which names object and field.
//
// A report has `to_json` of its own (report/report.hpp), conventions have io/conventions_json.hpp.
#pragma once

#include <concepts>

#include <nlohmann/json_fwd.hpp>

#include <churn/book/rejections.hpp>
#include <churn/cohort/cohort_matrix.hpp>
#include <churn/core/error.hpp>
#include <churn/core/table.hpp>
#include <churn/cube/cohort_cube.hpp>
#include <churn/cube/departure_cube.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/cube/subscription_cube.hpp>
#include <churn/metric/compare.hpp>
#include <churn/metric/explain.hpp>
#include <churn/metric/measurement.hpp>
#include <churn/metric/roster.hpp>

namespace churn::inline v0 {

namespace detail {
/// Whether T is one of some types.
template <class T, class... Known>
concept IsOneOf = (std::same_as<T, Known> || ...);
}  // namespace detail

/// Answers that are written and read back.
template <class T>
concept Answer =
    detail::IsOneOf<T, Table, Rejections, Measurement, Proportion, Ratio, RunRate, RunRateRatio,
                    RunRatePerCustomer, MonthlyRevenue, CustomerRate, AnnualisedRate, LifetimeValue,
                    ExposureRate, Count, Explanation, RosterEntry, ScheduledEnd, CohortMatrix, PeriodGrid,
                    MovementCube, CohortCube, SubscriptionCube, DepartureCube, Comparison>;

/// Json is nlohmann::json or nlohmann::ordered_json.
/// Fields in the order above.
template <Answer T>
void to_json(nlohmann::ordered_json& json, const T& answer);
/// The same, with fields in order of their names.
template <Answer T>
void to_json(nlohmann::json& json, const T& answer);
/// What was written, read back. Throws Error(unreadable) for what is refused, as said above.
template <Answer T>
[[nodiscard]] T from_json(const nlohmann::json& json);
/// The same of an ordered tree.
template <Answer T>
[[nodiscard]] T from_json(const nlohmann::ordered_json& json);

/// Code and message; it is not read back.
void to_json(nlohmann::ordered_json& json, const Error& error);
/// The same, with fields in order of their names.
void to_json(nlohmann::json& json, const Error& error);

}  // namespace churn::inline v0

/// `json["rates"] = answer;` and `json["rates"].get<Table>()`, though some answers have no default value.
template <churn::Answer T>
struct nlohmann::adl_serializer<T> {
  /// As churn::to_json does.
  template <class Json>
  static void to_json(Json& json, const T& answer) {
    churn::to_json(json, answer);
  }
  /// As churn::from_json does.
  template <class Json>
  static T from_json(const Json& json) {
    return churn::from_json<T>(json);
  }
};

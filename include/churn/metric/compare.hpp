// compare: one set of records, everybody's number.
//
// The same customers and invoices give 6 % churn to one tool and 10 % to another. A comparison builds a book under
// each of several conventions, asks each for every metric of one period, and says of any two who makes the difference:
//
//   const Comparison all = compare(book, grid, period);              // every preset
//   const auto who = who_differs(book, grid, period, Conventions::stripe(), Conventions::recurly(),
//                                CustomerChurnRate{});
//
// Zone, currency, exchange rates and the source of MRR are facts of the book and the same for all of them; so are
// its records and as_of. A preset with a trailing window looks at the window that ends with the period. The filter is
// asked under each of the conventions.
//
// Worked case: 200 customers at opening, 50 new, 20 departures, of which 5 had joined in the period and 3 of the 200
// returned in it. standard, chartmogul: (20 - 5 - 3) / 200 = 6.0 %; profitwell: (20 - 5) / 200 = 7.5 %; stripe:
// 20 / (200 + 50) = 8.0 %; recurly, maxio, baremetrics: 20 / 200 = 10.0 %.
//
// Cost: a book and its folds for each of the conventions; who_differs folds both books once for every 50,000
// customers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <churn/metric/measure.hpp>

namespace churn::inline v0 {

/// A metric under one of the conventions.
struct ComparedMetric {
  Conventions conventions;  ///< with the facts of the book that was asked
  std::string metric;       ///< its name, as in `StandardMetrics`
  Measurement measurement;  ///< of the period, or of the trailing window that ends with it
  Currency currency;        ///< of amounts in it
  friend bool operator==(const ComparedMetric&, const ComparedMetric&) = default;
};

/// Every metric of one period, under each of several conventions.
struct Comparison {
  Period period;                     ///< that was asked about
  bool complete;                     ///< under all of the conventions
  std::vector<ComparedMetric> rows;  ///< in the order of the conventions, then of StandardMetrics
  friend bool operator==(const Comparison&, const Comparison&) = default;
};

/// The period of that index in a grid. Throws Error(out_of_range) for one that the grid does not hold or the book
/// does not know, and what Book::build and Measure throw.
[[nodiscard]] Comparison compare(const Book& book, const PeriodGrid& grid, std::size_t period,
                                 const std::vector<Conventions>& conventions = Conventions::presets(),
                                 const Filter& where = {}, unsigned threads = 1);

/// Columns: preset, metric, numerator, denominator, value. Undefined values are empty.
[[nodiscard]] Table comparison_table(const Comparison& comparison, bool exact = false);

/// A customer that adds different counts to a metric under two conventions.
struct DifferingCustomer {
  CustomerId customer;  ///< whose counts differ
  Measurement first;    ///< what it adds under the first conventions; counts of 0 for nothing
  Measurement second;   ///< and under the second
  Currency currency;    ///< of amounts in both
};

namespace detail {
/// What each of a range of customers adds to a metric, in order of their ids.
using CountsOfCustomers =
    std::function<std::vector<std::pair<CustomerId, Measurement>>(const Book&, const Measure&)>;
[[nodiscard]] std::vector<DifferingCustomer> who_differs(const Book& book, const PeriodGrid& grid,
                                                         std::size_t period, const Conventions& first,
                                                         const Conventions& second, const Filter& where,
                                                         unsigned threads, const CountsOfCustomers& counts);
}  // namespace detail

/// The customers whose numerator or denominator differs, in order of their ids.
template <Metric M>
[[nodiscard]] std::vector<DifferingCustomer> who_differs(const Book& book, const PeriodGrid& grid,
                                                         std::size_t period, const Conventions& first,
                                                         const Conventions& second, const M& metric,
                                                         const Filter& where = {}, unsigned threads = 1) {
  return detail::who_differs(book, grid, period, first, second, where, threads,
                             [&metric](const Book&, const Measure& question) {
                               const auto measured = question.compute(metric);
                               std::vector<std::pair<CustomerId, Measurement>> counts;
                               for (const MeasuredRow& row : measured.rows()) {
                                 const std::string& id = measured.cube().segments()[row.segment].front();
                                 counts.emplace_back(CustomerId{id}, row.measurement);
                               }
                               return counts;
                             });
}

/// Calls `use` with the standard metric of that name. Throws Error(unknown_name), listing them.
template <class Use>
void with_metric(std::string_view name, Use&& use) {
  bool found = false;
  std::string known;
  const auto look = [&](const auto& metric) {
    known += (known.empty() ? "" : ", ") + std::string(metric.name);
    if (found || metric.name != name) return;
    found = true;
    use(metric);
  };
  std::apply([&](const auto&... metrics) { (look(metrics), ...); }, StandardMetrics{});
  if (!found)
    throw Error(ErrorCode::unknown_name,
                "There is no metric \"" + std::string(name) + "\". There are: " + known + ".");
}

/// Columns: customer_id, first_numerator, first_denominator, second_numerator, second_denominator.
[[nodiscard]] Table differing_customers_table(const std::vector<DifferingCustomer>& customers,
                                              bool exact = false);

}  // namespace churn::inline v0

// Observing a book: rows for indicators and models, on many days at once, without a look ahead.
//
//   const auto indicators = standard_indicators();
//   Observations weekly = observe(book, indicators, observation_days(book));
//   Observations renewals = observe_at_renewals(book, indicators);
//   Observations now = observe_now(book, indicators);             // to be scored
//
// A row is a customer who is present on the day before t. Its values are what was known before t (indicator/past.hpp), its
// outcome whether that stay ended within [t, t + horizon); rows with t + horizon > as_of are left out and counted.
//
// `observation_days` is the calendar grid, every 7 days backwards from as_of, so that the next score lies on it.
// At renewals, t = stay's first day + k x cycle - `lead_days`, by the cycle of the phase that most is paid for on the day
// before; cycles of days and weeks count as months.
//
// What a book says of the past may depend on what came later: an absence is a gap only because the customer came back, a
// request is void because it went on, an invoice says what was due before it. Under such conventions (a gap allowance,
// recognition at the request, past-due rules, MRR from invoices, converted currencies) each day's rows are read from a
// book built as of that day. The stay that was running as known on t is then matched with the later book's last one that
// began before t; one that had ended before t, or of which the later book knows nothing, ended on t. That costs a build
// a day; under the others all days share one book, and it is the same to the bit.
//
// Rows are in order of the customers' ids, then of t. O(rows x what the indicators cost); the result is the same for any
// number of threads and order of records.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <churn/core/progress.hpp>
#include <churn/indicator/past.hpp>
#include <churn/indicator/standard_indicators.hpp>
#include <churn/reason/departure_rules.hpp>
#include <churn/row/observations.hpp>
#include <churn/segment/filter.hpp>

namespace churn::inline v0 {

/// Which rows there are, and what counts as leaving.
struct ObserveOptions {
  std::int32_t horizon{30};  ///< days
  EventKindMap kinds{};      ///< from the host's kinds of events to those that indicators ask for
  Filter where{};            ///< states and lanes as of the day before t
  /// Of so many customers one, by the hash of its id (segment/customer_groups.hpp): a sample, for books of which not all
  /// rows are needed, or fit into memory. Whole customers, so that nothing depends on how they fare.
  std::uint32_t one_in{1};
  /// Only these departures are outcomes; who leaves otherwise counts as staying. None: all.
  std::vector<DepartureType> types{};
  DepartureRules rules{DepartureRules::standard()};  ///< that tell types
  unsigned threads{1};                               ///< 1 to 256
  Progress progress{};  ///< told of customers or, where each day has a book of its own, of days
};

/// as_of, and every `step` days before it, back to the day after the first change (or records_from). In order. Empty for a
/// book without movement. Throws Error(bad_number) for a step below 1.
[[nodiscard]] std::vector<Date> observation_days(const Book& book, std::int32_t step = 7);

/// `one_in` for about so many rows at most on the calendar grid. 1: all of them.
[[nodiscard]] std::uint32_t observation_sample(const Book& book, std::size_t most_rows,
                                               std::int32_t step = 7);

/// `days` in order, each once, none after as_of. Throws Error(bad_period) or Error(out_of_range) for others, Error(bad_number)
/// for a horizon or `one_in` below 1 or a value that is not finite, naming the indicator, Error(unknown_name) for a name that comes
/// twice or an indicator that has no function, what `where` throws, and Error(cancelled).
[[nodiscard]] Observations observe(const Book& book, const std::vector<Indicator>& indicators,
                                   const std::vector<Date>& days, const ObserveOptions& options = {});
/// So many days, 0 to 365, before each renewal that was to come. Throws as above, and Error(bad_number) for other
/// leads.
[[nodiscard]] Observations observe_at_renewals(const Book& book, const std::vector<Indicator>& indicators,
                                               const ObserveOptions& options = {},
                                               std::int32_t lead_days = 5);
/// On as_of, without outcomes.
[[nodiscard]] Observations observe_now(const Book& book, const std::vector<Indicator>& indicators,
                                       const ObserveOptions& options = {});

/// One row, to be scored.
struct ObservedRow {
  std::vector<double> values{};         ///< by indicator; 0 where missing
  std::vector<std::uint8_t> missing{};  ///< 1: it is
  std::int32_t tenure{0};               ///< days since the stay began
  std::int64_t ticks{0};                ///< run rate on the day before
};

/// Indicators prepared once for a book, for a service that scores single customers as they change.
class Observer {
 public:
  /// The book is shared. O(records), and what the indicators prepare.
  Observer(const Book& book, std::vector<Indicator> indicators, const EventKindMap& kinds = {});
  /// The other one can only be assigned to or destroyed.
  Observer(Observer&&) noexcept;
  /// The same.
  Observer& operator=(Observer&&) noexcept;
  ~Observer();

  /// In the order of a row's values.
  [[nodiscard]] const std::vector<Indicator>& indicators() const noexcept;
  /// On as_of, or a day before. Empty for a customer who is not present on the day before it. Throws Error(out_of_range)
  /// for other days, and Error(bad_number) for a value that is not finite.
  [[nodiscard]] std::optional<ObservedRow> row(CustomerIndex customer, Date day);
  /// Of a customer whose records, as they are now, are in a small book of their own; how segments leave and who resembles
  /// it still comes from the book that was prepared.
  [[nodiscard]] std::optional<ObservedRow> row(const Book& changed, CustomerIndex customer, Date day);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace churn::inline v0

// measure: metrics over periods and segments, composed.
//
//   auto table = measure(book)
//                    .over(quarters(from, to))
//                    .where(attribute("country") == "DE")
//                    .by(by::attribute("channel"))
//                    .compute(CustomerChurnRate{}, NetMrrChurnRate{});
//   table.at({"ads"}, q3).get<NetMrrChurnRate>();   // value, numerator, denominator
//   table.explain({"ads"}, q3);                     // the customers behind the cell
//
// One pass over the book for all metrics that are made of movements, one more for those of subscriptions and
// for each with a state of its own. Under the rule `trailing_days` every period stands for the window that
// ends with it. A result copies what it needs and outlives the book. Ratios of money have intervals if they are asked
// for, by `.money_intervals()`: see metric/replicates.hpp.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <churn/core/table.hpp>
#include <churn/metric/explain.hpp>
#include <churn/metric/rates.hpp>
#include <churn/metric/replicates.hpp>

namespace churn::inline v0 {

/// One metric's result with its place and evidence: the row of a table.
struct MeasuredRow {
  std::size_t segment;      ///< index into the segments of the cube
  std::size_t period;       ///< index in its grid
  std::string metric;       ///< its name, such as `nrr`
  Measurement measurement;  ///< of counts of 0 where the book can't know the period
};

/// Columns: the segments' names, then period, metric, numerator, denominator, value, ci_low, ci_high,
/// complete. Undefined values and periods that the book can't know are empty.
[[nodiscard]] Table rates_table(const MovementCube& cube, const std::vector<MeasuredRow>& rows, bool exact);

/// What a metric may know of a segment and period of a cube.
[[nodiscard]] CellContext context_of(const MovementCube& cube, std::size_t segment, std::size_t period,
                                     std::optional<Date> records_from);

namespace detail {

/// Where the cells come from that a metric is a function of.
struct FromMovements {};
/// The same, of metrics of subscriptions.
struct FromSubscriptions {};
/// A state that the metric gathers itself.
template <class M>
struct FromOwnState {
  Tally<typename M::State> tally;  ///< by the same segmenter, over the same spans as the cube
};

template <class M>
consteval auto source_of() {
  if constexpr (MetricOf<M, MovementCell>)
    return std::type_identity<FromMovements>{};
  else if constexpr (MetricOf<M, SubscriptionCell>)
    return std::type_identity<FromSubscriptions>{};
  else
    return std::type_identity<FromOwnState<M>>{};
}
template <class M>
using Source = typename decltype(source_of<M>())::type;

/// Folds over the spans of a cube: its periods, or the trailing windows that end with them.
template <class Fold>
[[nodiscard]] auto over_spans_of(const MovementCube& cube, const Book& book, Fold&& fold) {
  if (!cube.trailing_days()) return fold(cube.grid());
  using Result = decltype(fold(cube.grid()));
  std::vector<Result> windows;
  std::vector<Label> labels;
  for (std::size_t p = 0; p < cube.grid().size(); ++p) {
    windows.push_back(fold(cube.grid().trailing(p, *cube.trailing_days())));
    labels.insert(labels.end(), windows.back().segments().begin(), windows.back().segments().end());
  }
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  Result all{book, cube.grid(), windows.front().segment_names(), std::move(labels)};
  for (std::size_t p = 0; p < windows.size(); ++p)
    for (std::size_t s = 0; s < windows[p].segments().size(); ++s)
      all.at(*all.find(windows[p].segments()[s]), p) = windows[p].at(s, 0);
  return all;
}

}  // namespace detail

/// M is one of the metrics that were computed.
template <class M, class... Computed>
concept OneOf = (std::same_as<M, Computed> || ...);

/// Results of some metrics by segment and period, with what they were counted of.
template <Metric... Metrics>
class Measured {
 public:
  /// The results of one segment and period.
  class Place {
   public:
    /// The typed result (CustomerRate, RunRateRatio, …) of a metric. All counts are 0 where the book can't
    /// know the period, so values are empty there.
    template <OneOf<Metrics...> M>
    [[nodiscard]] auto get() const {
      return table_->template result<M>(segment_, period_);
    }
    /// The interval of a ratio of money, with its standard error, or why there is none. Throws
    /// Error(out_of_range) unless Measure::money_intervals() asked for them.
    template <OneOf<Metrics...> M>
    [[nodiscard]] Jackknife money_interval() const {
      if (!table_->replicates_)
        throw Error(ErrorCode::out_of_range,
                    "Ask for intervals of money: measure(book).over(periods).money_intervals().");
      return table_->template money_interval_of<M>(segment_, period_,
                                                   table_->without_each_group(segment_, period_));
    }
    /// Whether all of the period, or of its trailing window, is known and settled.
    [[nodiscard]] bool complete() const { return table_->cube_.status(period_).complete; }
    /// What metrics of movements are made of; all zero where the book can't know the period.
    [[nodiscard]] const MovementCell& cell() const { return table_->cube_.at(segment_, period_); }

   private:
    friend Measured;
    Place(const Measured& table, std::size_t segment, std::size_t period)
        : table_(&table), segment_(segment), period_(period) {}
    const Measured* table_;
    std::size_t segment_;
    std::size_t period_;
  };

  /// By segment and period or trailing window, netted by period.
  [[nodiscard]] const MovementCube& cube() const& noexcept { return cube_; }
  /// The same, moved out: nothing else can be asked then.
  [[nodiscard]] MovementCube cube() && { return std::move(cube_); }

  /// Throws Error(out_of_range) for an unknown label or period. The place refers to this table.
  [[nodiscard]] Place at(const Label& label, const Period& period) const& {
    return Place{*this, cube_.segment(label), cube_.grid().index_of(period)};
  }
  /// Of the total, where there is no segmenter; throws the same.
  [[nodiscard]] Place at(const Period& period) const& { return at(Label{}, period); }
  [[nodiscard]] Place at(const Label&, const Period&) const&& = delete;
  [[nodiscard]] Place at(const Period&) const&& = delete;

  /// The customers behind a cell (see metric/explain.hpp).
  [[nodiscard]] std::vector<Explanation> explain(const Label& label, const Period& period) const {
    const std::size_t at = cube_.grid().index_of(period);
    if (cube_.at(cube_.segment(label), at) == MovementCell{}) return {};
    if (!cube_.trailing_days())
      return churn::explain(book_, cube_.grid(), segmenter_, label, at, {}, options_);
    return churn::explain(book_, cube_.grid().trailing(at, *cube_.trailing_days()), segmenter_, label, 0, {},
                          options_);
  }

  /// Every segment, period and metric, in that order.
  [[nodiscard]] std::vector<MeasuredRow> rows() const {
    std::vector<MeasuredRow> rows;
    for (std::size_t s = 0; s < cube_.segments().size(); ++s)
      for (std::size_t p = 0; p < cube_.grid().size(); ++p) {
        const std::vector<MovementCell> without = without_each_group(s, p);
        (rows.push_back({s, p, std::string(Metrics::name), measurement<Metrics>(s, p, without)}), ...);
      }
    return rows;
  }
  /// What rates_table makes of all rows; run rates are ticks if `exact`.
  [[nodiscard]] Table table(bool exact = false) const { return rates_table(cube_, rows(), exact); }

 private:
  friend class Measure;
  Measured(Book book, MovementCube cube, std::optional<Replicates> replicates, Segmenter segmenter,
           FoldOptions options, std::tuple<Metrics...> metrics)
      : book_(std::move(book)),
        cube_(std::move(cube)),
        replicates_(std::move(replicates)),
        segmenter_(std::move(segmenter)),
        options_(std::move(options)),
        metrics_(std::move(metrics)),
        sources_(detail::Source<Metrics>{gather<Metrics>()}...) {
    if constexpr ((std::same_as<detail::Source<Metrics>, detail::FromSubscriptions> || ...)) {
      subscriptions_ = detail::over_spans_of(cube_, book_, [this](const PeriodGrid& grid) {
        return fold_subscriptions(book_, grid, segmenter_, options_);
      });
      cube_.include(subscriptions_->segments());  // a plan may be known from its trials alone
    }
    (include_source<Metrics>(), ...);
  }

  template <class M>
  void include_source() {
    if constexpr (std::same_as<detail::Source<M>, detail::FromOwnState<M>>)
      cube_.include(std::get<detail::FromOwnState<M>>(sources_).tally.segments());
  }

  template <class M>
  [[nodiscard]] detail::Source<M> gather() const {
    if constexpr (std::same_as<detail::Source<M>, detail::FromOwnState<M>>)
      return {detail::over_spans_of(cube_, book_, [this](const PeriodGrid& grid) {
        return tally_steps<typename M::State>(
            book_, grid, segmenter_, options_,
            [](typename M::State& state, const Step& step) { M::count(state, step); });
      })};
    else
      return {};
  }

  /// The state of a segment that a tally may lack: nothing was gathered for it.
  template <class State>
  [[nodiscard]] State state_of(const Tally<State>& tally, std::size_t segment, std::size_t period) const {
    const auto at = tally.find(cube_.segments()[segment]);
    return at ? tally.at(*at, period) : State{};
  }

  template <class M>
  [[nodiscard]] auto result(std::size_t segment, std::size_t period) const {
    const M& metric = std::get<M>(metrics_);
    const CellContext context = context_of(cube_, segment, period, book_.records_from());
    if constexpr (std::same_as<detail::Source<M>, detail::FromMovements>)
      return metric(cube_.at(segment, period), context);
    else if constexpr (std::same_as<detail::Source<M>, detail::FromSubscriptions>)
      return metric(state_of(*subscriptions_, segment, period), context);
    else
      return metric(state_of(std::get<detail::FromOwnState<M>>(sources_).tally, segment, period), context);
  }

  /// Nothing unless intervals of money were asked for.
  [[nodiscard]] std::vector<MovementCell> without_each_group(std::size_t segment, std::size_t period) const {
    if (!replicates_) return {};
    return replicates_->without_each_group(cube_.segments()[segment], period, cube_.at(segment, period));
  }

  template <MoneyRatio M>
  [[nodiscard]] Jackknife money_interval_of(std::size_t segment, std::size_t period,
                                            const std::vector<MovementCell>& without) const {
    return money_interval(std::get<M>(metrics_), cube_.at(segment, period), without,
                          context_of(cube_, segment, period, book_.records_from()));
  }

  template <class M>
  [[nodiscard]] Measurement measurement(std::size_t segment, std::size_t period,
                                        const std::vector<MovementCell>& without) const {
    Measurement measured = to_measurement(result<M>(segment, period), options_.rules->interval_rule());
    if constexpr (MoneyRatio<M>)
      if (replicates_) measured.interval = money_interval_of<M>(segment, period, without).interval;
    return measured;
  }

  Book book_;
  MovementCube cube_;
  std::optional<Replicates> replicates_;  // where intervals of money were asked for
  Segmenter segmenter_;
  FoldOptions options_;
  std::tuple<Metrics...> metrics_;
  std::tuple<detail::Source<Metrics>...> sources_;
  std::optional<SubscriptionCube> subscriptions_;
};

/// A question being put together; see the head of this file. A value: each step returns a copy.
class Measure {
 public:
  /// Of everybody in the book, and no periods yet.
  explicit Measure(Book book) : book_(std::move(book)) {}

  /// These periods, instead of any before.
  [[nodiscard]] Measure over(PeriodGrid grid) const {
    Measure next = *this;
    next.grid_ = std::move(grid);
    return next;
  }
  /// These segments, instead of any before; without them the total.
  [[nodiscard]] Measure by(Segmenter segmenter) const {
    Measure next = *this;
    next.segmenter_ = std::move(segmenter);
    return next;
  }
  /// Only what the filter keeps, of what those before it kept.
  [[nodiscard]] Measure where(const Filter& filter) const {
    Measure next = *this;
    next.options_.where = next.options_.where && filter;
    return next;
  }
  /// How many each fold may use, 1 to 256. Results do not depend on it.
  [[nodiscard]] Measure threads(unsigned count) const {
    Measure next = *this;
    next.options_.threads = count;
    return next;
  }

  /// Intervals for ratios of money, too, from so many groups of customers: one more fold
  /// (metric/replicates.hpp). What `compute` then throws is what Replicates::fold throws.
  [[nodiscard]] Measure money_intervals(std::uint32_t groups = default_customer_groups) const {
    Measure next = *this;
    next.groups_ = groups;
    return next;
  }

  /// Throws Error(bad_period) if no periods were given, and what MovementCube::fold throws.
  template <class... Metrics>
  [[nodiscard]] auto compute(Metrics... metrics) const {
    static_assert((must_be_a_metric<Metrics>() && ...));
    return compute_all(std::tuple<Metrics...>{std::move(metrics)...});
  }
  /// The same for a tuple of metrics: compute_all(StandardMetrics{}).
  template <Metric... Metrics>
  [[nodiscard]] Measured<Metrics...> compute_all(std::tuple<Metrics...> metrics) const {
    FoldOptions options = options_;
    // Rates compare opening with closing, whatever netting the conventions show movements by.
    options.rules = book_.conventions().rate;
    options.rules->netting = Netting::by_period;
    MovementCube cube =
        options.rules->trailing_days
            ? MovementCube::fold_trailing(book_, grid(), *options.rules->trailing_days, segmenter_, options)
            : MovementCube::fold(book_, grid(), segmenter_, options);
    std::optional<Replicates> replicates;
    if (groups_) replicates = Replicates::fold(book_, cube, segmenter_, options, *groups_);
    return {book_,      std::move(cube),    std::move(replicates),
            segmenter_, std::move(options), std::move(metrics)};
  }

 private:
  [[nodiscard]] const PeriodGrid& grid() const {
    if (!grid_)
      throw Error(ErrorCode::bad_period, "Say over which periods: measure(book).over(months(from, to)).");
    return *grid_;
  }
  Book book_;
  std::optional<PeriodGrid> grid_;
  Segmenter segmenter_;
  FoldOptions options_;
  std::optional<std::uint32_t> groups_;
};

/// Begins a question; see the head of this file.
[[nodiscard]] inline Measure measure(const Book& book) { return Measure{book}; }

}  // namespace churn::inline v0

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
// One pass over the book for all metrics. A result copies what it needs and outlives the book.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <churn/core/table.hpp>
#include <churn/metric/explain.hpp>
#include <churn/metric/rates.hpp>

namespace churn::inline v0 {

/// One metric's result with its place and evidence: the row of a table.
struct MeasuredRow {
  std::size_t segment;
  std::size_t period;
  std::string metric;
  Measurement measurement;
};

/// Columns: the segments' names, then period, metric, numerator, denominator, value, ci_low, ci_high,
/// complete. Undefined values and periods that the book can't know are empty.
[[nodiscard]] Table rates_table(const MovementCube& cube, const std::vector<MeasuredRow>& rows, bool exact);

/// What a metric may know of a period of a cube.
[[nodiscard]] CellContext context_of(const MovementCube& cube, std::size_t period,
                                     std::optional<Date> records_from);

template <Metric... Metrics>
class Measured {
 public:
  /// The results of one segment and period.
  class Place {
   public:
    /// The typed result (Proportion, RunRateRatio, …) of a metric. All counts are 0 where the book can't
    /// know the period, so values are empty there.
    template <class M>
    requires(std::same_as<M, Metrics> || ...) [[nodiscard]] auto get() const {
      return std::get<M>(table_->metrics_)(table_->cube_.at(segment_, period_),
                                           context_of(table_->cube_, period_, table_->book_.records_from()));
    }
    [[nodiscard]] bool complete() const { return table_->cube_.status(period_).complete; }
    [[nodiscard]] const MovementCell& cell() const { return table_->cube_.at(segment_, period_); }

   private:
    friend Measured;
    Place(const Measured& table, std::size_t segment, std::size_t period)
        : table_(&table), segment_(segment), period_(period) {}
    const Measured* table_;
    std::size_t segment_;
    std::size_t period_;
  };

  [[nodiscard]] const MovementCube& cube() const noexcept { return cube_; }

  /// Throws Error(out_of_range) for an unknown label or period. The place refers to this table.
  [[nodiscard]] Place at(const Label& label, const Period& period) const& {
    return Place{*this, cube_.segment(label), cube_.grid().index_of(period)};
  }
  [[nodiscard]] Place at(const Period& period) const& { return at(Label{}, period); }
  Place at(const Label&, const Period&) const&& = delete;
  Place at(const Period&) const&& = delete;

  /// The customers behind a cell (see metric/explain.hpp).
  [[nodiscard]] std::vector<Explanation> explain(const Label& label, const Period& period) const {
    return churn::explain(book_, cube_.grid(), segmenter_, label, cube_.grid().index_of(period), {},
                          options_);
  }

  /// Every segment, period and metric, in that order.
  [[nodiscard]] std::vector<MeasuredRow> rows() const {
    std::vector<MeasuredRow> rows;
    for (std::size_t s = 0; s < cube_.segments().size(); ++s)
      for (std::size_t p = 0; p < cube_.grid().size(); ++p) {
        const CellContext context = context_of(cube_, p, book_.records_from());
        (rows.push_back({s, p, std::string(Metrics::name),
                         to_measurement(std::get<Metrics>(metrics_)(cube_.at(s, p), context),
                                        context.rules.confidence)}),
         ...);
      }
    return rows;
  }
  [[nodiscard]] Table table(bool exact = false) const { return rates_table(cube_, rows(), exact); }

 private:
  friend class Measure;
  Measured(Book book, MovementCube cube, Segmenter segmenter, FoldOptions options,
           std::tuple<Metrics...> metrics)
      : book_(std::move(book)),
        cube_(std::move(cube)),
        segmenter_(std::move(segmenter)),
        options_(std::move(options)),
        metrics_(std::move(metrics)) {}

  Book book_;
  MovementCube cube_;
  Segmenter segmenter_;
  FoldOptions options_;
  std::tuple<Metrics...> metrics_;
};

/// A question being put together; see the head of this file. A value: each step returns a copy.
class Measure {
 public:
  explicit Measure(Book book) : book_(std::move(book)) {}

  [[nodiscard]] Measure over(PeriodGrid grid) const {
    Measure next = *this;
    next.grid_ = std::move(grid);
    return next;
  }
  [[nodiscard]] Measure by(Segmenter segmenter) const {
    Measure next = *this;
    next.segmenter_ = std::move(segmenter);
    return next;
  }
  [[nodiscard]] Measure where(const Filter& filter) const {
    Measure next = *this;
    next.options_.where = next.options_.where && filter;
    return next;
  }
  [[nodiscard]] Measure threads(unsigned count) const {
    Measure next = *this;
    next.options_.threads = count;
    return next;
  }

  /// Throws Error(bad_period) if no periods were given, and what MovementCube::fold throws.
  template <Metric... Metrics>
  [[nodiscard]] Measured<Metrics...> compute(Metrics... metrics) const {
    return compute_all(std::tuple<Metrics...>{std::move(metrics)...});
  }
  /// The same for a tuple of metrics: compute_all(StandardMetrics{}).
  template <Metric... Metrics>
  [[nodiscard]] Measured<Metrics...> compute_all(std::tuple<Metrics...> metrics) const {
    FoldOptions options = options_;
    // Rates compare opening with closing, whatever netting the conventions show movements by.
    options.rules = book_.conventions().rate;
    options.rules->netting = Netting::by_period;
    MovementCube cube = MovementCube::fold(book_, grid(), segmenter_, options);
    return {book_, std::move(cube), segmenter_, std::move(options), std::move(metrics)};
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
};

[[nodiscard]] inline Measure measure(const Book& book) { return Measure{book}; }

}  // namespace churn::inline v0

#include <churn/lever/cohort_flows.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>
#include <churn/row/departure.hpp>
#include <churn/row/period_status.hpp>

#include "core/watch.hpp"
#include "forecast/complete_run.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::size_t most_flow_cells = 20'000'000;
constexpr std::size_t no_cohort = SIZE_MAX;

CohortFlows empty_flows(const std::vector<Period>& periods) {
  CohortFlows flows{
      periods, {}, std::vector<FlowCell>(periods.size()), std::vector<FlowReturns>(periods.size())};
  for (std::size_t i = 0; i < periods.size(); ++i) flows.cohorts.emplace_back(periods.size() - i);
  return flows;
}

/// Follows customers from close to close.
class FlowCounter {
 public:
  FlowCounter(const Book& book, const PeriodGrid& grid, const DepartureRules& rules)
      : book_(book), grid_(grid), reader_(book, rules) {
    const std::vector<PeriodStatus> status = status_of(book, grid);
    std::tie(first_, end_) =
        last_complete_run(status.size(), [&](std::size_t t) { return status[t].complete; });
    for (std::size_t t = first_; t < end_; ++t) periods_.push_back(grid[t]);
  }

  [[nodiscard]] const std::vector<Period>& periods() const noexcept { return periods_; }

  void count(CustomerIndex customer, CohortFlows& flows) {
    const Timeline& timeline = book_.timeline();
    const auto c = static_cast<std::size_t>(customer);
    std::size_t i = timeline.first_step[c];
    const std::size_t last = timeline.first_step[c + 1];
    if (i == last || periods_.empty()) return;
    const std::size_t cohort = cohort_of(customer);
    // The cell of a customer at a close: null before its cohort began, when it was not there.
    const auto cell_at = [&](std::size_t t) -> FlowCell* {
      if (cohort == no_cohort) return &flows.earlier[t];
      return t < cohort ? nullptr : &flows.cohorts[cohort][t - cohort];
    };
    Balance before{};
    std::optional<Loss> loss;  // while it is absent after one that was seen
    for (std::size_t t = 0; t < periods_.size(); ++t) {
      const std::int32_t close = periods_[t].last().days();
      Balance now = before;
      for (; i < last && timeline.day[i] < close; ++i)
        now = {timeline.level[i], (timeline.state[i] & Timeline::present) != 0};
      if (i == last && !now.present && !before.present) break;
      FlowCell* const cell = cell_at(t);
      if (now.present && cell != nullptr) cell->at_close += {now.ticks, 1};
      FlowCell* const opening = t == 0 ? nullptr : cell_at(t - 1);
      if (opening != nullptr && before.present && !now.present) {
        loss = Loss{t, left_involuntarily(customer, periods_[t])};
        opening->lost += {before.ticks, 1};
        if (loss->is_involuntary) opening->lost_involuntary += {before.ticks, 1};
      } else if (opening != nullptr && !before.present && now.present && loss) {
        opening->returned += {now.ticks, 1};
        FlowReturns& returns = flows.returns[t - loss->period - 1];
        returns.all += {now.ticks, 1};
        if (loss->is_involuntary) returns.involuntary += {now.ticks, 1};
        loss.reset();
      }
      before = now;
    }
  }

 private:
  struct Loss {
    std::size_t period;
    bool is_involuntary;
  };

  [[nodiscard]] std::size_t cohort_of(CustomerIndex customer) const {
    const auto day = book_.first_present_on(customer);
    if (!day || *day >= book_.as_of()) return no_cohort;
    if (book_.records_from() && *day <= *book_.records_from()) return no_cohort;
    const std::ptrdiff_t period = grid_.index_of(*day);
    if (period < static_cast<std::ptrdiff_t>(first_) || period >= static_cast<std::ptrdiff_t>(end_))
      return no_cohort;
    return static_cast<std::size_t>(period) - first_;
  }

  /// By the last departure in the period.
  [[nodiscard]] bool left_involuntarily(CustomerIndex customer, const Period& period) {
    bool is = false;
    for (const Departure& departure : reader_.of(customer))
      if (departure.departed_on >= period.first() && departure.departed_on < period.last())
        is = departure.type == DepartureType::involuntary;
    return is;
  }

  const Book& book_;
  const PeriodGrid& grid_;
  DepartureReader reader_;
  std::size_t first_{0};
  std::size_t end_{0};
  std::vector<Period> periods_;
};

template <class Change>
void change_each(CohortFlows& flows, const CohortFlows& other, Change&& change) {
  if (flows.periods != other.periods || flows.size() != other.size() ||
      flows.cohorts.size() != other.cohorts.size())
    throw Error(ErrorCode::mismatched_cubes, "Flows of the same periods add up, others don't.");
  CohortFlows changed = flows;
  for (std::size_t t = 0; t < other.earlier.size(); ++t) change(changed.earlier[t], other.earlier[t]);
  for (std::size_t i = 0; i < other.cohorts.size(); ++i)
    for (std::size_t k = 0; k < std::min(changed.cohorts[i].size(), other.cohorts[i].size()); ++k)
      change(changed.cohorts[i][k], other.cohorts[i][k]);
  for (std::size_t l = 0; l < std::min(changed.returns.size(), other.returns.size()); ++l)
    change(changed.returns[l], other.returns[l]);
  flows = std::move(changed);
}

}  // namespace

FlowAmount& FlowAmount::operator+=(const FlowAmount& other) {
  return *this = {checked_add(ticks, other.ticks), checked_add(customers, other.customers)};
}
FlowAmount& FlowAmount::operator-=(const FlowAmount& other) {
  return *this = {checked_subtract(ticks, other.ticks), checked_subtract(customers, other.customers)};
}

FlowCell& FlowCell::operator+=(const FlowCell& other) {
  FlowCell sum = *this;
  for (const auto part :
       {&FlowCell::at_close, &FlowCell::lost, &FlowCell::lost_involuntary, &FlowCell::returned})
    sum.*part += other.*part;
  return *this = sum;
}
FlowCell& FlowCell::operator-=(const FlowCell& other) {
  FlowCell rest = *this;
  for (const auto part :
       {&FlowCell::at_close, &FlowCell::lost, &FlowCell::lost_involuntary, &FlowCell::returned})
    rest.*part -= other.*part;
  return *this = rest;
}

FlowReturns& FlowReturns::operator+=(const FlowReturns& other) {
  FlowReturns sum = *this;
  sum.all += other.all;
  sum.involuntary += other.involuntary;
  return *this = sum;
}
FlowReturns& FlowReturns::operator-=(const FlowReturns& other) {
  FlowReturns rest = *this;
  rest.all -= other.all;
  rest.involuntary -= other.involuntary;
  return *this = rest;
}

FlowCell CohortFlows::total(std::size_t period) const {
  if (period >= size()) throw Error(ErrorCode::out_of_range, "That period is not known.");
  FlowCell sum = earlier[period];
  for (std::size_t i = 0; i <= period; ++i) sum += cohorts[i][period - i];
  return sum;
}

CohortTriangles CohortFlows::triangles() const {
  CohortTriangles result;
  result.periods = periods;
  for (const FlowCell& cell : earlier) {
    result.mrr.earlier.push_back(cell.at_close.ticks);
    result.customers.earlier.push_back(cell.at_close.customers);
  }
  for (const auto& row : cohorts) {
    auto& mrr = result.mrr.cohorts.emplace_back();
    auto& customers = result.customers.cohorts.emplace_back();
    for (const FlowCell& cell : row) {
      mrr.push_back(cell.at_close.ticks);
      customers.push_back(cell.at_close.customers);
    }
  }
  return result;
}

CohortFlows& CohortFlows::operator+=(const CohortFlows& other) {
  change_each(*this, other, [](auto& cell, const auto& more) { cell += more; });
  return *this;
}
CohortFlows& CohortFlows::operator-=(const CohortFlows& other) {
  change_each(*this, other, [](auto& cell, const auto& less) { cell -= less; });
  return *this;
}

CohortFlows cohort_flows(const Book& book, const PeriodGrid& grid, const CohortFlowsOptions& options) {
  const std::vector<std::uint32_t> everyone(book.customer_count(), 0);
  return std::move(cohort_flows(book, grid, everyone, 1, options).front());
}

std::vector<CohortFlows> cohort_flows(const Book& book, const PeriodGrid& grid,
                                      std::span<const std::uint32_t> part_of, std::uint32_t parts,
                                      const CohortFlowsOptions& options) {
  (void)book.currency();  // amounts of several never add up
  if (part_of.size() != book.customer_count())
    throw Error(ErrorCode::bad_number, "Each customer has a part, or no_flow_part.");
  if (std::any_of(part_of.begin(), part_of.end(),
                  [&](std::uint32_t part) { return part != no_flow_part && part >= parts; }))
    throw Error(ErrorCode::out_of_range, "A customer has a part that is beyond their number.");
  FlowCounter counter{book, grid, options.rules};
  const std::size_t periods = counter.periods().size();
  const std::size_t cells = periods * (periods + 3) / 2;
  if (parts > 0 && cells > most_flow_cells / parts)
    throw Error(ErrorCode::out_of_range, "The flows of " + std::to_string(parts) + " parts and " +
                                             std::to_string(periods) +
                                             " periods have more than 20 million cells. Take longer "
                                             "periods, fewer segments or fewer groups.");
  std::vector<CohortFlows> flows(parts, empty_flows(counter.periods()));
  Watch watch{options.progress, book.customer_count()};
  watch.pieces(0, book.customer_count(), [&](std::size_t from, std::size_t until) {
    for (std::size_t c = from; c < until; ++c)
      if (part_of[c] != no_flow_part)
        counter.count(CustomerIndex{static_cast<std::uint32_t>(c)}, flows[part_of[c]]);
  });
  return flows;
}

}  // namespace churn::inline v0

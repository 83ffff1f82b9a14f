#include "cube/live_movements.hpp"

#include <churn/core/exact.hpp>

#include <utility>

#include "segment/labelling.hpp"

namespace churn::inline v0 {

namespace {

/// How many more customers are in a segment when the period ends than when it begins.
std::int64_t net_arrivals(const MovementCell& cell) {
  return cell.new_customers + cell.reactivated_customers + cell.transferred_in_customers -
         cell.churned_customers - cell.transferred_out_customers;
}

std::int32_t known_end(const PeriodGrid& grid, std::size_t period, Date as_of) {
  return std::min(grid[period].last(), as_of).days();
}

void put_in(LiveMovements::Rows& next, CountedRow row, std::int64_t sign) {
  auto& rows = next.rows;
  const auto at = std::lower_bound(rows.begin(), rows.end(), row.label,
                                   [](const auto& a, const Label& label) { return a->label < label; });
  if (at == rows.end() || (*at)->label != row.label) {  // what goes has come before
    rows.insert(at, std::make_shared<CountedRow>(std::move(row)));
    return;
  }
  auto sum = std::make_shared<CountedRow>(**at);
  if (sign > 0 && row.kept > 0) {
    if (sum->kept > 0 && sum->currency != row.currency) throw_mixed_currencies(*sum->currency, *row.currency);
    sum->currency = row.currency;
  }
  sum->customers += sign * row.customers;
  sum->kept += sign * row.kept;
  for (std::size_t p = 0; p < row.cells.size(); ++p)
    for (const auto field : MovementCell::fields()) {
      std::int64_t& value = sum->cells[p].*field;
      value =
          sign > 0 ? checked_add(value, row.cells[p].*field) : checked_subtract(value, row.cells[p].*field);
    }
  *at = std::move(sum);
}

}  // namespace

LiveMovements::LiveMovements(const LiveBook::State& state, PeriodGrid grid, Segmenter by,
                             const FoldOptions& options)
    : grid_(std::move(grid)),
      by_(std::move(by)),
      where_(options.where),
      threads_(options.threads),
      conventions_(state.layers.front()->book.conventions()),
      records_from_(state.layers.front()->book.records_from()) {
  conventions_.rate = options.rules.value_or(conventions_.rate);
  const auto cuts = fold_of(state.layers.front()->book).tenure_cuts();
  tenure_cuts_.assign(cuts.begin(), cuts.end());
}

const MovementFold& LiveMovements::fold_of(const Book& book) {
  std::unique_ptr<MovementFold>& fold = folds_[&book.data()];
  if (!fold) fold = std::make_unique<MovementFold>(book, grid_, by_, where_, conventions_.rate);
  return *fold;
}

/// What customers add, without the day as of which they were counted.
std::vector<CountedRow> LiveMovements::count(const LivePortion& portion) {
  const MovementFold& fold = fold_of(portion.book);
  std::vector<CountedRow> rows;
  for (auto& share : share_out(portion, threads_, [&](std::span<const CustomerIndex> customers) {
         return fold.some(portion.book, customers);
       }))
    std::move(share->begin(), share->end(), std::back_inserter(rows));
  for (CountedRow& row : rows)
    for (std::size_t p = 0; p < row.cells.size(); ++p)
      row.cells[p].customer_days -= net_arrivals(row.cells[p]) * known_end(grid_, p, portion.book.as_of());
  return rows;
}

std::shared_ptr<const LiveMovements::Rows> LiveMovements::after(const Rows* before, const LiveStep& step) {
  auto next = step.anew ? std::make_shared<Rows>(
                              Rows{step.as_of, step.pending_gap_since, any_currency(step.come.front().book)})
                        : std::make_shared<Rows>(*before);
  next->as_of = step.as_of;
  next->pending_gap_since = step.pending_gap_since;
  for (const LivePortion& portion : step.gone)
    for (CountedRow& row : count(portion)) put_in(*next, std::move(row), -1);
  for (const LivePortion& portion : step.come)
    for (CountedRow& row : count(portion)) put_in(*next, std::move(row), 1);
  std::erase_if(next->rows, [](const auto& row) { return row->customers == 0; });
  if (by_.factors().empty() && next->rows.empty())  // the total of nothing is a total
    next->rows.push_back(std::make_shared<CountedRow>(
        CountedRow{.label = {}, .cells = std::vector<MovementCell>(grid_.size())}));
  require_room_for_labels(next->rows.size());
  if (next->rows.size() > max_cells / grid_.size()) throw_too_many_cells();
  return next;
}

void LiveMovements::keep(const std::vector<const Book::Data*>& books) noexcept {
  std::erase_if(folds_, [&books](const auto& fold) {
    return std::find(books.begin(), books.end(), fold.first) == books.end();
  });
}

std::vector<MovementCell> LiveMovements::cells(const Rows& rows,
                                               const std::vector<PeriodStatus>& status) const {
  std::vector<MovementCell> cells;
  for (const auto& row : rows.rows) cells.insert(cells.end(), row->cells.begin(), row->cells.end());
  const std::size_t periods = grid_.size();
  for (std::size_t i = 0; i < cells.size(); ++i)
    cells[i].customer_days += net_arrivals(cells[i]) * known_end(grid_, i % periods, rows.as_of);
  run_balances(grid_, rows.as_of, records_from_, status, cells);
  return cells;
}

}  // namespace churn::inline v0

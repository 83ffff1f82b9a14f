#include <churn/cube/live_cube.hpp>

#include <churn/core/exact.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "book/live_state.hpp"
#include "core/shares.hpp"
#include "cube/movement_fold.hpp"
#include "segment/labelling.hpp"

namespace churn::inline v0 {

namespace {

/// A row, kept free of the day as of which it was counted: customer-days as if known periods ended on day 0.
using Row = std::shared_ptr<const CountedRow>;

/// How many more customers are in a segment when the period ends than when it begins.
std::int64_t net_arrivals(const MovementCell& cell) {
  return cell.new_customers + cell.reactivated_customers + cell.transferred_in_customers -
         cell.churned_customers - cell.transferred_out_customers;
}

std::int32_t known_end(const PeriodGrid& grid, std::size_t period, Date as_of) {
  return std::min(grid[period].last(), as_of).days();
}

struct Rows {
  Date as_of;
  std::optional<Date> pending_gap_since;
  Currency any_currency;
  std::vector<Row> rows{};  // labels in order of their bytes
};

}  // namespace

class LiveCube::Follower final : public LiveFollower {
 public:
  Follower(const LiveBook::State& state, PeriodGrid grid, Segmenter by, const FoldOptions& options)
      : grid_(std::move(grid)),
        by_(std::move(by)),
        where_(options.where),
        threads_(options.threads),
        conventions_(state.layers.front()->book.conventions()),
        records_from_(state.layers.front()->book.records_from()) {
    conventions_.rate = options.rules.value_or(conventions_.rate);
    prepare(state.everyone());
    for (const auto& [book, fold] : folds_)
      tenure_cuts_.assign(fold->tenure_cuts().begin(), fold->tenure_cuts().end());
    go_on();
  }

  void prepare(const LiveStep& step) override;
  void go_on() noexcept override;
  void forget() noexcept override { next_.reset(); }
  [[nodiscard]] std::span<const std::int32_t> tenure_cuts() const noexcept override { return tenure_cuts_; }

  [[nodiscard]] std::shared_ptr<const Rows> rows() const {
    const std::scoped_lock lock{mutex_};
    return rows_;
  }
  [[nodiscard]] MovementCube cube() const;

 private:
  [[nodiscard]] const MovementFold& fold_of(const Book& book);
  [[nodiscard]] std::vector<CountedRow> count(const LivePortion& portion);
  void put_in(CountedRow row, std::int64_t sign);

  PeriodGrid grid_;
  Segmenter by_;
  Filter where_;
  unsigned threads_;
  Conventions conventions_;
  std::optional<Date> records_from_;
  std::vector<std::int32_t> tenure_cuts_;
  std::map<const Book::Data*, std::unique_ptr<MovementFold>> folds_;
  std::vector<const Book::Data*> books_;  // of what is prepared
  std::shared_ptr<Rows> next_;
  mutable std::mutex mutex_;  // of the next one
  std::shared_ptr<const Rows> rows_;
};

const MovementFold& LiveCube::Follower::fold_of(const Book& book) {
  std::unique_ptr<MovementFold>& fold = folds_[&book.data()];
  if (!fold) fold = std::make_unique<MovementFold>(book, grid_, by_, where_, conventions_.rate);
  return *fold;
}

/// What customers add, without the day as of which they were counted.
std::vector<CountedRow> LiveCube::Follower::count(const LivePortion& portion) {
  const MovementFold& fold = fold_of(portion.book);
  const std::size_t shares = portion.customers.size() < 10'000 ? 1 : std::min(threads_, 256U);
  std::vector<std::vector<CountedRow>> counted(std::max<std::size_t>(1, shares));
  do_shares(counted.size(), threads_, [&] {
    return [&](std::size_t share) {
      const std::span all{portion.customers};
      const std::size_t first = all.size() * share / counted.size();
      const std::size_t last = all.size() * (share + 1) / counted.size();
      counted[share] = fold.some(portion.book, all.subspan(first, last - first));
    };
  });
  std::vector<CountedRow> rows;
  for (auto& share : counted) std::move(share.begin(), share.end(), std::back_inserter(rows));
  for (CountedRow& row : rows)
    for (std::size_t p = 0; p < row.cells.size(); ++p)
      row.cells[p].customer_days -= net_arrivals(row.cells[p]) * known_end(grid_, p, portion.book.as_of());
  return rows;
}

void LiveCube::Follower::put_in(CountedRow row, std::int64_t sign) {
  std::vector<Row>& rows = next_->rows;
  const auto at = std::lower_bound(rows.begin(), rows.end(), row.label,
                                   [](const Row& a, const Label& label) { return a->label < label; });
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

void LiveCube::Follower::prepare(const LiveStep& step) {
  if (step.anew)
    next_ = std::make_shared<Rows>(
        Rows{step.as_of, step.pending_gap_since, any_currency(step.come.front().book)});
  else
    next_ = std::make_shared<Rows>(*rows());
  next_->as_of = step.as_of;
  next_->pending_gap_since = step.pending_gap_since;
  for (const LivePortion& portion : step.gone)
    for (CountedRow& row : count(portion)) put_in(std::move(row), -1);
  for (const LivePortion& portion : step.come)
    for (CountedRow& row : count(portion)) put_in(std::move(row), 1);
  std::erase_if(next_->rows, [](const Row& row) { return row->customers == 0; });
  if (by_.factors().empty() && next_->rows.empty())  // the total of nothing is a total
    next_->rows.push_back(std::make_shared<CountedRow>(
        CountedRow{.label = {}, .cells = std::vector<MovementCell>(grid_.size())}));
  require_room_for_labels(next_->rows.size());
  if (next_->rows.size() > max_cells / grid_.size()) throw_too_many_cells();
  books_ = step.books;
}

void LiveCube::Follower::go_on() noexcept {
  std::erase_if(folds_, [this](const auto& fold) {
    return std::find(books_.begin(), books_.end(), fold.first) == books_.end();
  });
  std::shared_ptr<const Rows> before = std::move(next_);
  const std::scoped_lock lock{mutex_};
  rows_.swap(before);
}

MovementCube LiveCube::Follower::cube() const {
  const std::shared_ptr<const Rows> now = rows();
  MovementCube cube{grid_, now->as_of, conventions_};
  cube.status_ = status_of(now->as_of, records_from_, now->pending_gap_since, grid_);
  std::vector<Label> labels;
  std::vector<Currency> currencies;
  for (const Row& row : now->rows) {
    labels.push_back(row->label);
    currencies.push_back(row->kept > 0 ? *row->currency : now->any_currency);
    cube.cells_.insert(cube.cells_.end(), row->cells.begin(), row->cells.end());
  }
  const std::size_t periods = grid_.size();
  for (std::size_t i = 0; i < cube.cells_.size(); ++i)
    cube.cells_[i].customer_days += net_arrivals(cube.cells_[i]) * known_end(grid_, i % periods, now->as_of);
  cube.set_segments(by_.names(), std::move(labels), std::move(currencies));
  run_balances(grid_, now->as_of, records_from_, cube.status_, cube.cells_);
  return cube;
}

LiveCube::LiveCube(LiveBook& book, const PeriodGrid& grid, const Segmenter& segmenter,
                   const FoldOptions& options)
    : state_(book.state()), follower_(std::make_shared<Follower>(*state_, grid, segmenter, options)) {
  state_->add(follower_);
}

LiveCube::LiveCube(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                   const FoldOptions& options)
    : state_(std::make_shared<LiveBook::State>(book)),
      follower_(std::make_shared<Follower>(*state_, grid, segmenter, options)) {
  state_->add(follower_);
}

LiveCube::LiveCube(LiveCube&&) noexcept = default;
LiveCube& LiveCube::operator=(LiveCube&&) noexcept = default;
LiveCube::~LiveCube() = default;

Rejections LiveCube::apply(const Changes& changes, Date as_of) {
  return state_->apply(changes, as_of, false);
}

MovementCube LiveCube::cube() const { return follower_->cube(); }

}  // namespace churn::inline v0

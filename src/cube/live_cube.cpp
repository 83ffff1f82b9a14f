#include <churn/cube/live_cube.hpp>

#include <mutex>
#include <utility>
#include <vector>

#include "cube/live_movements.hpp"

namespace churn::inline v0 {

class LiveCube::Follower final : public LiveFollower {
 public:
  Follower(const LiveBook::State& state, PeriodGrid grid, Segmenter by, const FoldOptions& options)
      : movements_(state, std::move(grid), std::move(by), options) {
    prepare(state.everyone());
    go_on();
  }

  void prepare(const LiveStep& step) override {
    next_ = movements_.after(rows().get(), step);
    books_ = step.books;
  }
  void go_on() noexcept override {
    movements_.keep(books_);
    std::shared_ptr<const LiveMovements::Rows> before = std::move(next_);
    const std::scoped_lock lock{mutex_};
    rows_.swap(before);
  }
  void forget() noexcept override { next_.reset(); }
  [[nodiscard]] std::span<const std::int32_t> tenure_cuts() const noexcept override {
    return movements_.tenure_cuts();
  }

  [[nodiscard]] std::shared_ptr<const LiveMovements::Rows> rows() const {
    const std::scoped_lock lock{mutex_};
    return rows_;
  }
  [[nodiscard]] MovementCube cube() const;

 private:
  LiveMovements movements_;
  std::vector<const Book::Data*> books_;  // of what is prepared
  std::shared_ptr<const LiveMovements::Rows> next_;
  mutable std::mutex mutex_;  // of the next one
  std::shared_ptr<const LiveMovements::Rows> rows_;
};

MovementCube LiveCube::Follower::cube() const {
  const std::shared_ptr<const LiveMovements::Rows> now = rows();
  MovementCube cube{movements_.grid(), now->as_of, movements_.conventions()};
  cube.status_ = movements_.status(*now);
  cube.cells_ = movements_.cells(*now, cube.status_);
  std::vector<Label> labels;
  std::vector<Currency> currencies;
  for (const auto& row : now->rows) {
    labels.push_back(row->label);
    currencies.push_back(now->currency(*row));
  }
  cube.set_segments(movements_.by().names(), std::move(labels), std::move(currencies));
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

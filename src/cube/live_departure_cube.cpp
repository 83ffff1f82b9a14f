#include <churn/cube/live_departure_cube.hpp>

#include <churn/core/exact.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "book/event_kinds.hpp"
#include "cube/departure_count.hpp"
#include "cube/live_movements.hpp"

namespace churn::inline v0 {

namespace {

using Entries = std::vector<DepartureCube::Entry>;

/// What left of one segment, by period and cause; the number of the segment says nothing.
struct LeaverRow {
  Label label;
  Entries entries;
};

/// One state. Rows that do not change are shared by one and the next.
struct LeaverRows {
  std::shared_ptr<const LiveMovements::Rows> movements;
  std::vector<std::shared_ptr<const LeaverRow>> rows{};  // labels in order of their bytes
  std::vector<Cause> causes{};                           // that anybody had so far, as entries number them
};

/// Whether a kind of events stands for the answer to an exit survey.
bool is_answer(std::string_view kind, const EventKindMap& mapped) {
  const auto at = mapped.find(std::string(kind));
  return (at == mapped.end() ? kind : std::string_view{at->second}) == survey_answer_kind;
}

bool comes_first(const DepartureCube::Entry& a, const DepartureCube::Entry& b) {
  return std::tie(a.period, a.cause) < std::tie(b.period, b.cause);
}

/// Both are in order; what is zero is left out.
Entries sum_of(const Entries& before, const Entries& change) {
  Entries all;
  all.reserve(before.size() + change.size());
  std::merge(before.begin(), before.end(), change.begin(), change.end(), std::back_inserter(all),
             comes_first);
  Entries sums;
  sums.reserve(all.size());
  for (const DepartureCube::Entry& entry : all) {
    if (sums.empty() || comes_first(sums.back(), entry)) {
      sums.push_back(entry);
      continue;
    }
    Leavers& sum = sums.back().leavers;
    sum.customers = checked_add(sum.customers, entry.leavers.customers);
    sum.ticks = checked_add(sum.ticks, entry.leavers.ticks);
  }
  std::erase_if(sums, [](const DepartureCube::Entry& entry) { return entry.leavers == Leavers{}; });
  return sums;
}

}  // namespace

class LiveDepartureCube::Follower final : public LiveFollower {
 public:
  Follower(const LiveBook::State& state, PeriodGrid grid, Segmenter by, DepartureRules rules,
           const FoldOptions& options)
      : movements_(state, std::move(grid), std::move(by), options),
        rules_(std::move(rules)),
        fingerprint_(rules_.fingerprint()) {
    prepare(state.everyone());
    go_on();
  }

  void prepare(const LiveStep& step) override;
  void go_on() noexcept override;
  void forget() noexcept override { next_.reset(); }
  [[nodiscard]] std::span<const std::int32_t> tenure_cuts() const noexcept override {
    return movements_.tenure_cuts();
  }
  [[nodiscard]] bool asks_why() const noexcept override { return true; }
  [[nodiscard]] bool heeds(std::string_view kind) const override {
    return is_answer(kind, rules_.tables.event_kinds);
  }
  [[nodiscard]] DepartureCube cube() const;

 private:
  /// What is read once of each book. Customers are always counted as the book first was: until a day of the calendar
  /// comes, nothing else is found later.
  struct Fold {
    Fold(Book book, const LiveMovements& movements, const DepartureRules& rules)
        : counted(std::move(book)),
          parts(counted, movements.grid(), movements.by(), movements.where(), movements.conventions().rate),
          reader(counted, rules) {}
    Book counted;
    ChurnFoldParts parts;
    DepartureReader reader;
  };
  /// What one thread has counted.
  struct Share {
    std::vector<Label> labels;
    std::vector<Cause> causes;
    Entries entries;
  };
  using Changed = std::map<Label, Entries>;

  [[nodiscard]] const Fold& fold_of(const Book& book);
  /// Adds what the customers of a portion have left behind, or takes it away.
  void count(const LivePortion& portion, std::int64_t sign, Changed& changed);
  [[nodiscard]] std::uint32_t place_of(const Cause& cause);
  [[nodiscard]] std::shared_ptr<const LeaverRows> rows() const {
    const std::scoped_lock lock{mutex_};
    return rows_;
  }

  LiveMovements movements_;
  DepartureRules rules_;
  std::uint64_t fingerprint_;
  std::map<const Book::Data*, std::unique_ptr<Fold>> folds_;
  std::vector<const Book::Data*> books_;  // of what is prepared
  std::shared_ptr<LeaverRows> next_;
  mutable std::mutex mutex_;  // of the next one
  std::shared_ptr<const LeaverRows> rows_;
};

const LiveDepartureCube::Follower::Fold& LiveDepartureCube::Follower::fold_of(const Book& book) {
  std::unique_ptr<Fold>& fold = folds_[&book.data()];
  if (!fold) fold = std::make_unique<Fold>(book, movements_, rules_);
  return *fold;
}

std::uint32_t LiveDepartureCube::Follower::place_of(const Cause& cause) {
  std::vector<Cause>& causes = next_->causes;
  const auto at = std::find(causes.begin(), causes.end(), cause);
  const auto place = static_cast<std::uint32_t>(at - causes.begin());
  if (at == causes.end()) causes.push_back(cause);
  return place;
}

void LiveDepartureCube::Follower::count(const LivePortion& portion, std::int64_t sign, Changed& changed) {
  const Fold& fold = fold_of(portion.book);
  const auto shares = share_out(portion, movements_.threads(), [&](std::span<const CustomerIndex> customers) {
    DepartureCount counted{fold.parts, fold.reader};
    for (const CustomerIndex customer : customers) counted.add(customer);
    Share share{{}, counted.causes(), counted.entries()};
    if (!share.entries.empty()) share.labels = counted.labels();
    return share;
  });
  for (const auto& share : shares) {
    std::vector<std::uint32_t> place;
    for (const Cause& cause : share->causes) place.push_back(place_of(cause));
    for (DepartureCube::Entry entry : share->entries) {
      Entries& entries = changed[share->labels[entry.segment]];
      entry.segment = 0;
      entry.cause = place[entry.cause];
      entry.leavers = {sign * entry.leavers.customers, sign * entry.leavers.ticks};
      entries.push_back(entry);
    }
  }
}

void LiveDepartureCube::Follower::prepare(const LiveStep& step) {
  const std::shared_ptr<const LeaverRows> before = rows();
  next_ = step.anew ? std::make_shared<LeaverRows>() : std::make_shared<LeaverRows>(*before);
  next_->movements = movements_.after(before ? before->movements.get() : nullptr, step);
  Changed changed;
  for (const LivePortion& portion : step.gone) count(portion, -1, changed);
  for (const LivePortion& portion : step.come) count(portion, 1, changed);
  auto& all = next_->rows;
  for (auto& [label, entries] : changed) {
    std::sort(entries.begin(), entries.end(), comes_first);
    auto at = std::lower_bound(all.begin(), all.end(), label,
                               [](const auto& row, const Label& sought) { return row->label < sought; });
    if (at == all.end() || (*at)->label != label)
      at = all.insert(at, std::make_shared<LeaverRow>(LeaverRow{label, {}}));
    *at = std::make_shared<LeaverRow>(LeaverRow{label, sum_of((*at)->entries, entries)});
  }
  std::erase_if(all, [](const auto& row) { return row->entries.empty(); });
  books_ = step.books;
}

void LiveDepartureCube::Follower::go_on() noexcept {
  movements_.keep(books_);
  std::erase_if(folds_, [this](const auto& fold) {
    return std::find(books_.begin(), books_.end(), fold.first) == books_.end();
  });
  std::shared_ptr<const LeaverRows> before = std::move(next_);
  const std::scoped_lock lock{mutex_};
  rows_.swap(before);
}

DepartureCube LiveDepartureCube::Follower::cube() const {
  const std::shared_ptr<const LeaverRows> now = rows();
  const LiveMovements::Rows& movements = *now->movements;
  DepartureCube cube{movements_.grid(), movements.as_of, movements_.conventions(), fingerprint_};
  cube.status_ = movements_.status(movements);
  cube.segment_names_ = movements_.by().names();
  Entries entries;
  auto left = now->rows.begin();  // in the same order, and of no other segments
  for (const auto& row : movements.rows) {
    const auto segment = static_cast<std::uint32_t>(cube.segments_.size());
    cube.segments_.push_back(row->label);
    cube.currencies_.push_back(movements.currency(*row));
    if (left == now->rows.end() || (*left)->label != row->label) continue;
    for (DepartureCube::Entry entry : (*left)->entries) {
      entry.segment = segment;
      if (cube.status_[entry.period].observable) entries.push_back(entry);
    }
    ++left;
  }
  cube.take(now->causes, std::move(entries));
  return cube;
}

namespace {

std::shared_ptr<LiveBook::State> as_one_book(std::shared_ptr<LiveBook::State> state) {
  state->become_one_book();
  return state;
}

}  // namespace

LiveDepartureCube::LiveDepartureCube(LiveBook& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                     const DepartureRules& rules, const FoldOptions& options)
    : state_(as_one_book(book.state())),
      follower_(std::make_shared<Follower>(*state_, grid, segmenter, rules, options)) {
  state_->add(follower_);
}

LiveDepartureCube::LiveDepartureCube(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                     const DepartureRules& rules, const FoldOptions& options)
    : state_(std::make_shared<LiveBook::State>(book)),
      follower_(std::make_shared<Follower>(*state_, grid, segmenter, rules, options)) {
  state_->add(follower_);
}

LiveDepartureCube::LiveDepartureCube(LiveDepartureCube&&) noexcept = default;
LiveDepartureCube& LiveDepartureCube::operator=(LiveDepartureCube&&) noexcept = default;
LiveDepartureCube::~LiveDepartureCube() = default;

Rejections LiveDepartureCube::apply(const Changes& changes, Date as_of) {
  return state_->apply(changes, as_of, false);
}

DepartureCube LiveDepartureCube::cube() const { return follower_->cube(); }

}  // namespace churn::inline v0

#include "cube/spell_labels.hpp"

#include <algorithm>
#include <utility>

#include "segment/labelling.hpp"

namespace churn::inline v0 {

SpellSegments::SpellSegments(const Book& book, const Segmenter& segmenter)
    : book_(book), segmenter_(segmenter) {
  const auto is = [&](Segmenter::Kind kind) {
    return std::any_of(segmenter.factors().begin(), segmenter.factors().end(),
                       [kind](const Segmenter::Factor& factor) { return factor.kind == kind; });
  };
  has_lanes_ = is(Segmenter::Kind::lane);
  // Lanes of several currencies are not to meet in one segment: AppliedSegments sees to it.
  reads_numbers_ = !is(Segmenter::Kind::state) && !(has_lanes_ && book.currencies().size() > 1);
  if (!reads_numbers_) return;
  std::uint64_t products = 1;
  for (const Segmenter::Factor& factor : segmenter.factors()) {
    Factor& numbers = factors_.emplace_back();
    numbers.kind = factor.kind;
    numbers.column = factor.column(book);
    const std::uint64_t size = std::max<std::size_t>(1, numbers.column.labels.size());
    reads_numbers_ = reads_numbers_ && products <= (std::uint64_t{1} << 62) / size;
    products *= size;
  }
}

const AppliedSegments& SpellSegments::applied() const {
  std::call_once(is_applied_, [this] { applied_.emplace(book_, segmenter_, Filter{}); });
  return *applied_;
}

SpellLabels::SpellLabels(const Book& book, const SpellSegments& segments, bool by_subscription)
    : book_(book), segments_(segments), by_subscription_(by_subscription) {
  if (segments.reads_numbers() && segments.factors().empty())
    (void)number_of({});  // the total is always there
}

std::uint32_t SpellLabels::number_of(Label label) {
  const auto [at, is_new] = number_.try_emplace(std::move(label), static_cast<std::uint32_t>(labels_.size()));
  if (is_new) {
    require_room_for_labels(labels_.size() + 1);
    labels_.push_back(at->first);
  }
  return at->second;
}

std::uint32_t SpellLabels::label_of(std::uint64_t key) {
  const auto found = label_of_key_.find(key);
  if (found != label_of_key_.end()) return found->second;
  Label label(segments_.factors().size());
  std::uint64_t rest = key;
  for (std::size_t i = label.size(); i-- > 0;) {
    const std::vector<std::string>& labels = segments_.factors()[i].column.labels;
    label[i] = labels[static_cast<std::size_t>(rest % labels.size())];
    rest /= labels.size();
  }
  return label_of_key_[key] = number_of(std::move(label));
}

std::uint32_t SpellLabels::label_on_day(CustomerIndex customer, const Stay& stay) {
  const AppliedSegments& applied = segments_.applied();
  if (!table_) {
    table_.emplace(applied);
    days_.emplace(book_, applied, *table_, DaysOptions{.from_records_from = false});
  }
  const DayState state = state_on(days_->of(customer), stay.starts_on);
  if (state.segment == SegmentTable::none || state.lanes.empty()) throw_made_up();
  std::uint32_t lane = SegmentTable::no_lane;
  if (by_subscription_)
    lane = applied.lane(stay.first_phase);
  else
    lane = std::max_element(state.lanes.begin(), state.lanes.end(),
                            [](const LaneBalance& a, const LaneBalance& b) { return a.ticks < b.ticks; })
               ->lane;  // the first of equals
  const std::uint32_t target = table_->target(state.segment, lane);
  while (label_of_target_.size() <= target)
    label_of_target_.push_back(number_of(table_->targets()[label_of_target_.size()]));
  return label_of_target_[target];
}

}  // namespace churn::inline v0

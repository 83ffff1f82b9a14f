#include "segment/labels_on_days.hpp"

#include <algorithm>

#include "segment/labelling.hpp"

namespace churn::inline v0 {

LabelsOnDays::LabelsOnDays(const Book& book, const Segmenter& by, const Filter& where) {
  if (by.changes() || where.changes()) {
    changing_.emplace(book, by, where);
    return;
  }
  fixed_ = by(book);
  keep_ = where(book);
}

std::uint32_t LabelsOnDays::number_of(const Label& label) {
  const auto [at, is_new] = number_.try_emplace(label, static_cast<std::uint32_t>(labels_.size()));
  if (is_new) {
    require_room_for_labels(labels_.size() + 1);
    labels_.push_back(label);
  }
  return at->second;
}

std::optional<std::uint32_t> LabelsOnDays::operator()(CustomerIndex customer, std::int32_t day) {
  const auto c = static_cast<std::size_t>(customer);
  if (!changing_) return keep_[c] ? std::optional{number_of(fixed_.labels[fixed_(c)])} : std::nullopt;
  Changing& parts = *changing_;
  if (parts.customer != customer) {
    parts.states = parts.days.of(customer);
    parts.customer = customer;
  }
  const DayState state = state_on(parts.states, day);
  std::uint32_t segment = state.segment;
  std::uint32_t lane = SegmentTable::no_lane;
  if (!state.balance.present) {
    segment = parts.table.segment_of_absent(customer);
  } else if (!state.lanes.empty()) {
    lane = std::max_element(state.lanes.begin(), state.lanes.end(),
                            [](const LaneBalance& a, const LaneBalance& b) { return a.ticks < b.ticks; })
               ->lane;  // the first of equals
  }
  const std::uint32_t target = parts.table.target(segment, lane);
  if (target == SegmentTable::none) return std::nullopt;
  return number_of(parts.table.targets()[target]);
}

std::vector<bool> kept_on(const Book& book, const Filter& where, std::int32_t day) {
  if (!where.changes()) return where(book);
  const Segmenter all;
  LabelsOnDays label{book, all, where};
  std::vector<bool> kept(book.customer_count());
  for (std::uint32_t c = 0; c < kept.size(); ++c) kept[c] = label(CustomerIndex{c}, day).has_value();
  return kept;
}

}  // namespace churn::inline v0

#include "segment/labelling.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace churn::inline v0 {

namespace {

constexpr std::uint32_t no_place = UINT32_MAX;

/// The numbers that occur in `keys`, ascending. `bound` is above all of them.
std::vector<std::uint64_t> occurring_in(const std::vector<std::uint64_t>& keys, std::uint64_t bound) {
  std::vector<std::uint64_t> occurring;
  if (bound <= 4 * keys.size() + 1024) {  // few enough to tick off
    std::vector<bool> seen(static_cast<std::size_t>(bound), false);
    for (const std::uint64_t key : keys) seen[static_cast<std::size_t>(key)] = true;
    for (std::size_t key = 0; key < seen.size(); ++key)
      if (seen[key]) occurring.push_back(key);
    return occurring;
  }
  occurring = keys;
  std::sort(occurring.begin(), occurring.end());
  occurring.erase(std::unique(occurring.begin(), occurring.end()), occurring.end());
  return occurring;
}

/// The labels of a first column that occur in it.
void begin_with(Labelling& labelling, const Segmenter::Column& column) {
  std::vector<std::uint32_t> place(column.labels.size(), no_place);
  const std::span<const std::uint32_t> codes = column.codes();
  for (const std::uint32_t code : codes) place[code] = 0;
  std::vector<Label> labels;
  for (std::size_t code = 0; code < place.size(); ++code) {
    if (place[code] == no_place) continue;
    place[code] = static_cast<std::uint32_t>(labels.size());
    labels.push_back({column.labels[code]});
  }
  require_room_for_labels(labels.size());
  labelling.code.resize(codes.size());
  for (std::size_t c = 0; c < codes.size(); ++c) labelling.code[c] = place[codes[c]];
  labelling.labels = std::move(labels);
}

/// Multiplies the labels so far with those of one more column, keeping pairs that occur.
void multiply(Labelling& labelling, const Segmenter::Column& column) {
  const std::size_t factor = column.labels.size();
  const std::span<const std::uint32_t> codes = column.codes();
  std::vector<std::uint64_t> pair(codes.size());
  for (std::size_t c = 0; c < pair.size(); ++c) pair[c] = std::uint64_t{labelling(c)} * factor + codes[c];
  const std::vector<std::uint64_t> occurring =
      occurring_in(pair, std::uint64_t{labelling.labels.size()} * factor);
  require_room_for_labels(occurring.size());

  std::vector<Label> labels;
  for (const std::uint64_t key : occurring) {
    Label label = labelling.labels[static_cast<std::size_t>(key / factor)];
    label.push_back(column.labels[static_cast<std::size_t>(key % factor)]);
    labels.push_back(std::move(label));
  }
  labelling.code.resize(pair.size());
  if (occurring.size() == 1) {
    std::fill(labelling.code.begin(), labelling.code.end(), 0U);
  } else if (!occurring.empty() && occurring.back() < 4 * pair.size() + 1024) {
    std::vector<std::uint32_t> place(static_cast<std::size_t>(occurring.back() + 1));
    for (std::size_t i = 0; i < occurring.size(); ++i)
      place[static_cast<std::size_t>(occurring[i])] = static_cast<std::uint32_t>(i);
    for (std::size_t c = 0; c < pair.size(); ++c)
      labelling.code[c] = place[static_cast<std::size_t>(pair[c])];
  } else {
    for (std::size_t c = 0; c < pair.size(); ++c)
      labelling.code[c] = static_cast<std::uint32_t>(
          std::lower_bound(occurring.begin(), occurring.end(), pair[c]) - occurring.begin());
  }
  labelling.labels = std::move(labels);
}

}  // namespace

void require_room_for_labels(std::size_t labels) {
  if (labels > max_labels)
    throw Error(ErrorCode::out_of_range,
                "The segments have more than 100,000 labels. Use fewer or coarser ones.");
}

void throw_no_label(std::size_t labels, std::uint32_t code) {
  throw Error(ErrorCode::out_of_range, "A segment has " + std::to_string(labels) +
                                           " labels, and its rule gives number " + std::to_string(code) +
                                           ".");
}

Labelling cross(std::vector<std::string> names, const std::vector<Segmenter::Column>& columns) {
  Labelling labelling{std::move(names), {Label{}}, {}};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i == 0)
      begin_with(labelling, columns[i]);
    else
      multiply(labelling, columns[i]);
  }
  return ordered(std::move(labelling));
}

Labelling ordered(Labelling labelling) {
  std::vector<std::uint32_t> order(labelling.labels.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return labelling.labels[a] < labelling.labels[b]; });
  std::vector<std::uint32_t> place(order.size());
  std::vector<Label> labels(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    labels[i] = std::move(labelling.labels[order[i]]);
  }
  for (std::uint32_t& code : labelling.code) code = place[code];
  labelling.labels = std::move(labels);
  return labelling;
}

CrossedColumns::CrossedColumns(std::vector<Segmenter::Column> columns) {
  if (columns.empty()) {
    labels_.emplace_back();
    return;
  }
  if (columns.size() > 1 || columns.front().labels.size() > max_labels) {
    Labelling crossed = cross({}, columns);
    labels_ = std::move(crossed.labels);
    column_.code = std::move(crossed.code);
    place_.resize(labels_.size());
    std::iota(place_.begin(), place_.end(), 0U);
    return;
  }
  column_ = std::move(columns.front());
  Labelling places{{}, {}, std::vector<std::uint32_t>(column_.labels.size())};
  std::iota(places.code.begin(), places.code.end(), 0U);
  for (std::string& label : column_.labels) places.labels.push_back({std::move(label)});
  places = ordered(std::move(places));
  labels_ = std::move(places.labels);
  place_ = std::move(places.code);
  column_.labels.clear();
}

}  // namespace churn::inline v0

// Columns of labels, crossed. Private to the library's sources.
#pragma once

#include <churn/segment/segmenter.hpp>

#include <cstddef>
#include <vector>

namespace churn::inline v0 {

inline constexpr std::size_t max_labels = 100'000;
inline constexpr const char* no_label = "(none)";

/// Throws Error(out_of_range) for more than max_labels.
void require_room_for_labels(std::size_t labels);

/// The product of columns of one length: pairs that occur, in order of their bytes. Without columns all are
/// in the one segment without a name.
[[nodiscard]] Labelling cross(std::vector<std::string> names, const std::vector<Segmenter::Column>& columns);

/// The same labelling with its labels in order of their bytes.
[[nodiscard]] Labelling ordered(Labelling labelling);

}  // namespace churn::inline v0

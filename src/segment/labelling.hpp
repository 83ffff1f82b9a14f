// Columns of labels, crossed. Private to the library's sources.
#pragma once

#include <churn/segment/segmenter.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace churn::inline v0 {

inline constexpr std::size_t max_labels = 100'000;
inline constexpr const char* no_label = "(none)";

/// Throws Error(out_of_range) for more than max_labels.
void require_room_for_labels(std::size_t labels);
/// Throws Error(out_of_range) for a code that no label stands for.
[[noreturn]] void throw_no_label(std::size_t labels, std::uint32_t code);

/// The product of columns of one length: pairs that occur, in order of their bytes. Without columns all are
/// in the one segment without a name.
[[nodiscard]] Labelling cross(std::vector<std::string> names, const std::vector<Segmenter::Column>& columns);

/// The product of columns of one length, for whoever does not ask which labels occur: one column is read where it is
/// and not copied.
class CrossedColumns {
 public:
  CrossedColumns() : CrossedColumns(std::vector<Segmenter::Column>{}) {}
  /// Throws Error(out_of_range) for more than max_labels that occur.
  explicit CrossedColumns(std::vector<Segmenter::Column> columns);

  /// In order of their bytes. Some may not occur.
  [[nodiscard]] const std::vector<Label>& labels() const noexcept { return labels_; }
  /// The index into labels() of a row.
  [[nodiscard]] std::uint32_t operator()(std::size_t row) const noexcept {
    return place_.empty() ? 0 : place_[column_.codes()[row]];
  }
  /// The same as two columns: the first gives the place in the second. Both are empty where all rows are of one label.
  [[nodiscard]] std::span<const std::uint32_t> codes() const noexcept { return column_.codes(); }
  [[nodiscard]] std::span<const std::uint32_t> places() const noexcept { return place_; }

 private:
  std::vector<Label> labels_;
  Segmenter::Column column_;
  std::vector<std::uint32_t> place_;
};

/// The same labelling with its labels in order of their bytes.
[[nodiscard]] Labelling ordered(Labelling labelling);

}  // namespace churn::inline v0

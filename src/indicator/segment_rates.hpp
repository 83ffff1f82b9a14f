// SegmentRates: how customers of each label left in the year before a day. Private to the library's sources.
#pragma once

#include <churn/indicator/past.hpp>
#include <churn/segment/segmenter.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace churn::inline v0 {

class SegmentRates {
 public:
  /// The book is shared.
  SegmentRates(const Book& book, const std::vector<Segmenter>& segmenters);
  /// By segmenter, the attributes of the book that tell at most `most_labels` groups apart, and more than one.
  static constexpr std::size_t most_labels = 50;
  [[nodiscard]] static std::vector<Segmenter> attributes_of(const Book& book);

  /// The share of customers like this one who leave in 30 days. Empty before anybody left.
  [[nodiscard]] std::optional<double> operator()(const Past& past) const;

 private:
  static constexpr std::int32_t window_days = 365;
  static constexpr double drawn_to_one = 5;  // departures' worth
  struct Counts {
    double departures{0};
    double days{0};
  };
  /// Sums of all days before one, by day.
  struct Sums {
    std::vector<std::int64_t> departures;
    std::vector<std::int64_t> days;
  };
  [[nodiscard]] Counts in_window(const Sums& sums, std::int32_t day) const;

  Book book_;
  std::int32_t first_day_{0};
  std::size_t day_count_{0};
  std::vector<Labelling> labellings_;
  Sums all_;
  std::vector<std::vector<Sums>> of_label_;  // by segmenter, then label
};

}  // namespace churn::inline v0

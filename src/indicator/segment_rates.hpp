// SegmentRates: how customers of each label left in the year before a day. Private to the library's sources.
#pragma once

#include <churn/indicator/past.hpp>
#include <churn/segment/segmenter.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace churn::inline v0 {

class SegmentRates {
 public:
  /// The book is shared. A segmenter says nothing of days before which customers of more than `most_labels` labels came.
  SegmentRates(const Book& book, const std::vector<Segmenter>& segmenters,
               std::size_t most_labels = SIZE_MAX);
  /// By each attribute of the book, while it tells at most 50 groups apart.
  [[nodiscard]] static SegmentRates by_attributes(const Book& book);

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
  struct Groups {
    Labelling labelling;
    std::int32_t until;                 // no longer used after this day
    std::vector<std::uint32_t> number;  // by label, its place in `sums`; no_index: it came too late
    std::vector<Sums> sums;
  };
  [[nodiscard]] Groups groups_of(const Segmenter& segmenter, std::size_t most_labels) const;
  [[nodiscard]] Sums no_sums() const;
  void add(Sums& sums, std::int32_t from, std::int32_t until) const;
  static void sum_up(Sums& sums);
  [[nodiscard]] Counts in_window(const Sums& sums, std::int32_t day) const;

  Book book_;
  std::int32_t first_day_{0};
  std::size_t day_count_{0};
  Sums all_;
  std::vector<Groups> groups_;
};

}  // namespace churn::inline v0

// LabelsOnDays: what customers are called on single days, under a segmenter and a filter. Private to the library's
// sources.
#pragma once

#include <churn/segment/filter.hpp>
#include <churn/segment/segmenter.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "segment/applied_segments.hpp"
#include "segment/customer_days.hpp"

namespace churn::inline v0 {

class LabelsOnDays {
 public:
  /// The book, and what is given, must outlive it. Throws what segmenter and filter throw.
  LabelsOnDays(const Book& book, const Segmenter& by, const Filter& where);

  /// A number that stands for the label; empty if the filter leaves the customer out. Of lanes that with the most MRR,
  /// of equals the first; "(none)" for who is absent. Fast for days of one customer after the other.
  [[nodiscard]] std::optional<std::uint32_t> operator()(CustomerIndex customer, std::int32_t day);
  /// By number: the labels that were met.
  [[nodiscard]] const std::vector<Label>& labels() const noexcept { return labels_; }

 private:
  [[nodiscard]] std::uint32_t number_of(const Label& label);

  struct Changing {  // states and lanes
    Changing(const Book& book, const Segmenter& by, const Filter& where)
        : applied(book, by, where), table(applied), days(book, applied, table) {}
    AppliedSegments applied;
    SegmentTable table;
    CustomerDays days;
    std::optional<CustomerIndex> customer{};
    std::span<const DayState> states{};
  };
  std::optional<Changing> changing_;
  Labelling fixed_;  // else
  std::vector<bool> keep_;
  std::map<Label, std::uint32_t> number_;
  std::vector<Label> labels_;
};

/// By customer, whether a filter keeps it on a day.
[[nodiscard]] std::vector<bool> kept_on(const Book& book, const Filter& where, std::int32_t day);

}  // namespace churn::inline v0

// Segmenter: names the group that a customer belongs to. Segmenters multiply.
//
//   by::attribute("channel")                          one label a customer
//   by::attribute("industry") * by::cohort()          crossed
//   by::custom("size", [](const Book& book, CustomerIndex c) { return std::string("small"); })
//
// A segmenter is total: whoever has no label goes to the visible "(none)", so segments always add up to the
// total. Labels are texts and are ordered by their bytes. A cohort is the calendar period of the first
// present day, printed as its first day; whoever was there on or before records_from is in "(before
// records)", because when they came is not known, and whoever was never present is in "(none)".
//
// Only labels that occur in the book are listed. At most 100,000 of them; more throw Error(out_of_range).
// Labelling a book is O(customers x factors + labels log labels).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/period_grid.hpp>

namespace churn::inline v0 {

/// The labels of one segment, one for each factor of the segmenter.
using Label = std::vector<std::string>;

/// What a segmenter says of every customer of a book.
struct Labelling {
  std::vector<std::string> names;   ///< of the factors: the column names of results
  std::vector<Label> labels;        ///< those that occur, in order of their bytes
  std::vector<std::uint32_t> code;  ///< by customer, an index into `labels`; empty: all are in the only one

  [[nodiscard]] std::uint32_t operator()(std::size_t customer) const noexcept {
    return code.empty() ? 0 : code[customer];
  }
};

class Segmenter {
 public:
  /// Everyone in one segment without a name: the total.
  Segmenter() = default;

  /// The names of the factors, in order.
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] Labelling operator()(const Book& book) const;

  friend Segmenter operator*(const Segmenter& a, const Segmenter& b) {
    Segmenter product = a;
    product.factors_.insert(product.factors_.end(), b.factors_.begin(), b.factors_.end());
    return product;
  }

  /// One factor: a number and a text for every customer.
  struct Column {
    std::vector<std::string> labels;
    std::vector<std::uint32_t> code;  ///< by customer, an index into `labels`
  };
  struct Factor {
    std::string name;
    std::function<Column(const Book&)> column;
  };
  explicit Segmenter(Factor factor) { factors_.push_back(std::move(factor)); }

 private:
  std::vector<Factor> factors_;
};

namespace by {

/// By an attribute of the customer. Throws Error(unknown_attribute) when it is applied.
[[nodiscard]] Segmenter attribute(std::string name);
/// By the calendar period of the first present day.
[[nodiscard]] Segmenter cohort(PeriodKind kind = PeriodKind::month);
/// By the name of an attribute, or `cohort` where no attribute is called so: what `--by` and `--where` of the
/// command line take. Throws Error(unknown_attribute), listing the names, when it is applied.
[[nodiscard]] Segmenter name(std::string name, PeriodKind cohort_kind = PeriodKind::month);
/// By a host's own rule, called once a customer; an empty label is "(none)".
[[nodiscard]] Segmenter custom(std::string name,
                               std::function<std::string(const Book&, CustomerIndex)> label);

}  // namespace by

}  // namespace churn::inline v0

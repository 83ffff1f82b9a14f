// Filter: keeps some customers of a book.
//
//   attribute("country") == "DE" && !(attribute("channel") == "ads")
//   Filter::parse("country=DE and channel!=ads")              as on the command line
//
// A customer without the attribute has the label "(none)": `country != DE` keeps it, `country == (none)`
// finds it. What is asked of the past ("present before") is not touched by a filter.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/segment/segmenter.hpp>

namespace churn::inline v0 {

class Filter {
 public:
  /// Keeps everyone.
  Filter() = default;

  /// `NAME=VALUE` and `NAME!=VALUE`, joined by ` and ` (or ` AND `, so no value can hold these); NAME is an
  /// attribute, or `cohort`. Spaces around the parts are dropped. Throws Error(bad_filter) for anything else.
  [[nodiscard]] static Filter parse(std::string_view text, PeriodKind cohort_kind = PeriodKind::month);

  /// True for the customers that are kept. Throws what the segmenters inside throw. O(customers).
  [[nodiscard]] std::vector<bool> operator()(const Book& book) const;
  [[nodiscard]] bool keeps_everyone() const noexcept { return !keep_; }
  /// The condition in words, `country = DE and channel != ads`.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  friend Filter operator&&(const Filter& a, const Filter& b);
  friend Filter operator||(const Filter& a, const Filter& b);
  friend Filter operator!(const Filter& a);

  /// Customers whose label under a segmenter of one factor is (or is not) the value. Throws
  /// Error(bad_filter) for a segmenter of none or several.
  [[nodiscard]] static Filter label_is(const Segmenter& segmenter, std::string value, bool equal = true);

 private:
  std::function<std::vector<bool>(const Book&)> keep_;
  std::string text_;
};

/// The left side of a comparison: attribute("country") == "DE".
class AttributeName {
 public:
  explicit AttributeName(std::string name) : name_(std::move(name)) {}
  friend Filter operator==(const AttributeName& attribute, std::string value) {
    return Filter::label_is(by::attribute(attribute.name_), std::move(value));
  }
  friend Filter operator!=(const AttributeName& attribute, std::string value) {
    return Filter::label_is(by::attribute(attribute.name_), std::move(value), false);
  }

 private:
  std::string name_;
};

[[nodiscard]] inline AttributeName attribute(std::string name) { return AttributeName{std::move(name)}; }

}  // namespace churn::inline v0

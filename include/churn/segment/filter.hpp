// Filter: keeps some customers of a book, or some parts of what they pay.
//
//   attribute("country") == "DE" && !(attribute("channel") == "ads")
//   by::plan == "pro" || by::tenure == "000-029 days"
//   Filter::parse("country=DE and plan!=free")                as on the command line
//
// A filter is a condition on labels: of customers (attributes, cohorts), of their states, or of lanes, the
// parts of their MRR. It is asked after movements have been shared out among lanes, so that `plan=pro` keeps
// just what the row "pro" of by::plan shows, and in general:
//
//   the rows by a where b is l are the rows (a, l) by a * b, to the tick
//
// What a customer was before is not touched by a filter. One that keeps everything changes nothing if it looks
// at attributes, cohorts, states, or lanes that the segments look at, too. If it looks at lanes of its own it
// tells parts of a customer apart that the segments alone take together, and what goes from one of these parts
// to another is a transfer: by plan, of a customer whose monthly pro becomes a yearly pro and a monthly basic,
// `interval != week` shows what moved from the monthly to the yearly part first, and so other rows.
//
// A customer without the attribute has the label "(none)": `country != DE` keeps it, `country == (none)`
// finds it.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/segment/segmenter.hpp>

namespace churn::inline v0 {

/// A condition on customers, or on the parts of what they pay.
class Filter {
 public:
  /// Keeps everyone.
  Filter() = default;

  /// `NAME=VALUE` and `NAME!=VALUE`, joined by ` and ` (or ` AND `, so no value can hold these); NAME is what
  /// by::name takes. Spaces around the parts are dropped. Throws Error(bad_filter) for anything else.
  [[nodiscard]] static Filter parse(std::string_view text, PeriodKind cohort_kind = PeriodKind::month);

  /// Labels under a segmenter of one factor that are (or are not) the value. Throws Error(bad_filter) for a
  /// segmenter of none or several.
  [[nodiscard]] static Filter label_is(const Segmenter& segmenter, std::string value, bool equal = true);

  /// True without any condition; one that everybody meets is one.
  [[nodiscard]] bool keeps_everyone() const noexcept { return steps_.empty(); }
  /// True if some condition is on a state or a lane.
  [[nodiscard]] bool changes() const noexcept;
  /// The condition in words, `country = DE and channel != ads`.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// True for the customers that are kept, states and lanes being those of the first present day. Throws what
  /// the segmenters inside throw. O(customers).
  [[nodiscard]] std::vector<bool> operator()(const Book& book) const;

  /// The segmenters whose labels are compared, each of one factor, in order.
  [[nodiscard]] const std::vector<Segmenter>& factors() const noexcept { return factors_; }
  /// What the labels of one of them are compared with.
  [[nodiscard]] std::vector<std::string> values(std::size_t factor) const;
  /// Whether labels of `factors()`, in their order, are kept.
  [[nodiscard]] bool matches(std::span<const std::string> labels) const;

  /// Keeps what both keep.
  friend Filter operator&&(const Filter& a, const Filter& b);
  /// Keeps what one of them keeps, or both do.
  friend Filter operator||(const Filter& a, const Filter& b);
  /// Keeps what it does not; of one that keeps everyone, nobody.
  friend Filter operator!(const Filter& a);

 private:
  enum class Operation : std::uint8_t { is, is_not, both, either, opposite, nobody };
  struct Step {  // of an expression in postfix order
    Operation operation;
    std::size_t factor{0};
    std::string value{};
  };
  void append(const Filter& other);
  /// Works the expression out, `is(factor, value)` giving a truth, or a column of them.
  template <class Truth, class Is, class Nobody>
  [[nodiscard]] Truth evaluate(Is&& is, Nobody&& nobody) const;

  std::vector<Segmenter> factors_;
  std::vector<Step> steps_;
  std::string text_;
};

/// Keeps what both keep.
[[nodiscard]] Filter operator&&(const Filter& a, const Filter& b);
/// Keeps what one of them keeps, or both do.
[[nodiscard]] Filter operator||(const Filter& a, const Filter& b);
/// Keeps what it does not; of one that keeps everyone, nobody.
[[nodiscard]] Filter operator!(const Filter& a);

/// by::plan == "pro", attribute("country") != "DE".
[[nodiscard]] inline Filter operator==(const Segmenter& segmenter, std::string value) {
  return Filter::label_is(segmenter, std::move(value));
}
/// Every other label, "(none)" among them.
[[nodiscard]] inline Filter operator!=(const Segmenter& segmenter, std::string value) {
  return Filter::label_is(segmenter, std::move(value), false);
}
/// Labels are texts: "3", not 3. (A plain 0 would pass for a null pointer to a text.)
Filter operator==(const Segmenter&, std::integral auto) = delete;

/// The left side of a comparison: attribute("country") == "DE".
[[nodiscard]] inline Segmenter attribute(std::string name) { return by::attribute(std::move(name)); }

}  // namespace churn::inline v0

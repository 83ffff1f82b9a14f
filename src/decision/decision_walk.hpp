// What a decision looks at of one customer after the other: renewals, and whom it concerns. Private to the library's sources.
#pragma once

#include <churn/decision/decision_rows.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include <churn/core/billing_cycle.hpp>

#include "book/book_data.hpp"
#include "segment/applied_segments.hpp"
#include "segment/customer_days.hpp"

namespace churn::inline v0 {

/// A decision's days, those that were not said filled in.
struct DecisionDays {
  std::int32_t from;
  std::int32_t announced;
  std::int32_t effective;
  std::int32_t until;
};

/// Throws what decision_rows throws of days.
[[nodiscard]] DecisionDays days_of(const Book& book, const Decision& decision);

/// A span of days in which something is paid for, at one price.
struct PaidSpan {
  std::int32_t from;
  std::int32_t until;  // no_day: still running
  std::int32_t anchor;
  BillingCycle cycle;
  std::int64_t length;  // of the cycle, in days, about
};

/// The last whole cycle at or before a day, and the next one; no_day beyond the calendar.
struct RenewalPlace {
  std::int64_t n{0};
  std::int32_t last{0};
  std::int32_t next{0};
  /// Precondition: day >= anchor.
  static RenewalPlace at(const PaidSpan& span, std::int32_t day);
  void advance_to(const PaidSpan& span, std::int32_t day);
};

class PaidSpans {
 public:
  explicit PaidSpans(const Book& book);
  /// In order of `from`. Valid until the next call.
  [[nodiscard]] std::span<const PaidSpan> of(CustomerIndex customer);

 private:
  const Book::Data& data_;
  PhaseResolver resolver_;
  std::vector<std::uint32_t> accepted_;
  std::vector<Part> parts_;
  struct Anchor {
    std::uint32_t row;
    std::int32_t day;
  };
  std::vector<Anchor> anchors_;  // in order of row
  std::vector<PaidSpan> spans_;
};

/// The first day of renewal not before `from` in a stay from `starts_on` to `ends_on`; no_day: none. Where nothing is paid for
/// in the stay that day is `from`.
[[nodiscard]] std::int32_t first_renewal_of(std::span<const PaidSpan> spans, std::int32_t starts_on,
                                            std::int32_t ends_on, std::int32_t from);

/// Whether a filter keeps one customer, by day. Of lanes that with the most MRR.
class KeptDays {
 public:
  /// The book must outlive it. Throws what the filter throws.
  KeptDays(const Book& book, const Filter& where);
  void load(CustomerIndex customer);
  [[nodiscard]] bool on(std::int32_t day) const;
  /// The first day after this one on which it may be another; no_day: none.
  [[nodiscard]] std::int32_t next_change(std::int32_t day) const;

 private:
  struct Changing {
    Changing(const Book& book, const Filter& where)
        : applied(book, Segmenter{}, where), table(applied), days(book, applied, table) {}
    AppliedSegments applied;
    SegmentTable table;
    CustomerDays days;
  };
  struct Change {
    std::int32_t day;
    bool kept;
  };
  std::optional<Changing> changing_;
  std::vector<bool> keep_;  // else
  bool kept_{false};        // before the first change
  std::vector<Change> changes_;
};

/// The side a customer is on.
enum class DecisionSideOf : std::uint8_t { concerned, control, both, none };

/// Of both filters.
class DecisionSides {
 public:
  DecisionSides(const Book& book, const Decision& decision);
  void load(CustomerIndex customer);
  [[nodiscard]] DecisionSideOf on(std::int32_t day) const;
  [[nodiscard]] std::int32_t next_change(std::int32_t day) const;

 private:
  KeptDays concerned_;
  std::optional<KeptDays> control_;
};

}  // namespace churn::inline v0

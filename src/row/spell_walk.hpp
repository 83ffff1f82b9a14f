// The spells of one customer after the other, as days and rows. Private to the library's sources.
//
// Most are read off the timeline and the rows of phases as they stand; phases are resolved again only where the
// timeline does not tell: what was before the records, subscriptions of a customer that has several, gaps that
// are carried for the customer alone, and ends that were recognised at a request.
#pragma once

#include <churn/row/spell.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "book/book_data.hpp"

namespace churn::inline v0 {

struct Stay {
  std::int32_t starts_on;
  std::int32_t ends_on{no_day};         ///< no_day: running at as_of
  std::uint32_t first_phase{no_index};  ///< the row in force on the first day; no_index: there may be several
  std::uint32_t end_reason{no_index};   ///< among the records' texts; no_index: none
};

/// What of a stay is asked for besides its days.
struct StayFacts {
  bool first_phase{true};
  bool end_reason{true};
};

class SpellWalk {
 public:
  SpellWalk(const Book& book, SpellUnit unit, StayFacts facts);
  /// Valid until the next call.
  [[nodiscard]] std::span<const Stay> of(CustomerIndex customer) {
    if (!kept_.empty()) {
      const FirstStay& kept = kept_[static_cast<std::size_t>(customer)];
      if (kept.first_phase != no_index) {
        first_ = {kept.starts_on, kept.ends_on, kept.first_phase, kept.end_reason};
        return {&first_, 1};
      }
    }
    if (may_be_quick_ && take_first(static_cast<std::size_t>(customer)))
      return {&first_, has_first_ ? std::size_t{1} : std::size_t{0}};
    return walk(customer);
  }
  [[nodiscard]] bool by_subscription() const noexcept { return by_subscription_; }
  /// The tenure after which a stay is observed.
  [[nodiscard]] std::int32_t entry(const Stay& stay) const noexcept {
    return stay.starts_on < records_from_ ? records_from_ - stay.starts_on : 0;
  }
  /// The tenure at its end, or on the last known day.
  [[nodiscard]] std::int32_t tenure(const Stay& stay) const noexcept {
    return (stay.ends_on == no_day ? as_of_ - 1 : stay.ends_on) - stay.starts_on;
  }

 private:
  struct Span {
    std::int32_t from;
    std::int32_t until;
  };
  /// The one stay that is asked for, where it can be read off at once; false where not.
  [[nodiscard]] bool take_first(std::size_t customer);
  [[nodiscard]] bool take_first_of_several();
  [[nodiscard]] std::size_t first_departure(std::size_t step, std::size_t last_step) const noexcept;
  [[nodiscard]] std::span<const Stay> walk(CustomerIndex customer);
  void walk_customer(CustomerIndex customer);
  void walk_timeline(std::size_t first_step, std::size_t last_step);
  void walk_subscriptions(CustomerIndex customer);
  void walk_subscription(CustomerIndex customer, std::size_t first_row, std::size_t last_row,
                         std::span<const Part> parts);
  void resolve(CustomerIndex customer);
  /// True if what a phase is worth is above 0 on each of its days, which end where the row says.
  [[nodiscard]] bool is_plain(std::uint32_t row) const {
    return phases_.amount[row] > 0 &&
           phases_.scale[row] <= Currency::from_index(phases_.currency[row]).decimals();
  }
  void take_rows(std::size_t customer);
  void add_span(std::int32_t from, std::int32_t until);
  /// Stays out of the spans gathered, absences of at most `allowance` days left out.
  void join_spans(std::int32_t allowance);
  /// What the rows from `first_row` to before `last_row` say of the stays from `first_stay` on.
  void complete(CustomerIndex customer, std::size_t first_stay, std::size_t first_row, std::size_t last_row);
  [[nodiscard]] std::uint32_t phase_on(std::int32_t day, std::size_t first_row, std::size_t last_row) const;
  [[nodiscard]] std::uint32_t reason_on(std::int32_t day, std::size_t first_row, std::size_t last_row) const;
  [[nodiscard]] bool is_last_of_subscription(std::size_t i) const {
    return i + 1 == rows_.size() || phases_.subscription[rows_[i + 1]] != phases_.subscription[rows_[i]];
  }

  const Book::Data& data_;
  const Timeline& timeline_;
  const PhaseTable& phases_;
  PhaseResolver resolver_;
  std::int32_t as_of_;
  std::int32_t records_from_;  // before all days if there is none
  std::int32_t allowance_;
  bool by_subscription_;
  bool first_only_;
  bool wants_phase_;
  bool wants_reason_;
  bool recognises_requests_;
  bool may_be_plain_;
  bool may_be_quick_;
  std::span<const FirstStay> kept_{};  // by customer, where the book has kept some of what is asked for
  Stay first_{};
  bool has_first_{false};
  // Of the customer at hand.
  std::span<const std::uint32_t> rows_;  // by subscription and start
  bool is_resolved_{false};
  std::vector<std::uint32_t> accepted_;
  std::vector<Part> parts_;
  std::vector<Span> spans_;
  std::vector<Stay> stays_;
};

}  // namespace churn::inline v0

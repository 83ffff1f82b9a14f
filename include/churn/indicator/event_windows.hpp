// EventWindows: how often each customer did what before a day, compared with the time before that.
//
//   const auto index = EventIndex::build(book);
//   const auto windows = EventWindows::count(index, {t});                    // 28 days and the 28 before
//   const auto history = EventWindows::count(index, month_ends, {.kinds = {"login", "ticket_opened"}});
//   const auto row = windows.row_of(customer);
//   if (row) windows.cell(*row, 0, windows.kind("login")).count;
//
// For an observation day t and a width of W days, of each customer and kind of event:
//   count, sum                 events and their values in [t - W, t)
//   count_before, sum_before   the same in [t - 2 W, t - W)
//   days since the last event  whole days of 24 hours from it to t, whatever its kind
// t, t - W and t - 2 W stand for the first instants of these days in the book's time zone, so that a window holds W
// civil days. *Nothing on or after t is read*: what happens later changes no number of day t.
//
// Rows are the customers who have an event before the latest day, in order of their index in the book; where
// one has none before an earlier day, it has no last event there. A row holds cells of the kinds that the
// customer had an event of in the 2 W days only; others are zero. Sums are integers in the unit of their kind
// (EventIndex): Decimal{cell.sum, windows.kinds()[cell.kind].decimals}.
//
// All days are answered in one pass over the events of their windows. O(customers x days + events in windows)
// time, and 8 bytes a customer and day and 32 a cell of memory. The result is the same for any number of
// threads, and for any order in which events came in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <churn/book/event_index.hpp>
#include <churn/core/progress.hpp>

namespace churn::inline v0 {

/// How wide windows are, and what is counted in them.
struct EventWindowOptions {
  std::int32_t width{28};            ///< W, in days
  std::vector<std::string> kinds{};  ///< in the order in which they are wanted; none: all of the index
  unsigned threads{1};               ///< from 1 to 256
  Progress progress{};  ///< told of the share of windows that are counted; may end it with Error(cancelled)
};

/// What one customer did of one kind.
struct EventCell {
  std::int64_t sum{0};            ///< of values in [t - W, t), in the unit of the kind
  std::int64_t sum_before{0};     ///< the same in [t - 2 W, t - W)
  std::uint32_t count{0};         ///< events in [t - W, t)
  std::uint32_t count_before{0};  ///< events in [t - 2 W, t - W)
  std::uint32_t kind{0};          ///< its place in kinds()
  friend bool operator==(const EventCell&, const EventCell&) = default;
};

/// Counts and sums of a book's events: of each customer, on each observation day, of each kind.
class EventWindows {
 public:
  /// `days` in order, each once. A kind that no event has is zero everywhere. Throws Error(bad_period) for days
  /// out of order, none, or a width below 1, Error(out_of_range) for a day after the index's as_of, before which
  /// not everything is known, or for more than 16 million days x kinds, and Error(unknown_name) for a kind that
  /// is named twice.
  [[nodiscard]] static EventWindows count(const EventIndex& index, std::vector<Date> days,
                                          const EventWindowOptions& options = {});

  /// The observation days, as they were given.
  [[nodiscard]] const std::vector<Date>& days() const& noexcept { return days_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<Date> days() && { return std::move(days_); }
  /// W, in days.
  [[nodiscard]] std::int32_t width() const noexcept { return width_; }
  /// The kinds that are counted, in the order asked for; all of the index in its order if none were.
  [[nodiscard]] const std::vector<EventKind>& kinds() const& noexcept { return kinds_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<EventKind> kinds() && { return std::move(kinds_); }
  /// The place of a kind. Throws Error(unknown_name), naming those that there are.
  [[nodiscard]] std::size_t kind(std::string_view name) const;

  /// Customers with an event before the latest day.
  [[nodiscard]] std::size_t row_count() const noexcept { return customers_.size(); }
  /// The customer of each row.
  [[nodiscard]] std::span<const CustomerIndex> customers() const& noexcept { return customers_; }
  [[nodiscard]] std::span<const CustomerIndex> customers() const&& = delete;
  /// The row of a customer; empty: it has no event before the latest day.
  [[nodiscard]] std::optional<std::size_t> row_of(CustomerIndex customer) const;

  // Rows, days and kinds are places; those beyond the last throw Error(out_of_range).

  /// Empty if there is no event before the day.
  [[nodiscard]] std::optional<std::int32_t> days_since_last(std::size_t row, std::size_t day) const;
  /// In order of kind, those that are not zero.
  [[nodiscard]] std::span<const EventCell> cells(std::size_t row, std::size_t day) const&;
  [[nodiscard]] std::span<const EventCell> cells(std::size_t row, std::size_t day) const&& = delete;
  /// Zero where the customer had no event of the kind in the 2 W days.
  [[nodiscard]] EventCell cell(std::size_t row, std::size_t day, std::size_t kind) const;

  friend bool operator==(const EventWindows&, const EventWindows&) = default;

 private:
  /// So many rows keep their cells together.
  static constexpr std::size_t rows_a_block = 256;
  EventWindows() = default;
  [[nodiscard]] std::size_t place(std::size_t row, std::size_t day) const;

  std::vector<Date> days_;
  std::int32_t width_{0};
  std::vector<EventKind> kinds_;
  std::vector<CustomerIndex> customers_;
  std::vector<std::int32_t> days_since_;  // row x day, -1: no event
  std::vector<std::uint32_t> cells_end_;  // row x day, within the block
  std::vector<std::vector<EventCell>> cells_;
};

}  // namespace churn::inline v0

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
// time, and 8 bytes a customer and day and 16 a cell of memory, or 32 where a customer has more than 65,535 events in
// them or such large ones that sums might not fit 32 bits. Copies share it. The result is the same for any number of
// threads, and for any order in which events came in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
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

/// The cells of a customer on a day, in order of kind. They are kept packed and become EventCells as they are read:
/// `for (const EventCell& cell : windows.cells(row, day))`. A view, good while its EventWindows or a copy of it lives.
class EventCells {
 public:
  /// Goes from cell to cell, and gives each as a value: a forward iterator.
  class Iterator {
   public:
    using iterator_concept = std::forward_iterator_tag;  ///< for ranges
    using iterator_category = std::input_iterator_tag;   ///< for algorithms, as what it gives is a value
    using value_type = EventCell;                        ///< of a kind each
    using difference_type = std::ptrdiff_t;              ///< of places
    using pointer = void;                                ///< there is none to a value
    using reference = EventCell;                         ///< a value

    /// Of no cells.
    Iterator() noexcept = default;
    /// The cell that it is at.
    [[nodiscard]] EventCell operator*() const noexcept { return unpacked(at_, words_a_cell_); }
    /// To the next cell.
    Iterator& operator++() noexcept {
      at_ += words_a_cell_;
      return *this;
    }
    /// The same; gives where it was.
    Iterator operator++(int) noexcept {
      return std::exchange(*this, Iterator{at_ + words_a_cell_, words_a_cell_});
    }
    /// Of iterators of one range.
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept { return a.at_ == b.at_; }

   private:
    friend class EventCells;
    Iterator(const std::uint64_t* at, std::size_t words_a_cell) noexcept
        : at_(at), words_a_cell_(words_a_cell) {}
    const std::uint64_t* at_{nullptr};
    std::size_t words_a_cell_{0};
  };
  using value_type = EventCell;     ///< of a kind each
  using iterator = Iterator;        ///< cells are not written
  using const_iterator = Iterator;  ///< the same

  /// Kinds that the customer had an event of.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Whether there are none.
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// i < size().
  [[nodiscard]] EventCell operator[](std::size_t i) const noexcept {
    return unpacked(words_ + i * words_a_cell_, words_a_cell_);
  }
  /// At the first cell.
  [[nodiscard]] Iterator begin() const noexcept { return {words_, words_a_cell_}; }
  /// Behind the last.
  [[nodiscard]] Iterator end() const noexcept { return {words_ + size_ * words_a_cell_, words_a_cell_}; }

 private:
  friend class EventWindows;
  EventCells(const std::uint64_t* words, std::size_t size, std::size_t words_a_cell) noexcept
      : words_(words), size_(size), words_a_cell_(words_a_cell) {}

  /// Of two words, each has a sum in its upper half, then half of the kind, and a count. Of four, two are sums, one
  /// has both counts, and one the kind.
  [[nodiscard]] static EventCell unpacked(const std::uint64_t* words, std::size_t words_a_cell) noexcept {
    const auto lower = [](std::uint64_t word) { return static_cast<std::uint32_t>(word); };
    const auto upper = [](std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32U); };
    if (words_a_cell == 2)
      return {.sum = static_cast<std::int32_t>(upper(words[0])),
              .sum_before = static_cast<std::int32_t>(upper(words[1])),
              .count = lower(words[0]) & 0xFFFFU,
              .count_before = lower(words[1]) & 0xFFFFU,
              .kind = lower(words[0]) >> 16U | (lower(words[1]) & 0xFFFF0000U)};
    return {.sum = static_cast<std::int64_t>(words[0]),
            .sum_before = static_cast<std::int64_t>(words[1]),
            .count = lower(words[2]),
            .count_before = upper(words[2]),
            .kind = lower(words[3])};
  }

  const std::uint64_t* words_;
  std::size_t size_;
  std::size_t words_a_cell_;
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
  [[nodiscard]] EventCells cells(std::size_t row, std::size_t day) const&;
  [[nodiscard]] EventCells cells(std::size_t row, std::size_t day) const&& = delete;
  /// Zero where the customer had no event of the kind in the 2 W days.
  [[nodiscard]] EventCell cell(std::size_t row, std::size_t day, std::size_t kind) const;

  /// Whether both say the same of the same customers, days and kinds.
  friend bool operator==(const EventWindows& a, const EventWindows& b) { return a.equals(b); }

 private:
  struct Answers;  // what is known of rows and days
  EventWindows() = default;
  [[nodiscard]] std::size_t place(std::size_t row, std::size_t day) const;
  [[nodiscard]] bool equals(const EventWindows& other) const;

  std::vector<Date> days_;
  std::int32_t width_{0};
  std::vector<EventKind> kinds_;
  std::vector<CustomerIndex> customers_;
  std::shared_ptr<const Answers> answers_;
};

}  // namespace churn::inline v0

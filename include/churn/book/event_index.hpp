// EventIndex: what customers did, by customer and time, ready to be asked about any day.
//
//   EventIndex index = EventIndex::build(book);
//   Records today;
//   today.add(EventColumns{…});                 // or events one by one
//   index.append(today, tomorrow);              // as they come
//
// Whose an event is says the book: those of merged accounts are joined, those of test accounts and of customers
// whom the book does not have are left out and counted, and so are those on or after as_of (00:00 of that day
// in the book's time zone). Equal events are several: two logins in one second are two.
//
// A *kind* is a text. A host may map its own kinds to others, several to one if it likes; kinds that the map
// does not name keep their names. Inside, kinds are small codes in order of their bytes.
//
// Values are exact: those of a kind are integers in units of 10^-decimals, where `decimals` is what the one of
// them with most decimals needs, so that sums are the same for any order of rows. The limit: all values of a
// kind, in its unit and without their signs, must add up to less than 2^63; otherwise Error(overflow) names the
// kind. So no sum of any part of them can overflow, and none is checked again.
//
// Events of a customer are in order of time, and at one instant of kind and value: the index depends on what
// happened, not on how rows were ordered. It takes 16 bytes an event and 24 a customer who has some; labels
// stay in the records. Building is O(events) for rows that are in order of time or by customer and time, else
// O(events log events-per-customer); appending k events to n takes O(k log k) and O(log n) moves an event later
// on, except that a new kind, or a value with more decimals than its kind had, costs a pass over the index.
//
// A copy is cheap (shared), stays as it is when the other one goes on, and may be read from many threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <churn/book/book.hpp>

namespace churn::inline v0 {

struct EventRun;

/// From a host's kinds to those they stand for.
using EventKindMap = std::map<std::string, std::string>;

/// A kind of which there are events, and how its values are kept.
struct EventKind {
  std::string name;  ///< what the host's kind was mapped to, or its own name
  int decimals{0};   ///< the unit of its values is 10^-decimals
  friend bool operator==(const EventKind&, const EventKind&) = default;
};

/// How many events were left out, by the first of these that holds.
struct EventsLeftOut {
  std::size_t excluded{0};  ///< of a test account
  std::size_t unknown{0};   ///< of a customer whom the book does not have
  std::size_t later{0};     ///< on or after as_of
  friend bool operator==(const EventsLeftOut&, const EventsLeftOut&) = default;
};

/// One event of a customer, without its label.
struct IndexedEvent {
  Timestamp at;      ///< in UTC
  std::size_t kind;  ///< its place in kinds()
  Decimal value;     ///< exactly as recorded
  friend bool operator==(const IndexedEvent&, const IndexedEvent&) = default;
};

/// The events of a book by customer and time.
class EventIndex {
 public:
  /// Of the events in the book's records. Throws Error(overflow) for values that do not fit, or for more than
  /// 65,536 kinds.
  [[nodiscard]] static EventIndex build(const Book& book, EventKindMap kinds = {});

  /// Adds the events among these records, known before `as_of`; nothing else is read from them. Gives the same
  /// index as building it of all events at once would, but what was left out as later stays left out. Throws
  /// what `build` throws, and Error(out_of_range) for an as_of before the one it has; then nothing changed.
  void append(const Records& records, Date as_of);
  /// Brings together what was appended, which makes questions a little faster. O(events).
  void compact();

  /// The one that it was built of, which says whose an event is.
  [[nodiscard]] const Book& book() const& noexcept { return book_; }
  /// The same as a copy.
  [[nodiscard]] Book book() const&& { return book_; }
  /// The first day of which no event is in: the book's, or that of the last `append`.
  [[nodiscard]] Date as_of() const noexcept { return as_of_; }
  /// In order of the bytes of their names.
  [[nodiscard]] const std::vector<EventKind>& kinds() const& noexcept { return kinds_; }
  /// The same as a copy.
  [[nodiscard]] std::vector<EventKind> kinds() const&& { return kinds_; }
  /// By `build` and every `append`.
  [[nodiscard]] const EventsLeftOut& left_out() const& noexcept { return left_out_; }
  /// The same as a copy.
  [[nodiscard]] EventsLeftOut left_out() const&& { return left_out_; }
  /// How many are in, without those left out.
  [[nodiscard]] std::size_t event_count() const noexcept;
  /// What its columns take.
  [[nodiscard]] std::size_t bytes() const noexcept;
  /// What one customer did. Empty for one without events.
  [[nodiscard]] std::vector<IndexedEvent> events_of(CustomerIndex customer) const;

  /// Whether both hold the same events, kinds, counts and as_of, however they came in. For indices of one book.
  friend bool operator==(const EventIndex& a, const EventIndex& b);

  /// For the library's own floors.
  [[nodiscard]] std::span<const std::shared_ptr<const EventRun>> runs() const& noexcept { return runs_; }
  [[nodiscard]] std::span<const std::shared_ptr<const EventRun>> runs() const&& = delete;

 private:
  explicit EventIndex(const Book& book, EventKindMap mapped)
      : book_(book), as_of_(book.as_of()), mapped_(std::move(mapped)) {}
  void add(const Records& records, std::span<const std::uint32_t> customer_of);

  Book book_;
  Date as_of_;
  EventKindMap mapped_;
  std::vector<EventKind> kinds_;
  std::vector<std::int64_t> magnitude_;  // by kind, the sum of its values without their signs
  EventsLeftOut left_out_;
  std::vector<std::shared_ptr<const EventRun>> runs_;  // each less than half of the one before it
};

}  // namespace churn::inline v0

// LiveBook: a book that follows a billing system, change by change and day by day.
//
//   LiveBook live{book};
//   LiveCube by_plan{live, months(from, to), by::plan};     // any number of cubes (cube/live_cube.hpp,
//                                                           // cube/live_departure_cube.hpp)
//   live.apply(todays_changes, tomorrow);                   // all of them follow
//   by_plan.cube();
//   live.book();                                            // everything in columns again: explain, roster, …
//
// After each call all that it answers is what Book::build would give of the changed records as of that day, bit
// for bit. Customers that nothing has happened to are not looked at: those that something will happen to by time
// alone (a scheduled end or price, the end of a trial, discount or pause, a debt, a gap beyond its allowance, a
// tenure that some cube tells apart, or what becomes known of why somebody left, where a cube asks) stand in a
// calendar, by the first such day.
//
// Underneath lies a stack of Books: the one that it began with, and smaller ones with those customers that
// changed since; a customer counts in the topmost that has it. Each Book takes in those above the base that are
// not larger than itself, so there are few, and at last all of them are one again. A change therefore costs what
// building and counting the changed customers costs, times the logarithm of how many there have been, and now
// and then that of the whole. It is the whole every time where amounts are converted by exchange rates (they may be
// others each day), and once where the set of currencies changes, or where MRR is read from.
//
// Errors leave everything, cubes included, as it was. What can't be true is rejected as in Book::build, and so is
// what it replaces: a customer whose only subscription is corrected into nonsense has none.
//
// One thread applies; meanwhile any number of others may read what was taken from it before (books, cubes), and
// LiveCube::cube(). Beside the books it takes about 20 bytes an account, 6 a subscription and 4 a phase.
#pragma once

#include <memory>
#include <optional>

#include <churn/book/book.hpp>
#include <churn/book/changes.hpp>

namespace churn::inline v0 {

/// A book to which changes are made in place, and the cubes that follow it.
class LiveBook {
 public:
  /// O(records).
  explicit LiveBook(const Book& book);
  /// Cubes go on following; the other one can only be assigned to or destroyed.
  LiveBook(LiveBook&&) noexcept;
  /// The same; cubes that followed this one go on with the book that it had.
  LiveBook& operator=(LiveBook&&) noexcept;
  LiveBook(const LiveBook&) = delete;
  LiveBook& operator=(const LiveBook&) = delete;
  ~LiveBook();

  /// Makes the changes and goes on to `as_of`, the first day that is not known yet. Gives what was rejected or
  /// noticed of the customers that changed, `row` being the place of an object in its list, from 1, or, of what was
  /// there before, the row it had. Throws Error(out_of_range) if `as_of` is earlier than before, and what Book::build
  /// and the cubes throw.
  Rejections apply(const Changes& changes, Date as_of);

  /// The first day that is not known: that of the last `apply`.
  [[nodiscard]] Date as_of() const noexcept;
  /// Everything as one book, from which it goes on. O(records) unless that is what it is already.
  [[nodiscard]] Book book();

  struct State;
  /// For the library's own floors.
  [[nodiscard]] const std::shared_ptr<State>& state() const noexcept { return state_; }

 private:
  friend class Book;
  std::shared_ptr<State> state_;
};

}  // namespace churn::inline v0

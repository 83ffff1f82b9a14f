// LiveDepartureCube: a DepartureCube that is always up to date.
//
//   LiveDepartureCube cube{book, months(from, to), by::plan};
//   cube.apply(todays_changes, tomorrow);     // an answer to an exit survey, a payment, a day that passes
//   cube.cube().of_type(segment, period, DepartureType::involuntary).customers
//
// `cube()` is at any time what DepartureCube::fold gives of the book of all records as of that day, bit for bit. Why
// somebody left may turn out long after: an answer comes, an invoice is paid, corrected or voided, another attempt to
// charge the card fails, a reason is corrected. It may turn out by time alone: an invoice is overdue a day after it was
// due, what the records date ahead becomes known on its day. All of it moves the departure from one cause to
// another, in the period in which it was. Several cubes, of movements too, may follow one LiveBook
// (book/live_book.hpp), which says what changes are, what they cost, and what an error leaves behind: nothing.
//
// Of customers who never left nothing is looked at but their own changes, and of events only those that answer an exit
// survey, by the rules' `event_kinds`. Rules of a host's own must depend on nothing but their facts, and find the same
// from the same ones: `facts.book` has all of the customer that they are asked about, but of events only those answers,
// and neither all other customers nor, as its as_of, today.
//
// Segments behave as in a LiveCube. `cube()` may be called from any thread while another applies; it gives what was
// there before or what is there after. It costs O(segments + what is not zero); a step that of the customers changed,
// and of the causes and periods of their segments.
#pragma once

#include <memory>

#include <churn/book/live_book.hpp>
#include <churn/cube/departure_cube.hpp>

namespace churn::inline v0 {

/// Departures of a live book and their causes, kept up to date.
class LiveDepartureCube {
 public:
  /// Follows `book`, together with all other cubes that do; the book becomes one again first (LiveBook::book). Threads
  /// are those of the first count and of large steps; progress is not told. Throws what DepartureCube::fold throws.
  /// O(records).
  LiveDepartureCube(LiveBook& book, const PeriodGrid& grid, const Segmenter& segmenter = {},
                    const DepartureRules& rules = DepartureRules::standard(),
                    const FoldOptions& options = {});
  /// Follows a LiveBook of its own.
  LiveDepartureCube(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter = {},
                    const DepartureRules& rules = DepartureRules::standard(),
                    const FoldOptions& options = {});
  /// Goes on following; the other one can only be assigned to or destroyed.
  LiveDepartureCube(LiveDepartureCube&&) noexcept;
  /// The same.
  LiveDepartureCube& operator=(LiveDepartureCube&&) noexcept;
  LiveDepartureCube(const LiveDepartureCube&) = delete;
  LiveDepartureCube& operator=(const LiveDepartureCube&) = delete;
  ~LiveDepartureCube();

  /// LiveBook::apply of the one that it follows. What a rule throws leaves everything as it was, too.
  Rejections apply(const Changes& changes, Date as_of);

  /// As of the last change that was applied to the book, by whichever cube or book.
  [[nodiscard]] DepartureCube cube() const;

 private:
  class Follower;
  std::shared_ptr<LiveBook::State> state_;
  std::shared_ptr<Follower> follower_;
};

}  // namespace churn::inline v0

// LiveCube: a MovementCube that is always up to date.
//
//   LiveCube cube{book, months(from, to), by::plan};
//   cube.apply(todays_changes, tomorrow);               // what changed, and a day that passes
//   cube.cube().at(segment, period).churn               // as if everything had been counted again
//
// What customers add to a cube are sums, so those that changed are taken away as they were and added as they are
// now. `cube()` is at any time what MovementCube::fold gives of the book of all records as of that day: the same
// cells, segments, statuses, bit for bit. Several cubes may follow one LiveBook (book/live_book.hpp), which has all
// of it: what changes are, what they cost, and what an error leaves behind: nothing. A period of the grid that lies
// ahead fills as time passes; one that is over goes on taking corrections.
//
// Segments are asked about customers again where these change, and on the days of their `tenure_cuts`: a
// segmenter of a host's own must depend on nothing but the customer it is asked about, not on the day as of which
// the book is known. Attributes are those of the customer now, in past periods, too.
//
// `cube()` may be called from any thread while another applies; it gives what was there before or what is there
// after. It costs O(segments x periods), and a step that of the customers changed.
#pragma once

#include <memory>

#include <churn/book/live_book.hpp>
#include <churn/cube/movement_cube.hpp>

namespace churn::inline v0 {

/// Movements of a live book, kept up to date.
class LiveCube {
 public:
  /// Follows `book`, together with all other cubes that do. Threads are those of the first count and of large steps;
  /// progress is not told. Throws what MovementCube::fold throws. O(changes).
  LiveCube(LiveBook& book, const PeriodGrid& grid, const Segmenter& segmenter = {},
           const FoldOptions& options = {});
  /// Follows a LiveBook of its own.
  LiveCube(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter = {},
           const FoldOptions& options = {});
  /// Goes on following; the other one can only be assigned to or destroyed.
  LiveCube(LiveCube&&) noexcept;
  /// The same.
  LiveCube& operator=(LiveCube&&) noexcept;
  LiveCube(const LiveCube&) = delete;
  LiveCube& operator=(const LiveCube&) = delete;
  ~LiveCube();

  /// LiveBook::apply of the one that it follows.
  Rejections apply(const Changes& changes, Date as_of);

  /// As of the last change that was applied to the book, by whichever cube or book.
  [[nodiscard]] MovementCube cube() const;

 private:
  class Follower;
  std::shared_ptr<LiveBook::State> state_;
  std::shared_ptr<Follower> follower_;
};

}  // namespace churn::inline v0

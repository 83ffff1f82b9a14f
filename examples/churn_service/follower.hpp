// Follower: reads a book from a database once, then follows what changes in it.
//
//   Follower follower{options};              // throws churn::Error where there is no book to be had
//   follower.start();
//   follower.snapshot()->cubes               // from any thread, at any time, without waiting
//   follower.follow_now();                   // or by itself, every few seconds
//
// One thread talks to the database. What it has read it applies to a LiveBook, and hands out as a Snapshot. While the
// database can't be reached the last snapshot stays, and `status()` says so; the next attempt goes on where it was.
#pragma once

#include <churn/book/live_book.hpp>
#include <churn/cube/live_cube.hpp>
#include <churn/sql/sql_changes.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "options.hpp"
#include "snapshot.hpp"

namespace churn_service {

struct Status {
  bool stale{false};
  std::string why{};              // stale: what the last attempt failed for
  std::int64_t followed_at{0};    // the last attempt that did not, in seconds since 1970
  std::size_t customers_read{0};  // by that one
};

class Follower {
 public:
  /// Reads the book.
  explicit Follower(const Options& options);
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  ~Follower();

  /// From now on it follows.
  void start();
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const;
  [[nodiscard]] Status status() const;

  /// Follows what is committed by now, or reads the book `anew`, and says how it went. Empty if that takes longer than
  /// `patience`, or if the follower ends.
  std::optional<Status> follow_now(bool anew, std::chrono::seconds patience);

  /// Ends the thread. False if it is still busy with the database after `patience`; it only reads, so a process may
  /// end regardless.
  bool stop(std::chrono::seconds patience);

 private:
  /// A book and the cubes that follow it.
  struct Live;

  void run();
  void attempt(bool anew);
  std::size_t read();
  std::size_t follow();
  std::size_t follow_or_read();
  void keep_model_fresh(const churn::Book& book);
  void publish(const churn::Book& book);
  [[nodiscard]] churn::Date today() const;

  Options options_;
  churn::DatabaseUrl url_;
  // Of the thread that follows.
  std::unique_ptr<Live> live_;
  churn::SqlWatermark since_{};
  churn::Changes last_changes_{};
  churn::TimeZone zone_{};
  std::shared_ptr<const churn::RiskModel> model_;
  churn::Date model_day_ = churn::Date::from_days(0);
  Findings found_when_read_{};
  Findings found_since_{};
  // Of all threads.
  mutable std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable done_;
  std::shared_ptr<const Snapshot> snapshot_;
  Status status_{};
  std::uint64_t attempts_asked_{0};
  std::uint64_t attempts_done_{0};
  bool anew_{false};
  bool stopping_{false};
  bool ended_{false};
  std::thread thread_;
};

}  // namespace churn_service

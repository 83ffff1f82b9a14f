#include "follower.hpp"

#include <churn/io/risk_model_json.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

using namespace churn;

namespace churn_service {

namespace {

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Without a password: what libchurn says has none, and no other text gets here.
void log(const std::string& line) { std::fprintf(stderr, "churn-service: %s\n", line.c_str()); }

}  // namespace

struct Follower::Live {
  explicit Live(const Book& read)
      : book(read), grid(months(read.first_change_on().value_or(read.as_of()), next_years(read.as_of()))) {
    for (const char* by : {"", "plan"}) {
      try {
        cubes.emplace_back(by, LiveCube{book, grid, *by == 0 ? Segmenter{} : by::name(by)});
      } catch (const Error& error) {  // amounts of several currencies do not add up: no total, then
        if (error.code() != ErrorCode::mixed_currencies) throw;
      }
    }
  }
  /// Periods ahead fill as days pass. After two years the book is read anew.
  static Date next_years(Date as_of) { return period_start(PeriodKind::month, anniversary(as_of, 24)); }

  LiveBook book;
  PeriodGrid grid;
  std::vector<std::pair<std::string, LiveCube>> cubes;
};

Follower::Follower(const Options& options) : options_(options), url_(options.database) {
  read();
  status_.followed_at = now();
}

void Follower::start() {
  thread_ = std::thread([this] { run(); });
}

Follower::~Follower() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const Snapshot> Follower::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

Status Follower::status() const {
  const std::lock_guard lock(mutex_);
  Status status = status_;
  // A database that answers no more, without an error yet, is seen by the time that has gone.
  const auto patience = std::chrono::seconds{30} + 3 * options_.poll;
  if (!status.stale && options_.poll.count() > 0 && now() - status.followed_at > patience.count()) {
    status.stale = true;
    status.why = "The database has not answered for a while.";
  }
  return status;
}

std::optional<Status> Follower::follow_now(bool anew, std::chrono::seconds patience) {
  std::unique_lock lock(mutex_);
  anew_ = anew_ || anew;
  const std::uint64_t mine = ++attempts_asked_;
  asked_.notify_all();
  if (!done_.wait_for(lock, patience, [&] { return attempts_done_ >= mine || ended_; }) || ended_)
    return std::nullopt;
  return status_;
}

bool Follower::stop(std::chrono::seconds patience) {
  if (!thread_.joinable()) return true;
  std::unique_lock lock(mutex_);
  stopping_ = true;
  asked_.notify_all();
  return done_.wait_for(lock, patience, [&] { return ended_; });
}

void Follower::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto wanted = [&] { return stopping_ || attempts_asked_ > attempts_done_; };
    if (options_.poll.count() > 0)
      asked_.wait_for(lock, options_.poll, wanted);
    else
      asked_.wait(lock, wanted);
    if (stopping_) break;
    const std::uint64_t answers = attempts_asked_;  // whoever asks from now on sees the next one
    const bool anew = std::exchange(anew_, false);
    lock.unlock();
    attempt(anew);
    lock.lock();
    attempts_done_ = answers;
    done_.notify_all();
  }
  ended_ = true;
  done_.notify_all();
}

void Follower::attempt(bool anew) {
  Status next;
  try {
    next.customers_read = anew || live_->grid.to() <= today() ? read() : follow_or_read();
    next.followed_at = now();
  } catch (const std::exception& error) {  // the last snapshot stays, and so does where to go on
    next = status();
    next.stale = true;
    next.why = dynamic_cast<const Error*>(&error) != nullptr ? error.what() : "Following failed.";
  }
  const std::lock_guard lock(mutex_);
  if (next.stale != status_.stale)
    log(next.stale ? "the last answers stay: " + next.why : "following again " + url_.shown());
  status_ = std::move(next);
}

/// How many customers there are.
std::size_t Follower::read() {
  // The watermark first: what is written between it and the book is read twice, and nothing is missed.
  SqlWatermark since = current_watermark_sql(url_);
  const LoadedBook loaded = read_book_sql(url_);
  zone_ = loaded.conventions.book.time_zone;
  const BuiltBook built = Book::build(loaded.records, today(), loaded.conventions);
  auto live = std::make_unique<Live>(built.book);
  keep_model_fresh(built.book);
  live_ = std::move(live);
  since_ = std::move(since);
  last_changes_ = {};
  found_when_read_ = found_since_ = {};
  found_when_read_.add(loaded.rejections);
  found_when_read_.add(built.rejections);
  publish(built.book);
  log("read " + std::to_string(built.book.customer_count()) + " customers from " + url_.shown() + ", as of " +
      built.book.as_of().to_string());
  return built.book.customer_count();
}

std::size_t Follower::follow_or_read() {
  try {
    return follow();
  } catch (const Error& error) {  // the first amount of another currency: there will be no total
    if (error.code() != ErrorCode::mixed_currencies) throw;
    return read();
  }
}

/// How many customers were read again.
std::size_t Follower::follow() {
  SqlChanges news = read_changes_sql(url_, since_, {.overlap = options_.overlap});
  const Date day = std::max(today(), live_->book.as_of());
  since_ = std::move(news.next);
  // Each read goes back a little, so what came last time comes again; it says nothing new.
  if (news.changes == last_changes_ && day == live_->book.as_of()) return 0;
  found_since_.add(live_->book.apply(news.changes, day));
  found_since_.add(news.rejections);
  last_changes_ = std::move(news.changes);
  const Book book = live_->book.book();
  keep_model_fresh(book);
  publish(book);
  return last_changes_.removed_customers.size();
}

/// Trains one when starting and then every week, unless a file was given.
void Follower::keep_model_fresh(const Book& book) {
  if (model_ && (options_.model || book.as_of() - model_day_ < std::chrono::days{7})) return;
  model_ = std::make_shared<const RiskModel>(options_.model ? read_risk_model(*options_.model)
                                                            : Analyzer{book}.risk_model());
  model_day_ = book.as_of();
}

void Follower::publish(const Book& book) {
  std::vector<StandingCube> cubes;
  for (const auto& [by, live] : live_->cubes) cubes.push_back({by, live.cube()});
  auto next = std::make_shared<Snapshot>(book, std::move(cubes), model_);
  next->last_change = since_.text;
  next->found_when_read = found_when_read_;
  next->found_since = found_since_;
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(next);
}

Date Follower::today() const {
  if (options_.as_of) return *options_.as_of;
  return zone_.day_of(Timestamp::from_seconds(now()));
}

}  // namespace churn_service

// LiveBook from the inside: a stack of Books, where each account is, and what is to be looked at when. Private to the
// library's sources.
//
// Accounts and subscriptions have numbers that stay until the stack becomes one Book again: those that the base knows
// are its interned ids, new ones follow. What is kept beside the books may name too many accounts, never too few: to
// look at an account for nothing changes nothing. So it may be added to before anything is certain, and only what
// can't fail is left for the end.
#pragma once

#include <churn/book/live_book.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "book/account_rows.hpp"
#include "book/book_data.hpp"

namespace churn::inline v0 {

/// Customers of one book.
struct LivePortion {
  Book book;  // carried to the day as of which they are seen
  std::vector<CustomerIndex> customers;
};

/// From one state to the next: what is a sum over customers loses some and gains others.
struct LiveStep {
  Date as_of;
  std::optional<Date> pending_gap_since{};
  bool anew{false};  // `come` is everyone, and nothing is left of what was before
  std::vector<LivePortion> gone{};
  std::vector<LivePortion> come{};
  std::vector<const Book::Data*> books{};  // that customers are in from now on
};

/// What follows a LiveBook. It prepares, which may throw, and when all have prepared it goes on.
class LiveFollower {
 public:
  LiveFollower() = default;
  LiveFollower(const LiveFollower&) = delete;
  LiveFollower& operator=(const LiveFollower&) = delete;
  virtual ~LiveFollower() = default;
  virtual void prepare(const LiveStep& step) = 0;
  virtual void go_on() noexcept = 0;
  /// What was prepared is not to be.
  virtual void forget() noexcept = 0;
  /// Days of tenure on which customers change by time alone.
  [[nodiscard]] virtual std::span<const std::int32_t> tenure_cuts() const noexcept = 0;
  /// Whether it asks why customers left. Then what becomes known of those who did, of their invoices and of the events
  /// that are heeded, stands in the calendar, too.
  [[nodiscard]] virtual bool asks_why() const noexcept { return false; }
  /// Whether events of a kind count. They are in the books that it is shown, of the customers that it is shown; and who
  /// has a new one has changed. Asked where it asks why.
  [[nodiscard]] virtual bool heeds(std::string_view /*kind*/) const { return false; }
};

/// The ids of a table and those that came since.
class LiveIds {
 public:
  explicit LiveIds(const IdTable& base) : base_(&base) {}
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text) const;
  [[nodiscard]] std::uint32_t intern(std::string_view text);
  /// The same for many, which are asked for at the same time.
  [[nodiscard]] std::vector<std::uint32_t> intern(std::span<const std::string_view> texts);
  [[nodiscard]] std::uint32_t intern_in(IdTable& table, std::uint32_t number) const;
  [[nodiscard]] std::uint32_t number_of(const IdTable& table, std::uint32_t index) const;
  [[nodiscard]] std::size_t size() const noexcept { return base_->size() + more_.size(); }

 private:
  [[nodiscard]] std::uint32_t base_size() const noexcept { return static_cast<std::uint32_t>(base_->size()); }
  const IdTable* base_;
  IdTable more_;
};

struct LiveLayer {
  std::uint64_t serial;
  Book book;
  AccountRows rows;
  // The numbers of what its records know; empty for the base, of which they are the same.
  std::vector<std::uint32_t> accounts;
  std::vector<std::uint32_t> subscriptions;
  std::size_t placed{0};  // accounts that are here and not further up
  HeededEvents heeded{};  // the base has others, too

  [[nodiscard]] const Records::Storage& records() const noexcept { return *book.data().records; }
  [[nodiscard]] std::uint32_t account(std::uint32_t local) const noexcept {
    return accounts.empty() ? local : accounts[local];
  }
  [[nodiscard]] std::uint32_t subscription(std::uint32_t local) const noexcept {
    return subscriptions.empty() ? local : subscriptions[local];
  }
};

/// Where an account is.
struct LivePlace {
  std::uint32_t layer{no_index};
  std::uint32_t account{no_index};  // its id there
};

struct LiveBook::State {
  explicit State(const Book& book);

  /// `everything`: as one book.
  Rejections apply(const Changes& changes, Date as_of, bool everything);
  /// From nothing to what is there now.
  [[nodiscard]] LiveStep everyone() const;
  /// Everything is one book from then on.
  void become_one_book();
  /// It is told of every step from now on. The calendar is made anew if it has days of its own. What asks why is added
  /// where everything is one book: others have no events.
  void add(const std::shared_ptr<LiveFollower>& follower);

  [[nodiscard]] static Book book_of(std::shared_ptr<const Book::Data> data, Date as_of) {
    return Book{std::move(data), as_of};
  }
  /// The same book on a later day, nothing having happened in between.
  [[nodiscard]] static Book carried(const Book& book, Date as_of) { return Book{book.data_, as_of}; }

  struct Entry {
    std::uint32_t account;
    std::uint64_t serial;  // of the layer that it was in
  };
  using Calendar = std::map<std::int32_t, std::vector<Entry>>;

  Date as_of;
  std::vector<std::shared_ptr<LiveLayer>> layers;  // the base first
  std::uint64_t next_serial{1};
  LiveIds accounts;
  LiveIds subscriptions;
  std::vector<LivePlace> place;       // by account
  std::vector<std::uint32_t> holder;  // by subscription, an account that has phases of it
  std::unordered_multimap<std::uint32_t, std::uint32_t> others;          // that have, too
  std::unordered_multimap<std::string, std::uint32_t> invoiced;          // by invoice
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> linked;  // accounts that are merged
  Calendar calendar;
  std::map<std::int32_t, std::int64_t> pending;  // absences that may be gaps, by their first day
  std::array<std::int64_t, 256> paid_in{};       // customers by Book::Data::paid_in
  std::size_t phase_count{0};
  std::size_t invoice_count{0};
  std::vector<Event> events;                  // that came since the base
  std::unordered_set<std::uint32_t> removed;  // accounts whose events in the base are no more
  std::vector<std::weak_ptr<LiveFollower>> followers;
  std::vector<std::uint8_t> has_events;  // by account
  // Scratch of a call, all 0 between calls.
  std::vector<std::uint32_t> mark;     // by account, its place among those that are looked at, from 1
  std::vector<std::uint8_t> replaced;  // by subscription

 private:
  friend class LiveChange;
  friend class LiveTouched;
  [[nodiscard]] std::vector<std::int32_t> tenure_cuts() const;
  [[nodiscard]] bool asks_why() const;
  [[nodiscard]] bool heeds(std::string_view kind) const;
  void set_calendar();
  /// What followers want besides.
  void set_for_followers();
};

/// When the customers of a layer are to be looked at again: calls see(account, day) for the first day on which
/// something happens to a customer by time alone, from `as_of` on. Unknown days that such a day might be are taken
/// as one. `asks_why`: of those who left, days on which more becomes known of why.
[[nodiscard]] std::vector<std::int32_t> next_days(const LiveLayer& layer, std::int32_t as_of,
                                                  std::span<const std::int32_t> tenure_cuts, bool asks_why);

}  // namespace churn::inline v0

// Past: what was known of one customer before a day. Nothing on or after that day is in it.
//
//   PastReader reader{book};
//   const Past& past = reader.at(customer, Date::of(2024, 6, 1));
//   past.count("login", 28);                // in the 28 days before
//   past.count("login", 28, 28);            // in the 28 before those
//   past.quantity_on(past.last_day());      // seats
//
// t is the observation day and the day before it, t - 1, the last known. What counts as known before t:
//   events     at an instant before t begins, in the book's time zone
//   invoices   issued before t, with what was paid, or failed, before t; drafts and void ones are none: their status has
//              no date
//   phases     in force on days before t, and that a stay ended before t; what was agreed when a phase began (its price,
//              its cycle, its fixed term) is known from then on, its end and a request to cancel when they come
//   the rest   who is a customer, its attributes and sign-up have no dates and count as known
// A question about t or later throws Error(out_of_range).
//
// Windows are `days` long and end `before` days before t: [t - before - days, t - before), in civil days.
//
// Kinds of events are a host's own names, or what it says they stand for (EventKindMap). What has no meaning of its own
// to the library counts as *use*: logins, features used, and every kind it does not know; session minutes, tickets,
// stages, integrations, campaigns, NPS, cards and surveys do not.
//
// A reader is for one thread; a copy is cheap and shares what was read of the records: O(events + invoices log invoices)
// time, 24 bytes an event. The first question about a customer's events costs O(its events + kinds); after that, and
// for its other days, asking costs O(log events of the customer + what is asked for in the window).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <churn/book/book.hpp>
#include <churn/book/event_index.hpp>
#include <churn/core/billing_cycle.hpp>
#include <churn/core/currency.hpp>
#include <churn/domain/invoice.hpp>

namespace churn::inline v0 {

/// Something that a customer did before t.
struct PastEvent {
  Timestamp at;         ///< an instant before t begins in the book's time zone
  std::uint32_t kind;   ///< its place among the kinds of the reader
  std::uint32_t label;  ///< Past::label; equal labels have equal numbers
  double value;         ///< as recorded, in whatever its kind counts
};

/// An invoice as it stood before t: paid, for the status paid, on its paid day, without one when it was due.
struct PastInvoice {
  const Invoice* invoice;       ///< as the records have it, also what came on or after t; never null
  Date due_on;                  ///< its issue, if it has none
  std::optional<Date> paid_on;  ///< before t
  /// At the beginning of a day up to t: due before it, and not paid before it.
  [[nodiscard]] bool is_overdue_on(Date day) const { return due_on < day && (!paid_on || *paid_on >= day); }
};

/// A phase that counts on t - 1, without what is not known of it yet.
struct PastPhase {
  Date starts_on;                           ///< its own first day, which may be of a trial
  BillingCycle cycle;                       ///< how often it is billed
  Currency currency;                        ///< of its run rate
  std::int64_t quantity;                    ///< seats, say
  std::int64_t ticks;                       ///< run rate on t - 1
  std::optional<Date> cancel_requested_on;  ///< before t
  std::optional<Date> term_ends_on;         ///< as agreed when it began
  Date renews_on;                           ///< the first renewal on or after t, counted from the anchor
  std::uint32_t plan;                       ///< its place in Book::plans()
};

/// A stay that began before t.
struct PastStay {
  Date starts_on;               ///< the first present day
  std::optional<Date> ends_on;  ///< the first absent day; empty: it had not ended before t
};

class PastReader;

/// What was known of one customer before a day t. It is the reader's, and valid until the next call of
/// PastReader::at.
class Past {
 public:
  /// The reader's book.
  [[nodiscard]] const Book& book() const noexcept;
  /// Who it is about.
  [[nodiscard]] CustomerIndex customer() const noexcept;
  /// t: nothing on or after it is known.
  [[nodiscard]] Date day() const noexcept { return day_; }
  /// t - 1, the last known day.
  [[nodiscard]] Date last_day() const;

  // What it paid.

  /// Run rate and presence on a day before t.
  [[nodiscard]] Balance balance_on(Date day) const;
  /// Whether the customer is present on t - 1.
  [[nodiscard]] bool present() const { return balance_on(last_day()).present; }
  /// In order of their starts; the last is the one that t - 1 is in, if it is in one.
  [[nodiscard]] std::span<const PastStay> stays() const;
  /// Days from the first present day of the stay on t - 1 to t; empty if the customer was absent.
  [[nodiscard]] std::optional<std::int32_t> tenure() const;
  /// The earlier of sign-up and the first present day, if that is before t.
  [[nodiscard]] std::optional<Date> known_since() const;
  /// The phases that count on t - 1, by subscription's id: paid for, or kept by policy, and not in a trial. Their anchor
  /// is the first paid day; a phase that follows another without a gap, at the same interval, keeps its anchor (as in
  /// cube/subscription_cube.hpp).
  [[nodiscard]] std::span<const PastPhase> phases() const;
  /// The summed quantity of the phases that count on a day.
  [[nodiscard]] std::int64_t quantity_on(Date day) const;
  /// Days in the window on which the customer, staying present, began to pay less.
  [[nodiscard]] std::int32_t contractions(std::int32_t days, std::int32_t before = 0) const;
  /// The first renewal on or after t of what it pays for on t - 1.
  [[nodiscard]] std::optional<Date> next_renewal() const;
  /// The first day before t on which an end was asked for of every phase on t - 1: the last of their requests. Empty:
  /// something goes on.
  [[nodiscard]] std::optional<Date> cancel_requested_on() const;

  // What it did.

  /// All of them, in order of time; of one instant by kind, value and label.
  [[nodiscard]] std::span<const PastEvent> events() const;
  /// Those in the window, in the same order.
  [[nodiscard]] std::span<const PastEvent> events(std::int32_t days, std::int32_t before = 0) const;
  /// Those of one kind.
  [[nodiscard]] std::span<const PastEvent> events_of(std::string_view kind) const;
  /// Those of one kind in the window.
  [[nodiscard]] std::span<const PastEvent> events_of(std::string_view kind, std::int32_t days,
                                                     std::int32_t before = 0) const;
  /// Empty text: none.
  [[nodiscard]] std::string label(const PastEvent& event) const;
  /// The place of a kind; empty: no event of the book is of it.
  [[nodiscard]] std::optional<std::uint32_t> kind(std::string_view name) const;
  /// Events of a kind in the window. 0 also where none was recorded yet: see `recorded`.
  [[nodiscard]] std::int64_t count(std::string_view kind, std::int32_t days, std::int32_t before = 0) const;
  /// The values of these events, added up.
  [[nodiscard]] double sum(std::string_view kind, std::int32_t days, std::int32_t before = 0) const;
  /// Events that count as use.
  [[nodiscard]] std::int64_t uses(std::int32_t days, std::int32_t before = 0) const;
  /// Days from the last event that counts as use, or of session minutes, to t.
  [[nodiscard]] std::optional<std::int32_t> days_since_use() const;
  /// The last in that order; null: there is none.
  [[nodiscard]] const PastEvent* last(std::string_view kind) const;
  /// The day of the first event of a kind, or of use, of any customer of the book; empty if it is not before t.
  [[nodiscard]] std::optional<Date> recorded_since(std::string_view kind) const;
  /// The same of all that counts as use.
  [[nodiscard]] std::optional<Date> use_recorded_since() const;
  /// Whether the whole book was recording a kind when the window began: some customer has an event of it before that
  /// day. Before, nothing can be said: no event is not no use.
  [[nodiscard]] bool recorded(std::string_view kind, std::int32_t days, std::int32_t before = 0) const;
  /// The same of all that counts as use.
  [[nodiscard]] bool use_recorded(std::int32_t days, std::int32_t before = 0) const;

  // What it owed.

  /// In order of issue.
  [[nodiscard]] std::span<const PastInvoice> invoices() const;
  /// Attempts to collect these invoices that failed in the window.
  [[nodiscard]] std::int32_t failed_payments(std::int32_t days, std::int32_t before = 0) const;

 private:
  friend class PastReader;
  struct Parts;
  Past(Parts& parts, Date day) : parts_(&parts), day_(day) {}
  Parts* parts_;
  Date day_;
};

/// Gives the past of any customer on any day of a book.
class PastReader {
 public:
  /// The book must outlive the reader.
  explicit PastReader(const Book& book, const EventKindMap& kinds = {});
  explicit PastReader(const Book&&, const EventKindMap& = {}) = delete;
  /// Of a small book with the records of a few customers, as part of a whole: since when a kind is recorded says the
  /// earlier of both.
  PastReader(const Book& book, const PastReader& whole, const EventKindMap& kinds = {});
  PastReader(const Book&&, const PastReader&, const EventKindMap& = {}) = delete;
  /// Shares what was read of the records; for another thread, say.
  PastReader(const PastReader& other);
  /// Takes over what was read; the other is of no use after that.
  PastReader(PastReader&&) noexcept;
  PastReader& operator=(const PastReader&) = delete;
  PastReader& operator=(PastReader&&) = delete;
  ~PastReader();

  /// Valid until the next call. Throws Error(out_of_range) for a day after as_of or the first of the calendar, and for a
  /// customer that is not in the book.
  [[nodiscard]] const Past& at(CustomerIndex customer, Date day);

  /// The book it was made of.
  [[nodiscard]] const Book& book() const noexcept;
  /// In order of their bytes.
  [[nodiscard]] std::span<const std::string> kinds() const noexcept;
  /// By label of an event of a kind, when one was first known of any customer: features seen in the book, say. In order
  /// of day.
  [[nodiscard]] std::span<const Date> first_seen_labels(std::string_view kind) const;

 private:
  std::unique_ptr<Past::Parts> parts_;
};

}  // namespace churn::inline v0

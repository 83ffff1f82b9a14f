// Records: what a host hands over, append-only, before any convention is applied. One Records, many Books.
//
//   Records records;
//   records.add(Customer{.id = CustomerId{"c1"}, .attributes = {{"channel", "ads"}}});
//   records.add(Subscription{…});                     // one object at a time,
//   records.add(PhaseColumns{.customer = ids, …});    // or whole columns that the host holds already
//   records.add(EventColumns{.customer = ids, …});
//
// Inside, everything is columns: ids and texts are interned once, a phase costs about 32 bytes, and optional
// fields cost nothing where no row uses them; an event costs 16 bytes, 25 with values. An attribute costs 4 bytes a customer, here and in each Book; the
// readers of io/ stop at `max_attributes`. A copy is cheap (shared until written to); a Book keeps what
// it was built from alive, and appending afterwards does not change it.
//
// Nothing is judged here beyond what the types check. Book::build rejects what can't be true, naming the
// source and row given here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <churn/core/time_zone.hpp>
#include <churn/domain/customer.hpp>
#include <churn/domain/event.hpp>
#include <churn/domain/fx_rate.hpp>
#include <churn/domain/invoice.hpp>
#include <churn/domain/subscription.hpp>

namespace churn::inline v0 {

/// How many attributes the readers of books take; Records itself takes any number. Their cost is that of a table
/// of customers x attributes, which a file need not have the size of.
inline constexpr std::size_t max_attributes = 1000;

/// The tables of a book, for naming where rows come from.
enum class RecordTable : std::uint8_t {
  customers,      ///< accounts with their attributes
  subscriptions,  ///< their phases, a row each
  invoices,       ///< with lines and payments
  events,         ///< what customers did
  fx_rates        ///< exchange rates
};

/// One customer as a view, for readers that hold text: the same fields as Customer. Views are copied from during
/// the call only.
struct CustomerRecord {
  std::string_view id;                 ///< not empty
  std::optional<Date> signed_up_on{};  ///< empty: not known
  std::string_view name{};             ///< empty: none
  bool excluded{false};                ///< a test account
  std::string_view merged_into{};      ///< empty: into none
  /// Names, each once, and values; an empty value is none.
  std::span<const std::pair<std::string_view, std::string_view>> attributes{};
  std::int64_t row{0};  ///< in its source; 0: the ordinal of the customer, from 1
};

/// One phase as a view, for readers that hold text: the same fields as Subscription and Phase. Views are
/// copied from during the call only.
struct PhaseRecord {
  std::string_view subscription;              ///< its id, not empty
  std::string_view customer;                  ///< the id of who pays, not empty
  std::string_view plan;                      ///< its label; any text
  Date starts_on;                             ///< the first day in force
  std::optional<Date> ends_on;                ///< the first day not in force; empty: still running
  Price price;                                ///< of one unit for one cycle, before discount, without tax
  BillingCycle cycle{};                       ///< what the price is paid for
  std::int64_t quantity{1};                   ///< units, such as seats
  Decimal discount_percent{};                 ///< taken off until `discount_ends_on`
  Decimal discount_amount{};                  ///< the same, off the whole quantity for one cycle
  std::optional<Date> discount_ends_on{};     ///< the first day at full price; empty: as long as the phase
  std::optional<Date> trial_ends_on{};        ///< the first paid day; empty: no trial
  std::optional<Date> cancel_requested_on{};  ///< empty: no request
  std::string_view end_reason{};              ///< empty: none
  std::optional<Date> paused_from{};          ///< the first day of the pause; empty: none
  std::optional<Date> paused_until{};         ///< the first day after the pause; empty: still paused
  std::optional<Date> term_ends_on{};         ///< an agreed fixed end; empty: none
  std::int64_t row{0};                        ///< in its source; 0: the ordinal of the phase, from 1
};

/// Ids of a column: integers, or texts.
using IdColumn = std::variant<std::span<const std::int64_t>, std::span<const std::string_view>>;

/// Phases as columns that the host holds, all of one length. Days are counted since 1970-01-01.
struct PhaseColumns {
  static constexpr std::int32_t no_day = INT32_MAX;  ///< in `ends_on`: still running
  IdColumn subscription;               ///< one a phase; phases of one subscription need not stand together
  IdColumn customer;                   ///< who pays, one a phase
  std::span<const std::uint8_t> plan;  ///< indices into `plan_names`
  std::span<const std::string_view> plan_names;  ///< labels that plans are named by, at most 256 of use
  std::span<const std::int32_t> starts_on;       ///< the first day in force
  std::span<const std::int32_t> ends_on;         ///< exclusive
  std::span<const std::int64_t> amount;          ///< minor units for one cycle
  Currency currency;                             ///< of all amounts
  std::span<const BillingCycle> cycle;           ///< one a row, or a single one for all
  std::span<const std::int64_t> quantity{};      ///< none: 1
};

/// One event as a view, for readers that hold text: the same fields as Event. Views are copied from during the
/// call only.
struct EventRecord {
  std::string_view customer;  ///< whose it is; an id, not empty
  Timestamp at;               ///< when it became known
  std::string_view kind;      ///< any text (domain/event.hpp)
  Decimal value{1};           ///< what there is to add up
  std::string_view label{};   ///< what it was about; empty: nothing
  std::int64_t row{0};        ///< in its source; 0: the ordinal of the event, from 1
};

/// Events as columns that the host holds, all of one length.
struct EventColumns {
  IdColumn customer;                             ///< whose they are, one an event
  std::span<const std::int64_t> at;              ///< seconds since 1970-01-01T00:00:00Z
  std::span<const std::uint16_t> kind;           ///< indices into `kind_names`
  std::span<const std::string_view> kind_names;  ///< kinds that events are named by, at most 65,536 of use
  std::span<const std::int64_t> value{};         ///< in units of 10^-decimals; none: 1
  int decimals{0};                               ///< of the values, 0 to 12
  std::span<const std::string_view> label{};     ///< none: no labels
};

struct CustomerBlock;
struct PhaseBlock;
class Records;

/// Records of a part of a source, to be appended to others.
struct RecordsPart {
  const Records* records{nullptr};  ///< not null
  std::int64_t rows_before{0};      ///< in the source; added to the row numbers
};

/// Everything that a host knows, in columns. A copy is cheap and shares them until one of both is added to.
class Records {
 public:
  struct Storage;
  /// None yet.
  Records();
  /// Those that share a storage: for the library's own floors.
  explicit Records(std::shared_ptr<const Storage> storage);

  /// `row` is where it stands in its source, 0 for the ordinal in its table, from 1; so below. Tables of customers,
  /// phases and events throw Error(overflow) beyond 4 thousand million rows, and so does a text of 8 MB or more.
  void add(const Customer& customer, std::int64_t row = 0);
  /// Throws Error(bad_id) for an empty id, too.
  void add(const CustomerRecord& customer);
  /// Each phase is a row, counted as they come. A subscription without phases leaves no trace.
  void add(const Subscription& subscription);
  /// Throws Error(bad_id) for an empty id, too.
  void add(const PhaseRecord& phase);
  /// All of them or, where one throws, none.
  void add(std::span<const PhaseRecord> phases);
  /// Throws Error(bad_number) if the columns differ in length, a plan index is beyond the names or an amount
  /// is -2^63, Error(bad_date) for a day outside of years 1 to 9999, Error(bad_id) for an empty id; then
  /// nothing was added. O(rows).
  void add(const PhaseColumns& phases);
  /// With its lines and payments, which have no rows of their own.
  void add(const Invoice& invoice, std::int64_t row = 0);
  /// One more event, also if an equal one is there.
  void add(const Event& event, std::int64_t row = 0);
  /// The same. Throws Error(bad_id) for an empty id, too.
  void add(const EventRecord& event);
  /// Throws Error(bad_number) if the columns differ in length, a kind index is beyond the names, a value is
  /// -2^63 or there are no such decimals, Error(bad_date) for an instant outside of years 1 to 9999,
  /// Error(bad_id) for an empty id; then nothing was added. O(rows).
  void add(const EventColumns& events);
  /// The rate must be above 0. Those of one currency and day that differ reject each other in a book.
  void add(const FxRate& rate, std::int64_t row = 0);

  /// Adds all that other records hold, as if row by row behind what is here: so several threads may each read a part
  /// of a source. `rows_before` is added to their row numbers. Sources, the currency of rates and the first day stay
  /// those of these records. O(rows).
  void append(const Records& more, std::int64_t rows_before = 0);
  /// The same for several, those of one behind those of the one before, on up to `threads` threads.
  void append(std::span<const RecordsPart> more, unsigned threads);

  /// The currency that exchange rates are units of; empty: the one that a book reports in.
  void set_rates_currency(std::optional<Currency> currency);
  /// Empty: the one that a book reports in.
  [[nodiscard]] std::optional<Currency> rates_currency() const noexcept;

  /// Makes room for so many customers, phases or events, where the number is known.
  void reserve_customers(std::size_t count);
  /// The same for phases.
  void reserve_phases(std::size_t count);
  /// The same for events.
  void reserve_events(std::size_t count);

  /// What rejections call a table: a file's name. By default `customers`, `subscriptions`, ….
  void set_source(RecordTable table, std::string name);
  /// The name that rejections call a table by.
  [[nodiscard]] const std::string& source(RecordTable table) const noexcept;

  /// The first day that the records cover; whoever pays on it is not new there.
  void set_records_from(std::optional<Date> day);
  /// Empty: they go back to the beginning.
  [[nodiscard]] std::optional<Date> records_from() const noexcept;

  /// Rows of customers, repeated and test accounts too; who is only named elsewhere has none.
  [[nodiscard]] std::size_t customer_count() const noexcept;
  /// Rows of phases, of all subscriptions.
  [[nodiscard]] std::size_t phase_count() const noexcept;
  /// Invoices, not their lines.
  [[nodiscard]] std::size_t invoice_count() const noexcept;
  /// Events of any kind and customer.
  [[nodiscard]] std::size_t event_count() const noexcept;
  /// Rates, repeated ones too.
  [[nodiscard]] std::size_t fx_rate_count() const noexcept;

  /// The day after the latest thing that happened: starts_on, signed_up_on, issued_on, paid_on,
  /// cancel_requested_on, payment or event; never an end or due date, which may lie ahead, nor a phase that
  /// ends before it starts. Empty without records. A default for `as_of` where nobody says better. O(records).
  [[nodiscard]] std::optional<Date> day_after_latest(const TimeZone& zone = {}) const;

  /// For the library's own floors.
  [[nodiscard]] const Storage& storage() const noexcept { return *storage_; }
  /// The same, kept alive.
  [[nodiscard]] std::shared_ptr<const Storage> shared_storage() const noexcept { return storage_; }
  /// The first of some phases that a reader of the library's own has in columns: all of them or, where one throws, none.
  void add(const PhaseBlock& phases, std::size_t count);
  /// The same of customers.
  void add(const CustomerBlock& customers, std::size_t count);

 private:
  Storage& writable();
  std::shared_ptr<const Storage> storage_;
};

}  // namespace churn::inline v0

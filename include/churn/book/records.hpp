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
enum class RecordTable : std::uint8_t { customers, subscriptions, invoices, events, fx_rates };

/// One customer as a view, for readers that hold text: the same fields as Customer. Views are copied from during
/// the call only.
struct CustomerRecord {
  std::string_view id;
  std::optional<Date> signed_up_on{};
  std::string_view name{};
  bool excluded{false};
  std::string_view merged_into{};  ///< empty: into none
  /// Names, each once, and values; an empty value is none.
  std::span<const std::pair<std::string_view, std::string_view>> attributes{};
  std::int64_t row{0};  ///< in its source; 0: the ordinal of the customer, from 1
};

/// One phase as a view, for readers that hold text: the same fields as Subscription and Phase. Views are
/// copied from during the call only.
struct PhaseRecord {
  std::string_view subscription;
  std::string_view customer;
  std::string_view plan;
  Date starts_on;
  std::optional<Date> ends_on;
  Price price;
  BillingCycle cycle{};
  std::int64_t quantity{1};
  Decimal discount_percent{};
  Decimal discount_amount{};
  std::optional<Date> discount_ends_on{};
  std::optional<Date> trial_ends_on{};
  std::optional<Date> cancel_requested_on{};
  std::string_view end_reason{};
  std::optional<Date> paused_from{};
  std::optional<Date> paused_until{};
  std::optional<Date> term_ends_on{};
  std::int64_t row{0};  ///< in its source; 0: the ordinal of the phase, from 1
};

/// Ids of a column: integers, or texts.
using IdColumn = std::variant<std::span<const std::int64_t>, std::span<const std::string_view>>;

/// Phases as columns that the host holds, all of one length. Days are counted since 1970-01-01.
struct PhaseColumns {
  static constexpr std::int32_t no_day = INT32_MAX;  ///< in `ends_on`: still running
  IdColumn subscription;
  IdColumn customer;
  std::span<const std::uint8_t> plan;  ///< indices into `plan_names`
  std::span<const std::string_view> plan_names;
  std::span<const std::int32_t> starts_on;
  std::span<const std::int32_t> ends_on;  ///< exclusive
  std::span<const std::int64_t> amount;   ///< minor units for one cycle
  Currency currency;
  std::span<const BillingCycle> cycle;       ///< one a row, or a single one for all
  std::span<const std::int64_t> quantity{};  ///< none: 1
};

/// One event as a view, for readers that hold text: the same fields as Event. Views are copied from during the
/// call only.
struct EventRecord {
  std::string_view customer;
  Timestamp at;
  std::string_view kind;
  Decimal value{1};
  std::string_view label{};
  std::int64_t row{0};  ///< in its source; 0: the ordinal of the event, from 1
};

/// Events as columns that the host holds, all of one length.
struct EventColumns {
  IdColumn customer;
  std::span<const std::int64_t> at;     ///< seconds since 1970-01-01T00:00:00Z
  std::span<const std::uint16_t> kind;  ///< indices into `kind_names`
  std::span<const std::string_view> kind_names;
  std::span<const std::int64_t> value{};      ///< in units of 10^-decimals; none: 1
  int decimals{0};                            ///< of the values, 0 to 12
  std::span<const std::string_view> label{};  ///< none: no labels
};

class Records {
 public:
  struct Storage;
  Records();
  /// Those that share a storage: for the library's own floors.
  explicit Records(std::shared_ptr<const Storage> storage);

  void add(const Customer& customer, std::int64_t row = 0);
  void add(const CustomerRecord& customer);
  void add(const Subscription& subscription);
  void add(const PhaseRecord& phase);
  void add(std::span<const PhaseRecord> phases);
  /// Throws Error(bad_number) if the columns differ in length, a plan index is beyond the names or an amount
  /// is -2^63, Error(bad_date) for a day outside of years 1 to 9999, Error(bad_id) for an empty id; then
  /// nothing was added. O(rows).
  void add(const PhaseColumns& phases);
  void add(const Invoice& invoice, std::int64_t row = 0);
  void add(const Event& event, std::int64_t row = 0);
  void add(const EventRecord& event);
  /// Throws Error(bad_number) if the columns differ in length, a kind index is beyond the names, a value is
  /// -2^63 or there are no such decimals, Error(bad_date) for an instant outside of years 1 to 9999,
  /// Error(bad_id) for an empty id; then nothing was added. O(rows).
  void add(const EventColumns& events);
  void add(const FxRate& rate, std::int64_t row = 0);

  /// Adds all that other records hold, as if row by row behind what is here: so several threads may each read a part
  /// of a source. `rows_before` is added to their row numbers. Sources, the currency of rates and the first day stay
  /// those of these records. O(rows).
  void append(const Records& more, std::int64_t rows_before = 0);

  /// The currency that exchange rates are units of; empty: the one that a book reports in.
  void set_rates_currency(std::optional<Currency> currency);
  [[nodiscard]] std::optional<Currency> rates_currency() const noexcept;

  /// Makes room for so many phases or events, where the number is known.
  void reserve_phases(std::size_t count);
  void reserve_events(std::size_t count);

  /// What rejections call a table: a file's name. By default `customers`, `subscriptions`, ….
  void set_source(RecordTable table, std::string name);
  [[nodiscard]] const std::string& source(RecordTable table) const noexcept;

  /// The first day that the records cover; whoever pays on it is not new there.
  void set_records_from(std::optional<Date> day);
  [[nodiscard]] std::optional<Date> records_from() const noexcept;

  [[nodiscard]] std::size_t customer_count() const noexcept;
  [[nodiscard]] std::size_t phase_count() const noexcept;
  [[nodiscard]] std::size_t invoice_count() const noexcept;
  [[nodiscard]] std::size_t event_count() const noexcept;
  [[nodiscard]] std::size_t fx_rate_count() const noexcept;

  /// The day after the latest thing that happened: starts_on, signed_up_on, issued_on, paid_on,
  /// cancel_requested_on, payment or event; never an end or due date, which may lie ahead, nor a phase that
  /// ends before it starts. Empty without records. A default for `as_of` where nobody says better. O(records).
  [[nodiscard]] std::optional<Date> day_after_latest(const TimeZone& zone = {}) const;

  /// For the library's own floors.
  [[nodiscard]] const Storage& storage() const noexcept { return *storage_; }
  [[nodiscard]] std::shared_ptr<const Storage> shared_storage() const noexcept { return storage_; }

 private:
  Storage& writable();
  std::shared_ptr<const Storage> storage_;
};

}  // namespace churn::inline v0

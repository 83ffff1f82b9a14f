// Book: the records, read under conventions, as of a day. Everything that is answered is counted from it.
//
//   auto [book, rejections] = Book::build(records, Date::of(2025, 1, 1));
//
// Building checks every record (what can't be true is rejected with a reason), joins merged accounts, leaves
// test accounts out, resolves overlapping phases, trials, discounts and pauses, and nets what is left into
// one *timeline* a customer: the days on which its state changed. A state is (present, run rate): present
// means paying, or kept by policy (a pause, a free plan).
//
// `as_of` is exclusive: only days before it exist. With records_from R, the days before R do not exist
// either: whoever is present on R opens the first period, and an absence before R is remembered only as
// "was here before".
//
// A Book is immutable, cheap to copy (shared), and safe to read from many threads. It keeps its Records
// alive. What happens later makes another Book (`apply`), or is followed by a LiveBook (book/live_book.hpp).
// Building is O(phases log phases-per-customer) plus hashing of ids done by Records; it takes 17 bytes a change of
// state, 4 a phase and about 40 a customer beside the records. While it is built, phases in no order of customers
// take 32 bytes each, and on several threads the later ones' timelines are there twice for a while.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <churn/book/conventions.hpp>
#include <churn/book/records.hpp>
#include <churn/book/rejections.hpp>
#include <churn/core/progress.hpp>
#include <churn/core/run_rate.hpp>

namespace churn::inline v0 {

/// A customer's place in the columns of one Book. Not an id: it depends on the order of the records, so
/// nothing is ordered by it and it never leaves the process.
enum class CustomerIndex : std::uint32_t {};

/// What a customer is on a day.
struct Balance {
  std::int64_t ticks{0};  ///< run rate
  bool present{false};    ///< pays, or is kept by policy (a pause, a free plan)
  friend constexpr bool operator==(const Balance&, const Balance&) noexcept = default;
};

/// The changes of state of all customers, as columns: customer c has the steps first_step[c] to
/// first_step[c + 1] in order of day. Before its first step a customer is absent. A step may change nothing but
/// the phases that a level is made of (`same_balance`).
struct Timeline {
  /// The day of a step that stands for everything before records_from.
  static constexpr std::int32_t before_records = INT32_MIN;
  /// Bits of `state`.
  static constexpr std::uint8_t present = 1;        ///< the customer is present from this day on
  static constexpr std::uint8_t enters = 2;         ///< absent before, present now
  static constexpr std::uint8_t enters_as_new = 4;  ///< an entry that is the first, or beyond the window
  static constexpr std::uint8_t leaves = 8;         ///< present before, absent now
  static constexpr std::uint8_t same_balance = 16;  ///< other phases, for the same level
  static constexpr std::uint8_t of_several = 32;    ///< the customer has several phases at once on some day
  static constexpr std::uint8_t first_of_customer = 64;  ///< the first step of its customer
  static constexpr std::uint8_t grows = 128;             ///< the level is above that before it

  std::span<const std::uint32_t> first_step;  ///< customers + 1
  std::span<const std::int32_t> day;          ///< since 1970-01-01
  std::span<const std::int64_t> level;        ///< ticks from this day on
  std::span<const std::uint8_t> state;        ///< of the bits above

  /// How many customers the columns are of, those without any step among them.
  [[nodiscard]] std::size_t customer_count() const noexcept { return first_step.size() - 1; }
};

/// A rate by which amounts were converted: `rate` / `over` units of the reporting currency for one of `currency`
/// (`over` is 1, unless the records' rates are units of a third currency). No day: the conventions' rate.
struct AppliedRate {
  Currency currency;         ///< that was converted
  Decimal rate;              ///< as recorded, or as the conventions have it
  Decimal over{1};           ///< the rate of the reporting currency, in that third one
  std::optional<Date> on{};  ///< of the recorded rate; empty: the conventions'
};

struct BuiltBook;
struct Changes;

/// How a book is built. What it holds does not depend on it.
struct BuildOptions {
  unsigned threads{1};  ///< how many may work on timelines, from 1 to 256
  Progress progress{};  ///< told of the timelines, which take most of the time
};

/// What is known of all customers before a day, under conventions. A copy is cheap and shares it.
class Book {
 public:
  /// Throws Error(bad_conventions) for conventions that contradict themselves and Error(overflow) if one
  /// customer's run rate is beyond 64 bits, and Error(missing_rate) naming currency and day if an amount is to be
  /// converted for which there is no exchange rate, and Error(cancelled) where `progress` ends it. Bad records are
  /// rejected, not thrown over.
  [[nodiscard]] static BuiltBook build(const Records& records, Date as_of,
                                       const Conventions& conventions = Conventions::standard(),
                                       const BuildOptions& options = {});

  /// The book that its records, with these changes made, give as of a later day, and what was rejected of them all.
  /// Throws Error(out_of_range) if that day is before as_of(), and what `build` throws. O(records).
  [[nodiscard]] BuiltBook apply(const Changes& changes, Date as_of) const;

  /// The first day that is not known.
  [[nodiscard]] Date as_of() const noexcept { return as_of_; }
  /// The first day that is known; empty: the records go back to the beginning.
  [[nodiscard]] std::optional<Date> records_from() const noexcept;
  /// Under which it was built; valid as long as this book or a copy of it.
  [[nodiscard]] const Conventions& conventions() const& noexcept;
  /// The same as a copy.
  [[nodiscard]] Conventions conventions() const&& { return conventions(); }
  /// What it was built from: one Records, many Books.
  [[nodiscard]] Records records() const;
  /// The one currency of the book, the reporting one where amounts are converted (USD for a book without any
  /// phase). Throws Error(mixed_currencies) naming them if there are several: amounts of different currencies
  /// never add.
  [[nodiscard]] Currency currency() const;
  /// Those that somebody pays in before as_of, as converted, in order of their codes. Empty if nobody ever pays.
  [[nodiscard]] const std::vector<Currency>& currencies() const& noexcept;
  /// The same as a copy.
  [[nodiscard]] std::vector<Currency> currencies() const&& { return currencies(); }

  /// Where MRR was read from: subscriptions or invoices.
  [[nodiscard]] RevenueSource revenue_source() const noexcept;
  /// The constant rates of the currencies that were converted, in order of their codes. Under FxPolicy::dated they
  /// are those of what movements are not valued by. Throws Error(missing_rate) where one is needed and not there.
  [[nodiscard]] std::vector<AppliedRate> exchange_rates() const;

  /// Everybody whom the records name, also who never paid; merged accounts are one, test accounts none.
  [[nodiscard]] std::size_t customer_count() const noexcept { return timeline_.customer_count(); }
  /// Test accounts, and what is merged into them.
  [[nodiscard]] std::size_t excluded_customer_count() const noexcept;
  /// Of merged accounts that of the one that they became.
  [[nodiscard]] CustomerId customer_id(CustomerIndex customer) const;
  /// Empty for an unknown, excluded or merged-away account.
  [[nodiscard]] std::optional<CustomerIndex> find(const CustomerId& id) const;
  /// Empty where the records give none.
  [[nodiscard]] std::string customer_name(CustomerIndex customer) const;
  /// Of the customer's own row, else the earliest of the accounts merged into it; empty: not known.
  [[nodiscard]] std::optional<Date> signed_up_on(CustomerIndex customer) const;
  /// The first day on which the customer was present; from phases known to start before records_from, too.
  [[nodiscard]] std::optional<Date> first_present_on(CustomerIndex customer) const;
  /// All customers in order of their ids' bytes. O(n log n).
  [[nodiscard]] std::vector<CustomerIndex> customers_by_id() const;

  /// The plans of its phases, each once, in no particular order. A copy.
  [[nodiscard]] std::vector<std::string> plans() const;

  /// Names of the attributes, in order of their bytes.
  [[nodiscard]] const std::vector<std::string>& attribute_names() const& noexcept;
  /// The same as a copy.
  [[nodiscard]] std::vector<std::string> attribute_names() const&& { return attribute_names(); }
  /// A column of label numbers by customer, 0 for none, and the labels they stand for ("(none)" first).
  struct Attribute {
    std::span<const std::uint32_t> code;  ///< by customer, an index into `labels`
    std::span<const std::string> labels;  ///< each once, in no order but for the first
  };
  /// Throws Error(unknown_attribute), naming those that exist.
  [[nodiscard]] Attribute attribute(std::string_view name) const&;
  [[nodiscard]] Attribute attribute(std::string_view name) const&& = delete;

  /// Views of the book's columns, valid as long as this book or a copy of it.
  [[nodiscard]] const Timeline& timeline() const& noexcept { return timeline_; }
  [[nodiscard]] const Timeline& timeline() const&& = delete;
  /// The state of a customer on a day before as_of, over all currencies where it pays in several. O(log changes of the customer).
  [[nodiscard]] Balance balance_on(CustomerIndex customer, Date day) const;
  /// The first day on which anything changed; empty for a book without movement.
  [[nodiscard]] std::optional<Date> first_change_on() const noexcept;
  /// The first day of the earliest absence that may still turn out to be a gap within the allowance.
  /// Periods that end after it are not complete.
  [[nodiscard]] std::optional<Date> pending_gap_since() const noexcept;
  /// True if the sum of all changes fits 64 bits, so that no sum over customers can overflow.
  [[nodiscard]] bool sums_fit() const noexcept;

  struct Data;
  /// For the library's own floors.
  [[nodiscard]] const Data& data() const noexcept { return *data_; }

 private:
  friend class LiveBook;
  friend struct StoredBook;
  Book(std::shared_ptr<const Data> data, Date as_of);
  std::shared_ptr<const Data> data_;
  Date as_of_;  // not before that of the data: nothing has happened in between
  Timeline timeline_;
};

/// A book, and what building it found wrong with the records.
struct BuiltBook {
  Book book;              ///< of what was not rejected
  Rejections rejections;  ///< what was left out or needs a look, sorted
};

}  // namespace churn::inline v0

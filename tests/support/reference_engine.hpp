// A second opinion on the movements of recurring revenue.
//
// The tests compare the library with this engine. It is written from the definitions alone and shares no code
// with the library, so that one mistake cannot hide in both. It is naive on purpose: every customer's state
// is worked out for every single day and kept in an array; periods, movements, rates and cohorts are then
// read off those days by walking over them. Nothing here is clever, and nothing is faster than it has to be.
//
// Conventions:
//   * A day is the number of days since 1970-01-01. Spans are half-open: [first, last).
//   * Money comes in as decimal text in major units and becomes ticks: 1/360 of a minor unit per year.
//   * Only days before `Book::as_of` exist. Days before `Book::records_from` are not observed.
//   * What cannot be observed is zero in the cells and false in the status: ask `status` before believing
//     a zero.
//   * A book of invoices has no seats, renewals and trials: asking for its subscriptions throws.
//   * Amounts in other currencies are converted row by row where the rules say so; a rate that is missing
//     throws where an amount other than 0 needs it.
//   * Questions by segment (plan, interval, tenure and so on) follow section 3.4 of the definitions. The
//     currency is always part of a lane, asked for or not: lanes of two currencies never match. (Of a book
//     that converts it is the reporting currency of all lanes.)
//   * Text that is no decimal number, two customers with one id, a grid that does not ascend, amounts that
//     do not fit and sums over different currencies throw. So does judging history by period ends while
//     netting by day: that combination has no definition.

#ifndef CHURN_TESTS_SUPPORT_REFERENCE_ENGINE_HPP
#define CHURN_TESTS_SUPPORT_REFERENCE_ENGINE_HPP

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace reference {

// ---- The calendar --------------------------------------------------------------------------------------

struct CivilDate {
  int year{1970};
  int month{1};
  int day{1};
  friend bool operator==(const CivilDate&, const CivilDate&) = default;
};

// The proleptic Gregorian calendar.
int day_number(int year, int month, int day);
CivilDate civil_date(int day);

// A list of contiguous periods: n + 1 cuts make n periods, period i being [cuts[i], cuts[i + 1]).
// `whole[i]` is false where the ends of the grid cut a period of its rule short. `earlier_cuts` (ascending)
// carry the grid backwards by its own rule; only History::period_ends looks at them.
struct Grid {
  std::vector<int> cuts{};
  std::vector<bool> whole{};
  std::vector<int> earlier_cuts{};
  [[nodiscard]] std::size_t periods() const { return whole.size(); }
};

// Calendar grids over [from, to). ISO weeks start on Monday. The earlier cuts go back `years_back` years.
Grid days(int from, int to, int years_back = 30);
Grid weeks(int from, int to, int years_back = 30);
Grid months(int from, int to, int years_back = 30);
Grid quarters(int from, int to, int years_back = 30);
Grid years(int from, int to, int years_back = 30);
// Periods of n days from `from` on; only the last one can be cut short.
Grid every(int n, int from, int to, int years_back = 30);
// Exactly these cuts, all periods whole, nothing known of earlier ones.
Grid at(std::vector<int> cuts);

// ---- The book ------------------------------------------------------------------------------------------

struct Phase {
  std::string subscription{};
  std::string customer{};
  std::string plan{};
  int starts_on{0};
  std::optional<int> ends_on{};
  std::string amount{};
  std::string currency{"USD"};
  std::string interval{"month"};  // year, half_year, quarter, month, week or day
  long interval_count{1};
  long quantity{1};
  std::string discount_percent{"0"};
  std::string discount_amount{"0"};  // major units, off the whole quantity for one interval
  std::optional<int> discount_ends_on{};
  std::optional<int> trial_ends_on{};
  std::optional<int> cancel_requested_on{};
  std::optional<int> paused_from{};
  std::optional<int> paused_until{};
};

struct Customer {
  std::string id{};
  std::optional<int> signed_up_on{};
  bool excluded{false};
  std::optional<std::string> merged_into{};
  std::map<std::string, std::string> attributes{};
};

struct Cycle {
  std::string interval{"month"};
  long count{1};
  friend auto operator<=>(const Cycle&, const Cycle&) = default;
};

enum class LineKind { recurring, proration, usage, one_time };
enum class InvoiceStatus { draft, open, paid, uncollectible, void_ };
enum class PaymentStatus { succeeded, failed, refunded };

struct InvoiceLine {
  std::string id{};
  std::optional<std::string> subscription{};
  std::string plan{};
  std::string amount{};  // major units
  std::optional<long> quantity{};
  std::optional<std::string> unit_price{};
  std::optional<Cycle> cycle{};
  std::optional<int> period_start{};
  std::optional<int> period_end{};
  LineKind kind{LineKind::recurring};
};

struct Payment {
  std::int64_t at{0};  // seconds since 1970-01-01 UTC
  PaymentStatus status{PaymentStatus::succeeded};
  friend bool operator==(const Payment&, const Payment&) = default;
};

struct Invoice {
  std::string id{};
  std::string customer{};
  int issued_on{0};
  std::optional<int> due_on{};
  std::optional<int> paid_on{};
  std::string currency{"USD"};
  InvoiceStatus status{InvoiceStatus::paid};
  std::optional<std::string> subscription{};
  std::vector<InvoiceLine> lines{};
  std::vector<Payment> payments{};
};

// Units of the reporting currency for one unit of this one, from this day on.
struct FxRate {
  int on{0};
  std::string currency{};
  std::string rate{};
};

struct Book {
  std::vector<Customer> customers{};
  std::vector<Phase> phases{};
  std::vector<Invoice> invoices{};
  std::vector<FxRate> fx_rates{};
  int as_of{0};
  std::optional<int> records_from{};
};

enum class Pause { retained, absent, counted };
enum class Free { absent, customer };
enum class Discounts { all, recurring, forever, none };
enum class Recognition { service_end, cancel_request };
enum class PastDue { counted, dropped_after_days, dropped_when_exhausted };
enum class Usage { excluded, counted };
enum class Source { automatic, subscriptions, invoices };
enum class Fx { constant, dated };
enum class Netting { by_period, by_day };
enum class History { any_day, period_ends };
enum class CohortBy { first_paid, signed_up };

struct Rules {
  Pause pause{Pause::retained};
  Free free{Free::absent};
  Discounts discounts{Discounts::all};
  Recognition recognition{Recognition::service_end};
  PastDue past_due{PastDue::counted};
  int past_due_days{30};
  Usage usage{Usage::excluded};
  Source source{Source::automatic};
  std::optional<std::string> currency{};  // the reporting one
  Fx fx{Fx::constant};
  std::map<std::string, std::string>
      rates{};              // by currency; before those of the book where rates are constant
  int utc_offset_hours{0};  // what makes a day of an instant
  int gap_allowance{0};
  std::optional<int> reactivation_window{};
  Netting netting{Netting::by_period};
  History history{History::any_day};
};

// ---- The questions -------------------------------------------------------------------------------------

// Fixed: attribute and cohort_month have one label a customer. Lanes: plan, interval and currency are of a
// phase in force, and a customer may be in several. States: the rest has one label a customer and day.
enum class SegmentKind {
  attribute,
  cohort_month,
  plan,
  interval,
  currency,
  primary_plan,
  latest_plan,  // that of the phase in force that starts last; of several, of the smallest subscription
  tenure,
  mrr_band
};

// The labels of tenure and mrr_band are "band0", "band1" and so on: how many thresholds are reached.
struct Segment {
  SegmentKind kind{SegmentKind::attribute};
  std::string name{};                      // of the attribute
  std::vector<std::int64_t> thresholds{};  // days for tenure, ticks for mrr_band
  friend bool operator==(const Segment&, const Segment&) = default;
};

// Holds where the label is, or is not, this one. Of several conditions all must hold.
struct Condition {
  Segment segment{};
  std::string label{};
  bool equal{true};
};

// ---- The answers ---------------------------------------------------------------------------------------

struct State {
  bool present{false};
  std::int64_t ticks{0};
  friend bool operator==(const State&, const State&) = default;
};

struct Cell {
  // Ticks. All but `opening` and `closing` follow the netting; they always lead from one to the other.
  std::int64_t opening{0};
  std::int64_t new_{0};
  std::int64_t reactivation{0};
  std::int64_t expansion{0};
  std::int64_t contraction{0};
  std::int64_t churn{0};
  std::int64_t transfer_in{0};
  std::int64_t transfer_out{0};
  std::int64_t fx{0};  // may be negative
  std::int64_t closing{0};
  // Customers; under Netting::by_day all but the opening and closing ones count steps.
  std::int64_t opening_customers{0};
  std::int64_t new_customers{0};
  std::int64_t reactivated_customers{0};
  std::int64_t churned_customers{0};
  std::int64_t closing_customers{0};
  std::int64_t expanded_customers{0};
  std::int64_t contracted_customers{0};
  std::int64_t transferred_in_customers{0};
  std::int64_t transferred_out_customers{0};
  // Those present at opening, opening compared with closing whatever the netting, in the segment that they
  // were in at opening. What went to another segment is kept; what grew counts only where they were before.
  // What rates of exchange did to the closing is in none of them.
  std::int64_t kept{0};            // ticks: opening less what was lost
  std::int64_t retained{0};        // ticks: kept and what grew
  std::int64_t lost_customers{0};  // absent at closing
  // Exposure: first absent days after present ones, and present days.
  std::int64_t departures{0};
  std::int64_t customer_days{0};
  // Departures of those present at opening, in the segment that they were in then. Joined: absent at opening,
  // present on some day of the period, new or returned; in the segment of the first such day.
  std::int64_t departures_of_opening{0};
  std::int64_t joined_customers{0};
  std::int64_t joined_and_left_customers{0};  // of the joined: absent at closing
  std::int64_t departures_of_joined{0};

  friend bool operator==(const Cell&, const Cell&) = default;
};

Cell& operator+=(Cell& sum, const Cell& part);
std::ostream& operator<<(std::ostream& out, const Cell& cell);

struct PeriodStatus {
  bool observable{false};
  bool complete{false};
  friend bool operator==(const PeriodStatus&, const PeriodStatus&) = default;
};

// Of subscriptions, counted where they and their customer were at opening. A subscription is on while a phase
// of it is present; gaps are carried for customers, not for subscriptions.
struct SubscriptionCell {
  std::int64_t opening_subscriptions{0};
  std::int64_t lost_subscriptions{0};  // of those on at opening: not on at closing
  std::int64_t opening_seats{0};
  std::int64_t lost_seats{0};  // what fell and did not go to another lane of the customer
  // Renewal days in the period, where the customer was the day before.
  std::int64_t due{0};
  std::int64_t renewed{0};
  // Trials whose last day lay before, and how many of their customers pay by then.
  std::int64_t trials_ended{0};
  std::int64_t trials_converted{0};
  friend bool operator==(const SubscriptionCell&, const SubscriptionCell&) = default;
};

SubscriptionCell& operator+=(SubscriptionCell& sum, const SubscriptionCell& part);
std::ostream& operator<<(std::ostream& out, const SubscriptionCell& cell);

struct CohortCell {
  bool observed{false};  // the rest is zero unless observed
  std::int64_t paying_at_close{0};
  std::int64_t unbroken{0};
  std::int64_t mrr_ticks{0};
  friend bool operator==(const CohortCell&, const CohortCell&) = default;
};

struct Cohort {
  std::int64_t size{0};
  std::vector<CohortCell> ages{};  // age 0 first; as many as there are periods left in the grid
  friend bool operator==(const Cohort&, const Cohort&) = default;
};

struct Rejection {
  std::size_t phase{0};  // its index in Book::phases
  std::string reason{};
  friend bool operator==(const Rejection&, const Rejection&) = default;
};

// A finding in an invoice, or in one of its lines. Notices are told by the same names as rejections.
struct InvoiceFinding {
  std::size_t invoice{0};             // its index in Book::invoices
  std::optional<std::size_t> line{};  // its index in Invoice::lines
  std::string reason{};
  friend bool operator==(const InvoiceFinding&, const InvoiceFinding&) = default;
};

// An exact rate. An empty base (denominator 0) means undefined.
struct Fraction {
  std::int64_t numerator{0};
  std::int64_t denominator{0};
  [[nodiscard]] bool defined() const { return denominator != 0; }
  friend bool operator==(const Fraction&, const Fraction&) = default;
};

std::ostream& operator<<(std::ostream& out, const Fraction& fraction);

// Which departures count, and over what. "Counted" counts departures, not customers.
enum class Part { excluded, counted };
enum class Base { opening, opening_and_joined, mean, exposure };

struct RateParts {
  Part joined_and_left{Part::excluded};
  Part left_and_returned{Part::excluded};
  Base base{Base::opening};
};

Fraction customer_churn_rate(const Cell& cell);
// Over exposure every departure counts, whatever the parts; over the mean numerator and base are doubled.
Fraction customer_churn_rate(const Cell& cell, const RateParts& parts);
Fraction gross_mrr_churn_rate(const Cell& cell);
Fraction net_mrr_churn_rate(const Cell& cell);
Fraction grr(const Cell& cell);
Fraction nrr(const Cell& cell);
Fraction quick_ratio(const Cell& cell);
Fraction arpa(const Cell& cell);  // ticks per customer
Fraction arr(const Cell& cell);   // ticks, denominator 1
Fraction exposure(const Cell& cell);

// The run rate of one phase, its trial and pauses aside; nothing when the phase cannot be read (unknown
// interval, interval count below 1).
std::optional<std::int64_t> run_rate(const Phase& phase, bool with_discount);
// What is shown: minor units a month, half-even.
std::int64_t mrr_in_minor_units(std::int64_t ticks);

// ---- The engine ----------------------------------------------------------------------------------------

class Engine {
 public:
  using Labels = std::vector<std::string>;

  explicit Engine(Book book, Rules rules = {});

  // Every label that some customer has, in every period. A label has one part for each attribute asked for,
  // a missing or empty attribute being "(none)". Without attributes there is one label, {""}: the total.
  [[nodiscard]] std::map<Labels, std::vector<Cell>> movements(
      const Grid& grid, const std::vector<std::string>& attributes) const;
  // The same; it settles what {} and {"one", "two"} mean beside the segments below.
  [[nodiscard]] std::map<Labels, std::vector<Cell>> movements(
      const Grid& grid, std::initializer_list<const char*> attributes) const;
  // By segments of any kind, of what the conditions keep. Only labels of which some cell is not zero; without
  // segments the one label {""}, always. Throws where a label has amounts in two currencies.
  [[nodiscard]] std::map<Labels, std::vector<Cell>> movements(const Grid& grid,
                                                              const std::vector<Segment>& by,
                                                              const std::vector<Condition>& where = {}) const;
  // For each period the window of that many days that ends with it, whole even where the period is not.
  // Nothing is known of earlier windows, as with given cuts.
  [[nodiscard]] std::map<Labels, std::vector<Cell>> movements_trailing(
      const Grid& grid, int days, const std::vector<Segment>& by,
      const std::vector<Condition>& where = {}) const;
  [[nodiscard]] std::vector<PeriodStatus> status_trailing(const Grid& grid, int days) const;
  [[nodiscard]] std::map<Labels, std::vector<SubscriptionCell>> subscriptions(
      const Grid& grid, const std::vector<Segment>& by, const std::vector<Condition>& where = {}) const;
  [[nodiscard]] std::vector<Cell> total(const Grid& grid) const;
  [[nodiscard]] std::map<std::string, std::vector<Cell>> movements_by_customer(const Grid& grid) const;

  [[nodiscard]] std::vector<PeriodStatus> status(const Grid& grid) const;

  // One cohort for every period of the grid, empty ones too. Its size is given even if no cell is observed.
  [[nodiscard]] std::vector<Cohort> cohorts(const Grid& grid, CohortBy by = CohortBy::first_paid) const;
  // The same by segments, as they were on the first present day. Only labels of which some cohort has
  // members; without segments the one label {""}, always.
  [[nodiscard]] std::map<Labels, std::vector<Cohort>> cohorts(const Grid& grid, CohortBy by,
                                                              const std::vector<Segment>& segments) const;

  // Absent for a customer that does not exist (excluded, merged into another), and on days that do not.
  [[nodiscard]] State state_on(const std::string& customer, int day) const;
  // The same as a roster of that day tells it: where rates are dated, at those of the day.
  [[nodiscard]] State roster_on(const std::string& customer, int day) const;

  // In the order of Book::phases.
  [[nodiscard]] const std::vector<Rejection>& rejected() const { return rejected_; }
  // Further copies of a row that stands earlier in Book::phases, by index; they are not among the rejected.
  [[nodiscard]] const std::vector<std::size_t>& duplicates() const { return duplicates_; }
  // Of books whose revenue is read from invoices, in the order of invoices and lines.
  [[nodiscard]] const std::vector<InvoiceFinding>& invoice_findings() const { return invoice_findings_; }
  // After merging, without the excluded.
  [[nodiscard]] std::vector<std::string> customers() const;

 private:
  // Half-open.
  struct Span {
    int first{0};
    int last{0};
  };

  // A phase that counts: cut by its successor, its worth known with and without the discount, as far as
  // discounts of its kind count. Of invoices the worth on every day on which it is in force.
  struct Row {
    Phase phase{};
    std::int64_t discounted{0};
    std::int64_t undiscounted{0};
    std::optional<std::map<int, std::int64_t>> levels{};
    std::vector<Span> debts{};  // days on which it counts as if it were not in force
  };

  // The rates of exchange of this day; without a day those that the book has as a whole.
  struct Rates {
    std::optional<int> of_day{};
  };

  struct Person {
    std::optional<int> signed_up_on{};
    std::map<std::string, std::string> attributes{};
    std::set<std::string> currencies{};
    std::vector<Row> rows{};
    int first_day{0};
    std::vector<bool> present{};  // from first_day up to the day before as_of
    // For each of these days the day whose phases count: the day itself, but in a gap the last one before it.
    std::vector<int> carried_from{};
    std::optional<int> first_present{};
    std::optional<int> pending_gap_from{};
  };

  // What to tell apart: the segments asked for, then those of the conditions. The amounts are allocated with
  // all of them told apart, and only then kept and added up.
  struct Question {
    std::vector<Segment> segments{};
    std::size_t asked_for{0};
    std::vector<Condition> where{};  // where[i] is about segments[asked_for + i]
  };

  // Labels stand in the order of Question::segments, "" where a segment is of the other kind.
  struct Lane {
    Labels labels{};
    std::string currency{};
    friend auto operator<=>(const Lane&, const Lane&) = default;
  };
  using LaneAmounts = std::map<Lane, std::int64_t>;

  // A customer on one day: fixed labels and states, and the lanes it is in. Absent customers are in no lane.
  struct Snapshot {
    bool present{false};
    Labels state{};
    LaneAmounts lanes{};
  };

  struct LaneChange {
    std::int64_t expansion{0};
    std::int64_t contraction{0};
    std::int64_t transfer_in{0};
    std::int64_t transfer_out{0};
  };

  struct Sums {
    std::map<Labels, Cell> cells{};
    std::map<Labels, std::set<std::string>> currencies{};  // of amounts that are not zero
  };
  using Answer = std::vector<Sums>;  // one for each period

  struct Identity {
    std::string id{};
    bool left_out{false};
  };

  // The days of a period that count: movements lead from the state of `opening` to the state of `closing`.
  struct Window {
    int opening{0};
    int closing{0};
  };

  [[nodiscard]] const Customer* find_customer(const std::string& id) const;
  [[nodiscard]] Identity identify(const std::string& id) const;
  [[nodiscard]] std::vector<std::size_t> accepted_phases();
  void gather_people(const std::vector<std::size_t>& accepted);
  void place_rows(const std::vector<std::size_t>& accepted);
  [[nodiscard]] bool discount_counts(const std::vector<Row>& rows, const Row& row) const;
  [[nodiscard]] bool is_void(const Phase& request, const std::vector<std::size_t>& accepted) const;

  void accept_invoices();
  [[nodiscard]] int day_of(std::int64_t instant) const;
  [[nodiscard]] std::optional<int> known_paid_day(const Invoice& invoice) const;
  static bool is_about(const Invoice& invoice, const std::string& subscription);
  [[nodiscard]] std::vector<Span> debts_of(const std::string& customer,
                                           const std::string& subscription) const;
  void place_rows_of_invoices();

  [[nodiscard]] bool converts(const std::string& currency) const;
  [[nodiscard]] std::string currency_of(const Phase& phase) const;
  [[nodiscard]] std::string rate_of(const std::string& currency, Rates rates) const;
  [[nodiscard]] std::int64_t value_of(const Phase& phase, std::int64_t ticks, Rates rates) const;
  [[nodiscard]] Rates rates_on(int day) const;

  void walk_days(Person& person) const;
  void fill_gaps(Person& person) const;

  [[nodiscard]] State state_of_row(const Row& row, int day) const;
  static bool present_on(const Person& person, int day);
  [[nodiscard]] State state_of(const Person& person, int day, Rates rates) const;
  [[nodiscard]] State checked_state(const std::string& customer, int day, Rates rates) const;
  static std::optional<int> last_present_before(const Person& person, int day);

  [[nodiscard]] bool observable(int begin, int end) const;
  [[nodiscard]] Window window(int begin, int end) const;
  [[nodiscard]] bool beyond_reactivation_window(const Person& person, int entry) const;
  [[nodiscard]] bool is_new(const Person& person, const Grid& grid, int begin, int entry) const;
  void classify(Cell& cell, State before, State after, bool entry_is_new) const;
  [[nodiscard]] Cell cell_of(const Person& person, const Grid& grid, std::size_t period) const;
  [[nodiscard]] std::vector<Cell> cells_of(const Person& person, const Grid& grid) const;
  [[nodiscard]] std::optional<int> cohort_day(const Person& person, CohortBy by) const;
  [[nodiscard]] std::vector<Cohort> cohorts_among(const Grid& grid, CohortBy by,
                                                  const std::vector<const Person*>& people) const;

  static Question question(const std::vector<Segment>& by, const std::vector<Condition>& where);
  [[nodiscard]] std::string fixed_or_state_label(const Segment& segment, const Person& person,
                                                 std::optional<int> day, Rates rates) const;
  [[nodiscard]] Labels state_labels(const Question& asked, const Person& person, std::optional<int> day,
                                    Rates rates) const;
  [[nodiscard]] Lane lane_of(const Question& asked, const Phase& phase) const;
  [[nodiscard]] Snapshot look(const Question& asked, const Person& person, int day, Rates rates) const;
  static std::optional<Labels> target(const Question& asked, const Labels& state, const Lane& lane);
  static std::set<Labels> targets(const Question& asked, const Snapshot& snapshot);
  static void add_amount(Sums& sums, const Question& asked, const Labels& state, const Lane& lane,
                         std::int64_t Cell::*field, std::int64_t amount);
  static void add_count(Sums& sums, const std::set<Labels>& where, std::int64_t Cell::*field,
                        std::int64_t count = 1);
  static void add_sums(Sums& sums, const Sums& part);
  static std::map<Lane, LaneChange> match_lanes(const LaneAmounts& opening, const LaneAmounts& closing);
  static std::map<Lane, LaneChange> match_lanes_of_each_currency(const LaneAmounts& opening,
                                                                 const LaneAmounts& closing);
  static void add_step(Sums& sums, const Question& asked, const Snapshot& before, const Snapshot& after,
                       bool entry_is_new);
  static void add_rates(Sums& sums, const Question& asked, const Snapshot& opening, const Snapshot& closing);
  void add_period(Sums& sums, const Question& asked, const Person& person, const Grid& grid,
                  std::size_t period) const;
  using SubscriptionSums = std::map<Labels, SubscriptionCell>;
  [[nodiscard]] std::set<std::string> subscriptions_on(const Person& person, int day) const;
  [[nodiscard]] LaneAmounts seats_on(const Question& asked, const Person& person, int day) const;
  // What labels go by: those of the opening are the ones that closed the period before.
  struct PeriodRates {
    int opening_day;
    Rates opening;
    Rates inside;
    Rates on(int day) const { return day == opening_day ? opening : inside; }
  };
  PeriodRates period_rates(const Grid& grid, std::size_t period) const;
  void add_subscriptions_and_seats(SubscriptionSums& sums, const Question& asked, const Person& person,
                                   Window span, const PeriodRates& rates) const;
  static int anchor_of(const Person& person, const Phase& phase);
  void add_renewals(SubscriptionSums& sums, const Question& asked, const Person& person, Window span,
                    const PeriodRates& rates) const;
  void add_trials(SubscriptionSums& sums, const Question& asked, const Person& person, Window span,
                  const PeriodRates& rates) const;
  static std::map<Labels, std::vector<Cell>> tabulate(const Answer& answer, const Question& asked);

  Book book_;
  Rules rules_;
  std::vector<Rejection> rejected_{};
  std::vector<std::size_t> duplicates_{};
  std::vector<InvoiceFinding> invoice_findings_{};
  std::vector<std::size_t> invoices_{};  // those that count, by index in Book::invoices
  bool from_invoices_{false};
  bool converting_{false};
  std::map<std::string, Person> people_{};
  std::optional<int> first_pending_gap_{};
};

}  // namespace reference

#endif  // CHURN_TESTS_SUPPORT_REFERENCE_ENGINE_HPP

// LifeTable: for every segment, how many spells were there at which tenure, and how they ended, in exact integers.
//
//   LifeTable table = LifeTable::fold(book, by::plan, {.exits = {{{"completed", ExitTypes::censored}}}});
//   kaplan_meier(table, segment)                     // survival/kaplan_meier.hpp
//
// Each spell (row/spell.hpp) is counted twice: where it enters observation and where it leaves it.
//   entries    by tenure in days: 0, or what it was when the records began (left truncation)
//   exits      by type and tenure, of those that ended
//   censored   by tenure, of those that ended in a way that says nothing of how long they would have stayed
//   running    by first day, of those that are present on the last known day
// A spell is at risk at the tenures after its entry up to its exit, from 0 on if it entered at 0; who is running
// is at risk up to its tenure on the last known day. Running spells are kept by their first day, so the same
// counts serve for a later as_of: everyone has aged by the same number of days (`aged_to`).
//
// What an end reason means is the host's to say (`ExitTypes`). By default every end is the type `departed`. Where rules
// of departures are given (reason/departure_rules.hpp), types are those that they find in all that is on record.
//
// Segments are those of a spell's first day, never the current ones, which would make survivors of those who had
// time to move: of several lanes on it that with the most MRR, of a subscription that of its phase. `where` is
// asked on the same day. Who leaves no spell (never present, or not observed) is not counted.
//
// A table is a sum over spells, so tables add and subtract exactly, in any order, as all cubes do: if they have
// the same as_of, records_from, conventions (the book's rules), unit, exit types, rules and segment names; segments
// are united. Otherwise Error(mismatched_cubes); a sum beyond 64 bits is Error(overflow). Both leave the table as it was.
//
// Columns are sparse: 16 bytes for each day on which something is counted. O(changes) for a book, and O(counted
// days log counted days) for a sum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <churn/cube/movement_cube.hpp>
#include <churn/row/departure.hpp>
#include <churn/row/spell.hpp>

namespace churn::inline v0 {

/// Which end reasons are which type of exit. A type is a name, such as `voluntary`, or `censored`: not an event,
/// but the end of what is known, as where a customer had finished what it came for.
struct ExitTypes {
  static constexpr const char* censored = "censored";         ///< the type of an end that is no event
  std::map<std::string, std::string, std::less<>> type_of{};  ///< by end reason
  std::string otherwise{"departed"};                          ///< of every other reason, and of none

  friend bool operator==(const ExitTypes&, const ExitTypes&) = default;
};

/// Whose spells are counted, and what their ends are.
struct LifeOptions {
  SpellUnit unit{SpellUnit::first_of_customer};  ///< of customers or of subscriptions, the first or every one
  ExitTypes exits{};                             ///< what end reasons mean
  /// Of spells of customers: types are those that these rules find, `completed`, `voluntary`, `involuntary` and
  /// `unknown`; `exits.type_of` may say what one of these is (completed: censored), and `exits.otherwise` is not asked.
  std::optional<DepartureRules> departures{};
};

/// So many spells at a tenure, or since a day.
struct DayCount {
  std::int32_t day;    ///< of tenure; in running(), since 1970-01-01
  std::int64_t count;  ///< spells
  friend constexpr bool operator==(const DayCount&, const DayCount&) noexcept = default;
};

/// Spells by segment, tenure and end.
class LifeTable {
 public:
  /// Of the fold options the rate rules play no part. Throws what the segmenter and the filter throw,
  /// Error(unknown_name) for a type of exit without a name and for rules of departures where spells are those of
  /// subscriptions, and Error(out_of_range) for more than 250 types.
  [[nodiscard]] static LifeTable fold(const Book& book, const Segmenter& segmenter = {},
                                      const LifeOptions& life = {}, const FoldOptions& options = {});

  /// The book's, or what `aged_to` made of it; spells are seen up to the day before.
  [[nodiscard]] Date as_of() const noexcept { return as_of_; }
  /// The book's: what began before it enters late. Empty: nothing does.
  [[nodiscard]] std::optional<Date> records_from() const noexcept { return records_from_; }
  /// What the spells are of.
  [[nodiscard]] SpellUnit unit() const noexcept { return unit_; }
  /// Of the book; the rate rules play no part.
  [[nodiscard]] const Conventions& conventions() const& noexcept { return conventions_; }
  /// The same, moved out.
  [[nodiscard]] Conventions conventions() && { return std::move(conventions_); }
  /// DepartureRules::fingerprint of those that told the types; empty where end reasons did.
  [[nodiscard]] std::optional<std::uint64_t> rules() const noexcept { return rules_; }
  /// What end reasons, or types that rules found, were taken for.
  [[nodiscard]] const ExitTypes& exits() const& noexcept { return exits_; }
  /// The same, moved out.
  [[nodiscard]] ExitTypes exits() && { return std::move(exits_); }
  /// The names of the types of exit that are events, in order of their bytes.
  [[nodiscard]] const std::vector<std::string>& exit_types() const& noexcept { return exit_types_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<std::string> exit_types() && { return std::move(exit_types_); }
  /// What the labels' parts are called: the segmenter's factors.
  [[nodiscard]] const std::vector<std::string>& segment_names() const& noexcept { return segment_names_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<std::string> segment_names() && { return std::move(segment_names_); }
  /// In order of their bytes; without a segmenter the one without a name.
  [[nodiscard]] const std::vector<Label>& segments() const& noexcept { return segments_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<Label> segments() && { return std::move(segments_); }
  /// The index of a label; throws Error(out_of_range).
  [[nodiscard]] std::size_t segment(const Label& label) const;

  /// The counts of a segment, ascending by day, none of them 0. They throw Error(out_of_range) for a segment, or
  /// a type of exit, beyond the table's.
  [[nodiscard]] std::span<const DayCount> entries(std::size_t segment) const&;
  /// By tenure at the end, of a type by its place in exit_types().
  [[nodiscard]] std::span<const DayCount> exits(std::size_t segment, std::size_t type) const&;
  /// By tenure at an end that is no event; running spells are not among them.
  [[nodiscard]] std::span<const DayCount> censored(std::size_t segment) const&;
  /// By first day, counted since 1970-01-01.
  [[nodiscard]] std::span<const DayCount> running(std::size_t segment) const&;
  [[nodiscard]] std::span<const DayCount> entries(std::size_t segment) const&& = delete;
  [[nodiscard]] std::span<const DayCount> exits(std::size_t segment, std::size_t type) const&& = delete;
  [[nodiscard]] std::span<const DayCount> censored(std::size_t segment) const&& = delete;
  [[nodiscard]] std::span<const DayCount> running(std::size_t segment) const&& = delete;

  /// The table as of a later day if nothing happens up to then: who is running is older. For what did happen,
  /// subtract the spells that changed and add what became of them. Throws Error(out_of_range) for a day before
  /// as_of. O(size of the table).
  [[nodiscard]] LifeTable aged_to(Date as_of) const;

  /// Adds the spells of another table. Throws Error(mismatched_cubes) or Error(overflow), and is then as it was.
  LifeTable& operator+=(const LifeTable& other);
  /// Takes the spells of another table away; throws the same.
  LifeTable& operator-=(const LifeTable& other);
  /// Whether they count the same by the same types of exit; conventions are not compared.
  friend bool operator==(const LifeTable& a, const LifeTable& b);

 private:
  // Columns of a segment, one after the other; exits by type follow.
  static constexpr std::size_t entries_column = 0;
  static constexpr std::size_t censored_column = 1;
  static constexpr std::size_t running_column = 2;
  static constexpr std::size_t first_exit_column = 3;
  using Column = std::vector<DayCount>;

  LifeTable(const Book& book, const LifeOptions& life);
  void count(const Book& book, const Segmenter& segmenter, const std::optional<DepartureRules>& departures,
             const FoldOptions& options);
  [[nodiscard]] std::size_t columns() const noexcept { return first_exit_column + exit_types_.size(); }
  [[nodiscard]] const Column& column(std::size_t segment, std::size_t column) const;
  [[nodiscard]] LifeTable combined(const LifeTable& other,
                                   std::int64_t (*operation)(std::int64_t, std::int64_t)) const;

  Date as_of_;
  std::optional<Date> records_from_;
  Conventions conventions_;
  SpellUnit unit_;
  ExitTypes exits_;
  std::optional<std::uint64_t> rules_;
  std::vector<std::string> exit_types_;
  std::vector<std::string> segment_names_;
  std::vector<Label> segments_;
  std::vector<Column> columns_;  // segment x column
};

}  // namespace churn::inline v0

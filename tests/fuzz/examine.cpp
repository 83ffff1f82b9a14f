#include "examine.hpp"

#include <churn/churn.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace fuzz {

using namespace churn;

void fail(const char* sentence) {
  std::fprintf(stderr, "fuzz: %s\n", sentence);
  std::abort();
}

namespace {

/// The rules of the book itself for every fourth choice, else a mixture.
Conventions conventions_of(const LoadedBook& loaded, std::uint8_t choice) {
  Conventions rules = loaded.conventions;
  if (choice % 4 == 0) return rules;
  rules.book.pause = static_cast<PausePolicy>(choice % 3);
  rules.book.free = choice % 8 < 4 ? FreePolicy::absent : FreePolicy::customer;
  if (choice % 5 == 0) rules.book.gap_allowance_days = choice;
  if (choice % 7 == 0) rules.book.reactivation_window_days = choice / 2;
  if (choice % 2 == 0) rules.rate.history = History::period_ends;
  return rules;
}

/// The last days of the book, so few that no input takes long; but for some choices more of them.
PeriodGrid grid_of(const Book& book, PeriodKind kind, std::uint8_t choice) {
  const std::int32_t most = choice % 32 == 31 ? 400 : 48;
  const std::int32_t length = kind == PeriodKind::day ? 1 : 28;
  const Date earliest = Date::from_days(std::max(Date::min_days, book.as_of().days() - most * length));
  const Date first = book.first_change_on().value_or(earliest);
  const Date from = std::max(earliest, std::min(first, book.as_of() - std::chrono::days{1}));
  return {kind, from, book.as_of()};
}

/// The same totals whatever the segments are.
void require_sums(const MovementCube& total, const MovementCube& parts) {
  for (std::size_t period = 0; period < total.grid().size(); ++period)
    for (const auto field : MovementCell::fields()) {
      std::int64_t sum = 0;
      for (std::size_t segment = 0; segment < parts.segments().size(); ++segment)
        sum += parts.at(segment, period).*field;
      const std::int64_t whole = total.segments().empty() ? 0 : total.at(0, period).*field;
      require(sum == whole, "segments do not add up to the whole");
    }
}

void examine_movements(const Book& book, const PeriodGrid& grid, Netting netting) {
  FoldOptions options;
  options.rules = book.conventions().rate;
  options.rules->netting = netting;
  const MovementCube cube = MovementCube::fold(book, grid, {}, options);
  require(closes(cube), "a period does not close");
  (void)to_csv(movements_table(cube));
  for (const std::string& name : book.attribute_names()) {
    if (book.attribute(name).labels.size() > 20) continue;
    const MovementCube parts = MovementCube::fold(book, grid, by::attribute(name), options);
    require(closes(parts), "a segment does not close");
    require_sums(cube, parts);
    break;
  }
}

void examine_roster(const Book& book) {
  const Date last = book.as_of() - std::chrono::days{1};
  if (book.records_from() && last < *book.records_from()) return;
  std::int64_t ticks = 0;
  const auto entries = roster(book, last);
  for (const RosterEntry& entry : entries) ticks += entry.run_rate.ticks();
  const MovementCube cube = MovementCube::fold(book, periods_at({last, book.as_of()}));
  if (cube.segments().empty()) return require(entries.empty(), "a roster of an empty book");
  require(cube.at(0, 0).closing == ticks, "the roster's run rates are not the closing");
  require(cube.at(0, 0).closing_customers == static_cast<std::int64_t>(entries.size()),
          "the roster's customers are not the closing ones");
  (void)to_csv(roster_table(entries));
  (void)scheduled_ends(book);
}

void examine_book(const Book& book, std::uint8_t choice) {
  const PeriodGrid grid = grid_of(book, PeriodKind::month, choice);
  examine_movements(book, grid, Netting::by_period);
  examine_movements(book, grid, Netting::by_day);
  examine_movements(book, grid_of(book, PeriodKind::day, choice), Netting::by_day);
  examine_roster(book);
  const CohortCube cohorts = CohortCube::fold(book, grid);
  (void)to_csv(cohorts_table(cohorts, CohortMeasure::revenue, Retention::returning));
  (void)to_csv(cohorts_table(cohorts, CohortMeasure::logo, Retention::unbroken));
  (void)to_csv(measure(book).over(grid).compute_all(StandardMetrics{}).table());
}

}  // namespace

void examine(const LoadedBook& loaded, std::uint8_t choice) {
  Conventions rules = conventions_of(loaded, choice);
  const auto latest = loaded.records.day_after_latest(rules.book.time_zone);
  Date as_of = latest.value_or(Date::of(2024, 1, 1));
  if (choice % 16 == 15 && as_of.days() > Date::min_days + 100) as_of = as_of - std::chrono::days{90};
  if (as_of.days() == Date::min_days) return;  // no day lies before it
  auto [book, rejections] = Book::build(loaded.records, as_of, rules);
  (void)to_json(rejections.table());
  if (book.currencies().size() > 1) {
    rules.book.currency = book.currencies().front();
    book = Book::build(loaded.records, as_of, rules).book;
  }
  examine_book(book, choice);
}

}  // namespace fuzz

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

/// Of four choices one takes the rules of the book itself, one a preset, and two a mixture of all rules.
Conventions conventions_of(const LoadedBook& loaded, std::uint8_t choice) {
  if (choice % 4 == 0) return loaded.conventions;
  if (choice % 4 == 1) {
    const std::vector<Conventions> presets = Conventions::presets();
    return presets[choice / 4 % presets.size()];
  }
  Conventions rules = loaded.conventions;
  rules.book.source = static_cast<RevenueSource>(choice / 4 % 3);
  rules.book.recognition = static_cast<Recognition>(choice / 8 % 2);
  rules.book.pause = static_cast<PausePolicy>(choice % 3);
  rules.book.free = choice % 8 < 4 ? FreePolicy::absent : FreePolicy::customer;
  rules.book.past_due = static_cast<PastDuePolicy>(choice / 3 % 3);
  rules.book.past_due_days = choice / 2;
  rules.book.discounts = static_cast<DiscountPolicy>(choice / 16 % 4);
  rules.book.usage = static_cast<UsagePolicy>(choice / 32 % 2);
  rules.book.fx = static_cast<FxPolicy>(choice / 64 % 2);
  if (choice % 5 == 0) rules.book.gap_allowance_days = choice;
  if (choice % 7 == 0) rules.book.reactivation_window_days = choice / 2;
  if (choice % 2 == 0) rules.rate.history = History::period_ends;
  if (choice % 6 == 3) rules.rate.trailing_days = choice;
  return rules;
}

/// The last periods of the book, at most about so many.
PeriodGrid grid_of(const Book& book, PeriodKind kind, std::int32_t most) {
  const std::int32_t length = kind == PeriodKind::day ? 1 : 28;
  const Date earliest = Date::from_days(std::max(Date::min_days, book.as_of().days() - most * length));
  const Date first = book.first_change_on().value_or(earliest);
  const Date from = std::max(earliest, std::min(first, book.as_of() - std::chrono::days{1}));
  return {kind, from, book.as_of()};
}

std::int64_t sum_of(const MovementCube& cube, std::size_t period, MovementCell::Field field) {
  std::int64_t sum = 0;
  for (std::size_t segment = 0; segment < cube.segments().size(); ++segment)
    sum += cube.at(segment, period).*field;
  return sum;
}

/// The same totals whatever the segments are.
void require_sums(const MovementCube& total, const MovementCube& parts) {
  for (std::size_t period = 0; period < total.grid().size(); ++period)
    for (const auto field : MovementCell::fields())
      require(sum_of(total, period, field) == sum_of(parts, period, field),
              "segments do not add up to the whole");
}

/// MRR adds up over states and lanes, too, and what one gives another takes.
void require_sums_of_changing(const MovementCube& total, const MovementCube& parts) {
  using C = MovementCell;
  for (std::size_t period = 0; period < total.grid().size(); ++period) {
    for (const auto field : {&C::opening, &C::new_, &C::reactivation, &C::expansion, &C::fx, &C::contraction,
                             &C::churn, &C::closing, &C::lost})
      require(sum_of(total, period, field) == sum_of(parts, period, field),
              "states or lanes do not add up to the whole");
    require(sum_of(parts, period, &C::transfer_in) == sum_of(parts, period, &C::transfer_out),
            "transfers do not cancel out");
  }
}

/// `by a` where b is a label has the rows of `by a * b` with that label, cell by cell.
void require_rows_of_product(const Book& book, const PeriodGrid& grid, const Segmenter& a, const Segmenter& b,
                             FoldOptions options) {
  const MovementCube product = MovementCube::fold(book, grid, a * b, options);
  if (product.segments().empty()) return;
  const std::string label = product.segments()[product.segments().size() / 2].back();
  options.where = b == label;
  const MovementCube kept = MovementCube::fold(book, grid, a, options);
  require(closes(kept), "a period does not close under a condition");
  for (std::size_t segment = 0; segment < kept.segments().size(); ++segment) {
    Label both = kept.segments()[segment];
    both.push_back(label);
    const auto at = std::lower_bound(product.segments().begin(), product.segments().end(), both);
    const bool is_there = at != product.segments().end() && *at == both;
    const auto row = static_cast<std::size_t>(at - product.segments().begin());
    for (std::size_t period = 0; period < grid.size(); ++period)
      require(kept.at(segment, period) == (is_there ? product.at(row, period) : MovementCell{}),
              "a condition does not keep the row of the product");
  }
}

/// An attribute of few labels, or cohorts.
Segmenter fixed_segment_of(const Book& book) {
  for (const std::string& name : book.attribute_names())
    if (book.attribute(name).labels.size() <= 20) return by::attribute(name);
  return by::cohort();
}

FoldOptions options_of(const Book& book, Netting netting) {
  FoldOptions options;
  options.rules = book.conventions().rate;
  options.rules->netting = netting;
  return options;
}

void examine_movements(const Book& book, const PeriodGrid& grid, Netting netting) {
  const FoldOptions options = options_of(book, netting);
  const MovementCube cube = MovementCube::fold(book, grid, {}, options);
  require(closes(cube), "a period does not close");
  (void)to_csv(movements_table(cube));
  const MovementCube parts = MovementCube::fold(book, grid, fixed_segment_of(book), options);
  require(closes(parts), "a segment does not close");
  require_sums(cube, parts);
}

/// Lanes, states and their products; conditions on them; windows; subscriptions.
void examine_changing(const Book& book, const PeriodGrid& grid, Netting netting, std::uint8_t choice) {
  const FoldOptions options = options_of(book, netting);
  const std::vector<Segmenter> segmenters{by::plan,   by::interval, by::primary_plan,
                                          by::tenure, by::mrr_band, fixed_segment_of(book)};
  const Segmenter& one = segmenters[choice % segmenters.size()];
  const Segmenter& other = segmenters[choice / 6 % segmenters.size()];
  const MovementCube total = MovementCube::fold(book, grid, {}, options);
  for (const Segmenter& by : {segmenters[0], one, one * other, other * one * segmenters[0]}) {
    const MovementCube parts = MovementCube::fold(book, grid, by, options);
    require(closes(parts), "a state or lane does not close");
    require_sums_of_changing(total, parts);
  }
  require_rows_of_product(book, grid, one, other, options);
  require_rows_of_product(book, grid, segmenters[0], other, options);

  const std::int32_t days = 1 + choice % 100;
  const MovementCube windows = MovementCube::fold_trailing(book, grid, days, {}, options);
  const MovementCube parts = MovementCube::fold_trailing(book, grid, days, one, options);
  require(closes(windows) && closes(parts), "a trailing window does not close");
  require_sums_of_changing(windows, parts);
  (void)to_csv(movements_table(parts));
  (void)fold_subscriptions(book, grid, one, options);
  if (!parts.segments().empty())
    (void)to_csv(
        explanations_table(explain(book, grid, one, parts.segments().back(), grid.size() - 1, {}, options)));
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
  const std::int32_t most = choice % 32 == 31 ? 400 : 48;  // so few that no input takes long
  const PeriodGrid grid = grid_of(book, PeriodKind::month, most);
  examine_movements(book, grid, Netting::by_period);
  examine_movements(book, grid, Netting::by_day);
  examine_movements(book, grid_of(book, PeriodKind::day, most), Netting::by_day);
  const PeriodGrid few = grid_of(book, PeriodKind::month, 6);
  examine_changing(book, few, Netting::by_period, choice);
  examine_changing(book, few, Netting::by_day, choice);
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

// The engine against the naive reference, on random books under random rules over random periods. The
// reference walks day by day and shares no code with the library; agreement is exact, cell by cell.
// A long run, with several seeds: tests/README.md.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <churn/churn.hpp>

#include <algorithm>
#include <optional>
#include <sstream>

#include "support/random_book.hpp"
#include "support/reference_cells.hpp"

namespace {

using churn::CohortBy;
using churn::CohortCube;
using churn::MovementCube;

/// Labels of the library that the reference lacks are of customers without any valid phase: all zero.
void compare_movements(const MovementCube& cube, const reference::Engine& engine, const reference::Grid& grid,
                       const std::vector<std::string>& attributes) {
  const auto expected = engine.movements(grid, attributes);
  std::size_t found = 0;
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    const churn::Label key = attributes.empty() ? churn::Label{""} : cube.segments()[s];
    const auto at = expected.find(key);
    if (at != expected.end()) ++found;
    for (std::size_t p = 0; p < cube.grid().size(); ++p) {
      const reference::Cell cell = at != expected.end() ? at->second[p] : reference::Cell{};
      const reference::Cell counted = support::to_reference(cube.at(s, p));
      if (!(counted == cell))
        RC_ASSERT(counted == cell);  // asserting is slow, so only what fails is asserted
    }
  }
  RC_ASSERT(found == expected.size());
}

RC_GTEST_PROP(RandomBooks, movements_equal_the_reference_in_every_cell, ()) {
  const support::RandomCase random = support::draw_case();
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};

  const auto status = engine.status(reference_grid);
  const MovementCube total = MovementCube::fold(book, grid);
  for (std::size_t p = 0; p < grid.size(); ++p) {
    RC_ASSERT(total.status(p).observable == status[p].observable);
    RC_ASSERT(total.status(p).complete == status[p].complete);
  }
  RC_ASSERT(churn::closes(total));
  compare_movements(total, engine, reference_grid, {});
  if (book.attribute_names().size() == 2) {
    const auto crossed = churn::by::attribute("channel") * churn::by::attribute("country");
    const MovementCube cube =
        MovementCube::fold(book, grid, crossed, {.where = {}, .rules = {}, .threads = 2});
    RC_ASSERT(churn::closes(cube));
    compare_movements(cube, engine, reference_grid, {"channel", "country"});
  }
}

// ---- segments that change

/// The same segments, once for the library and once for the reference, with a condition now and then.
struct RandomSegments {
  churn::Segmenter by;
  churn::Filter where;
  std::vector<reference::Segment> reference_by;
  std::vector<reference::Condition> reference_where;
};

/// A currency's minor units, the bands of MRR being in units.
std::int64_t minor_units(const churn::Conventions& conventions) {
  if (!conventions.book.currency) return 100;
  return conventions.book.currency->decimals() == 0   ? 1
         : conventions.book.currency->decimals() == 3 ? 1000
                                                      : 100;
}

churn::Segmenter latest_plan() {
  return churn::by::preferred_phase("latest plan", churn::by::plan,
                                    [](const churn::PhaseOnDay& a, const churn::PhaseOnDay& b) {
                                      return a.phase.starts_on() > b.phase.starts_on();
                                    });
}

std::pair<churn::Segmenter, reference::Segment> draw_segment(const churn::Book& book, bool one_currency) {
  using Kind = reference::SegmentKind;
  const auto attribute = [&]() -> std::pair<churn::Segmenter, reference::Segment> {
    if (book.attribute_names().empty()) return {churn::by::cohort(), {Kind::cohort_month, {}, {}}};
    const std::string name = book.attribute_names().front();
    return {churn::by::attribute(name), {Kind::attribute, name, {}}};
  };
  switch (support::draw(0, one_currency ? 9 : 6)) {
    case 0: return attribute();
    case 1: return {churn::by::plan, {Kind::plan, {}, {}}};
    case 2: return {churn::by::interval, {Kind::interval, {}, {}}};
    case 3: return {churn::by::tenure_bands({10, 45, 100}), {Kind::tenure, {}, {10, 45, 100}}};
    case 4: return {churn::by::currency, {Kind::currency, {}, {}}};
    case 5:  // made of invoices, phases are pieces of one worth; the reference knows no starts of those
      if (book.revenue_source() == churn::RevenueSource::invoices) return attribute();
      return {latest_plan(), {Kind::latest_plan, {}, {}}};
    case 6: return {churn::by::primary_plan, {Kind::primary_plan, {}, {}}};
    case 7: {
      const std::int64_t unit = minor_units(book.conventions()) * churn::ticks_per_minor_unit_a_month;
      return {churn::by::mrr_bands({10, 30, 1000}),
              {Kind::mrr_band, {}, {10 * unit, 30 * unit, 1000 * unit}}};
    }
    default: return {churn::by::cohort(), {Kind::cohort_month, {}, {}}};
  }
}

/// Bands have names in the library and numbers in the reference.
std::string to_reference(const std::string& label) {
  for (const auto& bands :
       {std::vector<std::string>{"000-009 days", "010-044 days", "045-099 days", "100+ days"},
        std::vector<std::string>{"0000-0010", "0010-0030", "0030-1000", "1000+"}})
    for (std::size_t i = 0; i < bands.size(); ++i)
      if (label == bands[i]) return "band" + std::to_string(i);
  return label;
}
churn::Label to_reference(const churn::Label& label) {
  churn::Label result;
  for (const std::string& part : label) result.push_back(to_reference(part));
  return result.empty() ? churn::Label{""} : result;
}

RandomSegments draw_segments(const churn::Book& book, bool one_currency) {
  RandomSegments random;
  const int factors = support::draw(0, 4);
  for (int i = 0; i < factors; ++i) {
    const auto [segmenter, segment] = draw_segment(book, one_currency);
    random.by = random.by * segmenter;
    random.reference_by.push_back(segment);
    RC_LOG() << "by " << segmenter.names().front() << '\n';
  }
  if (!one_currency) {
    random.by = random.by * churn::by::currency;
    random.reference_by.push_back({reference::SegmentKind::currency, {}, {}});
  }
  const int conditions = support::one_in(2) ? 0 : support::draw(1, 3);
  for (int i = 0; i < conditions; ++i) {
    const auto [segmenter, segment] = draw_segment(book, one_currency);
    const std::string label = support::one_of<const char*>(
        {"basic", "pro", "month", "year", "2 years", "ads", "USD", "000-009 days", "045-099 days",
         "0000-0010", "1000+", "2024-01-01", "(none)", "nothing"});
    const bool equal = support::one_in(2);
    const bool has_bands = label.ends_with(" days") == (segment.kind == reference::SegmentKind::tenure) &&
                           !segment.thresholds.empty();
    random.where = random.where && churn::Filter::label_is(segmenter, label, equal);
    random.reference_where.push_back({segment, has_bands ? to_reference(label) : label, equal});
    RC_LOG() << "where " << segmenter.names().front() << (equal ? " == " : " != ") << label << '\n';
  }
  return random;
}

/// Every cell equal; what only one side lists is all zero.
template <class Cube, class Expected, class Cell>
void compare_segments(const Cube& cube, const Expected& expected, const Cell& nothing) {
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    const auto at = expected.find(to_reference(cube.segments()[s]));
    for (std::size_t p = 0; p < cube.grid().size(); ++p) {
      const Cell cell = at != expected.end() ? at->second[p] : nothing;
      const Cell counted = support::to_reference(cube.at(s, p));
      if (!(counted == cell)) {
        std::ostringstream text;
        for (const std::string& part : cube.segments()[s]) text << part << " ";
        text << "period " << p << "\n  library   " << counted << "\n  reference " << cell;
        RC_FAIL(text.str());
      }
    }
  }
  std::size_t listed = 0;
  for (const auto& [label, cells] : expected)
    listed += std::any_of(cells.begin(), cells.end(), [&](const Cell& cell) { return !(cell == nothing); });
  std::size_t known = 0;
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    const auto at = expected.find(to_reference(cube.segments()[s]));
    known += at != expected.end() && std::any_of(at->second.begin(), at->second.end(),
                                                 [&](const Cell& cell) { return !(cell == nothing); });
  }
  RC_ASSERT(known == listed);
}

RC_GTEST_PROP(RandomBooks, lanes_and_states_equal_the_reference_in_every_cell, ()) {
  const support::RandomCase random = support::draw_case();
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  const RandomSegments segments = draw_segments(book, true);
  const unsigned threads = support::one_in(4) ? 3 : 1;
  const MovementCube cube =
      MovementCube::fold(book, grid, segments.by, {.where = segments.where, .rules = {}, .threads = threads});
  RC_ASSERT(churn::closes(cube));
  compare_segments(cube, engine.movements(reference_grid, segments.reference_by, segments.reference_where),
                   reference::Cell{});
}

/// Every cell of `part` is that of `whole` under the label that `to_whole` makes of its own, and every row of
/// `whole` that it leaves out and `is_of_part` names is empty.
template <class Cube, class Cell, class ToWhole, class IsOfPart>
void require_same_rows(const Cube& part, const Cube& whole, const Cell& nothing, ToWhole to_whole,
                       IsOfPart is_of_part) {
  const auto row_of = [](const Cube& cube, const churn::Label& label) -> std::optional<std::size_t> {
    const auto at = std::lower_bound(cube.segments().begin(), cube.segments().end(), label);
    if (at == cube.segments().end() || *at != label) return std::nullopt;
    return static_cast<std::size_t>(at - cube.segments().begin());
  };
  const std::size_t periods = part.grid().size();
  std::vector<bool> met(whole.segments().size());
  for (std::size_t s = 0; s < part.segments().size(); ++s) {
    const auto row = row_of(whole, to_whole(part.segments()[s]));
    if (row) met[*row] = true;
    for (std::size_t p = 0; p < periods; ++p)
      if (!(part.at(s, p) == (row ? whole.at(*row, p) : nothing)))
        RC_FAIL("row " + std::to_string(s) + ", period " + std::to_string(p));
  }
  for (std::size_t s = 0; s < whole.segments().size(); ++s)
    for (std::size_t p = 0; p < periods; ++p)
      if (!met[s] && is_of_part(whole.segments()[s]) && !(whole.at(s, p) == nothing))
        RC_FAIL("row " + std::to_string(s) + " is missing");
}

bool is_lane(const churn::Segmenter& segmenter) {
  return segmenter.factors().front().kind == churn::Segmenter::Kind::lane;
}

RC_GTEST_PROP(RandomBooks, a_filter_that_keeps_everything_changes_nothing_unless_it_looks_at_lanes_of_its_own,
              ()) {
  const support::RandomCase random = support::draw_case();
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  churn::Segmenter by = draw_segment(book, true).first;
  if (support::one_in(2)) by = by * draw_segment(book, true).first;
  const churn::Segmenter compared = draw_segment(book, true).first;
  if (is_lane(compared)) by = support::one_in(2) ? by * compared : compared * by;
  const churn::FoldOptions options{compared != "nothing", {}, 1};
  const auto same = [](const churn::Label& label) { return label; };
  const auto all_of_them = [](const churn::Label&) { return true; };
  require_same_rows(MovementCube::fold(book, grid, by, options), MovementCube::fold(book, grid, by),
                    churn::MovementCell{}, same, all_of_them);
  require_same_rows(churn::fold_subscriptions(book, grid, by, options),
                    churn::fold_subscriptions(book, grid, by), churn::SubscriptionCell{}, same, all_of_them);
}

RC_GTEST_PROP(RandomBooks, rows_under_a_condition_are_those_of_the_product_with_its_label, ()) {
  const support::RandomCase random = support::draw_case();
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  churn::Segmenter a;
  const int factors = support::draw(0, 3);
  for (int i = 0; i < factors; ++i) a = a * draw_segment(book, true).first;
  const churn::Segmenter b = draw_segment(book, true).first;
  const MovementCube product = MovementCube::fold(book, grid, a * b);
  RC_PRE(!product.segments().empty());
  const std::string label =
      product
          .segments()[static_cast<std::size_t>(support::draw(0, static_cast<int>(product.segments().size())))]
          .back();
  const churn::FoldOptions options{b == label, {}, support::one_in(4) ? 3U : 1U};
  const auto with_label = [&label](churn::Label row) {
    row.push_back(label);
    return row;
  };
  const auto has_label = [&label](const churn::Label& row) { return row.back() == label; };
  require_same_rows(MovementCube::fold(book, grid, a, options), product, churn::MovementCell{}, with_label,
                    has_label);
  require_same_rows(churn::fold_subscriptions(book, grid, a, options),
                    churn::fold_subscriptions(book, grid, a * b), churn::SubscriptionCell{}, with_label,
                    has_label);
  const int days = support::draw(1, 90);
  if (grid.size() > 12) return;  // windows are folded one by one
  require_same_rows(MovementCube::fold_trailing(book, grid, days, a, options),
                    MovementCube::fold_trailing(book, grid, days, a * b), churn::MovementCell{}, with_label,
                    has_label);
}

RC_GTEST_PROP(RandomBooks, currencies_are_kept_apart_as_in_the_reference, ()) {
  support::RandomCase random = support::draw_case();
  for (reference::Phase& phase : random.book.phases)
    phase.currency = support::one_of<const char*>({"USD", "USD", "EUR", "JPY"});
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  const RandomSegments segments = draw_segments(book, false);
  const churn::FoldOptions options{.where = segments.where, .rules = {}, .threads = 1};
  const MovementCube cube = MovementCube::fold(book, grid, segments.by, options);
  RC_ASSERT(churn::closes(cube));
  compare_segments(cube, engine.movements(reference_grid, segments.reference_by, segments.reference_where),
                   reference::Cell{});
  compare_segments(churn::fold_subscriptions(book, grid, segments.by, options),
                   engine.subscriptions(reference_grid, segments.reference_by, segments.reference_where),
                   reference::SubscriptionCell{});
}

RC_GTEST_PROP(RandomBooks, subscriptions_seats_renewals_and_trials_equal_the_reference, ()) {
  const support::RandomCase random = support::draw_case();
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  const RandomSegments segments = draw_segments(book, true);
  const unsigned threads = support::one_in(4) ? 3 : 1;
  const auto cube = churn::fold_subscriptions(book, grid, segments.by,
                                              {.where = segments.where, .rules = {}, .threads = threads});
  compare_segments(cube,
                   engine.subscriptions(reference_grid, segments.reference_by, segments.reference_where),
                   reference::SubscriptionCell{});
}

RC_GTEST_PROP(RandomBooks, trailing_windows_equal_the_reference_in_every_cell, ()) {
  const support::RandomCase random = support::draw_case();
  const int from = support::draw_day();
  const int to = from + 1 + support::draw(0, 120);
  const churn::PeriodGrid grid = churn::months(churn::Date::from_days(from), churn::Date::from_days(to));
  const reference::Grid reference_grid = reference::months(from, to);
  const int days = support::draw(1, 90);
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  const RandomSegments segments = draw_segments(book, true);
  const MovementCube cube = MovementCube::fold_trailing(book, grid, days, segments.by,
                                                        {.where = segments.where, .rules = {}, .threads = 1});
  RC_ASSERT(churn::closes(cube));
  const auto status = engine.status_trailing(reference_grid, days);
  for (std::size_t p = 0; p < grid.size(); ++p) {
    RC_ASSERT(cube.status(p).observable == status[p].observable);
    RC_ASSERT(cube.status(p).complete == status[p].complete);
  }
  compare_segments(
      cube, engine.movements_trailing(reference_grid, days, segments.reference_by, segments.reference_where),
      reference::Cell{});
}

RC_GTEST_PROP(RandomBooks, customer_churn_under_every_rule_equals_the_reference, ()) {
  const support::RandomCase random = support::draw_case();
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  const MovementCube cube = MovementCube::fold(book, grid);
  const std::vector<reference::Cell> expected = engine.total(reference_grid);
  for (const auto joined : {churn::Counting::excluded, churn::Counting::counted})
    for (const auto returned : {churn::Counting::excluded, churn::Counting::counted})
      for (const auto base : {churn::ChurnBase::opening, churn::ChurnBase::opening_and_joined,
                              churn::ChurnBase::mean, churn::ChurnBase::exposure}) {
        churn::RateRules rules;
        rules.joined_and_left = joined;
        rules.left_and_returned = returned;
        rules.base = base;
        const reference::RateParts parts{static_cast<reference::Part>(joined),
                                         static_cast<reference::Part>(returned),
                                         static_cast<reference::Base>(base)};
        for (std::size_t p = 0; p < grid.size(); ++p) {
          const churn::CustomerRate rate = churn::customer_rate(cube.at(0, p), rules);
          const reference::Fraction fraction = reference::customer_churn_rate(expected[p], parts);
          if (rate.numerator() != fraction.numerator || rate.denominator() != fraction.denominator)
            RC_FAIL("period " + std::to_string(p));
        }
      }
}

RC_GTEST_PROP(RandomBooks, cohorts_by_segment_equal_the_reference_in_every_cell, ()) {
  const support::RandomCase random = support::draw_case();
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  const RandomSegments segments = draw_segments(book, true);
  const auto expected =
      engine.cohorts(reference_grid, reference::CohortBy::first_paid, segments.reference_by);
  const CohortCube cube = CohortCube::fold(book, grid, CohortBy::first_paid, segments.by);
  std::int64_t members = 0;
  std::int64_t expected_members = 0;
  for (const auto& [label, cohorts] : expected)
    for (const reference::Cohort& cohort : cohorts) expected_members += cohort.size;
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    const auto at = expected.find(to_reference(cube.segments()[s]));
    for (std::size_t c = 0; c < grid.size(); ++c) {
      members += cube.size(s, c);
      if (at == expected.end()) {
        RC_ASSERT(cube.size(s, c) == 0);
        continue;
      }
      RC_ASSERT(cube.size(s, c) == at->second[c].size);
      for (std::size_t k = 0; c + k < grid.size(); ++k) {
        const churn::CohortCell& counted = cube.at(s, c, k);
        const reference::CohortCell same{cube.observed(c, k), counted.present, counted.unbroken,
                                         counted.ticks};
        if (!(same == at->second[c].ages[k])) RC_FAIL("cohort " + std::to_string(c));
      }
    }
  }
  RC_ASSERT(members == expected_members);
}

RC_GTEST_PROP(RandomBooks, the_movements_of_a_cell_add_up_to_it_by_any_segment, ()) {
  const support::RandomCase random = support::draw_case();
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  const RandomSegments segments = draw_segments(book, true);
  const churn::FoldOptions options{.where = segments.where, .rules = {}, .threads = 1};
  const MovementCube cube = MovementCube::fold(book, grid, segments.by, options);
  RC_PRE(!cube.segments().empty());
  const auto s = static_cast<std::size_t>(support::draw(0, static_cast<int>(cube.segments().size())));
  const auto p = static_cast<std::size_t>(support::draw(0, static_cast<int>(grid.size())));
  churn::MovementCell sum;
  for (const churn::Explanation& e :
       churn::explain(book, grid, segments.by, cube.segments()[s], p, {}, options)) {
    switch (e.movement) {
      case churn::Movement::none: RC_FAIL("No movement to explain."); break;
      case churn::Movement::new_: sum.new_ += e.amount.ticks(); break;
      case churn::Movement::reactivation: sum.reactivation += e.amount.ticks(); break;
      case churn::Movement::expansion: sum.expansion += e.amount.ticks(); break;
      case churn::Movement::contraction: sum.contraction += e.amount.ticks(); break;
      case churn::Movement::churn: sum.churn += e.amount.ticks(); break;
      case churn::Movement::transfer_in: sum.transfer_in += e.amount.ticks(); break;
      case churn::Movement::transfer_out: sum.transfer_out += e.amount.ticks(); break;
      case churn::Movement::fx: sum.fx += e.amount.ticks(); break;
    }
  }
  const churn::MovementCell& cell = cube.at(s, p);
  RC_ASSERT(sum.new_ == cell.new_);
  RC_ASSERT(sum.reactivation == cell.reactivation);
  RC_ASSERT(sum.expansion == cell.expansion);
  RC_ASSERT(sum.contraction == cell.contraction);
  RC_ASSERT(sum.churn == cell.churn);
  RC_ASSERT(sum.transfer_in == cell.transfer_in);
  RC_ASSERT(sum.transfer_out == cell.transfer_out);
  RC_ASSERT(sum.fx == cell.fx);
}

RC_GTEST_PROP(RandomBooks, cohorts_equal_the_reference_in_every_cell, ()) {
  const support::RandomCase random = support::draw_case();
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  for (const bool by_sign_up : {false, true}) {
    const auto expected = engine.cohorts(
        reference_grid, by_sign_up ? reference::CohortBy::signed_up : reference::CohortBy::first_paid);
    const CohortCube cube =
        CohortCube::fold(book, grid, by_sign_up ? CohortBy::signed_up : CohortBy::first_paid);
    for (std::size_t c = 0; c < grid.size(); ++c) {
      RC_ASSERT(cube.size(0, c) == expected[c].size);
      for (std::size_t k = 0; c + k < grid.size(); ++k) {
        const reference::CohortCell& cell = expected[c].ages[k];
        const churn::CohortCell& counted = cube.at(0, c, k);
        const reference::CohortCell same{cube.observed(c, k), counted.present, counted.unbroken,
                                         counted.ticks};
        if (!(same == cell)) RC_FAIL("cohort " + std::to_string(c) + " at age " + std::to_string(k));
      }
    }
  }
}

RC_GTEST_PROP(RandomBooks, the_state_of_every_customer_on_any_day_equals_the_reference, ()) {
  const support::RandomCase random = support::draw_case();
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  const int day = support::draw_day();
  RC_PRE(day < random.book.as_of && (!random.book.records_from || day >= *random.book.records_from));
  std::int64_t ticks = 0;
  for (const std::string& id : engine.customers()) {
    const auto customer = book.find(churn::CustomerId{id});
    RC_ASSERT(customer.has_value());
    const reference::State state = engine.state_on(id, day);
    const churn::Balance balance = book.balance_on(*customer, churn::Date::from_days(day));
    RC_ASSERT(balance.present == state.present);
    RC_ASSERT(balance.ticks == state.ticks);
    ticks += state.ticks;
  }
  std::int64_t on_the_roster = 0;
  for (const auto& entry : churn::roster(book, churn::Date::from_days(day)))
    on_the_roster += entry.run_rate.ticks();
  RC_ASSERT(on_the_roster == ticks);
}

// ---- the rules of the book together

/// Every cell of one case: the total, by plan, by whatever is drawn, and of windows; each with its identity.
void compare_everything(const support::RandomCase& random) {
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  const auto expect_balanced = [](const MovementCube& cube) {
    RC_ASSERT(churn::closes(cube));
    for (std::size_t s = 0; s < cube.segments().size(); ++s)
      for (std::size_t p = 0; p < cube.grid().size(); ++p) {
        const churn::MovementCell& c = cube.at(s, p);
        if (c.opening + c.new_ + c.reactivation + c.expansion + c.transfer_in + c.fx !=
            c.contraction + c.churn + c.transfer_out + c.closing)
          RC_FAIL("a cell does not balance");
      }
  };
  const MovementCube total = MovementCube::fold(book, grid);
  expect_balanced(total);
  compare_movements(total, engine, reference_grid, {});
  const auto status = engine.status(reference_grid);
  for (std::size_t p = 0; p < grid.size(); ++p) {
    RC_ASSERT(total.status(p).observable == status[p].observable);
    RC_ASSERT(total.status(p).complete == status[p].complete);
  }

  const MovementCube plans = MovementCube::fold(book, grid, churn::by::plan);
  expect_balanced(plans);
  compare_segments(plans, engine.movements(reference_grid, {{reference::SegmentKind::plan, {}, {}}}, {}),
                   reference::Cell{});

  const RandomSegments segments = draw_segments(book, true);
  const churn::FoldOptions options{.where = segments.where, .rules = {}, .threads = 1};
  const MovementCube cube = MovementCube::fold(book, grid, segments.by, options);
  expect_balanced(cube);
  compare_segments(cube, engine.movements(reference_grid, segments.reference_by, segments.reference_where),
                   reference::Cell{});

  if (grid.size() > 40) return;  // windows of every day of a year take their time
  const int days = support::draw(1, 90);
  const MovementCube windows = MovementCube::fold_trailing(book, grid, days, segments.by, options);
  expect_balanced(windows);
  compare_segments(
      windows,
      engine.movements_trailing(reference_grid, days, segments.reference_by, segments.reference_where),
      reference::Cell{});
}

/// The state of everybody on a day and what a roster of it says.
void compare_states(const support::RandomCase& random) {
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  const int day = support::draw_day();
  RC_PRE(day < random.book.as_of && (!random.book.records_from || day >= *random.book.records_from));
  std::int64_t on_the_roster = 0;
  for (const std::string& id : engine.customers()) {
    const auto customer = book.find(churn::CustomerId{id});
    RC_ASSERT(customer.has_value());
    const reference::State state = engine.state_on(id, day);
    const churn::Balance balance = book.balance_on(*customer, churn::Date::from_days(day));
    RC_ASSERT(balance.present == state.present);
    RC_ASSERT(balance.ticks == state.ticks);
    on_the_roster += engine.roster_on(id, day).ticks;
  }
  for (const auto& entry : churn::roster(book, churn::Date::from_days(day)))
    on_the_roster -= entry.run_rate.ticks();
  RC_ASSERT(on_the_roster == 0);
}

RC_GTEST_PROP(RandomBooks, discounts_requests_and_debts_equal_the_reference_in_every_cell, ()) {
  support::RandomCase random = support::draw_case();
  if (random.rules.discounts == reference::Discounts::all)
    random.rules.discounts = reference::Discounts::recurring;
  random.rules.recognition = reference::Recognition::cancel_request;
  if (random.rules.past_due == reference::PastDue::counted)
    random.rules.past_due = reference::PastDue::dropped_after_days;
  compare_everything(random);
}

RC_GTEST_PROP(RandomBooks, amounts_at_constant_rates_equal_the_reference_in_every_cell, ()) {
  support::RandomCase random = support::draw_case();
  support::draw_exchange(random);
  random.rules.fx = reference::Fx::constant;
  compare_everything(random);
}

RC_GTEST_PROP(RandomBooks, amounts_at_dated_rates_equal_the_reference_in_every_cell, ()) {
  support::RandomCase random = support::draw_case();
  support::draw_exchange(random);
  random.rules.fx = reference::Fx::dated;
  compare_everything(random);
}

RC_GTEST_PROP(RandomBooks, converted_states_rosters_and_subscriptions_equal_the_reference, ()) {
  support::RandomCase random = support::draw_case();
  support::draw_exchange(random);
  compare_states(random);
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  RC_PRE(!random.book.phases.empty());
  const RandomSegments segments = draw_segments(book, true);
  compare_segments(churn::fold_subscriptions(book, grid, segments.by,
                                             {.where = segments.where, .rules = {}, .threads = 1}),
                   engine.subscriptions(reference_grid, segments.reference_by, segments.reference_where),
                   reference::SubscriptionCell{});
}

// ---- revenue of invoices

RC_GTEST_PROP(RandomBooks, revenue_of_invoices_equals_the_reference_in_every_cell, ()) {
  const support::RandomCase random{support::draw_invoice_book(), support::draw_rules()};
  compare_everything(random);
}

RC_GTEST_PROP(RandomBooks, converted_revenue_of_invoices_equals_the_reference_in_every_cell, ()) {
  support::RandomCase random{support::draw_invoice_book(), support::draw_rules()};
  support::draw_currencies_of_invoices(random);
  compare_everything(random);
}

RC_GTEST_PROP(RandomBooks, the_revenue_of_invoices_on_any_day_equals_the_reference, ()) {
  support::RandomCase random{support::draw_invoice_book(), support::draw_rules()};
  if (support::one_in(3)) support::draw_currencies_of_invoices(random);
  compare_states(random);
}

RC_GTEST_PROP(RandomBooks, the_same_lines_of_invoices_are_left_out_as_by_the_reference, ()) {
  support::RandomCase random{support::draw_invoice_book(), support::draw_rules()};
  for (auto& customer : random.book.customers) customer.excluded = false;
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  std::map<std::string, int> expected;
  for (const auto& finding : engine.invoice_findings()) ++expected[finding.reason];
  for (const std::string code :
       {"no_service_period", "ends_before_start", "negative_quantity", "negative_amount", "no_interval"}) {
    int found = 0;
    for (const churn::Rejection& r : rejections.entries())
      found += r.source == "invoices" && churn::rejection_name(r.code) == code;
    if (found != expected[code])
      RC_FAIL(code + ": " + std::to_string(found) + " in the library, " + std::to_string(expected[code]));
  }
}

RC_GTEST_PROP(RandomBooks, invoices_rendered_from_subscriptions_say_what_those_say, ()) {
  support::RandomCase random{support::draw_simple_book(), support::draw_rules()};
  // Days of grace would let everybody stay longer whose subscription ends: to invoices a missing renewal.
  if (random.rules.past_due == reference::PastDue::dropped_after_days)
    random.rules.past_due = reference::PastDue::dropped_when_exhausted;
  random.book.invoices = support::render_invoices(random.book.phases);
  for (reference::Invoice& invoice : random.book.invoices) {
    if (support::one_in(8)) invoice.status = reference::InvoiceStatus::uncollectible;
    if (support::one_in(3)) invoice.due_on = invoice.issued_on + support::draw(0, 20);
  }
  if (support::one_in(3)) support::draw_exchange(random);
  std::map<std::string, std::string> currencies;  // of subscriptions, each having one
  for (reference::Phase& phase : random.book.phases)
    phase.currency =
        currencies.try_emplace(phase.subscription, phase.currency == "EUR" ? "EUR" : "USD").first->second;
  for (reference::Invoice& invoice : random.book.invoices)
    invoice.currency = currencies.at(*invoice.subscription);

  const auto [grid, reference_grid] = support::draw_grid();
  random.rules.source = reference::Source::subscriptions;
  const churn::Book of_subscriptions = support::build(random.book, random.rules).book;
  random.rules.source = reference::Source::invoices;
  const churn::Book of_invoices = support::build(random.book, random.rules).book;
  const auto same = [&](const churn::Segmenter& by) {
    const MovementCube expected = MovementCube::fold(of_subscriptions, grid, by);
    const MovementCube billed = MovementCube::fold(of_invoices, grid, by);
    const auto contained = [&](const MovementCube& in, const MovementCube& other) {
      for (std::size_t s = 0; s < in.segments().size(); ++s) {
        const auto& labels = other.segments();
        const auto place = std::find(labels.begin(), labels.end(), in.segments()[s]);
        for (std::size_t p = 0; p < grid.size(); ++p) {
          const churn::MovementCell cell =
              place == labels.end() ? churn::MovementCell{}
                                    : other.at(static_cast<std::size_t>(place - labels.begin()), p);
          if (!(in.at(s, p) == cell)) {
            std::ostringstream text;
            text << "period " << p << "\n  " << support::to_reference(in.at(s, p)) << "\n  "
                 << support::to_reference(cell);
            RC_FAIL(text.str());
          }
        }
      }
    };
    contained(expected, billed);
    contained(billed, expected);
  };
  same({});
  same(churn::by::plan * churn::by::interval);
  same(draw_segment(of_subscriptions, true).first);
}

RC_GTEST_PROP(RandomBooks, the_same_phases_are_rejected_as_by_the_reference, ()) {
  support::RandomCase random = support::draw_case();
  // The library does not look at the phases of test accounts; the reference does.
  for (auto& customer : random.book.customers) customer.excluded = false;
  const auto [book, rejections] = support::build(random.book, random.rules);
  const reference::Engine engine{random.book, random.rules};
  std::vector<std::size_t> rejected;
  std::size_t repeated = 0;
  for (const churn::Rejection& r : rejections.entries()) {
    if (r.source != "subscriptions") continue;
    if (!churn::is_notice(r.code)) rejected.push_back(static_cast<std::size_t>(r.row) - 1);
    if (r.code == churn::RejectionCode::duplicate_row) ++repeated;
  }
  std::sort(rejected.begin(), rejected.end());
  std::vector<std::size_t> expected;
  for (const auto& r : engine.rejected()) expected.push_back(r.phase);
  // Copies of conflicting rows are among the rejected here; the reference lists them as repeats.
  RC_ASSERT(rejected.size() + repeated == expected.size() + engine.duplicates().size());
  RC_ASSERT(std::includes(rejected.begin(), rejected.end(), expected.begin(), expected.end()));
}

}  // namespace

// The engine against the naive reference, on random books under random rules over random periods. The
// reference walks day by day and shares no code with the library; agreement is exact, cell by cell.
// A long run: RC_PARAMS="max_success=1000000" churn-tests --gtest_filter='RandomBooks.*'
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <churn/churn.hpp>

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

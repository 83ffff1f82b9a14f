#include <churn/cube/cohort_cube.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::copies;
using support::day;
using support::error_of;
using support::months_of;
using support::shown;
using support::together;

TEST(CohortCube, a_cohort_is_everyone_who_came_in_its_period_also_if_gone_by_its_close) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("stays").on("pro").from("2024-01-05"),
                                a_customer("gone").on("pro").from("2024-01-05").until("2024-01-20"),
                                a_customer("back")
                                    .on("pro")
                                    .from("2024-01-31")
                                    .until("2024-02-10")
                                    .on("pro")
                                    .from("2024-04-01")
                                    .at("30.00")});
  const CohortCube cube = CohortCube::fold(book, months_of("2024-01-01", "2024-05-01"));
  EXPECT_EQ(cube.size(0, 0), 3);
  EXPECT_EQ(cube.at(0, 0, 0), (CohortCell{2, 2, cube.at(0, 0, 0).ticks}));
  EXPECT_EQ(cube.at(0, 0, 1).present, 1);
  EXPECT_EQ(cube.at(0, 0, 1).unbroken, 1);
  EXPECT_EQ(cube.at(0, 0, 3).present, 2) << "Who came back is present again.";
  EXPECT_EQ(cube.at(0, 0, 3).unbroken, 1) << "But not unbroken.";
  EXPECT_EQ(shown(cube.at(0, 0, 0).ticks), "20.00");
  EXPECT_EQ(shown(cube.at(0, 0, 3).ticks), "40.00");
  for (std::size_t cohort = 1; cohort < 4; ++cohort)
    EXPECT_EQ(cube.size(0, cohort), 0) << "A return founds no cohort.";
}

TEST(CohortCube, membership_never_changes_even_if_a_late_return_counts_as_new) {
  Conventions rules;
  rules.book.reactivation_window_days = 10;
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("pro").until("2024-02-01").on("pro").from("2024-04-01")}, rules);
  const CohortCube cube = CohortCube::fold(book, months_of("2024-01-01", "2024-05-01"));
  EXPECT_EQ(cube.size(0, 0), 1);
  EXPECT_EQ(cube.size(0, 3), 0);
  EXPECT_EQ(cube.at(0, 0, 3).present, 1);
}

TEST(CohortCube, only_cells_of_complete_periods_are_observed) {
  const Book book = book_as_of("2024-03-15", {a_customer("ann").on("pro").from("2024-01-05"),
                                              a_customer("bob").on("pro").from("2024-03-02")});
  const CohortCube cube = CohortCube::fold(book, months_of("2024-01-01", "2024-05-01"));
  EXPECT_TRUE(cube.observed(0, 1));
  EXPECT_FALSE(cube.observed(0, 2)) << "March is not over.";
  EXPECT_FALSE(cube.observed(2, 0));
  EXPECT_FALSE(cube.observed(3, 1)) << "Beyond the grid.";
  EXPECT_EQ(cube.at(0, 0, 2), CohortCell{});
  EXPECT_EQ(cube.size(0, 2), 1) << "Who came is known, what became of them not yet.";
}

TEST(CohortCube, whoever_was_there_on_the_first_recorded_day_is_in_no_cohort_by_first_payment) {
  const Book book = book_from_until("2024-01-01", "2024-07-01",
                                    {a_customer("old").on("pro").from("2023-06-01"),
                                     a_customer("first").on("pro").from("2024-01-01").signed_up("2024-01-01"),
                                     a_customer("new").on("pro").from("2024-01-02")});
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  EXPECT_EQ(CohortCube::fold(book, grid).size(0, 0), 1);
  EXPECT_EQ(CohortCube::fold(book, grid, CohortBy::signed_up).size(0, 0), 1);
}

TEST(CohortCube, a_cohort_by_sign_up_holds_all_sign_ups_whether_they_pay_or_not) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("never").signed_up("2024-01-10"),
                     a_customer("later").signed_up("2024-01-12").on("pro").from("2024-03-03"),
                     a_customer("earlier").signed_up("2024-02-12").on("pro").from("2024-01-03"),
                     a_customer("unknown").on("pro"), a_customer("future").signed_up("2024-07-01")});
  const CohortCube cube = CohortCube::fold(book, months_of("2024-01-01", "2024-08-01"), CohortBy::signed_up);
  EXPECT_EQ(cube.cohort_by(), CohortBy::signed_up);
  EXPECT_EQ(cube.size(0, 0), 2);
  EXPECT_EQ(cube.at(0, 0, 0).present, 0);
  EXPECT_EQ(cube.at(0, 0, 2).present, 1);
  EXPECT_EQ(cube.at(0, 0, 2).unbroken, 0) << "Absent at the close of age 0.";
  EXPECT_EQ(cube.size(0, 1), 1);
  EXPECT_EQ(cube.at(0, 1, 0).present, 1) << "Who paid before signing up enters with what they pay.";
  EXPECT_EQ(cube.size(0, 6), 0) << "A sign-up on as_of is not known yet.";
}

TEST(CohortCube, whoever_came_before_the_grid_is_in_no_cohort_of_it) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("pro").from("2023-12-31"),
                                              a_customer("bob").on("pro").from("2024-04-01")});
  const CohortCube cube = CohortCube::fold(book, months_of("2024-01-01", "2024-04-01"));
  for (std::size_t cohort = 0; cohort < 3; ++cohort) EXPECT_EQ(cube.size(0, cohort), 0);
}

TEST(CohortCube, a_filter_and_a_segmenter_choose_who_counts) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("pro").with("country", "DE"),
                     a_customer("bob").on("pro").with("country", "FR"), a_customer("eve").on("pro")});
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  const CohortCube by_country = CohortCube::fold(book, grid, CohortBy::first_paid, by::attribute("country"));
  EXPECT_EQ(by_country.segments(), (std::vector<Label>{{"(none)"}, {"DE"}, {"FR"}}));
  for (std::size_t s = 0; s < 3; ++s) EXPECT_EQ(by_country.size(s, 0), 1);
  const CohortCube german =
      CohortCube::fold(book, grid, CohortBy::first_paid, {},
                       {.where = attribute("country") == "DE", .rules = {}, .threads = 2});
  EXPECT_EQ(german.size(0, 0), 1);
}

TEST(CohortCube, cells_that_are_not_there_are_errors) {
  const CohortCube cube = CohortCube::fold(book_as_of("2024-07-01", {a_customer("ann").on("pro")}),
                                           months_of("2024-01-01", "2024-04-01"));
  EXPECT_EQ(error_of([&] { return cube.size(1, 0); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return cube.size(0, 3); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return cube.at(0, 3, 0); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return cube.at(0, 0, 3); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return cube.at(1, 0, 0); }), ErrorCode::out_of_range);
}

TEST(CohortCube, observed_answers_for_any_cohort_and_age) {
  const CohortCube cube = CohortCube::fold(book_as_of("2024-07-01", {a_customer("ann").on("pro")}),
                                           months_of("2024-01-01", "2024-04-01"));
  EXPECT_TRUE(cube.observed(1, 1));
  EXPECT_FALSE(cube.observed(1, 2));
  EXPECT_FALSE(cube.observed(7, 0));
  EXPECT_FALSE(cube.observed(1, SIZE_MAX)) << "Also where the sum of both wraps around.";
}

TEST(CohortCube, more_than_50_million_cells_and_several_currencies_are_errors) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("pro")});
  EXPECT_EQ(error_of([&] { return CohortCube::fold(book, days(day("2000-01-01"), day("2024-01-01"))); }),
            ErrorCode::out_of_range);
  const Book mixed =
      book_as_of("2024-07-01", {a_customer("ann").on("pro"), a_customer("bob").on("pro").in("EUR")});
  EXPECT_EQ(error_of([&] { return CohortCube::fold(mixed, months_of("2024-01-01", "2024-04-01")); }),
            ErrorCode::mixed_currencies);
}

TEST(CohortCube, cubes_that_count_differently_are_not_added) {
  const support::CustomerSentences ann{a_customer("ann").on("pro").with("country", "DE")};
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  const CohortCube cube = CohortCube::fold(book_as_of("2024-07-01", ann), grid);
  Conventions named;
  named.name = "ours";
  const std::vector<CohortCube> others{
      CohortCube::fold(book_as_of("2024-07-01", ann), months_of("2024-01-01", "2024-05-01")),
      CohortCube::fold(book_as_of("2024-07-01", ann), grid, CohortBy::signed_up),
      CohortCube::fold(book_as_of("2024-07-01", ann), grid, CohortBy::first_paid, by::attribute("country")),
      CohortCube::fold(book_as_of("2024-07-02", ann), grid),
      CohortCube::fold(book_from_until("2024-02-01", "2024-07-01", ann), grid),
      CohortCube::fold(book_as_of("2024-07-01", {a_customer("bob").on("pro").in("EUR")}), grid),
      CohortCube::fold(book_as_of("2024-07-01", ann, named), grid)};
  for (const CohortCube& other : others) {
    CohortCube sum = cube;
    EXPECT_EQ(error_of([&] { sum += other; }), ErrorCode::mismatched_cubes);
    EXPECT_EQ(error_of([&] { sum -= other; }), ErrorCode::mismatched_cubes);
    EXPECT_EQ(sum, cube);
  }
}

/// A customer worth 100 x 2^56 ticks; two such customers do not fit one cell.
support::CustomerSentence huge(const std::string& id, const char* from, const char* until = nullptr) {
  auto customer = a_customer(id);
  for (int i = 0; i < 100; ++i) {
    customer.on("huge").from(from).at("2001599834386.88").yearly();
    if (until != nullptr) customer.until(until);
  }
  return customer;
}

TEST(CohortCube, sums_beyond_64_bits_throw_and_do_not_wrap) {
  const Book book = book_as_of("2024-07-01", {huge("ann", "2024-01-05"), huge("bob", "2024-01-05")});
  for (unsigned threads = 1; threads <= 2; ++threads)
    EXPECT_EQ(error_of([&] {
                return CohortCube::fold(book, months_of("2024-01-01", "2024-04-01"), CohortBy::first_paid, {},
                                        {.where = {}, .rules = {}, .threads = threads});
              }),
              ErrorCode::overflow);
}

TEST(CohortCube, whether_a_sum_fits_does_not_depend_on_the_order_of_customers) {
  // Both sign up in March; Ann has paid and left before, so that only Bob's run rate stands in a cell.
  const auto ann = huge("ann", "2024-01-05", "2024-02-10").signed_up("2024-03-01");
  const auto bob = huge("bob", "2024-01-05").signed_up("2024-03-01");
  const auto present = [](const support::CustomerSentences& customers, unsigned threads) {
    return CohortCube::fold(book_as_of("2024-07-01", customers), months_of("2024-01-01", "2024-04-01"),
                            CohortBy::signed_up, {}, {.where = {}, .rules = {}, .threads = threads})
        .at(0, 2, 0)
        .present;
  };
  for (unsigned threads = 1; threads <= 2; ++threads) {
    EXPECT_EQ(present({ann, bob}, threads), 1);
    EXPECT_EQ(present({bob, ann}, threads), 1);
  }
}

// ---- Laws on random books

template <class T>
void shuffle(std::vector<T>& rows) {
  for (std::size_t i = rows.size(); i > 1; --i)
    std::swap(rows[i - 1], rows[static_cast<std::size_t>(support::draw(0, static_cast<int>(i)))]);
}

/// Cubes are as large as the square of their periods; so many do for a law.
PeriodGrid draw_grid() {
  while (true) {
    const PeriodGrid grid = support::draw_grid().first;
    if (grid.size() <= 60) return grid;
  }
}

CohortBy draw_cohort_by() { return support::one_in(2) ? CohortBy::signed_up : CohortBy::first_paid; }

RC_GTEST_PROP(CohortCubeLaws, any_order_of_rows_gives_the_same_bits, ()) {
  support::RandomCase random = support::draw_case();
  const PeriodGrid grid = draw_grid();
  const CohortBy cohort_by = draw_cohort_by();
  const Book first = support::build(random.book, random.rules).book;
  shuffle(random.book.customers);
  shuffle(random.book.phases);
  const Book second = support::build(random.book, random.rules).book;
  RC_ASSERT(CohortCube::fold(first, grid, cohort_by, by::cohort()) ==
            CohortCube::fold(second, grid, cohort_by, by::cohort()));
}

RC_GTEST_PROP(CohortCubeLaws, any_number_of_threads_gives_the_same_bits, ()) {
  const support::RandomCase random = support::draw_case();
  const PeriodGrid grid = draw_grid();
  const CohortBy cohort_by = draw_cohort_by();
  const Book book = support::build(random.book, random.rules).book;
  const auto fold = [&](unsigned threads) {
    return CohortCube::fold(book, grid, cohort_by, {}, {.where = {}, .rules = {}, .threads = threads});
  };
  const CohortCube one = fold(1);
  for (unsigned threads = 2; threads <= 4; ++threads) RC_ASSERT(fold(threads) == one);
}

RC_GTEST_PROP(CohortCubeLaws, the_cubes_of_any_two_halves_add_up_to_that_of_the_whole_and_subtract_again,
              ()) {
  support::RandomCase random = support::draw_case();
  // Merged customers would have to stay together, and a pending gap of one half cuts the whole.
  for (auto& customer : random.book.customers) customer.merged_into.reset();
  random.rules.gap_allowance = 0;
  reference::Book a{
      .customers = {}, .phases = {}, .as_of = random.book.as_of, .records_from = random.book.records_from};
  reference::Book b = a;
  const int pattern = support::draw(0, 64);
  const auto half = [&](const std::string& id) -> reference::Book& {
    return ((pattern >> (id.back() - '0')) & 1) != 0 ? a : b;
  };
  for (const auto& customer : random.book.customers) half(customer.id).customers.push_back(customer);
  for (const auto& phase : random.book.phases) half(phase.customer).phases.push_back(phase);
  for (const auto& invoice : random.book.invoices) half(invoice.customer).invoices.push_back(invoice);
  a.fx_rates = b.fx_rates = random.book.fx_rates;
  // A half of invoices alone would read MRR from them.
  if (random.rules.source == reference::Source::automatic)
    random.rules.source =
        random.book.phases.empty() ? reference::Source::invoices : reference::Source::subscriptions;

  const PeriodGrid grid = draw_grid();
  const CohortBy cohort_by = draw_cohort_by();
  const auto fold = [&](const reference::Book& book, const Segmenter& segmenter) {
    return CohortCube::fold(support::build(book, random.rules).book, grid, cohort_by, segmenter);
  };
  CohortCube sum = fold(a, {});
  sum += fold(b, {});
  RC_ASSERT(sum == fold(random.book, {}));
  sum -= fold(b, {});
  RC_ASSERT(sum == fold(a, {}));
  CohortCube segmented = fold(a, by::cohort());
  segmented += fold(b, by::cohort());
  RC_ASSERT(segmented == fold(random.book, by::cohort()));
}

RC_GTEST_PROP(CohortCubeLaws, segments_add_up_to_the_total, ()) {
  support::RandomCase random = support::draw_case();
  random.book.customers.push_back({.id = "known", .attributes = {{"channel", "ads"}}});
  const PeriodGrid grid = draw_grid();
  const CohortBy cohort_by = draw_cohort_by();
  const Book book = support::build(random.book, random.rules).book;
  const CohortCube total = CohortCube::fold(book, grid, cohort_by);
  const CohortCube parts = CohortCube::fold(book, grid, cohort_by, by::attribute("channel"));
  for (std::size_t c = 0; c < grid.size(); ++c) {
    std::int64_t size = 0;
    for (std::size_t s = 0; s < parts.segments().size(); ++s) size += parts.size(s, c);
    RC_ASSERT(size == total.size(0, c));
    for (std::size_t k = 0; c + k < grid.size(); ++k) {
      CohortCell sum;
      for (std::size_t s = 0; s < parts.segments().size(); ++s) {
        sum.present += parts.at(s, c, k).present;
        sum.unbroken += parts.at(s, c, k).unbroken;
        sum.ticks = checked_add(sum.ticks, parts.at(s, c, k).ticks);
      }
      RC_ASSERT(sum == total.at(0, c, k));
    }
  }
}

RC_GTEST_PROP(CohortCubeLaws, unbroken_are_among_the_present_and_those_among_the_cohort, ()) {
  const support::RandomCase random = support::draw_case();
  const PeriodGrid grid = draw_grid();
  const CohortCube cube =
      CohortCube::fold(support::build(random.book, random.rules).book, grid, draw_cohort_by());
  for (std::size_t c = 0; c < grid.size(); ++c)
    for (std::size_t k = 0; c + k < grid.size(); ++k) {
      const CohortCell& cell = cube.at(0, c, k);
      RC_ASSERT(0 <= cell.unbroken);
      RC_ASSERT(cell.unbroken <= cell.present);
      RC_ASSERT(cell.present <= cube.size(0, c));
      RC_ASSERT(cell.ticks >= 0);
      if (k == 0) RC_ASSERT(cell.unbroken == cell.present);
      if (k > 0 && cube.observed(c, k - 1) && cube.observed(c, k))
        RC_ASSERT(cell.unbroken <= cube.at(0, c, k - 1).unbroken);
    }
}

// Partitions differ in what is complete when only one of them has an absence that may still be a gap.
TEST(CohortCube, of_a_part_with_a_pending_gap_is_added_and_less_of_the_sum_is_observed) {
  Conventions conventions;
  conventions.book.gap_allowance_days = 10;
  const auto part = [&](support::CustomerSentence customer) {
    Records records;
    customer.add_to(records);
    return CohortCube::fold(Book::build(records, day("2024-04-01"), conventions).book,
                            months_of("2024-01-01", "2024-04-01"));
  };
  CohortCube sum = part(a_customer("a").on("pro").from("2024-01-01").until("2024-03-28"));
  const CohortCube settled = part(a_customer("b").on("pro").from("2024-01-01"));
  ASSERT_TRUE(settled.observed(0, 2));
  sum += settled;
  EXPECT_FALSE(sum.observed(0, 2));
  EXPECT_EQ(sum.at(0, 0, 2), CohortCell{});
  EXPECT_EQ(sum.at(0, 0, 1).present, 2);
}

}  // namespace
}  // namespace churn

#include <churn/core/progress.hpp>

#include <churn/churn.hpp>
#include <churn/io/book_folder.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::error_of;
using support::months_of;

/// So many customers that there is something to tell.
const Book& large_book() {
  static const Book book = [] {
    Records records;
    for (int i = 0; i < 50'000; ++i)
      records.add(PhaseRecord{.subscription = "s" + std::to_string(i),
                              .customer = "c" + std::to_string(i),
                              .plan = i % 2 == 0 ? "basic" : "pro",
                              .starts_on = support::day("2024-01-01"),
                              .ends_on = std::nullopt,
                              .price = {Decimal{10}, Currency{"USD"}}});
    return Book::build(records, support::day("2024-04-01")).book;
  }();
  return book;
}

const std::string& large_csv() {
  static const std::string text = [] {
    std::string rows = "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n";
    for (int i = 0; i < 50'000; ++i)
      rows += "s" + std::to_string(i) + ",c" + std::to_string(i) + ",pro,2024-01-01,,10,USD,month\n";
    return rows;
  }();
  return text;
}

/// Everything that can be watched.
std::vector<std::pair<std::string, std::function<void(unsigned, const Progress&)>>> works() {
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  const auto with = [](unsigned threads, const Progress& progress) {
    FoldOptions options;
    options.threads = threads;
    options.progress = progress;
    return options;
  };
  return {
      {"movements",
       [=](unsigned n, const Progress& p) { (void)MovementCube::fold(large_book(), grid, {}, with(n, p)); }},
      {"movements by plan",
       [=](unsigned n, const Progress& p) {
         (void)MovementCube::fold(large_book(), grid, by::plan, with(n, p));
       }},
      {"windows",
       [=](unsigned n, const Progress& p) {
         (void)MovementCube::fold_trailing(large_book(), grid, 20, {}, with(n, p));
       }},
      {"cohorts",
       [=](unsigned n, const Progress& p) {
         (void)CohortCube::fold(large_book(), grid, CohortBy::first_paid, {}, with(n, p));
       }},
      {"subscriptions",
       [=](unsigned n, const Progress& p) { (void)fold_subscriptions(large_book(), grid, {}, with(n, p)); }},
      {"lives",
       [=](unsigned n, const Progress& p) { (void)LifeTable::fold(large_book(), {}, {}, with(n, p)); }},
      {"building",
       [](unsigned n, const Progress& p) {
         (void)Book::build(large_book().records(), large_book().as_of(), Conventions::standard(),
                           {.threads = n, .progress = p});
       }},
      {"reading", [](unsigned n, const Progress& p) {
         (void)read_book_files({{"subscriptions.csv", large_csv()}},
                               {.threads = n, .block_bytes = 1U << 17U, .progress = p});
       }}};
}

TEST(Progress, never_falls_and_ends_with_all) {
  for (const auto& [name, work] : works())
    for (const unsigned threads : {1U, 3U}) {
      double last = 0;
      int calls = 0;
      work(threads, [&](double done) {
        EXPECT_GE(done, last) << name;
        EXPECT_LE(done, 1) << name;
        last = done;
        ++calls;
        return true;
      });
      EXPECT_GT(calls, 1) << name;
      if (threads == 1) {
        EXPECT_EQ(last, 1) << name;
      }
    }
}

TEST(Progress, is_told_in_the_thread_that_asked) {
  const std::thread::id here = std::this_thread::get_id();
  for (const auto& [name, work] : works())
    work(4, [&, &name = name](double) {
      EXPECT_EQ(std::this_thread::get_id(), here) << name;
      return true;
    });
}

TEST(Progress, ends_the_work_when_the_host_has_had_enough) {
  for (const auto& [name, work] : works())
    for (const unsigned threads : {1U, 3U}) {
      int calls = 0;
      const auto once = [&](double) { return ++calls < 2; };
      EXPECT_EQ(error_of([&, &work = work] { work(threads, once); }), ErrorCode::cancelled) << name;
      EXPECT_EQ(calls, 2) << name;
    }
}

TEST(Progress, may_throw_what_it_likes) {
  for (const auto& [name, work] : works())
    EXPECT_THROW(work(2, [](double) -> bool { throw std::logic_error("no"); }), std::logic_error) << name;
}

}  // namespace
}  // namespace churn

// Questions:
//   How long does a book take from columns in memory, and how long its answers W1 (MRR movements and
//   customer counts, 60 months), W2 (the same by the latest started plan, a state of a host's own, crossed
//   with industry) and W3 (cohort matrix, 60 x 60) once it is built?
//   How far is that from the plain limit (summing the columns once) and from plain hand-written passes that
//   give the same W1 and W2 and check nothing?
//   What do segments that change cost beside the total: lanes, states, their products, subscriptions, windows?
//
// Run: churn-benchmarks [--data=FOLDER | --customers=N] [Google Benchmark's options]
// The answers of the library and of the plain passes are compared before anything is timed. `rows/s` counts
// subscription periods. Expected growth: linear in periods.
#include <churn/churn.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "columns.hpp"

namespace {

using churn::Date;

constexpr std::size_t months_count = 60;
const std::array<std::string_view, 6> plan_names{"basic", "starter", "team", "pro", "business", "enterprise"};
const std::array<std::string_view, 12> industry_names{"software",  "retail", "finance",       "health",
                                                      "education", "media",  "manufacturing", "travel",
                                                      "logistics", "energy", "public",        "other"};
const churn::BillingCycle monthly{};

Columns columns;

churn::PeriodGrid months_of_the_data() { return churn::months(Date::of(2020, 1, 1), Date::of(2025, 1, 1)); }
Date as_of() { return Date::of(2025, 1, 1); }

churn::PhaseColumns phase_columns() {
  return {.subscription = std::span<const std::int64_t>{columns.subscription},
          .customer = std::span<const std::int64_t>{columns.customer},
          .plan = columns.plan,
          .plan_names = plan_names,
          .starts_on = columns.starts_on,
          .ends_on = columns.ends_on,
          .amount = columns.mrr,
          .currency = churn::Currency{"USD"},
          .cycle = {&monthly, 1}};
}

churn::Records make_records() {
  churn::Records records;
  records.add(phase_columns());
  return records;
}

churn::Conventions month_end_history() {
  churn::Conventions conventions;
  conventions.rate.history = churn::History::period_ends;  // as W1 is defined
  return conventions;
}

const churn::Book& built_book() {
  static const churn::Book book = [] {
    churn::Records records = make_records();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::int64_t customer = columns.customer[i];
      if (i > 0 && columns.customer[i - 1] == customer) continue;
      churn::Customer added{.id = churn::CustomerId{std::to_string(customer)}};
      added.attributes["industry"] = industry_names.at(columns.industry_of(customer));
      records.add(added);
    }
    return churn::Book::build(std::move(records), as_of(), month_end_history()).book;
  }();
  return book;
}

/// The plan of the phase that started last; rows are in order of start and subscription.
churn::Segmenter latest_plan() {
  return churn::by::custom_state("latest plan", [](const churn::Situation& now) {
    const churn::PhaseOnDay* latest = &now.phases.front();
    for (const churn::PhaseOnDay& on_day : now.phases)
      if (on_day.phase.row() > latest->phase.row()) latest = &on_day;
    return latest->phase.plan();
  });
}

/// W1 by hand: MRR of each customer at each month end, compared with the month before. Cents a month.
struct PlainMonth {
  std::int64_t new_ = 0, reactivation = 0, expansion = 0, contraction = 0, churn = 0, closing = 0;
  std::int64_t new_customers = 0, reactivated = 0, churned = 0, closing_customers = 0;
};

std::array<std::int32_t, months_count + 1> month_starts() {
  std::array<std::int32_t, months_count + 1> starts{};
  for (std::size_t m = 0; m <= months_count; ++m)
    starts[m] = anniversary(Date::of(2020, 1, 1), static_cast<int>(m)).days();
  return starts;
}

/// The first month whose last day is on or after a day: where a change shows.
std::vector<std::uint8_t> month_of_day() {
  const auto starts = month_starts();
  std::vector<std::uint8_t> month(static_cast<std::size_t>(starts.back() - starts.front()));
  for (std::size_t m = 0; m < months_count; ++m)
    for (std::int32_t d = starts[m]; d < starts[m + 1]; ++d)
      month[static_cast<std::size_t>(d - starts[0])] = static_cast<std::uint8_t>(m);
  return month;
}

std::array<PlainMonth, months_count> plain_w1() {
  static const std::vector<std::uint8_t> month_of = month_of_day();
  constexpr std::int32_t first = 18262;
  const std::int32_t days = static_cast<std::int32_t>(month_of.size());
  std::array<PlainMonth, months_count> months{};
  std::array<std::int64_t, months_count> change{};
  for (std::size_t i = 0; i < columns.size();) {
    const std::int64_t customer = columns.customer[i];
    std::size_t low = months_count, high = 0;
    for (; i < columns.size() && columns.customer[i] == customer; ++i) {
      const std::size_t from = month_of[static_cast<std::size_t>(columns.starts_on[i] - first)];
      change[from] += columns.mrr[i];
      low = std::min(low, from);
      high = std::max(high, from);
      if (columns.ends_on[i] - first < days) {
        const std::size_t until = month_of[static_cast<std::size_t>(columns.ends_on[i] - first)];
        change[until] -= columns.mrr[i];
        high = std::max(high, until);
      }
    }
    std::int64_t level = 0;
    bool seen = false;
    for (std::size_t m = low; m <= high; ++m) {
      const std::int64_t before = level;
      level += change[m];
      change[m] = 0;
      if (level == before) continue;
      PlainMonth& month = months[m];
      if (before == 0) {
        (seen ? month.reactivation : month.new_) += level;
        ++(seen ? month.reactivated : month.new_customers);
        seen = true;
      } else if (level == 0) {
        month.churn += before;
        ++month.churned;
      } else {
        (level > before ? month.expansion : month.contraction) += std::abs(level - before);
      }
    }
  }
  std::int64_t closing = 0, customers = 0;
  for (PlainMonth& m : months) {
    m.closing = closing += m.new_ + m.reactivation + m.expansion - m.contraction - m.churn;
    m.closing_customers = customers += m.new_customers + m.reactivated - m.churned;
  }
  return months;
}

/// W2 by hand: each customer's MRR and latest started plan at each month end, compared with the month before.
/// The opening of one that changed its plan is shown in the new one.
struct PlainSegment : PlainMonth {
  std::int64_t opening = 0, opening_customers = 0;
};
using PlainW2 = std::vector<PlainSegment>;  // (plan x industry) x month

PlainW2 plain_w2() {
  static const std::vector<std::uint8_t> month_of = month_of_day();
  constexpr std::int32_t first = 18262;
  const std::int32_t days = static_cast<std::int32_t>(month_of.size());
  PlainW2 cells(plan_names.size() * industry_names.size() * months_count);
  std::array<std::int64_t, months_count> level{};
  std::array<std::uint8_t, months_count> plan{};
  for (std::size_t i = 0; i < columns.size();) {
    const std::int64_t customer = columns.customer[i];
    const std::size_t industry = columns.industry_of(customer);
    std::size_t low = months_count;
    for (; i < columns.size() && columns.customer[i] == customer; ++i) {
      const std::int32_t end = columns.ends_on[i] - first;
      const std::size_t from = month_of[static_cast<std::size_t>(columns.starts_on[i] - first)];
      const std::size_t until = end < days ? month_of[static_cast<std::size_t>(end)] : months_count;
      low = std::min(low, from);
      for (std::size_t m = from; m < until; ++m) {
        level[m] += columns.mrr[i];
        plan[m] = columns.plan[i];
      }
    }
    std::int64_t before = 0;
    bool seen = false;
    for (std::size_t m = low; m < months_count; ++m) {
      const std::int64_t now = std::exchange(level[m], 0);
      if (now == 0 && before == 0) continue;
      const std::size_t shown = now != 0 ? plan[m] : plan[m - 1];
      PlainSegment& cell = cells[(shown * industry_names.size() + industry) * months_count + m];
      cell.opening += before;
      cell.opening_customers += before != 0 ? 1 : 0;
      cell.closing += now;
      cell.closing_customers += now != 0 ? 1 : 0;
      if (before == 0) {
        (seen ? cell.reactivation : cell.new_) += now;
        ++(seen ? cell.reactivated : cell.new_customers);
        seen = true;
      } else if (now == 0) {
        cell.churn += before;
        ++cell.churned;
      } else {
        (now > before ? cell.expansion : cell.contraction) += std::abs(now - before);
      }
      before = now;
    }
  }
  return cells;
}

bool same_movements(const churn::MovementCell& cell, const PlainMonth& p) {
  constexpr std::int64_t ticks = churn::ticks_per_minor_unit_a_month;
  return cell.new_ == p.new_ * ticks && cell.reactivation == p.reactivation * ticks &&
         cell.expansion == p.expansion * ticks && cell.contraction == p.contraction * ticks &&
         cell.churn == p.churn * ticks && cell.closing == p.closing * ticks &&
         cell.new_customers == p.new_customers && cell.reactivated_customers == p.reactivated &&
         cell.churned_customers == p.churned && cell.closing_customers == p.closing_customers;
}

bool w2_agrees() {
  const PlainW2 plain = plain_w2();
  const auto cube = churn::MovementCube::fold(built_book(), months_of_the_data(),
                                              latest_plan() * churn::by::attribute("industry"));
  constexpr std::int64_t ticks = churn::ticks_per_minor_unit_a_month;
  const auto place = [](const auto& names, const std::string& name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  };
  std::vector<bool> compared(plain.size());
  for (std::size_t segment = 0; segment < cube.segments().size(); ++segment) {
    const churn::Label& label = cube.segments()[segment];
    const std::size_t row =
        place(plan_names, label[0]) * industry_names.size() + place(industry_names, label[1]);
    for (std::size_t m = 0; m < months_count; ++m) {
      const churn::MovementCell& cell = cube.at(segment, m);
      const PlainSegment& p = plain.at(row * months_count + m);
      compared[row * months_count + m] = true;
      if (!same_movements(cell, p) ||
          cell.opening + cell.transfer_in - cell.transfer_out != p.opening * ticks ||
          cell.opening_customers + cell.transferred_in_customers - cell.transferred_out_customers !=
              p.opening_customers)
        return false;
    }
  }
  for (std::size_t i = 0; i < plain.size(); ++i)
    if (!compared[i] && (plain[i].opening != 0 || plain[i].closing != 0)) return false;
  return true;
}

bool w1_agrees() {
  const auto plain = plain_w1();
  const auto cube = churn::MovementCube::fold(built_book(), months_of_the_data());
  for (std::size_t m = 0; m < months_count; ++m)
    if (!same_movements(cube.at(0, m), plain[m])) return false;
  return true;
}

void count_rows(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(columns.size()));
  state.counters["rows"] = static_cast<double>(columns.size());
}

void plain_sum_of_columns(benchmark::State& state) {
  for (auto _ : state) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < columns.size(); ++i)
      sum += columns.customer[i] ^ (columns.mrr[i] + columns.starts_on[i] + columns.ends_on[i]);
    benchmark::DoNotOptimize(sum);
  }
  count_rows(state);
}
BENCHMARK(plain_sum_of_columns)->Unit(benchmark::kMillisecond);

void plain_pass_w1(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(plain_w1());
  count_rows(state);
}
BENCHMARK(plain_pass_w1)->Unit(benchmark::kMillisecond);

void plain_pass_w2(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(plain_w2());
  count_rows(state);
}
BENCHMARK(plain_pass_w2)->Unit(benchmark::kMillisecond);

void records_from_columns(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(make_records());
  count_rows(state);
}
BENCHMARK(records_from_columns)->Unit(benchmark::kMillisecond);

void book_from_records(benchmark::State& state) {
  const churn::Records records = make_records();
  for (auto _ : state) benchmark::DoNotOptimize(churn::Book::build(records, as_of(), month_end_history()));
  count_rows(state);
}
BENCHMARK(book_from_records)->Unit(benchmark::kMillisecond);

void w1_movements(benchmark::State& state) {
  const churn::PeriodGrid grid = months_of_the_data();
  churn::FoldOptions options;
  options.threads = static_cast<unsigned>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(churn::MovementCube::fold(built_book(), grid, {}, options));
  count_rows(state);
}
BENCHMARK(w1_movements)->ArgName("threads")->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

void w1_movements_by_day(benchmark::State& state) {
  const churn::PeriodGrid grid = months_of_the_data();
  churn::FoldOptions options;
  options.rules = churn::RateRules{.netting = churn::Netting::by_day, .history = churn::History::any_day};
  for (auto _ : state) benchmark::DoNotOptimize(churn::MovementCube::fold(built_book(), grid, {}, options));
  count_rows(state);
}
BENCHMARK(w1_movements_by_day)->Unit(benchmark::kMillisecond);

void movements_by(benchmark::State& state, const churn::Segmenter& segmenter, unsigned threads = 1) {
  const churn::PeriodGrid grid = months_of_the_data();
  churn::FoldOptions options;
  options.threads = threads;
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::MovementCube::fold(built_book(), grid, segmenter, options));
  count_rows(state);
}

void w2_movements_by_state_and_attribute(benchmark::State& state) {
  movements_by(state, latest_plan() * churn::by::attribute("industry"),
               static_cast<unsigned>(state.range(0)));
}
BENCHMARK(w2_movements_by_state_and_attribute)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void movements_by_attribute(benchmark::State& state) {
  movements_by(state, churn::by::attribute("industry"));
}
BENCHMARK(movements_by_attribute)->Unit(benchmark::kMillisecond);

void movements_by_plan(benchmark::State& state) { movements_by(state, churn::by::plan); }
BENCHMARK(movements_by_plan)->Unit(benchmark::kMillisecond);

void movements_by_primary_plan(benchmark::State& state) { movements_by(state, churn::by::primary_plan); }
BENCHMARK(movements_by_primary_plan)->Unit(benchmark::kMillisecond);

void movements_by_tenure(benchmark::State& state) { movements_by(state, churn::by::tenure); }
BENCHMARK(movements_by_tenure)->Unit(benchmark::kMillisecond);

void movements_by_plan_tenure_and_attribute(benchmark::State& state) {
  movements_by(state, churn::by::plan * churn::by::tenure * churn::by::attribute("industry"));
}
BENCHMARK(movements_by_plan_tenure_and_attribute)->Unit(benchmark::kMillisecond);

void subscriptions_by_plan(benchmark::State& state) {
  const churn::PeriodGrid grid = months_of_the_data();
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::fold_subscriptions(built_book(), grid, churn::by::plan));
  count_rows(state);
}
BENCHMARK(subscriptions_by_plan)->Unit(benchmark::kMillisecond);

void trailing_28_days(benchmark::State& state) {
  const churn::PeriodGrid grid = months_of_the_data();
  for (auto _ : state) benchmark::DoNotOptimize(churn::MovementCube::fold_trailing(built_book(), grid, 28));
  count_rows(state);
}
BENCHMARK(trailing_28_days)->Unit(benchmark::kMillisecond);

void w3_cohorts(benchmark::State& state) {
  const churn::PeriodGrid grid = months_of_the_data();
  for (auto _ : state) benchmark::DoNotOptimize(churn::CohortCube::fold(built_book(), grid));
  count_rows(state);
}
BENCHMARK(w3_cohorts)->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  std::int64_t customers = 100'000;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument{argv[i]};
    if (argument.starts_with("--data="))
      folder = argument.substr(7);
    else if (argument.starts_with("--customers="))
      customers = std::atoll(argv[i] + 12);
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  columns = folder.empty() ? make_columns(customers) : read_columns(folder);
  if (const bool w1 = w1_agrees(); !w1 || !w2_agrees()) {
    std::fprintf(stderr, "The library and the plain pass disagree on %s.\n", w1 ? "W2" : "W1");
    return 1;
  }
  const churn::Timeline& timeline = built_book().timeline();
  std::printf("%zu periods, %zu customers, %zu changes; W1 and W2 equal the plain passes\n", columns.size(),
              timeline.customer_count(), timeline.day.size());
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

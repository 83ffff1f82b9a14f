// Questions:
//   How long does W5 take on a built book: the tenure of each customer's first subscription by the plan it began
//   with, where `completed` and running ones are censored, and Kaplan-Meier of it?
//   How far is that from a plain hand-written pass over the columns that gives the same and checks nothing?
//   What do units and segments cost, and what Kaplan-Meier alone?
//
// Run: churn-life-benchmarks [--data=FOLDER | --customers=N] [--answer=FILE] [Google Benchmark's options]
// The answers of the library and of the plain pass are compared before anything is timed; `--answer` writes them
// as CSV: plan, time, at risk, events, censored, survival. `rows/s` counts subscription periods. Expected growth:
// linear in periods.
#include <churn/churn.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "library.hpp"
#include "plain_passes.hpp"

namespace {

using churn::Date;

using bench::make_columns;
using bench::plan_names;
using bench::read_columns;

bench::Columns columns;

const churn::Book& built_book() {
  static const churn::Book book =
      churn::Book::build(bench::records_with_reasons(columns), Date::of(2025, 1, 1)).book;
  return book;
}

using bench::answer_w5;
using bench::w5_options;

churn::LifeTable w5_table(unsigned threads = 1) { return bench::fold_w5(built_book(), threads); }

bool w5_agrees() {
  const auto plain = plain_w5(columns);
  const auto curves = answer_w5(w5_table());
  const auto is_same = [](const bench::CurveRow& a, const bench::CurveRow& b) {
    return a.time == b.time && a.at_risk == b.at_risk && a.events == b.events && a.censored == b.censored &&
           std::abs(a.survival - b.survival) <= 1e-12 * b.survival;
  };
  return std::equal(curves.begin(), curves.end(), plain.begin(), [&](const auto& a, const auto& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), is_same);
  });
}

void write_answer(const std::string& file) {
  std::ofstream out{file};
  const auto curves = answer_w5(w5_table());
  for (std::size_t p = 0; p < curves.size(); ++p)
    for (const bench::CurveRow& row : curves[p])
      out << plan_names[p] << ',' << row.time << ',' << row.at_risk << ',' << row.events << ','
          << row.censored << ',' << churn::shortest(row.survival) << '\n';
}

void count_rows(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(columns.size()));
}

void plain_pass_w5(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(plain_w5(columns));
  count_rows(state);
}
BENCHMARK(plain_pass_w5)->Unit(benchmark::kMillisecond);

void w5_table_and_curves(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(answer_w5(w5_table(static_cast<unsigned>(state.range(0)))));
  count_rows(state);
}
BENCHMARK(w5_table_and_curves)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void w5_curves_of_a_table(benchmark::State& state) {
  const churn::LifeTable table = w5_table();
  for (auto _ : state) benchmark::DoNotOptimize(answer_w5(table));
}
BENCHMARK(w5_curves_of_a_table)->Unit(benchmark::kMicrosecond);

void life_table(benchmark::State& state, churn::SpellUnit unit, const churn::Segmenter& segmenter) {
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::LifeTable::fold(built_book(), segmenter, {unit, w5_options().exits}));
  count_rows(state);
}

void first_spells(benchmark::State& state) { life_table(state, churn::SpellUnit::first_of_customer, {}); }
BENCHMARK(first_spells)->Unit(benchmark::kMillisecond);

void first_spells_by_plan(benchmark::State& state) {
  life_table(state, churn::SpellUnit::first_of_customer, churn::by::plan);
}
BENCHMARK(first_spells_by_plan)->Unit(benchmark::kMillisecond);

void first_spells_by_primary_plan(benchmark::State& state) {
  life_table(state, churn::SpellUnit::first_of_customer, churn::by::primary_plan);
}
BENCHMARK(first_spells_by_primary_plan)->Unit(benchmark::kMillisecond);

void first_subscriptions(benchmark::State& state) {
  life_table(state, churn::SpellUnit::first_subscription, {});
}
BENCHMARK(first_subscriptions)->Unit(benchmark::kMillisecond);

void every_subscription_by_plan(benchmark::State& state) {
  life_table(state, churn::SpellUnit::every_subscription, churn::by::plan);
}
BENCHMARK(every_subscription_by_plan)->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  std::string answer;
  std::int64_t customers = 100'000;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument{argv[i]};
    if (argument.starts_with("--data="))
      folder = argument.substr(7);
    else if (argument.starts_with("--answer="))
      answer = argument.substr(9);
    else if (argument.starts_with("--customers="))
      customers = std::atoll(argv[i] + 12);
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  columns = folder.empty() ? make_columns(customers) : read_columns(folder);
  if (!w5_agrees()) {
    std::fprintf(stderr, "The library and the plain pass disagree on W5.\n");
    return 1;
  }
  std::printf("%zu periods, %zu customers; W5 equals the plain pass\n", columns.size(),
              built_book().customer_count());
  if (!answer.empty()) write_answer(answer);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

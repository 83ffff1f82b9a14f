// Questions:
//   How long does a book take from columns in memory, and how long its answers W1 (MRR movements and
//   customer counts, 60 months), W2 (the same by the latest started plan, a state of a host's own, crossed
//   with industry) and W3 (cohort matrix, 60 x 60) once it is built?
//   How far is that from the plain limit (summing the columns once) and from plain hand-written passes that
//   give the same answers and check nothing?
//   What do segments that change cost beside the total: lanes, states, their products, subscriptions, windows?
//   What do intervals of money ratios cost beside the ratios alone (groups: 0), for the total and by segment?
//
// Run: churn-benchmarks [--data=FOLDER | --customers=N] [Google Benchmark's options]
// The answers of the library and of the plain passes are compared before anything is timed. `rows/s` counts
// subscription periods. Expected growth: linear in periods.
#include <churn/churn.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "columns.hpp"
#include "library.hpp"
#include "plain_passes.hpp"

namespace {

using namespace bench;

Columns columns;

const churn::Book& built_book() {
  static const churn::Book book = build_book(records_with_industries(columns));
  return book;
}

churn::Records make_records() {
  churn::Records records;
  records.add(phase_columns(columns));
  return records;
}

void count_rows(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(columns.size()));
  state.counters["rows"] = static_cast<double>(columns.size());
}

void plain_sum_of_columns(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(sum_of_columns(columns));
  count_rows(state);
}
BENCHMARK(plain_sum_of_columns)->Unit(benchmark::kMillisecond);

void plain_pass_w1(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(plain_w1(columns));
  count_rows(state);
}
BENCHMARK(plain_pass_w1)->Unit(benchmark::kMillisecond);

void plain_pass_w2(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(plain_w2(columns));
  count_rows(state);
}
BENCHMARK(plain_pass_w2)->Unit(benchmark::kMillisecond);

void plain_pass_w3(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(plain_w3(columns));
  count_rows(state);
}
BENCHMARK(plain_pass_w3)->Unit(benchmark::kMillisecond);

void records_from_columns(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(make_records());
  count_rows(state);
}
BENCHMARK(records_from_columns)->Unit(benchmark::kMillisecond);

void book_from_records(benchmark::State& state) {
  const churn::Records records = make_records();
  for (auto _ : state) benchmark::DoNotOptimize(build_book(records));
  count_rows(state);
}
BENCHMARK(book_from_records)->Unit(benchmark::kMillisecond);

void w1_movements(benchmark::State& state) {
  const auto threads = static_cast<unsigned>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(fold_w1(built_book(), threads));
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

void w2_movements_by_state_and_attribute(benchmark::State& state) {
  const auto threads = static_cast<unsigned>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(fold_w2(built_book(), threads));
  count_rows(state);
}
BENCHMARK(w2_movements_by_state_and_attribute)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void movements_by(benchmark::State& state, const churn::Segmenter& segmenter) {
  const churn::PeriodGrid grid = months_of_the_data();
  for (auto _ : state) benchmark::DoNotOptimize(churn::MovementCube::fold(built_book(), grid, segmenter));
  count_rows(state);
}

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

void money_ratios(benchmark::State& state, const churn::Segmenter& segmenter) {
  const auto groups = static_cast<std::uint32_t>(state.range(0));
  churn::Measure question = churn::measure(built_book()).over(months_of_the_data()).by(segmenter);
  if (groups != 0) question = question.money_intervals(groups);
  for (auto _ : state)
    benchmark::DoNotOptimize(question
                                 .compute(churn::GrossMrrChurnRate{}, churn::NetMrrChurnRate{},
                                          churn::GrossRevenueRetention{}, churn::NetRevenueRetention{},
                                          churn::QuickRatio{}, churn::AverageRevenuePerAccount{})
                                 .rows());
  count_rows(state);
}
BENCHMARK_CAPTURE(money_ratios, total, churn::Segmenter{})
    ->ArgName("groups")
    ->Arg(0)
    ->Arg(50)
    ->Arg(200)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(money_ratios, by_attribute, churn::by::attribute("industry"))
    ->ArgName("groups")
    ->Arg(0)
    ->Arg(50)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(money_ratios, by_plan, churn::Segmenter{churn::by::plan})
    ->ArgName("groups")
    ->Arg(0)
    ->Arg(50)
    ->Unit(benchmark::kMillisecond);

void w3_cohorts(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(fold_w3(built_book()));
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
  const bool same = answer_w1(fold_w1(built_book())) == plain_w1(columns) &&
                    answer_w2(fold_w2(built_book())) == plain_w2(columns) &&
                    answer_w3(fold_w3(built_book())) == plain_w3(columns);
  if (!same) {
    std::fprintf(stderr, "The library and the plain passes disagree.\n");
    return 1;
  }
  const churn::Timeline& timeline = built_book().timeline();
  std::printf("%zu periods, %zu customers, %zu changes; W1, W2 and W3 equal the plain passes\n",
              columns.size(), timeline.customer_count(), timeline.day.size());
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

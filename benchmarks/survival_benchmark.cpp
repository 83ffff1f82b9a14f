// Questions:
//   How long do survival curves of a million spells take, from single rows on, and what of it is counting who is at
//   risk? What do late entries, 50 strata and tenures that are rarely alike add?
//   How long do the curve alone, cumulative hazards, hazards by tenure and smoothed ones take?
//   How far is that from R's survfit on the same rows in the same session (survival.R)?
//
// Run: churn-survival-benchmarks [--rows=N] [--answer=FILE] [Google Benchmark's options]
// `--answer` writes the curve as CSV, to be set beside R's. `rows/s` counts spells. Expected growth: linear in
// spells, but n log n where tenures are far more than spells; what starts from a table is linear in tenures.
#include <churn/survival/hazard.hpp>
#include <churn/survival/kaplan_meier.hpp>
#include <churn/survival/nelson_aalen.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <string>
#include <string_view>
#include <vector>

#include "tenures.hpp"

namespace {

bench::Tenures customers;
std::vector<std::int32_t> seconds;  ///< tenures that are rarely alike
std::vector<std::int32_t> strata;

churn::SpellColumns columns() {
  churn::SpellColumns view;
  view.exit = customers.exit;
  view.event = customers.event;
  return view;
}

churn::SpellColumns columns_with_entries() {
  churn::SpellColumns view = columns();
  view.entry = customers.entry;
  return view;
}

void count_rows(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(customers.exit.size()));
}

void table_of_those_at_risk(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(churn::risk_table(columns()));
  count_rows(state);
}
BENCHMARK(table_of_those_at_risk)->Unit(benchmark::kMillisecond);

void kaplan_meier_from_rows(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(churn::kaplan_meier(churn::risk_table(columns())));
  count_rows(state);
}
BENCHMARK(kaplan_meier_from_rows)->Unit(benchmark::kMillisecond);

void kaplan_meier_with_late_entries(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::kaplan_meier(churn::risk_table(columns_with_entries())));
  count_rows(state);
}
BENCHMARK(kaplan_meier_with_late_entries)->Unit(benchmark::kMillisecond);

void kaplan_meier_of_50_strata(benchmark::State& state) {
  churn::SpellColumns rows = columns();
  rows.stratum = strata;
  for (auto _ : state)
    for (const churn::RiskTable& table : churn::risk_tables(rows))
      benchmark::DoNotOptimize(churn::kaplan_meier(table));
  count_rows(state);
}
BENCHMARK(kaplan_meier_of_50_strata)->Unit(benchmark::kMillisecond);

void kaplan_meier_of_tenures_in_seconds(benchmark::State& state) {
  churn::SpellColumns rows = columns();
  rows.exit = seconds;
  for (auto _ : state) benchmark::DoNotOptimize(churn::kaplan_meier(churn::risk_table(rows)));
  count_rows(state);
}
BENCHMARK(kaplan_meier_of_tenures_in_seconds)->Unit(benchmark::kMillisecond);

void kaplan_meier_of_a_table(benchmark::State& state, churn::SurvivalInterval interval) {
  const churn::RiskTable table = churn::risk_table(columns());
  for (auto _ : state) benchmark::DoNotOptimize(churn::kaplan_meier(table, {.interval = interval}));
}
BENCHMARK_CAPTURE(kaplan_meier_of_a_table, log_log, churn::SurvivalInterval::log_log)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(kaplan_meier_of_a_table, plain, churn::SurvivalInterval::plain)
    ->Unit(benchmark::kMicrosecond);

void median_and_mean_of_a_curve(benchmark::State& state) {
  const churn::SurvivalCurve curve = churn::kaplan_meier(churn::risk_table(columns()));
  for (auto _ : state) {
    benchmark::DoNotOptimize(churn::survival_quantile(curve));
    benchmark::DoNotOptimize(churn::restricted_mean(curve, 730));
  }
}
BENCHMARK(median_and_mean_of_a_curve)->Unit(benchmark::kMicrosecond);

void nelson_aalen_of_a_table(benchmark::State& state, churn::HazardTies ties) {
  const churn::RiskTable table = churn::risk_table(columns());
  for (auto _ : state) benchmark::DoNotOptimize(churn::nelson_aalen(table, {.ties = ties}));
}
BENCHMARK_CAPTURE(nelson_aalen_of_a_table, days, churn::HazardTies::nelson_aalen)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(nelson_aalen_of_a_table, one_by_one, churn::HazardTies::fleming_harrington)
    ->Unit(benchmark::kMicrosecond);

void hazard_of_a_table(benchmark::State& state) {
  const churn::RiskTable table = churn::risk_table(columns_with_entries());
  for (auto _ : state) benchmark::DoNotOptimize(churn::hazard_by_tenure(table));
}
BENCHMARK(hazard_of_a_table)->Unit(benchmark::kMicrosecond);

void smooth_hazard_of_a_table(benchmark::State& state) {
  const churn::RiskTable table = churn::risk_table(columns_with_entries());
  for (auto _ : state) benchmark::DoNotOptimize(churn::smooth_hazard(table));
}
BENCHMARK(smooth_hazard_of_a_table)->Unit(benchmark::kMicrosecond);

void write_answer(const std::string& file) {
  std::ofstream out{file};
  out << std::setprecision(17);
  const churn::SurvivalCurve curve = churn::kaplan_meier(churn::risk_table(columns_with_entries()));
  for (const churn::SurvivalRow& row : curve.rows) {
    out << row.time << ',' << row.at_risk << ',' << row.events << ',' << row.survival;
    if (row.std_error) out << ',' << *row.std_error;
    if (row.interval) out << ',' << row.interval->low << ',' << row.interval->high;
    out << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::int64_t rows = 1'000'000;
  std::string answer;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument{argv[i]};
    if (argument.starts_with("--rows="))
      rows = std::atoll(argv[i] + 7);
    else if (argument.starts_with("--answer="))
      answer = argument.substr(9);
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  customers = bench::make_tenures(rows);
  bench::Uniform uniform;
  std::int64_t left = 0;
  for (std::size_t i = 0; i < customers.exit.size(); ++i) {
    left += customers.event[i];
    seconds.push_back(customers.exit[i] * 86'400 - static_cast<std::int32_t>(86'400 * uniform.next()));
    strata.push_back(static_cast<std::int32_t>((i + 1) * 7919 % 50));
  }
  std::printf("%lld rows, %lld left\n", static_cast<long long>(rows), static_cast<long long>(left));
  if (!answer.empty()) write_answer(answer);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

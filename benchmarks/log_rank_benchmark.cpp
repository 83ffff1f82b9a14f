// Questions:
//   How long does a log-rank test of four groups take on a million customers, from single rows, and how much
//   of it is making the tables of those at risk? What do late entries and strata add?
//   What is left of it where counts are there already: tests, pairs, cumulative incidence?
//   How far is that from R's survdiff and survfit on the same rows in the same session (log_rank.R)?
//
// Run: churn-log-rank-benchmarks [--rows=N] [--answer] [Google Benchmark's options]
// Rows come from a generator that log_rank.R has, too; `--answer` prints chi-squares and an incidence, to be set
// beside R's. `items_per_second` counts rows. Expected growth: linear in rows; tests of tables depend on days
// and groups alone.
#include <churn/survival/aalen_johansen.hpp>
#include <churn/survival/log_rank.hpp>

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Customers {
  std::vector<std::int32_t> entry;
  std::vector<std::int32_t> exit;
  std::vector<std::uint8_t> event;
  std::vector<std::uint8_t> type;  ///< 0 still there, 1 voluntary, 2 involuntary
  std::vector<std::int32_t> group;
  std::vector<std::int32_t> stratum;
};
Customers customers;

/// Lehmer's generator with modulus 2^31 - 1: exact also in R's doubles.
class Uniform {
 public:
  double next() {
    state_ = state_ * 16807 % 2147483647;
    return static_cast<double>(state_) / 2147483647.0;
  }

 private:
  std::int64_t state_{20240101};
};

/// Exponential tenures with a mean of 400 days in group 0 and a little less in each further one, censored
/// at up to three years. Who has an entry is seen from a third of its stay on.
Customers make_customers(std::int64_t rows) {
  Customers made;
  Uniform uniform;
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto group = static_cast<std::int32_t>(4 * uniform.next());
    const auto stratum = static_cast<std::int32_t>(3 * uniform.next());
    const double stay = std::floor(-400 * std::log(uniform.next()) / (1 + 0.01 * group)) + 1;
    const double known = std::floor(1095 * uniform.next()) + 1;
    const std::uint8_t type = uniform.next() < 0.7 ? 1 : 2;
    made.group.push_back(group);
    made.stratum.push_back(stratum);
    made.exit.push_back(static_cast<std::int32_t>(stay < known ? stay : known));
    made.event.push_back(stay <= known ? 1 : 0);
    made.type.push_back(stay <= known ? type : std::uint8_t{0});
    made.entry.push_back(made.exit.back() / 3);
  }
  return made;
}

churn::SpellColumns columns() { return {.exit = customers.exit, .event = customers.event}; }

void count_rows(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(customers.exit.size()));
}

void tables_of_four_groups(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(churn::grouped_risk_tables(columns(), customers.group));
  count_rows(state);
}
BENCHMARK(tables_of_four_groups)->Unit(benchmark::kMillisecond);

void test_rows(benchmark::State& state, const churn::SpellColumns& rows) {
  for (auto _ : state)
    benchmark::DoNotOptimize(
        churn::log_rank_stratified(churn::grouped_risk_tables(rows, customers.group).tables));
  count_rows(state);
}

void log_rank_of_rows(benchmark::State& state) { test_rows(state, columns()); }
BENCHMARK(log_rank_of_rows)->Unit(benchmark::kMillisecond);

void log_rank_of_rows_with_late_entries(benchmark::State& state) {
  churn::SpellColumns rows = columns();
  rows.entry = customers.entry;
  test_rows(state, rows);
}
BENCHMARK(log_rank_of_rows_with_late_entries)->Unit(benchmark::kMillisecond);

void log_rank_of_rows_in_strata(benchmark::State& state) {
  churn::SpellColumns rows = columns();
  rows.stratum = customers.stratum;
  test_rows(state, rows);
}
BENCHMARK(log_rank_of_rows_in_strata)->Unit(benchmark::kMillisecond);

void log_rank_of_tables(benchmark::State& state) {
  const churn::GroupedRiskTables grouped = churn::grouped_risk_tables(columns(), customers.group);
  for (auto _ : state) benchmark::DoNotOptimize(churn::log_rank(grouped.tables[0]));
}
BENCHMARK(log_rank_of_tables)->Unit(benchmark::kMicrosecond);

void log_rank_of_a_hundred_tables(benchmark::State& state) {
  const churn::GroupedRiskTables grouped = churn::grouped_risk_tables(columns(), customers.group);
  std::vector<churn::RiskTable> many;
  while (many.size() < 100) many.insert(many.end(), grouped.tables[0].begin(), grouped.tables[0].end());
  for (auto _ : state) benchmark::DoNotOptimize(churn::log_rank(many));
}
BENCHMARK(log_rank_of_a_hundred_tables)->Unit(benchmark::kMicrosecond);

void pairs_of_tables(benchmark::State& state) {
  const churn::GroupedRiskTables grouped = churn::grouped_risk_tables(columns(), customers.group);
  for (auto _ : state) benchmark::DoNotOptimize(churn::log_rank_pairs(grouped.tables[0]));
}
BENCHMARK(pairs_of_tables)->Unit(benchmark::kMicrosecond);

void incidence_of_rows(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::aalen_johansen(
        churn::risk_table({.exit = customers.exit, .event = customers.type}, {"voluntary", "involuntary"})));
  count_rows(state);
}
BENCHMARK(incidence_of_rows)->Unit(benchmark::kMillisecond);

void incidence_of_a_table(benchmark::State& state) {
  const churn::RiskTable table =
      churn::risk_table({.exit = customers.exit, .event = customers.type}, {"voluntary", "involuntary"});
  for (auto _ : state) benchmark::DoNotOptimize(churn::aalen_johansen(table));
}
BENCHMARK(incidence_of_a_table)->Unit(benchmark::kMicrosecond);

void print_answer() {
  const churn::GroupedRiskTables grouped = churn::grouped_risk_tables(columns(), customers.group);
  std::printf("log-rank            %.17g\n", churn::log_rank(grouped.tables[0]).test.value().chi_square);
  churn::SpellColumns rows = columns();
  rows.stratum = customers.stratum;
  std::printf("log-rank in strata  %.17g\n",
              churn::log_rank_stratified(churn::grouped_risk_tables(rows, customers.group).tables)
                  .test.value()
                  .chi_square);
  const auto left = churn::aalen_johansen(churn::risk_table({.exit = customers.exit, .event = customers.type},
                                                            {"voluntary", "involuntary"}))
                        .at(365, 0);
  std::printf("incidence at 365    %.17g, std_error %.17g\n", left.value().value, left.value().std_error);
}

}  // namespace

int main(int argc, char** argv) {
  std::int64_t rows = 1'000'000;
  bool answer = false;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument{argv[i]};
    if (argument.starts_with("--rows="))
      rows = std::atoll(argv[i] + 7);
    else if (argument == "--answer")
      answer = true;
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  customers = make_customers(rows);
  if (answer) print_answer();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

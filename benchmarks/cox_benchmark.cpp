// Questions:
//   How long does Cox regression take on a million customers with eight covariates, and what of it are
//   concordance, ties, late entries, clusters, and the check of proportional hazards?
//   How far is that from R's coxph on the same rows in the same session (survival.R)?
//
// Run: churn-cox-benchmarks [--rows=N] [--answer=FILE] [Google Benchmark's options]
// Rows come from a generator that survival.R has, too; `--answer` writes coefficients and standard errors as
// CSV, to be set beside R's. `rows/s` counts rows. Expected growth: linear in rows, but n log n for
// concordance.
#include <churn/survival/cox.hpp>
#include <churn/survival/proportional_hazards.hpp>

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
Eigen::MatrixXd covariates;
std::vector<std::string> names;
std::vector<std::uint64_t> accounts;  // of three customers each

void make_customers(std::int64_t rows) {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  customers = bench::make_tenures(rows);
  covariates = Eigen::Map<const RowMajor>(customers.x.data(), rows, bench::Tenures::covariates);
  for (int j = 0; j < bench::Tenures::covariates; ++j) names.push_back("x" + std::to_string(j + 1));
  for (std::int64_t i = 0; i < rows; ++i) accounts.push_back(static_cast<std::uint64_t>(i / 3));
}

churn::SpellColumns columns() {
  churn::SpellColumns view;
  view.exit = customers.exit;
  view.event = customers.event;
  return view;
}

void fit(benchmark::State& state, const churn::SpellColumns& rows, const churn::CoxOptions& options) {
  for (auto _ : state) benchmark::DoNotOptimize(churn::cox_regression(rows, covariates, names, options));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(customers.exit.size()));
}

void efron(benchmark::State& state) { fit(state, columns(), {.concordance = false}); }
BENCHMARK(efron)->Unit(benchmark::kMillisecond);

void breslow(benchmark::State& state) {
  fit(state, columns(), {.ties = churn::CoxTies::breslow, .concordance = false});
}
BENCHMARK(breslow)->Unit(benchmark::kMillisecond);

void efron_with_concordance(benchmark::State& state) { fit(state, columns(), {}); }
BENCHMARK(efron_with_concordance)->Unit(benchmark::kMillisecond);

void efron_with_late_entries(benchmark::State& state) {
  churn::SpellColumns rows = columns();
  rows.entry = customers.entry;
  fit(state, rows, {.concordance = false});
}
BENCHMARK(efron_with_late_entries)->Unit(benchmark::kMillisecond);

void efron_with_clusters(benchmark::State& state) {
  churn::SpellColumns rows = columns();
  rows.cluster = accounts;
  fit(state, rows, {.concordance = false});
}
BENCHMARK(efron_with_clusters)->Unit(benchmark::kMillisecond);

void proportional_hazards(benchmark::State& state) {
  const churn::CoxFit fitted = churn::cox_regression(columns(), covariates, names, {.concordance = false});
  for (auto _ : state) benchmark::DoNotOptimize(churn::proportional_hazards(columns(), covariates, fitted));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(customers.exit.size()));
}
BENCHMARK(proportional_hazards)->Unit(benchmark::kMillisecond);

void write_answer(const std::string& file) {
  const churn::CoxFit fitted = churn::cox_regression(columns(), covariates, names);
  std::ofstream out{file};
  out << std::setprecision(17);
  for (const churn::CoxCoefficient& coefficient : fitted.coefficients)
    out << coefficient.name << ',' << coefficient.value.value() << ',' << coefficient.std_error.value()
        << '\n';
  out << "loglik," << fitted.loglik << ",\nconcordance," << fitted.concordance->value.value() << ','
      << fitted.concordance->std_error.value() << '\n';
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
  make_customers(rows);
  std::int64_t left = 0;
  for (const std::uint8_t event : customers.event) left += event;
  std::printf("%lld rows, %lld left\n", static_cast<long long>(rows), static_cast<long long>(left));
  if (!answer.empty()) write_answer(answer);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

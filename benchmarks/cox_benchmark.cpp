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

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int covariates = 8;

struct Customers {
  std::vector<std::int32_t> entry;
  std::vector<std::int32_t> exit;
  std::vector<std::uint8_t> event;
  std::vector<std::uint64_t> account;
  Eigen::MatrixXd x;
  std::vector<std::string> names;
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

/// Exponential tenures with a mean of 400 days at x = 0, censored at up to three years; four covariates are
/// yes or no. Who has an entry is seen from a third of its stay on.
Customers make_customers(Eigen::Index rows) {
  Customers made;
  made.x.resize(rows, covariates);
  for (int j = 0; j < covariates; ++j) made.names.push_back("x" + std::to_string(j + 1));
  Uniform uniform;
  for (Eigen::Index i = 0; i < rows; ++i) {
    double log_hazard = 0;
    for (int j = 0; j < covariates; ++j) {
      const double u = uniform.next();
      made.x(i, j) = j < 4 ? (u < 0.3 ? 1 : 0) : 2 * u - 1;
      log_hazard += made.x(i, j) * (j % 2 == 0 ? 0.1 : -0.1) * (j + 1);
    }
    const double stay = std::floor(-400 * std::log(uniform.next()) * std::exp(-log_hazard)) + 1;
    const double known = std::floor(1095 * uniform.next()) + 1;
    made.exit.push_back(static_cast<std::int32_t>(stay < known ? stay : known));
    made.event.push_back(stay <= known ? 1 : 0);
    made.entry.push_back(made.exit.back() / 3);
    made.account.push_back(static_cast<std::uint64_t>(i / 3));
  }
  return made;
}

churn::SpellColumns columns() {
  churn::SpellColumns view;
  view.exit = customers.exit;
  view.event = customers.event;
  return view;
}

void fit(benchmark::State& state, const churn::SpellColumns& rows, const churn::CoxOptions& options) {
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::cox_regression(rows, customers.x, customers.names, options));
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
  rows.cluster = customers.account;
  fit(state, rows, {.concordance = false});
}
BENCHMARK(efron_with_clusters)->Unit(benchmark::kMillisecond);

void proportional_hazards(benchmark::State& state) {
  const churn::CoxFit fitted =
      churn::cox_regression(columns(), customers.x, customers.names, {.concordance = false});
  for (auto _ : state) benchmark::DoNotOptimize(churn::proportional_hazards(columns(), customers.x, fitted));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(customers.exit.size()));
}
BENCHMARK(proportional_hazards)->Unit(benchmark::kMillisecond);

void write_answer(const std::string& file) {
  const churn::CoxFit fitted = churn::cox_regression(columns(), customers.x, customers.names);
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
  customers = make_customers(rows);
  std::int64_t left = 0;
  for (const std::uint8_t event : customers.event) left += event;
  std::printf("%lld rows, %lld left\n", static_cast<long long>(rows), static_cast<long long>(left));
  if (!answer.empty()) write_answer(answer);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

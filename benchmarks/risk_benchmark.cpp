// Questions:
//   How long does logistic regression take on a million rows with 20 covariates, from nothing and from a fit of nearly
//   the same rows, by clusters, and where a covariate tells all outcomes apart? What of it is the least that a step of
//   Newton's method must do: one pass that adds up X'WX?
//   How long does a risk model take on the same rows: transforms, a ridge out of four, five folds and calibration? How
//   long the question which of 20 indicators lead, on a tenth of the rows?
//   What does a score cost, and what the row of a customer that has changed, with its records made into a book?
//   How long does it take to observe all customers of a business, with what they did, every week of a year?
//   How far is regression from R's glm.fit on the same rows (risk.R)?
//
// Run: churn-risk-benchmarks [--rows=N] [--customers=N] [--answer=FILE] [Google Benchmark's options]
// Rows come from a generator that risk.R has, too; `--answer` writes coefficients and standard errors as CSV, to be set
// beside R's. Before anything is timed, the regression is compared with a plain Newton's method of such passes, the
// model's scores one by one with those of all rows, and a day's observations with plain passes over periods and events.
// `rows/s` counts rows. Expected growth: linear in rows, n log n for what leads; in customers x days for observing.
#include <churn/churn.hpp>

#include <benchmark/benchmark.h>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "columns.hpp"
#include "events.hpp"
#include "library.hpp"
#include "plain_passes.hpp"
#include "tenures.hpp"

namespace {

using churn::Date;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index covariates = 20;

struct Rows {
  MatrixXd x;
  std::vector<std::uint8_t> left;
  std::vector<std::uint8_t> separated;  // x20 is above 0
  std::vector<std::uint32_t> customer;  // of ten rows each
  std::vector<std::string> names;
};
Rows rows;
bench::Columns columns;
bench::Events events;

/// A third each of yes or no, even and heavy-tailed covariates; every fourth says nothing. One row in fifteen has left.
Rows make_rows(Index count) {
  Rows made{MatrixXd(count, covariates), {}, {}, {}, {}};
  for (Index j = 0; j < covariates; ++j) made.names.push_back("x" + std::to_string(j + 1));
  bench::Uniform uniform;
  for (Index i = 0; i < count; ++i) {
    double log_odds = -3;
    for (Index j = 0; j < covariates; ++j) {
      const double u = uniform.next();
      const double x = j % 3 == 0 ? (u < 0.3 ? 1 : 0) : j % 3 == 1 ? 2 * u - 1 : -std::log(u);
      made.x(i, j) = x;
      if (j % 4 != 3) log_odds += x * (j % 2 == 0 ? 0.02 : -0.02) * static_cast<double>(j + 1);
    }
    made.left.push_back(uniform.next() * (1 + std::exp(-log_odds)) < 1 ? 1 : 0);
    made.separated.push_back(made.x(i, covariates - 1) > 0 ? 1 : 0);
    made.customer.push_back(static_cast<std::uint32_t>(i / 10));
  }
  return made;
}

/// The same as rows of customers, ten weeks each.
churn::Observations observations(Index count) {
  churn::Observations made;
  for (const std::string& name : rows.names) made.columns.push_back({.name = name});
  made.values = rows.x.topRows(count);
  made.missing = churn::MissingMask::Constant(count, covariates, false);
  for (Index i = 0; i < count; i += 10) made.customers.push_back(std::to_string(i));
  made.customer.assign(rows.customer.begin(), rows.customer.begin() + count);
  made.departed.assign(rows.left.begin(), rows.left.begin() + count);
  const Date first = Date::of(2024, 1, 1);
  for (Index i = 0; i < count; ++i) {
    const auto week = static_cast<std::int32_t>(i % 10);
    made.day.push_back(first + std::chrono::days{7 * week});
    made.tenure.push_back(100 + 7 * week);
    made.ticks.push_back(1);
    made.departs_in.push_back(
        rows.left[static_cast<std::size_t>(i)] == 0 ? -1 : static_cast<std::int32_t>(i % 30));
  }
  return made;
}

/// X'WX with an intercept, a block of rows at a time: what no step of Newton's method can do without.
MatrixXd plain_pass(const VectorXd& weight) {
  constexpr Index block = 1024;
  MatrixXd sum = MatrixXd::Zero(covariates + 1, covariates + 1);
  MatrixXd weighted(block, covariates + 1);
  for (Index at = 0; at < rows.x.rows(); at += block) {
    const Index n = std::min(block, rows.x.rows() - at);
    const VectorXd root = weight.segment(at, n).cwiseSqrt();
    weighted.topRows(n).col(0) = root;
    weighted.topRows(n).rightCols(covariates) = root.asDiagonal() * rows.x.middleRows(at, n);
    sum.selfadjointView<Eigen::Lower>().rankUpdate(weighted.topRows(n).transpose());
  }
  return sum;
}

VectorXd plain_newton() {
  VectorXd b = VectorXd::Zero(covariates + 1);
  const VectorXd y =
      Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, 1>>(rows.left.data(), rows.x.rows())
          .cast<double>();
  for (int step = 0; step < 25; ++step) {
    const VectorXd eta = (rows.x * b.tail(covariates)).array() + b(0);
    const VectorXd p = 1 / (1 + (-eta.array()).exp());
    VectorXd score(covariates + 1);
    score << (y - p).sum(), rows.x.transpose() * (y - p);
    b += plain_pass(p.array() * (1 - p.array())).selfadjointView<Eigen::Lower>().ldlt().solve(score);
  }
  return b;
}

churn::LogisticFit fit(const std::vector<std::uint8_t>& outcome, bool clustered = false,
                       const VectorXd& start = {}) {
  churn::LogisticRows given{.outcome = outcome};
  if (clustered) given.cluster = rows.customer;
  return churn::logistic_regression(rows.x, given, rows.names, {}, start);
}

// ---- A business

Date last_day_observed() { return Date::of(2024, 12, 1); }

const bench::IndexedBook& business() {
  static const bench::IndexedBook made = bench::index_events(columns, events);
  return made;
}

std::vector<Date> weeks_of_a_year() {
  std::vector<Date> days;
  for (int week = 51; week >= 0; --week) days.push_back(last_day_observed() - std::chrono::days{7 * week});
  return days;
}

/// Whether a day's rows, their outcomes and how often they logged in are those of plain passes over the columns.
bool observes_as_plain_passes_do() {
  const std::vector<churn::Indicator> logins{
      churn::event_indicator("logins", "login", churn::Direction::lowers)};
  const Date day = bench::w4_day();
  const churn::Observations seen = churn::observe(business().book, logins, {day});
  const std::int32_t t = day.days();
  std::size_t present = 0;
  std::size_t departed = 0;
  for (std::size_t i = 0; i < columns.size();) {
    const std::int64_t customer = columns.customer[i];
    bool here = false;
    std::int32_t ends = t;
    for (; i < columns.size() && columns.customer[i] == customer; ++i) {  // in order of their starts
      here |= columns.starts_on[i] < t && columns.ends_on[i] >= t;
      if (columns.starts_on[i] <= ends) ends = std::max(ends, columns.ends_on[i]);
    }
    present += here ? 1 : 0;
    departed += here && ends < t + seen.horizon ? 1 : 0;
  }
  std::vector<double> plain(columns.industry.size() + 1, 0);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::int64_t seconds = std::int64_t{t} * bench::seconds_a_day;
    if (bench::kind_names.at(events.kind[i]) == "login" && events.at[i] < seconds &&
        events.at[i] >= seconds - 28 * bench::seconds_a_day)
      ++plain.at(static_cast<std::size_t>(events.customer[i]));
  }
  for (std::size_t row = 0; row < seen.rows(); ++row) {
    const auto i = static_cast<Index>(row);
    const auto customer = static_cast<std::size_t>(std::stoll(seen.customers[seen.customer[row]]));
    if (!seen.missing(i, 0) && seen.values(i, 0) != plain.at(customer)) return false;
  }
  return seen.rows() == present && seen.departures() == departed;
}

/// Records of one customer, as a host that is told of a change gets them.
churn::Records records_of(std::int64_t customer) {
  bench::Columns own;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns.customer[i] != customer) continue;
    own.subscription.push_back(columns.subscription[i]);
    own.customer.push_back(customer);
    own.plan.push_back(columns.plan[i]);
    own.starts_on.push_back(columns.starts_on[i]);
    own.ends_on.push_back(columns.ends_on[i]);
    own.mrr.push_back(columns.mrr[i]);
  }
  churn::Records records;
  records.add(bench::phase_columns(own));
  for (std::size_t i = 0; i < events.size(); ++i)
    if (events.customer[i] == customer)
      records.add(churn::Event{.customer = churn::CustomerId{customer},
                               .at = churn::Timestamp::from_seconds(events.at[i]),
                               .kind = std::string(bench::kind_names.at(events.kind[i])),
                               .value = churn::Decimal{events.value[i], 2}});
  return records;
}

/// The customer who is present at the end and did the most.
std::int64_t busiest_customer() {
  std::vector<std::int64_t> count(columns.industry.size() + 1, 0);
  for (const std::int64_t customer : events.customer) ++count.at(static_cast<std::size_t>(customer));
  std::int64_t best = 0;
  std::int64_t most = -1;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns.ends_on[i] == bench::open_end &&
        count.at(static_cast<std::size_t>(columns.customer[i])) > most) {
      best = columns.customer[i];
      most = count.at(static_cast<std::size_t>(best));
    }
  return best;
}

struct Changed {
  churn::Records records;
  churn::Book book;
  churn::CustomerIndex customer;
};
const Changed& changed() {
  static const Changed made = [] {
    const std::int64_t customer = busiest_customer();
    churn::Records records = records_of(customer);
    churn::Book book = bench::build_book(records);
    const churn::CustomerIndex found = book.find(churn::CustomerId{customer}).value();
    return Changed{std::move(records), std::move(book), found};
  }();
  return made;
}

churn::Observer& observer() {
  static churn::Observer made{business().book, churn::standard_indicators()};
  return made;
}

const churn::RiskModel& model_of_rows() {
  static const churn::RiskModel model = churn::train_risk_model(observations(rows.x.rows()));
  return model;
}

// ---- Answers

void require(bool right, const char* what) {
  if (!right) throw std::runtime_error(std::string("Answers differ: ") + what);
}

void check_answers() {
  const churn::LogisticFit cold = fit(rows.left);
  require(cold.converged && (cold.beta - plain_newton()).cwiseAbs().maxCoeff() < 1e-8,
          "regression and plain Newton");
  require((fit(rows.left, false, cold.beta).beta - cold.beta).cwiseAbs().maxCoeff() < 1e-8, "from a start");
  const churn::LogisticFit apart = fit(rows.separated);
  require(apart.coefficients.back().trouble == churn::LogisticTrouble::separated && apart.loglik > -1e-6,
          "what is separated has no value");

  const churn::Observations all = observations(rows.x.rows());
  require(model_of_rows().why_flat.empty(), "a model that tells rows apart");
  require(churn::train_risk_model(all, {.kind = churn::RiskKind::hazard}).why_flat.empty(),
          "one of hazard, too");
  const std::vector<double> risks = model_of_rows().risks(all);
  double sum = 0;
  for (const double risk : risks) sum += risk;
  require(std::abs(sum / static_cast<double>(all.departures()) - 1) < 0.01, "risks add up to departures");
  const VectorXd first = rows.x.row(0);
  const std::vector<std::uint8_t> none(static_cast<std::size_t>(covariates), 0);
  const double alone = model_of_rows().score({first.data(), none.size()}, none).risk;
  require(std::abs(alone - risks[0]) < 1e-12, "a score and those of all rows");

  require(observes_as_plain_passes_do(), "observations and plain passes");
  const Date day = bench::day_after_the_data();
  const auto of_small = observer().row(changed().book, changed().customer, day);
  const auto of_whole =
      observer().row(business().book.find(changed().book.customer_id(changed().customer)).value(), day);
  require(
      of_small && of_whole && of_small->missing == of_whole->missing && of_small->values == of_whole->values,
      "a customer in its own book and in the whole");
}

void write_answer(const std::string& file) {
  std::ofstream out{file};
  out << std::setprecision(17);
  for (const churn::LogisticCoefficient& coefficient : fit(rows.left).coefficients)
    out << coefficient.name << ',' << coefficient.value.value() << ',' << coefficient.std_error.value()
        << '\n';
}

// ---- Timed

void count_rows(benchmark::State& state, std::size_t count) {
  state.counters["rows/s"] =
      benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsIterationInvariantRate);
}

void one_plain_pass(benchmark::State& state) {
  const VectorXd weight = VectorXd::Constant(rows.x.rows(), 0.06);
  for (auto _ : state) benchmark::DoNotOptimize(plain_pass(weight));
  count_rows(state, rows.left.size());
}
BENCHMARK(one_plain_pass)->Unit(benchmark::kMillisecond);

void regression(benchmark::State& state, const std::vector<std::uint8_t>& outcome, bool clustered,
                const VectorXd& start) {
  std::size_t steps = 0;
  for (auto _ : state) steps = fit(outcome, clustered, start).steps;
  state.counters["steps"] = static_cast<double>(steps);
  count_rows(state, rows.left.size());
}
void regression_from_nothing(benchmark::State& state) { regression(state, rows.left, false, {}); }
BENCHMARK(regression_from_nothing)->Unit(benchmark::kMillisecond);

/// A thousandth of the outcomes are others than those of the fit it starts from.
void regression_from_nearly_the_same(benchmark::State& state) {
  std::vector<std::uint8_t> other = rows.left;
  for (std::size_t i = 0; i < other.size(); i += 1000) other[i] = static_cast<std::uint8_t>(1 - other[i]);
  regression(state, rows.left, false, fit(other).beta);
}
BENCHMARK(regression_from_nearly_the_same)->Unit(benchmark::kMillisecond);

void regression_by_clusters(benchmark::State& state) { regression(state, rows.left, true, {}); }
BENCHMARK(regression_by_clusters)->Unit(benchmark::kMillisecond);

void regression_of_what_is_separated(benchmark::State& state) {
  regression(state, rows.separated, false, {});
}
BENCHMARK(regression_of_what_is_separated)->Unit(benchmark::kMillisecond);

void risk_model(benchmark::State& state, churn::RiskKind kind, churn::Calibration calibration) {
  const churn::Observations all = observations(rows.x.rows());
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::train_risk_model(all, {.kind = kind, .calibration = calibration}));
  count_rows(state, all.rows());
}
BENCHMARK_CAPTURE(risk_model, logistic, churn::RiskKind::logistic, churn::Calibration::platt)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(risk_model, logistic_isotonic, churn::RiskKind::logistic, churn::Calibration::isotonic)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(risk_model, hazard, churn::RiskKind::hazard, churn::Calibration::platt)
    ->Unit(benchmark::kMillisecond);

void risk_model_of_what_is_separated(benchmark::State& state) {
  churn::Observations all = observations(rows.x.rows());
  all.departed = rows.separated;
  for (auto _ : state) benchmark::DoNotOptimize(churn::train_risk_model(all));
  count_rows(state, all.rows());
}
BENCHMARK(risk_model_of_what_is_separated)->Unit(benchmark::kMillisecond);

void what_leads(benchmark::State& state) {
  const churn::Observations tenth = observations(std::max<Index>(rows.x.rows() / 10, 1));
  for (auto _ : state) benchmark::DoNotOptimize(churn::does_it_lead(tenth, tenth));
  count_rows(state, tenth.rows());
}
BENCHMARK(what_leads)->Unit(benchmark::kMillisecond);

void risks_of_all_rows(benchmark::State& state) {
  const churn::Observations all = observations(rows.x.rows());
  for (auto _ : state) benchmark::DoNotOptimize(model_of_rows().risks(all));
  count_rows(state, all.rows());
}
BENCHMARK(risks_of_all_rows)->Unit(benchmark::kMillisecond);

void one_score(benchmark::State& state) {
  const VectorXd values = rows.x.row(0);
  const std::vector<std::uint8_t> missing(static_cast<std::size_t>(covariates), 0);
  for (auto _ : state)
    benchmark::DoNotOptimize(model_of_rows().score({values.data(), missing.size()}, missing));
}
BENCHMARK(one_score)->Unit(benchmark::kNanosecond);

void book_of_one_customer(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::Book::build(changed().records, bench::day_after_the_data()));
  state.counters["events"] = static_cast<double>(changed().records.event_count());
}
BENCHMARK(book_of_one_customer)->Unit(benchmark::kMicrosecond);

/// All standard indicators, of a book of its own.
void row_of_one_customer(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(observer().row(changed().book, changed().customer, bench::day_after_the_data()));
}
BENCHMARK(row_of_one_customer)->Unit(benchmark::kMicrosecond);

void preparing_an_observer(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::Observer{business().book, churn::standard_indicators()});
}
BENCHMARK(preparing_an_observer)->Unit(benchmark::kMillisecond);

void observing_a_year(benchmark::State& state) {
  std::size_t seen = 0;
  for (auto _ : state)
    seen = churn::observe(business().book, churn::standard_indicators(), weeks_of_a_year(),
                          {.threads = static_cast<unsigned>(state.range(0))})
               .rows();
  count_rows(state, seen);
  state.counters["rows"] = static_cast<double>(seen);
  state.counters["events"] = static_cast<double>(events.size());
}
BENCHMARK(observing_a_year)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace

int main(int argc, char** argv) {
  std::int64_t row_count = 1'000'000;
  std::int64_t customers = 100'000;
  std::string answer;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument{argv[i]};
    if (argument.starts_with("--rows="))
      row_count = std::atoll(argv[i] + 7);
    else if (argument.starts_with("--customers="))
      customers = std::atoll(argv[i] + 12);
    else if (argument.starts_with("--answer="))
      answer = argument.substr(9);
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  rows = make_rows(row_count);
  columns = bench::make_columns(customers);
  events = bench::make_events(customers, customers);
  try {
    check_answers();
    if (!answer.empty()) write_answer(answer);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  std::printf(
      "%lld rows, %lld left; %lld customers, %zu periods, %zu events; answers are those of plain passes\n",
      static_cast<long long>(row_count),
      static_cast<long long>(std::count(rows.left.begin(), rows.left.end(), 1)),
      static_cast<long long>(customers), columns.size(), events.size());
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

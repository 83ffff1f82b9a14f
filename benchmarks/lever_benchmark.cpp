// Questions:
//   How long does it take to find who was there 90 days after its start, whether it had connected an integration by then, and
//   whether it left in the year after? What of that is the least: one pass over columns of periods and events?
//   How long do all levers take, the question what a decision did with its placebos, and what would be if something changed?
//
// Run: churn-lever-benchmarks [--customers=N] [Google Benchmark's options]
// `rows/s` counts customers. Before anything is timed, the rows of the landmark are compared with those of the plain pass.
// Expected growth: linear in customers and what they did.
#include <churn/churn.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "columns.hpp"
#include "events.hpp"
#include "library.hpp"

namespace {

using churn::Date;

constexpr std::int32_t landmark = 90;
constexpr std::int32_t horizon = 365;
constexpr std::int32_t never = 1'000'000'000;

bench::Columns columns;
bench::Events events;

const churn::Book& business() {
  static const bench::IndexedBook made = bench::index_events(columns, events);
  return made.book;
}

churn::Exposure integrated() {
  return {.lever = "integrations",
          .name = "connected",
          .landmark = landmark,
          .horizon = horizon,
          .level = [](const churn::Past& past) -> std::optional<std::uint32_t> {
            return past.count("integration_connected", landmark) > 0 ? 1 : 0;
          }};
}

/// Of the customers there at the landmark, without and with it: how many, whose year is over, and who of these left in it.
struct Counted {
  std::int64_t there[2]{};
  std::int64_t followed[2]{};
  std::int64_t left[2]{};
  friend bool operator==(const Counted&, const Counted&) = default;
};

/// Periods are by customer and start, events by time.
Counted plain_pass() {
  const std::int32_t as_of = bench::day_after_the_data().days();
  const std::size_t customers = columns.industry.size();
  std::vector<std::int32_t> starts(customers + 1, never);
  std::vector<std::int32_t> ends(customers + 1, never);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto customer = static_cast<std::size_t>(columns.customer[i]);
    if (columns.starts_on[i] >= as_of) continue;
    if (starts[customer] == never) {
      starts[customer] = columns.starts_on[i];
      ends[customer] = columns.ends_on[i];
    } else if (columns.starts_on[i] <= ends[customer]) {
      ends[customer] = std::max(ends[customer], columns.ends_on[i]);
    }
  }
  constexpr std::uint16_t connected = 9;  // of kind_names
  std::vector<std::uint8_t> with(customers + 1, 0);
  for (std::size_t e = 0; e < events.size(); ++e) {
    if (events.kind[e] != connected) continue;
    const auto customer = static_cast<std::size_t>(events.customer[e]);
    const std::int64_t age = events.at[e] / 86'400 - starts[customer];
    if (age >= 0 && age < landmark) with[customer] = 1;
  }
  Counted counted;
  for (std::size_t c = 1; c <= customers; ++c) {
    if (starts[c] == never || starts[c] > as_of - landmark) continue;
    const std::int32_t t = starts[c] + landmark;
    if (ends[c] < t) continue;
    const std::size_t arm = with[c];
    ++counted.there[arm];
    if (as_of - t < horizon) continue;
    ++counted.followed[arm];
    if (ends[c] < t + horizon) ++counted.left[arm];
  }
  return counted;
}

Counted counted_of(const churn::LandmarkRows& rows) {
  const churn::LandmarkEffect effect =
      churn::landmark_effect(rows, {.departures_a_column = 1'000'000'000, .weighted = false});
  Counted counted;
  for (std::size_t arm = 0; arm < 2; ++arm) {
    counted.there[arm] = effect.arms[arm].customers;
    counted.followed[arm] = effect.arms[arm].retained.denominator();
    counted.left[arm] = effect.arms[arm].retained.denominator() - effect.arms[arm].retained.numerator();
  }
  return counted;
}

void count_rows(benchmark::State& state) {
  state.counters["rows/s"] = benchmark::Counter(static_cast<double>(columns.industry.size()),
                                                benchmark::Counter::kIsIterationInvariantRate);
}

void landmark_by_a_plain_pass(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(plain_pass());
  count_rows(state);
}

void landmark_rows(benchmark::State& state) {
  churn::PastReader reader{business()};
  for (auto _ : state)
    benchmark::DoNotOptimize(
        churn::landmark_rows(reader, integrated(), {.adjust_for_mrr = false, .adjust_for_start = false}));
  count_rows(state);
}

void landmark_rows_and_effect(benchmark::State& state) {
  churn::PastReader reader{business()};
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::landmark_effect(churn::landmark_rows(reader, integrated())));
  count_rows(state);
}

void all_levers(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(churn::levers(business()));
  count_rows(state);
}

void decision_rows(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::decision_rows(business(), {.effective_on = Date::of(2024, 3, 1)}));
  count_rows(state);
}

void decision_with_placebos(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::analyse_decision(business(), {.effective_on = Date::of(2024, 3, 1)}));
  count_rows(state);
}

void what_if(benchmark::State& state) {
  const churn::PeriodGrid grid = bench::months_of_the_data();
  for (auto _ : state) benchmark::DoNotOptimize(churn::what_if(business(), grid));
  count_rows(state);
}

BENCHMARK(landmark_by_a_plain_pass)->Unit(benchmark::kMillisecond);
BENCHMARK(landmark_rows)->Unit(benchmark::kMillisecond);
BENCHMARK(landmark_rows_and_effect)->Unit(benchmark::kMillisecond);
BENCHMARK(all_levers)->Unit(benchmark::kMillisecond);
BENCHMARK(decision_rows)->Unit(benchmark::kMillisecond);
BENCHMARK(decision_with_placebos)->Unit(benchmark::kMillisecond);
BENCHMARK(what_if)->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  std::int64_t customers = 100'000;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument{argv[i]};
    if (argument.starts_with("--customers="))
      customers = std::atoll(argv[i] + 12);
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  columns = bench::make_columns(customers);
  events = bench::make_events(customers, customers);
  churn::PastReader reader{business()};
  if (counted_of(churn::landmark_rows(reader, integrated())) != plain_pass()) {
    std::fprintf(stderr, "The rows of the landmark are not those of the plain pass.\n");
    return 1;
  }
  std::printf("%lld customers, %zu periods, %zu events; the landmark's rows are those of the plain pass\n",
              static_cast<long long>(customers), columns.size(), events.size());
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

// Questions:
//   How long does it take to index events by customer and time, how many bytes is one, and what does a day's
//   events cost to append?
//   How long do the windows of one day take (W4: for each customer and kind, count and sum in 28 days and in the
//   28 before, and days since the last event), and those of twelve month ends together?
//   How far is that from a plain one-thread pass over the events in order of time, which checks nothing?
//
// Run: churn-event-benchmarks [--data=FOLDER | --customers=N] [Google Benchmark's options]
// FOLDER is one that churn-benchmark-data wrote with events; without it, a tenth of the customers have some. The
// answers of the library and of the plain pass are compared before anything is timed. `rows/s` counts events.
// Expected growth: linear in events for building, in events of the windows and in customers for asking.
#include <churn/churn.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "columns.hpp"
#include "events.hpp"
#include "library.hpp"
#include "plain_passes.hpp"

namespace {

using namespace bench;

Columns columns;
Events events;

const IndexedBook& indexed() {
  static const IndexedBook book = index_events(columns, events);
  return book;
}

const EventCustomers& event_customers() {
  static const EventCustomers customers = customers_with_events(events);
  return customers;
}

PlainW4 plain_windows() { return plain_w4(events, event_customers(), w4_day().days()); }

bool w4_agrees() {
  return answer_w4(indexed().book, count_w4(indexed().index, {w4_day()})) ==
         answer_w4(event_customers(), plain_windows());
}

void count_rows(benchmark::State& state, std::size_t rows) {
  state.counters["rows/s"] =
      benchmark::Counter(static_cast<double>(rows), benchmark::Counter::kIsIterationInvariantRate);
}

void add_columns(benchmark::State& state) {
  for (auto _ : state) {
    churn::Records records;
    records.add(event_columns(events, 0, events.size()));
    benchmark::DoNotOptimize(records);
  }
  count_rows(state, events.size());
}

void build_index(benchmark::State& state) {
  for (auto _ : state) {
    const auto index = churn::EventIndex::build(indexed().book);
    benchmark::DoNotOptimize(index.event_count());
    state.counters["bytes/event"] =
        static_cast<double>(index.bytes()) / static_cast<double>(index.event_count());
  }
  count_rows(state, events.size());
}

/// The last day's events, over and over, to an index of all others.
void append_a_day(benchmark::State& state) {
  const std::int64_t day = last_day_of_the_data().days() * seconds_a_day;
  const auto first =
      static_cast<std::size_t>(std::lower_bound(events.at.begin(), events.at.end(), day) - events.at.begin());
  churn::Records today;
  today.add(event_columns(events, first, events.size() - first));
  churn::EventIndex index = indexed().index;
  for (auto _ : state) index.append(today, day_after_the_data());
  count_rows(state, events.size() - first);
}

void windows_of_one_day(benchmark::State& state) {
  const auto threads = static_cast<unsigned>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(count_w4(indexed().index, {w4_day()}, threads));
}

void windows_of_twelve_month_ends(benchmark::State& state) {
  const auto threads = static_cast<unsigned>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(count_w4(indexed().index, w4_month_ends(), threads));
}

void plain_pass_of_one_day(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(plain_windows());
}

BENCHMARK(add_columns)->Unit(benchmark::kMillisecond);
BENCHMARK(build_index)->Unit(benchmark::kMillisecond);
BENCHMARK(append_a_day)->Unit(benchmark::kMicrosecond);
BENCHMARK(windows_of_one_day)->Unit(benchmark::kMillisecond)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(windows_of_twelve_month_ends)->Unit(benchmark::kMillisecond)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(plain_pass_of_one_day)->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  std::int64_t customers = 200'000;
  std::optional<std::string> folder;
  benchmark::Initialize(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--data=")) {
      folder = argument.substr(7);
    } else if (argument.starts_with("--customers=")) {
      customers = std::atoll(argument.substr(12).data());
    } else {
      std::fprintf(stderr, "%s is no option. See the head of event_benchmark.cpp.\n", argv[i]);
      return 2;
    }
  }
  columns = folder ? read_columns(*folder) : make_columns(customers);
  events = folder ? read_events(*folder) : make_events(customers, customers / 10);
  if (!w4_agrees()) {
    std::fputs("The answers of the library and of the plain pass differ.\n", stderr);
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
}

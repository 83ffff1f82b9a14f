// Questions:
//   How long does it take to index events by customer and time, how many bytes is one, and what does a day's
//   events cost to append?
//   How long do the windows of one day take (W4: for each customer and kind, count and sum in 28 days and in the
//   28 before, and days since the last event), and those of twelve month ends together?
//   How far is that from a plain one-thread pass over the events in order of time, which checks nothing?
//
// Run: churn-event-benchmarks [--data=FOLDER | --customers=N] [--answers=FILE] [Google Benchmark's options]
// FOLDER holds e_ts.i64 (seconds), e_cust.i64, e_kind.u8 and e_value.f64 (multiples of 1/100), besides the
// columns of subscription periods; without it, both are made from a fixed seed. --answers writes the answer as
// CSV: customer, then by kind count, sum, count before and sum before, then days since the last event. The
// answers of the library and of the plain pass are compared before anything is timed. `rows/s` counts events.
// Expected growth: linear in events for building, in events of the windows and in customers for asking.
#include <churn/churn.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "columns.hpp"

namespace {

using churn::Date;

constexpr std::size_t kinds_count = 10;
using bench::kind_names;
using bench::make_columns;
using bench::plan_names;
using bench::read_column;
using bench::read_columns;
const churn::BillingCycle monthly{};
constexpr std::int64_t seconds_a_day = 86400;

struct EventData {
  std::vector<std::int64_t> at;
  std::vector<std::int64_t> customer;
  std::vector<std::uint16_t> kind;
  std::vector<std::int64_t> value;  // hundredths
};

bench::Columns columns;
EventData events;

Date as_of() { return Date::of(2025, 1, 1); }
Date asked_day() { return Date::of(2024, 10, 1); }
std::vector<Date> month_ends() {
  std::vector<Date> days;
  for (int m = 0; m < 12; ++m) days.push_back(anniversary(Date::of(2023, 11, 1), m));
  return days;
}

EventData read_events(const std::string& folder) {
  EventData data{read_column<std::int64_t>(folder + "/e_ts.i64"),
                 read_column<std::int64_t>(folder + "/e_cust.i64"),
                 {},
                 {}};
  for (const std::uint8_t kind : read_column<std::uint8_t>(folder + "/e_kind.u8")) data.kind.push_back(kind);
  for (const double value : read_column<double>(folder + "/e_value.f64"))
    data.value.push_back(std::llround(value * 100));
  return data;
}

/// Events of every tenth customer, in order of time, more of them later on.
/// Of a tenth of the customers, in order of time.
EventData make_events(std::int64_t customers) {
  struct Made {
    std::int64_t customer;
    bench::SyntheticEvent event;
  };
  std::vector<Made> made;
  bench::SyntheticBusiness business{{.customers = customers, .with_events = customers / 10}};
  business.for_each_customer([&](const bench::SyntheticCustomer& customer) {
    for (const bench::SyntheticEvent& event : customer.events) made.push_back({customer.id, event});
  });
  std::stable_sort(made.begin(), made.end(),
                   [](const Made& a, const Made& b) { return a.event.at < b.event.at; });
  EventData data;
  for (const auto& [customer, event] : made) {
    data.at.push_back(event.at);
    data.customer.push_back(customer);
    data.kind.push_back(event.kind);
    data.value.push_back(25 * std::int64_t{event.quarters});
  }
  return data;
}

churn::EventColumns event_columns(std::size_t first, std::size_t count) {
  return {.customer = std::span<const std::int64_t>{events.customer}.subspan(first, count),
          .at = std::span{events.at}.subspan(first, count),
          .kind = std::span{events.kind}.subspan(first, count),
          .kind_names = kind_names,
          .value = std::span{events.value}.subspan(first, count),
          .decimals = 2};
}

const churn::Book& built_book() {
  static const churn::Book book = [] {
    churn::Records records;
    records.add(churn::PhaseColumns{.subscription = std::span<const std::int64_t>{columns.subscription},
                                    .customer = std::span<const std::int64_t>{columns.customer},
                                    .plan = columns.plan,
                                    .plan_names = plan_names,
                                    .starts_on = columns.starts_on,
                                    .ends_on = columns.ends_on,
                                    .amount = columns.mrr,
                                    .currency = churn::Currency{"USD"},
                                    .cycle = {&monthly, 1}});
    records.add(event_columns(0, events.at.size()));
    return churn::Book::build(records, as_of()).book;
  }();
  return book;
}

const churn::EventIndex& built_index() {
  static const churn::EventIndex index = churn::EventIndex::build(built_book());
  return index;
}

churn::EventWindowOptions all_kinds(unsigned threads) {
  return {.kinds = {kind_names.begin(), kind_names.end()}, .threads = threads};
}

/// W4 by hand: dense counts by customer, one pass over the events in order of time.
struct PlainRow {
  std::array<std::int64_t, kinds_count> count{}, sum{}, count_before{}, sum_before{};
};
struct PlainAnswer {
  std::vector<PlainRow> rows;      // by customer
  std::vector<std::int64_t> last;  // 0: none
};

PlainAnswer plain_windows() {
  const std::int64_t until = std::int64_t{asked_day().days()} * seconds_a_day;
  const std::int64_t from = until - 28 * seconds_a_day;
  const std::int64_t before = until - 56 * seconds_a_day;
  static const auto customers =
      static_cast<std::size_t>(*std::max_element(events.customer.begin(), events.customer.end())) + 1;
  // Room for those who have events only, which are numbered beforehand.
  static const auto [place_of, places] = [] {
    std::vector<std::uint32_t> place(customers, 0);
    for (const std::int64_t c : events.customer) place[static_cast<std::size_t>(c)] = 1;
    std::uint32_t next = 0;
    for (std::uint32_t& p : place)
      if (p != 0) p = next++;
    return std::pair{place, next};
  }();
  PlainAnswer answer{std::vector<PlainRow>(places), std::vector<std::int64_t>(places, 0)};
  for (std::size_t i = 0; i < events.at.size(); ++i) {
    const std::int64_t at = events.at[i];
    if (at >= until) break;  // in order of time
    const std::uint32_t place = place_of[static_cast<std::size_t>(events.customer[i])];
    answer.last[place] = at;
    if (at < before) continue;
    PlainRow& row = answer.rows[place];
    const std::size_t kind = events.kind[i];
    ++(at >= from ? row.count : row.count_before)[kind];
    (at >= from ? row.sum : row.sum_before)[kind] += events.value[i];
  }
  return answer;
}

std::int64_t hundredths(const churn::EventWindows& windows, const churn::EventCell& cell, std::int64_t sum) {
  const int decimals = windows.kinds()[cell.kind].decimals;
  return decimals == 2 ? sum : decimals == 1 ? 10 * sum : 100 * sum;
}

/// Ends the program if the library and the plain pass differ.
void compare_answers() {
  const auto windows = churn::EventWindows::count(built_index(), {asked_day()}, all_kinds(1));
  const PlainAnswer plain = plain_windows();
  const auto fail = [](const std::string& what) {
    std::fprintf(stderr, "The answers of the library and of the plain pass differ: %s.\n", what.c_str());
    std::exit(1);
  };
  std::vector<std::pair<std::int64_t, std::size_t>> rows;  // by customer
  for (std::size_t row = 0; row < windows.row_count(); ++row)
    rows.emplace_back(std::stoll(built_book().customer_id(windows.customers()[row]).text()), row);
  std::sort(rows.begin(), rows.end());
  std::vector<std::int64_t> customers = events.customer;
  std::sort(customers.begin(), customers.end());
  customers.erase(std::unique(customers.begin(), customers.end()), customers.end());
  const std::int64_t until = std::int64_t{asked_day().days()} * seconds_a_day;
  std::size_t next = 0;
  for (std::size_t place = 0; place < customers.size(); ++place) {
    if (plain.last[place] == 0) continue;
    if (next == rows.size() || rows[next].first != customers[place]) fail("a customer");
    const std::size_t row = rows[next++].second;
    if (windows.days_since_last(row, 0) != (until - plain.last[place]) / seconds_a_day) fail("last event");
    for (std::size_t kind = 0; kind < kinds_count; ++kind) {
      const churn::EventCell cell = windows.cell(row, 0, kind);
      const PlainRow& by_hand = plain.rows[place];
      if (cell.count != by_hand.count[kind] || cell.count_before != by_hand.count_before[kind] ||
          hundredths(windows, cell, cell.sum) != by_hand.sum[kind] ||
          hundredths(windows, cell, cell.sum_before) != by_hand.sum_before[kind])
        fail("customer " + std::to_string(customers[place]));
    }
  }
  if (next != rows.size()) fail("customers");
}

void write_answers(const std::string& path) {
  const auto windows = churn::EventWindows::count(built_index(), {asked_day()}, all_kinds(1));
  std::vector<std::pair<std::int64_t, std::size_t>> rows;
  for (std::size_t row = 0; row < windows.row_count(); ++row)
    rows.emplace_back(std::stoll(built_book().customer_id(windows.customers()[row]).text()), row);
  std::sort(rows.begin(), rows.end());
  std::ofstream file{path};
  for (const auto& [customer, row] : rows) {
    file << customer;
    for (std::size_t kind = 0; kind < kinds_count; ++kind) {
      const churn::EventCell cell = windows.cell(row, 0, kind);
      const int decimals = windows.kinds()[kind].decimals;
      file << ',' << cell.count << ',' << churn::Decimal{cell.sum, decimals}.to_string() << ','
           << cell.count_before << ',' << churn::Decimal{cell.sum_before, decimals}.to_string();
    }
    file << ',' << windows.days_since_last(row, 0).value() << '\n';
  }
}

void count_rows(benchmark::State& state, std::size_t rows) {
  state.counters["rows/s"] =
      benchmark::Counter(static_cast<double>(rows), benchmark::Counter::kIsIterationInvariantRate);
}

void add_columns(benchmark::State& state) {
  for (auto _ : state) {
    churn::Records records;
    records.add(event_columns(0, events.at.size()));
    benchmark::DoNotOptimize(records);
  }
  count_rows(state, events.at.size());
}

void build_index(benchmark::State& state) {
  for (auto _ : state) {
    const auto index = churn::EventIndex::build(built_book());
    benchmark::DoNotOptimize(index.event_count());
    state.counters["bytes/event"] =
        static_cast<double>(index.bytes()) / static_cast<double>(index.event_count());
  }
  count_rows(state, events.at.size());
}

/// The last day's events, over and over, to an index of all others.
void append_a_day(benchmark::State& state) {
  const std::int64_t day = std::int64_t{as_of().days() - 1} * seconds_a_day;
  const auto first =
      static_cast<std::size_t>(std::lower_bound(events.at.begin(), events.at.end(), day) - events.at.begin());
  churn::Records today;
  today.add(event_columns(first, events.at.size() - first));
  churn::EventIndex index = built_index();
  for (auto _ : state) index.append(today, as_of());
  count_rows(state, events.at.size() - first);
}

void windows_of_one_day(benchmark::State& state) {
  const auto options = all_kinds(static_cast<unsigned>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::EventWindows::count(built_index(), {asked_day()}, options));
}

void windows_of_twelve_month_ends(benchmark::State& state) {
  const auto options = all_kinds(static_cast<unsigned>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::EventWindows::count(built_index(), month_ends(), options));
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
  std::optional<std::string> answers;
  benchmark::Initialize(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--data=")) {
      folder = argument.substr(7);
    } else if (argument.starts_with("--customers=")) {
      customers = std::atoll(argument.substr(12).data());
    } else if (argument.starts_with("--answers=")) {
      answers = argument.substr(10);
    } else {
      std::fprintf(stderr, "%s is no option. See the head of event_benchmark.cpp.\n", argv[i]);
      return 2;
    }
  }
  columns = folder ? read_columns(*folder) : make_columns(customers);
  events = folder ? read_events(*folder) : make_events(customers);
  compare_answers();
  if (answers) write_answers(*answers);
  benchmark::RunSpecifiedBenchmarks();
}

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

#include "columns.hpp"

namespace {

using churn::Date;

using bench::make_columns;
using bench::plan_names;
using bench::read_columns;
using bench::reason_names;
constexpr std::uint8_t completed = 3;
const std::int32_t last_day = Date::of(2024, 12, 31).days();

bench::Columns columns;

churn::Records make_records() {
  churn::Records records;
  records.reserve_phases(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string subscription = std::to_string(columns.subscription[i]);
    const std::string customer = std::to_string(columns.customer[i]);
    churn::PhaseRecord phase{.subscription = subscription,
                             .customer = customer,
                             .plan = plan_names.at(columns.plan[i]),
                             .starts_on = Date::from_days(columns.starts_on[i]),
                             .ends_on = {},
                             .price = {churn::Decimal{columns.mrr[i], 2}, churn::Currency{"USD"}}};
    if (columns.ends_on[i] != churn::PhaseColumns::no_day)
      phase.ends_on = Date::from_days(columns.ends_on[i]);
    phase.end_reason = reason_names.at(columns.reason[i]);
    records.add(phase);
  }
  return records;
}

const churn::Book& built_book() {
  static const churn::Book book = churn::Book::build(make_records(), Date::of(2025, 1, 1)).book;
  return book;
}

churn::LifeOptions w5_options() {
  return {churn::SpellUnit::first_subscription, {{{"completed", churn::ExitTypes::censored}}}};
}

churn::LifeTable w5_table(unsigned threads = 1) {
  churn::FoldOptions options;
  options.threads = threads;
  return churn::LifeTable::fold(built_book(), churn::by::plan, w5_options(), options);
}

using Curves = std::array<std::vector<churn::SurvivalRow>, plan_names.size()>;

/// In the order of plan_names.
Curves curves_of(const churn::LifeTable& table) {
  Curves curves;
  for (std::size_t p = 0; p < curves.size(); ++p) {
    const churn::Label label{std::string(plan_names[p])};
    if (std::binary_search(table.segments().begin(), table.segments().end(), label))
      curves[p] = churn::kaplan_meier(table, table.segment(label)).rows;
  }
  return curves;
}

/// W5 by hand. Columns are in order of customer, start and subscription.
Curves plain_w5() {
  struct Count {
    std::int32_t events{0};
    std::int32_t censored{0};
  };
  std::array<std::vector<Count>, plan_names.size()> counts;
  const auto longest = static_cast<std::size_t>(last_day - 18262 + 1);
  for (auto& plan : counts) plan.resize(longest + 1);
  for (std::size_t i = 0; i < columns.size();) {
    const std::size_t first = i;
    std::size_t last = i;
    for (; i < columns.size() && columns.customer[i] == columns.customer[first]; ++i)
      if (columns.subscription[i] == columns.subscription[first]) last = i;
    const bool is_running = columns.ends_on[last] > last_day;
    const std::int32_t end = is_running ? last_day : columns.ends_on[last];
    Count& count = counts[columns.plan[first]][static_cast<std::size_t>(end - columns.starts_on[first])];
    const bool is_event = !is_running && columns.reason[last] != completed;
    count.events += is_event ? 1 : 0;
    count.censored += is_event ? 0 : 1;
  }
  Curves curves;
  for (std::size_t p = 0; p < curves.size(); ++p) {
    std::int64_t at_risk = 0;
    for (const Count& count : counts[p]) at_risk += count.events + count.censored;
    double survival = 1;
    for (std::size_t t = 0; t < counts[p].size(); ++t) {
      const Count& count = counts[p][t];
      if (count.events + count.censored == 0) continue;
      survival *= 1 - static_cast<double>(count.events) / static_cast<double>(at_risk);
      curves[p].push_back({static_cast<std::int32_t>(t), at_risk, count.events, count.censored, survival});
      at_risk -= count.events + count.censored;
    }
  }
  return curves;
}

bool w5_agrees() {
  const Curves plain = plain_w5();
  const Curves curves = curves_of(w5_table());
  const auto is_same = [](const churn::SurvivalRow& a, const churn::SurvivalRow& b) {
    return a.time == b.time && a.at_risk == b.at_risk && a.events == b.events && a.censored == b.censored &&
           std::abs(a.survival - b.survival) <= 1e-12 * b.survival;
  };
  return std::equal(curves.begin(), curves.end(), plain.begin(), [&](const auto& a, const auto& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), is_same);
  });
}

void write_answer(const std::string& file) {
  std::ofstream out{file};
  const Curves curves = curves_of(w5_table());
  for (std::size_t p = 0; p < curves.size(); ++p)
    for (const churn::SurvivalRow& row : curves[p])
      out << plan_names[p] << ',' << row.time << ',' << row.at_risk << ',' << row.events << ','
          << row.censored << ',' << churn::shortest(row.survival) << '\n';
}

void count_rows(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(columns.size()));
}

void plain_pass_w5(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(plain_w5());
  count_rows(state);
}
BENCHMARK(plain_pass_w5)->Unit(benchmark::kMillisecond);

void w5_table_and_curves(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(curves_of(w5_table(static_cast<unsigned>(state.range(0)))));
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
  for (auto _ : state) benchmark::DoNotOptimize(curves_of(table));
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

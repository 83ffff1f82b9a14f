// Questions:
//   What does it cost to count why customers left, beside counting how many: a DepartureCube by month, and the
//   MovementCube of the same book?
//   How much of that is for invoices, of which each customer here has one: the last, paid or, of who left for a failed
//   payment, tried three times and given up?
//   What does each departure with its evidence cost?
//
// Run: churn-departure-benchmarks [--customers=N] [Google Benchmark's options]
// Before anything is timed, departures are compared with the churn of the movements, cell by cell. `rows/s` counts
// subscription periods. Expected growth: linear in periods, n log n in invoices.
#include <churn/churn.hpp>

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "library.hpp"

namespace {

using churn::Book;
using churn::Date;

bench::Columns columns;

/// The last row of each subscription: those of a customer's two subscriptions may lie between each other.
std::vector<std::size_t> last_rows() {
  std::unordered_map<std::int64_t, std::size_t> last;
  for (std::size_t i = 0; i < columns.size(); ++i) last[columns.subscription[i]] = i;
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (last[columns.subscription[i]] == i) rows.push_back(i);
  return rows;
}

/// The last invoice of a subscription.
churn::Invoice last_invoice(std::size_t i) {
  const churn::Currency currency{"USD"};
  const Date issued_on = Date::from_days(columns.starts_on[i]);
  const std::string subscription = std::to_string(columns.subscription[i]);
  churn::Invoice invoice{.id = churn::InvoiceId{"i" + subscription},
                         .customer = churn::CustomerId{std::to_string(columns.customer[i])},
                         .issued_on = issued_on,
                         .paid_on = issued_on,
                         .currency = currency,
                         .status = churn::InvoiceStatus::paid,
                         .subscription = churn::SubscriptionId{subscription}};
  invoice.lines.push_back({.subscription = invoice.subscription,
                           .amount = churn::Money{columns.mrr[i], currency},
                           .period_start = issued_on,
                           .period_end = issued_on + std::chrono::days{31}});
  if (bench::reason_names.at(columns.reason[i]) != "payment_failed") return invoice;
  invoice.status = churn::InvoiceStatus::uncollectible;
  invoice.paid_on.reset();
  const Date ended_on = Date::from_days(columns.ends_on[i]);
  invoice.lines.front().period_end = ended_on;
  for (int day = 1; day <= 3; ++day)
    invoice.payments.push_back(
        {.at = churn::Timestamp::from_seconds(std::int64_t{ended_on.days() - 2 * day} * 86'400),
         .status = churn::PaymentStatus::failed,
         .failure_code = day == 1 ? "insufficient_funds" : "expired_card"});
  return invoice;
}

Book built(bool with_invoices) {
  churn::Records records = bench::records_with_reasons(columns);
  if (with_invoices)
    for (const std::size_t row : last_rows()) records.add(last_invoice(row));
  return bench::build_book(records);
}

const Book& book_of(bool with_invoices) {
  static const Book without = built(false);
  static const Book with = built(true);
  return with_invoices ? with : without;
}

churn::PeriodGrid all_months() {
  return churn::months(Date::from_days(bench::first_day), bench::day_after_the_data());
}

churn::DepartureCube fold(const Book& book, unsigned threads = 1) {
  return churn::DepartureCube::fold(book, all_months(), {}, churn::DepartureRules::standard(),
                                    bench::with_threads(threads));
}

bool agrees(const Book& book) {
  const churn::MovementCube movements = churn::MovementCube::fold(book, all_months());
  const churn::DepartureCube departures = fold(book);
  for (std::size_t p = 0; p < movements.grid().size(); ++p)
    if (departures.total(0, p).customers != movements.at(0, p).churned_customers ||
        departures.total(0, p).ticks != movements.at(0, p).churn)
      return false;
  return true;
}

void count_rows(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(columns.size()));
}

void how_many(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(churn::MovementCube::fold(book_of(state.range(0) != 0), all_months()));
  count_rows(state);
}
BENCHMARK(how_many)->ArgName("invoices")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void why(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(fold(book_of(state.range(0) != 0), static_cast<unsigned>(state.range(1))));
  count_rows(state);
}
BENCHMARK(why)
    ->ArgNames({"invoices", "threads"})
    ->Args({0, 1})
    ->Args({0, 2})
    ->Args({1, 1})
    ->Args({1, 2})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void each_departure(benchmark::State& state) {
  for (auto _ : state) {
    std::size_t records = 0;
    churn::for_each_departure(
        book_of(state.range(0) != 0), churn::DepartureRules::standard(),
        [&](const churn::Departure& departure) { records += departure.evidence.size(); });
    benchmark::DoNotOptimize(records);
  }
  count_rows(state);
}
BENCHMARK(each_departure)->ArgName("invoices")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

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
  for (const bool with_invoices : {false, true})
    if (!agrees(book_of(with_invoices))) {
      std::fprintf(stderr, "Departures and movements disagree.\n");
      return 1;
    }
  std::printf(
      "%zu periods, %zu customers, of whom %lld left in all months together; departures equal the churn\n",
      columns.size(), book_of(true).customer_count(), [] {
        long long left = 0;
        const churn::DepartureCube cube = fold(book_of(true));
        for (const auto& entry : cube.entries()) left += entry.leavers.customers;
        return left;
      }());
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

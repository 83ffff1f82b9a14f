// Questions:
//   How long does a service take from its start to its first answer (W1: MRR movements and customer counts,
//   60 months), where it opens a book file, beside building the book from columns in memory?
//   What of it is checking the file, and how long does writing one take? How many bytes a period has it?
//
// Run: churn-book-file-benchmarks [--data=FOLDER | --customers=N] [Google Benchmark's options]
// The file lies in the system's folder for temporary files, and in its cache. The answers of the book that was read
// and of the one that was written are compared before anything is timed. Expected growth: linear in periods, but for
// opening without a check, which does not grow.
#include <churn/churn.hpp>
#include <churn/io/book_file.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "columns.hpp"
#include "library.hpp"
#include "plain_passes.hpp"

namespace {

using namespace bench;
using churn::BookFileCheck;

Columns columns;
std::filesystem::path path;

void columns_to_w1(benchmark::State& state) {
  for (auto _ : state) {
    const churn::Book book = build_book(records_with_industries(columns));
    benchmark::DoNotOptimize(fold_w1(book));
  }
}
BENCHMARK(columns_to_w1)->Unit(benchmark::kMillisecond);

void open(benchmark::State& state, BookFileCheck check) {
  for (auto _ : state) benchmark::DoNotOptimize(churn::read_book_file(path, check));
}
BENCHMARK_CAPTURE(open, checked, BookFileCheck::everything)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(open, head_only, BookFileCheck::head)->Unit(benchmark::kMillisecond)->UseRealTime();

void open_to_w1(benchmark::State& state, BookFileCheck check) {
  for (auto _ : state) benchmark::DoNotOptimize(fold_w1(churn::read_book_file(path, check).book));
}
BENCHMARK_CAPTURE(open_to_w1, checked, BookFileCheck::everything)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(open_to_w1, head_only, BookFileCheck::head)->Unit(benchmark::kMillisecond)->UseRealTime();

void w1_of_an_open_book(benchmark::State& state) {
  const churn::Book book = churn::read_book_file(path).book;
  for (auto _ : state) benchmark::DoNotOptimize(fold_w1(book));
}
BENCHMARK(w1_of_an_open_book)->Unit(benchmark::kMillisecond);

void write(benchmark::State& state) {
  const churn::BookFile file = churn::read_book_file(path);
  for (auto _ : state) churn::write_book_file(file, path);
}
BENCHMARK(write)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  std::int64_t customers = 100'000;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument{argv[i]};
    if (argument.starts_with("--data="))
      folder = argument.substr(7);
    else if (argument.starts_with("--customers="))
      customers = std::atoll(argv[i] + 12);
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  columns = folder.empty() ? make_columns(customers) : read_columns(folder);
  path = std::filesystem::temp_directory_path() / "churn_benchmark.book";
  const churn::Book book = build_book(records_with_industries(columns));
  churn::write_book_file({book}, path);
  if (!(fold_w1(churn::read_book_file(path).book) == fold_w1(book))) {
    std::fprintf(stderr, "The book that was read answers otherwise than the one that was written.\n");
    return 1;
  }
  const auto bytes = static_cast<double>(std::filesystem::file_size(path));
  std::printf("%zu periods, %zu customers; a file of %.0f bytes, %.1f a period; W1 is equal\n",
              columns.size(), book.customer_count(), bytes, bytes / static_cast<double>(columns.size()));
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  std::filesystem::remove(path);
  return 0;
}

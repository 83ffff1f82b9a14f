// The rows of a CSV file read in blocks, on several threads. Private to the readers of io/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <churn/book/records.hpp>
#include <churn/io/loaded_book.hpp>

#include "core/shares.hpp"
#include "core/watch.hpp"
#include "io/csv_blocks.hpp"
#include "io/table_reader.hpp"

namespace churn::inline v0 {
namespace reading {

/// A part of a table, and what was read of it: with rows numbered from its beginning.
struct TableBlock {
  TableBlock(const TableReader& whole, std::size_t begin, std::size_t until)
      : start(begin), table(whole, begin, until, findings) {}
  TableBlock(const TableBlock&) = delete;  // the reader points to the rejections
  TableBlock& operator=(const TableBlock&) = delete;

  std::size_t start;
  Records records;
  Rejections rejections;
  Findings findings{rejections, false};
  TableReader table;
};

/// Calls read_rows(table, records) for the whole table, or for blocks of it at once with records of their own, which
/// are then put one behind the other. `table` has read the header of `text`.
///
/// A block begins where a row seems to (csv_blocks.hpp). If the one before it does not stop there, or knows something
/// about rows of it, the block is thrown away, and the one before it goes on. So what is read is what one thread reads.
/// `watch` counts bytes.
template <class ReadRows>
void read_in_blocks(TableReader& table, std::string_view text, const ReadOptions& options, Watch& watch,
                    Records& records, Findings& findings, ReadRows read_rows) {
  // A quote that never closes is looked for to the end of the text, by each block: there may not be too many.
  const std::size_t threads = std::min(options.threads, 256U);
  const std::size_t bytes =
      std::max(options.block_bytes, text.size() / (16 * std::max<std::size_t>(threads, 1)));
  const bool is_whole = threads <= 1 && !options.progress;
  if (is_whole || !table.usable() || text.size() <= bytes) {
    read_rows(table, records);
    watch.add(text.size());
    return;
  }

  std::vector<std::size_t> starts{table.csv().position()};
  for (const std::size_t start : row_starts(text, starts.front(), bytes, options.threads))
    if (start > starts.back()) starts.push_back(start);
  const auto end_of = [&](std::size_t block) {
    return block + 1 < starts.size() ? starts[block + 1] : text.size();
  };
  std::vector<std::unique_ptr<TableBlock>> blocks(starts.size());
  do_shares(starts.size(), options.threads, [&] {
    return [&](std::size_t i) {
      blocks[i] = std::make_unique<TableBlock>(table, starts[i], end_of(i));
      read_rows(blocks[i]->table, blocks[i]->records);
      watch.add(end_of(i) - (i == 0 ? 0 : starts[i]));
    };
  });

  std::vector<RecordsPart> parts;
  std::int64_t rows = table.csv().row_count();
  for (std::size_t first = 0; first < blocks.size();) {
    TableBlock& block = *blocks[first];
    CsvReader& csv = block.table.csv();
    std::size_t next = first + 1;
    for (; next < blocks.size() && (csv.position() != starts[next] || csv.foresees()); ++next) {
      csv.read_until(end_of(next));
      read_rows(block.table, block.records);
    }
    parts.push_back({&block.records, rows});
    for (Rejection& rejection : std::move(block.rejections).entries()) {
      rejection.row += rows;
      findings.rejections().add(std::move(rejection));
    }
    findings.check();
    rows += csv.row_count();
    while (++first < next) blocks[first].reset();
  }
  records.append(parts, options.threads);
}

}  // namespace reading
}  // namespace churn::inline v0

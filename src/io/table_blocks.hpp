// The rows of a CSV file, read by one thread, or in blocks by several. Private to the readers of io/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <churn/book/records.hpp>
#include <churn/io/loaded_book.hpp>

#include "core/shares.hpp"
#include "core/watch.hpp"
#include "io/table_reader.hpp"
#include "io/text_window.hpp"

namespace churn::inline v0 {
namespace reading {

/// Reads the header of a table through a window that shows the beginning of its file, and more of it if the header is
/// longer.
template <class Window>
void open_table(std::optional<TableReader>& table, Window& window, const std::string& source,
                std::span<const Column> columns, Importance importance, Findings& findings) {
  table.emplace(window.shown(), source, columns, importance, findings, extent_of(window));
  while (table->csv().needs_more()) {
    window.move(0);
    table.emplace(window.shown(), source, columns, importance, findings, extent_of(window));
  }
}

/// Calls read_rows(table, records) for the rows that the window shows, again and again until they are all read. A row
/// that does not end in it is read in the next one, which begins with it; one that is longer makes it larger. So does,
/// up to all that is left of the file, one with a quote that never closes. `watch` counts bytes.
template <class Window, class ReadRows>
void read_in_windows(TableReader& table, Window& window, Watch& watch, Records& records, ReadRows read_rows) {
  while (true) {
    table.set_bytes_behind(window.bytes_behind());
    read_rows(table, records);
    const std::size_t done = table.csv().position();
    watch.add(done);
    if (window.bytes_behind() == 0) return;
    window.move(done);
    table.csv().go_on(window.shown(), extent_of(window));
  }
}

/// A block of a table, and what was read of it: with rows numbered from its beginning.
template <class Window>
class TableBlock {
 public:
  /// Begins with the row at `begin`, the first place that the window shows but so many before. `whole` has read the
  /// header.
  TableBlock(const TableReader& whole, Window& window, std::size_t begin, std::size_t before)
      : begin_(begin),
        window_(window),
        shown_from_(begin - before),
        passed_(before),
        table_(whole, window.shown().substr(before), extent_of(window), findings_) {}
  TableBlock(const TableBlock&) = delete;  // the reader points to the rejections
  TableBlock& operator=(const TableBlock&) = delete;
  ~TableBlock() = default;

  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
  /// Where the next row begins.
  [[nodiscard]] std::size_t position() noexcept { return shown_from_ + passed_ + table_.csv().position(); }
  /// Whether the row at a place is to be read by who begins there.
  [[nodiscard]] bool ends_at(std::size_t place) noexcept {
    return position() == place && !table_.csv().foresees();
  }
  [[nodiscard]] bool foresees() noexcept { return table_.csv().foresees(); }

  /// Reads the rows that begin before `until`: all of them, or those that end in the window as it is.
  template <class ReadRows>
  void read(std::size_t until, bool all, ReadRows read_rows) {
    while (position() < until) {
      table_.csv().read_until(std::min(until - shown_from_, window_.shown().size()) - passed_);
      read_rows(table_, records_);
      if (!all || position() >= until || window_.bytes_behind() == 0) return;
      const std::size_t done = passed_ + table_.csv().position();
      window_.move(done);
      shown_from_ += done;
      passed_ = 0;
      table_.csv().go_on(window_.shown(), extent_of(window_));
    }
  }

  [[nodiscard]] const Records& records() const noexcept { return records_; }
  [[nodiscard]] std::int64_t row_count() noexcept { return table_.csv().row_count(); }
  /// What was found, in a file in which so many rows go before.
  void report(std::int64_t rows_before, Findings& findings) {
    for (Rejection& rejection : std::move(rejections_).entries()) {
      rejection.row += rows_before;
      findings.rejections().add(std::move(rejection));
    }
    findings.check();
  }

 private:
  std::size_t begin_;
  Window& window_;
  std::size_t shown_from_;  // where in the file the window begins
  std::size_t passed_;      // so many bytes of it are before those that the table is given
  Records records_;
  Rejections rejections_;
  Findings findings_{rejections_, false};
  TableReader table_;
};

/// Calls read_rows(table, records) for blocks of a file, some of them at once on several threads with records of their
/// own, which are then put one behind the other; then for the next ones. `table` has read the header. Each block has a
/// window that `make_window` gives.
///
/// Where a row begins in the middle of a file can't be known: a block begins behind a line end, which may lie inside of
/// quotes. If the one before it does not stop there, or knows something about rows of it, the block is thrown away, and
/// the one before it goes on. So what is read is what one thread reads. `watch` counts bytes.
template <class MakeWindow, class ReadRows>
void read_in_blocks(TableReader& table, MakeWindow make_window, const ReadOptions& options, Watch& watch,
                    Records& records, Findings& findings, ReadRows read_rows) {
  using Window = decltype(make_window());
  using Block = TableBlock<Window>;
  constexpr std::size_t behind = std::size_t{1} << 16U;  // for the last row of a block
  constexpr std::size_t most_windows = 128;              // each may be an open file
  std::vector<Window> windows;
  windows.push_back(make_window());
  const std::size_t size = windows.front().size();
  const std::size_t at_once = std::min(4 * chunks_for(options.threads), most_windows);
  // Of a small file, no very small ones, which would cost more than they hold.
  const std::size_t bytes =
      std::max({options.block_bytes, std::min(size / (16 * at_once), std::size_t{1} << 20U), std::size_t{1}});
  while (windows.size() < std::min(at_once, size / bytes + 1)) windows.push_back(make_window());

  std::size_t at = table.csv().position();
  std::int64_t rows = table.csv().row_count();
  watch.add(at);
  while (at < size) {
    const std::size_t count = std::min(windows.size(), (size - at - 1) / bytes + 1);
    const auto bound = [&](std::size_t k) { return std::min(size, at + k * bytes); };
    std::vector<std::unique_ptr<Block>> blocks(count);
    do_shares(count, options.threads, [&] {
      return [&](std::size_t k) {
        Window& window = windows[k];
        const std::size_t from = k == 0 ? at : bound(k) - 1;
        window.show(from, bound(k + 1) - from + behind);
        const std::size_t before = k == 0 ? 0 : window.shown().find('\n') + 1;  // 0 if there is none
        if ((k == 0 || before > 0) && from + before < bound(k + 1)) {
          blocks[k] = std::make_unique<Block>(table, window, from + before, before);
          blocks[k]->read(bound(k + 1), false, read_rows);
        }
        watch.add(bound(k + 1) - bound(k));
      };
    });

    std::vector<RecordsPart> parts;
    const auto take = [&](Block& block) {
      block.report(rows, findings);
      parts.push_back({&block.records(), rows});
      rows += block.row_count();
    };
    Block* last = blocks.front().get();
    for (std::size_t k = 0; k < count; ++k) {
      if (k > 0 && blocks[k] != nullptr && last->ends_at(blocks[k]->begin())) {
        take(*last);
        last = blocks[k].get();
      }
      last->read(bound(k + 1), true, read_rows);
    }
    // Until nothing is left: the end may come early, if the file became shorter meanwhile.
    for (std::size_t before = at; last->foresees() && last->position() > before;) {
      before = last->position();
      last->read(std::min(size, before + bytes), true, read_rows);
    }
    take(*last);
    records.append(parts, options.threads);
    if (last->position() == at) return;
    at = last->position();
  }
}

}  // namespace reading
}  // namespace churn::inline v0

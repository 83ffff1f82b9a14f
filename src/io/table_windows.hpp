// The rows of a CSV file read by one thread, through a window on the file. Private to the readers of io/.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include <churn/book/records.hpp>

#include "core/watch.hpp"
#include "io/file_text.hpp"
#include "io/table_reader.hpp"

namespace churn::inline v0 {
namespace reading {

/// Calls prepare(table) once the header is read, and read_rows(table, records) for the rows that are in the window, again
/// and again until they are all read. A row that does not end in the window is read in the next one, which begins with
/// it; one that is longer than the window makes it larger. So is, up to all that is left of the file, one with a quote
/// that never closes. `watch` counts bytes.
template <class Prepare, class ReadRows>
void read_in_windows(FileWindow& window, const std::string& source, std::span<const Column> columns,
                     Importance importance, Watch& watch, Records& records, Findings& findings,
                     Prepare prepare, ReadRows read_rows) {
  std::optional<TableReader> table;
  table.emplace(window.text(), source, columns, importance, findings, window.extent());
  while (table->csv().needs_more()) {
    window.move(0);
    table.emplace(window.text(), source, columns, importance, findings, window.extent());
  }
  prepare(*table);
  while (table->usable()) {
    table->set_bytes_behind(window.bytes_behind());
    read_rows(*table, records);
    const std::size_t done = table->csv().position();
    watch.add(done);
    if (window.bytes_behind() == 0) return;
    window.move(done);
    table->csv().go_on(window.text(), window.extent());
  }
  watch.add(window.text().size() + window.bytes_behind());
}

}  // namespace reading
}  // namespace churn::inline v0

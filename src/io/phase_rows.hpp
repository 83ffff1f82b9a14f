// The phases of a table, many rows at once. Private to the readers of io/.
#pragma once

#include <churn/book/records.hpp>

#include "io/table_reader.hpp"

namespace churn::inline v0 {
namespace reading {

/// Reads the rows of a table of phases into records: what phase_of (book_rows.hpp) makes of each, but a column at a
/// time, which is a few times as fast. Rows that hold something that does not read are left to phase_of, which says
/// what is wrong with them.
void read_phases(TableReader& table, Records& records);

}  // namespace reading
}  // namespace churn::inline v0

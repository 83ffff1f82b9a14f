// The customers of a table, many rows at once. Private to the readers of io/.
#pragma once

#include <churn/book/records.hpp>

#include "io/table_reader.hpp"

namespace churn::inline v0 {
namespace reading {

/// Reads the rows of a table of customers into records: what customer_record_of (book_rows.hpp) makes of each, and the
/// columns that are not known as attributes, but a column at a time. Rows that hold something that does not read are
/// left to customer_record_of, which says what is wrong with them.
void read_customers(TableReader& table, Records& records);

}  // namespace reading
}  // namespace churn::inline v0

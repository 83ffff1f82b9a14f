// Cells of tables from values that may be undefined. Private to the library's sources.
#pragma once

#include <optional>

#include <churn/core/table.hpp>
#include <churn/stats/p_value.hpp>

namespace churn::inline v0 {

/// Empty for what is undefined.
inline Cell cell_of(const std::optional<double>& value) { return value ? Cell{*value} : Cell{}; }
inline Cell cell_of(const std::optional<PValue>& p) { return p ? Cell{p->value} : Cell{}; }

}  // namespace churn::inline v0

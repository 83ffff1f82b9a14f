// A table as a tree of nlohmann's. Private to the library's sources.
#pragma once

#include <nlohmann/json.hpp>

#include <churn/core/table.hpp>

namespace churn::inline v0 {

[[nodiscard]] nlohmann::ordered_json tree_of(const Table& table);

}  // namespace churn::inline v0

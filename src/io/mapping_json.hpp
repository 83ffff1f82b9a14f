// Mappings as JSON. Private to the readers of io/.
#pragma once

#include <string_view>

#include "io/mapping_rules.hpp"

namespace churn::inline v0 {
namespace reading {

/// Throws Error(unreadable), with the path of what is not right.
[[nodiscard]] MappingRules read_mapping_rules(std::string_view text);

}  // namespace reading
}  // namespace churn::inline v0

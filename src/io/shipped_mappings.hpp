// The mappings that come with the library: examples/mappings/*.json, as they stand there. Private to io/.
#pragma once

#include <span>
#include <string_view>

namespace churn::inline v0 {
namespace reading {

struct ShippedMapping {
  std::string_view name;
  std::string_view json;
};

/// In the order of their names. The build writes what defines it, out of those files.
[[nodiscard]] std::span<const ShippedMapping> shipped_mappings() noexcept;

}  // namespace reading
}  // namespace churn::inline v0

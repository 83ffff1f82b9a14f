// The version of libchurn: the only place where it is written. CMake reads it here, and the inline
// namespace `v0` follows its first number.
#pragma once

namespace churn::inline v0 {

/// Semantic version. While the first number is 0, the second changes whenever an interface does.
inline constexpr const char* version = "0.1.0";

}  // namespace churn::inline v0

// Hashes of texts and JSON, the same on every machine: they decide between versions of an object that nothing else
// tells apart. Private to the reader of Stripe's exports.
#pragma once

#include <cstdint>
#include <string_view>

#include "io/json_value.hpp"

namespace churn::inline v0 {
namespace stripe {

using reading::JsonKind;
using reading::JsonValue;

[[nodiscard]] inline std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

[[nodiscard]] inline std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return mixed(hash);
}

/// The same for objects that differ in the order of their fields only.
[[nodiscard]] inline std::uint64_t hash_of(JsonValue value) {
  std::uint64_t hash = hash_of(value.text()) + static_cast<std::uint64_t>(value.kind());
  if (value.is_container())
    for (const JsonValue part : value)
      hash = value.kind() == JsonKind::array ? mixed(hash + hash_of(part))
                                             : hash + mixed(hash_of(part.key()) * 3 + hash_of(part));
  return mixed(hash);
}

}  // namespace stripe
}  // namespace churn::inline v0

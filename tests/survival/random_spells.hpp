// Random spells, for properties.
#pragma once

#include <rapidcheck.h>

#include <cstddef>
#include <cstdint>

#include "survival/spell_data.hpp"

namespace survival_test {

/// Fewer than `most` spells with exits from 1 to `longest`; some enter late if `late_entry`, else all at 0.
inline SpellData random_spells(std::size_t most, std::int32_t longest, bool late_entry) {
  SpellData data;
  const auto n = *rc::gen::inRange<std::size_t>(0, most);
  for (std::size_t i = 0; i < n; ++i) {
    const auto exit = *rc::gen::inRange<std::int32_t>(1, longest + 1);
    const bool late = late_entry && *rc::gen::arbitrary<bool>();
    data.exit.push_back(exit);
    data.entry.push_back(late ? *rc::gen::inRange<std::int32_t>(0, exit) : 0);
    data.event.push_back(*rc::gen::inRange<std::uint8_t>(0, 2));
  }
  return data;
}

}  // namespace survival_test

// Random numbers that are the same everywhere: splitmix64, and draws that compare integers only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sample_book {

/// splitmix64: a few lines, no state but one word, and the same sequence everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// An independent stream for one purpose of one customer.
  Random(std::uint64_t seed, int customer, int purpose)
      : Random(mix(mix(seed) + static_cast<std::uint64_t>(customer) * 16 +
                   static_cast<std::uint64_t>(purpose))) {}

  /// Uniform in [0, n). Taking the high half of a product avoids the poor low bits of a remainder.
  int below(int n) { return static_cast<int>(((next() >> 32) * static_cast<std::uint64_t>(n)) >> 32); }

  /// Uniform in [low, high].
  int between(int low, int high) { return low + below(high - low + 1); }

  /// True so many times in 1 000 000.
  bool per_million(std::int64_t share) { return below(1'000'000) < share; }

  /// True so many times in 1 000.
  bool per_mille(std::int64_t share) { return below(1000) < share; }

  /// True so many times in 100.
  bool percent(int share) { return below(100) < share; }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15U); }

  std::uint64_t state_;
};

/// One row of a table to draw from.
struct Choice {
  std::string_view label;
  int weight;
};

inline const Choice& pick(std::span<const Choice> choices, Random& random) {
  int total = 0;
  for (const Choice& choice : choices) total += choice.weight;
  int left = random.below(total);
  for (const Choice& choice : choices) {
    if (left < choice.weight) return choice;
    left -= choice.weight;
  }
  return choices.back();
}

}  // namespace sample_book

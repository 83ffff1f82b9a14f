// Checksum of many bytes, as fast as memory gives them. Private to the sources of io/.
//
// The bytes come in pieces, each with zeros up to a multiple of 64 bytes, and are taken as little-endian numbers of
// 64 bits; number i goes into lane i mod 8:
//
//   lane   = rotate_left(lane xor number, 29) x K modulo 2^64, from lane = its place, 0 to 7
//   result = the same over the eight lanes and how many numbers there were, from 0; then xor its upper half
//
// with K = 9E3779B97F4A7C15, which is odd. Each step can be undone, so that whatever is changed within one number
// changes the result. Other damage goes unseen once in 2^64 times. It is no seal: whoever wants to, can make a file
// for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace churn::inline v0 {

class Checksum {
 public:
  void add(std::span<const std::byte> bytes) noexcept;
  [[nodiscard]] std::uint64_t value() const noexcept;

 private:
  std::array<std::uint64_t, 8> lanes_{0, 1, 2, 3, 4, 5, 6, 7};
  std::uint64_t numbers_{0};
};

}  // namespace churn::inline v0

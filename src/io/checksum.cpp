#include "io/checksum.hpp"

#include <bit>
#include <cstring>

namespace churn::inline v0 {

namespace {

constexpr std::uint64_t step(std::uint64_t lane, std::uint64_t number) noexcept {
  return std::rotl(lane ^ number, 29) * 0x9E3779B97F4A7C15U;
}

}  // namespace

void Checksum::add(std::span<const std::byte> bytes) noexcept {
  std::array<std::uint64_t, 8> lanes = lanes_;  // in registers
  std::array<std::uint64_t, 8> numbers{};
  numbers_ += (bytes.size() + 63) / 64 * 8;
  const auto take = [&] {
    for (std::size_t i = 0; i < 8; ++i) lanes[i] = step(lanes[i], numbers[i]);
  };
  for (; bytes.size() >= 64; bytes = bytes.subspan(64)) {
    std::memcpy(numbers.data(), bytes.data(), 64);
    take();
  }
  if (!bytes.empty()) {
    numbers.fill(0);
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    take();
  }
  lanes_ = lanes;
}

std::uint64_t Checksum::value() const noexcept {
  std::uint64_t sum = 0;
  for (const std::uint64_t each : lanes_) sum = step(sum, each);
  sum = step(sum, numbers_);
  return sum ^ sum >> 32;
}

}  // namespace churn::inline v0

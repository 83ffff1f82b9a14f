// Texts looked at eight bytes at once, in plain integers. Private to the library's sources.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace churn::inline v0 {

inline constexpr std::uint64_t low_bits = 0x0101010101010101;
inline constexpr std::uint64_t high_bits = 0x8080808080808080;

/// The same byte eight times.
constexpr std::uint64_t eight_of(char c) { return low_bits * static_cast<unsigned char>(c); }

/// A word as it lies in memory, with its first byte lowest whatever the machine.
constexpr std::uint64_t first_byte_lowest(std::uint64_t word) {
  if constexpr (std::endian::native != std::endian::little) {
    word = (word & 0x00FF00FF00FF00FF) << 8 | (word >> 8 & 0x00FF00FF00FF00FF);
    word = (word & 0x0000FFFF0000FFFF) << 16 | (word >> 16 & 0x0000FFFF0000FFFF);
    word = word << 32 | word >> 32;
  }
  return word;
}

/// Eight bytes, the first of them lowest.
inline std::uint64_t word_at(const char* at) {
  std::uint64_t word{};
  std::memcpy(&word, at, sizeof word);
  return first_byte_lowest(word);
}

/// Up to eight bytes, the first of them lowest, and zeros above.
inline std::uint64_t word_of(std::string_view text) {
  const std::size_t size = text.size();
  if (size == 8) return word_at(text.data());
  const auto byte = [text](std::size_t i) {
    return std::uint64_t{static_cast<unsigned char>(text[i])} << 8 * i;
  };
  if (size >= 4) {  // two halves, which may overlap
    const auto half = [text](std::size_t i) {
      std::uint32_t part{};
      std::memcpy(&part, text.data() + i, sizeof part);
      return std::endian::native == std::endian::little ? std::uint64_t{part}
                                                        : first_byte_lowest(std::uint64_t{part}) >> 32;
    };
    return half(0) | half(size - 4) << 8 * (size - 4);
  }
  return size == 0 ? 0 : byte(0) | byte(size / 2) | byte(size - 1);
}

/// The high bit of each byte of `word` that equals `c`, exactly.
constexpr std::uint64_t equal_bytes(std::uint64_t word, char c) {
  const std::uint64_t difference = word ^ eight_of(c);
  return ~(((difference & ~high_bits) + ~high_bits) | difference | ~high_bits);
}

/// Whether each of eight bytes is at most 9.
constexpr bool are_digits(std::uint64_t digits) {
  return ((digits | (digits + eight_of(0x76))) & high_bits) == 0;
}

/// The number that eight digits make (their values, not their characters), the first of them lowest in the word.
constexpr std::uint32_t number_of(std::uint64_t digits) {
  digits = (digits * 10 + (digits >> 8)) & 0x00FF00FF00FF00FF;
  digits = (digits * 100 + (digits >> 16)) & 0x0000FFFF0000FFFF;
  return static_cast<std::uint32_t>(digits * 10000 + (digits >> 32));
}

/// is_same of texts longer than eight bytes, of equal sizes.
inline bool are_same_words(const char* a, const char* b, std::size_t size) {
  const std::size_t last = size - 8;
  for (std::size_t i = 0; i < last; i += 8)
    if (word_at(a + i) != word_at(b + i)) return false;
  return word_at(a + last) == word_at(b + last);
}

/// a == b, told without a call: ids and other short texts are compared for every row.
inline bool is_same(std::string_view a, std::string_view b) {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  if (size > 8) return are_same_words(a.data(), b.data(), size);
  const auto differs = [&](std::size_t i) { return a[i] ^ b[i]; };
  if (size < 4) return size == 0 || (differs(0) | differs(size / 2) | differs(size - 1)) == 0;
  const auto half = [](std::string_view text, std::size_t i) {  // the halves may overlap
    std::uint32_t part{};
    std::memcpy(&part, text.data() + i, sizeof part);
    return part;
  };
  return ((half(a, 0) ^ half(b, 0)) | (half(a, size - 4) ^ half(b, size - 4))) == 0;
}

}  // namespace churn::inline v0

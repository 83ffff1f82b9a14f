#include "io/packed_bytes.hpp"

#include <numeric>

#include "io/findings.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::size_t longest_run = 128;
constexpr std::size_t most_counts_a_byte = longest_run / 2;  // a run takes two

[[noreturn]] void fail_early_end() { reading::fail("The bytes end too early."); }

/// Of a number modulo 2^64, taken as one of both signs.
std::uint64_t magnitude(std::uint64_t x) { return x >> 63 != 0 ? 0 - x : x; }

}  // namespace

void PackedWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
  bytes_.push_back(static_cast<char>(value));
}

void PackedWriter::number(std::int64_t value) {
  const std::uint64_t twice = static_cast<std::uint64_t>(value) << 1;
  varint(value < 0 ? ~twice : twice);
}

void PackedWriter::text(std::string_view text) {
  varint(text.size());
  bytes_.append(text);
}

void PackedWriter::column(const std::vector<std::uint64_t>& differences) {
  std::uint64_t divisor = 0;
  for (const std::uint64_t x : differences) divisor = std::gcd(divisor, magnitude(x));
  divisor += divisor == 0 ? 1 : 0;
  varint(divisor);
  for (std::size_t i = 0; i < differences.size();) {
    const std::uint64_t x = differences[i];
    if (x != 0) {
      const std::uint64_t size = magnitude(x) / divisor;
      const bool is_positive = x <= std::uint64_t{1} << 63;  // of both signs; so 2 |x| - 1 fits
      varint(size * 2 - (is_positive ? 1 : 0));
      ++i;
      continue;
    }
    std::size_t run = 1;
    while (run < longest_run && i + run < differences.size() && differences[i + run] == 0) ++run;
    bytes_.push_back('\0');
    bytes_.push_back(static_cast<char>(run - 1));
    i += run;
  }
}

std::uint8_t PackedReader::byte() {
  if (rest_.empty()) fail_early_end();
  const auto byte = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return byte;
}

std::uint64_t PackedReader::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const std::uint64_t part = byte();
    if (shift == 63 && part > 1) break;
    value |= (part & 0x7F) << shift;
    if (part < 0x80) return value;
  }
  reading::fail("A number is beyond 64 bits.");
}

std::int64_t PackedReader::number() {
  const std::uint64_t value = varint();
  return static_cast<std::int64_t>(value % 2 == 0 ? value >> 1 : ~(value >> 1));
}

std::size_t PackedReader::size(std::size_t most) {
  const std::uint64_t value = varint();
  if (value > most) fail_early_end();
  return static_cast<std::size_t>(value);
}

std::string_view PackedReader::text() {
  const std::uint64_t length = varint();
  if (length > rest_.size()) fail_early_end();  // of what is behind the length itself
  const std::string_view text = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return text;
}

void PackedReader::require_room_for(std::size_t rows, std::size_t columns) const {
  if (columns != 0 && rows > rest_.size() * most_counts_a_byte / columns) fail_early_end();
}

std::vector<std::uint64_t> PackedReader::column(std::size_t count) {
  require_room_for(count, 1);
  std::vector<std::uint64_t> differences;
  differences.reserve(count);
  const std::uint64_t divisor = varint();
  while (differences.size() < count) {
    const std::uint64_t token = varint();
    if (token == 0) {
      const std::size_t run = std::size_t{byte()} + 1;
      if (run > longest_run || run > count - differences.size())
        reading::fail("A column has more counts than it should.");
      differences.resize(differences.size() + run, 0);
    } else {
      const std::uint64_t size = (token / 2 + token % 2) * divisor;
      differences.push_back(token % 2 != 0 ? size : 0 - size);
    }
  }
  return differences;
}

}  // namespace churn::inline v0

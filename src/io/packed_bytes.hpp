// PackedWriter, PackedReader: whole numbers, texts and columns of counts as few bytes. Private to the sources of
// io/.
//
//   varint   seven bits a byte, the lowest first; the eighth says that another byte follows
//   number   of both signs: a varint of 2 x, or of -2 x - 1 for x below 0
//   text     a varint of its length, and its bytes
//   column   a varint, the divisor; then what the counts are beyond what was expected of them, over the
//            divisor: 0 and a byte n - 1 for n <= 128 times nothing, else a varint of 2 |x| - (x > 0)
//
// All arithmetic is of unsigned numbers, modulo 2^64, so that no bytes are beyond it. A column takes at least a
// byte for every 64 counts, by which its length is bounded before room is made for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace churn::inline v0 {

class PackedWriter {
 public:
  void varint(std::uint64_t value);
  void number(std::int64_t value);
  void text(std::string_view text);
  /// Differences modulo 2^64, by which counts are beyond what was expected.
  void column(const std::vector<std::uint64_t>& differences);

  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

/// Throws Error(unreadable) where the bytes end too early or make no sense.
class PackedReader {
 public:
  explicit PackedReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] std::uint64_t varint();
  [[nodiscard]] std::int64_t number();
  /// One that is at most so large.
  [[nodiscard]] std::size_t size(std::size_t most);
  [[nodiscard]] std::string_view text();
  [[nodiscard]] std::vector<std::uint64_t> column(std::size_t count);
  /// Throws unless the rest could hold so many counts.
  void require_room_for(std::size_t rows, std::size_t columns) const;
  /// How many things of a byte each the rest could hold.
  [[nodiscard]] std::size_t rest() const noexcept { return rest_.size(); }

 private:
  [[nodiscard]] std::uint8_t byte();
  std::string_view rest_;
};

}  // namespace churn::inline v0

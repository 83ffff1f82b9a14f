// The known text that an unknown one is most like: for a question, never for an answer. Private to the library's
// sources.
//
// The distance is that of optimal string alignment: letters put in, left out, replaced, or swapped with their
// neighbour (Damerau 1964; each letter is touched once). Letters of more than one byte count as one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace churn::inline v0 {

/// A letter a character: the bytes of one in UTF-8 put together. What is no UTF-8 stays distinct where it is short.
inline std::u32string letters_of(std::string_view text) {
  std::u32string letters;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) == 0x80 && !letters.empty())
      letters.back() = (letters.back() << 8U) | byte;
    else
      letters.push_back(byte);
  }
  return letters;
}

/// How many letters differ, if at most two; else three. O(letters): only places within two of each other are compared.
inline std::size_t letters_apart(const std::u32string& a, const std::u32string& b) {
  constexpr int too_far = 3;
  const auto rows = static_cast<int>(a.size());
  const auto columns = static_cast<int>(b.size());
  if (std::abs(rows - columns) >= too_far) return std::size_t{too_far};
  // Row i holds the distances of the first i letters of `a` to the first i - 2 … i + 2 of `b`.
  using Row = std::array<int, 5>;
  constexpr Row far_away{too_far, too_far, too_far, too_far, too_far};
  const auto at = [](const Row& row, int i, int j) {
    const int place = j - i + 2;
    return place < 0 || place >= 5 ? too_far : row[static_cast<std::size_t>(place)];
  };
  const auto letter = [](const std::u32string& text, int i) { return text[static_cast<std::size_t>(i) - 1]; };
  Row two_before = far_away;
  Row before = far_away;
  for (int i = 0; i <= rows; ++i) {
    Row row = far_away;
    for (int j = std::max(0, i - 2); j <= std::min(columns, i + 2); ++j) {
      int distance = i == 0 && j == 0 ? 0 : too_far;
      if (i > 0) distance = std::min(distance, at(before, i - 1, j) + 1);
      if (j > 0) distance = std::min(distance, at(row, i, j - 1) + 1);
      if (i > 0 && j > 0)
        distance = std::min(distance, at(before, i - 1, j - 1) + (letter(a, i) == letter(b, j) ? 0 : 1));
      if (i > 1 && j > 1 && letter(a, i) == letter(b, j - 1) && letter(a, i - 1) == letter(b, j))
        distance = std::min(distance, at(two_before, i - 2, j - 2) + 1);
      const int place = j - i + 2;
      row[static_cast<std::size_t>(place)] = std::min(distance, too_far);
    }
    two_before = before;
    before = row;
  }
  return static_cast<std::size_t>(at(before, rows, columns));
}

/// The key of an ordered map that `text` is most like, if at most two letters differ and fewer than half of those of
/// either; of several the first by its bytes. O(keys x letters).
template <class Map>
std::optional<std::string> closest_key(const Map& map, std::string_view text) {
  const std::u32string letters = letters_of(text);
  std::optional<std::string> closest;
  std::size_t fewest = 3;
  for (const auto& [key, meaning] : map) {
    if (key.size() + 2 < letters.size()) continue;  // most keys, for the sentences that people write
    const std::u32string of_key = letters_of(key);
    const std::size_t apart = letters_apart(letters, of_key);
    const std::size_t shorter = std::min(letters.size(), of_key.size());
    if (apart >= fewest || 2 * apart >= shorter) continue;
    fewest = apart;
    closest = key;
  }
  return closest;
}

}  // namespace churn::inline v0

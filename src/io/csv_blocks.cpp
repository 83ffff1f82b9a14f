#include "io/csv_blocks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/shares.hpp"

namespace churn::inline v0 {
namespace reading {

namespace {

constexpr std::size_t nowhere = std::string_view::npos;

/// What a block is, if it begins outside or inside of quotes.
struct BlockReading {
  std::size_t row_start{nowhere};  // the first place behind a line end outside of quotes
  bool ends_inside{false};
};

/// The first `c` from `at` on and before `end`, else `end`.
std::size_t find(std::string_view text, char c, std::size_t at, std::size_t end) {
  const std::size_t found = text.substr(at, end - at).find(c);
  return found == nowhere ? end : at + found;
}

/// What a block without quotes is, by whether it begins outside or inside of some.
std::array<BlockReading, 2> read_without_quotes(std::string_view text, std::size_t begin, std::size_t end) {
  const std::size_t line_end = find(text, '\n', begin, end);
  return {BlockReading{line_end == end ? nowhere : line_end + 1, false}, BlockReading{nowhere, true}};
}

/// Goes from quote to quote. One that begins a field opens it, any other one outside of quotes is a character.
BlockReading read_block(std::string_view text, std::size_t begin, std::size_t end, bool inside) {
  BlockReading reading;
  for (std::size_t at = begin; at < end;) {
    const std::size_t quote = find(text, '"', at, end);
    if (!inside && reading.row_start == nowhere)
      if (const std::size_t line_end = find(text, '\n', at, quote); line_end != quote)
        reading.row_start = line_end + 1;
    if (quote == end) break;
    const bool opens = !inside && (quote == 0 || text[quote - 1] == ',' || text[quote - 1] == '\n');
    const bool is_doubled = inside && quote + 1 < end && text[quote + 1] == '"';
    inside = opens || (inside && is_doubled);
    at = quote + (is_doubled ? 2 : 1);
  }
  reading.ends_inside = inside;
  return reading;
}

}  // namespace

std::vector<std::size_t> row_starts(std::string_view text, std::size_t from, std::size_t block_bytes,
                                    unsigned threads) {
  block_bytes = std::max<std::size_t>(block_bytes, 1);
  std::vector<std::size_t> bounds{from};
  while (text.size() - bounds.back() > block_bytes) {
    std::size_t bound = bounds.back() + block_bytes;
    while (bound < text.size() && (text[bound] == '"' || text[bound - 1] == '"')) ++bound;  // none in two
    bounds.push_back(bound);
  }
  const std::size_t blocks = bounds.size();
  bounds.push_back(text.size());

  std::vector<std::array<BlockReading, 2>> readings(blocks);  // that begin outside, inside
  do_shares(blocks, threads, [&] {
    return [&](std::size_t block) {
      const std::size_t begin = bounds[block];
      const std::size_t end = bounds[block + 1];
      if (find(text, '"', begin, end) == end) {
        readings[block] = read_without_quotes(text, begin, end);
        return;
      }
      for (const bool inside : {false, true})
        readings[block][inside ? 1 : 0] = read_block(text, begin, end, inside);
    };
  });

  std::vector<std::size_t> starts;
  bool inside = false;
  for (std::size_t block = 0; block < blocks; ++block) {
    const BlockReading& reading = readings[block][inside ? 1 : 0];
    if (block > 0 && reading.row_start < text.size()) starts.push_back(reading.row_start);
    inside = reading.ends_inside;
  }
  return starts;
}

}  // namespace reading
}  // namespace churn::inline v0

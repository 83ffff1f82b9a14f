#include "io/csv_blocks.hpp"

#include <churn/io/csv.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace churn {
namespace {

using reading::row_starts;
using Places = std::vector<std::size_t>;

/// Where the rows of a text begin, as a reader goes through it.
Places rows_of(const std::string& text) {
  Rejections rejections;
  CsvReader csv{text, "a.csv", rejections};
  Places places{csv.position()};
  for (CsvRow row; csv.next(row);) places.push_back(csv.position());
  return places;
}

TEST(CsvBlocks, BeginBehindTheFirstLineEndOfEachStretch) {
  EXPECT_EQ(row_starts("a\n1\n2\n3\n4\n", 2, 4, 1), (Places{8}));
  EXPECT_EQ(row_starts("a\n1\n2\n3\n4\n", 2, 2, 1), (Places{6, 8}));
}

TEST(CsvBlocks, OfATextThatIsNoLongerThanOneThereAreNone) {
  EXPECT_TRUE(row_starts("a\n1\n2\n", 2, 100, 2).empty());
  EXPECT_TRUE(row_starts("a\n", 2, 1, 2).empty());
  EXPECT_TRUE(row_starts("", 0, 1, 2).empty());
}

TEST(CsvBlocks, NoneBeginsBehindALineEndInsideOfQuotes) {
  const std::string text = "a,b\n1,\"x\ny\nz\nx\ny\nz\"\n2,3\n4,5\n";
  for (std::size_t bytes = 1; bytes < text.size(); ++bytes)
    for (const std::size_t start : row_starts(text, 4, bytes, 1))
      EXPECT_TRUE(start == 20 || start == 24) << bytes << ' ' << start;
}

TEST(CsvBlocks, AQuoteInsideAFieldOpensNone) {
  EXPECT_EQ(row_starts("a\n5\" pipe\n6\" pipe\n7\n", 2, 9, 1), (Places{18}));
}

TEST(CsvBlocksProperty, OfAWellFormedTextEachBeginsWhereARowDoesAndMostStretchesHaveOne) {
  constexpr std::string_view pieces[] = {"a", "bc", ",", "\"", "\n", "\r\n", " ", "5\"", "\xC3\xA9"};
  std::mt19937 random(20250117);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 1000; ++round) {
    const std::string line_end = below(2) == 0 ? "\n" : "\r\n";
    std::string text = "a,b" + line_end;
    for (std::size_t row = below(30); row > 0; --row) {
      for (int column = 0; column < 2; ++column) {
        std::string field;
        for (std::size_t n = below(4); n > 0; --n) field += pieces[below(std::size(pieces))];
        const bool must_quote =
            field.starts_with('"') || field.find_first_of(",\r\n") != std::string::npos || below(4) == 0;
        if (must_quote) {
          std::string quoted = "\"";
          for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
          field = quoted + "\"";
        }
        text += (column == 0 ? "" : ",") + field;
      }
      text += line_end;
    }
    const Places rows = rows_of(text);
    const std::size_t bytes = 1 + below(60);
    const Places starts = row_starts(text, rows.front(), bytes, 1);
    ASSERT_TRUE(std::includes(rows.begin(), rows.end(), starts.begin(), starts.end())) << text;
    for (const unsigned threads : {2U, 3U, 7U})
      ASSERT_EQ(row_starts(text, rows.front(), bytes, threads), starts);
    ASSERT_TRUE(!starts.empty() || bytes < 60 || text.size() <= 400) << text;
  }
}

}  // namespace
}  // namespace churn

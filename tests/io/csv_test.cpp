#include <churn/io/csv.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace churn {
namespace {

using Fields = std::vector<std::string>;

struct Read {
  Fields header;
  std::vector<Fields> rows;
  std::vector<std::int64_t> numbers;
  Rejections rejections;
};

Read read(std::string_view text) {
  Read result;
  CsvReader csv(text, "a.csv", result.rejections);
  result.header = csv.header();
  for (CsvRow row; csv.next(row);) {
    result.rows.emplace_back(row.fields.begin(), row.fields.end());
    result.numbers.push_back(row.number);
  }
  return result;
}

/// The only rejection.
Rejection only(const Read& read) {
  EXPECT_EQ(read.rejections.entries().size(), 1u);
  return read.rejections.empty() ? Rejection{} : read.rejections.entries().front();
}

TEST(Csv, ReadsHeaderAndRows) {
  const Read csv = read("a,b\n1,2\n3,4\n");
  EXPECT_EQ(csv.header, (Fields{"a", "b"}));
  EXPECT_EQ(csv.rows, (std::vector<Fields>{{"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(csv.numbers, (std::vector<std::int64_t>{2, 3}));
  EXPECT_TRUE(csv.rejections.empty());
}

TEST(Csv, ReadsTheSameRowsWhateverTheLineEndsAndTheByteOrderMark) {
  const std::vector<Fields> expected{{"1", ""}, {"long enough for a word", "x"}};
  for (const std::string_view text :
       {"a,b\n1,\nlong enough for a word,x\n", "a,b\n1,\nlong enough for a word,x",
        "a,b\r\n1,\r\nlong enough for a word,x\r\n", "a,b\r\n1,\r\nlong enough for a word,x\r",
        "\xEF\xBB\xBF"
        "a,b\n1,\nlong enough for a word,x",
        "a,b\r\n1,\"\"\r\n\"long enough for a word\",\"x\"\r\n",
        "\"a\",\"b\"\r\n\"1\",\r\nlong enough for a word,\"x\"\r",
        "a,b\n1,\r\nlong enough for a word,\"x\""}) {
    const Read csv = read(text);
    EXPECT_EQ(csv.header, (Fields{"a", "b"})) << text;
    EXPECT_EQ(csv.rows, expected) << text;
    EXPECT_TRUE(csv.rejections.empty()) << text;
  }
}

TEST(Csv, AnEmptyLastFieldNeedsNoLineEnd) {
  EXPECT_EQ(read("a,b\n1,").rows, (std::vector<Fields>{{"1", ""}}));
  EXPECT_EQ(read("a,b\n1,\"\"").rows, (std::vector<Fields>{{"1", ""}}));
  EXPECT_EQ(read("a,b\n,").rows, (std::vector<Fields>{{"", ""}}));
}

TEST(Csv, QuotedFieldsHoldCommasLineEndsAndQuotes) {
  const Read csv = read("a,b\n\"x, y\",\"one\ntwo\r\nthree\"\n\"say \"\"hi\"\"\",\"\"\"\"\n");
  EXPECT_EQ(csv.rows, (std::vector<Fields>{{"x, y", "one\ntwo\r\nthree"}, {"say \"hi\"", "\""}}));
  EXPECT_EQ(csv.numbers, (std::vector<std::int64_t>{2, 3}));
  EXPECT_TRUE(csv.rejections.empty());
}

TEST(Csv, HeaderNamesMayBeQuoted) {
  EXPECT_EQ(read("\"a,\"\"1\"\"\",\"b\nc\"\n1,2\n").header, (Fields{"a,\"1\"", "b\nc"}));
}

TEST(Csv, AQuoteInsideAnUnquotedFieldIsAnOrdinaryCharacter) {
  EXPECT_EQ(read("a,b\n5\" pipe,Joe \"X\" Doe\n").rows, (std::vector<Fields>{{"5\" pipe", "Joe \"X\" Doe"}}));
}

TEST(Csv, SpacesAndLoneCarriageReturnsAreData) {
  EXPECT_EQ(read("a,b\n 1 ,x\ry\n").rows, (std::vector<Fields>{{" 1 ", "x\ry"}}));
}

TEST(Csv, BlankLinesAreSkippedButCountedAsASpreadsheetDoes) {
  const Read csv = read("\n\r\na,b\n\n1,2\n\r\n\n3,4\n\n\r");
  EXPECT_EQ(csv.header, (Fields{"a", "b"}));
  EXPECT_EQ(csv.rows.size(), 2u);
  EXPECT_EQ(csv.numbers, (std::vector<std::int64_t>{5, 8}));
  EXPECT_TRUE(csv.rejections.empty());
}

TEST(Csv, ARecordWithLineEndsInsideCountsOnce) {
  EXPECT_EQ(read("a\n\"1\n\n2\"\n3\n").numbers, (std::vector<std::int64_t>{2, 3}));
}

TEST(Csv, AFileWithoutAnyLineIsEmpty) {
  for (const std::string_view text :
       {std::string_view{}, std::string_view{""}, std::string_view{"\xEF\xBB\xBF"},
        std::string_view{"\n\r\n\n"}, std::string_view{"\r"}}) {
    const Read csv = read(text);
    EXPECT_TRUE(csv.header.empty());
    EXPECT_TRUE(csv.rows.empty());
    EXPECT_EQ(only(csv).code, RejectionCode::empty_file);
    EXPECT_EQ(only(csv).row, 0);
    EXPECT_EQ(only(csv).source, "a.csv");
  }
}

TEST(Csv, AHeaderAloneHasNoRows) {
  const Read csv = read("a,b");
  EXPECT_EQ(csv.header.size(), 2u);
  EXPECT_TRUE(csv.rows.empty());
  EXPECT_TRUE(csv.rejections.empty());
}

TEST(Csv, RejectsRowsWithTooFewOrTooManyFields) {
  const Read csv = read("a,b\n1\n1,2,3\n1,2\n");
  EXPECT_EQ(csv.rows, (std::vector<Fields>{{"1", "2"}}));
  EXPECT_EQ(csv.numbers, (std::vector<std::int64_t>{4}));
  ASSERT_EQ(csv.rejections.entries().size(), 2u);
  const Rejection& few = csv.rejections.entries()[0];
  EXPECT_EQ(few, (Rejection{RejectionCode::wrong_field_count, "a.csv", 2, "",
                            "The row has 1 field, the header has 2."}));
  EXPECT_EQ(csv.rejections.entries()[1].reason, "The row has 3 fields, the header has 2.");
}

TEST(Csv, SurplusFieldsThatAreQuotedAreCountedOnly) {
  const Read csv = read("a\n1,\"x\"\"y\"\n2\n");
  EXPECT_EQ(only(csv).code, RejectionCode::wrong_field_count);
  EXPECT_EQ(csv.rows, (std::vector<Fields>{{"2"}}));
}

TEST(Csv, AnUnclosedQuoteCostsOnlyTheRecordInWhichItOpens) {
  const Read csv = read("a,b\n1,2\n3,\"4\n5,6\n7,8\n");
  EXPECT_EQ(csv.rows, (std::vector<Fields>{{"1", "2"}, {"5", "6"}, {"7", "8"}}));
  EXPECT_EQ(csv.numbers, (std::vector<std::int64_t>{2, 4, 5}));
  EXPECT_EQ(only(csv).code, RejectionCode::unclosed_quote);
  EXPECT_EQ(only(csv).row, 3);
  EXPECT_EQ(only(csv).field, "b");
}

TEST(Csv, AnUnclosedQuoteBeforeQuotedRowsKeepsThem) {
  const Read csv = read("a,b\n1,\"Acme\n2,\"Bolt, Inc\"\n3,\"Cog\"\n");
  EXPECT_EQ(csv.rows, (std::vector<Fields>{{"2", "Bolt, Inc"}, {"3", "Cog"}}));
  EXPECT_EQ(csv.numbers, (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(only(csv).code, RejectionCode::unclosed_quote);
}

TEST(Csv, AQuoteThatNeverClosesOnTheLastLineIsRejected) {
  for (const std::string_view text :
       {"a,b\n1,2\n3,\"", "a,b\n1,2\n3,\"4", "a,b\n1,2\n3,\"4\"\"", "a,b\n1,2\n3,\"\n"}) {
    const Read csv = read(text);
    EXPECT_EQ(csv.rows, (std::vector<Fields>{{"1", "2"}})) << text;
    EXPECT_EQ(only(csv).code, RejectionCode::unclosed_quote) << text;
    EXPECT_EQ(only(csv).row, 3) << text;
  }
}

TEST(Csv, TextAfterAClosingQuoteIsRejectedAndFollowingRowsAreKept) {
  const Read csv = read("a,b\n\"a\"b,2\n\"c\" ,4\n5,\"6\"\r7\n8,9\n");
  EXPECT_EQ(csv.rows, (std::vector<Fields>{{"8", "9"}}));
  EXPECT_EQ(csv.rejections.count(RejectionCode::unclosed_quote), 3u);
  EXPECT_NE(csv.rejections.entries()[0].reason.find("Text follows"), std::string::npos);
  EXPECT_EQ(csv.numbers, (std::vector<std::int64_t>{5}));
}

TEST(Csv, ManyLinesThatEachSeemToOpenAQuoteTakeLinearTime) {
  // Outside of quotes each line opens one, and inside each closes one and opens the next: read naively, every
  // line would be read to the end of the file. 300,000 lines would take minutes.
  std::string text = "a,b\n";
  for (int i = 0; i < 300000; ++i) text += "a\",\"\n";
  const Read csv = read(text);
  EXPECT_TRUE(csv.rows.empty());
  EXPECT_EQ(csv.rejections.count(RejectionCode::unclosed_quote), 300000u);
  EXPECT_EQ(csv.rejections.entries().back().row, 300001);
}

TEST(Csv, AHeaderThatCannotBeReadLeavesNoRows) {
  for (const std::string_view text :
       {std::string_view{"a,\"b\n1,2\n"}, std::string_view{"a,\"b\"c\n1,2\n"},
        std::string_view{"a,\xFF\n1,2\n"}, std::string_view{"a,\0\n1,2\n", 8}}) {
    const Read csv = read(text);
    EXPECT_TRUE(csv.header.empty());
    EXPECT_TRUE(csv.rows.empty());
    EXPECT_EQ(only(csv).row, 1);
  }
}

TEST(Csv, SaysThatAFileIsUtf16) {
  const Read csv =
      read(std::string_view("\xFF\xFE"
                            "a\0,\0b\0\n\0",
                            10));
  EXPECT_TRUE(csv.header.empty());
  EXPECT_EQ(only(csv).code, RejectionCode::invalid_utf8);
  EXPECT_EQ(only(csv).reason, "The file is UTF-16. Save it as UTF-8.");
}

TEST(Csv, AByteZeroCostsItsRecordOnly) {
  using namespace std::string_view_literals;
  const Read csv = read("a,b\n1,2\nlong enough for a word,\0\n\"\0\",x\n3,4\n"sv);
  EXPECT_EQ(csv.rows, (std::vector<Fields>{{"1", "2"}, {"3", "4"}}));
  ASSERT_EQ(csv.rejections.count(RejectionCode::nul_byte), 2u);
  EXPECT_EQ(csv.rejections.entries()[0].row, 3);
  EXPECT_EQ(csv.rejections.entries()[0].field, "b");
  EXPECT_EQ(csv.rejections.entries()[1].field, "a");
}

TEST(Csv, Utf8IsKeptAndAnythingElseCostsItsRecordOnly) {
  const std::string good = "caf\xC3\xA9,\xE2\x82\xAC,\xF0\x9F\x98\x80,\xF4\x8F\xBF\xBF";
  EXPECT_EQ(read("a,b,c,d\n" + good + "\n").rows,
            (std::vector<Fields>{{"caf\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"}}));
  for (const std::string_view bad :
       {"\xE9t\xE9", "\xC3", "\xC0\xAF", "\xE2\x82", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80",
        "in a longer text \xE2\x28\xA1 with more behind it"}) {
    const Read csv = read("a,b\n1,2\n3," + std::string(bad) + "\n5,\xC3\xA9\n");
    EXPECT_EQ(csv.rows, (std::vector<Fields>{{"1", "2"}, {"5", "\xC3\xA9"}})) << bad;
    EXPECT_EQ(only(csv).code, RejectionCode::invalid_utf8);
    EXPECT_EQ(only(csv).row, 3);
    EXPECT_EQ(only(csv).field, "b");
    const Read quoted = read("a,b\n3,\"" + std::string(bad) + "\"\n5,6\n");
    EXPECT_EQ(quoted.rows, (std::vector<Fields>{{"5", "6"}}));
    EXPECT_EQ(only(quoted).code, RejectionCode::invalid_utf8);
  }
}

TEST(Csv, ReadsFromTheMiddleOfALargerBufferWithoutLookingBeyondIt) {
  const std::string buffer = "a,b\n1,2,\xFF\"junk";
  EXPECT_EQ(read(std::string_view(buffer).substr(0, 7)).rows, (std::vector<Fields>{{"1", "2"}}));
}

std::string written(const std::string& field, bool quote) {
  if (!quote) return field;
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

TEST(CsvProperty, WhatIsWrittenWithQuotesReadsBackEqual) {
  constexpr std::string_view pieces[] = {
      "a", "bc", ",", "\"", "\n", "\r\n", "\r", " ", "0123456789", "\xC3\xA9", "\xF0\x9F\x98\x80", ";"};
  std::mt19937 random(20240229);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 3000; ++round) {
    const std::size_t columns = 2 + below(4);
    std::vector<Fields> rows(1 + below(6), Fields(columns));
    const std::string line_end = below(2) == 0 ? "\n" : "\r\n";
    std::string text;
    for (Fields& row : rows) {
      for (std::size_t i = 0; i < columns; ++i) {
        for (std::size_t n = below(5); n > 0; --n) row[i] += pieces[below(std::size(pieces))];
        const bool must_quote = row[i].find_first_of(",\"\r\n") != std::string::npos;
        text += (i == 0 ? "" : ",") + written(row[i], must_quote || below(3) == 0);
      }
      text += line_end;
    }
    if (below(2) == 0) text.resize(text.size() - line_end.size());
    const Read csv = read(text);
    ASSERT_TRUE(csv.rejections.empty()) << text;
    ASSERT_EQ(csv.header, rows.front()) << text;
    ASSERT_EQ(csv.rows, std::vector<Fields>(rows.begin() + 1, rows.end())) << text;
  }
}

TEST(CsvProperty, AnyBytesGiveRowsOfTheHeadersLengthWithAscendingNumbers) {
  constexpr std::string_view alphabet = ",,,\"\"\"\n\n\n\r\rab\xC3\xA9\xFF";
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string text = "a,b\n";
    for (std::size_t n = random() % 40; n > 0; --n) text += alphabet[random() % alphabet.size()];
    const Read csv = read(text);
    ASSERT_EQ(csv.header.size(), 2u);
    for (const Fields& row : csv.rows) ASSERT_EQ(row.size(), 2u);
    ASSERT_TRUE(std::is_sorted(csv.numbers.begin(), csv.numbers.end()));
    ASSERT_TRUE(std::adjacent_find(csv.numbers.begin(), csv.numbers.end()) == csv.numbers.end());
    // A good row in front of it changes nothing.
    const Read more = read("a,b\n1,2\n" + text.substr(4));
    ASSERT_EQ(more.rows.front(), (Fields{"1", "2"})) << text;
    ASSERT_EQ(more.rows.size(), csv.rows.size() + 1) << text;
    ASSERT_EQ(more.rejections.entries().size(), csv.rejections.entries().size()) << text;
  }
}

TEST(CsvProperty, AStrayQuoteNeverCostsTheRowsAroundIt) {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    const std::size_t rows = 3 + random() % 20;
    const std::size_t bad = random() % rows;
    std::string text = "id,name,plan\n";
    std::vector<Fields> expected;
    for (std::size_t i = 0; i < rows; ++i) {
      const std::string id = "c" + std::to_string(i);
      if (i == bad) {
        text += id + ",\"Stray,pro\n";
        continue;
      }
      const bool quoted = random() % 2 == 0;
      text += id + (quoted ? ",\"Acme, Inc\",pro\n" : ",Acme,pro\n");
      expected.push_back({id, quoted ? "Acme, Inc" : "Acme", "pro"});
    }
    const Read csv = read(text);
    ASSERT_EQ(csv.rows, expected) << text;
    ASSERT_EQ(only(csv).row, static_cast<std::int64_t>(bad) + 2);
  }
}

/// Rows of all kinds, of which many are wrong.
std::string hostile_text(std::mt19937& random) {
  constexpr std::string_view pieces[] = {"a",        "b,c",    ",",         "\"",           "\n",   "\n",
                                         "\r\n",     "1,2\n",  "3,4\n",     "\"x\"",        "\"\"", "\xFF",
                                         "\xC3\xA9", "\"\n\"", "5,\"6\"\n", "\"7\"\"\",8\n"};
  std::string text = "a,b\n";
  for (std::size_t n = random() % 60; n > 0; --n) text += pieces[random() % std::size(pieces)];
  return text;
}

void take_all(CsvReader& csv, Read& into) {
  for (CsvRows rows; csv.next(rows);)
    for (std::size_t row = 0; row < rows.numbers.size(); ++row) {
      const auto fields = rows.fields.subspan(row * csv.header().size(), csv.header().size());
      into.rows.emplace_back(fields.begin(), fields.end());
      into.numbers.push_back(rows.numbers[row]);
    }
}

TEST(CsvProperty, SeveralRowsAtOnceAreThoseThatComeOneAfterTheOther) {
  std::mt19937 random(3);
  for (int round = 0; round < 5000; ++round) {
    std::string text = hostile_text(random);
    if (round % 50 == 0)
      for (int i = 0; i < 200; ++i) text += "1,2\n";  // more than are given at once
    const Read single = read(text);
    Read several;
    CsvReader csv(text, "a.csv", several.rejections);
    take_all(csv, several);
    ASSERT_EQ(several.rows, single.rows) << text;
    ASSERT_EQ(several.numbers, single.numbers) << text;
    ASSERT_EQ(several.rejections.entries(), single.rejections.entries()) << text;
  }
}

/// Rows without quotes, as most are, and a few that are odd: longer than what is looked at ahead of them, or wrong.
std::string mostly_plain_text(std::mt19937& random) {
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::size_t width = below(20) == 0 ? 1500 : 1 + below(12);
  const std::size_t longest = 1 + (below(3) == 0 ? below(400) : below(12));
  const std::string line_end = below(3) == 0 ? "\r\n" : "\n";
  const std::size_t odd = 5 + below(300);  // one field in so many
  constexpr std::string_view pieces[] = {"\"a,\nb\"", "\"a\"\"b\"", "\"",   "5\" pipe", "\xC3\xA9", "\xFF",
                                         "\r",        "\n",         "\r\n", ",",        "\n\n"};
  std::string text;
  for (std::size_t rows = 1 + below(width > 100 ? 6 : 300), row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < width; ++i) {
      if (i > 0) text += ',';
      if (row > 0 && below(odd) == 0)
        text += below(12) == 0 ? std::string_view("\0", 1) : pieces[below(std::size(pieces))];
      else
        text.append(below(longest), static_cast<char>('a' + below(26)));
    }
    text += line_end;
  }
  text.resize(text.size() - below(4));
  return text;
}

TEST(CsvProperty, PlainRowsReadAheadAreThoseReadOneByOne) {
  std::mt19937 random(11);
  std::size_t rows = 0;
  for (int round = 0; round < 600; ++round) {
    const std::string text = mostly_plain_text(random);
    const Read single = read(text);
    Read several;
    CsvReader csv(text, "a.csv", several.rejections);
    take_all(csv, several);
    ASSERT_EQ(several.rows, single.rows) << text;
    ASSERT_EQ(several.numbers, single.numbers) << text;
    ASSERT_EQ(several.rejections.entries(), single.rejections.entries()) << text;
    rows += single.rows.size();
  }
  EXPECT_GT(rows, 20000U);
}

// What is found wrong while several rows are read is told after the rows before it were given, not earlier.
TEST(Csv, ABadRowBehindGoodOnesIsReportedAfterTheyWereGiven) {
  Rejections rejections;
  CsvReader csv("a,b\n1,2\n3,\"4\n5,6\n7\n8,9\n", "a.csv", rejections);
  CsvRows rows;
  ASSERT_TRUE(csv.next(rows));
  EXPECT_EQ(rows.numbers.size(), 1u);
  EXPECT_TRUE(rejections.empty());
  ASSERT_TRUE(csv.next(rows));
  EXPECT_EQ(rows.numbers.size(), 1u);
  EXPECT_EQ(rejections.entries().size(), 1u);
  ASSERT_TRUE(csv.next(rows));
  EXPECT_EQ(rows.numbers.front(), 6);
  EXPECT_FALSE(csv.next(rows));
  EXPECT_EQ(rejections.entries().size(), 2u);
}

// Whatever the places at which a text is cut, as where a window on its file ends: a row that is cut is read with the next
// stretch, which begins with it.
TEST(CsvProperty, StretchesThatEachBeginWithTheRowThatWasNotReadGiveTheWhole) {
  std::mt19937 random(19);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = hostile_text(random);
    const Read whole = read(text);
    Read joined;
    std::optional<CsvReader> csv;
    std::size_t begin = 0;
    std::size_t end = 0;
    const auto longer = [&] { end = std::min<std::size_t>(text.size(), end + 1 + random() % 9); };
    const auto stretch = [&] { return std::string_view(text).substr(begin, end - begin); };
    const auto extent = [&] {
      return end == text.size() ? CsvReader::Extent::whole : CsvReader::Extent::beginning;
    };
    do {
      longer();
      csv.emplace(stretch(), "a.csv", joined.rejections, extent());
    } while (csv->needs_more());
    while (!csv->header().empty()) {
      take_all(*csv, joined);
      if (end == text.size()) break;
      begin += csv->position();
      longer();
      csv->go_on(stretch(), extent());
    }
    ASSERT_EQ(joined.rows, whole.rows) << text;
    ASSERT_EQ(joined.numbers, whole.numbers) << text;
    ASSERT_EQ(joined.rejections.entries(), whole.rejections.entries()) << text;
  }
}

TEST(CsvProperty, PartsThatStopWhereTheNextBeginsAndForeseeNothingGiveTheWhole) {
  std::mt19937 random(17);
  std::size_t parts = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string text = hostile_text(random);
    const Read whole = read(text);
    Read ignored;
    const CsvReader header(text, "a.csv", ignored.rejections);
    Read joined;
    std::int64_t rows = header.row_count();
    for (std::size_t begin = header.position(); begin < text.size(); ++parts) {
      Read part;
      const std::string_view rest = std::string_view(text).substr(begin);
      CsvReader csv(header, rest, CsvReader::Extent::whole, part.rejections);
      csv.read_until(std::min<std::size_t>(rest.size(), 1 + random() % 20));
      take_all(csv, part);
      while (csv.foresees()) {
        csv.read_until(std::min(rest.size(), csv.position() + 1));
        take_all(csv, part);
      }
      joined.rows.insert(joined.rows.end(), part.rows.begin(), part.rows.end());
      for (const std::int64_t number : part.numbers) joined.numbers.push_back(rows + number);
      for (Rejection rejection : part.rejections.entries()) {
        rejection.row += rows;
        joined.rejections.add(rejection);
      }
      rows += csv.row_count();
      begin += csv.position();
    }
    ASSERT_EQ(joined.rows, whole.rows) << text;
    ASSERT_EQ(joined.numbers, whole.numbers) << text;
    ASSERT_EQ(joined.rejections.entries(), whole.rejections.entries()) << text;
  }
  EXPECT_GT(parts, 6000u);
}

}  // namespace
}  // namespace churn

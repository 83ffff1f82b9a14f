#include <churn/io/book_folder.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

#include "support/contents.hpp"

namespace churn {
namespace {

using support::contents;
using Files = std::map<std::string, std::string>;

BookFiles views_of(const Files& files) { return {files.begin(), files.end()}; }

/// Files on a disk, while it is there.
class Folder {
 public:
  explicit Folder(const Files& files) {
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(testing::TempDir()) / (std::string("churn_") + test.name());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
    for (const auto& [name, text] : files) std::ofstream(path_ / name, std::ios::binary) << text;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// That nothing of a book depends on how many threads read it, nor on the blocks, nor on how much of a file is in memory.
void expect_same_on_all_threads(const Files& files) {
  const LoadedBook one = read_book_files(views_of(files));
  const std::string expected = contents(one.records);
  for (const unsigned threads : {2U, 3U, 7U})
    for (const std::size_t block_bytes : {1U, 20U, 100U, 1000U}) {
      const LoadedBook many =
          read_book_files(views_of(files), {.threads = threads, .block_bytes = block_bytes});
      ASSERT_EQ(contents(many.records), expected) << files.at("subscriptions.csv");
      ASSERT_EQ(many.rejections.entries(), one.rejections.entries()) << files.at("subscriptions.csv");
      ASSERT_EQ(many.rejections.rejected(), one.rejections.rejected());
    }
  const Folder folder(files);
  for (const std::size_t block_bytes : {1U, 50U, 100U, 101U, 102U, 103U, 1000U}) {
    const unsigned threads = block_bytes % 2 == 0 ? 1 : 3;
    const LoadedBook in_windows =
        read_book_folder(folder.path(), {.threads = threads, .block_bytes = block_bytes});
    ASSERT_EQ(contents(in_windows.records), expected) << block_bytes << files.at("subscriptions.csv");
    ASSERT_EQ(in_windows.rejections.entries(), one.rejections.entries())
        << block_bytes << files.at("subscriptions.csv");
    ASSERT_EQ(in_windows.rejections.rejected(), one.rejections.rejected());
  }
}

std::string error_of(const Files& files, const ReadOptions& options) {
  try {
    (void)read_book_files(views_of(files), options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

const std::string phase_header =
    "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval,quantity,end_reason\n";

std::string phase(int i) {
  const std::string n = std::to_string(i);
  return "s" + n + ",c" + std::to_string(i / 3) + ",pro,2024-01-01,,49.00,USD,month,1,too expensive\n";
}

TEST(TableBlocks, RowsKeepTheirNumbersAndIdsTheirOrder) {
  std::string text = phase_header;
  for (int i = 0; i < 300; ++i) text += i % 50 == 49 ? "\nbad\n" : phase(i);
  expect_same_on_all_threads({{"subscriptions.csv", text}});
}

// Read from its middle, the text is rows inside of quotes and quotes inside of rows.
TEST(TableBlocks, AFieldOfManyLinesThatLookLikeRowsIsOneField) {
  std::string lines;
  for (int i = 0; i < 200; ++i) lines += phase(i);
  const std::string text =
      phase_header + phase(1) + "s,c,\"" + lines + "\",2024-01-01,,1,USD,month,,\n" + phase(2);
  expect_same_on_all_threads({{"subscriptions.csv", text}});
}

// The block in which the quote opens ends behind all the others. What it gave up it has left to itself to read.
TEST(TableBlocks, AQuoteThatNeverClosesCostsItsRowOnlyInWhateverBlockItOpens) {
  for (int bad = 0; bad < 40; bad += 3) {
    std::string text = phase_header;
    for (int i = 0; i < 40; ++i) text += i == bad ? "s,c,\"pro,2024-01-01,,1,USD,month,,\n" : phase(i);
    expect_same_on_all_threads({{"subscriptions.csv", text}});
    EXPECT_EQ(read_book_files(views_of({{"subscriptions.csv", text}}), {.threads = 3, .block_bytes = 100})
                  .records.phase_count(),
              39U);
  }
}

// A quote that never closes makes those who look for rows take what is inside of quotes for what is outside, so that a
// block begins inside of the row behind it. That row fails at its second quote, which whoever read it from its
// beginning knows when it meets the quote again, and whoever begins in its middle does not.
TEST(TableBlocks, WhatAnEarlierBlockKnowsOfAQuoteIsKnownInALaterOne) {
  const std::string unclosed = "s,\"c\n";
  const std::string fails_late = "s,\"c" + std::string(60, '\n') + "e\",\"f\"g\n";
  std::string text = phase_header;
  for (int i = 0; i < 20; ++i) text += phase(i) + unclosed + fails_late;
  expect_same_on_all_threads({{"subscriptions.csv", text}});
}

TEST(TableBlocks, StrictThrowsTheFirstRejectionWhicheverBlockFindsItFirst) {
  std::string text = phase_header;
  for (int i = 0; i < 200; ++i) text += i > 120 && i % 2 == 0 ? "s,c,pro,x,,1,USD,month,,\n" : phase(i);
  const Files files{{"subscriptions.csv", text}};
  const std::string expected = error_of(files, {.strict = true});
  EXPECT_EQ(expected.substr(0, 27), "subscriptions.csv, row 124,");
  for (const unsigned threads : {2U, 3U, 7U})
    EXPECT_EQ(error_of(files, {.strict = true, .threads = threads, .block_bytes = 50}), expected);
}

// One row of a megabyte between short ones, by windows of a kilobyte.
TEST(TableBlocks, ARowThatIsLongerThanTheWindowOnItsFileIsReadAsAnyOther) {
  const std::string plan(1U << 20U, 'p');
  const std::string text =
      phase_header + phase(1) + "s,c,\"" + plan + "\",2024-01-01,,1,USD,month,,\n" + phase(2);
  const Folder folder({{"subscriptions.csv", text}});
  const LoadedBook book = read_book_folder(folder.path(), {.block_bytes = 1024});
  EXPECT_TRUE(book.rejections.entries().empty());
  EXPECT_EQ(contents(book.records),
            contents(read_book_files(views_of({{"subscriptions.csv", text}})).records));
}

TEST(TableBlocksProperty, AnyTextGivesTheSameOnAnyThreadsInAnyBlocks) {
  std::mt19937 random(41);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const auto one_of = [&](const auto&... texts) {
    const std::string_view all[] = {texts...};
    return std::string(all[below(sizeof...(texts))]);
  };
  const auto name = [&](const std::string& prefix) {
    const std::string plain = prefix + std::to_string(below(20));
    return one_of(std::string_view(plain), std::string_view(plain), "42", "\"x, y\"", "\"a\n\"\"b\"\"\r\n\"",
                  "caf\xC3\xA9", "5\" pipe");
  };
  for (int round = 0; round < 60; ++round) {
    const std::string end = one_of("\n", "\n", "\r\n");
    const std::string mark = one_of("", "", "\xEF\xBB\xBF", "\n\n");
    const std::size_t hostile = below(3) == 0 ? 4 : 60;  // one row in so many is wrong
    const auto wrong = [&] {
      return one_of("", "\"", "a,\"b", "\"a\"b,c", "x,\xFF", ",,,,,,,,,", "\"a\n,\"b\"c", "a\",\"", "\r",
                    "\"\"\"", std::string_view("n\0l", 3)) +
             end;
    };
    Files files{{"customers.csv", mark + "customer_id,signed_up_on,name,size,industry,merged_into" + end},
                {"subscriptions.csv", mark + phase_header.substr(0, phase_header.size() - 1) + end},
                {"events.csv", mark + "customer_id,at,kind,value,label" + end},
                {"fx_rates.csv", "on,currency,rate" + end}};
    for (std::size_t n = below(60); n > 0; --n) {
      const auto add = [&](const char* file, const std::string& row) {
        files[file] += below(hostile) == 0 ? wrong() : row + end;
      };
      const std::string day = one_of("2024-01-01", "2024-02-29", "2023-02-29", "2021-12-31", "");
      add("customers.csv", name("c") + "," + day + "," + name("") + "," + one_of("", "1-10", "11-50") + "," +
                               one_of("retail", "", "software") + "," + one_of("", "", "", "c1"));
      for (int repeat = 0; repeat < 3; ++repeat)
        add("subscriptions.csv", name("s") + "," + name("c") + "," + one_of("pro", "basic", "") + "," + day +
                                     "," + one_of("", "2025-01-01", "2025-13-01") + "," +
                                     one_of("49.00", "0.5", "-3", "1e3", "99999999999999999999", "7") + "," +
                                     one_of("USD", "USD", "EUR", "XXX") + "," +
                                     one_of("month", "month", "year", "mo") + "," + one_of("", "3", "1.5") +
                                     "," + one_of("", "too expensive", "moved"));
      add("events.csv",
          name("c") + "," + one_of("2024-01-01T00:00:00Z", "2024-01-01T10:00:00+02:00", "noon") + "," +
              one_of("login", "export") + "," + one_of("", "2.5", "x") + "," + one_of("", "big"));
      add("fx_rates.csv", day + "," + one_of("EUR", "GBP", "euro") + "," + one_of("1.1", "0", ""));
    }
    for (auto& [file, text] : files)
      if (below(3) == 0) text.resize(text.size() - below(3));
    expect_same_on_all_threads(files);
  }
}

}  // namespace
}  // namespace churn

// `churn snapshot`, and what the other commands make of its files.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <filesystem>
#include <fstream>
#include <string>

namespace {

const std::string sample = CHURN_SOURCE_DIR "/examples/sample_book";

using support::text_of;

class SnapshotCommand : public support::CommandTest {
 protected:
  /// A book with rows that can't be read, and rows that can't be true.
  [[nodiscard]] std::string book_with_bad_rows() const {
    std::filesystem::create_directories(folder_ / "bad");
    std::ofstream{folder_ / "bad" / "subscriptions.csv", std::ios::binary}
        << "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval,colour\n"
           "s1,ann,pro,2024-01-10,,10.00,USD,month,red\n"
           "s2,bob,pro,someday,,10.00,USD,month,red\n"
           "s3,eve,pro,2024-02-10,2024-02-01,10.00,USD,month,red\n"
           "s4,kim,pro,2024-02-10,2024-03-20,20.00,USD,month,red\n";
    return file("bad");
  }

  void expect_the_same(const std::string& command, const std::string& options, const std::string& book,
                       const std::string& snapshot) const {
    const Outcome expected = run(command + " " + book + " " + options);
    const Outcome outcome = run(command + " " + snapshot + " " + options);
    EXPECT_EQ(outcome.status, expected.status) << command << options << outcome.err;
    EXPECT_EQ(outcome.out, expected.out) << command << options;
    EXPECT_FALSE(outcome.out.empty()) << command << options << outcome.err;
  }
};

TEST_F(SnapshotCommand, makes_a_file_that_answers_what_the_book_answers_to_the_byte) {
  const std::string snapshot = file("sample_book.book");
  const Outcome made = run("snapshot " + sample + " -o " + snapshot);
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(made.out, "");
  for (const char* command :
       {"check", "roster", "movements", "rates", "cohorts", "compare", "explain", "report"})
    expect_the_same(command, "", sample, snapshot);
  for (const char* command : {"movements", "rates", "cohorts"})
    expect_the_same(command, "--by plan,channel --where country=DE --period quarter --exact --format json",
                    sample, snapshot);
  const std::string again = file("again.book");
  ASSERT_EQ(run("snapshot " + snapshot + " -o " + again).status, 0);
  EXPECT_EQ(text_of(again), text_of(snapshot));
}

TEST_F(SnapshotCommand, makes_a_file_that_is_built_again_where_something_else_is_asked_for) {
  const std::string snapshot = file("sample_book.book");
  ASSERT_EQ(run("snapshot " + sample + " -o " + snapshot).status, 0);
  for (const char* options : {"--as-of 2024-06-01", "--conventions stripe", "--netting day",
                              "--conventions recurly --as-of 2024-09-15 --by plan"})
    expect_the_same("rates", options, sample, snapshot);
  expect_the_same("check", "--conventions mrr_playbook", sample, snapshot);

  const std::string stripe = file("stripe.book");
  ASSERT_EQ(run("snapshot " + sample + " --conventions stripe --as-of 2024-06-01 -o " + stripe).status, 0);
  const std::string asked = " --conventions stripe --as-of 2024-06-01";
  EXPECT_EQ(run("rates " + stripe).out, run("rates " + sample + asked).out) << "as it was made";
  EXPECT_EQ(run("rates " + stripe + asked).out, run("rates " + sample + asked).out) << "the same once more";
}

TEST_F(SnapshotCommand, keeps_what_was_rejected) {
  const std::string book = book_with_bad_rows();
  const std::string snapshot = file("bad.book");
  const Outcome made = run("snapshot " + book + " --strict -o " + snapshot);
  EXPECT_EQ(made.status, 1);
  EXPECT_NE(made.err.find("2 rows rejected, 1 notice"), std::string::npos) << made.err;
  for (const char* options : {"", "--as-of 2024-02-20", "--conventions stripe"}) {
    expect_the_same("check", options, book, snapshot);
    expect_the_same("rates", std::string("--strict ") + options, book, snapshot);
  }
  EXPECT_EQ(run("rates " + snapshot + " --strict --rejections " + file("b.csv")).status, 1);
  EXPECT_EQ(run("rates " + book + " --strict --rejections " + file("a.csv")).status, 1);
  EXPECT_FALSE(text_of(file("a.csv")).empty());
  EXPECT_EQ(text_of(file("b.csv")), text_of(file("a.csv")));
}

TEST_F(SnapshotCommand, makes_files_of_which_damaged_ones_are_refused_in_a_sentence) {
  const std::string snapshot = file("whole.book");
  ASSERT_EQ(run("snapshot " + sample + " -o " + snapshot).status, 0);
  const std::string bytes = text_of(snapshot);
  std::ofstream{file("cut.book"), std::ios::binary} << bytes.substr(0, bytes.size() / 2);
  expect_refused("rates " + file("cut.book"), "cut.book: The book ends too early: ");
  std::string damaged = bytes;
  damaged[damaged.size() / 2] ^= 1;
  std::ofstream{file("damaged.book"), std::ios::binary} << damaged;
  expect_refused("check " + file("damaged.book"), "damaged.book: The book is damaged: ");
  std::string later = bytes;
  later[8] = 9;
  std::ofstream{file("later.book"), std::ios::binary} << later;
  expect_refused("report " + file("later.book"), "later.book: The book has version 9 of the format");
}

TEST_F(SnapshotCommand, refuses_what_is_no_part_of_a_book) {
  const std::string output = " -o " + file("a.book");
  for (const std::string option : {"--from", "--where", "--period", "--threads"})
    expect_refused("snapshot " + sample + " " + option + " 1" + output, option + " (see churn --help)");
  expect_refused("snapshot " + sample, "--output is required");
  expect_refused("snapshot" + output, "snapshot: book is required");
  expect_refused("snapshot --from-cubes x.cubes" + output, "snapshot reads records, which cubes don't hold");
  const Outcome unwritten = run("snapshot " + sample + " -o " + file("nowhere") + "/a.book");
  EXPECT_EQ(unwritten.status, 2);
  EXPECT_TRUE(unwritten.err.ends_with("a.book can't be written.\n")) << unwritten.err;
  EXPECT_FALSE(std::filesystem::exists(file("a.book")));
}

}  // namespace

#endif

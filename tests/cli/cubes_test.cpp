// `churn partial`, `churn merge` and `--from-cubes` as other programs rely on them.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <filesystem>
#include <fstream>
#include <string>

namespace {

const std::string sample = CHURN_SOURCE_DIR "/examples/sample_book";
const std::string periods = " --as-of 2025-01-01 --from 2022-01-01 --to 2025-01-01";
const std::string header =
    "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval,quantity\n";

using support::text_of;

class CubesCommand : public support::CommandTest {
 protected:
  [[nodiscard]] std::string book(const std::string& name, const std::string& rows) const {
    write(name + "/subscriptions.csv", header + rows);
    return file(name);
  }
};

TEST_F(CubesCommand, what_cubes_answer_is_what_the_book_answers_to_the_byte) {
  for (const std::string& question : {std::string(), std::string(" --by plan --where country=DE"),
                                      std::string(" --by channel,tenure --conventions stripe"),
                                      std::string(" --by interval --netting day")}) {
    ASSERT_EQ(
        run("partial " + sample + periods + question + " --cohort first_paid,signed_up -o " + file("a.cubes"))
            .status,
        0);
    ASSERT_EQ(
        run("partial " + sample + periods + question + " --cohort first_paid,signed_up -o " + file("a.json"))
            .status,
        0);
    for (const std::string& command :
         {std::string("movements"), std::string("movements --exact"), std::string("rates"),
          std::string("cohorts"), std::string("cohorts --measure revenue --cohort signed_up"),
          std::string("cohorts --retention unbroken")})
      for (const char* format : {" --format table", " --format csv", " --format json"}) {
        const Outcome of_book = run(command + format + periods + question + " " + sample);
        ASSERT_EQ(of_book.status, 0);
        for (const char* cubes : {"a.cubes", "a.json"}) {
          const Outcome of_cubes = run(command + format + " --from-cubes " + file(cubes));
          EXPECT_EQ(of_cubes.status, 0);
          EXPECT_EQ(of_cubes.out, of_book.out) << command << format << question;
        }
      }
  }
}

TEST_F(CubesCommand, parts_in_any_order_make_the_file_of_the_whole) {
  const std::string a =
      "s1,ann,pro,2024-01-10,,100.00,USD,month,1\ns2,bob,basic,2024-01-01,2024-02-10,10.00,USD,month,1\n";
  const std::string b = "s3,eve,basic,2024-02-05,,10.00,USD,month,1\n";
  const std::string c = "s4,ken,team,2024-01-05,2024-03-01,300.00,USD,month,2\n";
  const std::string how = " --as-of 2024-04-01 --from 2024-01-01 --to 2024-04-01 --by plan";
  const auto partial = [&](const std::string& name, const std::string& rows) {
    const Outcome outcome = run("partial " + book(name, rows) + how + " -o " + file(name + ".cubes"));
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.out + outcome.err, "");
    return " " + file(name + ".cubes");
  };
  const std::string whole = partial("whole", a + b + c);
  const std::string first = partial("a", a);
  const std::string second = partial("b", b);
  const std::string third = partial("c", c);
  EXPECT_EQ(run("merge" + first + second + third + " -o " + file("sum.cubes")).status, 0);
  EXPECT_EQ(text_of(file("sum.cubes")), text_of(file("whole.cubes")));
  EXPECT_EQ(run("merge" + third + first + " -o " + file("some.json")).status, 0);
  EXPECT_EQ(run("merge " + file("some.json") + second + " -o " + file("sum2.cubes")).status, 0);
  EXPECT_EQ(text_of(file("sum2.cubes")), text_of(file("whole.cubes")));
  EXPECT_EQ(run("merge" + whole + " -o " + file("same.cubes")).status, 0);
  EXPECT_EQ(text_of(file("same.cubes")), text_of(file("whole.cubes")));
}

TEST_F(CubesCommand, parts_that_were_counted_otherwise_are_refused_with_both_files_and_values) {
  const std::string row = "s1,ann,pro,2024-01-10,,100.00,USD,month,1\n";
  const auto partial = [&](const std::string& name, const std::string& options) {
    EXPECT_EQ(run("partial " + book("book", row) + " --as-of 2024-04-01 --from 2024-01-01 " + options +
                  " -o " + file(name))
                  .status,
              0);
  };
  partial("a.cubes", "--to 2024-04-01");
  partial("b.cubes", "--to 2024-03-01");
  partial("c.cubes", "--to 2024-04-01 --by plan");
  partial("d.cubes", "--to 2024-04-01 --conventions recurly");
  const std::string a = "merge " + file("a.cubes") + " ";
  const std::string out = " -o " + file("sum.cubes");
  expect_refused(a + file("b.cubes") + out, "b.cubes: These cubes can't be added");
  expect_refused(a + file("b.cubes") + out, "to 2024-04-01, and month from 2024-01-01 to 2024-03-01");
  expect_refused(a + file("c.cubes") + out, "segments: none, and plan (lane)");
  expect_refused(a + file("d.cubes") + out, "conventions: standard, version 1, and recurly, version ");
  EXPECT_FALSE(std::filesystem::exists(file("sum.cubes")));
}

TEST_F(CubesCommand, options_that_contradict_the_cubes_are_refused) {
  ASSERT_EQ(run("partial " + sample + periods + " --by plan --where country=DE -o " + file("a.cubes")).status,
            0);
  const std::string rates = "rates --from-cubes " + file("a.cubes") + " ";
  expect_refused(rates + "--by channel", "--by asks for channel, but the cubes were counted by plan.");
  expect_refused(rates + "--period week", "--period asks for week, but the cubes were counted by month.");
  expect_refused(rates + "--where country=FR", "counted by country = DE.");
  expect_refused(rates + "--from 2022-02-01",
                 "--from asks for 2022-02-01, but the cubes were counted by 2022-01-01.");
  expect_refused(rates + "--to 2024-12-01", "--to asks for 2024-12-01");
  expect_refused(rates + "--as-of 2024-12-01", "--as-of asks for 2024-12-01");
  expect_refused(rates + "--conventions stripe", "--conventions asks for stripe");
  expect_refused(rates + "--netting day", "--netting asks for rate.netting by_day");
  expect_refused(rates + "--currency EUR", "--currency asks for book.currency EUR");
  expect_refused(rates + "--rejections " + file("r.csv"), "--rejections does not go with --from-cubes");
  expect_refused(rates + sample, "BOOK does not go with --from-cubes");
  expect_refused("cohorts --cohort signed_up --from-cubes " + file("a.cubes"), "There are: first_paid.");
  const Outcome outcome =
      run(rates + "--by plan --period month --where country=DE --conventions standard" + periods);
  EXPECT_EQ(outcome.status, 0) << "what says the same again is welcome: " << outcome.err;
}

TEST_F(CubesCommand, commands_about_customers_say_why_cubes_do_not_do) {
  ASSERT_EQ(run("partial " + sample + periods + " -o " + file("a.cubes")).status, 0);
  for (const char* command : {"roster", "explain"})
    expect_refused(command + (" --from-cubes " + file("a.cubes")),
                   "is about single customers, which cubes don't know");
  expect_refused("check --from-cubes " + file("a.cubes"), "check reads records, which cubes don't hold");
  expect_refused("compare --from-cubes " + file("a.cubes"), "cubes are counted under one");
  expect_refused("report --from-cubes " + file("a.cubes"), "report names customers");
  expect_refused("movements", "movements: book is required");
}

TEST_F(CubesCommand, what_can_not_be_read_is_said) {
  ASSERT_EQ(run("partial " + sample + periods + " -o " + file("a.cubes")).status, 0);
  const std::string bytes = text_of(file("a.cubes"));
  std::ofstream{file("cut.cubes"), std::ios::binary} << bytes.substr(0, bytes.size() - 7);
  expect_refused("rates --from-cubes " + file("cut.cubes"), "cut.cubes: The cubes end too early: ");
  expect_refused("merge " + file("a.cubes") + " " + file("cut.cubes") + " -o " + file("b.cubes"),
                 "cut.cubes: The cubes end too early: ");
  expect_refused("rates --from-cubes " + sample + "/customers.csv",
                 "customers.csv: This is no file of cubes.");
  expect_refused("rates --from-cubes " + file("none"), "none is not a file.");
  expect_refused("partial " + sample + periods + " --cohort sometimes -o " + file("b.cubes"),
                 "--cohort \"sometimes\" is unknown.");
}

TEST_F(CubesCommand, rejected_rows_of_all_parts_are_said) {
  const std::string how = " --as-of 2024-04-01 --from 2024-01-01 --to 2024-04-01";
  ASSERT_EQ(run("partial " +
                book("a", "s1,ann,pro,2024-01-10,,100.00,USD,month,1\ns2,bob,pro,soon,,1,USD,month,1\n") +
                how + " -o " + file("a.cubes"))
                .status,
            0);
  ASSERT_EQ(run("partial " +
                book("b",
                     "s3,eve,pro,soon,,1,USD,month,1\ns4,ken,pro,2024-01-01,,x,USD,month,1\n"
                     "s5,joe,pro,2024-01-01,,2,USD,month,1\n") +
                how + " -o " + file("b.cubes"))
                .status,
            0);
  Outcome outcome = run("merge " + file("a.cubes") + " " + file("b.cubes") + " -o " + file("c.cubes"));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "churn: 3 rows rejected in 2 parts: 2 bad_date, 1 bad_number\n");
  outcome = run("movements --from-cubes " + file("c.cubes"));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "churn: 3 rows rejected in the parts: 2 bad_date, 1 bad_number\n");
  EXPECT_EQ(run("movements --strict --from-cubes " + file("c.cubes")).status, 1);
  EXPECT_EQ(run("merge --strict " + file("c.cubes") + " -o " + file("d.cubes")).status, 1);
}

TEST_F(CubesCommand, a_book_of_several_currencies_is_counted_by_currency_and_without_cohorts) {
  const std::string rows =
      "s1,ann,pro,2024-01-10,,100.00,USD,month,1\ns2,bob,pro,2024-01-10,,90.00,EUR,month,1\n";
  const std::string partial = "partial " + book("book", rows) +
                              " --as-of 2024-04-01 --from 2024-01-01 --to 2024-04-01 -o " + file("a.cubes");
  const Outcome refused = run(partial + " --by currency");
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("Use --by currency and --cohort none, or --currency CODE."), std::string::npos)
      << refused.err;
  ASSERT_EQ(run(partial + " --by currency --cohort none").status, 0);
  EXPECT_EQ(run("movements --format csv --from-cubes " + file("a.cubes")).out,
            run("movements --format csv --by currency --as-of 2024-04-01 " + file("book")).out);
}

}  // namespace

#endif

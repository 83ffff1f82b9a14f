// The command line as other programs rely on it: output bytes, exit status, one line on stderr.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

using support::text_of;

class CommandLine : public support::CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    std::filesystem::create_directories(folder_ / "book");
  }

  void write(const std::string& file, const std::string& text) const {
    CommandTest::write("book/" + file, text);
  }
  void write_subscriptions(const std::string& rows) const {
    write("subscriptions.csv",
          "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval,quantity\n" + rows);
  }
  [[nodiscard]] std::string book() const { return (folder_ / "book").string(); }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_ / name; }
};

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

const std::string good_row = "s1,c1,pro,2024-01-01,,100.00,USD,month,1\n";

// ---- what good input gives

TEST_F(CommandLine, movements_in_csv_have_the_documented_columns) {
  write_subscriptions(good_row);
  const Outcome outcome = run("movements '" + book() + "' --as-of 2024-03-01 --format csv");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(
      outcome.out,
      "period,opening,new,reactivation,expansion,transfer_in,fx,contraction,churn,transfer_out,closing,"
      "opening_customers,new_customers,reactivated_customers,churned_customers,closing_customers,complete,"
      "transferred_in_customers,transferred_out_customers\n"
      "2024-01-01,0.00,100.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,100.00,0,1,0,0,1,1,0,0\n"
      "2024-02-01,100.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,100.00,1,0,0,0,1,1,0,0\n");
  EXPECT_EQ(outcome.err, "");
}

TEST_F(CommandLine, a_period_that_as_of_cuts_is_incomplete_and_one_behind_it_is_empty) {
  write_subscriptions(good_row);
  const Outcome outcome =
      run("movements '" + book() + "' --as-of 2024-01-15 --to 2024-03-01 --exact --format csv");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("\n2024-01-01,0,43200000,0,0,0,0,0,0,0,43200000,0,1,0,0,1,0,0,0\n"),
            std::string::npos);
  EXPECT_NE(outcome.out.find("\n2024-02-01,,,,,,,,,,,,,,,,0,,\n"), std::string::npos);
}

TEST_F(CommandLine, without_as_of_it_says_which_day_it_took) {
  write_subscriptions(good_row + "s2,c2,pro,2024-02-10,2027-01-01,100.00,USD,month,1\n");
  const Outcome outcome = run("roster '" + book() + "' --format csv");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.err.find("as of 2024-02-11"), std::string::npos) << "an end in 2027 does not move it";
  EXPECT_EQ(outcome.out, "customer_id,plan,mrr,since\nc1,pro,100.00,2024-01-01\nc2,pro,100.00,2024-02-10\n");
}

TEST_F(CommandLine, explain_names_customer_day_and_record) {
  write_subscriptions(
      "s1,c1,pro,2024-01-01,2024-02-15,100.00,USD,month,1\ns2,c2,pro,2024-01-01,,100.00,USD,month,1\n");
  const Outcome outcome =
      run("explain '" + book() + "' --as-of 2024-04-01 --period-of 2024-02-03 --format csv");
  EXPECT_EQ(
      outcome.out,
      "customer_id,from_mrr,to_mrr,day,record,amount,type,reason,rule,evidence\nc1,100.00,0.00,2024-02-15,"
      "subscriptions.csv row 2 (s1),100.00,unknown,unknown,,\n");
}

TEST_F(CommandLine, json_says_null_where_a_value_is_undefined) {
  write_subscriptions(good_row);
  const Outcome outcome = run("rates '" + book() + "' --as-of 2024-02-01 --format json");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find(
                "\"metric\": \"customer_churn_rate\",\n    \"numerator\": 0,\n    \"denominator\": 0,\n"
                "    \"value\": null"),
            std::string::npos);
  EXPECT_EQ(outcome.out.find("nan"), std::string::npos);
}

TEST_F(CommandLine, the_report_is_written_as_a_page_that_needs_nothing_else) {
  const Outcome outcome =
      run("report " CHURN_SOURCE_DIR "/examples/sample_book -o '" + file("report.html").string() + "'");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("MRR bridge"), std::string::npos);
  const std::string page = text_of(file("report.html"));
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_EQ(page.find("<link"), std::string::npos);
  EXPECT_EQ(page.find("<script src"), std::string::npos);
}

TEST_F(CommandLine, a_report_may_be_markdown_and_nothing_else_may) {
  write_subscriptions(good_row);
  const Outcome outcome = run("report '" + book() + "' --as-of 2024-03-01 --format markdown");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("# Churn report")) << outcome.out;
  EXPECT_NE(outcome.out.find("| month from | opening |"), std::string::npos) << outcome.out;
  expect_refused("rates '" + book() + "' --format markdown", "There are: table, csv, json.");
}

TEST_F(CommandLine, names_in_the_data_cannot_inject_markup_into_the_page) {
  write("customers.csv", "customer_id,channel\nc1,<script>alert(1)</script>\n");
  write_subscriptions(good_row);
  const Outcome outcome =
      run("report '" + book() + "' --as-of 2024-04-01 -o '" + file("report.html").string() + "'");
  EXPECT_EQ(outcome.status, 0);
  const std::string page = text_of(file("report.html"));
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(1)"), std::string::npos);
}

TEST_F(CommandLine, the_same_input_gives_the_same_bytes_with_any_number_of_threads) {
  const std::string arguments =
      "movements " CHURN_SOURCE_DIR "/examples/sample_book --by channel,industry --format csv";
  const Outcome one = run(arguments);
  EXPECT_EQ(one.status, 0);
  EXPECT_EQ(run(arguments).out, one.out);
  EXPECT_EQ(run(arguments + " --threads 4").out, one.out);
}

TEST_F(CommandLine, where_keeps_what_by_shows) {
  const std::string common = " " CHURN_SOURCE_DIR "/examples/sample_book --format csv";
  const std::string by = run("movements" + common + " --by channel").out;
  const std::string where = run("movements" + common + " --where channel=partner").out;
  std::string partner;
  std::istringstream rows{by};
  for (std::string row; std::getline(rows, row);)
    if (row.starts_with("partner,")) partner += row.substr(8) + "\n";
  EXPECT_EQ(partner, where.substr(where.find('\n') + 1));
}

// ---- what bad input gives

struct BadRow {
  const char* name;
  std::string row;
  const char* code;
  const char* field;
};

TEST_F(CommandLine, a_bad_row_is_rejected_with_row_field_and_reason_and_the_others_count) {
  const std::vector<BadRow> bad_rows{
      {"a bad date", "s2,c2,pro,2024-02-30,,100.00,USD,month,1\n", "bad_date", "starts_on"},
      {"a negative quantity", "s2,c2,pro,2024-01-01,,100.00,USD,month,-1\n", "negative_quantity", "quantity"},
      {"end before start", "s2,c2,pro,2024-01-02,2024-01-01,100.00,USD,month,1\n", "ends_before_start",
       "ends_on"},
      {"end at start", "s2,c2,pro,2024-01-02,2024-01-02,100.00,USD,month,1\n", "ends_before_start",
       "ends_on"},
      {"an unknown currency", "s2,c2,pro,2024-01-01,,100.00,XYZ,month,1\n", "unknown_currency", "currency"},
      {"an unknown interval", "s2,c2,pro,2024-01-01,,100.00,USD,fortnight,1\n", "unknown_interval",
       "interval"},
      {"a NUL byte", std::string("s2,c2,p\0ro,2024-01-01,,100.00,USD,month,1\n", 42), "nul_byte", ""},
      {"an amount beyond range", "s2,c2,pro,2024-01-01,,99999999999999999999,USD,month,1\n", "out_of_range",
       "amount"},
      {"an amount that is no number", "s2,c2,pro,2024-01-01,,1e3,USD,month,1\n", "bad_number", "amount"},
      {"an empty id", "s2,,pro,2024-01-01,,100.00,USD,month,1\n", "missing_value", "customer_id"},
      {"too few fields", "s2,c2\n", "wrong_field_count", ""},
      {"an unclosed quote", "s2,\"c2,pro,2024-01-01,,100.00,USD,month,1\n", "unclosed_quote", ""},
  };
  for (const BadRow& bad : bad_rows) {
    SCOPED_TRACE(bad.name);
    write_subscriptions(good_row + bad.row + "s3,c3,pro,2024-01-01,,50.00,USD,month,1\n");
    const std::string list = file("rejections.csv").string();
    const Outcome outcome =
        run("roster '" + book() + "' --as-of 2024-03-01 --format csv --rejections '" + list + "'");
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.out, "customer_id,plan,mrr,since\nc1,pro,100.00,2024-01-01\nc3,pro,50.00,2024-01-01\n");
    const std::string rejected = text_of(list);
    EXPECT_TRUE(rejected.starts_with("code,source,row,field,reason\n" + std::string(bad.code) +
                                     ",subscriptions.csv,3," + bad.field))
        << rejected;
    EXPECT_NE(outcome.err.find("1 row rejected"), std::string::npos) << outcome.err;
    EXPECT_EQ(run("roster '" + book() + "' --as-of 2024-03-01 --strict").status, 1);
  }
}

TEST_F(CommandLine, a_duplicate_id_is_rejected_and_its_customer_kept_without_attributes) {
  write("customers.csv", "customer_id,channel\nc1,ads\nc1,web\nc2,web\n");
  write_subscriptions(good_row + "s2,c2,pro,2024-01-01,,50.00,USD,month,1\n");
  const Outcome outcome = run("movements '" + book() + "' --as-of 2024-02-01 --by channel --format csv");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.err.find("duplicate_id"), std::string::npos);
  EXPECT_NE(outcome.out.find("\n(none),2024-01-01,0.00,100.00"), std::string::npos);
  EXPECT_NE(outcome.out.find("\nweb,2024-01-01,0.00,50.00"), std::string::npos);
}

TEST_F(CommandLine, what_cannot_be_read_gives_status_2_and_one_line) {
  const auto expect_refused = [&](const std::string& arguments, const std::string& words) {
    SCOPED_TRACE(arguments);
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(lines(outcome.err), 1U) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("churn: ")) << outcome.err;
    EXPECT_NE(outcome.err.find(words), std::string::npos) << outcome.err;
  };
  expect_refused("rates '" + book() + "'", "subscriptions.csv");  // a folder without subscriptions
  expect_refused("rates '" + book() + "/nowhere'", "nowhere");
  write("subscriptions.csv", "");
  expect_refused("rates '" + book() + "'", "empty");
  write("subscriptions.csv", "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency\n");
  expect_refused("rates '" + book() + "'", "interval");  // a missing column
  write_subscriptions("");
  expect_refused("rates '" + book() + "'", "--as-of");  // nothing to take a day from
  write_subscriptions(good_row);
  expect_refused("rates '" + book() + "' --as-of 2024-13-01", "--as-of");
  expect_refused("rates '" + book() + "' --as-of 2024-03-01 --by plann", "plann");
  expect_refused("rates '" + book() + "' --as-of 2024-03-01 --where country", "country");
  expect_refused("rates '" + book() + "' --as-of 2024-03-01 --period fortnight", "month");
  expect_refused("rates '" + book() + "' --as-of 2024-03-01 --format xml", "csv");
  expect_refused("rates '" + book() + "' --as-of 2024-03-01 --from 2024-03-01 --to 2024-02-01", "after");
  expect_refused("rates '" + book() + "' --as-of 2024-03-01 --conventions nobody", "standard");
  expect_refused("rates '" + book() + "' --as-of 2024-03-01 --currency usd", "usd");
  expect_refused("rates '" + book() + "' --sideways", "sideways");
  expect_refused("rates", "book");
  expect_refused("", "subcommand");
}

TEST_F(CommandLine, currencies_are_never_added) {
  write_subscriptions(good_row + "s2,c2,pro,2024-01-01,,50.00,EUR,month,1\n");
  const Outcome mixed = run("movements '" + book() + "' --as-of 2024-02-01");
  EXPECT_EQ(mixed.status, 2);
  EXPECT_NE(mixed.err.find("EUR, USD"), std::string::npos) << mixed.err;
  const Outcome one = run("movements '" + book() + "' --as-of 2024-02-01 --currency EUR --format csv");
  EXPECT_EQ(one.status, 0);
  EXPECT_NE(one.out.find("2024-01-01,0.00,50.00"), std::string::npos);
  EXPECT_NE(one.err.find("currency_not_reported"), std::string::npos);
}

TEST_F(CommandLine, conventions_can_be_a_file) {
  write_subscriptions(
      "s1,c1,pro,2024-01-01,2024-02-01,100.00,USD,month,1\ns2,c1,pro,2024-02-06,,100.00,USD,month,1\n");
  std::ofstream{file("ours.json")} << R"({"name": "ours", "book": {"gap_allowance_days": 5}})";
  const std::string command = "movements '" + book() + "' --as-of 2024-03-01 --netting day --format csv";
  const Outcome standard = run(command);
  EXPECT_NE(standard.out.find("2024-02-01,100.00,0.00,100.00,0.00,0.00,0.00,0.00,100.00"), std::string::npos)
      << standard.out;
  const Outcome ours = run(command + " --conventions '" + file("ours.json").string() + "'");
  EXPECT_NE(ours.out.find("2024-02-01,100.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00"), std::string::npos)
      << ours.out;
  std::ofstream{file("wrong.json")} << R"({"gap_allowance": 5})";
  const Outcome wrong = run(command + " --conventions '" + file("wrong.json").string() + "'");
  EXPECT_EQ(wrong.status, 2);
  EXPECT_NE(wrong.err.find("gap_allowance"), std::string::npos);
}

// `size` is an attribute in one place and a column in another; JSON used to lose the first.
TEST_F(CommandLine, json_keeps_a_segment_that_is_called_like_a_column) {
  write("customers.csv", "customer_id,size\nc1,big\n");
  write_subscriptions(good_row);
  const Outcome outcome = run("cohorts '" + book() + "' --as-of 2024-02-01 --by size --format json");
  EXPECT_NE(outcome.out.find("\"by_size\": \"big\""), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("\"size\": 1"), std::string::npos);
}

TEST_F(CommandLine, where_and_by_mean_the_same_cohorts) {
  const std::string common =
      "movements " CHURN_SOURCE_DIR "/examples/sample_book --period quarter --format csv";
  const std::string by = run(common + " --by cohort").out;
  const std::string where = run(common + " --where cohort=2023-01-01").out;
  std::string of_the_quarter;
  std::istringstream rows{by};
  for (std::string row; std::getline(rows, row);)
    if (row.starts_with("2023-01-01,")) of_the_quarter += row.substr(11) + "\n";
  EXPECT_FALSE(of_the_quarter.empty());
  EXPECT_EQ(of_the_quarter, where.substr(where.find('\n') + 1));
}

TEST_F(CommandLine, a_segment_may_hold_a_comma) {
  write("customers.csv", "customer_id,industry\nc1,\"Food, drink\"\n");
  write_subscriptions(good_row);
  const Outcome outcome = run("explain '" + book() +
                              "' --as-of 2024-03-01 --period-of 2024-01-01 --movement new --by industry "
                              "--segment 'Food, drink' --format csv");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("c1,0.00,100.00,2024-01-01"), std::string::npos);
}

TEST_F(CommandLine, the_zone_of_a_conventions_file_goes_before_that_of_the_book) {
  write("book.json", R"({"time_zone": "PST-08"})");
  write("events.csv", "customer_id,at,kind\nc1,2024-08-01T03:00:00Z,login\n");
  write_subscriptions(good_row);
  EXPECT_NE(run("roster '" + book() + "'").err.find("as of 2024-08-01"), std::string::npos);
  std::ofstream{file("utc.json")} << R"({"book": {"time_zone": "UTC"}})";
  EXPECT_NE(run("roster '" + book() + "' --conventions '" + file("utc.json").string() + "'")
                .err.find("as of 2024-08-02"),
            std::string::npos);
}

// The sentence named a function of C++.
TEST_F(CommandLine, what_to_do_about_two_currencies_is_said_in_options_of_the_command) {
  write_subscriptions(good_row + "s2,c2,pro,2024-01-01,,100.00,EUR,month,1\n");
  const std::string common = " '" + book() + "' --as-of 2024-02-01";
  for (const std::string command :
       {"movements", "rates", "explain", "movements --by plan", "rates --by plan"}) {
    const Outcome refused = run(command + common);
    EXPECT_EQ(refused.status, 2) << command;
    EXPECT_NE(refused.err.find("--by currency"), std::string::npos) << command << ": " << refused.err;
    EXPECT_EQ(refused.err.find("::"), std::string::npos) << refused.err;
    EXPECT_EQ(lines(refused.err), 1U);
  }
  EXPECT_EQ(run("movements --by currency" + common).status, 0);
  EXPECT_EQ(run("movements --by plan,currency" + common).status, 0);
  EXPECT_EQ(run("rates --by currency" + common).status, 0);
  for (const std::string command : {"cohorts", "roster", "report"}) {
    const Outcome refused = run(command + common);
    EXPECT_EQ(refused.status, 2) << command;
    EXPECT_NE(refused.err.find("--currency CODE"), std::string::npos) << command << ": " << refused.err;
    EXPECT_EQ(refused.err.find("--by"), std::string::npos) << command << " can't: " << refused.err;
    EXPECT_EQ(run(command + common + " --currency EUR").status, 0);
  }
}

TEST_F(CommandLine, check_and_report_say_that_an_absence_may_still_be_a_gap) {
  write_subscriptions(good_row + "s2,c2,pro,2024-01-01,2024-03-20,100.00,USD,month,1\n");
  std::ofstream{file("ours.json")} << R"({"name": "ours", "book": {"gap_allowance_days": 30}})";
  const std::string common =
      " '" + book() + "' --as-of 2024-04-01 --conventions '" + file("ours.json").string() + "'";
  EXPECT_NE(run("check" + common + " --format csv").out.find("an absence may still be a gap\",2024-03-20\n"),
            std::string::npos)
      << run("check" + common + " --format csv").out;
  const std::string page = run("report" + common).out;
  EXPECT_NE(page.find("starts on 2024-02-01."), std::string::npos) << page;
  EXPECT_NE(page.find("No period that ends after 2024-03-20 is complete"), std::string::npos);
  const std::string settled = " '" + book() + "' --as-of 2024-04-01";
  EXPECT_EQ(run("check" + settled).out.find("may still be a gap"), std::string::npos);
  EXPECT_EQ(run("report" + settled).out.find("may still"), std::string::npos);
}

/// The rows of a section of the report, as texts.
std::vector<std::string> rows_of(const std::string& report, const std::string& title) {
  std::istringstream in{report.substr(std::min(report.find("\n" + title + "\n"), report.size()))};
  std::vector<std::string> rows;
  std::string line;
  while (std::getline(in, line) && line.find("95 % interval") == std::string::npos) {
  }
  while (std::getline(in, line) && !line.empty()) rows.push_back(line);
  return rows;
}

// What was put into the book on purpose: `examples/sample_book/README.md`.
TEST_F(CommandLine, the_report_of_the_sample_book_has_its_leaky_channel_and_misfit_vertical_at_the_top) {
  const Outcome outcome = run("report " CHURN_SOURCE_DIR "/examples/sample_book");
  const std::vector<std::string> most = rows_of(outcome.out, "Where customers leave most");
  ASSERT_GE(most.size(), 3U) << outcome.out;
  EXPECT_EQ(most[0].substr(0, 30).find("industry"), 0U) << most[0];
  EXPECT_NE(most[0].find(" healthcare "), std::string::npos) << most[0];
  EXPECT_EQ(most[1].find("channel"), 0U) << most[1];
  EXPECT_NE(most[1].find(" paid_social "), std::string::npos) << most[1];
  for (const auto& [section, first] : std::map<std::string, std::string>{
           {"Churn by channel", "paid_social"}, {"Churn by industry", "healthcare"}}) {
    const std::vector<std::string> rows = rows_of(outcome.out, section);
    ASSERT_FALSE(rows.empty()) << section;
    EXPECT_EQ(rows[0].substr(0, first.size() + 1), first + " ") << section;
  }
}

TEST_F(CommandLine, check_says_what_was_read_also_of_a_book_in_two_currencies) {
  write_subscriptions(good_row + "s2,c2,pro,2024-01-01,,50.00,EUR,month,1\n");
  const Outcome outcome = run("check '" + book() + "' --as-of 2024-02-01 --format csv");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("phases read,2\n"), std::string::npos);
  EXPECT_NE(outcome.out.find("\"EUR, USD\""), std::string::npos);
}

TEST_F(CommandLine, a_report_shows_only_the_span_that_was_asked_for) {
  const Outcome outcome =
      run("report " CHURN_SOURCE_DIR "/examples/sample_book --from 2024-03-01 --to 2024-06-01");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("\n2024-03-01 "), std::string::npos);
  EXPECT_EQ(outcome.out.find("\n2024-02-01 "), std::string::npos);
  EXPECT_EQ(outcome.out.find("\n2024-06-01 "), std::string::npos);
  EXPECT_EQ(run("report " CHURN_SOURCE_DIR "/examples/sample_book --by channel").status, 2);
}

// `check` and `roster` took it, and did nothing with it.
TEST_F(CommandLine, commands_without_segments_refuse_by) {
  write_subscriptions(good_row);
  for (const std::string command : {"check", "roster", "report"}) {
    const Outcome outcome = run(command + " '" + book() + "' --as-of 2024-03-01 --by plan");
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.err, "churn: " + command +
                               " takes no --by. Use movements, rates, cohorts, survival, trend, forecast, "
                               "causes, dunning, survey or explain.\n");
    EXPECT_EQ(run(command + " --help").out.find("--by"), std::string::npos);
  }
}

TEST_F(CommandLine, explain_puts_its_segment_in_front_as_other_tables_do) {
  write("customers.csv", "customer_id,channel\nc1,ads\n");
  write_subscriptions(good_row);
  const std::string common =
      "explain '" + book() + "' --as-of 2024-03-01 --period-of 2024-01-01 --format csv ";
  EXPECT_EQ(run(common + "--movement new --by plan,channel --segment pro,ads").out,
            "plan,channel,customer_id,from_mrr,to_mrr,day,record,amount\n"
            "pro,ads,c1,0.00,100.00,2024-01-01,subscriptions.csv row 2 (s1),100.00\n");
  EXPECT_EQ(run(common + "--by plan --segment pro").out,
            "plan,customer_id,from_mrr,to_mrr,day,record,amount,type,reason,rule,evidence\n");
}

// It complained about a --to that nobody had given, and a roster has no periods at all.
TEST_F(CommandLine, periods_that_start_behind_the_book_are_refused_in_words_of_what_was_given) {
  write_subscriptions(good_row);
  const std::string options = " '" + book() + "' --as-of 2024-03-01 --period day --from 2050-01-01";
  const Outcome movements = run("movements" + options);
  EXPECT_EQ(movements.status, 2);
  EXPECT_EQ(movements.err,
            "churn: --from 2050-01-01 is not before 2024-03-01, where the book ends. Give --to as well.\n");
  EXPECT_EQ(run("movements '" + book() + "' --as-of 2024-03-01 --to 2020-01-01").err,
            "churn: --to 2020-01-01 is not after 2024-01-01, where the book begins.\n");
  EXPECT_EQ(run("roster" + options + " --format csv").out,
            "customer_id,plan,mrr,since\nc1,pro,100.00,2024-01-01\n");
}

// `--where plan=prro` printed zeros that looked like an answer.
TEST_F(CommandLine, a_condition_on_a_value_that_nothing_has_is_said) {
  write("customers.csv", "customer_id,team\nc1,dev or ops\nc2,\n");
  write_subscriptions(good_row + "s2,c2,basic,2024-01-01,,50.00,USD,month,1\n");
  const auto said = [this](const std::string& where) {
    const Outcome outcome =
        run("movements '" + book() + "' --as-of 2024-03-01 --where '" + where + "' --format csv");
    EXPECT_EQ(outcome.status, 0) << where;
    EXPECT_EQ(lines(outcome.out), 3U) << where;
    return outcome.err;
  };
  EXPECT_EQ(said("plan=prro"),
            "churn: --where: no plan is called \"prro\". There are: (none), basic, pro. Did you mean pro?\n");
  EXPECT_EQ(said("plan!=pro and team=x"),
            "churn: --where: no team is called \"x\". There are: (none), dev or ops\n");
  EXPECT_EQ(said("tenure=30 days").substr(0, 48), "churn: --where: no tenure is called \"30 days\". T");
  EXPECT_EQ(said("plan=basic or pro"),
            "churn: --where: no plan is called \"basic or pro\". Conditions are joined by \"and\" only. "
            "There are: (none), basic, pro\n");
  for (const char* known : {"plan=pro", "plan!=pro", "team=dev or ops", "team=(none)", "team=",
                            "plan!=(none)", "tenure=000-029 days", "interval=month", "cohort=2024-01-01"})
    EXPECT_EQ(said(known), "") << known;
}

// Names were looked up by labelling the book, where the two currencies then met.
TEST_F(CommandLine, segments_of_one_of_two_currencies_can_be_asked_for) {
  write_subscriptions(good_row + "s2,c2,pro,2024-01-01,,50.00,EUR,month,1\n");
  const std::string common =
      "movements '" + book() + "' --as-of 2024-02-01 --format csv --where currency=EUR";
  const Outcome outcome = run(common + " --by plan");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("pro,2024-01-01,0.00,50.00"), std::string::npos) << outcome.out;
  const Outcome unknown = run(common + " --by plan,plann");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("\"plann\" is no segment of this book."), std::string::npos) << unknown.err;
}

// An id with an escape sequence in it coloured the terminal.
TEST_F(CommandLine, what_data_hold_does_not_reach_the_terminal_as_a_command) {
  write("customers.csv",
        "customer_id,ch\x1b]0;x\x07nel\nc1,\xC2\x9B"
        "31m\n");
  write_subscriptions(
      "s1,c1,\x1b[31mred,2024-01-01,,100.00,USD,month,1\n"
      "s2,\"c\n2\x7F\",pro,2024-02-01,2024-01-01,100.00,USD,month,1\n"
      "s3,c3,pro,\x1b[2J,,100.00,USD,month,1\n");
  for (const std::string command : {"check", "roster", "movements", "report"}) {
    const Outcome outcome =
        run(command + " '" + book() + "' --as-of 2024-04-01" + (command == "movements" ? " --by plan" : ""));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    for (const std::string& text : {outcome.out, outcome.err}) {
      EXPECT_EQ(text.find_first_of("\x1b\x07\x7F\r"), std::string::npos) << command;
      EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos) << command;
    }
  }
  const Outcome refused = run("roster '" + book() + "' --as-of 2024-04-01 --where 'x\x1b=y'");
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(refused.err.find('\x1b'), std::string::npos);
  EXPECT_NE(run("roster '" + book() + "' --as-of 2024-04-01 --format csv").out.find("\x1b[31mred"),
            std::string::npos)
      << "CSV keeps what was read";
}

TEST_F(CommandLine, a_database_that_can_not_be_read_is_refused_in_one_line_without_its_password) {
  expect_refused("rates sqlite://no/such/folder/x.db", "");
  expect_refused("rates ftp://u:s3cret@127.0.0.1/x", "");
  EXPECT_EQ(run("rates ftp://u:s3cret@127.0.0.1/x").err.find("s3cret"), std::string::npos);
}

TEST_F(CommandLine, a_report_of_a_folder_with_a_slash_behind_it_has_its_name) {
  write_subscriptions(good_row);
  for (const std::string slash : {"", "/", "//", "/."})
    EXPECT_TRUE(
        run("report '" + book() + slash + "' --as-of 2024-03-01").out.starts_with("Churn report: book\n"))
        << slash;
}

TEST_F(CommandLine, conventions_that_are_no_json_are_said_with_file_and_place) {
  write_subscriptions(good_row);
  const std::string name = file("ours.JSON").string();
  std::ofstream{name} << R"({"rate": {"confidence": 1e400}})";
  const Outcome outcome = run("rates '" + book() + "' --as-of 2024-03-01 --conventions '" + name + "'");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err.substr(0, outcome.err.find("column")), "churn: " + name + ": Line 1, ");
  EXPECT_NE(outcome.err.find("A number is too large."), std::string::npos) << outcome.err;
}

/// Every `$ churn …` in a console block of the README prints what stands below it.
TEST_F(CommandLine, the_readme_shows_what_the_command_prints) {
  const std::string readme = text_of(CHURN_SOURCE_DIR "/README.md");
  std::size_t commands = 0;
  for (std::size_t at = readme.find("```console\n"); at != std::string::npos;
       at = readme.find("```console\n", at)) {
    at += 11;
    std::istringstream block{readme.substr(at, readme.find("```", at) - at)};
    std::string arguments;
    std::string expected;
    const auto compare = [&] {
      if (arguments.empty()) return;
      const std::string book = "examples/sample_book";
      const std::size_t at_book = arguments.find(book);  // `conventions` takes none
      if (at_book != std::string::npos) arguments.replace(at_book, book.size(), CHURN_SOURCE_DIR "/" + book);
      EXPECT_EQ(run(arguments).out, expected) << arguments;
      ++commands;
    };
    for (std::string line; std::getline(block, line);) {
      if (line.starts_with("$ churn ")) {
        compare();
        arguments = line.substr(8);
        expected.clear();
      } else {
        expected += line + "\n";
      }
    }
    compare();
  }
  EXPECT_GE(commands, 3U);
}

#ifdef CHURN_ORACLES_DIR

/// A CSV file by column name.
std::vector<std::map<std::string, std::string>> records_of(const std::string& text) {
  std::vector<std::map<std::string, std::string>> records;
  std::vector<std::string> header;
  std::istringstream rows{text};
  for (std::string row; std::getline(rows, row);) {
    std::vector<std::string> fields;
    std::istringstream parts{row + ","};
    for (std::string field; std::getline(parts, field, ',');) fields.push_back(field);
    if (header.empty()) {
      header = fields;
      continue;
    }
    std::map<std::string, std::string> record;
    for (std::size_t i = 0; i < header.size(); ++i) record[header[i]] = fields.at(i);
    records.push_back(std::move(record));
  }
  return records;
}

const std::string playbook = CHURN_ORACLES_DIR "/book_mrr_playbook";
const std::string playbook_span =
    " " + playbook + " --from 2017-09-01 --to 2020-04-01 --as-of 2020-04-01 --format csv";

TEST_F(CommandLine, movements_of_the_published_book_equal_its_expected_file) {
  const auto expected = records_of(text_of(playbook + "/expected_movements.csv"));
  const auto printed = records_of(run("movements" + playbook_span).out);
  ASSERT_EQ(printed.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (const auto& [column, value] : expected[i])
      EXPECT_EQ(printed[i].at(column), value) << column << " in row " << i;
}

TEST_F(CommandLine, exact_movements_of_the_published_book_equal_its_ticks) {
  const auto expected = records_of(text_of(playbook + "/expected_movements_ticks.csv"));
  const auto printed = records_of(run("movements --exact" + playbook_span).out);
  ASSERT_EQ(printed.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (const auto& [column, value] : expected[i])
      if (printed[i].count(column) != 0) {  // counts of expanded customers are no column here
        EXPECT_EQ(printed[i].at(column), value) << column << " in row " << i;
      }
}

TEST_F(CommandLine, by_day_movements_of_the_published_book_equal_its_expected_file) {
  const auto expected = records_of(text_of(playbook + "/expected_movements_by_day_netting.csv"));
  const auto printed = records_of(run("movements --netting day" + playbook_span).out);
  ASSERT_EQ(printed.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (const char* column : {"period", "new", "reactivation", "expansion", "contraction", "churn"})
      EXPECT_EQ(printed[i].at(column), expected[i].at(column)) << column << " in row " << i;
}

TEST_F(CommandLine, rates_of_the_published_book_equal_its_expected_file) {
  std::map<std::pair<std::string, std::string>, std::map<std::string, std::string>> printed;
  for (const auto& record : records_of(run("rates --exact" + playbook_span).out))
    printed[{record.at("period"), record.at("metric")}] = record;
  const auto expected = records_of(text_of(playbook + "/expected_rates.csv"));
  ASSERT_EQ(expected.size(), 186U);
  for (const auto& record : expected) {
    const auto& row = printed.at({record.at("period"), record.at("metric")});
    EXPECT_EQ(row.at("numerator"), record.at("numerator_ticks_or_count"));
    EXPECT_EQ(row.at("denominator"), record.at("denominator_ticks_or_count"));
    EXPECT_EQ(row.at("complete"), record.at("complete"));
    ASSERT_EQ(row.at("value").empty(), record.at("value").empty());
    if (!record.at("value").empty()) {  // both divide the same integers once: the same double
      EXPECT_EQ(std::strtod(row.at("value").c_str(), nullptr),
                std::strtod(record.at("value").c_str(), nullptr));
    }
  }
}

TEST_F(CommandLine, cohorts_of_the_published_book_equal_its_expected_file) {
  const auto expected = records_of(text_of(playbook + "/expected_cohorts.csv"));
  const auto returning = records_of(run("cohorts" + playbook_span).out);
  const auto unbroken = records_of(run("cohorts --retention unbroken" + playbook_span).out);
  const auto revenue = records_of(run("cohorts --measure revenue --exact" + playbook_span).out);
  ASSERT_EQ(expected.size(), 326U);
  ASSERT_EQ(returning.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (const char* column : {"cohort", "size", "age"})
      EXPECT_EQ(returning[i].at(column), expected[i].at(column));
    EXPECT_EQ(returning[i].at("numerator"), expected[i].at("paying_at_close"));
    EXPECT_EQ(std::strtod(returning[i].at("value").c_str(), nullptr),
              std::strtod(expected[i].at("logo_retention_returning").c_str(), nullptr));
    EXPECT_EQ(unbroken[i].at("numerator"), expected[i].at("paying_unbroken_at_every_close"));
    EXPECT_EQ(revenue[i].at("numerator"), expected[i].at("mrr_ticks"));
    EXPECT_EQ(revenue[i].at("denominator"), expected[i].at("mrr_ticks_age0"));
    EXPECT_EQ(std::strtod(revenue[i].at("value").c_str(), nullptr),
              std::strtod(expected[i].at("revenue_retention").c_str(), nullptr));
  }
}

#endif

}  // namespace

#endif

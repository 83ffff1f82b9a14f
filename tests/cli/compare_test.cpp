// `churn compare` and `churn conventions` as other programs rely on them.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace {

using support::lines_of;
using support::text_of;

class CompareCommand : public support::CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    // Of June: stays, leaves, leaves and returns, joins and leaves.
    write("book/subscriptions.csv",
          "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n"
          "s1,stays,basic,2024-01-01,,70.00,USD,month\n"
          "s2,leaves,pro,2024-01-01,2024-06-10,10.00,USD,month\n"
          "s3,returns,pro,2024-01-01,2024-06-10,20.00,USD,month\n"
          "s4,returns,pro,2024-06-20,,20.00,USD,month\n"
          "s5,tries,pro,2024-06-05,2024-06-25,100.00,USD,month\n");
  }

  /// Of the book as of 10 July, so that June is the last complete month.
  [[nodiscard]] Outcome compare(const std::string& options) const {
    return run("compare '" + (folder_ / "book").string() + "' --as-of 2024-07-10 " + options);
  }
};

TEST_F(CompareCommand, has_a_row_for_every_preset_and_metric_in_the_documented_columns) {
  const Outcome outcome = compare("--format csv");
  EXPECT_EQ(outcome.status, 0);
  const std::vector<std::string> rows = lines_of(outcome.out);
  ASSERT_EQ(rows.size(), 1U + 9U * 15U);
  EXPECT_EQ(rows[0], "preset,metric,numerator,denominator,value");
  EXPECT_EQ(rows[1], "standard,customer_churn_rate,1,3,0.3333333333333333");
  EXPECT_EQ(rows[2], "standard,gross_mrr_churn_rate,10.00,100.00,0.1");
  EXPECT_EQ(rows[8], "standard,arr,1080.00,,1080");
  EXPECT_EQ(rows[1 + 15], "chartmogul,customer_churn_rate,1,3,0.3333333333333333");
}

TEST_F(CompareCommand, of_one_metric_has_a_row_for_every_preset) {
  EXPECT_EQ(compare("--metric customer_churn_rate --format csv").out,
            "preset,metric,numerator,denominator,value\n"
            "standard,customer_churn_rate,1,3,0.3333333333333333\n"
            "chartmogul,customer_churn_rate,1,3,0.3333333333333333\n"
            "stripe,customer_churn_rate,3,4,0.75\n"
            "baremetrics,customer_churn_rate,3,3,1\n"
            "profitwell,customer_churn_rate,2,3,0.6666666666666666\n"
            "recurly,customer_churn_rate,3,3,1\n"
            "maxio,customer_churn_rate,3,3,1\n"
            "mrr_playbook,customer_churn_rate,1,3,0.3333333333333333\n"
            "fight_churn,customer_churn_rate,1,3,0.3333333333333333\n");
}

TEST_F(CompareCommand, looks_at_the_last_complete_period_unless_told_otherwise) {
  EXPECT_EQ(
      compare("").err,
      "churn: of 2024-06-01 to 2024-07-01; who makes two of them differ: --between A,B --metric NAME\n");
  const Outcome july = compare("--period-of 2024-07-03 --metric customer_churn_rate --format csv");
  EXPECT_EQ(july.err,
            "churn: of 2024-07-01 to 2024-08-01, which is not complete; who makes two of them differ: "
            "--between A,B --metric NAME\n");
  EXPECT_EQ(lines_of(july.out)[1], "standard,customer_churn_rate,0,2,0");
  const Outcome quarter = compare("--period quarter --metric customer_churn_rate --format csv");
  EXPECT_EQ(quarter.err.substr(0, 36), "churn: of 2024-04-01 to 2024-07-01; ");
  const Outcome beyond = compare("--period-of 2025-01-01");
  EXPECT_EQ(beyond.status, 2);
  EXPECT_EQ(lines_of(beyond.err).size(), 1U);
}

TEST_F(CompareCommand, between_two_presets_names_their_rules_and_the_customers_that_make_the_difference) {
  const Outcome outcome = compare("--between standard,profitwell --format csv");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out,
            "customer_id,first_numerator,first_denominator,second_numerator,second_denominator\n"
            "returns,0,1,1,1\n");
  EXPECT_EQ(outcome.err,
            "churn: book.normalisation.day: 365 (standard), 360 (profitwell)\n"
            "churn: book.normalisation.week: 52 (standard), 1299/25 (profitwell)\n"
            "churn: book.past_due: counted (standard), dropped_when_exhausted (profitwell)\n"
            "churn: book.pause: retained (standard), absent (profitwell)\n"
            "churn: rate.left_and_returned: excluded (standard), counted (profitwell)\n");
}

TEST_F(CompareCommand, between_two_presets_asks_the_metric_that_is_named) {
  EXPECT_EQ(compare("--between standard,recurly --format csv").out,
            "customer_id,first_numerator,first_denominator,second_numerator,second_denominator\n"
            "returns,0,1,1,1\n"
            "tries,0,0,1,0\n");
  EXPECT_EQ(compare("--between standard,recurly --metric nrr --format csv").out,
            "customer_id,first_numerator,first_denominator,second_numerator,second_denominator\n");
}

TEST_F(CompareCommand, takes_a_file_for_one_of_the_two) {
  const std::string ours = write("ours.json", R"({"name": "ours", "rate": {"joined_and_left": "counted"}})");
  const Outcome outcome = compare("--between standard,'" + ours + "' --format csv");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out,
            "customer_id,first_numerator,first_denominator,second_numerator,second_denominator\n"
            "tries,0,0,1,0\n");
  EXPECT_EQ(outcome.err, "churn: rate.joined_and_left: excluded (standard), counted (" + ours + ")\n");
}

TEST_F(CompareCommand, in_json_is_a_list_of_rows) {
  const Outcome outcome = compare("--metric quick_ratio --format json");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(
      outcome.out.starts_with("[\n  {\n    \"preset\": \"standard\",\n    \"metric\": \"quick_ratio\",\n"
                              "    \"numerator\": \"0.00\",\n    \"denominator\": \"10.00\",\n"
                              "    \"value\": 0.0\n  },\n"))
      << outcome.out.substr(0, 300);
}

TEST_F(CompareCommand, names_that_do_not_exist_are_one_line_with_those_that_do) {
  for (const auto& [options, says] : std::map<std::string, std::string>{
           {"--between standard,nobody",
            "churn: There are no conventions named \"nobody\". Known: standard, chartmogul, stripe, "
            "baremetrics, "
            "profitwell, recurly, maxio, mrr_playbook, fight_churn.\n"},
           {"--between standard", "churn: --between takes two presets or files, such as stripe,recurly.\n"},
           {"--between a,b,c", "churn: --between takes two presets or files, such as stripe,recurly.\n"}}) {
    const Outcome outcome = compare(options);
    EXPECT_EQ(outcome.status, 2) << options;
    EXPECT_EQ(outcome.err, says);
    EXPECT_EQ(outcome.out, "");
  }
  for (const char* options : {"--metric churn", "--between standard,stripe --metric churn"}) {
    const Outcome outcome = compare(options);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find("There is no metric \"churn\". There are: customer_churn_rate, "),
              std::string::npos)
        << outcome.err;
  }
  EXPECT_EQ(compare("--by plan").status, 2);
}

TEST_F(CompareCommand, asks_a_filter_under_every_preset) {
  const Outcome outcome = compare("--where plan=pro --metric customer_churn_rate --format csv");
  EXPECT_EQ(lines_of(outcome.out).at(1), "standard,customer_churn_rate,1,2,0.5");
  EXPECT_EQ(lines_of(outcome.out).at(3), "stripe,customer_churn_rate,3,3,1");
}

// ---- conventions

TEST_F(CompareCommand, conventions_are_listed_by_the_rules_in_which_they_differ_from_the_standard) {
  const Outcome outcome = run("conventions --format csv");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  const std::vector<std::string> rows = lines_of(outcome.out);
  EXPECT_EQ(rows.at(0), "preset,version,rule,value,standard");
  EXPECT_EQ(rows.at(1), "standard,1,,,");
  EXPECT_EQ(std::count(rows.begin(), rows.end(), "maxio,1,book.reactivation_window_days,90,null"), 1);
  EXPECT_EQ(rows.back(), "fight_churn,1,,,");
}

TEST_F(CompareCommand, conventions_of_a_name_are_json_that_works_like_the_name) {
  const Outcome json = run("conventions stripe");
  EXPECT_EQ(json.status, 0);
  EXPECT_EQ(json.out, text_of(CHURN_SOURCE_DIR "/examples/conventions/stripe.json"));
  const std::string file = write("mine.json", json.out);
  const std::string rates = "rates '" + (folder_ / "book").string() + "' --as-of 2024-07-10 --format csv";
  EXPECT_EQ(run(rates + " --conventions '" + file + "'").out, run(rates + " --conventions stripe").out);
  EXPECT_EQ(run("conventions '" + file + "'").out, json.out);
}

TEST_F(CompareCommand, conventions_of_a_file_are_printed_with_all_of_their_rules) {
  const std::string ours = write("ours.json", R"({"name": "ours", "book": {"gap_allowance_days": 7}})");
  const Outcome outcome = run("conventions '" + ours + "'");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("\"gap_allowance_days\": 7,\n"), std::string::npos);
  EXPECT_NE(outcome.out.find("\"netting\": \"by_period\",\n"), std::string::npos);
}

TEST_F(CompareCommand, conventions_that_do_not_exist_or_are_wrong_are_an_error_of_one_line) {
  for (const std::string& name : {std::string("nobody"), write("wrong.json", R"({"book": {"gap": 7}})"),
                                  folder_.string() + "/none.json"}) {
    const Outcome outcome = run("conventions '" + name + "'");
    EXPECT_EQ(outcome.status, 2) << name;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(lines_of(outcome.err).size(), 1U) << outcome.err;
  }
  EXPECT_EQ(run("conventions --format xml").status, 2);
}

}  // namespace

#endif

// The command line over a book in JSON: as a document, as lines, from a file and from standard input.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace {

using support::text_of;

class JsonBook : public support::CommandTest {
 protected:
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    return "'" + CommandTest::write(name, text) + "'";
  }
};

const std::string line =
    R"({"type":"subscriptions","subscription_id":"s1","customer_id":"c1","plan":"pro","starts_on":"2024-01-01",)"
    R"("amount":"100.00","currency":"USD","interval":"month"})"
    "\n";
const std::string document =
    R"({"subscriptions": [
  {"subscription_id": "s1", "customer_id": "c1", "phases": [
    {"plan": "pro", "starts_on": "2024-01-01", "amount": 100.00, "currency": "USD", "interval": "month"}]}
]}
)";
const std::string roster = "customer_id,plan,mrr,since\nc1,pro,100.00,2024-01-01\n";
const std::string options = " --as-of 2024-03-01 --format csv";

TEST_F(JsonBook, is_a_document_or_lines_in_a_file) {
  for (const auto& [name, text] : {std::pair{"book.json", document},
                                   {"lines.json", line},
                                   {"book.ndjson", line},
                                   {"book.jsonl", line},
                                   {"book.JSON", document},
                                   {"book.NdJson", line}}) {
    const Outcome outcome = run("roster " + write(name, text) + options);
    EXPECT_EQ(outcome.status, 0) << name;
    EXPECT_EQ(outcome.out, roster) << name;
    EXPECT_EQ(outcome.err, "") << name;
  }
}

TEST_F(JsonBook, comes_from_standard_input_for_a_dash) {
  for (const std::string& text : {document, line, "\n" + line}) {
    const Outcome outcome = run("roster -" + options + " < " + write("input", text));
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.out, roster);
  }
}

TEST_F(JsonBook, rejections_name_the_array_and_its_element_or_the_line) {
  const std::string bad = R"({"subscriptions": [{}, {"subscription_id": "s1", "customer_id": "c1", "phases": [
    {"plan": "pro", "starts_on": "2024-01-01", "amount": "ten", "currency": "USD", "interval": "month"}]}]})";
  const Outcome in_document = run("check " + write("book.json", bad) + options + " --strict --rejections '" +
                                  (folder_ / "rejections").string() + "'");
  EXPECT_EQ(in_document.status, 1);
  EXPECT_EQ(text_of(folder_ / "rejections"),
            "code,source,row,field,reason\n"
            "missing_value,book.json:subscriptions,1,subscription_id,subscription_id is empty. Every row "
            "needs one.\n"
            "bad_number,book.json:subscriptions,2,phases[0].amount,\"\"\"ten\"\" is not a number. Write one "
            "such as "
            "1234.50.\"\n");
  const Outcome in_lines = run("check " + write("book.ndjson", line + "{\n") + options);
  EXPECT_EQ(in_lines.status, 0);
  EXPECT_NE(in_lines.err.find("1 bad_json, first: book.ndjson row 2: Column 2: It ends too early"),
            std::string::npos)
      << in_lines.err;
}

TEST_F(JsonBook, explain_names_the_element_behind_a_movement) {
  const std::string ended = line.substr(0, line.size() - 2) + ",\"ends_on\":\"2024-02-10\"}\n";
  const Outcome outcome =
      run("explain " + write("book.ndjson", "\n" + ended) + options + " --period-of 2024-02-01");
  EXPECT_EQ(outcome.out,
            "customer_id,from_mrr,to_mrr,day,record,amount,type,reason,rule,evidence\n"
            "c1,100.00,0.00,2024-02-10,book.ndjson row 2 (s1),100.00,unknown,unknown,,\n");
}

TEST_F(JsonBook, that_can_not_be_read_is_one_clear_line_and_status_2) {
  const auto complaint = [this](const std::string& arguments) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  };
  EXPECT_EQ(complaint("check nowhere.json"), "churn: There is no file \"nowhere.json\".\n");
  EXPECT_EQ(
      complaint("check " + write("book.json", "{\n\"subscriptions\": [\n")),
      "churn: book.json, line 3, column 1: It ends too early: a value, a bracket or a quote is missing.\n");
  EXPECT_EQ(complaint("check - < /dev/null"), "churn: standard input is empty. It holds no book.\n");
  EXPECT_EQ(complaint("check - < " + write("input", "{}")),
            "churn: standard input holds no book. It needs subscriptions or invoices.\n");
}

TEST_F(JsonBook, a_folder_may_be_called_as_a_file) {
  std::filesystem::create_directories(folder_ / "book.json");
  std::ofstream{folder_ / "book.json" / "subscriptions.csv"}
      << "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n"
         "s1,c1,pro,2024-01-01,,100.00,USD,month\n";
  EXPECT_EQ(run("roster '" + (folder_ / "book.json").string() + "'" + options).out, roster);
}

}  // namespace

#endif  // CHURN_COMMAND

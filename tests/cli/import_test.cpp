// The command `import` as other programs rely on it: what it writes, exit status, one line on stderr.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <filesystem>
#include <fstream>
#include <string>

namespace {

using support::text_of;

const std::string exports = CHURN_SOURCE_DIR "/tests/io/exports";

class ImportCommand : public support::CommandTest {
 protected:
  [[nodiscard]] std::string book() const { return file("book"); }
  [[nodiscard]] Outcome import(const std::string& arguments) const {
    return run("import " + arguments + " -o '" + book() + "'");
  }
};

TEST_F(ImportCommand, makes_a_book_that_the_other_commands_read) {
  const Outcome outcome =
      import("chargebee '" + exports + "/chargebee' --time-zone CET+01CEST,M3.5.0,M10.5.0");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(outcome.err.starts_with("churn: wrote " + book() +
                                      ": 2 customers, 4 phases, 2 invoices, 0 events, 0 exchange rates\n"))
      << outcome.err;
  EXPECT_EQ(text_of(book() + "/book.json"), "{\n  \"time_zone\": \"CET+01CEST,M3.5.0,M10.5.0\"\n}\n");
  const Outcome movements = run("movements '" + book() + "' --as-of 2024-02-01 --format csv");
  EXPECT_EQ(movements.status, 0);
  EXPECT_NE(
      movements.out.find("\n2024-01-01,0.00,160.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,160.00,0,2,0,0,2,"),
      std::string::npos)
      << movements.out;
}

TEST_F(ImportCommand, takes_a_mapping_file) {
  const std::string mapping = file("mine.json");
  std::ofstream(mapping) << R"({"tables": {"subscriptions": {"file": "s.csv", "columns": {
      "subscription_id": "id", "customer_id": "who", "plan": {"constant": "pro"}, "starts_on": "from",
      "amount": "price", "currency": {"constant": "USD"}, "interval": {"constant": "month"}}}}})";
  std::filesystem::create_directories(file("export"));
  std::ofstream(file("export/s.csv")) << "id,who,from,price\ns1,c1,2024-01-01,10\ns2,c1,2024-13-01,10\n";
  const Outcome outcome = import("'" + mapping + "' '" + file("export") + "' --strict --rejections '" +
                                 file("rejected.csv") + "'");
  EXPECT_EQ(outcome.status, 1) << "rows were rejected";
  EXPECT_EQ(text_of(file("rejected.csv")),
            "code,source,row,field,reason\n"
            "bad_date,s.csv,3,from,\"\"\"2024-13-01\"\" is not a date that the mapping reads, as iso.\"\n");
  EXPECT_NE(text_of(book() + "/subscriptions.csv").find("\ns1,c1,pro,2024-01-01,,10,USD,month,"),
            std::string::npos);
  std::ofstream(mapping) << "{}";
  const Outcome broken = import("'" + mapping + "' '" + file("export") + "' --replace");
  EXPECT_EQ(broken.status, 2);
  EXPECT_EQ(broken.err, "churn: " + mapping + ": The mapping: The field \"tables\" is missing.\n");
}

TEST_F(ImportCommand, overwrites_nothing_but_a_book_and_that_only_if_asked) {
  const std::string recurly = "recurly '" + exports + "/recurly'";
  EXPECT_EQ(import(recurly).status, 0);
  const Outcome again = import(recurly);
  EXPECT_EQ(again.status, 2);
  EXPECT_EQ(again.err, "churn: The folder \"" + book() +
                           "\" is not empty. Name a new one, so that nothing is overwritten.\n");
  EXPECT_EQ(import(recurly + " --replace").status, 0);
  std::ofstream(book() + "/notes.txt") << "mine";
  EXPECT_EQ(import(recurly + " --replace").status, 2);
  EXPECT_EQ(text_of(book() + "/notes.txt"), "mine");
}

TEST_F(ImportCommand, says_in_one_line_what_it_does_not_understand) {
  const auto error = [this](const std::string& arguments) {
    const Outcome outcome = import(arguments);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  };
  EXPECT_EQ(error("paddle '" + exports + "'"),
            "churn: \"paddle\" is no format of exports. There are: stripe, chargebee, chartmogul, recurly, "
            "or a mapping "
            "file whose name ends in .json.\n");
  EXPECT_EQ(error("recurly '" + file("nowhere") + "'"),
            "churn: There is no folder \"" + file("nowhere") +
                "\". Name the folder that holds the export's CSV files.\n");
  EXPECT_NE(error("chartmogul '" + exports + "/chargebee' --time-zone EST5EDT").find("EST5EDT"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(book())) << "nothing was written";
  EXPECT_EQ(run("import recurly").status, 2);
  EXPECT_NE(run("exprot").err.find(", import, merge, help, completion, man.\n"), std::string::npos);
}

}  // namespace

#endif

// The command `import` as other programs rely on it: what it writes, exit status, one line on stderr.
#ifdef CHURN_COMMAND

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/wait.h>

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

const std::string exports = CHURN_SOURCE_DIR "/tests/io/exports";

class ImportCommand : public testing::Test {
 protected:
  struct Outcome {
    int status;
    std::string out;
    std::string err;
  };

  void SetUp() override {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = std::filesystem::path{testing::TempDir()} / ("churn_import_" + name);
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::string book() const { return path("book"); }

  [[nodiscard]] Outcome run(const std::string& arguments) const {
    const int status = std::system(
        (CHURN_COMMAND " " + arguments + " >'" + path("out") + "' 2>'" + path("err") + "'").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(path("out")), read(path("err"))};
  }
  [[nodiscard]] Outcome import(const std::string& arguments) const {
    return run("import " + arguments + " -o '" + book() + "'");
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(ImportCommand, makes_a_book_that_the_other_commands_read) {
  const Outcome outcome =
      import("chargebee '" + exports + "/chargebee' --time-zone CET+01CEST,M3.5.0,M10.5.0");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(outcome.err.starts_with("churn: wrote " + book() +
                                      ": 2 customers, 4 phases, 2 invoices, 0 events, 0 exchange rates\n"))
      << outcome.err;
  EXPECT_EQ(read(book() + "/book.json"), "{\n  \"time_zone\": \"CET+01CEST,M3.5.0,M10.5.0\"\n}\n");
  const Outcome movements = run("movements '" + book() + "' --as-of 2024-02-01 --format csv");
  EXPECT_EQ(movements.status, 0);
  EXPECT_NE(
      movements.out.find("\n2024-01-01,0.00,160.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,160.00,0,2,0,0,2,"),
      std::string::npos)
      << movements.out;
}

TEST_F(ImportCommand, takes_a_mapping_file) {
  const std::string mapping = path("mine.json");
  std::ofstream(mapping) << R"({"tables": {"subscriptions": {"file": "s.csv", "columns": {
      "subscription_id": "id", "customer_id": "who", "plan": {"constant": "pro"}, "starts_on": "from",
      "amount": "price", "currency": {"constant": "USD"}, "interval": {"constant": "month"}}}}})";
  std::filesystem::create_directories(path("export"));
  std::ofstream(path("export/s.csv")) << "id,who,from,price\ns1,c1,2024-01-01,10\ns2,c1,2024-13-01,10\n";
  const Outcome outcome = import("'" + mapping + "' '" + path("export") + "' --strict --rejections '" +
                                 path("rejected.csv") + "'");
  EXPECT_EQ(outcome.status, 1) << "rows were rejected";
  EXPECT_EQ(read(path("rejected.csv")),
            "code,source,row,field,reason\n"
            "bad_date,s.csv,3,from,\"\"\"2024-13-01\"\" is not a date that the mapping reads, as iso.\"\n");
  EXPECT_NE(read(book() + "/subscriptions.csv").find("\ns1,c1,pro,2024-01-01,,10,USD,month,"),
            std::string::npos);
  std::ofstream(mapping) << "{}";
  const Outcome broken = import("'" + mapping + "' '" + path("export") + "' --replace");
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
  EXPECT_EQ(read(book() + "/notes.txt"), "mine");
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
  EXPECT_EQ(error("recurly '" + path("nowhere") + "'"),
            "churn: There is no folder \"" + path("nowhere") +
                "\". Name the folder that holds the export's CSV files.\n");
  EXPECT_NE(error("chartmogul '" + exports + "/chargebee' --time-zone EST5EDT").find("EST5EDT"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(book())) << "nothing was written";
  EXPECT_EQ(run("import recurly").status, 2);
  EXPECT_NE(run("exprot").err.find(", merge, import\n"), std::string::npos);
}

}  // namespace

#endif

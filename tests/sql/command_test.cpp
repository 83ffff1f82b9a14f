// The command on books in databases.
#ifdef CHURN_COMMAND

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "sql/support/both_databases.hpp"
#include "support/command_line.hpp"

namespace churn {
namespace {

class SqlCommand : public support::CommandTest, public testing::WithParamInterface<DatabaseKind> {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    if (GetParam() == DatabaseKind::postgresql && !support::PostgresqlServer::programs())
      GTEST_SKIP() << "PostgreSQL is not installed.";
    database_.emplace(GetParam());
    database_->load_folder(CHURN_SOURCE_DIR "/examples/sample_book");
  }
  void TearDown() override {
    database_.reset();
    CommandTest::TearDown();
  }
  [[nodiscard]] std::string url() const { return "'" + database_->url() + "'"; }

 private:
  std::optional<support::TestDatabase> database_;
};

TEST_P(SqlCommand, answers_of_a_database_what_it_answers_of_the_folder) {
  const std::string folder = CHURN_SOURCE_DIR "/examples/sample_book";
  for (const std::string command : {"movements", "rates", "causes", "check"}) {
    const std::string options = command == "check" ? "" : " --format csv --by plan --currency USD";
    const Outcome outcome = run(command + " " + url() + options);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    if (command != "check") {
      EXPECT_EQ(outcome.out, run(command + " " + folder + options).out) << command;
    }
    EXPECT_FALSE(outcome.out.empty()) << command;
  }
}

TEST_P(SqlCommand, calls_a_report_by_the_name_of_the_database_and_never_by_its_url) {
  const Outcome outcome = run("report " + url() + " --currency USD -o '" + file("page.html") + "'");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::string first = outcome.out.substr(0, outcome.out.find('\n'));
  EXPECT_EQ(first.find("Churn report: "), 0U) << first;
  EXPECT_EQ(first.find_first_of("?@/"), std::string::npos) << first;
}

INSTANTIATE_TEST_SUITE_P(On, SqlCommand, support::both_kinds(), support::name_of);

class SqlCommandErrors : public support::CommandTest {};

TEST_F(SqlCommandErrors, say_what_is_wrong_in_one_line_and_no_password) {
  expect_refused("rates sqlite://no/such/book.db", "book.db");
  const std::string url = "'postgresql://billing:s3cret@127.0.0.1:1/shop?connect_timeout=2'";
  expect_refused("rates " + url, "shop");
  EXPECT_EQ(run("rates " + url).err.find("s3cret"), std::string::npos);
  expect_refused("rates mysql://billing:s3cret@localhost/shop", "mysql");
}

}  // namespace
}  // namespace churn

#endif

// A test that runs on both kinds of database: on PostgreSQL where it is installed.
#pragma once

#include <churn/sql/database_url.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "sql/support/postgresql_server.hpp"
#include "sql/support/test_database.hpp"

namespace support {

class OnBothDatabases : public testing::TestWithParam<churn::DatabaseKind> {
 protected:
  void SetUp() override {
    if (GetParam() == churn::DatabaseKind::postgresql && !PostgresqlServer::programs())
      GTEST_SKIP() << "PostgreSQL is not installed.";
    database_.emplace(GetParam());
  }
  TestDatabase& database() { return *database_; }
  [[nodiscard]] const std::string& url() const { return database_->url(); }
  [[nodiscard]] bool is_postgresql() const { return GetParam() == churn::DatabaseKind::postgresql; }

 private:
  std::optional<TestDatabase> database_;
};

inline std::string name_of(const testing::TestParamInfo<churn::DatabaseKind>& info) {
  return info.param == churn::DatabaseKind::postgresql ? "PostgreSQL" : "SQLite";
}

inline auto both_kinds() {
  return testing::Values(churn::DatabaseKind::sqlite, churn::DatabaseKind::postgresql);
}

}  // namespace support

#include <churn/sql/database_url.hpp>

#include <churn/core/error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace churn {
namespace {

std::string refusal_of(const std::string& text) {
  try {
    const DatabaseUrl url{text};
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unreadable);
    return error.what();
  }
  return "";
}

TEST(DatabaseUrl, names_a_sqlite_file_by_an_absolute_or_a_relative_path) {
  EXPECT_EQ(DatabaseUrl{"sqlite:///var/lib/book.db"}.file(), "/var/lib/book.db");
  EXPECT_EQ(DatabaseUrl{"sqlite://book.db"}.file(), "book.db");
  EXPECT_EQ(DatabaseUrl{"sqlite://my%20books/a b.db"}.file(), "my books/a b.db");
  EXPECT_EQ(DatabaseUrl{"sqlite://book.db"}.kind(), DatabaseKind::sqlite);
  EXPECT_EQ(DatabaseUrl{"sqlite://book.db"}.shown(), "sqlite://book.db");
}

TEST(DatabaseUrl, hands_a_postgresql_url_on_with_what_keeps_it_from_waiting_for_ever) {
  const DatabaseUrl url{"postgresql://billing@db.example.com:5433/shop?sslmode=require&connect_timeout=3"};
  EXPECT_EQ(url.kind(), DatabaseKind::postgresql);
  EXPECT_EQ(
      url.connection(),
      "postgresql://billing@db.example.com:5433/shop?sslmode=require&connect_timeout=3&keepalives_idle=30&"
      "keepalives_interval=10&keepalives_count=3&application_name=libchurn&client_encoding=UTF8");
  EXPECT_EQ(url.shown(), "postgresql://billing@db.example.com:5433/shop");
  EXPECT_EQ(DatabaseUrl{"postgres://h/d"}.shown(), "postgresql://h/d");
}

TEST(DatabaseUrl, takes_all_parts_as_left_out) {
  EXPECT_EQ(DatabaseUrl{"postgresql://"}.shown(), "postgresql://");
  EXPECT_EQ(DatabaseUrl{"postgresql:///shop"}.shown(), "postgresql:///shop");
  EXPECT_EQ(DatabaseUrl{"postgresql://?host=%2Ftmp"}.connection().substr(0, 24), "postgresql://?host=%2Ftm");
  EXPECT_EQ(DatabaseUrl{"postgresql://a:1,b:2/d"}.shown(), "postgresql://a:1,b:2/d");
  EXPECT_EQ(DatabaseUrl{"postgresql://[::1]:5432/d"}.shown(), "postgresql://[::1]:5432/d");
}

TEST(DatabaseUrl, never_shows_a_password) {
  for (const char* text : {"postgresql://u:s3cret@h/d", "postgresql://u:p%40s3cret@h/d",
                           "postgresql://u:p@s3cret@h/d", "postgresql://u@h/d?password=s3cret",
                           "postgresql://u@h/d?sslpassword=s3cret", "postgresql://u:s3cret@/d"}) {
    const DatabaseUrl url{text};
    EXPECT_EQ(url.shown().find("s3cret"), std::string::npos) << text;
    EXPECT_EQ(url.connection().find("s3cret") == std::string::npos, false) << text;
  }
  EXPECT_EQ(DatabaseUrl{"postgresql://u:p@s3cret@h/d"}.connection().substr(0, 31),
            "postgresql://u:p%40s3cret@h/d?c");
}

TEST(DatabaseUrl, repeats_nothing_of_a_text_that_it_does_not_take) {
  for (const std::string text :
       {"mysql://u:s3cret@h/d", "my s3cret://h", "u:s3cret@h", "postgresql://u:s3/cret@h/d",
        "postgresql://u:s3cret@h:port/d", "postgresql://u:%s3cret@h/d", "postgresql://u@h/d?s3cret",
        "postgresql://u@h/d?pass word=s3cret", "sqlite://",
        "sqlite://:memory:", "postgresql://u:s3cret@h%00/d%00", "postgresql://s3cret h/d"}) {
    const std::string refusal = refusal_of(text);
    EXPECT_NE(refusal, "") << text;
    EXPECT_EQ(refusal.find("cret"), std::string::npos) << refusal;
  }
  EXPECT_NE(refusal_of("mysql://u@h/d").find("mysql://"), std::string::npos);
}

TEST(DatabaseUrl, takes_its_secrets_out_of_what_others_say) {
  const DatabaseUrl url{"postgresql://u:p%40ss%20word@h/d"};
  EXPECT_EQ(url.without_secrets("wrong: p@ss word, p%40ss%20word."), "wrong: ***, ***.");
  EXPECT_EQ(url.without_secrets("nothing here"), "nothing here");
  // To leave out a single letter would tell it.
  EXPECT_EQ(DatabaseUrl{"postgresql://u:a@h/d"}.without_secrets("a banana"), "");
  EXPECT_EQ(DatabaseUrl{"postgresql://u:a@h/d"}.without_secrets("role"), "role");
}

TEST(DatabaseUrl, is_told_from_a_path_by_its_scheme) {
  EXPECT_TRUE(is_database_url("sqlite://book.db"));
  EXPECT_TRUE(is_database_url("mysql://h/d"));
  EXPECT_FALSE(is_database_url("/var/book"));
  EXPECT_FALSE(is_database_url("://"));
  EXPECT_FALSE(is_database_url("my book/://x"));
}

}  // namespace
}  // namespace churn

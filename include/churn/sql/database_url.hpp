// DatabaseUrl: where a database is, as one text, and how to speak of it without its password.
//
//   DatabaseUrl url{"postgresql://billing:s3cret@db.example.com:5432/shop?sslmode=require"};
//   url.shown();                      // postgresql://billing@db.example.com:5432/shop
//   DatabaseUrl file{"sqlite:///var/lib/billing/book.db"};
//   file.file();                      // /var/lib/billing/book.db
//
// Two forms:
//
//   sqlite://FILE      a file, by an absolute path (sqlite:///var/book.db) or one relative to where the process runs
//                      (sqlite://book.db). `%20` and the like are decoded: a `%` in a name is written `%25`.
//   postgresql://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETER=VALUE&…, or postgres://…
//                      as libpq has it: every part may be left out, PARAMETER is one of libpq's (sslmode, host for a
//                      socket's folder, options, …), several HOST:PORT are separated by commas. Without a password libpq
//                      looks into PGPASSWORD, then into ~/.pgpass. What is not plain in a part is written with `%`.
//
// Of PostgreSQL's parameters some are given a value where the URL says nothing, so that nobody waits for ever on a
// host that is gone: connect_timeout=10, keepalives_idle=30, keepalives_interval=10, keepalives_count=3; and
// application_name=libchurn, client_encoding=UTF8.
//
// A URL holds a password, so no sentence of this library repeats one: they say `shown()`, which has the scheme, the
// user, the host, the port and the database, and never a password or a parameter; and what a server says goes through
// `without_secrets` first.
//
// Errors: Error(unreadable) for another scheme, a text that is no URL or a SQLite URL without a file. The sentence
// repeats nothing but the scheme. Nothing is opened or looked up here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace churn::inline v0 {

/// Which database a URL is of.
enum class DatabaseKind : std::uint8_t {
  sqlite,     ///< `sqlite://`
  postgresql  ///< `postgresql://` and `postgres://`
};

/// Where a database is. Only connection() gives the password away.
class DatabaseUrl {
 public:
  /// A text is a URL wherever one is asked for. Throws Error(unreadable) as said above.
  DatabaseUrl(std::string_view text);  // NOLINT(google-explicit-constructor)
  /// The same.
  DatabaseUrl(const std::string& text)
      : DatabaseUrl(std::string_view{text}) {}  // NOLINT(google-explicit-constructor)
  /// The same.
  DatabaseUrl(const char* text)
      : DatabaseUrl(std::string_view{text}) {}  // NOLINT(google-explicit-constructor)

  /// By the scheme.
  [[nodiscard]] DatabaseKind kind() const noexcept { return kind_; }
  /// For people: no password, no parameters.
  [[nodiscard]] const std::string& shown() const noexcept { return shown_; }
  /// Of SQLite: the path. Empty for PostgreSQL.
  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  /// Of PostgreSQL: what libpq takes. It holds the password. Empty for SQLite.
  [[nodiscard]] const std::string& connection() const noexcept { return connection_; }
  /// A sentence of somebody else's, with every secret in it replaced by `***`. Empty if a secret is so short that
  /// what stood around it would tell it.
  [[nodiscard]] std::string without_secrets(std::string sentence) const;

 private:
  void read_postgresql(std::string_view rest);
  void read_parameters(std::string_view text);
  void add_secret(std::string secret);

  DatabaseKind kind_{DatabaseKind::sqlite};
  std::string shown_;
  std::string file_;
  std::string connection_;
  std::vector<std::string> secrets_;
};

/// True for a text that begins as a URL does (`name://`), which no path of a book folder or file should.
[[nodiscard]] bool is_database_url(std::string_view text) noexcept;

}  // namespace churn::inline v0

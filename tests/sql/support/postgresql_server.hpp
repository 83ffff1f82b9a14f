// A PostgreSQL server of a test's own: a new cluster in a folder of its own, on a socket there and a free port of this
// machine, that ends with the test, also if that dies.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace support {

class PostgresqlServer {
 public:
  /// Where its programs are: CHURN_POSTGRESQL_BIN, or the newest of those in the usual places. None: not installed.
  [[nodiscard]] static std::optional<std::string> programs();

  /// Makes a cluster and waits until it answers. Throws std::runtime_error with what the server said if it does not.
  PostgresqlServer();
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;
  ~PostgresqlServer();

  /// By its socket, where no password is asked for.
  [[nodiscard]] std::string url(const std::string& parameters = {}) const;
  /// By its port, where one is.
  [[nodiscard]] std::string url_by_port(const std::string& password,
                                        const std::string& parameters = {}) const;
  [[nodiscard]] static std::string password() { return "s3cret/of@tests"; }

  /// Ends it at once, as the end of a machine would.
  void kill();
  /// Brings it back after that, where it was and with what it had.
  void restart();
  void run(const std::string& sql) const;

 private:
  [[nodiscard]] int run_program(const std::vector<std::string>& words, const std::string& output) const;
  void start();
  [[nodiscard]] bool starts();
  void stop(int signal);

  std::string programs_;
  std::string folder_;
  int port_{0};
  int process_{0};
};

}  // namespace support

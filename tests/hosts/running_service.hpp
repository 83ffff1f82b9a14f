// churn-service as a process of its own, as an operator starts it, and what it answers.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include <sys/types.h>

namespace support {

class RunningService {
 public:
  struct Answer {
    int status{0};  // 0: there was none
    nlohmann::ordered_json body{};
    std::string text{};
  };

  /// Starts it on a port that is free and waits until it listens. Throws std::runtime_error with what it said if it ends
  /// before.
  RunningService(const std::string& database, const std::vector<std::string>& options);
  RunningService(const RunningService&) = delete;
  RunningService& operator=(const RunningService&) = delete;
  ~RunningService();

  /// From any thread.
  [[nodiscard]] Answer get(const std::string& path) const { return ask("GET", path); }
  [[nodiscard]] Answer refresh(const std::string& parameters = {}) const {
    return ask("POST", "/refresh" + parameters);
  }
  [[nodiscard]] Answer ask(const std::string& method, const std::string& path,
                           const std::string& body = {}) const;

  /// SIGTERM, and its exit status; -1 if it does not end within some seconds.
  int end();
  /// All that it has printed so far, and to stderr.
  [[nodiscard]] std::string log() const;
  [[nodiscard]] int port() const noexcept { return port_; }

 private:
  [[nodiscard]] bool has_ended();

  std::string output_;
  pid_t process_{0};
  int status_{0};
  int port_{0};
};

/// Runs it to its end, which is soon where it can't start; what it said is put into `said`.
int run_service(const std::vector<std::string>& options, std::string& said);

}  // namespace support

// What churn-service is told when it starts.
#pragma once

#include <churn/core/date.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace churn_service {

struct Options {
  std::string database;  // may hold a password: shown to nobody
  std::string listen{"127.0.0.1"};
  int port{8080};                      // 0: any that is free
  std::chrono::seconds poll{5};        // 0: only when asked
  std::chrono::seconds overlap{300};   // longer than the longest transaction that writes
  std::optional<churn::Date> as_of{};  // empty: today
  std::optional<std::string> model{};  // a file; empty: trained from the book when starting
};

inline constexpr const char* usage =
    "usage: churn-service --database URL [--listen ADDRESS] [--port N] [--poll SECONDS] [--overlap SECONDS]\n"
    "                     [--as-of DATE] [--model FILE]\n"
    "The URL may be in the environment, as CHURN_DATABASE, and its password in PGPASSWORD or ~/.pgpass.";

/// Throws std::invalid_argument with a sentence.
Options options_of(int argc, const char* const* argv);

}  // namespace churn_service

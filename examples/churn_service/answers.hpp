// The answers of the service: from a question and a snapshot to JSON. Nothing in here knows of HTTP but the numbers that
// stand for how it went, or of a database.
#pragma once

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "follower.hpp"
#include "snapshot.hpp"

namespace churn_service {

struct Question {
  std::string method;  // GET, POST, …
  std::string path;    // decoded
  std::multimap<std::string, std::string> parameters{};
};

struct Reply {
  int status{200};
  nlohmann::ordered_json body{};
};

/// {"error": {"code", "message", "help"}}.
Reply refusal(int status, const std::string& code, const std::string& message, const std::string& help = {});

/// Every question but POST /refresh. Throws nothing but std::bad_alloc.
Reply answer(const Question& question, const Snapshot& snapshot, const Status& status);

bool is_refresh(const Question& question);
/// Has the database followed, or read anew, and says how that went.
Reply refreshed(const Question& question, const std::function<std::optional<Status>(bool anew)>& follow,
                const std::function<std::shared_ptr<const Snapshot>()>& snapshot);

}  // namespace churn_service

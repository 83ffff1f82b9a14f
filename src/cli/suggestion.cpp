#include "suggestion.hpp"

#include <map>

#include "reason/closest_text.hpp"

namespace churn::cli {

std::string suggestion_for(std::string_view unknown, const std::vector<std::string>& known) {
  std::map<std::string, bool> names;
  for (const std::string& name : known) names.emplace(name, true);
  const auto closest = closest_key(names, unknown);
  return closest && *closest != unknown ? " Did you mean " + *closest + "?" : "";
}

}  // namespace churn::cli

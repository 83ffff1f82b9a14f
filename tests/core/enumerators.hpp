// The enumerators of an enum as its header spells them, so that a list of names can be held to the enum
// without writing it a third time.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace core_test {

/// Empty if there is no such file or enum. Reads one enumerator a line, as the headers are written.
inline std::vector<std::string> enumerators(const std::string& header, std::string_view name) {
  std::ifstream in(std::string(CHURN_SOURCE_DIR) + "/include/churn/" + header);
  std::vector<std::string> result;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.find("enum class " + std::string(name) + " ") != std::string::npos) {
      inside = true;
      continue;
    }
    if (!inside) continue;
    if (line.find("};") != std::string::npos) break;
    const auto first = line.find_first_not_of(' ');
    const auto comma = line.find(',');
    if (first == std::string::npos || line[first] == '/' || comma == std::string::npos) continue;
    result.push_back(line.substr(first, comma - first));
  }
  return result;
}

}  // namespace core_test

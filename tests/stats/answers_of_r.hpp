// Intervals of single proportions as R gives them. Needs CHURN_ORACLES_DIR.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace stats_test {

struct AnswerOfR {
  std::int64_t successes;
  std::int64_t trials;
  double low;
  double high;
};

/// One answer a row of the reference file; `method` is the beginning of its columns' names.
inline std::vector<AnswerOfR> answers_of_r(const std::string& file, const std::string& method) {
  std::ifstream in(file);
  const auto fields = [](std::string line) {
    std::erase(line, '"');
    std::vector<std::string> result;
    std::istringstream text(line);
    for (std::string field; std::getline(text, field, ',');) result.push_back(field);
    return result;
  };
  std::string line;
  std::getline(in, line);
  std::map<std::string, std::size_t> column;
  for (const std::string& name : fields(line)) column.emplace(name, column.size());
  std::vector<AnswerOfR> answers;
  while (std::getline(in, line)) {
    const auto row = fields(line);
    const auto field = [&](const std::string& name) { return row.at(column.at(name)); };
    answers.push_back({std::stoll(field("x")), std::stoll(field("n")), std::stod(field(method + "_lower")),
                       std::stod(field(method + "_upper"))});
  }
  return answers;
}

}  // namespace stats_test

// Known data with R's answers, by group: what `survfit` and `quantile` of it gave. For tests; needs
// CHURN_ORACLES_DIR.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <churn/survival/risk_table.hpp>

#include "support/read_csv.hpp"
#include "survival/spell_data.hpp"

#ifdef CHURN_ORACLES_DIR
namespace survival_test {

using CsvRows = std::vector<std::map<std::string, std::string>>;

inline CsvRows oracle(const std::string& file) {
  return support::read_csv(std::string(CHURN_ORACLES_DIR) + "/" + file);
}

/// Empty where R gave NA.
inline std::optional<double> number(const std::map<std::string, std::string>& row,
                                    const std::string& column) {
  const std::string& text = row.at(column);
  return text.empty() || text == "Inf" ? std::nullopt : std::optional{std::stod(text)};
}

struct KnownGroup {
  std::string folder;   ///< `survival_lung`
  std::string tag;      ///< of its files: `_by_sex`
  std::string stratum;  ///< as R calls it: `sex=1`
  churn::RiskTable table;

  /// The rows of `kind`, such as `km`, that are of this group.
  [[nodiscard]] CsvRows answers(const std::string& kind) const {
    CsvRows mine;
    for (const auto& row : oracle(folder + "/" + kind + tag + ".csv"))
      if (row.at("stratum") == stratum) mine.push_back(row);
    return mine;
  }
};

struct KnownData {
  std::string folder;
  std::vector<std::string> files;
  std::string tag;
  std::string group;   ///< a column; empty: all in one
  std::string called;  ///< what R calls the column
  std::string entry;   ///< a column; empty: nobody enters late
  std::string exit;
  std::string event;
  std::vector<std::string> events;  ///< values of that column that are events
};

inline std::vector<KnownGroup> groups_of(const KnownData& data) {
  std::map<std::string, SpellData> by_group;
  for (const std::string& file : data.files) {
    for (const auto& row : oracle(data.folder + "/" + file)) {
      const std::int32_t entry = data.entry.empty() ? 0 : std::stoi(row.at(data.entry));
      const std::int32_t exit = std::stoi(row.at(data.exit));
      if (exit < entry) continue;  // one row of channing, which R leaves out
      SpellData& group = by_group[data.group.empty() ? "all" : data.called + "=" + row.at(data.group)];
      group.entry.push_back(entry);
      group.exit.push_back(exit);
      bool is_event = false;
      for (const std::string& value : data.events) is_event = is_event || row.at(data.event) == value;
      group.event.push_back(is_event ? 1 : 0);
    }
  }
  std::vector<KnownGroup> groups;
  for (const auto& [name, spells] : by_group)
    groups.push_back({data.folder, data.tag, name, churn::risk_table(spells.columns())});
  return groups;
}

/// All groups of lung, aml, veteran, channing (late entry) and of the telecom customers.
inline std::vector<KnownGroup> known_groups() {
  std::vector<KnownGroup> groups;
  const auto add = [&](const KnownData& data) {
    for (KnownGroup& group : groups_of(data)) groups.push_back(std::move(group));
  };
  add({"survival_lung", {"lung.csv"}, "_all", "", "", "", "time", "status", {"2"}});
  add({"survival_lung", {"lung.csv"}, "_by_sex", "sex", "sex", "", "time", "status", {"2"}});
  add({"survival_aml", {"aml.csv"}, "_all", "", "", "", "time", "status", {"1"}});
  add({"survival_aml", {"aml.csv"}, "_by_x", "x", "x", "", "time", "status", {"1"}});
  add({"survival_veteran", {"veteran.csv"}, "_by_trt", "trt", "trt", "", "time", "status", {"1"}});
  add({"survival_veteran",
       {"veteran.csv"},
       "_by_celltype",
       "celltype",
       "celltype",
       "",
       "time",
       "status",
       {"1"}});
  add({"survival_channing_left_truncated",
       {"channing.csv"},
       "_by_sex",
       "sex",
       "sex",
       "entry",
       "exit",
       "cens",
       {"1"}});
  add({"churn_bigml",
       {"churn_bigml_80.csv", "churn_bigml_20.csv"},
       "_by_international_plan",
       "International plan",
       "International_plan",
       "",
       "Account length",
       "Churn",
       {"TRUE", "True"}});
  return groups;
}

}  // namespace survival_test
#endif

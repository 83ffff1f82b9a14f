// What tests of charts ask of each chart, and how they read its table.
#pragma once

#include <churn/report/chart.hpp>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>

namespace support {

/// All that encodings and transforms name as `field`, wherever it stands.
inline void collect_fields(const nlohmann::json& json, std::set<std::string>& fields) {
  if (json.is_object() && json.contains("field") && json["field"].is_string())
    fields.insert(json["field"].get<std::string>());
  if (json.is_structured())
    for (const auto& part : json) collect_fields(part, fields);
}

/// That the view is JSON, names only columns of the data, has all its places filled, and that rows are as long as the header.
inline void expect_sound(const churn::Chart& chart) {
  const auto view = nlohmann::json::parse(chart.spec, nullptr, false);
  ASSERT_TRUE(view.is_object()) << chart.name;
  EXPECT_EQ(chart.spec.find('@'), std::string::npos) << chart.name << " has a place that was not filled";
  std::set<std::string> fields;
  collect_fields(view, fields);
  EXPECT_FALSE(fields.empty()) << chart.name;
  for (const std::string& field : fields)
    EXPECT_EQ(std::count(chart.data.columns.begin(), chart.data.columns.end(), field), 1)
        << chart.name << ": " << field;
  for (const auto& row : chart.data.rows) ASSERT_EQ(row.size(), chart.data.columns.size()) << chart.name;
  EXPECT_EQ(chart.spec.find("\"segment\"") != std::string::npos,
            std::count(chart.data.columns.begin(), chart.data.columns.end(), "segment") == 1)
      << chart.name << ": a page can cut what has segments, and nothing else";
  EXPECT_FALSE(chart.finding.empty()) << chart.name;
  EXPECT_FALSE(chart.measured.empty()) << chart.name;
  EXPECT_TRUE(nlohmann::json::parse(to_json(chart)).contains("data")) << chart.name;
}

inline std::size_t column_of(const churn::Chart& chart, const std::string& name) {
  const auto found = std::find(chart.data.columns.begin(), chart.data.columns.end(), name);
  if (found == chart.data.columns.end()) throw std::runtime_error("no column " + name + " in " + chart.name);
  return static_cast<std::size_t>(found - chart.data.columns.begin());
}

/// A cell as text; `row` counts from 0.
inline std::string cell_of(const churn::Chart& chart, std::size_t row, const std::string& name) {
  return churn::to_text(chart.data.rows.at(row).at(column_of(chart, name)));
}

inline std::int64_t cents_of(const churn::Cell& cell) { return std::get<churn::Money>(cell).minor_units(); }

}  // namespace support

// What charts are written with: views as JSON texts, into which a word or number is put, and names of what is drawn. Private
// to the library's sources.
#pragma once

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <churn/core/period_grid.hpp>
#include <churn/cube/movement_cube.hpp>

namespace churn::inline v0 {
namespace chart_spec {

/// `text` with each `@NAME@` replaced by what it stands for, escaped as within a JSON string.
inline std::string filled(std::string text,
                          std::initializer_list<std::pair<std::string_view, std::string>> parts) {
  for (const auto& [name, value] : parts) {
    const std::string place = "@" + std::string(name) + "@";
    const std::string quoted =
        nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const std::string escaped = quoted.substr(1, quoted.size() - 2);
    for (std::size_t at = text.find(place); at != std::string::npos;
         at = text.find(place, at + escaped.size()))
      text.replace(at, place.size(), escaped);
  }
  return text;
}

/// The first of a text's sentences: up to a full stop or colon before a space.
inline std::string first_sentence(const std::string& text) {
  for (std::size_t at = 0; at + 1 < text.size(); ++at)
    if ((text[at] == '.' || text[at] == ';') && text[at + 1] == ' ') return text.substr(0, at) + ".";
  return text;
}

/// `plan: pro`, `plan: pro, country: DE`; `all` of a cube that is not cut.
inline std::string segment_label(const std::vector<std::string>& names, const Label& label) {
  if (names.empty()) return "all";
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : ", ") + names[i] + ": " + (label[i].empty() ? "(none)" : label[i]);
  return text;
}

/// Puts in at `@SEGMENT@` that only one segment is drawn, the one that is chosen, and all that `filled` does.
inline std::string cut_by_segment(std::string view,
                                  std::initializer_list<std::pair<std::string_view, std::string>> parts) {
  constexpr std::string_view place = "@SEGMENT@";
  view.replace(view.find(place), place.size(),
               R"json("params": [{"name": "segment", "value": "all"}],
  "transform": [{"filter": "datum.segment === segment"}],)json");
  return filled(std::move(view), parts);
}

/// How an axis of periods is labelled: days and weeks by their day, longer periods by their month.
inline std::string period_label(const PeriodGrid& grid) {
  for (const Date cut : grid.cuts())
    if (cut.day() != 1) return "datum.label";
  return "slice(datum.label, 0, 7)";
}

}  // namespace chart_spec
}  // namespace churn::inline v0

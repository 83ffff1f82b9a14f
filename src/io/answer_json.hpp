// How answers become JSON and are read back: `written<T>` and `read<T>` are there for every answer, in the file
// of its noun, which ends with CHURN_ANSWER(T). Private to the sources of io/.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <churn/io/result_json.hpp>

#include "io/result_fields.hpp"

namespace churn::inline v0 {
namespace answer_json {

using nlohmann::json;
using nlohmann::ordered_json;
using namespace reading;

template <class T>
ordered_json written(const T& answer);
template <class T>
T read(const json& tree);
/// A table has its columns in the order of the tree, so it is read from either kind of tree.
template <class Json>
Table table_from(const Json& tree);

// Those that others are made of.
template <>
ordered_json written(const Measurement& measurement);
template <>
Measurement read(const json& tree);
template <>
ordered_json written(const PeriodGrid& grid);
template <>
PeriodGrid read(const json& tree);

template <class T>
T read_at(const ResultFields& fields, std::string_view field) {
  return fields.made(field, [&] { return read<T>(fields.at(field)); });
}

template <class Enum>
using Name = std::pair<std::string_view, Enum>;

template <class Names, class Enum>
std::string name_in(const Names& names, Enum value) {
  for (const auto& [name, known] : names)
    if (known == value) return std::string(name);
  return "unknown";
}

template <class Enum, std::size_t N, class NameOf>
auto names_by(NameOf name_of) {
  std::array<Name<Enum>, N> names;
  for (std::size_t i = 0; i < N; ++i) names[i] = {name_of(static_cast<Enum>(i)), static_cast<Enum>(i)};
  return names;
}

inline ordered_json code_of(Currency currency) { return std::string(currency.code()); }

}  // namespace answer_json

template <Answer T>
void to_json(nlohmann::ordered_json& tree, const T& answer) {
  tree = answer_json::written(answer);
}
template <Answer T>
void to_json(nlohmann::json& tree, const T& answer) {
  tree = answer_json::written(answer);
}
template <Answer T>
T from_json(const nlohmann::json& tree) {
  reading::require_shallow(tree, "answer");
  if constexpr (std::is_same_v<T, Table>)
    return answer_json::table_from(tree);
  else
    return answer_json::read<T>(tree);
}
template <Answer T>
T from_json(const nlohmann::ordered_json& tree) {
  reading::require_shallow(tree, "answer");
  if constexpr (std::is_same_v<T, Table>)
    return answer_json::table_from(tree);
  else
    return answer_json::read<T>(nlohmann::json(tree));
}

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): a list of instantiations
#define CHURN_ANSWER(T)                                        \
  template void to_json<T>(nlohmann::ordered_json&, const T&); \
  template void to_json<T>(nlohmann::json&, const T&);         \
  template T from_json<T>(const nlohmann::json&);              \
  template T from_json<T>(const nlohmann::ordered_json&)

}  // namespace churn::inline v0

#include <churn/core/table.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "core/csv_field.hpp"
#include "core/table_json.hpp"

namespace churn::inline v0 {

namespace {

nlohmann::ordered_json to_json_value(const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return nullptr;
  if (const auto* flag = std::get_if<bool>(&cell)) return *flag;
  if (const auto* count = std::get_if<std::int64_t>(&cell)) return *count;
  if (const auto* number = std::get_if<double>(&cell))
    return std::isfinite(*number) ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
  return to_text(cell);
}

}  // namespace

std::string shortest(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::string to_text(const Cell& cell) {
  struct Visitor {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(bool flag) const { return flag ? "1" : "0"; }
    std::string operator()(std::int64_t count) const { return std::to_string(count); }
    std::string operator()(double number) const {
      return std::isfinite(number) ? shortest(number) : std::string{};
    }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(Date day) const { return day.to_string(); }
    std::string operator()(Money amount) const { return amount.to_string(); }
  };
  return std::visit(Visitor{}, cell);
}

std::string to_csv(const Table& table) {
  std::string out;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) out += ',';
    append_csv_field(out, table.columns[i]);
  }
  out += '\n';
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += ',';
      append_csv_field(out, to_text(row[i]));
    }
    out += '\n';
  }
  return out;
}

namespace {

/// A key a column. The last of a name keeps it; the others get one that no column has.
std::vector<std::string> keys_of(const std::vector<std::string>& columns) {
  std::vector<std::string> keys = columns;
  std::set<std::string> taken(columns.begin(), columns.end());
  std::set<std::string> seen;
  for (std::size_t i = keys.size(); i-- > 0;) {
    if (seen.insert(keys[i]).second) continue;
    while (!taken.insert(keys[i]).second) keys[i].insert(0, "by_");
  }
  return keys;
}

}  // namespace

nlohmann::ordered_json tree_of(const Table& table) {
  const std::vector<std::string> keys = keys_of(table.columns);
  auto array = nlohmann::ordered_json::array();
  for (const auto& row : table.rows) {
    auto object = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < row.size(); ++i) object[keys[i]] = to_json_value(row[i]);
    array.push_back(std::move(object));
  }
  return array;
}

std::string to_json(const Table& table) {
  // Bytes that are not UTF-8 can only come from a host; they are replaced rather than thrown over.
  return tree_of(table).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace churn::inline v0

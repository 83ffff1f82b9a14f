#include "sql/table_shape.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>

#include "io/findings.hpp"

namespace churn::inline v0 {
namespace database {

namespace {

/// Before the text of a binary number out of SQLite. No text begins so that is not made to.
constexpr std::string_view real_mark = "\x01r";

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

/// Of PostgreSQL's types, by their names in its catalogue.
ColumnKind postgresql_kind(std::string_view type) {
  if (type == "text" || type == "varchar") return ColumnKind::text;
  if (type == "bool") return ColumnKind::boolean;
  if (type == "float4" || type == "float8") return ColumnKind::real;
  if (type == "money") return ColumnKind::money;
  if (type == "date") return ColumnKind::date;
  if (type == "timestamp" || type == "timestamptz") return ColumnKind::instant;
  return ColumnKind::other;
}

/// Of a type that somebody declared in SQLite, which keeps its rows to none but texts.
ColumnKind sqlite_kind(const std::string& type) {
  const auto has = [&](std::string_view word) { return type.find(word) != std::string::npos; };
  if (has("int")) return ColumnKind::any;  // by SQLite's rules this comes first
  if (has("char") || has("clob") || has("text")) return ColumnKind::text;
  if (has("time")) return ColumnKind::instant;
  return ColumnKind::any;
}

std::optional<TableShape> postgresql_shape(Session& session, const std::string& schema,
                                           const std::string& table) {
  TableShape shape{table, quoted_name(schema, table), {}};
  const std::string doing = "Looking for " + table;
  const std::string relation = "to_regclass(" + quoted_text(shape.quoted) + ")";
  const auto rows = session.rows_of(
      "SELECT a.attname::text, COALESCE(b.typname, t.typname)::text FROM pg_catalog.pg_attribute a "
      "JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
      "LEFT JOIN pg_catalog.pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype "
      "WHERE a.attrelid = " +
          relation + " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
      2, doing);
  for (const auto& row : rows) shape.columns.push_back({row[0], row[0], postgresql_kind(row[1]), row[1]});
  if (rows.empty()) return std::nullopt;
  return shape;
}

std::optional<TableShape> sqlite_shape(Session& session, const std::string& schema,
                                       const std::string& table) {
  TableShape shape{table, quoted_name(schema, table), {}};
  const std::string arguments =
      quoted_text(table) + (schema.empty() ? std::string{} : ", " + quoted_text(schema));
  const auto rows = session.rows_of(
      "SELECT name, type FROM pragma_table_xinfo(" + arguments + ") WHERE hidden <> 1 ORDER BY cid", 2,
      "Looking for " + table);
  for (const auto& row : rows) {
    const std::string type = lower_case(row[1]);
    shape.columns.push_back({row[0], lower_case(row[0]), sqlite_kind(type), type});
  }
  if (rows.empty()) return std::nullopt;
  return shape;
}

}  // namespace

const ShapeColumn* TableShape::find(std::string_view known_name) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const ShapeColumn& column) { return column.known_name == known_name; });
  return found == columns.end() ? nullptr : &*found;
}

std::optional<TableShape> shape_of(Session& session, const std::string& schema, const std::string& table) {
  return session.is_postgresql() ? postgresql_shape(session, schema, table)
                                 : sqlite_shape(session, schema, table);
}

std::string text_of_column(const Session& session, const ShapeColumn& column, bool flag) {
  const std::string name = quoted_name(column.name);
  if (!session.is_postgresql()) {
    if (column.kind == ColumnKind::text) return "CAST(" + name + " AS TEXT) COLLATE BINARY";
    // Fifteen digits give back what was written with as many; a number that took more needs seventeen.
    return "(CASE typeof(" + name + ") WHEN 'real' THEN char(1) || 'r' || CASE WHEN CAST(CAST(" + name +
           " AS TEXT) AS REAL) = " + name + " THEN CAST(" + name + " AS TEXT) ELSE printf('%!.17g', " + name +
           ") END ELSE CAST(" + name + " AS TEXT) END) COLLATE BINARY";
  }
  std::string text = name + "::text";
  switch (column.kind) {
    case ColumnKind::boolean:
      if (flag) text = name + "::int::text";
      break;
    case ColumnKind::real:  // by way of numeric, which has no exponent
      text = "(CASE WHEN " + text + " IN ('NaN', 'Infinity', '-Infinity') THEN " + text + " ELSE " + text +
             "::numeric::text END)";
      break;
    case ColumnKind::money: text = name + "::numeric::text"; break;
    case ColumnKind::date:
    case ColumnKind::instant: text = "NULLIF(" + name + ", 'infinity')::text"; break;
    case ColumnKind::text:
    case ColumnKind::any:
    case ColumnKind::other: break;
  }
  return text + " COLLATE \"C\"";
}

bool is_marked_real(std::string_view text) noexcept { return text.starts_with(real_mark); }

std::string plain_real(std::string_view text) {
  text.remove_prefix(real_mark.size());
  // With no more digits than these, and no exponent, it is its own shortest decimal.
  constexpr std::size_t surely_shortest = 15;
  if (text.size() <= surely_shortest && text.find_first_not_of("-.0123456789") == std::string_view::npos) {
    if (text.ends_with(".0")) text.remove_suffix(2);
    return std::string(text);
  }
  // Not every standard library has from_chars for doubles, and strtod asks the locale.
  const nlohmann::json number = nlohmann::json::parse(text, nullptr, false);
  if (!number.is_number() || !std::isfinite(number.get<double>())) return std::string(text);
  std::array<char, 400> digits{};  // the longest double without an exponent takes 326
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number.get<double>(),
                                     std::chars_format::fixed);
  return {digits.data(), written.ptr};
}

bool is_day_column(std::string_view known_name) noexcept {
  return known_name == "on" || known_name.ends_with("_on") || known_name == "paused_from" ||
         known_name == "paused_until" || known_name == "period_start" || known_name == "period_end";
}

std::string comparable_instant(const Session& session, const ShapeColumn& column) {
  const std::string name = quoted_name(column.name);
  if (!session.is_postgresql())
    return "(CASE typeof(" + name + ") WHEN 'text' THEN strftime('%Y-%m-%dT%H:%M:%fZ', " + name +
           ") ELSE strftime('%Y-%m-%dT%H:%M:%fZ', " + name + ", 'unixepoch') END)";
  const std::string at = column.type == "timestamptz" ? name + " AT TIME ZONE 'UTC'" : name + "::timestamp";
  return "to_char(" + at + ", 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
}

std::string comparable_now(const Session& session) {
  return session.is_postgresql() ? "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
                                 : "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
}

}  // namespace database
}  // namespace churn::inline v0

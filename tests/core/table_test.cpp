#include <churn/core/table.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/generators.hpp"

namespace churn {
namespace {

using Fields = std::vector<std::vector<std::string>>;

/// RFC 4180, read character by character: what any other program would see of a file.
Fields read_csv(const std::string& text) {
  Fields rows{{""}};
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"')
        rows.back().back() += c;
      else if (i + 1 < text.size() && text[i + 1] == '"')
        rows.back().back() += text[++i];
      else
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      rows.back().emplace_back();
    } else if (c == '\n') {
      rows.push_back({""});
    } else {
      rows.back().back() += c;
    }
  }
  rows.pop_back();  // what follows the last line end
  return rows;
}

std::string any_text() {
  return *rc::gen::container<std::string>(
      rc::gen::element('a', 'B', '0', ' ', ',', '"', '\n', '\r', ';', '\t', '-'));
}

double any_double() {
  const auto bits = *core_test::between<std::uint64_t>(0, std::numeric_limits<std::uint64_t>::max());
  const double value = std::bit_cast<double>(bits);
  return std::isfinite(value) ? value : 0.0;
}

Cell any_cell() {
  switch (*core_test::between(0, 7)) {
    case 0: return std::monostate{};
    case 1: return *rc::gen::arbitrary<bool>();
    case 2: return *core_test::any_int64();
    case 3: return any_double();
    case 4: return any_text();
    case 5: return *core_test::any_date();
    default: return Money(*core_test::any_int64(), *core_test::any_currency());
  }
}

Table any_table() {
  Table table;
  const auto columns = *core_test::between<std::size_t>(1, 5);
  for (std::size_t i = 0; i < columns; ++i) table.columns.push_back(std::to_string(i) + any_text());
  for (int rows = *core_test::between(0, 5); rows > 0; --rows) {
    table.rows.emplace_back();
    for (std::size_t i = 0; i < columns; ++i) table.rows.back().push_back(any_cell());
  }
  return table;
}

RC_GTEST_PROP(Table, as_csv_holds_the_text_of_every_cell, ()) {
  const Table table = any_table();
  Fields expected{table.columns};
  for (const auto& row : table.rows) {
    expected.emplace_back();
    for (const Cell& cell : row) expected.back().push_back(to_text(cell));
  }
  RC_ASSERT(read_csv(to_csv(table)) == expected);
}

RC_GTEST_PROP(Table, as_json_holds_every_cell_under_its_column, ()) {
  const Table table = any_table();
  const auto array = nlohmann::ordered_json::parse(to_json(table));
  RC_ASSERT(array.size() == table.rows.size());
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    std::size_t c = 0;
    for (const auto& [key, value] : array[r].items()) {
      const Cell& cell = table.rows[r][c];
      RC_ASSERT(key == table.columns[c++]);
      if (std::holds_alternative<std::monostate>(cell))
        RC_ASSERT(value.is_null());
      else if (const auto* flag = std::get_if<bool>(&cell))
        RC_ASSERT(value.get<bool>() == *flag);
      else if (const auto* count = std::get_if<std::int64_t>(&cell))
        RC_ASSERT(value.get<std::int64_t>() == *count);
      else if (const auto* number = std::get_if<double>(&cell))
        RC_ASSERT(std::bit_cast<std::uint64_t>(value.get<double>()) == std::bit_cast<std::uint64_t>(*number));
      else
        RC_ASSERT(value.get<std::string>() == to_text(cell));
    }
    RC_ASSERT(c == table.columns.size());
  }
}

RC_GTEST_PROP(Table, of_the_same_cells_gives_the_same_bytes, ()) {
  const Table table = any_table();
  const Table copy = table;
  RC_ASSERT(to_csv(table) == to_csv(copy));
  RC_ASSERT(to_json(table) == to_json(copy));
}

// Read back by strtod, which shares nothing with to_chars; and a digit less must not read back to the same.
RC_GTEST_PROP(Shortest, reads_back_to_the_same_bits, ()) {
  const double value = any_double();
  const std::string text = shortest(value);
  RC_ASSERT(std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr)) ==
            std::bit_cast<std::uint64_t>(value));
  RC_ASSERT(text.size() <= 24U);
}

TEST(Shortest, writes_no_digit_that_is_not_needed) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(shortest(1.0), "1");
  EXPECT_EQ(shortest(-2.5), "-2.5");
  EXPECT_EQ(shortest(0.06), "0.06");
  EXPECT_EQ(shortest(1.0 / 3), "0.3333333333333333");
}

TEST(Cell, as_text_is_plain_and_exact) {
  EXPECT_EQ(to_text(std::monostate{}), "");
  EXPECT_EQ(to_text(true), "1");
  EXPECT_EQ(to_text(false), "0");
  EXPECT_EQ(to_text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(to_text(0.5), "0.5");
  EXPECT_EQ(to_text(std::string("pro, \"max\"")), "pro, \"max\"");
  EXPECT_EQ(to_text(Date::of(2024, 2, 29)), "2024-02-29");
  EXPECT_EQ(to_text(Money(1250, Currency("USD"))), "12.50");
  EXPECT_EQ(to_text(Money(1250, Currency("JPY"))), "1250");
}

TEST(Table, as_csv_quotes_only_what_must_be_quoted) {
  const Table table{{"plain", "a,b", "said \"so\"", "two\nlines"},
                    {{std::string("x y"), std::string("1;2"), std::monostate{}, std::string("\r")}}};
  EXPECT_EQ(to_csv(table), "plain,\"a,b\",\"said \"\"so\"\"\",\"two\nlines\"\nx y,1;2,,\"\r\"\n");
}

TEST(Table, as_json_has_null_for_what_is_undefined_and_text_for_amounts) {
  const Table table{{"period", "value", "mrr", "complete"},
                    {{Date::of(2024, 1, 1), std::monostate{}, Money(1250, Currency("USD")), true}}};
  EXPECT_EQ(nlohmann::json::parse(to_json(table)),
            nlohmann::json::parse(R"([{"period":"2024-01-01","value":null,"mrr":"12.50","complete":true}])"));
}

TEST(Table, without_rows_keeps_its_header) {
  const Table table{{"period", "value"}, {}};
  EXPECT_EQ(to_csv(table), "period,value\n");
  EXPECT_EQ(to_json(table), "[]\n");
}

TEST(Table, as_json_replaces_bytes_that_are_no_utf8) {
  const Table table{{"name"}, {{std::string("caf\xE9")}}};
  EXPECT_EQ(nlohmann::json::parse(to_json(table))[0]["name"], "caf\xEF\xBF\xBD");
}

// `--by period,by_period` and `--by plan,plan,plan` lost a column each: two keys were the same.
TEST(Table, in_json_has_a_key_of_its_own_for_every_column) {
  const auto json_of = [](std::vector<std::string> columns) {
    Table table{std::move(columns), {{}}};
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      table.rows[0].emplace_back(static_cast<std::int64_t>(i));
    std::string text = to_json(table);
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
    return text;
  };
  EXPECT_EQ(json_of({"period", "by_period", "period"}), R"([{"by_by_period":0,"by_period":1,"period":2}])");
  EXPECT_EQ(json_of({"plan", "plan", "plan"}), R"([{"by_by_plan":0,"by_plan":1,"plan":2}])");
  EXPECT_EQ(json_of({"by_x", "x", "x"}), R"([{"by_x":0,"by_by_x":1,"x":2}])");
}

}  // namespace
}  // namespace churn

#include "io/json_value.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "core/generators.hpp"

namespace churn::reading {
namespace {

using core_test::between;
using nlohmann::json;

TEST(JsonValue, numbers_become_plain_decimals) {
  EXPECT_EQ(plain_number("0"), "0");
  EXPECT_EQ(plain_number("-12.50"), "-12.50");
  EXPECT_EQ(plain_number("1e3"), "1000");
  EXPECT_EQ(plain_number("1E+3"), "1000");
  EXPECT_EQ(plain_number("1.5e1"), "15");
  EXPECT_EQ(plain_number("1.2345e2"), "123.45");
  EXPECT_EQ(plain_number("-1.5e-3"), "-0.0015");
  EXPECT_EQ(plain_number("12e-1"), "1.2");
  EXPECT_EQ(plain_number("0.05e2"), "5");
  EXPECT_EQ(plain_number("0.5e1"), "5");
  EXPECT_EQ(plain_number("0.004e1"), "0.04");
  EXPECT_EQ(plain_number("0e5"), "0");
  EXPECT_EQ(plain_number("0.0e0"), "0.0");
  EXPECT_EQ(plain_number("1e-5000"), "1e-5000") << "left to whoever reads it";
  EXPECT_EQ(plain_number("1e99999999999999"), "1e99999999999999");
  EXPECT_EQ(plain_number("1,5"), "1.5") << "the parser writes the point of the process's locale";
  EXPECT_EQ(plain_number("1,5e1"), "15");
}

// Digits with the point moved by hand, against the exponent that moves it.
RC_GTEST_PROP(JsonValue, an_exponent_moves_the_point, ()) {
  const int whole = *between(1, 1'000'000);
  const int exponent = *between(0, 12);
  const std::string digits = std::to_string(whole);
  RC_ASSERT(plain_number(digits + "e" + std::to_string(exponent)) ==
            digits + std::string(static_cast<std::size_t>(exponent), '0'));
  const std::string padded = std::string(20, '0') + digits;
  const std::size_t point = padded.size() - static_cast<std::size_t>(exponent);
  std::string expected = padded.substr(0, point);
  expected.erase(0, std::min(expected.find_first_not_of('0'), expected.size() - 1));
  if (exponent > 0) expected += "." + padded.substr(point);
  RC_ASSERT(plain_number(digits + "e-" + std::to_string(exponent)) == expected);
}

TEST(JsonValue, a_document_is_walked_without_a_tree) {
  JsonDocument document;
  ASSERT_FALSE(parse_json(R"({"a": [1, {"b": 0.10}, null], "c": "x", "c": true})", document));
  const JsonValue root = document.root();
  std::vector<std::string> seen;
  for (const JsonValue field : root)
    seen.push_back(std::string(field.key()) + "=" + std::string(field.text()));
  EXPECT_EQ(seen, (std::vector<std::string>{"a=", "c=x", "c=true"})) << "both fields of one name";
  const JsonValue list = root.find("a").value();
  std::vector<JsonKind> kinds;
  for (const JsonValue element : list) kinds.push_back(element.kind());
  EXPECT_EQ(kinds, (std::vector<JsonKind>{JsonKind::number, JsonKind::object, JsonKind::null}));
  EXPECT_EQ((*++list.begin()).find("b").value().text(), "0.10");
  EXPECT_FALSE(root.find("b"));
  EXPECT_FALSE(list.find("a"));

  ASSERT_FALSE(parse_json("7", document)) << "the same document, filled again";
  EXPECT_EQ(document.root().text(), "7");
}

/// Trees without binary fractions, which have no exact text.
json any_tree(int depth) {
  switch (*between(0, depth > 0 ? 7 : 5)) {
    case 0: return nullptr;
    case 1: return *between(0, 2) == 1;
    case 2: return *between<std::int64_t>(-1000, 1000);
    case 3: return std::uint64_t{1} << *between(0, 64);
    case 4: return std::string(static_cast<std::size_t>(*between(0, 4)), 'x');
    case 5: {
      json array = json::array();
      for (int n = *between(0, 4); n > 0; --n) array.push_back(any_tree(depth - 1));
      return array;
    }
    default: {
      json object = json::object();
      for (int n = *between(0, 4); n > 0; --n) object[std::to_string(*between(0, 9))] = any_tree(depth - 1);
      return object;
    }
  }
}

RC_GTEST_PROP(JsonValue, trees_and_texts_come_back_as_they_were, ()) {
  const json tree = any_tree(4);
  JsonDocument document;
  document.assign(tree);
  RC_ASSERT(tree_of(document, document.root()) == tree);
  RC_ASSERT(parse_tree(tree.dump()) == tree);
}

TEST(JsonValue, is_not_read_where_a_field_comes_twice_or_nesting_has_no_end) {
  for (const char* text : {"{", "", "{\"a\": 1e400}"}) EXPECT_THROW((void)parse_tree(text), Error) << text;
  EXPECT_THROW((void)parse_tree(R"([{"a": 1, "a": 1}])"), Error);
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_NO_THROW((void)parse_tree(nested(JsonDocument::deepest)));
  EXPECT_THROW((void)parse_tree(nested(JsonDocument::deepest + 1)), Error);
}

}  // namespace
}  // namespace churn::reading

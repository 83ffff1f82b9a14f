#include "book/id_table.hpp"

#include <churn/core/error.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/generators.hpp"

namespace churn {
namespace {

/// Texts that are easily taken for each other: few letters, leading zeros, signs, 18 and 19 digits.
std::string any_key() {
  return *rc::gen::oneOf(
      rc::gen::map(core_test::any_int64(), [](std::int64_t number) { return std::to_string(number); }),
      rc::gen::container<std::string>(rc::gen::element('0', '1', '7', '-', 'a')),
      rc::gen::element<std::string>("", "0", "00", "-0", "007", "7", "+7", "7 ", "999999999999999999",
                                    "1000000000000000000", "9223372036854775807", "9223372036854775808",
                                    std::string(5, '\0')));
}

/// An integer for a text that is one as std::to_string writes it, so that both ways in can be tried.
std::optional<std::int64_t> number_of(const std::string& text) {
  try {
    const std::int64_t number = std::stoll(text);
    if (std::to_string(number) == text) return number;
  } catch (const std::exception&) {
  }
  return std::nullopt;
}

// The model is a std::map from text to the order of first sight, which an integer shares with its text.
RC_GTEST_PROP(IdTable, gives_each_id_one_index_in_order_of_first_sight, ()) {
  IdTable table;
  std::map<std::string, std::uint32_t> model;
  if (*rc::gen::arbitrary<bool>()) table.reserve(*core_test::between<std::size_t>(0, 100));
  for (int n = *core_test::between(0, 120); n > 0; --n) {
    const std::string text = any_key();
    const auto number = number_of(text);
    RC_ASSERT(table.find(text).has_value() == model.contains(text));
    const auto expected = model.emplace(text, static_cast<std::uint32_t>(model.size())).first->second;
    const bool as_number = number && *rc::gen::arbitrary<bool>();
    RC_ASSERT((as_number ? table.intern(*number) : table.intern(text)) == expected);
    RC_ASSERT(table.size() == model.size());
  }
  for (const auto& [text, index] : model) {
    RC_ASSERT(table.text(index) == text);
    RC_ASSERT(table.find(text) == index);
  }
}

// Whole columns are looked up many ids at once, of which some are new, some there already, and many repeat.
RC_GTEST_PROP(IdTable, gives_a_column_what_it_gives_its_ids_one_by_one, ()) {
  IdTable table;
  IdTable model;
  for (int columns = *core_test::between(0, 4); columns > 0; --columns) {
    std::vector<std::string> texts;
    std::vector<std::int64_t> numbers;
    const bool as_numbers = *rc::gen::arbitrary<bool>();
    const bool are_counted_up = *rc::gen::arbitrary<bool>();  // as a database does: looked up by value
    for (int n = *core_test::between(0, 90); n > 0; --n) {
      const int repeats = *core_test::between(1, 4);
      const std::string text = any_key();
      const std::int64_t number =
          are_counted_up ? *core_test::between<std::int64_t>(0, 60)
                         : *rc::gen::oneOf(core_test::any_int64(), core_test::between<std::int64_t>(-5, 20));
      texts.insert(texts.end(), static_cast<std::size_t>(repeats), text);
      numbers.insert(numbers.end(), static_cast<std::size_t>(repeats), number);
    }
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    std::vector<std::uint32_t> indices(texts.size());
    std::vector<std::uint32_t> expected;
    if (as_numbers)
      table.intern(std::span<const std::int64_t>(numbers), indices);
    else
      table.intern(std::span<const std::string_view>(views), indices);
    for (std::size_t i = 0; i < texts.size(); ++i)
      expected.push_back(as_numbers ? model.intern(numbers[i]) : model.intern(texts[i]));
    RC_ASSERT(indices == expected);
  }
  RC_ASSERT(table.size() == model.size());
  RC_ASSERT(table.is_sound());
}

TEST(IdTable, takes_over_what_another_table_holds) {
  IdTable table;
  for (const char* text : {"b", "7", "a"}) table.intern(text);
  IdTable other;
  for (const char* text : {"7", "c", "", "a", "d"}) other.intern(text);
  EXPECT_EQ(table.intern_all(other), (std::vector<std::uint32_t>{1, 3, 4, 2, 5}));
  EXPECT_EQ(table.text(4), "");
  EXPECT_EQ(table.size(), 6U);
}

TEST(IdTable, takes_an_integer_and_its_text_for_one_id_and_no_other_spelling) {
  IdTable table;
  const auto id = table.intern(std::int64_t{42});
  EXPECT_EQ(table.intern("42"), id);
  for (const char* other : {"042", "+42", "42 ", "42.0", "4 2"}) EXPECT_NE(table.intern(other), id) << other;
  EXPECT_EQ(table.text(id), "42");
}

TEST(IdTable, takes_integers_as_far_as_64_bits_reach) {
  IdTable table;
  for (const std::int64_t number :
       {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
        std::int64_t{999'999'999'999'999'999}, std::int64_t{1'000'000'000'000'000'000},
        std::numeric_limits<std::int64_t>::max()}) {
    const auto index = table.intern(number);
    EXPECT_EQ(table.text(index), std::to_string(number));
    EXPECT_EQ(table.intern(std::to_string(number)), index);
  }
  EXPECT_EQ(table.size(), 6U);
}

TEST(IdTable, keeps_every_index_while_it_grows) {
  IdTable table;
  constexpr std::uint32_t count = 50'000;
  for (std::uint32_t i = 0; i < count; ++i) {
    ASSERT_EQ(table.intern("cus_" + std::to_string(i)), 2 * i);
    ASSERT_EQ(table.intern(std::int64_t{i}), 2 * i + 1);
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    ASSERT_EQ(table.find("cus_" + std::to_string(i)), 2 * i);
    ASSERT_EQ(table.find(std::to_string(i)), 2 * i + 1);
  }
  EXPECT_FALSE(table.find("cus_" + std::to_string(count)));
}

// Integers close together are found by value, others by slots; which of both may change while a table grows.
TEST(IdTable, finds_integers_in_any_order_however_far_apart_they_are) {
  for (const std::int64_t apart : {1, 3, 7, 1'000'003}) {
    IdTable table;
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = 0; i < 5000; ++i) numbers.push_back((i * 2467 % 5000) * apart);
    for (std::size_t i = 0; i < numbers.size() / 2; ++i)  // one by one,
      ASSERT_EQ(table.intern(numbers[i]), i);
    std::vector<std::uint32_t> indices(numbers.size());
    table.intern(std::span<const std::int64_t>(numbers), indices);  // then all of them
    for (std::uint32_t i = 0; i < numbers.size(); ++i) {
      ASSERT_EQ(indices[i], i);
      ASSERT_EQ(table.find(std::to_string(numbers[i])), i);
      ASSERT_EQ(table.text(i), std::to_string(numbers[i]));
    }
    EXPECT_EQ(table.size(), numbers.size());
    EXPECT_TRUE(table.is_sound());
    EXPECT_FALSE(table.find(std::to_string(5000 * apart)));
  }
}

TEST(IdTable, takes_no_text_that_is_longer_than_an_entry_can_say) {
  IdTable table;
  table.intern("ann");
  EXPECT_THROW(table.intern(std::string(std::size_t{1} << 23U, 'x')), Error);
  EXPECT_EQ(table.intern(std::string((std::size_t{1} << 23U) - 1, 'x')), 1U);
  EXPECT_EQ(table.intern("bob"), 2U);
  EXPECT_EQ(table.size(), 3U);
}

TEST(IdTable, finds_many_as_it_finds_each) {
  IdTable table;
  std::vector<std::string> asked{"", "042", "-1", "never there"};
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i * 7);
    const std::string text = "cus_" + number;
    if (i % 3 != 0) table.intern(number);
    if (i % 4 != 0) table.intern(text);
    asked.push_back(number);
    asked.push_back(text);
  }
  const std::vector<std::string_view> ids(asked.begin(), asked.end());
  std::vector<std::uint32_t> indices(ids.size());
  table.find(ids, indices);
  for (std::size_t i = 0; i < ids.size(); ++i)
    EXPECT_EQ(indices[i], table.find(ids[i]).value_or(IdTable::no_id)) << ids[i];
}

TEST(IdTable, finds_nothing_while_it_is_empty) {
  EXPECT_FALSE(IdTable{}.find("c1"));
  EXPECT_FALSE(IdTable{}.find(""));
  const std::vector<std::string_view> ids{"c1", "7"};
  std::vector<std::uint32_t> indices(2);
  IdTable{}.find(ids, indices);
  EXPECT_EQ(indices, (std::vector<std::uint32_t>{IdTable::no_id, IdTable::no_id}));
}

}  // namespace
}  // namespace churn

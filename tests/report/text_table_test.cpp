#include <churn/report/text_table.hpp>

#include <gtest/gtest.h>

#include <string>

namespace churn {
namespace {

TEST(TextTable, puts_texts_to_the_left_and_numbers_to_the_right) {
  const Table table{{"plan", "customers", "since"},
                    {{std::string("pro"), std::int64_t{7}, Date::of(2024, 1, 2)},
                     {std::string("enterprise"), std::int64_t{12345}, Date::of(2023, 11, 30)}}};
  EXPECT_EQ(to_aligned_text(table),
            "plan        customers  since\n"
            "pro                 7  2024-01-02\n"
            "enterprise      12345  2023-11-30\n");
}

TEST(TextTable, shows_an_empty_cell_as_a_dash_and_no_negative_zero) {
  const Table table{{"value"}, {{Cell{}}, {-0.00001}, {0.123456}}};
  EXPECT_EQ(to_aligned_text(table), " value\n     -\n     0\n0.1235\n");
}

TEST(TextTable, counts_characters_and_not_bytes) {
  const Table table{{"name", "n"},
                    {{std::string("Zo\xC3\xAB"), std::int64_t{1}}, {std::string("Anna"), std::int64_t{2}}}};
  EXPECT_EQ(to_aligned_text(table), "name  n\nZo\xC3\xAB   1\nAnna  2\n");
}

// A plan called "\x1b[31mred" coloured the terminal, and one with a line break made two rows of one.
TEST(TextTable, keeps_control_characters_from_the_terminal) {
  const Table table{{"pl\nan", "n"}, {{std::string("\x1b[31mred\r\x7F"), std::int64_t{1}}}};
  EXPECT_EQ(to_aligned_text(table), "pl an       n\n [31mred    1\n");
}

TEST(TextTable, of_no_rows_is_its_header) { EXPECT_EQ(to_aligned_text(Table{{"a", "b"}, {}}), "a  b\n"); }

}  // namespace
}  // namespace churn

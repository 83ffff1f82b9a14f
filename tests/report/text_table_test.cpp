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
  const Table table{{"value"}, {{Cell{}}, {-0.0}, {0.123456}}};
  EXPECT_EQ(to_aligned_text(table), " value\n     -\n     0\n0.1235\n");
}

// A p of 0.00002 was shown as 0, and a hazard of 0.00038 a day as 4e-04.
TEST(TextTable, small_numbers_keep_three_digits_and_never_turn_into_0) {
  const Table table{{"value"}, {{0.00038123}, {-0.0000212}, {0.0099999}, {1.234e-13}, {12345.678949}}};
  EXPECT_EQ(to_aligned_text(table),
            "     value\n  0.000381\n-0.0000212\n      0.01\n  1.23e-13\n12345.6789\n");
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

#include <churn/report/display_width.hpp>

#include <churn/report/text_table.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using churn::display_width;

TEST(DisplayWidth, of_letters_is_their_number) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("plan"), 4U);
  EXPECT_EQ(display_width("Zoë"), 3U);
  EXPECT_EQ(display_width("▁▂█·–…€"), 7U);
}

TEST(DisplayWidth, of_marks_that_combine_is_none) {
  EXPECT_EQ(display_width("Zoe\u0308"), 3U);
  EXPECT_EQ(display_width("\u0E01\u0E34"), 1U);           // Thai: a letter and the vowel above it
  EXPECT_EQ(display_width("a\u200Bb\u202Ec\uFE0F"), 3U);  // steering characters
}

TEST(DisplayWidth, of_east_asian_characters_is_two) {
  EXPECT_EQ(display_width("株式会社"), 8U);
  EXPECT_EQ(display_width("한국"), 4U);
  EXPECT_EQ(display_width("\u1112\u1161\u11AB"), 2U);  // the same syllable 한 in its parts
  EXPECT_EQ(display_width("ＡＢ"), 4U);
  EXPECT_EQ(display_width("ｱ"), 1U);  // halfwidth
  EXPECT_EQ(display_width("\U0001F600"), 2U);
  EXPECT_EQ(display_width("\U00020000"), 2U);
}

TEST(DisplayWidth, of_what_is_no_utf8_is_one_a_byte) {
  EXPECT_EQ(display_width("\xFF\xC3"), 2U);
  EXPECT_EQ(display_width("\xE6\xA0"), 2U);  // cut off
  EXPECT_EQ(display_width("\xC0\x80"), 2U);  // overlong
}

TEST(DisplayWidth, keeps_tables_straight) {
  EXPECT_EQ(churn::to_aligned_text(
                {{"team", "n"},
                 {{std::string("株式"), std::int64_t{1}}, {std::string("e\u0301"), std::int64_t{22}}}}),
            "team   n\n株式   1\ne\u0301     22\n");
}

}  // namespace

#include <churn/core/printable.hpp>

#include <gtest/gtest.h>

#include <string>

namespace churn {
namespace {

TEST(Printable, leaves_texts_of_any_language_as_they_are) {
  for (const char* text :
       {"", "pro", "Zo\xC3\xAB", "\xC2\xA0", "\xE6\x97\xA5\xE6\x9C\xAC", "\xF0\x9F\x98\x80"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, has_a_space_for_each_control_character) {
  EXPECT_EQ(printable("\x1b[31mred"), " [31mred");
  EXPECT_EQ(printable("a\nb\rc\td\x7F"), "a b c d ");
  EXPECT_EQ(printable(std::string("\0x", 2)), " x");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            " 31m")
      << "one character of two bytes";
  EXPECT_EQ(printable("\xC2\x80\xC2\x9F\xC2\xA1"), "  \xC2\xA1");
}

// A name that turned the direction of its line showed the numbers of a row in another order.
TEST(Printable, has_a_space_for_what_breaks_lines_or_turns_their_direction) {
  EXPECT_EQ(printable("a\xE2\x80\xAE"
                      "b\xE2\x80\xA8"
                      "c\xE2\x81\xA6"
                      "d\xE2\x81\xA9"),
            "a b c d ");
  for (const char* text :
       {"\xE2\x80\xA7", "\xE2\x80\xAF", "\xE2\x81\xA5", "\xE2\x81\xAA", "\xE2\x80\x8D", "\xE2\x80", "\xE2"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, looks_at_the_last_byte_alone) { EXPECT_EQ(printable("a\xC2"), "a\xC2"); }

}  // namespace
}  // namespace churn

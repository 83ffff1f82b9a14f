#include "core/words.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::between;

/// The bytes of a word, its lowest first.
std::string bytes_of(std::uint64_t word) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(word >> 8 * i & 0xFF);
  return bytes;
}

std::string any_bytes(std::size_t most) {
  return *rc::gen::resize(static_cast<int>(most),
                          rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
}

RC_GTEST_PROP(Words, hold_the_bytes_of_a_text_in_order_and_zeros_behind, ()) {
  const std::string text = any_bytes(20);
  for (std::size_t size = 0; size <= 8 && size <= text.size(); ++size) {
    std::string expected = text.substr(0, size);
    expected.resize(8, '\0');
    RC_ASSERT(bytes_of(word_of(std::string_view(text).substr(0, size))) == expected);
    if (size == 8) RC_ASSERT(word_at(text.data()) == word_of(std::string_view(text).substr(0, 8)));
  }
}

RC_GTEST_PROP(Words, mark_exactly_the_bytes_that_equal_one, ()) {
  std::string text = *rc::gen::container<std::string>(8, rc::gen::arbitrary<char>());
  const char c = *rc::gen::arbitrary<char>();
  for (int n = *between(0, 4); n > 0; --n) text[*between<std::size_t>(0, 8)] = c;
  const std::string marks = bytes_of(equal_bytes(word_of(text), c));
  for (std::size_t i = 0; i < 8; ++i) RC_ASSERT(marks[i] == (text[i] == c ? '\x80' : '\0'));
}

RC_GTEST_PROP(Words, of_eight_digits_are_their_number, (std::uint32_t any)) {
  const std::uint32_t number = any % 100'000'000;
  std::string digits = std::to_string(number);
  digits.insert(0, 8 - digits.size(), '0');
  const std::uint64_t values = word_of(digits) ^ eight_of('0');
  RC_ASSERT(are_digits(values));
  RC_ASSERT(number_of(values) == number);
}

RC_GTEST_PROP(Words, with_a_byte_above_9_are_no_digits_whatever_stands_beside_it, ()) {
  std::string text = *rc::gen::container<std::string>(8, rc::gen::arbitrary<char>());
  text[*between<std::size_t>(0, 8)] = static_cast<char>(*between(10, 256));
  RC_ASSERT(!are_digits(word_of(text)));
}

RC_GTEST_PROP(Words, tell_texts_apart_as_their_bytes_do, ()) {
  const std::string a = any_bytes(40);
  std::string b = a;
  RC_ASSERT(is_same(a, b));
  if (!b.empty()) {
    b[*between<std::size_t>(0, b.size())] ^= static_cast<char>(1 << *between(0, 7));
    RC_ASSERT(!is_same(a, b));
  }
  RC_ASSERT(!is_same(a, a + "x"));
}

}  // namespace
}  // namespace churn

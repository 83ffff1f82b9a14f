#include "io/packed_bytes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <churn/churn.hpp>

#include <string>
#include <vector>

#include "core/generators.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::error_of;

RC_GTEST_PROP(PackedBytes, read_back_to_what_was_written, (const std::vector<std::string>& texts)) {
  const auto numbers = *rc::gen::container<std::vector<std::int64_t>>(core_test::any_int64());
  PackedWriter out;
  for (const std::int64_t number : numbers) {
    out.number(number);
    out.varint(static_cast<std::uint64_t>(number));
  }
  for (const std::string& text : texts) out.text(text);
  PackedReader in{out.bytes()};
  for (const std::int64_t number : numbers) {
    RC_ASSERT(in.number() == number);
    RC_ASSERT(in.varint() == static_cast<std::uint64_t>(number));
  }
  for (const std::string& text : texts) RC_ASSERT(in.text() == text);
  RC_ASSERT(in.rest() == 0U);
}

TEST(PackedBytes, refuse_a_text_that_is_longer_than_what_is_left_behind_its_length) {
  const std::string bytes =
      "\x03"
      "abc";
  EXPECT_EQ(PackedReader{bytes}.text(), "abc");
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(error_of([&] { (void)PackedReader{bytes.substr(0, size)}.text(); }), ErrorCode::unreadable)
        << size;
}

}  // namespace
}  // namespace churn

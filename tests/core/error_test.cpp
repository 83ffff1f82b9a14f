#include <churn/core/error.hpp>

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "core/enumerators.hpp"

namespace churn {
namespace {

static_assert(std::is_base_of_v<std::runtime_error, Error>, "hosts that know only std::exception catch it");
static_assert(std::is_nothrow_copy_constructible_v<Error>,
              "an exception that throws while copied terminates");
static_assert(noexcept(error_name(ErrorCode::overflow)));

TEST(Error, carries_its_code_and_its_sentence) {
  try {
    throw Error(ErrorCode::overflow, "Too much.");
  } catch (const std::runtime_error& caught) {
    EXPECT_STREQ(caught.what(), "Too much.");
    EXPECT_EQ(dynamic_cast<const Error&>(caught).code(), ErrorCode::overflow);
  }
}

TEST(Error, has_a_name_for_every_code_which_is_the_enumerator_itself) {
  const auto codes = core_test::enumerators("core/error.hpp", "ErrorCode");
  ASSERT_EQ(codes.size(), static_cast<std::size_t>(ErrorCode::cancelled) + 1);
  for (std::size_t i = 0; i < codes.size(); ++i) EXPECT_EQ(error_name(static_cast<ErrorCode>(i)), codes[i]);
}

TEST(Error, names_are_unique) {
  std::set<std::string_view> names;
  for (unsigned i = 0; i <= static_cast<unsigned>(ErrorCode::cancelled); ++i)
    EXPECT_TRUE(names.insert(error_name(static_cast<ErrorCode>(i))).second) << i;
}

}  // namespace
}  // namespace churn

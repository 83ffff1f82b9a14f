#include <churn/book/rejections.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/enumerators.hpp"
#include "core/generators.hpp"

namespace churn {
namespace {

RejectionCode code_of(std::size_t i) { return static_cast<RejectionCode>(i); }

TEST(RejectionCode, names_are_the_enumerators_themselves) {
  const auto codes = core_test::enumerators("book/rejections.hpp", "RejectionCode");
  ASSERT_EQ(codes.size(), rejection_code_count);
  for (std::size_t i = 0; i < codes.size(); ++i) EXPECT_EQ(rejection_name(code_of(i)), codes[i]);
}

TEST(RejectionCode, names_are_unique) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < rejection_code_count; ++i)
    EXPECT_TRUE(names.insert(rejection_name(code_of(i))).second) << i;
}

TEST(RejectionCode, is_a_notice_where_nothing_was_left_out_that_should_count) {
  const std::set<RejectionCode> notices{RejectionCode::unknown_column,   RejectionCode::absent_column,
                                        RejectionCode::unused_object,    RejectionCode::incomplete_history,
                                        RejectionCode::duplicate_row,    RejectionCode::negative_amount,
                                        RejectionCode::unknown_customer, RejectionCode::excluded_customer};
  for (std::size_t i = 0; i < rejection_code_count; ++i)
    EXPECT_EQ(is_notice(code_of(i)), notices.contains(code_of(i))) << rejection_name(code_of(i));
}

// The README promises a list of every reason; the rows of its table are "| `code` | …".
TEST(RejectionCode, list_in_the_readme_is_this_enum) {
  std::ifstream in(std::string(CHURN_SOURCE_DIR) + "/README.md");
  std::multiset<std::string> listed;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) inside = line == "## What is rejected";
    if (!inside || !line.starts_with("| `")) continue;
    const auto end = line.find('`', 3);
    ASSERT_NE(end, std::string::npos) << line;
    listed.insert(line.substr(3, end - 3));
  }
  std::multiset<std::string> known;
  for (std::size_t i = 0; i < rejection_code_count; ++i) known.emplace(rejection_name(code_of(i)));
  EXPECT_EQ(listed, known);
}

std::vector<Rejection> any_entries() {
  std::vector<Rejection> entries;
  for (int n = *core_test::between(0, 12); n > 0; --n)
    entries.push_back({code_of(*core_test::between<std::size_t>(0, rejection_code_count)),
                       *rc::gen::element<std::string>("customers.csv", "subscriptions.csv", "invoices"),
                       *core_test::between<std::int64_t>(0, 4),
                       *rc::gen::element<std::string>("", "amount", "ends_on"),
                       *rc::gen::element<std::string>("One reason.", "Another reason.")});
  return entries;
}

Rejections rejections_of(const std::vector<Rejection>& entries) {
  Rejections result;
  for (const Rejection& entry : entries) result.add(entry);
  return result;
}

RC_GTEST_PROP(Rejections, counts_every_entry_once_as_rejection_or_notice, ()) {
  const auto entries = any_entries();
  const Rejections rejections = rejections_of(entries);
  RC_ASSERT(rejections.entries() == entries);
  RC_ASSERT(rejections.empty() == entries.empty());
  RC_ASSERT(rejections.rejected() + rejections.notices() == entries.size());
  std::size_t by_code = 0;
  std::size_t notices = 0;
  for (std::size_t i = 0; i < rejection_code_count; ++i) {
    by_code += rejections.count(code_of(i));
    if (is_notice(code_of(i))) notices += rejections.count(code_of(i));
  }
  RC_ASSERT(by_code == entries.size());
  RC_ASSERT(notices == rejections.notices());
}

RC_GTEST_PROP(Rejections, sorted_are_the_same_list_whatever_the_order_they_came_in, ()) {
  auto entries = any_entries();
  Rejections there = rejections_of(entries);
  std::reverse(entries.begin(), entries.end());
  Rejections back = rejections_of(entries);
  there.sort();
  back.sort();
  RC_ASSERT(there.entries() == back.entries());
  RC_ASSERT(there.rejected() == back.rejected());
  RC_ASSERT(std::is_sorted(there.entries().begin(), there.entries().end(),
                           [](const Rejection& a, const Rejection& b) {
                             return std::tie(a.source, a.row, a.code, a.field, a.reason) <
                                    std::tie(b.source, b.row, b.code, b.field, b.reason);
                           }));
}

RC_GTEST_PROP(Rejections, appended_are_the_one_after_the_other, ()) {
  auto entries = any_entries();
  const auto more = any_entries();
  Rejections joined = rejections_of(entries);
  joined.append(rejections_of(more));
  entries.insert(entries.end(), more.begin(), more.end());
  RC_ASSERT(joined.entries() == entries);
  RC_ASSERT(joined.rejected() == rejections_of(entries).rejected());
}

TEST(Rejections, as_a_table_have_a_row_each) {
  const Rejections rejections = rejections_of({{RejectionCode::ends_before_start, "subscriptions.csv", 7,
                                                "ends_on", "The phase ends before it starts."}});
  EXPECT_EQ(to_csv(rejections.table()),
            "code,source,row,field,reason\n"
            "ends_before_start,subscriptions.csv,7,ends_on,The phase ends before it starts.\n");
}

TEST(Rejections, are_none_at_first) {
  const Rejections none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.rejected(), 0U);
  EXPECT_EQ(none.notices(), 0U);
  EXPECT_EQ(none.table().rows.size(), 0U);
}

}  // namespace
}  // namespace churn

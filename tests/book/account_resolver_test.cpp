#include "book/account_resolver.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::built_as_of;
using support::day;
using support::mrr_on;
using support::records_of;

struct Resolved {
  Accounts accounts;
  Rejections rejections;
};

Resolved resolve(const Records& records) {
  Resolved resolved;
  resolved.accounts = resolve_accounts(records.storage(), resolved.rejections);
  resolved.rejections.sort();
  return resolved;
}

/// The id of the customer that an account stands for; `left out` if there is none.
std::string customer_of(const Records& records, const Resolved& resolved, const char* account) {
  const std::uint32_t customer =
      resolved.accounts.customer_of[records.storage().customer_ids.find(account).value()];
  return customer == no_index ? "left out"
                              : records.storage().customer_ids.text(resolved.accounts.id[customer]);
}

TEST(AccountResolver, every_account_is_a_customer_of_its_own) {
  const Records records = records_of(
      {a_customer("ann").on("pro"), a_customer("bob"), a_customer("eve").on("pro").known_from_phases_only()});
  const Resolved resolved = resolve(records);
  EXPECT_EQ(resolved.accounts.id.size(), 3U);
  EXPECT_EQ(customer_of(records, resolved, "ann"), "ann");
  EXPECT_EQ(customer_of(records, resolved, "eve"), "eve");
  EXPECT_TRUE(resolved.rejections.empty());
}

TEST(AccountResolver, merges_are_followed_to_the_end_of_the_chain) {
  const Records records =
      records_of({a_customer("a").merged_into("b"), a_customer("b").merged_into("c"), a_customer("c")});
  const Resolved resolved = resolve(records);
  EXPECT_EQ(resolved.accounts.id.size(), 1U);
  for (const char* account : {"a", "b", "c"}) EXPECT_EQ(customer_of(records, resolved, account), "c");
}

TEST(AccountResolver, an_account_may_be_merged_into_one_that_has_no_row) {
  const Records records = records_of({a_customer("a").merged_into("b")});
  const Resolved resolved = resolve(records);
  EXPECT_EQ(customer_of(records, resolved, "a"), "b");
}

TEST(AccountResolver, a_merge_into_itself_is_a_ring) {
  const Records records = records_of({a_customer("a").merged_into("a"), a_customer("b")});
  const Resolved resolved = resolve(records);
  EXPECT_EQ(customer_of(records, resolved, "a"), "a");
  EXPECT_EQ(customer_of(records, resolved, "b"), "b");
  ASSERT_EQ(resolved.rejections.entries().size(), 1U);
  EXPECT_EQ(resolved.rejections.entries().front(),
            (Rejection{RejectionCode::merge_cycle, "customers", 1, "merged_into",
                       "Customer a is merged in a ring; it stays on its own."}));
}

TEST(AccountResolver, accounts_in_a_ring_and_those_that_lead_into_it_stay_on_their_own) {
  const Records records = records_of({a_customer("a").merged_into("b"), a_customer("b").merged_into("c"),
                                      a_customer("c").merged_into("a"), a_customer("d").merged_into("a"),
                                      a_customer("e").merged_into("d")});
  const Resolved resolved = resolve(records);
  for (const char* account : {"a", "b", "c", "d", "e"})
    EXPECT_EQ(customer_of(records, resolved, account), account);
  EXPECT_EQ(resolved.rejections.count(RejectionCode::merge_cycle), 5U);
}

TEST(AccountResolver, a_test_account_is_left_out_and_counted) {
  const Records records = records_of({a_customer("a"), a_customer("test").who_is_a_test_account()});
  const Resolved resolved = resolve(records);
  EXPECT_EQ(customer_of(records, resolved, "test"), "left out");
  EXPECT_EQ(resolved.accounts.excluded, 1U);
  ASSERT_EQ(resolved.rejections.entries().size(), 1U);
  EXPECT_EQ(resolved.rejections.entries().front(),
            (Rejection{RejectionCode::excluded_customer, "customers", 2, "excluded",
                       "Customer test is a test account and left out."}));
  EXPECT_EQ(resolved.rejections.rejected(), 0U);
}

TEST(AccountResolver, what_is_merged_into_or_through_a_test_account_is_left_out_with_it) {
  const Records records = records_of(
      {a_customer("a").merged_into("test"), a_customer("test").who_is_a_test_account().merged_into("c"),
       a_customer("c"), a_customer("other test").who_is_a_test_account().merged_into("c")});
  const Resolved resolved = resolve(records);
  EXPECT_EQ(customer_of(records, resolved, "a"), "left out");
  EXPECT_EQ(customer_of(records, resolved, "test"), "left out");
  EXPECT_EQ(customer_of(records, resolved, "other test"), "left out");
  EXPECT_EQ(customer_of(records, resolved, "c"), "c");
  EXPECT_EQ(resolved.accounts.excluded, 3U);
}

TEST(AccountResolver, a_test_account_in_a_ring_is_left_out_and_the_others_stay) {
  const Records records = records_of(
      {a_customer("a").merged_into("b"), a_customer("b").merged_into("a").who_is_a_test_account()});
  const Resolved resolved = resolve(records);
  EXPECT_EQ(customer_of(records, resolved, "a"), "a");
  EXPECT_EQ(customer_of(records, resolved, "b"), "left out");
}

TEST(AccountResolver, identical_rows_of_a_customer_count_once) {
  const auto ann = a_customer("ann").with("country", "DE").named("Ann").signed_up("2024-01-02");
  const Resolved resolved = resolve(records_of({ann, a_customer("bob"), ann}));
  EXPECT_EQ(resolved.accounts.id.size(), 2U);
  ASSERT_EQ(resolved.rejections.entries().size(), 1U);
  EXPECT_EQ(resolved.rejections.entries().front(),
            (Rejection{RejectionCode::duplicate_row, "customers", 3, "customer_id",
                       "The row repeats row 1 and counts once."}));
}

TEST(AccountResolver, rows_of_a_customer_that_differ_are_all_rejected_and_the_customer_is_kept) {
  const auto expect_conflict = [](const support::CustomerSentence& one,
                                  const support::CustomerSentence& other) {
    const Records records = records_of({one, a_customer("bob"), other});
    const Resolved resolved = resolve(records);
    EXPECT_EQ(customer_of(records, resolved, "ann"), "ann");
    ASSERT_EQ(resolved.rejections.entries().size(), 2U);
    EXPECT_EQ(resolved.rejections.entries()[0],
              (Rejection{RejectionCode::duplicate_id, "customers", 1, "customer_id",
                         "Customer ann has rows that differ; none of them counts."}));
    EXPECT_EQ(resolved.rejections.entries()[1].row, 3);
    EXPECT_EQ(resolved.rejections.rejected(), 2U);
    EXPECT_EQ(resolved.accounts.row[resolved.accounts.customer_of[0]], no_index) << "None of them counts.";
  };
  expect_conflict(a_customer("ann"), a_customer("ann").with("country", "DE"));
  expect_conflict(a_customer("ann").with("country", "FR"), a_customer("ann").with("country", "DE"));
  expect_conflict(a_customer("ann"), a_customer("ann").named("Ann"));
  expect_conflict(a_customer("ann"), a_customer("ann").signed_up("2024-01-02"));
  expect_conflict(a_customer("ann"), a_customer("ann").who_is_a_test_account());
  expect_conflict(a_customer("ann"), a_customer("ann").merged_into("bob"));
}

TEST(AccountResolver, a_customer_signed_up_when_its_row_says_or_else_with_its_first_account) {
  const auto sign_up = [](const support::CustomerSentence& kept) {
    const Records records = records_of({a_customer("a").signed_up("2024-03-01").merged_into("kept"),
                                        a_customer("b").signed_up("2024-02-01").merged_into("a"), kept});
    const Resolved resolved = resolve(records);
    return resolved.accounts.signed_up_on.at(0);
  };
  EXPECT_EQ(sign_up(a_customer("kept")), day("2024-02-01").days());
  EXPECT_EQ(sign_up(a_customer("kept").signed_up("2024-05-01")), day("2024-05-01").days());
}

// ---- As a book shows it

TEST(AccountResolver, merged_accounts_are_one_customer_whose_subscriptions_add_up) {
  const auto [book, rejections] = built_as_of(
      "2024-07-01",
      {a_customer("old").on("basic").until("2024-03-01").at("50.00").merged_into("new").with("country", "FR"),
       a_customer("new").on("pro").from("2024-03-01").at("80.00").with("country", "DE")});
  EXPECT_TRUE(rejections.empty());
  EXPECT_EQ(book.customer_count(), 1U);
  EXPECT_EQ(book.find(CustomerId{"old"}), std::nullopt);
  EXPECT_EQ(mrr_on(book, "new", "2024-02-29"), "50.00");
  EXPECT_EQ(mrr_on(book, "new", "2024-03-01"), "80.00");
  EXPECT_EQ(book.attribute("country").labels[book.attribute("country").code[0]], "DE");
}

TEST(AccountResolver, an_excluded_account_leaves_no_trace_in_the_book) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("pro"), a_customer("test").on("pro").who_is_a_test_account()});
  EXPECT_EQ(book.customer_count(), 1U);
  EXPECT_EQ(book.excluded_customer_count(), 1U);
  EXPECT_EQ(book.find(CustomerId{"test"}), std::nullopt);
}

}  // namespace
}  // namespace churn

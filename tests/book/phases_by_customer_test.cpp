#include "book/phases_by_customer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/generators.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using core_test::between;
using support::day;

/// A phase each of these accounts, in this order.
Records phases_of_accounts(const std::vector<std::uint32_t>& accounts) {
  Records records;
  const std::string plan = "pro";
  for (const std::uint32_t account : accounts) {
    const std::string id = "c" + std::to_string(account);
    records.add(PhaseRecord{.subscription = id,
                            .customer = id,
                            .plan = plan,
                            .starts_on = day("2024-01-01"),
                            .ends_on = {},
                            .price = {Decimal{1000, 2}, Currency{"USD"}}});
  }
  return records;
}

/// By customer, the rows of its phases, as walks of so many shares give them.
std::vector<std::vector<std::uint32_t>> rows_by_customer(const Records& records, const Accounts& accounts,
                                                         unsigned threads, std::size_t shares) {
  const PhaseSource source = phases_of(records.storage());
  const Exchange exchange;
  const Debts debts;
  const BookRules rules;
  const PlainPhaseReader reader{Reading{source, rules, exchange, debts, {}, day("2025-01-01").days()}, {}};
  const PhasesByCustomer phases{records.storage().phases, accounts, reader, threads};
  std::vector<std::vector<std::uint32_t>> rows;
  std::size_t before = 0;
  for (const PhasesByCustomer::Share& share : phases.shares(shares)) {
    EXPECT_EQ(share.first_customer, rows.size());
    EXPECT_EQ(share.first_phase, before);
    PhasesByCustomer::Walk walk{phases, share};
    for (std::size_t c = share.first_customer; c < share.last_customer; ++c) {
      rows.emplace_back();
      for (const PlainPhase& phase : walk.next()) {
        EXPECT_TRUE(phase.is_plain());
        rows.back().push_back(phase.row);
      }
      before += rows.back().size();
    }
    EXPECT_EQ(share.last_phase, before);
  }
  return rows;
}

/// The same, by looking at each row in turn.
std::vector<std::vector<std::uint32_t>> rows_in_turn(const Records& records, const Accounts& accounts) {
  std::vector<std::vector<std::uint32_t>> rows(accounts.id.size());
  const PhaseTable& table = records.storage().phases;
  for (std::uint32_t row = 0; row < table.size(); ++row) {
    const std::uint32_t customer = accounts.customer_of[table.customer[row]];
    if (customer != no_index) rows[customer].push_back(row);
  }
  return rows;
}

// Accounts are left out or merged into others; rows are in order of customers, nearly so, or in none.
RC_GTEST_PROP(PhasesByCustomer, gives_each_customer_its_phases_in_order_of_row, ()) {
  std::mt19937 random{static_cast<std::mt19937::result_type>(*between(0, 1'000'000))};
  const auto below = [&](std::size_t count) { return static_cast<std::uint32_t>(random() % count); };
  const std::size_t customers =
      *rc::gen::element<std::size_t>(1, 3, 127, 128, 129, 300, 700, 2047, 2048, 2049, 5000);
  std::vector<std::uint32_t> of_rows;
  for (std::uint32_t account = 0; account < customers; ++account)
    of_rows.insert(of_rows.end(), 1 + below(3), account);
  const int disorder = *between(0, 2);
  if (disorder == 1) std::swap(of_rows[below(of_rows.size())], of_rows[below(of_rows.size())]);
  if (disorder == 2)
    for (std::size_t i = of_rows.size(); i > 1; --i) std::swap(of_rows[i - 1], of_rows[below(i)]);

  const Records records = phases_of_accounts(of_rows);
  Rejections rejections;
  Accounts accounts = resolve_accounts(records.storage(), rejections);
  if (*rc::gen::arbitrary<bool>()) {  // some stand for others, or for none
    const auto customer_of = accounts.customer_of.writable();
    for (std::uint32_t& customer : customer_of)
      if (below(10) == 0) customer = below(3) == 0 ? no_index : below(customers);
  }
  const auto expected = rows_in_turn(records, accounts);
  const auto threads = static_cast<unsigned>(*between(1, 4));
  RC_ASSERT(rows_by_customer(records, accounts, threads, *between<std::size_t>(1, 5)) == expected);
}

TEST(PhasesByCustomer, a_book_without_phases_or_without_customers_has_shares_without_any) {
  Rejections rejections;
  const Records none;
  EXPECT_TRUE(rows_by_customer(none, resolve_accounts(none.storage(), rejections), 2, 3).empty());
  Records named_only;
  named_only.add(Customer{.id = CustomerId{"ann"}});
  EXPECT_EQ(rows_by_customer(named_only, resolve_accounts(named_only.storage(), rejections), 2, 3).size(),
            1U);
}

}  // namespace
}  // namespace churn

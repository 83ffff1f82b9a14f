// The book that the programs of this folder count: the customers of an invented shop, in two regions.
#pragma once

#include <churn/churn.hpp>
#include <churn/report/text_table.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

/// A plan from the first of one month of 2024 to the first of another (0: still running).
struct Span {
  const char* plan;
  unsigned from;
  unsigned until;
  std::int64_t dollars_a_month;
};
struct Account {
  const char* id;  // "P-…" was brought by a partner
  const char* region;
  std::vector<Span> spans;
};

/// The customers of one region, or of both.
inline churn::Book book(std::string_view region = {}) {
  const std::vector<Account> accounts{
      {"ann", "north", {{"basic-2023", 1, 5, 20}}},
      {"bob", "north", {{"basic-2023", 1, 8, 20}, {"pro-2024", 8, 0, 60}}},
      {"P-cat", "north", {{"pro-2023", 2, 6, 90}, {"basic-2024", 6, 0, 30}}},
      {"dan", "south", {{"pro-2023", 1, 9, 60}}},
      {"P-eve", "south", {{"basic-2024", 4, 0, 30}}},
      {"P-fay", "south", {{"pro-2023", 1, 6, 60}}},
      {"gus", "south", {{"pro-2023", 1, 0, 60}, {"basic-2024", 8, 0, 20}}},  // both at once
  };
  churn::Records records;
  for (const auto& [id, of_region, spans] : accounts) {
    if (!region.empty() && region != of_region) continue;
    const churn::CustomerId customer{id};
    records.add(churn::Customer{.id = customer, .attributes = {{"region", of_region}}});
    for (const Span& span : spans) {
      churn::Phase phase{.plan = span.plan,
                         .starts_on = churn::Date::of(2024, span.from, 1),
                         .ends_on = {},
                         .price = churn::Money{span.dollars_a_month * 100, churn::Currency{"USD"}}};
      if (span.until != 0) phase.ends_on = churn::Date::of(2024, span.until, 1);
      records.add(churn::Subscription{
          churn::SubscriptionId{customer.text() + " " + span.plan}, customer, {std::move(phase)}});
    }
  }
  return churn::Book::build(records, churn::Date::of(2024, 10, 1)).book;
}

/// The second and the third quarter of 2024.
inline churn::PeriodGrid two_quarters() {
  return churn::quarters(churn::Date::of(2024, 4, 1), churn::Date::of(2024, 10, 1));
}

/// Shows a table, or some columns of it.
inline void print(const churn::Table& table, const std::vector<std::string>& columns = {}) {
  churn::Table shown{columns.empty() ? table.columns : columns, {}};
  for (const std::vector<churn::Cell>& row : table.rows) {
    std::vector<churn::Cell>& cells = shown.rows.emplace_back();
    for (const std::string& column : shown.columns)
      cells.push_back(row.at(static_cast<std::size_t>(
          std::find(table.columns.begin(), table.columns.end(), column) - table.columns.begin())));
  }
  std::puts(churn::to_aligned_text(shown).c_str());
}

}  // namespace shop

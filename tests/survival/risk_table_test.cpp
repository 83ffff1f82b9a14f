#include <churn/survival/risk_table.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::error_of;

/// By the definition: for each distinct exit, count over all rows.
RiskTable counted_slowly(const std::vector<std::int32_t>& entry, const std::vector<std::int32_t>& exit,
                         const std::vector<std::uint8_t>& event, const std::vector<std::string>& types) {
  RiskTable table{};
  table.types = types;
  std::set<std::int32_t> times;
  std::map<std::int32_t, std::int64_t> entries;
  const auto enters = [&](std::size_t i) { return entry[i] == 0 ? -1 : entry[i]; };
  for (std::size_t i = 0; i < exit.size(); ++i) {
    if (enters(i) == exit[i]) continue;
    times.insert(exit[i]);
    ++table.spells;
    table.late_entry = table.late_entry || entry[i] > 0;
    ++entries[entry[i]];
  }
  for (const auto& [day, count] : entries) table.entries.push_back({day, count});
  for (const std::int32_t t : times) {
    RiskRow row{t, 0, 0, 0};
    std::vector<std::int64_t> by_type(types.size(), 0);
    for (std::size_t i = 0; i < exit.size(); ++i) {
      if (enters(i) >= t || exit[i] < t) continue;
      ++row.at_risk;
      if (exit[i] != t) continue;
      (event[i] == 0 ? row.censored : row.events)++;
      if (event[i] != 0 && !types.empty()) ++by_type[event[i] - 1U];
    }
    table.events += row.events;
    table.rows.push_back(row);
    table.by_type.insert(table.by_type.end(), by_type.begin(), by_type.end());
  }
  return table;
}

RC_GTEST_PROP(RiskTable, of_rows_is_what_counting_every_row_at_every_exit_gives, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(0, 40);
  const std::int32_t longest = *rc::gen::element(12, 100'000);  // dense and far apart
  const bool typed = *rc::gen::arbitrary<bool>();
  std::vector<std::int32_t> entry(n);
  std::vector<std::int32_t> exit(n);
  std::vector<std::uint8_t> event(n);
  for (std::size_t i = 0; i < n; ++i) {
    exit[i] = *rc::gen::inRange<std::int32_t>(0, longest + 1);
    entry[i] = *rc::gen::arbitrary<bool>() ? 0 : *rc::gen::inRange<std::int32_t>(0, exit[i] + 1);
    event[i] = *rc::gen::inRange<std::uint8_t>(0, typed ? 4 : 2);
  }
  const std::vector<std::string> types =
      typed ? std::vector<std::string>{"a", "b", "c"} : std::vector<std::string>{};
  RC_ASSERT(risk_table({.entry = entry, .exit = exit, .event = event}, types) ==
            counted_slowly(entry, exit, event, types));
}

RC_GTEST_PROP(RiskTable, of_strata_is_the_table_of_the_rows_of_each, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(0, 40);
  std::vector<std::int32_t> exit(n);
  std::vector<std::uint8_t> event(n);
  std::vector<std::int32_t> stratum(n);
  std::map<std::int32_t, std::pair<std::vector<std::int32_t>, std::vector<std::uint8_t>>> apart;
  for (std::size_t i = 0; i < n; ++i) {
    exit[i] = *rc::gen::inRange<std::int32_t>(0, 30);
    event[i] = *rc::gen::inRange<std::uint8_t>(0, 2);
    stratum[i] = *rc::gen::inRange<std::int32_t>(-2, 3);
    apart[stratum[i]].first.push_back(exit[i]);
    apart[stratum[i]].second.push_back(event[i]);
  }
  std::vector<RiskTable> expected;
  for (const auto& [name, rows] : apart)
    expected.push_back(risk_table({.exit = rows.first, .event = rows.second}));
  RC_ASSERT(risk_tables({.exit = exit, .event = event, .stratum = stratum}) == expected);
}

TEST(RiskTable, whole_weights_are_so_many_alike_and_others_are_refused) {
  const std::array<std::int32_t, 3> exit{5, 5, 9};
  const std::array<std::uint8_t, 3> event{1, 0, 1};
  const std::array<double, 3> weight{3, 2, 0};
  const RiskTable table = risk_table({.exit = exit, .event = event, .weight = weight});
  EXPECT_EQ(table.rows, (std::vector<RiskRow>{{5, 5, 3, 2}}));
  EXPECT_EQ(table.spells, 5);
  const std::array<double, 3> parts{0.5, 1, 1};
  EXPECT_EQ(error_of([&] { (void)risk_table({.exit = exit, .event = event, .weight = parts}); }),
            ErrorCode::bad_number);
  const std::array<double, 3> huge{9007199254740994.0, 1, 1};
  EXPECT_EQ(error_of([&] { (void)risk_table({.exit = exit, .event = event, .weight = huge}); }),
            ErrorCode::bad_number);
}

TEST(RiskTable, an_event_beyond_the_types_is_refused_with_its_row) {
  const std::array<std::int32_t, 2> exit{5, 5};
  const std::array<std::uint8_t, 2> event{1, 3};
  EXPECT_EQ(error_of([&] {
              (void)risk_table({.exit = exit, .event = event}, {"a", "b"});
            }),
            ErrorCode::out_of_range);
  EXPECT_EQ(risk_table({.exit = exit, .event = event}).events, 2) << "without types any event is one";
}

TEST(RiskTable, of_a_book_whose_records_began_on_the_last_known_day_counts_who_came_on_it) {
  const Book book = support::book_from_until(
      "2024-02-01", "2024-02-02",
      {a_customer("old").on("pro").from("2024-01-01"), a_customer("new").on("pro").from("2024-02-01")});
  const std::array<std::int32_t, 2> entry{31, 0};
  const std::array<std::int32_t, 2> exit{31, 0};
  const std::array<std::uint8_t, 2> event{0, 0};
  const RiskTable table = risk_table(LifeTable::fold(book));
  EXPECT_EQ(table.rows, (std::vector<RiskRow>{{0, 1, 0, 1}}));
  EXPECT_EQ(table.spells, 1);
  EXPECT_FALSE(table.late_entry);
  EXPECT_EQ(table.entries, (std::vector<DayCount>{{0, 1}}));
  EXPECT_EQ(table.rows, risk_table({.entry = entry, .exit = exit, .event = event}).rows);
}

TEST(RiskTable, of_a_book_is_the_table_of_its_spells) {
  const Book book = book_as_of(
      "2024-02-01", {a_customer("a").on("pro").from("2024-01-01").until("2024-01-11").because("price"),
                     a_customer("b").on("pro").from("2024-01-01").until("2024-01-21").because("bug"),
                     a_customer("c").on("pro").from("2024-01-05").until("2024-01-15").because("price"),
                     a_customer("d").on("pro").from("2024-01-01")});
  const LifeTable life = LifeTable::fold(book, {}, {.exits = {{{"price", "voluntary"}}, "other"}});
  const std::array<std::int32_t, 4> exit{10, 20, 10, 30};
  const std::array<std::uint8_t, 4> event{2, 1, 2, 0};
  EXPECT_EQ(risk_table(life), risk_table({.exit = exit, .event = event}, {"other", "voluntary"}));
  EXPECT_EQ(risk_table(life).events_of(0, 1), 2);
  EXPECT_EQ(error_of([&] { (void)risk_table(life).events_of(3, 0); }), ErrorCode::out_of_range);
  const std::array<std::uint8_t, 4> voluntary{1, 0, 1, 0};
  EXPECT_EQ(risk_table(life, 0, {"voluntary"}),
            risk_table({.exit = exit, .event = voluntary}, {"voluntary"}));
}

}  // namespace
}  // namespace churn

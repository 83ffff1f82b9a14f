#include "book/timeline_builder.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

constexpr std::int32_t as_of = 1000;

Part part(std::int32_t from, std::int32_t until, std::int64_t ticks) { return {from, until, ticks, true, 0}; }

struct Given {
  std::vector<Part> parts;
  BookRules rules{};
  std::optional<std::int32_t> records_from{};
};

TimelineColumns build(const Given& given) {
  TimelineColumns columns;
  std::optional<Date> from;
  if (given.records_from) from = Date::from_days(*given.records_from);
  TimelineBuilder{Date::from_days(as_of), from, given.rules}.append(given.parts, columns);
  return columns;
}

/// The steps as `day:ticks` with `+` for an entry, `*` for one that is new and `-` for a departure.
std::string steps(const Given& given) {
  const TimelineColumns columns = build(given);
  std::string text;
  for (std::size_t i = 0; i < columns.day.size(); ++i) {
    const std::uint8_t state = columns.state[i];
    text += (text.empty() ? "" : " ") +
            (columns.day[i] == Timeline::before_records ? "before" : std::to_string(columns.day[i]));
    text += ":" + std::to_string(columns.level[i]);
    if ((state & Timeline::enters_as_new) != 0)
      text += "*";
    else if ((state & Timeline::enters) != 0)
      text += "+";
    if ((state & Timeline::leaves) != 0) text += "-";
    EXPECT_EQ((state & Timeline::present) == 0, columns.level[i] == 0)
        << "Nobody here is present without paying.";
  }
  return text;
}

BookRules with_allowance(std::int32_t days) { return {.gap_allowance_days = days}; }
BookRules with_window(std::int32_t days) { return {.reactivation_window_days = days}; }

TEST(TimelineBuilder, steps_are_the_days_on_which_something_changed) {
  EXPECT_EQ(steps({{part(10, 20, 5)}}), "10:5* 20:0-");
  EXPECT_EQ(steps({{part(10, 20, 5), part(20, 30, 7)}}), "10:5* 20:7 30:0-");
  EXPECT_EQ(steps({{part(10, 20, 5), part(20, 30, 5)}}), "10:5* 30:0-") << "Nothing changed on day 20.";
  EXPECT_EQ(steps({{part(10, 30, 5), part(15, 20, 2)}}), "10:5* 15:7 20:5 30:0-");
  EXPECT_EQ(steps({{}}), "");
}

TEST(TimelineBuilder, parts_may_come_in_any_order) {
  EXPECT_EQ(steps({{part(20, 30, 7), part(10, 20, 5)}}), "10:5* 20:7 30:0-");
}

TEST(TimelineBuilder, a_return_is_an_entry_that_is_not_new) {
  EXPECT_EQ(steps({{part(10, 20, 5), part(25, 30, 5)}}), "10:5* 20:0- 25:5+ 30:0-");
}

TEST(TimelineBuilder, whoever_is_present_at_zero_is_present) {
  TimelineColumns columns;
  const BookRules rules;
  TimelineBuilder{Date::from_days(as_of), std::nullopt, rules}.append(
      std::vector<Part>{{10, 20, 5, true, 0}, {20, 30, 0, true, 0}}, columns);
  ASSERT_EQ(columns.day.size(), 3U);
  EXPECT_EQ(columns.state[1], Timeline::present);
  EXPECT_EQ(columns.state[2], Timeline::leaves);
}

TEST(TimelineBuilder, days_at_or_after_as_of_do_not_exist) {
  EXPECT_EQ(steps({{part(10, as_of, 5)}}), "10:5*");
  EXPECT_EQ(steps({{part(10, as_of - 1, 5)}}), "10:5* 999:0-");
  EXPECT_EQ(steps({{part(as_of, as_of + 10, 5)}}), "");
  EXPECT_EQ(steps({{part(10, no_day, 5), part(as_of - 1, no_day, 2)}}), "10:5* 999:7");
}

TEST(TimelineBuilder, a_gap_of_the_allowance_is_carried_and_one_day_more_is_not) {
  EXPECT_EQ(steps({{part(10, 20, 5), part(27, 30, 5)}, with_allowance(7)}), "10:5* 30:0-");
  EXPECT_EQ(steps({{part(10, 20, 5), part(27, 30, 8)}, with_allowance(7)}), "10:5* 27:8 30:0-")
      << "The run rate before it is carried through.";
  EXPECT_EQ(steps({{part(10, 20, 5), part(28, 30, 5)}, with_allowance(7)}), "10:5* 20:0- 28:5+ 30:0-");
}

TEST(TimelineBuilder, several_gaps_in_a_row_are_each_measured_alone) {
  EXPECT_EQ(steps({{part(10, 20, 5), part(25, 30, 5), part(35, 40, 5)}, with_allowance(5)}), "10:5* 40:0-");
  EXPECT_EQ(steps({{part(10, 20, 5), part(25, 30, 5), part(36, 40, 5)}, with_allowance(5)}),
            "10:5* 30:0- 36:5+ 40:0-");
}

TEST(TimelineBuilder, an_absence_at_as_of_within_the_allowance_is_pending) {
  const TimelineColumns pending = build({{part(10, as_of - 7, 5)}, with_allowance(7)});
  ASSERT_EQ(pending.pending_gaps.size(), 1U);
  EXPECT_EQ(pending.pending_gaps[0].since, as_of - 7);
  EXPECT_EQ(pending.day.size(), 1U) << "Carried.";
  const TimelineColumns over = build({{part(10, as_of - 8, 5)}, with_allowance(7)});
  EXPECT_TRUE(over.pending_gaps.empty());
  EXPECT_EQ(over.day.size(), 2U);
}

TEST(TimelineBuilder, a_return_beyond_the_window_is_new) {
  EXPECT_EQ(steps({{part(10, 20, 5), part(30, 40, 5)}, with_window(10)}), "10:5* 20:0- 30:5+ 40:0-");
  EXPECT_EQ(steps({{part(10, 20, 5), part(31, 40, 5)}, with_window(10)}), "10:5* 20:0- 31:5* 40:0-");
}

TEST(TimelineBuilder, what_stands_on_the_first_recorded_day_is_one_opening_state) {
  EXPECT_EQ(steps({{part(10, 20, 5), part(20, 60, 7)}, {}, 50}), "before:7 60:0-");
  EXPECT_EQ(steps({{part(50, 60, 7)}, {}, 50}), "before:7 60:0-") << "Whoever pays on that day is not new.";
  EXPECT_EQ(steps({{part(51, 60, 7)}, {}, 50}), "51:7* 60:0-");
}

TEST(TimelineBuilder, an_absence_before_the_first_recorded_day_is_remembered) {
  EXPECT_EQ(steps({{part(10, 20, 5), part(55, 60, 7)}, {}, 50}), "before:0 55:7+ 60:0-");
  EXPECT_EQ(steps({{part(10, 50, 5), part(55, 60, 7)}, {}, 50}), "before:0 55:7+ 60:0-")
      << "Gone on that very day.";
  EXPECT_EQ(steps({{part(10, 20, 5), part(55, 60, 7)}, with_window(30), 50}), "before:0 55:7* 60:0-")
      << "35 absent days.";
}

TEST(TimelineBuilder, the_first_present_day_is_known_also_before_the_records) {
  EXPECT_EQ(build({{part(10, 60, 7)}, {}, 50}).first_present, (std::vector<std::int32_t>{10}));
  EXPECT_EQ(build({{}}).first_present, (std::vector<std::int32_t>{no_day}));
}

TEST(TimelineBuilder, customers_follow_each_other_in_the_columns) {
  TimelineColumns columns;
  const BookRules rules;
  TimelineBuilder builder{Date::from_days(as_of), std::nullopt, rules};
  builder.append(std::vector<Part>{part(10, 20, 5)}, columns);
  builder.append({}, columns);
  builder.append(std::vector<Part>{part(30, no_day, 5)}, columns);
  EXPECT_EQ(columns.first_step, (std::vector<std::uint32_t>{0, 2, 2, 3}));
  EXPECT_EQ(columns.sum_of_changes, 15);
  EXPECT_TRUE(columns.sums_fit);
}

TEST(TimelineBuilder, a_run_rate_beyond_64_bits_throws) {
  EXPECT_EQ(support::error_of([] {
              build({{part(10, 20, INT64_MAX), part(15, 20, 1)}});
            }),
            ErrorCode::overflow);
  EXPECT_EQ(support::error_of([] {
              build({{part(10, 20, INT64_MAX), part(20, 30, INT64_MAX)}});
            }),
            std::nullopt);
  EXPECT_EQ(support::error_of([] {
              build({{part(20, 30, INT64_MAX), part(10, 20, INT64_MAX)}});
            }),
            std::nullopt)
      << "What ends on a day makes room for what begins on it, in whatever order the parts come.";
}

// ---- Which phases a level is made of

/// The phases of each step as `day:row`, `day:-` where there is none, of a customer with several as
/// `day:+row` for each that begins and `day:-row` for each that ends; `=` where the level is as before.
std::string phases(const Given& given) {
  const TimelineColumns columns = build(given);
  std::string text;
  for (std::size_t i = 0; i < columns.day.size(); ++i) {
    text += (text.empty() ? "" : " ") +
            (columns.day[i] == Timeline::before_records ? "before" : std::to_string(columns.day[i]));
    text += (columns.state[i] & Timeline::same_balance) != 0 ? "=:" : ":";
    if ((columns.state[i] & Timeline::of_several) == 0) {
      text += columns.phase[i] == no_index ? "-" : std::to_string(columns.phase[i]);
      continue;
    }
    for (std::size_t change = columns.phase[i];; ++change) {
      const PhaseChange& c = columns.changes[change];
      text += (c.begins ? "+" : "-") + std::to_string(c.row);
      if (c.is_last) break;
    }
  }
  return text;
}
Part phase(std::uint32_t row, std::int32_t from, std::int32_t until, std::int64_t ticks) {
  return {from, until, ticks, true, row};
}

TEST(TimelineBuilder, a_phase_that_follows_another_at_the_same_price_is_a_step_of_the_same_balance) {
  EXPECT_EQ(phases({{phase(0, 10, 20, 5), phase(1, 20, 30, 5)}}), "10:0 20=:1 30:-");
  EXPECT_EQ(phases({{phase(0, 10, 20, 5), phase(0, 20, 30, 5)}}), "10:0 30:-") << "One phase goes on.";
  EXPECT_EQ(phases({{phase(0, 10, 20, 5), phase(1, 20, 30, 7)}}), "10:0 20:1 30:-");
}

TEST(TimelineBuilder, phases_at_once_are_told_by_what_begins_and_ends) {
  EXPECT_EQ(phases({{phase(0, 10, 30, 5), phase(1, 15, 20, 2)}}), "10:+0 15:+1 20:-1 30:-0");
  EXPECT_EQ(phases({{phase(0, 10, 20, 5), phase(1, 10, 20, 2), phase(2, 20, 30, 7)}}),
            "10:+0+1 20=:-0-1+2 30:-2");
  EXPECT_EQ(phases({{phase(0, 10, 20, 5), phase(0, 20, 30, 5), phase(1, 15, 25, 2)}}),
            "10:+0 15:+1 25:-1 30:-0")
      << "On day 20 the first goes on.";
}

TEST(TimelineBuilder, a_carried_gap_ends_with_what_begins_after_it) {
  EXPECT_EQ(phases({{phase(0, 10, 20, 5), phase(1, 25, 30, 5)}, with_allowance(7)}), "10:0 25=:1 30:-");
  EXPECT_EQ(phases({{phase(0, 10, 20, 5), phase(0, 25, 30, 5)}, with_allowance(7)}), "10:0 30:-");
  EXPECT_EQ(phases({{phase(0, 10, 20, 5), phase(1, 10, 20, 5), phase(2, 25, 30, 5)}, with_allowance(7)}),
            "10:+0+1 25:-0-1+2 30:-2");
}

TEST(TimelineBuilder, what_was_there_when_the_records_begin_is_told_with_its_phases) {
  EXPECT_EQ(phases({{phase(0, 10, 20, 5), phase(1, 20, 60, 7)}, {}, 50}), "before:1 60:-");
  EXPECT_EQ(phases({{phase(0, 10, 55, 5), phase(1, 20, 60, 7)}, {}, 50}), "before:+0+1 55:-0 60:-1");
}

}  // namespace
}  // namespace churn

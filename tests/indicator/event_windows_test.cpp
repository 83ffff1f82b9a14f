#include <churn/indicator/event_windows.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/error_of.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using core_test::error_of;
using support::a_customer;
using support::day;

Timestamp instant(std::string_view text) { return Timestamp::parse(text).value(); }

Event an_event(std::string customer, std::string_view at, std::string kind, Decimal value = 1) {
  return {CustomerId{std::move(customer)}, instant(at), std::move(kind), value};
}

/// Ann, her former account, Bob, Cleo, and a test account, with these events.
Book book_of(const std::vector<Event>& events, const TimeZone& zone = {},
             std::string_view as_of = "2025-01-01") {
  Records records = support::records_of(
      {a_customer("ann").on("basic"), a_customer("annie").merged_into("ann"), a_customer("bob").on("pro"),
       a_customer("cleo").on("pro"), a_customer("test").on("pro").who_is_a_test_account()});
  for (const Event& event : events) records.add(event);
  Conventions conventions;
  conventions.book.time_zone = zone;
  return Book::build(records, day(as_of), conventions).book;
}

/// What windows say of a customer: by day, `2 login 2 1.5 0 0`: days since the last event, then by kind count,
/// sum, count before, sum before. A day without any event before it says `-`.
std::string told(const EventWindows& windows, const Book& book, const std::string& customer) {
  const auto row = windows.row_of(book.find(CustomerId{customer}).value());
  if (!row) return "no row";
  std::string text;
  for (std::size_t d = 0; d < windows.days().size(); ++d) {
    const auto since = windows.days_since_last(*row, d);
    text += (d == 0 ? "" : "; ") + (since ? std::to_string(*since) : "-");
    for (const EventCell& cell : windows.cells(*row, d)) {
      const EventKind& kind = windows.kinds()[cell.kind];
      text += " " + kind.name + " " + std::to_string(cell.count) + " " +
              Decimal{cell.sum, kind.decimals}.to_string() + " " + std::to_string(cell.count_before) + " " +
              Decimal{cell.sum_before, kind.decimals}.to_string();
    }
  }
  return text;
}

std::string told_of(const std::vector<Event>& events, const std::string& customer, std::vector<Date> days,
                    const EventWindowOptions& options = {}, const TimeZone& zone = {}) {
  const Book book = book_of(events, zone);
  return told(EventWindows::count(EventIndex::build(book), std::move(days), options), book, customer);
}

// 28 days before 2024-10-01 begin on 2024-09-03, the 28 before these on 2024-08-06.
TEST(EventWindows, begin_with_their_first_instant_and_end_before_their_day) {
  const auto told_at = [](std::string_view at) {
    return told_of({an_event("ann", at, "x", Decimal{5, 1})}, "ann", {day("2024-10-01")});
  };
  EXPECT_EQ(told_at("2024-10-01T00:00:00Z"), "no row");
  EXPECT_EQ(told_at("2024-09-30T23:59:59Z"), "0 x 1 0.5 0 0");
  EXPECT_EQ(told_at("2024-09-30T00:00:00Z"), "1 x 1 0.5 0 0");
  EXPECT_EQ(told_at("2024-09-03T00:00:00Z"), "28 x 1 0.5 0 0");
  EXPECT_EQ(told_at("2024-09-02T23:59:59Z"), "28 x 0 0 1 0.5");
  EXPECT_EQ(told_at("2024-08-06T00:00:00Z"), "56 x 0 0 1 0.5");
  EXPECT_EQ(told_at("2024-08-05T23:59:59Z"), "56");
}

TEST(EventWindows, count_and_add_by_kind) {
  EXPECT_EQ(
      told_of(
          {an_event("ann", "2024-09-05", "login"), an_event("ann", "2024-09-04", "minutes", Decimal{75, 1}),
           an_event("ann", "2024-09-06", "minutes", Decimal{-25, 2}), an_event("ann", "2024-09-05", "login"),
           an_event("ann", "2024-08-20", "login"), an_event("bob", "2024-08-21", "export", 3)},
          "ann", {day("2024-10-01")}),
      "25 login 2 2 1 1 minutes 2 7.25 0 0");
}

TEST(EventWindows, of_several_days_are_those_of_each) {
  const std::vector<Event> events{
      an_event("ann", "2024-07-31T12:00:00Z", "login"), an_event("ann", "2024-08-05", "export"),
      an_event("ann", "2024-09-10", "login"),  // in the second window of 1 October, and in none before
      an_event("ann", "2024-12-01", "login")};
  EXPECT_EQ(
      told_of(events, "ann", {day("2024-07-01"), day("2024-08-01"), day("2024-09-01"), day("2024-10-01")}),
      "-; 0 login 1 1 0 0; 27 export 1 1 0 0 login 0 0 1 1; 21 login 1 1 0 0");
}

TEST(EventWindows, do_not_take_what_happens_as_their_day_begins_for_the_last_event) {
  EXPECT_EQ(told_of({an_event("ann", "2024-07-30", "a"), an_event("ann", "2024-08-01T00:00:00Z", "a")}, "ann",
                    {day("2024-08-01"), day("2024-09-01")}),
            "2 a 1 1 0 0; 31 a 0 0 2 2");
}

TEST(EventWindows, may_be_of_any_width) {
  const std::vector<Event> events{an_event("ann", "2024-09-30", "x"), an_event("ann", "2024-09-29", "x"),
                                  an_event("ann", "2024-09-28", "x")};
  EXPECT_EQ(told_of(events, "ann", {day("2024-10-01")}, {.width = 1}), "1 x 1 1 1 1");
  EXPECT_EQ(told_of(events, "ann", {day("2024-10-01")}, {.width = 2}), "1 x 2 2 1 1");
  EXPECT_EQ(told_of(events, "ann", {day("2024-10-01")}, {.width = INT32_MAX}), "1 x 3 3 0 0");
}

// Ann does it every six hours, a hundred days from 1 January on.
TEST(EventWindows, find_their_events_among_many) {
  std::vector<Event> events;
  const std::int64_t first = instant("2024-01-01T00:00:00Z").seconds();
  for (std::int64_t i = 0; i < 400; ++i)
    events.push_back({CustomerId{"ann"}, Timestamp::from_seconds(first + i * 6 * 3600), "x", 1});
  const Book book = book_of(events);
  const EventIndex index = EventIndex::build(book);
  for (int d = 1; d < 250; ++d) {
    const Date asked = Date::of(2024, 1, 1) + std::chrono::days{d};
    const auto done = [d](int ago) { return 4 * std::clamp(d - ago, 0, 100); };  // so many days before
    const int since = std::max(d - 100, 0);
    const int count = done(0) - done(10);
    const int before = done(10) - done(20);
    std::string expected = std::to_string(since);
    if (count + before > 0)
      expected += " x " + std::to_string(count) + " " + std::to_string(count) + " " + std::to_string(before) +
                  " " + std::to_string(before);
    EXPECT_EQ(told(EventWindows::count(index, {asked}, {.width = 10}), book, "ann"), expected)
        << asked.to_string();
  }
}

TEST(EventWindows, join_merged_accounts_and_know_no_test_accounts) {
  const Book book = book_of({an_event("ann", "2024-09-05", "login"), an_event("annie", "2024-09-06", "login"),
                             an_event("test", "2024-09-06", "login")});
  const auto windows = EventWindows::count(EventIndex::build(book), {day("2024-10-01")});
  EXPECT_EQ(windows.row_count(), 1U);
  EXPECT_EQ(told(windows, book, "ann"), "25 login 2 2 0 0");
  EXPECT_EQ(told(windows, book, "bob"), "no row");
}

// On 31 March 2024 the clocks of Beirut go from 00:00 to 01:00; on 27 October from 00:00 back to 23:00.
TEST(EventWindows, hold_whole_days_of_the_zone_where_clocks_change) {
  const TimeZone beirut("EET+02EEST,M3.5.0/0,M10.5.0/0");
  const auto told_at = [&](std::string_view at, std::string_view asked) {
    return told_of({an_event("ann", at, "x")}, "ann", {day(asked)}, {.width = 1}, beirut);
  };
  EXPECT_EQ(told_at("2024-03-30T21:59:59Z", "2024-04-01"), "0 x 0 0 1 1");  // 30 March, 23:59:59
  EXPECT_EQ(told_at("2024-03-30T22:00:00Z", "2024-04-01"), "0 x 1 1 0 0");  // 31 March, 01:00
  EXPECT_EQ(told_at("2024-03-31T20:59:59Z", "2024-04-01"), "0 x 1 1 0 0");
  EXPECT_EQ(told_at("2024-03-31T21:00:00Z", "2024-04-01"), "no row");
  EXPECT_EQ(told_at("2024-10-26T21:30:00Z", "2024-10-28"), "1 x 0 0 1 1");  // 26 October, the second 23:30
  EXPECT_EQ(told_at("2024-10-26T22:00:00Z", "2024-10-28"), "1 x 1 1 0 0");
  EXPECT_EQ(told_at("2024-10-25T21:00:00Z", "2024-10-28"), "2 x 0 0 1 1");
  EXPECT_EQ(told_at("2024-10-25T20:59:59Z", "2024-10-28"), "2");
}

TEST(EventWindows, are_of_the_kinds_that_are_named_in_their_order) {
  const std::vector<Event> events{an_event("ann", "2024-09-05", "a"), an_event("ann", "2024-09-06", "b"),
                                  an_event("ann", "2024-09-07", "c")};
  const Book book = book_of(events);
  const auto windows =
      EventWindows::count(EventIndex::build(book), {day("2024-10-01")}, {.kinds = {"c", "nobody_does", "a"}});
  EXPECT_EQ(told(windows, book, "ann"), "24 c 1 1 0 0 a 1 1 0 0");
  EXPECT_EQ(windows.kinds(), (std::vector<EventKind>{{"c", 0}, {"nobody_does", 0}, {"a", 0}}));
  EXPECT_EQ(windows.kind("a"), 2U);
  EXPECT_EQ(windows.cell(0, 0, 2).count, 1U);
  EXPECT_EQ(windows.cell(0, 0, 1), EventCell{.kind = 1});
  EXPECT_EQ(told_of(events, "ann", {day("2024-10-01")}, {.kinds = {"nobody_does"}}), "24")
      << "the last event is of any kind";
}

TEST(EventWindows, hold_sums_of_any_size) {
  const auto told_with = [](Decimal first, Decimal second, Decimal before = 0) {
    return told_of({an_event("ann", "2024-09-05", "x", first), an_event("ann", "2024-09-06", "x", second),
                    an_event("ann", "2024-08-20", "x", before), an_event("ann", "2024-09-07", "y", -1)},
                   "ann", {day("2024-10-01")});
  };
  EXPECT_EQ(told_with(2'147'483'646, 1), "24 x 2 2147483647 1 0 y 1 -1 0 0");
  EXPECT_EQ(told_with(2'147'483'647, 1), "24 x 2 2147483648 1 0 y 1 -1 0 0");
  EXPECT_EQ(told_with(-2'147'483'647, -1), "24 x 2 -2147483648 1 0 y 1 -1 0 0");
  EXPECT_EQ(told_with(-2'147'483'648, -1), "24 x 2 -2147483649 1 0 y 1 -1 0 0");
  EXPECT_EQ(told_with(1'073'741'824, 1'073'741'824), "24 x 2 2147483648 1 0 y 1 -1 0 0");
  EXPECT_EQ(told_with(5, -7, -3'000'000'000'000'000'000), "24 x 2 -2 1 -3000000000000000000 y 1 -1 0 0");
  EXPECT_EQ(told_with(Decimal{-5, 9}, 1'000'000'000), "24 x 2 999999999.999999995 1 0 y 1 -1 0 0");
}

TEST(EventWindows, hold_as_many_events_as_there_are) {
  for (const std::size_t many : {65'534U, 65'535U, 65'536U, 131'072U}) {
    std::vector<Event> events(many, an_event("ann", "2024-09-05", "x", 0));
    events.push_back(an_event("ann", "2024-08-20", "x", -1));
    events.push_back(an_event("bob", "2024-09-05", "x", 3));
    const Book book = book_of(events);
    const auto windows = EventWindows::count(EventIndex::build(book), {day("2024-10-01")});
    EXPECT_EQ(told(windows, book, "ann"), "26 x " + std::to_string(many) + " 0 1 -1");
    EXPECT_EQ(told(windows, book, "bob"), "26 x 1 3 0 0");
  }
}

TEST(EventWindows, hand_out_cells_one_by_one_in_order_of_kind) {
  for (const std::int64_t value : {std::int64_t{-7}, std::int64_t{1} << 40U}) {
    std::vector<Event> events;
    for (const char* kind : {"c", "a", "d"}) events.push_back(an_event("ann", "2024-09-05", kind, value));
    const auto windows =
        EventWindows::count(EventIndex::build(book_of(events)), {day("2024-09-01"), day("2024-10-01")});
    EXPECT_TRUE(windows.cells(0, 0).empty());
    EXPECT_EQ(windows.cells(0, 0).begin(), windows.cells(0, 0).end());
    const EventCells cells = windows.cells(0, 1);
    static_assert(std::forward_iterator<EventCells::Iterator>);
    ASSERT_EQ(cells.size(), 3U);
    const std::vector<EventCell> all(cells.begin(), cells.end());
    for (std::uint32_t kind = 0; kind < 3; ++kind) {
      const EventCell expected{.sum = value, .count = 1, .kind = kind};
      EXPECT_EQ(cells[kind], expected);
      EXPECT_EQ(all[kind], expected);
      EXPECT_EQ(windows.cell(0, 1, kind), expected);
    }
  }
}

TEST(EventWindows, are_equal_if_they_say_the_same) {
  const auto count = [](std::string_view at, Decimal value) {
    return EventWindows::count(EventIndex::build(book_of({an_event("ann", at, "x", value)})),
                               {day("2024-10-01")});
  };
  const EventWindows windows = count("2024-09-05T11:00:00Z", 2);
  EXPECT_EQ(windows, count("2024-09-05T13:00:00Z", 2)) << "a day has 24 hours, and 25 days and a half are 25";
  EXPECT_NE(windows, count("2024-09-05", 3));
  EXPECT_NE(windows, count("2024-09-04", 2));
  const auto with_another = [](Decimal value) {
    const Book book =
        book_of({an_event("ann", "2024-09-05", "x"), an_event("ann", "2024-09-05", "y", value)});
    return EventWindows::count(EventIndex::build(book), {day("2024-10-01")}, {.kinds = {"x"}});
  };
  EXPECT_EQ(with_another(1), with_another(1'000'000'000'000))
      << "they do not say what a customer did of other kinds";
  EventWindows copy = windows;
  EXPECT_EQ(copy, windows);
  const EventWindows moved = std::move(copy);
  EXPECT_EQ(moved, windows);
}

TEST(EventWindows, at_the_ends_of_the_calendar_reach_as_far_as_it_does) {
  const std::vector<Event> events{an_event("ann", "0001-01-01", "x")};
  EXPECT_EQ(told_of(events, "ann", {day("0001-01-01")}), "no row");
  EXPECT_EQ(told_of(events, "ann", {day("0001-01-02")}), "1 x 1 1 0 0");
  EXPECT_EQ(told_of(events, "ann", {day("0001-02-01")}), "31 x 0 0 1 1");
}

TEST(EventWindows, that_cannot_be_are_refused) {
  const EventIndex index = EventIndex::build(book_of({an_event("ann", "2024-09-05", "a")}));
  const auto error_of_days = [&](std::vector<Date> days, const EventWindowOptions& options = {}) {
    return error_of([&] { (void)EventWindows::count(index, std::move(days), options); });
  };
  EXPECT_EQ(error_of_days({}), "bad_period");
  EXPECT_EQ(error_of_days({day("2024-10-01"), day("2024-10-01")}), "bad_period");
  EXPECT_EQ(error_of_days({day("2024-10-02"), day("2024-10-01")}), "bad_period");
  EXPECT_EQ(error_of_days({day("2024-10-01")}, {.width = 0}), "bad_period");
  EXPECT_EQ(error_of_days({day("2025-01-01")}), "");
  EXPECT_EQ(error_of_days({day("2025-01-02")}), "out_of_range");
  EXPECT_EQ(error_of_days({day("2024-10-01")}, {.kinds = {"a", "a"}}), "unknown_name");
  EXPECT_EQ(error_of_days({day("2024-10-01")}, {.kinds = {"b", "b"}}), "unknown_name");

  const auto windows = EventWindows::count(index, {day("2024-10-01")});
  EXPECT_EQ(error_of([&] { (void)windows.kind("b"); }), "unknown_name");
  EXPECT_EQ(error_of([&] { (void)windows.cells(1, 0); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)windows.cells(0, 1); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)windows.cell(0, 0, 1); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)windows.days_since_last(1, 0); }), "out_of_range");
}

/// What is told of a customer by the definitions: an event lies in a window if its civil day does.
std::string naively_told(const std::vector<Event>& events, const std::string& customer,
                         const std::vector<Date>& days, std::int32_t width, const TimeZone& zone) {
  struct Tally {
    std::int64_t count = 0, sum = 0, count_before = 0, sum_before = 0;  // sums in thousandths
  };
  std::string text;
  bool any_before_the_latest = false;
  for (const Date asked : days) {
    std::int64_t starts = (asked.days() - 1) * std::int64_t{86400};
    while (zone.day_of(Timestamp::from_seconds(starts)) < asked) starts += 900;
    std::map<std::string, Tally> tallies;
    std::optional<std::int64_t> last;
    for (const Event& event : events) {
      const std::string account = event.customer.text() == "annie" ? "ann" : event.customer.text();
      const Date on = zone.day_of(event.at);
      if (account != customer || on >= asked) continue;
      last = std::max(last.value_or(INT64_MIN), event.at.seconds());
      std::int64_t thousandths = event.value.coefficient();
      for (int i = event.value.scale(); i < 3; ++i) thousandths *= 10;
      const std::int64_t ago = (asked - on).count();
      if (ago <= width)
        ++tallies[event.kind].count, tallies[event.kind].sum += thousandths;
      else if (ago <= 2 * width)
        ++tallies[event.kind].count_before, tallies[event.kind].sum_before += thousandths;
    }
    any_before_the_latest = last.has_value();
    text += (asked == days.front() ? "" : "; ") + (last ? std::to_string((starts - *last) / 86400) : "-");
    for (const auto& [kind, tally] : tallies)
      text += " " + kind + " " + std::to_string(tally.count) + " " + Decimal{tally.sum, 3}.to_string() + " " +
              std::to_string(tally.count_before) + " " + Decimal{tally.sum_before, 3}.to_string();
  }
  return any_before_the_latest ? text : "no row";
}

const std::vector<std::string> customers{"ann", "annie", "bob", "cleo", "test"};

/// Days to look back from, some of them the days on which clocks change; or one after the other.
std::vector<Date> any_days() {
  if (*rc::gen::inRange(0, 4) == 0) {
    std::vector<Date> days(*rc::gen::inRange<std::size_t>(1, 40), Date::of(2024, 1, 1));
    const int first = *rc::gen::inRange(0, 366);
    for (std::size_t d = 0; d < days.size(); ++d)
      days[d] = days[d] + std::chrono::days{first + static_cast<int>(d)};
    return days;
  }
  const auto offsets =
      *rc::gen::container<std::set<int>>(*rc::gen::inRange<std::size_t>(1, 6),
                                         rc::gen::oneOf(rc::gen::inRange(0, 366), rc::gen::inRange(85, 96)));
  std::vector<Date> days;
  for (const int offset : offsets) days.push_back(Date::of(2024, 1, 1) + std::chrono::days{offset});
  return days;
}

/// Many within seconds or hours of where the windows of some day begin or end.
std::vector<Event> any_events(const std::vector<Date>& days, std::int32_t width) {
  const auto edge =
      rc::gen::map(rc::gen::tuple(rc::gen::elementOf(days), rc::gen::inRange(0, 3),
                                  rc::gen::oneOf(rc::gen::just(0), rc::gen::inRange(-6 * 4, 6 * 4 + 1)),
                                  rc::gen::inRange<std::int64_t>(-1, 2)),
                   [width](const auto& at) {
                     const auto& [asked, windows, quarters, second] = at;
                     return (asked.days() - windows * width) * std::int64_t{86400} + quarters * 900 + second;
                   });
  const auto anywhere = rc::gen::inRange<std::int64_t>(1'690'000'000, 1'736'000'000);
  const auto decimal =
      rc::gen::map(rc::gen::pair(rc::gen::inRange<std::int64_t>(-500, 500), rc::gen::inRange(0, 4)),
                   [](const auto& parts) {
                     return Decimal{parts.first, parts.second};
                   });
  const auto around_32_bits =
      rc::gen::map(rc::gen::inRange<std::int64_t>(-(std::int64_t{1} << 32U), std::int64_t{1} << 32U),
                   [](std::int64_t value) { return Decimal{value}; });
  const bool any_large = *rc::gen::arbitrary<bool>();
  return *rc::gen::container<std::vector<Event>>(rc::gen::map(
      rc::gen::tuple(
          rc::gen::elementOf(customers), rc::gen::oneOf(edge, anywhere),
          rc::gen::elementOf(std::vector<std::string>{"a", "b", "c"}),
          rc::gen::oneOf(rc::gen::just(Decimal{1}), decimal, any_large ? around_32_bits : decimal)),
      [](const auto& parts) {
        return Event{CustomerId{std::get<0>(parts)}, Timestamp::from_seconds(std::get<1>(parts)),
                     std::get<2>(parts), std::get<3>(parts)};
      }));
}

TimeZone any_zone() {
  return TimeZone(*rc::gen::elementOf(std::vector<std::string>{"UTC", "EST-05EDT,M3.2.0,M11.1.0", "XYZ+05:45",
                                                               "EET+02EEST,M3.5.0/0,M10.5.0/0"}));
}

RC_GTEST_PROP(EventWindows, tell_what_the_definitions_say, ()) {
  const std::vector<Date> days = any_days();
  const auto width = *rc::gen::element(1, 2, 28, 31, 200);
  const TimeZone zone = any_zone();
  const std::vector<Event> events = any_events(days, width);
  const Book book = book_of(events, zone, "2025-06-01");
  const auto windows = EventWindows::count(EventIndex::build(book), days, {.width = width});
  for (const std::string customer : {"ann", "bob", "cleo"})
    RC_ASSERT(told(windows, book, customer) == naively_told(events, customer, days, width, zone));
}

RC_GTEST_PROP(EventWindows, read_nothing_on_or_after_their_day, ()) {
  const std::vector<Date> days = any_days();
  const TimeZone zone = any_zone();
  const Date last = days.back();
  const auto is_later = [&](const Event& event) { return zone.day_of(event.at) >= last; };
  std::vector<Event> events = any_events(days, 28);
  std::vector<Event> changed = any_events(days, 28);
  std::erase_if(changed, [&](const Event& event) { return !is_later(event); });
  for (const Event& event : events)
    if (!is_later(event)) changed.push_back(event);
  const Book one = book_of(events, zone, "2025-06-01");
  const Book other = book_of(changed, zone, "2025-06-01");
  const EventWindowOptions options{.kinds = {"c", "a", "b"}};
  const auto of_one = EventWindows::count(EventIndex::build(one), days, options);
  const auto of_other = EventWindows::count(EventIndex::build(other), days, options);
  for (const std::string customer : {"ann", "bob", "cleo"})
    RC_ASSERT(told(of_one, one, customer) == told(of_other, other, customer));
}

RC_GTEST_PROP(EventWindows, of_events_as_they_come_equal_those_of_all_at_once, ()) {
  const std::vector<Date> days = any_days();
  const std::vector<Event> events = any_events(days, 28);
  const Book book = book_of(events, {}, "2025-06-01");
  EventIndex index = EventIndex::build(book_of({}, {}, "2025-06-01"));
  for (const Event& event : events) {
    Records one;
    one.add(event);
    index.append(one, day("2025-06-01"));
  }
  RC_ASSERT(EventWindows::count(index, days) == EventWindows::count(EventIndex::build(book), days));
}

// More customers than are counted at a time, and more kinds than a word has bits.
TEST(EventWindows, are_the_same_for_any_number_of_threads) {
  Records records;
  std::map<std::pair<std::string, std::string>, int> expected;  // by customer and kind
  for (int i = 0; i < 20'000; ++i) {
    const std::string customer = "c" + std::to_string(i * 7919 % 1000);
    const std::string kind = "k" + std::to_string(i * 104'729 % 70);
    const Date on = Date::of(2024, 9, 1) + std::chrono::days{i * 31 % 60};
    records.add(Event{CustomerId{customer}, Timestamp::at_midnight(on), kind});
    if (on >= Date::of(2024, 9, 3) && on < Date::of(2024, 10, 1)) ++expected[{customer, kind}];
  }
  const Book book = Book::build(records, day("2025-01-01")).book;
  const EventIndex index = EventIndex::build(book);
  const auto windows = EventWindows::count(index, {day("2024-10-01"), day("2024-10-15")});
  ASSERT_EQ(windows.row_count(), 1000U);
  std::map<std::pair<std::string, std::string>, int> counted;
  for (std::size_t row = 0; row < windows.row_count(); ++row)
    for (const EventCell& cell : windows.cells(row, 0))
      if (cell.count > 0)
        counted[{book.customer_id(windows.customers()[row]).text(), windows.kinds()[cell.kind].name}] =
            static_cast<int>(cell.count);
  EXPECT_EQ(counted, expected);
  for (const unsigned threads : {0U, 2U, 3U, 256U, 1000U})
    EXPECT_EQ(EventWindows::count(index, windows.days(), {.threads = threads}), windows) << threads;
}

}  // namespace
}  // namespace churn

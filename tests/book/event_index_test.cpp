#include <churn/book/event_index.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
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

Records records_of(const std::vector<Event>& events) {
  Records records;
  for (const Event& event : events) records.add(event);
  return records;
}

/// Ann, her former account, Bob, and a test account, with these events.
Book book_of(const std::vector<Event>& events, std::string_view as_of = "2024-07-01",
             const Conventions& conventions = {}) {
  Records records = support::records_of({a_customer("ann").on("basic"),
                                         a_customer("annie").merged_into("ann"), a_customer("bob").on("pro"),
                                         a_customer("test").on("pro").who_is_a_test_account()});
  for (const Event& event : events) records.add(event);
  return Book::build(records, day(as_of), conventions).book;
}

/// `2024-06-01T00:00:00Z login 1`, a line an event.
std::string deeds_of(const EventIndex& index, const std::string& customer) {
  std::string text;
  for (const IndexedEvent& event : index.events_of(index.book().find(CustomerId{customer}).value()))
    text +=
        event.at.to_string() + " " + index.kinds()[event.kind].name + " " + event.value.to_string() + "\n";
  return text;
}

std::string names_of(const EventIndex& index) {
  std::string text;
  for (const EventKind& kind : index.kinds()) text += kind.name + "/" + std::to_string(kind.decimals) + " ";
  return text;
}

TEST(EventIndex, joins_merged_accounts_in_order_of_time) {
  const EventIndex index = EventIndex::build(book_of(
      {an_event("ann", "2024-06-03", "login"), an_event("bob", "2024-06-02", "login"),
       an_event("annie", "2024-06-01", "export"), an_event("annie", "2024-06-04", "login", Decimal{25, 1})}));
  EXPECT_EQ(deeds_of(index, "ann"),
            "2024-06-01T00:00:00Z export 1\n"
            "2024-06-03T00:00:00Z login 1\n"
            "2024-06-04T00:00:00Z login 2.5\n");
  EXPECT_EQ(deeds_of(index, "bob"), "2024-06-02T00:00:00Z login 1\n");
  EXPECT_EQ(names_of(index), "export/0 login/1 ");
  EXPECT_EQ(index.event_count(), 4U);
  EXPECT_EQ(index.left_out(), (EventsLeftOut{}));
}

TEST(EventIndex, leaves_out_and_counts_test_accounts_strangers_and_what_comes_later) {
  const Book book = book_of({an_event("test", "2024-06-03", "login"), an_event("test", "2024-08-03", "login"),
                             an_event("bob", "2024-06-30T23:59:59Z", "login"),
                             an_event("bob", "2024-07-01", "later_kind")});
  EventIndex index = EventIndex::build(book);
  EXPECT_EQ(index.left_out(), (EventsLeftOut{.excluded = 2, .unknown = 0, .later = 1}));
  EXPECT_EQ(deeds_of(index, "bob"), "2024-06-30T23:59:59Z login 1\n");
  EXPECT_EQ(names_of(index), "login/0 ");

  index.append(
      records_of({an_event("stranger", "2024-06-03", "login"), an_event("test", "2024-06-03", "login"),
                  an_event("bob", "2024-07-01", "login"), an_event("annie", "2024-07-02", "login")}),
      day("2024-07-02"));
  EXPECT_EQ(index.left_out(), (EventsLeftOut{.excluded = 3, .unknown = 1, .later = 2}));
  EXPECT_EQ(deeds_of(index, "bob"), "2024-06-30T23:59:59Z login 1\n2024-07-01T00:00:00Z login 1\n");
  EXPECT_EQ(index.as_of(), day("2024-07-02"));
}

TEST(EventIndex, knows_what_happened_before_as_of_in_the_zone_of_the_book) {
  Conventions conventions;
  conventions.book.time_zone = TimeZone("EST-05EDT,M3.2.0,M11.1.0");
  const EventIndex index = EventIndex::build(book_of(
      {an_event("bob", "2024-07-01T03:59:59Z", "login"), an_event("bob", "2024-07-01T04:00:00Z", "login")},
      "2024-07-01", conventions));
  EXPECT_EQ(deeds_of(index, "bob"), "2024-07-01T03:59:59Z login 1\n");
}

TEST(EventIndex, keeps_equal_events_apart) {
  const Event twice = an_event("bob", "2024-06-03", "login");
  EXPECT_EQ(EventIndex::build(book_of({twice, twice})).event_count(), 2U);
}

TEST(EventIndex, takes_the_kinds_of_a_host_for_others) {
  const Book book =
      book_of({an_event("bob", "2024-06-01", "signin", Decimal{5, 1}), an_event("bob", "2024-06-02", "login"),
               an_event("bob", "2024-06-03", "sso"), an_event("bob", "2024-06-04", "export")});
  const EventIndex index =
      EventIndex::build(book, {{"signin", "login"}, {"sso", "login"}, {"unheard_of", "nps"}});
  EXPECT_EQ(names_of(index), "export/0 login/1 ");
  EXPECT_EQ(deeds_of(index, "bob"),
            "2024-06-01T00:00:00Z login 0.5\n"
            "2024-06-02T00:00:00Z login 1\n"
            "2024-06-03T00:00:00Z login 1\n"
            "2024-06-04T00:00:00Z export 1\n");
}

TEST(EventIndex, of_a_book_without_events_is_empty) {
  EventIndex index = EventIndex::build(book_of({}));
  EXPECT_EQ(index.event_count(), 0U);
  EXPECT_EQ(deeds_of(index, "bob"), "");
  index.append(Records{}, day("2024-07-01"));
  index.compact();
  EXPECT_EQ(index, EventIndex::build(book_of({})));
}

TEST(EventIndex, holds_the_first_and_the_last_instant_of_the_calendar) {
  const std::vector<Event> ends{an_event("bob", "9999-12-30T23:59:59Z", "login"),
                                an_event("bob", "0001-01-01", "login")};
  const EventIndex index = EventIndex::build(book_of(ends, "9999-12-31"));
  EXPECT_EQ(deeds_of(index, "bob"), "0001-01-01T00:00:00Z login 1\n9999-12-30T23:59:59Z login 1\n");
}

TEST(EventIndex, takes_16_bytes_an_event) {
  std::vector<Event> events;
  for (int i = 0; i < 100; ++i) events.push_back(an_event("bob", "2024-06-03", "login", i));
  EXPECT_EQ(EventIndex::build(book_of(events)).bytes(), 100 * 16 + 24U + 4U);
}

// 9223372036854775807 is the largest integer of 64 bits.
TEST(EventIndex, holds_values_whose_sizes_add_up_to_64_bits_and_no_more) {
  const auto error_of_values = [](Decimal first, Decimal second) {
    return error_of([&] {
      (void)EventIndex::build(
          book_of({an_event("ann", "2024-06-01", "x", first), an_event("bob", "2024-06-02", "x", second)}));
    });
  };
  EXPECT_EQ(error_of_values(INT64_MAX - 1, 1), "");
  EXPECT_EQ(error_of_values(INT64_MAX - 1, -1), "");
  EXPECT_EQ(error_of_values(INT64_MAX - 1, 2), "overflow");
  EXPECT_EQ(error_of_values(1 - INT64_MAX, 2), "overflow");
  EXPECT_EQ(error_of_values(INT64_MAX / 10, 0), "");
  EXPECT_EQ(error_of_values(INT64_MAX / 10, Decimal{7, 1}), "");
  EXPECT_EQ(error_of_values(INT64_MAX / 10, Decimal{8, 1}), "overflow");
  EXPECT_EQ(error_of_values(INT64_MAX / 10 + 1, Decimal{1, 1}), "overflow");
  EXPECT_EQ(error_of_values(184'467'440'737'095'517, Decimal{1, 2}), "overflow");  // x 100 is 2^64 + 84
}

TEST(EventIndex, that_cannot_take_what_is_appended_stays_as_it_is) {
  EventIndex index = EventIndex::build(book_of({an_event("bob", "2024-06-01", "x", INT64_MAX)}));
  const EventIndex before = index;
  const std::string deeds = deeds_of(index, "bob");
  const auto append = [&](const Event& event, std::string_view as_of) {
    return error_of([&] {
      index.append(records_of({event, an_event("test", "2024-06-01", "a")}), day(as_of));
    });
  };
  EXPECT_EQ(append(an_event("ann", "2024-06-01", "x"), "2024-07-02"), "overflow");
  EXPECT_EQ(append(an_event("ann", "2024-06-01", "x", Decimal{0}), "2024-06-30"), "out_of_range");
  EXPECT_EQ(append(an_event("ann", "2024-06-01", "x", Decimal{1, 1}), "2024-07-02"), "overflow");
  EXPECT_EQ(index, before);
  EXPECT_EQ(index.left_out(), EventsLeftOut{});
  EXPECT_EQ(deeds_of(index, "bob"), deeds);
  EXPECT_EQ(append(an_event("ann", "2024-06-01", "y"), "2024-07-02"), "");
}

TEST(EventIndex, of_more_kinds_than_it_has_codes_for_is_refused) {
  Records records = support::records_of({a_customer("ann").on("basic")});
  const std::vector<std::int64_t> customer(65'536, 1);
  const std::vector<std::int64_t> at(65'536, 0);
  std::vector<std::string> names;
  std::vector<std::uint16_t> kind;
  for (int i = 0; i < 65'536; ++i) {
    names.push_back("k" + std::to_string(i));
    kind.push_back(static_cast<std::uint16_t>(i));
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  records.add(EventColumns{.customer = std::span{customer}, .at = at, .kind = kind, .kind_names = views});
  EventIndex index = EventIndex::build(Book::build(records, day("2024-07-01")).book);
  EXPECT_EQ(index.kinds().size(), 65'536U);
  EXPECT_EQ(error_of([&] {
              index.append(records_of({an_event("1", "2024-06-01", "one_more")}), day("2024-07-01"));
            }),
            "overflow");
}

TEST(EventIndex, that_was_copied_stays_as_it_is_when_the_other_goes_on) {
  EventIndex index = EventIndex::build(book_of({an_event("bob", "2024-06-02", "login")}));
  const EventIndex earlier = index;
  index.append(records_of({an_event("bob", "2024-06-01", "export", Decimal{1, 2}),
                           an_event("bob", "2024-06-02", "login", Decimal{3, 1})}),
               day("2024-08-01"));
  EXPECT_EQ(deeds_of(earlier, "bob"), "2024-06-02T00:00:00Z login 1\n");
  EXPECT_EQ(names_of(earlier), "login/0 ");
  EXPECT_EQ(deeds_of(index, "bob"),
            "2024-06-01T00:00:00Z export 0.01\n"
            "2024-06-02T00:00:00Z login 0.3\n"
            "2024-06-02T00:00:00Z login 1\n");
}

TEST(EventIndex, differs_from_one_of_other_events) {
  const auto index_of = [](const Event& event) { return EventIndex::build(book_of({event})); };
  const EventIndex one = index_of(an_event("bob", "2024-06-02", "login"));
  EXPECT_EQ(one, index_of(an_event("bob", "2024-06-02", "login")));
  EXPECT_NE(one, index_of(an_event("ann", "2024-06-02", "login")));
  EXPECT_NE(one, index_of(an_event("bob", "2024-06-03", "login")));
  EXPECT_NE(one, index_of(an_event("bob", "2024-06-02", "export")));
  EXPECT_NE(one, index_of(an_event("bob", "2024-06-02", "login", 2)));
  EXPECT_NE(one, index_of(an_event("test", "2024-06-02", "login")));
  EXPECT_NE(one, EventIndex::build(book_of({})));
}

/// Any few customers, kinds and values, in the hours around as_of and in the month before, in any order.
std::vector<Event> any_events() {
  const auto at = rc::gen::oneOf(rc::gen::inRange<std::int64_t>(1'717'200'000, 1'717'200'020),
                                 rc::gen::inRange<std::int64_t>(1'716'000'000, 1'719'900'000));
  const auto decimal =
      rc::gen::map(rc::gen::pair(rc::gen::inRange<std::int64_t>(-500, 500), rc::gen::inRange(0, 4)),
                   [](const auto& parts) {
                     return Decimal{parts.first, parts.second};
                   });
  const auto value = rc::gen::oneOf(rc::gen::just(Decimal{1}), decimal);
  const auto event = rc::gen::map(
      rc::gen::tuple(rc::gen::elementOf(std::vector<std::string>{"ann", "annie", "bob", "test", "eve"}), at,
                     rc::gen::elementOf(std::vector<std::string>{"login", "export", "nps", "a", "z"}), value),
      [](const auto& parts) {
        return Event{CustomerId{std::get<0>(parts)}, Timestamp::from_seconds(std::get<1>(parts)),
                     std::get<2>(parts), std::get<3>(parts)};
      });
  return *rc::gen::container<std::vector<Event>>(event);
}

/// What an index of these events should hold of a customer.
std::string deeds_among(const std::vector<Event>& events, const std::string& customer, Timestamp until) {
  std::vector<std::tuple<std::int64_t, std::string, double, std::string>> deeds;
  for (const Event& event : events) {
    const std::string account = event.customer.text() == "annie" ? "ann" : event.customer.text();
    if (account != customer || event.at >= until) continue;
    deeds.emplace_back(event.at.seconds(), event.kind, std::stod(event.value.to_string()),
                       event.value.to_string());
  }
  std::sort(deeds.begin(), deeds.end());
  std::string text;
  for (const auto& [at, kind, size, value] : deeds)
    text += Timestamp::from_seconds(at).to_string() + " " + kind + " " + value + "\n";
  return text;
}

RC_GTEST_PROP(EventIndex, of_rows_in_any_order_holds_what_each_customer_did, ()) {
  const std::vector<Event> events = any_events();
  const EventIndex index = EventIndex::build(book_of(events));
  for (const std::string customer : {"ann", "bob"})
    RC_ASSERT(deeds_of(index, customer) == deeds_among(events, customer, instant("2024-07-01")));
}

RC_GTEST_PROP(EventIndex, that_was_appended_to_equals_one_built_at_once, ()) {
  const std::vector<Event> events = any_events();
  // Eve's first event makes her known to a book built at once, so she is no stranger to the other one either.
  const Book all = book_of(events);
  std::vector<Event> known{an_event("eve", "2024-01-01", "login")};
  const std::size_t first = events.empty() ? 0 : *rc::gen::inRange<std::size_t>(0, events.size() + 1);
  known.insert(known.end(), events.begin(), events.begin() + static_cast<std::ptrdiff_t>(first));
  std::vector<Event> at_once = known;
  EventIndex index = EventIndex::build(book_of(known));
  for (std::size_t i = first; i < events.size();) {
    const std::size_t next = i + *rc::gen::inRange<std::size_t>(1, events.size() - i + 1);
    const std::vector<Event> batch(events.begin() + static_cast<std::ptrdiff_t>(i),
                                   events.begin() + static_cast<std::ptrdiff_t>(next));
    index.append(records_of(batch), day("2024-07-01"));
    at_once.insert(at_once.end(), batch.begin(), batch.end());
    i = next;
  }
  const EventIndex built = EventIndex::build(book_of(at_once));
  RC_ASSERT(index == built);
  for (const std::string customer : {"ann", "bob", "eve"}) {
    RC_ASSERT(deeds_of(index, customer) == deeds_of(built, customer));
    RC_ASSERT(deeds_of(index, customer) == deeds_among(at_once, customer, instant("2024-07-01")));
  }
  index.compact();
  RC_ASSERT(deeds_of(index, "ann") == deeds_of(built, "ann"));
}

TEST(EventIndex, appended_to_one_by_one_brings_its_events_together_now_and_then) {
  EventIndex index = EventIndex::build(book_of({}));
  for (int i = 0; i < 1000; ++i)
    index.append(records_of({an_event(i % 2 == 0 ? "ann" : "bob", "2024-06-03", "login", i)}),
                 day("2024-07-01"));
  EXPECT_EQ(index.event_count(), 1000U);
  EXPECT_LE(index.runs().size(), 10U);
}

}  // namespace
}  // namespace churn

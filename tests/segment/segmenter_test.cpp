#include <churn/segment/segmenter.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::error_of;

Label label_of(const Book& book, const Segmenter& segmenter, const char* id) {
  const Labelling labelling = segmenter(book);
  return labelling.labels.at(labelling(static_cast<std::size_t>(book.find(CustomerId{id}).value())));
}

Book three_customers() {
  return book_as_of(
      "2024-07-01",
      {a_customer("ann").on("pro").from("2024-01-15").with("country", "FR").with("size", "small"),
       a_customer("bob").on("pro").from("2024-02-29").with("country", "DE"),
       a_customer("eve").with("size", "big")});
}

TEST(Segmenter, the_default_is_one_segment_without_a_name) {
  const Labelling labelling = Segmenter{}(three_customers());
  EXPECT_TRUE(labelling.names.empty());
  EXPECT_EQ(labelling.labels, (std::vector<Label>{Label{}}));
  EXPECT_EQ(labelling(2), 0U);
}

TEST(Segmenter, an_attribute_labels_everyone_and_labels_are_in_order_of_bytes) {
  const Book book = three_customers();
  const Labelling labelling = by::attribute("country")(book);
  EXPECT_EQ(labelling.names, (std::vector<std::string>{"country"}));
  EXPECT_EQ(labelling.labels, (std::vector<Label>{{"(none)"}, {"DE"}, {"FR"}}));
  EXPECT_EQ(label_of(book, by::attribute("country"), "ann"), Label{"FR"});
  EXPECT_EQ(label_of(book, by::attribute("country"), "eve"), Label{"(none)"});
}

TEST(Segmenter, an_unknown_attribute_throws_when_it_is_applied) {
  const Segmenter segmenter = by::attribute("contry");
  EXPECT_EQ(segmenter.names(), (std::vector<std::string>{"contry"}));
  EXPECT_EQ(error_of([&] { return segmenter(three_customers()); }), ErrorCode::unknown_attribute);
}

TEST(Segmenter, a_product_lists_only_the_pairs_that_occur) {
  const Book book = three_customers();
  const Segmenter product = by::attribute("country") * by::attribute("size");
  const Labelling labelling = product(book);
  EXPECT_EQ(labelling.names, (std::vector<std::string>{"country", "size"}));
  EXPECT_EQ(labelling.labels, (std::vector<Label>{{"(none)", "big"}, {"DE", "(none)"}, {"FR", "small"}}));
  EXPECT_EQ(label_of(book, product, "bob"), (Label{"DE", "(none)"}));
  EXPECT_EQ(label_of(book, Segmenter{} * by::attribute("size"), "ann"), Label{"small"})
      << "The total is the one of the product.";
}

TEST(Segmenter, only_labels_that_occur_are_listed) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").with("country", "FR"),
                                a_customer("test").who_is_a_test_account().with("country", "DE"),
                                a_customer("old").merged_into("ann").with("country", "IT")});
  EXPECT_EQ(by::attribute("country")(book).labels, (std::vector<Label>{{"FR"}}));
}

TEST(Segmenter, a_cohort_is_the_calendar_period_of_the_first_present_day) {
  const Book book = three_customers();
  EXPECT_EQ(label_of(book, by::cohort(), "ann"), Label{"2024-01-01"});
  EXPECT_EQ(label_of(book, by::cohort(), "bob"), Label{"2024-02-01"});
  EXPECT_EQ(label_of(book, by::cohort(), "eve"), Label{"(none)"}) << "Never present.";
  EXPECT_EQ(label_of(book, by::cohort(PeriodKind::quarter), "bob"), Label{"2024-01-01"});
  EXPECT_EQ(label_of(book, by::cohort(PeriodKind::week), "bob"), Label{"2024-02-26"});
  EXPECT_EQ(label_of(book, by::cohort(PeriodKind::year), "bob"), Label{"2024-01-01"});
  EXPECT_EQ(label_of(book, by::cohort(PeriodKind::day), "bob"), Label{"2024-02-29"});
  EXPECT_EQ(by::cohort().names(), (std::vector<std::string>{"cohort"}));
}

TEST(Segmenter, a_cohort_of_given_cuts_is_an_error) {
  EXPECT_EQ(error_of([] { return by::cohort(PeriodKind::cuts)(three_customers()); }), ErrorCode::bad_period);
}

TEST(Segmenter, whoever_was_there_on_the_first_recorded_day_came_before_the_records) {
  const Book book = book_from_until(
      "2024-02-01", "2024-07-01",
      {a_customer("old").on("pro").from("2023-05-06"), a_customer("first").on("pro").from("2024-02-01"),
       a_customer("gone").on("pro").from("2023-05-06").until("2023-06-06"),
       a_customer("new").on("pro").from("2024-02-02")});
  for (const char* id : {"old", "first", "gone"})
    EXPECT_EQ(label_of(book, by::cohort(), id), Label{"(before records)"});
  EXPECT_EQ(label_of(book, by::cohort(), "new"), Label{"2024-02-01"});
}

TEST(Segmenter, a_hosts_own_rule_is_asked_once_a_customer) {
  const Book book = three_customers();
  int asked = 0;
  const Segmenter initial = by::custom("initial", [&asked](const Book& of, CustomerIndex customer) {
    ++asked;
    const std::string id = of.customer_id(customer).text();
    return id == "bob" ? std::string{} : id.substr(0, 1);
  });
  EXPECT_EQ(initial(book).labels, (std::vector<Label>{{"(none)"}, {"a"}, {"e"}}));
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(label_of(book, initial, "bob"), Label{"(none)"}) << "An empty label is a visible one.";
}

TEST(Segmenter, an_attribute_that_says_none_in_words_is_the_label_of_those_without) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").with("country", "(none)"), a_customer("bob"),
                                              a_customer("eve").with("country", "DE")});
  EXPECT_EQ(by::attribute("country")(book).labels, (std::vector<Label>{{"(none)"}, {"DE"}}));
}

TEST(Segmenter, more_than_100000_labels_are_refused) {
  // Columns, because a hundred thousand sentences take a while.
  constexpr std::size_t rows = 100'001;
  std::vector<std::int64_t> ids(rows);
  for (std::size_t i = 0; i < rows; ++i) ids[i] = static_cast<std::int64_t>(i);
  const std::vector<std::uint8_t> plan(rows, 0);
  const std::vector<std::string_view> plan_names{"pro"};
  const std::vector<std::int32_t> starts_on(rows, support::day("2024-01-01").days());
  const std::vector<std::int32_t> ends_on(rows, PhaseColumns::no_day);
  const std::vector<std::int64_t> amount(rows, 1000);
  const std::vector<BillingCycle> cycle(1);
  Records records;
  records.add(PhaseColumns{.subscription = ids,
                           .customer = ids,
                           .plan = plan,
                           .plan_names = plan_names,
                           .starts_on = starts_on,
                           .ends_on = ends_on,
                           .amount = amount,
                           .currency = Currency{"USD"},
                           .cycle = cycle});
  const Book book = Book::build(records, support::day("2024-07-01")).book;
  const auto labels = [&](std::uint32_t from) {
    return by::custom("id", [from](const Book&, CustomerIndex customer) {
      return std::to_string(std::max(from, static_cast<std::uint32_t>(customer)));
    });
  };
  EXPECT_EQ(error_of([&] { return labels(0)(book); }), ErrorCode::out_of_range);
  EXPECT_EQ(labels(1)(book).labels.size(), 100'000U);
  const auto modulo = [](const char* name, std::uint32_t n) {
    return by::custom(name, [n](const Book&, CustomerIndex customer) {
      return std::to_string(static_cast<std::uint32_t>(customer) % n);
    });
  };
  EXPECT_EQ(error_of([&] { return (modulo("a", 400) * modulo("b", 401))(book); }), ErrorCode::out_of_range)
      << "Together they tell everyone apart.";
}

// ---- segments that change: where one label a customer is asked for, it is that of the first present day

Book one_who_moved_up() {
  return book_as_of("2024-07-01", {a_customer("ann")
                                       .on("small")
                                       .from("2024-01-15")
                                       .at("20.00")
                                       .until("2024-03-01")
                                       .then_on("big")
                                       .from("2024-03-01")
                                       .at("300.00")
                                       .yearly(),
                                   a_customer("eve")});
}

TEST(Segmenter, of_states_and_lanes_a_customer_has_the_label_of_its_first_present_day) {
  const Book book = one_who_moved_up();
  EXPECT_EQ(label_of(book, by::plan, "ann"), Label{"small"});
  EXPECT_EQ(label_of(book, by::interval, "ann"), Label{"month"});
  EXPECT_EQ(label_of(book, by::currency, "ann"), Label{"USD"});
  EXPECT_EQ(label_of(book, by::primary_plan, "ann"), Label{"small"});
  EXPECT_EQ(label_of(book, by::tenure, "ann"), Label{"000-029 days"});
  EXPECT_EQ(label_of(book, by::mrr_band, "ann"), Label{"10-100"});
  for (const Segmenter& segmenter : std::vector<Segmenter>{by::plan, by::tenure, by::mrr_band})
    EXPECT_EQ(label_of(book, segmenter, "eve"), Label{"(none)"}) << "Never present.";
  EXPECT_EQ(label_of(book, by::plan * by::cohort(), "ann"), (Label{"small", "2024-01-01"}));
}

TEST(Segmenter, of_several_lanes_on_the_first_day_the_one_with_the_most_mrr_counts) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("a").at("5.00").on("b").at("50.00"),
                                              a_customer("bob").on("b").at("5.00").on("a").at("5.00")});
  EXPECT_EQ(label_of(book, by::plan, "ann"), Label{"b"});
  EXPECT_EQ(label_of(book, by::plan, "bob"), Label{"a"}) << "Of equals the first by its bytes.";
  EXPECT_EQ(label_of(book, by::primary_plan, "bob"), Label{"a"});
}

TEST(Segmenter, says_whether_its_labels_change) {
  EXPECT_FALSE(by::attribute("country").changes());
  EXPECT_FALSE(by::cohort().changes());
  EXPECT_TRUE(Segmenter{by::plan}.changes());
  EXPECT_TRUE((by::attribute("country") * by::tenure).changes());
  EXPECT_EQ((by::plan * by::tenure * by::attribute("x")).names(),
            (std::vector<std::string>{"plan", "tenure", "x"}));
}

TEST(Segmenter, intervals_are_named_with_their_count) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("a").every(3, BillingInterval::month),
                                              a_customer("bob").on("a").every(1, BillingInterval::half_year),
                                              a_customer("eve").on("a").every(2, BillingInterval::year)});
  EXPECT_EQ(label_of(book, by::interval, "ann"), Label{"3 months"});
  EXPECT_EQ(label_of(book, by::interval, "bob"), Label{"half_year"});
  EXPECT_EQ(label_of(book, by::interval, "eve"), Label{"2 years"});
}

TEST(Segmenter, bands_are_named_by_their_bounds_and_stay_in_order) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("a").at("29.99"), a_customer("bob").on("a").at("30.00"),
                                a_customer("eve").on("a").at("250.00")});
  const Segmenter bands = by::mrr_bands({30, 250});
  EXPECT_EQ(label_of(book, bands, "ann"), Label{"000-030"});
  EXPECT_EQ(label_of(book, bands, "bob"), Label{"030-250"}) << "A band begins with its lower bound.";
  EXPECT_EQ(label_of(book, bands, "eve"), Label{"250+"});
  EXPECT_EQ(label_of(book, by::mrr_bands({10, 100}), "eve"), Label{"100+"});
  EXPECT_EQ(label_of(book, by::mrr_bands({10, 100}), "bob"), Label{"10-100"}) << "In order as they are.";
  EXPECT_EQ(label_of(book, by::tenure_bands({7}), "ann"), Label{"0-6 days"});
}

TEST(Segmenter, a_value_is_in_the_same_band_however_many_bounds_lie_above) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("pro").at("7.99"), a_customer("bob").on("pro").at("8.00"),
                     a_customer("eve").on("pro").at("5.00")});
  std::vector<std::int64_t> bounds{5, 8};
  for (std::int64_t next = 1001; bounds.size() < 40; ++next) {
    const Segmenter bands = by::mrr_bands(bounds);
    EXPECT_NE(label_of(book, bands, "ann"), label_of(book, bands, "bob"));
    EXPECT_EQ(label_of(book, bands, "ann"), label_of(book, bands, "eve"));
    bounds.push_back(next);
  }
}

TEST(Segmenter, bounds_that_do_not_rise_from_above_0_are_refused) {
  for (const std::vector<std::int32_t>& bounds :
       std::vector<std::vector<std::int32_t>>{{}, {0, 1}, {-1}, {5, 5}, {5, 3}})
    EXPECT_EQ(error_of([&] { return by::tenure_bands(bounds); }), ErrorCode::bad_number);
  EXPECT_EQ(error_of([] { return by::mrr_bands({}); }), ErrorCode::bad_number);
  EXPECT_EQ(error_of([] { return by::mrr_bands({10, 10}); }), ErrorCode::bad_number);
}

TEST(Segmenter, names_of_the_command_line_are_built_in_segments_before_attributes) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("pro").with("plan", "old").with("x", "y")});
  EXPECT_EQ(label_of(book, by::name("plan"), "ann"), Label{"pro"});
  EXPECT_EQ(label_of(book, by::name("attribute:plan"), "ann"), Label{"old"});
  EXPECT_EQ(label_of(book, by::name("x"), "ann"), Label{"y"});
  for (const char* name : {"plan", "interval", "currency", "primary_plan", "tenure", "mrr_band", "cohort"})
    EXPECT_EQ(by::name(name).names(), (std::vector<std::string>{name}));
  EXPECT_EQ(error_of([&] { return by::name("plans")(book); }), ErrorCode::unknown_attribute);
}

TEST(Segmenter, a_state_of_a_host_is_asked_on_the_days_of_tenure_that_it_names) {
  const Segmenter settled = by::custom_state(
      "settled", [](const Situation& now) { return now.tenure_days() < 100 ? "no" : "yes"; }, {100});
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("a").from("2024-01-01")});
  const MovementCube cube = MovementCube::fold(book, support::months_of("2024-04-01", "2024-05-01"), settled);
  EXPECT_EQ(cube.at(cube.segment({"no"}), 0).transferred_out_customers, 1) << "On 10 April.";
  EXPECT_EQ(cube.at(cube.segment({"yes"}), 0).transferred_in_customers, 1);
}

TEST(Segmenter, a_state_by_number_says_what_one_by_text_says) {
  const auto last = [](const Situation& now) { return now.phases.back().phase; };
  const Segmenter by_text = by::custom_state("last plan", [=](const Situation& s) { return last(s).plan(); });
  const Segmenter by_number = by::numbered_state("last plan", &Book::plans,
                                                 [=](const Situation& s) { return last(s).plan_number(); });
  const Book book = book_as_of(
      "2024-07-01",
      {a_customer("ann").on("b").from("2024-02-01").on("a").from("2024-01-01").until("2024-05-10"),
       a_customer("bob").on("(none)").from("2024-01-10").until("2024-02-05").on("a").from("2024-03-01"),
       a_customer("cat").on("c").from("2024-01-10").until("2024-04-05").on("b").from("2024-04-05")});
  const PeriodGrid grid = support::months_of("2024-01-01", "2024-07-01");
  EXPECT_EQ(MovementCube::fold(book, grid, by_number), MovementCube::fold(book, grid, by_text));
  EXPECT_EQ(MovementCube::fold(book, grid, {}, {.where = by_number == "b"}),
            MovementCube::fold(book, grid, {}, {.where = by_text == "b"}));
}

TEST(Segmenter, a_number_beyond_the_labels_of_a_state_is_an_error) {
  const Segmenter wrong = by::numbered_state(
      "wrong", [](const Book&) { return std::vector<std::string>{"only"}; },
      [](const Situation&) { return 1U; });
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("a").from("2024-02-01")});
  EXPECT_EQ(error_of([&] {
              return MovementCube::fold(book, support::months_of("2024-01-01", "2024-05-01"), wrong);
            }),
            ErrorCode::out_of_range);
}

const auto starts_later = [](const PhaseOnDay& a, const PhaseOnDay& b) {
  return a.phase.starts_on() > b.phase.starts_on();
};

Book some_with_several_phases() {
  return book_as_of(
      "2024-07-01",
      {a_customer("ann").on("b").from("2024-02-01").on("a").from("2024-01-01").until("2024-05-10"),
       a_customer("bob").on("a").from("2024-01-10").until("2024-02-05").on("b").from("2024-01-10"),
       a_customer("cat")
           .on("c")
           .at("5.00")
           .from("2024-01-10")
           .until("2024-04-05")
           .then_on("b")
           .from("2024-04-05")});
}

TEST(Segmenter, a_preferred_phase_gives_the_customer_its_label) {
  const Book book = some_with_several_phases();
  const PeriodGrid grid = support::months_of("2024-01-01", "2024-07-01");
  const Segmenter latest = by::preferred_phase("latest", by::plan, starts_later);
  const Segmenter by_hand = by::custom_state("latest", [](const Situation& now) {
    const PhaseOnDay* found = &now.phases.front();
    for (const PhaseOnDay& other : now.phases)
      if (other.phase.starts_on() > found->phase.starts_on()) found = &other;
    return found->phase.plan();
  });
  EXPECT_EQ(MovementCube::fold(book, grid, latest), MovementCube::fold(book, grid, by_hand));
  EXPECT_EQ(MovementCube::fold(book, grid, latest, {.where = latest != "b"}),
            MovementCube::fold(book, grid, by_hand, {.where = by_hand != "b"}));
  EXPECT_EQ(MovementCube::fold(book, grid, by::plan * latest),
            MovementCube::fold(book, grid, by::plan * by_hand));
  EXPECT_EQ(label_of(book, latest, "ann"), Label{"a"});
  EXPECT_EQ(label_of(book, latest, "bob"), Label{"a"}) << "Of equals that of the first subscription.";
}

TEST(Segmenter, a_preferred_phase_may_have_any_lane_for_its_label) {
  const auto dearer = [](const PhaseOnDay& a, const PhaseOnDay& b) { return a.ticks > b.ticks; };
  const Segmenter first_letter = by::custom_lane(
      "letter", [](const PhaseView& phase) { return phase.plan().substr(0, 1); }, "2");
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("basic").at("5.00").on("pro").at("50.00").yearly(),
                                a_customer("bob").on("pro").at("5.00")});
  EXPECT_EQ(label_of(book, by::preferred_phase("dearest", first_letter, dearer), "ann"), Label{"b"})
      << "Which has 5.00 a month, and the other 4.17.";
  EXPECT_EQ(label_of(book, by::preferred_phase("dearest", by::interval, dearer), "bob"), Label{"month"});
  EXPECT_EQ(by::preferred_phase("dearest", first_letter, dearer, "3").factors().front().version,
            "letter, 2, 3")
      << "Another lane or another version of it makes another rule.";
}

TEST(Segmenter, phases_are_compared_only_where_there_are_several) {
  int asked = 0;
  const Segmenter counting =
      by::preferred_phase("x", by::plan, [&asked](const PhaseOnDay& a, const PhaseOnDay& b) {
        ++asked;
        return a.phase.starts_on() < b.phase.starts_on();
      });
  const PeriodGrid grid = support::months_of("2024-01-01", "2024-07-01");
  (void)MovementCube::fold(one_who_moved_up(), grid, counting);
  EXPECT_EQ(asked, 0);
  (void)MovementCube::fold(some_with_several_phases(), grid, counting);
  EXPECT_GT(asked, 0);
}

TEST(Segmenter, a_preferred_phase_has_the_label_of_one_lane) {
  for (const Segmenter& other :
       {Segmenter{}, Segmenter{by::tenure}, by::attribute("x"), by::plan * by::interval})
    EXPECT_EQ(error_of([&] { return by::preferred_phase("x", other, starts_later); }),
              ErrorCode::unknown_name);
}

TEST(Segmenter, a_column_without_a_label_for_a_code_is_an_error) {
  const auto column = [](const Book&) { return Segmenter::Column{{"only"}, {0, 1}}; };
  const Segmenter lane{Segmenter::Factor{"lane", Segmenter::Kind::lane, column}};
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("a").from("2024-01-01").until("2024-02-01"),
                                a_customer("bob").on("a").from("2024-02-01")});
  const PeriodGrid grid = support::months_of("2024-01-01", "2024-05-01");
  EXPECT_EQ(error_of([&] { return MovementCube::fold(book, grid, lane); }), ErrorCode::out_of_range);
  EXPECT_EQ(
      error_of([&] { return MovementCube::fold(book, grid, by::preferred_phase("x", lane, starts_later)); }),
      ErrorCode::out_of_range);
}

TEST(Segmenter, more_labels_than_a_table_has_room_for_change_nothing) {
  const auto wide = [](std::size_t labels) {
    return Segmenter{Segmenter::Factor{"x", Segmenter::Kind::fixed, [labels](const Book& book) {
                                         Segmenter::Column column;
                                         for (std::size_t i = 0; i < labels; ++i)
                                           column.labels.push_back(std::to_string(i));
                                         column.code.assign(book.customer_count(), 1);
                                         return column;
                                       }}};
  };
  const Book book = some_with_several_phases();
  const PeriodGrid grid = support::months_of("2024-01-01", "2024-07-01");
  const Segmenter latest = by::preferred_phase("latest", by::plan, starts_later);
  for (const Segmenter& other : {latest, by::plan * latest, Segmenter{by::plan}})
    EXPECT_EQ(MovementCube::fold(book, grid, wide(90'000) * other),
              MovementCube::fold(book, grid, wide(2) * other));
}

TEST(Segmenter, a_situation_shows_the_phases_in_order_of_their_start) {
  std::vector<std::string> seen;
  const Segmenter spy = by::custom_state("spy", [&seen](const Situation& now) {
    std::string text = now.day.to_string() + ":";
    for (const PhaseOnDay& on : now.phases)
      text += " " + on.phase.plan() + " since " + on.phase.starts_on().to_string();
    seen.push_back(text);
    return std::string{};
  });
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("b").from("2024-02-01").on("a").from("2024-01-01")});
  (void)MovementCube::fold(book, support::months_of("2024-01-01", "2024-05-01"), spy);
  EXPECT_EQ(seen, (std::vector<std::string>{"2024-01-01: a since 2024-01-01",
                                            "2024-02-01: a since 2024-01-01 b since 2024-02-01"}));
}

}  // namespace
}  // namespace churn

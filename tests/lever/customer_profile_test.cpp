#include <churn/lever/customer_profile.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "departure/departed_book.hpp"
#include "risk/sample_accounts.hpp"
#include "support/random_book.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using departure_test::sample_book;
using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::copies;
using support::CustomerSentence;
using support::CustomerSentences;
using support::day;
using support::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string profiled_share(const Proportion& share) {
  return std::to_string(share.numerator()) + " of " + std::to_string(share.denominator());
}
std::string profiled_traits(const ProfileSegment& segment) {
  std::string text;
  for (const ProfileTrait& trait : segment.traits)
    for (std::size_t f = 0; f < trait.names.size(); ++f)
      text += (text.empty() ? "" : " ") + trait.names[f] + "=" + trait.label[f];
  return text;
}
std::vector<std::string> ranked_traits(const std::vector<ProfileSegment>& segments) {
  std::vector<std::string> all;
  for (const ProfileSegment& segment : segments)
    all.push_back(profiled_traits(segment) + " " + profiled_share(segment.kept.one));
  return all;
}

/// So many customers of a type who came on 2023-01-01, of whom `kept` are still there and the others left in June.
CustomerSentences some_profiled(const std::string& id, const CustomerSentence& type, int kept,
                                int customers) {
  CustomerSentence stays = type;
  CustomerSentence leaves = type;
  return support::together(
      {copies(kept, stays.called(id + "-kept").on("pro").from("2023-01-01")),
       copies(customers - kept,
              leaves.called(id + "-left").on("pro").from("2023-01-01").until("2023-06-01"))});
}
CustomerSentence profiled_type(const std::string& industry, const std::string& channel) {
  return a_customer("some").with("industry", industry).with("channel", channel);
}

/// 132 customers: industries retail, events and too few zoos, channels ads and web, and three without a value.
CustomerSentences two_profiled_industries() {
  return support::together({some_profiled("ra", profiled_type("retail", "ads"), 24, 30),
                            some_profiled("rw", profiled_type("retail", "web"), 38, 40),
                            some_profiled("ea", profiled_type("events", "ads"), 5, 25),
                            some_profiled("ew", profiled_type("events", "web"), 21, 30),
                            some_profiled("zw", profiled_type("zoo", "web"), 1, 4),
                            some_profiled("n", a_customer("some"), 3, 3)});
}

TEST(CustomerProfile, counts_who_is_kept_by_segments_and_pairs) {
  const CustomerProfile profile = customer_profile(book_as_of("2024-07-01", two_profiled_industries()));
  EXPECT_EQ(profiled_share(profile.kept), "92 of 132");
  EXPECT_THAT(ranked_traits(profile.segments),
              ElementsAre("industry=retail 62 of 70", "channel=web 60 of 74", "channel=ads 29 of 55",
                          "industry=events 26 of 55"));
  EXPECT_THAT(ranked_traits(profile.pairs),
              ElementsAre("channel=web industry=retail 38 of 40", "channel=ads industry=retail 24 of 30",
                          "channel=web industry=events 21 of 30", "channel=ads industry=events 5 of 25"));
  EXPECT_EQ(profile.at("industry", "retail").rank, 1U);
  EXPECT_EQ(profile.at("industry", "events", "channel", "ads").rank, 4U);
  EXPECT_EQ(profiled_share(profile.at("industry", "retail").kept.other), "30 of 62")
      << "All others, also those without a value and the zoos.";
  EXPECT_EQ(profile.note, "");
  EXPECT_EQ(error_of([&] { (void)profile.at("industry", "zoo"); }), ErrorCode::unknown_name);
}

TEST(CustomerProfile, what_is_too_small_or_has_no_value_is_counted_in_the_rest) {
  const CustomerProfile profile = customer_profile(book_as_of("2024-07-01", two_profiled_industries()));
  ASSERT_EQ(profile.dimensions.size(), 3U);
  const ProfileDimension& channel = profile.dimensions[0];
  EXPECT_THAT(channel.names, ElementsAre(ElementsAre("channel")));
  EXPECT_EQ(channel.compared, 2U);
  EXPECT_EQ(profiled_share(channel.rest), "3 of 3");
  EXPECT_EQ(channel.without_value, 3);
  const ProfileDimension& industry = profile.dimensions[1];
  EXPECT_EQ(industry.others, 2U);
  EXPECT_EQ(profiled_share(industry.rest), "4 of 7");
  EXPECT_EQ(industry.without_value, 3);
  const ProfileDimension& both = profile.dimensions[2];
  EXPECT_THAT(both.names, ElementsAre(ElementsAre("channel"), ElementsAre("industry")));
  EXPECT_EQ(profiled_share(both.rest), "4 of 7");
}

// R: prop.test(c(62, 30), c(70, 62)) and so on; Newcombe's interval from prop.test(x, n, correct = FALSE)$conf.int of
// each; p.adjust(p, "holm") of the four segments and four pairs.
TEST(CustomerProfile, compares_as_prop_test_and_p_adjust_of_r_do) {
  const CustomerProfile profile = customer_profile(book_as_of("2024-07-01", two_profiled_industries()));
  EXPECT_EQ(profile.comparisons, 8U);
  const auto expect = [](const ProfileSegment& segment, double p, double adjusted, double low, double high,
                         ProfileVerdict verdict) {
    EXPECT_EQ(segment.kept.test, ContrastTest::chi_square_yates) << profiled_traits(segment);
    EXPECT_NEAR(segment.kept.p->value, p, 1e-10 * p)
        << profiled_traits(segment);  // some digits go in the tail
    EXPECT_NEAR(segment.kept.p_adjusted->value, adjusted, 1e-10 * adjusted) << profiled_traits(segment);
    EXPECT_NEAR(segment.kept.difference->interval.low, low, 1e-12) << profiled_traits(segment);
    EXPECT_NEAR(segment.kept.difference->interval.high, high, 1e-12) << profiled_traits(segment);
    EXPECT_EQ(segment.verdict, verdict) << profiled_traits(segment);
  };
  expect(profile.at("industry", "retail"), 1.40685082204422e-06, 9.84795575430953e-06, 0.247270797022968,
         0.533734021051111, ProfileVerdict::sell_to);
  expect(profile.at("industry", "events"), 5.47078007047074e-06, 3.28246804228244e-05, -0.524297475303526,
         -0.223853209066107, ProfileVerdict::avoid);
  expect(profile.at("channel", "ads"), 0.000690310648650787, 0.00276124259460315, -0.438137454794188,
         -0.129868933259771, ProfileVerdict::avoid);
  expect(profile.at("channel", "web"), 0.00249553499070409, 0.00748660497211228, 0.0999074420837704,
         0.405753190438341, ProfileVerdict::sell_to);
  expect(profile.at("channel", "ads", "industry", "retail"), 0.24162960745448, 0.483259214908959,
         -0.0590162479335948, 0.275607246449349, ProfileVerdict::no_evidence);
  expect(profile.at("channel", "ads", "industry", "events"), 8.22603540524637e-09, 6.58082832419709e-08,
         -0.74082917860587, -0.404051996897264, ProfileVerdict::avoid);
}

// The R of shrunken_shares_test.cpp, of x = 62, 26, 1, 3 and n = 70, 55, 4, 3.
TEST(CustomerProfile, draws_shares_towards_the_mean_of_their_dimension) {
  const CustomerProfile profile = customer_profile(book_as_of("2024-07-01", two_profiled_industries()));
  EXPECT_NEAR(*profile.dimensions[1].precision, 1.54807884919762, 1e-12);
  EXPECT_NEAR(profile.at("industry", "retail").shrunken, 0.881630437336584, 1e-13);
  EXPECT_NEAR(profile.at("industry", "retail").shrunken_interval.low, 0.79631238556509, 1e-9);
  EXPECT_NEAR(profile.at("industry", "retail").shrunken_interval.high, 0.946123722885712, 1e-9);
  EXPECT_NEAR(profile.at("channel", "ads").shrunken, 0.540832581318415, 1e-13);
  EXPECT_NEAR(profile.at("channel", "ads", "industry", "events").shrunken, 0.223523968117458, 1e-13);
}

// R: l <- function(x) log((x[1] + .5) / (x[2] - x[1] + .5)) of both, either alone and neither of the two;
// e <- l(one) + l(other) - l(neither), plogis(e), exp(l(both) - e) with the sum of 1 / (count + .5) as variance.
TEST(CustomerProfile, tells_what_two_segments_together_make_one_expect) {
  const CustomerProfile profile = customer_profile(book_as_of("2024-07-01", two_profiled_industries()));
  EXPECT_EQ(profile.interactions, 4U);
  const PairInteraction& found = *profile.at("industry", "retail", "channel", "ads").interaction;
  EXPECT_NEAR(found.expected, 0.669459374012014, 1e-13);
  EXPECT_NEAR(found.odds_ratio, 1.8610298792117, 1e-12);
  EXPECT_NEAR(found.odds_ratio_interval.low, 0.269912029345039, 1e-12);
  EXPECT_NEAR(found.odds_ratio_interval.high, 12.8317075001176, 1e-10);
  EXPECT_NEAR(found.p.value, 0.528357377830966, 1e-12);
  const PairInteraction& web = *profile.at("industry", "events", "channel", "web").interaction;
  EXPECT_NEAR(web.p.value, 0.0694205091955912, 1e-12);
  EXPECT_NEAR(web.p_adjusted.value, 4 * 0.0694205091955912, 1e-12);
  EXPECT_EQ(web.verdict, PairVerdict::no_evidence);
}

TEST(CustomerProfile, a_pair_that_keeps_fewer_than_its_segments_is_found) {
  const CustomerProfile profile = customer_profile(book_as_of(
      "2024-07-01", support::together({some_profiled("ra", profiled_type("retail", "ads"), 10, 60),
                                       some_profiled("rw", profiled_type("retail", "web"), 48, 60),
                                       some_profiled("ea", profiled_type("events", "ads"), 48, 60),
                                       some_profiled("ew", profiled_type("events", "web"), 47, 60)})));
  const ProfileSegment& pair = profile.at("industry", "retail", "channel", "ads");
  EXPECT_EQ(pair.interaction->verdict, PairVerdict::keeps_fewer);
  EXPECT_EQ(pair.verdict, ProfileVerdict::avoid);
  EXPECT_EQ(profile.interactions, 1U) << "All four pairs ask the same.";
  EXPECT_EQ(profile.at("industry", "events", "channel", "web").interaction->verdict, PairVerdict::keeps_fewer)
      << "Of two by two groups, what one keeps too few of, the one opposite does, and the other two keep "
         "more.";
  EXPECT_THAT(customer_profile_sentence(profile),
              HasSubstr(" Together, channel = ads with industry = retail keeps 16.7 % (10 of 60; 95 %: "));
  EXPECT_THAT(customer_profile_sentence(profile), HasSubstr(", fewer than the "));
}

// 2023-03-01 is a horizon of 31 days after 2023-01-29, and the last day that is asked about is 02-28.
TEST(CustomerProfile, the_days_at_the_edges_of_the_horizon) {
  const auto kept = [](const char* until, const char* as_of) {
    const CustomerProfile profile = customer_profile(
        book_as_of(as_of,
                   {a_customer("ann").with("size", "small").on("pro").from("2023-01-29").until(until)}),
        {.horizon = 31, .fewest = 1});
    return profiled_share(profile.kept) + ", " + std::to_string(profile.too_new) + " too new";
  };
  EXPECT_EQ(kept("2023-02-28", "2023-03-01"), "0 of 1, 0 too new");
  EXPECT_EQ(kept("2023-03-01", "2023-03-01"), "1 of 1, 0 too new");
  EXPECT_EQ(kept("2023-03-01", "2024-01-01"), "1 of 1, 0 too new")
      << "Churn belongs to the first absent day.";
  EXPECT_EQ(kept("2023-02-10", "2023-02-28"), "0 of 0, 1 too new")
      << "Also who left early is not counted until all would be known.";
}

TEST(CustomerProfile, only_first_stays_that_are_seen_from_their_start_are_asked_about) {
  const Book book = book_from_until(
      "2023-01-01", "2024-07-01",
      {a_customer("ann").with("size", "small").on("pro").from("2022-06-01"),  // truncated
       a_customer("bob")
           .with("size", "small")
           .on("pro")
           .from("2022-01-01")
           .until("2022-06-01"),  // over before
       a_customer("cid")
           .with("size", "small")
           .on("pro")
           .from("2023-01-01")
           .until("2023-02-01")  // returns
           .on("pro")
           .from("2023-03-01"),
       a_customer("dan").with("size", "small").on("pro").from("2023-02-01"),
       a_customer("eve").with("size", "small"),                               // never
       a_customer("fay").with("size", "small").on("pro").from("2024-06-01"),  // too new
       a_customer("gil").with("size", "small").who_is_a_test_account().on("pro").from("2023-02-01")});
  const CustomerProfile profile = customer_profile(book, {.fewest = 1});
  EXPECT_EQ(profiled_share(profile.kept), "1 of 2");
  EXPECT_EQ(profile.before_records, 2);
  EXPECT_EQ(profile.never_present, 1);
  EXPECT_EQ(profile.too_new, 1);
}

TEST(CustomerProfile, mrr_is_that_of_the_first_day_and_of_the_last_known_one) {
  const CustomerSentences customers{
      a_customer("ann")
          .with("size", "small")
          .on("pro")
          .from("2023-01-01")
          .until("2023-07-01")
          .at("30.00")
          .then_on("pro")
          .from("2023-07-01")
          .at("50.00"),
      a_customer("bob")
          .with("size", "small")
          .on("pro")
          .from("2023-01-01")
          .until("2023-02-01")
          .at("20.00")
          .on("pro")
          .from("2024-06-30")
          .at("5.00"),
      a_customer("cid").with("size", "large").on("pro").from("2023-01-01").until("2023-02-01").at("700.00"),
      a_customer("dan").with("size", "small").on("pro").from("2024-01-01").at("9999.00")};
  const CustomerProfile profile = customer_profile(book_as_of("2024-07-01", customers), {.fewest = 2});
  const ProfileSegment& small = profile.at("size", "small");
  EXPECT_EQ(small.mrr_at_start->mrr().to_string(), "50.00");
  EXPECT_EQ(small.mrr_now->mrr().to_string(), "55.00") << "Bob came back; dan is too new.";
  EXPECT_EQ(profile.dimensions[0].mrr_at_start->mrr().to_string(), "700.00");
  EXPECT_EQ(profile.dimensions[0].mrr_now->mrr().to_string(), "0.00");

  CustomerSentences mixed = customers;
  mixed.push_back(a_customer("eve").with("size", "small").on("pro").from("2023-01-01").in("EUR"));
  const CustomerProfile two = customer_profile(book_as_of("2024-07-01", mixed), {.fewest = 2});
  EXPECT_EQ(profiled_share(two.at("size", "small").kept.one), "2 of 3");
  EXPECT_FALSE(two.at("size", "small").mrr_at_start) << "Amounts of two currencies never add.";
}

TEST(CustomerProfile, who_pays_for_the_whole_horizon_at_a_time_is_counted) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").with("size", "small").on("pro").from("2023-01-01"),
                     a_customer("bob").with("size", "small").on("pro").from("2023-01-01").yearly()});
  EXPECT_EQ(customer_profile(book, {.horizon = 365, .fewest = 1}).committed, 1);
  EXPECT_EQ(customer_profile(book, {.horizon = 366, .fewest = 1}).committed, 0);
  EXPECT_EQ(customer_profile(book, {.horizon = 31, .fewest = 1}).committed, 2);
  EXPECT_THAT(customer_profile_sentence(customer_profile(book, {.fewest = 1})),
              HasSubstr(" 1 of them paid for that long at the start"));
}

TEST(CustomerProfile, a_host_names_its_own_segmenters) {
  const Book book = book_as_of(
      "2024-07-01",
      support::together(
          {copies(30, a_customer("a")
                          .with("size", "small")
                          .on("basic")
                          .from("2023-01-01")
                          .until("2023-02-01")
                          .then_on("pro")
                          .from("2023-02-01")),
           copies(25, a_customer("b").with("size", "small").on("pro").from("2023-01-01").until("2023-05-01")),
           copies(20, a_customer("c").with("size", "large").on("pro").from("2023-01-01"))}));
  CustomerProfileOptions options;
  options.by = {by::primary_plan, by::attribute("size") * by::primary_plan,
                by::custom("letter", [](const Book& of, CustomerIndex c) {
                  return of.customer_id(c).text().substr(0, 1);
                })};
  const CustomerProfile profile = customer_profile(book, options);
  EXPECT_THAT(ranked_traits(profile.segments),
              ::testing::UnorderedElementsAre("primary_plan=basic 30 of 30", "primary_plan=pro 20 of 45",
                                              "size=large primary_plan=pro 20 of 20",
                                              "size=small primary_plan=basic 30 of 30",
                                              "size=small primary_plan=pro 0 of 25", "letter=a 30 of 30",
                                              "letter=b 0 of 25", "letter=c 20 of 20"))
      << "The plan that was bought first.";
  EXPECT_EQ(profile.dimensions.size(), 5U) << "A plan is not paired with a product that has it.";
  EXPECT_EQ(profile.comparisons, 7U) << "Of two plans, each is the other's rest.";
  EXPECT_THAT(profile.pairs, IsEmpty());
  std::size_t repeated = 0;
  for (const ProfileDimension& dimension : profile.dimensions) repeated += dimension.repeated;
  EXPECT_EQ(repeated, 6U) << "All pairs are the customers of one of their segments.";

  options.by = {Segmenter{}};
  EXPECT_EQ(error_of([&] { (void)customer_profile(book, options); }), ErrorCode::unknown_name);
  options.by = {by::primary_plan, by::primary_plan};
  EXPECT_EQ(error_of([&] { (void)customer_profile(book, options); }), ErrorCode::unknown_name);
  options.by = {by::attribute("colour")};
  EXPECT_EQ(error_of([&] { (void)customer_profile(book, options); }), ErrorCode::unknown_attribute);
}

TEST(CustomerProfile, a_filter_looks_at_the_first_present_day) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann")
                         .with("size", "small")
                         .on("basic")
                         .from("2023-01-01")
                         .until("2023-02-01")
                         .then_on("pro")
                         .from("2023-02-01"),
                     a_customer("bob").with("size", "small").on("pro").from("2023-01-01").until("2023-02-01"),
                     a_customer("cid").with("size", "large").on("pro").from("2024-06-01")});
  CustomerProfileOptions options{.fewest = 1};
  options.where = by::primary_plan == "basic";
  EXPECT_EQ(profiled_share(customer_profile(book, options).kept), "1 of 1");
  options.where = by::primary_plan == "pro";
  EXPECT_EQ(profiled_share(customer_profile(book, options).kept), "0 of 1");
  EXPECT_EQ(customer_profile(book, options).too_new, 1);
}

// 30 of 60 small ones against 30 of 40, and 30 of 40 of team x against 30 of 60: the same counts of other customers.
TEST(CustomerProfile, the_same_counts_in_two_dimensions_are_two_comparisons) {
  const CustomerSentence small = a_customer("some").with("size", "small");
  const CustomerSentence team = a_customer("some").with("team", "x");
  CustomerSentence both = small;
  CustomerProfileOptions options;
  options.pairs = false;
  const CustomerProfile profile = customer_profile(
      book_as_of("2024-07-01",
                 support::together({some_profiled("b", both.with("team", "x"), 15, 20),
                                    some_profiled("s", small, 15, 40), some_profiled("t", team, 15, 20),
                                    some_profiled("n", a_customer("some"), 15, 20)})),
      options);
  EXPECT_EQ(profile.at("size", "small").kept.one, profile.at("team", "x").kept.other);
  EXPECT_EQ(profile.comparisons, 2U);
}

TEST(CustomerProfile, pairs_may_be_left_out) {
  CustomerProfileOptions options;
  options.pairs = false;
  const CustomerProfile profile =
      customer_profile(book_as_of("2024-07-01", two_profiled_industries()), options);
  EXPECT_THAT(profile.pairs, IsEmpty());
  EXPECT_EQ(profile.comparisons, 4U);
  EXPECT_EQ(profile.interactions, 0U);
  EXPECT_THAT(customer_profile_sentence(profile), Not(HasSubstr("pair")));
}

TEST(CustomerProfile, says_why_there_is_nothing_to_say) {
  const auto note = [](const Book& book, const CustomerProfileOptions& options = {}) {
    const CustomerProfile profile = customer_profile(book, options);
    EXPECT_EQ(customer_profile_sentence(profile), profile.note);
    return profile.note;
  };
  const auto came = [](int customers, const char* from) {
    return copies(customers, a_customer("a").with("size", "small").on("pro").from(from));
  };
  EXPECT_EQ(note(book_as_of("2024-07-01", copies(30, a_customer("a").on("pro").from("2023-01-01")))),
            "No attribute of customers is on record, so types of customers can't be told apart. Add "
            "industry, channel, "
            "country or size to the customers (columns of customers.csv, Customer::attributes).");
  EXPECT_EQ(
      note(book_as_of("2024-07-01",
                      support::together({came(19, "2024-01-01"),
                                         copies(5, a_customer("b").on("pro").from("2024-02-01"))}))),
      "No customer came 365 days or more before 2024-07-01: all 24 are too new. From 2025-01-31 on 20 are "
      "known.");
  EXPECT_EQ(
      note(book_as_of("2024-07-01", came(7, "2023-01-01"))),
      "Only 7 customers came 365 days or more before 2024-07-01, and a segment needs 20. The book has no 20 "
      "customers whose start is on record.");
  EXPECT_EQ(note(book_as_of("2024-07-01", {a_customer("a").with("size", "small")})),
            "No first stay of a customer is on record from its start.");
  EXPECT_EQ(note(book_as_of(
                "2024-07-01",
                support::together({came(15, "2023-01-01"),
                                   some_profiled("l", a_customer("some").with("size", "large"), 15, 15)}))),
            "No segment has 20 customers who came 365 days or more before 2024-07-01.");
  EXPECT_THAT(note(book_as_of("2024-07-01", {})), StartsWith("No attribute"));
  EXPECT_THAT(note(book_as_of("0001-01-01", {a_customer("a").with("size", "small")})),
              StartsWith("No first stay"));

  const CustomerProfile later = customer_profile(book_as_of("2024-07-01", came(40, "2024-01-01")));
  EXPECT_EQ(later.answerable_from, day("2024-12-31"));
  const CustomerProfile never = customer_profile(book_as_of("2024-07-01", came(40, "2024-01-01")),
                                                 {.horizon = std::numeric_limits<std::int32_t>::max()});
  EXPECT_FALSE(never.answerable_from) << "That is beyond the calendar.";
}

TEST(CustomerProfile, of_everybody_kept_and_of_one_type_there_is_nothing_to_compare) {
  const auto sentence = [](const CustomerSentences& customers) {
    const CustomerProfile profile = customer_profile(book_as_of("2024-07-01", customers));
    EXPECT_EQ(profile.comparisons, 0U);
    for (const ProfileSegment& segment : profile.segments)
      EXPECT_EQ(segment.verdict, ProfileVerdict::no_evidence);
    EXPECT_EQ(customer_profile_table(profile).rows.size(), profile.segments.size() + profile.pairs.size());
    return customer_profile_sentence(profile);
  };
  EXPECT_THAT(
      sentence(support::together({some_profiled("s", a_customer("some").with("size", "small"), 30, 30),
                                  some_profiled("l", a_customer("some").with("size", "large"), 30, 30)})),
      HasSubstr("There is nothing to compare: everybody was kept."));
  EXPECT_THAT(
      sentence(support::together({some_profiled("s", a_customer("some").with("size", "small"), 0, 30),
                                  some_profiled("l", a_customer("some").with("size", "large"), 0, 30)})),
      HasSubstr("There is nothing to compare: nobody was kept."));
  EXPECT_THAT(sentence(some_profiled("s", a_customer("some").with("size", "small"), 10, 30)),
              HasSubstr("There is nothing to compare: all customers are of one type."));
}

TEST(CustomerProfile, throws_for_options_that_mean_nothing) {
  const Book book = book_as_of("2024-07-01", two_profiled_industries());
  const auto thrown = [&](CustomerProfileOptions options) {
    return error_of([&] { (void)customer_profile(book, options); });
  };
  EXPECT_EQ(thrown({.horizon = 0}), ErrorCode::out_of_range);
  EXPECT_EQ(thrown({.fewest = 0}), ErrorCode::out_of_range);
  CustomerProfileOptions options;
  options.rule.interval = IntervalRule{1.0};
  EXPECT_EQ(thrown(options), ErrorCode::bad_number);
  options.rule.interval = IntervalRule{std::numeric_limits<double>::quiet_NaN()};
  EXPECT_EQ(thrown(options), ErrorCode::bad_number);
  options = {};
  options.rule.enough_expected = -1;
  EXPECT_EQ(thrown(options), ErrorCode::bad_number);
}

TEST(CustomerProfile, the_confidence_is_the_conventions_unless_given_and_decides_what_is_claimed) {
  Conventions conventions;
  conventions.rate.confidence = 0.999;
  const Book book = book_as_of("2024-07-01", two_profiled_industries(), conventions);
  EXPECT_EQ(customer_profile(book).rule.interval->confidence, 0.999);
  EXPECT_EQ(customer_profile(book).at("channel", "web").verdict, ProfileVerdict::no_evidence)
      << "p is 0.0075.";
  CustomerProfileOptions options;
  options.rule.interval = IntervalRule{0.99};
  EXPECT_EQ(customer_profile(book, options).at("channel", "web").verdict, ProfileVerdict::sell_to);
}

TEST(CustomerProfile, the_sentence_tells_whom_to_sell_to_and_whom_to_avoid) {
  EXPECT_EQ(
      customer_profile_sentence(customer_profile(book_as_of("2024-07-01", two_profiled_industries()))),
      "Of customers who came 365 days or more before 2024-07-01, 69.7 % (92 of 132; 95 %: 61.4 to 76.9) "
      "stayed "
      "that long. Sell to industry = retail, which keeps 88.6 % (62 of 70; 95 %: 79 to 94.1): 40.2 points "
      "more "
      "(95 %: 24.7 to 53.4; p < 0.0001) than all others; then channel = web (81.1 %). Avoid industry = "
      "events, "
      "which keeps 47.3 % (26 of 55; 95 %: 34.7 to 60.2): 38.4 points less (95 %: 22.4 to 52.4; p < 0.0001) "
      "than "
      "all others; then channel = ads (52.7 %). None of 4 pairs keeps more or fewer than its two segments "
      "make "
      "one expect, by more than chance. p is after Holm's correction over 8 comparisons. This is "
      "association, not cause.");
}

TEST(CustomerProfile, the_table_has_a_row_for_each_segment_pair_and_rest) {
  const Table table =
      customer_profile_table(customer_profile(book_as_of("2024-07-01", two_profiled_industries())));
  ASSERT_EQ(table.rows.size(), 4U + 4U + 3U);
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
  const auto text = [&](std::size_t row, const std::string& column) {
    const auto at = std::find(table.columns.begin(), table.columns.end(), column);
    return to_text(table.rows[row].at(static_cast<std::size_t>(at - table.columns.begin())));
  };
  EXPECT_EQ(text(0, "kind"), "segment");
  EXPECT_EQ(text(0, "rank"), "1");
  EXPECT_EQ(text(0, "name") + "=" + text(0, "label"), "industry=retail");
  EXPECT_EQ(text(0, "numerator") + " of " + text(0, "denominator"), "62 of 70");
  EXPECT_EQ(text(0, "rest_numerator") + " of " + text(0, "rest_denominator"), "30 of 62");
  EXPECT_EQ(text(0, "verdict"), "sell_to");
  EXPECT_EQ(text(0, "interaction"), "");
  EXPECT_EQ(text(0, "mrr_at_start"), "700.00");
  EXPECT_EQ(text(0, "mrr_now"), "620.00");
  EXPECT_EQ(text(7, "kind"), "pair");
  EXPECT_EQ(text(7, "other_name") + "=" + text(7, "other_label"), "industry=events");
  EXPECT_EQ(text(7, "interaction"), "no_evidence");
  EXPECT_EQ(text(7, "mrr_now"), "50.00");
  EXPECT_EQ(text(9, "kind"), "rest");
  EXPECT_EQ(text(9, "name"), "industry");
  EXPECT_EQ(text(9, "numerator") + " of " + text(9, "denominator"), "4 of 7");
  EXPECT_EQ(text(9, "mrr_at_start"), "70.00");
  EXPECT_THAT(text(9, "note"), HasSubstr("without a value: 3 customers"));
}

TEST(CustomerProfile, does_not_depend_on_the_order_of_records) {
  CustomerSentences customers = two_profiled_industries();
  const CustomerProfile first = customer_profile(book_as_of("2024-07-01", customers));
  std::mt19937 random{11};
  for (int round = 0; round < 3; ++round) {
    std::shuffle(customers.begin(), customers.end(), random);
    const CustomerProfile other = customer_profile(book_as_of("2024-07-01", customers));
    EXPECT_EQ(customer_profile_table(other), customer_profile_table(first));
    EXPECT_EQ(customer_profile_sentence(other), customer_profile_sentence(first));
  }
}

// ---- Nothing is claimed where nothing is

struct ProfileClaims {
  int of_segments{0};  // rounds in which something was claimed
  int of_pairs{0};
};

/// Attributes drawn at random for customers of whom 70 % are kept.
ProfileClaims profile_claims_of_chance(int rounds) {
  const Book book = book_as_of("2024-07-01", some_profiled("c", a_customer("some"), 350, 500));
  std::mt19937 random{2024};
  std::uniform_int_distribution<std::size_t> draw{0, 99};
  ProfileClaims claims;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::size_t> one(500);
    std::vector<std::size_t> other(500);
    for (std::size_t c = 0; c < one.size(); ++c) {
      one[c] = draw(random) % 5;
      other[c] = draw(random) < 60 ? 0 : 1 + draw(random) % 3;
    }
    const auto label = [](const std::vector<std::size_t>& drawn) {
      return [&drawn](const Book&, CustomerIndex c) {
        return std::string(1, static_cast<char>('a' + drawn[static_cast<std::size_t>(c)]));
      };
    };
    const CustomerProfile profile =
        customer_profile(book, {.by = {by::custom("one", label(one)), by::custom("other", label(other))}});
    EXPECT_GE(profile.comparisons, 14U);
    const auto is_claimed = [](const ProfileSegment& segment) {
      return segment.verdict != ProfileVerdict::no_evidence;
    };
    const auto is_claimed_together = [](const ProfileSegment& pair) {
      return pair.interaction && pair.interaction->verdict != PairVerdict::no_evidence;
    };
    if (std::any_of(profile.segments.begin(), profile.segments.end(), is_claimed) ||
        std::any_of(profile.pairs.begin(), profile.pairs.end(), is_claimed))
      ++claims.of_segments;
    if (std::any_of(profile.pairs.begin(), profile.pairs.end(), is_claimed_together)) ++claims.of_pairs;
  }
  return claims;
}

TEST(CustomerProfile, of_attributes_drawn_at_random_something_is_claimed_in_five_of_a_hundred_at_most) {
  const ProfileClaims claims = profile_claims_of_chance(200);
  RecordProperty("segments", claims.of_segments);
  RecordProperty("pairs", claims.of_pairs);
  EXPECT_LE(claims.of_segments, 10);
  EXPECT_LE(claims.of_pairs, 10);
}

// ---- The sample book

// A third of its customers pay by the year and can't leave within 365 days; 400 hold their first renewal.
TEST(CustomerProfile, finds_what_was_put_into_the_sample_book_and_nothing_else) {
  const CustomerProfile profile = customer_profile(sample_book(), {.horizon = 400});
  EXPECT_EQ(profile.committed, 0);
  const std::size_t last = profile.segments.size();
  EXPECT_EQ(profile.at("channel", "paid_social").rank, last);
  EXPECT_EQ(profile.at("industry", "healthcare").rank, last - 1);
  for (const ProfileSegment& segment : profile.segments) {
    const std::string traits = profiled_traits(segment);
    const bool is_bad = traits == "channel=paid_social" || traits == "industry=healthcare";
    EXPECT_EQ(segment.verdict, is_bad ? ProfileVerdict::avoid : ProfileVerdict::no_evidence) << traits;
  }
  for (const ProfileSegment& pair : profile.pairs) {
    const std::string traits = profiled_traits(pair);
    EXPECT_TRUE(!pair.interaction || pair.interaction->verdict == PairVerdict::no_evidence) << traits;
    const bool is_of_a_bad_one =
        traits.find("paid_social") != std::string::npos || traits.find("healthcare") != std::string::npos;
    EXPECT_TRUE(is_of_a_bad_one || pair.verdict == ProfileVerdict::no_evidence) << traits;
  }
}

TEST(CustomerProfile, within_a_year_annual_plans_hide_part_of_what_was_put_into_the_sample_book) {
  const CustomerProfile profile = customer_profile(sample_book());
  EXPECT_GT(profile.committed, profile.kept.denominator() / 4);
  const std::size_t last = profile.segments.size();
  EXPECT_EQ(profile.at("channel", "paid_social").rank, last);
  EXPECT_EQ(profile.at("industry", "healthcare").rank, last - 1);
  EXPECT_EQ(profile.at("channel", "paid_social").verdict, ProfileVerdict::avoid);
  EXPECT_EQ(profile.at("industry", "healthcare").verdict, ProfileVerdict::no_evidence)
      << "p is 0.0006 before Holm's.";
  CustomerProfileOptions options;
  options.pairs = false;
  const CustomerProfile singles = customer_profile(sample_book(), options);
  for (const ProfileSegment& segment : singles.segments) {
    const std::string traits = profiled_traits(segment);
    const bool is_bad = traits == "channel=paid_social" || traits == "industry=healthcare";
    EXPECT_EQ(segment.verdict, is_bad ? ProfileVerdict::avoid : ProfileVerdict::no_evidence) << traits;
  }
}

// ProfiledCount by plain loops over the file, presence day by day.
TEST(CustomerProfile, equals_plain_loops_over_the_files_of_the_sample_book) {
  const risk_test::SampleAccounts accounts = risk_test::sample_accounts();
  const auto days = [](int n) { return std::chrono::days{n}; };
  std::map<std::string, std::pair<int, int>> counts;  // kept, customers
  std::ifstream in(CHURN_SOURCE_DIR "/examples/sample_book/customers.csv");
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> names = support::split_fields(line);
  constexpr std::size_t attributes = 6;
  while (std::getline(in, line)) {
    const std::vector<std::string> fields =
        support::split_fields(line);  // names hold commas, attributes come last
    const std::string& id = fields.front();
    if (!accounts.signed_up.contains(id)) continue;
    Date start = day("2021-12-31");
    while (start < day("2025-01-01") && !risk_test::sample_is_present(id, start)) start = start + days(1);
    if (start + days(365) > day("2025-01-01")) continue;
    const int kept = risk_test::sample_was_absent(id, start, start + days(365)) ? 0 : 1;
    std::vector<std::string> labels{""};
    for (std::size_t a = 1; a <= attributes; ++a)
      labels.push_back(names[names.size() - a] + "=" + fields[fields.size() - a]);
    for (std::size_t a = 1; a <= attributes; ++a)
      for (std::size_t b = 1; b < a; ++b)
        labels.push_back(std::min(labels[a], labels[b]) + " " + std::max(labels[a], labels[b]));
    for (const std::string& label : labels) {
      counts[label].first += kept;
      ++counts[label].second;
    }
  }
  const auto counted = [&](const std::string& label) {
    return Proportion(counts[label].first, counts[label].second);
  };
  const CustomerProfile profile = customer_profile(sample_book());
  EXPECT_EQ(profile.kept, counted(""));
  std::size_t large = 0;
  for (const auto& [label, count] : counts)
    if (!label.empty() && count.second >= 20) ++large;
  EXPECT_EQ(profile.segments.size() + profile.pairs.size(), large);
  for (const auto* segments : {&profile.segments, &profile.pairs})
    for (const ProfileSegment& segment : *segments)
      EXPECT_EQ(segment.kept.one, counted(profiled_traits(segment))) << profiled_traits(segment);
}

// ---- Random books, by plain loops over days

using ProfiledTraits = std::set<std::pair<std::string, std::string>>;
struct ProfiledCount {
  std::int64_t kept{0};
  std::int64_t customers{0};
  std::int64_t start_ticks{0};
  std::int64_t now_ticks{0};
  friend bool operator==(const ProfiledCount&, const ProfiledCount&) = default;
};
std::ostream& operator<<(std::ostream& out, const ProfiledCount& c) {
  return out << c.kept << " of " << c.customers << ", " << c.start_ticks << " and " << c.now_ticks
             << " ticks";
}

RC_GTEST_PROP(CustomerProfileProperty, counts_as_plain_loops_do, ()) {
  const support::RandomCase its = support::draw_case();
  const std::int32_t horizon = support::one_of({1, 10, 30, 90});
  const Book book = support::build(its.book, its.rules).book;
  const reference::Engine engine{its.book, its.rules};
  reference::Book whole = its.book;  // what was before the records
  whole.records_from.reset();
  const reference::Engine before{whole, its.rules};

  std::map<ProfiledTraits, ProfiledCount> expected;
  std::int64_t too_new = 0;
  std::int64_t before_records = 0;
  std::int64_t never_present = 0;
  const int as_of = its.book.as_of;
  const auto present = [&](const std::string& id, int on) { return before.state_on(id, on).present; };
  for (const CustomerIndex customer_index : book.customers_by_id()) {
    const std::string id = book.customer_id(customer_index).text();
    int start = support::first_day - 100;
    while (start < as_of && !present(id, start)) ++start;
    if (start >= as_of) {
      ++never_present;
      continue;
    }
    if (its.book.records_from && start < *its.book.records_from) {
      ++before_records;
      continue;
    }
    if (start + horizon > as_of) {
      ++too_new;
      continue;
    }
    ProfiledCount one{.kept = 1, .customers = 1};
    for (int on = start; on < start + horizon; ++on)
      if (!present(id, on)) one.kept = 0;
    one.start_ticks = engine.state_on(id, start).ticks;
    one.now_ticks = engine.state_on(id, as_of - 1).ticks;
    std::map<std::string, std::string> labels;
    for (const auto& customer : its.book.customers)
      if (customer.id == id) labels = customer.attributes;
    ProfiledTraits traits;
    for (const auto& [name, label] : labels)
      if (!label.empty()) traits.emplace(name, label);
    std::vector<ProfiledTraits> in;
    for (const auto& trait : traits) in.push_back({trait});
    if (traits.size() == 2) in.push_back(traits);
    in.emplace_back();
    for (const ProfiledTraits& segment : in) {
      ProfiledCount& sum = expected[segment];
      sum.kept += one.kept;
      ++sum.customers;
      sum.start_ticks += one.start_ticks;
      sum.now_ticks += one.now_ticks;
    }
  }
  const CustomerProfile profile = customer_profile(book, {.horizon = horizon, .fewest = 1});
  RC_ASSERT(profile.too_new == too_new);
  RC_ASSERT(profile.before_records == before_records);
  RC_ASSERT(profile.never_present == never_present);
  const ProfiledCount all = expected[{}];
  RC_ASSERT(profile.kept == Proportion(all.kept, all.customers));
  std::map<ProfiledTraits, ProfiledCount> found;
  for (const auto* segments : {&profile.segments, &profile.pairs}) {
    for (const ProfileSegment& segment : *segments) {
      ProfiledTraits traits;
      for (const ProfileTrait& trait : segment.traits)
        traits.emplace(trait.names.front(), trait.label.front());
      found[traits] = {segment.kept.one.numerator(), segment.kept.one.denominator(),
                       segment.mrr_at_start->ticks(), segment.mrr_now->ticks()};
      RC_ASSERT(segment.kept.other == Proportion(all.kept - segment.kept.one.numerator(),
                                                 all.customers - segment.kept.one.denominator()));
    }
  }
  for (const auto& [traits, counted] : expected) {
    if (traits.empty()) continue;
    const bool repeats =
        traits.size() == 2 && std::any_of(traits.begin(), traits.end(), [&](const auto& trait) {
          return expected[{trait}].customers == counted.customers;
        });
    RC_ASSERT(found.contains(traits) == !repeats);
    if (!repeats) RC_ASSERT(found[traits] == counted);
    found.erase(traits);
  }
  RC_ASSERT(found.empty());
}

}  // namespace
}  // namespace churn

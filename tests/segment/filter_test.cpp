#include <churn/segment/filter.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::error_of;

Book four_customers() {
  return book_as_of(
      "2024-07-01",
      {a_customer("ann").on("pro").with("country", "DE").with("channel", "ads"),
       a_customer("bob").on("pro").from("2024-02-01").with("country", "DE").with("channel", "web"),
       a_customer("eve").on("pro").with("country", "FR").with("channel", "food and drink"),
       a_customer("joe").on("pro")});
}

/// The customers that are kept, by id: `ann bob`.
std::string kept_by(const Filter& filter) {
  const Book book = four_customers();
  const std::vector<bool> keep = filter(book);
  std::string ids;
  for (const CustomerIndex customer : book.customers_by_id())
    if (keep.at(static_cast<std::size_t>(customer)))
      ids += (ids.empty() ? "" : " ") + book.customer_id(customer).text();
  return ids;
}

TEST(Filter, the_default_keeps_everyone) {
  EXPECT_TRUE(Filter{}.keeps_everyone());
  EXPECT_EQ(kept_by(Filter{}), "ann bob eve joe");
  EXPECT_EQ(Filter{}.text(), "");
}

TEST(Filter, an_attribute_is_compared_with_a_value) {
  EXPECT_EQ(kept_by(attribute("country") == "DE"), "ann bob");
  EXPECT_EQ(kept_by(attribute("country") != "DE"), "eve joe") << "Whoever has no country is not in DE.";
  EXPECT_EQ(kept_by(attribute("country") == "(none)"), "joe");
  EXPECT_EQ(kept_by(attribute("country") == ""), "joe") << "Empty is absent.";
  EXPECT_EQ(kept_by(attribute("country") == "XX"), "");
  EXPECT_FALSE((attribute("country") == "XX").keeps_everyone());
}

TEST(Filter, conditions_are_combined) {
  const Filter german = attribute("country") == "DE";
  const Filter ads = attribute("channel") == "ads";
  EXPECT_EQ(kept_by(german && ads), "ann");
  EXPECT_EQ(kept_by(german && !ads), "bob");
  EXPECT_EQ(kept_by(!german || ads), "ann eve joe");
  EXPECT_EQ(kept_by(!(german || ads)), "eve joe");
  EXPECT_EQ(kept_by(!!german), "ann bob");
}

TEST(Filter, everyone_is_neutral_in_and_and_all_there_is_in_or) {
  const Filter german = attribute("country") == "DE";
  EXPECT_EQ(kept_by(Filter{} && german), "ann bob");
  EXPECT_EQ(kept_by(german && Filter{}), "ann bob");
  EXPECT_EQ(kept_by(Filter{} || german), "ann bob eve joe");
  EXPECT_EQ(kept_by(german || Filter{}), "ann bob eve joe");
  EXPECT_EQ(kept_by(!Filter{}), "");
}

TEST(Filter, it_says_in_words_what_it_keeps) {
  EXPECT_EQ((attribute("country") == "DE" && attribute("channel") != "ads").text(),
            "country = DE and channel != ads");
  EXPECT_EQ((!(attribute("country") == "DE")).text(), "not (country = DE)");
  EXPECT_EQ((attribute("country") == "DE" || attribute("channel") == "ads").text(),
            "(country = DE or channel = ads)");
}

TEST(Filter, expressions_are_read_as_on_the_command_line) {
  EXPECT_EQ(kept_by(Filter::parse("country=DE")), "ann bob");
  EXPECT_EQ(kept_by(Filter::parse("country!=DE")), "eve joe");
  EXPECT_EQ(kept_by(Filter::parse("country=DE and channel!=ads")), "bob");
  EXPECT_EQ(kept_by(Filter::parse("  country =  DE   and  channel !=  ads ")), "bob")
      << "Spaces around the parts are dropped.";
  EXPECT_EQ(kept_by(Filter::parse("country=(none)")), "joe");
  EXPECT_EQ(kept_by(Filter::parse("country=")), "joe");
  EXPECT_EQ(kept_by(Filter::parse("cohort=2024-02-01")), "bob");
  EXPECT_EQ(kept_by(Filter::parse("country!=DE and country!=FR and channel=(none)")), "joe");
  EXPECT_EQ(Filter::parse("country=DE and channel!=ads").text(), "country = DE and channel != ads");
}

TEST(Filter, what_is_no_condition_throws) {
  for (const char* text : {"", "   ", "country", "=DE", "!=DE", "country=DE and ", " and country=DE",
                           "country=DE and channel", "and", "channel=food and drink"})
    EXPECT_EQ(error_of([&] { return Filter::parse(text); }), ErrorCode::bad_filter) << text;
}

TEST(Filter, a_doubled_equals_sign_is_a_mistake_and_no_value) {
  EXPECT_EQ(error_of([] { return Filter::parse("country==DE"); }), ErrorCode::bad_filter);
}

TEST(Filter, an_unknown_attribute_throws_when_it_is_applied) {
  const Filter filter = Filter::parse("contry=DE");
  EXPECT_EQ(error_of([&] { return filter(four_customers()); }), ErrorCode::unknown_attribute);
}

TEST(Filter, any_segmenter_of_one_factor_may_be_compared) {
  const Filter early = Filter::label_is(
      by::custom("initial",
                 [](const Book& book, CustomerIndex c) { return book.customer_id(c).text().substr(0, 1); }),
      "b", false);
  EXPECT_EQ(kept_by(early), "ann eve joe");
  EXPECT_EQ(early.text(), "initial != b");
}

TEST(Filter, states_and_lanes_are_compared_like_attributes) {
  const Filter filter = by::plan == "pro" && by::tenure != "730+ days";
  EXPECT_TRUE(filter.changes());
  EXPECT_FALSE((attribute("country") == "DE").changes());
  EXPECT_EQ(filter.text(), "plan = pro and tenure != 730+ days");
  EXPECT_EQ(Filter::parse("plan=pro and tenure!=730+ days").text(), filter.text());
  EXPECT_EQ(filter.factors().size(), 2U);
}

TEST(Filter, labels_of_its_factors_match_or_do_not) {
  const Filter filter = (by::plan == "pro" || by::plan == "team") && !(attribute("country") == "DE");
  const auto matches = [&](const Label& labels) { return filter.matches(labels); };
  EXPECT_TRUE(matches({"pro", "pro", "FR"}));
  EXPECT_TRUE(matches({"team", "team", "FR"}));
  EXPECT_FALSE(matches({"free", "free", "FR"}));
  EXPECT_FALSE(matches({"pro", "pro", "DE"}));
  EXPECT_TRUE(Filter{}.matches({}));
  EXPECT_FALSE((!Filter{}).matches({}));
}

TEST(Filter, where_customers_are_kept_states_and_lanes_are_those_of_the_first_present_day) {
  EXPECT_EQ(kept_by(by::plan == "pro"), "ann bob eve joe");
  EXPECT_EQ(kept_by(by::plan == "free"), "");
}

}  // namespace
}  // namespace churn

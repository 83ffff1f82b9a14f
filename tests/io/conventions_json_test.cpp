#include <churn/io/conventions_json.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/generators.hpp"

namespace churn {
namespace {

/// Everything that conventions hold, as one comparable text.
std::string all_of(const Conventions& conventions) { return to_json(conventions); }

/// The error that a call throws, as `code: sentence`; empty if it throws none.
std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return std::string(error_name(error.code())) + ": " + error.what();
  }
  return "";
}

std::string error_of_json(std::string_view text) {
  return error_of([text] { (void)conventions_from_json(text); });
}

Conventions house_rules() {
  Conventions rules;
  rules.name = "ours \"quoted\"";
  rules.version = "7";
  rules.book.pause = PausePolicy::counted;
  rules.book.free = FreePolicy::customer;
  rules.book.gap_allowance_days = 14;
  rules.book.reactivation_window_days = 90;
  rules.book.normalisation.per_year[0] = {1461, 4};
  rules.book.normalisation.per_year[1] = {1461, 28};
  rules.book.time_zone = TimeZone("EST-05EDT,M3.2.0,M11.1.0");
  rules.book.currency = Currency("EUR");
  rules.rate.netting = Netting::by_day;
  rules.rate.history = History::period_ends;
  rules.rate.joined_and_left = Counting::counted;
  rules.rate.left_and_returned = Counting::counted;
  rules.rate.base = ChurnBase::opening_and_joined;
  rules.rate.trailing_days = 30;
  rules.rate.net_subtracts_reactivation = true;
  rules.rate.interval = IntervalMethod::jeffreys;
  rules.rate.confidence = 0.1 + 0.2;  // needs all 17 digits
  return rules;
}

TEST(ConventionsJson, SaysWhereATextIsNoJson) {
  EXPECT_EQ(error_of_json("{\n\"rate\": {\"confidence\": 1e400}}").substr(0, 31),
            "bad_conventions: Line 2, column");
  EXPECT_NE(error_of_json(R"({"rate": {"confidence": 1e400}})").find("A number is too large."),
            std::string::npos);
  EXPECT_NE(error_of_json("ours").find("This is not JSON"), std::string::npos);
}

TEST(ConventionsJson, WritesEveryFieldInTheOrderOfTheStruct) {
  EXPECT_EQ(to_json(Conventions::standard()), R"({
  "name": "standard",
  "version": "1",
  "source": "",
  "undocumented": [],
  "book": {
    "source": "automatic",
    "recognition": "service_end",
    "pause": "retained",
    "free": "absent",
    "past_due": "counted",
    "past_due_days": 30,
    "discounts": "all",
    "usage": "excluded",
    "gap_allowance_days": 0,
    "reactivation_window_days": null,
    "normalisation": {
      "day": "365",
      "week": "52",
      "month": "12",
      "quarter": "4",
      "half_year": "2",
      "year": "1"
    },
    "time_zone": "UTC",
    "currency": null,
    "fx": "constant",
    "rates": {}
  },
  "rate": {
    "netting": "by_period",
    "history": "any_day",
    "joined_and_left": "excluded",
    "left_and_returned": "excluded",
    "base": "opening",
    "trailing_days": null,
    "net_subtracts_reactivation": false,
    "quick_ratio_counts_reactivation": true,
    "confidence": 0.95,
    "interval": "wilson"
  }
})");
}

TEST(ConventionsJson, ReadsBackWhatItWrites) {
  const Conventions rules = house_rules();
  const Conventions read = conventions_from_json(to_json(rules));
  EXPECT_EQ(read.name, rules.name);
  EXPECT_EQ(read.version, rules.version);
  EXPECT_EQ(read.book.pause, rules.book.pause);
  EXPECT_EQ(read.book.free, rules.book.free);
  EXPECT_EQ(read.book.gap_allowance_days, 14);
  EXPECT_EQ(read.book.reactivation_window_days, 90);
  EXPECT_EQ(read.book.normalisation, rules.book.normalisation);
  EXPECT_EQ(read.book.time_zone, rules.book.time_zone);
  EXPECT_EQ(read.book.currency, rules.book.currency);
  EXPECT_EQ(read.rate.netting, rules.rate.netting);
  EXPECT_EQ(read.rate.history, rules.rate.history);
  EXPECT_EQ(read.rate.confidence, rules.rate.confidence);
  EXPECT_EQ(all_of(conventions_from_json(to_json(Conventions::standard()))), all_of(Conventions::standard()));
}

TEST(ConventionsJson, MissingAndNullFieldsKeepTheStandardsValues) {
  for (const std::string_view text :
       {"{}", R"({"book": {}, "rate": {}})", R"({"name": null, "book": null, "rate": null})",
        R"({"book": {"pause": null, "gap_allowance_days": null, "normalisation": null, "time_zone": null,
            "currency": null}, "rate": {"netting": null, "confidence": null}})",
        R"({"book": {"normalisation": {"week": null}}})"})
    EXPECT_EQ(all_of(conventions_from_json(text)), all_of(Conventions::standard())) << text;
}

TEST(ConventionsJson, ReadsFractionsAndWholeNumbersAsIntervalsPerYear) {
  const auto rules =
      conventions_from_json(R"({"book": {"normalisation": {"day": 360, "week": "1461/28", "month": "12"}}})");
  EXPECT_EQ(rules.book.normalisation[BillingInterval::day], (Fraction{360, 1}));
  EXPECT_EQ(rules.book.normalisation[BillingInterval::week], (Fraction{1461, 28}));
  EXPECT_EQ(rules.book.normalisation[BillingInterval::month], (Fraction{12, 1}));
  EXPECT_EQ(rules.book.normalisation[BillingInterval::year], (Fraction{1, 1}));
}

TEST(ConventionsJson, RefusesWhatIsNoExactPositiveFraction) {
  for (const std::string_view value : {"52.18", "0", "-1", "\"52.18\"", "\"365.25/7\"", "\"\"", "\"/\"",
                                       "\"1/0\"", "\"0/1\"", "\"-1/2\"", "\"1/2/3\"", "\" 52\"", "\"1/ 2\"",
                                       "true", "[52]", "99999999999999999999", "\"9223372036854775808\""}) {
    const std::string text = R"({"book": {"normalisation": {"week": )" + std::string(value) + "}}}";
    EXPECT_EQ(error_of_json(text).substr(0, 40), "bad_conventions: book.normalisation.week") << value;
  }
}

TEST(ConventionsJson, NamesAnUnknownFieldWhereverItStands) {
  EXPECT_EQ(error_of_json(R"({"nme": "x"})"),
            "bad_conventions: \"nme\" is not a field of conventions. Known here: name, version, source, "
            "undocumented, book, rate.");
  EXPECT_NE(error_of_json(R"({"book": {"pauze": "absent"}})").find("\"book.pauze\""), std::string::npos);
  EXPECT_NE(error_of_json(R"({"rate": {"window": null}})").find("\"rate.window\""), std::string::npos);
  EXPECT_NE(
      error_of_json(R"({"book": {"normalisation": {"decade": "1"}}})").find("\"book.normalisation.decade\""),
      std::string::npos);
}

TEST(ConventionsJson, NamesTheFieldWhoseValueIsWrong) {
  const auto expect_named = [](std::string_view text, std::string_view field) {
    const std::string error = error_of_json(text);
    EXPECT_EQ(error.substr(0, 17 + field.size()), "bad_conventions: " + std::string(field)) << text << "\n"
                                                                                            << error;
  };
  expect_named(R"({"name": 1})", "name");
  expect_named(R"({"version": 1})", "version");
  expect_named(R"({"book": []})", "book");
  expect_named(R"({"rate": "by_day"})", "rate");
  expect_named(R"({"book": {"pause": "kept"}})", "book.pause");
  expect_named(R"({"book": {"free": true}})", "book.free");
  expect_named(R"({"book": {"gap_allowance_days": -1}})", "book.gap_allowance_days");
  expect_named(R"({"book": {"gap_allowance_days": 1.5}})", "book.gap_allowance_days");
  expect_named(R"({"book": {"gap_allowance_days": 2147483648}})", "book.gap_allowance_days");
  expect_named(R"({"book": {"reactivation_window_days": "90"}})", "book.reactivation_window_days");
  expect_named(R"({"book": {"normalisation": 52}})", "book.normalisation");
  expect_named(R"({"book": {"time_zone": 1}})", "book.time_zone");
  expect_named(R"({"book": {"time_zone": "Mars/Olympus"}})", "book: \"Mars/Olympus\"");
  expect_named(R"({"book": {"currency": "usd"}})", "book: \"usd\"");
  expect_named(R"({"rate": {"netting": "period"}})", "rate.netting");
  expect_named(R"({"rate": {"history": ""}})", "rate.history");
  expect_named(R"({"rate": {"confidence": "0.95"}})", "rate.confidence");
  expect_named(R"({"rate": {"confidence": 1}})", "confidence");
}

TEST(ConventionsJson, ListsTheValuesThatAreKnown) {
  EXPECT_EQ(error_of_json(R"({"book": {"pause": "kept"}})"),
            "bad_conventions: book.pause can't be \"kept\". Known: retained, absent, counted.");
}

TEST(ConventionsJson, RefusesATextThatIsNoJsonObject) {
  for (const std::string_view text : {"", "{", "standard", "[]", "1", "null", "{} x", "{\"name\": \"\xFF\"}"})
    EXPECT_EQ(error_of_json(text).substr(0, 16), "bad_conventions:") << text;
}

TEST(ConventionsNamed, FindsAPresetByItsName) {
  EXPECT_EQ(all_of(conventions_named("standard")), all_of(Conventions::standard()));
}

TEST(ConventionsNamed, ListsTheNamesThatThereAre) {
  EXPECT_EQ(error_of([] { (void)conventions_named("Standard"); }),
            "unknown_name: There are no conventions named \"Standard\". Known: standard, chartmogul, stripe, "
            "baremetrics, profitwell, recurly, maxio, mrr_playbook, fight_churn.");
}

TEST(ConventionsJson, AFieldThatComesTwiceIsRefused) {
  EXPECT_EQ(error_of_json(R"({"rate": {"netting": "by_day", "netting": "by_period"}})"),
            "bad_conventions: The field \"netting\" is there twice.");
}

TEST(ConventionsJson, NestingWithoutEndIsRefusedAndNoDanger) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(error_of_json(R"({"name": )" + deep + "}"),
            "bad_conventions: It is nested more than 24 levels deep.");
}

RC_GTEST_PROP(ConventionsJson, ComeBackAsTheyWereAsTextAndAsTree, ()) {
  using core_test::between;
  Conventions rules;
  rules.name = std::string(static_cast<std::size_t>(*between(0, 4)), '"');
  rules.version = std::to_string(*between(0, 100));
  rules.source = "Some \"page\"";
  if (*between(0, 2) == 1) rules.undocumented = {"What a week is.", ""};
  rules.book.source = static_cast<RevenueSource>(*between(0, 3));
  rules.book.recognition = static_cast<Recognition>(*between(0, 2));
  rules.book.past_due = static_cast<PastDuePolicy>(*between(0, 3));
  rules.book.past_due_days = *between(0, INT32_MAX);
  rules.book.discounts = static_cast<DiscountPolicy>(*between(0, 4));
  rules.book.usage = static_cast<UsagePolicy>(*between(0, 2));
  rules.book.fx = static_cast<FxPolicy>(*between(0, 2));
  if (*between(0, 2) == 1)  // in order of code, as they come back
    rules.book.rates = {{Currency{"EUR"}, Decimal{*between<std::int64_t>(1, INT64_MAX), *between(0, 13)}},
                        {Currency{"JPY"}, Decimal{1}}};
  rules.book.pause = static_cast<PausePolicy>(*between(0, 3));
  rules.book.free = static_cast<FreePolicy>(*between(0, 2));
  rules.book.gap_allowance_days = *between(0, INT32_MAX);
  if (*between(0, 2) == 1) rules.book.reactivation_window_days = *between(0, INT32_MAX);
  for (Fraction& fraction : rules.book.normalisation.per_year)
    fraction = {*between<std::int64_t>(1, INT64_MAX), *between<std::int64_t>(1, INT64_MAX)};
  if (*between(0, 2) == 1) rules.book.time_zone = TimeZone("EST-05EDT,M3.2.0,M11.1.0");
  if (*between(0, 2) == 1) rules.book.currency = Currency("EUR");
  rules.rate.netting = static_cast<Netting>(*between(0, 2));
  rules.rate.history = static_cast<History>(*between(0, 2));
  rules.rate.quick_ratio_counts_reactivation = *between(0, 2) == 1;
  rules.rate.confidence = static_cast<double>(*between(1, INT32_MAX)) / INT32_MAX;
  RC_ASSERT(conventions_from_json(to_json(rules)) == rules);
  const nlohmann::json tree = rules;
  RC_ASSERT(tree.get<Conventions>() == rules);
  RC_ASSERT(nlohmann::json(nlohmann::ordered_json(rules)) == tree);
}

TEST(ConventionsJson, ATreeThatIsNotRightLeavesItsTargetAsItWas) {
  Conventions rules = house_rules();
  const nlohmann::json tree{{"name", "theirs"}, {"rate", {{"confidence", 2}}}};
  EXPECT_EQ(error_of([&] { tree.get_to(rules); }).substr(0, 16), "bad_conventions:");
  EXPECT_EQ(rules, house_rules());
}

TEST(ConventionsJson, TheHalvesConvertByThemselvesAndInEitherKindOfTree) {
  std::vector<Conventions> all = Conventions::presets();
  all.push_back(house_rules());
  for (const Conventions& rules : all) {
    const nlohmann::json tree = rules;
    const nlohmann::ordered_json ordered = rules;
    EXPECT_EQ(ordered.get<Conventions>(), rules);
    EXPECT_EQ(nlohmann::json(rules.book), tree["book"]);
    EXPECT_EQ(nlohmann::json(rules.rate), tree["rate"]);
    EXPECT_EQ(nlohmann::ordered_json(rules.book).dump(), ordered["book"].dump());
    EXPECT_EQ(tree["book"].get<BookRules>(), rules.book);
    EXPECT_EQ(tree["rate"].get<RateRules>(), rules.rate);
    EXPECT_EQ(ordered["book"].get<BookRules>(), rules.book);
    EXPECT_EQ(ordered["rate"].get<RateRules>(), rules.rate);
  }
}

TEST(ConventionsJson, AHalfThatIsWrongIsRefusedAndItsTargetStays) {
  RateRules rules;
  rules.confidence = 0.5;
  EXPECT_EQ(error_of([&] {
              from_json(nlohmann::json{{"confidence", 2}}, rules);
            }).substr(0, 15),
            "bad_conventions");
  EXPECT_EQ(error_of([&] {
              from_json(nlohmann::json{{"netting", "by_week"}}, rules);
            }).substr(0, 15),
            "bad_conventions");
  EXPECT_EQ(rules.confidence, 0.5);
  BookRules book;
  EXPECT_EQ(error_of([&] {
              from_json(nlohmann::json{{"rate", "x"}}, book);
            }).substr(0, 15),
            "bad_conventions");
}

}  // namespace
}  // namespace churn

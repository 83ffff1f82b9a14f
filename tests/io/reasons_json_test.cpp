#include <churn/io/reasons_json.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <churn/core/error.hpp>

namespace churn {
namespace {

/// The error that a text gives, as `code: sentence`; empty if it gives none.
std::string error_of_json(std::string_view text) {
  try {
    (void)departure_rules_from_json(text);
  } catch (const Error& error) {
    return std::string(error_name(error.code())) + ": " + error.what();
  }
  return "";
}
bool begins(const std::string& text, std::string_view start) { return text.starts_with(start); }

std::vector<std::string> names_of(const DepartureRules& rules) {
  std::vector<std::string> names;
  for (const DepartureRule& rule : rules.all()) names.push_back(rule.name);
  return names;
}

TEST(ReasonsJson, an_empty_object_gives_the_standard) {
  EXPECT_EQ(departure_rules_from_json("{}"), DepartureRules::standard());
  EXPECT_EQ(
      departure_rules_from_json(R"({"stated": null, "codes": null, "processor": null, "dunning_days": null,
                                          "survey_days": null, "order": null, "without": null, "event_kinds": {}})"),
      DepartureRules::standard());
  EXPECT_EQ(to_json(DepartureRules::standard()), "{}");
}

TEST(ReasonsJson, what_a_house_says_is_put_onto_the_standard) {
  const DepartureRules rules = departure_rules_from_json(R"({
    "stated": {"Our Text": {"type": "voluntary", "reason": "too_expensive"},
               "support": {"type": "completed", "reason": "Handed over"},
               "closed by us": {"type": "unknown"}},
    "codes": {"bank_17": "insufficient_funds"},
    "event_kinds": {"cancel_form": "exit_survey"},
    "dunning_days": 14, "survey_days": 0,
    "order": ["invoice_overdue", "last_attempt_failed"], "without": ["term_ran_out"]})");
  const StatedReasons& stated = rules.tables.stated;
  EXPECT_EQ(*stated.find("our-text"), (StatedReason{DepartureType::voluntary, "too_expensive"}));
  EXPECT_EQ(*stated.find("Support"), (StatedReason{DepartureType::completed, "handed_over"}));
  EXPECT_EQ(*stated.find("closed by us"), (StatedReason{DepartureType::unknown, "unknown"}));
  EXPECT_EQ(*stated.find("competitor"), (StatedReason{DepartureType::voluntary, "competitor"}))
      << "as it was";
  EXPECT_EQ(rules.tables.codes.find("bank_17"), "insufficient_funds");
  EXPECT_EQ(rules.tables.codes.find("expired_card"), "card_expired") << "as it was";
  EXPECT_EQ(rules.tables.event_kinds, (EventKindMap{{"cancel_form", "exit_survey"}}));
  EXPECT_EQ(rules.tables.dunning_days, 14);
  EXPECT_EQ(rules.tables.survey_days, 0);
  EXPECT_EQ(names_of(rules),
            (std::vector<std::string>{"invoice_overdue", "last_attempt_failed", "completed_end_reason",
                                      "completed_survey", "voluntary_end_reason", "voluntary_survey",
                                      "cancel_before_trouble", "payment_end_reason"}));
  EXPECT_EQ(departure_rules_from_json(to_json(rules)), rules);
}

TEST(ReasonsJson, a_processor_gives_its_own_table_to_start_from) {
  const auto codes_of = [](const std::string& name) {
    return departure_rules_from_json("{\"processor\": \"" + name + "\"}").tables.codes;
  };
  EXPECT_EQ(codes_of("stripe"), FailureCodes::stripe());
  EXPECT_EQ(codes_of("braintree"), FailureCodes::braintree());
  EXPECT_EQ(codes_of("adyen"), FailureCodes::adyen());
  EXPECT_EQ(codes_of("recurly"), FailureCodes::recurly());
  EXPECT_EQ(codes_of("chargebee"), FailureCodes::chargebee());
  EXPECT_EQ(codes_of("standard"), FailureCodes::standard());
  EXPECT_EQ(codes_of("none"), FailureCodes{});
  const DepartureRules rules = departure_rules_from_json(
      R"({"codes": {"5": "other_payment", "x": "card_expired"}, "processor": "adyen"})");
  EXPECT_EQ(rules.tables.codes.find("6"), "card_expired");
  EXPECT_EQ(rules.tables.codes.find("5"), "other_payment")
      << "codes go onto the processor's, wherever they stand";
  EXPECT_EQ(to_json(rules), R"({
  "processor": "adyen",
  "codes": {
    "5": "other_payment",
    "x": "card_expired"
  }
})");
}

TEST(ReasonsJson, tables_without_the_standards_words_are_written_whole) {
  const DepartureRules rules = departure_rules_from_json(
      R"({"stated_from": "none", "stated": {"price": {"type": "voluntary", "reason": "too_expensive"}}})");
  EXPECT_EQ(rules.tables.stated.all().size(), 1U);
  EXPECT_EQ(to_json(rules), R"({
  "stated_from": "none",
  "stated": {
    "price": {
      "type": "voluntary",
      "reason": "too_expensive"
    }
  }
})");
  EXPECT_EQ(departure_rules_from_json(to_json(rules)), rules);
}

TEST(ReasonsJson, a_base_keeps_what_the_text_leaves_out_and_lends_its_own_rules) {
  DepartureRules base = DepartureRules::standard();
  base.append({"fraud", [](const DepartureFacts&) { return std::optional<Finding>{}; }});
  base.tables.dunning_days = 7;
  const DepartureRules rules = departure_rules_from_json(R"({"order": ["fraud"], "survey_days": 10})", base);
  EXPECT_EQ(rules.all().front().name, "fraud");
  EXPECT_EQ(rules.tables.dunning_days, 7);
  EXPECT_EQ(rules.tables.survey_days, 10);
  EXPECT_EQ(departure_rules_from_json(to_json(rules), base), rules);
  EXPECT_TRUE(begins(error_of_json(to_json(rules)),
                     "bad_conventions: order can't be \"fraud\". Known: completed_end_"));
}

TEST(ReasonsJson, errors_name_the_field_and_what_is_allowed) {
  EXPECT_EQ(error_of_json(R"({"reasons": {}})"),
            "bad_conventions: \"reasons\" is not a field of rules for departures. Known here: stated, "
            "stated_from, codes, "
            "processor, event_kinds, dunning_days, survey_days, order, without.");
  EXPECT_EQ(error_of_json("[]"), "bad_conventions: rules for departures must be a JSON object, not [].");
  EXPECT_EQ(error_of_json(R"({"stated": []})"), "bad_conventions: stated must be a JSON object, not [].");
  EXPECT_EQ(error_of_json(R"({"stated": {"x y": "quality"}})"),
            "bad_conventions: stated[\"x y\"] must be a JSON object, not \"quality\".");
  EXPECT_EQ(error_of_json(R"({"stated": {"x": {"typ": "voluntary"}}})"),
            "bad_conventions: \"typ\" is not a field of stated[\"x\"]. Known here: type, reason.");
  EXPECT_EQ(
      error_of_json(R"({"stated": {"x": {"reason": "quality"}}})"),
      "bad_conventions: stated[\"x\"].type is missing. Known: completed, voluntary, involuntary, unknown.");
  EXPECT_EQ(error_of_json(R"({"stated": {"x": {"type": "active"}}})"),
            "bad_conventions: stated[\"x\"].type can't be \"active\". Known: completed, voluntary, "
            "involuntary, unknown.");
  EXPECT_EQ(error_of_json(R"({"stated": {"x": {"type": 1}}})"),
            "bad_conventions: stated[\"x\"].type must be a text, not 1.");
  EXPECT_EQ(error_of_json(R"({"stated": {"x": {"type": "voluntary", "reason": "?"}}})"),
            "bad_conventions: stated[\"x\"].reason must have a letter or a digit, not be \"?\".");
  EXPECT_EQ(error_of_json(R"({"stated": {"-": {"type": "unknown"}}})"),
            "bad_conventions: stated[\"-\"] has no letter and no digit, so nothing can be told by it.");
  EXPECT_EQ(error_of_json(R"({"codes": {"bank_17": "no_money"}})"),
            "bad_conventions: codes[\"bank_17\"] can't be \"no_money\". Known: card_expired, no_new_card, "
            "credit_limit, "
            "outdated_details, processor_error, insufficient_funds, other_payment.");
  EXPECT_EQ(error_of_json(R"({"processor": "paypal"})"),
            "bad_conventions: processor can't be \"paypal\". Known: standard, stripe, braintree, adyen, "
            "recurly, chargebee, "
            "none.");
  EXPECT_EQ(error_of_json(R"({"stated_from": true})"),
            "bad_conventions: stated_from must be a text, not true.");
  EXPECT_EQ(error_of_json(R"({"event_kinds": {"form": "nps"}})"),
            "bad_conventions: event_kinds[\"form\"] can't be \"nps\". Known: exit_survey, exit_survey_sent.");
  EXPECT_EQ(error_of_json(R"({"order": "invoice_overdue"})"),
            "bad_conventions: order must be a list of the names of rules, not \"invoice_overdue\".");
  EXPECT_TRUE(begins(error_of_json(R"({"without": ["overdue"]})"),
                     "bad_conventions: without can't be \"overdue\". Known: completed_end_reason, "));
  EXPECT_EQ(error_of_json(R"({"order": ["term_ran_out", "term_ran_out"]})"),
            "bad_conventions: order has the rule \"term_ran_out\" twice.");
  EXPECT_EQ(
      error_of_json(R"({"order": ["term_ran_out"], "without": ["term_ran_out"]})"),
      "bad_conventions: order and without both have the rule \"term_ran_out\". Keep it in one of them.");
}

TEST(ReasonsJson, days_are_whole_and_from_0_to_3650) {
  for (const char* days : {"-1", "3651", "30.0", "\"30\"", "true", "1.5", "99999999999999999999"}) {
    const std::string error = error_of_json("{\"dunning_days\": " + std::string(days) + "}");
    EXPECT_TRUE(
        begins(error, "bad_conventions: dunning_days must be a whole number of days, 0 to 3650, not "))
        << days;
  }
  EXPECT_TRUE(begins(error_of_json(R"({"survey_days": 4000})"), "bad_conventions: survey_days must be "));
  EXPECT_EQ(departure_rules_from_json(R"({"dunning_days": 0, "survey_days": 3650})").tables.survey_days,
            3650);
}

TEST(ReasonsJson, what_comes_twice_is_an_error_even_if_it_is_written_differently) {
  EXPECT_TRUE(begins(error_of_json(R"({"dunning_days": 1, "dunning_days": 2})"), "bad_conventions: "));
  EXPECT_EQ(
      error_of_json(R"({"stated": {"Too dear": {"type": "voluntary"}, "too-dear": {"type": "completed"}}})"),
      "bad_conventions: stated[\"too-dear\"] is the same text as \"Too dear\". Keep one of them.");
  EXPECT_TRUE(begins(error_of_json(R"({"codes": {"A 1": "card_expired", "a_1": "card_expired"}})"),
                     "bad_conventions: "));
}

TEST(ReasonsJson, a_text_that_is_no_json_says_where) {
  EXPECT_TRUE(begins(error_of_json("{\n\"codes\": oops}"), "bad_conventions: "));
  EXPECT_NE(error_of_json("{\n\"codes\": oops}").find("Line 2, column"), std::string::npos);
  EXPECT_TRUE(begins(error_of_json(""), "bad_conventions: "));
}

/// A file that is there as long as it lives.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_(std::filesystem::path(testing::TempDir()) / "churn_reasons_json_test.json") {
    std::ofstream(path_, std::ios::binary) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(ReasonsJson, a_file_is_read_and_sentences_begin_with_its_name) {
  const TemporaryFile good{R"({"dunning_days": 14})"};
  EXPECT_EQ(read_departure_rules(good.path()).tables.dunning_days, 14);
  const TemporaryFile bad{R"({"dunning_days": "soon"})"};
  try {
    (void)read_departure_rules(bad.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_conventions);
    EXPECT_TRUE(begins(error.what(), bad.path().string() + ": dunning_days must be ")) << error.what();
  }
}

TEST(ReasonsJson, a_file_that_is_not_there_is_unreadable) {
  try {
    (void)read_departure_rules("/nowhere/reasons.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unreadable);
  }
}

RC_GTEST_PROP(ReasonsJson, rules_are_read_back_equal, ()) {
  DepartureRules rules = DepartureRules::standard();
  const auto word = rc::gen::suchThat(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("aB 1_-\"\\ü"))),
      [](const std::string& text) {
        // Halves of a letter are no UTF-8, which JSON can't hold.
        return !StatedReasons::normalised(text).empty() && text.find('\xC3') == std::string::npos &&
               text.find('\xBC') == std::string::npos;
      });
  if (*rc::gen::arbitrary<bool>()) rules.tables.stated = {};
  rules.tables.codes = *rc::gen::element(
      FailureCodes::standard(), FailureCodes::stripe(), FailureCodes::adyen(), FailureCodes::recurly(),
      FailureCodes::braintree(), FailureCodes::chargebee(), FailureCodes{});
  const int changes = *rc::gen::inRange(0, 6);
  for (int i = 0; i < changes; ++i) {
    rules.tables.stated.set(*word, *rc::gen::elementOf(departure_types), *word);
    rules.tables.codes.set(*word, *rc::gen::elementOf(payment_reasons));
    const auto& all = StatedReasons::standard().all();
    const auto some =
        std::next(all.begin(), *rc::gen::inRange<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(all.size())));
    rules.tables.stated.set(some->first, *rc::gen::elementOf(departure_types), "changed");
    if (!rules.all().empty() && *rc::gen::arbitrary<bool>())
      rules.remove((*rc::gen::elementOf(rules.all())).name);
    if (!rules.all().empty()) rules.first({(*rc::gen::elementOf(rules.all())).name});
  }
  rules.tables.dunning_days = *rc::gen::inRange(0, 3651);
  rules.tables.survey_days = *rc::gen::inRange(0, 3651);
  if (*rc::gen::arbitrary<bool>()) rules.tables.event_kinds["form"] = "exit_survey_sent";
  const std::string text = to_json(rules);
  const DepartureRules again = departure_rules_from_json(text);
  RC_ASSERT(again == rules);
  RC_ASSERT(to_json(again) == text);
}

}  // namespace
}  // namespace churn

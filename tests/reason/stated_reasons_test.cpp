#include <churn/reason/stated_reasons.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <churn/core/error.hpp>
#include <churn/io/book_folder.hpp>
#include <churn/reason/failure_codes.hpp>

#include "reason/sample_texts.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::error_of;

// The reasons of DEFINITIONS 8, written down here once more.
const std::map<std::string, std::pair<DepartureType, std::vector<std::string>>>& canonical() {
  static const std::map<std::string, std::pair<DepartureType, std::vector<std::string>>> reasons{
      {"completed",
       {DepartureType::completed,
        {"project_finished", "event_over", "season_over", "term_ended", "goal_reached"}}},
      {"voluntary",
       {DepartureType::voluntary,
        {"competitor", "too_expensive", "missing_feature", "too_complex", "business_changed", "wrong_fit",
         "quality", "service", "not_used"}}},
      {"involuntary",
       {DepartureType::involuntary,
        {"card_expired", "no_new_card", "credit_limit", "outdated_details", "processor_error",
         "insufficient_funds", "other_payment"}}}};
  return reasons;
}

StatedReason meaning(std::string_view text) {
  const StatedReason* found = StatedReasons::standard().find(text);
  return found == nullptr ? StatedReason{DepartureType::unknown, "NOT KNOWN"} : *found;
}
StatedReason voluntary(const std::string& reason) { return {DepartureType::voluntary, reason}; }
StatedReason involuntary(const std::string& reason) { return {DepartureType::involuntary, reason}; }
StatedReason completed(const std::string& reason) { return {DepartureType::completed, reason}; }
const StatedReason says_nothing{DepartureType::unknown, "unknown"};

TEST(StatedReasons, each_canonical_name_finds_itself) {
  for (const auto& [name, of_type] : canonical())
    for (const std::string& reason : of_type.second)
      EXPECT_EQ(meaning(reason), (StatedReason{of_type.first, reason})) << reason;
}

TEST(StatedReasons, every_reason_of_the_standard_table_is_canonical_and_of_its_own_type) {
  for (const auto& [text, stated] : StatedReasons::standard().all()) {
    if (stated.reason == unknown_reason) {
      // That the customer asked is known of some; nothing else goes without a reason.
      EXPECT_TRUE(stated.type == DepartureType::unknown || stated.type == DepartureType::voluntary) << text;
      continue;
    }
    const auto& [type, names] = canonical().at(std::string(departure_type_name(stated.type)));
    EXPECT_NE(std::find(names.begin(), names.end(), stated.reason), names.end())
        << text << " -> " << stated.reason;
  }
}

TEST(StatedReasons, the_payment_reasons_are_those_of_failure_codes) {
  for (const std::string_view reason : payment_reasons)
    EXPECT_EQ(meaning(reason), involuntary(std::string(reason)));
}

TEST(StatedReasons, a_code_that_stands_as_a_reason_means_what_it_means_as_a_code) {
  std::size_t both = 0;
  for (const auto& [text, stated] : StatedReasons::standard().all()) {
    const std::string_view as_code = FailureCodes::standard().find(text);
    if (as_code.empty() || stated.type != DepartureType::involuntary) continue;
    EXPECT_EQ(stated.reason, as_code) << text;
    ++both;
  }
  EXPECT_GT(both, 10U);
}

TEST(StatedReasons, a_misspelt_text_is_not_known_and_closest_names_it) {
  const StatedReasons& reasons = StatedReasons::standard();
  EXPECT_EQ(reasons.find("competiter"), nullptr);
  EXPECT_EQ(reasons.closest("competiter"), "competitor");
  EXPECT_EQ(reasons.find("to expensive"), nullptr);
  EXPECT_EQ(reasons.closest("to expensive"), "too_expensive");
  EXPECT_EQ(reasons.closest("Mising-Feature"), "missing_feature");
  EXPECT_EQ(reasons.closest("qualtiy"), "quality") << "two neighbours swapped are one difference";
  EXPECT_EQ(reasons.closest("card_expried"), "card_expired");
}

TEST(StatedReasons, what_is_like_nothing_is_asked_about_without_a_guess) {
  const StatedReasons& reasons = StatedReasons::standard();
  EXPECT_EQ(reasons.closest("my dog ate it"), std::nullopt);
  EXPECT_EQ(reasons.closest("kompetytorr"), std::nullopt) << "four letters differ";
  EXPECT_EQ(reasons.closest(""), std::nullopt);
  EXPECT_EQ(reasons.closest("?!"), std::nullopt);
}

TEST(StatedReasons, fewer_than_half_of_the_letters_of_either_may_differ) {
  StatedReasons reasons;
  reasons.set("abcd", DepartureType::voluntary, "x");
  EXPECT_EQ(reasons.closest("abcx"), "abcd");
  EXPECT_EQ(reasons.closest("abxy"), std::nullopt) << "two of four are half";
  EXPECT_EQ(reasons.closest("ab"), std::nullopt);
  reasons.set("abcde", DepartureType::voluntary, "x");
  EXPECT_EQ(reasons.closest("abcxy"), "abcde") << "two are half of the letters of abcd";
  reasons.set("long_words", DepartureType::voluntary, "x").set("long_wordz", DepartureType::voluntary, "x");
  EXPECT_EQ(reasons.closest("long wordx"), "long_words") << "both are one away: the first by its bytes";
  EXPECT_EQ(reasons.closest("xbcye"), "abcde");
  // Letters of more than one byte are one letter.
  reasons.set("zu teuer für uns", DepartureType::voluntary, "too_expensive");
  EXPECT_EQ(reasons.closest("zu teuer fur uns"), "zu_teuer_für_uns");
}

TEST(StatedReasons, case_and_separators_make_no_difference_for_texts_that_people_write) {
  for (const std::string_view text :
       {"Too expensive", "too-expensive", "TOO_EXPENSIVE", "  too   expensive!", "too/expensive"})
    EXPECT_EQ(meaning(text), voluntary("too_expensive")) << text;
  EXPECT_EQ(StatedReasons::normalised("  It's  TOO-expensive (really). "), "it_s_too_expensive_really");
  EXPECT_EQ(StatedReasons::normalised("Zu Teuer für uns"), "zu_teuer_für_uns");
  EXPECT_EQ(StatedReasons::normalised("-- ?"), "");
}

RC_GTEST_PROP(StatedReasons, case_and_separators_never_make_a_difference, ()) {
  const auto& all = StatedReasons::standard().all();
  const auto index = *rc::gen::inRange<std::size_t>(0, all.size());
  const auto& [text, stated] = *std::next(all.begin(), static_cast<std::ptrdiff_t>(index));
  constexpr std::string_view separators = " -_/.,;:'\t";
  const auto noise = [&] {
    std::string some;
    for (const std::size_t s :
         *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, separators.size())))
      some += separators[s];
    return some;
  };
  std::string written = noise();
  for (const char c : text) {
    if (c == '_')
      written += noise() + " ";
    else
      written += *rc::gen::arbitrary<bool>() && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  written += noise();
  const StatedReason* found = StatedReasons::standard().find(written);
  RC_ASSERT(found != nullptr);
  RC_ASSERT(*found == stated);
}

/// The distance of optimal string alignment by its definition, over the whole table.
std::size_t apart_by_definition(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] =
          std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

RC_GTEST_PROP(StatedReasons, closest_is_what_the_whole_table_of_distances_says, ()) {
  const auto word = rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc")));
  StatedReasons reasons;
  for (const std::string& text : *rc::gen::container<std::vector<std::string>>(word))
    if (!text.empty()) reasons.set(text, DepartureType::voluntary, "x");
  const std::string asked = *word;
  std::optional<std::string> expected;
  std::size_t fewest = 3;
  for (const auto& [text, stated] : reasons.all()) {
    const std::size_t apart = apart_by_definition(asked, text);
    if (apart < fewest && 2 * apart < std::min(asked.size(), text.size())) {
      fewest = apart;
      expected = text;
    }
  }
  RC_ASSERT(reasons.closest(asked) == expected);
}

// cancellation_details.feedback and .reason
TEST(StatedReasons, what_stripe_publishes_is_known) {
  const std::map<std::string, StatedReason> stripe{{"too_expensive", voluntary("too_expensive")},
                                                   {"missing_features", voluntary("missing_feature")},
                                                   {"switched_service", voluntary("competitor")},
                                                   {"unused", voluntary("not_used")},
                                                   {"customer_service", voluntary("service")},
                                                   {"too_complex", voluntary("too_complex")},
                                                   {"low_quality", voluntary("quality")},
                                                   {"other", says_nothing},
                                                   {"cancellation_requested", voluntary("unknown")},
                                                   {"payment_disputed", involuntary("other_payment")},
                                                   {"payment_failed", involuntary("other_payment")}};
  for (const auto& [text, expected] : stripe) EXPECT_EQ(meaning(text), expected) << text;
}

// cancel_reason: all of them involuntary there
TEST(StatedReasons, what_chargebee_publishes_is_known) {
  for (const char* text :
       {"not_paid", "fraud_review_failed", "non_compliant_eu_customer", "tax_calculation_failed",
        "currency_incompatible_with_gateway", "non_compliant_customer"})
    EXPECT_EQ(meaning(text), involuntary("other_payment")) << text;
  EXPECT_EQ(meaning("no_card"), involuntary("no_new_card"));
}

// expiration_reason, as its export writes them
TEST(StatedReasons, what_recurly_publishes_is_known) {
  EXPECT_EQ(meaning("Canceled"), says_nothing) << "by whom is not said";
  EXPECT_EQ(meaning("Non-payment"), involuntary("other_payment"));
  EXPECT_EQ(meaning("Fixed billing cycles"), completed("term_ended"));
  EXPECT_EQ(meaning("Tax Location Invalid"), involuntary("other_payment"));
  EXPECT_EQ(meaning("Nonpayment_gift"), says_nothing);
  EXPECT_EQ(meaning("Nonpayment_trial"), says_nothing);
  EXPECT_EQ(meaning("account_closed"), says_nothing);
}

// cancellation_method
TEST(StatedReasons, what_maxio_publishes_is_known) {
  EXPECT_EQ(meaning("dunning"), involuntary("other_payment"));
  EXPECT_EQ(meaning("billing_portal"), voluntary("unknown"));
  for (const char* text : {"merchant_ui", "merchant_api", "unknown", "imported"})
    EXPECT_EQ(meaning(text), says_nothing) << text;
}

TEST(StatedReasons, money_that_is_lacking_is_a_choice_or_an_empty_account) {
  EXPECT_EQ(meaning("insufficient budget"), voluntary("too_expensive"));
  EXPECT_EQ(meaning("insufficient funds"), involuntary("insufficient_funds"));
  EXPECT_EQ(meaning("credit limit reached"), involuntary("credit_limit"));
  EXPECT_EQ(StatedReasons::standard().find("limit reached"), nullptr) << "it may be one of the product's";
  EXPECT_EQ(meaning("price"), voluntary("too_expensive"));
}

TEST(StatedReasons, texts_that_say_nothing_are_known_to) {
  for (const char* text : {"other", "no_reason", "none", "N/A", "unknown", "No longer needed", "cancelled"})
    EXPECT_EQ(meaning(text), says_nothing) << text;
}

TEST(StatedReasons, a_host_names_its_own_texts_and_replaces_others) {
  StatedReasons reasons = StatedReasons::standard();
  reasons.set("Moved to intranet", DepartureType::voluntary, "Business changed");
  EXPECT_EQ(*reasons.find("moved-to-intranet"), voluntary("business_changed"));
  reasons.set("support", DepartureType::completed, "goal_reached");
  EXPECT_EQ(*reasons.find("support"), completed("goal_reached"));
  EXPECT_NE(reasons, StatedReasons::standard());
  EXPECT_EQ(StatedReasons{}.find("price"), nullptr);
}

TEST(StatedReasons, what_has_neither_letter_nor_digit_can_not_be_named) {
  StatedReasons reasons;
  EXPECT_EQ(error_of([&] { reasons.set("?", DepartureType::voluntary, "quality"); }),
            ErrorCode::unknown_name);
  EXPECT_EQ(error_of([&] { reasons.set("bad", DepartureType::voluntary, " - "); }), ErrorCode::unknown_name);
  EXPECT_EQ(reasons, StatedReasons{});
  EXPECT_EQ(reasons.find("?"), nullptr);
}

TEST(StatedReasons, every_end_reason_and_answer_of_the_sample_book_is_known_by_its_own_name) {
  const SampleTexts& texts = sample_texts();
  ASSERT_GE(texts.end_reasons.size(), 10U);
  ASSERT_GE(texts.answers.size(), 10U);
  for (const auto& found : {texts.end_reasons, texts.answers})
    for (const auto& [text, count] : found) EXPECT_EQ(meaning(text).reason, text);
}

}  // namespace
}  // namespace churn

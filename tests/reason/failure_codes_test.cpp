#include <churn/reason/failure_codes.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <churn/core/error.hpp>

#include "reason/sample_texts.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::error_of;

const std::array<std::pair<std::string_view, const FailureCodes*>, 5>& processors() {
  static const std::array<std::pair<std::string_view, const FailureCodes*>, 5> tables{
      {{"stripe", &FailureCodes::stripe()},
       {"braintree", &FailureCodes::braintree()},
       {"adyen", &FailureCodes::adyen()},
       {"recurly", &FailureCodes::recurly()},
       {"chargebee", &FailureCodes::chargebee()}}};
  return tables;
}

bool is_short_number(const std::string& code) {
  return code.size() <= 2 && code.find_first_not_of("0123456789") == std::string::npos;
}

TEST(FailureCodes, every_reason_of_every_table_is_a_payment_reason) {
  for (const auto& [name, table] : processors()) {
    EXPECT_FALSE(table->all().empty()) << name;
    for (const auto& [code, reason] : table->all())
      EXPECT_NE(std::find(payment_reasons.begin(), payment_reasons.end(), reason), payment_reasons.end())
          << name << ' ' << code;
  }
}

TEST(FailureCodes, every_processor_has_codes_for_most_reasons) {
  for (const auto& [name, table] : processors()) {
    std::set<std::string> reasons;
    for (const auto& [code, reason] : table->all()) reasons.insert(reason);
    EXPECT_EQ(reasons.size(), payment_reasons.size()) << name;
  }
}

TEST(FailureCodes, the_standard_table_is_the_union_of_the_five_but_for_what_they_disagree_on) {
  std::map<std::string, std::set<std::string>> meanings;
  for (const auto& [name, table] : processors())
    for (const auto& [code, reason] : table->all()) meanings[code].insert(reason);
  std::set<std::string> disagreed;
  for (const auto& [code, reasons] : meanings) {
    if (reasons.size() > 1) disagreed.insert(code);
    const bool is_left_out = reasons.size() > 1 || is_short_number(code);
    EXPECT_EQ(FailureCodes::standard().find(code), is_left_out ? "" : *reasons.begin()) << code;
  }
  // Stripe: "it's possible it was reported lost or stolen". Recurly: "likely a corporate card".
  EXPECT_EQ(disagreed, (std::set<std::string>{"restricted_card"}));
  for (const auto& [code, reason] : FailureCodes::standard().all())
    EXPECT_TRUE(meanings.contains(code)) << code;
}

TEST(FailureCodes, numbers_that_the_card_networks_have_too_are_adyens_only_where_it_is_said) {
  // ISO 8583: 05 do not honour, 14 invalid number, 41 lost card, 43 stolen card; none of them what Adyen calls so.
  for (const char* code : {"5", "14", "41", "43"}) {
    EXPECT_EQ(FailureCodes::standard().find(code), "") << code;
    EXPECT_NE(FailureCodes::adyen().find(code), "") << code;
  }
}

// The list of https://docs.stripe.com/declines/codes, 50 codes of cards, as of October 2026.
constexpr std::array<std::string_view, 50> stripe_card_codes{"authentication_required",
                                                             "authentication_not_handled",
                                                             "approve_with_id",
                                                             "call_issuer",
                                                             "card_not_supported",
                                                             "card_velocity_exceeded",
                                                             "currency_not_supported",
                                                             "do_not_honor",
                                                             "do_not_try_again",
                                                             "duplicate_transaction",
                                                             "expired_card",
                                                             "fraudulent",
                                                             "generic_decline",
                                                             "incorrect_address",
                                                             "incorrect_cvc",
                                                             "incorrect_number",
                                                             "incorrect_pin",
                                                             "incorrect_zip",
                                                             "insufficient_funds",
                                                             "invalid_account",
                                                             "invalid_amount",
                                                             "invalid_cvc",
                                                             "invalid_expiry_month",
                                                             "invalid_expiry_year",
                                                             "invalid_number",
                                                             "invalid_pin",
                                                             "issuer_not_available",
                                                             "lost_card",
                                                             "merchant_blacklist",
                                                             "mobile_device_authentication_required",
                                                             "new_account_information_available",
                                                             "no_action_taken",
                                                             "not_permitted",
                                                             "offline_pin_required",
                                                             "online_or_offline_pin_required",
                                                             "pickup_card",
                                                             "pin_try_exceeded",
                                                             "processing_error",
                                                             "reenter_transaction",
                                                             "restricted_card",
                                                             "revocation_of_all_authorizations",
                                                             "revocation_of_authorization",
                                                             "security_violation",
                                                             "service_not_allowed",
                                                             "stolen_card",
                                                             "stop_payment_order",
                                                             "testmode_decline",
                                                             "transaction_not_allowed",
                                                             "try_again_later",
                                                             "withdrawal_count_limit_exceeded"};

TEST(FailureCodes, all_of_stripes_published_codes_are_known) {
  for (const std::string_view code : stripe_card_codes)
    EXPECT_NE(FailureCodes::stripe().find(code), "") << code;
}

TEST(FailureCodes, what_stripe_describes_alike_means_the_same) {
  // "The card was declined for an unknown reason."
  for (const char* code :
       {"call_issuer", "do_not_honor", "do_not_try_again", "generic_decline", "no_action_taken",
        "revocation_of_all_authorizations", "revocation_of_authorization", "security_violation",
        "service_not_allowed", "stop_payment_order", "transaction_not_allowed", "try_again_later"})
    EXPECT_EQ(FailureCodes::stripe().find(code), "other_payment") << code;
  // "… exceeded the balance, credit limit, …"
  for (const char* code : {"card_velocity_exceeded", "withdrawal_count_limit_exceeded"})
    EXPECT_EQ(FailureCodes::stripe().find(code), "credit_limit") << code;
}

TEST(FailureCodes, braintree_has_all_codes_from_2000_to_3000) {
  const FailureCodes& codes = FailureCodes::braintree();
  for (int code = 2000; code <= 2999; ++code) EXPECT_NE(codes.find(std::to_string(code)), "") << code;
  EXPECT_EQ(codes.find("1000"), "") << "approved";
  const std::map<std::string, std::string> some{
      {"2000", "other_payment"},   {"2001", "insufficient_funds"}, {"2002", "credit_limit"},
      {"2004", "card_expired"},    {"2005", "outdated_details"},   {"2010", "outdated_details"},
      {"2012", "no_new_card"},     {"2013", "no_new_card"},        {"2014", "other_payment"},
      {"2047", "no_new_card"},     {"2060", "outdated_details"},   {"2109", "other_payment"},
      {"3000", "processor_error"}, {"cvv", "outdated_details"},    {"risk_threshold", "other_payment"}};
  for (const auto& [code, reason] : some) EXPECT_EQ(codes.find(code), reason) << code;
}

TEST(FailureCodes, adyens_numbers_and_texts_mean_the_same) {
  const std::map<std::string, std::pair<std::string, std::string>> some{
      {"2", {"Refused", "other_payment"}},
      {"5", {"Blocked Card", "no_new_card"}},
      {"6", {"Expired Card", "card_expired"}},
      {"8", {"Invalid Card Number", "outdated_details"}},
      {"9", {"Issuer Unavailable", "processor_error"}},
      {"12", {"Not enough balance", "insufficient_funds"}},
      {"20", {"FRAUD", "other_payment"}},
      {"22", {"FRAUD-CANCELLED", "other_payment"}},
      {"24", {"CVC Declined", "outdated_details"}},
      {"28", {"Withdrawal amount exceeded", "credit_limit"}},
      {"29", {"Withdrawal count exceeded", "credit_limit"}},
      {"32", {"AVS Declined", "outdated_details"}},
      {"46", {"Transaction blocked by Adyen to prevent excessive retry fees", "other_payment"}}};
  for (const auto& [number, text_and_reason] : some) {
    EXPECT_EQ(FailureCodes::adyen().find(number), text_and_reason.second) << number;
    EXPECT_EQ(FailureCodes::adyen().find(text_and_reason.first), text_and_reason.second) << number;
  }
}

TEST(FailureCodes, recurlys_and_chargebees_own_codes_are_known) {
  EXPECT_EQ(FailureCodes::recurly().find("fraud_stolen_card"), "no_new_card");
  EXPECT_EQ(FailureCodes::recurly().find("exceeds_daily_limit"), "credit_limit");
  EXPECT_EQ(FailureCodes::recurly().find("declined_security_code"), "outdated_details");
  EXPECT_EQ(FailureCodes::recurly().find("gateway_timeout"), "processor_error");
  EXPECT_EQ(FailureCodes::recurly().find("temporary_hold"), "other_payment")
      << "their word for do not honour";
  EXPECT_EQ(FailureCodes::chargebee().find("payment_method_not_present"), "no_new_card");
  EXPECT_EQ(FailureCodes::chargebee().find("2004"), "card_expired") << "of the processor behind it";
  EXPECT_EQ(FailureCodes::chargebee().find("restricted_card"), "") << "which of them it was is not known";
}

RC_GTEST_PROP(FailureCodes, case_and_separators_never_make_a_difference, ()) {
  const auto& all = FailureCodes::standard().all();
  const auto index = *rc::gen::inRange<std::size_t>(0, all.size());
  const auto& [code, reason] = *std::next(all.begin(), static_cast<std::ptrdiff_t>(index));
  std::string written = *rc::gen::element(std::string(), std::string(" "), std::string("--"));
  for (const char c : code) {
    if (c == '_')
      written += *rc::gen::element(std::string("-"), std::string(" "), std::string(" / "), std::string("__"));
    else
      written += *rc::gen::arbitrary<bool>() && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  RC_ASSERT(FailureCodes::standard().find(written) == reason);
}

TEST(FailureCodes, a_host_sets_its_own_codes_and_replaces_others) {
  FailureCodes codes = FailureCodes::adyen();
  codes.set("Our Bank #17", "insufficient_funds").set("5", "other_payment");
  EXPECT_EQ(codes.find("our_bank_17"), "insufficient_funds");
  EXPECT_EQ(codes.find("5"), "other_payment");
  EXPECT_NE(codes, FailureCodes::adyen());
}

TEST(FailureCodes, an_unknown_reason_or_an_empty_code_is_an_error_that_names_what_there_is) {
  FailureCodes codes;
  EXPECT_EQ(error_of([&] { codes.set("x", "too_expensive"); }), ErrorCode::unknown_name);
  EXPECT_EQ(error_of([&] { codes.set("#", "card_expired"); }), ErrorCode::unknown_name);
  EXPECT_EQ(codes, FailureCodes{});
  try {
    codes.set("x", "card_expird");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "There is no reason \"card_expird\" for a payment that failed. Known: card_expired, no_new_card, "
        "credit_limit, outdated_details, processor_error, insufficient_funds, other_payment.");
  }
}

TEST(FailureCodes, what_is_not_known_is_empty) {
  EXPECT_EQ(FailureCodes::standard().find("never_heard_of"), "");
  EXPECT_EQ(FailureCodes::standard().find(""), "");
  EXPECT_EQ(FailureCodes{}.find("expired_card"), "");
}

TEST(FailureCodes, the_codes_of_the_sample_book_mean_what_its_generator_drew_them_for) {
  std::ifstream in(CHURN_SOURCE_DIR "/examples/sample_book/truth.json");
  const auto truth = nlohmann::json::parse(in);
  const auto drawn = truth.at("payment_codes").get<std::map<std::string, std::string>>();
  ASSERT_GE(drawn.size(), 10U);
  ASSERT_GE(sample_texts().codes.size(), 10U);
  for (const auto& [code, count] : sample_texts().codes) {
    ASSERT_TRUE(drawn.contains(code)) << code;
    EXPECT_EQ(FailureCodes::standard().find(code), drawn.at(code)) << code;
    EXPECT_EQ(FailureCodes::stripe().find(code), drawn.at(code)) << code;
  }
}

}  // namespace
}  // namespace churn

#include <churn/reason/failure_codes.hpp>

#include <algorithm>
#include <initializer_list>
#include <optional>

#include <churn/core/error.hpp>
#include <churn/core/printable.hpp>
#include <churn/reason/stated_reasons.hpp>

namespace churn::inline v0 {

namespace {

constexpr std::string_view card_expired = "card_expired";
constexpr std::string_view no_new_card = "no_new_card";
constexpr std::string_view credit_limit = "credit_limit";
constexpr std::string_view outdated_details = "outdated_details";
constexpr std::string_view processor_error = "processor_error";
constexpr std::string_view insufficient_funds = "insufficient_funds";
constexpr std::string_view other_payment = "other_payment";

using Codes = std::initializer_list<std::string_view>;

void add(FailureCodes& table, std::string_view reason, Codes codes) {
  for (const std::string_view code : codes) table.set(code, reason);
}

// Decline codes of cards and of other payment methods: https://docs.stripe.com/declines/codes. Codes of bank debits:
// https://docs.stripe.com/declines/network-codes. Error codes that a failed charge has:
// https://docs.stripe.com/error-codes. Meanings are those of the descriptions there: what is "declined for an unknown
// reason" is other_payment, whatever its name.
FailureCodes make_stripe() {
  FailureCodes table;
  add(table, card_expired, {"expired_card", "expired_payment_information"});
  add(table, no_new_card,
      {"lost_card", "stolen_card", "pickup_card", "restricted_card",  // "may be reported lost or stolen"
       "account_closed", "bank_account_closed"});
  add(table, credit_limit,
      {"card_velocity_exceeded", "withdrawal_count_limit_exceeded", "payment_limit_exceeded",
       "charge_exceeds_source_limit", "charge_exceeds_transaction_limit"});
  add(table, outdated_details,
      {"incorrect_number", "invalid_number", "incorrect_cvc", "invalid_cvc", "incorrect_zip",
       "incorrect_address", "invalid_expiry_month", "invalid_expiry_year", "invalid_account",
       "new_account_information_available", "invalid_payment_information", "postal_code_invalid",
       "account_number_invalid", "routing_number_invalid", "no_account", "bank_account_invalid_details",
       "tokenized_account_number_deactivated", "account_holder_name_verification_failed"});
  add(table, processor_error,
      {"processing_error", "issuer_not_available", "reenter_transaction", "payment_method_provider_timeout",
       "invalid_business_account"});
  add(table, insufficient_funds, {"insufficient_funds"});
  add(table, other_payment,
      {// cards
       "authentication_required", "authentication_not_handled", "mobile_device_authentication_required",
       "approve_with_id", "call_issuer", "card_not_supported", "currency_not_supported", "do_not_honor",
       "do_not_try_again", "duplicate_transaction", "fraudulent", "generic_decline", "incorrect_pin",
       "invalid_pin", "invalid_amount", "merchant_blacklist", "no_action_taken", "not_permitted",
       "offline_pin_required", "online_or_offline_pin_required", "pin_try_exceeded",
       "revocation_of_all_authorizations", "revocation_of_authorization", "security_violation",
       "service_not_allowed", "stop_payment_order", "testmode_decline", "transaction_not_allowed",
       "try_again_later",
       // other payment methods
       "partner_generic_decline", "invalid_customer_account", "invalid_billing_agreement",
       "partner_high_risk_customer", "compliance_violation", "payment_disputed", "invalid_authorization",
       "partner_payment_not_found",
       // bank debits
       "debit_not_authorized", "bank_account_frozen", "bank_account_restricted", "bank_account_unusable",
       "bank_account_declined", "refer_to_customer", "sepa_unsupported_account",
       // errors
       "card_declined", "card_decline_rate_limit_exceeded", "amount_too_large", "amount_too_small",
       "payment_intent_authentication_failure", "payment_intent_mandate_invalid",
       "payment_intent_payment_attempt_failed", "payment_intent_payment_attempt_expired",
       "payment_method_customer_decline", "payment_method_provider_decline", "payment_method_unactivated",
       "payment_method_bank_account_blocked", "payment_method_currency_mismatch", "live_mode_test_card",
       "test_mode_live_card"});
  return table;
}

// Processor response codes 2000 to 3000, and what the gateway rejects itself:
// https://developer.paypal.com/braintree/docs/reference/general/processor-responses/authorization-responses,
// …/transactions#gateway-rejection. All that is not listed between 2000 and 2999 is "Processor Declined".
FailureCodes make_braintree() {
  FailureCodes table;
  for (int code = 2000; code <= 2999; ++code) table.set(std::to_string(code), other_payment);
  add(table, insufficient_funds, {"2001"});
  add(table, credit_limit, {"2002", "2003"});          // limit, activity limit exceeded
  add(table, credit_limit, {"2086", "2097", "2098"});  // PayPal's limits: transactions, authorizations
  add(table, card_expired, {"2004"});
  // Number, expiry date, account, length, issuer, security code.
  add(table, outdated_details, {"2005", "2006", "2007", "2008", "2009", "2010"});
  add(table, outdated_details, {"2022", "2105"});  // the cardholder's data have been updated; life cycle
  add(table, outdated_details,
      {"2051", "2059", "2060"});  // number and method differ; address; and security code
  add(table, outdated_details, {"avs", "avs_and_cvv", "cvv"});
  add(table, no_new_card, {"2012", "2013", "2047", "2053"});  // lost, stolen, to be picked up, lost or stolen
  add(table, no_new_card, {"2075", "2108"});                  // PayPal account locked or closed, card closed
  add(table, processor_error, {"2033", "3000"});              // inconsistent data, network unavailable
  // The merchant's account is set up wrongly, or that at PayPal is.
  add(table, processor_error, {"2025", "2026", "2028", "2030", "2040", "2042", "2045", "2055"});
  add(table, processor_error,
      {"2063", "2066", "2068", "2071", "2072", "2079", "2080", "2087", "2088", "2089", "2100"});
  add(table, other_payment,
      {"duplicate", "fraud", "risk_threshold", "application_incomplete", "token_issuance"});
  return table;
}

// Refusal reasons, by refusalReasonCode and refusalReason: https://docs.adyen.com/development-resources/refusal-reasons
FailureCodes make_adyen() {
  FailureCodes table;
  add(table, card_expired, {"6", "Expired Card"});
  add(table, no_new_card, {"5", "Blocked Card"});
  add(table, credit_limit, {"28", "Withdrawal amount exceeded", "29", "Withdrawal count exceeded"});
  add(table, outdated_details, {"8", "Invalid Card Number", "24", "CVC Declined", "32", "AVS Declined"});
  add(table, processor_error, {"4", "Acquirer Error", "9", "Issuer Unavailable", "21", "Not Submitted"});
  add(table, insufficient_funds, {"12", "Not enough balance"});
  add(table, other_payment, {"2",  "Refused",
                             "3",  "Referral",
                             "7",  "Invalid Amount",
                             "10", "Not supported",
                             "11", "3D Not Authenticated",
                             "14", "Acquirer Fraud",
                             "15", "Cancelled",
                             "16", "Shopper Cancelled",
                             "17", "Invalid Pin",
                             "18", "Pin tries exceeded",
                             "19", "Pin validation not possible",
                             "20", "FRAUD",
                             "22", "FRAUD-CANCELLED",
                             "23", "Transaction Not Permitted",
                             "25", "Restricted Card",
                             "26", "Revocation Of Auth",
                             "27", "Declined Non Generic",
                             "31", "Issuer Suspected Fraud",
                             "33", "Card requires online pin",
                             "34", "No checking account available on Card",
                             "35", "No savings account available on Card",
                             "36", "Mobile pin required",
                             "37", "Contactless fallback",
                             "38", "Authentication required",
                             "39", "RReq not received from DS",
                             "40", "Current AID is in Penalty Box",
                             "41", "CVM Required Restart Payment",
                             "42", "3DS Authentication Error",
                             "43", "Online PIN required",
                             "44", "Try another interface",
                             "45", "Chip downgrade mode",
                             "46", "Transaction blocked by Adyen to prevent excessive retry fees"});
  return table;
}

// Transaction errors, with the card's decline codes: https://docs.recurly.com/docs/api-transaction-errors, and the
// enumerations ErrorCode and DeclineCode of Recurly's API clients. Those of refunds and of voids are not here.
FailureCodes make_recurly() {
  FailureCodes table;
  add(table, card_expired, {"expired_card"});
  add(table, no_new_card,
      {"lost_card", "stolen_card", "pickup_card", "fraud_stolen_card", "account_closed",
       "no_billing_information", "gateway_token_not_found"});
  add(table, credit_limit,
      {"exceeds_daily_limit", "exceeds_max_amount", "amazon_amount_exceeded",
       "amazon_transaction_count_exceeded"});
  add(table, outdated_details,
      {"declined_security_code",
       "declined_missing_data",
       "declined_card_number",
       "declined_expiration_date",
       "invalid_card_number",
       "invalid_account_number",
       "invalid_number",
       "invalid_issuer",
       "invalid_name",
       "invalid_email",
       "incorrect_address",
       "incorrect_security_code",
       "fraud_address",
       "fraud_address_recurly",
       "fraud_security_code",
       "call_issuer_update_cardholder_data",
       "update_cardholder_data",
       "lifecycle_decline",
       "roku_invalid_card_number",
       "roku_zip_code_mismatch"});
  add(table, processor_error,
      {"issuer_unavailable",
       "gateway_unavailable",
       "gateway_timeout",
       "gateway_error",
       "gateway_rate_limited",
       "gateway_validation_exception",
       "gateway_account_setup_incomplete",
       "processor_unavailable",
       "processor_not_available",
       "too_busy",
       "try_again",
       "simultaneous",
       "batch_processing_error",
       "contact_gateway",
       "no_gateway",
       "no_gateway_found_for_transaction_amount",
       "invalid_gateway_configuration",
       "invalid_gateway_access_token",
       "invalid_login",
       "ssl_error",
       "cvv_required",
       "api_error",
       "recurly_error",
       "recurly_credentials_not_found",
       "recurly_failed_to_get_token",
       "recurly_token_mismatch",
       "recurly_token_not_found",
       "rjs_token_expired",
       "three_d_secure_connection_error",
       "three_d_secure_credential_error",
       "three_d_secure_not_supported",
       "ach_transactions_not_supported",
       "reference_transactions_not_enabled",
       "finbot_disconnect",
       "finbot_unavailable",
       "moneybot_disconnect",
       "moneybot_unavailable",
       "transaction_service_v2_disconnect",
       "transaction_service_v2_unavailable",
       "vaultly_service_unavailable"});
  add(table, insufficient_funds, {"insufficient_funds"});
  add(table, other_payment,
      {"declined",
       "declined_saveable",
       "declined_exception",
       "generic_decline",
       "do_not_honor",
       "do_not_try_again",
       "temporary_hold",
       "too_many_attempts",
       "call_issuer",
       "card_not_activated",
       "card_not_supported",
       "card_type_not_accepted",
       "direct_debit_type_not_accepted",
       "payment_not_accepted",
       "cancelled",
       "cardholder_requested_stop",
       "customer_canceled_transaction",
       "currency_not_supported",
       "duplicate_transaction",
       "fraudulent",
       "fraud_advanced_verification",
       "fraud_gateway",
       "fraud_generic",
       "fraud_ip_address",
       "fraud_manual_decision",
       "fraud_risk_check",
       "fraud_too_many_attempts",
       "fraud_velocity",
       "invalid_amount",
       "invalid_data",
       "invalid_merchant_type",
       "invalid_payment_method",
       "invalid_payment_method_hard",
       "invalid_transaction",
       "invalid_billing_agreement_status",
       "merch_max_transaction_limit_exceeded",  // the merchant's limit
       "policy_decline",
       "security_decline",
       "restricted_card",  // "likely a corporate card"
       "restricted_card_chargeback",
       "partial_approval",
       "payer_authentication_rejected",
       "requires_3d_secure",
       "three_d_secure_action_required",
       "three_d_secure_action_result_token_mismatch",
       "three_d_secure_authentication",
       "transaction_cannot_be_authorized",
       "transaction_failed_to_settle",
       "transaction_stale_at_gateway",
       "authorization_expired",
       "zero_dollar_auth_not_supported",
       "unmapped_partner_error",
       "unknown",
       "contract_not_found",
       "billing_agreement_not_accepted",
       "billing_agreement_not_found",
       "billing_agreement_replaced",
       "paypal_account_issue",
       "paypal_cannot_pay_self",
       "paypal_declined_use_alternate",
       "paypal_expired_reference_id",
       "paypal_hard_decline",
       "paypal_invalid_billing_agreement",
       "paypal_primary_declined",
       "amazon_declined_review",
       "amazon_invalid_authorization_status",
       "amazon_not_authorized",
       "ach_cancel",
       "ach_exception",
       "ach_return",
       "ach_validation_exception",
       "roku_invalid_cib",
       "roku_invalid_payment_method"});
  return table;
}

/// Numbers of one or two digits are the card networks' as well (ISO 8583), with other meanings: 5 is a blocked card at
/// Adyen, and "do not honour" to a bank.
bool is_short_number(std::string_view code) {
  return code.size() <= 2 &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

FailureCodes agreed(std::initializer_list<const FailureCodes*> tables) {
  const auto is_disputed = [&tables](const std::string& code, const std::string& reason) {
    return std::any_of(tables.begin(), tables.end(), [&](const FailureCodes* table) {
      const auto found = table->all().find(code);
      return found != table->all().end() && found->second != reason;
    });
  };
  FailureCodes result;
  for (const FailureCodes* table : tables)
    for (const auto& [code, reason] : table->all())
      if (!is_short_number(code) && !is_disputed(code, reason)) result.set(code, reason);
  return result;
}

// Chargebee stands before other processors and records their codes as they come (transaction.error_code,
// gateway_error_detail): those on which Stripe, Braintree and Adyen agree. Its own are the errors of type `payment`:
// https://apidocs.chargebee.com/docs/api/#error_handling
FailureCodes make_chargebee() {
  FailureCodes table = agreed({&FailureCodes::stripe(), &FailureCodes::braintree(), &FailureCodes::adyen()});
  add(table, no_new_card, {"payment_method_not_present"});
  add(table, other_payment,
      {"payment_processing_failed", "payment_method_verification_failed",
       "payment_gateway_currency_incompatible", "payment_intent_invalid", "payment_intent_invalid_amount"});
  return table;
}

}  // namespace

FailureCodes& FailureCodes::set(std::string_view code, std::string_view reason) {
  std::string key = StatedReasons::normalised(code);
  if (key.empty())
    throw Error(ErrorCode::unknown_name, "The code \"" + printable(code) +
                                             "\" has no letter and no digit, so nothing can be told by it.");
  if (std::find(payment_reasons.begin(), payment_reasons.end(), reason) == payment_reasons.end()) {
    std::string known;
    for (const std::string_view name : payment_reasons)
      known += (known.empty() ? "" : ", ") + std::string(name);
    throw Error(ErrorCode::unknown_name, "There is no reason \"" + printable(reason) +
                                             "\" for a payment that failed. Known: " + known + ".");
  }
  if (all_.use_count() > 1) all_ = std::make_shared<Table>(*all_);
  all_->insert_or_assign(std::move(key), std::string(reason));
  return *this;
}

std::string_view FailureCodes::find(std::string_view code) const {
  const auto found = all_->find(StatedReasons::normalised(code));
  return found == all_->end() ? std::string_view{} : std::string_view{found->second};
}

const FailureCodes& FailureCodes::stripe() {
  static const FailureCodes table = make_stripe();
  return table;
}
const FailureCodes& FailureCodes::braintree() {
  static const FailureCodes table = make_braintree();
  return table;
}
const FailureCodes& FailureCodes::adyen() {
  static const FailureCodes table = make_adyen();
  return table;
}
const FailureCodes& FailureCodes::recurly() {
  static const FailureCodes table = make_recurly();
  return table;
}
const FailureCodes& FailureCodes::chargebee() {
  static const FailureCodes table = make_chargebee();
  return table;
}
const FailureCodes& FailureCodes::standard() {
  static const FailureCodes table = agreed({&stripe(), &braintree(), &adyen(), &recurly(), &chargebee()});
  return table;
}

}  // namespace churn::inline v0

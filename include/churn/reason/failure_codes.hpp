// FailureCodes: what a payment processor's code for a failed payment means, as one of seven reasons.
//
//   FailureCodes::standard().find("expired_card")        // "card_expired" (Stripe)
//   FailureCodes::standard().find("2004")                // "card_expired" (Braintree)
//   FailureCodes codes = FailureCodes::adyen();          // of one processor
//   codes.set("our_bank_17", "insufficient_funds");      // and a host's own
//
//   card_expired        the card is past its date
//   no_new_card         the card or account is lost, stolen, withdrawn, closed or missing, and no other has been given
//   credit_limit        a limit of the card was exceeded: amount, number or frequency of payments
//   outdated_details    number, expiry date, security code, address, account or name do not match
//   processor_error     the bank or the processor could not answer, or the merchant's account there is not set up for it
//   insufficient_funds  there is not enough money in the account
//   other_payment       declined without a reason that says more, suspected fraud, a code that nobody knows
//
// Codes are compared like the texts of StatedReasons. `standard()` holds those of all five on which they agree: a code
// that means different things to two of them is in neither's part of it, so it stays unknown rather than wrong. Nor are
// Adyen's numbers of one or two digits, which are the card networks' as well, with other meanings. A host that has one
// processor takes that one's table. Chargebee records the codes of the processor behind it: its table has those on which
// Stripe, Braintree and Adyen agree, and its own. Sources: the public lists of codes, named beside each table in the
// source; a cardholder who has stopped payments at the bank is `other_payment`, since that is all that a code tells.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace churn::inline v0 {

/// All that a code can mean, as told above.
inline constexpr std::array<std::string_view, 7> payment_reasons{
    "card_expired",    "no_new_card",        "credit_limit", "outdated_details",
    "processor_error", "insufficient_funds", "other_payment"};

/// A table from processors' codes to reasons.
class FailureCodes {
 public:
  /// From normalised codes to one of payment_reasons.
  using Table = std::map<std::string, std::string, std::less<>>;

  /// Without any.
  FailureCodes() = default;
  // A copy is cheap; to move is to copy, so that what was moved from is whole.
  /// Shares the table of the other one, until either is written to.
  FailureCodes(const FailureCodes&) = default;
  /// The same, in place of what it had.
  FailureCodes& operator=(const FailureCodes&) = default;
  ~FailureCodes() = default;
  /// Stripe's codes alone.
  [[nodiscard]] static const FailureCodes& stripe();
  /// Braintree's codes alone.
  [[nodiscard]] static const FailureCodes& braintree();
  /// Adyen's codes alone, also its numbers of one or two digits.
  [[nodiscard]] static const FailureCodes& adyen();
  /// Recurly's codes alone.
  [[nodiscard]] static const FailureCodes& recurly();
  /// Chargebee's own codes, and those on which Stripe, Braintree and Adyen agree.
  [[nodiscard]] static const FailureCodes& chargebee();
  /// Those of all five on which they agree.
  [[nodiscard]] static const FailureCodes& standard();

  /// Replaces what the code meant. Throws Error(unknown_name) for a code without a letter or digit, or a reason that is
  /// none of payment_reasons.
  FailureCodes& set(std::string_view code, std::string_view reason);
  /// Empty for what is not known.
  [[nodiscard]] std::string_view find(std::string_view code) const;

  /// By normalised code.
  [[nodiscard]] const Table& all() const& noexcept { return *all_; }
  /// The same, as a copy.
  [[nodiscard]] Table all() && { return *all_; }

  /// Of the same codes with the same meanings.
  friend bool operator==(const FailureCodes& a, const FailureCodes& b) {
    return a.all_ == b.all_ || *a.all_ == *b.all_;
  }

 private:
  std::shared_ptr<Table> all_{std::make_shared<Table>()};  // shared until it is written to
};

}  // namespace churn::inline v0

// StatedReasons: what a reason that somebody wrote down means: in `end_reason`, or in an exit survey.
//
//   StatedReasons reasons = StatedReasons::standard();
//   reasons.find("Costs too much")                      // {voluntary, "too_expensive"}
//   reasons.set("moved_to_intranet", DepartureType::voluntary, "business_changed");
//   reasons.find("competiter")                          // nullptr: nobody guesses
//   reasons.closest("competiter")                       // "competitor", to be asked about
//
// Texts are compared without regard to case (of ASCII letters) and to what separates words: "Too expensive",
// "too-expensive" and "TOO_EXPENSIVE" are one text. What is not in the table means nothing: it decides no type and
// becomes no reason; it is counted and shown (departure/reason_coverage.hpp), so that a host can name it.
//
// The standard table knows the reasons of DEFINITIONS 8 by their own names,
//   completed    project_finished, event_over, season_over, term_ended, goal_reached
//   voluntary    competitor, too_expensive, missing_feature, too_complex, business_changed, wrong_fit, quality,
//                service, not_used
//   involuntary  card_expired, no_new_card, credit_limit, outdated_details, processor_error, insufficient_funds,
//                other_payment
// by the words that people use for them, and by the names that Stripe, Chargebee, Recurly and Maxio publish; their
// sources stand beside them in stated_reasons.cpp. A text that says that the customer asked, and not why
// ("cancellation_requested"), is voluntary for the reason `unknown`. One that says nothing ("other", "no_reason"), or that
// fits several stories ("canceled", "no longer needed"), is known as type unknown.
// O(log names + length) a text.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <churn/reason/departure_type.hpp>

namespace churn::inline v0 {

/// What a text means.
struct StatedReason {
  DepartureType type;  ///< unknown: it tells none
  std::string reason;  ///< normalised; `unknown` where it tells none
  friend bool operator==(const StatedReason&, const StatedReason&) = default;
};

/// A table from what people write down to types and reasons.
class StatedReasons {
 public:
  /// From normalised texts.
  using Table = std::map<std::string, StatedReason, std::less<>>;

  /// Without any.
  StatedReasons() = default;
  // A copy is cheap; to move is to copy, so that what was moved from is whole.
  /// Shares the table of the other one, until either is written to.
  StatedReasons(const StatedReasons&) = default;
  /// The same, in place of what it had.
  StatedReasons& operator=(const StatedReasons&) = default;
  ~StatedReasons() = default;
  /// The reasons of DEFINITIONS 8 by their own names, by usual words and by names that billing systems publish.
  [[nodiscard]] static const StatedReasons& standard();

  /// Replaces what the text meant. The reason is kept normalised, so that one reason is not two in a table of answers.
  /// Throws Error(unknown_name) for a text or a reason without a letter or digit.
  StatedReasons& set(std::string_view text, DepartureType type, std::string_view reason);
  /// Nullptr for what is not known.
  [[nodiscard]] const StatedReason* find(std::string_view text) const;
  /// The known text that an unknown one is most like, if at most two letters differ (put in, left out, replaced, or two
  /// neighbours swapped) and fewer than half of those of either; of several the first by its bytes. O(names x length).
  [[nodiscard]] std::optional<std::string> closest(std::string_view text) const;

  /// By normalised text.
  [[nodiscard]] const Table& all() const& noexcept { return *all_; }
  /// The same, as a copy.
  [[nodiscard]] Table all() && { return *all_; }

  /// Lower case, words joined by `_`: ASCII letters and digits, and every byte above 127, are kept.
  [[nodiscard]] static std::string normalised(std::string_view text);

  /// Of the same texts with the same meanings.
  friend bool operator==(const StatedReasons& a, const StatedReasons& b) {
    return a.all_ == b.all_ || *a.all_ == *b.all_;
  }

 private:
  std::shared_ptr<Table> all_{std::make_shared<Table>()};  // shared until it is written to
};

}  // namespace churn::inline v0

// Findings: where readers put what they find wrong, and how they say it. Private to the readers of io/.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <churn/book/records.hpp>
#include <churn/book/rejections.hpp>
#include <churn/core/error.hpp>
#include <churn/core/printable.hpp>

namespace churn::inline v0 {
namespace reading {

[[noreturn]] inline void fail(const std::string& sentence) { throw Error(ErrorCode::unreadable, sentence); }

/// A text of the file for use in a sentence: in quotes, on one line, cut to about 40 bytes.
inline std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 40;
  const bool cut = text.size() > longest;
  if (cut) {
    std::size_t length = longest;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
    text = text.substr(0, length);
  }
  return "\"" + printable(text) + (cut ? "...\"" : "\"");
}

/// Why an attribute is left out, whichever reader found one too many.
inline std::string too_many_attributes() {
  return "The book has " + std::to_string(max_attributes) + " attributes already; this one is left out.";
}

/// `subscriptions.csv, row 7, starts_on: "tomorrow" is not a date. Write YYYY-MM-DD.`
inline std::string sentence_of(const Rejection& rejection) {
  std::string sentence = rejection.source;
  if (rejection.row > 0) sentence += ", row " + std::to_string(rejection.row);
  if (rejection.row > 0 && !rejection.field.empty()) sentence += ", " + rejection.field;
  return sentence + ": " + rejection.reason;
}

/// Where findings go. In strict mode the first rejection is thrown.
class Findings {
 public:
  Findings(Rejections& rejections, bool strict) : rejections_(&rejections), strict_(strict) {}

  [[nodiscard]] Rejections& rejections() noexcept { return *rejections_; }

  void add(Rejection rejection) {
    rejections_->add(std::move(rejection));
    check();
  }
  /// To be called after others added to `rejections()`.
  void check() const {
    if (!strict_ || rejections_->rejected() == 0) return;
    const auto& entries = rejections_->entries();
    fail(sentence_of(*std::find_if(entries.begin(), entries.end(),
                                   [](const Rejection& r) { return !is_notice(r.code); })));
  }

 private:
  Rejections* rejections_;
  bool strict_;
};

}  // namespace reading
}  // namespace churn::inline v0

// Id<Tag>: the name under which a host knows a customer, a subscription or an invoice.
//
// A text that is not empty; integers become their decimal text, so that id 42 from one source is id "42"
// from another. Ids of different tags do not compare, and an id never turns into a number again.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

/// The name of one object in the host's own systems; `Tag` says of what kind.
template <class Tag>
class Id {
 public:
  /// Throws Error(bad_id) for an empty text.
  explicit Id(std::string text) : text_(std::move(text)) {
    if (text_.empty()) throw Error(ErrorCode::bad_id, "An id can't be empty.");
  }
  /// The same from a view, which is copied.
  explicit Id(std::string_view text) : Id(std::string(text)) {}
  /// The same from a text that ends with a zero.
  explicit Id(const char* text) : Id(std::string(text)) {}
  /// A whole number; letters and truth values are none.
  template <std::integral Number>
  requires(!std::same_as<Number, bool> && !std::same_as<Number, char> && !std::same_as<Number, wchar_t> &&
           !std::same_as<Number, char8_t> && !std::same_as<Number, char16_t> &&
           !std::same_as<Number, char32_t>) explicit Id(Number number)
      : text_(std::to_string(number)) {}

  /// As it was given, in decimal digits if it was a number; never empty.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  friend auto operator<=>(const Id&, const Id&) noexcept = default;

 private:
  std::string text_;
};

/// Names who pays.
using CustomerId = Id<struct CustomerTag>;
/// Names a chain of phases.
using SubscriptionId = Id<struct SubscriptionTag>;
/// Names a bill.
using InvoiceId = Id<struct InvoiceTag>;

}  // namespace churn::inline v0

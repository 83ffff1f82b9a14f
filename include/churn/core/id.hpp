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

template <class Tag>
class Id {
 public:
  /// Throws Error(bad_id) for an empty text.
  explicit Id(std::string text) : text_(std::move(text)) {
    if (text_.empty()) throw Error(ErrorCode::bad_id, "An id can't be empty.");
  }
  explicit Id(std::string_view text) : Id(std::string(text)) {}
  explicit Id(const char* text) : Id(std::string(text)) {}
  /// A whole number; letters and truth values are none.
  template <std::integral Number>
  requires(!std::same_as<Number, bool> && !std::same_as<Number, char> && !std::same_as<Number, wchar_t> &&
           !std::same_as<Number, char8_t> && !std::same_as<Number, char16_t> &&
           !std::same_as<Number, char32_t>) explicit Id(Number number)
      : text_(std::to_string(number)) {}

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  friend auto operator<=>(const Id&, const Id&) noexcept = default;

 private:
  std::string text_;
};

using CustomerId = Id<struct CustomerTag>;
using SubscriptionId = Id<struct SubscriptionTag>;
using InvoiceId = Id<struct InvoiceTag>;

}  // namespace churn::inline v0

// StripeFields: the fields of one of Stripe's objects as typed values. The first that does not read is kept as
// the object's problem. Private to the reader of Stripe's exports.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <churn/core/decimal.hpp>
#include <churn/core/timestamp.hpp>

#include "io/findings.hpp"
#include "io/json_value.hpp"
#include "io/object_fields.hpp"

namespace churn::inline v0 {
namespace stripe {

using reading::JsonKind;
using reading::JsonValue;

/// Why an object, or a part of one, can't be used.
struct Problem {
  RejectionCode code;
  std::string field;
  std::string reason;
};

/// What a version of an object may leave out: empty if it does. What it says may be `null`.
template <class T>
using Said = std::optional<T>;

class StripeFields {
 public:
  /// `path`, such as `items[0].`, goes before the names of fields.
  StripeFields(JsonValue object, std::optional<Problem>& problem, std::string path = {})
      : object_(object), problem_(&problem), path_(std::move(path)) {
    if (object.kind() != JsonKind::object)
      report(RejectionCode::bad_json, {},
             reading::ObjectFields::name_of_kind(object) + " stands where an object belongs.");
  }

  [[nodiscard]] JsonValue object() const noexcept { return object_; }
  [[nodiscard]] bool has(std::string_view key) const noexcept { return object_.find(key).has_value(); }
  /// Empty for null, too.
  [[nodiscard]] std::optional<JsonValue> value(std::string_view key) const noexcept {
    const auto found = object_.find(key);
    return found && found->kind() != JsonKind::null ? found : std::nullopt;
  }
  [[nodiscard]] bool is_object(std::string_view key) const noexcept {
    const auto found = value(key);
    return found && found->kind() == JsonKind::object;
  }
  /// An object inside; empty for anything else.
  [[nodiscard]] std::optional<StripeFields> inside(std::string_view key) const {
    if (!is_object(key)) return std::nullopt;
    return StripeFields(*value(key), *problem_, path_ + std::string(key) + ".");
  }

  [[nodiscard]] std::optional<std::string> text(std::string_view key) {
    const auto found = value(key);
    return found ? text_of(key, *found) : std::nullopt;
  }
  /// An id, or the id of an object that stands in its place.
  [[nodiscard]] std::optional<std::string> id(std::string_view key) {
    auto found = value(key);
    if (found && found->kind() == JsonKind::object) found = found->find("id");
    if (!found || found->kind() == JsonKind::null) return std::nullopt;
    auto text = text_of(key, *found);
    if (text && text->empty()) return std::nullopt;
    return text;
  }
  [[nodiscard]] std::optional<Decimal> decimal(std::string_view key) {
    const auto found = value(key);
    if (!found) return std::nullopt;
    Decimal::Problem why{};
    const bool is_scalar = found->kind() == JsonKind::number || found->kind() == JsonKind::text;
    const auto parsed = is_scalar ? Decimal::parse(found->text(), &why) : std::nullopt;
    if (parsed) return parsed;
    if (why == Decimal::Problem::out_of_range)
      report(RejectionCode::out_of_range, key, said(*found) + " has more digits than can be kept.");
    else
      report(RejectionCode::bad_number, key, said(*found) + " is not a number.");
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) {
    const auto number = decimal(key);
    if (!number) return std::nullopt;
    if (number->scale() == 0) return number->coefficient();
    report(RejectionCode::bad_number, key, said(*value(key)) + " is not a whole number.");
    return std::nullopt;
  }
  /// Seconds since 1970, after its first one.
  [[nodiscard]] std::optional<Timestamp> time(std::string_view key) {
    const auto found = value(key);
    if (!found) return std::nullopt;
    const auto seconds = found->kind() == JsonKind::number ? Decimal::parse(found->text()) : std::nullopt;
    constexpr std::int64_t latest = (std::int64_t{Date::max_days} - 1) * 86400;
    if (seconds && seconds->scale() == 0 && seconds->coefficient() > 0 && seconds->coefficient() < latest)
      return Timestamp::from_seconds(seconds->coefficient());
    report(RejectionCode::bad_timestamp, key, said(*found) + " is not a time in seconds after 1970.");
    return std::nullopt;
  }
  [[nodiscard]] std::optional<bool> flag(std::string_view key) {
    const auto found = value(key);
    if (!found) return std::nullopt;
    if (found->kind() == JsonKind::boolean) return found->text() == "true";
    report(RejectionCode::bad_flag, key, said(*found) + " is neither true nor false.");
    return std::nullopt;
  }

  /// Calls `use(element, path)` for each of a list: an array, or a page with `data`.
  template <class Use>
  void for_each(std::string_view key, Use use) {
    auto list = value(key);
    if (list && list->kind() == JsonKind::object) list = list->find("data");
    if (!list || list->kind() == JsonKind::null) return;
    if (list->kind() != JsonKind::array)
      return report(RejectionCode::bad_json, key, said(*list) + " stands where a list belongs.");
    std::size_t i = 0;
    for (const JsonValue element : *list)
      use(element, path_ + std::string(key) + "[" + std::to_string(i++) + "].");
  }
  /// Whether a list says that it goes on elsewhere.
  [[nodiscard]] bool goes_on(std::string_view key) const noexcept {
    const auto list = value(key);
    if (!list || list->kind() != JsonKind::object) return false;
    const auto more = list->find("has_more");
    return more && more->kind() == JsonKind::boolean && more->text() == "true";
  }

  void report(RejectionCode code, std::string_view key, std::string reason) {
    if (!*problem_) *problem_ = Problem{code, path_ + std::string(key), std::move(reason)};
  }
  /// Reports a field that must be there.
  void require(bool there, std::string_view key) {
    if (!there) report(RejectionCode::missing_value, key, "There is no " + std::string(key) + ".");
  }
  [[nodiscard]] bool good() const noexcept { return !problem_->has_value(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  [[nodiscard]] static std::string said(JsonValue value) {
    return value.is_container() ? reading::ObjectFields::name_of_kind(value)
                                : reading::in_quotes(value.text());
  }
  [[nodiscard]] std::optional<std::string> text_of(std::string_view key, JsonValue found) {
    if (found.kind() != JsonKind::text)
      report(RejectionCode::bad_json, key, said(found) + " stands where a text belongs.");
    else if (reading::has_nul(found.text()))
      report(RejectionCode::nul_byte, key, "The text holds a byte 0, which no text does.");
    else
      return std::string(found.text());
    return std::nullopt;
  }

  JsonValue object_;
  std::optional<Problem>* problem_;
  std::string path_;
};

}  // namespace stripe
}  // namespace churn::inline v0

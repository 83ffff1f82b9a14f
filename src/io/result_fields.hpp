// ResultFields: an object of a JSON tree, field by field, for what io/result_json.hpp reads back. Whatever is
// not as it was written is Error(unreadable), naming object and field. Private to the readers of io/.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <churn/core/date.hpp>
#include <churn/core/run_rate.hpp>

#include "io/findings.hpp"

namespace churn::inline v0 {
namespace reading {

/// A tree may come from anywhere; ours are a few levels deep, and walking one without end would be a danger.
template <class Json>
void require_shallow(const Json& tree, const std::string& noun, int levels = 24) {
  if (!tree.is_structured()) return;
  if (levels == 0) fail(noun + ": It is nested more than 24 levels deep.");
  for (const auto& item : tree) require_shallow(item, noun, levels - 1);
}

class ResultFields {
 public:
  ResultFields(const nlohmann::json& tree, std::string noun) : tree_(&tree), noun_(std::move(noun)) {
    if (!tree.is_object()) fail(noun_ + ": Something else stands where an object belongs.");
  }

  [[noreturn]] void refuse(std::string_view field, const std::string& reason) const {
    fail(name_of(field) + ": " + reason);
  }
  [[nodiscard]] std::string name_of(std::string_view field) const {
    return noun_ + ", " + std::string(field);
  }

  [[nodiscard]] const nlohmann::json& at(std::string_view field) const {
    const auto found = tree_->find(std::string(field));
    if (found == tree_->end()) refuse(field, "It is missing.");
    return *found;
  }
  [[nodiscard]] bool has(std::string_view field) const {
    const auto found = tree_->find(std::string(field));
    return found != tree_->end() && !found->is_null();
  }
  [[nodiscard]] const nlohmann::json& array(std::string_view field) const {
    const nlohmann::json& value = at(field);
    if (!value.is_array()) refuse(field, "Something else stands where an array belongs.");
    return value;
  }

  template <class Json>
  [[nodiscard]] static bool is_whole(const Json& value) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return value.is_number_integer() &&
           (!value.is_number_unsigned() || value.template get<std::uint64_t>() <= most);
  }
  [[nodiscard]] std::int64_t whole(std::string_view field) const { return whole(at(field), field); }
  [[nodiscard]] std::int64_t whole(const nlohmann::json& value, std::string_view field) const {
    if (!is_whole(value)) refuse(field, "It must be a whole number of 64 bits.");
    return value.get<std::int64_t>();
  }
  [[nodiscard]] std::int32_t small(std::string_view field) const {
    const std::int64_t value = whole(field);
    if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max())
      refuse(field, "It is too large.");
    return static_cast<std::int32_t>(value);
  }
  [[nodiscard]] bool flag(std::string_view field) const {
    const nlohmann::json& value = at(field);
    if (!value.is_boolean()) refuse(field, "It must be true or false.");
    return value.get<bool>();
  }
  [[nodiscard]] double number(std::string_view field) const {
    const nlohmann::json& value = at(field);
    if (!value.is_number()) refuse(field, "It must be a number.");
    return value.get<double>();
  }
  [[nodiscard]] const std::string& text(std::string_view field) const { return text(at(field), field); }
  [[nodiscard]] const std::string& text(const nlohmann::json& value, std::string_view field) const {
    if (!value.is_string()) refuse(field, "It must be a text.");
    return value.get_ref<const std::string&>();
  }
  [[nodiscard]] Date date(std::string_view field) const { return date(at(field), field); }
  [[nodiscard]] Date date(const nlohmann::json& value, std::string_view field) const {
    const auto day = Date::parse(text(value, field));
    if (!day) refuse(field, in_quotes(text(value, field)) + " is not a date. Write YYYY-MM-DD.");
    return *day;
  }
  [[nodiscard]] Currency currency(std::string_view field) const { return currency(at(field), field); }
  [[nodiscard]] Currency currency(const nlohmann::json& value, std::string_view field) const {
    const auto known = Currency::parse(text(value, field));
    if (!known)
      refuse(field,
             in_quotes(text(value, field)) + " is not a currency. Write an ISO 4217 code such as USD.");
    return *known;
  }
  [[nodiscard]] std::vector<std::string> texts(std::string_view field) const {
    std::vector<std::string> all;
    for (const auto& value : array(field)) all.push_back(text(value, field));
    return all;
  }

  /// What `make` gives; what it throws of ours becomes a sentence about the field.
  template <class Make>
  [[nodiscard]] auto made(std::string_view field, Make&& make) const {
    try {
      return std::forward<Make>(make)();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::unreadable) throw;
      refuse(field, error.what());
    }
  }
  template <class Id>
  [[nodiscard]] Id id(std::string_view field) const {
    return made(field, [&] { return Id{text(field)}; });
  }
  /// A field that has one of some names, which `names` lists as pairs with what they mean.
  template <class Names>
  [[nodiscard]] auto named(std::string_view field, const Names& names) const {
    std::string known;
    for (const auto& [name, value] : names) {
      if (name == text(field)) return value;
      known += (known.empty() ? "" : ", ") + std::string(name);
    }
    refuse(field, in_quotes(text(field)) + " is unknown. Known: " + known + ".");
  }

 private:
  const nlohmann::json* tree_;
  std::string noun_;
};

}  // namespace reading
}  // namespace churn::inline v0

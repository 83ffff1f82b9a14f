// ObjectFields: JSON objects as the rows of a table with known columns. An object reads as the line of CSV
// with the same texts would: numbers stand for their literal text, null for nothing. Private to the readers
// of io/.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/fields.hpp"
#include "io/json_value.hpp"

namespace churn::inline v0 {
namespace reading {

inline bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

class ObjectFields : public Fields {
 public:
  using Fields::Fields;

  /// Starts a row. What stands in `path`, such as `phases[2].`, goes before the names of its fields.
  void start(std::int64_t row, std::string path = {}) {
    begin(row);
    path_ = std::move(path);
    std::fill(texts_.begin(), texts_.end(), std::string_view{});
  }

  /// Lends the values taken so far to the rows that `start_inside` starts.
  void lend() { lent_ = texts_; }
  void start_inside(std::string path) {
    begin(row());
    path_ = std::move(path);
    texts_ = lent_;
  }

  /// Takes the values of an object; they must stay where they are. Fields in `elsewhere` are read by others.
  void take(JsonValue object, std::initializer_list<std::string_view> elsewhere = {}) {
    others_.clear();
    seen_.clear();
    if (object.kind() != JsonKind::object)
      return reject_whole(name_of_kind(object) + " stands where an object belongs.");
    for (const JsonValue field : object) {
      const bool is_elsewhere = std::find(elsewhere.begin(), elsewhere.end(), field.key()) != elsewhere.end();
      const auto column = std::find_if(columns_.begin(), columns_.end(),
                                       [&](const Column& known) { return known.name == field.key(); });
      if (!is_elsewhere && column == columns_.end()) {
        others_.push_back(field);
        continue;
      }
      if (std::find(seen_.begin(), seen_.end(), field.key()) != seen_.end())
        reject(RejectionCode::duplicate_column, field.key(), "The field is there twice.");
      seen_.push_back(field.key());
      if (!is_elsewhere) set(static_cast<std::size_t>(column - columns_.begin()), field);
    }
  }

  /// To be called when all objects of the row are taken.
  [[nodiscard]] bool finish() {
    check_required();
    return good();
  }

  /// Fields of the last object that are not known.
  [[nodiscard]] const std::vector<JsonValue>& others() const noexcept { return others_; }

  /// Gives a notice for each of them, the first time that it comes.
  void report_others() {
    for (const JsonValue field : others_)
      if (!field.key().empty() && reported_.find(field.key()) == reported_.end()) {
        reported_.emplace(field.key());
        findings_->add({RejectionCode::unknown_column, source_, row(), path_ + std::string(field.key()),
                        "The field " + in_quotes(field.key()) + " is not used."});
      }
  }

  /// A finding about one value; the row stays.
  void report_value(RejectionCode code, JsonValue field, std::string reason) {
    findings_->add({code, source_, row(), path_ + std::string(field.key()), std::move(reason)});
  }

  /// What a value is, at the start of a sentence.
  [[nodiscard]] static std::string name_of_kind(JsonValue value) {
    switch (value.kind()) {
      case JsonKind::null: return "null";
      case JsonKind::object: return "An object";
      case JsonKind::array: return "An array";
      case JsonKind::text: return "A text";
      case JsonKind::boolean: return std::string(value.text());
      case JsonKind::number:
      case JsonKind::binary_number: break;
    }
    return "A number";
  }

 private:
  /// Rejects the row for what it is, not for one of its fields.
  void reject_whole(std::string reason) {
    if (!path_.empty()) path_.pop_back();  // the point
    reject(RejectionCode::bad_json, "", std::move(reason));
  }

  void set(std::size_t column, JsonValue field) {
    std::string_view text = field.text();
    const bool is_boolean = field.kind() == JsonKind::boolean;
    if (field.kind() == JsonKind::null) return;  // as if it were not there
    if (is_boolean && columns_[column].is_flag)
      text = text == "true" ? "1" : "0";
    else if (is_boolean || field.is_container())
      reject(RejectionCode::bad_json, column,
             name_of_kind(field) + " stands where a text or a number belongs.");
    else if (field.kind() == JsonKind::binary_number)
      reject(RejectionCode::bad_number, column,
             std::string(text) + " came as a binary fraction, which is not exact. Give it as a text.");
    else if (has_nul(text))
      reject(RejectionCode::nul_byte, column, "The text holds a byte 0, which no text does.");
    if (!text.empty()) texts_[column] = text;
  }

  std::vector<std::string_view> lent_;
  std::vector<JsonValue> others_;
  std::vector<std::string_view> seen_;
  std::set<std::string, std::less<>> reported_;
};

}  // namespace reading
}  // namespace churn::inline v0

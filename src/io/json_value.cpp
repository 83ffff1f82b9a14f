#include "io/json_value.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "io/findings.hpp"
#include "io/utf8.hpp"

namespace churn::inline v0 {
namespace reading {

namespace {

/// Builds one document from the events of the parser.
class Builder : public JsonEvents<Builder> {
 public:
  explicit Builder(JsonDocument& document) : document_(&document) {}
  bool scalar(JsonKind kind, std::string_view text) { return document_->scalar(kind, text), true; }
  bool open(JsonKind kind) { return document_->open(kind), true; }
  bool close() { return document_->close(), true; }
  bool field(std::string_view name) { return document_->key(name), true; }

 private:
  JsonDocument* document_;
};

template <class Json>
void append_tree(const Json& tree, JsonDocument& document) {
  using Type = nlohmann::json::value_t;
  switch (tree.type()) {
    case Type::boolean:
      return document.scalar(JsonKind::boolean, tree.template get<bool>() ? "true" : "false");
    case Type::number_integer:
      return document.scalar(JsonKind::number, std::to_string(tree.template get<std::int64_t>()));
    case Type::number_unsigned:
      return document.scalar(JsonKind::number, std::to_string(tree.template get<std::uint64_t>()));
    case Type::number_float: return document.scalar(JsonKind::binary_number, tree.dump());
    case Type::string: return document.scalar(JsonKind::text, tree.template get_ref<const std::string&>());
    case Type::array:
    case Type::object:
      document.open(tree.is_array() ? JsonKind::array : JsonKind::object);
      if (!document.too_deep())  // and so this goes no deeper than a document does
        for (const auto& item : tree.items()) {
          if (tree.is_object()) document.key(item.key());
          append_tree(item.value(), document);
        }
      return document.close();
    default: return document.scalar(JsonKind::null, {});
  }
}

nlohmann::json build_tree(JsonValue value) {
  switch (value.kind()) {
    case JsonKind::boolean: return value.text() == "true";
    case JsonKind::number:
    case JsonKind::binary_number: return nlohmann::json::parse(value.text(), nullptr, false);
    case JsonKind::text: return std::string(value.text());
    case JsonKind::null: return nullptr;
    case JsonKind::array: {
      auto array = nlohmann::json::array();
      for (const JsonValue element : value) array.push_back(build_tree(element));
      return array;
    }
    case JsonKind::object: break;
  }
  auto object = nlohmann::json::object();
  for (const JsonValue field : value)
    if (!object.emplace(std::string(field.key()), build_tree(field)).second)
      fail("The field " + in_quotes(field.key()) + " is there twice.");
  return object;
}

}  // namespace

std::string plain_number(std::string_view literal) {
  // The parser writes the point as the C locale of the process has it.
  std::string mantissa;
  int exponent = 0;
  for (std::size_t i = 0; i < literal.size(); ++i) {
    const char c = literal[i];
    if (c == 'e' || c == 'E') {
      const std::size_t digits = i + (literal.size() - i > 1 && literal[i + 1] == '+' ? 2 : 1);
      const char* const end = literal.data() + literal.size();
      constexpr int most = 400;
      if (std::from_chars(literal.data() + digits, end, exponent).ec != std::errc{} || exponent > most ||
          exponent < -most)
        return std::string(literal);
      break;
    }
    mantissa += (c >= '0' && c <= '9') || c == '-' ? c : '.';
  }
  if (exponent == 0) return mantissa;

  const bool negative = mantissa.front() == '-';
  std::string digits = mantissa.substr(negative ? 1 : 0);
  const std::size_t point = std::min(digits.find('.'), digits.size());
  if (point < digits.size()) digits.erase(point, 1);
  std::ptrdiff_t place = static_cast<std::ptrdiff_t>(point) + exponent;
  if (place <= 0) {
    digits.insert(0, static_cast<std::size_t>(1 - place), '0');
    place = 1;
  }
  const auto whole = static_cast<std::size_t>(place);
  if (digits.size() < whole) digits.append(whole - digits.size(), '0');
  if (digits.size() > whole) digits.insert(whole, 1, '.');
  const std::size_t zeros = std::min(digits.find_first_not_of('0'), whole - 1);
  return (negative ? "-" : "") + digits.substr(std::min(zeros, whole - 1));
}

void JsonDocument::clear() noexcept {
  nodes_.clear();
  texts_.clear();
  open_.clear();
  skipped_ = 0;
  too_deep_ = false;
  key_at_ = key_size_ = 0;
}

void JsonDocument::key(std::string_view name) {
  if (skipped_ > 0) return;
  key_at_ = texts_.size();
  key_size_ = name.size();
  texts_.append(name);
}

void JsonDocument::push(JsonKind kind, std::string_view text) {
  nodes_.push_back({kind, key_at_, key_size_, texts_.size(), text.size(), nodes_.size() + 1});
  texts_.append(text);
  key_size_ = 0;
}

void JsonDocument::scalar(JsonKind kind, std::string_view text) {
  if (skipped_ == 0) push(kind, text);
}

void JsonDocument::open(JsonKind kind) {
  if (skipped_ > 0 || open_.size() == deepest) {
    ++skipped_;
    too_deep_ = true;
    return;
  }
  push(kind, {});
  open_.push_back(nodes_.size() - 1);
}

void JsonDocument::close() {
  if (skipped_ > 0) {
    --skipped_;
    key_size_ = 0;
    return;
  }
  nodes_[open_.back()].end = nodes_.size();
  open_.pop_back();
}

JsonValue JsonDocument::root() const noexcept { return {*this, 0}; }

void JsonDocument::assign(const nlohmann::json& tree) {
  clear();
  append_tree(tree, *this);
}
void JsonDocument::assign(const nlohmann::ordered_json& tree) {
  clear();
  append_tree(tree, *this);
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const noexcept {
  if (kind() != JsonKind::object) return std::nullopt;
  for (const JsonValue field : *this)
    if (field.key() == key) return field;
  return std::nullopt;
}

std::string place_in(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, position);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n');
  const std::size_t column = start == std::string_view::npos ? before.size() : before.size() - start - 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column + 1);
}

JsonProblem explain_problem(std::string_view text, std::size_t position, bool number_overflow) {
  if (position > text.size())
    return {RejectionCode::bad_json, text.size(),
            "It ends too early: a value, a bracket or a quote is missing."};
  const std::size_t breaks_at = position == 0 ? 0 : position - 1;
  if (number_overflow) return {RejectionCode::out_of_range, breaks_at, "A number is too large."};
  std::size_t end = position;
  while (end < text.size() && is_continuation(text[end])) ++end;
  if (!is_utf8(text.substr(0, end)))
    return {RejectionCode::invalid_utf8, breaks_at, "Bytes that are not UTF-8. Save the text as UTF-8."};
  const std::string_view rest = text.substr(breaks_at);
  if (!rest.empty() && static_cast<unsigned char>(rest.front()) < 0x20)
    return {RejectionCode::bad_json, breaks_at,
            "This is not JSON: a text is not closed in its line, or holds a control character."};
  return {RejectionCode::bad_json, breaks_at,
          "This is not JSON" + (is_utf8(rest) ? ", from " + in_quotes(rest) + " on." : ".")};
}

std::optional<JsonProblem> parse_json(std::string_view text, JsonDocument& document) {
  document.clear();
  Builder builder(document);
  return run_json(text, builder);
}

nlohmann::json tree_of(const JsonDocument& document, JsonValue value) {
  if (document.too_deep())
    fail("It is nested more than " + std::to_string(JsonDocument::deepest) + " levels deep.");
  return build_tree(value);
}

nlohmann::json parse_tree(std::string_view text) {
  JsonDocument document;
  if (const auto problem = parse_json(text, document))
    fail("L" + place_in(text, problem->position).substr(1) + ": " + problem->sentence);
  return tree_of(document, document.root());
}

}  // namespace reading
}  // namespace churn::inline v0

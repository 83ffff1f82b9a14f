// JsonDocument: one JSON value (a line of NDJSON, an element of an array) as a flat list of nodes that is
// filled again and again, so that reading many small objects allocates nothing. Private to the readers of io/.
//
// It keeps what nlohmann's own tree gives up: the literal text of numbers (0.1 is an exact decimal and never a
// double) and fields that come twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <churn/book/rejections.hpp>

namespace churn::inline v0 {
namespace reading {

/// `binary_number` is a number that was a double before it came here, so that its text is lost.
enum class JsonKind : std::uint8_t { null, boolean, number, binary_number, text, array, object };

/// A number of JSON as a plain decimal: `1.5e3` becomes `1500`. Exponents beyond 400 stay as they are.
[[nodiscard]] std::string plain_number(std::string_view literal);

class JsonValue;

class JsonDocument {
 public:
  /// Containers are kept down to this depth, and are too deep below it.
  static constexpr std::size_t deepest = 24;

  // Filling, in the order of the text. `open` and `close` enclose an array or object.
  void clear() noexcept;
  void key(std::string_view name);
  void scalar(JsonKind kind, std::string_view text);
  void open(JsonKind kind);
  void close();
  /// True once one whole value is there.
  [[nodiscard]] bool complete() const noexcept { return !nodes_.empty() && open_.empty() && skipped_ == 0; }
  [[nodiscard]] bool too_deep() const noexcept { return too_deep_; }

  /// The value; to be asked for once it is complete. Valid until the next `clear`.
  [[nodiscard]] JsonValue root() const noexcept;

  /// A tree of nlohmann's as such a document.
  void assign(const nlohmann::json& tree);
  void assign(const nlohmann::ordered_json& tree);

 private:
  friend JsonValue;
  struct Node {
    JsonKind kind;
    std::size_t key_at, key_size;
    std::size_t text_at, text_size;
    std::size_t end;  // the node behind this one and all that it holds
  };
  void push(JsonKind kind, std::string_view text);
  [[nodiscard]] std::string_view view(std::size_t at, std::size_t size) const noexcept {
    return std::string_view(texts_).substr(at, size);
  }

  std::vector<Node> nodes_;
  std::string texts_;
  std::vector<std::size_t> open_;
  std::size_t skipped_{0};  // containers that are open below the deepest
  bool too_deep_{false};
  std::size_t key_at_{0};
  std::size_t key_size_{0};
};

/// A place in a document. As a range it holds the elements of an array, or the fields of an object.
class JsonValue {
 public:
  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = JsonValue;
    Iterator() = default;
    Iterator(const JsonDocument* document, std::size_t node) : document_(document), node_(node) {}
    [[nodiscard]] JsonValue operator*() const noexcept { return {*document_, node_}; }
    Iterator& operator++() noexcept {
      node_ = document_->nodes_[node_].end;
      return *this;
    }
    Iterator operator++(int) noexcept {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept { return a.node_ == b.node_; }

   private:
    const JsonDocument* document_{nullptr};
    std::size_t node_{0};
  };

  JsonValue(const JsonDocument& document, std::size_t node) noexcept : document_(&document), node_(node) {}

  [[nodiscard]] JsonKind kind() const noexcept { return node().kind; }
  /// The name of a field; empty for an element.
  [[nodiscard]] std::string_view key() const noexcept {
    return document_->view(node().key_at, node().key_size);
  }
  /// The text, the number as a plain decimal, `true` or `false`; else empty.
  [[nodiscard]] std::string_view text() const noexcept {
    return document_->view(node().text_at, node().text_size);
  }
  [[nodiscard]] bool is_container() const noexcept {
    return kind() == JsonKind::array || kind() == JsonKind::object;
  }
  [[nodiscard]] Iterator begin() const noexcept { return {document_, node_ + 1}; }
  [[nodiscard]] Iterator end() const noexcept { return {document_, node().end}; }

  /// The first field of that name.
  [[nodiscard]] std::optional<JsonValue> find(std::string_view key) const noexcept;

 private:
  [[nodiscard]] const JsonDocument::Node& node() const noexcept { return document_->nodes_[node_]; }
  const JsonDocument* document_;
  std::size_t node_;
};

/// Why a text is no JSON.
struct JsonProblem {
  RejectionCode code;
  std::size_t position;  ///< of the byte that breaks it
  std::string sentence;
};

/// The events of nlohmann's parser, passed on to `Target::scalar`, `open`, `close` and `key`; each of them
/// returns false to stop. Derive from it.
template <class Target>
class JsonEvents {
 public:
  bool null() { return target().scalar(JsonKind::null, {}); }
  bool boolean(bool value) { return target().scalar(JsonKind::boolean, value ? "true" : "false"); }
  bool number_integer(std::int64_t value) { return target().scalar(JsonKind::number, std::to_string(value)); }
  bool number_unsigned(std::uint64_t value) {
    return target().scalar(JsonKind::number, std::to_string(value));
  }
  bool number_float(double /*value*/, const std::string& literal) {
    return target().scalar(JsonKind::number, plain_number(literal));
  }
  bool string(const std::string& text) { return target().scalar(JsonKind::text, text); }
  bool binary(const std::vector<std::uint8_t>& /*bytes*/) { return false; }
  bool start_object(std::size_t /*elements*/) { return target().open(JsonKind::object); }
  bool start_array(std::size_t /*elements*/) { return target().open(JsonKind::array); }
  bool end_object() { return target().close(); }
  bool end_array() { return target().close(); }
  bool key(const std::string& name) { return target().field(name); }
  bool parse_error(std::size_t position, const std::string& /*last*/, const nlohmann::json::exception& why) {
    constexpr int number_overflow = 406;
    failed_at_ = position;
    overflow_ = why.id == number_overflow;
    return false;
  }

  /// How many bytes had been read when the text turned out to be no JSON.
  [[nodiscard]] std::optional<std::size_t> failed_at() const noexcept { return failed_at_; }
  /// Whether that was a number beyond what a double holds.
  [[nodiscard]] bool overflow() const noexcept { return overflow_; }

 private:
  Target& target() noexcept { return static_cast<Target&>(*this); }
  std::optional<std::size_t> failed_at_;
  bool overflow_{false};
};

/// Says why the parser gave a text up after so many bytes.
[[nodiscard]] JsonProblem explain_problem(std::string_view text, std::size_t position, bool number_overflow);

/// `line 3, column 14`, counted from 1, the column in bytes.
[[nodiscard]] std::string place_in(std::string_view text, std::size_t position);

/// Runs the parser over a text. Gives why it is no JSON; nothing if it is, or if the events stopped it.
template <class Events>
[[nodiscard]] std::optional<JsonProblem> run_json(std::string_view text, Events& events) {
  // The parser takes a byte 0 for the end and would not look at what is behind it.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
    return JsonProblem{RejectionCode::nul_byte, nul, "A byte 0, which no JSON holds."};
  (void)nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &events);
  if (!events.failed_at()) return std::nullopt;
  return explain_problem(text, *events.failed_at(), events.overflow());
}

/// Reads one JSON text into a document. Gives why it is none.
[[nodiscard]] std::optional<JsonProblem> parse_json(std::string_view text, JsonDocument& document);

/// A value as nlohmann's tree, for small things such as rules. Throws Error(unreadable) if a field comes twice
/// somewhere in it, or it is nested too deep.
[[nodiscard]] nlohmann::json tree_of(const JsonDocument& document, JsonValue value);

/// A text as nlohmann's tree. Throws Error(unreadable), with the place, if it is no JSON, and as `tree_of` does.
[[nodiscard]] nlohmann::json parse_tree(std::string_view text);

}  // namespace reading
}  // namespace churn::inline v0

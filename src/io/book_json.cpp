#include <churn/io/book_json.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <istream>
#include <iterator>
#include <optional>
#include <ostream>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include <churn/io/conventions_json.hpp>
#include <churn/io/domain_json.hpp>

#include "book/records_storage.hpp"
#include "io/book_settings.hpp"
#include "io/json_rows.hpp"
#include "io/stored_records.hpp"
#include "io/text_lines.hpp"
#include "io/utf8.hpp"

namespace churn::inline v0 {

namespace {

using namespace reading;

// ---- tables

enum class JsonTable : std::uint8_t { customers, subscriptions, invoices, events, fx_rates };

struct NamedTable {
  std::string_view name;
  JsonTable table;
  RecordTable records;
};
constexpr std::array<NamedTable, 5> named_tables{
    {{"customers", JsonTable::customers, RecordTable::customers},
     {"subscriptions", JsonTable::subscriptions, RecordTable::subscriptions},
     {"invoices", JsonTable::invoices, RecordTable::invoices},
     {"events", JsonTable::events, RecordTable::events},
     {"fx_rates", JsonTable::fx_rates, RecordTable::fx_rates}}};
constexpr std::string_view settings_name = "book";
constexpr std::string_view type_field = "type";

std::optional<JsonTable> find_table(std::string_view name) {
  const auto found = std::find_if(named_tables.begin(), named_tables.end(),
                                  [name](const NamedTable& table) { return table.name == name; });
  if (found == named_tables.end()) return std::nullopt;
  return found->table;
}

/// Puts what is read into a LoadedBook, whatever layout it came in.
class BookSink {
 public:
  BookSink(std::string source, bool lines, const ReadOptions& options, LoadedBook& book)
      : source_(std::move(source)),
        lines_(lines),
        book_(&book),
        findings_(book.rejections, options.strict),
        rows_([this](std::string_view table) { return source_of(table); }, lines ? type_field : "",
              findings_) {
    for (const NamedTable& table : named_tables)
      book.records.set_source(table.records, source_of(table.name));
  }
  BookSink(const BookSink&) = delete;  // rows_ refer to findings_
  BookSink& operator=(const BookSink&) = delete;

  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  [[nodiscard]] Findings& findings() noexcept { return findings_; }

  /// That a table is there, if without rows.
  void see(JsonTable table) noexcept { seen_[static_cast<std::size_t>(table)] = true; }

  void add(JsonTable table, JsonValue value, std::int64_t row) {
    see(table);
    Records& records = book_->records;
    switch (table) {
      case JsonTable::customers:
        if (const auto customer = rows_.customer(value, row)) records.add(*customer, row);
        return;
      case JsonTable::subscriptions:
        return rows_.for_each_phase(value, row, [&](const PhaseRecord& phase) { records.add(phase); });
      case JsonTable::invoices:
        if (const auto invoice = rows_.invoice(value, row)) records.add(*invoice, row);
        return;
      case JsonTable::events:
        if (const auto event = rows_.event(value, row)) records.add(*event);
        return;
      case JsonTable::fx_rates:
        if (const auto rate = rows_.fx_rate(value, row)) records.add(*rate, row);
        return;
    }
  }

  /// Reads what the book says about itself. `place` is what sentences call it.
  void set(const JsonDocument& document, JsonValue value, const std::string& place) {
    if (std::exchange(has_settings_, true))
      fail(place + ": What the book says about itself is there already. Write it once.");
    apply_settings(settings_of(document, value, place), place, *book_);
  }

  void finish() {
    // A table without rows leaves no trace in lines, so any line of a table will do.
    const bool is_book = lines_ ? has_settings_ || std::find(seen_.begin(), seen_.end(), true) != seen_.end()
                                : seen_[static_cast<std::size_t>(JsonTable::subscriptions)] ||
                                      seen_[static_cast<std::size_t>(JsonTable::invoices)];
    if (is_book) return;
    std::string sentence = source_ + " holds no book. It needs subscriptions or invoices.";
    const auto& entries = book_->rejections.entries();
    if (!entries.empty()) sentence += " First of what was rejected: " + sentence_of(entries.front());
    fail(sentence);
  }

 private:
  [[nodiscard]] std::string source_of(std::string_view table) const {
    return lines_ ? source_ : source_ + ":" + std::string(table);
  }

  [[nodiscard]] nlohmann::json settings_of(const JsonDocument& document, JsonValue value,
                                           const std::string& place) const {
    try {
      nlohmann::json settings = tree_of(document, value);
      if (lines_) settings.erase(std::string(type_field));
      return settings;
    } catch (const Error& error) {
      fail(place + ": " + error.what());
    }
  }

  std::string source_;
  bool lines_;
  LoadedBook* book_;
  Findings findings_;
  JsonRows rows_;
  std::array<bool, named_tables.size()> seen_{};
  bool has_settings_{false};
};

// ---- a document

/// The events of a document: one object of arrays. Only one element is held at a time.
class DocumentEvents : public JsonEvents<DocumentEvents> {
 public:
  explicit DocumentEvents(BookSink& sink) : sink_(&sink) {}

  bool scalar(JsonKind kind, std::string_view text) {
    if (level_ == Level::nothing) fail_no_object();
    if (skipped_ > 0) return true;
    if (!building_ && level_ == Level::fields && !wanted_) return true;
    begin_value();
    document_.scalar(kind, text);
    return end_value();
  }

  bool open(JsonKind kind) {
    if (level_ == Level::nothing) {
      if (kind != JsonKind::object) fail_no_object();
      level_ = Level::fields;
      return true;
    }
    if (skipped_ > 0 || (level_ == Level::fields && !building_ && !wanted_)) {
      ++skipped_;
      return true;
    }
    if (level_ == Level::fields && !building_ && table_ && kind == JsonKind::array) {
      level_ = Level::elements;
      row_ = 0;
      sink_->see(*table_);
      return true;
    }
    begin_value();
    document_.open(kind);
    return true;
  }

  bool close() {
    if (skipped_ > 0) {
      --skipped_;
      return true;
    }
    if (building_) {
      document_.close();
      return end_value();
    }
    level_ = level_ == Level::elements ? Level::fields : Level::done;
    return true;
  }

  bool field(std::string_view name) {
    if (skipped_ > 0) return true;
    if (building_) {
      document_.key(name);
      return true;
    }
    table_ = find_table(name);
    wanted_ = table_ || name == settings_name;
    name_ = name;
    if (!names_.emplace(name).second)
      fail(sink_->source() + ": The field " + in_quotes(name) + " is there twice.");
    if (!wanted_)
      sink_->findings().add({RejectionCode::unknown_column, sink_->source(), 0, name_,
                             "The field " + in_quotes(name) + " is not used."});
    return true;
  }

 private:
  enum class Level : std::uint8_t { nothing, fields, elements, done };

  [[noreturn]] void fail_no_object() const {
    fail(sink_->source() + " is not a JSON object with arrays such as \"subscriptions\".");
  }

  void begin_value() {
    if (building_) return;
    document_.clear();
    building_ = true;
  }

  /// Hands the value on once it is complete.
  bool end_value() {
    if (!document_.complete()) return true;
    building_ = false;
    const JsonValue value = document_.root();
    if (level_ == Level::elements)
      sink_->add(*table_, value, ++row_);
    else if (value.kind() == JsonKind::null)
      return true;  // as if the field were not there
    else if (table_)
      fail(sink_->source() + ": " + in_quotes(name_) + " must be an array of objects.");
    else
      sink_->set(document_, value, sink_->source() + ", " + name_);
    return true;
  }

  BookSink* sink_;
  JsonDocument document_;
  Level level_{Level::nothing};
  std::optional<JsonTable> table_;  // of the field being read
  bool wanted_{false};
  bool building_{false};
  std::size_t skipped_{0};  // open containers of a field that is not used
  std::int64_t row_{0};
  std::string name_;
  std::set<std::string> names_;
};

void read_document(std::string_view text, BookSink& sink) {
  DocumentEvents events(sink);
  if (const auto problem = run_json(text, events))
    fail(sink.source() + ", " + place_in(text, problem->position) + ": " + problem->sentence);
}

// ---- lines

class LineReader {
 public:
  explicit LineReader(BookSink& sink) : sink_(&sink) {}

  void read(std::string_view line) {
    ++number_;
    if (is_blank(line)) return;
    if (const auto problem = parse_json(line, document_))
      return reject(problem->code, "",
                    "Column " + std::to_string(problem->position + 1) + ": " + problem->sentence);
    const JsonValue value = document_.root();
    if (value.kind() != JsonKind::object)
      return reject(RejectionCode::bad_json, "",
                    ObjectFields::name_of_kind(value) + " stands where an object belongs.");
    const auto type = value.find(type_field);
    if (!type || type->kind() == JsonKind::null)
      return reject(RejectionCode::missing_value, type_field, "The line has no type. " + known());
    if (type->text() == settings_name)
      return sink_->set(document_, value, sink_->source() + ", line " + std::to_string(number_));
    const auto table = type->kind() == JsonKind::text ? find_table(type->text()) : std::nullopt;
    if (!table)
      return reject(RejectionCode::unknown_table, type_field,
                    (type->is_container() ? ObjectFields::name_of_kind(*type) : in_quotes(type->text())) +
                        " is no table. " + known());
    sink_->add(*table, value, number_);
  }

 private:
  static std::string known() {
    std::string names = "Write " + std::string(settings_name);
    for (const NamedTable& table : named_tables)
      names += (&table == &named_tables.back() ? " or " : ", ") + std::string(table.name);
    return names + ".";
  }
  void reject(RejectionCode code, std::string_view field, std::string reason) {
    sink_->findings().add({code, sink_->source(), number_, std::string(field), std::move(reason)});
  }

  BookSink* sink_;
  JsonDocument document_;
  std::int64_t number_{0};
};

// ---- which of the two

/// Looks into the first line: does it name its type, or is it the beginning of a document?
class LayoutEvents : public JsonEvents<LayoutEvents> {
 public:
  bool scalar(JsonKind kind, std::string_view /*text*/) {
    has_type_ = depth_ == 1 && name_ == type_field && kind == JsonKind::text;
    return depth_ > 0 && !has_type_;
  }
  bool open(JsonKind /*kind*/) {
    ++depth_;
    return depth_ != 2 || (!find_table(name_) && name_ != settings_name);  // these decide
  }
  bool close() {
    --depth_;
    return true;
  }
  bool field(std::string_view name) {
    if (depth_ == 1) name_ = name;
    return true;
  }
  [[nodiscard]] bool has_type() const noexcept { return has_type_; }

 private:
  std::size_t depth_{0};
  std::string name_;
  bool has_type_{false};
};

JsonLayout layout_of(std::string_view first_line) {
  LayoutEvents events;
  (void)run_json(first_line, events);
  return events.has_type() ? JsonLayout::lines : JsonLayout::document;
}

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

void check_encoding(std::string_view start, const std::string& source) {
  if (is_utf16(start)) fail(source + " is UTF-16. Save it as UTF-8.");
}

[[noreturn]] void fail_empty(const std::string& source) { fail(source + " is empty. It holds no book."); }

LoadedBook read_text(std::string_view text, const std::string& source, JsonLayout layout,
                     const ReadOptions& options) {
  check_encoding(text, source);
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) fail_empty(source);
  if (layout == JsonLayout::automatic) {
    std::string_view rest = text.substr(start);
    layout = layout_of(take_line(rest));
  }
  LoadedBook book;
  BookSink sink(source, layout == JsonLayout::lines, options, book);
  if (layout == JsonLayout::lines) {
    LineReader lines(sink);
    while (!text.empty()) lines.read(take_line(text));
  } else {
    read_document(text, sink);
  }
  sink.finish();
  return book;
}

// ---- writing

std::string text_of(const nlohmann::json& tree) {
  try {
    return tree.dump();
  } catch (const nlohmann::json::exception&) {
    fail("A text is not UTF-8, so JSON can't hold it.");
  }
}

class BookWriter {
 public:
  BookWriter(std::ostream& out, bool lines) : out_(&out), lines_(lines) {}

  void write(const Records::Storage& storage, const Conventions& conventions) {
    nlohmann::json settings;
    settings["conventions"] = conventions;
    if (storage.records_from) settings["records_from"] = storage.records_from->to_string();
    if (lines_) {
      settings[std::string(type_field)] = settings_name;
      *out_ << text_of(settings) << '\n';
    } else {
      *out_ << "{\n\"" << settings_name << "\": " << text_of(settings);
    }
    write_table("customers", storage.customers.size(),
                [&](std::size_t& i) { return nlohmann::json(stored_customer(storage, i++)); });
    write_table("subscriptions", storage.phases.size(),
                [&](std::size_t& i) { return subscription(storage, i); });
    write_table("invoices", storage.invoices.size(),
                [&](std::size_t& i) { return nlohmann::json(storage.invoices[i++].invoice); });
    write_table("events", storage.events.at.size(),
                [&](std::size_t& i) { return nlohmann::json(stored_event(storage, i++)); });
    write_table("fx_rates", storage.fx_rates.size(),
                [&](std::size_t& i) { return nlohmann::json(storage.fx_rates[i++].rate); });
    if (!lines_) *out_ << "\n}\n";
  }

 private:
  template <class Next>
  void write_table(std::string_view name, std::size_t rows, Next next) {
    if (!lines_) *out_ << ",\n\"" << name << "\": [";
    for (std::size_t i = 0; i < rows;) {
      const bool first = i == 0;
      nlohmann::json element = next(i);
      if (lines_) {
        if (!element.emplace(std::string(type_field), name).second)
          fail("An attribute can't be called \"type\" where lines name their table so.");
        *out_ << text_of(element) << '\n';
      } else {
        *out_ << (first ? "\n" : ",\n") << text_of(element);
      }
    }
    if (!lines_) *out_ << "]";
  }

  /// The subscription whose phases begin at row i, with all that follow; moves i behind them.
  static nlohmann::json subscription(const Records::Storage& storage, std::size_t& i) {
    const PhaseTable& table = storage.phases;
    Subscription subscription{SubscriptionId{storage.subscription_ids.text(table.subscription[i])},
                              CustomerId{storage.customer_ids.text(table.customer[i])},
                              {}};
    const auto first = i;
    for (; i < table.size() && table.subscription[i] == table.subscription[first] &&
           table.customer[i] == table.customer[first];
         ++i)
      subscription.phases.push_back(stored_phase(storage, i));
    return subscription;
  }

  std::ostream* out_;
  bool lines_;
};

}  // namespace

LoadedBook parse_book_json(std::string_view text, const std::string& source, JsonLayout layout,
                           const ReadOptions& options) {
  return read_text(text, source, layout, options);
}

LoadedBook read_book_json(std::istream& in, const std::string& source, JsonLayout layout,
                          const ReadOptions& options) {
  // What comes before the first line that says something, and that line.
  std::string start;
  std::string line;
  bool found = false;
  while (!found && std::getline(in, line)) {
    if (start.empty()) check_encoding(line, source);
    if (start.empty() && line.starts_with(byte_order_mark)) line.erase(0, byte_order_mark.size());
    found = !is_blank(line);
    start += line;
    if (!in.eof()) start += '\n';
  }
  if (in.bad()) fail(source + " can't be read.");
  if (!found) fail_empty(source);
  if (layout == JsonLayout::automatic) layout = layout_of(line);
  if (layout == JsonLayout::document) {
    if (!in.eof()) start.append(std::istreambuf_iterator<char>(in), {});
    if (in.bad()) fail(source + " can't be read.");
    return read_text(start, source, layout, options);
  }

  LoadedBook book;
  BookSink sink(source, true, options, book);
  LineReader lines(sink);
  for (std::string_view rest = start; !rest.empty();) lines.read(take_line(rest));
  while (std::getline(in, line)) lines.read(line);
  if (in.bad()) fail(source + " can't be read.");
  sink.finish();
  return book;
}

LoadedBook read_book_json(const std::filesystem::path& file, const ReadOptions& options) {
  std::error_code ignored;
  const std::string shown = "\"" + file.string() + "\"";
  if (!std::filesystem::exists(file, ignored)) fail("There is no file " + shown + ".");
  if (std::filesystem::is_directory(file, ignored)) fail(shown + " is a folder. Name a JSON file.");
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(shown + " can't be opened.");
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool lines = extension == ".ndjson" || extension == ".jsonl";
  return read_book_json(in, file.filename().string(), lines ? JsonLayout::lines : JsonLayout::automatic,
                        options);
}

void write_book_json(std::ostream& out, const Records& records, const Conventions& conventions,
                     JsonLayout layout) {
  BookWriter(out, layout == JsonLayout::lines).write(records.storage(), conventions);
}

}  // namespace churn::inline v0

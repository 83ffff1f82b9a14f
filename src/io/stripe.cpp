#include <churn/io/stripe.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "io/stripe_book.hpp"
#include "io/text_lines.hpp"
#include "io/utf8.hpp"

namespace churn::inline v0 {

namespace {

using namespace reading;
using stripe::StripeExport;

/// The events of one text. Elements of an array, of a page's data and of named resources are handed on one by
/// one; anything else is one document.
class ElementEvents : public JsonEvents<ElementEvents> {
 public:
  explicit ElementEvents(StripeExport& all) : all_(&all) {}

  bool scalar(JsonKind kind, std::string_view text) {
    begin();
    current().scalar(kind, text);
    return end();
  }
  bool open(JsonKind kind) {
    if (!is_started_) {
      is_started_ = true;
      if (kind == JsonKind::array) {
        in_list_ = true;
        return true;
      }
    } else if (depth_ == 1 && !in_list_ &&
               ((key_ == "data" && kind == JsonKind::array) ||
                (key_ == "resources" && kind == JsonKind::object))) {
      in_list_ = is_page_ = true;
      return true;
    }
    begin();
    current().open(kind);
    ++level();
    return true;
  }
  bool close() {
    if (in_list_ && element_depth_ == 0) {  // the list's own end
      in_list_ = false;
      return true;
    }
    current().close();
    --level();
    return end();
  }
  bool field(std::string_view name) {
    if (in_list_ && element_depth_ == 0) return true;  // of a resource
    if (!in_list_ && depth_ == 1) key_ = name;
    current().key(name);
    return true;
  }

 private:
  [[nodiscard]] JsonDocument& current() noexcept { return in_list_ ? element_ : whole_; }
  [[nodiscard]] std::size_t& level() noexcept { return in_list_ ? element_depth_ : depth_; }
  void begin() {
    is_started_ = true;
    if (in_list_ && element_depth_ == 0) element_.clear();
  }
  bool end() {
    if (!current().complete()) return true;
    if (in_list_)
      all_->add(element_);
    else if (!is_page_)
      all_->add(whole_);
    return true;
  }

  StripeExport* all_;
  JsonDocument whole_;
  JsonDocument element_;
  std::size_t depth_{0};
  std::size_t element_depth_{0};
  bool is_started_{false};
  bool in_list_{false};
  bool is_page_{false};
  std::string key_;
};

/// Events that look at nothing.
class NoEvents : public JsonEvents<NoEvents> {
 public:
  // NOLINTBEGIN(readability-convert-member-functions-to-static): members for the parser that calls them
  bool scalar(JsonKind /*kind*/, std::string_view /*text*/) { return true; }
  bool open(JsonKind /*kind*/) { return true; }
  bool close() { return true; }
  bool field(std::string_view /*name*/) { return true; }
  // NOLINTEND(readability-convert-member-functions-to-static)
};

bool is_whole(std::string_view line) {
  NoEvents events;
  return !run_json(line, events);
}

/// Takes the first line that is not blank off a text.
std::string_view take_value(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return take_line(text);
}

/// Whether a value stands on the first line with something behind it; or, if that is broken, an object on the next.
/// No object that is written over several lines goes on with another.
bool has_lines(std::string_view text) {
  const std::string_view first = take_value(text);
  const std::string_view second = take_value(text);
  if (is_blank(second)) return false;
  return is_whole(first) || (first.starts_with('{') && second.starts_with('{') && is_whole(second));
}

void read_value(std::string_view text, const std::string& source, std::int64_t line, StripeExport& all) {
  ElementEvents events(all);
  const auto problem = run_json(text, events);
  if (!problem) return;
  all.findings().add({problem->code, source, line, "",
                      (line > 0 ? "Column " + std::to_string(problem->position + 1)
                                : "L" + place_in(text, problem->position).substr(1)) +
                          ": " + problem->sentence});
}

void read_text(std::string_view text, const std::string& source, bool lines, StripeExport& all) {
  all.open(source);
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (is_utf16(text))
    return all.findings().add(
        {RejectionCode::invalid_utf8, source, 0, "", "It is UTF-16. Save it as UTF-8."});
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return all.findings().add({RejectionCode::empty_file, source, 0, "", "It is empty."});
  if (!lines && !has_lines(text)) return read_value(text, source, 0, all);
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    if (!is_blank(line)) read_value(line, source, number, all);
  }
}

void finish(LoadedBook& book, StripeExport& all, const std::string& source, const StripeOptions& options) {
  stripe::add_to_book(all, source, options.time_zone, book);
  all.finish();
  book.rejections.sort();
}

// ---- files

std::string extension_of(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return extension;
}

bool is_lines(const std::filesystem::path& path) {
  const std::string extension = extension_of(path);
  return extension == ".ndjson" || extension == ".jsonl";
}

std::string read_file(const std::filesystem::path& path, const std::string& name) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(name + " can't be opened.");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) fail(name + " can't be read.");
  return text;
}

/// The files of a folder and of those in it, in order of their names.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  const auto add_from = [&](const std::filesystem::path& from, bool deeper, const auto& again) -> void {
    for (const auto& entry : std::filesystem::directory_iterator(from, error)) {
      if (entry.is_directory(error)) {
        if (deeper) again(entry.path(), false, again);
      } else if (is_lines(entry.path()) || extension_of(entry.path()) == ".json") {
        files.push_back(entry.path());
      }
    }
  };
  add_from(folder, true, add_from);
  std::sort(files.begin(), files.end(), [&](const auto& a, const auto& b) {
    return a.lexically_relative(folder).generic_string() < b.lexically_relative(folder).generic_string();
  });
  return files;
}

}  // namespace

LoadedBook read_stripe(const std::filesystem::path& path, const StripeOptions& options) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(path, error);
  if (!is_folder && !std::filesystem::exists(path, error)) fail(path.string() + " is not there.");
  const auto files = is_folder ? files_in(path) : std::vector{path};
  if (files.empty()) fail(path.string() + " holds no .json, .ndjson or .jsonl file.");
  LoadedBook book;
  Findings findings(book.rejections, options.strict);
  StripeExport all(findings);
  for (const auto& file : files) {
    const std::string name =
        is_folder ? file.lexically_relative(path).generic_string() : file.filename().string();
    read_text(read_file(file, file.string()), name, is_lines(file), all);
  }
  const std::filesystem::path named = path.has_filename() ? path : path.parent_path();
  finish(book, all, named.filename().string(), options);
  return book;
}

LoadedBook read_stripe_text(std::string_view text, const StripeOptions& options, const std::string& source) {
  LoadedBook book;
  Findings findings(book.rejections, options.strict);
  StripeExport all(findings);
  read_text(text, source, false, all);
  finish(book, all, source, options);
  return book;
}

}  // namespace churn::inline v0

#include <churn/io/book_folder.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/book_rows.hpp"
#include "io/book_settings.hpp"
#include "io/customer_rows.hpp"
#include "io/file_text.hpp"
#include "io/invoice_table.hpp"
#include "io/json_value.hpp"
#include "io/phase_rows.hpp"
#include "io/table_blocks.hpp"
#include "io/table_reader.hpp"

namespace churn::inline v0 {

namespace {

using namespace reading;

void read_events(TableReader& table, Records& records) {
  if (records.event_count() == 0) records.reserve_events(table.rows_left());
  while (table.next())
    if (const auto event = event_of(table)) records.add(*event);
}

void read_fx_rates(TableReader& table, Records& records) {
  while (table.next())
    if (const auto rate = fx_rate_of(table)) records.add(*rate, table.row());
}

/// Fails unless the files that make a book are among those that are there.
template <class Files>
void require_book(const Files& files, const std::string& what) {
  if (files.has("subscriptions.csv") || (files.has("invoices.csv") && files.has("invoice_lines.csv"))) return;
  fail(what + " no book. It needs subscriptions.csv, or invoices.csv and invoice_lines.csv.");
}

/// Those that are read row by row.
constexpr std::array tables{"customers.csv", "subscriptions.csv", "invoices.csv", "invoice_lines.csv",
                            "payments.csv",  "events.csv",        "fx_rates.csv"};

/// The files of one folder.
class Folder {
 public:
  explicit Folder(const std::filesystem::path& path) : path_(path) {
    std::error_code ignored;
    const std::string shown = "\"" + path.string() + "\"";
    if (!std::filesystem::exists(path, ignored))
      fail("There is no folder " + shown + ". Name the folder that holds the book's CSV files.");
    if (!std::filesystem::is_directory(path, ignored))
      fail(shown + " is not a folder. Name the folder that holds the book's CSV files.");
    require_book(*this, "The folder " + shown + " holds");
  }

  [[nodiscard]] bool has(const std::string& name) const {
    std::error_code ignored;
    return std::filesystem::exists(path_ / name, ignored);
  }

  /// 0 if it is not there.
  [[nodiscard]] std::size_t size(const std::string& name) const {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path_ / name, error);
    return error ? 0 : static_cast<std::size_t>(bytes);
  }

  /// The bytes of a file; none if it is not there.
  [[nodiscard]] std::optional<FileText> read(const std::string& name) const {
    if (!has(name)) return std::nullopt;
    return FileText{path_ / name, name};
  }
  /// On a file that is there.
  [[nodiscard]] FileWindow window(const std::string& name) const { return {path_ / name, name}; }

 private:
  std::filesystem::path path_;
};

/// Files in memory.
class MemoryFiles {
 public:
  explicit MemoryFiles(const BookFiles& files) : files_(&files) { require_book(*this, "The files hold"); }
  [[nodiscard]] bool has(const std::string& name) const { return files_->contains(name); }
  [[nodiscard]] std::size_t size(const std::string& name) const {
    const auto found = files_->find(name);
    return found == files_->end() ? 0 : found->second.size();
  }
  [[nodiscard]] std::optional<std::string_view> read(const std::string& name) const {
    const auto found = files_->find(name);
    if (found == files_->end()) return std::nullopt;
    return found->second;
  }
  [[nodiscard]] TextWindow window(const std::string& name) const { return TextWindow{files_->at(name)}; }

 private:
  const BookFiles* files_;
};

/// Reads one kind of file after the other into a LoadedBook.
template <class Files>
class FilesReader {
 public:
  FilesReader(const Files& files, const ReadOptions& options, LoadedBook& book)
      : files_(&files),
        options_(options),
        watch_(options_.progress,
               std::accumulate(tables.begin(), tables.end(), std::size_t{0},
                               [&](std::size_t sum, const char* name) { return sum + files.size(name); })),
        book_(&book),
        findings_(book.rejections, options.strict) {}

  void read() {
    read_book_json();
    using enum Importance;
    read_table(RecordTable::customers, "customers.csv", customer_column::all, optional, &read_customers);
    read_table(RecordTable::subscriptions, "subscriptions.csv", phase_column::all, required, &read_phases);
    read_invoices(files_->has("subscriptions.csv") ? optional : required);
    read_table(RecordTable::events, "events.csv", event_column::all, optional, &read_events);
    read_table(RecordTable::fx_rates, "fx_rates.csv", fx_column::all, optional, &read_fx_rates);
  }

 private:
  template <class Read>
  void read_table(RecordTable kind, const std::string& name, std::span<const Column> columns,
                  Importance importance, Read read_rows) {
    if (!files_->has(name)) return;
    book_->records.set_source(kind, name);
    auto window = files_->window(name);
    window.show(0, std::max<std::size_t>(options_.block_bytes, 1));
    std::optional<TableReader> table;
    open_table(table, window, name, columns, importance, findings_);
    if (kind == RecordTable::customers)
      table->keep_attributes();
    else
      table->report_others();
    if (!table->usable())
      watch_.add(window.size());
    else if (options_.threads <= 1 || window.bytes_behind() == 0)
      read_in_windows(*table, window, watch_, book_->records, read_rows);
    else
      read_in_blocks(
          *table, [&] { return files_->window(name); }, options_, watch_, book_->records, findings_,
          read_rows);
  }

  void read_invoices(Importance importance) {
    InvoiceTable invoices;
    bool there = false;
    if (const auto text = files_->read("invoices.csv")) {
      book_->records.set_source(RecordTable::invoices, "invoices.csv");
      TableReader table(*text, "invoices.csv", invoice_column::all, importance, findings_);
      there = table.usable();
      table.report_others();
      invoices.read_invoices(table);
      watch_.add(std::string_view{*text}.size());
    }
    read_parts("invoice_lines.csv", there, line_column::all, importance,
               [&](TableReader& table) { invoices.read_lines(table); });
    read_parts("payments.csv", there, payment_column::all, Importance::optional,
               [&](TableReader& table) { invoices.read_payments(table); });
    invoices.add_to(book_->records);
  }

  /// Lines or payments. Without invoices, one rejection stands for all of their rows.
  template <class Read>
  void read_parts(const std::string& name, bool invoices_there, std::span<const Column> columns,
                  Importance importance, Read read_rows) {
    if (!files_->has(name)) return;
    if (!invoices_there) {
      findings_.add({RejectionCode::unknown_invoice, name, 0, "",
                     "The file is left out, as there is no invoices.csv that can be read."});
      return;
    }
    const auto text = files_->read(name);
    TableReader table(*text, name, columns, importance, findings_);
    table.report_others();
    read_rows(table);
    watch_.add(std::string_view{*text}.size());
  }

  static nlohmann::json tree_of(std::string_view text) {
    try {
      return parse_tree(text);
    } catch (const Error& error) {
      fail("book.json: " + std::string(error.what()));
    }
  }

  void read_book_json() {
    if (const auto text = files_->read("book.json")) apply_settings(tree_of(*text), "book.json", *book_);
  }

  const Files* files_;
  ReadOptions options_;
  Watch watch_;
  LoadedBook* book_;
  Findings findings_;
};

}  // namespace

LoadedBook read_book_folder(const std::filesystem::path& folder, const ReadOptions& options) {
  const Folder files(folder);
  LoadedBook book;
  FilesReader(files, options, book).read();
  return book;
}

LoadedBook read_book_files(const BookFiles& files, const ReadOptions& options) {
  const MemoryFiles source(files);
  LoadedBook book;
  FilesReader(source, options, book).read();
  return book;
}

}  // namespace churn::inline v0

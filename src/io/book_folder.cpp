#include <churn/io/book_folder.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <churn/core/error.hpp>
#include <churn/io/conventions_json.hpp>
#include <churn/io/csv.hpp>
#include <nlohmann/json.hpp>

#include "io/table_reader.hpp"

namespace churn::inline v0 {

namespace {

using reading::Column;
using reading::fail;
using reading::Findings;
using reading::Importance;
using reading::in_quotes;
using reading::Need;
using reading::TableReader;

// clang-format off
// The columns of each file. The constants of a file name the places in its array.

namespace customer_column {
enum : std::size_t { customer_id, signed_up_on, name, excluded, merged_into, count };
constexpr std::array<Column, count> all{
    {{"customer_id", Need::value}, {"signed_up_on"}, {"name"}, {"excluded"}, {"merged_into"}}};
}  // namespace customer_column

namespace phase_column {
enum : std::size_t {
  subscription_id, customer_id, plan, starts_on, ends_on, amount, currency, interval, interval_count,
  quantity, discount_percent, discount_ends_on, trial_ends_on, cancel_requested_on, end_reason, paused_from,
  paused_until, term_ends_on, count
};
constexpr std::array<Column, count> all{{{"subscription_id", Need::value},
                                         {"customer_id", Need::value},
                                         {"plan", Need::value},
                                         {"starts_on", Need::value},
                                         {"ends_on", Need::column},
                                         {"amount", Need::value},
                                         {"currency", Need::value},
                                         {"interval", Need::value},
                                         {"interval_count"},
                                         {"quantity"},
                                         {"discount_percent"},
                                         {"discount_ends_on"},
                                         {"trial_ends_on"},
                                         {"cancel_requested_on"},
                                         {"end_reason"},
                                         {"paused_from"},
                                         {"paused_until"},
                                         {"term_ends_on"}}};
}  // namespace phase_column

namespace invoice_column {
enum : std::size_t {
  invoice_id, customer_id, issued_on, due_on, paid_on, currency, status, subscription_id, count
};
constexpr std::array<Column, count> all{{{"invoice_id", Need::value},
                                         {"customer_id", Need::value},
                                         {"issued_on", Need::value},
                                         {"due_on"},
                                         {"paid_on"},
                                         {"currency", Need::value},
                                         {"status", Need::value},
                                         {"subscription_id"}}};
}  // namespace invoice_column

namespace line_column {
enum : std::size_t {
  invoice_id, line_id, subscription_id, plan, amount, tax, quantity, unit_amount, interval, interval_count,
  period_start, period_end, kind, count
};
constexpr std::array<Column, count> all{{{"invoice_id", Need::value},
                                         {"line_id"},
                                         {"subscription_id"},
                                         {"plan"},
                                         {"amount", Need::value},
                                         {"tax"},
                                         {"quantity"},
                                         {"unit_amount"},
                                         {"interval"},
                                         {"interval_count"},
                                         {"period_start"},
                                         {"period_end"},
                                         {"kind"}}};
}  // namespace line_column

namespace payment_column {
enum : std::size_t { invoice_id, at, status, amount, failure_code, count };
constexpr std::array<Column, count> all{{{"invoice_id", Need::value},
                                         {"at", Need::value},
                                         {"status", Need::value},
                                         {"amount"},
                                         {"failure_code"}}};
}  // namespace payment_column

namespace event_column {
enum : std::size_t { customer_id, at, kind, value, label, count };
constexpr std::array<Column, count> all{
    {{"customer_id", Need::value}, {"at", Need::value}, {"kind", Need::value}, {"value"}, {"label"}}};
}  // namespace event_column

namespace fx_column {
enum : std::size_t { on, currency, rate, count };
constexpr std::array<Column, count> all{
    {{"on", Need::value}, {"currency", Need::value}, {"rate", Need::value}}};
}  // namespace fx_column
// clang-format on

template <class Id>
std::optional<Id> optional_id(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return Id{text};
}

void read_customers(TableReader& table, Records& records) {
  namespace column = customer_column;
  while (table.next()) {
    const auto signed_up_on = table.date(column::signed_up_on);
    const bool excluded = table.flag(column::excluded);
    if (!table.good()) continue;
    Customer customer{.id = CustomerId{table.text(column::customer_id)},
                      .signed_up_on = signed_up_on,
                      .name = std::string(table.text(column::name)),
                      .excluded = excluded,
                      .merged_into = optional_id<CustomerId>(table.text(column::merged_into))};
    for (const auto& [index, name] : table.others())
      if (const std::string_view value = table.field(index); !value.empty())
        customer.attributes.emplace(name, value);
    records.add(customer, table.row());
  }
}

void read_phases(TableReader& table, Records& records) {
  namespace column = phase_column;
  while (table.next()) {
    const auto starts_on = table.date(column::starts_on);
    const auto ends_on = table.date(column::ends_on);
    const auto amount = table.decimal(column::amount);
    const auto currency = table.currency(column::currency);
    const auto cycle = table.cycle(column::interval, column::interval_count);
    const auto quantity = table.whole<std::int64_t>(column::quantity);
    const auto discount = table.decimal(column::discount_percent);
    const auto discount_ends_on = table.date(column::discount_ends_on);
    const auto trial_ends_on = table.date(column::trial_ends_on);
    const auto cancel_requested_on = table.date(column::cancel_requested_on);
    const auto paused_from = table.date(column::paused_from);
    const auto paused_until = table.date(column::paused_until);
    const auto term_ends_on = table.date(column::term_ends_on);
    if (!table.good()) continue;
    records.add(PhaseRecord{.subscription = table.text(column::subscription_id),
                            .customer = table.text(column::customer_id),
                            .plan = table.text(column::plan),
                            .starts_on = *starts_on,
                            .ends_on = ends_on,
                            .price = Price{*amount, *currency},
                            .cycle = *cycle,
                            .quantity = quantity.value_or(1),
                            .discount_percent = discount.value_or(Decimal{}),
                            .discount_ends_on = discount_ends_on,
                            .trial_ends_on = trial_ends_on,
                            .cancel_requested_on = cancel_requested_on,
                            .end_reason = table.text(column::end_reason),
                            .paused_from = paused_from,
                            .paused_until = paused_until,
                            .term_ends_on = term_ends_on,
                            .row = table.row()});
  }
}

void read_events(TableReader& table, Records& records) {
  namespace column = event_column;
  while (table.next()) {
    const auto at = table.timestamp(column::at);
    const auto value = table.decimal(column::value);
    if (!table.good()) continue;
    records.add(Event{.customer = CustomerId{table.text(column::customer_id)},
                      .at = *at,
                      .kind = std::string(table.text(column::kind)),
                      .value = value.value_or(Decimal{1}),
                      .label = std::string(table.text(column::label))},
                table.row());
  }
}

void read_fx_rates(TableReader& table, Records& records) {
  namespace column = fx_column;
  while (table.next()) {
    const auto on = table.date(column::on);
    const auto currency = table.currency(column::currency);
    const auto rate = table.decimal(column::rate);
    if (rate && rate->coefficient() <= 0)
      table.reject(RejectionCode::out_of_range, column::rate, "An exchange rate must be above 0.");
    if (!table.good()) continue;
    records.add(FxRate{.on = *on, .currency = *currency, .rate = *rate}, table.row());
  }
}

/// Invoices while their lines and payments are joined to them.
class InvoiceTable {
 public:
  void read_invoices(TableReader& table) {
    namespace column = invoice_column;
    while (table.next()) {
      const auto issued_on = table.date(column::issued_on);
      const auto due_on = table.date(column::due_on);
      const auto paid_on = table.date(column::paid_on);
      const auto currency = table.currency(column::currency);
      const auto status = table.invoice_status(column::status);
      if (!table.good()) continue;
      invoices_.push_back({.id = InvoiceId{table.text(column::invoice_id)},
                           .customer = CustomerId{table.text(column::customer_id)},
                           .issued_on = *issued_on,
                           .due_on = due_on,
                           .paid_on = paid_on,
                           .currency = *currency,
                           .status = *status,
                           .subscription = optional_id<SubscriptionId>(table.text(column::subscription_id))});
      rows_.push_back(table.row());
    }
    // Only now, as the keys are views of ids that no longer move.
    for (std::size_t i = 0; i < invoices_.size(); ++i) {
      const auto [first, is_new] = by_id_.try_emplace(invoices_[i].id.text(), i);
      repeats_.push_back(!is_new && invoices_[i] == invoices_[first->second]);
      if (repeats_[i])
        table.report(RejectionCode::duplicate_row, rows_[i], column::invoice_id,
                     "The row repeats row " + std::to_string(rows_[first->second]) + " and counts once.");
    }
  }

  void read_lines(TableReader& table) {
    namespace column = line_column;
    while (table.next()) {
      Invoice* invoice = find(table, column::invoice_id);
      if (invoice == nullptr) continue;
      const auto amount = table.money(column::amount, invoice->currency);
      const auto tax = table.money(column::tax, invoice->currency);
      const auto quantity = table.whole<std::int64_t>(column::quantity);
      const auto unit_amount = table.decimal(column::unit_amount);
      const auto cycle = table.cycle(column::interval, column::interval_count);
      const auto period_start = table.date(column::period_start);
      const auto period_end = table.date(column::period_end);
      const auto kind = table.line_kind(column::kind);
      if (!table.good()) continue;
      InvoiceLine line{.id = std::string(table.text(column::line_id)),
                       .subscription = optional_id<SubscriptionId>(table.text(column::subscription_id)),
                       .plan = std::string(table.text(column::plan)),
                       .amount = *amount,
                       .tax = tax,
                       .quantity = quantity,
                       .cycle = cycle,
                       .period_start = period_start,
                       .period_end = period_end,
                       .kind = kind.value_or(LineKind::recurring)};
      if (unit_amount) line.unit_price = Price{*unit_amount, invoice->currency};
      invoice->lines.push_back(std::move(line));
    }
  }

  void read_payments(TableReader& table) {
    namespace column = payment_column;
    while (table.next()) {
      Invoice* invoice = find(table, column::invoice_id);
      if (invoice == nullptr) continue;
      const auto at = table.timestamp(column::at);
      const auto status = table.payment_status(column::status);
      const auto amount = table.money(column::amount, invoice->currency);
      if (!table.good()) continue;
      invoice->payments.push_back({.at = *at,
                                   .status = *status,
                                   .amount = amount,
                                   .failure_code = std::string(table.text(column::failure_code))});
    }
  }

  void add_to(Records& records) {
    for (std::size_t i = 0; i < invoices_.size(); ++i)
      if (!repeats_[i]) records.add(invoices_[i], rows_[i]);
  }

 private:
  /// The invoice that a row belongs to; none, with a rejection, if it is not there.
  Invoice* find(TableReader& table, std::size_t column) {
    const std::string_view id = table.text(column);
    const auto found = by_id_.find(id);
    if (found != by_id_.end()) return &invoices_[found->second];
    table.reject(RejectionCode::unknown_invoice, column,
                 "invoices.csv has no invoice " + in_quotes(id) + ", or its row was rejected.");
    return nullptr;
  }

  std::vector<Invoice> invoices_;
  std::vector<std::int64_t> rows_;
  std::vector<bool> repeats_;                                // rows that say the same as an earlier one
  std::unordered_map<std::string_view, std::size_t> by_id_;  // the first row of each id
};

/// A guess at the number of rows, from the length of the first ones.
std::size_t estimate_rows(std::string_view text) {
  const std::string_view sample = text.substr(0, std::size_t{1} << 16);
  const auto lines = static_cast<std::size_t>(std::count(sample.begin(), sample.end(), '\n'));
  return sample.empty()
             ? 0
             : static_cast<std::size_t>(static_cast<double>(text.size()) /
                                        static_cast<double>(sample.size()) * static_cast<double>(lines));
}

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
    if (has("subscriptions.csv") || (has("invoices.csv") && has("invoice_lines.csv"))) return;
    fail("The folder " + shown +
         " holds no book. It needs subscriptions.csv, or invoices.csv and invoice_lines.csv.");
  }

  [[nodiscard]] bool has(const std::string& name) const {
    std::error_code ignored;
    return std::filesystem::exists(path_ / name, ignored);
  }

  /// The bytes of a file; none if it is not there.
  [[nodiscard]] std::optional<std::string> read(const std::string& name) const {
    if (!has(name)) return std::nullopt;
    std::error_code error;
    const std::filesystem::path file = path_ / name;
    if (!std::filesystem::is_regular_file(file, error)) fail(name + " is not a file.");
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    std::ifstream in(file, std::ios::binary);
    if (error || !in) fail(name + " can't be opened.");
    std::string text(static_cast<std::size_t>(size), '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad()) fail(name + " can't be read.");
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
  }

 private:
  std::filesystem::path path_;
};

/// Reads one kind of file after the other into a LoadedBook.
class FolderReader {
 public:
  FolderReader(const std::filesystem::path& path, ReadOptions options, LoadedBook& book)
      : folder_(path), book_(&book), findings_(book.rejections, options.strict) {}

  void read() {
    read_book_json();
    using enum Importance;
    read_table(RecordTable::customers, "customers.csv", customer_column::all, optional, &read_customers);
    if (const auto text = folder_.read("subscriptions.csv")) {
      book_->records.set_source(RecordTable::subscriptions, "subscriptions.csv");
      TableReader table(*text, "subscriptions.csv", phase_column::all, required, findings_);
      table.report_others();
      book_->records.reserve_phases(estimate_rows(*text));
      read_phases(table, book_->records);
    }
    read_invoices(folder_.has("subscriptions.csv") ? optional : required);
    read_table(RecordTable::events, "events.csv", event_column::all, optional, &read_events);
    read_table(RecordTable::fx_rates, "fx_rates.csv", fx_column::all, optional, &read_fx_rates);
  }

 private:
  template <class Read>
  void read_table(RecordTable kind, const std::string& name, std::span<const Column> columns,
                  Importance importance, Read read_rows) {
    const auto text = folder_.read(name);
    if (!text) return;
    book_->records.set_source(kind, name);
    TableReader table(*text, name, columns, importance, findings_);
    if (kind != RecordTable::customers) table.report_others();
    read_rows(table, book_->records);
  }

  void read_invoices(Importance importance) {
    InvoiceTable invoices;
    bool there = false;
    if (const auto text = folder_.read("invoices.csv")) {
      book_->records.set_source(RecordTable::invoices, "invoices.csv");
      TableReader table(*text, "invoices.csv", invoice_column::all, importance, findings_);
      there = table.usable();
      table.report_others();
      invoices.read_invoices(table);
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
    if (!folder_.has(name)) return;
    if (!invoices_there) {
      findings_.add({RejectionCode::unknown_invoice, name, 0, "",
                     "The file is left out, as there is no invoices.csv that can be read."});
      return;
    }
    const auto text = folder_.read(name);
    TableReader table(*text, name, columns, importance, findings_);
    table.report_others();
    read_rows(table);
  }

  void read_book_json() {
    const auto text = folder_.read("book.json");
    if (!text) return;
    const auto document = nlohmann::json::parse(*text, nullptr, false);
    if (!document.is_object()) fail("book.json is not a JSON object.");
    constexpr std::array<std::string_view, 4> known{"currency", "time_zone", "records_from", "conventions"};
    for (const auto& field : document.items())
      if (std::find(known.begin(), known.end(), field.key()) == known.end())
        fail("book.json has an unknown field " + in_quotes(field.key()) +
             ". Known: currency, time_zone, records_from, conventions.");
    if (const auto found = document.find("conventions"); found != document.end() && !found->is_null())
      book_->conventions = read_conventions(*found);
    read_book_fields(document);
  }

  static Conventions read_conventions(const nlohmann::json& value) {
    try {
      if (value.is_string()) return conventions_named(value.get<std::string>());
      return conventions_from_json(value.dump());
    } catch (const Error& error) {
      throw Error(error.code(), "book.json, conventions: " + std::string(error.what()));
    }
  }

  void read_book_fields(const nlohmann::json& document) {
    const auto text_of = [&](const char* field) -> std::optional<std::string> {
      const auto found = document.find(field);
      if (found == document.end() || found->is_null()) return std::nullopt;
      if (!found->is_string()) fail(std::string("book.json, ") + field + ": This must be a text in quotes.");
      return found->get<std::string>();
    };
    const auto code = text_of("currency");
    const auto zone = text_of("time_zone");
    try {
      if (code) book_->conventions.book.currency = Currency(*code);
      if (zone) book_->conventions.book.time_zone = TimeZone(*zone);
    } catch (const Error& error) {
      fail("book.json: " + std::string(error.what()));
    }
    const auto from = text_of("records_from");
    if (!from) return;
    const auto day = Date::parse(*from);
    if (!day) fail("book.json, records_from: " + in_quotes(*from) + " is not a date. Write YYYY-MM-DD.");
    book_->records.set_records_from(day);
  }

  Folder folder_;
  LoadedBook* book_;
  Findings findings_;
};

}  // namespace

LoadedBook read_book_folder(const std::filesystem::path& folder, ReadOptions options) {
  LoadedBook book;
  FolderReader(folder, options, book).read();
  return book;
}

}  // namespace churn::inline v0

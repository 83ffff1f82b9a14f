#include <churn/io/book_writer.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <churn/io/conventions_json.hpp>

#include "core/csv_field.hpp"
#include "io/book_rows.hpp"
#include "io/stored_records.hpp"
#include "io/utf8.hpp"

namespace churn::inline v0 {

namespace {

using namespace reading;

constexpr std::array<std::string_view, 8> names{"book.json",         "customers.csv", "events.csv",
                                                "fx_rates.csv",      "invoices.csv",  "invoice_lines.csv",
                                                "subscriptions.csv", "payments.csv"};

/// One file: a header, and rows whose fields are set by column.
class CsvTable {
 public:
  CsvTable(std::span<const Column> columns, const std::vector<std::string>& more = {})
      : fields_(columns.size() + more.size()), known_(columns.size()), needs_(columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) fields_[i] = columns[i].name;
    for (std::size_t i = 0; i < more.size(); ++i) set_other(i, more[i]);
    end_header();
  }

  void set(std::size_t column, std::string text) {
    check(text);
    fields_[column] = std::move(text);
  }
  void set(std::size_t column, const std::optional<Date>& day) {
    if (day) fields_[column] = day->to_string();
  }
  template <class Tag>
  void set(std::size_t column, const std::optional<Id<Tag>>& id) {
    if (id) set(column, id->text());
  }
  /// A count or number that is left empty where it has its default value.
  void set(std::size_t column, std::int64_t count, std::int64_t usual) {
    if (count != usual) set_count(column, count);
  }
  void set_count(std::size_t column, std::int64_t count) {
    if (count == INT64_MIN) fail("A count of -2^63 can't be read back, so it is not written.");
    fields_[column] = std::to_string(count);
  }
  void set(std::size_t column, Decimal number, Decimal usual) {
    if (number != usual) fields_[column] = number.to_string();
  }
  void set_cycle(std::size_t interval, std::size_t count, BillingCycle cycle) {
    fields_[interval] = billing_interval_name(cycle.interval);
    set(count, cycle.count, 1);
  }
  void set(std::size_t column, const Money& amount, Currency of_the_invoice) {
    if (amount.currency() != of_the_invoice)
      throw Error(ErrorCode::currency_mismatch,
                  std::string(needs_[column].name) + " is in " + std::string(amount.currency().code()) +
                      ", its invoice in " + std::string(of_the_invoice.code()) + ".");
    std::string text = amount.to_string();
    if (Money::parse(text, of_the_invoice) != amount)
      fail("The amount " + text + " can't be read back, so it is not written.");
    fields_[column] = std::move(text);
  }
  /// A field behind the known columns.
  void set_other(std::size_t index, std::string text) { set(known_ + index, std::move(text)); }

  void end_row() {
    for (std::size_t i = 0; i < known_; ++i)
      if (needs_[i].need == Need::value && fields_[i].empty())
        fail("A row has no " + std::string(needs_[i].name) + ", without which it can't be read back.");
    end_line();
  }

  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  static void check(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) fail("A text holds a byte 0, so CSV can't hold it.");
    if (!is_utf8(text)) fail("A text is not UTF-8, so CSV can't hold it.");
  }
  void end_header() { end_line(); }
  void end_line() {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (i > 0) text_ += ',';
      append_csv_field(text_, fields_[i]);
      fields_[i].clear();
    }
    text_ += '\n';
  }

  std::vector<std::string> fields_;
  std::size_t known_;
  std::span<const Column> needs_;
  std::string text_;
};

std::string customers_csv(const Records::Storage& storage) {
  namespace column = customer_column;
  std::vector<std::string> attributes;
  for (const AttributeColumn& attribute : storage.customers.attributes) {
    if (attribute.name.empty()) fail("An attribute has no name, so no column can hold it.");
    if (std::any_of(column::all.begin(), column::all.end(),
                    [&](const Column& known) { return known.name == attribute.name; }))
      fail("An attribute can't be called " + in_quotes(attribute.name) +
           ", as a column of customers.csv is called so.");
    attributes.push_back(attribute.name);
  }
  if (attributes.size() > max_attributes)
    fail("The book has more than " + std::to_string(max_attributes) + " attributes.");
  std::sort(attributes.begin(), attributes.end());
  CsvTable table(column::all, attributes);
  for (std::size_t i = 0; i < storage.customers.size(); ++i) {
    const Customer customer = stored_customer(storage, i);
    table.set(column::customer_id, customer.id.text());
    table.set(column::signed_up_on, customer.signed_up_on);
    table.set(column::name, customer.name);
    if (customer.excluded) table.set(column::excluded, std::string("1"));
    table.set(column::merged_into, customer.merged_into);
    for (std::size_t a = 0; a < attributes.size(); ++a)
      if (const auto found = customer.attributes.find(attributes[a]); found != customer.attributes.end())
        table.set_other(a, found->second);
    table.end_row();
  }
  return std::move(table).text();
}

std::string subscriptions_csv(const Records::Storage& storage) {
  namespace column = phase_column;
  CsvTable table(column::all);
  for (std::size_t i = 0; i < storage.phases.size(); ++i) {
    const Phase phase = stored_phase(storage, i);
    table.set(column::subscription_id, storage.subscription_ids.text(storage.phases.subscription[i]));
    table.set(column::customer_id, storage.customer_ids.text(storage.phases.customer[i]));
    table.set(column::plan, phase.plan);
    table.set(column::starts_on, std::optional(phase.starts_on));
    table.set(column::ends_on, phase.ends_on);
    table.set(column::amount, phase.price.amount.to_string());
    table.set(column::currency, std::string(phase.price.currency.code()));
    table.set_cycle(column::interval, column::interval_count, phase.cycle);
    table.set(column::quantity, phase.quantity, 1);
    table.set(column::discount_percent, phase.discount_percent, Decimal{});
    table.set(column::discount_amount, phase.discount_amount, Decimal{});
    table.set(column::discount_ends_on, phase.discount_ends_on);
    table.set(column::trial_ends_on, phase.trial_ends_on);
    table.set(column::cancel_requested_on, phase.cancel_requested_on);
    table.set(column::end_reason, phase.end_reason);
    table.set(column::paused_from, phase.paused_from);
    table.set(column::paused_until, phase.paused_until);
    table.set(column::term_ends_on, phase.term_ends_on);
    table.end_row();
  }
  return std::move(table).text();
}

/// Invoices, their lines and their payments, which are joined by the invoice's id.
struct InvoiceFiles {
  CsvTable invoices{invoice_column::all};
  CsvTable lines{line_column::all};
  CsvTable payments{payment_column::all};
  bool has_payments{false};
  std::set<std::string> ids{};

  void add(const Invoice& invoice) {
    namespace column = invoice_column;
    if (!ids.insert(invoice.id.text()).second && (!invoice.lines.empty() || !invoice.payments.empty()))
      fail("Two invoices are called " + in_quotes(invoice.id.text()) +
           ", and files can't tell which lines and payments are whose.");
    invoices.set(column::invoice_id, invoice.id.text());
    invoices.set(column::customer_id, invoice.customer.text());
    invoices.set(column::issued_on, std::optional(invoice.issued_on));
    invoices.set(column::due_on, invoice.due_on);
    invoices.set(column::paid_on, invoice.paid_on);
    invoices.set(column::currency, std::string(invoice.currency.code()));
    invoices.set(column::status, std::string(invoice_status_name(invoice.status)));
    invoices.set(column::subscription_id, invoice.subscription);
    invoices.end_row();
    for (const InvoiceLine& line : invoice.lines) add(invoice, line);
    for (const Payment& payment : invoice.payments) add(invoice, payment);
  }

 private:
  void add(const Invoice& invoice, const InvoiceLine& line) {
    namespace column = line_column;
    lines.set(column::invoice_id, invoice.id.text());
    lines.set(column::line_id, line.id);
    lines.set(column::subscription_id, line.subscription);
    lines.set(column::plan, line.plan);
    lines.set(column::amount, line.amount, invoice.currency);
    if (line.tax) lines.set(column::tax, *line.tax, invoice.currency);
    if (line.quantity) lines.set_count(column::quantity, *line.quantity);
    if (line.unit_price) {
      if (line.unit_price->currency != invoice.currency)
        throw Error(ErrorCode::currency_mismatch, "unit_amount is not in the currency of its invoice.");
      lines.set(column::unit_amount, line.unit_price->amount.to_string());
    }
    if (line.cycle) lines.set_cycle(column::interval, column::interval_count, *line.cycle);
    lines.set(column::period_start, line.period_start);
    lines.set(column::period_end, line.period_end);
    lines.set(column::kind, std::string(line_kind_name(line.kind)));
    lines.end_row();
  }
  void add(const Invoice& invoice, const Payment& payment) {
    namespace column = payment_column;
    has_payments = true;
    payments.set(column::invoice_id, invoice.id.text());
    payments.set(column::at, payment.at.to_string());
    payments.set(column::status, std::string(payment_status_name(payment.status)));
    if (payment.amount) payments.set(column::amount, *payment.amount, invoice.currency);
    payments.set(column::failure_code, payment.failure_code);
    payments.end_row();
  }
};

std::string events_csv(const Records::Storage& storage) {
  namespace column = event_column;
  CsvTable table(column::all);
  for (std::size_t i = 0; i < storage.events.at.size(); ++i) {
    const Event event = stored_event(storage, i);
    table.set(column::customer_id, event.customer.text());
    table.set(column::at, event.at.to_string());
    table.set(column::kind, event.kind);
    table.set(column::value, event.value, Decimal{1});
    table.set(column::label, event.label);
    table.end_row();
  }
  return std::move(table).text();
}

std::string fx_rates_csv(const Records::Storage& storage) {
  namespace column = fx_column;
  CsvTable table(column::all);
  for (const auto& [rate, row] : storage.fx_rates) {
    if (rate.rate.coefficient() <= 0) fail("An exchange rate of 0 or below can't be read back.");
    table.set(column::on, std::optional(rate.on));
    table.set(column::currency, std::string(rate.currency.code()));
    table.set(column::rate, rate.rate.to_string());
    table.end_row();
  }
  return std::move(table).text();
}

std::string book_json(const Records::Storage& storage, const Conventions& conventions) {
  nlohmann::ordered_json settings = nlohmann::ordered_json::object();
  if (conventions.book.currency) settings["currency"] = std::string(conventions.book.currency->code());
  settings["time_zone"] = conventions.book.time_zone.name();
  if (storage.records_from) settings["records_from"] = storage.records_from->to_string();
  Conventions plain;
  plain.book.currency = conventions.book.currency;
  plain.book.time_zone = conventions.book.time_zone;
  if (conventions != plain) settings["conventions"] = conventions;
  try {
    return settings.dump(2) + "\n";
  } catch (const nlohmann::json::exception&) {
    fail("A text of the conventions is not UTF-8, so JSON can't hold it.");
  }
}

/// Makes room: the folder is there afterwards, and holds nothing of another book.
void prepare(const std::filesystem::path& folder, Overwrite overwrite) {
  const std::string shown = "\"" + folder.string() + "\"";
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_directory(folder, error))
    fail(shown + " is a file. Name a folder for the book.");
  std::filesystem::create_directories(folder, error);
  if (error) fail("The folder " + shown + " can't be made: " + error.message() + ".");
  std::vector<std::filesystem::path> there;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) there.push_back(entry.path());
  if (error) fail("The folder " + shown + " can't be read: " + error.message() + ".");
  if (there.empty()) return;
  if (overwrite == Overwrite::nothing)
    fail("The folder " + shown + " is not empty. Name a new one, so that nothing is overwritten.");
  // An export may well have files of the same names; a book that was written has this one, too.
  if (!std::filesystem::exists(folder / "book.json", error))
    fail("The folder " + shown + " holds files, but no book.json, so it is no book that can be replaced.");
  std::sort(there.begin(), there.end());
  for (const std::filesystem::path& file : there)
    if (std::find(names.begin(), names.end(), file.filename().string()) == names.end())
      fail("The folder " + shown + " holds " + in_quotes(file.filename().string()) +
           ", which is no file of a book, so nothing in it is overwritten.");
  for (const std::filesystem::path& file : there) {
    std::filesystem::remove(file, error);
    if (error) fail("\"" + file.string() + "\" can't be replaced: " + error.message() + ".");
  }
}

}  // namespace

std::map<std::string, std::string> write_book_files(const LoadedBook& book) {
  const Records::Storage& storage = book.records.storage();
  std::map<std::string, std::string> files;
  files["book.json"] = book_json(storage, book.conventions);
  if (storage.customers.size() > 0) files["customers.csv"] = customers_csv(storage);
  if (storage.phases.size() > 0 || storage.invoices.empty())
    files["subscriptions.csv"] = subscriptions_csv(storage);
  if (!storage.invoices.empty()) {
    InvoiceFiles invoices;
    for (const auto& [invoice, row] : storage.invoices) invoices.add(invoice);
    files["invoices.csv"] = std::move(invoices.invoices).text();
    files["invoice_lines.csv"] = std::move(invoices.lines).text();
    if (invoices.has_payments) files["payments.csv"] = std::move(invoices.payments).text();
  }
  if (!storage.events.at.empty()) files["events.csv"] = events_csv(storage);
  if (!storage.fx_rates.empty()) files["fx_rates.csv"] = fx_rates_csv(storage);
  return files;
}

void write_book_folder(const LoadedBook& book, const std::filesystem::path& folder, Overwrite overwrite) {
  const auto files = write_book_files(book);
  prepare(folder, overwrite);
  for (const auto& [name, text] : files) {
    std::ofstream file(folder / name, std::ios::binary);
    file << text;
    file.close();
    if (!file) fail("\"" + (folder / name).string() + "\" can't be written.");
  }
}

}  // namespace churn::inline v0

#include "sql/book_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/book_rows.hpp"
#include "io/book_settings.hpp"
#include "io/invoice_table.hpp"
#include "io/json_value.hpp"

namespace churn::inline v0 {
namespace database {

using namespace reading;

namespace {

constexpr std::array table_names{"book",          "customers", "subscriptions", "invoices",
                                 "invoice_lines", "payments",  "events",        "fx_rates"};

/// How many rows the tables of a book have, where somebody wants to know how far it is read.
std::size_t count_rows(Session& session, const BookTables& tables, const SqlReadOptions& options) {
  std::size_t rows = 0;
  if (options.progress)
    for (const auto& [name, shape] : tables.all())
      rows += std::stoull(
          session.rows_of("SELECT CAST(count(*) AS TEXT) FROM " + shape.quoted, 1, "Counting " + name)[0][0]);
  return rows;
}

}  // namespace

BookTables::BookTables(Session& session, const std::string& schema) {
  for (const char* name : table_names)
    if (auto shape = shape_of(session, schema, name)) shapes_.emplace(name, *std::move(shape));
  if (find("subscriptions") != nullptr || (find("invoices") != nullptr && find("invoice_lines") != nullptr))
    return;
  fail("The database " + session.shown() +
       " holds no book. It needs a table or view called subscriptions, or invoices and invoice_lines" +
       (schema.empty() ? std::string{} : ", in the schema " + in_quotes(schema)) +
       (session.is_postgresql() && schema.empty() ? ", on the search_path of its user." : "."));
}

const TableShape* BookTables::find(const std::string& table) const {
  const auto found = shapes_.find(table);
  return found == shapes_.end() ? nullptr : &found->second;
}

BookReader::BookReader(Session& session, const BookTables& tables, const SqlReadOptions& options,
                       LoadedBook& book)
    : session_(&session),
      tables_(&tables),
      options_(&options),
      book_(&book),
      findings_(book.rejections, options.strict),
      watch_(options.progress, count_rows(session, tables, options)) {}

TableRows::Setting BookReader::setting() {
  return {options_->page_rows, &book_->conventions.book.time_zone, options_->updated_at,
          [this](std::size_t rows) { watch_.add(rows); }};
}

template <class Read>
void BookReader::read_table(const std::string& name, std::span<const Column> columns, Importance importance,
                            std::optional<Restriction> restriction, Read read) {
  const TableShape* shape = tables_->find(name);
  if (shape == nullptr) return;
  TableRows table(*session_, *shape, columns, importance, setting(), findings_);
  if (restriction && table.usable()) table.restrict_to(*restriction);
  if (name == "customers")
    table.keep_attributes();
  else
    table.report_others();
  read(table);
}

void BookReader::read_settings() {
  const TableShape* shape = tables_->find("book");
  if (shape == nullptr) return;
  std::vector<std::string> names;
  std::string list;
  for (const ShapeColumn& column : shape->columns) {
    if (column.known_name == options_->updated_at) continue;
    list += (names.empty() ? "" : ", ") + text_of_column(*session_, column, false);
    names.push_back(column.known_name);
  }
  if (names.empty()) return;
  const auto rows =
      session_->rows_of("SELECT " + list + " FROM " + shape->quoted, names.size(), "Reading book");
  if (rows.empty()) return;
  if (rows.size() > 1) fail("The table book has " + std::to_string(rows.size()) + " rows. It takes one.");
  auto settings = nlohmann::json::object();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& text = rows[0][i];
    if (text.empty())
      settings[names[i]] = nullptr;
    else if (names[i] == "conventions" && (text.front() == '{' || text.front() == '"'))
      try {
        settings[names[i]] = parse_tree(text);
      } catch (const Error& error) {
        fail("book, conventions: " + std::string(error.what()));
      }
    else
      settings[names[i]] = text;
  }
  apply_settings(settings, "book", *book_);
  watch_.add(1);
}

void BookReader::read_all() {
  read_customers(nullptr);
  read_phases(nullptr);
  read_invoices(nullptr);
  read_events(nullptr);
  read_fx_rates();
}

void BookReader::read_some(const Keys& customers, bool rates) {
  if (!customers.empty()) {
    read_customers(&customers);
    const Keys subscriptions = subscriptions_of(customers);
    read_phases(&subscriptions);
    read_invoices(&customers);
    read_events(&customers);
  }
  if (rates) read_fx_rates();
}

namespace {

std::optional<Restriction> only(std::string_view column, const Keys* keys) {
  if (keys == nullptr) return std::nullopt;
  return Restriction{column, keys};
}

}  // namespace

void BookReader::read_customers(const Keys* customers) {
  read_table("customers", customer_column::all, Importance::optional, only("customer_id", customers),
             [this](TableRows& table) {
               std::vector<std::pair<std::string_view, std::string_view>> attributes;
               for (const auto& [place, name] : table.others()) attributes.emplace_back(name, "");
               while (table.next()) {
                 auto customer = customer_record_of(table);
                 if (!customer) continue;
                 for (std::size_t i = 0; i < attributes.size(); ++i)
                   attributes[i].second = table.field(table.others()[i].first);
                 customer->attributes = attributes;
                 book_->records.add(*customer);
               }
             });
}

void BookReader::read_phases(const Keys* subscriptions) {
  read_table("subscriptions", phase_column::all, Importance::required, only("subscription_id", subscriptions),
             [this](TableRows& table) {
               while (table.next())
                 if (const auto phase = phase_of(table)) book_->records.add(*phase);
             });
}

Keys BookReader::subscriptions_of(const Keys& customers) {
  Keys subscriptions;
  const TableShape* shape = tables_->find("subscriptions");
  if (shape == nullptr) return subscriptions;
  static constexpr std::array<Column, 2> columns{
      {{"subscription_id", Need::column}, {"customer_id", Need::column}}};
  Rejections ignored;  // they will be found again
  Findings findings(ignored, false);
  TableRows::Setting quiet = setting();
  quiet.fetched = nullptr;
  TableRows table(*session_, *shape, columns, Importance::required, quiet, findings);
  table.restrict_to({"customer_id", &customers});
  while (table.next())
    if (!table.text(0).empty()) subscriptions.emplace(table.text(0));
  return subscriptions;
}

void BookReader::read_invoices(const Keys* customers) {
  const Importance importance =
      tables_->find("subscriptions") != nullptr ? Importance::optional : Importance::required;
  InvoiceTable invoices("invoices");
  bool there = false;
  Keys ids;
  read_table("invoices", invoice_column::all, importance, only("customer_id", customers),
             [&](TableRows& table) {
               there = table.usable();
               while (table.next()) {
                 if (customers != nullptr) ids.emplace(table.text(invoice_column::invoice_id));
                 if (auto invoice = invoice_of(table)) invoices.add(table, *std::move(invoice), table.row());
               }
             });
  const auto read_parts = [&](const std::string& name, std::span<const Column> columns, Importance needed,
                              auto read) {
    if (tables_->find(name) == nullptr) return;
    if (!there)
      return findings_.add({RejectionCode::unknown_invoice, name, 0, "",
                            "The table is left out, as there are no invoices that can be read."});
    read_table(name, columns, needed, only("invoice_id", customers == nullptr ? nullptr : &ids), read);
  };
  read_parts("invoice_lines", line_column::all, importance,
             [&](TableRows& table) { invoices.read_lines(table); });
  read_parts("payments", payment_column::all, Importance::optional,
             [&](TableRows& table) { invoices.read_payments(table); });
  invoices.add_to(book_->records);
}

void BookReader::read_events(const Keys* customers) {
  read_table("events", event_column::all, Importance::optional, only("customer_id", customers),
             [this](TableRows& table) {
               while (table.next())
                 if (const auto event = event_of(table)) book_->records.add(*event);
             });
}

void BookReader::read_fx_rates() {
  read_table("fx_rates", fx_column::all, Importance::optional, std::nullopt, [this](TableRows& table) {
    while (table.next())
      if (const auto rate = fx_rate_of(table)) book_->records.add(*rate, table.row());
  });
}

void check_options(const SqlReadOptions& options) {
  constexpr std::size_t most_rows = 1'000'000;
  if (options.page_rows < 2 || options.page_rows > most_rows)
    throw Error(ErrorCode::out_of_range, "A page has from 2 to 1,000,000 rows.");
}

}  // namespace database
}  // namespace churn::inline v0

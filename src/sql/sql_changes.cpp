#include <churn/sql/sql_changes.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include <churn/core/timestamp.hpp>

#include "book/records_storage.hpp"
#include "io/stored_records.hpp"
#include "sql/book_reader.hpp"

namespace churn::inline v0 {

namespace {

using database::BookTables;
using database::Keys;
using database::quoted_name;
using database::quoted_text;
using database::RowPages;
using database::Session;
using database::ShapeColumn;
using database::TableShape;
using reading::fail;
using reading::in_quotes;

/// Which tables tell of changes, and by which column of theirs whose they are.
struct FollowedTable {
  const char* name;
  const char* key;  ///< of the customer, or of the invoice
};
constexpr std::array<FollowedTable, 7> followed{{{"customers", "customer_id"},
                                                 {"subscriptions", "customer_id"},
                                                 {"invoices", "customer_id"},
                                                 {"invoice_lines", "invoice_id"},
                                                 {"payments", "invoice_id"},
                                                 {"events", "customer_id"},
                                                 {"fx_rates", nullptr}}};

/// A table with the column that says when its rows changed.
struct Stamped {
  const TableShape* shape;
  const ShapeColumn* column;
};

std::optional<Stamped> stamped(const BookTables& tables, const FollowedTable& table,
                               const std::string& updated_at) {
  const TableShape* shape = tables.find(table.name);
  const ShapeColumn* column = shape == nullptr ? nullptr : shape->find(updated_at);
  if (column == nullptr) return std::nullopt;
  return Stamped{shape, column};
}

void require_stamps(Session& session, const BookTables& tables, const std::string& updated_at) {
  const bool some = std::any_of(followed.begin(), followed.end(), [&](const FollowedTable& table) {
    return stamped(tables, table, updated_at).has_value();
  });
  if (some) return;
  fail("No table of the book in " + session.shown() + " has a column " + in_quotes(updated_at) +
       " that says when a row changed. Add one to a table, or name the one there is.");
}

/// The server's clock where the snapshot was taken.
std::string now_of(Session& session) {
  return session.rows_of("SELECT " + comparable_now(session), 1, "Asking for the time")[0][0];
}

/// The later of two; of a change that is yet to come only that it is not behind us.
void advance(SqlWatermark& watermark, const std::string& seen, const std::string& now) {
  watermark.text = (std::max)(watermark.text, (std::min)(seen, now));
}

/// That rows changed at or after a watermark less the overlap; all of them, without a watermark.
std::string changed_since(Session& session, const ShapeColumn& column, const SqlWatermark& since,
                          std::chrono::seconds overlap) {
  if (since.text.empty()) return "TRUE";
  const std::string name = quoted_name(column.name);
  const std::string back = std::to_string(overlap.count());
  if (!session.is_postgresql()) {
    const std::string at = comparable_instant(session, column);
    return "(" + at + " IS NULL OR " + at + " >= strftime('%Y-%m-%dT%H:%M:%fZ', " + quoted_text(since.text) +
           ", '-" + back + " seconds'))";
  }
  // As the column is, so that an index on it is of use.
  const bool zoned = column.type == "timestamptz";
  std::string from = "CAST(" + quoted_text(since.text) + " AS timestamptz)";
  if (!zoned) from = "(" + from + " AT TIME ZONE 'UTC')";
  from = "(" + from + " - interval '" + back + " seconds')";
  if (column.type == "date") from = "CAST(" + from + " AS date)";
  return "(" + name + " IS NULL OR " + name + " >= " + from + ")";
}

SqlWatermark checked(const SqlWatermark& watermark) {
  // Of the two forms that we give: milliseconds or microseconds, and Z.
  const std::string& text = watermark.text;
  const bool plain = text.find_first_not_of("0123456789-:.TZ") == std::string::npos &&
                     (text.size() == 24 || text.size() == 27) && text.back() == 'Z';
  if (!text.empty() && (!plain || !Timestamp::parse(text)))
    throw Error(ErrorCode::bad_date,
                "The watermark " + in_quotes(text) +
                    " is none that was given. Store the text as it is, or leave it empty to "
                    "read everything.");
  return watermark;
}

/// Reads who is touched, and up to where.
class Touches {
 public:
  Touches(Session& session, const BookTables& tables, const SqlWatermark& since,
          const SqlChangesOptions& options, Rejections& rejections)
      : session_(session), tables_(tables), options_(options), next_(since) {
    const std::string now = now_of(session);
    for (const FollowedTable& table : followed) {
      const auto found = stamped(tables, table, options.read.updated_at);
      if (found && table.key == nullptr)
        rates_changed_ = read(*found, nullptr, since, now) > 0;
      else if (found)
        read(*found, found->shape->find(table.key), since, now);
      else if (tables.find(table.name) != nullptr && table.key != nullptr)
        rejections.add({RejectionCode::absent_column, table.name, 0, options.read.updated_at,
                        "The table has no " + in_quotes(options.read.updated_at) +
                            ", so its rows are read where another table tells of their customer."});
      else if (tables.find(table.name) != nullptr)
        rates_changed_ = true;  // for all that is known
    }
    find_owners();
  }

  [[nodiscard]] const Keys& customers() const noexcept { return customers_; }
  [[nodiscard]] const SqlWatermark& next() const noexcept { return next_; }
  [[nodiscard]] bool rates_changed() const noexcept { return rates_changed_; }

 private:
  std::size_t read(const Stamped& table, const ShapeColumn* key, const SqlWatermark& since,
                   const std::string& now) {
    // A table without the column is said to lack it where its rows are read.
    const std::string owner = key == nullptr ? "''" : text_of_column(session_, *key, false);
    std::size_t rows = 0;
    Keys& keys = key != nullptr && key->known_name == "invoice_id" ? invoices_ : customers_;
    // One row an owner and the last change of it.
    RowPages pages(session_,
                   "SELECT " + owner + ", max(" + comparable_instant(session_, *table.column) + ") FROM " +
                       table.shape->quoted + " WHERE " +
                       changed_since(session_, *table.column, since, options_.overlap) + " GROUP BY 1",
                   2, options_.read.page_rows, "Reading " + table.shape->name);
    while (pages.fetch())
      for (std::size_t row = 0; row < pages.row_count(); ++row, ++rows) {
        if (key != nullptr && !pages.cell(row, 0).empty()) keys.emplace(pages.cell(row, 0));
        if (!pages.cell(row, 1).empty()) advance(next_, std::string(pages.cell(row, 1)), now);
      }
    return rows;
  }

  /// Whose the touched invoices are.
  void find_owners() {
    const TableShape* shape = tables_.find("invoices");
    if (invoices_.empty() || shape == nullptr) return;
    static constexpr std::array<reading::Column, 2> columns{
        {{"invoice_id", reading::Need::column}, {"customer_id", reading::Need::column}}};
    Rejections ignored;  // they will be found again
    reading::Findings findings(ignored, false);
    const TimeZone zone;
    database::TableRows table(session_, *shape, columns, reading::Importance::optional,
                              {options_.read.page_rows, &zone, options_.read.updated_at, nullptr}, findings);
    table.restrict_to({"invoice_id", &invoices_});
    while (table.next())
      if (!table.text(1).empty()) customers_.emplace(table.text(1));
  }

  Session& session_;
  const BookTables& tables_;
  const SqlChangesOptions& options_;
  SqlWatermark next_;
  Keys customers_;
  Keys invoices_;
  bool rates_changed_{false};
};

/// The subscriptions among records, each with all of its phases.
std::vector<Subscription> subscriptions_in(const Records::Storage& storage) {
  std::vector<Subscription> subscriptions;
  std::map<std::string, std::size_t, std::less<>> places;
  for (std::size_t row = 0; row < storage.phases.size(); ++row) {
    const std::string id{storage.subscription_ids.text(storage.phases.subscription[row])};
    const std::string customer{storage.customer_ids.text(storage.phases.customer[row])};
    const auto [place, is_new] = places.try_emplace(id, subscriptions.size());
    if (is_new) subscriptions.push_back({SubscriptionId{id}, CustomerId{customer}, {}});
    Subscription& subscription = subscriptions[place->second];
    if (subscription.customer.text() != customer)
      fail("The subscription " + in_quotes(id) + " has phases of " + in_quotes(subscription.customer.text()) +
           " and of " + in_quotes(customer) +
           ", which changes can't say. Read the book anew, or give each customer a subscription of its own.");
    subscription.phases.push_back(reading::stored_phase(storage, row));
  }
  return subscriptions;
}

Changes changes_in(const Records& records, const Keys& touched) {
  const Records::Storage& storage = records.storage();
  Changes changes;
  for (const std::string& id : touched) changes.removed_customers.emplace_back(id);
  for (std::size_t row = 0; row < storage.customers.size(); ++row)
    changes.customers.push_back(reading::stored_customer(storage, row));
  changes.subscriptions = subscriptions_in(storage);
  for (const auto& stored : storage.invoices) changes.invoices.push_back(stored.invoice);
  for (std::size_t row = 0; row < storage.events.at.size(); ++row)
    changes.events.push_back(reading::stored_event(storage, row));
  for (const auto& stored : storage.fx_rates) changes.fx_rates.push_back(stored.rate);
  return changes;
}

}  // namespace

SqlWatermark current_watermark_sql(const DatabaseUrl& url, const SqlReadOptions& options) {
  database::check_options(options);
  Session session(url, database::Access::read, options.lock_timeout);
  const BookTables tables(session, options.schema);
  require_stamps(session, tables, options.updated_at);
  const std::string now = now_of(session);
  SqlWatermark watermark;
  for (const FollowedTable& table : followed)
    if (const auto found = stamped(tables, table, options.updated_at)) {
      const auto rows = session.rows_of(
          "SELECT max(" + comparable_instant(session, *found->column) + ") FROM " + found->shape->quoted, 1,
          "Reading " + found->shape->name);
      if (!rows.empty() && !rows[0][0].empty()) advance(watermark, rows[0][0], now);
    }
  return watermark;
}

SqlChanges read_changes_sql(const DatabaseUrl& url, const SqlWatermark& since,
                            const SqlChangesOptions& options) {
  database::check_options(options.read);
  if (options.overlap.count() < 0 || options.overlap > std::chrono::hours{24 * 30})
    throw Error(ErrorCode::out_of_range, "The overlap is from 0 seconds to 30 days.");
  const SqlWatermark from = checked(since);
  Session session(url, database::Access::read, options.read.lock_timeout);
  const BookTables tables(session, options.read.schema);
  require_stamps(session, tables, options.read.updated_at);

  LoadedBook book;
  SqlReadOptions reading_options = options.read;
  reading_options.progress = nullptr;  // it would be told of rows that are never read
  database::BookReader reader(session, tables, reading_options, book);
  reader.read_settings();
  const Touches touches(session, tables, from, options, book.rejections);
  reader.read_some(touches.customers(), touches.rates_changed());
  return {changes_in(book.records, touches.customers()), std::move(book.rejections), touches.next()};
}

}  // namespace churn::inline v0

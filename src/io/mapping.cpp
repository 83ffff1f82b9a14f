#include <churn/io/mapping.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "io/book_settings.hpp"
#include "io/invoice_table.hpp"
#include "io/mapped_history.hpp"
#include "io/mapped_table.hpp"
#include "io/mapping_json.hpp"
#include "io/shipped_mappings.hpp"
#include "io/stored_records.hpp"

namespace churn::inline v0 {

namespace {

using namespace reading;

/// `a, b`, each once, in the order in which they come.
std::string listed_once(const std::vector<std::string>& names) {
  std::string list;
  std::set<std::string> seen;
  for (const std::string& name : names)
    if (seen.insert(name).second) list += (list.empty() ? "" : ", ") + name;
  return list;
}

/// Reads one table after the other into a LoadedBook.
class MappedReader {
 public:
  MappedReader(const ExportFiles& exports, const MappingRules& rules, const MappedReadOptions& options,
               LoadedBook& book)
      : exports_(&exports), rules_(&rules), book_(&book), findings_(book.rejections, options.strict) {
    apply_settings(rules.book, "The mapping's book", book);
    if (options.time_zone) book.conventions.book.time_zone = *options.time_zone;
    context_.clock = {book.conventions.book.time_zone, rules.local_times};
  }
  MappedReader(const MappedReader&) = delete;
  MappedReader& operator=(const MappedReader&) = delete;

  void read() {
    require_files();
    read_customers();
    read_subscriptions();
    read_invoices();
    Records& records = book_->records;
    for_each_file(MappedTableKind::events, RecordTable::events,
                  [&](MappedTable& table, const Source& source) {
                    while (table.next())
                      if (auto event = event_of(table)) {
                        event->row = source.row(table);
                        records.add(*event);
                      }
                  });
    for_each_file(MappedTableKind::fx_rates, RecordTable::fx_rates,
                  [&](MappedTable& table, const Source& source) {
                    while (table.next())
                      if (const auto rate = fx_rate_of(table)) records.add(*rate, source.row(table));
                  });
    require_book();
  }

 private:
  /// A file that a table is read from.
  struct Source {
    const PartRule* part;
    std::string file;
    bool alone;  ///< the only one of its table

    /// The row that Records keeps; 0: its place among the rows of all files.
    [[nodiscard]] std::int64_t row(const Fields& table) const { return alone ? table.row() : 0; }
  };

  [[nodiscard]] std::vector<Source> sources_of(MappedTableKind kind) const {
    std::vector<Source> sources;
    for (const PartRule& part : rules_->parts(kind)) {
      if (!part.unless.empty() && !exports_->matching(part.unless).empty()) continue;
      for (std::string& file : exports_->matching(part.files))
        sources.push_back({&part, std::move(file), false});
    }
    if (sources.size() == 1) sources.front().alone = true;
    return sources;
  }

  static std::string names_of(const std::vector<Source>& sources) {
    std::vector<std::string> names;
    names.reserve(sources.size());
    for (const Source& source : sources) names.push_back(source.file);
    return listed_once(names);
  }

  template <class Use>
  void for_each_file(MappedTableKind kind, std::optional<RecordTable> records, Use use) {
    const std::vector<Source> sources = sources_of(kind);
    if (records && !sources.empty()) book_->records.set_source(*records, names_of(sources));
    const PartRule* joined = nullptr;
    std::vector<JoinedTable> joins;
    PartRule part;
    for (const Source& source : sources) {
      if (joined != source.part) {
        part = *source.part;
        joins = join_files(part);
        joined = source.part;
      }
      const std::string text = exports_->read(source.file);
      MappedTable table(text, source.file, part, kind, joins, context_, findings_);
      if (!table.usable()) continue;
      usable_[static_cast<std::size_t>(kind)] = true;
      use(table, source);
    }
  }

  std::vector<JoinedTable> join_files(PartRule& part) {
    std::vector<std::set<std::string>> columns(part.joins.size());
    for_each_column(part, [&](ColumnName& column) {
      if (column.join) columns[*column.join].insert(column.name);
    });
    std::vector<JoinedTable> joins;
    joins.reserve(part.joins.size());
    for (std::size_t i = 0; i < part.joins.size(); ++i)
      joins.emplace_back(part.joins[i], std::vector<std::string>(columns[i].begin(), columns[i].end()),
                         *exports_, context_.clock, findings_);
    return joins;
  }

  VersionOrder order_of(const MappedTable& table) { return {table.as_of(), table.then_by(), place_++}; }

  void read_customers() {
    std::set<std::string> attributes;
    context_.attributes = &attributes;
    Versions<ValueVersion<Customer>> versions;
    const auto read_row = [&](MappedTable& table, const Source& source) {
      if (!table.in_force())
        return versions.add(table.version_of(), {order_of(table), false, 0, std::nullopt});
      auto customer = customer_of(table);
      if (!customer) return;
      for (const auto& [name, value] : table.attributes()) customer->attributes.emplace(name, value);
      if (source.part->history)
        versions.add(table.version_of(), {order_of(table), true, source.row(table), std::move(customer)});
      else
        book_->records.add(*customer, source.row(table));
    };
    for_each_file(MappedTableKind::customers, RecordTable::customers,
                  [&](MappedTable& table, const Source& source) {
                    while (table.next()) read_row(table, source);
                  });
    for (const auto& chain : versions.sorted())
      if (const auto& latest = chain.back(); latest.in_force) book_->records.add(*latest.value, latest.row);
    context_.attributes = nullptr;
  }

  void read_subscriptions() {
    Records& records = book_->records;
    Versions<PhaseVersion> versions;
    const auto read_row = [&](MappedTable& table, const Source& source) {
      if (!table.in_force())
        return versions.add(table.version_of(), {order_of(table), false, 0, {}, {}, std::nullopt});
      auto record = phase_of(table);
      if (!record) return;
      record->row = source.row(table);
      if (source.part->history)
        versions.add(table.version_of(),
                     {order_of(table), true, record->row, std::string(record->subscription),
                      std::string(record->customer), phase_in(*record)});
      else
        records.add(*record);
    };
    for_each_file(MappedTableKind::subscriptions, RecordTable::subscriptions,
                  [&](MappedTable& table, const Source& source) {
                    while (table.next()) read_row(table, source);
                  });
    for (const auto& chain : versions.sorted())
      for (const PhaseVersion& phase : phases_of(chain))
        records.add(record_of(phase.subscription, phase.customer, *phase.phase, phase.row));
  }

  void read_invoices() {
    const std::vector<Source> sources = sources_of(MappedTableKind::invoices);
    InvoiceTable invoices(sources.empty() ? "invoices" : names_of(sources));
    Versions<ValueVersion<Invoice>> versions;
    const auto read_row = [&](MappedTable& table) {
      if (!table.in_force())
        return versions.add(table.version_of(), {order_of(table), false, 0, std::nullopt});
      if (auto invoice = invoice_of(table))
        versions.add(table.version_of(), {order_of(table), true, table.row(), std::move(invoice)});
    };
    for_each_file(MappedTableKind::invoices, RecordTable::invoices,
                  [&](MappedTable& table, const Source& source) {
                    if (!source.part->history) return invoices.read_invoices(table);
                    while (table.next()) read_row(table);
                  });
    for (auto& chain : versions.sorted())
      if (auto& latest = chain.back(); latest.in_force)
        invoices.add_latest(std::move(*latest.value), latest.row);
    context_.currency_of_invoice = [&](std::string_view id) { return invoices.currency_of(id); };
    for_each_file(MappedTableKind::invoice_lines, std::nullopt,
                  [&](MappedTable& table, const Source&) { invoices.read_lines(table); });
    for_each_file(MappedTableKind::payments, std::nullopt,
                  [&](MappedTable& table, const Source&) { invoices.read_payments(table); });
    context_.currency_of_invoice = nullptr;
    invoices.add_to(book_->records, sources.size() == 1);
  }

  [[nodiscard]] bool has(MappedTableKind kind) const { return usable_[static_cast<std::size_t>(kind)]; }

  /// Fails unless there are files that make a book.
  void require_files() const {
    using enum MappedTableKind;
    if (!sources_of(subscriptions).empty() ||
        (!sources_of(invoices).empty() && !sources_of(invoice_lines).empty()))
      return;
    std::vector<std::string> wanted;
    for (const MappedTableKind kind : {subscriptions, invoices, invoice_lines})
      for (const PartRule& part : rules_->parts(kind))
        wanted.insert(wanted.end(), part.files.begin(), part.files.end());
    fail(exports_->shown() + " holds no export that this mapping reads a book from. It looks for " +
         listed_once(wanted) + ".");
  }

  /// Fails if none of them could be used.
  void require_book() const {
    using enum MappedTableKind;
    if (has(subscriptions) || (has(invoices) && has(invoice_lines))) return;
    const auto& entries = book_->rejections.entries();
    const auto first =
        std::find_if(entries.begin(), entries.end(), [](const Rejection& r) { return !is_notice(r.code); });
    fail("No file of subscriptions, or of invoices and their lines, can be used." +
         (first == entries.end() ? std::string() : " First of what was rejected: " + sentence_of(*first)));
  }

  const ExportFiles* exports_;
  const MappingRules* rules_;
  LoadedBook* book_;
  Findings findings_;
  MappedContext context_;
  std::array<bool, mapped_table_count> usable_{};
  std::size_t place_{0};  // of the next version
};

LoadedBook read(const ExportFiles& exports, const Mapping& mapping, const MappedReadOptions& options) {
  LoadedBook book;
  MappedReader(exports, mapping.rules(), options, book).read();
  return book;
}

}  // namespace

const std::string& Mapping::name() const noexcept { return rules_->name; }
const std::string& Mapping::source() const noexcept { return rules_->source; }
const std::vector<std::string>& Mapping::undocumented() const noexcept { return rules_->undocumented; }

Mapping mapping_from_json(std::string_view text) {
  return Mapping(std::make_shared<const MappingRules>(read_mapping_rules(text)));
}

std::string_view mapping_json(std::string_view name) {
  std::string known;
  for (const ShippedMapping& mapping : shipped_mappings()) {
    if (mapping.name == name) return mapping.json;
    known += (known.empty() ? "" : ", ") + std::string(mapping.name);
  }
  throw Error(ErrorCode::unknown_name,
              "There is no mapping named " + in_quotes(name) + ". Known: " + known + ".");
}

Mapping mapping_named(std::string_view name) { return mapping_from_json(mapping_json(name)); }

std::vector<std::string> mapping_names() {
  std::vector<std::string> names;
  for (const ShippedMapping& mapping : shipped_mappings()) names.emplace_back(mapping.name);
  return names;
}

LoadedBook read_mapped(const std::filesystem::path& folder, const Mapping& mapping,
                       const MappedReadOptions& options) {
  return read(ExportFiles(folder), mapping, options);
}

LoadedBook read_mapped_files(const BookFiles& files, const Mapping& mapping,
                             const MappedReadOptions& options) {
  return read(ExportFiles(files), mapping, options);
}

}  // namespace churn::inline v0

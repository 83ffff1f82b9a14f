// read_mapped: books out of the CSV exports of billing systems, by a column mapping written as JSON.
//
//   LoadedBook loaded = read_mapped("export_folder", mapping_named("chargebee"));
//   LoadedBook loaded = read_mapped("export_folder", mapping_from_json(text));
//   write_book_folder(loaded, "my_book");                                  // io/book_writer.hpp
//
// Shipped are chargebee, recurly and chartmogul (examples/mappings/*.json; each says in `source` what it was
// modelled on, and in `undocumented` what could not be verified). For any other system a host writes one:
//
//   {
//     "name": "acme",
//     "book": {"currency": "USD", "time_zone": "UTC0"},
//     "dates": ["iso", "unix"],
//     "tables": {
//       "customers": {
//         "file": "accounts*.csv",
//         "where": {"column": "deleted", "not": "true"},
//         "columns": {
//           "customer_id": "id",
//           "name": {"column": ["company", "email"], "optional": true},
//           "excluded": {"column": "is_test", "values": {"yes": "1"}, "otherwise": "0"}
//         },
//         "attributes": {"country": "billing_country"}
//       },
//       "subscriptions": {
//         "file": "subscriptions.csv",
//         "join": {"file": "plans.csv", "as": "plan", "key": "id", "on": "plan_id"},
//         "columns": {
//           "subscription_id": "id",
//           "customer_id": "account_id",
//           "plan": "plan_id",
//           "starts_on": "started_at",
//           "ends_on": "ended_at",
//           "amount": {"column": "plan:price_in_cents", "units": "minor"},
//           "currency": "plan:currency",
//           "interval": {"column": "plan:period", "values": {"monthly": "month", "annual": "year"}},
//           "discount_percent": {"column": "discount", "when": {"column": "discount_kind", "is": "percent"}},
//           "discount_amount": {"column": "discount", "when": {"column": "discount_kind", "is": "amount"}}
//         }
//       }
//     }
//   }
//
// Tables and their columns are those of io/book_folder.hpp, and so are their defaults and checks. A table is
// read from one such part, or from a list of them one after the other. What a part may say:
//
//   file          a name, or several of which the first that is there counts. `*` stands for any letters, and
//                 all files that fit are read, in the order of their names; capitals make no difference.
//   unless_file   the part is left out where such a file is there.
//   join          another file, or a list of them: its row whose column `key` has what stands in our column
//                 `on`. Its columns are `plan:price` then, plan being what it is joined `as`. A key that is
//                 in several rows with other values is reported, and the first counts, unless `latest` names
//                 a column with a date: then the latest row does. `where` keeps rows of it only. Without a
//                 row of that key its columns are empty, and so if the file is not there and `optional` says
//                 that it need not be.
//   where         rows that are read: {"column": …, "is": …} or {"column": …, "not": …} with one value or
//                 several; of a list all conditions must hold. "" is an empty value. Other rows are no
//                 concern of the book, and not reported.
//   columns       where each value of ours comes from. Ours that are not there are empty.
//   attributes    of customers: a list of columns, an object of names and rules, or "*": every column that no
//                 rule uses.
//   history       several rows of an id are its versions (below).
//
// A rule for a column is a name, or several of which the first that is not empty counts; an object; or a list
// of rules of which the first that gives a value counts. In an object:
//
//   column        a column of the export, or several of which the first that is not empty counts
//   together      several columns as one text, `with` something between; empty if one of them is
//   constant      a text that stands in every row
//   default       for where the columns are empty
//   values        what the export's values are with us. Capitals make no difference. A value that is not
//                 there rejects the row (`unknown_value`), unless `otherwise` says what it is ("" for
//                 nothing) or `keep_others` is true
//   minus         columns to take off an amount, such as tax off one that includes it
//   units         "minor" for amounts in cents, or whatever the currency of the row has; "major" by default
//   dates         the forms of a day or point in time, the first that reads counting: iso (2024-05-06,
//                 2024-05-06T07:08:09+02:00), iso_zone (2024-05-06 07:08:09 PST), unix (seconds), MM/DD/YYYY
//                 and DD-Mon-YYYY (06-May-2024 07:08), the last two with or without a time. Those of the
//                 mapping by default, and iso if it says nothing.
//   add_days      1 makes of a last day the first one after it, which our ends are
//   when          conditions, without which the rule gives nothing
//   optional      the columns need not be in the file; a notice says if they are not (`absent_column`)
//
// Points in time become days in the book's time zone. Times without an offset are those of UTC, or of that
// zone if the mapping says "times": "local". Currencies may be in small letters, flags true or false.
//
// History: {"id": "subscription", "as_of": "valid_from", "then_by": "version", "in_force": {"column":
// "state", "is": "on"}}. Rows of one `id` (our id of the table, where there is no rule for it) are versions
// of one thing; `as_of` is the date from which a row holds, and it holds until the next one does. Of several
// versions of one instant the one with the greater `then_by` is later (as numbers, if they are), or else the
// last in the file; of several of one day, the last one counts. Customers and invoices have the values of
// their latest version. The versions of a subscription are its phases: each begins on its day, or on its
// starts_on if that is later (the first one on its starts_on, if there is a rule for it), and ends on its own
// ends_on or on the day of the next version, whichever comes first; what is the same in one version and the
// next is one phase. A version that is not `in_force`, or that ends before it begins, ends what was before it
// and is no phase. A version that is rejected counts as if it were not there.
//
// Rejections name the file, row and column of the export. A file that lacks a column named by a rule that is
// not optional is left out as a whole (`missing_column`), as is one in which such a column is there twice.
// Columns that no rule uses are not reported. Book::build names the file of a table and its row; where a
// table is read from several files, these and the row's place among all of them.
//
// Errors: Error(unreadable) for a mapping that is not right, with the path of what is not (an unknown field
// or column, a rule that a column has no use for); for a folder without a usable file of subscriptions, or of
// invoices and their lines; for settings of the book that are not right, as in io/book_folder.hpp.
// Error(unknown_name) for a mapping that is not shipped. In strict mode the first rejection is thrown, too.
//
// Cost: O(bytes x columns of a table). A file is in memory while it is read, of a joined one the columns that
// are used; of a table with a history all rows.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <churn/io/book_folder.hpp>
#include <churn/io/loaded_book.hpp>

namespace churn::inline v0 {

namespace reading {
struct MappingRules;
}

/// A mapping that was read and found to be right. A value, cheap to copy.
class Mapping {
 public:
  /// What the JSON calls it, such as `chargebee`.
  [[nodiscard]] const std::string& name() const noexcept;
  /// What it was modelled on, and what of it could not be verified.
  [[nodiscard]] const std::string& source() const noexcept;
  /// What of it could not be verified.
  [[nodiscard]] const std::vector<std::string>& undocumented() const noexcept;

  /// For the library's own readers.
  explicit Mapping(std::shared_ptr<const reading::MappingRules> rules) noexcept : rules_(std::move(rules)) {}
  /// For the library's own readers.
  [[nodiscard]] const reading::MappingRules& rules() const noexcept { return *rules_; }

 private:
  std::shared_ptr<const reading::MappingRules> rules_;
};

/// Reads a mapping. Throws Error(unreadable) for what is not right, with its path.
[[nodiscard]] Mapping mapping_from_json(std::string_view text);

/// A mapping that comes with the library: `chargebee`, `chartmogul`, `recurly`.
[[nodiscard]] Mapping mapping_named(std::string_view name);
/// Those that come with the library, as mapping_named takes them.
[[nodiscard]] std::vector<std::string> mapping_names();
/// The text of such a mapping, as a beginning for one of your own.
[[nodiscard]] std::string_view mapping_json(std::string_view name);

/// How an export is read.
struct MappedReadOptions {
  bool strict{false};                   ///< throw Error(unreadable) at the first rejection
  std::optional<TimeZone> time_zone{};  ///< of the book; by default the mapping's, else UTC
};

/// Reads the files of a folder.
[[nodiscard]] LoadedBook read_mapped(const std::filesystem::path& folder, const Mapping& mapping,
                                     const MappedReadOptions& options = {});
/// Reads files that lie in memory, as if they were those of a folder.
[[nodiscard]] LoadedBook read_mapped_files(const BookFiles& files, const Mapping& mapping,
                                           const MappedReadOptions& options = {});

}  // namespace churn::inline v0

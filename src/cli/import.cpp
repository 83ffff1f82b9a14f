#include "import.hpp"

#include <churn/core/time_zone.hpp>
#include <churn/io/book_writer.hpp>
#include <churn/io/mapping.hpp>
#include <churn/io/stripe.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "options.hpp"
#include "suggestion.hpp"
#include "terminal.hpp"

namespace churn::cli {

namespace {

Mapping mapping_in(const std::string& file) {
  const std::string text = read_file(file);
  try {
    return mapping_from_json(text);
  } catch (const Error& error) {
    throw Error(error.code(), file + ": " + error.what());
  }
}

LoadedBook read_export(const ImportOptions& options) {
  std::optional<TimeZone> zone;
  if (!options.time_zone.empty()) zone = TimeZone{options.time_zone};
  // Stripe's exports are objects, which have a reader of their own; the others are tables.
  if (options.format == "stripe") return read_stripe(options.input, {.time_zone = zone.value_or(TimeZone{})});
  const std::vector<std::string> shipped = mapping_names();
  const bool is_shipped = std::find(shipped.begin(), shipped.end(), options.format) != shipped.end();
  std::vector<std::string> with_stripe{shipped};
  with_stripe.emplace_back("stripe");
  if (!is_shipped && extension_of(options.format) != ".json")
    throw Error(ErrorCode::unknown_name, "\"" + options.format +
                                             "\" is no format of exports. There are: " + import_formats() +
                                             "." + suggestion_for(options.format, with_stripe));
  const Mapping mapping = is_shipped ? mapping_named(options.format) : mapping_in(options.format);
  return read_mapped(options.input, mapping, {.time_zone = zone});
}

std::string counted(std::size_t n, const char* one, const char* several) {
  return std::to_string(n) + " " + (n == 1 ? one : several);
}

}  // namespace

std::string import_formats() {
  std::string list = "stripe";
  for (const std::string& name : mapping_names()) list += ", " + name;
  return list + ", or a mapping file whose name ends in .json";
}

int run_import(const ImportOptions& options) {
  LoadedBook book = read_export(options);
  {
    const Unbroken until_written{options.output};
    write_book_folder(book, options.output, options.replace ? Overwrite::a_book : Overwrite::nothing);
  }
  const Records& records = book.records;
  say("wrote " + options.output + ": " + counted(records.customer_count(), "customer", "customers") + ", " +
      counted(records.phase_count(), "phase", "phases") + ", " +
      counted(records.invoice_count(), "invoice", "invoices") + ", " +
      counted(records.event_count(), "event", "events") + ", " +
      counted(records.fx_rate_count(), "exchange rate", "exchange rates"));
  if (book.as_of)
    say("the export knows what came before " + book.as_of->to_string() + ": read the book with --as-of " +
        book.as_of->to_string());
  book.rejections.sort();
  summarise(book.rejections, options.rejections_file);
  return options.strict && book.rejections.rejected() > 0 ? 1 : 0;
}

}  // namespace churn::cli

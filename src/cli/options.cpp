#include "options.hpp"

#include <churn/io/book_folder.hpp>
#include <churn/io/conventions_json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

namespace churn::cli {

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) throw Error(ErrorCode::unreadable, path + " can't be opened.");
  return {std::istreambuf_iterator<char>{file}, {}};
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  file << text;
  file.close();
  if (!file) throw Error(ErrorCode::unreadable, path + " can't be written.");
}

/// The book's own conventions, or those asked for; then the single rules that options set.
Conventions conventions_for(const Options& options, Conventions conventions) {
  if (!options.conventions.empty()) {
    const TimeZone zone = conventions.book.time_zone;
    const auto currency = conventions.book.currency;
    const bool is_file =
        options.conventions.ends_with(".json") || std::filesystem::exists(options.conventions);
    conventions = is_file ? conventions_from_json(read_file(options.conventions))
                          : conventions_named(options.conventions);
    // The zone and currency of a book are facts about it, unless the file says otherwise.
    if (conventions.book.time_zone == TimeZone{}) conventions.book.time_zone = zone;
    if (!conventions.book.currency) conventions.book.currency = currency;
  }
  if (!options.currency.empty()) conventions.book.currency = Currency{options.currency};
  if (!options.netting.empty())
    conventions.rate.netting = parse_choice(options.netting, "--netting", {"period", "day"}) == 0
                                   ? Netting::by_period
                                   : Netting::by_day;
  return conventions;
}

Date as_of_for(const Options& options, const Records& records, const TimeZone& zone) {
  if (!options.as_of.empty()) return parse_date(options.as_of, "--as-of");
  const auto latest = records.day_after_latest(zone);
  if (!latest)
    throw Error(ErrorCode::unreadable,
                "The book has no records, so there is no latest day. Give one with --as-of.");
  std::cerr << "churn: as of " << latest->to_string()
            << ", the day after the latest record (set it with --as-of)\n";
  return *latest;
}

Segmenter segmenter_for(const Book& book, const std::vector<std::string>& names, PeriodKind period) {
  Segmenter segmenter;
  for (const std::string& name : names) {
    const auto& attributes = book.attribute_names();
    const bool is_attribute = std::find(attributes.begin(), attributes.end(), name) != attributes.end();
    if (name != "cohort" && !is_attribute) {
      std::string known = "cohort";
      for (const std::string& attribute : attributes) known += ", " + attribute;
      throw Error(ErrorCode::unknown_attribute,
                  "--by \"" + name + "\" is no segment of this book. There are: " + known + ".");
    }
    segmenter = segmenter * (is_attribute ? by::attribute(name) : by::cohort(period));
  }
  return segmenter;
}

PeriodGrid grid_for(const Options& options, const Book& book, PeriodKind period) {
  const PeriodGrid whole = Analyzer::whole_book(book, period);
  const Date from = options.from.empty() ? whole.from() : parse_date(options.from, "--from");
  const Date to = options.to.empty() ? whole.to() : parse_date(options.to, "--to");
  if (!(from < to))
    throw Error(ErrorCode::bad_period,
                "--to " + to.to_string() + " must be after --from " + from.to_string() + ".");
  return {period, from, to};
}

void summarise(const Rejections& rejections, const Options& options) {
  if (!options.rejections_file.empty()) write_file(options.rejections_file, to_csv(rejections.table()));
  if (rejections.empty()) return;
  std::map<RejectionCode, std::pair<std::size_t, const Rejection*>> by_code;
  for (const Rejection& r : rejections.entries()) {
    auto& [count, first] = by_code[r.code];
    if (count++ == 0) first = &r;
  }
  const auto plural = [](std::size_t n, const char* noun) {
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
  };
  std::cerr << "churn: " << plural(rejections.rejected(), "row") << " rejected, "
            << plural(rejections.notices(), "notice")
            << (options.rejections_file.empty() ? " (list them with --rejections FILE)"
                                                : " (listed in " + options.rejections_file + ")")
            << "\n";
  for (const auto& [code, found] : by_code) {
    const auto& [count, first] = found;
    std::cerr << "churn:   " << count << " " << rejection_name(code) << ", first: " << first->source
              << " row " << first->row << (first->field.empty() ? "" : " field " + first->field) << ": "
              << first->reason << "\n";
  }
}

}  // namespace

Date parse_date(const std::string& text, const std::string& option) {
  const auto day = Date::parse(text);
  if (!day) throw Error(ErrorCode::bad_date, option + " \"" + text + "\" is not a date. Write YYYY-MM-DD.");
  return *day;
}

std::size_t parse_choice(const std::string& text, const std::string& option,
                         const std::vector<std::string>& names) {
  std::string known;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return i;
    known += (known.empty() ? "" : ", ") + names[i];
  }
  throw Error(ErrorCode::unknown_name, option + " \"" + text + "\" is unknown. There are: " + known + ".");
}

std::vector<std::string> split_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; !text.empty() && at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

Session open_session(const Options& options) {
  const Format format{
      static_cast<Format>(parse_choice(options.format, "--format", {"table", "csv", "json"}))};
  const PeriodKind period{static_cast<PeriodKind>(
      parse_choice(options.period, "--period", {"day", "week", "month", "quarter", "year"}))};
  if (options.threads < 1) throw Error(ErrorCode::bad_number, "--threads must be at least 1.");
  Filter where = options.where.empty() ? Filter{} : Filter::parse(options.where);

  LoadedBook loaded = read_book_folder(options.book);
  if (loaded.records.phase_count() == 0 && loaded.records.invoice_count() > 0)
    throw Error(ErrorCode::unreadable, options.book +
                                           " has invoices but no subscriptions, and MRR is not read from "
                                           "invoices yet. Add a subscriptions.csv.");
  const Conventions conventions = conventions_for(options, loaded.conventions);
  const Date as_of = as_of_for(options, loaded.records, conventions.book.time_zone);
  auto [book, rejections] = Book::build(loaded.records, as_of, conventions);
  loaded.rejections.append(rejections);
  loaded.rejections.sort();
  summarise(loaded.rejections, options);

  const std::vector<std::string> names = split_commas(options.by);
  Segmenter segmenter = segmenter_for(book, names, period);
  PeriodGrid grid = grid_for(options, book, period);
  return {options,
          std::move(book),
          std::move(loaded.rejections),
          std::move(where),
          std::move(segmenter),
          names,
          period,
          std::move(grid),
          format,
          loaded.records.customer_count(),
          loaded.records.phase_count(),
          loaded.records.invoice_count(),
          loaded.records.event_count(),
          loaded.records.fx_rate_count()};
}

}  // namespace churn::cli

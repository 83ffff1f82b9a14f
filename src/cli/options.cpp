#include "options.hpp"

#include <churn/io/book_folder.hpp>
#include <churn/io/book_json.hpp>
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

/// A preset by its name, else a file. The zone and currency of a book are facts about it: they stay, unless a
/// file says otherwise.
Conventions conventions_called(const std::string& name, const BookRules& of_the_book) {
  Conventions base = Conventions::standard();
  base.book.time_zone = of_the_book.time_zone;
  base.book.currency = of_the_book.currency;
  if (name.ends_with(".json")) return conventions_from_json(read_file(name), base);
  try {
    Conventions preset = conventions_named(name);
    preset.book.time_zone = base.book.time_zone;
    preset.book.currency = base.book.currency;
    return preset;
  } catch (const Error&) {
    if (!std::filesystem::is_regular_file(name)) throw;
  }
  return conventions_from_json(read_file(name), base);
}

/// The book's own conventions, or those asked for; then the single rules that options set.
Conventions conventions_for(const Options& options, Conventions conventions) {
  if (!options.conventions.empty()) conventions = conventions_called(options.conventions, conventions.book);
  if (!options.currency.empty()) conventions.book.currency = Currency{options.currency};
  if (!options.netting.empty())
    conventions.rate.netting = options.netting == "period" ? Netting::by_period : Netting::by_day;
  return conventions;
}

/// What can be seen to be wrong before anything is read, so that the complaint stands alone.
void check_values(const Options& options) {
  (void)parse_choice(options.measure, "--measure", {"logo", "revenue"});
  (void)parse_choice(options.cohort, "--cohort", {"first_paid", "signed_up"});
  (void)parse_choice(options.retention, "--retention", {"returning", "unbroken"});
  if (!options.netting.empty()) (void)parse_choice(options.netting, "--netting", {"period", "day"});
  if (!options.currency.empty()) (void)Currency{options.currency};
  if (options.threads < 1) throw Error(ErrorCode::bad_number, "--threads must be at least 1.");
  if (options.measure == "revenue" && options.retention == "unbroken")
    throw Error(ErrorCode::unknown_name,
                "--retention unbroken counts customers; it does not go with --measure revenue.");
  (void)parse_movement(options.movement);
  std::optional<Date> from;
  std::optional<Date> to;
  for (const auto& [text, option] :
       {std::pair{&options.as_of, "--as-of"}, {&options.on, "--on"}, {&options.period_of, "--period-of"}})
    if (!text->empty()) (void)parse_date(*text, option);
  if (!options.from.empty()) from = parse_date(options.from, "--from");
  if (!options.to.empty()) to = parse_date(options.to, "--to");
  if (from && to && !(*from < *to))
    throw Error(ErrorCode::bad_period, "--to " + options.to + " must be after --from " + options.from + ".");
}

/// A reason on one line: ids may hold line breaks.
std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
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

PeriodGrid grid_for(const Options& options, const Book& book, PeriodKind period) {
  const CohortBy cohort_by = options.cohort == "signed_up" ? CohortBy::signed_up : CohortBy::first_paid;
  const PeriodGrid whole = Analyzer::whole_book(book, period, cohort_by);
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
              << on_one_line(first->reason) << "\n";
  }
}

/// A folder, a JSON or NDJSON file, or `-` for either of these from standard input.
LoadedBook read_book(const std::string& name) {
  if (name == "-") return read_book_json(std::cin, "standard input");
  const std::filesystem::path path{name};
  const std::string extension = path.extension().string();
  const bool named_json = extension == ".json" || extension == ".ndjson" || extension == ".jsonl";
  return named_json && !std::filesystem::is_directory(path) ? read_book_json(path) : read_book_folder(path);
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
  check_values(options);
  Filter where = options.where.empty() ? Filter{} : Filter::parse(options.where, period);

  LoadedBook loaded = read_book(options.book);
  if (loaded.records.phase_count() == 0 && loaded.records.invoice_count() > 0)
    throw Error(ErrorCode::unreadable, options.book +
                                           " has invoices but no subscriptions, and MRR is not read from "
                                           "invoices yet. Add subscriptions.");
  const Conventions conventions = conventions_for(options, loaded.conventions);
  const Date as_of = as_of_for(options, loaded.records, conventions.book.time_zone);
  auto [book, rejections] = Book::build(loaded.records, as_of, conventions);
  loaded.rejections.append(rejections);
  loaded.rejections.sort();
  summarise(loaded.rejections, options);

  const std::vector<std::string> names = split_commas(options.by);
  Segmenter segmenter;
  for (const std::string& name : names) segmenter = segmenter * by::name(name, period);
  if (!names.empty()) (void)segmenter(book);  // an unknown name is said before anything is counted
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

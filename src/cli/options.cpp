#include "options.hpp"

#include <churn/core/printable.hpp>
#include <churn/io/book_file.hpp>
#include <churn/io/book_folder.hpp>
#include <churn/io/book_json.hpp>
#include <churn/io/conventions_json.hpp>
#include <churn/io/stripe.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

#include "database.hpp"
#include "decision.hpp"
#include "departures.hpp"
#include "levers.hpp"
#include "progress.hpp"
#include "risk.hpp"
#include "statistics.hpp"
#include "suggestion.hpp"
#include "terminal.hpp"

namespace churn::cli {

namespace {

void write_file(const std::string& path, const std::string& text) {
  const Unbroken until_written{path};
  std::ofstream file{path, std::ios::binary};
  file << text;
  file.close();
  if (!file) throw Error(ErrorCode::unreadable, path + " can't be written.");
}

Conventions conventions_in(const std::string& file, const Conventions& base) {
  const std::string text = read_file(file);
  try {
    return conventions_from_json(text, base);
  } catch (const Error& error) {
    throw Error(error.code(), file + ": " + error.what());
  }
}

}  // namespace

/// A preset by its name, else a file. The zone and currency of a book are facts about it: they stay, unless a
/// file says otherwise.
Conventions conventions_called(const std::string& name, const BookRules& of_the_book) {
  const Conventions base = Conventions::standard().with_facts_of(of_the_book);
  if (extension_of(name) == ".json") return conventions_in(name, base);
  try {
    return conventions_named(name).with_facts_of(of_the_book);
  } catch (const Error& error) {
    std::vector<std::string> presets;
    for (const Conventions& preset : Conventions::presets()) presets.push_back(preset.name);
    if (!std::filesystem::is_regular_file(name))
      throw Error(error.code(), error.what() + suggestion_for(name, presets));
  }
  return conventions_in(name, base);
}

Conventions conventions_for(const Options& options, Conventions conventions) {
  if (!options.conventions.empty()) conventions = conventions_called(options.conventions, conventions.book);
  if (!options.currency.empty()) conventions.book.currency = Currency{options.currency};
  if (!options.netting.empty())
    conventions.rate.netting = options.netting == "period" ? Netting::by_period : Netting::by_day;
  return conventions;
}

std::size_t shown(const Options& options, const std::vector<std::string>& names) {
  return options.show.empty() ? 0 : parse_choice(options.show, "--show", names);
}

void refuse_if(bool is_given, const Options& options, const std::string& option, const std::string& instead) {
  if (is_given)
    throw Error(ErrorCode::unknown_name, options.command +
                                             (options.show.empty() ? "" : " --show " + options.show) +
                                             " takes no " + option + ". " + instead);
}

namespace {

void check_metric(const std::string& name) {
  if (name.empty()) return;
  const std::vector<std::string> names = std::apply(
      [](const auto&... metrics) { return std::vector<std::string>{std::string(metrics.name)...}; },
      StandardMetrics{});
  suggesting(name, names, [&] { with_metric(name, [](const auto&) {}); });
}

}  // namespace

void check_values(const Options& options) {
  (void)parse_choice(options.measure, "--measure", {"logo", "revenue"});
  (void)parse_choice(options.cohort, "--cohort", {"first_paid", "signed_up"});
  (void)parse_choice(options.retention, "--retention", {"returning", "unbroken"});
  (void)parse_cohorts(options.cohorts);
  if (!options.netting.empty()) (void)parse_choice(options.netting, "--netting", {"period", "day"});
  if (!options.currency.empty()) (void)Currency{options.currency};
  if (options.threads < 1) throw Error(ErrorCode::bad_number, "--threads must be at least 1.");
  if (options.measure == "revenue" && options.retention == "unbroken")
    throw Error(ErrorCode::unknown_name,
                "--retention unbroken counts customers; it does not go with --measure revenue.");
  suggesting(
      options.movement,
      {"new", "reactivation", "expansion", "contraction", "churn", "transfer_in", "transfer_out", "fx"},
      [&] { (void)parse_movement(options.movement); });
  check_metric(options.metric);
  check_statistics(options);
  check_departures(options);
  check_risk(options);
  check_levers(options);
  check_decisions(options);
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

namespace {

Date as_of_for(const Options& options, const LoadedBook& loaded, const TimeZone& zone) {
  if (!options.as_of.empty()) return parse_date(options.as_of, "--as-of");
  const auto latest = loaded.as_of ? loaded.as_of : loaded.records.day_after_latest(zone);
  if (!latest)
    throw Error(ErrorCode::unreadable,
                "The book has no records, so there is no latest day. Give one with --as-of.");
  say("as of " + latest->to_string() + ", the day after the latest record (set it with --as-of)");
  return *latest;
}

/// What a total depends on and does not show: which of two sources MRR was read from, and by which rates.
void say_how_it_was_read(const Book& book, const Records& records) {
  const bool from_invoices = book.revenue_source() == RevenueSource::invoices;
  if (from_invoices && records.phase_count() > 0)
    say("MRR is read from the invoices, not from the subscriptions, as the conventions say");
  else if (from_invoices)
    say("MRR is read from the service periods of the invoices");
  std::string rates;
  for (const AppliedRate& rate : book.exchange_rates())
    rates += (rates.empty() ? "" : ", ") + std::string("1 ") + std::string(rate.currency.code()) + " = " +
             rate.rate.to_string() + (rate.over == Decimal{1} ? "" : " / " + rate.over.to_string()) + " " +
             std::string(book.currency().code()) + (rate.on ? " (" + rate.on->to_string() + ")" : "");
  if (rates.empty()) return;
  say(book.conventions().book.fx == FxPolicy::dated
          ? "converted at the rate of the day before each period; elsewhere at " + rates
          : "converted at " + rates);
}

/// Instants of Stripe's become days in the zone of the conventions.
LoadedBook read_stripe_book(const Options& options) {
  const StripeOptions reading{.time_zone = conventions_for(options, {}).book.time_zone};
  if (options.book != "-") return read_stripe(options.book, reading);
  const std::string text{std::istreambuf_iterator<char>{std::cin}, {}};
  return read_stripe_text(text, reading, "standard input");
}

/// A folder, a JSON or NDJSON file, `-` for one of these files from standard input, or a database.
LoadedBook read_book(const Options& options) {
  if (options.stripe) return read_stripe_book(options);
  const std::string& name = options.book;
  if (name == "-") return read_book_json(std::cin, "standard input");
  if (is_database(name)) return read_database(name);
  const std::filesystem::path path{name};
  const std::string extension = extension_of(path);
  const bool named_json = extension == ".json" || extension == ".ndjson" || extension == ".jsonl";
  if (named_json && !std::filesystem::is_directory(path)) return read_book_json(path);
  return read_book_folder(path, {.threads = options.threads, .progress = progress_of("reading the book")});
}

BookFile read_and_build(const Options& options) {
  now_doing("reading the book");
  LoadedBook loaded = read_book(options);
  const Conventions conventions = conventions_for(options, loaded.conventions);
  const Date as_of = as_of_for(options, loaded, conventions.book.time_zone);
  auto [book, rejections] =
      Book::build(loaded.records, as_of, conventions,
                  {.threads = options.threads, .progress = progress_of("building the book")});
  return {std::move(book), std::move(rejections), std::move(loaded.rejections)};
}

/// The book of a snapshot, built again from its records if something else is asked for.
BookFile open_snapshot(const Options& options) {
  BookFile file = read_book_file(options.book);
  const Conventions conventions = conventions_for(options, file.book.conventions());
  if (options.as_of.empty()) say("as of " + file.book.as_of().to_string() + ", the day of the snapshot");
  const Date as_of = options.as_of.empty() ? file.book.as_of() : parse_date(options.as_of, "--as-of");
  if (conventions == file.book.conventions() && as_of == file.book.as_of()) return file;
  auto [book, rejections] =
      Book::build(file.book.records(), as_of, conventions,
                  {.threads = options.threads, .progress = progress_of("building the book")});
  return {std::move(book), std::move(rejections), std::move(file.found_reading)};
}

/// Asks for the column of a fixed factor, which throws for a name that the book does not know.
void check_name(const Segmenter::Factor& factor, const Book& book) {
  if (factor.kind != Segmenter::Kind::fixed) return;
  std::vector<std::string> names{"plan",   "interval", "currency", "primary_plan",
                                 "tenure", "mrr_band", "cohort"};
  const std::vector<std::string> attributes = book.attribute_names();
  names.insert(names.end(), attributes.begin(), attributes.end());
  suggesting(factor.name, names, [&] { (void)factor.column(book); });
}

/// The labels that there may be, without asking who has them.
std::vector<std::string> labels_of(const Segmenter::Factor& factor, const Book& book) {
  auto labels =
      factor.kind == Segmenter::Kind::state ? factor.state(book).labels : factor.column(book).labels;
  labels.emplace_back("(none)");
  return labels;
}

/// The first few, in order, each once.
std::string listed(const std::vector<std::string>& labels) {
  std::string list;
  std::size_t shown = 0;
  for (const std::string& label : std::set<std::string>(labels.begin(), labels.end())) {
    if (shown++ == 10) return list + ", ...";
    list += (list.empty() ? "" : ", ") + label;
  }
  return list;
}

}  // namespace

void warn_of_unknown_values(const std::string& option, const Filter& where, const Book& book) {
  for (std::size_t i = 0; i < where.factors().size(); ++i) {
    const Segmenter::Factor& factor = where.factors()[i].factors().front();
    check_name(factor, book);
    // MRR bands and main plans have no meaning over several currencies, as whoever asks will hear.
    if (factor.kind == Segmenter::Kind::state && book.currencies().size() > 1) continue;
    const std::vector<std::string> labels = labels_of(factor, book);
    for (const std::string& value : where.values(i)) {
      if (std::find(labels.begin(), labels.end(), value) != labels.end()) continue;
      const std::string suggestion = suggestion_for(value, labels);
      say(option + ": no " + factor.name + " is called \"" + value + "\". " +
          (value.find(" or ") == std::string::npos ? "" : "Conditions are joined by \"and\" only. ") +
          "There are: " + listed(labels) + (suggestion.empty() ? "" : "." + suggestion));
    }
  }
}

std::string read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) throw Error(ErrorCode::unreadable, path + " can't be opened.");
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string extension_of(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension;
}

void summarise(const Rejections& rejections, const std::string& rejections_file) {
  if (!rejections_file.empty()) write_file(rejections_file, to_csv(rejections.table()));
  if (rejections.empty()) return;
  std::map<RejectionCode, std::pair<std::size_t, const Rejection*>> by_code;
  for (const Rejection& r : rejections.entries()) {
    auto& [count, first] = by_code[r.code];
    if (count++ == 0) first = &r;
  }
  const auto plural = [](std::size_t n, const char* noun) {
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
  };
  say(plural(rejections.rejected(), "row") + " rejected, " + plural(rejections.notices(), "notice") +
      (rejections_file.empty() ? " (list them with --rejections FILE)"
                               : " (listed in " + rejections_file + ")"));
  for (const auto& [code, found] : by_code) {
    const auto& [count, first] = found;
    say("  " + std::to_string(count) + " " + std::string(rejection_name(code)) + ", first: " + first->source +
        " row " + std::to_string(first->row) + (first->field.empty() ? "" : " field " + first->field) + ": " +
        first->reason);
  }
}

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
  throw Error(ErrorCode::unknown_name, option + " \"" + text + "\" is unknown. There are: " + known + "." +
                                           suggestion_for(text, names));
}

std::vector<CohortBy> parse_cohorts(const std::string& text) {
  std::vector<CohortBy> kinds;
  if (text == "none") return kinds;
  for (const std::string& kind : split_commas(text)) {
    const std::size_t choice = parse_choice(kind, "--cohort", {"first_paid", "signed_up", "none"});
    if (choice == 2) throw Error(ErrorCode::unknown_name, "--cohort is either none, or kinds of cohorts.");
    kinds.push_back(static_cast<CohortBy>(choice));
  }
  return kinds;
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

namespace {

void write_words(const std::string& line, Paint paint) {
  const Terminal& terminal = err_terminal();
  constexpr std::string_view name = "churn:";
  const std::string text = wrapped(std::string(name) + " " + printable(line), terminal.width, 2);
  write_line(painted(name, paint, terminal) + text.substr(name.size()));
}

}  // namespace

void say(const std::string& line) { write_words(line, Paint::plain); }
void complain(const std::string& line) { write_words(line, Paint::bad); }

FoldOptions Session::fold_options() const { return {where, {}, options.threads, progress_of("counting")}; }

PeriodGrid Session::grid() const {
  const std::vector<CohortBy> kinds = parse_cohorts(options.cohorts);
  const bool by_sign_up = options.cohort == "signed_up" ||
                          std::find(kinds.begin(), kinds.end(), CohortBy::signed_up) != kinds.end();
  const CohortBy cohort_by = by_sign_up ? CohortBy::signed_up : CohortBy::first_paid;
  const PeriodGrid whole = Analyzer::whole_book(book, period, cohort_by);
  const Date from = options.from.empty() ? whole.from() : parse_date(options.from, "--from");
  const Date to = options.to.empty() ? whole.to() : parse_date(options.to, "--to");
  if (from < to) return {period, from, to};
  if (options.to.empty())
    throw Error(ErrorCode::bad_period, "--from " + from.to_string() + " is not before " + to.to_string() +
                                           ", where the book ends. Give --to as well.");
  throw Error(ErrorCode::bad_period,
              "--to " + to.to_string() + " is not after " + from.to_string() + ", where the book begins.");
}

Session open_session(const Options& options) {
  std::vector<std::string> formats{"table", "csv", "json"};
  if (options.command == "report") formats.emplace_back("markdown");
  const Format format{static_cast<Format>(parse_choice(options.format, "--format", formats))};
  const PeriodKind period{static_cast<PeriodKind>(
      parse_choice(options.period, "--period", {"day", "week", "month", "quarter", "year"}))};
  check_values(options);
  Filter where = options.where.empty() ? Filter{} : Filter::parse(options.where, period);

  auto [book, found_building, found_reading] =
      !options.stripe && !is_database(options.book) && is_book_file(options.book) ? open_snapshot(options)
                                                                                  : read_and_build(options);
  const Conventions& conventions = book.conventions();
  if (conventions.name != "standard")
    say("conventions " + conventions.name + ", version " + conventions.version);
  const Records records = book.records();
  say_how_it_was_read(book, records);
  Rejections rejections = found_reading;
  rejections.append(found_building);
  rejections.sort();
  summarise(rejections, options.rejections_file);

  const std::vector<std::string> names = split_commas(options.by);
  Segmenter segmenter;
  for (const std::string& name : names) segmenter = segmenter * by::name(name, period);
  for (const Segmenter::Factor& factor : segmenter.factors())
    check_name(factor, book);  // an unknown name is said before anything is counted
  warn_of_unknown_values("--where", where, book);
  return {options,
          std::move(book),
          std::move(rejections),
          std::move(found_reading),
          std::move(found_building),
          std::move(where),
          std::move(segmenter),
          names,
          period,
          format,
          records.customer_count(),
          records.phase_count(),
          records.invoice_count(),
          records.event_count(),
          records.fx_rate_count()};
}

}  // namespace churn::cli

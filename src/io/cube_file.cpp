#include <churn/io/cube_file.hpp>

#include <algorithm>
#include <fstream>
#include <numeric>

#include <nlohmann/json.hpp>

#include <churn/core/exact.hpp>
#include <churn/metric/movements.hpp>

#include "book/book_data.hpp"
#include "cube/stored.hpp"
#include "io/file_text.hpp"
#include "io/findings.hpp"
#include "io/rules_text.hpp"
#include "io/stored_cube_file.hpp"

namespace churn::inline v0 {

namespace {

using Factor = CubeFile::Factor;
using Kind = Segmenter::Kind;

bool by_code(Currency a, Currency b) { return a.code() < b.code(); }

/// The currency of what holds nothing, as a book has it.
Currency home_of(const std::vector<Currency>& currencies, const Conventions& conventions) {
  return currencies.empty() ? conventions.book.currency.value_or(Currency{"USD"}) : currencies.front();
}

bool is_empty(const MovementCube& cube, std::size_t segment) {
  const std::vector<MovementCell>& cells = Stored::cells_of(cube);
  const auto row = cells.begin() + static_cast<std::ptrdiff_t>(segment * cube.grid().size());
  return std::all_of(row, row + static_cast<std::ptrdiff_t>(cube.grid().size()),
                     [](const MovementCell& cell) { return cell == MovementCell{}; });
}

bool is_empty(const CohortCube& cube) {
  const std::vector<CohortCell>& cells = Stored::cells_of(cube);
  return std::all_of(cells.begin(), cells.end(), [](const CohortCell& cell) { return cell == CohortCell{}; });
}

// Which currency nothing is of must not depend on what was added first: without lanes or states that of the book;
// else each segment has its own, and of two the first by its code.

void add(CohortCube& cube, const CohortCube& part, Currency home) {
  cube += part;
  if (is_empty(cube)) Stored::set_currency(cube, home);
}

void add(MovementCube& cube, const MovementCube& part, std::optional<Currency> home) {
  const MovementCube before = cube;
  cube += part;
  const auto currency_in = [](const MovementCube& of, const Label& label) -> std::optional<Currency> {
    const auto at = std::lower_bound(of.segments().begin(), of.segments().end(), label);
    if (at == of.segments().end() || *at != label) return std::nullopt;
    return of.currency(static_cast<std::size_t>(at - of.segments().begin()));
  };
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    if (!is_empty(cube, s)) continue;
    const auto a = currency_in(before, cube.segments()[s]);
    const auto b = currency_in(part, cube.segments()[s]);
    const Currency first = a && b ? std::min(*a, *b, by_code) : a ? *a : *b;
    Stored::set_currency(cube, s, home.value_or(first));
  }
}

// ---- what differs, in words

std::string text_of(const PeriodGrid& grid) {
  std::string text{period_kind_name(grid.kind())};
  if (grid.kind() == PeriodKind::every_days) text += " of " + std::to_string(Stored::parts_of(grid).step);
  return text + " from " + grid.from().to_string() + " to " + grid.to().to_string();
}

std::string text_of(const std::vector<Factor>& factors) {
  std::string text;
  for (const Factor& factor : factors) {
    static constexpr const char* kinds[] = {"fixed", "state", "lane"};
    text += (text.empty() ? "" : " * ") + factor.name + " (" + kinds[static_cast<std::size_t>(factor.kind)] +
            (factor.version.empty() ? "" : ", " + factor.version) + ")";
  }
  return text.empty() ? "none" : text;
}

std::string text_of(const CubeFile::Condition& where) {
  if (where.text.empty()) return "none";
  return where.text + ", asking " + text_of(where.factors);
}

std::string text_of(std::optional<Date> day) { return day ? day->to_string() : "none"; }

std::string text_of(const std::vector<CohortCube>& cohorts) {
  std::string text;
  for (const CohortCube& cube : cohorts)
    text += std::string(text.empty() ? "" : ", ") +
            (cube.cohort_by() == CohortBy::first_paid ? "first_paid" : "signed_up");
  return text.empty() ? "none" : text;
}

std::string text_of(const std::optional<DepartureCube>& departures) {
  return departures ? "by rules " + text_of_rules(departures->rules()) : "none";
}

std::string text_of(const AppliedRate& rate) {
  return rate.rate.to_string() + (rate.over == Decimal{1} ? "" : " / " + rate.over.to_string()) +
         (rate.on ? " of " + rate.on->to_string() : "");
}

std::string text_of(RevenueSource source) {
  return source == RevenueSource::invoices ? "invoices" : "subscriptions";
}

void compare_grids(const PeriodGrid& a, const PeriodGrid& b, std::vector<RuleDifference>& found) {
  if (a == b) return;
  if (text_of(a) != text_of(b)) {
    found.push_back({"periods", text_of(a), text_of(b)});
    return;
  }
  // Given cut points that agree in the first and the last.
  std::size_t i = 0;
  while (a.cuts()[i] == b.cuts()[i]) ++i;
  found.push_back({"periods", "a cut at " + a.cuts()[i].to_string(), "one at " + b.cuts()[i].to_string()});
}

void compare_rates(const std::vector<AppliedRate>& a, const std::vector<AppliedRate>& b,
                   std::vector<RuleDifference>& found) {
  for (const AppliedRate& first : a)
    for (const AppliedRate& second : b)
      if (first.currency == second.currency && text_of(first) != text_of(second))
        found.push_back(
            {"exchange rate of " + std::string(first.currency.code()), text_of(first), text_of(second)});
}

/// The first segment that holds amounts of one currency here and of another there.
void compare_currencies(const MovementCube& a, const MovementCube& b, std::vector<RuleDifference>& found) {
  for (std::size_t s = 0; s < a.segments().size(); ++s) {
    const auto at = std::lower_bound(b.segments().begin(), b.segments().end(), a.segments()[s]);
    if (at == b.segments().end() || *at != a.segments()[s]) continue;
    const auto there = static_cast<std::size_t>(at - b.segments().begin());
    if (a.currency(s) == b.currency(there) || is_empty(a, s) || is_empty(b, there)) continue;
    std::string label;
    for (const std::string& part : a.segments()[s]) label += (label.empty() ? "" : ", ") + part;
    found.push_back({label.empty() ? "currency" : "currency of " + reading::in_quotes(label),
                     std::string(a.currency(s).code()), std::string(b.currency(there).code())});
    return;
  }
}

// ---- adding

std::vector<Currency> united(std::vector<Currency> a, const std::vector<Currency>& b) {
  std::vector<Currency> all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all), by_code);
  return all;
}

std::vector<AppliedRate> united(const std::vector<AppliedRate>& a, const std::vector<AppliedRate>& b) {
  std::vector<AppliedRate> all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all),
                 [](const AppliedRate& x, const AppliedRate& y) { return by_code(x.currency, y.currency); });
  return all;
}

bool tells_apart(const Factor& factor) { return factor.kind != Kind::fixed; }
/// Plans by their MRR, and bands of MRR, compare amounts.
bool compares(const Factor& factor) {
  return factor.kind == Kind::state && (factor.name == "primary_plan" || factor.name == "mrr_band");
}
/// Whether some factor of the segments or of the condition does.
bool asks_any(const CubeFile& file, bool (*does)(const Factor&)) {
  return std::any_of(file.segments().begin(), file.segments().end(), does) ||
         std::any_of(file.where().factors.begin(), file.where().factors.end(), does);
}

/// What no book of several currencies can be asked, no sum of books can, either.
void require_currencies_apart(const CubeFile& file, const std::vector<Currency>& currencies) {
  if (currencies.size() < 2) return;
  if (asks_any(file, &tells_apart) && !asks_any(file, &compares) && file.cohorts().empty()) return;
  std::string names;
  for (const Currency currency : currencies)
    names += (names.empty() ? "" : ", ") + std::string(currency.code());
  throw Error(ErrorCode::mixed_currencies,
              "Together the parts hold " + names +
                  ", which never add up. Count each part by currency and without cohorts, or report all of "
                  "them in one currency.");
}

constexpr bool same(const AppliedRate& a, const AppliedRate& b) {
  return a.currency == b.currency && a.rate == b.rate && a.over == b.over && a.on == b.on;
}

}  // namespace

std::vector<Factor> CubeFile::factors_of(const Segmenter& segmenter) {
  std::vector<Factor> factors;
  for (const Segmenter::Factor& factor : segmenter.factors())
    factors.push_back({factor.name, factor.kind, factor.version});
  return factors;
}

CubeFile::Condition CubeFile::condition_of(const Filter& filter) {
  Condition condition{filter.text(), {}};
  for (const Segmenter& segmenter : filter.factors())
    for (Factor& factor : factors_of(segmenter)) condition.factors.push_back(std::move(factor));
  return condition;
}

CubeFile CubeFile::fold(const Book& book, const CubeQuestion& question, const Rejections& rejections) {
  const Conventions& conventions = book.conventions();
  Facts facts{.records_from = book.records_from(),
              .segments = factors_of(question.by),
              .where = condition_of(question.where),
              .currencies = book.currencies(),
              .source = {},
              .exchange_rates = book.exchange_rates(),
              .rejected = {}};
  std::sort(facts.currencies.begin(), facts.currencies.end(), by_code);
  if (book.data().phases.table->size() > 0) facts.source = book.revenue_source();
  for (const Rejection& rejection : rejections.entries())
    if (!is_notice(rejection.code)) ++facts.rejected[static_cast<std::size_t>(rejection.code)];

  const FoldOptions options{question.where, {}, question.threads};
  MovementCube movements = MovementCube::fold(book, question.grid, question.by, options);
  std::optional<MovementCube> rates;
  FoldOptions rate_options = options;
  rate_options.rules = StoredCubeFile::for_rates(conventions).rate;
  const auto trailing_days = conventions.rate.trailing_days;
  if (trailing_days)
    rates = MovementCube::fold_trailing(book, question.grid, *trailing_days, question.by, rate_options);
  else if (StoredCubeFile::needs_rates(conventions.rate))
    rates = MovementCube::fold(book, question.grid, question.by, rate_options);
  SubscriptionCube subscriptions = detail::over_spans_of(
      rates ? *rates : movements, book,
      [&](const PeriodGrid& grid) { return fold_subscriptions(book, grid, question.by, rate_options); });
  std::vector<CohortCube> cohorts;
  for (const CohortBy cohort_by : {CohortBy::first_paid, CohortBy::signed_up})
    if (std::find(question.cohorts.begin(), question.cohorts.end(), cohort_by) != question.cohorts.end())
      cohorts.push_back(CohortCube::fold(book, question.grid, cohort_by, question.by, options));

  std::optional<DepartureCube> departures;
  if (question.departures)
    departures = Stored::fold_departures(book, movements, question.by, question.rules, options);

  CubeFile file{std::move(facts),         std::move(movements), std::move(rates),
                std::move(subscriptions), std::move(cohorts),   std::move(departures)};
  return file;
}

std::int64_t CubeFile::rejected() const {
  return std::accumulate(facts_.rejected.begin(), facts_.rejected.end(), std::int64_t{0});
}

const CohortCube& CubeFile::cohorts(CohortBy cohort_by) const& {
  for (const CohortCube& cube : cohorts_)
    if (cube.cohort_by() == cohort_by) return cube;
  throw Error(ErrorCode::unknown_name,
              "Cohorts of this kind were not counted. There are: " + text_of(cohorts_) + ".");
}

const DepartureCube& CubeFile::departures() const& {
  if (departures_) return *departures_;
  throw Error(ErrorCode::unknown_name,
              "Departures were not counted, or by a library that did not know of them. Count the book anew.");
}

Table CubeFile::movements_table(bool exact) const { return churn::movements_table(movements_, exact); }
Table CubeFile::rates_table(bool exact) const { return metrics_table(StandardMetrics{}, exact); }

std::vector<RuleDifference> differences(const CubeFile& a, const CubeFile& b) {
  std::vector<RuleDifference> found;
  const auto compare = [&found](const char* field, const auto& first, const auto& second) {
    if (!(first == second)) found.push_back({field, text_of(first), text_of(second)});
  };
  compare_grids(a.grid(), b.grid(), found);
  compare("as_of", std::optional(a.as_of()), std::optional(b.as_of()));
  compare("records_from", a.records_from(), b.records_from());
  compare("segments", a.segments(), b.segments());
  compare("condition", a.where(), b.where());
  const Conventions& first = a.conventions();
  const Conventions& second = b.conventions();
  if (first.name != second.name || first.version != second.version)
    found.push_back({"conventions", first.name + ", version " + first.version,
                     second.name + ", version " + second.version});
  const std::vector<RuleDifference> rules = differing_rules(first, second);
  found.insert(found.end(), rules.begin(), rules.end());
  if (found.empty() && !(first == second))
    found.push_back({"conventions", "one text on their source", "another"});
  if (text_of(a.cohorts()) != text_of(b.cohorts()))
    found.push_back({"cohorts", text_of(a.cohorts()), text_of(b.cohorts())});
  const std::string departures = text_of(StoredCubeFile::departures_of(a));
  const std::string other_departures = text_of(StoredCubeFile::departures_of(b));
  if (departures != other_departures) found.push_back({"departures", departures, other_departures});
  const auto& facts = StoredCubeFile::facts_of(a);
  const auto& others = StoredCubeFile::facts_of(b);
  if (facts.source && others.source) compare("source of MRR", *facts.source, *others.source);
  compare_rates(facts.exchange_rates, others.exchange_rates, found);
  compare_currencies(a.movements(), b.movements(), found);
  return found;
}

CubeFile& CubeFile::operator+=(const CubeFile& other) {
  const std::vector<RuleDifference> differing = differences(*this, other);
  if (!differing.empty()) {
    std::string sentence = "These cubes can't be added, because they were not counted alike. ";
    for (const RuleDifference& field : differing)
      sentence += (&field == &differing.front() ? "" : "; ") + field.field + ": " + field.first + ", and " +
                  field.second;
    throw Error(ErrorCode::mismatched_cubes, sentence + ".");
  }
  CubeFile sum = *this;
  sum.facts_.currencies = united(facts_.currencies, other.facts_.currencies);
  require_currencies_apart(*this, sum.facts_.currencies);
  sum.facts_.exchange_rates = united(facts_.exchange_rates, other.facts_.exchange_rates);
  if (!sum.facts_.source) sum.facts_.source = other.facts_.source;
  for (std::size_t code = 0; code < rejection_code_count; ++code)
    sum.facts_.rejected[code] = checked_add(facts_.rejected[code], other.facts_.rejected[code]);
  const Currency home = home_of(sum.facts_.currencies, conventions());
  const std::optional<Currency> home_of_all =
      asks_any(*this, &tells_apart) ? std::nullopt : std::optional(home);
  add(sum.movements_, other.movements_, home_of_all);
  if (sum.rates_) add(*sum.rates_, *other.rates_, home_of_all);
  sum.subscriptions_ += other.subscriptions_;
  for (std::size_t i = 0; i < sum.cohorts_.size(); ++i) add(sum.cohorts_[i], other.cohorts_[i], home);
  if (sum.departures_) {
    *sum.departures_ += *other.departures_;
    Stored::set_currencies(*sum.departures_, sum.movements_);
  }
  std::swap(*this, sum);
  return *this;
}

bool operator==(const CubeFile& a, const CubeFile& b) {
  const auto& x = a.facts_;
  const auto& y = b.facts_;
  return x.records_from == y.records_from && x.segments == y.segments && x.where == y.where &&
         x.currencies == y.currencies && x.source == y.source && x.rejected == y.rejected &&
         std::equal(x.exchange_rates.begin(), x.exchange_rates.end(), y.exchange_rates.begin(),
                    y.exchange_rates.end(), same) &&
         a.conventions() == b.conventions() && a.movements_ == b.movements_ && a.rates_ == b.rates_ &&
         a.subscriptions_ == b.subscriptions_ && a.cohorts_ == b.cohorts_ && a.departures_ == b.departures_;
}

// ---- files

void write_cube_file(const CubeFile& file, const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const std::string bytes =
      extension == ".json" ? cube_file_text(nlohmann::ordered_json(file)) + "\n" : to_bytes(file);
  std::ofstream out{path, std::ios::binary};
  out << bytes;
  out.close();
  if (!out) reading::fail(path.string() + " can't be written.");
}

CubeFile read_cube_file(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  const std::string bytes = reading::text_of_file(path, name);
  try {
    return cube_file_from_bytes(bytes);
  } catch (const Error& error) {
    throw Error(error.code(), name + ": " + error.what());
  }
}

CubeFile cube_file_from_bytes(std::string_view bytes) {
  if (is_packed_cube_file(bytes)) return unpacked_cube_file(bytes);
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || bytes[first] != '{')
    reading::fail("This is no file of cubes. Make one with `churn partial`, or write_cube_file.");
  return cube_file_from_json(cube_file_tree(bytes));
}

}  // namespace churn::inline v0

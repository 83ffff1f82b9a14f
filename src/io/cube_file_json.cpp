// CubeFile as JSON, and what its two forms have in common.
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include <churn/io/result_json.hpp>
#include <churn/version.hpp>

#include "cube/stored.hpp"
#include "io/answer_json.hpp"
#include "io/rules_text.hpp"
#include "io/stored_cube_file.hpp"

namespace churn::inline v0 {

using namespace answer_json;

namespace {

using Factor = CubeFile::Factor;
using Facts = StoredCubeFile::Facts;

constexpr std::array<Name<Segmenter::Kind>, 3> kind_names{
    {{"fixed", Segmenter::Kind::fixed}, {"state", Segmenter::Kind::state}, {"lane", Segmenter::Kind::lane}}};
constexpr std::array<Name<RevenueSource>, 2> revenue_names{
    {{"subscriptions", RevenueSource::subscriptions}, {"invoices", RevenueSource::invoices}}};

ordered_json tree_of(const std::vector<Factor>& factors) {
  ordered_json list = ordered_json::array();
  for (const Factor& factor : factors)
    list.push_back(
        {{"name", factor.name}, {"kind", name_in(kind_names, factor.kind)}, {"version", factor.version}});
  return list;
}

ordered_json day_or_null(std::optional<Date> day) {
  return day ? ordered_json(day->to_string()) : ordered_json(nullptr);
}

std::vector<Factor> factors_from(const ResultFields& fields, std::string_view field) {
  std::vector<Factor> factors;
  for (const json& element : fields.array(field)) {
    const ResultFields own(element, fields.name_of(field));
    factors.push_back({own.text("name"), own.named("kind", kind_names), own.text("version")});
  }
  return factors;
}

Decimal decimal_from(const ResultFields& fields, std::string_view field) {
  const auto number = Decimal::parse(fields.text(field));
  if (!number || number->coefficient() <= 0) fields.refuse(field, "It must be a number above 0.");
  return *number;
}

void read_currencies(const ResultFields& fields, Facts& facts) {
  const auto rise = [](Currency a, Currency b) { return a.code() < b.code(); };
  for (const json& code : fields.array("currencies"))
    facts.currencies.push_back(fields.currency(code, "currencies"));
  if (!std::is_sorted(facts.currencies.begin(), facts.currencies.end(), rise) ||
      std::adjacent_find(facts.currencies.begin(), facts.currencies.end()) != facts.currencies.end())
    fields.refuse("currencies", "They are not in order, or one comes twice.");
  for (const json& element : fields.array("exchange_rates")) {
    const ResultFields rate(element, fields.name_of("exchange_rates"));
    std::optional<Date> on;
    if (rate.has("on")) on = rate.date("on");
    const AppliedRate applied{rate.currency("currency"), decimal_from(rate, "rate"),
                              decimal_from(rate, "over"), on};
    if (!facts.exchange_rates.empty() && !rise(facts.exchange_rates.back().currency, applied.currency))
      fields.refuse("exchange_rates", "They are not in order, or a currency comes twice.");
    facts.exchange_rates.push_back(applied);
  }
}

void read_rejected(const ResultFields& fields, Facts& facts) {
  const ResultFields counts(fields.at("rejected"), fields.name_of("rejected"));
  for (const auto& item : fields.at("rejected").items()) {
    std::size_t code = 0;
    while (code < rejection_code_count && rejection_name(static_cast<RejectionCode>(code)) != item.key())
      ++code;
    if (code == rejection_code_count || is_notice(static_cast<RejectionCode>(code)))
      fields.refuse("rejected", in_quotes(item.key()) + " is no code of rejected rows.");
    facts.rejected[code] = counts.whole(item.key());
    if (facts.rejected[code] < 0) fields.refuse("rejected", "A count is below 0.");
  }
}

// ---- what cubes of a file must be

bool counts_something(std::int64_t count) { return count >= 0 && count <= Stored::most_of_anything; }

[[noreturn]] void fail_counts() { fail("cube file: The counts of a cube can't be those of any book."); }

void check_counts(const MovementCube& cube, bool of_rates) {
  using C = MovementCell;
  static constexpr C::Field amounts[] = {&C::opening,      &C::new_,    &C::reactivation, &C::expansion,
                                         &C::transfer_in,  &C::fx,      &C::contraction,  &C::churn,
                                         &C::transfer_out, &C::closing, &C::lost,         &C::gained};
  for (const MovementCell& cell : Stored::cells_of(cube)) {
    for (const auto field : C::fields()) {
      const bool is_amount = std::find(std::begin(amounts), std::end(amounts), field) != std::end(amounts);
      if (field != &C::fx && !(is_amount ? cell.*field >= 0 : counts_something(cell.*field))) fail_counts();
    }
    if (of_rates && (cell.lost_customers > cell.opening_customers ||
                     cell.joined_and_left_customers > cell.joined_customers))
      fail_counts();
  }
}

void check_counts(const SubscriptionCube& cube) {
  for (const SubscriptionCell& cell : Stored::cells_of(cube)) {
    for (const auto field : SubscriptionCell::fields())
      if (!counts_something(cell.*field)) fail_counts();
    if (cell.lost_subscriptions > cell.opening_subscriptions || cell.renewed > cell.due ||
        cell.trials_converted > cell.trials_ended)
      fail_counts();
  }
}

void check_counts(const CohortCube& cube) {
  for (const CohortCell& cell : Stored::cells_of(cube))
    if (!counts_something(cell.present) || !counts_something(cell.unbroken) || cell.ticks < 0) fail_counts();
  for (const std::int64_t size : Stored::sizes_of(cube))
    if (!counts_something(size)) fail_counts();
}

/// That departures are those behind the churn of the movements.
void check_departures(const DepartureCube& cube, const MovementCube& movements) {
  bool is_alike =
      cube.segments() == movements.segments() && Stored::status_of(cube) == Stored::status_of(movements);
  for (std::size_t s = 0; is_alike && s < cube.segments().size(); ++s)
    is_alike = cube.currency(s) == movements.currency(s);
  if (!is_alike)
    fail("cube file, departures: Segments, currencies or states are not those of the movements.");
  const std::span<const DepartureCube::Entry> entries = cube.entries();
  const std::vector<MovementCell>& cells = Stored::cells_of(movements);
  const std::size_t periods = cube.grid().size();
  std::size_t next = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    Leavers left;
    for (; next < entries.size() && entries[next].segment * periods + entries[next].period == i; ++next) {
      left.customers += entries[next].leavers.customers;
      left.ticks += entries[next].leavers.ticks;
    }
    if (left != Leavers{cells[i].churned_customers, cells[i].churn})
      fail(
          "cube file, departures: In some segment and period they don't add up to the churn of the "
          "movements.");
  }
}

/// That a cube was counted by what the file says.
template <class Cube>
void check_agrees(const Cube& cube, Date as_of, const Conventions& conventions,
                  const StoredCubeFile::Head& head, const std::vector<std::string>& names) {
  if (cube.grid() != head.grid || as_of != head.as_of || cube.conventions() != conventions ||
      cube.segment_names() != names)
    fail("cube file: A cube was counted by something else than the file says.");
}

}  // namespace

std::vector<std::string> StoredCubeFile::Head::segment_names() const {
  std::vector<std::string> names;
  names.reserve(facts.segments.size());
  for (const Factor& factor : facts.segments) names.push_back(factor.name);
  return names;
}

ordered_json StoredCubeFile::head_of(const CubeFile& file) {
  const Facts& facts = file.facts_;
  ordered_json tree = ordered_json::object();
  tree["format"] = "cube_file";
  tree["version"] = format_version;
  tree["library"] = version;
  tree["as_of"] = file.as_of().to_string();
  tree["records_from"] = day_or_null(facts.records_from);
  tree["grid"] = written(file.grid());
  tree["conventions"] = file.conventions();
  tree["segments"] = tree_of(facts.segments);
  tree["where"] = {{"text", facts.where.text}, {"asks", tree_of(facts.where.factors)}};
  tree["currencies"] = ordered_json::array();
  for (const Currency currency : facts.currencies) tree["currencies"].push_back(code_of(currency));
  tree["source_of_mrr"] =
      facts.source ? ordered_json(name_in(revenue_names, *facts.source)) : ordered_json(nullptr);
  tree["exchange_rates"] = ordered_json::array();
  for (const AppliedRate& rate : facts.exchange_rates)
    tree["exchange_rates"].push_back({{"currency", code_of(rate.currency)},
                                      {"rate", rate.rate.to_string()},
                                      {"over", rate.over.to_string()},
                                      {"on", day_or_null(rate.on)}});
  tree["departure_rules"] =
      file.departures_ ? ordered_json(text_of_rules(file.departures_->rules())) : ordered_json(nullptr);
  tree["rejected"] = ordered_json::object();
  for (std::size_t code = 0; code < rejection_code_count; ++code)
    if (facts.rejected[code] > 0)
      tree["rejected"][std::string(rejection_name(static_cast<RejectionCode>(code)))] = facts.rejected[code];
  return tree;
}

StoredCubeFile::Head StoredCubeFile::head_from(const json& tree) {
  const ResultFields fields(tree, "cube file");
  if (fields.text("format") != "cube_file")
    fields.refuse("format", in_quotes(fields.text("format")) + " is not \"cube_file\".");
  const std::int64_t given = fields.whole("version");
  if (given < first_version || given > format_version)
    fields.refuse("version", "This library reads " + std::string(versions_read) + ", not " +
                                 std::to_string(given) + ".");
  Head head{{}, read_at<PeriodGrid>(fields, "grid"), fields.date("as_of"), {}};
  head.conventions = fields.made("conventions", [&] { return fields.at("conventions").get<Conventions>(); });
  Facts& facts = head.facts;
  if (fields.has("records_from")) facts.records_from = fields.date("records_from");
  facts.segments = factors_from(fields, "segments");
  const ResultFields where(fields.at("where"), fields.name_of("where"));
  facts.where = {where.text("text"), factors_from(where, "asks")};
  if (fields.has("source_of_mrr")) facts.source = fields.named("source_of_mrr", revenue_names);
  read_currencies(fields, facts);
  read_rejected(fields, facts);
  head.version = given;
  if (head.version > first_version && !fields.at("departure_rules").is_null()) {
    head.departure_rules = rules_of_text(fields.text("departure_rules"));
    if (!head.departure_rules)
      fields.refuse("departure_rules", "Something else stands where 16 hexadecimal digits belong.");
  }
  return head;
}

CubeFile StoredCubeFile::file_of(Head head, MovementCube movements, std::optional<MovementCube> rates,
                                 SubscriptionCube subscriptions, std::vector<CohortCube> cohorts,
                                 std::optional<DepartureCube> departures) {
  const std::vector<std::string> names = head.segment_names();
  const Conventions& conventions = head.conventions;
  check_agrees(movements, movements.as_of(), conventions, head, names);
  if (movements.trailing_days()) fail("cube file, movements: They are of trailing windows.");
  check_counts(movements, !rates);
  if (rates.has_value() != needs_rates(conventions.rate))
    fail("cube file, rates: There must be a cube of their own where the rules ask for one, and only there.");
  if (rates) {
    check_agrees(*rates, rates->as_of(), for_rates(conventions), head, names);
    if (rates->trailing_days() != conventions.rate.trailing_days)
      fail("cube file, rates: The trailing windows are not those of the rules.");
    check_counts(*rates, true);
  }
  check_agrees(subscriptions, subscriptions.as_of(), conventions, head, names);
  if (subscriptions.currencies() != head.facts.currencies)
    fail("cube file, subscriptions: The currencies are not those of the file.");
  check_counts(subscriptions);
  const std::vector<PeriodStatus>& spans = Stored::status_of(rates ? *rates : movements);
  const std::vector<SubscriptionCell>& cells = Stored::cells_of(subscriptions);
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!spans[i % spans.size()].observable && cells[i] != SubscriptionCell{})
      fail("cube file, subscriptions: There are counts where nothing can be known.");
  for (const CohortCube& cube : cohorts) {
    check_agrees(cube, Stored::as_of(cube), conventions, head, names);
    check_counts(cube);
  }
  if (std::adjacent_find(cohorts.begin(), cohorts.end(), [](const CohortCube& a, const CohortCube& b) {
        return a.cohort_by() >= b.cohort_by();
      }) != cohorts.end())
    fail("cube file, cohorts: They are not in order, or one kind comes twice.");
  if (departures.has_value() != head.departure_rules.has_value())
    fail(
        "cube file, departures: There must be a cube of them where the file says by which rules, and only "
        "there.");
  if (departures) {
    check_agrees(*departures, departures->as_of(), conventions, head, names);
    if (departures->rules() != *head.departure_rules)
      fail("cube file, departures: Their rules are not those that the file says.");
    check_departures(*departures, movements);
  }
  return {std::move(head.facts),    std::move(movements), std::move(rates),
          std::move(subscriptions), std::move(cohorts),   std::move(departures)};
}

void to_json(ordered_json& tree, const CubeFile& file) {
  tree = StoredCubeFile::head_of(file);
  const auto& rates = StoredCubeFile::rates_of(file);
  tree["movements"] = file.movements();
  tree["rates"] = rates ? ordered_json(*rates) : ordered_json(nullptr);
  tree["subscriptions"] = file.subscriptions();
  tree["cohorts"] = ordered_json::array();
  for (const CohortCube& cube : file.cohorts()) tree["cohorts"].push_back(cube);
  const auto& departures = StoredCubeFile::departures_of(file);
  tree["departures"] = departures ? ordered_json(*departures) : ordered_json(nullptr);
}
void to_json(json& tree, const CubeFile& file) { tree = ordered_json(file); }

CubeFile cube_file_from_json(const json& tree) {
  require_shallow(tree, "cube file");
  StoredCubeFile::Head head = StoredCubeFile::head_from(tree);
  const ResultFields fields(tree, "cube file");
  std::optional<MovementCube> rates;
  if (fields.has("rates")) rates = from_json<MovementCube>(fields.at("rates"));
  std::vector<CohortCube> cohorts;
  for (const json& cube : fields.array("cohorts")) cohorts.push_back(from_json<CohortCube>(cube));
  std::optional<DepartureCube> departures;
  if (head.version > StoredCubeFile::first_version && fields.has("departures"))
    departures = from_json<DepartureCube>(fields.at("departures"));
  return StoredCubeFile::file_of(std::move(head), from_json<MovementCube>(fields.at("movements")),
                                 std::move(rates), from_json<SubscriptionCube>(fields.at("subscriptions")),
                                 std::move(cohorts), std::move(departures));
}

json cube_file_tree(std::string_view text) {
  try {
    return json::parse(text);
  } catch (const json::exception& error) {
    fail("The cubes are no JSON, or end too early: " + std::string(error.what()));
  }
}

std::string cube_file_text(const ordered_json& tree) {
  try {
    return tree.dump();
  } catch (const json::exception&) {
    fail("A name or label of the cubes is not UTF-8, which JSON must be.");
  }
}

}  // namespace churn::inline v0

// Cubes as JSON: what io/result_json.hpp says of grids, cubes.
#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include <churn/io/conventions_json.hpp>
#include <churn/metric/movements.hpp>

#include "core/table_json.hpp"
#include "cube/stored.hpp"
#include "io/answer_json.hpp"
#include "io/rules_text.hpp"

namespace churn::inline v0 {
namespace answer_json {

namespace {

constexpr std::array<Name<CohortBy>, 2> cohort_by_names{
    {{"first_paid", CohortBy::first_paid}, {"signed_up", CohortBy::signed_up}}};

// The names of the counts of a cell, in the order of MovementCell::fields().
constexpr std::array<const char*, MovementCell::field_count> count_names{"opening",
                                                                         "new",
                                                                         "reactivation",
                                                                         "expansion",
                                                                         "transfer_in",
                                                                         "fx",
                                                                         "contraction",
                                                                         "churn",
                                                                         "transfer_out",
                                                                         "closing",
                                                                         "opening_customers",
                                                                         "new_customers",
                                                                         "reactivated_customers",
                                                                         "expanded_customers",
                                                                         "contracted_customers",
                                                                         "churned_customers",
                                                                         "closing_customers",
                                                                         "transferred_in_customers",
                                                                         "transferred_out_customers",
                                                                         "lost",
                                                                         "gained",
                                                                         "lost_customers",
                                                                         "departures_of_opening",
                                                                         "joined_customers",
                                                                         "joined_and_left_customers",
                                                                         "departures_of_joined",
                                                                         "departures",
                                                                         "customer_days"};

constexpr std::array<const char*, SubscriptionCell::field_count> subscription_count_names{
    "opening_subscriptions", "lost_subscriptions", "opening_seats", "lost_seats", "renewals_due", "renewed",
    "trials_ended",          "trials_converted"};

ordered_json days_of(const std::vector<Date>& days) {
  ordered_json list = ordered_json::array();
  for (const Date day : days) list.push_back(day.to_string());
  return list;
}

}  // namespace

template <>
ordered_json written(const PeriodGrid& grid) {
  const Stored::Grid parts = Stored::parts_of(grid);
  ordered_json tree{{"kind", std::string(period_kind_name(parts.kind))},
                    {"from", grid.from().to_string()},
                    {"to", grid.to().to_string()}};
  if (parts.kind == PeriodKind::every_days) tree["days"] = parts.step;
  if (!parts.boundaries.empty())
    tree["window_of"] = days_of(parts.boundaries);
  else if (parts.kind == PeriodKind::cuts)
    tree["cuts"] = days_of(parts.cuts);
  return tree;
}

template <>
PeriodGrid read(const json& tree) {
  static const auto kinds =
      names_by<PeriodKind, static_cast<std::size_t>(PeriodKind::cuts) + 1>(period_kind_name);
  const ResultFields fields(tree, "grid");
  const PeriodKind kind = fields.named("kind", kinds);
  const Date from = fields.date("from");
  const Date to = fields.date("to");
  const auto days = [&fields](std::string_view field) {
    std::vector<Date> list;
    for (const json& day : fields.array(field)) list.push_back(fields.date(day, field));
    return list;
  };
  return fields.made("kind", [&] {
    const std::int32_t step = kind == PeriodKind::every_days ? fields.small("days") : 0;
    if (fields.has("window_of")) return Stored::grid_of({kind, step, {from, to}, days("window_of")});
    if (kind == PeriodKind::every_days) return PeriodGrid::every_days(step, from, to);
    if (kind != PeriodKind::cuts) return PeriodGrid{kind, from, to};
    const std::vector<Date> cuts = days("cuts");
    if (cuts.empty() || cuts.front() != from || cuts.back() != to)
      fields.refuse("cuts", "The cut points don't go from the grid's first to its last day.");
    return PeriodGrid::at(cuts);
  });
}

namespace {

ordered_json texts(const std::vector<std::string>& label) {
  ordered_json list = ordered_json::array();
  for (const std::string& part : label) list.push_back(part);
  return list;
}

constexpr std::int64_t format_version = 1;

/// What both kinds of cubes begin with. `status_of` gives the status of a period.
template <class Cube, class StatusOf>
ordered_json begun(const Cube& cube, const char* format, Date as_of, StatusOf status_of) {
  ordered_json tree = ordered_json::object();
  tree["format"] = format;
  tree["version"] = format_version;
  tree["as_of"] = as_of.to_string();
  tree["grid"] = written(cube.grid());
  tree["status"] = ordered_json::array();
  for (std::size_t p = 0; p < cube.grid().size(); ++p) {
    const PeriodStatus status = status_of(p);
    tree["status"].push_back(status.complete ? "complete" : status.observable ? "observable" : "unknown");
  }
  tree["conventions"] = cube.conventions();
  tree["segment_names"] = texts(cube.segment_names());
  return tree;
}

/// What `begun` wrote, and labels and rows of the segments one by one.
template <class Row>
Stored::Frame frame_from(const ResultFields& fields, std::string_view format, Row&& row) {
  if (fields.text("format") != format)
    fields.refuse("format", in_quotes(fields.text("format")) + " is not " + in_quotes(format) + ".");
  if (fields.whole("version") != format_version)
    fields.refuse("version", "This library reads version " + std::to_string(format_version) + ", not " +
                                 std::to_string(fields.whole("version")) + ".");
  Stored::Frame frame{read_at<PeriodGrid>(fields, "grid"), fields.date("as_of"), {}, {}, {}, {}};
  frame.conventions = fields.made("conventions", [&] { return fields.at("conventions").get<Conventions>(); });
  static constexpr std::array<Name<PeriodStatus>, 3> states{
      {{"complete", {true, true}}, {"observable", {true, false}}, {"unknown", {false, false}}}};
  for (const json& status : fields.array("status")) {
    const auto found = std::find_if(states.begin(), states.end(), [&](const auto& known) {
      return known.first == fields.text(status, "status");
    });
    if (found == states.end()) fields.refuse("status", "It must be complete, observable or unknown.");
    frame.status.push_back(found->second);
  }
  frame.segment_names = fields.texts("segment_names");
  for (const json& segment : fields.array("segments")) {
    const ResultFields own(segment, fields.name_of("segments"));
    frame.segments.push_back(own.texts("label"));
    row(own, frame.grid.size());
  }
  return frame;
}

/// Null for a cell without any counts.
template <class Cell>
ordered_json counts_of(const Cell& cell) {
  ordered_json counts;
  if (cell != Cell{})
    for (const auto field : Cell::fields()) counts.push_back(cell.*field);
  return counts;
}

/// The cells of one segment, a period each.
template <class Cell>
void append_row(const ResultFields& segment, std::size_t periods, std::vector<Cell>& cells) {
  const json& row = segment.array("cells");
  if (row.size() != periods) segment.refuse("cells", "There is not a cell a period.");
  for (const json& counts : row) {
    Cell& cell = cells.emplace_back();
    if (counts.is_null()) continue;
    if (!counts.is_array() || counts.size() != Cell::field_count)
      segment.refuse("cells", "A cell has more or fewer counts than there are.");
    std::size_t i = 0;
    for (const auto field : Cell::fields()) cell.*field = segment.whole(counts[i++], "cells");
  }
}

template <class Names>
void require_counts(const ResultFields& fields, const Names& names) {
  const std::vector<std::string> given = fields.texts("counts");
  if (!std::equal(given.begin(), given.end(), names.begin(), names.end()))
    fields.refuse("counts", "These are not the counts that this library keeps.");
}

}  // namespace

template <>
ordered_json written(const MovementCube& cube) {
  ordered_json tree =
      begun(cube, "movement_cube", cube.as_of(), [&cube](std::size_t p) { return cube.status(p); });
  tree["trailing_days"] = cube.trailing_days() ? ordered_json(*cube.trailing_days()) : ordered_json(nullptr);
  // One for all to read, where it is one; each segment has its own.
  bool is_one = !cube.segments().empty();
  for (std::size_t s = 1; s < cube.segments().size(); ++s)
    is_one = is_one && cube.currency(s) == cube.currency(0);
  tree["currency"] = is_one ? code_of(cube.currency(0)) : ordered_json(nullptr);
  tree["counts"] = count_names;
  tree["segments"] = ordered_json::array();
  const std::vector<MovementCell>& cells = Stored::cells_of(cube);
  const std::size_t periods = cube.grid().size();
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    ordered_json row = ordered_json::array();
    for (std::size_t p = 0; p < periods; ++p) row.push_back(counts_of(cells[s * periods + p]));
    tree["segments"].push_back({{"label", texts(cube.segments()[s])},
                                {"currency", code_of(cube.currency(s))},
                                {"cells", std::move(row)}});
  }
  tree["movements"] = tree_of(movements_table(cube));
  return tree;
}

template <>
MovementCube read(const json& tree) {
  const ResultFields fields(tree, "movement cube");
  std::vector<Currency> currencies;
  std::vector<MovementCell> cells;
  Stored::Frame frame =
      frame_from(fields, "movement_cube", [&](const ResultFields& segment, std::size_t periods) {
        currencies.push_back(segment.currency("currency"));
        append_row(segment, periods, cells);
      });
  require_counts(fields, count_names);
  const bool is_trailing = fields.has("trailing_days");
  return Stored::movement_cube(std::move(frame),
                               is_trailing ? std::optional(fields.small("trailing_days")) : std::nullopt,
                               std::move(currencies), std::move(cells));
}

template <>
ordered_json written(const CohortCube& cube) {
  ordered_json tree = begun(cube, "cohort_cube", Stored::as_of(cube),
                            [&cube](std::size_t p) { return Stored::status_of(cube)[p]; });
  tree["cohort_by"] = name_in(cohort_by_names, cube.cohort_by());
  tree["currency"] = code_of(cube.currency());
  tree["counts"] = {"present", "unbroken", "ticks"};
  tree["segments"] = ordered_json::array();
  const std::size_t periods = cube.grid().size();
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    ordered_json sizes = ordered_json::array();
    ordered_json cohorts = ordered_json::array();
    for (std::size_t c = 0; c < periods; ++c) {
      sizes.push_back(cube.size(s, c));
      ordered_json ages = ordered_json::array();
      for (std::size_t k = 0; c + k < periods; ++k) {
        const CohortCell& cell = Stored::cell_of(cube, s, c, k);
        ordered_json counts;
        if (cell != CohortCell{}) counts = {cell.present, cell.unbroken, cell.ticks};
        ages.push_back(std::move(counts));
      }
      cohorts.push_back(std::move(ages));
    }
    tree["segments"].push_back(
        {{"label", texts(cube.segments()[s])}, {"sizes", std::move(sizes)}, {"cells", std::move(cohorts)}});
  }
  return tree;
}

template <>
CohortCube read(const json& tree) {
  const ResultFields fields(tree, "cohort cube");
  std::vector<std::int64_t> sizes;
  std::vector<CohortCell> cells;
  Stored::Frame frame =
      frame_from(fields, "cohort_cube", [&](const ResultFields& segment, std::size_t periods) {
        for (const json& size : segment.array("sizes")) sizes.push_back(segment.whole(size, "sizes"));
        const json& cohorts = segment.array("cells");
        if (cohorts.size() != periods) segment.refuse("cells", "There is not a row a cohort.");
        for (std::size_t c = 0; c < periods; ++c) {
          if (!cohorts[c].is_array() || cohorts[c].size() != periods - c)
            segment.refuse("cells", "There is not a cell an age.");
          for (const json& counts : cohorts[c]) {
            CohortCell& cell = cells.emplace_back();
            if (counts.is_null()) continue;
            if (!counts.is_array() || counts.size() != 3)
              segment.refuse("cells", "A cell has more or fewer counts than there are.");
            cell = {segment.whole(counts[0], "cells"), segment.whole(counts[1], "cells"),
                    segment.whole(counts[2], "cells")};
          }
        }
      });
  require_counts(fields, std::array<const char*, 3>{"present", "unbroken", "ticks"});
  return Stored::cohort_cube(std::move(frame), fields.named("cohort_by", cohort_by_names),
                             fields.currency("currency"), std::move(sizes), cells);
}

template <>
ordered_json written(const SubscriptionCube& cube) {
  ordered_json tree =
      begun(cube, "subscription_cube", cube.as_of(), [&cube](std::size_t p) { return cube.status(p); });
  tree["currencies"] = ordered_json::array();
  for (const Currency currency : cube.currencies()) tree["currencies"].push_back(code_of(currency));
  tree["counts"] = subscription_count_names;
  tree["segments"] = ordered_json::array();
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    ordered_json row = ordered_json::array();
    for (std::size_t p = 0; p < cube.grid().size(); ++p) row.push_back(counts_of(cube.at(s, p)));
    tree["segments"].push_back({{"label", texts(cube.segments()[s])}, {"cells", std::move(row)}});
  }
  return tree;
}

template <>
SubscriptionCube read(const json& tree) {
  const ResultFields fields(tree, "subscription cube");
  std::vector<SubscriptionCell> cells;
  Stored::Frame frame = frame_from(
      fields, "subscription_cube",
      [&](const ResultFields& segment, std::size_t periods) { append_row(segment, periods, cells); });
  require_counts(fields, subscription_count_names);
  std::vector<Currency> currencies;
  for (const json& code : fields.array("currencies"))
    currencies.push_back(fields.currency(code, "currencies"));
  return Stored::subscription_cube(std::move(frame), std::move(currencies), std::move(cells));
}

namespace {

const std::vector<std::string> entry_names{"period", "cause", "customers", "ticks"};

/// The place of a period or cause, which must be below `size`.
std::uint32_t place_from(const ResultFields& fields, const json& value, std::size_t size, const char* noun) {
  const std::int64_t place = fields.whole(value, "entries");
  if (place < 0 || static_cast<std::uint64_t>(place) >= size)
    fields.refuse("entries", "A " + std::string(noun) + " is beyond the cube's.");
  return static_cast<std::uint32_t>(place);
}

std::vector<Cause> causes_from(const ResultFields& fields) {
  static const auto types = names_by<DepartureType, departure_types.size()>(departure_type_name);
  std::vector<Cause> causes;
  for (const json& cause : fields.array("causes")) {
    const ResultFields own(cause, fields.name_of("causes"));
    causes.push_back({own.named("type", types), own.text("reason")});
  }
  return causes;
}

}  // namespace

template <>
ordered_json written(const DepartureCube& cube) {
  ordered_json tree =
      begun(cube, "departure_cube", cube.as_of(), [&cube](std::size_t p) { return cube.status(p); });
  tree["rules"] = text_of_rules(cube.rules());
  tree["causes"] = ordered_json::array();
  for (const Cause& cause : cube.causes())
    tree["causes"].push_back(
        {{"type", std::string(departure_type_name(cause.type))}, {"reason", cause.reason}});
  tree["counts"] = entry_names;
  tree["segments"] = ordered_json::array();
  for (std::size_t s = 0; s < cube.segments().size(); ++s)
    tree["segments"].push_back({{"label", texts(cube.segments()[s])},
                                {"currency", code_of(cube.currency(s))},
                                {"entries", ordered_json::array()}});
  for (const auto& [segment, period, cause, leavers] : cube.entries())
    tree["segments"][segment]["entries"].push_back({period, cause, leavers.customers, leavers.ticks});
  return tree;
}

template <>
DepartureCube read(const json& tree) {
  const ResultFields fields(tree, "departure cube");
  const std::vector<Cause> causes = causes_from(fields);
  std::vector<Currency> currencies;
  std::vector<DepartureCube::Entry> entries;
  Stored::Frame frame =
      frame_from(fields, "departure_cube", [&](const ResultFields& segment, std::size_t periods) {
        const auto s = static_cast<std::uint32_t>(currencies.size());
        currencies.push_back(segment.currency("currency"));
        for (const json& counts : segment.array("entries")) {
          if (!counts.is_array() || counts.size() != entry_names.size())
            segment.refuse("entries", "An entry has more or fewer counts than there are.");
          entries.push_back({s,
                             place_from(segment, counts[0], periods, "period"),
                             place_from(segment, counts[1], causes.size(), "cause"),
                             {segment.whole(counts[2], "entries"), segment.whole(counts[3], "entries")}});
        }
      });
  require_counts(fields, entry_names);
  const auto rules = rules_of_text(fields.text("rules"));
  if (!rules) fields.refuse("rules", "Something else stands where 16 hexadecimal digits belong.");
  return Stored::departure_cube(std::move(frame), *rules, std::move(currencies), causes, std::move(entries));
}

}  // namespace answer_json

CHURN_ANSWER(PeriodGrid);
CHURN_ANSWER(MovementCube);
CHURN_ANSWER(CohortCube);
CHURN_ANSWER(SubscriptionCube);
CHURN_ANSWER(DepartureCube);

}  // namespace churn::inline v0

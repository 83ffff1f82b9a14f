#include <churn/departure/causes.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include <churn/core/exact.hpp>
#include <churn/metric/measurement.hpp>

#include "core/cell_of.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

constexpr const char* no_story = "another";

void add(Leavers& sum, const Leavers& more) {
  sum.customers = checked_add(sum.customers, more.customers);
  sum.ticks = checked_add(sum.ticks, more.ticks);
}

/// Who left each segment, by what `part_of` makes of a cause; parts in order.
template <class Part, class PartOf>
std::vector<std::map<Part, Leavers>> sums_of(const DepartureCube& cube, PartOf&& part_of) {
  std::vector<std::map<Part, Leavers>> sums(cube.segments().size());
  for (const DepartureCube::Entry& entry : cube.entries())
    add(sums[entry.segment][part_of(cube.causes()[entry.cause])], entry.leavers);
  return sums;
}

template <class Part>
Leavers total_of(const std::map<Part, Leavers>& sums) {
  Leavers all;
  for (const auto& [part, leavers] : sums) add(all, leavers);
  return all;
}

DepartureShare share_of(const DepartureCube& cube, std::size_t segment, std::string name, DepartureType type,
                        const Leavers& leavers, const Leavers& all) {
  return {cube.segments()[segment], std::move(name), type, leavers, all, cube.currency(segment)};
}

Cell money(const Leavers& leavers, Currency currency, bool exact) {
  return to_cell(leavers.ticks, Unit::run_rate, currency, exact);
}

/// value, ci_low, ci_high
void append(std::vector<Cell>& row, const Proportion& share, IntervalRule rule) {
  row.push_back(cell_of(share.value()));
  const std::optional<Interval> interval = share.interval(rule);
  row.push_back(interval ? Cell{interval->low} : Cell{});
  row.push_back(interval ? Cell{interval->high} : Cell{});
}

Table shares_table(const DepartureCube& cube, const std::vector<DepartureShare>& shares,
                   const std::vector<const char*>& names, bool exact) {
  Table table{cube.segment_names(), {}};
  table.columns.insert(table.columns.end(), names.begin(), names.end());
  for (const char* column :
       {"customers", "mrr", "departures", "share", "ci_low", "ci_high", "departures_mrr", "mrr_share"})
    table.columns.emplace_back(column);
  const IntervalRule rule = cube.conventions().rate.interval_rule();
  for (const DepartureShare& share : shares) {
    std::vector<Cell> row(share.label.begin(), share.label.end());
    if (names.size() > 1) row.emplace_back(std::string(departure_type_name(share.type)));
    row.emplace_back(share.name);
    row.emplace_back(share.leavers.customers);
    row.push_back(money(share.leavers, share.currency, exact));
    row.emplace_back(share.all.customers);
    append(row, share.customers(), rule);
    row.push_back(money(share.all, share.currency, exact));
    row.push_back(cell_of(share.mrr()));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string whole_percent(double share) { return in_points(std::round(share * 100) / 100) + " %"; }

std::string type_in_words(DepartureType type) {
  switch (type) {
    case DepartureType::completed: return "were done";
    case DepartureType::voluntary: return "chose to";
    case DepartureType::involuntary: return "had a payment fail";
    case DepartureType::unknown: break;
  }
  return "left nothing on record that says why";
}

}  // namespace

std::vector<DepartureShare> type_shares(const DepartureCube& cube) {
  const auto sums = sums_of<DepartureType>(cube, [](const Cause& cause) { return cause.type; });
  std::vector<DepartureShare> shares;
  for (std::size_t s = 0; s < sums.size(); ++s) {
    const Leavers all = total_of(sums[s]);
    for (const DepartureType type : departure_types) {
      const auto at = sums[s].find(type);
      shares.push_back(share_of(cube, s, std::string(departure_type_name(type)), type,
                                at == sums[s].end() ? Leavers{} : at->second, all));
    }
  }
  return shares;
}

std::vector<DepartureShare> reason_shares(const DepartureCube& cube, RankedBy rank) {
  const auto sums = sums_of<Cause>(cube, [](const Cause& cause) { return cause; });
  std::vector<DepartureShare> shares;
  for (std::size_t s = 0; s < sums.size(); ++s) {
    const Leavers all = total_of(sums[s]);
    const auto first = static_cast<std::ptrdiff_t>(shares.size());
    for (const auto& [cause, leavers] : sums[s])
      shares.push_back(share_of(cube, s, cause.reason, cause.type, leavers, all));
    const auto weight = [rank](const DepartureShare& share) {
      return rank == RankedBy::mrr ? std::pair{share.leavers.ticks, share.leavers.customers}
                                   : std::pair{share.leavers.customers, share.leavers.ticks};
    };
    std::stable_sort(shares.begin() + first, shares.end(),
                     [&](const DepartureShare& a, const DepartureShare& b) { return weight(a) > weight(b); });
  }
  return shares;
}

const Stories& standard_stories() {
  static const Stories stories{{"wrong_fit", "wrong_customer"}, {"not_used", "wrong_customer"},
                               {"competitor", "competitor"},    {"missing_feature", "stale_product"},
                               {"quality", "stale_product"},    {"too_complex", "stale_product"},
                               {"service", "stale_product"}};
  return stories;
}

std::vector<DepartureShare> story_shares(const DepartureCube& cube, const Stories& stories) {
  std::map<std::string, Leavers> none;
  for (const auto& [reason, story] : stories) {
    if (story.empty()) throw Error(ErrorCode::unknown_name, "The story of " + reason + " needs a name.");
    none.emplace(story, Leavers{});
  }
  std::vector<std::map<std::string, Leavers>> sums(cube.segments().size(), none);
  std::vector<Leavers> others(sums.size());
  for (const DepartureCube::Entry& entry : cube.entries()) {
    const Cause& cause = cube.causes()[entry.cause];
    if (cause.type != DepartureType::voluntary) continue;
    const auto story = stories.find(cause.reason);
    add(story == stories.end() ? others[entry.segment] : sums[entry.segment][story->second], entry.leavers);
  }
  std::vector<DepartureShare> shares;
  for (std::size_t s = 0; s < sums.size(); ++s) {
    Leavers all = total_of(sums[s]);
    add(all, others[s]);
    for (const auto& [story, leavers] : sums[s])
      shares.push_back(share_of(cube, s, story, DepartureType::voluntary, leavers, all));
    shares.push_back(share_of(cube, s, no_story, DepartureType::voluntary, others[s], all));
  }
  return shares;
}

std::vector<TypeRate> type_rates(const DepartureCube& departures, const MovementCube& movements) {
  const RateRules& rules = movements.conventions().rate;
  if (departures.grid() != movements.grid() || departures.segments() != movements.segments() ||
      departures.segment_names() != movements.segment_names() || movements.trailing_days() ||
      departures.as_of() != movements.as_of() || departures.conventions().rate.netting != rules.netting ||
      departures.conventions().book != movements.conventions().book)
    throw Error(ErrorCode::mismatched_cubes,
                "Rates by type need departures and movements of the same book, periods, segments and rules.");
  std::vector<TypeRate> rates;
  for (std::size_t s = 0; s < movements.segments().size(); ++s)
    for (std::size_t p = 0; p < movements.grid().size(); ++p)
      for (const DepartureType type : departure_types) {
        TypeRate rate{s, p, type, departures.of_type(s, p, type), {}};
        if (rules.netting == Netting::by_period && movements.status(p).observable)
          rate.rate = Proportion{rate.leavers.customers, movements.at(s, p).opening_customers};
        rates.push_back(rate);
      }
  return rates;
}

std::optional<ChiSquareTest> test_type_mix(const DepartureCube& cube) {
  const auto sums = sums_of<DepartureType>(cube, [](const Cause& cause) { return cause.type; });
  std::vector<std::vector<std::int64_t>> counts;
  for (const auto& segment : sums) {
    std::vector<std::int64_t>& row = counts.emplace_back(departure_types.size());
    for (const auto& [type, leavers] : segment) row[static_cast<std::size_t>(type)] = leavers.customers;
  }
  return chi_square_test(ContingencyTable{std::move(counts)});
}

Table causes_table(const DepartureCube& cube, bool exact) {
  Table table{cube.segment_names(), {}};
  for (const char* name : {"period", "type", "reason", "customers", "mrr", "departures", "share", "ci_low",
                           "ci_high", "complete"})
    table.columns.emplace_back(name);
  const IntervalRule rule = cube.conventions().rate.interval_rule();
  // Of a book that nobody has left yet, every period says so.
  std::vector<Cause> causes = cube.causes();
  if (causes.empty()) causes.push_back({DepartureType::unknown, std::string(unknown_reason)});
  for (std::size_t s = 0; s < cube.segments().size(); ++s)
    for (std::size_t p = 0; p < cube.grid().size(); ++p) {
      const Leavers all = cube.total(s, p);
      for (std::size_t c = 0; c < causes.size(); ++c) {
        const Leavers leavers = cube.causes().empty() ? Leavers{} : cube.at(s, p, c);
        std::vector<Cell> row(cube.segments()[s].begin(), cube.segments()[s].end());
        row.emplace_back(cube.grid()[p].first());
        row.emplace_back(std::string(departure_type_name(causes[c].type)));
        row.emplace_back(causes[c].reason);
        if (cube.status(p).observable) {
          row.emplace_back(leavers.customers);
          row.push_back(money(leavers, cube.currency(s), exact));
          row.emplace_back(all.customers);
          append(row, {leavers.customers, all.customers}, rule);
        } else {
          row.resize(row.size() + 6);
        }
        row.emplace_back(cube.status(p).complete);
        table.rows.push_back(std::move(row));
      }
    }
  return table;
}

Table type_shares_table(const DepartureCube& cube, bool exact) {
  return shares_table(cube, type_shares(cube), {"type"}, exact);
}
Table reason_shares_table(const DepartureCube& cube, RankedBy rank, bool exact) {
  return shares_table(cube, reason_shares(cube, rank), {"type", "reason"}, exact);
}
Table story_shares_table(const DepartureCube& cube, const Stories& stories, bool exact) {
  return shares_table(cube, story_shares(cube, stories), {"story"}, exact);
}

Table type_rates_table(const DepartureCube& departures, const MovementCube& movements, bool exact) {
  Table table{departures.segment_names(), {}};
  for (const char* name :
       {"period", "type", "customers", "mrr", "opening_customers", "rate", "ci_low", "ci_high", "complete"})
    table.columns.emplace_back(name);
  const IntervalRule rule = movements.conventions().rate.interval_rule();
  for (const TypeRate& rate : type_rates(departures, movements)) {
    const Label& label = departures.segments()[rate.segment];
    const PeriodStatus status = departures.status(rate.period);
    std::vector<Cell> row(label.begin(), label.end());
    row.emplace_back(departures.grid()[rate.period].first());
    row.emplace_back(std::string(departure_type_name(rate.type)));
    if (status.observable) {
      row.emplace_back(rate.leavers.customers);
      row.push_back(money(rate.leavers, departures.currency(rate.segment), exact));
      row.emplace_back(movements.at(rate.segment, rate.period).opening_customers);
    } else {
      row.resize(row.size() + 3);
    }
    if (rate.rate)
      append(row, *rate.rate, rule);
    else
      row.resize(row.size() + 3);
    row.emplace_back(status.complete);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string causes_sentence(const DepartureCube& cube) {
  // Over all segments.
  std::map<DepartureType, std::int64_t> types;
  std::int64_t all = 0;
  std::map<std::pair<std::string, Cause>, Leavers> causes;  // by code of the currency
  for (const DepartureCube::Entry& entry : cube.entries()) {
    const Cause& cause = cube.causes()[entry.cause];
    types[cause.type] += entry.leavers.customers;
    all += entry.leavers.customers;
    add(causes[{std::string(cube.currency(entry.segment).code()), cause}], entry.leavers);
  }
  if (all == 0) {
    for (std::size_t p = 0; p < cube.grid().size(); ++p)
      if (cube.status(p).observable) return "Nobody left in these periods.";
    return "Nothing is known of these periods.";
  }
  std::vector<std::pair<DepartureType, std::int64_t>> ranked(types.begin(), types.end());
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  const IntervalRule rule = cube.conventions().rate.interval_rule();
  std::string text = "Of " + std::to_string(all) + (all == 1 ? " departure " : " departures ");
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const Proportion share{ranked[i].second, all};
    const Interval interval = share.interval(rule).value();
    text += (i == 0 ? "" : ", ") + whole_percent(*share.value()) + " " + type_in_words(ranked[i].first) +
            " (" + (i == 0 ? confidence_in_words(rule.confidence) + ": " : "") +
            in_points(std::round(interval.low * 100) / 100) + " to " +
            in_points(std::round(interval.high * 100) / 100) + ")";
  }
  text += ".";

  // The known reason that most MRR of a currency left for, the first of equals.
  std::map<std::string, std::pair<std::string, Leavers>> most;  // by code of the currency
  for (const auto& [key, leavers] : causes) {
    const auto& [currency, cause] = key;
    if (cause.reason == unknown_reason || leavers.ticks <= 0) continue;
    auto& found = most[currency];
    if (leavers.ticks > found.second.ticks) found = {cause.reason, leavers};
  }
  const char* before = " Most MRR left for ";
  for (const auto& [currency, reason] : most) {
    const Leavers& leavers = reason.second;
    text += before + reason.first + ": " + RunRate{leavers.ticks, Currency{currency}}.mrr().to_string() +
            " " + currency + " a month with " + std::to_string(leavers.customers) +
            (leavers.customers == 1 ? " customer" : " customers");
    before = "; for ";
  }
  if (!most.empty()) text += ".";
  if (cube.segments().size() > 1)
    if (const auto test = test_type_mix(cube))
      text += std::string(" The mix of types ") +
              (test->p.value < 1 - rule.confidence ? "differs" : "does not clearly differ") +
              " between the segments (" + p_in_words(test->p) +
              (test->smallest_expected < 5 ? ", rough: few departures in some of them" : "") + ").";
  return text;
}

}  // namespace churn::inline v0

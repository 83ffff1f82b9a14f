#include <churn/metric/segment_contrast.hpp>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <limits>
#include <utility>

#include <churn/core/run_rate.hpp>
#include <churn/metric/measurement.hpp>

#include "core/cell_of.hpp"
#include "metric/wording.hpp"
#include "stats/adjust_contrasts.hpp"

namespace churn::inline v0 {

namespace {

/// What one segment counts, over all periods.
struct SegmentSums {
  Label label;
  Proportion customers;
  std::int64_t lost;
  std::int64_t opening;
};

/// The segments of one currency, in order of their labels.
struct CurrencyGroup {
  Currency currency;
  std::vector<SegmentSums> segments;

  [[nodiscard]] std::vector<Proportion> customers() const {
    std::vector<Proportion> all;
    all.reserve(segments.size());
    for (const SegmentSums& segment : segments) all.push_back(segment.customers);
    return all;
  }
};

std::vector<std::size_t> periods_of(const MovementCube& cube) {
  std::vector<std::size_t> periods;
  for (std::size_t p = 0; p < cube.grid().size(); ++p)
    if (cube.status(p).complete) periods.push_back(p);
  if (cube.trailing_days() && !periods.empty()) periods = {periods.back()};
  return periods;
}

ContrastBasis basis_of(const MovementCube& cube, const std::vector<std::size_t>& periods,
                       const ContrastRule& rule, bool overlapping) {
  ContrastBasis basis;
  basis.segment_names = cube.segment_names();
  basis.periods = periods.size();
  if (!periods.empty())
    basis.span = Period{cube.span(periods.front()).first(), cube.span(periods.back()).last()};
  basis.kind = cube.grid().kind();
  basis.trailing_days = cube.trailing_days();
  basis.overlapping = overlapping;
  basis.rule = rule;
  if (!basis.rule.interval) basis.rule.interval = cube.conventions().rate.interval_rule();
  return basis;
}

SegmentSums sums_of(const MovementCube& cube, std::size_t segment, const std::vector<std::size_t>& periods) {
  std::int64_t lost_customers = 0;
  std::int64_t opening_customers = 0;
  std::int64_t lost = 0;
  std::int64_t opening = 0;
  for (const std::size_t p : periods) {
    const MovementCell& cell = cube.at(segment, p);
    lost_customers = checked_add(lost_customers, cell.lost_customers);
    opening_customers = checked_add(opening_customers, cell.opening_customers);
    lost = checked_add(lost, cell.lost);
    opening = checked_add(opening, cell.opening);
  }
  return {cube.segments()[segment], {lost_customers, opening_customers}, lost, opening};
}

/// In order of the currencies' codes.
std::vector<CurrencyGroup> groups_of(const MovementCube& cube, const std::vector<std::size_t>& periods) {
  std::vector<CurrencyGroup> groups;
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    const Currency currency = cube.currency(s);
    auto group = std::find_if(groups.begin(), groups.end(),
                              [currency](const CurrencyGroup& g) { return g.currency == currency; });
    if (group == groups.end()) group = groups.insert(groups.end(), {currency, {}});
    group->segments.push_back(sums_of(cube, s, periods));
  }
  std::sort(groups.begin(), groups.end(), [](const CurrencyGroup& a, const CurrencyGroup& b) {
    return a.currency.code() < b.currency.code();
  });
  return groups;
}

/// (lost - other_lost / other_opening x opening) / unit, rounded half-even.
std::optional<std::int64_t> at_stake(const RevenueContrast& revenue, std::int64_t unit) {
  if (revenue.other_opening <= 0) return std::nullopt;
  using boost::multiprecision::int128_t;
  const int128_t above =
      int128_t{revenue.lost} * revenue.other_opening - int128_t{revenue.other_lost} * revenue.opening;
  const int128_t whole = int128_t{revenue.other_opening} * unit;
  int128_t quotient = above / whole;
  int128_t remainder = above % whole;
  if (remainder < 0) {  // floor division
    remainder += whole;
    --quotient;
  }
  const int128_t rest = whole - remainder;
  if (remainder > rest || (remainder == rest && quotient % 2 != 0)) ++quotient;
  using Limits = std::numeric_limits<std::int64_t>;
  if (quotient > Limits::max() || quotient < -Limits::max())
    throw Error(ErrorCode::overflow, "What is at stake is more than 64 bits can hold.");
  return static_cast<std::int64_t>(quotient);
}

std::vector<SegmentContrast> rows_of(const CurrencyGroup& group, const ContrastRule& rule) {
  std::int64_t lost = 0;
  std::int64_t opening = 0;
  for (const SegmentSums& segment : group.segments) {
    lost = checked_add(lost, segment.lost);
    opening = checked_add(opening, segment.opening);
  }
  std::vector<Contrast> customers = contrasts_with_rest(group.customers(), rule);
  std::vector<std::pair<std::optional<std::int64_t>, SegmentContrast>> ranked;
  for (std::size_t i = 0; i < group.segments.size(); ++i) {
    const SegmentSums& segment = group.segments[i];
    const RevenueContrast revenue{group.currency, segment.lost, segment.opening,
                                  checked_subtract(lost, segment.lost),
                                  checked_subtract(opening, segment.opening)};
    ranked.emplace_back(revenue.ticks_at_stake(), SegmentContrast{segment.label, customers[i], revenue});
  }
  // Nothing is less than something, so those without are last; labels came in order.
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<SegmentContrast> rows;
  rows.reserve(ranked.size());
  for (auto& [ticks, row] : ranked) rows.push_back(std::move(row));
  return rows;
}

MovementCube fold(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                  const FoldOptions& options) {
  const RateRules& rules = options.rules ? *options.rules : book.conventions().rate;
  return rules.trailing_days
             ? MovementCube::fold_trailing(book, grid, *rules.trailing_days, segmenter, options)
             : MovementCube::fold(book, grid, segmenter, options);
}

// ---- Tables

std::string note_of(const Contrast& customers, const RevenueContrast& revenue, const ContrastBasis& basis,
                    std::string_view others) {
  std::string note;
  const std::int64_t here = customers.one.denominator();
  const std::int64_t there = customers.other.denominator();
  if (basis.periods == 0) return "no complete period";
  if (here == 0) remark(note, "no customers at opening");
  if (there == 0) remark(note, "no customers to compare with");
  if (here > 0 && there > 0) {
    const std::int64_t left = customers.one.numerator() + customers.other.numerator();
    if (left == 0)
      remark(note, "nobody left");
    else if (left == here + there)
      remark(note, "everybody left");
    else if (customers.one.numerator() == 0)
      remark(note, "nobody left here");
    const std::string few = few_expected_in_words(customers, Counted::departures);
    if (!few.empty())
      remark(note, few);
    else if (customers.test == ContrastTest::rough_chi_square)
      remark(note, "an exact test would take too long: rough test");
    if (revenue.other_opening <= 0) remark(note, "no MRR of " + std::string(others) + " at opening");
  }
  if (basis.overlapping && customers.p) remark(note, "customers may be in several segments: p is rough");
  return note;
}

void add_columns(Table& table, const std::string& others) {
  for (const char* name : {"numerator", "denominator", "value", "ci_low", "ci_high"})
    table.columns.emplace_back(name);
  for (const char* name : {"numerator", "denominator", "value"}) table.columns.push_back(others + name);
  for (const char* name : {"difference", "low", "high", "p", "p_adjusted", "test", "mrr_lost", "mrr_opening",
                           "mrr_at_stake", "note"})
    table.columns.emplace_back(name);
}

void add_cells(std::vector<Cell>& row, const Contrast& customers, const RevenueContrast& revenue,
               bool exact) {
  row.emplace_back(customers.one.numerator());
  row.emplace_back(customers.one.denominator());
  row.push_back(cell_of(customers.one.value()));
  row.push_back(customers.interval ? Cell{customers.interval->low} : Cell{});
  row.push_back(customers.interval ? Cell{customers.interval->high} : Cell{});
  row.emplace_back(customers.other.numerator());
  row.emplace_back(customers.other.denominator());
  row.push_back(cell_of(customers.other.value()));
  const auto& difference = customers.difference;
  row.push_back(difference ? Cell{difference->difference} : Cell{});
  row.push_back(difference ? Cell{difference->interval.low} : Cell{});
  row.push_back(difference ? Cell{difference->interval.high} : Cell{});
  row.push_back(cell_of(customers.p));
  row.push_back(cell_of(customers.p_adjusted));
  row.emplace_back(std::string(contrast_test_name(customers.test)));
  row.push_back(to_cell(revenue.lost, Unit::run_rate, revenue.currency, exact));
  row.push_back(to_cell(revenue.opening, Unit::run_rate, revenue.currency, exact));
  if (exact) {
    const auto ticks = revenue.ticks_at_stake();
    row.push_back(ticks ? Cell{*ticks} : Cell{});
  } else {
    const auto mrr = revenue.mrr_at_stake();
    row.push_back(mrr ? Cell{*mrr} : Cell{});
  }
}

// ---- Sentences

std::string label_text(const Label& label) {
  std::string text;
  for (const std::string& part : label) text += (text.empty() ? "" : " / ") + part;
  return text;
}

/// "month", or "30 days" of a trailing window.
std::string period_text(const ContrastBasis& basis) {
  if (basis.trailing_days) return std::to_string(*basis.trailing_days) + " days";
  if (basis.kind == PeriodKind::every_days || basis.kind == PeriodKind::cuts) return "period";
  return std::string(period_kind_name(basis.kind));
}

/// " a month", " in 30 days".
std::string rate_text(const ContrastBasis& basis) {
  return (basis.trailing_days ? " in " : " a ") + period_text(basis);
}

/// What p was adjusted over. Of two segments each is the other's rest, so that there are fewer comparisons than
/// segments.
const char* compared_things(const SegmentContrasts& contrasts) {
  const auto with_p = std::count_if(contrasts.rows.begin(), contrasts.rows.end(),
                                    [](const SegmentContrast& row) { return row.customers.p.has_value(); });
  return static_cast<std::size_t>(with_p) == contrasts.basis.comparisons ? "segments" : "comparisons";
}

/// " in 30 days", " over 6 months".
std::string span_text(const ContrastBasis& basis) {
  if (basis.trailing_days) return " in " + period_text(basis);
  return " over " + std::to_string(basis.periods) + " " + period_text(basis) +
         (basis.periods == 1 ? "" : "s");
}

using Rows = std::vector<const SegmentContrast*>;

bool differs(const SegmentContrast& row, const ContrastRule& rule) {
  return row.customers.p_adjusted && row.customers.p_adjusted->value < rule.detection.level;
}

std::string finding(const SegmentContrast& row, const ContrastBasis& basis, std::string_view things) {
  const ProportionDifference& difference = *row.customers.difference;
  const bool more = difference.difference > 0;
  std::string text = label_text(row.label) + " loses " + in_points(std::abs(difference.difference)) +
                     " points " + (more ? "more" : "less") + " of its customers" + rate_text(basis) +
                     " than the others (";
  const Interval interval =
      more ? difference.interval : Interval{-difference.interval.high, -difference.interval.low};
  text += evidence_in_words(row.customers, interval, basis.rule, basis.comparisons, things) + ")";
  const auto stake = row.revenue.mrr_at_stake();
  if (!stake) return text + ".";
  const bool cost = stake->minor_units() > 0 || (more && stake->minor_units() == 0);
  const Money amount = cost ? *stake : Money{-stake->minor_units(), stake->currency()};
  return text + (more == cost ? ", and " : ", yet ") + amount.to_string() + " " +
         std::string(amount.currency().code()) + (cost ? " more" : " less") +
         " MRR than it would have lost at their rate," + span_text(basis) + ".";
}

/// What was not found, where most could have been: in the largest segment.
std::string missed(const Rows& rows) {
  const SegmentContrast* most = nullptr;
  for (const SegmentContrast* row : rows) {
    if (!row->customers.p || !row->customers.detectable || !row->customers.detectable->rise) continue;
    if (most == nullptr || *row->customers.detectable->rise < *most->customers.detectable->rise) most = row;
  }
  if (most == nullptr) return " There are too few customers for any difference to be found.";
  return " A difference of less than " + in_points(*most->customers.detectable->rise) +
         " points would have been missed in " + label_text(most->label) +
         (rows.size() > 2 ? ", and larger ones in the others." : ".");
}

std::string sentence_of(const Rows& rows, const OverallContrast& overall, const ContrastBasis& basis,
                        std::string_view things) {
  if (overall.groups == 0)
    return "No segment had a customer at the opening of a period, so there is nothing to compare.";
  if (overall.groups == 1) return "There is only one segment with customers, and nothing to compare it with.";
  if (!overall.p) {
    const bool nobody = std::all_of(rows.begin(), rows.end(), [](const SegmentContrast* row) {
      return row->customers.one.numerator() == 0;
    });
    return (nobody ? "Nobody left" : "Everybody left") + span_text(basis) +
           ", so no segment loses more than another.";
  }
  std::size_t found = 0;
  const SegmentContrast* leak = nullptr;
  const SegmentContrast* best = nullptr;
  for (const SegmentContrast* row : rows) {
    if (!differs(*row, basis.rule)) continue;
    ++found;
    if (row->customers.difference->difference > 0) {
      if (leak == nullptr) leak = row;  // most is at stake in the first
    } else {
      best = row;
    }
  }
  if (found > 0) {
    std::string text = finding(leak != nullptr ? *leak : *best, basis, things);
    if (overall.groups > 2)
      text += " " + std::to_string(found) + " of " + std::to_string(overall.groups) + " segments " +
              (found == 1 ? "differs" : "differ") + " from the others by more than chance.";
    return text;
  }
  std::string text =
      "No segment loses more or fewer customers than the others by more than chance" + span_text(basis);
  const bool together = overall.groups > 2 && overall.p->value < basis.rule.detection.level;
  text += together ? ", though together they differ (" + p_in_words(*overall.p) + ")."
                   : " (all together: " + p_in_words(*overall.p) + ").";
  return text + missed(rows);
}

}  // namespace

std::optional<Money> RevenueContrast::mrr_at_stake() const {
  const auto minor_units = at_stake(*this, ticks_per_minor_unit_a_month);
  if (!minor_units) return std::nullopt;
  return Money{*minor_units, currency};
}

std::optional<std::int64_t> RevenueContrast::ticks_at_stake() const { return at_stake(*this, 1); }

bool segments_overlap(const Segmenter& segmenter) {
  const auto& factors = segmenter.factors();
  return std::any_of(factors.begin(), factors.end(), [](const Segmenter::Factor& factor) {
    return factor.kind == Segmenter::Kind::lane && factor.name != "currency";
  });
}

SegmentContrasts segment_contrasts(const MovementCube& cube, const ContrastRule& rule, bool overlapping) {
  const auto periods = periods_of(cube);
  SegmentContrasts result{basis_of(cube, periods, rule, overlapping), {}, {}};
  for (const CurrencyGroup& group : groups_of(cube, periods)) {
    for (SegmentContrast& row : rows_of(group, result.basis.rule)) result.rows.push_back(std::move(row));
    result.overall.push_back({group.currency, overall_contrast(group.customers(), result.basis.rule)});
  }
  // Of two segments of a currency each is the other's rest.
  result.basis.comparisons = adjust_contrasts(
      result.rows, result.basis.rule, [](SegmentContrast& row) -> Contrast& { return row.customers; },
      [](const SegmentContrast& a, const SegmentContrast& b) {
        return a.revenue.currency == b.revenue.currency && is_mirror(a.customers, b.customers);
      });
  return result;
}

SegmentContrasts segment_contrasts(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                   const ContrastRule& rule, const FoldOptions& options) {
  return segment_contrasts(fold(book, grid, segmenter, options), rule, segments_overlap(segmenter));
}

SegmentPairs segment_pairs(const MovementCube& cube, const ContrastRule& rule, bool overlapping) {
  if (cube.segments().size() > most_groups_in_pairs)
    throw Error(ErrorCode::out_of_range, "Pairs are made of at most " + std::to_string(most_groups_in_pairs) +
                                             " segments. Compare each with the rest, or keep fewer.");
  const auto periods = periods_of(cube);
  SegmentPairs result{basis_of(cube, periods, rule, overlapping), {}};
  for (const CurrencyGroup& group : groups_of(cube, periods)) {
    for (PairContrast& pair : contrasts_of_pairs(group.customers(), result.basis.rule)) {
      const SegmentSums& one = group.segments[pair.one];
      const SegmentSums& other = group.segments[pair.other];
      result.rows.push_back({one.label,
                             other.label,
                             pair.contrast,
                             {group.currency, one.lost, one.opening, other.lost, other.opening}});
    }
  }
  result.basis.comparisons = adjust_contrasts(result.rows, result.basis.rule,
                                              [](SegmentPair& row) -> Contrast& { return row.customers; });
  return result;
}

SegmentPairs segment_pairs(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                           const ContrastRule& rule, const FoldOptions& options) {
  return segment_pairs(fold(book, grid, segmenter, options), rule, segments_overlap(segmenter));
}

Table contrasts_table(const SegmentContrasts& contrasts, bool exact) {
  Table table{contrasts.basis.segment_names, {}};
  add_columns(table, "rest_");
  for (const SegmentContrast& contrast : contrasts.rows) {
    std::vector<Cell> row(contrast.label.begin(), contrast.label.end());
    add_cells(row, contrast.customers, contrast.revenue, exact);
    row.emplace_back(note_of(contrast.customers, contrast.revenue, contrasts.basis, "the others"));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table pairs_table(const SegmentPairs& pairs, bool exact) {
  Table table{pairs.basis.segment_names, {}};
  for (const std::string& name : pairs.basis.segment_names) table.columns.push_back("other_" + name);
  add_columns(table, "other_");
  for (const SegmentPair& pair : pairs.rows) {
    std::vector<Cell> row(pair.one.begin(), pair.one.end());
    row.insert(row.end(), pair.other.begin(), pair.other.end());
    add_cells(row, pair.customers, pair.revenue, exact);
    row.emplace_back(note_of(pair.customers, pair.revenue, pairs.basis, "the other"));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string contrast_sentence(const SegmentContrasts& contrasts) {
  if (contrasts.basis.periods == 0) return "There is no complete period to compare segments in.";
  std::string text;
  for (const CurrencyContrast& overall : contrasts.overall) {
    Rows rows;
    for (const SegmentContrast& row : contrasts.rows)
      if (row.revenue.currency == overall.currency) rows.push_back(&row);
    if (!text.empty()) text += " ";
    if (contrasts.overall.size() > 1) text += std::string(overall.currency.code()) + ": ";
    text += sentence_of(rows, overall.customers, contrasts.basis, compared_things(contrasts));
  }
  if (contrasts.basis.overlapping && contrasts.basis.comparisons > 0)
    text += " Customers may be in several segments at once, so p and intervals are rough.";
  return text;
}

}  // namespace churn::inline v0

#include <churn/risk/lead.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <tuple>

#include <churn/core/error.hpp>
#include <churn/risk/transform.hpp>
#include <churn/segment/customer_groups.hpp>
#include <churn/stats/jackknife.hpp>
#include <churn/survival/cox.hpp>

#include "risk/lead_time.hpp"
#include "stats/sample_quantile.hpp"

namespace churn::inline v0 {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::uint32_t groups = 50;         // of customers, for the jackknife
constexpr std::size_t tenths = 10;           // by which rows are cut
constexpr std::size_t events_a_column = 10;  // below which a model of all columns is not to be trusted
constexpr double negligible_skew = 0.2;      // up to there the normal curve is near enough
constexpr std::int32_t longest = Date::max_days - Date::min_days;

Index at(std::size_t i) { return static_cast<Index>(i); }

[[noreturn]] void refuse(ErrorCode code, const char* what) { throw Error(code, what); }

void require(const Observations& observations) {
  observations.validate();
  const std::size_t n = observations.rows();
  if (observations.departed.size() != n || observations.departs_in.size() != n)
    refuse(ErrorCode::out_of_range, "Whether an indicator leads needs the outcomes of all rows.");
  if (n > std::numeric_limits<std::uint32_t>::max())
    refuse(ErrorCode::out_of_range, "There are too many rows.");
  if (observations.horizon < 1 || observations.horizon > longest)
    refuse(ErrorCode::bad_number, "A horizon is a day or more.");
  for (const std::int32_t tenure : observations.tenure)
    if (tenure < 0 || tenure > longest)
      refuse(ErrorCode::bad_number, "A tenure is 0 days or more, and within the calendar.");
}

void require(const LeadRule& rule) {
  if (!(rule.confidence > 0 && rule.confidence < 1))
    refuse(ErrorCode::bad_number, "A confidence is between 0 and 1.");
  if (rule.look_back < 1 || rule.stretch_days < 1)
    refuse(ErrorCode::bad_number, "How far to look back, and a stretch, is a day or more.");
}

/// The rows on which an indicator has a value.
struct Known {
  std::vector<std::uint32_t> row;
  std::vector<double> value;
  std::vector<std::uint8_t> departed;
  std::vector<std::uint32_t> customer;
  std::vector<std::uint32_t> by_value;  // places in the columns above, the lowest value first
  std::int64_t departures{0};

  [[nodiscard]] std::size_t size() const { return row.size(); }
  [[nodiscard]] double in_order(std::size_t i) const { return value[by_value[i]]; }
  [[nodiscard]] bool is_constant() const { return in_order(0) == in_order(size() - 1); }
};

Known known_rows(const Observations& observations, std::size_t column) {
  Known known;
  for (std::uint32_t row = 0; row < observations.rows(); ++row) {
    if (observations.missing(at(row), at(column))) continue;
    known.row.push_back(row);
    known.value.push_back(observations.values(at(row), at(column)) + 0.0);  // no -0
    known.departed.push_back(observations.departed[row]);
    known.customer.push_back(observations.customer[row]);
    known.departures += observations.departed[row];
  }
  known.by_value.resize(known.size());
  std::iota(known.by_value.begin(), known.by_value.end(), 0U);
  std::sort(known.by_value.begin(), known.by_value.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(known.value[a], a) < std::tie(known.value[b], b);
  });
  return known;
}

/// Of the test of the AUC, if it is 0.5: by how much more than without ties the sum of ranks of those who left varies, and
/// how skewed it is.
struct RankSum {
  double variance{0};  // of the AUC
  double skew{0};
};

RankSum rank_sum_of(const Known& known) {
  const auto n = static_cast<double>(known.size());
  const auto yes = static_cast<double>(known.departures);
  double second = 0;  // central moments of the ranks, equals sharing theirs
  double third = 0;
  for (std::size_t first = 0; first < known.size();) {
    std::size_t last = first;
    while (last < known.size() && known.in_order(last) == known.in_order(first)) ++last;
    const auto alike = static_cast<double>(last - first);
    // In parts of all ranks, between -1/2 and 1/2.
    const double rank = (static_cast<double>(first + last) / n - 1) / 2;
    second += alike / n * rank * rank;
    third += alike / n * rank * rank * rank;
    first = last;
  }
  // Moments of a sum of so many of the ranks, drawn without putting back.
  const double variance_of_sum = yes * (n - yes) / (n - 1) * second;
  const double third_of_sum = yes * (n - yes) / (n - 1) * ((n - 2 * yes) / (n - 2)) * third;
  const double sums_to_auc = n / (yes * (n - yes));
  return {variance_of_sum * sums_to_auc * sums_to_auc, third_of_sum / std::pow(variance_of_sum, 1.5)};
}

/// Two-sided, of a sum whose skew says that it is no normal one: by the gamma curve of that skew (Pearson's type III).
PValue p_value_of_skewed(double z, double skew) {
  const double shape = 4 / (skew * skew);
  const PValue tail = chi_square_p_value(2 * (shape + std::abs(z) * std::sqrt(shape)), 2 * shape);
  return {std::min(1.0, 2 * tail.value), std::min(0.0, tail.log10 + std::log10(2.0))};
}

/// What few have, as a payment that failed, few who leave have by chance: one or two where none would be expected. Mann and
/// Whitney's normal curve takes that for far more than it is. The larger p of both: the gamma curve has a short tail
/// on its other side, where it would be the one to exaggerate.
void correct_for_skew(Auc& auc_of_known, const Known& known, double confidence) {
  if (!auc_of_known.p || known.size() < 3) return;
  const RankSum sum = rank_sum_of(known);
  if (!(std::abs(sum.skew) > negligible_skew)) return;
  const std::optional<double> by_rows = auc(known.value, known.departed, {}, confidence).std_error;
  // Where values part leavers from stayers there is no error, and customers count in place of rows.
  if (!by_rows || !(*by_rows > 0) || !(*auc_of_known.std_error > 0)) return;
  const double by_customers = *auc_of_known.std_error / *by_rows;
  const PValue skewed =
      p_value_of_skewed((*auc_of_known.value - 0.5) / (std::sqrt(sum.variance) * by_customers), sum.skew);
  if (skewed.log10 > auc_of_known.p->log10) auc_of_known.p = skewed;
}

std::string no_auc_because(const Observations& observations, const Known& known) {
  if (observations.rows() == 0) return "There are no observations.";
  if (known.size() == 0) return "It has no value on any of the rows.";
  if (known.departures == 0) return "None of those with a value left.";
  if (known.departures == static_cast<std::int64_t>(known.size())) return "All of those with a value left.";
  if (known.is_constant()) return "It has the same value on all rows.";
  return "";
}

/// How many times as many left among the tenth of rows at the risky end; of the rows whose group is not `without`.
std::optional<double> lift_of(const Known& known, Direction direction,
                              const std::vector<std::uint32_t>& group_of_row, std::int64_t rows,
                              std::int64_t departures, std::uint32_t without) {
  const std::int64_t wanted = rows / static_cast<std::int64_t>(tenths);
  if (wanted == 0 || departures == 0) return std::nullopt;
  const std::size_t n = known.size();
  const auto place = [&](std::size_t i) {
    return known.by_value[direction == Direction::raises ? n - 1 - i : i];
  };
  std::int64_t taken = 0;
  double left = 0;
  for (std::size_t i = 0; i < n && taken < wanted;) {
    const double value = known.value[place(i)];
    std::int64_t alike = 0;
    std::int64_t alike_left = 0;
    for (; i < n && known.value[place(i)] == value; ++i) {
      if (group_of_row[place(i)] == without) continue;
      ++alike;
      alike_left += known.departed[place(i)];
    }
    if (alike == 0) continue;
    const std::int64_t part = std::min(alike, wanted - taken);
    left += static_cast<double>(part) * static_cast<double>(alike_left) / static_cast<double>(alike);
    taken += part;
  }
  return left / static_cast<double>(wanted) * (static_cast<double>(rows) / static_cast<double>(departures));
}

void fill_lift(IndicatorLead& lead, const Known& known, const std::vector<std::uint32_t>& group_of_customer,
               double confidence) {
  std::vector<std::int64_t> rows(groups, 0);
  std::vector<std::int64_t> departures(groups, 0);
  std::vector<std::uint32_t> group(known.size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    group[i] = group_of_customer[known.customer[i]];
    ++rows[group[i]];
    departures[group[i]] += known.departed[i];
  }
  const auto n = static_cast<std::int64_t>(known.size());
  lead.lift = lift_of(known, lead.column.direction, group, n, known.departures, groups);
  std::vector<std::optional<double>> replicates;
  for (std::uint32_t g = 0; g < groups; ++g)
    if (rows[g] > 0)
      replicates.push_back(
          lift_of(known, lead.column.direction, group, n - rows[g], known.departures - departures[g], g));
  lead.lift_interval = jackknife(lead.lift, replicates, Scale::log, confidence).interval;
}

/// The mean of values in order from `first` on, without running over.
double mean_of(const Known& known, std::size_t first, std::size_t last) {
  const auto n = static_cast<double>(last - first);
  double sum = 0;
  double of_parts = 0;
  for (std::size_t i = first; i < last; ++i) {
    sum += known.in_order(i);
    of_parts += known.in_order(i) / n;
  }
  return std::clamp(std::isfinite(sum) ? sum / n : of_parts, known.in_order(first), known.in_order(last - 1));
}

void fill_deciles(IndicatorLead& lead, const Known& known) {
  std::vector<double> sorted(known.size());
  for (std::size_t i = 0; i < known.size(); ++i) sorted[i] = known.in_order(i);
  std::vector<std::int64_t> departed;
  std::vector<std::int64_t> rows;
  std::size_t first = 0;
  for (std::size_t part = 1; part <= tenths; ++part) {
    const double cut = part == tenths ? sorted.back() : sample_quantile(sorted, part, tenths);
    const auto from = sorted.begin() + static_cast<std::ptrdiff_t>(first);
    const auto last = static_cast<std::size_t>(std::upper_bound(from, sorted.end(), cut) - sorted.begin());
    if (last == first) continue;
    std::int64_t left = 0;
    for (std::size_t i = first; i < last; ++i) left += known.departed[known.by_value[i]];
    departed.push_back(left);
    rows.push_back(static_cast<std::int64_t>(last - first));
    lead.deciles.push_back(
        {sorted[first], sorted[last - 1], mean_of(known, first, last), {left, rows.back()}});
    first = last;
  }
  lead.trend = rate_trend(departed, rows);
}

/// The rows as parts of stays. Days are counted from 1, so that who leaves on the very day t was at risk of it.
struct Risk {
  std::vector<std::int32_t> exit;
  std::vector<std::uint8_t> event;
  std::vector<std::uint64_t> cluster;

  explicit Risk(const Observations& observations) {
    for (std::uint32_t row = 0; row < observations.rows(); ++row) add(observations, row);
  }
  Risk(const Observations& observations, const std::vector<std::uint32_t>& rows) {
    for (const std::uint32_t row : rows) add(observations, row);
  }
  void add(const Observations& observations, std::uint32_t row) {
    const std::int32_t horizon = observations.horizon;
    const std::int32_t departs_in = observations.departs_in[row];
    const bool left = observations.departed[row] == 1;
    // Without a day, at the end of the horizon.
    const std::int32_t days = left && departs_in >= 0 && departs_in < horizon ? departs_in + 1 : horizon;
    exit.push_back(days);
    event.push_back(observations.departed[row]);
    cluster.push_back(observations.customer[row]);
  }
  [[nodiscard]] CoxFit fit(const MatrixXd& covariates, const std::vector<std::string>& names,
                           double confidence) const {
    CoxOptions options;
    options.confidence = confidence;
    options.concordance = false;
    return cox_regression({.exit = exit, .event = event, .cluster = cluster}, covariates, names, options);
  }
};

struct HazardRatio {
  std::optional<double> value{};
  std::optional<Interval> interval{};
};

HazardRatio ratio_of(const CoxCoefficient& coefficient) {
  // Of one customer alone there is no clustered error, and no other will do.
  if (!coefficient.robust_std_error) return {coefficient.hazard_ratio, {}};
  return {coefficient.hazard_ratio, coefficient.hazard_ratio_interval};
}

void fill_hazard_ratio(IndicatorLead& lead, const Observations& observations, const Known& known,
                       const Transform& transform, double confidence) {
  if (!(transform.deviation > 0)) return;
  MatrixXd z(at(known.size()), 1);
  for (std::size_t i = 0; i < known.size(); ++i) z(at(i), 0) = transform(known.value[i]);
  if (!z.allFinite()) return;
  const CoxFit fit = Risk{observations, known.row}.fit(z, {lead.column.name}, confidence);
  const HazardRatio ratio = ratio_of(fit.coefficients.front());
  lead.hazard_ratio = ratio.value;
  lead.hazard_ratio_interval = ratio.interval;
}

/// Stretches of time that hold rows, the earliest first, and which one each row is in.
struct Stretches {
  std::vector<Period> periods;
  std::vector<std::uint32_t> of_row;

  Stretches(const Observations& observations, std::int32_t length) {
    if (observations.rows() == 0) return;
    const auto [first, last] = std::minmax_element(observations.day.begin(), observations.day.end());
    const Date end = *last + std::chrono::days{1};
    std::vector<std::int32_t> back;
    back.reserve(observations.rows());
    for (const Date day : observations.day) back.push_back((last->days() - day.days()) / length);
    std::vector<std::int32_t> held = back;
    std::sort(held.begin(), held.end(), std::greater<>{});
    held.erase(std::unique(held.begin(), held.end()), held.end());
    for (const std::int32_t stretch : held) {
      const Date until = end - std::chrono::days{std::int64_t{stretch} * length};
      const std::int64_t from = std::int64_t{until.days()} - length;
      periods.emplace_back(from < first->days() ? *first : Date::from_days(from), until);
    }
    of_row.reserve(back.size());
    for (const std::int32_t stretch : back)
      of_row.push_back(static_cast<std::uint32_t>(
          std::lower_bound(held.begin(), held.end(), stretch, std::greater<>{}) - held.begin()));
  }
};

/// A value that is the same everywhere tells nobody apart: the 0.5 that it would get is no finding.
Auc auc_of(const std::vector<double>& value, const std::vector<std::uint8_t>& departed,
           const std::vector<std::uint32_t>& customer, double confidence) {
  Auc result = auc(value, departed, customer, confidence);
  const bool constant = std::adjacent_find(value.begin(), value.end(), std::not_equal_to<>{}) == value.end();
  return constant ? Auc{result.yes, result.no} : result;
}

void fill_stability(IndicatorLead& lead, const Stretches& stretches, const Known& known, double confidence) {
  struct Rows {
    std::vector<double> value;
    std::vector<std::uint8_t> departed;
    std::vector<std::uint32_t> customer;
  };
  std::vector<Rows> in(stretches.periods.size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    Rows& rows = in[stretches.of_row[known.row[i]]];
    rows.value.push_back(known.value[i]);
    rows.departed.push_back(known.departed[i]);
    rows.customer.push_back(known.customer[i]);
  }
  std::int64_t asked = 0;
  std::int64_t same = 0;
  for (std::size_t s = 0; s < in.size(); ++s) {
    const Auc here = auc_of(in[s].value, in[s].departed, in[s].customer, confidence);
    lead.stability.push_back({stretches.periods[s], here});
    if (!here.value || !lead.auc.value) continue;
    ++asked;
    const double product = (*here.value - 0.5) * (*lead.auc.value - 0.5);
    same += product > 0 ? 1 : 0;
  }
  lead.same_way = Proportion{same, asked};
}

/// All indicators in one model.
std::string adjust(std::vector<IndicatorLead>& leads, const Observations& observations,
                   const std::vector<Transform>& transforms, double confidence) {
  const auto n = static_cast<double>(observations.rows());
  std::vector<std::size_t> used;
  std::vector<std::size_t> told_missing;  // a pattern of missing values each
  for (std::size_t c = 0; c < leads.size(); ++c) {
    if (!leads[c].auc.value || !(transforms[c].deviation > 0)) continue;
    used.push_back(c);
    const double missing = 1 - static_cast<double>(leads[c].coverage.numerator()) / n;
    const bool is_told = std::any_of(told_missing.begin(), told_missing.end(), [&](std::size_t other) {
      return (observations.missing.col(at(c)) == observations.missing.col(at(other))).all();
    });
    if (missing >= 0.01 && missing <= 0.99 && !is_told) told_missing.push_back(c);
  }
  const std::size_t departures = observations.departures();
  if (used.empty() || departures == 0) return "There is nothing to adjust for.";
  const std::size_t columns = used.size() + told_missing.size();
  if (departures < events_a_column * columns)
    return std::to_string(departures) + " departures are too few for a model of " + std::to_string(columns) +
           " columns: it needs ten a column.";

  MatrixXd x(at(observations.rows()), at(columns));
  std::vector<std::string> names;
  for (const std::size_t c : used) {
    const Index to = at(names.size());
    for (Index row = 0; row < x.rows(); ++row)
      x(row, to) = observations.missing(row, at(c)) ? 0 : transforms[c](observations.values(row, at(c)));
    names.push_back(leads[c].column.name);
  }
  for (const std::size_t c : told_missing) {
    x.col(at(names.size())) = observations.missing.col(at(c)).cast<double>();
    names.push_back(leads[c].column.name + " missing");
  }
  if (!x.allFinite()) return "Values are too large to be put on a scale.";
  const CoxFit fit = Risk{observations}.fit(x, names, confidence);
  if (!fit.converged) return "The model of all indicators did not converge.";
  for (std::size_t j = 0; j < used.size(); ++j) {
    const HazardRatio ratio = ratio_of(fit.coefficients[j]);
    leads[used[j]].adjusted_hazard_ratio = ratio.value;
    leads[used[j]].adjusted_hazard_ratio_interval = ratio.interval;
  }
  return "";
}

bool is_as_expected(const IndicatorLead& lead) {
  return lead.column.direction == Direction::raises ? *lead.auc.value > 0.5 : *lead.auc.value < 0.5;
}

void decide(std::vector<IndicatorLead>& leads, const LeadRule& rule) {
  std::vector<PValue> tested;
  for (const IndicatorLead& lead : leads)
    if (lead.auc.p) tested.push_back(*lead.auc.p);
  const std::vector<PValue> adjusted = adjusted_p(tested, rule.adjustment);
  auto next = adjusted.begin();
  for (IndicatorLead& lead : leads) {
    if (!lead.auc.p) continue;
    lead.p_adjusted = *next++;
    lead.leads = lead.p_adjusted->value < 1 - rule.confidence && is_as_expected(lead);
  }
}

bool comes_before(const IndicatorLead& a, const IndicatorLead& b) {
  const auto rank = [](const IndicatorLead& lead) {
    return lead.leads ? 0 : lead.auc.p ? 1 : lead.auc.value ? 2 : 3;
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  if (a.auc.p && b.auc.p && a.auc.p->log10 != b.auc.p->log10) return a.auc.p->log10 < b.auc.p->log10;
  const auto distance = [](const IndicatorLead& lead) {
    return std::abs(lead.auc.value.value_or(0.5) - 0.5);
  };
  if (distance(a) != distance(b)) return distance(a) > distance(b);
  return a.column.name < b.column.name;
}

}  // namespace

LeadReport does_it_lead(const Observations& at_renewals, const Observations& calendar, const LeadRule& rule) {
  require(rule);
  require(at_renewals);
  require(calendar);
  if (calendar.rows() > 0 && calendar.columns != at_renewals.columns)
    refuse(ErrorCode::out_of_range, "The calendar's indicators are not those at renewals.");

  LeadReport report;
  report.rule = rule;
  report.horizon = at_renewals.horizon;
  report.observations = at_renewals.rows();
  report.departures = at_renewals.departures();
  report.not_yet_known = at_renewals.not_yet_known;
  std::vector<std::uint32_t> customers = at_renewals.customer;
  std::sort(customers.begin(), customers.end());
  customers.erase(std::unique(customers.begin(), customers.end()), customers.end());
  report.customers = customers.size();

  std::vector<std::uint32_t> group;
  group.reserve(at_renewals.customers.size());
  for (const std::string& id : at_renewals.customers) group.push_back(customer_group(id, groups));
  const Stretches stretches{at_renewals, rule.stretch_days};
  std::vector<Transform> transforms;
  for (std::size_t c = 0; c < at_renewals.columns.size(); ++c) {
    const Known known = known_rows(at_renewals, c);
    IndicatorLead& lead = report.rows.emplace_back();
    lead.column = at_renewals.columns[c];
    lead.coverage =
        Proportion{static_cast<std::int64_t>(known.size()), static_cast<std::int64_t>(at_renewals.rows())};
    lead.departures = known.departures;
    lead.auc = auc_of(known.value, known.departed, known.customer, rule.confidence);
    correct_for_skew(lead.auc, known, rule.confidence);
    lead.why_not = no_auc_because(at_renewals, known);
    transforms.push_back(Transform::fit(at_renewals.values.col(at(c)), at_renewals.missing.col(at(c))));
    fill_stability(lead, stretches, known, rule.confidence);
    if (known.size() > 0) fill_deciles(lead, known);
    if (!lead.auc.value) continue;
    if (!lead.auc.p) lead.why_not = "Too few customers left, or stayed, for a test.";
    fill_lift(lead, known, group, rule.confidence);
    fill_hazard_ratio(lead, at_renewals, known, transforms.back(), rule.confidence);
  }
  report.why_not_adjusted = adjust(report.rows, at_renewals, transforms, rule.confidence);
  decide(report.rows, rule);

  const LeadTimes lead_times{calendar, rule.look_back};
  for (std::size_t c = 0; c < report.rows.size(); ++c) {
    if (!report.rows[c].leads || calendar.rows() == 0) continue;
    const LeadTimes::Found found = lead_times.of(c);
    report.rows[c].lead_days = found.days;
    report.rows[c].turned = found.turned;
  }
  std::stable_sort(report.rows.begin(), report.rows.end(), comes_before);
  return report;
}

}  // namespace churn::inline v0

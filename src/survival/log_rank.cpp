#include <churn/survival/log_rank.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>

#include "stats/normal_quantile.hpp"
#include "stats/wording.hpp"
#include "survival/sound_risk_table.hpp"

namespace churn::inline v0 {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::int32_t behind_the_last = std::numeric_limits<std::int32_t>::max();

using Tables = std::vector<const RiskTable*>;

Index place(std::size_t i) { return static_cast<Index>(i); }

/// One group, read at times that only grow.
class Reader {
 public:
  explicit Reader(const RiskTable& table) : table_(&table) {}

  /// Of the next row; `behind_the_last` when there is none.
  [[nodiscard]] std::int32_t time() const {
    return next_ < table_->rows.size() ? table_->rows[next_].time : behind_the_last;
  }
  /// At a time that is not behind the next row's.
  [[nodiscard]] std::int64_t at_risk(std::int32_t time) {
    if (this->time() == behind_the_last) return 0;
    if (!table_->late_entry) return table_->rows[next_].at_risk;
    for (; entry_ < table_->entries.size(); ++entry_) {
      const DayCount& entry = table_->entries[entry_];
      if (entry.day > 0 && entry.day >= time) break;
      at_risk_ += entry.count;
    }
    return at_risk_;
  }
  [[nodiscard]] std::int64_t events(std::int32_t time) const {
    return this->time() == time ? table_->rows[next_].events : 0;
  }
  void leave(std::int32_t time) {
    if (this->time() != time) return;
    at_risk_ -= table_->rows[next_].events + table_->rows[next_].censored;
    ++next_;
  }

 private:
  const RiskTable* table_;
  std::size_t next_{0};
  std::size_t entry_{0};     // the next one, where some are late
  std::int64_t at_risk_{0};  // of those that entered
};

/// Who is at risk and who leaves at one time, by group and in all.
struct Moment {
  std::vector<std::int64_t> at_risk;
  std::vector<std::int64_t> events;
  std::int64_t all_at_risk{0};
  std::int64_t all_events{0};
};

/// What a departure counts for, after all times before.
class Weight {
 public:
  explicit Weight(const LogRankOptions& options) : options_(options) {}

  [[nodiscard]] double next(double at_risk, double events) {
    const double survival = survival_;
    survival_ *= 1 - events / at_risk;
    peto_ *= 1 - events / (at_risk + 1);
    switch (options_.weights) {
      case LogRankWeights::log_rank: break;
      case LogRankWeights::gehan: return at_risk;
      case LogRankWeights::tarone_ware: return std::sqrt(at_risk);
      case LogRankWeights::peto: return peto_;
      case LogRankWeights::fleming_harrington:
        return std::pow(survival, options_.rho) * std::pow(1 - survival, options_.gamma);
    }
    return 1;
  }

 private:
  LogRankOptions options_;
  double survival_{1};
  double peto_{1};
};

void add_moment(LogRank& sums, const Moment& moment, double weight) {
  const auto n = static_cast<double>(moment.all_at_risk);
  const auto d = static_cast<double>(moment.all_events);
  const bool some_stay = moment.all_events < moment.all_at_risk;
  const double variance = some_stay ? weight * weight * d * ((n - d) / (n - 1)) : 0;
  for (std::size_t g = 0; g < sums.groups.size(); ++g) {
    if (moment.at_risk[g] == 0) continue;
    const double share = static_cast<double>(moment.at_risk[g]) / n;
    const auto events = static_cast<double>(moment.events[g]);
    LogRankGroup& group = sums.groups[g];
    group.observed += weight * events;
    group.expected += weight * (some_stay ? d * share : events);
    if (some_stay) group.excess += weight * (events - d * share);
    // Only what is between two groups: of one sign, so that nothing cancels.
    for (std::size_t h = 0; h < g; ++h)
      sums.variance(place(g), place(h)) -= variance * share * (static_cast<double>(moment.at_risk[h]) / n);
  }
}

void add_stratum(LogRank& sums, const Tables& tables) {
  std::vector<Reader> readers;
  readers.reserve(tables.size());
  for (std::size_t g = 0; g < tables.size(); ++g) {
    readers.emplace_back(*tables[g]);
    sums.groups[g].spells = checked_add(sums.groups[g].spells, tables[g]->spells);
  }
  Weight weight{sums.options};
  Moment moment{std::vector<std::int64_t>(tables.size()), std::vector<std::int64_t>(tables.size())};
  while (true) {
    std::int32_t time = behind_the_last;
    for (const Reader& reader : readers) time = std::min(time, reader.time());
    if (time == behind_the_last) return;
    moment.all_at_risk = moment.all_events = 0;
    for (std::size_t g = 0; g < readers.size(); ++g) {
      moment.at_risk[g] = readers[g].at_risk(time);
      moment.events[g] = readers[g].events(time);
      moment.all_at_risk = checked_add(moment.all_at_risk, moment.at_risk[g]);
      moment.all_events = checked_add(moment.all_events, moment.events[g]);
      sums.groups[g].events = checked_add(sums.groups[g].events, moment.events[g]);
      readers[g].leave(time);
    }
    if (moment.all_events > 0)
      add_moment(
          sums, moment,
          weight.next(static_cast<double>(moment.all_at_risk), static_cast<double>(moment.all_events)));
  }
}

/// The variance is that of a network: between each two groups what they have been compared by, and on the
/// diagonal its sum. Taking out one group after the other and giving its excess and its ties to the groups
/// that it is tied to is the elimination of Gauss, without a subtraction. A group without ties is the last
/// of its set.
std::optional<LogRankTest> test_of(const LogRank& sums) {
  MatrixXd tie = -sums.variance;
  VectorXd excess(tie.rows());
  for (Index g = 0; g < tie.rows(); ++g) excess[g] = sums.groups[static_cast<std::size_t>(g)].excess;
  double chi_square = 0;
  std::int64_t degrees_of_freedom = 0;
  for (Index g = 0; g < tie.rows(); ++g) {
    const Index rest = tie.rows() - g - 1;
    const double ties = tie.col(g).tail(rest).sum();
    if (!(ties > 0)) continue;
    chi_square += excess[g] * excess[g] / ties;
    ++degrees_of_freedom;
    const VectorXd share = tie.col(g).tail(rest) / ties;
    excess.tail(rest) += excess[g] * share;
    for (Index h = 0; h < rest; ++h) tie.col(g + 1 + h).tail(rest) += tie(g, g + 1 + h) * share;
  }
  if (degrees_of_freedom == 0) return std::nullopt;
  return LogRankTest{chi_square, degrees_of_freedom,
                     chi_square_p_value(chi_square, static_cast<double>(degrees_of_freedom))};
}

void require_options(const LogRankOptions& options) {
  for (const double power : {options.rho, options.gamma})
    if (!(power >= 0 && std::isfinite(power)))
      throw Error(ErrorCode::bad_number, "rho and gamma of a log-rank test are 0 or more, and finite.");
}

void require_confidence(double confidence) {
  if (!(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::bad_number, "A confidence is between 0 and 1.");
}

LogRank result_of(const std::vector<Tables>& strata, std::size_t groups, const LogRankOptions& options) {
  LogRank sums;
  sums.options = options;
  sums.groups.resize(groups);
  sums.variance = MatrixXd::Zero(place(groups), place(groups));
  for (const Tables& tables : strata) add_stratum(sums, tables);
  MatrixXd& variance = sums.variance;
  variance.triangularView<Eigen::StrictlyUpper>() = variance.transpose();
  std::int64_t events = 0;
  for (std::size_t g = 0; g < groups; ++g) {
    variance(place(g), place(g)) = -(variance.row(place(g)).head(place(g)).sum() +
                                     variance.row(place(g)).tail(place(groups - g - 1)).sum());
    sums.groups[g].compared = variance(place(g), place(g)) > 0;
    events = checked_add(events, sums.groups[g].events);
  }
  sums.test = test_of(sums);
  if (!sums.test) sums.trouble = events == 0 ? LogRankTrouble::no_events : LogRankTrouble::never_together;
  return sums;
}

Cell cell_of(const std::optional<PValue>& p) { return p ? Cell{p->value} : Cell{}; }

}  // namespace

std::string reason(const LogRank& result) {
  switch (result.trouble) {
    case LogRankTrouble::none: break;
    case LogRankTrouble::no_events: return "Nobody left.";
    case LogRankTrouble::never_together:
      return "No two groups were at risk together at a tenure at which some left and some stayed.";
  }
  return "";
}

LogRank log_rank(std::span<const RiskTable> groups, const LogRankOptions& options) {
  require_options(options);
  Tables tables;
  for (const RiskTable& table : groups) {
    require_sound(table);
    tables.push_back(&table);
  }
  return result_of({tables}, groups.size(), options);
}

LogRank log_rank_stratified(std::span<const std::vector<RiskTable>> strata, const LogRankOptions& options) {
  require_options(options);
  const std::size_t groups = strata.empty() ? 0 : strata.front().size();
  std::vector<Tables> all;
  for (const std::vector<RiskTable>& stratum : strata) {
    if (stratum.size() != groups)
      throw Error(ErrorCode::out_of_range,
                  "Each stratum needs a table for each group, if an empty one: the first has " +
                      std::to_string(groups) + ", another " + std::to_string(stratum.size()) + ".");
    Tables& tables = all.emplace_back();
    for (const RiskTable& table : stratum) {
      require_sound(table);
      tables.push_back(&table);
    }
  }
  return result_of(all, groups, options);
}

std::optional<HazardRatio> peto_hazard_ratio(const LogRank& result, double confidence) {
  require_confidence(confidence);
  if (result.groups.size() != 2)
    throw Error(ErrorCode::out_of_range, "A hazard ratio is one of two groups, and there are " +
                                             std::to_string(result.groups.size()) + ".");
  if (!result.test || result.options.weights != LogRankWeights::log_rank) return std::nullopt;
  const double variance = result.variance(0, 0);
  const double logarithm = result.groups[0].excess / variance;
  const double spread = two_sided_quantile(confidence) / std::sqrt(variance);
  const HazardRatio ratio{std::exp(logarithm), {std::exp(logarithm - spread), std::exp(logarithm + spread)}};
  if (!(ratio.interval.low > 0 && std::isfinite(ratio.interval.high))) return std::nullopt;
  return ratio;
}

std::optional<LogRankTrend> log_rank_trend(const LogRank& result, std::span<const double> scores) {
  if (scores.size() != result.groups.size())
    throw Error(ErrorCode::out_of_range,
                "A trend needs a score for each of the " + std::to_string(result.groups.size()) + " groups.");
  double size = 0;
  for (const double score : scores) {
    if (!std::isfinite(score)) throw Error(ErrorCode::bad_number, "A score has to be finite.");
    size = std::max(size, std::abs(score));
  }
  if (!result.test || size == 0) return std::nullopt;
  double excess = 0;
  double variance = 0;
  for (std::size_t g = 0; g < scores.size(); ++g) {
    excess += scores[g] / size * result.groups[g].excess;
    for (std::size_t h = 0; h < g; ++h) {
      const double apart = scores[g] / size - scores[h] / size;
      variance -= result.variance(place(g), place(h)) * apart * apart;
    }
  }
  if (!(variance > 0)) return std::nullopt;
  const double z = excess / std::sqrt(variance);
  return LogRankTrend{z, normal_p_value(z)};
}

std::vector<LogRankPair> log_rank_pairs(std::span<const RiskTable> groups, const LogRankOptions& options,
                                        Adjustment adjustment, double confidence) {
  require_options(options);
  require_confidence(confidence);
  for (const RiskTable& table : groups) require_sound(table);
  std::vector<LogRankPair> pairs;
  std::vector<PValue> p_values;
  for (std::size_t first = 0; first < groups.size(); ++first)
    for (std::size_t second = first + 1; second < groups.size(); ++second) {
      const LogRank result = result_of({{&groups[first], &groups[second]}}, 2, options);
      pairs.push_back(
          {first, second, result.trouble, result.test, std::nullopt, peto_hazard_ratio(result, confidence)});
      if (result.test) p_values.push_back(result.test->p);
    }
  const std::vector<PValue> adjusted = adjusted_p(p_values, adjustment);
  auto next = adjusted.begin();
  for (LogRankPair& pair : pairs)
    if (pair.test) pair.adjusted_p = *next++;
  return pairs;
}

std::string log_rank_sentence(const LogRank& result) {
  if (!result.test) return reason(result);
  std::size_t compared = 0;
  for (const LogRankGroup& group : result.groups) compared += group.compared ? 1 : 0;
  return std::string(result.test->p.value < 0.05 ? "They differ in how long they stay"
                                                 : "How long they stay differs by no more than chance") +
         ": log-rank test of " + std::to_string(compared) +
         " groups, chi-square = " + three_digits(result.test->chi_square) + " on " +
         std::to_string(result.test->degrees_of_freedom) +
         (result.test->degrees_of_freedom == 1 ? " degree" : " degrees") + " of freedom, " +
         p_in_words(result.test->p) + ".";
}

Table log_rank_table(const LogRank& result) {
  Table table{{"group", "spells", "events", "observed", "expected"}, {}};
  for (std::size_t g = 0; g < result.groups.size(); ++g) {
    const LogRankGroup& group = result.groups[g];
    table.rows.push_back(
        {static_cast<std::int64_t>(g), group.spells, group.events, group.observed, group.expected});
  }
  return table;
}

Table log_rank_pairs_table(const std::vector<LogRankPair>& pairs) {
  Table table{{"first", "second", "chi_square", "p", "adjusted_p", "hazard_ratio", "ci_low", "ci_high"}, {}};
  for (const LogRankPair& pair : pairs) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row.emplace_back(static_cast<std::int64_t>(pair.first));
    row.emplace_back(static_cast<std::int64_t>(pair.second));
    row.push_back(pair.test ? Cell{pair.test->chi_square} : Cell{});
    row.push_back(pair.test ? Cell{pair.test->p.value} : Cell{});
    row.push_back(cell_of(pair.adjusted_p));
    row.push_back(pair.hazard_ratio ? Cell{pair.hazard_ratio->value} : Cell{});
    row.push_back(pair.hazard_ratio ? Cell{pair.hazard_ratio->interval.low} : Cell{});
    row.push_back(pair.hazard_ratio ? Cell{pair.hazard_ratio->interval.high} : Cell{});
  }
  return table;
}

}  // namespace churn::inline v0

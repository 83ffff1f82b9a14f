#include <churn/risk/playbook.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include <churn/core/error.hpp>
#include <churn/stats/adjusted_p.hpp>

#include "risk/counted.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::string_view all_together = "playbook";

[[noreturn]] void refuse(const PlaybookRule& rule, const std::string& what) {
  throw Error(ErrorCode::bad_number, "The rule " + rule.name + " " + what);
}

void check_rule(const PlaybookRule& rule) {
  if (rule.name.empty()) throw Error(ErrorCode::unknown_name, "A rule of a playbook needs a name.");
  if (rule.name == all_together)
    throw Error(ErrorCode::unknown_name, "A rule can't be called playbook: that is all rules together.");
  if (rule.bands.empty()) refuse(rule, "has no bands.");
  for (std::size_t band = 0; band < rule.bands.size(); ++band) {
    const PlaybookBand& at = rule.bands[band];
    if (!std::isfinite(at.from)) refuse(rule, "has a band whose lowest value is no finite number.");
    if (band > 0 && !(at.from > rule.bands[band - 1].from))
      refuse(rule, "has a band that begins at or below the one before it.");
    if (!(at.points >= 0 && at.points <= 1)) refuse(rule, "has points that are not from 0 to 1.");
  }
  if (!(rule.weight > 0) || !std::isfinite(rule.weight))
    refuse(rule, "needs a weight that is finite and above 0.");
  if (rule.tenure_from < 0) refuse(rule, "is for tenures below 0.");
  if (rule.tenure_until && *rule.tenure_until <= rule.tenure_from)
    refuse(rule, "is for tenures that end before they begin.");
}

/// Of a rule and observations that are checked.
std::vector<std::int32_t> bands_by_row(const PlaybookRule& rule, const Observations& observations) {
  const auto column = static_cast<Eigen::Index>(observations.column(rule.indicator));
  std::vector<std::int32_t> bands(observations.rows(), -1);
  for (std::size_t row = 0; row < bands.size(); ++row) {
    const auto at = static_cast<Eigen::Index>(row);
    const std::int32_t tenure = observations.tenure[row];
    if (observations.missing(at, column) || tenure < rule.tenure_from ||
        (rule.tenure_until && tenure >= *rule.tenure_until))
      continue;
    const double value = observations.values(at, column);
    const auto above = std::upper_bound(rule.bands.begin() + 1, rule.bands.end(), value,
                                        [](double x, const PlaybookBand& band) { return x < band.from; });
    bands[row] = static_cast<std::int32_t>(above - rule.bands.begin()) - 1;
  }
  return bands;
}

std::vector<std::optional<double>> scores_by_row(const Playbook& playbook,
                                                 const std::vector<std::vector<std::int32_t>>& bands,
                                                 std::size_t rows) {
  std::vector<std::optional<double>> scores(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    double points = 0;
    double weight = 0;
    for (std::size_t rule = 0; rule < bands.size(); ++rule) {
      if (bands[rule][row] < 0) continue;
      const PlaybookRule& of = playbook.rules[rule];
      points += of.weight * of.bands[static_cast<std::size_t>(bands[rule][row])].points;
      weight += of.weight;
    }
    if (weight > 0) scores[row] = points / weight;
  }
  return scores;
}

/// What scores are worth that flag those of at least `flagged_from`.
RuleWorth worth_of(const std::string& name, const std::vector<std::optional<double>>& scores,
                   double flagged_from, const Observations& observations, double confidence) {
  std::vector<double> score;
  std::vector<std::uint8_t> departed;
  std::vector<std::uint32_t> customer;
  std::int64_t flagged = 0;
  std::int64_t caught = 0;
  std::int64_t departures = 0;
  for (std::size_t row = 0; row < scores.size(); ++row) {
    if (!scores[row]) continue;
    score.push_back(*scores[row]);
    departed.push_back(observations.departed[row]);
    customer.push_back(observations.customer[row]);
    departures += departed.back();
    if (score.back() < flagged_from) continue;
    ++flagged;
    caught += departed.back();
  }
  const auto known = static_cast<std::int64_t>(score.size());
  RuleWorth worth{.name = name,
                  .coverage = {known, static_cast<std::int64_t>(scores.size())},
                  .auc = auc(score, departed, customer, confidence),
                  .bands = {},
                  .precision = {caught, flagged},
                  .recall = {caught, departures},
                  .lift = {},
                  .p_adjusted = {},
                  .works = false};
  if (flagged > 0 && departures > 0)
    worth.lift = *worth.precision.value() / *Proportion{departures, known}.value();
  return worth;
}

RuleWorth worth_of(const PlaybookRule& rule, const std::vector<std::int32_t>& band,
                   const Observations& observations, double confidence) {
  std::vector<std::optional<double>> points(band.size());
  std::vector<std::int64_t> rows(rule.bands.size());
  std::vector<std::int64_t> departures(rule.bands.size());
  for (std::size_t row = 0; row < band.size(); ++row) {
    if (band[row] < 0) continue;
    const auto at = static_cast<std::size_t>(band[row]);
    points[row] = rule.bands[at].points;
    ++rows[at];
    departures[at] += observations.departed[row];
  }
  double most = 0;
  for (const PlaybookBand& each : rule.bands) most = std::max(most, each.points);
  constexpr double never = 2;  // no row has more than 1: where no band has points, nothing is flagged
  RuleWorth worth = worth_of(rule.name, points, most > 0 ? most : never, observations, confidence);
  for (std::size_t at = 0; at < rule.bands.size(); ++at)
    worth.bands.push_back({rule.bands[at].level, rule.bands[at].points, {departures[at], rows[at]}});
  return worth;
}

bool is_found(const RuleWorth& rule, const PlaybookWorth& worth) {
  return rule.p_adjusted && rule.p_adjusted->value < 1 - worth.confidence;
}

bool is_reversed(const RuleWorth& rule, const PlaybookWorth& worth) {
  return is_found(rule, worth) && *rule.auc.value < 0.5;
}

void decide(PlaybookWorth& worth) {
  std::vector<PValue> p;
  for (const RuleWorth& rule : worth.rules)
    if (rule.auc.p) p.push_back(*rule.auc.p);
  const std::vector<PValue> adjusted = adjusted_p(p, Adjustment::holm);
  std::size_t next = 0;
  for (RuleWorth& rule : worth.rules) {
    if (!rule.auc.p) continue;
    rule.p_adjusted = adjusted[next++];
    rule.works = is_found(rule, worth) && *rule.auc.value > 0.5;
  }
}

/// "ranks those who leave above those who stay 71 % of the time (95 %: 66 to 76; p = 0.001)", of one that has a p.
std::string ranking(const RuleWorth& rule, double confidence) {
  return "ranks those who leave above those who stay " + in_points(*rule.auc.value) + " % of the time (" +
         (rule.auc.interval ? confidence_in_words(confidence) + ": " + in_points(rule.auc.interval->low) +
                                  " to " + in_points(rule.auc.interval->high) + "; "
                            : "") +
         p_in_words(*rule.p_adjusted) + ")";
}

std::string flags_in_words(const RuleWorth& all) {
  const auto flagged = static_cast<std::size_t>(all.precision.denominator());
  if (flagged == 0) return " It flags nobody.";
  return " Of " + counted(flagged, "row", "rows") + " that it flags " +
         std::to_string(all.precision.numerator()) + " left (" + in_points(*all.precision.value()) + " %" +
         (all.lift ? ", " + three_digits(*all.lift) + " times as many as of all" : "") + "); that is " +
         in_points(all.recall.value().value_or(0)) + " % of those who left.";
}

/// Why there is nothing to say; empty if there is something.
std::string nothing_to_say(const PlaybookWorth& worth) {
  if (worth.rules.size() < 2) return "The playbook has no rules.";
  if (worth.observations == 0) return "There are no observations to test the playbook on.";
  if (worth.departures == 0) return "Nobody left, so nothing can be said of the playbook.";
  if (worth.departures == worth.observations)
    return "Everybody left, so nothing can be said of the playbook.";
  if (worth.rules.back().coverage.numerator() == 0) return "No rule of the playbook has a value in any row.";
  return "";
}

/// Which rules tell who leaves, and which do the opposite.
std::string rules_in_words(const PlaybookWorth& worth) {
  std::vector<std::string> working;
  std::vector<std::string> reversed;
  const std::size_t count = worth.rules.size() - 1;
  for (std::size_t i = 0; i < count; ++i) {
    const RuleWorth& rule = worth.rules[i];
    if (rule.works) working.push_back(rule.name);
    if (is_reversed(rule, worth)) reversed.push_back(rule.name);
  }
  std::string text;
  if (working.empty())
    text = "There is no evidence that " +
           (count == 1 ? "the rule" : "any of the " + std::to_string(count) + " rules by itself") +
           " tells who leaves (" + counted(worth.observations, "row", "rows") + ", of which " +
           std::to_string(worth.departures) + " came before a departure).";
  else
    text = "Of " + counted(count, "rule", "rules") + " " + std::to_string(working.size()) +
           (working.size() == 1 ? " tells" : " tell") + " who leaves: " + listed(working) + ".";
  if (!reversed.empty())
    text += " " + listed(reversed) + (reversed.size() == 1 ? " points" : " point") +
            " the wrong way: those with more points stay more often.";
  const RuleWorth& all = worth.rules.back();
  if (is_reversed(all, worth))
    text += " The playbook as a whole points the wrong way.";
  else if (!all.works && !working.empty())
    text += " There is no evidence that the playbook as a whole does.";
  return text;
}

}  // namespace

void Playbook::validate() const {
  std::set<std::string_view> names;
  for (const PlaybookRule& rule : rules) {
    check_rule(rule);
    if (!names.insert(rule.name).second)
      throw Error(ErrorCode::unknown_name, "The playbook has two rules called " + rule.name + ".");
  }
}

std::vector<std::int32_t> bands_of(const PlaybookRule& rule, const Observations& observations) {
  check_rule(rule);
  observations.validate();
  return bands_by_row(rule, observations);
}

std::vector<std::optional<double>> playbook_scores(const Playbook& playbook,
                                                   const Observations& observations) {
  playbook.validate();
  observations.validate();
  std::vector<std::vector<std::int32_t>> bands;
  bands.reserve(playbook.rules.size());
  for (const PlaybookRule& rule : playbook.rules) bands.push_back(bands_by_row(rule, observations));
  return scores_by_row(playbook, bands, observations.rows());
}

PlaybookWorth playbook_worth(const Playbook& playbook, const Observations& observations, double confidence) {
  playbook.validate();
  observations.validate();
  if (!(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::bad_number, "A confidence is between 0 and 1.");
  if (observations.departed.size() != observations.rows())
    throw Error(ErrorCode::out_of_range, "What a playbook is worth can't be told without outcomes.");
  PlaybookWorth worth{.rules = {},
                      .observations = observations.rows(),
                      .departures = observations.departures(),
                      .confidence = confidence};
  std::vector<std::vector<std::int32_t>> bands;
  for (const PlaybookRule& rule : playbook.rules) {
    bands.push_back(bands_by_row(rule, observations));
    worth.rules.push_back(worth_of(rule, bands.back(), observations, confidence));
  }
  constexpr double rounding = 1e-12;  // so that a mean of halves is a half
  worth.rules.push_back(worth_of(std::string(all_together),
                                 scores_by_row(playbook, bands, observations.rows()), 0.5 - rounding,
                                 observations, confidence));
  decide(worth);
  return worth;
}

Table playbook_table(const PlaybookWorth& worth) {
  Table table{{"rule", "coverage", "auc", "auc_low", "auc_high", "flagged", "departed", "precision", "recall",
               "lift", "p_adjusted", "works"},
              {}};
  for (const RuleWorth& rule : worth.rules)
    table.rows.push_back({rule.name, cell_of(rule.coverage.value()), cell_of(rule.auc.value),
                          low_of(rule.auc.interval), high_of(rule.auc.interval), rule.precision.denominator(),
                          rule.precision.numerator(), cell_of(rule.precision.value()),
                          cell_of(rule.recall.value()), cell_of(rule.lift), cell_of(rule.p_adjusted),
                          rule.works});
  return table;
}

Table playbook_bands_table(const PlaybookWorth& worth) {
  Table table{{"rule", "level", "points", "departed", "rows", "rate", "ci_low", "ci_high"}, {}};
  for (const RuleWorth& rule : worth.rules)
    for (const BandWorth& band : rule.bands) {
      const std::optional<Interval> interval = band.departed.interval(worth.confidence);
      table.rows.push_back({rule.name, band.level, band.points, band.departed.numerator(),
                            band.departed.denominator(), cell_of(band.departed.value()), low_of(interval),
                            high_of(interval)});
    }
  return table;
}

std::string playbook_sentence(const PlaybookWorth& worth) {
  if (std::string why = nothing_to_say(worth); !why.empty()) return why;
  const RuleWorth& all = worth.rules.back();
  std::string text = rules_in_words(worth);
  if (all.works) text += " The playbook " + ranking(all, worth.confidence) + "." + flags_in_words(all);
  return text;
}

}  // namespace churn::inline v0

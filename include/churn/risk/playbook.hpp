// Playbook: a team's own thresholds as rules, so that they can be scored and tested like a model.
//
//   Playbook playbook{{{.name = "licence use", .indicator = "seat_use",
//                       .bands = {{0, "red", 1}, {0.5, "yellow", 0.5}, {0.75, "green", 0}}},
//                      {.name = "tickets", .indicator = "tickets", .bands = {{0, "green", 0}, {5, "red", 1}}}}};
//   playbook_worth(playbook, observations);
//
// A rule looks at one indicator: the band of a value is the last whose `from` is not above it; values below the first
// are in the first. Its points are 0 (safe) to 1 (will leave). A rule may hold for some tenures only. The score of a row is
// the mean of the points of the rules that have a value there, by their weights; where none has, there is no score.
//
// What a rule is worth is asked as of an indicator or a model: AUC of its points, departures by band with intervals, and
// of those it flags how many left (precision), how many of those who left it flagged (recall), and the lift. The rest of
// the flagged would be called for nothing. All is counted over the rows that have a value and a tenure that the rule is
// for: coverage says how many these are. Intervals of the AUC are clustered by customer; those of bands take rows for
// independent.
//
//   flagged     rows in the band with most points, if these are above 0; of the playbook: with a score of at least 0.5
//   precision   flagged who left / flagged
//   recall      flagged who left / all who left
//   lift        precision / (all who left / all)
//
// Whether the AUC differs from 0.5 is asked as stats/auc.hpp tells, by the error that it has if it does not, clustered by
// customer. A rule that parts leavers from stayers without an error has a p, too (and no interval): it works if enough
// customers stand behind it. Where nobody or everybody left there is no AUC, where all have the same points it is 0.5, and
// where fewer than two customers left, or stayed, it has no error: then there is no p, and a rule does not `work`.
//
// O(rules x rows log rows).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/proportion.hpp>
#include <churn/core/table.hpp>
#include <churn/row/observations.hpp>
#include <churn/stats/auc.hpp>

namespace churn::inline v0 {

/// A span of an indicator's values, up to the next band's, and what it counts for.
struct PlaybookBand {
  double from;        ///< the lowest value of the band
  std::string level;  ///< red, yellow, green, or whatever it is called
  double points;      ///< 0 (safe) to 1
  friend bool operator==(const PlaybookBand&, const PlaybookBand&) = default;
};

/// What one indicator says of a row, by the band that its value is in.
struct PlaybookRule {
  std::string name{};                          ///< each once in a playbook
  std::string indicator{};                     ///< the name of its column in the observations
  std::vector<PlaybookBand> bands{};           ///< `from` rises
  double weight{1};                            ///< of its points in the playbook's score; above 0
  std::int32_t tenure_from{0};                 ///< days, inclusive
  std::optional<std::int32_t> tenure_until{};  ///< exclusive
  friend bool operator==(const PlaybookRule&, const PlaybookRule&) = default;
};

/// A team's rules. The score of a row is the mean of their points, by weight.
struct Playbook {
  std::vector<PlaybookRule> rules{};  ///< in any order, which is that of results
  /// Throws Error(bad_number) for a rule without bands, bands out of order, points outside of [0, 1], a weight that is not
  /// above 0 or not finite, an empty span of tenures or one below 0; Error(unknown_name) for a name that is empty, comes
  /// twice, or is `playbook`, which is what all rules together are called.
  void validate() const;
  friend bool operator==(const Playbook&, const Playbook&) = default;
};

/// By row, the band of a rule; -1: no value, or a tenure that it is not for. Throws what Playbook::validate and
/// Observations::validate throw, and Error(unknown_name) for an indicator that is no column.
[[nodiscard]] std::vector<std::int32_t> bands_of(const PlaybookRule& rule, const Observations& observations);
/// By row, the score of the playbook; empty where no rule has a value. Throws what bands_of throws.
[[nodiscard]] std::vector<std::optional<double>> playbook_scores(const Playbook& playbook,
                                                                 const Observations& observations);

/// How many of the rows in one band left.
struct BandWorth {
  std::string level;          ///< as the rule calls it
  double points;              ///< as the rule gives it
  Proportion departed{0, 0};  ///< of the rows in the band those that left within the horizon
};

/// What one rule, or the whole playbook, is worth.
struct RuleWorth {
  std::string name{};                  ///< of the rule; `playbook` for all together
  Proportion coverage{0, 0};           ///< rows with a value and a tenure that it is for, of all
  Auc auc{};                           ///< of its points, or of the playbook's score, clustered by customer
  std::vector<BandWorth> bands{};      ///< as in the rule; none for the playbook
  Proportion precision{0, 0};          ///< of the rows that it flags
  Proportion recall{0, 0};             ///< of the departures among rows with a value
  std::optional<double> lift{};        ///< empty where nothing is flagged, or nobody left
  std::optional<PValue> p_adjusted{};  ///< Auc::p, over the rules and the playbook that have one (Holm)
  bool works{false};                   ///< p_adjusted below 1 - confidence and an AUC above 0.5
};

/// What the rules of a playbook are worth on some observations.
struct PlaybookWorth {
  std::vector<RuleWorth> rules{};  ///< in their order, the playbook last
  std::size_t observations{0};     ///< rows, whether a rule has a value there or not
  std::size_t departures{0};       ///< rows that left within the horizon
  double confidence{0.95};         ///< of intervals; `works` takes adjusted p below 1 less this
};

/// Throws what bands_of throws, Error(out_of_range) without outcomes and Error(bad_number) for a confidence out of (0, 1).
[[nodiscard]] PlaybookWorth playbook_worth(const Playbook& playbook, const Observations& observations,
                                           double confidence = 0.95);

/// Columns: rule, coverage, auc, auc_low, auc_high, flagged, departed, precision, recall, lift, p_adjusted, works.
[[nodiscard]] Table playbook_table(const PlaybookWorth& worth);
/// Columns: rule, level, points, departed, rows, rate, ci_low, ci_high.
[[nodiscard]] Table playbook_bands_table(const PlaybookWorth& worth);
/// Which rules tell who leaves, what the playbook is worth, and what its flags are; or that there is no evidence.
[[nodiscard]] std::string playbook_sentence(const PlaybookWorth& worth);

}  // namespace churn::inline v0

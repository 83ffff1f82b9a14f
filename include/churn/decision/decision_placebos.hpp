// DecisionPlacebos: how large an effect is found on days on which nothing was decided.
//
//   DecisionPlacebos placebos = decision_placebos(book, decision, effect);
//   placebos.share      // 0.08: of 11 such days none gave as much, (1 + 0) / (1 + 11)
//
// The same question (decision/decision_rows.hpp, decision/decision_effect.hpp) is asked of pretended decisions on the first days of
// months before the announcement: with as many days between announcement and effect, a window as long, which must end by the
// true announcement, and at least 183 days of records before. Of more than `most` of them the latest. Whether trend and season
// are taken in is for each of them to say, so that it is what would have been found on that day.
//   share   (1 + placebos whose p of `affected` is as small) / (1 + placebos that have one)
// It is the p of a permutation test if nothing but chance distinguishes days; windows overlap, so that of 24 placebos there is the
// evidence of fewer. A small p with many placebos as small: the book makes such jumps by itself, and the model's interval is too
// narrow.
//
// O(placebos x decision_rows).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/progress.hpp>
#include <churn/decision/decision_effect.hpp>
#include <churn/decision/decision_rows.hpp>

namespace churn::inline v0 {

/// A pretended decision, and what was found after it.
struct DecisionPlacebo {
  Date effective_on;               ///< the first day of a month
  Date until;                      ///< the day after the last of its window
  DecisionPhaseEffect affected{};  ///< as of a true decision on that day
};

/// Whether what was found after a decision is found on other days, too.
struct DecisionPlacebos {
  std::vector<DecisionPlacebo> placebos{};  ///< in order of day
  std::size_t comparable{0};                ///< that have a p
  std::size_t as_extreme{0};                ///< of these, whose p is as small
  std::optional<double> share{};            ///< (1 + as_extreme) / (1 + comparable)
  std::string why_not{};                    ///< a sentence where there is no share
};

/// How many days are tried, and how.
struct DecisionPlaceboOptions {
  std::size_t most{24};  ///< the latest so many; 0: none
  /// Of the regressions; those of the decision's, to compare like with like.
  DecisionEffectOptions effect{};
  Progress progress{};  ///< told how far it is, and asked whether to go on
};

/// `effect` is that of the decision. Throws what decision_rows and decision_effect throw, and Error(cancelled).
[[nodiscard]] DecisionPlacebos decision_placebos(const Book& book, const Decision& decision,
                                                 const DecisionEffect& effect,
                                                 const DecisionPlaceboOptions& options = {});

}  // namespace churn::inline v0

// The commands about who is next: which indicators lead, whom they point at, and what such a score has been worth.
#pragma once

#include <string>

#include "options.hpp"

namespace churn::cli {

/// `signed_in=login,page_seen=feature_used`: from the book's kinds to those they stand for. Throws Error(unknown_name).
[[nodiscard]] EventKindMap event_kinds(const Options& options);

/// What can be seen to be wrong with their options before anything is read. Throws Error.
void check_risk(const Options& options);

/// Which indicators lead, by how much and how early; deciles, stability, the onboarding funnel, unused features, and what a
/// team's own thresholds are worth. On stderr the finding.
[[nodiscard]] std::string run_indicators(const Session& session);

/// What each indicator is: `indicators --show list`, which needs no book.
[[nodiscard]] std::string list_indicators(const Options& options);

/// Every customer with its risk and the reasons, by a model of a file or one trained in place.
[[nodiscard]] std::string run_score(const Session& session);

/// What the score would have been worth before.
[[nodiscard]] std::string run_backtest(const Session& session);

}  // namespace churn::cli

// The commands about departures: why customers left, failed payments, exit surveys, and whom to win back.
#pragma once

#include <string>

#include <churn/io/cube_file.hpp>

#include "options.hpp"

namespace churn::cli {

/// What can be seen to be wrong with their options before anything is read. Throws Error.
void check_departures(const Options& options);

/// Whether --by goes with the part of `causes` that is asked for; true of other commands.
[[nodiscard]] bool takes_segments(const Options& options);

/// The rules that tell why customers left: the standard's, or those of --reasons.
[[nodiscard]] DepartureRules departure_rules_for(const Options& options);

/// Types and reasons, period by period or over all of them; who left, who came back, and whether there is a season. On
/// stderr the finding, and what the book's words and codes were not understood.
[[nodiscard]] std::string run_causes(const Session& session);
/// Of cubes: types and reasons, which need no records.
[[nodiscard]] std::string causes_from_cubes(const CubeFile& file, const Options& options);

/// Payments that failed, and what became of them; who is in arrears, and whose card expires.
[[nodiscard]] std::string run_dunning(const Session& session);

/// What customers said when they left, how many did, and whether the records say the same.
[[nodiscard]] std::string run_survey(const Session& session);

/// Who left, the first to be asked back first.
[[nodiscard]] std::string run_winback(const Session& session);

}  // namespace churn::cli

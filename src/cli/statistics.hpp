// The commands whose answers are statistics: what a metric does over time, how long customers stay, what comes.
#pragma once

#include <string>

#include <churn/io/cube_file.hpp>

#include "options.hpp"

namespace churn::cli {

/// What can be seen to be wrong with their options before anything is read. Throws Error(unknown_name).
void check_statistics(const Options& options);

/// A metric over the periods, its chart and, on stderr, what was found.
[[nodiscard]] std::string run_trend(const Session& session);
[[nodiscard]] std::string trend_from_cubes(const CubeFile& file, const Options& options);

/// `rates --compare`: which segments lose more customers than the others, is it more than chance, and what it costs.
[[nodiscard]] std::string run_contrasts(const Session& session);
[[nodiscard]] std::string contrasts_from_cubes(const CubeFile& file, const Options& options);

/// `cohorts --compare`: the newest cohort against those before it at equal age, in each segment.
[[nodiscard]] std::string print_cohort_contrasts(const CohortCube& cube, const Options& options,
                                                 Format format);

/// How long customers stay: a curve, or how each type of exit competes, or at which tenure they leave. On stderr the
/// medians, and whether segments differ.
[[nodiscard]] std::string run_survival(const Session& session);

/// How --horizon and --new-business ask for a forecast. Throws Error(unknown_name).
[[nodiscard]] ForecastRule forecast_rule(const Options& options);

/// Cohorts stay in the segment where they began. Throws Error(mismatched_cubes) for a --where on what customers may change.
void require_fixed(const Filter& where);

/// MRR of the periods to come; on stderr on what it rests, and what such forecasts have been worth.
[[nodiscard]] std::string run_forecast(const Session& session);
[[nodiscard]] std::string forecast_from_cubes(const CubeFile& file, const Options& options);

}  // namespace churn::cli

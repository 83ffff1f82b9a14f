// What analyses of levers share: what they adjust for, and what an effect says. Private to the library's sources.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <churn/lever/landmark_effect.hpp>
#include <churn/lever/levers.hpp>

#include "risk/counted.hpp"

namespace churn::inline v0 {

/// The interval and the plan of the first day, and every attribute with at most so many labels.
inline std::vector<Segmenter> usual_covariates(const Book& book, std::size_t most_labels) {
  std::vector<Segmenter> segmenters{by::interval, by::primary_plan};
  for (const std::string& name : book.attribute_names()) {
    Segmenter segmenter = by::attribute(name);
    const std::size_t labels = segmenter(book).labels.size();
    if (labels > 1 && labels <= most_labels) segmenters.push_back(std::move(segmenter));
  }
  return segmenters;
}

inline std::vector<std::string> covariate_names(const std::vector<Segmenter>& segmenters) {
  std::vector<std::string> names;
  for (const Segmenter& segmenter : segmenters)
    for (std::string& name : segmenter.names()) names.push_back(std::move(name));
  return names;
}

inline const LandmarkHazardRatio& ratio_of_effect(const LandmarkEffect& effect) {
  return effect.adjusted.value ? effect.adjusted : effect.plain;
}

/// Whether those with it left less often; empty where nothing says so.
inline std::optional<bool> goes_with_staying(const LandmarkEffect& effect) {
  if (const LandmarkHazardRatio& ratio = ratio_of_effect(effect); ratio.value) return *ratio.value < 1;
  if (const auto& difference = effect.retained.difference) return difference->difference > 0;
  return std::nullopt;
}

inline LeverVerdict lever_verdict(const LandmarkEffect& effect, const std::optional<PValue>& p_adjusted,
                                  double level) {
  if (!effect.p) return LeverVerdict::no_data;
  if (!p_adjusted || !(p_adjusted->value < level)) return LeverVerdict::unclear;
  const std::optional<bool> stays = goes_with_staying(effect);
  if (!stays) return LeverVerdict::unclear;
  return *stays ? LeverVerdict::keeps : LeverVerdict::loses;
}

/// Why there is no effect, or what it could not be adjusted for; empty: neither. `Row` has what LeverRow has.
template <class Row>
std::string note_of_effect(const Row& row, std::int32_t landmark, const std::string& records) {
  const LandmarkEffect& effect = row.effect;
  if (effect.p) {
    if (effect.left_out.empty()) return {};
    return "Adjusted for " + counted(effect.adjusted_for.size(), "column", "columns") + "; " +
           std::to_string(effect.left_out.size()) + " more would need more departures.";
  }
  const std::string to_record = records.empty() ? "" : " It takes " + records + ".";
  std::int64_t rows = 0;
  for (const LandmarkArm& arm : effect.arms) rows += arm.customers;
  if (rows > 0) return effect.why_not + to_record;
  if (row.not_known > 0)
    return "Of " + counted(row.not_known, "customer", "customers") +
           " who were there at the landmark it is not known." + to_record;
  if (row.too_new > 0)
    return "No customer has been here for " + counted(static_cast<std::size_t>(landmark), "day", "days") +
           " yet: ask again later.";
  return "No customer was there on the landmark day.";
}

}  // namespace churn::inline v0

#include <churn/lever/levers.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>

#include "core/cell_of.hpp"
#include "core/watch.hpp"
#include "lever/lever_effects.hpp"
#include "risk/counted.hpp"
#include "segment/labels_on_days.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

void require_own_names(const std::vector<Exposure>& exposures) {
  std::set<std::pair<std::string, std::string>> names;
  for (const Exposure& exposure : exposures)
    if (!names.emplace(exposure.lever, exposure.name).second)
      throw Error(ErrorCode::unknown_name,
                  "The exposure \"" + exposure.name + "\" of " + exposure.lever + " comes twice.");
}

/// Whom a lever could still touch.
void count_at_stake(PastReader& reader, LabelsOnDays& kept, bool one_currency, LeverRow& row) {
  const Book& book = reader.book();
  const std::int32_t as_of = book.as_of().days();
  if (as_of == Date::min_days) return;
  const bool have_it = row.exposure.direction == Direction::raises;
  std::int64_t ticks = 0;
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const CustomerIndex customer{c};
    const Past& past = reader.at(customer, book.as_of());
    const Balance balance = past.balance_on(past.last_day());
    if (!balance.present || !kept(customer, as_of - 1)) continue;
    const auto level = row.exposure.level(past);
    if (!level || (*level > 0) != have_it) continue;
    ++row.customers_at_stake;
    if (one_currency) ticks = checked_add(ticks, balance.ticks);
  }
  if (one_currency) row.at_stake = RunRate{ticks, book.currency()};
}

std::string title_of(const LeverRow& row) { return row.exposure.lever + " (" + row.exposure.name + ")"; }

/// "integrations (connected): leaves 0.72 times as often (95 %: 0.6 to 0.86)".
std::string finding_of(const LeverRow& row, double confidence) {
  const LandmarkHazardRatio& ratio = ratio_of_effect(row.effect);
  std::string text = title_of(row);
  if (ratio.value && ratio.interval)
    text += ": leaves " + three_digits(*ratio.value) + " times as often" +
            (row.exposure.levels.size() > 2 ? " for each step" : "") + " (" +
            confidence_in_words(confidence) + ": " + three_digits(ratio.interval->low) + " to " +
            three_digits(ratio.interval->high) + ")";
  else if (row.effect.retained.difference)
    text += ": " + in_points(std::abs(row.effect.retained.difference->difference)) + " points " +
            (row.effect.retained.difference->difference > 0 ? "more" : "fewer") + " stay";
  return text;
}

std::string found(const LeverReport& report, LeverVerdict verdict) {
  std::string text;
  for (const LeverRow& row : report.rows)
    if (row.verdict == verdict)
      text += (text.empty() ? "" : "; ") + finding_of(row, report.interval.confidence);
  return text;
}

/// "campaigns (engaged) and breadth (products, seats and features)"; of many exposures of a lever how many.
std::string named_by_lever(const LeverReport& report, LeverVerdict verdict) {
  constexpr std::size_t most_told = 4;
  std::vector<std::string> levers;
  std::vector<std::vector<std::string>> names;
  for (const LeverRow& row : report.rows) {
    if (row.verdict != verdict) continue;
    if (levers.empty() || levers.back() != row.exposure.lever) {
      levers.push_back(row.exposure.lever);
      names.emplace_back();
    }
    names.back().push_back(row.exposure.name);
  }
  for (std::size_t i = 0; i < levers.size(); ++i)
    levers[i] +=
        " (" +
        (names[i].size() > most_told ? std::to_string(names[i].size()) + " exposures" : listed(names[i])) +
        ")";
  return listed(levers);
}

Cell money_of(const std::optional<RunRate>& rate) { return rate ? Cell{rate->mrr()} : Cell{}; }

std::string trait_of(const ProfileSegment& segment) {
  const ProfileTrait& trait = segment.traits.front();
  std::string text;
  for (std::size_t i = 0; i < trait.names.size(); ++i)
    text += (i == 0 ? "" : ", ") + trait.names[i] + "=" + trait.label[i];
  return text;
}

/// Rows as the other levers have them, with what a segment knows.
void add_profile(Table& table, const CustomerProfile& profile) {
  const auto add = [&](const std::string& exposure, const ProfileSegment* segment, const std::string& note) {
    std::vector<Cell> row(table.columns.size());
    const auto at = [&](std::string_view name) -> Cell& {
      return row[static_cast<std::size_t>(std::find(table.columns.begin(), table.columns.end(), name) -
                                          table.columns.begin())];
    };
    at("lever") = std::string("ideal_customer");
    at("exposure") = exposure;
    at("horizon") = std::int64_t{profile.horizon};
    at("too_new") = profile.too_new;
    at("before_records") = profile.before_records;
    at("verdict") =
        std::string(lever_verdict_name(profile.note.empty() ? LeverVerdict::unclear : LeverVerdict::no_data));
    if (!note.empty()) at("note") = note;
    if (segment != nullptr) {
      const Contrast& kept = segment->kept;
      const bool avoid = segment->verdict == ProfileVerdict::avoid;
      at("exposed") = kept.one.denominator();
      at("unexposed") = kept.other.denominator();
      at("retention_exposed") = cell_of(kept.one.value());
      at("retention_unexposed") = cell_of(kept.other.value());
      if (kept.difference) {
        at("difference") = kept.difference->difference;
        at("ci_low") = kept.difference->interval.low;
        at("ci_high") = kept.difference->interval.high;
      }
      at("p_adjusted") = cell_of(kept.p_adjusted);
      if (avoid) at("mrr_at_stake") = money_of(segment->mrr_now);
      at("verdict") = std::string(lever_verdict_name(avoid ? LeverVerdict::loses : LeverVerdict::keeps));
    }
    table.rows.push_back(std::move(row));
  };
  bool any = false;
  for (const ProfileSegment& segment : profile.segments) {
    if (segment.verdict == ProfileVerdict::no_evidence) continue;
    add(trait_of(segment), &segment, {});
    any = true;
  }
  if (!any)
    add("segments", nullptr,
        profile.note.empty() ? "Of " + counted(profile.segments.size(), "segment", "segments") +
                                   " none differs from the rest by more than chance."
                             : profile.note);
}

}  // namespace

std::string_view lever_verdict_name(LeverVerdict verdict) noexcept {
  switch (verdict) {
    case LeverVerdict::keeps: return "keeps";
    case LeverVerdict::loses: return "loses";
    case LeverVerdict::unclear: return "unclear";
    case LeverVerdict::no_data: break;
  }
  return "no_data";
}

LeverReport levers(const Book& book, const LeversOptions& options) {
  std::vector<Exposure> exposures;
  if (options.standard_levers) exposures = standard_levers(book, options.standard);
  exposures.insert(exposures.end(), options.exposures.begin(), options.exposures.end());
  require_own_names(exposures);
  LandmarkOptions landmark{
      .where = options.where,
      .adjust_for = options.adjust_for ? *options.adjust_for : usual_covariates(book, options.most_labels)};
  LandmarkEffectRule rule = options.rule;
  if (!rule.contrast.interval) rule.contrast.interval = book.conventions().rate.interval_rule();
  LeverReport report{.interval = *rule.contrast.interval};
  report.adjusted_for = covariate_names(landmark.adjust_for);
  PastReader reader{book, options.standard.kinds};
  Watch watch{options.progress, exposures.size()};
  std::vector<PValue> known;
  for (Exposure& exposure : exposures) {
    const LandmarkRows rows = landmark_rows(reader, exposure, landmark);
    LeverRow row{.exposure = std::move(exposure), .effect = landmark_effect(rows, rule)};
    row.before_records = rows.before_records;
    row.filtered = rows.filtered;
    row.too_new = rows.too_new;
    row.left_before = rows.left_before;
    row.not_known = rows.not_known;
    if (row.effect.p) known.push_back(*row.effect.p);
    report.rows.push_back(std::move(row));
    watch.add(1);
  }
  if (options.standard_levers) {
    CustomerProfileOptions profile = options.profile;
    profile.where = options.where;
    if (!profile.rule.interval) profile.rule.interval = report.interval;
    report.profile = customer_profile(book, profile);
  }
  const std::vector<PValue> adjusted = adjusted_p(known, options.adjustment);
  report.tested = known.size();
  const Segmenter everyone;
  LabelsOnDays kept{book, everyone, options.where};
  std::size_t next = 0;
  for (LeverRow& row : report.rows) {
    if (row.effect.p) row.p_adjusted = adjusted[next++];
    row.verdict = lever_verdict(row.effect, row.p_adjusted, 1 - report.interval.confidence);
    count_at_stake(reader, kept, book.currencies().size() < 2, row);
    row.note = note_of_effect(row, row.exposure.landmark, row.exposure.records);
  }
  return report;
}

Table levers_table(const LeverReport& report) {
  Table table{{"lever",
               "exposure",
               "exposed",
               "unexposed",
               "retention_exposed",
               "retention_unexposed",
               "difference",
               "ci_low",
               "ci_high",
               "hazard_ratio",
               "p_adjusted",
               "mrr_at_stake",
               "hazard_low",
               "hazard_high",
               "plain_hazard_ratio",
               "weighted_difference",
               "weighted_low",
               "weighted_high",
               "e_value",
               "e_value_of_limit",
               "trend_p",
               "customers_at_stake",
               "landmark",
               "horizon",
               "departures",
               "left_before",
               "not_known",
               "too_new",
               "before_records",
               "verdict",
               "note"},
              {}};
  if (report.profile) add_profile(table, *report.profile);
  for (const LeverRow& row : report.rows) {
    const LandmarkEffect& effect = row.effect;
    const Contrast& retained = effect.retained;
    const LandmarkHazardRatio& ratio = ratio_of_effect(effect);
    const auto& difference = retained.difference;
    table.rows.push_back({row.exposure.lever,
                          row.exposure.name,
                          retained.one.denominator(),
                          retained.other.denominator(),
                          cell_of(retained.one.value()),
                          cell_of(retained.other.value()),
                          difference ? Cell{difference->difference} : Cell{},
                          difference ? Cell{difference->interval.low} : Cell{},
                          difference ? Cell{difference->interval.high} : Cell{},
                          cell_of(ratio.value),
                          cell_of(row.p_adjusted),
                          money_of(row.at_stake),
                          low_of(ratio.interval),
                          high_of(ratio.interval),
                          cell_of(effect.plain.value),
                          cell_of(effect.weighted),
                          low_of(effect.weighted_interval),
                          high_of(effect.weighted_interval),
                          cell_of(effect.e_value),
                          cell_of(effect.e_value_of_limit),
                          cell_of(effect.trend.p),
                          row.customers_at_stake,
                          std::int64_t{row.exposure.landmark},
                          std::int64_t{row.exposure.horizon},
                          count_of(effect.departures),
                          count_of(row.left_before),
                          count_of(row.not_known),
                          count_of(row.too_new),
                          count_of(row.before_records),
                          std::string(lever_verdict_name(row.verdict)),
                          row.note.empty() ? Cell{} : Cell{row.note}});
  }
  return table;
}

Table lever_levels_table(const LeverReport& report) {
  Table table{{"lever", "exposure", "level", "customers", "followed", "retained", "retention", "ci_low",
               "ci_high", "hazard_ratio", "hazard_low", "hazard_high", "mrr"},
              {}};
  for (const LeverRow& row : report.rows)
    for (const LandmarkArm& arm : row.effect.arms) {
      const auto currency = row.at_stake ? std::optional{row.at_stake->currency()} : std::nullopt;
      table.rows.push_back({row.exposure.lever, row.exposure.name, arm.level, arm.customers,
                            arm.retained.denominator(), arm.retained.numerator(),
                            cell_of(arm.retained.value()), low_of(arm.interval), high_of(arm.interval),
                            cell_of(arm.step.value), low_of(arm.step.interval), high_of(arm.step.interval),
                            currency ? money_of(RunRate{arm.ticks, *currency}) : Cell{}});
    }
  return table;
}

std::string levers_sentence(const LeverReport& report) {
  if (report.rows.empty() && !report.profile) return "There is no exposure to be measured.";
  std::string text = "Of " + counted(report.rows.size(), "exposure", "exposures") + " " +
                     std::to_string(report.tested) + " can be compared.";
  if (const std::string keeps = found(report, LeverVerdict::keeps); !keeps.empty())
    text += " Goes with staying: " + keeps + ".";
  if (const std::string loses = found(report, LeverVerdict::loses); !loses.empty())
    text += " Goes with leaving: " + loses + ".";
  if (const std::string unclear = named_by_lever(report, LeverVerdict::unclear); !unclear.empty())
    text += " No more than chance: " + unclear + ".";
  if (const std::string unknown = named_by_lever(report, LeverVerdict::no_data); !unknown.empty())
    text += " Can't be said: " + unknown + "; the notes say why.";
  text += " That is association, not cause.";
  return report.profile ? text + " " + customer_profile_sentence(*report.profile) : text;
}

}  // namespace churn::inline v0

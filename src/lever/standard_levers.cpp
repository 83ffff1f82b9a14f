#include <churn/lever/standard_levers.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <churn/core/error.hpp>

#include "indicator/integrations.hpp"
#include "lever/terms_of_a_year.hpp"

namespace churn::inline v0 {

namespace {

using Level = std::optional<std::uint32_t>;

constexpr std::string_view stage_kind = "stage_reached";
constexpr std::string_view campaign_kind = "campaign_engaged";
constexpr std::string_view integration_kind = "integration_connected";
constexpr std::string_view feature_kind = "feature_used";
constexpr std::uint32_t no_feature = std::numeric_limits<std::uint32_t>::max();

/// A first deal of more than six fifths of what is kept was too large.
constexpr std::int64_t larger_numerator = 6;
constexpr std::int64_t larger_denominator = 5;
constexpr std::int32_t annual_horizon = 391;

/// Whether some customer had an event of the kind by the day on which this one's stay began.
bool was_recorded(const Past& past, std::string_view kind) {
  const std::optional<Date> since = past.recorded_since(kind);
  return since && !past.stays().empty() && *since <= past.stays().back().starts_on;
}

std::uint32_t step_of(std::size_t count, std::initializer_list<std::size_t> bounds) {
  std::uint32_t step = 0;
  for (const std::size_t bound : bounds) step += count >= bound ? 1U : 0U;
  return step;
}

Level started_larger(const Past& past) {
  if (past.stays().empty()) return std::nullopt;
  const std::int64_t first = past.balance_on(past.stays().back().starts_on).ticks;
  const std::int64_t kept = past.balance_on(past.last_day()).ticks;
  if (first <= 0 || kept <= 0) return std::nullopt;
  // Run rates of a customer are far from the limits of 64 bits, but not their multiples.
  return static_cast<long double>(first) * larger_denominator >
                 static_cast<long double>(kept) * larger_numerator
             ? 1
             : 0;
}

Level pays_by_the_year(const Past& past) {
  long double yearly = 0;
  long double all = 0;
  for (const PastPhase& phase : past.phases()) {
    all += static_cast<long double>(phase.ticks);
    if (is_by_the_year(phase.cycle)) yearly += static_cast<long double>(phase.ticks);
  }
  if (!(all > 0)) return std::nullopt;
  return 2 * yearly > all ? 1 : 0;
}

Level is_activated(const Past& past, std::int32_t days) {
  const std::optional<Date> came_on = past.known_since();
  const std::optional<Date> recorded = past.recorded_since(stage_kind);
  if (!came_on) return std::nullopt;
  const TimeZone& zone = past.book().conventions().book.time_zone;
  for (const PastEvent& event : past.events_of(stage_kind))
    if (past.label(event) == "activated")
      return zone.day_of(event.at).days() - came_on->days() < days ? 1 : 0;
  return recorded && *recorded <= *came_on ? Level{0} : std::nullopt;
}

Level features_used(const Past& past, std::int32_t days) {
  if (!was_recorded(past, feature_kind)) return std::nullopt;
  std::set<std::uint32_t> used;
  for (const PastEvent& event : past.events_of(feature_kind, days))
    if (event.label != no_feature) used.insert(event.label);
  return step_of(used.size(), {2, 4});
}

Level used_feature(const Past& past, const std::string& feature, std::int32_t days) {
  if (!was_recorded(past, feature_kind)) return std::nullopt;
  const auto used = past.events_of(feature_kind, days);
  return std::any_of(used.begin(), used.end(),
                     [&](const PastEvent& event) { return past.label(event) == feature; })
             ? 1
             : 0;
}

std::string record_of(std::string_view kind) { return "events of the kind " + std::string(kind); }

/// Those that most customers used, in order of their names.
std::vector<std::string> features_of(const Book& book, const LeverOptions& options) {
  std::map<std::string, std::size_t> customers;
  if (book.as_of().days() == Date::min_days) return {};
  PastReader reader{book, options.kinds};
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const Past& past = reader.at(CustomerIndex{c}, book.as_of());
    std::set<std::uint32_t> seen;
    for (const PastEvent& event : past.events_of(feature_kind))
      if (event.label != no_feature && seen.insert(event.label).second) ++customers[past.label(event)];
  }
  customers.erase("");
  std::vector<std::pair<std::size_t, std::string>> by_count;
  by_count.reserve(customers.size());
  for (const auto& [feature, count] : customers) by_count.emplace_back(count, feature);
  std::stable_sort(by_count.begin(), by_count.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (by_count.size() > options.most_features) by_count.resize(options.most_features);
  std::vector<std::string> features;
  features.reserve(by_count.size());
  for (auto& [count, feature] : by_count) features.push_back(std::move(feature));
  std::sort(features.begin(), features.end());
  return features;
}

}  // namespace

std::vector<Exposure> standard_levers(const Book& book, const LeverOptions& options) {
  const std::int32_t l = options.landmark;
  const std::int32_t activation = options.activation_days;
  if (l < 1 || activation < 1 || options.deal_landmark < 1 || options.horizon < 1)
    throw Error(ErrorCode::bad_number, "Landmarks, horizons and days of activation are one day or more.");
  std::vector<Exposure> all;
  const auto add = [&](const std::string& lever, const std::string& name,
                       const std::vector<std::string>& levels, std::int32_t landmark,
                       const std::function<Level(const Past&)>& level, const std::string& records,
                       const std::string& about) {
    all.push_back({.lever = lever,
                   .name = name,
                   .levels = levels,
                   .landmark = landmark,
                   .horizon = options.horizon,
                   .level = level,
                   .records = records,
                   .about = about});
  };
  const std::string by_day = "by day " + std::to_string(l);
  add("first_deal", "started_larger", {"kept or grew", "started larger"}, options.deal_landmark,
      started_larger, "subscriptions with their phases",
      "first MRR above 1.2 times that on day " + std::to_string(options.deal_landmark));
  all.back().same_as = {"mrr"};
  all.back().direction = Direction::raises;
  add("annual_plan", "by_the_year", {"shorter terms", "by the year"}, 1, pays_by_the_year,
      "subscriptions with interval", "most of the MRR paid by the year on the first day");
  // As many renewals of each in a year more.
  all.back().horizon = annual_horizon + 365 * std::max(0, (options.horizon - annual_horizon) / 365);
  all.back().at_horizon = true;
  all.back().same_as = {"interval"};
  add(
      "campaigns", "engaged", {"not engaged", "engaged"}, l,
      [l](const Past& past) -> Level {
        if (!was_recorded(past, campaign_kind)) return std::nullopt;
        return past.count(campaign_kind, l) > 0 ? 1 : 0;
      },
      record_of(campaign_kind), "engaged with a campaign " + by_day);
  add(
      "activation", "activated", {"not activated", "activated"}, activation,
      [activation](const Past& past) { return is_activated(past, activation); },
      record_of(stage_kind) + " with the label activated",
      "activated within " + std::to_string(activation) + " days");
  add(
      "integrations", "connected", {"0", "1", "2", "3+"}, l,
      [](const Past& past) -> Level {
        if (!was_recorded(past, integration_kind)) return std::nullopt;
        return step_of(integrations_of(past), {1, 2, 3});
      },
      record_of(integration_kind), "integrations connected " + by_day);
  add(
      "breadth", "products", {"1", "2+"}, l,
      [](const Past& past) -> Level {
        return past.phases().empty() ? std::nullopt : Level{step_of(past.phases().size(), {2})};
      },
      "subscriptions", "subscriptions at a time, on day " + std::to_string(l));
  add(
      "breadth", "seats", {"1", "2-5", "6+"}, l,
      [](const Past& past) -> Level {
        const std::int64_t seats = past.quantity_on(past.last_day());
        return seats < 1 ? std::nullopt : Level{step_of(static_cast<std::size_t>(seats), {2, 6})};
      },
      "subscriptions with quantity", "seats on day " + std::to_string(l));
  all.back().same_as = {"mrr"};
  add(
      "breadth", "features", {"0-1", "2-3", "4+"}, l,
      [l](const Past& past) { return features_used(past, l); },
      record_of(feature_kind) + " with the feature as label", "distinct features used " + by_day);
  for (const std::string& feature : features_of(book, options))
    add(
        "product_health", feature, {"not used", "used"}, l,
        [feature, l](const Past& past) { return used_feature(past, feature, l); }, record_of(feature_kind),
        "used " + feature + " " + by_day);
  if (all.back().lever != "product_health")
    add(
        "product_health", "features", {"not used", "used"}, l,
        [](const Past&) -> Level { return std::nullopt; },
        record_of(feature_kind) + " with the feature as label", "which features predict retention");
  return all;
}

}  // namespace churn::inline v0

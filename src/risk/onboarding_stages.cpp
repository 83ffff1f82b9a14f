#include "risk/onboarding_stages.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/risk/onboarding_funnel.hpp>

namespace churn::inline v0 {

namespace {

constexpr const char* stage_kind = "stage_reached";
constexpr const char* last_stage = "activated";

/// Gives stages numbers as they are met.
class StageNumbers {
 public:
  explicit StageNumbers(std::vector<std::string>& names) : names_(names) {}
  std::optional<std::size_t> operator()(const Past& past, const PastEvent& event) {
    const auto [at, is_new] = of_label_.try_emplace(event.label, names_.size());
    if (is_new) {
      std::string name = past.label(event);
      if (name.empty()) {
        at->second = none;
      } else {
        names_.push_back(std::move(name));
      }
    }
    return at->second == none ? std::nullopt : std::optional{at->second};
  }

 private:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  std::vector<std::string>& names_;
  std::unordered_map<std::uint32_t, std::size_t> of_label_;
};

/// Twice the middle of the days, which are not empty.
std::int64_t twice_median(std::vector<std::int64_t>& days) {
  std::sort(days.begin(), days.end());
  return days[(days.size() - 1) / 2] + days[days.size() / 2];
}

}  // namespace

Onboarded read_onboarding(PastReader& reader) {
  Onboarded all;
  const Book& book = reader.book();
  const TimeZone& zone = book.conventions().book.time_zone;
  StageNumbers number{all.stages};
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const CustomerIndex customer{c};
    const Past& past = reader.at(customer, book.as_of());
    const std::optional<Date> start = past.known_since();
    Person person{customer, start ? start->days() : 0, {}};
    if (const auto kind = past.kind(stage_kind)) {
      all.recorded_since = past.recorded_since(stage_kind);
      for (const PastEvent& event : past.events()) {  // in order of time
        if (event.kind != *kind) continue;
        const auto stage = number(past, event);
        if (!stage) {
          ++all.events_without_stage;
          continue;
        }
        const std::int32_t day = zone.day_of(event.at).days();
        if (*stage == all.recorded.size()) all.recorded.push_back(day);
        all.recorded[*stage] = std::min(all.recorded[*stage], day);
        const auto is_same = [&](const Reached& reached) { return reached.stage == *stage; };
        if (std::none_of(person.reached.begin(), person.reached.end(), is_same))
          person.reached.push_back({*stage, day});
      }
    }
    if (start)
      all.people.push_back(std::move(person));
    else if (!person.reached.empty())
      all.without_start.push_back(customer);
  }
  return all;
}

std::vector<std::string> stage_order(const Onboarded& all, std::optional<Date> recorded_from) {
  std::vector<std::vector<std::int64_t>> days(all.stages.size());
  for (const Person& person : all.people) {
    if (recorded_from && person.start < recorded_from->days()) continue;
    for (const Reached& reached : person.reached)
      days[reached.stage].push_back(std::max(0, reached.day - person.start));
  }
  using Place = std::tuple<bool, std::int64_t, std::int64_t, std::string>;
  std::vector<Place> places;
  for (std::size_t s = 0; s < days.size(); ++s)
    places.emplace_back(all.stages[s] == last_stage,
                        days[s].empty() ? std::numeric_limits<std::int64_t>::max() : twice_median(days[s]),
                        -static_cast<std::int64_t>(days[s].size()), all.stages[s]);
  std::sort(places.begin(), places.end());
  std::vector<std::string> stages;
  stages.reserve(places.size());
  for (Place& place : places) stages.push_back(std::move(std::get<3>(place)));
  return stages;
}

void require_stage_names(const std::vector<std::string>& stages) {
  std::set<std::string_view> names;
  for (const std::string& stage : stages)
    if (stage.empty() || stage == onboarding_start || !names.insert(stage).second)
      throw Error(ErrorCode::unknown_name,
                  "Stages need names, each its own, other than " + std::string(onboarding_start) + ".");
}

}  // namespace churn::inline v0

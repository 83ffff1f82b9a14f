#include "departure/survey_log.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "book/book_data.hpp"

namespace churn::inline v0 {

namespace {

enum class SurveyKind : std::uint8_t { other, sending, answer };

SurveyKind kind_of(std::string_view name) {
  if (name == "exit_survey_sent") return SurveyKind::sending;
  return name == "exit_survey" ? SurveyKind::answer : SurveyKind::other;
}

/// What the texts of the records are as kinds of events.
std::vector<SurveyKind> survey_kinds(const IdTable& texts, const EventKindMap& mapped) {
  std::vector<SurveyKind> kinds(texts.size(), SurveyKind::other);
  const auto set = [&](std::string_view name, std::string_view stands_for) {
    if (const auto index = texts.find(name)) kinds[*index] = kind_of(stands_for);
  };
  for (const std::string_view name : {"exit_survey_sent", "exit_survey"}) set(name, name);
  for (const auto& [name, stands_for] : mapped) set(name, stands_for);
  return kinds;
}

}  // namespace

SurveyLog::SurveyLog(const Book& book, const EventKindMap& kinds) {
  const Records::Storage& records = *book.data().records;
  const EventTable& events = records.events;
  const std::vector<SurveyKind> kind_of_text = survey_kinds(records.texts, kinds);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const SurveyKind kind = kind_of_text[events.kind[i]];
    if (kind == SurveyKind::other) continue;
    SurveyEvents& counts = kind == SurveyKind::answer ? answers_ : sendings_;
    const std::uint32_t customer = book.data().accounts.customer_of[events.customer[i]];
    const Timestamp at = Timestamp::from_seconds(events.at[i]);
    const Date on = book.conventions().book.time_zone.day_of(at);
    if (customer == no_index) {
      ++counts.excluded;
    } else if (on >= book.as_of()) {
      ++counts.later;
    } else {
      ++counts.of_none;
      const bool is_answer = kind == SurveyKind::answer;
      const std::uint32_t label = is_answer ? events.label[i] : no_index;
      log_.push_back({customer, at, is_answer, label == no_index ? "" : records.texts.text(label), on});
    }
  }
  std::sort(log_.begin(), log_.end(), [](const LoggedSurvey& a, const LoggedSurvey& b) {
    return std::tie(a.customer, a.at, a.is_answer, a.text) < std::tie(b.customer, b.at, b.is_answer, b.text);
  });
}

std::span<const LoggedSurvey> SurveyLog::of(CustomerIndex customer) const {
  const auto number = static_cast<std::uint32_t>(customer);
  const auto first = std::lower_bound(
      log_.begin(), log_.end(), number,
      [](const LoggedSurvey& survey, std::uint32_t wanted) { return survey.customer < wanted; });
  const auto last = std::find_if(first, log_.end(),
                                 [number](const LoggedSurvey& survey) { return survey.customer != number; });
  return {first, last};
}

}  // namespace churn::inline v0

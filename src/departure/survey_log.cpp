#include "departure/survey_log.hpp"

#include <algorithm>
#include <tuple>

#include "book/book_data.hpp"
#include "book/event_kinds.hpp"

namespace churn::inline v0 {

SurveyLog::SurveyLog(const Book& book, const EventKindMap& kinds) {
  const Records::Storage& records = *book.data().records;
  const EventTable& events = records.events;
  const std::vector<bool> are_answers = kinds_that_are(survey_answer_kind, records.texts, kinds);
  const std::vector<bool> are_sendings = kinds_that_are(survey_sending_kind, records.texts, kinds);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bool is_answer = are_answers[events.kind[i]];
    if (!is_answer && !are_sendings[events.kind[i]]) continue;
    SurveyEvents& counts = is_answer ? answers_ : sendings_;
    const std::uint32_t customer = book.data().accounts.customer_of[events.customer[i]];
    const Timestamp at = Timestamp::from_seconds(events.at[i]);
    const Date on = book.conventions().book.time_zone.day_of(at);
    if (customer == no_index) {
      ++counts.excluded;
    } else if (on >= book.as_of()) {
      ++counts.later;
    } else {
      ++counts.of_none;
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

// The exit surveys of a book by customer: what was sent, what was answered, when. Private to the library's sources.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <churn/book/event_index.hpp>
#include <churn/departure/exit_surveys.hpp>

namespace churn::inline v0 {

struct LoggedSurvey {
  std::uint32_t customer;
  Timestamp at;
  bool is_answer;    ///< at one instant a sending goes before an answer
  std::string text;  ///< of an answer
  Date on;
};

class SurveyLog {
 public:
  SurveyLog(const Book& book, const EventKindMap& kinds);

  /// In order of time, at one instant sendings first, then answers by their bytes.
  [[nodiscard]] std::span<const LoggedSurvey> of(CustomerIndex customer) const;
  /// With all that are of customers before as_of as of none.
  [[nodiscard]] const SurveyEvents& sendings() const noexcept { return sendings_; }
  [[nodiscard]] const SurveyEvents& answers() const noexcept { return answers_; }

 private:
  std::vector<LoggedSurvey> log_;
  SurveyEvents sendings_;
  SurveyEvents answers_;
};

}  // namespace churn::inline v0

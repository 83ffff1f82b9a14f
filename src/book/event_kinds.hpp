// Which of a host's kinds of events stand for one of the library's. Private to the library's sources.
#pragma once

#include <churn/book/event_index.hpp>

#include <string_view>
#include <vector>

#include "book/id_table.hpp"

namespace churn::inline v0 {

/// By the number of a text, whether events of that kind are `kind`: those that are called so, unless the map says
/// otherwise, and those that it says so of.
inline std::vector<bool> kinds_that_are(std::string_view kind, const IdTable& texts,
                                        const EventKindMap& mapped) {
  std::vector<bool> are(texts.size());
  if (const auto text = texts.find(kind)) are[*text] = true;
  for (const auto& [name, stands_for] : mapped)
    if (const auto text = texts.find(name)) are[*text] = stands_for == kind;
  return are;
}

inline constexpr std::string_view survey_answer_kind = "exit_survey";
inline constexpr std::string_view survey_sending_kind = "exit_survey_sent";

}  // namespace churn::inline v0

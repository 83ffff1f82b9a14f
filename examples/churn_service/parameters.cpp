#include "parameters.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

using namespace churn;

namespace churn_service {

namespace {

constexpr std::size_t longest_value = 200;

std::string listed(std::initializer_list<std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  return list.empty() ? "none" : list;
}

PeriodKind kind_of(const std::string& name) {
  for (const PeriodKind kind :
       {PeriodKind::day, PeriodKind::week, PeriodKind::month, PeriodKind::quarter, PeriodKind::year})
    if (period_kind_name(kind) == name) return kind;
  throw Refused(400, "bad_parameter", "There is no such period.",
                "period=day, week, month, quarter or year.");
}

}  // namespace

Parameters::Parameters(const std::multimap<std::string, std::string>& given,
                       std::initializer_list<std::string_view> known)
    : given_(given) {
  for (const auto& [name, value] : given_) {
    if (std::ranges::find(known, name) == known.end())
      throw Refused(400, "unknown_parameter",
                    "This question takes no parameter \"" + name.substr(0, 40) + "\".",
                    "It takes: " + listed(known) + ".");
    if (given_.count(name) > 1)
      throw Refused(400, "bad_parameter", name + " is given more than once.", "Give it once.");
    if (value.size() > longest_value)
      throw Refused(400, "bad_parameter", name + " is too long.",
                    "A value may have " + std::to_string(longest_value) + " bytes.");
  }
}

std::optional<std::string> Parameters::text(const std::string& name) const {
  const auto found = given_.find(name);
  if (found == given_.end()) return std::nullopt;
  return found->second;
}

std::optional<Date> Parameters::day(const std::string& name) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto day = Date::parse(*value);
  if (!day) throw Refused(400, "bad_date", name + " is no day.", name + "=YYYY-MM-DD.");
  return day;
}

bool Parameters::flag(const std::string& name) const {
  const auto value = text(name);
  if (!value || *value == "false") return false;
  if (*value != "true")
    throw Refused(400, "bad_parameter", name + " is neither true nor false.", name + "=true.");
  return true;
}

std::size_t Parameters::number(const std::string& name, std::size_t otherwise, std::size_t most) const {
  const auto value = text(name);
  if (!value) return otherwise;
  std::size_t number = 0;
  const char* const last = value->data() + value->size();
  const auto [end, error] = std::from_chars(value->data(), last, number);
  if (error != std::errc{} || end != last || number < 1 || number > most)
    throw Refused(400, "bad_number", name + " is out of range.",
                  name + " is a number from 1 to " + std::to_string(most) + ".");
  return number;
}

PeriodGrid Parameters::periods(Date as_of) const {
  const PeriodKind kind = kind_of(text("period").value_or("month"));
  const Date to = day("to").value_or(next_period_start(kind, as_of - std::chrono::days{1}));
  const Date from = day("from").value_or(period_start(kind, to - std::chrono::days{365}));
  if (!(from < to))
    throw Refused(400, "bad_period", "`to` must be after `from`.", "Both are days; `to` is not in it.");
  if ((to - from).count() / 366 > 100)
    throw Refused(400, "too_much", "That is more than a hundred years.", "Ask for less.");
  PeriodGrid grid{kind, from, to};
  if (grid.size() > most_periods)
    throw Refused(400, "too_much", "That is " + std::to_string(grid.size()) + " periods.",
                  "Ask for at most " + std::to_string(most_periods) + ", or for longer ones.");
  return grid;
}

std::vector<std::string> Parameters::segments() const {
  std::vector<std::string> names;
  const std::string list = text("by").value_or("");
  for (std::size_t at = 0; !list.empty() && at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    names.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  if (names.size() > most_factors)
    throw Refused(400, "too_much", "That is too many segments at once.",
                  "by=NAME, or up to " + std::to_string(most_factors) + " with commas.");
  return names;
}

}  // namespace churn_service

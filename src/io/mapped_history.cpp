#include "io/mapped_history.hpp"

#include <optional>

namespace churn::inline v0 {
namespace reading {

namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Less than 0 if a comes first: by number if both are numbers, else by bytes.
int compare(std::string_view a, std::string_view b) {
  if (is_number(a) && is_number(b)) {
    a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
    b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  }
  return a.compare(b);
}

bool goes_on_as(const PhaseVersion& a, const PhaseVersion& b) {
  Phase there = *b.phase;
  there.starts_on = a.phase->starts_on;
  there.ends_on = a.phase->ends_on;
  return a.subscription == b.subscription && a.customer == b.customer && *a.phase == there;
}

}  // namespace

bool is_earlier(const VersionOrder& a, const VersionOrder& b) {
  if (a.as_of.at != b.as_of.at) return a.as_of.at < b.as_of.at;
  const int by_text = compare(a.then_by, b.then_by);
  return by_text != 0 ? by_text < 0 : a.place < b.place;
}

std::vector<PhaseVersion> phases_of(const std::vector<PhaseVersion>& sorted) {
  std::vector<PhaseVersion> phases;
  bool is_first = true;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Date day = sorted[i].order.as_of.day;
    std::optional<Date> until;
    if (i + 1 < sorted.size()) until = sorted[i + 1].order.as_of.day;
    if (until == day) continue;  // another one of the same day counts
    const bool comes_first = std::exchange(is_first, false);
    if (!sorted[i].in_force) continue;
    PhaseVersion next = sorted[i];
    Phase& phase = *next.phase;
    if (!comes_first) phase.starts_on = std::max(phase.starts_on, day);
    if (until && (!phase.ends_on || *until < *phase.ends_on)) phase.ends_on = until;
    if (phase.ends_on && *phase.ends_on <= phase.starts_on) continue;
    if (!phases.empty() && phases.back().phase->ends_on == phase.starts_on && goes_on_as(phases.back(), next))
      phases.back().phase->ends_on = phase.ends_on;
    else
      phases.push_back(std::move(next));
  }
  return phases;
}

}  // namespace reading
}  // namespace churn::inline v0

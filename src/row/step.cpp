#include <churn/row/step.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace churn::inline v0 {

namespace {
constexpr std::array<std::string_view, 9> names{
    "none", "new", "reactivation", "expansion", "contraction", "churn", "transfer_in", "transfer_out", "fx"};
}

std::string_view movement_name(Movement movement) noexcept {
  return names[static_cast<std::size_t>(movement)];
}

Movement parse_movement(std::string_view name) {
  for (std::size_t i = 1; i < names.size(); ++i)
    if (names[i] == name) return static_cast<Movement>(i);
  throw Error(ErrorCode::unknown_name,
              "\"" + std::string(name) +
                  "\" is no movement. There are: new, reactivation, expansion, contraction, churn, "
                  "transfer_in, transfer_out, fx.");
}

PeriodLookup::PeriodLookup(const Book& book, const PeriodGrid& grid) : day_before_(grid.from().days() - 1) {
  // Steps lie before as_of; a table over the grid's days up to there answers for all of them.
  const std::int32_t end = std::max(book.as_of().days(), grid.from().days() + 1);
  table_.resize(static_cast<std::size_t>(end - day_before_), static_cast<std::int32_t>(grid.size()));
  table_.front() = -1;
  for (std::size_t p = 0; p < grid.size(); ++p) {
    const std::int32_t until = std::min(grid.cuts()[p + 1].days(), end);
    for (std::int32_t day = grid.cuts()[p].days(); day < until; ++day)
      table_[static_cast<std::size_t>(day - day_before_)] = static_cast<std::int32_t>(p);
  }
}

bool present_at_an_earlier_close(const Book& book, const PeriodGrid& grid, CustomerIndex customer) {
  const Timeline& timeline = book.timeline();
  const auto c = static_cast<std::size_t>(customer);
  const std::int32_t opens = grid.from().days();
  for (std::size_t i = timeline.first_step[c]; i < timeline.first_step[c + 1]; ++i) {
    const std::int32_t from = timeline.day[i];
    if (from == Timeline::before_records) return true;  // "before" under every history
    if (from >= opens) break;
    if ((timeline.state[i] & Timeline::present) == 0) continue;
    // Present on [from, until): at a close iff a boundary b has from < b <= until.
    const std::int32_t until = i + 1 < timeline.first_step[c + 1] ? timeline.day[i + 1] : book.as_of().days();
    if (grid.boundary_after(Date::from_days(from)).days() <= until) return true;
  }
  return false;
}

}  // namespace churn::inline v0

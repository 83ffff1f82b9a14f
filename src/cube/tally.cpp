#include <churn/cube/tally.hpp>

#include <algorithm>

#include "segment/customer_days.hpp"

namespace churn::inline v0 {

struct StepPlaces::Places {
  const Book& book;
  const PeriodGrid& grid;
  bool by_day;
  // Where a customer has one label.
  Labelling labelling{};
  std::vector<bool> keep{};
  // Where labels change.
  std::optional<AppliedSegments> applied{};
  std::optional<SegmentTable> table{};
  std::optional<CustomerDays> days{};
  std::optional<CustomerIndex> customer{};  // whose days they are
  std::span<const DayState> states{};
  bool has_one_currency{true};  // that customer
  std::vector<Label> total{};   // the label of the one segment, where there are no factors

  /// What the customer was before the step, or is as soon as it is there.
  [[nodiscard]] DayState state_for(const Step& step) {
    if (customer != step.customer) {
      customer = step.customer;
      states = days->of(step.customer);
      std::optional<std::uint8_t> currency;
      has_one_currency = true;
      for (const DayState& state : states)
        for (const LaneBalance& lane : state.lanes) {
          const std::uint8_t here = applied->currency_of_lane(lane.lane);
          has_one_currency = has_one_currency && currency.value_or(here) == here;
          currency = here;
        }
    }
    const std::int32_t before = by_day ? step.day - 1 : grid[step.period].first().days() - 1;
    const std::int32_t records_from = book.records_from() ? book.records_from()->days() : before;
    const DayState state = state_on(states, std::max(before, records_from));
    if (state.balance.present) return state;
    const auto entry = std::find_if(states.begin(), states.end(), [before](const DayState& later) {
      return later.day > before && later.balance.present;
    });
    return entry == states.end() ? state : *entry;
  }
};

StepPlaces::StepPlaces(const Book& book, const PeriodGrid& grid, const RateRules& rules,
                       const Segmenter& segmenter, const Filter& where)
    : places_(new Places{book, grid, rules.netting == Netting::by_day}) {
  if (!segmenter.changes() && !where.changes()) {
    (void)book.currency();  // throws if there are several
    places_->labelling = segmenter(book);
    places_->keep = where(book);
    return;
  }
  places_->applied.emplace(book, segmenter, where);
  places_->table.emplace(*places_->applied);
  places_->days.emplace(book, *places_->applied, *places_->table);
  if (segmenter.factors().empty()) places_->total.emplace_back();
}

StepPlaces::~StepPlaces() = default;

std::optional<std::size_t> StepPlaces::operator()(const Step& step) {
  const auto customer = static_cast<std::size_t>(step.customer);
  if (!places_->table) {
    if (!places_->keep[customer]) return std::nullopt;
    return places_->labelling(customer);
  }
  const DayState state = places_->state_for(step);
  const auto most =
      std::max_element(state.lanes.begin(), state.lanes.end(),
                       [](const LaneBalance& a, const LaneBalance& b) { return a.ticks < b.ticks; });
  if (most == state.lanes.end()) return std::nullopt;
  const std::uint32_t target = places_->table->target(state.segment, most->lane);
  if (target == SegmentTable::none) return std::nullopt;
  if (!places_->has_one_currency)
    throw Error(
        ErrorCode::mixed_currencies,
        "Customer " + places_->book.customer_id(step.customer).text() +
            " pays in several currencies, so that its steps have no amount. Leave it out by a filter, "
            "or take a MovementCube by currency, which tells its parts apart.");
  return target;
}

const std::vector<Label>& StepPlaces::labels() const noexcept {
  if (!places_->table) return places_->labelling.labels;
  return places_->total.empty() ? places_->table->targets() : places_->total;
}

}  // namespace churn::inline v0

// What no cell holds: a state of a host's own, gathered from the steps of customers, that adds up.
#include "shop.hpp"

using namespace churn;

// [state_metric]
/// The share of the largest single loss in all the MRR lost: 1 if one customer made the bad quarter.
struct LargestLossShare {
  static constexpr std::string_view name = "largest_loss_share";
  struct State {
    std::int64_t largest{0};  // ticks
    std::int64_t all{0};
    State& operator+=(const State& other) {
      largest = std::max(largest, other.largest);
      all = checked_add(all, other.all);
      return *this;
    }
  };
  static void count(State& state, const Step& step) {
    const std::int64_t loss = step.opening.ticks - step.closing.ticks;
    if (loss > 0) state += State{loss, loss};
  }
  RunRateRatio operator()(const State& state, const CellContext& at) const {
    return {{state.largest, at.currency}, {state.all, at.currency}};
  }
};
// [/state_metric]

// [tally]
/// How many customers lost more than half of what they paid at opening; whoever left lost all of it.
Tally<std::int64_t> halved_customers(const Book& book) {
  const auto count = [](std::int64_t& customers, const Step& step) {
    if (step.opening.ticks - step.closing.ticks > step.closing.ticks) ++customers;
  };
  return tally_steps<std::int64_t>(book, shop::two_quarters(), by::primary_plan, {}, count);
}
// [/tally]

int main() {
  // [use_state_metric]
  const auto losses = measure(shop::book())
                          .over(shop::two_quarters())
                          .by(by::attribute("region"))
                          .compute(LargestLossShare{}, GrossMrrChurnRate{});
  shop::print(losses.table());
  // [/use_state_metric]

  // [merge]
  Tally<std::int64_t> halved = halved_customers(shop::book("north"));
  halved += halved_customers(shop::book("south"));  // perhaps from another thread or machine
  for (std::size_t segment = 0; segment < halved.segments().size(); ++segment)
    std::printf("%-10s  %lld, then %lld\n", halved.segments()[segment][0].c_str(),
                static_cast<long long>(halved.at(segment, 0)), static_cast<long long>(halved.at(segment, 1)));
  // [/merge]
}

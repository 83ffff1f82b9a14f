// A metric of a host's own: a name, and a function of what a segment and period counted.
#include "shop.hpp"

using namespace churn;

// [metric]
/// Of the MRR that was lost, how much went because customers took less, not because they left.
struct DowngradeShare {
  static constexpr std::string_view name = "downgrade_share";
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    return {{cell.contraction, at.currency}, {checked_add(cell.contraction, cell.churn), at.currency}};
  }
};
// [/metric]

int main() {
  // [use_metric]
  const PeriodGrid quarters = shop::two_quarters();
  const auto lost = measure(shop::book())
                        .over(quarters)
                        .by(by::attribute("region"))
                        .compute(DowngradeShare{}, CustomerChurnRate{});
  shop::print(lost.table());

  const RunRateRatio north = lost.at({"north"}, quarters[0]).get<DowngradeShare>();
  std::printf("North, second quarter: downgrades are %s of %s lost\n",
              north.numerator.mrr().to_string().c_str(), north.denominator.mrr().to_string().c_str());
  // [/use_metric]
}

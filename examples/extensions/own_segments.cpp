// Segments of a host's own: fixed for a customer, of a part of what it pays, or of what it is on a day.
#include "shop.hpp"

using namespace churn;

int main() {
  // [fixed]
  const Segmenter channel = by::custom("channel", [](const Book& book, CustomerIndex customer) {
    return book.customer_id(customer).text().starts_with("P-") ? "partner" : "direct";
  });
  // [/fixed]

  // [lane]
  const Segmenter family = by::custom_lane("family", [](const PhaseView& phase) {
    const std::string plan = phase.plan();  // such as basic-2023
    return plan.substr(0, plan.find('-'));
  });
  // [/lane]

  // [state]
  const Segmenter latest_plan = by::custom_state("latest_plan", [](const Situation& now) {
    return now.phases.back().phase.plan();  // phases are in order of their start
  });
  // [/state]

  // [use_segments]
  const Book book = shop::book();
  const PeriodGrid quarters = shop::two_quarters();
  for (const Segmenter& segmenter : {family, latest_plan})
    shop::print(movements_table(MovementCube::fold(book, quarters, segmenter)),
                {segmenter.names()[0], "period", "opening", "new", "expansion", "transfer_in", "contraction",
                 "churn", "transfer_out", "closing"});

  const auto direct = measure(book)
                          .over(quarters)
                          .by(family * by::attribute("region"))
                          .where(channel == "direct" && by::plan != "basic-2024")
                          .compute(GrossMrrChurnRate{});
  shop::print(direct.table(), {"family", "region", "period", "numerator", "denominator", "value"});
  // [/use_segments]
}

// A fold of a host's own over the steps of all customers: here, the largest movements.
#include "shop.hpp"

#include <cstdlib>
#include <tuple>

using namespace churn;

int main() {
  // [fold]
  const Book book = shop::book();
  std::vector<Step> steps;
  for_each_step(book, shop::two_quarters(), book.conventions().rate, [&](const Step& step) {
    if (step.movement != Movement::none) steps.push_back(step);
  });

  const auto rank = [&](const Step& step) {  // the largest first; of equals by id, then by day
    return std::tuple(-std::abs(step.closing.ticks - step.opening.ticks), book.customer_id(step.customer),
                      step.day);
  };
  std::sort(steps.begin(), steps.end(), [&](const Step& a, const Step& b) { return rank(a) < rank(b); });
  if (steps.size() > 5) steps.resize(5);
  for (const Step& step : steps)
    std::printf("%s  %-5s  %-11s  %s -> %s\n", Date::from_days(step.day).to_string().c_str(),
                book.customer_id(step.customer).text().c_str(),
                std::string(movement_name(step.movement)).c_str(),
                RunRate{step.opening.ticks, book.currency()}.mrr().to_string().c_str(),
                RunRate{step.closing.ticks, book.currency()}.mrr().to_string().c_str());
  // [/fold]
}

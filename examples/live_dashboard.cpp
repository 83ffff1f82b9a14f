// A dashboard that is never stale: a billing system tells a live book what it changes, and what is shown follows.
#include <churn/churn.hpp>

#include <cstdio>
#include <optional>
#include <string>

using namespace churn;

namespace {

const Currency dollars{"USD"};

Subscription to_subscription(const char* customer, const char* plan, Date from, std::optional<Date> until,
                             std::int64_t cents) {
  return {
      .id = SubscriptionId{std::string("subscription of ") + customer},
      .customer = CustomerId{customer},
      .phases = {Phase{.plan = plan, .starts_on = from, .ends_on = until, .price = Money{cents, dollars}}}};
}

std::string amount(std::int64_t ticks) { return RunRate{ticks, dollars}.mrr().to_string(); }

void show(const char* what, const LiveCube& total, const LiveCube& by_plan) {
  const MovementCube now = total.cube();
  const std::size_t march = 2;
  const MovementCell& cell = now.at(0, march);
  std::printf("%s: %s\n", now.as_of().to_string().c_str(), what);
  std::printf("  March so far: MRR %s, new %s, expansion %s, churn %s; %s\n", amount(cell.closing).c_str(),
              amount(cell.new_).c_str(), amount(cell.expansion).c_str(), amount(cell.churn).c_str(),
              now.status(march).complete ? "complete" : "not over");
  const CustomerRate rate = CustomerChurnRate{}(cell, context_of(now, 0, march, std::nullopt));
  std::printf("  %lld of %lld customers have left\n", static_cast<long long>(rate.numerator()),
              static_cast<long long>(rate.denominator()));
  const MovementCube plans = by_plan.cube();
  for (std::size_t s = 0; s < plans.segments().size(); ++s)
    std::printf("  %s: %s\n", plans.segments()[s].front().c_str(),
                amount(plans.at(s, march).closing).c_str());
}

}  // namespace

int main() {
  const auto day = [](unsigned month, unsigned of_month) { return Date::of(2024, month, of_month); };
  Records records;
  records.add(to_subscription("ann", "basic", day(1, 1), {}, 2000));
  records.add(to_subscription("bob", "basic", day(1, 10), day(3, 20), 2000));  // he has given notice
  records.add(to_subscription("cid", "pro", day(2, 1), {}, 5000));

  LiveBook live{Book::build(records, day(3, 10)).book};
  const PeriodGrid grid = months(day(1, 1), day(7, 1));
  LiveCube total{live, grid};
  LiveCube by_plan{live, grid, by::plan};
  show("as it was", total, by_plan);

  Changes changes;  // a whole object in place of what was known under its id
  changes.subscriptions.push_back(to_subscription("dan", "pro", day(3, 11), {}, 5000));
  Subscription ann = to_subscription("ann", "basic", day(1, 1), day(3, 11), 2000);
  ann.phases.push_back(
      Phase{.plan = "pro", .starts_on = day(3, 11), .ends_on = std::nullopt, .price = Money{5000, dollars}});
  changes.subscriptions.push_back(ann);
  live.apply(changes, day(3, 12));
  show("dan has come, and ann has moved to pro", total, by_plan);

  live.apply({}, day(3, 21));
  show("nobody did anything, but bob's notice is over", total, by_plan);

  Changes correction;
  correction.subscriptions.push_back(to_subscription("bob", "basic", day(1, 10), {}, 2000));
  live.apply(correction, day(4, 1));
  show("bob's notice was a mistake", total, by_plan);

  const Book book = live.book();  // everything again, for questions about customers
  std::printf("%zu customers are known\n", book.customer_count());
}

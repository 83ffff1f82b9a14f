// The shortest way from a host's own rows to churn: fill Records, build a Book, ask an Analyzer.
#include <churn/churn.hpp>

#include <cstdio>

using namespace churn;

namespace {

/// A row as some billing system might hold it.
struct BillingRow {
  int account;
  const char* plan;
  Date starts_on;
  std::optional<Date> ends_on;
  int cents_a_month;
};

Subscription to_subscription(const BillingRow& row) {
  return {.id = SubscriptionId{row.account},
          .customer = CustomerId{row.account},
          .phases = {Phase{.plan = row.plan,
                           .starts_on = row.starts_on,
                           .ends_on = row.ends_on,
                           .price = Money{row.cents_a_month, Currency{"USD"}}}}};
}

}  // namespace

int main() {
  const Date as_of = Date::of(2024, 5, 1);
  const std::vector<BillingRow> billing_rows{
      {1, "basic", Date::of(2024, 1, 1), Date::of(2024, 3, 15), 2000},
      {2, "basic", Date::of(2024, 1, 10), Date::of(2024, 4, 1), 2000},
      {2, "pro", Date::of(2024, 4, 1), {}, 5000},
      {3, "pro", Date::of(2024, 2, 1), {}, 5000},
      {3, "pro", Date::of(2024, 6, 1), Date::of(2024, 1, 1), 5000},  // ends before it starts
  };

  Records records;
  for (const BillingRow& row : billing_rows) records.add(to_subscription(row));
  const auto [book, rejections] = Book::build(records, as_of);

  const Analyzer analyzer{book};
  const PeriodGrid grid = months(Date::of(2024, 1, 1), as_of);
  std::printf("%s\n", to_csv(movements_table(analyzer.mrr_movements(grid))).c_str());

  const auto rates = analyzer.churn_rates(grid);
  const auto march = rates.at(grid[2]).get<CustomerChurnRate>();
  const auto april = rates.at(grid[3]).get<NetMrrChurnRate>();
  std::printf("March: %lld of %lld customers left (95 %% interval %.2f to %.2f)\n",
              static_cast<long long>(march.numerator()), static_cast<long long>(march.denominator()),
              march.interval()->low, march.interval()->high);
  std::printf("April: net MRR churn %.2f, so the customers who stayed bought more than leavers took\n",
              *april.value());

  for (const Rejection& r : rejections.entries())
    std::printf("Rejected: %s row %lld, %s\n", r.source.c_str(), static_cast<long long>(r.row),
                r.reason.c_str());
}

// A host that wants rates and nothing else. Linked with a static library whose sources were compiled one by one, it holds what
// rates take: no report, model, forecast or reader (rates_only.cmake looks).
#include <cstdio>
#include <optional>

#include <churn/metric/measure.hpp>

using namespace churn;

int main() {
  Records records;
  for (int account = 1; account <= 4; ++account)
    records.add(Subscription{
        .id = SubscriptionId{account},
        .customer = CustomerId{account},
        .phases = {Phase{.plan = "pro",
                         .starts_on = Date::of(2024, 1, 1),
                         .ends_on = account == 4 ? std::optional{Date::of(2024, 2, 10)} : std::nullopt,
                         .price = Money{4900, Currency{"USD"}}}}});
  const Book book = Book::build(records, Date::of(2024, 4, 1)).book;
  const PeriodGrid grid = months(Date::of(2024, 1, 1), book.as_of());
  const auto table = measure(book).over(grid).by(by::plan).compute(CustomerChurnRate{}, NetMrrChurnRate{});
  const auto february = table.at({"pro"}, grid[1]).get<CustomerChurnRate>();
  std::printf("%lld of %lld left\n", static_cast<long long>(february.numerator()),
              static_cast<long long>(february.denominator()));
  return february.numerator() == 1 && february.denominator() == 4 ? 0 : 1;
}

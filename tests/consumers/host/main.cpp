// A billing system that links libchurn: two source files that include every public header, here as they are,
// in hostile_macros.cpp after what the headers of operating systems define.
#include <every_header.hpp>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>

using namespace churn;

/// In hostile_macros.cpp: how many customers left in the period.
std::int64_t left_in(const Book& book, const Period& period);

namespace {

int failures = 0;

void expect(bool condition, const char* sentence) {
  if (condition) return;
  std::fprintf(stderr, "Not so: %s\n", sentence);
  ++failures;
}

Book billing_book() {
  const Currency usd{"USD"};
  Records records;
  for (int account = 1; account <= 4; ++account)
    records.add(Subscription{
        .id = SubscriptionId{account},
        .customer = CustomerId{account},
        .phases = {Phase{.plan = "pro",
                         .starts_on = Date::of(2024, 1, 1),
                         .ends_on = account == 4 ? std::optional{Date::of(2024, 2, 10)} : std::nullopt,
                         .price = Money{4900, usd}}}});
  return Book::build(records, Date::of(2024, 4, 1)).book;
}

}  // namespace

int main() {
  const Book book = billing_book();
  const PeriodGrid grid = months(Date::of(2024, 1, 1), book.as_of());

  const auto rates = Analyzer{book}.churn_rates(grid);
  const auto february = rates.at(grid[1]).get<CustomerChurnRate>();
  expect(february.numerator() == 1 && february.denominator() == 4, "one of four customers left in February");
  expect(left_in(book, grid[1]) == 1, "both source files see the same library");

  bool caught = false;
  try {
    (void)book.attribute("no such attribute");
  } catch (const Error& error) {
    caught = error.code() == ErrorCode::unknown_attribute;
  }
  expect(caught, "an error of the library is caught by its type");

  expect(std::strcmp(version, EXPECTED_VERSION) == 0,
         "the headers are those of the version that was asked for");
  return failures == 0 ? 0 : 1;
}

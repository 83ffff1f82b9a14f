// A billing system that links libchurn from packages: counts a rate, catches an error by its type across the library's
// border, and with churn::sql writes an answer into a database, the path of which is its argument.
#include <cstdio>
#include <optional>

#include <nlohmann/json.hpp>

#include <churn/analyzer.hpp>
#include <churn/io/result_json.hpp>
#ifdef WITH_SQL
#include <churn/sql/sql_book.hpp>
#include <churn/sql/sql_table.hpp>
#endif

using namespace churn;

int main([[maybe_unused]] int count, [[maybe_unused]] char** arguments) {
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
  const auto rates = Analyzer{book}.churn_rates(grid);
  const auto february = rates.at(grid[1]).get<CustomerChurnRate>();
  if (february.numerator() != 1 || february.denominator() != 4) return std::puts("Not 1 of 4 left."), 1;
  const nlohmann::json answer = february;
  if (!(answer.get<CustomerRate>() == february)) return std::puts("An answer changed as JSON."), 1;
  try {
    (void)book.attribute("no such attribute");
    return std::puts("An unknown attribute was known."), 1;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unknown_attribute) return std::puts("Another error than expected."), 1;
  }
#ifdef WITH_SQL
  if (count < 2) return 1;
  const std::string url = std::string{"sqlite://"} + arguments[1];
  write_table_sql(url, "churn_rates", rates.table());
  try {
    (void)read_book_sql(url);
    return std::puts("A database without a book was read as one."), 1;
  } catch (const Error&) {
  }
#endif
  return 0;
}

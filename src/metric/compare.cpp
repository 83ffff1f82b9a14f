#include <churn/metric/compare.hpp>

#include <algorithm>
#include <map>
#include <memory>

namespace churn::inline v0 {

namespace {

Book book_under(const Book& book, const Conventions& conventions) {
  return Book::build(book.records(), book.as_of(), conventions.with_facts_of(book.conventions().book)).book;
}

/// One period by itself, which judges what came before it as the grid does.
PeriodGrid only(const PeriodGrid& grid, std::size_t period) {
  return grid.trailing(period, grid[period].length_in_days());
}

void require_known(const Book& book, const Period& period) {
  if (status_of(book, periods_at({period.first(), period.last()}))[0].observable) return;
  throw Error(ErrorCode::out_of_range,
              "The book knows nothing of the period that starts on " + period.first().to_string() + ".");
}

}  // namespace

Comparison compare(const Book& book, const PeriodGrid& grid, std::size_t period,
                   const std::vector<Conventions>& conventions, const Filter& where, unsigned threads) {
  require_known(book, grid[period]);
  Comparison comparison{grid[period], true, {}};
  for (const Conventions& rules : conventions) {
    const Book under = book_under(book, rules);
    const auto measured =
        measure(under).over(only(grid, period)).where(where).threads(threads).compute_all(StandardMetrics{});
    comparison.complete = comparison.complete && status_of(under, grid)[period].complete;
    for (MeasuredRow& row : measured.rows())
      comparison.rows.push_back({under.conventions(), std::move(row.metric), row.measurement,
                                 measured.cube().currency(row.segment)});
  }
  return comparison;
}

Table comparison_table(const Comparison& comparison, bool exact) {
  Table table{{"preset", "metric", "numerator", "denominator", "value"}, {}};
  for (const ComparedMetric& row : comparison.rows) {
    const Measurement& m = row.measurement;
    table.rows.push_back(
        {row.conventions.name, row.metric, to_cell(m.numerator, m.numerator_unit, row.currency, exact),
         to_cell(m.denominator, m.denominator_unit, row.currency, exact), m.value ? Cell{*m.value} : Cell{}});
  }
  return table;
}

std::vector<DifferingCustomer> detail::who_differs(const Book& book, const PeriodGrid& grid,
                                                   std::size_t period, const Conventions& first,
                                                   const Conventions& second, const Filter& where,
                                                   unsigned threads, const CountsOfCustomers& counts) {
  require_known(book, grid[period]);
  const Book books[] = {book_under(book, first), book_under(book, second)};
  // Accounts are merged and left out alike under all conventions, so both books have the same customers.
  const std::vector<CustomerIndex> customers = books[0].customers_by_id();
  constexpr std::size_t chunk = 50'000;  // labels that a fold may well have
  std::vector<DifferingCustomer> differing;
  for (std::size_t begin = 0; begin < customers.size(); begin += chunk) {
    const std::size_t end = std::min(customers.size(), begin + chunk);
    const auto asked = std::make_shared<std::vector<bool>>(books[0].customer_count(), false);
    for (std::size_t i = begin; i < end; ++i) (*asked)[static_cast<std::size_t>(customers[i])] = true;
    const Segmenter each = by::custom("customer_id", [asked](const Book& of, CustomerIndex customer) {
      return (*asked)[static_cast<std::size_t>(customer)] ? of.customer_id(customer).text() : std::string{};
    });
    std::map<CustomerId, std::pair<Measurement, Measurement>> pairs;
    for (const bool is_first : {true, false}) {
      const Book& of = books[is_first ? 0 : 1];
      const Measure question = measure(of).over(only(grid, period)).by(each).where(where).threads(threads);
      for (const auto& [id, measurement] : counts(of, question)) {
        auto& pair = pairs[id];
        (is_first ? pair.first : pair.second) = measurement;
      }
    }
    for (std::size_t i = begin; i < end; ++i) {
      const CustomerId id = books[0].customer_id(customers[i]);
      const auto found = pairs.find(id);
      if (found == pairs.end()) continue;
      const auto& [a, b] = found->second;
      if (a.numerator != b.numerator || a.denominator != b.denominator)
        differing.push_back({id, a, b, books[0].currency()});
    }
  }
  return differing;
}

Table differing_customers_table(const std::vector<DifferingCustomer>& customers, bool exact) {
  Table table{
      {"customer_id", "first_numerator", "first_denominator", "second_numerator", "second_denominator"}, {}};
  for (const DifferingCustomer& c : customers)
    table.rows.push_back({c.customer.text(),
                          to_cell(c.first.numerator, c.first.numerator_unit, c.currency, exact),
                          to_cell(c.first.denominator, c.first.denominator_unit, c.currency, exact),
                          to_cell(c.second.numerator, c.second.numerator_unit, c.currency, exact),
                          to_cell(c.second.denominator, c.second.denominator_unit, c.currency, exact)});
  return table;
}

}  // namespace churn::inline v0

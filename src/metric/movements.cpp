#include <churn/metric/movements.hpp>

#include <churn/metric/measurement.hpp>

namespace churn::inline v0 {

Table movements_table(const MovementCube& cube, bool exact) {
  using C = MovementCell;
  static constexpr MovementCell::Field amounts[] = {
      &C::opening, &C::new_,        &C::reactivation, &C::expansion,    &C::transfer_in,
      &C::fx,      &C::contraction, &C::churn,        &C::transfer_out, &C::closing};
  static constexpr MovementCell::Field customers[] = {&C::opening_customers, &C::new_customers,
                                                      &C::reactivated_customers, &C::churned_customers,
                                                      &C::closing_customers};
  Table table{cube.segment_names(), {}};
  for (const char* name : {"period", "opening", "new", "reactivation", "expansion", "transfer_in", "fx",
                           "contraction", "churn", "transfer_out", "closing", "opening_customers",
                           "new_customers", "reactivated_customers", "churned_customers", "closing_customers",
                           "complete", "transferred_in_customers", "transferred_out_customers"})
    table.columns.emplace_back(name);

  for (std::size_t s = 0; s < cube.segments().size(); ++s)
    for (std::size_t p = 0; p < cube.grid().size(); ++p) {
      const MovementCell& cell = cube.at(s, p);
      const PeriodStatus status = cube.status(p);
      const auto known = [&](Cell value) { return status.observable ? std::move(value) : Cell{}; };
      std::vector<Cell> row(cube.segments()[s].begin(), cube.segments()[s].end());
      row.emplace_back(cube.grid()[p].first());
      for (const auto amount : amounts)
        row.push_back(known(to_cell(cell.*amount, Unit::run_rate, cube.currency(s), exact)));
      for (const auto count : customers) row.push_back(known(cell.*count));
      row.emplace_back(status.complete);
      row.push_back(known(cell.transferred_in_customers));
      row.push_back(known(cell.transferred_out_customers));
      table.rows.push_back(std::move(row));
    }
  return table;
}

bool closes(const MovementCube& cube) noexcept {
  // Unsigned sums wrap around alike on both sides, so the check itself can't overflow.
  const auto sum = [](auto... parts) { return (std::uint64_t{0} + ... + static_cast<std::uint64_t>(parts)); };
  for (std::size_t s = 0; s < cube.segments().size(); ++s)
    for (std::size_t p = 0; p < cube.grid().size(); ++p) {
      const MovementCell& c = cube.at(s, p);
      if (sum(c.opening, c.new_, c.reactivation, c.expansion, c.transfer_in, c.fx) !=
          sum(c.contraction, c.churn, c.transfer_out, c.closing))
        return false;
      if (sum(c.opening_customers, c.new_customers, c.reactivated_customers, c.transferred_in_customers) !=
          sum(c.churned_customers, c.transferred_out_customers, c.closing_customers))
        return false;
      const bool next_is_known = !cube.trailing_days() && p + 1 < cube.grid().size() &&
                                 cube.status(p).observable && cube.status(p + 1).observable;
      if (next_is_known && (cube.at(s, p + 1).opening != c.closing ||
                            cube.at(s, p + 1).opening_customers != c.closing_customers))
        return false;
    }
  return true;
}

}  // namespace churn::inline v0

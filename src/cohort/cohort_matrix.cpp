#include <churn/cohort/cohort_matrix.hpp>

#include <churn/metric/measurement.hpp>

namespace churn::inline v0 {

namespace {

/// Fills a matrix from the cells of one segment: `numerator` and `denominator` are functions of (cohort,
/// age).
template <class Numerator, class Denominator>
CohortMatrix make_matrix(const CohortCube& cube, std::size_t segment, const Numerator& numerator,
                         const Denominator& denominator) {
  const std::size_t periods = cube.grid().size();
  std::vector<std::size_t> rows;  // cohorts whose own period is complete
  for (std::size_t c = 0; c < periods; ++c)
    if (cube.observed(c, 0)) rows.push_back(c);

  CohortMatrix matrix;
  const auto height = static_cast<Eigen::Index>(rows.size());
  const auto width = static_cast<Eigen::Index>(periods);
  matrix.sizes = decltype(matrix.sizes)::Zero(height);
  matrix.numerator = CohortMatrix::Counts::Zero(height, width);
  matrix.denominator = CohortMatrix::Counts::Zero(height, width);
  matrix.value = Eigen::MatrixXd::Zero(height, width);
  matrix.observed = CohortMatrix::Mask::Constant(height, width, false);
  for (Eigen::Index i = 0; i < height; ++i) {
    const std::size_t c = rows[static_cast<std::size_t>(i)];
    matrix.cohorts.push_back(cube.grid()[c].first());
    matrix.sizes(i) = cube.size(segment, c);
    for (Eigen::Index k = 0; k < width; ++k) {
      const auto age = static_cast<std::size_t>(k);
      const std::int64_t base = denominator(c, age);
      if (!cube.observed(c, age) || base == 0) continue;
      matrix.numerator(i, k) = numerator(c, age);
      matrix.denominator(i, k) = base;
      matrix.value(i, k) = static_cast<double>(matrix.numerator(i, k)) / static_cast<double>(base);
      matrix.observed(i, k) = true;
    }
  }
  return matrix;
}

}  // namespace

std::optional<double> CohortMatrix::average(Eigen::Index age) const {
  if (age < 0 || age >= value.cols())
    throw Error(ErrorCode::out_of_range, "The matrix has fewer ages than that.");
  double sum = 0;
  double weight = 0;
  for (Eigen::Index i = 0; i < value.rows(); ++i) {
    if (!observed(i, age)) continue;
    sum += value(i, age) * static_cast<double>(sizes(i));
    weight += static_cast<double>(sizes(i));
  }
  if (weight == 0) return std::nullopt;
  return sum / weight;
}

CohortMatrix logo_retention(const CohortCube& cube, Retention retention, std::size_t segment) {
  return make_matrix(
      cube, segment,
      [&](std::size_t c, std::size_t age) {
        const CohortCell& cell = cube.at(segment, c, age);
        return retention == Retention::unbroken ? cell.unbroken : cell.present;
      },
      [&](std::size_t c, std::size_t) { return cube.size(segment, c); });
}

CohortMatrix revenue_retention(const CohortCube& cube, std::size_t segment) {
  return make_matrix(
      cube, segment, [&](std::size_t c, std::size_t age) { return cube.at(segment, c, age).ticks; },
      [&](std::size_t c, std::size_t) { return cube.at(segment, c, 0).ticks; });
}

Table cohorts_table(const CohortCube& cube, CohortMeasure measure, Retention retention, bool exact) {
  Table table{cube.segment_names(), {}};
  for (const char* name : {"cohort", "size", "age", "value", "numerator", "denominator"})
    table.columns.emplace_back(name);
  const Unit unit = measure == CohortMeasure::revenue ? Unit::run_rate : Unit::count;
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    const CohortMatrix matrix =
        measure == CohortMeasure::revenue ? revenue_retention(cube, s) : logo_retention(cube, retention, s);
    for (Eigen::Index i = 0; i < matrix.value.rows(); ++i) {
      if (matrix.sizes(i) == 0) continue;
      const std::size_t cohort = cube.grid().index_starting(matrix.cohorts[static_cast<std::size_t>(i)]);
      for (Eigen::Index k = 0; k < matrix.value.cols(); ++k) {
        if (!cube.observed(cohort, static_cast<std::size_t>(k))) continue;
        // A cohort without MRR at its first close has cells, but no revenue retention.
        const bool defined = matrix.observed(i, k);
        std::vector<Cell> row(cube.segments()[s].begin(), cube.segments()[s].end());
        row.emplace_back(matrix.cohorts[static_cast<std::size_t>(i)]);
        row.emplace_back(matrix.sizes(i));
        row.emplace_back(static_cast<std::int64_t>(k));
        row.push_back(defined ? Cell{matrix.value(i, k)} : Cell{});
        const std::int64_t numerator = measure == CohortMeasure::revenue
                                           ? cube.at(s, cohort, static_cast<std::size_t>(k)).ticks
                                           : matrix.numerator(i, k);
        row.push_back(to_cell(numerator, unit, cube.currency(), exact));
        row.push_back(to_cell(matrix.denominator(i, k), unit, cube.currency(), exact));
        table.rows.push_back(std::move(row));
      }
    }
  }
  return table;
}

}  // namespace churn::inline v0

#include <churn/row/observations.hpp>

#include <algorithm>
#include <cmath>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::out_of_range, "Observations need " + what);
}

template <class Column>
Column picked(const Column& column, const std::vector<std::size_t>& rows) {
  Column result;
  if (column.empty()) return result;
  result.reserve(rows.size());
  for (const std::size_t row : rows) result.push_back(column[row]);
  return result;
}

}  // namespace

std::size_t Observations::column(const std::string& name) const {
  const auto at = std::find_if(columns.begin(), columns.end(),
                               [&](const IndicatorColumn& column) { return column.name == name; });
  if (at != columns.end()) return static_cast<std::size_t>(at - columns.begin());
  std::string known;
  for (const IndicatorColumn& column : columns) known += (known.empty() ? "" : ", ") + column.name;
  throw Error(ErrorCode::unknown_name, "There is no indicator called " + name + "." +
                                           (known.empty() ? "" : " There are: " + known + "."));
}

Observations Observations::only(const std::vector<std::size_t>& rows_wanted) const {
  for (const std::size_t row : rows_wanted)
    if (row >= rows()) throw Error(ErrorCode::out_of_range, "There is no such row among the observations.");
  Observations result{columns,
                      Eigen::MatrixXd(static_cast<Eigen::Index>(rows_wanted.size()), values.cols()),
                      MissingMask(static_cast<Eigen::Index>(rows_wanted.size()), missing.cols()),
                      customers,
                      picked(customer, rows_wanted),
                      picked(day, rows_wanted),
                      picked(tenure, rows_wanted),
                      picked(ticks, rows_wanted),
                      picked(departed, rows_wanted),
                      picked(departs_in, rows_wanted),
                      horizon,
                      as_of,
                      not_yet_known};
  for (Eigen::Index column = 0; column < values.cols(); ++column)
    for (std::size_t i = 0; i < rows_wanted.size(); ++i) {
      const auto from = static_cast<Eigen::Index>(rows_wanted[i]);
      result.values(static_cast<Eigen::Index>(i), column) = values(from, column);
      result.missing(static_cast<Eigen::Index>(i), column) = missing(from, column);
    }
  return result;
}

void Observations::validate() const {
  const auto n = static_cast<Eigen::Index>(rows());
  const auto k = static_cast<Eigen::Index>(columns.size());
  if (values.rows() != n || values.cols() != k || missing.rows() != n || missing.cols() != k)
    refuse("a value and whether it is missing for every row and column.");
  if (customer.size() != rows() || tenure.size() != rows() || ticks.size() != rows())
    refuse("a customer, a tenure and a run rate for every row.");
  if ((!departed.empty() && departed.size() != rows()) ||
      (!departs_in.empty() && departs_in.size() != rows()))
    refuse("an outcome for every row, or none.");
  if (std::any_of(customer.begin(), customer.end(),
                  [&](std::uint32_t number) { return number >= customers.size(); }))
    refuse("an id for every customer.");
  if (std::any_of(departed.begin(), departed.end(), [](std::uint8_t outcome) { return outcome > 1; }))
    throw Error(ErrorCode::bad_number, "An outcome is 1 (left) or 0.");
  if (n > 0 && k > 0 && !values.allFinite())
    throw Error(ErrorCode::bad_number, "A value of an indicator is not finite.");
}

}  // namespace churn::inline v0

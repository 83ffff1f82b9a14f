#include <churn/stats/contingency.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>

namespace churn::inline v0 {

namespace {

using CountRow = std::vector<std::int64_t>;

/// The rows and columns that hold anyone.
struct TableMargins {
  std::vector<CountRow> cells;
  CountRow rows;
  CountRow columns;

  [[nodiscard]] bool comparable() const { return rows.size() > 1 && columns.size() > 1; }
};

TableMargins margins_of(const ContingencyTable& table) {
  const auto& counts = table.counts();
  const std::size_t width = counts.empty() ? 0 : counts.front().size();
  CountRow columns(width, 0);
  for (const CountRow& row : counts)
    for (std::size_t j = 0; j < width; ++j) columns[j] += row[j];
  TableMargins margins;
  for (const CountRow& row : counts) {
    CountRow kept;
    std::int64_t sum = 0;
    for (std::size_t j = 0; j < width; ++j) {
      if (columns[j] == 0) continue;
      kept.push_back(row[j]);
      sum += row[j];
    }
    if (sum == 0) continue;
    margins.cells.push_back(std::move(kept));
    margins.rows.push_back(sum);
  }
  std::erase(columns, 0);
  margins.columns = std::move(columns);
  return margins;
}

double log_factorial(std::int64_t n) { return std::lgamma(static_cast<double>(n) + 1); }

/// Fisher's sum goes through the tables row by row. What matters of the rows behind is only what they have left of
/// each column, and how probable they are: rows of equal remainder and probability are one.
class FisherSum {
 public:
  FisherSum(TableMargins margins, std::size_t work) : margins_(std::move(margins)), work_(work) {
    // The shorter side as columns, so that remainders are few; large rows first, so that they soon run out.
    if (margins_.columns.size() > margins_.rows.size()) transpose();
    std::sort(margins_.rows.begin(), margins_.rows.end(), std::greater<>{});
    balanced_rows_.assign(margins_.rows.size() + 1, 0.0);
    whole_rows_.assign(margins_.rows.size() + 1, 0.0);
    for (std::size_t row = margins_.rows.size(); row-- > 0;) {
      balanced_rows_[row] = balanced_rows_[row + 1] - balanced(margins_.rows[row], margins_.columns.size());
      whole_rows_[row] = whole_rows_[row + 1] - log_factorial(margins_.rows[row]);
    }
  }

  std::optional<double> p() {
    const double constant = log_constant();
    double observed = constant;
    for (const CountRow& row : margins_.cells)
      for (const std::int64_t count : row) observed -= log_factorial(count);
    threshold_ = observed + std::max(1e-7, rounding());
    sum_ = 0;
    some_left_out_ = false;
    Layer layer{{margins_.columns, {{constant, 1.0}}}};
    for (std::size_t row = 0; row < margins_.rows.size(); ++row) {
      Layer next;
      for (const auto& [remaining, pasts] : layer) {
        if (!trimmed(remaining, pasts, row, next)) return std::nullopt;
      }
      layer = std::move(next);
    }
    for (const auto& [remaining, pasts] : layer)
      for (const auto& [past, tables] : pasts) {
        if (past <= threshold_)
          sum_ += tables * std::exp(past);
        else
          some_left_out_ = true;
      }
    return some_left_out_ ? std::min(1.0, sum_) : 1.0;  // all tables are 1, not what rounding makes of it
  }

 private:
  using Pasts = std::map<double, double>;  // logarithm of the probability so far -> how many ways
  using Layer = std::map<CountRow, Pasts>;

  void transpose() {
    std::vector<CountRow> turned(margins_.columns.size(), CountRow(margins_.rows.size()));
    for (std::size_t i = 0; i < margins_.rows.size(); ++i)
      for (std::size_t j = 0; j < margins_.columns.size(); ++j) turned[j][i] = margins_.cells[i][j];
    margins_.cells = std::move(turned);
    std::swap(margins_.rows, margins_.columns);
  }

  /// What a logarithm of a probability may be off by, as it is a sum of larger ones: more than 1e-7 from some two
  /// million counts on.
  [[nodiscard]] double rounding() const {
    std::int64_t all = 0;
    for (const std::int64_t row : margins_.rows) all += row;
    return 16 * std::numeric_limits<double>::epsilon() * log_factorial(all);
  }

  [[nodiscard]] double log_constant() const {
    std::int64_t all = 0;
    double result = 0;
    for (const std::int64_t row : margins_.rows) {
      result += log_factorial(row);
      all += row;
    }
    for (const std::int64_t column : margins_.columns) result += log_factorial(column);
    return result - log_factorial(all);
  }

  /// The logarithm of the factorials of a sum split into parts as equal as can be.
  static double balanced(std::int64_t sum, std::size_t parts) {
    const auto n = static_cast<std::int64_t>(parts);
    return static_cast<double>(sum % n) * log_factorial(sum / n + 1) +
           static_cast<double>(n - sum % n) * log_factorial(sum / n);
  }

  /// The most that the rows from `row` on can add to the logarithm: neither a column nor a row holds less in
  /// factorials than its balanced split.
  [[nodiscard]] double most_to_come(const CountRow& remaining, std::size_t row) const {
    double by_column = 0;
    for (const std::int64_t left : remaining) by_column -= balanced(left, margins_.rows.size() - row);
    return std::min(by_column, balanced_rows_[row]);
  }

  /// The least: every column's remainder in one cell, or every row in one.
  [[nodiscard]] double least_to_come(const CountRow& remaining, std::size_t row) const {
    double by_column = 0;
    for (const std::int64_t left : remaining) by_column -= log_factorial(left);
    return std::max(by_column, whole_rows_[row]);
  }

  /// The logarithm of what all completions of a remainder add up to.
  [[nodiscard]] double all_to_come(const CountRow& remaining, std::size_t row) const {
    std::int64_t all = 0;
    double result = whole_rows_[row];
    for (const std::int64_t left : remaining) {
      all += left;
      result -= log_factorial(left);
    }
    return result + log_factorial(all);
  }

  /// CountRow pasts whose completions are all improbable enough, drops those of which none is, and hands the others to
  /// the next row. False where the work is used up.
  bool trimmed(const CountRow& remaining, const Pasts& pasts, std::size_t row, Layer& next) {
    const double most = most_to_come(remaining, row);
    const double least = least_to_come(remaining, row);
    const double all = all_to_come(remaining, row);
    Pasts open;
    for (const auto& [past, tables] : pasts) {
      if (past + most <= threshold_)
        sum_ += tables * std::exp(past + all);
      else if (past + least <= threshold_)
        open.emplace(past, tables);
      else
        some_left_out_ = true;
    }
    if (open.empty()) return true;
    CountRow cells(remaining.size(), 0);
    return place(remaining, open, row, 0, margins_.rows[row], 0, cells, next);
  }

  /// Every way to put what is left of a row into the columns from `column` on.
  bool place(const CountRow& remaining, const Pasts& open, std::size_t row, std::size_t column,
             std::int64_t left, double spent, CountRow& cells, Layer& next) {
    if (column + 1 == remaining.size()) {
      if (left > remaining[column]) return true;
      cells[column] = left;
      CountRow after(remaining.size());
      for (std::size_t j = 0; j < remaining.size(); ++j) after[j] = remaining[j] - cells[j];
      std::sort(after.begin(), after.end());  // what is to come does not know which column is which
      if (used_ + open.size() > work_) return false;
      used_ += open.size();
      Pasts& there = next[std::move(after)];
      const double spent_here = spent + log_factorial(left);
      for (const auto& [past, tables] : open) add(there, past - spent_here, tables);
      return true;
    }
    std::int64_t room = 0;
    for (std::size_t j = column + 1; j < remaining.size(); ++j) room += remaining[j];
    for (std::int64_t here = std::max<std::int64_t>(0, left - room);
         here <= std::min(left, remaining[column]); ++here) {
      cells[column] = here;
      if (!place(remaining, open, row, column + 1, left - here, spent + log_factorial(here), cells, next))
        return false;
    }
    return true;
  }

  /// Probabilities that differ by rounding only are one.
  static void add(Pasts& pasts, double past, double tables) {
    const double rounding = 1e-11 * std::max(1.0, std::abs(past));
    const auto near = pasts.lower_bound(past - rounding);
    if (near != pasts.end() && near->first <= past + rounding)
      near->second += tables;
    else
      pasts.emplace_hint(near, past, tables);
  }

  TableMargins margins_;
  std::size_t work_;
  std::size_t used_{0};
  // Of the rows from each on, so that a step costs the same however many rows there are.
  std::vector<double> balanced_rows_;  ///< the most that they can add
  std::vector<double> whole_rows_;     ///< the least
  double threshold_{0};
  double sum_{0};
  bool some_left_out_{false};  ///< tables that are more probable than the one at hand
};

}  // namespace

ContingencyTable::ContingencyTable(std::vector<std::vector<std::int64_t>> counts)
    : counts_(std::move(counts)) {
  for (const CountRow& row : counts_) {
    if (row.size() != counts_.front().size())
      throw Error(ErrorCode::bad_number, "The rows of a table of counts are of one length.");
    for (const std::int64_t count : row) {
      if (count < 0) throw Error(ErrorCode::bad_number, "A table of counts holds no negative ones.");
      total_ = checked_add(total_, count);
    }
  }
}

std::optional<ChiSquareTest> chi_square_test(const ContingencyTable& table, Continuity continuity) {
  const TableMargins margins = margins_of(table);
  if (!margins.comparable()) return std::nullopt;
  const auto all = static_cast<double>(table.total());
  const auto expected = [&](std::size_t i, std::size_t j) {
    return static_cast<double>(margins.rows[i]) * static_cast<double>(margins.columns[j]) / all;
  };
  // In a 2 x 2 table all four differences are the same.
  double correction = 0;
  if (continuity == Continuity::yates && margins.rows.size() == 2 && margins.columns.size() == 2)
    correction = std::min(0.5, std::abs(static_cast<double>(margins.cells[0][0]) - expected(0, 0)));
  double plain = 0;
  double statistic = 0;
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < margins.rows.size(); ++i) {
    for (std::size_t j = 0; j < margins.columns.size(); ++j) {
      const double e = expected(i, j);
      const double difference = std::abs(static_cast<double>(margins.cells[i][j]) - e);
      plain += difference * difference / e;
      statistic += (difference - correction) * (difference - correction) / e;
      smallest = std::min(smallest, e);
    }
  }
  const auto rows = static_cast<std::int64_t>(margins.rows.size());
  const auto columns = static_cast<std::int64_t>(margins.columns.size());
  const std::int64_t freedom = (rows - 1) * (columns - 1);
  const auto least = static_cast<double>(std::min(rows, columns) - 1);
  return ChiSquareTest{statistic, freedom, chi_square_p_value(statistic, static_cast<double>(freedom)),
                       std::sqrt(plain / all / least), smallest};
}

std::optional<PValue> fisher_test(const ContingencyTable& table, std::size_t work) {
  TableMargins margins = margins_of(table);
  if (!margins.comparable()) return PValue{1, 0};
  const auto p = FisherSum{std::move(margins), work}.p();
  if (!p) return std::nullopt;
  return p_value(*p);
}

}  // namespace churn::inline v0

#include <churn/stats/lift.hpp>

#include <algorithm>
#include <cmath>

#include "stats/ranked.hpp"

namespace churn::inline v0 {

namespace {

/// 0.29 of 100 rows are 29, though the double nearest to 0.29 is below it.
constexpr double rounding = 1e-12;

/// Walks down from the highest scores.
class Descent {
 public:
  Descent(std::span<const double> score, std::span<const std::uint8_t> outcome)
      : ties_(ties_of(ranked(score), outcome)), rows_(score.size()), next_(ties_.size()) {
    for (const Tie& tie : ties_) yes_ += tie.yes;
  }

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::int64_t yes() const noexcept { return yes_; }

  /// k is at most all rows, and never falls from one call to the next.
  LiftRow first(std::size_t k) {
    LiftRow row;
    row.rows = k;
    if (k == 0) return row;
    while (next_ > 0 && rows_above_ + size(next_ - 1) <= k) {
      --next_;
      rows_above_ += size(next_);
      yes_above_ += ties_[next_].yes;
    }
    row.yes = static_cast<double>(yes_above_);
    if (rows_above_ < k) {
      const Tie& parted = ties_[next_ - 1];
      row.yes += static_cast<double>(k - rows_above_) * static_cast<double>(parted.yes) /
                 static_cast<double>(parted.rows);
    }
    row.lowest_score = ties_[rows_above_ < k ? next_ - 1 : next_].score;
    row.precision = row.yes / static_cast<double>(k);
    if (yes_ > 0) {
      row.gain = row.yes / static_cast<double>(yes_);
      row.lift = row.yes * static_cast<double>(rows_) / (static_cast<double>(k) * static_cast<double>(yes_));
    }
    return row;
  }

 private:
  [[nodiscard]] std::size_t size(std::size_t tie) const { return static_cast<std::size_t>(ties_[tie].rows); }

  std::vector<Tie> ties_;
  std::size_t rows_;
  std::int64_t yes_{0};
  std::size_t next_;  // ties from here on are above
  std::size_t rows_above_{0};
  std::int64_t yes_above_{0};
};

/// floor(part x n / parts), without a product that may be too large.
std::size_t rows_up_to(std::size_t part, std::size_t parts, std::size_t n) {
  return part * (n / parts) + part * (n % parts) / parts;
}

}  // namespace

LiftTable lift_table(std::span<const double> score, std::span<const std::uint8_t> outcome,
                     std::size_t parts) {
  require_scores(score, outcome);
  if (parts == 0) throw Error(ErrorCode::out_of_range, "A lift table has at least one part.");
  Descent descent{score, outcome};
  LiftTable table{static_cast<std::int64_t>(descent.rows()), descent.yes()};
  for (std::size_t part = 1; part <= parts; ++part)
    table.deciles.push_back(descent.first(rows_up_to(part, parts, descent.rows())));
  return table;
}

std::optional<double> lift_at(std::span<const double> score, std::span<const std::uint8_t> outcome,
                              double share) {
  require_scores(score, outcome);
  if (!(share >= 0 && share <= 1)) throw Error(ErrorCode::bad_number, "A share of rows is between 0 and 1.");
  const double rows = std::floor(share * static_cast<double>(score.size()) * (1 + rounding));
  return precision_at(score, outcome, static_cast<std::size_t>(rows)).lift;
}

LiftRow precision_at(std::span<const double> score, std::span<const std::uint8_t> outcome, std::size_t k) {
  require_scores(score, outcome);
  Descent descent{score, outcome};
  return descent.first(std::min(k, descent.rows()));
}

}  // namespace churn::inline v0

#include <churn/book/conventions.hpp>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

void Conventions::validate() const {
  const auto require = [](bool holds, const char* sentence) {
    if (!holds) throw Error(ErrorCode::bad_conventions, sentence);
  };
  require(book.gap_allowance_days >= 0, "gap_allowance_days must be 0 or more.");
  require(!book.reactivation_window_days || *book.reactivation_window_days >= 0,
          "reactivation_window_days must be 0 or more.");
  for (const Fraction& per_year : book.normalisation.per_year)
    require(per_year.numerator > 0 && per_year.denominator > 0,
            "Intervals per year must be positive fractions.");
  require(!rate.trailing_days || *rate.trailing_days >= 1, "trailing_days must be 1 or more.");
  require(rate.confidence > 0 && rate.confidence < 1, "confidence must lie between 0 and 1.");
}

}  // namespace churn::inline v0

#include <churn/book/conventions.hpp>

#include <churn/core/error.hpp>

#include <algorithm>

namespace churn::inline v0 {

Conventions Conventions::with_facts_of(const BookRules& facts) const {
  Conventions conventions = *this;
  conventions.book.time_zone = facts.time_zone;
  conventions.book.currency = facts.currency;
  conventions.book.fx = facts.fx;
  conventions.book.rates = facts.rates;
  conventions.book.source = facts.source;
  return conventions;
}

void Conventions::validate() const {
  const auto require = [](bool holds, const char* sentence) {
    if (!holds) throw Error(ErrorCode::bad_conventions, sentence);
  };
  require(book.gap_allowance_days >= 0, "gap_allowance_days must be 0 or more.");
  require(!book.reactivation_window_days || *book.reactivation_window_days >= 0,
          "reactivation_window_days must be 0 or more.");
  require(book.past_due_days >= 0, "past_due_days must be 0 or more.");
  for (std::size_t i = 0; i < book.rates.size(); ++i) {
    require(book.rates[i].rate.coefficient() > 0, "Exchange rates must be above 0.");
    require(std::none_of(book.rates.begin(), book.rates.begin() + static_cast<std::ptrdiff_t>(i),
                         [&](const ExchangeRate& r) { return r.currency == book.rates[i].currency; }),
            "A currency has two exchange rates.");
  }
  for (const Fraction& per_year : book.normalisation.per_year)
    require(per_year.numerator > 0 && per_year.denominator > 0,
            "Intervals per year must be positive fractions.");
  require(!rate.trailing_days || *rate.trailing_days >= 1, "trailing_days must be 1 or more.");
  require(rate.confidence > 0 && rate.confidence < 1, "confidence must lie between 0 and 1.");
}

}  // namespace churn::inline v0

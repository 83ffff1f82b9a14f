#include "cube/churn_fold.hpp"

#include "book/book_data.hpp"

namespace churn::inline v0 {

ChurnFoldParts::ChurnFoldParts(const Book& given, const PeriodGrid& periods, const Segmenter& by,
                               const Filter& where, const RateRules& rates)
    : book(given), grid(periods), rules(rates), period_of(given, periods) {
  if (by.changes() || where.changes() || book.data().exchange.dated()) {
    applied.emplace(book, by, where);
    return;
  }
  labelling = by(book);
  if (!where.keeps_everyone()) keep = where(book);
}

bool ChurnFold::left(CustomerIndex customer) const {
  const Timeline& timeline = parts_.book.timeline();
  const auto c = static_cast<std::size_t>(customer);
  const auto periods = static_cast<std::int32_t>(parts_.grid.size());
  for (std::size_t i = timeline.first_step[c]; i < timeline.first_step[c + 1]; ++i) {
    if ((timeline.state[i] & Timeline::leaves) == 0) continue;
    const std::int32_t period = parts_.period_of(timeline.day[i]);
    if (period >= 0 && period < periods) return true;
  }
  return false;
}

}  // namespace churn::inline v0

#include <churn/metric/explain.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

#include <churn/metric/measurement.hpp>

#include "book/book_data.hpp"

namespace churn::inline v0 {

namespace {

/// The records whose worth begins or ends on a day of [from, until). Where a carried gap or a policy moved
/// the change, the records nearest before it.
std::string records_between(const Book::Data& data, CustomerIndex customer, std::int32_t from,
                            std::int32_t until) {
  std::vector<std::uint32_t> rows;
  std::int32_t nearest = Date::min_days - 1;
  const std::vector<Part> parts = parts_of(data, customer);
  const auto within = [&](std::int32_t day) { return day >= from && day < until; };
  for (const Part& part : parts) {
    if (within(part.from) || within(part.until)) rows.push_back(part.row);
    if (part.until < from) nearest = std::max(nearest, part.until);
  }
  if (rows.empty())
    for (const Part& part : parts)
      if (part.until == nearest) rows.push_back(part.row);

  const PhaseTable& phases = data.records->phases;
  std::sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(phases.source_row(a), a) < std::pair(phases.source_row(b), b);
  });
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  std::string text;
  for (const std::uint32_t row : rows) {
    if (!text.empty()) text += "; ";
    text += data.records->source(RecordTable::subscriptions) + " row " +
            std::to_string(phases.source_row(row)) + " (" +
            data.records->subscription_ids.text(phases.subscription[row]) + ")";
  }
  return text;
}

}  // namespace

std::vector<Explanation> explain(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                 const Label& label, std::size_t period, std::optional<Movement> movement,
                                 const FoldOptions& options) {
  const Period span = grid[period];
  const Labelling labelling = segmenter(book);
  const auto found = std::lower_bound(labelling.labels.begin(), labelling.labels.end(), label);
  if (found == labelling.labels.end() || *found != label)
    throw Error(ErrorCode::out_of_range,
                "There is no such segment. Ask for one that the segments' table lists.");
  const auto code = static_cast<std::uint32_t>(found - labelling.labels.begin());
  const std::vector<bool> keep = options.where(book);
  const RateRules rules = options.rules.value_or(book.conventions().rate);
  const bool by_day = rules.netting == Netting::by_day;
  const Currency currency = book.currency();
  if (!status_of(book, grid)[period].observable) return {};

  std::vector<Explanation> explanations;
  for_each_step(book, grid, rules, [&](const Step& step) {
    const auto customer = static_cast<std::size_t>(step.customer);
    if (step.period != period || step.movement == Movement::none || !keep[customer] ||
        labelling(customer) != code || (movement && step.movement != *movement))
      return;
    const std::int32_t from = by_day ? step.day : span.first().days();
    const std::int32_t until = by_day ? step.day + 1 : span.last().days();
    explanations.push_back({book.customer_id(step.customer), step.movement,
                            RunRate{step.opening.ticks, currency}, RunRate{step.closing.ticks, currency},
                            Date::from_days(step.day),
                            records_between(book.data(), step.customer, from, until)});
  });
  std::sort(explanations.begin(), explanations.end(), [](const Explanation& a, const Explanation& b) {
    return std::tie(a.customer, a.day) < std::tie(b.customer, b.day);
  });
  return explanations;
}

Table explanations_table(const std::vector<Explanation>& explanations, bool exact) {
  Table table{{"customer_id", "from_mrr", "to_mrr", "day", "record"}, {}};
  for (const Explanation& e : explanations)
    table.rows.push_back({e.customer.text(),
                          to_cell(e.from.ticks(), Unit::run_rate, e.from.currency(), exact),
                          to_cell(e.to.ticks(), Unit::run_rate, e.to.currency(), exact), e.day, e.record});
  return table;
}

}  // namespace churn::inline v0

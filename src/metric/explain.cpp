#include <churn/metric/explain.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <tuple>
#include <utility>

#include <churn/departure/departure_list.hpp>
#include <churn/metric/measurement.hpp>

#include "book/book_data.hpp"
#include "cube/segment_fold.hpp"

namespace churn::inline v0 {

namespace {

/// The records whose worth begins or ends on a day of [from, until). Where a carried gap or a policy moved
/// the change, the `nearest_otherwise` before it.
std::string records_between(const Book::Data& data, CustomerIndex customer, std::int32_t from,
                            std::int32_t until, bool nearest_otherwise) {
  std::vector<std::uint32_t> rows;
  std::int32_t nearest = Date::min_days - 1;
  const std::vector<Part> parts = parts_of(data, customer);
  const auto within = [&](std::int32_t day) { return day >= from && day < until; };
  for (const Part& part : parts) {
    if (within(part.from) || within(part.until)) rows.push_back(part.row);
    if (part.until < from) nearest = std::max(nearest, part.until);
  }
  if (rows.empty() && nearest_otherwise)
    for (const Part& part : parts)
      if (part.until == nearest) rows.push_back(part.row);

  const PhaseTable& phases = *data.phases.table;
  std::sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(phases.source_row(a), a) < std::pair(phases.source_row(b), b);
  });
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  std::string text;
  for (const std::uint32_t row : rows) {
    if (!text.empty()) text += "; ";
    text += *data.phases.name + " row " + std::to_string(phases.source_row(row)) + " (" +
            data.phases.subscription(row) + ")";
  }
  return text;
}

[[noreturn]] void throw_no_such_segment() {
  throw Error(ErrorCode::out_of_range,
              "There is no such segment. Ask for one that the segments' table lists.");
}

/// Where a customer has one label, a step is a movement of it.
std::vector<Explanation> explain_fixed(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                       const Label& label, std::size_t period,
                                       const std::function<bool(Movement)>& wanted,
                                       const FoldOptions& options, const RateRules& rules) {
  const Labelling labelling = segmenter(book);
  const auto found = std::lower_bound(labelling.labels.begin(), labelling.labels.end(), label);
  if (found == labelling.labels.end() || *found != label) throw_no_such_segment();
  const auto code = static_cast<std::uint32_t>(found - labelling.labels.begin());
  const std::vector<bool> keep = options.where(book);
  const bool by_day = rules.netting == Netting::by_day;
  const Currency currency = book.currency();
  std::vector<Explanation> explanations;
  for_each_step(book, grid, rules, [&](const Step& step) {
    const auto customer = static_cast<std::size_t>(step.customer);
    if (step.period != period || step.movement == Movement::none || !keep[customer] ||
        labelling(customer) != code || !wanted(step.movement))
      return;
    const std::int32_t from = by_day ? step.day : grid[period].first().days();
    const std::int32_t until = by_day ? step.day + 1 : grid[period].last().days();
    const std::int64_t change = step.closing.ticks - step.opening.ticks;
    explanations.push_back({book.customer_id(step.customer), step.movement,
                            RunRate{step.opening.ticks, currency}, RunRate{step.closing.ticks, currency},
                            Date::from_days(step.day), RunRate{change < 0 ? -change : change, currency},
                            records_between(book.data(), step.customer, from, until, true)});
  });
  return explanations;
}

struct MovementFields {
  Movement movement;
  MovementCell::Field amount;
  MovementCell::Field customers;
};
constexpr std::array movement_fields{
    MovementFields{Movement::new_, &MovementCell::new_, &MovementCell::new_customers},
    MovementFields{Movement::reactivation, &MovementCell::reactivation, &MovementCell::reactivated_customers},
    MovementFields{Movement::expansion, &MovementCell::expansion, &MovementCell::expanded_customers},
    MovementFields{Movement::contraction, &MovementCell::contraction, &MovementCell::contracted_customers},
    MovementFields{Movement::churn, &MovementCell::churn, &MovementCell::churned_customers},
    MovementFields{Movement::transfer_in, &MovementCell::transfer_in,
                   &MovementCell::transferred_in_customers},
    MovementFields{Movement::transfer_out, &MovementCell::transfer_out,
                   &MovementCell::transferred_out_customers},
    MovementFields{Movement::fx, &MovementCell::fx, &MovementCell::fx}};  // of nobody

/// Where labels change, what a customer adds to the segment is a list of movements.
std::vector<Explanation> explain_changing(const Book& book, const PeriodGrid& grid,
                                          const Segmenter& segmenter, const Label& label, std::size_t period,
                                          const std::function<bool(Movement)>& wanted,
                                          const FoldOptions& options, const RateRules& rules) {
  const AppliedSegments applied{book, segmenter, options.where};
  SegmentTable table{applied};
  const PeriodLookup period_of{book, grid};
  SegmentFold fold{book, grid, period_of, rules, applied, table};
  const bool by_day = rules.netting == Netting::by_day;
  std::vector<Explanation> explanations;
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const CustomerIndex customer{c};
    fold.of(customer, [&](const Contribution& contribution) {
      if (contribution.period != period || table.targets()[contribution.target] != label) return;
      for (const auto& [movement, amount, customers] : movement_fields) {
        if (!wanted(movement) || (contribution.cell.*amount == 0 && contribution.cell.*customers == 0))
          continue;
        const Currency currency = table.currencies()[contribution.target].value();
        const std::int32_t from = by_day ? contribution.day : grid[period].first().days();
        const std::int32_t until = by_day ? contribution.day + 1 : grid[period].last().days();
        const bool by_record = movement != Movement::transfer_in && movement != Movement::transfer_out &&
                               movement != Movement::fx;
        explanations.push_back({book.customer_id(customer), movement, RunRate{contribution.before, currency},
                                RunRate{contribution.after, currency}, Date::from_days(contribution.day),
                                RunRate{contribution.cell.*amount, currency},
                                records_between(book.data(), customer, from, until, by_record)});
      }
    });
  }
  if (std::find(table.targets().begin(), table.targets().end(), label) == table.targets().end() &&
      !(label.empty() && segmenter.factors().empty()))
    throw_no_such_segment();
  return explanations;
}

void add_causes(const Book& book, const DepartureRules& rules, std::vector<Explanation>& explanations) {
  std::optional<DepartureReader> reader;  // which reads invoices and events, so only where it is needed
  const CustomerId* customer = nullptr;   // they are in order of customers
  std::span<const Departure> departures;
  for (Explanation& explanation : explanations) {
    if (explanation.movement != Movement::churn) continue;
    if (!reader) reader.emplace(book, rules);
    if (customer == nullptr || *customer != explanation.customer) {
      const std::optional<CustomerIndex> found = book.find(explanation.customer);
      if (!found) throw_made_up();
      departures = reader->of(*found);
      customer = &explanation.customer;
    }
    for (const Departure& departure : departures)
      if (departure.departed_on <= explanation.day)
        explanation.cause = {departure.type, std::string(departure.reason), std::string(departure.rule),
                             evidence_text(book, departure.evidence)};
  }
}

}  // namespace

std::vector<Explanation> explain(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                 const Label& label, std::size_t period, std::optional<Movement> movement,
                                 const FoldOptions& options, const DepartureRules& departure_rules) {
  (void)grid[period];  // throws if there is none
  const RateRules rules = options.rules.value_or(book.conventions().rate);
  const auto wanted = [&](Movement candidate) { return !movement || candidate == *movement; };
  const bool changes = segmenter.changes() || options.where.changes() || book.data().exchange.dated();
  std::vector<Explanation> explanations = (changes ? explain_changing : explain_fixed)(
      book, grid, segmenter, label, period, wanted, options, rules);
  if (!status_of(book, grid)[period].observable) return {};
  std::sort(explanations.begin(), explanations.end(), [](const Explanation& a, const Explanation& b) {
    return std::tie(a.customer, a.day, a.movement) < std::tie(b.customer, b.day, b.movement);
  });
  if (wanted(Movement::churn)) add_causes(book, departure_rules, explanations);
  return explanations;
}

Table explanations_table(const std::vector<Explanation>& explanations, bool exact, bool with_causes) {
  Table table{{"customer_id", "from_mrr", "to_mrr", "day", "record", "amount"}, {}};
  if (with_causes)
    for (const char* name : {"type", "reason", "rule", "evidence"}) table.columns.emplace_back(name);
  for (const Explanation& e : explanations) {
    table.rows.push_back({e.customer.text(),
                          to_cell(e.from.ticks(), Unit::run_rate, e.from.currency(), exact),
                          to_cell(e.to.ticks(), Unit::run_rate, e.to.currency(), exact), e.day, e.record,
                          to_cell(e.amount.ticks(), Unit::run_rate, e.amount.currency(), exact)});
    if (!with_causes) continue;
    std::vector<Cell>& row = table.rows.back();
    row.resize(table.columns.size());
    if (!e.cause) continue;
    Cell* const cells = &row[6];
    cells[0] = std::string(departure_type_name(e.cause->type));
    cells[1] = e.cause->reason;
    if (!e.cause->rule.empty()) cells[2] = e.cause->rule;
    if (!e.cause->evidence.empty()) cells[3] = e.cause->evidence;
  }
  return table;
}

}  // namespace churn::inline v0

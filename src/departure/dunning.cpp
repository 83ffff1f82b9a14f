#include <churn/departure/dunning.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include <churn/metric/measurement.hpp>

#include "departure/claim_history.hpp"
#include "departure/sums.hpp"
#include "segment/labels_on_days.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

/// A failing invoice that is asked about.
struct Item {
  const FailedPayment* row;
  std::int64_t minor_units;  // as the book shows them
  std::int64_t ticks;
  std::size_t segment;
  std::size_t period;
};
/// A claim that was attempted.
struct Attempted {
  const AttemptedClaim* claim;
  std::size_t segment;
  std::size_t period;
};
using Items = std::vector<const Item*>;

void add(std::int64_t& sum, std::int64_t amount) { sum = checked_add(sum, amount); }

DunningSum& sum_of(DunningCell& cell, DunningOutcome outcome) {
  switch (outcome) {
    case DunningOutcome::recovered: return cell.recovered;
    case DunningOutcome::lost: return cell.lost;
    case DunningOutcome::at_risk: break;
  }
  return cell.at_risk;
}

/// From the worst.
int rank_of(DunningOutcome outcome) noexcept {
  return outcome == DunningOutcome::lost ? 0 : outcome == DunningOutcome::at_risk ? 1 : 2;
}

/// Each customer once, by the first of the worst of its invoices.
void add_customers(DunningCell& cell, const Items& items) {
  Items by_customer = items;
  std::stable_sort(by_customer.begin(), by_customer.end(), [](const Item* a, const Item* b) {
    return std::pair(a->row->customer, rank_of(a->row->outcome)) <
           std::pair(b->row->customer, rank_of(b->row->outcome));
  });
  std::optional<CustomerIndex> last;
  for (const Item* item : by_customer) {
    if (last == item->row->customer) continue;
    last = item->row->customer;
    for (DunningSum* sum : {&cell.failed, &sum_of(cell, item->row->outcome)}) {
      ++sum->customers;
      add(sum->ticks, item->ticks);
    }
  }
}

/// Items are in order of F and of the invoice's id.
DunningCell dunning_cell(const Items& items, const FailedPayments& failed, const Book& book) {
  DunningCell cell;
  for (const Item* item : items) {
    const FailedPayment& row = *item->row;
    for (DunningSum* sum : {&cell.failed, &sum_of(cell, row.outcome)}) {
      ++sum->invoices;
      add(sum->minor_units, item->minor_units);
    }
    if (!row.amount) ++cell.without_amount;
    if (row.outcome == DunningOutcome::recovered && row.refunded)
      add(cell.refunded_minor_units, shown_in_book(book, *row.refunded).minor_units());
    const bool in_window = failed.in_window(row);
    if (row.outcome == DunningOutcome::recovered && !in_window) {
      ++cell.recovered_late;
      add(cell.recovered_late_minor_units, item->minor_units);
    }
    if (!failed.is_whole(row.first_failed_on)) continue;
    ++cell.whole;
    add(cell.whole_minor_units, item->minor_units);
    if (!in_window) continue;
    ++cell.whole_recovered;
    add(cell.whole_recovered_minor_units, item->minor_units);
  }
  add_customers(cell, items);
  return cell;
}

void add_attempted(DunningCell& cell, const AttemptedClaim& claim) {
  const std::int64_t failed = claim.failed_at_first ? 1 : 0;
  (claim.is_first_payment ? cell.first_payments : cell.renewals) += 1;
  (claim.is_first_payment ? cell.first_payments_failed : cell.renewals_failed) += failed;
}

[[noreturn]] void throw_mixed(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  throw Error(ErrorCode::mixed_currencies,
              "Payments failed in " + text + ", which never add up. Ask for one currency at a time.");
}

/// The one currency among those given; empty for none.
class OneCurrency {
 public:
  void see(Currency currency) {
    if (!one_) one_ = currency;
    names_.emplace(currency.code());
    if (names_.size() > 8) throw_mixed(names_);
  }
  [[nodiscard]] std::optional<Currency> get() const {
    if (names_.size() > 1) throw_mixed(names_);
    return one_;
  }

 private:
  std::optional<Currency> one_;
  std::set<std::string> names_;
};

/// What is asked about: within the grid, kept by the filter, in the currency. Segments are numbered as labels were met.
struct Selection {
  std::vector<Item> items;
  std::vector<Attempted> attempted;
  std::vector<Label> labels;
  std::optional<Currency> currency;
  std::optional<Currency> mrr_currency;
};

class Selector {
 public:
  Selector(const Book& book, const PeriodGrid& grid, const Segmenter& by, const DunningOptions& options)
      : book_(book), grid_(grid), options_(options), label_(book, by, options.where) {}

  Selection of(const FailedPayments& failed) {
    Selection selection;
    const auto wanted = [&](Currency currency) {
      return !options_.currency || book_shows(currency) == *options_.currency;
    };
    for (const std::size_t i : by_customer(failed.attempted)) {
      const AttemptedClaim& claim = failed.attempted[i];
      if (!wanted(claim.currency)) continue;
      if (const auto place = place_of(claim.customer, claim.first_attempt_on, claim.is_first_payment))
        selection.attempted.push_back({&claim, place->first, place->second});
    }
    OneCurrency amounts;
    OneCurrency rates;
    for (const std::size_t i : by_customer(failed.rows)) {
      const FailedPayment& row = failed.rows[i];
      if (!wanted(row.currency)) continue;
      const auto place = place_of(row.customer, row.first_failed_on, row.is_first_payment);
      if (!place) continue;
      Item item{&row, 0, 0, place->first, place->second};
      if (row.amount) {
        const Money shown = shown_in_book(book_, *row.amount);
        item.minor_units = shown.minor_units();
        amounts.see(shown.currency());
      }
      if (!row.run_rate) (void)book_.currency();  // throws: there are several
      if (row.run_rate && row.run_rate->ticks() != 0) {
        item.ticks = row.run_rate->ticks();
        rates.see(row.run_rate->currency());
      }
      selection.items.push_back(item);
    }
    selection.labels = label_.labels();
    selection.currency = amounts.get();
    selection.mrr_currency = rates.get();
    // Back in order of F and of ids, which rows are in.
    std::sort(selection.items.begin(), selection.items.end(),
              [](const Item& a, const Item& b) { return a.row < b.row; });
    return selection;
  }

 private:
  [[nodiscard]] Currency book_shows(Currency currency) const {
    return shown_in_book(book_, Money{0, currency}).currency();
  }
  /// Labels of one customer are asked for after each other.
  template <class Rows>
  [[nodiscard]] static std::vector<std::size_t> by_customer(const Rows& rows) {
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return rows[a].customer < rows[b].customer; });
    return order;
  }
  [[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> place_of(CustomerIndex customer, Date on,
                                                                            bool is_first) {
    if (on < grid_.from() || on >= grid_.to()) return std::nullopt;
    const auto label = label_(customer, on.days() - (is_first ? 0 : 1));
    if (!label) return std::nullopt;
    return std::pair{std::size_t{*label}, static_cast<std::size_t>(grid_.index_of(on))};
  }

  const Book& book_;
  const PeriodGrid& grid_;
  const DunningOptions& options_;
  LabelsOnDays label_;
};

/// Numbers segments by their labels' bytes.
std::vector<Label> order_segments(Selection& selection, bool has_factors) {
  std::vector<Label> labels = selection.labels;
  if (labels.empty() && !has_factors) labels.emplace_back();  // the total is always there
  std::sort(labels.begin(), labels.end());
  std::vector<std::size_t> place;
  place.reserve(selection.labels.size());
  for (const Label& label : selection.labels)
    place.push_back(
        static_cast<std::size_t>(std::lower_bound(labels.begin(), labels.end(), label) - labels.begin()));
  for (Item& item : selection.items) item.segment = place[item.segment];
  for (Attempted& claim : selection.attempted) claim.segment = place[claim.segment];
  return labels;
}

void check_days(const std::vector<std::int32_t>& days) {
  const bool ascends =
      std::adjacent_find(days.begin(), days.end(), [](auto a, auto b) { return a >= b; }) == days.end();
  if (!ascends || (!days.empty() && days.front() < 0))
    throw Error(ErrorCode::bad_number, "Days since a failure begin at 0 and ascend.");
}

std::vector<DunningDay> days_of(const std::vector<Item>& items, const std::vector<std::int32_t>& days,
                                Date as_of) {
  std::vector<DunningDay> counts;
  counts.reserve(days.size());
  for (const std::int32_t day : days) counts.push_back({.days = day});
  for (const Item& item : items) {
    const FailedPayment& row = *item.row;
    if (days.empty() || std::int64_t{row.first_failed_on.days()} + days.back() >= as_of.days()) continue;
    for (DunningDay& count : counts) {
      ++count.failed;
      add(count.failed_minor_units, item.minor_units);
      if (row.days_to_recovery().value_or(INT32_MAX) > count.days) continue;
      ++count.recovered;
      add(count.recovered_minor_units, item.minor_units);
    }
  }
  return counts;
}

void count_attempts(Dunning& dunning, const std::vector<Item>& items, const FailedPayments& failed) {
  for (const Item& item : items) {
    const FailedPayment& row = *item.row;
    if (!failed.is_whole(row.first_failed_on)) continue;
    const bool in_window = failed.in_window(row);
    if (in_window && !row.recovered_at) ++dunning.recovered_otherwise;
    for (std::size_t k = 0; k < row.attempts.size(); ++k) {
      if (row.attempts[k].on.days() >= std::int64_t{row.first_failed_on.days()} + dunning.window_days) break;
      if (k == dunning.attempts.size())
        dunning.attempts.push_back({.number = static_cast<std::int64_t>(k) + 1});
      DunningAttempt& attempt = dunning.attempts[k];
      ++attempt.reached;
      if (!in_window || row.recovered_at != attempt.number) continue;
      ++attempt.succeeded;
      add(attempt.succeeded_minor_units, item.minor_units);
    }
  }
  std::int64_t recovered = 0;
  for (DunningAttempt& attempt : dunning.attempts) attempt.recovered = recovered += attempt.succeeded;
}

std::vector<DunningReason> reasons_of(const std::vector<Item>& items, const FailedPayments& failed,
                                      const Book& book) {
  std::map<std::string, Items> by_reason;
  for (const Item& item : items) by_reason[item.row->reason].push_back(&item);
  std::vector<DunningReason> reasons;
  reasons.reserve(by_reason.size());
  for (const auto& [reason, of_reason] : by_reason)
    reasons.push_back({reason, dunning_cell(of_reason, failed, book)});
  std::stable_sort(reasons.begin(), reasons.end(), [](const DunningReason& a, const DunningReason& b) {
    return a.cell.failed.invoices > b.cell.failed.invoices;
  });
  return reasons;
}

template <class Keep>
Items chosen(const std::vector<Item>& items, Keep&& keep) {
  Items result;
  for (const Item& item : items)
    if (keep(item)) result.push_back(&item);
  return result;
}

}  // namespace

const DunningCell& Dunning::at(std::size_t segment, std::size_t period) const {
  if (segment >= segments.size() || period >= grid.size())
    throw Error(ErrorCode::out_of_range, "There is no such segment or period.");
  return cells[segment * grid.size() + period];
}

Dunning dunning_of(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                   const DunningOptions& options) {
  check_days(options.days);
  const FailedPayments failed = failed_payments(book, options.rule);
  Selection selection = Selector{book, grid, segmenter, options}.of(failed);
  std::vector<Label> segments = order_segments(selection, !segmenter.factors().empty());
  const std::vector<Item>& items = selection.items;

  Dunning dunning{
      failed.as_of,
      failed.window_days,
      grid,
      status_of(book, grid),
      segmenter.names(),
      std::move(segments),
      selection.currency,
      selection.mrr_currency,
      options.interval,
      {},
      {},
      dunning_cell(chosen(items, [](const Item&) { return true; }), failed, book),
      dunning_cell(chosen(items, [](const Item& i) { return i.row->is_first_payment; }), failed, book),
      dunning_cell(chosen(items, [](const Item& i) { return !i.row->is_first_payment; }), failed, book),
      reasons_of(items, failed, book),
      {},
      0,
      days_of(items, options.days, failed.as_of)};
  std::vector<Items> of_segment(dunning.segments.size());
  std::vector<Items> of_cell(dunning.segments.size() * grid.size());
  for (const Item& item : items) {
    of_segment[item.segment].push_back(&item);
    of_cell[item.segment * grid.size() + item.period].push_back(&item);
  }
  for (const Items& some : of_segment) dunning.segment_totals.push_back(dunning_cell(some, failed, book));
  for (const Items& some : of_cell) dunning.cells.push_back(dunning_cell(some, failed, book));
  for (const Attempted& attempted : selection.attempted) {
    DunningCell& of_kind = attempted.claim->is_first_payment ? dunning.first_payments : dunning.renewals;
    for (DunningCell* cell : {&dunning.total, &of_kind, &dunning.segment_totals[attempted.segment],
                              &dunning.cells[attempted.segment * grid.size() + attempted.period]})
      add_attempted(*cell, *attempted.claim);
  }
  count_attempts(dunning, items, failed);
  return dunning;
}

// ---- Tables

namespace {

constexpr const char* outcome_columns[] = {
    "failed",         "recovered",        "recovered_late", "lost",          "at_risk",
    "failed_amount",  "recovered_amount", "saved_amount",   "lost_amount",   "at_risk_amount",
    "without_amount", "failed_customers", "failed_mrr",     "recovered_mrr", "lost_mrr",
    "at_risk_mrr",    "numerator",        "denominator",    "value",         "ci_low",
    "ci_high",        "amount_value"};
constexpr const char* attempted_columns[] = {"first_payments",  "first_payments_failed", "renewals",
                                             "renewals_failed", "failing_rate",          "failing_ci_low",
                                             "failing_ci_high"};

Cell cell(const std::optional<double>& value) { return value ? Cell{*value} : Cell{}; }

class Rows {
 public:
  Rows(const Dunning& dunning, bool exact) : dunning_(dunning), exact_(exact) {}

  [[nodiscard]] Cell amount(std::int64_t minor_units) const {
    return dunning_.currency ? Cell{Money{minor_units, *dunning_.currency}} : Cell{};
  }
  /// value, ci_low, ci_high.
  void add_rate(std::vector<Cell>& row, const Proportion& rate) const {
    const auto interval = rate.interval(dunning_.interval);
    row.push_back(cell(rate.value()));
    row.push_back(interval ? Cell{interval->low} : Cell{});
    row.push_back(interval ? Cell{interval->high} : Cell{});
  }
  void add_outcomes(std::vector<Cell>& row, const DunningCell& c) const {
    for (const std::int64_t count :
         {c.failed.invoices, c.recovered.invoices, c.recovered_late, c.lost.invoices, c.at_risk.invoices})
      row.emplace_back(count);
    for (const std::int64_t sum : {c.failed.minor_units, c.recovered.minor_units, c.saved_minor_units(),
                                   c.lost.minor_units, c.at_risk.minor_units})
      row.push_back(amount(sum));
    row.emplace_back(c.without_amount);
    row.emplace_back(c.failed.customers);
    for (const std::int64_t ticks : {c.failed.ticks, c.recovered.ticks, c.lost.ticks, c.at_risk.ticks})
      row.push_back(dunning_.mrr_currency ? to_cell(ticks, Unit::run_rate, *dunning_.mrr_currency, exact_)
                                          : Cell{});
    row.emplace_back(c.whole_recovered);
    row.emplace_back(c.whole);
    add_rate(row, c.recovery_rate());
    row.push_back(cell(c.recovery_rate_by_amount().value()));
  }
  void add_attempted(std::vector<Cell>& row, const DunningCell& c) const {
    for (const std::int64_t count :
         {c.first_payments, c.first_payments_failed, c.renewals, c.renewals_failed})
      row.emplace_back(count);
    add_rate(row, c.failing_rate());
  }

 private:
  const Dunning& dunning_;
  bool exact_;
};

}  // namespace

Table dunning_table(const Dunning& dunning, bool exact) {
  Table table{dunning.segment_names, {}};
  for (const char* name : {"period", "complete"}) table.columns.emplace_back(name);
  table.columns.insert(table.columns.end(), std::begin(outcome_columns), std::end(outcome_columns));
  table.columns.insert(table.columns.end(), std::begin(attempted_columns), std::end(attempted_columns));
  const Rows rows{dunning, exact};
  for (std::size_t s = 0; s < dunning.segments.size(); ++s)
    for (std::size_t p = 0; p < dunning.grid.size(); ++p) {
      std::vector<Cell> row(dunning.segments[s].begin(), dunning.segments[s].end());
      row.emplace_back(dunning.grid[p].first());
      row.emplace_back(dunning.status[p].complete);
      if (dunning.status[p].observable) {
        rows.add_outcomes(row, dunning.at(s, p));
        rows.add_attempted(row, dunning.at(s, p));
      }
      row.resize(table.columns.size());
      table.rows.push_back(std::move(row));
    }
  return table;
}

Table dunning_totals_table(const Dunning& dunning, bool exact) {
  Table table{{"payment"}, {}};
  table.columns.insert(table.columns.end(), std::begin(outcome_columns), std::end(outcome_columns));
  table.columns.insert(table.columns.end(), std::begin(attempted_columns), std::end(attempted_columns));
  const Rows rows{dunning, exact};
  const auto add_row = [&](const char* name, const DunningCell& cell) {
    std::vector<Cell> row{std::string(name)};
    rows.add_outcomes(row, cell);
    rows.add_attempted(row, cell);
    table.rows.push_back(std::move(row));
  };
  add_row("all", dunning.total);
  add_row("first", dunning.first_payments);
  add_row("renewal", dunning.renewals);
  return table;
}

Table dunning_reasons_table(const Dunning& dunning, bool exact) {
  Table table{{"reason"}, {}};
  table.columns.insert(table.columns.end(), std::begin(outcome_columns), std::end(outcome_columns));
  const Rows rows{dunning, exact};
  for (const DunningReason& reason : dunning.reasons) {
    std::vector<Cell> row{reason.reason.empty() ? std::string("(none)") : reason.reason};
    rows.add_outcomes(row, reason.cell);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table dunning_attempts_table(const Dunning& dunning) {
  Table table{{"attempt", "reached", "succeeded", "value", "ci_low", "ci_high", "succeeded_amount",
               "recovered", "denominator", "recovered_value", "recovered_ci_low", "recovered_ci_high"},
              {}};
  const Rows rows{dunning, false};
  for (const DunningAttempt& attempt : dunning.attempts) {
    std::vector<Cell> row{attempt.number, attempt.reached, attempt.succeeded};
    rows.add_rate(row, attempt.success_rate());
    row.push_back(rows.amount(attempt.succeeded_minor_units));
    row.emplace_back(attempt.recovered);
    row.emplace_back(dunning.total.whole);
    rows.add_rate(row, dunning.recovered_by(attempt));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table dunning_days_table(const Dunning& dunning) {
  Table table{{"days", "numerator", "denominator", "value", "ci_low", "ci_high", "recovered_amount",
               "failed_amount", "amount_value"},
              {}};
  const Rows rows{dunning, false};
  for (const DunningDay& day : dunning.days) {
    std::vector<Cell> row{std::int64_t{day.days}, day.recovered, day.failed};
    rows.add_rate(row, day.recovery_rate());
    row.push_back(rows.amount(day.recovered_minor_units));
    row.push_back(rows.amount(day.failed_minor_units));
    row.push_back(cell(day.recovery_rate_by_amount().value()));
    table.rows.push_back(std::move(row));
  }
  return table;
}

// ---- The sentence

namespace {

std::string percent_in_words(double share) { return in_points(share) + " %"; }

std::string money_in_words(std::int64_t minor_units, Currency currency) {
  return Money{minor_units, currency}.to_string() + " " + std::string(currency.code());
}

}  // namespace

std::string dunning_sentence(const Dunning& dunning) {
  const DunningCell& all = dunning.total;
  if (all.failed.invoices == 0) {
    const std::int64_t attempted = all.first_payments + all.renewals;
    return attempted == 0   ? "No invoice was charged, so none can have failed."
           : attempted == 1 ? "The one charged invoice did not fail."
                            : "None of " + sums::counted(attempted, "charged invoice") + " failed.";
  }
  std::string text = sums::counted(all.failed.invoices, "invoice") + " had a failed payment.";
  const std::string window = sums::counted(dunning.window_days, "day");
  const char* const are = dunning.window_days == 1 ? " is" : " are";
  const Proportion rate = all.recovery_rate();
  if (const auto value = rate.value()) {
    const auto interval = rate.interval(dunning.interval);
    text += " Of the " + std::to_string(all.whole) + " whose " + window + are + " over, " +
            std::to_string(all.whole_recovered) + (all.whole_recovered == 1 ? " was" : " were") +
            " recovered in time (" + percent_in_words(*value) + ", " +
            confidence_in_words(dunning.interval.confidence) + ": " + percent_in_words(interval->low) +
            " to " + percent_in_words(interval->high) + ")";
    if (const auto by_amount = all.recovery_rate_by_amount().value())
      text += ", and " + percent_in_words(*by_amount) + " of the money";
    text += ".";
  } else {
    text += " The " + window + " in which it may be recovered" + are + " over for none of them.";
  }
  const std::string at_risk = sums::counted(all.at_risk.invoices, "invoice");
  if (!dunning.currency) return text + " No amount is known. Still at risk: " + at_risk + ".";
  const auto amount = [&](std::int64_t minor_units) {
    return money_in_words(minor_units, *dunning.currency);
  };
  text += " Saved: " + amount(all.saved_minor_units()) + ", lost: " + amount(all.lost.minor_units) +
          ", still at risk: " + amount(all.at_risk.minor_units) + " (" + at_risk;
  if (dunning.mrr_currency)
    text +=
        ", with " + sums::in_words(std::vector<RunRate>{RunRate{all.at_risk.ticks, *dunning.mrr_currency}});
  text += ").";
  if (all.without_amount > 0)
    text += " The amount of " + sums::counted(all.without_amount, "invoice") + " is not known.";
  return text;
}

}  // namespace churn::inline v0

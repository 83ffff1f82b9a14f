#include <churn/risk/risk_list.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <tuple>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/metric/measurement.hpp>

#include "book/book_data.hpp"
#include "departure/claim_history.hpp"
#include "departure/sums.hpp"
#include "indicator/timeline_stays.hpp"
#include "row/known_on.hpp"

namespace churn::inline v0 {

namespace {

constexpr double least_contribution = 0.01;
constexpr double hardly_better_than_chance = 0.55;
constexpr double rough = 0.7;
constexpr std::size_t few_departures = 100;  // rows: of a departure there are some four
constexpr std::int32_t half_a_year = 183;

/// Those that the model has columns of, in its order.
std::vector<Indicator> of_model(const RiskModel& model, const std::vector<Indicator>& indicators) {
  std::vector<IndicatorColumn> columns;
  columns.reserve(indicators.size());
  for (const Indicator& indicator : indicators) columns.push_back(indicator.column);
  std::vector<Indicator> result;
  for (const std::size_t place : columns_of(model, columns)) result.push_back(indicators[place]);
  return result;
}

std::string words_of(const Indicator& indicator, std::optional<double> value) {
  if (!value) return "nothing known of " + indicator.column.name;
  if (indicator.words) return indicator.words(*value);
  return indicator.column.name + " " + shortest(*value);
}

/// x times a share, rounded to the nearest tick.
RunRate share_of(RunRate x, double share) {
  return {static_cast<std::int64_t>(std::llround(static_cast<double>(x.ticks()) * share)), x.currency()};
}

/// Whether a value is on the side of the average on which one expects the risk.
bool is_risky(const RiskTerm& term, double value) {
  const double z = term.transform(value);
  return term.column.direction == Direction::raises ? z > 0 : z < 0;
}

struct Scored {
  const RiskModel& model;
  const std::vector<Indicator>& indicators;
  std::size_t reasons;

  [[nodiscard]] RiskListRow row(const Book& book, CustomerIndex customer, Date day,
                                const ObservedRow& observed) const {
    const RiskScore score = model.score(observed.values, observed.missing, observed.tenure);
    RiskListRow row{.customer = book.customer_id(customer), .risk = score.risk, .rank = 0};
    row.run_rate = paid_on_day(book, customer, day.days() - 1);
    const bool is_known = model.why_flat.empty() || model.provenance.rows > 0;
    if (row.run_rate && is_known) row.expected = share_of(*row.run_rate, score.risk);
    row.tenure = observed.tenure;
    row.reasons = risk_reasons(model, score, observed, indicators, reasons);
    return row;
  }
};

ObservedRow row_of(const Observations& observed, std::size_t i) {
  ObservedRow row;
  for (Eigen::Index k = 0; k < observed.values.cols(); ++k) {
    row.values.push_back(observed.values(static_cast<Eigen::Index>(i), k));
    row.missing.push_back(observed.missing(static_cast<Eigen::Index>(i), k) ? 1 : 0);
  }
  row.tenure = observed.tenure[i];
  row.ticks = observed.ticks[i];
  return row;
}

/// Who left in the last days and is away, in order of the days, each with the day.
std::vector<std::pair<Date, CustomerIndex>> departed(const Book& book, std::int32_t within,
                                                     const Filter& where) {
  std::vector<std::pair<Date, CustomerIndex>> result;
  const std::vector<bool> kept = where(book);
  const std::int32_t as_of = book.as_of().days();
  for (const CustomerIndex customer : book.customers_by_id()) {
    const auto c = static_cast<std::size_t>(customer);
    if (!kept[c]) continue;
    std::int32_t last = no_day;
    for_each_stay(book, c, [&](std::int32_t, std::int32_t until) { last = until; });
    if (last != no_day && last < as_of && as_of - last <= within)
      result.emplace_back(Date::from_days(last), customer);
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  return result;
}

void add_departed(RiskList& list, const Book& book, const Scored& scored, const RiskListOptions& options) {
  const auto add = [&](const Book& of_the_day, Observer& observer, CustomerIndex customer, Date day) {
    const std::optional<ObservedRow> observed = observer.row(customer, day);
    if (!observed) return;
    list.rows.push_back(scored.row(of_the_day, customer, day, *observed));
    list.rows.back().departed_on = day;
  };
  const std::vector<Indicator>& indicators = scored.indicators;
  const auto all = departed(book, options.departed_within, options.where);
  if (!reads_ahead(book)) {
    Observer observer{book, indicators, options.kinds};
    for (const auto& [day, customer] : all) add(book, observer, customer, day);
    return;
  }
  for (auto first = all.begin(); first != all.end();) {
    const Date day = first->first;
    const auto next = std::find_if(first, all.end(), [&](const auto& other) { return other.first != day; });
    const Book then = known_on(day, book);
    Observer observer{then, indicators, options.kinds};
    for (; first != next; ++first)
      if (const auto customer = then.find(book.customer_id(first->second)))
        add(then, observer, *customer, day);
  }
}

/// 83 % of the time, and what that is worth.
std::string trust_in(const RiskProvenance& model, Date as_of) {
  std::string text;
  if (model.held_out_auc) {
    const double auc = *model.held_out_auc;
    text = " Trust: of two customers whom it had not seen, the model ranked the one who left higher " +
           std::to_string(std::llround(auc * 100)) + " % of the time (50 % is chance)";
    if (auc < hardly_better_than_chance)
      text += ", so do not go by this order";
    else if (auc < rough)
      text += ", so this order is rough";
    if (model.departures < few_departures)
      text += "; with no more than " + std::to_string(model.departures) +
              " rows before a departure to learn from, that may be luck";
    text += ".";
  } else {
    text = " Trust: how well the model tells apart customers whom it had not seen was not measured.";
  }
  if (model.as_of && *model.as_of > as_of)
    text += " It has learnt what came after " + as_of.to_string() + ", so this is no forecast made then.";
  else if (model.last_day && as_of.days() - model.last_day->days() > half_a_year)
    text += " It has learnt nothing after " + model.last_day->to_string() + ": train it anew.";
  return text;
}

std::string first_of(const RiskListRow& first) {
  std::string text =
      " First: " + first.customer.text() + " (risk " + std::to_string(std::llround(first.risk * 100)) + " %";
  if (first.run_rate)
    text += ", " + first.run_rate->mrr().to_string() + " " + std::string(first.run_rate->currency().code());
  text += ")";
  for (std::size_t i = 0; i < first.reasons.size(); ++i)
    text += (i == 0 ? ": " : "; ") + first.reasons[i].words;
  return text + ".";
}

}  // namespace

std::vector<RiskReason> risk_reasons(const RiskModel& model, const RiskScore& score, const ObservedRow& row,
                                     const std::vector<Indicator>& indicators, std::size_t most) {
  const std::size_t columns = model.terms.size();
  if (score.contributions.size() != columns || row.values.size() != columns || row.missing.size() != columns)
    throw Error(ErrorCode::out_of_range, "Reasons need a score and a row of the model's columns.");
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < columns; ++k)
    if (score.contributions[k] >= least_contribution &&
        (row.missing[k] != 0 || is_risky(model.terms[k], row.values[k])))
      order.push_back(k);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return score.contributions[a] > score.contributions[b];
  });
  if (order.size() > most) order.resize(most);
  std::vector<RiskReason> reasons;
  for (const std::size_t k : order) {
    const std::string& name = model.terms[k].column.name;
    const auto known = std::find_if(indicators.begin(), indicators.end(), [&](const Indicator& indicator) {
      return indicator.column.name == name;
    });
    const std::optional<double> value = row.missing[k] != 0 ? std::nullopt : std::optional{row.values[k]};
    const Indicator plain{.column = model.terms[k].column};
    reasons.push_back(
        {name, value, score.contributions[k], words_of(known == indicators.end() ? plain : *known, value)});
  }
  return reasons;
}

RiskList risk_list(const Book& book, const RiskModel& model, const std::vector<Indicator>& indicators,
                   const RiskListOptions& options) {
  const std::vector<Indicator> columns = of_model(model, indicators);
  RiskList list{.as_of = book.as_of(),
                .horizon = model.horizon,
                .provenance = model.provenance,
                .why_flat = model.why_flat};
  const Scored scored{model, columns, options.reasons};
  PastReader reader{book, options.kinds};
  {
    const Observations now = observe_now(book, columns,
                                         {.horizon = model.horizon,
                                          .kinds = options.kinds,
                                          .where = options.where,
                                          .threads = options.threads});
    list.rows.reserve(now.rows());
    for (std::size_t i = 0; i < now.rows(); ++i) {
      const auto customer = *book.find(CustomerId{now.customers[now.customer[i]]});
      RiskListRow row = scored.row(book, customer, book.as_of(), row_of(now, i));
      row.cancel_requested_on = reader.at(customer, book.as_of()).cancel_requested_on();
      if (list.is_known()) list.expected_departures += row.risk;
      if (row.expected) sums::add_to(list.expected_loss, *row.expected);
      list.rows.push_back(std::move(row));
    }
  }
  std::stable_sort(list.rows.begin(), list.rows.end(), [](const RiskListRow& a, const RiskListRow& b) {
    const auto ticks = [](const RiskListRow& row) { return row.run_rate ? row.run_rate->ticks() : 0; };
    return std::tuple(-a.risk, -ticks(a)) < std::tuple(-b.risk, -ticks(b));
  });
  for (std::size_t i = 0; i < list.rows.size(); ++i) list.rows[i].rank = i + 1;
  if (options.with_departed) add_departed(list, book, scored, options);
  return list;
}

Table risk_list_table(const RiskList& list, bool exact) {
  Table table{{"customer_id", "risk", "rank", "mrr"}, {}};
  std::size_t reasons = 3;
  for (const RiskListRow& row : list.rows) reasons = std::max(reasons, row.reasons.size());
  for (std::size_t i = 1; i <= reasons; ++i) table.columns.push_back("reason_" + std::to_string(i));
  for (const char* name : {"expected_loss", "tenure", "cancel_requested_on", "departed_on"})
    table.columns.emplace_back(name);
  const auto amount = [exact](const std::optional<RunRate>& x) {
    return x ? to_cell(x->ticks(), Unit::run_rate, x->currency(), exact) : Cell{};
  };
  for (const RiskListRow& row : list.rows) {
    std::vector<Cell> cells{row.customer.text(), list.is_known() ? Cell{row.risk} : Cell{},
                            row.rank == 0 ? Cell{} : Cell{static_cast<std::int64_t>(row.rank)},
                            amount(row.run_rate)};
    for (std::size_t i = 0; i < reasons; ++i)
      cells.push_back(i < row.reasons.size() ? Cell{row.reasons[i].words} : Cell{});
    cells.push_back(amount(row.expected));
    cells.emplace_back(std::int64_t{row.tenure});
    cells.push_back(row.cancel_requested_on ? Cell{*row.cancel_requested_on} : Cell{});
    cells.push_back(row.departed_on ? Cell{*row.departed_on} : Cell{});
    table.rows.push_back(std::move(cells));
  }
  return table;
}

std::string risk_list_sentence(const RiskList& list) {
  const auto present = std::count_if(list.rows.begin(), list.rows.end(),
                                     [](const RiskListRow& row) { return !row.departed_on; });
  if (present == 0) return "Nobody is a customer on the day before " + list.as_of.to_string() + ".";
  if (!list.is_known())
    return "How likely " + sums::counted(present, "customer") + " " + (present == 1 ? "is" : "are") +
           " to leave is not known. " + list.why_flat;
  const auto tenths = std::llround(list.expected_departures * 10);
  const std::string expected = std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
  std::string text = "Of " + sums::counted(present, "customer") + " about " + expected +
                     " are expected to leave within " + std::to_string(list.horizon) +
                     " days, and with them " + sums::in_words(list.expected_loss) + ".";
  if (list.why_flat.empty())
    text += first_of(list.rows.front());
  else
    text += " The model does not tell them apart: " + list.why_flat;
  const auto asked = std::count_if(list.rows.begin(), list.rows.end(), [](const RiskListRow& row) {
    return row.cancel_requested_on && !row.departed_on;
  });
  if (asked > 0)
    text +=
        " " + sums::counted(asked, "customer") + (asked == 1 ? " has" : " have") + " asked to leave already.";
  return list.why_flat.empty() ? text + trust_in(list.provenance, list.as_of) : text;
}

}  // namespace churn::inline v0

// What the benchmarks ask of the library: a book from columns, and W1 to W5 of it in the form of the plain passes
// (plain_passes.hpp).
#pragma once

#include <churn/churn.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "columns.hpp"
#include "events.hpp"
#include "plain_passes.hpp"

namespace bench {

inline const churn::BillingCycle monthly{};

inline churn::PeriodGrid months_of_the_data() {
  return churn::months(churn::Date::of(2020, 1, 1), churn::Date::of(2025, 1, 1));
}

inline churn::Date day_after_the_data() { return churn::Date::of(2025, 1, 1); }

/// "Paid before" as W1 has it.
inline churn::Conventions month_end_history() {
  churn::Conventions conventions;
  conventions.name = "month ends";
  conventions.rate.history = churn::History::period_ends;
  return conventions;
}

inline churn::PhaseColumns phase_columns(const Columns& columns) {
  return {.subscription = std::span<const std::int64_t>{columns.subscription},
          .customer = std::span<const std::int64_t>{columns.customer},
          .plan = columns.plan,
          .plan_names = plan_names,
          .starts_on = columns.starts_on,
          .ends_on = columns.ends_on,
          .amount = columns.mrr,
          .currency = churn::Currency{"USD"},
          .cycle = {&monthly, 1}};
}

/// Records of the periods, and of each customer its industry.
inline churn::Records records_with_industries(const Columns& columns) {
  churn::Records records;
  records.add(phase_columns(columns));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::int64_t customer = columns.customer[i];
    if (i > 0 && columns.customer[i - 1] == customer) continue;
    churn::Customer added{.id = churn::CustomerId{std::to_string(customer)}};
    added.attributes["industry"] = industry_names.at(columns.industry_of(customer));
    records.add(added);
  }
  return records;
}

/// Records of the periods with why subscriptions ended, which columns of phases don't have.
inline churn::Records records_with_reasons(const Columns& columns) {
  churn::Records records;
  records.reserve_phases(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string subscription = std::to_string(columns.subscription[i]);
    const std::string customer = std::to_string(columns.customer[i]);
    churn::PhaseRecord phase{.subscription = subscription,
                             .customer = customer,
                             .plan = plan_names.at(columns.plan[i]),
                             .starts_on = churn::Date::from_days(columns.starts_on[i]),
                             .ends_on = {},
                             .price = {churn::Decimal{columns.mrr[i], 2}, churn::Currency{"USD"}}};
    if (columns.ends_on[i] != open_end) phase.ends_on = churn::Date::from_days(columns.ends_on[i]);
    phase.end_reason = reason_names.at(columns.reason[i]);
    records.add(phase);
  }
  return records;
}

/// Throws where a row is rejected: the columns hold none that should be.
inline churn::Book build_book(const churn::Records& records, churn::Date as_of = day_after_the_data(),
                              unsigned threads = 1) {
  churn::BuiltBook built = churn::Book::build(records, as_of, month_end_history(), {.threads = threads});
  if (built.rejections.rejected() != 0) throw std::runtime_error("rows were rejected");
  return std::move(built.book);
}

inline churn::FoldOptions with_threads(unsigned threads) {
  churn::FoldOptions options;
  options.threads = threads;
  return options;
}

/// The plan of the phase that started last; the book's rows are in order of start and subscription.
inline churn::Segmenter latest_plan() {
  return churn::by::preferred_phase(
      "latest plan", churn::by::plan,
      [](const churn::PhaseOnDay& a, const churn::PhaseOnDay& b) { return a.phase.row() > b.phase.row(); });
}

inline churn::MovementCube fold_w1(const churn::Book& book, unsigned threads = 1) {
  return churn::MovementCube::fold(book, months_of_the_data(), {}, with_threads(threads));
}

inline churn::MovementCube fold_w2(const churn::Book& book, unsigned threads = 1) {
  return churn::MovementCube::fold(book, months_of_the_data(),
                                   latest_plan() * churn::by::attribute("industry"), with_threads(threads));
}

inline churn::CohortCube fold_w3(const churn::Book& book, unsigned threads = 1) {
  return churn::CohortCube::fold(book, months_of_the_data(), churn::CohortBy::first_paid, {},
                                 with_threads(threads));
}

inline churn::Date last_day_of_the_data() { return churn::Date::of(2024, 12, 31); }

/// The columns as they were known before the last day.
inline Columns known_before_the_last_day(const Columns& columns) {
  const std::int32_t last = last_day_of_the_data().days();
  Columns known;
  known.industry = columns.industry;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns.starts_on[i] >= last) continue;
    known.subscription.push_back(columns.subscription[i]);
    known.customer.push_back(columns.customer[i]);
    known.plan.push_back(columns.plan[i]);
    known.starts_on.push_back(columns.starts_on[i]);
    known.ends_on.push_back(columns.ends_on[i] >= last ? open_end : columns.ends_on[i]);
    known.mrr.push_back(columns.mrr[i]);
    known.reason.push_back(columns.reason[i]);
  }
  return known;
}

/// What happened on the last day: the subscriptions that a period of begins or ends on it, as a billing system has
/// them then.
inline churn::Changes changes_of_the_last_day(const Columns& columns) {
  const std::int32_t last = last_day_of_the_data().days();
  std::map<std::int64_t, churn::Subscription> changed;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns.starts_on[i] == last || columns.ends_on[i] == last)
      changed.try_emplace(
          columns.subscription[i],
          churn::Subscription{
              churn::SubscriptionId{columns.subscription[i]}, churn::CustomerId{columns.customer[i]}, {}});
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto subscription = changed.find(columns.subscription[i]);
    if (subscription == changed.end()) continue;
    churn::Phase phase{.plan = std::string(plan_names.at(columns.plan[i])),
                       .starts_on = churn::Date::from_days(columns.starts_on[i]),
                       .ends_on = std::nullopt,
                       .price = {churn::Decimal{columns.mrr[i], 2}, churn::Currency{"USD"}}};
    if (columns.ends_on[i] != open_end) phase.ends_on = churn::Date::from_days(columns.ends_on[i]);
    subscription->second.phases.push_back(std::move(phase));
  }
  churn::Changes changes;
  for (auto& [id, subscription] : changed) changes.subscriptions.push_back(std::move(subscription));
  return changes;
}

inline churn::EventColumns event_columns(const Events& events, std::size_t first, std::size_t count) {
  return {.customer = std::span<const std::int64_t>{events.customer}.subspan(first, count),
          .at = std::span{events.at}.subspan(first, count),
          .kind = std::span{events.kind}.subspan(first, count),
          .kind_names = kind_names,
          .value = std::span{events.value}.subspan(first, count),
          .decimals = 2};
}

/// A book of periods and events, and its events by customer and time.
struct IndexedBook {
  churn::Book book;
  churn::EventIndex index;
};

inline IndexedBook index_events(const Columns& columns, const Events& events) {
  churn::Records records;
  records.add(phase_columns(columns));
  records.add(event_columns(events, 0, events.size()));
  churn::Book book = build_book(records);
  churn::EventIndex index = churn::EventIndex::build(book);
  return {std::move(book), std::move(index)};
}

inline churn::Date w4_day() { return churn::Date::of(2024, 10, 1); }

/// Twelve first days of months, each after a month's end. The last one is W4's.
inline std::vector<churn::Date> w4_month_ends() {
  std::vector<churn::Date> days;
  for (int m = 0; m < 12; ++m) days.push_back(anniversary(churn::Date::of(2023, 11, 1), m));
  return days;
}

inline churn::EventWindows count_w4(const churn::EventIndex& index, std::vector<churn::Date> days,
                                    unsigned threads = 1) {
  return churn::EventWindows::count(index, std::move(days),
                                    {.kinds = {kind_names.begin(), kind_names.end()}, .threads = threads});
}

/// W4 of one of the days.
inline W4 answer_w4(const churn::Book& book, const churn::EventWindows& windows, std::size_t day = 0) {
  W4 rows;
  for (std::size_t row = 0; row < windows.row_count(); ++row) {
    const std::optional<std::int32_t> days_since_last = windows.days_since_last(row, day);
    if (!days_since_last) continue;
    CustomerActivity& customer = rows.emplace_back(CustomerActivity{
        std::stoll(book.customer_id(windows.customers()[row]).text()), {}, *days_since_last});
    for (const churn::EventCell& cell : windows.cells(row, day)) {
      const std::int64_t unit = std::array{100, 10, 1}.at(
          static_cast<std::size_t>(windows.kinds()[cell.kind].decimals));  // in hundredths
      customer.kinds.at(cell.kind) = {cell.count, unit * cell.sum, cell.count_before, unit * cell.sum_before};
    }
  }
  std::sort(rows.begin(), rows.end(),
            [](const CustomerActivity& a, const CustomerActivity& b) { return a.customer < b.customer; });
  return rows;
}

inline churn::LifeOptions w5_options() {
  return {churn::SpellUnit::first_subscription, {{{"completed", churn::ExitTypes::censored}}}};
}

inline churn::LifeTable fold_w5(const churn::Book& book, unsigned threads = 1) {
  return churn::LifeTable::fold(book, churn::by::plan, w5_options(), with_threads(threads));
}

inline W5 answer_w5(const churn::LifeTable& table) {
  W5 curves;
  for (std::size_t p = 0; p < curves.size(); ++p) {
    const churn::Label label{std::string(plan_names[p])};
    if (!std::binary_search(table.segments().begin(), table.segments().end(), label)) continue;
    for (const churn::SurvivalRow& row : churn::kaplan_meier(table, table.segment(label)).rows)
      curves[p].push_back({row.time, row.at_risk, row.events, row.censored, row.survival});
  }
  return curves;
}

/// Run-rate ticks as cents a month; throws where they are not whole, which no amount of the data makes.
inline std::int64_t cents(std::int64_t ticks) {
  if (ticks % churn::ticks_per_minor_unit_a_month != 0) throw std::runtime_error("not whole cents");
  return ticks / churn::ticks_per_minor_unit_a_month;
}

inline Movements movements(const churn::MovementCell& cell) {
  return {.opening = cents(cell.opening + cell.transfer_in - cell.transfer_out),
          .new_ = cents(cell.new_),
          .expansion = cents(cell.expansion),
          .contraction = cents(cell.contraction),
          .churn = cents(cell.churn),
          .reactivation = cents(cell.reactivation),
          .closing = cents(cell.closing),
          .opening_customers =
              cell.opening_customers + cell.transferred_in_customers - cell.transferred_out_customers,
          .new_customers = cell.new_customers,
          .churned_customers = cell.churned_customers,
          .reactivated_customers = cell.reactivated_customers,
          .closing_customers = cell.closing_customers};
}

inline W1 answer_w1(const churn::MovementCube& cube) {
  W1 months;
  for (std::size_t m = 0; m < month_count; ++m) months.push_back(movements(cube.at(0, m)));
  return months;
}

inline W2 answer_w2(const churn::MovementCube& cube) {
  const auto place = [](const auto& names, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) throw std::runtime_error("a segment of no plan and industry: " + name);
    return static_cast<std::size_t>(found - names.begin());
  };
  W2 cells(plan_names.size() * industry_names.size() * month_count);
  for (std::size_t segment = 0; segment < cube.segments().size(); ++segment) {
    const churn::Label& label = cube.segments()[segment];
    const std::size_t row =
        place(plan_names, label[0]) * industry_names.size() + place(industry_names, label[1]);
    for (std::size_t m = 0; m < month_count; ++m)
      cells[row * month_count + m] = movements(cube.at(segment, m));
  }
  return cells;
}

inline W3 answer_w3(const churn::CohortCube& cube) {
  W3 cells(month_count * month_count);
  for (std::size_t cohort = 0; cohort < month_count; ++cohort)
    for (std::size_t m = cohort; m < month_count; ++m) {
      const churn::CohortCell& cell = cube.at(0, cohort, m - cohort);
      cells[cohort * month_count + m] = {.customers = cell.present, .mrr = cents(cell.ticks)};
    }
  return cells;
}

}  // namespace bench

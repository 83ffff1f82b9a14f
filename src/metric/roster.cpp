#include <churn/metric/roster.hpp>

#include <algorithm>
#include <tuple>

#include <churn/metric/measurement.hpp>

#include "book/book_data.hpp"
#include "segment/customer_days.hpp"

namespace churn::inline v0 {

namespace {

/// Plans in force on a day, of phases that are kept; within a carried gap, those in force before it.
template <class Keeps>
std::string plans_on(const Book::Data& data, CustomerIndex customer, std::int32_t day, Keeps&& keeps) {
  const std::vector<Part> parts = parts_of(data, customer);
  std::int32_t at = day;
  const auto in_force = [&at](const Part& part) { return part.from <= at && at < part.until; };
  if (std::none_of(parts.begin(), parts.end(), in_force)) {
    at = Date::min_days - 1;
    for (const Part& part : parts)
      if (part.until <= day) at = std::max(at, part.until - 1);
  }
  std::vector<std::string> plans;
  for (const Part& part : parts)
    if (in_force(part) && keeps(part)) plans.push_back(data.phases.plan(part.row));
  std::sort(plans.begin(), plans.end());
  plans.erase(std::unique(plans.begin(), plans.end()), plans.end());
  std::string text;
  for (const std::string& plan : plans) text += (text.empty() ? "" : " + ") + plan;
  return text;
}

/// The first day of the stay that holds `day`. What lies before records_from is worked out from the phases.
std::int32_t stay_since(const Book& book, CustomerIndex customer, std::int32_t day) {
  TimelineColumns columns;
  TimelineBuilder{book.as_of(), std::nullopt, book.conventions().book}.append(parts_of(book.data(), customer),
                                                                              columns);
  std::int32_t since = day;
  for (std::size_t i = 0; i < columns.day.size() && columns.day[i] <= day; ++i)
    if ((columns.state[i] & Timeline::enters) != 0) since = columns.day[i];
  return since;
}

/// Where the filter looks at states or lanes: what of a customer is kept on the day.
std::vector<RosterEntry> roster_of_parts(const Book& book, Date on, const Filter& where) {
  const AppliedSegments applied{book, {}, where};
  SegmentTable table{applied};
  CustomerDays days{book, applied, table, {.valued_on = on.days()}};
  std::vector<RosterEntry> entries;
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const CustomerIndex customer{c};
    const DayState state = state_on(days.of(customer), on.days());
    const auto keeps = [&](std::uint32_t lane) {
      return table.target(state.segment, lane) != SegmentTable::none;
    };
    std::optional<RunRate> sum;
    for (const LaneBalance& lane : state.lanes) {
      if (!keeps(lane.lane)) continue;
      const RunRate rate{lane.ticks, Currency::from_index(applied.currency_of_lane(lane.lane))};
      sum = sum ? *sum + rate : rate;
    }
    if (!sum) continue;
    const auto keeps_part = [&](const Part& part) { return keeps(applied.lane(part.row)); };
    entries.push_back({book.customer_id(customer), plans_on(book.data(), customer, on.days(), keeps_part),
                       *sum, Date::from_days(stay_since(book, customer, on.days()))});
  }
  return entries;
}

std::vector<RosterEntry> roster_of_customers(const Book& book, Date on, const Filter& where) {
  const Currency currency = book.currency();
  const std::vector<bool> keep = where(book);
  std::vector<RosterEntry> entries;
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const CustomerIndex customer{c};
    const Balance balance = keep[c] ? book.balance_on(customer, on) : Balance{};
    if (!balance.present) continue;
    entries.push_back({book.customer_id(customer),
                       plans_on(book.data(), customer, on.days(), [](const Part&) { return true; }),
                       RunRate{balance.ticks, currency},
                       Date::from_days(stay_since(book, customer, on.days()))});
  }
  return entries;
}

}  // namespace

std::vector<RosterEntry> roster(const Book& book, Date on, const Filter& where) {
  if (on >= book.as_of() || (book.records_from() && on < *book.records_from()))
    throw Error(ErrorCode::out_of_range,
                "The book knows nothing of " + on.to_string() + ": it is known " +
                    (book.records_from() ? "from " + book.records_from()->to_string() + " " : "") +
                    "until the day before " + book.as_of().to_string() + ".");
  std::vector<RosterEntry> entries = where.changes() || book.data().exchange.dated()
                                         ? roster_of_parts(book, on, where)
                                         : roster_of_customers(book, on, where);
  std::sort(entries.begin(), entries.end(),
            [](const RosterEntry& a, const RosterEntry& b) { return a.customer < b.customer; });
  return entries;
}

Table roster_table(const std::vector<RosterEntry>& entries, bool exact) {
  Table table{{"customer_id", "plan", "mrr", "since"}, {}};
  for (const RosterEntry& e : entries)
    table.rows.push_back({e.customer.text(), e.plan,
                          to_cell(e.run_rate.ticks(), Unit::run_rate, e.run_rate.currency(), exact),
                          e.since});
  return table;
}

std::vector<ScheduledEnd> scheduled_ends(const Book& book, const Filter& where) {
  std::optional<AppliedSegments> applied;
  std::optional<SegmentTable> table;
  std::optional<CustomerDays> days;
  if (!where.keeps_everyone()) {
    applied.emplace(book, by::currency, where);
    table.emplace(*applied);
    days.emplace(book, *applied, *table);
  }
  // Whether the filter keeps a phase of a customer on the last known day.
  const auto keeps = [&](CustomerIndex customer, std::uint32_t row) {
    if (!applied) return true;
    const DayState state = state_on(days->of(customer), book.as_of().days() - 1);
    return state.balance.present && table->target(state.segment, applied->lane(row)) != SegmentTable::none;
  };
  const Book::Data& data = book.data();
  const PhaseTable& phases = *data.phases.table;
  const std::int32_t as_of = book.as_of().days();
  std::vector<ScheduledEnd> ends;
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    std::vector<Part> parts;
    for (std::uint32_t i = data.first_phase[c]; i < data.first_phase[c + 1]; ++i) {
      const std::uint32_t row = data.phase_rows[i];
      const bool is_last = i + 1 == data.first_phase[c + 1] ||
                           phases.subscription[data.phase_rows[i + 1]] != phases.subscription[row];
      if (!is_last || phases.starts_on[row] >= as_of || phases.ends_on[row] == no_day ||
          phases.ends_on[row] < as_of)
        continue;
      if (parts.empty()) parts = parts_of(data, CustomerIndex{c});
      for (const Part& part : parts)
        if (part.row == row && part.from < as_of && as_of - 1 < part.until && keeps(CustomerIndex{c}, row))
          ends.push_back({book.customer_id(CustomerIndex{c}), SubscriptionId{data.phases.subscription(row)},
                          data.phases.plan(row), RunRate{part.ticks, data.currency_of(row)},
                          Date::from_days(phases.ends_on[row])});
    }
  }
  std::sort(ends.begin(), ends.end(), [](const ScheduledEnd& a, const ScheduledEnd& b) {
    return std::tie(a.ends_on, a.customer, a.subscription) < std::tie(b.ends_on, b.customer, b.subscription);
  });
  return ends;
}

}  // namespace churn::inline v0

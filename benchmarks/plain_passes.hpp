// W1 to W5 by hand: one pass over the columns for one question, which checks nothing. What a programmer would write who
// needs just this answer; the library's is compared with it, number by number and in time.
//
//   W1  MRR movements and customer counts of 60 months, by each customer's MRR on the last day of each month
//   W2  the same by plan x industry; a customer is in the plan that it started last
//   W3  customers paying and their MRR by cohort (month of the first paid day) and month
//   W4  for each customer and kind of event, count and sum in the 28 days before a day and in the 28 before them, and
//       days since the last event
//   W5  Kaplan-Meier by plan of the tenure in days of each customer's first subscription; `completed` and running
//       ones are censored
//
// The columns are ordered by customer, start and subscription, those of events by time. Amounts are cents a month.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "columns.hpp"
#include "events.hpp"

namespace bench {

constexpr std::size_t month_count = 60;

/// One month of W1, or of a segment of W2. The opening of a customer that changed its plan is in the new one.
struct Movements {
  std::int64_t opening{0}, new_{0}, expansion{0}, contraction{0}, churn{0}, reactivation{0}, closing{0};
  std::int64_t opening_customers{0}, new_customers{0}, churned_customers{0}, reactivated_customers{0},
      closing_customers{0};
  friend bool operator==(const Movements&, const Movements&) = default;
};

struct CohortCount {
  std::int64_t customers{0};
  std::int64_t mrr{0};
  friend bool operator==(const CohortCount&, const CohortCount&) = default;
};

using W1 = std::vector<Movements>;    // by month
using W2 = std::vector<Movements>;    // by (plan x industry) x month
using W3 = std::vector<CohortCount>;  // by cohort x month, nothing before the cohort

/// The month of each day of the data: a change on it shows at this month's end.
inline const std::vector<std::uint8_t>& month_of_day() {
  static const std::vector<std::uint8_t> month_of = [] {
    std::vector<std::uint8_t> months;
    for (std::int32_t day = first_day; day <= last_day; ++day) {
      const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
      months.push_back(static_cast<std::uint8_t>((static_cast<int>(date.year()) - 2020) * 12 +
                                                 static_cast<int>(static_cast<unsigned>(date.month())) - 1));
    }
    return months;
  }();
  return month_of;
}

/// A customer's MRR at the end of a month, if it differs from that at the end of the month before.
struct MonthChange {
  std::size_t month;
  std::int64_t before;
  std::int64_t level;
  std::size_t cohort;  ///< the month of the customer's first paid day
  bool returns;        ///< it paid at the end of an earlier month
};

template <class Visitor>
void for_each_change(const Columns& columns, Visitor visit) {
  const std::vector<std::uint8_t>& month_of = month_of_day();
  std::array<std::int64_t, month_count> change{};
  for (std::size_t i = 0; i < columns.size();) {
    const std::int64_t customer = columns.customer[i];
    const std::size_t first = month_of[static_cast<std::size_t>(columns.starts_on[i] - first_day)];
    std::size_t last = first;
    for (; i < columns.size() && columns.customer[i] == customer; ++i) {
      const std::size_t from = month_of[static_cast<std::size_t>(columns.starts_on[i] - first_day)];
      change[from] += columns.mrr[i];
      last = std::max(last, from);
      if (columns.ends_on[i] <= last_day) {
        const std::size_t until = month_of[static_cast<std::size_t>(columns.ends_on[i] - first_day)];
        change[until] -= columns.mrr[i];
        last = std::max(last, until);
      }
    }
    std::int64_t level = 0;
    bool paid = false;
    for (std::size_t m = first; m <= last; ++m) {
      const std::int64_t before = level;
      level += std::exchange(change[m], 0);
      if (level == before) continue;
      visit(MonthChange{m, before, level, first, paid});
      paid = true;
    }
  }
}

/// Counts one customer's month. Openings and closings are left to others.
inline void count_movement(Movements& month, std::int64_t before, std::int64_t level, bool returns) {
  if (before == 0) {
    (returns ? month.reactivation : month.new_) += level;
    ++(returns ? month.reactivated_customers : month.new_customers);
  } else if (level == 0) {
    month.churn += before;
    ++month.churned_customers;
  } else {
    (level > before ? month.expansion : month.contraction) += std::abs(level - before);
  }
}

inline W1 plain_w1(const Columns& columns) {
  W1 months(month_count);
  for_each_change(
      columns, [&](const MonthChange& c) { count_movement(months[c.month], c.before, c.level, c.returns); });
  std::int64_t mrr = 0;
  std::int64_t customers = 0;
  for (Movements& m : months) {
    m.opening = mrr;
    m.opening_customers = customers;
    m.closing = mrr += m.new_ + m.reactivation + m.expansion - m.contraction - m.churn;
    m.closing_customers = customers += m.new_customers + m.reactivated_customers - m.churned_customers;
  }
  return months;
}

/// Each customer's MRR and latest started plan at each month end, compared with the month before.
inline W2 plain_w2(const Columns& columns) {
  const std::vector<std::uint8_t>& month_of = month_of_day();
  W2 cells(plan_names.size() * industry_names.size() * month_count);
  std::array<std::int64_t, month_count> level{};
  std::array<std::uint8_t, month_count> plan{};
  for (std::size_t i = 0; i < columns.size();) {
    const std::int64_t customer = columns.customer[i];
    const std::size_t industry = columns.industry_of(customer);
    std::size_t first = month_count;
    for (; i < columns.size() && columns.customer[i] == customer; ++i) {
      const std::int32_t end = columns.ends_on[i];
      const std::size_t from = month_of[static_cast<std::size_t>(columns.starts_on[i] - first_day)];
      const std::size_t until =
          end <= last_day ? month_of[static_cast<std::size_t>(end - first_day)] : month_count;
      first = std::min(first, from);
      for (std::size_t m = from; m < until; ++m) {
        level[m] += columns.mrr[i];
        plan[m] = columns.plan[i];
      }
    }
    std::int64_t before = 0;
    bool paid = false;
    for (std::size_t m = first; m < month_count; ++m) {
      const std::int64_t now = std::exchange(level[m], 0);
      if (now == 0 && before == 0) continue;
      const std::size_t shown = now != 0 ? plan[m] : plan[m - 1];
      Movements& cell = cells[(shown * industry_names.size() + industry) * month_count + m];
      cell.opening += before;
      cell.opening_customers += before != 0 ? 1 : 0;
      cell.closing += now;
      cell.closing_customers += now != 0 ? 1 : 0;
      count_movement(cell, before, now, paid);
      before = now;
      paid = true;
    }
  }
  return cells;
}

inline W3 plain_w3(const Columns& columns) {
  W3 cells(month_count * month_count);
  for_each_change(columns, [&](const MonthChange& c) {
    CohortCount& cell = cells[c.cohort * month_count + c.month];
    cell.mrr += c.level - c.before;
    cell.customers += (c.level != 0 ? 1 : 0) - (c.before != 0 ? 1 : 0);
  });
  for (std::size_t cohort = 0; cohort < month_count; ++cohort)
    for (std::size_t m = cohort + 1; m < month_count; ++m) {
      CohortCount& cell = cells[cohort * month_count + m];
      const CohortCount& before = cells[cohort * month_count + m - 1];
      cell.mrr += before.mrr;
      cell.customers += before.customers;
    }
  return cells;
}

/// The least that any pass over the columns costs.
inline std::int64_t sum_of_columns(const Columns& columns) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < columns.size(); ++i)
    sum += columns.customer[i] ^ (columns.mrr[i] + columns.starts_on[i] + columns.ends_on[i]);
  return sum;
}

/// The customers who have events, and the place of each among them: numbered before the pass, as a host has them.
struct EventCustomers {
  std::vector<std::int64_t> ids;         ///< in order
  std::vector<std::uint32_t> places_of;  ///< by id
};

inline EventCustomers customers_with_events(const Events& events) {
  std::int64_t largest = 0;
  for (const std::int64_t id : events.customer) largest = std::max(largest, id);
  std::vector<bool> has_events(static_cast<std::size_t>(largest) + 1);
  for (const std::int64_t id : events.customer) has_events[static_cast<std::size_t>(id)] = true;
  EventCustomers customers;
  for (std::size_t id = 0; id < has_events.size(); ++id) {
    customers.places_of.push_back(static_cast<std::uint32_t>(customers.ids.size()));
    if (has_events[id]) customers.ids.push_back(static_cast<std::int64_t>(id));
  }
  return customers;
}

/// Sums are hundredths.
struct Activity {
  std::int64_t count{0}, sum{0}, count_before{0}, sum_before{0};
  friend bool operator==(const Activity&, const Activity&) = default;
};
using ActivityByKind = std::array<Activity, kind_names.size()>;

struct CustomerActivity {
  std::int64_t customer;
  ActivityByKind kinds;
  std::int64_t days_since_last;
  friend bool operator==(const CustomerActivity&, const CustomerActivity&) = default;
};
using W4 = std::vector<CustomerActivity>;  // by id, those with an event before the day

/// W4 as the pass has it, by place: what W4 leaves out is there, too.
struct PlainW4 {
  std::int64_t until;
  std::vector<ActivityByKind> kinds;
  std::vector<std::int64_t> last;  ///< 0: none
};

constexpr std::int64_t seconds_a_day = 86'400;

inline PlainW4 plain_w4(const Events& events, const EventCustomers& customers, std::int32_t day) {
  const std::int64_t until = day * seconds_a_day;
  const std::int64_t from = until - 28 * seconds_a_day;
  const std::int64_t before = from - 28 * seconds_a_day;
  PlainW4 plain{until, std::vector<ActivityByKind>(customers.ids.size()),
                std::vector<std::int64_t>(customers.ids.size())};
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::int64_t at = events.at[i];
    if (at >= until) break;  // in order of time
    const std::uint32_t place = customers.places_of[static_cast<std::size_t>(events.customer[i])];
    plain.last[place] = at;
    if (at < before) continue;
    Activity& activity = plain.kinds[place][events.kind[i]];
    ++(at >= from ? activity.count : activity.count_before);
    (at >= from ? activity.sum : activity.sum_before) += events.value[i];
  }
  return plain;
}

inline W4 answer_w4(const EventCustomers& customers, const PlainW4& plain) {
  W4 rows;
  for (std::size_t place = 0; place < customers.ids.size(); ++place)
    if (plain.last[place] != 0)
      rows.push_back(
          {customers.ids[place], plain.kinds[place], (plain.until - plain.last[place]) / seconds_a_day});
  return rows;
}

struct CurveRow {
  std::int32_t time;
  std::int64_t at_risk;
  std::int64_t events;
  std::int64_t censored;
  double survival;
};
using W5 = std::array<std::vector<CurveRow>, plan_names.size()>;  // by plan

inline W5 plain_w5(const Columns& columns) {
  struct Count {
    std::int32_t events{0};
    std::int32_t censored{0};
  };
  constexpr std::uint8_t completed = 3;
  std::array<std::vector<Count>, plan_names.size()> counts;
  for (auto& plan : counts) plan.resize(static_cast<std::size_t>(last_day - first_day) + 2);
  for (std::size_t i = 0; i < columns.size();) {
    const std::size_t first = i;
    std::size_t last = i;
    for (; i < columns.size() && columns.customer[i] == columns.customer[first]; ++i)
      if (columns.subscription[i] == columns.subscription[first]) last = i;
    const bool is_running = columns.ends_on[last] > last_day;
    const std::int32_t end = is_running ? last_day : columns.ends_on[last];
    Count& count = counts[columns.plan[first]][static_cast<std::size_t>(end - columns.starts_on[first])];
    const bool is_event = !is_running && columns.reason[last] != completed;
    count.events += is_event ? 1 : 0;
    count.censored += is_event ? 0 : 1;
  }
  W5 curves;
  for (std::size_t p = 0; p < curves.size(); ++p) {
    std::int64_t at_risk = 0;
    for (const Count& count : counts[p]) at_risk += count.events + count.censored;
    double survival = 1;
    for (std::size_t t = 0; t < counts[p].size(); ++t) {
      const Count& count = counts[p][t];
      if (count.events + count.censored == 0) continue;
      survival *= 1 - static_cast<double>(count.events) / static_cast<double>(at_risk);
      curves[p].push_back({static_cast<std::int32_t>(t), at_risk, count.events, count.censored, survival});
      at_risk -= count.events + count.censored;
    }
  }
  return curves;
}

}  // namespace bench

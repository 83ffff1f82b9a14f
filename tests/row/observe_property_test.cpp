// Rows of random books: what was known before a day, whatever comes on it or after it.
#include <churn/row/observe.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/random_behaviour.hpp"
#include "support/reference_departures.hpp"

namespace churn {
namespace {

using support::ActiveCase;
using support::draw;
using support::one_in;
using support::one_of;

std::vector<Indicator> indicators_of(const IndicatorOptions& options) {
  std::vector<Indicator> all = standard_indicators(options);
  all.push_back(segment_risk(by::plan));
  all.push_back(event_indicator("exports", "export", Direction::lowers, 60, true));
  return all;
}

/// Of small books: windows that a fifteen months' book has room for, few neighbours.
IndicatorOptions draw_options() {
  return {one_of({5, 14, 28}), one_of({20, 90}), one_of({7, 30}), static_cast<std::uint32_t>(draw(1, 3))};
}

ObserveOptions with_kinds(std::int32_t horizon = 1) {
  ObserveOptions options;
  options.horizon = horizon;
  options.kinds = support::host_kinds();
  return options;
}

/// A row without its outcome, bit by bit.
using Bits = std::tuple<std::int32_t, std::int64_t, std::vector<std::uint64_t>>;

using RowKey = std::pair<std::string, std::int32_t>;

Bits bits_of(const Observations& o, std::size_t row) {
  std::vector<std::uint64_t> values;
  const auto r = static_cast<Eigen::Index>(row);
  for (Eigen::Index k = 0; k < o.values.cols(); ++k) {
    values.push_back(std::bit_cast<std::uint64_t>(o.values(r, k)));
    values.push_back(o.missing(r, k) ? 1 : 0);
  }
  return {o.tenure[row], o.ticks[row], std::move(values)};
}

std::map<RowKey, Bits> rows_of(const Observations& o) {
  o.validate();
  std::map<RowKey, Bits> rows;
  for (std::size_t i = 0; i < o.rows(); ++i) {
    const bool is_new =
        rows.emplace(RowKey{o.customers[o.customer[i]], o.day[i].days()}, bits_of(o, i)).second;
    RC_ASSERT(is_new);
  }
  return rows;
}

/// A day after which the book goes on, often one soon after something was done.
int draw_observation_day(const ActiveCase& its) {
  const int as_of = its.random.book.as_of;
  if (!its.events.empty() && !one_in(3)) {
    const Event& event = its.events[static_cast<std::size_t>(draw(0, static_cast<int>(its.events.size())))];
    return std::min(as_of - 1, static_cast<int>(event.at.seconds() / 86400) + draw(0, 20));
  }
  return std::min(as_of - 1, one_in(3) ? support::draw_day() : as_of - draw(1, 200));
}

void differ_in_nothing(const std::map<RowKey, Bits>& a, const std::map<RowKey, Bits>& b,
                       const std::vector<Indicator>& indicators) {
  for (const auto& [key, row] : a) {
    const auto other = b.find(key);
    if (other == b.end()) {
      RC_LOG() << key.first << " is in one of them only\n";
      continue;
    }
    for (std::size_t k = 0; k < std::get<2>(row).size(); ++k)
      if (std::get<2>(row)[k] != std::get<2>(other->second)[k])
        RC_LOG() << key.first << " " << indicators[k / 2].column.name << ": "
                 << std::bit_cast<double>(std::get<2>(row)[k]) << " and "
                 << std::bit_cast<double>(std::get<2>(other->second)[k]) << "\n";
  }
  RC_ASSERT(a == b);
}

void is_what_was_known(const ActiveCase& its) {
  const int t = draw_observation_day(its);
  const auto indicators = indicators_of(draw_options());
  const Date day = Date::from_days(t);
  RC_LOG() << "on " << day.to_string() << "\n";
  const auto rows = rows_of(observe(support::build(its), indicators, {day}, with_kinds()));
  const Book cut = support::build(support::known_before(t, its));
  auto known = rows_of(observe_now(cut, indicators, with_kinds()));
  differ_in_nothing(rows, known, indicators);
}

RC_GTEST_PROP(RandomBooks, rows_are_what_was_known_before_their_day, ()) {
  ActiveCase its = support::draw_active_case();
  support::make_plain(its.random.rules);
  is_what_was_known(its);
}

RC_GTEST_PROP(RandomBooks, rows_are_what_was_known_under_conventions_that_look_ahead, ()) {
  is_what_was_known(support::draw_active_case());
}

RC_GTEST_PROP(RandomBooks, rows_of_invoices_are_what_was_known, ()) {
  is_what_was_known(support::draw_behaviour({support::draw_invoice_book(), support::draw_rules()}, 40));
}

RC_GTEST_PROP(RandomBooks, rows_of_converted_currencies_are_what_was_known, ()) {
  support::RandomCase random = support::draw_case();
  support::draw_exchange(random);
  is_what_was_known(support::draw_behaviour(std::move(random), 20));
}

RC_GTEST_PROP(RandomBooks, rows_stay_as_they_are_whatever_comes_later, ()) {
  ActiveCase its = support::draw_active_case();
  if (one_in(2)) support::make_plain(its.random.rules);
  const int t = draw_observation_day(its);
  const auto indicators = indicators_of(draw_options());
  const Date day = Date::from_days(t);
  RC_LOG() << "on " << day.to_string() << "\n";
  const auto rows = rows_of(observe(support::build(its), indicators, {day}, with_kinds()));
  const auto others =
      rows_of(observe(support::build(support::with_another_future(t, its)), indicators, {day}, with_kinds()));
  differ_in_nothing(rows, others, indicators);
}

/// A dozen who came within two months, so that there is always somebody of the same age.
ActiveCase draw_crowd() {
  ActiveCase its{{}, support::draw_events(40), {}};
  reference::Book& book = its.random.book;
  its.random.rules.source = reference::Source::subscriptions;
  for (int i = 0; i < 12; ++i) {
    const std::string id = "c" + std::to_string(i);
    book.customers.push_back({.id = id});
    book.customers.back().attributes["channel"] = one_of<const char*>({"ads", "web"});
    reference::Phase phase{.subscription = "s" + id, .customer = id, .plan = "pro"};
    phase.starts_on = support::first_day + draw(0, 60);
    phase.amount = one_of<const char*>({"10.00", "50.00"});
    phase.quantity = draw(1, 20);
    if (!one_in(3)) phase.ends_on = phase.starts_on + draw(30, 300);
    book.phases.push_back(phase);
  }
  book.as_of = support::first_day + 400;
  return its;
}

RC_GTEST_PROP(RandomBooks, of_those_who_are_alike_only_what_was_known_is_told, ()) {
  const ActiveCase its = draw_crowd();
  const int t = support::first_day + draw(60, 250);
  const auto indicators = indicators_of(draw_options());
  const Date day = Date::from_days(t);
  RC_LOG() << "on " << day.to_string() << "\n";
  const auto rows = rows_of(observe(support::build(its), indicators, {day}, with_kinds()));
  differ_in_nothing(
      rows, rows_of(observe_now(support::build(support::known_before(t, its)), indicators, with_kinds())),
      indicators);
  const Book another = support::build(support::with_another_future(t, its));
  differ_in_nothing(rows, rows_of(observe(another, indicators, {day}, with_kinds())), indicators);
}

RC_GTEST_PROP(RandomBooks, renewals_that_came_are_the_same_whatever_comes_later, ()) {
  ActiveCase its = support::draw_active_case(20);
  support::make_plain(its.random.rules);
  const int t = draw_observation_day(its);
  const auto indicators = indicators_of(draw_options());
  const int lead = draw(0, 40);
  const auto until_then = [&](const Book& book) {
    auto rows = rows_of(observe_at_renewals(book, indicators, with_kinds(), lead));
    std::erase_if(rows, [&](const auto& row) { return row.first.second > t; });
    return rows;
  };
  differ_in_nothing(until_then(support::build(its)),
                    until_then(support::build(support::with_another_future(t, its))), indicators);
}

// ---- outcomes

struct Outcome {
  std::int32_t departs_in{-1};
  std::uint8_t departed{0};
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << "in " << outcome.departs_in << " days: " << static_cast<int>(outcome.departed);
}

std::map<RowKey, Outcome> outcomes_of(const Observations& o) {
  std::map<RowKey, Outcome> outcomes;
  for (std::size_t i = 0; i < o.rows(); ++i)
    outcomes[{o.customers[o.customer[i]], o.day[i].days()}] = {o.departs_in[i], o.departed[i]};
  return outcomes;
}

RC_GTEST_PROP(RandomBooks, outcomes_are_the_departures_of_a_second_opinion, ()) {
  ActiveCase its = support::draw_active_case(0);
  support::make_plain(its.random.rules);
  reference::Reasons reasons;  // of what the second opinion can read beside the book
  reasons.stated = {{"project_finished", {reference::LeaveType::completed, "project_finished"}},
                    {"competitor", {reference::LeaveType::voluntary, "competitor"}},
                    {"card_expired", {reference::LeaveType::involuntary, "card_expired"}}};
  for (const reference::Phase& phase : its.random.book.phases) {
    const std::pair<std::string, int> key{phase.subscription, phase.starts_on};
    reasons.endings[key] = {its.end_reasons.contains(key) ? its.end_reasons[key] : "", {}};
  }
  for (const reference::Invoice& invoice : its.random.book.invoices)
    reasons.codes[invoice.id].resize(invoice.payments.size());
  const int as_of = its.random.book.as_of;
  const auto horizon = static_cast<std::int32_t>(draw(1, 60));
  ObserveOptions options = with_kinds(horizon);
  if (one_in(2)) options.types = {DepartureType::voluntary};
  if (one_in(4)) options.types = {DepartureType::completed, DepartureType::involuntary};
  std::vector<Date> days;
  for (int t = as_of - draw(0, 20); t > support::first_day; t -= draw(5, 40))
    days.push_back(Date::from_days(t));
  std::reverse(days.begin(), days.end());

  const reference::Engine engine{its.random.book, its.random.rules};
  const std::vector<reference::Leaving> leavings =
      reference::departures(its.random.book, its.random.rules, reasons);
  std::map<RowKey, Outcome> expected;
  std::size_t not_yet_known = 0;
  for (const std::string& customer : engine.customers())
    for (const Date day : days) {
      const int t = day.days();
      if (its.random.book.records_from && t - 1 < *its.random.book.records_from) continue;
      if (!engine.state_on(customer, t - 1).present) continue;
      if (t + horizon > as_of) {
        ++not_yet_known;
        continue;
      }
      Outcome& outcome = expected[{customer, t}];
      for (const reference::Leaving& leaving : leavings) {
        if (leaving.customer != customer || leaving.departed_on < t || leaving.starts_on >= t) continue;
        const auto type = static_cast<DepartureType>(leaving.type);
        if (!options.types.empty() &&
            std::find(options.types.begin(), options.types.end(), type) == options.types.end())
          continue;
        outcome.departs_in = leaving.departed_on - t;
        outcome.departed = leaving.departed_on < t + horizon ? 1 : 0;
      }
    }
  const Observations rows = observe(support::build(its), {}, days, options);
  RC_ASSERT(outcomes_of(rows) == expected);
  RC_ASSERT(rows.not_yet_known == not_yet_known);
}

// ---- laws

/// Everything of them, in their order.
void are_the_same(const Observations& a, const Observations& b) {
  RC_ASSERT(a.customers == b.customers);
  RC_ASSERT(a.customer == b.customer);
  RC_ASSERT(a.day == b.day);
  RC_ASSERT(a.departed == b.departed);
  RC_ASSERT(a.departs_in == b.departs_in);
  RC_ASSERT(a.not_yet_known == b.not_yet_known);
  for (std::size_t i = 0; i < a.rows(); ++i) RC_ASSERT(bits_of(a, i) == bits_of(b, i));
}

RC_GTEST_PROP(RandomBooks, rows_do_not_depend_on_threads_or_the_order_of_records, ()) {
  ActiveCase its = support::draw_active_case();
  if (!one_in(3)) support::make_plain(its.random.rules);
  const auto indicators = indicators_of(draw_options());
  const Book book = support::build(its);
  const Book backwards = support::build(its, true);
  const std::vector<Date> days = observation_days(book, draw(20, 60));
  ObserveOptions options = with_kinds(30);
  const Observations rows = observe(book, indicators, days, options);
  const Observations renewals = observe_at_renewals(book, indicators, options);
  for (const unsigned threads : {2U, 3U, 7U}) {
    options.threads = threads;
    are_the_same(observe(threads == 2 ? book : backwards, indicators, days, options), rows);
  }
  are_the_same(observe_at_renewals(backwards, indicators, options), renewals);
  for (std::size_t i = 1; i < rows.rows(); ++i)
    RC_ASSERT(std::pair(rows.customers[rows.customer[i - 1]], rows.day[i - 1]) <
              std::pair(rows.customers[rows.customer[i]], rows.day[i]));
}

RC_GTEST_PROP(RandomBooks, single_rows_are_those_of_all_and_of_a_book_of_the_customer_alone, ()) {
  ActiveCase its = support::draw_active_case();
  support::make_plain(its.random.rules);
  its.random.book.as_of = std::max(its.random.book.as_of, support::first_day + 200);
  const auto indicators = indicators_of(draw_options());
  const Book book = support::build(its);
  const Observations rows = observe_now(book, indicators, with_kinds());
  Observer observer{book, indicators, support::host_kinds()};
  std::size_t present = 0;
  for (const CustomerIndex customer : book.customers_by_id()) {
    const auto row = observer.row(customer, book.as_of());
    if (!row) continue;
    const std::string id = book.customer_id(customer).text();
    const auto r = static_cast<std::size_t>(std::find(rows.customers.begin(), rows.customers.end(), id) -
                                            rows.customers.begin());
    RC_ASSERT(r < rows.rows());  // one day: a row a customer
    ++present;
    // The records of its accounts, and of nobody else.
    ActiveCase small = its;
    const auto is_other = [&](const auto& record) {
      const auto account = [&](const std::string& name) {
        const auto found = book.find(CustomerId{name});
        return found ? book.customer_id(*found).text() : name;
      };
      std::string name;
      if constexpr (requires { record.customer.text(); })
        name = record.customer.text();
      else
        name = record.customer;
      return account(name) != id;
    };
    const bool is_merged = std::any_of(its.random.book.customers.begin(), its.random.book.customers.end(),
                                       [](const auto& c) { return c.merged_into.has_value(); });
    if (is_merged) continue;
    std::erase_if(small.random.book.customers, [&](const auto& c) { return c.id != id; });
    std::erase_if(small.random.book.phases, is_other);
    std::erase_if(small.random.book.invoices, is_other);
    std::erase_if(small.events, is_other);
    const Book changed = support::build(small);
    const auto alone = observer.row(changed, changed.find(CustomerId{id}).value(), changed.as_of());
    RC_ASSERT(alone.has_value());
    RC_ASSERT(alone->tenure == rows.tenure[r]);
    RC_ASSERT(alone->ticks == rows.ticks[r]);
    for (std::size_t k = 0; k < indicators.size(); ++k) {
      const auto at = static_cast<Eigen::Index>(k);
      const auto from = static_cast<Eigen::Index>(r);
      RC_LOG() << id << " " << indicators[k].column.name << "\n";
      RC_ASSERT(row->values[k] == rows.values(from, at));
      RC_ASSERT((row->missing[k] != 0) == rows.missing(from, at));
      RC_ASSERT(alone->values[k] == rows.values(from, at));
      RC_ASSERT((alone->missing[k] != 0) == rows.missing(from, at));
    }
  }
  RC_ASSERT(present == rows.rows());
}

}  // namespace
}  // namespace churn
